"""A form as an Excel workbook: what an office opens, fills in and sends back.

What belongs here: sheets, cells, lists to choose from, protection, print. What does not: which items there are
(`definition`), reading what comes back (`answers`).

Sheets: Ausfüllhilfe, Angaben (who delivers what), Zahlen (one row per area, one column per item), Merkmale (what each
column means), and a hidden sheet by which the program knows the form. Only cells to fill in can be changed.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pipelines.forms.definition import Form, Issue, Item
from pipelines.german import date_text
from pipelines.publish.stable_zip import stable_bytes

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

HELP, SAID, FIGURES, MEANING, HIDDEN = "Ausfüllhilfe", "Angaben", "Zahlen", "Merkmale", "_formular"
TIME = datetime(2020, 1, 1, tzinfo=UTC)  # a form has no date of its own; the same content gives the same bytes
# Column A of the sheet Angaben, by which the answers are found again
ROLE, PUBLISHED, QUALITY, STAND, REMARK = (
    "Ausgefüllt von (Funktion)",
    "Sind diese Zahlen veröffentlicht?",
    "Güte der Zahlen",
    "Stand der Auswertung (Tag)",
    "Bemerkung zur Lieferung",
)
YES, NO = "ja", "nein"
QUALITIES = {"endgültig": "final", "vorläufig": "provisional", "berichtigt": "revised", "eingeschränkt": "limited"}
# Heads of the first, second and last column of the sheet Zahlen; between them stand the codes of the items
KEY_HEAD, NAME_HEAD, NOTE_HEAD = "AGS", "Gebiet", "Bemerkung"
CODES_ROW, FIRST_ROW = 4, 8
# Keys of the hidden sheet
FACTS = ("formular", "version", "kreis", "jahr", "gebiete", "struktur")
LOCKED, OPEN, HEAD, EDGE = "EEF1F4", "FFFFFF", "1F3A5F", "9AA5B1"
WIDE = 9  # items from which on a sheet is printed on A3


def workbook_bytes(issue: Issue, feeds: Mapping[str, Sequence[str]]) -> bytes:
    """The form as XLSX, the same bytes for the same form. feeds: indicators by the code of the item they rest on."""
    from openpyxl import Workbook
    from openpyxl.workbook.protection import WorkbookProtection

    book = Workbook()
    form = issue.form
    book.properties.title = f"{form.title}, {form.office}, {issue.year}"
    book.properties.creator, book.properties.language = "Sozialatlas", "de-DE"
    lists = _hidden(book, issue)
    _help(book.worksheets[0], issue)
    _said(book.create_sheet(SAID, 1), issue, lists)
    _figures(book.create_sheet(FIGURES, 2), issue)
    _meaning(book.create_sheet(MEANING, 3), form, issue.year, feeds)
    book.security = WorkbookProtection(lockStructure=True)
    book.active = 0
    saved = io.BytesIO()
    book.save(saved)
    return stable_bytes(saved, TIME)


def rule_text(item: Item) -> str:
    """The minimum count of an item, in words."""
    if item.minimum <= 1:
        return "jede Anzahl nennen"
    low = "1" if item.minimum == 2 else f"1 bis {item.minimum - 1}"
    return f"Anzahlen von {low} nicht nennen, sondern „.“ eintragen"


def time_text(item: Item, year: int) -> str:
    """The day or year of an item, in words."""
    at = item.stichtag(year)
    return f"Jahr {at}" if at == str(year) else f"Stichtag {date_text(at)}"


def _help(sheet: Worksheet, issue: Issue) -> None:
    form = issue.form
    sheet.title = HELP
    _width(sheet, 26, 96)
    _text(sheet, 1, 1, f"Sozialatlas: {form.title}", size=14, bold=True, wrap=False)
    _text(sheet, 2, 1, f"Formular für {form.office}, Berichtsjahr {issue.year}", bold=True, wrap=False)
    facts = (
        ("Wozu", form.explanation),
        ("Zuordnung", f"Gezählt wird nach: {form.counted}."),
        ("Wann", f"{form.cadence}, {form.due}"),
        ("Rechtsgrundlage", f"{form.legal} (vor dem Versand vom Rechtsamt zu bestätigen)"),
        ("1. Angaben", f"Im Blatt „{SAID}“ Funktion, Veröffentlichung, Güte und Stand eintragen. Keine Namen."),
        ("2. Zahlen", f"Im Blatt „{FIGURES}“ die weißen Felder ausfüllen; was jede Spalte meint, sagt „{MEANING}“."),
        (
            "Zahl",
            "So eintragen, wie sie gezählt wurde: 1234 oder 1.234. Keine Wörter, keine Formeln auf andere Dateien.",
        ),
        ("Strich  -", "Genau null: Es gibt keinen Fall. Eine 0 gilt ebenso."),
        (
            "Punkt  .",
            "Geheim: Die Zahl liegt vor, wird aber nicht genannt. Ab welcher Anzahl, steht über jeder Spalte.",
        ),
        ("leer", "Die Zahl liegt nicht vor. Leer heißt nie null."),
        (
            "Summe",
            "Die letzte Zeile ist die Summe der Gemeinden. Ist nur eine Gemeinde geheim, auch dort einen Punkt setzen: "
            "Sonst ließe sich die Zahl errechnen.",
        ),
        (
            "Datenschutz",
            "Nur Anzahlen. Namen, Geburtstage, Anschriften, Aktenzeichen und Zeilen je Person werden nicht angenommen.",
        ),
        (
            "Zurücksenden",
            "Die Datei unter beliebigem Namen als Excel-Arbeitsmappe (.xlsx) an die Sozialplanung senden.",
        ),
    )
    if all(area.level != "kreis" for area in issue.areas):
        facts = tuple(fact for fact in facts if fact[0] != "Summe")
    for row, (name, text) in enumerate(facts, 4):
        _text(sheet, row, 1, name, bold=True)
        _text(sheet, row, 2, text)
        sheet.row_dimensions[row].height = 15 * _lines(text, 96) + 3
    _print(sheet, landscape=False)
    _lock(sheet)


def _said(sheet: Worksheet, issue: Issue, lists: Mapping[str, str]) -> None:
    """Who delivers what, and whether everybody can read it: two columns, the second to fill in."""
    from openpyxl.worksheet.datavalidation import DataValidation

    _width(sheet, 36, 44, 70)
    _text(sheet, 1, 1, f"{issue.form.title}, Berichtsjahr {issue.year}", size=14, bold=True, wrap=False)
    _heads(sheet, 3, ("Angabe", "Ihre Eintragung", "Erläuterung"))
    rows = (
        (ROLE, "Aus der Liste wählen: eine Funktion, kein Name."),
        (
            PUBLISHED,
            "ja: Alle können genau diese Zahlen schon lesen. nein: Sie bleiben im Haus; der Atlas zeigt nur, "
            "dass sie vorliegen.",
        ),
        (QUALITY, "Aus der Liste wählen."),
        (STAND, "Tag, an dem ausgewertet wurde, z. B. 15.03.2023."),
        (REMARK, "Freiwillig: Änderungen der Zählweise, nicht zugeordnete Fälle. Keine Angaben zu Personen."),
    )
    for row, (name, text) in enumerate(rows, 4):
        _text(sheet, row, 1, name, bold=True)
        _text(sheet, row, 3, text)
        cell = sheet.cell(row, 2)
        _open(cell)
        cell.number_format = "DD.MM.YYYY" if name == STAND else "@"
        sheet.row_dimensions[row].height = 60 if name == REMARK else 34
        check = DataValidation(type="list", formula1=lists[name]) if name in lists else None
        if name == STAND:
            check = DataValidation(type="date", operator="between", formula1="36526", formula2="73050")
        if check is not None:
            _word(
                check,
                name,
                text,
                "Bitte einen Wert aus der Liste wählen." if name in lists else "Bitte einen Tag eintragen.",
            )
            check.showErrorMessage = True
            sheet.add_data_validation(check)
            check.add(cell.coordinate)
    _print(sheet, landscape=True)
    _lock(sheet)


def _figures(sheet: Worksheet, issue: Issue) -> None:
    """A row per area, a column per item: code, name, time and unit, rule above it."""
    form = issue.form
    note = len(form.items) + 3
    widths = [_column_width(item) for item in form.items]
    _width(sheet, 11, 26, *widths, 34)
    _text(sheet, 1, 1, f"{form.title}, Berichtsjahr {issue.year}", size=14, bold=True, wrap=False)
    _text(
        sheet,
        2,
        1,
        "Weiße Felder ausfüllen: Zahl, „-“ (genau null), „.“ (geheim) oder leer (liegt nicht vor).",
        wrap=False,
    )
    _heads(sheet, CODES_ROW, (KEY_HEAD, NAME_HEAD, *[one.code for one in form.items], NOTE_HEAD))
    above = {
        CODES_ROW + 1: ("", "Merkmal", [one.name for one in form.items], "Freiwillig, keine Angaben zu Personen"),
        CODES_ROW + 2: ("", "Zeit, Einheit", [f"{time_text(one, issue.year)}, {one.unit}" for one in form.items], ""),
        CODES_ROW + 3: ("", "Geheimhaltung", [rule_text(one) for one in form.items], ""),
    }
    for row, (first, second, texts, last) in above.items():
        for column, text in enumerate((first, second, *texts, last), 1):
            _text(sheet, row, column, text, bold=row == CODES_ROW + 1, fill=LOCKED, edge=True)
        lines = (_lines(text, width - 3) for text, width in zip(texts, widths, strict=True))
        sheet.row_dimensions[row].height = 15 * max(lines) + 3
    last_row = FIRST_ROW + len(issue.areas) - 1
    for row, area in enumerate(issue.areas, FIRST_ROW):
        whole = area.level == "kreis"
        _text(sheet, row, 1, area.key, bold=whole, fill=LOCKED, edge=True)
        _text(sheet, row, 2, area.name, bold=whole, fill=LOCKED, edge=True)
        sheet.row_dimensions[row].height = 34 if whole and len(area.name) > 24 else 20
        for column, item in enumerate(form.items, 3):
            cell = sheet.cell(row, column)
            _open(cell, right=True)
            cell.number_format = "#,##0.0##" if item.decimals else "#,##0"
        _open(sheet.cell(row, note))
    for column, item in enumerate(form.items, 3):
        _restrict(sheet, column, FIRST_ROW, last_row, item)
    sheet.freeze_panes = f"C{FIRST_ROW}"
    sheet.print_title_rows, sheet.print_title_cols = f"{CODES_ROW}:{FIRST_ROW - 1}", "A:B"
    _print(sheet, landscape=True, large=len(form.items) >= WIDE)
    _lock(sheet)


def _column_width(item: Item) -> int:
    """Characters of a column: its longest word stays whole, also in bold."""
    words = f"{item.name} {item.unit}".replace("-", "- ").split()
    return max(16, max(map(len, words)) + 5)


def _restrict(sheet: Worksheet, column: int, first: int, last: int, item: Item) -> None:
    """What a cell takes while it is filled in; everything is checked again when the form comes back."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    letter = get_column_letter(column)
    place = f"{letter}{first}"
    number = [f"ISNUMBER({place})", f"{place}>=0"]
    if not item.decimals:
        number.append(f"{place}=INT({place})")
    if item.minimum > 1:
        number.append(f"OR({place}=0,{place}>={item.minimum})")
    rule = DataValidation(
        type="custom", formula1=f'OR({place}=".",{place}="-",AND({",".join(number)}))', allow_blank=True
    )
    kind = "Zahl" if item.decimals else "ganze Zahl"
    _word(
        rule,
        item.code,
        f"{item.name}. {item.definition}",
        f"Bitte eine {kind}, „-“ oder „.“ eintragen: {rule_text(item)}.",
    )
    rule.showErrorMessage = True
    sheet.add_data_validation(rule)
    rule.add(f"{place}:{letter}{last}")


