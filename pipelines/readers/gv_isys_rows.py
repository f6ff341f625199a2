"""The rows of a Gemeindeverzeichnis workbook: which area each is, by its official key.

What belongs here: kinds of rows, keys from their parts or in one piece, the tree of Kreise and Gemeinden. What does
not: the head (`gv_isys_head`), figures (`gv_isys_figures`). All rows at once: ten editions together have a million.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from pipelines.geography.keys import ags_parts, kreis_part, verband_parts
from pipelines.readers.gv_isys_head import AGAIN, Sheet, joined
from pipelines.readers.reading import Refused
from pipelines.readers.workbook import letter, texts_of

if TYPE_CHECKING:
    from pipelines.readers.csv_text import Complaint

LEVEL = {"10": "land", "20": "regierungsbezirk", "30": "region", "40": "kreis", "50": "verband", "60": "gemeinde"}
GEMEINDE = "60"
# Parts of the key that are filled in a row of each kind; the last three are filled from the left, one more each
PARTS = ("land", "rb", "kreis", "verband", "gemeinde")
KEYS = (*PARTS, "ars", "ags")
FILLED = {"10": 1, "20": 2, "30": 3, "40": 3, "50": 4, "60": 5}
FORMS = {"land": "0[1-9]|1[0-6]", "rb": "[0-9]", "kreis": "[0-9]{2}", "verband": "[0-9]{4}", "gemeinde": "[0-9]{3}"}
# Before associations had keys of four digits, theirs were shorter or absent
OTHER_FORMS = {("30", "kreis"): "[0-9]", (GEMEINDE, "verband"): "[0-9]{4}|[0-9]{0,3}"}
# The kind of a row in editions without Satzart: by the length of its key in one piece, or its last part
JOINED = {2: "10", 3: "20", 4: "30", 5: "40", 9: "50", 8: GEMEINDE, 12: GEMEINDE}
LAST = {"gemeinde": GEMEINDE, "verband": "50", "kreis": "40", "rb": "20", "land": "10"}


@dataclass(frozen=True)
class Areas:
    """The rows of the register and what stands beside them.

    `frame`: at (row from 0), row (from 1), kind (Satzart), level, key, source_key, name; `below`: the lines under the
    table; `refused`: unpopulated areas without a whole key.
    """

    frame: pl.DataFrame
    below: list[str]
    refused: list[Refused]


def areas(sheet: Sheet, complain: Complaint) -> Areas:
    """All areas of a sheet. Raises InputError for an unknown kind of row, a wrong key, an absent end, a broken tree."""
    rows = _rows(sheet)
    rows = rows.with_columns(kind=_kind(sheet))
    _refuse_unknown(sheet, rows, complain)
    below = [joined(sheet.rows[at]) for at in rows.filter(pl.col("kind").is_null())["at"]]
    if not below:
        complain(
            "Die Datei ist abgeschnitten: Unter der Tabelle fehlen die Fußnoten.",
            row=len(sheet.rows),
            expected="Fußnoten und Quellenangabe unter der letzten Zeile",
            found="die Tabelle endet ohne sie",
            remedy=AGAIN,
        )
    rows = rows.drop_nulls("kind")
    unkeyed = rows.filter(_is_unkeyed(sheet))
    refused = [
        Refused(f"Zeile {row} ({name})", "Schlüssel unvollständig, unbewohnt", 1)
        for row, name in unkeyed.select("row", "name").iter_rows()
    ]
    rows = rows.filter(~_is_unkeyed(sheet))
    keyed = _of_parts(sheet, rows, complain) if "gemeinde" in sheet.columns else _of_joined(sheet, rows, complain)
    # Gemeindefreie Gebiete have text mark 65 or 66, and 9 as first digit where the association would be
    free = (pl.col("kind") == GEMEINDE) & (
        pl.col("mark").is_in(("65", "66")) | pl.col("verband").str.starts_with("9").fill_null(False)
    )
    level = pl.when(free).then(pl.lit("gemeindefrei")).otherwise(pl.col("kind").replace_strict(LEVEL))
    frame = keyed.select("at", "row", "kind", level.alias("level"), "key", "source_key", "name")
    _check_tree(frame, complain)
    return Areas(frame, below, refused)


def _rows(sheet: Sheet) -> pl.DataFrame:
    """Every row with a cell as texts of its key, name, mark and population; `<part>_number`: the cell is no text."""
    filled = [at for at in range(sheet.first, len(sheet.rows)) if sheet.rows[at].count("") < len(sheet.rows[at])]
    table = pl.DataFrame({"at": filled}, schema={"at": pl.Int64})
    for name in (*KEYS, "satzart", "mark", "name", "insgesamt"):
        cells = sheet.cells(name, filled)
        number = pl.Series(f"{name}_number", [not isinstance(cell, str) for cell in cells], dtype=pl.Boolean)
        table = table.with_columns(texts_of(cells).alias(name), number)
    return table.with_columns(row=pl.col("at") + 1)


def _is_keyed(name: str) -> pl.Expr:
    """Whether a part of the key holds something of a key, not a word of a line under the table."""
    return pl.col(f"{name}_number") | pl.col(name).str.contains("^[0-9]+$")


def _kind(sheet: Sheet) -> pl.Expr:
    """The Satzart of a row, from its key where the edition has no Satzart; null for a line of text or an unknown."""
    if "satzart" in sheet.columns:
        return pl.when(pl.col("satzart").is_in(list(LEVEL))).then("satzart")
    lead = pl.col(_lead(sheet))
    length = lead.str.len_chars().replace_strict(JOINED, default=None, return_dtype=pl.String)
    last = pl.coalesce(pl.when(_is_keyed(name)).then(pl.lit(kind)) for name, kind in LAST.items())
    keyed = pl.any_horizontal(map(_is_keyed, KEYS))
    return pl.when(keyed).then(pl.when(lead != "").then(length).otherwise(last))


def _lead(sheet: Sheet) -> str:
    return "ags" if "ags" in sheet.columns else "ars"


def _refuse_unknown(sheet: Sheet, rows: pl.DataFrame, complain: Complaint) -> None:
    keyed = pl.any_horizontal(map(_is_keyed, KEYS))
    unknown = rows.filter(pl.col("kind").is_null() & (keyed | pl.col("satzart").str.contains("^[0-9]+$")))
    if unknown.is_empty():
        return
    first = unknown.row(0, named=True)
    if "satzart" in sheet.columns:
        column, expected, found = "satzart", "10, 20, 30, 40, 50 oder 60", first["satzart"] or "leer"
    else:
        column = next(name for name in KEYS if unknown.select(_is_keyed(name)).item(0, 0))
        expected, found = "ein Schlüssel mit 2, 3, 4, 5, 8, 9 oder 12 Stellen", first[_lead(sheet)]
    complain(
        "Eine Zeile gehört zu keiner bekannten Art von Gebieten.",
        row=first["row"],
        column=sheet.letters(column),
        expected=expected,
        found=found,
        remedy=AGAIN,
    )


def _is_unkeyed(sheet: Sheet) -> pl.Expr:
    """A Gemeinde nobody lives in and whose key is not complete, as the shared territory with Luxembourg once was."""
    needed = [name for name in ("land", "rb", "kreis", "gemeinde") if name in sheet.columns]
    if "gemeinde" not in needed:
        return pl.lit(False)
    absent = pl.any_horizontal(pl.col(name) == "" for name in needed)
    return absent & (pl.col("kind") == GEMEINDE) & pl.col("insgesamt").is_in(("", "0", "-", "–"))


def _of_parts(sheet: Sheet, rows: pl.DataFrame, complain: Complaint) -> pl.DataFrame:
    """Rows with key and source_key from the parts of the key, which are checked one by one."""
    wrong = {part: rows.select(~_has_form(sheet, part)).to_series().arg_true() for part in PARTS}
    faulty = min(((found[0], PARTS.index(part)) for part, found in wrong.items() if len(found)), default=None)
    if faulty:
        _refuse_part(sheet, rows.row(faulty[0], named=True), PARTS[faulty[1]], complain)
    kreis = pl.concat_str("land", "rb", "kreis")
    filled = [pl.when(pl.col(part) != "").then(part) for part in PARTS]
    return rows.with_columns(
        key=kreis + pl.when(pl.col("kind") == GEMEINDE).then("gemeinde").otherwise("verband"),
        source_key=pl.concat_str(filled, separator=" ", ignore_nulls=True),
    )


def _form(sheet: Sheet, kind: str, part: str) -> str:
    """The form of a part in rows of a kind; empty where it has none."""
    if PARTS.index(part) >= FILLED[kind] or part not in sheet.columns:
        return ""
    return OTHER_FORMS.get((kind, part), FORMS[part])


def _has_form(sheet: Sheet, part: str) -> pl.Expr:
    forms = {form: [kind for kind in LEVEL if _form(sheet, kind, part) == form] for form in _forms(sheet, part)}
    alike = (pl.col("kind").is_in(kinds) & pl.col(part).str.contains(f"^(?:{form})$") for form, kinds in forms.items())
    return ~pl.col(f"{part}_number") & pl.any_horizontal(alike)


def _forms(sheet: Sheet, part: str) -> set[str]:
    return {_form(sheet, kind, part) for kind in LEVEL}


def _refuse_part(sheet: Sheet, row: dict[str, object], part: str, complain: Complaint) -> None:
    form = _form(sheet, str(row["kind"]), part)
    complain(
        "Ein Schlüssel ist eine Zahl statt Text: Führende Nullen sind verloren."
        if row[f"{part}_number"]
        else "Ein Schlüssel hat nicht die Form, die seine Satzart verlangt.",
        row=int(str(row["row"])),
        column=letter(sheet.columns[part]),
        expected=f"Text der Form {form} bei Satzart {row['kind']}" if form else f"nichts bei Satzart {row['kind']}",
        found=row[part] or "leer",
        remedy=AGAIN,
    )


def _of_joined(sheet: Sheet, rows: pl.DataFrame, complain: Complaint) -> pl.DataFrame:
    """Rows with key, source_key and key of the association, from columns that hold the key in one piece."""
    lengths = {kind: [length for length, meant in JOINED.items() if meant == kind] for kind in LEVEL}
    names = [name for name in ("ars", "ags") if name in sheet.columns]
    for name in names:
        text, digits = pl.col(name), pl.col(name).str.len_chars()
        fits = pl.any_horizontal((pl.col("kind") == kind) & digits.is_in(found) for kind, found in lengths.items())
        good = ~pl.col(f"{name}_number") & fits & text.str.contains(f"^(?:{FORMS['land']})[0-9]*$")
        wrong = rows.filter((text != "") & ~good)
        if wrong.height:
            first = wrong.row(0, named=True)
            complain(
                "Ein Schlüssel hat nicht die Form, die seine Satzart verlangt.",
                row=first["row"],
                column=sheet.letters(name),
                expected=f"Text mit {' oder '.join(map(str, lengths[first['kind']]))} Stellen bei Satzart "
                f"{first['kind']}",
                found=first[name],
                remedy=AGAIN,
            )
    short = {name: _short(name) for name in names}
    rows = rows.with_columns(
        key=pl.coalesce(short.values()),
        source_key=pl.when(pl.col("ars").str.len_chars() >= pl.col("ags").str.len_chars()).then("ars").otherwise("ags"),
    )
    wrong = rows.filter(pl.col("key").is_null() | pl.any_horizontal(one != pl.col("key") for one in short.values()))
    if wrong.height:
        first = wrong.row(0, named=True)
        complain(
            "Regionalschlüssel und Gemeindeschlüssel einer Zeile nennen verschiedene Gebiete.",
            row=first["row"],
            column=sheet.letters("ars", "ags"),
            expected="ein Gebiet",
            found=" und ".join(first[name] for name in names if first[name]) or "leer",
            remedy=AGAIN,
        )
    whole = pl.col("source_key").str.len_chars() == 12
    return rows.with_columns(verband=pl.when(whole).then(verband_parts(pl.col("source_key"))))


def _short(name: str) -> pl.Expr:
    """The key of a column in one piece, the AGS of an ARS of 12 digits; null where it is empty."""
    text = pl.col(name)
    return pl.when(text.str.len_chars() == 12).then(ags_parts(text)).when(text != "").then(text)


def _check_tree(frame: pl.DataFrame, complain: Complaint) -> None:
    """Every area once, every Kreis with a Gemeinde, every Gemeinde with its Kreis."""
    twice = frame.filter(~pl.struct("kind", "key").is_first_distinct())
    if twice.height:
        again = twice.row(0, named=True)
        first = frame.filter(kind=again["kind"], key=again["key"])["row"][0]
        complain(
            "Ein Gebiet steht zweimal im Verzeichnis.",
            row=again["row"],
            column="Schlüssel",
            expected=f"jedes Gebiet einmal; zuerst in Zeile {first}",
            found=f"{again['key']} ({again['name']})",
            remedy=AGAIN,
        )
    gemeinden = frame.filter(kind=GEMEINDE).with_columns(kreis=kreis_part(pl.col("key")))
    kreise = frame.filter(level="kreis")
    empty = kreise.join(gemeinden, left_on="key", right_on="kreis", how="anti", maintain_order="left")
    # Cities that are Kreise themselves (000) have not always a row as Kreis
    needy = gemeinden.filter(~pl.col("key").str.ends_with("000"), ~pl.col("key").str.contains("^...00"))
    alone = needy.join(kreise, left_on="kreis", right_on="key", how="anti", maintain_order="left")
    for lost, what in ((empty, "Gemeinde"), (alone, "Kreis")):
        if kreise.height and lost.height:
            first = lost.row(0, named=True)
            complain(
                "Zeilen des Verzeichnisses fehlen.",
                row=first["row"],
                column="Schlüssel",
                expected="zu jedem Kreis seine Gemeinden, zu jeder Gemeinde ihr Kreis",
                found=f"{first['key']} ({first['name']}) ohne {what}",
                remedy=AGAIN,
            )
