"""The interface „2020“ of the GENESIS databases (Destatis, Regionaldatenbank, Zensus): a table by its code and years.

What belongs here: what is asked in which order, and what an answer means. What does not: sending (`client`), reading
the table (`pipelines.readers.ffcsv`).

The databases answer with HTTP 200 whatever happens; what it is says the type of the content, and then a code:
0 done, 98 too large for an answer at once (order it as a job), 99 job ordered, 104 nothing there (of a job: not yet).
Words are never looked at but to name the result of a job; they differ by language and have misspellings.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.errors import FetchError, InputError
from pipelines.fetch.client import Answer, Ask, Client
from pipelines.fetch.credentials import Account
from pipelines.fetch.faults import LATER
from pipelines.fetch.jobs import Job, Jobs
from pipelines.fetch.orders import Order
from pipelines.readers.rawfile import RawFile

METADATA, TABLE = "metadata/table", "data/tablefile"
RESULTS, RESULT = "catalogue/results", "data/resultfile"
DONE, TOO_LARGE, ORDERED, NOTHING = 0, 98, 99, 104
LANGUAGE = "de"
SHOWN = 300
# German or ISO day, with or without a time behind it
STAMP = re.compile(r"(?:(\d{2})\.(\d{2})\.(\d{4})|(\d{4})-(\d{2})-(\d{2}))(?: (\d{2}:\d{2}:\d{2})h?)?")
REFUSED = "Die Datenbank gibt die Tabelle nicht heraus."
OTHER = "Die Datenbank antwortet anders als vereinbart."


@dataclass(frozen=True)
class About:
    """What the database says of a table: its years, and the moment of its last revision (`JJJJ-MM-TT[ hh:mm:ss]`)."""

    first: int
    last: int
    updated: str

    @property
    def day(self) -> str:
        """The day of the last revision."""
        return self.updated[:10]


def about_ask(order: Order, account: Account) -> Ask:
    """The question for what is known of the table."""
    return _ask(order, account, METADATA, (("name", order.table or ""), ("area", "all"), ("language", LANGUAGE)))


def table_ask(order: Order, account: Account, *, job: bool = False) -> Ask:
    """The question for the table, at once or as a job. Years are always named: without them only the newest comes."""
    own = {"area": "all", "compress": "false", "format": "ffcsv", "language": LANGUAGE, "quality": "off"}
    own |= dict.fromkeys(("regionalkey", "regionalvariable", "stand", "timeslices"), "")
    own |= {"name": order.table or "", "startyear": str(order.first), "endyear": str(order.last)}
    own |= dict(order.form)
    form = (*sorted(own.items()), ("job", "true" if job else "false"))
    return _ask(order, account, TABLE, form, once=job)


def results_ask(order: Order, account: Account, result: str) -> Ask:
    """The question whether a job is done."""
    form = (("selection", result), ("area", "all"), ("pagelength", "100"), ("language", LANGUAGE))
    return _ask(order, account, RESULTS, form)


def result_ask(order: Order, account: Account, result: str) -> Ask:
    """The question for the table of a job that is done."""
    form = (
        ("name", result),
        ("area", "all"),
        ("compress", "false"),
        ("format", "ffcsv"),
        ("language", LANGUAGE),
    )
    return _ask(order, account, RESULT, form)


def _ask(order: Order, account: Account, service: str, form: tuple[tuple[str, str], ...], *, once: bool = False) -> Ask:
    base = order.addresses[order.table or ""]
    return Ask(f"{base}/{service}", form, account.headers(), once=once, size=order.size)


class Database:
    """One order at one database. folder: where the archive lies until its table was taken out."""

    def __init__(
        self, client: Client, order: Order, account: Account, folder: Path, jobs: Jobs, tell: Callable[[str], None]
    ) -> None:
        """Nothing is asked yet."""
        self._client, self._order, self._account = client, order, account
        self._folder, self._jobs, self._tell = folder, jobs, tell

    def about(self) -> About:
        """What the table holds and when it was revised. Raises FetchError when the years asked for are not there."""
        request = about_ask(self._order, self._account)
        said = self._said(request, self._client.ask(request, self._archive))
        self._refuse_code(request, said, DONE)
        found = said.get("Object") or {}
        self._refuse_echo(request, said)
        self._same(request, "Code", str(found.get("Code")))
        time = found.get("Time") or {}
        first, last = (_moment(str(time.get(end) or "")) for end in ("From", "To"))
        updated = _moment(str(found.get("Updated") or ""))
        if not (first and last and updated):
            raise self._client.faults.fault(
                OTHER, request, expected="Time und Updated der Tabelle", found=str({"Time": time, **found})[:SHOWN]
            )
        about = About(int(first[:4]), int(last[:4]), updated)
        if not about.first <= self._order.first <= self._order.last <= about.last:
            raise self._client.faults.fault(
                "Die Tabelle enthält das gewünschte Jahr nicht.",
                request,
                expected=f"Tabelle {self._order.table}, {self._order.years}",
                found=f"{about.first} bis {about.last}, Stand {about.day}",
                remedy="Mit --year ein Jahr angeben, das die Tabelle enthält.",
            )
        return about

    def table(self, about: About) -> Path:
        """The table as CSV, in a file that is called as the table and its years. Raises FetchError.

        about: what the database said of it; a job of an earlier revision is not waited for.
        """
        request = table_ask(self._order, self._account)
        job = self._jobs.find(self._order, dict(request.form or ()), about.updated)
        if job is None:
            answer = self._client.ask(request, self._archive, self._progress)
            if answer.path is not None:
                return self._unpacked(request, answer.path)
            job = self._order_job(request, self._said(request, answer), about.updated)
        else:
            self._tell(f"{self._order.name}: Auftrag {job.result} wurde schon erteilt, es geht dort weiter.")
        return self._result(job)

    def _order_job(self, request: Ask, said: dict[str, Any], updated: str) -> Job:
        """The job for a table that is too large to come at once; remembered before anything else."""
        self._refuse_code(request, said, TOO_LARGE, ORDERED)
        form = dict(request.form or ())
        if _code(said) == TOO_LARGE:
            self._tell(f"{self._order.name}: zu groß für eine Antwort, wird als Auftrag bestellt.")
            request = table_ask(self._order, self._account, job=True)
            said = self._said(request, self._client.ask(request, self._archive))
            self._refuse_code(request, said, ORDERED)
        found = re.search(rf"{re.escape(self._order.table or '')}_[0-9]+", _content(said))
        if not found:
            raise self._client.faults.fault(OTHER, request, expected="der Name eines Auftrags", found=_content(said))
        job = Job(found[0], form, updated)
        self._jobs.keep(self._order, job)
        return job

    def _result(self, job: Job) -> Path:
        """The table of a job, as soon as it is done. Raises FetchError when it is not done within the patience."""
        request = results_ask(self._order, self._account, job.result)
        manners, waited = self._client.manners, 0.0
        while True:
            said = self._said(request, self._client.ask(request, self._archive))
            if _code(said) not in (DONE, NOTHING):
                self._jobs.forget(self._order)
            self._refuse_code(request, said, DONE, NOTHING)
            if _code(said) == DONE and _listed(said, job.result):
                wanted = result_ask(self._order, self._account, job.result)
                answer = self._client.ask(wanted, self._archive, self._progress)
                if answer.path is not None:
                    return self._unpacked(wanted, answer.path)
                self._refuse_code(wanted, self._said(wanted, answer), NOTHING)
            if waited >= manners.patience:
                raise self._unfinished(request, job)
            self._tell(f"{self._order.name}: Auftrag {job.result} läuft, seit {waited:.0f} Sekunden gewartet …")
            self._client.sleep(manners.poll)
            waited += manners.poll

    def _unfinished(self, request: Ask, job: Job) -> FetchError:
        again = self._jobs.waited(self._order, job)
        go_on = "Denselben Befehl später wiederholen; er wartet dann auf denselben Auftrag weiter."
        anew = "Denselben Befehl später wiederholen; er erteilt dann einen neuen Auftrag. Oder weniger Jahre abrufen."
        return self._client.faults.fault(
            "Der Auftrag bei der Datenbank ist noch nicht fertig.",
            request,
            expected=f"ein Ergebnis in {self._client.manners.patience / 60:.0f} Minuten",
            found=f"Auftrag {job.result} ohne Ergebnis",
            remedy=go_on if again else anew,
        )

    def _unpacked(self, request: Ask, archive: Path) -> Path:
        """The one table in the archive, under a name that stays the same; the archive and its name change each time.

        Raises FetchError for a damaged archive, one that grows beyond all limits, another table, or several.
        """
        file = RawFile(archive)
        try:
            found = file.members if file.is_zip else []
            if len(found) != 1 or not found[0].filename.lower().endswith(".csv"):
                raise self._client.faults.fault(
                    "Das Archiv der Datenbank enthält nicht genau eine Tabelle.",
                    request,
                    expected="eine CSV-Datei",
                    found=", ".join(info.filename for info in found)[:SHOWN] or "kein lesbares Archiv",
                )
            if not found[0].filename.startswith(f"{self._order.table}_"):
                self._same(request, "Datei im Archiv", found[0].filename)
            content = file.read(found[0])
        except InputError as error:
            raise self._client.faults.fault(
                error.what,
                request,
                expected=str(error.expected),
                found=str(error.found),
                remedy=f"Denselben Befehl wiederholen. {LATER}",
            ) from None
        finally:
            archive.unlink(missing_ok=True)
        path = self._folder / f"{self._order.table}_{self._order.years}.csv"
        path.write_bytes(content)
        return path

    def _said(self, request: Ask, answer: Answer) -> dict[str, Any]:
        """The answer as JSON. Raises FetchError for a web page or anything else that is none."""
        if answer.text is None:
            if answer.path is not None:
                answer.path.unlink(missing_ok=True)
            raise self._client.faults.fault(
                OTHER, request, expected="eine Antwort als JSON", found=f"Inhalt {answer.kind}"
            )
        try:
            said = json.loads(answer.text)
            if not isinstance(said["Status"]["Code"], int):
                raise TypeError
        except (ValueError, KeyError, TypeError):
            page = answer.text.lstrip()[:1] == "<"
            raise self._client.faults.fault(
                OTHER,
                request,
                expected="JSON mit einem Status oder ein Archiv",
                found="eine Webseite (HTML)" if page else f"Inhalt {answer.kind or 'ohne Angabe'}, nicht lesbar",
            ) from None
        return said

    def _refuse_code(self, request: Ask, said: dict[str, Any], *good: int) -> None:
        if _code(said) not in good:
            nothing = _code(said) == NOTHING
            raise self._client.faults.fault(
                "Die Datenbank hat zu dieser Auswahl nichts." if nothing else REFUSED,
                request,
                expected=f"Tabelle {self._order.table}, {self._order.years}",
                found=f"Code {_code(said)}: {_content(said)}",
                remedy="Tabelle und Jahr prüfen, auf der Seite der Datenbank oder mit --dry-run; bei Fragen zur "
                "Anmeldung docs/de/abrufen.md. Im Datenordner hat sich nichts geändert.",
            )

    def _refuse_echo(self, request: Ask, said: dict[str, Any]) -> None:
        """Raise FetchError when the database repeats another name than it was asked for."""
        echoed = (said.get("Parameter") or {}).get("name")
        if echoed is not None:
            self._same(request, "name", str(echoed))

    def _same(self, request: Ask, what: str, found: str) -> None:
        if found != self._order.table:
            raise self._client.faults.fault(
                "Die Datenbank antwortet mit einer anderen Tabelle.",
                request,
                expected=f"{self._order.table}",
                found=f"{what}: {found}"[:SHOWN],
            )

    def _progress(self, came: int, total: int | None) -> None:
        self._tell(progress_text(self._order.name, came, total))

    @property
    def _archive(self) -> Path:
        return self._folder / f"{self._order.table}_{self._order.years}.zip.teil"


def progress_text(name: str, came: int, total: int | None) -> str:
    """How far a transfer is."""
    whole = f" von {total / 2**20:.1f} MB" if total else ""
    return f"{name}: {came / 2**20:.1f} MB{whole}".replace(".", ",")


def _code(said: dict[str, Any]) -> int:
    return said["Status"]["Code"]


def _content(said: dict[str, Any]) -> str:
    """What the database says, in a line; it is shown to people only."""
    return " ".join(str(said["Status"].get("Content") or "").split())[:SHOWN]


def _listed(said: dict[str, Any], result: str) -> bool:
    """Whether the result stands in the list; the list may hold others."""
    found = said.get("List") or []
    return any(isinstance(one, dict) and one.get("Code") == result for one in found)


def _moment(text: str) -> str | None:
    """A day with or without a time, as `JJJJ-MM-TT[ hh:mm:ss]`; its form in an answer depends on the language."""
    found = STAMP.search(text)
    if not found:
        return None
    day = f"{found[3]}-{found[2]}-{found[1]}" if found[3] else f"{found[4]}-{found[5]}-{found[6]}"
    return f"{day} {found[7]}" if found[7] else day
