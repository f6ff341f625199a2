"""A page per Gemeinde: key figures, age groups, index, and every indicator of every theme against the Kreis.

What belongs here: one area against the Kreis, the same order for all. What does not: a comparison of two Gemeinden
(the map explorer), ranks, Sozialräume (an example, never the subject of a profile).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from pipelines import german
from pipelines.publish import sentences
from pipelines.publish.illustrations import AGE_SHARES, Illustrations
from pipelines.publish.pages.parts import DENSITY, known_ids
from pipelines.publish.pages.profile import CORE, EMPLOYMENT
from pipelines.publish.portal.cells import ABSENT, span_cell, trend_cell, value_cell, verdict_cell
from pipelines.publish.portal.files import offer
from pipelines.publish.portal.lines import small_line
from pipelines.publish.portal.offers import local_offers
from pipelines.publish.portal.participation import local_needs
from pipelines.publish.portal.site import GEMEINDEN, Place, Row, Site, explorer_link, gemeinde_page
from pipelines.publish.portal.start import PREFERRED

# Shades of the four age groups: neighbours differ, the large middle group stays quiet.
AGE_SHADES = ("s5", "s4", "s1", "s2")


def write_gemeinden(site: Site) -> list[Path]:
    """Write the page of every Gemeinde; return the paths in their fixed order."""
    release = site.release
    core = [name for name in CORE if name in known_ids(release)]
    first = next((row for row in site.indicators if row["indicator_id"] in (*PREFERRED, *core)), None)
    index = {row["area_id"]: row for row in release.index.iter_rows(named=True)}
    figures = Illustrations(release)
    pages = []
    for place, area in enumerate(site.gemeinden):
        area_id = area["area_id"]
        pages.append(
            site.write(
                Place(gemeinde_page(area_id), area["display_name"], "Gemeinden", (("Gemeinden", GEMEINDEN),)),
                "gemeinde.html.jinja",
                area=area,
                lead=sentences.profile_lead(release, area_id, core),
                figures=_key_figures(site, area_id),
                ages=_ages(site, figures, area_id),
                age_text=german.capitalised(_age_stand(site)),
                offers=local_offers(site, area),
                needs=local_needs(site, area),
                index=_index(site, index.get(area_id), area_id),
                chapters=_chapters(site, area_id),
                profile=offer(site, site.profiles[area_id], "Steckbrief") if area_id in site.profiles else None,
                explorer=explorer_link(first, area_id) if first else "",
                before=site.gemeinden[place - 1] if place else None,
                after=site.gemeinden[place + 1] if place + 1 < len(site.gemeinden) else None,
            )
        )
    return pages


def _key_figures(site: Site, area_id: str) -> list[Row]:
    """People, area, density, employees: the counts behind two indicators, as released."""
    release, found = site.release, []
    if DENSITY in known_ids(release):
        row, kreis = (release.value(DENSITY, key) for key in (area_id, release.kreis_id))
        stand = sentences.stand(release.indicator(DENSITY), row["period"])
        compared = "" if kreis["value"] is None else f"Landkreis {german.number(kreis['value'], 0)}"
        found += [
            _key_figure(row, "numerator", "Einwohnerinnen und Einwohner", stand),
            _key_figure(row, "denominator", "Fläche", stand, "km²", 2),
            _key_figure(row, "value", "Menschen je km²", compared or stand),
        ]
    if EMPLOYMENT in known_ids(release):
        row = release.value(EMPLOYMENT, area_id)
        stand = sentences.stand(release.indicator(EMPLOYMENT), row["period"])
        found.append(_key_figure(row, "numerator", "Beschäftigte mit Wohnort hier", stand))
    return found


def _key_figure(row: Row, part: str, name: str, line: str, unit: str = "", decimals: int = 0) -> Row:
    if row[part] is None:
        words = german.status_words(row["status"] if row["value"] is None else "not_applicable")
        return {"value": german.status_sign(row["status"]) or "x", "words": words, "name": name, "line": words}
    return {
        "value": german.with_unit(german.number(row[part], decimals), unit),
        "words": "",
        "name": name,
        "line": line,
    }


def _age_stand(site: Site) -> str:
    known = {row["indicator_id"]: row for row in site.indicators}
    return sentences.stand(known[AGE_SHARES[0]]) if AGE_SHARES[0] in known else ""


def _ages(site: Site, figures: Illustrations, area_id: str) -> list[Row]:
    """Age groups of the Gemeinde and of the Kreis as bars and cells; none where an edition lacks the shares."""
    if not set(AGE_SHARES) <= {row["indicator_id"] for row in site.indicators}:
        return []
    return [_age_row(figures.ages(key)) for key in (area_id, site.release.kreis_id)]


def _age_row(groups: list[Row]) -> Row:
    start, parts = 0.0, []
    for group, shade in zip(groups, AGE_SHADES, strict=True):
        share = group["value"]
        text = german.number(share, 1) if share is not None else german.status_sign(group["status"])
        words = "" if share is not None else german.status_words(group["status"])
        parts.append({"group": group["group"], "cell": text, "words": words, "shade": shade})
        if share is not None:
            parts[-1] |= {"x": f"{start:.2f}", "width": f"{share:.2f}"}
            start += share
    return {"name": groups[0]["name"], "parts": parts, "drawn": start > 0}


def _index(site: Site, row: Row | None, area_id: str) -> Row:
    """Class, stability and members of the index; without a value the reason."""
    if row is None or row["value"] is None:
        return {"reason": (row or {}).get("reason") or "Der Index wurde nicht berechnet."}
    members = site.release.index_members.filter(pl.col("area_id") == area_id).rows(named=True)
    return {
        "reason": "",
        "class_text": row["class_text"],
        "stability": german.stability_text(row["stability"]),
        "stability_name": row["stability_name"],
        "members": [_member(site, member) for member in members],
    }


def _member(site: Site, member: Row) -> Row:
    indicator = site.release.indicator(member["indicator_id"])
    contribution = member["contribution"]
    absent = {**ABSENT, "status": member["status"]}
    return {
        "id": member["indicator_id"],
        "name": indicator["name"],
        "value": value_cell({**absent, "value": member["value"]}, indicator, unit=True),
        "stand": sentences.stand(indicator, member["period"]),
        "contribution": german.number(contribution, 2) if contribution is not None else "x",
        "verdict": verdict_cell(member["verdict"], {"value": member["value"], "status": member["status"]}),
    }


def _chapters(site: Site, area_id: str) -> list[Row]:
    return [_chapter(site, chapter, area_id) for chapter in site.chapters]


def _chapter(site: Site, chapter: Row, area_id: str) -> Row:
    themes = [_theme(site, theme, area_id) for theme in chapter["themes"]]
    absent = [row["absent"] for theme in themes for row in theme["rows"]]
    return {"name": chapter["name"], "themes": themes, "count": len(absent), "absent": sum(absent)}


def _theme(site: Site, theme: Row, area_id: str) -> Row:
    """The rows of a theme. Where no indicator has a value here, a reason they share is said once."""
    rows = [_line(site, row, area_id) for row in theme["indicators"]]
    is_open = all(row["absent"] for row in rows)
    notes = {(row["reason"], row["deliverer"]) for row in rows}
    reason, deliverer = notes.pop() if is_open and len(notes) == 1 else ("", "")
    return {"name": theme["name"], "rows": rows, "open": is_open, "reason": reason, "deliverer": deliverer}


def _line(site: Site, indicator: Row, area_id: str) -> dict[str, Any]:
    """One indicator: value, span, Kreis, verdict, development, date; without a value the reason and who can deliver."""
    release, indicator_id = site.release, indicator["indicator_id"]
    row = _latest(site, indicator, area_id)
    kreis = _latest(site, indicator, release.kreis_id)
    verdict = sentences.verdicts_at_latest(release, indicator_id).get(area_id)
    absent = row["value"] is None
    return {
        "id": indicator_id,
        "name": indicator["name"],
        "value": value_cell(row, indicator, unit=True),
        "span": span_cell(row, indicator)["cell"],
        "kreis": value_cell(kreis, indicator, unit=absent),
        "verdict": verdict_cell(verdict, row),
        "trend": trend_cell(sentences.trends(release, indicator_id).get(area_id), indicator),
        "spark": small_line(site.series.get((indicator_id, area_id), []), indicator["breaks"]),
        "stand": sentences.stand(indicator) if indicator["latest_period"] else "",
        "reason": (row["reason"] or indicator["missing_reason"] or "") if absent else "",
        "deliverer": indicator["deliverer"] if absent else "",
        "absent": absent,
        "context": indicator["context"],
    }


def _latest(site: Site, indicator: Row, area_id: str) -> Row:
    """The released row at the indicator's latest period; an indicator without values has one that says why."""
    series = site.series.get((indicator["indicator_id"], area_id), [])
    wanted = indicator["latest_period"]
    return next((row for row in reversed(series) if wanted in (None, row["period"])), ABSENT)
