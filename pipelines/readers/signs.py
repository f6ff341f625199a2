"""What offices print in place of a number, or beside one, and the one place where such cells become values.

What belongs here: signs per publisher, number formats, a dash told apart. What does not: which cell belongs to what.
Never is a sign turned into zero or nothing without being kept; a sign that is not listed is an error, not a guess.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import polars as pl

if TYPE_CHECKING:
    from pipelines.readers.csv_text import Complaint

# The status a dash has until `settle_dashes` has looked at the cells around it
DASH = "dash"
MARKS = {"r": "revised", "p": "provisional", "s": "estimated", "e": "final"}
# Digits behind a leading zero are a key that strayed among numbers
PLAIN_DIGITS = "0|[1-9][0-9]*"
# Digits a float holds exactly; no office counts further
DIGITS = 15
SHOWN = 40
THOUSANDS = re.compile(r"[-+−]?[0-9]{1,3}(?:[ .,'’\u00a0\u202f][0-9]{3})+")


@dataclass(frozen=True)
class Signs:
    """The signs of one publisher: sign to status; decimal and thousands mark of numbers written as text."""

    publisher: str
    table: Mapping[str, str]
    decimal: str = ","
    thousands: str | None = None


GENESIS = Signs(
    "Statistische Ämter",
    {"-": DASH, ".": "secret", "x": "not_applicable", "X": "not_applicable", "/": "uncertain", "...": "later"},
)
HSL = Signs(
    "Hessisches Statistisches Landesamt",
    {
        "—": "zero",
        "•": "secret",
        ".": "secret",
        "x": "not_applicable",
        "X": "not_applicable",
        "/": "uncertain",
        "...": "later",
    },
)
BA = Signs("Bundesagentur für Arbeit", {"*": "secret"})


def values(cells: pl.Series, signs: Signs, refuse: Callable[[int, str], NoReturn]) -> pl.DataFrame:
    """Columns value, status, quality and sign of cells written as text, one row per cell.

    A number may stand in brackets (limited) or carry a mark (r revised, p provisional, s estimated, e final). `refuse`
    is called with the position of the first cell that is neither a number nor a known sign, null and empty included.
    """
    text = cells.cast(pl.String)
    decimal = _escaped(signs.decimal)
    # Nearly every cell of a long column is a bare number: those skip the search for brackets, marks and signs
    bare = text.str.contains(rf"^-?(?:{PLAIN_DIGITS})(?:{decimal}[0-9]+)?$") & (text.str.len_bytes() <= DIGITS)
    others = bare.not_().fill_null(True).arg_true()
    number = text.str.replace_all(signs.decimal, ".", literal=True) if text.str.contains(decimal).any() else text
    frame = pl.select(
        value=pl.when(bare).then(number).cast(pl.Float64),
        status=pl.lit("reported"),
        quality=pl.lit("final"),
        sign=pl.lit(None, dtype=pl.String),
    )
    if others.is_empty():
        return frame
    read = _written(text.gather(others), signs, lambda at, found: refuse(others[at], found))
    return frame.with_columns(frame[name].scatter(others, read[name]).alias(name) for name in frame.columns)


def _written(cells: pl.Series, signs: Signs, refuse: Callable[[int, str], NoReturn]) -> pl.DataFrame:
    """As `values`, of cells that may be anything."""
    decimal, thousands = _escaped(signs.decimal), _escaped(signs.thousands or "")
    whole = rf"[1-9][0-9]{{0,2}}(?:{thousands}[0-9]{{3}})+|{PLAIN_DIGITS}" if signs.thousands else PLAIN_DIGITS
    form = rf"^(\()?([-+−]?(?:{whole})(?:{decimal}[0-9]+)?)(\))?\s?([rpse])?$"
    text = cells.str.replace_all("[\u00a0\u202f\u00ad]", " ").str.strip_chars()
    parts = text.str.extract_groups(form)
    opened, number, closed, mark = (parts.struct.field(str(at)) for at in (1, 2, 3, 4))
    plain = number.str.replace_all("−", "-", literal=True)
    if signs.thousands:
        plain = plain.str.replace_all(signs.thousands, "", literal=True)
    if signs.decimal != ".":
        plain = plain.str.replace_all(signs.decimal, ".", literal=True)
    known = text.replace_strict(list(signs.table), list(signs.table.values()), default=None, return_dtype=pl.String)
    frame = pl.DataFrame(
        {"text": text, "number": plain, "opened": opened, "closed": closed, "mark": mark, "known": known}
    ).with_columns(digits=pl.col("number").str.replace_all("[^0-9]", "").str.strip_chars_start("0").str.len_chars())
    good = pl.col("number").is_not_null() & (pl.col("opened").is_null() == pl.col("closed").is_null())
    faulty = frame.with_row_index("at").filter(
        ~((good & (pl.col("digits") <= DIGITS)) | pl.col("known").is_not_null()).fill_null(False)
    )
    if faulty.height:
        at = faulty["at"][0]
        refuse(at, cells[at] or "leer")
    return frame.select(
        value=pl.when(pl.col("known") == "zero").then(0.0).otherwise(pl.col("number").cast(pl.Float64)),
        status=pl.coalesce(
            "known",
            pl.when(pl.col("mark") == "s").then(pl.lit("estimated")).otherwise(pl.lit("reported")),
        ),
        quality=pl.when(pl.col("opened").is_not_null())
        .then(pl.lit("limited"))
        .otherwise(
            pl.col("mark").replace_strict({"r": "revised", "p": "provisional"}, default="final", return_dtype=pl.String)
        )
        .fill_null("final"),
        sign=pl.when(pl.col("known").is_not_null())
        .then("text")
        .when(pl.col("opened").is_not_null())
        .then(pl.lit("()"))
        .otherwise("mark"),
    )


def cell_values(cells: Sequence[object], signs: Signs, refuse: Callable[[int, str], NoReturn]) -> pl.DataFrame:
    """As `values`, of the cells of a workbook: numbers are taken as they are, text goes through the signs."""
    numbers = [_number(cell) for cell in cells]
    written = [at for at, number in enumerate(numbers) if number is None]
    frame = pl.DataFrame({"value": numbers}, schema={"value": pl.Float64}).with_columns(
        status=pl.lit("reported"), quality=pl.lit("final"), sign=pl.lit(None, dtype=pl.String)
    )
    absurd = next(
        (at for at, number in enumerate(numbers) if number is not None and not abs(number) < 10**DIGITS), None
    )
    if absurd is not None:
        refuse(absurd, str(cells[absurd]))
    if not written:
        return frame
    texts = pl.Series([_text(cells[at]) for at in written], dtype=pl.String)
    read = values(texts, signs, lambda at, found: refuse(written[at], found))
    index = pl.Series(written, dtype=pl.UInt32)
    return frame.with_columns(frame[name].scatter(index, read[name]).alias(name) for name in frame.columns)


def settle_dashes(frame: pl.DataFrame, existing: Mapping[str, frozenset[str]] | None = None) -> pl.DataFrame:
    """Give every dash its status: zero where the area existed at the time, not_applicable where it did not.

    frame: columns key, level, time, value, status. existing: keys that existed, by level, if they are known. Without it
    an area counts as existing when another figure of it at this time is a number.
    """
    if not (frame["status"] == DASH).any():
        return frame
    dash = pl.col("status") == DASH
    if existing is None:
        exists = pl.col("value").is_not_null().any().over("level", "key", "time")
    else:
        known = ((pl.col("level") == level) & pl.col("key").is_in(sorted(keys)) for level, keys in existing.items())
        exists = pl.any_horizontal(pl.lit(False), *known)
    return frame.with_columns(
        value=pl.when(dash & exists).then(0.0).otherwise("value"),
        status=pl.when(dash & exists)
        .then(pl.lit("zero"))
        .when(dash)
        .then(pl.lit("not_applicable"))
        .otherwise("status"),
    )


def refuser(
    complain: Complaint, rows: Sequence[int] | pl.Series, column: str | Sequence[str] | pl.Series, signs: Signs
) -> Callable[[int, str], NoReturn]:
    """The message of `values` and `cell_values`, with the row and column of the cell in the file."""

    def refuse(at: int, found: str) -> NoReturn:
        complain(
            "Eine Zelle enthält weder eine Zahl noch ein bekanntes Zeichen.",
            row=int(rows[at]),
            column=column if isinstance(column, str) else str(column[at]),
            expected=f"eine Zahl mit höchstens {DIGITS} Stellen oder eines von {' '.join(signs.table)}",
            found=found[:SHOWN],
            remedy="Die Zahl ist Text mit einem Trennzeichen für Tausender, wie ihn andere Programme schreiben: Die "
            f"Datei bei „{signs.publisher}“ neu herunterladen und nicht neu speichern."
            if THOUSANDS.fullmatch(found)
            else f"Die Datei neu beschaffen. Ist das Zeichen neu: Seine Bedeutung bei „{signs.publisher}“ erfragen "
            "und der Entwicklung melden.",
        )

    return refuse


def _number(cell: object) -> float | None:
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return None
    return float(cell)


def _text(cell: object) -> str:
    return "" if cell is None else str(cell)


def _escaped(mark: str) -> str:
    return "".join(f"\\{character}" if character in ".,'" else character for character in mark)
