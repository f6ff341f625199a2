"""Pages of other levels than Gemeinden: values of the Kreis alone, of Sozialräume, themes without any figure.

What belongs here: tables that say which level a value is for. What does not: spreads of indicators (`themes`).
"""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines import german
from pipelines.figures.alt import without_outline
from pipelines.publish import sentences
from pipelines.publish.illustrations import Illustrations
from pipelines.publish.pages.parts import TESTED_TRENDS, column, kreis_name, number_cell
from pipelines.publish.released import Release
from pipelines.publish.sentences import source_line
from pipelines.publish.typst_code import Code, block, call, join, length

# Chapters that a source of `reports/atlas` prints, with or without figures; others come to life by a delivery
WITH_SOURCE = ("Bevölkerung", "Erwerb und Qualifikation", "Einkommen und Finanzen", "Wohnen und Flächen", "Beteiligung")


def chapters_without_figures(release: Release) -> str:
    """What the Kreis knows in further chapters without a figure for any Gemeinde, and why the rest is missing."""
    chapters = release.indicators.group_by("chapter").agg((pl.col("data") == "gemeinde").any().alias("any"))
    empty = chapters.filter(~pl.col("any"), ~pl.col("chapter").is_in(WITH_SOURCE))["chapter"].to_list()
    rows = release.indicators.filter(pl.col("chapter").is_in(empty)).sort("position")
    known = rows.filter(data="kreis")["indicator_id"].to_list()
    code = [_kreis_table(release, known, "Nur für den Kreis bekannt")] if known else []
    return block(*code, missing_table(rows.filter(data="none")))


def kreis_only(release: Release, indicator_ids: list[str]) -> Code:
    """Finished values that exist for the Kreis alone; never spread over Gemeinden."""
    return join(
        call(
            "kopf",
            "Nur für den Kreis bekannt",
            marke="Kreiswerte",
            ebene=2,
            frage="Diese fertigen Werte gibt es nur für den ganzen Kreis. Sie werden nicht auf Gemeinden übertragen.",
        ),
        _kreis_table(release, indicator_ids, None),
    )


def _kreis_table(release: Release, indicator_ids: list[str], title: str | None) -> Code:
    rows = []
    for indicator_id in indicator_ids:
        indicator = release.indicator(indicator_id)
        row = release.value(indicator_id, release.kreis_id)
        value = number_cell(row, indicator["decimals"])
        unit = german.unit_symbol(row["unit"])
        name = sentences.grouped(indicator["name"])
        rows.append([indicator_id, name, value, unit, sentences.stand(indicator), _trend(release, indicator_id)])
    table = call(
        "tabelle",
        spalten=[
            column("Kennung", 14, leise=True),
            column("Indikator"),
            column(kreis_name(release), 18, "zahl", fett=True),
            column("Einheit", 16),
            column("Stand", 37),
            column("Entwicklung", 40),
        ],
        zeilen=rows,
        titel=title,
        breite=Code("satzbreite"),
        gruppe=None,
    )
    return join(table, call("tabellenfuss", source_line(release, indicator_ids)))


def _trend(release: Release, indicator_id: str) -> str:
    row = sentences.trends(release, indicator_id).get(release.kreis_id)
    if row is None or row["trend"] not in TESTED_TRENDS:
        return "nicht prüfbar"
    return f"{row['trend']} seit {german.period_year(row['segment_from'])}"


def missing_table(rows: pl.DataFrame, title: str = "Ohne Zahlen") -> Code:
    """Indicators without any figure with the reason, by theme."""
    body: list[Any] = []
    for theme in rows["theme"].unique(maintain_order=True):
        body.append({"gruppe": theme})
        for row in rows.filter(pl.col("theme") == theme).iter_rows(named=True):
            name = sentences.grouped(row["name"])
            body.append([row["indicator_id"], name, row["missing_reason"]])
    columns = [column("Kennung", 14, leise=True), column("Indikator", 58), column("Warum keine Zahl da steht")]
    return call("tabelle", spalten=columns, zeilen=body, titel=title, breite=Code("satzbreite"))


