"""Gebietsänderungen of a year as the Statistisches Bundesamt publishes them: which area gave what to which.

What belongs here: one relation per row, with both keys, both dates and the kinds of change. What does not: applying
changes to a series.

Source of the format: the workbooks „Gebietsänderungen vom 01.01. - 31.12.<year>“. `key` is the area that gives,
`source_key` its Regionalschlüssel; the dimension NACH is the area that receives, NACH_ARS its Regionalschlüssel, which
can change while the AGS stays; ART the kinds of change, JURISTISCH the day in law. `time` is the day from which
statistics count by the new areas; it can be months later, and after a day in law at the end of the year lie in the next
one. Items: `flaeche` and `bevoelkerung` of what is handed over,
units as printed (area in m², other registers use km² or ha). Both are missing where nothing moves: changes of key or
name, and associations.
A row with the same area on both sides, Art 2, is what the giving area keeps. Changes of a Kreis or a larger unit are
left out and counted.
A cut file shows in the absent key to the kinds of change under the table; a row lost from the middle cannot be noticed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import polars as pl

from pipelines.errors import InputError
from pipelines.geography.keys import ARS, ags_of_ars
from pipelines.readers.csv_text import Complaint
from pipelines.readers.reading import COMPARE, SEPARATOR, Agreed, Format, Reading, Refused, check_agreed, tidy
from pipelines.readers.signs import Signs, cell_values, refuser
from pipelines.readers.text import days
from pipelines.readers.workbook import letter, text_of

if TYPE_CHECKING:
    from pipelines.readers.rawfile import RawFile
    from pipelines.readers.workbook import Cell

AGAIN = "Die Datei neu beim Statistischen Bundesamt herunterladen und unverändert einlesen."
# Area and population
FIGURES = 2
# How many days behind the day in law statistics may follow when that leads out of the year: a month, and some more
LATER = 45
SIGNS = Signs("Statistisches Bundesamt", {})
KINDS = {"1": "Auflösung", "2": "Teilausgliederung", "3": "Schlüsseländerung", "4": "Namensänderung"}
LEVELS = {"Gemeinde": "gemeinde", "Gemeindeverband": "verband"}
# Units above the Gemeinde, left out: the digits of their key, which may be filled with zeros
ABOVE = {
    "Land": 2,
    "Bundesland": 2,
    "Regierungsbezirk": 3,
    "Region": 4,
    "Kreis": 5,
    "Landkreis": 5,
    "Kreisfreie Stadt": 5,
    "Stadtkreis": 5,
}
# Headings without blanks, hyphens and marks; those of `BOTH` stand once under each of the two sides
ONCE = {
    "kennziffer": "kennziffer|lfdnr",
    "einheit": "regionaleinheit",
    "art": "(änderungs)?art",
    "flaeche": "fläche.*",
    "bevoelkerung": "einwohner.*|bevölkerung.*",
    "juristisch": "juristisch|rechtlich",
    "statistisch": "statistisch",
}
BOTH = {
    "ars": "(amtlicher)?regionalschlüssel(ars)?|ars",
    "ags": "(amtlicher)?gemeindeschlüssel(ags)?|ags",
    "name": "(gemeinde)?name",
}
SIDES = {"von": "abgebend", "nach": "aufnehmend"}
UNITS = {"qm": "m²", "m2": "m²", "ha": "ha", "km2": "km²", "qkm": "km²"}
_PERIOD = re.compile(r"([0-9]{1,2}\.[0-9]{1,2}\.)(?:([0-9]{4}))?\s*(?:-|–|bis)\s*([0-9]{1,2}\.[0-9]{1,2}\.)([0-9]{4})")
_LEGEND = re.compile(r"^\s*([0-9])\s*=\s*(.+?)\s*$")


def recognises(file: RawFile) -> bool:
    """Whether a sheet has a giving and a receiving side and a kind of change between them."""
    try:
        return file.is_workbook and any(_header(book.head(sheet)) for book in [file.workbook] for sheet in book.names)
    except (InputError, ValueError, IndexError):
        return False


def read(file: RawFile, agreed: Agreed) -> Reading:
    """Two figures per row, area and population, of the change from one area to another.

    Raises InputError for a heading that is missing or stands twice, a key of the wrong form, two keys of one area that
    disagree, an unknown kind of change, a day that is none or outside of the period of the title, a row twice, and what
    contradicts `agreed` (`time` may be the year of the period).
    """
    book = file.workbook
    complain = book.complain
    sheets = [sheet for sheet in book.names if _header(book.head(sheet))]
    if len(sheets) != 1:
        complain(
            "In der Arbeitsmappe steht nicht genau eine Tabelle der Gebietsänderungen.",
            expected="ein Blatt mit abgebender und aufnehmender Gemeinde",
            found=", ".join(sheets) or "keines",
            remedy=AGAIN,
        )
    rows = book.rows(sheets[0])
    start = _header(rows)
    columns = _columns(rows, start, complain)
    title = " ".join(dict.fromkeys(text for row in rows[: start - 1] for cell in row if (text := text_of(cell))))
    records, below, above = _records(rows, start + 1, columns, complain)
    _check_legend(below, complain)
    frame = tidy(_figures(records, columns, _unit(rows[start][columns["flaeche"]], start, columns, complain), complain))
    _check_period(frame, title, columns, agreed, complain)
    year = agreed.time if agreed.time and len(agreed.time) > 4 else None
    check_agreed(frame, Agreed(agreed.code, year, agreed.level, agreed.basis, agreed.keys), complain)
    return Reading(
        file=file,
        format=FORMAT.key,
        title=title,
        frame=frame,
        attribution=" ".join(below[next((at for at, text in enumerate(below) if "©" in text), len(below)) :]) or None,
        notes=("Gleicher Schlüssel auf beiden Seiten bei Art 2: was der abgebenden Gemeinde bleibt.",),
        refused=tuple(
            Refused(f"Änderungen der Einheit {unit}", "gelesen werden Gemeinden und Gemeindeverbände", FIGURES * count)
            for unit, count in Counter(above).items()
        ),
    )


def _plain(cell: object) -> str:
    text = re.sub(r"(?<=[^0-9])[0-9]\)", "", text_of(cell).lower().replace("²", "2"))
    return re.sub(r"[^a-zäöüß0-9]", "", text)


def _header(rows: list[list[Cell]]) -> int:
    """The row (from 0) of the headings under the two sides; 0 when it is not this table."""
    for at, row in enumerate(rows[:20]):
        sides = {side for side, word in SIDES.items() if any(word in _plain(cell) for cell in row)}
        if len(sides) == 2 and at + 1 < len(rows):
            below = {_plain(cell) for cell in rows[at + 1]}
            return at + 1 if any(re.fullmatch(ONCE["art"], word) for word in below) else 0
    return 0


def _columns(rows: list[list[Cell]], start: int, complain: Complaint) -> dict[str, int]:
    """Field to column; those of both sides as `von_ars`, `nach_ars` and so on."""
    width = max(len(rows[start]), len(rows[start - 1]))
    own = [[_plain(rows[at][column]) for at in (start - 1, start) if column < len(rows[at])] for column in range(width)]
    found: dict[str, list[int]] = {
        name: [at for at, words in enumerate(own) if any(re.fullmatch(form, word) for word in words)]
        for name, form in ONCE.items()
    }
    side, sided = "", []
    for words in own:
        side = next((name for name, word in SIDES.items() if words and word in words[0]), side)
        sided.append(side)
    for name, form in BOTH.items():
        at = [column for column, words in enumerate(own) if any(re.fullmatch(form, word) for word in words)]
        found |= {f"{side}_{name}": [column for column in at if sided[column] == side] for side in SIDES}
    for name, at in found.items():
        if len(at) != 1:
            complain(
                "Eine Spalte fehlt oder steht zweimal.",
                row=start + 1,
                column=", ".join(map(letter, at)) or name,
                expected=f"eine Spalte „{name}“",
                found=f"{len(at)} Spalten",
                remedy="Die Überschriften mit der Veröffentlichung vergleichen. " + AGAIN,
            )
    return {name: at[0] for name, at in found.items()}


def _unit(heading: Cell, start: int, columns: Mapping[str, int], complain: Complaint) -> str:
    """The unit of the area, from the words above it."""
    unit = UNITS.get(_plain(heading).removeprefix("fläche").removeprefix("in"))
    if unit is None:
        complain(
            "Die Einheit der Fläche steht nicht in der Überschrift.",
            row=start + 1,
            column=letter(columns["flaeche"]),
            expected="Fläche in " + ", ".join(UNITS),
            found=text_of(heading),
            remedy=AGAIN,
        )
    return unit


def _records(
    rows: list[list[Cell]], first: int, columns: Mapping[str, int], complain: Complaint
) -> tuple[list[dict[str, Any]], list[str], list[str]]:
    """One dictionary per change, the lines under the table, and the units of the rows left out."""
    records, below, above = [], [], []
    for at in range(first, len(rows)):
        cells = {name: rows[at][column] if column < len(rows[at]) else "" for name, column in columns.items()}
        if not any(text_of(cell) for cell in rows[at]):
            continue
        if text_of(cells["einheit"]) in ABOVE:
            above.append(_unit_above(at + 1, cells, columns, complain))
        elif re.search("[0-9]", text_of(cells["von_ars"])) or text_of(cells["einheit"]) in LEVELS:
            records.append(_record(at + 1, cells, columns, complain))
        else:
            below.append(" ".join(text for cell in rows[at] if (text := text_of(cell))))
    if not records:
        complain(
            "Die Tabelle hat keine Zeilen.",
            row=first + 1,
            expected="mindestens eine Änderung",
            found="keine",
            remedy=AGAIN,
        )
    return records, below, above


def _unit_above(row: int, cells: Mapping[str, Cell], columns: Mapping[str, int], complain: Complaint) -> str:
    """The unit of a row to leave out; its keys must be of such a unit, or the row is a Gemeinde with a wrong word."""
    unit = text_of(cells["einheit"])
    digits = ABOVE[unit]
    for side in SIDES:
        ars = cells[f"{side}_ars"]
        if not isinstance(ars, str) or not re.fullmatch(f"[0-9]{{{digits}}}0*", ars.strip()) or len(ars.strip()) > 12:
            expected = f"Text mit {digits} Ziffern bei der Einheit {unit}"
            _refuse(row, f"{side}_ars", expected, ars, "Regionalschlüssel", columns, complain)
    return unit


def _record(row: int, cells: Mapping[str, Cell], columns: Mapping[str, int], complain: Complaint) -> dict[str, Any]:
    level = LEVELS.get(text_of(cells["einheit"]))
    if level is None:
        _refuse(row, "einheit", ", ".join([*LEVELS, *ABOVE]), cells["einheit"], "Regionaleinheit", columns, complain)
    record: dict[str, Any] = {"row": row, "level": level, "cells": cells}
    for side in SIDES:
        record[side] = _key(row, side, level, cells, columns, complain)
        record[f"{side}_ars"] = text_of(cells[f"{side}_ars"])
        record[f"{side}_name"] = text_of(cells[f"{side}_name"])
    record["art"] = _kinds(row, cells["art"], columns, complain)
    for name in ("juristisch", "statistisch"):
        found = days(text_of(cells[name]))
        if len(found) != 1:
            _refuse(row, name, "ein Tag (TT.MM.JJJJ)", cells[name], "Datum", columns, complain)
        record[name] = found[0]
    record["kennziffer"] = text_of(cells["kennziffer"])
    return record


def _key(
    row: int, side: str, level: str, cells: Mapping[str, Cell], columns: Mapping[str, int], complain: Complaint
) -> str:
    """The official key of one side: AGS of a Gemeinde, 9 digits of an association."""
    ars, ags = cells[f"{side}_ars"], cells[f"{side}_ags"]
    form = "[0-9]{9}" if level == "verband" else ARS.pattern
    if not isinstance(ars, str) or not re.fullmatch(form, ars.strip()):
        expected = f"Text mit {9 if level == 'verband' else 12} Ziffern"
        _refuse(row, f"{side}_ars", expected, ars, "Regionalschlüssel", columns, complain)
    if level == "verband":
        if text_of(ags):
            _refuse(row, f"{side}_ags", "leer bei einem Gemeindeverband", ags, "Gemeindeschlüssel", columns, complain)
        return ars.strip()
    key = ags_of_ars(ars.strip())
    if not isinstance(ags, str) or ags.strip() != key:
        _refuse(
            row, f"{side}_ags", f"{key} als Text, wie im Regionalschlüssel", ags, "Gemeindeschlüssel", columns, complain
        )
    return key


def _kinds(row: int, cell: Cell, columns: Mapping[str, int], complain: Complaint) -> str:
    """The kinds of change of a row, `3` or `3, 4`."""
    kinds = re.split(r"\s*[,;/+]\s*", text_of(cell))
    if not set(kinds) <= set(KINDS):
        known = "; ".join(f"{number} = {name}" for number, name in KINDS.items())
        _refuse(row, "art", known, cell, "Änderungsart", columns, complain)
    return ", ".join(sorted(set(kinds)))


def _refuse(
    row: int, name: str, expected: str, found: Cell, what: str, columns: Mapping[str, int], complain: Complaint
) -> NoReturn:
    complain(
        f"Eine Angabe ist nicht lesbar: {what}.",
        row=row,
        column=letter(columns[name]),
        expected=expected,
        found=text_of(found) + ("" if isinstance(found, str) else " (eine Zahl, kein Text)") or "leer",
        remedy=AGAIN,
    )


def _check_legend(below: Sequence[str], complain: Complaint) -> None:
    """The key to the kinds of change stands under the table and says what this program takes them for."""
    said = {match[1]: match[2] for text in below if (match := _LEGEND.match(text))}
    if set(said) != set(KINDS) or not all(said[kind].startswith(name) for kind, name in KINDS.items()):
        complain(
            "Die Erläuterung der Änderungsarten unter der Tabelle fehlt oder ist eine andere.",
            row="unter der Tabelle",
            column="A",
            expected="; ".join(f"{number} = {name}" for number, name in KINDS.items()),
            found="; ".join(f"{number} = {name}" for number, name in said.items())
            or "keine; ist die Datei vollständig?",
            remedy=AGAIN + " Hat der Herausgeber die Arten geändert, es der Entwicklung melden.",
        )


def _figures(records: list[dict[str, Any]], columns: Mapping[str, int], unit: str, complain: Complaint) -> pl.DataFrame:
    frames = []
    for item, label, printed in (("flaeche", "Fläche", unit), ("bevoelkerung", "Einwohner", "Personen")):
        column = letter(columns[item])
        rows = [record["row"] for record in records]
        filled = [at for at, record in enumerate(records) if text_of(record["cells"][item])]
        refuse = refuser(complain, [rows[at] for at in filled], column, SIGNS)
        read = cell_values([records[at]["cells"][item] for at in filled], SIGNS, refuse)
        values: list[float | None] = [None] * len(records)
        for at, value in zip(filled, read["value"], strict=True):
            if value < 0 or (value % 1 and item == "bevoelkerung"):
                _refuse(rows[at], item, "eine Zahl ab 0", records[at]["cells"][item], label, columns, complain)
            values[at] = value
        frames.append(
            pl.DataFrame(
                {
                    "row": rows,
                    "place": [column] * len(rows),
                    "source_key": [record["von_ars"] for record in records],
                    "key": [record["von"] for record in records],
                    "level": [record["level"] for record in records],
                    "name": [record["von_name"] for record in records],
                    "time": [record["statistisch"] for record in records],
                    "dimensions": [_dimensions(record) for record in records],
                    "dimension_labels": [_labels(record) for record in records],
                    "value": values,
                },
                schema_overrides={"value": pl.Float64},
            ).with_columns(
                time_kind=pl.lit("stichtag"),
                item=pl.lit(item),
                item_label=pl.lit(label),
                unit=pl.lit(printed),
                status=pl.when(pl.col("value").is_null()).then(pl.lit("missing")).otherwise(pl.lit("reported")),
                quality=pl.lit("final"),
            )
        )
    frame = pl.concat(frames)
    twice = frame.filter(~pl.struct("key", "level", "time", "item", "dimensions").is_first_distinct())
    if twice.height:
        complain(
            "Eine Änderung steht zweimal in der Tabelle.",
            row=twice["row"][0],
            expected="jede Änderung einmal",
            found=f"{twice['key'][0]}, {twice['dimensions'][0]}",
            remedy=AGAIN,
        )
    return frame


def _dimensions(record: Mapping[str, Any]) -> str:
    parts = {
        "NACH": record["nach"],
        "NACH_ARS": record["nach_ars"],
        "ART": record["art"],
        "JURISTISCH": record["juristisch"],
        "KENNZIFFER": record["kennziffer"],
    }
    return SEPARATOR.join(f"{name}={value}" for name, value in parts.items())


def _labels(record: Mapping[str, Any]) -> str:
    kinds = ", ".join(KINDS[kind] for kind in record["art"].split(", "))
    return f"aufnehmend={record['nach_name']}{SEPARATOR}Änderungsart={kinds}"


def _check_period(
    frame: pl.DataFrame, title: str, columns: Mapping[str, int], agreed: Agreed, complain: Complaint
) -> None:
    """Days of the statistics lie in the period of the title or soon after, and the period is the agreed one."""
    period = _PERIOD.search(title)
    if period is None:
        complain(
            "Der Titel nennt keinen Zeitraum.",
            row=1,
            column="A",
            expected="Gebietsänderungen vom TT.MM. - TT.MM.JJJJ",
            found=title[:80] or "kein Titel",
            remedy=AGAIN,
        )
    start, end = (
        day for text in (f"{period[1]}{period[2] or period[4]}", f"{period[3]}{period[4]}") for day in days(text)
    )
    law = pl.col("dimensions").str.extract("JURISTISCH=([0-9-]+)")
    delay = (pl.col("time").str.to_date() - law.str.to_date()).dt.total_days()
    soon = law.is_between(pl.lit(start), pl.lit(end)) & delay.is_between(0, LATER)
    outside = frame.filter(~pl.col("time").is_between(pl.lit(start), pl.lit(end)) & ~soon)
    if outside.height:
        complain(
            "Eine Änderung liegt nicht im Zeitraum des Titels.",
            row=outside["row"][0],
            column=letter(columns["statistisch"]),
            expected=f"{start} bis {end}, oder höchstens {LATER} Tage nach einem juristischen Tag in diesem Zeitraum",
            found=outside["time"][0],
            remedy=AGAIN,
        )
    if agreed.time and not (start[: len(agreed.time)] <= agreed.time <= end[: len(agreed.time)]):
        complain(
            "Die Zeit ist nicht die angegebene.",
            row=1,
            column="A",
            expected=agreed.time,
            found=f"{start} bis {end}",
            remedy=COMPARE,
        )


FORMAT = Format("gebietsaenderungen", "Gebietsänderungen", "Statistisches Bundesamt (Destatis)", recognises, read)
