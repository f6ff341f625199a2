"""One choropleth as SVG when only values change, against `GeoDataFrame.plot` of the same areas and classes.

What belongs here: maps of one geography, drawn one after the other. What does not: the geography, which both ways
have ready, and sheets with legends.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from typing import Any

import polars as pl

from pipelines import german
from pipelines.figures import export, maps, style
from pipelines.publish.illustrations import Illustrations
from pipelines.publish.released import open_release
from tests.benchmarks.measure import Measurement, medians
from tests.benchmarks.workplace import Workplace

GOAL = 0.005
NAME = "one choropleth, only values change"
PEER, REUSED = "`GeoDataFrame.plot`, new figure", "`GeoDataFrame.plot`, figure used again"
Indicator = tuple[pl.DataFrame, list[float], int, str]
Way = Callable[[Indicator], bytes]


def measure(workplace: Workplace, rounds: int) -> list[Measurement]:
    """Every indicator with a figure for all Gemeinden, one after the other; seconds of one map."""
    figures = Illustrations(open_release(workplace.edition / "daten" / "sozialatlas.duckdb"))
    indicators = [_indicator(figures, name) for name in figures.mapped()]
    indicators = [entry for entry in indicators if entry[0]["value"].null_count() == 0]
    ways = {NAME: _own(figures), PEER: _new_figure(figures), REUSED: _same_figure(figures)}
    expected = [_colours(entry) for entry in indicators]
    for way in ways.values():
        assert [_fills(way(entry)) for entry in indicators] == expected
    turns = {name: lambda way=way: [way(entry) for entry in indicators] for name, way in ways.items()}
    seconds = {name: value / len(indicators) for name, value in medians(max(rounds, 5), turns).items()}
    name = f"{NAME} ({1 / seconds[NAME]:.0f} per second)"
    return [Measurement(name, seconds[NAME], peer, seconds[peer], GOAL) for peer in (PEER, REUSED)]


def _indicator(figures: Illustrations, name: str) -> Indicator:
    decimals = figures.release.indicator(name)["decimals"]
    return figures.rows(name), figures.limits(name), decimals, figures.title(name)


def _colours(indicator: Indicator) -> list[str]:
    """The colour of every area, in the order of their keys."""
    rows, limits, _, _ = indicator
    colours = style.class_colours(len(limits) + 1)
    return [colours[german.class_of(value, limits) - 1] for value in rows.sort("area_id")["value"]]


def _fills(svg: bytes) -> list[str]:
    """The colours of the areas as a picture has them, in its order: runs of paths with a white border."""
    paths = re.findall(r"<path\b[^>]*>", svg.decode())
    areas = [path for path in paths if re.search(r"stroke(=\"|: )#ffffff", path, re.I)]
    return [re.search(r"fill(?:=\"|: )(#\w{6})", path).group(1).upper() for path in areas]  # type: ignore[union-attr]


def _own(figures: Illustrations) -> Way:
    geography, attribution = figures.geography, figures.attribution

    def draw(indicator: Indicator) -> bytes:
        rows, limits, decimals, title = indicator
        return export.svg_bytes(maps.choropleth(geography, rows, limits, decimals, attribution, title=title))

    return draw


def _frame(figures: Illustrations) -> Any:
    import geopandas

    shapes = figures.geography.shapes
    return geopandas.GeoDataFrame({"area_id": list(shapes)}, geometry=list(shapes.values()))


def _classes(indicator: Indicator) -> tuple[Sequence[int], Any]:
    from matplotlib.colors import ListedColormap

    rows, limits, _, _ = indicator
    numbers = [german.class_of(value, limits) for value in rows.sort("area_id")["value"]]
    return numbers, ListedColormap(style.class_colours(len(limits) + 1))


def _new_figure(figures: Illustrations) -> Way:
    """The usual way: a new figure for every map."""
    frame = _frame(figures)

    def draw(indicator: Indicator) -> bytes:
        return _svg(_plot(frame, indicator))

    return draw


def _same_figure(figures: Illustrations) -> Way:
    """The quick way of the same library: the figure stays, its collection gets other numbers."""
    frame = _frame(figures)
    kept: list[Any] = []

    def draw(indicator: Indicator) -> bytes:
        if not kept:
            kept.append(_plot(frame, indicator))
        (areas,) = kept[0].axes[0].collections
        numbers, colours = _classes(indicator)
        areas.set_array(numbers)
        areas.set_cmap(colours)
        areas.set_clim(1, max(colours.N, 2))
        return _svg(kept[0])

    return draw


def _plot(frame: Any, indicator: Indicator) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=tuple(side / 25.4 for side in maps.MAP_SIZE))
    axes = figure.add_subplot()
    axes.set_axis_off()
    numbers, colours = _classes(indicator)
    coloured = frame.assign(number=numbers)
    coloured.plot(
        column="number", ax=axes, cmap=colours, vmin=1, vmax=max(colours.N, 2), edgecolor=style.WHITE, linewidth=0.8
    )
    return figure


def _svg(figure: Any) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg")
    return buffer.getvalue()
