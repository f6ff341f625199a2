"""Benchmarks compare like with like: the measured ways give the same map, and take turns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.benchmarks import choropleths, readers
from tests.benchmarks.measure import Measurement, medians
from tests.benchmarks.page import table
from tests.fixtures.release import make_release


def test_ways_take_turns_and_the_median_counts() -> None:
    order: list[str] = []
    found = medians(3, {"own": lambda: order.append("own"), "peer": lambda: order.append("peer")})
    assert order == ["own", "peer"] * 3
    assert set(found) == {"own", "peer"}


def test_every_way_to_draw_a_map_gives_the_same_colours(tmp_path: Path) -> None:
    make_release(tmp_path)
    workplace: Any = type("Workplace", (), {"edition": tmp_path})
    found = choropleths.measure(workplace, 1)
    assert [entry.peer for entry in found] == [choropleths.PEER, choropleths.REUSED]
    assert all(entry.ratio and entry.seconds > 0 for entry in found)


def test_every_way_to_read_a_file_gives_the_same_values(tmp_path: Path) -> None:
    workplace: Any = type("Workplace", (), {"folder": tmp_path})
    found = readers.measure(workplace, 1, flat_rows=1_000, book_rows=100)
    assert [entry.peer for entry in found] == [readers.FLAT_PEER, readers.BOOK_PEER]
    assert all(entry.ratio and entry.seconds > 0 for entry in found)


def test_the_table_tells_time_goal_and_ratio() -> None:
    rows = table([Measurement("map", 0.002, "other map", 0.1, 0.005), Measurement("run", 40.0, goal=60.0)])
    assert "| map | 2.0 ms | 5.0 ms | other map | 100.0 ms | 50.0 |  |" in rows
    assert "| run | 40.0 s | 60.0 s |  |  |  |  |" in rows


def test_a_missed_goal_is_said_whether_of_time_or_ratio() -> None:
    slow = Measurement("slow", 2.0, "other", 8.0, goal=1.0, goal_ratio=3.0)
    close = Measurement("close", 2.0, "other", 4.0, goal=3.0, goal_ratio=3.0)
    good = Measurement("good", 2.0, "other", 8.0, goal=3.0, goal_ratio=3.0)
    assert [entry.missed for entry in (slow, close, good)] == [True, True, False]
    assert "| close (**goal missed**) | 2.0 s | 3.0 s | other | 4.0 s | 2.0 | 3.0 |" in table([close])
