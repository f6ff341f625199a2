"""Write the web page of an edition: one plain, accessible page without scripts that leads to everything else.

What belongs here: choosing what the page shows and putting released values into German form. What does not: texts
(`reports/theme/portal/start.html.jinja`), looks (`reports/theme/portal/style.css`), and any number that is not released.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import polars as pl

from pipelines import german
from pipelines.figures import alt, maps, rows
from pipelines.publish import sentences
from pipelines.publish.karten import INDEX_FILE, INDEX_NAME
from pipelines.publish.released import Release
from pipelines.publish.templates import TEMPLATE_DIR, fill
from pipelines.publish.webmap import span_plots, web_map
from pipelines.publish.words import direction, edition_line, state_line

Row = dict[str, Any]
# What the page shows first, where the district has it; further indicators in catalogue order fill the places left.
PREFERRED = ("E01", "E08", "E06", "A13", "D04", "D03e", "W01", "P01b")
KEY_FIGURES = 8
TABLE_COLUMNS = 6
FONTS = {400: "quelle-regular.ttf", 600: "quelle-semibold.ttf"}
KINDS = {
    "pdf": "PDF",
    "xlsx": "Arbeitsmappe, XLSX",
    "csv": "Tabelle, CSV",
    "parquet": "Tabelle mit Datentypen, Parquet",
    "gpkg": "Geodaten, GeoPackage",
    "duckdb": "Datenbank, DuckDB",
    "md": "Text, Markdown",
    "svg": "SVG",
    "png": "PNG",
}


def write_portal(release: Release, folder: Path) -> list[Path]:
    """Write `folder/index.html`, `folder/portal/style.css` and the fonts; return the paths.

    Call it last: the page links and measures the files that lie in `folder` (atlas, workbook, data, profiles, maps).
    """
    portal = folder / "portal"
    portal.mkdir(parents=True, exist_ok=True)
    style = portal / "style.css"
    shutil.copyfile(TEMPLATE_DIR / "portal" / "style.css", style)
    page = folder / "index.html"
    page.write_text(_page(release, folder), encoding="utf-8", newline="\n")
    return [page, style, *_copy_fonts(portal)]


def _copy_fonts(portal: Path) -> list[Path]:
    from pipelines.figures.style import font_path

    paths = [portal / name for name in FONTS.values()]
    for weight, path in zip(FONTS, paths, strict=True):
        shutil.copyfile(font_path(weight), path)
    return paths


def _page(release: Release, folder: Path) -> str:
    edition = release.edition
    mapped = _map_indicator(release)
    return fill(
        "portal/start.html.jinja",
        edition=edition,
        edition_line=edition_line(edition),
        state_line=state_line(edition),
        run=edition["run_id"][:12],
        gemeinden=release.gemeinden.height,
        key_figures=[_key_figure(release, indicator) for indicator in _key_indicators(release)],
        map=_map_section(release, mapped) if mapped else None,
        table=_gemeinden_table(release, folder),
        known=sentences.unknown_lead(release),
        gaps=_gaps(release),
        downloads=_downloads(release, folder),
        maps=_maps(release, folder),
        profiles=_profiles(release, folder),
        signs=german.SIGN_LEGEND,
        sources=_sources(release),
        checks=_checks(release),
    )


# Key figures


def _key_indicators(release: Release) -> list[Row]:
    """Up to KEY_FIGURES indicators whose latest Kreis value exists: the preferred ones first, then catalogue order."""
    catalogue = release.indicators.sort("position").rows(named=True)
    usable = {row["indicator_id"]: row for row in catalogue if _kreis_row(release, row) is not None}
    order = [*(key for key in PREFERRED if key in usable), *(key for key in usable if key not in PREFERRED)]
    return [usable[key] for key in order[:KEY_FIGURES]]


def _kreis_row(release: Release, indicator: Row) -> Row | None:
    """The latest Kreis row of an indicator with Gemeinde values, None where the Kreis has no value."""
    if indicator["data"] != "gemeinde" or not indicator["latest_period"]:
        return None
    found = release.latest(indicator["indicator_id"], "kreis").filter(pl.col("value").is_not_null())
    return found.row(0, named=True) if found.height else None


def _key_figure(release: Release, indicator: Row) -> Row:
    kreis = _kreis_row(release, indicator)
    assert kreis is not None
    values = release.latest(indicator["indicator_id"], "gemeinde")["value"].drop_nulls()
    decimals, unit = indicator["decimals"], indicator["unit"]
    return {
        "name": indicator["short_name"],
        "value": german.value_text(kreis["value"], unit, decimals),
        "span": german.span_text(kreis["lower"], kreis["upper"], unit, decimals),
        "range": german.span_text(*_ends(values), unit, decimals) if len(values) else "",
        "verdicts": _verdict_counts(release, indicator),
        "stand": sentences.stand(indicator),
    }


def _ends(values: pl.Series) -> tuple[float, float]:
    known = values.to_list()
    return min(known), max(known)


def _verdict_counts(release: Release, indicator: Row) -> str:
    """„8 höher, 9 niedriger, 6 nicht unterscheidbar“; a context figure is described, not compared."""
    if indicator["context"]:
        return ""
    found = _gemeinde_rows(release, indicator)["verdict"].to_list()
    words = [word for word in german.VERDICT_SHAPES if word in found and word != "kein Vergleich"]
    return ", ".join(f"{found.count(word)} {word}" for word in words)


# Map and tables


def _map_indicator(release: Release) -> Row | None:
    """The first key figure whose catalogue entry has class limits."""
    return next((row for row in _key_indicators(release) if row["class_limits"]), None)


def _gemeinde_rows(release: Release, indicator: Row) -> pl.DataFrame:
    """One row per Gemeinde in its fixed order, at the indicator's latest period, as `figures.rows.area_rows`."""
    return rows.area_rows(
        release.areas, release.values, release.comparison, indicator["indicator_id"], indicator["latest_period"]
    )


