"""Does every figure lead somewhere: from the file into the atlas, and from the atlas back to the file.

What belongs here: checks that count figures on their way in and follow values on their way back. What does not: totals
(`reconciliation`) and what a value is made of (`pipelines.indicators.provenance`).
"""

from __future__ import annotations

import polars as pl

from pipelines.german import number
from pipelines.validation.results import EXAMPLES, Result, as_frame

VALUE = ["indicator_id", "area_id", "period"]
TAKEN = "übernommen"


def every_figure_counted(merkmale: pl.DataFrame, balances: pl.DataFrame) -> pl.DataFrame:
    """One row of `release.checks` per delivered file: what was taken is in `curated.merkmale`, the rest is counted.

    merkmale: `curated.merkmale`; balances: all tables `raw.<source>_bilanz`.
    """
    arrived = dict(merkmale.group_by("file").len().iter_rows())
    results = []
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
