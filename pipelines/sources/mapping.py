"""From a file that was read to figures of the atlas: column maps applied, every figure accounted for.

What belongs here: choosing figures by area, level, time and item, their unit and basis, and the balance. What does not:
reading a format (`pipelines.readers`), the maps themselves (`maps`), joining sources (`pipelines.harmonise`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import polars as pl

from pipelines.contracts import conform, contract
from pipelines.errors import InputError
from pipelines.geography.keys import kreis_of, kreis_part
from pipelines.sources.maps import FOLDER, Column, ColumnMap, column_maps, mapped_sources

if TYPE_CHECKING:
    from pipelines.readers.reading import Reading
    from pipelines.sources.registry import DeliveredFile, Delivery

TAKEN, OUTSIDE, NO_PART, OTHER_LEVEL, OTHER_TIME, NO_ITEM = (
    "übernommen",
    "außerhalb des Kreises",
    "unbekannter Ortsteil",
    "andere Ebene",
    "anderer Zeitraum",
    "kein Merkmal des Atlas",
)
EXAMPLES = 5
PART = "ortsteil"
CLAIM = ["item", "dimensions", "level", "time_kind"]


@dataclass(frozen=True)
class Mapped:
    """Figures by the contract of `raw.<source>`, and where all of the file went, by that of `raw.<source>_bilanz`."""

    frame: pl.DataFrame
    balance: pl.DataFrame


def sources_for(reading: Reading) -> list[str]:
    """Sources of the catalogue whose column maps take at least one figure of a file, in alphabetical order."""
    return [source for source in mapped_sources() if _claimed(reading, maps_of(reading, source))["taken"].any()]


def map_reading(
    reading: Reading,
    file: DeliveredFile,
    delivery: Delivery,
    gemeinden: pl.DataFrame,
    kreis_key: str,
    ortsteile: frozenset[str] = frozenset(),
) -> Mapped:
    """The figures of one file that the column maps of its source take, for the Kreis, its Gemeinden and Ortsteile.

    gemeinden: `raw.gemeinden`; ortsteile: keys of `raw.ortsteile`. What is taken of Gemeinden is taken of their
    Ortsteile; those the district does not list are counted. Raises InputError when nothing is taken, for a Gemeinde of
    the Kreis that is not in gemeinden.csv, another unit than the map says, a basis that is not known or contradicts the
    file, and a value below zero where the map allows none.
    """
    maps = maps_of(reading, delivery.source_id)
    claimed = _placed(_claimed(reading, maps), set(gemeinden["ags"]), kreis_key, ortsteile)
    columns = [column for one in maps for column in one.columns]
    taken = claimed.filter(pl.col("outcome") == TAKEN)
    if taken.is_empty():
        _refuse_nothing(reading, file, delivery, claimed)
    unknown = claimed.filter(pl.col("outcome") == UNKNOWN)
    if unknown.height:
        _refuse_unknown(unknown.row(0, named=True), file)
    rows = [_row(row, columns[row["column"]], file, delivery) for row in taken.iter_rows(named=True)]
    table = f"raw.{delivery.source_id}"
    frame = pl.DataFrame(rows, schema=contract(table).schema(), infer_schema_length=None)
    return Mapped(conform(frame, table), _balance(claimed, file, delivery))


def transcribed(frame: pl.DataFrame) -> pl.DataFrame:
    """The balance of a file in the project's own form, all of whose figures are taken."""
    held = frame.group_by("source_id", "edition", "file").agg(figures=pl.len())
    source_id = frame["source_id"][0]
    filled = held.with_columns(outcome=pl.lit(TAKEN), examples=pl.lit(None, dtype=pl.String), figures=pl.col("figures"))
    return conform(filled.cast({"figures": pl.Int64}), f"raw.{source_id}_bilanz")


UNKNOWN = "unbekannte Gemeinde"
ONE_CENSUS = "Zeiten auf verschiedenen Volkszählungen als getrennte Dateien beziehen und einzeln ablegen."


def maps_of(reading: Reading, source_id: str) -> list[ColumnMap]:
    """The column maps of a source that are meant for a file."""
    items = set(reading.frame["item"].unique())
    return [one for one in column_maps(source_id) if one.covers(reading.format, reading.code, items)]


