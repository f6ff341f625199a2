"""The released rows of resources, and their numbers and states in words.

What belongs here: what report, workbook, papers and web page say alike about a row. What does not: sections, sheets and
pages (`pages`, `resource_workbook`, `portal`), arithmetic (`pipelines.steering.costs`).
"""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from typing import Any

import polars as pl

from pipelines import german
from pipelines.publish.released import Release

SCENARIOS = ("Minimal", "Basis", "Ausbau")
NOT_YET = "noch nicht beziffert"
OPEN = "offen"
NONE = "keine"
DECLARED, QUANTIFIED, INCOMPLETE, EMPTY, ABSENT = (
    "vollständig erklärt",
    "beziffert",
    "unvollständig",
    "leer",
    "nicht geführt",
)
TASK, POST, COST, COVER = "Aufgabe", "Stelle", "Sachkosten", "Deckung"
PERSONNEL, WORKPLACE, OVERHEAD = "Personal", "Arbeitsplatz", "Gemeinkosten"
CARRIED = "fortgeschrieben"
Row = dict[str, Any]


class Resources:
    """The released tables of resources of one edition, in the order in which documents show them."""

    def __init__(self, release: Release) -> None:
        self.release = release

    @cached_property
    def state(self) -> Row:
        """The one row about the register; a copy without it comes from a district that keeps none."""
        rows = self.release.table("resource_state")
        return rows.row(0, named=True) if rows.height else {**dict.fromkeys(rows.columns), "state": ABSENT}

    @property
    def declared(self) -> bool:
        """Whether a person declared the register complete; without it a paper that rests on it stays a draft."""
        return self.state["state"] == DECLARED

    @cached_property
    def years(self) -> list[int]:
        """The years of the report; none as long as there is nothing a sum could be made of."""
        if not self.state["entries"] and not self.declared:
            return []
        found = self.release.table("resource_totals").filter(~pl.col("period").str.contains("/"))["period"]
        return sorted({int(period) for period in found})

    @property
    def whole(self) -> str:
        """The four years as a period of the totals."""
        return f"{self.years[0]}/{self.years[-1]}"

    @cached_property
    def totals(self) -> dict[tuple[str, str], Row]:
        """The totals by scenario and period, scenarios in their order, the four years together last."""
        rows = self.release.table("resource_totals").to_dicts() if self.years else []
        rows.sort(key=lambda row: (SCENARIOS.index(row["scenario"]), "/" in row["period"], row["period"]))
        return {(row["scenario"], row["period"]): row for row in rows}

    def items(self, *kinds: str) -> list[Row]:
        """The entries of these kinds in the order of the register."""
        return self.release.table("resource_items").filter(pl.col("kind").is_in(kinds)).sort("position").to_dicts()

    def lines(self, *kinds: str) -> list[Row]:
        """The computed lines of these kinds in the order of the register."""
        return self.release.table("resource_lines").filter(pl.col("kind").is_in(kinds)).sort("position").to_dicts()

    def rates(self, *kinds: str) -> list[Row]:
        """The rates of these kinds, in the order given, then by pay group and month."""
        rows = self.release.table("resource_rates").filter(pl.col("kind").is_in(kinds)).to_dicts()
        return sorted(rows, key=lambda row: (kinds.index(row["kind"]), row["pay_group"] or "", row["valid_from"]))

    @cached_property
    def names(self) -> dict[str, str]:
        """Names of the entries by id."""
        return dict(self.release.table("resource_items").sort("position").select("item_id", "name").iter_rows())

    @property
    def nothing_needed(self) -> bool:
        """Whether someone declared the register complete and every total is 0,00."""
        return self.declared and bool(self.totals) and all(row["total"] == 0 for row in self.totals.values())

    # ------------------------------------------------------------------------------------------------ sentences
    @property
    def nothing(self) -> str:
        """What stands where a list is empty: „keine“ only when a person declared the register complete."""
        return NONE if self.declared else NOT_YET

    @property
    def span(self) -> str:
        """The years in words."""
        first, last = self.state["first_year"], self.state["last_year"]
        return f"{first} bis {last}" if first else OPEN

    @property
    def declaration(self) -> str:
        """Who declared the register complete, and when."""
        day = german.date_text(self.state["declared_on"])
        return f"erklärt von {self.state['declared_by']}, {self.state['declared_role']}, am {day}"

    @property
    def state_sentence(self) -> str:
        """What the figures of the register may be taken for."""
        word = self.state["state"]
        if word == DECLARED:
            return f"Das Verzeichnis der Ressourcen ist vollständig, {self.declaration}."
        if word == QUANTIFIED:
            return (
                "Alle Einträge im Verzeichnis der Ressourcen sind beziffert. Niemand hat es bisher als vollständig "
                "erklärt; die Summen sind deshalb vorläufig."
            )
        if word == INCOMPLETE:
            count, lacking = self.state["open_entries"], self.state["lacking"]
            missing = f" Ohne Zahl: {german.count_text(count, 'Angabe', 'Angaben')}." if count else ""
            lacks = f" Es fehlt: {german.join_words(lacking.split('; '))}." if lacking else ""
            return f"Das Verzeichnis der Ressourcen ist unvollständig.{missing}{lacks}"
        if word == EMPTY:
            return "Das Verzeichnis der Ressourcen enthält noch keinen Eintrag."
        return "Der Landkreis führt noch kein Verzeichnis der Ressourcen."

    @property
    def working_time(self) -> str:
        """How many hours a whole post has in a year."""
        found = self.rates("Jahresarbeitszeit")
        if not found:
            return f"Jahresarbeitszeit einer Stelle: {NOT_YET}."
        return " ".join(
            f"Jahresarbeitszeit {period_text(row['valid_from'], row['valid_to'])}: "
            f"{hours_text(row['value'])} Stunden ({row['source']})."
            for row in found
        )

    @property
    def increase(self) -> str:
        """How rates go on from year to year."""
        found = self.rates("Tarifsteigerung")
        if not found:
            return f"Tarifsteigerung: {NOT_YET}. Die Sätze gelten nur für das Jahr, für das sie eingetragen sind."
        years = german.join_words([f"{row['valid_from'][:4]} {percent_text(row['value'])}" for row in found])
        sources = "; ".join(dict.fromkeys(row["source"] for row in found))
        return (
            f"Angenommene Tarifsteigerung: {years} ({sources}). Der Satz einer Gruppe steigt jeden Januar, gerechnet "
            "vom gerundeten Satz des Vorjahrs, bis ein neuer Satz eingetragen ist. Pauschalen und Sachkosten bleiben, "
            "bis ein anderer Betrag eingetragen ist."
        )


