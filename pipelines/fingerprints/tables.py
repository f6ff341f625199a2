"""The state of the tables in the internal store, to notice one that is missing or was changed by something else.

What belongs here: one short text per table that changes with its content. What does not: reading tables for use
(`pipelines.warehouse`), and hashes that must be the same everywhere (`pipelines.provenance`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def states(db: Path, names: Sequence[str] | None = None) -> dict[str, str]:
    """State of every table, or of those named, by `schema.name`; empty when the file is absent or not legible."""
    import duckdb

    if not db.is_file():
        return {}
    try:
        with duckdb.connect(str(db), read_only=True) as connection:
            wanted = names or [
                f"{schema}.{name}"
                for schema, name in connection.execute(
                    "select table_schema, table_name from information_schema.tables order by all"
                ).fetchall()
            ]
            return {name: _state(connection, name) for name in wanted}
    except duckdb.Error:  # held by a writer, damaged, or a table is absent: then nothing is known
        return {}


def _state(connection, name: str) -> str:
    schema, table = name.split(".")
    # The order of rows does not count; no table holds the same row twice, because each has a key
    query = f'select count(*), coalesce(sum(hash(t)::hugeint), 0)::varchar from "{schema}"."{table}" t'
    rows, total = connection.execute(query).fetchone()
    return f"{rows}:{total}"
