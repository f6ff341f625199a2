"""A sheet measured in mm on which maps and charts are drawn: text, lines, shapes, markers, hatches.

What belongs here: the few drawing primitives every figure uses, and the `Picture` they end in: a list of marks. What
does not: writing the marks as SVG (`vector`) or PNG (`raster`), knowledge of indicators, areas or statuses beyond
their hatch.

Coordinates are mm from the top left corner, y downwards; type sizes and line weights are pt. Later calls lie on top.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pipelines.figures import style
from pipelines.figures.style import PT

Point = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Outline:
    """Lines or closed rings in mm. Its words in SVG are made once: maps of one geography share their outlines."""

    groups: Sequence[Sequence[Point]]
    closed: bool = False

    @cached_property
    def words(self) -> str:
        """The outline as commands of an SVG path, in pt."""
        end = "z" if self.closed else ""
        return "".join(f"M{' '.join(f'{x / PT:.2f} {y / PT:.2f}' for x, y in group)}{end}" for group in self.groups)


@dataclass(frozen=True, eq=False)
class Form:
    """Outlines drawn as one path; `dashes` on/off in pt; `name` is its class in the SVG."""

    outlines: Sequence[Outline]
    fill: str | None = None
    edge: str | None = None
    weight: float = 0.0
    dashes: tuple[float, ...] | None = None
    round_ends: bool = False
    name: str | None = None


@dataclass(frozen=True, eq=False)
class Box:
    """A rectangle from its upper left corner; `radius` in mm rounds its corners."""

    x: float
    y: float
    width: float
    height: float
    fill: str | None = None
    edge: str | None = None
    weight: float = 0.0
    radius: float = 0.0


@dataclass(frozen=True, eq=False)
class Disc:
    """A circle around its centre."""

    x: float
    y: float
    radius: float
    fill: str
    edge: str | None = None
    weight: float = 0.0


@dataclass(frozen=True, eq=False)
class Label:
    """One line of text at its baseline; `align` is left, center or right of `x`."""

    x: float
    y: float
    words: str
    size: float
    colour: str
    weight: int
    align: str
    slant: style.Slant


Mark = Form | Box | Disc | Label


@dataclass(frozen=True)
class Picture:
    """A finished figure: its marks, its printed size in mm and its alternative text (empty: decoration)."""

    marks: tuple[Mark, ...]
    width: float
    height: float
    alt: str = ""


class Canvas:
    """An empty sheet of `width` × `height` mm."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self._marks: list[Mark] = []

    def picture(self, alt: str = "") -> Picture:
        """The finished sheet."""
        return Picture(tuple(self._marks), self.width, self.height, alt)

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
        """One line of text, nothing for an empty one; `y` is the middle of its capitals and digits.

        Raises ValueError below the smallest size allowed in print.
        """
        if size < style.SIZE_SMALLEST:
            raise ValueError(f"nothing below {style.SIZE_SMALLEST} pt in print, not {size}")
        if not words:
            return
        baseline = y + style.CAP_HEIGHT * size * PT / 2
        self._marks.append(Label(x, baseline, words, size, colour, weight, align, slant))

    def halo(
        self, x: float, y: float, words: str, size: float, fill: str, weight: int = style.REGULAR, spare: float = 1.0
    ) -> None:
        """A small rounded ground under a label, so that it stays readable on lines; `spare` widens it by a factor."""
        width, height = style.text_width(words, size, weight) * spare + 1, size * PT * 0.8 + 1
        self._marks.append(Box(x - width / 2, y - height / 2, width, height, fill, radius=1))

    def line(
        self,
        points: Sequence[Point],
        colour: str,
        weight: float,
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
    ) -> None:
        """Several lines of one kind as one path."""
        if groups:
            self._marks.append(Form([Outline(groups)], None, colour, weight, dashes, round_ends))

    def rect(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        fill: str | None = None,
        edge: str | None = None,
        weight: float = style.WEIGHT_FINE,
    ) -> None:
        """A rectangle from its upper left corner."""
        self._marks.append(Box(x, y, width, height, fill, edge, weight if edge else 0))

    def polygon(self, points: Sequence[Point], fill: str, edge: str | None = None, weight: float = 0.0) -> None:
        """A closed shape through points."""
        self.area(Outline([points], closed=True), fill, edge, weight)

    def area(self, outline: Outline, fill: str | None = None, edge: str | None = None, weight: float = 0.0) -> None:
        """A shape with holes or of several parts, as from `outline_of`; without `fill` only its lines."""
        self._marks.append(Form([outline], fill, edge, weight if edge else 0))

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
        half = size / 2
        if shape in ("disc", "circle"):
            self._marks.append(Disc(x, y, half - weight * PT / 2, fill, edge if weight else None, weight))
            return
        corners = {
            "triangle_up": [(x - half, y + 0.44 * size), (x, y - 0.5 * size), (x + half, y + 0.44 * size)],
            "triangle_down": [(x - half, y - 0.44 * size), (x, y + 0.5 * size), (x + half, y - 0.44 * size)],
            "diamond": [(x - half, y), (x, y - half), (x + half, y), (x, y + half)],
        }[shape]
        self.polygon(corners, fill, edge if weight else None, weight)

    def hatches(self, status: str, areas: Sequence[Hatching], colour: str = style.GREY, outline: bool = True) -> None:
        """Fill areas, as from `hatching`, with their hatch; the path has the class hatch-<status> in the SVG."""
        pattern = style.HATCHES[status]
        if outline:
            self._marks.append(Form([area.border for area in areas], None, colour, 0.6))
        lines = [area.lines for area in areas]
        self._marks.append(Form(lines, None, colour, pattern.weight, round_ends=pattern.dots, name=f"hatch-{status}"))

    def hatched_rect(
        self, status: str, x: float, y: float, width: float, height: float, colour: str = style.GREY
    ) -> None:
        """A rectangle filled with the hatch of a status."""
        from shapely import box

        self.hatches(status, [hatching(status, box(x, y, x + width, y + height))], colour)


@dataclass(frozen=True, eq=False)
class Hatching:
    """A shape with the lines of a hatch inside it."""

    border: Outline
    lines: Outline


def hatching(status: str, shape: Any) -> Hatching:
    """The hatch of a status inside a shapely polygon in mm."""
    return Hatching(outline_of(shape), Outline(hatch_lines(style.HATCHES[status], shape)))


def outline_of(shape: Any) -> Outline:
    """The rings of a shapely polygon, of several, or of the polygons among other shapes, in mm."""
    parts = [part for part in getattr(shape, "geoms", [shape]) if part.geom_type == "Polygon"]
    rings = [list(ring.coords)[:-1] for part in parts for ring in (part.exterior, *part.interiors)]
    return Outline(rings, closed=True)


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
