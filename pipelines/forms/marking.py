"""The answer to a form: a copy of it in which every problem is marked in its cell, with a list that leads there.

What belongs here: colour, comment, the sheet Prüfergebnis. What does not: finding problems (`answers`, `checking`).

The copy can be corrected and sent back: marks of an earlier answer are taken away before new ones are set.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from pipelines.errors import InputError
from pipelines.forms.answers import RESULT, Finding
from pipelines.forms.form import HIDDEN, LOCKED, OPEN

if TYPE_CHECKING:
    from pipelines.readers.rawfile import RawFile

AUTHOR = "Sozialatlas"
# Light red with diagonal lines and light yellow with dots: kinds differ without colour too
SEVERE: tuple[Literal["lightUp"], str, str] = ("lightUp", "C0392B", "F9D6D2")
HINT: tuple[Literal["lightGrid"], str, str] = ("lightGrid", "B7950B", "FCF3CF")
KINDS = {True: "Fehler", False: "Hinweis"}
HEADS = ("Nr.", "Art", "Blatt", "Zelle", "Problem", "Eingetragen", "Abhilfe")
WIDTHS = (6, 11, 14, 10, 58, 30, 62)


def opened(file: RawFile) -> Any:
    """The workbook as openpyxl opens it, whatever its name. Raises InputError for one that it cannot open."""
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # parts of other programs that openpyxl does not keep; no figure is in them
        try:
            return load_workbook(io.BytesIO(file.content))
        except Exception as error:  # it raises whatever its parts raise: KeyError, TypeError, ValueError and more
            raise InputError(
                "Die Arbeitsmappe lässt sich lesen, aber nicht beantworten.",
                file=file.path,
                expected="eine Arbeitsmappe, wie sie Excel oder LibreOffice speichert",
                found="Teile, die zu keiner Arbeitsmappe passen",
                remedy="Die Datei in Excel oder LibreOffice öffnen, als Excel-Arbeitsmappe (.xlsx) neu speichern und "
                "noch einmal prüfen.",
            ) from error


def marked_bytes(book: Any, findings: Sequence[Finding], lines: Sequence[str]) -> bytes:
    """The workbook with its problems marked. lines: what is told about the delivery as a whole, first of all."""
    _clean(book)
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    for finding in findings:
        if finding.row and finding.column and finding.sheet in sheets:
            _mark(_cell(sheets[finding.sheet], finding.row, finding.column), finding)
    _result(book.create_sheet(RESULT, 0), findings, lines)
    book.active = 0
    for sheet in book.worksheets:
        sheet.sheet_view.tabSelected = sheet.title == RESULT
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def _clean(book: Any) -> None:
    """Take away what an earlier answer marked."""
    from openpyxl.styles import PatternFill

    if RESULT in book.sheetnames:
        del book[RESULT]
    for sheet in book.worksheets:
        if sheet.title == HIDDEN:
            continue
        for row in sheet.iter_rows():
            for cell in row:
                if cell.comment is not None and cell.comment.author == AUTHOR:
                    cell.comment = None
                    cell.fill = PatternFill("solid", fgColor=LOCKED if cell.protection.locked else OPEN)


def _cell(sheet: Any, row: int, column: int) -> Any:
    """The cell, or the first one of the cells it is merged with: only that one can be marked."""
    for area in sheet.merged_cells.ranges:
        if area.min_row <= row <= area.max_row and area.min_col <= column <= area.max_col:
            return sheet.cell(area.min_row, area.min_col)
    return sheet.cell(row, column)


def _mark(cell: Any, finding: Finding) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    kind = KINDS[finding.severe]
    text = f"{kind}: {finding.what}\nAbhilfe: {finding.remedy}"
    before = cell.comment
    worse = before is None or finding.severe or KINDS[True] not in before.text
    if before is not None:
        text = f"{before.text}\n\n{text}"
    comment = Comment(text, AUTHOR, height=40 + 18 * (len(text) // 45 + text.count("\n") + 1), width=340)
    cell.comment = comment
    if worse:
        pattern, line, ground = SEVERE if finding.severe else HINT
        cell.fill = PatternFill(pattern, fgColor=line, bgColor=ground)


def _result(sheet: Any, findings: Sequence[Finding], lines: Sequence[str]) -> None:
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.hyperlink import Hyperlink
    from openpyxl.worksheet.properties import PageSetupProperties

    for number, width in enumerate(WIDTHS, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet["A1"] = RESULT
    sheet["A1"].font = Font(bold=True, size=14)
    severe = sum(one.severe for one in findings)
    counted = f"Fehler: {severe}, Hinweise: {len(findings) - severe}"
    for row, line in enumerate((*lines, counted), 2):
        _put(sheet.cell(row, 1), line)
    head = len(lines) + 4
    for column, text in enumerate(HEADS, 1):
        cell = sheet.cell(head, column, text)
        cell.font, cell.border = Font(bold=True), Border(bottom=Side(style="medium"))
    for at, finding in enumerate(findings, 1):
        row = head + at
        place = finding.cell or "ganze Datei"
        texts = (at, KINDS[finding.severe], finding.sheet or "", place, finding.what, finding.found, finding.remedy)
        for column, text in enumerate(texts, 1):
            cell = sheet.cell(row, column)
            _put(cell, text)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.cell(row, 2).fill = PatternFill("solid", fgColor=(SEVERE if finding.severe else HINT)[2])
        if finding.cell and finding.sheet:
            link = sheet.cell(row, 4)
            name = finding.sheet.replace("'", "''")
            link.hyperlink = Hyperlink(ref=link.coordinate, location=f"'{name}'!{finding.cell}")
            link.font = Font(underline="single", color="1F3A5F")
    sheet.freeze_panes = f"A{head + 1}"
    sheet.print_title_rows = f"{head}:{head}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _put(cell: Any, text: str | int) -> None:
    """A text as it is: what somebody typed must not become a formula."""
    cell.value = text
    if isinstance(text, str):
        cell.data_type = "s"
