"""Official files, read by the readers of the project and by the usual libraries.

What belongs here: synthetic files large enough to measure, and reading them both ways; the values must be equal before
a time counts. The project's readers also check and classify what they read, the others only parse. What does not: what
a reader must find in a file (the tests of the readers).
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from pipelines.readers import ffcsv
from pipelines.readers.rawfile import RawFile
from pipelines.readers.workbook import Workbook as SourceWorkbook
from tests.benchmarks.measure import Measurement, medians
from tests.benchmarks.workplace import Workplace

FLAT, BOOK = "GENESIS flat file, {rows} rows", "workbook, {rows} rows"
FLAT_PEER, BOOK_PEER = "`pandas.read_csv`, same columns, signs kept", "`openpyxl`, read only, values"
FLAT_GOAL = 3.0
FLAT_RATIO, BOOK_RATIO = 3.0, 5.0
SIGNS = ["-", ".", "...", "/", "x"]
YEARS = 25
AGES = {"": "Insgesamt", "ALT000B018": "unter 18", "ALT018B065": "18 bis 64", "ALT065UM": "65 und mehr"}
HEADER = (
    "statistics_code;statistics_label;time_code;time_label;time;1_variable_code;1_variable_label;"
    "1_variable_attribute_code;1_variable_attribute_label;2_variable_code;2_variable_label;2_variable_attribute_code;"
    "2_variable_attribute_label;value;value_unit;value_variable_code;value_variable_label"
)


def measure(
    workplace: Workplace, rounds: int, flat_rows: int = 1_000_000, book_rows: int = 100_000
) -> list[Measurement]:
    """A flat file and a workbook of so many rows."""
    folder = workplace.folder
    return [_flat(folder / "flat.csv", rounds, flat_rows), _book(folder / "mappe.xlsx", rounds, book_rows)]


def _flat(path: Path, rounds: int, rows: int) -> Measurement:
    path.write_bytes(flat_file(rows))
    own, peer = ffcsv.read(RawFile(path)).frame, _pandas(path)
    missing = peer["value"].isna().to_numpy()
    assert own["source_key"].to_list() == peer["1_variable_attribute_code"].to_list()
    assert own["time"].to_list() == peer["time"].to_list()
    # A dash of an area that exists is missing for the other way and zero for this one
    assert own["sign"].to_list() == [None if sign != sign else sign for sign in peer["sign"]]
    assert np.array_equal(peer["value"].to_numpy()[~missing], own["value"].to_numpy()[~missing])
    del own, peer
    name = FLAT.format(rows=f"{rows:,}")
    return _measured(
        name, FLAT_PEER, (FLAT_GOAL, FLAT_RATIO), rounds, lambda: ffcsv.read(RawFile(path)), lambda: _pandas(path)
    )


def _book(path: Path, rounds: int, rows: int) -> Measurement:
    _write_book(path, rows)
    assert _calamine(path) == [["" if cell is None else cell for cell in row] for row in _openpyxl(path)]
    name = BOOK.format(rows=f"{rows:,}")
    return _measured(name, BOOK_PEER, (None, BOOK_RATIO), rounds, lambda: _calamine(path), lambda: _openpyxl(path))


def _measured(
    name: str,
    peer: str,
    goals: tuple[float | None, float],
    rounds: int,
    own: Callable[[], object],
    other: Callable[[], object],
) -> Measurement:
    seconds = medians(rounds, {name: own, peer: other})
    return Measurement(name, seconds[name], peer, seconds[peer], *goals)


def flat_file(rows: int) -> bytes:
    """A flat file in no order: Gemeinden by age over years, a few values replaced by signs; rows by the hundred."""
    random = np.random.default_rng(1)
    areas = rows // (YEARS * len(AGES))
    cell = random.permutation(rows)
    area, year, age = cell % areas, cell // areas % YEARS, cell // areas // YEARS
    # No part is larger than its total
    counts = random.integers(0, 200_000, rows) + 200_000 * (age == 0)
    values = counts.astype(str).astype(object)
    values[random.random(rows) < 0.02] = "-"
    values[random.random(rows) < 0.01] = "."
    keys = pl.Series([f"{1 + at % 16:02}{at // 16 // 999:03}{1 + at // 16 % 999:03}" for at in range(areas)])
    lines = pl.select(
        pl.format(
            "12411;Fortschreibung des Bevölkerungsstandes;STAG;Stichtag;{}-12-31;GEMEIN;Gemeinden;{};"
            "Testdaten {}, Stadt;ALTX;Altersgruppen;{};{};{};Anzahl;BEVSTD;Bevölkerungsstand",
            pl.Series(2000 + year),
            keys.gather(area),
            pl.Series(area),
            pl.Series(list(AGES)).gather(age),
            pl.Series(list(AGES.values())).gather(age),
            pl.Series(values, dtype=pl.String),
        )
    ).to_series()
    return ("\ufeff" + HEADER + "\n" + "\n".join(lines) + "\n").encode()


def _pandas(path: Path) -> Any:
    """All columns by the default engine, as text but for the value, which becomes a number, and a column `sign` beside.

    Only the codes that would else become numbers are declared as text, and the signs make the value text: to declare
    every column gives the same and takes pandas several times as long. Nothing is checked, and no area, time or
    dimension gets a meaning.
    """
    import pandas

    frame = pandas.read_csv(
        path,
        sep=";",
        encoding="utf-8-sig",
        dtype={"statistics_code": str, "1_variable_attribute_code": str},
        keep_default_na=False,
    )
    sign = frame["value"].isin(SIGNS)
    frame["sign"] = frame["value"].where(sign)
    frame["value"] = pandas.to_numeric(frame["value"].mask(sign).str.replace(",", ".", regex=False))
    return frame


def _write_book(path: Path, rows: int) -> None:
    """A workbook as offices write them: keys and names as text, counts and shares as numbers, some signs."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Testdaten")
    sheet.append(["Schlüssel", "Name", "Insgesamt", "männlich", "weiblich", "Anteil", "Quote", "Zeichen"])
    for at in range(rows):
        total = at * 37 % 100_003
        sheet.append(
            [f"06{at:06}", f"Gemeinde {at % 997}", total, total // 2, total - total // 2, total / 7, at / 3, "•"]
        )
    packed = io.BytesIO()
    book.save(packed)
    path.write_bytes(packed.getvalue())


def _calamine(path: Path) -> Sequence[list[Any]]:
    return SourceWorkbook(RawFile(path)).rows("Testdaten")


def _openpyxl(path: Path) -> list[tuple[object, ...]]:
    from openpyxl import load_workbook

    return list(load_workbook(path, read_only=True, data_only=True)["Testdaten"].iter_rows(values_only=True))
