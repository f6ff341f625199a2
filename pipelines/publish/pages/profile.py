"""The profile of a Gemeinde (Steckbrief), two pages: the same order and the same indicators for all.

What belongs here: one area against the Kreis. What does not: a comparison of two Gemeinden, ranks, recommendations.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines import german
from pipelines.publish import sentences
from pipelines.publish.illustrations import Illustrations
from pipelines.publish.pages.parts import VERDICT_HELP, column, deliverer, source_line, status_cell
from pipelines.publish.released import Release
from pipelines.publish.typst_code import Code, block, call, join

# The same rows for every Gemeinde, grouped as the atlas is. An id the release does not have is left out for all.
CORE = (
    "D02",
    "N01",
    "D03e",
    "D04",
    "D12e",
    "E01",
    "E06",
    "N05",
    "E08",
    "N07",
    "A13",
    "W01",
    "W02",
    "W05",
    "P01b",
    "P01a",
)
KEY_FIGURES = ("D01", "E06")
LEFT_OPEN = 4
NOTABLE = 3


def profile(release: Release, area_id: str, level: int = 1) -> str:
    """Both pages of one Gemeinde. level: heading level, 1 in a document of its own, 2 within the atlas."""
    return block(*_first(release, area_id, level), *_second(release, area_id, level))


def all_profiles(release: Release) -> str:
    """The profiles of all Gemeinden in their fixed order."""
    return "".join(profile(release, area_id, level=2) for area_id in release.gemeinden["area_id"])


def _first(release: Release, area_id: str, level: int) -> list[Code]:
    area = release.area_row(area_id)
    figures = Illustrations(release)
    locator = figures.locator(area_id)
    ids = _core(release)
    return [
        call(
            "steckbrief-kopf",
            area["display_name"],
            marke=f"Steckbrief · Gemeindeschlüssel {area_id}",
            satz=sentences.profile_lead(release, area_id, ids),
            kennzahlen=_key_figures(release, area_id),
            karte=locator.path,
            alt=locator.alt,
            kartentext=f"Lage im {release.edition['kreis_short_name']}. {figures.attribution}",
            ebene=level,
            kennung=f"gebiet-{area_id}",
        ),
        call(
            "ruecken-tabelle",
            gebiet=area["display_name"],
            gruppen=_groups(release, area_id, ids),
            fehlend=_missing(release),
            titel=f"{german.capitalised(german.number_word(len(ids)))} Indikatoren im Vergleich mit dem Kreis",
            unter="Eigener Maßstab je Zeile: Mitte = Kreiswert, hell = alle Gemeinden, dunkel = mittlere Hälfte",
            zeilenhoehe=Code("4.7mm"),
        ),
        call("quelle", source_line(release, ids), breite=Code("satzbreite")),
    ]


def _core(release: Release) -> list[str]:
    known = release.indicators.filter(pl.col("data") == "gemeinde").sort("position")["indicator_id"]
    return [name for name in known if name in CORE]


def _key_figures(release: Release, area_id: str) -> list[Code]:
    """People, area, density, employees: the counts behind two indicators, as released."""
    density, work = (release.value(name, area_id) for name in KEY_FIGURES)
    kreis = release.value(KEY_FIGURES[0], release.kreis_id)
    moment = sentences.stand(release.indicator(KEY_FIGURES[0]), density["period"])
    employed = sentences.stand(release.indicator(KEY_FIGURES[1]), work["period"])
    return [
        call("kennzahl", _count(density, "numerator", 0), "Einwohnerinnen und Einwohner", moment),
        call("kennzahl", german.with_unit(_count(density, "denominator", 2), "km²"), "Fläche", moment),
        call("kennzahl", _count(density, "value", 0), "Menschen je km²", f"Kreis {_count(kreis, 'value', 0)}"),
        call("kennzahl", _count(work, "numerator", 0), "Beschäftigte mit Wohnort hier", employed),
    ]


def _count(row: dict[str, Any], part: str, decimals: int) -> str:
    return german.number(row[part], decimals) if row[part] is not None else german.status_sign(row["status"])


def _groups(release: Release, area_id: str, ids: list[str]) -> list[dict[str, Any]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for indicator_id in ids:
        groups.setdefault(release.indicator(indicator_id)["chapter"], []).append(_row(release, area_id, indicator_id))
    return [{"titel": name, "zeilen": rows} for name, rows in groups.items()]


def _row(release: Release, area_id: str, indicator_id: str) -> dict[str, Any]:
    indicator = release.indicator(indicator_id)
    row, kreis = release.value(indicator_id, area_id), release.value(indicator_id, release.kreis_id)
    decimals, unit = indicator["decimals"], indicator["unit"]
    verdict = _verdict(release, indicator_id, area_id, row["period"])
    shown = row["value"] is not None
    return {
        "name": indicator["short_name"],
        "stand": german.date_text(row["period"].replace("/", " bis ")),
        "wert": german.value_text(row["value"], unit, decimals, row["status"]) if shown else status_cell(row["status"]),
        "spanne": german.span_text(row["lower"], row["upper"], "", decimals) if shown else status_cell(row["status"]),
        "kreis": german.value_text(kreis["value"], "", decimals, kreis["status"])
        if kreis["value"] is not None
        else status_cell(kreis["status"]),
        "urteil": verdict if shown else german.STATUS_SHORT[row["status"]],
        "lage": _place(release, indicator_id, row, kreis),
        "text": "kein Kreiswert" if shown else german.STATUS_SHORT[row["status"]],
    }


def _verdict(release: Release, indicator_id: str, area_id: str, period: str) -> str:
    rows = release.comparison.filter(
        (pl.col("indicator_id") == indicator_id) & (pl.col("area_id") == area_id) & (pl.col("period") == period)
    )
    return rows["verdict"][0] if rows.height else "kein Vergleich"


def _place(
    release: Release, indicator_id: str, row: dict[str, Any], kreis: dict[str, Any]
) -> dict[str, float | None] | None:
    """Where the value lies among all Gemeinden; None where there is nothing to place it against."""
    values = release.latest(indicator_id, "gemeinde")["value"].drop_nulls()
    if row["value"] is None or kreis["value"] is None or values.is_empty():
        return None
    return {
        "min": values.min(),
        "q1": values.quantile(0.25, "linear"),
        "q3": values.quantile(0.75, "linear"),
        "max": values.max(),
        "kreis": kreis["value"],
        "wert": row["value"],
        "unten": row["lower"],
        "oben": row["upper"],
    }


def _missing(release: Release) -> list[tuple[str, str]]:
    """The first indicator of each theme that has no figures for any Gemeinde."""
    themes = release.indicators.group_by("theme_id").agg((pl.col("data") == "gemeinde").any().alias("any"))
    empty = release.indicators.join(themes.filter(~pl.col("any")), on="theme_id").sort("position")
    first = empty.unique("theme_id", keep="first", maintain_order=True).head(LEFT_OPEN)
    return [(row["short_name"], f"keine Angabe · lieferbar: {deliverer(row)}") for row in first.iter_rows(named=True)]


def _second(release: Release, area_id: str, level: int) -> list[Code]:
    return [
        call("neue-seite"),
        call("zwischentitel", f"{release.area_row(area_id)['display_name']}: Orientierungsindex", ebene=level + 1),
        *_index(release, area_id),
        call("zwischentitel", "Was sich erkennbar vom Kreis unterscheidet", ebene=level + 1),
        *_notable(release, area_id),
        call("zwischentitel", "Entwicklung", ebene=level + 1, unter="Indikatoren mit mehreren Zeitpunkten ohne Bruch"),
        _development(release, area_id),
        call("zwischentitel", "Was noch fehlt", ebene=level + 1),
        _gaps(release),
        call("nebeneinander", call("vergleichs-legende", VERDICT_HELP), call("zeichen-legende")),
        call("absatz", _feedback(release, area_id), breite=Code("satzbreite")),
    ]


def _index(release: Release, area_id: str) -> list[Code]:
    rows = release.index.filter(pl.col("area_id") == area_id)
    row = rows.row(0, named=True) if rows.height else None
    if row is None or row["value"] is None:
        reason = row["reason"] if row else "Der Index wurde nicht berechnet."
        return [call("absatz", reason, breite=Code("satzbreite"))]
    stability = german.percent(row["stability"] * 100, 0)
    lead = (
        f"Unterstützungsbedarf im Vergleich der Gemeinden: {row['class_text']}. Stabilität der Klasse: {stability} "
        f"({row['stability_name']}). Vorläufiger Index aus Erwerb, Qualifikation und Einkommen; kein Armutsindex."
    )
    members = release.index_members.filter(pl.col("area_id") == area_id)
    cells = []
    for member in members.iter_rows(named=True):
        indicator = release.indicator(member["indicator_id"])
        value = german.value_text(member["value"], indicator["unit"], indicator["decimals"], member["status"])
        cells.append(
            [
                indicator["name"],
                value,
                sentences.stand(indicator, member["period"]),
                german.number(member["contribution"], 2),
                call("wort", member["verdict"] or "kein Vergleich"),
            ]
        )
    return [
        call("absatz", lead, breite=Code("satzbreite")),
        call(
            "tabelle",
            spalten=[
                column("Bestandteil"),
                column("Wert", 26, "zahl"),
                column("Stand", 42),
                column("Beitrag", 20, "zahl"),
                column("Vergleich mit dem Kreis", 40, "zeichen"),
            ],
            zeilen=cells,
            breite=Code("satzbreite"),
            gruppe=None,
        ),
    ]


def _notable(release: Release, area_id: str) -> list[Code]:
    """Up to three differences in each direction of need; context is never among them."""
    groups: dict[str, list[str]] = {"mehr": [], "weniger": [], "offen": []}
    for indicator_id, verdict in sentences.verdicts_of(release, area_id):
        indicator = release.indicator(indicator_id)
        if verdict in ("höher", "niedriger") and not indicator["context"]:
            sign = (1 if verdict == "höher" else -1) * indicator["polarity"]
            group = "offen" if not sign else "mehr" if sign > 0 else "weniger"
            row = release.value(indicator_id, area_id)
            shown = german.value_text(row["value"], row["unit"], indicator["decimals"])
            groups[group].append(f"{indicator['short_name']} {shown}, {verdict} als im Kreis")
    heads = (
        ("mehr", "Hinweise auf mehr Bedarf"),
        ("weniger", "Hinweise auf weniger Bedarf"),
        ("offen", "Unterschiede ohne Wertung"),
    )
    pairs = [
        (head, "; ".join(groups[name][:NOTABLE]) or "keine erkennbaren und bedeutsamen Unterschiede")
        for name, head in heads
    ]
    return [call("angaben", pairs, breite=Code("satzbreite"), spalte=Code("46mm"))]


def _development(release: Release, area_id: str) -> Code:
    rows = []
    trends = release.trend.filter((pl.col("area_id") == area_id) & (pl.col("points") > 1)).join(
        release.indicators.select("indicator_id", "position"), on="indicator_id"
    )
    for row in trends.sort("position").iter_rows(named=True):
        indicator = release.indicator(row["indicator_id"])
        difference = german.number(row["difference"], indicator["decimals"]) if row["difference"] is not None else "–"
        change = join(f"{difference} ", call("zeichen", row["change"])) if row["change"] else difference
        span = f"{row['segment_from'][:4]} bis {row['segment_to'][:4]}" if row["segment_from"] else "–"
        since = row["reference_period"][:4] if row["reference_period"] else "–"
        rows.append([indicator["short_name"], span, row["trend"], since, change, german.unit_symbol(indicator["unit"])])
    return call(
        "tabelle",
        spalten=[
            column("Indikator"),
            column("Zeitraum", 28),
            column("Ergebnis der Prüfung", 44),
            column("Vergleich mit", 24),
            column("Differenz", 26, "zahl"),
            column("Einheit", 24),
        ],
        zeilen=rows or [["keine Reihe mit mehreren Zeitpunkten", "–", "–", "–", "–", "–"]],
        breite=Code("satzbreite"),
        gruppe=None,
    )


def _gaps(release: Release) -> Code:
    pairs = [(name, text) for name, text in _missing(release)]
    return (
        call("angaben", pairs, breite=Code("satzbreite"), spalte=Code("62mm"))
        if pairs
        else call("absatz", "Zu jedem Thema liegt ein Indikator vor.")
    )


def _feedback(release: Release, area_id: str) -> str:
    about = release.edition
    return (
        f"Rückmeldung der Gemeinde: offen. Kennung des Bogens: {about['report_year']}-{area_id}-{about['run_id'][:8]}. "
        "Fragen und Hinweise nimmt die Ansprechperson im Impressum des Sozialatlas entgegen."
    )
