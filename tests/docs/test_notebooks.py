"""Every notebook answers its question from the shipped deliveries, in any folder, and is stored without results."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from pipelines.publish import open_release
from pipelines.settings import PROJECT_DIR
from tests.docs.shipped import write_release

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


def run(path: Path, folder: Path) -> nbformat.NotebookNode:
    """A notebook after it ran in an empty folder, which must still be empty afterwards."""
    notebook = read(path)
    NotebookClient(notebook, timeout=TIMEOUT, resources={"metadata": {"path": str(folder)}}).execute()
    assert list(folder.iterdir()) == []
    return notebook


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> nbformat.NotebookNode:
    """The first notebook, which needs no edition."""
    return run(NOTEBOOKS[0], tmp_path_factory.mktemp("anderswo"))


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The released copy of the shipped district."""
    return write_release(tmp_path_factory.mktemp("ausgabe"))


@pytest.fixture(scope="module")
def from_release(copy: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, nbformat.NotebookNode]:
    """The other notebooks by number, on the released copy; the copy stays as it is."""
    before = copy.read_bytes()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOZIALATLAS_RELEASE", str(copy))
        done = {path.name[:2]: run(path, tmp_path_factory.mktemp("anderswo")) for path in NOTEBOOKS[1:]}
    assert copy.read_bytes() == before
    return done


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


# ------------------------------------------------------------------------------------------------ on the released copy
def test_the_index_is_the_released_one_and_its_answer_what_was_computed(
    from_release: dict[str, nbformat.NotebookNode], copy: Path
) -> None:
    notebook, index = from_release["02"], open_release(copy).index
    text, answer = printed(notebook), " ".join(notebook.cells[-1].source.split())
    stable, unsure = (index["stability"] >= 0.9).sum(), (index["stability"] < 0.7).sum()
    assert f"von {stable} der {index.height} Gemeinden stabil und die von {unsure} unsicher" in answer
    assert unsure == index["class_text"].str.starts_with("zwischen").sum()
    assert "in jeder Variante dieselbe Klasse: 11 von 23" in text and "11 Gemeinden haben in jeder Variante" in answer
    assert "ohne E08: sechs Gemeinden" in text and "Ohne E08 wären sechs Gemeinden" in answer
    assert "ohne A13: fünf Gemeinden" in text and "ohne A13 fünf" in answer
    assert "kleinste Rangkorrelation einer Variante mit dem Index: 0,96" in text
    assert "mindestens 0,96" in answer
    for share in ("98 %", "88 %", "86 %"):
        assert share in text.replace("\u202f", " ").replace("\u00a0", " ")
    assert "98 Prozent" in answer and "88 und 86 Prozent" in answer


def test_the_released_figure_is_read_alike_by_every_way(from_release: dict[str, nbformat.NotebookNode]) -> None:
    notebook = from_release["03"]
    text = printed(notebook).replace("\u202f", " ").replace("\u00a0", " ")
    assert "4,07 % · Spanne 3,99 bis 4,16" in text
    assert "4,07 Prozent" in notebook.cells[-1].source
    assert "mit Angabe: 06432001 · geraten: 6432001" in text
    assert "06432001;Alsbach-Hähnlein;3,17;" in text


@pytest.mark.parametrize("number", ["02", "03"])
def test_figures_have_alternative_texts(from_release: dict[str, nbformat.NotebookNode], number: str) -> None:
    notebook = from_release[number]
    shown = [output for cell in code(notebook) for output in cell.outputs if "image/png" in output.get("data", {})]
    assert len(shown) == 1
    assert all(output.metadata["image/png"]["alt"] for output in shown)