def _map_section(release: Release, indicator: Row) -> Row:
    found = _gemeinde_rows(release, indicator)
    kreis = _kreis_row(release, indicator)
    limits = rows.class_limits(indicator)
    geo = maps.geography(release.boundaries, release.areas, neighbours=release.edition["neighbours"])
    title = maps.map_title(indicator["name"], sentences.stand(indicator), geo)
    return {
        "svg": web_map(geo, found, limits, indicator["decimals"], indicator["unit"]),
        "title": title,
        "name": indicator["name"],
        "question": indicator["question"],
        "unit": german.unit_symbol(indicator["unit"]),
        "direction": direction(indicator),
        "class_rule": german.CLASS_RULE,
        "alt": alt.alt_map(title, found, limits, indicator["decimals"], "Alle Werte stehen in der Tabelle daneben."),
        "difference": sentences.difference(release, indicator["indicator_id"]),
        "limit": sentences.limit(release, indicator["indicator_id"]),
        "rows": _value_cells(found, indicator, kreis),
        "kreis": _kreis_cells(indicator, kreis),
        "credits": [*release.boundary_attributions, *release.attributions(kreis["source_ids"] if kreis else None)],
    }


def _value_cells(found: pl.DataFrame, indicator: Row, kreis: Row | None) -> list[Row]:
    """The rows of a table with value, span, span plot and verdict."""
    plots = span_plots(found, kreis["value"] if kreis else None)
    return [
        {
            **row,
            **_cell(row, indicator["decimals"]),
            "span": german.span_text(row["lower"], row["upper"], "", indicator["decimals"]),
            "plot": plot,
            "verdict": row["verdict"] or "kein Vergleich",
            "shape": german.verdict_shape(row["verdict"]),
        }
        for row, plot in zip(found.iter_rows(named=True), plots, strict=True)
    ]


def _cell(row: Row, decimals: int) -> Row:
    """What a table cell shows, and the words a screen reader hears where it shows a sign."""
    signed = row["value"] is None or row["status"] == "zero"
    return {
        "cell": german.cell_text(row["value"], decimals, row["status"], row["quality"]),
        "words": german.status_words(row["status"]) if signed else "",
    }


def _kreis_cells(indicator: Row, kreis: Row | None) -> Row | None:
    if kreis is None:
        return None
    decimals = indicator["decimals"]
    return {
        "cell": german.cell_text(kreis["value"], decimals, kreis["status"], kreis["quality"]),
        "span": german.span_text(kreis["lower"], kreis["upper"], "", decimals),
        "text": german.value_text(kreis["value"], indicator["unit"], decimals),
    }


def _gemeinden_table(release: Release, folder: Path) -> Row:
    """A table of all Gemeinden with a few indicators and the profile of each."""
    chosen = _key_indicators(release)[:TABLE_COLUMNS]
    columns = [
        [_cell(row, indicator["decimals"]) for row in _gemeinde_rows(release, indicator).iter_rows(named=True)]
        for indicator in chosen
    ]
    profiles = {path.name.split("-")[0]: path for path in sorted((folder / "steckbriefe").glob("*.pdf"))}
    lines = []
    for place, area in enumerate(release.gemeinden.rows(named=True)):
        profile = profiles.get(area["area_id"])
        lines.append(
            {
                "number": area["number"],
                "name": area["display_name"],
                "cells": [column[place] for column in columns],
                "profile": profile.relative_to(folder).as_posix() if profile else "",
            }
        )
    return {
        "heads": [
            {"name": row["short_name"], "unit": german.unit_symbol(row["unit"]), "stand": sentences.stand(row)}
            for row in chosen
        ],
        "rows": lines,
        "kreis": [_kreis_cells(indicator, _kreis_row(release, indicator)) for indicator in chosen],
    }


