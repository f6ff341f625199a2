"""„Hessische Gemeindestatistik“ of the Hessisches Statistisches Landesamt: a workbook with a table per sheet.

What belongs here: every sheet of the workbook that has figures by area, whatever its subject. A table is known by its
build, not by its name: a title with the reference date, a head of merged cells with the key column „Amtlicher
Gebietsschlüssel“, rows with keys of 6 digits, a rule `________`, footnotes. What does not: which figure becomes which
item of the atlas (`pipelines.sources.maps`), adding up.

`item` is the sheet and the path of its head down to the unit, without dates, so that it is the same in every edition:
`bevoelkerung.davon.maennlich.anzahl`. `unit` is empty where the publisher prints none. A kreisfreie Stadt is Kreis and
Gemeinde, so its figures stand at both levels. Whether figures agree with each other is looked at in `hgst_checks`.

Source of the format: the workbook of 2022. A cut end is noticed by the rule and by the areas of the other sheets; a row
taken out by the areas of the other sheets and the sums. Not noticed: a whole sheet taken out; heads that were swapped
where no share, total or balance stands beside the figures.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NoReturn

import polars as pl

from pipelines.errors import InputError
from pipelines.geography.keys import areas_of_hsl, hsl_of_kreis
from pipelines.readers import hgst_checks, hgst_head
from pipelines.readers.hgst_checks import Agreement
from pipelines.readers.hgst_head import Head
from pipelines.readers.rawfile import RawFile
from pipelines.readers.reading import Agreed, Format, Reading, Refused, check_agreed, tidy
from pipelines.readers.signs import HSL, cell_values, refuser
from pipelines.readers.text import MONTHS, slug
from pipelines.readers.workbook import AGAIN, Workbook, letter, text_of

NAME = "Hessische Gemeindestatistik"
# How many rows are enough to know a table by, how many keys are named in a note
SOME = 10
# A sheet with fewer rows holds neither a table nor words to read
FEW = 2
# Units of land, whose figures rest on no census
AREA = ("km2", "km²", "ha", "Hektar", "m2", "m²")
_RULE = re.compile(r"_{3,}")
_MONTH = rf"(?:{'|'.join(MONTHS)}) [0-9]{{4}}"
_EDITION = re.compile(rf"(?:[0-9]+\., [a-zäöüß]+ Auflage, |Auflage:? )?(?:Erschienen im )?{_MONTH}")
_YEAR = re.compile(rf"{NAME}\W{{1,3}}([0-9]{{4}})\b")
_STATE = re.compile(rf"(?:^|[.] )([A-ZÄÖÜ][^.]*?Gebietsstand(?:[^.]|[.](?= {_MONTH}))*[.])")


@dataclass(frozen=True)
class Table:
    """A sheet with figures: its columns, its rows as (row from 0, key as written, name), its footnotes."""

    sheet: str
    head: Head
    cells: Sequence[Sequence[object]]
    rows: tuple[tuple[int, str, str], ...]
    empty: tuple[str, ...]
    footnotes: tuple[str, ...]
    ended: bool

    @property
    def gemeinden(self) -> frozenset[str]:
        """Official keys of its Gemeinden."""
        areas = (area for _, key, _ in self.rows for area in areas_of_hsl(key))
        return frozenset(key for level, key in areas if level == "gemeinde")


def recognises(file: RawFile) -> bool:
    """Whether a file is a workbook with a table by the keys of the statistical office of Hesse."""
    try:
        if not file.is_workbook:
            return False
        book = file.workbook
        return any(_looks_alike(book.head(sheet, 20)) for sheet in book.names)
    except InputError:
        return False


def read(file: RawFile, agreed: Agreed) -> Reading:
    """The figures of all sheets of the workbook.

    Raises InputError for figures without key, head or time, keys of no known form or twice in a sheet, heads whose
    merged cells are broken, unknown signs, a cut sheet, dates and figures that contradict each other or `agreed`.
    """
    book = file.workbook
    tables, words, refused = [], {}, []
    for sheet in book.names:
        cells = book.rows(sheet)
        if hgst_head.find(cells) is None:
            _refuse_without_keys(book, sheet, cells)
            words[sheet] = cells
            if sum(any(cell != "" for cell in row) for row in cells) < FEW:
                refused.append(Refused(f"Blatt „{sheet}“", "Es enthält keine Tabelle.", 0))
        elif _is_list(cells):
            refused.append(Refused(f"Blatt „{sheet}“", "Es zählt Gebiete auf und enthält keine Zahlen.", 0))
        else:
            tables.append(_table(book, sheet, cells, agreed))
    if not tables:
        book.complain(
            "Die Arbeitsmappe enthält keine Tabelle mit Zahlen.",
            expected="mindestens ein Blatt mit Gebietsschlüsseln und Zahlen",
            found=", ".join(book.names),
            remedy=AGAIN,
        )
    notes = [*_compare_areas(book, tables), *_footnotes(tables)]
    hgst_checks.refuse_swapped_keys(book, [(table.sheet, table.rows) for table in tables])
    hgst_head.refuse_other_dates(book, [table.head for table in tables])
    frame = tidy(pl.concat([_frame(book, table) for table in tables]))
    for table in tables:
        Agreement(book, table.sheet, table.head.columns, frame).check()
    sums = hgst_checks.sums(book, frame, [(table.sheet, table.head.columns) for table in tables])
    check_agreed(frame, agreed, book.complain)
    said = _Said(words)
    return Reading(
        file=file,
        format=FORMAT.key,
        title=said.title,
        frame=frame,
        stand=said.edition,
        attribution=said.attribution,
        notes=(*said.notes, *notes, *sums),
        refused=(*refused, *_empty(tables)),
    )


def _looks_alike(cells: Sequence[Sequence[object]]) -> bool:
    found = hgst_head.find(cells)
    if found is None:
        return False
    keys = [key for row in cells[found[0] + 1 :] if (key := _key(row[found[1]]))]
    return len(keys) > 1 and all(_is_area(key) for key in keys[:SOME])


def _key(cell: object) -> str | None:
    """A key of 6 digits as text; workbooks that hold keys as numbers lose the zeros of the Land only."""
    if isinstance(cell, float) and cell == 0:
        return "000000"
    text = text_of(cell)
    return text if re.fullmatch("[0-9]{6}", text) else None


def _is_area(key: str) -> bool:
    try:
        return bool(areas_of_hsl(key))
    except ValueError:
        return False


def _refuse_without_keys(book: Workbook, sheet: str, cells: Sequence[Sequence[object]]) -> None:
    """A sheet of words may hold a few numbers; a table without its key column is damaged."""
    full = [
        at
        for at, row in enumerate(cells)
        if sum(isinstance(cell, float) and not _is_area(text_of(cell)) for cell in row) > 1
    ]
    if len(full) >= SOME:
        book.complain(
            "Ein Blatt mit Zahlen hat keine Spalte mit Gebietsschlüsseln.",
            row=full[0] + 1,
            column=sheet,
            expected="eine Spalte mit der Überschrift „Amtlicher Gebietsschlüssel“",
            found="keine",
            remedy=AGAIN,
        )


def _is_list(cells: Sequence[Sequence[object]]) -> bool:
    """Whether a sheet with a key column has nothing but keys and words below its head, as a list of members has.

    A head of a table without any row below is none: its rows were cut off.
    """
    top, at_key = hgst_head.find(cells) or (0, 0)
    below = cells[top + 1 :]
    beside = [cell for row in below for at, cell in enumerate(row) if at != at_key and cell != ""]
    has_keys = any(_key(row[at_key]) for row in below)
    return not any(_is_figure(cell) for cell in beside) and (has_keys or hgst_head.names_areas_only(cells[top]))


def _is_figure(cell: object) -> bool:
    text = text_of(cell)
    return bool(re.fullmatch(r"[(]?[-+−]?[0-9][0-9 ]*(?:[.,][0-9]+)?[)]?(?: ?[rpse])?|[•—]", text)) and not _key(text)


def _table(book: Workbook, sheet: str, cells: Sequence[Sequence[object]], agreed: Agreed) -> Table:
    top, column = hgst_head.find(cells) or (0, 0)
    first = next((at for at in range(top + 1, len(cells)) if _key(cells[at][column])), None)
    if first is None:
        book.complain(
            "Eine Tabelle hat keine Zeile mit einem Gebietsschlüssel.",
            row=top + 1,
            column=f"{sheet}!{letter(column)}",
            expected="Schlüssel mit 6 Ziffern unter der Überschrift",
            found="keine",
            remedy=AGAIN,
        )
    return _Rows(book, sheet, cells, Head(book, sheet, cells, first, agreed.time)).table()


class _Rows:
    """The rows of a sheet below its head, told apart: areas, headings, the rule, footnotes."""

    def __init__(self, book: Workbook, sheet: str, cells: Sequence[Sequence[object]], head: Head) -> None:
        self.book = book
        self.sheet = sheet
        self.cells = cells
        self.head = head
        self.rows: dict[str, tuple[int, str, str]] = {}
        self.empty: list[str] = []
        self.footnotes: list[str] = []
        self.ended = False

    def table(self) -> Table:
        """The table. Raises InputError for rows that are none of these."""
        for at in range(self.head.first, len(self.cells)):
            self._take(at, self.cells[at])
        last = next(reversed(self.rows), "")
        rows, ended = tuple(self.rows.values()), self.ended or last.startswith("9")
        return Table(self.sheet, self.head, self.cells, rows, tuple(self.empty), tuple(self.footnotes), ended)

    def _take(self, at: int, row: Sequence[object]) -> None:
        written = text_of(row[self.head.key_column])
        figures = [column.at for column in self.head.columns if row[column.at] != ""]
        key = _key(row[self.head.key_column])
        if self.ended:
            if key and figures:
                self._refuse("Unter dem Strich am Ende der Tabelle stehen weitere Zeilen.", at, "Fußnoten", key)
            self.footnotes += [text for cell in row if (text := text_of(cell))][:1]
        elif any(_RULE.fullmatch(text_of(cell)) for cell in row[:3]):
            self.ended = True
        elif key:
            self._take_area(at, key, text_of(row[self.head.name_column]), bool(figures))
        elif figures:
            self._refuse(
                "Eine Zeile mit Zahlen hat keinen gültigen Gebietsschlüssel.", at, "6 Ziffern", written or "leere Zelle"
            )

    def _take_area(self, at: int, key: str, name: str, has_figures: bool) -> None:
        if not _is_area(key):
            self._refuse(
                "Ein Gebietsschlüssel hat eine unbekannte Form.",
                at,
                "000000, 400000, 432000, 432001, 432200, 411000, 100000 oder 900000 und gleich gebaute",
                key,
            )
        if key in self.rows:
            self._refuse(
                "Ein Gebietsschlüssel steht doppelt.", at, f"{key} einmal (Zeile {self.rows[key][0] + 1})", "zweimal"
            )
        if not has_figures:
            self.empty.append(f"Zeile {at + 1} ({key})")
            return
        self.rows[key] = (at, key, hgst_head.without_marks(name))

    def _refuse(self, what: str, at: int, expected: str, found: str) -> NoReturn:
        self.book.complain(
            what,
            row=at + 1,
            column=f"{self.sheet}!{letter(self.head.key_column)}",
            expected=expected,
            found=found,
            remedy=AGAIN,
        )


def _frame(book: Workbook, table: Table) -> pl.DataFrame:
    """The figures of a sheet, those of a kreisfreie Stadt at both levels."""
    columns, subject = table.head.columns, slug(table.sheet)
    at_rows = [at for at, _, _ in table.rows for _ in columns]
    at_columns = [column for _ in table.rows for column in columns]
    places = [f"{table.sheet}!{letter(column.at)}" for column in at_columns]
    cells = [table.cells[at][column.at] for at, column in zip(at_rows, at_columns, strict=True)]
    read = cell_values(cells, HSL, refuser(book.complain, [at + 1 for at in at_rows], places, HSL))
    figures = pl.DataFrame(
        {
            "row": [at + 1 for at in at_rows],
            "place": places,
            "time": [column.time for column in at_columns],
            "time_kind": [column.time_kind for column in at_columns],
            "item": [f"{subject}.{column.item}" for column in at_columns],
            "item_label": [f"{table.sheet}: {column.label}" for column in at_columns],
            "unit": [column.unit for column in at_columns],
            "basis": pl.Series(
                [None if column.unit in AREA else table.head.basis for column in at_columns], dtype=pl.String
            ),
        }
    ).hstack(read)
    areas = pl.DataFrame(
        [(at + 1, key, name, level, area) for at, key, name in table.rows for level, area in areas_of_hsl(key)],
        schema=["row", "source_key", "name", "level", "key"],
        orient="row",
    )
    return figures.join(areas, on="row", maintain_order="left").with_columns(dimensions=pl.lit(""))


def _compare_areas(book: Workbook, tables: Sequence[Table]) -> list[str]:
    """Notes on sheets without rows that most others have; without its end, such a sheet is refused."""
    often = Counter(key for table in tables for _, key, _ in table.rows)
    usual = {key for key, count in often.items() if 2 * count > len(tables)}
    gemeinden = {key for table in tables for key in table.gemeinden}
    some_ended = any(table.ended for table in tables)
    absent: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for table in tables:
        _refuse_orphans(book, table)
        missing = sorted(usual - {key for _, key, _ in table.rows})
        absent[tuple(missing)].append(table.sheet)
        if not table.ended and (missing or not some_ended):
            book.complain(
                "Ein Blatt ist abgeschnitten.",
                row=max((at for at, _, _ in table.rows), default=table.head.first) + 1,
                column=table.sheet,
                expected="am Ende ein Strich ________ oder die Zeilen der Verbände (900000)",
                found=f"das Ende nach {len(table.gemeinden)} Gemeinden",
                remedy=AGAIN,
            )
    return [f"{len(gemeinden)} Gemeinden in {len(tables)} Tabellen."] + [
        f"{', '.join(sheets)}: Es fehlen {len(keys)} Zeilen, die andere Blätter haben: {', '.join(keys[:SOME])}"
        + (" und weitere." if len(keys) > SOME else ".")
        for keys, sheets in absent.items()
        if keys
    ]


def _refuse_orphans(book: Workbook, table: Table) -> None:
    """Every Gemeinde stands below the row of its Kreis; else rows were taken out."""
    keys = {key for _, key, _ in table.rows}
    for at, key, _ in table.rows:
        if areas_of_hsl(key)[0][0] not in ("gemeinde", "gemeindefrei"):
            continue
        kreis = hsl_of_kreis(key)
        if kreis not in keys:
            book.complain(
                "Die Zeile eines Kreises fehlt.",
                row=at + 1,
                column=f"{table.sheet}!{letter(table.head.key_column)}",
                expected=f"eine Zeile {kreis} über {key}",
                found="keine",
                remedy=AGAIN,
            )


def _footnotes(tables: Sequence[Table]) -> list[str]:
    """Footnotes with the sheets they stand in: they can change what a figure means."""
    sheets: dict[str, list[str]] = defaultdict(list)
    for table in tables:
        for text in table.footnotes:
            sheets[text].append(table.sheet)
    return [f"Fußnote ({', '.join(names)}): {text}" for text, names in sheets.items()]


def _empty(tables: Iterable[Table]) -> list[Refused]:
    return [
        Refused(f"Blatt „{table.sheet}“, {', '.join(table.empty)}", "Die Zeilen enthalten keine Angabe.", 0)
        for table in tables
        if table.empty
    ]


class _Said:
    """What the sheets of words say of the edition; single lines known by their form, never whom to ask."""

    def __init__(self, sheets: dict[str, Sequence[Sequence[object]]]) -> None:
        self._texts = [text_of(cell) for cells in sheets.values() for row in cells for cell in row if cell != ""]

    @property
    def title(self) -> str:
        """Name of the publication, with its year if the workbook says it."""
        year = next((found.group(1) for text in self._texts if (found := _YEAR.search(text))), None)
        return f"{NAME} {year}" if year else NAME

    @property
    def edition(self) -> str | None:
        """Edition and month, `2., korrigierte Auflage, Februar 2023`."""
        return next((text for text in self._texts if _EDITION.fullmatch(text)), None)

    @property
    def attribution(self) -> str | None:
        """The line of the copyright."""
        return next((text for text in self._texts if text.startswith("© Hessisches Statistisches Landesamt")), None)

    @property
    def notes(self) -> list[str]:
        """Corrections of the edition, and which Gebietsstand holds."""
        corrections = [text for text in self._texts if text.startswith("Korrektur")]
        states = [found.group(1) for text in self._texts if (found := _STATE.search(text))]
        return [*corrections[:1], *states[:1]]


FORMAT = Format(
    key="hgst",
    name=NAME,
    publisher="Hessisches Statistisches Landesamt",
    recognises=recognises,
    read=read,
)
