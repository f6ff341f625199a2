"""Do totals agree: Gemeinden with the Kreis, one source with another, sums with publications, outlines with areas.

What belongs here: comparisons of numbers that should be the same, with the gap printed. What does not: contracts of a
single table (`expectations`). Nothing is corrected; a gap above its limit fails.
"""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from pipelines.contracts import empty
from pipelines.german import number
from pipelines.validation.results import EXAMPLES, Result, as_frame, store

TABLE = "curated.merkmale"
ITEM = ["source_id", "edition", "merkmal", "auspraegung"]
SAME_ITEM = ["area_id", "stichtag", "merkmal", "auspraegung"]
RELATIVE_LIMIT = 0.01
AREA_LIMIT = 0.07
PUBLISHED_TOTALS = Path(__file__).with_name("published_totals.yml")
_ROUNDED = re.compile(r"rounded\(([0-9.]+)\)")
_NOT = re.compile(r"no\((.+)\)")


def sums_of_gemeinden(merkmale: pl.DataFrame, kreis_key: str, folder: Path | None = None) -> pl.DataFrame:
    """Sum of the Gemeinden against the Kreis row of the same delivery, by the additivity its sheet declares.

    merkmale: `curated.merkmale`. One row per item and Stichtag that has a Kreis row; items that do not add up, or have
    no Kreis row, or lack a Gemeinde are listed once each as not tested. Rows of contract `release.checks`.
    """
    results = []
    for key, item in merkmale.sort(*ITEM, "stichtag", "area_id").group_by(ITEM, maintain_order=True):
        name, declared = _item_name(key), item["additive"][0]
        reason = _untested(item, declared, kreis_key)
        if reason:
            results.append(_not_tested(f"summe:{name}", _sum_description(key), reason))
            continue
        for (stichtag,), rows in item.group_by("stichtag", maintain_order=True):
            if (rows["area_id"] == kreis_key).any():
                results.append(_sum_result(f"summe:{name}:{stichtag}", key, stichtag, rows, declared, kreis_key))
    return _kept(results, folder, "abgleich_summen")


def same_item_in_two_sources(merkmale: pl.DataFrame, folder: Path | None = None) -> pl.DataFrame:
    """Every item two deliveries both give for the same area and time on the same basis; the gap may be 1 %."""
    values = merkmale.filter(pl.col("wert").is_not_null())
    by_source = values.select(*SAME_ITEM, "basis", "wert", source=pl.col("source_id") + " " + pl.col("edition"))
    pairs = by_source.join(by_source, on=SAME_ITEM, suffix="_other").filter(
        (pl.col("source") < pl.col("source_other"))
        & (
            pl.col("basis").eq_missing(pl.col("basis_other"))
            | pl.any_horizontal(pl.col("basis", "basis_other").is_null())
        )
    )
    group = ["merkmal", "auspraegung", "stichtag", "source", "source_other"]
    results = [
        _pair_result(key, rows) for key, rows in pairs.sort(*group, "area_id").group_by(group, maintain_order=True)
    ]
    return _kept(results, folder, "abgleich_quellen")


def published_totals(merkmale: pl.DataFrame, kreis_key: str, folder: Path | None = None) -> pl.DataFrame:
    """Sums of the Gemeinden against totals printed elsewhere; only for the district a total is recorded for."""
    totals = yaml.safe_load(PUBLISHED_TOTALS.read_text(encoding="utf-8"))
    results = [_total_result(total, merkmale) for total in totals if total["kreis_key"] == kreis_key]
    return _kept(results, folder, "abgleich_veroeffentlicht")


def areas_of_outlines(boundaries: pl.DataFrame, merkmale: pl.DataFrame, folder: Path | None = None) -> pl.DataFrame:
    """Area of each Gemeinde's outline against its newest official area in km²; it may differ by 7 %.

    boundaries: `curated.boundaries`, WKB in a projection in metres.
    """
    import shapely

    official = (
        merkmale.filter((pl.col("merkmal") == "flaeche") & pl.col("preferred") & pl.col("wert").is_not_null())
        .sort("stichtag")
        .group_by("area_id", maintain_order=True)
        .last()
    )
    outlines = boundaries.filter(pl.col("area_level") == "gemeinde").join(official, on="area_id", how="left")
    results = [
        _outline_result(row["area_id"], shapely.area(shapely.from_wkb(row["geometry"])) / 1e6, row["wert"])
        for row in outlines.sort("area_id").iter_rows(named=True)
    ]
    return _kept(results, folder, "abgleich_flaechen")


def _kept(results: list[Result], folder: Path | None, name: str) -> pl.DataFrame:
    frame = as_frame(results) if results else empty("release.checks")
    if folder is not None:
        store(frame, folder, name)
    return frame


def _item_name(key: tuple[Any, ...]) -> str:
    return ":".join(str(part) for part in key)


def _sum_description(key: tuple[Any, ...], stichtag: str | None = None) -> str:
    source, _, merkmal, auspraegung = key
    when = "" if stichtag is None else f", {stichtag}"
    return f"Summe der Gemeinden gleich Kreiszeile: {merkmal}, {auspraegung}{when} ({source})"


def _untested(item: pl.DataFrame, declared: str, kreis_key: str) -> str | None:
    """Why an item is not tested; None when it is."""
    if match := _NOT.fullmatch(declared):
        return f"addiert sich nicht: {match.group(1)}"
    if not (item["area_id"] == kreis_key).any():
        return "diese Lieferung hat keine Kreiszeile"
    if not (item["area_level"] == "gemeinde").any():
        return "diese Lieferung hat keine Gemeindezeilen"
    return None


