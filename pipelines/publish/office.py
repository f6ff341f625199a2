"""The docx of a paper: what pandoc leaves open is set here, the same for both engines.

What belongs here: page, type, head and foot, tables, pictures, language and properties of a docx file. What does not:
its text (`pages`), Markdown to docx (`markdown`, or the quarto program), or the look of PDF files (`reports/theme`).
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.errors import RenderError
from pipelines.publish.furniture import Furniture
from pipelines.publish.stable_zip import stable_bytes

if TYPE_CHECKING:
    from docx.document import Document as Docx

LANGUAGE = "de-DE"
# Staff edit the file on computers that do not have the print font.
FONT = "Arial"
TEXT_POINTS = 10.5
PICTURE_DPI = 200
PANDOC_ROOM = 5334000  # pandoc cuts wider pictures to the text width of its own page, in EMU
# Style of pandoc -> points, bold, entry of the theme's colours, points above and below
STYLES = {
    "Title": (22.0, True, "ink", 0, 4),
    "Subtitle": (10.5, False, "ink2", 0, 14),
    "Heading 1": (13.0, True, "ink", 18, 6),
    "Heading 2": (11.5, True, "ink", 12, 4),
    "Heading 3": (10.5, True, "ink2", 10, 3),
    "Body Text": (TEXT_POINTS, False, "ink", 0, 6),
    "First Paragraph": (TEXT_POINTS, False, "ink", 0, 6),
    "Compact": (TEXT_POINTS, False, "ink", 0, 2),
    "Table Caption": (9.5, True, "ink", 10, 3),
    "Image Caption": (9.5, True, "ink", 4, 10),
    "Captioned Figure": (TEXT_POINTS, False, "ink", 8, 2),
}
TABLE_POINTS = 9
MARGINS_MM = {"left_margin": 25, "right_margin": 20, "top_margin": 24, "bottom_margin": 22}
MARGINS_MM |= {"header_distance": 12, "footer_distance": 10, "gutter": 0}
TWIPS_PER_MM = 1440 / 25.4
# What the format wants behind the borders of a table
_BEHIND_BORDERS = ("shd", "tblLayout", "tblCellMar", "tblLook", "tblCaption", "tblDescription")
_SVG = "{http://schemas.microsoft.com/office/drawing/2016/SVG/main}svgBlip"


def finish(content: bytes, about: Furniture, timestamp: int, source: Path) -> bytes:
    """The finished file from what pandoc made of a paper; equal inputs give equal bytes.

    `timestamp` is the date in the properties (seconds since 1970, UTC). Raises RenderError naming `source` when a
    picture has no alternative text or a table no header row.
    """
    import docx

    document = docx.Document(io.BytesIO(content))
    _styles(document)
    _page(document, about)
    _title(document, about)
    for table in document.tables:
        _table(table, source)
    _pictures(document, source)
    _bullets(document)
    _language(document)
    stamp = datetime.fromtimestamp(timestamp, UTC)
    _properties(document, about, stamp)
    saved = io.BytesIO()
    document.save(saved)
    return stable_bytes(saved, stamp)


def _colour(entry: str) -> Any:
    from docx.shared import RGBColor

    from pipelines.figures import style

    return RGBColor.from_string(style.THEME["colours"]["light"][entry].removeprefix("#"))


# ------------------------------------------------------------------------------------------------ styles and page
def _styles(document: Docx) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Pt

    styles: Any = document.styles
    known = {style.name for style in styles}
    for name, (points, bold, colour, above, below) in STYLES.items():
        if name not in known:
            continue
        style = styles[name]
        # Some programs follow the character style a paragraph style is linked to.
        for font in [style.font, *([styles[f"{name} Char"].font] if f"{name} Char" in known else [])]:
            font.name, font.size, font.bold, font.italic = FONT, Pt(points), bold, False
            font.color.rgb = _colour(colour)
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(above), Pt(below)
        style.paragraph_format.alignment = 0
        if name.startswith(("Heading", "Table Caption", "Captioned Figure")):
            style.paragraph_format.keep_with_next = True
    # pandoc's styles name the fonts of a theme, which would win over a font's own name.
    for fonts in styles.element.iter(qn("w:rFonts")):
        for attribute in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{attribute}"), None)
        for attribute in ("ascii", "hAnsi", "cs"):
            fonts.set(qn(f"w:{attribute}"), FONT)


def _page(document: Docx, about: Furniture) -> None:
    from docx.enum.text import WD_TAB_ALIGNMENT
    from docx.shared import Mm, Pt

    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    for name, size in MARGINS_MM.items():
        setattr(section, name, Mm(size))
    width = Mm(210 - MARGINS_MM["left_margin"] - MARGINS_MM["right_margin"])
    head, foot = section.header.paragraphs[0], section.footer.paragraphs[0]
    for line in (head, foot):
        line.paragraph_format.tab_stops.add_tab_stop(width, WD_TAB_ALIGNMENT.RIGHT)
    head.add_run(f"{about.head}\t")
    head.add_run(about.mark).bold = True
    foot.add_run(f"{about.foot}\tSeite ")
    _field(foot, "PAGE")
    foot.add_run(" von ")
    _field(foot, "NUMPAGES")
    for line in (head, foot):
        for run in line.runs:
            run.font.name, run.font.size, run.font.color.rgb = FONT, Pt(8), _colour("ink2")


def _field(paragraph: Any, name: str) -> None:
    """A number the office program fills in when it shows the file."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for kind in ("begin", None, "separate", "1", "end"):
        run = paragraph.add_run("1" if kind == "1" else "")
        if kind in ("begin", "separate", "end"):
            element = OxmlElement("w:fldChar")
            element.set(qn("w:fldCharType"), kind)
            run._r.append(element)
        elif kind is None:
            element = OxmlElement("w:instrText")
            element.text = name
            run._r.append(element)


