"""Grids of official statistics, and which of their cells belong to which polygons.

What belongs here: the geographical grid of the European statistics (EPSG:3035, square cells named by their lower left
corner, INSPIRE data specification on geographical grid systems), cells as text keys and as places, shares of cells in
polygons, worked out once per version of the geometry and kept as Parquet. What does not: arithmetic on edges
(`raster`), values (`allocation`), files with cells (`pipelines.readers.zensus_gitter`).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from pipelines.geography import raster
from pipelines.geography.shapes import projection

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

CRS = "EPSG:3035"
# Cells smaller than this would not fit into an address
SMALLEST = 10
KEY = r"^CRS3035RES([0-9]+)mN([0-9]+)E([0-9]+)$"
FOLDER = "gitter"
# Part of every cached file's name: to be raised when the arithmetic changes what it gives
EDITION = b"1"
SIZES = {100: "100 m", 1_000: "1 km", 10_000: "10 km"}
CENTRE, AREA = "Zellmittelpunkt", "Flächenanteil"
# The basis of shares that nothing steers
SURFACE = "Fläche"
Way = Callable[["Cells", pl.DataFrame], "Shares"]


@dataclass(frozen=True)
class Cells:
    """Cells of one grid, each once, in the order of rows from the south and columns from the west.

    size: metres; frame: cell (text, INSPIRE identifier), east, north (metres, lower left corner).
    """

    size: int
    frame: pl.DataFrame

    @property
    def name(self) -> str:
        """The grid in words, for a method."""
        return f"{SIZES.get(self.size, f'{self.size} m')}-Gitter".replace(" ", "-")

    @property
    def address(self) -> NDArray[np.int64]:
        """The place of every cell as in `raster`, ascending."""
        north, east = (self.frame[name].to_numpy() // self.size for name in ("north", "east"))
        return (north << raster.SHIFT) + east


@dataclass(frozen=True, eq=False)
class Shares:
    """How sources (cells, or areas) divide among targets.

    sources, targets: keys, in the order their places count; pairs: source, target (places), share of the source, above
    0 and together at most 1 per source. held: what every source holds of the basis; total: what every target holds of
    it, also where no source is at hand. method, basis: in German, for the columns of results. several: sources in areas
    that overlap.
    """

    sources: pl.Series
    targets: pl.Series
    pairs: pl.DataFrame
    held: NDArray[np.float64]
    total: NDArray[np.float64]
    method: str
    basis: str
    several: int = 0

    @cached_property
    def matrix(self) -> csr_array:
        """Shares as targets × sources: its product with values of the sources is one item of the targets."""
        from scipy.sparse import csr_array

        # Places of 32 bits: half of what a product reads
        target, source = (self.pairs[name].cast(pl.Int32).to_numpy() for name in ("target", "source"))
        share = self.pairs["share"].to_numpy()
        return csr_array((share, (target, source)), shape=(len(self.targets), len(self.sources)))

    @cached_property
    def covered(self) -> NDArray[np.float64]:
        """What the sources at hand give every target of the basis."""
        return self.matrix @ self.held

    @cached_property
    def left(self) -> NDArray[np.float64]:
        """How much of every source no target has."""
        return np.maximum(1 - self.matrix.sum(axis=0), 0.0)

    @cached_property
    def blank(self) -> NDArray[np.int64]:
        """Places of the sources that hold nothing of the basis, so that something else divides them."""
        return np.flatnonzero(self.held == 0)


def inspire_id(size: pl.Expr, north: pl.Expr, east: pl.Expr) -> pl.Expr:
    """The identifier of cells from cell size and lower left corner, metres."""
    return pl.format("CRS3035RES{}mN{}E{}", size, north, east)


def cells_of_ids(ids: pl.Series) -> Cells:
    """The cells named by INSPIRE identifiers, those named twice once.

    Raises ValueError for anything that is no identifier, for several cell sizes, and for a corner off the grid.
    """
    parts = pl.col("cell").str.extract_groups(KEY).struct
    read = (
        pl.DataFrame({"cell": ids.unique()})
        .lazy()
        .with_columns(size=parts.field("1"), north=parts.field("2"), east=parts.field("3"))
        .with_columns(pl.col("size", "north", "east").cast(pl.Int64))
        .collect()
    )
    sizes = read["size"].unique().to_list()
    if len(sizes) != 1 or sizes[0] is None:
        raise ValueError(f"no cells of one size: sizes {sizes[:3]}")
    return _cells(read, sizes[0])


def cells_of_centres(x: pl.Series, y: pl.Series, size: int) -> Cells:
    """The cells of `size` metres around centres in EPSG:3035, those named twice once.

    Raises ValueError for places that are no centres, such as corners.
    """
    half = size / 2
    corners = pl.DataFrame({"east": x - half, "north": y - half}).unique().cast(pl.Int64, strict=False)
    keys = corners.with_columns(cell=inspire_id(pl.lit(size), pl.col("north"), pl.col("east")))
    if any(((place - half) % size != 0).any() for place in (x, y)):
        raise ValueError(f"no centres of cells of {size} m")
    return _cells(keys, size)


def _cells(frame: pl.DataFrame, size: int) -> Cells:
    if size < SMALLEST or frame.null_count().sum_horizontal().item():
        raise ValueError(f"no cells of {size} m")
    if frame.select((pl.col("north", "east") % size != 0).any()).row(0) != (False, False):
        raise ValueError(f"corners that are not on the grid of {size} m")
    return Cells(size, frame.select("cell", "east", "north").sort("north", "east"))


def aligned(cells: Cells, items: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Items in the order of `cells`, with null where they have no row, and the number of rows of no such cell.

    items: cell and any columns, one row per cell. Raises ValueError for a cell twice.
    """
    if items["cell"].equals(cells.frame["cell"]):
        return items, 0
    if items["cell"].is_duplicated().any():
        raise ValueError("a cell has several rows")
    joined = cells.frame.select("cell").join(items, on="cell", how="left", maintain_order="left")
    lost = items.height - items.join(cells.frame, on="cell", how="semi").height
    return joined, lost


