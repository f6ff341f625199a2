"""A sheet measured in mm on which maps and charts are drawn: text, lines, shapes, markers, hatches.

What belongs here: the few drawing primitives every figure uses, on top of matplotlib, and the `Picture` they end in.
What does not: knowledge of indicators, areas or statuses beyond their hatch.

Coordinates are mm from the top left corner, y downwards; type sizes and line weights are pt. Later calls lie on top.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from pipelines.figures import style
from pipelines.figures.style import PT

Point = tuple[float, float]
_ANCHORS = {"left": 0.0, "center": 0.5, "right": 1.0}


@dataclass(frozen=True)
class Picture:
    """A finished figure: the matplotlib figure, its printed size in mm and its alternative text (empty: decoration)."""

    figure: Any
    width: float
    height: float
    alt: str = ""


class Canvas:
    """An empty sheet of `width` × `height` mm."""

    def __init__(self, width: float, height: float) -> None:
        from matplotlib.figure import Figure
        from matplotlib.transforms import Affine2D

        self.width, self.height = width, height
        self.figure = Figure(figsize=(width / 25.4, height / 25.4))
        self.figure.patch.set_visible(False)
        to_inches = Affine2D().scale(1 / 25.4, -1 / 25.4).translate(0, height / 25.4)
        self.transform = to_inches + self.figure.dpi_scale_trans
        self._order = 0

    def picture(self, alt: str = "") -> Picture:
        """The finished sheet."""
        return Picture(self.figure, self.width, self.height, alt)

    def add(self, artist: Any, transform: Any = None) -> None:
        """Put a matplotlib artist on top of what is there."""
        self._order += 1
        artist.set_zorder(self._order)
        artist.set_transform(self.transform if transform is None else transform)
        self.figure.add_artist(artist)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: float = style.SIZE_LABEL,
        colour: str = style.INK,
        weight: int = style.REGULAR,
        align: str = "left",
        slant: style.Slant = "normal",
    ) -> None:
        """One line of text; `y` is the middle of its capitals and digits."""
        baseline = y + style.CAP_HEIGHT * size * PT / 2
        self.add(_label_class()((x, baseline), words, (size, weight, slant), colour, align))

    def halo(self, x: float, y: float, words: str, size: float, fill: str, weight: int = style.REGULAR) -> None:
        """A small rounded ground under a label, so that it stays readable on lines."""
        from matplotlib.patches import FancyBboxPatch

        width, height = style.text_width(words, size, weight), size * PT * 0.8
        box = FancyBboxPatch(
            (x - width / 2, y - height / 2), width, height, boxstyle="round,pad=0.5,rounding_size=1", fc=fill, ec="none"
        )
        self.add(box)

    def line(
        self,
        points: Sequence[Point],
        colour: str = style.INK,
        weight: float = 1.0,
        dashes: tuple[float, ...] | None = None,
        round_ends: bool = False,
        edge: float = 0.0,
    ) -> None:
        """A line through points; `dashes` on/off in pt; `edge` draws that much white (pt) on both sides below it."""
        if edge:
            self.line(points, style.WHITE, weight + 2 * edge, round_ends=round_ends)
        self.lines([points], colour, weight, dashes, round_ends)

    def lines(
        self,
        groups: Sequence[Sequence[Point]],
        colour: str,
        weight: float,
        dashes: tuple[float, ...] | None = None,
        round_ends: bool = False,
        name: str | None = None,
    ) -> None:
        """Several lines of one kind as one path; `name` becomes the id of the group in the SVG."""
        from matplotlib.patches import PathPatch
        from matplotlib.path import Path

        if not groups:
            return
        vertices = [point for points in groups for point in points]
        codes = [code for points in groups for code in (Path.MOVETO, *[Path.LINETO] * (len(points) - 1))]
        patch = PathPatch(
            Path(vertices, codes),
            fill=False,
            ec=colour,
            lw=weight,
            # matplotlib multiplies dash lengths by the line weight
            ls=(0, tuple(length / weight for length in dashes)) if dashes else "solid",
            capstyle="round" if round_ends else "butt",
            joinstyle="round",
            snap=False,
        )
        if name:
            patch.set_gid(name)
        self.add(patch)

    def rect(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        fill: str | None = None,
        edge: str | None = None,
        weight: float = 0.6,
    ) -> None:
        """A rectangle from its upper left corner."""
        from matplotlib.patches import Rectangle

        self.add(
            Rectangle(
                (x, y), width, height, fc=fill or "none", ec=edge or "none", lw=weight if edge else 0, joinstyle="miter"
            )
        )

    def polygon(self, points: Sequence[Point], fill: str, edge: str | None = None, weight: float = 0.0) -> None:
        """A closed shape through points."""
        from matplotlib.patches import Polygon

        self.add(Polygon(list(points), closed=True, fc=fill, ec=edge or "none", lw=weight, joinstyle="round"))

    def marker(self, shape: str, x: float, y: float, size: float, colour: str, halo: float = 0.0) -> None:
        """A sign: disc, circle (open), diamond (open), triangle_up, triangle_down; `none` draws nothing.

        `size` is the diameter in mm, `halo` the width in pt of a white edge.
        """
        if shape == "none":
            return
        if halo:
            self._shape(shape, x, y, size + 2 * halo * PT, style.WHITE, style.WHITE, 0)
        is_open = shape in ("circle", "diamond")
        weight = max(0.8, size * 0.45) if is_open else 0.0
        self._shape(shape, x, y, size, style.WHITE if is_open else colour, colour, weight)

    def _shape(self, shape: str, x: float, y: float, size: float, fill: str, edge: str, weight: float) -> None:
        from matplotlib.patches import Circle

        half = size / 2
        if shape in ("disc", "circle"):
            inner = half - weight * PT / 2
            self.add(Circle((x, y), inner, fc=fill, ec=edge if weight else "none", lw=weight))
            return
        corners = {
            "triangle_up": [(x - half, y + 0.44 * size), (x, y - 0.5 * size), (x + half, y + 0.44 * size)],
            "triangle_down": [(x - half, y - 0.44 * size), (x, y + 0.5 * size), (x + half, y - 0.44 * size)],
            "diamond": [(x - half, y), (x, y - half), (x + half, y), (x, y + half)],
        }[shape]
        self.polygon(corners, fill, edge if weight else None, weight)

    def hatch(self, status: str, shape: Any, colour: str = style.GREY, outline: bool = True) -> None:
        """Fill a shapely polygon (in mm) with the hatch of a status; the group is named hatch-<status> in the SVG."""
        self.hatches(status, [shape], colour, outline)

    def hatches(self, status: str, shapes: Sequence[Any], colour: str = style.GREY, outline: bool = True) -> None:
        """Fill several shapely polygons (in mm) with one hatch."""
        pattern = style.HATCHES[status]
        groups = [segment for shape in shapes for segment in hatch_lines(pattern, shape)]
        if outline:
            self.lines([ring for shape in shapes for ring in _rings(shape)], colour, 0.6)
        self.lines(groups, colour, pattern.weight, round_ends=pattern.dots, name=f"hatch-{status}")

    def hatched_rect(
        self, status: str, x: float, y: float, width: float, height: float, colour: str = style.GREY
    ) -> None:
        """A rectangle filled with the hatch of a status."""
        from shapely import box

        self.hatch(status, box(x, y, x + width, y + height), colour)


@cache
def _label_class() -> Any:
    """One line of text at its baseline; matplotlib's own class lays out paragraphs and costs four times as much."""
    from matplotlib.artist import Artist
    from matplotlib.backends.backend_agg import RendererAgg

    class Label(Artist):
        def __init__(
            self, place: Point, words: str, look: tuple[float, int, style.Slant], colour: str, align: str
        ) -> None:
            super().__init__()
            self.place, self.words, self.look, self.colour, self.align = place, words, look, colour, align

        def draw(self, renderer: Any) -> None:
            x, y = self.get_transform().transform(self.place)
            context = renderer.new_gc()
            if isinstance(renderer, RendererAgg):
                shift = _ANCHORS[self.align] * style.text_width(self.words, *self.look)
                image, margin = _raster(self.words, self.look, self.colour, renderer.dpi)
                left = x - renderer.points_to_pixels(shift / PT) - margin
                renderer.draw_image(context, left, y - margin, image)
            else:
                context.set_foreground(self.colour)
                anchor: Any = self
                y = renderer.get_canvas_width_height()[1] - y
                renderer.draw_text(context, x, y, self.words, style.font(*self.look), 0, mtext=anchor)
            context.restore()

        # What the SVG renderer asks of a text to set its anchor
        def get_ha(self) -> str:
            return self.align

        def get_rotation_mode(self) -> str:
            return "anchor"

        def get_unitless_position(self) -> Point:
            return self.place

    return Label


