"""Write the released DuckDB copy: the only file documents, portal and open data read.

What belongs here: storing released frames with their descriptions, aside first and then in one step. What does not:
deciding what is released (`pipelines.disclosure`) and the internal warehouse.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl

from pipelines.contracts import SQL_TYPES, Contract, conform, contract, tables
from pipelines.errors import ContractError

COPY_PATH = Path("daten") / "sozialatlas.duckdb"


def released_tables() -> list[str]:
    """Names of the tables a released copy holds, without the schema, in alphabetical order."""
    return [name.removeprefix("release.") for name in tables() if name.startswith("release.")]


def write_copy(frames: dict[str, pl.DataFrame], folder: Path) -> Path:
    """Write `folder/daten/sozialatlas.duckdb` with exactly the released tables and return its path.

    `frames` has one frame per name of `released_tables()`; rows are stored in the order of the contract's key, tables
    and columns carry the contract's German descriptions. The file is built aside and exchanged in one step. DuckDB
    files are not byte-stable: compare their ordered content, not their hash. Raises ContractError when a table is
    missing, added or not as agreed.
    """
    _check_names(frames)
    target = folder / COPY_PATH
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.neu")
    aside.unlink(missing_ok=True)
    with duckdb.connect(str(aside)) as connection:
        connection.execute("create schema release")
        connection.execute("use release")
        for name in released_tables():
            _write_table(connection, contract(f"release.{name}"), conform(frames[name], f"release.{name}"))
    aside.replace(target)
    return target


def _check_names(frames: dict[str, pl.DataFrame]) -> None:
    wanted, found = released_tables(), sorted(frames)
    if wanted != found:
        raise ContractError(
            "Die Ausgabe hat nicht genau die vereinbarten Tabellen.",
            expected=", ".join(wanted),
            found=", ".join(found),
            remedy="Die Tabellen der Stufe release mit den Verträgen unter pipelines/contracts vergleichen.",
        )


def _write_table(connection: duckdb.DuckDBPyConnection, agreed: Contract, frame: pl.DataFrame) -> None:
    table = f'"{agreed.table.removeprefix("release.")}"'
    columns = ", ".join(
        f'"{column.name}" {SQL_TYPES[column.type]}{" not null" if column.required else ""}' for column in agreed.columns
    )
    connection.execute(f"create table {table} ({columns})")
    connection.register("rows", frame.to_arrow())
    order = ", ".join(f'"{name}"' for name in agreed.key)
    connection.execute(f"insert into {table} by name select * from rows order by {order}")
    connection.unregister("rows")
    connection.execute(f"comment on table {table} is {_quoted(agreed.description)}")
    for column in agreed.columns:
        connection.execute(f'comment on column {table}."{column.name}" is {_quoted(column.description)}')


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
