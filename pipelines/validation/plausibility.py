"""Can these figures be true together: shares, parts and wholes, magnitudes, known totals of other years.

What belongs here: rules of `plausibility.yml` applied to every delivery on its own, so that a mislabelled table is
found before an indicator is made from it. What does not: totals that must agree (`reconciliation`), single cells
(contracts).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from pipelines.german import number
from pipelines.validation.results import EXAMPLES, Result, as_frame
from pipelines.validation.totals import read_totals

TABLE = "curated.merkmale"
RULES = Path(__file__).with_name("plausibility.yml")
DELIVERY = ["source_id", "edition"]
FIGURE = [*DELIVERY, "area_id", "stichtag"]
SERIES = ["item", "area_level", "area_id"]
# Censuses in their order; figures on one are compared with those on the same and on its neighbours
CENSUSES = ("VZ1970", "VZ1987", "Zensus2011", "Zensus2022")
COMPARABLE = {"": [""]} | {one: [*CENSUSES[max(at - 1, 0) : at + 2]] for at, one in enumerate(CENSUSES)}
# Numbers are stored in binary: 0.1 + 0.2 must not be found wrong
EXACT = 1e-6

# A tested case: its delivery, whether it holds, and what it says of itself when it does not
Cases = pl.DataFrame


def plausibility(merkmale: pl.DataFrame, data_dir: Path) -> pl.DataFrame:
    """All rules on `curated.merkmale`, one row of `release.checks` per rule and delivery, with counts.

    data_dir: the folder with the published totals of the district.

    A rule without a case in a delivery leaves no row there.
    """
    rules: dict[str, Any] = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    figures = merkmale.filter(pl.col("wert").is_not_null()).with_columns(
        item=pl.col("merkmal") + "/" + pl.col("auspraegung")
    )
    limits = {name: _shown(value) for name, value in rules["magnitude"].items()}
    tested: dict[str, tuple[str, str, Cases]] = {
        "anteile": ("Anteile liegen von 0 bis 100 Prozent", "0 bis 100", _shares(figures, rules["shares"])),
        "summe_der_teile": (
            "Teile ergeben zusammen das Ganze",
            "Summe der Teile gleich dem Ganzen",
            _each(rules["partitions"], lambda rule: _partition(figures, rule)),
        ),
        "anteile_eines_ganzen": (
            "Anteile einer Gliederung ergeben zusammen höchstens 100 Prozent",
            "Summe bis 100 Prozent",
            _each(rules["shares_of_a_whole"], lambda rule: _shares_of_a_whole(figures, rule)),
        ),
        "teil_und_ganzes": (
            "Ein Teil ist nie größer als das, wovon er ein Teil ist",
            "Teil höchstens so groß wie das Ganze",
            _each(rules["at_most"], lambda rule: _at_most(figures, rule)),
        ),
        "groessenordnung": (
            "Zahlen haben die Größenordnung des Zeitbezugs oder der Ausgabe davor",
            f"Gebiete höchstens um den Faktor {limits['single']} verändert, große um {limits['single_large']}, "
            f"ihre Mitte um {limits['median']}",
            _magnitude(figures, rules["magnitude"]),
        ),
        "bekannte_summen": (
            "Die Summe der Gemeinden ist nicht die bekannte Zahl eines anderen Stichtags",
            "die Zahl des eigenen Stichtags und der eigenen Volkszählung",
            _known_totals(figures, data_dir, rules["known_totals"]),
        ),
    }
    return as_frame(
        result
        for rule, (description, expected, cases) in tested.items()
        for result in _results(rule, description, expected, cases)
    )


def _results(rule: str, description: str, expected: str, cases: Cases) -> list[Result]:
    found = []
    for (source, edition), rows in cases.sort(*DELIVERY, "text").group_by(DELIVERY, maintain_order=True):
        broken = rows.filter(~pl.col("holds"))["text"]
        found.append(
            Result(
                TABLE,
                f"plausibel:{rule}:{source}:{edition}",
                "Abgleich",
                f"{description} ({source} {edition})",
                expected,
                f"geprüft: {number(rows.height)}; abweichend: {number(broken.len())}",
                broken.is_empty(),
                float(broken.len()),
                "; ".join(broken.head(EXAMPLES)) or None,
            )
        )
    return found


def _each(rules: Sequence[dict[str, Any]], cases: Callable[[dict[str, Any]], Cases]) -> Cases:
    return pl.concat(cases(rule) for rule in rules)


def _cases(frame: pl.DataFrame, holds: pl.Expr, text: pl.Expr) -> Cases:
    return frame.select(*DELIVERY, holds=holds, text=text)


def _place() -> pl.Expr:
    return pl.col("area_id") + " " + pl.col("stichtag") + " "


def _shares(figures: pl.DataFrame, rule: dict[str, Any]) -> Cases:
    exempt = [entry["merkmal"] for entry in rule["except"]]
    shares = figures.filter((pl.col("einheit") == rule["unit"]) & ~pl.col("merkmal").is_in(exempt))
    text = _place() + pl.col("item") + ": " + _text("wert")
    return _cases(shares, pl.col("wert").is_between(0, 100), text)


def _sums(figures: pl.DataFrame, parts: Sequence[str]) -> pl.DataFrame:
    """Column `sum` where all parts have a value, by delivery, area and time."""
    chosen = figures.filter(pl.col("item").is_in(parts))
    sums = chosen.group_by(FIGURE).agg(sum=pl.sum("wert"), count=pl.len())
    return sums.filter(pl.col("count") == len(parts)).drop("count")


def _partition(figures: pl.DataFrame, rule: dict[str, Any]) -> Cases:
    whole = figures.filter(pl.col("item") == rule["whole"]).select(*FIGURE, "wert")
    both = whole.join(_sums(figures, rule["parts"]), on=FIGURE)
    gap = (pl.col("sum") - pl.col("wert")).abs()
    told = f"{rule['whole']} aus {', '.join(part.partition('/')[2] for part in rule['parts'])}"
    text = _place() + pl.lit(f"{told}: ") + _text("sum") + " statt " + _text("wert")
    return _cases(both, gap <= rule.get("tolerance", 0) + EXACT, text)


def _shares_of_a_whole(figures: pl.DataFrame, rule: dict[str, Any]) -> Cases:
    sums = _sums(figures, rule["parts"])
    text = _place() + pl.lit(f"{rule['parts'][0].partition('/')[0]}: zusammen ") + _text("sum")
    return _cases(sums, pl.col("sum").is_between(rule["least"], 100 + EXACT), text)


def _at_most(figures: pl.DataFrame, rule: dict[str, Any]) -> Cases:
    part, whole = (figures.filter(pl.col("item") == rule[name]).select(*FIGURE, "wert") for name in ("part", "whole"))
    both = part.join(whole, on=FIGURE, suffix="_whole")
    text = _place() + pl.lit(f"{rule['part']} ") + _text("wert") + pl.lit(f", {rule['whole']} ") + _text("wert_whole")
    return _cases(both, pl.col("wert") <= pl.col("wert_whole") + EXACT, text)


def _magnitude(figures: pl.DataFrame, rule: dict[str, Any]) -> Cases:
    """Each figure against those before it of the same item and area, and the middle of all areas of a time.

    Before it stands the figure before it of its own source, and the nearest earlier one of all other sources.
    """
    steps = (
        pl.concat([_before_in_its_source(figures), _before_elsewhere(figures)])
        .filter((pl.min_horizontal("wert", "before") >= rule["least"]) & (pl.col("years") <= rule["years"]))
        .with_columns(ratio=pl.col("wert") / pl.col("before"))
    )
    far = pl.max_horizontal(pl.col("ratio"), 1 / pl.col("ratio"))
    large = pl.min_horizontal("wert", "before") >= rule["large"]
    most = pl.when(large).then(rule["single_large"]).otherwise(rule["single"])
    told = pl.col("item") + ": " + _text("wert") + " nach " + _text("before") + pl.col("of").fill_null("")
    single = _cases(steps, far <= most, _place() + told)
    areas = [*DELIVERY, "item", "area_level", "stichtag", "of"]
    together = steps.group_by(*areas).agg(pl.median("ratio"), areas=pl.len())
    text = pl.col("stichtag") + " " + pl.col("item") + ": Mitte der Gebiete mal " + _text("ratio")
    middle = _cases(together.filter(pl.col("areas") > 1), far <= rule["median"], text + pl.col("of").fill_null(""))
    return pl.concat([single, middle])


def _before_in_its_source(figures: pl.DataFrame) -> pl.DataFrame:
    """The figures with `before` and the `years` since, from all editions of their source; `of` is null.

    Before a figure that newer editions revised stands the older one of the same time: a revision has its limits too.
    """
    series = ["source_id", *SERIES]
    year = _year("stichtag")
    ordered = figures.sort(*series, "stichtag", pl.col("superseded_by").is_null(), "edition")
    shifted = ordered.with_columns(before=pl.col("wert").shift().over(series), years=year - year.shift().over(series))
    return shifted.select(*FIGURE, "item", "area_level", "wert", "before", "years", of=pl.lit(None, dtype=pl.String))


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
        "source_id",
        *SERIES,
        before="wert",
        of=pl.lit(" (") + pl.col("source_id") + " " + pl.col("stichtag") + ")",
        since=_year("stichtag"),
    )
    steps = [
        own.sort("at").join_asof(
            earlier.filter(pl.col("source_id") != source).drop("source_id"),
            on="at",
            by=[*SERIES, "census"],
            allow_exact_matches=False,
            check_sortedness=False,  # sorted above; in groups it cannot be checked
        )
        for (source,), own in valid.group_by("source_id", maintain_order=True)
    ]
    found = pl.concat([valid.clear().with_columns(before="wert", of="stichtag", since="at"), *steps], how="diagonal")
    years = (_year("stichtag") - pl.col("since")).alias("years")
    return found.select(*FIGURE, "item", "area_level", "wert", "before", years, "of")


def _year(column: str) -> pl.Expr:
    return pl.col(column).str.slice(0, 4).cast(pl.Int64)


def _known_totals(figures: pl.DataFrame, data_dir: Path, rule: dict[str, Any]) -> Cases:
    """Sums of the Gemeinden against all known totals of the item: their own must be near, no other may be met."""
    known = pl.DataFrame(
        [
            (f"{total['merkmal']}/{total['auspraegung']}", total["stichtag"], total["basis"], float(total["value"]))
            for total in read_totals(data_dir)
        ],
        schema={"item": pl.String, "known_day": pl.String, "known_basis": pl.String, "known": pl.Float64},
        orient="row",
    )
    gemeinden = figures.filter(pl.col("area_level") == "gemeinde")
    sums = gemeinden.group_by(*DELIVERY, "item", "stichtag", "basis").agg(pl.sum("wert"))
    pairs = sums.join(known, on="item")
    own = (pl.col("stichtag") == pl.col("known_day")) & pl.col("basis").eq_missing(pl.col("known_basis"))
    near = (pl.col("wert") - pl.col("known")).abs() <= pl.col("known") * rule["within"] / 100
    holds = pl.when(own).then(near).otherwise(pl.col("wert") != pl.col("known"))
    label = pl.col("item") + " " + pl.col("stichtag") + " " + pl.col("basis").fill_null("ohne Basis") + ": "
    told = _text("wert") + pl.lit(", bekannt für ") + pl.col("known_day") + " " + pl.col("known_basis")
    return _cases(pairs, holds, label + told + ": " + _text("known"))


def _text(column: str) -> pl.Expr:
    """A number as it is read in German, at most three decimals."""
    return pl.col(column).round(3).cast(pl.String).str.replace(r"\.0$", "").str.replace(".", ",", literal=True)


def _shown(value: float) -> str:
    return f"{value:g}".replace(".", ",")
