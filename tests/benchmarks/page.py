"""docs/benchmarks.md: the machine, the versions, the times.

What belongs here: words and columns. What does not: measuring. No date: the page changes when it is made again.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from pipelines.settings import PROJECT_DIR
from tests.benchmarks.measure import Measurement

PAGE = PROJECT_DIR / "docs" / "benchmarks.md"
PACKAGES = (
    "dagster",
    "duckdb",
    "exactextract",
    "geopandas",
    "matplotlib",
    "nbclient",
    "openpyxl",
    "pandas",
    "polars",
    "pyarrow",
    "python-calamine",
    "shapely",
    "typst",
)
HEAD = ("What", "Time", "Goal", "Compared with", "Its time", "Ratio", "Its goal")
WORDS = """\
# Benchmarks

Made by `make bench`, which measures the shipped district in a copy of the project. Every time is the median of {rounds}
rounds (choropleths: at least five); what is compared takes turns in the same rounds, and its results are checked to be
equal before a time counts: files of an edition by hash, the colour of every area, the Markdown of every document, the
value of every cell, the sum of every polygon (by surface to a millionth). The ratio says how many times as long the
other way takes. Stages are the times of their steps within the whole run. Pandas reads with its default engine and is
told types and signs. A kernel imports the libraries and opens the release for every document; the embedded engine does
it once for all of them. Boundaries of the Gemeinden come from npm, once; without them the grid is not measured.

Machine: {machine}; {load} other programs wanted a core when it began, and every one of them lengthens the
times above a millisecond. Python {python}; {packages}.

{table}
To add a benchmark: a function in a module of `tests/benchmarks/` that returns measurements, and its name in
`tests/benchmarks/__main__.py`.
"""


def load() -> float:
    """How many programs want a core at the moment, averaged over a minute; 0 where the system does not tell."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def write_page(found: Sequence[Measurement], rounds: int, before: float) -> None:
    """Write the page; `before` is the `load` before measuring began."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    words = WORDS.format(
        rounds=rounds,
        machine=_machine(),
        load=f"{before:.1f}",
        python=platform.python_version(),
        packages=packages,
        table=table(found),
    )
    PAGE.write_text(words, encoding="utf-8")


def table(found: Sequence[Measurement]) -> str:
    """The measurements as a Markdown table."""
    rows = [HEAD, ("---", "---:", "---:", "---", "---:", "---:", "---:"), *(_cells(entry) for entry in found)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in rows)


def _cells(entry: Measurement) -> tuple[str, ...]:
    name = f"{entry.name} (**goal missed**)" if entry.missed else entry.name
    return (
        name,
        _time(entry.seconds),
        _time(entry.goal),
        entry.peer,
        _time(entry.peer_seconds),
        _times(entry.ratio),
        _times(entry.goal_ratio),
    )


def _time(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f"{seconds * 1000:.1f} ms" if seconds < 0.5 else f"{seconds:.1f} s"


def _times(ratio: float | None) -> str:
    return f"{ratio:.1f}" if ratio else ""


def _machine() -> str:
    names = [line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    memory = [int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    parts = [names[0] if names else platform.machine(), f"{cores} cores", platform.system()]
    return ", ".join([*parts, *(f"{size / 2**20:.0f} GiB memory" for size in memory)])


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
