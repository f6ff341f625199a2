"""The files of an edition as offers to download: title, kind and size. A file that was not made is not offered.

What belongs here: naming files for readers. What does not: making them.
"""

from __future__ import annotations

from pathlib import Path

from pipelines import german
from pipelines.publish.karten import INDEX_NAME
from pipelines.publish.pages.meetings import NAMES
from pipelines.publish.pages.paper import paper_about
from pipelines.publish.papers import PAPERS_FOLDER
from pipelines.publish.portal.site import DOWNLOADS, Place, Row, Site

KINDS = {
    "pdf": "PDF",
    "docx": "Text zum Bearbeiten, DOCX",
    "xlsx": "Arbeitsmappe, XLSX",
    "csv": "Tabelle, CSV",
    "parquet": "Tabelle, Parquet",
    "gpkg": "Geodaten, GeoPackage",
    "duckdb": "Datenbank, DuckDB",
    "md": "Text, Markdown",
    "svg": "SVG",
    "png": "PNG",
}
VALUES = "daten/values.csv"
# Papers below `vorlagen` by the name of their files, in the order readers look for them; one is shorter in a list
PAPERS = NAMES | {"jahresbericht": "Jahresbericht"}


def write_downloads(site: Site) -> list[Path]:
    """Write the page of all files; return its path."""
    page = site.write(
        Place(DOWNLOADS, "Downloads", "Downloads"),
        "downloads.html.jinja",
        documents=main_files(site),
        papers=paper_files(site),
        data=data_files(site),
        profiles=_profiles(site),
        maps=_maps(site),
    )
    return [page]


def main_files(site: Site) -> list[Row]:
    """What most readers want: the atlas and the workbook, then all values."""
    year = site.release.edition["report_year"]
    return _offers(
        site,
        (f"sozialatlas-{year}.pdf", "Sozialatlas"),
        (f"sozialatlas-{year}.xlsx", "Alle Werte mit Legende"),
        (VALUES, "Alle Werte als Text"),
    )


def paper_files(site: Site, *names: str) -> list[Row]:
    """Papers with their formats and whether they are a draft: all, or those named."""
    found = []
    for name in names or PAPERS:
        paths = [site.folder / PAPERS_FOLDER / f"{name}.{ending}" for ending in ("pdf", "docx", "xlsx")]
        files = [offer(site, path, PAPERS[name]) for path in paths if path.is_file()]
        if files:
            found.append(
                {"title": PAPERS[name], "state": paper_about(site.release, PAPERS[name]).state, "files": files}
            )
    return found


def data_files(site: Site) -> list[Row]:
    """The open data."""
    return _offers(
        site,
        (VALUES, "Alle Werte als Text"),
        ("daten/values.parquet", "Alle Werte mit Datentypen"),
        ("daten/gebiete.gpkg", f"Gebiete, {site.release.edition['crs']}"),
        ("daten/sozialatlas.duckdb", "Alle freigegebenen Tabellen"),
        ("daten/quellen.csv", "Quellen mit Lizenz und Prüfsumme"),
        ("daten/LIESMICH.md", "Beschreibung der Datenfelder"),
    )


def map_files(site: Site, indicator_id: str) -> list[Row]:
    """The map of an indicator in its formats."""
    return [offer(site, path, "Karte") for path in site.maps.get(indicator_id, {}).values()]


def offer(site: Site, path: Path, title: str) -> Row:
    """One file that exists."""
    return {
        "href": site.link(path),
        "title": title,
        "kind": KINDS[path.suffix.removeprefix(".")],
        "size": _size(path.stat().st_size),
    }


def _offers(site: Site, *wanted: tuple[str, str]) -> list[Row]:
    return [offer(site, site.folder / path, title) for path, title in wanted if (site.folder / path).is_file()]


def _profiles(site: Site) -> list[Row]:
    names = [(area["area_id"], area["display_name"]) for area in site.gemeinden]
    return [offer(site, site.profiles[key], name) for key, name in names if key in site.profiles]


def _maps(site: Site) -> list[Row]:
    """The maps in the order of the catalogue, the index last."""
    titles = {row["indicator_id"]: row["name"] for row in site.indicators}
    found = [(title, site.maps[key]) for key, title in titles.items() if key in site.maps]
    found += [(INDEX_NAME, site.index_maps)] if site.index_maps else []
    return [
        {"title": title, "state": "", "files": [offer(site, path, "") for path in paths.values()]}
        for title, paths in found
    ]


def _size(count: int) -> str:
    if count < 1_000_000:
        return german.with_unit(german.number(max(count / 1000, 1)), "kB")
    return german.with_unit(german.number(count / 1_000_000, 1), "MB")
