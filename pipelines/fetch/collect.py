"""From orders to deliveries: ask, check that what came is what was asked for, and lay it down like any other file.

What belongs here: the way of one order and of all, the checks of year, table and areas, where files lie meanwhile. What
does not: asking (`genesis`, `downloads`), laying down (`pipelines.sources.intake.add`).

Until a file is laid down it lies in the internal folder of the district, so that data/raw never sees half of anything.
What was fetched and is not accepted stays there, and the message names it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.errors import AtlasError, InputError, LockError
from pipelines.fetch import credentials, downloads, genesis
from pipelines.fetch.client import Ask, Client
from pipelines.fetch.faults import ServerFault
from pipelines.fetch.jobs import Jobs
from pipelines.fetch.orders import GENESIS, Choice, Order, choose
from pipelines.lock import run_lock
from pipelines.sources.intake import Added, Said, add, held

if TYPE_CHECKING:
    from pipelines.readers.reading import Reading
    from pipelines.settings import Settings

FOLDER, JOBS, FILES = "abruf", "auftraege", "dateien"
# Above this size a reader has to be told the areas beforehand
WHOLE = 64 * 2**20
SHOWN = 8
YEAR = re.compile(r"(?<![0-9])[12][0-9]{3}(?![0-9])")
SEEN = "Die Datei ansehen: sozialatlas read {}. Im Datenordner hat sich nichts geändert."


@dataclass(frozen=True)
class Outcome:
    """What became of an order: laid down, there already, or a fault; lying: where files are that were not accepted.

    unasked: the fault is one that an earlier order met at the same server, so this one was not asked.
    """

    order: Order
    added: Added | None = None
    there: Path | None = None
    fault: AtlasError | None = None
    lying: tuple[Path, ...] = ()
    unasked: bool = False


def wanted(
    settings: Settings,
    source: str | None,
    years: tuple[int, int] | None,
    table: str | None = None,
    address: str | None = None,
) -> Choice:
    """What a call asks for. Raises AtlasError as `orders.choose` does."""
    return choose(settings, _ags(settings), source, years, table, address)


def planned(order: Order) -> list[Ask]:
    """Every request an order begins with, as it would go out; those of a job follow only when the database wants one.

    Credentials that are absent count as empty here. Raises InputError when an address is absent.
    """
    if order.interface != GENESIS:
        return downloads.asks(order)
    account = credentials.find(order.account or "") or credentials.Account("", "", "fehlen")
    return [genesis.about_ask(order, account), genesis.table_ask(order, account)]


def fetch(
    settings: Settings,
    orders: Sequence[Order],
    *,
    today: str,
    basis: str | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Iterator[Outcome]:
    """One order after the other, each laid down as soon as it is here; a fault of one does not stop the others.

    Only a server that answers nothing now, or refuses the login, is not asked again in this call.

    today: the day of retrieval. basis: the census of populations that do not name it. Raises LockError while another
    call fetches for this district.
    """
    accounts = {name: _account(name) for name in sorted({order.account for order in orders if order.account})}
    secrets = credentials.secrets_of(one for one in accounts.values() if isinstance(one, credentials.Account))
    folder = settings.curated_dir / FOLDER
    said = Said(retrieved=today, basis=basis)
    refusing: dict[str, ServerFault] = {}
    with _alone(folder):
        client = Client(settings, secrets, tell)
        for order in orders:
            if order.server in refusing:
                yield Outcome(order, fault=refusing[order.server], unasked=True)
                continue
            files = folder / FILES / order.source
            files.mkdir(parents=True, exist_ok=True)
            try:
                if order.interface == GENESIS:
                    account = accounts[order.account or ""]
                    yield _table(settings, client, order, account, Jobs(folder / JOBS), files, said, tell)
                else:
                    yield _files(settings, client, order, files, said, tell)
            except AtlasError as fault:
                if isinstance(fault, ServerFault):
                    refusing[order.server] = fault
                yield Outcome(order, fault=fault, lying=_lying(files, order))


def _account(name: str) -> credentials.Account | ServerFault:
    """The credentials of an account, or the fault that its orders meet."""
    try:
        return credentials.find(name) or credentials.absent(name)
    except ServerFault as fault:
        return fault


def _files(
    settings: Settings, client: Client, order: Order, folder: Path, said: Said, tell: Callable[[str], None]
) -> Outcome:
    paths = downloads.load(client, order, folder, tell)
    hosts = sorted({request.host for request in downloads.asks(order)})
    return _lay_down(settings, order, paths, replace(said, notes=f"Abgerufen von {', '.join(hosts)}"))


def _table(
    settings: Settings,
    client: Client,
    order: Order,
    account: credentials.Account | ServerFault,
    jobs: Jobs,
    folder: Path,
    said: Said,
    tell: Callable[[str], None],
) -> Outcome:
    """A table of a database; one whose revision lies there already is not asked for again."""
    if isinstance(account, ServerFault):
        raise account
    database = genesis.Database(client, order, account, folder, jobs, tell)
    tell(f"{order.name}: Stand und Zeitraum werden erfragt …")
    about = database.about()
    edition = f"{order.table}_{order.years}_{about.day}"
    target = settings.data_dir / order.source / edition
    if target.is_dir():
        jobs.forget(order)
        return Outcome(order, there=target)
    path = database.table(about)
    note = f"Abgerufen von {order.server}, Tabelle {order.table}, Jahre {order.years}"
    note = f"{note}, Stand der Datenbank {about.updated}."
    told = replace(said, notes=note, edition=edition, stand=about.day, table_code=order.table)
    found = _lay_down(settings, order, [path], told)
    jobs.forget(order)
    return found


def _lay_down(settings: Settings, order: Order, paths: list[Path], said: Said) -> Outcome:
    if any(path.stat().st_size > WHOLE for path in paths) and order.unpacked:
        said = replace(said, keys=(settings.kreis.key, *_ags(settings)))
    there = held(settings.data_dir / order.source, paths)
    told = replace(said, source=order.source)
    added = None if there else add(settings, paths, told, lambda readings: check(settings, order, readings))
    for path in paths:
        path.unlink()
    return Outcome(order, added=added, there=there)


def check(settings: Settings, order: Order, readings: Sequence[Reading]) -> None:
    """Raise InputError unless the files say the table, the years and the areas that were asked for."""
    _check_table(order, readings)
    _check_years(order, readings)
    _check_areas(settings, order, readings)


def _check_table(order: Order, readings: Sequence[Reading]) -> None:
    """A flat file names its statistic only, which is how the code of a table begins."""
    for reading in readings:
        if order.table and not (reading.code and order.table.startswith(reading.code)):
            raise _other("eine andere Tabelle", reading, order.table, reading.code or "keine Tabelle", "Code")


def _check_years(order: Order, readings: Sequence[Reading]) -> None:
    for reading in readings:
        found = {int(year) for time in reading.frame["time"].unique() for year in YEAR.findall(time)}
        if reading.outlines is not None or not found:
            found = {int(year) for year in YEAR.findall(reading.stand or "")}
        needed = set(range(order.first, order.last + 1)) if order.interface == GENESIS else {order.newest}
        beyond = found - needed if order.interface == GENESIS else {year for year in found if year > order.newest}
        if not needed <= found or (beyond and not order.forecasts):
            says = ", ".join(map(str, sorted(found)[-SHOWN:])) or "kein Jahr"
            raise _other("ein anderes Jahr", reading, _span(needed), says, "Zeitbezug")


def _check_areas(settings: Settings, order: Order, readings: Sequence[Reading]) -> None:
    """Every area of the district on every level, in one of the files."""
    asked = {"gemeinde": set(_ags(settings)), "kreis": {settings.kreis.key}}
    for level in order.levels:
        held: set[str] = set()
        for reading in readings:
            frame = reading.frame if reading.outlines is None else reading.outlines
            held |= set(frame["key"])
        absent = sorted(asked[level] - held)
        if absent:
            shown = ", ".join(absent[:SHOWN]) + (" und weitere" if len(absent) > SHOWN else "")
            left = "; ".join(f"{one.what}: {one.reason}" for reading in readings for one in reading.refused)
            raise _other(
                "nicht alle Gebiete des Kreises",
                readings[0],
                f"{len(asked[level])} Schlüssel der Ebene {level}",
                f"es fehlen {shown}" + (f" (ausgelassen wurde: {left})" if left else ""),
                "Schlüssel",
            )


def _other(what: str, reading: Reading, expected: str, found: str, column: str) -> InputError:
    path = reading.file.path
    return InputError(
        f"Was ankam, nennt {what} als verlangt.",
        file=path,
        column=column,
        expected=expected,
        found=found,
        remedy=f"Jahr, Tabelle und Adresse der Anfrage prüfen (--dry-run). {SEEN.format(path)}",
    )


def _span(years: set[int]) -> str:
    return str(min(years)) if len(years) == 1 else f"{min(years)} bis {max(years)}"


def _ags(settings: Settings) -> list[str]:
    from pipelines.readers import read_gemeinden

    return sorted(read_gemeinden(settings)["ags"].unique())


def _lying(folder: Path, order: Order) -> tuple[Path, ...]:
    """Whole files of an order that were not laid down."""
    names = {Path(name).stem for name in order.addresses} | {f"{order.table}_{order.years}"}
    return tuple(path for path in sorted(folder.glob("*")) if path.suffix != ".teil" and path.stem in names)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One call at a time fetches for a district, so that no server is asked by two."""
    try:
        with run_lock(folder):
            yield
    except LockError as error:
        if error.file is None or Path(error.file).parent != folder:
            raise
        raise LockError(
            "Ein anderer Abruf läuft gerade.",
            file=error.file,
            expected="kein anderer Abruf",
            found=error.found,
            remedy="Warten, bis er fertig ist. Läuft sicher keiner mehr, die genannte Datei löschen.",
        ) from None
