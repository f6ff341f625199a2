"""Which delivered figures every value is made of, with file, row and column.

What belongs here: the figures behind one value, and `indicators.provenance`, those behind all of them. What does not:
computing values (`rates`, whose choice of figures is asked here) and telling people (`pipelines.trace`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from pipelines.contracts import conform, contract
from pipelines.indicators.catalogue import Indicator, Term
from pipelines.indicators.rates import Figures, Moment, moment_of_cells, periods

TABLE = "indicators.provenance"
NUMERATOR, DENOMINATOR, VALUE, START, END = "Zähler", "Nenner", "Wert", "Anfangswert", "Endwert"
LEVELS_OF_SUMS = ("sozialraum", "kreis")
Row = dict[str, Any]
Key = tuple[str, str, str, str]


@dataclass(frozen=True)
class Item:
    """One delivered figure behind a value: its part in the formula, its coefficient, and its row of curated.merkmale.

    `row` is None where nothing was delivered for this area and time.
    """

    part: str
    term: Term
    area_id: str
    stichtag: str
    row: Row | None


class Origins:
    """Finds the figures behind values; merkmale: `curated.merkmale`, figures: the choice the computation makes."""

    def __init__(self, merkmale: pl.DataFrame, figures: Figures) -> None:
        self.merkmale = merkmale
        self.figures = figures
        self._moments: dict[tuple[str, str], dict[str, Moment]] = {}

    def formula(self, entry: Indicator, level: str, period: str) -> Indicator:
        """The formula of a value: for the Kreis that of its published figures where the period has one."""
        published = entry.of_kreis if level == "kreis" else None
        return published if published and period in self._periods_of(published, level) else entry

    def members(self, entry: Indicator, area_id: str, level: str, period: str) -> tuple[tuple[str, float], ...]:
        """The Gemeinden, with weight, whose counts are added up for an area; none where it has figures of its own."""
        own = level == "kreis" and entry.kreis_value != "sum"
        own = own or moment_of_cells(entry, self.figures, area_id, period) is not None
        if level not in LEVELS_OF_SUMS or own or entry.aggregation != "counts" or entry.data != "gemeinde":
            return ()
        return tuple(self.figures.members.get(area_id, ()))

    def items(self, entry: Indicator, area_id: str, level: str, period: str) -> list[Item]:
        """The figures of the formula by part, member and term; none where the level has no figures."""
        entry = self.formula(entry, level, period)
        areas = (self.figures.parts.get(area_id) or []) if self.members(entry, area_id, level, period) else []
        of_cells = moment_of_cells(entry, self.figures, area_id, period)
        moment = of_cells or self._moment(entry, "kreis" if level == "kreis" and not areas else "gemeinde", period)
        found = [
            Item(part, term, one, day, self._delivered.get((term.merkmal, term.auspraegung, one, day)))
            for part, terms, day in _parts(entry, moment)
            for one in areas or [area_id]
            for term in terms
        ]
        return found if any(item.row for item in found) else []

    def _moment(self, entry: Indicator, level: str, period: str) -> Moment:
        return self._periods_of(entry, level).get(period) or Moment(period, period, None)

    def _periods_of(self, entry: Indicator, level: str) -> dict[str, Moment]:
        key = (entry.indicator_id, f"{level} {entry.data}")
        if key not in self._moments:
            self._moments[key] = {one.period: one for one in periods(entry, self.figures, level)}
        return self._moments[key]

    @cached_property
    def _delivered(self) -> Mapping[Key, Row]:
        """The preferred figures by item, area and time."""
        return {
            (row["merkmal"], row["auspraegung"], row["area_id"], row["stichtag"]): row
            for row in self.merkmale.filter(pl.col("preferred")).iter_rows(named=True)
        }


def build_provenance(
    values: pl.DataFrame,
    merkmale: pl.DataFrame,
    areas: pl.DataFrame,
    members: pl.DataFrame,
    catalogue: Iterable[Indicator],
    report_year: int,
) -> pl.DataFrame:
    """Table indicators.provenance: for every value with a number the delivered figures it is made of.

    values: `indicators.values`; merkmale, areas, members: curated tables.
    """
    origins = Origins(merkmale, Figures(merkmale, areas, members, report_year))
    entries = {entry.indicator_id: entry for entry in catalogue}
    rows = [
        _row(value, item)
        for value in values.filter(pl.col("value").is_not_null()).iter_rows(named=True)
        for item in origins.items(
            entries[value["indicator_id"]], value["area_id"], value["area_level"], value["period"]
        )
        if item.row
    ]
    return conform(pl.DataFrame(rows, schema=contract(TABLE).schema()), TABLE)


def _row(value: Row, item: Item) -> Row:
    row = item.row or {}
    told = {name: row[name] for name in ("merkmal", "auspraegung", "stichtag", "source_id", "edition", "file")}
    return told | {
        "indicator_id": value["indicator_id"],
        "area_id": value["area_id"],
        "period": value["period"],
        "role": item.part,
        "coefficient": item.term.coefficient,
        "item_area_id": item.area_id,
        "row": row["row"],
        "place": row["place"],
        "correction": row["correction"],
    }


def _parts(entry: Indicator, moment: Moment) -> list[tuple[str, Sequence[Term], str]]:
    if moment.start:
        return [(END, entry.numerator, moment.numerator), (START, entry.numerator, moment.start)]
    if moment.denominator is None:
        return [(VALUE, entry.numerator, moment.numerator)]
    return [(NUMERATOR, entry.numerator, moment.numerator), (DENOMINATOR, entry.denominator, moment.denominator)]
