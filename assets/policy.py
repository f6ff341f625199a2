"""What holds for every asset: key, group, owner, kinds, description and columns from the contract, partition.

What belongs here: the one place where assets are declared alike. What does not: single assets.
"""

from collections.abc import Callable, Sequence
from typing import Any

import dagster as dg

from assets.partitions import report_years
from pipelines.contracts import contract, tables
from pipelines.settings import Settings

OWNERS = ["team:sozialplanung"]
BY_YEAR = ("release", "reports")
KINDS = {
    "raw": {"csv", "duckdb"},
    "curated": {"polars", "duckdb"},
    "indicators": {"polars", "duckdb"},
    "release": {"polars", "duckdb"},
    "reports": {"quarto", "matplotlib"},
}


def key_of(name: str) -> dg.AssetKey:
    """`schema.table` as asset key."""
    return dg.AssetKey(name.split("."))


def table(name: str, **inputs: str) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """Declare the asset of a table; `inputs` names for each parameter the table it takes."""
    ins = {parameter: dg.AssetIn(key_of(source)) for parameter, source in inputs.items()}
    return dg.asset(key=key_of(name), ins=ins)


def report(name: str, description: str, after: Sequence[str]) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """Declare the asset of files below `reports/output`; `after` names the assets that must be there before."""
    return dg.asset(key=["reports", name], deps=[key_of(source) for source in after], description=description)


def with_policy(definition: dg.AssetsDefinition, settings: Settings) -> dg.AssetsDefinition:
    """The asset with everything that is the same for all of its kind."""
    by_year = report_years(settings)

    def complete(spec: dg.AssetSpec) -> dg.AssetSpec:
        schema = spec.key.path[0]
        return spec.replace_attributes(
            group_name=schema,
            owners=OWNERS,
            kinds=KINDS[schema],
            partitions_def=by_year if schema in BY_YEAR else None,
            **_from_contract(".".join(spec.key.path), spec),
        )

    return definition.map_asset_specs(complete)


def _from_contract(name: str, spec: dg.AssetSpec) -> dict[str, Any]:
    if name not in tables():
        return {}
    agreed = contract(name)
    columns = [dg.TableColumn(column.name, column.type, column.description) for column in agreed.columns]
    metadata = {**spec.metadata, "dagster/column_schema": dg.TableSchema(columns=columns)}
    return {"description": agreed.description, "metadata": metadata}
