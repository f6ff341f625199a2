"""Charts: dot plot with spans, time series, spine rows, age bars, matrix of what is known, index, small signs.

What belongs here: drawing released rows at print size. What does not: computing indicators or comparisons. The
quartiles of a spine row are positions of its bar and are printed nowhere as numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import polars as pl

from pipelines import german
from pipelines.figures import alt as alternative
from pipelines.figures import style
from pipelines.figures.alt import STABLE_FROM
from pipelines.figures.canvas import Canvas, Picture
from pipelines.figures.maps import LegendRow, draw_swatch

MAIN_WIDTH = 132.0
FULL_WIDTH = 178.0
ROW = 4.0
MARKER = 2.2


@dataclass(frozen=True)
class Break:
    """A break of a series between two periods: the years before and after it, and why."""

    before: int
    after: int
    reason: str

    @property
    def label(self) -> str:
        """„2010/2011“."""
        return f"{self.before}/{self.after}"


@dataclass(frozen=True)
class Shade:
    """Shaded years with the word that is printed above them."""

    first: int
    last: int
    label: str


@dataclass(frozen=True)
class MatrixColumn:
    """A column of the matrix: its id in the cells, head, block, number of indicators and latest period in words."""

    column_id: str
    label: str
    block: str
    indicators: int
    latest: str


def parse_breaks(text: str | None) -> list[Break]:
    """Breaks from the catalogue: „2010/2011: Grund; 2021/2022: Grund“. Raises ValueError for another form."""
    breaks = []
    for entry in (text or "").split(";"):
        if entry.strip():
            years, _, reason = entry.partition(":")
            before, after = years.split("/")
            breaks.append(Break(int(before), int(after), reason.strip()))
    return sorted(breaks, key=lambda gap: gap.before)


# Dot plot


def dot_plot(
    rows: pl.DataFrame,
    *,
    unit: str,
    decimals: int,
    kreis_value: float | None = None,
    relevance_limit: float | None = None,
    kreis_name: str = "Kreis",
    focus: str | None = None,
    width: float = MAIN_WIDTH,
    row_height: float = ROW,
    title: str = "",
    table_hint: str = "",
) -> Picture:
    """One row per area in the order of `rows`: key, name, span and marker, value, sign and word of the comparison.

    `rows` as from `rows.area_rows`. `relevance_limit` is the distance from the Kreis from which a difference counts, in
    the unit of the indicator; it is drawn as a band. Rows without value show the hatch and the words of their status.
    """
    sheet = _Sheet.of(rows, width, row_height, 46.0)
    canvas = Canvas(width, sheet.bottom + 7)
    axis = _axis_of(rows, kreis_value, relevance_limit, sheet.left, sheet.right)
    sheet.rule(canvas)
    if axis is not None:
        _dot_ground(canvas, sheet, axis, kreis_value, relevance_limit)
        _ticks_below(canvas, axis, sheet.bottom + 3.4, unit)
    _dot_heads(canvas, axis, kreis_value, unit, decimals, kreis_name)
    for y, row in sheet.rows(rows):
        sheet.name(canvas, row, y, row["area_id"] == focus)
        _dot_row(canvas, sheet, axis, row, y, decimals, style.FOCUS if row["area_id"] == focus else style.MAIN)
    return canvas.picture(alternative.alt_dot_plot(title, rows, kreis_value, unit, decimals, table_hint))


@dataclass(frozen=True)
class _Sheet:
    """Rows of areas with key and name at the left, a plot in the middle, columns of words at the right."""

    width: float
    row_height: float
    count: int
    name_width: float
    right: float
    top: float = 8.0

    @classmethod
    def of(cls, rows: pl.DataFrame, width: float, row_height: float, words: float) -> _Sheet:
        longest = max([style.text_width(name, style.SIZE_LABEL) for name in rows["name"]], default=20)
        return cls(width, row_height, rows.height, min(longest + 3, 44), width - words)

    @property
    def left(self) -> float:
        return 5.2 + self.name_width

    @property
    def bottom(self) -> float:
        return self.top + self.row_height * self.count

    def rows(self, rows: pl.DataFrame) -> list[tuple[float, dict[str, Any]]]:
        """Middle of each row and its content."""
        return [(self.top + self.row_height * (at + 0.5), row) for at, row in enumerate(rows.iter_rows(named=True))]

    def rule(self, canvas: Canvas) -> None:
        """A hairline after every fifth row."""
        heights = [self.top + self.row_height * place for place in range(5, self.count, 5)]
        canvas.lines([[(0, y), (self.width, y)] for y in heights], style.LINE, 0.35)

    def name(self, canvas: Canvas, row: Mapping[str, Any], y: float, strong: bool = False) -> None:
        weight = style.SEMIBOLD if strong else style.REGULAR
        canvas.text(3.6, y, str(row["number"]), style.SIZE_SMALL, style.INK2, align="right")
        words = style.fitted(row["name"], self.name_width - 1, style.SIZE_LABEL, weight)
        canvas.text(5.2, y, words, style.SIZE_LABEL, weight=weight)

    def absent(self, canvas: Canvas, status: str, y: float) -> None:
        """Hatch and words of a status in the place of a value, on white; short words where the long ones do not fit."""
        words = german.status_words(status)
        if style.text_width(words, style.SIZE_WORD) > self.right - self.left - 9:
            words = german.STATUS_SHORT[status]
        wide = style.text_width(words, style.SIZE_WORD)
        canvas.rect(self.left, y - self.row_height / 2 + 0.3, wide + 10, self.row_height - 0.6, style.WHITE)
        canvas.hatched_rect(status, self.left, y - 1.3, 7, 2.6)
        canvas.text(self.left + 9, y, words, style.SIZE_WORD, style.INK2)


def _dot_ground(canvas: Canvas, sheet: _Sheet, axis: _Axis, kreis_value: float | None, limit: float | None) -> None:
    if kreis_value is not None and limit:
        start, stop = axis.at(kreis_value - limit), axis.at(kreis_value + limit)
        canvas.rect(start, sheet.top, stop - start, sheet.bottom - sheet.top, style.BAND)
    ends = [(axis.at(tick), sheet.top, sheet.bottom) for tick in axis.ticks]
    canvas.lines([[(x, top), (x, bottom)] for x, top, bottom in ends], style.HAIR, 0.5)
    if kreis_value is not None:
        x = axis.at(kreis_value)
        canvas.line([(x, sheet.top - 2), (x, sheet.bottom)], style.INK, 1.1, (3.5, 2))


def _dot_heads(
    canvas: Canvas, axis: _Axis | None, kreis_value: float | None, unit: str, decimals: int, kreis_name: str
) -> None:
    symbol, right = style.fitted(german.unit_symbol(unit), 40, style.SIZE_SMALL), canvas.width - 32
    wide = style.text_width(symbol, style.SIZE_SMALL)
    canvas.text(right, 3.2, symbol, style.SIZE_SMALL, style.INK2, align="right")
    if axis is None or kreis_value is None:
        return
    canvas.text(right + 2.4, 3.2, "im Vergleich zum Kreis", style.SIZE_SMALL, style.INK2)
    words = f"{kreis_name} {_short_value(kreis_value, unit, decimals)}"
    half = style.text_width(words, style.SIZE_SMALL, style.SEMIBOLD) / 2
    x = max(min(axis.at(kreis_value), right - wide - 2 - half), half)
    canvas.text(x, 3.2, words, style.SIZE_SMALL, weight=style.SEMIBOLD, align="center")


def _dot_row(
    canvas: Canvas, sheet: _Sheet, axis: _Axis | None, row: Mapping[str, Any], y: float, decimals: int, colour: str
) -> None:
    right = canvas.width - 32
    if row["value"] is None or axis is None:
        sheet.absent(canvas, row["status"], y)
        sign = german.status_sign(row["status"])
        canvas.text(right, y, sign, style.SIZE_LABEL, weight=style.SEMIBOLD, align="right")
        return
    if row["lower"] is not None:
        canvas.line([(axis.at(row["lower"]), y), (axis.at(row["upper"]), y)], colour, 1.1)
    shape = german.verdict_shape(row["verdict"])
    canvas.marker(_marker(shape, row["lower"] is not None), axis.at(row["value"]), y, MARKER, colour)
    text = german.cell_text(row["value"], decimals, row["status"], row.get("quality"))
    canvas.text(right, y, text, style.SIZE_LABEL, weight=style.SEMIBOLD, align="right")
    if row["verdict"] is not None:
        canvas.marker(shape, right + 3.4, y, 2.1, style.INK2)
        canvas.text(right + 5.6, y, row["verdict"], style.SIZE_WORD, style.INK2)


def _short_value(value: float, unit: str, decimals: int) -> str:
    """A value with its unit where that is a symbol; a unit in words stands once, at the head of its column or axis."""
    return german.value_text(value, unit if _is_short(unit) else "", decimals)


def _is_short(unit: str) -> bool:
    return style.text_width(german.unit_symbol(unit), style.SIZE_SMALL) < 10


def _marker(shape: str, has_span: bool) -> str:
    """The sign at the value itself: where nothing was compared a disc with span, a diamond without."""
    return shape if shape != "none" else ("disc" if has_span else "diamond")


# Time series


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
    shades: Sequence[Shade] = (),
    width: float = FULL_WIDTH,
    height: float = 96.0,
    title: str = "",
    table_hint: str = "",
) -> Picture:
    """Lines of all areas in grey, the Kreis dashed, one area in question; a break interrupts lines, grid and axis.

    `series`: area_id, period, value, status. Nothing is connected across a break or across a period without value.
    The values of the area in question that are missing are hatched at the foot of the chart.
    """
    plot = _plot_of(series, kreis_id, focus, unit, breaks, width, height, bool(breaks or shades))
    canvas = Canvas(width, height)
    if plot is None:
        _draw_no_series(canvas, series)
    else:
        _draw_shades(canvas, plot, shades)
        _draw_grid(canvas, plot, unit)
        _draw_breaks(canvas, plot, breaks, unit)
        _draw_series(canvas, plot, series, kreis_id, focus, unit, decimals)
        _draw_ends(canvas, plot, series, kreis_id, focus, focus_name, kreis_name, unit, decimals)
    words = alternative.alt_time_series(
        title,
        series,
        unit,
        decimals,
        breaks=[gap.label for gap in breaks],
        focus=focus,
        focus_name=focus_name,
        kreis_id=kreis_id,
        table_hint=table_hint,
    )
    return canvas.picture(words)


def _draw_no_series(canvas: Canvas, series: pl.DataFrame) -> None:
    """The whole chart hatched when no period has a value."""
    found = series["status"].unique().to_list()
    status = found[0] if len(found) == 1 else "missing"
    x, y, words = canvas.width / 2, canvas.height / 2 - 2, german.status_words(status)
    canvas.hatched_rect(status, 0.5, 8, canvas.width - 1, canvas.height - 20)
    canvas.halo(x, y, words, style.SIZE_LABEL, style.WHITE)
    canvas.text(x, y, words, style.SIZE_LABEL, align="center")


@dataclass(frozen=True)
class _Plot:
    """Where a time series lies: horizontal scale by year, vertical axis, years with data, segments between breaks."""

    years: _Axis
    values: _Axis
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


def _plot_of(
    series: pl.DataFrame,
    kreis_id: str | None,
    focus: str | None,
    unit: str,
    breaks: Sequence[Break],
    width: float,
    height: float,
    has_words: bool,
) -> _Plot | None:
    shown = series.filter(pl.col("value").is_not_null())
    if shown.is_empty():
        return None
    known = tuple(sorted({german.period_year(period) for period in series["period"]}))
    low, high = float(shown["value"].min()), float(shown["value"].max())  # type: ignore[arg-type]
    top, bottom = 14.0 if has_words else 8.0, height - 7.0
    values = _Axis.from_zero(low, high, bottom, top)
    labels = [style.text_width(german.number(tick, values.decimals), style.SIZE_WORD) for tick in values.ticks]
    left, right = max([*labels, style.text_width(german.unit_symbol(unit), style.SIZE_WORD) / 2]) + 4, width - 30.0
    years = _Axis(float(known[0]), float(known[-1]), left + 2, right - 2, ())
    return _Plot(years, values, known, _segments(known, breaks), left, right, top, bottom)


def _segments(known: Sequence[int], breaks: Sequence[Break]) -> list[list[int]]:
    """The years cut at every break that lies between two of them."""
    parts: list[list[int]] = [[]]
    for year in known:
        if parts[-1] and any(parts[-1][-1] < gap.after <= year for gap in breaks):
            parts.append([])
        parts[-1].append(year)
    return parts


def _draw_shades(canvas: Canvas, plot: _Plot, shades: Sequence[Shade]) -> None:
    for shade in shades:
        years = [year for year in plot.known if shade.first <= year <= shade.last]
        if not years:
            continue
        start = max(plot.x(years[0] - 0.5), plot.left)
        stop = min(plot.x(years[-1] + 0.35), plot.right) if len(plot.known) > 1 else plot.right
        canvas.rect(start, plot.top, stop - start, plot.bottom - plot.top, style.BAND)
        half = style.text_width(shade.label, style.SIZE_WORD) / 2
        middle = min((start + stop) / 2, canvas.width - half)
        canvas.text(middle, plot.top - 2.4, shade.label, style.SIZE_WORD, style.INK2, align="center")


def _spans(plot: _Plot) -> list[tuple[float, float]]:
    """Horizontal extent of each segment; a quarter of the gap stays open on both sides of a break."""
    starts, stops = [plot.left], []
    for before, after in pairwise(plot.segments):
        gap = plot.x(after[0]) - plot.x(before[-1])
        open_half = min(gap / 2, max(gap * 0.36, 1.2))
        middle = plot.x(before[-1]) + gap / 2
        stops.append(middle - open_half)
        starts.append(middle + open_half)
    return list(zip(starts, [*stops, plot.right], strict=True))


def _draw_grid(canvas: Canvas, plot: _Plot, unit: str) -> None:
    spans = _spans(plot)
    for tick in plot.values.ticks:
        y = plot.y(tick)
        strong = tick == 0
        colour, weight = (style.INK2, 0.8) if strong else (style.HAIR, 0.6)
        canvas.lines([[(start, y), (stop, y)] for start, stop in spans], colour, weight)
        words = german.number(tick, plot.values.decimals)
        canvas.text(plot.left - 2, y, words, style.SIZE_WORD, style.INK2, align="right")
    symbol = german.unit_symbol(unit)
    start = max(plot.left - 2 - style.text_width(symbol, style.SIZE_WORD), 0.5)
    canvas.text(start, plot.top - 3.8, symbol, style.SIZE_WORD, style.INK2)
    feet = plot.bottom
    canvas.lines([[(start, feet), (stop, feet)] for start, stop in spans], style.INK2, 0.8)
    canvas.lines([[(plot.x(year), feet), (plot.x(year), feet + 1)] for year in plot.known], style.INK2, 0.6)
    for year in _labelled_years(plot):
        canvas.text(plot.x(year), feet + 3.4, str(year), style.SIZE_WORD, style.INK2, align="center")


def _labelled_years(plot: _Plot) -> list[int]:
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


def _draw_breaks(canvas: Canvas, plot: _Plot, breaks: Sequence[Break], unit: str) -> None:
    """A dotted line at every break, its years and reason above it, in the room between its neighbours."""
    middles = [(plot.x(before[-1]) + plot.x(after[0])) / 2 for before, after in pairwise(plot.segments)]
    start = style.text_width(german.unit_symbol(unit), style.SIZE_WORD) + 4
    for place, (before, after) in enumerate(pairwise(plot.segments)):
        x = middles[place]
        canvas.line([(x, plot.top - 1), (x, plot.bottom + 1.5)], style.INK2, 0.9, (1.1, 1.6))
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


def _runs(plot: _Plot, own: pl.DataFrame) -> list[list[tuple[int, float]]]:
    """Years and values of one area in runs: cut at breaks and at years without value."""
    found = {
        german.period_year(period): value for period, value in own.select("period", "value").rows() if value is not None
    }
    absent = {german.period_year(period) for period, value in own.select("period", "value").rows() if value is None}
    runs: list[list[tuple[int, float]]] = []
    for part in plot.segments:
        current: list[tuple[int, float]] = []
        for year in part:
            if year in found:
                current.append((year, found[year]))
            elif year in absent and current:
                runs.append(current)
                current = []
        if current:
            runs.append(current)
    return runs


def _points(plot: _Plot, run: Sequence[tuple[int, float]]) -> list[tuple[float, float]]:
    return [(plot.x(year), plot.y(value)) for year, value in run]


def _draw_series(
    canvas: Canvas, plot: _Plot, series: pl.DataFrame, kreis_id: str | None, focus: str | None, unit: str, decimals: int
) -> None:
    special = {kreis_id, focus}
    for key in series["area_id"].unique().sort().to_list():
        if key in special:
            continue
        runs = [_points(plot, run) for run in _runs(plot, series.filter(pl.col("area_id") == key))]
        canvas.lines([run for run in runs if len(run) > 1], style.GREY, 0.6)
        for run in runs:
            if len(run) == 1:
                canvas.marker("disc", *run[0], 1.0, style.GREY)
    kreis = _runs(plot, series.filter(pl.col("area_id") == (kreis_id or "")))
    for run in kreis:
        canvas.line(_points(plot, run), style.INK, 1.3, (5, 2.5), edge=0.7)
        if len(run) == 1:
            canvas.marker("disc", *_points(plot, run)[0], 1.8, style.INK, halo=0.8)
    own = series.filter(pl.col("area_id") == (focus or ""))
    _draw_focus(canvas, plot, _runs(plot, own), unit, decimals)
    for period, status in own.filter(pl.col("value").is_null()).select("period", "status").rows():
        left = plot.x(german.period_year(period)) - 1.2
        canvas.rect(left, plot.bottom - 4, 2.4, 3.6, style.WHITE)
        canvas.hatched_rect(status, left, plot.bottom - 4, 2.4, 3.6)


def _draw_focus(
    canvas: Canvas, plot: _Plot, runs: Sequence[Sequence[tuple[int, float]]], unit: str, decimals: int
) -> None:
    for run in runs:
        points = _points(plot, run)
        canvas.line(points, style.FOCUS, 2.0, edge=0.8, round_ends=True)
        for point in {points[0], points[-1]}:
            canvas.marker("disc", *point, 1.9, style.FOCUS, halo=0.8)
    every = [pair for run in runs for pair in run]
    if len(every) < 3:
        return
    year, value = max(every, key=lambda pair: (pair[1], -pair[0]))
    if any(year in (run[0][0], run[-1][0]) for run in runs):
        return
    x, y = plot.x(year), plot.y(value)
    canvas.marker("disc", x, y, 1.9, style.FOCUS, halo=0.8)
    words = f"{year}: {_short_value(value, unit, decimals)}"
    fits = x + 2.2 + style.text_width(words, style.SIZE_WORD, style.SEMIBOLD) < plot.right
    side, align = (x + 2.2, "left") if fits else (x - 2.2, "right")
    canvas.text(side, y - 1.2, words, style.SIZE_WORD, style.FOCUS, style.SEMIBOLD, align)


def _draw_ends(
    canvas: Canvas,
    plot: _Plot,
    series: pl.DataFrame,
    kreis_id: str | None,
    focus: str | None,
    focus_name: str,
    kreis_name: str,
    unit: str,
    decimals: int,
) -> None:
    """Names at the right end instead of a legend; pushed apart where they would touch."""
    labels: list[tuple[float, list[str], str, int]] = []
    for key, name, colour in ((focus, focus_name, style.FOCUS), (kreis_id, kreis_name, style.INK)):
        own = series.filter(pl.col("area_id") == (key or ""), pl.col("value").is_not_null()).sort("period")
        if key is None or own.is_empty():
            continue
        last = own.row(-1, named=True)
        value = _short_value(last["value"], unit, decimals)
        if german.period_year(last["period"]) != plot.known[-1]:
            value += f" ({german.period_text(last['period'])})"
        lines = style.wrapped(name, canvas.width - plot.right - 2, style.SIZE_LABEL, style.SEMIBOLD)
        labels.append((plot.y(last["value"]), [*lines, value], colour, len(lines)))
    others = series.filter(~pl.col("area_id").is_in([key for key in (kreis_id, focus) if key]))["area_id"].n_unique()
    if others:
        words = ["weiteres" if others == 1 else "weitere", "Gebiet" if others == 1 else "Gebiete"]
        if series.filter(pl.col("area_id").str.len_chars() == 8).height:
            words = ["weitere", "Gemeinde" if others == 1 else "Gemeinden"]
        words = [str(others), *words] if focus else [str(others), words[1]]
        lines = style.wrapped(" ".join(words), canvas.width - plot.right - 2, style.SIZE_WORD)
        labels.append((_end_of_others(plot, series, (kreis_id, focus)), lines, style.INK3, 0))
    _place_ends(canvas, plot, labels)


def _end_of_others(plot: _Plot, series: pl.DataFrame, special: Sequence[str | None]) -> float:
    """Height for the label of the grey lines: at their lowest end."""
    others = series.filter(~pl.col("area_id").is_in([key for key in special if key]), pl.col("value").is_not_null())
    last = others.filter(pl.col("period") == others["period"].max())["value"]
    return plot.y(float(last.min())) if len(last) else plot.bottom  # type: ignore[arg-type]


def _place_ends(canvas: Canvas, plot: _Plot, labels: Sequence[tuple[float, list[str], str, int]]) -> None:
    step, gap = 3.4, 1.6
    ordered = sorted(labels, key=lambda label: label[0])
    tops: list[float] = []
    for y, *_ in ordered:
        wish = y - 1.6
        tops.append(max(wish, tops[-1] + step * len(ordered[len(tops) - 1][1]) + gap) if tops else wish)
    overflow = (
        max([top + step * len(label[1]) for top, label in zip(tops, ordered, strict=True)], default=0) - plot.bottom
    )
    for top, (_, lines, colour, strong) in zip(tops, ordered, strict=True):
        for number, line in enumerate(lines):
            weight = style.SEMIBOLD if number < strong else style.REGULAR
            y = top - max(overflow, 0) + step * number
            canvas.text(
                plot.right + 1.5, y, line, style.SIZE_LABEL if number < strong else style.SIZE_WORD, colour, weight
            )


# Spine rows


def spine_row(
    values: Sequence[float],
    *,
    value: float | None,
    lower: float | None,
    upper: float | None,
    kreis_value: float | None,
    verdict: str | None,
    status: str = "reported",
    width: float = 34.0,
    height: float = 4.6,
) -> Picture:
    """One row of a Steckbrief: all areas (light), their middle half (dark), the Kreis as centre, the area as marker.

    `values` are the released values of all areas of the level. The row's own scale is symmetric around the Kreis so
    that the farthest area and the span fit. Without a value: the hatch of the status. Without a Kreis value the bar
    runs from the lowest to the highest value and has no centre line; the page says so in words.
    """
    canvas = Canvas(width, height)
    middle = height / 2
    if value is None:
        canvas.hatched_rect(status, 0.5, middle - 1.5, 7, 3)
        return canvas.picture()
    known = sorted([*values, value])
    axis = _spine_axis(known, [lower, upper], kreis_value, width)
    first, last = axis.at(known[0]), axis.at(known[-1])
    canvas.rect(first, middle - 1.5, max(last - first, 0.3), 3, style.BAR_ALL)
    quarters = [axis.at(_quantile(sorted(values) or known, share)) for share in (0.25, 0.75)]
    canvas.rect(quarters[0], middle - 1.5, max(quarters[1] - quarters[0], 0.3), 3, style.BAR_HALF)
    if kreis_value is not None:
        x = axis.at(kreis_value)
        canvas.line([(x, 0), (x, height)], style.INK, 1.1)
    if lower is not None and upper is not None:
        canvas.line([(axis.at(lower), middle), (axis.at(upper), middle)], style.FOCUS, 1.4)
    shape = _marker(german.verdict_shape(verdict), lower is not None)
    canvas.marker(shape, axis.at(value), middle, MARKER, style.FOCUS, halo=1.0)
    return canvas.picture()


def _spine_axis(known: Sequence[float], span: Sequence[float | None], kreis: float | None, width: float) -> _Axis:
    ends = [*known, *[end for end in span if end is not None]]
    if kreis is None:
        low, high = min(ends), max(ends)
    else:
        reach = max(abs(end - kreis) for end in ends)
        low, high = kreis - reach, kreis + reach
    if high <= low:
        low, high = low - 1, high + 1
    return _Axis(low, high, 1.8, width - 1.8, ())


def _quantile(ordered: Sequence[float], share: float) -> float:
    """Linear interpolation between neighbours (Hyndman and Fan 1996, type 7)."""
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


# Age bars

AGE_COLOURS = {1: (2,), 2: (5, 2), 3: (5, 1, 2), 4: (5, 4, 1, 2), 5: (5, 4, 3, 1, 2)}


def age_bars(
    rows: pl.DataFrame, *, decimals: int = 1, width: float = FULL_WIDTH, title: str = "", table_hint: str = ""
) -> Picture:
    """Stacked bars of the age structure, one per name (Gemeinde, then Kreis), shares in percent inside.

    `rows`: name, group, value, status, in print order. A bar with a missing share is hatched with the words of the
    status. A share too narrow for its number stays without; the table beside it has it.
    """
    names, groups = (
        rows["name"].unique(maintain_order=True).to_list(),
        rows["group"].unique(maintain_order=True).to_list(),
    )
    left = min(max(style.text_width(name, style.SIZE_LABEL, style.SEMIBOLD) for name in names) + 5, 46)
    bar, step, top = 5.4, 7.0, 5.0
    canvas = Canvas(width, top + step * len(names))
    colours = [style.SEQUENTIAL[number - 1] for number in AGE_COLOURS[len(groups)]]
    for place, name in enumerate(names):
        own, y = rows.filter(pl.col("name") == name), top + step * place
        weight = style.SEMIBOLD if place == 0 else style.REGULAR
        canvas.text(
            0, y + bar / 2, style.fitted(name, left - 2, style.SIZE_LABEL, weight), style.SIZE_LABEL, weight=weight
        )
        absent = own.filter(pl.col("value").is_null())["status"].to_list()
        if absent:
            canvas.hatched_rect(absent[0], left, y, 14, bar)
            canvas.text(left + 17, y + bar / 2, german.status_words(absent[0]), style.SIZE_WORD, style.INK2)
            continue
        _age_bar(canvas, own, colours, left, width, y, bar, decimals, heads=place == 0)
    return canvas.picture(alternative.alt_age_bars(title, rows, decimals, table_hint))


def _age_bar(
    canvas: Canvas,
    own: pl.DataFrame,
    colours: Sequence[str],
    left: float,
    width: float,
    y: float,
    bar: float,
    decimals: int,
    heads: bool,
) -> None:
    total = sum(own["value"]) or 1.0
    x, head_end = left, 0.0
    for colour, (group, value) in zip(colours, own.select("group", "value").rows(), strict=True):
        length = (width - left) * value / total
        canvas.rect(x, y, max(length - 0.5, 0), bar, colour)
        words = german.number(value, decimals)
        if style.text_width(words, style.SIZE_WORD, style.SEMIBOLD) + 1 <= length:
            ink = style.text_on(colour)
            canvas.text(x + length / 2, y + bar / 2, words, style.SIZE_WORD, ink, style.SEMIBOLD, "center")
        if heads and length:
            start = max(x, head_end)
            canvas.text(start, y - 2.4, group, style.SIZE_SMALL, style.INK2)
            head_end = start + style.text_width(group, style.SIZE_SMALL) + 2
        x += length


# Matrix

MATRIX_STATES = ("counts", "finished", *german.NO_VALUE_STATUSES)


def matrix(
    areas: pl.DataFrame,
    columns: Sequence[MatrixColumn],
    cells: pl.DataFrame,
    *,
    kreis_id: str | None = None,
    kreis_name: str = "Landkreis",
    width: float = FULL_WIDTH,
    row_height: float = 4.15,
    title: str = "",
    table_hint: str = "",
) -> Picture:
    """What is known: areas × themes. Filled: computed from counts, outlined with core: finished value, hatch: none.

    `areas`: area_id, name. `cells`: area_id, column_id, state (`counts`, `finished` or a status without value); a cell
    that is not listed is missing. Below the areas: the Kreis, the number of indicators, the latest period.
    """
    name_width = min(max([style.text_width(name, style.SIZE_LABEL) for name in areas["name"]], default=20) + 5, 44)
    slope = math.radians(58)
    longest = max([style.text_width(column.label, style.SIZE_WORD) for column in columns], default=10)
    top = min(longest, 46) * math.sin(slope) + 5
    places, step = _matrix_places(columns, name_width + 2, width - min(longest, 46) * math.cos(slope) * 0.45)
    canvas = Canvas(width, top + row_height * areas.height + (20 if kreis_id else 13))
    for column in columns:
        words = style.fitted(column.label, 46, style.SIZE_WORD)
        canvas.text(places[column.column_id], top - 2.2, words, style.SIZE_WORD, rotation=58)
    _matrix_rules(canvas, columns, places, step, top)
    states = {(area, column): state for area, column, state in cells.select("area_id", "column_id", "state").rows()}
    last = max(places.values(), default=name_width) + step / 2
    for place, (_, name) in enumerate(areas.select("area_id", "name").rows()):
        y = top + row_height * (place + 0.5)
        if place and place % 5 == 0:
            canvas.line([(0, y - row_height / 2), (last, y - row_height / 2)], style.LINE, 0.35)
        canvas.text(0, y, style.fitted(name, name_width - 1, style.SIZE_LABEL), style.SIZE_LABEL)
    grid = [(key, top + row_height * (place + 0.5)) for place, key in enumerate(areas["area_id"])]
    y = top + row_height * areas.height + 1
    canvas.line([(0, y), (last, y)], style.INK, 0.8)
    if kreis_id:
        y += 3
        canvas.text(0, y, kreis_name, style.SIZE_LABEL, weight=style.SEMIBOLD)
        grid.append((kreis_id, y))
        y += 2.4
    _matrix_cells(canvas, columns, places, step, grid, states)
    _matrix_feet(canvas, columns, places, y)
    own = cells.filter(pl.col("area_id").is_in(areas["area_id"].implode()))
    return canvas.picture(alternative.alt_matrix(title, own, table_hint))


def _matrix_places(columns: Sequence[MatrixColumn], left: float, right: float) -> tuple[dict[str, float], float]:
    """Middle of every column and their distance; blocks are set apart."""
    gaps = sum(before.block != after.block for before, after in pairwise(columns))
    step = min((right - left - 3.0 * gaps) / max(len(columns), 1), 8.0)
    places, x = {}, left + step / 2
    for number, column in enumerate(columns):
        if number and columns[number - 1].block != column.block:
            x += 3.0
        places[column.column_id] = x
        x += step
    return places, step


def _matrix_rules(
    canvas: Canvas, columns: Sequence[MatrixColumn], places: Mapping[str, float], step: float, top: float
) -> None:
    for block in dict.fromkeys(column.block for column in columns):
        own = [places[column.column_id] for column in columns if column.block == block]
        canvas.line([(own[0] - step * 0.4, top - 0.6), (own[-1] + step * 0.4, top - 0.6)], style.MAIN, 1.0)


def _matrix_cells(
    canvas: Canvas,
    columns: Sequence[MatrixColumn],
    places: Mapping[str, float],
    step: float,
    grid: Sequence[tuple[str, float]],
    states: Mapping[tuple[str, str], str],
) -> None:
    half, tall = min(step * 0.36, 2.1), 1.35
    places_of: dict[str, list[tuple[float, float]]] = {}
    for key, y in grid:
        for column in columns:
            state = states.get((key, column.column_id), "missing")
            places_of.setdefault(state, []).append((places[column.column_id], y))
    full, core = places_of.pop("counts", []), places_of.pop("finished", [])
    canvas.rects([(x - half, y - tall, 2 * half, 2 * tall) for x, y in full], style.MAIN)
    inner = [(x - half + 0.2, y - tall + 0.2, 2 * half - 0.4, 2 * tall - 0.4) for x, y in core]
    canvas.rects(inner, style.WHITE, style.MAIN, 1.0)
    canvas.rects([(x - 0.5, y - 0.5, 1.0, 1.0) for x, y in core], style.MAIN)
    for x, y in places_of.pop("not_applicable", []):
        canvas.text(x, y, german.status_sign("not_applicable"), style.SIZE_WORD, style.INK2, align="center")
    for state in sorted(places_of):
        canvas.hatched_cells(state, places_of[state], 2 * half, 2 * tall)


def _matrix_feet(canvas: Canvas, columns: Sequence[MatrixColumn], places: Mapping[str, float], y: float) -> None:
    canvas.text(0, y + 2.6, "Indikatoren", style.SIZE_WORD, style.INK2)
    canvas.text(0, y + 6.6, "jüngster Stand", style.SIZE_WORD, style.INK2)
    for column in columns:
        x = places[column.column_id]
        canvas.text(x, y + 2.6, str(column.indicators), style.SIZE_WORD, weight=style.SEMIBOLD, align="center")
        latest = column.latest or german.status_sign("missing")
        canvas.text(x, y + 6.6, latest, style.SIZE_SMALLEST, style.INK2, align="center")


# Index


def index_dots(
    areas: pl.DataFrame,
    index: pl.DataFrame,
    *,
    limits: Sequence[float] = (),
    width: float = MAIN_WIDTH,
    row_height: float = ROW,
    title: str = "",
    table_hint: str = "",
) -> Picture:
    """The index per area in fixed order: value between the class limits, class in words, stability in percent.

    `areas`: area_id, number, name; `index`: release.index; `limits`: the three limits of the index value, ascending
    (none: no lines). An open marker says that the class is not stable.
    """
    keys = [column for column in index.columns if column not in ("name", "number")]
    rows = areas.select("area_id", "number", "name").join(index.select(keys), on="area_id", how="left")
    rows = rows.with_columns(pl.col("status").fill_null("missing")).sort("area_id")
    sheet = _Sheet.of(rows, width, row_height, 70.0)
    canvas = Canvas(width, sheet.bottom + 7)
    shown = [*rows["value"].drop_nulls(), *limits]
    axis = _Axis.nice(min(shown), max(shown), sheet.left + 2, sheet.right - 2, 4) if rows["value"].count() else None
    sheet.rule(canvas)
    if axis is not None:
        ends = [[(axis.at(limit), sheet.top), (axis.at(limit), sheet.bottom)] for limit in limits]
        canvas.lines(ends, style.GREY, 0.7, (2.4, 1.6))
        _ticks_below(canvas, axis, sheet.bottom + 3.4, "")
    for x, words, align in (
        (width - 61, "Wert", "right"),
        (width - 58, "Klasse", "left"),
        (width, "Stabilität", "right"),
    ):
        canvas.text(x, 3.2, words, style.SIZE_SMALL, style.INK2, align=align)
    for y, row in sheet.rows(rows):
        sheet.name(canvas, row, y)
        _index_row(canvas, sheet, axis, row, y)
    return canvas.picture(alternative.alt_index_dots(title, rows, table_hint))


def _index_row(canvas: Canvas, sheet: _Sheet, axis: _Axis | None, row: Mapping[str, Any], y: float) -> None:
    width = canvas.width
    if row["value"] is None or axis is None:
        sheet.absent(canvas, row["status"] if row["status"] in german.NO_VALUE_STATUSES else "missing", y)
        return
    stable = row["stability"] is not None and row["stability"] >= STABLE_FROM
    canvas.marker("disc" if stable else "circle", axis.at(row["value"]), y, MARKER, style.MAIN)
    canvas.text(width - 61, y, german.number(row["value"], 2), style.SIZE_LABEL, weight=style.SEMIBOLD, align="right")
    canvas.text(width - 58, y, style.fitted(row["class_text"] or "", 47, style.SIZE_WORD), style.SIZE_WORD)
    if row["stability"] is not None:
        share = german.percent(row["stability"] * 100, 0)
        canvas.text(width, y, share, style.SIZE_WORD, style.INK2, align="right")


# Small signs for typesetting


def swatch(status: str, *, width: float = 6.5, height: float = 3.6) -> Picture:
    """The hatch of a status (or `unstable`) as a small field."""
    canvas = Canvas(width, height)
    draw_swatch(canvas, 0.15, 0.15, width - 0.3, height - 0.3, LegendRow("", 0, status=status))
    return canvas.picture(alt="" if status == "unstable" else german.status_words(status))


def class_swatch(number: int, classes: int, *, width: float = 6.5, height: float = 3.6) -> Picture:
    """The colour of class `number` of `classes`, with its number inside."""
    canvas = Canvas(width, height)
    colour = style.class_colours(classes)[number - 1]
    draw_swatch(canvas, 0.1, 0.1, width - 0.2, height - 0.2, LegendRow("", 0, class_number=number, colour=colour))
    return canvas.picture(alt=f"Klasse {number}")


def verdict_sign(verdict: str, *, colour: str = style.INK, size: float = 2.4) -> Picture:
    """The sign of a verdict as a small picture; decorative, the word stands beside it."""
    canvas = Canvas(size + 0.2, size + 0.2)
    middle = (size + 0.2) / 2
    canvas.marker(german.verdict_shape(verdict), middle, middle, size, colour)
    return canvas.picture()


def matrix_sign(state: str, *, width: float = 4.6, height: float = 3.2) -> Picture:
    """One cell of the matrix, for its legend."""
    canvas = Canvas(width, height)
    column = MatrixColumn("key", "", "", 0, "")
    _matrix_cells(canvas, [column], {"key": width / 2}, 5.6, [("area", height / 2)], {("area", "key"): state})
    return canvas.picture()


def span_sign(*, focus: bool = False, width: float = 20.0) -> Picture:
    """A span with its marker, for „So lesen Sie das Bild“."""
    canvas = Canvas(width, 3)
    colour = style.FOCUS if focus else style.MAIN
    canvas.line([(0.5, 1.5), (width - 0.5, 1.5)], colour, 1.1)
    canvas.marker("disc", width / 2, 1.5, MARKER, colour)
    return canvas.picture()


# Axes


@dataclass(frozen=True)
class _Axis:
    """A linear scale from values to mm, with its ticks."""

    low: float
    high: float
    start: float
    stop: float
    ticks: tuple[float, ...]
    decimals: int = 0

    def at(self, value: float) -> float:
        if self.high <= self.low:
            return (self.start + self.stop) / 2
        return self.start + (self.stop - self.start) * (value - self.low) / (self.high - self.low)

    @classmethod
    def nice(cls, low: float, high: float, start: float, stop: float, wanted: int = 5) -> _Axis:
        """A scale that begins and ends at round ticks around the data; about `wanted` of them."""
        low, high = _apart(low, high)
        step, decimals = _round_step(low, high, wanted)
        ticks = _multiples(step, math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9))
        return cls(ticks[0], ticks[-1], start, stop, ticks, decimals)

    @classmethod
    def close(cls, low: float, high: float, start: float, stop: float) -> _Axis:
        """A scale close to the data with the round ticks inside; around it when fewer than four lie inside."""
        low, high = _apart(low, high)
        step, decimals = _round_step(low, high, 5)
        ticks = _multiples(step, math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9))
        if len(ticks) < 4:
            return cls.nice(low, high, start, stop)
        pad = (high - low) * 0.03
        return cls(low - pad, high + pad, start, stop, ticks, decimals)

    @classmethod
    def from_zero(cls, low: float, high: float, start: float, stop: float) -> _Axis:
        """A scale that holds zero and ends a little above the data."""
        low, high = min(low, 0.0), max(high, 0.0)
        low, high = (low, high) if high > low else (low, low + 1.0)
        pad = (high - low) * 0.05
        low, high = (low - pad if low < 0 else low), (high + pad if high > 0 else high)
        step, decimals = _round_step(low, high, 6, (1.0, 2.0, 5.0, 10.0))
        ticks = _multiples(step, math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9))
        return cls(low, high, start, stop, ticks, decimals)


def _apart(low: float, high: float) -> tuple[float, float]:
    """Two limits, moved apart when they are the same."""
    if high > low:
        return low, high
    pad = abs(low) * 0.1 or 1.0
    return low - pad, high + pad


def _multiples(step: float, first: int, last: int) -> tuple[float, ...]:
    return tuple(round(step * number, 10) for number in range(first, last + 1))


def _round_step(
    low: float, high: float, wanted: int, factors: Sequence[float] = (1.0, 2.0, 2.5, 5.0, 10.0)
) -> tuple[float, int]:
    """Distance of at most about `wanted` ticks, a round factor times a power of ten, and the decimals it needs."""
    rough = (high - low) / wanted
    power = math.floor(math.log10(rough))
    factor = next((factor for factor in factors if factor * 10.0**power >= rough * 0.999), 10.0)
    decimals = max(0, -power + (factor == 2.5) - (factor == 10.0))
    return factor * 10.0**power, decimals


def _axis_of(
    rows: pl.DataFrame, kreis_value: float | None, limit: float | None, left: float, right: float
) -> _Axis | None:
    """Scale of a dot plot over values, spans, Kreis and band; it may begin above zero: position carries the value."""
    shown = rows.filter(pl.col("value").is_not_null())
    ends = [value for column in ("value", "lower", "upper") for value in shown[column].drop_nulls()]
    if not ends:
        return None
    if kreis_value is not None:
        ends += [kreis_value - (limit or 0), kreis_value + (limit or 0)]
    return _Axis.close(min(ends), max(ends), left + 1.5, right - 1.5)


def _ticks_below(canvas: Canvas, axis: _Axis, y: float, unit: str) -> None:
    """Numbers below the axis, every second or third where they would touch; a short unit at the last."""
    labels = [(axis.at(tick), german.number(tick, axis.decimals)) for tick in axis.ticks]
    widest = max(style.text_width(words, style.SIZE_SMALL) for _, words in labels) + 1.2
    distance = (labels[-1][0] - labels[0][0]) / max(len(labels) - 1, 1)
    every = math.ceil(widest / distance) if distance else 1
    for x, words in labels[::-1][::every]:
        canvas.text(x, y, words, style.SIZE_SMALL, style.INK2, align="center")
    if unit and _is_short(unit):
        x, words = labels[-1]
        after = x + style.text_width(words, style.SIZE_SMALL) / 2
        canvas.text(after, y, german.with_unit("", unit), style.SIZE_SMALL, style.INK2)
