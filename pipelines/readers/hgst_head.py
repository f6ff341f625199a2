"""The head of a table of the Hessische Gemeindestatistik: which column is what, of which time, in which unit.

What belongs here: titles, merged cells of the head, dates in words, units, names of items. What does not: the rows
below (`hgst`). Order of trust for a time: the head of the column, the title of the table, what was agreed; never the
name of the file; those that contradict each other are an error. Nothing is guessed: a blank cell of the head that could
belong to two columns is an error. A unit may reach over columns of several headings, as the office prints it; that it
was stretched over a column whose own unit is gone shows where whole and broken numbers then have one unit. Not noticed:
the same where both are whole, as persons and 1 000 EUR.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NoReturn

from pipelines.readers.text import MONTHS, slug
from pipelines.readers.workbook import AGAIN, Workbook, letter, text_of

# Rows in which the head of a table begins
TOP = 15
# How many numbers of a column tell whether they are whole, and what share of broken ones says that they are not
FEW, MOST = 4, 0.5
# A sentence, not a head
LONG = 60
_KEY_HEAD = re.compile(r"(?:schlüssel|schluessel)(?:nummer|nr)?$")
_NAME_HEAD = re.compile(r"^(?:gebiet|gemeinde|name|region|verwaltungs|stadt|land|kreis)")
_LINK = re.compile(
    r"(?:zurück )?(?:zum |zur |zu den )?(?:erläuterung(?:en)?|inhalt(?:sverzeichnis)?|übersicht|impressum)|zurück",
    re.IGNORECASE,
)
# A footnote mark, glued to a word or not; m² is none
_MARK = re.compile(r"\s?(?:\b[0-9]{1,2}|(?<=[^\W0-9])[0-9]{1,2}|\*+)\)|(?<!m)[¹²³⁴⁵⁶⁷⁸⁹]+[)⁾]?")
# A word broken over lines: by a soft hyphen, or by a hyphen that is no part of it (but: „Grund- und Gewerbesteuer“)
_BROKEN = re.compile("\u00ad\\s*")
_HYPHEN = re.compile(r"(?<=[a-zäöüß])- (?=[a-zäöüß])(?!und |oder |bzw)")

_MONTH = "|".join(MONTHS)
_DAY = re.compile(rf"([0-9]{{1,2}})\. ?(?:([0-9]{{1,2}})\.|({_MONTH})) ?((?:19|20)[0-9]{{2}}\b)?")
_OF_MONTH = re.compile(rf"\b({_MONTH}) ((?:19|20)[0-9]{{2}})\b")
_SPAN = re.compile(r"\b((?:19|20)[0-9]{2})/((?:19|20)?[0-9]{2})\b")
_YEAR = re.compile(r"(?<![0-9.,])\b((?:19|20)[0-9]{2})\b(?![.,]?[0-9])")
# Numbers that look like years and are none: classifications, censuses, size classes
_VOM = r"(?: vom [0-9. ]+[A-Zä-ü][a-zä-ü]+)? ?"
_NO_TIME = re.compile(
    rf"\bWZ ?(?:19|20)[0-9]{{2}}|(?:Zensus|(?:Volks|Wohnungs)zählung)(?:es)?{_VOM}(?:19|20)[0-9]{{2}}|Gebietsstand[^)]*"
)
_CLASS = re.compile(
    r"(?:unter|über|von|ab|bis|vor|nach) (?:19|20)[0-9]{2}\b|\b(?:19|20)[0-9]{2} (?:bis|und|oder) (?:[a-zä-ü0-9 ]+)"
)
_AGO = re.compile(
    r"\(?(?:gegenüber|im Vergleich (?:zu|mit)|seit)(?: de[mnr])? "
    rf"(?:Vorjahr[a-z]*|(?:{_DAY.pattern}|{_YEAR.pattern}))\)?"
)
_BEFORE = r"(?:\b(?:am|zum|im|in|Stand|Ende|Jahr) )*"
# Columns that may stand beside their total under the same words
_OF_TOTAL = re.compile(r"dar(?:unter|\.)|davon|und zwar|je |auf |in %|%|Prozent|Anteil", re.IGNORECASE)
_MEAN = re.compile(r"durchschnitt|jahresmittel", re.IGNORECASE)
_BASIS = re.compile(rf"(Zensus|Volkszählung)(?:es)?{_VOM}(1970|1987|2011|2022)")

_MEASURE = (
    r"(?:Anzahl|%|Prozent|ha|Hektar|km²|km2|m²|m2|m³|m3|EUR|Euro|€|Stunden|Std\.|Tagen?|kW|t|dt|Personen|Betten|Jahren?|"
    r"Stück|Plätze)"
)
_UNIT_CORE = rf"(?:(?:1 ?000|100|Mill\.|Mio\.) )?{_MEASURE}(?: (?:je|pro|auf) .+)?"
_UNIT = re.compile(rf"(?:in )?(?:{_UNIT_CORE}|1 ?000|(?:je|auf) .+)", re.IGNORECASE)
# A unit among other words: `Wohnfläche je Wohnung in m²` is in m², `Einwohner je km²` has no other unit than that
_UNIT_INSIDE = (
    re.compile(rf"(?:\bin |\()((?:(?:1 ?000|100|Mill\.|Mio\.) )?{_MEASURE})(?=$|[ ,;)])"),
    re.compile(r"\b((?:je|auf) (?:1 ?000 |100 )?[\w²/.-]+)"),
)

Place = tuple[int, int]
_Origins = dict[int, list[Place | None]]


@dataclass(frozen=True)
class Time:
    """A time as a reading tells it: `2021-12-31`, `2021`, `2020-05` or `2019/2020`, and which kind it is."""

    text: str
    kind: str


@dataclass(frozen=True)
class Column:
    """A column with figures, counted from 0: its name, words from top to bottom, unit and time."""

    at: int
    item: str
    path: tuple[str, ...]
    unit: str
    time: str
    time_kind: str

    @property
    def label(self) -> str:
        """The printed words."""
        return " – ".join(self.path)

    @property
    def names(self) -> tuple[str, ...]:
        """The words without the unit that stands below them."""
        return self.path[:-1] if self.path[-1] == self.unit else self.path


def find(cells: Sequence[Sequence[object]]) -> Place | None:
    """Row and column, from 0, of the head of the key column; None for a sheet without one."""
    for at, row in enumerate(cells[:TOP]):
        for column, cell in enumerate(row):
            if isinstance(cell, str) and len(cell) < LONG and _KEY_HEAD.search(_compact(cell)):
                return at, column
    return None


def names_areas_only(row: Sequence[object]) -> bool:
    """Whether a row of a head has no words but those of keys and names."""
    words = [_compact(text_of(cell)) for cell in row if cell != "" and not _LINK.fullmatch(text_of(cell))]
    return all(_KEY_HEAD.search(word) or _NAME_HEAD.match(word) for word in words)


def without_marks(text: str) -> str:
    """Printed words without footnote marks: `FrankfurtRheinMain1)`, `Umsatz 1) 2)`; `(Rhein 1)` keeps its bracket."""
    kept, at = "", 0
    for mark in _MARK.finditer(text):
        kept += text[at : mark.start()]
        if kept.count("(") > kept.count(")"):
            kept += mark.group()
        at = mark.end()
    return " ".join((kept + text[at:]).split())


class Head:
    """The head of a sheet: title, key and name column, columns with figures, first row below."""

    def __init__(
        self, book: Workbook, sheet: str, cells: Sequence[Sequence[object]], first: int, agreed: str | None
    ) -> None:
        """`first`: the row, from 0, of the first area; `agreed`: the time of a table that names none."""
        self.book = book
        self.sheet = sheet
        self.cells = cells
        self.first = first
        self.agreed = agreed
        self.top, self.key_column = find(cells) or (0, 0)
        width = len(cells[self.top])
        merged = sorted(book.merged(sheet))
        for start, end in merged:
            if self.top <= start[0] < first <= end[0]:
                self._refuse_blank(first, start[1])
        self._anchors = {
            (row, column): start
            for start, end in merged
            for row in range(max(start[0], self.top), min(end[0] + 1, first))
            for column in range(start[1], min(end[1] + 1, width))
        }
        self._refuse_overlap(merged)
        self._rows = [row for row in range(self.top, first) if not self._is_counting(row)]

    @cached_property
    def title(self) -> str:
        """All words above the head, without links."""
        words = (without_marks(text_of(cell)) for row in self.cells[: self.top] for cell in row if cell != "")
        return " ".join(word for word in words if not _LINK.fullmatch(word))

    @cached_property
    def _titled(self) -> list[Time]:
        """The times of the title; what stands in brackets (census, source, last change) counts only if nothing else."""
        return _times(re.sub(r"\([^)]*\)", " ", self.title)) or _times(self.title)

    @property
    def stock(self) -> tuple[str, str] | None:
        """What the title says before its day, and the day; None for a title without one."""
        found = _DAY.search(self.title)
        if found is None or len(self._titled) != 1 or self._titled[0].kind != "stichtag":
            return None
        return re.sub(r"(?: am| zum)?\s*$", "", self.title[: found.start()]).lower(), self._titled[0].text

    @property
    def basis(self) -> str | None:
        """The census the title names."""
        found = _BASIS.search(self.title)
        if found is None:
            return None
        return f"Zensus{found.group(2)}" if found.group(1) == "Zensus" else f"VZ{found.group(2)}"

    @cached_property
    def name_column(self) -> int:
        """The column of names of areas."""
        for column in range(len(self.cells[self.top])):
            if column != self.key_column and _NAME_HEAD.match(_compact(self._text(self.top, column))):
                return column
        self._refuse("Die Spalte mit den Namen der Gebiete fehlt.", self.top, 1, "„Gebiet“", "keine")

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns with figures, from left to right.

        Raises InputError for a head without figures or figures without a head, for broken merged cells, a column whose
        time is not to be known, and two columns of one name.
        """
        self._refuse_figures()
        origins = self._origins()
        self._refuse_lost(origins)
        found = []
        for column in self._candidates():
            path = self._path(origins, column)
            own = any(origin is not None and origin[1] == column for origin in origins[column])
            if not self._is_filled(column):
                if own and path:
                    self._refuse(
                        "Eine Spalte hat eine Überschrift, aber keine Zahlen.", self.first, column, "Zahlen", ""
                    )
            elif origins[column][0] is None:
                self._refuse("Eine Spalte mit Zahlen hat keine Überschrift.", self.top, column, "eine Überschrift", "")
            else:
                found.append(self._column(column, path))
        self._refuse_twice(found)
        self._refuse_stretched(found, origins)
        self._refuse_late(found)
        self._refuse_compared(found)
        return tuple(found)

    def _candidates(self) -> list[int]:
        return [at for at in range(len(self.cells[self.top])) if at not in (self.key_column, self.name_column)]

    def _is_filled(self, column: int) -> bool:
        return any(self.cells[row][column] != "" for row in range(self.first, len(self.cells)))

    def _is_counting(self, row: int) -> bool:
        """Whether a row of the head only numbers the columns. Raises InputError when a number is missing there."""
        texts = [text for cell in self.cells[row] if (text := text_of(cell))]
        columns = sum(self._is_filled(column) for column in self._candidates())
        if len(texts) < max(2, columns) or not all(re.fullmatch("[0-9]{1,2}", text) for text in texts):
            return False
        wanted = [str(int(texts[0]) + at) for at in range(len(texts))]
        if texts != wanted:
            self._refuse(
                "Die Nummern der Spalten im Tabellenkopf sind nicht fortlaufend.",
                row,
                self.key_column,
                " ".join(wanted),
                " ".join(texts),
            )
        return True

    def _refuse_figures(self) -> None:
        """A row of an area whose key was lost must not pass for a row of the head."""
        for row in self._rows[1:]:
            for column, cell in enumerate(self.cells[row]):
                name = column == self.name_column and cell != "" and (row, column) not in self._anchors
                number = (
                    isinstance(cell, float) and cell >= 100 and not re.fullmatch("(?:19|20)[0-9]{2}", text_of(cell))
                )
                if name or number:
                    self._refuse(
                        "Eine Zeile mit Zahlen hat keinen gültigen Gebietsschlüssel.",
                        row,
                        column,
                        "eine Überschrift, oder ein Schlüssel in dieser Zeile",
                        text_of(cell),
                    )

    def _origins(self) -> _Origins:
        """For every column, row by row of the head: the cell whose words stand there."""
        origins: _Origins = {}
        for column in self._candidates():
            origins[column] = []
            for depth, row in enumerate(self._rows):
                origins[column].append(self._origin(origins, column, depth, row))
        return origins

    def _origin(self, origins: _Origins, column: int, depth: int, row: int) -> Place | None:
        """The cell whose words stand at a cell of the head; a blank one goes with its merged cells or those above.

        Where merged cells were split, words reach to the right as far as the words above them do.
        """
        anchor = self._anchor(row, column)
        above = origins[column][depth - 1] if depth else None
        over_areas = anchor[1] in (self.key_column, self.name_column)
        if over_areas or self._text(row, column) not in ("", self._text(*anchor)):
            self._refuse_blank(row, column)
        if self._text(*anchor):
            return anchor
        if (row, column) in self._anchors or column - 1 not in origins:
            return above
        left, left_above = origins[column - 1][depth], origins[column - 1][depth - 1] if depth else None
        if left is None or left in self._anchors or left[0] != row:
            return above
        if not any(self._text(*self._anchor(below, column)) for below in self._rows[depth + 1 :]):
            self._refuse_blank(row, column)
        return left if above == left_above else above

    def _anchor(self, row: int, column: int) -> Place:
        return self._anchors.get((row, column), (row, column))

    def _refuse_blank(self, row: int, column: int, always: bool = False) -> None:
        """A blank cell beside words of the lowest row, words inside merged cells or those of the areas reaching over.

        What such words span is not known.
        """
        if always or self._is_filled(column):
            self._refuse(
                "Die verbundenen Zellen im Tabellenkopf sind zerstört; wozu diese Zelle gehört, ist nicht zu erkennen.",
                row,
                column,
                "verbundene Zellen wie in der Veröffentlichung, nur im Tabellenkopf",
                self._text(row, column),
            )

    def _path(self, origins: _Origins, column: int) -> list[str]:
        seen = dict.fromkeys(origin for origin in origins[column] if origin is not None)
        return [self._text(*origin) for origin in seen]

    def _text(self, row: int, column: int) -> str:
        """Words of a cell of the head, joined over line breaks, without marks; links are no words."""
        cell = self.cells[row][column]
        words = f"{cell:%d.%m.%Y}" if isinstance(cell, dt.date) else text_of(cell)
        if isinstance(cell, str):
            words = text_of(_BROKEN.sub("", cell))
        text = without_marks(_HYPHEN.sub("", words))
        return "" if _LINK.fullmatch(text) else text

    def _column(self, column: int, path: list[str]) -> Column:
        time = self._time(column, path)
        unit = path[-1] if _UNIT.fullmatch(path[-1]) else ""
        if not unit:
            inside = [next(filter(None, (form.search(text) for form in _UNIT_INSIDE)), None) for text in path]
            unit = next((found.group(1) for found in reversed(inside) if found), "")
        names = [name for text in path if (name := slug(self._timeless(text)))]
        return Column(column, ".".join(names) or "wert", tuple(path), unit, time.text, time.kind)

    def _timeless(self, text: str) -> str:
        """Words without dates, so that an item is the same in the next edition; an older year stays."""
        ago = _AGO.search(text)
        if ago:
            year = re.search("(?:19|20)[0-9]{2}", ago.group())
            if year is None or str(int(year.group()) + 1) in {time.text[:4] for time in self._titled}:
                return f"{text[: ago.start()]} gegenüber Vorjahr {text[ago.end() :]}"
        if ago or _CLASS.search(text):
            return text
        for pattern in (_DAY, _OF_MONTH, _SPAN, _YEAR):
            text = re.sub(_BEFORE + pattern.pattern, " ", text)
        return text

    def _time(self, column: int, path: list[str]) -> Time:
        titled = self._titled
        words = [_AGO.sub(" ", text) for text in path]
        named = [time for text in words if not _CLASS.search(text) for time in _times(text, titled)]
        days = [time for time in named if time.kind == "stichtag"]
        found = list(dict.fromkeys([time for time in named if not any(day.text[:4] == time.text for day in days)]))
        if not found:
            found = titled or ([_of_agreed(self.agreed)] if self.agreed else [])
        if len(found) != 1:
            self._refuse(
                "Für eine Spalte ist nicht zu erkennen, für welche Zeit sie gilt.",
                self.top,
                column,
                "ein Tag oder Jahr in der Überschrift der Spalte oder im Titel der Tabelle",
                ", ".join(time.text for time in found) or f"keine Zeit in „{self.title[:120]}“",
            )
        day = next((time for time in titled if time.kind == "stichtag"), None)
        if found[0].kind == "jahr" and day is not None and len({time.text[:4] for time in titled} & {found[0].text}):
            return Time(found[0].text + day.text[4:], "stichtag")
        return found[0]

    def _refuse_twice(self, columns: Sequence[Column]) -> None:
        seen: dict[tuple[str, str, str], int] = {}
        for column in columns:
            key = (column.item, column.time, column.time_kind)
            if key in seen:
                self._refuse(
                    "Zwei Spalten haben dieselbe Überschrift.",
                    self.top,
                    column.at,
                    f"eine andere Überschrift als Spalte {letter(seen[key])}",
                    column.label,
                )
            seen[key] = column.at

    def _refuse_stretched(self, columns: Sequence[Column], origins: _Origins) -> None:
        """Whole numbers and broken ones under one merged unit are not of one unit."""
        under: dict[Place | None, list[Column]] = {}
        for column in columns:
            if column.unit and column.unit == column.path[-1]:
                under.setdefault(origins[column.at][-1], []).append(column)
        for place, alike in under.items():
            telling = [(column.at, broken) for column in alike if (broken := self._is_broken(column.at)) is not None]
            odd = next((at for at, broken in telling if broken != telling[0][1]), None)
            if place is not None and odd is not None:
                self._refuse(
                    "Eine Einheit steht über Spalten mit ganzen und mit gebrochenen Zahlen.",
                    place[0],
                    odd,
                    f"eine eigene Einheit; „{self._text(*place)}“ gehört zu Spalte {letter(telling[0][0])}",
                    "verbundene Zellen",
                )

    def _is_broken(self, column: int) -> bool | None:
        """Whether the numbers of a column have decimals; None where few say anything or they say both."""
        numbers = [cell for row in self.cells[self.first :] if isinstance(cell := row[column], float) and cell]
        shares = sum(not number.is_integer() for number in numbers) / max(len(numbers), 1)
        return None if len(numbers) < FEW or 0 < shares < MOST else shares >= MOST

    def _refuse_overlap(self, merged: Sequence[tuple[Place, Place]]) -> None:
        """No program lets merged cells overlap; where they do, words below the upper one are gone."""
        seen: set[Place] = set()
        for start, end in merged:
            for row in range(max(start[0], self.top), min(end[0] + 1, self.first)):
                for column in range(start[1], min(end[1] + 1, len(self.cells[self.top]))):
                    if (row, column) in seen:
                        self._refuse_blank(row, column, always=True)
                    seen.add((row, column))

    def _refuse_lost(self, origins: _Origins) -> None:
        """Of columns under the same words, one without words of its own beside others with them has lost them."""
        for depth, row in enumerate(self._rows[1:], start=1):
            under: dict[Place, list[int]] = {}
            for column, cells in origins.items():
                above = cells[depth - 1]
                if above is not None and self._is_filled(column):
                    under.setdefault(above, []).append(column)
            for above, columns in under.items():
                named = [column for column in columns if origins[column][depth] != above]
                words = [self._text(*place) for column in named if (place := origins[column][depth]) is not None]
                bare = [column for column in columns if column not in named and self._anchor(row, column) != above]
                if bare and not all(_OF_TOTAL.match(text) for text in words):
                    self._refuse(
                        "Im Tabellenkopf fehlt über einer Spalte ein Wort, das die Spalten neben ihr haben.",
                        row,
                        bare[0],
                        f"eine Überschrift wie „{words[0]}“",
                        "",
                    )

    def _refuse_late(self, columns: Sequence[Column]) -> None:
        """A table holds nothing later than its title says, but for the first day after its year."""
        year = max((int(found) for time in self._titled for found in re.findall("[0-9]{4}", time.text)), default=9999)
        for column in columns:
            if int(column.time[:4]) > year and column.time != f"{year + 1}-01-01":
                self._refuse(
                    "Eine Spalte nennt eine Zeit nach der, für die die Tabelle nach ihrem Titel gilt.",
                    self.top,
                    column.at,
                    f"keine Zeit nach {year}, wie im Titel",
                    column.time,
                )

    def _refuse_compared(self, columns: Sequence[Column]) -> None:
        """A change is one since a time before; of the times a table names, since the one next before."""
        for column in columns:
            compared = [ago.group() for text in column.path for ago in _AGO.finditer(text)]
            for before in (time.text for words in compared for time in _times(words)):
                between = [
                    other.time
                    for other in columns
                    if other.time[4:] == before[4:] == column.time[4:] and before < other.time < column.time
                ]
                width = min(len(before), len(column.time))
                if before[:width] >= column.time[:width] or (between and len(before) == len(column.time) == 10):
                    self._refuse(
                        "Titel und Tabellenkopf nennen Zeiten, die einander widersprechen.",
                        self.top,
                        column.at,
                        f"eine Veränderung gegenüber der Zeit vor {(*between, column.time)[0]}",
                        f"gegenüber {before}, im Titel {column.time}" + (f", daneben {between[0]}" if between else ""),
                    )

    def _refuse(self, what: str, row: int, column: int, expected: str, found: str) -> NoReturn:
        self.book.complain(
            what,
            row=row + 1,
            column=f"{self.sheet}!{letter(column)}",
            expected=expected,
            found=found or "leere Zelle",
            remedy=AGAIN,
        )


