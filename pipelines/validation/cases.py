"""What rules on delivered figures share: a tested case, figures added up, and how places and numbers are written.

What belongs here: the parts of which the rules of `plausibility` and `comparisons` are made. What does not: any rule.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

DELIVERY = ["source_id", "edition"]
FIGURE = [*DELIVERY, "area_id", "area_level", "stichtag"]
# Numbers are stored in binary: 0.1 + 0.2 must not be found wrong
EXACT = 1e-6

# A tested case: its delivery, whether it holds, and what it says of itself when it does not
Cases = pl.DataFrame


def cases(frame: pl.DataFrame, holds: pl.Expr, told: pl.Expr) -> Cases:
    """One case per row of the frame."""
    return frame.select(*DELIVERY, holds=holds, text=told)


def place(stichtag: str = "stichtag") -> pl.Expr:
    """Area and time, before what is told of them."""
    return pl.col("area_id") + " " + pl.col(stichtag) + " "


def text(column: str) -> pl.Expr:
    """A number as it is read in German, at most three decimals; of very small ones three digits."""
    small = pl.col(column).abs().is_between(0, 0.01, closed="none")
    written = pl.when(small).then(pl.col(column).round_sig_figs(3)).otherwise(pl.col(column).round(3))
    return written.cast(pl.String).str.replace(r"\.0$", "").str.replace(".", ",", literal=True)


def shown(value: float) -> str:
    """A number of a rule in German."""
    return f"{value:g}".replace(".", ",")


def year(column: str) -> pl.Expr:
    """The year of a Stichtag or of a year."""
    return pl.col(column).str.slice(0, 4).cast(pl.Int64)


def sums(figures: pl.DataFrame, factors: Mapping[str, float]) -> pl.DataFrame:
    """Column `sum` of the items times their factors where all of them have a value, by delivery, area and time."""
    chosen = figures.filter(pl.col("item").is_in(list(factors)))
    weight = pl.col("item").replace_strict(dict(factors), return_dtype=pl.Float64)
    found = chosen.group_by(FIGURE).agg(sum=(pl.col("wert") * weight).sum(), count=pl.len())
    return found.filter(pl.col("count") == len(factors)).drop("count")
