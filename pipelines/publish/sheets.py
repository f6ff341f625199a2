"""Workbooks of tables: typed cells, formulas with the value they come to, print set-up, same bytes from same content.

What belongs here: how a sheet is written. What does not: which sheets a workbook has and what stands in them
(`workbook`, `resource_workbook`).
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipelines.publish.released import Release
from pipelines.publish.stable_zip import stable_bytes
from pipelines.publish.words import edition_line, state_line

Row = dict[str, Any]
TEXT_FORMAT = "@"


@dataclass(frozen=True)
class Cell:
    """One cell: a number, a text or ja/nein as text, with its number format; never None.

    formula: in the words of the file format (English names, commas), without =; `value` is then what it comes to.
    """

    value: Decimal | float | int | str
    format: str = TEXT_FORMAT
    formula: str | None = None


@dataclass(frozen=True)
class Field:
    """One column of a sheet: German head, width in characters, and how a cell is made from a row."""

    head: str
    width: float
    cell: Callable[[Row], Cell]


class Book:
    """A workbook of one release that is built sheet by sheet and saved once.

    name: what it is called on every page; wrap_from: columns from this width (characters) on wrap their text, the
    height of a row is left to the program that opens the file.
    """

    def __init__(self, release: Release, name: str, subject: str, wrap_from: float) -> None:
        from openpyxl import Workbook

        self._release = release
        self._name = name
        self._wrap_from = wrap_from
        self._book: Any = Workbook()
        self._book.remove(self._book.worksheets[0])
        self._results: dict[str, dict[str, Any]] = {}
        self._describe(subject)

    def table(self, title: str, fields: Sequence[Field], rows: Sequence[Row]) -> None:
        """A sheet that is one table: head row, filter, fixed head and first columns, A4 landscape, repeated head."""
        from openpyxl.styles import Alignment, Font
        from openpyxl.utils import get_column_letter
        from openpyxl.worksheet.filters import AutoFilter
        from openpyxl.worksheet.table import Table, TableColumn, TableStyleInfo

        sheet = self._book.create_sheet(title)
        top, wrapped = Alignment(vertical="top"), Alignment(vertical="top", wrap_text=True)
        head_style = Alignment(vertical="bottom", wrap_text=True)
        for column, field in enumerate(fields, 1):
            head = sheet.cell(1, column, field.head)
            head.font, head.alignment = Font(bold=True), head_style
            sheet.column_dimensions[get_column_letter(column)].width = field.width
        styles: dict[Any, Any] = {}
        for place, row in enumerate(rows, 2):
            for column, field in enumerate(fields, 1):
                alignment = wrapped if field.width >= self._wrap_from else top
                self._put(sheet, place, column, field.cell(row), alignment, styles)
        if rows:
            area = f"A1:{get_column_letter(len(fields))}{len(rows) + 1}"
            name = "Tabelle_" + re.sub(r"\W", "", title)
            table = Table(displayName=name, ref=area, autoFilter=AutoFilter(ref=area))
            # Without the names openpyxl would gather every cell of the sheet to find those of the head.
            table.tableColumns = [TableColumn(id=column, name=field.head) for column, field in enumerate(fields, 1)]
            table.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=False)
            sheet.add_table(table)
        sheet.freeze_panes = "C2"
        self._set_print(sheet, title)
        sheet.print_title_rows = "1:1"

    def guide(self, sections: Iterable[tuple[str, Sequence[tuple[str, str]]]]) -> None:
        """A sheet that explains the others: two columns, term and explanation, below headings."""
        from openpyxl.styles import Alignment, Font

        release, sheet = self._release, self._book.create_sheet("Lesehilfe")
        sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 34, 96
        sheet.cell(1, 1, f"{self._name} {release.edition['kreis_name']}").font = Font(bold=True, size=16)
        sheet.cell(2, 1, edition_line(release.edition))
        sheet.cell(3, 1, state_line(release.edition)).font = Font(bold=True)
        styles: dict[Any, Any] = {}
        place, wrapped = 5, Alignment(vertical="top", wrap_text=True)
        for heading, entries in sections:
            sheet.cell(place, 1, heading).font = Font(bold=True, size=12)
            for term, words in entries:
                place += 1
                self._put(sheet, place, 1, Cell(term), wrapped, styles)
                self._put(sheet, place, 2, Cell(words), wrapped, styles)
            place += 2
        self._set_print(sheet, "Lesehilfe")

    def save(self, path: Path) -> Path:
        """Write the file and return its path; equal bytes for equal content."""
        saved = io.BytesIO()
        self._book.save(saved)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(stable_bytes(self._with_results(saved), self._timestamp()))
        return path

    def _put(self, sheet: Any, row: int, column: int, cell: Cell, alignment: Any, styles: dict[Any, Any]) -> None:
        """Write one cell. `styles` keeps what format and alignment came to: finding it anew takes most time."""
        place = sheet.cell(row, column, f"={cell.formula}" if cell.formula else cell.value)
        if cell.formula:
            self._results.setdefault(sheet.title, {})[place.coordinate] = cell.value
        elif isinstance(cell.value, str):
            place.data_type = "s"  # a text that begins with = stays a text
        known = (cell.format, alignment.wrap_text)
        if known in styles:
            place._style = styles[known]
            return
        place.number_format = cell.format
        place.alignment = alignment
        styles[known] = place._style

    def _with_results(self, saved: io.BytesIO) -> io.BytesIO:
        """The saved file with the value of each formula beside it, which the library cannot write.

        Without it a viewer that does not compute, and Excel in its protected view, show nothing where a formula is.
        """
        if not self._results:
            return saved
        titles = {f"xl/worksheets/sheet{at}.xml": sheet.title for at, sheet in enumerate(self._book.worksheets, 1)}
        whole = io.BytesIO()
        with zipfile.ZipFile(saved) as source, zipfile.ZipFile(whole, "w") as target:
            for name in source.namelist():
                content = source.read(name)
                results = self._results.get(titles.get(name, ""), {})
                target.writestr(name, _insert(content, results) if results else content)
        return whole

    def _set_print(self, sheet: Any, title: str) -> None:
        edition = self._release.edition
        sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
        sheet.page_setup.orientation = sheet.ORIENTATION_LANDSCAPE
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.oddHeader.left.text = _furniture(f"{self._name} {edition['kreis_name']}")
        sheet.oddHeader.right.text = title
        sheet.oddFooter.left.text = _furniture(f"{edition_line(edition)} · Lauf {edition['run_id'][:12]}")
        sheet.oddFooter.right.text = f"{_furniture(state_line(edition))} · Seite &P von &N"

    def _timestamp(self) -> datetime:
        """The end of the report year: the file format wants a time, and a clock would make two runs differ."""
        return datetime(self._release.edition["report_year"], 12, 31)

    def _describe(self, subject: str) -> None:
        edition, properties = self._release.edition, self._book.properties
        properties.title = f"{self._name} {edition['kreis_name']}, {edition_line(edition)}"
        properties.subject = subject
        properties.creator = edition["publisher"]
        properties.description = f"{state_line(edition)} · Lauf {edition['run_id']}"
        properties.language = "de-DE"
        properties.created = self._timestamp()


_FORMULA = re.compile(rb'<c r="([A-Z]+[0-9]+)"([^>]*)>(<f>.*?</f>)<v\s*/?>(?:</v>)?</c>', re.DOTALL)


def _insert(content: bytes, results: dict[str, Any]) -> bytes:
    """The XML of a sheet with the result of each formula; a text says so by its type."""

    def cell(match: re.Match[bytes]) -> bytes:
        place, options, formula = match.groups()
        result = results[place.decode()]
        kind = b' t="str"' if isinstance(result, str) else b""
        value = str(result).replace("&", "&amp;").replace("<", "&lt;").encode()
        return b'<c r="%b"%b%b>%b<v>%b</v></c>' % (place, options, kind, formula, value)

    return _FORMULA.sub(cell, content)


def _furniture(text: str) -> str:
    """Text of a head or foot line, where & begins a code."""
    return text.replace("&", "&&")
