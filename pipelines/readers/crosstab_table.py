"""What rows and columns of a crosstab mean: areas, times, items, dimensions, units, and its figures as a tidy table.

What belongs here: the layout of GENESIS crosstabs, whoever's table it is. What does not: cutting a file into its parts
(`crosstab_parts`), the headings above the figures (`crosstab_header`), what one publisher adds (`crosstab`, `zensus`).

Columns without a heading hold labels (time, key, name, further dimensions of the rows, item, unit), told apart by what
they hold, so that their order does not matter; columns with a heading hold figures or marks of their quality.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import polars as pl

from pipelines.geography import keys
from pipelines.readers import signs
from pipelines.readers.crosstab_header import (
    QUALITY_HEADINGS,
    UNIT,
    Heading,
    code_of_label,
    headings,
    period,
    time_of_titles,
)
from pipelines.readers.crosstab_parts import GET_AGAIN, KEY, TIME, Parts
from pipelines.readers.reading import KEY as FIGURE
from pipelines.readers.reading import SEPARATOR, Agreed, Refused, tidy
from pipelines.readers.text import slug
from pipelines.readers.workbook import letter

if TYPE_CHECKING:
    from collections.abc import Callable

# Beside a number: marks of `signs`, and brackets for limited reliability
QUALITY_MARKS = ("", *signs.MARKS, "()")
# Words of the English editions, whose decimal mark is a point in some tables
ENGLISH = re.compile(r"number|per cent|Inh/.+|(?:18|19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]")
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


def table(parts: Parts, agreed: Agreed, *, basis: str | None = None, time: str | None = None) -> Table:
    """The figures of a crosstab.

    agreed: `time` is what a table without a time gets. basis, time: what the publisher says of all its tables. Raises
    InputError for columns that cannot be told, a missing time, a key, sign or unit that is not known, a figure that
    stands twice, and whatever contradicts `agreed`.
    """
    labels, values, marks = _columns(parts)
    heads = headings(parts, values)
    times = _times(parts, labels, heads, agreed.time or time)
    long = _long(parts, labels, heads, marks, times)
    read = _read(parts, long)
    _refuse_twice(parts, read)
    settled, refused = _settled(parts, read, agreed)
    frame = tidy(settled.with_columns(basis=pl.lit(agreed.basis or basis, dtype=pl.String)))
    _hold_agreed(parts, frame, agreed)
    return Table(frame, refused, _notes(parts, labels))


def _columns(parts: Parts) -> tuple[Labels, list[int], dict[int, int]]:
    """Columns of labels; positions of figures; position of figures to that of their marks of quality."""
    headed = [any(cells[at] for _, cells in parts.header) for at in range(parts.width)]
    filled = [(parts.body[str(at)] != "").any() for at in range(parts.width)]
    plain = [at for at in range(parts.width) if not headed[at] and filled[at]]
    if not any(_all(parts, at, KEY) for at in plain):
        plain = _labelled(parts)
    figures = [at for at in range(parts.width) if at not in plain and (headed[at] or filled[at])]
    marks: dict[int, int] = {}
    for at in [*plain, *figures]:
        if at and _is_quality(parts, at, bool(headed[at])):
            if at - 1 not in figures or at - 1 in marks or at - 1 in marks.values():
                _refuse_column(parts, at, "eine Spalte mit Zahlen links von ihren Qualitätskennzeichen", "keine")
            marks[at - 1] = at
    plain = [at for at in plain if at not in marks.values()]
    values = [at for at in figures if at not in marks.values()]
    if not values:
        _refuse_column(parts, parts.width - 1, "mindestens eine Spalte mit Überschrift und Zahlen", "keine")
    return _labels(parts, plain), values, marks


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
            _refuse_column(
                parts, at, "ein amtlicher Schlüssel oder eine Beschriftung", strange[str(at)][0], strange["row"][0]
            )
    return found


def _labels(parts: Parts, plain: list[int]) -> Labels:
    key = next((at for at in plain if _all(parts, at, KEY)), None)
    if key is None:
        _refuse_keys(parts, plain)
    time = next((at for at in plain if at != key and _all(parts, at, TIME)), None)
    others = [at for at in plain if at not in (key, time)]
    unit = next((at for at in others if _all(parts, at, f"^(?:{UNIT.pattern})$")), None)
    words = [at for at in others if at != unit]
    blank = next((at for at in words if (parts.body[str(at)] == "").any()), None)
    if blank is not None:
        row = parts.body.filter(pl.col(str(blank)) == "")["row"][0]
        _refuse_column(parts, blank, "eine Beschriftung", "leer", row)
    name = _name(parts, key, words)
    words.remove(name)
    item = next((at for at in reversed(words) if unit is not None and at < unit), None)
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


def _times(parts: Parts, labels: Labels, heads: list[Heading], agreed: str | None) -> dict[str | int, tuple[str, str]]:
    """Time and its kind by the text in the rows, or by the position of a column."""
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
        firsts = parts.body.group_by(name, maintain_order=True).agg(pl.col("row").first())
        return {text: period(parts, text, row) for text, row in firsts.iter_rows()}
    found = time_of_titles(parts) or agreed
    if found is None:
        parts.complain(
            "Die Tabelle nennt keine Zeit.",
            row=parts.first_row,
            expected="ein Jahr oder einen Stichtag in einer Spalte, im Kopf oder im Titel",
            found="keine Zeit",
            remedy="Die Zeit auf der Seite der Datenbank nachsehen und im Lieferschein als time angeben "
            "(JJJJ oder JJJJ-MM-TT); sie wird weder aus dem Dateinamen noch aus „Stand:“ genommen.",
        )
    return {head.at: period(parts, found, parts.first_row) for head in heads}


def _long(
    parts: Parts, labels: Labels, heads: list[Heading], marks: dict[int, int], times: dict[str | int, tuple[str, str]]
) -> pl.DataFrame:
    """One row per figure: all columns of a reading but what becomes of the cell, and `cell` and `mark` as text."""
    body = parts.body
    code, label = _row_dimensions(parts, labels)
    places = _areas(parts, labels)
    time = "group" if labels.time is None else str(labels.time)
    index = body.select(
        "row",
        source_key=pl.col(str(labels.key)),
        key=pl.col(str(labels.key)).replace_strict({key: area for key, (area, _) in places.items()}),
        level=pl.col(str(labels.key)).replace_strict({key: level for key, (_, level) in places.items()}),
        name=pl.col(str(labels.name)),
        written=pl.col(time),
        row_code=code,
        row_label=label,
        row_item=pl.lit(None, pl.String) if labels.item is None else pl.col(str(labels.item)),
        row_unit=pl.lit(None, pl.String) if labels.unit is None else pl.col(str(labels.unit)),
    )
    empty = pl.Series("mark", [""], dtype=pl.String)
    pieces = []
    for head in heads:
        kept = index.with_columns(
            column=pl.lit(head.at, pl.Int32),
            cell=body[str(head.at)],
            mark=body[str(marks[head.at])] if head.at in marks else empty.new_from_index(0, body.height),
        )
        pieces.append(kept)
    long = pl.concat(pieces)
    by = {head.at: head for head in heads}
    return long.with_columns(
        place=_by_column({at: letter(at) if parts.workbook else head.place for at, head in by.items()}),
        time=_time(times, 0),
        time_kind=_time(times, 1),
        item_label=pl.coalesce("row_item", _by_column({at: head.item for at, head in by.items()})),
        unit=pl.coalesce("row_unit", _by_column({at: head.unit for at, head in by.items()})),
        dimensions=_joined("row_code", {at: head.codes for at, head in by.items()}),
        dimension_labels=_joined("row_label", {at: head.labels for at, head in by.items()}),
    ).with_columns(
        item=pl.col("item_label").replace_strict({one: slug(one) for one in long_items(by, index)}),
    )


def long_items(heads: dict[int, Heading], index: pl.DataFrame) -> set[str]:
    """All labels of items, from headings and rows."""
    return {head.item for head in heads.values()} | set(index["row_item"].drop_nulls().unique())


def _by_column(found: dict[int, str]) -> pl.Expr:
    return pl.col("column").replace_strict(found, return_dtype=pl.String)


def _time(times: dict[str | int, tuple[str, str]], which: int) -> pl.Expr:
    by_column = isinstance(next(iter(times)), int)
    found = {known: time[which] for known, time in times.items()}
    return pl.col("column" if by_column else "written").replace_strict(found, return_dtype=pl.String)


def _joined(rows: str, columns: dict[int, str]) -> pl.Expr:
    both = pl.concat_list(pl.col(rows), _by_column(columns))
    return both.list.eval(pl.element().filter(pl.element() != "")).list.join(SEPARATOR)


def _row_dimensions(parts: Parts, labels: Labels) -> tuple[pl.Expr, pl.Expr]:
    """Codes and labels of the dimensions between key and figures."""
    if not labels.rest:
        return pl.lit(""), pl.lit("")
    codes, words = [], []
    for number, at in enumerate(labels.rest, start=1):
        heading = " ".join(dict.fromkeys(cells[at] for _, cells in parts.header if cells[at]))
        variable = slug(heading).upper() or f"ZEILE{number}"
        found = code_of_label(parts.body[str(at)].unique(maintain_order=True).to_list())
        column = pl.col(str(at))
        codes.append(column.replace_strict({label: f"{variable}={code}" for label, code in found.items()}))
        words.append(pl.concat_str(pl.lit(f"{heading}=" if heading else ""), column.str.replace_all(";", ",")))
    return pl.concat_str(codes, separator=SEPARATOR), pl.concat_str(words, separator=SEPARATOR)


def _areas(parts: Parts, labels: Labels) -> dict[str, tuple[str, str]]:
    """Official key and level of every key in the file."""
    found = parts.body[str(labels.key)].unique(maintain_order=True).to_list()
    long = [key for key in found if len(key) == 8]
    gemeinden = re.search("Tiefe: ?Gemeinden", " ".join(parts.titles)) or parts.code.endswith("-5")
    city_districts = not gemeinden and all(keys.is_city_district(key) for key in long)
    areas = {}
    for key in found:
        area = keys.area_of_genesis(key, city_districts=city_districts)
        if area is None:
            row = parts.body.filter(pl.col(str(labels.key)) == key)["row"][0]
            _refuse_column(parts, labels.key, "ein amtlicher Schlüssel", key, row)
        areas[key] = area
    return areas


def _read(parts: Parts, long: pl.DataFrame) -> pl.DataFrame:
    """Figures with value, status, quality and sign."""
    refuse = signs.refuser(parts.complain, long["row"], long["place"], signs.GENESIS)
    mark = long["mark"]
    unknown = (~mark.is_in(QUALITY_MARKS)).arg_true()
    if unknown.len():
        refuse(unknown[0], mark[unknown[0]])
    published = _signs(parts, long, refuse)
    cell, mark = pl.col("cell"), pl.col("mark")
    marked = long.select(
        pl.when(cell.is_in(list(published.table)) | (mark == ""))
        .then(cell)
        .when(mark == "()")
        .then(pl.concat_str(pl.lit("("), cell, pl.lit(")")))
        .otherwise(pl.concat_str(cell, mark))
    ).to_series()
    return long.hstack(signs.values(marked, published, refuse))


def _signs(parts: Parts, long: pl.DataFrame, refuse: Callable[[int, str], NoReturn]) -> signs.Signs:
    """The signs with the decimal mark of the edition: the comma, or in English tables the point if they use it."""
    words = [cell for _, cells in parts.header for cell in cells] + long["written"].drop_nulls().unique().to_list()
    if not any(ENGLISH.fullmatch(word) for word in words):
        return signs.GENESIS
    comma, point = long["cell"].str.contains("[0-9],[0-9]"), long["cell"].str.contains("[0-9][.][0-9]")
    # A comma before three digits may part thousands in an English table, and both marks in one contradict each other
    doubtful = (long["cell"].str.contains("[0-9],[0-9]{3}$") | (comma & point.any())).arg_true()
    if doubtful.len():
        refuse(doubtful[0], long["cell"][doubtful[0]])
    return signs.Signs(signs.GENESIS.publisher, signs.GENESIS.table, "." if point.any() else ",")


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
        found=f"{first['source_key']}, {first['time']}, {first['item_label']} {first['dimension_labels']}".strip(),
        remedy="Die Tabelle noch einmal abrufen; stehen zwei Spalten unter derselben Überschrift oder zwei Zeilen mit "
        "demselben Schlüssel darin, beim Herausgeber nachfragen.",
    )


def _settled(parts: Parts, read: pl.DataFrame, agreed: Agreed) -> tuple[pl.DataFrame, tuple[Refused, ...]]:
    """Figures without levels that carry no number at a time, dashes told apart; and those levels."""
    dash = pl.col("status") == signs.DASH
    bare = (dash.any() & pl.col("value").is_null().all()).over("level", "time")
    frame = read.with_columns(bare=bare)
    without = frame.filter("bare").group_by("level", "time", maintain_order=True).len()
    refused = tuple(
        Refused(f"Ebene {level} {time}", "Die Tabelle enthält für diese Ebene und Zeit keine einzige Zahl.", rows)
        for level, time, rows in without.iter_rows()
    )
    kept = signs.settle_dashes(frame.filter(~pl.col("bare")), agreed.existing)
    if kept.is_empty():
        parts.complain(
            "Die Tabelle enthält keine einzige Zahl.",
            row=parts.first_row,
            expected="Zahlen",
            found="nur Zeichen",
            remedy="Die Tabelle für eine andere Ebene oder Zeit abrufen.",
        )
    columns = ["row", "place", "source_key", "key", "level", "name", "time", "time_kind", "item", "item_label"]
    columns += ["dimensions", "dimension_labels", "value", "unit", "status", "quality", "sign"]
    return kept.select(columns), refused


def _hold_agreed(parts: Parts, frame: pl.DataFrame, agreed: Agreed) -> None:
    """What was said beforehand is what the file holds."""
    held = {
        "time": (agreed.time, frame["time"].unique().sort().to_list(), "Zeit"),
        "level": (agreed.level, frame["level"].unique().sort().to_list(), "Ebene"),
    }
    for column, (wanted, found, word) in held.items():
        if wanted is not None and wanted not in found:
            parts.complain(
                f"Die vereinbarte {word} steht nicht mit Zahlen in der Tabelle.",
                row=parts.first_row,
                column=column,
                expected=wanted,
                found=", ".join(found[:10]),
                remedy="Den Eintrag im Lieferschein berichtigen oder die vereinbarte Tabelle abrufen.",
            )
    absent = [key for key in agreed.keys or () if key not in set(frame["key"])]
    if absent:
        parts.complain(
            "Ein vereinbartes Gebiet steht nicht in der Tabelle.",
            row=parts.first_row,
            column="key",
            expected=", ".join(absent[:10]),
            found=f"{frame['key'].n_unique()} andere Gebiete",
            remedy="Die Tabelle für alle vereinbarten Gebiete abrufen.",
        )


def _notes(parts: Parts, labels: Labels) -> tuple[str, ...]:
    """What a person should know: rows that a complete table would have."""
    names = ["group" if labels.time is None else str(labels.time), str(labels.key), *map(str, labels.rest)]
    names += [] if labels.item is None else [str(labels.item)]
    whole = 1
    for name in names:
        whole *= parts.body[name].n_unique()
    missing = whole - parts.body.height
    if missing <= 0:
        return ()
    return (f"Von {whole} möglichen Zeilen (Zeit × Gebiet × Merkmal) fehlen {missing}: beim Abruf ausgeblendet.",)


def _is_quality(parts: Parts, at: int, headed: bool) -> bool:
    """Whether a column holds marks of quality: nothing else, or nothing at all under the heading of its neighbour."""
    cells = parts.body[str(at)]
    if not cells.is_in(QUALITY_MARKS).all():
        return False
    if (cells != "").any():
        return True
    own, left = ([line[column] for _, line in parts.header] for column in (at, at - 1))
    return headed and (own == left or any(word in QUALITY_HEADINGS for word in own))


def _all(parts: Parts, at: int, pattern: str) -> bool:
    return bool(parts.body[str(at)].str.contains(pattern).all())


def _refuse_keys(parts: Parts, plain: list[int]) -> NoReturn:
    """The column that looks most like keys, and what in it is none."""
    at = max(plain, key=lambda one: parts.body[str(one)].str.contains(KEY).sum(), default=0)
    strange = parts.body.filter(~pl.col(str(at)).str.contains(KEY))
    found = strange[str(at)][0]
    zero = keys.restore_zero(found)
    if zero is not None:
        parts.complain(
            "Ein Schlüssel hat seine führende Null verloren.",
            row=strange["row"][0],
            column=f"Zelle {at + 1}",
            expected=zero,
            found=found,
            remedy=GET_AGAIN,
        )
    _refuse_column(
        parts,
        at,
        "DG oder ein Schlüssel mit 2, 3, 5, 8, 9 oder 12 Ziffern in jeder Zeile",
        found or "leer",
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
