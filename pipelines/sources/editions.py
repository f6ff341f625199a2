"""Which of several editions of one source goes first where they give the same number: the newer one.

What belongs here: the order of editions, from their sheets and the times of their figures. What does not: the order of
sources (`precedence.yml`), what becomes of the older number (`pipelines.harmonise.merkmale`).

A file of the office goes before what was transcribed from a publication: `werte.csv`, in the sheet a file without an
official format. Among the others newer is, in this order, what has the later Stand (the day the publisher names,
`stand` of a file in the sheet), was retrieved later (`retrieved`), gives the item up to a later time, or has the later
name, numbers in it compared as numbers. A day counts only where the sheets of all editions that give the number name
one; so what is unknown decides nothing, and neither do folders or their order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import polars as pl

from pipelines.german import is_day
from pipelines.sources.registry import Delivery

DAYS = ("stand", "retrieved")
DIGITS = 20


def newer_first(figures: pl.DataFrame, number: list[str], deliveries: Iterable[Delivery]) -> pl.DataFrame:
    """The figures with `age`, 0 for the newest edition of its source that gives the number, and `newest`, its name.

    figures: source_id, edition, file, stichtag, merkmal, auspraegung and the columns `number`, which say which number
    of a source it is. deliveries: the sheets of all editions. The order of the rows is kept.
    """
    sheets = list(deliveries)
    official = [file.name for one in sheets for file in one.files if file.format]
    days = pl.DataFrame(
        [(one.source_id, one.edition, _named(one.edition), *_days(one)) for one in sheets],
        schema=dict.fromkeys(("source_id", "edition", "named", *DAYS), pl.String),
        orient="row",
    )
    same = ["source_id", *number]
    known = figures.join(days.unique(["source_id", "edition"]), on=["source_id", "edition"], how="left").with_columns(
        reach=pl.col("stichtag").max().over("source_id", "edition", "merkmal", "auspraegung"),
        official=pl.col("file").is_in(official),
        at=pl.int_range(pl.len()),
    )
    stated = [pl.when(pl.col(day).null_count().over(same) == 0).then(day).alias(day) for day in DAYS]
    order = ["official", *DAYS, "reach", "named"]
    ranked = known.with_columns(stated).sort(order, descending=True, nulls_last=True, maintain_order=True)
    ranked = ranked.with_columns(age=pl.int_range(pl.len()).over(same), newest=pl.col("edition").first().over(same))
    return ranked.sort("at").drop(*order, "at")


def _days(delivery: Delivery) -> tuple[str | None, str | None]:
    """The latest Stand of its files where all name one, and the day it was retrieved; None for anything but a day."""
    stated = [file.stand for file in delivery.files if is_day(file.stand or "")]
    stand = max(filter(None, stated)) if stated and len(stated) == len(delivery.files) else None
    return stand, delivery.retrieved if is_day(delivery.retrieved) else None


def _named(edition: str) -> str:
    """A name that sorts as people count: 9 before 10."""
    return re.sub(r"[0-9]+", lambda digits: digits[0].zfill(DIGITS), edition)
