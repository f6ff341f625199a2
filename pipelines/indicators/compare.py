"""Comparison of every Gemeinde and Sozialraum with the Kreis: distinguishable, relevant, and in words.

What belongs here: the test against the Kreis, the relevance limit, the verdict, p and q values. What does not: whether
higher is good or bad (polarity belongs to the outputs), intervals of single values (`intervals`).

The Kreis is a fixed comparator: an interval above its value is `höher`, below is `niedriger`. An area that holds more
than a fifth of the denominator is compared with the rest of the Kreis instead, because it would otherwise be compared
mostly with itself. At these denominators almost every difference is distinguishable, so a verdict also needs relevance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from pipelines.contracts import conform, contract
from pipelines.indicators.intervals import (
    CLEAR_CONFIDENCE,
    CONFIDENCE,
    newcombe_difference,
    rate_interval,
    two_sided_p,
)

LARGE_SHARE = 0.2
"""Share of the denominator of the Kreis above which an area is compared with the rest of the Kreis."""
DEFAULT_RELEVANCE = 0.1
"""Relevance threshold, as a share of the Kreis value, where the catalogue names none."""

HIGHER, LOWER, UNDECIDED = "höher", "niedriger", "nicht unterscheidbar"
SIMILAR, UNTESTED, NO_COMPARISON = "ähnlich", "ohne Prüfung", "kein Vergleich"
KREIS, REST = "Kreis", "übriger Kreis"

COMPARED_LEVELS = ("gemeinde", "sozialraum")


@dataclass(frozen=True)
class Comparator:
    """What an area is compared with: value in the unit of the indicator; counts if it is the rest of the Kreis."""

    name: str
    value: float
    x: float | None = None
    n: float | None = None


@dataclass(frozen=True)
class Outcome:
    """Outcome of the comparison of one area; `clearly` holds on the level of 99.8 %."""

    direction: str
    clearly: bool
    p_value: float


def build_comparison(values: pl.DataFrame, catalogue: pl.DataFrame) -> pl.DataFrame:
    """Table indicators.comparison: one row for each value of a Gemeinde or Sozialraum, in every period.

    `values` and `catalogue` follow indicators.values and indicators.catalogue. Rows without a value are left out.
    """
    indicators = {row["indicator_id"]: row for row in catalogue.iter_rows(named=True)}
    present = values.filter(pl.col("value").is_not_null())
    kreis = {
        (row["indicator_id"], row["period"]): row
        for row in present.filter(pl.col("area_level") == "kreis").iter_rows(named=True)
    }
    areas = present.filter(pl.col("area_level").is_in(COMPARED_LEVELS)).sort("indicator_id", "area_id", "period")
    rows = [
        _compare(row, kreis.get((row["indicator_id"], row["period"])), indicators[row["indicator_id"]])
        for row in areas.iter_rows(named=True)
    ]
    counted = [
        row["p_value"] is not None
        and area["area_level"] == "gemeinde"
        and area["period"] == indicators[area["indicator_id"]]["latest_period"]
        for row, area in zip(rows, areas.iter_rows(named=True), strict=True)
    ]
    adjusted = iter(benjamini_hochberg([row["p_value"] for row, take in zip(rows, counted, strict=True) if take]))
    for row, take in zip(rows, counted, strict=True):
        row["q_value"] = next(adjusted) if take else None
    return conform(pl.DataFrame(rows, schema=contract("indicators.comparison").schema()), "indicators.comparison")


def relevance(indicator: dict[str, Any]) -> float:
    """Share of a reference value from which a difference counts: the catalogue's threshold, else the default."""
    threshold = indicator["relevance_threshold"]
    return DEFAULT_RELEVANCE if threshold is None else threshold


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Benjamini-Hochberg q for each p (false discovery rate), in the order given (Benjamini & Hochberg 1995)."""
    count = len(p_values)
    q_values = [0.0] * count
    smallest = 1.0
    for rank, place in reversed(list(enumerate(sorted(range(count), key=lambda i: p_values[i]), start=1))):
        smallest = min(smallest, p_values[place] * (count / rank))
        q_values[place] = smallest
    return q_values


def against_fixed(kind: str, x: float, n: float, factor: float, reference: float) -> Outcome | None:
    """Test of the rate x / n * factor against a fixed reference; None where the indicator has no interval.

    Shares: score test, of which the Wilson interval is the inversion. Events: Poisson, twice the smaller tail.
    """
    limits, _ = rate_interval(kind, x, n, factor, CONFIDENCE)
    wide, _ = rate_interval(kind, x, n, factor, CLEAR_CONFIDENCE)
    if limits is None or wide is None:
        return None
    p_value = score_p(x, n, reference / factor) if kind == "wilson" else poisson_p(x, n * reference / factor)
    return Outcome(_direction(limits, reference), _direction(wide, reference) != UNDECIDED, p_value)


def against_rest(x: float, n: float, rest_x: float, rest_n: float) -> Outcome:
    """Test of a share against the share of the rest of the Kreis: Newcombe's difference; p by the pooled score test."""
    limits = newcombe_difference(x, n, rest_x, rest_n, CONFIDENCE)
    wide = newcombe_difference(x, n, rest_x, rest_n, CLEAR_CONFIDENCE)
    pooled = (x + rest_x) / (n + rest_n)
    error = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / rest_n))
    p_value = two_sided_p((x / n - rest_x / rest_n) / error) if error > 0 else 1.0
    return Outcome(_direction(limits, 0.0), _direction(wide, 0.0) != UNDECIDED, p_value)