def _gaps(release: Release) -> list[Row]:
    """Themes without any Gemeinde value, with their indicators and who can deliver, in the order of the catalogue."""
    themes: dict[str, list[Row]] = {}
    for row in release.indicators.sort("position").rows(named=True):
        themes.setdefault(row["theme"], []).append(row)
    return [
        {
            "theme": theme,
            "indicators": [row["short_name"] for row in members],
            "kreis": any(row["data"] == "kreis" for row in members),
            "deliverers": _deliverers(members),
        }
        for theme, members in themes.items()
        if not any(row["data"] == "gemeinde" for row in members)
    ]


def _deliverers(members: list[Row]) -> list[str]:
    named = [part.strip() for row in members for part in (row["deliverer"] or "").split(";") if part.strip()]
    return list(dict.fromkeys(named))


# Downloads


def _downloads(release: Release, folder: Path) -> list[Row]:
    """Files that lie in the edition, with title, kind and size; a file that was not made is not offered."""
    year = release.edition["report_year"]
    offers = [
        (f"sozialatlas-{year}.pdf", "Sozialatlas"),
        (f"sozialatlas-{year}.xlsx", "Alle Werte mit Legende"),
        ("daten/values.csv", "Alle Werte"),
        ("daten/values.parquet", "Alle Werte"),
        ("daten/gebiete.gpkg", f"Gebiete, {release.edition['crs']}"),
        ("daten/sozialatlas.duckdb", "Alle freigegebenen Tabellen"),
        ("daten/quellen.csv", "Quellen mit Lizenz und Prüfsumme"),
        ("daten/LIESMICH.md", "Beschreibung der Datenfelder"),
    ]
    return [_offer(folder / path, title, folder) for path, title in offers if (folder / path).is_file()]


def _offer(path: Path, title: str, folder: Path) -> Row:
    return {
        "href": path.relative_to(folder).as_posix(),
        "title": title,
        "kind": KINDS[path.suffix.removeprefix(".")],
        "size": _size(path.stat().st_size),
    }


def _size(count: int) -> str:
    if count < 1_000_000:
        return german.with_unit(german.number(max(count / 1000, 1)), "kB")
    return german.with_unit(german.number(count / 1_000_000, 1), "MB")


def _profiles(release: Release, folder: Path) -> list[Row]:
    names = dict(release.gemeinden.select("area_id", "display_name").iter_rows())
    files = {path.name.split("-")[0]: path for path in sorted((folder / "steckbriefe").glob("*.pdf"))}
    return [_offer(files[key], name, folder) for key, name in names.items() if key in files]


def _maps(release: Release, folder: Path) -> list[Row]:
    """The maps of the edition in the order of the catalogue, the index last: title and file formats."""
    names = dict(release.indicators.sort("position").select("indicator_id", "name").iter_rows())
    titles = {**names, INDEX_FILE.split("-")[0]: INDEX_NAME}
    found: dict[str, list[Path]] = {}
    for ending in (".svg", ".png"):
        for path in sorted((folder / "karten").glob(f"*{ending}")):
            found.setdefault(path.name.split("-")[0], []).append(path)
    return [
        {"title": title, "files": [_offer(path, "", folder) for path in found[key]]}
        for key, title in titles.items()
        if key in found
    ]


# Sources and checks


def _sources(release: Release) -> list[Row]:
    once = release.sources.sort("source_id", "edition", "file").unique(
        ["source_id", "edition", "attribution"], keep="first", maintain_order=True
    )
    return [{**row, "period": _period(row)} for row in once.rows(named=True)]


def _period(row: Row) -> str:
    start, end = row["period_from"], row["period_to"]
    if not start or not end:
        return "ohne Zeitbezug"
    shown = [german.period_text(part) for part in (start, end)]
    return shown[0] if start == end else f"{shown[0]} bis {shown[1]}"


def _checks(release: Release) -> Row:
    kinds = (
        release.checks.group_by("kind")
        .agg(
            pl.len().alias("count"),
            pl.col("passed").sum(),
            (~pl.col("passed")).sum().alias("failed"),
            pl.col("passed").null_count().alias("untested"),
        )
        .sort("kind")
    )
    failed = release.checks.filter(~pl.col("passed"))
    return {
        "total": german.number(release.checks.height),
        "failed_count": failed.height,
        "kinds": kinds.rows(named=True),
        "failed": failed.rows(named=True),
    }
