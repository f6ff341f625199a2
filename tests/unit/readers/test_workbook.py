"""Workbooks as cells: what a sheet shows is what is read, whatever wrote it; what would hurt is refused."""

from __future__ import annotations

import datetime as dt
import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from pipelines.errors import InputError
from pipelines.readers import workbook as module
from pipelines.readers.rawfile import RawFile
from pipelines.readers.workbook import Workbook, filled_right, letter, text_of
from pipelines.settings import PROJECT_DIR
from tests.fixtures.packed import archive, old_workbook, sheet_rows, workbook, workbook_parts

TABLE = [["AGS", "Wert"], ["06999001", 1.5], ["06999002", 7]]


def put(folder: Path, content: bytes) -> RawFile:
    path = folder / "a.xlsx"
    path.write_bytes(content)
    return RawFile(path)


def rows(folder: Path, content: bytes, sheet: str = "T") -> list:
    return Workbook(put(folder, content)).rows(sheet)


def refused(folder: Path, content: bytes) -> InputError:
    with pytest.raises(InputError) as caught:
        rows(folder, content)
    assert caught.value.file == str(folder / "a.xlsx")
    return caught.value


def saved(fill: Callable[[openpyxl.Workbook], None]) -> bytes:
    book = openpyxl.Workbook()
    book.active.title = "T"
    fill(book)
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def cell(inner: bytes, opening: bytes = b'<c r="B2">') -> bytes:
    """A workbook with one cell of interest below a header."""
    head = b'<row r="1"><c r="A1" t="inlineStr"><is><t>AGS</t></is></c></row>'
    return workbook(head + b'<row r="2"><c r="A2"><v>1</v></c>' + opening + inner + b"</c></row>")


def test_cells_from_the_first_row_and_column_on(tmp_path: Path) -> None:
    assert rows(tmp_path, workbook(sheet_rows(TABLE))) == [["AGS", "Wert"], ["06999001", 1.5], ["06999002", 7.0]]
    below = workbook(b'<row r="3"><c r="C3"><v>5</v></c></row>')
    assert rows(tmp_path, below) == [["", "", ""], ["", "", ""], ["", "", 5.0]]
    assert rows(tmp_path, workbook(b"")) == []


WRITTEN = {
    "by Excel": b'<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row><row r="2"><c r="B2"><v>3</v></c></row>',
    "without places": b"<row><c><v>1</v></c><c><v>2</v></c></row><row><c/><c><v>3</v></c></row>",
    "attributes in another order": b'<row spans="1:2" r="1"><c s="0" r="A1"><v>1</v></c>'
    b'<c s="0" r="B1"><v>2</v></c></row>'
    b'<row r="2"><c t="n" r="B2"><v>3</v></c></row>',
    "single quotation marks": b"<row r='1'><c r='A1'><v>1</v></c><c r='B1'><v>2</v></c></row>"
    b"<row r='2'><c r='B2'><v>3</v></c></row>",
    "with a name space": b'<x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c><x:c r="B1"><x:v>2</x:v></x:c></x:row>'
    b'<x:row r="2"><x:c r="B2"><x:v>3</x:v></x:c></x:row>',
    "empty cells with a format": b'<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c><c r="XFD1" s="1"/></row>'
    b'<row r="2"><c r="B2"><v>3</v></c></row><row r="1048576"><c r="A1048576" s="1"/></row>',
}


@pytest.mark.parametrize("way", WRITTEN)
def test_every_way_to_write_a_sheet_gives_the_same_cells(way: str, tmp_path: Path) -> None:
    assert rows(tmp_path, workbook(WRITTEN[way])) == [[1.0, 2.0], ["", 3.0]]


