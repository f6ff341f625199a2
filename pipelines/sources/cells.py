"""From a file of grid cells to figures of cells: which of its items the atlas has a use for, and where the rest went.

What belongs here: choosing items by the column map of the source, and the balance. What does not: reading the format
(`pipelines.readers.zensus_gitter`), what cells say about areas (`pipelines.harmonise.cells`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.contracts import conform, contract
from pipelines.geography.allocation import fullest
from pipelines.sources.mapping import EXAMPLES, NO_ITEM, Mapped, check_unit, maps_of

if TYPE_CHECKING:
    from pipelines.readers.reading import Reading
    from pipelines.sources.maps import Column
    from pipelines.sources.registry import DeliveredFile, Delivery

CELL, WEIGHT = "als Gitterzelle gelesen", "als Gewicht der Gitterzellen gelesen"


def map_cells(reading: Reading, file: DeliveredFile, delivery: Delivery) -> Mapped:
    """The figures of one file of cells by the contract of `raw.<source>`, and the balance of all it holds.

    Shares stay shares, in percent. Of an item that only steers one row per cell is taken: the number of its units
    (`allocation.fullest`). A file of which nothing is taken is counted, not refused: a census has more topics. Raises
    InputError for another unit than the map says.
    """
    table = f"raw.{delivery.source_id}"
    columns = [
        column
        for one in maps_of(reading, delivery.source_id)
        if any(map(one.span.holds, reading.frame["time"].unique()))
        for column in one.columns
    ]
    frames = [_figures(reading.frame, column, file, delivery) for column in columns]
    given = {"source_id": delivery.source_id, "edition": delivery.edition, "file": file.name}
    named = [frame.with_columns(pl.lit(value).alias(name) for name, value in given.items()) for frame in frames]
    schema = contract(table).schema()
    figures = pl.concat([pl.DataFrame(schema=schema), *(frame.select(schema.keys()) for frame in named)])
    return Mapped(conform(figures, table), _balance(reading.frame, columns, given, f"{table}_bilanz"))


def _figures(frame: pl.DataFrame, column: Column, file: DeliveredFile, delivery: Delivery) -> pl.DataFrame:
    own = frame.filter(item=column.item)
    own = own if column.steers else own.filter(dimensions=column.dimensions)
    for row in own.filter(pl.col("unit") != column.unit).head(1).iter_rows(named=True):
        check_unit(row, column, file, delivery)
    if column.steers:
        units = fullest(own, column.item).rename({"cell": "key", "number": "units"})
        first = own.unique("key", keep="first", maintain_order=True)
        known = first.join(units, on="key", how="inner", maintain_order="left")
        own = known.with_columns(value="units", status=pl.lit("reported"), quality=pl.lit("limited"))
    return own.select(
        "row",
        "place",
        "status",
        "quality",
        "basis",
        area_key="key",
        stichtag="time",
        merkmal=pl.lit(column.merkmal),
        auspraegung=pl.lit(column.auspraegung),
        wert="value",
        einheit=pl.lit("Prozent" if column.share_of else column.einheit),
    )


def _balance(frame: pl.DataFrame, columns: list[Column], given: dict[str, str], table: str) -> pl.DataFrame:
    steering = [column.item for column in columns if column.steers]
    taken = [(column.item, column.dimensions, CELL) for column in columns if not column.steers]
    schema = {"item": pl.String, "dimensions": pl.String, "outcome": pl.String}
    outcome = pl.when(pl.col("item").is_in(steering)).then(pl.lit(WEIGHT)).otherwise("outcome").fill_null(NO_ITEM)
    counted = (
        frame.join(pl.DataFrame(taken, schema=schema, orient="row"), on=["item", "dimensions"], how="left")
        .with_columns(outcome=outcome)
        .group_by("outcome", maintain_order=True)
        .agg(
            figures=pl.len().cast(pl.Int64),
            examples=pl.col("item").unique(maintain_order=True).head(EXAMPLES).str.join("; "),
        )
        .with_columns(pl.lit(value).alias(name) for name, value in given.items())
        .with_columns(examples=pl.when(pl.col("outcome") == NO_ITEM).then("examples"))
    )
    return conform(counted.select(contract(table).schema().keys()), table)
