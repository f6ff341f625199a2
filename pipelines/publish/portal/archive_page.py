"""The page of the archive: released Fassungen, which of them are replaced, and what was corrected. Never a draft.

What belongs here: listing `release.history` and `release.corrections`. What does not: the archive itself
(`pipelines.publish.archive`).
"""

from __future__ import annotations

from pathlib import Path

from pipelines import german
from pipelines.publish.portal.site import ARCHIVE, Place, Row, Site


def write_archive_page(site: Site) -> list[Path]:
    """Write the page of the archive; return its path."""
    page = site.write(
        Place(ARCHIVE, "Archiv und Berichtigungen", "Archiv"),
        "archiv.html.jinja",
        editions=_editions(site),
        corrections=_corrections(site),
    )
    return [page]


def _editions(site: Site) -> list[Row]:
    """Released Fassungen, the newest first; the one this page belongs to has no link."""
    edition = site.release.edition
    own = (edition["report_year"], edition["number"]) if edition["state"] == "freigegeben" else None
    rows = site.release.history.sort("report_year", "number", descending=True).rows(named=True)
    return [
        {
            **row,
            "approved_on": german.date_text(row["approved_on"]),
            "current": (row["report_year"], row["number"]) == own,
            "href": f"../archiv/{row['report_year']}-{row['number']}/index.html",
        }
        for row in rows
    ]


def _corrections(site: Site) -> list[Row]:
    """Corrected figures below the Fassung that corrects them, the newest first."""
    titles = {(row["report_year"], row["number"]): row["title"] for row in site.release.history.rows(named=True)}
    areas = {row["area_id"]: row["display_name"] for row in site.release.areas.rows(named=True)}
    names = {row["indicator_id"]: row["name"] for row in site.indicators}
    groups: dict[tuple[int, int], list[Row]] = {}
    found = site.release.corrections.sort("report_year", "number", "indicator_id", "area_id", "period")
    for row in found.rows(named=True):
        words = {
            "name": names.get(row["indicator_id"], row["indicator_id"]),
            "area": areas.get(row["area_id"], row["area_id"]),
            "period": german.period_text(row["period"]),
        }
        groups.setdefault((row["report_year"], row["number"]), []).append({**row, **words})
    return [
        {"name": f"{year}: {titles.get((year, number), f'{number}., korrigierte Fassung')}", "rows": rows}
        for (year, number), rows in sorted(groups.items(), reverse=True)
    ]
