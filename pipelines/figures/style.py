"""The one place for colours, type sizes, line weights, hatches and the print font of all figures.

What belongs here: tokens and measures, and making the font known to matplotlib. What does not: drawing anything.
Colours and their contrast ratios follow the look the project agreed on; tests compute the ratios again.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

Slant = Literal["normal", "italic"]

PT = 25.4 / 72  # one typographic point in mm

# Text and lines
INK = "#17232E"
INK2 = "#46535E"
INK3 = "#64717C"
GREY = "#8A959E"
LINE = "#B9C2C9"
HAIR = "#DDE2E6"
WASH = "#F3F5F6"
BAND = "#E9EDF0"
WHITE = "#FFFFFF"
# The area a document is about, and nothing else
FOCUS = "#B2500A"
ACCENT = "#0B4F82"
OTHER_AREAS = "#D3D9DE"
# Grounds that tell neighbouring Sozialräume apart; their borders and names carry the meaning
GROUNDS = ("#E8F1F8", "#CFE2F0", "#F4F8FB", "#DDE2E6")
SEQUENTIAL = ("#CFE2F0", "#92BDDD", "#5391C3", "#2467A2", "#0A3562")
CATEGORICAL = ("#0A3562", "#B2500A", "#4E9C96")
MAIN = CATEGORICAL[0]

_CLASSES = {1: (3,), 2: (2, 4), 3: (1, 3, 5), 4: (1, 2, 4, 5), 5: (1, 2, 3, 4, 5)}

# Type sizes in pt
SIZE_LABEL = 8.5
SIZE_WORD = 8.0
SIZE_SMALL = 7.5
SIZE_SMALLEST = 7.0

FAMILY = "Source Sans Pro"
REGULAR = 400
SEMIBOLD = 600
_FONT_FILES: dict[tuple[int, Slant], str] = {
    (REGULAR, "normal"): "SourceSansPro",
    (SEMIBOLD, "normal"): "SourceSansProSemibold",
    (REGULAR, "italic"): "SourceSansProIt",
}
CAP_HEIGHT = 0.66  # of the type size, measured in the wheel


@dataclass(frozen=True)
class Hatch:
    """Lines for one status: angles in degrees, pitch and weight in pt, on/off lengths in pt for broken lines."""

    angles: tuple[float, ...]
    pitch: float
    weight: float
    dashes: tuple[float, float] | None = None
    dots: bool = False


HATCHES = {
    "missing": Hatch((45,), 4.5, 1.2),
    "later": Hatch((-45,), 4.5, 1.2),
    "secret": Hatch((90,), 4.5, 1.2),
    "suppressed": Hatch((45, -45), 4.5, 1.2),
    "uncertain": Hatch((0,), 4.5, 1.2, dashes=(3, 2)),
    "not_applicable": Hatch((0,), 3.8, 1.3, dots=True),
    # White over the colour of a class: the class is not stable
    "unstable": Hatch((45,), 4.5, 1.2),
}


def class_colours(count: int) -> tuple[str, ...]:
    """Colours of one to five classes, low to high. Raises ValueError for another number."""
    if count not in _CLASSES:
        raise ValueError(f"one to five classes, not {count}")
    return tuple(SEQUENTIAL[index - 1] for index in _CLASSES[count])


def text_on(fill: str) -> str:
    """Ink or white, whichever reads better on a fill."""
    return INK if contrast(INK, fill) >= contrast(WHITE, fill) else WHITE


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours by WCAG 2.x, 1 to 21."""
    high, low = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@cache
def font_path(weight: int = REGULAR, slant: Slant = "normal") -> str:
    """Path of the font file for a weight (400, 600) and slant (normal; italic only at 400)."""
    from font_source_sans_pro import font_files_ttf

    return font_files_ttf[_FONT_FILES[(weight, slant)]]


@cache
def register_fonts() -> None:
    """Make the print font known to matplotlib under one family name.

    matplotlib reads the semibold file as a family of its own at weight 400, so its entries are made by hand.
    """
    from matplotlib import font_manager

    for weight, slant in _FONT_FILES:
        entry = font_manager.FontEntry(
            fname=font_path(weight, slant),
            name=FAMILY,
            style=slant,
            variant="normal",
            weight=weight,
            stretch="normal",
            size="scalable",
        )
        font_manager.fontManager.ttflist.append(entry)


@cache
def font(size: float, weight: int = REGULAR, slant: Slant = "normal") -> Any:
    """The matplotlib font properties of a size in pt. Raises ValueError below the smallest size allowed in print."""
    from matplotlib.font_manager import FontProperties

    if size < SIZE_SMALLEST:
        raise ValueError(f"nothing below {SIZE_SMALLEST} pt in print, not {size}")
    register_fonts()
    return FontProperties(family=[FAMILY], size=size, weight=weight, style=slant)


@cache
def _measuring_font(weight: int, slant: Slant) -> Any:
    from matplotlib.ft2font import FT2Font

    measuring = FT2Font(font_path(weight, slant))
    measuring.set_size(100, 72)
    return measuring


@cache
def text_width(text: str, size: float, weight: int = REGULAR, slant: Slant = "normal") -> float:
    """Width of a text in mm."""
    from matplotlib.ft2font import LoadFlags

    measuring = _measuring_font(weight, slant)
    measuring.set_text(text, 0, flags=LoadFlags.NO_HINTING)
    return measuring.get_width_height()[0] / 64 / 100 * size * PT


def fitted(text: str, width: float, size: float, weight: int = REGULAR) -> str:
    """The text, shortened with … to a width in mm; the full text stands in the table beside the figure."""
    if text_width(text, size, weight) <= width:
        return text
    shortened = text
    while shortened and text_width(shortened + "…", size, weight) > width:
        shortened = shortened[:-1].rstrip(" -/,")
    return shortened + "…"


def wrapped(text: str, width: float, size: float, weight: int = REGULAR) -> list[str]:
    """The text in lines not wider than `width` mm; a single longer word is shortened."""
    lines: list[str] = []
    space, end = text_width(" ", size, weight), 0.0
    for word in text.split():
        # Words are measured one by one: lines hardly ever come twice, their words do
        end += space + text_width(word, size, weight)
        if lines and end <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(fitted(word, width, size, weight))
            end = text_width(lines[-1], size, weight)
    return lines
