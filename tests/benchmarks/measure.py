"""How times are taken: several rounds, in each of them every way once, the median counts.

What belongs here: measuring and what comes out of it. What does not: what is measured.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


class Unavailable(Exception):
    """Something a benchmark needs from elsewhere is not to be had; what and why, in one line."""


@dataclass(frozen=True)
class Measurement:
    """Seconds of one thing; `peer` did the same in the same rounds.

    goal: the most seconds it may take; goal_ratio: how many times as long the peer takes at least.
    """

    name: str
    seconds: float
    peer: str = ""
    peer_seconds: float | None = None
    goal: float | None = None
    goal_ratio: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times as long the peer takes."""
        return self.peer_seconds / self.seconds if self.peer_seconds else None

    @property
    def missed(self) -> bool:
        """Whether a goal is missed."""
        slow = self.goal is not None and self.seconds > self.goal
        return slow or (self.goal_ratio is not None and (self.ratio or 0) < self.goal_ratio)


def medians(rounds: int, ways: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Median seconds of every way; the ways take turns, so that a busy minute hits all of them."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            started = time.perf_counter()
            way()
            taken[name].append(time.perf_counter() - started)
    return {name: statistics.median(seconds) for name, seconds in taken.items()}
