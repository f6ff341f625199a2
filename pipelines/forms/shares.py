"""Whether the shares a form takes part in stay below one: a part is never larger than its whole, whoever delivers it.

What belongs here: the figures of a form against those of other deliveries, indicator by indicator. What does not:
rules inside of one form (`checking`), computing indicators (`pipelines.indicators.rates`), which would stop at such a
share.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import fsum
from typing import TYPE_CHECKING

from pipelines.errors import InputError
from pipelines.forms.answers import Answer, Answers, Finding
from pipelines.german import number

if TYPE_CHECKING:
    import polars as pl

    from pipelines.indicators.catalogue import Indicator, Term
    from pipelines.settings import Settings

# Values by area, time, item and its part; of several sources the largest, so that no precedence is needed here
Known = dict[tuple[str, str, str, str], float]


def check_shares(answers: Answers, settings: Settings, gemeinden: pl.DataFrame) -> tuple[Finding, ...]:
    """A finding for every share above one, in the cell of the form it needs; gemeinden: `raw.gemeinden`."""
    from pipelines.indicators.catalogue import load_catalogue

    if not answers.columns:
        return ()
    own = {(item.merkmal, item.auspraegung) for item, _ in answers.columns}
    entries = [entry.awaited or entry for entry in load_catalogue()]
    shares = [
        entry
        for entry in entries
        if entry.interval == "wilson" and not (entry.may_exceed or entry.count_from_share)
        # Where form and whole stand side by side, `part_of` of the form says it in the cell
        if own & _items(entry) and not _items(entry) <= own
    ]
    if not shares:
        return ()
    try:
        known = _held(settings, gemeinden, answers.issue.form.key, set().union(*map(_items, shares)) - own)
    except InputError as error:
        what = "Die Zahlen ließen sich nicht mit anderen Lieferungen vergleichen."
        return (Finding(what, f"{error.what} Mit „sozialatlas check“ nachsehen.", severe=False),)
    cells = _cells(answers)
    values: Known = known | {key: one.value for key, one in cells.items() if one.value is not None}
    return tuple(found for entry in shares for found in _above_one(entry, cells, values))


def _items(entry: Indicator) -> set[tuple[str, str]]:
    return {(term.merkmal, term.auspraegung) for term in (*entry.numerator, *entry.denominator)}


def _cells(answers: Answers) -> dict[tuple[str, str, str, str], Answer]:
    year = answers.issue.year
    return {
        (one.area.key, item.stichtag(year), item.merkmal, item.auspraegung): one
        for item, figures in answers.columns
        for one in figures
    }


def _held(settings: Settings, gemeinden: pl.DataFrame, form: str, items: set[tuple[str, str]]) -> Known:
    """What other deliveries that lie in the data folder say about these items, expected already or not."""
    from dataclasses import replace

    from pipelines.forms.definition import forms
    from pipelines.readers import read_ortsteile, read_source

    waiting = [key for key in forms() if key != form and (settings.data_dir / key).is_dir()]
    sources = [*settings.kreis.sources, *(key for key in waiting if key not in settings.kreis.sources)]
    all_of = replace(settings, kreis=replace(settings.kreis, sources=sources))
    ortsteile = read_ortsteile(settings, gemeinden)
    columns = ("area_key", "stichtag", "merkmal", "auspraegung", "wert")
    known: Known = {}
    for source in sources if items else ():
        frame = read_source(all_of, source, gemeinden, ortsteile)
        for area, day, merkmal, auspraegung, wert in frame.select(columns).iter_rows():
            if wert is not None and (merkmal, auspraegung) in items:
                key = (area, day, merkmal, auspraegung)
                known[key] = max(known.get(key, wert), wert)
    return known


def _above_one(entry: Indicator, cells: Mapping[tuple[str, str, str, str], Answer], values: Known) -> Iterator[Finding]:
    from pipelines.indicators.rates import denominator_dates

    tops = {(term.merkmal, term.auspraegung) for term in entry.numerator}
    moments = {(area, day) for area, day, merkmal, auspraegung in values if (merkmal, auspraegung) in tops}
    for area, day in sorted(moments):
        top = _total(entry.numerator, area, day, values)
        for other in denominator_dates(entry.timing, day):
            bottom = _total(entry.denominator, area, other, values)
            if top is None or bottom is None or top <= bottom:
                continue
            used = [(area, day, term) for term in entry.numerator] + [(area, other, term) for term in entry.denominator]
            cell = next((found for found in (cells.get(_key(*one)) for one in used) if found is not None), None)
            if cell is not None:
                yield Finding(
                    f"Mehr als alle: {entry.numerator_text} ({entry.indicator_id}).",
                    "Die Zahl prüfen; stimmt sie, die Bezugszahl bei der anderen Stelle klären.",
                    f"{_shown(top)}; {entry.denominator_text}: {_shown(bottom)}",
                    cell.sheet,
                    cell.row,
                    cell.column,
                )
            break


def _key(area: str, day: str, term: Term) -> tuple[str, str, str, str]:
    return area, day, term.merkmal, term.auspraegung


def _total(terms: Sequence[Term], area: str, day: str, values: Known) -> float | None:
    found = [values.get(_key(area, day, term)) for term in terms]
    present = [value for value in found if value is not None]
    if len(present) < len(terms):
        return None
    return fsum(value * term.coefficient for value, term in zip(present, terms, strict=True))


def _shown(value: float) -> str:
    return number(value, 0 if value.is_integer() else 2)
