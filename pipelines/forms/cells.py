"""One cell of a form: value, status and sign, or what is wrong with it and what to write instead.

What belongs here: what people type into a cell for a figure. What does not: finding the cells (`answers`), whether
figures fit together (`checking`).
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from pipelines.forms.definition import Item
from pipelines.readers.workbook import text_of

SIGNS = {
    ".": "secret",
    "•": "secret",
    "*": "secret",
    "-": "zero",
    "–": "zero",
    "—": "zero",
    "−": "zero",
    "x": "not_applicable",
    "X": "not_applicable",
}
_NUMBER = re.compile(r"([0-9]{1,3}(?:[. ][0-9]{3})+|[0-9]+)(?:,([0-9]+))?")
_BLANKS = re.compile("[\u00a0\u2007\u2009\u202f ]+")
DIGITS = 12
Fault = tuple[str, str, str]
Value = tuple[float | None, str, str | None, Fault | None]
WORDS = (
    "Eine Zahl, „-“ (genau null), „.“ (geheim) oder nichts eintragen; Erläuterungen gehören in die Spalte „Bemerkung“."
)
# What people write instead: several things could be meant, so none is read, but the remedy says which sign is which
_ABSENT = r"k\. ?a\.?|ka|n/?a|n\. ?v\.?|k\. ?w\.?|keine angaben?|unbekannt|fehlt|liegt nicht vor|\?+|/|\.\.\.|…"
_RANGE = r"(?:<|≤|<=|unter|weniger als|bis|max\.?) ?[0-9]+|[0-9]+ ?(?:-|–|bis) ?[0-9]+"
_NONE = r"--+|keine[rs]?|null|entfällt|entf\."
_ABOUT = r"(?:ca\.?|etwa|rund|~|≈) ?[0-9][0-9. ]*"
_MARKED = r"[0-9][0-9. ]* ?[*)¹²³]+|\([0-9. ]+\)"
MEANT = {
    _ABSENT: "Liegt die Zahl nicht vor, das Feld leeren; ist sie geheim, „.“ eintragen; gibt es keinen Fall, „-“.",
    _RANGE: "Eine kleine Anzahl nicht als Bereich nennen, sondern „.“ (geheim) eintragen; sonst die genaue Zahl.",
    _NONE: "Gibt es keinen Fall, „-“ oder 0 eintragen; liegt die Zahl nicht vor, das Feld leeren.",
    _ABOUT: "Die gezählte Zahl ohne Zusatz eintragen; ist sie geschätzt, das unter „Bemerkung“ sagen.",
    _MARKED: "Die Zahl ohne Zeichen eintragen; was das Zeichen bedeutet, unter „Bemerkung“ sagen.",
}


def is_figure(cell: Any) -> bool:
    """Whether a cell holds a number, also one typed as text."""
    text = _BLANKS.sub(" ", text_of(cell)).strip() if isinstance(cell, str) else ""
    return (isinstance(cell, int | float) and not isinstance(cell, bool)) or bool(_NUMBER.fullmatch(text))


def cell_value(cell: Any, item: Item) -> Value:
    """Value, status and sign of a cell, and what is wrong with it: what, remedy, found.

    A cell that is wrong counts as missing. Text that may name a person is not repeated.
    """
    if isinstance(cell, bool):
        return _wrong("Die Zelle enthält einen Wahrheitswert.", WORDS, "WAHR oder FALSCH")
    if isinstance(cell, dt.date | dt.datetime | dt.time | dt.timedelta):
        remedy = "Die Zelle als Zahl formatieren und die Zahl neu eintragen."
        return _wrong("Das Tabellenprogramm hat die Eingabe in ein Datum verwandelt.", remedy, "ein Datum")
    if isinstance(cell, int | float):
        return _checked(float(cell), item, f"{cell:.10g}".replace(".", ","), typed=True)
    text = _BLANKS.sub(" ", text_of(cell)).strip().lstrip("'")
    if not text:
        return None, "missing", None, None
    if text in SIGNS:
        status = SIGNS[text]
        return (0.0 if status == "zero" else None), status, text, None
    parts = _NUMBER.fullmatch(text)
    if parts:
        digits = re.sub("[. ]", "", parts[1])
        return _checked(float(f"{digits}.{parts[2] or 0}"), item, text, typed=False)
    for form, remedy in MEANT.items():
        if re.fullmatch(form, text, re.IGNORECASE):
            return _wrong("In der Zelle steht weder eine Zahl noch ein vereinbartes Zeichen.", remedy, text)
    short = text if re.fullmatch(r"[^A-Za-zÄÖÜäöüß]{1,12}|#[A-Z/!?0]+", text) else "ein Text"
    return _wrong("In der Zelle steht weder eine Zahl noch ein vereinbartes Zeichen.", WORDS, short)


def _checked(value: float, item: Item, shown: str, *, typed: bool) -> Value:
    if not abs(value) < 10**DIGITS:
        return _wrong("Die Zahl ist unmöglich groß.", "Die Eingabe prüfen.", shown)
    if value < 0:
        return _wrong("Eine Anzahl kann nicht negativ sein.", "Die Eingabe prüfen; „-“ allein heißt genau null.", shown)
    if not item.decimals and not value.is_integer():
        thousands = (value * 1000).is_integer() and (typed or bool(re.fullmatch("[0-9]{1,3},[0-9]{3}", shown)))
        remedy = "Die Anzahl ohne Nachkommastellen eintragen."
        if thousands:
            remedy += f" Gemeint ist vielleicht {round(value * 1000)}: Punkt und Komma sind vertauscht."
        return _wrong("Eine Anzahl hat keine Nachkommastellen.", remedy, shown)
    return value, "zero" if value == 0 else "reported", None, None


def _wrong(what: str, remedy: str, shown: str) -> Value:
    return None, "missing", None, (what, remedy, shown)
