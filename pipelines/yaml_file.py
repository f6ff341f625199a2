"""YAML files that people write by hand, read so that a fault names its line.

What belongs here: turning a file into Python values. What does not: which entries a file must have (`settings`,
`pipelines.sources.registry`, `pipelines.indicators.index`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from pipelines.errors import InputError


def read_yaml(path: Path, unreadable: str) -> Any:
    """The content of a YAML file in UTF-8. Raises InputError with the German sentence `unreadable` and the line."""
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        raise InputError(
            unreadable,
            file=path,
            row=mark.line + 1 if mark else "gesamte Datei",
            expected="YAML in UTF-8",
            found=str(error).splitlines()[0],
            remedy="Die genannte Zeile berichtigen; Einrückungen mit Leerzeichen, nicht mit Tabulatoren.",
        ) from error
