"""Columns of a large text table: every different text once, and for every row which of them it is.

What belongs here: parsing delimited text of a million rows and asking questions of few different texts instead of all
cells. What does not: what a column means (the modules of the formats).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
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
_PIECE = 2**22
# As many pieces are in memory at once
_WORKERS = 8


@dataclass(frozen=True)
class Column:
    """`texts`: each different one once; `codes`: their places for every row, None when all rows are the same."""

    texts: pl.Series
    codes: np.ndarray | None


class Columns:
    """A table of text with as many cells in every row as in the first, which names the columns."""

    def __init__(
        self, content: bytes | mmap, names: Sequence[str], separator: str, whole: Iterable[str], most: int
    ) -> None:
        """Raises ValueError for bytes that are no UTF-8 and for a row with more or fewer cells, OverflowError for more
        than `most` rows; an empty line is a row of empty cells.

        names: those of the first line; whole: of columns whose texts are nearly all different.
        """
        self.names = list(names)
        self.height = 0
        kept = set(whole)
        parse = csv.ParseOptions(
            delimiter=separator, quote_char='"' if content.find(b'"') >= 0 else False, ignore_empty_lines=False
        )
        parts: dict[str, list[pa.Array]] = {name: [] for name in names}
        with ThreadPoolExecutor(min(_WORKERS, os.cpu_count() or 1)) as pool:
            for cells in pool.map(lambda piece: _cells(piece, self.names, parse, kept), _pieces(content)):
                for name, part in zip(self.names, cells, strict=True):
                    parts[name].append(part)
                self.height += len(cells[0])
                if self.height > most:
                    raise OverflowError
        self._whole = {name: pl.Series(pl.from_arrow(pa.chunked_array(parts.pop(name), pa.string()))) for name in kept}
        self._columns = {name: _joined(cells) for name, cells in parts.items()} if self.height else {}
        # What the pieces took Arrow would keep for the next file
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


def _pieces(content: bytes | mmap) -> Iterator[pa.Buffer]:
    """Whole lines behind the first one, as many as stay in the cache of a processor while they become codes."""
    view, length = pa.py_buffer(content), len(content)
    start = content.find(b"\n") + 1 or length
    while start < length:
        end = content.find(b"\n", start + _PIECE) + 1 or length
        yield view.slice(start, end - start)
        start = end


def _cells(piece: pa.Buffer, names: list[str], parse: csv.ParseOptions, whole: set[str]) -> list[pa.Array]:
    table = csv.read_csv(
        piece,
        # One block, and room for what the reader looks at beyond it
        read_options=csv.ReadOptions(column_names=names, block_size=piece.size + 1, use_threads=False),
        parse_options=parse,
        convert_options=csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
    )
    return [table[name].chunk(0) if name in whole else _encoded(table[name].chunk(0)) for name in names]


def _encoded(cells: pa.Array) -> pa.Array:
    # Many columns hold one text only, which is seen sooner than each of them is looked up
    if pc.all(pc.equal(cells, cells[0])).as_py():  # type: ignore[attr-defined]
        return pa.DictionaryArray.from_arrays(np.zeros(len(cells), dtype=np.int32), cells[:1])
    return cells.dictionary_encode()


def _joined(parts: list[pa.Array]) -> Column:
    encoded = pa.chunked_array(parts).unify_dictionaries().combine_chunks()
    texts = pl.Series(pl.from_arrow(encoded.dictionary))
    return Column(texts, encoded.indices.to_numpy() if len(texts) > 1 else None)
