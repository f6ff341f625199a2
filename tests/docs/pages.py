"""What Markdown pages of this project say about files and commands, as data for the tests.

What belongs here: reading pages. What does not: judging them (the tests beside).
"""

from __future__ import annotations

import re
from pathlib import Path

from pipelines.settings import PROJECT_DIR

PAGES = sorted([*PROJECT_DIR.glob("*.md"), *(PROJECT_DIR / "docs").rglob("*.md")])
FILE_ENDINGS = "md py yml ipynb csv geojson toml lock pdf html xlsx json png qmd duckdb parquet typ sperre"
_SPAN = re.compile(r"`([^`\n]+)`")
_BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def blocks(page: Path, language: str) -> list[str]:
    return [body for _, found, body in _BLOCK.findall(text(page)) if found == language]


def spans(page: Path) -> list[str]:
    """Everything in backticks outside of blocks."""
    return _SPAN.findall(_BLOCK.sub("", text(page)))


def commands(page: Path) -> list[str]:
    """Calls of make, sozialatlas and python in spans and shell blocks, without comments."""
    lines = [line.split("  #")[0].strip() for block in blocks(page, "bash") for line in block.splitlines()]
    calls = [call.removeprefix(".venv/bin/") for call in (*spans(page), *lines)]
    return [call for call in calls if call.split(" ")[0] in ("make", "sozialatlas", "python") and " " in call]


def files(page: Path) -> list[str]:
    """Spans that name a file or folder of the project: with a slash or a known ending, without a blank or a gap."""
    wanted = re.compile(rf"[\w./äöü-]+(/|\.({'|'.join(FILE_ENDINGS.split())}))|[\w.-]+(/[\w.-]+)+")
    return [span for span in spans(page) if wanted.fullmatch(span)]


def links(page: Path) -> list[str]:
    return [target for target in _LINK.findall(text(page)) if "://" not in target and not target.startswith("#")]
