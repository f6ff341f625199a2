"""Errors a user can cause, told in German: what, where, expected, found, remedy.

What belongs here: the exception classes and how they are worded, also for what the operating system refuses. What does
not: deciding that something is wrong.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

# What the operating system refuses, in German; programs that write for us repeat its English words in their own errors
REFUSED = {
    errno.ENOSPC: "kein Platz mehr auf dem Datenträger",
    errno.EDQUOT: "der Platz für dieses Konto ist aufgebraucht",
    errno.EACCES: "kein Recht zum Schreiben oder Lesen",
    errno.EPERM: "kein Recht zum Schreiben oder Lesen",
    errno.EROFS: "der Datenträger lässt sich nur lesen",
    errno.ENOENT: "kein solcher Ordner",
    errno.ENOTDIR: "eine Datei, wo ein Ordner liegen müsste",
    errno.EIO: "der Datenträger antwortet nicht richtig",
    errno.ENOTSUP: "der Datenträger kann nicht, was das Programm braucht",
}
# The same in the words of databases that have words of their own
SAID = {
    "database or disk is full": errno.ENOSPC,
    "attempt to write a readonly database": errno.EACCES,
    "unable to open database file": errno.EACCES,
}


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


class FetchError(AtlasError):
    """A publisher's server did not give what was asked for, or could not be asked."""


class StorageError(AtlasError):
    """The operating system refuses to write or read: no space, no right, no such drive."""


def refused_by_system(error: BaseException) -> StorageError | None:
    """What the operating system refused, told in German; None for an error that is not of this kind.

    Errors of libraries count where they repeat the words of the system, as those of DuckDB and SQLite do.
    """
    text = str(error)
    code = error.errno if isinstance(error, OSError) else None
    if code is None:
        words = {os.strerror(known): known for known in REFUSED if known != errno.ENOENT} | SAID
        code = next((known for said, known in words.items() if said in text), None)
    if code not in REFUSED:
        return None
    return StorageError(
        "Eine Datei lässt sich nicht schreiben oder lesen; die letzte Ausgabe gilt weiter.",
        file=getattr(error, "filename", None),
        expected="Platz und Rechte in den Ordnern der Daten und der Ausgabe",
        found=REFUSED[code],
        remedy="Platz schaffen oder Rechte und Pfad prüfen (Optionen --data und --out), dann den Befehl wiederholen.",
    )
