"""Umsteigeschlüssel of the BBSR: what share of an area of one year belongs to which area of another.

What belongs here: factors by area, population and employees for one pair of years per sheet. What does not: applying
them, and joining pairs to longer spans: each pair is an estimate of its own, and a chain over a year that is missing
would lose what changed in it.

Source of the format: the workbooks „ref-gemeinden-…“ and „ref-kreise-…“ of the BBSR, one sheet per pair of years, from
each year to the next or from many years to one. Keys are whole numbers that lost a zero; those of Kreise carry three
zeros behind, so that the level is told by the heading („Gemeinden 31.12.2019“, „Kreise 31.12.2019“), never by length.
`key` is the old area, `time` its day; the dimension NACH is the new one, STAND its day. Items: `anteil_flaeche`,
`anteil_bevoelkerung`, `anteil_beschaeftigte` (for area, persons, employees; none is for rates and means) and, of the
old area as a whole, `flaeche`, `bevoelkerung`, `beschaeftigte` in the unit of the heading, which is heads, hundreds
or thousands. A share that is not exactly 0 or 1 has the status `estimated`.
There is no footer: a cut sheet shows where the shares of an old area no longer add to 1, and where whole Länder are
missing at the end; what stands before is still right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import polars as pl

from pipelines.errors import InputError
from pipelines.geography.keys import ends_as_kreis, kreis_of_long, land_part, padded
from pipelines.readers.csv_text import Complaint
from pipelines.readers.reading import Agreed, Format, Reading, Refused, check_agreed, tidy
from pipelines.readers.signs import Signs, cell_values, refuser
from pipelines.readers.text import days
from pipelines.readers.workbook import letter, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.readers.rawfile import RawFile
    from pipelines.readers.workbook import Cell

AGAIN = "Die Datei neu beim BBSR herunterladen und unverändert einlesen."
SIGNS = Signs("Bundesinstitut für Bau-, Stadt- und Raumforschung", {})
LEVELS = {"gemeinden": "gemeinde", "kreise": "kreis", "gemeindeverbände": "verband"}
DIGITS = {"gemeinde": 8, "kreis": 8, "verband": 9}
FACTORS = {"flaeche": "flächen", "bevoelkerung": "bevölkerungs", "beschaeftigte": "beschäftigten"}
AMOUNTS = {"flaeche": "fläche", "bevoelkerung": "bevölkerung", "beschaeftigte": "sozialvers.*beschäftigte"}
LABELS = {"flaeche": "Fläche", "bevoelkerung": "Bevölkerung", "beschaeftigte": "Beschäftigte"}
NOUNS = {"bevoelkerung": "Personen", "beschaeftigte": "Beschäftigte"}
# Published shares are rounded to four digits
TOLERANCE = 1e-3
LAST_LAND = "16"
_PAIR = re.compile(r"^\s*((?:19|20)[0-9]{2})(?:\s*[-–]\s*((?:19|20)[0-9]{2}))?\s*$")
_UNIT = re.compile(r"in(100|1000)$")
# „Gemeinden 31.12.2019“ without blanks, and not „Gemeindename 2019“
_KEYED = re.compile(f"({'|'.join(LEVELS)})(am|zum|stand)?[0-9.]*[0-9]{{4}}(ags)?")


@dataclass(frozen=True)
class Sheet:
    """One pair of years: where its columns are (field to column), what level and days it is about."""

    name: str
    first: int
    level: str
    old: str
    new: str
    columns: dict[str, int]
    units: dict[str, str]
    times: dict[str, str]


def recognises(file: RawFile) -> bool:
    """Whether a sheet has two keys of areas at different days and a share of the area."""
    try:
        return file.is_workbook and any(_head_rows(book.head(s)) for book in [file.workbook] for s in book.names)
    except (InputError, ValueError, IndexError):
        return False


def read(file: RawFile, agreed: Agreed) -> Reading:
    """All pairs of years of a workbook; `agreed.time` is the day of an old area, or `old/new` for one pair.

    Raises InputError for keys and shares of the wrong form, shares of an area that do not add to 1 (more than 0.001
    off; not where the area has nobody to share out), a pair twice, a pair that was agreed but is not there, and what
    else contradicts `agreed`. A sheet whose name and headings name different years is left out.
    """
    book = file.workbook
    complain = book.complain
    frames, refused, seen = [], [], {}
    for name in book.names:
        rows = book.rows(name)
        if not _head_rows(rows):
            if _PAIR.match(name):
                _refuse(
                    complain,
                    name,
                    "Die Überschriften eines Blatts sind nicht zu erkennen.",
                    "zwei Spalten mit Schlüsseln zu zwei Tagen und Anteile",
                    "; ".join(text for cell in rows[0] if (text := text_of(cell)))[:80] if rows else "ein leeres Blatt",
                )
            refused.append(Refused(f"Blatt {name}", "keine Umsteigeschlüssel", 0))
            continue
        sheet = _sheet(name, rows, complain, refused)
        wrong = _contradiction(sheet)
        if wrong:
            refused.append(Refused(f"Blatt {name}", wrong, len(rows) - sheet.first))
            continue
        first = seen.setdefault((sheet.level, sheet.old, sheet.new), name)
        if first != name:
            _refuse(complain, name, "Ein Paar von Jahren steht zweimal.", f"nur in Blatt {first}", f"auch in {name}")
        frames.append(_frame(sheet, rows, complain, refused))
    frame = _whole(frames, refused, complain)
    pairs = [(old, new) for _, old, new in seen]
    frame = _agreed_pair(frame, pairs, agreed, complain)
    old = agreed.time.partition("/")[0] if agreed.time else None
    check_agreed(frame, Agreed(agreed.code, old, agreed.level, agreed.basis, agreed.keys), complain)
    _check_targets(frame, agreed, complain)
    return Reading(
        file=file,
        format=FORMAT.key,
        title=f"Umsteigeschlüssel, Ebene {', '.join(sorted(set(frame['level'])))}",
        frame=frame,
        notes=(
            "Anteile gelten für Anzahlen (Flächenanteil für Flächen), nicht für Quoten und Mittelwerte.",
            "Jedes Paar gilt für sich; Paare werden nicht verkettet.",
            *_gaps(pairs),
            *_breaks(frame),
        ),
        refused=tuple(refused),
    )


def _plain(cell: object) -> str:
    text = text_of(cell).lower().replace("²", "2")
    return re.sub(r"[^a-zäöüß0-9.]", "", text)


def _head_rows(rows: list[list[Cell]]) -> int:
    """How many rows the header has (from the first of the sheet); 0 when it is not this table."""
    for count in range(1, min(len(rows), 12)):
        if any(_is_number(cell) for cell in rows[count]):
            words = {_plain(cell) for row in rows[:count] for cell in row}
            keyed = sum(bool(_KEYED.fullmatch(word)) for word in words)
            return count if keyed == 2 and any("proportional" in word for word in words) else 0
    return 0


def _is_number(cell: Cell) -> bool:
    return isinstance(cell, float | int) and not isinstance(cell, bool)


def _sheet(name: str, rows: list[list[Cell]], complain: Complaint, refused: list[Refused]) -> Sheet:
    """The columns of a sheet by their headings. Raises InputError for a heading that is missing or stands twice."""
    first = _head_rows(rows)
    # A title above the headings stands alone in its row
    head = [row for row in rows[:first] if sum(cell != "" for cell in row) > 1]
    width = max(len(row) for row in head)
    above = ["".join(_plain(row[at]) for row in head if at < len(row)) for at in range(width)]
    said = ["".join(text_of(row[at]) + " " for row in head if at < len(row)) for at in range(width)]
    keys = {at: days(said[at]) for at in range(width) if _KEYED.match(above[at])}
    levels = {LEVELS[match[1]] for at in keys if (match := _KEYED.match(above[at]))}
    dates = sorted({day for found in keys.values() for day in found})
    if len(keys) != 2 or len(dates) != 2 or len(levels) != 1:
        _refuse(
            complain,
            name,
            "Altes und neues Gebiet sind nicht zu erkennen.",
            "zwei Spalten mit Schlüsseln einer Ebene zu zwei Tagen",
            f"{len(keys)} Spalten, Tage {', '.join(dates) or 'keine'}",
        )
    old, new = dates
    columns = {("alt" if found == [old] else "neu"): at for at, found in keys.items()}
    columns |= _names(above, columns)
    for field, word in FACTORS.items():
        _add(columns, f"anteil_{field}", [at for at in range(width) if _is_factor(above[at], word)], name, complain)
    times, units = {}, {}
    for field, form in AMOUNTS.items():
        at = [at for at in range(width) if re.match(form, above[at]) and "proportional" not in above[at]]
        _add(columns, field, at, name, complain)
        if field in columns:
            times[field] = next(iter(days(said[columns[field]])), old)
            units[field] = _unit(field, above[columns[field]], name, complain)
    refused += [
        Refused(f"Spalte {letter(at)} in Blatt {name}", f"Überschrift unbekannt: {said[at].strip()}", len(rows) - first)
        for at in range(width)
        if above[at] and at not in columns.values() and "schlüssel" not in above[at]
    ]
    if not {"anteil_flaeche", "anteil_bevoelkerung"} <= set(columns):
        _refuse(complain, name, "Eine Spalte fehlt.", "Anteile nach Fläche und Bevölkerung", ", ".join(columns))
    return Sheet(name, first, levels.pop(), old, new, columns, units, times)


def _is_factor(heading: str, word: str) -> bool:
    return heading.startswith(word + "proportional") or heading.startswith(word[:-1] + "proportional")


def _names(above: list[str], columns: dict[str, int]) -> dict[str, int]:
    """Columns of names: each stands behind its key, with a key of another form between them in some sheets."""
    found = {}
    for side in ("alt", "neu"):
        behind = [at for at in range(columns[side] + 1, min(columns[side] + 3, len(above))) if "name" in above[at]]
        if behind:
            found[f"name_{side}"] = behind[0]
    return found


def _add(columns: dict[str, int], field: str, at: Sequence[int], sheet: str, complain: Complaint) -> None:
    if len(at) > 1:
        _refuse(complain, sheet, "Zwei Spalten haben dieselbe Überschrift.", f"eine Spalte „{field}“", f"{len(at)}")
    if at:
        columns[field] = at[0]


def _unit(field: str, heading: str, sheet: str, complain: Complaint) -> str:
    """`km²`, or heads, hundreds or thousands; only the heading says which, and it differs from sheet to sheet."""
    if field == "flaeche":
        if not re.search("inkm2$", heading):
            _refuse(complain, sheet, "Die Einheit der Fläche ist unbekannt.", "in km²", heading)
        return "km²"
    rest = re.sub(r"^.*?[0-9]{4}", "", heading)
    match = _UNIT.search(rest)
    if rest and not match:
        _refuse(complain, sheet, "Die Einheit einer Anzahl ist unbekannt.", "in 1000, in 100 oder nichts", heading)
    return f"{match[1]} {NOUNS[field]}" if match else NOUNS[field]


def _contradiction(sheet: Sheet) -> str | None:
    """Why a sheet is left out: its name names other years than its headings, and nobody can say which is right."""
    named = _PAIR.match(sheet.name)
    if named and (named[1] != sheet.old[:4] or (named[2] or sheet.new[:4]) != sheet.new[:4]):
        return f"Blattname und Überschriften nennen verschiedene Jahre: {sheet.old} und {sheet.new}"
    wrong = next((day for field, day in sheet.times.items() if day[:4] != sheet.old[:4]), None)
    return f"Überschriften nennen verschiedene Jahre: {sheet.old} und {wrong}" if wrong else None


def _frame(sheet: Sheet, rows: list[list[Cell]], complain: Complaint, refused: list[Refused]) -> pl.DataFrame:
    """The figures of one sheet in tidy columns."""
    filled = [at for at in range(sheet.first, len(rows)) if _is_filled(rows[at])]
    numbers = pl.Series("row", [at + 1 for at in filled], dtype=pl.Int64)
    cut = {
        field: [rows[at][column] if column < len(rows[at]) else "" for at in filled]
        for field, column in sheet.columns.items()
    }
    table = pl.DataFrame(
        {
            "row": numbers,
            "source_key": [text_of(cell) for cell in cut["alt"]],
            "key": _keys(sheet, "alt", cut["alt"], numbers, complain),
            "nach": _keys(sheet, "neu", cut["neu"], numbers, complain),
            "name": [text_of(cell) or None for cell in cut.get("name_alt", [""] * len(filled))],
            "name_neu": [text_of(cell) for cell in cut.get("name_neu", [""] * len(filled))],
            **{field: _numbers(sheet, field, cut[field], numbers, complain) for field in _figure_fields(sheet)},
        },
        schema_overrides={"name": pl.String, "name_neu": pl.String},
    )
    twice = table.filter(~pl.struct("key", "nach").is_first_distinct())
    if twice.height:
        _refuse(
            complain,
            sheet.name,
            "Ein Übergang steht zweimal.",
            "jeder einmal",
            f"{twice['key'][0]} nach {twice['nach'][0]}",
            int(twice["row"][0]),
        )
    _check_level(sheet, table, complain)
    shares = [_shares(sheet, table, field, complain) for field in FACTORS if f"anteil_{field}" in sheet.columns]
    amounts = [_amounts(sheet, table, field, refused) for field in AMOUNTS if field in sheet.columns]
    return pl.concat([*shares, *amounts])


def _is_filled(row: list[Cell]) -> bool:
    """Whether a row holds figures: more than a lone line of text, as notes under the table are."""
    filled = [cell for cell in row if cell != ""]
    return len(filled) > 1 or any(re.fullmatch("[0-9.,]+", text_of(cell)) for cell in filled)


def _figure_fields(sheet: Sheet) -> list[str]:
    return [field for field in sheet.columns if field in AMOUNTS or field.startswith("anteil_")]


def _keys(sheet: Sheet, side: str, cells: list[Cell], rows: pl.Series, complain: Complaint) -> list[str]:
    """Official keys of whole numbers that lost their zero."""
    keys = []
    for row, cell in zip(rows.to_list(), cells, strict=True):
        try:
            key = padded(text_of(cell).removeprefix("0"), DIGITS[sheet.level])
            keys.append(kreis_of_long(key) if sheet.level == "kreis" else key)
        except ValueError:
            zeros = ", die letzten drei 0" if sheet.level == "kreis" else ""
            _refuse(
                complain,
                sheet.name,
                "Ein Schlüssel hat nicht die Form der Ebene.",
                f"{DIGITS[sheet.level] - 1} oder {DIGITS[sheet.level]} Ziffern{zeros} (Ebene {sheet.level})",
                text_of(cell) or "leer",
                row,
                letter(sheet.columns[side]),
            )
    return keys


def _numbers(sheet: Sheet, field: str, cells: list[Cell], rows: pl.Series, complain: Complaint) -> pl.Series:
    """Numbers from 0 on; an empty amount is null, an empty share an error."""
    share = field.startswith("anteil_")
    filled = [at for at, cell in enumerate(cells) if cell != "" or share]
    numbers = rows.gather(filled)
    column = letter(sheet.columns[field])
    read = cell_values([cells[at] for at in filled], SIGNS, refuser(complain, numbers, f"{sheet.name}!{column}", SIGNS))
    wrong = (~read["value"].is_between(0, 1 + TOLERANCE if share else float("inf"))).arg_true()
    if wrong.len():
        _refuse(
            complain,
            sheet.name,
            "Eine Zahl kann nicht stimmen.",
            "ein Anteil von 0 bis 1" if share else "eine Zahl ab 0",
            f"{read['value'][wrong[0]]:g}",
            int(numbers[wrong[0]]),
            column,
        )
    values = pl.Series(field, [None] * len(cells), dtype=pl.Float64)
    return values.scatter(pl.Series(filled, dtype=pl.UInt32), read["value"])


def _check_level(sheet: Sheet, table: pl.DataFrame, complain: Complaint) -> None:
    """Keys of Gemeinden that all end in three zeros are those of Kreise; a whole country does not end early."""
    if sheet.level == "gemeinde" and table.height > 1 and all(map(ends_as_kreis, table["key"])):
        _refuse(
            complain, sheet.name, "Die Schlüssel sind die von Kreisen.", "Gemeinden, wie die Überschrift sagt", "Kreise"
        )
    laender = sorted(set(table.select(land_part(pl.col("key")))["key"]))
    if laender[0] == "01" and laender[-1] < LAST_LAND and len(laender) == int(laender[-1]):
        _refuse(
            complain,
            sheet.name,
            "Das Blatt ist abgeschnitten: Die letzten Länder fehlen.",
            "Länder 01 bis 16",
            f"Länder bis {laender[-1]}",
            int(table["row"][-1]),
        )


def _shares(sheet: Sheet, table: pl.DataFrame, field: str, complain: Complaint) -> pl.DataFrame:
    """Shares of one kind, checked to add to 1 per old area.

    Where an old area has nobody to share out, the share says nothing: published ones add to 3 there. It is kept as a
    sign without a value unless the area has one successor only.
    """
    share = f"anteil_{field}"
    nobody = (pl.col(field).fill_null(0) == 0) if field in sheet.columns else pl.lit(False)
    sums = table.with_columns(sum=pl.col(share).sum().over("key"), idle=nobody)
    off = (pl.col("sum") - 1).abs() > TOLERANCE
    wrong = sums.filter(off & ~pl.col("idle"))
    if wrong.height:
        words = (
            "Die Anteile eines Gebiets ergeben zusammen nicht 1.",
            f"1 für {wrong['key'][0]}",
            f"{wrong['sum'][0]:.4f}",
        )
        if sums.select(((pl.col(share).sum().over("nach") - 1).abs() <= TOLERANCE).all()).item():
            words = (
                "Die Anteile führen zurück, vom neuen Gebiet zum alten; hin ergeben sie zusammen nicht 1.",
                f"Anteile von {sheet.old} nach {sheet.new}",
                f"Anteile von {sheet.new} nach {sheet.old}",
            )
        _refuse(complain, sheet.name, *words, int(wrong["row"][0]), letter(sheet.columns[share]))
    exact = pl.col(share).is_in((0.0, 1.0))
    return sums.select(
        *_common(sheet, share),
        time=pl.lit(sheet.old),
        item=pl.lit(share),
        item_label=pl.lit(f"Anteil nach {LABELS[field]}"),
        dimensions=pl.format("NACH={}; STAND={}", "nach", pl.lit(sheet.new)),
        dimension_labels=pl.format("neues Gebiet={}", "name_neu"),
        value=pl.when(~off).then(share),
        unit=pl.lit("Anteil"),
        status=pl.when(off)
        .then(pl.lit("not_applicable"))
        .when(exact)
        .then(pl.lit("reported"))
        .otherwise(pl.lit("estimated")),
        quality=pl.lit("final"),
        sign=pl.when(off).then(pl.col(share).cast(pl.String)),
    )


def _amounts(sheet: Sheet, table: pl.DataFrame, field: str, refused: list[Refused]) -> pl.DataFrame:
    """Area, population or employees of old areas; those whose rows disagree are left out."""
    agree = pl.col(field).n_unique().over("key") == 1
    unsure = table.filter(~agree)
    if unsure.height:
        refused.append(
            Refused(f"{LABELS[field]} in Blatt {sheet.name}", "mehrere Zahlen für ein altes Gebiet", unsure.height)
        )
    return table.filter(agree & pl.col("key").is_first_distinct()).select(
        *_common(sheet, field),
        time=pl.lit(sheet.times[field]),
        item=pl.lit(field),
        item_label=pl.lit(LABELS[field]),
        dimensions=pl.lit(""),
        dimension_labels=pl.lit(""),
        value=pl.col(field),
        unit=pl.lit(sheet.units[field]),
        status=pl.when(pl.col(field).is_null()).then(pl.lit("missing")).otherwise(pl.lit("reported")),
        quality=pl.lit("final"),
        sign=pl.lit(None, dtype=pl.String),
    )


def _common(sheet: Sheet, field: str) -> tuple[pl.Expr | str, ...]:
    place = pl.lit(f"{sheet.name}!{letter(sheet.columns[field])}").alias("place")
    return (
        "row",
        place,
        "source_key",
        "key",
        pl.lit(sheet.level).alias("level"),
        "name",
        pl.lit("stichtag").alias("time_kind"),
    )


def _whole(frames: list[pl.DataFrame], refused: list[Refused], complain: Complaint) -> pl.DataFrame:
    """All sheets together; a figure of an old area that several sheets print is kept once, if they agree."""
    if not frames:
        complain(
            "Kein Blatt der Arbeitsmappe ist lesbar.",
            expected="Blätter mit Umsteigeschlüsseln",
            found="; ".join(f"{one.what}: {one.reason}" for one in refused) or "keine",
            remedy=AGAIN,
        )
    frame = pl.concat(frames)
    figure = ["key", "level", "time", "item", "dimensions"]
    wrong = frame.filter(pl.col("value").n_unique().over(figure) > 1)
    if wrong.height:
        first = wrong.row(0, named=True)
        _refuse(
            complain,
            first["place"].partition("!")[0],
            "Zwei Blätter nennen verschiedene Zahlen.",
            f"eine Zahl für {first['key']}, {first['item']}, {first['time']}",
            "mehrere",
            first["row"],
        )
    return tidy(frame.unique(figure, keep="first", maintain_order=True))


def _agreed_pair(
    frame: pl.DataFrame, pairs: list[tuple[str, str]], agreed: Agreed, complain: Complaint
) -> pl.DataFrame:
    """The pair that was agreed as `old/new`, or all; a pair that is not published is not put together from others."""
    if not agreed.time or "/" not in agreed.time:
        return frame
    old, _, new = agreed.time.partition("/")
    if (old, new) not in pairs:
        complain(
            "Für diese beiden Tage gibt es keinen Umsteigeschlüssel; aus mehreren Paaren wird keiner gebildet.",
            expected=f"ein Blatt von {old} nach {new}",
            found=", ".join(f"{first}/{last}" for first, last in pairs[:10]),
            remedy="Beim BBSR die Arbeitsmappe holen, die beide Jahre unmittelbar verbindet.",
        )
    shares = pl.col("dimensions").str.ends_with(f"; STAND={new}") & (pl.col("time") == old)
    return frame.filter(shares | ((pl.col("dimensions") == "") & (pl.col("time").str.slice(0, 4) == old[:4])))


def _check_targets(frame: pl.DataFrame, agreed: Agreed, complain: Complaint) -> None:
    """Every new area exists, where the areas that existed are known."""
    if agreed.existing is None:
        return
    targets = frame.filter(pl.col("dimensions") != "").with_columns(
        nach=pl.col("dimensions").str.extract("^NACH=([0-9]+)")
    )
    for level, keys in agreed.existing.items():
        wrong = targets.filter((pl.col("level") == level) & ~pl.col("nach").is_in(sorted(keys)))
        if wrong.height:
            sheet, _, column = wrong["place"][0].partition("!")
            _refuse(
                complain,
                sheet,
                "Ein neues Gebiet gibt es nicht.",
                f"ein Schlüssel der Ebene {level}",
                wrong["nach"][0],
                int(wrong["row"][0]),
                column,
            )


def _gaps(pairs: list[tuple[str, str]]) -> list[str]:
    """What years are missing between pairs that go from one year to the next."""
    yearly = sorted({int(old[:4]) for old, new in pairs if int(new[:4]) == int(old[:4]) + 1})
    absent = [year for year in range(yearly[0], yearly[-1]) if year not in yearly] if yearly else []
    return [f"Ohne Umsteigeschlüssel zum Folgejahr: {', '.join(map(str, absent))}."] if absent else []


def _breaks(frame: pl.DataFrame) -> list[str]:
    """Where the areas of a day are not the same in two sheets: something is missing in one of them."""
    new = frame.filter(item="anteil_flaeche").select(
        "key",
        day="time",
        nach=pl.col("dimensions").str.extract("^NACH=([0-9]+)"),
        stand=pl.col("dimensions").str.tail(10),
    )
    lists: dict[str, list[set[str]]] = {}
    for (day, stand), rows in new.group_by("day", "stand", maintain_order=True):
        lists.setdefault(str(day), []).append(set(rows["key"]))
        lists.setdefault(str(stand), []).append(set(rows["nach"]))
    found = []
    for day, several in sorted(lists.items()):
        apart = sorted(set.union(*several) - set.intersection(*several))
        if apart:
            found.append(f"{len(apart)} Gebiete am {day} stehen nicht in allen Blättern, etwa {', '.join(apart[:3])}.")
    return found


def _refuse(
    complain: Complaint,
    sheet: str,
    what: str,
    expected: str,
    found: str,
    row: int | None = None,
    column: str | None = None,
) -> NoReturn:
    complain(
        what,
        row=f"{row} im Blatt {sheet}" if row else f"Kopf des Blatts {sheet}",
        column=column or "alle",
        expected=expected,
        found=found,
        remedy=AGAIN,
    )


FORMAT = Format("umsteigeschluessel", "Umsteigeschlüssel", "BBSR", recognises, read)
