"""The yearly report to the committee: what changed since the last released edition, where the work stands, what next.

What belongs here: the Jahresbericht as Markdown. What does not: finding corrections (`pipelines.approvals`) and pieces
other papers have too (`meetings`, `overview`).
"""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines import german
from pipelines.mandate import sentence
from pipelines.publish import markdown_text as md
from pipelines.publish import sentences
from pipelines.publish.pages.meetings import calendar, open_points
from pipelines.publish.pages.overview import (
    contributions_sentence,
    edition_sentence,
    figures_sentences,
    key_figures,
    missing_by_office,
    plans_sentence,
    registers,
)
from pipelines.publish.released import Release
from pipelines.publish.words import corrected_figure

NAME = "Jahresbericht an den Ausschuss"
SHOWN = 20  # corrected figures in the table; the others stand in the atlas


def yearly(release: Release) -> str:
    """The report. Without a released edition before this one it says that there is nothing to compare with yet."""
    return "".join(
        [
            md.heading("Auftrag"),
            md.paragraph(
                sentence(release.edition, "jahresbericht"),
                edition_sentence(release),
            ),
            md.heading("Was sich seit der letzten freigegebenen Ausgabe geändert hat"),
            *_changes(release),
            md.heading("Was die Zahlen zeigen"),
            md.paragraph(*figures_sentences(release)),
            key_figures(release),
            md.heading("Was noch fehlt"),
            missing_by_office(release),
            md.heading("Stand der Arbeit"),
            md.paragraph(plans_sentence(release), contributions_sentence(release)),
            registers(release),
            md.heading("Was als Nächstes ansteht"),
            _next_steps(release),
            md.heading("Termine"),
            calendar(release),
        ]
    )


# ------------------------------------------------------------------------------------------------ changes
def _changes(release: Release) -> list[str]:
    last = last_released(release)
    if last is None:
        return [
            md.paragraph(
                "Vor dieser Ausgabe ist noch keine Ausgabe freigegeben.",
                "Es gibt deshalb nichts, womit sie verglichen werden kann; dieser Bericht beschreibt den ersten Stand.",
            )
        ]
    return [
        md.paragraph(
            f"Zuletzt freigegeben ist die Ausgabe {last['report_year']}, {last['title']}, "
            f"vom {german.date_text(last['approved_on'])}.",
        ),
        _new_figures(release, last),
        *_corrections(release),
        _history(release),
    ]


def last_released(release: Release) -> dict[str, Any] | None:
    """The last released Fassung before this one, whether replaced since or not; None where there is none."""
    about = release.edition
    before = [
        row
        for row in release.history.iter_rows(named=True)
        if (row["report_year"], row["number"]) < (about["report_year"], about["number"])
    ]
    return max(before, key=lambda row: (row["report_year"], row["number"]), default=None)


def new_since(release: Release, year: int) -> list[dict[str, Any]]:
    """Indicators whose latest figures are of a later year than `year`: an edition shows periods up to its own year."""
    known = release.indicators.filter(pl.col("latest_period").is_not_null()).sort("position")
    return [row for row in known.iter_rows(named=True) if german.period_year(row["latest_period"]) > year]


def _new_figures(release: Release, last: dict[str, Any]) -> str:
    year = last["report_year"]
    if year == release.edition["report_year"]:
        return md.paragraph("Berichtsjahr und Stände sind dieselben; geändert ist nur, was berichtigt wurde.")
    found = new_since(release, year)
    if not found:
        return md.paragraph(f"Kein Indikator hat einen Stand nach {year}.")
    rows = [[sentences.plain_name(row), sentences.stand(row)] for row in found]
    columns = [md.Column("Indikator", 6), md.Column("neuer Stand", 4)]
    return md.table(columns, rows, f"Indikatoren mit einem Stand nach {year}")


def _corrections(release: Release) -> list[str]:
    rows = release.corrections.sort("number", "indicator_id", "area_id", "period")
    if rows.is_empty():
        return [md.paragraph("Keine freigegebene Angabe dieses Berichtsjahrs ist berichtigt.")]
    reasons = rows.select("number", "reason").unique(maintain_order=True).iter_rows()
    shown = [_correction(row, release) for row in rows.head(SHOWN).iter_rows(named=True)]
    columns = [
        md.Column("Indikator", 6),
        md.Column("Gebiet", 4),
        md.Column("Zeitbezug", 4),
        md.Column("alt", 3),
        md.Column("neu", 4),
    ]
    count = "Eine Angabe ist" if rows.height == 1 else f"{german.number(rows.height)} Angaben sind"
    rest = f"Gedruckt sind die ersten {SHOWN}; alle stehen im Sozialatlas." if rows.height > SHOWN else ""
    return [
        md.paragraph(
            f"{count} berichtigt.", *(f"Grund der {number}. Fassung: {reason}." for number, reason in reasons)
        ),
        md.table(columns, shown, "Berichtigungen: alter und neuer Wert"),
        md.paragraph(rest),
    ]


def _correction(row: dict[str, Any], release: Release) -> list[str]:
    about = corrected_figure(row, release)
    return [about["indicator"], about["area"], about["period"], row["old_text"], row["new_text"]]


def _history(release: Release) -> str:
    rows = [
        [
            str(row["report_year"]),
            row["title"],
            german.date_text(row["approved_on"]),
            "ersetzt" if row["superseded_by"] else "gilt",
            row["reason"] or "erste Freigabe" if row["number"] == 1 else row["reason"] or "ohne Berichtigung",
        ]
        for row in release.history.sort("report_year", "number").iter_rows(named=True)
    ]
    columns = [
        md.Column("Ausgabe", 2),
        md.Column("Fassung", 5),
        md.Column("freigegeben am", 3),
        md.Column("Stand", 2),
        md.Column("Grund", 6),
    ]
    return md.table(columns, rows, "Freigegebene Ausgaben")


# ------------------------------------------------------------------------------------------------ next
def _next_steps(release: Release) -> str:
    """What follows from what is open; nothing here is a plan that nobody made."""
    found, themes = [], len(sentences.empty_themes(release))
    if themes:
        word = "ein Thema" if themes == 1 else f"{german.number_word(themes)} Themen"
        found.append(f"Lieferungen klären: {word} ohne Zahlen für die Gemeinden")
    empty = release.table("registers").filter(pl.col("state") != "geführt").sort("position")["title"].to_list()
    if empty:
        found.append(f"Listen füllen: {german.join_words(empty)}")
    points = open_points(release)
    if points:
        found.append(f"Kopf der Ausschussvorlage ergänzen: {german.join_words(points)}")
    if release.edition["state"] != "freigegeben":
        found.append("Ausgabe prüfen und freigeben; bis dahin ist sie ein Entwurf")
    return md.bullets(f"{text}." for text in found) or md.paragraph("Aus dieser Ausgabe ergibt sich nichts Offenes.")
