"""A picture as pixels, drawn mark by mark by matplotlib's renderer.

What belongs here: the pixels of each kind of mark. What does not: drawing, writing files (`export`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from typing import Any

from pipelines.figures import style
from pipelines.figures.canvas import Box, Disc, Form, Label, Mark, Outline, Picture
from pipelines.figures.style import PT

_ANCHORS = {"left": 0.0, "center": 0.5, "right": 1.0}
_ARC = 0.4477  # of the radius: from a corner to the control point of a curve that looks like a quarter of a circle


def pixels(picture: Picture, dpi: int) -> Any:
    """The picture on white as an array of rows, columns, red-green-blue."""
    import numpy as np
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.transforms import Affine2D

    scale = dpi / 25.4
    wide, high = int(picture.width * scale), int(picture.height * scale)
    sheet = RendererAgg(wide, high, dpi)
    to_pixels = Affine2D().scale(scale, -scale).translate(0, picture.height * scale)
    ground = Box(0, 0, picture.width, picture.height, style.WHITE)
    for mark in (ground, *picture.marks):
        if isinstance(mark, Label):
            _label(sheet, mark, to_pixels)
        else:
            _shape(sheet, mark, to_pixels)
    return np.asarray(sheet.buffer_rgba())[..., :3]


def _shape(sheet: Any, mark: Form | Box | Disc, to_pixels: Any) -> None:
    from matplotlib.colors import to_rgb

    look = sheet.new_gc()
    look.set_foreground(mark.edge or style.WHITE)
    look.set_linewidth(mark.weight if mark.edge else 0)
    look.set_snap(False)
    look.set_joinstyle("miter" if isinstance(mark, Box) and not mark.radius else "round")
    look.set_capstyle("round" if isinstance(mark, Form) and mark.round_ends else "butt")
    if isinstance(mark, Form) and mark.dashes:
        look.set_dashes(0, list(mark.dashes))
    sheet.draw_path(look, _path(mark), to_pixels, to_rgb(mark.fill) if mark.fill else None)
    look.restore()


def _path(mark: Mark) -> Any:
    from matplotlib.path import Path

    if isinstance(mark, Disc):
        return Path.circle((mark.x, mark.y), mark.radius)
    if isinstance(mark, Box):
        return _round_box(mark) if mark.radius else Path(_corners(mark), closed=True)
    assert isinstance(mark, Form)
    vertices, codes = zip(*(step for outline in mark.outlines for step in _steps(outline)), strict=True)
    return Path(vertices, codes)


def _steps(outline: Outline) -> Iterator[tuple[tuple[float, float], int]]:
    from matplotlib.path import Path

    for group in outline.groups:
        yield group[0], int(Path.MOVETO)
        yield from ((point, int(Path.LINETO)) for point in group[1:])
        if outline.closed:
            yield group[0], int(Path.CLOSEPOLY)


def _corners(box: Box) -> list[tuple[float, float]]:
    right, bottom = box.x + box.width, box.y + box.height
    return [(box.x, box.y), (right, box.y), (right, bottom), (box.x, bottom), (box.x, box.y)]


def _round_box(box: Box) -> Any:
    from matplotlib.path import Path

    corners = _corners(box)[:-1]
    vertices: list[tuple[float, float]] = []
    codes: list[Any] = []
    for place, (x, y) in enumerate(corners):
        # Directions from the corner back to the one before and on to the next
        (before_x, before_y), (after_x, after_y) = corners[place - 1], corners[(place + 1) % 4]
        towards = [(_sign(before_x - x), _sign(before_y - y)), (_sign(after_x - x), _sign(after_y - y))]
        radius = min(box.radius, box.width / 2, box.height / 2)
        for (dx, dy), share in ((towards[0], 1), (towards[0], _ARC), (towards[1], _ARC), (towards[1], 1)):
            vertices.append((x + dx * radius * share, y + dy * radius * share))
        codes += [Path.LINETO if place else Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4]
    return Path([*vertices, vertices[0]], [*codes, Path.CLOSEPOLY])


def _sign(number: float) -> int:
    return (number > 0) - (number < 0)


def _label(sheet: Any, label: Label, to_pixels: Any) -> None:
    x, y = to_pixels.transform((label.x, label.y))
    shift = _ANCHORS[label.align] * style.text_width(label.words, label.size, label.weight, label.slant)
    image, margin = _word(label.words, label.size, label.weight, label.slant, label.colour, sheet.dpi)
    sheet.draw_image(sheet.new_gc(), x - sheet.points_to_pixels(shift / PT) - margin, y - margin, image)


@cache
def _word(words: str, size: float, weight: int, slant: style.Slant, colour: str, dpi: float) -> tuple[Any, int]:
    """A text as RGBA pixels, and how many of them lie on every side of its start and baseline as margin.

    Maps of one edition share most of their words; drawing each of them once halves the time of a map.
    """
    import matplotlib
    import numpy as np
    from matplotlib.backends.backend_agg import RendererAgg

    margin = math.ceil(size * dpi / 72)
    wide = math.ceil(style.text_width(words, size, weight, slant) / 25.4 * dpi)
    sheet = RendererAgg(wide + 2 * margin, 2 * margin, dpi)
    context = sheet.new_gc()
    context.set_foreground(colour)
    with matplotlib.rc_context({"text.hinting": "none"}):
        sheet.draw_text(context, margin, margin, words, style.font(size, weight, slant), 0)
    return np.array(sheet.buffer_rgba())[::-1], margin  # matplotlib places images upwards