def _meaning(sheet: Worksheet, form: Form, year: int, feeds: Mapping[str, Sequence[str]]) -> None:
    widths = (13, 34, 64, 22, 25, 30, 30, 20)
    _width(sheet, *widths)
    heads = ("Kennung", "Merkmal", "Was gezählt wird", "Zeit", "Einheit", "Geheimhaltung", "Prüfung", "Indikatoren")
    _heads(sheet, 1, heads)
    for row, item in enumerate(form.items, 2):
        checks = [f"nicht größer als {item.part_of}"] if item.part_of else []
        checks += [f"gleich {' + '.join(parts)}" for total, parts in form.sums if total == item.code]
        texts = (
            item.code,
            item.name,
            item.definition,
            time_text(item, year),
            item.unit,
            rule_text(item),
            "; ".join(checks),
            ", ".join(feeds.get(item.code, ())),
        )
        for column, text in enumerate(texts, 1):
            _text(sheet, row, column, text, edge=True)
        pairs = zip(texts, widths, strict=True)
        sheet.row_dimensions[row].height = 15 * max(_lines(text, width - 2) for text, width in pairs) + 3
    sheet.freeze_panes = "B2"
    sheet.print_title_rows = "1:1"
    _print(sheet, landscape=True)
    _lock(sheet)


