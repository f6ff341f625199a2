"""What every page of a document says about itself: Kreis, document, data, run, state, label.

What belongs here: those words, once, for PDF (`pages`) and docx (`office`). What does not: where they stand on a page.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.publish.released import Release
from pipelines.publish.words import data_line, state_mark

RUN_DIGITS = 7  # of the run id in a foot


@dataclass(frozen=True)
class Furniture:
    """Head and foot of a document: `title` for its properties, the others for its pages."""

    title: str
    name: str
    kreis: str
    stand: str
    run: str
    state: str
    label: str
    publisher: str

    @property
    def head(self) -> str:
        """„Ausschussvorlage Landkreis Musterland“."""
        return f"{self.name} {self.kreis}"

    @property
    def subtitle(self) -> str:
        """The line below the title of a paper."""
        return " · ".join(part for part in (self.kreis, self.title.rpartition(", ")[2], self.stand) if part)

    @property
    def foot(self) -> str:
        """Kreis, document, data and run, before the number of the page."""
        return " · ".join((self.kreis, self.name, self.stand, f"Lauf {self.run[:RUN_DIGITS]}"))

    @property
    def mark(self) -> str:
        """Label and state: „Testdaten · Entwurf“."""
        return " · ".join(part for part in (self.label, self.state) if part)


def furniture(release: Release, name: str, *, draft: bool = False) -> Furniture:
    """Head and foot of the document called `name`; `draft` keeps it a draft although the edition is released."""
    about = release.edition
    return Furniture(
        title=f"{name} {about['kreis_name']}, Ausgabe {about['report_year']}",
        name=name,
        kreis=about["kreis_name"],
        stand=data_line(about),
        run=about["run_id"],
        state="Entwurf" if draft else state_mark(about),
        label=about["label"] or "",
        publisher=about["publisher"],
    )