# ------------------------------------------------------------------------------------------------ cells
def euro_text(amount: Decimal | None) -> str:
    """An amount without its unit."""
    return NOT_YET if amount is None else german.number(amount, 2)


def signed_text(amount: Decimal | None) -> str:
    """A difference with its sign."""
    return f"+{euro_text(amount)}" if amount is not None and amount > 0 else euro_text(amount)


def total_text(row: Row) -> str:
    """The total of a row, or how much of it is known."""
    if row["total"] is not None or not row["known"]:
        return euro_text(row["total"])
    return f"{NOT_YET}; bisher {euro_text(row['known'])}"


def amount_text(row: Row) -> str:
    """The amount of a line, or what it lacks."""
    return f"{NOT_YET} ({row['lacks']})" if row["amount"] is None else euro_text(row["amount"])


def shortest(value: Decimal, least: int = 0) -> str:
    """A number with the decimals it needs, at least `least`."""
    return german.number(value, max(least, -int(value.normalize().as_tuple().exponent)))


def vzae_text(value: Decimal | None) -> str:
    """VZÄ with one to three decimals."""
    return NOT_YET if value is None else shortest(value, 1)


def hours_text(value: Decimal | None) -> str:
    """Hours with the decimals they need."""
    return NOT_YET if value is None else shortest(value)


def percent_text(value: Decimal | None) -> str:
    """A percentage with the decimals it needs."""
    return NOT_YET if value is None else german.with_unit(shortest(value), "%")


def rate_text(row: Row) -> str:
    """The value of a rate: percent of overhead, else Euro."""
    return percent_text(row["value"]) if row["kind"] == OVERHEAD else euro_text(row["value"])


def flat_text(row: Row) -> str:
    """How the amount of a flat rate comes about."""
    if row["amount"] is None:
        return NOT_YET
    if row["kind"] == OVERHEAD:
        return f"{percent_text(row['rate'])} der Personalkosten"
    return f"{vzae_text(row['vzae'])} × {euro_text(row['rate'])} × {row['months']} / 12"


def once_text(once: bool) -> str:
    """Whether a cost comes once or goes on."""
    return "einmalig" if once else "laufend"


def period_text(start: str | None, end: str | None) -> str:
    """A period of months or years: „ab 04/2027“, „10/2027 bis 09/2028“, „2027“."""
    if start is None:
        return OPEN
    if end is None:
        return f"ab {_month(start)}"
    return _month(start) if start == end else f"{_month(start)} bis {_month(end)}"


def years_text(period: str) -> str:
    """The period of a total: „2027“, „2027 bis 2030“."""
    return period.replace("/", " bis ")


def _month(text: str) -> str:
    year, _, month = text.partition("-")
    return f"{month}/{year}" if month else year
