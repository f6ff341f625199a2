"""Outlines of a made-up district in every container and edition; each fault is refused beside the good file."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import shapely

from pipelines.errors import InputError
from pipelines.geography.outlines import against_own
from pipelines.readers import vg250
from pipelines.readers.csv_text import Complaint
from pipelines.readers.rawfile import RawFile
from pipelines.readers.reading import Agreed, Reading
from tests.fixtures.formats import vg250 as made

KM2 = {"06999001": 16.0, "06999002": 16.0, "06999003": 16.5, "06999004": 16.0}


def read(content: bytes, tmp_path: Path, name: str = "a.zip", **agreed: Any) -> Reading:
    path = tmp_path / name
    path.write_bytes(content)
    file = RawFile(path).unpacked()
    assert vg250.recognises(file)
    return vg250.read(file, Agreed(**agreed))


def refused(content: bytes, tmp_path: Path, name: str = "a.zip", **agreed: Any) -> InputError:
    with pytest.raises(InputError) as caught:
        read(content, tmp_path, name, **agreed)
    assert caught.value.file == str(tmp_path / name)
    return caught.value


@pytest.mark.parametrize("name", made.examples())
def test_every_container_and_edition_gives_the_same_areas(name: str, tmp_path: Path) -> None:
    reading = read(made.examples()[name], tmp_path, name, time="2024-01-01")
    areas = reading.frame.filter(pl.col("level").str.starts_with("gemeinde"))
    wanted = KM2
    assert dict(areas.select("key", "value").iter_rows()) == pytest.approx(
        {key: km2 * 1e6 for key, km2 in wanted.items()}, rel=1e-3
    )
    assert set(areas["time"]) == {"2024-01-01"} and set(areas["quality"]) == {"limited"}
    assert areas["name"].to_list()[2] == "Groß-Cehausen"
    outlines = reading.outlines
    assert outlines is not None and outlines.crs == vg250.OUTLINES
    found = outlines.set_index("key").loc["06999003"]
    assert found.geometry.area == pytest.approx(16.5e6, abs=10)
    assert found.geometry.geom_type == "MultiPolygon"


def test_all_levels_of_an_archive(tmp_path: Path) -> None:
    reading = read(made.examples()["vg250_01-01.utm32s.shape.ebenen.zip"], tmp_path)
    found = reading.frame.filter(~pl.col("level").str.starts_with("gemeinde")).select("level", "key", "place")
    assert set(found.iter_rows()) == {
        ("bund", "00", "VG250_STA"),
        ("land", "06", "VG250_LAN"),
        ("regierungsbezirk", "069", "VG250_RBZ"),
        ("kreis", "06999", "VG250_KRS"),
        ("verband", "069990001", "VG250_VWG"),
    }
    assert reading.stand == made.STATED and set(reading.frame["time"]) == {made.STATED}
    assert reading.attribution == "© GeoBasis-DE / BKG (2024) dl-de/by-2-0 (Daten verändert)"
    assert [(part.what, part.rows) for part in reading.refused] == [
        ("VG250_GEM: Flächen", 1),
        ("VG250_LAN: Flächen", 1),
    ]
    levels = dict(reading.frame.select("name", "level").iter_rows())
    assert levels["Gutsbezirk Testwald"] == "gemeindefrei" and levels["Adorf"] == "gemeinde"
    kreise = read(made.examples()["DE_VG250.gpkg"], tmp_path, "b.gpkg", level="kreis")
    assert kreise.frame["key"].to_list() == ["06999"]


def test_without_a_gebietsstand_there_are_outlines_and_no_figures(tmp_path: Path) -> None:
    reading = read(made.examples()["umrisse.geojson"], tmp_path, "a.geojson")
    assert reading.frame.is_empty() and len(reading.outlines) == 4
    assert "Gebietsstand" in reading.refused[0].reason


def test_the_last_change_is_the_state_where_nothing_else_is_said(tmp_path: Path) -> None:
    content = made.examples()["gemeinden.geojson"]
    reading = read(content, tmp_path, "a.geojson")
    assert set(reading.frame["time"]) == {"2015-07-01"} and "letzten Änderung" in " ".join(reading.notes)
    error = refused(content, tmp_path, "a.geojson", time="2015-06-30")
    assert (error.column, error.found) == ("WSK", "2015-06-30")
    packed = read(gzip.compress(content), tmp_path, "a.geojson.gz")
    assert packed.frame.equals(reading.frame)


def test_an_archive_states_its_own_time(tmp_path: Path) -> None:
    content = made.examples()["vg250_01-01.utm32s.shape.ebenen.zip"]
    assert "Zeit" in refused(content, tmp_path, time="2024-12-31").what
    assert "Ebene" in refused(made.examples()["vg250_2016.geo84.zip"], tmp_path, level="kreis").message()
    assert "99999999" in refused(content, tmp_path, keys=("06999001", "99999999")).found


def gem(change: Callable[[list[dict]], Any] = lambda rows: None, crs: str | None = "EPSG:25832") -> bytes:
    rows = made.gemeinden()
    change(rows)
    return made.shapefile({"VG250_GEM": made.frame(rows, crs)})


def put(number: int, **values: Any) -> Callable[[list[dict]], None]:
    return lambda rows: rows[number].update(values)


FAULTS = {
    "no label": (gem(crs=None), "Koordinatensystem fehlt", "gesamte Datei", "EPSG:25832"),
    "an unknown value of GF": (gem(put(0, GF=7)), "weder Land noch Wasser", "Fläche 1", "7"),
    "an unknown level": (gem(put(1, ADE=8)), "unbekannte Ebene", "Fläche 2", "8"),
    "keys that contradict each other": (gem(put(1, AGS="06999001")), "passen nicht", "Fläche 2", "06999001"),
    "a lost zero": (gem(put(2, ARS="6999003", AGS="6999003")), "führende Null", "Fläche 3", "6999003"),
    "no key": (gem(put(2, ARS=None, AGS=None)), "keinen amtlichen Schlüssel", "Fläche 3", "leer"),
    "a key of another level": (gem(put(0, ARS="06999", AGS="06999")), "passen nicht", "Fläche 1", "06999"),
    "one key for two areas": (
        gem(put(1, ARS="069990001001", AGS="06999001", ARS_0="069990001001", AGS_0="06999001")),
        "zwei verschiedenen Flächen",
        "Fläche 2",
        "Adorf, Bestadt",
    ),
    "an area twice": (
        gem(lambda rows: rows.append(rows[0])),
        "mehrfach",
        "Fläche 7",
        "16\u202f000\u202f000 m² doppelt",
    ),
    "another Land": (
        gem(put(1, ARS="090010002002", AGS="09001002")),
        "nicht in ihrem Land",
        "Fläche 2",
        "474\u202f000",
    ),
    "a bow tie": (
        gem(
            put(
                0,
                geometry=shapely.Polygon([(470000, 5515000), (474000, 5519000), (474000, 5515000), (470000, 5519000)]),
            )
        ),
        "ungültig",
        "Fläche 1",
        "Selbstüberschneidung",
    ),
    "an area larger than any": (
        gem(put(0, geometry=shapely.box(470000, 5515000, 510000, 5555000))),
        "zu groß",
        "Fläche 1",
        "1\u202f60",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_refused_with_their_place(fault: str, tmp_path: Path) -> None:
    content, what, row, found = FAULTS[fault]
    error = refused(content, tmp_path)
    assert what in error.what and error.row == row and found in str(error.found), error


@pytest.mark.parametrize(
    ("truth", "label", "found"),
    [
        ("EPSG:25832", "EPSG:4326", "EPSG:25832"),
        ("EPSG:4326", "EPSG:25832", "EPSG:4326"),
        ("EPSG:25833", "EPSG:25832", "EPSG:25833"),
        ("EPSG:3035", "EPSG:25832", "EPSG:3035"),
        ("EPSG:31467", "EPSG:25832", "EPSG:31467"),
        ("EPSG:3857", "EPSG:4326", "EPSG:3857"),
    ],
)
def test_a_wrong_label_is_noticed_by_the_numbers(truth: str, label: str, found: str, tmp_path: Path) -> None:
    table = made.frame(made.gemeinden(), truth).set_crs(label, allow_override=True)
    error = refused(made.geopackage({"VG250_GEM": table}), tmp_path, "a.gpkg")
    assert "passen nicht zusammen" in error.what and f"passen zu {found}" in error.found


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:25832", "EPSG:3035"])
def test_swapped_axes_are_noticed(crs: str, tmp_path: Path) -> None:
    table = made.frame(made.gemeinden(), crs)
    table["geometry"] = shapely.transform(table.geometry.to_numpy(), lambda points: points[:, ::-1])
    error = refused(made.geopackage({"VG250_GEM": table}), tmp_path, "a.gpkg")
    assert "vertauschte Achsen" in error.found


@pytest.mark.parametrize("crs", ["EPSG:25833", "EPSG:31467", "EPSG:4258", "EPSG:3857", "EPSG:4647"])
def test_other_right_labels_give_the_same_areas(crs: str, tmp_path: Path) -> None:
    reading = read(made.geopackage({"VG250_GEM": made.frame(made.gemeinden(), crs)}), tmp_path, "a.gpkg")
    assert dict(reading.frame.select("key", "value").iter_rows()) == pytest.approx(
        {key: km2 * 1e6 for key, km2 in KM2.items()}, rel=2e-3
    )


def test_one_shape_in_another_projection_is_noticed(tmp_path: Path) -> None:
    rows = made.gemeinden()
    rows[2]["geometry"] = made.frame(rows, "EPSG:25833").geometry.iloc[2]
    error = refused(made.shapefile({"VG250_GEM": made.frame(rows)}), tmp_path)
    assert "nicht in ihrem Land" in error.what and error.row == "Fläche 3"


NAMES = {
    "shortened": {
        "AGS": "gemeindesc",
        "ARS": "regionalsc",
        "GEN": "geografisc",
        "ADE": "administra",
        "GF": "geofaktor",
    },
    "nested": {"AGS": "attributes.AGS", "ARS": "attributes.ARS", "GEN": "attributes.GEN", "GF": "attributes.GF"},
    "prefixed": {"AGS": "vg250_gem_ags", "ARS": "vg250_gem_ars", "GEN": "vg250_gem_gen"},
    "small": {"AGS": "ags", "ARS": "rs", "GEN": "gen", "ADE": "ade", "GF": "gf", "WSK": "wsk"},
    "written out": {"AGS": "Gemeindeschlüssel", "ARS": "Amtlicher Regionalschlüssel", "GEN": "Name"},
    "key of 12 digits only": {"AGS": None, "AGS_0": None},
    "key of 8 digits only": {"ARS": None, "ADE": None, "SDV_ARS": None},
}


@pytest.mark.parametrize("case", NAMES)
def test_attributes_are_known_under_their_many_names(case: str, tmp_path: Path) -> None:
    names = NAMES[case]
    rows = [
        {names.get(name, name): value for name, value in row.items() if names.get(name, name)}
        for row in made.gemeinden()
    ]
    content = made.geojson(made.frame(rows, "EPSG:4326"))
    reading = read(content, tmp_path, "a.geojson", time="2024-01-01")
    assert set(reading.frame["key"]) == set(KM2)


def test_nested_objects_and_bare_lists_are_read(tmp_path: Path) -> None:
    collection = json.loads(made.examples()["gemeinden.geojson"])
    plain = read(made.examples()["gemeinden.geojson"], tmp_path, "a.geojson").frame
    bare = json.dumps(collection["features"]).encode()
    assert read(bare, tmp_path, "a.json").frame.equals(plain)
    first, *others = collection["features"]
    grouped = [first, {"type": "FeatureCollection", "features": others}]
    assert read(json.dumps(grouped).encode(), tmp_path, "a.json").frame.equals(plain)
    for feature in collection["features"]:
        feature["properties"] = {"properties": feature["properties"]}
    nested = read(json.dumps(collection).encode(), tmp_path, "a.geojson")
    assert nested.frame.equals(plain)
    within = {"type": "FeatureCollection", "features": [collection, collection]}
    assert "Sammlungen" in refused(json.dumps(within).encode(), tmp_path, "a.json").what


def test_names_never_stand_in_for_keys(tmp_path: Path) -> None:
    rows = [{"GEN": row["GEN"], "geometry": row["geometry"]} for row in made.gemeinden()]
    error = refused(made.geojson(made.frame(rows, "EPSG:4326")), tmp_path, "a.geojson")
    assert "keinen amtlichen Schlüssel" in error.what and "GEN" in error.found


def test_a_kreis_filled_up_to_8_digits_is_no_gemeinde(tmp_path: Path) -> None:
    rows = [{"AGS": "06999000", "geometry": made.square(0, 0)}]
    content = made.geojson(made.frame(rows, "EPSG:4326"))
    assert "Kreise oder Gemeinden" in refused(content, tmp_path, "a.geojson").what
    kreis = read(content, tmp_path, "a.geojson", level="kreis", time="2024-01-01").frame
    gemeinde = read(content, tmp_path, "a.geojson", level="gemeinde", time="2024-01-01").frame
    assert (kreis["key"][0], gemeinde["key"][0]) == ("06999", "06999000")


def test_other_editions_in_one_archive_are_refused(tmp_path: Path) -> None:
    table = made.frame(made.gemeinden())
    error = refused(made.shapefile({"VG250_GEM": table, "VG1000_GEM": table}), tmp_path)
    assert "dieselbe Fläche" in error.what


def test_letters_of_old_shapefiles_without_a_statement(tmp_path: Path) -> None:
    rows = made.gemeinden()
    for encoding in ("ISO-8859-1", "UTF-8"):
        content = made.shapefile(
            {"VG250_GEM": made.frame(rows)},
            change=lambda name, content: None if name.endswith(".cpg") else content,
            encoding=encoding,
        )
        assert "Groß-Cehausen" in read(content, tmp_path).frame["name"].to_list()


@pytest.mark.parametrize("suffix", [".shp", ".shx", ".dbf"])
def test_a_cut_or_absent_part_of_a_shapefile_is_noticed(suffix: str, tmp_path: Path) -> None:
    table = {"VG250_GEM": made.frame(made.gemeinden())}
    for length in (60, -150, -20):
        cut = made.shapefile(
            table, change=lambda name, content, to=length: content[:to] if name.endswith(suffix) else content
        )
        assert "abgeschnitten" in refused(cut, tmp_path).what
    if suffix != ".shp":
        absent = made.shapefile(table, change=lambda name, content: None if name.endswith(suffix) else content)
        assert suffix in str(refused(absent, tmp_path).expected)


@pytest.mark.parametrize("name", [name for name in made.examples() if not name.endswith(".zip")])
def test_a_cut_file_is_noticed(name: str, tmp_path: Path) -> None:
    content = made.examples()[name]
    for share in (0.3, 0.6, 0.9, 0.99):
        path = tmp_path / name
        path.write_bytes(content[: int(len(content) * share)])
        file = RawFile(path)
        with pytest.raises(InputError):
            assert vg250.recognises(file)
            vg250.read(file, Agreed())


def test_overlaps_and_holes_are_told(tmp_path: Path) -> None:
    rows = made.gemeinden()
    hole = shapely.box(471000, 5516000, 471100, 5516100)
    rows[0]["geometry"] = rows[0]["geometry"].difference(hole)
    rows[1]["geometry"] = shapely.box(473900, 5515000, 478000, 5519000)
    notes = " ".join(read(made.shapefile({"VG250_GEM": made.frame(rows)}), tmp_path).notes)
    assert "400\u202f000 m² Überlappung, 1 Lücken" in notes


def test_a_touch_of_a_ring_is_mended_and_told(tmp_path: Path) -> None:
    rows = made.gemeinden()
    west, south = 470000, 5515000
    ring = [
        (0, 0),
        (4000, 0),
        (4000, 4000),
        (2000, 4000),
        (2000, 2000),
        (2100, 2000),
        (2000, 2000),
        (2000, 4000),
        (0, 4000),
    ]
    rows[0]["geometry"] = shapely.Polygon([(west + x, south + y) for x, y in ring])
    reading = read(made.shapefile({"VG250_GEM": made.frame(rows)}), tmp_path)
    assert "1 ungültige" in " ".join(reading.notes)
    assert reading.frame["value"][0] == pytest.approx(16e6, rel=1e-3)


@pytest.mark.parametrize("content", [b"", b"AGS;Wert\n06999001;1\n", b'{"a": 1}', b"PK\x03\x04", b"SQLite"])
def test_what_holds_no_shapes_is_not_recognised(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.dat"
    path.write_bytes(content)
    assert not vg250.recognises(RawFile(path))


def kreise(*changes: tuple[int, str]) -> list[dict]:
    """Two Kreise of nine Gemeinden each, side by side; changes: the key of the Gemeinde at a place."""
    keys = [f"0699{kreis}00{number}" for kreis in "89" for number in range(1, 10)]
    for at, key in changes:
        keys[at] = key
    places = [(column + 3 * kreis, row) for kreis in (0, 1) for column in range(3) for row in range(3)]
    return [
        made.record(6, f"{key[:5]}0{key[5:]}{key[5:]}", f"Ort {at}", "Gemeinde", made.square(*place))
        for at, (key, place) in enumerate(zip(keys, places, strict=True))
    ]


def test_keys_at_wrong_shapes_show_in_the_second_key(tmp_path: Path) -> None:
    def exchange(rows: list[dict]) -> None:
        for name in ("AGS", "ARS"):
            rows[0][name], rows[1][name] = rows[1][name], rows[0][name]

    error = refused(gem(exchange), tmp_path)
    assert "nicht zueinander" in error.what and error.row == "Fläche 1"
    assert "06999002" in error.found and "06999001" in error.found


@pytest.mark.parametrize(("name", "unit"), [("KFL", 1e6), ("Shape_Area", 0.25)])
def test_shapes_are_as_large_as_the_file_says(name: str, unit: float, tmp_path: Path) -> None:
    def told(rows: list[dict], factor: float = 1.0) -> None:
        for row in rows:
            row[name] = 16.5e6 / unit if name == "KFL" and "Groß" in row["GEN"] else row["geometry"].area / unit
        rows[1][name] *= factor

    good = read(gem(told), tmp_path)
    assert good.frame.height == 4
    error = refused(gem(lambda rows: told(rows, 1.5)), tmp_path)
    assert "nicht so groß" in error.what and name in error.column and "06999002" in error.expected


def test_areas_lie_in_the_area_of_their_key(tmp_path: Path) -> None:
    rows = kreise()
    lower = [
        made.record(
            4, key, key, "Landkreis", shapely.union_all([row["geometry"] for row in rows if row["ARS"][:5] == key])
        )
        for key in ("06998", "06999")
    ]

    def both(gem: list[dict]) -> bytes:
        return made.geopackage({"VG250_KRS": made.frame(lower), "VG250_GEM": made.frame(gem)})

    assert read(both(rows), tmp_path, "a.gpkg").frame.height == 20
    error = refused(both(kreise((0, "06999009"), (17, "06998001"))), tmp_path, "a.gpkg")
    assert "außerhalb des Gebiets" in error.what and "06999009 innerhalb von 06999" in error.expected


def test_gemeinden_of_a_kreis_lie_together(tmp_path: Path) -> None:
    assert read(made.shapefile({"VG250_GEM": made.frame(kreise())}), tmp_path).frame.height == 18
    swapped = kreise((0, "06999009"), (17, "06998001"))
    error = refused(made.shapefile({"VG250_GEM": made.frame(swapped)}), tmp_path)
    assert "getrennt von ihrem Kreis" in error.what and "06999009" in error.found and "06998001" in error.found


def test_outlines_with_few_corners_are_told(tmp_path: Path) -> None:
    rows = made.gemeinden()
    assert "stark vereinfacht" in " ".join(read(made.shapefile({"VG250_GEM": made.frame(rows)}), tmp_path).notes)
    for row in rows:
        row["geometry"] = shapely.segmentize(row["geometry"], 300)
    assert "vereinfacht" not in " ".join(read(made.shapefile({"VG250_GEM": made.frame(rows)}), tmp_path).notes)


def test_outlines_are_compared_with_those_of_the_district(tmp_path: Path) -> None:
    reading = read(gem(), tmp_path)
    assert reading.outlines is not None
    own = dict(zip(reading.outlines["key"], reading.outlines.geometry, strict=True))
    complain = Complaint(reading.file)
    assert against_own(reading.outlines, own, dict.fromkeys(own, 16.0), complain) == []
    assert against_own(reading.outlines, own, {"06999001": 10.0}, complain) == ["06999001 (60,0 %)"]
    shifted = reading.outlines.copy()
    shifted.geometry = shifted.geometry.translate(3_000, 0)
    exchanged = dict(zip(own, reversed(own.values()), strict=True))
    for outlines, known in ((shifted, own), (reading.outlines, exchanged)):
        with pytest.raises(InputError, match="nicht dort"):
            against_own(outlines, known, {}, complain)
