"""Which Gemeinden existed when: the validity of areas, and whether it agrees with the published changes.

What belongs here: days from and to which an area holds. What does not: which area took whose place (`crosswalk`), and
what becomes of figures (`pipelines.harmonise`).

The spine, on which all figures are shown, is the Gebietsstand of the areas without an end; an area with an end is a
former one. A day is text, `2023-01-01`; a year means its last day. „unbekannt“ and an empty end set no limit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import polars as pl

from pipelines.errors import InputError
from pipelines.german import date_text

UNKNOWN = "unbekannt"
OPEN = ("", UNKNOWN)
YEAR = re.compile(r"[0-9]{4}")
FILE = "gebiete/gemeinden.csv"


def day_of(stichtag: str) -> str:
    """The day that decides about a figure: its own, or the last of its year or period."""
    last = stichtag.rpartition("/")[2]
    return f"{last}-12-31" if YEAR.fullmatch(last) else last


def holds(area: Mapping[str, Any], day: str) -> bool:
    """Whether an area (`valid_from`, `valid_to`) existed on a day."""
    starts = area["valid_from"] == UNKNOWN or area["valid_from"] <= day
    return starts and (area["valid_to"] in OPEN or area["valid_to"] >= day)


def valid_at(gemeinden: pl.DataFrame, stichtag: str) -> dict[str, str]:
    """AGS and display name of the Gemeinden that existed at a time; gemeinden: `raw.gemeinden`."""
    day = day_of(stichtag)
    return {row["ags"]: row["anzeigename"] for row in gemeinden.sort("ags").rows(named=True) if holds(row, day)}


def current(gemeinden: pl.DataFrame) -> pl.DataFrame:
    """The Gemeinden of the spine: those of `raw.gemeinden` without an end."""
    return gemeinden.filter(pl.col("valid_to").is_in(OPEN))


def refuse_contradiction(gemeinden: pl.DataFrame, transitions: pl.DataFrame) -> None:
    """Raise InputError where gemeinden.csv and the published Gebietsänderungen name different days.

    gemeinden: `raw.gemeinden`; transitions: `raw.uebergaenge`. Only days are compared that a laid-down file of
    Gebietsänderungen speaks about; the day from which statistics count decides.
    """
    known = {row["ags"]: row for row in gemeinden.rows(named=True)}
    dated = transitions.filter(pl.col("source_id") == "gebietsaenderungen")
    moves = dated.filter((pl.col("kind") != "zeitraum") & (pl.col("from_id") != pl.col("to_id")))
    stays = set(dated.filter(pl.col("from_id") == pl.col("to_id")).select("from_id", "first_day").iter_rows())
    ended: set[tuple[str, str]] = set()
    begun: set[tuple[str, str]] = set()
    for row in moves.rows(named=True):
        begun.add((row["to_id"], row["first_day"]))
        if (row["from_id"], row["first_day"]) in stays or row["kind"] == "2":
            continue
        ended.add((row["from_id"], row["last_day"]))
        area = known.get(row["from_id"])
        if area and area["valid_to"] != row["last_day"]:
            _refuse(area, "valid_to", row["last_day"], row)
    for span in dated.filter(pl.col("kind") == "zeitraum").rows(named=True):
        for key, area in known.items():
            if span["last_day"] <= area["valid_to"] < span["first_day"] and (key, area["valid_to"]) not in ended:
                _refuse(area, "valid_to", "kein Ende in diesem Jahr", span)
            starts = span["last_day"] < area["valid_from"] <= span["first_day"]
            if starts and (key, area["valid_from"]) not in begun:
                _refuse(area, "valid_from", "kein Beginn in diesem Jahr", span)


def _refuse(area: Mapping[str, Any], column: str, expected: str, change: Mapping[str, Any]) -> None:
    raise InputError(
        "Die Gültigkeit einer Gemeinde widerspricht den veröffentlichten Gebietsänderungen.",
        file=FILE,
        row=f"Gemeinde {area['ags']} ({area['anzeigename']})",
        column=column,
        expected=f"{expected} (nach {change['file']}, Zeile {change['row']})",
        found=area[column] or "leer",
        remedy="Das Datum in gemeinden.csv berichtigen; es zählt der Tag, ab dem die Statistik so zählt. "
        "Wie Änderungen einzutragen sind, steht in docs/de/gebietsaenderungen.md.",
    )


def absent_reason(area: Mapping[str, Any], day: str) -> str:
    """Why there is no figure of an area at a day, in German."""
    if area["valid_from"] != UNKNOWN and day < area["valid_from"]:
        return f"Die Gemeinde gibt es erst seit dem {date_text(area['valid_from'])}."
    return f"Die Gemeinde gab es nur bis zum {date_text(area['valid_to'])}."