@cache
def _raster(words: str, look: tuple[float, int, style.Slant], colour: str, dpi: float) -> tuple[Any, int]:
    """A text as RGBA pixels, and how many of them lie on every side of its start and baseline as margin.

    Maps of one edition share most of their words; drawing each of them once halves the time of a map.
    """
    import numpy as np
    from matplotlib.backends.backend_agg import RendererAgg

    margin = math.ceil(look[0] * dpi / 72)
    wide = math.ceil(style.text_width(words, *look) / 25.4 * dpi)
    sheet = RendererAgg(wide + 2 * margin, 2 * margin, dpi)
    context = sheet.new_gc()
    context.set_foreground(colour)
    sheet.draw_text(context, margin, margin, words, style.font(*look), 0)
    return np.array(sheet.buffer_rgba())[::-1], margin  # matplotlib places images upwards


def hatch_lines(pattern: style.Hatch, shape: Any) -> list[list[Point]]:
    """The line pieces of a hatch inside a shapely polygon (mm).

    Plain lines instead of a pattern fill: every viewer, printer and the PDF engine draw them alike.
    The lines hang on a common origin, so that neighbouring areas join.
    """
    import shapely

    if pattern.dots:
        return _dots(pattern, shape)
    rays = [ray for angle in pattern.angles for ray in _rays(shape.bounds, angle, pattern.pitch * PT)]
    if not rays:
        return []
    inside = shapely.intersection(shapely.linestrings(rays), shape)
    pieces = [list(part.coords) for part in shapely.get_parts(inside) if part.geom_type == "LineString"]
    pieces = [piece for piece in pieces if len(piece) > 1]
    return [bit for piece in pieces for bit in _broken(piece, pattern.dashes)] if pattern.dashes else pieces


