"""Every reader against every example of its format, changed in ways files get changed on their way.

What must hold: the same figures, or fewer of them where a file shows no sign of what is gone, or an InputError that a
person understands; never another figure, another exception, or a wait. Examples are those of `tests/fixtures/formats`.
"""

from __future__ import annotations

import csv
import datetime as dt
import importlib
import io
import pickle
import re
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import islice
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.errors import InputError
from pipelines.readers.formats import formats
from pipelines.readers.rawfile import RawFile
from pipelines.readers.reading import KEY, NOTHING_AGREED, Agreed, Format, tidy
from tests.fixtures.formats import all_examples

# A file of some kB is read in a tenth of this on a busy machine
SECONDS = 20.0
SEPARATORS = (";", "\t", ",")
# What can stand where a number should and must never become another one
ABSURD = ("9" * 40, "1e5", "=1+2", "#REF!", "NaN", "inf", "1.2.3", "1,2,3", "--5", "٣", "0x10", "1 2 3,4", "5 %", "5€")
# Changes that legitimately give a figure another name, and those that take one away
NEW = ("letters lost", "renamed", "another column")
EMPTY = ("nothing",)
GERMAN = re.compile(r"\b(?:die|der|das|ein|eine|nicht|kein|keine|mehrere|zwei|ist|hat|fehlt|fehlen)\b", re.IGNORECASE)

Figures = dict[tuple, tuple]
EXAMPLES = {f"{module}/{name}": (module, name, content) for module, name, content in all_examples()}


def form(module: str) -> Format:
    return formats()[module]


def agreed(module: str, name: str) -> Agreed:
    times = getattr(importlib.import_module(f"tests.fixtures.formats.{module}"), "AGREED", {})
    return Agreed(time=times[name]) if name in times else NOTHING_AGREED


def figures(frame: pl.DataFrame) -> Figures:
    """Value and status of every figure; the order of dimensions follows that of columns and says nothing."""
    frame = frame.with_columns(pl.col("dimensions").str.split("; ").list.sort().list.join("; "))
    return {row[: len(KEY)]: row[len(KEY) :] for row in frame.select(*KEY, "value", "status", "quality").iter_rows()}


def outcome(module: str, name: str, content: bytes, folder: Path) -> Figures | None:
    """The figures, or None for a file that is refused in words that help."""
    path = folder / name
    path.write_bytes(content)
    began = time.perf_counter()
    try:
        file = RawFile(path).unpacked()
        if not form(module).recognises(file):
            return None
        frame = form(module).read(file, agreed(module, name)).frame
    except InputError as error:
        assert error.file and Path(error.file).name == name, f"file not named: {error}"
        assert error.remedy and error.row and error.column, f"place or remedy missing: {error}"
        assert GERMAN.search(error.what), f"not German: {error.what}"
        return None
    finally:
        assert time.perf_counter() - began < SECONDS, f"{time.perf_counter() - began:.0f} s"
    assert tidy(frame).equals(frame)
    return figures(frame)


@cache
def true_figures(example: str, folder: Path) -> Figures:
    module, name, content = EXAMPLES[example]
    found = outcome(module, name, content, folder)
    assert found is not None, f"{example} is refused"
    return found


def difference(change: str, found: Figures, true: Figures) -> str | None:
    """The first figure that is not what the unchanged file says."""
    for key, figure in found.items():
        if key not in true:
            if change not in NEW:
                return f"new: {key} {figure}"
            continue
        emptied = change in EMPTY and figure[1] == "missing"
        # Where the column of qualities is gone nobody knows of them
        known = 2 if change.startswith("without column") else 3
        if figure[:known] != true[key][:known] and not emptied:
            return f"{key}: {figure} instead of {true[key]}"
    return None


def faults(example: str, folder: Path, changes: Iterator[tuple[str, bytes]]) -> list[str]:
    """What goes wrong after each change."""
    module, name, _ = EXAMPLES[example]
    true = true_figures(example, folder)
    found = []
    for change, content in changes:
        try:
            figures = outcome(module, name, content, folder)
        except Exception as error:
            found.append(f"{change}: {type(error).__name__}: {str(error)[:300]}")
            continue
        wrong = difference(change, figures, true) if figures is not None else None
        if wrong:
            found.append(f"{change}: {wrong[:300]}")
    return found


def of_kind(*suffixes: str) -> list[str]:
    return [example for example, (_, name, _) in EXAMPLES.items() if name.lower().endswith(suffixes)]


TEXTS = of_kind(".csv", ".txt", ".asc")
WORKBOOKS = of_kind(".xlsx")


# Bytes and lines matter to a reader, not to each of its layouts: so many layouts are enough for all changes of them
FEW = 2


