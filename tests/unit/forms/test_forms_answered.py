"""A form that comes back: read whatever a spreadsheet program did to it, and every fault found in its cell."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from district import write_district
from fixtures.forms import cell, filled, with_shared_strings
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import InputError
from pipelines.forms.answers import Answers, Finding, read_answers
from pipelines.forms.cells import cell_value
from pipelines.forms.checking import check_answers
from pipelines.forms.definition import forms
from pipelines.forms.form import CODES_ROW, FIGURES, FIRST_ROW, HIDDEN, SAID
from pipelines.readers import read_gemeinden
from pipelines.readers.formats import formats, read_file
from pipelines.readers.rawfile import RawFile
from pipelines.settings import Settings, load_settings

YEAR, DAY = 2022, "2023-06-15"
ITEM = forms()["kreisagentur"].items[0]
DECIMALS = forms()["angebote"].items[0]
Change = Callable[[Any, Any], None]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("kreis")
    return load_settings(write_district(folder / "daten"), folder / "aus")


@pytest.fixture
def came_back(settings: Settings, tmp_path: Path):
    """Fill in a form, change it, read and check it."""

    def told(
        change: Change | None = None, key: str = "kreisagentur", **said: Any
    ) -> tuple[Answers, tuple[Finding, ...]]:
        path, _, _ = filled(settings, tmp_path, key, YEAR, change=change, **said)
        answers = read_answers(RawFile(path))
        return answers, check_answers(answers, settings.kreis, read_gemeinden(settings), DAY)

    return told


def figures(answers: Answers) -> dict[tuple[str, str], tuple[float | None, str]]:
    return {(one.area.key, one.item.code): (one.value, one.status) for one in answers.figures}


def severe(findings: tuple[Finding, ...]) -> list[tuple[str | None, str]]:
    return [(one.cell, one.what) for one in findings if one.severe]


# ------------------------------------------------------------------------------------------------ cells
@pytest.mark.parametrize(
    ("typed", "value", "status"),
    [
        (1234, 1234.0, "reported"),
        (1234.0, 1234.0, "reported"),
        ("1234", 1234.0, "reported"),
        ("1.234", 1234.0, "reported"),
        ("12 500", 12500.0, "reported"),
        ("12\u00a0500", 12500.0, "reported"),
        ("12\u202f500", 12500.0, "reported"),
        (" 77 ", 77.0, "reported"),
        ("'77", 77.0, "reported"),
        ("12,0", 12.0, "reported"),
        (0, 0.0, "zero"),
        ("0", 0.0, "zero"),
        ("-", 0.0, "zero"),
        ("–", 0.0, "zero"),
        (".", None, "secret"),
        ("*", None, "secret"),
        ("x", None, "not_applicable"),
        ("", None, "missing"),
        ("  ", None, "missing"),
    ],
)
def test_what_people_type_is_read(typed: Any, value: float | None, status: str) -> None:
    assert cell_value(typed, ITEM)[:2] == (value, status) and cell_value(typed, ITEM)[3] is None


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (1.234, "Gemeint ist vielleicht 1234"),
        ("12,5", "ohne Nachkommastellen"),
        (-3, "nicht negativ"),
        ("ca. 40", "weder eine Zahl"),
        ("40 (vorläufig)", "weder eine Zahl"),
        ("1.23", "weder eine Zahl"),
        ("1.234.5", "weder eine Zahl"),
        (True, "Wahrheitswert"),
        (datetime(2023, 2, 1), "in ein Datum"),
        (date(2023, 2, 1), "in ein Datum"),
        ("#REF!", "weder eine Zahl"),
        (1e15, "unmöglich groß"),
        (float("inf"), "unmöglich groß"),
        (float("nan"), "unmöglich groß"),
    ],
)
def test_what_cannot_be_a_count_is_a_fault(typed: Any, told: str) -> None:
    value, status, _, fault = cell_value(typed, ITEM)
    assert (value, status) == (None, "missing") and fault is not None and told in " ".join(fault[:2])


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("k. A.", "nicht vor, das Feld leeren"),
        ("n/a", "nicht vor, das Feld leeren"),
        ("< 3", "nicht als Bereich nennen"),
        ("unter 5", "nicht als Bereich nennen"),
        ("1-4", "nicht als Bereich nennen"),
        ("--", "Gibt es keinen Fall"),
        ("keine", "Gibt es keinen Fall"),
        ("ca. 40", "ohne Zusatz"),
        ("40*", "Die Zahl ohne Zeichen"),
        ("1,234", "Gemeint ist vielleicht 1234"),
    ],
)
def test_what_could_mean_several_things_is_told_with_the_right_sign(typed: str, told: str) -> None:
    value, status, _, fault = cell_value(typed, ITEM)
    assert (value, status) == (None, "missing") and fault is not None and told in fault[1] and fault[2] == typed


def test_a_text_that_may_be_a_name_is_not_repeated() -> None:
    fault = cell_value("Erika Mustermann", ITEM)[3]
    assert fault is not None and "Mustermann" not in " ".join(fault)


@given(st.integers(0, 10**11))
def test_every_count_comes_back_however_it_is_written(number: int) -> None:
    grouped = f"{number:,}"
    for text in (number, float(number), str(number), grouped.replace(",", "."), grouped.replace(",", "\u202f")):
        assert cell_value(text, ITEM)[0] == number


@given(st.integers(0, 10**7), st.integers(1, 99))
def test_amounts_keep_their_decimals(whole: int, hundredths: int) -> None:
    text = f"{whole:,}".replace(",", ".") + f",{hundredths:02}"
    assert cell_value(text, DECIMALS)[0] == pytest.approx(whole + hundredths / 100)


@given(st.one_of(st.text(max_size=40), st.floats(), st.integers(), st.booleans(), st.datetimes(), st.none()))
def test_no_cell_breaks_the_program(typed: Any) -> None:
    value, status, _, _ = cell_value("" if typed is None else typed, ITEM)
    assert (value is not None) == (status in ("reported", "zero"))


# ------------------------------------------------------------------------------------------------ spreadsheet users
def move_sheets(book: Any, _: Any) -> None:
    book.move_sheet(FIGURES, -2)
    book.move_sheet(HIDDEN, -3)


def rename(book: Any, _: Any) -> None:
    book[FIGURES].title, book[SAID].title = "Zahlen (2)", "Tabelle1"


def add_rows(book: Any, _: Any) -> None:
    book[FIGURES].insert_rows(FIRST_ROW + 1, 2)
    book[FIGURES].insert_rows(1)
    book[SAID].insert_rows(4)


def add_column(book: Any, _: Any) -> None:
    book[FIGURES].insert_cols(5)


def keys_as_numbers(book: Any, asked: Any) -> None:
    for row in range(FIRST_ROW, FIRST_ROW + len(asked.areas)):
        key = book[FIGURES].cell(row, 1)
        key.value, key.number_format = int(key.value), "0"


def as_text(book: Any, _: Any) -> None:
    for row in book[FIGURES].iter_rows(min_row=FIRST_ROW, min_col=3):
        for one in row:
            if isinstance(one.value, int | float):
                one.value = f"{int(one.value):,}".replace(",", ".")


def sort_rows(book: Any, asked: Any) -> None:
    sheet = book[FIGURES]
    first, last = FIRST_ROW, FIRST_ROW + len(asked.areas) - 1
    rows = [[one.value for one in row] for row in sheet.iter_rows(first, last)]
    for row, values in zip(range(first, last + 1), reversed(rows), strict=True):
        for column, value in enumerate(values, 1):
            sheet.cell(row, column).value = value


def notes(book: Any, asked: Any) -> None:
    from openpyxl.comments import Comment

    cell(book, asked, "06999001", "KFB-LB").comment = Comment("bitte noch prüfen", "Amt")
    sheet = book[FIGURES]
    sheet.cell(FIRST_ROW + len(asked.areas) + 2, 2).value = "Quelle: Auswertung des Amts"
    sheet.cell(FIRST_ROW, sheet.max_column).value = "einschließlich eines Ortsteils"


def another_sheet(book: Any, _: Any) -> None:
    book.create_sheet("Nebenrechnung")["A1"] = 17


def empty_copy(book: Any, asked: Any) -> None:
    copy = book.copy_worksheet(book[FIGURES])
    for row in copy.iter_rows(min_row=FIRST_ROW, min_col=3):
        for one in row:
            one.value = None


@pytest.mark.parametrize(
    "change",
    [move_sheets, rename, add_rows, add_column, keys_as_numbers, as_text, sort_rows, notes, another_sheet, empty_copy],
)
def test_nothing_is_lost_by_what_users_do(change: Change, came_back) -> None:
    plain, _ = came_back()
    answers, findings = came_back(change)
    assert figures(answers) == figures(plain) and answers.said == plain.said
    assert severe(findings) == []


def test_a_workbook_of_another_program_is_read(settings: Settings, tmp_path: Path) -> None:
    """Excel and LibreOffice keep texts once in a part of their own; the library of the form writes them into cells."""
    path, _, _ = filled(settings, tmp_path, "kita", YEAR)
    before = read_answers(RawFile(path))
    with_shared_strings(path)
    after = read_answers(RawFile(path))
    assert figures(after) == figures(before) and after.said == before.said


def test_a_formula_without_a_result_costs_its_cell_alone(came_back) -> None:
    plain, _ = came_back()
    answers, findings = came_back(formula)
    assert [place for place, _ in severe(findings)] == ["C9"]
    kept = figures(plain) | {("06999002", "KFB-LB"): (None, "missing")}
    assert figures(answers) == kept


def test_sheets_beside_the_form_are_named(came_back) -> None:
    _, findings = came_back(another_sheet)
    assert [(one.sheet, one.what, one.severe) for one in findings] == [
        ("Nebenrechnung", "Das Blatt gehört nicht zum Formular; es wird nicht gelesen.", False)
    ]


# ------------------------------------------------------------------------------------------------ faults of structure
def delete_row(book: Any, _: Any) -> None:
    book[FIGURES].delete_rows(FIRST_ROW + 1)


def delete_column(book: Any, _: Any) -> None:
    book[FIGURES].delete_cols(5)


def double_row(book: Any, asked: Any) -> None:
    sheet = book[FIGURES]
    for column in range(1, sheet.max_column + 1):
        sheet.cell(FIRST_ROW + len(asked.areas) + 1, column).value = sheet.cell(FIRST_ROW, column).value


def own_column(book: Any, _: Any) -> None:
    sheet = book[FIGURES]
    column = sheet.max_column + 1
    sheet.cell(CODES_ROW, column).value = "davon Frauen"
    sheet.cell(FIRST_ROW, column).value = 12


def figures_without_area(book: Any, asked: Any) -> None:
    book[FIGURES].cell(FIRST_ROW + len(asked.areas) + 1, 4).value = 99


def other_copy(book: Any, asked: Any) -> None:
    copy = book.copy_worksheet(book[FIGURES])
    copy.cell(FIRST_ROW, 3).value = 1


def new_hidden(book: Any, _: Any) -> None:
    book[HIDDEN]["B4"].value = "2021"


def old_version(book: Any, _: Any) -> None:
    book[HIDDEN]["B2"].value = "0"


def other_words(book: Any, _: Any) -> None:
    book.copy_worksheet(book[SAID])["B5"].value = "ja"


def sorted_names(book: Any, _: Any) -> None:
    sheet = book[FIGURES]
    sheet["B8"].value, sheet["B9"].value = sheet["B9"].value, sheet["B8"].value


def figures_typed_below(book: Any, asked: Any) -> None:
    sheet, row = book[FIGURES], FIRST_ROW + len(asked.areas) + 1
    sheet.cell(row, 1).value, sheet.cell(row, 3).value = "Umland", "1.234"


def too_early(book: Any, _: Any) -> None:
    book[SAID]["B7"].value = date(2022, 6, 1)


def formula(book: Any, asked: Any) -> None:
    cell(book, asked, "06999002", "KFB-LB").value = "=C8+1"  # no program computed it


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (delete_row, "Die Zeile für 06999002 fehlt."),
        (delete_column, "Die Spalte KFB-LB15 fehlt."),
        (double_row, "Die Zeile für 06999001 steht zweimal da."),
        (own_column, "Die Spalte gehört nicht zum Formular; was in ihr steht, würde verloren gehen."),
        (figures_without_area, "Die Zeile gehört nicht zum Formular; was in ihr steht, würde verloren gehen."),
        (other_copy, "Das Blatt „Zahlen Copy“ ist eine Kopie von „Zahlen“ mit anderen Zahlen."),
        (other_words, "Das Blatt „Angaben Copy“ ist eine Kopie von „Angaben“ mit anderen Angaben."),
        (sorted_names, "Schlüssel und Name der Zeile gehören zu verschiedenen Gebieten."),
        (figures_typed_below, "Die Zeile gehört nicht zum Formular; was in ihr steht, würde verloren gehen."),
        (too_early, "KFB-LB wurde vor dem Stichtag ausgewertet."),
        (new_hidden, "Der Aufbau des Formulars wurde verändert."),
        (old_version, "Das Formular ist nicht die geltende Fassung."),
        (formula, "Die Zelle enthält eine Formel statt einer Zahl."),
    ],
)
def test_a_broken_form_is_refused_with_the_reason(change: Change, told: str, came_back) -> None:
    _, findings = came_back(change)
    assert told in [what for _, what in severe(findings)]


def test_a_formula_is_marked_in_its_cell(came_back) -> None:
    _, findings = came_back(formula)
    assert ("C9", "Die Zelle enthält eine Formel statt einer Zahl.") in severe(findings)


# ------------------------------------------------------------------------------------------------ rules
A, B, C, KREIS = "06999001", "06999002", "06999003", "06999"


@pytest.mark.parametrize(
    ("key", "values", "expected"),
    [
        # a part above its whole
        (
            "schulamt",
            {(A, "SC-UEG"): 900, (KREIS, "SC-UEG"): None},
            {("D8", "Der Teil ist größer als das Ganze: SC-UE (Übergänge nach Klasse 4).")},
        ),
        # counts below the minimum: 5 here, 10 for sensitive items
        ("kita", {(A, "KI-FS"): 4, (KREIS, "KI-FS"): None}, {("F8", "Die Anzahl ist zu klein, um genannt zu werden.")}),
        (
            "jugendamt",
            {(B, "JA-8A"): 9, (KREIS, "JA-8A"): None},
            {("E9", "Die Anzahl ist zu klein, um genannt zu werden.")},
        ),
        # exactly null may be told
        ("versorgungsamt", {(A, "VA-SB"): 0, (B, "VA-SB"): 100, (C, "VA-SB"): 50, (KREIS, "VA-SB"): 150}, set()),
        # one secret beside a sum gives itself away, two do not
        (
            "versorgungsamt",
            {(A, "VA-SB"): "."},
            {("C8", "Die geheime Zahl ließe sich errechnen: Summe der Gemeinden.")},
        ),
        ("versorgungsamt", {(A, "VA-SB"): ".", (B, "VA-SB"): "."}, set()),
        ("versorgungsamt", {(A, "VA-SB"): ".", (KREIS, "VA-SB"): "."}, set()),
        (
            "versorgungsamt",
            {(KREIS, "VA-SB"): "."},
            {("C11", "Die geheime Summe ließe sich errechnen: Summe der Gemeinden.")},
        ),
        # sums
        ("versorgungsamt", {(KREIS, "VA-SB"): 5000}, {("C11", "Die Summe stimmt nicht: Summe der Gemeinden.")}),
        ("versorgungsamt", {(A, "VA-SB"): None}, set()),
        (
            "versorgungsamt",
            {(A, "VA-SB"): None, (KREIS, "VA-SB"): 20},
            {("C11", "Die Summe stimmt nicht: Summe der Gemeinden.")},
        ),
        ("versorgungsamt", {(A, "VA-SB"): 20, (B, "VA-SB"): 30, (C, "VA-SB"): 40, (KREIS, "VA-SB"): None}, set()),
        # a secret part of nothing
        (
            "schulamt",
            {(A, "SC-UE"): "-", (A, "SC-UEG"): ".", (B, "SC-UEG"): ".", (KREIS, "SC-UE"): None},
            {("D8", "Geheim, obwohl das Ganze null ist: SC-UE (Übergänge nach Klasse 4).")},
        ),
    ],
)
def test_figures_must_fit_together(key: str, values: dict, expected: set, came_back) -> None:
    _, findings = came_back(None, key, values=values)
    assert set(severe(findings)) == expected


def test_sums_across_columns_hold(came_back) -> None:
    _, findings = came_back(None, "meldewesen", values={(A, "ME-EW"): 99999})
    assert ("C8", "Die Summe stimmt nicht: ME-EW = ME-BRA + ME-ARA.") in severe(findings)
    _, findings = came_back(None, "meldewesen", values={(A, "ME-ARA"): ".", (B, "ME-ARA"): "."})
    assert ("M8", "Die geheime Zahl ließe sich errechnen: ME-EW = ME-BRA + ME-ARA.") in severe(findings)


def test_decimals_may_round_beside_their_sum(came_back) -> None:
    values = {(A, "AN-HA"): "1,25", (B, "AN-HA"): "2,5", (C, "AN-HA"): "0,5", (KREIS, "AN-HA"): "4,3"}
    _, findings = came_back(None, "angebote", values=values)
    assert severe(findings) == []


def test_what_was_said_must_be_said(came_back) -> None:
    def silent(book: Any, _: Any) -> None:
        for row in range(4, 8):
            book[SAID].cell(row, 2).value = None

    def wrong(book: Any, _: Any) -> None:
        for row, text in enumerate(("Erika Mustermann", "vielleicht", "gut", "bald"), 4):
            book[SAID].cell(row, 2).value = text

    _, findings = came_back(silent)
    assert [place for place, _ in severe(findings)] == ["B4", "B5", "B6", "B7"]
    _, findings = came_back(wrong)
    assert [place for place, _ in severe(findings)] == ["B4", "B5", "B6", "B7"]
    assert "Mustermann" not in " ".join(f"{one.what} {one.found} {one.remedy}" for one in findings)


@pytest.mark.parametrize("typed", [date(2023, 3, 15), datetime(2023, 3, 15), "15.03.2023", "15.3.2023", "2023-03-15"])
def test_the_day_may_be_a_date_or_a_text(typed: Any, came_back) -> None:
    def day(book: Any, _: Any) -> None:
        book[SAID]["B7"].value = typed

    assert came_back(day)[0].said.stand == "2023-03-15"


def test_days_must_be_possible(settings: Settings, tmp_path: Path) -> None:
    path, _, _ = filled(settings, tmp_path, "kreisagentur", YEAR)
    answers = read_answers(RawFile(path))
    told = [what for _, what in severe(check_answers(answers, settings.kreis, read_gemeinden(settings), "2022-06-01"))]
    assert "Der Stichtag von KFB-LB liegt nach dem Eingang des Formulars." in told
    assert "Der Stand der Auswertung liegt nach dem Eingang des Formulars." in told


def test_a_remark_about_a_person_is_refused_without_repeating_it(came_back) -> None:
    def remark(book: Any, _: Any) -> None:
        book[SAID]["B8"].value = "Rückfragen an Frau Mustermann"
        book[FIGURES].cell(FIRST_ROW, book[FIGURES].max_column).value = "erika.mustermann@example.org"

    _, findings = came_back(remark)
    assert [place for place, _ in severe(findings)] == ["B8", "L8"]
    assert "ustermann" not in " ".join(f"{one.what} {one.found} {one.remedy}" for one in findings)


def test_a_day_in_a_remark_is_no_telephone_number(came_back) -> None:
    def remark(book: Any, _: Any) -> None:
        book[SAID]["B8"].value = "Auswertung vom 01.03.2023, Fortschreibung 2023-02-28 und 01/02/2023"

    assert severe(came_back(remark)[1]) == []


def test_a_form_of_a_year_to_come_is_pointed_out(settings: Settings, tmp_path: Path) -> None:
    path, _, _ = filled(settings, tmp_path, "kita", YEAR + 1)
    findings = check_answers(read_answers(RawFile(path)), settings.kreis, read_gemeinden(settings), DAY)
    assert [one.what for one in findings] == ["Das Formular ist für 2023, das Berichtsjahr des Kreises ist 2022."]


def test_an_empty_form_is_refused_and_empty_columns_are_told(came_back, settings: Settings) -> None:
    def empty(book: Any, _: Any) -> None:
        for row in book[FIGURES].iter_rows(min_row=FIRST_ROW, min_col=3):
            for one in row:
                one.value = None

    def half(book: Any, asked: Any) -> None:
        for area in asked.areas:
            cell(book, asked, area.key, "WR-GB").value = cell(book, asked, area.key, "WR-GBA").value = None

    answers, findings = came_back(empty)
    assert "Das Formular enthält keine Zahl." in [what for _, what in severe(findings)] and not answers.columns
    answers, findings = came_back(half, "wohnraum")
    assert severe(findings) == [] and [item.code for item, _ in answers.columns] == ["WR-WG", "WR-WL"]
    assert [one.cell for one in findings] == ["D4", "E4"]


def test_a_form_of_another_district_is_refused(settings: Settings, tmp_path: Path) -> None:
    folder = write_district(tmp_path / "anders", key="05999")
    other = load_settings(folder, tmp_path / "aus")
    path, _, _ = filled(other, tmp_path, "kita", YEAR)
    findings = check_answers(read_answers(RawFile(path)), settings.kreis, read_gemeinden(settings), DAY)
    assert "Das Formular ist für einen anderen Kreis." in [what for _, what in severe(findings)]


# ------------------------------------------------------------------------------------------------ as an official file
def test_a_form_is_a_format_like_others(settings: Settings, tmp_path: Path) -> None:
    path, asked, values = filled(settings, tmp_path, "kita", YEAR, values={(A, "KI-FS"): ".", (B, "KI-FS"): "."})
    known = [key for key, one in formats().items() if one.recognises(RawFile(path))]
    assert known == ["formular"]
    reading = read_file(RawFile(path))
    assert reading.frame.height == len(asked.areas) * len(asked.form.items) and reading.code == "kita"
    row = reading.frame.filter(key=C, item="KI-U3").row(0, named=True)
    assert (row["value"], row["time"], row["place"], row["row"]) == (values[C, "KI-U3"], "2022-03-01", "D", 10)
    assert reading.frame.filter(item="KI-FS")["status"].to_list() == ["secret", "secret", "reported", "reported"]


def test_a_form_with_faults_is_no_file_to_read(settings: Settings, tmp_path: Path) -> None:
    path, _, _ = filled(settings, tmp_path, "kita", YEAR, values={(A, "KI-FS"): "viele"})
    with pytest.raises(InputError, match="sozialatlas check DATEI") as error:
        read_file(RawFile(path))
    assert error.value.row == 8 and error.value.column == "F8"


def test_another_workbook_is_no_form(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.save(tmp_path / "leer.xlsx")
    with pytest.raises(InputError, match="kein Formular des Sozialatlas"):
        read_answers(RawFile(tmp_path / "leer.xlsx"))
