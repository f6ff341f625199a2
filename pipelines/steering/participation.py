"""Who takes part, what each gave and what became of it; needs that are reported, with evidence and outcome.

What belongs here: the registers `beteiligte.yml` and `bedarfsmeldungen.csv` as tables. What does not: reading files
(`registers`, `cells`), what may leave (`pipelines.disclosure.steering`), words of documents (`pipelines.publish`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.steering.cells import YES_NO, Cells, Field, refuse_twice
from pipelines.steering.planning import frame
from pipelines.steering.registers import Entry, check_known, check_once, read_register, read_sheet

PARTICIPANTS, NEEDS = "beteiligte", "bedarfsmeldungen"
OPEN = "offen"
# Chapters of the atlas besides those of the catalogue; a test holds them to the headings in `reports/atlas`
OTHER_CHAPTERS = (
    "Auftrag und Verfahren",
    "Planungsräume",
    "Orientierungsindex (vorläufig)",
    "Steckbriefe der Städte und Gemeinden",
    "Fachplanungen",
    "Angebote und Versorgung",
    "Beteiligte und Bedarfsmeldungen",
    "Indikatorblätter",
    "Methoden",
    "Datenquellen",
)
EVIDENCE = {"statistisch": "statistisch", "fachlich": "fachlich", "betroffene": "Betroffene"}
NEED_STATES = {
    "offen": "offen",
    "in_pruefung": "in Prüfung",
    "aufgenommen": "aufgenommen",
    "teilweise_aufgenommen": "teilweise aufgenommen",
    "nicht_aufgenommen": "nicht aufgenommen",
}
UNDECIDED = ("offen", "in Prüfung")
NEED_LEVELS = ("gemeinde", "sozialraum", "kreis", "ortsteil")


def build_participants(data_dir: Path, catalogue: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`steering.participants` and `steering.contributions`, empty where the district keeps no such register.

    catalogue: `indicators.catalogue`, for the chapters. Raises InputError with file and line for what the schema
    refuses, a key twice, an unknown chapter, a state without its day, a decision without a sentence or before the
    contribution, and contributions out of the order of their days.
    """
    found = read_register(data_dir, PARTICIPANTS).top.entries("beteiligte")
    check_once(found, "kennung")
    known = chapters(catalogue)
    for entry in found:
        _check(entry, known)
    rows = [_participant(entry, at) for at, entry in enumerate(found, 1)]
    given = [row for entry in found for row in _contributions(entry)]
    return frame(rows, "steering.participants"), frame(given, "steering.contributions")


def chapters(catalogue: pl.DataFrame) -> list[str]:
    """Titles a contribution may name: the chapters of the catalogue in its order, then the others of the atlas."""
    named = catalogue.sort("position")["chapter"].unique(maintain_order=True).to_list()
    return [*named, *(title for title in OTHER_CHAPTERS if title not in named)]


def _check(entry: Entry, known: list[str]) -> None:
    origin = "den Kapiteln des Atlas"
    check_known(entry, "kapitel", known, "ein Kapitel", origin)
    if (entry["stand"] == OPEN) != (entry.get("stand_am") is None):
        raise entry.fault(
            "stand_am",
            expected="leer bei „offen“, sonst ein Tag wie 2024-03-01",
            remedy="Den Tag eintragen, seit dem der Stand gilt, oder den Stand auf „offen“ setzen.",
        )
    days: list[str] = []
    for one in entry.entries("beitraege"):
        check_known(one, "kapitel", known, "ein Kapitel", origin)
        _check_outcome(one)
        if days and one["am"] < days[-1]:
            raise one.fault("am", expected=f"ein Tag ab {days[-1]}", remedy="Die Beiträge nach ihren Tagen ordnen.")
        days.append(one["am"])


def _check_outcome(one: Entry) -> None:
    """A decision has a sentence and a day not before the contribution; what is open has neither."""
    for name in ("ergebnis", "ergebnis_am"):
        if (one["stand"] == OPEN) != (one.get(name) is None):
            raise one.fault(
                name,
                expected="nicht angegeben bei „offen“, sonst ausgefüllt",
                remedy="Stand, Ergebnis und Tag des Ergebnisses zusammen angeben.",
            )
    if one.get("ergebnis_am") is not None and one["ergebnis_am"] < one["am"]:
        raise one.fault("ergebnis_am", expected=f"ein Tag ab {one['am']}", remedy="Beitrag und Ergebnis prüfen.")


def _participant(entry: Entry, position: int) -> dict[str, Any]:
    return {
        "participant_id": entry["kennung"],
        "position": position,
        "group": entry["gruppe"],
        "name": entry["name"],
        "role": entry["rolle"],
        "chapters": ";".join(entry.get("kapitel") or []) or None,
        "state": entry["stand"],
        "state_on": entry.get("stand_am"),
    }


def _contributions(entry: Entry) -> list[dict[str, Any]]:
    return [
        {
            "participant_id": entry["kennung"],
            "number": number,
            "chapter": one["kapitel"],
            "given_on": one["am"],
            "contribution": one["beitrag"],
            "state": one["stand"],
            "outcome": one.get("ergebnis"),
            "outcome_on": one.get("ergebnis_am"),
        }
        for number, one in enumerate(entry.entries("beitraege"), 1)
    ]


