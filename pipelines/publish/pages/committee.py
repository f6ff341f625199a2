"""The committee paper: head in the order of the motion, proposal, reasons, effects, attachments with their hashes.

What belongs here: the Ausschussvorlage as Markdown. What does not: pieces other papers have too (`meetings`,
`overview`, `resources`) and its look.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipelines.german import join_words
from pipelines.mandate import sentence
from pipelines.provenance import sha256
from pipelines.publish import markdown_text as md
from pipelines.publish.pages.meetings import OPEN, bodies, calendar, deliberation, head, open_points
from pipelines.publish.pages.overview import (
    contributions_sentence,
    edition_sentence,
    figures_sentences,
    key_figures,
    plans_sentence,
)
from pipelines.publish.pages.resources import impact, resources_declared
from pipelines.publish.released import Release

NAME = "Ausschussvorlage"
NOT_JUDGED = "noch nicht beurteilt"
HASH_DIGITS = 16
# Attachments: title and path within the edition, {year} is the report year
ATTACHMENTS = (
    ("Sozialatlas", "sozialatlas-{year}.pdf"),
    ("Ressourcenbericht", "vorlagen/ressourcenbericht.pdf"),
    ("Ressourcenbericht, Rechnung", "vorlagen/ressourcenbericht.xlsx"),
    ("Fachplanungsbericht", "vorlagen/fachplanungsbericht.pdf"),
    ("Jahresbericht an den Ausschuss", "vorlagen/jahresbericht.pdf"),
)


def committee(release: Release) -> str:
    """The paper. It stays a draft while its head or the costs are open, and says what is open first."""
    return "".join(
        [
            _draft(release),
            _head(release),
            deliberation(release),
            md.heading("Betreff"),
            md.paragraph(md.strong(_subject(release))),
            md.heading("Beschlussvorschlag"),
            md.paragraph(_decision(release)),
            md.heading("Begründung"),
            *_reasons(release),
            md.heading("Finanzielle und personelle Auswirkungen"),
            impact(release),
            md.heading("Weitere Auswirkungen"),
            _other_effects(release),
            md.heading("Anlagen"),
            _attachments(release),
            md.heading("Termine und Unterschrift"),
            calendar(release),
            _signature(release),
        ]
    )


def is_draft(release: Release) -> bool:
    """Whether something is still open that a paper must say before it goes to the Gremienbüro."""
    return bool(_open(release))


def _open(release: Release) -> list[str]:
    return [
        *open_points(release),
        *([] if resources_declared(release) else ["finanzielle und personelle Auswirkungen"]),
    ]


def _draft(release: Release) -> str:
    found = _open(release)
    if not found:
        return ""
    return md.paragraph(md.strong("Entwurf."), f"Noch offen: {join_words(found)}.")


def _head(release: Release) -> str:
    about = head(release)
    form = release.edition["paper_number"] or OPEN
    product = " ".join(part for part in (about["product_number"], about["product"]) if part)
    fields = [
        ("Vorlage-Nr.", about["number"] or f"{form} (Platzhalter; das Gremienbüro vergibt die Nummer)"),
        ("Aktenzeichen", about["reference"] or OPEN),
        ("Fachbereich", about["department"] or OPEN),
        ("Beteiligungen", join_words(about["involved"].split(";")) if about["involved"] else OPEN),
        ("Produkt", product or OPEN),
    ]
    return md.table([md.Column("Angabe", 2), md.Column("Inhalt", 7)], fields)


def _subject(release: Release) -> str:
    """The report is the subject of both kinds: a Beschluss decides on what it says."""
    return f"Strategische Sozialplanung – Bericht {release.edition['report_year']}"


def _decision(release: Release) -> str:
    """The wording of the register, else one that follows from the kind of the paper."""
    about, year = head(release), release.edition["report_year"]
    if about["decision"]:
        return about["decision"]
    found = bodies(release)
    last = found[-1]["name"] if found else "Kreistag"
    noted = f"Der {last} nimmt den Bericht {year} zur strategischen Sozialplanung zur Kenntnis"
    if about["kind"] == "Bericht":
        return f"{noted}."
    return (
        f"{noted} und beauftragt den Kreisausschuss, die strategische Sozialplanung auf dieser Grundlage umzusetzen "
        "und dem zuständigen Ausschuss regelmäßig zu berichten."
    )


def _reasons(release: Release) -> list[str]:
    review = "Eine Stellungnahme der wissenschaftlichen Begleitung liegt noch nicht vor; die Ausgabe ist ohne "
    return [
        md.heading("Auftrag", 2),
        md.paragraph(
            sentence(release.edition, "ausschussvorlage"),
            "Über den Prozess ist im zuständigen Ausschuss regelmäßig zu berichten.",
        ),
        md.heading("Stand", 2),
        md.paragraph(edition_sentence(release), plans_sentence(release), *figures_sentences(release)),
        md.heading("Ergebnisse", 2),
        key_figures(release),
        md.heading("Empfehlungen", 2),
        md.paragraph("Diese Ausgabe enthält noch keine Handlungsempfehlungen."),
        md.heading("Beteiligung der Kommunen", 2),
        md.paragraph(contributions_sentence(release)),
        md.heading("Wissenschaftliche Begleitung", 2),
        md.paragraph(f"{review}wissenschaftliche Freigabe."),
    ]


def _other_effects(release: Release) -> str:
    about = head(release)
    names = {"Gleichstellung": "equality", "Klima": "climate", "Inklusion": "inclusion"}
    rows = [[name, about[column] or NOT_JUDGED] for name, column in names.items()]
    return md.table([md.Column("Bereich", 2), md.Column("Auswirkungen", 7)], rows)


def _attachments(release: Release) -> str:
    edition = release.path.parent.parent
    rows = [
        [str(number), title, *_file(edition, name.format(year=release.edition["report_year"]))]
        for number, (title, name) in enumerate(ATTACHMENTS, 1)
    ]
    columns = [md.Column("Nr.", 1), md.Column("Anlage", 5), md.Column("Datei", 6), md.Column("Prüfsumme (SHA-256)", 4)]
    note = f"Gedruckt sind die ersten {HASH_DIGITS} Zeichen der Prüfsummen; ganz stehen sie in manifest.json."
    run = f"Alle Anlagen stammen aus dem Lauf {release.edition['run_id'][:HASH_DIGITS]}."
    return md.table(columns, rows) + md.paragraph(note, run)


def _file(edition: Path, name: str) -> list[str]:
    path = edition / name
    return [name, sha256(path)[:HASH_DIGITS]] if path.is_file() else ["liegt noch nicht vor", "offen"]


def _signature(release: Release) -> str:
    signed: dict[str, Any] = head(release)
    columns = [md.Column("Unterzeichnende Stelle", 4), md.Column("Datum", 2), md.Column("Unterschrift", 4)]
    return md.table(columns, [[signed["signed_by"] or OPEN, "\u2003", "\u2003"]])
