"""Alternative texts: what a map or chart shows, in German words, from the same released rows it was drawn from.

What belongs here: counting and quoting released values. What does not: colours, judgements, names of first and last
places, and any number that is not in the rows handed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from pipelines import german
from pipelines.figures.timeline import scale_note
from pipelines.indicators.robustness import RATHER_STABLE

LONGEST = 350


def alt_map(title: str, rows: pl.DataFrame, limits: Sequence[float], decimals: int, table_hint: str = "") -> str:
    """„Karte: … in 23 Gemeinden, fünf Klassen. Vier Gemeinden unter 3,00, …, acht 4,50 und mehr; keine ohne Angabe.“"""
    shown, noun = _with_value(rows), _noun(rows)
    head = f"Karte: {title} in {noun.count(rows.height, dative=True)}"
    if shown.is_empty():
        return _joined([head + ".", german.capitalised(_missing(rows)), table_hint])
    if not limits:
        return _joined([head + ".", f"Werte von {_range(shown['value'], '', decimals)}; {_missing(rows)}", table_hint])
    classes = [german.class_of(value, limits) for value in shown["value"]]
    words = german.class_texts(limits, decimals)
    counts = [(classes.count(number), words[number - 1]) for number in range(1, len(words) + 1)]
    sort = f", {german.number_word(len(words))} Klassen."
    full = _class_counts(counts, noun)
    text = _joined([head + sort, f"{full}; {_missing(rows)}", table_hint], LONGEST * 2)
    if len(text) <= LONGEST:
        return text
    filled = [pair for pair in counts if pair[0]]
    short = _class_counts([filled[0], filled[-1]] if len(filled) > 1 else filled, noun)
    missing = f"{noun.count(rows.height - shown.height)} ohne Wert."
    return _joined([head + sort, f"{short}; {missing}", table_hint])


def alt_index_map(title: str, index: pl.DataFrame, table_hint: str = "") -> str:
    """Counts per class, how many classes are not stable, and how many areas have none."""
    shown, noun = index.filter(pl.col("class").is_not_null()), _noun(index)
    head = f"Karte: {title} in {noun.count(index.height, dative=True)}."
    if shown.is_empty():
        return _joined([head, german.capitalised(_missing(index)), table_hint])
    counts = shown.group_by("class", "class_name").len().sort("class")
    parts = [f"{name} {noun.count(count)}" for _, name, count in counts.rows()]
    body = f"Unterstützungsbedarf im Vergleich: {', '.join(parts)}."
    return _joined([head, body, german.capitalised(f"{_unstable(shown, noun)}; {_missing(index)}"), table_hint])


def alt_dot_plot(
    title: str, rows: pl.DataFrame, kreis_value: float | None, unit: str, decimals: int, table_hint: str = ""
) -> str:
    """Range, value of the Kreis, and how many areas are higher, lower, not distinguishable."""
    shown, noun = _with_value(rows), _noun(rows)
    head = f"Punktdiagramm: {title}, {noun.count(rows.height)} in fester Folge."
    if shown.is_empty():
        return _joined([head, german.capitalised(_missing(rows)), table_hint])
    scale = f"Werte von {_range(shown['value'], unit, decimals)}"
    scale += f", Kreis {german.value_text(kreis_value, unit, decimals)}." if kreis_value is not None else "."
    spans = shown.filter(pl.col("lower").is_not_null()).height
    span = "" if spans == shown.height else "Keine Spannen." if not spans else f"Mit Spanne: {spans}."
    return _joined([head, scale, span, _verdicts(rows, noun), german.capitalised(_missing(rows)), table_hint])


def alt_time_series(
    title: str,
    series: pl.DataFrame,
    unit: str,
    decimals: int,
    *,
    breaks: Sequence[str] = (),
    focus: str | None = None,
    focus_name: str = "",
    kreis_id: str | None = None,
    table_hint: str = "",
) -> str:
    """First and last value of the area in question and of the Kreis, and where the series breaks."""
    shown = _with_value(series).sort("period")
    areas = series.filter(pl.col("area_id") != (kreis_id or ""))
    head = f"Liniendiagramm: {title}, {counted_areas(areas)}."
    if shown.is_empty():
        return _joined([head, "Für keinen Zeitpunkt liegt ein Wert vor.", table_hint])
    # No two values from both sides of a break in one sentence: only what follows the last one is quoted.
    start = max([int(label.partition("/")[2]) for label in breaks], default=0)
    latest = shown.filter([german.period_year(period) >= start for period in shown["period"]])
    parts = []
    for key, name in ((focus, focus_name), (kreis_id, "Kreis")):
        own = latest.filter(pl.col("area_id") == (key or ""))
        if not own.is_empty():
            parts.append(_first_and_last(own, name, unit, decimals))
    if not parts and latest.height:
        parts.append(f"Werte von {_range(latest['value'], unit, decimals)}.")
    gap = f"Bruch {german.join_words(list(breaks))}: die Linien sind dort unterbrochen." if breaks else ""
    return _joined([head, *parts, scale_note(series, unit), gap, table_hint])


def alt_panels(
    title: str,
    series: pl.DataFrame,
    areas: pl.DataFrame,
    unit: str,
    decimals: int,
    *,
    breaks: Sequence[str] = (),
    kreis_id: str | None = None,
    table_hint: str = "",
) -> str:
    """How many panels on which axis, the latest value of the Kreis and the range of the areas, and where it breaks."""
    noun = _noun(areas)
    head = f"Liniendiagramme: {title}, ein Feld je {noun.singular}, {noun.count(areas.height)} in fester Folge."
    shown = _with_value(series).sort("period")
    if shown.is_empty():
        return _joined([head, "Für keinen Zeitpunkt liegt ein Wert vor.", table_hint])
    last = shown.filter(pl.col("period") == shown["period"].max())
    own = last.join(areas.select("area_id"), on="area_id", how="semi")
    kreis = last.filter(pl.col("area_id") == (kreis_id or ""))["value"].to_list()
    end = f", Kreis {german.value_text(kreis[0], unit, decimals)}." if kreis else "."
    values = f"{german.period_text(last['period'][0])}: Werte von {_range(own['value'], unit, decimals)}{end}"
    without = areas.join(shown, on="area_id", how="anti").height
    absent = f"{german.capitalised(noun.count(without))} ohne Werte." if without else ""
    gap = f"Bruch {german.join_words(list(breaks))}: die Linien sind dort unterbrochen." if breaks else ""
    scale = f"Ein Maßstab für alle Felder. {scale_note(series, unit)}".rstrip()
    return _joined([head, scale, values if own.height else "", absent, gap, table_hint])


def alt_age_bars(title: str, rows: pl.DataFrame, decimals: int, table_hint: str = "") -> str:
    """The shares of every bar in words. `rows`: name, group, value, status."""
    bars = []
    for name in rows["name"].unique(maintain_order=True):
        own = rows.filter(pl.col("name") == name)
        parts = [
            f"{group}: {german.number(value, decimals) if value is not None else german.STATUS_SHORT[status]}"
            for group, value, status in own.select("group", "value", "status").rows()
        ]
        bars.append(f"{name} {'; '.join(parts)}.")
    return _joined([f"Balken: {title}, Anteile in Prozent.", *bars, table_hint])


def alt_pyramid(title: str, rows: pl.DataFrame, kreis: pl.DataFrame | None, table_hint: str = "") -> str:
    """Women and men and three spans of life as percent of all, with the Kreis beside; how many ages have no value."""
    head = f"Bevölkerungspyramide: {title}, Frauen und Männer nach Alter, Anteile in Prozent."
    parts = []
    for words, part in _PYRAMID_PARTS:
        shares = [_share(frame.filter(part)) for frame in (rows, kreis) if frame is not None]
        shown = [german.percent(share, 1) for share in shares if share is not None]
        if shares[0] is not None:
            parts.append(f"{words} {shown[0]}" + (f" (Kreis {shown[1]})" if len(shown) == 2 else ""))
    absent = rows.filter(pl.col("value").is_null())["status"].to_list()
    counts = [(absent.count(status), german.STATUS_SHORT[status]) for status in german.NO_VALUE_STATUSES]
    without = ", ".join(f"{words} {count}" for count, words in counts if count)
    gap = f"Altersgruppen ohne Wert: {without}." if without else "Keine Altersgruppe ohne Wert."
    return _joined([head, german.capitalised(f"{'; '.join(parts)}.") if parts else "", gap, table_hint])


_PYRAMID_PARTS = (
    ("Frauen", pl.col("sex") == "weiblich"),
    ("Männer", pl.col("sex") == "maennlich"),
    ("unter 20 Jahren", pl.col("age_to") < 20),
    ("20 bis 64", (pl.col("age_from") >= 20) & (pl.col("age_to") < 65)),
    ("65 und älter", pl.col("age_from") >= 65),
)


def _share(rows: pl.DataFrame) -> float | None:
    """Sum of shares; None where one is missing."""
    return None if rows["value"].null_count() or rows.is_empty() else float(rows["value"].sum())


def alt_index_dots(title: str, index: pl.DataFrame, table_hint: str = "") -> str:
    """Range of the index, counts per class, how many classes are not stable."""
    shown, noun = _with_value(index), _noun(index)
    head = f"Punktdiagramm: {title}, {noun.count(index.height)} in fester Folge."
    if shown.is_empty():
        return _joined([head, german.capitalised(_missing(index)), table_hint])
    counts = shown.group_by("class", "class_name").len().sort("class").rows()
    parts = [f"{name or 'ohne Klasse'} {count}" for _, name, count in counts]
    return _joined(
        [
            head,
            f"Indexwerte von {_range(shown['value'], '', 2)}.",
            f"{noun.plural} je Klasse: {', '.join(parts)}.",
            german.capitalised(f"{_unstable(shown, noun)}; {_missing(index)}"),
            table_hint,
        ]
    )


def alt_locator(name: str, count: int) -> str:
    """Where an area lies, for readers who cannot see the small map."""
    return f"Lagekarte: {name} im Umriss des Landkreises mit seinen {german.number(count)} Gemeinden."


def alt_key_map(areas: pl.DataFrame) -> str:
    """Which areas a small map with numbers shows."""
    return f"Lagekarte: {german.join_words(areas['name'].to_list())} im Umriss des Landkreises, mit ihren Nummern."


def alt_qr(address: str) -> str:
    """Where a QR code leads."""
    return f"QR-Code mit der Adresse {address}, die daneben steht."


def without_outline(names: Sequence[str]) -> str:
    """Which areas are on no map, and why; empty where all are. Only Ortsteile make areas that have no outline."""
    if not names:
        return ""
    why = "besteht aus Ortsteilen, deren Grenze" if len(names) == 1 else "bestehen aus Ortsteilen, deren Grenzen"
    return f"Ohne Umriss und deshalb nicht auf der Karte: {german.join_words(list(names))} ({why} nicht vorliegen)."


def alt_areas(
    title: str, gemeinden: pl.DataFrame, sozialraeume: pl.DataFrame | None, absent: Sequence[str] = ()
) -> str:
    """What the overview of the planning areas shows; absent: names of Sozialräume without outline."""
    drawn = [] if sozialraeume is None else [name for name in sozialraeume["name"] if name not in absent]
    rooms = without_outline(absent)
    if drawn:
        counted = f"{german.number(len(drawn))} {'Sozialraum' if len(drawn) == 1 else 'Sozialräume'}"
        rooms = f"Eingezeichnet {'ist' if len(drawn) == 1 else 'sind'} {counted}: {german.join_words(drawn)}. {rooms}"
    keys = f"Die Kennziffern 1 bis {gemeinden.height} folgen dem Gemeindeschlüssel und sind keine Rangfolge."
    return _joined(
        [f"Karte: {title or 'Planungsräume'}, {_noun(gemeinden).count(gemeinden.height)} mit Namen.", rooms, keys]
    )


def counted_areas(rows: pl.DataFrame) -> str:
    """„23 Gemeinden“: how many different areas the rows are about."""
    return _noun(rows).count(rows["area_id"].n_unique())


def _with_value(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(pl.col("value").is_not_null())


@dataclass(frozen=True)
class _Noun:
    """What the areas are called, with its gender."""

    singular: str
    plural: str
    dative: str
    feminine: bool

    def count(self, count: int, *, dative: bool = False) -> str:
        """„keine Gemeinde“, „ein Gebiet“, „in acht Gemeinden“, „23 Gebiete“."""
        if count == 1:
            article = ("einer" if self.feminine else "einem") if dative else ("eine" if self.feminine else "ein")
            return f"{article} {self.singular}"
        if count == 0:
            return f"{'keiner' if dative and self.feminine else self.none} {self.singular}"
        return f"{german.number_word(count)} {self.dative if dative else self.plural}"

    @property
    def none(self) -> str:
        return "keine" if self.feminine else "kein"


def _noun(rows: pl.DataFrame) -> _Noun:
    """Gemeinden where every key has eight digits, else Gebiete."""
    if rows.height and rows["area_id"].str.contains(r"^[0-9]{8}$").all():
        return _Noun("Gemeinde", "Gemeinden", "Gemeinden", True)
    return _Noun("Gebiet", "Gebiete", "Gebieten", False)


def _class_counts(counts: Sequence[tuple[int, str]], noun: _Noun) -> str:
    """„Vier Gemeinden unter 3,00, fünf 3,00 bis unter 3,50“: the noun once, at the first."""
    first, *others = counts
    short = [
        f"{german.number_word(number) if number != 1 else 'eine' if noun.feminine else 'eins'} {words}"
        if number
        else f"{'keine' if noun.feminine else 'keines'} {words}"
        for number, words in others
    ]
    return german.capitalised(", ".join([f"{noun.count(first[0])} {first[1]}", *short]))


def _unstable(shown: pl.DataFrame, noun: _Noun) -> str:
    count = shown.filter(pl.col("stability").fill_null(0) < RATHER_STABLE).height
    return f"in {noun.count(count, dative=True)} ist die Klasse nicht stabil" if count else "alle Klassen sind stabil"


def _range(values: pl.Series, unit: str, decimals: int) -> str:
    low, high = (german.number(float(value), decimals) for value in (values.min(), values.max()))  # type: ignore[arg-type]
    return german.with_unit(low if low == high else f"{low} bis {high}", unit)


def _missing(rows: pl.DataFrame) -> str:
    """How many areas have no value, by the words of their status."""
    found, noun = rows.filter(pl.col("value").is_null())["status"].to_list(), _noun(rows)
    if not found:
        return f"{'keine' if noun.feminine else 'kein Gebiet'} ohne Angabe."
    parts = [
        f"{german.STATUS_SHORT[status]} {german.number(found.count(status))}"
        for status in german.NO_VALUE_STATUSES
        if status in found
    ]
    return f"{noun.count(len(found))} ohne Wert ({', '.join(parts)})."


def _verdicts(rows: pl.DataFrame, noun: _Noun) -> str:
    found = rows["verdict"].drop_nulls().to_list()
    words = (
        ("höher", "erkennbar höher als der Kreis"),
        ("niedriger", "niedriger"),
        ("ähnlich", "ähnlich"),
        ("nicht unterscheidbar", "nicht unterscheidbar"),
    )
    counts = [(found.count(key), text) for key, text in words if found.count(key)]
    return _class_counts(counts, noun) + "." if counts else ""


def _first_and_last(rows: pl.DataFrame, name: str, unit: str, decimals: int) -> str:
    first, last = rows.row(0, named=True), rows.row(-1, named=True)
    start = german.value_text(first["value"], unit, decimals)
    text = f"{name} {german.period_text(first['period'])}: {start}"
    if first["period"] == last["period"]:
        return text + "."
    end = german.value_text(last["value"], unit, decimals)
    return f"{text}, {german.period_text(last['period'])}: {end}."


def _joined(parts: Sequence[Any], longest: int = LONGEST) -> str:
    """Sentences in one line. When they are too long, those before the last are left out; the first always stays."""
    kept = [part for part in parts if part]
    while len(kept) > 1 and len(" ".join(kept)) > longest:
        kept.pop(-2 if len(kept) > 2 else -1)
    return " ".join(kept)
