"""Age-standardised rates: direct with Dobson's interval, indirect as a ratio with limits of events.

What belongs here: the two formulas on age bands. What does not: choosing the bands or the standard population.

A band without population is refused, not skipped: it would take its weight with it unseen. Ratios of two areas are not
comparable with each other, each only with the reference.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.indicators.intervals import CONFIDENCE, byar, poisson

MINIMUM_EVENTS = 10
"""Below this number of events no directly standardised rate is given."""


@dataclass(frozen=True)
class DirectRate:
    """A directly standardised rate per person; value, variance and limits are None below ten events."""

    events: float
    value: float | None
    variance: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class IndirectRatio:
    """Observed over expected events, with limits."""

    observed: float
    expected: float
    ratio: float
    lower: float
    upper: float


def direct(
    events: Sequence[float],
    population: Sequence[float],
    weights: Sequence[float],
    confidence: float = CONFIDENCE,
) -> DirectRate:
    """Directly standardised rate with Dobson's interval (Dobson et al. 1991) around it; one entry per age band.

    Raises ValueError for lists of unequal length, a missing count or a band without population.
    """
    _require_bands(events, population, weights)
    total, weight = sum(events), sum(weights)
    if total < MINIMUM_EVENTS:
        return DirectRate(total, None, None, None, None)
    bands = list(zip(events, population, weights, strict=True))
    value = sum(w * x / n for x, n, w in bands) / weight
    variance = sum(w * w * x / n**2 for x, n, w in bands) / weight**2
    low, high = byar(total, confidence)
    scale = math.sqrt(variance / total)
    return DirectRate(total, value, variance, value + scale * (low - total), value + scale * (high - total))


def indirect(
    observed: float, population: Sequence[float], reference_rates: Sequence[float], confidence: float = CONFIDENCE
) -> IndirectRatio:
    """Ratio of observed to expected events, limits exact below ten events and Byar from ten; one entry per age band.

    The indirectly standardised rate is the ratio times the crude rate of the reference.
    """
    _require_bands(reference_rates, population)
    expected = sum(rate * n for rate, n in zip(reference_rates, population, strict=True))
    if expected <= 0:
        raise ValueError("Die erwartete Anzahl muss größer als null sein.")
    low, high = poisson(observed, confidence)
    return IndirectRatio(observed, expected, observed / expected, low / expected, high / expected)


def _require_bands(events: Sequence[float], population: Sequence[float], *more: Sequence[float]) -> None:
    columns = (events, population, *more)
    if len({len(column) for column in columns}) != 1 or not population:
        raise ValueError("Jede Altersgruppe braucht genau einen Wert in jeder Liste.")
    if any(value is None or not math.isfinite(value) or value < 0 for column in columns for value in column):
        raise ValueError("In einer Altersgruppe fehlt eine Zahl, oder sie ist negativ.")
    if any(n == 0 for n in population):
        raise ValueError("Eine Altersgruppe ohne Bevölkerung wird nicht standardisiert; Gruppen zusammenfassen.")