def areas_in_grid(areas: pl.DataFrame, crs: Any) -> pl.DataFrame:
    """Areas (area_id, geometry as WKB in `crs`) in the projection of the grid, in the order of their keys."""
    import shapely

    ordered = areas.sort("area_id")
    shapes = shapely.from_wkb(ordered["geometry"].to_list())
    placed = shapely.transform(shapes, projection(crs, CRS))
    return pl.DataFrame({"area_id": ordered["area_id"], "geometry": shapely.to_wkb(placed).tolist()})


def by_centre(cells: Cells, areas: pl.DataFrame, folder: Path | None = None) -> Shares:
    """Every cell whole to the area its centre lies in.

    areas: area_id, geometry (valid polygons as WKB in EPSG:3035), as from `areas_in_grid`. folder: of what is derived;
    with it the shares are kept under the hash of geometry and grid, and read when they are wanted again. A centre on a
    common border belongs to exactly one of the areas, a centre in several areas to the first by key. Raises ValueError
    for an area twice or a shape outside of the projection.
    """
    return _shares(cells, areas, raster.centres_inside, CENTRE, folder)


def by_area(cells: Cells, areas: pl.DataFrame, folder: Path | None = None) -> Shares:
    """Every cell by the share of its surface that each area covers; parameters as in `by_centre`.

    Where areas overlap, so that a cell would be given out more than once, they share it in proportion.
    """
    return _shares(cells, areas, raster.coverage, AREA, folder)


def _shares(
    cells: Cells,
    areas: pl.DataFrame,
    way: Callable[[np.ndarray, float], raster.Spans],
    method: str,
    folder: Path | None,
) -> Shares:
    import shapely

    if areas["area_id"].is_duplicated().any():
        raise ValueError("an area has several rows")
    areas = areas.sort("area_id")
    shapes = shapely.from_wkb(areas["geometry"].to_list())
    file = None if folder is None else folder / FOLDER / f"{_hash(cells, areas, method)}.parquet"
    pairs = _kept(file)
    if pairs is None:
        pairs = _pairs(way(np.asarray(shapes), cells.size), cells.address)
        _keep(pairs, file)
    chosen, several = _settled(pairs, method)
    return Shares(
        cells.frame["cell"],
        areas["area_id"],
        chosen,
        np.full(cells.frame.height, float(cells.size**2)),
        shapely.area(shapes),
        f"{method}, {cells.name}",
        SURFACE,
        several=several,
    )


def _pairs(spans: raster.Spans, address: NDArray[np.int64]) -> pl.DataFrame:
    """The cells at hand within spans: source, target and share, in this order."""
    first, end = np.searchsorted(address, spans.start), np.searchsorted(address, spans.end)
    count = end - first
    span = np.repeat(np.arange(len(count)), count)
    source = np.arange(len(span)) + (first - (np.cumsum(count) - count))[span]
    frame = pl.DataFrame(
        {
            "source": source.astype(np.uint32),
            "target": spans.polygon[span].astype(np.uint32),
            "share": spans.share[span],
        }
    )
    return frame.sort("source", "target")


def _settled(pairs: pl.DataFrame, method: str) -> tuple[pl.DataFrame, int]:
    """Pairs that give no source out more than once, and the number of sources that overlapping areas contend for."""
    if method == CENTRE:
        repeated = pairs["source"].eq(pairs["source"].shift(1)).fill_null(False)
        if not repeated.any():
            return pairs, 0
        return pairs.filter(~repeated), pairs.filter(repeated)["source"].n_unique()
    given = np.bincount(pairs["source"].to_numpy(), pairs["share"].to_numpy())
    if not len(given) or given.max() <= 1:
        return pairs, 0
    most = np.maximum(given, 1)[pairs["source"].to_numpy()]
    return pairs.with_columns(share=pairs["share"] / pl.Series(most)), int((given > 1 + raster.ROUNDING).sum())


def _hash(cells: Cells, areas: pl.DataFrame, method: str) -> str:
    """Of everything that decides the pairs: geometry, order of the areas, cells, and how they are worked out."""
    digest = hashlib.sha256(EDITION)
    digest.update(f"{method}|{cells.size}|{cells.frame.height}|{areas.height}".encode())
    digest.update(cells.address.tobytes())
    for area_id, shape in areas.select("area_id", "geometry").iter_rows():
        digest.update(f"|{area_id}|{len(shape)}|".encode())
        digest.update(shape)
    return digest.hexdigest()


def _kept(file: Path | None) -> pl.DataFrame | None:
    """Pairs worked out before; a file that cannot be read is as good as none, it is written anew."""
    if file is None or not file.is_file():
        return None
    try:
        return pl.read_parquet(file, columns=["source", "target", "share"])
    except (pl.exceptions.PolarsError, OSError):
        return None


def _keep(pairs: pl.DataFrame, file: Path | None) -> None:
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        aside = file.with_suffix(f".{os.getpid()}.tmp")
        pairs.write_parquet(aside)
        aside.replace(file)
