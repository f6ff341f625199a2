"""The print font as small files for the web page: only the signs German pages need, packed as WOFF.

What belongs here: which signs, and writing them the same way every time. What does not: where a font is used (CSS).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

FAMILY = "Quelle"
FILES = {400: "quelle-regular.woff", 600: "quelle-semibold.woff"}
# Printable Latin, then signs of the tables and texts: dashes, quotation marks, arrows, triangles, minus, narrow space.
RANGES = ((0x20, 0x7E), (0xA0, 0xFF), (0x100, 0x17F))
SIGNS = "–—‘’‚“”„†•…‰‹›€−×≈≠≤≥√∑←↑→↓▲▼◆■✓χτκ\u202f"
_NAMED = {1: FAMILY, 3: f"{FAMILY}, Auszug", 4: FAMILY, 6: FAMILY, 16: FAMILY}  # fields of the name table


def write_fonts(folder: Path) -> list[Path]:
    """Write one WOFF file per weight into `folder`; return the paths. Equal fonts give equal bytes."""
    from pipelines.figures.style import font_path

    paths = []
    for weight, name in FILES.items():
        path = folder / name
        _pack(font_path(weight), path)
        paths.append(path)
    return paths


def signs() -> set[int]:
    """Code points the files may hold; a sign the print font lacks is left out."""
    return {point for first, last in RANGES for point in range(first, last + 1)} | {ord(sign) for sign in SIGNS}


def _pack(source: str, path: Path) -> None:
    from fontTools import subset
    from fontTools.ttLib import TTFont

    # The font's own date stays: no clock in outputs. Lazy: most of its tables and glyphs are dropped unread.
    font = TTFont(source, recalcTimestamp=False, lazy=True)
    del font["GSUB"]  # no ligatures or alternates are used
    options = subset.Options(hinting=False, layout_features=["kern"], name_IDs=["*"])
    chosen = subset.Subsetter(options)
    chosen.populate(unicodes=sorted(signs()))
    chosen.subset(font)
    _rename(font)
    font.flavor = "woff"
    font.save(path, reorderTables=True)


def _rename(font: Any) -> None:
    """Give the extract a name of its own: the licence (OFL) keeps the font's name for the whole font."""
    for record in font["name"].names:
        if record.nameID in _NAMED:
            record.string = _NAMED[record.nameID]
