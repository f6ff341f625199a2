"""One run at a time, told in German, and no lock that outlives its process."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys

import pytest

from pipelines.errors import LockError
from pipelines.lock import NAME, run_lock

HOLDER = """
import sys, time
from pathlib import Path
from pipelines.lock import run_lock
with run_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_lock_is_there_while_held_and_gone_after(tmp_path):
    with run_lock(tmp_path):
        assert json.loads((tmp_path / NAME).read_text())["pid"] == os.getpid()
    assert list(tmp_path.iterdir()) == []


def test_within_one_process_it_may_be_taken_again(tmp_path):
    with run_lock(tmp_path), run_lock(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_another_process_is_named_in_german(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline().strip() == "held"
    with pytest.raises(LockError) as error, run_lock(tmp_path):
        pass
    process.kill()
    process.wait()
    text = str(error.value)
    assert f"Vorgang {process.pid}" in text and socket.gethostname() in text and "seit " in text and "Abhilfe" in text


def test_the_lock_of_a_dead_process_is_taken_over(tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    holder = {"pid": dead.pid, "host": socket.gethostname(), "user": "e.mustermann", "since": "gestern"}
    (tmp_path / NAME).write_text(json.dumps(holder))
    with run_lock(tmp_path):
        assert json.loads((tmp_path / NAME).read_text())["pid"] == os.getpid()


def test_the_lock_of_another_computer_is_never_taken_over(tmp_path):
    holder = {"pid": 1, "host": "anderer-rechner", "user": "e.mustermann", "since": "gestern"}
    (tmp_path / NAME).write_text(json.dumps(holder))
    with pytest.raises(LockError, match="anderer-rechner"), run_lock(tmp_path):
        pass
