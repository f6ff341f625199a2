"""Paragraphs that depend on the district beside its figures: its mandate, and who helps where a barrier stays.

What belongs here: putting sentences of `pipelines.mandate` between those that hold everywhere. What does not: the
sentences of papers, which their own modules place.
"""

from __future__ import annotations

from pipelines.mandate import accessibility_office, sentence
from pipelines.publish import markdown_text as md
from pipelines.publish.released import Release


def mandate(release: Release) -> str:
    """The beginning of the chapter on the mandate, up to the list of its aims."""
    opening = sentence(release.edition, "einleitung")
    return md.paragraph(opening, "Sie soll fundierte und transparente Grundlagen schaffen")


def involved(release: Release) -> str:
    """Who the mandate wants to take part, and that nobody has said anything on this edition yet."""
    return md.paragraph(
        sentence(release.edition, "beteiligung"),
        "Zu dieser Ausgabe liegt noch keine Stellungnahme der wissenschaftlichen Begleitung und noch keine Rückmeldung "
        "der Städte und Gemeinden vor.",
    )


def plans_opening(release: Release) -> str:
    """What the chapter on Fachplanungen is for."""
    return md.paragraph(
        sentence(release.edition, "fachplanungen"),
        "Das Inventar sagt, was es gibt, worauf es beruht und welche Zahlen es liefern könnte. Es bewertet keine "
        "Planung.",
    )


def barriers(release: Release) -> str:
    """What is done against barriers, and who helps where one stays."""
    return md.paragraph(
        "Jede Karte und jedes Bild hat eine Textalternative; alle Werte stehen zusätzlich in einer Tabelle. Farbe ist "
        "nie der einzige Träger einer Aussage. Barrieren können Sie der Ansprechperson im Impressum melden.",
        f"Wird dort nicht abgeholfen, hilft die {accessibility_office(release.edition)}.",
    )