def _claimed(reading: Reading, maps: list[ColumnMap]) -> pl.DataFrame:
    """The figures with `column`, the number of the column that takes each, `known` (an item of some map) and `taken`.

    Columns are numbered through all maps; where two maps claim a figure the first that holds its time has it.
    """
    frame = reading.frame.with_columns(column=pl.lit(None, dtype=pl.Int64), known=pl.lit(False))
    at = 0
    for one in maps:
        claims = pl.DataFrame(
            [
                (column.item, column.dimensions, level, kind, at + number)
                for number, column in enumerate(one.columns)
                for level in _with_parts(column.levels)
                for kind in column.time_kinds
            ],
            schema={**dict.fromkeys(CLAIM, pl.String), "claim": pl.Int64},
            orient="row",
        )
        times = {time: one.span.holds(time) for time in frame["time"].unique()}
        holds = pl.col("time").replace_strict(times, default=False, return_dtype=pl.Boolean)
        frame = frame.join(claims, on=CLAIM, how="left", maintain_order="left").with_columns(
            column=pl.coalesce("column", pl.when(holds).then("claim")),
            known=pl.col("known") | pl.col("claim").is_not_null(),
        )
        frame = frame.drop("claim")
        at += len(one.columns)
    return frame.with_columns(taken=pl.col("column").is_not_null())


def _with_parts(levels: tuple[str, ...]) -> tuple[str, ...]:
    return (*levels, PART) if "gemeinde" in levels else levels


def _placed(claimed: pl.DataFrame, gemeinden: set[str], kreis_key: str, ortsteile: frozenset[str]) -> pl.DataFrame:
    """The figures with `outcome`: what becomes of each."""
    level, key = pl.col("level"), pl.col("key")
    known = {"kreis": {kreis_key}, "gemeinde": gemeinden, PART: ortsteile}
    here = pl.any_horizontal((level == name) & key.is_in(sorted(keys)) for name, keys in known.items())
    own = kreis_part(key) == kreis_key
    strange = (level == "gemeinde") & own
    return claimed.with_columns(
        outcome=pl.when(~level.is_in(list(known)))
        .then(pl.lit(OTHER_LEVEL))
        .when(~here & (level == PART) & own)
        .then(pl.lit(NO_PART))
        .when(~here & strange & pl.col("taken"))
        .then(pl.lit(UNKNOWN))
        .when(~here)
        .then(pl.lit(OUTSIDE))
        .when(pl.col("taken"))
        .then(pl.lit(TAKEN))
        .when(pl.col("known"))
        .then(pl.lit(OTHER_TIME))
        .otherwise(pl.lit(NO_ITEM))
    )


def _row(row: dict[str, Any], column: Column, file: DeliveredFile, delivery: Delivery) -> dict[str, Any]:
    check_unit(row, column, file, delivery)
    value = row["value"]
    if value is not None and value < 0 and not column.negative:
        _refuse(
            "Eine Anzahl oder Menge ist negativ.",
            row,
            file,
            f"eine Zahl ab 0 ({column.einheit})",
            f"{value:g}",
            f"Den Wert beim Herausgeber klären; kann das Merkmal negativ sein, in {_named(delivery)} „negative: true“ "
            "eintragen.",
        )
    return {
        "source_id": delivery.source_id,
        "edition": delivery.edition,
        "file": file.name,
        "row": row["row"],
        "place": row["place"] or row["item_label"] or row["item"],
        "area_key": row["key"],
        "stichtag": row["time"][:4] if column.only_year else row["time"],
        "merkmal": column.merkmal,
        "auspraegung": column.auspraegung,
        "wert": None if value is None else value / column.divide_by,
        "status": row["status"],
        "quality": row["quality"],
        "basis": _basis(row, column, file, delivery),
        "einheit": column.einheit,
    }


def check_unit(row: dict[str, Any], column: Column, file: DeliveredFile, delivery: Delivery) -> None:
    """Raise InputError for a figure (row of a reading) in another unit than its column map says."""
    if row["unit"] != column.unit:
        _refuse(
            "Eine Angabe steht in einer anderen Einheit als vereinbart.",
            row,
            file,
            f"{column.unit} ({row['item_label'] or row['item']})",
            row["unit"] or "keine Einheit",
            f"Prüfen, ob der Herausgeber die Einheit gewechselt hat; dann {_named(delivery)} berichtigen.",
        )


