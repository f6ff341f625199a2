"""People of the census grid of 2011 in the 23 Gemeinden, against the register.

The nearest date at hand on the base of that census is 31.12.2013, two and a half years later: 0.8 % more people, and
built-up areas have grown since. No figure of the register steers anything. The cut of the grid ends 300 m beyond the
district, so dwellings farther away do not draw people of border cells out of it.
"""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
import shapely

from pipelines.geography import allocation, grid
from pipelines.readers import zensus_gitter
from pipelines.readers.rawfile import RawFile
from pipelines.settings import PROJECT_DIR

pytestmark = pytest.mark.shared

MEANS = {
    "Alter_D": "Jahre",
    "unter18_A": "Prozent",
    "ab65_A": "Prozent",
    "Auslaender_A": "Prozent",
    "Frauen_A": "Prozent",
}


def read(shared: Path, size: str) -> pl.DataFrame:
    name = f"zensus2011_{size}_dadi_long.csv.gz"
    return zensus_gitter.read(RawFile(shared / "fixtures" / "zensus2011_gitter" / name).unpacked()).frame


@pytest.fixture(scope="module")
def register(shared: Path) -> pl.DataFrame:
    facts = pl.read_csv(shared / "facts" / "gemeindeverzeichnis.csv", schema_overrides={"ags": pl.String})
    chosen = facts.filter(stichtag="2013-12-31", merkmal="bevoelkerung", auspraegung="insgesamt", basis="Zensus2011")
    assert chosen["wert"].sum() == 285_407
    return chosen.select(area_id="ags", register="wert")


def outlines(file: Path) -> pl.DataFrame:
    features = json.loads(file.read_text(encoding="utf-8"))["features"]
    shapes = shapely.from_geojson([json.dumps(feature["geometry"]) for feature in features])
    keys = [feature["properties"]["ags"] for feature in features]
    return grid.areas_in_grid(pl.DataFrame({"area_id": keys, "geometry": shapely.to_wkb(shapes).tolist()}), "OGC:CRS84")


@pytest.fixture(scope="module", params=["shipped", "postcodes"])
def areas(request: pytest.FixtureRequest, shared: Path) -> pl.DataFrame:
    """The shipped boundaries, and those joined of postcode areas."""
    if request.param == "shipped":
        return outlines(PROJECT_DIR / "data" / "raw" / "gebiete" / "gemeinden.geojson")
    return outlines(shared / "fixtures" / "geometrie" / "dadi_gemeinden_plz.geojson")


@pytest.fixture(scope="module")
def table(shared: Path) -> tuple[grid.Cells, pl.DataFrame]:
    wide = read(shared, "1km").pivot("item", index="key", values="value").rename({"key": "cell"})
    cells = grid.cells_of_ids(wide["cell"])
    aligned, lost = grid.aligned(cells, wide)
    assert lost == 0
    return cells, aligned


@pytest.fixture(scope="module")
def dwellings(shared: Path) -> tuple[grid.Cells, pl.Series]:
    long = read(shared, "100m")
    cells = grid.cells_of_ids(long["key"])
    aligned, _ = grid.aligned(cells, allocation.fullest(long, "dwellings"))
    return cells, aligned["number"].alias("Wohnungen")


def deviation(found: allocation.Allocated, register: pl.DataFrame) -> float:
    """Mean absolute percentage error over the Gemeinden."""
    both = found.values.join(register, on="area_id", validate="1:1")
    assert both.height == 23
    return (100 * (both["value"] / both["register"] - 1).abs()).mean()  # type: ignore[return-value]


@pytest.fixture(scope="module")
def steered(areas: pl.DataFrame, table: tuple, dwellings: tuple) -> grid.Shares:
    cells, (fine, weights) = table[0], dwellings
    return allocation.steered(cells, fine, grid.by_area(fine, areas), weights, grid.by_area(cells, areas))


def test_steered_by_dwellings_the_population_is_that_of_the_register(
    steered: grid.Shares, table: tuple, register: pl.DataFrame
) -> None:
    found = allocation.counts(steered, table[1]["Einwohner"])
    assert deviation(found, register) < 3
    assert deviation(found, register) == pytest.approx(1.5, abs=0.1)
    assert set(found.values["status"]) == {"estimated"}
    assert found.balance.total == 290_234
    assert found.balance.allocated + found.balance.outside == pytest.approx(290_234, abs=1e-6)
    # 260 cells are uninhabited or secret; their dwellings are less than a hundredth of all
    assert found.balance.without_value == 260
    assert found.values["without_value"].max() < 0.05
    assert found.balance.unsteered == 449


def test_without_steering_it_is_not(areas: pl.DataFrame, table: tuple, register: pl.DataFrame) -> None:
    cells, items = table
    for way, expected in ((grid.by_area, 5.9), (grid.by_centre, 4.5)):
        assert deviation(allocation.counts(way(cells, areas), items["Einwohner"]), register) == pytest.approx(
            expected, abs=0.2
        )


def test_means_of_the_gemeinden_lie_between_those_of_their_cells(steered: grid.Shares, table: tuple) -> None:
    items = [allocation.Item(name, unit, extensive=False, weight="Einwohner") for name, unit in MEANS.items()]
    for name, found in allocation.allocate(steered, table[1], items).items():
        values, cells = found.values["value"], table[1][name]
        assert values.null_count() == 0
        assert cells.min() < values.min() < values.max() < cells.max()  # type: ignore[operator]
        assert set(found.values["without_value_of"]) == {"Einwohner"}
        # Shares of small groups are withheld more often than ages
        assert found.values["without_value"].max() < 0.06
