"""Attributes of geometry, their first rows only: shapefile (dBase), GeoPackage and GeoJSON.

What belongs here: names and first cells of attribute tables, read without any library of geometry. What does not: the
shapes, and what attributes mean (`vg250`, `personal`).
"""

from __future__ import annotations

import json
import re
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing
from itertools import islice

from pipelines.readers.rawfile import HEAD, RawFile
from pipelines.readers.text import any_text
from pipelines.readers.workbook import text_of

# Attributes may stand behind the corners of an area
FEATURES = 2**22
ROWS, COLUMNS = 100, 200
# Tables a GeoPackage keeps about itself
OWN = ("gpkg_", "rtree_", "sqlite_")


def of_json(file: RawFile) -> list[list[str]]:
    """The innermost objects of a file of JSON, one row each below the names of their members."""
    with file.stream() as stream:
        text = any_text(stream.read(FEATURES))
    found = []
    for match in islice(re.finditer(r"\{[^{}]*\}", text), 4 * ROWS):
        try:
            found.append(json.loads(match.group()))
        except (ValueError, RecursionError):
            continue
    found = [item for item in found if "coordinates" not in item][:ROWS]
    header = list(dict.fromkeys(name for item in found for name in item))[:COLUMNS]
    return [header, *([text_of(item.get(name)) for name in header] for item in found)]


def of_geopackage(file: RawFile) -> Iterator[tuple[str, list[list[str]]]]:
    """Attribute tables of a GeoPackage; geometry is left out. What the database refuses to show is no table."""
    try:
        with closing(_database(file)) as database:
            for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchmany(COLUMNS):
                quoted = '"' + name.replace('"', '""') + '"'
                found = database.execute(f"SELECT * FROM {quoted} LIMIT {ROWS}")
                header = [column[0] for column in found.description]
                rows = [["" if isinstance(cell, bytes) else text_of(cell) for cell in row] for row in found]
                yield name, [header, *rows]
    except sqlite3.Error:
        return


def texts_of_geopackage(file: RawFile) -> Iterator[tuple[str, list[str]]]:
    """All texts in the tables of a GeoPackage that are not its own, each once, by table and column."""
    try:
        with closing(_database(file)) as database:
            tables = "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'"
            for table, column in database.execute(tables).fetchall():
                if table.startswith(OWN):
                    continue
                name, quoted = ('"' + word.replace('"', '""') + '"' for word in (table, column))
                found = database.execute(f"SELECT DISTINCT {quoted} FROM {name} WHERE typeof({quoted}) = 'text'")
                yield table, [text for (text,) in found]
    except sqlite3.Error:
        return


def lines_of_dbf(content: bytes) -> str:
    """The rows of a dBase table as lines of text, fields of fixed width side by side."""
    if len(content) < 32:
        return ""
    start, width = struct.unpack("<HH", content[8:12])
    return any_text(b"\n".join(content[at : at + width] for at in range(start, len(content), width or HEAD)))


def _database(file: RawFile) -> sqlite3.Connection:
    if file.member is None:
        return sqlite3.connect(f"{file.path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    database = sqlite3.connect(":memory:")
    database.deserialize(file.content)
    return database


def of_dbf(head: bytes) -> list[list[str]]:
    """Attributes of a shapefile (dBase): fields of 32 bytes each from byte 32 on, then rows of fixed width."""
    if len(head) < 32:
        return []
    start, width = struct.unpack("<HH", head[8:12])
    fields = [head[at : at + 32] for at in range(32, min(start, len(head)) - 32, 32)]
    names = [field[:11].partition(b"\x00")[0].decode("latin-1") for field in fields]
    rows = [names]
    for at in islice(range(start, len(head) - width + 1, width or HEAD), ROWS):
        cells, place = [], at + 1
        for field in fields:
            cells.append(any_text(head[place : place + field[16]]).strip())
            place += field[16]
        rows.append(cells)
    return rows
