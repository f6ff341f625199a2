"""What every reader of an official file returns: one tidy table, the same columns whatever the format.

What belongs here: the columns and what must hold between them, what a reader is told beforehand, what it leaves out.
What does not: any format (the modules beside this one), items of the atlas (`pipelines.sources.mapping`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from pipelines.contracts import WITH_VALUE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from geopandas import GeoDataFrame

    from pipelines.readers.csv_text import Complaint
    from pipelines.readers.rawfile import RawFile

# One row per figure. `row` and `place` are those a person sees in the file (first line or sheet row is 1; `place` is
# the name of the column, in workbooks its letter); `source_key` is the key as written, `key` its official form as text;
# `dimensions` holds `CODE=code` of every dimension but area and time, in the order of the file, joined by "; ", an
# empty code meaning the total; `sign` is the publisher's own sign or mark, null beside a plain number.
COLUMNS: dict[str, type[pl.DataType]] = {
    "row": pl.Int64,
    "place": pl.String,
    "source_key": pl.String,
    "key": pl.String,
    "level": pl.String,
    "name": pl.String,
    "time": pl.String,
    "time_kind": pl.String,
    "item": pl.String,
    "item_label": pl.String,
    "dimensions": pl.String,
    "dimension_labels": pl.String,
    "value": pl.Float64,
    "unit": pl.String,
    "status": pl.String,
    "quality": pl.String,
    "sign": pl.String,
    "basis": pl.String,
}
# What identifies a figure; no two rows of a file share it
KEY = ("key", "level", "time", "time_kind", "item", "dimensions")
LEVELS = (
    "bund",
    "land",
    "regierungsbezirk",
    "region",
    "kreis",
    "verband",
    "gemeinde",
    "gemeindefrei",
    "bezirk",  # districts of a city, 8 digits like a Gemeinde but below one
    "ortsteil",
    "wahlkreis",
    "stimmbezirk",
    "briefwahlbezirk",
    "zelle",
    "summe",  # sums of a publisher that are no area of the administration
)
TIME_KINDS = ("stichtag", "jahr", "jahresdurchschnitt", "zeitraum")
SEPARATOR = "; "
SHOWN = 10
COMPARE = "Prüfen, ob es die richtige Datei ist; sonst die Option oder den Eintrag im Lieferschein berichtigen."
# How a person tells what a file does not say, in messages of readers
TELL_TIME = "mit --zeit angeben, z. B. --zeit {}; bei einer abgelegten Datei als time im Lieferschein"
TELL_LEVEL = "mit --ebene angeben, z. B. --ebene {}; bei einer abgelegten Datei als level im Lieferschein"


@dataclass(frozen=True)
class Agreed:
    """What a catalogue entry or a person says about a file beforehand; None: nothing is said.

    `time` is also what a file without a time gets. `existing` names the keys of areas that existed at the time, by
    level; with it a dash of an area that did not exist is told from a zero.
    """

    code: str | None = None
    time: str | None = None
    level: str | None = None
    basis: str | None = None
    keys: tuple[str, ...] | None = None
    existing: Mapping[str, frozenset[str]] | None = None


NOTHING_AGREED = Agreed()


@dataclass(frozen=True)
class Refused:
    """What a reader left out, and why, in German; `rows` counts figures."""

    what: str
    reason: str
    rows: int


@dataclass(frozen=True)
class Reading:
    """A file as read: its format, what it says of itself, its figures, and what was left out.

    `waits_for_time`: figures were left out that are read once their day is agreed, because the file does not name it.
    `outlines`: only of formats with shapes, one row per area: row, layer, key, level, name, source_key, area (m2) and
    geometry, in the projection `pipelines.readers.vg250.OUTLINES`.
    """

    file: RawFile
    format: str
    title: str
    frame: pl.DataFrame
    code: str | None = None
    stand: str | None = None
    attribution: str | None = None
    notes: tuple[str, ...] = ()
    refused: tuple[Refused, ...] = field(default=())
    waits_for_time: bool = False
    outlines: GeoDataFrame | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Format:
    """One official format: its key in catalogue and sheets, its name for people, who publishes it, how it is read.

    `recognises` looks at the unpacked file and never raises; `read` raises InputError for everything not as agreed.
    """

    key: str
    name: str
    publisher: str
    recognises: Callable[[RawFile], bool]
    read: Callable[[RawFile, Agreed], Reading]


def tidy(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame in the columns, types and total order of every reading; absent columns become null.

    Raises ValueError for what only a fault of a reader can cause: unknown columns or words, a value that contradicts
    its status, a figure twice.
    """
    unknown = set(frame.columns) - set(COLUMNS)
    if unknown:
        raise ValueError(f"unknown columns: {sorted(unknown)}")
    frame = frame.with_columns(pl.lit(None).alias(name) for name in COLUMNS if name not in frame.columns)
    frame = frame.select(pl.col(name).cast(dtype) for name, dtype in COLUMNS.items())
    _hold(frame)
    # Formats of one figure per row keep the order of the file, so that a million rows need no sorting
    if (frame["row"].diff().drop_nulls() > 0).all():
        return frame
    return frame.sort("row", "place", "time", "item", "dimensions", maintain_order=True)


