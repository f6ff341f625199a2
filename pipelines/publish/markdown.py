"""Markdown to Typst and to docx by pandoc, with the project's own filter between reading and writing.

What belongs here: the two pandoc calls and what pandoc's Typst writer leaves out or gets wrong (alternative texts,
references, labels of tables), plus the faults that would break PDF/UA. What does not: layout (the theme) or cells.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipelines.errors import RenderError
from pipelines.publish.illustrations import FOLDER as FIGURES
from pipelines.publish.qmd import Document, Fault, Text, together
from pipelines.publish.typst_code import call, text

TEXT_WIDTH_MM = 165  # of a paper, as in reports/theme/papier.typ and office.py
REFERENCES = ("fig-", "tbl-", "sec-", "eq-")
_TEMPLATE = "theme/template.typ"

Node = Any


def to_typst(markdown: str, document: Document, folder: Path) -> str:
    """The Typst source of a document's Markdown, with the theme's template from `folder`.

    Raises RenderError for what `faults` finds.
    """
    tree, found = _read(markdown, document, folder)
    if found:
        raise together(found)
    tree["meta"] = _meta(document.meta)
    options = ["-f", "json", "-t", "typst", "--wrap=none", f"--template={folder / _TEMPLATE}"]
    # pandoc centres every table by itself; the theme sets tables flush left.
    return _pandoc(options, json.dumps(tree), document).replace("align(center)[#table(", "align(left)[#table(")


def to_docx(markdown: str, document: Document, folder: Path) -> bytes:
    """The docx file of a document's Markdown as pandoc makes it; `office.finish` sets what is left open.

    Raises RenderError for what `faults` finds, and for references: docx has no numbers of tables and figures here.
    """
    tree, found = _read(markdown, document, folder, _DocxFilter)
    if found:
        raise together(found)
    tree["meta"] = _meta({**document.meta, "lang": "de-DE"})
    options = ["-f", "json", "-t", "docx", "--number-sections", f"--resource-path={folder}", "-o", "-"]
    return _pandoc_bytes(options, json.dumps(tree), document)


def faults(markdown: str, document: Document, folder: Path) -> list[Fault]:
    """What would break the PDF or come out unlike with the quarto program, by the place of its words in the source.

    An image without alternative text, from the net or without file in `folder` (figures a run draws may be absent as a
    whole); a table without header; a formula; a citation; HTML; a block with a class.
    """
    return _read(markdown, document, folder)[1]


def _read(
    markdown: str, document: Document, folder: Path, rules: type[_Filter] | None = None
) -> tuple[Node, list[Fault]]:
    tree = json.loads(_pandoc(["-f", "markdown", "-t", "json"], markdown, document))
    walker = (rules or _Filter)(document, folder)
    tree["blocks"] = walker.blocks(tree["blocks"])
    return tree, walker.faults


def _pandoc(arguments: list[str], content: str, document: Document) -> str:
    return _pandoc_bytes(arguments, content, document).decode()


def _pandoc_bytes(arguments: list[str], content: str, document: Document) -> bytes:
    import pypandoc

    done = subprocess.run(
        [pypandoc.get_pandoc_path(), *arguments], input=content.encode(), capture_output=True, check=False
    )
    if done.returncode != 0:
        raise RenderError(
            "pandoc konnte das Dokument nicht umwandeln.",
            file=document.file,
            found=done.stderr.decode(errors="replace").strip(),
            remedy="Die genannte Stelle in der Quelldatei berichtigen.",
        )
    return done.stdout


def _meta(meta: dict[str, Any]) -> dict[str, Node]:
    return {
        name: {"t": "MetaInlines", "c": [{"t": "Str", "c": str(meta[name])}]}
        for name in ("title", "lang")
        if meta.get(name)
    }


class _Filter:
    """Walks pandoc's tree and notes faults; every method returns what takes the place of a node."""

    def __init__(self, document: Document, folder: Path) -> None:
        self.document = document
        self.folder = folder
        self.faults: list[Fault] = []
        self.rules: dict[str, Callable[[Node], Node]] = {
            "Image": self._image,
            "Cite": self._cite,
            "Table": self._table,
            "Div": self._div,
            "Math": self._math,
            "RawBlock": self._raw,
            "RawInline": self._raw,
        }

    def blocks(self, nodes: list[Node]) -> list[Node]:
        return [self._walk(node) for node in nodes]

    def _walk(self, node: Node) -> Node:
        if isinstance(node, list):
            return [self._walk(part) for part in node]
        if not isinstance(node, dict):
            return node
        rule = self.rules.get(node.get("t", ""))
        if rule is not None:
            return rule(node)
        return {key: self._walk(value) for key, value in node.items()}

    def _image(self, node: Node) -> Node:
        named, alt, target = self._checked_image(node)
        code = f"#image({text(target)}, alt: {text(alt)}, width: {named.get('width', '100%')})"
        return {"t": "RawInline", "c": ["typst", code]}

    def _checked_image(self, node: Node) -> tuple[dict[str, str], str, str]:
        """Attributes, alternative text and file of an image, its faults noted."""
        (_, _, attributes), _, (target, _) = node["c"]
        named = dict(attributes)
        alt = named.get("fig-alt") or named.get("alt") or ""
        if not alt:
            self._note(
                "Ein Bild hat keinen Alternativtext.",
                target,
                expected='![Titel](datei.svg){fig-alt="..."}',
                found=target,
                remedy="Den Alternativtext ergänzen: Art, Gegenstand, Befund.",
            )
        if "://" in target:
            self._note(
                "Ein Bild liegt im Netz.",
                target,
                expected="eine Datei neben der Quelle",
                found=target,
                remedy="Das Bild als Datei ablegen.",
            )
        elif not self._there(target):
            self._note(
                "Die Datei eines Bildes fehlt.",
                target,
                expected=f"eine Datei, vom Ordner der Quelle {self.document.file.name} aus",
                found=target,
                remedy="Den Namen berichtigen oder die Datei ablegen.",
            )
        return named, alt, target

    def _there(self, target: str) -> bool:
        undrawn = target.startswith(f"{FIGURES}/") and not (self.folder / FIGURES).exists()
        return undrawn or (self.folder / target).is_file()

    def _cite(self, node: Node) -> Node:
        identifier = node["c"][0][0]["citationId"]
        if not identifier.startswith(REFERENCES):
            self._note(
                "Literaturverweise werden nicht unterstützt.",
                f"@{identifier}",
                expected="Verweise mit " + ", ".join(f"@{prefix}" for prefix in REFERENCES),
                found=f"@{identifier}",
                remedy="Die Quelle im Text nennen; ein @ als Zeichen mit \\@ schreiben.",
            )
        return {"t": "RawInline", "c": ["typst", "#" + call("ref", call("label", identifier))]}

    def _table(self, node: Node) -> Node:
        head_rows = node["c"][3][1]
        words = json.dumps(head_rows)
        if '"Str"' not in words:
            self._note(
                "Eine Tabelle hat keine Kopfzeile.",
                "|",
                expected="eine Zeile mit den Namen der Spalten",
                found="keine oder eine leere Kopfzeile",
                remedy="Die Kopfzeile ergänzen.",
            )
        return {"t": "Table", "c": self._walk(node["c"])}

    def _div(self, node: Node) -> Node:
        (identifier, classes, attributes), content = node["c"]
        body = self.blocks(content)
        if classes:
            self._note(
                "Ein Block mit einer Klasse wird nicht unterstützt.",
                f".{classes[0]}",
                expected="Absätze, Listen und Tabellen; Besonderes über eine Zelle mit Funktionen des Themas",
                found=f".{classes[0]}",
                remedy="Den Block auflösen.",
            )
        if not identifier.startswith(("tbl-", "fig-")) or len(body) < 2:
            return {"t": "Div", "c": [[identifier, classes, attributes], body]}
        caption = [None, [{"t": "Plain", "c": body[-1]["c"]}]]
        if identifier.startswith("tbl-") and len(body) == 2 and body[0]["t"] == "Table":
            table = body[0]["c"]
            return {"t": "Table", "c": [[identifier, [], []], caption, *table[2:]]}
        return {"t": "Figure", "c": [[identifier, [], []], caption, body[:-1]]}

    def _math(self, node: Node) -> Node:
        kind, formula = node["c"]
        self._note(
            "Formeln im Text werden nicht unterstützt, weil sie im PDF nicht vorgelesen werden.",
            f"${formula}$" if kind["t"] == "InlineMath" else formula.strip().splitlines()[0],
            expected="die Rechnung in Worten oder als Text, z. B. x / n",
            found=formula.strip(),
            remedy="Die Formel als Text schreiben; ein Dollarzeichen als \\$.",
        )
        return node

    def _raw(self, node: Node) -> Node:
        language, content = node["c"]
        # pandoc sees the start and the end of an element as two pieces: one fault is enough.
        if language != "typst" and not content.strip().startswith(("<!--", "</")):
            self._note(
                "Dieser Text ist in einer Sprache geschrieben, die das PDF nicht kennt.",
                content.splitlines()[0] if content else language,
                expected="Markdown oder ein Block {=typst}",
                found=content[:80],
                remedy="Die Stelle in Markdown schreiben.",
            )
        return node

    def _note(self, what: str, needle: str, *, expected: str, found: str, remedy: str) -> None:
        file, line = self._place(needle)
        self.faults.append(Fault(what, file, line, found, remedy, expected))

    def _place(self, needle: str) -> tuple[Path, int | str]:
        """Where `needle` first stands in a source; a cell may have printed it instead."""
        for piece in self.document.pieces:
            lines = piece.text.splitlines() if isinstance(piece, Text) else []
            for offset, line in enumerate(lines):
                if needle in line:
                    return piece.file, piece.line + offset
        return self.document.file, "Ausgabe einer Zelle"


class _DocxFilter(_Filter):
    """The same walk for docx: pandoc keeps tables and alternative texts, but knows no numbers to refer to."""

    def _image(self, node: Node) -> Node:
        """pandoc takes the description of an image as its alternative text; the title is the figure's own."""
        named, alt, _ = self._checked_image(node)
        (identifier, classes, _), _, target = node["c"]
        width = named.get("width", "100%")
        if width.endswith("%"):
            width = f"{float(width[:-1]) / 100 * TEXT_WIDTH_MM:g}mm"
        return {"t": "Image", "c": [[identifier, classes, [["width", width]]], [{"t": "Str", "c": alt}], target]}

    def _cite(self, node: Node) -> Node:
        identifier = node["c"][0][0]["citationId"]
        self._note(
            "Ein Dokument, das auch als docx entsteht, kann nicht auf Nummern verweisen.",
            f"@{identifier}",
            expected="den Namen des Abschnitts oder der Tabelle in Worten",
            found=f"@{identifier}",
            remedy="Den Verweis in Worten schreiben.",
        )
        return {"t": "Space"}