def test_text_dates_and_truths_are_what_they_are(tmp_path: Path) -> None:
    def fill(book: openpyxl.Workbook) -> None:
        book.active.append(
            ["06999001", 1, 2.5, True, dt.date(2021, 12, 31), dt.datetime(2021, 1, 2, 3, 4), None, "a\nb"]
        )

    read = rows(tmp_path, saved(fill))
    assert read == [["06999001", 1.0, 2.5, True, dt.date(2021, 12, 31), dt.datetime(2021, 1, 2, 3, 4), "", "a\nb"]]
    inside = workbook(b'<row r="1"><c r="A1" t="inlineStr"><is><r><t>Gro</t></r><r><t>&#223;</t></r></is></c></row>')
    assert rows(tmp_path, inside) == [["Groß"]]
    shared = workbook(b'<row r="1"><c r="A1" t="s"><v>1</v></c></row>', strings=b"<si><t>a</t></si><si><t>b</t></si>")
    assert rows(tmp_path, shared) == [["b"]]


def test_merged_cells_hold_their_text_once(tmp_path: Path) -> None:
    def fill(book: openpyxl.Workbook) -> None:
        book.active.append(["Bevölkerung", None, "Fläche"])
        book.active.merge_cells("A1:B1")

    book = Workbook(put(tmp_path, saved(fill)))
    assert book.rows("T") == [["Bevölkerung", "", "Fläche"]] and book.merged("T") == [((0, 0), (0, 1))]
    assert filled_right(book.rows("T")[0]) == ["Bevölkerung", "Bevölkerung", "Fläche"]
    assert filled_right(["", "a", ""]) == ["", "a", "a"]


def test_sheets_are_found_by_name_whatever_their_parts_are_called(tmp_path: Path) -> None:
    def fill(book: openpyxl.Workbook) -> None:
        book.active.append([1])
        book.create_sheet("Zweite & letzte").append([2])
        book.move_sheet("Zweite & letzte", -1)
        book["T"].sheet_state = "hidden"

    book = Workbook(put(tmp_path, saved(fill)))
    assert book.names == ["Zweite & letzte", "T"]
    assert (book.rows("T"), book.rows("Zweite & letzte")) == ([[1.0]], [[2.0]])
    with pytest.raises(InputError) as caught:
        book.rows("Daten")
    assert "Daten" in str(caught.value.expected) and "T" in str(caught.value.found)


def test_formulas_with_results_are_numbers(tmp_path: Path) -> None:
    good = (b"<f>1+1</f><v>2</v>", b'<f t="shared" si="0"/><v>2</v>', b'<f t="array" ref="B2">SUM(A1)</f><v>2</v>')
    for inner in good:
        assert rows(tmp_path, cell(inner))[1] == [1.0, 2.0]
    assert rows(tmp_path, cell(b'<f>IF(1,"","")</f><v></v>', b'<c r="B2" t="str">'))[1] == [1.0, ""]


@pytest.mark.parametrize("opening", [b'<c r="B2">', b'<c s="0" r="B2">', b"<c r='B2'>"])
@pytest.mark.parametrize(
    ("inner", "found"),
    [
        (b"<f>1+1</f>", "ohne gespeichertes Ergebnis"),
        (b"<f>1+1</f><v></v>", "ohne gespeichertes Ergebnis"),
        (b"<f>1+1</f><v/>", "ohne gespeichertes Ergebnis"),
        (b'<f t="shared" si="0"/>', "ohne gespeichertes Ergebnis"),
        (b"<f>[1]Tabelle1!A1</f><v>2</v>", "aus einer anderen Arbeitsmappe"),
        (b"<f>'C:\\[andere.xlsx]T'!A1+1</f><v>2</v>", "aus einer anderen Arbeitsmappe"),
    ],
)
def test_formulas_without_results_or_of_other_files_are_refused(
    inner: bytes, found: str, opening: bytes, tmp_path: Path
) -> None:
    error = refused(tmp_path, cell(inner, opening))
    assert (error.row, error.column) == (2, "B") and found in str(error.found) and "F9" in error.remedy


