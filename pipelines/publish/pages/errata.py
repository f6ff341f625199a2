"""The chapter on corrections: every corrected figure of every Fassung, old and new, with the reason.

What belongs here: the errata of one report year. What does not: finding them (`pipelines.approvals`).
"""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines import german
from pipelines.publish import sentences
from pipelines.publish.pages.parts import column
from pipelines.publish.released import Release
from pipelines.publish.typst_code import Code, block, call
from pipelines.publish.words import corrected_figure, state_words

LEVELS = ["kreis", "gemeinde", "sozialraum", "ortsteil", "land"]


def corrections(release: Release) -> str:
    """What this edition corrects in released ones, per Fassung; an edition without any says so."""
    numbers = sorted(release.corrections["number"].unique(), reverse=True)
    return block(
        call("hinweis", "Stand dieser Ausgabe", _state(release)),
        *(code for number in numbers for code in _fassung(release, number)),
    )


def _state(release: Release) -> str:
    about = release.edition
    own = release.history.filter(pl.col("report_year") == about["report_year"]).sort("number")
    if about["state"] == "freigegeben":
        text = f"{state_words(about)} von {about['approved_by']}."
        return text if release.corrections.height else f"{text} Bisher ist keine Zahl berichtigt."
    text = f"{state_words(about)}: Diese Ausgabe ist noch nicht freigegeben. "
    if own.is_empty():
        return text + "Berichtigt werden freigegebene Ausgaben; bis zur Freigabe wird die ganze Ausgabe neu erzeugt."
    last = own.row(-1, named=True)
    return text + f"Gültig ist die {last['title']} vom {german.date_text(last['approved_on'])}."


def _fassung(release: Release, number: int) -> list[Code]:
    rows = release.corrections.filter(pl.col("number") == number)
    count = german.capitalised(german.count_text(rows.height, "Angabe", "Angaben"))
    verb = "ist" if rows.height == 1 else "sind"
    return [
        call("zwischentitel", f"{number}., korrigierte Fassung", ebene=2),
        call("absatz", f"Grund: {rows['reason'][0]}"),
        call("absatz", f"{count} der {number - 1}. Fassung {verb} berichtigt."),
        call(
            "tabelle",
            spalten=[column("Gebiet", 46), column("Zeitbezug", 38), column("alt"), column("neu")],
            zeilen=_lines(release, rows),
            titel="Berichtigungen: alter und neuer Wert",
            breite=Code("satzbreite"),
            gruppe=None,
        ),
    ]


def _lines(release: Release, rows: pl.DataFrame) -> list[Any]:
    """Rows below the name of their indicator, in the order of the atlas; the Kreis before its parts."""
    lines: list[Any] = []
    figures = [(corrected_figure(row, release), row) for row in rows.iter_rows(named=True)]
    for about, row in sorted(figures, key=lambda pair: _place(*pair)):
        name = {"gruppe": sentences.grouped(f"{about['indicator']} ({row['indicator_id']})")}
        if name not in lines:
            lines.append(name)
        lines.append([about["area"], about["period"], row["old_text"], row["new_text"]])
    return lines


def _place(about: dict[str, Any], row: dict[str, Any]) -> tuple[Any, ...]:
    level = LEVELS.index(about["level"]) if about["level"] in LEVELS else len(LEVELS)
    return about["position"], row["indicator_id"], row["period"], level, row["area_id"]
