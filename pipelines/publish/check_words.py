"""Outcomes of checks in words: what the annex of the atlas and the page of quality say alike.

What belongs here: names, dates and gaps of a check for readers, and which checks stand together. What does not: how a
table looks (`pages.annex`, `portal.quality`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from pipelines import german

NOT_CHECKED = "nicht geprüft"
OTHER = "Weitere Abgleiche"
# Names of items and deliveries are written without umlauts and capitals in files; readers get words.
SPELLING = {
    "bevoelkerung": "bevölkerung", "maennlich": "männlich", "waehler": "wähler", "raeume": "räume",
    "flaeche": "fläche", "gebaeude": "gebäude", "schluessel": "schlüssel", "abgaenger": "abgänger",
    "auslaender": "ausländer", "aerzte": "ärzte", "eigentuemer": "eigentümer", "aelter": "älter",
    "einkuenfte": "einkünfte", "groesse": "größe", "svb_": "beschäftigte am ", "inkar": "INKAR", "10000": "10\u202f000",
}  # fmt: skip
SMALL_WORDS = frozenset(
    ["ab", "akademisch", "am", "bis", "der", "deutsch", "insgesamt", "je", "männlich", "nichtdeutsch", "niedriges"]
) | {"ohne", "und", "weiblich", "älter"}


@dataclass(frozen=True)
class Counted:
    """A reconciliation that compares numbers, with its gap."""

    what: str
    expected: str
    observed: str
    gap: str
    passed: bool


def counted(rows: pl.DataFrame) -> dict[str, list[Counted]]:
    """Reconciliations by what is compared, in the order given; `rows` as in release.checks."""
    groups: dict[str, list[Counted]] = {}
    for row in rows.iter_rows(named=True):
        kind, what = check_parts(row["description"])
        kind, what = (kind, what) if what else (OTHER, kind)
        observed = row["observed"].split("; Abstand")[0].split("; größter Abstand")[0]
        found = Counted(what, row["expected"], observed, gap_text(row["gap"]), row["passed"])
        groups.setdefault(kind, []).append(found)
    return groups


def skipped(rows: pl.DataFrame) -> dict[str, dict[str, list[str]]]:
    """Items without a sum to check, by the reason the delivery gives and by delivery."""
    reasons: dict[str, dict[str, list[str]]] = {}
    for row in rows.iter_rows(named=True):
        kind, what = check_parts(row["description"])
        reason = german.capitalised(row["observed"].removeprefix(NOT_CHECKED).strip(" :"))
        reasons.setdefault(reason, {}).setdefault(kind.rpartition(" · ")[2], []).append(what)
    return reasons


def check_parts(description: str) -> tuple[str, str]:
    """„Summe …: Merkmal, Tag (Lieferung)“ as („Summe … · Lieferung“, „Merkmal, Tag“), items and deliveries as words."""
    kind, _, rest = dated(description).partition(": ")
    found = re.fullmatch(r"(.*) \((.*)\)", rest)
    return (f"{kind} · {readable(found[2])}", readable(found[1])) if found else (kind, readable(rest))


def dated(text: str) -> str:
    """The text with its ISO dates in German form."""
    return re.sub(r"(?<![\d-])\d{4}-\d{2}-\d{2}(?![\d-])", lambda match: german.date_text(match[0]), text)


def shown(text: str) -> str:
    """What a check says, with German dates, signs and groups of thousands."""
    signed = re.sub(r"(?<![\w,.])-(?=\d)", german.MINUS, dated(text))
    return german.number(int(signed)) if signed.isdecimal() else signed


def gap_text(gap: float | None) -> str:
    """The gap of a reconciliation as it is printed."""
    if gap is None:
        return "unbekannt"
    return german.number(gap, 0 if float(gap).is_integer() else german.decimals_for(gap))


def readable(name: str) -> str:
    """Item or delivery as words: „flaechennutzung, alter:0-5“ as „Flächennutzung, Alter 0 bis 5“."""
    words = re.sub(r"alter:(\d+)-(\d+)", r"alter \1 bis \2", name)
    words = re.sub(r"alter:(\d+)\+", r"alter ab \1", words)
    for written, read in SPELLING.items():
        words = words.replace(written, read)
    words = re.sub(r"(?<=\w)[_:](?=\w)", " ", words)
    return re.sub(r"[^\W\d]+", lambda word: word[0] if word[0] in SMALL_WORDS else german.capitalised(word[0]), words)
