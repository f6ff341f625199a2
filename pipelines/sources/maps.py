"""Column maps: which figure of an official format becomes which item of the atlas, as data per source and edition.

What belongs here: reading and checking `maps/<source>.yml` by `maps.schema.json`. What does not: applying a map to a
file that was read (`mapping`), what a source is (`registry`).
"""

from __future__ import annotations

import json
from collections.abc import Container
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from pipelines.errors import InputError
from pipelines.forms.definition import FORMAT_KEY, Form, forms

FOLDER = Path(__file__).resolve().parent / "maps"
SCHEMA = Path(__file__).resolve().parent / "maps.schema.json"
NOT_AGREED = "Ein Eintrag in einer Spaltenzuordnung ist nicht wie vereinbart."
LEVELS = ("gemeinde", "kreis")
TIME_KINDS = ("stichtag", "jahr")
ROUNDED = 2  # how far decimals of a form may add up beside the Kreis, as `pipelines.forms.checking` lets them


@dataclass(frozen=True)
class Span:
    """A stretch of time, both ends included; None is open. A year means all its days."""

    start: str | None
    end: str | None

    def holds(self, time: str) -> bool:
        """Whether a day or year lies in it."""
        return (self.start is None or _last(time) >= _first(self.start)) and (
            self.end is None or _first(time) <= _last(self.end)
        )


@dataclass(frozen=True)
class Column:
    """One item of a format (`item` to `time_kinds`) and what it becomes; `bases` None: the basis is the file's own.

    Of grid cells only: share_of: the item a percentage belongs to; steers: a weight and never a figure.
    """

    item: str
    dimensions: str
    unit: str
    levels: tuple[str, ...]
    time_kinds: tuple[str, ...]
    merkmal: str
    auspraegung: str
    einheit: str
    additive: str
    divide_by: float
    negative: bool
    only_year: bool
    bases: tuple[tuple[Span, str], ...] | None
    share_of: str | None = None
    steers: bool = False

    def basis(self, time: str) -> str | None:
        """The census of a time by the map; None where the map knows none."""
        return next((basis for span, basis in self.bases or () if span.holds(time)), None)


@dataclass(frozen=True)
class ColumnMap:
    """The columns of one format for a source; `codes` None: whatever the table; `span`: the times it speaks about.

    having: items a file must hold for the map to be meant, where the format alone does not tell.
    """

    format: str
    codes: tuple[str, ...] | None
    having: tuple[str, ...]
    span: Span
    columns: tuple[Column, ...]

    def covers(self, format_key: str, code: str | None, items: Container[str]) -> bool:
        """Whether the map is meant for a table of this format with these items."""
        meant = self.format == format_key and (self.codes is None or code in self.codes)
        return meant and all(item in items for item in self.having)


def mapped_sources() -> list[str]:
    """Sources that have column maps, in alphabetical order."""
    return sorted({*(path.stem for path in FOLDER.glob("*.yml")), *forms()})


@cache
def column_maps(source_id: str) -> tuple[ColumnMap, ...]:
    """The maps of a source in file order, or that of its form; none for a source without official formats.

    Raises InputError naming file and line for what the schema refuses and for a figure that two columns claim.
    """
    from pipelines.steering.registers import check_schema, read_located

    path = FOLDER / f"{source_id}.yml"
    if not path.is_file():
        return (_map_of_form(forms()[source_id]),) if source_id in forms() else ()
    content, lines = read_located(path, "Eine Spaltenzuordnung ist nicht lesbar.")
    check_schema(path, content, lines, _schema(), NOT_AGREED)
    found = tuple(_map(entry) for entry in content["maps"])
    for at, one in enumerate(found):
        _refuse_twice(one, path, lines[("maps", at)])
    return found


@cache
def _schema() -> dict[str, Any]:
    return json.loads(SCHEMA.read_text(encoding="utf-8"), parse_float=Decimal)


def _map_of_form(form: Form) -> ColumnMap:
    """A form says itself which item each of its columns is; its figures are counts and amounts, which add up."""
    columns = tuple(
        Column(
            item=item.code,
            dimensions="",
            unit=item.unit,
            levels=LEVELS,
            time_kinds=TIME_KINDS,
            merkmal=item.merkmal,
            auspraegung=item.auspraegung,
            einheit=item.unit,
            additive=f"rounded({ROUNDED})" if item.decimals else "exact",
            divide_by=1.0,
            negative=False,
            only_year=False,
            bases=None,
        )
        for item in form.items
    )
    return ColumnMap(FORMAT_KEY, (form.key,), (), Span(None, None), columns)


def _map(entry: dict[str, Any]) -> ColumnMap:
    codes = entry.get("codes")
    return ColumnMap(
        format=entry["format"],
        codes=None if codes is None else tuple(codes),
        having=tuple(entry.get("having", ())),
        span=Span(entry.get("from"), entry.get("until")),
        columns=tuple(_column(one) for one in entry["columns"]),
    )


def _column(entry: dict[str, Any]) -> Column:
    bases = entry.get("bases")
    return Column(
        item=entry["item"],
        dimensions=entry.get("dimensions", ""),
        unit=entry["unit"],
        levels=tuple(entry.get("levels", LEVELS)),
        time_kinds=tuple(entry.get("time_kinds", TIME_KINDS)),
        merkmal=entry["merkmal"],
        auspraegung=entry["auspraegung"],
        einheit=entry["einheit"],
        additive=entry["additive"],
        divide_by=float(entry.get("divide_by", 1)),
        negative=entry.get("negative", False),
        only_year=entry.get("only_year", False),
        bases=None
        if bases is None
        else tuple((Span(one.get("from"), one.get("until")), one["basis"]) for one in bases),
        share_of=entry.get("share_of"),
        steers=entry.get("steers", False),
    )


def _refuse_twice(one: ColumnMap, path: Path, line: int) -> None:
    claimed: set[tuple[str, ...]] = set()
    for column in one.columns:
        for level in column.levels:
            for kind in column.time_kinds:
                key = (column.item, column.dimensions, level, kind)
                if key in claimed:
                    raise InputError(
                        NOT_AGREED,
                        file=path,
                        row=line,
                        column="columns",
                        expected="jede Angabe der Datei höchstens einmal zugeordnet",
                        found=f"zweimal: {', '.join(part for part in key if part)}",
                        remedy="Einen der beiden Einträge streichen.",
                    )
                claimed.add(key)


def _first(time: str) -> str:
    return f"{time}-01-01" if len(time) == 4 else time


def _last(time: str) -> str:
    return f"{time}-12-31" if len(time) == 4 else time
