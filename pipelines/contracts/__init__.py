"""The contract of every table, read from the YAML files beside this module, which are the only place of a schema.

What belongs here: names, types, keys and rules of tables, and bringing a frame into that form. What does not: judging
values (`pipelines.validation`) and storing tables (`pipelines.warehouse`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.contract_files import FOLDER, read_sheets
from pipelines.contract_files import WITH_VALUE as WITH_VALUE
from pipelines.errors import ContractError

TYPES: dict[str, pl.DataType] = {
    "text": pl.String(),
    "number": pl.Float64(),
    "money": pl.Decimal(18, 2),
    "exact": pl.Decimal(18, 3),
    "integer": pl.Int64(),
    "boolean": pl.Boolean(),
    "binary": pl.Binary(),
}
# The same types in DuckDB
SQL_TYPES = {
    "text": "varchar",
    "number": "double",
    "money": "decimal(18,2)",
    "exact": "decimal(18,3)",
    "integer": "bigint",
    "boolean": "boolean",
    "binary": "blob",
}
TYPE_WORDS = {
    "text": "Text",
    "number": "Zahl",
    "money": "Betrag in Euro und Cent",
    "exact": "genaue Zahl, drei Nachkommastellen",
    "integer": "ganze Zahl",
    "boolean": "ja/nein",
    "binary": "Fläche (WKB)",
}


@dataclass(frozen=True)
class Column:
    """One column: `type` is a key of TYPES; bounds are inclusive; `description` is German."""

    name: str
    type: str
    description: str
    required: bool = False
    allowed: tuple[Any, ...] | None = None
    pattern: str | None = None
    min: float | None = None
    max: float | None = None
    unit: str | None = None


@dataclass(frozen=True)
class Rule:
    """A rule on a row: `sql` is a DuckDB expression that must be true for every row."""

    id: str
    sql: str
    description: str


@dataclass(frozen=True)
class Contract:
    """What a table promises: its columns in order, the key that is unique, and rules on rows."""

    table: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...]
    description: str

    def schema(self) -> dict[str, pl.DataType]:
        """Column names in contract order with their Polars types."""
        return {column.name: TYPES[column.type] for column in self.columns}


def tables() -> list[str]:
    """All tables with a contract, `schema.name`, in alphabetical order."""
    return sorted(_all())


def contract(table: str) -> Contract:
    """The contract of `schema.name`. Raises ContractError for a table without one."""
    try:
        return _all()[table]
    except KeyError as error:
        raise ContractError(
            f"Für die Tabelle {table} gibt es keinen Vertrag.",
            expected="eine der Tabellen unter pipelines/contracts",
            found=table,
            remedy="Die Tabelle in einer Datei unter pipelines/contracts bei „tables“ eintragen.",
        ) from error


def conform(frame: pl.DataFrame, table: str) -> pl.DataFrame:
    """The frame with the columns of the contract, in its order and types, sorted by its key.

    Only casts that lose nothing are made (narrow to wide numbers, whole numbers to numbers, categories to text, an
    all-null column to anything). Raises ContractError for missing or added columns, other types, NaN and infinity.
    """
    agreed = contract(table)
    _check_names(frame, agreed)
    _check_types(frame, agreed)
    result = frame.select(pl.col(name).cast(dtype) for name, dtype in agreed.schema().items())
    _check_finite(result, agreed)
    return result.sort(list(agreed.key), nulls_last=True, maintain_order=True)


def empty(table: str) -> pl.DataFrame:
    """A frame of the contract without rows."""
    return pl.DataFrame(schema=contract(table).schema())


def dictionary(names: list[str] | None = None) -> pl.DataFrame:
    """The data dictionary in German: table, column, type, unit, description; one row per column, in contract order."""
    rows = [
        (agreed.table, column.name, TYPE_WORDS[column.type], column.unit, column.description)
        for agreed in map(contract, names or tables())
        for column in agreed.columns
    ]
    return pl.DataFrame(rows, schema=["table", "column", "type", "unit", "description"], orient="row")


@cache
def _all() -> dict[str, Contract]:
    return {table: _contract(table, content, path) for table, (path, content) in read_sheets(FOLDER).items()}


def _contract(table: str, content: dict[str, Any], path: Path) -> Contract:
    columns = tuple(_column(name, sheet, path) for name, sheet in content["columns"].items())
    rules = tuple(Rule(**rule) for rule in content.get("rules", []))
    return Contract(table, tuple(content["key"]), columns, rules, content["description"])


def _column(name: str, sheet: dict[str, Any], path: Path) -> Column:
    if sheet.get("type") not in TYPES:
        raise ContractError(
            "Ein Vertrag nennt einen unbekannten Typ.",
            file=path,
            column=name,
            expected=", ".join(TYPES),
            found=sheet.get("type"),
            remedy="Den Typ in der Vertragsdatei berichtigen.",
        )
    allowed = sheet.get("allowed")
    return Column(name=name, **{**sheet, "allowed": tuple(allowed) if allowed else None})


def _check_names(frame: pl.DataFrame, agreed: Contract) -> None:
    wanted = list(agreed.schema())
    missing = [name for name in wanted if name not in frame.columns]
    added = [name for name in frame.columns if name not in wanted]
    if missing or added:
        parts = [f"fehlt: {', '.join(missing)}"] * bool(missing) + [f"nicht vereinbart: {', '.join(added)}"] * bool(
            added
        )
        raise ContractError(
            f"Die Tabelle {agreed.table} hat nicht die vereinbarten Spalten.",
            column=", ".join(missing + added),
            expected=", ".join(wanted),
            found="; ".join(parts),
            remedy="Die Spalten an den Vertrag unter pipelines/contracts anpassen oder den Vertrag ändern.",
        )


def _check_types(frame: pl.DataFrame, agreed: Contract) -> None:
    for name, dtype in agreed.schema().items():
        found = frame.schema[name]
        if not _lossless(found, dtype):
            raise ContractError(
                f"Eine Spalte der Tabelle {agreed.table} hat nicht den vereinbarten Typ.",
                column=name,
                expected=str(dtype),
                found=str(found),
                remedy="Die Spalte vor dem Schreiben umwandeln; der Typ steht im Vertrag unter pipelines/contracts.",
            )


def _lossless(found: pl.DataType, wanted: pl.DataType) -> bool:
    if found in (wanted, pl.Null()):
        return True
    if wanted == pl.Float64():
        return found.is_integer() or found == pl.Float32()
    if wanted == pl.Int64():
        return found.is_integer() and found not in (pl.UInt64(), pl.Int128())
    return wanted == pl.String() and isinstance(found, pl.Categorical | pl.Enum)


def _check_finite(frame: pl.DataFrame, agreed: Contract) -> None:
    for name, dtype in agreed.schema().items():
        bad = frame[name].is_finite().not_().sum() if dtype == pl.Float64() else 0
        if bad:
            raise ContractError(
                f"Eine Spalte der Tabelle {agreed.table} enthält etwas, das keine Zahl ist.",
                column=name,
                expected="eine Zahl oder kein Wert",
                found=f"{bad} Zeilen mit NaN oder unendlich",
                remedy="Fehlende Werte als null führen und Teilungen durch null vorher ausschließen.",
            )
