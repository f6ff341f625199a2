"""Intervals against published tables, and the bounds they must keep for any count."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.indicators.intervals import (
    add_intervals,
    byar,
    exact_poisson,
    newcombe_difference,
    poisson,
    rate_interval,
    wilson,
)


@pytest.mark.parametrize(
    ("x", "n", "limits"),
    [
        (65, 100, (0.552544433, 0.736357518)),
        (0, 25, (0, 0.133192251)),
        (25, 25, (0.866807749, 1)),
        (7718, 189422, (0.03986397551, 0.04164465784)),
        (15, 1240, (0.00734437, 0.01986285)),
    ],
)
def test_wilson(x: float, n: float, limits: tuple[float, float]) -> None:
    assert wilson(x, n) == pytest.approx(limits, abs=1e-8)


@given(st.integers(1, 10**6), st.floats(0, 1), st.sampled_from([0.9, 0.95, 0.998]))
def test_wilson_holds_the_share_and_stays_in_its_bounds(n: int, part: float, confidence: float) -> None:
    x = min(n, n * part)
    lower, upper = wilson(x, n, confidence)
    assert 0 <= lower <= x / n <= upper <= 1
    assert lower < upper


@pytest.mark.parametrize(
    ("x", "limits"), [(0, (0, 3.688879454)), (5, (1.623486390, 11.668332079)), (9, (4.115373097, 17.084803451))]
)
def test_exact_poisson(x: float, limits: tuple[float, float]) -> None:
    assert exact_poisson(x) == pytest.approx(limits, abs=1e-8)


@pytest.mark.parametrize(("x", "limits"), [(10, (4.787449914, 18.391458606)), (20, (12.211428835, 30.889880369))])
def test_byar(x: float, limits: tuple[float, float]) -> None:
    assert byar(x) == pytest.approx(limits, abs=1e-8)


def test_byar_returns_0_where_the_bare_formula_turns_negative() -> None:
    assert byar(1, 0.998)[0] == 0


def test_poisson_switches_to_byar_at_ten_events() -> None:
    assert poisson(9) == exact_poisson(9)
    assert poisson(9.5) == exact_poisson(9.5)
    assert poisson(10) == byar(10)


@given(st.just(0.0) | st.floats(1e-3, 1e6))
def test_poisson_limits_hold_the_count(x: float) -> None:
    lower, upper = poisson(x)
    assert 0 <= lower <= x * (1 + 1e-12)
    assert x < upper


def test_newcombe_difference() -> None:
    assert newcombe_difference(56, 70, 48, 80) == pytest.approx((0.052431472, 0.333872654), abs=1e-8)


@given(st.integers(1, 500), st.integers(1, 500), st.floats(0, 1), st.floats(0, 1))
def test_newcombe_turns_around_with_its_shares(n1: int, n2: int, part1: float, part2: float) -> None:
    x1, x2 = round(n1 * part1), round(n2 * part2)
    lower, upper = newcombe_difference(x1, n1, x2, n2)
    assert lower <= x1 / n1 - x2 / n2 <= upper
    assert newcombe_difference(x2, n2, x1, n1) == pytest.approx((-upper, -lower))


@pytest.mark.parametrize(("x", "n"), [(1, 0), (-1, 10), (11, 10), (None, 10), (1, None), (float("nan"), 10)])
def test_wilson_refuses(x: float, n: float) -> None:
    with pytest.raises(ValueError, match=r"Nenner|Anzahl"):
        wilson(x, n)


@pytest.mark.parametrize("limits", [exact_poisson, byar, poisson])
def test_events_refuse_negative_and_missing_counts(limits) -> None:
    for x in (-1, None, float("nan")):
        with pytest.raises(ValueError, match="Anzahl"):
            limits(x)


def test_rate_with_multiplier() -> None:
    limits, name = rate_interval("events", 222, 3215, 100)
    assert limits == pytest.approx((6.026574878, 7.875729371), abs=1e-8)
    assert name == "Byar 95 %"


def test_level_in_the_name_follows_the_confidence() -> None:
    assert rate_interval("wilson", 1, 100, 100, 0.998)[1] == "Wilson 99,8 %"


def test_table_gets_limits_in_the_unit_and_the_name_of_the_method() -> None:
    frame = pl.DataFrame(
        {
            "numerator": [7718.0, 120.0, 4.0, 40.0, 5.0, None],
            "denominator": [189422.0, 100.0, 1000.0, 1000.0, 10.0, None],
            "factor": [100.0, 100.0, 1000.0, 1000.0, 1.0, 100.0],
            "interval": ["wilson", "wilson", "events", "events", "none", "wilson"],
        }
    )
    result = add_intervals(frame)
    assert result["method"].to_list() == [
        "Wilson 95 %",
        "keine Spanne: Zähler größer als Nenner",
        "Poisson exakt 95 %",
        "Byar 95 %",
        "keine Spanne",
        "keine Spanne",
    ]
    assert (result["lower"][0], result["upper"][0]) == pytest.approx((3.986397551, 4.164465784), abs=1e-8)
    assert result["confidence"].to_list() == [0.95, None, 0.95, 0.95, None, None]
    assert result["lower"].is_null().to_list() == result["upper"].is_null().to_list()
    assert result["lower"].is_null().to_list() == [False, True, False, False, True, True]


def test_empty_table_keeps_its_types() -> None:
    columns = {"numerator": pl.Float64, "denominator": pl.Float64, "factor": pl.Float64, "interval": pl.String}
    schema = add_intervals(pl.DataFrame(schema=columns)).schema
    assert (schema["lower"], schema["upper"], schema["confidence"]) == (pl.Float64(),) * 3
    assert schema["method"] == pl.String()
