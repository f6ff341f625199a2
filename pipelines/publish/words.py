"""German words for levels and quality, and the signs a table needs where nothing stands.

What belongs here: words that only published tables need. What does not: numbers, dates and status words
(`pipelines.german`).
"""

from __future__ import annotations

from typing import Any

from pipelines import german

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
    return f"Ausgabe {edition['report_year']} · Datenstand {edition['data_from']} bis {edition['data_to']}"


def state_line(edition: dict[str, Any]) -> str:
    """State and label of the edition, e.g. „Entwurf · Testdaten“."""
    return " · ".join(part for part in (edition["state"], edition["label"]) if part)


def area_name(area: dict[str, Any], edition: dict[str, Any]) -> str:
    """The name of an area in a table; an area of the example partition says so."""
    note = edition["sozialraum_note"] if area["is_example"] else None
    return f"{area['display_name']} ({note})" if note else area["display_name"]


def stand(indicator: dict[str, Any], period: str) -> str:
    """The period of a value in the words of its indicator."""
    return german.period_text(period, indicator["stand_text"])
