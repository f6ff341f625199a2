"""Stacked bars of the age structure.

What belongs here: shares that add up to a whole, one bar per area. What does not: counting people.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from pipelines import german
from pipelines.figures import alt as alternative
from pipelines.figures import style
from pipelines.figures.canvas import Canvas, Picture

WIDTH = 178.0
AGE_COLOURS = {1: (2,), 2: (5, 2), 3: (5, 1, 2), 4: (5, 4, 1, 2), 5: (5, 4, 3, 1, 2)}


def age_bars(rows: pl.DataFrame, *, decimals: int = 1, title: str = "") -> Picture:
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
    canvas = Canvas(WIDTH, top + step * len(names))
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
        _age_bar(canvas, own, colours, left, y, bar, decimals, heads=place == 0)
    return canvas.picture(alternative.alt_age_bars(title, rows, decimals))


def _age_bar(
    canvas: Canvas,
    own: pl.DataFrame,
    colours: Sequence[str],
    left: float,
    y: float,
    bar: float,
    decimals: int,
    heads: bool,
) -> None:
    total = sum(own["value"]) or 1.0
    x, head_end = left, 0.0
    for colour, (group, value) in zip(colours, own.select("group", "value").rows(), strict=True):
        length = (WIDTH - left) * value / total
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
