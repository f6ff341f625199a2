"""Pictures as SVG and PNG with the same bytes every time.

What belongs here: writing a finished `Picture`. What does not: drawing, alternative texts (`pipelines.figures.alt`).
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from pathlib import Path
from typing import Any

from pipelines.figures import style
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
# Readers of a downloaded SVG may have the font under its newer name, or not at all
_FONTS = f"'{style.FAMILY}', 'Source Sans 3', sans-serif".encode()


def svg_bytes(picture: Picture) -> bytes:
    """The picture as SVG: text stays text in the print font or the next best, no date, no reference to another host.

    The alternative text is its title, which browsers read out.
    """
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    title = {"Title": picture.alt} if picture.alt else {}
    buffer = io.BytesIO()
    with matplotlib.rc_context(_SETTINGS):
        FigureCanvasSVG(picture.figure).print_svg(buffer, metadata=_NO_METADATA | title)
    slim = _METADATA.sub(b"", _DOCTYPE.sub(b"", buffer.getvalue()))
    slim = _FAMILY.sub(b"", slim).replace(b"<svg ", b'<svg role="img" font-family="%b" ' % _FONTS, 1)
    return _DRAWING.sub(lambda match: _THIRD_DECIMALS.sub(b"", match[0]), slim).replace(b"\r\n", b"\n")


def png_bytes(picture: Picture, dpi: int = 150) -> bytes:
    """The picture as PNG on white at `dpi`."""
    import matplotlib
    import numpy as np
    from matplotlib.backends.backend_agg import FigureCanvasAgg

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
    return _png(np.asarray(canvas.buffer_rgba())[..., :3], dpi)


def _png(pixels: Any, dpi: int) -> bytes:
    """RGB pixels (rows, columns, 3) as PNG without filters.

    Flat colours get smaller and are written four times as fast as by the usual way through filters and transparency.
    """
    import numpy as np

    height, width, _ = pixels.shape
    lines = np.zeros((height, 1 + 3 * width), dtype=np.uint8)  # the leading 0 of a line: no filter
    lines[:, 1:] = pixels.reshape(height, -1)
    per_metre = round(dpi / 0.0254)
    chunks = (
        (b"IHDR", struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)),
        (b"pHYs", struct.pack(">2IB", per_metre, per_metre, 1)),
        (b"IDAT", zlib.compress(lines.tobytes(), 1)),
        (b"IEND", b""),
    )
    parts = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def save(picture: Picture, path: Path | str) -> Path:
    """Write a picture; the ending decides: .svg or .png. Raises ValueError for another ending."""
    path = Path(path)
    writers = {".svg": svg_bytes, ".png": png_bytes}
    if path.suffix not in writers:
        raise ValueError(f"cannot write {path.suffix!r}, only .svg and .png")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(writers[path.suffix](picture))
    return path
