"""Which documents an edition has, from which source each is made and how its file is called.

What belongs here: the atlas, the profiles and the papers as files. What does not: the engines (`engines`) and the pages
themselves (`reports/`).
"""

from __future__ import annotations

import difflib
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipelines.errors import AtlasError
from pipelines.publish.copy import COPY_PATH
from pipelines.publish.engines import DOCX, PDF, Order, Place, engine
from pipelines.publish.illustrations import FOLDER, Illustrations, draw
from pipelines.publish.released import Release, open_release
from pipelines.publish.words import slug
from pipelines.settings import PROJECT_DIR, Settings

REPORTS = PROJECT_DIR / "reports"
ATLAS_SOURCE = REPORTS / "atlas.qmd"
PROFILE_SOURCE = REPORTS / "profile.qmd"
PROFILES = "steckbriefe"
PAPERS_FOLDER = "vorlagen"
LOGS = "quarto"  # what the quarto program said, one file per document


@dataclass(frozen=True)
class Paper:
    """A paper of an edition: its source below the reports folder, the name of its files, and their formats."""

    source: str
    name: str
    formats: tuple[str, ...]


PAPERS = (
    Paper("resources.qmd", "ressourcenbericht", (PDF, DOCX)),
    Paper("planning.qmd", "fachplanungsbericht", (PDF,)),
    Paper("yearly.qmd", "jahresbericht", (PDF, DOCX)),
    Paper("workshop.qmd", "zukunftswerkstatt-brief", (PDF,)),
)
# Made after all others, because it lists them with their hashes
COMMITTEE_PAPER = Paper("committee.qmd", "ausschussvorlage", (PDF, DOCX))


def write_figures(settings: Settings) -> Path:
    """Draw every figure of the documents from the staged edition; returns their folder in the internal store."""
    release = open_release(settings.staging_dir / COPY_PATH)
    return draw(list(Illustrations(release).all()), _figures(settings))


def write_atlas(settings: Settings) -> Path:
    """Render the atlas of the staged edition; returns its path. Raises RenderError naming file and line."""
    folder = settings.staging_dir
    order = Order(ATLAS_SOURCE, folder / f"sozialatlas-{settings.year}.pdf")
    return engine(settings.engine).render(_place(settings, folder / COPY_PATH, _figures(settings)), [order])[0]


def write_profiles(settings: Settings) -> list[Path]:
    """Render the profile of every Gemeinde of the staged edition; returns the paths."""
    folder = settings.staging_dir
    gemeinden = open_release(folder / COPY_PATH).gemeinden
    rows = gemeinden.iter_rows(named=True)
    return _profiles(settings, folder / COPY_PATH, _figures(settings), folder / PROFILES, rows)


def write_papers(settings: Settings) -> list[Path]:
    """Render the reports of the staged edition and the workbook of the Ressourcenbericht; returns the paths."""
    from pipelines.publish.resource_workbook import write_resource_workbook

    release = open_release(settings.staging_dir / COPY_PATH)
    workbook = write_resource_workbook(release, settings.staging_dir / PAPERS_FOLDER)
    return [workbook, *_papers(settings, PAPERS)]


def write_committee_paper(settings: Settings) -> list[Path]:
    """Render the committee paper; returns the paths. What it lists must lie in the staged edition: atlas and papers."""
    return _papers(settings, [COMMITTEE_PAPER])


def _papers(settings: Settings, papers: Iterable[Paper]) -> list[Path]:
    folder = settings.staging_dir / PAPERS_FOLDER
    orders = [
        Order(REPORTS / paper.source, folder / f"{paper.name}{suffix}") for paper in papers for suffix in paper.formats
    ]
    place = _place(settings, settings.staging_dir / COPY_PATH, _figures(settings))
    return engine(settings.engine).render(place, orders)


def write_profile(settings: Settings, name: str) -> Path:
    """Render the profile of one Gemeinde from the last edition into `OUT/einzeln/<year>`; returns its path.

    `name` is a display name, in any case of letters, or an AGS. Raises AtlasError for an unknown name, with the
    nearest ones, and when there is no edition yet.
    """
    copy = settings.output_dir / COPY_PATH
    if not copy.is_file():
        raise AtlasError(
            f"Für {settings.year} gibt es noch keine Ausgabe.",
            file=copy,
            remedy="Zuerst die Ausgabe erzeugen: sozialatlas run.",
        )
    release = open_release(copy)
    gemeinde = find_gemeinde(release, name)
    target = settings.out_dir / "einzeln" / str(settings.year)
    with tempfile.TemporaryDirectory(prefix="sozialatlas-") as temporary:
        figures = draw(list(Illustrations(release).of_profile(gemeinde["area_id"])), Path(temporary))
        return _profiles(settings, copy, figures, target, [gemeinde])[0]


def find_gemeinde(release: Release, name: str) -> dict[str, Any]:
    """The Gemeinde called `name`. Raises AtlasError with the nearest names when there is none."""
    wanted = name.strip().casefold()
    rows = release.gemeinden.to_dicts()
    for row in rows:
        if wanted in (row["area_id"], row["display_name"].casefold(), row["name"].casefold()):
            return row
    names = {row["display_name"].casefold(): row["display_name"] for row in rows}
    near = [names[key] for key in difflib.get_close_matches(wanted, names, n=3, cutoff=0.4)]
    raise AtlasError(
        f"Die Gemeinde „{name}“ ist in dieser Ausgabe nicht bekannt.",
        expected="Name oder AGS einer Gemeinde des Kreises",
        found=name,
        remedy=f"Gemeint ist vielleicht: {', '.join(near) if near else ', '.join(sorted(names.values()))}.",
    )


def document_time(settings: Settings) -> int:
    """The date in the properties of documents: the end of the report year, seconds since 1970, never the clock."""
    return int(datetime(settings.year, 12, 31, tzinfo=UTC).timestamp())


def _figures(settings: Settings) -> Path:
    """Figures are inputs of documents, not part of an edition: they stay in the internal store."""
    return settings.curated_dir / FOLDER


def _place(settings: Settings, copy: Path, figures: Path) -> Place:
    return Place(REPORTS, copy, figures, document_time(settings), settings.curated_dir / LOGS)


def _profiles(settings: Settings, copy: Path, figures: Path, target: Path, gemeinden: Any) -> list[Path]:
    orders = [
        Order(PROFILE_SOURCE, target / f"{row['area_id']}-{slug(row['display_name'])}.pdf", row["area_id"])
        for row in gemeinden
    ]
    return engine(settings.engine).render(_place(settings, copy, figures), orders)
