"""One polite client for all publishers: one request at a time, pauses, limits, repeats, proxy and own certificates.

What belongs here: how a request goes out and what of an answer is let in. What does not: what is asked and what an
answer means (`genesis`, `downloads`).

Credentials go to the host they are meant for and nowhere else: a request that carries them follows no redirect. The
`.netrc` of a person is never read. An answer is let in piece by piece and given up as soon as it is larger or slower
than agreed; only archives and files reach the disk, never a text that could repeat credentials.
"""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from pipelines.errors import FetchError
from pipelines.fetch.credentials import Secrets
from pipelines.fetch.orders import LOOPBACK

if TYPE_CHECKING:
    import requests
    from tenacity import RetryCallState

    from pipelines.settings import Settings

PIECE = 2**16
TEXT_LIMIT = 16 * 2**20
HOPS = 5
AGAIN = (429, 500, 502, 503, 504)
# Words of the protocol; a person is told in German what they mean
MEANING = {
    400: "die Anfrage ist für den Server nicht verständlich",
    401: "die Anmeldung wurde abgelehnt",
    403: "die Anmeldung wurde abgelehnt, oder der Zugriff ist gesperrt",
    404: "unter dieser Adresse gibt es nichts",
    405: "der Server nimmt Anfragen dieser Art nicht an",
    410: "unter dieser Adresse gibt es nichts mehr",
    407: "der Proxy verlangt eine Anmeldung",
    429: "zu viele Anfragen",
}
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})
LATER = "Später wiederholen; dauert es an, die Seite des Herausgebers ansehen. Im Datenordner hat sich nichts geändert."
CHANGED = (
    "Die Adresse auf der Seite des Herausgebers suchen und mit --adresse angeben; dauerhaft unter abruf in kreis.yml."
)


@dataclass(frozen=True)
class Manners:
    """How a server is treated, in seconds: pause between requests, limits of waiting, and how often it is asked.

    silence: the longest time without a byte; whole: of one answer; longest: the longest wait a server may ask for;
    poll: between two looks at a job; patience: for a job in one call.
    """

    pause: float = 1.0
    attempts: int = 4
    connect: float = 15.0
    silence: float = 90.0
    whole: float = 3600.0
    backoff: float = 2.0
    longest: float = 180.0
    poll: float = 15.0
    patience: float = 1200.0


MANNERS = Manners()


@dataclass(frozen=True)
class Ask:
    """One request as it goes out: form is the body of a POST, headers carry credentials.

    plain: a file everybody may load, for which redirects are followed. once: a repeat could do something twice, so it
    is repeated only when the server says that it did nothing.
    """

    url: str
    form: tuple[tuple[str, str], ...] | None = None
    headers: dict[str, bytes] = field(default_factory=dict, repr=False)
    plain: bool = False
    once: bool = False
    size: int = 100 * 2**20

    @property
    def method(self) -> str:
        """GET or POST."""
        return "GET" if self.form is None else "POST"

    @property
    def body(self) -> str | None:
        """The body as it is sent."""
        return None if self.form is None else urlencode(self.form)

    @property
    def host(self) -> str:
        """For people: the host, without anything that stands before or behind it."""
        return urlsplit(self.url).hostname or ""


@dataclass(frozen=True)
class Answer:
    """What came: a text in memory, or a file at `path`. kind: the type the server gave it, without parameters."""

    kind: str
    text: str | None = None
    path: Path | None = None


class _Again(Exception):
    """A fault that may be gone at the next attempt; after: seconds the server asks to wait."""

    def __init__(self, fault: FetchError, after: float | None = None) -> None:
        super().__init__(str(fault))
        self.fault, self.after = fault, after


