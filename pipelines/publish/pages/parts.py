"""Pieces that several pages share: value cells, sources, columns.

What belongs here: turning a released row into the cells of a table. What does not: whole pages.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines import german
from pipelines.publish.illustrations import Illustration, Illustrations, web_address
from pipelines.publish.released import Release
from pipelines.publish.typst_code import Code, call, join, length

if TYPE_CHECKING:
    from pipelines.figures.maps import LegendRow

SPAN_HELP = (
    "Vollerhebung, kein Stichprobenfehler. Die Spanne zeigt, wie stark ein Wert bei so kleinen Zahlen zufällig "
    "schwanken kann."
)
DENSITY = "D01"
UNSTABLE = "unstable"  # how a legend names the hatch of index classes that are not stable
CHANGE_WORDS = ("Zunahme", "Abnahme", "keine erkennbare Veränderung")
TESTED_TRENDS = ("steigend", "fallend", "kein belegbarer Trend")
VERDICT_HELP = (
    ("höher", "Spanne ganz über dem Kreiswert, Abstand bedeutsam"),
    ("niedriger", "ganz darunter, Abstand bedeutsam"),
    ("ähnlich", "Abstand erkennbar, aber klein"),
    ("nicht unterscheidbar", "die Spanne enthält den Kreiswert"),
    ("ohne Prüfung", "Wert ohne Spanne, deshalb nicht geprüft"),
)


def column(title: str, width: float | None = None, kind: str = "text", **options: bool) -> dict[str, Any]:
    """A column of `tabelle`; `width` in mm, None for what is left. kind: text, zahl, zeichen, mitte."""
    return {"titel": title, "breite": length(width) if width else Code("1fr"), "art": kind, **options}


# The two counts behind the density, which readers know a place by.
PEOPLE_AND_AREA = (column("Menschen", 20, "zahl"), column("Fläche km²", 22, "zahl"))


def people_and_area(release: Release, area_id: str) -> list[str | Code]:
    """Inhabitants and km² of an area as cells; signs where this edition does not have them."""
    if DENSITY not in known_ids(release):
        return [status_cell("missing")] * len(PEOPLE_AND_AREA)
    row = release.value(DENSITY, area_id)
    return [
        count_cell(row, "numerator"),
        german.number(row["denominator"], 2) if row["denominator"] is not None else count_cell(row, "denominator"),
    ]


def people_and_area_stand(release: Release) -> str:
    """When inhabitants and km² are from, as the line below a title."""
    if DENSITY not in known_ids(release):
        return "Menschen und Fläche: keine Angabe"
    indicator = release.indicator(DENSITY)
    return f"Menschen und Fläche: {german.period_text(indicator['latest_period'], indicator['stand_text'])}"


@lru_cache(maxsize=2)
def known_ids(release: Release) -> frozenset[str]:
    """Indicators of this edition that have figures for Gemeinden."""
    rows = release.indicators.filter(pl.col("data") == "gemeinde", pl.col("latest_period").is_not_null())
    return frozenset(rows["indicator_id"])


def number_cell(row: dict[str, Any], decimals: int) -> str | Code:
    """The value of a row, or the sign of its status with its words spoken."""
    if row["value"] is None or row["status"] == "zero":
        return status_cell(row["status"])
    return german.cell_text(row["value"], decimals, row["status"], row["quality"])


def status_cell(status: str) -> Code:
    """The sign of a status."""
    return call("leer", status)


def count_cell(row: dict[str, Any], part: str, decimals: int | None = None) -> str | Code:
    """Numerator or denominator; without a value the sign of the status, without counts an x.

    Without `decimals` two for what is no whole number, else none.
    """
    if row["value"] is None:
        return status_cell(row["status"])
    if row[part] is None:
        return status_cell("not_applicable")
    value = row[part]
    return german.number(value, count_decimals([row], part) if decimals is None else decimals)


def count_decimals(rows: list[dict[str, Any]], part: str) -> int:
    """Decimals for a column of counts: two as soon as one of them is no whole number, such as square kilometres."""
    return 0 if all(row[part] is None or float(row[part]).is_integer() for row in rows) else 2


def span_cell(row: dict[str, Any], decimals: int) -> str | Code:
    """The span as two numbers, or why there is none."""
    if row["value"] is None:
        return status_cell(row["status"])
    return german.span_text(row["lower"], row["upper"], "", decimals)


def verdict_cell(verdict: str | None, status: str) -> str | Code:
    """Sign and word of the comparison."""
    if verdict is None or not german.has_value(status):
        return german.STATUS_SHORT.get(status, "kein Vergleich")
    return call("wort", verdict)


def difference_unit(indicator: dict[str, Any]) -> str:
    """The unit of a difference in a table head: shares differ by percentage points."""
    return "Prozentp." if indicator["unit"] == "%" else german.unit_symbol(indicator["unit"])


def change_cell(row: dict[str, Any] | None, decimals: int, signs: bool = True) -> str | Code:
    """Difference since the reference period with the sign of its test; without a difference a cell that says so.

    Without `signs` the column has no place for them.
    """
    if row is None or row["difference"] is None:
        return "nicht prüfbar"
    shown = german.number(row["difference"], decimals)
    return call("mit-zeichen", shown, row["change"]) if signs else shown


def change_legend(intro: str, changes: Collection[str | None]) -> str | Code:
    """The drawn signs of some changes with their words, as one paragraph below a table; None is a change not tested."""
    if not any(changes):
        return f"{intro} Ohne Prüfung."
    signs: list[Any] = []
    for word in CHANGE_WORDS:
        signs += ["   ", call("form", word, groesse=length(1.7)), f" {word}"]
    return join(intro, *signs, *([" · ohne Zeichen: nicht geprüft"] if None in changes else []))


def qr_code(figures: Illustrations, area_id: str | None = None) -> tuple[str, str] | None:
    """Path and alternative text of the QR code to the web page or its page about a Gemeinde; None without address."""
    return next(((picture.path, picture.alt) for picture in figures.address(area_id)), None)


def web_line(release: Release, area_id: str | None = None) -> str | Code:
    """The address of the web page as a link; without one, where the page lies."""
    address = web_address(release, area_id)
    return call("link", address) if address else "Datei index.html im Ordner dieser Ausgabe"


def key_list(release: Release) -> list[tuple[str, str]]:
    """Number and name of every Gemeinde, in the fixed order."""
    return [(str(number), name) for number, name in release.gemeinden.select("number", "display_name").iter_rows()]


def kreis_name(release: Release) -> str:
    """What the Kreis is called in tables."""
    return release.edition["kreis_short_name"]


def beside(picture: Illustration, title: str, under: str | None, *margin: Code) -> Code:
    """A picture with its heading in the main column and what helps to read it in the margin column."""
    return call("mit-rand", call("bild", picture.path, alt=picture.alt, titel=title, unter=under), join(*margin))


def legend(lines: list[LegendRow], title: str) -> Code:
    """Legend of a map: classes low to high, then hatches; the one of unstable classes last."""
    classes = [(line.label, line.count_text) for line in lines if line.class_number]
    others = [
        (line.status, german.STATUS_SHORT[line.status], line.count_text)
        for line in lines
        if line.status and line.status != UNSTABLE
    ]
    others += [("unsicher", "nicht stabil", line.count_text) for line in lines if line.status == UNSTABLE]
    return call("legende", titel=title, klassen=classes, weitere=others)
