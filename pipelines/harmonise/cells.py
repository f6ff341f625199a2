"""What grid cells say about Sozialräume that divide a Gemeinde: estimated counts, with where every total went.

What belongs here: which cells and weights are used, shares turned into counts, when too much is unknown. What does not:
the arithmetic of allocation (`pipelines.geography.allocation`), the shapes (`pipelines.geography.rooms`), rates.

- Of several grids of one item that of 1 km counts, its cells divided as the dwellings (else the people) of the cells of
  100 m within them are: small cells withhold more. Without such weights it divides by surface, one of 100 m by centre.
- A share (in percent) is averaged over the people of its cells, and then taken of all people of the Sozialraum.
- What is secret or not given is not zero: its part of the Sozialraum, in dwellings or people, is told beside the value,
  and above MOST_UNKNOWN there is none. Surface tells nothing about people and has no limit.
- Every figure is `estimated`. A Sozialraum of whole Gemeinden gets none: theirs are better.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from pipelines.contracts import conform, contract
from pipelines.geography import allocation, grid
from pipelines.geography.allocation import Allocated
from pipelines.geography.grid import KEY, Cells, Shares
from pipelines.geography.rooms import Rooms
from pipelines.german import number
from pipelines.sources.editions import newer_first
from pipelines.sources.maps import Column, column_maps
from pipelines.sources.registry import CELLS, Delivery, catalogue

LOSSES = "curated.losses"
STEP = "Gitterzellen auf Sozialräume"
NOT_USED = "Gitterzellen ohne Umrechnung"
NO_ROOM = "Kein Sozialraum mit Umriss teilt eine Gemeinde."
NOT_NEEDED = "Gewichte, Zellen anderer Größe, ältere Ausgaben, Anteile ohne ihr Ganzes."
# Share of the dwellings or people of a Sozialraum without a value from which on it has none
MOST_UNKNOWN = 0.1
# Sizes in metres, the first that is there counts
SIZES = (1_000, 100, 10_000)
# What divides larger cells, the first that is there
WEIGHTS = {("wohnungen", "gewicht"): "Wohnungen", ("bevoelkerung", "insgesamt"): "Einwohner"}
FIGURE = ["area_key", "stichtag", "merkmal", "auspraegung"]
Item = tuple[str, str]
Row = dict[str, Any]


@dataclass(frozen=True)
class Estimated:
    """Figures of cut Sozialräume: rows in the columns of `raw.<source>` with `note`, and rows of `curated.losses`."""

    figures: pl.DataFrame
    losses: pl.DataFrame


@dataclass(frozen=True)
class Grid:
    """The cells of one size at one time, and how they divide among Sozialräume; figures: rows of `raw.<source>`."""

    cells: Cells
    figures: pl.DataFrame
    shares: Shares

    def values(self, item: Item, name: str) -> pl.Series:
        """One figure per cell, null where there is none."""
        own = self.rows(item).select("wert", cell="area_key")
        return grid.aligned(self.cells, own)[0]["wert"].alias(name)

    def rows(self, item: Item) -> pl.DataFrame:
        """The rows of an item, in the order of file and row."""
        return self.figures.filter(merkmal=item[0], auspraegung=item[1]).sort("file", "row")


def cell_sources(sources: Iterable[str]) -> list[str]:
    """Those of the sources whose figures are of cells."""
    return sorted({name for name, known in catalogue().items() if known.reader == CELLS} & set(sources))


def figures_of_rooms(cells: pl.DataFrame, rooms: Rooms | None, deliveries: Iterable[Delivery]) -> Estimated:
    """What the cells of one source say about the Sozialräume that divide a Gemeinde.

    cells: `raw.<source>`; rooms: None where the shapes are not known. Every row of cells is counted once in the losses;
    an item that was used says its total in all cells with a value, in Sozialräume and outside. Raises ValueError if a
    total were not conserved.
    """
    rows: list[Row] = []
    losses: list[Row] = []
    if rooms is not None and rooms.cut and cells.height:
        newest = newer_first(cells, FIGURE, deliveries).filter(pl.col("age") == 0).select(cells.columns)
        for _, moment in newest.sort("stichtag").group_by("stichtag", maintain_order=True):
            for made, loss in _Moment(moment, rooms).items():
                rows += made
                losses.append(loss)
    left = cells.height - sum(loss["rows_in"] for loss in losses)
    if left:
        losses.append(_loss(cells["source_id"][0], NOT_USED, left, NOT_NEEDED if losses else NO_ROOM))
    schema = {**cells.schema, "note": pl.String()}
    return Estimated(
        pl.DataFrame(rows, schema=schema, infer_schema_length=None),
        conform(pl.DataFrame(losses, schema=contract(LOSSES).schema()), LOSSES),
    )


class _Moment:
    """All cells of one source at one time."""

    def __init__(self, figures: pl.DataFrame, rooms: Rooms) -> None:
        size = pl.col("area_key").str.extract(KEY, 1).cast(pl.Int64)
        self.figures = figures.with_columns(size=size)
        self.rooms = rooms
        source_id, time = figures.select("source_id", "stichtag").row(0)
        maps = [one for one in column_maps(source_id) if one.span.holds(time)]
        self.columns = {(one.merkmal, one.auspraegung): one for each in maps for one in each.columns}
        self.grids: dict[int, Grid] = {}

    def items(self) -> Iterator[tuple[list[Row], Row]]:
        """Per item its rows for the cut Sozialräume, and where its total went."""
        for item, column in sorted(self.columns.items()):
            whole = self._whole(column)
            size = next((size for size in SIZES if size in self._sizes(item) & self._sizes(whole or item)), None)
            if column.steers or size is None:
                continue
            yield self._estimated(self._grid(size), item, column, whole)

    @cached_property
    def _held(self) -> dict[Item, set[int]]:
        found: dict[Item, set[int]] = {}
        for merkmal, auspraegung, size in self.figures.select("merkmal", "auspraegung", "size").unique().iter_rows():
            found.setdefault((merkmal, auspraegung), set()).add(size)
        return found

    def _sizes(self, item: Item) -> set[int]:
        return self._held.get(item, set())

    def _whole(self, column: Column) -> Item | None:
        """The item a share belongs to."""
        named = (item for item, one in self.columns.items() if one.item == column.share_of)
        return next(named, None) if column.share_of else None

    def _grid(self, size: int) -> Grid:
        if size not in self.grids:
            own = self.figures.filter(size=size)
            cells = grid.cells_of_ids(own["area_key"])
            self.grids[size] = Grid(cells, own, self._shares(cells))
        return self.grids[size]

    def _shares(self, cells: Cells) -> Shares:
        """Divided by what is known of smaller cells, else by surface, the smallest cells by their centre."""
        for item, name in WEIGHTS.items():
            finer = [size for size in self._sizes(item) if size < cells.size]
            if finer:
                fine = self._grid(min(finer))
                by_area = grid.by_area(fine.cells, self.rooms.shapes)
                otherwise = grid.by_area(cells, self.rooms.shapes)
                return allocation.steered(cells, fine.cells, by_area, fine.values(item, name), otherwise)
        way = grid.by_centre if cells.size == min(SIZES) else grid.by_area
        return way(cells, self.rooms.shapes)

    def _estimated(self, own: Grid, item: Item, column: Column, whole: Item | None) -> tuple[list[Row], Row]:
        values = own.values(item, column.item)
        if whole is None:
            found = moved = allocation.counts(own.shares, values)
        else:
            people = own.values(whole, "Einwohner")
            moved = allocation.counts(own.shares, (values / 100 * people).alias(column.item))
            found = _of_all(allocation.means(own.shares, values, people), allocation.counts(own.shares, people))
        rows = own.rows(item)
        balance = moved.balance
        loss = _loss(rows["source_id"][0], f"{STEP}: {item[0]} {item[1]}, {rows['stichtag'][0]}", rows.height, None)
        loss |= {"sum_in": balance.total, "sum_out": balance.allocated, "outside": balance.outside}
        told = f"{number(balance.without_value)} von {number(balance.sources)} Zellen ohne Wert"
        made = [
            _row(rows, one, column, _cells_in(own, at))
            for at, one in enumerate(found.values.iter_rows(named=True))
            if one["area_id"] in self.rooms.cut
        ]
        return made, loss | {"examples": told}


def _of_all(shares: Allocated, people: Allocated) -> Allocated:
    """Counts of a share of people: the share among the people of whom it is known, taken of all people."""
    both = shares.values.with_columns(value=pl.col("value") / 100 * people.values["value"])
    return Allocated(both, shares.balance)


def _cells_in(own: Grid, target: int) -> pl.Series:
    """Keys of the cells of which a Sozialraum has a part."""
    matrix = own.shares.matrix
    places = matrix.indices[matrix.indptr[target] : matrix.indptr[target + 1]]
    return own.cells.frame["cell"][places.tolist()]


def _row(rows: pl.DataFrame, found: Row, column: Column, inside: pl.Series) -> Row:
    """A figure of a Sozialraum; its place in the files is the first of the cells it is made of."""
    made_of = rows.filter(pl.col("area_key").is_in(inside.implode()))
    first = (made_of if made_of.height else rows).drop("size").row(0, named=True)
    note = _note(found)
    known = found["value"] is not None and not _too_unknown(found)
    limited = found["without_value"] > 0 or (made_of["quality"] != "final").any()
    return {
        **first,
        "area_key": found["area_id"],
        "wert": found["value"] if known else None,
        "status": "estimated" if known else "missing",
        "quality": "limited" if limited else "final",
        "einheit": column.einheit,
        "note": note,
    }


def _too_unknown(found: Row) -> bool:
    return found["without_value"] > MOST_UNKNOWN and found["without_value_of"] != grid.SURFACE


def _note(found: Row) -> str:
    if found["value"] is None:
        return "Im Gebiet hat keine Gitterzelle einen Wert."
    part = f"{number(100 * found['without_value'], 1)} Prozent ({found['without_value_of']}) im Gebiet"
    if _too_unknown(found):
        most = number(100 * MOST_UNKNOWN)
        return f"Für {part} hat keine Gitterzelle einen Wert; ab {most} Prozent wird nicht geschätzt."
    unknown = f"; für {part} liegt kein Wert vor" if found["without_value"] > 0 else ""
    return f"Aus Gitterzellen geschätzt: {found['method']}{unknown}."


def _loss(source_id: str, step: str, rows: int, examples: str | None) -> Row:
    return {"step": step, "source_id": source_id, "rows_in": rows, "rows_out": rows, "lost": 0, "examples": examples}
