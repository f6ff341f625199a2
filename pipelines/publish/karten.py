"""Write the maps of an edition for download, each as SVG and PNG with title, legend and attribution of its own.

What belongs here: which maps there are, their words and their file names. What does not: drawing (`pipelines.figures`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipelines import german
from pipelines.figures import export, maps
from pipelines.figures.canvas import Picture
from pipelines.figures.rows import class_limits
from pipelines.publish import sentences
from pipelines.publish.illustrations import Illustrations
from pipelines.publish.released import Release
from pipelines.publish.words import direction, edition_line, slug, state_line

INDEX_NAME = "Orientierungsindex Erwerb, Qualifikation, Einkommen (vorläufig)"
INDEX_FILE = "index-orientierungsindex"


def write_maps(release: Release, folder: Path) -> list[Path]:
    """Write `folder/karten/<id>-<slug>.svg|png` for every indicator with Gemeinde values, and the index; the paths."""
    figures = Illustrations(release)
    paths = []
    for indicator in map(release.indicator, figures.mapped()):
        if indicator["latest_period"]:
            name = f"{indicator['indicator_id']}-{slug(indicator['short_name'])}"
            paths += _save(_indicator_sheet(figures, indicator), folder / "karten" / name)
    if release.index.height:
        paths += _save(_index_sheet(figures), folder / "karten" / INDEX_FILE)
    return paths


def _save(picture: Picture, stem: Path) -> list[Path]:
    return [export.save(picture, stem.with_name(stem.name + ending)) for ending in (".svg", ".png")]


def _indicator_sheet(figures: Illustrations, indicator: dict[str, Any]) -> Picture:
    release = figures.release
    sources = release.latest(indicator["indicator_id"], "gemeinde")["source_ids"].drop_nulls().unique().sort()
    unit = german.unit_symbol(indicator["unit"])
    return maps.choropleth_sheet(
        figures.geography,
        figures.rows(indicator["indicator_id"]),
        class_limits(indicator),
        indicator["decimals"],
        figures.attribution,
        title=maps.map_title(indicator["name"], sentences.stand(indicator), figures.geography),
        subtitle="; ".join(part for part in (f"{indicator['question']} Einheit: {unit}", direction(indicator)) if part),
        unit=indicator["unit"],
        source=_source_line(release, ";".join(sources)),
    )


def _index_sheet(figures: Illustrations) -> Picture:
    release = figures.release
    members = release.index_members
    periods = members.select("indicator_id", "period").unique().sort("indicator_id", "period")
    stands = ", ".join(f"{key} {german.period_text(period)}" for key, period in periods.iter_rows())
    sources = release.values.join(members, on=["indicator_id", "area_id", "period"], how="semi")["source_ids"]
    return maps.index_map_sheet(
        figures.geography,
        release.index,
        figures.attribution,
        title=INDEX_NAME,
        subtitle=f"Unterstützungsbedarf im Vergleich der Gemeinden, kein Maß für Armut; Bestandteile: {stands}",
        source=_source_line(release, ";".join(sources.drop_nulls().unique().sort())),
    )


def _source_line(release: Release, source_ids: str) -> str:
    edition = release.edition
    credits = " · ".join(release.attributions(source_ids))
    return f"Datenquelle: {credits} · eigene Berechnung. {edition_line(edition)} · {state_line(edition)}"
