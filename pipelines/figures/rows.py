"""Released frames joined into the rows that maps, charts and alternative texts share.

What belongs here: selecting and joining released rows in the fixed order of areas. What does not: computing, sorting by
value, drawing.
"""

from __future__ import annotations

from typing import Any

import polars as pl

AREA_COLUMNS = ("area_id", "number", "name")
VALUE_COLUMNS = ("value", "lower", "upper", "status", "quality", "reason")


def area_list(areas: pl.DataFrame, level: str = "gemeinde") -> pl.DataFrame:
    """Areas of a level in their fixed order: area_id, number (key on maps, no rank), name."""
    chosen = areas.filter(pl.col("area_level") == level).sort("area_id")
    number = pl.coalesce(pl.col("number").cast(pl.Int64), pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
    return chosen.select("area_id", number=number, name=pl.col("display_name"))


def without_outline(areas: pl.DataFrame, boundaries: pl.DataFrame, level: str) -> list[str]:
    """Names of the areas of a level that no map can show, in their order."""
    return area_list(areas, level).join(boundaries, on="area_id", how="anti").sort("area_id")["name"].to_list()


def area_rows(
    areas: pl.DataFrame,
    values: pl.DataFrame,
    comparison: pl.DataFrame | None,
    indicator_id: str,
    period: str | None,
    level: str = "gemeinde",
) -> pl.DataFrame:
    """One row per area of a level: area_id, number, name, value, lower, upper, status, quality, reason, verdict.

    An area without a row in `values` at this period has status `missing`. Without comparison the verdict is null.
    """
    chosen = values.filter(pl.col("indicator_id") == indicator_id, pl.col("period") == pl.lit(period))
    rows = area_list(areas, level).join(chosen.select("area_id", *VALUE_COLUMNS), on="area_id", how="left")
    rows = rows.with_columns(pl.col("status").fill_null("missing"))
    if comparison is None:
        return rows.with_columns(verdict=pl.lit(None, dtype=pl.String))
    verdicts = comparison.filter(pl.col("indicator_id") == indicator_id, pl.col("period") == pl.lit(period))
    return rows.join(verdicts.select("area_id", "verdict"), on="area_id", how="left").sort("area_id")


def class_limits(indicator: dict[str, Any]) -> list[float]:
    """The class limits of an indicator's maps, ascending; none when the catalogue has none."""
    return [float(part) for part in (indicator["class_limits"] or "").split(";") if part]
