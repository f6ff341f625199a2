"""The embedded document engine: a Quarto source becomes a PDF/A-2a and PDF/UA-1 file without the quarto program.

What belongs here: the order of the steps and the temporary copy they work in. What does not: reading sources (`qmd`),
running cells (`cells`), Markdown (`markdown`), looks (`reports/theme`).
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pipelines.errors import RenderError
from pipelines.publish.cells import run_cells
from pipelines.publish.illustrations import FOLDER as FIGURES
from pipelines.publish.markdown import to_typst
from pipelines.publish.qmd import read_document
from pipelines.publish.released import AREA_VARIABLE, RELEASE_VARIABLE
from pipelines.publish.standalone import ENGINE_VARIABLE, FONTS

# What runs and the quarto program leave in the folder of the sources
NOT_SOURCES = ("output", "_ausgabe", FIGURES, FONTS, ".*", "__pycache__", "*.pdf")


def render(
    source: Path,
    output: Path,
    *,
    release: Path,
    figures: Path | None = None,
    area: str | None = None,
    timestamp: int = 0,
) -> Path:
    """Render one `.qmd` to a PDF and return `output`.

    `release` is the released DuckDB file, `figures` the folder that sources reach as `abbildungen/`, `area` the area a
    profile is about, `timestamp` the date in the file's properties (seconds since 1970, UTC), never the clock's.
    Equal inputs give equal bytes. Raises RenderError naming file and line of the source.
    """
    with workspace(source.parent, figures) as folder:
        return render_in(folder, source, output, release=release, area=area, timestamp=timestamp)


@contextlib.contextmanager
def workspace(reports: Path, figures: Path | None = None) -> Iterator[Path]:
    """A temporary copy of the sources with the figures beside them; several documents may be rendered in it."""
    with tempfile.TemporaryDirectory(prefix="sozialatlas-") as temporary:
        folder = Path(temporary) / "reports"
        shutil.copytree(reports, folder, ignore=shutil.ignore_patterns(*NOT_SOURCES))
        if figures is not None:
            _bring(figures.resolve(), folder / FIGURES)
        yield folder


def render_in(
    folder: Path, source: Path, output: Path, *, release: Path, area: str | None = None, timestamp: int = 0
) -> Path:
    """As `render`, in a folder made by `workspace`: the cheap way when one source is rendered for many areas."""
    document = read_document(source)
    environment = {RELEASE_VARIABLE: str(release.resolve()), AREA_VARIABLE: area, ENGINE_VARIABLE: "embedded"}
    markdown = run_cells(document, folder, environment)
    typst_file = folder / f"{source.stem}.typ"
    typst_file.write_text(to_typst(markdown, document, folder), encoding="utf-8")
    pdf = _compile(typst_file, folder, source, timestamp)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_bytes(pdf)
    return output


def _bring(source: Path, target: Path) -> None:
    try:
        target.symlink_to(source, target_is_directory=True)
    except OSError:  # Windows allows links only with special rights
        shutil.copytree(source, target)


def _compile(typst_file: Path, root: Path, source: Path, timestamp: int) -> bytes:
    import typst
    from font_source_sans_pro import font_files_ttf

    fonts = sorted({str(Path(path).parent) for path in font_files_ttf.values()})
    try:
        pdf = typst.compile(
            str(typst_file),
            root=str(root),
            font_paths=fonts,
            ignore_system_fonts=True,
            pdf_standards=["a-2a", "ua-1"],
            timestamp=timestamp,
        )
    except typst.TypstError as error:
        hints = "; ".join(str(hint) for hint in (error.hints or []))
        raise RenderError(
            "Das Dokument konnte nicht gesetzt werden.",
            file=source,
            expected="ein Dokument, das PDF/A-2a und PDF/UA-1 einhält",
            found=f"{error.message}{f' ({hints})' if hints else ''}",
            remedy="Die Stelle in der Quelle oder im Thema (reports/theme/atlas.typ) berichtigen.",
        ) from error
    return pdf
