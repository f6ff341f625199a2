"""Excel workbooks, read through calamine: cells as they are, and nothing a workbook could hide.

What belongs here: opening, cells by sheet, formulas, merged cells. What does not: any table of an office.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

from pipelines.readers.csv_text import Complaint
from pipelines.readers.rawfile import HEAD, RawFile, damaged

if TYPE_CHECKING:
    import datetime as dt

    from python_calamine import CalamineWorkbook

    Cell = str | float | int | bool | dt.date | dt.datetime | dt.time | dt.timedelta

# Cells a sheet may span, empty ones counted: calamine keeps them all
CELLS = 20_000_000
# The parts of a workbook that say what the cells of its sheets mean
FRAME = (
    "[Content_Types].xml",
    "_rels/.rels",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "xl/styles.xml",
    "xl/sharedStrings.xml",
)
AGAIN = "Die Datei noch einmal herunterladen und nicht in einem anderen Programm speichern."
_CELL = re.compile(rb'<c r="([A-Z]+)([0-9]+)"([^>]*?)(?:/>|>(.*?)</c>)', re.DOTALL)
_ROW = re.compile(rb'<row[^>]*? r="([0-9]+)"')
_END_OF_ROW = re.compile(rb"</([a-zA-Z0-9]+:)?row\s*>")
_LETTERS = re.compile(rb'<c r="([A-Z]+)')


class Workbook:
    """An Excel workbook of a publisher; sheets are read when they are asked for."""

    def __init__(self, file: RawFile) -> None:
        """Raises InputError for a file that is no workbook, is encrypted, damaged, or names foreign entities."""
        from python_calamine import CalamineError, CalamineWorkbook

        self.file = file
        self.complain = Complaint(file)
        self._refuse_entities()
        try:
            self._book = CalamineWorkbook.from_filelike(file.stream())
        except (CalamineError, OSError, ValueError) as error:
            if file.is_ole:
                self.complain(
                    "Die Arbeitsmappe ist mit einem Kennwort geschützt oder beschädigt.",
                    expected="eine Arbeitsmappe ohne Kennwort",
                    found="nicht zu öffnen",
                    remedy="Beim Herausgeber eine Fassung ohne Kennwort holen.",
                )
            raise damaged(file) from error

    @property
    def names(self) -> list[str]:
        """Names of the sheets in their order."""
        return self._book.sheet_names

    def rows(self, sheet: str) -> list[list[Cell]]:
        """All cells from A1 on; an empty cell is "". Numbers are floats, dates are dates.

        Raises InputError for a sheet that does not exist, spans absurdly many cells, or whose formulas have no stored
        result or refer to another workbook: their numbers would be missing or somebody else's.
        """
        self._refuse_absent(sheet)
        xml = self._xml(sheet)
        self._refuse_span(sheet, xml)
        self._refuse_formulas(xml)
        return self._read(self._book, sheet)

    def head(self, sheet: str, rows: int = 100) -> list[list[Cell]]:
        """The first rows of a sheet, cells as `rows` gives them, enough to know it by; the rest of it is not read.

        Raises InputError for a sheet that does not exist or whose first rows span absurdly many cells.
        """
        if self.file.is_ole:
            return self.rows(sheet)[:rows]
        self._refuse_absent(sheet)
        self._refuse_span(sheet, self._head_xml(sheet))
        return self._read(self._heads, sheet, rows)

    def merged(self, sheet: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
        """Merged ranges as ((row, column), (row, column)) from 0, both ends included; empty for old workbooks."""
        return list(self._book.get_sheet_by_name(sheet).merged_cell_ranges or [])

    @cached_property
    def _parts(self) -> dict[str, Any]:
        return {info.filename: info for info in self.file.members}

    def _xml(self, sheet: str) -> bytes:
        """The part of a new workbook that holds the sheet; nothing for an old one."""
        part = self._sheet_parts.get(sheet)
        return self.file.read(self._parts[part]) if part in self._parts else b""

    @cached_property
    def _sheet_parts(self) -> dict[str, str]:
        """Name of a sheet to its part; by the relations of the workbook, because the numbers of parts say nothing."""
        from xml.etree import ElementTree

        if not self.file.is_zip:
            return {}
        try:
            relations = ElementTree.fromstring(self.file.read(self._parts["xl/_rels/workbook.xml.rels"]))
            book = ElementTree.fromstring(self.file.read(self._parts["xl/workbook.xml"]))
        except (KeyError, ElementTree.ParseError) as error:
            raise damaged(self.file) from error
        targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
        found = {}
        for element in book.iter():
            if element.tag.endswith("}sheet"):
                key = next((value for name, value in element.items() if name.endswith("}id")), None)
                target = targets.get(key, "")
                found[element.get("name", "")] = target.removeprefix("/") if target[:1] == "/" else f"xl/{target}"
        return found

    def _read(self, book: CalamineWorkbook, sheet: str, rows: int | None = None) -> list[list[Cell]]:
        from python_calamine import CalamineError

        try:
            return book.get_sheet_by_name(sheet).to_python(skip_empty_area=False, nrows=rows)
        except (CalamineError, OSError, ValueError) as error:
            raise damaged(self.file) from error

    @cached_property
    def _heads(self) -> CalamineWorkbook:
        """The same workbook with the first rows of every sheet only."""
        from python_calamine import CalamineError, CalamineWorkbook

        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for name in FRAME:
                if name in self._parts:
                    archive.writestr(name, self.file.read(self._parts[name]))
            for sheet, part in self._sheet_parts.items():
                if part in self._parts:
                    archive.writestr(part, self._head_xml(sheet))
        try:
            packed.seek(0)
            return CalamineWorkbook.from_filelike(packed)
        except (CalamineError, OSError, ValueError) as error:
            raise damaged(self.file) from error

    def _head_xml(self, sheet: str) -> bytes:
        """The part of a sheet up to the last whole row among its first bytes, closed as if it ended there."""
        part = self._sheet_parts.get(sheet)
        xml = self.file.head_of(self._parts[part]) if part in self._parts else b""
        ends = list(_END_OF_ROW.finditer(xml))
        if len(xml) < HEAD or not ends:
            return xml
        prefix = ends[-1].group(1) or b""
        return xml[: ends[-1].end()] + b"</%bsheetData></%bworksheet>" % (prefix, prefix)

    def _refuse_absent(self, sheet: str) -> None:
        if sheet not in self.names:
            self.complain(
                "Ein Tabellenblatt fehlt.",
                expected=f"ein Blatt „{sheet}“",
                found=", ".join(self.names) or "kein Blatt",
                remedy="Prüfen, ob es die richtige Veröffentlichung ist; Blätter nicht umbenennen.",
            )

    def _refuse_entities(self) -> None:
        """A document type inside a workbook has no use but to do harm."""
        for name, info in self._parts.items():
            if name.endswith((".xml", ".rels")) and b"<!DOCTYPE" in self.file.head_of(info):
                self.complain(
                    "Die Arbeitsmappe enthält etwas, das nicht in eine Arbeitsmappe gehört.",
                    column=name,
                    expected="eine Arbeitsmappe, wie sie Excel schreibt",
                    found="eine Dokumenttyp-Angabe",
                    remedy=AGAIN,
                )

    def _refuse_span(self, sheet: str, xml: bytes) -> None:
        last = max((int(row) for row in _ROW.findall(xml)), default=0)
        columns = max(map(_column, set(_LETTERS.findall(xml))), default=0)
        if last * columns > CELLS:
            self.complain(
                "Ein Tabellenblatt ist viel größer als jede Veröffentlichung.",
                column=sheet,
                expected=f"höchstens {CELLS:,} Zellen".replace(",", "."),
                found=f"{last} Zeilen und {columns} Spalten",
                remedy="Leere Zeilen und Spalten am Rand löschen oder die Datei neu herunterladen.",
            )

    def _refuse_formulas(self, xml: bytes) -> None:
        if b"<f" not in xml:
            return
        for letters, row, attributes, inner in _CELL.findall(xml):
            if b"<f" not in inner:
                continue
            formula = re.search(rb"<f[^>]*>(.*?)</f>", inner, re.DOTALL)
            if formula and b"[" in formula.group(1):
                self._refuse_formula(letters, row, "eine Formel, die aus einer anderen Arbeitsmappe rechnet")
            # An empty result is one only where the result is text
            if not re.search(rb"<v[^>/]*>[^<]", inner) and not (b't="str"' in attributes and b"<v" in inner):
                self._refuse_formula(letters, row, "eine Formel ohne gespeichertes Ergebnis")

    def _refuse_formula(self, letters: bytes, row: bytes, found: str) -> NoReturn:
        self.complain(
            "Eine Zelle enthält eine Formel statt einer Zahl.",
            row=int(row),
            column=letters.decode(),
            expected="eine Zahl, ein Text oder eine Formel mit gespeichertem Ergebnis",
            found=found,
            remedy="Die Datei in Excel öffnen, neu berechnen lassen (F9), speichern und noch einmal einlesen; "
            "verweist die Formel auf eine andere Datei, beim Herausgeber eine Fassung mit Werten holen.",
        )


def text_of(cell: object) -> str:
    """A cell as text without blanks at its ends, soft hyphens and line breaks; a whole number without decimals."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    text = "" if cell is None else str(cell)
    return " ".join(text.replace("\u00ad", "").split())


def letter(column: int) -> str:
    """The letters of a column, counted from 0: 0 is A, 26 is AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def filled_right(cells: Sequence[Cell]) -> list[Cell]:
    """Cells of a header row, every empty one with what stands to its left: merged cells hold their text once."""
    found: list[Cell] = []
    for cell in cells:
        found.append(found[-1] if cell == "" and found else cell)
    return found


def _column(letters: bytes) -> int:
    number = 0
    for byte in letters:
        number = number * 26 + byte - 64
    return number
