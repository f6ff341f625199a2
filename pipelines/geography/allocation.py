"""Figures of cells or areas turned into figures of other areas, by how sources divide among targets.

What belongs here: counts, which add up and keep their total; means and shares, which are weighted and never summed; the
dasymetric division, in which people or dwellings of finer cells steer how a coarser figure is divided (Wright 1936;
Eicher & Brewer 2001). What does not: which cell lies where (`grid`), whether an area may be given such a figure at all:
a Sozialraum gets a figure from cells and Ortsteile, never a share of one that exists for a Gemeinde only.

Every result is `estimated` and names its method. A value that is missing stays missing: it is not zero, and how much of
an area had none stands beside every result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipelines.geography.grid import Cells, Shares

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    Floats = NDArray[np.float64]

# Units of figures that add up, and of those that do not; others are as declared
COUNTED = ("Personen", "Anzahl", "Haushalte", "Wohnungen", "Gebäude")
AVERAGED = ("Prozent", "Jahre", "m2", "Personen je Haushalt")
CONSERVED = 1e-9
NO_VALUE = "keine Zelle mit einem Wert im Gebiet"
PART = "für einen Teil des Gebiets liegt kein Wert vor"
COLUMNS = {
    "area_id": pl.String,
    "value": pl.Float64,
    "status": pl.String,
    "method": pl.String,
    "reason": pl.String,
    "without_value": pl.Float64,
    "without_value_of": pl.String,
}


@dataclass(frozen=True)
class Item:
    """A column of sources: whether its figures add up (extensive), or by which column a mean is weighted.

    A mean without a weight is weighted by the basis of the shares (surface, or what steers them). Raises ValueError for
    a count that is weighted, and for a unit of the other kind.
    """

    name: str
    unit: str
    extensive: bool
    weight: str | None = None

    def __post_init__(self) -> None:
        if self.extensive and (self.weight or self.unit in AVERAGED):
            raise ValueError(f"{self.name} in {self.unit} is a mean or a share: it is never summed")
        if not self.extensive and self.unit in COUNTED:
            raise ValueError(f"{self.name} in {self.unit} is a count: it is never averaged")


@dataclass(frozen=True)
class Balance:
    """Where the total of an item went; of a mean, where its weight went.

    total = allocated + outside. outside: in no target; unsteered: what of the total lies in sources that the basis of
    the shares says nothing about; sources: how many there are; without_value: how many of them have no value;
    without_weight: how many have a value but no weight.
    """

    total: float
    allocated: float
    outside: float
    unsteered: float
    sources: int
    without_value: int
    without_weight: int = 0


@dataclass(frozen=True)
class Allocated:
    """An item of the targets: one row per target in the order of keys (COLUMNS), and where the total went.

    without_value: share (0 to 1) of what lies in the target, counted in `without_value_of`, for which there was no
    value.
    """

    values: pl.DataFrame
    balance: Balance


def allocate(shares: Shares, table: pl.DataFrame, items: Sequence[Item]) -> dict[str, Allocated]:
    """Every item of `table` by name; its rows are the sources of `shares`, see `grid.aligned`."""
    return {
        item.name: counts(shares, table[item.name])
        if item.extensive
        else means(shares, table[item.name], None if item.weight is None else table[item.weight])
        for item in items
    }


def counts(shares: Shares, values: pl.Series) -> Allocated:
    """A count of every target: the parts of its sources, added up.

    values: one per source, null where it is missing. Raises ValueError for negative numbers (codes that were left in)
    and if the total were not conserved.
    """
    numbers, known = _numbers(shares, values)
    found = shares.matrix @ numbers
    covered = shares.covered if known is None else shares.matrix @ (shares.held * known)
    reached = covered > 0
    if len(shares.blank):
        reached |= shares.matrix @ (np.ones(len(numbers)) if known is None else known) > 0
    return Allocated(
        _frame(shares, np.where(reached, found, np.nan), shares.method, _lacking(covered, shares.total), shares.basis),
        _balance(shares, numbers, values, found),
    )


def means(shares: Shares, values: pl.Series, weights: pl.Series | None = None) -> Allocated:
    """A mean or a share of every target: the mean of its sources, weighted by their parts of `weights`.

    weights: a count of every source (persons for a share of persons), under its name for people; without them the basis
    of the shares is the weight. Raises ValueError as `counts`.
    """
    numbers, known = _numbers(shares, values)
    amounts, name = shares.held, shares.basis
    if weights is not None:
        (amounts, _), name = _numbers(shares, weights), weights.name
    carried = amounts if known is None else amounts * known
    weighed = shares.matrix @ carried
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(weighed > 0, (shares.matrix @ (carried * numbers)) / weighed, np.nan)
    method = f"gewichtetes Mittel, Gewicht: {name}; {shares.method}"
    whole = shares.total if weights is None else weighed if known is None else shares.matrix @ amounts
    return Allocated(
        _frame(shares, found, method, _lacking(weighed, whole), name),
        _balance(shares, carried, values, weighed, weights),
    )


def steered(coarse: Cells, fine: Cells, fine_shares: Shares, weights: pl.Series, otherwise: Shares) -> Shares:
    """Coarse cells divided among areas as the weights of the fine cells within them are (dasymetric).

    fine_shares: the fine cells among the areas; weights: one per fine cell, null where nothing is known, which steers
    nothing, under their name for people. A coarse cell without any weight is divided as in `otherwise` (by area).
    """
    if coarse.size % fine.size:
        raise ValueError(f"cells of {coarse.size} m do not consist of cells of {fine.size} m")
    if not fine_shares.targets.equals(otherwise.targets) or not otherwise.sources.equals(coarse.frame["cell"]):
        raise ValueError("the shares are not of the same cells and areas")
    amounts, _ = _numbers(fine_shares, weights)
    return _divided(
        otherwise.sources,
        _within(coarse, fine),
        fine_shares,
        amounts,
        otherwise.matrix,
        f"dasymetrisch, {coarse.name}, Gewicht: {weights.name} im {fine.name} ({fine_shares.method})",
        weights.name,
    )


def between(source: Shares, target: Shares, weights: pl.Series) -> Shares:
    """Areas divided among other areas as the weights of the cells in both are (dasymetric).

    source, target: the same cells among the areas to be divided and among the areas wanted, both by centre, so that an
    area within another stays within it. weights: one per cell, named as in `steered`. An area without any weight is
    divided by the number of its cells; one without cells is not divided at all, and its total stays outside.
    """
    if not source.sources.equals(target.sources):
        raise ValueError("the shares are not of the same cells")
    amounts, _ = _numbers(target, weights)
    by_cells, _ = _product(source.matrix, target, np.ones(len(amounts)))
    method = f"dasymetrisch, Gewicht: {weights.name} ({target.method})"
    return _divided(source.targets, source.matrix, target, amounts, by_cells, method, weights.name)


def fullest(figures: pl.DataFrame, item: str) -> pl.DataFrame:
    """The number of an item's units in every cell, from figures by class: `cell`, `number`.

    figures: as in `Reading.frame`, item and dimensions `CODE=code`. The total of a cell where it is published. Where it
    is not, every classification of a cell adds up to less than its units, because classes below the publisher's limit
    are withheld: the largest of the sums is the nearest.
    """
    known = figures.filter(pl.col("item") == item, pl.col("value").is_not_null())
    sums = known.group_by("key", pl.col("dimensions").str.extract(r"^([^=;]*)").alias("by")).agg(pl.sum("value"))
    total = pl.col("value").filter(pl.col("by") == "").max()
    return sums.group_by("key").agg(number=pl.coalesce(total, pl.max("value"))).sort("key").rename({"key": "cell"})


def _numbers(shares: Shares, values: pl.Series) -> tuple[Floats, Floats | None]:
    """Values with 0 in place of missing ones, and 1 where there is a value, else 0; None where there is one everywhere.

    Three million of them are an everyday thing: nothing is worked out that is the same for every item.
    """
    if len(values) != len(shares.sources):
        raise ValueError(f"{len(values)} values of {len(shares.sources)} sources")
    complete = not values.null_count()
    numbers = values.cast(pl.Float64)
    numbers = (numbers if complete else numbers.fill_null(0.0)).to_numpy()
    # What is no number or endless makes the sum so
    if numbers.size and not (numbers.min() >= 0 and np.isfinite(numbers.sum())):
        raise ValueError(f"{values.name}: negative or no number; codes of missing values are null here")
    return numbers, None if complete else values.is_not_null().to_numpy().astype(float)


def _balance(
    shares: Shares, numbers: Floats, values: pl.Series, found: Floats, weights: pl.Series | None = None
) -> Balance:
    total, allocated, outside = float(numbers.sum()), float(found.sum()), float(numbers @ shares.left)
    if abs(total - allocated - outside) > CONSERVED * max(total, 1):
        raise ValueError(f"total {total} is not {allocated} allocated and {outside} outside")
    unweighted = 0
    if weights is not None and weights.null_count():
        unweighted = int((values.is_not_null() & weights.is_null()).sum())
    unsteered = float(numbers[shares.blank].sum())
    return Balance(total, allocated, outside, unsteered, len(numbers), values.null_count(), unweighted)


def _lacking(known: Floats, whole: Floats) -> Floats:
    """What is missing of the whole; all of it where there is none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        lacking = np.where(whole > 0, 1 - known / whole, 1.0)
    return np.where(lacking > CONSERVED, np.minimum(lacking, 1.0), 0.0)


