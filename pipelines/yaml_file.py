"""YAML files that people write by hand, read so that a fault names its line.

What belongs here: turning a file into Python values. What does not: which entries a file must have (`settings`,
`pipelines.sources.registry`, `pipelines.indicators.index`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from pipelines.errors import InputError

MEND = "Die genannte Zeile berichtigen; Einrückungen mit Leerzeichen, nicht mit Tabulatoren."


def read_yaml(path: Path, unreadable: str, loader: Any = yaml.SafeLoader, remedy: str = MEND) -> Any:
    """The content of a YAML file in UTF-8.

    Raises InputError with the German sentence `unreadable`, the line and `remedy`.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _fault(path, unreadable, "gesamte Datei", "keine lesbare Datei", remedy) from error
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        raise _fault(path, unreadable, row, f"Byte 0x{content[error.start]:02X}, kein UTF-8", remedy) from error
    try:
        return yaml.load(text, Loader=loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        row = "gesamte Datei" if mark is None else mark.line + 1
        # The words of the parser are English and name its own terms; the line helps its writer more.
        line = "" if mark is None else "".join(text.splitlines()[mark.line : mark.line + 1]).strip()
        found = "keine gültige YAML-Struktur" + (f": „{line}“" if line else "")
        raise _fault(path, unreadable, row, found, remedy) from error


def _fault(path: Path, what: str, row: int | str, found: str, remedy: str) -> InputError:
    return InputError(
        what,
        file=path,
        row=row,
        expected="YAML in UTF-8",
        found=found,
        remedy=remedy,
    )
