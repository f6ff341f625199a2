"""Great Expectations suites made from the table contracts, run on frames in memory.

What belongs here: turning a contract into expectations and their outcome into rows of `release.checks`. What does not:
schemas (`pipelines.contracts`) and checks that compare tables (`reconciliation`). Great Expectations has no Polars
source, so frames go in as pandas; types are compared on the Polars frame, because pandas has no integer with gaps.
"""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl

from pipelines.contracts import Column, Contract, contract
from pipelines.validation.results import EXAMPLES, Result, as_frame

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

KIND = "Vertrag"
_FOREIGN = re.compile(r"<script[^>]*\bsrc=[^>]*>\s*</script>|<link[^>]*\bhref=\"?https?:[^>]*>|<img[^>]*https?:[^>]*>")
_FOREIGN_PICTURE = re.compile(r"url\('https?:[^']*'\)")
# Naming the rows of examples takes a third of the time of a check, and is only needed where one has failed.
COUNTS = {"result_format": "BASIC", "partial_unexpected_count": EXAMPLES}
EXAMPLES_TOO = {"result_format": "SUMMARY", "partial_unexpected_count": EXAMPLES}
_STYLE = "<style>body{font-family:sans-serif;margin:2rem}td,th{padding:.2rem .6rem}</style>"


def check_table(frame: pl.DataFrame, table: str, folder: Path | None = None) -> pl.DataFrame:
    """Every expectation of the table's contract on the frame; one row of `release.checks` per expectation.

    With `folder` the page of Great Expectations is kept there as `<table>.html`: internal, because it shows values.
    """
    agreed = contract(table)
    outcome = _validate(frame, agreed)
    results = as_frame([_types(frame, agreed), *(_result(entry, agreed) for entry in outcome.results)])
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{table}.html").write_text(_page(outcome), encoding="utf-8", newline="\n")
    return results


def suite(agreed: Contract) -> list[Expectation]:
    """The expectations of a contract; each carries id, description and expectation in German as `meta`."""
    return [
        _columns(agreed),
        _unique_key(agreed),
        *(expectation for column in agreed.columns for expectation in _of_column(column)),
        *_rules(agreed),
    ]


