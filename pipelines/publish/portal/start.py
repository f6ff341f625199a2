"""The start page: search, what is known, key figures, a map, all Gemeinden and themes, downloads in short.

What belongs here: choosing what the page shows. What does not: the map explorer (`explorer`), pages of their own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from pipelines import german
from pipelines.figures import alt, rows
from pipelines.publish import participants, sentences, supply
from pipelines.publish.inventory import Inventory
from pipelines.publish.portal.cells import span_cell, value_cell, verdict_cell
from pipelines.publish.portal.files import main_files
from pipelines.publish.portal.gaps import coverage
from pipelines.publish.portal.site import HOME, OFFERS, PARTICIPANTS, PLANS, Place, Row, Site
from pipelines.publish.released import Release
from pipelines.publish.webmap import Outlines, span_plots, web_map
from pipelines.publish.words import direction

# What the page shows first, where the district has it; further indicators in catalogue order fill the places left.
PREFERRED = ("E01", "E08", "E06", "A13", "D04", "D03e", "W01", "P01b")
# What people type who do not know the official word, by theme or indicator; the search finds it by these as well.
EVERYDAY_WORDS = {
    "D03": "Kinder Jugendliche",
    "D03e": "Kinder",
    "D04": "Senioren Rentner Rente ältere Menschen",
    "D07e": "Senioren Rentner Rente ältere Menschen",
    "bewegung": "Zuzug Fortzug Umzug Wanderung",
    "kontext": "Ausländer Migration Flüchtlinge Geflüchtete",
    "arbeitslosigkeit": "Arbeitslose arbeitssuchend",
    "beschaeftigung": "Arbeit Jobs Pendler Teilzeit",
    "qualifikation": "Ausbildung Abschluss Beruf",
    "einkuenfte": "Einkommen Lohn Gehalt Verdienst Armut",
    "miete": "Wohnen Wohnkosten Singles Leerstand",
    "sgb2": "Bürgergeld Hartz IV Jobcenter Grundsicherung Armut",
    "sgb12": "Grundsicherung Altersarmut Armut",
    "mindestsicherung": "Armut Bildungspaket",
    "wohnhilfen": "Wohngeld Sozialwohnung Obdachlosigkeit wohnungslos",
    "kita": "Kindergarten Krippe Kinderbetreuung Tagesmutter",
    "schule": "Schüler Abitur Schulabschluss",
    "familien": "Kinder Alleinerziehende Eltern Jugendliche",
    "hze": "Jugendamt Jugendhilfe Kinderschutz",
    "gesundheit": "Arzt Ärzte Hausarzt Krankheit",
    "pflege": "Pflegebedürftige Pflegeheim",
    "teilhabe": "Behinderung Schwerbehinderte Inklusion",
    "erreichbarkeit": "Bus Bahn Auto Verkehr",
}
KEY_FIGURES = 8
TABLE_COLUMNS = 6


def write_start(site: Site) -> list[Path]:
    """Write `index.html`; return its path."""
    release = site.release
    mapped = _map_indicator(release)
    page = site.write(
        Place(HOME, f"Zahlen für {release.gemeinden.height} Gemeinden", "Start", description="Start"),
        "start.html.jinja",
        gemeinden=site.gemeinden,
        chapters=site.chapters,
        everyday={theme: f" {words}" for theme, words in EVERYDAY_WORDS.items()},
        key_figures=[_key_figure(site, indicator) for indicator in key_indicators(release)],
        outlines=site.outlines,
        map=_map_section(site, mapped, site.outlines) if mapped and site.outlines else None,
        table=_gemeinden_table(site),
        coverage=coverage(site),
        steering=_steering(release),
        downloads=main_files(site),
        profiles=site.profiles,
    )
    return [page]


def _steering(release: Release) -> list[Row]:
    """The pages about planning: link, sentence, and what else people type to find them."""
    plans = Inventory(release)
    kinds = release.table("offer_kinds").sort("position")["kind_name"].unique(maintain_order=True)
    bodies = [row["name"] for row in participants.participants(release)]
    return [
        {
            "name": "Fachplanungen",
            "path": PLANS,
            "sentence": plans.summary()[0],
            "words": " ".join(["Inventar Sozialplanung", *(plan["name"] for plan in plans.plans)]),
        },
        {
            "name": "Angebote",
            "path": OFFERS,
            "sentence": supply.existing(release),
            "words": " ".join(["Einrichtungen Versorgung Plätze", *kinds]),
        },
        {
            "name": "Beteiligte und Bedarfsmeldungen",
            "path": PARTICIPANTS,
            "sentence": participants.taking_part(release),
            "words": " ".join(["Beteiligung", *participants.GROUP_WORDS.values(), *bodies]),
        },
    ]


def key_indicators(release: Release) -> list[Row]:
    """Up to KEY_FIGURES indicators whose latest Kreis value exists: the preferred ones first, then catalogue order."""
    catalogue = release.indicators.sort("position").rows(named=True)
    usable = {row["indicator_id"]: row for row in catalogue if kreis_row(release, row) is not None}
    order = [*(key for key in PREFERRED if key in usable), *(key for key in usable if key not in PREFERRED)]
    return [usable[key] for key in order[:KEY_FIGURES]]


def kreis_row(release: Release, indicator: Row) -> Row | None:
    """The latest Kreis row of an indicator with Gemeinde values, None where the Kreis has no value."""
    if indicator["data"] != "gemeinde" or not indicator["latest_period"]:
        return None
    row = release.value(indicator["indicator_id"], release.kreis_id)
    return row if row["value"] is not None else None


def _key_figure(site: Site, indicator: Row) -> Row:
    kreis = kreis_row(site.release, indicator)
    assert kreis is not None
    values = site.area_rows(indicator["indicator_id"])["value"].drop_nulls().to_list()
    decimals, unit = indicator["decimals"], indicator["unit"]
    return {
        "id": indicator["indicator_id"],
        "name": sentences.grouped(indicator["short_name"]),
        "value": german.value_text(kreis["value"], unit, decimals),
        "span": german.span_text(kreis["lower"], kreis["upper"], unit, decimals),
        "range": german.span_text(min(values), max(values), unit, decimals) if values else "",
        "verdicts": _verdict_counts(site.release, indicator),
        "stand": sentences.stand(indicator),
    }


def _verdict_counts(release: Release, indicator: Row) -> str:
    """„8 höher, 9 niedriger, 6 nicht unterscheidbar“; a context figure is described, not compared."""
    if indicator["context"]:
        return ""
    counts = sentences.verdict_counts(release, indicator["indicator_id"])
    words = [word for word in german.VERDICT_SHAPES if word in counts and word != "kein Vergleich"]
    return ", ".join(f"{counts[word]} {word}" for word in words)


def map_start(release: Release) -> str | None:
    """The indicator of the map a reader sees first; None where no key figure can be mapped."""
    row = _map_indicator(release)
    return row["indicator_id"] if row else None


def _map_indicator(release: Release) -> Row | None:
    """The first key figure whose catalogue entry has class limits."""
    return next((row for row in key_indicators(release) if row["class_limits"]), None)


def _map_section(site: Site, indicator: Row, drawn: Outlines) -> Row:
    release = site.release
    found = site.area_rows(indicator["indicator_id"])
    kreis = kreis_row(release, indicator)
    limits = rows.class_limits(indicator)
    title = f"{indicator['name']}, {sentences.stand(indicator)}"
    return {
        "svg": web_map(drawn, found, limits, indicator["decimals"], indicator["unit"]),
        "title": title,
        "name": indicator["name"],
        "question": indicator["question"],
        "unit": german.unit_symbol(indicator["unit"]),
        "direction": direction(indicator),
        "class_rule": german.CLASS_RULE,
        "alt": alt.alt_map(title, found, limits, indicator["decimals"], "Alle Werte stehen in der Tabelle daneben."),
        "difference": sentences.difference(release, indicator["indicator_id"]),
        "limit": sentences.limit(release, indicator["indicator_id"]),
        "rows": compared_rows(found, indicator, kreis),
        "kreis": kreis_cells(indicator, kreis),
        "credits": [*release.boundary_attributions, *release.attributions(kreis["source_ids"] if kreis else None)],
    }


def compared_rows(found: pl.DataFrame, indicator: Row, kreis: Row | None) -> list[Row]:
    """The rows of a table with value, span, picture of the span, and verdict."""
    plots = span_plots(found, kreis["value"] if kreis else None)
    return [
        {
            **row,
            **value_cell(row, indicator),
            "span": span_cell(row, indicator)["cell"],
            "plot": plot,
            "verdict": verdict_cell(row["verdict"], row),
        }
        for row, plot in zip(found.iter_rows(named=True), plots, strict=True)
    ]


def kreis_cells(indicator: Row, kreis: Row | None) -> Row | None:
    """Value and span of the Kreis; None without a value."""
    if kreis is None:
        return None
    return {
        **value_cell(kreis, indicator),
        "span": span_cell(kreis, indicator)["cell"],
        "text": german.value_text(kreis["value"], indicator["unit"], indicator["decimals"]),
    }


def _gemeinden_table(site: Site) -> Row:
    """All Gemeinden with a few indicators, the way to their pages, and their profiles."""
    release = site.release
    chosen = key_indicators(release)[:TABLE_COLUMNS]
    columns = [
        [value_cell(row, indicator) for row in site.area_rows(indicator["indicator_id"]).iter_rows(named=True)]
        for indicator in chosen
    ]
    lines: list[dict[str, Any]] = []
    for place, area in enumerate(site.gemeinden):
        profile = site.profiles.get(area["area_id"])
        cells = [column[place] for column in columns]
        lines.append({**area, "cells": cells, "profile": site.link(profile) if profile else ""})
    return {
        "heads": [
            {
                "id": row["indicator_id"],
                "name": sentences.grouped(row["short_name"]),
                "unit": german.unit_symbol(row["unit"]),
                "stand": sentences.stand(row),
            }
            for row in chosen
        ],
        "rows": lines,
        "kreis": [kreis_cells(indicator, kreis_row(release, indicator)) for indicator in chosen],
    }
