"""German words for levels and quality, and the signs a table needs where nothing stands.

What belongs here: words that only published tables need. What does not: numbers, dates and status words
(`pipelines.german`).
"""

from __future__ import annotations

import re
from typing import Any

from pipelines.german import date_text

LEVEL_WORDS = {
    "gemeinde": "Gemeinde",
    "sozialraum": "Sozialraum",
    "kreis": "Kreis",
    "land": "Land",
    "ortsteil": "Ortsteil",
}
QUALITY_WORDS = {
    "final": "endgültig",
    "provisional": "vorläufig",
    "revised": "berichtigt",
    "limited": "Aussagewert eingeschränkt",
}


def edition_line(edition: dict[str, Any]) -> str:
    """„Ausgabe 2023 · Datenstand 2018 bis 2023“."""
    return f"Ausgabe {edition['report_year']} · {data_line(edition)}"


def data_line(edition: dict[str, Any]) -> str:
    """„Datenstand 2018 bis 2023“, or one year where both are the same."""
    first, last = edition["data_from"], edition["data_to"]
    return f"Datenstand {first}" if first == last else f"Datenstand {first} bis {last}"


def state_mark(edition: dict[str, Any]) -> str:
    """What every page says about the edition: „Entwurf“, „Entwurf, geprüft“, or the released Fassung."""
    marks: dict[str, str] = {"Entwurf": "Entwurf", "geprüft": "Entwurf, geprüft"}
    return marks.get(edition["state"], edition["title"])


def state_words(edition: dict[str, Any]) -> str:
    """The state once, in full: „Entwurf (2., korrigierte Fassung)“, „1. Fassung, freigegeben am 12.03.2024“."""
    if edition["state"] == "freigegeben":
        return f"{edition['title']}, freigegeben am {date_text(edition['approved_on'])}"
    return state_mark(edition) + (f" ({edition['title']})" if edition["number"] > 1 else "")


def state_line(edition: dict[str, Any]) -> str:
    """Mark and label of the edition, e.g. „Entwurf · Testdaten“."""
    return " · ".join(part for part in (state_mark(edition), edition["label"]) if part)


def area_name(area: dict[str, Any], edition: dict[str, Any]) -> str:
    """The name of an area in a table; an area of the example partition says so."""
    note = edition["sozialraum_note"] if area["is_example"] else None
    return f"{area['display_name']} ({note})" if note else area["display_name"]


def direction(indicator: dict[str, Any]) -> str:
    """What a higher value means for the need of support; empty where the indicator is not judged."""
    return {1: "höher = mehr Bedarf", -1: "höher = weniger Bedarf"}.get(indicator["polarity"], "")


def slug(name: str) -> str:
    """A name as part of a file name: small letters, digits and hyphens; umlauts written out."""
    plain = name.lower().translate({ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue", ord("ß"): "ss", ord("€"): "euro"})
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