def import_quietly() -> Any:
    """The module great_expectations, imported without telemetry and without a network connection."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations

    return great_expectations


def _library() -> Any:
    """The expectations of the library, by name."""
    return import_quietly().expectations


def _validate(frame: pl.DataFrame, agreed: Contract) -> Any:
    source = _context().data_sources.add_or_update_pandas("tabellen")
    definition = source.add_dataframe_asset(agreed.table).add_batch_definition_whole_dataframe("alle Zeilen")
    batch = definition.get_batch({"dataframe": _with_rules(frame, agreed).to_pandas()})
    expected = import_quietly().ExpectationSuite(agreed.table, expectations=suite(agreed))
    outcome = batch.validate(expected, result_format=COUNTS)
    if outcome.success:
        return outcome
    key = [name for name in agreed.key if name in frame.columns]
    return batch.validate(expected, result_format={**EXAMPLES_TOO, "unexpected_index_column_names": key})


@cache
def _context() -> Any:
    """One context in memory for all tables: it keeps nothing, sends nothing and writes no folder of its own."""
    gx = import_quietly()
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(),
        progress_bars=ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )
    return gx.get_context(mode="ephemeral", project_config=config)


def _with_rules(frame: pl.DataFrame, agreed: Contract) -> pl.DataFrame:
    """The frame with one boolean column per row rule; a rule whose outcome is unknown counts as broken."""
    if not agreed.rules or frame.width == 0:
        return frame
    terms = ", ".join(f'coalesce(({rule.sql}), false) as "{_rule_column(rule.id)}"' for rule in agreed.rules)
    with duckdb.connect(":memory:") as connection:
        connection.register("zeilen", frame.to_arrow())
        try:
            return connection.execute(f"select *, {terms} from zeilen").pl()
        except duckdb.BinderException:  # a column is absent: the expectation on columns says so
            return frame.with_columns(pl.lit(False).alias(_rule_column(rule.id)) for rule in agreed.rules)


def _rule_column(rule_id: str) -> str:
    return f"regel:{rule_id}"


def _meta(check_id: str, description: str, expected: str) -> dict[str, str]:
    return {"check_id": check_id, "description": description, "expected": expected}


def _columns(agreed: Contract) -> Expectation:
    names = [*agreed.schema(), *(_rule_column(rule.id) for rule in agreed.rules)]
    expected = f"{len(agreed.columns)} Spalten: {', '.join(agreed.schema())}"
    meta = _meta("spalten", "Die Tabelle hat genau die vereinbarten Spalten in der vereinbarten Folge.", expected)
    return _library().ExpectTableColumnsToMatchOrderedList(column_list=names, meta=meta)


def _unique_key(agreed: Contract) -> Expectation:
    key = list(agreed.key)
    meta = _meta("schluessel", "Jeder Schlüssel kommt einmal vor.", f"eindeutig: {', '.join(key)}")
    if len(key) == 1:
        return _library().ExpectColumnValuesToBeUnique(column=key[0], meta=meta)
    return _library().ExpectCompoundColumnsToBeUnique(column_list=key, meta=meta)


def _of_column(column: Column) -> list[Expectation]:
    name, found = column.name, []
    if column.required:
        meta = _meta(f"pflicht:{name}", f"Die Spalte {name} ist in jeder Zeile gefüllt.", "kein leeres Feld")
        found.append(_library().ExpectColumnValuesToNotBeNull(column=name, meta=meta))
    if column.allowed:
        words = ", ".join(map(str, column.allowed))
        meta = _meta(f"werte:{name}", f"Die Spalte {name} enthält nur vereinbarte Werte.", f"eines von: {words}")
        found.append(_library().ExpectColumnValuesToBeInSet(column=name, value_set=list(column.allowed), meta=meta))
    if column.pattern:
        meta = _meta(f"muster:{name}", f"Die Spalte {name} hat die vereinbarte Form.", f"Muster {column.pattern}")
        found.append(_library().ExpectColumnValuesToMatchRegex(column=name, regex=column.pattern, meta=meta))
    if column.min is not None or column.max is not None:
        meta = _meta(f"bereich:{name}", f"Die Spalte {name} bleibt in ihren Grenzen.", _bounds(column))
        found.append(
            _library().ExpectColumnValuesToBeBetween(column=name, min_value=column.min, max_value=column.max, meta=meta)
        )
    return found


def _bounds(column: Column) -> str:
    low = None if column.min is None else f"mindestens {column.min}"
    high = None if column.max is None else f"höchstens {column.max}"
    return ", ".join(part for part in (low, high) if part)


def _rules(agreed: Contract) -> list[Expectation]:
    return [
        _library().ExpectColumnValuesToBeInSet(
            column=_rule_column(rule.id),
            value_set=[True],
            meta=_meta(_rule_column(rule.id), rule.description, "in jeder Zeile erfüllt"),
        )
        for rule in agreed.rules
    ]


def _types(frame: pl.DataFrame, agreed: Contract) -> Result:
    wanted = agreed.schema()
    present = [name for name in wanted if name in frame.columns]
    wrong = [f"{name}: {frame.schema[name]}" for name in present if frame.schema[name] != wanted[name]]
    return Result(
        table_name=agreed.table,
        check_id="typen",
        kind=KIND,
        description="Jede Spalte hat den vereinbarten Typ.",
        expected=f"{len(wanted)} Spalten mit vereinbartem Typ",
        observed="; ".join(wrong) or f"{len(wanted)} Spalten mit vereinbartem Typ",
        passed=not wrong,
    )


def _result(entry: Any, agreed: Contract) -> Result:
    meta = entry.expectation_config.meta
    return Result(
        table_name=agreed.table,
        check_id=meta["check_id"],
        kind=KIND,
        description=meta["description"],
        expected=meta["expected"],
        observed=_observed(entry, agreed),
        passed=bool(entry.success),
        examples=_examples(entry, agreed),
    )


def _observed(entry: Any, agreed: Contract) -> str:
    result = entry.result
    if "unexpected_count" in result:
        return f"abweichend: {result['unexpected_count']} von {result['element_count']} Zeilen"
    if "observed_value" in result:
        rules = {_rule_column(rule.id) for rule in agreed.rules}
        names = [name for name in result["observed_value"] if name not in rules]
        return f"{len(names)} Spalten: {', '.join(names)}"
    return "nicht prüfbar, weil eine Spalte fehlt oder Werte nicht vergleichbar sind"


def _examples(entry: Any, agreed: Contract) -> str | None:
    rows = entry.result.get("partial_unexpected_index_list") or []
    keys = [" · ".join(str(row.get(name)) for name in agreed.key) for row in rows[:EXAMPLES]]
    return "; ".join(keys) or None


def _page(outcome: Any) -> str:
    """The validation page of Great Expectations as one file that opens without network."""
    from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer

    page = _view().render(ValidationResultsPageRenderer().render(outcome))
    return _FOREIGN_PICTURE.sub("none", _FOREIGN.sub("", page)).replace("</head>", f"{_STYLE}</head>", 1)


@cache
def _view() -> Any:
    """One view for all pages: each new one would compile its templates again."""
    from great_expectations.render.view.view import DefaultJinjaPageView

    return DefaultJinjaPageView()
