"""The contract files as they are written: which file describes which table.

What belongs here: reading them, and the words that rules share, without the packages that tables need, because a plan
has to come at once. What does not: what a contract means (`pipelines.contracts`).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parent / "contracts"
# The statuses that promise a value; with any other the cell is empty
WITH_VALUE = ("reported", "zero", "estimated", "pooled")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_sheets(folder: Path) -> dict[str, tuple[Path, dict[str, Any]]]:
    """File and content of the contract of every table, `schema.name`, below `folder`; files in alphabetical order."""
    found: dict[str, tuple[Path, dict[str, Any]]] = {}
    for path in sorted(folder.glob("*.yml")):
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)
        found |= dict.fromkeys(content["tables"], (path, content))
    return found


@cache
def sheets() -> dict[str, tuple[Path, dict[str, Any]]]:
    """The contracts of this project by table, in alphabetical order."""
    return dict(sorted(read_sheets(FOLDER).items()))


def tables(schema: str | None = None) -> list[str]:
    """All tables with a contract, or those of one schema, in alphabetical order."""
    return [name for name in sheets() if schema is None or name.startswith(f"{schema}.")]
