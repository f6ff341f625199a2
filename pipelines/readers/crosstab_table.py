"""What rows and columns of a crosstab mean: areas, times, items, dimensions, units, and its figures as a tidy table.

What belongs here: the layout of GENESIS crosstabs, whoever's table it is. What does not: cutting a file into its parts
(`crosstab_parts`), the headings above the figures (`crosstab_header`), what one publisher adds (`crosstab`, `zensus`).

Columns without a heading hold labels (time, key, name, further dimensions of the rows, item, unit), told apart by what
they hold, so that their order does not matter; columns with a heading hold figures or marks of their quality.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, NoReturn

import numpy as np
import polars as pl

from pipelines.geography import keys
from pipelines.readers import genesis, signs
from pipelines.readers.columns import dense
from pipelines.readers.crosstab_header import (
    COUNTED,
    QUALITY_HEADINGS,
    UNIT,
    Heading,
    code_of_label,
    headings,
)
from pipelines.readers.crosstab_parts import GET_AGAIN, IN_PIECES, KEY, TIME, Parts, lost_zero
from pipelines.readers.crosstab_times import period, refuse_other_times, time_of_titles
from pipelines.readers.genesis import PERCENT, QUALITIES
from pipelines.readers.reading import KEY as FIGURE
from pipelines.readers.reading import SEPARATOR, TELL_TIME, Agreed, Refused, check_agreed, tidy
from pipelines.readers.text import shape, slug
from pipelines.readers.workbook import letter

if TYPE_CHECKING:
    from collections.abc import Mapping

# A reading of so many figures takes about 900 MiB
FIGURES = 1_500_000
# A word, as no column of figures or signs holds one
NUMBER = r"^\(?[-+]?[0-9.,]+\)?$"
LABEL = "eine Beschriftung, oder eine Zeit wie 2022, 31.12.2022, 2022/23 oder 1. Quartal 2022"
TEXT = "[A-Za-zÄÖÜäöüß]{2}"


@dataclass(frozen=True)
class Labels:
    """Positions of the columns that hold labels; `rest` those of further dimensions of the rows, from left to right."""

    key: int
    name: int
    time: int | None
    unit: int | None
    item: int | None
    rest: tuple[int, ...]


@dataclass(frozen=True)
class Table:
    """The figures of a crosstab, what was left out of them, and what a reader of them should know."""

    frame: pl.DataFrame
    refused: tuple[Refused, ...]
    notes: tuple[str, ...]


def table(parts: Parts, agreed: Agreed, *, bases: Mapping[str, str] | None = None, time: str | None = None) -> Table:
    """The figures of a crosstab.

    agreed: `time` is what a table without a time gets. bases, time: what the publisher says of all its tables, the
    census by time and the time of a table that names none. Raises InputError for columns that cannot be told, a
    missing time, a key, sign or unit that is not known, a figure that stands twice, lost rows, and whatever
    contradicts `agreed`.
    """
    settled, refused, notes = _figures(parts, agreed, time)
    written = pl.col("time").cast(pl.String)
    basis = written.replace_strict(dict(bases or {}), default=agreed.basis, return_dtype=pl.String)
    frame = tidy(settled.with_columns(basis=basis))
    check_agreed(frame, agreed, parts.complain, parts.code)
    return Table(frame, refused, notes)


def _figures(
    parts: Parts, agreed: Agreed, time: str | None
) -> tuple[pl.DataFrame, tuple[Refused, ...], tuple[str, ...]]:
    """The figures, the levels left out, and what to know of them."""
    labels, values, marks = _columns(parts)
    heads = headings(parts, values, units_in_rows=labels.unit is not None)
    times = _times(parts, labels, heads, time, agreed)
    read = _read(parts, _long(parts, labels, heads, marks, times))
    notes = _check_complete(parts, labels, read)
    _refuse_twice(parts, read)
    if (read["unit"] == "").any():
        notes += ("Die Tabelle nennt nicht zu jeder Zahl eine Maßeinheit.",)
    settled, refused, counts = _settled(parts, read, agreed)
    return settled, refused, (*notes, *counts)


def _columns(parts: Parts) -> tuple[Labels, list[int], dict[int, int]]:
    """Columns of labels; positions of figures; position of figures to that of their marks of quality."""
    headed = [any(cells[at] for _, cells in parts.header) for at in range(parts.width)]
    filled = [(parts.body[str(at)] != "").any() for at in range(parts.width)]
    plain = _unheaded(parts, headed, filled)
    if not any(parts.body[str(at)].str.contains(KEY).sum() * 2 > parts.body.height for at in plain):
        plain = _labelled(parts)
    figures = [at for at in range(parts.width) if at not in plain and (headed[at] or filled[at])]
    marks: dict[int, int] = {}
    for at in sorted([*plain, *figures]):
        if _is_quality(parts, at, headed[at]):
            if at - 1 not in figures or at - 1 in marks.values() or not _belongs(parts, at):
                _refuse_column(
                    parts, at, "links daneben die Spalte mit den Zahlen, zu denen die Zeichen gehören", "keine"
                )
            marks[at - 1] = at
    for at in figures:
        # Beside figures that are all signs the marks are all empty
        if (
            marks
            and at not in (*marks, *marks.values())
            and at + 1 < parts.width
            and not (headed[at + 1] or filled[at + 1])
        ):
            marks[at] = at + 1
    plain = [at for at in plain if at not in marks.values()]
    values = [at for at in figures if at not in marks.values()]
    bare = next((at for at in values if marks and at not in marks), None)
    if bare is not None:
        _refuse_column(parts, bare, "Qualitätskennzeichen neben jeder Spalte mit Zahlen", "keine")
    if not values:
        _refuse_column(parts, parts.width - 1, "mindestens eine Spalte mit Überschrift und Zahlen", "keine")
    return _labels(parts, plain), values, marks


def _unheaded(parts: Parts, headed: list[bool], filled: list[bool]) -> list[int]:
    """Columns without heading that hold labels; one with figures stands under a merged heading to its left."""
    first = headed.index(True)
    found: list[int] = []
    for at in range(parts.width):
        if headed[at] or not filled[at]:
            continue
        kinds = [kind for kind in (KEY, TIME) if _all(parts, at, kind)]
        known = [kind for kind in kinds if any(_all(parts, other, kind) for other in found)]
        # Where key and time stand already, a column that looks like them holds figures; moved ones hold them
        if at < first or kinds != known or not parts.body[str(at)].str.contains(NUMBER).any():
            found.append(at)
    return found


def _labelled(parts: Parts) -> list[int]:
    """Columns of labels where those have headings too: all up to the last one that holds words."""
    words = [
        at
        for at in range(parts.width)
        if parts.body[str(at)].str.contains(TEXT).any() and not _is_quality(parts, at, headed=True)
    ]
    found = list(range(max(words, default=-1) + 1))
    for at in found:
        if not (_all(parts, at, TEXT) or _all(parts, at, KEY) or _all(parts, at, TIME)):
            strange = parts.body.filter(~pl.col(str(at)).str.contains(KEY))
            found, row = strange.select(str(at), "row").row(0)
            _refuse_column(parts, at, "ein amtlicher Schlüssel oder eine Beschriftung", shape(found), row)
    return found


def _labels(parts: Parts, plain: list[int]) -> Labels:
    key = next((at for at in plain if _all(parts, at, KEY)), None)
    if key is None:
        _refuse_keys(parts, plain)
    time = next((at for at in plain if at != key and _all(parts, at, TIME)), None)
    others = [at for at in plain if at not in (key, time)]
    units = [at for at in others if _all(parts, at, f"^(?:{UNIT.pattern})$")]
    unit = next((at for at in units if not parts.body[str(at)].is_in(COUNTED).all()), None)
    words = [at for at in others if at != unit]
    for at in words:
        # Neither an empty cell nor a number or a sign is a label
        strange = parts.body.filter(~pl.col(str(at)).str.contains("[^-0-9.,/()]"))
        if strange.height:
            _refuse_column(parts, at, LABEL, shape(strange[str(at)][0]), strange["row"][0])
    name = _name(parts, key, words)
    words.remove(name)
    left = [at for at in words if unit is not None and at < unit]
    item = left[-1] if left else words[0] if unit is not None and len(words) == 1 else None
    return Labels(key, name, time, unit, item, tuple(at for at in words if at != item))


def _name(parts: Parts, key: int, words: list[int]) -> int:
    """The column whose text belongs to the key alone: names differ from area to area, but not within one."""
    areas = parts.body[str(key)].n_unique()
    per_key = parts.body.group_by(str(key)).agg(pl.col(str(at)).n_unique() for at in words)
    single = [at for at in words if per_key[str(at)].max() == 1]
    found = max(single, key=lambda at: (parts.body[str(at)].n_unique(), at > key, -at), default=None)
    if found is None or parts.body[str(found)].n_unique() * 2 < areas:
        _refuse_column(parts, key, "eine Spalte mit dem Namen des Gebiets neben dem Schlüssel", "keine")
    return found


def _times(
    parts: Parts, labels: Labels, heads: list[Heading], published: str | None, agreed: Agreed
) -> dict[str | int, tuple[str, str]]:
    """Time and its kind by the text in the rows, or by the position of a column.

    published: what the publisher says of a table without a time; an agreed one counts only if no cell names another.
    """
    by_column = {head.at: head.time for head in heads if head.time is not None}
    in_rows = parts.body["group"].is_not_null().any() or labels.time is not None
    if (by_column and in_rows) or (parts.body["group"].is_not_null().any() and labels.time is not None):
        parts.complain(
            "Die Zeit steht an zwei Stellen der Tabelle.",
            row=parts.header[0][0],
            expected="die Zeit in einer Spalte, einer Kopfzeile oder einer eigenen Zeile",
            found="mehrere davon",
            remedy="Die Tabelle mit der Zeit an einer einzigen Stelle abrufen.",
        )
    if by_column:
        return {at: period(parts, time, parts.header[0][0]) for at, time in by_column.items()}
    if in_rows:
        name = "group" if labels.time is None else str(labels.time)
        lost = parts.body.filter(pl.col(name).is_null())
        if lost.height:
            _refuse_column(parts, 0, "eine Zeit über der ersten Zeile mit Zahlen", "keine", lost["row"][0])
        firsts = parts.body.group_by(name, maintain_order=True).agg(pl.col("row").first())
        return {text: period(parts, text, row) for text, row in firsts.iter_rows()}
    said = time_of_titles(parts) or published
    refuse_other_times(parts, _worded(parts, labels, heads), said)
    found = said or agreed.time
    if found is None:
        parts.complain(
            "Die Tabelle nennt keine Zeit.",
            row=parts.first_row,
            expected="ein Jahr oder einen Stichtag in einer Spalte, im Kopf oder im Titel",
            found="keine Zeit",
            remedy=f"Die Zeit auf der Seite der Datenbank nachsehen und {TELL_TIME.format('2022-12-31')}; sie wird "
            "weder aus dem Dateinamen noch aus „Stand:“ genommen.",
        )
    return {head.at: period(parts, found, parts.first_row) for head in heads}


def _worded(parts: Parts, labels: Labels, heads: list[Heading]) -> list[tuple[int, int, str]]:
    """Row, position and text of all headings of figures, and of every different label but keys and names."""
    found = [(row, head.at, cells[head.at]) for row, cells in parts.header for head in heads]
    for at in labels.rest if labels.item is None else (*labels.rest, labels.item):
        firsts = parts.body.group_by(str(at), maintain_order=True).agg(pl.col("row").first())
        found += [(row, at, cell) for cell, row in firsts.iter_rows()]
    return found


def _long(
    parts: Parts, labels: Labels, heads: list[Heading], marks: dict[int, int], times: dict[str | int, tuple[str, str]]
) -> pl.DataFrame:
    """One row per figure: all columns of a reading but what becomes of the cell, and `cell` and `mark` as text."""
    body = parts.body
    if body.height * len(heads) > FIGURES:
        parts.complain(
            "Die Tabelle ist zu groß, um sie auf einmal zu lesen.",
            expected=f"höchstens {FIGURES} Zahlen",
            found=f"{body.height} Zeilen mit je {len(heads)} Zahlen",
            remedy=IN_PIECES,
        )
    index = body.select("row", *_of_rows(parts, labels, times))
    pieces = []
    for head in heads:
        item = pl.col("item_label") if "item_label" in index.columns else _text(head.item)
        unit = pl.col("unit") if "unit" in index.columns else _text(head.unit)
        time, kind = (pl.col("time"), pl.col("time_kind")) if head.at not in times else map(_text, times[head.at])
        share = pl.when(unit.cast(pl.String).is_in(PERCENT)).then(pl.lit(" %")).otherwise(pl.lit(""))
        slugs = {label: slug(label) for label in index.select(item.unique().cast(pl.String)).to_series()}
        pieces.append(
            index.select(
                "row",
                _text(letter(head.at) if parts.workbook else head.place).alias("place"),
                *("source_key", "key", "level", "name"),
                time.alias("time"),
                kind.alias("time_kind"),
                pl.concat_str(item.cast(pl.String).replace_strict(slugs), share).cast(pl.Categorical).alias("item"),
                item.alias("item_label"),
                _joined("row_codes", head.codes).alias("dimensions"),
                _joined("row_labels", head.labels).alias("dimension_labels"),
                unit.alias("unit"),
                cell=body[str(head.at)],
                mark=body[str(marks[head.at])] if head.at in marks else pl.lit(None, pl.String),
            )
        )
    return pl.concat(pieces)


def _of_rows(parts: Parts, labels: Labels, times: dict[str | int, tuple[str, str]]) -> list[pl.Expr]:
    """What the labels of a row say of all its figures; few different texts, therefore as categories."""
    key, places = pl.col(str(labels.key)), _areas(parts, labels)
    codes, words = _row_dimensions(parts, labels)
    found = {
        "source_key": key,
        "key": key.replace_strict({written: area for written, (area, _) in places.items()}),
        "level": key.replace_strict({written: level for written, (_, level) in places.items()}),
        "name": pl.col(str(labels.name)),
        "row_codes": codes,
        "row_labels": words,
    }
    if not isinstance(next(iter(times)), int):
        written = pl.col("group" if labels.time is None else str(labels.time))
        found["time"] = written.replace_strict({text: time for text, (time, _) in times.items()})
        found["time_kind"] = written.replace_strict({text: kind for text, (_, kind) in times.items()})
    if labels.item is not None:
        found["item_label"] = pl.col(str(labels.item))
    if labels.unit is not None:
        found["unit"] = pl.col(str(labels.unit))
    return [expression.cast(pl.Categorical).alias(name) for name, expression in found.items()]


def _text(text: str) -> pl.Expr:
    return pl.lit(text).cast(pl.Categorical)


def _joined(rows: str, column: str) -> pl.Expr:
    """Dimensions of the row, then those of the column."""
    if not column:
        return pl.col(rows)
    before = pl.col(rows).cast(pl.String)
    both = pl.when(before == "").then(pl.lit(column)).otherwise(pl.concat_str(before, pl.lit(SEPARATOR + column)))
    return both.cast(pl.Categorical)


def _row_dimensions(parts: Parts, labels: Labels) -> tuple[pl.Expr, pl.Expr]:
    """Codes and labels of the dimensions between key and figures."""
    if not labels.rest:
        return pl.lit("", pl.String), pl.lit("", pl.String)
    codes, words = [], []
    for number, at in enumerate(labels.rest, start=1):
        heading = " ".join(dict.fromkeys(cells[at] for _, cells in parts.header if cells[at]))
        variable = slug(heading).upper() or f"ZEILE{number}"
        found = code_of_label(parts.body[str(at)].unique(maintain_order=True).to_list())
        column = pl.col(str(at))
        codes.append(column.replace_strict({label: f"{variable}={code}" for label, code in found.items()}))
        words.append(pl.concat_str(pl.lit(f"{heading}: " if heading else ""), column.str.replace_all(";", ",")))
    return pl.concat_str(codes, separator=SEPARATOR), pl.concat_str(words, separator=SEPARATOR)


def _areas(parts: Parts, labels: Labels) -> dict[str, tuple[str, str]]:
    """Official key and level of every key in the file."""
    found = parts.body[str(labels.key)].unique(maintain_order=True).to_list()
    depth = re.search("Tiefe: ?(Kreise|Gemeinden)|-(4|5)$", " ".join((*parts.titles, parts.code)))
    # Tables of Kreise give some cities and districts of cities beside them; where neither title nor code says which
    # areas a table is of, those are known
    among_kreise = (
        "Kreise" in depth[0] or depth[0] == "-4"
        if depth
        else all(keys.is_city_district(key) for key in found if len(key) == 8)
    )
    areas = {}
    for key in found:
        area = keys.area_of_genesis(key, city_districts=among_kreise)
        if area is None:
            row = parts.body.filter(pl.col(str(labels.key)) == key)["row"][0]
            _refuse_column(parts, labels.key, "ein amtlicher Schlüssel", shape(key), row)
        areas[key] = area
    return areas


def _read(parts: Parts, long: pl.DataFrame) -> pl.DataFrame:
    """Figures with value, status, quality and sign, and `structural`, a dash beside which no quality stands."""
    published = genesis.signs_of(long["cell"])
    refuse = signs.refuser(parts.complain, long["row"], long["place"], published)
    read = signs.values(long["cell"], published, refuse)
    beside = long["mark"].fill_null("")
    odd = ~(beside.is_in(list(QUALITIES)) | ((beside == long["cell"]) & read["value"].is_null()))
    if odd.any():
        at = int(odd.arg_true()[0])
        parts.complain(
            "Ein Zeichen zur Qualität ist nicht bekannt oder widerspricht dem Wert.",
            row=long["row"][at],
            column=long["place"][at],
            expected=f"leer, {', '.join(filter(None, QUALITIES))} oder das Zeichen des Wertes",
            found=f"{shape(beside[at])} neben dem Wert",
            remedy=GET_AGAIN,
        )
    # Where a table has no column of quality its absence says nothing
    settled = long.drop("cell").hstack(genesis.qualified(read, beside))
    return settled.with_columns(structural=pl.col("structural") & pl.col("mark").is_not_null()).drop("mark")


def _refuse_twice(parts: Parts, read: pl.DataFrame) -> None:
    twice = read.filter(read.select(FIGURE).is_duplicated())
    if twice.is_empty():
        return
    first = twice.row(0, named=True)
    same = pl.all_horizontal(pl.col(name) == first[name] for name in FIGURE)
    other = twice.filter(same).row(1, named=True)
    parts.complain(
        "Eine Zahl steht zweimal in der Tabelle.",
        row=other["row"],
        column=other["place"],
        expected=f"jede Zahl einmal; zuerst in Zeile {first['row']}, Spalte {first['place']}",
        found=f"noch einmal für {first['source_key']}, {first['time']}",
        remedy="Die Tabelle noch einmal abrufen; stehen zwei Spalten unter derselben Überschrift oder zwei Zeilen mit "
        "demselben Schlüssel darin, beim Herausgeber nachfragen.",
    )


def _settled(parts: Parts, read: pl.DataFrame, agreed: Agreed) -> tuple[pl.DataFrame, tuple[Refused, ...], list[str]]:
    """Figures with their dashes told apart, without levels that hold no number; those levels; what to say of counts."""
    columns = ["row", "place", "source_key", "key", "level", "name", "time", "time_kind", "item", "item_label"]
    columns += ["dimensions", "dimension_labels", "value", "unit", "status", "quality", "sign", "structural"]
    names = {"level": "level", "area": "key", "time": "time", "item": "item", "dimensions": "dimensions"}
    numbers = {what: _numbered(read[name]) for what, name in names.items()}
    figures = read.select(columns).with_columns(**genesis.shared(**numbers))
    notes = genesis.check_counts(figures, parts.complain, parts.code, " ".join(parts.titles))
    settled, refused = genesis.settled(figures, agreed.existing)
    if settled.is_empty() or (agreed.level and agreed.level not in settled["level"]):
        parts.complain(
            "Die Tabelle enthält keine Zahl, die sich verwenden lässt.",
            row=parts.first_row,
            column=parts.header[0][1][-1] or "alle",
            expected=f"Zahlen der Ebene {agreed.level}" if agreed.level else "Zahlen",
            found="; ".join(f"{entry.what}: {entry.reason}" for entry in refused)[:500] or "keine solche Ebene",
            remedy="Die Tabelle mit einer Ebene abrufen, für die der Herausgeber Zahlen veröffentlicht.",
        )
    return settled, tuple(refused), notes


def _numbered(texts: pl.Series) -> np.ndarray:
    """A number for every text, from 0 on without gaps."""
    return dense(texts.cast(pl.Categorical).to_physical().to_numpy())


def _check_complete(parts: Parts, labels: Labels, read: pl.DataFrame) -> tuple[str, ...]:
    """What to know of rows a complete table has and this one lacks.

    Raises InputError when they were lost: the databases leave out empty rows on demand, but then all of them.
    """
    names = ["group" if labels.time is None else str(labels.time), str(labels.key), *map(str, labels.rest)]
    names += [] if labels.item is None else [str(labels.item)]
    whole = prod(parts.body[name].n_unique() for name in names)
    missing = whole - parts.body.height
    if missing <= 0:
        return ()
    empty = read.group_by("row").agg((pl.col("status") == signs.DASH).all()).filter("status")["row"].min()
    if empty is not None:
        parts.complain(
            "Der Tabelle fehlen Zeilen.",
            expected=f"{whole} Zeilen (Zeit × Gebiet × Merkmal); leere sind nicht ausgeblendet, siehe Zeile {empty}",
            found=f"{parts.body.height} Zeilen",
            remedy=GET_AGAIN,
        )
    return (f"Von {whole} möglichen Zeilen (Zeit × Gebiet × Merkmal) fehlen {missing}: beim Abruf ausgeblendet.",)


def _is_quality(parts: Parts, at: int, headed: bool) -> bool:
    """Whether a column holds marks of quality: nothing but them and signs, and a heading that allows it."""
    cells = parts.body[str(at)]
    if at == 0 or not cells.is_in([*QUALITIES, *signs.GENESIS.table]).all():
        return False
    own, left = ([line[column] for _, line in parts.header] for column in (at, at - 1))
    named = own == left or any(word in QUALITY_HEADINGS for word in own)
    # A column of figures may hold signs only; a mark it never holds
    return cells.is_in([mark for mark in QUALITIES if mark]).any() or (named if headed else (cells != "").any())


def _belongs(parts: Parts, at: int) -> bool:
    """Whether the headings of a column of quality are those of its left neighbour, or none."""
    return all(cells[at] in ("", cells[at - 1], *QUALITY_HEADINGS) for _, cells in parts.header)


def _all(parts: Parts, at: int, pattern: str) -> bool:
    return bool(parts.body[str(at)].str.contains(pattern).all())


def _refuse_keys(parts: Parts, plain: list[int]) -> NoReturn:
    """The column that looks most like keys, and what in it is none."""
    at = max(plain, key=lambda one: parts.body[str(one)].str.contains(KEY).sum(), default=0)
    strange = parts.body.filter(~pl.col(str(at)).str.contains(KEY))
    found = strange[str(at)][0]
    if lost_zero(found):
        parts.complain(
            "Ein Schlüssel hat seine führende Null verloren.",
            row=strange["row"][0],
            column=f"Zelle {at + 1}",
            expected=f"{len(found) + 1} Ziffern, die erste eine 0",
            found=shape(found),
            remedy=GET_AGAIN,
        )
    _refuse_column(
        parts,
        at,
        "DG oder ein Schlüssel mit 2, 3, 5, 8, 9 oder 12 Ziffern in jeder Zeile",
        shape(found),
        strange["row"][0],
    )


def _refuse_column(parts: Parts, at: int, expected: str, found: str, row: int | None = None) -> NoReturn:
    parts.complain(
        "Eine Spalte der Tabelle ist nicht wie erwartet.",
        row=parts.first_row if row is None else row,
        column=letter(at) if parts.workbook else f"Zelle {at + 1}",
        expected=expected,
        found=found[:60],
        remedy=GET_AGAIN,
    )
