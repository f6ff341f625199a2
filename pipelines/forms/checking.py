"""Whether the figures of a form fit together, the district and the rules on small numbers: every breach a finding.

What belongs here: rules over several cells, over the whole form, and those that need the district. What does not:
reading a cell (`answers`), how findings are shown (`marking`).

Small numbers (Hundepool et al., Statistical Disclosure Control, 2012): an office does not name counts from 1 to below
the minimum of the item; and of what it withholds, nothing may come back by subtraction from sums of the same form.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import fsum
from typing import TYPE_CHECKING

from pipelines.contracts import WITH_VALUE
from pipelines.forms.answers import Answer, Answers, Finding
from pipelines.forms.definition import Item
from pipelines.forms.form import rule_text
from pipelines.german import date_text, number

if TYPE_CHECKING:
    import polars as pl

    from pipelines.settings import Kreis

# How far a sum of amounts with decimals may lie beside its parts, per part
ROUNDED = 0.05


def check_answers(answers: Answers, kreis: Kreis, gemeinden: pl.DataFrame, day: str) -> tuple[Finding, ...]:
    """All findings: those of reading, then those of the rules, severe ones first.

    gemeinden: `raw.gemeinden`. day: when the form came in, YYYY-MM-DD.
    """
    found = [*answers.findings, *_of_district(answers, kreis, gemeinden), *_of_time(answers, day), *_of_texts(answers)]
    found += _of_names(answers, kreis, gemeinden)
    if not answers.figures:
        return _ordered(found)
    found += _of_emptiness(answers)
    found += _of_minimum(answers)
    found += _of_parts(answers)
    found += _of_sums(answers)
    found += _of_kreis(answers)
    return _ordered(found)


def _ordered(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Severe ones first, then by their place; the same cell may have several."""
    return tuple(
        sorted(found, key=lambda one: (not one.severe, one.sheet or "", one.row or 0, one.column or 0, one.what))
    )


def _at(answer: Answer, what: str, remedy: str, found: str = "", *, severe: bool = True) -> Finding:
    return Finding(what, remedy, found, answer.sheet, answer.row, answer.column, severe)


def _of_district(answers: Answers, kreis: Kreis, gemeinden: pl.DataFrame) -> Iterator[Finding]:
    from pipelines.geography.validity import valid_at

    issue = answers.issue
    if issue.kreis_key != kreis.key:
        remedy = f"Ein Formular für {kreis.name} ({kreis.key}) verwenden oder den Ordner mit --data angeben."
        yield Finding("Das Formular ist für einen anderen Kreis.", remedy, issue.kreis_key)
        return
    if issue.year > kreis.report_year:
        what = f"Das Formular ist für {issue.year}, das Berichtsjahr des Kreises ist {kreis.report_year}."
        remedy = "Prüfen, ob es das Formular des richtigen Jahrs ist; gezeigt werden die Zahlen erst in dessen Ausgabe."
        yield Finding(what, remedy, str(issue.year), severe=False)
    there = valid_at(gemeinden, str(issue.year))
    strange = [area.key for area in issue.areas if area.level == "gemeinde" and area.key not in there]
    whole = any(area.level == "kreis" for area in issue.areas)
    absent = [ags for ags in there if whole and ags not in {area.key for area in issue.areas}]
    if strange or absent:
        yield Finding(
            f"Das Formular nennt nicht die Gemeinden, die es im Jahr {issue.year} gab.",
            "Ein neues Formular mit „sozialatlas template“ schreiben lassen und die Zahlen dorthin übertragen.",
            ", ".join([*strange, *absent]),
        )


def _of_time(answers: Answers, day: str) -> Iterator[Finding]:
    from pipelines.geography.validity import day_of

    issue, stand = answers.issue, answers.said.stand
    for item, figures in answers.columns:
        end = day_of(item.stichtag(issue.year))
        if stand is not None and stand < end <= day:
            what = f"{item.code} wurde vor dem Stichtag ausgewertet."
            remedy = "Prüfen, ob es das Formular des richtigen Jahrs ist, und den Stand der Auswertung berichtigen."
            found = f"Stand {date_text(stand)}, Stichtag {date_text(end)}"
            yield Finding(what, remedy, found, *answers.heads[item.code])
        if end > day:
            what = f"Der Stichtag von {item.code} liegt nach dem Eingang des Formulars."
            remedy = "Das Berichtsjahr prüfen und das Formular für das richtige Jahr verwenden."
            yield _at(_first(figures), what, remedy, date_text(end))
    if stand is not None and stand > day:
        remedy = "Den Tag der Auswertung berichtigen."
        yield Finding("Der Stand der Auswertung liegt nach dem Eingang des Formulars.", remedy, date_text(stand))


def _of_names(answers: Answers, kreis: Kreis, gemeinden: pl.DataFrame) -> Iterator[Finding]:
    """Names join nothing; but a key beside the name of another area tells that a column was sorted on its own."""
    from pipelines.geography.validity import valid_at

    if answers.issue.kreis_key != kreis.key:
        return
    names = valid_at(gemeinden, str(answers.issue.year)) | {kreis.key: f"{kreis.name} (Summe)"}
    keys = {name: key for key, name in names.items()}
    for key, place in answers.names.items():
        if keys.get(place.text, key) != key:
            what = "Schlüssel und Name der Zeile gehören zu verschiedenen Gebieten."
            remedy = "Prüfen, ob Spalten einzeln sortiert wurden; die Zahlen gelten für den Schlüssel (AGS)."
            yield Finding(what, remedy, f"{key}, {place.text}", place.sheet, place.row, place.column)


