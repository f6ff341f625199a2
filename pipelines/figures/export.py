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
_THIRD_DECIMALS = re.compile(rb"(?<=\.\d\d)\d+")
_FAMILY = re.compile(rb" font-family: '[^;]*;")
_FALLBACK = b"'Source Sans Pro', 'Source Sans 3', sans-serif"


def svg_bytes(picture: Picture) -> bytes:
    """The picture as SVG: text stays text in the print font or the next best, no date, no reference to another host.

    The alternative text is its title, which browsers read out.
    """
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    buffer = io.BytesIO()
    with matplotlib.rc_context(_SETTINGS):
        FigureCanvasSVG(picture.figure).print_svg(buffer, metadata=_NO_METADATA)
    slim = _METADATA.sub(b"", _DOCTYPE.sub(b"", buffer.getvalue()))
    slim = _FAMILY.sub(b"", slim).replace(b"<svg ", b'<svg font-family="%b" ' % _FALLBACK, 1)
    return _DRAWING.sub(lambda match: _THIRD_DECIMALS.sub(b"", match[0]), slim).replace(b"\r\n", b"\n")


def png_bytes(picture: Picture, dpi: int = 200) -> bytes:
    """The picture as PNG on white at `dpi`."""
    import matplotlib
    import numpy as np
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    figure = picture.figure
    before = figure.dpi
    figure.patch.set_visible(True)
    try:
        with matplotlib.rc_context(_SETTINGS):
            figure.set_dpi(dpi)
            canvas = FigureCanvasAgg(figure)
            canvas.draw()
    finally:
        figure.set_dpi(before)
        figure.patch.set_visible(False)
    pixels = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    buffer = io.BytesIO()
    # Without the unused transparency the lowest level is smaller than the usual one with it, in a third of the time.
    pixels.save(buffer, "PNG", compress_level=1, dpi=(dpi, dpi))
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