def _not_tested(check_id: str, description: str, reason: str) -> Result:
    return Result(TABLE, check_id, "Abgleich", description, "keine Prüfung", f"nicht geprüft: {reason}", True)


def _sum_result(
    check_id: str, key: tuple[Any, ...], stichtag: Any, rows: pl.DataFrame, declared: str, kreis_key: str
) -> Result:
    description = _sum_description(key, stichtag)
    kreis = rows.filter(pl.col("area_id") == kreis_key)["wert"].item()
    parts = rows.filter(pl.col("area_level") == "gemeinde")
    open_parts = parts.filter(pl.col("wert").is_null())["area_id"]
    if kreis is None or len(open_parts):
        where = "der Kreis" if kreis is None else ", ".join(open_parts.head(EXAMPLES))
        return _not_tested(check_id, description, f"ohne Wert: {where}")
    match = _ROUNDED.fullmatch(declared)
    tolerance = float(match.group(1)) if match else 0.0
    return _comparison(check_id, description, kreis, _exact_sum(parts["wert"]), tolerance)


def _comparison(check_id: str, description: str, expected: float, observed: float, tolerance: float) -> Result:
    gap = float(Decimal(repr(observed)) - Decimal(repr(expected)))
    margin = f" (Abstand höchstens {_number(tolerance)})" if tolerance else ""
    return Result(
        table_name=TABLE,
        check_id=check_id,
        kind="Abgleich",
        description=description,
        expected=f"{_number(expected)}{margin}",
        observed=f"{_number(observed)}; Abstand {_number(gap)}",
        passed=abs(gap) <= tolerance,
        gap=gap,
    )


def _exact_sum(values: pl.Series) -> float:
    """Sum of the numbers as they are printed, so that 0.1 + 0.2 is 0.3."""
    return float(sum((Decimal(repr(value)) for value in values), Decimal(0)))


def _pair_result(key: tuple[Any, ...], rows: pl.DataFrame) -> Result:
    merkmal, auspraegung, stichtag, source, other = key
    gaps = rows.with_columns(gap=pl.col("wert_other") - pl.col("wert")).with_columns(
        relative=pl.when(pl.col("wert") == pl.col("wert_other"))
        .then(0.0)
        .otherwise(pl.col("gap").abs() / pl.max_horizontal(pl.col("wert").abs(), pl.col("wert_other").abs()))
    )
    widest = gaps.sort("relative", "area_id", descending=[True, False]).row(0, named=True)
    beyond = gaps.filter(pl.col("relative") > RELATIVE_LIMIT)["area_id"]
    differing = int((gaps["gap"] != 0).sum())
    return Result(
        table_name=TABLE,
        check_id=f"zwei_quellen:{merkmal}:{auspraegung}:{stichtag}:{source}:{other}",
        kind="Abgleich",
        description=f"Dieselbe Zahl in zwei Quellen: {merkmal}, {auspraegung}, {stichtag} ({source} und {other})",
        expected="Abstand höchstens 1 %",
        observed=(
            f"{rows.height} Gebiete verglichen, {differing} verschieden; größter Abstand "
            f"{_number(widest['gap'])} ({number(widest['relative'] * 100, 2)} %) in {widest['area_id']}"
        ),
        passed=beyond.is_empty(),
        gap=round(widest["gap"], 9),
        examples="; ".join(beyond.head(EXAMPLES)) or None,
    )


def _total_result(total: dict[str, Any], merkmale: pl.DataFrame) -> Result:
    chosen = merkmale.filter(
        (pl.col("area_level") == "gemeinde")
        & pl.col("preferred")
        & pl.col("wert").is_not_null()
        & (pl.col("merkmal") == total["merkmal"])
        & (pl.col("auspraegung") == total["auspraegung"])
        & (pl.col("stichtag") == total["stichtag"])
    )
    check_id = f"veroeffentlicht:{total['merkmal']}:{total['auspraegung']}:{total['stichtag']}"
    description = f"Summe der Gemeinden gleich der veröffentlichten Zahl: {total['publication']}"
    return _comparison(check_id, description, float(total["value"]), _exact_sum(chosen["wert"]), 0.0)


def _outline_result(area_id: str, outline: float, official: float | None) -> Result:
    check_id, description = f"flaeche:{area_id}", f"Fläche der Grenze von {area_id} gleich der amtlichen Fläche in km²"
    table = "curated.boundaries"
    if official is None:
        observed = "nicht geprüft: keine amtliche Fläche geliefert"
        return Result(table, check_id, "Raum", description, "keine Prüfung", observed, True)
    relative = outline / official - 1
    return Result(
        table_name=table,
        check_id=check_id,
        kind="Raum",
        description=description,
        expected=f"{number(official, 2)} (Abstand höchstens 7 %)",
        observed=f"{number(outline, 2)}; Abstand {number(relative * 100, 2)} %",
        passed=abs(relative) <= AREA_LIMIT,
        gap=round(outline - official, 6),
        examples=None if abs(relative) <= AREA_LIMIT else area_id,
    )


def _number(value: float) -> str:
    """The number in German with the decimals it has, at most six."""
    exponent = Decimal(repr(round(value, 6))).normalize().as_tuple().exponent
    return number(value, max(0, -int(exponent)))
