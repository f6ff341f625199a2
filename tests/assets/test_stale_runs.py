"""Runs after one change of the program or of an edition: what runs is what is stale.

Each run is a process of its own in a copy of the project, so that code can be changed as by a developer; what ran is
read from the events that Dagster has stored there. What follows a changed delivery is told in `test_life`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest
from runs import content
from stale import ATLAS, LAST, copy_program

from pipelines.settings import Settings, load_settings


@dataclass(frozen=True)
class Project:
    """A copy of the project with a copy of a district and its edition."""

    root: Path
    settings: Settings

    def run(self, *, fails: bool = False) -> tuple[set[str], str]:
        """Call `sozialatlas run`; the steps and checks that ran, and what was printed."""
        call = ["run", "--data", self.settings.data_dir, "--out", self.settings.out_dir]
        done = subprocess.run(
            [sys.executable, "-m", "assets", *map(str, call)],
            cwd=self.root,
            env={**os.environ, "PYTHONPATH": str(self.root), "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == int(fails), done.stderr
        return self._last_run(), done.stdout + done.stderr

    def edit(self, path: str, old: str, new: str) -> None:
        text = (self.root / path).read_text(encoding="utf-8")
        assert old in text, (path, old)
        (self.root / path).write_text(text.replace(old, new, 1), encoding="utf-8", newline="\n")

    def _last_run(self) -> set[str]:
        with dg.DagsterInstance.from_config(str(self.root / ".dagster")) as instance:
            (last,) = instance.get_run_records(limit=1, ascending=False)
            events = instance.all_logs(last.dagster_run.run_id, of_type=dg.DagsterEventType.STEP_START)
        return {str(event.step_key) for event in events}


@pytest.fixture(scope="module")
def project(first: Settings, tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("projekt")
    shutil.copytree(first.data_dir, folder / "daten")
    shutil.copytree(first.out_dir, folder / "aus")
    root = copy_program(folder / "programm")
    return Project(root, load_settings(folder / "daten", folder / "aus"))


def test_after_a_changed_chapter_its_document_is_made_and_nothing_else(project: Project) -> None:
    before = content(project.settings.output_dir)
    project.edit("reports/atlas/wohnen.qmd", "# Wohnen und Flächen\n", "# Wohnen und Flächen\n\nEin Satz mehr.\n")
    ran, _ = project.run()
    assert ran == ATLAS
    now = content(project.settings.output_dir)
    changed = {name for name in before.keys() | now.keys() if before.get(name) != now.get(name)}
    assert {f"sozialatlas-{project.settings.year}.pdf", "manifest.json"} <= changed
    assert not [name for name in changed if name.startswith(("daten/", "karten/", "steckbriefe/"))]


def test_a_failed_run_leaves_the_edition_and_the_next_one_makes_what_is_missing(project: Project) -> None:
    before = content(project.settings.output_dir)
    project.edit("reports/profile.qmd", "print(pages.profile(", "print(pages.fehlt(")
    ran, told = project.run(fails=True)
    assert ran == {"reports__steckbriefe"} and "profile.qmd" in told
    assert content(project.settings.output_dir) == before
    project.edit("reports/profile.qmd", "print(pages.fehlt(", "print(pages.profile(")
    ran, told = project.run()
    assert told.startswith("Nichts zu tun")
    assert content(project.settings.output_dir) == before


def test_a_deleted_file_is_made_again_as_it_was(project: Project) -> None:
    before = content(project.settings.output_dir)
    next((project.settings.output_dir / "steckbriefe").glob("*.pdf")).unlink()
    ran, _ = project.run()
    assert ran == {"reports__steckbriefe", *LAST}
    assert content(project.settings.output_dir) == before


def test_when_nothing_but_a_comment_changed_nothing_runs(project: Project) -> None:
    project.edit("pipelines/figures/bars.py", "WIDTH = 178.0", "WIDTH = 178.0  # mm")
    _, told = project.run()
    assert told.startswith("Nichts zu tun")
