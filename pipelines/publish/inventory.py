"""What the planning inventory says, as sentences and tables of words: for the report, the atlas and the web page alike.

What belongs here: choosing and wording what the released tables of plans hold. What does not: rules (they are applied
in `pipelines.steering.plan_findings`) and how a page looks (`pages.planning`). What the inventory does not know is
„offen“, „zu prüfen“ or „noch nicht geschätzt“, never an empty cell and never a no.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from pipelines import german
from pipelines.publish import sentences
from pipelines.publish.markdown_text import Column
from pipelines.publish.released import Release
from pipelines.publish.words import PLANNINGS, deliverer

OPEN, TO_CHECK, NOT_ESTIMATED, NONE_NAMED = "offen", "zu prüfen", "noch nicht geschätzt", "noch keiner benannt"
LEVELS = {
    "kreis": "Kreis",
    "gemeinde": "Gemeinde",
    "ortsteil": "Ortsteil",
    "sozialraum": "Sozialraum",
    "einrichtung": "Einrichtung",
}
# Letters of the matrix: capitals are confirmed, small ones are possible
SIGNS = {"liefert": "L", "kann liefern": "k", "nutzt": "N", "kann nutzen": "n"}
SIGN_WORDS = (
    ("L", "liefert, bestätigt"),
    ("k", "könnte nach seinem Datenbestand liefern"),
    ("N", "nutzt, bestätigt"),
    ("n", "könnte nach den Planungsfeldern des Katalogs nutzen"),
    ("leer", "kein Bezug bekannt"),
)
ORDER_RULE = (
    "Zuerst steht, wozu der Kreis schon etwas veröffentlicht hat.",
    "Dann entscheidet der Aufwand: gering vor mittel vor hoch; noch nicht geschätzt steht zuletzt.",
    "Dann entscheidet der Nutzen: die Anzahl der Indikatoren ohne Zahlen für Gemeinden, die eine Planung liefert oder "
    "liefern könnte. Mehr steht vorn.",
    "Dann entscheidet die Reichweite: die Anzahl anderer Planungen, die mindestens einen dieser Indikatoren nutzen "
    "oder nutzen könnten. Mehr steht vorn.",
    "Bei Gleichstand gilt die Folge des Inventars.",
)
NO_RANKING = "Die Folge bewertet keine Planung und keine Stelle; sie sagt, womit zu beginnen wenig neue Arbeit macht."

LAW_NOTE = (
    "Die Rechtsgrundlagen sind zusammengestellt, nicht rechtlich geprüft. Das Rechtsamt bestätigt sie vor der ersten "
    "Freigabe. „Rahmen“ heißt: Die Vorschrift regelt die Aufgabe, verlangt aber nicht ausdrücklich einen Plan."
)
PUBLISHED_NOTE = (
    "Diese Liste steht am Anfang, weil Vorhandenes zuerst genutzt wird. „Angesehen“ nennt den Tag, an dem die Seite "
    "oder eine gespeicherte Fassung davon angesehen wurde. Die Liste ist nicht vollständig."
)
STATE_NOTE = (
    "„Offen“ heißt: Die zuständige Stelle ist dazu noch nicht gefragt. Es heißt nicht, dass es die Planung nicht gibt."
)
OVERLAP_NOTE = (
    "Wo mehrere Stellen dieselbe Zahl führen, genügt eine Lieferung. Welche Stelle liefert, klären die Beteiligten."
)
GAP_NOTE = "Eine Lücke ist eine Lücke der Daten, kein Hinweis auf fehlenden Bedarf."


@dataclass(frozen=True)
class Table:
    """A table of words: `columns` with relative widths, `rows` of cells; `empty` is the sentence without rows."""

    title: str
    columns: tuple[Column, ...]
    rows: list[list[str]]
    empty: str


class Inventory:
    """The inventory of one edition. Rows keep the order of the inventory, indicators that of the catalogue."""

    def __init__(self, release: Release) -> None:
        self.release = release
        self.plans: list[dict[str, Any]] = release.table("plans").sort("position").to_dicts()

    # -------------------------------------------------------------------------------------------- sentences
    @property
    def kept(self) -> bool:
        """Whether the district keeps an inventory with entries."""
        return bool(self.plans)

    def summary(self) -> list[str]:
        """What the inventory holds and what is open, in a few sentences."""
        if not self.kept:
            return ["Das Inventar der Fachplanungen ist nicht geführt. Es gibt dazu deshalb keine Aussage."]
        count = german.count_text(len(self.plans), "Fachplanung oder Bericht", "Fachplanungen und Berichte")
        open_ones = sum(plan["state"] == OPEN for plan in self.plans)
        checked = self._table("plan_bases").filter(pl.col("checked_on").is_not_null()).height
        bases = self._table("plan_bases").height
        able = self._table("plan_gaps").filter(kind="lieferbar").height
        unable = self._table("plan_gaps").filter(kind="ohne Planung").height
        published = self._table("plan_publications")["plan_id"].n_unique()
        return [
            f"Das Inventar nennt {count}.",
            self._state_sentence(open_ones),
            f"Bei {german.number(published)} davon ist eine Veröffentlichung des Kreises erfasst.",
            f"Von {german.number(bases)} genannten Vorschriften ist bei {german.number(checked)} der Wortlaut gelesen, "
            "die anderen sind zu prüfen.",
            f"Im Katalog fehlen Zahlen für Gemeinden bei {german.number(able + unable)} von "
            f"{german.number(self.release.indicators.height)} Indikatoren. Fachplanungen könnten davon "
            f"{german.number(able)} liefern.",
        ]

    def _state_sentence(self, open_ones: int) -> str:
        if open_ones == len(self.plans):
            return "Der Stand ist bei allen offen: Die zuständigen Stellen sind noch nicht gefragt."
        if not open_ones:
            return "Der Stand ist bei allen erfragt."
        return f"Der Stand ist bei {german.number(open_ones)} offen: Diese Stellen sind noch nicht gefragt."

    # -------------------------------------------------------------------------------------------- stock
    def published(self) -> Table:
        """What the Kreis has already published, in the order of the inventory."""
        rows = [
            [
                self.short(row["plan_id"]),
                row["title"],
                str(row["year"]) if row["year"] else "nicht bekannt",
                german.date_text(row["seen_on"]),
            ]
            for row in self._by_plan("plan_publications")
        ]
        columns = (
            Column("Fachplanung", 26),
            Column("Veröffentlichung", 84),
            Column("Jahr", 20),
            Column("angesehen", 22),
        )
        return Table("Was der Kreis schon veröffentlicht hat", columns, rows, "Dazu ist noch nichts erfasst.")

    def addresses(self) -> list[str | None]:
        """Where each row of `published` is found on the web; None where only the title is known."""
        return [row["address"] for row in self._by_plan("plan_publications")]

    def stock(self) -> Table:
        """Every plan with who makes it and where it stands."""
        rows = [
            [
                self.number(plan["plan_id"]),
                plan["name"],
                plan["kind"],
                plan["owner"],
                plan["state"],
                self._period(plan["plan_id"]),
                plan["cycle"] or OPEN,
            ]
            for plan in self.plans
        ]
        columns = (
            Column("Nr.", 9, right=True),
            Column("Fachplanung oder Bericht", 48),
            Column("Art", 18),
            Column("zuständig", 46),
            Column("Stand", 15),
            Column("Zeitraum", 19),
            Column("Turnus", 15),
        )
        return Table("Bestand der Fachplanungen und Berichte", columns, rows, "Das Inventar hat keine Einträge.")

    def bases(self) -> Table:
        """Every legal basis with how it binds and whether its text was read."""
        rows = [
            [self.short(row["plan_id"]), row["basis"], row["content"], row["duty"], _since(row), _checked(row)]
            for row in self._by_plan("plan_bases")
        ]
        columns = (
            Column("Fachplanung", 25),
            Column("Vorschrift", 29),
            Column("Inhalt", 48),
            Column("Bindung", 16),
            Column("gilt seit", 18),
            Column("Prüfung", 36),
        )
        return Table("Rechtsgrundlagen", columns, rows, "Rechtsgrundlagen sind noch nicht erfasst.")

    def data(self) -> Table:
        """What data each plan holds, on which levels, and whom to ask."""
        rows = [
            [
                self.short(plan["plan_id"]),
                ", ".join((plan["data_held"] or OPEN).split(";")),
                ", ".join(LEVELS.get(level, level) for level in (plan["levels"] or OPEN).split(";")),
                plan["contact_role"] or OPEN,
            ]
            for plan in self.plans
        ]
        columns = (
            Column("Fachplanung", 30),
            Column("Datenbestand", 76),
            Column("Ebenen", 24),
            Column("Ansprechstelle", 28),
        )
        return Table("Datenbestand und Ansprechstellen", columns, rows, "Das Inventar hat keine Einträge.")

    # -------------------------------------------------------------------------------------------- matrix
    def matrix_parts(self) -> list[tuple[str, Table]]:
        """The matrix by chapter of the catalogue: a row per indicator, a column per plan, headed by its number."""
        parts = []
        for chapter in self._indicators["chapter"].unique(maintain_order=True):
            rows = self._indicators.filter(pl.col("chapter") == chapter).iter_rows(named=True)
            body = [
                [row["indicator_id"], sentences.grouped(row["short_name"]), *self.signs(row["indicator_id"])]
                for row in rows
            ]
            columns = (
                Column("Kenn.", 12),
                Column("Indikator", 50),
                *(Column(self.number(plan["plan_id"]), 5) for plan in self.plans),
            )
            parts.append((chapter, Table(f"{chapter}: Indikatoren und Fachplanungen", columns, body, "")))
        return parts

    def signs(self, indicator_id: str) -> list[str]:
        """The letters of one indicator, a cell per plan."""
        return [
            "".join(
                sign for role, sign in SIGNS.items() if (plan["plan_id"], role) in self._roles.get(indicator_id, set())
            )
            for plan in self.plans
        ]

    @cached_property
    def _roles(self) -> dict[str, set[tuple[str, str]]]:
        found: dict[str, set[tuple[str, str]]] = {}
        for row in self._table("plan_indicators").iter_rows(named=True):
            found.setdefault(row["indicator_id"], set()).add((row["plan_id"], row["role"]))
        return found

    # -------------------------------------------------------------------------------------------- findings
    def overlaps(self) -> Table:
        """Indicators that more than one plan delivers or could deliver, or that official statistics deliver already."""
        words = {
            "doppelt": "mehrere liefern",
            "möglich": "mehrere liefern oder könnten liefern",
            "schon veröffentlicht": "Zahlen für Gemeinden sind schon veröffentlicht",
        }
        rows = [
            [
                row["indicator_id"],
                self.indicator(row["indicator_id"]),
                words[row["kind"]],
                self._shorts(row["plan_ids"]),
            ]
            for row in self._by_indicator("plan_overlaps")
        ]
        columns = (Column("Kenn.", 12), Column("Indikator", 40), Column("Befund", 50), Column("Fachplanungen", 58))
        return Table(
            "Doppelerhebungen, mögliche und bestätigte",
            columns,
            rows,
            "Im Inventar ist keine Doppelerhebung erkennbar.",
        )

    def suppliers(self) -> Table:
        """What each plan could deliver that no edition has yet."""
        by_plan = {plan["plan_id"]: [] for plan in self.plans}
        for row in self._by_indicator("plan_gaps", kind="lieferbar"):
            for plan_id in row["detail"].split(";"):
                by_plan[plan_id].append(f"{row['subject_id']} {self.indicator(row['subject_id'])}")
        rows = [[self.short(plan_id), "; ".join(found)] for plan_id, found in by_plan.items() if found]
        columns = (
            Column("Fachplanung", 34),
            Column("könnte liefern oder liefert, noch ohne Zahlen in dieser Ausgabe", 130),
        )
        return Table("Wer was liefern könnte", columns, rows, "Das Inventar nennt noch niemanden, der liefern könnte.")

    def without_plan(self) -> Table:
        """Indicators without figures for Gemeinden that no plan names, by the office the catalogue names first."""
        by_office: dict[str, list[str]] = {}
        for row in self._by_indicator("plan_gaps", kind="ohne Planung"):
            named = f"{row['subject_id']} {self.indicator(row['subject_id'])}"
            by_office.setdefault(deliverer({"deliverer": row["detail"]}), []).append(named)
        rows = [[office, "; ".join(found)] for office, found in sorted(by_office.items())]
        columns = (Column("Stelle nach dem Katalog", 44), Column("Indikatoren ohne Zahlen für Gemeinden", 120))
        return Table(
            "Lücken, zu denen keine Fachplanung benannt ist",
            columns,
            rows,
            "Zu jeder Lücke ist eine Fachplanung benannt.",
        )

    def fields_without_plan(self) -> str:
        """Whether every planning field of the catalogue has a plan, as a sentence."""
        fields = self._table("plan_gaps").filter(kind="Planungsfeld")["subject_id"].sort()
        if fields.is_empty():
            return "Zu jedem Planungsfeld des Katalogs nennt das Inventar mindestens eine Fachplanung."
        names = german.join_words([PLANNINGS.get(str(field), str(field)) for field in fields])
        return f"Ohne Fachplanung im Inventar sind die Planungsfelder {names}."

    def open_entries(self) -> Table:
        """What the inventory does not yet say, by kind of entry: the questions to the offices."""
        found: dict[str, list[str]] = {}
        details = {row["subject_id"]: row["detail"] for row in self._rows("plan_gaps", kind="offene Angaben")}
        for plan_id in self._ids:
            for entry in (details.get(plan_id) or "").split(";"):
                found.setdefault(entry, []).append(self.short(plan_id))
        found.pop("", None)
        rows = [
            [entry, german.number(len(names)), "alle" if len(names) == len(self.plans) else ", ".join(names)]
            for entry, names in found.items()
        ]
        columns = (Column("Angabe", 48), Column("offen", 14, right=True), Column("bei", 102))
        return Table("Offene Angaben im Inventar", columns, rows, "Im Inventar ist keine Angabe offen.")

    def order(self) -> Table:
        """What to bring in next, by the printed rule; nobody has yet said what a plan without indicators gains."""
        roles = self._table("plan_indicators").filter(pl.col("role").is_in(["liefert", "kann liefern"]))
        named = set(roles["plan_id"])
        rows = [
            [
                str(row["rank"]),
                self.short(row["plan_id"]),
                "ja" if row["published"] else "nicht bekannt",
                row["effort"] or NOT_ESTIMATED,
                german.number(row["gain"]) if row["plan_id"] in named else OPEN,
                german.number(row["reach"]) if row["plan_id"] in named else OPEN,
                ", ".join((row["indicator_ids"] or NONE_NAMED).split(";")),
            ]
            for row in self._table("plan_order").sort("rank").iter_rows(named=True)
        ]
        columns = (
            Column("Folge", 9, right=True),
            Column("Fachplanung", 40),
            Column("veröffentlicht", 20),
            Column("Aufwand", 30),
            Column("Nutzen", 11, right=True),
            Column("Reichweite", 16, right=True),
            Column("Indikatoren", 52),
        )
        return Table("Was als Nächstes eingebracht werden kann", columns, rows, "Ohne Inventar gibt es keine Folge.")

    # -------------------------------------------------------------------------------------------- names
    def number(self, plan_id: str) -> str:
        """The number of a plan in the inventory."""
        return str(self._ids.index(plan_id) + 1)

    def short(self, plan_id: str) -> str:
        """The short name of a plan."""
        return self.plans[self._ids.index(plan_id)]["short_name"]

    def name(self, plan_id: str) -> str:
        """The name of a plan."""
        return self.plans[self._ids.index(plan_id)]["name"]

    def indicator(self, indicator_id: str) -> str:
        """The short name of an indicator."""
        return sentences.grouped(self.release.indicator(indicator_id)["short_name"])

    def key(self) -> list[tuple[str, str]]:
        """Number and short name of every plan: what the heads of the matrix mean."""
        return [(self.number(plan["plan_id"]), plan["short_name"]) for plan in self.plans]

    def _shorts(self, plan_ids: str) -> str:
        return german.join_words([self.short(plan_id) for plan_id in plan_ids.split(";")])

    def _period(self, plan_id: str) -> str:
        """The newest Fassung, as a period."""
        rows = self._rows("plan_editions", plan_id=plan_id)
        if not rows:
            return OPEN
        last = max(rows, key=lambda row: row["valid_from"])
        end = german.date_text(last["valid_to"]) if last["valid_to"] else "unbefristet"
        return f"{german.date_text(last['valid_from'])} bis {end}"

    # -------------------------------------------------------------------------------------------- rows
    @cached_property
    def _ids(self) -> list[str]:
        return [plan["plan_id"] for plan in self.plans]

    @cached_property
    def _indicators(self) -> pl.DataFrame:
        return self.release.indicators.sort("position")

    def _table(self, name: str) -> pl.DataFrame:
        return self.release.table(name)

    def _rows(self, name: str, **equal: str) -> list[dict[str, Any]]:
        return self._table(name).filter(**equal).to_dicts() if equal else self._table(name).to_dicts()

    def _by_plan(self, name: str) -> Iterable[dict[str, Any]]:
        """Rows of a table of plans in the order of the inventory."""
        return sorted(self._rows(name), key=lambda row: (self._ids.index(row["plan_id"]), row["position"]))

    def _by_indicator(self, name: str, **equal: str) -> Sequence[dict[str, Any]]:
        """Rows of a table of indicators in the order of the catalogue."""
        column = "subject_id" if equal else "indicator_id"
        place = {indicator: at for at, indicator in enumerate(self._indicators["indicator_id"])}
        return sorted(self._rows(name, **equal), key=lambda row: (place[row[column]], row["kind"]))


def _since(row: dict[str, Any]) -> str:
    return german.date_text(row["in_force_since"]) if row["in_force_since"] else "nicht bekannt"


def _checked(row: dict[str, Any]) -> str:
    if row["checked_on"] is None:
        return f"{TO_CHECK}: {row['source']}" if row["source"] else TO_CHECK
    read = f"gelesen am {german.date_text(row['checked_on'])}"
    return f"{read}, {row['source']}" if row["source"] else read
