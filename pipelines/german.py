"""Numbers, dates, signs and words the way German readers expect them.

What belongs here: turning one released value, date, status or verdict into German text; whether a text is a date. What
does not: whole sentences about an indicator (pipelines.publish), drawing (pipelines.figures), and any arithmetic beyond
rounding for display.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

from pipelines.contract_files import WITH_VALUE

THIN_SPACE = "\u202f"
FIXED_SPACE = "\u00a0"
MINUS = "\u2212"
NO_SPAN = "keine Spanne"

NOTED_STATUSES = ("estimated", "pooled")  # the number alone does not tell them from reported ones
NO_VALUE_STATUSES = ("missing", "later", "secret", "suppressed", "uncertain", "not_applicable")

# Signs of official statistics; our own suppression shares the point and says so in words.
STATUS_SIGNS = {
    "zero": "–",
    "missing": ".",
    "secret": ".",
    "suppressed": ".",
    "uncertain": "/",
    "not_applicable": "x",
    "later": "…",
}
STATUS_WORDS = {
    "reported": "Wert wie veröffentlicht oder daraus berechnet",
    "zero": "genau null",
    "estimated": "geschätzter Wert",
    "pooled": "mehrere Jahre zusammen",
    "missing": "keine Angabe",
    "secret": "vom Herausgeber geheim gehalten",
    "suppressed": "aus Datenschutzgründen nicht ausgewiesen",
    "uncertain": "nicht sicher genug",
    "not_applicable": "Aussage nicht sinnvoll",
    "later": "Angabe folgt später",
}
STATUS_SHORT = {
    "missing": "keine Angabe",
    "secret": "geheim gehalten",
    "suppressed": "nicht ausgewiesen",
    "uncertain": "nicht sicher genug",
    "not_applicable": "nicht sinnvoll",
    "later": "folgt später",
}
SIGN_LEGEND = (
    ("–", "genau null"),
    (".", "unbekannt, geheim oder aus Datenschutzgründen nicht ausgewiesen"),
    ("/", "nicht sicher genug"),
    ("x", "Aussage nicht sinnvoll oder nicht berechenbar"),
    ("…", "Angabe folgt später"),
    ("( )", "Aussagewert eingeschränkt"),
)

CLASS_RULE = "Die Klassen folgen den ungerundeten Werten."

# Shape of each verdict. Only the triangles are also characters of the print font: the others are drawn.
VERDICT_SHAPES = {
    "höher": "triangle_up",
    "niedriger": "triangle_down",
    "ähnlich": "disc",
    "nicht unterscheidbar": "circle",
    "ohne Prüfung": "diamond",
    "kein Vergleich": "none",
}

_NUMBER_WORDS = (
    "null",
    "eins",
    "zwei",
    "drei",
    "vier",
    "fünf",
    "sechs",
    "sieben",
    "acht",
    "neun",
    "zehn",
    "elf",
    "zwölf",
)
_UNIT_NAMES = {"Prozent": "%", "Euro": "€", "EUR": "€", "EUR/m²": "€/m²", "Quadratmeter": "m²"}
# A symbol is set close to its number; a word stands apart by a fixed space.
_SYMBOL = re.compile(r"^(%|‰|€|€/m²|km²|m²|ha)$")
_NEARLY_ALL = 0.995  # from here a share would be rounded to 100 %


def number(value: float | Decimal, decimals: int = 0) -> str:
    """A number in German form: comma, U+202F between thousands, U+2212 as minus; halves are rounded away from zero."""
    rounded = rounded_decimal(value, decimals)
    text = f"{abs(rounded):,.{decimals}f}".replace(",", THIN_SPACE).replace(".", ",")
    return MINUS + text if rounded < 0 else text


def rounded_decimal(value: float | Decimal, decimals: int) -> Decimal:
    """The value as it is displayed, rounded half away from zero on its shortest decimal form."""
    exact = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    return exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def decimals_for(value: float) -> int:
    """Usual decimals: below 10 two, below 100 one, from 100 none. A column takes those of its catalogue entry."""
    size = abs(value)
    return 2 if size < 10 else 1 if size < 100 else 0


def unit_symbol(unit: str) -> str:
    """The unit as it is printed behind a number: „Prozent“ becomes %, „je 100000“ becomes „je 100 000“."""
    return re.sub(r"\d{4,}", lambda match: number(int(match[0])), _UNIT_NAMES.get(unit, unit))


def with_unit(text: str, unit: str) -> str:
    """A number text and its unit, kept together; an empty unit leaves the number alone."""
    symbol = unit_symbol(unit)
    if not symbol:
        return text
    return text + (THIN_SPACE if _SYMBOL.match(symbol) else FIXED_SPACE) + symbol


def percent(value: float, decimals: int = 2) -> str:
    """A share in percent, e.g. 4,07 %."""
    return with_unit(number(value, decimals), "%")


def stability_text(share: float) -> str:
    """The share of runs with the same class; what is less than all is never rounded up to 100 %."""
    return f"über {percent(99, 0)}" if _NEARLY_ALL <= share < 1 else percent(share * 100, 0)


def value_text(value: float | None, unit: str, decimals: int, status: str = "reported") -> str:
    """A value with its unit; without a value the sign of its status."""
    return status_sign(status) if value is None else with_unit(number(value, decimals), unit)


def cell_text(value: float | None, decimals: int, status: str = "reported", quality: str | None = None) -> str:
    """A table cell: number without unit, – for exactly zero, the status sign without value, ( ) for limited values."""
    if value is None or status == "zero":
        return status_sign(status)
    text = number(value, decimals)
    return f"({text})" if quality == "limited" else text


def span_text(lower: float | None, upper: float | None, unit: str = "", decimals: int = 2) -> str:
    """A span as two numbers, e.g. 3,99 bis 4,16 %; without limits the words „keine Spanne“."""
    if lower is None or upper is None:
        return NO_SPAN
    return with_unit(f"{number(lower, decimals)} bis {number(upper, decimals)}", unit)


def class_texts(limits: Sequence[float], decimals: int = 2) -> list[str]:
    """Words for the classes between ascending limits; no value belongs to two of them. No limits: one class."""
    if not limits:
        return ["alle Werte"]
    shown = [number(limit, decimals) for limit in limits]
    between = [f"{low} bis unter {high}" for low, high in pairwise(shown)]
    return [f"unter {shown[0]}", *between, f"{shown[-1]} und mehr"]


def class_of(value: float, limits: Sequence[float]) -> int:
    """Class 1..n of an unrounded value between ascending limits; a limit belongs to the class above it.

    A value printed like a limit may lie on either side of it: `CLASS_RULE` is printed beside every legend.
    """
    return 1 + bisect_right(limits, value)


def is_day(text: str) -> bool:
    """Whether a text is a day of the calendar, written YYYY-MM-DD."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def date_text(day: str) -> str:
    """YYYY-MM-DD as dd.mm.yyyy; anything else (a year, „unbekannt“) stays."""
    match = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", day)
    return f"{match[3]}.{match[2]}.{match[1]}" if match else day


