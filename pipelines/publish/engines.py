"""What an engine is: something that renders sources into PDF files at one place.

What belongs here: the shape both engines share and the choice between them. What does not: rendering (`documents`,
`quarto`) or which documents an edition has (`papers`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Place:
    """What all documents of one call share.

    `reports` is the folder of the sources, `release` the released DuckDB file, `figures` the folder that sources reach
    as `abbildungen/`, `timestamp` the date in a file's properties (seconds since 1970, UTC), never the clock's, `logs`
    where a program may leave what it said.
    """

    reports: Path
    release: Path
    figures: Path | None = None
    timestamp: int = 0
    logs: Path | None = None


@dataclass(frozen=True)
class Order:
    """One document: from `source` (below the reports folder) to `output`, about `area` or the whole Kreis."""

    source: Path
    output: Path
    area: str | None = None


class Engine(Protocol):
    """Renders every order in turn and returns the outputs; raises RenderError naming the source."""

    def __call__(self, place: Place, orders: Sequence[Order]) -> list[Path]: ...


def engine(name: str) -> Engine:
    """The engine of that name, one of `settings.ENGINES`."""
    from pipelines.publish import documents, quarto

    engines: dict[str, Engine] = {"embedded": documents.render_all, "quarto": quarto.render_all}
    return engines[name]