def _basis(row: dict[str, Any], column: Column, file: DeliveredFile, delivery: Delivery) -> str | None:
    """The census of a figure: that of the map, which must not contradict the file, or else that of file and sheet."""
    if column.bases is None:
        return row["basis"]
    mapped = column.basis(row["time"])
    basis = mapped or row["basis"]
    if basis is None:
        _refuse(
            "Auf welcher Volkszählung eine Zahl beruht, ist nicht bekannt.",
            row,
            file,
            "eine der Volkszählungen VZ1970, VZ1987, Zensus2011, Zensus2022",
            f"keine Angabe für {row['time']}",
            "Beim Herausgeber nachlesen (Fußnoten der Tabelle) und beim Ablegen mit --basis angeben, z. B. --basis "
            f"Zensus2022; bei einer abgelegten Datei als basis im Lieferschein. {ONE_CENSUS}",
        )
    if row["basis"] not in (None, basis):
        _refuse(
            "Die Volkszählung, auf der eine Zahl beruht, ist widersprüchlich.",
            row,
            file,
            f"{basis} für {row['time']} (nach {_named(delivery)})",
            f"{row['basis']} ({'Lieferschein oder --basis' if file.basis else 'Datei'})",
            f"--basis oder den Eintrag basis im Lieferschein weglassen oder berichtigen. {ONE_CENSUS}",
        )
    return basis


def _balance(claimed: pl.DataFrame, file: DeliveredFile, delivery: Delivery) -> pl.DataFrame:
    counted = (
        claimed.group_by("outcome", maintain_order=True)
        .agg(
            figures=pl.len().cast(pl.Int64),
            items=pl.col("item").unique(maintain_order=True).head(EXAMPLES).str.join("; "),
            names=pl.coalesce("name", "key").unique(maintain_order=True).head(EXAMPLES).str.join("; "),
            levels=pl.col("level").unique(maintain_order=True).str.join("; "),
            times=pl.col("time").unique(maintain_order=True).head(EXAMPLES).str.join("; "),
        )
        .with_columns(
            source_id=pl.lit(delivery.source_id),
            edition=pl.lit(delivery.edition),
            file=pl.lit(file.name),
            examples=pl.when(pl.col("outcome") == OTHER_LEVEL)
            .then("levels")
            .when(pl.col("outcome").is_in([OUTSIDE, NO_PART]))
            .then("names")
            .when(pl.col("outcome") == OTHER_TIME)
            .then("times")
            .when(pl.col("outcome") == NO_ITEM)
            .then("items"),
        )
    )
    table = f"raw.{delivery.source_id}_bilanz"
    return conform(counted.select(contract(table).schema().keys()), table)


def _refuse_nothing(reading: Reading, file: DeliveredFile, delivery: Delivery, claimed: pl.DataFrame) -> NoReturn:
    wanted = [column.item for one in maps_of(reading, delivery.source_id) for column in one.columns]
    raise InputError(
        "Aus einer Datei wird keine Zahl übernommen.",
        file=file.path,
        expected="; ".join(dict.fromkeys(wanted)) or _tables(delivery.source_id),
        found=f"{reading.format} {reading.code or reading.title}: "
        + "; ".join(
            f"{outcome} {count}" for outcome, count in claimed.group_by("outcome").len().sort("outcome").rows()
        ),
        remedy="Prüfen, ob es die richtige Tabelle für diesen Kreis ist; ist sie neu, ihre Spalten in "
        f"{_named(delivery)} eintragen (docs/add-a-source.md).",
    )


def _tables(source_id: str) -> str:
    """What the maps of a source take, table by table."""
    return "; ".join(
        f"{'Tabelle ' + ' oder '.join(one.codes) if one.codes else 'jede Tabelle'} ({one.format}): "
        + ", ".join(dict.fromkeys(column.merkmal for column in one.columns))
        for one in column_maps(source_id)
    )


def _refuse_unknown(row: dict[str, Any], file: DeliveredFile) -> NoReturn:
    _refuse(
        "Ein Gebietsschlüssel ist nicht bekannt.",
        row,
        file,
        f"eine Gemeinde des Kreises {kreis_of(row['key'])} aus gebiete/gemeinden.csv",
        f"{row['key']} {row['name'] or ''}".strip(),
        "Den Gebietsstand der Datei prüfen, oder die Gemeinde in gebiete/gemeinden.csv eintragen.",
    )


def _refuse(what: str, row: dict[str, Any], file: DeliveredFile, expected: str, found: str, remedy: str) -> NoReturn:
    raise InputError(
        what,
        file=file.path,
        row=row["row"],
        column=row["place"] or "alle",
        expected=expected,
        found=found,
        remedy=remedy,
    )


def _named(delivery: Delivery) -> str:
    return f"pipelines/sources/{FOLDER.name}/{delivery.source_id}.yml"
