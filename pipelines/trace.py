"""From one figure of the atlas back to where it comes from: formula, items, file, row and hash.

What belongs here: collecting what the warehouse and the data folder know about one value. What does not: computing
values (`pipelines.indicators.rates`), finding the figures behind one (`pipelines.indicators.provenance`) and printing.

This is for the analyst: it shows items as they were delivered, also those that the release withholds.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from pipelines import german, warehouse
from pipelines.errors import AtlasError
from pipelines.indicators.catalogue import Indicator, catalogue_of
from pipelines.indicators.provenance import Item, Origins, Row
from pipelines.indicators.rates import Figures
from pipelines.provenance import sha256

if TYPE_CHECKING:
    from pipelines.settings import Settings

INDEX = ("index", "orientierungsindex")
NEAREST = 3


@dataclass(frozen=True)
class Source:
    """One delivered file: its row of curated.sources, and the hash of what lies in the data folder now."""

    sheet: Row
    found: str | None

    @property
    def unchanged(self) -> bool:
        """Whether the file still is what the figure was made from."""
        return self.found == self.sheet["sha256"]


@dataclass(frozen=True)
class Trace:
    """Everything behind one value.

    value: its row of indicators.values; released: its row of release.values; members: the Gemeinden (with weight) that
    a sum is made of, empty where the area has figures of its own; corrections: rows of release.corrections about it.
    """

    indicator: Indicator
    area: Row
    value: Row
    released: Row
    items: tuple[Item, ...]
    members: tuple[tuple[str, float], ...]
    sources: tuple[Source, ...]
    corrections: tuple[Row, ...]
    names: Mapping[str, str]


@dataclass(frozen=True)
class IndexTrace:
    """Everything behind the index of one Gemeinde: its row of release.index and those of its parts.

    parts: rows of release.index_members in the order of the atlas, each with the indicator's `name` and `display_name`
    of the area, so that every part can be traced in turn.
    """

    area: Row
    value: Row
    parts: tuple[Row, ...]
    year: int


class Tables:
    """The tables of the internal warehouse that a trace reads, each once."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def __getitem__(self, name: str) -> pl.DataFrame:
        return warehouse.read(self.settings.warehouse, name)

    @cached_property
    def areas(self) -> pl.DataFrame:
        """All areas with their names."""
        return self["curated.areas"]

    @cached_property
    def origins(self) -> Origins:
        """Which delivered figures are behind which value."""
        merkmale = self["curated.merkmale"]
        return Origins(merkmale, Figures(merkmale, self.areas, self["curated.members"], self.settings.year))


def trace(settings: Settings, indicator: str, area: str, year: str) -> Trace:
    """Where the value of an indicator for an area comes from.

    indicator: id as E01. area: name, AGS or other key. year: a year or a whole period as 2021-12-31 or 2016/2021.
    Raises AtlasError naming the nearest ones when one of them does not exist, and when no run has been made.
    """
    tables = Tables(settings)
    entry = _indicator(indicator, catalogue_of(tables["curated.merkmale"]))
    place = _area(tables.areas, area)
    released = _value(tables["release.values"], entry, place, year)
    key = {name: released[name] for name in ("indicator_id", "area_id", "period")}
    value = tables["indicators.values"].filter(**key).row(0, named=True)
    entry = tables.origins.formula(entry, place["area_level"], released["period"])
    asked = (entry, place["area_id"], place["area_level"], released["period"])
    items = tuple(tables.origins.items(*asked))
    files = sorted({item.row["file"] for item in items if item.row})
    return Trace(
        indicator=entry,
        area=place,
        value=value,
        released=released,
        items=items,
        members=tables.origins.members(*asked),
        sources=tuple(_sources(settings, tables["curated.sources"], files)),
        corrections=tuple(tables["release.corrections"].filter(**key).iter_rows(named=True)),
        names=dict(tables.areas.select("area_id", "display_name").iter_rows()),
    )


def is_index(wanted: str) -> bool:
    """Whether the composed index is asked for, which has parts instead of numerator and denominator."""
    return wanted.strip().casefold() in INDEX


