"""The map and the small span plots of the web page, as coordinates and CSS classes for its template.

What belongs here: turning prepared shapes and released rows into SVG paths without style, so that the page's own style
sheet colours them for light, dark and print. What does not: maps for documents and downloads (`pipelines.figures`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import polars as pl

from pipelines import german
from pipelines.figures import maps, style

WIDTH = 760.0  # units of the drawing
PLOT_WIDTH = 120.0
PLOT_MARGIN = 6.0

Spot = Callable[[float, float], tuple[str, str]]


@dataclass(frozen=True)
class Shape:
    """One area: its key, CSS class of its fill, key number and its place, and the text a pointer shows."""

    area_id: str
    css: str
    number: int
    x: str
    y: str
    title: str


@dataclass(frozen=True)
class LegendEntry:
    """One line of the legend: CSS class, class number (None for hatches), words, number of areas."""

    css: str
    number: int | None
    words: str
    count: int


@dataclass(frozen=True)
class WebMap:
    """What one indicator adds to the outlines of a level: fills, numbers and legend."""

    shapes: list[Shape]
    legend: list[LegendEntry]


@dataclass(frozen=True)
class Outlines:
    """The shapes of one level without values: paths and label places by area; lengths in the units of `view_box`."""

    view_box: str
    paths: dict[str, str]
    labels: dict[str, tuple[str, str]]
    outline: str
    neighbours: list[dict[str, str]]
    kilometre: float


def outlines(geo: maps.Geography) -> Outlines:
    """The outlines of a level, WIDTH units wide, north up."""
    west, south, east, north = geo.outline.bounds
    scale = WIDTH / (east - west)

    def spot(x: float, y: float) -> tuple[str, str]:
        return f"{(x - west) * scale:.1f}", f"{(north - y) * scale:.1f}"

    return Outlines(
        view_box=f"-4 -4 {WIDTH + 8:.0f} {(north - south) * scale + 8:.0f}",
        paths={area_id: _path(shape, spot) for area_id, shape in geo.shapes.items()},
        labels={area_id: spot(*geo.labels[area_id]) for area_id in geo.shapes},
        outline=_path(geo.outline, spot),
        neighbours=[_neighbour(name, point, shape, spot) for name, point, shape in geo.neighbours],
        kilometre=round(1000 * scale, 3),
    )


def web_map(drawn: Outlines, rows: pl.DataFrame, limits: list[float], decimals: int, unit: str) -> WebMap:
    """The map of one indicator. `rows` as from `figures.rows.area_rows`; `limits` ascending, from the catalogue."""
    legend = maps.legend(rows, limits, decimals)
    fills = [_fill(line) for line in legend if line.class_number]
    return WebMap(
        shapes=[
            _shape(drawn, row, fills, limits, decimals, unit)
            for row in rows.iter_rows(named=True)
            if row["area_id"] in drawn.paths
        ],
        legend=[LegendEntry(_fill(line), line.class_number, line.label, line.count) for line in legend],
    )


def span_plots(rows: pl.DataFrame, kreis: float | None) -> list[dict[str, str] | None]:
    """Per row the places of span and value on one axis of PLOT_WIDTH units; None without a value.

    `rows` has value, lower, upper; a value without span has only its own place. `kreis` is the line to compare with.
    """
    known = [number for name in ("value", "lower", "upper") for number in rows[name].drop_nulls()]
    points = known + ([kreis] if kreis is not None else [])
    if not points:
        return [None] * rows.height
    low = min(points)
    scale = (PLOT_WIDTH - 2 * PLOT_MARGIN) / ((max(points) - low) or 1)

    def place(value: float | None) -> str:
        return "" if value is None else f"{PLOT_MARGIN + (value - low) * scale:.1f}"

    return [
        {"value": place(value), "low": place(lower), "high": place(upper), "kreis": place(kreis)}
        if value is not None
        else None
        for value, lower, upper in rows.select("value", "lower", "upper").iter_rows()
    ]


def _shape(
    drawn: Outlines, row: dict[str, Any], fills: list[str], limits: list[float], decimals: int, unit: str
) -> Shape:
    if row["value"] is None:
        css, words = f"hatch-{row['status']}", german.status_words(row["status"])
    else:
        css = fills[german.class_of(row["value"], limits) - 1]
        words = german.value_text(row["value"], unit, decimals)
    x, y = drawn.labels[row["area_id"]]
    return Shape(row["area_id"], css, row["number"], x, y, f"{row['name']}: {words}")


def _fill(line: maps.LegendRow) -> str:
    """The CSS class of a legend line; fewer classes skip shades of the scale, as in print."""
    return f"s{style.SEQUENTIAL.index(line.colour) + 1}" if line.colour else f"hatch-{line.status}"


def _neighbour(name: str, point: tuple[float, float], shape: Any, spot: Spot) -> dict[str, str]:
    x, y = spot(*point)
    return {"name": name, "x": x, "y": y, "path": _path(shape, spot) if shape is not None else ""}


def _path(shape: Any, spot: Spot) -> str:
    """All rings as steps between rounded points: shorter than places, and steps never add up to another point."""
    parts = [part for part in getattr(shape, "geoms", [shape]) if part.geom_type == "Polygon"]
    rings = [ring for part in parts for ring in (part.exterior, *part.interiors)]
    return "".join(_ring([spot(x, y) for x, y in ring.coords[:-1]]) for ring in rings)


def _ring(points: list[tuple[str, str]]) -> str:
    tenths = [(round(float(x) * 10), round(float(y) * 10)) for x, y in points]
    steps = [(x - left, y - top) for (left, top), (x, y) in pairwise(tenths) if (x, y) != (left, top)]
    return f"M{_pair(*tenths[0])}l{' '.join(_pair(*step) for step in steps)}z".replace(" -", "-")


def _pair(x: int, y: int) -> str:
    """Two numbers given in tenths, as short as a path may write them."""
    return " ".join(
        f"{number / 10:.1f}".removesuffix(".0").replace("0.", ".", 1 if abs(number) < 10 else 0) for number in (x, y)
    )
