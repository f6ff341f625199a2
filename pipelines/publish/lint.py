"""The rules of document sources: what makes them render alike with both engines, without net, as an accessible PDF.

What belongs here: rules about front matter, cells, headings, references, the project file and the theme, and the one
place that gathers all faults before anything is rendered. What does not: reading the syntax (`qmd`), what pandoc sees
(`markdown.faults`). docs/reports.md lists every rule.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from pipelines.publish.markdown import REFERENCES, faults
from pipelines.publish.qmd import Cell, Document, Fault, Text, read_document, together

PROJECT_FILE = "_quarto.yml"
META = ("title", "lang")
# Functions a cell may end with: they leave nothing behind that Quarto would show.
SILENT = ("print", "prepare")
# Everything the project file may say, as paths of names; whatever else Quarto knows would change one engine only.
SETTINGS = (
    "project.type",
    "project.output-dir",
    "project.render",
    "lang",
    "number-sections",
    "shift-heading-level-by",
    "jupyter",
    "execute.echo",
    "execute.warning",
    "execute.daemon",
    "format.typst.template-partials",
    "format.typst.pdf-standard",
    "format.typst.font-paths",
    "format.typst.keep-typ",
)
# The parts of Quarto's Typst template that a project may replace
PARTIALS = ("typst-template.typ", "typst-show.typ")
KERNEL = "python3"

_HEADING = re.compile(r"^(#{1,6})\s")
_FENCE = re.compile(r"^(`{3,}|~{3,})")
_TARGET = re.compile(r"\{#([\w-]+)")
_REFERENCE = re.compile(r"(?<![\w\\@`])@((?:" + "|".join(REFERENCES) + r")[\w-]*\w)")
_REMOTE = re.compile(r"""["'](@preview/[^"']*|https?://[^"']*)["']""")


def check_document(source: Path, folder: Path | None = None) -> None:
    """Raise one RenderError with every fault of a source; `folder` is where its pictures lie (default: beside it)."""
    found = document_faults(source, folder or source.parent)
    if found:
        raise together(found)


def lint(reports: Path) -> list[Fault]:
    """Every fault of a Quarto project: its file, its theme, its documents and sources that no document includes."""
    project = reports / PROJECT_FILE
    settings = _read_settings(project)
    found = [*_settings(project, settings), *_theme(reports)]
    named = (settings.get("project") or {}).get("render") or []
    read: set[Path] = set()
    for name in named:
        document = read_document(reports / name)
        read |= {reports / name, *(piece.file for piece in document.pieces)}
        found += _of_document(document, reports)
    seen = {path.resolve() for path in read}
    for path in sorted(reports.rglob("*.qmd")):
        if path.resolve() not in seen and not {"output", "_ausgabe"} & set(path.relative_to(reports).parts):
            found.append(
                Fault(
                    "Eine Quelle gehört zu keinem Dokument.",
                    path,
                    1,
                    path.name,
                    "Die Datei in ein Dokument einbinden, in _quarto.yml unter render nennen oder löschen.",
                )
            )
    return list(dict.fromkeys(found))


def document_faults(source: Path, folder: Path) -> list[Fault]:
    """Every fault of one document with its included files, each with file and line, in reading order."""
    return _of_document(read_document(source), folder)


def _of_document(document: Document, folder: Path) -> list[Fault]:
    markdown = "\n".join(piece.text + "\n" for piece in document.pieces if isinstance(piece, Text))
    found = [
        *document.faults,
        *_meta(document),
        *_headings(document),
        *_references(document),
        *faults(markdown, document, folder),
    ]
    for piece in document.pieces:
        if isinstance(piece, Cell):
            found += _cell(piece)
    order = {piece.file: place for place, piece in reversed(list(enumerate(document.pieces)))}
    place = {fault: (order.get(fault.file, -1), fault.line if isinstance(fault.line, int) else 0) for fault in found}
    return sorted(dict.fromkeys(found), key=lambda fault: place[fault])


# ------------------------------------------------------------------------------------------------ front matter
def _meta(document: Document) -> Iterator[Fault]:
    if any(fault.line == 1 and "Quelldatei" in fault.what for fault in document.faults):
        return
    for name in document.meta:
        if name not in META:
            yield Fault(
                f"Die Angabe „{name}“ im Kopf eines Dokuments wird nicht unterstützt.",
                document.file,
                _line_of(document.file, f"{name}:"),
                str(name),
                "Die Zeile entfernen; Einstellungen gelten für alle Dokumente und stehen in _quarto.yml, "
                "was ein Dokument unterscheidet, kommt aus Umgebungsvariablen.",
                ", ".join(META),
            )
    if not str(document.meta.get("title") or "").strip():
        yield Fault(
            "Ein Dokument hat keinen Titel; ohne Titel entsteht kein PDF/UA.",
            document.file,
            1,
            "kein Titel",
            "Den Titel im Kopf ergänzen.",
            "title: …",
        )


def _line_of(file: Path, words: str) -> int:
    lines = file.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if line.strip().startswith(words)), 1)


