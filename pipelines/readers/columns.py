"""Columns of a large text table: every different text once, and for every row which of them it is.

What belongs here: parsing delimited text of a million rows and asking questions of few different texts instead of all
cells. What does not: what a column means (the modules of the formats).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from mmap import mmap

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

# Above so many possible numbers a table of all of them costs more than sorting
_SPAN = 2**22
_BLOCK = 2**22


@dataclass(frozen=True)
class Column:
    """`texts`: each different one once; `codes`: their places for every row, None when all rows are the same."""

    texts: pl.Series
    codes: np.ndarray | None


class Columns:
    """A table of text with as many cells in every row as in the first, which names the columns."""

    def __init__(self, content: bytes | mmap, names: Sequence[str], separator: str, whole: Iterable[str]) -> None:
        """Raises ValueError for bytes that are no UTF-8 and for a row with more or fewer cells; an empty line is a
        row of empty cells.

        names: those of the first line; whole: of columns whose texts are nearly all different.
        """
        text = dict.fromkeys(names, pa.string())
        table = csv.read_csv(
            pa.py_buffer(content),
            read_options=csv.ReadOptions(column_names=list(names), skip_rows=1, block_size=_BLOCK),
            parse_options=csv.ParseOptions(
                delimiter=separator, quote_char='"' if content.find(b'"') >= 0 else False, ignore_empty_lines=False
            ),
            convert_options=csv.ConvertOptions(column_types=text, strings_can_be_null=False),
        )
        self.names = list(names)
        self.height: int = table.num_rows
        self._whole = {name: _series(table[name]) for name in whole}
        others = [name for name in self.names if name not in self._whole] if self.height else []
        with ThreadPoolExecutor() as pool:
            self._columns = dict(zip(others, pool.map(_column, map(table.column, others)), strict=True))
        # The texts are as large as the file, and Arrow would keep their memory for the next one
        del table
        pa.default_memory_pool().release_unused()

    def cells(self, name: str) -> pl.Series:
        """All cells of a column."""
        return self._whole[name] if name in self._whole else self.at(name, np.arange(self.height))

    def texts(self, name: str) -> pl.Series:
        """Every different text of a column, in the order in which they occur; all cells of one kept whole."""
        return self._whole[name] if name in self._whole else self._columns[name].texts

    def codes(self, name: str) -> np.ndarray | None:
        """The place of every row's text among `texts`; None when all rows are the same."""
        return self._columns[name].codes

    def at(self, name: str, rows: np.ndarray) -> pl.Series:
        """Cells of a column in these rows, counted from 0."""
        if name in self._whole:
            return self._whole[name].gather(rows)
        column = self._columns[name]
        return column.texts.gather(np.zeros(len(rows), dtype=np.int64) if column.codes is None else column.codes[rows])

    def row(self, at: int, names: Iterable[str]) -> list[str]:
        """Cells of one row, counted from 0."""
        return [self.at(name, np.array([at]))[0] for name in names]

    def numbered(self, names: Sequence[str]) -> np.ndarray:
        """A number for every row, the same where all these columns are; from 0 on without gaps."""
        varying = [codes for codes in map(self.codes, names) if codes is not None]
        if len(varying) < 2:
            return varying[0] if varying else np.zeros(self.height, dtype=np.int32)
        return dense(together(*varying))

    def different(self, names: Sequence[str]) -> tuple[np.ndarray, pl.DataFrame]:
        """A number per row, and for each number the texts of these columns, with `at`, its first row from 0."""
        numbers = self.numbered(names)
        rows = first_rows(numbers)
        return numbers, pl.DataFrame({name: self.at(name, rows) for name in names}).with_columns(at=pl.Series(rows))


def together(*numbers: np.ndarray) -> np.ndarray:
    """A number for every row, the same where all of these are; with gaps."""
    found = numbers[0].astype(np.int64)
    for part in numbers[1:]:
        found *= int(part.max()) + 1
        found += part
    return found


def dense(numbers: np.ndarray) -> np.ndarray:
    """The same numbers without gaps, from 0 on."""
    span = int(numbers.max()) + 1
    if span > _SPAN:
        return np.unique(numbers, return_inverse=True)[1]
    seen = np.zeros(span, dtype=bool)
    seen[numbers] = True
    return (np.cumsum(seen) - 1)[numbers]


def all_different(numbers: np.ndarray) -> bool:
    """Whether no number occurs twice."""
    span = int(numbers.max()) + 1
    if span > _SPAN:
        return pl.Series(numbers).n_unique() == len(numbers)
    seen = np.zeros(span, dtype=bool)
    seen[numbers] = True
    return int(np.count_nonzero(seen)) == len(numbers)


def first_rows(numbers: np.ndarray) -> np.ndarray:
    """Where each number occurs first; numbers from 0 on without gaps."""
    last = int(numbers.max())
    if not last:
        return np.zeros(1, dtype=np.int64)
    rows = np.empty(last + 1, dtype=np.int64)
    rows[numbers[::-1]] = np.arange(len(numbers) - 1, -1, -1)
    return rows


def _series(column: pa.ChunkedArray) -> pl.Series:
    return pl.Series(pl.from_arrow(column))


def _column(column: pa.ChunkedArray) -> Column:
    if pc.all(pc.equal(column, column[0])).as_py():  # type: ignore[attr-defined]
        return Column(pl.Series([column[0].as_py()]), None)
    encoded = column.dictionary_encode().unify_dictionaries().combine_chunks()
    return Column(pl.Series(pl.from_arrow(encoded.dictionary)), encoded.indices.to_numpy())