def refuse_other_dates(book: Workbook, heads: Sequence[Head]) -> None:
    """Tables of one stock, as „Bevölkerung am …“ and „Nichtdeutsche Bevölkerung am …“, are of one day."""
    stocks = [(head, *stock) for head in heads if (stock := head.stock) is not None]
    for head, words, day in stocks:
        for other, other_words, other_day in stocks:
            same = f" {words}".endswith(f" {other_words}")
            if same and day[4:] == other_day[4:] and day != other_day:
                book.complain(
                    "Zwei Tabellen über denselben Bestand nennen im Titel verschiedene Jahre.",
                    row=1,
                    column=head.sheet,
                    expected=f"{other_day} wie in Blatt „{other.sheet}“, oder dort {day}",
                    found=day,
                    remedy=AGAIN,
                )


def _times(text: str, titled: Sequence[Time] = ()) -> list[Time]:
    """The times a text names, each once; a day without a year has that of the title, if the title has one only."""
    text = _NO_TIME.sub(" ", text)
    year_kind = "jahresdurchschnitt" if _MEAN.search(text) else "jahr"
    found: list[Time] = []
    for day, number, month, year in _DAY.findall(text):
        years = {time.text[:4] for time in titled}
        year = year or (years.pop() if len(years) == 1 else "")
        if year:
            found.append(Time(f"{year}-{int(number or MONTHS.index(month) + 1):02}-{int(day):02}", "stichtag"))
    text = _DAY.sub(" ", text)
    found += [Time(f"{year}-{MONTHS.index(month) + 1:02}", "zeitraum") for month, year in _OF_MONTH.findall(text)]
    text = _OF_MONTH.sub(" ", text)
    found += [Time(f"{start}/{start[: 4 - len(end)]}{end}", "zeitraum") for start, end in _SPAN.findall(text)]
    found += [Time(year, year_kind) for year in _YEAR.findall(_SPAN.sub(" ", text))]
    return list(dict.fromkeys(found))


def _of_agreed(agreed: str) -> Time:
    kinds = {4: "jahr", 10: "stichtag"}
    return Time(agreed, kinds.get(len(agreed), "zeitraum"))


def _compact(text: str) -> str:
    return re.sub(r"[^a-zäöüß]", "", without_marks(text_of(text)).lower())
