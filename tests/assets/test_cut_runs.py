"""A planner's cut from import to values: by Ortsteile with values, by outlines without values and with a border."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from district import write_district
from fixtures.rooms import ORTSTEILE, of_ortsteile, polygons, put
from runs import command

from pipelines import warehouse
from pipelines.settings import Settings, load_settings

TABLE = "Sozialraum;Ortsteilschlüssel;AGS\nNord;06999001001;\nNord;;06999002\nSüd;06999001002;\nSüd;;06999003\n"
STRIPS = {"1": (0.0, 1000.0), "2": (1000.0, 15000.0)}


def imported(folder: Path, name: str, text: str) -> Settings:
    """The settings of a district whose cut was imported and whose figures were made."""
    write_district(
        folder / "daten", overrides={"gemeindeverzeichnis": of_ortsteile, "hessische_gemeindestatistik": of_ortsteile}
    )
    put(folder / "daten", "ortsteile.csv", ORTSTEILE, "gebiete_ortsteile")
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
        assert values["value"].is_null().all()
        assert drawn.height == 2
    # What only Gemeinden have is nowhere given to a part of one
    assert values.filter(indicator_id="W01")["value"].is_null().all()
