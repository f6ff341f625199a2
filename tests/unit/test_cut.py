"""A planner's file becomes a cut of Sozialräume: what is read, what is refused, what is laid down."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import yaml
from district import write_district
from fixtures.rooms import ORTSTEILE, polygons, put
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.cli import app
from pipelines.errors import AtlasError, InputError
from pipelines.geography.areas import build_areas
from pipelines.geography.cut import Balance, Known, Line, Plan, balance
from pipelines.readers import read_gemeinden, read_ortsteile, read_outlines, read_sozialraeume
from pipelines.settings import load_settings
from pipelines.sources.cut import checked, lay_down

HEAD = "Sozialraum;Ortsteilschlüssel;AGS;Ortsteil\n"
TABLE = HEAD + "Nord;06999001001;;\nNord;;06999002;\nSüd;06999001002;;\nSüd;;06999003;\n"
STRIPS = {"1": (0.0, 1000.0), "2": (1000.0, 15000.0)}


@pytest.fixture
def district(tmp_path: Path) -> Path:
    folder = write_district(tmp_path / "daten")
    put(folder, "ortsteile.csv", ORTSTEILE, "gebiete_ortsteile")
    return folder


def plan_file(folder: Path, text: str, name: str = "plan.csv") -> Path:
    path = folder.parent / name
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def findings(folder: Path, path: Path) -> dict[str, list[str]]:
    _, found, _ = checked(load_settings(folder, folder.parent / "aus"), path)
    kinds: dict[str, list[str]] = {}
    for one in found.findings:
        kinds.setdefault(one.kind, []).append(one.what)
    return kinds


def test_the_balance_adds_up_to_gemeinden_and_ortsteile(district: Path) -> None:
    _, found, known = checked(load_settings(district), plan_file(district, TABLE))
    assert found.fits
    assert found.members == [
        ("06999-S01", "06999001001", 1.0),
        ("06999-S01", "06999002", 1.0),
        ("06999-S02", "06999001002", 1.0),
        ("06999-S02", "06999003", 1.0),
    ]
    # 9300 and 3100 persons in the Ortsteile, the Gemeinden as published
    assert found.amounts["06999-S01"]["bevoelkerung"] == 9300 + (known.amounts["06999002"]["bevoelkerung"] or 0)
    assert found.amounts["06999-S02"]["flaeche"] == 10 + (known.amounts["06999003"]["flaeche"] or 0)


@pytest.mark.parametrize(
    ("text", "kind", "what"),
    [
        (TABLE.replace("Süd;06999001002;;\n", ""), "Lücke", "06999001002 in keinem"),
        (TABLE.replace("Süd;;06999003;\n", ""), "Lücke", "06999003 (Probedorf) in keinem"),
        (TABLE + "Süd;06999001001;;\n", "doppelt", "06999001001 in 06999-S01, 06999-S02"),
        (TABLE + "Süd;;06999001;\n", "doppelt", "ganz und mit Ortsteilen"),
        (TABLE.replace("06999001002;;", ";;Neustadt"), "nur ein Name", "gemeint vielleicht 06999001002"),
        (TABLE.replace("06999001002;;", ";06999001;Neustadt"), "nur ein Name", "06999001002"),
        (TABLE.replace("06999003", "6999003"), "unbekannter Schlüssel", "führende Null verloren"),
        (TABLE.replace("06999001002", "06999001009"), "unbekannter Schlüssel", "ortsteile.csv"),
    ],
)
def test_what_does_not_fit_is_named_and_nothing_is_laid_down(district: Path, text: str, kind: str, what: str) -> None:
    path = plan_file(district, text)
    before = sorted((one.name, one.read_bytes()) for one in (district / "gebiete").iterdir())
    assert any(what in one for one in findings(district, path)[kind])
    setup = load_settings(district, district.parent / "aus")
    plan, found, _ = checked(setup, path)
    with pytest.raises(InputError, match="nicht genau einmal"):
        lay_down(setup, plan, found, "2022-01-01")
    assert sorted((one.name, one.read_bytes()) for one in (district / "gebiete").iterdir()) == before


def test_streets_are_resolved_by_their_register_only(district: Path) -> None:
    streets = "strasse,name,gehoert_zu,bevoelkerung,stichtag,quelle\n" + "".join(
        f"{key},{name},{part},{people},2022-12-31,Testdaten\n"
        for key, name, part, people in (
            ("1", "Testweg", "06999001001", 9000),
            ("2", "Probegasse", "06999001001", 300),
            ("3", "Testweg", "06999001002", 3100),
        )
    )
    put(district, "strassen.csv", streets, "gebiete_strassen")
    rest = "Nord;;06999002\nSüd;;06999003\n"
    head = "Sozialraum;Straßenschlüssel;AGS\n"
    whole = plan_file(district, f"{head}Nord;1;\nNord;2;\nSüd;3;\n{rest}")
    _, found, _ = checked(load_settings(district), whole)
    assert found.fits
    assert ("06999-S01", "06999001001", 1.0) in found.members
    divided = plan_file(district, f"{head}Nord;1;\nSüd;2;\nSüd;3;\n{rest}", "geteilt.csv")
    _, found, _ = checked(load_settings(district), divided)
    assert not found.fits
    open_parts = [one for one in found.findings if one.kind == "durch Straßen geteilt"]
    assert sorted(one.people or 0 for one in open_parts) == [300, 9000]
    # The name of a street is that of two: it is proposed, never taken
    named = plan_file(district, f"Sozialraum;Straße;AGS\nNord;Testweg;06999001\n{rest}", "namen.csv")
    assert "1, 3" in findings(district, named)["nur ein Name"][0]


@pytest.mark.parametrize("crs", ["OGC:CRS84", "EPSG:25832", "EPSG:3035", "EPSG:31467"])
def test_outlines_in_any_projection_give_the_same_members(district: Path, crs: str) -> None:
    path = plan_file(district, polygons(STRIPS, crs, "nr"), "plan.geojson")
    _, found, _ = checked(load_settings(district), path)
    assert found.fits
    shares = {(room, key): weight for room, key, weight in found.members}
    assert shares["06999-S01", "06999001"] == pytest.approx(0.25, abs=0.005)
    assert shares["06999-S01", "06999001"] + shares["06999-S02", "06999001"] == 1
    # Nobody knows how many people live on either side: no share of the Gemeinde is taken
    assert found.amounts["06999-S01"]["bevoelkerung"] is None


def test_geopackage_and_shapefile_are_read_too(district: Path) -> None:
    import geopandas

    layer = geopandas.read_file(plan_file(district, polygons(STRIPS, "EPSG:25832", "nr"), "plan.geojson"))
    package = district.parent / "plan.gpkg"
    layer.to_file(package, driver="GPKG")
    layer.to_file(district.parent / "raeume.shp")
    archive = district.parent / "plan.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for part in sorted(district.parent.glob("raeume.*")):
            packed.write(part, part.name)
    members = [checked(load_settings(district), path)[1].members for path in (package, archive)]
    assert members[0] == members[1]
    assert len(members[0]) == 4


@pytest.mark.parametrize(
    ("spans", "kind"),
    [
        ({"1": (0, 1000), "2": (2000, 15000)}, "Lücke"),
        ({"1": (0, 2000), "2": (1000, 15000)}, "Überlappung"),
        ({"1": (0, 1000), "2": (1000, 16000)}, "außerhalb"),
        ({"1": (0, 1000), "2": (1050, 15000)}, "Lücke (Splitter)"),
        ({"1": (0, 4050), "2": (4050, 15000)}, "Splitter"),
    ],
)
def test_gaps_overlaps_and_slivers_are_told_with_their_area(
    district: Path, spans: dict[str, tuple[float, float]], kind: str
) -> None:
    path = plan_file(district, polygons(spans, "EPSG:25832", "nr"), "plan.geojson")
    _, found, _ = checked(load_settings(district), path)
    (one,) = [finding for finding in found.findings if finding.kind == kind]
    assert one.blocks == (kind in ("Lücke", "Überlappung", "außerhalb"))
    assert one.area == pytest.approx(4.0 if one.blocks else 0.2, rel=0.02)


def wrong_label(text: str) -> str:
    return text.replace("EPSG:25832", "EPSG:25833")


def degrees_without_mark(text: str) -> str:
    return polygons(STRIPS, "EPSG:25832", "nr").replace('"crs": ', '"ohne": ')


@pytest.mark.parametrize("change", [wrong_label, degrees_without_mark])
def test_a_label_that_does_not_fit_the_numbers_is_refused(district: Path, change: Callable[[str], str]) -> None:
    path = plan_file(district, change(polygons(STRIPS, "EPSG:25832", "nr")), "plan.geojson")
    with pytest.raises(InputError, match="Koordinatensystem") as caught:
        checked(load_settings(district), path)
    assert "25832" in str(caught.value.found)


def test_an_import_switches_the_cut_and_keeps_the_former_one(district: Path) -> None:
    former = (district / "gebiete" / "sozialraeume.csv").read_bytes()
    setup = load_settings(district, district.parent / "aus")
    plan, found, _ = checked(setup, plan_file(district, polygons(STRIPS, "EPSG:25832", "nr"), "plan.geojson"))
    names = [path.name for path in lay_down(setup, plan, found, "2022-01-01")]
    assert names == ["sozialraeume_2022-01-01.csv", "sozialraeume_2022-01-01.geojson"]
    assert (district / "gebiete" / "sozialraeume.csv").read_bytes() == former
    sheet = yaml.safe_load((district / "gebiete" / "lieferung.yml").read_text(encoding="utf-8"))
    ends = {file["path"]: file.get("valid_to") for file in sheet["files"]}
    assert ends["sozialraeume.csv"] == "2021-12-31"
    assert ends["sozialraeume_2022-01-01.csv"] is None
    gemeinden = read_gemeinden(setup)
    ortsteile = read_ortsteile(setup, gemeinden)
    rooms = read_sozialraeume(setup, gemeinden, ortsteile)
    assert read_outlines(setup, rooms)["area_id"].to_list() == ["06999-S01", "06999-S02"]
    areas, members = build_areas(gemeinden, rooms, setup.kreis, ortsteile)
    assert members.filter(pl.col("area_id") == "06999-S01")["weight"].item() == pytest.approx(0.25, abs=0.005)
    assert areas.filter(area_id="06999-S01")["valid_from"].item() == "2022-01-01"
    # The same once more changes nothing; another cut of the same day is refused
    again = (district / "gebiete" / "lieferung.yml").read_bytes()
    lay_down(setup, plan, found, "2022-01-01")
    assert (district / "gebiete" / "lieferung.yml").read_bytes() == again
    plan, found, _ = checked(setup, plan_file(district, TABLE))
    with pytest.raises(AtlasError, match="schon ein anderer Zuschnitt"):
        lay_down(setup, plan, found, "2022-01-01")
    lay_down(setup, plan, found, "2022-07-01")
    rooms = read_sozialraeume(setup, gemeinden, ortsteile)
    assert "06999001001" in rooms["ags"].to_list()
    assert read_outlines(setup, rooms).is_empty()


def test_the_command_writes_map_and_balance(district: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = plan_file(district, TABLE)
    options = ["--data", str(district), "--out", str(district.parent / "aus")]
    app(["sozialraeume", "check", str(path), *options], result_action="return_value")
    printed = capsys.readouterr().out
    assert "Der Kreis ist genau einmal abgedeckt." in printed
    made = {
        suffix: (district.parent / f"plan-{suffix}").read_bytes()
        for suffix in ("karte.svg", "bilanz.xlsx", "bilanz.md")
    }
    assert b"Beispiel" in made["karte.svg"] or b"nicht beschlossen" in made["karte.svg"]
    assert "| Musterstadt (06999001) | bevoelkerung | 2 |" in made["bilanz.md"].decode()
    app(["sozialraeume", "check", str(path), *options], result_action="return_value")
    assert all((district.parent / f"plan-{suffix}").read_bytes() == content for suffix, content in made.items())
    bad = plan_file(district, TABLE.replace("Süd;;06999003;\n", ""), "schlecht.csv")
    with pytest.raises(SystemExit) as stopped:
        app(["sozialraeume", "check", str(bad), *options], result_action="return_value")
    assert stopped.value.code == 1


@given(st.lists(st.sampled_from(["06999-S01", "06999-S02"]), min_size=4, max_size=4))
@settings(deadline=None, max_examples=16)
def test_any_assignment_of_stones_conserves_people(rooms: list[str]) -> None:
    ortsteile = pl.DataFrame(
        {
            "ortsteil": ["06999001001", "06999001002"],
            "name": ["Alt", "Neu"],
            "ags": ["06999001"] * 2,
            "bevoelkerung": [70.0, 30.0],
            "wohnungen": [None, 10.0],
            "flaeche": [1.0, 2.0],
        }
    )
    keys = ["06999001001", "06999001002", "06999002", "06999003"]
    known = Known(
        names={"06999001": "A", "06999002": "B", "06999003": "C"},
        ortsteile=ortsteile,
        streets={},
        amounts={key: {"bevoelkerung": 50.0, "wohnungen": 5.0, "flaeche": 1.0} for key in keys[2:]},
        shapes={},
        stand={},
    )
    lines = tuple(
        Line(at, room, "ortsteil" if len(key) == 11 else "ags", key, {})
        for at, (room, key) in enumerate(zip(rooms, keys, strict=True))
    )
    found: Balance = balance(Plan(Path("plan.csv"), {room: room for room in sorted(set(rooms))}, lines), known)
    assert found.fits
    assert sum(amounts["bevoelkerung"] or 0 for amounts in found.amounts.values()) == 200
    without = rooms[0]
    assert found.amounts[without]["wohnungen"] is None
