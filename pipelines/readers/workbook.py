"""Excel workbooks, read through calamine: cells as they are, and nothing a workbook could hide.

What belongs here: opening, cells by sheet, formulas, merged cells. What does not: any table of an office.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, NoReturn

import polars as pl

from pipelines.readers import xls
from pipelines.readers.csv_text import Complaint
from pipelines.readers.rawfile import HEAD, LIMIT, RawFile, damaged

if TYPE_CHECKING:
    import datetime as dt

    from python_calamine import CalamineWorkbook

    Cell = str | float | int | bool | dt.date | dt.datetime | dt.time | dt.timedelta

# Cells a sheet may span, empty ones between others counted: calamine keeps them all
CELLS = 8_000_000
# Cells of sheets looked at as a whole that are kept for the reader of the file, which asks for them next: not more, so
# that the memory of a large workbook is not taken twice
KEPT = 2_000_000
# Rows of a head, which many ask for to know a sheet by
HEADED = 100
# Bytes of one sheet and of the strings they share; bytes of any other part that says what cells mean
SHEET, STRINGS, PART = 100 * 2**20, 64 * 2**20, 16 * 2**20
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
_END_OF_ROW = re.compile(rb"</([a-zA-Z0-9]+:)?row\s*>")
_ROW = re.compile(rb"<(?:\w+:)?row(?:\s(?:[^>]*?\s)?r\s*=\s*[\"']([0-9]+))?")
# Cells that hold something, whatever writes them: other orders of attributes, name spaces, no places
_CELL = r"(?s)<(?:\w+:)?c(?:\s[^>]*[^/])?>.*?</(?:\w+:)?c>"
_PLACE = r"^<[^>]*?\sr\s*=\s*[\"']([A-Za-z]+)([0-9]+)"
_SHARED = r"(?s)<(?:\w+:)?si\b.*?</(?:\w+:)?si>"


class Workbook:
    """An Excel workbook of a publisher; sheets are read when they are asked for."""

    def __init__(self, file: RawFile) -> None:
        """Raises InputError for a file that is no workbook, is encrypted, damaged, or names foreign entities."""
        self.file = file
        self.complain = Complaint(file)
        self._refuse_entities()
        self._refuse_parts()
        self._book = self._opened(file.stream())
        self._merged: dict[str, list[tuple[tuple[int, int], tuple[int, int]]]] = {}
        self._kept: dict[str, list[list[Cell]]] = {}
        self._known_heads: dict[str, list[list[Cell]]] = {}

    @property
    def names(self) -> list[str]:
        """Names of the sheets in their order."""
        return self._book.sheet_names

    def rows(self, sheet: str) -> list[list[Cell]]:
        """All cells from A1 on; an empty cell is "". Numbers are floats, dates are dates.

        An error of a formula stays as it is shown (`#REF!`): calamine would leave the cell empty. Raises InputError for
        a sheet that does not exist, spans absurdly many cells, or whose formulas have no stored result or refer to
        another workbook: their numbers would be missing or somebody else's.
        """
        rows, formulas = self.rows_and_formulas(sheet)
        for cell, found in formulas:
            self._refuse_formula(cell, found)
        return rows

    def rows_and_formulas(self, sheet: str) -> tuple[list[list[Cell]], list[tuple[str, str]]]:
        """Cells as `rows` gives them, and the formulas it would refuse: the cell as it is stored, what is wrong.

        Raises InputError as `rows` does for all but formulas; `place_of` tells where such a cell is.
        """
        self._refuse_absent(sheet)
        xml = self._xml(sheet)
        self._refuse_span(sheet, xml)
        self._refuse_strings(sheet, xml)
        odd = _odd_cells(xml)
        del xml
        rows = self._kept.pop(sheet, None) or self._read(self._book, sheet)
        self._show_errors(rows, odd)
        for at, column, words in self._old_errors.get(sheet, []):
            rows[at][column] = words
        return rows, list(_faulty_formulas(odd))

    def head(self, sheet: str, rows: int = HEADED) -> list[list[Cell]]:
        """The first rows of a sheet, HEADED at most, cells as `rows` gives them; the rest of it is not read.

        Raises InputError for a sheet that does not exist or whose first rows span absurdly many cells.
        """
        if sheet not in self._known_heads:
            self._known_heads[sheet] = self.rows(sheet)[:HEADED] if self.file.is_ole else self._head(sheet)
        return self._known_heads[sheet][:rows]

    def _head(self, sheet: str) -> list[list[Cell]]:
        self._refuse_absent(sheet)
        xml = self._head_xml(sheet)
        self._refuse_span(sheet, xml)
        self._refuse_strings(sheet, xml)
        return self._read(self._heads, sheet, HEADED)

    def seen(self, sheet: str) -> list[list[Cell]]:
        """All cells as they are stored, whatever their formulas: to look at, not to read. Raises as `head` does."""
        self._refuse_absent(sheet)
        xml = self._xml(sheet)
        self._refuse_span(sheet, xml)
        self._refuse_strings(sheet, xml)
        del xml
        rows = self._read(self._book, sheet)
        if sum(len(row) for known in (*self._kept.values(), rows) for row in known) <= KEPT:
            self._kept[sheet] = rows
        return rows

    def merged(self, sheet: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
        """Merged ranges as ((row, column), (row, column)) from 0, both ends included, of old workbooks too."""
        if sheet not in self._merged:
            self._read(self._book, sheet)
        return self._merged[sheet]

    @cached_property
    def _old_errors(self) -> dict[str, list[tuple[int, int, str]]]:
        try:
            return xls.errors(self.file.content) if self.file.is_ole else {}
        except (struct.error, ValueError, IndexError, KeyError, StopIteration) as error:
            raise damaged(self.file) from error

    @cached_property
    def _parts(self) -> dict[str, Any]:
        return {info.filename: info for info in self.file.members}

    def _xml(self, sheet: str) -> bytes:
        """The part of a new workbook that holds the sheet; nothing for an old one."""
        part = self._sheet_parts.get(sheet)
        if part not in self._parts:
            return b""
        self._refuse_size(part, SHEET)
        return self.file.read(self._parts[part])

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

    def _opened(self, stream: IO[bytes]) -> CalamineWorkbook:
        from python_calamine import CalamineWorkbook

        try:
            return CalamineWorkbook.from_filelike(stream)
        except BaseException as error:
            self._raise(error)

    def _read(self, book: CalamineWorkbook, sheet: str, rows: int | None = None) -> list[list[Cell]]:
        try:
            found = book.get_sheet_by_name(sheet)
            if book is self._book:
                self._merged[sheet] = list(found.merged_cell_ranges or [])
            return found.to_python(skip_empty_area=False, nrows=rows)
        except BaseException as error:
            self._raise(error)

    def _raise(self, error: BaseException) -> NoReturn:
        """What calamine raises, as a message; a fault inside it is a BaseException of a type that cannot be named."""
        from python_calamine import CalamineError

        if not isinstance(error, CalamineError | OSError | ValueError) and type(error).__name__ != "PanicException":
            raise error
        if self.file.is_ole:
            self.complain(
                "Die Arbeitsmappe ist mit einem Kennwort geschützt oder beschädigt.",
                expected="eine Arbeitsmappe ohne Kennwort",
                found="nicht zu öffnen",
                remedy="Beim Herausgeber eine Fassung ohne Kennwort holen.",
            )
        raise damaged(self.file) from error

    @cached_property
    def _heads(self) -> CalamineWorkbook:
        """The same workbook with the first rows of every sheet only."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for name in FRAME:
                if name in self._parts:
                    archive.writestr(name, self.file.read(self._parts[name]))
            for sheet, part in self._sheet_parts.items():
                if part in self._parts:
                    archive.writestr(part, self._head_xml(sheet))
        packed.seek(0)
        return self._opened(packed)

    def _head_xml(self, sheet: str) -> bytes:
        """The part of a sheet up to the last whole row among its first bytes, closed as if it ended there."""
        part = self._sheet_parts.get(sheet)
        xml = self.file.head_of(self._parts[part]) if part in self._parts else b""
        ends = list(_END_OF_ROW.finditer(xml))
        if len(xml) < HEAD:
            return xml
        if not ends:
            # A first row of formats for all columns there are is longer than that
            return self._xml(sheet)
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

    def _refuse_parts(self) -> None:
        """Calamine unpacks some parts as a whole, whatever size the archive says they have."""
        for name in FRAME:
            if name in self._parts:
                self._refuse_size(name, STRINGS if name.endswith("Strings.xml") else PART)
                self.file.read(self._parts[name])

    def _refuse_size(self, part: str, limit: int) -> None:
        size = self._parts[part].file_size
        if size > limit:
            self.complain(
                "Ein Teil der Arbeitsmappe ist viel größer als in jeder Veröffentlichung.",
                column=part,
                expected=f"höchstens {limit // 2**20} MB",
                found=f"{size // 2**20} MB",
                remedy="Beim Herausgeber einen kleineren Auszug oder die Tabelle als CSV holen.",
            )

    def _refuse_span(self, sheet: str, xml: bytes) -> None:
        if _is_plain(xml):
            last, columns = _span(xml)
            if last * columns <= CELLS and not _has_row_above(CELLS // max(columns, 1), xml):
                return
        last, columns = _full_span(xml)
        if last * columns > CELLS:
            self.complain(
                "Ein Tabellenblatt ist viel größer als jede Veröffentlichung.",
                column=sheet,
                expected=f"höchstens {CELLS:,} Zellen".replace(",", "."),
                found=f"{last} Zeilen und {columns} Spalten",
                remedy="Leere Zeilen und Spalten am Rand löschen oder die Datei neu herunterladen.",
            )

    @cached_property
    def _lengths(self) -> pl.Series:
        """Bytes of each string that cells share."""
        info = self._parts.get("xl/sharedStrings.xml")
        return _pieces(self.file.read(info) if info else b"", _SHARED).str.len_bytes()

    def _refuse_strings(self, sheet: str, xml: bytes) -> None:
        """A long string that many cells share is small in the file and endless in memory."""
        if max(self._lengths, default=0) * xml.count(b"<v") <= LIMIT:
            return
        shared = _pieces(xml, _CELL)
        shared = shared.filter(shared.str.contains(r"""^<[^>]*\st\s*=\s*["']s["']"""))
        used = shared.str.extract(r"<(?:\w+:)?v[^>]*>\s*([0-9]+)").cast(pl.Int64, strict=False)
        total = self._lengths.gather(used.filter(used < len(self._lengths))).sum()
        if total > LIMIT:
            self.complain(
                "Ein Tabellenblatt enthält mehr Text als jede Veröffentlichung.",
                column=sheet,
                expected=f"höchstens {LIMIT // 2**20} MB",
                found=f"{total // 2**20} MB",
                remedy=AGAIN,
            )

    def _show_errors(self, rows: list[list[Cell]], cells: pl.Series) -> None:
        """Put what a failed formula shows where calamine leaves nothing: it is neither a number nor empty."""
        for cell in cells:
            error = re.search(r"<(?:\w+:)?v[^>]*>([^<]*)<", cell)
            if not re.match(r"""<[^>]*\st\s*=\s*["']e["']""", cell) or error is None:
                continue
            letters, row = _place(cell)
            if not letters:
                self._refuse_formula(cell, error.group(1))
            at, column = int(row) - 1, column_number(letters) - 1
            if at < len(rows) and column < len(rows[at]):
                rows[at][column] = error.group(1)

    def _refuse_formula(self, cell: str, found: str) -> NoReturn:
        letters, row = _place(cell)
        self.complain(
            "Eine Zelle enthält eine Formel statt einer Zahl.",
            row=int(row) if row else "unbekannt",
            column=letters or "unbekannt",
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


def texts_of(cells: Sequence[Cell]) -> pl.Series:
    """The same as `text_of` of many cells at once."""
    texts = pl.Series([cell if isinstance(cell, str) else text_of(cell) for cell in cells], dtype=pl.String)
    return texts.str.replace_all("\u00ad", "", literal=True).str.replace_all(r"\s+", " ").str.strip_chars()


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


def column_number(letters: str) -> int:
    """The number of a column, counted from 1: A is 1, AA is 27."""
    number = 0
    for character in letters.upper():
        number = number * 26 + ord(character) - 64
    return number


def _faulty_formulas(cells: pl.Series) -> Iterator[tuple[str, str]]:
    """cells: those with a formula or an error, as the part of the sheet holds them."""
    for cell in cells:
        formula = re.search(r"<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>(.*?)</)", cell, re.DOTALL)
        if formula is None:
            continue
        if "[" in (formula.group(1) or ""):
            yield cell, "eine Formel, die aus einer anderen Arbeitsmappe rechnet"
            continue
        # An empty result is one only where the result is text
        opening, _, inner = cell.partition(">")
        if not re.search(r"<(?:\w+:)?v[^>/]*>[^<]", inner) and not (
            't="str"' in opening and re.search(r"<(?:\w+:)?v", inner)
        ):
            yield cell, "eine Formel ohne gespeichertes Ergebnis"


def place_of(cell: str) -> tuple[int, int] | None:
    """Row and column, counted from 1, of a cell as the part of the sheet holds it; None where it says neither."""
    letters, row = _place(cell)
    return (int(row), column_number(letters)) if letters else None


def _place(cell: str) -> tuple[str, str]:
    """Letters and row of a cell as the part of the sheet holds it; empty where it says neither."""
    found = re.match(_PLACE, cell)
    return (found.group(1).upper(), found.group(2)) if found else ("", "")


def _is_plain(xml: bytes) -> bool:
    """Whether a sheet is written as Excel writes it: every cell says its place first, without a name space."""
    return xml.count(b'<c r="') == xml.count(b"<c ") and b"<c>" not in xml and b"<c/>" not in xml and b":c" not in xml


def _span(xml: bytes) -> tuple[int, int]:
    """Last row by the rows, and last column, of a plain sheet."""
    letters = _pieces(xml, '<c r="[A-Za-z]+').unique().str.slice(6)
    rows = _pieces(xml, r'<row\s[^>]*?r="[0-9]+"').str.extract('r="([0-9]+)"').cast(pl.Int64)
    return max(rows, default=0), max(map(column_number, letters), default=0)


def _has_row_above(most: int, xml: bytes) -> bool:
    """Whether a cell of a plain sheet lies in a row of more digits than `most`, or a greater first one."""
    first, more = int(str(most)[0]), len(str(most))
    greater = rf"[{first + 1}-9][0-9]{{{more - 1}}}|" if first < 9 else ""
    return len(_pieces(xml, rf'<c r="[A-Za-z]+(?:{greater}[0-9]{{{more + 1},}})"')) > 0


def _full_span(xml: bytes) -> tuple[int, int]:
    """Last row and column whatever way a sheet is written; not less than they are."""
    places = _pieces(xml, _CELL).str.extract_groups(_PLACE).struct.unnest()
    columns = max(map(column_number, places["1"].drop_nulls().unique()), default=0)
    rows = _ROW.findall(xml)
    last = max(map(int, [*filter(None, rows), *places["2"].drop_nulls().unique()]), default=0)
    if places["1"].null_count():
        # A cell without a place follows the one before it, a row the row before it
        last += rows.count(b"")
        columns += max(part.count(b"<c") + part.count(b":c") for part in re.split(rb"<(?:\w+:)?row\b", xml))
    return last, columns


def _odd_cells(xml: bytes) -> pl.Series:
    """Cells with a formula or an error, as the part of the sheet holds them."""
    if not any(mark in xml for mark in (b"<f", b":f", b'"e"', b"'e'")):
        return pl.Series(dtype=pl.String)
    cells = _pieces(xml, _CELL)
    return cells.filter(
        cells.str.contains(r"<(?:\w+:)?f[\s/>]") | cells.str.contains(r"""^<[^>]*\st\s*=\s*["']e["']""")
    )


def _pieces(xml: bytes, form: str) -> pl.Series:
    """All pieces of a form, found at the speed of polars: a sheet may have millions of cells."""
    found = pl.Series([xml.decode("utf-8", errors="replace")]).str.extract_all(form).explode()
    return found.drop_nulls()
