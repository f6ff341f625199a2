"""Run the Python cells of a document in this process and turn what they leave into Markdown.

What belongs here: one namespace per document, the last expression, captured output, figures, and the German message
when a cell fails. What does not: reading the source (`pipelines.publish.qmd`) or typesetting.
"""

from __future__ import annotations

import ast
import contextlib
import io
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipelines.errors import AtlasError, RenderError
from pipelines.publish.qmd import Cell, Document, Fault

FIGURE_DIR = "erzeugt"


def run_cells(document: Document, folder: Path, environment: dict[str, str | None]) -> str:
    """The Markdown of a document with every cell replaced by what it left.

    Figures are written to `folder / FIGURE_DIR`. `environment` holds for the time of the run only; None removes a
    variable. Raises RenderError naming file, line, cell and the exception.
    """
    namespace: dict[str, Any] = {"__name__": "__main__"}
    parts: list[str] = []
    with _environment(environment):
        for number, piece in enumerate(document.pieces, start=1):
            if isinstance(piece, Cell):
                parts.append(_run(piece, number, namespace, folder))
            else:
                parts.append(piece.text + "\n")
    return "".join(parts)


@contextlib.contextmanager
def _environment(values: dict[str, str | None]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    _set(values)
    try:
        yield
    finally:
        _set(before)


def _set(values: dict[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _run(cell: Cell, number: int, namespace: dict[str, Any], folder: Path) -> str:
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            result = _execute(cell, namespace)
    except Exception as error:
        raise _failed(cell, error) from error
    finally:
        figure_module = sys.modules.get("matplotlib.pyplot")
        open_figures = figure_module.get_fignums() if figure_module else []
    try:
        code = f"\n```python\n{cell.code}\n```\n" if cell.options.get("echo") else ""
        return code + _output(cell, number, printed.getvalue(), result, folder)
    finally:
        if figure_module and open_figures:
            figure_module.close("all")


def _execute(cell: Cell, namespace: dict[str, Any]) -> Any:
    tree = ast.parse(cell.code, filename=str(cell.file))
    ast.increment_lineno(tree, cell.code_line - 1)
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr):
        exec(compile(tree, str(cell.file), "exec"), namespace)
        return None
    tree.body.pop()
    exec(compile(tree, str(cell.file), "exec"), namespace)
    return eval(compile(ast.Expression(last.value), str(cell.file), "eval"), namespace)


def _failed(cell: Cell, error: Exception) -> RenderError:
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == str(cell.file)]
    line = frames[-1].lineno if frames else cell.line
    if isinstance(error, SyntaxError) and error.filename == str(cell.file) and error.lineno:
        line = cell.code_line + error.lineno - 1
    if isinstance(error, AtlasError):
        found = error.message().replace("\n", "\n  ")
    else:
        found = f"{type(error).__name__}: {error}"
    return Fault(
        f"Die Zelle „{cell.label}“ ist gescheitert.",
        cell.file,
        line or cell.line,
        found=found,
        remedy="Die Ursache beheben und den Lauf wiederholen; die letzte Ausgabe bleibt bestehen.",
    ).error()


def _output(cell: Cell, number: int, printed: str, result: Any, folder: Path) -> str:
    if printed and cell.options.get("output") != "asis":
        raise Fault(
            f"Die Zelle „{cell.label}“ gibt Text aus, ohne dass es vorgesehen ist.",
            cell.file,
            cell.line,
            expected="#| output: asis",
            found=printed.strip().splitlines()[0][:80] if printed.strip() else "Leerzeile",
            remedy="Die Option ergänzen oder die Ausgabe entfernen.",
        ).error()
    if result is None:
        return _labelled(cell, printed)
    if hasattr(result, "savefig"):
        return printed + _figure(cell, number, result, folder)
    raise Fault(
        f"Das Ergebnis der Zelle „{cell.label}“ kann nicht gesetzt werden.",
        cell.file,
        cell.line,
        expected="eine Abbildung, oder gedruckter Text mit output: asis",
        found=type(result).__name__,
        remedy="Die letzte Zeile mit print(...) ausgeben oder einer Variablen zuweisen.",
    ).error()


def _labelled(cell: Cell, printed: str) -> str:
    """Printed content with a label and a caption becomes a numbered table or figure, as Quarto does it."""
    label = str(cell.options.get("label") or "")
    caption = cell.options.get("tbl-cap") or cell.options.get("fig-cap")
    if printed and caption and label.startswith(("tbl-", "fig-")):
        return f"\n::: {{#{label}}}\n\n{printed.strip()}\n\n{caption}\n\n:::\n"
    return printed


def _figure(cell: Cell, number: int, figure: Any, folder: Path) -> str:
    alt = cell.options.get("fig-alt")
    if not alt:
        raise Fault(
            f"Die Abbildung der Zelle „{cell.label}“ hat keinen Alternativtext.",
            cell.file,
            cell.line,
            expected='#| fig-alt: "..."',
            found="keine Angabe",
            remedy="Den Alternativtext ergänzen: Art, Gegenstand, Befund.",
        ).error()
    import matplotlib

    label = str(cell.options.get("label") or "")
    name = f"{FIGURE_DIR}/{label or f'zelle-{number}'}.svg"
    (folder / FIGURE_DIR).mkdir(exist_ok=True)
    with matplotlib.rc_context({"svg.hashsalt": name, "svg.fonttype": "path"}):
        figure.savefig(folder / name, metadata={"Date": None})
    quoted = alt.replace("\\", "\\\\").replace('"', '\\"')
    identifier = f"#{label} " if label.startswith("fig-") else ""
    return f'\n![{cell.options.get("fig-cap") or ""}]({name}){{{identifier}fig-alt="{quoted}"}}\n'
