"""Rows of `release.checks`: how one result is worded, and the folder where results wait for the release.

What belongs here: the form of results and their storage as JSON. What does not: the checks themselves.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from pipelines.contracts import conform, empty

EXAMPLES = 5


@dataclass(frozen=True)
class Result:
    """One check; the fields are those of the contract `release.checks`, all texts German.

    passed is None where nothing could be tested: listed with its reason, but never counted as passed.
    """

    table_name: str
    check_id: str
    kind: str
    description: str
    expected: str
    observed: str
    passed: bool | None
    gap: float | None = None
    examples: str | None = None


def as_frame(results: Iterable[Result]) -> pl.DataFrame:
    """The results by contract `release.checks`, ordered by table and check."""
    rows = [asdict(result) for result in results]
    return conform(pl.DataFrame(rows, schema=empty("release.checks").schema), "release.checks")


def store(results: pl.DataFrame, path: Path) -> None:
    """Keep the results of one check in a file of its own, where a later run of the same check replaces them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(results.to_dicts(), ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def collect(paths: Iterable[Path]) -> pl.DataFrame:
    """The results stored in those files that exist, by contract `release.checks`; empty when nothing was checked."""
    rows = [row for path in paths if path.is_file() for row in json.loads(path.read_text(encoding="utf-8"))]
    return conform(pl.DataFrame(rows, schema=empty("release.checks").schema), "release.checks")


def failed_text(results: pl.DataFrame) -> str:
    """The failed checks in German for a person: what, expected, observed, first keys; empty when all passed."""
    lines: list[str] = []
    for row in results.filter(~pl.col("passed")).iter_rows(named=True):
        lines.append(f"Prüfung nicht bestanden: {row['description']}")
        lines.append(f"  Tabelle:  {row['table_name']} ({row['check_id']})")
        lines.append(f"  Erwartet: {row['expected']}")
        lines.append(f"  Gefunden: {row['observed']}")
        if row["examples"]:
            lines.append(f"  Beispiele: {row['examples']}")
    return "\n".join(lines)