# ------------------------------------------------------------------------------------------------ text
def _lines(piece: Text) -> Iterator[tuple[int, str]]:
    """Lines with their numbers, without those in fenced blocks."""
    fence = ""
    for number, line in enumerate(piece.text.splitlines(), start=piece.line):
        match = _FENCE.match(line)
        if match and not fence:
            fence = match.group(1)
        elif fence:
            fence = "" if set(line.strip()) == {fence[0]} and len(line.strip()) >= len(fence) else fence
        elif not match:
            yield number, line


def _headings(document: Document) -> Iterator[Fault]:
    """A level left out; a cell may print headings of its own, so only headings without a cell between are compared."""
    last: int | None = None
    for piece in document.pieces:
        if isinstance(piece, Cell):
            last = None
            continue
        for number, line in _lines(piece):
            match = _HEADING.match(line)
            if match is None:
                continue
            level = len(match.group(1))
            if last is not None and level > last + 1:
                yield Fault(
                    "Eine Ebene der Überschriften ist übersprungen; PDF/UA lässt das nicht zu.",
                    piece.file,
                    number,
                    line,
                    "Die Zahl der # berichtigen.",
                    "höchstens " + "#" * (last + 1),
                )
            last = level


def _references(document: Document) -> Iterator[Fault]:
    targets = [
        (name, piece.file, number)
        for piece in document.pieces
        if isinstance(piece, Text)
        for number, line in _lines(piece)
        for name in _TARGET.findall(line)
    ]
    targets += [
        (str(piece.options["label"]), piece.file, piece.line)
        for piece in document.pieces
        if isinstance(piece, Cell) and piece.options.get("label")
    ]
    seen: set[str] = set()
    for name, file, number in targets:
        if name in seen:
            yield Fault("Eine Kennung ist zweimal vergeben.", file, number, name, "Eine der beiden umbenennen.")
        seen.add(name)
    numbered = _read_settings(document.file.parent / PROJECT_FILE).get("number-sections")
    for piece in document.pieces:
        for number, line in _lines(piece) if isinstance(piece, Text) else ():
            for name in _REFERENCE.findall(line):
                if name not in seen:
                    yield Fault(
                        "Ein Verweis hat kein Ziel im Text; Ziele aus Typst-Code findet Quarto nicht.",
                        piece.file,
                        number,
                        f"@{name}",
                        f"Das Ziel mit {{#{name}}} oder label: {name} kennzeichnen.",
                    )
                elif name.startswith("sec-") and numbered is not True:
                    yield Fault(
                        "Verweise auf Abschnitte brauchen gezählte Abschnitte.",
                        piece.file,
                        number,
                        f"@{name}",
                        f"In {PROJECT_FILE} die Zeile number-sections: true setzen.",
                    )


# ------------------------------------------------------------------------------------------------ cells
def _cell(cell: Cell) -> Iterator[Fault]:
    yield from _label(cell)
    try:
        tree = ast.parse(cell.code)
    except SyntaxError as error:
        yield Fault(
            f"Die Zelle „{cell.label}“ ist kein Python; Befehle mit % oder ! kennt nur Jupyter.",
            cell.file,
            cell.code_line + (error.lineno or 1) - 1,
            f"SyntaxError: {error.msg}",
            "Die Zeile berichtigen.",
        )
        return
    for node in ast.walk(tree):
        yield from _call(cell, node)
    yield from _ending(cell, tree)
    prints = any(isinstance(node, ast.Call) and _name(node) == "print" for node in ast.walk(tree))
    if prints and "output" not in cell.options:
        yield Fault(
            f"Die Zelle „{cell.label}“ gibt Text aus, ohne dass es vorgesehen ist.",
            cell.file,
            cell.line,
            "print(…)",
            "Die Option ergänzen oder die Ausgabe entfernen.",
            "#| output: asis",
        )


def _label(cell: Cell) -> Iterator[Fault]:
    options, label = cell.options, str(cell.options.get("label") or "")
    kind = label[:3] if label.startswith(("tbl-", "fig-")) else ""
    if label and not kind and options.get("output") == "asis":
        yield Fault(
            "Eine Zelle mit output: asis darf keine solche Kennung tragen.",
            cell.file,
            cell.line,
            label,
            "Die Zeile label entfernen: Quarto setzt die Ausgabe sonst in einen Kasten ohne Seitenumbruch.",
            "keine Zeile label, oder label: tbl-… oder fig-… mit Beschriftung",
        )
    if kind and not options.get(f"{kind}-cap"):
        yield Fault(
            "Eine Kennung ohne Beschriftung lässt sich nicht zählen.",
            cell.file,
            cell.line,
            label,
            "Die Beschriftung ergänzen oder die Kennung entfernen.",
            f'#| {kind}-cap: "…"',
        )
    if (kind == "fig" or options.get("fig-cap")) and not options.get("fig-alt"):
        yield Fault(
            f"Die Abbildung der Zelle „{cell.label}“ hat keinen Alternativtext.",
            cell.file,
            cell.line,
            "keine Angabe",
            "Den Alternativtext ergänzen: Art, Gegenstand, Befund.",
            '#| fig-alt: "…"',
        )


