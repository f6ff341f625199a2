"""The cells of documents: run in the embedded engine, and in one Jupyter kernel per document.

What belongs here: time from the source of a document to its Markdown. What does not: typesetting, which both ways
share. That documents of one process share imports and the open release is the point of the embedded engine.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from pipelines.publish.cells import run_cells
from pipelines.publish.papers import ATLAS_SOURCE, PROFILE_SOURCE, REPORTS
from pipelines.publish.qmd import Cell, Document, read_document
from pipelines.publish.released import AREA_VARIABLE, RELEASE_VARIABLE, open_release
from pipelines.publish.standalone import ENGINE_VARIABLE
from pipelines.publish.workspace import workspace
from pipelines.settings import PROJECT_DIR
from tests.benchmarks.measure import Measurement, medians
from tests.benchmarks.workplace import Workplace

PEER = "one Jupyter kernel"
PROFILES = 3
TIMEOUT = 300


def measure(workplace: Workplace, rounds: int) -> list[Measurement]:
    """The atlas, and a few profiles; both ways must write the same Markdown."""
    release = workplace.edition / "daten" / "sozialatlas.duckdb"
    areas = open_release(release).gemeinden["area_id"][:PROFILES].to_list()
    found = []
    with workspace(REPORTS) as folder:
        for name, source, chosen in (
            ("cells of the atlas", ATLAS_SOURCE, [None]),
            (f"cells of {PROFILES} profiles", PROFILE_SOURCE, areas),
        ):
            document = read_document(source)
            orders = [(document, folder, _environment(release, area)) for area in chosen]
            assert [_own(*order) for order in orders] == [_kernel(*order) for order in orders]
            ways = {
                name: lambda orders=orders: [_own(*order) for order in orders],
                PEER: lambda orders=orders: [_kernel(*order) for order in orders],
            }
            seconds = medians(rounds, ways)
            found.append(Measurement(name, seconds[name], f"{PEER} per document", seconds[PEER]))
    return found


def _environment(release: Path, area: str | None) -> dict[str, str | None]:
    return {RELEASE_VARIABLE: str(release), AREA_VARIABLE: area, ENGINE_VARIABLE: "embedded"}


def _own(document: Document, folder: Path, environment: dict[str, str | None]) -> str:
    return run_cells(document, folder, environment)


def _kernel(document: Document, folder: Path, environment: dict[str, str | None]) -> str:
    """The Markdown as a kernel leaves it: what cells print stands in their place."""
    cells = [nbformat.v4.new_code_cell(piece.code) for piece in document.pieces if isinstance(piece, Cell)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    with _set(environment):
        NotebookClient(
            notebook,
            timeout=TIMEOUT,
            kernel_name="python3",
            resources={"metadata": {"path": str(folder)}},
            extra_arguments=["--log-level=ERROR"],
        ).execute()
    printed = iter("".join(output.text for output in cell.outputs if "text" in output) for cell in cells)
    return "".join(next(printed) if isinstance(piece, Cell) else piece.text + "\n" for piece in document.pieces)


@contextlib.contextmanager
def _set(environment: dict[str, str | None]) -> Iterator[None]:
    """The variables in this process, which a kernel inherits."""
    before = dict(os.environ)
    os.environ.update({name: value for name, value in environment.items() if value is not None})
    os.environ["PYTHONPATH"] = str(PROJECT_DIR)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