def _title(document: Docx, about: Furniture) -> None:
    """The title as pandoc set it from the head of the source, and the same line below it as in the PDF."""
    first = next((line for line in document.paragraphs if line.style is not None and line.style.name == "Title"), None)
    if first is None:
        first = document.paragraphs[0].insert_paragraph_before(about.name, "Title")
    following = first._p.getnext()
    below = document.add_paragraph(about.subtitle, "Subtitle")
    following.addprevious(below._p)


# ------------------------------------------------------------------------------------------------ tables and pictures
def _table(table: Any, source: Path) -> None:
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls, qn
    from docx.shared import Pt

    properties = table._tbl.tblPr
    header = table.rows[0]._tr.find(qn("w:trPr"))
    if header is None or header.find(qn("w:tblHeader")) is None:
        raise RenderError(
            "Eine Tabelle hat keine Kopfzeile.",
            file=source,
            expected="eine Zeile mit den Namen der Spalten",
            found=" | ".join(cell.text for cell in table.rows[0].cells),
            remedy="Die Kopfzeile ergänzen.",
        )
    for old in properties.findall(qn("w:tblBorders")):
        properties.remove(old)
    line = '<w:{} w:val="single" w:sz="{}" w:space="0" w:color="{}"/>'
    borders = line.format("bottom", 4, _colour("rule")) + line.format("insideH", 4, _colour("hair"))
    new = parse_xml(f"<w:tblBorders {nsdecls('w')}>{borders}</w:tblBorders>")
    behind = {qn(f"w:{name}") for name in _BEHIND_BORDERS}
    place = next((place for place, child in enumerate(properties) if child.tag in behind), len(properties))
    properties.insert(place, new)
    _full_width(table)
    _space_below(table)
    for number, row in enumerate(table.rows):
        row._tr.get_or_add_trPr().append(parse_xml(f"<w:cantSplit {nsdecls('w')}/>"))
        for cell in row.cells:
            for paragraph in cell.paragraphs:
                paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)
                for run in paragraph.runs:
                    run.font.size = Pt(TABLE_POINTS)
                    if number == 0:
                        run.font.bold = True


def _full_width(table: Any) -> None:
    """The columns in their shares over the text width; pandoc gives those of its own, narrower page."""
    from docx.oxml.ns import qn

    room = (210 - MARGINS_MM["left_margin"] - MARGINS_MM["right_margin"]) * TWIPS_PER_MM
    columns = table._tbl.tblGrid.findall(qn("w:gridCol"))
    widths = [int(column.get(qn("w:w"))) for column in columns]
    for column, width in zip(columns, widths, strict=True):
        column.set(qn("w:w"), str(round(width * room / sum(widths))))


