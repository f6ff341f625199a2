"""Credentials of databases: where they come from, and that they are never seen.

What belongs here: looking them up in environment and keyring, and taking them out of any text. What does not: sending
them (`client`).
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus, unquote, urlsplit

from pipelines.fetch.faults import ServerFault

MASK = "********"
PREFIX, SERVICE = "SOZIALATLAS", "sozialatlas"
PROXIES = ("http_proxy", "https_proxy", "all_proxy")
# A shorter text would be found everywhere, and masking it would tell what it is
LEAST = 4


@dataclass(frozen=True)
class Account:
    """Who asks. A token takes the place of the user and has no password. origin: where it was found."""

    user: str = field(repr=False)
    password: str = field(repr=False)
    origin: str

    def headers(self) -> dict[str, bytes]:
        """As the interface wants them: in headers of their own, never in address or body."""
        return {"username": self.user.encode(), "password": self.password.encode()}


class Secrets:
    """Texts that must not be seen, in every form in which they could come back."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        """`texts`: the secrets; very short ones cannot be told from other words and are left out."""
        forms = {form for text in texts if len(text) >= LEAST for form in _forms(text)}
        self._forms = sorted(forms, key=len, reverse=True)

    def mask(self, text: str) -> str:
        """The text without any of them."""
        for form in self._forms:
            text = text.replace(form, MASK)
        return text

    def __repr__(self) -> str:
        return f"Secrets({len(self._forms)})"


def names(account: str) -> tuple[str, str, str]:
    """The environment variables of an account: token, user, password."""
    upper = account.upper()
    return f"{PREFIX}_{upper}_TOKEN", f"{PREFIX}_{upper}_USER", f"{PREFIX}_{upper}_PASSWORD"


def find(account: str, environment: Mapping[str, str] | None = None) -> Account | None:
    """The credentials of an account: of the environment, else of the keyring; None when there are none.

    Raises ServerFault for a text that cannot be sent, without showing it.
    """
    environment = os.environ if environment is None else environment
    token, user, password = names(account)
    if environment.get(token):
        return _clean(environment[token], "", f"Umgebungsvariable {token}")
    if environment.get(user) and environment.get(password):
        return _clean(environment[user], environment[password], f"Umgebungsvariablen {user} und {password}")
    service = f"{SERVICE}-{account}"
    kept = _kept(service, "token")
    if kept:
        return _clean(kept, "", f"Schlüsselbund {service}, Eintrag token")
    kept, word = _kept(service, "user"), _kept(service, "password")
    if kept and word:
        return _clean(kept, word, f"Schlüsselbund {service}, Einträge user und password")
    return None


def absent(account: str) -> ServerFault:
    """The message for an account without credentials."""
    token, user, password = names(account)
    return ServerFault(
        "Für diese Datenbank fehlen die Zugangsdaten.",
        expected=f"{token}, oder {user} und {password}, in der Umgebung; oder der Eintrag token unter "
        f"{SERVICE}-{account} im Schlüsselbund",
        found="keine Zugangsdaten",
        remedy="docs/de/abrufen.md sagt, wie man ein Konto bekommt und die Zugangsdaten hinterlegt.",
    )


def secrets_of(accounts: Iterable[Account], environment: Mapping[str, str] | None = None) -> Secrets:
    """All that must not be seen: of these accounts, and of proxies named in the environment."""
    environment = os.environ if environment is None else environment
    texts = [text for one in accounts for text in (one.user, one.password)]
    for name, value in environment.items():
        if name.lower() in PROXIES and "@" in value:
            parts = urlsplit(value)
            pair = [unquote(text) for text in (parts.username, parts.password) if text]
            texts += [*pair, ":".join(pair)]  # the pair is what a header of a proxy carries
    return Secrets(texts)


def _clean(user: str, password: str, origin: str) -> Account:
    user, password = user.strip(), password.strip()
    if not user or any(not sign.isprintable() for sign in user + password):
        raise ServerFault(
            "Zugangsdaten enthalten ein Zeichen, das sich nicht senden lässt.",
            expected="eine Zeile ohne Steuerzeichen",
            found=f"{origin}: ein Zeilenumbruch, ein Tabulator oder nichts",
            remedy="Die Zugangsdaten neu hinterlegen, ohne Zeilenumbruch am Ende und in der Mitte.",
        )
    return Account(user, password, origin)


def _kept(service: str, entry: str) -> str | None:
    """An entry of the keyring; None where this computer has no keyring or it stays locked."""
    import keyring
    from keyring.errors import KeyringError

    try:
        return keyring.get_password(service, entry)
    except (KeyringError, RuntimeError, OSError):
        return None


def _forms(text: str) -> set[str]:
    """The text as it is and as it would stand in an address, in JSON, and in a header that carries both parts."""
    plain = {text, quote(text), quote(text, safe=""), quote_plus(text), json.dumps(text)[1:-1]}
    return plain | {base64.b64encode(text.encode()).decode().rstrip("=")}
