"""Keep what every step was made from, for runs of the command and of the Dagster page alike.

What belongs here: when a record is removed and made. What does not: its form (`pipelines.fingerprints.records`) and
judging it (`assets.plan`). A record says from what its step was made by what is recorded of the steps before, not by
what these would be made from now: a table made from an old one is recorded as such.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from assets.plan import Book, files_of, place_of
from assets.steps import EDITION, STORE, Check, Step
from pipelines.fingerprints.parts import digest
from pipelines.fingerprints.records import Parts, Passed, Record, Records
from pipelines.provenance import sha256
from pipelines.settings import Settings


class Recorder:
    """The records of one district, written while its steps run."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._records = Records(settings.curated_dir)
        self._begun: dict[str, tuple[Parts, float]] = {}
        self._states: dict[str, dict[str, str]] = {}

    @cached_property
    def book(self) -> Book:
        """What every step is made from; code as it is when this is first asked for."""
        return Book(self._settings)

    def begin(self, step: Step) -> None:
        """Note from what a step is made, before it reads anything."""
        self._begun[step.name] = self._parts(step), time.perf_counter()
        self._states.pop(step.name, None)

    def writing(self, table: str) -> None:
        """A table is about to be written: from now on nothing is known of it and of what was checked."""
        step = self.book.maker[table]
        for check in self.book.checks(step):
            self._records.forget(check.key)
        self._records.forget(self.book.record_name(step))

    def written(self, table: str, state: str) -> None:
        """A table has been written; with the last one of its step the step is recorded."""
        step = self.book.maker[table]
        if step.name not in self._begun:  # a table written outside of a run
            return
        found = self._states.setdefault(step.name, {})
        found[table] = state
        if found.keys() == set(step.outputs):
            self._keep(step, found)

    @contextmanager
    def files(self, step: Step) -> Iterator[None]:
        """Run a step that writes files, and record which; nothing is recorded when it fails."""
        self.begin(step)
        if step.place == STORE:
            self._records.forget(self.book.record_name(step))
        folder = self._settings.staging_dir if step.place == EDITION else place_of(self._settings, step)
        before = _marks(step, folder) if step.place == EDITION else {}
        yield
        now = _marks(step, folder)
        new = [path for path, mark in now.items() if before.get(path) != mark]
        self._keep(step, {path.relative_to(folder).as_posix(): sha256(path) for path in new})

    def checked(self, check: Check, passed: bool, results: Path, seconds: float) -> None:
        """A check has judged the table that is there now."""
        if not passed:
            self._records.forget(check.key)
            return
        self._records.keep(check.key, Passed(digest(self._parts(check)), sha256(results), seconds))

    def _keep(self, step: Step, outputs: dict[str, str]) -> None:
        parts, started = self._begun.pop(step.name)
        record = Record(digest(parts), parts, outputs, round(time.perf_counter() - started, 3))
        self._records.keep(self.book.record_name(step), record)

    def _parts(self, unit: Step | Check) -> Parts:
        return self.book.parts(unit, self._recorded, self.book.files())

    def _recorded(self, asset: str) -> str:
        record = self._records.step(self.book.record_name(self.book.maker[asset]))
        return record.fingerprint if record else ""


def _marks(step: Step, folder: Path) -> dict[Path, tuple[int, int]]:
    """Size and time of every file that a step may leave."""
    return {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in files_of(step, folder)}
