"""Sentences computed from released numbers: level, difference, limit, and the leads of the other pages.

What belongs here: German sentences and the counting they need. What does not: typesetting (`pages`), and any number
that is not in the release. A difference is stated only where the comparison says so; context is described, not judged.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import polars as pl

from pipelines import german
from pipelines.publish.released import Release
from pipelines.publish.words import QUALITY_WORDS

NOT_PERSONS = "Die Zahl beschreibt Gebiete, nicht Personen."
COMPARED = ("höher", "niedriger", "ähnlich", "nicht unterscheidbar")  # verdicts of values that were compared
FEW_NAMES = 2  # names in the lead of a profile, per direction
# Reference days that the words of the state already name: said once, not after every count.
_SAME_DAY = re.compile(r",? (am \d\d\.\d\d\.|im Jahr|im Jahresdurchschnitt)$")
# A word in -e, -er, -es before a noun, unless it is a noun itself: „Räumliche Ungleichheit“, not „Ganztagsquote Kita“.
_ADJECTIVE = re.compile(r"[A-ZÄÖÜ]\w*e[rs]?(?<!quote)(?<!dichte)(?<!hilfe)(?<!rate) (?=[A-ZÄÖÜ])")
_REMARK = re.compile(r" \([^()]*\)$")


def stand(indicator: dict[str, Any], period: str | None = None) -> str:
    """When a figure is from, in words, e.g. „Jahresdurchschnitt 2021“ or „31.12.2023“."""
    moment = period or indicator["latest_period"]
    return german.period_text(moment, indicator["stand_text"]) if moment else "ohne Zahlen"


def plain_name(indicator: dict[str, Any]) -> str:
    """The name without the remark in brackets at its end, for sentences and narrow columns."""
    return grouped(_REMARK.sub("", indicator["name"]))


def grouped(text: str) -> str:
    """Words of the catalogue with their large numbers grouped: „je 1000“ becomes „je 1 000“. Years stay."""
    return re.sub(r"\b(1000|\d{5,})\b", lambda match: german.number(int(match[0])), text)


def within(name: str) -> str:
    """A name in the middle of a sentence: an adjective before its noun loses its capital letter."""
    return name[0].lower() + name[1:] if _ADJECTIVE.match(name) else name


def subject(indicator: dict[str, Any]) -> str:
    """What a value of this indicator is called in a sentence, with its article."""
    if indicator["interval"] == "wilson":
        return "der Anteil"
    if " minus " in indicator["numerator_text"]:
        return "die Veränderung" if indicator["unit"] == "%" else "der Saldo"
    if indicator["unit"].startswith("€"):
        return "der Betrag"
    return "der Anteil" if indicator["unit"] == "%" else "der Wert"


def level(release: Release, indicator_id: str) -> str:
    """What the figure says for the whole Kreis: value, span, date, and the counts it rests on."""
    indicator = release.indicator(indicator_id)
    row = release.value(indicator_id, release.kreis_id)
    name = release.edition["kreis_short_name"]
    if row["value"] is None:
        reason = _sentence(row["reason"] or german.status_words(row["status"]))
        return f"Für den {name} gibt es hier keinen Wert ({stand(indicator)}). {reason}"
    value = german.value_text(row["value"], row["unit"], indicator["decimals"])
    notes = [_span_note(row, indicator), stand(indicator, row["period"]), state_note(row)]
    shown = f"{value} ({', '.join(note for note in notes if note)})"
    what = subject(indicator)
    if what == "der Betrag":
        return f"Im {name} sind es {shown}. {_basis(row, indicator)}"
    return f"{german.capitalised(what)} im {name} beträgt {shown}. {_basis(row, indicator)}"


def difference(release: Release, indicator_id: str) -> str:
    """How the Gemeinden lie around the Kreis value: counts per verdict, then the range, without names."""
    indicator = release.indicator(indicator_id)
    rows = release.latest(indicator_id, "gemeinde")
    known = rows.filter(pl.col("value").is_not_null())
    if known.is_empty():
        return "Für keine Gemeinde liegt ein Wert vor."
    counts = verdict_counts(release, indicator_id)
    kreis = release.value(indicator_id, release.kreis_id)
    place = release.edition["kreis_short_name"]
    compared = _compared(counts, indicator, kreis, place)
    if _said_before(compared, limit(release, indicator_id)):
        compared = ""
    parts = [compared, _range(known, indicator), _missing(rows.height - known.height)]
    return " ".join(part for part in parts if part)


def limit(release: Release, indicator_id: str) -> str:
    """What the figure cannot say. It always says that areas are described, not persons."""
    text = release.indicator(indicator_id)["limit_sentence"]
    return text if NOT_PERSONS in text else f"{NOT_PERSONS} {text}"


def _said_before(text: str, other: str) -> bool:
    """Whether the other sentence holds what a text begins with; then it is not said twice on a page."""
    return re.split(r"[;.]", text)[0] in other


def not_compared(indicator: dict[str, Any], kreis: dict[str, Any]) -> str:
    """Why values of Gemeinden stand without comparison with the Kreis."""
    if kreis["value"] is None:
        return "Ohne Kreiswert gibt es keinen Vergleich."
    return _sentence(kreis["reason"] or "Der Kreiswert ist anders abgegrenzt: kein Vergleich")


def example(release: Release, indicator_id: str) -> str | None:
    """One row read aloud: the first Gemeinde in the fixed order whose comparison says „höher“ or „niedriger“."""
    verdicts = verdicts_at_latest(release, indicator_id)
    kreis = release.value(indicator_id, release.kreis_id)
    indicator = release.indicator(indicator_id)
    for area_id, name in release.gemeinden.select("area_id", "display_name").iter_rows():
        word = verdicts.get(area_id)
        if word in ("höher", "niedriger"):
            row = release.value(indicator_id, area_id)
            value = german.value_text(row["value"], row["unit"], indicator["decimals"])
            span = german.span_text(row["lower"], row["upper"], row["unit"], indicator["decimals"])
            place = "über" if word == "höher" else "unter"
            bound = german.value_text(kreis["value"], row["unit"], indicator["decimals"])
            return f"{name}: {value}. Die Spanne {span} liegt ganz {place} {bound}; der Abstand ist bedeutsam: {word}."
    return None


def profile_lead(release: Release, area_id: str, indicator_ids: list[str]) -> str:
    """Which of the core indicators differ visibly from the Kreis here; context is left out."""
    words: dict[str, list[str]] = {"höher": [], "niedriger": []}
    for indicator_id, verdict in verdicts_of(release, area_id):
        indicator = release.indicator(indicator_id)
        if indicator_id in indicator_ids and verdict in words and not indicator["context"]:
            words[verdict].append(within(plain_name(indicator)))
    name = release.edition["kreis_short_name"]
    parts = [
        f"Erkennbar {word} als im {name}: {german.join_words(names[:FEW_NAMES])}."
        for word, names in words.items()
        if names
    ]
    if not parts:
        parts = [f"Kein Kernindikator unterscheidet sich erkennbar und bedeutsam vom {name}."]
    return " ".join(parts)


def verdicts_of(release: Release, area_id: str) -> list[tuple[str, str]]:
    """Indicator and verdict of one area at each latest period, in the order of the catalogue."""
    found = [(name, verdicts_at_latest(release, name).get(area_id)) for name in _with_values(release)]
    return [(name, verdict) for name, verdict in found if verdict is not None]


def verdicts_at_latest(release: Release, indicator_id: str) -> dict[str, str]:
    """Verdict by area at the latest period of an indicator; areas without comparison are absent."""
    return _latest_verdicts(release).get(indicator_id, {})


def verdict_counts(release: Release, indicator_id: str) -> dict[str, int]:
    """How many Gemeinden with a value have each verdict at the latest period."""
    verdicts = verdicts_at_latest(release, indicator_id)
    counts: dict[str, int] = {}
    for area_id in release.gemeinden["area_id"]:
        if area_id in verdicts and release.value(indicator_id, area_id)["value"] is not None:
            counts[verdicts[area_id]] = counts.get(verdicts[area_id], 0) + 1
    return counts


def compared(counts: dict[str, int]) -> bool:
    """Whether any Gemeinde was compared with the Kreis; counts: of `verdict_counts`."""
    return any(verdict in counts for verdict in COMPARED)


def unknown_lead(release: Release) -> str:
    """How many released indicators have a figure for a Gemeinde, how many themes none, how many values are withheld."""
    total = release.gemeinden.height
    who = "die Gemeinde" if total == 1 else f"die {german.number_word(total)} Gemeinden"
    lead = f"{_indicators(len(with_figures(release)))} für {who} vor."
    empty = len(empty_themes(release))
    themes_text = "einem Thema" if empty == 1 else f"{german.number_word(empty)} Themen"
    second = (
        f"Zu {themes_text} liegt für keine Gemeinde eine Zahl vor."
        if empty
        else "Zu jedem Thema liegt mindestens einer vor."
    )
    return " ".join(part for part in (lead, second, _withheld(release)) if part)


@lru_cache(maxsize=2)
def with_figures(release: Release) -> frozenset[str]:
    """Indicators with a released value for some Gemeinde at their latest period; the catalogue alone does not tell."""
    return frozenset(_latest_gemeinden(release).filter(pl.col("value").is_not_null())["indicator_id"])


def empty_themes(release: Release) -> list[str]:
    """Names of the themes without a released value for any Gemeinde, in the order of the catalogue."""
    any_figure = pl.col("indicator_id").is_in(list(with_figures(release))).any()
    themes = release.indicators.sort("position").group_by("theme", maintain_order=True).agg(any_figure.alias("any"))
    return themes.filter(~pl.col("any"))["theme"].to_list()


def join_themes(names: list[str]) -> str:
    """„A; B und C“: semicolons, since names of themes contain commas."""
    names = [within(name) for name in names]
    return german.join_words(["; ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def source_line(release: Release, indicator_ids: list[str]) -> str:
    """„Datenquelle: © ...“ for all sources of some indicators."""
    values = release.values.filter(pl.col("indicator_id").is_in(indicator_ids), pl.col("source_ids").is_not_null())
    used = sorted({name for names in values["source_ids"].unique() for name in names.split(";")})
    rows = release.sources.filter(pl.col("source_id").is_in(used)).sort("source_id", "edition")
    texts = rows["attribution"].unique(maintain_order=True).to_list()
    return f"Datenquelle: {' · '.join(texts)} · eigene Berechnung." if texts else "Noch keine Datenquelle."


def series_lead(release: Release, indicator_id: str, area_id: str | None = None) -> str:
    """First and last value after the last break, of the Kreis or of one area, without arithmetic across it."""
    indicator = release.indicator(indicator_id)
    key = area_id or release.kreis_id
    row = trends(release, indicator_id).get(key)
    closing = "Über einen Bruch hinweg wird nicht gerechnet." if indicator["breaks"] else ""
    if row is None or row["segment_from"] in (None, row["segment_to"]):
        known = "Die Linien zeigen die Gemeinden, einen Kreiswert gibt es nicht." if area_id is None else ""
        return f"{known} {closing}".strip()
    ends = [release.value(indicator_id, key, row[end]) for end in ("segment_from", "segment_to")]
    shown = [german.value_text(end["value"], end["unit"], indicator["decimals"], end["status"]) for end in ends]
    years = [german.period_year(row[end]) for end in ("segment_from", "segment_to")]
    place = release.area_row(key)["display_name"] if area_id else f"Im {release.edition['kreis_short_name']}"
    verb = "liegt" if area_id else f"liegt {subject(indicator)}"
    trend = row["trend"] if row["trend"] != "nicht prüfbar" else f"nicht prüfbar, {untested_reason([row])}"
    ends_text = f"{years[0]} bei {shown[0]}, {years[1]} bei {shown[1]}"
    return f"{place} {verb} {ends_text}. Entwicklung: {trend}. {closing}".strip()


def untested_reason(rows: list[dict[str, Any]]) -> str:
    """Why the trend of some areas could not be tested: the released reasons, each once, without a full stop."""
    reasons = {re.sub(r"^Aus\b", "aus", row["reason"].rstrip(".")) for row in rows if row["reason"]}
    return "; ".join(sorted(reasons)) or "zu wenige vergleichbare Zeitpunkte"


def trends(release: Release, indicator_id: str) -> dict[str, dict[str, Any]]:
    """The released trend of an indicator by area."""
    return _trends(release).get(indicator_id, {})


@lru_cache(maxsize=2)
def _latest_gemeinden(release: Release) -> pl.DataFrame:
    """Rows of the Gemeinden at the latest period of each indicator; without a latest period all its rows."""
    latest = release.indicators.select("indicator_id", "latest_period")
    rows = release.values.filter(pl.col("area_level") == "gemeinde").join(latest, on="indicator_id")
    return rows.filter((pl.col("period") == pl.col("latest_period")) | pl.col("latest_period").is_null())


def _indicators(count: int) -> str:
    if count == 0:
        return "Kein Indikator liegt"
    return (
        "Ein Indikator liegt" if count == 1 else f"{german.capitalised(german.number_word(count))} Indikatoren liegen"
    )


def _withheld(release: Release) -> str:
    """How many values of Gemeinden the disclosure control holds back; nothing where there are none."""
    found = _latest_gemeinden(release).filter(pl.col("status") == "suppressed")
    count = found.unique(["indicator_id", "area_id"]).height
    if not count:
        return ""
    what = "Ein Wert ist" if count == 1 else f"{german.capitalised(german.number_word(count))} Werte sind"
    return f"{what} aus Datenschutzgründen nicht ausgewiesen."


@lru_cache(maxsize=2)
def _trends(release: Release) -> dict[str, dict[str, dict[str, Any]]]:
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in release.trend.iter_rows(named=True):
        found.setdefault(row["indicator_id"], {})[row["area_id"]] = row
    return found


@lru_cache(maxsize=2)
def _latest_verdicts(release: Release) -> dict[str, dict[str, str]]:
    latest = release.indicators.select("indicator_id", pl.col("latest_period").alias("period"))
    rows = release.comparison.join(latest, on=["indicator_id", "period"]).select("indicator_id", "area_id", "verdict")
    found: dict[str, dict[str, str]] = {}
    for indicator_id, area_id, verdict in rows.iter_rows():
        found.setdefault(indicator_id, {})[area_id] = verdict
    return found


@lru_cache(maxsize=2)
def _with_values(release: Release) -> tuple[str, ...]:
    rows = release.indicators.filter(pl.col("latest_period").is_not_null()).sort("position")
    return tuple(rows["indicator_id"])


def _span_note(row: dict[str, Any], indicator: dict[str, Any]) -> str:
    if row["lower"] is None:
        return ""
    return f"Spanne {german.span_text(row['lower'], row['upper'], row['unit'], indicator['decimals'])}"


def state_note(row: dict[str, Any]) -> str:
    """What a reader must know of the value itself: provisional, limited, estimated, several years."""
    notes = [german.status_words(row["status"])] if row["status"] in ("zero", *german.NOTED_STATUSES) else []
    notes += [QUALITY_WORDS[row["quality"]]] if row["quality"] in ("provisional", "limited") else []
    return ", ".join(notes)


def _basis(row: dict[str, Any], indicator: dict[str, Any]) -> str:
    """The counts behind a value in words; a finished value says that there are none."""
    if row["numerator"] is None or row["denominator"] is None:
        return "Es ist ein fertig veröffentlichter Wert ohne Zähler und Nenner."
    above, below = indicator["numerator_text"], indicator["denominator_text"]
    day = _SAME_DAY.search(above)
    above = _SAME_DAY.sub("", above)
    below = below.removesuffix(f" {day[1]}") if day else below
    counts = [_count(row[part]) for part in ("numerator", "denominator")]
    if indicator["interval"] == "none" or re.search(r",| minus | plus ", above):
        above, below = _REMARK.sub("", above), _REMARK.sub("", below)
        return f"Gerechnet ist: {above} ({counts[0]}), bezogen auf {below} ({counts[1]})."
    return f"Das sind {counts[0]} {above} auf {counts[1]} {below}".rstrip(".") + "."


def _compared(counts: dict[str, int], indicator: dict[str, Any], kreis: dict[str, Any], place: str) -> str:
    tested = [counts.get(word, 0) for word in ("höher", "niedriger", "ähnlich", "nicht unterscheidbar")]
    if any(tested):
        return _context(tested, indicator, place) if indicator["context"] else _tested(tested, indicator)
    if counts.get("ohne Prüfung"):
        return "Ohne Spanne ist nicht prüfbar, ob sich ein Gebiet vom Kreiswert unterscheidet."
    return not_compared(indicator, kreis)


def _tested(tested: list[int], indicator: dict[str, Any]) -> str:
    higher, lower, close, same = tested
    what = subject(indicator)
    if higher or lower:
        first = (
            f"In {_gemeinden(higher)} liegt {what} erkennbar und bedeutsam über dem Kreiswert, "
            f"in {_few(lower)} darunter."
        )
    else:
        first = f"In keiner Gemeinde weicht {what} erkennbar und bedeutsam vom Kreiswert ab."
    rest = [(close, "erkennbar, aber klein"), (same, "nicht erkennbar")]
    parts = [(count, words) for count, words in rest if count]
    if not parts:
        return first
    count, words = parts[0]
    second = f"In {_gemeinden(count)} ist der Abstand {words}"
    return f"{first} {second}" + (f", in {_few(parts[1][0])} {parts[1][1]}." if len(parts) > 1 else ".")


def _context(tested: list[int], indicator: dict[str, Any], place: str) -> str:
    """Context is described: which way, not how far it matters."""
    higher, lower, close, same = tested
    what = subject(indicator)
    if not (higher or lower):
        return f"In {_gemeinden(close + same)} ist {what} ähnlich wie im {place} oder nicht unterscheidbar."
    rest = f", in {_few(close + same)} ähnlich oder nicht unterscheidbar" if close + same else ""
    return f"In {_gemeinden(higher)} ist {what} höher als im {place}, in {_few(lower)} niedriger{rest}."


def _gemeinden(count: int) -> str:
    """A number of Gemeinden in the dative: „keiner Gemeinde“, „einer Gemeinde“, „acht Gemeinden“."""
    return _few(count) + (" Gemeinde" if count < 2 else " Gemeinden")


def _few(count: int) -> str:
    return ("keiner", "einer")[count] if count < 2 else german.number_word(count)


def _range(known: pl.DataFrame, indicator: dict[str, Any]) -> str:
    low, high = known["value"].min(), known["value"].max()
    span = german.span_text(low, high, indicator["unit"], indicator["decimals"])  # type: ignore[arg-type]
    if known.height == 1:
        return ""
    parts = [f"Die Werte der Gemeinden reichen von {span}."]
    if subject(indicator) == "der Saldo":
        below, above = known.filter(pl.col("value") < 0).height, known.filter(pl.col("value") > 0).height
        parts.insert(0, f"In {_gemeinden(below)} ist der Saldo negativ, in {_few(above)} positiv.")
    return " ".join(parts)


def _missing(count: int) -> str:
    if not count:
        return ""
    return f"Für {german.count_text(count, 'Gemeinde', 'Gemeinden')} steht kein Wert da; die Tabelle nennt den Grund."


def _count(value: float) -> str:
    return german.number(value, 0 if float(value).is_integer() else 2)


def _sentence(text: str) -> str:
    return german.capitalised(text.rstrip(".")) + "."
