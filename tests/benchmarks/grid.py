"""Figures of grid cells in polygons, against joining points with polygons and against exactextract, item by item.

What belongs here: three million cells of 100 m lying as settlements do, in all Gemeinden of Germany; the time of what
is done once per version of the geometry, and that of every further item. What does not: fetching boundaries
(`gemeinden`). Points in polygons must give the same sums; sums by surface may differ from exactextract by a millionth.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from pipelines.geography import allocation, grid
from tests.benchmarks import gemeinden
from tests.benchmarks.measure import Measurement, medians
from tests.benchmarks.workplace import Workplace

CELLS = 3_000_000
SIZE = 100
ONCE_GOAL, ITEM_GOAL = 6.0, 0.2
JOIN_RATIO, EXACT_RATIO = 30.0, 20.0
DIFFERENCE = 1e-6
ONCE = "{kind} of {cells} cells in {areas} polygons, once per geometry"
KEPT = "the same, read again"
CENTRE, AREA = "one item, cells by centre", "one item, cells by area"
MEAN = "one weighted mean with a tenth missing, cells by area"
JOIN, EXACT = "`geopandas.sjoin` and sum", "`exactextract`, sum"


def measure(workplace: Workplace, rounds: int) -> list[Measurement]:
    """All Gemeinden of Germany. Raises Unavailable without their boundaries."""
    return compare(gemeinden.load(), workplace.folder / "gitter", rounds, CELLS)


def compare(areas: pl.DataFrame, folder: Path, rounds: int, count: int) -> list[Measurement]:
    """areas: area_id, geometry (WKB, EPSG:3035); folder: for what is kept; count: cells."""
    cells = settled_cells(areas, count)
    people = pl.Series("Einwohner", np.random.default_rng(2).integers(3, 300, count).astype(float))
    ages = pl.select(pl.when(people >= 30).then(people % 60 + 20)).to_series().alias("Alter_D")
    once = {
        "ids": lambda: _once(grid.by_centre, cells, areas, folder),
        KEPT: lambda: grid.by_centre(cells, areas, folder).matrix,
        "shares": lambda: _once(grid.by_area, cells, areas, folder),
    }
    seconds = medians(rounds, once)
    centre, share = grid.by_centre(cells, areas), grid.by_area(cells, areas)
    join, exact = _join(cells, areas, people), _exact(cells, areas, people)
    items = {
        CENTRE: lambda: allocation.counts(centre, people),
        AREA: lambda: allocation.counts(share, people),
        MEAN: lambda: allocation.means(share, ages, people),
        JOIN: join,
        EXACT: exact,
    }
    _equal(allocation.counts(centre, people), join(), 0.0)
    _equal(allocation.counts(share, people), exact(), DIFFERENCE)
    seconds |= medians(rounds, items)
    counted = {"cells": f"{count:,}", "areas": f"{areas.height:,}"}
    return [
        Measurement(ONCE.format(kind="ids", **counted), seconds["ids"], goal=ONCE_GOAL),
        Measurement(KEPT, seconds[KEPT]),
        Measurement(CENTRE, seconds[CENTRE], JOIN, seconds[JOIN], ITEM_GOAL, JOIN_RATIO),
        Measurement(ONCE.format(kind="shares of surface", **counted), seconds["shares"]),
        Measurement(AREA, seconds[AREA], EXACT, seconds[EXACT], ITEM_GOAL, EXACT_RATIO),
        Measurement(MEAN, seconds[MEAN], goal=ITEM_GOAL),
    ]


def settled_cells(areas: pl.DataFrame, count: int) -> grid.Cells:
    """Cells scattered around the middle of every area, the more the larger it is; a few lie in no area."""
    import shapely

    random = np.random.default_rng(1)
    shapes = shapely.from_wkb(areas["geometry"].to_list())
    surface, middle = shapely.area(shapes), shapely.get_coordinates(shapely.point_on_surface(shapes))
    found = np.empty((0, 2), np.int64)
    while len(found) < count:
        chosen = random.choice(len(shapes), count, p=surface / surface.sum())
        spread = random.normal(size=(count, 2)) * np.sqrt(surface[chosen])[:, None] / 3
        found = np.unique(np.r_[found, ((middle[chosen] + spread) // SIZE).astype(np.int64)], axis=0)
    east, north = (random.permutation(found)[:count] * SIZE + SIZE / 2).T
    return grid.cells_of_centres(pl.Series(east), pl.Series(north), SIZE)


def _once(way: grid.Way, cells: grid.Cells, areas: pl.DataFrame, folder: Path) -> object:
    """With everything a first call does: the hash, the work, the file, what items need."""
    shutil.rmtree(folder, ignore_errors=True)
    return way(cells, areas, folder).matrix


def _frame(areas: pl.DataFrame) -> Any:
    import geopandas
    import shapely

    shapes = shapely.from_wkb(areas["geometry"].to_list())
    return geopandas.GeoDataFrame({"area_id": areas["area_id"].to_list()}, geometry=shapes, crs=grid.CRS)


def _join(cells: grid.Cells, areas: pl.DataFrame, people: pl.Series) -> Any:
    import geopandas

    east, north = (cells.frame[name].to_numpy() + SIZE / 2 for name in ("east", "north"))
    points = geopandas.GeoDataFrame(
        {"people": people.to_numpy()}, geometry=geopandas.points_from_xy(east, north), crs=grid.CRS
    )
    polygons = _frame(areas)

    def join() -> dict[str, float]:
        return geopandas.sjoin(points, polygons, predicate="within").groupby("area_id")["people"].sum().to_dict()

    return join


def _exact(cells: grid.Cells, areas: pl.DataFrame, people: pl.Series) -> Any:
    """The cells as a raster in memory, with nothing where there is no cell."""
    from exactextract import exact_extract
    from exactextract.raster import NumPyRasterSource

    polygons = _frame(areas)
    column, row = (cells.frame[name].to_numpy() // SIZE for name in ("east", "north"))
    west, south, east, north = polygons.total_bounds / SIZE
    west, south = int(min(west, column.min())), int(min(south, row.min()))
    width, height = int(max(east, column.max())) + 1 - west, int(max(north, row.max())) + 1 - south
    raster = np.full((height, width), np.nan)
    raster[height - 1 - (row - south), column - west] = people.to_numpy()
    edges = [edge * SIZE for edge in (west, south, west + width, south + height)]
    source = NumPyRasterSource(raster, *edges, srs_wkt=polygons.crs.to_wkt())

    def extract() -> dict[str, float]:
        found = exact_extract(source, polygons, "sum", include_cols=["area_id"], output="pandas")
        return dict(zip(found["area_id"], found["sum"].fillna(0.0), strict=True))

    return extract


def _equal(own: allocation.Allocated, other: dict[str, float], difference: float) -> None:
    found = {area: value or 0.0 for area, value in own.values.select("area_id", "value").iter_rows()}
    expected = [other.get(area, 0.0) for area in found]
    np.testing.assert_allclose(list(found.values()), expected, rtol=difference, atol=difference)
