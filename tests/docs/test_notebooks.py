"""Every notebook answers its question from the shipped deliveries, in any folder, and is stored without results."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from pipelines.settings import PROJECT_DIR

NOTEBOOKS = sorted((PROJECT_DIR / "notebooks").glob("*.ipynb"))
TIMEOUT = 60


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def code(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def printed(notebook: nbformat.NotebookNode) -> str:
    outputs = [output for cell in code(notebook) for output in cell.outputs]
    streams = [output.text for output in outputs if output.output_type == "stream"]
    results = [output.data.get("text/plain", "") for output in outputs if "data" in output]
    return "".join([*streams, *results])


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> nbformat.NotebookNode:
    """The first notebook after it ran in an empty folder, which must still be empty afterwards."""
    folder = tmp_path_factory.mktemp("anderswo")
    notebook = read(NOTEBOOKS[0])
    NotebookClient(notebook, timeout=TIMEOUT, resources={"metadata": {"path": str(folder)}}).execute()
    assert list(folder.iterdir()) == []
    return notebook


def test_there_are_numbered_notebooks() -> None:
    assert [path.name[:2] for path in NOTEBOOKS] == [f"{number:02d}" for number in range(1, len(NOTEBOOKS) + 1)]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_stored_without_results_and_opens_with_its_question(path: Path) -> None:
    notebook = read(path)
    assert "**Frage:**" in notebook.cells[0].source
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code(notebook))
    assert set(notebook.metadata) == {"kernelspec", "language_info"}


def test_the_number_is_the_published_one(executed: nbformat.NotebookNode) -> None:
    text = printed(executed).replace("\u202f", " ").replace("\u00a0", " ")
    assert "7 718 / 189 422 = 4,0745 %" in text
    assert "3,9864 bis 4,1645 %" in text


def test_hash_and_rows_are_those_of_the_sheet(executed: nbformat.NotebookNode) -> None:
    text = printed(executed).replace("\u202f", " ")
    assert "a2d866dc67b432cda7c3db2268690a3656f933b6ded550c9546c62566c85d34d" in text
    assert "Zeilen:     1 719 ohne Kopfzeile; Lieferschein: 1 719" in text


def test_map_dots_and_series_are_shown_with_alternative_texts(executed: nbformat.NotebookNode) -> None:
    shown = [output for cell in code(executed) for output in cell.outputs if "image/png" in output.get("data", {})]
    assert len(shown) == 3


def test_the_answer_states_what_was_computed(executed: nbformat.NotebookNode) -> None:
    answer = executed.cells[-1].source
    assert "7 718 von 189 422" in answer
    assert "4,07 Prozent (Spanne 3,99 bis 4,16)" in answer
