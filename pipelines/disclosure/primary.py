"""Primary suppression of single values (Hundepool et al., Statistical Disclosure Control, 2012, chapter 4).

What belongs here: the rules for one value. What does not: complementary suppression over tables; until it exists,
nothing that rests on an unpublished source is released at all, whatever these rules say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from pipelines.contracts import WITH_VALUE

REFUSED = "Aus Datenschutzgründen nicht ausgewiesen: Die Quelle ist nicht veröffentlicht."


@dataclass(frozen=True)
class Thresholds:
    """Limits of one source: smallest count shown, smallest denominator shown, smallest population of an area."""

    smallest_count: int
    sensitive: bool
    smallest_denominator: int
    smallest_population: int

    @classmethod
    def of(cls, rules: dict[str, Any], source_id: str) -> Thresholds:
        """The limits of a source from `kreis.yml`, entry `geheimhaltung`; sources without an entry take the default."""
        rule = {**rules["standard"], **rules.get("quellen", {}).get(source_id, {})}
        return cls(
            smallest_count=int(rule["mindestzahl"]),
            sensitive=bool(rule["sensibel"]),
            smallest_denominator=int(rules["mindestnenner"]),
            smallest_population=int(rules["mindesteinwohner"]),
        )


def reason(
    numerator: float | None, denominator: float | None, population: float | None, limits: Thresholds, *, subset: bool
) -> str | None:
    """Why a value must be withheld, in German, or None if the rules of `limits` let it pass.

    numerator, denominator: counts behind the value, None where it has none. population: people in the area.
    subset: the numerator counts part of the denominator, so the rest is a count that can be disclosed too.
    """
    prefix = "Aus Datenschutzgründen nicht ausgewiesen: "
    if population is not None and population < limits.smallest_population:
        return f"{prefix}weniger als {limits.smallest_population} Menschen im Gebiet."
    if denominator is not None and denominator < limits.smallest_denominator:
        return f"{prefix}Bezugszahl unter {limits.smallest_denominator}."
    counts = [numerator] if numerator is not None else []
    if subset and numerator is not None and denominator is not None:
        counts.append(denominator - numerator)
    lowest = 0 if limits.sensitive else 1
    if any(lowest <= round(count) < limits.smallest_count for count in counts):
        return f"{prefix}weniger als {limits.smallest_count} Fälle."
    return None


def suppress(
    values: pl.DataFrame,
    *,
    published: dict[str, bool],
    rules: dict[str, Any],
    population: dict[str, float],
    subset: set[str],
) -> pl.DataFrame:
    """`values` (contract indicators.values) with everything blanked that must not leave.

    published: per source whether the publisher already shows these figures; such sources are exempt, because
    withholding what is public protects nobody. A value passes only if all its sources are. population: people per area.
    subset: indicators whose numerator is part of the denominator.
    """
    reasons = [_reason(row, published, rules, population, subset) for row in values.iter_rows(named=True)]
    marked = values.with_columns(pl.Series("_reason", reasons, dtype=pl.String))
    withheld = pl.col("_reason").is_not_null()
    blank = [
        pl.when(withheld).then(None).otherwise(pl.col(name)).alias(name)
        for name in ("value", "lower", "upper", "confidence", "numerator", "denominator")
    ]
    return marked.with_columns(
        *blank,
        pl.when(withheld).then(pl.lit("suppressed")).otherwise(pl.col("status")).alias("status"),
        pl.coalesce("_reason", "reason").alias("reason"),
    ).drop("_reason")


def _reason(
    row: dict[str, Any],
    published: dict[str, bool],
    rules: dict[str, Any],
    population: dict[str, float],
    subset: set[str],
) -> str | None:
    sources = [name for name in (row["source_ids"] or "").split(";") if name]
    unpublished = [name for name in sources if not published.get(name, False)]
    if row["status"] not in WITH_VALUE or (sources and not unpublished):
        return None
    for name in unpublished:
        found = reason(
            row["numerator"],
            row["denominator"],
            population.get(row["area_id"]),
            Thresholds.of(rules, name),
            subset=row["indicator_id"] in subset,
        )
        if found:
            return found
    return REFUSED
