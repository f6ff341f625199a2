"""A run that is ended from outside says so in one German line and leaves nothing half made."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from district import write_district
from runs import call, environment


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process without asking it")
def test_a_run_that_is_ended_says_so_in_one_line(tmp_path: Path) -> None:
    data, out = write_district(tmp_path / "daten"), tmp_path / "aus"
    process = subprocess.Popen(
        call("run", "--data", data, "--out", out),
        cwd=tmp_path,
        env=environment(),
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stderr is not None
    assert "Lieferungen" in process.stderr.readline()  # now a step runs, and Dagster minds the signals
    process.send_signal(signal.SIGTERM)
    rest = process.stderr.read()
    assert process.wait() == 130
    assert rest.splitlines()[-1] == "Abgebrochen; die letzte Ausgabe gilt weiter."
    assert "Traceback" not in rest and "Error" not in rest
    assert [path.name for path in out.iterdir()] == [".curated"]
