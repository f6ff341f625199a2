"""A picture as SVG, written mark by mark.

What belongs here: the SVG of each kind of mark. What does not: drawing, alternative texts (`alt`), pixels (`raster`).

Own strings instead of a drawing library: outlines of maps are shared and turned into words once, so that a map whose
values alone have changed takes a millisecond; nothing but what is drawn gets into the file.
"""

from __future__ import annotations

from html import escape

from pipelines.figures import style
from pipelines.figures.canvas import Box, Disc, Form, Label, Mark, Picture
from pipelines.figures.style import PT

# Readers of a downloaded SVG may have the font under its newer name, or not at all
_FONTS = f"'{style.FAMILY}', 'Source Sans 3', sans-serif"
_ANCHORS = {"left": "", "center": ' text-anchor="middle"', "right": ' text-anchor="end"'}


def svg_text(picture: Picture) -> str:
    """The picture as SVG: text stays text in the print font or the next best, no date, no reference to another host.

    Lengths are pt. The alternative text is its title, which browsers read out.
    """
    wide, high = f"{picture.width / PT:.2f}", f"{picture.height / PT:.2f}"
    title = f"<title>{escape(picture.alt, quote=False)}</title>\n" if picture.alt else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{wide}pt" height="{high}pt" '
        f'viewBox="0 0 {wide} {high}" font-family="{_FONTS}" stroke-linejoin="round">\n'
        f"{title}{''.join(map(_mark, picture.marks))}</svg>\n"
    )


def _mark(mark: Mark) -> str:
    if isinstance(mark, Label):
        return _label(mark)
    if isinstance(mark, Form):
        return _form(mark)
    return _box(mark) if isinstance(mark, Box) else _disc(mark)


def _label(label: Label) -> str:
    weight = "" if label.weight == style.REGULAR else f' font-weight="{label.weight}"'
    slant = "" if label.slant == "normal" else f' font-style="{label.slant}"'
    return (
        f'<text x="{label.x / PT:.2f}" y="{label.y / PT:.2f}" font-size="{label.size:g}"{weight}{slant}'
        f'{_ANCHORS[label.align]} fill="{label.colour}">{escape(label.words, quote=False)}</text>\n'
    )


def _form(form: Form) -> str:
    name = f' class="{form.name}"' if form.name else ""
    dashes = f' stroke-dasharray="{" ".join(f"{length:g}" for length in form.dashes)}"' if form.dashes else ""
    ends = ' stroke-linecap="round"' if form.round_ends else ""
    words = "".join([outline.words for outline in form.outlines])
    return f'<path{name} d="{words}"{_look(form)}{dashes}{ends}/>\n'


def _box(box: Box) -> str:
    corners = f' rx="{box.radius / PT:.2f}"' if box.radius else ' stroke-linejoin="miter"' if box.edge else ""
    return (
        f'<rect x="{box.x / PT:.2f}" y="{box.y / PT:.2f}" width="{box.width / PT:.2f}"'
        f' height="{box.height / PT:.2f}"{corners}{_look(box)}/>\n'
    )


def _disc(disc: Disc) -> str:
    place = f'cx="{disc.x / PT:.2f}" cy="{disc.y / PT:.2f}" r="{disc.radius / PT:.2f}"'
    return f"<circle {place}{_look(disc)}/>\n"


def _look(mark: Form | Box | Disc) -> str:
    stroke = f' stroke="{mark.edge}" stroke-width="{mark.weight:g}"' if mark.edge else ""
    return f' fill="{mark.fill or "none"}"{stroke}'
