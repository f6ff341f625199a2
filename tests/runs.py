"""Whole runs in tests: calling the command as a user does, a second district unlike the miniature one, hashes.

What belongs here: what several tests of whole runs share. What does not: expectations about an outcome, and the
miniature district itself (`district`).
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from district import Row, write_district

from pipelines.provenance import ordered_content_hash, sha256
from pipelines.settings import PROJECT_DIR

OTHER_NAMES = (
    "Ahornau", "Birkenfelde", "Zedernhof", "Douglasienberg", "Erlenbruch", "Fichtenrode", "Ginsterheide", "Haselgrund",
    "Ilexbach", "Jasminthal",
)  # fmt: skip
# Employed people of these Gemeinden have no figure, each for another reason: all reach the first page of the portal
OTHER_GAPS = {3: "secret", 4: "uncertain", 5: "later", 6: "not_applicable", 7: "missing", 8: "suppressed"}
CLOSED = "inkar"
CLOSED_FIGURE = "2413.579"


def write_other(folder: Path) -> Path:
    """A district unlike the miniature one: ten Gemeinden, gaps of all kinds, one source that is not published."""
    return write_district(
        folder,
        key="05888",
        name="Kreis Anderswo",
        gemeinden=len(OTHER_NAMES),
        names=OTHER_NAMES,
        years=(2019, 2020),
        label="Probezahlen",
        published={CLOSED: False},
        overrides={"hessische_gemeindestatistik": _with_gaps, CLOSED: _with_a_secret},
    )


def call(*arguments: object) -> list[str]:
    """The words of a call of `sozialatlas` that works in any folder."""
    return [sys.executable, "-m", "assets", *map(str, arguments)]


def environment() -> dict[str, str]:
    """The environment of such a call."""
    return {**os.environ, "PYTHONPATH": str(PROJECT_DIR), "PYTHONIOENCODING": "utf-8"}


def command(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """`sozialatlas` as a user calls it, from any folder."""
    return subprocess.run(
        call(*arguments), capture_output=True, encoding="utf-8", cwd=cwd, env=environment(), check=False
    )


def content(folder: Path) -> dict[str, str]:
    """Hash of every file; of DuckDB files that of their ordered content, because their bytes are not stable."""
    return {
        path.relative_to(folder).as_posix(): ordered_content_hash(path) if path.suffix == ".duckdb" else sha256(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _with_gaps(rows: list[Row]) -> list[Row]:
    """The newest count of employed people is absent in some Gemeinden."""
    last = max(row["stichtag"] for row in rows if row["merkmal"] == "svb_wohnort")
    for row in rows:
        position = int(row["ags"][5:] or 0) - 1
        if (row["merkmal"], row["auspraegung"], row["stichtag"]) == ("svb_wohnort", "insgesamt", last):
            row |= {"status": OTHER_GAPS[position], "wert": ""} if position in OTHER_GAPS else {}
    return rows


def _with_a_secret(rows: list[Row]) -> list[Row]:
    """A figure that would be noticed anywhere, in the source that is not published."""
    next(row for row in rows if row["merkmal"] == "einkommensteueranteil_je_einwohner")["wert"] = CLOSED_FIGURE
    return rows
