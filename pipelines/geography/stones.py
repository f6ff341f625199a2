"""Ortsteile as building stones: which part of its Gemeinde each is, by people, dwellings or area.

What belongs here: weights of stones per basis, and how far they add up to their Gemeinde. What does not: the file they
come from (`pipelines.readers.gebiete`), which Sozialraum they belong to (`areas`), figures: a weight describes a cut,
no figure is ever divided by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum

import polars as pl

# The first basis known for all Ortsteile of a Gemeinde describes it
BASES = {"bevoelkerung": "Einwohner", "wohnungen": "Wohnungen", "flaeche": "Fläche"}


@dataclass(frozen=True)
class Stone:
    """An Ortsteil: its Gemeinde, and which share of it (0 to 1) it is by `basis`, None where no basis is known."""

    ags: str
    share: float | None
    basis: str | None


def stones(ortsteile: pl.DataFrame) -> dict[str, Stone]:
    """Every Ortsteil by key; ortsteile: `raw.ortsteile`."""
    found: dict[str, Stone] = {}
    for _, own in ortsteile.sort("ags", "ortsteil").group_by("ags", maintain_order=True):
        basis = next((name for name in BASES if own[name].null_count() == 0 and own[name].sum() > 0), None)
        whole = fsum(own[basis]) if basis else 0.0
        for row in own.iter_rows(named=True):
            found[row["ortsteil"]] = Stone(row["ags"], row[basis] / whole if basis else None, basis)
    return found


def gaps(ortsteile: pl.DataFrame, official: pl.DataFrame) -> pl.DataFrame:
    """Per Gemeinde and basis what its Ortsteile add up to and what is missing to the official figure.

    official: ags, basis, value, stichtag. Returns ags, basis, stones, total, official, gap (official minus total; null
    where either is not known, also where the dates differ), stichtag; one row per Gemeinde with Ortsteile and basis.
    """
    rows = []
    known = {(row["ags"], row["basis"], row["stichtag"]): row["value"] for row in official.iter_rows(named=True)}
    for (ags,), own in ortsteile.sort("ags", "ortsteil").group_by("ags", maintain_order=True):
        for basis in BASES:
            total = None if own[basis].null_count() else fsum(own[basis])
            days = own["stichtag"].unique().to_list()
            published = known.get((ags, basis, days[0])) if len(days) == 1 else None
            gap = None if total is None or published is None else published - total
            rows.append((ags, basis, own.height, total, published, gap, ", ".join(sorted(days))))
    schema = {"ags": pl.String, "basis": pl.String, "stones": pl.Int64, "total": pl.Float64, "official": pl.Float64}
    return pl.DataFrame(rows, schema=schema | {"gap": pl.Float64, "stichtag": pl.String}, orient="row")
