"""A page per indicator: question, values, development, definition, method, sources, quality, limits, downloads.

What belongs here: one indicator for all Gemeinden, also one without any figures. What does not: one Gemeinde.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from pipelines import german
from pipelines.figures import alt, maps
from pipelines.figures.rows import class_limits
from pipelines.indicators.trend import parse_breaks
from pipelines.publish import sentences
from pipelines.publish.pages.annex import AGGREGATION, POLARITY
from pipelines.publish.portal.cells import (
    ABSENT,
    count_cell,
    period_span,
    span_cell,
    trend_cell,
    value_cell,
    verdict_cell,
)
from pipelines.publish.portal.files import VALUES, map_files
from pipelines.publish.portal.gaps import UNCLEAR, deliverers
from pipelines.publish.portal.lines import chart
from pipelines.publish.portal.site import THEMES, Place, Row, Site, explorer_link, indicator_page
from pipelines.publish.webmap import span_plots
from pipelines.publish.words import QUALITY_WORDS, plannings

TABLE_HINT = "Alle Werte stehen in der Tabelle auf dieser Seite."
INTERVALS = {
    "wilson": "nach Wilson, für Anteile",
    "events": "unter 10 Ereignissen exakt nach Poisson, sonst nach Byar",
    "none": "keine Spanne",
}
COMPARISON = (
    "Höher oder niedriger heißt ein Wert nur, wenn seine ganze Spanne jenseits des Kreiswerts liegt und der Abstand "
    "die Schwelle erreicht."
)


def write_indicators(site: Site) -> list[Path]:
    """Write the page of every indicator; return the paths in the order of the catalogue."""
    return [_write(site, place) for place in range(len(site.indicators))]


def _write(site: Site, place: int) -> Path:
    indicator = site.indicators[place]
    indicator_id = indicator["indicator_id"]
    above = (("Themen", THEMES), (indicator["theme"], f"{THEMES.partition('#')[0]}#thema-{indicator['theme_id']}"))
    has_values = indicator["data"] != "none"
    return site.write(
        Place(indicator_page(indicator_id), indicator["name"], "Themen", above),
        "indikator.html.jinja",
        indicator=indicator,
        unit=german.unit_symbol(indicator["unit"]),
        stand=sentences.stand(indicator),
        statements=_statements(site, indicator),
        missing=_missing(indicator),
        table=_table(site, indicator) if has_values else None,
        map=_map(site, indicator),
        series=_series(site, indicator) if has_values else None,
        fields=_fields(site, indicator),
        classes=_classes(site, indicator),
        class_rule=german.CLASS_RULE,
        sources=_sources(site, indicator_id),
        files=map_files(site, indicator_id),
        values=VALUES if (site.folder / VALUES).is_file() else "",
        explorer=explorer_link(indicator),
        before=site.indicators[place - 1] if place else None,
        after=site.indicators[place + 1] if place + 1 < len(site.indicators) else None,
    )


def _statements(site: Site, indicator: Row) -> list[Row]:
    """Level, difference, limit, as in the atlas; none without figures."""
    indicator_id, release = indicator["indicator_id"], site.release
    if indicator["data"] == "none":
        return []
    found = [{"name": "Niveau", "text": sentences.level(release, indicator_id)}]
    if indicator["data"] == "gemeinde":
        found.append({"name": "Unterschied", "text": sentences.difference(release, indicator_id)})
    return [*found, {"name": "Grenze", "text": sentences.limit(release, indicator_id)}]


def _missing(indicator: Row) -> Row | None:
    """What is not there and who could deliver; None for an indicator with values of Gemeinden."""
    if indicator["data"] == "gemeinde":
        return None
    return {
        "what": "Es liegt nur ein Kreiswert vor." if indicator["data"] == "kreis" else "Es liegen keine Zahlen vor.",
        "reason": indicator["missing_reason"] or "",
        "deliverers": deliverers([indicator]) or [UNCLEAR],
    }


# Values


def _table(site: Site, indicator: Row) -> Row:
    """All Gemeinden and the Kreis at the latest period."""
    release, indicator_id = site.release, indicator["indicator_id"]
    found = site.area_rows(indicator_id)
    kreis = _kreis(site, indicator)
    plots = span_plots(found, kreis["value"])
    counts = {row["area_id"]: row for row in _latest_rows(site, indicator)}
    trends = sentences.trends(release, indicator_id)
    lines = []
    for row, plot in zip(found.iter_rows(named=True), plots, strict=True):
        full = counts.get(row["area_id"], ABSENT)
        line = _cells({**full, **row}, indicator, trends.get(row["area_id"]))
        verdict = verdict_cell(row["verdict"], row)
        lines.append({**line, "number": row["number"], "area_id": row["area_id"], "name": row["name"], "plot": plot}
                     | {"verdict": verdict})  # fmt: skip
    return {
        "rows": lines,
        "kreis": _cells(kreis, indicator, trends.get(release.kreis_id)),
        "kreis_text": german.value_text(kreis["value"], indicator["unit"], indicator["decimals"], kreis["status"]),
        "has_kreis": kreis["value"] is not None,
        "counted": any(row.get("numerator") is not None for row in (*counts.values(), kreis)),
        "trended": any(_says_something(trends.get(row["area_id"])) for row in lines),
        "reasons": _reasons(lines),
        "spans": found["lower"].drop_nulls().len() > 0,
    }


def _cells(row: Row, indicator: Row, trend: Row | None) -> dict[str, Any]:
    return {
        "value": value_cell(row, indicator),
        "numerator": count_cell(row, "numerator"),
        "denominator": count_cell(row, "denominator"),
        "span": span_cell(row, indicator)["cell"],
        "trend": trend_cell(trend, indicator),
        "reason": row["reason"] or "",
        "absent": row["value"] is None,
    }


def _says_something(trend: Row | None) -> bool:
    return trend is not None and (trend["trend"] != "nicht prüfbar" or trend["difference"] is not None)


def _reasons(lines: list[Row]) -> list[Row]:
    """Why values are absent, each reason once with the Gemeinden it holds for."""
    names: dict[str, list[str]] = {}
    for line in lines:
        if line["absent"]:
            names.setdefault(line["reason"] or line["value"]["words"], []).append(line["name"])
    total = len(lines)
    return [
        {"reason": reason, "names": "alle Gemeinden" if len(found) == total > 1 else german.join_words(found)}
        for reason, found in names.items()
    ]


def _kreis(site: Site, indicator: Row) -> Row:
    key = (indicator["indicator_id"], site.release.kreis_id)
    wanted = indicator["latest_period"]
    rows = [row for row in site.series.get(key, []) if wanted in (None, row["period"])]
    return rows[-1] if rows else {**ABSENT, "numerator": None, "denominator": None}


def _latest_rows(site: Site, indicator: Row) -> list[Row]:
    """The full released rows of the Gemeinden at the latest period."""
    found = []
    for area in site.gemeinden:
        series = site.series.get((indicator["indicator_id"], area["area_id"]), [])
        found += [row for row in series if row["period"] == indicator["latest_period"]]
    return found


def _map(site: Site, indicator: Row) -> Row | None:
    """The drawn map of the edition, with its text; None where there is none."""
    path = site.maps.get(indicator["indicator_id"], {}).get("svg")
    if path is None:
        return None
    title = f"{indicator['name']}, {sentences.stand(indicator)}"
    rows, limits = site.area_rows(indicator["indicator_id"]), class_limits(indicator)
    return {"href": site.link(path), "alt": alt.alt_map(title, rows, limits, indicator["decimals"], TABLE_HINT)}


def _classes(site: Site, indicator: Row) -> list[Row]:
    """Classes of the map with their limits and counts; none where nothing is mapped."""
    limits = class_limits(indicator)
    if not limits or indicator["data"] != "gemeinde":
        return []
    lines = maps.legend(site.area_rows(indicator["indicator_id"]), limits, indicator["decimals"])
    return [{"number": line.class_number, "words": line.label, "count": line.count} for line in lines]


# Development


def _series(site: Site, indicator: Row) -> Row | None:
    """All periods of all Gemeinden and the Kreis; None with fewer than two periods."""
    keys = [area["area_id"] for area in site.gemeinden]
    series = {key: site.series.get((indicator["indicator_id"], key), []) for key in (*keys, site.release.kreis_id)}
    periods = sorted({row["period"] for rows in series.values() for row in rows if row["value"] is not None})
    if len(periods) < 2:
        return None
    cells = {key: {row["period"]: row for row in rows} for key, rows in series.items()}
    breaks = parse_breaks(indicator["breaks"])
    years = [german.period_year(period) for period in periods]
    after = {gap.after for gap in breaks}
    drawn = [years[0], *years[:-1]]
    return {
        "heads": [
            {"text": text, "broken": any(before < year <= found for year in after)}
            for text, before, found in zip(_heads(periods), drawn, years, strict=True)
        ],
        "day": _day(periods),
        "rows": [
            {**area, "cells": [value_cell(cells[area["area_id"]].get(period, ABSENT), indicator) for period in periods]}
            for area in site.gemeinden
            if any(row["value"] is not None for row in series[area["area_id"]])
        ],
        "kreis": [value_cell(cells[site.release.kreis_id].get(period, ABSENT), indicator) for period in periods],
        "chart": chart([series[key] for key in keys], series[site.release.kreis_id], indicator),
        "alt": _chart_text(site, indicator, [gap.label for gap in breaks]),
        "lead": sentences.series_lead(site.release, indicator["indicator_id"]),
        "breaks": [f"{gap.label}: {gap.reason}" for gap in breaks],
    }


def _heads(periods: list[str]) -> list[str]:
    """Years where every period is a year or the same day of a year; else the periods in words."""
    plain = all("/" not in period for period in periods)
    years = [str(german.period_year(period)) for period in periods]
    return years if plain and len(set(years)) == len(years) else [german.period_text(period) for period in periods]


def _day(periods: list[str]) -> str:
    days = {period[5:] for period in periods}
    return f"jeweils am {german.date_text(periods[0])[:6]}" if len(days) == 1 and len(periods[0]) == 10 else ""


def _chart_text(site: Site, indicator: Row, labels: list[str]) -> str:
    rows = site.release.series(indicator["indicator_id"]).filter(pl.col("area_level").is_in(["gemeinde", "kreis"]))
    options = {"breaks": labels, "kreis_id": site.release.kreis_id, "table_hint": "Alle Jahre: Tabelle darunter."}
    return alt.alt_time_series(indicator["name"], rows, indicator["unit"], indicator["decimals"], **options)


# Definition


def _fields(site: Site, indicator: Row) -> list[Row]:
    """Definition and method as pairs of name and text; what the catalogue leaves open is left out."""
    threshold = indicator["relevance_threshold"]
    compared = indicator["interval"] != "none" and indicator["data"] == "gemeinde"
    fields = [
        ("Zähler", sentences.grouped(indicator["numerator_text"])),
        ("Nenner", sentences.grouped(indicator["denominator_text"] or "")),
        ("Formel", _formula(indicator)),
        ("Einheit", german.unit_symbol(indicator["unit"])),
        ("Rechenweg", indicator["method"]),
        ("Stand", sentences.stand(indicator)),
        ("Zeitraum", _periods(site, indicator)),
        ("Ebene", _level(indicator)),
        ("Richtung", POLARITY[indicator["polarity"]]),
        ("Kontext", "Wird beschrieben, nicht bewertet; nie Teil eines Index." if indicator["context"] else ""),
        ("Spanne", _interval(indicator)),
        ("Vergleich mit dem Kreis", COMPARISON if compared else ""),
        ("Schwelle", _threshold(threshold) if threshold and compared else ""),
        ("Entwicklung", _trend_methods(site, indicator)),
        ("Brüche der Reihe", indicator["breaks"]),
        ("Qualität", _quality(site, indicator)),
        ("Grenzen der Aussage", indicator["limits"]),
        ("Orientierungsindex", _in_index(site, indicator)),
        ("Planungsfelder", plannings(indicator["planning_fields"])),
        ("Definition nach", indicator["citation"]),
    ]
    return [{"name": name, "text": text} for name, text in fields if text]


def _formula(indicator: Row) -> str:
    """The formula in words; a finished value has none."""
    if not indicator["denominator_text"]:
        return ""
    factor = indicator["factor"]
    times = f" × {german.number(factor, 0 if float(factor).is_integer() else 3)}" if factor != 1 else ""
    return f"Zähler ÷ Nenner{times}"


def _periods(site: Site, indicator: Row) -> str:
    periods = sorted(
        {
            row["period"]
            for area in (*[found["area_id"] for found in site.gemeinden], site.release.kreis_id)
            for row in site.series.get((indicator["indicator_id"], area), [])
            if row["value"] is not None
        }
    )
    if not periods:
        return "keine Zahlen"
    first, last = german.period_text(periods[0]), german.period_text(periods[-1])
    return f"{first} bis {last}, {len(periods)} Zeitpunkte" if len(periods) > 1 else first


def _level(indicator: Row) -> str:
    if indicator["data"] == "kreis":
        return "nur Kreis; ein Kreiswert wird nie auf Gemeinden übertragen"
    return AGGREGATION[indicator["aggregation"]] if indicator["data"] == "gemeinde" else ""


def _interval(indicator: Row) -> str:
    note = indicator["interval_note"] or ""
    if indicator["interval"] == "none":
        return note or INTERVALS["none"]
    return f"95{german.THIN_SPACE}%, {INTERVALS[indicator['interval']]}. {note}".strip()


def _threshold(threshold: float) -> str:
    return f"bedeutsam ab {german.percent(threshold * 100, 0)} Abstand zum Kreiswert"


def _trend_methods(site: Site, indicator: Row) -> str:
    """How the development of the Gemeinden was tested, in the words of the release; each method once."""
    rows = sentences.trends(site.release, indicator["indicator_id"])
    found = [rows[area["area_id"]]["method"] for area in site.gemeinden if area["area_id"] in rows]
    return "; ".join(dict.fromkeys(method for method in found if method))


def _quality(site: Site, indicator: Row) -> str:
    """Quality and status of the latest values, with counts."""
    rows = [row for row in _latest_rows(site, indicator) if row["value"] is not None]
    words = [QUALITY_WORDS.get(row["quality"] or "", "ohne Angabe zur Güte") for row in rows]
    words += [german.status_words(row["status"]) for row in rows if row["status"] in german.NOTED_STATUSES]
    return ", ".join(f"{word} ({words.count(word)} Gemeinden)" if words.count(word) != 1 else f"{word} (1 Gemeinde)"
                     for word in dict.fromkeys(words))  # fmt: skip


def _in_index(site: Site, indicator: Row) -> str:
    return "Bestandteil" if indicator["indicator_id"] in site.index_members else "nicht Bestandteil"


def _sources(site: Site, indicator_id: str) -> list[Row]:
    """The deliveries its values come from."""
    keys = (area["area_id"] for area in site.gemeinden)
    series = [site.series.get((indicator_id, key), []) for key in (*keys, site.release.kreis_id)]
    used = {part for rows in series for row in rows for part in (row["source_ids"] or "").split(";") if part}
    found = site.release.sources.filter(pl.col("source_id").is_in(sorted(used))).sort("source_id", "edition", "file")
    return [{**row, "period": period_span(row["period_from"], row["period_to"])} for row in found.rows(named=True)]
