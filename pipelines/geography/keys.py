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


def padded(number: str, digits: int) -> str:
    """A key written as a number, with the one leading zero it may have lost: no Land has more than one."""
    if len(number) not in (digits - 1, digits) or not re.fullmatch(r"[1-9][0-9]*", number):
        raise ValueError(f"no key of {digits} digits written as a number: {number!r}")
    key = number.zfill(digits)
    if not "01" <= key[:2] <= "16":
        raise ValueError(f"no Land in {key!r}")
    return key


def kreis_of_long(key: str) -> str:
    """The Kreis key (5 digits) in the form of a Gemeinde of 8 digits, three zeros appended, as the BBSR writes it."""
    if not re.fullmatch(r"[0-9]{5}000", key):
        raise ValueError(f"no Kreis written with three zeros: {key!r}")
    return key[:5]


# Key of the statistical office of Hesse: 6 digits, that is the AGS without the Land
_HSL = (
    (re.compile(r"000000"), ("land",)),
    (re.compile(r"[456]00000"), ("regierungsbezirk",)),
    # Second digit 1: a city that is Kreis and Gemeinde at once
    (re.compile(r"[456]1[1-9]000"), ("kreis", "gemeinde")),
    (re.compile(r"[456][3-9][0-9]000"), ("kreis",)),
    (re.compile(r"[456][3-9][0-9][01][0-9]{2}"), ("gemeinde",)),
    (re.compile(r"[456][3-9][0-9]2[0-9]{2}"), ("gemeindefrei",)),
    # Sums over all cities or Landkreise, associations that cut across Kreise, bodies of Land and Kreis beside its parts
    (re.compile(r"000[0-9]{3}|[1239][0-9]{2}000|[456][3-9][0-9][3-9][0-9]{2}"), ("summe",)),
)
_HSL_DIGITS = {"land": 0, "regierungsbezirk": 1, "kreis": 3}


def areas_of_hsl(key: str) -> tuple[tuple[str, str], ...]:
    """(level, official key) of what a key of the Hessische Gemeindestatistik names; a kreisfreie Stadt is two areas.

    key: 6 digits as text, `432001`; a sum keeps the key as published. Raises ValueError for a key of no known form.
    """
    levels = next((levels for form, levels in _HSL if form.fullmatch(key)), None)
    if levels is None:
        raise ValueError(f"no key of the Hessische Gemeindestatistik: {key!r}")
    return tuple((level, key if level == "summe" else f"06{key[: _HSL_DIGITS.get(level, 6)]}") for level in levels)


def ags_of_kreisfreie(kreis: str) -> str:
    """The AGS of a kreisfreie Stadt, which is Kreis and Gemeinde at once: its Kreis key and three zeros."""
    if not LEVELS["kreis"].fullmatch(kreis):
        raise ValueError(f"not a Kreis key of 5 digits: {kreis!r}")
    return f"{kreis}000"


def regierungsbezirk_of_land(land: str) -> str:
    """The third digit of a key is 0 where a Land has no Regierungsbezirke: the Land stands in their place."""
    if not LEVELS["land"].fullmatch(land):
        raise ValueError(f"not a Land key of 2 digits: {land!r}")
    return f"{land}0"


def of_bbsr(written: str, level: str) -> str | None:
    """The official key behind a Kennziffer of the BBSR, or None if it is no key of this level.

    The BBSR loses leading zeros and fills keys of Länder and Kreise up to the 8 digits of a Gemeinde, depending on the
    edition: `1001`, `01001` and `1001000` are the Kreis 01001.
    """
    digits = {"bund": 2, "land": 2, "regierungsbezirk": 3, "kreis": 5, "gemeinde": 8, "verband": 9}.get(level)
    if digits is None or not re.fullmatch(r"[0-9]{1,9}", written):
        return None
    if level == "bund":
        return "00" if int(written) == 0 else None
    if len(written) in (7, 8) and digits < 7:
        written, rest = written.zfill(8)[:digits], written.zfill(8)[digits:]
        return written if not rest.strip("0") and written.strip("0") else None
    # One digit may be lost, no more: Land 6, Kreis 6432, Gemeinde 6432001
    if len(written) not in (digits - 1, digits) or (len(written) == digits - 1 and written.startswith("0")):
        return None
    return written.zfill(digits)


# Cities within a Kreis that tables of Kreise give beside them: Hannover, Aachen, Saarbrücken; the districts of Berlin
_CITY_DISTRICT = re.compile(r"03241001|05334002|10041100|110(?:0[1-9]|1[0-2])[0-9]{3}")
_GENESIS = {2: "land", 3: "regierungsbezirk", 5: "kreis", 8: "gemeinde", 9: "verband", 12: "gemeinde"}


def is_city_district(key: str) -> bool:
    """Whether a key of 8 digits can stand in a table of Kreise, where its figures are part of those of the Kreis."""
    return _CITY_DISTRICT.fullmatch(key) is not None


def area_of_genesis(key: str, *, city_districts: bool = False) -> tuple[str, str] | None:
    """Official key and level of an area as GENESIS, Regionaldatenbank and Zensus write it; None for no such key.

    key: `DG`, or 2, 3, 5, 8, 9 digits, or the ARS of a Gemeinde with 12. city_districts: keys of 8 digits are no
    Gemeinden but districts of cities, as in tables of Kreise.
    """
    if key == "DG":
        return "00", "bund"
    level = _GENESIS.get(len(key))
    if level is None or not re.fullmatch("[0-9]+", key) or not "01" <= key[:2] <= "16":
        return None
    if city_districts and len(key) == 8:
        return key, "bezirk"
    return (ags_of_ars(key) if len(key) == 12 else key), level