# ------------------------------------------------------------------------------------------------ needs
def need_fields(themes: Mapping[str, str] | None = None) -> tuple[Field, ...]:
    """The columns of `bedarfsmeldungen.csv` in their order; themes: the codes of column thema, where they are known."""
    return (
        Field("meldung_id", "eine Kennung je Meldung, frei gewählt", True, example="TEST-B1"),
        Field("eingang", "Tag des Eingangs, wie 2024-03-01", True, example="2024-03-01"),
        Field("gebiet", "Schlüssel der Gemeinde, des Sozialraums oder des Kreises", True),
        Field("thema", "Thema des Atlas", True, themes, "pflege", 20),
        Field("gegenstand", "der gemeldete Bedarf in einem Satz, ohne Angaben zu Personen", True, width=48),
        Field("von", "Kennung der Stelle oder Gruppe aus beteiligte.yml", True, example="gemeinden"),
        Field(
            "beleg",
            "worauf sich die Meldung stützt",
            True,
            {
                "statistisch": "auf Zahlen; die Spalte indikatoren nennt sie",
                "fachlich": "auf Erfahrung aus der Arbeit",
                "betroffene": "auf Aussagen der Menschen, um die es geht",
            },
            "fachlich",
        ),
        Field("indikatoren", "Kennungen von Indikatoren, mit ; getrennt; bei statistisch mindestens eine"),
        Field("stand", "was aus der Meldung wurde", True, NEED_STATES, "offen"),
        Field("ergebnis", "was daraus wurde, in einem Satz; offen oder in Prüfung: leer", width=40),
        Field("ergebnis_am", "Tag der Entscheidung, wie 2024-03-01; offen oder in Prüfung: leer"),
        Field("veroeffentlichen", "ob die Meldung veröffentlicht werden darf", True, YES_NO, "ja"),
    )


def need_columns() -> tuple[str, ...]:
    """The header of `bedarfsmeldungen.csv`."""
    return tuple(field.name for field in need_fields())


def build_needs(
    data_dir: Path, participants: pl.DataFrame, areas: pl.DataFrame, catalogue: pl.DataFrame
) -> pl.DataFrame:
    """`steering.needs`, empty where the district keeps no such register.

    participants: steering.participants; areas: curated.areas; catalogue: indicators.catalogue. Raises InputError with
    file, row and column for a key twice, an unknown area, theme, participant or indicator, a statistical evidence
    without an indicator, and a decision without sentence or day or before the report came in.
    """
    themes = dict(catalogue.sort("position").select("theme_id", "theme").iter_rows())
    known = {
        "gebiet": (areas.filter(pl.col("area_level").is_in(NEED_LEVELS))["area_id"].to_list(), "den Gebieten"),
        "von": (participants["participant_id"].to_list(), "steering/beteiligte.yml"),
        "indikatoren": (catalogue["indicator_id"].to_list(), "dem Katalog der Indikatoren"),
    }
    sheet = read_sheet(data_dir, NEEDS, need_columns())
    rows = [Cells(row, need_fields(themes), sheet.complain) for row in sheet.rows]
    refuse_twice(rows, "meldung_id")
    return frame([_need(row, themes, known) for row in rows], "steering.needs")


def _need(row: Cells, themes: dict[str, str], known: dict[str, tuple[list[str], str]]) -> dict[str, Any]:
    theme = row.known("thema", themes, "den Themen des Katalogs der Indikatoren") or ""
    evidence = EVIDENCE[row.code("beleg") or ""]
    return {
        "need_id": row.key("meldung_id"),
        "received_on": row.day("eingang"),
        "area_id": row.known("gebiet", *known["gebiet"]),
        "theme_id": theme,
        "theme": themes[theme],
        "subject": row.needed("gegenstand"),
        "participant_id": row.known("von", *known["von"]),
        "evidence": evidence,
        "indicator_ids": _indicators(row, evidence, *known["indikatoren"]),
        **_outcome(row),
        "published": row.yes("veroeffentlichen"),
    }


def _indicators(row: Cells, evidence: str, known: list[str], origin: str) -> str | None:
    text = row.needed("indikatoren", " bei statistisch") if evidence == "statistisch" else row.text("indikatoren")
    found = [part for part in re.split(r"\s*;\s*", text or "") if part]
    for part in found:
        if part not in known:
            row.refuse_unknown("indikatoren", part, known, origin)
    return ";".join(sorted(set(found))) or None


def _outcome(row: Cells) -> dict[str, Any]:
    state = NEED_STATES[row.code("stand") or ""]
    if state in UNDECIDED:
        for name in ("ergebnis", "ergebnis_am"):
            row.absent(name, f", solange der Stand „{state}“ ist")
        return {"state": state, "outcome": None, "outcome_on": None}
    why = f", weil der Stand „{state}“ ist"
    row.needed("ergebnis_am", why)
    received, decided = row.day("eingang") or "", row.day("ergebnis_am") or ""
    if decided < received:
        row.fault("ergebnis_am", expected=f"ein Tag ab {received} (Eingang)", remedy="Eingang und Ergebnis prüfen.")
    return {"state": state, "outcome": row.needed("ergebnis", why), "outcome_on": decided}
