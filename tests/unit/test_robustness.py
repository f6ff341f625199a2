"""Scores, classes, and how firmly an area keeps its class when method and weights change."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.indicators.composite import classify, contributions, index_values, z_scores
from pipelines.indicators.robustness import (
    MemberData,
    Noise,
    class_text,
    simulate,
    stability,
    stability_name,
)

SHARES = ((2, 3, 4, 5, 11), (4, 6, 8, 10, 22), (1, 2, 3, 4, 15))
QUIET = Noise(counts=False, weight_spread=0.0, leave_one_out=False)


def member(values, orientation: int = 1, weight: float = 1 / 3, n: float = 1000.0) -> MemberData:
    numbers = np.array(values, dtype=float)
    return MemberData(numbers, orientation, weight, "wilson", numbers * n / 100, np.full(len(numbers), n), 100.0)


def test_classes_of_one_indicator() -> None:
    z = z_scores(np.array([2, 4, 4, 4, 5, 5, 7, 9], dtype=float), 0)
    assert z == pytest.approx([-1.5, -0.5, -0.5, -0.5, 0, 0, 1, 2])
    assert classify(z).tolist() == [1, 2, 2, 2, 2, 2, 2, 4]


def test_class_limits() -> None:
    assert classify(np.array([-1.0, -0.999, 1.0, 1.001, 1.5, 1.501])).tolist() == [1, 2, 2, 3, 3, 4]


def test_index_is_standardised_twice_with_the_population_deviation() -> None:
    values, weights = np.array(SHARES, dtype=float).T, np.ones(3)
    total = z_scores(values, 0).sum(axis=1)
    assert total == pytest.approx([-2.681831, -1.853259, -1.024688, -0.196116, 5.755895], abs=1e-6)
    index = index_values(values, weights)
    assert index == pytest.approx([-0.895482, -0.618816, -0.342150, -0.065485, 1.921932], abs=1e-6)
    assert classify(index).tolist() == [2, 2, 2, 2, 4]
    assert contributions(values, weights).sum(axis=1) == pytest.approx(index)
    assert index_values(values, weights / 3) == pytest.approx(index)


def test_no_difference_is_refused() -> None:
    same = np.full((5, 1), 0.1)
    with pytest.raises(ValueError, match="Ohne Unterschiede"):
        index_values(same, np.ones(1))
    opposite = np.array([[1, 3], [2, 2], [3, 1]], dtype=float)
    with pytest.raises(ValueError, match="Ohne Unterschiede"):
        index_values(opposite, np.ones(2))


@settings(max_examples=30)
@given(st.lists(st.tuples(*[st.floats(1, 99)] * 3), min_size=10, max_size=30))
def test_zero_noise_returns_the_published_classes(rows) -> None:
    columns = np.array(rows)
    if (columns.std(axis=0) < 1e-3).any():
        return
    members = [member(columns[:, 0]), member(columns[:, 1], -1), member(columns[:, 2])]
    oriented = np.stack([m.oriented() for m in members], axis=-1)
    published = classify(index_values(oriented, np.full(3, 1 / 3)))
    runs = simulate(members, 3, 1, QUIET)
    assert (runs == published).all()
    assert (stability(runs, published).share == 1).all()


def test_same_seed_same_runs_and_another_seed_other_runs() -> None:
    members = [member(values, n=100) for values in SHARES]
    first, again, other = (simulate(members, 1000, seed) for seed in (7, 7, 8))
    assert first.tobytes() == again.tobytes()
    assert first.shape == (1000, 5)
    assert (first != other).any()


def test_shares_are_drawn_from_their_counts() -> None:
    # 30/500 against 18/600: the first is higher in 99.2 % of draws; of two areas the higher has z = 1, the other -1.
    pair = MemberData(
        values=np.array([6.0, 3.0]),
        orientation=1,
        weight=1.0,
        kind="wilson",
        numerators=np.array([30.0, 18.0]),
        denominators=np.array([500.0, 600.0]),
        factor=100.0,
    )
    runs = simulate([pair], 200_000, 3003)
    assert (runs[:, 0] > runs[:, 1]).mean() == pytest.approx(0.992, abs=0.002)


def test_members_without_counts_do_not_vary() -> None:
    empty = np.full(5, np.nan)
    amounts = [MemberData(np.array(v, dtype=float), 1, 1 / 3, "none", empty, empty, 1.0) for v in SHARES]
    noise = Noise(weight_spread=0.0, leave_one_out=False)
    assert len(np.unique(simulate(amounts, 50, 1, noise), axis=0)) == 1


def test_leaving_out_reaches_every_member() -> None:
    # Two members that rank the areas in opposite ways: each alone decides the class when the other is left out.
    first = member([1] * 10 + [50, 90])
    second = member([90, 50] + [1] * 10)
    runs = simulate([first, second], 1000, 1, Noise(counts=False, weight_spread=0.0))
    shares = [(runs[:, place] == 4).mean() for place in (0, 11)]
    assert shares == pytest.approx([2 / 3, 2 / 3], abs=0.06)
    assert len(np.unique(runs, axis=0)) == 3


def test_stability_is_the_share_of_runs_with_the_published_class() -> None:
    result = stability(np.array([[2], [2], [3], [2]]), np.array([2]))
    assert (result.share[0], result.low[0], result.high[0]) == (0.75, 2, 3)


def test_words() -> None:
    assert [stability_name(share) for share in (0.9, 0.8999, 0.7, 0.6999)] == [
        "stabil",
        "eher stabil",
        "eher stabil",
        "unsicher",
    ]
    assert class_text(4, 0.71, 3, 4) == "deutlich erhöht"
    assert class_text(4, 0.69, 3, 4) == "zwischen erhöht und deutlich erhöht"
    assert class_text(2, 0.04, 3, 3) == "zwischen mittel und erhöht"
