"""Totals of figures that were brought onto the areas of today: what was delivered is what arrived.

What belongs here: the balance of `curated.conversions` per source and item, for `release.checks`. What does not:
converting (`pipelines.harmonise.gebietsstand`).
"""

from __future__ import annotations

from math import fsum

import polars as pl

from pipelines.german import number
from pipelines.validation.results import Result, as_frame

TOLERANCE = 1e-6
FIGURE = ["source_id", "edition", "from_id", "stichtag", "merkmal", "auspraegung"]


def conversion_totals(conversions: pl.DataFrame) -> pl.DataFrame:
    """One row per source and item: the sum before and after, what left the Kreis, and the gap.

    conversions: `curated.conversions`. Figures without a value on either side are counted, not added.
    """
    known = pl.col("after").is_not_null().all().over(FIGURE)
    whole = conversions.with_columns(known=known, first=pl.int_range(pl.len()).over(FIGURE) == 0)
    items = whole.sort("source_id", "merkmal").group_by("source_id", "merkmal", maintain_order=True)
    return as_frame(_result(source_id, merkmal, rows) for (source_id, merkmal), rows in items)


def _result(source_id: object, merkmal: object, rows: pl.DataFrame) -> Result:
    known = rows.filter("known")
    outside = pl.col("outcome") == "außerhalb des Kreises"
    # Sums that do not depend on how many threads added them
    before, after, left = (
        fsum(part)
        for part in (known.filter("first")["before"], *(known.filter(at)["after"] for at in (~outside, outside)))
    )
    gap = after + left - before
    return Result(
        "curated.conversions",
        f"summe_bleibt:{source_id}:{merkmal}",
        "Abgleich",
        f"Umrechnung auf den heutigen Gebietsstand, {merkmal} ({source_id}): Summe vorher und nachher; Zahlen ohne "
        f"Wert: {rows.filter(~pl.col('known'), 'first').height}",
        number(before, 4),
        f"{number(after, 4)} und {number(left, 4)} außerhalb des Kreises",
        abs(gap) <= TOLERANCE * max(abs(before), 1),
        gap=gap,
    )
