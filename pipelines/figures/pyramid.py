"""Population pyramids: women right, men left, by single or five-year ages, the Kreis as an outline.

What belongs here: drawing shares that were released. What does not: counting people, deciding whether the ages of a
release are fine enough (`pipelines.publish.ages`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import polars as pl

from pipelines import german
from pipelines.figures import alt as alternative
from pipelines.figures import style
from pipelines.figures.axes import Axis
from pipelines.figures.canvas import Canvas, Picture

WIDTH, HEIGHT = 132.0, 96.0
SIDES = {"maennlich": ("Männer", -1, style.CATEGORICAL[2]), "weiblich": ("Frauen", 1, style.CATEGORICAL[0])}
HEAD, FOOT = 8.0, 9.0  # room above and below the rows, mm
FULL_LABELS = 3.2  # rows at least so high (mm) carry their whole label, lower ones only every twentieth year


@dataclass(frozen=True)
class _Sheet:
    """Where the rows lie: one per age from the foot upwards, the axis of both sides in the middle."""

    ages: list[tuple[int, int | None]]
    axis: Axis  # of the right side, 0 at the middle
    bottom: float
    row: float

    def y(self, place: int) -> float:
        """Upper edge of a row, counted from the youngest."""
        return self.bottom - self.row * (place + 1)

    def x(self, share: float, side: int) -> float:
        return self.axis.start + side * (self.axis.at(share) - self.axis.start)


def pyramid(
    rows: pl.DataFrame,
    kreis: pl.DataFrame | None = None,
    *,
    name: str = "",
    kreis_name: str = "Landkreis",
    width: float = WIDTH,
    height: float = HEIGHT,
    title: str = "",
) -> Picture:
    """Ages of one area by sex as percent of all its people.

    `rows`: sex (weiblich, maennlich), age_from, age_to (null: open), value (percent), people, status; one row per age
    and sex, in any order. `kreis`: the same for the Kreis, drawn as an outline. Ages without a value are hatched with
    their status; how many people each side has is stated only where no age is missing. `name` names the area in the
    key below the picture, together with the Kreis.
    """
    canvas = Canvas(width, height)
    sheet = _sheet(rows, kreis, width, height)
    _draw_axis(canvas, sheet)
    _draw_labels(canvas, sheet)
    for sex, (words, side, colour) in SIDES.items():
        own = _side(rows, sex)
        _draw_bars(canvas, sheet, own, side, colour)
        _draw_head(canvas, sheet, own, words, side)
        if kreis is not None:
            _draw_outline(canvas, sheet, _side(kreis, sex), side)
    canvas.line([(sheet.axis.start, HEAD), (sheet.axis.start, sheet.bottom)], style.WHITE, style.WEIGHT_BORDER)
    if kreis is not None:
        _draw_key(canvas, name, kreis_name)
    return canvas.picture(alternative.alt_pyramid(title, rows, kreis))


def _sheet(rows: pl.DataFrame, kreis: pl.DataFrame | None, width: float, height: float) -> _Sheet:
    ages = rows.select("age_from", "age_to").unique().sort("age_from").rows()
    known = [value for frame in (rows, kreis) if frame is not None for value in frame["value"].drop_nulls()]
    row = (height - HEAD - FOOT) / len(ages)
    label = max(style.text_width(words, style.SIZE_SMALLEST) for words in _labels(ages, row)) + 1.5
    axis = Axis.from_zero(0.0, max(known, default=1.0), width / 2, width - label)
    return _Sheet(ages, axis, height - FOOT, row)


def _side(rows: pl.DataFrame, sex: str) -> list[dict[str, Any]]:
    return rows.filter(pl.col("sex") == sex).sort("age_from").rows(named=True)


def _labels(ages: Sequence[tuple[int, int | None]], row: float) -> list[str]:
    """What stands beside each row; nothing beside most of the low ones."""
    if row >= FULL_LABELS:
        return [german.age_text(start, stop) for start, stop in ages]
    return [str(start) if start % 20 == 0 else "" for start, _ in ages]


def _draw_axis(canvas: Canvas, sheet: _Sheet) -> None:
    ticks = [(sheet.x(tick, side), tick) for tick in sheet.axis.ticks for side in ((-1, 1) if tick else (1,))]
    canvas.lines([[(x, HEAD), (x, sheet.bottom)] for x, _ in ticks], style.HAIR, style.WEIGHT_RULE)
    every = math.ceil(len(sheet.axis.ticks) * 7 / (sheet.axis.stop - sheet.axis.start))
    shown = sheet.axis.ticks[::every]
    for x, tick in ticks:
        if tick in shown:
            words = german.number(tick, sheet.axis.decimals)
            canvas.text(x, sheet.bottom + 2.6, words, style.SIZE_SMALLEST, style.INK2, align="center")
    last = max(sheet.x(tick, 1) for tick in shown)
    after = last + style.text_width(german.number(shown[-1], sheet.axis.decimals), style.SIZE_SMALLEST) / 2
    canvas.text(after, sheet.bottom + 2.6, german.with_unit("", "%"), style.SIZE_SMALLEST, style.INK2)


def _draw_labels(canvas: Canvas, sheet: _Sheet) -> None:
    """The ages on both sides."""
    for place, words in enumerate(_labels(sheet.ages, sheet.row)):
        y = sheet.y(place) + sheet.row / 2
        if words:
            canvas.text(0, y, words, style.SIZE_SMALLEST, style.INK2)
            canvas.text(canvas.width, y, words, style.SIZE_SMALLEST, style.INK2, align="right")


def _draw_bars(canvas: Canvas, sheet: _Sheet, own: Sequence[Mapping[str, Any]], side: int, colour: str) -> None:
    gap = min(sheet.row * 0.12, 0.4)
    centre = sheet.axis.start
    for place, row in enumerate(own):
        if row["value"] is not None:
            end = sheet.x(row["value"], side)
            canvas.rect(min(centre, end), sheet.y(place) + gap / 2, abs(end - centre), sheet.row - gap, colour)
    absent = [(place, row["status"]) for place, row in enumerate(own) if row["value"] is None]
    reach = (sheet.axis.stop - centre) * 0.35
    for _, group in groupby(enumerate(absent), key=lambda found: (found[1][0] - found[0], found[1][1])):
        places = [place for _, (place, _) in group]
        left = centre if side > 0 else centre - reach
        top, high = sheet.y(places[-1]), sheet.row * len(places)
        canvas.hatched_rect(own[places[0]]["status"], left, top + gap / 2, reach, high - gap)


def _draw_head(canvas: Canvas, sheet: _Sheet, own: Sequence[Mapping[str, Any]], words: str, side: int) -> None:
    counts = [row["people"] for row in own]
    if all(count is not None for count in counts):
        words += f" {german.number(sum(counts))}"
    align = "left" if side > 0 else "right"
    canvas.text(sheet.axis.start + side * 2, 3, words, style.SIZE_WORD, weight=style.SEMIBOLD, align=align)


def _draw_outline(canvas: Canvas, sheet: _Sheet, kreis: Sequence[Mapping[str, Any]], side: int) -> None:
    """Steps along the shares of the Kreis; open where it has none."""
    runs: list[list[tuple[float, float]]] = [[]]
    for place, row in enumerate(kreis):
        if row["value"] is None:
            runs.append([])
            continue
        x, top = sheet.x(row["value"], side), sheet.y(place)
        runs[-1] += [(x, top + sheet.row), (x, top)]
    shown = [run for run in runs if run]
    canvas.lines(shown, style.WHITE, style.WEIGHT_SMALL_KREIS + 2 * style.WEIGHT_EDGE)
    canvas.lines(shown, style.INK, style.WEIGHT_SMALL_KREIS)


def _draw_key(canvas: Canvas, name: str, kreis_name: str) -> None:
    y = canvas.height - 2
    wide = style.text_width(name, style.SIZE_SMALL)
    x = (canvas.width - wide - style.text_width(kreis_name, style.SIZE_SMALL) - 24) / 2
    for place, (_, _, colour) in enumerate(SIDES.values()):
        canvas.rect(x + 3.2 * place, y - 1.2, 3, 2.4, colour)
    canvas.text(x + 7.6, y, name, style.SIZE_SMALL, style.INK2)
    x += wide + 14
    canvas.line([(x, y), (x + 6, y)], style.INK, style.WEIGHT_SMALL_KREIS)
    canvas.text(x + 7.6, y, kreis_name, style.SIZE_SMALL, style.INK2)
