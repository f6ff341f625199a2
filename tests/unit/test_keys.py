"""Keys as other publishers write them become official ones, or are refused."""

from __future__ import annotations

import pytest

from pipelines.geography.keys import kreis_of_long, padded


@pytest.mark.parametrize(
    ("number", "digits", "key"),
    [("6432001", 8, "06432001"), ("11000000", 8, "11000000"), ("64320001", 9, "064320001"), ("6432", 5, "06432")],
)
def test_a_key_written_as_a_number_gets_its_zero_back(number: str, digits: int, key: str) -> None:
    assert padded(number, digits) == key
    assert str(int(key)) == number


@pytest.mark.parametrize(
    "number", ["06432001", "432001", "106432001", "99000000", "17000000", "", "6432.01", "-6432001"]
)
def test_what_is_no_key_as_a_number_is_refused(number: str) -> None:
    with pytest.raises(ValueError):
        padded(number, 8)


def test_kreis_with_three_zeros() -> None:
    assert kreis_of_long("06432000") == "06432"
    for key in ("06432001", "6432000", "06432"):
        with pytest.raises(ValueError):
            kreis_of_long(key)
