"""Write the workbook of an edition: all released numbers with typed cells, words for every status, and a legend.

What belongs here: sheets, columns, number formats and print set-up. What does not: computing or choosing numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import polars as pl

from pipelines import german
from pipelines.publish.released import Release
from pipelines.publish.sentences import stand
from pipelines.publish.sheets import Book, Cell, Field, Row
from pipelines.publish.words import (
    LEVEL_WORDS,
    QUALITY_WORDS,
    area_name,
    corrected_figure,
    state_words,
)

# Wide text wraps; the height of a row is left to the program that opens the file.
WRAP_FROM = 28


def write_workbook(release: Release, folder: Path) -> Path:
    """Write `folder/sozialatlas-<year>.xlsx` and return its path; equal bytes for equal releases.

    Sheets: Lesehilfe, Überblick, Werte, Indikatoren, Vergleich, Entwicklung, Index, Berichtigungen, Quellen, Prüfungen.
    No cell of a table is empty: where no number stands, the sign of official statistics or a word does, the status
    beside it.
    """
    book = Book(release, "Sozialatlas", "Indikatoren der Sozialplanung", WRAP_FROM)
    book.guide(_guide(release))
    for title, fields, rows in _sheets(release):
        book.table(title, fields, rows)
    return book.save(folder / f"sozialatlas-{release.edition['report_year']}.xlsx")


def _sheets(release: Release) -> list[tuple[str, list[Field], list[Row]]]:
    return [
        ("Überblick", _overview_fields(release), _overview_rows(release)),
        ("Werte", _value_fields(), _value_rows(release)),
        ("Indikatoren", _indicator_fields(), release.indicators.sort("position").rows(named=True)),
        ("Vergleich", _comparison_fields(), _comparison_rows(release)),
        ("Entwicklung", _trend_fields(), _named(release, release.trend)),
        ("Index", _index_fields(release), _index_rows(release)),
        ("Berichtigungen", _correction_fields(), _correction_rows(release)),
        ("Quellen", _source_fields(), release.sources.rows(named=True)),
        ("Prüfungen", _check_fields(), release.checks.rows(named=True)),
    ]


# Cells


def _decimal_format(decimals: int) -> str:
    return "#,##0" + ("." + "0" * decimals if decimals else "")


def _value_format(decimals: int, status: str, quality: str | None) -> str:
    """Exactly zero shows as –, a limited value in brackets; the cell holds the number in either case."""
    if status == "zero":
        return '"–"'
    plain = _decimal_format(decimals)
    return f'"("{plain}")";"(-"{plain}")"' if quality == "limited" else plain


def _number(value: float | None, decimals: int, otherwise: str) -> Cell:
    return Cell(otherwise) if value is None else Cell(value, _decimal_format(decimals))


def _count(value: float | None, otherwise: str) -> Cell:
    """A count, or an amount with its decimals."""
    if value is None:
        return Cell(otherwise)
    return Cell(int(value), "#,##0") if float(value).is_integer() else Cell(value, "#,##0.00")


def _text(name: str, otherwise: str = "keine Angabe") -> Callable[[Row], Cell]:
    return lambda row: Cell(row[name] if row[name] not in (None, "") else otherwise)


def _whole(name: str, otherwise: str = "keine Angabe") -> Callable[[Row], Cell]:
    return lambda row: Cell(otherwise) if row[name] is None else Cell(int(row[name]), "0")


def _yes_no(name: str, otherwise: str = "nicht geprüft") -> Callable[[Row], Cell]:
    return lambda row: Cell(otherwise if row[name] is None else "ja" if row[name] else "nein")


def _value_cell(row: Row) -> Cell:
    if row["value"] is None:
        return Cell(german.status_sign(row["status"]))
    return Cell(row["value"], _value_format(row["decimals"], row["status"], row["quality"]))


def _limit(name: str) -> Callable[[Row], Cell]:
    """A limit of the span; a value without span says so, and where no value stands its sign is repeated."""

    def cell(row: Row) -> Cell:
        otherwise = german.NO_SPAN if row["value"] is not None else german.status_sign(row["status"])
        return _number(row[name], max(row["decimals"], 2), otherwise)

    return cell


def _base(name: str) -> Callable[[Row], Cell]:
    """Numerator or denominator; a finished value has none."""

    def cell(row: Row) -> Cell:
        otherwise = "keine Anzahl" if row["value"] is not None else german.status_sign(row["status"])
        return _count(row[name], otherwise)

    return cell


def _in_unit(name: str, otherwise: str = "nicht geprüft") -> Callable[[Row], Cell]:
    """A difference in the unit of the indicator, with its decimals."""
    return lambda row: _number(row[name], max(row["decimals"], 2), otherwise)


def _probability(name: str) -> Callable[[Row], Cell]:
    return lambda row: _number(row[name], 4, "nicht geprüft")


# Sheets


def _named(release: Release, frame: pl.DataFrame) -> list[Row]:
    """Rows of a frame with indicator_id and area_id, with the indicator's name, unit, decimals and the area's name."""
    indicators = {row["indicator_id"]: row for row in release.indicators.rows(named=True)}
    areas = {row["area_id"]: area_name(row, release.edition) for row in release.areas.rows(named=True)}
    return [
        {
            **row,
            "indicator": indicators[row["indicator_id"]]["name"],
            "indicator_unit": indicators[row["indicator_id"]]["unit"],
            "decimals": indicators[row["indicator_id"]]["decimals"],
            "area": areas[row["area_id"]],
            "stand": stand(indicators[row["indicator_id"]], row["period"]) if "period" in row else None,
        }
        for row in frame.rows(named=True)
    ]


def _value_rows(release: Release) -> list[Row]:
    return _named(release, release.values)


def _value_fields() -> list[Field]:
    return [
        Field("Kennung", 9, _text("indicator_id")),
        Field("Indikator", 34, _text("indicator")),
        Field("Gebietsschlüssel", 16, _text("area_id")),
        Field("Gebiet", 24, _text("area")),
        Field("Ebene", 11, lambda row: Cell(LEVEL_WORDS[row["area_level"]])),
        Field("Zeitbezug", 12, _text("period")),
        Field("Stand", 24, _text("stand")),
        Field("Wert", 11, _value_cell),
        Field("Einheit", 11, _text("unit")),
        Field("Spanne von", 12, _limit("lower")),
        Field("Spanne bis", 12, _limit("upper")),
        Field("Niveau der Spanne", 12, lambda row: _number(row["confidence"], 2, german.NO_SPAN)),
        Field("Zähler", 12, _base("numerator")),
        Field("Nenner", 12, _base("denominator")),
        Field("Status", 30, lambda row: Cell(german.status_words(row["status"]))),
        Field("Güte", 16, lambda row: Cell(QUALITY_WORDS.get(row["quality"], "ohne Wert"))),
        Field("Grundlage", 14, _text("basis", "keine Volkszählung")),
        Field("Grund oder Hinweis", 40, _text("reason", "kein Hinweis")),
        Field("Verfahren", 24, _text("method")),
        Field("Quellen", 24, _text("source_ids", "keine Quelle")),
    ]


def _overview_rows(release: Release) -> list[Row]:
    """One row per indicator in the order of the atlas, with the latest row of each Gemeinde and of the Kreis."""
    wanted = [*release.gemeinden["area_id"].to_list(), release.kreis_id]
    rows = []
    for indicator in release.indicators.sort("position").rows(named=True):
        latest = pl.concat([release.latest(indicator["indicator_id"], level) for level in ("gemeinde", "kreis")])
        found = {row["area_id"]: row for row in latest.rows(named=True)}
        rows.append({**indicator, "cells": found, "gaps": _gaps([found.get(area) for area in wanted])})
    return rows


def _gaps(rows: Iterable[Row | None]) -> str:
    """Status words of the cells without a number, with their counts."""
    counts: dict[str, int] = {}
    for row in rows:
        status = row["status"] if row else "missing"
        if not german.has_value(status) or status in ("zero", *german.NOTED_STATUSES):
            counts[german.status_words(status)] = counts.get(german.status_words(status), 0) + 1
    return "; ".join(f"{words}: {count}" for words, count in counts.items()) or "alle Werte vorhanden"


def _overview_fields(release: Release) -> list[Field]:
    areas = [*release.gemeinden.rows(named=True), release.area_row(release.kreis_id)]
    return [
        Field("Kennung", 8, _text("indicator_id")),
        Field("Indikator", 30, _text("short_name")),
        Field("Einheit", 9, _text("unit")),
        Field("Stand", 16, _overview_stand),
        *[Field(area["display_name"], 10, _overview_cell(area["area_id"])) for area in areas],
        Field("Zustand", 34, _text("gaps")),
        Field("Kann liefern", 30, _text("deliverer", "liegt vor")),
    ]


def _overview_stand(row: Row) -> Cell:
    return Cell(stand(row))


def _overview_cell(area_id: str) -> Callable[[Row], Cell]:
    def cell(row: Row) -> Cell:
        found = row["cells"].get(area_id)
        return _value_cell({**found, "decimals": row["decimals"]}) if found else Cell(german.status_sign("missing"))

    return cell


def _indicator_fields() -> list[Field]:
    polarity = {1: "höher = mehr Bedarf", -1: "höher = weniger Bedarf", 0: "ohne Wertung"}
    data = {"gemeinde": "für Gemeinden", "kreis": "nur für den Kreis", "none": "keine Zahlen"}
    aggregation = {
        "counts": "aus Anzahlen",
        "finished": "fertiger Wert, nicht zusammenrechenbar",
        "not_additive": "nicht zusammenrechenbar",
    }
    return [
        Field("Kennung", 9, _text("indicator_id")),
        Field("Name", 34, _text("name")),
        Field("Frage", 44, _text("question")),
        Field("Kapitel", 22, _text("chapter")),
        Field("Thema", 22, _text("theme")),
        Field("Zahlen liegen vor", 18, lambda row: Cell(data[row["data"]])),
        Field("Grund, wenn nicht", 34, _text("missing_reason", "liegt vor")),
        Field("Kann liefern", 34, _text("deliverer", "liegt vor")),
        Field("Jüngster Stand", 20, _overview_stand),
        Field("Zähler", 34, _text("numerator_text")),
        Field("Nenner", 34, _text("denominator_text", "kein Nenner")),
        Field("Faktor", 9, lambda row: _count(row["factor"], "kein Faktor")),
        Field("Einheit", 11, _text("unit")),
        Field("Richtung", 22, lambda row: Cell(polarity[row["polarity"]])),
        Field("Kontext", 9, _yes_no("context")),
        Field("Bedeutsam ab (Anteil am Kreiswert)", 16, lambda row: _number(row["relevance_threshold"], 2, "keine")),
        Field("Zusammenrechnen", 22, lambda row: Cell(aggregation[row["aggregation"]])),
        Field("Hinweis zur Spanne", 34, _text("interval_note", "kein Hinweis")),
        Field("Verfahren", 30, _text("method")),
        Field("Brüche der Zeitreihe", 34, _text("breaks", "keine bekannt")),
        Field("Grenzen der Aussage", 44, _text("limits")),
        Field("Planungsfelder", 22, _text("planning_fields")),
        Field("Quelle der Definition", 34, _text("citation")),
        Field("Ersatz für", 10, _text("substitutes", "kein Ersatz")),
    ]


def _comparison_rows(release: Release) -> list[Row]:
    return _named(release, release.comparison)


def _comparison_fields() -> list[Field]:
    return [
        *_place_fields(),
        Field("Zeitbezug", 12, _text("period")),
        Field("Ergebnis", 20, _text("verdict")),
        Field("Vergleich mit", 14, _text("comparator", "kein Vergleich")),
        Field("Wert des Vergleichs", 13, _in_unit("kreis_value", "kein Vergleich")),
        Field("Differenz", 12, _in_unit("difference", "kein Vergleich")),
        Field("Bedeutsam ab", 12, _in_unit("relevance_limit", "keine Grenze")),
        Field("Einheit", 11, _text("indicator_unit")),
        Field("Richtung", 20, _text("direction", "nicht geprüft")),
        Field("Bedeutsam", 12, _yes_no("relevant")),
        Field("Auch auf dem Niveau 99,8 % verschieden", 16, _yes_no("clearly")),
        Field("p-Wert", 12, _probability("p_value")),
        Field("q-Wert", 12, _probability("q_value")),
    ]


def _place_fields() -> list[Field]:
    return [
        Field("Kennung", 9, _text("indicator_id")),
        Field("Indikator", 34, _text("indicator")),
        Field("Gebietsschlüssel", 16, _text("area_id")),
        Field("Gebiet", 24, _text("area")),
    ]


def _trend_fields() -> list[Field]:
    return [
        *_place_fields(),
        Field("Veränderung", 26, _text("change", "nicht geprüft")),
        Field("Vergleichszeitpunkt", 16, _text("reference_period", "keiner")),
        Field("Differenz", 12, _in_unit("difference")),
        Field("Spanne von", 12, _in_unit("lower", german.NO_SPAN)),
        Field("Spanne bis", 12, _in_unit("upper", german.NO_SPAN)),
        Field("Einheit", 11, _text("indicator_unit")),
        Field("Trend", 22, _text("trend")),
        Field("Änderung je Jahr", 12, lambda row: _number(row["slope"], 4, "nicht geprüft")),
        Field("p-Wert", 12, _probability("p_value")),
        Field("Abschnitt von", 13, _text("segment_from", "kein Abschnitt")),
        Field("Abschnitt bis", 13, _text("segment_to", "kein Abschnitt")),
        Field("Zeitpunkte", 11, _whole("points")),
        Field("Verfahren", 24, _text("method")),
        Field("Grund", 34, _text("reason", "geprüft")),
    ]


def _index_rows(release: Release) -> list[Row]:
    members: dict[str, dict[str, Row]] = {}
    for member in release.index_members.rows(named=True):
        members.setdefault(member["area_id"], {})[member["indicator_id"]] = member
    areas = {row["area_id"]: row["display_name"] for row in release.areas.rows(named=True)}
    return [
        {**row, "area": areas[row["area_id"]], "members": members.get(row["area_id"], {})}
        for row in release.index.rows(named=True)
    ]


def _index_fields(release: Release) -> list[Field]:
    members = release.index_members.select("indicator_id", "period").unique().sort("indicator_id", "period")
    contributions = [
        Field(f"Beitrag {key} (Stand {german.period_text(period)})", 15, _contribution(key))
        for key, period in members.iter_rows()
    ]
    return [
        Field("Gebietsschlüssel", 16, _text("area_id")),
        Field("Gebiet", 24, _text("area")),
        Field("Unterstützungsbedarf im Vergleich der Gemeinden", 34, _text("class_text")),
        Field("Klasse", 9, _whole("class", german.status_sign("missing"))),
        Field("Indexwert", 11, lambda row: _number(row["value"], 2, german.status_sign(row["status"]))),
        Field("Status", 28, lambda row: Cell(german.status_words(row["status"]))),
        Field("Anteil der Läufe mit derselben Klasse", 14, lambda row: _share(row["stability"])),
        Field("Stabilität", 14, _text("stability_name")),
        Field("Klasse in 90 % der Läufe, von", 14, _whole("class_low")),
        Field("Klasse in 90 % der Läufe, bis", 14, _whole("class_high")),
        *contributions,
        Field("Bestandteile, die vom Kreis abweichen", 34, _text("members_above", "keine")),
        Field("Zahl der Läufe", 10, _whole("runs")),
        Field("Startzahl", 10, _whole("seed")),
        Field("Grund oder Hinweis", 34, _text("reason", "kein Hinweis")),
    ]


def _share(value: float | None) -> Cell:
    return Cell("keine Angabe") if value is None else Cell(value, "0 %")


def _contribution(indicator_id: str) -> Callable[[Row], Cell]:
    def cell(row: Row) -> Cell:
        member = row["members"].get(indicator_id)
        sign = german.status_sign(member["status"]) if member else ""
        return _number(member["contribution"] if member else None, 2, sign or german.status_sign("missing"))

    return cell


def _correction_fields() -> list[Field]:
    return [
        Field("Fassung", 9, _whole("number")),
        Field("Kennung", 9, _text("indicator_id")),
        Field("Indikator", 34, _text("indicator")),
        Field("Gebietsschlüssel", 12, _text("area_id")),
        Field("Gebiet", 24, _text("area")),
        Field("Zeitbezug", 24, _text("period")),
        Field("Alt", 28, _text("old_text")),
        Field("Neu", 28, _text("new_text")),
        Field("Grund", 50, _text("reason")),
    ]


def _correction_rows(release: Release) -> list[Row]:
    rows = release.corrections.sort("number", "indicator_id", "area_id", "period", descending=[True, *[False] * 3])
    return [row | corrected_figure(row, release) for row in rows.iter_rows(named=True)]


def _source_fields() -> list[Field]:
    return [
        Field("Kennung", 26, _text("source_id")),
        Field("Titel", 40, _text("title")),
        Field("Herausgeber", 34, _text("publisher")),
        Field("Quellenvermerk", 44, _text("attribution")),
        Field("Lizenz oder Bedingung", 34, _text("licence")),
        Field("Ausgabe", 10, _text("edition")),
        Field("Zeitbezug von", 13, _text("period_from", "ohne Zeitbezug")),
        Field("Zeitbezug bis", 13, _text("period_to", "ohne Zeitbezug")),
        Field("Abgerufen", 13, _text("retrieved")),
        Field("Schon veröffentlicht", 12, _text("published")),
        Field("Tabellencode", 14, _text("table_code")),
        Field("Seite der Quelle", 24, _text("landing_page")),
        Field("Rhythmus", 16, _text("cadence")),
        Field("Datei", 34, _text("file")),
        Field("Zeilen oder Flächen", 11, _whole("rows")),
        Field("Größe in Byte", 13, lambda row: _count(row["bytes"], "keine Angabe")),
        Field("Prüfsumme (SHA-256)", 68, _text("sha256")),
        Field("Hinweise", 44, _text("notes", "kein Hinweis")),
    ]


def _check_fields() -> list[Field]:
    return [
        Field("Tabelle", 26, _text("table_name")),
        Field("Prüfung", 34, _text("check_id")),
        Field("Art", 14, _text("kind")),
        Field("Was geprüft wird", 50, _text("description")),
        Field("Bestanden", 11, _yes_no("passed")),
        Field("Erwartet", 24, _text("expected")),
        Field("Beobachtet", 24, _text("observed")),
        Field("Abstand", 12, lambda row: _count(row["gap"], "keine Zahl")),
        Field("Erste Fälle", 34, _text("examples", "keine")),
    ]


# Reading help


def _guide(release: Release) -> list[tuple[str, list[tuple[str, str]]]]:
    edition = release.edition
    signs = [(sign, words) for sign, words in german.SIGN_LEGEND]
    sections = [
        ("Blätter", _sheet_guide()),
        ("Zeichen in den Tabellen", signs),
        ("Status", [(words, _status_guide(status)) for status, words in german.STATUS_WORDS.items()]),
        ("Spanne und Vergleich", _compare_guide()),
        ("So bitte nicht lesen", _misuse_guide()),
        ("Quellenvermerke", [(key, note) for key, note in _credits(release)]),
        (
            "Impressum",
            [
                ("Herausgeber", edition["publisher"]),
                ("Ansprechperson", edition["contact"]),
                ("Stand", state_words(edition)),
                ("Lauf", edition["run_id"]),
                ("Programmversion", edition["version"]),
            ],
        ),
    ]
    if edition["sozialraeume_decided"] and release.sozialraeume.height:
        sections.insert(1, ("Zuschnitt", [("Sozialräume", german.capitalised(f"{edition['sozialraum_note']}."))]))
    elif not edition["sozialraeume_decided"]:
        note = f"Die Gebiete „{edition['sozialraum_label']} 1“ und folgende sind ein Beispiel und nicht beschlossen."
        sections.insert(1, ("Zuschnitt", [(edition["sozialraum_note"] or "Beispielzuschnitt", note)]))
    return sections


def _credits(release: Release) -> list[tuple[str, str]]:
    return release.sources.select("source_id", "attribution").unique().sort("source_id", "attribution").rows()


def _sheet_guide() -> list[tuple[str, str]]:
    return [
        ("Überblick", "Jüngster Wert jedes Indikators für jede Gemeinde und den Kreis."),
        ("Werte", "Alle Werte mit Spanne, Zähler, Nenner, Status und Quellen; eine Zeile je Gebiet und Zeit."),
        ("Indikatoren", "Der Katalog: Frage, Zähler, Nenner, Verfahren, Grenzen; auch Indikatoren ohne Zahlen."),
        ("Vergleich", "Jeder Wert im Vergleich mit dem Kreis."),
        ("Entwicklung", "Jüngster Abschnitt jeder Zeitreihe ohne Bruch."),
        ("Index", "Vorläufiger Orientierungsindex mit der Stabilität jeder Klasse; kein Maß für Armut."),
        ("Berichtigungen", "Jede nach einer Freigabe berichtigte Angabe: alt, neu, Grund; leer, wenn es keine gibt."),
        ("Quellen", "Jede Lieferung mit Lizenz, Stand und Prüfsumme."),
        ("Prüfungen", "Was an den Daten geprüft wurde und mit welchem Ergebnis."),
    ]


def _status_guide(status: str) -> str:
    sign = german.status_sign(status)
    if not german.has_value(status):
        return f"Es steht kein Wert da, sondern das Zeichen {sign}; der Grund steht in der Zeile."
    return f"Die Zelle enthält die Zahl 0 und zeigt {sign}." if sign else "Es steht ein Wert da."


def _compare_guide() -> list[tuple[str, str]]:
    return [
        ("Spanne", "Zeigt, wie stark ein Wert bei kleinen Zahlen zufällig schwanken kann (Niveau 95 %)."),
        (german.NO_SPAN, "Für diesen Wert lässt sich keine Spanne berechnen, etwa weil er fertig geliefert wurde."),
        ("höher, niedriger", "Die Spanne liegt ganz auf einer Seite des Vergleichswerts, der Abstand ist bedeutsam."),
        ("ähnlich", "Der Unterschied ist erkennbar, aber klein."),
        ("nicht unterscheidbar", "Die Spanne enthält den Vergleichswert; ein Unterschied ist nicht erkennbar."),
        ("ohne Prüfung", "Der Wert hat keine Spanne; ein Unterschied lässt sich nicht prüfen."),
        ("kein Vergleich", "Es fehlt der Wert oder der Vergleichswert."),
    ]


def _misuse_guide() -> list[tuple[str, str]]:
    return [
        ("Personen", "Die Zahlen beschreiben Gebiete, nicht Personen."),
        (
            "Rangfolge",
            "Die Gebiete stehen in der Folge ihrer Schlüssel. Eine Rangfolge der Werte wäre nicht belastbar.",
        ),
        ("Ursachen", "Die Zahlen zeigen Unterschiede, keine Ursachen. Höher heißt nicht schlechter."),
        ("Fehlende Werte", "Fehlt ein Wert, ist er unbekannt und nicht null. Eine Lücke ist kein fehlender Bedarf."),
    ]
