"""A form that comes back: which form it is, what was said, the figures in it, and every cell that cannot be taken.

What belongs here: finding the tables of a form whatever a spreadsheet program did to it, the official format
`formular`. What does not: what one cell says (`cells`), whether figures fit together (`checking`), taking them in
(`intake`).

People move and copy sheets, add rows and columns, type „1.234“ or „12 500“ as text, and save with other programs. All
that is read. What would have to be guessed is a finding with its cell.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipelines.errors import InputError
from pipelines.forms.cells import cell_value, is_figure
from pipelines.forms.definition import FORMAT_KEY, YEAR, Area, Form, Issue, Item, forms
from pipelines.forms.form import (
    FACTS,
    HELP,
    HIDDEN,
    KEY_HEAD,
    MEANING,
    NAME_HEAD,
    NOTE_HEAD,
    PUBLISHED,
    QUALITIES,
    QUALITY,
    REMARK,
    ROLE,
    STAND,
    YES,
)
from pipelines.geography.keys import level, restore_zero
from pipelines.german import is_day
from pipelines.readers.reading import NOTHING_AGREED, Agreed, Format, Reading, check_agreed, tidy
from pipelines.readers.workbook import Workbook, column_number, letter, place_of, text_of

if TYPE_CHECKING:
    from pipelines.readers.rawfile import RawFile

RESULT = "Prüfergebnis"  # the sheet by which a checked form was answered; it may come back with the corrected one
AGAIN = "Ein neues Formular mit „sozialatlas template“ schreiben lassen und die Zahlen dorthin übertragen."
FORMULA = (
    "Die Zahl statt der Formel eintragen; oder die Datei in Excel öffnen, neu berechnen lassen (F9), speichern und "
    "noch einmal senden. Formeln auf andere Dateien werden nie gelesen."
)
_DAY = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")


@dataclass(frozen=True)
class Finding:
    """One problem: what, what was found, what to do, and its cell, counted from 1; severe ones keep the form out."""

    what: str
    remedy: str
    found: str = ""
    sheet: str | None = None
    row: int | None = None
    column: int | None = None
    severe: bool = True

    @property
    def cell(self) -> str | None:
        """The cell as a spreadsheet names it, such as C9."""
        return None if self.row is None or self.column is None else f"{letter(self.column - 1)}{self.row}"


@dataclass(frozen=True)
class Answer:
    """One figure of a form and its cell; `value` stands exactly where the status promises one."""

    area: Area
    item: Item
    value: float | None
    status: str
    sign: str | None
    sheet: str
    row: int
    column: int


@dataclass(frozen=True)
class Statement:
    """What the office says about its delivery; None where it says nothing that can be understood. stand: a day."""

    role: str | None = None
    published: bool | None = None
    quality: str | None = None
    stand: str | None = None
    remark: str = ""


@dataclass(frozen=True)
class Note:
    """A text somebody wrote, in a cell or in a comment to it, and that cell."""

    text: str
    sheet: str
    row: int
    column: int


@dataclass(frozen=True)
class Answers:
    """A form as it came back. Where findings leave a table unread, there are no figures of it.

    heads: the cell above the figures of each item, by code. names: what stands in the column Gebiet, by area. notes:
    all texts of the sheets that people write in.
    """

    issue: Issue
    said: Statement
    figures: tuple[Answer, ...] = ()
    findings: tuple[Finding, ...] = ()
    heads: dict[str, tuple[str, int, int]] = field(default_factory=dict)
    names: dict[str, Note] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()

    @property
    def columns(self) -> list[tuple[Item, list[Answer]]]:
        """The figures by item, areas in their order; items of which no cell was filled in are left out."""
        found = []
        for item in self.issue.form.items:
            answers = [one for one in self.figures if one.item == item]
            if any(one.status != "missing" for one in answers):
                found.append((item, answers))
        return found


def recognises(file: RawFile) -> bool:
    """Whether a file is a workbook with the hidden sheet of a form."""
    if not file.is_workbook:
        return False
    try:
        return HIDDEN in file.workbook.names
    except InputError:
        return False


def read_answers(file: RawFile) -> Answers:
    """Everything a form says. Raises InputError for a file that is no form of this project, or one there is no more."""
    book = file.workbook
    facts = _facts(book)
    form = forms().get(facts.get("formular", ""))
    if form is None:
        book.complain(
            "Die Datei ist kein Formular des Sozialatlas.",
            expected="eine mit „sozialatlas template“ geschriebene Arbeitsmappe, auch umbenannt oder neu gespeichert",
            found=facts.get("formular") or f"kein Blatt „{HIDDEN}“",
            remedy=AGAIN,
        )
    issue = _issue(form, facts)
    fault = _structure_fault(issue, facts)
    if fault:
        return Answers(issue, Statement(), findings=(fault,))
    found: list[Finding] = []
    sheets, formulas = _sheets(book, found)
    said, told = _statement(sheets, form, found)
    figures, heads, names = _figures(sheets, issue, found)
    used = {told, *(sheet for sheet, _, _ in heads.values())}
    found.extend(one for one in formulas if one.sheet in used)
    if heads:
        found.extend(_beside(sheets, used, found))
    return Answers(issue, said, figures, tuple(found), heads, names, tuple(_notes(sheets)))


def read(file: RawFile, agreed: Agreed = NOTHING_AGREED) -> Reading:
    """A form as an official file is read: every figure with its cell. Raises InputError for a form with problems."""
    answers = read_answers(file)
    severe = [one for one in answers.findings if one.severe]
    complain = file.workbook.complain
    if severe:
        first = severe[0]
        complain(
            f"Das Formular hat {len(severe)} Fehler; der erste: {first.what}",
            row=first.row or "gesamte Datei",
            column=first.cell or "alle",
            expected="ein Formular ohne Fehler",
            found=first.found or "siehe Prüfergebnis",
            remedy="Mit „sozialatlas check DATEI“ prüfen; die Antwort zeigt jeden Fehler in seiner Zelle.",
        )
    form, said = answers.issue.form, answers.said
    frame = tidy(_frame(answers))
    if frame.is_empty():
        complain("Das Formular ist leer.", expected="mindestens eine Zahl", found="keine", remedy="Zahlen eintragen.")
    check_agreed(frame, agreed, complain, form.key)
    return Reading(
        file=file,
        format=FORMAT_KEY,
        title=f"{form.title}, {answers.issue.year}",
        frame=frame,
        code=form.key,
        stand=said.stand,
    )


FORMAT = Format(FORMAT_KEY, "Formular einer Lieferung (xlsx)", "Ämter und Gemeinden", recognises, read)


def _frame(answers: Answers) -> Any:
    import polars as pl

    year = answers.issue.year
    rows = [
        {
            "row": one.row,
            "place": letter(one.column - 1),
            "source_key": one.area.key,
            "key": one.area.key,
            "level": one.area.level,
            "time": item.stichtag(year),
            "time_kind": "jahr" if item.time == YEAR else "stichtag",
            "item": item.code,
            "item_label": item.name,
            "dimensions": "",
            "value": one.value,
            "unit": item.unit,
            "status": one.status,
            "quality": answers.said.quality or "final",
            "sign": one.sign,
        }
        for item, figures in answers.columns
        for one in figures
    ]
    schema = {"value": pl.Float64, "sign": pl.String, "row": pl.Int64}
    names = ("place", "source_key", "key", "level", "time", "time_kind", "item", "item_label", "dimensions", "unit")
    return pl.DataFrame(rows, schema={**schema, **dict.fromkeys((*names, "status", "quality"), pl.String)})


# ------------------------------------------------------------------------------------------------ which form
def _facts(book: Workbook) -> dict[str, str]:
    if HIDDEN not in book.names:
        return {}
    rows = [[text_of(cell) for cell in row[:2]] for row in book.rows(HIDDEN)]
    return {row[0]: row[1] for row in rows if len(row) == 2 and row[0] in FACTS}


def _issue(form: Form, facts: dict[str, str]) -> Issue:
    areas = tuple(Area(key, key, level(key) or "") for key in facts.get("gebiete", "").split())
    year = facts.get("jahr", "")
    return Issue(form, facts.get("kreis", ""), int(year) if re.fullmatch("[0-9]{4}", year) else 0, areas)


def _structure_fault(issue: Issue, facts: dict[str, str]) -> Finding | None:
    """A form whose columns and rules are no longer those asked for, or whose hidden sheet was changed."""
    form = issue.form
    if facts.get("version") != str(form.version):
        return Finding(
            "Das Formular ist nicht die geltende Fassung.",
            AGAIN,
            f"Fassung {facts.get('version', 'unbekannt')}; es gilt Fassung {form.version}",
        )
    if facts.get("struktur") != issue.structure:
        return Finding("Der Aufbau des Formulars wurde verändert.", AGAIN, f"Blatt „{HIDDEN}“ passt nicht zum Formular")
    return None


def _sheets(book: Workbook, found: list[Finding]) -> tuple[dict[str, list[list[Any]]], list[Finding]]:
    """The cells of every sheet that may hold answers, and their formulas without a result of their own.

    A sheet that cannot be read is a finding.
    """
    sheets, formulas = {}, []
    for name in book.names:
        if name in (HIDDEN, HELP, MEANING, RESULT):
            continue
        try:
            sheets[name], faulty = book.rows_and_formulas(name)
        except InputError as error:
            row = error.row if isinstance(error.row, int) else None
            found.append(
                Finding(error.what, error.remedy, str(error.found), name, row, _number_of_column(error.column))
            )
            continue
        for cell, what in faulty:
            row, column = place_of(cell) or (1, 1)
            formulas.append(
                Finding("Die Zelle enthält eine Formel statt einer Zahl.", FORMULA, what, name, row, column)
            )
            if row <= len(sheets[name]) and column <= len(sheets[name][row - 1]):
                sheets[name][row - 1][column - 1] = ""
    return sheets, formulas


def _beside(sheets: dict[str, list[list[Any]]], used: set[str | None], found: Sequence[Finding]) -> Iterator[Finding]:
    """Sheets somebody added: nobody should believe that they were read."""
    told = used | {one.sheet for one in found}
    for sheet, rows in sheets.items():
        if sheet not in told and any(text_of(cell) for row in rows for cell in row):
            what = "Das Blatt gehört nicht zum Formular; es wird nicht gelesen."
            yield Finding(what, "Nichts zu tun, wenn es keine Angaben zum Formular enthält.", "", sheet, 1, 1, False)


def _number_of_column(letters: str | None) -> int | None:
    """The column of a message, None where it names none."""
    return column_number(letters) if letters and re.fullmatch("[A-Z]{1,3}", letters) else None


# ------------------------------------------------------------------------------------------------ what was said
def _statement(sheets: dict[str, list[list[Any]]], form: Form, found: list[Finding]) -> tuple[Statement, str | None]:
    """What was said, and on which sheet. A copy of that sheet that says something else is a finding."""
    told: list[tuple[str, Statement, list[Finding]]] = []
    for sheet, rows in sheets.items():
        places = {text_of(cells[0]): (row, cells) for row, cells in enumerate(rows, 1) if cells and cells[0] != ""}
        if ROLE in places and PUBLISHED in places:
            own: list[Finding] = []
            told.append((sheet, _Statements(sheet, places, own).read(form), own))
    if not told:
        found.append(Finding("Das Blatt mit den Angaben zur Lieferung fehlt.", AGAIN))
        return Statement(), None
    filled = [one for one in told if one[1] != Statement()] or told[:1]
    sheet, said, own = filled[0]
    found.extend(own)
    found.extend(_copy(other, sheet, same=there == said, of="Angaben") for other, there, _ in filled[1:])
    return said, sheet


def _copy(other: str, sheet: str, *, same: bool, of: str) -> Finding:
    """A sheet that stands twice, with the same or other content."""
    return Finding(
        f"Das Blatt „{other}“ ist eine Kopie von „{sheet}“" + ("." if same else f" mit anderen {of}."),
        "Nichts zu tun." if same else f"Das Blatt löschen, das nicht gelten soll; gelesen wurde „{sheet}“.",
        f"dieselben {of}" if same else "",
        other,
        1,
        1,
        severe=not same,
    )


@dataclass(frozen=True)
class _Statements:
    """The sheet Angaben: its rows by the label in column A."""

    sheet: str
    places: dict[str, tuple[int, list[Any]]]
    found: list[Finding]

    def read(self, form: Form) -> Statement:
        """Every statement, and a finding for each that is absent or not from its list."""
        role = self.choice(ROLE, form.roles)
        published = self.choice(PUBLISHED, (YES, "nein"))
        quality = self.choice(QUALITY, tuple(QUALITIES))
        return Statement(
            role=role,
            published=None if published is None else published == YES,
            quality=None if quality is None else QUALITIES[quality],
            stand=self.day(STAND),
            remark=text_of(self.cell(REMARK)),
        )

    def cell(self, name: str) -> Any:
        """What stands beside a label."""
        _, cells = self.places.get(name, (0, []))
        return cells[1] if len(cells) > 1 else ""

    def choice(self, name: str, known: Sequence[str]) -> str | None:
        """One of the known texts, whatever their case."""
        text = text_of(self.cell(name))
        chosen = next((one for one in known if one.casefold() == text.casefold()), None)
        if chosen is None:
            self.complain(name, f"Einen Wert aus der Liste wählen: {'; '.join(known)}.", text)
        return chosen

    def day(self, name: str) -> str | None:
        """A day of the calendar, as a date or as text."""
        cell = self.cell(name)
        if isinstance(cell, dt.datetime | dt.date):
            return cell.isoformat()[:10]
        text = text_of(cell)
        parts = _DAY.fullmatch(text)
        day = f"{parts[3]}-{parts[2]:0>2}-{parts[1]:0>2}" if parts else text
        if is_day(day):
            return day
        self.complain(name, "Einen Tag eintragen, z. B. 15.03.2023.", text)
        return None

    def complain(self, name: str, remedy: str, text: str) -> None:
        """A statement that is absent or not understood; its text is not repeated, it may be a name."""
        row = self.places[name][0] if name in self.places else None
        what = f"„{name}“ ist nicht ausgefüllt." if not text else f"„{name}“ hat keinen der vorgesehenen Werte."
        self.found.append(Finding(what, remedy, "" if not text else "ein anderer Text", self.sheet, row, 2))


# ------------------------------------------------------------------------------------------------ the figures
def _figures(
    sheets: dict[str, list[list[Any]]], issue: Issue, found: list[Finding]
) -> tuple[tuple[Answer, ...], dict[str, tuple[str, int, int]], dict[str, Note]]:
    tables = []
    for sheet, rows in sheets.items():
        head = _head(rows, issue.form)
        if head is not None:
            table = _Table(sheet, rows, head, issue)
            tables.append((sheet, *table.read(), table.heads(), table.names()))
    if not tables:
        found.append(Finding("Das Blatt mit den Zahlen fehlt.", AGAIN, "keine Kopfzeile mit den Kennungen der Spalten"))
        return (), {}, {}
    # A copy that was left untouched is no second answer
    filled = [one for one in tables if any(answer.status != "missing" for answer in one[1])] or tables[:1]
    sheet, figures, own, heads, names = filled[0]
    found.extend(own)
    values = [(one.value, one.status) for one in figures]
    for other, figures_there, *_ in filled[1:]:
        same = values == [(one.value, one.status) for one in figures_there]
        found.append(_copy(other, sheet, same=same, of="Zahlen"))
    return tuple(figures), heads, names


def _notes(sheets: dict[str, list[list[Any]]]) -> Iterator[Note]:
    """Every text of every sheet that people write in; those of the form tell of no person."""
    for sheet, rows in sheets.items():
        for row, cells in enumerate(rows, 1):
            for column, cell in enumerate(cells, 1):
                if isinstance(cell, str) and cell:
                    yield Note(text_of(cell), sheet, row, column)


def _head(rows: list[list[Any]], form: Form) -> int | None:
    """The row with the codes of the columns, counted from 0; most of them are enough, so that a lost one is told."""
    codes = {item.code for item in form.items}
    for at, row in enumerate(rows):
        texts = [text_of(cell) for cell in row]
        if KEY_HEAD in texts and 2 * len(codes & set(texts)) >= len(codes):
            return at
    return None


@dataclass(frozen=True)
class _Table:
    """The sheet Zahlen: its rows and the row of its head, from 0."""

    sheet: str
    rows: list[list[Any]]
    head: int
    issue: Issue

    def heads(self) -> dict[str, tuple[str, int, int]]:
        """The cell of the code of every column there is."""
        texts = [text_of(cell) for cell in self.rows[self.head]]
        known = {item.code for item in self.issue.form.items}
        places = reversed(list(enumerate(texts, 1)))  # of a column that stands twice the first one counts
        return {code: (self.sheet, self.head + 1, at) for at, code in places if code in known}

    def names(self) -> dict[str, Note]:
        """What stands in the column Gebiet, by the key of the area."""
        texts = [text_of(cell) for cell in self.rows[self.head]]
        if NAME_HEAD not in texts:
            return {}
        column = texts.index(NAME_HEAD)
        rows = {area.key: at for area, at in self._area_rows([]).items() if column < len(self.rows[at])}
        return {key: Note(text_of(self.rows[at][column]), self.sheet, at + 1, column + 1) for key, at in rows.items()}

    def read(self) -> tuple[list[Answer], list[Finding]]:
        """All figures, item by item, and what is wrong with the cells."""
        found: list[Finding] = []
        places = self.heads()
        for item in self.issue.form.items:
            if item.code not in places:
                found.append(Finding(f"Die Spalte {item.code} fehlt.", AGAIN, "", self.sheet, self.head + 1, 1))
        rows = self._area_rows(found)
        self._strange_columns(places, rows, found)
        answers = []
        for item in self.issue.form.items:
            if item.code in places:
                answers += [self._answer(area, item, row, places[item.code][2], found) for area, row in rows.items()]
        return answers, found

    def _area_rows(self, found: list[Finding]) -> dict[Area, int]:
        """The row of each area, from 0, in the order of the form."""
        texts = [text_of(cell) for cell in self.rows[self.head]]
        column = texts.index(KEY_HEAD)
        known = {area.key: area for area in self.issue.areas}
        rows: dict[Area, int] = {}
        for at in range(self.head + 1, len(self.rows)):
            cells = self.rows[at]
            key = text_of(cells[column]) if column < len(cells) else ""
            key = key if key in known else (restore_zero(key) or key)
            area = known.get(key)
            if area is None:
                self._strange_row(at, column, bool(key), found)
            elif area in rows:
                found.append(
                    Finding(
                        f"Die Zeile für {key} steht zweimal da.",
                        f"Eine der beiden Zeilen löschen; die erste ist Zeile {rows[area] + 1}.",
                        key,
                        self.sheet,
                        at + 1,
                        column + 1,
                    )
                )
            else:
                rows[area] = at
        for area in self.issue.areas:
            if area not in rows:
                what = f"Die Zeile für {area.key} fehlt."
                found.append(Finding(what, AGAIN, "", self.sheet, self.head + 1, column + 1))
        return {area: rows[area] for area in self.issue.areas if area in rows}

    def _strange_row(self, at: int, column: int, keyed: bool, found: list[Finding]) -> None:
        """A row that is none of the form: explanations above the areas and blank rows are nothing, figures are."""
        numbers = [place for place, cell in enumerate(self.rows[at]) if place != column and is_figure(cell)]
        if numbers:
            what = "Die Zeile gehört nicht zum Formular; was in ihr steht, würde verloren gehen."
            remedy = "Die Zahlen bei ihrer Gemeinde eintragen und die Zeile leeren."
            shown, place = ("ein anderer Schlüssel", column) if keyed else ("Zahlen ohne Gebiet", numbers[0])
        elif keyed:
            what = "Der Text gehört nicht zum Formular; er wird nicht übernommen."
            remedy, shown, place = f"Nichts zu tun; Erläuterungen gehören unter „{NOTE_HEAD}“.", "", column
        else:
            return
        found.append(Finding(what, remedy, shown, self.sheet, at + 1, place + 1, severe=bool(numbers)))

    def _strange_columns(
        self, places: dict[str, tuple[str, int, int]], rows: dict[Area, int], found: list[Finding]
    ) -> None:
        """Columns somebody added or doubled, where something stands beside an area."""
        texts = [text_of(cell) for cell in self.rows[self.head]]
        used = {column - 1 for _, _, column in places.values()}
        used |= {at for at, text in enumerate(texts) if text in (KEY_HEAD, NAME_HEAD, NOTE_HEAD)}
        width = max((len(self.rows[row]) for row in rows.values()), default=0)
        for at in range(width):
            filled = [row for row in rows.values() if at < len(self.rows[row]) and text_of(self.rows[row][at])]
            if at not in used and filled:
                found.append(
                    Finding(
                        "Die Spalte gehört nicht zum Formular; was in ihr steht, würde verloren gehen.",
                        f"Zahlen in ihre Spalten, Erläuterungen unter „{NOTE_HEAD}“ eintragen, diese Spalte leeren.",
                        f"{len(filled)} Einträge",
                        self.sheet,
                        filled[0] + 1,
                        at + 1,
                    )
                )

    def _answer(self, area: Area, item: Item, row: int, column: int, found: list[Finding]) -> Answer:
        cells = self.rows[row]
        cell = cells[column - 1] if column <= len(cells) else ""
        value, status, sign, fault = cell_value(cell, item)
        if fault is not None:
            what, remedy, shown = fault
            found.append(Finding(what, remedy, shown, self.sheet, row + 1, column))
        return Answer(area, item, value, status, sign, self.sheet, row + 1, column)
