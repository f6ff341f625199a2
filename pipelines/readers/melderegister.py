"""Register export „Geburtsjahrgangsstatistik“: residents per Gemeinde, Ortsteil and birth year, read as age groups.

What belongs here: the three column sets (23, 28, 29), sums among the rows, which area is the Gemeinde, adding up. What
does not: birth years of an area in any table or message, since a cell of them may be one person; files with one row per
person (`personal` refuses them); protection of small numbers (`pipelines.disclosure`).

A lost end is noticed by the sum rows, by the sum of the Ortsteile, or by birth years that end earlier than elsewhere.

Form of the format: GKZ (number of 7 digits), Gebiet, Jahrgang, then M, W, OA and EW (total), from 2020 also D, for all
residents, Germans and groups of foreigners; as CSV or workbook. Ortsteile have no key of their own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, NoReturn

import polars as pl

from pipelines.errors import InputError
from pipelines.geography.keys import ends_as_kreis, kreis_of, kreis_of_long, padded
from pipelines.readers import delimited
from pipelines.readers.csv_text import Complaint
from pipelines.readers.reading import NOTHING_AGREED, TELL_TIME, Agreed, Format, Reading, Refused, check_agreed, tidy
from pipelines.readers.text import AGAIN, days, slug
from pipelines.readers.workbook import letter, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.readers.rawfile import RawFile

MARKS = (";", ",")
HEADER_WITHIN = 5
ABOUT = ("GKZ", "Gebiet", "Jahrgang")
# Columns of counts; with GKZ, Gebiet, Jahrgang, and from 2022 a second key, they are the sets of 23, 28 and 29
WIDTHS = (20, 25)
# Byte order marks that a conversion left inside a column name
BOMS = ("\ufeff", "ï»¿")
SEXES = ("M", "W", "D", "OA")
TOTALS = ("EW", "gesamt")
BANDS = (0, 3, 6, 10, 15, 18, 25, 45, 65, 75, 85)
SUM = re.compile(r"(?:gesamt|gesamtsumme|summe|insgesamt|total|alle)\b.*", re.IGNORECASE)
YEAR = re.compile(r"(?:18|19|20)[0-9]{2}")
BEFORE = re.compile(r"(?:vor|<) ?((?:18|19)[0-9]{2})", re.IGNORECASE)
UNTIL = re.compile(r"(?:bis|≤) ?((?:18|19)[0-9]{2})|((?:18|19)[0-9]{2}) und (?:früher|älter)", re.IGNORECASE)
DIGITS = 9
# So many cells in which one area has as many residents as any other tell a sum from an Ortsteil
CLEAR = 50
# Areas beside the Ortsteile of a Gemeinde, such as a redevelopment area, that an export may hold
EXTRA = 2
# Years without residents that an export may leave out at an end
NEAR = 10

Counts = dict[int, tuple[int, ...]]


@dataclass(frozen=True)
class Column:
    """A column of counts: its position, its name, M/W/D/OA or empty for all, a group of residents or empty for all."""

    at: int
    name: str
    sex: str
    group: str


@dataclass
class Area:
    """An area of a Gemeinde: counts by the last possible birth year of a row; the first row in the file."""

    row: int
    written: str
    ags: str
    name: str
    counts: Counts
    level: str = "ortsteil"


def recognises(file: RawFile) -> bool:
    """Whether a header with GKZ, Gebiet, Jahrgang and residents by sex stands in the first lines."""
    if file.is_workbook:
        try:
            book = file.workbook
            return any(_is_header(_texts(row)) for name in book.names for row in book.head(name, HEADER_WITHIN))
        except InputError:
            return False
    return _separator(file) is not None


def read(file: RawFile, agreed: Agreed = NOTHING_AGREED) -> Reading:
    """Residents by age group, sex and nationality per Gemeinde; per Ortsteil by sex or by nationality, never both.

    Age is reference year minus birth year, exact at 31.12.; the year comes from `agreed.time`, a title or the name of a
    sheet. The key of an Ortsteil is `06432001:‹name›`, because the register has none. Messages never show a count.
    Raises InputError for unknown columns, sexes that do not add up, sums that do not hold, areas that cannot be told.
    """
    complain = Complaint(file)
    title, at, lines, is_sheet = _lines(file, complain)
    names = [_bare(name) for name in lines[at][1]]
    columns = _columns(names, lines[at][0], complain)
    year = _year(title, agreed, complain)
    areas, sums = _areas(lines[at + 1 :], names, columns, year, complain)
    left = _told_levels(areas, complain)
    frame = tidy(_frame(areas, columns, year, is_sheet))
    check_agreed(frame, replace(agreed, time=None), complain)
    return Reading(
        file=file,
        format=FORMAT.key,
        title=f"Geburtsjahrgangsstatistik des Melderegisters, 31.12.{year}",
        frame=frame,
        notes=(
            "Nicht öffentlich: Die Tabelle enthält ungeschützte kleine Zahlen; nichts davon ausgeben.",
            "Melderegister und Bevölkerungsfortschreibung zählen verschieden: nie in einer Reihe verbinden.",
            f"{sums} Summenzeilen geprüft und nicht übernommen; einzelne Geburtsjahre werden nicht gelesen.",
        ),
        refused=tuple(left),
    )


FORMAT = Format(
    "melderegister", "Geburtsjahrgangsstatistik des Melderegisters", "Melderegister des Kreises", recognises, read
)


def _bare(name: str) -> str:
    for mark in BOMS:
        name = name.replace(mark, "")
    return " ".join(name.split())


def _texts(row: list) -> list[str]:
    return [text_of(cell) for cell in row]


def _is_header(cells: list[str]) -> bool:
    names = {_bare(cell) for cell in cells}
    return set(ABOUT) <= names and any(name.split()[:1] in (["EW"], ["M"]) for name in names)


def _separator(file: RawFile) -> str | None:
    head = file.head
    try:
        text = head.decode()
    except UnicodeDecodeError:
        text = head.decode("iso-8859-1")
    lines = text.split("\n")[:HEADER_WITHIN]
    return next((mark for mark in MARKS for line in lines if _is_header(list(delimited.names(line, mark)))), None)


def _lines(file: RawFile, complain: Complaint) -> tuple[str, int, list[tuple[int, list[str]]], bool]:
    """Title, position of the header, and all lines with their numbers; whether they are of a sheet."""
    if file.is_workbook:
        book = file.workbook
        fitting = [
            name for name in book.names if any(_is_header(_texts(row)) for row in book.head(name, HEADER_WITHIN))
        ]
        if len(fitting) != 1:
            complain(
                "Die Arbeitsmappe hat nicht genau ein Blatt mit der Statistik.",
                expected="ein Blatt mit GKZ, Gebiet, Jahrgang",
                found=f"{len(fitting)} Blätter",
                remedy="Ein Jahr je Datei anfordern.",
            )
        lines = [(row, _texts(cells)) for row, cells in enumerate(book.rows(fitting[0]), start=1)]
        name = fitting[0]
    else:
        lines, name = _text_lines(file, complain), ""
    lines = [line for line in lines if any(line[1])]
    at = next((at for at, (_, cells) in enumerate(lines) if _is_header(cells)), None)
    if at is None:
        _refuse(1, "alle", "Die Kopfzeile ist keine der Geburtsjahrgangsstatistik.", ", ".join(ABOUT), complain)
    title = " ".join([name, *(cell for _, cells in lines[:at] for cell in cells)])
    return title, at, lines, file.is_workbook


def _text_lines(file: RawFile, complain: Complaint) -> list[tuple[int, list[str]]]:
    """Lines of a CSV. Messages of the foundation show the place of a fault, which here may be one person."""
    separator = _separator(file)
    try:
        return delimited.table(file, separator or MARKS[0], complain)
    except InputError as error:
        told = error
    complain(told.what, row=told.row or 1, expected=told.expected, found="(nicht gezeigt)", remedy=told.remedy)


def _columns(names: list[str], row: int, complain: Complaint) -> list[Column]:
    found: list[Column] = []
    odd: list[str] = []
    for at, name in enumerate(names):
        if name in ABOUT:
            continue
        words = name.removeprefix("davon ").split()
        told = [word for word in words if word in (*SEXES, "EW")] or [word for word in words[-1:] if word == "gesamt"]
        group = " ".join(word for word in words if word not in (*told, "gesamt"))
        if len(told) != 1:
            odd.append(name)
            continue
        found.append(Column(at, name, "" if told[0] in TOTALS else told[0], group))
    pairs = [(column.sex, column.group) for column in found]
    twice = [column.name for column in found if pairs.count((column.sex, column.group)) > 1]
    keys = [name for name in ABOUT if names.count(name) != 1 and not (name == "GKZ" and names.count(name) == 2)]
    if odd or twice or keys or len(found) not in WIDTHS or not {("", ""), ("M", ""), ("W", "")} <= set(pairs):
        complain(
            "Die Spalten sind nicht die der Geburtsjahrgangsstatistik.",
            row=row,
            column=", ".join(name or "ohne Namen" for name in (odd or twice or keys)) or "alle",
            expected=f"GKZ, Gebiet, Jahrgang, {' oder '.join(map(str, WIDTHS))} Spalten mit Zahlen (M, W, D, OA, EW)",
            found=f"{len(found)} Spalten mit Zahlen",
            remedy=AGAIN,
        )
    return found


def _year(title: str, agreed: Agreed, complain: Complaint) -> int:
    """The year at whose end the register was counted."""
    said = agreed.time
    if said is not None and not re.fullmatch(r"20[0-9]{2}(?:-12-31)?", said):
        _refuse_time(said, complain)
    named = days(title)
    if any(not day.endswith("-12-31") for day in named):
        _refuse_time(named[0], complain)
    years = {day[:4] for day in named} or set(re.findall(r"\b20[0-9]{2}\b", title))
    if said is not None:
        years.add(said[:4])
    if len(years) != 1:
        complain(
            "Das Bezugsjahr steht nicht fest." if not years else "Datei und Angabe nennen verschiedene Jahre.",
            expected="ein Jahr, im Titel, im Namen des Blatts oder als Angabe",
            found=", ".join(sorted(years)) or "keines",
            remedy=f"Den Stichtag {TELL_TIME.format('2023-12-31')}.",
        )
    return int(years.pop())


def _refuse_time(found: str, complain: Complaint) -> NoReturn:
    complain(
        "Der Stichtag ist nicht das Ende eines Jahres.",
        expected="den 31.12., nur dann ist Alter = Jahr minus Geburtsjahr",
        found=found,
        remedy="Eine Auswertung zum 31.12. anfordern oder den Stichtag bei --zeit berichtigen.",
    )


def _areas(
    lines: list[tuple[int, list[str]]], names: list[str], columns: list[Column], year: int, complain: Complaint
) -> tuple[list[Area], int]:
    """All areas with their counts, in the order of the file, and how many sum rows agreed with them."""
    found: dict[tuple[str, str], Area] = {}
    sums: dict[tuple[str, str], tuple[int, tuple[int, ...]]] = {}
    loose = 0
    places = {name: names.index(name) for name in ABOUT}
    again = next((at for at, name in enumerate(names) if name == "GKZ" and at != places["GKZ"]), places["GKZ"])
    for row, cells in lines:
        if len(cells) != len(names):
            _refuse(row, "alle", "Eine Zeile hat nicht so viele Zellen wie die Kopfzeile.", f"{len(names)}", complain)
        gkz, name, born = (cells[places[about]] for about in ABOUT)
        if not gkz and (SUM.fullmatch(name) or SUM.fullmatch(born)):
            loose += 1
            continue
        if cells[again] != gkz:
            _refuse(row, "GKZ", "Die beiden Schlüsselspalten unterscheiden sich.", "zweimal denselben", complain)
        ags = _ags(gkz, row, complain)
        if not name:
            _refuse(row, "Gebiet", "Ein Gebiet hat keinen Namen.", "einen Namen", complain)
        counts = _counts(cells, columns, row, complain)
        if SUM.fullmatch(born):
            if (ags, name) in sums:
                _refuse(row, "Jahrgang", "Ein Gebiet hat zwei Summenzeilen.", "eine", complain)
            sums[ags, name] = row, counts
            continue
        last = _last_year(born, year, row, complain)
        area = found.setdefault((ags, name), Area(row, gkz, ags, name, {}))
        if last in area.counts:
            _refuse(row, "Jahrgang", "Ein Jahrgang eines Gebiets kommt mehrfach vor.", "jeden einmal", complain)
        area.counts[last] = counts
    if not found:
        _refuse(1, "Jahrgang", "Die Datei enthält keine Jahrgänge.", "eine Zeile je Jahrgang", complain)
    _check_sums(found, sums, complain)
    if not sums:
        _check_end(list(found.values()), year, complain)
    return list(found.values()), len(sums) + loose


def _ags(gkz: str, row: int, complain: Complaint) -> str:
    try:
        return gkz if re.fullmatch(r"(?:0[1-9]|1[0-6])[0-9]{6}", gkz) else padded(gkz, 8)
    except ValueError:
        _refuse(row, "GKZ", "Ein Gemeindeschlüssel ist nicht lesbar.", "7 oder 8 Ziffern, z. B. 6432001", complain)


def _counts(cells: list[str], columns: list[Column], row: int, complain: Complaint) -> tuple[int, ...]:
    """Counts of one row. An empty cell is nobody if the sexes add up to the total without it, otherwise an error."""
    for column in columns:
        if not re.fullmatch(rf"[0-9]{{1,{DIGITS}}}" + ("|" if column.sex else ""), cells[column.at]):
            _refuse(row, column.name, "Eine Zelle enthält keine Anzahl.", "eine ganze Zahl ab 0", complain)
    counts = {(column.group, column.sex): int(cells[column.at] or 0) for column in columns}
    for group in dict.fromkeys(column.group for column in columns):
        parts = [count for (of, sex), count in counts.items() if of == group and sex]
        if (group, "") in counts and len(parts) >= 2 and sum(parts) != counts[group, ""]:
            name = next(column.name for column in columns if column.group == group and not column.sex)
            _refuse(row, name, "Die Geschlechter ergeben nicht die Summe.", "Summe aus M, W, D und OA", complain)
        if (group, "") in counts and counts[group, ""] > counts["", ""]:
            _refuse(row, group, "Eine Gruppe ist größer als alle zusammen.", "höchstens EW gesamt", complain)
    return tuple(counts.values())


def _last_year(born: str, year: int, row: int, complain: Complaint) -> int:
    """The latest birth year a row can hold. Open rows must lie in the open age group as a whole."""
    before, until = BEFORE.fullmatch(born), UNTIL.fullmatch(born)
    if YEAR.fullmatch(born) and int(born) <= year:
        return int(born)
    last = int(before[1]) - 1 if before else int(until[1] or until[2]) if until else None
    if last is None or year - last < BANDS[-1]:
        _refuse(
            row,
            "Jahrgang",
            "Ein Jahrgang ist nicht lesbar oder passt nicht zum Bezugsjahr.",
            f"ein Jahr bis {year}, eine Summe oder „vor {year - BANDS[-1] + 1}“ und früher",
            complain,
        )
    return last


def _check_sums(
    areas: dict[tuple[str, str], Area],
    sums: dict[tuple[str, str], tuple[int, tuple[int, ...]]],
    complain: Complaint,
) -> None:
    for which, (row, counts) in sums.items():
        area = areas.get(which)
        if area is None or _total(area.counts) != counts:
            _refuse(row, "Jahrgang", "Eine Summenzeile ist nicht die Summe ihrer Jahrgänge.", "dieselbe", complain)
    without = [area for which, area in areas.items() if sums and which not in sums]
    if without:
        _refuse(
            without[0].row,
            "Jahrgang",
            "Einem Gebiet fehlt die Summenzeile, die Datei ist vermutlich abgeschnitten.",
            "eine Summenzeile je Gebiet",
            complain,
        )


def _check_end(areas: list[Area], year: int, complain: Complaint) -> None:
    """Without sums, the years of the last area must end where those of the others do; a few years may be empty."""
    *others, last = areas
    ends = sorted(list(area.counts)[-1] for area in others)
    end = list(last.counts)[-1]
    if others:
        whole = abs(end - ends[len(ends) // 2]) <= NEAR
    else:
        whole = min(last.counts) <= year - BANDS[-2] and max(last.counts) >= year - NEAR
    if not whole:
        _refuse(
            last.row,
            "Jahrgang",
            "Dem letzten Gebiet fehlen Jahrgänge, die Datei ist vermutlich abgeschnitten.",
            "alle Jahrgänge wie in den anderen Gebieten",
            complain,
        )


def _total(counts: Counts) -> tuple[int, ...]:
    return tuple(sum(column) for column in zip(*counts.values(), strict=True))


def _told_levels(areas: list[Area], complain: Complaint) -> list[Refused]:
    """Sets the level of every area by numbers, not by names; adds Gemeinden the file gives in Ortsteile only."""
    left: list[Refused] = []
    by_ags: dict[str, list[Area]] = {}
    for area in areas:
        by_ags.setdefault(area.ags, []).append(area)
    for ags, own in by_ags.items():
        kreis = ends_as_kreis(ags) and any(kreis_of(other) == kreis_of(ags) for other in by_ags if other != ags)
        if len(own) == 1:
            own[0].level = "kreis" if kreis else "gemeinde"
            continue
        whole, extra = _whole(own, complain)
        for area in extra:
            areas.remove(area)
            left.append(Refused(area.name, "überschneidet sich mit den Ortsteilen der Gemeinde", len(area.counts)))
        if whole is None:
            areas.append(Area(own[0].row, own[0].written, ags, "", _added(own), "gemeinde"))
        else:
            whole.level = "gemeinde"
    for area in areas:
        if area.level == "kreis":
            area.ags = kreis_of_long(area.ags)
    return left


def _whole(own: list[Area], complain: Complaint) -> tuple[Area | None, list[Area]]:
    """The area that is the sum of the others, and those beside the Ortsteile; none if all are parts of the Gemeinde."""
    first = max(own, key=lambda area: sum(_total(area.counts)))
    others = [area for area in own if area is not first]
    for size in range(min(EXTRA, len(others) - 1) + 1):
        for extra in combinations(others, size):
            if _added([area for area in others if area not in extra]) == _filled(first.counts):
                return first, list(extra)
    together, single = _added(others), _filled(first.counts)
    same = sum(together.get(year) == counts for year, counts in single.items())
    largest = all(
        count >= other
        for area in others
        for year, counts in _filled(area.counts).items()
        for count, other in zip(single.get(year, (0,) * len(counts)), counts, strict=True)
    )
    cells = sum(count > 0 for counts in single.values() for count in counts)
    if 2 * same >= len(single) > 0 or (largest and cells >= CLEAR):
        _refuse(
            first.row,
            "Gebiet",
            "Gemeinde und Ortsteile lassen sich nicht unterscheiden: Ein Gebiet ist größer als alle anderen, "
            "aber nicht ihre Summe.",
            "die Gemeinde als Summe ihrer Ortsteile, oder nur Ortsteile",
            complain,
        )
    return None, []


def _filled(counts: Counts) -> Counts:
    """Only years with residents, so that rows of zeros make no difference."""
    return {year: counts[year] for year in sorted(counts) if any(counts[year])}


def _added(areas: list[Area]) -> Counts:
    years = {year for area in areas for year in area.counts}
    added = {year: _total({at: a.counts[year] for at, a in enumerate(areas) if year in a.counts}) for year in years}
    return _filled(added)


def _frame(areas: list[Area], columns: list[Column], year: int, is_sheet: bool) -> pl.DataFrame:
    rows = [
        (
            area.row,
            area.written,
            letter(column.at) if is_sheet else column.name,
            f"{area.ags}:{area.name}" if area.level == "ortsteil" else area.ags,
            area.level,
            area.name,
            f"ALTER={band}; GESCHLECHT={column.sex}; STAATSANGEHOERIGKEIT={slug(column.group)}",
            column.name,
            float(counts[at]),
        )
        for area in areas
        for band, counts in _bands(area.counts, year)
        for at, column in enumerate(columns)
        # Both at once would single out persons in a village
        if area.level != "ortsteil" or not (column.sex and column.group)
    ]
    names = ["row", "source_key", "place", "key", "level", "name", "dimensions", "dimension_labels", "value"]
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(
        time=pl.lit(f"{year}-12-31"),
        time_kind=pl.lit("stichtag"),
        item=pl.lit("einwohner"),
        item_label=pl.lit("Einwohnerinnen und Einwohner (Melderegister)"),
        unit=pl.lit("Personen"),
        status=pl.lit("reported"),
        quality=pl.lit("final"),
    )


def _bands(counts: Counts, year: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Name and counts of every age group, then of all ages under the empty code."""
    width = len(next(iter(counts.values()), ()))
    for at, first in enumerate(BANDS):
        last = BANDS[at + 1] - 1 if at + 1 < len(BANDS) else None
        ages = range(first, 200 if last is None else last + 1)
        own = {born: of for born, of in counts.items() if year - born in ages}
        yield (f"{first}-{last}" if last is not None else f"{first}+"), _total(own) or (0,) * width
    yield "", _total(counts)


def _refuse(row: int, column: str, what: str, expected: str, complain: Complaint) -> NoReturn:
    """Like every message here without the cell: it may be one person."""
    complain(what, row=row, column=column, expected=expected, found="(nicht gezeigt)", remedy=AGAIN)
