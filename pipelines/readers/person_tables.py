"""Whether the rows of a table are persons: what its headers and cells say together.

What belongs here: the judgement about rows at hand. What does not: single headers and cells (`person_signs`), where
rows come from (`personal`). A header says most; cells speak where there is none. Official tables name Gemeinden,
streets, days and, in their imprints, people to ask: so one sign is enough only where no table of an office has it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import zip_longest
from typing import Any

from pipelines.readers import person_signs as signs
from pipelines.readers.workbook import letter

# A header may stand below titles; labels of rows are looked for among so many
HEADER_ROWS, LABELS = 25, 50
# So many cells speak for a column
FEW = 3
# Coded rows without a word need more
MANY = 8
# Persons of one list are born over more years than dates of law lie apart
GENERATION = 15


def about_persons(table: str, rows: list[list[str]]) -> list[str]:
    """What to call the columns that tell of persons; empty for a table that is not about persons.

    table: its name, of a sheet or layer. rows: cells as `workbook.text_of` gives them.
    """
    imprint = bool(signs.IMPRINT.search(table.lower()))
    return _judged(rows, imprint) or _judged(_turned(rows), imprint) or _coded(rows)


def _judged(rows: list[list[str]], imprint: bool) -> list[str]:
    for at, header in enumerate(rows[:HEADER_ROWS]):
        below = rows[at + 1 :]
        told = {column: kind for column, cell in enumerate(header) if (kind := signs.told_by(cell))}
        told = {at: kind for at, kind in told.items() if kind != "who" or _are_named(_cells(below, at))}
        if told:
            told = {column: kind for column, kind in _told_by_cells(below).items()} | told
            if _enough(told, header, below, imprint):
                return [_called(header, column) for column in sorted(told)]
        traits = _one_row_each(header, below)
        if traits:
            return traits
    told = _told_by_cells(rows)
    if _enough(told, [], rows, imprint) or (_has_names(rows, told) and not _has_area_keys([], rows)):
        return [_called([], column) for column in sorted(told)] or ["alle"]
    return []


def _turned(rows: list[list[str]]) -> list[list[str]]:
    """The rows as columns where headers of persons stand below each other; else nothing."""
    for column in (0, 1):
        kinds = [signs.told_by(row[column]) for row in rows[:LABELS] if column < len(row)]
        certain = [kind for kind in kinds if kind in signs.CERTAIN]
        if len(set(certain)) > 1 or certain.count("name") > 1:
            turned = [list(cells) for cells in zip_longest(*rows[:LABELS], fillvalue="")]
            return turned[column:]
    return []


def _coded(rows: list[list[str]]) -> list[str]:
    """Columns of rows of codes only, as programs of statistics write them: numbered, born in any year, of two kinds."""
    below = rows[1:]
    if len(below) < MANY:
        return []
    columns = [_cells(below, column) for column in range(max(map(len, below)))]
    full = [(at, cells) for at, cells in enumerate(columns) if len(cells) == len(below)]
    years = [at for at, cells in full if _are_years_of_birth(cells)]
    binary = [at for at, cells in full if len(set(cells)) == 2 and set(cells) <= signs.CODES]
    serial = [at for at, cells in full if at not in years and len(set(cells)) == len(cells)]
    others = [cells for at, cells in full if at not in {*years, *binary, *serial}]
    if not (years and binary and len(serial) == 1) or len(full) < len(columns):
        return []
    coded = all(len(set(cells)) <= max(2, len(cells) // 4) for cells in others)
    return [_called([], at) for at in sorted((*years, *binary))] if coded else []


def _are_years_of_birth(cells: list[str]) -> bool:
    """Whether years come in no order and over more than a generation; those of series come in order."""
    if not all(re.fullmatch("(?:19|20)[0-9]{2}", cell) for cell in cells):
        return False
    return _years(cells) >= GENERATION and cells not in (sorted(cells), sorted(cells, reverse=True))


def _one_row_each(header: list[str], below: list[list[str]]) -> list[str]:
    """Headers of a table with one row per person and no names: year of birth beside other traits, and no counts."""
    names = [signs.folded(cell) for cell in header]
    traits = {at: kind for at, name in enumerate(names) for kind, form in signs.TRAIT.items() if form.fullmatch(name)}
    if not {"year", "sex"} <= set(traits.values()) or any(signs.COUNTED.fullmatch(name) for name in names):
        return []
    # Tables of figures give ages as groups or once for all of an age; persons have one year each
    years = [cell for at, kind in traits.items() if kind == "year" for cell in _cells(below, at)]
    if len(below) < FEW or len(years) < FEW or not _most(years, re.compile("(?:[01]?[0-9][/.-])?[0-9]{1,4}").fullmatch):
        return []
    serials = [at for at, name in enumerate(names) if re.fullmatch(signs.SERIAL, name)]
    numbered = any(len(set(cells := _cells(below, at))) == len(cells) >= FEW for at in serials)
    others = [at for at in range(len(names)) if at not in traits and at not in serials]
    places = re.compile(f"{signs.AREA_HEADER.pattern}|plz|postleitzahl")
    figures = [at for at in others if not places.fullmatch(names[at]) and _are_figures(_cells(below, at))]
    return [header[at] for at in sorted(traits)] if numbered or not figures else []


def _are_figures(cells: list[str]) -> bool:
    """Whether a column holds figures, and neither keys, postal codes nor one year for all."""
    return len(set(cells)) > 1 and _most(cells, signs.FIGURE.fullmatch) and not _most(cells, signs.KEY.fullmatch)


def _has_names(rows: list[list[str]], told: dict[int, str]) -> bool:
    """Whether rows without a header are names of one word each, beside days over many years or where somebody lives."""
    width = range(max((len(row) for row in rows), default=0))
    columns = [cells for column in width if len(cells := _cells(rows, column)) >= FEW]
    words = [cells for cells in columns if _most(cells, signs.WORD.fullmatch) and len(set(cells)) > 1]
    days = [cells for cells in columns if _most(cells, signs.is_day) and len(set(cells)) >= 0.6 * len(cells)]
    born = [cells for cells in days if not _are_days_of_offices(cells) and _years(cells) >= GENERATION]
    persons = [cells for cells in words if not _most(cells, signs.NO_PERSON.search)]
    lives = "address" in told.values() and {"place", "benefit"} & set(told.values())
    return len(words) > 1 and bool(born or (len(persons) > 1 and lives))


def _years(cells: list[str]) -> int:
    """Years between the first and the last day."""
    found = [int(year) for cell in cells for year in re.findall("(?:18|19|20)[0-9]{2}", cell)]
    return max(found, default=0) - min(found, default=0)


def _enough(told: dict[int, str], header: list[str], below: list[list[str]], imprint: bool) -> bool:
    """Whether what the columns tell says, together, that a row is a person."""
    kinds = set(told.values())
    if len(kinds & signs.CERTAIN) > 1 or (kinds & {"birth", "number"} and "called" in kinds):
        return True
    if imprint:
        return False
    if "who" in kinds:
        return True
    names = sum(kind in ("name", "called") for kind in told.values())
    if (kinds & signs.CERTAIN and kinds & {"contact", "address"}) or (
        "name" in kinds and (names > 1 or "year" in kinds)
    ):
        return True
    if any(_differs(below, column) for column, kind in told.items() if kind in ("birth", "number")):
        return True
    if _has_area_keys(header, below):
        return False
    if _is_one_house(told, header, below):
        return True
    if kinds & {"place", "benefit"} and any(
        kind in ("called", "name") and _most(_cells(below, column), signs.is_person) for column, kind in told.items()
    ):
        return True
    beside = kinds & {"contact", "address", "year"}
    # A name of an area comes again for every age of its people
    if beside == {"year"} and not all(
        _differs(below, column, 0.6) for column, kind in told.items() if kind == "called"
    ):
        return False
    contacts = [_cells(below, column) for column, kind in told.items() if kind == "contact"]
    return bool(("called" in kinds and beside) or len(beside) > 1) or any(
        len(cells) >= FEW and _most(cells, signs.CONTACT.fullmatch) for cells in contacts
    )


def _is_one_house(told: dict[int, str], header: list[str], below: list[list[str]]) -> bool:
    """Whether rows are single houses and not those of offices: who lives there is known to everybody near."""
    names = [signs.folded(cell) for cell in header]
    numbers = [at for at in told if at < len(names) and signs.HOUSE_NUMBER.fullmatch(names[at])]
    if list(told.values()).count("address") < 2 or any(map(signs.OFFICE_HEADER.fullmatch, names)):
        return False
    return any(_differs(below, at) for at in numbers) and any(map(signs.HELPED_HEADER.fullmatch, names))


def _are_named(cells: list[str]) -> bool:
    """Whether cells are names of persons, whole or shortened, and not all the same."""
    return len(set(cells)) > 1 and _most(
        cells, lambda cell: signs.SHORT.fullmatch(cell) and not signs.NO_PERSON.search(cell)
    )


def _told_by_cells(rows: list[list[str]]) -> dict[int, str]:
    """What cells tell of their columns by form alone; columns that repeat themselves tell nothing."""
    tests = {
        "birth": signs.is_day,
        "contact": signs.is_contact,
        "number": signs.NUMBER.fullmatch,
        "address": signs.STREET.fullmatch,
        "place": signs.PLACED.fullmatch,
        "benefit": signs.HELPED.fullmatch,
    }
    told: dict[int, str] = {}
    persons = False
    for column in range(max((len(row) for row in rows), default=0)):
        cells = _cells(rows, column)
        kind = next((kind for kind, test in tests.items() if _most(cells, test)), None)
        # People share days of birth, of one year at least, but not all one day, which is that of a statistic; many
        # live in a place and get the same
        least = {"birth": 0.3, "place": 0, "benefit": 0}.get(kind or "", 0.6)
        if len(cells) < FEW or len(set(cells)) < least * len(cells):
            continue
        if kind and not (kind == "birth" and (_is_one_day(cells) or _are_days_of_offices(cells))):
            told[column] = kind
        elif kind is None and _most(cells, signs.PERSON.fullmatch):
            told[column] = "called"
            persons = persons or _most(cells, signs.is_person)
    # Two words may be anything; beside a day or a number of its own they are a name, and so is a day beside a name.
    # Beside where they live and what they get only words are a name that no house or place has
    kinds = set(told.values())
    known = kinds & {"birth", "number"} or (persons and kinds & {"address", "contact", "place", "benefit"})
    weak = set() if known else {"called"}
    weak |= set() if kinds - {"birth", "place", "benefit"} else {"birth"}
    return {column: kind for column, kind in told.items() if kind not in weak}


def _has_area_keys(header: list[str], rows: list[list[str]]) -> bool:
    """Whether every row is an area of its own: a table of offices or places, not of persons."""
    for column in range(max((len(row) for row in rows), default=0)):
        cells = _cells(rows, column)
        named = column < len(header) and signs.AREA_HEADER.fullmatch(signs.folded(header[column]))
        if cells and len(set(cells)) > 0.9 * len(cells) and (named or _most(cells, signs.KEY.fullmatch)):
            return True
    return False


def _differs(rows: list[list[str]], column: int, share: float = 0.3) -> bool:
    """Whether the cells of a column are other ones in a share of the rows."""
    cells = _cells(rows, column)
    return bool(cells) and len(set(cells)) >= share * len(cells)


def _most(cells: list[str], test: Callable[[str], Any]) -> bool:
    return bool(cells) and sum(bool(test(cell)) for cell in cells) >= 0.7 * len(cells)


def _cells(rows: list[list[str]], column: int) -> list[str]:
    return [row[column] for row in rows if column < len(row) and row[column]]


def _are_days_of_offices(cells: list[str]) -> bool:
    """Statistics are of the first or last day of a month; people are born on any."""
    days = [found[0] for cell in cells if (found := signs.day_and_month(cell))]
    return sum(1 < day < 28 for day in days) < 0.5 * len(days)


def _is_one_day(cells: list[str]) -> bool:
    """Whether all days are one, whatever stands above them: the day of a statistic."""
    return len({cell for cell in cells if signs.is_day(cell)}) == 1


def _called(header: list[str], column: int) -> str:
    """The header where it is one; else the place, because what stands there may be the cell of a person."""
    known = column < len(header) and signs.told_by(header[column])
    return header[column] if known else f"Spalte {letter(column)}"
