"""Sozialräume that divide Gemeinden: what they are made of, what they have values from, and where they have none."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from district import edit_sheet, write_district
from fixtures.rooms import ORTSTEILE, cut, divide_by_ortsteile, of_ortsteile, polygons, put

from pipelines.errors import InputError
from pipelines.geography.areas import build_areas
from pipelines.geography.boundaries import build_boundaries
from pipelines.geography.stones import gaps, stones
from pipelines.indicators.catalogue import catalogue_of
from pipelines.indicators.rates import build_values
from pipelines.readers import (
    read_gemeinden,
    read_grenzen,
    read_ortsteile,
    read_outlines,
    read_source,
    read_sozialraeume,
)
from pipelines.settings import load_settings
from pipelines.sources.registry import all_deliveries
from tests.fixtures.harmonised import build_merkmale

HALVES = {"06999-S01": (0.0, 1000.0), "06999-S02": (1000.0, 15000.0)}
BY_OUTLINE = (
    ("06999-S01", "06999001", "0.25"),
    ("06999-S02", "06999001", "0.75"),
    ("06999-S02", "06999002", "1"),
    ("06999-S02", "06999003", "1"),
)


def areas_of(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    settings = load_settings(folder)
    gemeinden = read_gemeinden(settings)
    ortsteile = read_ortsteile(settings, gemeinden)
    return build_areas(gemeinden, read_sozialraeume(settings, gemeinden, ortsteile), settings.kreis, ortsteile)


def values_of(folder: Path) -> pl.DataFrame:
    settings = load_settings(folder)
    gemeinden = read_gemeinden(settings)
    ortsteile = read_ortsteile(settings, gemeinden)
    areas, members = areas_of(folder)
    raw = {source: read_source(settings, source, gemeinden, ortsteile) for source in settings.kreis.sources}
    merkmale, _ = build_merkmale(raw, areas, all_deliveries(folder, settings.kreis))
    return build_values(merkmale, areas, members, catalogue_of(merkmale), settings.year)


def test_members_carry_the_share_of_people(tmp_path: Path) -> None:
    divide_by_ortsteile(write_district(tmp_path))
    areas, members = areas_of(tmp_path)
    of_rooms = members.filter(pl.col("area_id") != "06999").sort("area_id", "ags")
    assert of_rooms.rows() == [
        ("06999-S01", "06999001", 0.75),
        ("06999-S01", "06999002", 1.0),
        ("06999-S02", "06999001", 0.25),
        ("06999-S02", "06999003", 1.0),
    ]
    listed = dict(areas.filter(pl.col("area_level") == "sozialraum").select("area_id", "members").iter_rows())
    assert listed == {"06999-S01": "06999001001;06999002", "06999-S02": "06999001002;06999003"}
    names = areas.filter(pl.col("area_level") == "ortsteil")["display_name"].to_list()
    assert names == ["Musterstadt-Altstadt", "Musterstadt-Neustadt"]


def test_all_ortsteile_in_one_room_are_the_whole_gemeinde(tmp_path: Path) -> None:
    write_district(tmp_path)
    put(tmp_path, "ortsteile.csv", ORTSTEILE, "gebiete_ortsteile")
    rows = [(f"06999-S0{1 if key != '06999003' else 2}", key, "1")
            for key in ("06999001001", "06999001002", "06999002", "06999003")]  # fmt: skip
    put(tmp_path, "sozialraeume.csv", cut(rows), "gebiete_sozialraeume")
    areas, members = areas_of(tmp_path)
    assert members.filter(pl.col("weight") != 1).is_empty()
    assert areas.filter(area_id="06999-S01")["members"].item() == "06999001;06999002"


def test_a_cut_room_has_values_from_ortsteile_and_whole_gemeinden_only(tmp_path: Path) -> None:
    write_district(
        tmp_path, overrides={"gemeindeverzeichnis": of_ortsteile, "hessische_gemeindestatistik": of_ortsteile}
    )
    divide_by_ortsteile(tmp_path)
    found = values_of(tmp_path)
    rooms = found.filter(pl.col("area_level") == "sozialraum")
    gemeinden = found.filter(pl.col("area_level") == "gemeinde")
    kreis = found.filter(pl.col("area_level") == "kreis")
    # Share of persons from 65: Ortsteile have both figures, so both rooms have a value, and the counts add up
    counts = ["numerator", "denominator"]
    of_age = (
        rooms.filter(indicator_id="D04")
        .group_by("period")
        .agg(pl.sum(*counts), pl.col("value").null_count().alias("none"))
    )
    assert of_age.height and of_age["none"].sum() == 0
    for period, top, bottom, _ in of_age.iter_rows():
        whole = kreis.filter(indicator_id="D04", period=period).select(counts).row(0)
        assert (top, bottom) == whole
    # Dwellings are known for Gemeinden only: no room has a value, and never a share of the Gemeinde
    dwellings = rooms.filter(indicator_id="W01")
    assert gemeinden.filter(indicator_id="W01")["value"].is_not_null().any()
    assert dwellings.height and dwellings["value"].is_null().all()
    assert set(dwellings["status"]) == {"missing"}
    assert dwellings["reason"].str.contains("1 von 1 Ortsteilen").all()


def test_figures_of_another_census_are_not_added(tmp_path: Path) -> None:
    def other_basis(rows: list[dict]) -> list[dict]:
        return [row | ({"basis": "VZ1987"} if len(row["ags"]) == 11 else {}) for row in of_ortsteile(rows)]

    write_district(tmp_path, overrides={"gemeindeverzeichnis": other_basis, "hessische_gemeindestatistik": other_basis})
    divide_by_ortsteile(tmp_path)
    rooms = values_of(tmp_path).filter(pl.col("area_level") == "sozialraum", pl.col("indicator_id") == "D04")
    assert rooms["value"].is_null().all()
    assert rooms["reason"].str.contains("verschiedenen Volkszählungen").all()


def test_a_room_cut_by_an_outline_has_no_value_but_a_border(tmp_path: Path) -> None:
    import shapely

    write_district(tmp_path)
    put(tmp_path, "sozialraeume.csv", cut(BY_OUTLINE), "gebiete_sozialraeume")
    put(tmp_path, "sozialraeume.geojson", polygons(HALVES), "gebiete_umrisse")
    settings = load_settings(tmp_path)
    gemeinden = read_gemeinden(settings)
    areas, members = areas_of(tmp_path)
    outlines = read_outlines(settings, read_sozialraeume(settings, gemeinden))
    boundaries = build_boundaries(read_grenzen(settings, gemeinden), areas, members, outlines=outlines)
    shapes = dict(zip(boundaries["area_id"], shapely.from_wkb(boundaries["geometry"].to_list()), strict=True))
    assert shapes["06999-S01"].area == pytest.approx(1000 * 4000, rel=1e-3)
    assert shapes["06999-S01"].area + shapes["06999-S02"].area == pytest.approx(shapes["06999"].area, rel=1e-6)
    rooms = values_of(tmp_path).filter(pl.col("area_level") == "sozialraum")
    assert rooms["value"].is_null().all()


FIRST, SECOND = ("S01", "06999001001"), ("S01", "06999001002")
OTHERS = [("S01", "06999002"), ("S02", "06999003")]


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([FIRST, *OTHERS], "06999001002 in keinem Sozialraum"),
        ([FIRST, SECOND, ("S02", "06999001001"), *OTHERS], "06999001001 in 2 Sozialräumen"),
        ([FIRST, SECOND, ("S01", "06999001"), *OTHERS], "beides"),
    ],
)
def test_a_cover_that_is_not_exactly_once_is_refused(tmp_path: Path, rows: list[tuple[str, str]], found: str) -> None:
    write_district(tmp_path)
    put(tmp_path, "ortsteile.csv", ORTSTEILE, "gebiete_ortsteile")
    put(tmp_path, "sozialraeume.csv", cut([(f"06999-{a}", key, "1") for a, key in rows]), "gebiete_sozialraeume")
    with pytest.raises(InputError, match="nicht genau einmal") as caught:
        areas_of(tmp_path)
    assert caught.value.found == found


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("06999001001,Altstadt", "06999002001,Altstadt", "ortsteil"),
        ("9300", "9.300,5"[:5], None),
        ("9300", "-1", "bevoelkerung"),
        ("2022-12-31,Testdaten\n06999001002", "2022-13-31,Testdaten\n06999001002", "stichtag"),
        ("06999001002,Neustadt", "06999001001,Neustadt", "ortsteil"),
    ],
)
def test_a_faulty_list_of_ortsteile_is_refused(tmp_path: Path, old: str, new: str, column: str | None) -> None:
    write_district(tmp_path)
    put(tmp_path, "ortsteile.csv", ORTSTEILE.replace(old, new), "gebiete_ortsteile")
    settings = load_settings(tmp_path)
    if column is None:
        assert read_ortsteile(settings, read_gemeinden(settings))["bevoelkerung"].to_list()[0] == 9.3
        return
    with pytest.raises(InputError) as caught:
        read_ortsteile(settings, read_gemeinden(settings))
    assert caught.value.column == column


def test_a_weight_that_is_not_known_is_no_zero(tmp_path: Path) -> None:
    write_district(tmp_path)
    put(tmp_path, "ortsteile.csv", ORTSTEILE.replace("3100,1500", ",1000"), "gebiete_ortsteile")
    settings = load_settings(tmp_path)
    ortsteile = read_ortsteile(settings, read_gemeinden(settings))
    found = stones(ortsteile)
    assert [(stone.basis, stone.share) for stone in found.values()] == [("wohnungen", 0.8), ("wohnungen", 0.2)]
    official = pl.DataFrame(
        [("06999001", "wohnungen", 5100.0, "2022-12-31")], schema=["ags", "basis", "value", "stichtag"], orient="row"
    )
    rows = {row["basis"]: row for row in gaps(ortsteile, official).iter_rows(named=True)}
    assert (rows["wohnungen"]["total"], rows["wohnungen"]["gap"]) == (5000.0, 100.0)
    assert (rows["bevoelkerung"]["total"], rows["bevoelkerung"]["gap"]) == (None, None)


def test_a_resolution_is_named_wherever_the_example_is(tmp_path: Path) -> None:
    write_district(tmp_path)
    edit_sheet(tmp_path / "kreis.yml", lambda kreis: kreis["sozialraeume"].update(beschlossen=True))
    with pytest.raises(InputError) as caught:
        load_settings(tmp_path)
    assert "beschluss" in str(caught.value.column)
    resolution = {"datum": "2022-03-14", "drucksache": "Test 1/2022"}
    edit_sheet(tmp_path / "kreis.yml", lambda kreis: kreis["sozialraeume"].update(beschluss=resolution))
    assert load_settings(tmp_path).kreis.sozialraum_note == "beschlossen am 14.03.2022, Drucksache Test 1/2022"
