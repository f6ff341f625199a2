"""Totals of figures that were brought onto the areas of today: what was delivered is what arrived.

What belongs here: the balance of `curated.conversions` per source and item, for `release.checks`. What does not:
converting (`pipelines.harmonise.gebietsstand`).
"""

from __future__ import annotations

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
    left = pl.col("outcome") == "außerhalb des Kreises"
    totals = whole.group_by("source_id", "merkmal").agg(
        before=pl.col("before").filter("known", "first").sum(),
        after=pl.col("after").filter(pl.col("known") & ~left).sum(),
        left=pl.col("after").filter(pl.col("known") & left).sum(),
        without=pl.col("first").filter(~pl.col("known") & pl.col("first")).len(),
    )
    return as_frame(
        [
            Result(
                "curated.conversions",
                f"summe_bleibt:{row['source_id']}:{row['merkmal']}",
                "Abgleich",
                f"Umrechnung auf den heutigen Gebietsstand, {row['merkmal']} ({row['source_id']}): Summe vorher und "
                f"nachher; Zahlen ohne Wert: {row['without']}",
                number(row["before"], 4),
                f"{number(row['after'], 4)} und {number(row['left'], 4)} außerhalb des Kreises",
                abs(row["after"] + row["left"] - row["before"]) <= TOLERANCE * max(abs(row["before"]), 1),
                gap=row["after"] + row["left"] - row["before"],
            )
            for row in totals.sort("source_id", "merkmal").rows(named=True)
        ]
    )
