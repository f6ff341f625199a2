"""Delivered CSV as text with exact row numbers: encoding, header and shape, nothing about meaning.

What belongs here: what must hold for every CSV file of a delivery, and forms both readers share. What does not: what
a column may hold (`merkmale`, `gebiete`). Everything stays text, because a library that guesses types loses leading
zeros and row numbers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Protocol

from pipelines.errors import InputError

if TYPE_CHECKING:
    from pipelines.sources.registry import DeliveredFile

BOM = b"\xef\xbb\xbf"
BOMS_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
NO_ROW = "gesamte Datei"
SAVE_AS_UTF_8 = "Die Datei im Tabellenprogramm als „CSV UTF-8“ speichern."


class FileOnDisk(Protocol):
    """Whatever says where a file lies: a file of a delivery, or a hand-written list."""

    @property
    def path(self) -> Path:
        """Where the file lies."""
        ...


class Complaint:
    """Raises InputError about one file, so that every message names it in the same way."""

    def __init__(self, file: FileOnDisk) -> None:
        self.file = file

    def __call__(
        self, what: str, *, expected: object, found: object, remedy: str, row: int | str = NO_ROW, column: str = "alle"
    ) -> NoReturn:
        raise InputError(
            what, file=self.file.path, row=row, column=column, expected=expected, found=found, remedy=remedy
        )


def complain_of_lost_zero(row: int, found: str, expected: str, complain: Complaint) -> NoReturn:
    """The message for a key in column ags from which a spreadsheet took the leading zero."""
    complain(
        "Ein Schlüssel hat seine führende Null verloren.",
        row=row,
        column="ags",
        expected=expected,
        found=found,
        remedy="Die Spalte im Tabellenprogramm als Text einlesen und die Datei neu speichern.",
    )


def records(content: bytes, file: DeliveredFile, columns: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    """Row number (header is 1) and cells of every data row of a UTF-8 CSV with exactly these columns.

    Raises InputError for another encoding, an unknown, missing or moved column, a row with more or fewer cells, an
    empty file, or a number of rows other than the sheet says.
    """
    complain = Complaint(file)
    found = rows_of(content, columns, complain)
    if not found:
        complain(
            "Eine Datei der Lieferung hat keine Zeilen.",
            row=2,
            expected="mindestens eine Datenzeile",
            found="nur die Kopfzeile",
            remedy="Die Datei neu beschaffen.",
        )
    if len(found) != file.rows:
        complain(
            "Eine Datei hat nicht so viele Zeilen, wie der Lieferschein nennt.",
            expected=f"{file.rows} Zeilen",
            found=f"{len(found)} Zeilen",
            remedy="Prüfen, ob Zeilen fehlen oder doppelt sind, dann rows im Lieferschein berichtigen.",
        )
    return found


def rows_of(content: bytes, columns: tuple[str, ...], complain: Complaint) -> list[tuple[int, dict[str, str]]]:
    """Row number and cells as `records` gives them, of a file that has no sheet and may hold a header only."""
    reader = csv.reader(io.StringIO(_decode(content, complain), newline=""), strict=True)
    _check_header(next(reader, []), columns, complain)
    return [
        (row, dict(zip(columns, cells, strict=True))) for row, cells in _rows(reader, len(columns), columns, complain)
    ]


def _decode(content: bytes, complain: Complaint) -> str:
    if content.startswith(BOM):
        complain(
            "Eine Datei beginnt mit einer Bytereihenfolge-Marke (BOM).",
            row=1,
            expected="UTF-8 ohne BOM",
            found="UTF-8 mit BOM",
            remedy="Die Datei als „UTF-8“ statt „UTF-8 mit BOM“ speichern.",
        )
    if content.startswith(BOMS_UTF_16):
        complain(
            "Eine Datei ist nicht in UTF-8 gespeichert.",
            row=1,
            expected="UTF-8",
            found="vermutlich UTF-16",
            remedy=SAVE_AS_UTF_8,
        )
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        complain(
            "Eine Datei ist nicht in UTF-8 gespeichert.",
            row=content.count(b"\n", 0, error.start) + 1,
            expected="UTF-8",
            found=f"Byte 0x{content[error.start]:02X}, vermutlich Latin-1 oder Windows-1252",
            remedy=SAVE_AS_UTF_8,
        )
    if "\ufffd" in text:
        complain(
            "Eine Datei enthält Ersatzzeichen, ein Umlaut ging verloren.",
            row=text.count("\n", 0, text.index("\ufffd")) + 1,
            expected="Text ohne Ersatzzeichen",
            found="Ersatzzeichen U+FFFD",
            remedy="Die Datei neu aus der Quelle holen; aus dieser Fassung ist der Text nicht zu retten.",
        )
    return text


def _check_header(header: list[str], columns: tuple[str, ...], complain: Complaint) -> None:
    if len(header) == 1 and ";" in header[0]:
        complain(
            "Das Trennzeichen ist ein Semikolon.",
            row=1,
            expected="Komma",
            found="Semikolon",
            remedy="Die Datei mit Komma als Trennzeichen speichern, Zahlen mit Dezimalpunkt.",
        )
    unknown = [name for name in header if name not in columns]
    missing = [name for name in columns if name not in header]
    if unknown or missing or tuple(header) != columns:
        what = "unbekannte" if unknown else "fehlende" if missing else "falsch angeordnete"
        complain(
            f"Eine Datei hat {what} Spalten.",
            row=1,
            column=", ".join(unknown or missing or header),
            expected=",".join(columns),
            found=",".join(header) or "keine Kopfzeile",
            remedy="Die Kopfzeile wie erwartet schreiben; Trennzeichen ist das Komma.",
        )


def _rows(
    reader: Iterator[list[str]], width: int, columns: tuple[str, ...], complain: Complaint
) -> Iterator[tuple[int, list[str]]]:
    row = 1
    while True:
        row += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            complain(
                "Eine Zeile ist nicht lesbar.",
                row=row,
                expected="Zellen mit Komma getrennt, Anführungszeichen paarweise",
                found="Anführungszeichen, die nicht paarweise stehen",
                remedy="Die Anführungszeichen dieser Zeile berichtigen.",
            )
        if len(cells) != width or any("\n" in cell or "\r" in cell for cell in cells):
            complain(
                "Eine Zeile hat nicht die vereinbarte Anzahl Zellen.",
                row=row,
                column=columns[min(len(cells), width - 1)],
                expected=f"{width} Zellen in einer Zeile",
                found=f"{len(cells)} Zellen",
                remedy="Zahlen mit Dezimalpunkt statt Komma schreiben, Text mit Komma in Anführungszeichen setzen.",
            )
        yield row, cells
