"""Marks of quality, decimal marks, dashes and levels without numbers in crosstabs of the GENESIS databases.

What belongs here: what gives a figure its status; the same table in its flat form (`ffcsv`) must give the same. What
does not: any layout.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.readers.ffcsv import QUALITIES
from pipelines.readers.reading import Refused
from pipelines.readers.signs import DASH, GENESIS, Signs, settle_dashes

if TYPE_CHECKING:
    from collections.abc import Mapping

POINT = Signs(GENESIS.publisher, GENESIS.table, decimal=".")


def signs_of(cells: pl.Series) -> Signs:
    """Numbers have a decimal comma in both languages; an English edition with points is taken if they can be no others.

    A point before three digits could be a thousands mark, so that one number with fewer or more must prove it.
    """
    broken = cells.filter(cells.str.contains(r"[0-9][.,][0-9]"))
    if broken.str.contains(r"\.(?:[0-9]{1,2}|[0-9]{4,})\)?$").any() and not broken.str.contains(",").any():
        return POINT
    return GENESIS


def qualified(read: pl.DataFrame, beside: pl.Series) -> pl.DataFrame:
    """Values with the codes of quality that stand beside them, and `structural`: a dash without any such code.

    read: as `signs.values` returns it. beside: keys of QUALITIES; anything else counts as the sign once more. A plain
    number is a final one: "e" beside it is no sign, so that editions with and without quality give the same.
    """
    known = beside.replace_strict(list(QUALITIES), list(QUALITIES.values()), default=None, return_dtype=pl.String)
    number = pl.col("value").is_not_null()
    said = number & ~pl.col("beside").is_in(["", "e"])
    frame = read.with_columns(beside=beside, known=known)
    return frame.with_columns(
        structural=(pl.col("status") == DASH) & (pl.col("beside") == ""),
        status=pl.when(number & (pl.col("beside") == "s")).then(pl.lit("estimated")).otherwise("status"),
        quality=pl.when(said).then("known").otherwise("quality"),
        sign=pl.when(said).then("beside").otherwise("sign"),
    ).drop("beside", "known")


def settled(frame: pl.DataFrame, existing: Mapping[str, frozenset[str]] | None) -> tuple[pl.DataFrame, list[Refused]]:
    """Every dash told apart, without levels that carry no number; and those levels.

    frame: columns of a reading, and `structural` as `qualified` gives it.
    """
    if not (frame["status"] == DASH).any():
        return frame.drop("structural"), []
    frame, refused = _without_empty_levels(frame)
    return settle_dashes(_undefined(frame), existing).drop("structural"), refused


def _without_empty_levels(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[Refused]]:
    """Leave out a level that holds nothing but dashes of an indicator at a time: "not published", not zero."""
    empty = (pl.col("status") == DASH).all().over("level", "item", "time")
    frame = frame.with_columns(empty=empty)
    out = frame.filter("empty")
    refused = [
        Refused(
            f"Ebene {level}, {item}, {first if first == last else f'{first} bis {last}'}",
            "keine einzige Zahl auf dieser Ebene; „-“ heißt hier nicht null",
            rows,
        )
        for level, item, first, last, rows in out.group_by("level", "item", maintain_order=True)
        .agg(pl.col("time").min().alias("first"), pl.col("time").max().alias("last"), pl.len())
        .iter_rows()
    ]
    return frame.filter(~pl.col("empty")).drop("empty"), refused


def _undefined(frame: pl.DataFrame) -> pl.DataFrame:
    """Dashes that cannot be zero: no quality stands beside them, or they are among signs only.

    A level without a number says of none of its areas that there is nothing, and neither does a combination of which
    several areas have nothing but dashes.
    """
    bare = ~pl.col("value").is_not_null().any().over("level", "item", "time")
    group = ("level", "item", "time", "dimensions")
    alone = ~pl.col("value").is_not_null().any().over(group) & (pl.len().over(group) > 1)
    undefined = (pl.col("status") == DASH) & (pl.col("structural") | bare | alone)
    return frame.with_columns(status=pl.when(undefined).then(pl.lit("not_applicable")).otherwise("status"))
