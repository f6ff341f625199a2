"""Time series of an indicator on a page of its own: picture, all areas in chosen years, breaks in words.

What belongs here: choosing the years a table has room for. What does not: drawing lines (`pipelines.figures`).
"""

from __future__ import annotations

from typing import Any

from pipelines import german
from pipelines.indicators.trend import Break, parse_breaks
from pipelines.publish import sentences
from pipelines.publish.illustrations import Illustrations
from pipelines.publish.pages.parts import column, kreis_name, number_cell
from pipelines.publish.released import Release
from pipelines.publish.sentences import source_line
from pipelines.publish.typst_code import Code, call, join

YEARS_IN_TABLE = 8
_ABSENT = {"value": None, "status": "missing", "quality": None}


def series_page(release: Release, figures: Illustrations, indicator_id: str) -> Code:
    """The page of one indicator with at least `SERIES_FROM` periods."""
    indicator = release.indicator(indicator_id)
    picture = figures.time_series(indicator_id)
    periods = release.series(indicator_id)["period"].unique().sort().to_list()
    name = sentences.grouped(indicator["short_name"])
    return join(
        call(
            "kopf",
            f"{name} {german.period_year(periods[0])} bis {german.period_year(periods[-1])}",
            marke=f"{indicator_id} · Entwicklung",
            frage=sentences.series_lead(release, indicator_id),
            ebene=3,
        ),
        call("bild", picture.path, alt=picture.alt, breite=Code("satzbreite")),
        _table(release, indicator, _chosen(periods, parse_breaks(indicator["breaks"]))),
        call(
            "tabellenfuss",
            *_break_notes(indicator),
            f"{source_line(release, [indicator_id])} Alle Jahre: Datei values.csv, Kennung {indicator_id}.",
        ),
    )


def panels_page(release: Release, figures: Illustrations, indicator_id: str) -> Code:
    """The page after it: a panel for every Gemeinde, so that none is lost among the lines of the others."""
    indicator = release.indicator(indicator_id)
    picture = figures.panels(indicator_id)
    has_kreis = release.series(indicator_id, release.kreis_id)["value"].count() > 0
    kreis = " und den ganzen Kreis" if has_kreis else ""
    return join(
        call(
            "kopf",
            f"{sentences.grouped(indicator['short_name'])} nach Gemeinden",
            marke=f"{indicator_id} · Entwicklung",
            frage=f"Jedes Feld zeigt eine Gemeinde{kreis}, alle im selben Maßstab.",
            ebene=3,
        ),
        call("bild", picture.path, alt=picture.alt, breite=Code("satzbreite")),
        call(
            "tabellenfuss",
            *_break_notes(indicator, "Senkrecht gepunktet"),
            f"{source_line(release, [indicator_id])} Alle Jahre: Datei values.csv, Kennung {indicator_id}.",
            zeichen=False,
        ),
    )


def _break_notes(indicator: dict[str, Any], drawn: str = "Gestrichelt") -> list[str]:
    breaks = parse_breaks(indicator["breaks"])
    if not breaks:
        return []
    words = "; ".join(f"{gap.label}: {gap.reason}" for gap in breaks)
    return [f"{drawn}: Bruch der Reihe. {words}. Werte beiderseits sind nicht vergleichbar."]


def _chosen(periods: list[str], breaks: list[Break]) -> list[str]:
    """First, last, both sides of every break, and as many in between as the table has room for."""
    around = {year for gap in breaks for year in (gap.before, gap.after)}
    wanted = {0, len(periods) - 1} | {i for i, found in enumerate(periods) if german.period_year(found) in around}
    for i in _spread(len(periods)):
        if len(wanted) < YEARS_IN_TABLE:
            wanted.add(i)
    return [periods[i] for i in sorted(wanted)]


def _spread(count: int) -> list[int]:
    """Places between first and last, those that halve the widest gap first."""
    places, gaps = [], [(0, count - 1)]
    while gaps:
        low, high = gaps.pop(0)
        middle = (low + high) // 2
        if middle not in (low, high):
            places.append(middle)
            gaps += [(low, middle), (middle, high)]
    return places


def _table(release: Release, indicator: dict[str, Any], periods: list[str]) -> Code:
    indicator_id, decimals = indicator["indicator_id"], indicator["decimals"]
    known = {(row["area_id"], row["period"]): row for row in release.series(indicator_id).iter_rows(named=True)}

    def cells(area_id: str) -> list[str | Code]:
        return [number_cell(known.get((area_id, period), _ABSENT), decimals) for period in periods]

    areas = release.gemeinden.select("number", "area_id", "display_name").iter_rows()
    years = [column(str(german.period_year(period)), 15, "zahl") for period in periods]
    has_kreis = any(known.get((release.kreis_id, period), _ABSENT)["value"] is not None for period in periods)
    return call(
        "tabelle",
        spalten=[column("Nr.", 8, "zahl", leise=True), column("Gemeinde"), *years],
        zeilen=[[str(number), name, *cells(area_id)] for number, area_id, name in areas],
        kreis=["", kreis_name(release), *cells(release.kreis_id)] if has_kreis else None,
        titel="Ausgewählte Jahre",
        unter=_subtitle(indicator, periods),
        bruch_nach=[place + 2 for place in _break_columns(periods, parse_breaks(indicator["breaks"]))],
        breite=Code("satzbreite"),
        zeilenhoehe=Code("3.75mm"),
    )


def _subtitle(indicator: dict[str, Any], periods: list[str]) -> str:
    unit = german.unit_symbol(indicator["unit"])
    days = {period[5:] for period in periods if len(period) == len("2000-01-01")}
    day = f", jeweils am {german.date_text(periods[0])[:6]}" if len(days) == 1 and len(periods[0]) > len("2000") else ""
    return f"{sentences.grouped(indicator['name'])}, {unit}{day}"


def _break_columns(periods: list[str], breaks: list[Break]) -> list[int]:
    """Behind which of the chosen years a break lies, counted from 1."""
    found = []
    for gap in breaks:
        before = [i for i, period in enumerate(periods, 1) if german.period_year(period) < gap.after]
        if before and before[-1] < len(periods):
            found.append(before[-1])
    return found
