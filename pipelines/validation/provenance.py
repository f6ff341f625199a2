"""Does every figure lead somewhere: from the file into the atlas, and from the atlas back to the file.

What belongs here: checks that count figures on their way in and follow values on their way back. What does not: totals
(`reconciliation`) and what a value is made of (`pipelines.indicators.provenance`).
"""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines.german import number
from pipelines.sources.cells import CELL, WEIGHT
from pipelines.validation.conversions import TOLERANCE
from pipelines.validation.results import EXAMPLES, Result, as_frame

VALUE = ["indicator_id", "area_id", "period"]
TAKEN = "übernommen"


def every_figure_counted(
    merkmale: pl.DataFrame,
    balances: pl.DataFrame,
    conversions: pl.DataFrame | None = None,
    losses: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """One row of `release.checks` per delivered file: what was taken is in `curated.merkmale`, the rest is counted.

    merkmale: `curated.merkmale`; balances: all tables `raw.<source>_bilanz`; conversions: `curated.conversions`, which
    counts figures of areas that changed; losses: `curated.losses`, which says what became of grid cells, per item.
    """
    of_cells = balances.filter(pl.col("outcome").is_in([CELL, WEIGHT]))["file"].unique().implode()
    arrived = _arrived(merkmale.filter(~pl.col("file").is_in(of_cells)), conversions)
    results = (
        [] if losses is None else [_cells_result(row) for row in losses.rows(named=True) if row["sum_in"] is not None]
    )
    for (source, edition, file), rows in balances.sort("source_id", "edition", "file", "outcome").group_by(
        ["source_id", "edition", "file"], maintain_order=True
    ):
        counts = dict(rows.select("outcome", "figures").iter_rows())
        taken = counts.pop(TAKEN, 0)
        observed = [f"{TAKEN} {number(arrived.get(file, 0))}"]
        observed += [f"{outcome} {number(count)}" for outcome, count in counts.items()]
        left = rows.filter((pl.col("outcome") != TAKEN) & pl.col("examples").is_not_null())
        results.append(
            Result(
                "curated.merkmale",
                f"bilanz:{source}:{edition}:{file}",
                "Abgleich",
                f"Jede Zahl der Datei ist übernommen oder mit Grund gezählt: {file}",
                f"{TAKEN} {number(taken)} von {number(rows['figures'].sum())}",
                "; ".join(observed),
                arrived.get(file, 0) == taken,
                float(arrived.get(file, 0) - taken),
                "; ".join(f"{row['outcome']}: {row['examples']}" for row in left.iter_rows(named=True)) or None,
            )
        )
    return as_frame(results)


def _cells_result(row: dict[str, Any]) -> Result:
    gap = row["sum_out"] + row["outside"] - row["sum_in"]
    return Result(
        "curated.losses",
        f"zellen:{row['source_id']}:{row['step']}",
        "Abgleich",
        f"Summe vorher und nachher ({row['source_id']}), {row['step']}; {row['examples']}",
        number(row["sum_in"], 4),
        f"{number(row['sum_out'], 4)} in Sozialräumen und {number(row['outside'], 4)} außerhalb",
        abs(gap) <= TOLERANCE * max(row["sum_in"], 1.0),
        gap,
    )


def every_value_has_its_origin(provenance: pl.DataFrame, values: pl.DataFrame, sources: pl.DataFrame) -> pl.DataFrame:
    """Two rows of `release.checks`: every value with a number has figures behind it, every file of them a hash.

    provenance, values, sources: the released tables.
    """
    shown = values.filter(pl.col("value").is_not_null()).select(VALUE)
    without = shown.join(provenance, on=VALUE, how="anti").sort(VALUE)
    files = provenance.select("source_id", "edition", "file").unique()
    unknown = files.join(sources, on=["source_id", "edition", "file"], how="anti").sort("file")
    return as_frame(
        [
            _none_left(
                "herkunft_vollstaendig",
                f"Zu jedem der {number(shown.height)} Werte mit einer Zahl steht da, aus welchen Zeilen er entstand.",
                [" ".join(row) for row in without.rows()],
            ),
            _none_left(
                "herkunft_mit_pruefsumme",
                f"Jede der {number(files.height)} Dateien hinter den Werten steht mit Prüfsumme bei den Quellen.",
                unknown["file"].to_list(),
            ),
        ]
    )


def _none_left(check_id: str, description: str, left: list[str]) -> Result:
    return Result(
        "release.provenance",
        check_id,
        "Abgleich",
        description,
        "0 ohne",
        f"{number(len(left))} ohne",
        not left,
        float(len(left)),
        "; ".join(left[:EXAMPLES]) or None,
    )


def _arrived(merkmale: pl.DataFrame, conversions: pl.DataFrame | None) -> dict[str, int]:
    """How many delivered figures of each file arrived, as they were or converted."""
    figure = ["source_id", "edition", "area_id", "stichtag", "merkmal", "auspraegung"]
    if conversions is not None:
        given = conversions.rename({"from_id": "area_id"}).unique(figure)
        made = conversions.rename({"to_id": "area_id"}).unique(figure)
        as_it_was = merkmale.join(given, on=figure, how="anti").join(made, on=figure, how="anti")
        merkmale = pl.concat([as_it_was.select("file"), given.select("file")])
    return dict(merkmale.group_by("file").len().iter_rows())
