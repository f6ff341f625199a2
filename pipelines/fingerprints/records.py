"""What each step has left: from what it was made, what came out, and which of its checks passed.

What belongs here: one small file per step in the internal store, replaced in one step. What does not: judging whether
a step is stale (`pipelines.fingerprints.stale`). A record is removed before a step writes and made after it has
written, so that nothing is taken for current that is not.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FOLDER = "fingerabdruecke"
Parts = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Record:
    """One finished step; hashes are hexadecimal digits.

    parts: what it was made from, by kind of input and name. outputs: state of every table or file it wrote. seconds:
    how long it took.
    """

    fingerprint: str
    parts: Parts
    outputs: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True)
class Passed:
    """One passed check: fingerprint of the step it judged, and hash of the results it left."""

    fingerprint: str
    results: str
    seconds: float = 0.0


class Records:
    """The records of one district; `folder` is its internal store."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER

    def step(self, name: str) -> Record | None:
        """The record of a step, if it has been made and is legible."""
        content = self._read(name)
        try:
            return None if content is None else Record(**content)
        except TypeError:  # written by another version
            return None

    def check(self, name: str) -> Passed | None:
        """The record of a check, if it passed."""
        content = self._read(name)
        try:
            return None if content is None else Passed(**content)
        except TypeError:
            return None

    def keep(self, name: str, record: Record | Passed) -> None:
        """Store the record of a step or a check."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(name)
        aside = path.with_name(f".{path.name}.{os.getpid()}")
        aside.write_text(json.dumps(asdict(record), ensure_ascii=False), encoding="utf-8", newline="\n")
        aside.replace(path)

    def forget(self, name: str) -> None:
        """Remove the record of a step or a check: it is being made again, or has failed."""
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"

    def _read(self, name: str) -> dict[str, Any] | None:
        try:
            content = json.loads(self._path(name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return content if isinstance(content, dict) else None
