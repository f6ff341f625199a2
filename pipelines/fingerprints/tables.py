"""The state of the tables in the internal store, to notice one that is missing or was changed by something else.

What belongs here: one short text per table that changes with its content. What does not: reading tables for use
(`pipelines.warehouse`), and hashes that must be the same everywhere (`pipelines.provenance`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def states(db: Path) -> dict[str, str]:
    """State of every table by `schema.name`; empty when the file is absent or not legible."""
    import duckdb

    if not db.is_file():
        return {}
    try:
        with duckdb.connect(str(db), read_only=True) as connection:
            found = connection.execute("select table_schema, table_name from information_schema.tables order by all")
            return {table: state(connection, table) for table in map(".".join, found.fetchall())}
    except duckdb.Error:  # held by a writer or damaged: then nothing is known
        return {}


def state(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    """State of the table `schema.name` behind an open connection."""
    schema, name = table.split(".")
    # The order of rows does not count; no table holds the same row twice, because each has a key
    query = f'select count(*), coalesce(sum(hash(t)::hugeint), 0)::varchar from "{schema}"."{name}" t'
    return ":".join(map(str, connection.execute(query).fetchall()[0]))
