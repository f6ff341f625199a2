"""A planner's cut from import to values: by Ortsteile, and by outlines with a border and what grid cells say."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from district import write_district, write_official
from fixtures.rooms import ORTSTEILE, cell_rows, grid_of_2022, of_ortsteile, people, polygons, put
from runs import command

from pipelines import warehouse
from pipelines.settings import Settings, load_settings

TABLE = "Sozialraum;Ortsteilschlüssel;AGS\nNord;06999001001;\nNord;;06999002\nSüd;06999001002;\nSüd;;06999003\n"
# No share of those from 65 is known in the east, which most of the second Sozialraum is
NO_SHARE = {number: (str(people(number)), "–") for number in range(len(cell_rows())) if number % 17 > 4}
STRIPS = {"1": (0.0, 1000.0), "2": (1000.0, 15000.0)}


def imported(folder: Path, name: str, text: str) -> Settings:
    """The settings of a district whose cut was imported and whose figures were made."""
    write_district(
        folder / "daten", overrides={"gemeindeverzeichnis": of_ortsteile, "hessische_gemeindestatistik": of_ortsteile}
    )
    put(folder / "daten", "ortsteile.csv", ORTSTEILE, "gebiete_ortsteile")
    write_official(folder / "daten", "zensus_gitter", "2022", {"gitter.csv": ("zensus_gitter", grid_of_2022(NO_SHARE))})
    (folder / name).write_text(text, encoding="utf-8")
    where = ("--data", folder / "daten", "--out", folder / "aus")
    for call in (("sozialraeume", "import", folder / name, "--gueltig-ab", "2022-01-01"), ("check",)):
        done = command(*call, *where, cwd=folder)
        assert done.returncode == 0, done.stderr
    return load_settings(folder / "daten", folder / "aus")


@pytest.mark.parametrize(("name", "text"), [("plan.csv", TABLE), ("plan.geojson", polygons(STRIPS, "EPSG:3035", "nr"))])
def test_a_cut_is_worked_with(tmp_path: Path, name: str, text: str) -> None:
    settings = imported(tmp_path, name, text)
    values = warehouse.read(settings.warehouse, "indicators.values").filter(pl.col("area_level") == "sozialraum")
    drawn = warehouse.read(settings.warehouse, "curated.boundaries").filter(pl.col("area_level") == "sozialraum")
    old = values.filter(indicator_id="D04")
    assert old["area_id"].unique().sort().to_list() == ["06999-S01", "06999-S02"]
    if name == "plan.csv":
        assert old["value"].is_not_null().all()
        assert drawn.is_empty()
        provenance = warehouse.read(settings.warehouse, "indicators.provenance").filter(indicator_id="D04")
        assert "06999001001" in provenance.filter(area_id="06999-S01")["item_area_id"].to_list()
    else:
        assert drawn.height == 2
        check_cells(settings, values)
    # What only Gemeinden have is nowhere given to a part of one
    assert values.filter(indicator_id="W01")["value"].is_null().all()


def check_cells(settings: Settings, values: pl.DataFrame) -> None:
    """Of the grid one Sozialraum has an estimated value, the other none: too little of it is known."""
    assert set(values.filter(pl.col("value").is_not_null())["indicator_id"]) == {"D04"}
    found = values.filter(indicator_id="D04", period="2022-05-15").sort("area_id").rows(named=True)
    assert [(row["status"], row["basis"]) for row in found] == [("estimated", "Zensus2022"), ("missing", None)]
    assert 10 < found[0]["value"] < 31 and "Flächenanteil, 1-km-Gitter" in found[0]["reason"]
    assert "wird nicht geschätzt" in found[1]["reason"]
    origins = warehouse.read(settings.warehouse, "indicators.provenance")
    origin = origins.filter(indicator_id="D04", area_id="06999-S01")
    assert set(origin["file"]) == {"zensus_gitter/2022/gitter.csv"}
    losses = warehouse.read(settings.warehouse, "curated.losses").filter(pl.col("sum_in").is_not_null())
    everybody = losses.filter(pl.col("step").str.contains("bevoelkerung insgesamt")).row(0, named=True)
    assert everybody["sum_in"] == sum(people(number) for number in range(len(cell_rows())))
    assert everybody["sum_out"] + everybody["outside"] == pytest.approx(everybody["sum_in"])
