"""Do Ortsteile add up to their Gemeinde: delivered figures by item, and the weights that describe a cut.

What belongs here: sums below the Gemeinde for `release.checks`. What does not: sums of Gemeinden (`reconciliation`),
weights of single stones (`pipelines.geography.stones`). Nothing is corrected.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines.geography.keys import gemeinde_of
from pipelines.geography.stones import BASES, gaps
from pipelines.german import number
from pipelines.validation.reconciliation import exact_sum, not_additive, number_text, tolerance_of
from pipelines.validation.results import EXAMPLES, Result, as_frame

TABLE = "curated.merkmale"
ITEM = ["source_id", "edition", "merkmal", "auspraegung", "stichtag"]
EQUAL = 1e-6


def sums_of_ortsteile(merkmale: pl.DataFrame, areas: pl.DataFrame) -> pl.DataFrame:
    """Sum of the Ortsteile against the Gemeinde, one row of `release.checks` per item, source and time.

    merkmale, areas: curated tables. Held against the figure of the same delivery, by the additivity its sheet declares;
    where it has none, the gap to the figure that counts is printed and not judged, because another source may count
    otherwise. Items that do not add up, and Gemeinden of which an Ortsteil is not there, are listed as not tested.
    """
    known: dict[str, set[str]] = {}
    for key in areas.filter(area_level="ortsteil").sort("area_id")["area_id"]:
        known.setdefault(gemeinde_of(key), set()).add(key)
    below = merkmale.filter(area_level="ortsteil").sort(*ITEM, "area_id")
    whole = merkmale.filter(area_level="gemeinde")
    return as_frame(_result(key, rows, whole, known) for key, rows in below.group_by(ITEM, maintain_order=True))


def _result(key: tuple[Any, ...], rows: pl.DataFrame, whole: pl.DataFrame, known: dict[str, set[str]]) -> Result:
    source, edition, merkmal, auspraegung, stichtag = key
    description = f"Summe der Ortsteile gleich Gemeinde: {merkmal}, {auspraegung}, {stichtag} ({source} {edition})"
    check_id = f"ortsteile:{':'.join(key)}"
    declared = rows["additive"][0]
    reason = not_additive(declared)
    at = whole.filter(merkmal=merkmal, auspraegung=auspraegung, stichtag=stichtag)
    own = at.filter(source_id=source, edition=edition)
    official = own if own.height else at.filter("preferred")
    sums, without = _gaps(rows, dict(official.select("area_id", "wert").iter_rows()), known)
    if reason or not sums:
        why = reason or f"ohne Wert für alle Ortsteile und die Gemeinde: {', '.join(without[:EXAMPLES])}"
        return Result(TABLE, check_id, "Abgleich", description, "keine Prüfung", f"nicht geprüft: {why}", None)
    margin = tolerance_of(declared)
    worst = max(sums, key=lambda ags: abs(sums[ags]))
    beyond = [ags for ags, gap in sums.items() if abs(gap) > margin]
    foreign = None if own.height else ", ".join(official["source_id"].unique().sort())
    expected = "Abstand 0" if not margin else f"Abstand höchstens {number_text(margin)}"
    return Result(
        TABLE,
        check_id,
        "Abgleich",
        description,
        f"nur gezeigt: die Gemeinde steht in anderer Quelle ({foreign})" if foreign else expected,
        f"Gemeinden: {number(len(sums))}, mit Abstand: {number(len(beyond))}; größter Abstand (Ortsteile weniger "
        f"Gemeinde) {number_text(sums[worst])} in {worst}"
        + (f"; nicht geprüft: {', '.join(without[:EXAMPLES])}" if without else ""),
        None if foreign else not beyond,
        sums[worst],
        "; ".join(beyond[:EXAMPLES]) or None,
    )


def _gaps(
    rows: pl.DataFrame, official: dict[str, float | None], known: dict[str, set[str]]
) -> tuple[dict[str, float], list[str]]:
    """Sum of the Ortsteile less the Gemeinde where all is there, and the Gemeinden where it is not."""
    values = dict(rows.select("area_id", "wert").iter_rows())
    sums, without = {}, []
    for ags in sorted({gemeinde_of(key) for key in values}):
        parts = known.get(ags, set())
        total = official.get(ags)
        counted = [value for key in sorted(parts) if (value := values.get(key)) is not None]
        if total is None or len(counted) < len(parts):
            without.append(ags)
        else:
            sums[ags] = exact_sum([*counted, -total])
    return sums, without


def weights_of_ortsteile(ortsteile: pl.DataFrame, merkmale: pl.DataFrame) -> pl.DataFrame:
    """What people, dwellings and area in `raw.ortsteile` add up to, against the Gemeinde of the same day.

    One row of `release.checks` per Gemeinde and basis; printed, not judged: weights describe a cut and make no figure.
    """
    counted = merkmale.filter("preferred", area_level="gemeinde", auspraegung="insgesamt")
    # The bases are called as the items are
    official = counted.select(ags="area_id", basis="merkmal", value="wert", stichtag="stichtag")
    return as_frame(_weight(row) for row in gaps(ortsteile, official).iter_rows(named=True))


def _weight(row: dict[str, Any]) -> Result:
    told = "für einen Ortsteil nicht bekannt" if row["total"] is None else number_text(row["total"])
    if row["gap"] is not None:
        told += f"; zur Gemeinde fehlen {number_text(row['gap'])}"
    return Result(
        "raw.ortsteile",
        f"gewichte:{row['ags']}:{row['basis']}",
        "Abgleich",
        f"Ortsteile zusammen und Gemeinde: {BASES[row['basis']]}, {row['ags']}, {row['stichtag']}",
        "keine amtliche Zahl zum selben Tag" if row["official"] is None else number_text(row["official"]),
        told,
        True if row["gap"] is not None and abs(row["gap"]) <= EQUAL else None,
        row["gap"],
    )
