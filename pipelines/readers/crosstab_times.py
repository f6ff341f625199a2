"""Times of a crosstab: how rows, headings and titles write them, and the form they get in a reading.

What belongs here: days, years, parts of years and which of them a table means. What does not: where a table holds its
times (`crosstab_table`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipelines.readers.crosstab_parts import GET_AGAIN, PART_OF_YEAR, TIME, YEAR
from pipelines.readers.genesis import follows, months
from pipelines.readers.text import MONTH, MONTH_NAMES, days, shape
from pipelines.readers.workbook import letter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipelines.readers.crosstab_parts import Parts

WRITTEN = (
    "JJJJ, JJJJ/JJ, TT.MM.JJJJ, JJJJ-MM-TT, 31 December 2020, Januar JJJJ, 1. Quartal JJJJ, 1. Halbjahr JJJJ, "
    "WS JJJJ/JJ oder SS JJJJ"
)
_DAY_OF_YEAR = re.compile(
    rf"(?:Stichtag|[Rr]eference da(?:te|y)):? ([0-3][0-9])(?:[.]([01][0-9])[.]|[.]? ({MONTH_NAMES}))(?! ?[0-9]{{4}})"
)
_AVERAGE = re.compile("Jahresdurchschnitt|(?:[Aa]nnual|[Yy]early) average")
_DAY = rf"[0-9]{{1,2}}[. ]\s?(?:[0-9]{{1,2}}[.]|(?:{MONTH_NAMES}))\s?[0-9]{{4}}|{YEAR}-[0-9]{{2}}-[0-9]{{2}}"
# A time after these says of what areas, base or state of the data a table is, not when its figures were counted
_OTHER_TIME = re.compile(
    r"\b(?:Gebietsstand|Grenzen|Basis\w*|Preisbasis|Grundlage|Zensus|Datenstand|Stand|abgerufen"
    r"|WZ|NACE|KldB|ISCED|ICD|[Tt]errit\w+|[Bb]oundar\w+|[Bb]as(?:e|is|ed)|[Cc]ensus|[Cc]reated|[Rr]etrieved)\b"
    rf"(?:(?!Stichtag|Jahr|[Rr]eference|[Yy]ear|\s-\s|[,;()]).){{0,40}}?(?:{_DAY}|{YEAR})\b",
    re.DOTALL,
)
_TITLE_DAY = re.compile(rf"\b(?:{_DAY})\b")
_TITLE_MONTH = re.compile(rf"\b(?:({MONTH_NAMES})\s?(?:[-–/]|bis|und|to|and)\s?)?((?:{MONTH_NAMES})\s{YEAR})\b")
_TITLE_YEAR = re.compile(
    r"\b(?:(?:(?:Berichts|Schul|Erhebungs|Kalender|Haushalts|Studien)j|J)ahr(?:en?)?"
    rf"|Jahres(?:summe|durchschnitt|mittel|ergebnis)|[Yy]ears?|[Aa]nnual (?:average|total)):?\s"
    rf"({YEAR}(?:/[0-9]{{2,4}})?)\b"
    rf"(?:\s?(?:[-–]|bis|und|to|and)\s?({YEAR})\b)?|^({YEAR}(?:/[0-9]{{2,4}})?)$",
    re.MULTILINE,
)
# Parts of a year, with the words of which a title does not tell the months
_TITLE_PART = re.compile(
    rf"\b(?:{PART_OF_YEAR}|(?:Quartal|Vierteljahr|Halbjahr|\w*[Ss]emester|[Qq]uarter|[Hh]alf[- ]year):?\s(?:of )?"
    rf"{YEAR}(?:/[0-9]{{2,4}})?)\b"
)
_MONTH = re.compile(rf"({MONTH_NAMES}) ({YEAR})")
_SCHOOL_YEAR = re.compile(r"([0-9]{4})/(?:[0-9]{2})?([0-9]{2})")
_SEMESTER = re.compile(rf"(W|S)\w+ ({YEAR})(?:/([0-9]{{2}}))?")
_NUMBERED = re.compile(rf"([1-4])\. ?(Quartal|Vierteljahr|Halbjahr) ({YEAR})")
_SHORT = re.compile(rf"({YEAR})[ -]?Q([1-4])")
_ISO_MONTH = re.compile(rf"({YEAR})-([01][0-9])")

# A heading that is a time in a form no reader knows, or with a mark beside it
_MARK = r"\s?(?:[prsev]|\([a-z]\)|\*+|\(?[0-9]\)|\(?(?:vorläufig|geschätzt|revidiert|berichtigt)\w*\)?)"
_SPAN = rf"{YEAR}\s?(?:[-–]|bis)\s?{YEAR}"
_PARTS_OF_YEAR = rf"{_TITLE_PART.pattern}|{_TITLE_MONTH.pattern}|\b{YEAR}[ -]?[QH][1-4]\b"
_ALONE = re.compile(rf"(?:{_DAY}|{_PARTS_OF_YEAR}|{_SPAN}|{TIME[1:-1]})(?:{_MARK})?")
_SHORT_DAY = r"\b[0-9]{1,2}\.[0-9]{1,2}\.(?:[0-9]{2}(?:[0-9]{2})?|\s?[-–])(?![0-9])"
_SIZE = r"\s?(?:Euro|EUR|€|DM|qm|m²|ha|qkm|km|Ew|Einw|Inh|Einwohner|Personen|Wohnungen|Stunden|kg|t|kW|ccm)(?!\w)"
_WITHIN = re.compile(
    rf"\b(?:{_DAY})\b|{_SHORT_DAY}|{_PARTS_OF_YEAR}|\b{_SPAN}\b|\b{YEAR}(?:/[0-9]{{2,4}}|[prsev])?\b(?!{_SIZE})"
)
# Years that tell classes apart or with what a figure is compared are no times of the figures
_RELATIVE = re.compile(
    rf"\b(?:gegenüber|seit|vor|ab|nach|bis|zu|unter|über|compared (?:to|with)|since|before|after|until)\b"
    rf"(?: (?:dem|der|Jahr|year))*\s(?:{_DAY}|{YEAR})"
    rf"|\b{YEAR} (?:(?:und|oder|and|or) (?:später|früher|mehr|\w+er)|bis unter)|\b{YEAR} ?= ?100"
)
_CLASSES = re.compile("(?i)baujahr|baualter|bauzeit|errichtung|geburtsjahr|jahrg[aä]ng|einzug|zuzugsjahr|ankunft")


def period(parts: Parts, text: str, row: int) -> tuple[str, str]:
    """A time as written, in the form of a reading, and its kind.

    Raises InputError for a day the calendar lacks, and for 2010-11, which may be a month or a school year.
    """
    found = _period(parts, text)
    if found is None:
        parts.complain(
            "Eine Zeitangabe ist kein Jahr und kein Tag.",
            row=row,
            expected=WRITTEN,
            found=text[:40],
            remedy=GET_AGAIN,
        )
    return found


def time_of_titles(parts: Parts) -> str | None:
    """The day, month, year or part of a year the title names as the time of the table, whatever stands around it.

    Raises InputError where it names several.
    """
    title = _OTHER_TIME.sub("", "\n".join(parts.titles))
    rest = _TITLE_DAY.sub("", title)
    found = {(days(day) or [day])[0] for day in _TITLE_DAY.findall(title)}
    found |= {match[0] for match in _TITLE_PART.finditer(rest)}
    found |= {" ".join(time.split()) for pair in _TITLE_MONTH.findall(rest) for time in pair if time}
    years = {year for match in _TITLE_YEAR.findall(rest) for year in match if year}
    # The year of a day or a month is no other time
    found |= {year for year in years if not any(re.search(rf"\b{year[:4]}\b", time) for time in found)}
    if len(found) > 1:
        parts.complain(
            "Die Titelzeilen nennen mehrere Zeiten.",
            row=2,
            expected="eine Zeit",
            found=", ".join(sorted(found)),
            remedy="Die Tabelle so abrufen, dass die Zeit in einer Spalte oder im Kopf steht.",
        )
    return next(iter(found), None)


def refuse_other_times(parts: Parts, cells: Iterable[tuple[int, int, str]], said: str | None) -> None:
    """Raise InputError for a heading or label that is a time of its own, in a form that is not read.

    cells: row, position and text. said: the time the table names elsewhere, beside which headings may name others in
    their words; where it names none, no time from outside takes the place of one in a cell.
    """
    meant = _period(parts, said) if said else None
    whole = " ".join((*parts.titles, *(cell for _, line in parts.header for cell in line)))
    classes = _CLASSES.search(whole) is not None
    odd = []
    for row, at, cell in cells:
        rest = _RELATIVE.sub("", _OTHER_TIME.sub("", cell)).strip()
        found = _ALONE.fullmatch(rest) if said else _WITHIN.search(rest)
        if found is None or (classes and not re.search(f"{_DAY}|{_PARTS_OF_YEAR}", found[0])):
            continue
        own = _period(parts, re.sub(f"{_MARK}$", "", found[0]))
        if meant is None or own is None or not meant[0].startswith(own[0]):
            odd.append((row, at, cell))
    if not odd:
        return
    # Beside a time in a form of its own others may stand that were read if they stood alone
    row, at, cell = next((one for one in odd if not re.match(TIME, one[2])), odd[0])
    parts.complain(
        "Die Tabelle nennt eine Zeit in einer Form, die nicht gelesen wird.",
        row=row,
        column=letter(at) if parts.workbook else f"Zelle {at + 1}",
        expected=f"keine andere Zeit als {meant[0]}" if meant else WRITTEN,
        found=cell[:60] if row < parts.first_row else shape(cell),
        remedy="Die Tabelle so abrufen, dass die Zeit ohne Zusatz in einer Spalte oder Kopfzeile steht; keine Angabe "
        "von außen ersetzt eine Zeit, die in der Tabelle steht.",
    )


def _period(parts: Parts, text: str) -> tuple[str, str] | None:
    if re.fullmatch("[0-9]{4}", text):
        return _of_year(parts, text)
    school = _SCHOOL_YEAR.fullmatch(text)
    if school and follows(school[1], school[2]):
        return f"{school[1]}/{int(school[1]) + 1}", "zeitraum"
    day = days(text) if re.fullmatch(TIME, text) else []
    return (day[0], "stichtag") if len(day) == 1 else _part_of_year(text)


def _part_of_year(text: str) -> tuple[str, str] | None:
    """First and last day of a semester, half-year, quarter or month."""
    month = _MONTH.fullmatch(text)
    if month:
        return months(int(month[2]), MONTH[month[1]], 1)
    semester = _SEMESTER.fullmatch(text)
    if semester:
        year, next_year = semester[2], semester[3]
        if semester[1] == "S":
            return None if next_year else months(int(year), 4, 6)
        return months(int(year), 10, 6) if next_year and follows(year, next_year) else None
    numbered = _NUMBERED.fullmatch(text)
    if numbered:
        length = 6 if numbered[2] == "Halbjahr" else 3
        start = (int(numbered[1]) - 1) * length + 1
        return months(int(numbered[3]), start, length) if start <= 12 else None
    short = _SHORT.fullmatch(text)
    if short:
        return months(int(short[1]), int(short[2]) * 3 - 2, 3)
    iso = _ISO_MONTH.fullmatch(text)
    # 2010-11 may be a month or a school year
    if iso and 1 <= int(iso[2]) <= 12 and not follows(iso[1], iso[2]):
        return months(int(iso[1]), int(iso[2]), 1)
    return None


def _of_year(parts: Parts, year: str) -> tuple[str, str]:
    title = " ".join(parts.titles)
    day = _DAY_OF_YEAR.search(title)
    if day:
        return f"{year}-{int(day[2] or MONTH[day[3]]):02}-{day[1]}", "stichtag"
    return year, "jahresdurchschnitt" if _AVERAGE.search(title) else "jahr"
