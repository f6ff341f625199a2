"""Read a `.qmd` source: front matter, included files, Markdown pieces and Python cells, each with file and line.

What belongs here: the part of the Quarto syntax the project's sources use, and a German refusal of every other part,
so that a source that renders here also renders with the quarto program. What does not: running cells
(`pipelines.publish.cells`) or understanding Markdown (`pipelines.publish.markdown`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pipelines.errors import RenderError

OPTIONS = {"label": str, "echo": bool, "fig-cap": str, "fig-alt": str, "tbl-cap": str, "output": str}

_INCLUDE = re.compile(r"^\{\{<\s*include\s+(\S+)\s*>\}\}\s*$")
_FENCE = re.compile(r"^(`{3,}|~{3,})(.*)$")
_CELL = re.compile(r"^\{(\w+)[^}]*\}\s*$")
_OPTION = re.compile(r"^#\|\s?(.*)$")
_INLINE_CELL = re.compile(r"`\{python\}")


@dataclass(frozen=True)
class Text:
    """Markdown as written, from `line` (first line is 1) of `file`."""

    file: Path
    line: int
    text: str


@dataclass(frozen=True)
class Cell:
    """One Python cell: its options and code; `line` is the fence, `code_line` the first line of code."""

    file: Path
    line: int
    options: dict[str, Any]
    code: str
    code_line: int

    @property
    def label(self) -> str:
        """The label, or the place where there is none."""
        return self.options.get("label") or f"ohne label in Zeile {self.line}"


@dataclass(frozen=True)
class Document:
    """A whole source with its includes resolved: front matter and pieces in reading order."""

    file: Path
    meta: dict[str, Any]
    pieces: list[Text | Cell]


def read_document(file: Path) -> Document:
    """The document of a `.qmd` file. Raises RenderError (file, line) for what neither engine would render alike."""
    lines = _lines(file, file, 1)
    meta, start = _front_matter(file, lines)
    return Document(file, meta, list(_pieces(file, lines, start, (file.resolve(),))))


def refuse(what: str, file: Path, line: int, *, found: str, remedy: str, expected: str | None = None) -> RenderError:
    """The error for something in a source that is not supported."""
    return RenderError(what, file=file, row=line, expected=expected, found=found, remedy=remedy)


def _lines(file: Path, asked_by: Path, line: int) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise refuse(
            "Eine Quelldatei des Dokuments fehlt.",
            asked_by,
            line,
            expected=f"Datei {file.name}",
            found="keine Datei",
            remedy="Den Namen berichtigen oder die Datei anlegen.",
        ) from error
    except UnicodeDecodeError as error:
        raise refuse(
            "Eine Quelldatei des Dokuments ist nicht in UTF-8 gespeichert.",
            file,
            1,
            found=f"Byte 0x{error.object[error.start]:02X}, vermutlich Latin-1 oder Windows-1252",
            remedy="Die Datei mit der Kodierung UTF-8 speichern.",
        ) from error


def _front_matter(file: Path, lines: list[str]) -> tuple[dict[str, Any], int]:
    if not lines or lines[0].strip() != "---":
        return {}, 0
    for number, line in enumerate(lines[1:], start=1):
        if line.strip() in ("---", "..."):
            return _yaml(file, "\n".join(lines[1:number]), 2), number + 1
    raise refuse(
        "Der Kopf des Dokuments ist nicht abgeschlossen.",
        file,
        1,
        expected="eine zweite Zeile mit ---",
        found="Ende der Datei",
        remedy="Den Kopf mit einer Zeile --- schließen.",
    )


def _yaml(file: Path, content: str, line: int) -> dict[str, Any]:
    try:
        parsed = yaml.safe_load(content)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise refuse(
            "Einstellungen sind nicht lesbar.",
            file,
            line + (mark.line if mark else 0),
            expected="YAML: Name, Doppelpunkt, Wert",
            found=str(getattr(error, "problem", error)),
            remedy="Die genannte Zeile berichtigen.",
        ) from error
    if parsed is None:
        return {}
    if not isinstance(parsed, dict):
        raise refuse(
            "Einstellungen sind nicht lesbar.",
            file,
            line,
            expected="YAML: Name, Doppelpunkt, Wert",
            found=str(parsed)[:60],
            remedy="Die genannte Zeile berichtigen.",
        )
    return parsed


def _pieces(file: Path, lines: list[str], start: int, chain: tuple[Path, ...]) -> Iterator[Text | Cell]:
    buffer: list[str] = []
    first = start
    number = start
    while number < len(lines):
        line = lines[number]
        fence = _FENCE.match(line)
        end = number
        include = _INCLUDE.match(line)
        if fence:
            end = _closing(file, lines, number, fence.group(1))
            cell = _CELL.match(fence.group(2).strip())
            if cell is None:
                buffer += lines[number : end + 1]
                number = end + 1
                continue
        if fence or include:
            if buffer:
                yield Text(file, first + 1, "\n".join(buffer))
            if include:
                yield from _included(file, number + 1, include.group(1), chain)
                number += 1
            elif fence:
                yield _cell(file, number, fence.group(2).strip(), lines[number + 1 : end])
                number = end + 1
            buffer, first = [], number
            continue
        _check_line(file, number + 1, line)
        buffer.append(line)
        number += 1
    if buffer:
        yield Text(file, first + 1, "\n".join(buffer))


def _closing(file: Path, lines: list[str], start: int, fence: str) -> int:
    for number in range(start + 1, len(lines)):
        stripped = lines[number].strip()
        if stripped and set(stripped) == {fence[0]} and len(stripped) >= len(fence):
            return number
    raise refuse(
        "Ein Block ist nicht geschlossen.",
        file,
        start + 1,
        expected=f"eine Zeile mit {fence}",
        found="Ende der Datei",
        remedy="Den Block schließen.",
    )


def _check_line(file: Path, number: int, line: str) -> None:
    if "{{<" in line:
        raise refuse(
            "Diese Anweisung in doppelten Klammern wird nicht unterstützt.",
            file,
            number,
            expected="{{< include datei.qmd >}} allein in einer Zeile",
            found=line.strip(),
            remedy="Die Anweisung allein in eine Zeile setzen oder weglassen.",
        )
    if _INLINE_CELL.search(line):
        raise refuse(
            "Berechnungen innerhalb einer Textzeile werden nicht unterstützt.",
            file,
            number,
            expected="eine Zelle mit output: asis, die den ganzen Satz ausgibt",
            found=line.strip(),
            remedy="Den Satz in einer Zelle erzeugen.",
        )


def _included(file: Path, line: int, name: str, chain: tuple[Path, ...]) -> Iterator[Text | Cell]:
    # As Quarto does it: from the main document's folder, whichever file the line stands in.
    target = (chain[0].parent / name).resolve()
    if target in chain:
        raise refuse(
            "Eine Datei bindet sich selbst ein.",
            file,
            line,
            found=name,
            remedy="Die Anweisung entfernen.",
        )
    lines = _lines(target, file, line)
    if lines and lines[0].strip() == "---":
        raise refuse(
            "Eine eingebundene Datei hat einen eigenen Kopf.",
            target,
            1,
            found="---",
            remedy="Den Kopf entfernen; er gehört in das Hauptdokument.",
        )
    # A blank line on both sides keeps the last paragraph of one file apart from the first of the next.
    yield Text(target, 1, "")
    yield from _pieces(target, lines, 0, (*chain, target))
    yield Text(target, len(lines), "")


def _cell(file: Path, number: int, head: str, body: list[str]) -> Cell:
    if head != "{python}":
        raise refuse(
            "Dieser Zellenkopf wird nicht unterstützt.",
            file,
            number + 1,
            expected="{python} ohne Zusätze; Optionen in Zeilen mit #|",
            found=head,
            remedy="Den Kopf berichtigen.",
        )
    options: dict[str, Any] = {}
    count = 0
    for line in body:
        match = _OPTION.match(line)
        if match is None:
            break
        count += 1
        options.update(_option(file, number + 1 + count, match.group(1)))
    label = str(options.get("label") or "")
    if label and options.get("output") == "asis" and not label.startswith(("tbl-", "fig-")):
        raise refuse(
            "Eine Zelle mit output: asis darf keine solche Kennung tragen.",
            file,
            number + 1,
            expected="keine Zeile label, oder label: tbl-… oder fig-… mit Beschriftung",
            found=label,
            remedy="Die Zeile label entfernen: Quarto setzt die Ausgabe sonst in einen Kasten ohne Seitenumbruch.",
        )
    return Cell(file, number + 1, options, "\n".join(body[count:]), number + 2 + count)


def _option(file: Path, line: int, content: str) -> dict[str, Any]:
    parsed = _yaml(file, content, line)
    for name, value in parsed.items():
        if name not in OPTIONS:
            raise refuse(
                f"Die Option „{name}“ einer Zelle wird nicht unterstützt.",
                file,
                line,
                expected=", ".join(OPTIONS),
                found=content.strip(),
                remedy="Die Zeile entfernen.",
            )
        if not isinstance(value, OPTIONS[name]) or (name == "output" and value != "asis"):
            expected = {"output": "asis", "echo": "true oder false"}.get(name, "Text in Anführungszeichen")
            raise refuse(
                f"Die Option „{name}“ einer Zelle hat einen Wert, der nicht unterstützt wird.",
                file,
                line,
                expected=expected,
                found=content.strip(),
                remedy="Den Wert berichtigen.",
            )
    return parsed