def _hold(frame: pl.DataFrame) -> None:
    """The invariants every reading keeps; a reader tells a user of a faulty file before it comes to this."""
    broken = {
        "level": ~pl.col("level").is_in(LEVELS),
        "time_kind": ~pl.col("time_kind").is_in(TIME_KINDS),
        "value": pl.col("status").is_in(WITH_VALUE) != pl.col("value").is_not_null(),
        "finite": pl.col("value").is_not_null() & ~pl.col("value").is_finite(),
        "zero": (pl.col("status") == "zero") & (pl.col("value") != 0),
        "sign": pl.col("value").is_null() & pl.col("sign").is_null() & (pl.col("status") != "missing"),
    }
    needed = ("row", "key", "level", "time", "time_kind", "item", "dimensions", "unit", "status", "quality")
    broken |= {name: pl.col(name).is_null() for name in needed if frame[name].null_count()}
    found = frame.select(rule.any().alias(name) for name, rule in broken.items()).row(0, named=True)
    for name in (name for name, holds in found.items() if holds):
        raise ValueError(f"{name}: {frame.filter(broken[name]).row(0, named=True)}")
    # Different hashes are different keys: only equal ones need the comparison of all columns
    if frame.select(KEY).hash_rows().n_unique() < frame.height and frame.select(KEY).is_duplicated().any():
        first = frame.filter(frame.select(KEY).is_duplicated()).row(0, named=True)
        raise ValueError(f"a figure twice: {first}")


def check_agreed(frame: pl.DataFrame, agreed: Agreed, complain: Complaint, code: str | None = None) -> None:
    """Raise InputError when a file that says it all itself contradicts what was agreed about it.

    frame: columns key, source_key, level, time and basis; keys may be agreed in either form. A level counts only with a
    figure that has a value. A code is compared when the file names one.
    """
    if agreed == NOTHING_AGREED:
        return
    times = frame["time"].unique().sort().to_list()
    levels = frame["level"].filter(frame["value"].is_not_null()).unique().sort().to_list()
    bases = frame["basis"].drop_nulls().unique().sort().to_list()
    facts = (
        ("Die Tabelle", agreed.code, [code] if code else [], code is None or agreed.code == code),
        ("Die Zeit", agreed.time, times, agreed.time in times),
        ("Die Ebene", agreed.level, levels, agreed.level in levels),
        ("Die Basis", agreed.basis, bases, not bases or agreed.basis in bases),
    )
    for what, wanted, found, good in facts:
        if wanted is not None and not good:
            complain(
                f"{what} ist nicht die angegebene.",
                expected=wanted,
                found=", ".join(found[:SHOWN]) or "keine",
                remedy=COMPARE,
            )
    known = {*frame["key"].unique().to_list(), *frame["source_key"].drop_nulls().unique().to_list()}
    absent = sorted(set(agreed.keys or ()) - known)
    if absent:
        complain(
            "Gebiete, die angegeben sind, fehlen in der Datei.",
            expected=f"{len(agreed.keys or ())} Gebiete",
            found="es fehlen " + ", ".join(absent[:SHOWN]) + (" und weitere" if len(absent) > SHOWN else ""),
            remedy=COMPARE,
        )
