"""Why the documents exist: sentences of the district about its own mandate, else general ones.

What belongs here: which sentences documents take from `auftrag` of kreis.yml, and what stands there without them. What
does not: where a sentence stands (`pages`, `reports`).
"""

from __future__ import annotations

import json
from typing import Any

from pipelines.offices import GENERAL

# Entry of `auftrag` in kreis.yml to what is said without it; empty: nothing
SENTENCES = {
    "kurz": "",
    "einleitung": "Strategische Sozialplanung geht von den Menschen und ihren Lebensverhältnissen aus.",
    "beteiligung": "",
    "fachplanungen": "Dieses Kapitel zeigt, welche vorhandenen Fachplanungen in die strategische Sozialplanung "
    "eingebracht werden können.",
    "fachplanungsbericht": "Zu klären ist, welche bereits vorhandenen Fachplanungen in die Umsetzung der strategischen "
    "Sozialplanung eingebracht werden können.",
    "ressourcenbericht": "Zu klären ist, welche zusätzlichen Ressourcen die strategische Sozialplanung erfordert und "
    "welche finanziellen und personellen Auswirkungen sie hat.",
    "jahresbericht": "Berichtet wird über den Stand der strategischen Sozialplanung.",
    "ausschussvorlage": "Dargelegt wird, welche vorhandenen Fachplanungen in die strategische Sozialplanung "
    "eingebracht werden können und welche zusätzlichen Ressourcen erforderlich werden.",
}


def sentence(edition: dict[str, Any], name: str) -> str:
    """What the district says of its mandate for a document, in its own words or in general ones.

    edition: the one row of release.edition; name: one of SENTENCES.
    """
    own = json.loads(edition["mandate"] or "{}")
    return own.get(name, SENTENCES[name])


def accessibility_office(edition: dict[str, Any]) -> str:
    """Who helps when a barrier is not removed, as the end of „hilft die …“."""
    return edition["accessibility_office"] or GENERAL["barrierefreiheit"]
