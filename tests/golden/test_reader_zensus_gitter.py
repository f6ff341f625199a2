"""Real grid cells of the census 2011: the counts of cells, codes and rows that were counted in the files."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from pipelines.readers import zensus_gitter
from pipelines.readers.rawfile import RawFile
from pipelines.readers.reading import Agreed, Reading

pytestmark = pytest.mark.shared


def read(shared: Path, size: str, agreed: Agreed) -> Reading:
    name = f"zensus2011_{size}_dadi_long.csv.gz"
    file = RawFile(shared / "fixtures" / "zensus2011_gitter" / name).unpacked()
    assert zensus_gitter.recognises(file)
    return zensus_gitter.read(file, agreed)


def test_cells_of_1_km(shared: Path) -> None:
    frame = read(shared, "1km", Agreed(time="2011")).frame
    assert (frame.height, frame["key"].n_unique(), frame["item"].n_unique()) == (7_140, 714, 10)
    signs = dict(frame.filter(sign="-9").group_by("item").len().iter_rows())
    assert (signs["Leerstandsquote"], signs["Wohnfl_Whg_D"]) == (30, 238)
    people = frame.filter(item="Einwohner")
    assert people.filter(sign="-1").height == 260
    assert (people["value"].min(), people["value"].max()) == (3, 5_416)
    assert frame["value"].min() == 0
    # 300 m beyond the district are in the cut: more than its 283,051 persons on average of 2011
    assert people["value"].sum() == 290_234


def test_cells_of_100_m(shared: Path) -> None:
    frame = read(shared, "100m", Agreed()).frame
    assert (frame.height, frame["key"].n_unique()) == (220_477, 7_827)
    assert frame["item_label"].n_unique() == 167
    assert frame["value"].min() == 3
    assert frame.group_by("quality").len().sort("quality").rows() == [("final", 219_216), ("limited", 1_261)]


def test_a_box_takes_the_cells_whose_centres_lie_inside(shared: Path) -> None:
    every = read(shared, "1km", Agreed()).frame
    box = read(shared, "1km", Agreed(keys=("bbox:4230000,2960000,4239999,2969999",))).frame
    assert box["key"].n_unique() <= 100
    assert box.height == every.filter(pl.col("key").str.contains(r"N296[0-9]000E423[0-9]000$")).height
