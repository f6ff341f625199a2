"""The forms of German area keys and the only place where one is turned into another.

What belongs here: AGS (8 digits), ARS (12), Kreis (5), Land (2) and Sozialraum (`06432-S01`), and how other publishers
write them: the statistical office of Hesse (6 digits), the BBSR, the crime statistics (PKS), election offices (11),
registers (numbers). Keys are text everywhere; a key is never computed with. What does not: which keys exist (`areas`)
and when (`validity`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

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


# Digits of the areas around a Gemeinde that its key begins with; those of an association only an ARS has
_AROUND = {"land": 2, "regierungsbezirk": 3, "region": 4, "kreis": 5, "verband": 9}


def beginning(key: str, around: str) -> str:
    """The key of the area of this level around another, by the digits its own key begins with."""
    return key[: _AROUND[around]]


def beginnings(keys: pl.Expr, around: str) -> pl.Expr:
    """The same of a column of keys."""
    return keys.str.head(_AROUND[around])


def is_in_land(key: str) -> bool:
    """Whether a key begins with one of the sixteen Länder."""
    return "01" <= key[:2] <= "16"


def kreis_part(keys: pl.Expr) -> pl.Expr:
    """The first five digits of a column of keys of Gemeinden or what lies below, AGS or ARS."""
    return beginnings(keys, "kreis")


def land_part(keys: pl.Expr) -> pl.Expr:
    """The first two digits of a column of keys."""
    return beginnings(keys, "land")


def verband_part(ars: str) -> str:
    """The four digits of the association inside an ARS of 12 digits."""
    if not ARS.fullmatch(ars):
        raise ValueError(f"not an ARS of 12 digits: {ars!r}")
    return ars[5:9]


def verband_parts(ars: pl.Expr) -> pl.Expr:
    """The same of a column of ARS of 12 digits."""
    return ars.str.slice(5, 4)


def ags_parts(ars: pl.Expr) -> pl.Expr:
    """The AGS inside each ARS of a column of 12 digits."""
    return ars.str.head(5) + ars.str.tail(3)


def ends_as_kreis(key: str) -> bool:
    """Whether a key of 8 or 12 digits is that of a kreisfreie Stadt, or a filled one of a Kreis: it tells not which."""
    return re.fullmatch(r"[0-9]{5}(?:[0-9]{4})?000", key) is not None


def gemeinde_of(area_id: str) -> str:
    """The Gemeinde (AGS) of an Ortsteil or of itself: the first eight digits."""
    if level(area_id) not in ("ortsteil", "gemeinde"):
        raise ValueError(f"no Gemeinde in {area_id!r}")
    return area_id[:8]


def is_outside_kreise(key: str) -> bool:
    """Whether a key lies in no Kreis: gemeindefreie Gebiete of a whole Land stand under a Kreis 00."""
    return key[3:5] == "00"


def restore_zero(text: str) -> str | None:
    """The key that `text` was before a spreadsheet took its leading zero, or None if it did not lose one."""
    return f"0{text}" if re.fullmatch(r"[1-9](?:[0-9]{3}|[0-9]{6})", text) else None


def padded(number: str, digits: int) -> str:
    """A key written as a number, with the one leading zero it may have lost: no Land has more than one."""
    if len(number) not in (digits - 1, digits) or not re.fullmatch(r"[1-9][0-9]*", number):
        raise ValueError(f"no key of {digits} digits written as a number: {number!r}")
    key = number.zfill(digits)
    if not is_in_land(key):
        raise ValueError(f"no Land in {key!r}")
    return key


def kreis_of_long(key: str) -> str:
    """The Kreis key (5 digits) in the form of a Gemeinde of 8 digits, three zeros appended, as the BBSR writes it."""
    if not re.fullmatch(r"[0-9]{5}000", key):
        raise ValueError(f"no Kreis written with three zeros: {key!r}")
    return key[:5]


def verband_of_long(key: str) -> str:
    """The key of an association (9 digits) in the form of an ARS, three zeros appended."""
    if not re.fullmatch(r"[0-9]{9}000", key):
        raise ValueError(f"no association written with three zeros: {key!r}")
    return key[:9]


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


def hsl_of_kreis(key: str) -> str:
    """The key of the Kreis above that of a Gemeinde, both as the Hessische Gemeindestatistik writes them."""
    if areas_of_hsl(key)[0][0] not in ("kreis", "gemeinde", "gemeindefrei"):
        raise ValueError(f"no Kreis above {key!r}")
    return f"{key[:3]}000"


def hsl_within(keys: pl.Expr, around: str) -> pl.Expr:
    """What keys of the statistical office of Hesse have in common within a Gemeinde, Kreis or the Land."""
    return keys.str.head(_HSL_DIGITS.get(around, 6))


# Hessian elections: Wahlkreis (3), the key of the statistical office (6), two further digits
_ELECTION = re.compile(r"[0-9]{11}")
HESSE = "06"
_ELECTION_HSL = (3, 6)


def hsl_of_election(key: str) -> str:
    """The key of the statistical office of Hesse inside an election key of 11 digits."""
    if not _ELECTION.fullmatch(key):
        raise ValueError(f"no election key of 11 digits: {key!r}")
    start, length = _ELECTION_HSL
    return key[start : start + length]


def hsl_of_elections(keys: pl.Expr) -> pl.Expr:
    """The same of a column of election keys."""
    return keys.str.slice(*_ELECTION_HSL)


def wahlkreis_of_election(key: str) -> str:
    """The Wahlkreis, the first three digits of an election key of 11 digits."""
    if not _ELECTION.fullmatch(key):
        raise ValueError(f"no election key of 11 digits: {key!r}")
    return key[: _ELECTION_HSL[0]]


def kreis_of_pks(written: str) -> str:
    """The Kreis key behind a number of the crime statistics: `1001`, `01001` and `1001000` are the Kreis 01001."""
    found = of_bbsr(written, "kreis")
    if found is None:
        raise ValueError(f"no Kreis of the crime statistics: {written!r}")
    return found


def ars_of_gv100ad(field: pl.Expr) -> pl.Expr:
    """ARS of a column of fields of the GV100AD: AGS (8) and association (4) become Kreis, association, Gemeinde."""
    return field.str.slice(0, 5) + field.str.slice(8, 4) + field.str.slice(5, 3)


def ags_of_gv100ad(field: pl.Expr) -> pl.Expr:
    """AGS of a column of fields of the GV100AD: its first 8 digits."""
    return field.str.slice(0, 8)


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
        return written if not rest.strip("0") and is_in_land(written) else None
    # One digit may be lost, no more: Land 6, Kreis 6432, Gemeinde 6432001
    if len(written) not in (digits - 1, digits) or (len(written) == digits - 1 and written.startswith("0")):
        return None
    found = written.zfill(digits)
    return found if is_in_land(found) else None


def as_bbsr(key: str) -> set[str]:
    """Every way in which the BBSR may write an official key: filled with zeros, with and without the leading one."""
    filled = {key, f"{key}000", f"{key}000000"}
    return {*filled, *(form.lstrip("0") or "0" for form in filled)}


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
    if level is None or not re.fullmatch("[0-9]+", key) or not is_in_land(key):
        return None
    if city_districts and len(key) == 8:
        return key, "bezirk"
    return (ags_of_ars(key) if len(key) == 12 else key), level
