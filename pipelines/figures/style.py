"""Colours, type sizes, line weights, hatches and the print font as names for all figures.

What belongs here: reading `reports/theme/theme.yml`, the one place of those values, and making the font known to
matplotlib. What does not: a colour or a weight of its own, drawing anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import yaml

from pipelines.settings import PROJECT_DIR
from pipelines.yaml_file import read_yaml

Slant = Literal["normal", "italic"]

PT = 25.4 / 72  # one typographic point in mm

THEME_FILE = PROJECT_DIR / "reports" / "theme" / "theme.yml"
THEME: dict[str, Any] = read_yaml(
    THEME_FILE, "Das Thema der Dokumente ist nicht lesbar.", getattr(yaml, "CSafeLoader", yaml.SafeLoader)
)
_PRINT: dict[str, str] = THEME["colours"]["light"]

# Text and lines
INK = _PRINT["ink"]
INK2 = _PRINT["ink2"]
INK3 = _PRINT["ink3"]
GREY = _PRINT["grey"]
LINE = _PRINT["rule"]
HAIR = _PRINT["hair"]
WASH = _PRINT["surface"]
BAND = _PRINT["band"]
WHITE = _PRINT["ground"]
# The area a document is about, and nothing else
FOCUS = _PRINT["focus"]
ACCENT = _PRINT["accent"]
OTHER_AREAS = _PRINT["others"]
RANGE_ALL = _PRINT["range_all"]
RANGE_MIDDLE = _PRINT["range_middle"]
MAIN = _PRINT["main"]
# Grounds that tell neighbouring Sozialräume apart
GROUNDS: tuple[str, ...] = tuple(THEME["grounds"])
SEQUENTIAL: tuple[str, ...] = tuple(THEME["sequential"]["light"])
DIVERGING: tuple[str, ...] = tuple(THEME["diverging"]["light"])
CATEGORICAL: tuple[str, ...] = tuple(THEME["categorical"]["light"])

_CLASSES: dict[int, list[int]] = THEME["classes"]

# Type sizes in pt
_SIZES: dict[str, float] = THEME["type"]["figures"]
SIZE_TITLE = _SIZES["sheet_title"]
SIZE_SUBTITLE = _SIZES["sheet_subtitle"]
SIZE_LABEL = _SIZES["label"]
SIZE_WORD = _SIZES["word"]
SIZE_SMALL = _SIZES["small"]
SIZE_SMALLEST = _SIZES["smallest"]

# Line weights in pt
_WEIGHTS: dict[str, float] = THEME["lines"]
WEIGHT_FRAME = _WEIGHTS["frame"]
WEIGHT_HEAD = _WEIGHTS["head"]
WEIGHT_RULE = _WEIGHTS["rule"]
WEIGHT_ROW = _WEIGHTS["row"]
WEIGHT_SPAN = _WEIGHTS["span"]
WEIGHT_OTHERS = _WEIGHTS["others"]
WEIGHT_KREIS = _WEIGHTS["kreis"]
WEIGHT_FOCUS = _WEIGHTS["focus"]
WEIGHT_SMALL_KREIS = _WEIGHTS["small_kreis"]
WEIGHT_SMALL_FOCUS = _WEIGHTS["small_focus"]
WEIGHT_EDGE = _WEIGHTS["edge"]
WEIGHT_AXIS = _WEIGHTS["axis"]
WEIGHT_FINE = _WEIGHTS["fine"]
WEIGHT_BREAK = _WEIGHTS["break"]
WEIGHT_BORDER = _WEIGHTS["border"]
WEIGHT_OUTLINE = _WEIGHTS["outline"]
WEIGHT_ROOMS = _WEIGHTS["rooms"]

# On/off lengths in pt of broken lines
_DASHES: dict[str, tuple[float, ...]] = {name: tuple(lengths) for name, lengths in THEME["dashes"].items()}
DASHES_KREIS = _DASHES["kreis"]
DASHES_SMALL_KREIS = _DASHES["small_kreis"]
DASHES_BREAK = _DASHES["break"]
DASHES_LIMIT = _DASHES["limit"]

FAMILY: str = THEME["type"]["family"]
REGULAR: int = THEME["type"]["regular"]
SEMIBOLD: int = THEME["type"]["semibold"]
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


def _hatch(entry: dict[str, Any]) -> Hatch:
    dashes = entry.get("dashes")
    pair = (dashes[0], dashes[1]) if dashes else None
    return Hatch(tuple(entry["angles"]), entry["pitch"], entry["weight"], pair, entry.get("dots", False))


HATCHES = {status: _hatch(entry) for status, entry in THEME["hatches"].items()}


def class_colours(count: int) -> tuple[str, ...]:
    """Colours of one to five classes, low to high. Raises ValueError for another number."""
    if count not in _CLASSES:
        raise ValueError(f"one to five classes, not {count}")
    return tuple(SEQUENTIAL[index - 1] for index in _CLASSES[count])


@cache
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
    """The matplotlib font properties of a size in pt."""
    from matplotlib.font_manager import FontProperties

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
    """The text in lines not wider than `width` mm; a longer word breaks after its hyphens, else it is shortened."""
    lines: list[str] = []
    end = 0.0
    for before, part in _parts(text, width, size, weight):
        # Words are measured one by one: lines hardly ever come twice, their words do
        end += text_width(before + part, size, weight)
        if lines and end <= width:
            lines[-1] += before + part
        else:
            lines.append(fitted(part, width, size, weight))
            end = text_width(lines[-1], size, weight)
    return lines


def _parts(text: str, width: float, size: float, weight: int) -> list[tuple[str, str]]:
    """What stands before each word of a text, a space or nothing, and the word; those too wide for a line in parts."""
    found = []
    for word in text.split():
        parts = re.split(r"(?<=-)(?=\w)", word) if text_width(word, size, weight) > width else [word]
        found += [(" " if place == 0 else "", part) for place, part in enumerate(parts)]
    return found
