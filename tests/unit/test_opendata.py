"""The open data files hold what was released, with gaps as gaps."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl
import pytest

from pipelines.contracts import contract
from pipelines.publish import Release, open_release
from pipelines.publish.opendata import write_open_data
from tests.fixtures.release import make_release


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return open_release(make_release(tmp_path_factory.mktemp("ausgabe")))


@pytest.fixture(scope="module")
def folder(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("offen")
    write_open_data(release, folder)
    return folder / "daten"


def test_csv_and_parquet_hold_the_released_values(release: Release, folder: Path) -> None:
    schema = contract("release.values").schema()
    text = (folder / "values.csv").read_bytes()
    assert b"\r" not in text and not text.startswith(b"\xef\xbb\xbf")
    assert text.decode("utf-8").splitlines()[0] == ",".join(schema)
    assert pl.read_csv(folder / "values.csv", schema=schema).equals(release.values)
    assert pl.read_parquet(folder / "values.parquet").equals(release.values)
    origin = pl.read_parquet_metadata(folder / "values.parquet")
    assert all(note in origin["quellenvermerke"] for note in release.sources["attribution"])
    assert release.edition["kreis_name"] in origin["ausgabe"]


def test_missing_is_an_empty_cell_and_zero_is_a_number(folder: Path) -> None:
    with (folder / "values.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["value"] for row in rows if row["status"] == "zero"] == ["0.0"]
    without = [row for row in rows if row["status"] not in ("reported", "zero", "estimated", "pooled")]
    assert {row["value"] for row in without} == {""}
    assert all(row["reason"] for row in without)


def test_areas_have_a_layer_per_level_in_the_projection_of_the_edition(release: Release, folder: Path) -> None:
    import pyogrio

    path = folder / "gebiete.gpkg"
    assert sorted(name for name, _ in pyogrio.list_layers(path)) == ["gemeinden", "kreis", "sozialraeume"]
    for layer, level in {"gemeinden": "gemeinde", "sozialraeume": "sozialraum", "kreis": "kreis"}.items():
        found = pyogrio.read_dataframe(path, layer=layer)
        expected = release.areas.filter(pl.col("area_level") == level).sort("area_id")
        assert found["area_id"].tolist() == expected["area_id"].to_list()
        assert found.crs.to_string() == release.edition["crs"]


def test_example_areas_say_so_in_every_row_and_in_the_layer(folder: Path) -> None:
    import pyogrio

    path = folder / "gebiete.gpkg"
    rooms = pyogrio.read_dataframe(path, layer="sozialraeume")
    assert rooms["is_example"].all() and set(rooms["hinweis"]) == {"Beispielzuschnitt"}
    assert "Beispielzuschnitt" in pyogrio.read_info(path, layer="sozialraeume")["layer_metadata"]["DESCRIPTION"]
    assert pyogrio.read_dataframe(path, layer="gemeinden")["hinweis"].isna().all()


def test_the_note_explains_every_field_status_and_source(release: Release, folder: Path) -> None:
    note = (folder / "LIESMICH.md").read_text(encoding="utf-8")
    for column in contract("release.values").columns:
        assert f"| {column.name} | {column.description} |" in note
    for status in contract("release.values").columns[12].allowed or ():
        assert f"| {status} |" in note
    for attribution in release.sources["attribution"]:
        assert attribution in note
    assert "Entwurf · Testdaten" in note and "Beispielzuschnitt" in note


def test_two_exports_are_equal_byte_for_byte(release: Release, folder: Path, tmp_path: Path) -> None:
    for path in write_open_data(release, tmp_path):
        assert path.read_bytes() == (folder / path.name).read_bytes(), path.name
