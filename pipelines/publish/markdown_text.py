"""Write Markdown safely: headings, paragraphs, lists, tables and pictures of documents that exist as PDF and as docx.

What belongs here: turning words and rows into Markdown that both engines and both formats set alike. What does not:
what a document says (`pages`), how it looks (`reports/theme`, `office`), or turning Markdown into files (`markdown`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_SIGNS = re.compile(r"([\\`*_\[\]<>$@#~^|{}\"'])")
_LIST = re.compile(r"^(\d+|[A-Za-z])([.)])(?: |$)")
_SIGN_FIRST = re.compile(r"^([-+=:/]) ")
_FIXED_SPACE = "\u00a0"
# pandoc takes the number of dashes as the width of a column as soon as a line is longer than its own line
_DASHES = 100


class Markdown(str):
    """Finished Markdown of one line; taken as it is wherever a text is expected."""


@dataclass(frozen=True)
class Column:
    """A column of a table: its title, its share of the width (in any unit), and whether it stands flush right."""

    title: str
    width: float = 1.0
    right: bool = False


def plain(value: str) -> Markdown:
    """A text in which no character is markup; Markdown stays as it is, line breaks become spaces."""
    if isinstance(value, Markdown):
        return value
    text = " ".join(value.split("\n")).strip()
    # „1. Fassung“ or „- ohne“ at the beginning would become a list, in Typst even in a cell; a fixed space prevents it
    text = _LIST.sub(rf"\1\\\2{_FIXED_SPACE}", _SIGNS.sub(r"\\\1", text))
    text = _SIGN_FIRST.sub(rf"\\\1{_FIXED_SPACE}", text)
    # Two hyphens or three points would become another sign
    return Markdown(text.replace("--", r"-\-").replace("...", r".\.\."))


def strong(value: str) -> Markdown:
    """Words set apart."""
    return Markdown(f"**{plain(value)}**")


def link(words: str, address: str) -> Markdown:
    """Words that lead to an address."""
    return Markdown(f"[{plain(words)}](<{address}>)")


def joined(*parts: str) -> Markdown:
    """Pieces of one line, plain and marked, with a space between them."""
    return Markdown(" ".join(plain(part) for part in parts if part))


def heading(title: str, level: int = 1, *, numbered: bool = False) -> str:
    """A heading; the first of a document has level 1, and no level may be left out."""
    return f"\n{'#' * level} {plain(title)}{'' if numbered else ' {.unnumbered}'}\n"


def paragraph(*sentences: str) -> str:
    """Sentences as one paragraph; nothing without sentences."""
    return f"\n{joined(*sentences)}\n" if any(sentences) else ""


def bullets(items: Iterable[str]) -> str:
    """A list; nothing without items."""
    lines = [f"- {plain(item)}" for item in items]
    return "\n" + "\n".join(lines) + "\n" if lines else ""


def steps(items: Iterable[str]) -> str:
    """A numbered list; nothing without items."""
    lines = [f"{number}. {plain(item)}" for number, item in enumerate(items, 1)]
    return "\n" + "\n".join(lines) + "\n" if lines else ""


def table(columns: Sequence[Column], rows: Iterable[Sequence[str]], title: str | None = None) -> str:
    """A table over the whole width with a header row and its title above it; without rows it must not be called.

    Raises ValueError for a table without rows, for one with an empty title of a column, and for a row of another
    length: each of them reaches a reader as a broken table.
    """
    lines = [[plain(cell) for cell in row] for row in rows]
    if not lines or any(len(line) != len(columns) for line in lines):
        raise ValueError(f"a table needs rows of {len(columns)} cells")
    if not all(column.title.strip() for column in columns):
        raise ValueError("a column without title has no header a screen reader could say")
    whole = sum(column.width for column in columns)
    dashes = ["-" * max(3, round(_DASHES * column.width / whole)) for column in columns]
    sides = [f"{line[:-1]}:" if column.right else f":{line[1:]}" for column, line in zip(columns, dashes, strict=True)]
    content = [
        "| " + " | ".join(plain(column.title) for column in columns) + " |",
        "|" + "|".join(sides) + "|",
        *("| " + " | ".join(line) + " |" for line in lines),
    ]
    caption = [f"\n: {plain(title)}"] if title else []
    return "\n" + "\n".join([*content, *caption]) + "\n"


def picture(path: str, alt: str, title: str, width: str = "100%") -> str:
    """A picture with its title; `path` as sources reach it (`Illustration.path`), `alt` says what it shows."""
    quoted = alt.replace("\\", "\\\\").replace('"', '\\"')
    return f'\n![{plain(title)}]({path}){{fig-alt="{quoted}" width="{width}"}}\n'