def test_formulas_without_places_are_refused_too(tmp_path: Path) -> None:
    error = refused(tmp_path, workbook(b"<row><c><f>1+1</f></c></row>"))
    assert (error.row, error.column) == ("unbekannt", "unbekannt")
    prefixed = b'<x:row r="2"><x:c r="B2"><x:f>1+1</x:f></x:c></x:row>'
    assert refused(tmp_path, workbook(prefixed)).column == "B"


def test_errors_are_shown_and_never_empty(tmp_path: Path) -> None:
    for error in ("#REF!", "#DIV/0!", "#NAME?", "#N/A"):
        for formula in ("", "<f>1/0</f>"):
            content = cell(f"{formula}<v>{error}</v>".encode(), b'<c r="B2" t="e">')
            assert rows(tmp_path, content)[1] == [1.0, error]
    assert "unbekannt" in str(refused(tmp_path, workbook(b'<row><c t="e"><v>#REF!</v></c></row>')).column)


def test_links_to_other_files_that_no_cell_uses_do_no_harm(tmp_path: Path) -> None:
    parts = workbook_parts(sheet_rows(TABLE))
    parts["xl/externalLinks/externalLink1.xml"] = b"<externalLink/>"
    assert len(rows(tmp_path, archive(parts))) == 3


SPANS = {
    "the last cell there is": b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
    "written otherwise": b"<row r='1048576'><c s='0' r='XFD1048576'><v>1</v></c></row>",
    "a cell that lies about its row": b'<row r="1"><c r="A1"><v>1</v></c><c r="XFD1048576"><v>1</v></c></row>',
    "one wide and one long": b'<row r="1"><c r="A1"><v>1</v></c><c r="ZZ1"><v>1</v></c></row>'
    b'<row r="99999"><c r="A99999"><v>1</v></c></row>',
    "small letters": b'<row r="1"><c r="A1"><v>1</v></c><c r="xfd1048576"><v>1</v></c></row>',
    "many cells without places": b'<row r="1">'
    + b"<c><v>1</v></c>" * 20_000
    + b'</row><row r="9999"><c><v>1</v></c></row>',
}


@pytest.mark.parametrize("span", SPANS)
def test_absurd_spans_are_refused(span: str, tmp_path: Path) -> None:
    error = refused(tmp_path, workbook(SPANS[span]))
    assert "viel größer" in error.what and error.column == "T"
    with pytest.raises(InputError, match="viel größer"):
        Workbook(put(tmp_path, workbook(SPANS[span]))).head("T")


def test_large_sheets_are_read(tmp_path: Path) -> None:
    last = module.CELLS // 26
    sheet = workbook(
        f'<row r="1"><c r="A1"><v>1</v></c></row><row r="{last}"><c r="Z{last}"><v>1</v></c></row>'.encode()
    )
    assert len(rows(tmp_path, sheet)) == last


def test_a_lying_dimension_says_nothing(tmp_path: Path) -> None:
    parts = workbook_parts(sheet_rows(TABLE))
    name = "xl/worksheets/sheet1.xml"
    parts[name] = parts[name].replace(b"<sheetData>", b'<dimension ref="A1:XFD1048576"/><sheetData>')
    assert len(rows(tmp_path, archive(parts))) == 3


def test_a_long_text_shared_by_many_cells_is_refused(tmp_path: Path) -> None:
    long = b"<si><t>" + b"x" * 32_000 + b"</t></si><si><t>kurz</t></si>"

    def sheet(count: int, string: int) -> bytes:
        cells = (f'<row r="{at}"><c r="A{at}" t="s"><v>{string}</v></c></row>' for at in range(1, count))
        return workbook("".join(cells).encode(), strings=long)

    assert "mehr Text" in refused(tmp_path, sheet(10_000, 0)).what
    # Many cells, but of the short text
    assert len(rows(tmp_path, sheet(10_000, 1))) == 9_999
    assert len(rows(tmp_path, sheet(1_000, 0))) == 999


