"""The ground of every chart over years: scales, segments between breaks, and lines that never cross one.

What belongs here: where a year and a value lie, and what may be connected. What does not: drawing (`series`, `panels`)
and tests over time (`pipelines.indicators.trend`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from pipelines import german
from pipelines.figures.axes import Axis
from pipelines.indicators.trend import Break

Run = list[tuple[int, float]]
FLAT = 0.25  # values that differ by less than this share of the highest would be a flat line on a scale from zero


@dataclass(frozen=True)
class Timeline:
    """Where a time series lies on a sheet: scale of years, scale of values, years known, segments between breaks."""

    years: Axis
    values: Axis
    known: tuple[int, ...]
    segments: list[list[int]]
    left: float
    right: float
    top: float
    bottom: float

    def x(self, year: float) -> float:
        return self.years.at(year)

    def y(self, value: float) -> float:
        return self.values.at(value)

    @property
    def is_cut(self) -> bool:
        """Whether the scale of values begins above zero."""
        return self.values.low > 0

    def scale_words(self, unit: str) -> str:
        """„Skala ab 48 %“ where the scale begins above zero, else nothing."""
        return scale_words(self.values, unit)

    def spans(self) -> list[tuple[float, float]]:
        """Horizontal extent of each segment; a quarter of the gap stays open on both sides of a break."""
        starts, stops = [self.left], []
        for before, after in pairwise(self.segments):
            gap = self.x(after[0]) - self.x(before[-1])
            open_half = min(gap / 2, max(gap * 0.36, 1.2))
            middle = self.x(before[-1]) + gap / 2
            stops.append(middle - open_half)
            starts.append(middle + open_half)
        return list(zip(starts, [*stops, self.right], strict=True))

    def breaks(self) -> list[float]:
        """Where the dotted lines of the breaks stand."""
        return [(self.x(before[-1]) + self.x(after[0])) / 2 for before, after in pairwise(self.segments)]

    def runs(self, own: pl.DataFrame) -> list[Run]:
        """Years and values of one area (period, value) in runs: cut at breaks and at years without value."""
        found = {german.period_year(period): value for period, value in own.select("period", "value").rows()}
        runs: list[Run] = []
        for part in self.segments:
            current: Run = []
            for year in part:
                value = found.get(year)
                if value is not None:
                    current.append((year, value))
                elif year in found and current:
                    runs.append(current)
                    current = []
            if current:
                runs.append(current)
        return runs

    def points(self, run: Run) -> list[tuple[float, float]]:
        """A run in mm."""
        return [(self.x(year), self.y(value)) for year, value in run]


def known_years(series: pl.DataFrame) -> tuple[int, ...]:
    """All years a series has rows for, ascending."""
    return tuple(sorted({german.period_year(period) for period in series["period"].unique()}))


def value_axis(series: pl.DataFrame, bottom: float, top: float) -> Axis | None:
    """The scale of all values of a series; None where no period has a value.

    Zero lies within, unless the values would then be `FLAT`: such a scale begins at a round number close below them,
    and whoever draws it says so (`Timeline.scale_words`). Lines tell by their place, not by their length.
    """
    shown = series["value"].drop_nulls()
    if shown.is_empty():
        return None
    low, high = float(shown.min()), float(shown.max())  # type: ignore[arg-type]
    if 0 < low < high and high - low < FLAT * high:
        return Axis.around(low, high, bottom, top)
    return Axis.from_zero(low, high, bottom, top)


def scale_note(series: pl.DataFrame, unit: str) -> str:
    """What an alternative text says of a scale that begins above zero; nothing of any other."""
    axis = value_axis(series, 0, 1)
    words = scale_words(axis, unit) if axis else ""
    return f"{words}, nicht ab null." if words else ""


def scale_words(values: Axis, unit: str) -> str:
    """„Skala ab 60 %“ where a scale begins above zero; nothing for any other."""
    return f"Skala ab {german.value_text(values.low, unit, values.decimals)}" if values.low > 0 else ""


def segments(known: Sequence[int], breaks: Sequence[Break]) -> list[list[int]]:
    """The years cut at every break that lies between two of them."""
    parts: list[list[int]] = [[]]
    for year in known:
        if parts[-1] and any(parts[-1][-1] < gap.after <= year for gap in breaks):
            parts.append([])
        parts[-1].append(year)
    return parts