def _rays(bounds: tuple[float, float, float, float], angle: float, pitch: float) -> list[list[Point]]:
    """Parallel lines over a box; `angle` counts anticlockwise as seen, y points down."""
    left, top, right, bottom = bounds
    along = (math.cos(math.radians(angle)), -math.sin(math.radians(angle)))
    across = (-along[1], along[0])
    offsets = [x * across[0] + y * across[1] for x in (left, right) for y in (top, bottom)]
    reach = [x * along[0] + y * along[1] for x in (left, right) for y in (top, bottom)]
    start, stop = math.ceil(min(offsets) / pitch - 0.5), math.floor(max(offsets) / pitch - 0.5)
    rays = []
    for step in range(start, stop + 1):
        offset = (step + 0.5) * pitch
        ends = (min(reach) - 1, max(reach) + 1)
        rays.append([(offset * across[0] + end * along[0], offset * across[1] + end * along[1]) for end in ends])
    return rays


def _broken(piece: list[Point], dashes: tuple[float, float]) -> list[list[Point]]:
    """A horizontal piece cut into dashes that hang on a common origin."""
    (x0, y), (x1, _) = sorted((piece[0], piece[-1]))
    on, period = dashes[0] * PT, sum(dashes) * PT
    bits = []
    for step in range(math.floor(x0 / period), math.ceil(x1 / period)):
        left, right = max(x0, step * period), min(x1, step * period + on)
        if right - left > 0.1:
            bits.append([(left, y), (right, y)])
    return bits


def _dots(pattern: style.Hatch, shape: Any) -> list[list[Point]]:
    """Points of a grid inside a shape, as lines of no length that round ends turn into dots."""
    import shapely

    pitch, margin = pattern.pitch * PT, pattern.weight * PT / 2
    left, top, right, bottom = shape.bounds
    columns = range(math.ceil(left / pitch - 0.5), math.floor(right / pitch - 0.5) + 1)
    rows = range(math.ceil(top / pitch - 0.5), math.floor(bottom / pitch - 0.5) + 1)
    grid = [((column + 0.5) * pitch, (row + 0.5) * pitch) for row in rows for column in columns]
    inner = shape.buffer(-margin)
    return [[(x, y), (x + 0.02, y)] for x, y in grid if shapely.contains_xy(inner, x, y)]


def _rings(shape: Any) -> list[list[Point]]:
    parts = getattr(shape, "geoms", [shape])
    return [list(ring.coords) for part in parts for ring in (part.exterior, *part.interiors)]
