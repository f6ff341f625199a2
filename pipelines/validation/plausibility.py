"""Can these figures be true together: shares, parts and wholes, magnitudes, known totals of other years.

What belongs here: rules of `plausibility.yml` applied to every delivery on its own, so that a mislabelled table is
found before an indicator is made from it. What does not: how deliveries are measured by others (`comparisons`), totals
that must agree (`reconciliation`), single cells (contracts).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from pipelines.german import number
from pipelines.validation.cases import DELIVERY, EXACT, FIGURE, Cases, cases, place, shown, sums, text
from pipelines.validation.comparisons import bands, exchanged, magnitude
from pipelines.validation.results import EXAMPLES, Result, as_frame
from pipelines.validation.totals import read_totals

TABLE = "curated.merkmale"
RULES = Path(__file__).with_name("plausibility.yml")


def plausibility(merkmale: pl.DataFrame, data_dir: Path) -> pl.DataFrame:
    """All rules on `curated.merkmale`, one row of `release.checks` per rule and delivery, with counts.

    data_dir: the folder with the published totals of the district.

    A rule without a case in a delivery leaves no row there.
    """
    rules: dict[str, Any] = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    figures = merkmale.filter(pl.col("wert").is_not_null()).with_columns(
        item=pl.col("merkmal") + "/" + pl.col("auspraegung")
    )
    magnitudes, suspects = magnitude(figures, rules["magnitude"])
    limits = {name: shown(value) for name, value in rules["magnitude"].items()}
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
        "gehoert_zusammen": (
            "Angaben, die zusammengehören, sind zum selben Zeitbezug da",
            "beide oder keine",
            _each(rules["together"], lambda items: _together(figures, items)),
        ),
        "groessenordnung": (
            "Zahlen haben die Größenordnung des Zeitbezugs oder der Ausgabe davor",
            f"Gebiete höchstens um den Faktor {limits['single']} verändert, große um {limits['single_large']}, "
            f"ihre Mitte um {limits['median']}",
            magnitudes,
        ),
        "vertauscht": (
            "Keine zwei Angaben passen vertauscht besser zu dem, was von ihnen bekannt ist",
            "jede Angabe passt zu ihrer eigenen Reihe",
            exchanged(figures, rules["exchanged"]),
        ),
        "spannen": (
            "Angaben und Verhältnisse zwischen ihnen bleiben in weiten Grenzen",
            f"die Grenzen in {RULES.name}",
            bands(figures, suspects, rules["bands"]),
        ),
        "bekannte_summen": (
            "Die Summe der Gemeinden ist nicht die bekannte Zahl eines anderen Stichtags",
            "die Zahl des eigenen Stichtags und der eigenen Volkszählung",
            _known_totals(figures, data_dir, rules["known_totals"]),
        ),
    }
    return as_frame(
        result
        for rule, (description, expected, found) in tested.items()
        for result in _results(rule, description, expected, found)
    )


def _results(rule: str, description: str, expected: str, tested: Cases) -> list[Result]:
    found = []
    for (source, edition), rows in tested.sort(*DELIVERY, "text").group_by(DELIVERY, maintain_order=True):
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


def _each(rules: Sequence[Any], make: Callable[[Any], Cases]) -> Cases:
    return pl.concat(make(rule) for rule in rules)


def _shares(figures: pl.DataFrame, rule: dict[str, Any]) -> Cases:
    exempt = [entry["merkmal"] for entry in rule["except"]]
    shares = figures.filter((pl.col("einheit") == rule["unit"]) & ~pl.col("merkmal").is_in(exempt))
    told = place() + pl.col("item") + ": " + text("wert")
    return cases(shares, pl.col("wert").is_between(0, 100), told)


def _partition(figures: pl.DataFrame, rule: dict[str, Any]) -> Cases:
    whole = figures.filter(pl.col("item") == rule["whole"]).select(*FIGURE, "wert")
    both = whole.join(sums(figures, dict.fromkeys(rule["parts"], 1)), on=FIGURE)
    gap = (pl.col("sum") - pl.col("wert")).abs()
    parts = f"{rule['whole']} aus {', '.join(part.partition('/')[2] for part in rule['parts'])}"
    told = place() + pl.lit(f"{parts}: ") + text("sum") + " statt " + text("wert")
    return cases(both, gap <= rule.get("tolerance", 0) + EXACT, told)


def _shares_of_a_whole(figures: pl.DataFrame, rule: dict[str, Any]) -> Cases:
    together = sums(figures, dict.fromkeys(rule["parts"], 1))
    told = place() + pl.lit(f"{rule['parts'][0].partition('/')[0]}: zusammen ") + text("sum")
    return cases(together, pl.col("sum").is_between(rule["least"], 100 + EXACT), told)


def _at_most(figures: pl.DataFrame, rule: dict[str, Any]) -> Cases:
    part, whole = (figures.filter(pl.col("item") == rule[name]).select(*FIGURE, "wert") for name in ("part", "whole"))
    both = part.join(whole, on=FIGURE, suffix="_whole")
    told = place() + pl.lit(f"{rule['part']} ") + text("wert") + pl.lit(f", {rule['whole']} ") + text("wert_whole")
    return cases(both, pl.col("wert") <= pl.col("wert_whole") + EXACT, told)


def _together(figures: pl.DataFrame, items: Sequence[str]) -> Cases:
    """Whether a delivery that gives all of the items gives them at the same times: else one is named like another."""
    chosen = figures.filter(pl.col("item").is_in(items))
    whole = chosen.group_by(DELIVERY).agg(pl.n_unique("item")).filter(pl.col("item") == len(items))
    by_time = [*DELIVERY, "area_level", "stichtag"]
    times = chosen.join(whole, on=DELIVERY, how="semi").group_by(by_time).agg(pl.col("item").unique().sort())
    told = pl.col("stichtag") + ": nur " + pl.col("item").list.join(", ") + pl.lit(f" von {', '.join(items)}")
    return cases(times, pl.col("item").list.len() == len(items), told)


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
    totals = gemeinden.group_by(*DELIVERY, "item", "stichtag", "basis").agg(pl.sum("wert"))
    pairs = totals.join(known, on="item")
    own = (pl.col("stichtag") == pl.col("known_day")) & pl.col("basis").eq_missing(pl.col("known_basis"))
    near = (pl.col("wert") - pl.col("known")).abs() <= pl.col("known") * rule["within"] / 100
    holds = pl.when(own).then(near).otherwise(pl.col("wert") != pl.col("known"))
    label = pl.col("item") + " " + pl.col("stichtag") + " " + pl.col("basis").fill_null("ohne Basis") + ": "
    told = text("wert") + pl.lit(", bekannt für ") + pl.col("known_day") + " " + pl.col("known_basis")
    return cases(pairs, holds, label + told + ": " + text("known"))
