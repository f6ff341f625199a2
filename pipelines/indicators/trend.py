"""Development over time within the latest segment without a break: trend, slope, and change since a reference.

What belongs here: cutting series at breaks, the tests, the words. What does not: values, and the breaks themselves,
which the catalogue declares. A series is also cut where the census base of its population changes.

From five points on: Cochran-Armitage for shares with counts, else Mann-Kendall (exact up to ten points). With two to
four points only the difference is given. Nothing is computed across a break.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

import polars as pl

from pipelines.contracts import conform, contract
from pipelines.indicators.compare import relevance
from pipelines.indicators.intervals import newcombe_difference, two_sided_p

ALPHA = 0.05
MINIMUM_POINTS = 5
EXACT_POINTS = 10

RISING, FALLING, NO_TREND, UNTESTABLE = "steigend", "fallend", "kein belegbarer Trend", "nicht prüfbar"
INCREASE, DECREASE, NO_CHANGE = "Zunahme", "Abnahme", "keine erkennbare Veränderung"
TOO_SMALL = "Änderung kleiner als die Schwelle des Indikators"
TOO_SHORT = "zu wenige Jahre"
LEVELS = ("gemeinde", "sozialraum", "kreis")

Row = dict[str, Any]

_BREAK = re.compile(r"(\d{4})/(\d{4})\s*:\s*(.+)")


@dataclass(frozen=True)
class Break:
    """A break between two years: values up to `before` and from `after` on are not comparable."""

    before: int
    after: int
    reason: str

    @property
    def label(self) -> str:
        """„2010/2011“."""
        return f"{self.before}/{self.after}"


@dataclass(frozen=True)
class TrendTest:
    """Statistic of a trend test: sign gives the direction."""

    statistic: float
    p_value: float


def build_trend(values: pl.DataFrame, catalogue: pl.DataFrame) -> pl.DataFrame:
    """Table indicators.trend: one row for each indicator and area (Gemeinde, Sozialraum, Kreis) that has a value.

    `values` and `catalogue` follow indicators.values and indicators.catalogue. Periods after the indicator's
    latest_period, that is after the report year, are left out.
    """
    present = values.filter(pl.col("value").is_not_null(), pl.col("area_level").is_in(LEVELS))
    groups = present.sort("indicator_id", "area_id", "period").partition_by(
        "indicator_id", "area_id", as_dict=True, maintain_order=True
    )
    indicators = {row["indicator_id"]: row for row in catalogue.iter_rows(named=True)}
    rows = []
    for (indicator_id, _), group in groups.items():
        indicator = indicators[indicator_id]
        series = _up_to(group.to_dicts(), indicator["latest_period"])
        if series:
            rows.append(_trend(series, indicator))
    return conform(pl.DataFrame(rows, schema=contract("indicators.trend").schema()), "indicators.trend")


def parse_breaks(text: str | None) -> list[Break]:
    """Breaks of a catalogue entry, e.g. "2010/2011: Zensus 2011; 2022/2023: Bürgergeld".

    Raises ValueError for an entry of another form.
    """
    breaks = []
    for entry in filter(None, (part.strip() for part in (text or "").split(";"))):
        match = _BREAK.fullmatch(entry)
        if match is None:
            raise ValueError(f"Der Bruch „{entry}“ hat nicht die Form „Jahr/Jahr: Grund“.")
        breaks.append(Break(int(match[1]), int(match[2]), match[3].strip()))
    return breaks


def period_time(period: str) -> float:
    """A period on a scale of years: a date with its part of the year, a year as it is, a span by its last year."""
    last = period.split("/")[-1]
    if "-" not in last:
        return float(last)
    year, month, day = (int(part) for part in last.split("-"))
    # Twelve months of 31 days: the same date in two years is then a whole number of years apart, leap year or not.
    return year + (month - 1) / 12 + (day - 1) / 372


def cochran_armitage(x: Sequence[float], n: Sequence[float], times: Sequence[float]) -> TrendTest:
    """Cochran-Armitage test for a linear trend of shares x/n over times (Armitage 1955); p two-sided, normal.

    A series of nothing but 0 % or 100 % has statistic 0 and p 1.
    """
    total = sum(n)
    share = sum(x) / total
    moved = [t - times[0] for t in times]
    statistic = sum(t * (a - b * share) for t, a, b in zip(moved, x, n, strict=True))
    first = sum(b * t for t, b in zip(moved, n, strict=True))
    second = sum(b * t * t for t, b in zip(moved, n, strict=True))
    variance = share * (1 - share) * (second - first**2 / total)
    if variance <= 0:
        return TrendTest(0.0, 1.0)
    z = statistic / math.sqrt(variance)
    return TrendTest(z, two_sided_p(z))


def mann_kendall(y: Sequence[float]) -> TrendTest:
    """Mann-Kendall test of a series in order of time (Mann 1945; Kendall 1975); p two-sided.

    Up to ten points p is exact, with ties as well (number of inversions of a multiset); from eleven on normal, with the
    variance for ties and continuity correction.
    """
    count = len(y)
    statistic = sum((b > a) - (b < a) for i, a in enumerate(y) for b in y[i + 1 :])
    ties = [list(y).count(value) for value in dict.fromkeys(y)]
    if count <= EXACT_POINTS:
        return TrendTest(statistic, _exact_kendall_p(statistic, ties))
    variance = (_kendall_term(count) - sum(_kendall_term(tie) for tie in ties)) / 18
    if variance <= 0:
        return TrendTest(statistic, 1.0)
    corrected = max(0, abs(statistic) - 1)
    return TrendTest(statistic, two_sided_p(corrected / math.sqrt(variance)))


def theil_sen(y: Sequence[float], times: Sequence[float]) -> float:
    """Median of the slopes between all pairs of points (Theil 1950; Sen 1968), per year, with real distances."""
    points = list(zip(times, y, strict=True))
    return median((b - a) / (u - t) for i, (t, a) in enumerate(points) for u, b in points[i + 1 :])


def latest_segment(series: Sequence[Row], breaks: Sequence[Break]) -> tuple[list[Row], str | None]:
    """The part of a series after its last break, and that break in words (None if the series is whole).

    `series` holds rows of indicators.values in order of time; breaks are those declared and changes of `basis`.
    """
    for place in range(len(series) - 1, 0, -1):
        cut = _cut_between(series[place - 1], series[place], breaks)
        if cut:
            return list(series[place:]), cut
    return list(series), None


def _trend(series: list[Row], indicator: Row) -> Row:
    segment, cut = latest_segment(series, parse_breaks(indicator["breaks"]))
    result: Row = dict.fromkeys(contract("indicators.trend").schema())
    result |= {
        "indicator_id": series[0]["indicator_id"],
        "area_id": series[0]["area_id"],
        "segment_from": segment[0]["period"],
        "segment_to": segment[-1]["period"],
        "points": len(segment),
    }
    tested = _test(segment, indicator, cut)
    changed = _change(segment, indicator)
    for column, nothing in (("method", "keine Prüfung"), ("reason", None)):
        result[column] = "; ".join(part.pop(column) for part in (tested, changed) if column in part) or nothing
    return result | tested | changed


def _test(segment: list[Row], indicator: Row, cut: str | None) -> Row:
    if len(segment) < MINIMUM_POINTS:
        return {"trend": UNTESTABLE, "reason": f"Bruch {cut}, seither {TOO_SHORT}" if cut else TOO_SHORT}
    if _overlapping(segment):
        return {"trend": UNTESTABLE, "reason": "überlappende Zeiträume"}
    y = [row["value"] for row in segment]
    times = [period_time(row["period"]) for row in segment]
    if all(_has_share(row, indicator) for row in segment):
        test = cochran_armitage([row["numerator"] for row in segment], [row["denominator"] for row in segment], times)
        method = "Cochran-Armitage, Steigung nach Theil-Sen"
    else:
        test = mann_kendall(y)
        method = f"Mann-Kendall{' exakt' if len(y) <= EXACT_POINTS else ''}, Steigung nach Theil-Sen"
    slope = theil_sen(y, times)
    result: Row = {"trend": NO_TREND, "p_value": test.p_value, "slope": slope, "method": method}
    if test.p_value >= ALPHA or test.statistic == 0:
        return result
    # With large denominators almost any change is significant: a word needs relevance too, as in the comparison.
    if abs(slope) * (times[-1] - times[0]) < relevance(indicator) * abs(y[0]) or slope * test.statistic < 0:
        return result | {"reason": TOO_SMALL}
    return result | {"trend": RISING if test.statistic > 0 else FALLING}


def _change(segment: list[Row], indicator: Row) -> Row:
    """Difference of the last value to the reference period, or to the first point where the catalogue names none."""
    if len(segment) < 2:
        return {}
    last = segment[-1]
    wanted = indicator["reference_period"] or segment[0]["period"]
    first = next((row for row in segment[:-1] if row["period"] == wanted), None)
    if first is None:
        return {"reason": f"Vergleichszeitpunkt {wanted} ohne vergleichbaren Wert"}
    result = {"reference_period": wanted, "difference": last["value"] - first["value"]}
    if not (_has_share(last, indicator) and _has_share(first, indicator)):
        return result | {"reason": _no_limits(indicator)}
    factor = indicator["factor"]
    low, high = newcombe_difference(last["numerator"], last["denominator"], first["numerator"], first["denominator"])
    word = INCREASE if low > 0 else DECREASE if high < 0 else NO_CHANGE
    return result | {
        "lower": low * factor,
        "upper": high * factor,
        "change": word,
        "method": "Differenz nach Newcombe 95 %",
    }


def _no_limits(indicator: Row) -> str:
    if indicator["interval"] == "events":
        return "Differenz zweier Raten von Ereignissen ohne Spanne"
    return "Differenz ohne Spanne: keine Anteile mit Anzahlen"


def _has_share(row: Row, indicator: Row) -> bool:
    """Whether a value is a share with counts and has an interval, so that tests for shares apply."""
    return (
        indicator["interval"] == "wilson"
        and row["lower"] is not None
        and row["numerator"] is not None
        and row["denominator"] is not None
    )


def _up_to(series: list[Row], latest: str | None) -> list[Row]:
    ordered = sorted(series, key=lambda row: period_time(row["period"]))
    return [row for row in ordered if latest is None or period_time(row["period"]) <= period_time(latest)]


def _cut_between(earlier: Row, later: Row, breaks: Sequence[Break]) -> str | None:
    start, end = int(period_time(earlier["period"])), int(period_time(later["period"]))
    for one in breaks:
        if start <= one.before and end >= one.after:
            return f"{one.label} ({one.reason})"
    if earlier["basis"] != later["basis"]:
        return f"{start}/{end} (andere Bevölkerungsgrundlage)"
    return None


def _overlapping(segment: list[Row]) -> bool:
    spans = [row["period"].split("/") for row in segment]
    return any(len(b) == 2 and int(b[0][:4]) < int(a[-1][:4]) for a, b in pairwise(spans))


def _kendall_term(count: int) -> int:
    return count * (count - 1) * (2 * count + 5)


def _exact_kendall_p(statistic: int, ties: Sequence[int]) -> float:
    """Share of all orders of the values with |S| at least as large; S = pairs not tied - 2 * inversions."""
    import numpy as np

    # Inversions of a multiset are counted by the q-multinomial [n]! / ([m1]! [m2]! ...), a polynomial.
    orders = _inversions(sum(ties))
    for tie in ties:
        orders = np.polydiv(orders, _inversions(tie))[0]
    counts = np.rint(orders)
    pairs = len(counts) - 1
    extreme = np.abs(pairs - 2 * np.arange(len(counts))) >= abs(statistic)
    return float(counts[extreme].sum() / counts.sum())


def _inversions(count: int) -> Any:
    import numpy as np

    polynomial = np.ones(1)
    for size in range(2, count + 1):
        polynomial = np.convolve(polynomial, np.ones(size))
    return polynomial
