"""Error cells of old Excel workbooks (.xls): what a failed formula shows, `#DIV/0!` or `#REF!`.

What belongs here: just those cells, because calamine gives them as empty ones and offers no way to tell them apart.
What does not: all other cells (`workbook`). Every formula of an old workbook has a stored result; whether it refers to
another workbook is not told here.

Source of the format: [MS-CFB] for the file (sectors, a table of their chains, a directory of streams) and [MS-XLS] for
the stream in it (records of a number, a length and a body).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
_STREAMS = ("Workbook", "Book")
# Numbers of records: end, formula, sheet, a truth value or an error, begin
_END, _FORMULA, _SHEET, _ERROR, _BEGIN = 0x000A, 0x0006, 0x0085, 0x0205, 0x0809
_BIFF_8 = 0x0600
# Sectors above are marks: end of a chain, free
_LAST_SECTOR = 0xFFFFFFFA
_IN_HEADER = 109
# Sectors have 512 or 4,096 bytes
_SHIFTS = (9, 12)


def errors(content: bytes) -> dict[str, list[tuple[int, int, str]]]:
    """Row and column, both from 0, and words of every error cell, by sheet.

    Raises struct.error, ValueError or IndexError for a file that is no whole workbook.
    """
    stream = _stream(content)
    version = struct.unpack_from("<H", stream, 4)[0]
    sheets = [body for number, body in _records(stream, 0) if number == _SHEET]
    return {_name(body, version): list(_of_sheet(stream, struct.unpack_from("<I", body)[0])) for body in sheets}


def _of_sheet(stream: bytes, offset: int) -> Iterator[tuple[int, int, str]]:
    for number, body in _records(stream, offset):
        code = None
        if number == _ERROR and body[7]:
            code = body[6]
        elif number == _FORMULA and body[6] == 2 and body[12:14] == b"\xff\xff":
            code = body[8]
        if code is not None:
            row, column = struct.unpack_from("<HH", body)
            yield row, column, ERRORS.get(code, f"#FEHLER {code}")


def _records(stream: bytes, offset: int) -> Iterator[tuple[int, bytes]]:
    """The records from one beginning to its end, without those of charts inside."""
    depth = 0
    while True:
        number, length = struct.unpack_from("<HH", stream, offset)
        depth += (number == _BEGIN) - (number == _END)
        if depth == 0:
            return
        if depth == 1:
            yield number, stream[offset + 4 : offset + 4 + length]
        offset += 4 + length


def _name(body: bytes, version: int) -> str:
    """The name of a sheet: bytes in old files, else UTF-16 with or without its upper bytes, as a flag says."""
    length = body[6]
    if version < _BIFF_8:
        return body[7 : 7 + length].decode("cp1252")
    return body[8 : 8 + 2 * length].decode("utf-16-le") if body[7] & 1 else body[8 : 8 + length].decode("latin-1")


def _stream(content: bytes) -> bytes:
    """The stream of the workbook inside the file."""
    shift, small_shift = struct.unpack_from("<HH", content, 30)
    if shift not in _SHIFTS or small_shift > shift:
        raise ValueError("no size of sectors")
    size, small = 1 << shift, 1 << small_shift
    first_directory = struct.unpack_from("<I", content, 48)[0]
    cutoff, first_small = struct.unpack_from("<II", content, 56)
    table = _numbers(b"".join(content[(at + 1) * size : (at + 2) * size] for at in _table_sectors(content, size)))
    directory = _chained(content[size:], table, first_directory, size)
    entries = {}
    for at in range(0, len(directory), 128):
        entry = directory[at : at + 128]
        name = entry[: max(struct.unpack_from("<H", entry, 64)[0] - 2, 0)].decode("utf-16-le")
        entries[name] = struct.unpack_from("<II", entry, 116)
    start, length = next(entries[name] for name in _STREAMS if name in entries)
    if length >= cutoff:
        return _chained(content[size:], table, start, size)[:length]
    # A short stream lies in pieces of a stream of its own, the one of the root
    pieces = _chained(content[size:], table, entries["Root Entry"][0], size)
    return _chained(pieces, _numbers(_chained(content[size:], table, first_small, size)), start, small)[:length]


def _table_sectors(content: bytes, size: int) -> list[int]:
    """The sectors that hold the table of chains: the first in the header, more in a chain of their own."""
    found = list(struct.unpack_from(f"<{_IN_HEADER}I", content, 76))
    following = struct.unpack_from("<I", content, 68)[0]
    while following <= _LAST_SECTOR and len(found) * size <= len(content) + _IN_HEADER * size:
        *more, following = _numbers(content[(following + 1) * size : (following + 2) * size])
        found += more
    return [at for at in found if at <= _LAST_SECTOR]


def _chained(sectors: bytes, table: list[int], start: int, size: int) -> bytes:
    """The sectors of a chain, joined; ValueError for one that runs in a circle."""
    found: list[int] = []
    while start <= _LAST_SECTOR:
        if len(found) > len(table):
            raise ValueError("endless chain of sectors")
        found.append(start)
        start = table[start]
    return b"".join(sectors[at * size : (at + 1) * size] for at in found)


def _numbers(content: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(content) // 4}I", content))
