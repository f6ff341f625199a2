"""The internal warehouse: tables in one DuckDB file, written and read by contract.

What belongs here: storing and loading whole tables (geometry as WKB) and waiting for another writer. What does not:
schemas (`pipelines.contracts`), judging values (`pipelines.validation`) and the released copy (`pipelines.publish`).
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import duckdb
import polars as pl

from pipelines.contracts import SQL_TYPES, conform, contract
from pipelines.errors import AtlasError, LockError
from pipelines.fingerprints.tables import state

WAIT_SECONDS = 30.0
PAUSE_SECONDS = 0.1
CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
_LOCK_WORDS = ("conflicting lock", "could not set lock", "being used by another process")
_kept: dict[Path, duckdb.DuckDBPyConnection] = {}


class Stored(NamedTuple):
    """A table as written: in the form and order of its contract, and a short text that changes with its content."""

    frame: pl.DataFrame
    state: str


def write(db: Path, frame: pl.DataFrame, table: str, *, wait: float = WAIT_SECONDS) -> Stored:
    """Create or replace `schema.name` in the file `db` with exactly this frame, and return it as written.

    Columns go in by name and in the types of the contract, an empty frame makes an empty table, and a reader sees the
    old or the new table, never half of one. Raises ContractError for a frame out of form, LockError when another
    program still writes after `wait` seconds.
    """
    agreed = contract(table)
    frame = conform(frame, table)
    schema, _ = table.split(".")
    columns = ", ".join(f'"{column.name}" {SQL_TYPES[column.type]}' for column in agreed.columns)
    db.parent.mkdir(parents=True, exist_ok=True)
    with _connect(db, read_only=False, wait=wait) as connection:
        connection.register("incoming", frame.to_arrow())
        connection.begin()
        connection.execute(f'create schema if not exists "{schema}"')
        connection.execute(f"create or replace table {_quoted(table)} ({columns})")
        connection.execute(f"insert into {_quoted(table)} by name select * from incoming")
        connection.commit()
        return Stored(frame, state(connection, table))  # here, because opening the file again takes longer


def read(db: Path, table: str, *, wait: float = WAIT_SECONDS) -> pl.DataFrame:
    """The table `schema.name` of the file `db`, in the form and order of its contract.

    Raises AtlasError when the table has not been made yet, LockError when a writer holds the file for longer than
    `wait` seconds, ContractError when the stored table is of an older contract.
    """
    if not db.is_file():
        raise _absent(db, table)
    with _connect(db, read_only=True, wait=wait) as connection:
        try:
            frame = connection.execute(f"select * from {_quoted(table)}").pl()
        except duckdb.CatalogException as error:
            raise _absent(db, table) from error
    return conform(frame, table)


@contextmanager
def kept_open(db: Path, *, wait: float = WAIT_SECONDS) -> Iterator[None]:
    """Keep the file `db` open in this process for a whole run: opening it takes longer than writing most tables.

    Until then other programs that want it wait, and are told who holds it. Raises LockError as `write` does.
    """
    db.parent.mkdir(parents=True, exist_ok=True)
    with _connect(db, read_only=False, wait=wait) as connection:
        _kept[db] = connection
        try:
            yield
        finally:
            del _kept[db]


@contextmanager
def _connect(db: Path, *, read_only: bool, wait: float) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection; while another process holds the file, try again until `wait` seconds are over."""
    if db in _kept:
        with _kept[db].cursor() as cursor:
            yield cursor
        return
    deadline = time.monotonic() + wait
    while True:
        try:
            connection = duckdb.connect(str(db), read_only=read_only, config=CONFIG)
            break
        except duckdb.IOException as error:
            if not any(word in str(error).lower() for word in _LOCK_WORDS):
                raise
            if time.monotonic() >= deadline:
                raise _locked(db, str(error)) from error
            time.sleep(PAUSE_SECONDS)
    try:
        yield connection
    finally:
        connection.close()


def _quoted(table: str) -> str:
    schema, name = table.split(".")
    return f'"{schema}"."{name}"'


def _locked(db: Path, message: str) -> LockError:
    process = re.search(r"PID (\d+)", message)
    holder = f"Vorgang {process.group(1)}" if process else "ein anderes Programm"
    return LockError(
        "Ein anderes Programm schreibt gerade in die Datenbank des Atlas.",
        file=db,
        expected="die Datenbank ist frei",
        found=f"belegt durch {holder}",
        remedy="Warten, bis der andere Lauf fertig ist, oder das Programm schließen, das die Datei geöffnet hat.",
    )


def _absent(db: Path, table: str) -> AtlasError:
    return AtlasError(
        f"Die Tabelle {table} ist noch nicht erzeugt.",
        file=db,
        remedy="Zuerst einen ganzen Lauf ausführen: sozialatlas run.",
    )
