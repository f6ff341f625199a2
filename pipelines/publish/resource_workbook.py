"""The workbook of the Ressourcenbericht: every amount as a formula that recomputes it from the entered figures.

What belongs here: which cell takes what from which. What does not: the arithmetic of the report
(`pipelines.steering.costs`), whose results stand in the cells as values, and how sheets are written (`sheets`).

Four cells on the sheet Stellschrauben change an assumption each; all are 0, and with that every formula comes to what
the report prints.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from pipelines.publish.released import Release
from pipelines.publish.resource_words import (
    CARRIED,
    COST,
    COVER,
    NOT_YET,
    OVERHEAD,
    PERSONNEL,
    POST,
    SCENARIOS,
    WORKPLACE,
    Resources,
    years_text,
)
from pipelines.publish.sheets import Book, Cell, Field, Row

NAME = "ressourcenbericht.xlsx"
MONEY, SHARE, WHOLE = "#,##0.00", "#,##0.000", "0"
WRAP_FROM = 28
NOT_MEANT = "entfällt"
FIRST_ROW = 2  # below the head of a sheet
# Levers in the order of their rows: what they change, unit
LEVERS = (
    ("Tarifsteigerung", "Prozentpunkte je Jahr", "Kommt zu jeder Tarifsteigerung hinzu; −1 senkt sie um einen Punkt."),
    ("Kostensätze der Entgeltgruppen", "Prozent", "Ändert jeden eingetragenen Kostensatz; 5 heißt fünf Prozent höher."),
    ("Stellenumfang", "Prozent", "Ändert den Umfang jeder zusätzlichen Stelle."),
    ("Gemeinkosten", "Prozentpunkte", "Kommt zum Zuschlag hinzu; der Zuschlag wird nie kleiner als 0."),
)
INCREASE_CELL, PAY_CELL, POSTS_CELL, OVERHEAD_CELL = (
    f"Stellschrauben!$B${FIRST_ROW + at}" for at in range(len(LEVERS))
)


def write_resource_workbook(release: Release, folder: Path) -> Path:
    """Write `folder/ressourcenbericht.xlsx` and return its path; equal bytes for equal releases.

    Sheets: Lesehilfe, Stellschrauben, Sätze, Stellen, Zeilen, Deckung, Summen, Konten, Empfindlichkeit, Abgleich. Where
    an amount is not known, words stand instead of a formula.
    """
    sheets = _Sheets(release)
    book = Book(release, "Ressourcenbericht", "Ressourcen der strategischen Sozialplanung", WRAP_FROM)
    book.guide(_guide(release))
    for title, fields, rows in sheets.all():
        book.table(title, fields, rows)
    return book.save(folder / NAME)


# ------------------------------------------------------------------------------------------------ cells
def _text(name: str, otherwise: str = "offen") -> Callable[[Row], Cell]:
    return lambda row: Cell(row[name] if row[name] not in (None, "") else otherwise)


def _figure(name: str, form: str, otherwise: str = NOT_YET) -> Callable[[Row], Cell]:
    return lambda row: Cell(otherwise) if row[name] is None else Cell(row[name], form)


def _once(row: Row) -> Cell:
    return Cell("einmalig" if row["once"] else "laufend")


def _computed(name: str, form: str, formula: Callable[[Row], str]) -> Callable[[Row], Cell]:
    """A formula with the value the report prints; words where it prints none."""
    return lambda row: Cell(NOT_YET) if row[name] is None else Cell(row[name], form, formula(row))


def _rounded(term: str, places: int = 2) -> str:
    """Rounded halves away from zero: counted in whole units, because half a unit is exact in binary numbers."""
    units = 10**places
    return f"ROUND(ROUND({units}*({term}),6),0)/{units}"


class _Sheets:
    """The tables of the workbook and where in it each row stands."""

    def __init__(self, release: Release) -> None:
        self._release = release
        self._found = Resources(release)

    def all(self) -> list[tuple[str, list[Field], list[Row]]]:
        """Title, columns and rows of every sheet that is a table, in their order."""
        return [
            (
                "Stellschrauben",
                _lever_fields(),
                [dict(zip(("name", "unit", "words"), one, strict=True)) for one in LEVERS],
            ),
            ("Sätze", self._rate_fields(), self._rates),
            ("Stellen", self._post_fields(), self._posts),
            ("Zeilen", self._line_fields(), self._lines),
            ("Deckung", self._cover_fields(), self._covers),
            ("Summen", self._total_fields(), self._totals),
            ("Konten", self._account_fields(), self._accounts),
            ("Empfindlichkeit", _sensitivity_fields(), self._release.table("resource_sensitivity").to_dicts()),
            ("Abgleich", _check_fields(), self._checks()),
        ]

    # Rates

    @cached_property
    def _rates(self) -> list[Row]:
        rows = self._found.rates(PERSONNEL, WORKPLACE, OVERHEAD)
        increases = {row["valid_from"]: row["value"] for row in self._found.rates("Tarifsteigerung")}
        for at, row in enumerate(rows, FIRST_ROW):
            carried = row["origin"] == CARRIED
            row |= {"place": at, "entered": None if carried else row["value"], "carried": carried}
            row["increase"] = increases.get(row["valid_from"]) if carried else None
        return rows

    def _rate_fields(self) -> list[Field]:
        def formula(row: Row) -> str:
            place = row["place"]
            if row["carried"]:
                return _rounded(f"G{place - 1}*(1+(F{place}+{INCREASE_CELL})/100)")
            if row["kind"] == PERSONNEL:
                return _rounded(f"E{place}*(1+{PAY_CELL}/100)")
            return f"MAX(0,E{place}+{OVERHEAD_CELL})" if row["kind"] == OVERHEAD else f"E{place}"

        def entered(row: Row) -> Cell:
            return Cell("fortgeschrieben") if row["carried"] else _figure("entered", MONEY)(row)

        def increase(row: Row) -> Cell:
            return _figure("increase", MONEY)(row) if row["carried"] else Cell(NOT_MEANT)

        return [
            Field("Art", 14, _text("kind")),
            Field("Gruppe", 10, _text("pay_group", "alle")),
            Field("gilt von", 10, _text("valid_from")),
            Field("gilt bis", 10, _text("valid_to")),
            Field("Satz eingetragen", 16, entered),
            Field("Tarifsteigerung in Prozent", 15, increase),
            Field("Satz in der Rechnung", 16, _computed("value", MONEY, formula)),
            Field("Einheit", 27, _text("unit")),
            Field("Quelle", 44, _text("source")),
        ]

    def _rate_place(self, line: Row) -> int | None:
        """The row of the rate that holds in the months of a line."""
        group = line["pay_group"] if line["kind"] == PERSONNEL else None
        for rate in self._rates:
            same = (rate["kind"], rate["pay_group"]) == (line["kind"], group)
            if same and rate["valid_from"] <= line["first_month"] <= rate["valid_to"]:
                return rate["place"]
        return None

    # Posts

    @cached_property
    def _posts(self) -> list[Row]:
        return [{**row, "place": at} for at, row in enumerate(self._found.items(POST), FIRST_ROW)]

    def _post_fields(self) -> list[Field]:
        return [
            Field("Kennung", 16, _text("item_id")),
            Field("Bezeichnung", 36, _text("name")),
            Field("Gruppe", 10, _text("pay_group")),
            Field("ab Szenario", 12, _text("scenario")),
            Field("VZÄ eingetragen", 12, _figure("vzae", SHARE)),
            Field("VZÄ in der Rechnung", 12, _computed(
                "vzae", SHARE, lambda row: _rounded(f"E{row['place']}*(1+{POSTS_CELL}/100)", 3)
            )),
            Field("von", 10, _text("valid_from")),
            Field("bis", 10, _text("valid_to", "auf Dauer")),
            Field("Art", 11, _once),
            Field("Produkt", 30, _text("product")),
            Field("Konto", 12, _text("account")),
        ]  # fmt: skip

    # Lines

    @cached_property
    def _lines(self) -> list[Row]:
        items = {row["item_id"]: row for row in self._found.items(POST, COST)}
        posts = {row["item_id"]: row["place"] for row in self._posts}
        rows = self._found.lines(PERSONNEL, WORKPLACE, OVERHEAD, COST)
        pay: dict[tuple[str, str], int] = {}
        for at, row in enumerate(rows, FIRST_ROW):
            item = items[row["item_id"]]
            row |= {"place": at, "name": item["name"], "step": _step(row["scenario"])}
            row["budget_place"] = self._budget_places[item["product"], item["account"]]
            if row["first_month"] is not None:
                row |= {"post_place": posts[row["item_id"]], "rate_place": self._rate_place(row)}
                if row["kind"] == PERSONNEL:
                    pay[row["item_id"], row["first_month"]] = at
                row["pay_place"] = pay[row["item_id"], row["first_month"]]
        return rows

    def _line_fields(self) -> list[Field]:
        def months(row: Row) -> Cell:
            return Cell(NOT_MEANT) if row["months"] is None else Cell(row["months"], WHOLE)

        def vzae(row: Row) -> Cell:
            if row["kind"] not in (PERSONNEL, WORKPLACE):
                return Cell(NOT_MEANT)
            return _computed("vzae", SHARE, lambda line: f"Stellen!F{line['post_place']}")(row)

        def rate(row: Row) -> Cell:
            if row["first_month"] is None:
                return Cell(NOT_MEANT)
            return _computed("rate", MONEY, lambda line: f"'Sätze'!G{line['rate_place']}")(row)

        def amount(row: Row) -> Cell:
            place = row["place"]
            if row["kind"] == COST:
                return _figure("amount", MONEY)(row)
            if row["kind"] == OVERHEAD:
                return _computed("amount", MONEY, lambda line: _rounded(f"L{line['pay_place']}*K{place}/100"))(row)
            return _computed("amount", MONEY, lambda _: _rounded(f"J{place}*K{place}*I{place}/12"))(row)

        return [
            Field("Nr.", 6, _figure("position", WHOLE)),
            Field("Kennung", 16, _text("item_id")),
            Field("Bezeichnung", 36, _text("name")),
            Field("Art", 14, _text("kind")),
            Field("ab Szenario", 12, _text("scenario")),
            Field("Stufe des Szenarios", 10, _figure("step", WHOLE)),
            Field("einmalig oder laufend", 11, _once),
            Field("Jahr", 8, _figure("year", WHOLE)),
            Field("Monate", 9, months),
            Field("VZÄ", 10, vzae),
            Field("Satz", 14, rate),
            Field("Betrag in Euro", 20, amount),
            Field("Haushaltsstelle Nr.", 13, _figure("budget_place", WHOLE)),
            Field("Was fehlt", 30, _text("lacks", "nichts")),
        ]

    # Cover

    @cached_property
    def _covers(self) -> list[Row]:
        """One row per entry and year of the report."""
        rows = []
        for item in self._found.items(COVER):
            for year in self._found.years:
                if int(item["valid_from"]) <= year <= int(item["valid_to"] or year):
                    rows.append({**item, "year": year, "step": _step(item["scenario"])})
        return rows

    def _cover_fields(self) -> list[Field]:
        return [
            Field("Kennung", 16, _text("item_id")),
            Field("Bezeichnung", 36, _text("name")),
            Field("Stand", 12, _text("state")),
            Field("ab Szenario", 12, _text("scenario")),
            Field("Stufe des Szenarios", 10, _figure("step", WHOLE)),
            Field("Jahr", 8, _figure("year", WHOLE)),
            Field("Betrag in Euro", 20, _figure("amount", MONEY)),
            Field("wer gibt", 28, _text("giver", "Landkreis")),
        ]

    # Totals

    @cached_property
    def _totals(self) -> list[Row]:
        rows = list(self._found.totals.values())
        for at, row in enumerate(rows, FIRST_ROW):
            years = [int(year) for year in row["period"].split("/")]
            row |= {"place": at, "step": _step(row["scenario"]), "first": years[0], "last": years[-1]}
        return rows

    def _total_fields(self) -> list[Field]:
        def of_lines(name: str, column: str, words: str) -> Field:
            def formula(row: Row) -> str:
                return self._added(row["place"], (self._column("Zeilen", column), f'"{words}"'))

            return Field(words, 20, _computed(name, MONEY, formula))

        def covered(row: Row) -> str:
            return self._added(row["place"], (self._column("Deckung", "C"), '"bewilligt"'), sheet="Deckung")

        return [
            Field("Szenario", 11, _text("scenario")),
            Field("Stufe", 8, _figure("step", WHOLE)),
            Field("Zeitraum", 13, lambda row: Cell(years_text(row["period"]))),
            Field("von Jahr", 8, _figure("first", WHOLE)),
            Field("bis Jahr", 8, _figure("last", WHOLE)),
            of_lines("personnel", "D", "Personal"),
            of_lines("workplace", "D", "Arbeitsplatz"),
            of_lines("overhead", "D", "Gemeinkosten"),
            of_lines("material", "D", "Sachkosten"),
            Field("Gesamtkosten", 20, _computed(
                "total", MONEY, lambda row: f"ROUND(SUM(F{row['place']}:I{row['place']}),2)"
            )),
            of_lines("once", "G", "einmalig"),
            of_lines("running", "G", "laufend"),
            Field("bewilligte Deckung", 20, _computed("covered", MONEY, covered)),
            Field("Zuschussbedarf", 20, _computed(
                "net", MONEY, lambda row: f"ROUND(J{row['place']}-M{row['place']},2)"
            )),
        ]  # fmt: skip

    def _added(self, place: int, *more: tuple[str, str], sheet: str = "Zeilen") -> str:
        """The sum of the lines of a scenario and its years that meet `more` pairs of column and criterion."""
        amount, step, year = ("L", "F", "H") if sheet == "Zeilen" else ("G", "E", "F")
        if not (self._lines if sheet == "Zeilen" else self._covers):
            return "0"
        terms = [
            self._column(sheet, amount),
            *(self._column(sheet, step), f'"<="&B{place}'),
            *(self._column(sheet, year), f'">="&D{place}'),
            *(self._column(sheet, year), f'"<="&E{place}'),
            *(term for pair in more for term in pair),
        ]
        return f"ROUND(SUMIFS({','.join(terms)}),2)"

    def _column(self, sheet: str, letter: str) -> str:
        """The cells of a column below its head."""
        last = FIRST_ROW - 1 + len({"Zeilen": self._lines, "Deckung": self._covers}[sheet])
        return f"{sheet}!${letter}${FIRST_ROW}:${letter}${last}"

    # Budget

    @cached_property
    def _budget_places(self) -> dict[tuple[str | None, str | None], int]:
        """A number for each product and account: a formula cannot ask for words that hold signs of its own."""
        items = self._found.items(POST, COST)
        found = sorted(
            {(row["product"], row["account"]) for row in items}, key=lambda place: [part or "" for part in place]
        )
        return {place: at for at, place in enumerate(found, 1)}

    @cached_property
    def _accounts(self) -> list[Row]:
        rows = self._release.table("resource_accounts").to_dicts()
        for row in rows:
            row |= {"step": _step(row["scenario"]), "budget_place": self._budget_places[row["product"], row["account"]]}
        rows.sort(key=lambda row: (row["step"], row["year"], row["budget_place"]))
        return [{**row, "place": at} for at, row in enumerate(rows, FIRST_ROW)]

    def _account_fields(self) -> list[Field]:
        def formula(row: Row) -> str:
            # Columns B, D and E of this sheet are those of Summen: step, first and last year
            return self._added(row["place"], (self._column("Zeilen", "M"), f"F{row['place']}"))

        return [
            Field("Szenario", 11, _text("scenario")),
            Field("Stufe", 8, _figure("step", WHOLE)),
            Field("Zeitraum", 13, lambda row: Cell(str(row["year"]))),
            Field("von Jahr", 8, _figure("year", WHOLE)),
            Field("bis Jahr", 8, _figure("year", WHOLE)),
            Field("Haushaltsstelle Nr.", 13, _figure("budget_place", WHOLE)),
            Field("Produkt", 40, _text("product")),
            Field("Konto", 14, _text("account")),
            Field("Betrag in Euro", 20, _computed("amount", MONEY, formula)),
        ]

    # Comparison with the report

    def _checks(self) -> list[Row]:
        figures = (("Gesamtkosten", "total", "J"), ("einmalig", "once", "K"), ("Zuschussbedarf", "net", "N"))
        rows = [
            {**row, "figure": words, "printed": row[name], "cell": f"Summen!{letter}{row['place']}"}
            for row in self._totals
            for words, name, letter in figures
        ]
        return [{**row, "place": at} for at, row in enumerate(rows, FIRST_ROW)]


def _step(scenario: str) -> int:
    """A scenario as a number: each one holds what has a number up to its own."""
    return SCENARIOS.index(scenario) + 1


def _lever_fields() -> list[Field]:
    return [
        Field("Annahme", 34, _text("name")),
        Field("Änderung", 12, lambda _: Cell(Decimal(0), "0.00")),
        Field("Einheit", 24, _text("unit")),
        Field("Bedeutung", 70, _text("words")),
    ]


def _sensitivity_fields() -> list[Field]:
    return [
        Field("Annahme", 34, _text("lever")),
        Field("Änderung", 34, _text("step")),
        Field("Szenario", 12, _text("scenario")),
        Field("Gesamtkosten der vier Jahre", 20, _figure("total", MONEY)),
        Field("Unterschied zum Bericht", 20, _figure("difference", MONEY)),
    ]


def _check_fields() -> list[Field]:
    def gap(row: Row) -> Cell:
        place = row["place"]
        return Cell(NOT_YET) if row["printed"] is None else Cell(Decimal("0.00"), MONEY, f"ROUND(E{place}-D{place},2)")

    def verdict(row: Row) -> Cell:
        if row["printed"] is None:
            return Cell(NOT_YET)
        return Cell("stimmt", formula=f'IF(F{row["place"]}=0,"stimmt","weicht ab")')

    return [
        Field("Szenario", 11, _text("scenario")),
        Field("Zeitraum", 13, lambda row: Cell(years_text(row["period"]))),
        Field("Größe", 22, _text("figure")),
        Field("Im Bericht gedruckt", 20, _figure("printed", MONEY)),
        Field("In dieser Mappe gerechnet", 20, _computed("printed", MONEY, lambda row: row["cell"])),
        Field("Unterschied", 20, gap),
        Field("Ergebnis", 20, verdict),
    ]


# ------------------------------------------------------------------------------------------------ reading help
def _guide(release: Release) -> list[tuple[str, Sequence[tuple[str, str]]]]:
    edition: dict[str, Any] = release.edition
    return [
        ("Stand", [("Verzeichnis", Resources(release).state_sentence)]),
        (
            "Blätter",
            [
                ("Stellschrauben", "Vier Annahmen, die sich ändern lassen. Alle stehen auf 0, so rechnet der Bericht."),
                ("Sätze", "Kostensätze, Pauschale und Gemeinkosten mit Geltung und Quelle."),
                ("Stellen", "Zusätzliche Stellen mit Umfang und Zeitraum."),
                ("Zeilen", "Jede gerechnete Zeile: VZÄ × Satz × Monate / 12, Gemeinkosten in Prozent vom Personal."),
                ("Deckung", "Womit die Kosten gedeckt werden; nur was bewilligt ist, zählt."),
                ("Summen", "Summen je Szenario und Jahr aus den Zeilen. Jedes Szenario enthält das kleinere."),
                ("Konten", "Dieselben Zeilen nach Produkt und Konto."),
                ("Empfindlichkeit", "Ergebnisse, wenn sich eine Annahme ändert; mit den Stellschrauben nachzurechnen."),
                ("Abgleich", "Jede gedruckte Summe gegen die Formel. Gilt, solange alle Stellschrauben auf 0 stehen."),
            ],
        ),
        (
            "Regeln",
            [
                ("Rundung", "Jede Zeile auf den Cent; jede Summe ist die Summe der gerundeten Zeilen."),
                (
                    "Formel der Rundung",
                    "Gerechnet wird in ganzen Cent; so runden alle Programme einen halben Cent gleich.",
                ),
                (NOT_YET, "Eine Angabe fehlt. Das heißt nicht, dass nichts gebraucht wird."),
                ("Stufe", "Minimal 1, Basis 2, Ausbau 3: Ein Szenario enthält alle Zeilen bis zu seiner Stufe."),
                ("VZÄ", "Vollzeitäquivalent: eine ganze Stelle."),
            ],
        ),
        (
            "Impressum",
            [
                ("Herausgeber", edition["publisher"]),
                ("Ansprechperson", edition["contact"]),
                ("Lauf", edition["run_id"]),
                ("Programmversion", edition["version"]),
            ],
        ),
    ]
