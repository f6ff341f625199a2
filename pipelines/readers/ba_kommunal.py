"""„Arbeitsmarkt kommunal“ of the Bundesagentur für Arbeit: a workbook per Gemeinde or Kreis, five blocks, five years.

What belongs here: the one sheet „Daten“ of that workbook, and what its imprint says of the edition. What does not:
rates (the workbook has no denominators), and above all no figure that the publisher withheld: `*` stays without a
value, also where a total and its other parts would give it.

Source of the format: the workbooks themselves, edition of January 2025. Stocks of 30 June and annual averages of twelve
months stand in one sheet; averages are not rounded. The rows are a closed set, so a missing one is noticed; so are a
missing year and a cut end. Not noticed: one plausible number in place of another.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

import polars as pl

from pipelines.errors import InputError
from pipelines.geography.keys import is_in_land
from pipelines.readers.csv_text import Complaint
from pipelines.readers.rawfile import RawFile
from pipelines.readers.reading import Agreed, Format, Reading, check_agreed, tidy
from pipelines.readers.signs import BA, cell_values, refuser
from pipelines.readers.text import slug
from pipelines.readers.workbook import AGAIN, Workbook, letter, text_of

TITLE = "Arbeitsmarkt kommunal"
SHEET, IMPRINT = "Daten", "Impressum"
SOURCE = "© Statistik der Bundesagentur für Arbeit"
# The sheet counts persons and prints no unit
UNIT = "Personen"
FIRST = 2  # the first column of years, after the two of words
TOTAL = "Insgesamt"
LEADS = ("", "dar.")
# Digits of a key to its level
LEVELS = {5: "kreis", 8: "gemeinde"}
_AREA = re.compile(r"([0-9]{8}|[0-9]{5}) (.+) \(Gebietsstand im Jahr ([0-9]{4})\)")
_IN_NAME = re.compile(r"kommunal[-_ ]+([0-9]{8}|[0-9]{5})(?![0-9])", re.IGNORECASE)
COMPLEMENT = (
    "Werte mit * hat die Bundesagentur für Arbeit geheim gehalten, auch um andere zu schützen. Sie dürfen nicht aus "
    "Summe und übrigen Teilen errechnet werden."
)
UNROUNDED = "Die Jahresdurchschnitte der Arbeitslosen sind ungerundet; gerundet wird erst in der Anzeige."


@dataclass(frozen=True)
class Block:
    """One block of rows: its printed title, its name in items, its kind of time, the labels of its rows."""

    title: str
    name: str
    time_kind: str
    labels: tuple[str, ...]


SEXES = ("Männer", "Frauen")
_WHO = (*SEXES, "Ausländer")
_EMPLOYED = (TOTAL, *_WHO, "unter 25 Jahre", "55 Jahre und älter")
BLOCKS = (
    Block(
        "Sozialversicherungspflichtig Beschäftigte am Arbeitsort (Stichtag 30.06.)",
        "svb_arbeitsort",
        "stichtag",
        (*_EMPLOYED, "Einpendler"),
    ),
    Block(
        "Sozialversicherungspflichtig Beschäftigte nach Wirtschaftszweigen der WZ 2008 am Arbeitsort (Stichtag 30.06.)",
        "svb_arbeitsort_wirtschaftszweige",
        "stichtag",
        (
            "Land- und Forstwirtschaft, Fischerei ( A )",
            "Produzierendes Gewerbe ( B - F )",
            "Handel, Verkehr und Gastgewerbe ( G - I )",
            "Sonstige Dienstleistungen ( J - U )",
        ),
    ),
    Block(
        "Sozialversicherungspflichtig Beschäftigte am Wohnort (Stichtag 30.06.)",
        "svb_wohnort",
        "stichtag",
        (*_EMPLOYED, "Auspendler"),
    ),
    Block(
        "Geringfügig Beschäftigte (Minijobber) am Arbeitsort (Stichtag 30.06.)",
        "geringfuegig_arbeitsort",
        "stichtag",
        (TOTAL, *_WHO, "ausschließlich geringfügig Beschäftigte", "im Nebenjob geringfügig Beschäftigte"),
    ),
    Block(
        "Arbeitslose (Jahresdurchschnitte)",
        "arbeitslose",
        "jahresdurchschnitt",
        (
            TOTAL,
            *_WHO,
            "15 bis unter 25 Jahre",
            "55 Jahre und älter",
            "Langzeitarbeitslose",
            "Arbeitslose im Rechtskreis SGB III",
            "Arbeitslose im Rechtskreis SGB II",
        ),
    ),
)
_BY_TITLE = {block.title: block for block in BLOCKS}


def recognises(file: RawFile) -> bool:
    """Whether a file is a workbook with the sheet „Daten“ of this publication."""
    try:
        if not file.is_workbook:
            return False
        book = file.workbook
        if SHEET not in book.names:
            return False
        cells = [text_of(cell) for row in book.head(SHEET, 8) for cell in row]
    except InputError:
        return False
    return TITLE in cells and "Merkmale" in cells


def read(file: RawFile, agreed: Agreed) -> Reading:
    """The figures of one Gemeinde or one Kreis, told by the digits of its key.

    Raises InputError for another area than the file name says, years that do not ascend by one, a changed set of rows,
    a cell that is neither a number nor `*`, a count that cannot be, a cut end, and what contradicts `agreed`.
    """
    book = file.workbook
    sheet = _Sheet(book.rows(SHEET), book.complain)
    key, name, state = sheet.area()
    years = sheet.years()
    _check_area(file, key, state, years, sheet)
    frame = _frame(sheet, years).with_columns(
        source_key=pl.lit(key), key=pl.lit(key), level=pl.lit(LEVELS[len(key)]), name=pl.lit(name), unit=pl.lit(UNIT)
    )
    imprint = _imprint(book)
    _check_imprint(imprint, years, book.complain)
    frame = tidy(frame)
    check_agreed(frame, agreed, book.complain, imprint.get("Produkt-ID"))
    return Reading(
        file=file,
        format=FORMAT.key,
        title=f"{TITLE}: {name}",
        frame=frame,
        code=imprint.get("Produkt-ID"),
        stand=imprint.get("Erstellungsdatum"),
        attribution=imprint.get("Zitierhinweis"),
        notes=(f"Gebietsstand aller Jahre: {state}.", UNROUNDED, *([COMPLEMENT] if _withheld(frame) else [])),
    )


class _Sheet:
    """The sheet „Daten“: its cells by row, and messages that name the row and column a person sees."""

    def __init__(self, rows: Sequence[Sequence[object]], complain: Complaint) -> None:
        self.rows = rows
        self.complain = complain
        self.texts = [[text_of(cell) for cell in row] + [""] * (FIRST - len(row)) for row in rows]
        self.head = next((at for at, row in enumerate(self.texts) if row and row[0] == "Merkmale"), -1)
        self.end = next((at for at, row in enumerate(self.texts) if SOURCE in row), -1)
        if self.head < 0 or self.end < self.head:
            missing = f"die Quellenzeile „{SOURCE}“" if self.head >= 0 else "die Kopfzeile „Merkmale“"
            complain(
                "Das Blatt „Daten“ ist abgeschnitten oder umgebaut.",
                column="A",
                expected=missing,
                found="keine",
                remedy=AGAIN,
            )

    def refuse(self, what: str, at: int, column: int, expected: object, found: object) -> NoReturn:
        """Raise InputError about one cell, both counted from 0."""
        self.complain(
            what, row=at + 1, column=letter(column), expected=expected, found=found or "leere Zelle", remedy=AGAIN
        )

    def area(self) -> tuple[str, str, str]:
        """Key, name and year of the Gebietsstand, from the line above the table."""
        found = [match for row in self.texts[: self.head] for cell in row if (match := _AREA.fullmatch(cell))]
        if len(found) != 1:
            self.refuse(
                "Die Zeile mit dem Gebiet fehlt oder ist anders als in dieser Veröffentlichung.",
                3,
                0,
                "„<Schlüssel mit 8 oder 5 Ziffern> <Name> (Gebietsstand im Jahr JJJJ)“",
                self.texts[3][0] if self.head > 3 else "",
            )
        return found[0].group(1), found[0].group(2), found[0].group(3)

    def years(self) -> list[str]:
        """The years in the head, one per column; they and the numbers of columns below them ascend by one."""
        years = self.texts[self.head][FIRST:]
        while years and not years[-1]:
            years.pop()
        for at, year in enumerate(years):
            follows = not at or (year.isdigit() and int(year) == int(years[at - 1]) + 1)
            if not re.fullmatch("(?:19|20)[0-9]{2}", year) or not follows:
                after = f"das Jahr nach {years[at - 1]}" if at else "ein Jahr"
                self.refuse("Die Jahre im Tabellenkopf folgen nicht aufeinander.", self.head, FIRST + at, after, year)
        numbers = self.texts[self.head + 1][FIRST : FIRST + len(years)]
        if not years or numbers != [str(at + 1) for at in range(len(years))]:
            self.refuse(
                "Die Nummern der Spalten im Tabellenkopf sind nicht fortlaufend, es fehlt eine Spalte.",
                self.head + 1,
                FIRST,
                " ".join(str(at + 1) for at in range(len(years))) or "mindestens ein Jahr",
                " ".join(numbers),
            )
        return years

    def body(self, count: int) -> list[tuple[int, Block, str]]:
        """Rows with figures: row from 0, block, label; exactly those of the publication, `count` figures each."""
        found: list[tuple[int, Block, str]] = []
        block = None
        for at in range(self.head + 2, self.end):
            row = self.texts[at]
            cells = row[FIRST:]
            if stray := next((column for column in range(count, len(cells)) if cells[column]), None):
                self.refuse("Neben der Tabelle stehen weitere Angaben.", at, FIRST + stray, "leere Zelle", cells[stray])
            if any(cells):
                found.append((at, *self._label(at, block)))
            elif row[0]:
                block = _BY_TITLE.get(row[0])
                if block is None:
                    self.refuse("Die Überschrift eines Blocks ist unbekannt.", at, 0, " | ".join(_BY_TITLE), row[0])
            elif row[1]:
                self.refuse("Einer Zeile fehlen alle Zahlen.", at, FIRST, f"{count} Zahlen", "")
        self._check_complete(found)
        return found

    def _label(self, at: int, block: Block | None) -> tuple[Block, str]:
        lead, label = self.texts[at][:FIRST]
        if lead not in LEADS:
            lead, label = ("", lead) if not label else (lead, label)
        if block is None or lead not in LEADS or label not in block.labels:
            expected = " | ".join(block.labels) if block else "zuerst die Überschrift eines Blocks"
            self.refuse("Die Bezeichnung einer Zeile ist unbekannt.", at, 1, expected, f"{lead} {label}".strip())
        return block, label

    def _check_complete(self, found: Sequence[tuple[int, Block, str]]) -> None:
        keys = [(block.name, label) for _, block, label in found]
        for at, key in enumerate(keys):
            if key in keys[:at]:
                self.refuse(
                    "Eine Zeile steht doppelt.", found[at][0], 1, f"„{key[1]}“ einmal in diesem Block", "zweimal"
                )
        absent = [
            f"{block.title}: {label}" for block in BLOCKS for label in block.labels if (block.name, label) not in keys
        ]
        if absent:
            self.refuse("Zeilen fehlen.", self.end, 1, f"{len(keys) + len(absent)} Zeilen", "es fehlt " + absent[0])


def _frame(sheet: _Sheet, years: Sequence[str]) -> pl.DataFrame:
    """One row per figure, without the columns that are the same in all."""
    body = sheet.body(len(years))
    rows = [at + 1 for at, _, _ in body for _ in years]
    places = [letter(FIRST + at) for _ in body for at in range(len(years))]
    cells = [sheet.rows[at][FIRST + column] for at, _, _ in body for column in range(len(years))]
    read = cell_values(cells, BA, refuser(sheet.complain, rows, places, BA))
    frame = pl.DataFrame(
        {
            "row": rows,
            "place": places,
            "time": [
                f"{year}-06-30" if block.time_kind == "stichtag" else year for _, block, _ in body for year in years
            ],
            "time_kind": [block.time_kind for _, block, _ in body for _ in years],
            "block": [block.name for _, block, _ in body for _ in years],
            "label": [label for _, _, label in body for _ in years],
            "item": [f"{block.name}.{slug(label)}" for _, block, label in body for _ in years],
            "item_label": [f"{block.title}: {label}" for _, block, label in body for _ in years],
            "dimensions": [""] * len(cells),
        }
    ).hstack(read)
    _check_counts(frame, sheet)
    _check_sexes(frame, sheet)
    return frame.drop("block", "label")


def _check_counts(frame: pl.DataFrame, sheet: _Sheet) -> None:
    """Counts are whole, averages are of twelve months, nothing is negative, no part is above its total."""
    months = pl.when(pl.col("time_kind") == "stichtag").then(1).otherwise(12)
    parts = pl.col("value") * months
    total = pl.col("value").filter(pl.col("label") == TOTAL).first().over("block", "time")
    faults = (
        ("Eine Anzahl von Personen ist negativ.", pl.col("value") < 0, "0 oder mehr"),
        (
            "Eine Anzahl ist nicht ganz, oder ein Jahresdurchschnitt kann keiner aus zwölf Monaten sein.",
            (parts - parts.round()).abs() > 1e-4,
            "eine ganze Zahl, bei Jahresdurchschnitten ein Zwölftel davon",
        ),
        ("Ein Teil ist größer als das Ganze.", pl.col("value") > total + 1e-6, "höchstens der Wert bei „Insgesamt“"),
    )
    for what, rule, expected in faults:
        found = frame.filter(rule)
        if found.height:
            first = found.row(0, named=True)
            sheet.complain(
                what, row=first["row"], column=first["place"], expected=expected, found=first["value"], remedy=AGAIN
            )


def _check_sexes(frame: pl.DataFrame, sheet: _Sheet) -> None:
    """Men and women are all, where none of the three is withheld; else the words of two rows were swapped."""
    by = ["block", "time"]
    total, men, women = (frame.filter(label=label).select(*by, "row", "place", "value") for label in (TOTAL, *SEXES))
    both = total.join(men, on=by, suffix="_men").join(women, on=by, suffix="_women", maintain_order="left")
    added = pl.col("value_men") + pl.col("value_women")
    wrong = both.with_columns(added=added).filter((pl.col("added") - pl.col("value")).abs() > 1e-4).sort("row")
    if wrong.height:
        first = wrong.row(0, named=True)
        sheet.complain(
            "Männer und Frauen ergeben zusammen nicht „Insgesamt“.",
            row=first["row"],
            column=first["place"],
            expected=f"{first['added']:g}, die Summe der Zeilen {first['row_men']} und {first['row_women']}",
            found=f"{first['value']:g}",
            remedy=AGAIN,
        )


def _check_area(file: RawFile, key: str, state: str, years: Sequence[str], sheet: _Sheet) -> None:
    named = _IN_NAME.search(file.name)
    if named and named.group(1) != key:
        sheet.refuse(
            "Dateiname und Inhalt nennen verschiedene Gebiete.", 3, 0, f"{named.group(1)} wie im Dateinamen", key
        )
    if not is_in_land(key):
        sheet.refuse("Der Schlüssel gehört zu keinem Land.", 3, 0, "Schlüssel, beginnend mit 01 bis 16", key)
    if state != years[-1]:
        sheet.refuse(
            "Der Gebietsstand ist nicht der des letzten Jahres.", 3, 0, f"Gebietsstand im Jahr {years[-1]}", state
        )


def _imprint(book: Workbook) -> dict[str, str]:
    """What the imprint says of the edition: only these four lines of it, never whom to ask."""
    if IMPRINT not in book.names:
        return {}
    rows = [[text_of(cell) for cell in row[:2]] for row in book.rows(IMPRINT)]
    said = {row[0].rstrip(":"): row[1] for row in rows if len(row) == 2 and row[1]}
    found = {label: said[label] for label in ("Produkt-ID", "Berichtsjahr", "Erstellungsdatum") if label in said}
    cite = next((at for at, row in enumerate(rows) if row and row[0] == "Zitierhinweis:"), None)
    if cite is not None:
        lines = [row[1] for row in rows[cite : cite + 2] if len(row) == 2 and row[1]]
        found["Zitierhinweis"] = ", ".join(lines)
    return found


def _check_imprint(imprint: dict[str, str], years: Sequence[str], complain: Complaint) -> None:
    said = imprint.get("Berichtsjahr", years[-1])
    if said != years[-1]:
        complain(
            "Impressum und Tabelle nennen verschiedene Berichtsjahre.",
            column=IMPRINT,
            expected=f"Berichtsjahr {years[-1]}, wie im Tabellenkopf",
            found=said,
            remedy=AGAIN,
        )


def _withheld(frame: pl.DataFrame) -> bool:
    return bool((frame["status"] == "secret").any())


FORMAT = Format(
    key="ba_kommunal",
    name="Arbeitsmarkt kommunal",
    publisher="Bundesagentur für Arbeit",
    recognises=recognises,
    read=read,
)
