"""A text table as codes: the same cells as the text, questions answered on its different texts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.readers import columns
from pipelines.readers.columns import Columns, all_different, dense, first_rows, together

NAMES = ["place", "kind", "value"]
TEXT = st.text(alphabet="abc äß-,. 01", max_size=4)


def table(rows: list[tuple[str, str, str]]) -> Columns:
    text = "\n".join([";".join(NAMES), *map(";".join, rows)]) + "\n"
    return Columns(text.encode(), NAMES, ";", ["value"], 30)


@given(st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=30))
def test_cells_are_those_of_the_text(rows: list[tuple[str, str, str]]) -> None:
    cells = table(rows)
    assert list(zip(*(cells.cells(name) for name in NAMES), strict=True)) == rows
    assert [tuple(cells.row(at, NAMES)) for at in range(len(rows))] == rows
    numbers, different = cells.different(["place", "kind"])
    assert [different.row(number)[:2] for number in numbers] == [row[:2] for row in rows]
    assert [rows[at][:2] for at in different["at"]] == [row[:2] for row in different.iter_rows()]
    assert len(different) == len({row[:2] for row in rows})


@pytest.mark.parametrize("text", ["a;b;c\n1;2\n", "a;b;c\n1;2;3;4\n", 'a;b;c\n"1;2;3\n'])
def test_a_row_with_more_or_fewer_cells_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="CSV"):
        Columns(text.encode(), list("abc"), ";", ["c"], 3)


def test_bytes_that_are_no_utf_8_are_an_error() -> None:
    with pytest.raises(ValueError, match="UTF8"):
        Columns(b"a;b;c\n1;\xfc;3\n", list("abc"), ";", ["c"], 3)


def test_an_empty_line_is_a_row_of_empty_cells() -> None:
    cells = Columns(b"a;b;c\n1;2;3\n\n4;5;6\n", list("abc"), ";", ["c"], 3)
    assert [cells.row(at, "abc") for at in range(3)] == [["1", "2", "3"], ["", "", ""], ["4", "5", "6"]]


def test_more_rows_than_agreed_are_an_error() -> None:
    rows = [("a", "b", "1")] * 30
    assert table(rows).height == 30
    with pytest.raises(OverflowError):
        table([*rows, rows[0]])


@given(st.lists(st.tuples(TEXT, TEXT, TEXT), max_size=30), st.booleans())
def test_a_table_read_in_pieces_is_the_same(rows: list[tuple[str, str, str]], ended: bool) -> None:
    text = "\n".join([";".join(NAMES), *map(";".join, rows)]) + "\n" * (ended or not rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "_PIECE", 5)
        cells = Columns(text.encode(), NAMES, ";", ["value"], 30)
    assert cells.height == len(rows)
    assert [tuple(cells.row(at, NAMES)) for at in range(len(rows))] == rows
    for name in NAMES[:2] if rows else ():
        texts = [row[NAMES.index(name)] for row in rows]
        assert cells.texts(name).to_list() == list(dict.fromkeys(texts))
        assert (cells.codes(name) is None) == (len(set(texts)) == 1)


def test_quotes_hold_separators() -> None:
    assert Columns(b'a;b;c\n1;"x;y";3\n', list("abc"), ";", ["c"], 3).row(0, "abc") == ["1", "x;y", "3"]


@given(st.lists(st.integers(0, 5 * 10**6), min_size=1))
def test_numbers_lose_their_gaps_and_nothing_else(numbers: list[int]) -> None:
    found = dense(np.array(numbers))
    assert sorted(set(found)) == list(range(len(set(numbers))))
    assert [sorted(set(numbers))[number] for number in found] == numbers
    assert [numbers[at] for at in first_rows(found)] == sorted(set(numbers))
    assert [numbers.index(numbers[at]) for at in first_rows(found)] == list(first_rows(found))
    assert all_different(np.array(numbers)) == (len(set(numbers)) == len(numbers))


def test_rows_are_together_where_all_numbers_are() -> None:
    found = together(np.array([0, 1, 0, 1], dtype=np.int32), np.array([2, 0, 2, 2], dtype=np.int32))
    assert found[0] == found[2]
    assert len(set(found)) == 3
