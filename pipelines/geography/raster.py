"""Polygons on a square grid: which cells lie inside by their centre, and how much of each cell a polygon covers.

What belongs here: arithmetic on edges, exact up to rounding of floating point, for many polygons at once. What does
not: cells with keys, caches (`grid`), values (`allocation`).

Coordinates are counted in cells from here on: the cell in column c and row r reaches from c to c + 1 and r to r + 1.
Its address is r · 2^20 + c, so that neighbours in a row have neighbouring addresses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

SHIFT = 20
ADDRESS = (1 << 2 * SHIFT) - 1
# Edges that are worked on at once: what they need stays within a few hundred megabytes
CHUNK = 200_000
# Shares of a cell nearer than this to nothing or all are rounding
ROUNDING = 1e-9


@dataclass(frozen=True)
class Spans:
    """Runs of cells of one row that belong to a polygon: its number, first address, address after the last, share."""

    polygon: Ints
    start: Ints
    end: Ints
    share: Floats


@dataclass(frozen=True)
class _Edges:
    """Edges of rings: polygon number and both ends, polygons inside to the left of each edge."""

    polygon: Ints
    x0: Floats
    y0: Floats
    x1: Floats
    y1: Floats


def centres_inside(shapes: np.ndarray, size: float) -> Spans:
    """Cells whose centre lies in each polygon.

    shapes: valid polygons and multipolygons in metres, none with a negative coordinate; size: metres of a cell. A
    centre on a border belongs to what lies to its right, or above where the border runs level: of two polygons that
    share the border exactly one has it. Even-odd rule on the horizontal line through the centres of a row.
    """
    return _joined(shapes, size, _centre_spans)


def coverage(shapes: np.ndarray, size: float) -> Spans:
    """Cells each polygon touches, with the share of their area it covers, from above 0 to 1.

    Signed area to the right of every edge, summed along a row, as in the exact coverage of font rasterisers: an edge is
    cut at the lines of the grid, and a piece of height h at mean distance d from the left side of its cell adds
    h · (1 − d) to that cell and h to every cell right of it.
    """
    return _joined(shapes, size, _covered_spans)


def _joined(shapes: np.ndarray, size: float, way: Callable[[_Edges], Spans]) -> Spans:
    parts = [way(edges) for edges in _edges(shapes, size)]
    if not parts:
        none = np.empty(0, np.int64)
        return Spans(none, none, none, np.empty(0))
    return Spans(*(np.concatenate([getattr(part, name) for part in parts]) for name in Spans.__annotations__))


def _edges(shapes: np.ndarray, size: float) -> Iterator[_Edges]:
    """The edges of a few polygons at a time."""
    import shapely

    ends = np.cumsum(shapely.get_num_coordinates(shapes)) // CHUNK
    for first, last in _runs(ends):
        # Shells run against the clock and holes with it
        oriented = shapely.orient_polygons(shapes[first:last])
        parts, of_part = shapely.get_parts(oriented, return_index=True)
        rings, of_ring = shapely.get_rings(parts, return_index=True)
        points, of_point = shapely.get_coordinates(rings, return_index=True)
        points = points / size
        if points.size and not (points.min() >= 0 and points.max() < 2**SHIFT):
            raise ValueError("coordinates outside of the grid")
        within = of_point[1:] == of_point[:-1]
        polygon = (of_part[of_ring[of_point]] + first)[1:][within].astype(np.int64)
        start, end = points[:-1][within], points[1:][within]
        yield _Edges(polygon, start[:, 0], start[:, 1], end[:, 0], end[:, 1])


def _runs(numbers: np.ndarray) -> Iterator[tuple[int, int]]:
    """Where runs of equal numbers begin and end."""
    cuts = np.flatnonzero(np.diff(numbers)) + 1
    bounds = [0, *cuts.tolist(), len(numbers)]
    yield from ((first, last) for first, last in pairwise(bounds) if last > first)


def _centre_spans(edges: _Edges) -> Spans:
    # From the lower end to the upper one, so that both neighbours of a border compute the same crossing
    up = edges.y0 <= edges.y1
    low_x, low_y = np.where(up, edges.x0, edges.x1), np.where(up, edges.y0, edges.y1)
    high_x, high_y = np.where(up, edges.x1, edges.x0), np.where(up, edges.y1, edges.y0)
    first = np.ceil(low_y - 0.5).astype(np.int64)
    edge, row = _expanded(first, np.ceil(high_y - 0.5).astype(np.int64))
    rise = (row + 0.5 - low_y[edge]) / (high_y - low_y)[edge]
    column = np.ceil(low_x[edge] + rise * (high_x - low_x)[edge] - 0.5).astype(np.int64)
    crossing = np.sort(_key(edges.polygon[edge], row, column))
    # A closed ring crosses every line an even number of times: crossings lead in and out by turns
    start, end = crossing[0::2], crossing[1::2]
    some = end > start
    return Spans(start[some] >> 2 * SHIFT, start[some] & ADDRESS, end[some] & ADDRESS, np.ones(int(some.sum())))


def _covered_spans(edges: _Edges) -> Spans:
    key, height, beside = _pieces(edges)
    order = np.argsort(key, kind="stable")
    key = key[order]
    new = np.flatnonzero(np.diff(key, prepend=-1))
    height, beside = np.add.reduceat(height[order], new), np.add.reduceat(beside[order], new)
    key = key[new]
    polygon, address = key >> 2 * SHIFT, key & ADDRESS
    first = np.diff(key >> SHIFT, prepend=-1) != 0
    after = np.cumsum(height)
    # What rows before have left over is rounding: every row begins with nothing
    after -= np.repeat((after - height)[first], np.diff(np.flatnonzero(first), append=len(key)))
    own = after - height + beside
    # Between a touched cell and the next of its row lie cells without an edge, all covered alike
    between = np.flatnonzero(~first[1:] & (address[1:] > address[:-1] + 1))
    spans = Spans(
        np.r_[polygon, polygon[between]],
        np.r_[address, address[between] + 1],
        np.r_[address + 1, address[between + 1]],
        np.r_[own, after[between]],
    )
    some = spans.share > ROUNDING
    share = spans.share[some]
    share[share > 1 - ROUNDING] = 1.0
    return Spans(spans.polygon[some], spans.start[some], spans.end[some], share)


def _pieces(edges: _Edges) -> tuple[Ints, Floats, Floats]:
    """Edges cut at the lines of the grid: key of polygon and cell, signed height, signed area to the right in the cell.

    Positive where the inside lies to the right, that is where an edge with the inside to its left runs downwards.
    """
    sign = np.where(edges.y0 <= edges.y1, -1.0, 1.0)
    up = sign < 0
    low_x, low_y = np.where(up, edges.x0, edges.x1), np.where(up, edges.y0, edges.y1)
    high_x, high_y = np.where(up, edges.x1, edges.x0), np.where(up, edges.y1, edges.y0)
    # Cut into rows; level edges have no height and fall away
    top = np.where(high_y > low_y, np.ceil(high_y), np.floor(low_y)).astype(np.int64)
    edge, row = _expanded(np.floor(low_y).astype(np.int64), top)
    with np.errstate(divide="ignore", invalid="ignore"):
        lean = (high_x - low_x) / (high_y - low_y)
    from_y, to_y = np.maximum(low_y[edge], row), np.minimum(high_y[edge], row + 1)
    from_x = np.where(from_y > low_y[edge], low_x[edge] + (from_y - low_y[edge]) * lean[edge], low_x[edge])
    to_x = np.where(to_y < high_y[edge], low_x[edge] + (to_y - low_y[edge]) * lean[edge], high_x[edge])
    polygon, sign = edges.polygon[edge], sign[edge]
    # Cut into columns, from left to right; heights go along
    height = to_y - from_y
    left, right = np.minimum(from_x, to_x), np.maximum(from_x, to_x)
    last = np.maximum(np.ceil(right), np.floor(left) + 1).astype(np.int64)
    piece, column = _expanded(np.floor(left).astype(np.int64), last)
    width = right - left
    cut_left, cut_right = np.maximum(left[piece], column), np.minimum(right[piece], column + 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(width[piece] > 0, (cut_right - cut_left) / width[piece], 1.0)
    signed = sign[piece] * height[piece] * part
    beside = signed * (1 - ((cut_left + cut_right) / 2 - column))
    return _key(polygon[piece], row[piece], column), signed, beside


def _key(polygon: Ints, row: Ints, column: Ints) -> Ints:
    """Polygon and address in one number, which orders as they do."""
    return (((polygon << SHIFT) + row) << SHIFT) + column


def _expanded(first: Ints, end: Ints) -> tuple[Ints, Ints]:
    """Every whole number from `first` to before `end` of every entry: the entry's place, and the number."""
    count = np.maximum(end - first, 0)
    entry = np.repeat(np.arange(len(first)), count)
    return entry, np.arange(len(entry)) + (first - (np.cumsum(count) - count))[entry]
