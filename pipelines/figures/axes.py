"""Scales from values to millimetres, with round ticks, and values as short words beside them.

What belongs here: choosing a scale and its ticks. What does not: drawing them (`dots`, `series`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from pipelines import german
from pipelines.figures import style


@dataclass(frozen=True)
class Axis:
    """A linear scale from values to mm, with its ticks."""

    low: float
    high: float
    start: float
    stop: float
    ticks: tuple[float, ...]
    decimals: int = 0

    def at(self, value: float) -> float:
        if self.high <= self.low:
            return (self.start + self.stop) / 2
        return self.start + (self.stop - self.start) * (value - self.low) / (self.high - self.low)

    @classmethod
    def nice(cls, low: float, high: float, start: float, stop: float, wanted: int = 5) -> Axis:
        """A scale that begins and ends at round ticks around the data; about `wanted` of them."""
        low, high = _apart(low, high)
        step, decimals = _round_step(low, high, wanted)
        ticks = _multiples(step, math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9))
        return cls(ticks[0], ticks[-1], start, stop, ticks, decimals)

    @classmethod
    def around(cls, low: float, high: float, start: float, stop: float) -> Axis:
        """The closest of the scales with four to seven steps: every value lies between two round ticks."""
        found = [cls.nice(low, high, start, stop, wanted) for wanted in (4, 5, 6, 7)]
        return min(found, key=lambda axis: (round(axis.high - axis.low, 9), len(axis.ticks)))

    @classmethod
    def from_zero(cls, low: float, high: float, start: float, stop: float) -> Axis:
        """A scale that holds zero and ends a little above the data."""
        low, high = min(low, 0.0), max(high, 0.0)
        low, high = (low, high) if high > low else (low, low + 1.0)
        pad = (high - low) * 0.05
        low, high = (low - pad if low < 0 else low), (high + pad if high > 0 else high)
        step, decimals = _round_step(low, high, 6)
        ticks = _multiples(step, math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9))
        return cls(low, high, start, stop, ticks, decimals)


def _apart(low: float, high: float) -> tuple[float, float]:
    """Two limits, moved apart when they are the same."""
    if high > low:
        return low, high
    pad = abs(low) * 0.1 or 1.0
    return low - pad, high + pad


def _multiples(step: float, first: int, last: int) -> tuple[float, ...]:
    return tuple(round(step * number, 10) for number in range(first, last + 1))


def _round_step(low: float, high: float, wanted: int) -> tuple[float, int]:
    """Distance of at most about `wanted` ticks: 1, 2, 5 or 10 times a power of ten, and the decimals it needs."""
    rough = (high - low) / wanted
    power = math.floor(math.log10(rough))
    factor = next((factor for factor in (1.0, 2.0, 5.0) if factor * 10.0**power >= rough * 0.999), 10.0)
    decimals = max(0, -power - (factor == 10.0))
    return factor * 10.0**power, decimals


def short_value(value: float, unit: str, decimals: int) -> str:
    """A value with its unit where that is a symbol; a unit in words stands once, at the head of its column or axis."""
    return german.value_text(value, unit if is_short(unit) else "", decimals)


def is_short(unit: str) -> bool:
    """Whether a unit is a symbol short enough to stand at every number."""
    return style.text_width(german.unit_symbol(unit), style.SIZE_SMALL) < 10
