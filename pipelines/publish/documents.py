"""The embedded document engine: a Quarto source becomes a PDF/A-2a and PDF/UA-1 file, or a docx, without quarto.

What belongs here: the order of the steps. What does not: reading sources (`qmd`), their rules (`lint`), running cells
(`cells`), Markdown (`markdown`), looks (`reports/theme`, `office`), the other engine (`quarto`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipelines.errors import RenderError
from pipelines.publish.cells import run_cells
from pipelines.publish.engines import DOCX, Order, Place
from pipelines.publish.lint import check_document
from pipelines.publish.markdown import to_docx, to_typst
from pipelines.publish.office import finish
from pipelines.publish.qmd import Document, read_document
from pipelines.publish.released import AREA_VARIABLE, RELEASE_VARIABLE, open_release
from pipelines.publish.standalone import ENGINE_VARIABLE
from pipelines.publish.workspace import workspace


def render_all(place: Place, orders: Sequence[Order]) -> list[Path]:
    """Render every order and return the outputs. Equal inputs give equal bytes.

    The end of an output's name says its format. The cells of a source run once for all formats of the same area.

    Raises RenderError naming file and line of the source; several faults of the sources are told at once.
    """
    with workspace(place.reports, place.figures) as folder:
        for source in dict.fromkeys(order.source for order in orders):
            check_document(source, folder)
        texts: dict[tuple[Path, str | None], str] = {}
        return [_render(order, folder, place, texts) for order in orders]


def _render(order: Order, folder: Path, place: Place, texts: dict[tuple[Path, str | None], str]) -> Path:
    document, key = read_document(order.source), (order.source, order.area)
    environment = {
        RELEASE_VARIABLE: str(place.release.resolve()),
        AREA_VARIABLE: order.area,
        ENGINE_VARIABLE: "embedded",
    }
    if key not in texts:
        texts[key] = run_cells(document, folder, environment)
    make = _docx if order.output.suffix == DOCX else _pdf
    content = make(texts[key], document, folder, place)
    order.output.parent.mkdir(parents=True, exist_ok=True)
    order.output.write_bytes(content)
    return order.output


def _pdf(markdown: str, document: Document, folder: Path, place: Place) -> bytes:
    typst_file = folder / f"{document.file.stem}.typ"
    typst_file.write_text(to_typst(markdown, document, folder), encoding="utf-8")
    return _compile(typst_file, folder, document.file, place.timestamp)


def _docx(markdown: str, document: Document, folder: Path, place: Place) -> bytes:
    from pipelines.publish.pages.paper import paper_about

    made = to_docx(markdown, document, folder)
    about = paper_about(open_release(place.release), str(document.meta["title"]))
    return finish(made, about, place.timestamp, document.file)


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
