"""The headings of a crosstab: which row names the time, the unit, the item, a dimension, and what that makes a column.

What belongs here: header rows and title lines. What does not: labels of rows and the figures (`crosstab_table`).

A crosstab prints labels and no codes. The item is named in the last title line (`Bevölkerungsstand (Anzahl)`) or in a
header row; what else stands above a column are its dimensions. Codes are made of the labels, „Insgesamt“ is the empty
code, as in the flat layout. Dimensions are `KOPF1`, `KOPF2` … unless a row above them names their variable.

Columns may be moved as long as every column carries its own headings. Where merged cells hold a heading once for
several columns, a moved column stands under a foreign heading, and nobody can notice it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from pipelines.readers.crosstab_parts import GET_AGAIN, TIME
from pipelines.readers.reading import SEPARATOR
from pipelines.readers.text import slug

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipelines.readers.crosstab_parts import Parts

TOTALS = ("insgesamt", "total")
TIME_HEADINGS = (
    *("Stichtag", "Jahr", "Jahre", "Zeit", "Berichtsjahr", "Schuljahr"),
    *("Reference date", "Reference day", "Year", "Years", "Time", "School year"),
)
QUALITY_HEADINGS = ("q", "Q", "Qualität", "Qualitätskennzeichen", "Quality", "value_q")
_SCALE = "(?:1[ .]?000(?:[ .]000)?|100|Tsd[.]?|Tausend|Mill[.]?|Mio[.]?|Millionen|Mrd[.]?|Milliarden)"
_BARE = (
    "Anzahl|[Nn]umber|Prozent|per cent|[Pp]ercent|%|‰|Promille|Prozentpunkte|EUR|Euro|DM|ha|qkm|km²|km2|km|qm|m²|m2"
    "|cbm|m³|m3|t|Tonnen|kg|Kilogramm|g|dt|hl|l|Liter|MJ|GJ|TJ|kWh|MWh|GWh|kW|MW|Std[.]?|Stunden|Tage|Monate|Jahre|Jahr|Punkte|Verhältniszahl|Ew|EW|Einw[.]?|Inh"
    "|Einwohner|Personen|[0-9]{4} ?= ?100"
)
UNIT = re.compile(
    rf"(?:[Ii]n )?(?:{_SCALE} ?)?(?:{_BARE})(?: ?(?:/|je |pro |per |auf ).+)?|(?:[Ii]n )?{_SCALE}|je [0-9].*"
    "|(?:Kinder|Lebendgeborene|Geborene|Geburten|Gestorbene|Fälle|Plätze|Kfz|Pkw) je (?:Frau|[0-9]).*"
)
# Names of dimensions that stand alone above their words and could be taken for what is counted
VARIABLE = re.compile(
    "(?:Geschlecht|Alter|Nationalität|Staatsangehörigkeit|Familienstand|Einwanderungsgeschichte|Migration|Religion"
    "|Geburtsland|Haushaltsgröße|Größe|Typ|Art|Zahl|Baujahr|Heizungsart|Energieträger|Höchster|Stellung|Erwerb"
    "|Schulart|Nutzung|Eigentumsform|Sex|Age|Citizenship|Nationality|Marital|Type|Size)(?:[ (].*|s.*|gruppen.*)?"
)
TELL_UNIT = "Die Datei neu beschaffen; ist die Einheit richtig geschrieben, sie der Entwicklung melden."
# Words that are a unit only beside another unit: alone they name what is counted
COUNTED = ("Personen", "Einwohner", "Jahr", "Jahre")
_CONTENT = re.compile(r"(.+?) ?[(]([^()]+)[)]")


@dataclass(frozen=True)
class Heading:
    """What the headings say of the column of figures at a position; `time` as written, None where rows carry it."""

    at: int
    place: str
    time: str | None
    item: str
    unit: str
    codes: str
    labels: str


def headings(parts: Parts, values: Sequence[int], *, units_in_rows: bool) -> list[Heading]:
    """The headings of the columns of figures.

    Raises InputError for a row of units with one that is not known, and for columns whose time is missing.
    """
    rows = [(row, [cells[at] for at in values]) for row, cells in parts.header]
    rows = [(row, cells) for row, cells in rows if any(cells)]
    _refuse_repeated(parts, rows)
    time, rows = _time_row(parts, rows)
    content = _content(parts)
    unit, rows = _unit_row(parts, rows, titled=content is not None)
    content = content if unit is None else None
    if rows and not rows[0][1][0]:
        parts.complain(
            "Die oberste Kopfzeile ist über der ersten Spalte mit Zahlen leer.",
            row=rows[0][0],
            column=f"Zelle {values[0] + 1}",
            expected="eine Überschrift; verbundene Zellen tragen sie links",
            found="leer",
            remedy=GET_AGAIN,
        )
    path = _filled([cells for _, cells in rows])
    title = parts.titles[0] if parts.titles else parts.code
    item_row = None if content is not None or not path else _item_row(path)
    dimensions = _dimensions([row for at, row in enumerate(path) if at != item_row])
    last = _CONTENT.fullmatch(parts.titles[-1]) if parts.titles and path else None
    if last is not None and item_row is None and content is None and unit is None and not units_in_rows:
        parts.complain(
            "Die Maßeinheit im Titel ist nicht bekannt.",
            row=len(parts.titles) + 1,
            expected="Inhalt (Maßeinheit), wie Bevölkerungsstand (Anzahl)",
            found=last[2],
            remedy=TELL_UNIT,
        )
    named = any(VARIABLE.fullmatch(row[0]) and len(set(row)) == 1 for row in path)
    if named and (any(not name for name, _, _ in dimensions) or (item_row is None and content is None)):
        parts.complain(
            "Dem Kopf der Tabelle fehlt eine Zeile.",
            row=parts.header[0][0],
            expected="über den Ausprägungen jedes Merkmals dessen Name, und was gezählt wird",
            found=", ".join(dict.fromkeys(row[0] for row in path))[:100],
            remedy=GET_AGAIN,
        )
    found = []
    for number, at in enumerate(values):
        item = content[1] if content is not None else title if item_row is None else path[item_row][number]
        above = [row[number] for row in (time, *path, unit) if row is not None and row[number]]
        found.append(
            Heading(
                at,
                " / ".join(dict.fromkeys(above)) or f"Zelle {at + 1}",
                None if time is None else time[number],
                item,
                unit[number] if unit is not None else content[2] if content is not None else "",
                SEPARATOR.join(codes[number] for _, codes, _ in dimensions if codes[number]),
                SEPARATOR.join(labels[number] for _, _, labels in dimensions if labels[number]),
            )
        )
    return found


def code_of_label(labels: Iterable[str]) -> dict[str, str]:
    """A code for each label of one dimension: the empty one for the total, else its words; never two alike."""
    codes = {label: "" if label.lower() in TOTALS else slug(label) for label in labels}
    if len(set(codes.values())) == len(codes):
        return codes
    return {label: "" if code == "" and label else label.replace(";", ",") for label, code in codes.items()}


def _time_row(parts: Parts, rows: list[tuple[int, list[str]]]) -> tuple[list[str] | None, list[tuple[int, list[str]]]]:
    """The row of times, filled to the right, and the other rows without it and the word above it."""
    at = next((at for at, (_, cells) in enumerate(rows) if all(re.match(TIME, cell) for cell in cells if cell)), None)
    if at is None:
        return None, rows
    row, cells = rows[at]
    if not cells[0]:
        parts.complain(
            "Eine Spalte hat keine Zeit.",
            row=row,
            expected="ein Jahr oder einen Tag über jeder Spalte",
            found="leer",
            remedy=GET_AGAIN,
        )
    above = at - 1 if at and all(cell in (*TIME_HEADINGS, "") for cell in rows[at - 1][1]) else None
    return _filled([cells])[0], [one for number, one in enumerate(rows) if number not in (at, above)]


def _content(parts: Parts) -> re.Match[str] | None:
    """The title line that names item and unit: the last one but those with the time or a choice (`Konto: Summe`)."""
    for title in reversed(parts.titles):
        found = _CONTENT.fullmatch(title)
        if found is not None and UNIT.fullmatch(found[2]):
            return found
        if not re.match(TIME, title) and ": " not in title:
            return None
    return None


def _unit_row(
    parts: Parts, rows: list[tuple[int, list[str]]], *, titled: bool
) -> tuple[list[str] | None, list[tuple[int, list[str]]]]:
    """The row of units, filled to the right, and the other rows; titled: a title line names the unit."""
    for at, (_, cells) in reversed(list(enumerate(rows))):
        words = [cell for cell in cells if cell]
        if cells[0] and all(UNIT.fullmatch(word) for word in words) and set(words) - set(COUNTED):
            return _filled([cells])[0], rows[:at] + rows[at + 1 :]
    row, cells = rows[-1] if rows else (0, [])
    known = [cell for cell in cells if UNIT.fullmatch(cell) and cell not in COUNTED]
    if known and len(rows) > 1:
        parts.complain(
            "Eine Maßeinheit ist nicht bekannt.",
            row=row,
            expected=f"Maßeinheiten in der ganzen Zeile, wie {known[0]}",
            found=next((cell for cell in cells if not UNIT.fullmatch(cell)), "") or "leer",
            remedy=TELL_UNIT,
        )
    if titled or not _must_be_units([one for _, one in rows]):
        return None, rows
    strange = next((cell for cell in cells if cell and not UNIT.fullmatch(cell)), None)
    if strange is not None:
        parts.complain(
            "Die unterste Kopfzeile nennt keine bekannte Maßeinheit.",
            row=row,
            expected="unter den Inhalten eine Zeile mit Maßeinheiten, oder Ausprägungen mit „Insgesamt“",
            found=strange,
            remedy=TELL_UNIT,
        )
    return _filled([cells])[0], rows[:-1]


def _must_be_units(rows: list[list[str]]) -> bool:
    """Whether the lowest row of headings is one of units: below items, without a total or the name of a variable."""
    if len(rows) < 2 or not rows[-1][0] or any(cell.lower() in TOTALS for cell in rows[-1]):
        return False
    above = [cell for cell in rows[-2] if cell]
    item = _item_row(_filled(rows))
    return item is not None and item < len(rows) - 1 and not all(VARIABLE.fullmatch(cell) for cell in above)


def _refuse_repeated(parts: Parts, rows: list[tuple[int, list[str]]]) -> None:
    """A row of headings twice would become a dimension; only totals of two dimensions may stand below each other."""
    for (_, above), (row, cells) in pairwise(rows):
        if above == cells and not all(cell.lower() in (*TOTALS, "") for cell in cells):
            parts.complain(
                "Eine Kopfzeile steht zweimal in der Tabelle.",
                row=row,
                expected="verschiedene Kopfzeilen",
                found="; ".join(dict.fromkeys(filter(None, cells)))[:60],
                remedy=GET_AGAIN,
            )


def _filled(rows: list[list[str]]) -> list[list[str]]:
    """Rows of headings with merged cells filled to the right, never beyond the heading they stand under."""
    found: list[list[str]] = []
    for cells in rows:
        filled: list[str] = []
        for at, cell in enumerate(cells):
            same = at > 0 and all(row[at] == row[at - 1] for row in found)
            filled.append(cell or (filled[-1] if same else ""))
        found.append(filled)
    return found


def _item_row(path: list[list[str]]) -> int | None:
    """The row of headings that names what is counted; None where every row belongs to a dimension."""
    same = [len(set(row)) == 1 for row in path]
    over = [same[at] and at + 1 < len(path) and not same[at + 1] for at in range(len(path))]
    other = any(one and not above for one, above in zip(same, over, strict=True))
    fits = (
        at
        for at, row in enumerate(path)
        # A total is one of a dimension; the row above its words may name it
        if all(row)
        and not any(cell.lower() in TOTALS for cell in row)
        and not (over[at] and (other or VARIABLE.fullmatch(row[0])))
    )
    return next(fits, None)


def _dimensions(rows: list[list[str]]) -> list[tuple[str, list[str], list[str]]]:
    """Name, and codes and labels per column, of each dimension; a row of one word names the dimension below it."""
    found = []
    variable = ""
    for at, row in enumerate(rows):
        below = rows[at + 1] if at + 1 < len(rows) else row
        words = set(filter(None, row))
        word = next(iter(words), "")
        named = VARIABLE.fullmatch(word) is not None
        # A variable may be one of some columns only
        names_below = at + 1 < len(rows) and len(words) == 1 and (named or len(set(row)) == 1)
        if not variable and names_below and (named or len(set(below)) > 1):
            variable = word
            continue
        name = slug(variable).upper() or f"KOPF{len(found) + 1}"
        codes = code_of_label(dict.fromkeys(cell for cell in row if cell))
        heading = f"{variable}: " if variable else ""
        found.append(
            (
                variable,
                [f"{name}={codes[cell]}" if cell else "" for cell in row],
                [f"{heading}{cell.replace(';', ',')}" if cell else "" for cell in row],
            )
        )
        variable = ""
    return found