def _first(figures: Sequence[Answer]) -> Answer:
    return next(one for one in figures if one.status != "missing")


def _of_texts(answers: Answers) -> Iterator[Finding]:
    from pipelines.disclosure.steering import personal_detail

    for place in answers.notes:
        seen = personal_detail(place.text)
        if seen:
            remedy = "Den Text oder Kommentar ohne Angaben zu Personen schreiben: Stelle oder Funktion statt Name."
            what = "Ein Text oder Kommentar enthält etwas, das nach Angaben zu einer Person aussieht."
            yield Finding(what, remedy, seen, place.sheet, place.row, place.column)


def _of_emptiness(answers: Answers) -> Iterator[Finding]:
    columns = answers.columns
    if not columns and not any(one.severe for one in answers.findings):
        first = answers.figures[0]
        yield _at(first, "Das Formular enthält keine Zahl.", "Mindestens eine Spalte ausfüllen.")
        return
    filled = {item.code for item, _ in columns}
    for item in answers.issue.form.items:
        if item.code not in filled and item.code in answers.heads:
            sheet, row, column = answers.heads[item.code]
            what, remedy = (
                "Die Spalte ist leer und wird nicht übernommen.",
                "Nichts zu tun, wenn die Zahlen nicht vorliegen.",
            )
            yield Finding(what, remedy, item.name, sheet, row, column, severe=False)
    wrong = {(one.sheet, one.row, one.column) for one in answers.findings}
    for _, figures in columns:
        for one in figures:
            if one.status == "missing" and (one.sheet, one.row, one.column) not in wrong:
                remedy = "Nichts zu tun, wenn die Zahl nicht vorliegt; ist es genau null, „-“ eintragen."
                yield _at(one, "Die Zelle ist leer; die Zahl gilt als nicht vorhanden.", remedy, severe=False)


def _of_minimum(answers: Answers) -> Iterator[Finding]:
    for item, figures in answers.columns:
        for one in figures:
            if one.value is not None and 0 < one.value < item.minimum:
                what = "Die Anzahl ist zu klein, um genannt zu werden."
                yield _at(one, what, f"{rule_text(item)}.", "eine kleine Anzahl")


def _of_parts(answers: Answers) -> Iterator[Finding]:
    cells = _by_cell(answers)
    for item, figures in answers.columns:
        if item.part_of is None:
            continue
        for one in figures:
            whole = cells.get((one.area.key, item.part_of))
            if whole is None or whole.value is None:
                continue
            name = f"{item.part_of} ({answers.issue.form.item(item.part_of).name})"
            if one.value is not None and one.value > whole.value:
                small = whole.value < answers.issue.form.item(item.part_of).minimum
                found = "" if small else f"{_shown(one.value)} von {_shown(whole.value)}"
                yield _at(one, f"Der Teil ist größer als das Ganze: {name}.", "Beide Zahlen prüfen.", found)
            elif one.status == "secret" and whole.value == 0:
                remedy = "„-“ eintragen, wo es keinen Fall gibt, oder das Ganze prüfen."
                yield _at(one, f"Geheim, obwohl das Ganze null ist: {name}.", remedy)


def _of_sums(answers: Answers) -> Iterator[Finding]:
    """Sums across columns, per area."""
    cells, form = _by_cell(answers), answers.issue.form
    for total, parts in form.sums:
        for area in answers.issue.areas:
            row = [cells.get((area.key, code)) for code in (total, *parts)]
            present = [one for one in row if one is not None]
            if len(present) == len(row):
                words = f"{total} = {' + '.join(parts)}"
                yield from _of_one_sum(present[0], present[1:], words, form.item(total))


def _of_kreis(answers: Answers) -> Iterator[Finding]:
    """The last row is the sum of the Gemeinden, column by column."""
    for item, figures in answers.columns:
        kreis = [one for one in figures if one.area.level == "kreis"]
        gemeinden = [one for one in figures if one.area.level == "gemeinde"]
        if kreis and gemeinden:
            yield from _of_one_sum(kreis[0], gemeinden, "Summe der Gemeinden", item)


def _of_one_sum(total: Answer, parts: Sequence[Answer], words: str, item: Item) -> Iterator[Finding]:
    """A total against its parts: equal where all are known, never below the known ones, no single secret left over."""
    known = [one.value for one in parts if one.value is not None]
    missing = [one for one in parts if one.status not in WITH_VALUE and one.status != "secret"]
    secret = [one for one in parts if one.status == "secret"]
    slack = ROUNDED * len(parts) if item.decimals else 0.0
    added = fsum(known)
    if total.value is not None:
        gap = total.value - added
        if (not missing and not secret and abs(gap) > slack) or gap < -slack:
            found = f"{_shown(total.value)}, die Teile ergeben {_shown(added)}"
            yield _at(total, f"Die Summe stimmt nicht: {words}.", "Summe und Teile prüfen.", found)
        elif len(secret) == 1 and not missing:
            remedy = "Auch in der Summe „.“ eintragen, oder einen zweiten Teil geheim halten."
            yield _at(secret[0], f"Die geheime Zahl ließe sich errechnen: {words}.", remedy)
    elif total.status == "secret" and not secret and not missing:
        remedy = "Die Summe nennen, oder mindestens zwei Teile geheim halten."
        yield _at(total, f"Die geheime Summe ließe sich errechnen: {words}.", remedy)


def _by_cell(answers: Answers) -> dict[tuple[str, str], Answer]:
    return {(one.area.key, one.item.code): one for _, figures in answers.columns for one in figures}


def _shown(value: float) -> str:
    return number(value, 0 if value.is_integer() else 2)
