"""Errors a user can cause, told in German: what, where, expected, found, remedy.

What belongs here: the exception classes and how they are worded. What does not: deciding that something is wrong.
"""

from __future__ import annotations

from pathlib import Path


class AtlasError(Exception):
    """A fault that a user can cause and mend. The command line prints it and exits with a code other than 0."""

    def __init__(
        self,
        what: str,
        *,
        remedy: str,
        file: Path | str | None = None,
        row: int | str | None = None,
        column: str | None = None,
        expected: object = None,
        found: object = None,
    ) -> None:
        self.what = what
        self.remedy = remedy
        self.file = None if file is None else str(file)
        self.row = row
        self.column = column
        self.expected = expected
        self.found = found
        super().__init__(self.message())

    def message(self) -> str:
        """The whole message in German, one line per fact; lines that do not apply are left out."""
        lines = [f"Fehler: {self.what}"]
        for label, fact in (
            ("Datei", self.file),
            ("Zeile", self.row),
            ("Spalte", self.column),
            ("Erwartet", self.expected),
            ("Gefunden", self.found),
            ("Abhilfe", self.remedy),
        ):
            if fact is not None:
                lines.append(f"  {label + ':':<10}{fact}")
        return "\n".join(lines)


class InputError(AtlasError):
    """Something delivered (a file, a row, a cell) is not as agreed; always names file, row and column."""

    def __init__(
        self,
        what: str,
        *,
        file: Path | str,
        expected: object,
        found: object,
        remedy: str,
        row: int | str = "gesamte Datei",
        column: str = "alle",
    ) -> None:
        super().__init__(what, remedy=remedy, file=file, row=row, column=column, expected=expected, found=found)


class ContractError(AtlasError):
    """A table does not have the columns or types its contract promises: a fault of the software or of an input."""


class DisclosureError(AtlasError):
    """Something must not be released; the last release stays as it was."""


class LockError(AtlasError):
    """Another run or program holds what this one needs."""


class RenderError(AtlasError):
    """A document could not be made from its source."""
