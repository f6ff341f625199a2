"""Do totals agree: Gemeinden with the Kreis, one source with another, sums with publications.

What belongs here: comparisons of numbers that should be the same, with the gap printed, and what a newer edition
revised. What does not: contracts of a single table (`expectations`) and outlines (`pipelines.geography`). Nothing is
corrected; a gap above its limit fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.german import number
from pipelines.validation.results import EXAMPLES, Result, as_frame
from pipelines.validation.totals import read_totals

TABLE = "curated.merkmale"
ITEM = ["source_id", "edition", "merkmal", "auspraegung"]
SAME_ITEM = ["area_id", "merkmal", "auspraegung"]
RELATIVE_LIMIT = 0.01
_ROUNDED = re.compile(r"rounded\(([0-9.]+)\)")
_NOT = re.compile(r"no\((.+)\)")


def sums_of_gemeinden(merkmale: pl.DataFrame, kreis_key: str) -> pl.DataFrame:
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
    return as_frame(results)


def same_item_in_two_sources(merkmale: pl.DataFrame) -> pl.DataFrame:
    """Every item two deliveries both give for the same area and time on the same basis; the gap may be 1 %.

    A source that prints only the year is held against another's date in that year; two dates must be equal. Numbers a
    newer edition of their source gives too are left to `revisions`.
    """
    values = merkmale.filter(pl.col("wert").is_not_null() & pl.col("superseded_by").is_null())
    by_source = values.select(
        *SAME_ITEM,
        "stichtag",
        "basis",
        "wert",
        source=pl.col("source_id") + " " + pl.col("edition"),
        year=pl.col("stichtag").str.slice(0, 4),
    )
    only_year = (pl.col("stichtag").str.len_chars() == 4) | (pl.col("stichtag_other").str.len_chars() == 4)
    pairs = by_source.join(by_source, on=[*SAME_ITEM, "year"], suffix="_other").filter(
        (pl.col("source") < pl.col("source_other"))
        & ((pl.col("stichtag") == pl.col("stichtag_other")) | only_year)
        & (
            pl.col("basis").eq_missing(pl.col("basis_other"))
            | pl.any_horizontal(pl.col("basis", "basis_other").is_null())
        )
    )
    group = ["merkmal", "auspraegung", "stichtag", "source", "source_other"]
    results = [
        _pair_result(key, rows) for key, rows in pairs.sort(*group, "area_id").group_by(group, maintain_order=True)
    ]
    return as_frame(results)


def revisions(merkmale: pl.DataFrame) -> pl.DataFrame:
    """What the newest edition of a source says otherwise than an older one: one row per item and pair of editions.

    A difference is a revision and passes; whether the new number can be is for `plausibility` to say.
    """
    number = ["source_id", *SAME_ITEM, "stichtag"]
    older = merkmale.filter(pl.col("superseded_by").is_not_null()).select(*number, "edition", "superseded_by", "wert")
    newer = merkmale.select(*number, superseded_by="edition", wert_newer="wert")
    pairs = older.join(newer, on=[*number, "superseded_by"]).with_columns(gap=pl.col("wert_newer") - pl.col("wert"))
    group = ["source_id", "edition", "superseded_by", "merkmal", "auspraegung"]
    ordered = pairs.sort(*group, "stichtag", "area_id")
    return as_frame(_revision(key, rows) for key, rows in ordered.group_by(group, maintain_order=True))


def published_totals(merkmale: pl.DataFrame, data_dir: Path) -> pl.DataFrame:
    """Sums of the Gemeinden against totals printed elsewhere, as the district records them in its data folder."""
    return as_frame([_total_result(total, merkmale) for total in read_totals(data_dir)])


def _item_name(key: tuple[Any, ...]) -> str:
    return ":".join(str(part) for part in key)


def _sum_description(key: tuple[Any, ...], stichtag: str | None = None) -> str:
    source, _, merkmal, auspraegung = key
    when = "" if stichtag is None else f", {stichtag}"
    return f"Summe der Gemeinden gleich Kreiszeile: {merkmal}, {auspraegung}{when} ({source})"


def _untested(item: pl.DataFrame, declared: str, kreis_key: str) -> str | None:
    """Why an item is not tested; None when it is."""
    if reason := not_additive(declared):
        return reason
    if not (item["area_id"] == kreis_key).any():
        return "diese Lieferung hat keine Kreiszeile"
    if not (item["area_level"] == "gemeinde").any():
        return "diese Lieferung hat keine Gemeindezeilen"
    return None


def _not_tested(check_id: str, description: str, reason: str) -> Result:
    return Result(TABLE, check_id, "Abgleich", description, "keine Prüfung", f"nicht geprüft: {reason}", None)


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
    return _comparison(check_id, description, kreis, exact_sum(parts["wert"]), tolerance_of(declared))


def not_additive(declared: str) -> str | None:
    """Why an item does not add up, by what its sheet declares; None when it does."""
    match = _NOT.fullmatch(declared)
    return f"addiert sich nicht: {match.group(1)}" if match else None


def tolerance_of(declared: str) -> float:
    """How far sums may lie apart, by what the sheet declares."""
    match = _ROUNDED.fullmatch(declared)
    return float(match.group(1)) if match else 0.0


def _comparison(check_id: str, description: str, expected: float, observed: float, tolerance: float) -> Result:
    gap = float(Decimal(repr(observed)) - Decimal(repr(expected)))
    margin = f" (Abstand höchstens {number_text(tolerance)})" if tolerance else ""
    return Result(
        table_name=TABLE,
        check_id=check_id,
        kind="Abgleich",
        description=description,
        expected=f"{number_text(expected)}{margin}",
        observed=f"{number_text(observed)}; Abstand {number_text(gap)}",
        passed=abs(gap) <= tolerance,
        gap=gap,
    )


def exact_sum(values: Iterable[float]) -> float:
    """Sum of the numbers as they are printed, so that 0.1 + 0.2 is 0.3."""
    return float(sum((Decimal(repr(value)) for value in values), Decimal(0)))


def _pair_result(key: tuple[Any, ...], rows: pl.DataFrame) -> Result:
    merkmal, auspraegung, stichtag, source, other = key
    gaps = rows.with_columns(gap=pl.col("wert_other") - pl.col("wert")).with_columns(
        relative=pl.when(pl.col("wert") == pl.col("wert_other"))
        .then(0.0)
        .otherwise(pl.col("gap").abs() / pl.max_horizontal(pl.col("wert").abs(), pl.col("wert_other").abs()))
    )
    # One source prints whole numbers of what the other gives unrounded, such as annual means
    whole = [pl.col(name) % 1 == 0 for name in ("wert", "wert_other")]
    rounded = (pl.col("gap").abs() <= 0.5) & (whole[0] != whole[1])
    gaps = gaps.with_columns(beyond=(pl.col("relative") > RELATIVE_LIMIT) & ~rounded, rounded=rounded)
    widest = gaps.sort("relative", "area_id", descending=[True, False]).row(0, named=True)
    beyond = gaps.filter("beyond")["area_id"]
    differing = int((gaps["gap"] != 0).sum())
    return Result(
        table_name=TABLE,
        check_id=f"zwei_quellen:{merkmal}:{auspraegung}:{stichtag}:{source}:{other}",
        kind="Abgleich",
        description=f"Dieselbe Zahl in zwei Quellen: {merkmal}, {auspraegung}, {stichtag} ({source} und {other})",
        expected="Abstand höchstens 1 %" + (" oder Rundung auf ganze Zahlen" if gaps["rounded"].any() else ""),
        observed=(
            f"Verglichene Gebiete: {rows.height}, verschieden: {differing}; größter Abstand "
            f"{number_text(widest['gap'])} ({number(widest['relative'] * 100, 2)} %) in {widest['area_id']}"
        ),
        passed=beyond.is_empty(),
        gap=round(widest["gap"], 9),
        examples="; ".join(beyond.head(EXAMPLES)) or None,
    )


def _revision(key: tuple[Any, ...], rows: pl.DataFrame) -> Result:
    source, edition, newest, merkmal, auspraegung = key
    both = rows.filter(pl.col("gap").is_not_null())
    only_one = rows.filter(pl.col("wert").is_null() != pl.col("wert_newer").is_null()).height
    changed = both.filter(pl.col("gap") != 0).sort(pl.col("gap").abs(), descending=True, maintain_order=True)
    told = f"Verglichene Zahlen: {number(rows.height)}, verschieden: {number(changed.height + only_one)}"
    if only_one:
        told += f", davon nur in einer Ausgabe mit Wert: {number(only_one)}"
    widest = changed.row(0, named=True) if changed.height else None
    if widest:
        told += f"; größter Abstand {number_text(widest['gap'])} in {widest['area_id']}, {widest['stichtag']}"
    places = changed.head(EXAMPLES).select(pl.concat_str("area_id", "stichtag", separator=" ")).to_series()
    return Result(
        table_name=TABLE,
        check_id=f"ausgaben:{source}:{edition}:{newest}:{merkmal}:{auspraegung}",
        kind="Abgleich",
        description=f"Dieselbe Zahl in zwei Ausgaben: {merkmal}, {auspraegung} ({source} {edition} und {newest})",
        expected=f"es gilt {newest}; ein Unterschied ist eine Revision",
        observed=told,
        passed=True,
        gap=round(widest["gap"], 9) if widest else 0.0 if both.height else None,
        examples="; ".join(places) or None,
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
    return _comparison(check_id, description, float(total["value"]), exact_sum(chosen["wert"]), 0.0)


def number_text(value: float) -> str:
    """The number in German with the decimals it has, at most six."""
    exponent = Decimal(repr(round(value, 6))).normalize().as_tuple().exponent
    return number(value, max(0, -int(exponent)))
