"""Figures against others of other times, editions and sources: magnitudes, exchanged items, bands of ratios.

What belongs here: rules that need a figure of another delivery to measure a delivery by, and which of the two is then
found at fault. What does not: rules inside one delivery (`plausibility`), the same number twice (`reconciliation`).

At fault is what lies further from what is usual for the item and area: the middle of the deliveries that give it, of
all its figures where fewer than three do. Where both lie equally far nothing says which of two is wrong, and the later
one is named. An item on which two deliveries disagree measures no third one by a band.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from pipelines.validation.cases import DELIVERY, FIGURE, Cases, cases, place, shown, sums, text, year

SERIES = ["item", "area_level", "area_id"]
# Censuses in their order; figures on one are compared with those on the same and on its neighbours
CENSUSES = ("VZ1970", "VZ1987", "Zensus2011", "Zensus2022")
COMPARABLE = {"": [""]} | {one: [*CENSUSES[max(at - 1, 0) : at + 2]] for at, one in enumerate(CENSUSES)}
VOTES = 3
NEARLY = 1e-9
BEFORE = {name: f"{name}_before" for name in (*DELIVERY, "stichtag")}
# Whether the figure that another is held against is one of its own delivery
OWN = (pl.col("source_id") == pl.col("of_source")) & (pl.col("edition") == pl.col("of_edition"))


def magnitude(figures: pl.DataFrame, rule: Mapping[str, Any]) -> tuple[Cases, pl.DataFrame]:
    """Each figure against those before it of the same item and area, and the middle of all areas of a time.

    Before it stands the figure before it of its own source, and the nearest earlier one of all other sources. The
    second frame names source, edition and item of all that disagree, at fault or not.
    """
    steps = (
        pl.concat([_before_in_its_source(figures), _before_elsewhere(figures)], how="diagonal")
        .filter((pl.min_horizontal("wert", "before") >= rule["least"]) & (pl.col("years") <= rule["years"]))
        .with_columns(ratio=pl.col("wert") / pl.col("before"))
        .join(_usual(figures), on=SERIES)
        .with_columns(off=(pl.col("wert").log() - pl.col("usual")).abs())
        .with_columns(off_before=(pl.col("before").log() - pl.col("usual")).abs())
    )
    far = pl.max_horizontal(pl.col("ratio"), 1 / pl.col("ratio"))
    large = pl.min_horizontal("wert", "before") >= rule["large"]
    most = pl.when(large).then(rule["single_large"]).otherwise(rule["single"])
    of = pl.col("of").fill_null("")
    told = pl.col("item") + ": " + text("wert") + " nach " + text("before") + of
    turned = pl.col("item") + ": " + text("before") + " vor " + text("wert")
    single = _at_fault(steps, far <= most, place() + told, place(BEFORE["stichtag"]) + turned)
    areas = [*DELIVERY, *BEFORE.values(), "item", "area_level", "stichtag", "of"]
    middle = pl.median("ratio", "off", "off_before")
    together = steps.group_by(areas).agg(middle, areas=pl.len()).filter(pl.col("areas") > 1)
    told = pl.col("stichtag") + " " + pl.col("item") + ": Mitte der Gebiete mal " + text("ratio") + of
    turned = pl.col(BEFORE["stichtag"]) + " " + pl.col("item") + ": Mitte der Gebiete danach mal " + text("ratio")
    middles = _at_fault(together, far <= rule["median"], told, turned)
    broken = [steps.filter(far > most), together.filter(far > rule["median"])]
    disagree = pl.concat(
        one.select(*(pl.col(column).alias(name) for name, column in zip(DELIVERY, names, strict=True)), "item")
        for one in broken
        for names in (DELIVERY, [BEFORE[name] for name in DELIVERY])
    )
    return pl.concat([single, middles]), disagree.unique()


def _at_fault(steps: pl.DataFrame, holds: pl.Expr, told: pl.Expr, turned: pl.Expr) -> Cases:
    """Cases; a broken one belongs to the delivery of the figure before where that one is at fault."""
    earlier = ~holds & (pl.col("off_before") > pl.col("off") + NEARLY)
    return steps.select(
        *(pl.when(earlier).then(BEFORE[name]).otherwise(name).alias(name) for name in DELIVERY),
        holds=holds,
        text=pl.when(earlier).then(turned).otherwise(told),
    )


def _usual(figures: pl.DataFrame) -> pl.DataFrame:
    """`usual`, the logarithm of what is usual for an item and area."""
    logs = figures.filter(pl.col("wert") > 0).with_columns(log=pl.col("wert").log())
    votes = logs.group_by(*SERIES, *DELIVERY).agg(pl.median("log")).group_by(SERIES)
    told = votes.agg(deliveries=pl.len(), voted=pl.median("log")).join(
        logs.group_by(SERIES).agg(pl.median("log")), on=SERIES
    )
    return told.select(*SERIES, usual=pl.when(pl.col("deliveries") >= VOTES).then("voted").otherwise("log"))


def _before_in_its_source(figures: pl.DataFrame) -> pl.DataFrame:
    """The figures with `before` and the `years` since, from all editions of their source; `of` is null.

    Before a figure that newer editions revised stands the older one of the same time: a revision has its limits too.
    """
    series = ["source_id", *SERIES]
    ordered = figures.sort(*series, "stichtag", pl.col("superseded_by").is_null(), "edition")
    shifted = ordered.with_columns(
        before=pl.col("wert").shift().over(series),
        years=year("stichtag") - year("stichtag").shift().over(series),
        of=pl.lit(None, dtype=pl.String),
        **{told: pl.col(name).shift().over(series) for name, told in BEFORE.items()},
    )
    return shifted.select(*FIGURE, *BEFORE.values(), "item", "wert", "before", "years", "of")


def _before_elsewhere(figures: pl.DataFrame) -> pl.DataFrame:
    """The valid figures with the nearest earlier one of another source, told in `of`, on the same or the next census.

    A source that begins with a mistake has no figure of its own to be measured against.
    """
    valid = figures.filter(pl.col("superseded_by").is_null()).with_columns(
        # Days and years in one order: a year begins before all its days
        at=pl.col("stichtag").str.replace_all("-", "").str.pad_end(8, "0").cast(int),
        census=pl.col("basis").fill_null(""),
    )
    earlier = valid.with_columns(
        census=pl.col("census").replace_strict(COMPARABLE, return_dtype=pl.List(pl.String))
    ).explode("census")
    earlier = earlier.sort("at", "preferred", "source_id").select(
        "at",
        "census",
        *SERIES,
        before="wert",
        of=pl.lit(" (") + pl.col("source_id") + " " + pl.col("stichtag") + ")",
        since=year("stichtag"),
        **{told: pl.col(name) for name, told in BEFORE.items()},
    )
    steps = [
        own.sort("at").join_asof(
            earlier.filter(pl.col(BEFORE["source_id"]) != source),
            on="at",
            by=[*SERIES, "census"],
            allow_exact_matches=False,
            check_sortedness=False,  # sorted above; in groups it cannot be checked
        )
        for (source,), own in valid.group_by("source_id", maintain_order=True)
    ]
    nothing = valid.clear().join(earlier.clear().drop("at", "census"), on=SERIES, how="left")
    found = pl.concat([nothing, *steps], how="diagonal")
    years = (year("stichtag") - pl.col("since")).alias("years")
    return found.select(*FIGURE, *BEFORE.values(), "item", "wert", "before", years, "of")


def exchanged(figures: pl.DataFrame, rule: Mapping[str, Any]) -> Cases:
    """Two items of a delivery against what stood nearest to them elsewhere: do they fit better exchanged?

    Compared are the Auspraegungen of one Merkmal and the pairs that the rule names, by delivery, time and level.
    """
    known = _with_reference(figures, rule["years"])
    pairs = pl.concat([_siblings(known), *(_pair(known, *pair) for pair in rule["pairs"])])
    logs = {name: pl.col(name).log() for name in ("wert", "known", "wert_other", "known_other")}
    measured = pairs.with_columns(
        stays=(logs["wert"] - logs["known"]).abs() + (logs["wert_other"] - logs["known_other"]).abs(),
        turned=(logs["wert"] - logs["known_other"]).abs() + (logs["wert_other"] - logs["known"]).abs(),
        apart=(logs["known"] - logs["known_other"]).abs(),
    )
    mean = pl.mean("stays", "turned", "apart")
    tested = measured.group_by(*DELIVERY, "area_level", "stichtag", "item", "item_other").agg(
        mean, areas=pl.len(), of=pl.col("of").min()
    )
    sure = (pl.col("areas") >= rule["areas"]) | (pl.col("apart") >= rule["apart"])
    better = (pl.col("stays") > rule["least"]) & (pl.col("stays") > rule["times"] * pl.col("turned"))
    told = pl.col("stichtag") + " " + pl.col("item") + " und " + pl.col("item_other") + pl.lit(" passen vertauscht zu ")
    return cases(tested.filter(sure), ~better, told + pl.col("of"))


def _siblings(known: pl.DataFrame) -> pl.DataFrame:
    pairs = known.join(known, on=[*FIGURE, "merkmal"], suffix="_other")
    return pairs.filter(pl.col("item") < pl.col("item_other")).drop("merkmal")


def _pair(known: pl.DataFrame, one: str, other: str) -> pl.DataFrame:
    first, second = (known.filter(pl.col("item") == item).drop("merkmal") for item in (one, other))
    return first.join(second, on=FIGURE, suffix="_other")


def _with_reference(figures: pl.DataFrame, years: int) -> pl.DataFrame:
    """The valid figures above zero with `known`, the nearest in time of another delivery, else of another time."""
    values = figures.filter(pl.col("wert") > 0)
    other = values.select(*SERIES, of_source="source_id", of_edition="edition", of_time="stichtag", known="wert")
    apart = (year("stichtag") - year("of_time")).abs()
    near = (
        values.filter(pl.col("superseded_by").is_null())
        .join(other, on=SERIES)
        .with_columns(own=OWN, gap=apart)
        .filter(~(pl.col("own") & (pl.col("stichtag") == pl.col("of_time"))) & (pl.col("gap") <= years))
        .sort("own", "gap", "of_time", "of_source", "of_edition")
        .unique([*FIGURE, "item"], keep="first", maintain_order=True)
    )
    told = pl.col("of_source") + " " + pl.col("of_edition") + ", " + pl.col("of_time")
    return near.select(*FIGURE, "item", "merkmal", "wert", "known", of=told)


def bands(figures: pl.DataFrame, suspects: pl.DataFrame, rule: Mapping[str, Any]) -> Cases:
    """Figures, or how often they hold another one, inside of wide bands: each area, and the middle of the areas.

    suspects: source, edition and item of figures that measure no other delivery.
    """
    derived = [
        sums(figures, one["of"]).with_columns(item=pl.lit(one["item"])).rename({"sum": "wert"})
        for one in rule["derived"]
    ]
    values = pl.concat([figures.select(*FIGURE, "item", "wert", "superseded_by"), *derived], how="diagonal")
    doubted = suspects.with_columns(doubted=pl.lit(True))
    values = values.join(doubted, on=[*DELIVERY, "item"], how="left")
    return pl.concat(_band(values, rule, band) for band in rule["bands"])


def _band(values: pl.DataFrame, rule: Mapping[str, Any], band: Mapping[str, Any]) -> Cases:
    ratios = values.filter(pl.col("item") == band["item"]).with_columns(ratio=pl.col("wert"), known=None, of=pl.lit(""))
    for at, (name, sign) in enumerate((("per", -1), ("over", 1))):
        if name in band:
            ratios = _measured(ratios, values, band[name], band.get("years", rule["years"]), sign, first=at == 0)
    ratios = ratios.with_columns(ratio=pl.col("ratio") / band.get("times", 1))
    name = " je ".join([band["item"], *([band["per"]] if "per" in band else [])])
    found = []
    if "each" in band:
        enough = pl.col("known").is_null() | (pl.col("known") >= band.get("from", rule["from"]))
        found.append(_inside(ratios.filter(enough), band["each"], place() + pl.lit(f"{name}: ") + text("ratio")))
    if "middle" in band:
        by = [*DELIVERY, "area_level", "stichtag"]
        middle = ratios.group_by(by).agg(pl.median("ratio"), pl.min("of"), areas=pl.len())
        enough = (pl.col("area_level") != "gemeinde") | (pl.col("areas") >= rule["areas"])
        told = pl.col("stichtag") + pl.lit(f" {name}: Mitte der Gebiete ") + text("ratio")
        found.append(_inside(middle.filter(enough), band["middle"], told))
    return pl.concat(found)


def _inside(frame: pl.DataFrame, limits: list[float], told: pl.Expr) -> Cases:
    low, high = limits
    expected = pl.lit(f", erwartet {shown(low)} bis {shown(high)}")
    return cases(frame, pl.col("ratio").is_between(low, high), told + expected + pl.col("of"))


def _measured(
    ratios: pl.DataFrame, values: pl.DataFrame, item: str, years: int, sign: int, *, first: bool
) -> pl.DataFrame:
    """`ratio` divided (sign -1) or multiplied by the item: of the own delivery and time, else the nearest in time."""
    other = values.filter((pl.col("item") == item) & (pl.col("wert") > 0)).select(
        "area_id",
        of_source="source_id",
        of_edition="edition",
        of_time="stichtag",
        old="superseded_by",
        doubted="doubted",
        value="wert",
    )
    near = (
        ratios.drop("doubted", strict=False)
        .join(other, on="area_id")
        .with_columns(gap=(year("stichtag") - year("of_time")).abs(), foreign=~OWN, late=pl.col("old").is_not_null())
        .filter((pl.col("gap") <= years) & ~(pl.col("foreign") & pl.col("doubted").fill_null(False)))
        .sort("gap", "foreign", "late", "of_time", "of_source", "of_edition")
        .unique(FIGURE, keep="first", maintain_order=True)
    )
    told = pl.lit(" (") + item + ": " + pl.col("of_source") + " " + pl.col("of_edition") + ")"
    return near.select(
        *FIGURE,
        ratio=pl.col("ratio") * pl.col("value") ** sign,
        known=pl.col("value") if first else pl.col("known"),
        of=pl.col("of") + pl.when(pl.col("foreign")).then(told).otherwise(pl.lit("")),
    )
