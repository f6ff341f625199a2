"""Published reference results for intervals and standardised rates (../shared/oracles)."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from pipelines.indicators import intervals
from pipelines.indicators.standardise import direct, indirect

ESP2013 = [5000, 5500, 5500, 5500, 6000, 6000, 6500, 7000, 7000, 7000, 7000, 6500, 6000, 5500, 5000, 4000, 2500, 1500]
ESP2013 += [1000]

pytestmark = pytest.mark.shared


def _limits(row: dict[str, str]) -> tuple[float, float]:
    x, confidence = float(row["events"]), float(row["confidence"].rstrip("%")) / 100
    if row["method"] == "byar":
        return intervals.byar(x, confidence)
    if row["method"] == "wilson":
        return intervals.wilson(x, float(row["denominator"]), confidence)
    limits, name = intervals.rate_interval("events", x, float(row["denominator"]), float(row["multiplier"]), confidence)
    assert name.startswith("Poisson exakt" if row["method"] == "rate_exact" else "Byar")
    assert limits is not None
    return limits


def test_intervals_match_the_published_tables(shared: Path) -> None:
    with (shared / "oracles" / "confidence_intervals.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 47
    for row in rows:
        lower, upper = _limits(row)
        assert lower == pytest.approx(float(row["lower"] or 0), rel=1e-12), row
        assert upper == pytest.approx(float(row["upper"]), rel=1e-12), row


@pytest.fixture
def rates(shared: Path) -> dict:
    return json.loads((shared / "oracles" / "standardised_rates.json").read_text(encoding="utf-8"))


def _bands(rates: dict, area: str) -> tuple[list[float], list[float]]:
    # The publisher took the one missing count as 0; the product refuses it (see test_standardise).
    bands = rates["areas"][area]
    return [x or 0 for _, x, _ in bands], [n for _, _, n in bands]


def test_direct_rates_match_the_published_ones(rates: dict) -> None:
    for area, total, _, value, low95, high95, low998, high998, *_ in rates["expected_dsr"]:
        events, population = _bands(rates, area)
        result, wide = direct(events, population, ESP2013), direct(events, population, ESP2013, 0.998)
        assert result.events == total
        if value is None:
            assert (result.value, result.lower, result.upper) == (None, None, None)
            continue
        found = (result.value, result.lower, result.upper, wide.lower, wide.upper)
        assert [number * 10_000 for number in found] == pytest.approx([value, low95, high95, low998, high998], rel=1e-6)


def test_indirect_ratios_match_the_published_ones(rates: dict) -> None:
    reference_rates = [x / n for _, x, n in rates["reference"]]
    crude = sum(x for _, x, _ in rates["reference"]) / sum(n for _, _, n in rates["reference"])
    for area, observed, expected, reference, value, low95, high95, low998, high998, *_ in rates["expected_isr"]:
        events, population = _bands(rates, area)
        result = indirect(sum(events), population, reference_rates)
        wide = indirect(sum(events), population, reference_rates, 0.998)
        assert (result.observed, crude * 100_000) == pytest.approx((observed, reference))
        assert result.expected == pytest.approx(expected, rel=1e-9)
        found = (result.ratio, result.lower, result.upper, wide.lower, wide.upper)
        published = [value, low95, high95, low998, high998]
        assert [number * crude * 100_000 for number in found] == pytest.approx(published, rel=1e-6)
