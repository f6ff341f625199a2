"""The parts of a fingerprint that are not code: files and settings, and the hash over all parts.

What belongs here: hashing what a pattern finds, and the value of a setting as text. What does not: which files and
settings a step reads (`assets`), code (`pipelines.fingerprints.code`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines import provenance

if TYPE_CHECKING:
    from pipelines.fingerprints.records import Parts
    from pipelines.settings import Settings

# Values that are computed from settings instead of being among them
COMPUTED = {
    "run_id": provenance.run_id,
    "release_run_id": provenance.release_run_id,
    "program_version": lambda _: provenance.program_version(),
}


class Files:
    """Hashes of files below a folder, each made once; one object per plan, a new one for each step of a run."""

    def __init__(self, base: Path) -> None:
        self._base = base
        self._hashes: dict[Path, str] = {}
        self._paths: dict[str, list[Path]] = {}

    def matching(self, patterns: Iterable[str]) -> dict[str, str]:
        """SHA-256 of every file that a pattern finds, by path with forward slashes below the folder."""
        found = {path for pattern in patterns for path in self._found(pattern)}
        return {path.relative_to(self._base).as_posix(): self.sha256(path) for path in sorted(found)}

    def sha256(self, path: Path) -> str:
        """Hash of one file."""
        if path not in self._hashes:
            self._hashes[path] = provenance.sha256(path)
        return self._hashes[path]

    def _found(self, pattern: str) -> list[Path]:
        if pattern not in self._paths:
            self._paths[pattern] = [path for path in self._base.glob(pattern) if self._counts(path)]
        return self._paths[pattern]

    def _counts(self, path: Path) -> bool:
        parts = path.relative_to(self._base).parts
        return path.is_file() and not any(part.startswith(".") or part == "__pycache__" for part in parts)


def setting(settings: Settings, name: str) -> str:
    """The value of a field such as `year` or `kreis.key`, or of a computed one, as text."""
    if name in COMPUTED:
        return COMPUTED[name](settings)
    value: Any = settings
    for part in name.split("."):
        value = getattr(value, part)
    plain = asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, default=str)


def digest(parts: Parts) -> str:
    """The fingerprint: one hash over all parts."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, sort_keys=True).encode("utf-8")).hexdigest()
