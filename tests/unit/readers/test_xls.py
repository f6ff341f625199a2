"""Old workbooks: a failed formula is neither a number nor an empty cell."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest
from fixtures.formats import gebietsaenderungen as changes
from fixtures.formats.gv_isys import modern
from fixtures.old_workbooks import CODES, old_workbook

from pipelines.errors import InputError
from pipelines.readers import gebietsaenderungen, gv_isys
from pipelines.readers.rawfile import RawFile
from pipelines.readers.reading import NOTHING_AGREED, Reading
from pipelines.readers.workbook import Workbook


def opened(content: bytes) -> Workbook:
    return Workbook(RawFile(Path("alt.xls"), content))


def old(content: bytes, cells: dict[tuple[int, int], object] | None = None) -> bytes:
    """A workbook saved as an old one, with other values in some cells (row and column from 1) of its last sheet."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    for (row, column), value in (cells or {}).items():
        book.worksheets[-1].cell(row, column, value)
    return old_workbook({sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book})


def test_every_error_is_shown_where_it_stands() -> None:
    table = [["Kopf", 1.5], *([name, f"={name}"] for name in CODES), ["", True]]
    book = opened(old_workbook({"Leer": [["x"]], "Größe": table}))
    assert book.rows("Größe") == [["Kopf", 1.5], *([name, name] for name in CODES), ["", True]]
    assert book.rows("Leer") == [["x"]]
    assert book.head("Größe", 2) == [["Kopf", 1.5], ["#NULL!", "#NULL!"]]


def test_a_long_workbook_is_read_to_its_end() -> None:
    table: list[list[object]] = [["Kopf"], *([at, "wort"] for at in range(40_000)), ["#DIV/0!"]]
    rows = opened(old_workbook({"T": table})).rows("T")
    assert (len(rows), rows[-1][0], rows[-2]) == (40_002, "#DIV/0!", [39_999.0, "wort"])


def read(content: bytes) -> Reading:
    return gv_isys.read(RawFile(Path("alt.xls"), content), NOTHING_AGREED)


def test_a_register_with_an_error_among_its_figures_is_refused() -> None:
    whole = RawFile(Path("neu.xlsx"), modern(merged=()))
    assert read(old(modern())).frame.equals(gv_isys.read(whole, NOTHING_AGREED).frame)
    for error in ("#DIV/0!", "=#REF!"):
        with pytest.raises(InputError) as caught:
            read(old(modern(), {(13, 9): error}))
        assert (caught.value.row, caught.value.column) == (13, "I")
        assert caught.value.found == error.removeprefix("=")


def test_an_error_where_a_figure_may_be_empty_is_refused() -> None:
    good = old(changes.workbook())
    gebietsaenderungen.read(RawFile(Path("alt.xls"), good), NOTHING_AGREED)
    with pytest.raises(InputError) as caught:
        gebietsaenderungen.read(RawFile(Path("alt.xls"), old(changes.workbook(), {(5, 7): "#N/A"})), NOTHING_AGREED)
    assert (caught.value.row, caught.value.column, caught.value.found) == (5, "G", "#N/A")


@pytest.mark.parametrize("length", [100, 600, 1100, 3000])
def test_a_cut_old_workbook_is_refused(length: int) -> None:
    with pytest.raises(InputError):
        opened(old(modern())[:length]).rows("Onlineprodukt_Gemeinden31122021")
