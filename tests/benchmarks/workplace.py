"""A copy of the project in a temporary folder, where files may be changed and runs made.

What belongs here: the copy, calling the command in it, the edition the benchmarks share. What does not: measuring.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from functools import cached_property
from pathlib import Path

from pipelines.settings import PROJECT_DIR

COPIED = ("assets", "pipelines", "reports", "data/raw", "uv.lock", "pyproject.toml", "dagster.yaml")
NOT_COPIED = ("output", "_ausgabe", "abbildungen", "schriften", "__pycache__")


class Workplace:
    """The copy, from `with` on; `folder` is its root."""

    def __enter__(self) -> Workplace:
        self._temporary = tempfile.TemporaryDirectory(prefix="sozialatlas-bench-", ignore_cleanup_errors=True)
        self.folder = Path(self._temporary.name).resolve() / "project"
        for name in COPIED:
            source, target = PROJECT_DIR / name, self.folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns(*NOT_COPIED))
            else:
                shutil.copyfile(source, target)
        return self

    def __exit__(self, *_: object) -> None:
        self._temporary.cleanup()

    @property
    def out(self) -> Path:
        """Where runs of the copy put their edition."""
        return self.folder / "reports" / "output"

    @cached_property
    def edition(self) -> Path:
        """The folder of an edition of the shipped district."""
        if not list(self.out.glob("*/manifest.json")):
            self.call("run")
        return next(self.out.glob("*/manifest.json")).parent

    def forget(self) -> None:
        """Remove everything runs have left in the copy."""
        for leftover in (self.out, self.folder / "data" / "curated", self.folder / ".dagster"):
            shutil.rmtree(leftover, ignore_errors=True)
        (self.folder / "data" / "curated").mkdir()

    def call(self, *arguments: str) -> str:
        """What `sozialatlas` prints, run with the code of the copy. Raises RuntimeError when it fails."""
        done = subprocess.run(
            [sys.executable, "-m", "assets", *arguments],
            capture_output=True,
            encoding="utf-8",
            cwd=self.folder,
            env=environment(self.folder),
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"sozialatlas {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done.stdout


def environment(folder: Path) -> dict[str, str]:
    """The environment of a call of the project in `folder`; Dagster's folder is the copy's own."""
    inherited = {name: value for name, value in os.environ.items() if name != "DAGSTER_HOME"}
    return {**inherited, "PYTHONPATH": str(folder), "PYTHONIOENCODING": "utf-8"}
