"""Credentials are found where they are kept and seen nowhere, neither in a message nor in a file."""

from __future__ import annotations

import base64
import json
import logging
import string
import traceback
from urllib.parse import quote

import keyring
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keyring.backend import KeyringBackend
from keyring.errors import NoKeyringError

from pipelines.errors import FetchError
from pipelines.fetch import collect, credentials
from pipelines.fetch.credentials import MASK, Account, Secrets
from pipelines.fetch.orders import choose
from tests.fixtures.fetching import AREAS, SECRET, SOURCE, flat, tree, written
from tests.fixtures.publisher import Database, Reply, status

# What a password may hold; a secret must be found where it stands, so none that stands in every text
PASSWORDS = st.text(string.ascii_letters + string.digits + "äöüß€ \"'\\/+%&=;:#@!", min_size=8, max_size=40).filter(
    lambda text: text == text.strip() and len(set(text)) > 5
)


class Kept(KeyringBackend):
    """A keyring in memory."""

    priority = 1  # type: ignore[assignment]

    def __init__(self, entries: dict[tuple[str, str], str]) -> None:
        super().__init__()
        self.entries = entries

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError

    def delete_password(self, service: str, username: str) -> None:
        raise NotImplementedError


class Locked(Kept):
    def get_password(self, service: str, username: str) -> str | None:
        raise NoKeyringError


def shown(secret: str) -> list[str]:
    """The forms in which a secret could be seen."""
    return [
        secret,
        quote(secret),
        quote(secret, safe=""),
        json.dumps(secret)[1:-1],
        base64.b64encode(secret.encode()).decode(),
    ]


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(secret=PASSWORDS, way=st.sampled_from(["echo", "error", "html", "no"]))
def test_no_secret_is_seen_whatever_the_server_does(secret, way, call, place, database: Database, monkeypatch, slept):
    """The server repeats what it got; then everything that was printed and written is searched."""
    monkeypatch.delenv("SOZIALATLAS_PROBE_TOKEN", raising=False)
    monkeypatch.setenv("SOZIALATLAS_PROBE_USER", "erika.mustermann")
    monkeypatch.setenv("SOZIALATLAS_PROBE_PASSWORD", secret)
    answers = {
        "echo": status(-1, f"Benutzer erika.mustermann, Kennwort {secret}"),
        "error": status(15, "abgelehnt", Parameter={"username": "erika.mustermann", "password": secret, "name": "x"}),
        "html": Reply(f"<html>{secret}</html>".encode(), "text/html"),
        "no": Reply(status=401, headers={"X-Echo": quote(secret)}),
    }
    database.always = {"data/tablefile": answers[way]}
    told = [call("fetch", SOURCE, "--year", "2022", *more).all for more in ([], ["--dry-run"])]
    everything = "".join(told).encode() + written(place.out_dir) + written(place.data_dir)
    for form in (*shown(secret), "erika.mustermann"):
        assert form.encode() not in everything


@pytest.mark.parametrize(
    "answer",
    [Reply(status=401), Reply(status=500), status(-1, f"Kennwort {SECRET}"), Reply(b"PK", "application/zip")],
    ids=["401", "500", "repeated", "broken"],
)
def test_neither_logs_nor_traces_of_a_fault_show_one(answer, place, server, database: Database, slept, caplog, capfd):
    """Everything libraries log at their most talkative, and what Python prints of a fault with all it came from."""
    database.always["data/tablefile"] = answer
    orders = choose(place, list(AREAS), SOURCE, (2022, 2022)).orders
    with caplog.at_level(logging.DEBUG):
        (outcome,) = collect.fetch(place, orders, today="2025-05-01")
    assert outcome.fault is not None and "urllib3" in caplog.text
    trace = "".join(traceback.format_exception(outcome.fault))
    for form in shown(SECRET):
        assert form not in caplog.text + trace + repr(vars(outcome.fault)) + "".join(capfd.readouterr())


@given(secret=PASSWORDS, before=st.text(max_size=20), after=st.text(max_size=20))
def test_a_text_is_masked_in_every_form(secret: str, before: str, after: str):
    for form in shown(secret):
        masked = Secrets([secret]).mask(before + form + after)
        assert secret not in masked and MASK in masked


def test_nothing_shows_an_account(capsys):
    account = Account("erika.mustermann", "kennwort-4711", "Umgebung")
    assert "erika" not in repr(account) + str(Secrets(["erika.mustermann"])) and "4711" not in repr(account)


def test_a_proxy_in_the_environment_is_a_secret_too():
    text = "Proxy http://erika:kenn%2Fwort@proxy.example:8080"
    masked = credentials.secrets_of([], {"HTTPS_PROXY": text.removeprefix("Proxy ")}).mask(text + " kenn/wort")
    assert "wort" not in masked and "erika" not in masked


@pytest.mark.parametrize(
    ("environment", "kept", "user", "password"),
    [
        ({"SOZIALATLAS_PROBE_TOKEN": "zeichen"}, {}, "zeichen", ""),
        ({"SOZIALATLAS_PROBE_TOKEN": "zeichen\n"}, {}, "zeichen", ""),
        ({"SOZIALATLAS_PROBE_USER": "erika", "SOZIALATLAS_PROBE_PASSWORD": "kennwort"}, {}, "erika", "kennwort"),
        ({"SOZIALATLAS_PROBE_TOKEN": "a"}, {"token": "b"}, "a", ""),
        ({}, {"token": "b"}, "b", ""),
        ({"SOZIALATLAS_PROBE_USER": "erika"}, {"user": "paula", "password": "c"}, "paula", "c"),
    ],
)
def test_the_environment_goes_before_the_keyring(environment, kept, user, password):
    keyring.set_keyring(Kept({("sozialatlas-probe", name): text for name, text in kept.items()}))
    found = credentials.find("probe", environment)
    assert found is not None and (found.user, found.password) == (user, password)
    assert credentials.find("andere", environment) is None


@pytest.mark.parametrize("backend", [Kept({}), Locked({})])
def test_without_a_keyring_there_are_no_credentials(backend):
    keyring.set_keyring(backend)
    assert credentials.find("probe", {}) is None


@pytest.mark.parametrize("text", ["ab\ncd", "ab\x00cd", "ab\tcd", " \n"])
def test_what_cannot_be_sent_is_refused_without_being_shown(text: str):
    with pytest.raises(FetchError) as fault:
        credentials.find("probe", {"SOZIALATLAS_PROBE_TOKEN": text})
    assert "cd" not in str(fault.value) and "SOZIALATLAS_PROBE_TOKEN" in str(fault.value)


def test_the_made_up_table_is_no_secret(call, place):
    assert call("fetch", SOURCE, "--year", "2022").code == 0 and flat() in tree(place.data_dir).values()
