"""Sentences computed from released numbers: level, difference, limit, and the leads of the other pages.

What belongs here: German sentences and the counting they need. What does not: typesetting (`pages`), and any number
that is not in the release. A difference is stated only where the comparison says so; context is described, not judged.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines import german
from pipelines.publish.released import Release

NOT_PERSONS = "Die Zahl beschreibt Gebiete, nicht Personen."


def stand(indicator: dict[str, Any], period: str | None = None) -> str:
    """When a figure is from, in words, e.g. „Jahresdurchschnitt 2021“ or „31.12.2023“."""
    moment = period or indicator["latest_period"]
    return german.period_text(moment, indicator["stand_text"]) if moment else "ohne Zahlen"


def value_with_span(row: dict[str, Any], indicator: dict[str, Any]) -> str:
    """„4,07 % (Spanne 3,99 bis 4,16 %)“, without a span only the value, without a value the words of its status."""
    if row["value"] is None:
        return german.status_words(row["status"])
    value = german.value_text(row["value"], row["unit"], indicator["decimals"])
    if row["lower"] is None:
        return value
    span = german.span_text(row["lower"], row["upper"], row["unit"], indicator["decimals"])
    return f"{value} (Spanne {span})"


def level(release: Release, indicator_id: str) -> str:
    """What the figure says for the whole Kreis: value, span, and the counts it rests on."""
    indicator = release.indicator(indicator_id)
    row = release.value(indicator_id, release.kreis_id)
    name = release.edition["kreis_short_name"]
    if row["value"] is None:
        return f"Für den {name} steht hier kein Wert: {_lower_first(row['reason'])}"
    moment = stand(indicator, row["period"])
    sentence = f"Im {name} beträgt der Wert {value_with_span(row, indicator)}, Stand: {moment}."
    if row["numerator"] is None or row["denominator"] is None:
        return sentence
    numerator, denominator = (_count(row[part]) for part in ("numerator", "denominator"))
    if indicator["interval"] == "none":
        counts = f"{indicator['numerator_text']}: {numerator}; {indicator['denominator_text']}: {denominator}"
        return f"{sentence} Gerechnet aus: {counts}."
    counts = f"Das sind {numerator} {indicator['numerator_text']} auf {denominator} {indicator['denominator_text']}"
    return f"{sentence} {counts.rstrip('.')}."


def difference(release: Release, indicator_id: str) -> str:
    """How the Gemeinden lie around the Kreis value: counts per verdict, then the range, without names."""
    indicator = release.indicator(indicator_id)
    rows = release.latest(indicator_id, "gemeinde")
    known = rows.filter(pl.col("value").is_not_null())
    if known.is_empty():
        return "Für keine Gemeinde liegt ein Wert vor."
    verdicts = _verdicts(release, indicator_id, indicator["latest_period"])
    return " ".join(part for part in (_verdict_sentence(verdicts), _range(known, indicator, rows.height)) if part)


def limit(release: Release, indicator_id: str) -> str:
    """What the figure cannot say. It always says that areas are described, not persons."""
    text = release.indicator(indicator_id)["limit_sentence"]
    return text if NOT_PERSONS in text else f"{NOT_PERSONS} {text}"


def profile_lead(release: Release, area_id: str, indicator_ids: list[str]) -> str:
    """Which of the core indicators differ visibly from the Kreis here; context is left out."""
    words: dict[str, list[str]] = {"höher": [], "niedriger": []}
    for indicator_id, verdict in verdicts_of(release, area_id):
        indicator = release.indicator(indicator_id)
        if indicator_id in indicator_ids and verdict in words and not indicator["context"]:
            words[verdict].append(indicator["short_name"])
    parts = [f"{word}: {german.join_words(names[:3])}" for word, names in words.items() if names]
    if not parts:
        return "Kein Kernindikator unterscheidet sich erkennbar und bedeutsam vom Kreiswert."
    return f"Erkennbar und bedeutsam anders als im Kreis sind unter anderem – {'; '.join(parts)}."


def verdicts_of(release: Release, area_id: str) -> list[tuple[str, str]]:
    """Indicator and verdict of one area at each latest period, in the order of the catalogue."""
    latest = release.indicators.filter(pl.col("latest_period").is_not_null()).select(
        "indicator_id", "position", pl.col("latest_period").alias("period")
    )
    rows = release.comparison.filter(pl.col("area_id") == area_id).join(latest, on=["indicator_id", "period"])
    return list(rows.sort("position").select("indicator_id", "verdict").iter_rows())


def unknown_lead(release: Release) -> str:
    """How many indicators have figures for all Gemeinden and how many themes have none."""
    total = release.gemeinden.height
    data = release.indicators.filter(pl.col("data") == "gemeinde").height
    themes = release.indicators.group_by("theme_id").agg((pl.col("data") == "gemeinde").any().alias("any"))
    empty = themes.filter(~pl.col("any")).height
    return (
        f"{data} Indikatoren liegen für die {total} Gemeinden vor. "
        f"Zu {german.number_word(empty)} Themen liegt für keine Gemeinde eine Zahl vor."
    )


def series_lead(release: Release, indicator_id: str) -> str:
    """First and last Kreis value after the last break, without arithmetic across it."""
    indicator = release.indicator(indicator_id)
    trend = release.trend.filter((pl.col("indicator_id") == indicator_id) & (pl.col("area_id") == release.kreis_id))
    if trend.is_empty() or trend["segment_from"][0] is None:
        return "Über einen Bruch hinweg wird nicht gerechnet."
    row = trend.row(0, named=True)
    first = release.value(indicator_id, release.kreis_id, row["segment_from"])
    last = release.value(indicator_id, release.kreis_id, row["segment_to"])
    shown = [german.value_text(r["value"], r["unit"], indicator["decimals"], r["status"]) for r in (first, last)]
    return (
        f"Im {release.edition['kreis_short_name']} lag der Wert {row['segment_from'][:4]} bei {shown[0]} und "
        f"{row['segment_to'][:4]} bei {shown[1]}. Ergebnis der Prüfung: {row['trend']}. "
        "Über einen Bruch hinweg wird nicht gerechnet."
    )


def _count(value: float) -> str:
    return german.number(value, 0 if float(value).is_integer() else 2)


def _verdicts(release: Release, indicator_id: str, period: str | None) -> dict[str, int]:
    rows = release.comparison.filter((pl.col("indicator_id") == indicator_id) & (pl.col("period") == period)).join(
        release.gemeinden.select("area_id"), on="area_id"
    )
    return dict(rows.group_by("verdict").len().iter_rows())


def _verdict_sentence(verdicts: dict[str, int]) -> str:
    tested = {word: verdicts.get(word, 0) for word in ("höher", "niedriger", "ähnlich", "nicht unterscheidbar")}
    if not any(tested.values()):
        return "Ohne Spanne wird ein Abstand zum Kreiswert nicht geprüft." if verdicts.get("ohne Prüfung") else ""
    small = f", in {_counted(tested['ähnlich'])} ist er ähnlich" if tested["ähnlich"] else ""
    return (
        f"In {_counted(tested['höher'], noun=True)} liegt der Wert erkennbar über dem Kreiswert, "
        f"in {_counted(tested['niedriger'])} darunter{small}, "
        f"in {_counted(tested['nicht unterscheidbar'])} unterscheidet er sich nicht erkennbar."
    )


def _counted(count: int, *, noun: bool = False) -> str:
    """A number of Gemeinden in the dative: „keiner“, „einer Gemeinde“, „acht Gemeinden“."""
    word = ("keiner", "einer")[count] if count < 2 else german.number_word(count)
    return word + ((" Gemeinde" if count < 2 else " Gemeinden") if noun else "")


def _range(known: pl.DataFrame, indicator: dict[str, Any], areas: int) -> str:
    low, high = known["value"].min(), known["value"].max()
    span = german.span_text(low, high, indicator["unit"], indicator["decimals"])  # type: ignore[arg-type]
    missing = areas - known.height
    gap = f" Für {german.count_text(missing, 'Gemeinde', 'Gemeinden')} fehlt ein Wert." if missing else ""
    return f"Die Werte reichen von {span}.{gap}"


def _lower_first(text: str | None) -> str:
    return text[:1].lower() + text[1:] if text else "kein Wert vorhanden."