class Client:
    """Sends requests one after the other. `tell` is told what a person should know while waiting."""

    def __init__(
        self,
        settings: Settings,
        secrets: Secrets,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Proxy, certificates and pause are those of the district, unless the environment says otherwise."""
        self._way = settings.kreis.fetch
        self._data_dir = settings.data_dir
        self._name = settings.kreis.name
        self.manners = MANNERS
        self._pause = max(self.manners.pause, float(self._way.get("pause", 0)))
        self._secrets = secrets
        self._tell = tell
        self._last: float | None = None

    def ask(self, request: Ask, into: Path, progress: Callable[[int, int | None], None] = lambda *_: None) -> Answer:
        """The answer to a request; a file is written to `into`, which is gone again after a fault.

        progress: called with the bytes that came and those announced. Raises FetchError, never showing a secret.
        """
        from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

        attempts = Retrying(
            retry=retry_if_exception_type(_Again),
            stop=stop_after_attempt(self.manners.attempts),
            wait=self._wait,
            sleep=self.sleep,
            before_sleep=self._tell_again,
            reraise=True,
        )
        try:
            return attempts(self._once, request, into, progress)
        except _Again as error:
            into.unlink(missing_ok=True)
            raise error.fault from None
        except BaseException:
            into.unlink(missing_ok=True)
            raise

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def fault(self, what: str, request: Ask, *, expected: str, found: str, remedy: str = LATER) -> FetchError:
        """A fault of an answer, with everything masked that must not be seen."""
        return FetchError(
            what,
            file=self._secrets.mask(request.url),
            expected=expected,
            found=self._secrets.mask(found),
            remedy=remedy,
        )

    @cached_property
    def _session(self) -> requests.Session:
        import requests

        from pipelines.provenance import program_version

        session = requests.Session()
        session.headers["User-Agent"] = f"sozialatlas/{program_version()} ({_ascii(self._name)})"
        session.headers["Accept-Language"] = "de"
        session.max_redirects = HOPS
        session.auth = _no_auth  # else the library would look into .netrc
        certificates = self._way.get("zertifikate")
        if certificates:
            session.verify = str(self._data_dir / certificates)  # from there, if it is no whole path
        return session

    def _once(self, request: Ask, into: Path, progress: Callable[[int, int | None], None]) -> Answer:
        from requests import exceptions
        from urllib3.exceptions import HTTPError

        self._breathe()
        try:
            with self._session.request(
                request.method,
                request.url,
                data=request.body,
                headers=self._headers(request),
                proxies=self._proxies(request.url),
                timeout=(self.manners.connect, self.manners.silence),
                allow_redirects=request.plain,
                stream=True,
            ) as response:
                self._refuse_status(request, response)
                return self._let_in(request, response, into, progress)
        except (exceptions.RequestException, HTTPError) as error:
            raise self._fault_of(request, error) from None
        except OSError as error:
            if "TLS CA certificate" not in str(error):
                raise  # the disk refuses, not the network
            raise self._fault_of(request, error) from None
        finally:
            self._last = time.monotonic()

    def _headers(self, request: Ask) -> dict[str, Any]:
        body = {} if request.form is None else {"Content-Type": "application/x-www-form-urlencoded"}
        return {**body, **request.headers}

    def _proxies(self, url: str) -> dict[str, str] | None:
        """The proxy of the district, where the environment names none and does not except the host."""
        from requests.utils import get_environ_proxies, should_bypass_proxies

        proxy = self._way.get("proxy")
        if not proxy or get_environ_proxies(url) or should_bypass_proxies(url, None):
            return None
        return dict.fromkeys(("http", "https"), proxy)

    def _breathe(self) -> None:
        """Wait until the pause since the last answer is over."""
        if self._last is not None:
            rest = self._last + self._pause - time.monotonic()
            if rest > 0:
                self.sleep(rest)

    def _refuse_status(self, request: Ask, response: requests.Response) -> None:
        status = response.status_code
        last = urlsplit(response.url)
        if last.scheme != "https" and last.hostname not in LOOPBACK:
            raise self.fault(
                "Der Server leitet auf eine unverschlüsselte Adresse um.",
                request,
                expected="https",
                found=f"{last.scheme}://{last.hostname}",
                remedy=CHANGED,
            )
        if status in AGAIN:
            self._later(request, response)
        if 300 <= status < 400:
            target = urlsplit(response.headers.get("Location", "")).hostname or "eine andere Adresse"
            raise self.fault(
                "Die Schnittstelle ist umgezogen; mit Zugangsdaten folgt das Programm keiner Umleitung.",
                request,
                expected="eine Antwort der genannten Adresse",
                found=f"eine Umleitung zu {target}",
                remedy="Beim Herausgeber prüfen, ob die neue Adresse stimmt, und sie in kreis.yml unter "
                "abruf.adressen eintragen.",
            )
        if status >= 400:
            remedy = CHANGED if status in (404, 405, 410) else LATER
            if status in (401, 403):
                remedy = (
                    "Zugangsdaten prüfen: docs/de/abrufen.md. Stimmen sie, beim Herausgeber anmelden und nachsehen."
                )
            if status == 407:
                remedy = "Den Proxy mit Benutzer und Kennwort in HTTPS_PROXY nennen: docs/operate.md."
            raise self.fault(
                "Der Server gibt die Datei nicht heraus.",
                request,
                expected="Antwort 200",
                found=f"Antwort {status}: {MEANING.get(status, 'der Server lehnt ab')}",
                remedy=remedy,
            )

    def _later(self, request: Ask, response: requests.Response) -> None:
        """Raise for a server that is busy or out of order; it says itself how long to wait."""
        status, after = response.status_code, _retry_after(response.headers.get("Retry-After"))
        busy = status == 429 or (status == 503 and after is not None)
        fault = self.fault(
            "Der Server drosselt die Anfragen." if busy else "Der Server hat eine Störung.",
            request,
            expected="Antwort 200",
            found=f"Antwort {status}" + (f", wieder in {after:.0f} Sekunden" if after is not None else ""),
        )
        if (after or 0) > self.manners.longest or (request.once and not busy):
            raise fault
        raise _Again(fault, after)

    def _let_in(
        self, request: Ask, response: requests.Response, into: Path, progress: Callable[[int, int | None], None]
    ) -> Answer:
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        announced = response.headers.get("Content-Length", "")
        total = int(announced) if announced.isdigit() else None
        is_text = kind.endswith(("json", "html", "xml")) or (not request.plain and "zip" not in kind)
        limit = TEXT_LIMIT if is_text else request.size
        if total is not None and total > limit:
            raise self._too_large(request, limit, total)
        until, came, pieces = time.monotonic() + self.manners.whole, 0, []
        stream = None if is_text else into.open("wb")
        try:
            while piece := response.raw.read1(PIECE, decode_content=True):  # as it comes, so that limits hold
                came += len(piece)
                if came > limit:
                    raise self._too_large(request, limit, came)
                if time.monotonic() > until:
                    raise self.fault(
                        "Der Server antwortet zu langsam.",
                        request,
                        expected=f"die ganze Antwort in {self.manners.whole:.0f} Sekunden",
                        found=f"{came} Byte",
                    )
                pieces.append(piece) if stream is None else stream.write(piece)
                progress(came, total)
        finally:
            if stream is not None:
                stream.close()
        if not is_text:
            return Answer(kind, path=into)
        return Answer(kind, text=b"".join(pieces).decode("utf-8", errors="replace"))

    def _too_large(self, request: Ask, limit: int, found: int) -> FetchError:
        return self.fault(
            "Die Antwort ist größer, als sie sein kann.",
            request,
            expected=f"höchstens {limit / 2**20:.0f} MB",
            found=f"{found / 2**20:.0f} MB oder mehr",
            remedy="Weniger Jahre auf einmal abrufen. Ist die Datei wirklich so groß, size_mb im Katalog erhöhen.",
        )

    def _fault_of(self, request: Ask, error: Exception) -> Exception:
        """A fault of the network in German; the words of the library are not repeated, they may hold addresses."""
        from requests import exceptions
        from urllib3.exceptions import DecodeError

        if isinstance(error, exceptions.SSLError):
            return self.fault(
                "Dem Zertifikat des Servers wird nicht vertraut.",
                request,
                expected=f"ein gültiges Zertifikat für {request.host}",
                found="ein anderes, oder eines einer unbekannten Stelle",
                remedy="Prüft ein Proxy des Hauses den Verkehr, sein Zertifikat in REQUESTS_CA_BUNDLE oder kreis.yml "
                "unter abruf.zertifikate nennen: docs/operate.md. Sonst nicht abrufen.",
            )
        if isinstance(error, OSError) and "TLS CA certificate" in str(error):
            return self.fault(
                "Die Datei mit den Zertifikaten fehlt.",
                request,
                expected="eine Datei im Format PEM",
                found="keine Datei am genannten Ort",
                remedy="Den Pfad in REQUESTS_CA_BUNDLE oder in kreis.yml unter abruf.zertifikate berichtigen.",
            )
        if isinstance(error, exceptions.TooManyRedirects):
            return self.fault(
                "Der Server leitet im Kreis um.", request, expected=f"höchstens {HOPS} Umleitungen", found="mehr"
            )
        sent = not isinstance(error, exceptions.ConnectTimeout | exceptions.ProxyError)
        known = isinstance(error, exceptions.ConnectionError | exceptions.Timeout | exceptions.ChunkedEncodingError)
        if isinstance(error, DecodeError) or (not known and isinstance(error, exceptions.RequestException)):
            return self.fault(
                "Die Anfrage lässt sich nicht senden oder die Antwort nicht lesen.",
                request,
                expected="eine Adresse und eine Antwort nach HTTP",
                found=type(error).__name__,
                remedy="Adresse, Proxy und Zertifikate prüfen: docs/operate.md.",
            )
        fault = self._unreached(request, error)
        return fault if request.once and sent else _Again(fault)

    def _unreached(self, request: Ask, error: Exception) -> FetchError:
        from requests import exceptions

        proxy = isinstance(error, exceptions.ProxyError)
        slow = isinstance(error, exceptions.Timeout) or "timed out" in str(error)
        broken = isinstance(error, exceptions.ChunkedEncodingError) or "IncompleteRead" in str(error)
        if proxy:
            found = "der Proxy antwortet nicht oder lehnt ab"
        elif slow:
            found = f"keine Antwort in {self.manners.silence:.0f} Sekunden"
        else:
            found = "die Antwort brach ab" if broken else "keine Verbindung"
        return self.fault(
            "Der Server ist nicht zu erreichen." if not broken else "Die Antwort des Servers ist unvollständig.",
            request,
            expected=f"eine vollständige Antwort von {request.host}",
            found=found,
            remedy="Den Proxy prüfen: docs/operate.md." if proxy else f"Die Verbindung prüfen. {LATER}",
        )

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, _Again) and error.after is not None:
            return error.after
        return self.manners.backoff * 2 ** (state.attempt_number - 1)

    def _tell_again(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, _Again) and state.next_action:
            self._tell(f"{error.fault.what} Neuer Versuch in {state.next_action.sleep:.0f} Sekunden …")


def _no_auth(request: Any) -> Any:
    return request


def _ascii(name: str) -> str:
    """A name as a header can carry it."""
    return unicodedata.normalize("NFKD", name.translate(UMLAUTS)).encode("ascii", "ignore").decode()


def _retry_after(text: str | None) -> float | None:
    """Seconds to wait, from a number or a date; None when nothing understandable is said."""
    if text is None:
        return None
    if text.strip().isdigit():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        return None
