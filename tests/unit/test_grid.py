"""Cells of grids: their keys and places, which belong to which polygons, and how much of them. Shapes are made up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from pipelines.geography import grid, raster

# A corner of the grid in the middle of Germany
X, Y = 4_230_000, 2_970_000
CORNER = np.array([X, Y])
SIDE = 8


def block(size: int = 100, side: int = SIDE) -> grid.Cells:
    """A square of cells around the corner."""
    x, y = np.meshgrid(np.arange(side), np.arange(side))
    return grid.cells_of_centres(pl.Series(X + (x.ravel() + 0.5) * size), pl.Series(Y + (y.ravel() + 0.5) * size), size)


def areas(**shapes: BaseGeometry) -> pl.DataFrame:
    """Areas whose coordinates are counted in metres from the corner."""
    placed = [shapely.transform(shape, lambda points: points + CORNER) for shape in shapes.values()]
    return pl.DataFrame({"area_id": list(shapes), "geometry": shapely.to_wkb(placed).tolist()})


def by_pair(shares: grid.Shares) -> dict[tuple[str, str], float]:
    sources, targets = shares.sources.to_list(), shares.targets.to_list()
    return {(sources[source], targets[target]): share for source, target, share in shares.pairs.iter_rows()}


def cell(column: int, row: int, size: int = 100) -> str:
    return f"CRS3035RES{size}mN{Y + row * size}E{X + column * size}"


@st.composite
def partitions(draw: st.DrawFn) -> list[BaseGeometry]:
    """Polygons without gaps and overlaps: triangles around points, some of them joined, among them holes and slivers.

    Points lie on centres, corners and sides of cells as often as elsewhere.
    """
    whole = st.integers(0, 2 * SIDE).map(lambda half: half * 50.0)
    place = st.one_of(whole, st.floats(0, 100 * SIDE, allow_subnormal=False).map(lambda at: round(at, 3)))
    points = draw(st.lists(st.tuples(place, place), min_size=4, max_size=14, unique=True))
    triangles = shapely.get_parts(shapely.delaunay_triangles(shapely.MultiPoint(points)))
    triangles = triangles[shapely.area(triangles) > 1]
    group = [draw(st.integers(0, 3)) for _ in triangles]
    joined = [shapely.union_all(triangles[[own == number for own in group]]) for number in sorted(set(group))]
    return [shape for shape in joined if shape.is_valid and shape.geom_type in ("Polygon", "MultiPolygon")]


def named(shapes: list[BaseGeometry]) -> pl.DataFrame:
    return areas(**{f"a{number:02}": shape for number, shape in enumerate(shapes)})


def test_a_key_is_a_place_and_a_place_is_a_key() -> None:
    cells = grid.cells_of_ids(pl.Series([cell(1, 2), cell(0, 3), cell(1, 2)]))
    assert cells.size == 100
    assert cells.frame.rows() == [(cell(1, 2), X + 100, Y + 200), (cell(0, 3), X, Y + 300)]
    assert grid.cells_of_centres(pl.Series([X + 150]), pl.Series([Y + 250]), 100).frame["cell"].to_list() == [
        cell(1, 2)
    ]


@pytest.mark.parametrize(
    "ids",
    [["100mN29700E42300"], [cell(0, 0), cell(0, 0, 1_000)], [f"CRS3035RES100mN{Y + 50}E{X}"], [None], []],
    ids=["short form", "two sizes", "off the grid", "no key", "no cell"],
)
def test_what_is_no_key_is_refused(ids: list[str]) -> None:
    with pytest.raises(ValueError, match=r"cells of|corners"):
        grid.cells_of_ids(pl.Series(ids, dtype=pl.String))


def test_corners_are_not_taken_for_centres() -> None:
    with pytest.raises(ValueError, match="no centres"):
        grid.cells_of_centres(pl.Series([X]), pl.Series([Y]), 100)


def test_items_follow_the_order_of_the_cells_and_lost_rows_are_counted() -> None:
    cells = grid.cells_of_ids(pl.Series([cell(0, 0), cell(1, 0), cell(2, 0)]))
    items = pl.DataFrame({"cell": [cell(2, 0), cell(9, 9), cell(0, 0)], "Einwohner": [30.0, 99.0, 10.0]})
    found, lost = grid.aligned(cells, items)
    assert found["Einwohner"].to_list() == [10.0, None, 30.0]
    assert lost == 1
    with pytest.raises(ValueError, match="several rows"):
        grid.aligned(cells, pl.concat([items, items]))


def test_a_centre_on_a_common_border_belongs_to_one_area() -> None:
    # The border runs through the centres of the second column, then through those of the second row
    for left, right in (
        (shapely.box(0, 0, 150, 800), shapely.box(150, 0, 800, 800)),
        (shapely.box(0, 0, 800, 150), shapely.box(0, 150, 800, 800)),
    ):
        shares = grid.by_centre(block(), areas(left=left, right=right))
        assert shares.pairs["source"].to_list() == list(range(SIDE * SIDE))
        assert shares.several == 0
        assert by_pair(shares)[cell(1, 1), "right"] == 1


def test_holes_and_islands() -> None:
    outer = shapely.box(0, 0, 500, 500).difference(shapely.box(100, 100, 400, 400))
    enclave, island = shapely.box(200, 200, 300, 300), shapely.box(600, 600, 750, 700)
    shapes = areas(enclave=enclave, ring=shapely.union(outer, island))
    centre, share = by_pair(grid.by_centre(block(), shapes)), by_pair(grid.by_area(block(), shapes))
    assert sorted(key for key, area in centre if area == "enclave") == [cell(2, 2)]
    assert sum(1 for _, area in centre if area == "ring") == 17
    assert (cell(1, 1), "ring") not in share
    assert share[cell(7, 6), "ring"] == pytest.approx(0.5)
    assert sum(part for (_, area), part in share.items() if area == "ring") == pytest.approx(17.5)


def test_a_sliver_has_its_share_and_no_centre() -> None:
    sliver = areas(sliver=shapely.Polygon([(10, 0), (10.5, 0), (700.5, 800), (700, 800)]))
    assert grid.by_centre(block(), sliver).pairs.is_empty()
    assert grid.by_area(block(), sliver).pairs["share"].sum() == pytest.approx(400 / 10_000)


def test_where_areas_overlap_nothing_is_given_out_twice() -> None:
    shapes = areas(one=shapely.box(0, 0, 400, 100), two=shapely.box(200, 0, 600, 100))
    centre, share = grid.by_centre(block(), shapes), grid.by_area(block(), shapes)
    assert centre.several == share.several == 2
    assert by_pair(centre)[cell(2, 0), "one"] == 1
    assert (cell(2, 0), "two") not in by_pair(centre)
    assert by_pair(share)[cell(2, 0), "one"] == by_pair(share)[cell(2, 0), "two"] == 0.5
    assert share.matrix.sum(axis=0).max() == 1


@given(partitions())
def test_every_centre_in_a_partition_belongs_to_exactly_one_area(shapes: list[BaseGeometry]) -> None:
    cells = block()
    shares = grid.by_centre(cells, named(shapes))
    assert shares.several == 0
    middle = shapely.points(cells.frame["east"].to_numpy() - X + 50.0, cells.frame["north"].to_numpy() - Y + 50.0)
    found = dict(zip(shares.pairs["source"], shares.pairs["target"], strict=True))
    for place, point in enumerate(middle):
        inside = [number for number, shape in enumerate(shapes) if shapely.contains(shape, point)]
        if inside:
            assert [found[place]] == inside
        elif not any(shapely.intersects(shape, point) for shape in shapes):
            assert place not in found


@given(partitions())
def test_shares_of_surface_are_those_of_the_geometry_library(shapes: list[BaseGeometry]) -> None:
    cells = block()
    shares = grid.by_area(cells, named(shapes))
    found = {(source, target): share for source, target, share in shares.pairs.iter_rows()}
    east, north = (cells.frame[name].to_numpy() - corner for name, corner in (("east", X), ("north", Y)))
    boxes = shapely.box(east.astype(float), north.astype(float), east + 100.0, north + 100.0)
    for number, shape in enumerate(shapes):
        expected = shapely.area(shapely.intersection(boxes, shape)) / 10_000
        got = np.array([found.get((place, number), 0.0) for place in range(len(boxes))])
        np.testing.assert_allclose(got, expected, atol=1e-8)


@given(partitions(), st.integers(2, 5))
def test_many_polygons_are_worked_on_in_pieces_with_the_same_result(shapes: list[BaseGeometry], chunk: int) -> None:
    cells, wanted = block(), named(shapes)
    expected = grid.by_area(cells, wanted).pairs
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(raster, "CHUNK", chunk)
        found = grid.by_area(cells, wanted).pairs
    assert found.drop("share").equals(expected.drop("share"))
    np.testing.assert_allclose(found["share"], expected["share"], rtol=1e-12)


def test_shares_are_those_of_exactextract() -> None:
    """Oracle: coverage fractions by Baston, exactextract (Apache 2.0), of star-shaped polygons with holes."""
    import geopandas
    from exactextract import exact_extract
    from exactextract.raster import NumPyRasterSource
    from pyproj import CRS

    random = np.random.default_rng(7)
    shapes = []
    for _ in range(40):
        angle = np.sort(random.uniform(0, 2 * np.pi, 60))
        radius, middle = random.uniform(100, 900, 60), random.uniform(1_000, 4_000, 2)
        star = shapely.Polygon(middle + radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]))
        shapes.append(star.difference(shapely.Point(middle).buffer(60)))
    cells = block(side=50)
    values = random.uniform(0, 500, cells.frame.height)
    wkt = CRS.from_user_input(grid.CRS).to_wkt()
    for number, shape in enumerate(shapes):
        found = grid.by_area(cells, named([shape]))
        source = NumPyRasterSource(values.reshape(50, 50)[::-1], X, Y, X + 5_000, Y + 5_000, srs_wkt=wkt)
        placed = geopandas.GeoDataFrame(
            geometry=[shapely.transform(shape, lambda points: points + CORNER)], crs=grid.CRS
        )
        expected = exact_extract(source, placed, ["sum", "count"], output="pandas")
        assert (found.matrix @ values)[0] == pytest.approx(expected["sum"][0], rel=1e-6), number
        assert found.matrix.sum() == pytest.approx(expected["count"][0], rel=1e-6)


def test_shares_are_kept_per_version_of_geometry_and_grid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = areas(one=shapely.box(0, 0, 420, 300), two=shapely.box(420, 0, 800, 300))
    moved = areas(one=shapely.box(0, 0, 430, 300), two=shapely.box(430, 0, 800, 300))
    made = grid.by_area(block(), first, tmp_path)
    grid.by_area(block(), moved, tmp_path)
    grid.by_area(block(side=7), first, tmp_path)
    grid.by_centre(block(), first, tmp_path)
    files = sorted((tmp_path / "gitter").iterdir())
    assert len(files) == 4
    assert {file.suffix for file in files} == {".parquet"}
    before = [file.read_bytes() for file in files]
    monkeypatch.setattr(raster, "_edges", lambda *_: pytest.fail("worked out again"))
    again = grid.by_area(block(), first, tmp_path)
    assert again.pairs.equals(made.pairs)
    assert [file.read_bytes() for file in files] == before
    # The order in which areas come changes nothing
    assert grid.by_area(block(), first.reverse(), tmp_path).pairs.equals(made.pairs)


def test_a_broken_file_of_kept_shares_is_made_anew(tmp_path: Path) -> None:
    wanted = areas(one=shapely.box(0, 0, 420, 300))
    made = grid.by_area(block(), wanted, tmp_path)
    (file,) = (tmp_path / "gitter").iterdir()
    whole = file.read_bytes()
    for broken in (b"", b"Testdaten", whole[: len(whole) // 2]):
        file.write_bytes(broken)
        assert grid.by_area(block(), wanted, tmp_path).pairs.equals(made.pairs)
        assert file.read_bytes() == whole


def test_an_area_twice_and_a_shape_off_the_projection_are_refused() -> None:
    box = areas(one=shapely.box(0, 0, 100, 100))
    with pytest.raises(ValueError, match="several rows"):
        grid.by_centre(block(), pl.concat([box, box]))
    west = areas(one=shapely.box(-X - 500, 0, 100, 100))
    with pytest.raises(ValueError, match="outside"):
        grid.by_centre(block(), west)


def test_areas_come_into_the_projection_of_the_grid() -> None:
    # The centre of the projection, 10° E 52° N, has the false origin by definition
    point = shapely.Point(10, 52).buffer(1e-6)
    placed = grid.areas_in_grid(pl.DataFrame({"area_id": ["a"], "geometry": [shapely.to_wkb(point)]}), "OGC:CRS84")
    centre = shapely.from_wkb(placed["geometry"][0]).centroid
    assert (centre.x, centre.y) == pytest.approx((4_321_000, 3_210_000), abs=1e-3)
