"""Developments as SVG paths without style: a small line for a row of a table, and a chart with axes.

What belongs here: places of points, gaps at breaks and absent values. What does not: colours (`style.css`), words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from pipelines import german
from pipelines.figures.axes import Axis
from pipelines.figures.timeline import scale_words, value_axis
from pipelines.indicators.trend import Break, parse_breaks, period_time

Row = dict[str, Any]
Point = tuple[float, float]

SMALL_WIDTH, SMALL_HEIGHT, SMALL_MARGIN = 96.0, 22.0, 3.0
SMALL_FROM = 3  # fewer points are no line worth drawing
WIDTH, HEIGHT = 640.0, 280.0
LEFT, RIGHT, TOP, BOTTOM = 64.0, 612.0, 30.0, 244.0
LABEL_EVERY = 5  # years between labels below the axis


@dataclass(frozen=True)
class Chart:
    """A chart of one indicator: lines of the Gemeinden, of the Kreis, axes and breaks, all as coordinates.

    scale: the words for a scale that does not begin at zero; empty for any other.
    """

    others: list[str]
    kreis: str
    x_ticks: list[tuple[str, str]]
    y_ticks: list[tuple[str, str]]
    breaks: list[tuple[str, str]]
    scale: str
    dots: list[tuple[str, str]] = field(default_factory=list)


def small_line(series: Sequence[Row], breaks_text: str | None) -> Row | None:
    """The line of one area on a scale of its own, its last value as a dot; None with too few values to draw."""
    known = [row for row in series if row["value"] is not None]
    if len(known) < SMALL_FROM:
        return None
    times = _scale([period_time(row["period"]) for row in known], SMALL_MARGIN, SMALL_WIDTH - SMALL_MARGIN)
    values = _scale([row["value"] for row in known], SMALL_HEIGHT - SMALL_MARGIN, SMALL_MARGIN)
    parts = segments(series, parse_breaks(breaks_text))
    last = known[-1]
    return {
        "path": "".join(_path(part, times, values) for part in parts),
        "x": f"{times.at(period_time(last['period'])):.1f}",
        "y": f"{values.at(last['value']):.1f}",
    }


def chart(gemeinden: Sequence[Sequence[Row]], kreis: Sequence[Row], indicator: Row) -> Chart | None:
    """All Gemeinden and the Kreis over the years; None where no area has two values to join."""
    known = [row for series in (*gemeinden, kreis) for row in series if row["value"] is not None]
    times = sorted({period_time(row["period"]) for row in known})
    if len(times) < 2:
        return None
    breaks = parse_breaks(indicator["breaks"])
    across = Axis(times[0], times[-1], LEFT, RIGHT, ())
    up = value_axis(pl.DataFrame({"value": [row["value"] for row in known]}), BOTTOM, TOP)
    assert up is not None
    joined = [[part for part in segments(series, breaks) if len(part) > 1] for series in gemeinden]
    own = segments(kreis, breaks)
    return Chart(
        others=["".join(_path(part, across, up) for part in parts) for parts in joined if parts],
        kreis="".join(_path(part, across, up) for part in own if len(part) > 1),
        x_ticks=[(f"{across.at(time):.1f}", str(year)) for time, year in _labelled(known)],
        y_ticks=[(f"{up.at(tick):.1f}", german.number(tick, up.decimals)) for tick in up.ticks],
        breaks=[
            (f"{(across.at(_time_of(known, gap.before)) + across.at(_time_of(known, gap.after))) / 2:.1f}", gap.label)
            for gap in breaks
            if times[0] < _time_of(known, gap.after) <= times[-1]
        ],
        scale=scale_words(up, indicator["unit"]),
        dots=[(f"{across.at(part[0][0]):.1f}", f"{up.at(part[0][1]):.1f}") for part in own if len(part) == 1],
    )


def segments(series: Sequence[Row], breaks: Sequence[Break]) -> list[list[Point]]:
    """Stretches of a series to join by a line: none reaches across a break or an absent value."""
    parts: list[list[Point]] = [[]]
    before: int | None = None
    for row in series:
        year = german.period_year(row["period"])
        if row["value"] is None or (before is not None and _broken(before, year, breaks)):
            parts.append([])
        if row["value"] is not None:
            parts[-1].append((period_time(row["period"]), row["value"]))
        before = year
    return [part for part in parts if part]


def _broken(before: int, year: int, breaks: Sequence[Break]) -> bool:
    return any(before < gap.after <= year for gap in breaks)


def _scale(numbers: Sequence[float], start: float, stop: float) -> Axis:
    return Axis(min(numbers), max(numbers), start, stop, ())


def _path(part: Sequence[Point], across: Axis, up: Axis) -> str:
    return "M" + "L".join(f"{across.at(time):.1f},{up.at(value):.1f}" for time, value in part)


def _labelled(known: Sequence[Row]) -> list[tuple[float, int]]:
    """Times and years to print below the axis: first, last, and round years not too close to them."""
    years = {german.period_year(row["period"]): period_time(row["period"]) for row in known}
    first, last = min(years), max(years)
    gap = 2 if last - first > LABEL_EVERY else 1
    step = LABEL_EVERY if last - first > LABEL_EVERY else 1
    inner = [year for year in years if year % step == 0 and year - first >= gap and last - year >= gap]
    return [(years[year], year) for year in sorted({first, last, *inner})]


def _time_of(known: Sequence[Row], year: int) -> float:
    """The time of a year in a series: that of its own values, else the year itself."""
    return next((period_time(row["period"]) for row in known if german.period_year(row["period"]) == year), float(year))
