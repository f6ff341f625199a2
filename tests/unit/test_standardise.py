"""Age standardisation against published rates."""

from __future__ import annotations

import pytest

from pipelines.indicators.standardise import direct, indirect

EVENTS, POPULATION = (8, 12, 20), (400, 300, 200)


def test_direct() -> None:
    result = direct(EVENTS, POPULATION, (50, 30, 20))
    assert result.value == pytest.approx(0.042)
    assert result.variance == pytest.approx(4.45e-5)
    assert (result.lower, result.upper) == pytest.approx((0.029947675, 0.057262354), abs=1e-9)


def test_direct_rate_is_the_published_one() -> None:
    first = direct((30, 25, 25, 15), (1000, 1000, 1100, 900), (1000, 900, 1000, 900))
    second = direct((33, 21, 30, 20), (1000, 900, 1100, 900), (1000, 900, 1000, 900))
    assert (first.value, second.value) == pytest.approx((0.02374402, 0.02665072), abs=1e-8)


def test_direct_is_not_given_below_ten_events() -> None:
    result = direct((4, 3, 2), POPULATION, (50, 30, 20))
    assert (result.events, result.value, result.lower, result.upper) == (9, None, None, None)


def test_indirect() -> None:
    result = indirect(40, POPULATION, (0.01, 0.03, 0.08))
    assert result.expected == pytest.approx(29)
    assert (result.ratio, result.lower, result.upper) == pytest.approx(
        (1.379310345, 0.985286202, 1.878279287), abs=1e-8
    )


def test_indirect_is_exact_below_ten_events() -> None:
    result = indirect(6, (320,), (0.01,))
    assert (result.ratio, result.lower, result.upper) == pytest.approx((1.875, 0.688091954, 4.081085632), abs=1e-8)


@pytest.mark.parametrize(
    ("events", "population", "message"),
    [
        ((8, None, 20), POPULATION, "fehlt eine Zahl"),
        ((8, 0, 20), (400, 0, 200), "ohne Bevölkerung"),
        ((8, 12), POPULATION, "genau einen Wert"),
        ((8, -1, 20), POPULATION, "negativ"),
    ],
)
def test_refusals(events, population, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        direct(events, population, (50, 30, 20))


def test_ratio_without_expected_events_is_refused() -> None:
    with pytest.raises(ValueError, match="erwartete Anzahl"):
        indirect(3, POPULATION, (0, 0, 0))
