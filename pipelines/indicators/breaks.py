"""Where a series changes the census it rests on: breaks that follow from the figures, beside the declared ones.

What belongs here: finding such changes, so that tables and charts of any district mark them. What does not: breaks that
the catalogue declares, and what is computed between breaks (`trend`).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import polars as pl

from pipelines.indicators.trend import Break, parse_breaks, period_time

CENSUSES = {"VZ1970": "Volkszählung 1970", "VZ1987": "Volkszählung 1987"} | {
    f"Zensus{year}": f"Zensus {year}" for year in (2011, 2022)
}
NONE = "keine Volkszählung"


def with_census_breaks(values: pl.DataFrame, declared: Sequence[str]) -> tuple[str, ...]:
    """The breaks of an indicator, in order of time: those declared, and every other change of census in its values.

    values: rows of indicators.values of one indicator; declared: `2010/2011: Grund`. A change within one year cannot be
    drawn between two years; tests over time see it nevertheless.
    """
    known = parse_breaks("; ".join(declared))
    # An area without a value between two years sees a change less closely than others
    for start, end, reason in sorted(_changes(values), key=lambda change: (change[1] - change[0], change)):
        if start < end and not any(start <= one.before and end >= one.after for one in known):
            known.append(Break(start, end, reason))
    return tuple(f"{one.label}: {one.reason}" for one in sorted(known, key=lambda one: (one.after, one.before)))


def _changes(values: pl.DataFrame) -> set[tuple[int, int, str]]:
    """Years before and after each change of census of some area, with the reason."""
    present = values.filter(pl.col("value").is_not_null()).sort("area_id", "period")
    found = set()
    for _, rows in present.group_by("area_id", maintain_order=True):
        series = sorted(rows.select("period", "basis").iter_rows(), key=lambda row: period_time(row[0]))
        for (earlier, before), (later, after) in pairwise(series):
            if before != after:
                reason = f"Bevölkerung bis dahin: {_name(before)}, danach: {_name(after)}"
                found.add((int(period_time(earlier)), int(period_time(later)), reason))
    return found


def _name(basis: str | None) -> str:
    return CENSUSES.get(basis, basis) if basis else NONE
