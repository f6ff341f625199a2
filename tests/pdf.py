"""Reading PDF files in tests: text of every page, structure elements, fonts.

What belongs here: taking a PDF apart with pikepdf. What does not: expectations about a document.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pikepdf


@cache
def pages(file: Path) -> tuple[str, ...]:
    """What a screen reader gets of each page: its characters by the fonts' own Unicode maps, with plain spaces."""
    maps: dict[tuple[int, int], dict[int, str]] = {}
    with pikepdf.open(file) as opened:
        return tuple(_page_text(page, maps).replace("\u00a0", " ").replace("\u00ad", "") for page in opened.pages)


def spoken(file: Path) -> str:
    """The text of all pages."""
    return "\n".join(pages(file))


def elements(file: Path, kind: str) -> list[str]:
    """The alternative text (or nothing) of every structure element of one kind, in reading order."""
    with pikepdf.open(file) as opened:
        return [str(node.get("/Alt", "")) for node in _walk(opened.Root.StructTreeRoot.K) if str(node.S) == f"/{kind}"]


def tables_without_header(file: Path) -> int:
    """How many tables have no header cell."""
    with pikepdf.open(file) as opened:
        tables = [node for node in _walk(opened.Root.StructTreeRoot.K) if str(node.S) == "/Table"]
        return sum(all(str(cell.S) != "/TH" for cell in _walk(table.K)) for table in tables)


def fonts(file: Path) -> dict[str, bool]:
    """Name of every font without its subset prefix, and whether all uses of it are embedded."""
    found: dict[str, bool] = {}
    with pikepdf.open(file) as opened:
        for entry in opened.objects:
            if isinstance(entry, pikepdf.Dictionary) and entry.get("/Type") == "/FontDescriptor":
                name = str(entry.FontName).removeprefix("/").split("+")[-1]
                embedded = any(key in entry for key in ("/FontFile", "/FontFile2", "/FontFile3"))
                found[name] = found.get(name, True) and embedded
            elif isinstance(entry, pikepdf.Dictionary) and entry.get("/Subtype") in ("/Type1", "/TrueType", "/Type3"):
                found[str(entry.get("/BaseFont", entry.Subtype))] = False
    return found


def _walk(node: object) -> Iterator[pikepdf.Object]:
    if isinstance(node, pikepdf.Array):
        for child in node:
            yield from _walk(child)
    elif isinstance(node, pikepdf.Dictionary) and "/S" in node:
        yield node
        yield from _walk(node.get("/K"))


def _page_text(page: pikepdf.Page, maps: dict[tuple[int, int], dict[int, str]]) -> str:
    fonts = {name: _unicode(font, maps) for name, font in page.Resources.get("/Font", {}).items()}
    found: list[str] = []
    current: dict[int, str] = {}
    for operands, operator in pikepdf.parse_content_stream(page, "Tf Tj TJ"):
        if str(operator) == "Tf":
            current = fonts[str(operands[0])]
            continue
        for part in operands[0] if str(operator) == "TJ" else [operands[0]]:
            if isinstance(part, pikepdf.String):
                raw = bytes(part)
                found += [current.get(raw[i] << 8 | raw[i + 1], "") for i in range(0, len(raw), 2)]
    return "".join(found)


def _unicode(font: pikepdf.Object, maps: dict[tuple[int, int], dict[int, str]]) -> dict[int, str]:
    if font.objgen not in maps:
        maps[font.objgen] = {}
        for line in font.ToUnicode.read_bytes().decode("latin-1").splitlines():
            words = [word.strip("<>") for word in line.split()]
            if len(words) == 2 and line.startswith("<"):
                try:
                    maps[font.objgen][int(words[0], 16)] = bytes.fromhex(words[1]).decode("utf-16-be")
                except ValueError:  # a code range, not a character
                    continue
    return maps[font.objgen]
