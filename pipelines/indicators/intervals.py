"""Intervals for counts, shares and rates, and for the difference of two shares.

What belongs here: formulas on single numbers (plain floats, no rounding) and the one function that puts them on a
table. What does not: comparing areas (`compare`), standardised rates (`standardise`), deciding which indicator has
which interval (the catalogue).

Limits are on the scale of the count or of the share (0 to 1); `rate_interval` multiplies by the factor of an indicator.
Faults of the caller (negative counts, missing numbers) raise ValueError: deliveries are checked before they come here.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import polars as pl

CONFIDENCE = 0.95
CLEAR_CONFIDENCE = 0.998
EXACT_BELOW = 10
"""Events from which Byar takes the place of the exact limits (convention of the English OHID)."""

NO_INTERVAL = "keine Spanne"
NO_INTERVAL_SUBSET = "keine Spanne: Zähler größer als Nenner"

Limits = tuple[float, float]


def normal_quantile(confidence: float) -> float:
    """Two-sided standard normal quantile of a confidence level, e.g. 1.96 for 0.95."""
    if not 0 < confidence < 1:
        raise ValueError(f"Das Vertrauensniveau muss zwischen 0 und 1 liegen, nicht {confidence}.")
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def two_sided_p(z: float) -> float:
    """Two-sided p-value of a standard normal statistic."""
    return math.erfc(abs(z) / math.sqrt(2))


def wilson(x: float, n: float, confidence: float = CONFIDENCE) -> Limits:
    """Wilson score limits of a share x/n on the scale 0 to 1 (Wilson 1927; Newcombe 1998); x need not be an integer.

    Raises ValueError for n <= 0, x < 0, x > n or a missing number.
    """
    _require_share(x, n)
    z = normal_quantile(confidence)
    spread = z * math.sqrt(z * z + 4 * x * (1 - x / n))
    centre, scale = 2 * x + z * z, 2 * (n + z * z)
    # At x = 0 and x = n the limit is known exactly; floats would miss it by one unit in the last place.
    lower = 0.0 if x == 0 else max(0.0, (centre - spread) / scale)
    upper = 1.0 if x == n else min(1.0, (centre + spread) / scale)
    return lower, upper


def exact_poisson(x: float, confidence: float = CONFIDENCE) -> Limits:
    """Exact limits of a number of events (Garwood 1936), on the scale of the count."""
    from scipy.special import gammaincinv

    _require_count(x)
    tail = (1 - confidence) / 2
    lower = 0.0 if x == 0 else float(gammaincinv(x, tail))
    return lower, float(gammaincinv(x + 1, 1 - tail))


def byar(x: float, confidence: float = CONFIDENCE) -> Limits:
    """Byar's limits of a number of events (Breslow & Day 1987); a lower limit that turns negative is 0."""
    _require_count(x)
    z = normal_quantile(confidence)
    lower = 0.0 if x == 0 else x * (1 - 1 / (9 * x) - z / (3 * math.sqrt(x))) ** 3
    above = x + 1
    return max(0.0, lower), above * (1 - 1 / (9 * above) + z / (3 * math.sqrt(above))) ** 3


def poisson(x: float, confidence: float = CONFIDENCE) -> Limits:
    """Limits of a number of events: exact below 10, Byar from 10."""
    _require_count(x)
    return exact_poisson(x, confidence) if x < EXACT_BELOW else byar(x, confidence)


def newcombe_difference(x1: float, n1: float, x2: float, n2: float, confidence: float = CONFIDENCE) -> Limits:
    """Limits of x1/n1 - x2/n2 from two Wilson intervals (Newcombe 1998, method 10), on the scale -1 to 1."""
    l1, u1 = wilson(x1, n1, confidence)
    l2, u2 = wilson(x2, n2, confidence)
    p1, p2 = x1 / n1, x2 / n2
    return p1 - p2 - math.hypot(p1 - l1, u2 - p2), p1 - p2 + math.hypot(u1 - p1, p2 - l2)


def rate_interval(
    kind: str, x: float | None, n: float | None, factor: float, confidence: float = CONFIDENCE
) -> tuple[Limits | None, str]:
    """Limits of the rate x / n * factor and the German name of the method; None where there is no interval.

    `kind` is wilson, events or none, as the catalogue says. A share whose numerator exceeds its denominator has no
    interval (commuters can outnumber the employees who live in a place).
    """
    if kind not in ("wilson", "events", "none"):
        raise ValueError(f"Die Art der Spanne „{kind}“ ist nicht bekannt.")
    if kind == "none" or x is None or n is None:
        return None, NO_INTERVAL
    if kind == "wilson" and x > n:
        return None, NO_INTERVAL_SUBSET
    percent = f"{confidence * 100:.3g} %".replace(".", ",")
    if kind == "wilson":
        low, high = wilson(x, n, confidence)
        return (low * factor, high * factor), f"Wilson {percent}"
    if not n > 0:
        raise ValueError(f"Der Nenner muss größer als null sein, nicht {n}.")
    low, high = poisson(x, confidence)
    name = "Poisson exakt" if x < EXACT_BELOW else "Byar"
    return (low / n * factor, high / n * factor), f"{name} {percent}"


def add_intervals(frame: pl.DataFrame) -> pl.DataFrame:
    """Add lower, upper, confidence and method (German) to rows with numerator, denominator, factor and interval.

    Limits are in the unit of the indicator. Rows without counts or with interval `none` get empty limits.
    """
    columns = ("interval", "numerator", "denominator", "factor")
    results = [rate_interval(*row) for row in frame.select(columns).iter_rows()]
    found = [limits for limits, _ in results]
    return frame.with_columns(
        pl.Series("lower", [None if pair is None else pair[0] for pair in found], dtype=pl.Float64),
        pl.Series("upper", [None if pair is None else pair[1] for pair in found], dtype=pl.Float64),
        pl.Series("confidence", [None if pair is None else CONFIDENCE for pair in found], dtype=pl.Float64),
        pl.Series("method", [name for _, name in results], dtype=pl.String),
    )


def _is_number(value: Any) -> bool:
    return value is not None and math.isfinite(value)


def _require_count(x: float) -> None:
    if not _is_number(x) or x < 0:
        raise ValueError(f"Eine Anzahl muss eine Zahl ab null sein, nicht {x}.")


def _require_share(x: float, n: float) -> None:
    _require_count(x)
    if not _is_number(n) or n <= 0:
        raise ValueError(f"Der Nenner muss größer als null sein, nicht {n}.")
    if x > n:
        raise ValueError(f"Der Zähler {x} ist größer als der Nenner {n}: kein Anteil.")
