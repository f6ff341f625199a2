"""The forms of German area keys and the only place where one is turned into another.

What belongs here: AGS (8 digits), ARS (12), Kreis (5), Land (2) and Sozialraum (`06432-S01`). Keys are text everywhere;
a key is never computed with. What does not: which keys exist (`areas`).
"""

from __future__ import annotations

import re

LEVELS = {
    "land": re.compile(r"[0-9]{2}"),
    "kreis": re.compile(r"[0-9]{5}"),
    "gemeinde": re.compile(r"[0-9]{8}"),
    "ortsteil": re.compile(r"[0-9]{11}"),
    "sozialraum": re.compile(r"[0-9]{5}-S[0-9]{2}"),
}
ARS = re.compile(r"[0-9]{12}")


def level(area_id: str) -> str | None:
    """Level of an area id as in `area_level` of the contracts, None for something that is no area id."""
    return next((name for name, form in LEVELS.items() if form.fullmatch(area_id)), None)


def ags_of_ars(ars: str) -> str:
    """The AGS inside an ARS of 12 digits: Kreis (5) and Gemeinde (last 3), without the association (4)."""
    if not ARS.fullmatch(ars):
        raise ValueError(f"not an ARS of 12 digits: {ars!r}")
    return ars[:5] + ars[9:]


def kreis_of(area_id: str) -> str:
    """The Kreis an area below the Land belongs to: the first five digits."""
    if level(area_id) in (None, "land"):
        raise ValueError(f"no Kreis in {area_id!r}")
    return area_id[:5]


def restore_zero(text: str) -> str | None:
    """The key that `text` was before a spreadsheet took its leading zero, or None if it did not lose one."""
    return f"0{text}" if re.fullmatch(r"[1-9](?:[0-9]{3}|[0-9]{6})", text) else None