def period_year(period: str) -> int:
    """The year of a period: of a date its year, of a span its last year. Raises ValueError for another form."""
    match = re.fullmatch(r"(\d{4})(-\d{2}-\d{2})?|\d{4}/(\d{4})", period)
    if not match:
        raise ValueError(f"not a period: {period!r}")
    return int(match[1] or match[3])


def period_text(period: str, stand_text: str | None = None) -> str:
    """The period in words: date, year or „2016 bis 2021“.

    `stand_text` comes from the catalogue and may hold {jahr}, {datum}, {von}, {bis}: „Jahresdurchschnitt {jahr}“.
    """
    start, _, end = period.partition("/")
    plain = f"{start} bis {end}" if end else date_text(period)
    if not stand_text:
        return plain
    fields = {"jahr": str(period_year(period)), "datum": plain, "von": date_text(start), "bis": date_text(end or start)}
    return re.sub(r"\{(jahr|datum|von|bis)\}", lambda match: fields[match[1]], stand_text)


def age_text(first: int, last: int | None) -> str:
    """Years of age in words: „7“, „20 bis 24“, „90 und älter“ (`last` None)."""
    return f"{first} und älter" if last is None else str(first) if first == last else f"{first} bis {last}"


def has_value(status: str) -> bool:
    """Whether a status promises a value."""
    return status in WITH_VALUE


def status_sign(status: str) -> str:
    """The sign of a status in a table; empty for statuses whose number is printed."""
    return STATUS_SIGNS.get(status, "")


def status_words(status: str) -> str:
    """What a screen reader says for a status. Raises KeyError for a status that does not exist."""
    return STATUS_WORDS[status]


def verdict_shape(verdict: str | None) -> str:
    """The shape that stands for a verdict; „none“ where nothing was compared."""
    return VERDICT_SHAPES.get(verdict or "kein Vergleich", "none")


def join_words(words: Sequence[str], last: str = "und") -> str:
    """„A“, „A und B“, „A, B und C“."""
    return words[0] if len(words) == 1 else f" {last} ".join([", ".join(words[:-1]), words[-1]]) if words else ""


def number_word(count: int) -> str:
    """Zero to twelve as a word, more as a number: „acht“, „23“."""
    return _NUMBER_WORDS[count] if 0 <= count <= 12 else number(count)


def count_text(count: int, singular: str, plural: str) -> str:
    """A counted feminine noun in words: „keine Gemeinde“, „eine Gemeinde“, „acht Gemeinden“, „23 Gemeinden“."""
    if count in (0, 1):
        return f"{'eine' if count else 'keine'} {singular}"
    return f"{number_word(count)} {plural}"


def capitalised(text: str) -> str:
    """The text with its first letter in upper case, for the beginning of a sentence."""
    return text[:1].upper() + text[1:]
