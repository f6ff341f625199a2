"""The head of a Gemeindeverzeichnis workbook: which sheet holds the register, which column is what, of which day.

What belongs here: headings of all editions, the days above columns. What does not: the rows below (`gv_isys_rows`).
Columns are known by the words above them, never by their place: sheets, columns and their order change over the years.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from pipelines.readers.text import days
from pipelines.readers.workbook import Workbook, letter, text_of

if TYPE_CHECKING:
    from pipelines.readers.csv_text import Complaint
    from pipelines.readers.workbook import Cell

AGAIN = "Die Datei neu beim Statistischen Bundesamt herunterladen und unverändert einlesen."
# What stands above a column, without blanks, hyphens, dates and marks of footnotes
HEADINGS = {
    "satzart": "satzart|sa",
    "mark": "text(kenn)?zeichen|tk",
    "land": "land|ld",
    "rb": "rb|regbez|regierungsbezirk",
    "kreis": "kreis|krs|kr",
    "verband": "vb|vg|gemeindeverband|verband|verbandsschlüssel",
    "gemeinde": "gem|gemeinde|gmd",
    "ars": "(amtlicher)?regionalschlüssel(ars|rs)?|ars|rs",
    "ags": "(amtlicher)?gemeindeschlüssel(ags)?|ags",
    "name": "gemeindename",
    "flaeche": "fläche.*",
    "insgesamt": "(bevölkerung|wohnbevölkerung|einwohner)?(insgesamt|zusammen)",
    "maennlich": "(bevölkerung|einwohner)?(männlich|männl|m)",
    "weiblich": "(bevölkerung|einwohner)?(weiblich|weibl|w)",
    "dichte": "(bevölkerung|einwohner)?(je|pro)(qkm|km2?)|bevölkerungsdichte.*",
    "plz": "postleitzahl.*|plz.*",
    "laenge": "(geografische)?läng.*",
    "breite": "(geografische)?breite.*",
}
# Columns that come together or not at all
TOGETHER = (("maennlich", "weiblich"), ("laenge", "breite"), ("land", "rb", "kreis", "gemeinde"))
# Rows in which a head begins, and rows it has at most
TOP, DEEP = 40, 12
_FOOTNOTE = re.compile(r"(?<=[^0-9 ])[0-9]\)|(?<= )[0-9]\)")
_DATE = re.compile(
    r"(gebietsstand|zuordnungsstand|stand)?:?\s*(am|vom)?\s*[0-9]{1,2}\.\s?([0-9]{1,2}\.|[a-zä]+)\s?[0-9]{4}"
)
_EDITION = re.compile(r"\((jahr|[1-4]\.\s?quartal)\)|amtlicher")


@dataclass(frozen=True)
class Sheet:
    """The sheet of a workbook that holds the register: its cells, where its head and rows begin, its columns.

    Rows and columns count from 0. `columns`: field to column; `unread`: other columns with a heading, to its words.
    """

    rows: list[list[Cell]]
    header: int
    first: int
    columns: dict[str, int]
    unread: dict[int, str]
    merged: list[tuple[tuple[int, int], tuple[int, int]]]

    def cells(self, field: str, rows: Iterable[int]) -> list[Cell]:
        """The cells of a column in these rows; empty where there is no such column."""
        column = self.columns.get(field)
        return [self.rows[at][column] if column is not None else "" for at in rows]

    def letters(self, *fields: str) -> str:
        """The letters of those of these columns that there are."""
        return ", ".join(letter(self.columns[field]) for field in fields if field in self.columns)

    def days(self, fields: Sequence[str]) -> list[str]:
        """Days named in the head above these columns, merged cells included."""
        wanted = {self.columns[field] for field in fields if field in self.columns}
        return _days(text for row in range(self.header, self.first) for at in wanted for text in self._above(row, at))

    def all_days(self) -> list[str]:
        """Days named anywhere in the head."""
        return _days(self.head_texts())

    def head_texts(self) -> list[str]:
        """All words of the head, row by row."""
        return [joined(row) for row in self.rows[self.header : self.first]]

    def title(self) -> str:
        """All words above the head."""
        return " ".join(text for row in self.rows[: self.header] if (text := joined(row)))

    def area_unit(self) -> str:
        """`km2`, or `ha` where the heading says so."""
        column = self.columns["flaeche"]
        above = " ".join(_plain(row[column]) for row in self.rows[self.header : self.first])
        return "ha" if re.search(r"fläche(in)?ha\b", above) else "km2"

    def _above(self, row: int, at: int) -> list[str]:
        starts = [start for start, end in self.merged if start[0] <= row <= end[0] and start[1] <= at <= end[1]]
        return [text_of(self.rows[r][c]) for r, c in [(row, at), *starts] if r >= self.header]


def has_register(book: Workbook) -> bool:
    """Whether a sheet of a workbook has the columns of the register. Raises ValueError for a heading above two."""
    return any(_columns(head, start)[0] for sheet in book.names for head, start in _heads(book.head(sheet)))


def find(book: Workbook) -> Sheet:
    """The sheet with the register. Raises InputError when there is none or several, or a heading is ambiguous."""
    found = []
    for name in book.names:
        for head, start in _heads(book.head(name)):
            try:
                columns, unread = _columns(head, start)
            except ValueError as error:
                _refuse_twice(error, name, book.complain)
            if columns:
                found.append((name, start, columns, unread))
    if len(found) != 1:
        book.complain(
            "In der Arbeitsmappe steht nicht genau ein Gemeindeverzeichnis.",
            expected="ein Blatt mit Schlüssel, Gemeindename, Fläche und Bevölkerung",
            found=", ".join(name for name, *_ in found) or f"keines; Blätter: {', '.join(book.names)}",
            remedy="Die Spaltenüberschriften mit der Veröffentlichung vergleichen. " + AGAIN,
        )
    name, start, columns, unread = found[0]
    _refuse_half(columns, start, book.complain)
    rows = book.rows(name)
    lead = columns.get("satzart", columns.get("ags", columns.get("ars", columns.get("land", 0))))
    below = range(start + 1, len(rows))
    first = next((at for at in below if re.fullmatch("[0-9]{1,12}", text_of(rows[at][lead]))), None)
    if first is None:
        book.complain(
            "Unter der Kopfzeile stehen keine Zeilen des Verzeichnisses.",
            row=start + 1,
            column=letter(lead),
            expected="Satzart 10 bis 60 oder ein Schlüssel",
            found="keine",
            remedy=AGAIN,
        )
    return Sheet(rows, start, first, columns, unread, book.merged(name))


def joined(row: Sequence[Cell]) -> str:
    """The words of a row."""
    return " ".join(text for cell in row if (text := text_of(cell)))


def _days(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(day for text in texts for day in days(text)))


def _heads(rows: list[list[Cell]]) -> list[tuple[list[list[Cell]], int]]:
    """Where a head can begin: the first rows that hold a heading of the key or the one of the name."""
    for at in range(min(len(rows), TOP)):
        words = {_plain(cell) for cell in rows[at]}
        if "satzart" in words or "gemeindename" in words:
            return [(rows[at : at + DEEP], at)]
    return []


def _plain(cell: object) -> str:
    """A heading without what changes from edition to edition: case, blanks, hyphens, dates, marks of footnotes."""
    text = text_of(cell).lower().replace("²", "2")
    text = _EDITION.sub("", _DATE.sub("", _FOOTNOTE.sub("", text)))
    return re.sub(r"[^a-zäöüß0-9]", "", text)


def _columns(head: list[list[Cell]], start: int) -> tuple[dict[str, int], dict[int, str]]:
    """Field to column, and the headings of columns that are not read; nothing when it is not this register.

    head: the rows from the first heading on, `start` being the number of the first of them. Raises ValueError for a
    heading above two columns.
    """
    end = next((at for at, row in enumerate(head) if any(_is_key(cell) for cell in row[:12])), len(head))
    above = [[_plain(cell) for cell in cells if cell != ""] for cells in zip(*head[:end], strict=True)]
    found: dict[str, list[int]] = {
        name: [at for at, words in enumerate(above) if any(re.fullmatch(form, word) for word in words)]
        for name, form in HEADINGS.items()
    }
    if not found["insgesamt"]:
        found["insgesamt"] = [at for at, words in enumerate(above) if "bevölkerung" in words]
    if found["land"] and found["kreis"] and found["gemeinde"]:
        # The joined key is only the heading over its parts
        found["ars"] = found["ags"] = []
    known = (found["gemeinde"] or found["ars"] or found["ags"]) and found["name"] and found["insgesamt"]
    if not known or not found["flaeche"]:
        return {}, {}
    twice = next((name for name, columns in found.items() if len(columns) > 1), None)
    if twice:
        raise ValueError(twice, start + 1, [letter(at) for at in found[twice]])
    columns = {name: at[0] for name, at in found.items() if at}
    unread = {at: " ".join(words) for at, words in enumerate(above) if any(words) and at not in columns.values()}
    return columns, unread


def _is_key(cell: Cell) -> bool:
    """Whether a cell can only stand in a row of the register: a Satzart or a joined key."""
    return bool(re.fullmatch("[1-6]0|[0-9]{8}|[0-9]{12}", text_of(cell)))


def _refuse_twice(error: ValueError, sheet: str, complain: Complaint) -> NoReturn:
    name, row, letters = error.args
    complain(
        "Zwei Spalten haben dieselbe Überschrift.",
        row=row,
        column=", ".join(letters),
        expected=f"eine Spalte „{name}“ im Blatt „{sheet}“",
        found=f"{len(letters)} Spalten",
        remedy=AGAIN,
    )


def _refuse_half(columns: dict[str, int], start: int, complain: Complaint) -> None:
    for fields in TOGETHER:
        there = [name for name in fields if name in columns]
        if 0 < len(there) < len(fields):
            complain(
                "Eine Spalte fehlt.",
                row=start + 1,
                column=", ".join(name for name in fields if name not in columns),
                expected=f"{', '.join(fields)}, oder keine davon",
                found=f"nur {', '.join(there)}",
                remedy=AGAIN,
            )
