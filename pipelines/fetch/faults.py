"""What goes wrong between this program and a publisher's server, told in German with what to do.

What belongs here: the meaning of a status and of a fault of the network, and which of them may be gone at the next
attempt. What does not: attempts and limits (`client`), what an answer says of its content (`genesis`, `downloads`).

The words of libraries and servers are not repeated, they may hold addresses and credentials; what is shown of an answer
is masked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pipelines.errors import FetchError
from pipelines.fetch.orders import LOOPBACK

if TYPE_CHECKING:
    import requests

    from pipelines.fetch.client import Ask, Manners
    from pipelines.fetch.credentials import Secrets

AGAIN = (429, 500, 502, 503, 504)
# Words of the protocol; a person is told in German what they mean
MEANING = {
    400: "die Anfrage ist für den Server nicht verständlich",
    401: "die Anmeldung wurde abgelehnt",
    403: "die Anmeldung wurde abgelehnt, oder der Zugriff ist gesperrt",
    404: "unter dieser Adresse gibt es nichts",
    405: "der Server nimmt Anfragen dieser Art nicht an",
    407: "der Proxy verlangt eine Anmeldung",
    410: "unter dieser Adresse gibt es nichts mehr",
}
LATER = "Später wiederholen; dauert es an, die Seite des Herausgebers ansehen. Im Datenordner hat sich nichts geändert."
CHANGED = (
    "Die Adresse auf der Seite des Herausgebers suchen und mit --adresse angeben; dauerhaft unter abruf in kreis.yml."
)
REMEDIES = {
    401: "Zugangsdaten prüfen: docs/de/abrufen.md. Stimmen sie, beim Herausgeber anmelden und nachsehen.",
    404: CHANGED,
    405: CHANGED,
    407: "Den Proxy mit Benutzer und Kennwort in HTTPS_PROXY nennen: docs/operate.md.",
    410: CHANGED,
}
REMEDIES[403] = REMEDIES[401]
# After these no other question to the same server would be answered
ALL_REFUSED = (401, 403, 407)


class ServerFault(FetchError):
    """A fault that every other question to the same server would meet as well."""


class PassingFault(Exception):
    """A fault that may be gone at the next attempt; after: seconds the server asks to wait."""

    def __init__(self, fault: FetchError, after: float | None = None) -> None:
        """`fault`: what is told when it does not pass."""
        super().__init__(str(fault))
        self.fault, self.after = fault, after


class Faults:
    """Faults of one client, worded without anything secret."""

    def __init__(self, secrets: Secrets, manners: Manners) -> None:
        """`secrets`: what must not be seen; `manners`: the limits that messages name."""
        self._secrets, self._manners = secrets, manners

    def fault(
        self,
        what: str,
        request: Ask,
        *,
        expected: str,
        found: str,
        remedy: str = LATER,
        kind: type[FetchError] = FetchError,
    ) -> FetchError:
        """A fault of an answer, with everything masked that must not be seen."""
        mask = self._secrets.mask
        return kind(what, file=mask(request.url), expected=expected, found=mask(found), remedy=remedy)

    def refuse_status(self, request: Ask, response: requests.Response) -> None:
        """Raise FetchError, or PassingFault, unless the answer has the content that was asked for."""
        self._refuse_open(request, response)
        status = response.status_code
        if status in AGAIN:
            raise self._passing(request, response)
        if 300 <= status < 400:
            target = urlsplit(response.headers.get("Location", "")).hostname or "eine andere Adresse"
            raise self.fault(
                "Die Schnittstelle ist umgezogen; mit Zugangsdaten folgt das Programm keiner Umleitung.",
                request,
                expected="eine Antwort der genannten Adresse",
                found=f"eine Umleitung zu {target}",
                remedy="Beim Herausgeber prüfen, ob die neue Adresse stimmt, und sie in kreis.yml unter "
                "abruf.adressen eintragen.",
                kind=ServerFault,
            )
        if status >= 400:
            raise self.fault(
                "Der Server gibt die Datei nicht heraus.",
                request,
                expected="Antwort 200",
                found=f"Antwort {status}: {MEANING.get(status, 'der Server lehnt ab')}",
                remedy=REMEDIES.get(status, LATER),
                kind=ServerFault if status in ALL_REFUSED else FetchError,
            )

    def of_network(self, request: Ask, error: Exception) -> Exception:
        """What an exception of the library means: a PassingFault where another attempt may help, else a FetchError."""
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
                kind=ServerFault,
            )
        if is_of_certificates(error):
            return self.fault(
                "Die Datei mit den Zertifikaten fehlt.",
                request,
                expected="eine Datei im Format PEM",
                found="keine Datei am genannten Ort",
                remedy="Den Pfad in REQUESTS_CA_BUNDLE oder in kreis.yml unter abruf.zertifikate berichtigen.",
                kind=ServerFault,
            )
        if isinstance(error, exceptions.TooManyRedirects):
            return self.fault(
                "Der Server leitet im Kreis um.", request, expected="eine Datei", found="immer neue Umleitungen"
            )
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
        sent = not isinstance(error, exceptions.ConnectTimeout | exceptions.ProxyError)
        return fault if request.once and sent else PassingFault(fault)

    def too_large(self, request: Ask, limit: int, found: int) -> FetchError:
        """An answer beyond what was agreed."""
        return self.fault(
            "Die Antwort ist größer, als sie sein kann.",
            request,
            expected=f"höchstens {limit / 2**20:.0f} MB",
            found=f"{found / 2**20:.0f} MB oder mehr",
            remedy="Weniger Jahre auf einmal abrufen. Ist die Datei wirklich so groß, size_mb im Katalog erhöhen.",
        )

    def too_slow(self, request: Ask, came: int) -> FetchError:
        """An answer that would not end."""
        return self.fault(
            "Der Server antwortet zu langsam.",
            request,
            expected=f"die ganze Antwort in {self._manners.whole:.0f} Sekunden",
            found=f"{came} Byte",
        )

    def _refuse_open(self, request: Ask, response: requests.Response) -> None:
        """Raise FetchError when a redirect led over an address that is not encrypted."""
        for hop in map(urlsplit, [one.url for one in (*response.history, response)]):
            if hop.scheme != "https" and hop.hostname not in LOOPBACK:
                raise self.fault(
                    "Der Server leitet auf eine unverschlüsselte Adresse um.",
                    request,
                    expected="https",
                    found=f"{hop.scheme}://{hop.hostname}",
                    remedy=CHANGED,
                )

    def _passing(self, request: Ask, response: requests.Response) -> Exception:
        """A server that is busy or out of order; it says itself how long to wait."""
        status, after = response.status_code, _retry_after(response.headers.get("Retry-After"))
        busy = status == 429 or (status == 503 and after is not None)
        long = (after or 0) > self._manners.longest
        fault = self.fault(
            "Der Server drosselt die Anfragen." if busy else "Der Server hat eine Störung.",
            request,
            expected="Antwort 200",
            found=f"Antwort {status}" + (f", wieder in {after:.0f} Sekunden" if after is not None else ""),
            kind=ServerFault if busy else FetchError,
        )
        return fault if long or (request.once and not busy) else PassingFault(fault, after)

    def _unreached(self, request: Ask, error: Exception) -> FetchError:
        from requests import exceptions

        proxy = isinstance(error, exceptions.ProxyError)
        slow = isinstance(error, exceptions.Timeout) or "timed out" in str(error)
        if isinstance(error, exceptions.ChunkedEncodingError) or "IncompleteRead" in str(error):
            return self.fault(
                "Die Antwort des Servers ist unvollständig.",
                request,
                expected=f"eine vollständige Antwort von {request.host}",
                found="die Antwort brach ab",
            )
        if proxy:
            found = "der Proxy antwortet nicht oder lehnt ab"
        else:
            found = f"keine Antwort in {self._manners.silence:.0f} Sekunden" if slow else "keine Verbindung"
        return self.fault(
            "Der Server ist nicht zu erreichen.",
            request,
            expected=f"eine Antwort von {request.host}",
            found=found,
            remedy="Den Proxy prüfen: docs/operate.md."
            if proxy
            else f"Verbindung zum Internet prüfen und ob das Haus einen Proxy verlangt: docs/operate.md. {LATER}",
            kind=ServerFault,
        )


def is_of_certificates(error: Exception) -> bool:
    """Whether the named file of certificates is absent: the library raises the error of a disk then."""
    return isinstance(error, OSError) and "TLS CA certificate" in str(error)


def _retry_after(text: str | None) -> float | None:
    """Seconds to wait, from a number or a date; None when nothing understandable is said."""
    from urllib3.exceptions import InvalidHeader
    from urllib3.util import Retry

    try:
        return None if text is None else Retry().parse_retry_after(text)
    except (InvalidHeader, ValueError, OverflowError):
        return None
