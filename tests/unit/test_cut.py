"""A planner's file becomes a cut of Sozialräume: what is read, what is refused, what is laid down."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
import yaml
from district import rehash, write_district
from fixtures.rooms import ORTSTEILE, polygons, put
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.cli import app
from pipelines.errors import AtlasError, InputError
from pipelines.geography.areas import build_areas
from pipelines.geography.cut import Balance, Known, Line, Plan, balance
from pipelines.harmonise.sources import build_sources
from pipelines.readers import read_gemeinden, read_ortsteile, read_outlines, read_sozialraeume
from pipelines.settings import load_settings
from pipelines.sources.cut import checked, lay_down
from pipelines.sources.registry import area_delivery

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
        (TABLE.replace("Süd;06999001002;;\n", ""), "Lücke", "06999001002 (Neustadt) in keinem"),
        (TABLE.replace("Süd;;06999003;\n", ""), "Lücke", "06999003 (Probedorf) in keinem"),
        (TABLE + "Süd;06999001001;;\n", "doppelt", "06999001001 (Altstadt) in 06999-S01, 06999-S02"),
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
    rows: list[list[object]] = [["Sozialraum", "Straßenschlüssel", "Straße", "AGS"], ["Nord", 1, "Testweg", None]]
    rows += [
        ["Nord", 2, None, None],
        ["Süd", 3, None, None],
        ["Nord", None, None, KEYS[1]],
        ["Süd", None, None, KEYS[3]],
    ]
    _, same, _ = checked(load_settings(district), excel(district, rows))
    assert same.members == found.members
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
    # A cut that was valid once is no source of an edition
    files = build_sources({}, [area_delivery(district)])["file"].to_list()
    assert [file for file in files if "sozialraeume" in file] == ["gebiete/sozialraeume_2022-07-01.csv"]


def test_an_example_becomes_the_resolved_cut_of_the_same_day(district: Path) -> None:
    path = plan_file(district, polygons(STRIPS, "EPSG:25832", "nr"), "plan.geojson")
    setup = load_settings(district, district.parent / "aus")
    example = lay_down(setup, *checked(setup, path)[:2], "2022-01-01")
    resolved = replace(setup, kreis=replace(setup.kreis, sozialraeume_decided=True))
    plan, found, _ = checked(resolved, path)
    files = lay_down(resolved, plan, found, "2022-01-01")
    assert all(file.exists() for file in example) and not set(example) & set(files)
    rooms = read_sozialraeume(resolved, read_gemeinden(resolved))
    assert not rooms["is_example"].any()
    assert rooms["valid_from"].unique().to_list() == ["2022-01-01"]
    # Once more changes nothing, and no other one is of that day
    assert lay_down(resolved, plan, found, "2022-01-01") == files
    with pytest.raises(AtlasError, match="schon ein anderer Zuschnitt"):
        lay_down(resolved, *checked(resolved, plan_file(district, TABLE))[:2], "2022-01-01")


def laid(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "gebiete").iterdir())}


@pytest.mark.parametrize("at", range(4))
def test_a_crash_leaves_the_former_cut_and_nothing_else(
    district: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    setup = load_settings(district, district.parent / "aus")
    plan, found, _ = checked(setup, plan_file(district, polygons(STRIPS, "EPSG:25832", "nr"), "plan.geojson"))
    before, real, calls = laid(district), Path.replace, []

    def broken(self: Path, target: Path) -> Path:
        calls.append(target)
        if len(calls) == at + 1:
            raise KeyboardInterrupt
        return real(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", broken)
        with pytest.raises(KeyboardInterrupt):
            lay_down(setup, plan, found, "2022-01-01")
    assert laid(district) == before
    # Power gone: nothing of the import ran any more, not even what takes back
    calls.clear()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", broken)
        patch.setattr("pipelines.sources.cut._withdraw", lambda folder: None)
        with pytest.raises(KeyboardInterrupt):
            lay_down(setup, plan, found, "2022-01-01")
    gemeinden = read_gemeinden(setup)
    assert "06999001" in read_sozialraeume(setup, gemeinden)["ags"].to_list()
    other, fits, _ = checked(setup, plan_file(district, TABLE))
    assert [path.name for path in lay_down(setup, other, fits, "2022-01-01")] == ["sozialraeume_2022-01-01.csv"]
    assert set(laid(district)) - set(before) == {"sozialraeume_2022-01-01.csv"}


def test_a_cut_before_the_valid_one_is_refused(district: Path) -> None:
    setup = load_settings(district, district.parent / "aus")
    plan, found, _ = checked(setup, plan_file(district, TABLE))
    lay_down(setup, plan, found, "2022-07-01")
    with pytest.raises(AtlasError, match="späterer Zuschnitt"):
        lay_down(setup, plan, found, "2022-01-01")


def test_a_gemeinde_that_has_ended_needs_no_sozialraum(district: Path) -> None:
    listed = district / "gebiete" / "gemeinden.csv"
    former = "06999009,069990009009,Altdorf,Altdorf,unbekannt,2020-12-31\n"
    listed.write_text(listed.read_text(encoding="utf-8") + former, encoding="utf-8", newline="\n")
    put(district, "ortsteile.csv", ORTSTEILE + "06999009001,Alt,06999009,,,,2019,Testdaten\n", "gebiete_ortsteile")
    rehash(district)
    setup = load_settings(district, district.parent / "aus")
    plan, found, _ = checked(setup, plan_file(district, TABLE))
    assert found.fits
    lay_down(setup, plan, found, "2022-01-01")
    named = findings(district, plan_file(district, TABLE + "Süd;;06999009;\n"))
    assert "Altdorf gab es nur bis 31.12.2020" in named["unbekannter Schlüssel"][0]


def excel(folder: Path, rows: list[list[object]], merged: tuple[str, ...] = (), sheets: int = 1) -> Path:
    """A workbook as planners keep them (Testdaten): a title, an empty row, then the table."""
    book = openpyxl.Workbook()
    for number in range(sheets):
        sheet = book.worksheets[0] if number == 0 else book.create_sheet(f"Blatt {number}")
        for row in [["Zuschnitt (Testdaten)"], [], *rows]:
            sheet.append(row)
        for cells in merged:
            sheet.merge_cells(cells)
    book.create_sheet("Notizen").append(["Testdaten"])
    path = folder.parent / "plan.xlsx"
    book.save(path)
    return path


KEYS = ("06999001001", "06999002", "06999001002", "06999003")


@pytest.mark.parametrize(
    "header",
    [
        ("Sozialraum", "Ortsteilschlüssel", "AGS", "Ort"),
        ("SOZIALRAUM-NAME", "Ortsteil-Nr.", "Gemeindeschlüssel (AGS)", "Bemerkung"),
        ("Planungsraum", "Ortsteil ID", "GKZ", "Stand"),
    ],
)
def test_a_workbook_with_titles_blank_rows_and_merged_cells_is_read(district: Path, header: tuple[str, ...]) -> None:
    rows = [
        [*header],
        ["Nord", KEYS[0], None, "a"],
        [None, None, KEYS[1], "b"],
        [None, None, None, None],
        ["Süd", KEYS[2], None, None],
        [None, None, KEYS[3], None],
    ]
    _, found, _ = checked(load_settings(district), excel(district, rows, ("A4:A5", "A7:A8")))
    assert found.fits
    assert [key for _, key, _ in found.members] == [KEYS[0], KEYS[1], KEYS[2], KEYS[3]]
    assert found.rooms == {"06999-S01": "Nord", "06999-S02": "Süd"}
    # Not merged, only left empty: which Sozialraum is meant is not guessed
    with pytest.raises(InputError, match="nennt keinen Sozialraum"):
        checked(load_settings(district), excel(district, rows))


def test_keys_that_excel_took_for_numbers_are_named_with_what_is_meant(district: Path) -> None:
    rows = [["Sozialraum", "Ortsteilschlüssel", "AGS"], *(["Nord", None, int(key)] for key in KEYS[1::2])]
    rows += [["Nord", int(key), None] for key in KEYS[::2]]
    told = findings(district, excel(district, rows))["unbekannter Schlüssel"]
    assert all(f"gemeint vielleicht {key}" in " ".join(told) for key in KEYS)
    assert all("als Text formatieren" in one for one in told)


def test_a_workbook_that_leaves_a_choice_is_refused(district: Path) -> None:
    rows: list[list[object]] = [["Sozialraum", "AGS"], ["Nord", KEYS[1]]]
    with pytest.raises(InputError, match="Mehrere Blätter"):
        checked(load_settings(district), excel(district, rows, sheets=2))
    with pytest.raises(InputError, match="nicht zu erkennen"):
        checked(load_settings(district), excel(district, [["Raum", "Ort"], ["a", "b"]]))
    counted: list[list[object]] = [["Nr", "Sozialraum", "AGS"], [1, "Nord", KEYS[1]], [2, "Nord", KEYS[3]]]
    with pytest.raises(InputError, match="heißen gleich"):
        checked(load_settings(district), excel(district, counted))


def test_a_package_with_several_layers_asks_which(district: Path) -> None:
    import geopandas

    layer = geopandas.read_file(plan_file(district, polygons(STRIPS, "EPSG:25832", "nr"), "plan.geojson"))
    package = district.parent / "plan.gpkg"
    layer.to_file(package, layer="raeume", driver="GPKG")
    layer.to_file(package, layer="gemeinden", driver="GPKG", mode="a")
    setup = load_settings(district)
    with pytest.raises(InputError, match="nicht genau eine Ebene") as caught:
        checked(setup, package)
    assert (caught.value.found, "--ebene" in str(caught.value.remedy)) == ("raeume, gemeinden", True)
    assert checked(setup, package, "raeume")[1].fits
    with pytest.raises(InputError, match="Diese Ebene gibt es nicht"):
        checked(setup, package, "falsch")


def test_a_shapefile_in_a_folder_of_an_archive_keeps_its_umlauts(district: Path) -> None:
    import geopandas
    import shapely

    layer = geopandas.read_file(plan_file(district, polygons(STRIPS, "EPSG:25832", "nr"), "plan.geojson"))
    layer["Name"] = ["Süd", "Groß"]
    layer["geometry"] = shapely.force_3d(layer.geometry.to_numpy(), 12.0)
    shapes = district.parent / "räume"
    shapes.mkdir()
    layer.to_file(shapes / "räume.shp", encoding="cp1252")
    (shapes / "räume.cpg").unlink()
    archive = Path(shutil.make_archive(str(district.parent / "plan"), "zip", district.parent, "räume"))
    plan, found, _ = checked(load_settings(district), archive)
    assert found.fits
    assert list(plan.rooms.values()) == ["Süd", "Groß"]
    bare = geopandas.GeoDataFrame({"nr": ["1", "2"]}, geometry=list(layer.geometry))
    with pytest.warns(UserWarning, match="crs"):
        bare.to_file(district.parent / "ohne.gpkg")
    with pytest.raises(InputError, match="Koordinatensystem fehlt") as caught:
        checked(load_settings(district), district.parent / "ohne.gpkg")
    assert "passen zu EPSG:25832" in str(caught.value.found)


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("plan.gpkg", b"kaputt", "nicht lesbar"),
        ("plan.zip", b"PK\x05\x06" + bytes(18), "nicht genau eine Datei mit Flächen"),
        ("plan.geojson", b'{"type": "FeatureCollection", "features": [', "nicht lesbar"),
        ("plan.pdf", b"%PDF-1.7", "Datei dieser Art"),
    ],
)
def test_a_file_nobody_can_read_is_refused_in_words(district: Path, name: str, content: bytes, what: str) -> None:
    (district.parent / name).write_bytes(content)
    with pytest.raises(InputError, match=what):
        checked(load_settings(district), district.parent / name)


def test_an_outline_is_laid_down_valid_though_its_corners_are_rounded(district: Path) -> None:
    """Two drawings of one border leave hairs that no rounding may turn into a fault."""
    import shapely

    from pipelines.readers.zuschnitt import read

    setup = load_settings(district, district.parent / "aus")
    path = plan_file(district, polygons(STRIPS, "EPSG:25832", "nr"), "plan.geojson")
    plan = read(path, setup.kreis)
    one, other = plan.shapes.values()
    west, south, _, _ = one.bounds
    hair = shapely.Polygon([(west, south), (west - 0.004, south + 2000), (west, south + 2000.005)])
    hole = shapely.Polygon([(west + 500, south + 50), (west + 500.003, south + 900), (west + 500.002, south + 900)])
    odd = Plan(path, plan.rooms, shapes={"06999-S01": shapely.union(one, hair).difference(hole), "06999-S02": other})
    found = balance(odd, checked(setup, path)[2])
    lay_down(setup, odd, found, "2022-01-01")
    gemeinden = read_gemeinden(setup)
    drawn = read_outlines(setup, read_sozialraeume(setup, gemeinden))
    areas = [shape.area for shape in shapely.from_wkb(drawn["geometry"].to_list())]
    assert areas == pytest.approx([one.area, other.area], rel=1e-5)


def cells(content: bytes, sheet: str) -> list[tuple[Any, ...]]:
    return list(openpyxl.load_workbook(io.BytesIO(content))[sheet].iter_rows(min_row=2, values_only=True))


def test_the_command_writes_map_and_balance(district: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = plan_file(district, TABLE)
    options = ["--data", str(district), "--out", str(district.parent / "aus")]
    app(["sozialraeume", "check", str(path), *options], result_action="return_value")
    printed = capsys.readouterr().out
    assert "Der Kreis ist genau einmal abgedeckt" in printed and "06999-S01 Nord: " in printed
    made = {
        suffix: (district.parent / f"plan-{suffix}").read_bytes()
        for suffix in ("karte.svg", "bilanz.xlsx", "bilanz.md")
    }
    assert b"Beispiel" in made["karte.svg"] or b"nicht beschlossen" in made["karte.svg"]
    text = made["bilanz.md"].decode()
    assert "| Musterstadt (06999001) | Einwohner | 2 |" in text
    assert "Stand der Zahlen der Ortsteile: 31.12.2022" in text
    # A planner adds these up: numbers, no text
    people = {row[1]: row[4] for row in cells(made["bilanz.xlsx"], "Sozialräume")}
    assert people["zusammen"] == people["Nord"] + people["Süd"]
    assert sorted(row[2] for row in cells(made["bilanz.xlsx"], "Zuordnung")) == sorted(KEYS)
    assert "die Grenzen ihrer Ortsteile liegen nicht vor" in made["karte.svg"].decode()
    # Number and name of the Gemeinde that is hatched stand on a ground of their own
    assert len(re.findall('<rect [^>]*rx=[^>]*fill="#FFFFFF"', made["karte.svg"].decode())) == 2
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
        gaps=pl.DataFrame(),
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
