"""Rows of delimited text of offices: strict in shape, with the line numbers a person sees; large files stay on disk.

What belongs here: header, number of cells, ends of lines, and reading in pieces from the path. What does not: what a
column means (the modules of the formats), encodings (`text`).
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, NoReturn

import polars as pl
from polars.exceptions import PolarsError

from pipelines.readers.csv_text import BOM, BOMS_UTF_16, Complaint
from pipelines.readers.text import AGAIN, decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipelines.readers.rawfile import RawFile

# Files up to this size are decoded as a whole; larger ones are read in pieces from where they lie
DECODED = 32 * 2**20
PIECE = 8 * 2**20
ROW = "#row"
SHOWN = 60


def first_line(file: RawFile) -> str:
    """The first line for telling formats apart, without BOM and quotes; empty for what is no text. Never raises."""
    head = file.head
    if head.startswith(BOMS_UTF_16) or b"\x00" in head:
        return ""
    return _readable(head.split(b"\n", 1)[0])


def names(line: str, separator: str) -> tuple[str, ...]:
    """The column names of a header line without quotes and blanks around them."""
    return tuple(name.strip().strip('"').strip().removeprefix("\ufeff") for name in line.split(separator))


def table(file: RawFile, separator: str, complain: Complaint) -> list[tuple[int, list[str]]]:
    """Line number and cells of every line of a file small enough to hold, blanks around cells removed.

    Raises InputError for quotes that do not pair, a cell over several lines and a last line without end, because such
    a line may have lost its last digits.
    """
    text = decode(file)
    if not text.endswith("\n"):
        unfinished(text.count("\n") + 1, complain)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    found: list[tuple[int, list[str]]] = []
    try:
        for cells in reader:
            found.append((reader.line_num, [cell.strip() for cell in cells]))
            if reader.line_num != len(found):
                raise csv.Error
    except csv.Error:
        complain(
            "Eine Zeile ist nicht lesbar.",
            row=len(found) + 1,
            expected="Zellen in einer Zeile, Anführungszeichen paarweise",
            found="Anführungszeichen, die nicht paarweise stehen, oder ein Umbruch in einer Zelle",
            remedy=AGAIN,
        )
    return found


def header(file: RawFile, separator: str, complain: Complaint) -> tuple[str, ...]:
    """The column names in the first line. Raises InputError for a column named twice or not at all."""
    columns = names(first_line(file), separator)
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice or "" in columns:
        complain(
            "Die Kopfzeile nennt eine Spalte mehrfach oder gar nicht.",
            row=1,
            column=", ".join(twice) or "ohne Namen",
            expected="verschiedene Namen",
            found=f"{len(columns)} Zellen",
            remedy=AGAIN,
        )
    return columns


def rows(
    file: RawFile, separator: str, columns: Sequence[str], keep: pl.Expr, most: int, too_many: str
) -> pl.DataFrame:
    """The rows for which `keep` holds, as text: `ROW`, the line in the file, and all `columns` of the header.

    Never more than a piece of the file and the rows kept are in memory. Cells come without quotes and blanks around
    them. Raises InputError for a row with too few or too many cells, for bytes that are no text, for a last line
    without end, and, with the remedy `too_many`, for more than `most` rows.
    """
    complain = Complaint(file)
    schema = pl.Schema({name: pl.String() for name in columns})
    bare = pl.col(pl.String).str.strip_chars(' "\r\t')
    found: list[pl.DataFrame] = []
    kept = 0
    for first, piece in _pieces(file, complain):
        _check_cells(piece, first, separator, len(columns), complain)
        try:
            frame = pl.read_csv(
                piece,
                separator=separator,
                schema=schema,
                has_header=False,
                quote_char=None,
                empty_string_is_null=False,
                row_index_name=ROW,
                row_index_offset=first,
            )
        except PolarsError:
            _refuse_line(piece, first, separator, len(columns), complain)
            _unreadable(first, complain)
        # To clean all cells takes longer than anything else here, and without quotes there is nothing to clean first
        frame = frame.with_columns(bare).filter(keep) if b'"' in piece else frame.filter(keep).with_columns(bare)
        kept += frame.height
        if kept > most:
            complain(
                "Die Datei hat mehr Zeilen, als auf einmal gelesen werden.",
                expected=f"höchstens {most} Zeilen",
                found="mehr",
                remedy=too_many,
            )
        found.append(frame)
    if not found:
        complain(
            "Die Datei hat eine Kopfzeile, aber keine Zeilen.",
            row=2,
            expected="mindestens eine Datenzeile",
            found="keine",
            remedy=AGAIN,
        )
    return pl.concat(found).with_columns(pl.col(ROW).cast(pl.Int64))


def unfinished(row: int, complain: Complaint) -> NoReturn:
    """The message for a last line that does not end: nobody can tell whether its last number is whole."""
    complain(
        "Die letzte Zeile hat kein Zeilenende, die Datei ist vermutlich abgeschnitten.",
        row=row,
        expected="ein Zeilenende nach der letzten Zeile",
        found="keines",
        remedy="Die Datei noch einmal herunterladen. Ist sie vollständig, am Ende einen Zeilenumbruch ergänzen.",
    )


def _pieces(file: RawFile, complain: Complaint) -> Iterator[tuple[int, bytes]]:
    """Whole lines in UTF-8, header left out, with the number of the first; the encoding may not change on the way."""
    if file.size <= DECODED or file.head.startswith(BOMS_UTF_16):
        stream = io.BytesIO(decode(file).encode())
    else:
        stream = file.stream()
    with stream:
        stream.readline()
        first = 2
        encoding = None
        while piece := stream.read(PIECE) + stream.readline():
            if not piece.endswith(b"\n"):
                unfinished(first + piece.count(b"\n"), complain)
            if not piece.isascii():
                encoding, piece = _as_utf_8(piece, encoding, first, complain)
            yield first, piece
            first += piece.count(b"\n")


def _as_utf_8(piece: bytes, encoding: str | None, first: int, complain: Complaint) -> tuple[str, bytes]:
    try:
        text = piece.decode()
        if encoding in (None, "utf-8") and "\ufffd" not in text:
            return "utf-8", piece
    except UnicodeDecodeError:
        if encoding in (None, "iso-8859-1") and not any(0x80 <= byte <= 0x9F for byte in set(piece)):
            return "iso-8859-1", piece.decode("iso-8859-1").encode()
    _unreadable(first, complain)


def _check_cells(piece: bytes, first: int, separator: str, cells: int, complain: Complaint) -> None:
    """The count of a whole piece is quick; only where it is wrong the line is looked for."""
    if piece.count(separator.encode()) != (cells - 1) * piece.count(b"\n") or b"\n\n" in piece:
        _refuse_line(piece, first, separator, cells, complain)


def _refuse_line(piece: bytes, first: int, separator: str, cells: int, complain: Complaint) -> None:
    for row, line in enumerate(piece.split(b"\n")[:-1], start=first):
        found = line.count(separator.encode()) + 1
        if found != cells or not line:
            complain(
                "Eine Zeile hat nicht so viele Zellen wie die Kopfzeile.",
                row=row,
                expected=f"{cells} Zellen, getrennt durch {separator}",
                found=f"{found} Zellen",
                remedy="Die Datei ist beschädigt oder abgeschnitten. " + AGAIN,
            )


def _readable(line: bytes) -> str:
    line = line.removeprefix(BOM).rstrip(b"\r")
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("iso-8859-1")


def _unreadable(first: int, complain: Complaint) -> NoReturn:
    complain(
        "Die Datei ist nicht durchgehend als Text lesbar.",
        row=f"ab {first}",
        expected="UTF-8 oder ISO-8859-1 in der ganzen Datei",
        found="ein anderer Zeichensatz oder beschädigte Zeilen",
        remedy=AGAIN,
    )
