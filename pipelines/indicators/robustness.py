"""How stable the class of an area is when counts, weights and members of the index vary.

What belongs here: the seeded runs and their summary. What does not: the index itself (`index`, `composite`).

Every run draws all three at once (OECD/JRC, Handbook on Constructing Composite Indicators, 2008, step 7): the counts
(Beta(x + 1/2, n - x + 1/2) for shares, Gamma(x + 1/2) for events), the weights (uniform around the published ones, then
rescaled), and the members (one left out, or none, with equal chance). Members without counts, such as amounts, do not
vary by chance. Classes are made from each run as from the published values. The same seed gives the same result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.indicators.composite import CLASS_NAMES, classify, index_values

STABLE, RATHER_STABLE = 0.9, 0.7


@dataclass(frozen=True)
class MemberData:
    """One member over all areas: oriented by `orientation`; counts are NaN where there are none.

    `kind` is the interval of the catalogue (wilson, events, none); `factor` turns x / n into the unit of `values`.
    """

    values: np.ndarray
    orientation: int
    weight: float
    kind: str
    numerators: np.ndarray
    denominators: np.ndarray
    factor: float

    def oriented(self) -> np.ndarray:
        """Values with higher meaning more need, shape (areas,)."""
        return self.values * self.orientation


@dataclass(frozen=True)
class Noise:
    """What varies in the runs; all off gives the published index in every run."""

    counts: bool = True
    weight_spread: float = 0.25
    leave_one_out: bool = True


@dataclass(frozen=True)
class Stability:
    """Per area: share of runs with the published class, and the 5 % and 95 % quantiles of its classes."""

    share: np.ndarray
    low: np.ndarray
    high: np.ndarray


def simulate(members: Sequence[MemberData], runs: int, seed: int, noise: Noise | None = None) -> np.ndarray:
    """Classes of every area in every run, shape (runs, areas)."""
    noise = noise or Noise()
    generator = np.random.Generator(np.random.PCG64(seed))
    columns = [_draw_values(member, runs, generator, noise) * member.orientation for member in members]
    weights = _draw_weights(np.array([member.weight for member in members]), runs, generator, noise)
    return classify(index_values(np.stack(columns, axis=-1), weights))


def stability(classes: np.ndarray, published: np.ndarray) -> Stability:
    """Summary of the runs (runs, areas) against the published classes (areas,)."""
    low, high = np.quantile(classes, (0.05, 0.95), axis=0, method="inverted_cdf")
    return Stability((classes == published).mean(axis=0), low, high)


def stability_name(share: float) -> str:
    """Stability in words: stabil from 90 %, eher stabil from 70 %, else unsicher."""
    if share >= STABLE:
        return "stabil"
    return "eher stabil" if share >= RATHER_STABLE else "unsicher"


def class_text(published: int, share: float, low: int, high: int) -> str:
    """The class in words; below 70 % stability the span of classes in which the runs lie."""
    if share >= RATHER_STABLE:
        return CLASS_NAMES[published]
    return f"zwischen {CLASS_NAMES[min(low, published)]} und {CLASS_NAMES[max(high, published)]}"


def _draw_values(member: MemberData, runs: int, generator: np.random.Generator, noise: Noise) -> np.ndarray:
    """Values of one member, shape (runs, areas); areas without usable counts keep their value."""
    x, n = member.numerators, member.denominators
    values = np.broadcast_to(member.values, (runs, len(member.values)))
    if not noise.counts or member.kind == "none":
        return values
    usable = np.isfinite(x) & np.isfinite(n) & ((x <= n) | (member.kind == "events"))
    x, n = np.where(usable, x, 0.0), np.where(usable, n, 1.0)
    if member.kind == "wilson":
        drawn = generator.beta(x + 0.5, n - x + 0.5, size=values.shape)
    else:
        drawn = generator.gamma(x + 0.5, size=values.shape) / n
    return np.where(usable, drawn * member.factor, values)


def _draw_weights(weights: np.ndarray, runs: int, generator: np.random.Generator, noise: Noise) -> np.ndarray:
    """Weights of every run, shape (runs, members), each row adding up to 1."""
    count = len(weights)
    spread = noise.weight_spread
    drawn = weights * generator.uniform(1 - spread, 1 + spread, size=(runs, count))
    if noise.leave_one_out and count > 1:
        left_out = generator.integers(0, count + 1, size=runs)
        drawn = np.where(np.arange(count) == left_out[:, None], 0.0, drawn)
    return drawn / drawn.sum(axis=1, keepdims=True)
