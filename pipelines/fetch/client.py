"""One polite client for all publishers: one request at a time, pauses, limits, repeats, proxy and own certificates.

What belongs here: how a request goes out and what of an answer is let in. What does not: what is asked and what an
answer means (`faults` for the network, `genesis` and `downloads` for the content).

Credentials go to the host they are meant for and nowhere else: a request that carries them follows no redirect. The
`.netrc` of a person is never read. An answer is let in piece by piece and given up as soon as it is larger or slower
than agreed; only archives and files reach the disk, never a text that could repeat credentials.
"""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from pipelines.fetch.credentials import Secrets
from pipelines.fetch.faults import Faults, PassingFault, is_of_certificates

if TYPE_CHECKING:
    import requests
    from tenacity import RetryCallState

    from pipelines.settings import Settings

PIECE = 2**16
TEXT_LIMIT = 16 * 2**20
HOPS = 5
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})


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
        self._agent = agent(settings)
        self.manners = MANNERS
        self._pause = max(self.manners.pause, float(self._way.get("pause", 0)))
        self.faults = Faults(secrets, self.manners)
        self._tell = tell
        self._last: float | None = None

    def ask(self, request: Ask, into: Path, progress: Callable[[int, int | None], None] = lambda *_: None) -> Answer:
        """The answer to a request; a file is written to `into`, which is gone again after a fault.

        progress: called with the bytes that came and those announced. Raises FetchError, never showing a secret.
        """
        from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

        attempts = Retrying(
            retry=retry_if_exception_type(PassingFault),
            stop=stop_after_attempt(self.manners.attempts),
            wait=_as_asked(wait_exponential(multiplier=self.manners.backoff)),
            sleep=self.sleep,
            before_sleep=self._tell_again,
            reraise=True,
        )
        try:
            return attempts(self._once, request, into, progress)
        except PassingFault as error:
            into.unlink(missing_ok=True)
            raise error.fault from None
        except BaseException:
            into.unlink(missing_ok=True)
            raise

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def now(self) -> float:
        """Seconds that only ever go forward."""
        return time.monotonic()

    @cached_property
    def _session(self) -> requests.Session:
        import requests

        class Session(requests.Session):
            def rebuild_auth(self, *_: Any) -> None:
                """After a redirect the library would look into .netrc; what is redirected carries nothing to strip."""

        session = Session()
        session.headers["User-Agent"] = self._agent
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
                self.faults.refuse_status(request, response)
                return self._let_in(request, response, into, progress)
        except (exceptions.RequestException, HTTPError) as error:
            raise self.faults.of_network(request, error) from None
        except OSError as error:
            if not is_of_certificates(error):
                raise  # the disk refuses, not the network
            raise self.faults.of_network(request, error) from None
        finally:
            self._last = self.now()

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
            rest = self._last + self._pause - self.now()
            if rest > 0:
                self.sleep(rest)

    def _let_in(
        self, request: Ask, response: requests.Response, into: Path, progress: Callable[[int, int | None], None]
    ) -> Answer:
        """The content of an answer: files and archives go to the disk, texts stay in memory."""
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        announced = response.headers.get("Content-Length", "")
        total = int(announced) if announced.isdigit() else None
        is_text = kind.endswith(("json", "html", "xml")) or (not request.plain and "zip" not in kind)
        limit = TEXT_LIMIT if is_text else request.size
        if total is not None and total > limit:
            raise self.faults.too_large(request, limit, total)
        until, came = self.now() + self.manners.whole, 0
        with BytesIO() if is_text else into.open("wb") as stream:
            while piece := response.raw.read1(PIECE, decode_content=True):  # as it comes, so that limits hold
                came += len(piece)
                if came > limit:
                    raise self.faults.too_large(request, limit, came)
                if self.now() > until:
                    raise self.faults.too_slow(request, came)
                stream.write(piece)
                progress(came, total)
            if isinstance(stream, BytesIO):
                return Answer(kind, text=stream.getvalue().decode("utf-8", errors="replace"))
        return Answer(kind, path=into)

    def _tell_again(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, PassingFault) and state.next_action:
            self._tell(f"{error.fault.what} Neuer Versuch in {state.next_action.sleep:.0f} Sekunden …")


def agent(settings: Settings) -> str:
    """Who asks, as the publisher's server notes it: program, district, and whom to write to where that is named."""
    from pipelines.provenance import program_version

    said = [settings.kreis.name, *filter(None, [settings.kreis.fetch.get("kontakt")])]
    return f"sozialatlas/{program_version()} ({_ascii('; '.join(said))})"


def _as_asked(otherwise: Callable[[RetryCallState], float]) -> Callable[[RetryCallState], float]:
    """The wait a server asks for, before any of our own."""

    def wait(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        after = error.after if isinstance(error, PassingFault) else None
        return otherwise(state) if after is None else after

    return wait


def _no_auth(request: Any) -> Any:
    return request


def _ascii(name: str) -> str:
    """A name as a header can carry it."""
    return unicodedata.normalize("NFKD", name.translate(UMLAUTS)).encode("ascii", "ignore").decode()
