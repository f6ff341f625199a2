"""Small multiples of trends: one panel per area in the fixed order, all on one axis.

What belongs here: placing many small charts over years side by side. What does not: one large chart (`series`), the
scales and breaks both share (`timeline`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from pipelines import german
from pipelines.figures import alt as alternative
from pipelines.figures import style
from pipelines.figures.axes import Axis
from pipelines.figures.canvas import Canvas, Picture
from pipelines.figures.timeline import Timeline, known_years, segments, value_axis
from pipelines.indicators.trend import Break

WIDTH = 178.0
COLUMNS = 5
GAP = 4.0  # between panels, mm
STEP = 39.0  # from the top of one row of panels to the next, mm
NAME_HEIGHT = 8.0  # above the plot of a panel
YEARS_HEIGHT = 6.0  # below it
KEY_HEIGHT = 9.0  # the line above all panels that explains the lines in them


def panels(
    series: pl.DataFrame,
    areas: pl.DataFrame,
    *,
    unit: str,
    decimals: int,
    kreis_id: str | None = None,
    kreis_name: str = "Landkreis",
    breaks: Sequence[Break] = (),
    title: str = "",
) -> Picture:
    """One panel per row of `areas` (area_id, number, name), in that order, five in a row, on one shared axis.

    `series`: area_id, period, value, status. Each panel shows its area, the Kreis dashed, every break, and above them
    the name and the latest value. Values that are missing are hatched at the foot of the panel; an area without any
    value is hatched whole with the words of its status.
    """
    base = _base(series, unit, breaks)
    canvas = Canvas(WIDTH, KEY_HEIGHT + STEP * max(math.ceil(areas.height / COLUMNS), 1))
    kreis = _with_values(series.filter(pl.col("area_id") == (kreis_id or "")))
    own = {key[0]: rows for key, rows in series.group_by("area_id")}
    places = [(_moved(base, number), row) for number, row in enumerate(areas.iter_rows(named=True))] if base else []
    if places:
        plots = [plot for plot, _ in places]
        _draw_key(canvas, plots[0], kreis_name if kreis is not None else "", breaks, unit)
        _draw_ground(canvas, plots, unit)
        _draw_kreis(canvas, plots, kreis)
    for plot, row in places:
        _draw_own(canvas, plot, row, own.get(row["area_id"], series.clear()), decimals)
    if base is None:
        _draw_nothing(canvas, series)
    moments = [gap.label for gap in breaks]
    return canvas.picture(
        alternative.alt_panels(title, series, areas, unit, decimals, breaks=moments, kreis_id=kreis_id)
    )


def _base(series: pl.DataFrame, unit: str, breaks: Sequence[Break]) -> Timeline | None:
    """The plot of the panel in the upper left corner."""
    top, bottom = KEY_HEIGHT + NAME_HEIGHT, KEY_HEIGHT + STEP - YEARS_HEIGHT
    values, known = value_axis(series, bottom, top), known_years(series)
    if values is None:
        return None
    values = replace(values, ticks=values.ticks[:: math.ceil(len(values.ticks) / 4)])
    words = [style.text_width(german.number(tick, values.decimals), style.SIZE_SMALL) for tick in values.ticks]
    left = max(words) + 2
    right = left + (WIDTH - 0.5 - left - GAP * (COLUMNS - 1)) / COLUMNS
    years = Axis(float(known[0]), float(known[-1]), left + 1.2, right - 1.2, ())
    return Timeline(years, values, known, segments(known, breaks), left, right, top, bottom)


def _moved(base: Timeline, number: int) -> Timeline:
    """The same plot at the place of the panel with this number, counted from 0 row by row."""
    across = (base.right - base.left + GAP) * (number % COLUMNS)
    down = STEP * (number // COLUMNS)
    return replace(
        base,
        years=replace(base.years, start=base.years.start + across, stop=base.years.stop + across),
        values=replace(base.values, start=base.values.start + down, stop=base.values.stop + down),
        left=base.left + across,
        right=base.right + across,
        top=base.top + down,
        bottom=base.bottom + down,
    )


def _draw_key(canvas: Canvas, plot: Timeline, kreis_name: str, breaks: Sequence[Break], unit: str) -> None:
    """What the lines are, once for all panels, and at the right end where their scale begins unless at zero."""
    x, y = 0.4, 2.4
    canvas.line([(x, y), (x + 8, y)], style.FOCUS, style.WEIGHT_SMALL_FOCUS)
    x = _words(canvas, x + 10, y, "Gemeinde, mit dem letzten Wert") + 8
    if kreis_name:
        canvas.line([(x, y), (x + 8, y)], style.INK, style.WEIGHT_SMALL_KREIS, style.DASHES_SMALL_KREIS)
        x = _words(canvas, x + 10, y, kreis_name) + 8
    scale = plot.scale_words(unit)
    canvas.text(WIDTH, y, scale, style.SIZE_WORD, style.INK2, align="right")
    if len(plot.segments) > 1:
        canvas.line([(x + 1, y - 1.8), (x + 1, y + 1.8)], style.INK2, style.WEIGHT_BREAK, style.DASHES_BREAK)
        text = f"Bruch {german.join_words([gap.label for gap in breaks])}"
        _words(
            canvas,
            x + 3.5,
            y,
            style.fitted(text, WIDTH - x - 6 - style.text_width(scale, style.SIZE_WORD), style.SIZE_WORD),
        )


def _words(canvas: Canvas, x: float, y: float, words: str) -> float:
    canvas.text(x, y, words, style.SIZE_WORD, style.INK2)
    return x + style.text_width(words, style.SIZE_WORD)


def _draw_ground(canvas: Canvas, plots: Sequence[Timeline], unit: str) -> None:
    """Grid, feet and breaks of all panels; numbers at the left of each row, years below the last of each column."""
    spans = [(plot, start, stop) for plot in plots for start, stop in plot.spans()]
    grid = [[(start, plot.y(tick)), (stop, plot.y(tick))] for plot, start, stop in spans for tick in plot.values.ticks]
    canvas.lines(grid, style.HAIR, style.WEIGHT_RULE)
    foot = style.HAIR if plots[0].is_cut else style.INK2  # a strong foot would read as zero
    canvas.lines([[(start, plot.bottom), (stop, plot.bottom)] for plot, start, stop in spans], foot, style.WEIGHT_AXIS)
    gaps = [[(x, plot.top), (x, plot.bottom + 1)] for plot in plots for x in plot.breaks()]
    canvas.lines(gaps, style.INK2, style.WEIGHT_BREAK, style.DASHES_BREAK)
    for plot in plots[::COLUMNS]:
        for tick in plot.values.ticks:
            words = german.number(tick, plot.values.decimals)
            canvas.text(plot.left - 1.2, plot.y(tick), words, style.SIZE_SMALL, style.INK2, align="right")
    symbol = style.fitted(german.unit_symbol(unit), WIDTH / COLUMNS, style.SIZE_SMALL)
    canvas.text(0.4, plots[0].top - NAME_HEIGHT - 0.4, symbol, style.SIZE_SMALL, style.INK2)
    for plot in plots:
        first, last = str(plot.known[0]), str(plot.known[-1])
        canvas.text(plot.left, plot.bottom + 3, first, style.SIZE_SMALL, style.INK2)
        if first != last:
            canvas.text(plot.right, plot.bottom + 3, last, style.SIZE_SMALL, style.INK2, align="right")


def _draw_kreis(canvas: Canvas, plots: Sequence[Timeline], kreis: pl.DataFrame | None) -> None:
    if kreis is None:
        return
    runs = [plot.points(run) for plot in plots for run in plot.runs(kreis)]
    canvas.lines([run for run in runs if len(run) > 1], style.INK, style.WEIGHT_SMALL_KREIS, style.DASHES_SMALL_KREIS)
    for run in runs:
        if len(run) == 1:
            canvas.marker("disc", *run[0], 1.1, style.INK)


def _draw_own(canvas: Canvas, plot: Timeline, row: dict[str, object], own: pl.DataFrame, decimals: int) -> None:
    """Name, latest value and lines of one area; hatches where it has no value."""
    shown = own.filter(pl.col("value").is_not_null()).sort("period")
    y = plot.top - NAME_HEIGHT / 2 - 0.4
    value = german.number(shown["value"][-1], decimals) if shown.height else ""
    room = plot.right - plot.left - style.text_width(value, style.SIZE_WORD, style.SEMIBOLD) - 1.5
    canvas.text(plot.left, y, style.fitted(str(row["name"]), room, style.SIZE_WORD), style.SIZE_WORD)
    if shown.is_empty():
        _draw_absent(canvas, plot, own)
        return
    canvas.text(plot.right, y, value, style.SIZE_WORD, weight=style.SEMIBOLD, align="right")
    runs = [plot.points(run) for run in plot.runs(own)]
    canvas.lines([run for run in runs if len(run) > 1], style.FOCUS, style.WEIGHT_SMALL_FOCUS, round_ends=True)
    for point in [run[0] for run in runs if len(run) == 1] + [runs[-1][-1]]:
        canvas.marker("disc", *point, 1.5, style.FOCUS)
    for period, status in own.filter(pl.col("value").is_null()).select("period", "status").rows():
        left = max(plot.x(german.period_year(period)) - 0.9, plot.left)
        canvas.rect(left, plot.bottom - 3.2, 1.8, 3, style.WHITE)
        canvas.hatched_rect(status, left, plot.bottom - 3.2, 1.8, 3)


def _draw_absent(canvas: Canvas, plot: Timeline, own: pl.DataFrame) -> None:
    status = _one_status(own)
    wide, high = plot.right - plot.left, plot.bottom - plot.top
    canvas.hatched_rect(status, plot.left, plot.top, wide, high)
    x, y, words = plot.left + wide / 2, plot.top + high / 2, german.STATUS_SHORT[status]
    canvas.halo(x, y, words, style.SIZE_SMALL, style.WHITE)
    canvas.text(x, y, words, style.SIZE_SMALL, align="center")


def _with_values(kreis: pl.DataFrame) -> pl.DataFrame | None:
    """The rows of the Kreis; None where it has no value in any period."""
    return kreis if kreis["value"].count() else None


def _draw_nothing(canvas: Canvas, series: pl.DataFrame) -> None:
    status = _one_status(series)
    canvas.hatched_rect(status, 0.5, KEY_HEIGHT, WIDTH - 1, canvas.height - KEY_HEIGHT - 1)
    x, y, words = WIDTH / 2, canvas.height / 2, german.status_words(status)
    canvas.halo(x, y, words, style.SIZE_LABEL, style.WHITE)
    canvas.text(x, y, words, style.SIZE_LABEL, align="center")


def _one_status(rows: pl.DataFrame) -> str:
    """The status that all rows without value share, else `missing`."""
    found = rows["status"].unique().to_list()
    return found[0] if len(found) == 1 else "missing"
