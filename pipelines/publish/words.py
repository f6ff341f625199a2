"""German words for levels, quality, planning fields, offices and the state of an edition.

What belongs here: words that only published pages need. What does not: numbers, dates and status words
(`pipelines.german`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pipelines.german import date_text, period_text

if TYPE_CHECKING:
    import polars as pl

    from pipelines.publish.released import Release

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


# The planning duties of a Kreis, by the short names of the catalogue.
PLANNINGS = {
    "JHP": "Jugendhilfe",
    "KTB": "Kindertagesbetreuung",
    "SEP": "Schulentwicklung",
    "AHP": "Altenhilfe",
    "PFL": "Pflege",
    "THP": "Teilhabe",
    "PSY": "Psychiatrie",
    "WOH": "Wohnen",
    "INT": "Integration",
    "GES": "Gesundheit",
    "ARM": "Armutsprävention",
    "ARB": "Arbeit",
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
    if edition["state"] == "freigegeben":
        return edition["title"]
    return "Entwurf, geprüft" if edition["state"] == "geprüft" else "Entwurf"


def state_words(edition: dict[str, Any]) -> str:
    """The state once, in full: „Entwurf (2., korrigierte Fassung)“, „1. Fassung, freigegeben am 12.03.2024“."""
    if edition["state"] == "freigegeben":
        return f"{edition['title']}, freigegeben am {date_text(edition['approved_on'])}"
    return state_mark(edition) + (f" ({edition['title']})" if edition["number"] > 1 else "")


def state_line(edition: dict[str, Any]) -> str:
    """State and label for head and foot: „Entwurf · Testdaten“, „1. Fassung, freigegeben am 12.03.2024“."""
    state = state_words(edition) if edition["state"] == "freigegeben" else state_mark(edition)
    return " · ".join(part for part in (state, edition["label"]) if part)


def area_name(area: dict[str, Any], edition: dict[str, Any]) -> str:
    """The name of an area in a table; a Sozialraum says whether it is an example or when it was resolved."""
    note = edition["sozialraum_note"] if area["is_example"] or area.get("area_level") == "sozialraum" else None
    return f"{area['display_name']} ({note})" if note else area["display_name"]


def corrected_figure(row: dict[str, Any], release: Release) -> dict[str, Any]:
    """Names to a row of release.corrections: indicator, area, its level, period and place in the atlas.

    An indicator or area that this edition no longer has is called by its key.
    """
    indicator = _only(release.indicators, "indicator_id", row["indicator_id"])
    area = _only(release.areas, "area_id", row["area_id"])
    return {
        "indicator": indicator["short_name"] if indicator else row["indicator_id"],
        "position": indicator["position"] if indicator else release.indicators.height + 1,
        "area": area_name(area, release.edition) if area else row["area_id"],
        "level": area["area_level"] if area else "",
        "period": period_text(row["period"], indicator["stand_text"] if indicator else None),
    }


def _only(frame: pl.DataFrame, column: str, key: str) -> dict[str, Any] | None:
    found = frame.filter(frame[column] == key)
    return found.row(0, named=True) if found.height else None


def direction(indicator: dict[str, Any]) -> str:
    """What a higher value means for the need of support; empty where the indicator is not judged."""
    return {1: "höher = mehr Bedarf", -1: "höher = weniger Bedarf"}.get(indicator["polarity"], "")


def offices(delivered_by: str | None) -> list[str]:
    """The offices that can deliver, without table codes and remarks in brackets."""
    names = [re.sub(r"\s*\([^)]*\)", "", part).strip() for part in (delivered_by or "").split(";")]
    return [name for name in names if name]


def deliverer(row: dict[str, Any]) -> str:
    """Who can deliver, in short: the first office named."""
    return (offices(row["deliverer"]) or ["noch zu klären"])[0]


def plannings(fields: str) -> str:
    """Names of planning duties from the short names of the catalogue, joined by `;`."""
    names = [PLANNINGS.get(name, name) for name in fields.split(";")]
    return "alle" if len(names) == len(PLANNINGS) else ", ".join(names)


def slug(name: str) -> str:
    """A name as part of a file name: small letters, digits and hyphens; umlauts written out."""
    plain = name.lower().translate({ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue", ord("ß"): "ss", ord("€"): "euro"})
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
