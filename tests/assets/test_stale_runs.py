"""Runs after one change: what runs is what is stale, and the edition is the one a run from nothing makes.

Each run is a process of its own in a copy of the project, so that code can be changed as by a developer; what ran is
read from the events that Dagster has stored there.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from district import rehash, werte
from runs import content
from stale import LAST, behind, copy_program

from pipelines.settings import Settings, load_settings


@dataclass(frozen=True)
class Project:
    """A copy of the project with a copy of a district and its edition."""

    root: Path
    settings: Settings

    def run(self, out: Path | None = None, *, fails: bool = False) -> tuple[set[str], str]:
        """Call `sozialatlas run`; the steps and checks that ran, and what was printed."""
        call = ["run", "--data", self.settings.data_dir, "--out", out or self.settings.out_dir]
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


def steps(ran: set[str]) -> set[str]:
    """Without checks: those that ran belong to tables that were made."""
    checks = {name for name in ran if name.endswith(("_vertrag", "_summen", "_zwei_quellen", "_grenzen"))} - {
        "raw__grenzen"
    }
    checks |= {name for name in ran if name.endswith("_veroeffentlichte_summen")}
    made = {name for name in ran if name not in checks}
    assert all(any(_table_of(check).startswith(name) for name in made) or _shared(check, made) for check in checks)
    return made


def _table_of(check: str) -> str:
    return check.rsplit("_vertrag", 1)[0]


def _shared(check: str, made: set[str]) -> bool:
    """A check of a table that one step makes together with another."""
    return {"curated__members_vertrag": "curated__areas", "curated__losses_vertrag": "curated__merkmale"}.get(
        check, ""
    ) in made


def test_after_each_change_runs_what_is_stale_and_the_edition_is_that_of_a_run_from_nothing(project: Project) -> None:
    before = content(project.settings.output_dir)

    # A chapter, a figure, a delivery: after each the edition holds the change and everything else as it was
    project.edit("reports/atlas/wohnen.qmd", "# Wohnen und Flächen\n", "# Wohnen und Flächen\n\nEin Satz mehr.\n")
    ran, _ = project.run()
    assert ran == {"reports__atlas", *LAST}
    now = content(project.settings.output_dir)
    pages = {name for name in before.keys() | now.keys() if before.get(name) != now.get(name)}
    assert {f"sozialatlas-{project.settings.year}.pdf", "manifest.json"} <= pages
    assert not {name for name in pages if name.startswith(("daten/", "karten/", "steckbriefe/"))}

    project.edit("pipelines/figures/dots.py", "MARKER = 2.2", "MARKER = 2.6")
    ran, _ = project.run()
    assert {"reports__abbildungen", "reports__atlas", *LAST} <= ran
    assert all(name.startswith("reports__") for name in ran) and "reports__kopie" not in ran

    path = werte(project.settings.data_dir, "inkar")
    path.write_text(path.read_text(encoding="utf-8").replace(",156,", ",157,", 1), encoding="utf-8", newline="\n")
    rehash(project.settings.data_dir)
    ran, _ = project.run()
    expected = behind("raw__inkar", "curated__merkmale", "curated__sources", "release__edition", "release__corrections")
    assert steps(ran) == expected
    assert checks_released(project.settings.output_dir) == checks_of_all(project)

    afresh = project.settings.out_dir.parent / "frisch"
    ran, _ = project.run(afresh)
    assert len(steps(ran)) > len(expected)
    assert content(afresh / str(project.settings.year)) == content(project.settings.output_dir)


def checks_released(folder: Path) -> list[tuple[str, str]]:
    with duckdb.connect(str(folder / "daten" / "sozialatlas.duckdb"), read_only=True) as connection:
        query = "select table_name, check_id from release.checks where kind <> 'Geheimhaltung' order by all"
        return connection.execute(query).fetchall()


def checks_of_all(project: Project) -> list[tuple[str, str]]:
    """Every result that waits in the internal store, whenever its check ran."""
    rows = [
        row
        for path in project.settings.results_dir.glob("*.json")
        for row in json.loads(path.read_text(encoding="utf-8"))
    ]
    return sorted((row["table_name"], row["check_id"]) for row in rows if row["table_name"] != "release.checks")


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