def _frame(shares: Shares, found: Floats, method: str, lacking: Floats, of: str) -> pl.DataFrame:
    absent, partly = np.isnan(found), lacking > 0
    return pl.DataFrame(
        {
            "area_id": shares.targets,
            "value": pl.Series(found).fill_nan(None),
            "status": np.where(absent, "missing", "estimated").tolist(),
            "method": [method] * len(found),
            "reason": [NO_VALUE if none else PART if part else None for none, part in zip(absent, partly, strict=True)],
            "without_value": lacking,
            "without_value_of": [of] * len(found),
        },
        schema=COLUMNS,
    )


def _within(coarse: Cells, fine: Cells) -> csr_array:
    """Which fine cells lie in which coarse cell: coarse × fine, 1 or nothing."""
    from scipy.sparse import csr_array

    down = (pl.col(name) // coarse.size * coarse.size for name in ("east", "north"))
    corners = fine.frame.select(*down, fine=pl.int_range(pl.len()))
    parents = coarse.frame.select("east", "north", parent=pl.int_range(pl.len()))
    met = corners.join(parents, on=["east", "north"]).sort("parent", "fine")
    shape = (coarse.frame.height, fine.frame.height)
    return csr_array((np.ones(met.height), (met["parent"].to_numpy(), met["fine"].to_numpy())), shape=shape)


def _product(parts: csr_array, shares: Shares, amounts: Floats) -> tuple[csr_array, Floats]:
    """Shares of sources in targets by the amounts of the cells in both, targets × sources, and the sources' amounts.

    parts: which cells, or how much of them, make up a source, sources × cells. A source without amounts has no shares.
    """
    from scipy.sparse import diags_array

    held = parts @ amounts
    with np.errstate(divide="ignore"):
        scale = np.where(held > 0, 1 / held, 0.0)
    return shares.matrix @ diags_array(amounts) @ parts.T @ diags_array(scale), held


def _divided(
    sources: pl.Series,
    parts: csr_array,
    shares: Shares,
    amounts: Floats,
    otherwise: csr_array,
    method: str,
    weight: str,
) -> Shares:
    """Sources divided by amounts, those without any as in `otherwise` (targets × sources)."""
    from scipy.sparse import diags_array

    steered_by, held = _product(parts, shares, amounts)
    left = (held == 0) & (otherwise.sum(axis=0) > 0)
    matrix = (steered_by + otherwise @ diags_array(left.astype(float))).tocoo()
    pairs = pl.DataFrame(
        {"source": matrix.col.astype(np.uint32), "target": matrix.row.astype(np.uint32), "share": matrix.data}
    )
    return Shares(
        sources,
        shares.targets,
        pairs.filter(pl.col("share") > 0).sort("source", "target"),
        held,
        shares.matrix @ amounts,
        method,
        weight,
        several=shares.several,
    )
