"""The catalogue of indicators: load `catalogue.yml`, check it, and give it as typed entries and as a table.

What belongs here: the form of an entry and everything an entry must satisfy. What does not: computing values
(`rates`), which figures were delivered (`pipelines.sources`), and wording of documents.

Every fault in the file raises AtlasError naming the file, the id of the entry and the field.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from pipelines.contracts import conform, contract
from pipelines.errors import AtlasError
from pipelines.offices import general_names, named
from pipelines.yaml_file import read_yaml

CATALOGUE = Path(__file__).with_name("catalogue.yml")
TIMINGS = ("same", "year_end", "previous_year")
# Field of an entry without figures: what it becomes once its items are delivered, and what that may say besides
AWAITED = "once_delivered"
COMPUTED = (
    "numerator",
    "denominator",
    "timing",
    "approximate",
    "class_limits",
    "limit_sentence",
    "stand_text",
    "interval_note",
    "breaks",
    "note",
    "method",
    "reference_period",
    "may_exceed",
    "denominator_text",
)
# Fields that may call an office by its task, `{jobcenter}`, because it has another name in every Land
NAMING = ("deliverer", "citation", "denominator_text")
KREIS_STATUSES = ("missing", "not_applicable")
TABLE = "indicators.catalogue"

_TERM = re.compile(r"(?:(-?[0-9]+(?:\.[0-9]+)?) )?([a-z0-9_]+)/(\S+)")
_BREAK = re.compile(r"\d{4}/\d{4}: [^;]+")
_PLACEHOLDER = re.compile(r"\{([^}]*)\}")
_METHODS = {
    "counts": "Zähler geteilt durch Nenner{times}; für Zusammenschlüsse werden beide vorher zusammengezählt.",
    "not_additive": "Zähler geteilt durch Nenner{times}; nicht über Gebiete zusammenrechenbar.",
    "finished": "Wert wie veröffentlicht{times}; nicht über Gebiete zusammenrechenbar.",
}


@dataclass(frozen=True)
class Term:
    """One part of a numerator or denominator: an item of `curated.merkmale` times a coefficient."""

    coefficient: float
    merkmal: str
    auspraegung: str

    def __str__(self) -> str:
        size = abs(self.coefficient)
        return f"{'' if size == 1 else f'{size:g} '}{self.merkmal}/{self.auspraegung}"


@dataclass(frozen=True)
class Theme:
    """A group of indicators in the atlas; with open_question and deliverer where Gemeinden have no figures."""

    theme_id: str
    name: str
    chapter: str
    position: int
    open_question: str | None
    deliverer: str | None


@dataclass(frozen=True)
class Indicator:
    """One entry. Texts are German; fields up to `deliverer` are those of contract indicators.catalogue."""

    indicator_id: str
    name: str
    short_name: str
    question: str
    theme: Theme
    position: int
    dimension: str
    planning_fields: tuple[str, ...]
    numerator_text: str
    denominator_text: str | None
    numerator: tuple[Term, ...]
    denominator: tuple[Term, ...]
    factor: float
    unit: str
    decimals: int
    polarity: int
    relevance_threshold: float
    aggregation: str
    kreis_value: str
    interval: str
    interval_note: str | None
    context: bool
    method: str
    breaks: tuple[str, ...]
    limits: str
    limit_sentence: str
    class_limits: tuple[float, ...]
    reference_period: str | None
    stand_text: str | None
    citation: str
    substitutes: str | None
    data: str
    missing_reason: str | None
    deliverer: str | None
    # How it is computed, beyond the table:
    timing: str = "same"
    change_years: int | None = None
    count_from_share: bool = False
    approximate: bool = False
    may_exceed: bool = False
    note: str | None = None
    kreis_status: str = "missing"
    kreis_reason: str | None = None
    sozialraum_reason: str | None = None
    # What it becomes once all of its items were delivered for Gemeinden; only where figures are missing
    awaited: Indicator | None = None
    # What it was for the Kreis alone before Gemeinden delivered: its published figures stay beside the new sums
    of_kreis: Indicator | None = None

    @property
    def finished(self) -> bool:
        """Whether the publisher gives the value itself, without counts."""
        return self.aggregation == "finished"


@cache
def load_catalogue(path: Path = CATALOGUE) -> tuple[Indicator, ...]:
    """All indicators in the order of the atlas. Raises AtlasError for anything unknown, missing, doubled or wrong."""
    content = _content(path)
    themes = {theme.theme_id: theme for theme in load_themes(path)}
    made = ("awaited", "of_kreis")
    known = [item.name for item in fields(Indicator) if item.name not in made] + ["theme_id", AWAITED]
    entries = _in_order(content["indicators"], themes, path)
    _no_duplicates((str(entry.get("indicator_id")) for entry in entries), "indicator_id", path)
    indicators = []
    for position, entry in enumerate(entries, start=1):
        _known_fields(entry, known, _required(entry, "indicator_id", f"Nummer {position}", path), path)
        indicators.append(_with_awaited(entry, position, themes, content.get("defaults") or {}, path))
    _check_references(indicators, path)
    return tuple(indicators)


def catalogue_of(merkmale: pl.DataFrame, path: Path = CATALOGUE) -> tuple[Indicator, ...]:
    """All indicators as they can be computed: one whose figures were missing is awake when all its items are there.

    merkmale: `curated.merkmale`; an item counts when it was delivered for Gemeinden, whatever the time.
    """
    there = set(merkmale.filter(area_level="gemeinde").select("merkmal", "auspraegung").unique().iter_rows())
    return tuple(_awake(indicator, there) for indicator in load_catalogue(path))


def _awake(indicator: Indicator, there: Container[tuple[str, str]]) -> Indicator:
    awaited = indicator.awaited
    terms = (*awaited.numerator, *awaited.denominator) if awaited else ()
    return awaited if awaited and all((one.merkmal, one.auspraegung) in there for one in terms) else indicator


@cache
def load_themes(path: Path = CATALOGUE) -> tuple[Theme, ...]:
    """All themes in the order of the atlas. Raises AtlasError for a missing, unknown or duplicated entry."""
    entries = _content(path)["themes"]
    _no_duplicates((str(entry.get("theme_id")) for entry in entries), "theme_id", path)
    return tuple(_theme(entry, position, path) for position, entry in enumerate(entries, start=1))


def catalogue_frame(
    indicators: Sequence[Indicator],
    values: pl.DataFrame | Mapping[str, str],
    offices: Mapping[str, str] | None = None,
) -> pl.DataFrame:
    """Table indicators.catalogue: one row per indicator.

    values: indicators.values, from which the newest period with a value is taken on the level an indicator has figures
    for, and the breaks where the census changes; or that period by indicator id. offices: names by placeholder
    (`Kreis.offices`), else general ones.
    """
    names = general_names() if offices is None else offices
    latest = latest_periods(indicators, values) if isinstance(values, pl.DataFrame) else values
    rows = [_row(indicator, latest.get(indicator.indicator_id)) for indicator in indicators]
    for row in rows:
        row.update({name: named(row[name], names) for name in NAMING if row[name]})
    if isinstance(values, pl.DataFrame):
        _add_census_breaks(rows, values)
    return conform(pl.DataFrame(rows, schema=contract(TABLE).schema()), TABLE)


def as_delivered(catalogue: pl.DataFrame, values: pl.DataFrame) -> pl.DataFrame:
    """Table indicators.catalogue with `data` as the figures are, which another district has fewer of than declared.

    catalogue: of `catalogue_frame`; values: indicators.values. Without any value for a Gemeinde an indicator is one of
    the Kreis if that has one, else one without figures; its reason is that of its empty values. Who can deliver is
    said only of what is absent.
    """
    present = values.filter(pl.col("value").is_not_null())
    of_kreis: dict[str, str] = {}
    for indicator_id, period in present.filter(area_level="kreis").select("indicator_id", "period").iter_rows():
        of_kreis[indicator_id] = max(of_kreis.get(indicator_id, period), period, key=period_end)
    empty = values.filter(pl.col("area_level") == "gemeinde", pl.col("value").is_null()).sort("indicator_id", "period")
    reasons = dict(empty.select("indicator_id", "reason").iter_rows())
    rows = catalogue.rows(named=True)
    for row in rows:
        name = row["indicator_id"]
        if row["data"] == "gemeinde" and row["latest_period"]:
            row["deliverer"] = None
        elif row["data"] != "none" and not row["latest_period"]:
            row["data"] = "kreis" if name in of_kreis else "none"
            row["latest_period"] = of_kreis.get(name)
            row["missing_reason"] = row["missing_reason"] or reasons.get(name)
    return conform(pl.DataFrame(rows, schema=catalogue.schema), TABLE)


def _add_census_breaks(rows: Sequence[dict[str, Any]], values: pl.DataFrame) -> None:
    from pipelines.indicators.breaks import with_census_breaks  # numerics that reading the catalogue does not need

    own = values.partition_by("indicator_id", as_dict=True)
    for row in rows:
        found = own.get((row["indicator_id"],))
        if found is not None:
            declared = row["breaks"].split("; ") if row["breaks"] else []
            row["breaks"] = "; ".join(with_census_breaks(found, declared)) or None


def latest_periods(indicators: Iterable[Indicator], values: pl.DataFrame) -> dict[str, str]:
    """Newest period with a value per indicator, on the level it has figures for (`data`)."""
    level = {indicator.indicator_id: indicator.data for indicator in indicators}
    latest: dict[str, str] = {}
    present = values.filter(pl.col("value").is_not_null()).select("indicator_id", "area_level", "period").unique()
    for indicator_id, area_level, period in present.iter_rows():
        if level.get(indicator_id) == area_level:
            latest[indicator_id] = max(latest.get(indicator_id, period), period, key=period_end)
    return latest


def period_end(period: str) -> str:
    """Last day a period covers, YYYY-MM-DD, to order dates, years and spans of years."""
    last = period.rsplit("/", 1)[-1]
    return f"{last}-12-31" if len(last) == 4 else last


@cache
def _content(path: Path) -> dict[str, Any]:
    # The loader in C reads this long file ten times as fast; it is absent where PyYAML was built without libyaml.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    content = read_yaml(path, "Der Katalog der Indikatoren ist nicht lesbar.", loader)
    if not isinstance(content, dict) or not all(isinstance(content.get(key), list) for key in ("themes", "indicators")):
        raise AtlasError(
            "Der Katalog der Indikatoren hat nicht die vereinbarte Form.",
            file=path,
            expected="Listen themes und indicators",
            found="etwas anderes",
            remedy="Den Aufbau nach dem Kopf der Datei berichtigen.",
        )
    return content


def _theme(entry: dict[str, Any], position: int, path: Path) -> Theme:
    name = str(entry.get("theme_id"))
    _known_fields(entry, [item.name for item in fields(Theme) if item.name != "position"], name, path)
    return Theme(
        theme_id=_required(entry, "theme_id", name, path),
        name=_required(entry, "name", name, path),
        chapter=_required(entry, "chapter", name, path),
        position=position,
        open_question=entry.get("open_question"),
        deliverer=entry.get("deliverer"),
    )


def _in_order(entries: list[dict[str, Any]], themes: dict[str, Theme], path: Path) -> list[dict[str, Any]]:
    """Entries by theme, within a theme as they stand in the file."""
    for entry in entries:
        if entry.get("theme_id") not in themes:
            raise _fault(entry, "theme_id", ", ".join(themes), entry.get("theme_id"), path)
    return sorted(entries, key=lambda entry: themes[entry["theme_id"]].position)


def _with_awaited(
    entry: dict[str, Any], position: int, themes: dict[str, Theme], defaults: dict[str, Any], path: Path
) -> Indicator:
    """An entry, and beside it what `once_delivered` makes of it: the same indicator with figures for Gemeinden."""
    later = entry.get(AWAITED)
    now = {name: value for name, value in entry.items() if name != AWAITED}
    indicator = _indicator(now, position, themes, defaults, path)
    if later is None:
        return indicator
    if entry.get("data") == "gemeinde" or not isinstance(later, dict):
        raise _fault(entry, AWAITED, "eine Gruppe von Feldern, nur ohne Zahlen für Gemeinden", later, path)
    _known_fields(later, [*now, *COMPUTED], indicator.indicator_id, path)
    without = {name: value for name, value in now.items() if name not in ("missing_reason", "deliverer")}
    of_kreis = indicator if indicator.data == "kreis" else None
    merged = {**without, "data": "gemeinde", "kreis_value": "sum", **later}
    awaited = replace(_indicator(merged, position, themes, defaults, path), of_kreis=of_kreis)
    return replace(indicator, awaited=awaited)


def _indicator(
    entry: dict[str, Any], position: int, themes: dict[str, Theme], defaults: dict[str, Any], path: Path
) -> Indicator:
    filled = {**_defaults(entry, defaults), **entry}
    _check_entry(filled, path)
    name = filled["indicator_id"]
    keep = {item.name for item in fields(Indicator)}
    shaped = {
        **{key: value for key, value in filled.items() if key in keep},
        "theme": themes[filled["theme_id"]],
        "position": position,
        "planning_fields": tuple(filled["planning_fields"]),
        "numerator": _terms(filled, "numerator", path),
        "denominator": _terms(filled, "denominator", path),
        "factor": float(filled["factor"]),
        "relevance_threshold": float(filled["relevance_threshold"]),
        "breaks": tuple(filled["breaks"]),
        "class_limits": tuple(float(limit) for limit in filled["class_limits"]),
    }
    shaped.setdefault("method", _method(filled))
    for key in ("denominator_text", "interval_note", "reference_period", "stand_text", "substitutes"):
        shaped.setdefault(key, None)
    for key in ("missing_reason", "deliverer"):
        shaped.setdefault(key, None)
    indicator = Indicator(**shaped)
    _check_formula(indicator, name, path)
    return indicator


def _defaults(entry: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """What an entry need not say; the sentence on limits is given only to indicators without figures."""
    common: dict[str, Any] = {"context": False, "numerator": [], "denominator": [], "breaks": [], "class_limits": []}
    common["relevance_threshold"] = defaults.get("relevance_threshold")
    if entry.get("data") == "none":
        common["limit_sentence"] = defaults.get("limit_sentence")
    return common


def _check_entry(entry: dict[str, Any], path: Path) -> None:
    """Every field that the contract requires is there, of the right type and among the allowed words."""
    derived = ("theme", "chapter", "position", "method", "planning_fields")
    for column in contract(TABLE).columns:
        value = entry.get(column.name)
        if column.required and column.name not in derived and (value is None or value == ""):
            raise _fault(entry, column.name, column.description, "kein Eintrag", path)
        if column.allowed and value is not None and value not in column.allowed:
            raise _fault(entry, column.name, ", ".join(map(str, column.allowed)), value, path)
        if column.pattern and value is not None and not re.fullmatch(column.pattern, str(value)):
            raise _fault(entry, column.name, f"Form {column.pattern}", value, path)
        if column.type == "text" and isinstance(value, int | float):
            raise _fault(entry, column.name, "Text in Anführungszeichen", repr(value), path)
        if column.type in ("integer", "number") and column.name != "position" and value is not None:
            _check_number(entry, column.name, column, path)
    if not isinstance(entry.get("planning_fields"), list) or not entry["planning_fields"]:
        raise _fault(entry, "planning_fields", "eine Liste mit mindestens einem Planungsfeld", "kein Eintrag", path)


def _check_number(entry: dict[str, Any], name: str, column: Any, path: Path) -> None:
    value = entry[name]
    kinds = int if column.type == "integer" else int | float
    low = -float("inf") if column.min is None else column.min
    high = float("inf") if column.max is None else column.max
    if isinstance(value, bool) or not isinstance(value, kinds) or not low <= value <= high:
        wanted = "ganze Zahl" if column.type == "integer" else "Zahl"
        raise _fault(entry, name, f"{wanted} von {low} bis {high}", repr(value), path)


def _check_formula(indicator: Indicator, name: str, path: Path) -> None:
    """What must fit together for an indicator to be computed, shown on a map and explained."""
    entry = {"indicator_id": name}
    limits = indicator.class_limits
    if any(after <= before for before, after in pairwise(limits)):
        raise _fault(entry, "class_limits", "aufsteigende Zahlen", limits, path)
    for text in indicator.breaks:
        if not _BREAK.fullmatch(text):
            raise _fault(entry, "breaks", "„Jahr davor/Jahr danach: Grund“ ohne Strichpunkt", text, path)
    for placeholder in _PLACEHOLDER.findall(indicator.stand_text or ""):
        if placeholder not in ("jahr", "datum", "von", "bis"):
            raise _fault(entry, "stand_text", "{jahr}, {datum}, {von} oder {bis}", placeholder, path)
    if indicator.timing not in TIMINGS:
        raise _fault(entry, "timing", ", ".join(TIMINGS), indicator.timing, path)
    if indicator.kreis_status not in KREIS_STATUSES:
        raise _fault(entry, "kreis_status", ", ".join(KREIS_STATUSES), indicator.kreis_status, path)
    if indicator.data == "none":
        _check_missing(indicator, entry, path)
    else:
        _check_computable(indicator, entry, path)


def _check_missing(indicator: Indicator, entry: dict[str, Any], path: Path) -> None:
    if indicator.numerator or indicator.denominator:
        raise _fault(entry, "numerator", "keine Rechnung bei data: none", "eine Rechnung", path)
    for field in ("missing_reason", "deliverer"):
        if not getattr(indicator, field):
            raise _fault(entry, field, "warum Zahlen fehlen und wer sie liefern kann", "kein Eintrag", path)


def _check_computable(indicator: Indicator, entry: dict[str, Any], path: Path) -> None:
    if not indicator.numerator:
        raise _fault(entry, "numerator", "mindestens ein Merkmal", "kein Eintrag", path)
    if indicator.finished == bool(indicator.denominator):
        wanted = "kein Nenner bei aggregation: finished" if indicator.finished else "mindestens ein Merkmal"
        raise _fault(entry, "denominator", wanted, len(indicator.denominator), path)
    if indicator.finished and indicator.interval != "none":
        raise _fault(entry, "interval", "none bei aggregation: finished", indicator.interval, path)
    if indicator.aggregation != "counts" and indicator.kreis_value == "sum":
        raise _fault(entry, "kreis_value", "own oder none, weil nicht zusammenrechenbar", "sum", path)
    if indicator.kreis_value == "none" and not indicator.kreis_reason:
        raise _fault(entry, "kreis_reason", "warum es keinen Kreiswert gibt", "kein Eintrag", path)
    if indicator.interval == "none" and not indicator.interval_note:
        raise _fault(entry, "interval_note", "warum es keine Spanne gibt", "kein Eintrag", path)
    if indicator.data == "kreis" and not indicator.missing_reason:
        raise _fault(entry, "missing_reason", "warum Gemeinden keine Zahlen haben", "kein Eintrag", path)
    if indicator.data == "kreis" and not (indicator.finished and indicator.kreis_value == "own"):
        raise _fault(entry, "data", "aggregation: finished und kreis_value: own", indicator.aggregation, path)
    if indicator.count_from_share and len(indicator.numerator) != 1:
        raise _fault(entry, "numerator", "genau ein Anteil bei count_from_share", len(indicator.numerator), path)


def _check_references(indicators: Sequence[Indicator], path: Path) -> None:
    """Two indicators never share a name, so that a substitute cannot be taken for what it stands for."""
    names: dict[str, str] = {}
    for indicator in indicators:
        first = names.setdefault(indicator.name, indicator.indicator_id)
        if first != indicator.indicator_id:
            entry = {"indicator_id": indicator.indicator_id}
            raise _fault(entry, "name", "ein eigener Name", f"„{indicator.name}“ wie {first}", path)


def _terms(entry: dict[str, Any], field: str, path: Path) -> tuple[Term, ...]:
    found = []
    for text in entry[field]:
        match = _TERM.fullmatch(str(text))
        if not match:
            raise _fault(entry, field, "„merkmal/auspraegung“, davor bei Bedarf ein Faktor", text, path)
        found.append(Term(float(match[1] or 1), match[2], match[3]))
    return tuple(found)


def _method(entry: dict[str, Any]) -> str:
    factor = entry["factor"]
    return _METHODS[entry["aggregation"]].format(times="" if factor == 1 else f", mal {factor:g}")


def _row(indicator: Indicator, latest: str | None) -> dict[str, Any]:
    own = {name: getattr(indicator, name) for name in contract(TABLE).schema() if hasattr(indicator, name)}
    return {
        **own,
        "theme_id": indicator.theme.theme_id,
        "theme": indicator.theme.name,
        "chapter": indicator.theme.chapter,
        "planning_fields": ";".join(indicator.planning_fields),
        "numerator_items": _items(indicator.numerator),
        "denominator_items": _items(indicator.denominator),
        "breaks": "; ".join(indicator.breaks) or None,
        "class_limits": ";".join(f"{limit:.10g}" for limit in indicator.class_limits) or None,
        "latest_period": latest,
    }


def _items(terms: Sequence[Term]) -> str | None:
    """Terms as a sum, e.g. „wohnungen/insgesamt − 2 wohngebaeude/wohnungen:2“."""
    text = ""
    for term in terms:
        sign = "−" if term.coefficient < 0 else "+"
        text += f" {sign} {term}" if text else f"{'−' if term.coefficient < 0 else ''}{term}"
    return text or None


def _required(entry: dict[str, Any], field: str, name: str, path: Path) -> str:
    value = entry.get(field)
    if not isinstance(value, str) or not value:
        raise _fault({"indicator_id": name}, field, "Text", "kein Eintrag" if value is None else repr(value), path)
    return value


def _known_fields(entry: dict[str, Any], known: Sequence[str], name: str, path: Path) -> None:
    for field in entry:
        if field not in known:
            raise _fault({"indicator_id": name}, field, "ein bekanntes Feld", f"unbekanntes Feld {field}", path)


def _no_duplicates(names: Iterable[str], field: str, path: Path) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise _fault({"indicator_id": name}, field, "jede Kennung einmal", f"{name} mehrfach", path)
        seen.add(name)


def _fault(entry: dict[str, Any], field: str, expected: object, found: object, path: Path) -> AtlasError:
    return AtlasError(
        f"Der Eintrag {entry.get('indicator_id', 'ohne Kennung')} im Katalog der Indikatoren ist nicht verwendbar.",
        file=path,
        row=str(entry.get("indicator_id", "ohne Kennung")),
        column=field,
        expected=expected,
        found=found,
        remedy="Den Eintrag im Katalog berichtigen; die Felder erklärt der Kopf der Datei.",
    )
