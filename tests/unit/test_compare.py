"""Comparison with the Kreis against worked examples and published procedures."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.contracts import contract
from pipelines.indicators.compare import (
    against_fixed,
    against_rest,
    benjamini_hochberg,
    build_comparison,
    poisson_p,
    score_p,
)
from pipelines.indicators.intervals import add_intervals, wilson

KREIS = "06432"


def catalogue(**changes) -> pl.DataFrame:
    row = dict.fromkeys(contract("indicators.catalogue").schema()) | {
        "indicator_id": "E01",
        "factor": 100.0,
        "interval": "wilson",
        "aggregation": "counts",
        "kreis_value": "sum",
        "relevance_threshold": 0.1,
        "latest_period": "2021",
    }
    return pl.DataFrame([row | changes], schema=contract("indicators.catalogue").schema())


def values(counts: dict[str, tuple[float, float]], period: str = "2021", kind: str = "wilson") -> pl.DataFrame:
    """Values of E01 by area from counts, with the interval of `kind`."""
    frame = pl.DataFrame(
        [
            {
                "area_id": area,
                "area_level": "kreis" if area == KREIS else "sozialraum" if "-S" in area else "gemeinde",
                "numerator": float(x),
                "denominator": float(n),
                "value": x / n * 100,
            }
            for area, (x, n) in counts.items()
        ]
    ).with_columns(factor=pl.lit(100.0), interval=pl.lit(kind))
    frame = add_intervals(frame).drop("factor", "interval")
    missing = {name: pl.lit(None, dtype) for name, dtype in contract("indicators.values").schema().items()}
    missing |= {"indicator_id": pl.lit("E01"), "period": pl.lit(period), "status": pl.lit("reported")}
    return frame.with_columns(**{k: v for k, v in missing.items() if k not in frame.columns}).select(
        list(contract("indicators.values").schema())
    )


def only(frame: pl.DataFrame, area: str) -> dict:
    return frame.row(by_predicate=pl.col("area_id") == area, named=True)


def test_fixed_reference() -> None:
    higher = against_fixed("wilson", 60, 1000, 100, 4)
    undecided = against_fixed("wilson", 35, 1000, 100, 4)
    assert higher is not None
    assert undecided is not None
    assert (higher.direction, higher.clearly) == ("höher", True)
    assert (undecided.direction, undecided.clearly) == ("nicht unterscheidbar", False)


def test_rest_of_the_kreis() -> None:
    assert against_rest(60, 1000, 340, 9000).direction == "höher"


def test_benjamini_hochberg() -> None:
    assert benjamini_hochberg([0.001, 0.012, 0.021, 0.041, 0.2]) == pytest.approx([0.005, 0.03, 0.035, 0.05125, 0.2])
    assert benjamini_hochberg([0.2, 0.001, 0.041, 0.012, 0.021]) == pytest.approx([0.2, 0.005, 0.05125, 0.03, 0.035])
    assert benjamini_hochberg([]) == []


@given(st.lists(st.floats(0, 1), max_size=30))
def test_q_is_never_below_p_nor_above_one(p_values: list[float]) -> None:
    q_values = benjamini_hochberg(p_values)
    assert all(p <= q <= 1 for p, q in zip(p_values, q_values, strict=True))


@given(st.integers(1, 2000), st.floats(0, 1), st.floats(0.01, 0.99))
def test_score_test_agrees_with_the_wilson_interval(n: int, part: float, share: float) -> None:
    x = round(n * part)
    lower, upper = wilson(x, n)
    p_value = score_p(x, n, share)
    if abs(p_value - 0.05) > 1e-9:
        assert (p_value < 0.05) == (share < lower or share > upper)


def test_poisson_p_is_five_percent_at_the_exact_limit() -> None:
    assert poisson_p(0, 3.688879454) == pytest.approx(0.05)
    assert poisson_p(5, 11.668332079) == pytest.approx(0.05)
    assert poisson_p(5, 5) == 1


def test_verdict_needs_significance_and_relevance() -> None:
    frame = values(
        {
            "06432001": (60, 1000),  # 6 % of 4 %: distinguishable and far
            "06432002": (35, 1000),  # not distinguishable
            "06432003": (420, 10000),  # close
            "06432004": (10_860, 250_000),  # distinguishable, but less than a tenth away
            "06432005": (20, 1000),
            KREIS: (80_000, 2_000_000),
        }
    )
    result = build_comparison(frame, catalogue())
    assert result["verdict"].to_list() == [
        "höher",
        "nicht unterscheidbar",
        "nicht unterscheidbar",
        "ähnlich",
        "niedriger",
    ]
    near = only(result, "06432004")
    assert (near["direction"], near["clearly"], near["relevant"]) == ("höher", True, False)
    assert near["relevance_limit"] == pytest.approx(0.4)
    assert near["difference"] == pytest.approx(0.344)
    assert set(result["comparator"]) == {"Kreis"}


def test_large_area_is_compared_with_the_rest() -> None:
    frame = values({"06432001": (900, 15000), "06432002": (400, 5000), KREIS: (1300, 20000)})
    result = build_comparison(frame, catalogue())
    large = only(result, "06432001")
    assert large["comparator"] == "übriger Kreis"
    assert large["kreis_value"] == pytest.approx(8)
    assert large["direction"] == "niedriger"
    assert only(result, "06432002")["comparator"] == "übriger Kreis"


def test_area_of_exactly_a_fifth_is_compared_with_the_kreis() -> None:
    frame = values({"06432001": (200, 4000), KREIS: (1300, 20000)})
    assert build_comparison(frame, catalogue())["comparator"].to_list() == ["Kreis"]


def test_counts_that_cross_another_border_in_the_kreis_are_not_compared() -> None:
    frame = values({"06432001": (900, 15000), KREIS: (1300, 20000)})
    result = build_comparison(frame, catalogue(aggregation="not_additive"))
    assert result.select("verdict", "kreis_value", "p_value").row(0) == ("kein Vergleich", None, None)


def test_rest_of_the_kreis_for_events_is_a_fixed_rate() -> None:
    frame = values({"06432001": (90, 15000), KREIS: (130, 20000)}, kind="events")
    row = build_comparison(frame, catalogue(interval="events")).row(0, named=True)
    assert (row["comparator"], row["kreis_value"]) == ("übriger Kreis", pytest.approx(0.8))
    assert row["p_value"] == pytest.approx(poisson_p(90, 120))


def test_area_that_is_the_whole_kreis() -> None:
    frame = values({"06432-S01": (130, 2000), KREIS: (130, 2000)})
    row = build_comparison(frame, catalogue()).row(0, named=True)
    assert (row["comparator"], row["verdict"], row["q_value"]) == ("Kreis", "nicht unterscheidbar", None)


def test_value_without_interval_is_not_tested() -> None:
    frame = values({"06432001": (60, 1000), KREIS: (400, 10000)}, kind="none")
    row = build_comparison(frame, catalogue(interval="none")).row(0, named=True)
    assert (row["verdict"], row["relevant"]) == ("ohne Prüfung", True)
    assert (row["direction"], row["clearly"], row["p_value"]) == (None, None, None)


@pytest.mark.parametrize("change", [{"kreis_value": "none"}, {}])
def test_no_kreis_value_no_comparison(change: dict) -> None:
    areas = {"06432001": (60, 1000)} | ({KREIS: (400, 10000)} if change else {})
    row = build_comparison(values(areas), catalogue(**change)).row(0, named=True)
    assert row["verdict"] == "kein Vergleich"
    assert (row["kreis_value"], row["comparator"], row["difference"]) == (None, None, None)


def test_rows_without_value_are_left_out() -> None:
    frame = values({"06432001": (60, 1000), KREIS: (400, 10000)})
    gone = frame.filter(pl.col("area_id") == "06432001").with_columns(
        area_id=pl.lit("06432002"),
        value=pl.lit(None, pl.Float64),
        numerator=pl.lit(None, pl.Float64),
        lower=pl.lit(None, pl.Float64),
        status=pl.lit("suppressed"),
    )
    assert build_comparison(pl.concat([frame, gone]), catalogue())["area_id"].to_list() == ["06432001"]


def test_q_values_only_for_gemeinden_at_the_latest_period() -> None:
    latest = values({"06432001": (60, 1000), "06432-S01": (60, 1000), KREIS: (400, 10000)})
    earlier = values({"06432001": (60, 1000), KREIS: (400, 10000)}, period="2020")
    result = build_comparison(pl.concat([latest, earlier]), catalogue())
    found = {(row["area_id"], row["period"]): row["q_value"] for row in result.iter_rows(named=True)}
    assert found[("06432001", "2021")] is not None
    assert found[("06432001", "2020")] is None
    assert found[("06432-S01", "2021")] is None


def test_empty_values_give_an_empty_table() -> None:
    empty = values({KREIS: (400, 10000)})
    assert build_comparison(empty, catalogue()).height == 0
