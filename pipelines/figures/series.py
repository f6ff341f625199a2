"""Time series: all areas in grey, the Kreis dashed, interrupted wherever the catalogue names a break.

What belongs here: lines over years with their labels. What does not: tests and differences over time
(`pipelines.indicators.trend`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from pipelines import german
from pipelines.figures import alt as alternative
from pipelines.figures import style
from pipelines.figures.axes import Axis, short_value
from pipelines.figures.canvas import Canvas, Picture
from pipelines.figures.timeline import Timeline, known_years, segments, value_axis
from pipelines.indicators.trend import Break

WIDTH = 178.0


def time_series(
    series: pl.DataFrame,
    *,
    unit: str,
    decimals: int,
    kreis_id: str | None = None,
    focus: str | None = None,
    focus_name: str = "",
    kreis_name: str = "Landkreis",
    breaks: Sequence[Break] = (),
    width: float = WIDTH,
    height: float = 96.0,
    title: str = "",
) -> Picture:
    """Lines of all areas in grey, the Kreis dashed, the area `focus` in front; a break interrupts lines, grid, axis.

    `series`: area_id, period, value, status. Nothing is connected across a break or across a period without value.
    Values of Kreis and `focus` that are missing are hatched at the foot of the chart.
    """
    plot = _plot_of(series, unit, breaks, width, height)
    canvas = Canvas(width, height)
    if plot is None:
        _draw_no_series(canvas, series)
    else:
        _draw_grid(canvas, plot, unit)
        _draw_breaks(canvas, plot, breaks, unit)
        named = [_Named(focus, focus_name, style.FOCUS), _Named(kreis_id, kreis_name, style.INK)]
        _draw_others(canvas, plot, _others(series, named))
        _draw_kreis(canvas, plot, series.filter(pl.col("area_id") == (kreis_id or "")))
        _draw_focus(canvas, plot, series.filter(pl.col("area_id") == (focus or "")))
        _place_ends(canvas, plot, _end_labels(canvas, plot, series, named, unit, decimals))
    moments = [gap.label for gap in breaks]
    return canvas.picture(
        alternative.alt_time_series(
            title,
            series,
            unit,
            decimals,
            breaks=moments,
            focus=focus,
            focus_name=focus_name,
            kreis_id=kreis_id,
        )
    )


def _draw_no_series(canvas: Canvas, series: pl.DataFrame) -> None:
    """The whole chart hatched when no period has a value."""
    found = series["status"].unique().to_list()
    status = found[0] if len(found) == 1 else "missing"
    x, y, words = canvas.width / 2, canvas.height / 2 - 2, german.status_words(status)
    canvas.hatched_rect(status, 0.5, 8, canvas.width - 1, canvas.height - 20)
    canvas.halo(x, y, words, style.SIZE_LABEL, style.WHITE)
    canvas.text(x, y, words, style.SIZE_LABEL, align="center")


def _plot_of(series: pl.DataFrame, unit: str, breaks: Sequence[Break], width: float, height: float) -> Timeline | None:
    top, bottom = 11.0 if breaks else 6.5, height - 7.0
    values, known = value_axis(series, bottom, top), known_years(series)
    if values is None:
        return None
    labels = [style.text_width(german.number(tick, values.decimals), style.SIZE_WORD) for tick in values.ticks]
    left, right = max([*labels, style.text_width(german.unit_symbol(unit), style.SIZE_WORD) / 2]) + 4, width - 30.0
    years = Axis(float(known[0]), float(known[-1]), left + 2, right - 2, ())
    return Timeline(years, values, known, segments(known, breaks), left, right, top, bottom)


def _draw_grid(canvas: Canvas, plot: Timeline, unit: str) -> None:
    spans = plot.spans()
    for tick in plot.values.ticks:
        y = plot.y(tick)
        look = (style.INK2, style.WEIGHT_AXIS) if tick == 0 else (style.HAIR, style.WEIGHT_RULE)
        canvas.lines([[(start, y), (stop, y)] for start, stop in spans], *look)
        words = german.number(tick, plot.values.decimals)
        canvas.text(plot.left - 2, y, words, style.SIZE_WORD, style.INK2, align="right")
    symbol = german.unit_symbol(unit)
    start = max(plot.left - 2 - style.text_width(symbol, style.SIZE_WORD), 0.5)
    canvas.text(start, plot.top - 3.8, symbol, style.SIZE_WORD, style.INK2)
    feet = plot.bottom
    foot = style.HAIR if plot.is_cut else style.INK2  # a strong foot would read as zero
    canvas.lines([[(start, feet), (stop, feet)] for start, stop in spans], foot, style.WEIGHT_AXIS)
    canvas.text(canvas.width, feet + 3.4, plot.scale_words(unit), style.SIZE_WORD, style.INK2, align="right")
    canvas.lines(
        [[(plot.x(year), feet), (plot.x(year), feet + 1)] for year in plot.known], style.INK2, style.WEIGHT_FINE
    )
    for year in _labelled_years(plot):
        canvas.text(plot.x(year), feet + 3.4, str(year), style.SIZE_WORD, style.INK2, align="center")


def _labelled_years(plot: Timeline) -> list[int]:
    """First and last year, ends of segments, every fifth year, all of a few or uneven ones, as far as there is room."""
    wide = style.text_width("0000", style.SIZE_WORD)
    ends = [year for part in plot.segments for year in (min(part), max(part))]
    is_yearly = plot.known[-1] - plot.known[0] < len(plot.known) + 3
    few = [] if is_yearly and len(plot.known) > 8 else list(plot.known)
    chosen: list[int] = []
    for years, room in (
        ([min(plot.known), max(plot.known), *ends], wide + 0.8),
        ([*[year for year in plot.known if year % 5 == 0], *few], wide + 4),
    ):
        for year in dict.fromkeys(years):
            if all(abs(plot.x(year) - plot.x(other)) >= room for other in chosen):
                chosen.append(year)
    return chosen


def _draw_breaks(canvas: Canvas, plot: Timeline, breaks: Sequence[Break], unit: str) -> None:
    """A dotted line at every break, its years and reason above it, in the room between its neighbours."""
    middles = plot.breaks()
    start = max(plot.left - 2, style.text_width(german.unit_symbol(unit), style.SIZE_WORD)) + 2
    for place, (before, after) in enumerate(pairwise(plot.segments)):
        x = middles[place]
        canvas.line([(x, plot.top), (x, plot.bottom + 1.5)], style.INK2, style.WEIGHT_BREAK, style.DASHES_BREAK)
        gap = next((gap for gap in breaks if before[-1] < gap.after <= after[0]), None)
        if gap is None:
            continue
        low = (middles[place - 1] + x) / 2 + 1 if place else start
        high = (x + middles[place + 1]) / 2 - 1 if place + 1 < len(middles) else canvas.width
        head, reason = f"Bruch {gap.label}", style.fitted(gap.reason, high - low, style.SIZE_WORD)
        bold = style.text_width(head, style.SIZE_WORD, style.SEMIBOLD)
        half = max(bold, style.text_width(reason, style.SIZE_WORD)) / 2
        middle = max(min(x, high - half), low + half)
        canvas.text(middle, plot.top - 6.2, head, style.SIZE_WORD, weight=style.SEMIBOLD, align="center")
        canvas.text(middle, plot.top - 2.8, reason, style.SIZE_WORD, style.INK2, align="center")


@dataclass(frozen=True)
class _Named:
    """An area with a line of its own: key (None: there is none), name at the end of the line, colour."""

    area_id: str | None
    name: str
    colour: str


def _others(series: pl.DataFrame, named: Sequence[_Named]) -> pl.DataFrame:
    return series.filter(~pl.col("area_id").is_in([area.area_id for area in named if area.area_id]))


def _draw_others(canvas: Canvas, plot: Timeline, others: pl.DataFrame) -> None:
    for key in others["area_id"].unique().sort().to_list():
        runs = [plot.points(run) for run in plot.runs(others.filter(pl.col("area_id") == key))]
        canvas.lines([run for run in runs if len(run) > 1], style.GREY, style.WEIGHT_OTHERS)
        for run in runs:
            if len(run) == 1:
                canvas.marker("disc", *run[0], 1.0, style.GREY)


def _draw_kreis(canvas: Canvas, plot: Timeline, kreis: pl.DataFrame) -> None:
    for run in plot.runs(kreis):
        canvas.line(plot.points(run), style.INK, style.WEIGHT_KREIS, style.DASHES_KREIS, edge=style.WEIGHT_EDGE)
        if len(run) == 1:
            canvas.marker("disc", *plot.points(run)[0], 1.8, style.INK, halo=style.WEIGHT_EDGE)
    _draw_gaps(canvas, plot, kreis)


def _draw_focus(canvas: Canvas, plot: Timeline, own: pl.DataFrame) -> None:
    """The line of the area in question, with a mark at both ends of its runs."""
    for run in plot.runs(own):
        points = plot.points(run)
        canvas.line(points, style.FOCUS, style.WEIGHT_FOCUS, edge=style.WEIGHT_EDGE, round_ends=True)
        for point in dict.fromkeys((points[0], points[-1])):
            canvas.marker("disc", *point, 1.9, style.FOCUS, halo=style.WEIGHT_EDGE)
    _draw_gaps(canvas, plot, own)


def _draw_gaps(canvas: Canvas, plot: Timeline, own: pl.DataFrame) -> None:
    """The hatch of its status at the foot of the chart for every value that is missing."""
    for period, status in own.filter(pl.col("value").is_null()).select("period", "status").rows():
        left = plot.x(german.period_year(period)) - 1.2
        canvas.rect(left, plot.bottom - 4, 2.4, 3.6, style.WHITE)
        canvas.hatched_rect(status, left, plot.bottom - 4, 2.4, 3.6)


@dataclass(frozen=True)
class _EndLabel:
    """Words at the right end of a line: wished height, lines of text, colour, how many of the lines are names."""

    y: float
    lines: list[str]
    colour: str
    names: int


def _end_labels(
    canvas: Canvas, plot: Timeline, series: pl.DataFrame, named: Sequence[_Named], unit: str, decimals: int
) -> list[_EndLabel]:
    """Names with their last values at the right end instead of a legend, and how many areas the grey lines are."""
    room, labels = canvas.width - plot.right - 2, []
    for area in named:
        own = series.filter(pl.col("area_id") == (area.area_id or ""), pl.col("value").is_not_null()).sort("period")
        if own.is_empty():
            continue
        last = own.row(-1, named=True)
        value = short_value(last["value"], unit, decimals)
        if german.period_year(last["period"]) != plot.known[-1]:
            value += f" ({german.period_text(last['period'])})"
        names = style.wrapped(area.name, room, style.SIZE_LABEL, style.SEMIBOLD)
        labels.append(_EndLabel(plot.y(last["value"]), [*names, value], area.colour, len(names)))
    others = _others(series, named)
    if others.height:
        lines = style.wrapped(alternative.counted_areas(others), room, style.SIZE_WORD)
        labels.append(_EndLabel(_end_of_others(plot, others), lines, style.INK3, 0))
    return labels


def _end_of_others(plot: Timeline, others: pl.DataFrame) -> float:
    """Height for the label of the grey lines: at their lowest end."""
    shown = others.filter(pl.col("value").is_not_null())
    last = shown.filter(pl.col("period") == shown["period"].max())["value"]
    return plot.y(float(last.min())) if len(last) else plot.bottom  # type: ignore[arg-type]


def _place_ends(canvas: Canvas, plot: Timeline, labels: Sequence[_EndLabel]) -> None:
    """The labels from top to bottom, pushed apart where they would touch."""
    step, gap = 3.4, 1.6
    ordered = sorted(labels, key=lambda label: label.y)
    tops: list[float] = []
    for place, label in enumerate(ordered):
        above = tops[-1] + step * len(ordered[place - 1].lines) + gap if place else -math.inf
        tops.append(max(label.y - 1.6, above))
    ends = [top + step * len(label.lines) for top, label in zip(tops, ordered, strict=True)]
    overflow = max(max(ends, default=0) - plot.bottom, 0)
    for top, label in zip(tops, ordered, strict=True):
        for number, line in enumerate(label.lines):
            is_name = number < label.names
            weight, size = (style.SEMIBOLD, style.SIZE_LABEL) if is_name else (style.REGULAR, style.SIZE_WORD)
            canvas.text(plot.right + 1.5, top - overflow + step * number, line, size, label.colour, weight)
