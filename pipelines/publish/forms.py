"""Forms by which others deliver registers: a workbook to fill in, with codes and explanations, and the bare CSV.

What belongs here: laying out a form from the description of its columns. What does not: what a column may hold
(`pipelines.steering`), reading what comes back (`pipelines.steering.registers`).
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pipelines.publish.stable_zip import stable_bytes

if TYPE_CHECKING:
    from pipelines.steering.cells import Field

LINES = 300  # rows that are prepared with lists to choose from
TIME = datetime(2020, 1, 1, tzinfo=UTC)  # a form has no date of its own; the same content gives the same bytes
HELP, CODES, AREAS, EXAMPLE = "Ausfüllhilfe", "Kennungen", "Gebiete", "Beispiel"
STEPS = (
    "Nur das Blatt „{sheet}“ ausfüllen, eine Zeile je Eintrag. Kopfzeile und Folge der Spalten bleiben, wie sie sind.",
    "Wo es eine Liste gibt, eine Kennung daraus wählen; ihre Bedeutung steht auf dem Blatt „Kennungen“.",
    "Was nicht bekannt ist, bleibt leer. Eine Null nur eintragen, wenn es genau null sind.",
    "Keine Angaben zu Personen: keine Namen, Anschriften, Telefonnummern oder E-Mail-Adressen.",
    "Das ausgefüllte Blatt als CSV speichern: UTF-8, Trennzeichen Komma. Die Sozialplanung legt es als „{file}“ ab.",
)


@dataclass(frozen=True)
class Form:
    """One form: the register it fills, title, columns, areas as (key, name, level), rows of an example.

    area_fields: columns that take a key of an area. steps: further lines of help.
    """

    register: str
    title: str
    fields: Sequence[Field]
    areas: Sequence[tuple[str, str, str]]
    area_fields: Sequence[str]
    example: Sequence[Sequence[str]]
    steps: Sequence[str] = ()


def csv_text(form: Form, rows: Sequence[Sequence[str]] = ()) -> str:
    """The register as CSV: the header and rows, ready for `data/raw/steering`."""
    import csv

    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([field.name for field in form.fields])
    writer.writerows(rows)
    return text.getvalue()


def workbook_bytes(form: Form) -> bytes:
    """The form as XLSX with the sheets Ausfüllhilfe, the register, Kennungen, Gebiete and Beispiel."""
    from openpyxl import Workbook
    from openpyxl.worksheet.properties import PageSetupProperties

    book = Workbook()
    book.properties.title, book.properties.creator, book.properties.language = form.title, "Sozialatlas", "de-DE"
    _help(book.active, form)
    sheet = book.create_sheet(form.register)
    codes = _codes(book.create_sheet(CODES), form)
    _table(book.create_sheet(AREAS), ("gebiet", "Name", "Ebene"), form.areas, (16, 44, 16))
    _entry(sheet, form, codes)
    example = book.create_sheet(EXAMPLE)
    widths = [field.width for field in form.fields]
    _table(example, [field.name for field in form.fields], form.example, widths)
    example["A1"].comment = None
    example.insert_rows(1)
    example["A1"] = "Testdaten: So sieht ein ausgefülltes Blatt aus."
    for entry in book.worksheets:
        entry.page_setup.orientation, entry.page_setup.paperSize = "landscape", 9
        entry.page_setup.fitToWidth, entry.page_setup.fitToHeight = 1, 0
        entry.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    book.active = 0
    saved = io.BytesIO()
    book.save(saved)
    return stable_bytes(saved, TIME)


def _help(sheet: Any, form: Form) -> None:
    from openpyxl.styles import Font

    sheet.title = HELP
    sheet["A1"] = form.title
    sheet["A1"].font = Font(bold=True, size=14)
    row = 3
    names = {"sheet": form.register, "file": f"{form.register}.csv"}
    for number, step in enumerate([*STEPS, *form.steps], 1):
        sheet.cell(row, 1, f"{number}.")
        sheet.cell(row, 2, step.format(**names))
        sheet.merge_cells(start_row=row, start_column=2, end_row=row, end_column=4)
        sheet.cell(row, 2).alignment = _wrap()
        sheet.row_dimensions[row].height = 30
        row += 1
    rows = [(field.name, "ja" if field.required else "nein", field.help, field.example or "") for field in form.fields]
    _table(sheet, ("Spalte", "Pflicht", "Was einzutragen ist", "Beispiel"), rows, (20, 10, 76, 24), start=row + 1)
    sheet.freeze_panes = None


def _codes(sheet: Any, form: Form) -> dict[str, str]:
    """Write all codes; the cells that hold those of each column, as a list to choose from refers to them."""
    rows: list[tuple[str, str, str]] = []
    places: dict[str, str] = {}
    for field in form.fields:
        if field.codes:
            first = len(rows) + 2
            rows += [(field.name, code, meaning) for code, meaning in field.codes.items()]
            places[field.name] = f"'{CODES}'!$B${first}:$B${len(rows) + 1}"
    _table(sheet, ("Spalte", "Kennung", "Bedeutung"), rows, (20, 28, 70))
    return places


def _entry(sheet: Any, form: Form, codes: dict[str, str]) -> None:
    """The sheet to fill in: text cells, so that a key keeps its leading zero, and lists to choose from."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    _table(sheet, [field.name for field in form.fields], (), [field.width for field in form.fields])
    areas = f"'{AREAS}'!$A$2:$A${len(form.areas) + 1}"
    for number, field in enumerate(form.fields, 1):
        letter = get_column_letter(number)
        source = codes.get(field.name) or (areas if field.name in form.area_fields else None)
        check = DataValidation(type="list" if source else "custom", formula1=source or "TRUE", allow_blank=True)
        check.promptTitle, check.prompt, check.showInputMessage = field.name[:32], field.help[:255], True
        check.errorTitle, check.error = "Nicht in der Liste", "Bitte einen Wert aus der Liste wählen."
        check.showErrorMessage = source is not None
        sheet.add_data_validation(check)
        check.add(f"{letter}2:{letter}{LINES + 1}")
        for row in range(2, LINES + 2):
            sheet.cell(row, number).number_format = "@"


def _table(
    sheet: Any,
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    widths: Sequence[float],
    *,
    start: int = 1,
) -> None:
    """Heads in bold, repeated in print and kept in sight, and rows as text that wraps."""
    from openpyxl.styles import Border, Font, Side
    from openpyxl.utils import get_column_letter

    for number, (head, width) in enumerate(zip(heads, widths, strict=True), 1):
        cell = sheet.cell(start, number, head)
        cell.font, cell.border, cell.number_format = Font(bold=True), Border(bottom=Side(style="medium")), "@"
        sheet.column_dimensions[get_column_letter(number)].width = width
    for at, row in enumerate(rows, start + 1):
        for number, text in enumerate(row, 1):
            cell = sheet.cell(at, number, text or None)
            cell.alignment, cell.number_format = _wrap(), "@"
    sheet.print_title_rows = f"{start}:{start}"
    sheet.freeze_panes = f"A{start + 1}"


def _wrap() -> Any:
    from openpyxl.styles import Alignment

    return Alignment(wrap_text=True, vertical="top")
