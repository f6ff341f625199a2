"""What the cells of a form do not say: comments, hidden rows and columns, merged cells.

What belongs here: looking at the workbook beside its figures. What does not: the cells (`answers`), the rules
(`checking`), writing into the workbook (`marking`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pipelines.forms.answers import Answers, Finding, Note


def with_unseen(answers: Answers, book: Any) -> Answers:
    """The answers with the comments of the workbook as notes, and findings about what a reader of it does not see.

    book: the workbook as openpyxl opened it.
    """
    findings = (*answers.findings, *_merged(answers, book), *_hidden(answers, book))
    return replace(answers, findings=findings, notes=(*answers.notes, *_comments(book)))


def _comments(book: Any) -> Iterator[Note]:
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.comment is not None:
                    yield Note(" ".join(cell.comment.text.split()), sheet.title, cell.row, cell.column)


def _merged(answers: Answers, book: Any) -> Iterator[Finding]:
    """Cells made one would give a figure to one area and nothing to the next."""
    cells = {(one.sheet, one.row, one.column) for one in answers.figures}
    for sheet in book.worksheets:
        for area in sheet.merged_cells.ranges:
            if any((sheet.title, row, column) in cells for row, column in area.cells):
                what = "Verbundene Zellen: Zu welchem Gebiet und Merkmal die Zahl gehört, ist nicht zu erkennen."
                remedy = "Die Verbindung aufheben und in jede Zelle ihre Zahl eintragen."
                yield Finding(what, remedy, area.coord, sheet.title, area.min_row, area.min_col)


def _hidden(answers: Answers, book: Any) -> Iterator[Finding]:
    """Hidden rows and columns count like others; whoever hid them may believe that they do not."""
    from openpyxl.utils import get_column_letter

    remedy = "Nichts zu tun, wenn die Zahlen stimmen; sonst einblenden und berichtigen."
    seen: set[tuple[str, str, int]] = set()
    for one in answers.figures:
        if one.status == "missing" or one.sheet not in book.sheetnames:
            continue
        sheet = book[one.sheet]
        hidden = (
            ("Zeile", one.row, sheet.row_dimensions[one.row].hidden),
            ("Spalte", one.column, sheet.column_dimensions[get_column_letter(one.column)].hidden),
        )
        for kind, number, is_hidden in hidden:
            if is_hidden and (one.sheet, kind, number) not in seen:
                seen.add((one.sheet, kind, number))
                what = f"Die {kind} ist ausgeblendet; ihre Zahlen wurden gelesen."
                yield Finding(what, remedy, "", one.sheet, one.row, one.column, severe=False)
