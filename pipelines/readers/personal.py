"""Files about single persons, recognised before anything of them is stored, shown or logged.

What belongs here: every table and text a file holds, and the refusal. What does not: what tells of persons
(`person_tables`, `free_text`), reading a table (the modules of the formats). No message of this module ever repeats a
cell below a header.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import PurePosixPath
from typing import NamedTuple

import polars as pl

from pipelines.errors import InputError
from pipelines.readers.attributes import (
    COLUMNS,
    ROWS,
    lines_of_dbf,
    of_dbf,
    of_geopackage,
    of_json,
    texts_of_geopackage,
)
from pipelines.readers.free_text import tells_of_persons
from pipelines.readers.person_signs import IMPRINT
from pipelines.readers.person_tables import about_persons
from pipelines.readers.rawfile import HEAD, RawFile
from pipelines.readers.suspects import pieces_of_text, sentences, suspect_rows, suspects
from pipelines.readers.text import any_text
from pipelines.readers.workbook import text_of

# Members of an archive without words: shapes and their indexes
SHAPES = (".shp", ".shx", ".sbn", ".sbx", ".qix", ".fix", ".cpg", ".prj", ".qpj")
# Members that can be looked through
OPEN = (".dbf", ".gpkg", ".geojson", ".json", ".csv", ".tsv", ".txt", ".md", ".xml", ".html", ".htm", ".xls", ".xlsx")
OPEN += (".sld", ".qml", ".qmd", ".lyr", ".gml")
# Documents that publishers pack beside their shapes
DOCUMENTS = re.compile(
    r"(?i)(?:.*/)?(?:(?:dokumentation|documentation|doku)/.*|"
    r"(?:vg[0-9]+|anlagen|verwaltungsgliederung|struktur|dokumentation|documentation|lizenz|licen[cs]e|datenlizenz|"
    r"nutzungsbedingungen|quellenvermerk|readme|liesmich)[^/]*)\.(?:pdf|docx?|png|jpe?g)"
)
# Notes and boxes of a workbook that are no cells
BESIDE_CELLS = re.compile(r"xl/(?:comments|threadedComments|drawings)[^_]*\.xml")
ASK = (
    "Dateien mit Angaben zu einzelnen Personen dürfen weder abgelegt noch weitergegeben werden; im Zweifel vorher die "
    "Datenschutzbeauftragten des Kreises fragen."
)


class Look(NamedTuple):
    """Rows and texts at one place of a file: a sheet, layer or member; empty where a file is one table."""

    place: str
    rows: Sequence[list[str]] = ()
    texts: pl.Series | None = None


def refuse(file: RawFile) -> None:
    """Raise InputError for a file with a table or text about single persons; the message names columns, never a cell.

    Looks at the head of every table the file holds: text with any separator, all sheets, attributes of geometry, the
    members of an archive; in text and sheets also at rows anywhere that may tell of persons, and everywhere at
    sentences. Raises InputError for a damaged container and for members of an archive nobody can look through, too.
    """
    for place, rows, texts in _looks(file):
        columns = about_persons(place, [[_plain(cell) for cell in row[:COLUMNS]] for row in rows])
        if not columns and texts is not None and tells_of_persons(texts, imprint=bool(IMPRINT.search(place.lower()))):
            columns = ["Text"]
        if columns:
            raise InputError(
                "Die Datei enthält Angaben zu einzelnen Personen und wird nicht angenommen.",
                file=file.path,
                row="alle",
                column=(f"{place}: " if place else "") + ", ".join(columns),
                expected="Zahlen je Gebiet, ohne Namen, Geburtstage, Anschriften und Aktenzeichen",
                found="Angaben je Person (Inhalte werden hier nicht gezeigt)",
                remedy="Die Datei nicht in den Ordner der Daten legen und nicht weitergeben; bei der liefernden Stelle "
                "eine Auswertung ohne Angaben zu Personen anfordern und den Datenschutz fragen.",
            )


def _plain(cell: object) -> str:
    return text_of(cell)[:500]


def _looks(file: RawFile) -> Iterator[Look]:
    """Every table of a file, its first rows and others that may tell of persons, and its texts."""
    if file.is_workbook:
        yield from _sheets(file)
    elif file.is_zip:
        for info in file.members:
            yield from _member(file, info)
    elif file.is_geopackage:
        yield from (Look(name, rows) for name, rows in of_geopackage(file))
        yield from (Look(name, texts=pl.Series(texts, dtype=pl.String)) for name, texts in texts_of_geopackage(file))
    elif file.name.lower().endswith(".dbf"):
        lines = lines_of_dbf(file.content) if file.size else ""
        yield Look(file.name, of_dbf(file.head), pl.Series([lines]).str.split("\n").explode().unique())
    elif file.head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        yield Look("", of_json(file))
        # Without line ends a whole file would be one sentence
        yield from (
            Look("", texts=lines.str.extract_all(r'"[^"]{8,}"').explode().unique())
            for text in pieces_of_text(file)
            for lines in sentences(text)
        )
    else:
        yield from _lines(_whole_lines(file.head))
        for text in pieces_of_text(file):
            for found in suspects(text):
                yield from _lines(found)
            yield from (Look("", texts=lines) for lines in sentences(text))


def _member(file: RawFile, info: zipfile.ZipInfo) -> Iterator[Look]:
    """A member of an archive: shapes have no words, and of documents only those of publishers are let through."""
    suffix = PurePosixPath(info.filename).suffix.lower()
    if suffix in SHAPES or DOCUMENTS.fullmatch(info.filename):
        return
    if suffix not in OPEN:
        raise InputError(
            "Ein Archiv enthält eine Datei, die niemand prüfen kann.",
            file=file.path,
            expected="Teile eines Shapefiles, Tabellen und Text; andere Dokumente nur im Ordner „dokumentation“",
            found=f"eine Datei der Art „{suffix[:10]}“" if suffix else "eine Datei ohne Endung",
            remedy="Das Archiv so angeben, wie der Herausgeber es anbietet, oder nur die Dateien mit den Umrissen neu "
            f"packen. {ASK}",
        )
    whole = RawFile(file.path, file.read(info), info.filename)
    # An archive in an archive is nothing that is read
    if not whole.is_zip or whole.is_workbook:
        yield from (look._replace(place=f"{whole.name} {look.place}".strip()) for look in _looks(whole))


def _sheets(file: RawFile) -> Iterator[Look]:
    book = file.workbook
    for sheet in book.names:
        rows = book.seen(sheet)
        texts = pl.Series(list({cell for row in rows for cell in row if isinstance(cell, str)}), dtype=pl.String)
        yield Look(sheet, [[text_of(cell) for cell in row] for row in rows[:ROWS]], texts)
        yield from (Look(sheet, found) for found in suspect_rows(rows, texts))
    for info in file.members:
        if BESIDE_CELLS.fullmatch(info.filename):
            text = re.sub("<[^>]*>", "", re.sub(r"</(?:\w+:)?(?:comment|p)>", "\n", any_text(file.read(info))))
            yield Look("Kommentare", texts=pl.Series(text.split("\n")))


def _whole_lines(head: bytes) -> str:
    text = any_text(head)
    return text[: text.rfind("\n")] if len(head) == HEAD else text


def _lines(text: str) -> Iterator[Look]:
    """Text, by every separator that makes more than one column of it."""
    for separator in (";", ",", "\t", "|"):
        try:
            rows = list(islice(csv.reader(io.StringIO(text, newline=""), delimiter=separator), ROWS))
        except csv.Error:
            continue
        if any(len(row) > 1 for row in rows):
            yield Look("", rows)
