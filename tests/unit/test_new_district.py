"""The data folder of another district: what the command lays out, and what it tells who got something wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas
import pandas
import pytest
import shapely
import shapely.affinity
from fixtures import anderswo

from pipelines.errors import AtlasError, InputError
from pipelines.readers import read_gemeinden, read_grenzen, read_source
from pipelines.settings import Settings, load_settings
from pipelines.sources.scaffold import LAENDER, new_district


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return anderswo.write(tmp_path_factory.mktemp("amtlich"))


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, given: tuple[Path, Path]) -> Settings:
    folder = tmp_path_factory.mktemp("kreis") / "daten"
    new_district(folder, anderswo.KEY, anderswo.NAME, *given, basis="Zensus2011")
    return load_settings(folder, folder.parent / "aus")


def test_the_files_decide_land_projection_and_year(settings: Settings) -> None:
    kreis = settings.kreis
    assert (kreis.key, kreis.name, kreis.land_name) == ("12999", "Landkreis Öderland/Süd", "Brandenburg")
    assert (kreis.crs, kreis.report_year) == ("EPSG:25833", 2021)
    assert kreis.east[0] == pytest.approx(anderswo.BASE_EAST - 1000, abs=200)
    assert kreis.committees == [] and kreis.neighbours == [] and kreis.mandate == {}
    assert kreis.offices["statistisches_landesamt"] == "Statistisches Landesamt"
    assert not (settings.data_dir / "steering").exists()


def test_gemeinden_keep_their_names_and_shapes(settings: Settings) -> None:
    gemeinden = read_gemeinden(settings)
    assert gemeinden["anzeigename"].to_list() == [name.partition(",")[0] for name, _ in anderswo.GEMEINDEN]
    assert gemeinden["ars"][0] == "129990001001"
    import shapely

    found = shapely.from_wkb(read_grenzen(settings, gemeinden).sort("ags")["geometry"].to_list())
    for shape, original in zip(found, anderswo.shapes(), strict=True):
        assert shape.area == pytest.approx(original.area, rel=1e-4)
        assert shapely.get_num_geometries(shape) == shapely.get_num_geometries(original)
    assert [len(part.interiors) for part in shapely.get_parts(found[0])].count(1) == 1


def test_the_register_is_the_first_delivery(settings: Settings) -> None:
    figures = read_source(settings, "gemeindeverzeichnis", read_gemeinden(settings))
    people = figures.filter(merkmal="bevoelkerung", auspraegung="insgesamt").sort("area_key")["wert"].to_list()
    assert people == [people for _, people in anderswo.GEMEINDEN]


def test_two_calls_write_the_same_bytes(tmp_path: Path, given: tuple[Path, Path], settings: Settings) -> None:
    new_district(tmp_path / "nochmal", anderswo.KEY, anderswo.NAME, *given, basis="Zensus2011")
    for path in settings.data_dir.rglob("*"):
        if path.is_file():
            assert (tmp_path / "nochmal" / path.relative_to(settings.data_dir)).read_bytes() == path.read_bytes()


def test_nothing_is_written_into_a_folder_with_content(tmp_path: Path, given: tuple[Path, Path]) -> None:
    kept = tmp_path / "kreis.yml"
    kept.write_text("eigene Arbeit", encoding="utf-8")
    with pytest.raises(AtlasError, match="nicht leer"):
        new_district(tmp_path, anderswo.KEY, anderswo.NAME, *given)
    assert [path.name for path in tmp_path.iterdir()] == ["kreis.yml"] and kept.read_text(
        encoding="utf-8"
    ) == "eigene Arbeit"


@pytest.mark.parametrize(
    ("key", "name", "told"),
    [
        ("2999", "X", "Kreisschlüssel"),
        ("99999", "X", "01 bis 16"),
        ("12999", " ", "--name"),
        ("12998", "X", "keine Gemeinde"),
    ],
)
def test_a_wrong_key_or_name_is_told_and_leaves_nothing(
    tmp_path: Path, given: tuple[Path, Path], key: str, name: str, told: str
) -> None:
    with pytest.raises(AtlasError, match=told):
        new_district(tmp_path / "neu", key, name, *given)
    assert list(tmp_path.iterdir()) == []


def test_files_that_do_not_fit_are_told_and_leave_nothing(tmp_path: Path, given: tuple[Path, Path]) -> None:
    register, outlines = given
    short = tmp_path / "kurz.geojson"
    import json

    content = json.loads(outlines.read_text(encoding="utf-8"))
    content["features"].pop()
    short.write_text(json.dumps(content), encoding="utf-8")
    cases = [((register, short), "ohne Umriss: 12999007"), ((outlines, outlines), "kein Gemeindeverzeichnis")]
    for files, told in [*cases, ((register, register), "keine Umrisse")]:
        with pytest.raises(AtlasError, match=told):
            new_district(tmp_path / "neu", anderswo.KEY, anderswo.NAME, *files)
    assert [path.name for path in tmp_path.iterdir()] == ["kurz.geojson"]


def _redrawn(path: Path, outlines: Path, changed: dict[str, dict[str, Any]]) -> Path:
    """The outlines with other shapes: by AGS of the one replaced, those in its place by their keys."""
    found = geopandas.read_file(outlines).set_index("ags").geometry.to_dict()
    for ags, shapes in changed.items():
        del found[ags]
        found |= shapes
    table = geopandas.GeoDataFrame({"ags": list(found)}, geometry=list(found.values()), crs="EPSG:4326")
    path.write_text(table.to_json(drop_id=True), encoding="utf-8")
    return path


def test_former_gemeinden_become_the_outline_of_the_one_they_are_today(
    tmp_path: Path, given: tuple[Path, Path]
) -> None:
    register, outlines = given
    shape = geopandas.read_file(outlines).set_index("ags").geometry["12999002"]
    west, south, east, north = shape.bounds
    halves = [shape.intersection(shapely.box(*box)) for box in ((west, south, 14, north), (14, south, east, north))]
    assert west < 14 < east
    former = _redrawn(tmp_path / "alt.geojson", outlines, {"12999002": {"12999801": halves[0], "12999802": halves[1]}})
    call = "12999002=12999801+12999802"
    with pytest.raises(InputError) as caught:
        new_district(tmp_path / "neu", anderswo.KEY, anderswo.NAME, register, former)
    assert f"--umriss {call} angeben" in caught.value.remedy
    folder = tmp_path / "neu"
    new_district(folder, anderswo.KEY, anderswo.NAME, register, former, basis="Zensus2011", joined=[call])
    settings = load_settings(folder, tmp_path / "aus")
    grenzen = read_grenzen(settings, read_gemeinden(settings)).sort("ags")
    united = shapely.from_wkb(grenzen["geometry"].to_list())
    assert shapely.coverage_is_valid(united)
    assert united[1].area == pytest.approx(anderswo.shapes()[1].area, rel=1e-4)


@pytest.mark.parametrize(
    ("joined", "told"),
    [
        ("12999002:12999001", "NEU=ALT"),
        ("12999099=12999001", "NEU=ALT"),
        ("12999002=12999098", "ohne Umriss: 12999098"),
        ("12999002=12999001", "nicht|ohne Umriss: 12999001"),
    ],
)
def test_a_wrong_union_is_told(tmp_path: Path, given: tuple[Path, Path], joined: str, told: str) -> None:
    with pytest.raises(AtlasError, match=told):
        new_district(tmp_path / "neu", anderswo.KEY, anderswo.NAME, *given, joined=[joined])
    assert not (tmp_path / "neu").exists()


def test_an_outline_older_than_its_area_is_named_and_another_is_refused(
    tmp_path: Path, given: tuple[Path, Path]
) -> None:
    register, outlines = given
    shape = geopandas.read_file(outlines).set_index("ags").geometry["12999006"]
    smaller = {"12999006": shapely.affinity.scale(shape, 0.8, 1)}
    folder = tmp_path / "neu"
    old = _redrawn(tmp_path / "alt.geojson", outlines, {"12999006": smaller})
    made = new_district(folder, anderswo.KEY, anderswo.NAME, register, old, basis="Zensus2011")
    assert made.older == {"12999006": pytest.approx(-20, abs=0.5)}
    assert load_settings(folder, tmp_path / "aus").kreis.older_outlines == ("12999006",)
    other = {"12999006": shapely.affinity.scale(shape, 0.4, 1)}
    wrong = _redrawn(tmp_path / "falsch.geojson", outlines, {"12999006": other})
    with pytest.raises(InputError, match="Umrisse passen nicht"):
        new_district(tmp_path / "anders", anderswo.KEY, anderswo.NAME, register, wrong)


def test_a_gebiet_without_gemeinde_is_named_and_left_out(tmp_path: Path, given: tuple[Path, Path]) -> None:
    everything = geopandas.read_file(given[1])
    forest = everything.iloc[3:4].assign(ags="12999901", BEZ="Gemeindefreies Gebiet")
    with_kind = everything.assign(BEZ="Gemeinde").drop(index=3)
    both = pandas.concat([with_kind, forest], ignore_index=True)
    path = tmp_path / "mit_wald.geojson"
    path.write_text(geopandas.GeoDataFrame(both).to_json(drop_id=True), encoding="utf-8")
    listed = tmp_path / "mit_wald.xlsx"
    listed.write_bytes(anderswo.register(free=3))
    folder = tmp_path / "neu"
    made = new_district(folder, anderswo.KEY, anderswo.NAME, listed, path, basis="Zensus2011")
    assert made.free == ("Insel/Süd",) and made.gemeinden == 6
    settings = load_settings(folder, tmp_path / "aus")
    grenzen = read_grenzen(settings, read_gemeinden(settings)).sort("ags")
    assert "12999901" not in set(grenzen["ags"])
    figures = read_source(settings, "gemeindeverzeichnis", read_gemeinden(settings))
    assert not figures.filter(figures["area_key"] == "12999901").height


def test_sources_of_another_land_are_not_offered(tmp_path: Path, given: tuple[Path, Path]) -> None:
    made = new_district(tmp_path / "neu", anderswo.KEY, anderswo.NAME, *given, basis="Zensus2011")
    assert {"gemeindeverzeichnis", "regionalstatistik", "zensus_2022"} <= set(made.sources)
    assert not {"hessische_gemeindestatistik", "wahlen", "vg250", "kreisagentur"} & set(made.sources)


def test_every_land_has_a_name() -> None:
    assert sorted(LAENDER) == [f"{number:02}" for number in range(1, 17)]
