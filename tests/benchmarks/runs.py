"""Whole run and its stages, second run with nothing changed, one changed chapter, one changed delivery.

What belongs here: times of the command as a user calls it. What does not: parts of a run.
"""

from __future__ import annotations

import hashlib
import re
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

from pipelines.provenance import ordered_content_hash, sha256
from tests.benchmarks.measure import Measurement, medians
from tests.benchmarks.workplace import Workplace

WHOLE, NOTHING, CHAPTER, DELIVERY = "whole run", "nothing changed", "one chapter changed", "one delivery changed"
HELP, PYTHON = "help", "Python alone"
GOALS = {WHOLE: 60.0, NOTHING: 5.0, HELP: 0.5}
STAGE = re.compile(r"^  (\w+) +([\d.,]+)$", re.MULTILINE)
SENTENCE = "\nDieser Satz steht nur in einer Messung.\n"
# A delivery no sum depends on: one voter more changes one indicator of one Gemeinde
DELIVERED = "data/raw/wahlen/1989-2023"


def measure(workplace: Workplace, rounds: int) -> list[Measurement]:
    """Each round starts from nothing; what came out is compared before a time counts."""
    taken: defaultdict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):
        for name, seconds in _round(workplace).items():
            taken[name].append(seconds)
    median = {name: statistics.median(seconds) for name, seconds in taken.items()}
    whole = median.pop(WHOLE)
    found = [Measurement(WHOLE, whole, goal=GOALS[WHOLE])]
    for name in (NOTHING, CHAPTER, DELIVERY):
        found.append(Measurement(name, median.pop(name), WHOLE, whole, GOALS.get(name)))
    alone = [sys.executable, "-c", "pass"]
    short = medians(5, {HELP: lambda: workplace.call("--help"), PYTHON: lambda: subprocess.run(alone, check=True)})
    found.append(Measurement(HELP, short[HELP], PYTHON, short[PYTHON], GOALS[HELP]))
    return found + [Measurement(name, seconds) for name, seconds in median.items()]


def _round(workplace: Workplace) -> dict[str, float]:
    workplace.forget()
    seconds: dict[str, float] = {}
    printed = _timed(workplace, WHOLE, seconds)
    seconds |= {f"stage {stage}": value for stage, value in _stages(printed).items()}
    first = _edition(workplace)
    _timed(workplace, NOTHING, seconds)
    assert _edition(workplace) == first
    chapter = workplace.folder / "reports" / "atlas" / "wohnen.qmd"
    before = chapter.read_bytes()
    chapter.write_bytes(before + SENTENCE.encode())
    _timed(workplace, CHAPTER, seconds)
    assert _changed(first, _edition(workplace)) == {".pdf", ".docx"}  # the committee paper prints the hash of the atlas
    chapter.write_bytes(before)
    workplace.call("run")
    assert _edition(workplace) == first
    sheet, values = (workplace.folder / DELIVERED / name for name in ("lieferung.yml", "werte.csv"))
    kept = sheet.read_bytes(), values.read_bytes()
    _one_voter_more(sheet, values)
    _timed(workplace, DELIVERY, seconds)
    assert {".xlsx", ".duckdb", ".pdf"} <= _changed(first, _edition(workplace))
    sheet.write_bytes(kept[0])
    values.write_bytes(kept[1])
    workplace.call("run")
    assert _edition(workplace) == first
    return seconds


def _timed(workplace: Workplace, name: str, seconds: dict[str, float]) -> str:
    """What a run prints; its time is put into `seconds`."""
    started = time.perf_counter()
    printed = workplace.call("run")
    seconds[name] = time.perf_counter() - started
    return printed


def _stages(printed: str) -> dict[str, float]:
    found = {name: float(value.replace(".", "").replace(",", ".")) for name, value in STAGE.findall(printed)}
    return {name: value for name, value in found.items() if name != "gesamt"}


def _edition(workplace: Workplace) -> dict[str, str]:
    """Hash of every file of the edition but its manifest, which names the run; of databases that of their content."""
    folder = workplace.edition
    return {
        path.relative_to(folder).as_posix(): ordered_content_hash(path) if path.suffix == ".duckdb" else sha256(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "manifest.json"
    }


def _changed(first: dict[str, str], second: dict[str, str]) -> set[str]:
    """Endings of the files that are not the same."""
    assert first.keys() == second.keys()
    return {Path(name).suffix for name in first if first[name] != second[name]}


def _one_voter_more(sheet: Path, values: Path) -> None:
    lines = values.read_text(encoding="utf-8").splitlines(keepends=True)
    names = lines[0].strip().split(",")
    row = next(
        at
        for at in range(len(lines) - 1, 0, -1)
        if "waehler" in lines[at].split(",") and lines[at].split(",")[names.index("wert")].isdigit()
    )
    cells = lines[row].split(",")
    cells[names.index("wert")] = str(int(cells[names.index("wert")]) + 1)
    lines[row] = ",".join(cells)
    changed = "".join(lines).encode()
    before = values.read_bytes()
    values.write_bytes(changed)
    words = sheet.read_text(encoding="utf-8")
    for old, new in (
        (hashlib.sha256(before).hexdigest(), hashlib.sha256(changed).hexdigest()),
        (f"bytes: {len(before)}", f"bytes: {len(changed)}"),
    ):
        assert old in words
        words = words.replace(old, new)
    sheet.write_text(words, encoding="utf-8")
