"""Whole runs, each made once for all tests that read what it left.

What belongs here: running. What does not: expectations about the outcome.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from district import write_district
from runs import environment, write_other
from watch import Touched, call, noted, touched

from assets.run import ATLAS, run_job
from pipelines.settings import Settings, load_settings
from tests.fixtures.sealed import tried


@dataclass(frozen=True)
class Called:
    """An edition made by the command, called from a folder of its own in a process of its own."""

    settings: Settings
    folder: Path
    code: int
    stdout: str
    stderr: str
    tried: str  # connections, which this call was forbidden


@pytest.fixture(scope="session")
def other(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Another district, made before `first` in the same process."""
    folder = tmp_path_factory.mktemp("anderswo")
    settings = load_settings(write_other(folder / "daten"), folder / "aus")
    run_job(settings, ATLAS)
    return settings


@pytest.fixture(scope="session")
def both(tmp_path_factory: pytest.TempPathFactory, other: Settings) -> tuple[Settings, Called, Touched]:
    """The miniature district twice at the same time: in this process after `other`, and by the command, watched."""
    here, there, caller, seen = (tmp_path_factory.mktemp(name) for name in ("muster", "nochmal", "aufruf", "gesehen"))
    settings = load_settings(write_district(here / "daten"), here / "aus")
    again = load_settings(shutil.copytree(settings.data_dir, there / "daten"), there / "aus")
    process = subprocess.Popen(
        call(seen / "alles.json", seen / "quellen", "run", "--data", again.data_dir, "--out", again.out_dir),
        cwd=caller,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        run_job(settings, ATLAS)
    finally:
        stdout, stderr = process.communicate()
    called = Called(again, caller, process.returncode, stdout, stderr, tried(noted(seen / "alles.json")))
    return settings, called, touched(seen / "alles.json")


@pytest.fixture(scope="session")
def first(both: tuple[Settings, Called, Touched]) -> Settings:
    """The miniature district: three areas, two years, every status."""
    return both[0]


@pytest.fixture(scope="session")
def again(both: tuple[Settings, Called, Touched]) -> Called:
    """The same inputs as `first`, made by the command from declared sources only."""
    return both[1]


@pytest.fixture(scope="session")
def watch(both: tuple[Settings, Called, Touched]) -> Touched:
    """What every asset and check touched while `again` was made."""
    return both[2]
