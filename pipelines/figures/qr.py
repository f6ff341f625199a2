"""QR codes of addresses as vector pictures.

What belongs here: drawing the matrix that segno computes. What does not: which address, and where it stands on a page;
the address always stands beside it as text.
"""

from __future__ import annotations

from typing import Any

from pipelines.figures import alt as alternative
from pipelines.figures import style
from pipelines.figures.canvas import Canvas, Picture, outline_of

SIZE = 24.0  # side in mm with the quiet zone: modules stay above 0.4 mm for addresses of up to 100 characters
QUIET = 4  # empty modules on every side that readers need
LEVEL = "m"  # up to 15 % of the code may be unreadable


def qr_code(address: str) -> Picture:
    """A QR code (ISO/IEC 18004, level M) as one shape on white, 24 mm wide.

    Raises ValueError for an address too long for any QR code.
    """
    from shapely.affinity import scale

    cells = matrix(address)
    module = SIZE / (len(cells) + 2 * QUIET)
    canvas = Canvas(SIZE, SIZE)
    canvas.rect(0, 0, SIZE, SIZE, style.WHITE)
    canvas.area(outline_of(scale(_dark(cells), module, module, origin=(0, 0))), style.INK)
    return canvas.picture(alternative.alt_qr(address))


def matrix(address: str) -> tuple[bytearray, ...]:
    """Rows of modules without quiet zone, 1 = dark."""
    import segno

    return segno.make_qr(address, error=LEVEL, boost_error=False).matrix


def _dark(cells: tuple[bytearray, ...]) -> Any:
    """All dark modules as one geometry, one unit per module: no seams between neighbours in any viewer."""
    import numpy as np
    import shapely

    y, x = np.nonzero(np.array([list(row) for row in cells]))
    return shapely.coverage_union_all(shapely.box(x + QUIET, y + QUIET, x + QUIET + 1, y + QUIET + 1))
