"""Write the maps of an edition for download, each as SVG and PNG with title, legend and attribution of its own.

What belongs here: which maps there are, their words and their file names. What does not: drawing (`pipelines.figures`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipelines import german
from pipelines.figures import export, maps, rows
from pipelines.figures.canvas import Picture
from pipelines.publish import sentences
from pipelines.publish.released import Release
from pipelines.publish.words import direction, edition_line, slug, state_line

INDEX_NAME = "Orientierungsindex Erwerb, Qualifikation, Einkommen (vorläufig)"
INDEX_FILE = "index-orientierungsindex"
PNG_DPI = 150


def write_maps(release: Release, folder: Path) -> list[Path]:
    """Write `folder/karten/<id>-<slug>.svg|png` for every indicator with Gemeinde values, and the index; the paths."""
    geo = maps.geography(release.boundaries, release.areas, neighbours=release.edition["neighbours"])
    drawn = [
        (f"{indicator['indicator_id']}-{slug(indicator['short_name'])}", indicator)
        for indicator in release.indicators.sort("position").rows(named=True)
        if indicator["data"] == "gemeinde" and indicator["latest_period"]
    ]
    paths = []
    for name, indicator in drawn:
        paths += _save(_indicator_sheet(release, geo, indicator), folder / "karten" / name)
    if release.index.height:
        paths += _save(_index_sheet(release, geo), folder / "karten" / INDEX_FILE)
    return paths


def _save(picture: Picture, stem: Path) -> list[Path]:
    stem.parent.mkdir(parents=True, exist_ok=True)
    svg, png = stem.with_name(f"{stem.name}.svg"), stem.with_name(f"{stem.name}.png")
    svg.write_bytes(export.svg_bytes(picture))
    png.write_bytes(export.png_bytes(picture, PNG_DPI))
    return [svg, png]


def _indicator_sheet(release: Release, geo: maps.Geography, indicator: dict[str, Any]) -> Picture:
    found = rows.area_rows(
        release.areas, release.values, None, indicator["indicator_id"], indicator["latest_period"], geo.level
    )
    sources = release.latest(indicator["indicator_id"], "gemeinde")["source_ids"].drop_nulls().unique().sort()
    unit = german.unit_symbol(indicator["unit"])
    return maps.choropleth_sheet(
        geo,
        found,
        class_limits(indicator),
        indicator["decimals"],
        _attribution(release),
        title=maps.map_title(indicator["name"], sentences.stand(indicator), geo),
        subtitle="; ".join(part for part in (f"{indicator['question']} Einheit: {unit}", direction(indicator)) if part),
        unit=indicator["unit"],
        source=_source_line(release, ";".join(sources)),
    )


def _index_sheet(release: Release, geo: maps.Geography) -> Picture:
    members = release.index_members
    periods = members.select("indicator_id", "period").unique().sort("indicator_id", "period")
    stands = ", ".join(f"{key} {german.period_text(period)}" for key, period in periods.iter_rows())
    sources = release.values.join(members, on=["indicator_id", "area_id", "period"], how="semi")["source_ids"]
    return maps.index_map_sheet(
        geo,
        release.index,
        _attribution(release),
        title=INDEX_NAME,
        subtitle=f"Unterstützungsbedarf im Vergleich der Gemeinden, kein Maß für Armut; Bestandteile: {stands}",
        source=_source_line(release, ";".join(sources.drop_nulls().unique().sort())),
    )


def class_limits(indicator: dict[str, Any]) -> list[float]:
    """The class limits of an indicator's maps, ascending; none when the catalogue has none."""
    return [float(part) for part in (indicator["class_limits"] or "").split(";") if part]


def _attribution(release: Release) -> str:
    return " · ".join([*release.boundary_attributions, "vereinfacht"])


def _source_line(release: Release, source_ids: str) -> str:
    edition = release.edition
    credits = " · ".join(release.attributions(source_ids))
    return f"Datenquelle: {credits} · eigene Berechnung. {edition_line(edition)} · {state_line(edition)}"
