"""„Arbeitsmarkt kommunal“: blocks and labels make items, `*` stays without value, what is not as printed is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from openpyxl import Workbook

from pipelines.errors import InputError
from pipelines.readers import ba_kommunal
from pipelines.readers.rawfile import RawFile
from pipelines.readers.reading import NOTHING_AGREED, Agreed, Reading
from tests.fixtures.formats import ba_kommunal as made

FILE = "Arbeitsmarkt-kommunal_06999002_Bestadt_Stadt.xlsx"


def read(content: bytes, name: str = FILE, agreed: Agreed = NOTHING_AGREED) -> Reading:
    return ba_kommunal.read(RawFile(Path(name), content), agreed)


def spoiled(change: Callable[[Workbook], object]) -> InputError:
    book = made.workbook()
    change(book)
    with pytest.raises(InputError) as caught:
        read(made.packed(book))
    return caught.value


def put(cell: str, value: object) -> Callable[[Workbook], object]:
    return lambda book: book["Daten"].__setitem__(cell, value)


@pytest.fixture(scope="module")
def reading() -> Reading:
    return read(made.packed(made.workbook()))


def figure(reading: Reading, item: str, time: str) -> dict[str, object]:
    return reading.frame.row(by_predicate=(pl.col("item") == item) & (pl.col("time") == time), named=True)


def test_all_examples_are_known_and_read() -> None:
    for name, content in made.examples().items():
        assert ba_kommunal.recognises(RawFile(Path(name), content))
        frame = read(content, name).frame
        assert frame["item"].n_unique() == 33
        assert frame.height % 33 == 0


def test_a_workbook_of_a_kreis_has_figures_of_a_kreis() -> None:
    book = made.workbook("06999", "Testkreis, Landkreis", last=2019)
    frame = read(made.packed(book), "Arbeitsmarkt-kommunal_06999_Testkreis.xlsx").frame
    assert set(frame.select("key", "level").rows()) == {("06999", "kreis")}
    assert set(frame.filter(time_kind="jahresdurchschnitt")["time"]) == {str(year) for year in range(2015, 2020)}


def test_an_edition_without_the_rows_of_sgb_ii_says_which_is_missing() -> None:
    error = spoiled(lambda book: book["Daten"].delete_rows(46))
    assert error.what == "Zeilen fehlen."
    assert "SGB II" in str(error.found)


def test_block_and_label_make_the_item(reading: Reading) -> None:
    totals = [item for item in reading.frame["item"].unique().sort() if item.endswith(".insgesamt")]
    assert totals == ["arbeitslose.insgesamt", "geringfuegig_arbeitsort.insgesamt", "svb_arbeitsort.insgesamt",
                      "svb_wohnort.insgesamt"]  # fmt: skip
    row = figure(reading, "svb_wohnort.auspendler", "2024-06-30")
    label = "Sozialversicherungspflichtig Beschäftigte am Wohnort (Stichtag 30.06.): Auspendler"
    assert (row["item_label"], row["value"], row["unit"]) == (label, 938.0, "Personen")
    assert (row["row"], row["place"]) == (29, "G")
    assert (row["source_key"], row["key"], row["level"], row["name"]) == (
        "06999002", "06999002", "gemeinde", "Bestadt, Stadt",
    )  # fmt: skip


def test_stocks_have_a_day_and_averages_a_year_unrounded(reading: Reading) -> None:
    average = figure(reading, "arbeitslose.frauen", "2021")
    assert average["time_kind"] == "jahresdurchschnitt"
    assert average["value"] == pytest.approx((460 * 5 + 2) / 12, abs=1e-9)
    assert figure(reading, "svb_arbeitsort.frauen", "2021-06-30")["time_kind"] == "stichtag"
    assert any("ungerundet" in note for note in reading.notes)


def test_what_is_withheld_stays_so_and_says_so(reading: Reading) -> None:
    rows = reading.frame.filter(pl.col("status") == "secret")
    assert rows.height == 10
    assert rows["value"].null_count() == 10
    assert set(rows["sign"]) == {"*"}
    assert any("nicht aus Summe und übrigen Teilen errechnet" in note for note in reading.notes)


def test_edition_from_the_imprint_without_persons(reading: Reading) -> None:
    assert (reading.code, reading.stand) == ("992", "03. Januar 2025")
    assert reading.attribution == (
        "Statistik der Bundesagentur für Arbeit, Tabellen, Arbeitsmarkt kommunal, Nürnberg, Januar 2025"
    )
    assert "Mustermann" not in repr((reading.title, reading.notes, reading.attribution))


def test_split_merged_cells_and_moved_rows_give_the_same_table(reading: Reading) -> None:
    book = made.workbook()
    sheet = book["Daten"]
    for merged in list(sheet.merged_cells.ranges):
        sheet.unmerge_cells(str(merged))
    for column in range(1, 8):
        one, other = sheet.cell(12, column), sheet.cell(13, column)
        one.value, other.value = other.value, one.value
    frame = read(made.packed(book)).frame
    assert frame.drop("row").sort("item", "time").equals(reading.frame.drop("row").sort("item", "time"))


def test_a_workbook_without_imprint_is_read() -> None:
    book = made.workbook()
    del book["Impressum"]
    found = read(made.packed(book))
    assert (found.code, found.stand, found.frame.height) == (None, None, 165)


def test_another_workbook_is_not_of_this_format() -> None:
    book = Workbook()
    book.active.title = "Daten"
    assert not ba_kommunal.recognises(RawFile(Path("x.xlsx"), made.packed(book)))
    assert not ba_kommunal.recognises(RawFile(Path("x.csv"), b"Daten;Merkmale"))
    assert not ba_kommunal.recognises(RawFile(Path("x.xlsx"), made.packed(made.workbook())[:3000]))


@pytest.mark.parametrize(
    ("change", "what", "row", "column"),
    [
        (put("A4", "06999002 Bestadt, Stadt"), "Die Zeile mit dem Gebiet fehlt", 4, "A"),
        (put("A4", "06999003 Bestadt (Gebietsstand im Jahr 2024)"), "verschiedene Gebiete", 4, "A"),
        (put("A4", "06999002 Bestadt (Gebietsstand im Jahr 2023)"), "Gebietsstand ist nicht der", 4, "A"),
        (put("D7", 2020), "folgen nicht aufeinander", 7, "D"),
        (put("E7", None), "folgen nicht aufeinander", 7, "E"),
        (put("C8", 2), "nicht fortlaufend", 8, "C"),
        (put("A7", "Merkmal"), "abgeschnitten oder umgebaut", "gesamte Datei", "A"),
        (put("A9", "Beschäftigte am Arbeitsort"), "Überschrift eines Blocks ist unbekannt", 9, "A"),
        (put("B12", "Frauen und Mädchen"), "Bezeichnung einer Zeile ist unbekannt", 12, "B"),
        (put("B12", "Männer"), "steht doppelt", 12, "B"),
        (put("E12", None), "weder eine Zahl noch ein bekanntes Zeichen", 12, "E"),
        (put("E12", "-"), "weder eine Zahl noch ein bekanntes Zeichen", 12, "E"),
        (put("E12", -3), "negativ", 12, "E"),
        (put("E12", 3.5), "nicht ganz", 12, "E"),
        (put("E40", 3.15), "kann keiner aus zwölf Monaten sein", 40, "E"),
        (put("E12", 9999), "größer als das Ganze", 12, "E"),
        (put("E12", 1e30), "weder eine Zahl noch ein bekanntes Zeichen", 12, "E"),
        (put("J12", 5), "Neben der Tabelle", 12, "J"),
        (lambda book: book["Daten"].delete_rows(46, 5), "abgeschnitten", "gesamte Datei", "A"),
        (lambda book: book["Daten"].delete_rows(13), "Zeilen fehlen", 46, "B"),
        (lambda book: book["Daten"].delete_cols(7), "abgeschnitten oder umgebaut", "gesamte Datei", "A"),
        (lambda book: book["Daten"].delete_cols(3), "nicht fortlaufend", 8, "C"),
        (lambda book: book["Daten"].delete_cols(1), "abgeschnitten oder umgebaut", "gesamte Datei", "A"),
        (lambda book: book["Impressum"].__setitem__("B14", 2023), "verschiedene Berichtsjahre", None, "Impressum"),
    ],
)  # fmt: skip
def test_refused(change: Callable[[Workbook], object], what: str, row: int | str | None, column: str) -> None:
    error = spoiled(change)
    assert what in error.what
    assert error.column == column
    assert row in (None, error.row)
    assert error.expected and error.found and error.remedy


@pytest.mark.parametrize(
    ("agreed", "what"),
    [
        (Agreed(code="993"), "Die Tabelle"),
        (Agreed(time="2018"), "Die Zeit"),
        (Agreed(level="kreis"), "Die Ebene"),
        (Agreed(keys=("06999001",)), "Gebiete, die angegeben sind"),
    ],
)
def test_what_was_agreed_is_held(agreed: Agreed, what: str) -> None:
    with pytest.raises(InputError, match=what):
        read(made.packed(made.workbook()), agreed=agreed)
    good = Agreed(code="992", time="2024", level="gemeinde", keys=("06999002",))
    assert read(made.packed(made.workbook()), agreed=good).frame.height == 165


def test_swapped_words_beside_figures_are_noticed_where_nothing_is_withheld(reading: Reading) -> None:
    def swap(book: Workbook) -> None:
        sheet = book["Daten"]
        sheet["B12"], sheet["B13"] = sheet["B13"].value, sheet["B12"].value

    error = spoiled(swap)
    assert "ergeben zusammen nicht" in error.what
    assert (error.row, error.column) == (10, "C")
    assert figure(reading, "svb_arbeitsort.frauen", "2020-06-30")["value"] == 460
    book = made.workbook()
    for column in "CDEFG":
        book["Daten"][f"{column}12"] = "*"
    assert read(made.packed(book)).frame.filter(status="secret").height == 15
