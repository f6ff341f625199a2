"""Where the work stands, in the words several papers share: figures of the Kreis, Fachplanungen, registers, costs.

What belongs here: short tables and sentences in Markdown from released tables. What does not: whole papers.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines import german
from pipelines.publish import markdown_text as md
from pipelines.publish import sentences
from pipelines.publish.inventory import GAP_NOTE
from pipelines.publish.pages.front import KEY_FIGURES
from pipelines.publish.released import Release
from pipelines.publish.words import deliverer, state_line

UNTESTED = "ungeprüft"  # in a column of counts: values without span are not compared


def key_figures(release: Release) -> str:
    """At most eight figures of the Kreis with span, and how many Gemeinden lie visibly above or below."""
    known = set(release.indicators.filter(pl.col("data") == "gemeinde")["indicator_id"])
    rows = [_figure(release, name) for name in KEY_FIGURES if name in known]
    if not rows:
        return md.paragraph("Zu keiner der Kennzahlen liegen Zahlen vor.")
    columns = [
        md.Column("Kennzahl", 9),
        md.Column("Stand", 6),
        md.Column("Wert", 3.4, right=True),
        md.Column("Spanne", 4.6, right=True),
        md.Column("höher", 3.2, right=True),
        md.Column("niedriger", 3.2, right=True),
    ]
    note = (
        "Höher und niedriger: Zahl der Städte und Gemeinden, die sich erkennbar und bedeutsam vom Kreiswert "
        "unterscheiden; Werte ohne Spanne sind ungeprüft. Höher heißt nicht besser oder schlechter."
    )
    return md.table(columns, rows, f"Kennzahlen: {release.edition['kreis_name']}") + md.paragraph(note)


def _figure(release: Release, indicator_id: str) -> list[str]:
    indicator, row = release.indicator(indicator_id), release.value(indicator_id, release.kreis_id)
    name, moment = sentences.plain_name(indicator), sentences.stand(indicator, row["period"])
    counts = sentences.verdict_counts(release, indicator_id)
    if row["value"] is None:
        return [name, moment, german.status_words(row["status"]), "", "", ""]
    compared = sentences.compared(counts)
    shown = [str(counts.get(word, 0)) if compared else UNTESTED for word in ("höher", "niedriger")]
    value = german.value_text(row["value"], row["unit"], indicator["decimals"], row["status"])
    return [name, moment, value, german.span_text(row["lower"], row["upper"], "", indicator["decimals"]), *shown]


def figures_sentences(release: Release) -> list[str]:
    """How much the edition knows and what it lacks."""
    themes = sentences.empty_themes(release)
    missing = f"Ohne Zahlen für die Gemeinden: {sentences.join_themes(themes)}. {GAP_NOTE}" if themes else ""
    return [sentences.unknown_lead(release), missing]


def edition_sentence(release: Release) -> str:
    """Which edition the numbers are from, and whether it is released."""
    about = release.edition
    return f"Grundlage ist die Ausgabe {about['report_year']} des Sozialatlas ({state_line(about)})."


def plans_sentence(release: Release) -> str:
    """How many Fachplanungen the inventory holds, by state; that none is kept where there is none."""
    plans = release.table("plans")
    if plans.is_empty():
        return "Ein Inventar der Fachplanungen wird noch nicht geführt."
    counts = plans.group_by("state").len().sort("len", "state", descending=[True, False])
    total = plans.height
    states = [f"{'alle' if count == total else count} mit dem Stand „{state}“" for state, count in counts.iter_rows()]
    return f"Das Inventar nennt {german.number(total)} Fachplanungen und Berichte: {german.join_words(states)}."


def contributions_sentence(release: Release) -> str:
    """How many contributions of those who take part there are, what became of them, how many are from Gemeinden."""
    rows = release.table("contributions")
    if rows.is_empty():
        return "Es liegt noch keine Rückmeldung der Städte und Gemeinden und kein Beitrag anderer Beteiligter vor."
    done = rows.filter(pl.col("state") != "offen").height
    count = "Ein Beitrag liegt" if rows.height == 1 else f"{german.number(rows.height)} Beiträge liegen"
    bodies = release.table("participants").filter(group="gemeinden")
    own = rows.join(bodies, on="participant_id", how="semi").height
    theirs = "ist keiner" if not own else "ist einer" if own == 1 else f"sind {german.number(own)}"
    return f"{count} vor, davon {german.number(done)} entschieden. Von den Städten und Gemeinden {theirs}."


def registers(release: Release) -> str:
    """Which registers the Kreis keeps."""
    rows = release.table("registers").sort("position").iter_rows(named=True)
    shown = [[row["title"], row["state"], _entries(row)] for row in rows]
    if not shown:
        return md.paragraph("Listen der Steuerung werden noch nicht geführt.")
    columns = [md.Column("Liste", 5), md.Column("Stand", 3), md.Column("Einträge", 2, right=True)]
    return md.table(columns, shown, "Listen der Steuerung")


def _entries(row: dict[str, Any]) -> str:
    return "nicht geführt" if row["entries"] is None else german.number(row["entries"])


def missing_by_office(release: Release, shown: int = 8) -> str:
    """Who could deliver what is missing for the Gemeinden: offices by the number of indicators, the largest first."""

    known = sentences.with_figures(release)
    offices: dict[str, list[str]] = {}
    for row in release.indicators.sort("position").iter_rows(named=True):
        if row["indicator_id"] not in known:
            offices.setdefault(deliverer(row), []).append(sentences.plain_name(row))
    if not offices:
        return md.paragraph("Zu jedem Indikator liegen Zahlen für die Gemeinden vor.")
    ordered = sorted(offices.items(), key=lambda item: (-len(item[1]), item[0]))
    rows = [[office, german.number(len(names)), _first(names)] for office, names in ordered[:shown]]
    columns = [md.Column("Stelle", 5), md.Column("Indikatoren", 2.4, right=True), md.Column("zum Beispiel", 8)]
    rest = sum(len(names) for _, names in ordered[shown:])
    note = (
        f"Weitere {german.number(rest)} Indikatoren bei anderen Stellen: Sozialatlas, Indikatorblätter." if rest else ""
    )
    return md.table(columns, rows, "Wer liefern kann, was für die Gemeinden fehlt") + md.paragraph(note)


def _first(names: list[str]) -> str:
    return "; ".join(names[:2])
