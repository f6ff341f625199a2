"""Pictures as SVG and PNG with the same bytes every time.

What belongs here: files of a finished `Picture`. What does not: the marks in them (`vector`, `raster`), drawing.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

from pipelines.figures.canvas import Picture
from pipelines.figures.vector import svg_text


def svg_bytes(picture: Picture) -> bytes:
    """The picture as SVG in UTF-8, see `vector.svg_text`."""
    return svg_text(picture).encode()


def png_bytes(picture: Picture, dpi: int = 150) -> bytes:
    """The picture as PNG on white at `dpi`."""
    from pipelines.figures.raster import pixels

    return _png(pixels(picture, dpi), dpi)


def _png(pixels: Any, dpi: int) -> bytes:
    """RGB pixels (rows, columns, 3) as PNG without filters.

    Flat colours get smaller and are written four times as fast as by the usual way through filters and transparency.
    """
    import numpy as np

    height, width, _ = pixels.shape
    lines = np.zeros((height, 1 + 3 * width), dtype=np.uint8)  # the leading 0 of a line: no filter
    for channel in range(3):  # a copy of whole pixels takes four times as long
        lines[:, 1 + channel :: 3] = pixels[..., channel]
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