def _call(cell: Cell, node: ast.AST) -> Iterator[Fault]:
    line = cell.code_line + getattr(node, "lineno", 1) - 1
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        owner = ast.unparse(node.func.value)
        if node.func.attr == "show" or (node.func.attr in ("use", "switch_backend") and "pl" in owner):
            yield Fault(
                "Eine Zelle zeigt ihre Abbildung selbst; mit Quarto kommt sie dann nicht in das Dokument.",
                cell.file,
                line,
                ast.unparse(node),
                "Die Abbildung als letzten Ausdruck der Zelle stehen lassen.",
            )
    words = _name(node) if isinstance(node, ast.Call) else ""
    if words in ("display", "get_ipython"):
        yield Fault(
            "Eine Zelle benutzt, was es nur in Jupyter gibt.",
            cell.file,
            line,
            f"{words}(…)",
            "print(…) mit output: asis benutzen oder die Abbildung als letzten Ausdruck stehen lassen.",
        )


def _ending(cell: Cell, tree: ast.Module) -> Iterator[Fault]:
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr) or cell.options.get("fig-alt"):
        return
    if isinstance(last.value, ast.Constant) and isinstance(last.value.value, str):
        return
    if not (isinstance(last.value, ast.Call) and _name(last.value) in SILENT):
        yield Fault(
            f"Die Zelle „{cell.label}“ endet mit einem Ausdruck, den Quarto als Ergebnis zeigt.",
            cell.file,
            cell.code_line + last.lineno - 1,
            ast.unparse(last)[:80],
            "Den Wert einer Variablen zuweisen oder als Markdown ausgeben; eine Abbildung braucht fig-cap und fig-alt.",
            "print(…) oder eine Zuweisung",
        )


def _name(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else ""


# ------------------------------------------------------------------------------------------------ project and theme
def _read_settings(project: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(project.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError):
        return {}
    return content if isinstance(content, dict) else {}


def _settings(project: Path, settings: dict[str, Any]) -> Iterator[Fault]:
    if not settings:
        yield Fault(
            "Die Datei des Quarto-Projekts fehlt oder ist nicht lesbar.",
            project,
            1,
            "nichts Lesbares",
            "Die Datei nach docs/reports.md anlegen oder berichtigen.",
        )
        return
    flat = dict(_flat(settings))
    for name in flat:
        if name not in SETTINGS:
            yield _setting(project, name, name, f"eine von: {', '.join(SETTINGS)}", "wird nicht unterstützt")
    expected: dict[str, tuple[bool, str]] = {
        "shift-heading-level-by": (flat.get("shift-heading-level-by") == 0, "0"),
        "jupyter": (flat.get("jupyter") == KERNEL, KERNEL),
        "execute.echo": (flat.get("execute.echo") is False, "false"),
        "execute.warning": (flat.get("execute.warning") is False, "false"),
        "execute.daemon": (flat.get("execute.daemon") is False, "false"),
        "format.typst.pdf-standard": (isinstance(flat.get("format.typst.pdf-standard"), str), "ein Standard, ua-1"),
    }
    for name, (right, wanted) in expected.items():
        if not right:
            yield _setting(project, name, str(flat.get(name)), wanted, "hat einen Wert, der nicht unterstützt wird")
    for path in flat.get("format.typst.template-partials") or []:
        if Path(path).name not in PARTIALS or not (project.parent / path).is_file():
            name = "format.typst.template-partials"
            yield _setting(project, name, path, ", ".join(PARTIALS), "nennt keinen Teil der Vorlage von Quarto")


def _setting(project: Path, name: str, found: str, expected: str, what: str) -> Fault:
    return Fault(
        f"Die Einstellung „{name}“ {what}.",
        project,
        _line_of(project, name.split(".")[-1]),
        found,
        "Die Zeile nach docs/reports.md berichtigen.",
        expected,
    )


def _flat(settings: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in settings.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _theme(reports: Path) -> Iterator[Fault]:
    brand = reports / "_brand.yml"
    if brand.exists():
        yield Fault(
            "Eine Datei _brand.yml gilt nur für Quarto und kann Schriften aus dem Netz holen.",
            brand,
            1,
            brand.name,
            "Die Datei entfernen; Farben und Schrift stehen in reports/theme.",
        )
    for path in sorted((reports / "theme").glob("*.typ")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            match = None if line.lstrip().startswith("//") else _REMOTE.search(line)
            if match and not re.search(r"\blink\(", line):
                yield Fault(
                    "Das Thema holt etwas aus dem Netz.",
                    path,
                    number,
                    match.group(1),
                    "Den Inhalt als Datei neben das Thema legen.",
                    "Dateien neben dem Thema",
                )


def main() -> int:
    """Check the project's own sources and print every fault; 1 when there is one."""
    from pipelines.settings import PROJECT_DIR

    found = lint(PROJECT_DIR / "reports")
    for fault in found:
        print(fault.error().message(), file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
