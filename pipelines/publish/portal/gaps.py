"""What is known and what is missing: by theme, with the reason and who can deliver.

What belongs here: counting and listing gaps of the catalogue. What does not: single absent values (they stand in the
tables of their indicators).
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from pipelines import german
from pipelines.publish import sentences
from pipelines.publish.portal.site import GAPS, Place, Row, Site

STATES = {"gemeinde": "Werte für Gemeinden", "kreis": "nur Kreiswert", "none": "keine Angabe"}
UNCLEAR = "noch nicht geklärt"


def write_gaps(site: Site) -> list[Path]:
    """Write the page of what is known and missing; return its path."""
    page = site.write(
        Place(GAPS, "Was wir wissen und was fehlt", "Was wir wissen"),
        "datenluecken.html.jinja",
        known=sentences.unknown_lead(site.release),
        coverage=coverage(site),
        themes=_themes(site),
        partial=_partial(site),
        states=STATES,
    )
    return [page]


def coverage(site: Site) -> Row:
    """How many indicators have values of Gemeinden, of the Kreis only, none; and the themes without any."""
    rows = site.indicators
    released = sentences.with_figures(site.release)
    gemeinde = sum(row["indicator_id"] in released for row in rows)
    kreis = sum(row["data"] == "kreis" and row["indicator_id"] not in released for row in rows)
    return {
        "total": len(rows),
        "gemeinde": gemeinde,
        "kreis": kreis,
        "none": len(rows) - gemeinde - kreis,
        "empty_themes": sentences.empty_themes(site.release),
    }


def deliverers(members: list[Row]) -> list[str]:
    """The offices that can deliver, each once, in the order of the catalogue."""
    named = [part.strip() for row in members for part in (row["deliverer"] or "").split(";") if part.strip()]
    return list(dict.fromkeys(named))


def _themes(site: Site) -> list[Row]:
    """Every theme with its counts and the indicators that lack values of Gemeinden.

    What was delivered and is withheld for all Gemeinden has no figures here, and is no gap an office could close.
    """
    released = sentences.with_figures(site.release)
    found = []
    for chapter in site.chapters:
        for theme in chapter["themes"]:
            members = theme["indicators"]
            missing = [row for row in members if row["data"] != "gemeinde"]
            years = [
                german.period_year(row["latest_period"])
                for row in members
                if row["indicator_id"] in released and row["latest_period"]
            ]
            states = ["none" if _is_withheld(row, released) else row["data"] for row in members]
            counts = {state: states.count(state) for state in STATES}
            found.append(
                {
                    "chapter": chapter["name"],
                    "name": theme["name"],
                    "counts": counts,
                    "latest": max(years, default=None),
                    "missing": missing,
                    "deliverers": deliverers(missing),
                }
            )
    return found


def _is_withheld(row: Row, released: frozenset[str]) -> bool:
    return row["data"] == "gemeinde" and row["indicator_id"] not in released


def _partial(site: Site) -> list[Row]:
    """Indicators with values for some Gemeinden whose latest period lacks others, with the words of their status."""
    found = []
    for indicator in site.indicators:
        if indicator["data"] != "gemeinde" or not indicator["latest_period"]:
            continue
        rows = site.area_rows(indicator["indicator_id"]).filter(pl.col("value").is_null()).rows(named=True)
        words = [german.STATUS_SHORT[row["status"]] for row in rows]
        if words:
            counts = ", ".join(f"{word} {words.count(word)}" for word in dict.fromkeys(words))
            found.append({**indicator, "counts": counts, "names": [row["name"] for row in rows]})
    return found
