"""Tables of the Zensus database as crosstab: CSV and workbook, as an analyst downloads them there.

What belongs here: what the Zensus promises of its tables beyond the layout. What does not: the layout itself
(`crosstab_parts`, `crosstab_header`, `crosstab_table`), the flat form of the same tables (`ffcsv`).

Gemeinden carry an ARS of 12 digits, whose AGS is the key. Beside a column of figures may stand one of their quality.
Counts are altered by a few (Cell-Key), so that nothing adds up exactly and nothing is checked by adding. A file cut off
is noticed by its missing foot, which is one line without a date; a workbook whose foot was deleted looks the same.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipelines.readers.crosstab import ZENSUS, attribution, footnotes
from pipelines.readers.crosstab_parts import GET_AGAIN, Parts, code_of, parts_of
from pipelines.readers.crosstab_table import table
from pipelines.readers.reading import Agreed, Format, Reading
from pipelines.readers.text import days

if TYPE_CHECKING:
    from pipelines.readers.rawfile import RawFile

KEY = "zensus"
BASES = {"2022-05-15": "Zensus2022", "2011-05-09": "Zensus2011"}


def recognises(file: RawFile) -> bool:
    """Whether a file begins with `Tabelle: <code>`, and the code is one of the Zensus (1000A-0000)."""
    code = code_of(file)
    return code is not None and ZENSUS.fullmatch(code) is not None


def read(file: RawFile, agreed: Agreed) -> Reading:
    """The figures of a table of the Zensus. Raises InputError for another day than a census day, and for a lost end."""
    parts = parts_of(file)
    _check_foot(parts)
    found = table(parts, agreed, bases=BASES, time=_census_day(parts))
    _check_days(parts, found.frame["time"].unique().sort().to_list())
    return Reading(
        file,
        KEY,
        " ".join(parts.titles),
        found.frame,
        code=parts.code,
        attribution=attribution(parts),
        notes=(*found.notes, *footnotes(parts)),
        refused=found.refused,
    )


def _census_day(parts: Parts) -> str | None:
    """The day of the census in the title; areas and figures of a census are of one and the same day."""
    found = {day for day in days(" ".join(parts.titles)) if day in BASES}
    return next(iter(found)) if len(found) == 1 else None


def _check_foot(parts: Parts) -> None:
    if not any(re.search("[A-Za-z]", line) for line in parts.foot):
        parts.complain(
            "Die Datei ist abgeschnitten: Ihr Ende fehlt.",
            row=parts.body["row"][-1],
            expected="eine Fußzeile mit dem Urheber nach der letzten Zeile mit Zahlen",
            found="Zahlen bis zur letzten Zeile",
            remedy=GET_AGAIN,
        )


def _check_days(parts: Parts, found: list[str]) -> None:
    other = next((day for day in found if day not in BASES), None)
    if other is not None:
        parts.complain(
            "Eine Tabelle des Zensus hat einen anderen Stichtag als eine Zählung.",
            row=parts.first_row,
            expected=" oder ".join(BASES),
            found=other,
            remedy="Prüfen, ob es eine Tabelle des Zensus ist; ihr Stichtag steht im Titel.",
        )


FORMAT = Format(
    KEY,
    "Tabelle der Zensusdatenbank (Kreuztabelle als CSV oder XLSX)",
    "Statistische Ämter des Bundes und der Länder",
    recognises,
    read,
)
