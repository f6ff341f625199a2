"""What holds for every asset: its Dagster form, with key, group, owner, kinds, description, columns and partition.

What belongs here: the one place where declarations (`assets.steps`) become Dagster assets and checks alike. What does
not: single assets, and what a record says (`assets.recording`).
"""

import base64
import time
from collections.abc import Callable, Sequence
from typing import Any

import dagster as dg
import polars as pl

from assets.partitions import report_years
from assets.recording import Recorder
from assets.resources import preview
from assets.steps import SETTINGS, Check, Step
from pipelines.contracts import contract, tables
from pipelines.fingerprints.parts import digest
from pipelines.settings import Settings
from pipelines.validation.results import store

OWNERS = ["team:sozialplanung"]
BY_YEAR = ("release", "reports")
KINDS = {
    "raw": {"csv", "duckdb"},
    "curated": {"polars", "duckdb"},
    "indicators": {"polars", "duckdb"},
    "steering": {"yaml", "polars", "duckdb"},
    "release": {"polars", "duckdb"},
    "reports": {"quarto", "matplotlib"},
}
FAILURES_SHOWN = 20


def key_of(name: str) -> dg.AssetKey:
    """`schema.table` as asset key."""
    return dg.AssetKey(name.split("."))


def as_asset(step: Step, settings: Settings, recorder: Recorder) -> dg.AssetsDefinition:
    """The Dagster form of a step, with everything that is the same for all of its kind."""
    options: dict[str, Any] = {
        "ins": {parameter: dg.AssetIn(key_of(name)) for parameter, name in step.inputs.items()},
        "deps": [key_of(name) for name in step.after],
        "required_resource_keys": {SETTINGS},
    }
    if len(step.outputs) == 1:
        make = _tables(step, recorder) if step.place is None else _files(step, recorder)
        definition = dg.asset(key=key_of(step.outputs[0]), description=step.description, **options)(make)
    else:
        outs = {name.split(".")[1]: dg.AssetOut(key=key_of(name)) for name in step.outputs}
        definition = dg.multi_asset(name=step.name, outs=outs, **options)(_tables(step, recorder))
    by_year, version = report_years(settings), digest({"code": recorder.book.code(step)})[:12]

    def complete(spec: dg.AssetSpec) -> dg.AssetSpec:
        schema = spec.key.path[0]
        return spec.replace_attributes(
            group_name=schema,
            owners=OWNERS,
            kinds=KINDS[schema],
            code_version=version,
            partitions_def=by_year if schema in BY_YEAR else None,
            **_from_contract(".".join(spec.key.path), spec),
        )

    return definition.map_asset_specs(complete)


def as_check(check: Check, recorder: Recorder) -> dg.AssetChecksDefinition:
    """The Dagster form of a check: it blocks what is behind its table."""
    options: dict[str, Any] = {
        "asset": key_of(check.asset),
        "name": check.name,
        "additional_deps": [key_of(name) for name in check.after],
        "blocking": True,
        "description": check.description,
        "required_resource_keys": {SETTINGS},
    }

    def judge(context: dg.AssetCheckExecutionContext, **frames: pl.DataFrame) -> dg.AssetCheckResult:
        settings, started = context.resources.atlas, time.perf_counter()
        results = check.call(settings, frames)
        path = settings.results_dir / check.results_file
        store(results, path)
        passed = results.filter(~pl.col("passed")).is_empty()
        recorder.checked(check, passed, path, round(time.perf_counter() - started, 3))
        return _shown(results, passed)

    if check.frame is None:
        return dg.asset_check(**options)(_without_table(judge))
    return dg.asset_check(**options)(_with_table(judge, check.frame))


def _tables(step: Step, recorder: Recorder) -> Callable[..., Any]:
    def make(context: dg.AssetExecutionContext, **frames: pl.DataFrame):  # one frame, or a tuple of several
        recorder.begin(step)
        made = step.call(context.resources.atlas, frames)
        if step.picture is not None:
            encoded = base64.b64encode(step.picture(made, **frames)).decode("ascii")
            context.add_output_metadata({"Karte": dg.MetadataValue.md(f"![Karte](data:image/png;base64,{encoded})")})
        return made

    return make


def _files(step: Step, recorder: Recorder) -> Callable[..., None]:
    def make(context: dg.AssetExecutionContext, **frames: pl.DataFrame) -> None:
        with recorder.files(step):
            step.call(context.resources.atlas, frames)

    return make


def _with_table(judge: Callable[..., dg.AssetCheckResult], parameter: str) -> Callable[..., dg.AssetCheckResult]:
    """Dagster hands a check its table by position of the parameter, whatever its name."""

    def judged(context: dg.AssetCheckExecutionContext, frame: pl.DataFrame) -> dg.AssetCheckResult:
        return judge(context, **{parameter: frame})

    return judged


def _without_table(judge: Callable[..., dg.AssetCheckResult]) -> Callable[..., dg.AssetCheckResult]:
    def judged(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        return judge(context)

    return judged


def _shown(results: pl.DataFrame, passed: bool) -> dg.AssetCheckResult:
    """The rows of a check as Dagster shows them: the failed ones, or the first."""
    failed = results.filter(~pl.col("passed"))
    shown = failed if failed.height else results
    first = shown.row(0, named=True) if shown.height else {}
    columns: Sequence[str] = ["check_id", "expected", "observed", "gap", "examples"]
    return dg.AssetCheckResult(
        passed=passed,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={
            "Prüfungen": results.height,
            "nicht bestanden": failed.height,
            "erwartet": first.get("expected") or "keine Prüfung",
            "beobachtet": first.get("observed") or "keine Prüfung",
            "erste Schlüssel": first.get("examples") or "keine",
            "Ergebnisse": dg.MetadataValue.md(preview(shown.select(columns), rows=FAILURES_SHOWN)),
        },
    )


def _from_contract(name: str, spec: dg.AssetSpec) -> dict[str, Any]:
    if name not in tables():
        return {}
    agreed = contract(name)
    columns = [dg.TableColumn(column.name, column.type, column.description) for column in agreed.columns]
    metadata = {**spec.metadata, "dagster/column_schema": dg.TableSchema(columns=columns)}
    return {"description": agreed.description, "metadata": metadata}
