"""The workbook: complete cells, numbers as numbers, and a sign with words for every gap."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from pipelines import german
from pipelines.publish import Release, open_release
from pipelines.publish.workbook import write_workbook
from tests.fixtures.release import make_release

SHEETS = [
    "Lesehilfe",
    "Überblick",
    "Werte",
    "Indikatoren",
    "Vergleich",
    "Entwicklung",
    "Index",
    "Berichtigungen",
    "Quellen",
    "Prüfungen",
]


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return open_release(make_release(tmp_path_factory.mktemp("ausgabe")))


@pytest.fixture(scope="module")
def path(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_workbook(release, tmp_path_factory.mktemp("mappe"))


@pytest.fixture(scope="module")
def book(path: Path) -> Any:
    from openpyxl import load_workbook

    return load_workbook(path)


def _table(sheet: Any) -> list[dict[str, Any]]:
    heads = [cell.value for cell in sheet[1]]
    return [dict(zip(heads, row, strict=True)) for row in sheet.iter_rows(min_row=2)]


def test_sheets_and_properties(book: Any, path: Path) -> None:
    assert path.name == "sozialatlas-2023.xlsx"
    assert book.sheetnames == SHEETS
    assert "Landkreis Musterland" in book.properties.title
    assert book.properties.language == "de-DE"
    assert book.properties.created == book.properties.modified == datetime(2023, 12, 31)


@pytest.mark.parametrize("name", SHEETS[1:])
def test_no_cell_of_a_table_is_empty(book: Any, name: str) -> None:
    for row in book[name].iter_rows():
        for cell in row:
            assert cell.value not in (None, ""), f"{name} {cell.coordinate}"


@pytest.mark.parametrize("name", SHEETS[1:])
def test_every_table_has_fixed_and_repeated_heads_and_filters(book: Any, name: str) -> None:
    sheet = book[name]
    assert sheet.freeze_panes == "C2"
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.page_setup.orientation == "landscape" and sheet.page_setup.paperSize == 9
    assert [table.ref for table in sheet.tables.values()] == [sheet.dimensions]
    assert "Testdaten" in sheet.oddFooter.right.text


def test_numbers_are_numbers_and_gaps_are_signs_with_words(release: Release, book: Any) -> None:
    rows = _table(book["Werte"])
    assert len(rows) == release.values.height
    for cells, row in zip(rows, release.values.rows(named=True), strict=True):
        shown = cells["Wert"]
        if row["value"] is None:
            assert (shown.value, shown.data_type) == (german.status_sign(row["status"]), "s")
        else:
            assert shown.data_type == "n" and shown.value == pytest.approx(row["value"], rel=1e-15)
        assert cells["Status"].value == german.status_words(row["status"])
        assert (cells["Gebietsschlüssel"].value, cells["Gebietsschlüssel"].data_type) == (row["area_id"], "s")


def test_zero_and_limited_values_show_their_sign_and_stay_numbers(release: Release, book: Any) -> None:
    by_status = {cells["Status"].value: cells for cells in _table(book["Werte"])}
    zero = by_status["genau null"]["Wert"]
    assert (zero.value, zero.number_format) == (0, '"–"')
    limited = [cells["Wert"] for cells in _table(book["Werte"]) if cells["Güte"].value == "Aussagewert eingeschränkt"]
    assert limited and all(cell.number_format.startswith('"("') for cell in limited)


def test_a_value_without_span_says_so(book: Any) -> None:
    income = [cells for cells in _table(book["Werte"]) if cells["Kennung"].value == "A13"]
    assert {cells["Spanne von"].value for cells in income} == {"keine Spanne"}


def test_the_overview_names_gaps_and_who_can_fill_them(book: Any) -> None:
    rows = {cells["Kennung"].value: cells for cells in _table(book["Überblick"])}
    assert rows["T01"]["Zustand"].value == (
        "genau null: 1; vom Herausgeber geheim gehalten: 1; aus Datenschutzgründen nicht ausgewiesen: 1"
    )
    assert rows["A01"]["Adorf"].value == "."
    assert "Jobcenter" in rows["A01"]["Kann liefern"].value


def test_the_legend_explains_every_status_and_the_example_areas(book: Any) -> None:
    words = {cell.value for row in book["Lesehilfe"].iter_rows() for cell in row}
    assert set(german.STATUS_WORDS.values()) <= words
    assert "Beispielzuschnitt" in words
    areas = {cells["Gebiet"].value for cells in _table(book["Werte"])}
    assert "Beispielraum 1 (Beispielzuschnitt)" in areas and "Beispielraum 1" not in areas


def test_a_text_that_looks_like_a_formula_stays_a_text(tmp_path: Path, release: Release) -> None:
    from openpyxl import load_workbook

    changed = release.sources.with_columns(notes=release.sources["notes"].str.replace("Testdaten", "=1+1"))
    release_with_formula = Release(release.path)
    release_with_formula._frames = {"sources": changed}
    cells = _table(load_workbook(write_workbook(release_with_formula, tmp_path))["Quellen"])
    assert {(row["Hinweise"].value, row["Hinweise"].data_type) for row in cells} == {("=1+1", "s")}


def test_two_workbooks_are_equal_byte_for_byte(release: Release, path: Path, tmp_path: Path) -> None:
    time.sleep(1.1)  # openpyxl writes the second into properties, the zip format two of them
    assert write_workbook(release, tmp_path).read_bytes() == path.read_bytes()
