"""What an engine is: something that renders sources into PDF and docx files at one place.

What belongs here: the shape both engines share and the choice between them. What does not: rendering (`documents`,
`quarto`) or which documents an edition has (`papers`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

PDF, DOCX = ".pdf", ".docx"


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
    """One document: from `source` (below the reports folder) to `output`, about `area` or the whole Kreis.

    The end of `output` says the format: `.pdf`, or `.docx` for a source whose text is Markdown.
    """

    source: Path
    output: Path
    area: str | None = None


@dataclass(frozen=True)
class Engine:
    """One way to make PDF and docx files from the sources.

    `render` makes every order in turn and returns the outputs; it raises RenderError naming the source. `version` says
    which version of a program outside the lock does it (None: all is in the lock) and raises RenderError with the
    remedy when that program cannot be used, so that it may be asked before a long run. `exact` is whether equal inputs
    give equal bytes.
    """

    render: Callable[[Place, Sequence[Order]], list[Path]]
    version: Callable[[], str | None]
    exact: bool


def engine(name: str) -> Engine:
    """The engine of that name, one of `settings.ENGINES`."""
    from pipelines.publish import documents, quarto

    engines = {
        "embedded": Engine(documents.render_all, lambda: None, exact=True),
        quarto.NAME: Engine(quarto.render_all, lambda: quarto.require().version, exact=False),
    }
    return engines[name]
