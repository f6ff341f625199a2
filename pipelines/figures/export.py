"""Pictures as SVG and PNG with the same bytes every time.

What belongs here: writing a finished `Picture`. What does not: drawing, alternative texts (`pipelines.figures.alt`).
"""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

from pipelines.figures.canvas import Picture

# A fixed salt makes the ids in the SVG depend on the drawing alone.
_SETTINGS: Any = {"svg.fonttype": "none", "svg.hashsalt": "sozialatlas", "path.simplify": False, "text.hinting": "none"}
_NO_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}
_DOCTYPE = re.compile(rb"<!DOCTYPE[^>]*>\s*")
_METADATA = re.compile(rb"\s*<metadata>.*?</metadata>", re.DOTALL)
# Only inside drawing attributes: a date in a text has points and digits too.
_DRAWING = re.compile(rb'\s(?:d|x|y|cx|cy|transform|viewBox|width|height)="[^"]*"')
_NUMBER = re.compile(rb"(\d\.\d{2})\d+")


def svg_bytes(picture: Picture) -> bytes:
    """The picture as SVG: text stays text in the print font, no date, no reference to another host."""
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    buffer = io.BytesIO()
    with matplotlib.rc_context(_SETTINGS):
        FigureCanvasSVG(picture.figure).print_svg(buffer, metadata=_NO_METADATA)
    slim = _METADATA.sub(b"", _DOCTYPE.sub(b"", buffer.getvalue()))
    return _DRAWING.sub(lambda match: _NUMBER.sub(rb"\1", match[0]), slim).replace(b"\r\n", b"\n")


def png_bytes(picture: Picture, dpi: int = 200) -> bytes:
    """The picture as PNG on white at `dpi`."""
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = picture.figure
    before = figure.dpi
    buffer = io.BytesIO()
    figure.patch.set_visible(True)
    try:
        with matplotlib.rc_context(_SETTINGS):
            figure.set_dpi(dpi)
            FigureCanvasAgg(figure).print_png(buffer, metadata={"Software": None})
    finally:
        figure.set_dpi(before)
        figure.patch.set_visible(False)
    return buffer.getvalue()


def save(picture: Picture, path: Path | str) -> Path:
    """Write a picture; the ending decides: .svg or .png. Raises ValueError for another ending."""
    path = Path(path)
    writers = {".svg": svg_bytes, ".png": png_bytes}
    if path.suffix not in writers:
        raise ValueError(f"cannot write {path.suffix!r}, only .svg and .png")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(writers[path.suffix](picture))
    return path