def _hidden(book: Any, issue: Issue) -> dict[str, str]:
    """The facts by which the program knows the form, and the lists to choose from; the name of each list by its field.

    Names, because Excel keeps a list on another sheet in a part of its own, which other programs drop.
    """
    from openpyxl.workbook.defined_name import DefinedName

    sheet = book.create_sheet(HIDDEN)
    facts = (
        issue.form.key,
        issue.form.version,
        issue.kreis_key,
        issue.year,
        " ".join(area.key for area in issue.areas),
        issue.structure,
    )
    for row, (name, fact) in enumerate(zip(FACTS, facts, strict=True), 1):
        sheet.cell(row, 1, name)
        sheet.cell(row, 2, str(fact)).number_format = "@"
    choices = {ROLE: issue.form.roles, PUBLISHED: (YES, NO), QUALITY: tuple(QUALITIES)}
    names = {}
    for column, (name, texts) in enumerate(choices.items(), 4):
        for row, text in enumerate(texts, 1):
            sheet.cell(row, column, text)
        letter = sheet.cell(1, column).column_letter
        names[name] = f"Liste_{column - 3}"
        place = f"'{HIDDEN}'!${letter}$1:${letter}${len(texts)}"
        book.defined_names[names[name]] = DefinedName(names[name], attr_text=place)
    sheet.sheet_state = "veryHidden"
    _lock(sheet)
    return names


