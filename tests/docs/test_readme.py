"""The first page is true: its tree, its commands, its files, its numbers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipelines.indicators.catalogue import load_catalogue
from pipelines.provenance import MANIFEST
from pipelines.publish.copy import COPY_PATH
from pipelines.publish.papers import PAPERS_FOLDER, PROFILES
from pipelines.settings import PROJECT_DIR, load_settings
from tests.docs import pages
from tests.docs.shipped import curated

README = PROJECT_DIR / "README.md"
TEXT = pages.text(README)
GENERATED = {"__pycache__", "build", "output"}
"""Folders that a run or a tool makes; see .gitignore."""


def tree() -> dict[str, str]:
    """Paths of the tree with their explanations; folders end with a slash."""
    (block,) = pages.blocks(README, "")
    found, folder = {}, ""
    for line in block.splitlines():
        name, _, words = line.strip().partition(" ")
        folder = folder if line.startswith(" ") else ""
        found[folder + name] = words.strip()
        folder = name if name.endswith("/") and not line.startswith(" ") else folder
    return found


def entries(folder: Path) -> set[str]:
    """Visible files and folders that hold something, folders with a slash at the end."""
    visible = [
        path
        for path in folder.iterdir()
        if not path.name.startswith(".") and path.name not in GENERATED and not path.name.endswith(".egg-info")
    ]
    filled = [path for path in visible if path.is_file() or any(part.is_file() for part in path.rglob("*"))]
    return {f"{path.name}/" if path.is_dir() else path.name for path in filled}


def test_every_path_of_the_tree_exists_and_is_explained() -> None:
    for path, words in tree().items():
        assert (PROJECT_DIR / path).is_dir() == path.endswith("/"), path
        assert (PROJECT_DIR / path).exists(), path
        assert words, path


def test_every_top_level_entry_is_in_the_tree() -> None:
    top = {path for path in tree() if path.count("/") == path.endswith("/")}
    assert top == entries(PROJECT_DIR) | {".ci/"}


@pytest.mark.parametrize("folder", ["pipelines/", "data/", "reports/", "tests/", "docs/"])
def test_every_folder_below_is_in_the_tree(folder: str) -> None:
    below = {name for name in entries(PROJECT_DIR / folder) if name.endswith("/")}
    listed = {path.removeprefix(folder) for path in tree() if path.startswith(folder) and path != folder}
    assert {name for name in listed if name.endswith("/")} == below | ({"curated/"} if folder == "data/" else set())


def test_every_module_beside_the_packages_is_in_the_tree() -> None:
    modules = {path.name for path in (PROJECT_DIR / "pipelines").glob("*.py")} - {"__init__.py"}
    assert {path.removeprefix("pipelines/") for path in tree() if re.fullmatch(r"pipelines/\w+\.py", path)} == modules


def test_the_table_of_results_names_what_an_edition_holds() -> None:
    year = load_settings().year
    assert f"`reports/output/{year}/`" in TEXT
    table = TEXT[TEXT.index("| What | Where |") : TEXT.index("The internal warehouse")]
    named = set(re.findall(r"\| `([^`]+)` \|", table))
    assert named == {
        *("index.html", f"sozialatlas-{year}.pdf", f"sozialatlas-{year}.xlsx", "karten/"),
        *(f"{PROFILES}/", f"{PAPERS_FOLDER}/", f"{COPY_PATH.parent.as_posix()}/", MANIFEST),
    }


def test_every_target_and_every_command_is_in_the_table() -> None:
    from assets.cli import app

    makefile = (PROJECT_DIR / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    listed = set(re.findall(r"^\| `(make|sozialatlas) ([\w-]+)", TEXT, re.MULTILINE))
    commands = {name for name in app if not name.startswith("-")}
    assert listed == {("make", name) for name in phony.split()} | {("sozialatlas", name) for name in commands}


def test_the_options_of_the_table_are_those_of_the_command() -> None:
    import inspect

    from assets.cli import runs

    row = next(line for line in TEXT.splitlines() if line.startswith("| `sozialatlas run`"))
    options = {f"--{name}" for name in inspect.signature(runs.run).parameters}
    assert set(re.findall(r"`(--\w+)`", row)) == options


def test_the_numbers_are_computed() -> None:
    levels = [indicator.data for indicator in load_catalogue()]
    gemeinden = (curated()["areas"]["area_level"] == "gemeinde").sum()
    assert f"each of the {gemeinden} Gemeinden" in TEXT
    assert f"{gemeinden} Städte und Gemeinden" in TEXT
    words = " ".join(TEXT.split())
    whole, some, few, none = len(levels), *(levels.count(level) for level in ("gemeinde", "kreis", "none"))
    assert f"The catalogue holds {whole} indicators: {some} with figures for every Gemeinde" in words
    assert f"{few} with figures for the Kreis only, and {none} that are declared missing" in words
    assert f"Figures come from {len(load_settings().kreis.sources)} sources" in words


def test_the_versions_of_python_are_those_of_the_project() -> None:
    project = (PROJECT_DIR / "pyproject.toml").read_text(encoding="utf-8")
    assert 'requires-python = ">=3.11,<3.14"' in project
    assert "Python 3.11 to 3.13" in TEXT
