"""Totals of a district as they were published elsewhere: `veroeffentlichte_summen.yml` of its data folder.

What belongs here: reading and checking that file, which a district may leave out. What does not: comparing
(`reconciliation`, `plausibility`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipelines.errors import InputError
from pipelines.yaml_file import read_yaml

FILE = "veroeffentlichte_summen.yml"
ENTRIES = ("merkmal", "auspraegung", "stichtag", "value", "basis", "publication")


def read_totals(data_dir: Path) -> list[dict[str, Any]]:
    """Every total of the district in file order, with the entries of ENTRIES; empty without the file.

    Raises InputError for a file that is no list of such entries.
    """
    path = data_dir / FILE
    if not path.is_file():
        return []
    content = read_yaml(path, "Die veröffentlichten Summen sind nicht lesbar.") or []
    for place, entry in enumerate(content if isinstance(content, list) else [content], 1):
        wrong = [name for name in ENTRIES if not (isinstance(entry, dict) and isinstance(entry.get(name), _kind(name)))]
        beyond = sorted(set(entry) - set(ENTRIES)) if isinstance(entry, dict) else []
        if wrong or beyond or not isinstance(content, list):
            column = (wrong or beyond or ["alle"])[0]
            raise InputError(
                "Ein Eintrag der veröffentlichten Summen ist nicht wie vereinbart.",
                file=path,
                row=f"Eintrag {place}",
                column=column,
                expected=f"eine Liste von Einträgen mit {', '.join(ENTRIES)}; value als Zahl, alles andere als Text",
                found=str(entry.get(column, "kein Eintrag")) if isinstance(entry, dict) else "keine Liste",
                remedy="Den Eintrag berichtigen oder löschen; der Stichtag steht in Anführungszeichen.",
            )
    return content


def _kind(name: str) -> type | tuple[type, ...]:
    return (int, float) if name == "value" else str
