"""A call that is killed without a word, while it waits for a job and in the middle of a transfer, is gone on with."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from runs import environment

from pipelines.settings import PROJECT_DIR, Settings
from tests.fixtures.fetching import SECRET, SOURCE, Told, flat, tree, written
from tests.fixtures.publisher import JOB, NOT_YET, ORDERED, TABLE, TOO_LARGE, Asked, Database, Publisher, Reply

CALL = """\
import sys
from dataclasses import replace
from pathlib import Path
from extended import with_source
from assets import cli
from pipelines.fetch import client
from tests.fixtures.fetching import COLUMNS, DOWNLOAD, ENTRY, GENESIS, PLAIN, QUICK, SOURCE
client.MANNERS = replace(QUICK, poll=600.0)
folder = Path(sys.argv.pop(1))
with (
    with_source(folder / "1", SOURCE, ENTRY + GENESIS, COLUMNS),
    with_source(folder / "2", PLAIN, ENTRY + DOWNLOAD, COLUMNS),
):
    cli.main()
"""
SHORT = 60.0  # seconds after which the test gives up


class Noticing(Database):
    """Says when a service is asked."""

    def __init__(self) -> None:
        super().__init__(flat())
        self.asked_for = {service: threading.Event() for service in self.queue}

    def __call__(self, asked: Asked) -> Reply:
        for service, event in self.asked_for.items():
            if asked.path.endswith(service):
                event.set()
        return super().__call__(asked)


@pytest.fixture
def database() -> Noticing:
    return Noticing()


def killed(folder: Path, place: Settings, until: Callable[[], bool]) -> None:
    """Call the command in a process of its own and kill it at that moment."""
    folder.mkdir()
    call = ("fetch", SOURCE, "--year", "2022", "--data", str(place.data_dir), "--out", str(place.out_dir))
    paths = os.pathsep.join(map(str, (PROJECT_DIR, PROJECT_DIR / "tests")))
    with subprocess.Popen(
        [sys.executable, "-c", CALL, str(folder), *call], env=environment() | {"PYTHONPATH": paths}
    ) as process:
        try:
            assert until() and process.poll() is None
        finally:
            process.kill()


def test_a_call_that_was_killed_goes_on_where_it_stood(
    fetch: Callable[..., Told], place: Settings, server: Publisher, database: Noticing, tmp_path: Path
):
    before = tree(place.data_dir)
    database.queue["data/tablefile"] = [TOO_LARGE, ORDERED]
    database.queue["catalogue/results"] = [NOT_YET]
    killed(tmp_path / "wartet", place, lambda: database.asked_for["catalogue/results"].wait(SHORT))

    half = Reply(b"PK" * 2**14, "application/zip", headers={"Content-Length": "99999"}, drip=True)
    database.queue["data/resultfile"] = [half]
    killed(tmp_path / "laedt", place, lambda: _begun(place.curated_dir))
    assert tree(place.data_dir) == before
    assert SECRET.encode() not in written(place.out_dir)

    told = fetch()
    assert told.code == 0 and f"Auftrag {JOB} wurde schon erteilt" in told.err, told.err
    assert server.paths().count("2020/data/tablefile") == 2  # the job was ordered once
    assert (place.data_dir / SOURCE / f"{TABLE}_2022_2025-03-31").is_dir()
    left = [path.name for path in (place.curated_dir / "abruf").rglob("*") if path.is_file()]
    assert left == []


def _begun(folder: Path) -> bool:
    """Wait until a part of a table is there."""
    until = time.monotonic() + SHORT
    while time.monotonic() < until:
        if any(path.stat().st_size for path in folder.rglob("*.teil")):
            return True
        time.sleep(0.02)
    return False
