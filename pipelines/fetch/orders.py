"""What can be asked of which publisher, from the section `fetch` of the catalogue of sources.

What belongs here: reading and checking that section, choosing by source, table and year. What does not: asking.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pipelines.errors import AtlasError, InputError
from pipelines.sources import registry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.settings import Settings

SCHEMA = Path(registry.__file__).with_name("fetch.schema.json")
GENESIS, DOWNLOAD = "genesis", "download"
PAGE = "docs/de/lieferungen-beschaffen.md"
NOT_AGREED = "Ein Eintrag zum Abruf im Katalog der Quellen ist nicht wie vereinbart."
LOOPBACK = ("127.0.0.1", "localhost", "::1")
YEARS = re.compile(r"([12][0-9]{3})(?:-([12][0-9]{3}))?")


@dataclass(frozen=True)
class Order:
    """One table or file of a source for some years, with the district already filled in.

    addresses: of the interface (one) or of the files, by the name under which each is laid down; empty when the address
    of the file has to be said. newest: the last year the figures must be of. size, unpacked: most bytes.
    """

    source: str
    interface: str
    table: str | None
    account: str | None
    first: int
    last: int
    addresses: dict[str, str]
    levels: tuple[str, ...]
    items: tuple[str, ...]
    newest: int
    forecasts: bool
    size: int
    unpacked: int | None
    form: tuple[tuple[str, str], ...] = ()

    @property
    def years(self) -> str:
        """The years as a text: 2023 or 2015-2023."""
        return str(self.last) if self.first == self.last else f"{self.first}-{self.last}"

    @property
    def server(self) -> str:
        """The host that is asked; empty where the address has to be said."""
        return next((urlsplit(address).netloc for address in self.addresses.values()), "")

    @property
    def name(self) -> str:
        """How a person is told of it."""
        table = f", Tabelle {self.table}" if self.table else ""
        return f"{self.source}{table}, {'Jahr' if self.first == self.last else 'Jahre'} {self.years}"


@dataclass(frozen=True)
class Choice:
    """What a call asks for: orders that can be asked, sources that come by hand, and what does not exist (with why)."""

    orders: tuple[Order, ...]
    by_hand: tuple[str, ...]
    skipped: tuple[str, ...] = ()


def parse_years(text: str | None) -> tuple[int, int] | None:
    """First and last year of `2023` or `2015-2023`. Raises AtlasError for anything else."""
    if text is None:
        return None
    found = YEARS.fullmatch(text.strip())
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
    if first > last:
        raise AtlasError(
            "Das Jahr hat nicht die vereinbarte Form.",
            expected="--year JJJJ oder JJJJ-JJJJ, das frühere zuerst",
            found=text,
            remedy="Das Jahr so schreiben: 2023; eine Reihe so: 2015-2021.",
        )
    return first, last


def fetchable() -> list[str]:
    """All sources that can be asked for over the network, in alphabetical order."""
    return [name for name, known in registry.catalogue().items() if known.fetch]


def choose(
    settings: Settings,
    ags: Sequence[str],
    source: str | None = None,
    years: tuple[int, int] | None = None,
    table: str | None = None,
    address: str | None = None,
) -> Choice:
    """The orders of one source, or of all the district expects; without years those of the report year.

    ags: keys of the Gemeinden. address: of the file, where it differs from the catalogue. Raises AtlasError for an
    unknown source or table, or one that comes by hand or not for these years.
    """
    if source is None and (table or address):
        raise AtlasError(
            "Tabelle und Adresse gehören zu einer Quelle.",
            expected="sozialatlas fetch QUELLE mit --tabelle oder --adresse",
            found="keine Quelle",
            remedy=f"Die Quelle angeben: {', '.join(fetchable())}.",
        )
    wanted = [source] if source else list(settings.kreis.sources)
    orders: list[Order] = []
    skipped: list[str] = []
    by_hand = []
    for name in wanted:
        if not _known(name).fetch or (source is None and not _alone(name, settings)):
            by_hand.append(name)
            continue
        for entry in _entries(name):
            if table and entry.get("table") != table:
                continue
            span = years or _usual(entry, settings.year)
            if not _exists(entry, span):
                skipped.append(_unavailable(name, entry, span))
                continue
            orders += [_order(settings, ags, name, entry, part, address) for part in _parts(name, span)]
    if source and not orders:
        raise _nothing(source, table, skipped)
    return Choice(tuple(orders), tuple(by_hand), tuple(skipped))


def block(source: str) -> dict[str, Any]:
    """The section of a source, checked. Raises InputError naming file and line for what the schema refuses."""
    from pipelines.steering.registers import check_schema, read_located

    path = registry.CATALOGUE / f"{source}.yml"
    content, lines = read_located(path, "Ein Eintrag im Katalog der Quellen ist nicht lesbar.")
    below = {place[1:]: line for place, line in lines.items() if place[:1] == ("fetch",)}
    check_schema(path, content["fetch"], below, _schema(), NOT_AGREED)
    return content["fetch"]


@cache
def _schema() -> dict[str, Any]:
    return json.loads(SCHEMA.read_text(encoding="utf-8"), parse_float=Decimal)


def _entries(source: str) -> list[dict[str, Any]]:
    found = block(source)
    shared = {name: found.get(name) for name in ("interface", "address", "account") if found.get(name)}
    return [shared | entry for entry in found["orders"]]


def _known(source: str) -> registry.Source:
    known = registry.catalogue().get(source)
    if known is None:
        raise AtlasError(
            "Eine Quelle mit diesem Namen gibt es nicht.",
            expected=", ".join(fetchable()),
            found=source,
            remedy="Den Namen berichtigen; ohne Namen ruft der Befehl ab, was der Kreis erwartet.",
        )
    return known


def _alone(source: str, settings: Settings) -> bool:
    """Whether a source can be asked for unnamed: its address is known, and the atlas takes something of what comes."""
    own = settings.kreis.fetch.get("adressen", {})
    return all((entry.get("address") or source in own) and entry["items"] for entry in _entries(source))


def _usual(entry: dict[str, Any], year: int) -> tuple[int, int]:
    """The report year, or the last year there is before it."""
    last = min(year, entry.get("until", year))
    return (last, last)


def _exists(entry: dict[str, Any], span: tuple[int, int]) -> bool:
    return entry["from"] <= span[0] and span[1] <= entry.get("until", span[1])


def _unavailable(source: str, entry: dict[str, Any], span: tuple[int, int]) -> str:
    until = f" bis {entry['until']}" if "until" in entry else ""
    what = f"{source}, Tabelle {entry['table']}" if "table" in entry else source
    asked = f"{span[0]}" if span[0] == span[1] else f"{span[0]}-{span[1]}"
    return f"{what}: gibt es ab {entry['from']}{until}, nicht für {asked}"


def _nothing(source: str, table: str | None, skipped: list[str]) -> AtlasError:
    if skipped:
        return AtlasError(
            "Für dieses Jahr gibt es die Quelle nicht.",
            expected="; ".join(skipped),
            found=source,
            remedy="Mit --year ein Jahr angeben, das es gibt.",
        )
    if table:
        tables = [entry["table"] for entry in _entries(source) if "table" in entry] if _known(source).fetch else []
        return AtlasError(
            "Diese Tabelle der Quelle kann der Atlas nicht abrufen.",
            expected=", ".join(tables) or "eine Quelle mit Tabellen",
            found=table,
            remedy="Die Option --tabelle berichtigen oder weglassen; wie eine Tabelle dazukommt, steht in "
            "docs/add-a-source.md.",
        )
    page = _known(source).landing_page
    return AtlasError(
        "Diese Quelle ist von Hand zu beschaffen.",
        expected=f"eine Quelle mit Abruf: {', '.join(fetchable())}",
        found=source,
        remedy=f"{PAGE} sagt, wo es die Datei gibt{f' ({page})' if page.startswith('http') else ''}; danach "
        "sozialatlas add DATEI.",
    )


def _parts(source: str, span: tuple[int, int]) -> list[tuple[int, int]]:
    """An interface gives a span of years at once; a file is of one year."""
    if block(source)["interface"] == GENESIS:
        return [span]
    return [(year, year) for year in range(span[0], span[1] + 1)]


def _order(
    settings: Settings,
    ags: Sequence[str],
    source: str,
    entry: dict[str, Any],
    span: tuple[int, int],
    address: str | None,
) -> Order:
    own = settings.kreis.fetch.get("adressen", {}).get(source)
    pattern = address or own or entry.get("address")
    if address or own:
        _check_address(str(pattern), "--adresse" if address else f"abruf.adressen.{source} in kreis.yml")
    if address and entry["interface"] == GENESIS:
        raise AtlasError(
            "Die Adresse einer Datenbank wird nicht beim Aufruf genannt, denn an sie gehen Zugangsdaten.",
            expected="--adresse bei einer Quelle mit Dateien",
            found=source,
            remedy=f"Ist die Datenbank umgezogen, die neue Adresse in kreis.yml eintragen: abruf.adressen.{source}.",
        )
    keys = {"kreis": settings.kreis.key, "land": settings.kreis.land_key, "year": span[1]}
    return Order(
        source=source,
        interface=entry["interface"],
        table=entry.get("table"),
        account=entry.get("account"),
        first=span[0],
        last=span[1],
        addresses=_addresses(entry, pattern, keys, ags),
        levels=tuple(entry["levels"]),
        items=tuple(entry["items"]),
        newest=span[1] - entry.get("lag", 0),
        forecasts=entry.get("forecasts", False),
        size=entry.get("size_mb", 100) * 2**20,
        unpacked=entry["unpacked_mb"] * 2**20 if "unpacked_mb" in entry else None,
        form=tuple(
            (name, _filled(str(entry[name]), keys)) for name in ("regionalvariable", "regionalkey") if name in entry
        )
        + ((("quality", "on"),) if entry.get("quality") else ()),
    )


def _addresses(entry: dict[str, Any], pattern: str | None, keys: dict[str, Any], ags: Sequence[str]) -> dict[str, str]:
    if pattern is None:
        return {}
    if entry["interface"] == GENESIS:
        return {str(entry["table"]): pattern.rstrip("/")}
    each = [keys | {"ags": key} for key in ags] if entry.get("per_gemeinde") else [keys]
    return {_filled(entry["name"], one): _filled(pattern, one) for one in each}


def _filled(pattern: str, keys: dict[str, Any]) -> str:
    for name, value in keys.items():
        pattern = pattern.replace(f"{{{name}}}", str(value))
    return pattern


def _check_address(address: str, where: str) -> None:
    """Encrypted, or on this computer; and nothing secret in it, because it is printed."""
    parts = urlsplit(address)
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if not safe or not parts.hostname or not re.fullmatch(r"[^\s@]+", address):
        raise AtlasError(
            "Eine Adresse zum Abrufen hat nicht die vereinbarte Form.",
            expected=f"{where} mit https und ohne Zugangsdaten",
            found=f"{parts.scheme or 'keine Angabe'}://{parts.hostname or ''}",
            remedy="Die Adresse der Datei aus dem Browser kopieren, vollständig und mit https.",
        )


def address_needed(order: Order) -> InputError:
    """The message for a file whose address nobody can know beforehand."""
    page = _known(order.source).landing_page
    return InputError(
        "Die Adresse dieser Datei ändert sich mit jeder Ausgabe.",
        file=registry.CATALOGUE / f"{order.source}.yml",
        column="fetch",
        expected=f"die Adresse der Datei für {order.years}",
        found="keine Adresse",
        remedy=f"Die Datei auf der Seite des Herausgebers suchen{f' ({page})' if page.startswith('http') else ''} und "
        f"die Adresse angeben: sozialatlas fetch {order.source} --year {order.years} --adresse ADRESSE. Oder die Datei "
        f"von Hand laden und mit sozialatlas add ablegen ({PAGE}).",
    )