def _space_below(table: Any) -> None:
    """A paragraph of text right below a table keeps its distance; captions and headings have their own."""
    from docx.oxml.ns import qn
    from docx.shared import Pt
    from docx.text.paragraph import Paragraph

    below = next((node for node in table._tbl.itersiblings() if node.tag in (qn("w:p"), qn("w:tbl"))), None)
    if below is not None and below.tag == qn("w:p") and below.style in ("FirstParagraph", "BodyText"):
        Paragraph(below, table._parent).paragraph_format.space_before = Pt(6)


def _pictures(document: Docx, source: Path) -> None:
    """Every picture as PNG, which office programs show, with its alternative text; at most as wide as the text."""
    from docx.oxml.ns import qn

    section = document.sections[0]
    room = (section.page_width or 0) - (section.left_margin or 0) - (section.right_margin or 0)
    for inline in document.element.body.iter(qn("wp:inline")):
        if not inline.docPr.get("descr", "").strip():
            raise RenderError(
                "Ein Bild hat keinen Alternativtext.",
                file=source,
                expected='![Titel](datei.svg){fig-alt="..."}',
                found=inline.docPr.get("name", "ein Bild"),
                remedy="Den Alternativtext ergänzen: Art, Gegenstand, Befund.",
            )
        for blip in inline.iter(qn("a:blip")):
            _as_png(document, blip)
        width, height = inline.extent.cx, inline.extent.cy
        if width > room or width == PANDOC_ROOM:
            inline.extent.cx, inline.extent.cy = room, round(height * room / width)
            for size in inline.iter(qn("a:ext")):
                if size.get("cx"):
                    size.set("cx", str(room))
                    size.set("cy", str(round(height * room / width)))


def _as_png(document: Docx, blip: Any) -> None:
    from docx.oxml.ns import qn

    for vector in list(blip.iter(_SVG)):
        drawn = document.part.related_parts[vector.get(qn("r:embed"))].blob
        before = [vector.get(qn("r:embed")), blip.get(qn("r:embed"))]
        relation, _ = document.part.get_or_add_image(io.BytesIO(_png(drawn)))
        for child in list(blip):
            blip.remove(child)
        blip.set(qn("r:embed"), relation)
        for old in filter(None, before):
            document.part.drop_rel(old)


def _png(svg: bytes) -> bytes:
    """The picture of an SVG file; Typst draws it, so that no program outside the lock is needed."""
    import tempfile

    import typst
    from font_source_sans_pro import font_files_ttf

    fonts = sorted({str(Path(path).parent) for path in font_files_ttf.values()})
    with tempfile.TemporaryDirectory(prefix="sozialatlas-") as folder:
        root = Path(folder)
        (root / "bild.svg").write_bytes(svg)
        sheet = '#set page(width: auto, height: auto, margin: 0pt, fill: white)\n#image("bild.svg")\n'
        (root / "bild.typ").write_text(sheet, encoding="utf-8")
        return typst.compile(
            str(root / "bild.typ"), format="png", ppi=PICTURE_DPI, font_paths=fonts, ignore_system_fonts=True
        )


def _bullets(document: Docx) -> None:
    """The sign of lists as in the PDF; pandoc's own is one of a font that not every computer has."""
    from docx.oxml.ns import qn

    for level in document.part.numbering_part.element.iter(qn("w:lvl")):
        if level.find(qn("w:numFmt")).get(qn("w:val")) == "bullet":
            level.find(qn("w:lvlText")).set(qn("w:val"), "–")
            for fonts in level.iter(qn("w:rFonts")):
                for attribute in ("ascii", "hAnsi", "cs"):
                    fonts.set(qn(f"w:{attribute}"), FONT)


# ------------------------------------------------------------------------------------------------ language, properties
def _language(document: Docx) -> None:
    from docx.oxml.ns import qn

    for element in document.styles.element.iter(qn("w:lang")):
        element.set(qn("w:val"), LANGUAGE)
    settings = document.settings.element
    for name, value in (("themeFontLang", LANGUAGE), ("decimalSymbol", ","), ("listSeparator", ";")):
        found = settings.find(qn(f"w:{name}"))
        if found is not None:
            found.set(qn("w:val"), value)


def _properties(document: Docx, about: Furniture, stamp: datetime) -> None:
    properties = document.core_properties
    properties.title, properties.language = about.title, LANGUAGE
    properties.author = properties.last_modified_by = about.publisher
    properties.subject = about.name
    properties.comments = f"{about.mark} · Lauf {about.run}"
    properties.created = properties.modified = stamp.replace(tzinfo=None)
