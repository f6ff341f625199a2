"""The command speaks German wherever it explains itself, at once, and completes what is typed."""

from __future__ import annotations

import errno
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console
from runs import environment

from assets import cli
from assets.cli.app import app
from pipelines.errors import refused_by_system
from pipelines.trace import IndexTrace

COMMANDS = [name for name in app if not name.startswith("-")]
HEAVY = {"dagster", "duckdb", "geopandas", "great_expectations", "matplotlib", "numpy", "pandas", "polars", "scipy"}
# Words the library uses beside our texts; option names of the contract (--data, --out, --year) are no words of a text
ENGLISH = (
    "usage|options|commands?|arguments?|parameters?|required|default|choices?|env var|display|message|exit|path|int"
    "|str|float|bool|flag|empty|the|this|and|of|is|no|did you mean|invalid|unknown|missing|value|deprecated"
)


def words(text: str) -> str:
    """What is read as language: without names of options and commands, files and signs."""
    return re.sub(r"--[a-z-]+|[\w./-]+\.(yml|md|bashrc)|data/raw|sozialatlas [a-z]+", " ", text)


def told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Exit code and everything printed by a call."""
    monkeypatch.setattr(sys, "argv", ["sozialatlas", *arguments])
    code = 0
    try:
        cli.main()
    except SystemExit as stop:
        code = int(stop.code or 0)
    printed = capsys.readouterr()
    return code, printed.out + printed.err


@pytest.mark.parametrize("name", [None, *COMMANDS])
def test_help_is_german_and_says_what_every_word_is_for(name, monkeypatch, capsys):
    monkeypatch.setattr(app, "console", Console(width=200))  # the one made first in a process would keep its width
    code, text = told(monkeypatch, capsys, *([name] if name else []), "--help")
    assert code == 0
    assert text.startswith(f"Aufruf: sozialatlas {name or 'BEFEHL'}")
    assert re.findall(rf"\b({ENGLISH})\b", words(text), re.IGNORECASE) == []
    rows = [line.strip("│ ").rstrip() for line in text.splitlines() if line.startswith("│")]
    assert rows or name
    for row in rows:
        assert re.search(r"  +\S.*\w{3}", row), f"ohne Erklärung: {row}"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_in_one_sentence(name):
    text = app[name].help.strip()
    assert text and text.splitlines()[0].endswith("."), name


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["rnu"], "Erwartet: einer der Befehle "),
        (["run", "--yaer", "2021"], "Erwartet: --data, --out, --year"),
        (["run", "--year", "bald"], "Erwartet: --year: eine ganze Zahl"),
        (["run", "--year"], "Erwartet: --year: eine ganze Zahl"),
        (["steckbrief"], "Erwartet: NAME: ein Text"),
        (["run", "heute"], "Fehler: Eine Angabe ist zu viel."),
        (["vervollstaendigung", "tcsh"], "bash, zsh, fish, powershell"),
    ],
)
def test_misuse_is_told_in_german_with_what_was_expected(arguments, found, monkeypatch, capsys):
    code, text = told(monkeypatch, capsys, *arguments)
    assert code == 2
    assert found in text and f"Gefunden: sozialatlas {' '.join(arguments)}" in text and "Abhilfe:" in text
    assert re.findall(rf"\b({ENGLISH})\b", words(text), re.IGNORECASE) == []


@pytest.mark.parametrize("arguments", [["--help"], *([name, "--help"] for name in COMMANDS)])
def test_help_needs_none_of_the_libraries_of_a_run(arguments):
    """They are what would make it slow; how long it takes is measured by `make bench`."""
    call = "import runpy, sys\ntry: runpy.run_module('assets', run_name='__main__')\nfinally: print(*sys.modules)"
    run = [sys.executable, "-c", call, *arguments]
    printed = subprocess.run(run, env=environment(), check=True, capture_output=True, encoding="utf-8").stdout
    loaded = set(printed.splitlines()[-1].split())
    assert "assets.cli" in loaded and not HEAVY & loaded


def test_a_folder_that_cannot_be_written_is_told_in_german(tmp_path, monkeypatch, capsys):
    (tmp_path / "datei").touch()
    code, text = told(monkeypatch, capsys, "run", "--out", str(tmp_path / "datei" / "aus"))
    assert code == 1 and "Traceback" not in text
    assert "Eine Datei lässt sich nicht schreiben oder lesen" in text and str(tmp_path / "datei") in text
    assert "Gefunden: eine Datei, wo ein Ordner liegen müsste" in text


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "kein Platz mehr auf dem Datenträger"),
        (RuntimeError(f"IO Error: Could not write file: {os.strerror(errno.ENOSPC)}"), "kein Platz mehr"),
        (RuntimeError("(sqlite3.OperationalError) database or disk is full"), "kein Platz mehr"),
        (PermissionError(errno.EACCES, os.strerror(errno.EACCES), "aus"), "kein Recht"),
    ],
)
def test_what_the_disk_refuses_is_known_whoever_says_it(error, found):
    fault = refused_by_system(error)
    assert fault is not None and found in fault.message() and "die letzte Ausgabe gilt weiter" in fault.message()
    assert refused_by_system(ValueError("etwas anderes")) is None


def test_the_index_is_traced_to_parts_that_can_be_traced_in_turn(monkeypatch, capsys):
    area = {"area_id": "06999001", "display_name": "Musterstadt"}
    value = {"value": 0.331, "class_text": "mittel", "stability_name": "stabil", "stability": 1.0, "runs": 5000}
    part = {"indicator_id": "E01", "area_id": "06999001", "period": "2021", "z": 0.41, "weight": 1 / 3,
            "contribution": 0.15}  # fmt: skip
    without = {**part, "indicator_id": "E08", "z": None, "weight": None, "contribution": None}
    found = IndexTrace(area, value, (part, without), 2022)
    monkeypatch.setattr("pipelines.trace.trace_index", lambda *_: found)
    code, text = told(monkeypatch, capsys, "trace", "Index", "Musterstadt", "2022")
    assert code == 0 and text.startswith("Orientierungsindex, Musterstadt (06999001), Ausgabe 2022")
    assert "mittel" in text and "0,33" in text and "100 % von 5 000 Durchläufen" in text.replace("\u202f", " ")
    assert text.count("Standardabweichungen") == 1
    assert "sozialatlas trace E01 06999001 2021" in text and "sozialatlas trace E08 06999001 2021" in text


def complete(folder: Path, line: str) -> set[str]:
    """What bash offers at the end of this line after reading the script."""
    script = folder / "skript.sh"
    if not script.exists():
        done = subprocess.run(
            [sys.executable, "-m", "assets", "vervollstaendigung", "bash"],
            env=environment(), check=True, capture_output=True, text=True,
        )  # fmt: skip
        script.write_text(done.stdout, encoding="utf-8")
    typed = line.split(" ")
    ask = (
        f"source {script}; COMP_WORDS=({' '.join(repr(word) for word in typed)}); COMP_CWORD={len(typed) - 1}; "
        "$(complete -p sozialatlas | sed 's/.*-F \\([^ ]*\\).*/\\1/'); printf '%s\\n' \"${COMPREPLY[@]}\""
    )
    done = subprocess.run(["bash", "-c", ask], check=True, capture_output=True, text=True)
    return set(done.stdout.split())


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash fehlt")
def test_bash_completes_commands_and_options(tmp_path):
    assert complete(tmp_path, "sozialatlas ") == set(COMMANDS)
    assert complete(tmp_path, "sozialatlas ch") == {"check"}
    assert {"--data", "--out", "--year"} <= complete(tmp_path, "sozialatlas check --")
    assert complete(tmp_path, "sozialatlas run --ye") == {"--year"}
    assert {"bash", "zsh", "fish", "powershell"} == complete(tmp_path, "sozialatlas vervollstaendigung ")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_the_script_of_every_shell_names_all_commands_and_explains_them_in_german(shell, monkeypatch, capsys):
    code, text = told(monkeypatch, capsys, "vervollstaendigung", shell)
    assert code == 0
    assert all(name in text for name in COMMANDS)
    assert "Display this message" not in text
