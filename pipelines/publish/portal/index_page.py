"""The page of the orientation index: members, class and stability of every Gemeinde, and what changes it.

What belongs here: the released index. What does not: computing it, a ranking, an index of Sozialräume.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from pipelines import german
from pipelines.figures import alt, maps
from pipelines.indicators.robustness import RATHER_STABLE
from pipelines.publish import sentences
from pipelines.publish.karten import INDEX_NAME
from pipelines.publish.pages.index import dependence_sentence, members_sentence, stability_sentence
from pipelines.publish.portal.cells import verdict_cell
from pipelines.publish.portal.files import offer
from pipelines.publish.portal.site import INDEX, Place, Row, Site

TABLE_HINT = "Alle Werte stehen in der Tabelle auf dieser Seite."


def write_index_page(site: Site) -> list[Path]:
    """Write the page of the index; return its path."""
    release = site.release
    known = release.index.filter(pl.col("value").is_not_null())
    page = site.write(
        Place(INDEX, INDEX_NAME, "Index"),
        "orientierungsindex.html.jinja",
        reason="" if known.height else release.index["reason"].drop_nulls().first() or "Es liegen keine Werte vor.",
        texts=_texts(site) if known.height else [],
        members=_members(site),
        legend=_legend(site),
        map=_map(site),
        files=[offer(site, path, "Karte") for path in site.index_maps.values()],
        rows=[_row(site, area) for area in site.gemeinden],
        threshold=german.percent(100 * RATHER_STABLE, 0),
    )
    return [page]


def _texts(site: Site) -> list[str]:
    release = site.release
    return [members_sentence(release, site.index_members), dependence_sentence(release), stability_sentence(release)]


def _members(site: Site) -> list[Row]:
    """What the index is made of, with date, weight and direction."""
    rows = site.release.index_members.unique("indicator_id", keep="first", maintain_order=True).rows(named=True)
    found = []
    for row in rows:
        indicator = site.release.indicator(row["indicator_id"])
        found.append(
            {
                "id": row["indicator_id"],
                "name": indicator["name"],
                "stand": sentences.stand(indicator, row["period"]),
                "weight": german.percent(100 * row["weight"], 1),
                "direction": "höher = mehr Bedarf" if row["orientation"] > 0 else "niedriger = mehr Bedarf",
            }
        )
    return found


def _legend(site: Site) -> list[Row]:
    lines = maps.index_legend(site.release.index)
    return [{"number": line.class_number, "words": line.label, "count": line.count} for line in lines]


def _map(site: Site) -> Row | None:
    path = site.index_maps.get("svg")
    if path is None:
        return None
    return {"href": site.link(path), "alt": alt.alt_index_map(INDEX_NAME, site.release.index, TABLE_HINT)}


def _row(site: Site, area: Row) -> Row:
    """Class, stability, range of classes and contributions of one Gemeinde."""
    row = next(site.release.index.filter(area_id=area["area_id"]).iter_rows(named=True), None)
    cells = site.release.index_members.filter(area_id=area["area_id"]).rows(named=True)
    members = {member["indicator_id"]: member for member in cells}
    shown = _class(row) if row is not None and row["value"] is not None else _absent(row)
    return {**area, **shown, "members": [_contribution(members.get(name)) for name in site.index_members]}


def _class(row: Row) -> Row:
    return {
        "value": {"cell": german.number(row["value"], 2), "words": ""},
        "class_text": row["class_text"],
        "unsure": (row["stability"] or 0) < RATHER_STABLE,
        "stability": {"cell": german.stability_text(row["stability"]), "words": ""},
        "stability_name": row["stability_name"],
        "above": row["members_above"] or "keine",
    }


def _absent(row: Row | None) -> Row:
    """Signs and the reason in the place of a class."""
    status = row["status"] if row else "missing"
    sign = {"cell": german.status_sign(status), "words": german.status_words(status)}
    reason = (row or {}).get("reason") or german.status_words(status)
    words = {"class_text": german.STATUS_SHORT[status], "unsure": False, "stability_name": "", "above": reason}
    return {"value": sign, "stability": sign, **words}


def _contribution(member: Row | None) -> Row:
    if member is None or member["contribution"] is None:
        status = member["status"] if member else "missing"
        return {"cell": german.status_sign(status), "words": german.status_words(status), "verdict": None}
    verdict = verdict_cell(member["verdict"], member)
    return {"cell": german.number(member["contribution"], 2), "words": "", "verdict": verdict}
