"""A crosstab cut into its parts: title lines, header rows, rows of figures, foot; as CSV and as workbook.

What belongs here: where a part begins and ends, in both containers. What does not: what rows and columns mean
(`crosstab_table`).

A crosstab begins with `GENESIS-Tabelle: <code>` (older) or `Tabelle: <code>` (newer); title lines fill the first cell
only; header rows fill others; the first row with the key of an area opens the figures. The foot begins at a line of
underscores, a copyright or the `Stand:`; it is quoted over many lines, so nothing is read as CSV beyond that point.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NoReturn

import polars as pl

from pipelines.errors import InputError
from pipelines.readers.csv_text import BOM, Complaint
from pipelines.readers.text import AGAIN, MONTH_NAMES, decode, lines, shape
from pipelines.readers.workbook import Workbook, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.readers.rawfile import RawFile

CODE = re.compile(r'^\s*"?(?:GENESIS-)?(?:Tabelle|Table):\s*([^;"]+?)\s*"?[;\s]*$')
KEY = r"^(?:DG|[0-9]{2}|[0-9]{3}|[0-9]{5}|[0-9]{8}|[0-9]{9}|[0-9]{12})$"
YEAR = "(?:18|19|20)[0-9]{2}"
PART_OF_YEAR = (
    rf"(?:WS|WiSe|Wintersemester) {YEAR}/[0-9]{{2}}|(?:SS|SoSe|Sommersemester) {YEAR}"
    rf"|[1-4]\. ?(?:Quartal|Vierteljahr) {YEAR}|[12]\. ?Halbjahr {YEAR}|{YEAR}[ -]?Q[1-4]"
)
TIME = (
    rf"^(?:(?:0[1-9]|[12][0-9]|3[01])\.(?:0[1-9]|1[0-2])\.{YEAR}|{YEAR}-[01][0-9](?:-[0-3][0-9])?"
    rf"|(?:(?:0?[1-9]|[12][0-9]|3[01])\.? ?)?(?:{MONTH_NAMES}) {YEAR}|{YEAR}(?:/(?:[0-9]{{2}}|{YEAR}))?"
    rf"|{PART_OF_YEAR})$"
)
# Title lines, header rows and a row with a time alone; no table of the databases has as many
OPENING = 100
# Keys stand within the first cells of a row, even where other labels stand before them
LABELS = 6
# Between the cells of a line while it is looked at; no office prints it
SEPARATOR = "\x1f"
GET_AGAIN = (
    "Die Tabelle in der Datenbank noch einmal vollständig abrufen und nicht in einem anderen Programm speichern."
)
IN_PIECES = "Die Tabelle in mehreren Dateien abrufen, etwa je Land oder je Zeitraum."
# Text, lines and cells of a file are in memory together
LIMIT = 64 * 2**20
# Before the date in the last line, in either language
STAND = "(?:Stand|Status|As of|[Cc]reated)"
_FOOT = rf'^\s*"?\s*(?:_{{5,}}|©|\([cC]\)|{STAND}:)'
_NON_BLANK = rf"[^{SEPARATOR}\s][^{SEPARATOR}]*"
_SHEETS = 10
_TOP = 5


@dataclass(frozen=True)
class Parts:
    """The parts of one crosstab.

    header: row number and cells of each header row. body: columns row, group (the time of a row that stands alone above
    its figures, else null) and one column of text per cell, named by its position. foot: its lines as they stand.
    """

    complain: Complaint
    code: str
    titles: tuple[str, ...]
    header: tuple[tuple[int, list[str]], ...]
    body: pl.DataFrame
    foot: tuple[str, ...]
    workbook: bool

    @property
    def width(self) -> int:
        """Cells of a row."""
        return len(self.header[0][1])

    @property
    def first_row(self) -> int:
        """Number of the first row of figures."""
        return self.body["row"][0]


def code_of(file: RawFile) -> str | None:
    """The code of the table a file begins with; None for a file that is no crosstab. Never raises."""
    try:
        if file.is_workbook:
            found = _sheet(file.workbook)
            return found[2] if found else None
        match = CODE.match(file.head.removeprefix(BOM).split(b"\n", 1)[0][:1000].decode("utf-8", errors="replace"))
    except (InputError, OSError):
        return None
    return match.group(1) if match else None


def parts_of(file: RawFile) -> Parts:
    """The parts of a crosstab.

    Raises InputError for a file without code, keys, header or foot, and for a row with too few or too many cells.
    """
    complain = Complaint(file)
    if file.is_workbook:
        return _of_workbook(file.workbook, complain)
    if file.size > LIMIT:
        complain(
            "Die Tabelle ist zu groß, um sie auf einmal zu lesen.",
            expected=f"höchstens {LIMIT // 2**20} MB",
            found=f"{file.size / 2**20:.0f} MB",
            remedy=IN_PIECES,
        )
    texts = lines(decode(file))
    return _parts(_separated(texts, complain), texts, complain)


def lost_zero(cell: str) -> bool:
    """Whether a cell is a key from which a spreadsheet took the leading zero."""
    return len(cell) in (1, 4, 7, 11) and re.match(KEY, f"0{cell}") is not None and not re.match(f"0|{TIME}", cell)


def _of_workbook(book: Workbook, complain: Complaint) -> Parts:
    found = _sheet(book)
    if found is None:
        complain(
            "Kein Blatt der Arbeitsmappe ist eine Tabelle der Datenbank.",
            expected="ein Blatt, das mit „Tabelle: <Code>“ beginnt",
            found=", ".join(book.names[:_SHEETS]) or "kein Blatt",
            remedy=GET_AGAIN,
        )
    sheet, top, _ = found
    cells = [[_written(cell) for cell in row] for row in book.rows(sheet)]
    opening = next((at for at, row in enumerate(cells[:OPENING]) if at > top and _is_figures(row)), len(cells))
    for (first, column), (last, end) in book.merged(sheet):
        # A label that belongs to several rows is merged downwards; headers are filled to the right elsewhere
        if column == end and first >= opening:
            for row in range(first + 1, last + 1):
                cells[row][column] = cells[first][column]
    joined = pl.Series([SEPARATOR.join(row) for row in cells[top:]], dtype=pl.String)
    return _parts(joined, [" ".join(filter(None, row)) for row in cells[top:]], complain, before=top, workbook=True)


def _sheet(book: Workbook) -> tuple[str, int, str] | None:
    """Name of the first sheet that holds a table, how many rows stand above it, and the code of the table."""
    for name in book.names[:_SHEETS]:
        for at, row in enumerate(book.head(name, _TOP)):
            match = CODE.match(text_of(row[0])) if row else None
            if match:
                return name, at, match.group(1)
    return None


def _written(cell: object) -> str:
    """A cell of a workbook as the CSV of the same table writes it: decimal comma, days as dd.mm.yyyy."""
    if isinstance(cell, float) and not cell.is_integer():
        return f"{cell:.15g}".replace(".", ",")
    if isinstance(cell, dt.date):
        return f"{cell:%d.%m.%Y}"
    return text_of(cell).replace(SEPARATOR, " ")


def _separated(texts: list[str], complain: Complaint) -> pl.Series:
    """Lines of a CSV with SEPARATOR between their cells, quotes resolved; a quoted cell holds no line break here."""
    series = pl.Series(texts, dtype=pl.String)
    if series.str.contains(SEPARATOR, literal=True).any():
        complain("Die Datei ist keine Textdatei.", expected="Text", found="ein Steuerzeichen", remedy=AGAIN)
    quoted = series.str.contains('"', literal=True)
    plain = series.str.replace_all(";", SEPARATOR, literal=True)
    if not quoted.any():
        return plain
    at = quoted.arg_true()
    try:
        resolved = [SEPARATOR.join(next(csv.reader([texts[line]], delimiter=";"), [])) for line in at]
    except csv.Error:
        complain(
            "Eine Zeile ist nicht lesbar.",
            expected="Zellen mit Semikolon getrennt",
            found="eine andere Form",
            remedy=AGAIN,
        )
    return plain.scatter(at, resolved)


def _parts(
    joined: pl.Series, texts: Sequence[str], complain: Complaint, *, before: int = 0, workbook: bool = False
) -> Parts:
    """joined: lines with SEPARATOR between cells; texts: the same lines as they stand; before: rows above them."""
    code = CODE.match(joined[0].replace(SEPARATOR, ";"))
    if code is None:
        complain(
            "Die Datei beginnt nicht wie eine Tabelle der Datenbank.",
            row=1 + before,
            expected="GENESIS-Tabelle: <Code> oder Tabelle: <Code>",
            found=f"eine Zeile mit {joined[0].count(SEPARATOR) + 1} Zellen",
            remedy=GET_AGAIN,
        )
    top = [[cell.strip() for cell in line.split(SEPARATOR)] for line in joined.head(OPENING)]
    opening = next((at for at, cells in enumerate(top) if at and _is_figures(cells)), None)
    if opening is None:
        _refuse_without_keys(top, complain, before)
    titles, header, group = _opening(top[:opening], complain, before)
    width = len(header[0][1])
    frame = (
        pl.DataFrame({"line": joined.slice(opening), "text": pl.Series(texts[opening:], dtype=pl.String)})
        .with_row_index("row", offset=opening + before + 1)
        .with_columns(pl.col("row").cast(pl.Int64), filled=pl.col("line").str.count_matches(_NON_BLANK))
        .with_columns(alone=pl.col("line").str.split(SEPARATOR).list.first().str.strip_chars())
        .with_columns(
            is_time=(pl.col("filled") == 1) & pl.col("alone").str.contains(TIME),
        )
    )
    foot = frame.filter(pl.col("text").str.contains(_FOOT) | ((pl.col("filled") == 1) & ~pl.col("is_time")))
    end = foot["row"][0] if foot.height else None
    body = frame if end is None else frame.filter(pl.col("row") < end)
    rest = () if end is None else tuple(texts[end - before - 1 :])
    _refuse_figures_in_foot(frame, end, width, complain)
    return Parts(complain, code.group(1), titles, header, _body(body, width, group, complain), tuple(rest), workbook)


def _is_figures(cells: Sequence[str]) -> bool:
    """Whether a line is a row of figures: its first cell is filled and one of the first is the key of an area."""
    return len(cells) > 1 and bool(cells[0]) and any(cells[1:]) and any(re.match(KEY, cell) for cell in cells[:LABELS])


def _opening(
    top: list[list[str]], complain: Complaint, before: int
) -> tuple[tuple[str, ...], tuple[tuple[int, list[str]], ...], str | None]:
    """Title lines, header rows with their numbers, and the time that stands alone above the first figures."""
    titles: list[str] = []
    header: list[tuple[int, list[str]]] = []
    group = None
    for at, cells in enumerate(top[1:], start=2 + before):
        filled = [cell for cell in cells if cell]
        if not filled:
            continue
        if len(filled) > 1 or not cells[0]:
            header.append((at, cells))
        elif not header:
            titles.append(cells[0])
        elif re.match(TIME, cells[0]):
            group = cells[0]
        else:
            complain(
                "Zwischen Kopf und Zahlen steht eine Zeile, die niemand erwartet.",
                row=at,
                expected="eine Kopfzeile, ein Stichtag oder die erste Zeile mit Zahlen",
                found=f"eine Zeile mit {len(filled)} gefüllten Zellen",
                remedy=GET_AGAIN,
            )
    if not header:
        complain(
            "Die Tabelle hat keine Kopfzeile.",
            row=len(top) + before,
            expected="mindestens eine Zeile mit den Überschriften der Spalten über den Zahlen",
            found="keine",
            remedy=GET_AGAIN,
        )
    width = len(header[0][1])
    for at, cells in header:
        if len(cells) != width:
            _refuse_cells(at, width, len(cells), complain)
    return tuple(titles), tuple(header), group


def _body(frame: pl.DataFrame, width: int, group: str | None, complain: Complaint) -> pl.DataFrame:
    """Rows of figures, cell by cell, with the time that stands alone above them."""
    frame = frame.with_columns(
        group=pl.when("is_time").then("alone").forward_fill().fill_null(pl.lit(group, dtype=pl.String)),
        cells=pl.col("line").str.count_matches(SEPARATOR, literal=True) + 1,
    ).filter((pl.col("filled") > 0) & ~pl.col("is_time"))
    ragged = frame.filter(pl.col("cells") != width)
    if ragged.height:
        _refuse_cells(ragged["row"][0], width, ragged["cells"][0], complain)
    split = frame["line"].str.split_exact(SEPARATOR, width - 1).struct.unnest()
    split.columns = [str(at) for at in range(width)]
    return frame.select("row", "group").hstack(
        split.select(pl.all().str.replace_all("[\u00a0\u202f\u00ad]", " ").str.strip_chars())
    )


def _refuse_cells(row: int, width: int, found: int, complain: Complaint) -> NoReturn:
    complain(
        "Eine Zeile hat nicht so viele Zellen wie der Kopf der Tabelle.",
        row=row,
        expected=f"{width} Zellen",
        found=f"{found} Zellen",
        remedy=GET_AGAIN,
    )


def _refuse_without_keys(top: list[list[str]], complain: Complaint, before: int) -> NoReturn:
    for at, cells in enumerate(top[1:], start=2 + before):
        named = pairwise(cells[: LABELS + 1])
        lost = next((cell for cell, name in named if lost_zero(cell) and re.search("[A-Za-z]{2}", name)), None)
        if lost is not None and cells[0]:
            complain(
                "Ein Schlüssel hat seine führende Null verloren.",
                row=at,
                column=f"Zelle {cells.index(lost) + 1}",
                expected=f"{len(lost) + 1} Ziffern, die erste eine 0",
                found=shape(lost),
                remedy=GET_AGAIN,
            )
    complain(
        "Die Tabelle nennt keine Schlüssel von Gebieten, oder sie hat keine Zahlen.",
        expected="Zeilen mit DG oder einem Schlüssel mit 2, 3, 5, 8, 9 oder 12 Ziffern vor dem Namen",
        found=f"keine in den ersten {len(top)} Zeilen",
        remedy="Die Tabelle für Kreise oder Gemeinden abrufen und dabei die Schlüssel (Codes) mit ausgeben lassen; "
        "über Namen wird nichts zugeordnet.",
    )


def _refuse_figures_in_foot(frame: pl.DataFrame, end: int | None, width: int, complain: Complaint) -> None:
    if end is None:
        return
    later = frame.filter(
        (pl.col("row") > end)
        & (pl.col("line").str.count_matches(SEPARATOR, literal=True) == width - 1)
        & (pl.col("filled") > 2)
        & pl.col("line").str.contains(rf"(?:^|{SEPARATOR})\s*(?:{KEY[1:-1]})\s*{SEPARATOR}")
    )
    if later.height:
        complain(
            "Im Fuß der Tabelle steht eine Zeile mit Zahlen.",
            row=later["row"][0],
            expected=f"alle Zahlen vor Zeile {end}, wo der Fuß beginnt",
            found=f"eine Zeile mit {width} Zellen",
            remedy=GET_AGAIN,
        )
