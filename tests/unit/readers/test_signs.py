"""Cells become values in one place: numbers of every form, every sign, and refusals of all that is neither."""

from __future__ import annotations

from typing import Any, NoReturn

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import InputError
from pipelines.readers.csv_text import Complaint
from pipelines.readers.rawfile import RawFile
from pipelines.readers.signs import BA, DASH, GENESIS, HSL, Signs, cell_values, refuser, settle_dashes, values

ENGLISH = Signs("Test", {}, decimal=".", thousands=",")
BLANKS = Signs("Test", {}, decimal=",", thousands=" ")


class Refused(Exception):
    pass


def refuse(at: int, found: str) -> NoReturn:
    raise Refused(at, found)


def one(cell: str, signs: Signs = GENESIS) -> tuple:
    return values(pl.Series([cell]), signs, refuse).row(0)


@pytest.mark.parametrize(
    ("cell", "signs", "expected"),
    [
        ("12", GENESIS, (12.0, "reported", "final", None)),
        ("-1,5", GENESIS, (-1.5, "reported", "final", None)),
        ("−1,5", GENESIS, (-1.5, "reported", "final", None)),
        ("0", GENESIS, (0.0, "reported", "final", None)),
        (" 12\u00a0", GENESIS, (12.0, "reported", "final", None)),
        ("(12)", GENESIS, (12.0, "reported", "limited", "()")),
        ("12 r", GENESIS, (12.0, "reported", "revised", "r")),
        ("12p", GENESIS, (12.0, "reported", "provisional", "p")),
        ("12 s", GENESIS, (12.0, "estimated", "final", "s")),
        ("12 e", GENESIS, (12.0, "reported", "final", "e")),
        ("-", GENESIS, (None, DASH, "final", "-")),
        (".", GENESIS, (None, "secret", "final", ".")),
        ("...", GENESIS, (None, "later", "final", "...")),
        ("/", GENESIS, (None, "uncertain", "final", "/")),
        ("x", GENESIS, (None, "not_applicable", "final", "x")),
        ("—", HSL, (0.0, "zero", "final", "—")),
        ("• ", HSL, (None, "secret", "final", "•")),
        ("*", BA, (None, "secret", "final", "*")),
        ("8,380", ENGLISH, (8380.0, "reported", "final", None)),
        ("1,234,567.8", ENGLISH, (1234567.8, "reported", "final", None)),
        ("1 234 567,8", BLANKS, (1234567.8, "reported", "final", None)),
        ("1\u202f234", BLANKS, (1234.0, "reported", "final", None)),
        ("999999999999999", GENESIS, (999999999999999.0, "reported", "final", None)),
        ("0,5", GENESIS, (0.5, "reported", "final", None)),
    ],
)
def test_numbers_and_signs(cell: str, signs: Signs, expected: tuple) -> None:
    assert one(cell, signs) == expected


@pytest.mark.parametrize(
    "cell",
    [
        *("", "–", "—", "•", "*", "k", "1.5", "1,2,3", "1.234", "12 x", "(12", "12)", "((12))", "- 5", "--5", "+-5"),
        *("1e5", "NaN", "nan", "inf", "0x10", "٣", "１２", "12 rp", "9999999999999999", "=1+1", "#REF!", "TRUE"),
        *("1 000", ",5", "5,", "5 %", "½", "²", "007", "-007", "00", "06,5", "000012", "(007)", "007 r"),
    ],
)
def test_anything_else_is_refused(cell: str) -> None:
    with pytest.raises(Refused) as caught:
        one(cell)
    assert caught.value.args == (0, cell or "leer")


@pytest.mark.parametrize("cell", ["8.380", "8,38", "83,380,1", "1,2345", "8380,5"])
def test_thousands_are_three_digits(cell: str) -> None:
    if cell == "8.380":
        assert one(cell, ENGLISH)[0] == 8.38
        return
    with pytest.raises(Refused):
        one(cell, ENGLISH)


def test_the_first_faulty_cell_is_named() -> None:
    with pytest.raises(Refused) as caught:
        values(pl.Series(["1", None, "y"]), GENESIS, refuse)
    assert caught.value.args == (1, "leer")


@given(st.text(max_size=12))
def test_no_text_becomes_a_number_it_does_not_say(cell: str) -> None:
    try:
        value, status, _, sign = one(cell)
    except Refused:
        return
    plain = cell.replace("\u00a0", " ").replace("\u202f", " ").replace("\u00ad", " ").strip()
    if value is None:
        assert plain in GENESIS.table and sign == plain
    else:
        digits = plain.strip("()").rstrip("rpse").strip().replace("−", "-").replace(",", ".")
        assert value == float(digits) and status in ("reported", "estimated")


@given(st.floats(-1e14, 1e14).map(lambda value: round(value, 3)))
def test_every_number_comes_back(value: float) -> None:
    digits = f"{value:.3f}".replace(".", ",")
    if len(digits.strip("-").replace(",", "").lstrip("0")) <= 15:
        assert one(digits)[0] == float(f"{value:.3f}")


def test_cells_of_workbooks_are_numbers_or_signs() -> None:
    read = cell_values([1, 2.5, "—", "3,5", " • "], HSL, refuse)
    assert read["value"].to_list() == [1, 2.5, 0, 3.5, None]
    assert read["status"].to_list() == ["reported", "reported", "zero", "reported", "secret"]
    assert read["sign"].to_list() == [None, None, "—", None, "•"]


@pytest.mark.parametrize("cell", ["", None, True, float("nan"), float("inf"), 1e300, -1e15, "#REF!", "12.5"])
def test_other_cells_of_workbooks_are_refused(cell: Any) -> None:
    with pytest.raises(Refused) as caught:
        cell_values([1, cell], HSL, refuse)
    assert caught.value.args[0] == 1


def test_no_cells_give_no_values() -> None:
    assert cell_values([], HSL, refuse).height == 0 and values(pl.Series([], dtype=pl.String), HSL, refuse).height == 0


def dashes(**keys: Any) -> pl.DataFrame:
    frame = pl.DataFrame(
        {
            "key": ["06999001", "06999001", "06999002", "06999002"],
            "level": "gemeinde",
            "time": "2020",
            "value": [None, 5.0, None, None],
            "status": [DASH, "reported", DASH, "secret"],
        }
    )
    return settle_dashes(frame, **keys)


def test_a_dash_is_zero_where_the_area_has_numbers() -> None:
    settled = dashes()
    assert settled["status"].to_list() == ["zero", "reported", "not_applicable", "secret"]
    assert settled["value"].to_list() == [0, 5, None, None]


def test_a_dash_is_zero_where_the_area_is_known() -> None:
    settled = dashes(existing={"gemeinde": frozenset({"06999002"})})
    assert settled["status"].to_list() == ["not_applicable", "reported", "zero", "secret"]
    assert dashes(existing={})["status"].to_list()[0] == "not_applicable"


def test_the_message_names_row_column_sign_and_publisher(tmp_path: Any) -> None:
    told = refuser(Complaint(RawFile(tmp_path / "a.csv")), [7, 9], ["C", "D"], BA)
    with pytest.raises(InputError) as caught:
        told(1, "k" * 100)
    assert (caught.value.row, caught.value.column, caught.value.found) == (9, "D", "k" * 40)
    assert "*" in str(caught.value.expected) and BA.publisher in caught.value.remedy
