"""Read a `.qmd` source: front matter, included files, Markdown pieces and Python cells, each with file and line.

What belongs here: the part of the Quarto syntax the project's sources use, and a fault, told in German, for every other
part. What does not: rules about what the pieces hold (`pipelines.publish.lint`), running cells
(`pipelines.publish.cells`) or understanding Markdown (`pipelines.publish.markdown`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
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
class Fault:
    """Something in a source that not both engines would render alike; `line` is 1 for the first."""

    what: str
    file: Path
    line: int | str
    found: str
    remedy: str
    expected: str | None = None

    def error(self) -> RenderError:
        """The error for this fault alone."""
        return RenderError(
            self.what, file=self.file, row=self.line, expected=self.expected, found=self.found, remedy=self.remedy
        )


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
    """A whole source with its includes resolved: front matter, pieces in reading order, and what reading found wrong.

    A document with faults must not be rendered; its pieces are there to find the other faults.
    """

    file: Path
    meta: dict[str, Any]
    pieces: list[Text | Cell]
    faults: list[Fault] = field(default_factory=list)


def read_document(file: Path) -> Document:
    """The document of a `.qmd` file, with every fault of its syntax; never raises for one."""
    return _Reader(file).document()


def together(faults: list[Fault]) -> RenderError:
    """One error for all faults; a single one keeps its own words. The list must not be empty."""
    if len(faults) == 1:
        return faults[0].error()
    lines = [f"{fault.file.name}, Zeile {fault.line}: {fault.what} ({fault.found})" for fault in faults]
    return RenderError(
        f"Die Quellen enthalten {len(faults)} Stellen, die nicht gesetzt werden können.",
        file=faults[0].file,
        row=faults[0].line,
        expected="was docs/reports.md beschreibt",
        found="\n            ".join(lines),
        remedy=faults[0].remedy,
    )


class _Reader:
    """Reads one document; every method notes a fault and goes on where it can."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.faults: list[Fault] = []

    def document(self) -> Document:
        lines = self._lines(self.file, self.file, 1)
        meta, start = self._front_matter(lines)
        return Document(
            self.file, meta, list(self._pieces(self.file, lines, start, (self.file.resolve(),))), self.faults
        )

    def _fault(self, what: str, file: Path, line: int, *, found: str, remedy: str, expected: str | None = None) -> None:
        self.faults.append(Fault(what, file, line, found, remedy, expected))

    def _lines(self, file: Path, asked_by: Path, line: int) -> list[str]:
        try:
            return file.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            self._fault(
                "Eine Quelldatei des Dokuments fehlt.",
                asked_by,
                line,
                expected=f"Datei {file.name}",
                found="keine Datei",
                remedy="Den Namen berichtigen oder die Datei anlegen.",
            )
        except UnicodeDecodeError as error:
            self._fault(
                "Eine Quelldatei des Dokuments ist nicht in UTF-8 gespeichert.",
                file,
                1,
                found=f"Byte 0x{error.object[error.start]:02X}, vermutlich Latin-1 oder Windows-1252",
                remedy="Die Datei mit der Kodierung UTF-8 speichern.",
            )
        return []

    def _front_matter(self, lines: list[str]) -> tuple[dict[str, Any], int]:
        if not lines or lines[0].strip() != "---":
            return {}, 0
        for number, line in enumerate(lines[1:], start=1):
            if line.strip() in ("---", "..."):
                return self._yaml(self.file, "\n".join(lines[1:number]), 2), number + 1
        self._fault(
            "Der Kopf des Dokuments ist nicht abgeschlossen.",
            self.file,
            1,
            expected="eine zweite Zeile mit ---",
            found="Ende der Datei",
            remedy="Den Kopf mit einer Zeile --- schließen.",
        )
        return {}, len(lines)

    def _yaml(self, file: Path, content: str, line: int) -> dict[str, Any]:
        try:
            parsed = yaml.safe_load(content)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            self._unreadable(file, line + (mark.line if mark else 0), str(getattr(error, "problem", error)))
            return {}
        if parsed is not None and not isinstance(parsed, dict):
            self._unreadable(file, line, str(parsed)[:60])
            return {}
        return parsed or {}

    def _unreadable(self, file: Path, line: int, found: str) -> None:
        self._fault(
            "Einstellungen sind nicht lesbar.",
            file,
            line,
            expected="YAML: Name, Doppelpunkt, Wert",
            found=found,
            remedy="Die genannte Zeile berichtigen.",
        )

    def _pieces(self, file: Path, lines: list[str], start: int, chain: tuple[Path, ...]) -> Iterator[Text | Cell]:
        buffer: list[str] = []
        first = number = start
        while number < len(lines):
            line = lines[number]
            fence, include = _FENCE.match(line), _INCLUDE.match(line)
            end = self._closing(file, lines, number, fence.group(1)) if fence else number
            is_cell = fence is not None and _CELL.match(fence.group(2).strip()) is not None
            if include or is_cell:
                if buffer:
                    yield Text(file, first + 1, "\n".join(buffer))
                if include:
                    yield from self._included(file, number + 1, include.group(1), chain)
                elif fence:
                    yield self._cell(file, number, fence.group(2).strip(), lines[number + 1 : end])
                buffer, first = [], end + 1
            else:
                if not fence:
                    self._check_line(file, number + 1, line)
                buffer += lines[number : end + 1]
            number = end + 1
        if buffer:
            yield Text(file, first + 1, "\n".join(buffer))

    def _closing(self, file: Path, lines: list[str], start: int, fence: str) -> int:
        for number in range(start + 1, len(lines)):
            stripped = lines[number].strip()
            if stripped and set(stripped) == {fence[0]} and len(stripped) >= len(fence):
                return number
        self._fault(
            "Ein Block ist nicht geschlossen.",
            file,
            start + 1,
            expected=f"eine Zeile mit {fence}",
            found="Ende der Datei",
            remedy="Den Block schließen.",
        )
        return len(lines)

    def _check_line(self, file: Path, number: int, line: str) -> None:
        if "{{<" in line:
            self._fault(
                "Diese Anweisung in doppelten Klammern wird nicht unterstützt.",
                file,
                number,
                expected="{{< include datei.qmd >}} allein in einer Zeile",
                found=line.strip(),
                remedy="Die Anweisung allein in eine Zeile setzen oder weglassen.",
            )
        if _INLINE_CELL.search(line):
            self._fault(
                "Berechnungen innerhalb einer Textzeile werden nicht unterstützt.",
                file,
                number,
                expected="eine Zelle mit output: asis, die den ganzen Satz ausgibt",
                found=line.strip(),
                remedy="Den Satz in einer Zelle erzeugen.",
            )

    def _included(self, file: Path, line: int, name: str, chain: tuple[Path, ...]) -> Iterator[Text | Cell]:
        # As Quarto does it: from the main document's folder, whichever file the line stands in.
        target = (chain[0].parent / name).resolve()
        if target in chain:
            self._fault("Eine Datei bindet sich selbst ein.", file, line, found=name, remedy="Die Anweisung entfernen.")
            return
        lines = self._lines(target, file, line)
        if lines and lines[0].strip() == "---":
            self._fault(
                "Eine eingebundene Datei hat einen eigenen Kopf.",
                target,
                1,
                found="---",
                remedy="Den Kopf entfernen; er gehört in das Hauptdokument.",
            )
        # A blank line on both sides keeps the last paragraph of one file apart from the first of the next.
        yield Text(target, 1, "")
        yield from self._pieces(target, lines, 0, (*chain, target))
        yield Text(target, len(lines), "")

    def _cell(self, file: Path, number: int, head: str, body: list[str]) -> Cell:
        if head != "{python}":
            self._fault(
                "Dieser Zellenkopf wird nicht unterstützt.",
                file,
                number + 1,
                expected="{python} ohne Zusätze; Optionen in Zeilen mit #|",
                found=head,
                remedy="Den Kopf berichtigen.",
            )
            body = []
        options: dict[str, Any] = {}
        count = 0
        for line in body:
            match = _OPTION.match(line)
            if match is None:
                break
            count += 1
            options.update(self._option(file, number + 1 + count, match.group(1)))
        return Cell(file, number + 1, options, "\n".join(body[count:]), number + 2 + count)

    def _option(self, file: Path, line: int, content: str) -> dict[str, Any]:
        parsed = self._yaml(file, content, line)
        for name, value in parsed.items():
            if name not in OPTIONS:
                self._fault(
                    f"Die Option „{name}“ einer Zelle wird nicht unterstützt.",
                    file,
                    line,
                    expected=", ".join(OPTIONS),
                    found=content.strip(),
                    remedy="Die Zeile entfernen.",
                )
            elif not isinstance(value, OPTIONS[name]) or (name == "output" and value != "asis"):
                expected = {"output": "asis", "echo": "true oder false"}.get(name, "Text in Anführungszeichen")
                self._fault(
                    f"Die Option „{name}“ einer Zelle hat einen Wert, der nicht unterstützt wird.",
                    file,
                    line,
                    expected=expected,
                    found=content.strip(),
                    remedy="Den Wert berichtigen.",
                )
        return parsed