def score_p(x: float, n: float, share: float) -> float:
    """Two-sided p of x of n against a fixed share (0 to 1), normal approximation with the variance under the share."""
    variance = share * (1 - share) / n
    if variance <= 0:
        return 1.0 if math.isclose(x / n, share) else 0.0
    return two_sided_p((x / n - share) / math.sqrt(variance))


def poisson_p(x: float, expected: float) -> float:
    """Two-sided exact p of x events against an expected number: twice the smaller tail, at most 1."""
    from scipy.special import gammainc, gammaincc

    if expected <= 0:
        return 1.0 if x == 0 else 0.0
    at_most = float(gammaincc(x + 1, expected))
    at_least = 1.0 if x == 0 else float(gammainc(x, expected))
    return min(1.0, 2 * min(at_most, at_least))


def _compare(row: dict[str, Any], kreis: dict[str, Any] | None, indicator: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = dict.fromkeys(contract("indicators.comparison").schema())
    result |= {key: row[key] for key in ("indicator_id", "area_id", "period")}
    # Commuters cross another border in the Kreis than in a Gemeinde: the two values do not measure the same.
    if kreis is None or indicator["kreis_value"] == "none" or indicator["aggregation"] == "not_additive":
        return result | {"verdict": NO_COMPARISON}
    comparator = _comparator(row, kreis, indicator)
    test = _test(row, comparator, indicator)
    limit = relevance(indicator) * abs(comparator.value)
    difference = row["value"] - comparator.value
    relevant = abs(difference) >= limit
    return result | {
        "kreis_value": comparator.value,
        "comparator": comparator.name,
        "difference": difference,
        "relevance_limit": limit,
        "direction": test.direction if test else None,
        "clearly": test.clearly if test else None,
        "relevant": relevant,
        "verdict": _verdict(test, relevant),
        "p_value": test.p_value if test else None,
    }


def _comparator(row: dict[str, Any], kreis: dict[str, Any], indicator: dict[str, Any]) -> Comparator:
    """The Kreis, or its rest for a large area whose counts may be taken off those of the Kreis."""
    whole = Comparator(KREIS, kreis["value"])
    counts = (row["numerator"], row["denominator"], kreis["numerator"], kreis["denominator"])
    if row["lower"] is None or indicator["aggregation"] != "counts" or any(number is None for number in counts):
        return whole
    x, n, kreis_x, kreis_n = counts
    rest_x, rest_n = kreis_x - x, kreis_n - n
    if n <= LARGE_SHARE * kreis_n or rest_n <= 0 or rest_x < 0:
        return whole
    if indicator["interval"] == "wilson" and rest_x > rest_n:
        return whole
    return Comparator(REST, rest_x / rest_n * indicator["factor"], rest_x, rest_n)


def _test(row: dict[str, Any], comparator: Comparator, indicator: dict[str, Any]) -> Outcome | None:
    if row["lower"] is None or row["numerator"] is None or row["denominator"] is None:
        return None
    kind, x, n = indicator["interval"], row["numerator"], row["denominator"]
    if kind == "wilson" and comparator.x is not None and comparator.n is not None:
        return against_rest(x, n, comparator.x, comparator.n)
    return against_fixed(kind, x, n, indicator["factor"], comparator.value)


def _verdict(test: Outcome | None, relevant: bool) -> str:
    if test is None:
        return UNTESTED
    if test.direction == UNDECIDED:
        return UNDECIDED
    return test.direction if relevant else SIMILAR


def _direction(limits: tuple[float, float], reference: float) -> str:
    if limits[0] > reference:
        return HIGHER
    return LOWER if limits[1] < reference else UNDECIDED
