"""Dot plots in the fixed order of areas: an indicator with spans against the Kreis, and the index with its stability.

What belongs here: one row per area with its marker and words. What does not: computing values, spans or verdicts.
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
from pipelines.figures.axes import Axis, is_short, short_value
from pipelines.figures.canvas import Canvas, Picture
from pipelines.indicators.robustness import RATHER_STABLE

WIDTH = 132.0  # mm, the main column
INDEX_WIDTH = 178.0  # mm, with the margin column
ROW = 4.0
MARKER = 2.2
CLASS_FIELD = 5.6  # widest field of a class above the index values, mm


def dot_plot(
    rows: pl.DataFrame,
    *,
    unit: str,
    decimals: int,
    kreis_value: float | None = None,
    relevance_limit: float | None = None,
    title: str = "",
) -> Picture:
    """One row per area in the order of `rows`: key, name, span and marker, value, sign and word of the comparison.

    `rows` as from `rows.area_rows`. `relevance_limit` is the distance from the Kreis from which a difference counts, in
    the unit of the indicator; it is drawn as a band. Rows without value show the hatch and the words of their status.
    """
    sheet = _Sheet.of(rows, 46.0)
    canvas = Canvas(WIDTH, sheet.bottom + 7)
    axis = _axis_of(rows, kreis_value, relevance_limit, sheet.left, sheet.right)
    sheet.rule(canvas)
    if axis is not None:
        _dot_ground(canvas, sheet, axis, kreis_value, relevance_limit)
        _ticks_below(canvas, axis, sheet.bottom + 3.4, unit)
    _dot_heads(canvas, axis, kreis_value, unit, decimals)
    for y, row in sheet.rows(rows):
        sheet.name(canvas, row, y)
        _dot_row(canvas, sheet, axis, row, y, decimals)
    return canvas.picture(alternative.alt_dot_plot(title, rows, kreis_value, unit, decimals))


@dataclass(frozen=True)
class _Sheet:
    """Rows of areas with key and name at the left, a plot in the middle, columns of words at the right."""

    count: int
    name_width: float
    right: float
    width: float
    top: float = 8.0

    @classmethod
    def of(cls, rows: pl.DataFrame, words: float, width: float = WIDTH) -> _Sheet:
        longest = max([style.text_width(name, style.SIZE_LABEL) for name in rows["name"]], default=20)
        return cls(rows.height, min(longest + 3, 44), width - words, width)

    @property
    def left(self) -> float:
        return 5.2 + self.name_width

    @property
    def bottom(self) -> float:
        return self.top + ROW * self.count

    def rows(self, rows: pl.DataFrame) -> list[tuple[float, dict[str, Any]]]:
        """Middle of each row and its content."""
        return [(self.top + ROW * (at + 0.5), row) for at, row in enumerate(rows.iter_rows(named=True))]

    def rule(self, canvas: Canvas) -> None:
        """A hairline after every fifth row."""
        heights = [self.top + ROW * place for place in range(5, self.count, 5)]
        canvas.lines([[(0, y), (self.width, y)] for y in heights], style.LINE, style.WEIGHT_ROW)

    def name(self, canvas: Canvas, row: Mapping[str, Any], y: float) -> None:
        canvas.text(3.6, y, str(row["number"]), style.SIZE_SMALL, style.INK2, align="right")
        words = style.fitted(row["name"], self.name_width - 1, style.SIZE_LABEL)
        canvas.text(5.2, y, words, style.SIZE_LABEL)

    def absent(self, canvas: Canvas, status: str, y: float) -> None:
        """Hatch and words of a status in the place of a value, on white; short words where the long ones do not fit."""
        words = german.status_words(status)
        if style.text_width(words, style.SIZE_WORD) > self.right - self.left - 9:
            words = german.STATUS_SHORT[status]
        wide = style.text_width(words, style.SIZE_WORD)
        canvas.rect(self.left, y - ROW / 2 + 0.08, wide + 10, ROW - 0.16, style.WHITE)
        canvas.hatched_rect(status, self.left, y - 1.3, 7, 2.6)
        canvas.text(self.left + 9, y, words, style.SIZE_WORD, style.INK2)


def _dot_ground(canvas: Canvas, sheet: _Sheet, axis: Axis, kreis_value: float | None, limit: float | None) -> None:
    if kreis_value is not None and limit:
        start, stop = axis.at(kreis_value - limit), axis.at(kreis_value + limit)
        canvas.rect(start, sheet.top, stop - start, sheet.bottom - sheet.top, style.BAND)
    ends = [(axis.at(tick), sheet.top, sheet.bottom) for tick in axis.ticks]
    canvas.lines([[(x, top), (x, bottom)] for x, top, bottom in ends], style.HAIR, style.WEIGHT_RULE)
    if kreis_value is not None:
        x = axis.at(kreis_value)
        canvas.line(
            [(x, sheet.top - 2), (x, sheet.bottom)], style.INK, style.WEIGHT_SMALL_KREIS, style.DASHES_SMALL_KREIS
        )


def _dot_heads(canvas: Canvas, axis: Axis | None, kreis_value: float | None, unit: str, decimals: int) -> None:
    symbol, right = style.fitted(german.unit_symbol(unit), 40, style.SIZE_SMALL), canvas.width - 32
    wide = style.text_width(symbol, style.SIZE_SMALL)
    canvas.text(right, 3.2, symbol, style.SIZE_SMALL, style.INK2, align="right")
    if axis is None or kreis_value is None:
        return
    canvas.text(right + 2.4, 3.2, "im Vergleich zum Kreis", style.SIZE_SMALL, style.INK2)
    words = f"Kreis {short_value(kreis_value, unit, decimals)}"
    half = style.text_width(words, style.SIZE_SMALL, style.SEMIBOLD) / 2
    x = max(min(axis.at(kreis_value), right - wide - 2 - half), half)
    canvas.text(x, 3.2, words, style.SIZE_SMALL, weight=style.SEMIBOLD, align="center")


def _dot_row(canvas: Canvas, sheet: _Sheet, axis: Axis | None, row: Mapping[str, Any], y: float, decimals: int) -> None:
    right = canvas.width - 32
    if row["value"] is None or axis is None:
        sheet.absent(canvas, row["status"], y)
        sign = german.status_sign(row["status"])
        canvas.text(right, y, sign, style.SIZE_LABEL, weight=style.SEMIBOLD, align="right")
        return
    if row["lower"] is not None:
        canvas.line([(axis.at(row["lower"]), y), (axis.at(row["upper"]), y)], style.MAIN, style.WEIGHT_SPAN)
    shape = german.verdict_shape(row["verdict"])
    canvas.marker(_marker(shape, row["lower"] is not None), axis.at(row["value"]), y, MARKER, style.MAIN)
    text = german.cell_text(row["value"], decimals, row["status"], row.get("quality"))
    canvas.text(right, y, text, style.SIZE_LABEL, weight=style.SEMIBOLD, align="right")
    if row["verdict"] is not None:
        canvas.marker(shape, right + 3.4, y, 2.1, style.INK2)
        canvas.text(right + 5.6, y, row["verdict"], style.SIZE_WORD, style.INK2)


def _marker(shape: str, has_span: bool) -> str:
    """The sign at the value itself: where nothing was compared a disc with span, a diamond without."""
    return shape if shape != "none" else ("disc" if has_span else "diamond")


def index_dots(
    areas: pl.DataFrame,
    index: pl.DataFrame,
    *,
    limits: Sequence[float] = (),
    title: str = "",
) -> Picture:
    """The index per area in fixed order: value between the class limits, class in words, stability in percent.

    `areas`: area_id, number, name; `index`: release.index; `limits`: the limits of the index value, ascending (none: no
    lines), between which the classes stand with the colour and number they have on the map. An open marker says that
    the class is not stable.
    """
    keys = [column for column in index.columns if column not in ("name", "number")]
    rows = areas.select("area_id", "number", "name").join(index.select(keys), on="area_id", how="left")
    rows = rows.with_columns(pl.col("status").fill_null("missing")).sort("area_id")
    sheet = _Sheet.of(rows, 70.0, INDEX_WIDTH)
    canvas = Canvas(INDEX_WIDTH, sheet.bottom + 7)
    shown = [*rows["value"].drop_nulls(), *limits]
    axis = Axis.nice(min(shown), max(shown), sheet.left + 2, sheet.right - 2, 4) if rows["value"].count() else None
    sheet.rule(canvas)
    if axis is not None:
        ends = [[(axis.at(limit), sheet.top), (axis.at(limit), sheet.bottom)] for limit in limits]
        canvas.lines(ends, style.GREY, style.WEIGHT_FINE, style.DASHES_LIMIT)
        _ticks_below(canvas, axis, sheet.bottom + 3.4, "")
        _class_heads(canvas, axis, limits)
    for x, words, align in (
        (INDEX_WIDTH - 61, "Wert", "right"),
        (INDEX_WIDTH - 58, "Klasse", "left"),
        (INDEX_WIDTH, "Stabilität", "right"),
    ):
        canvas.text(x, 3.2, words, style.SIZE_SMALL, style.INK2, align=align)
    for y, row in sheet.rows(rows):
        sheet.name(canvas, row, y)
        _index_row(canvas, sheet, axis, row, y)
    return canvas.picture(alternative.alt_index_dots(title, rows))


def _class_heads(canvas: Canvas, axis: Axis, limits: Sequence[float]) -> None:
    """Colour and number of each class above the values it holds."""
    ends = [axis.start, *(axis.at(limit) for limit in limits), axis.stop] if limits else []
    for number, (left, right) in enumerate(pairwise(ends), start=1):
        colour, wide = style.class_colours(len(limits) + 1)[number - 1], min(right - left - 0.8, CLASS_FIELD)
        if wide <= 0:
            continue
        canvas.rect((left + right - wide) / 2, 1.6, wide, 3.4, colour)
        ink = style.text_on(colour)
        canvas.text((left + right) / 2, 3.3, str(number), style.SIZE_SMALL, ink, style.SEMIBOLD, "center")


def _index_row(canvas: Canvas, sheet: _Sheet, axis: Axis | None, row: Mapping[str, Any], y: float) -> None:
    if row["value"] is None or axis is None:
        sheet.absent(canvas, row["status"] if row["status"] in german.NO_VALUE_STATUSES else "missing", y)
        return
    stable = row["stability"] is not None and row["stability"] >= RATHER_STABLE
    canvas.marker("disc" if stable else "circle", axis.at(row["value"]), y, MARKER, style.MAIN)
    canvas.text(
        INDEX_WIDTH - 61, y, german.number(row["value"], 2), style.SIZE_LABEL, weight=style.SEMIBOLD, align="right"
    )
    canvas.text(INDEX_WIDTH - 58, y, style.fitted(row["class_text"] or "", 47, style.SIZE_WORD), style.SIZE_WORD)
    if row["stability"] is not None:
        share = german.stability_text(row["stability"])
        canvas.text(INDEX_WIDTH, y, share, style.SIZE_WORD, style.INK2, align="right")


def _axis_of(
    rows: pl.DataFrame, kreis_value: float | None, limit: float | None, left: float, right: float
) -> Axis | None:
    """Scale of a dot plot over values, spans, Kreis and band; it may begin above zero: position carries the value."""
    shown = rows.filter(pl.col("value").is_not_null())
    ends = [value for column in ("value", "lower", "upper") for value in shown[column].drop_nulls()]
    if not ends:
        return None
    if kreis_value is not None:
        ends += [kreis_value - (limit or 0), kreis_value + (limit or 0)]
    return Axis.around(min(ends), max(ends), left + 1.5, right - 1.5)


def _ticks_below(canvas: Canvas, axis: Axis, y: float, unit: str) -> None:
    """Numbers below the axis, every second or third where they would touch; a short unit at the last."""
    labels = [(axis.at(tick), german.number(tick, axis.decimals)) for tick in axis.ticks]
    widest = max(style.text_width(words, style.SIZE_SMALL) for _, words in labels) + 2.4
    distance = (labels[-1][0] - labels[0][0]) / max(len(labels) - 1, 1)
    every = math.ceil(widest / distance) if distance else 1
    for x, words in labels[::-1][::every]:
        canvas.text(x, y, words, style.SIZE_SMALL, style.INK2, align="center")
    if unit and is_short(unit):
        x, words = labels[-1]
        after = x + style.text_width(words, style.SIZE_SMALL) / 2
        canvas.text(after, y, german.with_unit("", unit), style.SIZE_SMALL, style.INK2)
