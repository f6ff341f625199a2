"""The embedded document engine: a Quarto source becomes a PDF/A-2a and PDF/UA-1 file without the quarto program.

What belongs here: the order of the steps. What does not: reading sources (`qmd`), their rules (`lint`), running cells
(`cells`), Markdown (`markdown`), looks (`reports/theme`), the other engine (`quarto`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipelines.errors import RenderError
from pipelines.publish.cells import run_cells
from pipelines.publish.engines import Order, Place
from pipelines.publish.lint import check_document
from pipelines.publish.markdown import to_typst
from pipelines.publish.qmd import read_document
from pipelines.publish.released import AREA_VARIABLE, RELEASE_VARIABLE
from pipelines.publish.standalone import ENGINE_VARIABLE
from pipelines.publish.workspace import workspace


def render_all(place: Place, orders: Sequence[Order]) -> list[Path]:
    """Render every order and return the outputs. Equal inputs give equal bytes.

    Raises RenderError naming file and line of the source; several faults of the sources are told at once.
    """
    with workspace(place.reports, place.figures) as folder:
        for source in dict.fromkeys(order.source for order in orders):
            check_document(source, folder)
        return [_render(order, folder, place) for order in orders]


def _render(order: Order, folder: Path, place: Place) -> Path:
    document = read_document(order.source)
    environment = {
        RELEASE_VARIABLE: str(place.release.resolve()),
        AREA_VARIABLE: order.area,
        ENGINE_VARIABLE: "embedded",
    }
    markdown = run_cells(document, folder, environment)
    typst_file = folder / f"{order.source.stem}.typ"
    typst_file.write_text(to_typst(markdown, document, folder), encoding="utf-8")
    pdf = _compile(typst_file, folder, order.source, place.timestamp)
    order.output.parent.mkdir(parents=True, exist_ok=True)
    order.output.write_bytes(pdf)
    return order.output


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