def rooms(release: Release, indicator_ids: list[str], *, new_page: bool) -> Code:
    """Values and spans of the Sozialräume; an example partition says so in title and note."""
    counted = [name for name in indicator_ids if adds_up(release, name)]
    if not counted:
        return Code("none")
    found = release.sozialraeume
    label = release.edition["sozialraum_label"]
    note = release.edition["sozialraum_note"]
    numbers = f"1 bis {found.height}" if found.height > 1 else "1"
    heads = [column(f"{label}\n{number}", 20, "zahl") for number in range(1, found.height + 1)]
    figures = Illustrations(release)
    place = [(picture.path, picture.alt) for picture in figures.rooms_key()]
    parts = "Gemeinden und Ortsteile" if release.has_ortsteile else "Gemeinden"
    absent = [text for text in [without_outline(release.rooms_without_outline)] if text]
    return join(
        *([] if new_page else [call("abstand", length(9))]),
        call(
            "kopf",
            f"{label} {numbers}{f' ({note})' if note else ''}",
            marke="Werte der Sozialräume",
            ebene=2,
            umbruch=new_page,
            frage=f"Anzahlen der {parts} addiert, dann geteilt; darunter klein die Spanne, wo es eine gibt.",
            lage=place[0] if place else None,
            lagetext=" ".join([f"Lage im {kreis_name(release)}.", *(absent if place else []), figures.attribution]),
        ),
        call(
            "tabelle",
            spalten=[column("Indikator"), *heads, column(kreis_name(release), 20, "zahl", fett=True)],
            zeilen=[_room_row(release, name) for name in counted],
            breite=Code("satzbreite"),
            gruppe=None,
        ),
        call(
            "tabellenfuss",
            *(absent if not place else []),
            *_names(release),
            *_gaps(release, counted),
            *_estimates(release, counted),
            *_left_out(release, [name for name in indicator_ids if name not in counted]),
            source_line(release, counted),
        ),
    )


def adds_up(release: Release, indicator_id: str) -> bool:
    """Whether Sozialräume could have values: they have, or a cut that divides Gemeinden is why they have none."""
    if release.latest(indicator_id, "sozialraum")["value"].is_not_null().any():
        return True
    is_known = release.latest(indicator_id, "gemeinde")["value"].is_not_null().any()
    is_divided = release.has_ortsteile or bool(release.divided)
    return is_known and is_divided and release.indicator(indicator_id)["aggregation"] == "counts"


def _room_row(release: Release, indicator_id: str) -> list[str | Code]:
    indicator = release.indicator(indicator_id)
    name = f"{sentences.grouped(indicator['short_name'])} ({german.unit_symbol(indicator['unit'])})"
    areas = [*release.sozialraeume["area_id"], release.kreis_id]
    return [name, *(_with_span(release.value(indicator_id, key), indicator["decimals"]) for key in areas)]


def _with_span(row: dict[str, Any], decimals: int) -> str | Code:
    value = number_cell(row, decimals)
    if row["value"] is None or row["lower"] is None:
        return value
    return call("wert-spanne", value, german.span_text(row["lower"], row["upper"], "", decimals))


def _names(release: Release) -> list[str]:
    """What the numbers of the head stand for, where Sozialräume have names of their own."""
    label = release.edition["sozialraum_label"]
    named = release.sozialraeume.sort("number").select("number", "name").rows()
    if all(name == f"{label} {number}" for number, name in named):
        return []
    return [f"{label}: {german.join_words([f'{number} {name}' for number, name in named])}."]


def _estimates(release: Release, indicator_ids: list[str]) -> list[str]:
    """Estimated values of divided Sozialräume at a day of their own, which no column of the table is for."""
    numbers = dict(release.sozialraeume.select("area_id", "number").iter_rows())
    label = release.edition["sozialraum_label"]
    lines = []
    for name in indicator_ids:
        indicator = release.indicator(name)
        rows = release.series(name).filter(pl.col("area_id").is_in(list(numbers)), pl.col("status") == "estimated")
        aside = rows.filter(pl.col("value").is_not_null(), pl.col("period") != indicator["latest_period"])
        for (period,), own in aside.sort("period", "area_id").group_by("period", maintain_order=True):
            told = [
                f"{german.number(row['value'], indicator['decimals'])} in {label} {numbers[row['area_id']]}"
                for row in own.iter_rows(named=True)
            ]
            unit = german.unit_symbol(indicator["unit"])
            when = german.date_text(period) if len(period) == len("2022-05-15") else period
            what = f"{sentences.grouped(indicator['short_name'])} ({unit}), {when}, geschätzt"
            lines.append(f"{what}: {german.join_words(told)}.")
    return lines


def _gaps(release: Release, indicator_ids: list[str]) -> list[str]:
    """Why Sozialräume of the table have no value, each reason once."""
    numbers = dict(release.sozialraeume.select("area_id", "number").iter_rows())
    found: dict[str, set[int]] = {}
    for name in indicator_ids:
        for row in release.latest(name, "sozialraum").iter_rows(named=True):
            if row["value"] is None and row["reason"]:
                found.setdefault(row["reason"], set()).add(numbers[row["area_id"]])
    label = release.edition["sozialraum_label"]
    return [
        f"Ohne Wert in {label} {german.join_words([str(number) for number in sorted(found[reason])])}: {reason}"
        for reason in sorted(found, key=lambda reason: (sorted(found[reason]), reason))
    ]


def _left_out(release: Release, indicator_ids: list[str]) -> list[str]:
    if not indicator_ids:
        return []
    names = german.join_words(
        [sentences.within(sentences.plain_name(release.indicator(name))) for name in indicator_ids]
    )
    return [f"Ohne Wert der Sozialräume, weil sich die Zahlen nicht zusammenrechnen lassen: {names}."]