def place(example: str) -> int:
    """How many examples of the same format stand before this one."""
    return [other for other in EXAMPLES if EXAMPLES[other][0] == EXAMPLES[example][0]].index(example)


def shared(example: str, changes: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    """All changes for the first layouts of a format; the others take turns."""
    step = 1 if place(example) < FEW else 2
    return islice(changes, place(example) % step, None, step)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("robust")


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_cut_file_gives_no_wrong_figure(example: str, folder: Path) -> None:
    content = EXAMPLES[example][2]
    cuts = (0, 1, 100, *(len(content) * part // 7 for part in range(1, 7)), len(content) - 9, len(content) - 1)
    assert not faults(example, folder, shared(example, ((f"cut at {at}", content[:at]) for at in cuts)))


def decoded(content: bytes) -> tuple[str, str]:
    for encoding in ("utf-8-sig", "utf-8"):
        if encoding == "utf-8" or content.startswith(b"\xef\xbb\xbf"):
            try:
                return content.decode(encoding), encoding
            except UnicodeDecodeError:
                continue
    return content.decode("iso-8859-1"), "iso-8859-1"


def encodings(content: bytes) -> Iterator[tuple[str, bytes]]:
    text, _ = decoded(content)
    for encoding in ("utf-8", "utf-8-sig", "iso-8859-1", "cp1252", "utf-16", "utf-16-le", "utf-32"):
        yield encoding, text.encode(encoding, errors="replace")
    yield "encoded twice", text.encode("utf-8").decode("cp1252", errors="replace").encode("utf-8")
    yield "letters lost", text.encode("ascii", errors="replace")
    yield "replaced letters", re.sub("[äöüÄÖÜß]", "\ufffd", text).encode("utf-8")
    yield "two encodings", text.encode("utf-8") + "Größe\n".encode("iso-8859-1")
    yield "BOM twice", b"\xef\xbb\xbf" * 2 + text.encode("utf-8")
    yield "zero byte", content[: len(content) // 2] + b"\x00" + content[len(content) // 2 :]


def lines(content: bytes) -> Iterator[tuple[str, bytes]]:
    text, encoding = decoded(content)
    text = text.replace("\r\n", "\n")
    rows = text.removesuffix("\n").split("\n")
    middle = len(rows) // 2
    changed = {
        "CRLF": "\r\n".join(rows) + "\r\n",
        "CR": "\r".join(rows) + "\r",
        "no line end at the end": "\n".join(rows),
        "blank line first": "\n" + text,
        "blank line in the middle": "\n".join([*rows[:middle], "", *rows[middle:]]) + "\n",
        "blank lines at the end": text + "\n\n",
        "blanks at line ends": "\n".join(row + " " for row in rows) + "\n",
        "no last line": "\n".join(rows[:-1]) + "\n",
        "no first line": "\n".join(rows[1:]) + "\n",
        "first line twice": "\n".join([rows[0], *rows]) + "\n",
        "middle line gone": "\n".join([*rows[:middle], *rows[middle + 1 :]]) + "\n",
        "middle line twice": "\n".join([*rows[: middle + 1], *rows[middle:]]) + "\n",
        "everything twice": text + text,
        "ten times": text + "\n".join(rows[middle:-1] * 10) + "\n",
        "an open quotation mark": "\n".join([*rows[:middle], '"' + rows[middle], *rows[middle + 1 :]]) + "\n",
        "a line of another kind": "\n".join([*rows[:middle], "Hinweis", *rows[middle:]]) + "\n",
        "half a line": "\n".join([*rows[:middle], rows[middle][: len(rows[middle]) // 2], *rows[middle + 1 :]]) + "\n",
    }
    for name, change in changed.items():
        yield name, change.encode(encoding)


def cells(content: bytes) -> tuple[list[list[str]], str, str]:
    """Cells of a text, its separator and encoding; one cell a line where there is no separator."""
    text, encoding = decoded(content)
    body = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    separator = max(SEPARATORS, key=lambda mark: sum(line.count(mark) for line in body))
    return [next(csv.reader([line], delimiter=separator), [""]) for line in body], separator, encoding


def joined(rows: list[list[str]], separator: str, encoding: str) -> bytes:
    packed = io.StringIO()
    csv.writer(packed, delimiter=separator, lineterminator="\n").writerows(rows)
    return packed.getvalue().encode(encoding, errors="replace")


def width_of(rows: list[list[str]]) -> int:
    return max(map(len, rows))


def columns(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Columns gone, twice and moved together with their header; only where one line is the whole header."""
    rows, separator, encoding = cells(content)
    width = width_of(rows)
    if width < 3 or {len(row) for row in rows} != {width} or not all(rows[0]):
        return
    for at in {0, 1, width // 2, width - 1}:
        yield f"without column {at}", joined([row[:at] + row[at + 1 :] for row in rows], separator, encoding)
        yield (
            f"column {at} twice",
            joined([row[:at] + row[at : at + 1] + row[at:] for row in rows], separator, encoding),
        )
    for left, right in ((0, width - 1), (width // 2, width - 2), (1, 2)):
        order = list(range(width))
        order[left], order[right] = right, left
        yield (
            f"columns {left} and {right} swapped",
            joined([[row[at] for at in order] for row in rows], separator, encoding),
        )
    yield "backwards", joined([row[::-1] for row in rows], separator, encoding)
    yield "rows in no order", joined([rows[0], *rows[:0:-1]], separator, encoding)
    yield (
        "another column",
        joined([[*row, "neu" if at == 0 else "1"] for at, row in enumerate(rows)], separator, encoding),
    )


def numbers(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Absurd cells in place of the last number of a row in the middle and of the last row."""
    rows, separator, encoding = cells(content)
    found = [
        (at, column) for at, row in enumerate(rows) for column, cell in enumerate(row) if re.fullmatch(r"\d+", cell)
    ]
    if not found or width_of(rows) < 3:
        return
    for number, absurd in enumerate(ABSURD):
        row, column = found[-1] if number % 2 else found[len(found) // 2]
        changed = [list(cells) for cells in rows]
        changed[row][column] = absurd
        yield f"{absurd} in row {row + 1}, column {column + 1}", joined(changed, separator, encoding)


TEXT_CHANGES = {"encodings": encodings, "lines": lines, "columns": columns, "numbers": numbers}
CASES = [
    (example, change)
    for example in TEXTS
    for change in TEXT_CHANGES
    if change in ("columns", "numbers") or place(example) < FEW
]


@pytest.mark.parametrize(("example", "change"), CASES)
def test_a_changed_text_gives_no_wrong_figure(example: str, change: str, folder: Path) -> None:
    changes = TEXT_CHANGES[change](EXAMPLES[example][2])
    assert not faults(example, folder, changes if change == "columns" else shared(example, changes))


def saved(book: openpyxl.Workbook) -> bytes:
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def main_sheet(book: openpyxl.Workbook):
    return max(book.worksheets, key=lambda sheet: sheet.max_row * sheet.max_column)


def numeric(sheet) -> list:
    return [cell for row in sheet.iter_rows() for cell in row if isinstance(cell.value, int | float)]


def unmerge(sheet) -> None:
    for merged in list(sheet.merged_cells.ranges):
        sheet.unmerge_cells(str(merged))


def swap(sheet, left: int, right: int) -> None:
    unmerge(sheet)
    for row in sheet.iter_rows():
        row[left].value, row[right].value = row[right].value, row[left].value


def set_number(at: float, value: object) -> Callable:
    def change(sheet) -> None:
        found = numeric(sheet)
        found[int(at * (len(found) - 1))].value = value

    return change


def twice(sheet) -> None:
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    for row in rows[len(rows) // 2 :]:
        sheet.append(row)


def as_text(sheet) -> None:
    for cell in numeric(sheet):
        cell.value = str(cell.value)


def as_numbers(sheet) -> None:
    for row in sheet.iter_rows():
        for cell in row:
            if isinstance(cell.value, str) and re.fullmatch(r"0[0-9]{4,}", cell.value):
                cell.value = int(cell.value)


SHEET_CHANGES: dict[str, Callable] = {
    "saved again": lambda sheet: None,
    "merged cells broken": unmerge,
    "first column gone": lambda sheet: sheet.delete_cols(1),
    "a column gone": lambda sheet: sheet.delete_cols(sheet.max_column // 2),
    "last column gone": lambda sheet: sheet.delete_cols(sheet.max_column),
    "a column inserted": lambda sheet: sheet.insert_cols(2),
    "two columns swapped": lambda sheet: swap(sheet, 1, 2),
    "first and last column swapped": lambda sheet: swap(sheet, 0, sheet.max_column - 1),
    "first row gone": lambda sheet: sheet.delete_rows(1),
    "a row gone": lambda sheet: sheet.delete_rows(sheet.max_row // 2),
    "last row gone": lambda sheet: sheet.delete_rows(sheet.max_row),
    "half of the rows gone": lambda sheet: sheet.delete_rows(sheet.max_row // 2, sheet.max_row),
    "a row inserted": lambda sheet: sheet.insert_rows(sheet.max_row // 2),
    "a row above": lambda sheet: sheet.insert_rows(1),
    "rows twice": twice,
    "numbers as text": as_text,
    "keys as numbers": as_numbers,
    "renamed": lambda sheet: setattr(sheet, "title", "Tabelle1"),
    "an absurd number": set_number(0.5, 1e300),
    "an absurd last number": set_number(1, -1e300),
    "a formula without result": set_number(0.5, "=1+2"),
    "a formula of another file": set_number(0.9, "='[1]Tabelle1'!A1"),
    "an error": set_number(0.5, "#REF!"),
    "a word": set_number(0.7, "viele"),
    "a truth": set_number(0.3, True),
    "a day": set_number(0.6, dt.date(2021, 12, 31)),
    "nothing": set_number(0.4, None),
    "an unknown sign": set_number(0.2, "†"),
}


def turn(example: str, changes: dict[str, Callable]) -> list[tuple[str, Callable]]:
    """The changes of a workbook: where a format has several, the first share them all, and the others do."""
    own = [other for other in WORKBOOKS if EXAMPLES[other][0] == EXAMPLES[example][0]]
    at = own.index(example)
    first, step = (0, min(len(own), FEW)) if at < FEW else (FEW, max(FEW, len(own) - FEW))
    return list(changes.items())[at - first :: step]


def sheets(example: str) -> Iterator[tuple[str, bytes]]:
    # To load the file anew for each change takes six times as long
    loaded = pickle.dumps(openpyxl.load_workbook(io.BytesIO(EXAMPLES[example][2])))
    for name, change in turn(example, SHEET_CHANGES):
        book = pickle.loads(loaded)
        change(main_sheet(book))
        yield name, saved(book)
    book = pickle.loads(loaded)
    if len(book.worksheets) > 1:
        book.move_sheet(main_sheet(book), -len(book.worksheets))
        yield "sheets in another order", saved(book)
        book.remove(main_sheet(book))
        yield "sheet gone", saved(book)


def repacked(content: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for info in source.infolist():
            target.writestr(info.filename, change(info.filename, source.read(info)))
    return packed.getvalue()


def in_sheets(pattern: bytes, by: bytes) -> Callable[[str, bytes], bytes]:
    return lambda name, xml: re.sub(pattern, by, xml) if name.startswith("xl/worksheets/sheet") else xml


PARTS = {
    "formulas with results": in_sheets(rb"(<c [^>]*?>)(<v>[0-9.]+</v>)", rb"\1<f>1+1</f>\2"),
    "formulas of another file with results": in_sheets(rb"(<c [^>]*?>)(<v>[0-9.]+</v>)", rb"\1<f>[1]T!A1</f>\2"),
    "cells without places": in_sheets(rb'<c r="[A-Z]+[0-9]+"', b"<c"),
    "rows without numbers": in_sheets(rb'<row r="[0-9]+"', b"<row"),
    "no dimension": in_sheets(rb"<dimension [^>]*/>", b""),
    "a lying dimension": in_sheets(rb"<dimension [^>]*/>", b'<dimension ref="A1:XFD1048576"/>'),
    "no styles": lambda name, xml: re.sub(rb"<numFmts.*?</numFmts>", b"", xml) if name == "xl/styles.xml" else xml,
    "no shared strings": lambda name, xml: b"<sst/>" if name == "xl/sharedStrings.xml" else xml,
    "cut sheets": lambda name, xml: xml[: len(xml) // 2] if name.startswith("xl/worksheets/sheet") else xml,
}


def parts(example: str) -> Iterator[tuple[str, bytes]]:
    for name, change in turn(example, PARTS):
        yield name, repacked(EXAMPLES[example][2], change)


@pytest.mark.parametrize("change", [sheets, parts])
@pytest.mark.parametrize("example", WORKBOOKS)
def test_a_changed_workbook_gives_no_wrong_figure(example: str, change: Callable, folder: Path) -> None:
    assert not faults(example, folder, change(example))


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_nothing_but_an_error_for_people_comes_of_damage(data: st.DataObject, folder: Path) -> None:
    """Bytes anywhere changed, cut out or put in: figures may differ then, but nothing else may happen."""
    module, name, content = EXAMPLES[data.draw(st.sampled_from(sorted(EXAMPLES)))]
    start = data.draw(st.integers(0, len(content) - 1))
    end = data.draw(st.integers(start, min(len(content), start + 200)))
    outcome(module, name, content[:start] + data.draw(st.binary(max_size=40)) + content[end:], folder)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_a_file_cut_anywhere_gives_no_wrong_figure(data: st.DataObject, folder: Path) -> None:
    example = data.draw(st.sampled_from(sorted(EXAMPLES)))
    content = EXAMPLES[example][2]
    at = data.draw(st.integers(0, len(content) - 1))
    assert not faults(example, folder, iter([(f"{example} cut at {at}", content[:at])]))


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_are_of_their_format_only(example: str, folder: Path) -> None:
    module, name, content = EXAMPLES[example]
    path = folder / name
    path.write_bytes(content)
    others = sorted({other for other, _, _ in EXAMPLES.values()})
    assert [other for other in others if form(other).recognises(RawFile(path).unpacked())] == [module]
