"""Lines of a text and rows of a sheet, anywhere, that may tell of persons, found quickly; `personal` judges them.

What belongs here: going through a file of any size in pieces, and what makes a line worth a look. What does not: what
a header, a cell or a sentence tells (`person_tables`, `free_text`). Files too large to go through are looked at in
pieces spread over them evenly.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING

import polars as pl

from pipelines.readers import free_text
from pipelines.readers import person_signs as signs
from pipelines.readers.attributes import ROWS
from pipelines.readers.rawfile import LIMIT
from pipelines.readers.text import any_text
from pipelines.readers.workbook import text_of

if TYPE_CHECKING:
    from pipelines.readers.rawfile import RawFile
    from pipelines.readers.workbook import Cell

PIECE, OVERLAP = 2**23, 2**16
# Groups of lines looked at in a piece
GROUPS = 20
# Words in headers of tables about persons that no table of an office repeats on its lines
WORDS = (
    *("vorname", "nachname", "zuname", "familienname", "geburtsname", "geburtsdat", "geburtstag", "geburtsjahr"),
    *("geb.-dat", "geb. dat", "gebdat", "geb. am", "aktenzeichen", "fallnummer", "versicherungsnummer", "anschrift"),
    *("first name", "firstname", "last name", "lastname", "surname", "date of birth", "birthdate", "@"),
)
# The same of a cell in a workbook, where one cell is a header
CELL_WORDS = (
    *WORDS,
    "name",
    "geb",
    "klient",
    "leistungsb",
    "leistungsempf",
    "mitglied",
    "az",
    "fall",
    "straße",
    "kunde",
)
# Cells that a row about a person has beside a name
BESIDE = "|".join(
    form.pattern for form in (signs.DAY, signs.MAIL, signs.STREET, signs.NUMBER, signs.PLACED, signs.HELPED)
)
# A cell with a day on which statistics are hardly ever counted, but persons are born
DAY = (
    r"""(?m)(?:^|[;,\t|"]) *("""
    r"""(?:0?[2-9]|1[0-9]|2[0-7])[./-](?:0?[1-9]|1[0-2])[./-](?:[0-9]{4}|[0-9]{2})"""
    r"""|(?:18|19|20)[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[2-9]|1[0-9]|2[0-7])(?:[T ][0-9:.]+)?"""
    r""") *(?:[;,\t|"\r]|$)"""
)
# A day on so many lines is one of an election or of a series
OFTEN = 20


def pieces_of_text(file: RawFile) -> Iterator[pl.Series]:
    """The pieces of a file that are text, each a series of one; InputError for an absent file."""
    for piece in _pieces(file):
        if b"\x00" not in piece:
            yield pl.Series([any_text(piece)])


def suspects(text: pl.Series) -> Iterator[str]:
    """Groups of up to `ROWS` lines of a piece of text to look at."""
    # Most pieces hold neither, and to tell that takes no lines
    words = text.str.contains_any(list(WORDS), ascii_case_insensitive=True)[0]
    days = text.str.contains(DAY)[0]
    lines = text.str.split("\n").explode() if words or days else text.clear()
    if words:
        headers = lines.str.contains_any(list(WORDS), ascii_case_insensitive=True).arg_true().to_list()
        yield from ("\n".join(lines[at : at + ROWS]) for at in _spread(headers))
    if days:
        yield from _with_rare_days(lines)


def sentences(text: pl.Series) -> Iterator[pl.Series]:
    """The lines of a piece of text, each once, where a sentence may tell of a person."""
    if free_text.may_tell(text):
        yield text.str.split("\n").explode().unique()


def suspect_rows(rows: list[list[Cell]], texts: pl.Series) -> Iterator[list[list[str]]]:
    """Groups of up to `ROWS` rows of a sheet to look at: below a header, or with a name beside something of a person.

    texts: the texts of the cells, each once.
    """
    headers = set(texts.filter((texts.str.len_chars() <= signs.HEADER_LENGTH) & _has_word(texts)))
    headers = {text for text in headers if signs.told_by(text)}
    beside = set(texts.filter(texts.str.contains(rf"(?i)^\s*(?:{BESIDE})\s*$")))
    told, listed = [], []
    for at, row in enumerate(rows):
        if not headers.isdisjoint(row):
            told.append(at)
        if not beside.isdisjoint(row) or any(isinstance(cell, dt.date) for cell in row):
            cells = [text_of(cell) for cell in row]
            if any(signs.PERSON.fullmatch(cell) or signs.WORD.fullmatch(cell) for cell in cells):
                listed.append(cells)
    yield from ([[text_of(cell) for cell in row] for row in rows[at : at + ROWS]] for at in _spread(told))
    yield from (listed[at : at + ROWS] for at in _spread(list(range(0, len(listed), ROWS))))


def _has_word(texts: pl.Series) -> pl.Series:
    return texts.str.contains_any(list(CELL_WORDS), ascii_case_insensitive=True)


def _with_rare_days(lines: pl.Series) -> Iterator[str]:
    """Groups of the lines with a day that not many have."""
    found = pl.DataFrame({"line": lines, "day": lines.str.extract(DAY, 1)}).drop_nulls("day")
    rare = found.filter(pl.len().over("day") <= OFTEN)["line"]
    yield from ("\n".join(rare[at : at + ROWS]) for at in _spread(list(range(0, len(rare), ROWS))))


def _spread(places: list[int]) -> list[int]:
    """Not more places than are looked at, spread evenly."""
    return places[:: max(1, -(-len(places) // GROUPS))]


def _pieces(file: RawFile) -> Iterator[bytes]:
    whole = range(0, file.size, PIECE)
    step = max(1, -(-file.size // LIMIT))
    with file.stream() as stream:
        for start in sorted({*whole[::step], *whole[-1:]}):
            stream.seek(start)
            yield stream.read(PIECE + OVERLAP)
