"""Sentences about single persons, wherever text stands: in a cell, a note, a line below a table.

What belongs here: what makes one text tell of a person. What does not: where texts come from (`suspects`), tables and
their headers (`personal`). Offices sign with names, addresses and telephone numbers, so a name alone tells nothing; a
day of birth does, and so does a name beside what an office would keep of a person.
"""

from __future__ import annotations

import polars as pl

from pipelines.readers.text import MONTH_NAMES

# So many texts that begin with a name are a list of persons
FEW = 3
_DAY = (
    rf"(?:(?:0?[1-9]|[12][0-9]|3[01])(?:\. ?(?:0?[1-9]|1[0-2])\.|\.? (?:{MONTH_NAMES})) ?(?:(?:18|19|20)[0-9]{{2}}|"
    r"[0-9]{2}\b)|(?:18|19|20)[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])\b)"
)
# „geboren am …“ and its short forms; „Geborene 31.12.2021“ is a count
_BORN = rf"(?i)\bgeb(?:oren|urtsdatum|urtstag|\.? ?-?dat(?:um)?)?[.:]* {{0,3}}(?:am|:)? {{0,3}}{_DAY}"
_NAME = r"[A-ZÄÖÜ][a-zäöüß]+(?:-[A-ZÄÖÜ][a-zäöüß]+)?"
_ADDRESSED = (
    rf"\b(?:Frau|Herrn?|Familie|Fam\.|Eheleute|Klient(?:in)?|Antragsteller(?:in)?|Kindes(?:mutter|vater)) "
    rf"(?:Dr\. )?{_NAME}"
)
# A list of names has the family name first; houses and places with a comma are excluded below
_LISTED = rf"^\W*{_NAME}, {_NAME}(?: {_NAME})?(?:[,;(]| -)"
_HOUSE = (
    r"(?i)haus|schule|halle|kita|garten|heim|kirche|zentrum|amt\b|verein|gmbh|straße|str\.|\bstadt\b|kreis\b|gemeinde|"
    r"platz|markt\b|universität|flecken"
)
_STREET = r"(?i)\b\w[\w.-]*(?:straße|strasse|str\.|weg|gasse|allee|ring|platz|damm) ?[0-9]{1,3} ?[a-z]?\b"
_POSTAL = r"\b[0-9]{5} [A-ZÄÖÜ][a-zäöüß]+"
_LIVING = r"(?i)\b(?:wohnhaft|wohnt (?:in|bei)|lebt (?:in|bei))\b"
_FILED = (
    r"\b(?i:Az|Aktenzeichen|Fall-?Nr|BG-?Nr|Kd\.?-?Nr|Kundennummer|Versicherungsnummer|SV-?Nr)\b[.:]{0,2} ?[\w/-]*[0-9]"
)
_HELPED = (
    r"\b(?:ALG|Bürgergeld|Sozialhilfe|Grundsicherung|Wohngeld|Pflegegrad|SGB|AsylbLG|HzE|SPFH|Jugendhilfe|"
    r"bezieht|Diagnose|verschuldet|Bescheid)\b"
)
_ASK = r"(?i)ansprechpartner|auskunft|auskünfte|kontakt|rückfragen|tel\.|telefon|e-mail|@|bearbeit|redaktion|leitung"


def tells_of_persons(texts: pl.Series, *, imprint: bool = False) -> bool:
    """Whether a text, one per row, tells of a single person; on an imprint only what no imprint has does.

    texts: cells or lines as they are, none of them twice for speed.
    """
    texts = texts.drop_nulls()
    if texts.str.contains(_BORN).any():
        return True
    if imprint:
        return False
    named = texts.filter(texts.str.contains(_ADDRESSED))
    if named.len() and (_has_detail(named) & ~named.str.contains(_ASK)).any():
        return True
    lived = texts.filter(texts.str.contains(_LIVING))
    if lived.len() and (lived.str.contains(_STREET) | lived.str.contains(_FILED)).any():
        return True
    listed = texts.filter(texts.str.contains(_LISTED))
    listed = listed.filter(~listed.str.extract(f"({_LISTED})").str.contains(_HOUSE))
    return listed.len() >= FEW and int((_has_detail(listed) & ~listed.str.contains(_ASK)).sum()) >= FEW


def may_tell(text: pl.Series) -> bool:
    """Whether a long text holds, anywhere, what makes a closer look at its lines worth while."""
    if any(text.str.contains(mark).any() for mark in (_BORN, _ADDRESSED, _LIVING)):
        return True
    listed = text.str.extract_all(f"(?m){_LISTED}").explode().unique().drop_nulls()
    return int((~listed.str.contains(_HOUSE)).sum()) >= FEW


def _has_detail(texts: pl.Series) -> pl.Series:
    """Texts with something that is kept of a person."""
    found = texts.str.contains(_DAY)
    for mark in (_STREET, _POSTAL, _LIVING, _FILED, _HELPED):
        found = found | texts.str.contains(mark)
    return found
