"""Keys as other publishers write them become official ones, or are refused."""

from __future__ import annotations

import pytest

from pipelines.geography.keys import (
    ags_of_kreisfreie,
    area_of_genesis,
    is_city_district,
    kreis_of,
    kreis_of_long,
    padded,
    regierungsbezirk_of_land,
)


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


@pytest.mark.parametrize(
    ("key", "area"),
    [
        ("DG", ("00", "bund")),
        ("06", ("06", "land")),
        ("064", ("064", "regierungsbezirk")),
        ("06999", ("06999", "kreis")),
        ("06999001", ("06999001", "gemeinde")),
        ("069990001", ("069990001", "verband")),
        ("069990001001", ("06999001", "gemeinde")),
        ("17", None),
        ("6999", None),
        ("0699900", None),
        ("06A99", None),
        ("", None),
    ],
)
def test_areas_as_genesis_writes_them(key: str, area: tuple[str, str] | None) -> None:
    assert area_of_genesis(key) == area


def test_keys_of_cities_among_kreise_are_districts() -> None:
    assert area_of_genesis("11001001", city_districts=True) == ("11001001", "bezirk")
    assert area_of_genesis("06999", city_districts=True) == ("06999", "kreis")
    assert [is_city_district(key) for key in ("03241001", "11012012", "11013013", "06999001")] == [
        True,
        True,
        False,
        False,
    ]


def test_a_kreisfreie_stadt_is_a_gemeinde_and_a_land_stands_for_its_regierungsbezirk() -> None:
    assert ags_of_kreisfreie("06411") == "06411000"
    assert kreis_of(ags_of_kreisfreie("06411")) == "06411"
    assert regierungsbezirk_of_land("01") == "010"
    for convert, wrong in ((ags_of_kreisfreie, "6411"), (regierungsbezirk_of_land, "1")):
        with pytest.raises(ValueError, match="not a"):
            convert(wrong)
