"""The cells of one row of a hand-written CSV register: what a column may hold, and one German message per fault.

What belongs here: describing columns, for reading and for the form to fill in alike, and reading a cell by its
description. What does not: header and shape (`registers`), what rows mean together (`offers`, `participation`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NoReturn

from pipelines.german import is_day
from pipelines.readers.csv_text import Complaint
from pipelines.steering.registers import Row

KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
YES_NO = {"ja": "darf veröffentlicht werden", "nein": "bleibt im Haus"}
FEW = 8  # so many codes fit into a message
NOT_AGREED = "Eine Angabe in einer Liste der Steuerung ist nicht wie vereinbart."


@dataclass(frozen=True)
class Field:
    """A column of a register: its name, what to enter in German, the codes allowed with their meaning, an example.

    codes: None where a column takes other than codes; required: an empty cell is a fault.
    """

    name: str
    help: str
    required: bool = False
    codes: Mapping[str, str] | None = None
    example: str = ""
    width: int = 18


class Cells:
    """One row. Every method returns the cell in the form wanted or raises InputError with file, row and column."""

    def __init__(self, row: Row, fields: Iterable[Field], complain: Complaint) -> None:
        self.number, cells = row
        self._fields = {field.name: field for field in fields}
        self._cells = {name: text.strip() for name, text in cells.items()}
        self._complain = complain

    def text(self, name: str) -> str | None:
        """The text of a cell, None when it is empty; an empty cell of a required column is a fault."""
        found = self._cells[name]
        if not found and self._fields[name].required:
            self.fault(name, expected="eine Angabe", remedy=f"Die Zelle ausfüllen: {self._fields[name].help}")
        return found or None

    def needed(self, name: str, why: str = "") -> str:
        """The text of a cell that must not be empty; `why` says which other cell asks for it."""
        found = self.text(name)
        if found is None:
            self.fault(name, expected=f"eine Angabe{why}", remedy=f"Die Zelle ausfüllen: {self._fields[name].help}")
        return found

    def absent(self, name: str, why: str) -> None:
        """Refuses a cell that must be empty."""
        if self._cells[name]:
            self.fault(name, expected=f"eine leere Zelle{why}", remedy="Die Zelle leeren oder die andere berichtigen.")

    def key(self, name: str) -> str:
        """A key of letters, digits, hyphens and underscores."""
        found = self.needed(name)
        if not KEY.fullmatch(found):
            self.fault(name, expected="Buchstaben, Ziffern, - und _", remedy="Die Kennung ohne Leerzeichen schreiben.")
        return found

    def code(self, name: str) -> str | None:
        """One of the codes of the column."""
        return self.known(name, self._fields[name].codes or {}, "den Kennungen auf dem Blatt „Kennungen“ des Formulars")

    def known(self, name: str, known: Iterable[str], origin: str) -> str | None:
        """A text that is among the known ones; `origin` says in German where those stand."""
        found = self.text(name)
        listed = list(known)
        if found is not None and found not in listed:
            self.refuse_unknown(name, found, listed, origin)
        return found

    def refuse_unknown(self, name: str, found: str, known: Iterable[str], origin: str) -> NoReturn:
        """The message for a text that is not among the known ones, with the nearest of them."""
        from difflib import get_close_matches

        listed = list(known)
        # Of two keys of digits none is near the other
        near = get_close_matches(found, listed, n=1, cutoff=0.5) if not found.isdigit() else []
        expected = f"einer von: {', '.join(listed)}" if 0 < len(listed) <= FEW else f"eine Kennung aus {origin}"
        remedy = f"Gemeint ist vielleicht „{near[0]}“." if near else "Die Kennung berichtigen."
        self.fault(name, found=f"„{found}“", expected=expected, remedy=remedy)

    def day(self, name: str) -> str | None:
        """A day of the calendar, YYYY-MM-DD."""
        found = self.text(name)
        if found is not None and not is_day(found):
            self.fault(name, expected="ein Tag wie 2024-03-01", remedy="Den Tag als Jahr-Monat-Tag schreiben.")
        return found

    def count(self, name: str) -> int | None:
        """A whole number from 0 without separators; None for an empty cell."""
        found = self.text(name)
        if found is None:
            return None
        if not re.fullmatch(r"\d{1,7}", found, re.ASCII):
            self.fault(
                name,
                expected="eine ganze Zahl ab 0, ohne Punkt und Komma",
                remedy="Nur Ziffern schreiben; eine unbekannte Zahl bleibt leer.",
            )
        return int(found)

    def yes(self, name: str) -> bool:
        """Whether a cell says „ja“; anything but ja and nein is a fault."""
        return self.known(name, YES_NO, "ja oder nein") == "ja"

    def fault(
        self, name: str, *, expected: object, remedy: str, found: object = None, what: str = NOT_AGREED
    ) -> NoReturn:
        """Raise what is wrong with a cell."""
        shown = (f"„{self._cells[name]}“" if self._cells[name] else "eine leere Zelle") if found is None else found
        self._complain(what, row=self.number, column=name, expected=expected, found=shown, remedy=remedy)


def refuse_twice(rows: Iterable[Cells], name: str) -> None:
    """Raise InputError for the second row with the same key, naming the first."""
    first: dict[str, int] = {}
    for row in rows:
        key = row.key(name)
        if key in first:
            row.fault(
                name,
                what="Eine Kennung steht zweimal in einer Liste der Steuerung.",
                expected=f"jede Kennung einmal; zuerst in Zeile {first[key]}",
                remedy="Eine der beiden Zeilen löschen oder umbenennen.",
            )
        first[key] = row.number
