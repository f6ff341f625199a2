"""Scales of charts: round ticks, and every value between two of them where position carries it."""

from __future__ import annotations

import pytest

from pipelines.figures.axes import Axis


@pytest.mark.parametrize(
    ("low", "high"), [(46.8, 70.1), (155, 1309), (-13.45, 12.23), (2.2, 5.5), (0.004, 0.009), (4, 4), (99, 201)]
)
def test_every_value_lies_between_two_ticks(low: float, high: float) -> None:
    axis = Axis.around(low, high, 0, 100)
    assert axis.ticks[0] <= low and high <= axis.ticks[-1]
    assert 3 <= len(axis.ticks) <= 9
    assert axis.at(axis.ticks[0]) == 0 and axis.at(axis.ticks[-1]) == pytest.approx(100)


def test_ticks_are_as_close_to_the_values_as_round_numbers_allow() -> None:
    assert Axis.around(46.8, 70.1, 0, 1).ticks == (45, 50, 55, 60, 65, 70, 75)
    assert Axis.around(99, 201, 0, 1).ticks == (80, 100, 120, 140, 160, 180, 200, 220)


def test_ticks_show_as_many_decimals_as_they_need() -> None:
    assert [Axis.around(*ends, 0, 1).decimals for ends in ((0, 1000), (2, 3), (0.01, 0.02))] == [0, 1, 3]
