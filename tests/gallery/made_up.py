"""A made-up district of 24 Gemeinden in which every status, verdict and gap occurs.

What belongs here: rows as figures take them, and shapes that look like a district. What does not: real figures, the
released tables of tests (`tests/fixtures/release.py`).
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import polars as pl
import shapely

from pipelines import german
from pipelines.figures import maps
from pipelines.figures.rows import area_list
from pipelines.indicators.composite import CLASS_NAMES

KREIS = "06999"
LIMITS = (3.0, 3.5, 4.0, 4.5)
KREIS_VALUE, RELEVANCE = 3.8, 0.38
ATTRIBUTION = "Testgeometrie, erfunden"
NAMES = (
    "Ahornau", "Birkenfelde an der Musterbach", "Buchrode", "Dornheim", "Eichenstadt", "Erlenbruch", "Eschental",
    "Fichtenhain", "Ginsterheide", "Groß-Hinterwaldenheim", "Haselgrund", "Heidekraut", "Holundersberg", "Ilexbach",
    "Jasminthal", "Kastanienhöhe", "Klein-Hinterwaldenheim", "Lindenfurt", "Mistelau", "Obstgarten (Testkreis)",
    "Pappelried", "Quittenweiler", "Ulmenstein", "Weidengrund-Zypressenfeld",
)  # fmt: skip
IDS = tuple(f"{KREIS}{number:03d}" for number in range(1, len(NAMES) + 1))
ROOMS = tuple(f"{KREIS}-S{number:02d}" for number in (1, 2, 3))
STATUSES = tuple(german.STATUS_WORDS)
VERDICTS = ("höher", "niedriger", "ähnlich", "nicht unterscheidbar", "ohne Prüfung")
YEARS = tuple(range(2006, 2024))
BREAK = "2014/2015: Bevölkerung ab 2015 auf Basis Zensus 2022"
CITY = {"name": "Stadt Muster", "ost": 478_500, "nord": 5_521_500}
_COLUMNS, _STEP = 6, 6000.0


def geography(level: str = "gemeinde") -> maps.Geography:
    """The district as a geography of one level; a city that is not part of it fills a bay in the west."""
    return maps.geography(_boundaries(), areas(), level, json.dumps([CITY]))


def areas() -> pl.DataFrame:
    """Gemeinden, three Beispielräume, the Kreis."""
    gemeinden = [(key, "gemeinde", name, name, at, False) for at, (key, name) in enumerate(_named(), start=1)]
    rooms = [(key, "sozialraum", key, f"Beispielraum {at}", at, True) for at, key in enumerate(ROOMS, start=1)]
    kreis = [(KREIS, "kreis", "Testkreis", "Testkreis", None, False)]
    columns = ["area_id", "area_level", "name", "display_name", "number", "is_example"]
    return pl.DataFrame(gemeinden + rooms + kreis, schema=columns, orient="row", infer_schema_length=None)


def rows(statuses: Sequence[str] = STATUSES, level: str = "gemeinde", spans: bool = True) -> pl.DataFrame:
    """One row per area; statuses take turns, verdicts follow the values. Without `spans` no value has one."""
    table = []
    for at, (key, number, name) in enumerate(area_list(areas(), level).select("area_id", "number", "name").rows()):
        status = statuses[at % len(statuses)]
        value = _value(at, status)
        around = (0.15, 0.25, 0.7)[at % 3] if spans and value else None
        lower, upper = (None, None) if value is None or around is None else (value - around, value + around)
        verdict = None if value is None else _verdict(value, around) if spans else "kein Vergleich"
        table.append((key, number, name, value, lower, upper, status, "final", verdict))
    columns = ["area_id", "number", "name", "value", "lower", "upper", "status", "quality", "verdict"]
    kinds: dict[str, Any] = {"value": pl.Float64, "lower": pl.Float64, "upper": pl.Float64, "verdict": pl.String}
    return pl.DataFrame(table, schema=columns, orient="row", infer_schema_length=None).cast(kinds)


def series(gaps: bool = True) -> pl.DataFrame:
    """Values of all years; with `gaps` each Gemeinde lacks three years with a status of its own."""
    absent = german.NO_VALUE_STATUSES
    table = []
    for at, key in enumerate([*IDS, KREIS]):
        for year in YEARS:
            is_gap = gaps and key != KREIS and at % 3 == 0 and 2009 <= year <= 2011
            status = absent[at // 3 % len(absent)] if is_gap else "reported"
            level = 3.4 + 0.9 * math.sin(at * 1.7) + 0.5 * math.sin(year / 2.3 + at) - (0.6 if year >= 2015 else 0)
            table.append((key, str(year), None if is_gap else max(level, 0.4), status))
    columns = ["area_id", "period", "value", "status"]
    return pl.DataFrame(table, schema=columns, orient="row", infer_schema_length=None).cast({"value": pl.Float64})


def flat_series() -> pl.DataFrame:
    """The same around fifty: on a scale from zero all lines would be one."""
    return series(False).with_columns(value=48 + pl.col("value") / 2)


def index() -> pl.DataFrame:
    """Classes of the index, every third not stable, and one Gemeinde for every status without a value."""
    table = []
    for at, key in enumerate(IDS):
        status = german.NO_VALUE_STATUSES[at] if at < len(german.NO_VALUE_STATUSES) else "reported"
        number = at * 7 % 4 + 1
        if status != "reported":
            table.append((key, status, None, None, None, None, german.status_words(status)))
            continue
        stable = at % 3 != 0
        neighbour = CLASS_NAMES[number % 4 + 1]
        words = CLASS_NAMES[number] if stable else f"zwischen {CLASS_NAMES[number]} und {neighbour}"
        value = (number - 2.5) * 0.9 + 0.2 * math.sin(at)
        table.append((key, status, value, number, CLASS_NAMES[number], 0.93 if stable else 0.55, words))
    columns = ["area_id", "status", "value", "class", "class_name", "stability", "class_text"]
    return pl.DataFrame(table, schema=columns, orient="row", infer_schema_length=None)


def age_shares() -> pl.DataFrame:
    """Age groups of a Gemeinde, of the Kreis, and bars for every status without a value."""
    groups = ("0 bis 5", "6 bis 17", "18 bis 64", "65 und älter")
    bars: list[tuple[str, Sequence[float | None], str]] = [
        (NAMES[1], (2.1, 13.5, 60.2, 24.2), "reported"),
        ("Landkreis", (5.9, 11.8, 61.0, 21.3), "reported"),
        *((german.status_words(status), (None,) * 4, status) for status in german.NO_VALUE_STATUSES),
    ]
    table = [
        (name, group, value, status)
        for name, values, status in bars
        for group, value in zip(groups, values, strict=True)
    ]
    return pl.DataFrame(table, schema=["name", "group", "value", "status"], orient="row", infer_schema_length=None)


def ages(scale: float = 1.0, absent: str | None = None) -> pl.DataFrame:
    """Ages by sex in steps of five years, percent of all; with `absent` the youngest have that status."""
    starts = [*range(0, 90, 5)]
    weights = [3 + 1.6 * math.sin(start / 14 + scale) + (0 if start < 60 else -(start - 60) / 14) for start in starts]
    total = 2 * sum(weights)
    table = []
    for sex, factor in (("weiblich", 1.03), ("maennlich", 0.97)):
        for start, weight in zip(starts, weights, strict=True):
            share = 100 * weight * factor / total
            status = absent if absent and start < 10 else "reported"
            gone = status != "reported"
            table.append(
                (sex, start, None if start == 85 else start + 4, None if gone else share,
                 None if gone else round(share * 210), status)
            )  # fmt: skip
    columns = ["sex", "age_from", "age_to", "value", "people", "status"]
    return pl.DataFrame(table, schema=columns, orient="row", infer_schema_length=None)


def _named() -> list[tuple[str, str]]:
    return list(zip(IDS, NAMES, strict=True))


def _value(at: int, status: str) -> float | None:
    if not german.has_value(status):
        return None
    return 0.0 if status == "zero" else 2.7 + 0.17 * (at * 5 % 14)


def _verdict(value: float, around: float | None) -> str:
    distance = value - KREIS_VALUE
    if around is None:
        return "ohne Prüfung"
    if abs(distance) <= around:
        return "nicht unterscheidbar"
    if abs(distance) <= RELEVANCE:
        return "ähnlich"
    return "höher" if distance > 0 else "niedriger"


def _boundaries() -> pl.DataFrame:
    """Cells around points that lie in rows but not quite, inside a round outline without the city."""
    points = [
        (470_000 + _STEP * (at % _COLUMNS + 0.5 + 0.33 * math.sin(at * 2.4)),
         5_510_000 + _STEP * (at // _COLUMNS + 0.5 + 0.33 * math.cos(at * 3.7)))
        for at in range(len(IDS))
    ]  # fmt: skip
    field = shapely.box(470_000, 5_510_000, 470_000 + _COLUMNS * _STEP, 5_510_000 + len(IDS) / _COLUMNS * _STEP)
    city = shapely.Point(CITY["ost"], CITY["nord"]).buffer(3600, 5)
    inside = field.buffer(-3000).buffer(2600, 4).difference(city)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(points), extend_to=field))
    shapes = {}
    for key, point in zip(IDS, points, strict=True):
        cell = next(cell for cell in cells if cell.contains(shapely.Point(point)))
        shapes[key] = shapely.set_precision(cell.intersection(inside), 1)
    whole = list(shapes.values())
    shapes |= {room: shapely.union_all(whole[8 * at : 8 * at + 8]) for at, room in enumerate(ROOMS)}
    shapes[KREIS] = shapely.union_all(whole)
    levels = {5: "kreis", 8: "gemeinde", 9: "sozialraum"}
    table = [(key, levels[len(key)], *_label_point(shape), shape.wkb) for key, shape in shapes.items()]
    return pl.DataFrame(table, schema=["area_id", "area_level", "label_x", "label_y", "geometry"], orient="row")


def _label_point(shape: Any) -> tuple[float, float]:
    radius = shapely.maximum_inscribed_circle(shape, 50)
    return radius.coords[0]