def trace_index(settings: Settings, area: str, year: str) -> IndexTrace:
    """What the index of a Gemeinde is composed of. Raises AtlasError as `trace` does; the index has one year only."""
    tables = Tables(settings)
    place = _area(tables.areas, area)
    found = tables["release.index"].filter(area_id=place["area_id"])
    if found.is_empty() or year.strip() != str(settings.year):
        raise _unknown(
            f"Einen Index gibt es für {place['display_name']} und „{year}“ nicht.",
            [f"eine Gemeinde und das Berichtsjahr {settings.year}"],
            f"{place['display_name']}, {year}",
        )
    parts = tables["release.index_members"].filter(area_id=place["area_id"]).iter_rows(named=True)
    return IndexTrace(place, found.row(0, named=True), tuple(parts), settings.year)


def refuse_changed(found: Trace) -> None:
    """Raises AtlasError when a file behind the value is no longer what it was made from."""
    for source in found.sources:
        if not source.unchanged:
            raise AtlasError(
                "Eine Datei hinter dieser Zahl ist nicht mehr die, aus der sie entstanden ist.",
                file=source.sheet["file"],
                expected=f"SHA-256 {source.sheet['sha256']}",
                found="keine Datei" if source.found is None else f"SHA-256 {source.found}",
                remedy="Die ursprüngliche Datei zurückholen, oder bei einer neuen Lieferung: sozialatlas run.",
            )


def _indicator(indicator_id: str, known: Sequence[Indicator]) -> Indicator:
    """The indicator with this id or name."""
    words = {word.casefold(): entry for entry in known for word in (entry.indicator_id, entry.name)}
    wanted = indicator_id.strip().casefold()
    if wanted not in words:
        near = difflib.get_close_matches(wanted, words, n=NEAREST, cutoff=0.4)
        shown = dict.fromkeys(f"{words[one].indicator_id} {words[one].name}" for one in near)
        raise _unknown(f"Den Indikator „{indicator_id}“ gibt es nicht.", list(shown), indicator_id)
    return words[wanted]


def _area(areas: pl.DataFrame, wanted: str) -> Row:
    names: dict[str, Row] = {}
    for row in areas.iter_rows(named=True):
        for name in (row["area_id"], row["display_name"], row["name"]):
            names.setdefault(name.casefold(), row)
    found = names.get(wanted.strip().casefold())
    if found is None:
        near = difflib.get_close_matches(wanted.casefold(), names, n=NEAREST, cutoff=0.4)
        shown = list(dict.fromkeys(f"{names[one]['display_name']} ({names[one]['area_id']})" for one in near))
        raise _unknown(f"Das Gebiet „{wanted}“ gibt es nicht.", shown, wanted)
    return found


def _value(values: pl.DataFrame, entry: Indicator, place: Row, wanted: str) -> Row:
    """The row of this period, or of the last period of this year."""
    rows = values.filter(indicator_id=entry.indicator_id, area_id=place["area_id"]).sort("period")
    periods_known = rows["period"].to_list()
    exact = [period for period in periods_known if period == wanted.strip()]
    of_year = [period for period in periods_known if str(german.period_year(period)) == wanted.strip()]
    chosen = exact or of_year
    if not chosen:
        what = f"Zu {entry.indicator_id} gibt es für {place['display_name']} keinen Eintrag „{wanted}“."
        raise _unknown(what, _nearest(periods_known, wanted.strip()), wanted)
    return rows.filter(pl.col("period") == chosen[-1]).row(0, named=True)


def _nearest(known: Sequence[str], wanted: str) -> list[str]:
    """The periods nearest to a year, or those written most alike, in their order."""
    if not wanted.isdecimal():
        return sorted(difflib.get_close_matches(wanted, known, n=NEAREST, cutoff=0.0))
    by_distance = sorted(known, key=lambda period: abs(german.period_year(period) - int(wanted)))
    return sorted(by_distance[:NEAREST])


def _sources(settings: Settings, sheets: pl.DataFrame, files: Sequence[str]) -> list[Source]:
    rows = {row["file"]: row for row in sheets.iter_rows(named=True)}
    return [Source(rows[name], _hash(settings.data_dir / name)) for name in files]


def _hash(path: Path) -> str | None:
    return sha256(path) if path.is_file() else None


def _unknown(what: str, near: Sequence[str], found: str) -> AtlasError:
    return AtlasError(
        what,
        expected=f"gemeint vielleicht: {', '.join(near)}" if near else "ein Eintrag der Ausgabe",
        found=found,
        remedy="Die Angabe berichtigen; alle Kennungen stehen in der Arbeitsmappe und in daten/values.csv.",
    )
