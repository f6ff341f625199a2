"""The annex: indicator sheets, sources with date and hash, validation.

What belongs here: what makes a figure traceable. What does not: results.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines import german
from pipelines.contracts import contract
from pipelines.publish import sentences
from pipelines.publish.check_words import counted, shown, skipped
from pipelines.publish.pages.parts import column
from pipelines.publish.released import Release
from pipelines.publish.typst_code import Code, block, call
from pipelines.publish.words import plannings

POLARITY = {1: "höher = mehr Bedarf", -1: "niedriger = mehr Bedarf", 0: "ohne Wertung"}
AGGREGATION = {
    "counts": "aus Anzahlen, auch für Sozialräume",
    "finished": "fertiger Wert, nicht zusammenrechenbar",
    "not_additive": "Anzahlen addieren sich nicht über Gemeinden",
}


def sheets(release: Release) -> str:
    """A sheet per indicator; those without figures in short form with the reason and who can deliver."""
    code = []
    for chapter in release.indicators.sort("position")["chapter"].unique(maintain_order=True):
        code.append(call("zwischentitel", chapter, ebene=2))
        rows = release.indicators.filter(pl.col("chapter") == chapter).sort("position")
        code += [_sheet(row) for row in rows.iter_rows(named=True)]
    return block(*code)


def _sheet(row: dict[str, Any]) -> Code:
    fields = _missing_fields(row) if row["data"] == "none" else _fields(row)
    shown = [(name, text) for name, text in fields if text]
    return call(
        "indikatorblatt",
        row["indicator_id"],
        sentences.grouped(row["name"]),
        frage=sentences.grouped(row["question"]),
        felder=shown,
        ebene=3,
    )


def _fields(row: dict[str, Any]) -> list[tuple[str, str | None]]:
    threshold = row["relevance_threshold"]
    return [
        ("Zähler", row["numerator_text"]),
        ("Nenner", row["denominator_text"]),
        ("Einheit", f"{german.unit_symbol(row['unit'])}, Faktor {german.number(row['factor'])}"),
        ("Stand", sentences.stand(row)),
        ("Ebene", "nur Kreis" if row["data"] == "kreis" else AGGREGATION[row["aggregation"]]),
        ("Richtung", POLARITY[row["polarity"]]),
        ("bedeutsam ab", f"{german.percent(threshold * 100, 0)} Abstand zum Kreiswert" if threshold else None),
        ("Spanne", row["interval_note"]),
        ("Rechenweg", row["method"]),
        ("Brüche", row["breaks"]),
        ("Grenzen", row["limits"]),
        ("Ersatz für", row["substitutes"]),
        ("Planungsfelder", plannings(row["planning_fields"])),
        ("Definition nach", row["citation"]),
    ]


def _missing_fields(row: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [
        ("Stand", "keine Angabe"),
        ("Grund", row["missing_reason"]),
        ("Kann liefern", row["deliverer"]),
        ("Zähler", row["numerator_text"]),
        ("Nenner", row["denominator_text"]),
        ("Planungsfelder", plannings(row["planning_fields"])),
    ]


def source_list(release: Release) -> str:
    """Every delivery with publisher, licence, edition, date and hash."""
    code = []
    for row in release.sources.sort("source_id", "edition", "file").iter_rows(named=True):
        ends = dict.fromkeys(german.date_text(row[end]) for end in ("period_from", "period_to") if row[end])
        period = " bis ".join(ends)
        fields = [
            ("Herausgeber", row["publisher"]),
            ("Vermerk", row["attribution"]),
            ("Lizenz", row["licence"]),
            ("Ausgabe", row["edition"]),
            ("Zeitbezug", period),
            ("abgerufen am", german.date_text(row["retrieved"])),
            ("Tabelle", row["table_code"]),
            ("Seite", row["landing_page"]),
            ("schon veröffentlicht", row["published"]),
            ("Datei", f"{row['file']}, {german.number(row['rows'])} Zeilen, {german.number(row['bytes'])} Byte"),
            ("SHA-256", row["sha256"]),
            ("Hinweise", row["notes"]),
        ]
        shown = [(name, text) for name, text in fields if text]
        code.append(call("indikatorblatt", row["source_id"], row["title"], felder=shown, ebene=2))
    return block(*code)


def checks(release: Release) -> str:
    """Results of all checks: totals per table, every reconciliation with its gap, everything that did not pass."""
    found = release.checks.sort("table_name", "check_id")
    passed = int(found["passed"].sum())
    tested = german.number(found["passed"].count())
    lead = f"{german.number(passed)} von {tested} Prüfungen dieser Ausgabe sind bestanden."
    failed = found.filter(~pl.col("passed"))
    rest = found.filter(pl.col("kind") != "Vertrag")
    skipped = rest.filter(pl.col("passed").is_null())
    counted = rest.filter(pl.col("kind") == "Abgleich", pl.col("passed").is_not_null())
    other = rest.filter(pl.col("kind") != "Abgleich")
    return block(
        call("absatz", lead),
        *([_worded(failed, "Nicht bestanden")] if failed.height else []),
        _totals(found),
        *([_worded(other, "Geheimhaltung und Grenzen")] if other.height else []),
        *([call("neue-seite"), _counted(counted)] if counted.height else []),
        *([_skipped(skipped)] if skipped.height else []),
    )


def _totals(found: pl.DataFrame) -> Code:
    totals = found.group_by("table_name", maintain_order=True).agg(
        pl.col("passed").count().alias("n"), pl.col("passed").sum().alias("ok")
    )
    return call(
        "tabelle",
        spalten=[
            column("Was die Tabelle enthält"),
            column("Tabelle", 42, leise=True),
            column("Prüfungen", 20, "zahl"),
            column("bestanden", 20, "zahl"),
        ],
        zeilen=[
            [contract(name).description, name, german.number(n), german.number(ok)]
            for name, n, ok in totals.iter_rows()
        ],
        titel="Prüfungen je Tabelle",
        breite=Code("satzbreite"),
        gruppe=None,
        zeilenhoehe=Code("3.9mm"),
    )


def _worded(rows: pl.DataFrame, title: str) -> Code:
    """Checks whose expectation is a sentence."""
    body = [
        [*(shown(row[part]) for part in ("description", "expected", "observed")), "ja" if row["passed"] else "nein"]
        for row in rows.iter_rows(named=True)
    ]
    columns = [column("Prüfung"), column("erwartet", 44), column("beobachtet", 48), column("bestanden", 16)]
    return call("tabelle", spalten=columns, zeilen=body, titel=title, breite=Code("satzbreite"), gruppe=None)


def _counted(rows: pl.DataFrame) -> Code:
    """Reconciliations that compare numbers, by what is compared; the gap stands in a column of its own."""
    body: list[Any] = []
    for kind, found in counted(rows).items():
        body.append({"gruppe": kind})
        body += [[one.what, one.expected, one.observed, one.gap, "ja" if one.passed else "nein"] for one in found]
    return call(
        "tabelle",
        spalten=[
            column("Merkmal"),
            column("erwartet", 45, "zahl"),
            column("beobachtet", 36, "zahl"),
            column("Abstand", 16, "zahl"),
            column("bestanden", 16),
        ],
        zeilen=body,
        titel="Abgleiche mit Abstand",
        breite=Code("satzbreite"),
        groesse=Code("8pt"),
        zeilenhoehe=Code("3.9mm"),
    )


def _skipped(rows: pl.DataFrame) -> Code:
    """Items without a sum to check, below the reason the delivery gives."""
    body: list[Any] = []
    for reason, deliveries in skipped(rows).items():
        body.append({"gruppe": reason})
        body += [[delivery, "; ".join(items)] for delivery, items in deliveries.items()]
    return call(
        "tabelle",
        spalten=[column("Lieferung", 48), column("Merkmale ohne Summenprobe")],
        zeilen=body,
        titel="Ohne Summenprobe, und warum",
        breite=Code("satzbreite"),
        groesse=Code("8pt"),
    )
