"""The data folder of another district: what the command lays out, and what it tells who got something wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixtures import anderswo

from pipelines.errors import AtlasError
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


def test_sources_of_another_land_are_not_offered(tmp_path: Path, given: tuple[Path, Path]) -> None:
    made = new_district(tmp_path / "neu", anderswo.KEY, anderswo.NAME, *given, basis="Zensus2011")
    assert {"gemeindeverzeichnis", "regionalstatistik", "zensus_2022"} <= set(made.sources)
    assert not {"hessische_gemeindestatistik", "wahlen", "vg250", "kreisagentur"} & set(made.sources)


def test_every_land_has_a_name() -> None:
    assert sorted(LAENDER) == [f"{number:02}" for number in range(1, 17)]
