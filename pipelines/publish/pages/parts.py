"""Pieces that several pages share: value cells, sources, columns.

What belongs here: turning a released row into the cells of a table. What does not: whole pages.
"""

from __future__ import annotations

import re
from typing import Any

import polars as pl

from pipelines import german
from pipelines.publish.released import Release
from pipelines.publish.typst_code import Code, call, length

SPAN_HELP = (
    "Vollerhebung, kein Stichprobenfehler. Die Spanne zeigt, wie stark ein Wert bei so kleinen Zahlen zufällig "
    "schwanken kann."
)
VERDICT_HELP = (
    ("höher", "Spanne ganz über dem Kreiswert, Abstand bedeutsam"),
    ("niedriger", "ganz darunter, Abstand bedeutsam"),
    ("ähnlich", "Abstand erkennbar, aber klein"),
    ("nicht unterscheidbar", "die Spanne enthält den Kreiswert"),
    ("ohne Prüfung", "Wert ohne Spanne"),
)


def column(title: str, width: float | None = None, kind: str = "text", **options: bool) -> dict[str, Any]:
    """A column of `tabelle`; `width` in mm, None for what is left. kind: text, zahl, zeichen, mitte."""
    return {"titel": title, "breite": length(width) if width else Code("1fr"), "art": kind, **options}


def number_cell(row: dict[str, Any], decimals: int) -> str | Code:
    """The value of a row, or the sign of its status with its words spoken."""
    if row["value"] is None or row["status"] == "zero":
        return status_cell(row["status"])
    return german.cell_text(row["value"], decimals, row["status"], row["quality"])


def status_cell(status: str) -> Code:
    """The sign of a status."""
    return call("leer", status)


def count_cell(row: dict[str, Any], part: str) -> str | Code:
    """Numerator or denominator; without a value the sign of the status, without counts an x."""
    if row["value"] is None:
        return status_cell(row["status"])
    if row[part] is None:
        return status_cell("not_applicable")
    value = row[part]
    return german.number(value, 0 if float(value).is_integer() else 2)


def span_cell(row: dict[str, Any], decimals: int) -> str | Code:
    """The span as two numbers, or why there is none."""
    if row["value"] is None:
        return status_cell(row["status"])
    return german.span_text(row["lower"], row["upper"], "", decimals)


def verdict_cell(verdict: str | None, status: str) -> str | Code:
    """Sign and word of the comparison."""
    if verdict is None:
        return german.STATUS_SHORT.get(status, "kein Vergleich")
    return call("wort", verdict)


def source_line(release: Release, indicator_ids: list[str]) -> str:
    """„Datenquelle: © ...“ for all sources of some indicators."""
    values = release.values.filter(pl.col("indicator_id").is_in(indicator_ids), pl.col("source_ids").is_not_null())
    used = sorted({name for names in values["source_ids"].unique() for name in names.split(";")})
    rows = release.sources.filter(pl.col("source_id").is_in(used)).sort("source_id", "edition")
    texts = rows["attribution"].unique(maintain_order=True).to_list()
    return f"Datenquelle: {' · '.join(texts)} · eigene Berechnung." if texts else "Noch keine Datenquelle."


def key_list(release: Release) -> list[tuple[str, str]]:
    """Number and name of every Gemeinde, in the fixed order."""
    return [(str(number), name) for number, name in release.gemeinden.select("number", "display_name").iter_rows()]


def kreis_name(release: Release) -> str:
    """What the Kreis is called in tables."""
    return release.edition["kreis_short_name"]


def deliverer(row: dict[str, Any]) -> str:
    """Who can deliver, in short: the first office named, without the table code in brackets."""
    first = (row["deliverer"] or "noch zu klären").split(";")[0]
    return re.sub(r"\s*\([^)]*\)", "", first).strip()