def _word(rule: Any, title: str, prompt: str, error: str) -> None:
    rule.promptTitle, rule.prompt, rule.showInputMessage = title[:32], prompt[:255], True
    rule.errorTitle, rule.error = "Nicht vorgesehen", error[:225]


def _width(sheet: Worksheet, *widths: float) -> None:
    from openpyxl.utils import get_column_letter

    for number, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width


def _heads(sheet: Worksheet, row: int, texts: Sequence[str]) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    for column, text in enumerate(texts, 1):
        cell = sheet.cell(row, column, text)
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor=HEAD)
        cell.alignment = Alignment(wrap_text=True, vertical="center")
    sheet.row_dimensions[row].height = 20


def _text(
    sheet: Worksheet,
    row: int,
    column: int,
    text: str,
    *,
    bold: bool = False,
    size: int = 11,
    wrap: bool = True,
    fill: str | None = None,
    edge: bool = False,
) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    cell = sheet.cell(row, column, text or None)
    cell.font, cell.number_format = Font(bold=bold, size=size), "@"
    cell.alignment = Alignment(wrap_text=wrap, vertical="top" if wrap else "center")
    if fill:
        cell.fill = PatternFill("solid", fgColor=fill)
    if edge:
        cell.border = _edge()


def _open(cell: Any, *, right: bool = False) -> None:
    """A cell to fill in."""
    from openpyxl.styles import Alignment, PatternFill, Protection

    cell.protection, cell.border = Protection(locked=False), _edge()
    cell.fill = PatternFill("solid", fgColor=OPEN)
    cell.alignment = Alignment(horizontal="right" if right else "left", vertical="top", wrap_text=not right)


def _edge() -> Any:
    from openpyxl.styles import Border, Side

    side = Side(style="thin", color=EDGE)
    return Border(left=side, right=side, top=side, bottom=side)


def _lines(text: str, width: int) -> int:
    """Lines a text needs in a column of so many characters, words kept whole."""
    import textwrap

    return max(1, len(textwrap.wrap(text, width)))


def _print(sheet: Worksheet, *, landscape: bool, large: bool = False) -> None:
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet.page_setup.orientation = "landscape" if landscape else "portrait"
    sheet.page_setup.paperSize = 8 if large else 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    if sheet.oddFooter is not None:
        sheet.oddFooter.center.text = "&A, Seite &P von &N"


def _lock(sheet: Worksheet) -> None:
    """Only open cells take input; no password, so that nobody is locked out: it is a rail, not a lock."""
    sheet.protection.sheet = True
    sheet.protection.formatColumns = sheet.protection.formatRows = False
