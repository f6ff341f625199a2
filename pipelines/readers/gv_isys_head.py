"""The head of a Gemeindeverzeichnis workbook: which sheet holds the register, which column is what, of which day.

What belongs here: headings of all editions, the days above columns. What does not: the rows below (`gv_isys_rows`).
Columns are known by the words above them, never by their place: sheets, columns and their order change over the years.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NoReturn

from pipelines.readers.text import MONTH_NAMES, days
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
# A key in one piece, where nothing says which
KEY = "schlüssel"
# Columns that come together or not at all
TOGETHER = (("maennlich", "weiblich"), ("laenge", "breite"), ("land", "rb", "kreis", "gemeinde"))
# Rows in which a head begins, and rows it has at most
TOP, DEEP = 40, 12
# Units of the area as headings write them, and how many km2 each is
UNITS = {
    "km2": "km2",
    "qkm": "km2",
    "quadratkilometer": "km2",
    "quadratkilometern": "km2",
    "ha": "ha",
    "hektar": "ha",
    "m2": "m2",
    "qm": "m2",
    "quadratmeter": "m2",
    "quadratmetern": "m2",
}
KM2 = {"km2": 1.0, "ha": 0.01, "m2": 1e-6}
_UNIT = re.compile(rf"(?<![a-zäöüß])(?:{'|'.join(UNITS)})(?![a-zäöüß])")
# Figures in thousands or the like, as a heading or title says
SCALED = re.compile(r"(?:^|\bin|\() ?(?:1[ .]?000|100)\b|\b(?:tsd|tausend|mill|mio)", re.IGNORECASE)
_DAY = rf"[0-9]{{1,2}}\.\s?(?:[0-9]{{1,2}}\.|(?:{MONTH_NAMES}))\s?[0-9]{{4}}"
# The day of a census is the base of a population, not its date
CENSUS = re.compile(
    rf"(Zensus|Volkszählung|VZ)(?:es)?\s*(?:vom\s*[0-9]{{1,2}}\.\s?(?:[0-9]{{1,2}}\.|(?:{MONTH_NAMES}))\s?)?"
    "(1970|1987|2011|2022)"
)
# A day of the areas or of a classification, which is not that of the population: by the word before or the edition
_STATE = re.compile(
    rf"(?:gebiets|zuordnungs)stand\W*(?:(?:am|vom|zum)\W+)?{_DAY}|{_DAY}\s*\([1-4]\.\s?quartal\)", re.IGNORECASE
)
_OF_PEOPLE = re.compile(rf"(?:bevölkerung|einwohner)\W*(?:(?:am|vom|zum|stand)\W+)*{_DAY}", re.IGNORECASE)
# Ends of quarters of which no population of all Gemeinden is published
_QUARTERS = ("03-31", "06-30", "09-30")
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

    def above(self, fields: Sequence[str]) -> list[str]:
        """The words of the head above these columns, merged cells included."""
        wanted = sorted({self.columns[field] for field in fields if field in self.columns})
        return [text for row in range(self.header, self.first) for at in wanted for text in self._above(row, at)]

    def head_texts(self) -> list[str]:
        """All words of the head, row by row."""
        return [joined(row) for row in self.rows[self.header : self.first]]

    def title(self) -> str:
        """All words above the head."""
        return " ".join(text for row in self.rows[: self.header] if (text := joined(row)))

    @cached_property
    def area_unit(self) -> str | None:
        """`km2`, `ha` or `m2` by the words above the area; None where they name none, several or thousands of it."""
        above = self.above(["flaeche"])
        words = " ".join(_lower(text) for text in above)
        found = {UNITS[unit] for unit in _UNIT.findall(words)}
        return found.pop() if len(found) == 1 and not any(map(SCALED.search, above)) else None

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


def named_days(texts: Iterable[str]) -> list[str]:
    """The days these words name, each once; the day of a census is none."""
    return list(dict.fromkeys(day for text in texts for day in days(CENSUS.sub("", text))))


def state_days(texts: Sequence[str]) -> list[str]:
    """Those that are of the areas or of a classification (`Gebietsstand 31.03.2020`, `31.03.2020 (1. Quartal)`)."""
    return named_days(found[0] for text in texts for found in _STATE.finditer(text))


def people_days(texts: Sequence[str], beside: bool = False) -> list[str]:
    """Those that can be of the population: those said to be, else those that are not of the areas.

    beside: the words do not stand above the population, so that a quarter is that of the edition.
    """
    said = named_days(found[0] for text in texts for found in _OF_PEOPLE.finditer(_STATE.sub("", text)))
    others = named_days(_STATE.sub("", text) for text in texts)
    return said or [day for day in others if not (beside and day.endswith(_QUARTERS))]


def _heads(rows: list[list[Cell]]) -> list[tuple[list[list[Cell]], int]]:
    """Where a head can begin: the first rows that hold a heading of the key or the one of the name."""
    for at in range(min(len(rows), TOP)):
        words = {_plain(cell) for cell in rows[at]}
        if words & {"satzart", "gemeindename"} or ("gemeinde" in words and any("schlüssel" in word for word in words)):
            return [(rows[at : at + DEEP], at)]
    return []


def _plain(cell: object) -> str:
    """A heading without what changes from edition to edition: case, blanks, hyphens, dates, marks of footnotes."""
    text = _EDITION.sub("", _DATE.sub("", _lower(cell)))
    return re.sub(r"[^a-zäöüß0-9]", "", text)


def _lower(cell: object) -> str:
    return _FOOTNOTE.sub("", text_of(cell).lower()).replace("²", "2")


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
    elif (
        not (found["ars"] or found["ags"]) and len(keys := [at for at, words in enumerate(above) if KEY in words]) == 1
    ):
        found["ags"] = keys
    if not found["name"] and not found["land"]:
        # Beside a joined key the word stands for the name
        found["name"], found["gemeinde"] = found["gemeinde"], []
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
