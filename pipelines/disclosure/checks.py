"""The results of all checks as they may leave: `release.checks`.

What belongs here: collecting results, and withholding numbers of deliveries that are not public. What does not: the
checks (`pipelines.validation`).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from pipelines.contracts import conform, empty
from pipelines.disclosure.release import disclosure_checks
from pipelines.validation.results import collect

WITHHELD = "nicht ausgewiesen, Lieferung nicht öffentlich"


def release_checks(
    results: Iterable[Path], values: pl.DataFrame, released: pl.DataFrame, sources: pl.DataFrame
) -> pl.DataFrame:
    """The stored results and those of the disclosure control, by contract `release.checks`.

    results: the file of every check there is; one that is no more leaves nothing behind. values: `indicators.values`;
    released: `release.values`; sources: `release.sources`. A reconciliation that names a delivery which is not public
    says only whether it passed.
    """
    own = pl.DataFrame(disclosure_checks(values, released), schema=empty("release.checks").schema)
    found = pl.concat([collect(results), own]).filter(pl.col("table_name") != "release.checks")
    closed = sources.filter(pl.col("published") != "ja")["source_id"].unique().to_list()
    hidden = (pl.col("kind") == "Abgleich") & _names_any(closed)
    return conform(
        found.with_columns(
            *(
                pl.when(hidden).then(pl.lit(WITHHELD)).otherwise(pl.col(name)).alias(name)
                for name in ("expected", "observed")
            ),
            *(pl.when(hidden).then(None).otherwise(pl.col(name)).alias(name) for name in ("gap", "examples")),
        ),
        "release.checks",
    )


def _names_any(source_ids: list[str]) -> pl.Expr:
    """Whether a check names one of these sources: whole words, because `inkar` is also the beginning of another."""
    words = pl.col("check_id").str.replace_all(" ", ":", literal=True).str.split(":")
    return pl.any_horizontal(pl.lit(False), *(words.list.contains(name) for name in source_ids))