def test_parts_that_are_too_large_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for limit, part in (("SHEET", "sheet1.xml"), ("STRINGS", "sharedStrings.xml"), ("PART", "styles.xml")):
        with monkeypatch.context() as patch:
            patch.setattr(module, limit, 1000)
            parts = workbook_parts(sheet_rows(TABLE), strings=b"<si><t>a</t></si>")
            name = next(name for name in parts if name.endswith(part))
            parts[name] += b" " * 1000
            error = refused(tmp_path, archive(parts))
            assert "viel größer" in error.what and error.column == name


@pytest.mark.parametrize("name", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/sharedStrings.xml"])
def test_entities_are_refused(name: str, tmp_path: Path) -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    parts = workbook_parts(sheet_rows(TABLE), strings=b"<si><t>&b;</t></si>")
    parts[name] = bomb + parts[name]
    error = refused(tmp_path, archive(parts))
    assert error.column == name and "Dokumenttyp" in str(error.found)


@pytest.mark.parametrize(
    "name", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"]
)
def test_cut_and_absent_parts_are_refused(name: str, tmp_path: Path) -> None:
    parts = workbook_parts(b'<row r="1"><c r="A1" t="s"><v>0</v></c></row>', strings=b"<si><t>a</t></si>")
    for broken in (parts | {name: parts[name][: len(parts[name]) // 2]}, parts | {name: b"\xff\xfe"}):
        assert refused(tmp_path, archive(broken)).what
    del parts[name]
    if name != "xl/workbook.xml":
        assert refused(tmp_path, archive(parts)).what


def test_what_is_no_workbook_is_refused(tmp_path: Path) -> None:
    for content in (b"AGS;Wert\n", archive({"a.csv": b"x"}), workbook(sheet_rows(TABLE))[:-30], b""):
        assert refused(tmp_path, content).what


def test_encrypted_and_broken_old_workbooks_are_told_apart_from_damaged_ones(tmp_path: Path) -> None:
    for content in (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        error = refused(tmp_path, content)
        assert "Kennwort" in error.what and "Kennwort" in error.remedy


def test_old_workbooks_are_read(tmp_path: Path) -> None:
    read = rows(tmp_path, old_workbook([(0, 0, 1.0), (1, 2, 2.5)]))
    assert read == [[1.0, "", ""], ["", "", 2.5]]
    assert Workbook(put(tmp_path, old_workbook([(0, 0, 1.0)]))).head("T") == [[1.0]]


def test_the_head_of_a_sheet_is_read_alone(tmp_path: Path) -> None:
    table = [["AGS", "Wert"], *([f"0699{number:04}", number] for number in range(5_000))]
    book = Workbook(put(tmp_path, workbook(sheet_rows(table))))
    head = book.head("T", 3)
    assert head == book.rows("T")[:3]
    assert len(book.head("T")) == 100
    # Formulas without results below do not matter to what a file is
    broken = workbook(sheet_rows(table) + b'<row r="9000"><c r="A9000"><f>1</f></c></row>')
    assert Workbook(put(tmp_path, broken)).head("T", 3) == head
    prefixed = sheet_rows(table).replace(b"<", b"<x:").replace(b"<x:/", b"</x:")
    parts = workbook_parts(b"")
    name = "xl/worksheets/sheet1.xml"
    whole = (
        parts[name]
        .replace(b"<", b"<x:")
        .replace(b"<x:/", b"</x:")
        .replace(b"<x:sheetData>", b"<x:sheetData>" + prefixed)
    )
    assert Workbook(put(tmp_path, archive(parts | {name: whole}))).head("T", 3) == head


@pytest.mark.parametrize("kept", [module.KEPT, 5])
def test_all_who_look_at_a_file_see_one_workbook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: int) -> None:
    monkeypatch.setattr(module, "KEPT", kept)
    content = workbook(sheet_rows(TABLE) + b'<row r="4"><c r="A4" t="e"><v>#REF!</v></c><c r="B4"><v>1</v></c></row>')
    alone = rows(tmp_path, content)
    assert alone[-1] == ["#REF!", 1.0]
    file = put(tmp_path, content)
    assert file.workbook is file.workbook
    assert file.workbook.seen("T") == [*alone[:-1], ["", 1.0]]
    # What is handed over is whole, and handed over once: who changes it changes it for nobody else
    first = file.workbook.rows("T")
    assert first == alone
    first[0][0] = "verändert"
    assert file.workbook.rows("T") == alone
    assert file.workbook.head("T", 2) == alone[:2] and file.workbook.head("T") == [*alone[:-1], ["", 1.0]]


def test_the_head_of_a_sheet_with_a_very_wide_first_row(tmp_path: Path) -> None:
    wide = "".join(f'<c r="{letter(at)}1" s="1"/>' for at in range(1, 16_384)).encode()
    sheet = b'<row r="1"><c r="A1"><v>1</v></c>' + wide + b'</row><row r="2"><c r="A2"><v>2</v></c></row>'
    assert Workbook(put(tmp_path, workbook(sheet))).head("T") == [[1.0], [2.0]]


def test_letters_and_texts_of_cells() -> None:
    assert [letter(at) for at in (0, 25, 26, 701, 702, 16383)] == ["A", "Z", "AA", "ZZ", "AAA", "XFD"]
    assert [text_of(cell) for cell in (1.0, 1.5, " a\n b\u00adc ", None, True, 1e15)] == [
        "1",
        "1.5",
        "a bc",
        "",
        "True",
        "1000000000000000",
    ]


MEASURED = """
import sys
from pathlib import Path
from pipelines.errors import InputError
from pipelines.readers.rawfile import RawFile
from pipelines.readers.workbook import Workbook
try:
    print(len(Workbook(RawFile(Path(sys.argv[1])).unpacked()).rows("T")))
except InputError as error:
    print(error.what)
"""
# A process counts what the one before it held: a small one in between measures what is asked
SMALL = """
import resource, subprocess, sys
command = [sys.executable, "-c", sys.argv[1], sys.argv[2]]
print(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def measured(path: Path) -> tuple[str, float]:
    """What reading a workbook says, and the memory it took in MiB. Linux counts in KiB."""
    command = [sys.executable, "-c", SMALL, MEASURED, str(path)]
    said = subprocess.run(command, check=True, capture_output=True, text=True, cwd=PROJECT_DIR).stdout.split("\n")
    return said[0], int(said[2]) / 1024


@pytest.mark.skipif(sys.platform != "linux", reason="misst den Speicher, wie Linux ihn zählt")
def test_nothing_costs_more_than_a_gigabyte(tmp_path: Path) -> None:
    row = "".join(f'<c r="{letter(at)}#"><v>7</v></c>' for at in range(20))
    full = "".join(f'<row r="{at}">{row.replace("#", str(at))}</row>' for at in range(1, 60_000)).encode()
    strings = b"<si><t>" + b"x" * 32_000 + b"</t></si>"
    shared = "".join(f'<row r="{at}"><c r="A{at}" t="s"><v>0</v></c></row>' for at in range(1, 100_000)).encode()
    cases = {
        "59999": workbook(full),
        "mehr Text": workbook(shared, strings=strings),
        "viel größer": workbook(b'<row r="1"><c r="A1"><v>1</v></c><c r="XFD1048576"><v>1</v></c></row>'),
        "zu groß": archive({"xl/workbook.xml": b"", "xl/worksheets/sheet1.xml": bytes(300 * 2**20)}),
    }
    for expected, content in cases.items():
        path = tmp_path / "a.xlsx"
        path.write_bytes(content)
        said, used = measured(path)
        assert expected in said and used < 1024, (expected, said, used)
