"""Released rows as the cells of a table: what is seen, and what a screen reader hears in the place of a sign.

What belongs here: values, spans, counts, verdicts, developments. What does not: which rows a page shows.
"""

from __future__ import annotations

from typing import Any

from pipelines import german
from pipelines.publish.pages.parts import TESTED_TRENDS, difference_unit
from pipelines.publish.sentences import state_note

Row = dict[str, Any]

ABSENT: Row = {"value": None, "lower": None, "upper": None, "status": "missing", "quality": None, "reason": None}
NO_COUNTS = {"cell": german.STATUS_SIGNS["not_applicable"], "words": "ohne Anzahlen"}
TREND_SHAPES = {"steigend": "up", "fallend": "down", "kein belegbarer Trend": "circle"}
CHANGE_SHAPES = {"Zunahme": "up", "Abnahme": "down", "keine erkennbare Veränderung": "circle"}


def value_cell(row: Row, indicator: Row, unit: bool = False) -> Row:
    """The value, with its unit if asked for; without one the sign of its status and the words it stands for."""
    signed = row["value"] is None or row["status"] == "zero"
    text = german.cell_text(row["value"], indicator["decimals"], row["status"], row["quality"])
    return {
        "cell": text if signed or not unit else german.with_unit(text, indicator["unit"]),
        "words": german.status_words(row["status"]) if signed else "",
        "status": row["status"],
        "note": state_note(row) if row["value"] is not None and not signed else "",
    }


def span_cell(row: Row, indicator: Row) -> Row:
    """The span as two numbers, „keine Spanne“, or the words of the status where there is no value."""
    if row["value"] is None:
        return {"cell": german.STATUS_SHORT[row["status"]], "words": ""}
    return {"cell": german.span_text(row["lower"], row["upper"], "", indicator["decimals"]), "words": ""}


def count_cell(row: Row, part: str) -> Row:
    """Numerator or denominator as released; the sign of the status without a value, an x without counts."""
    if row["value"] is None:
        return {"cell": german.status_sign(row["status"]), "words": german.status_words(row["status"])}
    if row[part] is None:
        return NO_COUNTS
    return {"cell": german.number(row[part], 0 if float(row[part]).is_integer() else 2), "words": ""}


def verdict_cell(verdict: str | None, row: Row) -> Row:
    """Shape and word of the comparison with the Kreis."""
    if row["value"] is None:
        return {"shape": "none", "word": german.STATUS_SHORT[row["status"]]}
    return {"shape": german.verdict_shape(verdict), "word": verdict or "kein Vergleich"}


def trend_cell(row: Row | None, indicator: Row) -> Row:
    """Word of the tested development with its years, and the difference since the reference period."""
    if row is None:
        return {"shape": "none", "word": "nicht prüfbar", "years": "", "change": None}
    tested = row["trend"] in TESTED_TRENDS
    return {
        "shape": TREND_SHAPES.get(row["trend"], "none"),
        "word": row["trend"],
        "years": f"{_year(row['segment_from'])} bis {_year(row['segment_to'])}" if tested else "",
        "change": _change(row, indicator),
    }


def _change(row: Row, indicator: Row) -> Row | None:
    if row["difference"] is None:
        return None
    shown = german.number(row["difference"], indicator["decimals"])
    sign = "+" if row["difference"] > 0 and not shown.startswith(german.MINUS) else ""
    return {
        "since": _year(row["reference_period"]),
        "text": f"{sign}{shown}{german.FIXED_SPACE}{difference_unit(indicator)}",
        "word": row["change"] or "nicht geprüft",
        "shape": CHANGE_SHAPES.get(row["change"] or "", "none"),
    }


def _year(period: str | None) -> str:
    return str(german.period_year(period)) if period else ""


def period_span(start: str | None, end: str | None) -> str:
    """The time a delivery is about, in words."""
    if not start or not end:
        return "ohne Zeitbezug"
    shown = [german.period_text(part) for part in (start, end)]
    return shown[0] if start == end else f"{shown[0]} bis {shown[1]}"
