"""Great Expectations suites made from the table contracts, run on frames in memory.

What belongs here: turning a contract into expectations and their outcome into rows of `release.checks`. What does not:
schemas (`pipelines.contracts`) and checks that compare tables (`reconciliation`). Great Expectations has no Polars
source, so frames go in as pandas; types are compared on the Polars frame, because pandas has no integer with gaps.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
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
COLUMNS = "spalten"
_FOREIGN = re.compile(r"<script[^>]*\bsrc=[^>]*>\s*</script>|<link[^>]*\bhref=\"?https?:[^>]*>|<img[^>]*https?:[^>]*>")
_FOREIGN_PICTURE = re.compile(r"url\('https?:[^']*'\)")
# Naming the rows of examples takes a third of the time of a check, and is only needed where one has failed.
COUNTS = {"result_format": "BASIC", "partial_unexpected_count": EXAMPLES}
EXAMPLES_TOO = {"result_format": "SUMMARY", "partial_unexpected_count": EXAMPLES}
_STYLE = "<style>body{font-family:sans-serif;margin:2rem}td,th{padding:.2rem .6rem}</style>"


def check_table(frame: pl.DataFrame, table: str, folder: Path | None = None) -> pl.DataFrame:
    """Every expectation of the table's contract on the frame; one row of `release.checks` per expectation.

    With `folder` a page is kept there as `<table>.html`: internal, because that of Great Expectations shows values.
    Great Expectations takes as long for no row as for a thousand: it is not asked for what is certain (`_known`).
    """
    agreed = contract(table)
    known = _known(frame, agreed)
    if known is not None:
        results, page = known.results, _short_page(table, known.reason)
    else:
        outcome = _validate(frame, agreed)
        results = as_frame([_types(frame, agreed), *(_result(entry, agreed) for entry in outcome.results)])
        page = _page(outcome) if folder is not None else ""
    _last()[_terms(agreed)] = _Judged(table, frame, results)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{table}.html").write_text(page, encoding="utf-8", newline="\n")
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


@dataclass(frozen=True)
class _Judged:
    """A table that was checked."""

    table: str
    frame: pl.DataFrame
    results: pl.DataFrame


@dataclass(frozen=True)
class _Known:
    """Results that follow without asking, and why, in German."""

    results: pl.DataFrame
    reason: str


def _known(frame: pl.DataFrame, agreed: Contract) -> _Known | None:
    """The results where they are certain, None elsewhere.

    A frame equal to the one last held to the same terms, as a released twin is, has the same results; one with the
    agreed columns and types but no row deviates in no row.
    """
    last = _last().get(_terms(agreed))
    if last is not None and frame.schema == last.frame.schema and frame.equals(last.frame):
        reason = f"Spalten, Zeilen und Vertrag sind die von {last.table}; das Ergebnis ist dasselbe."
        return _Known(last.results.with_columns(table_name=pl.lit(agreed.table)), reason)
    if frame.is_empty() and list(frame.schema.items()) == list(agreed.schema().items()):
        trivial = [_types(frame, agreed), *(_without_rows(entry.meta or {}, agreed) for entry in suite(agreed))]
        return _Known(as_frame(trivial), "Spalten und Typen sind wie vereinbart; die Tabelle hat keine Zeile.")
    return None


@cache
def _last() -> dict[Contract, _Judged]:
    """What was last checked in this process, by terms."""
    return {}


def _terms(agreed: Contract) -> Contract:
    """What a contract asks of a table, whatever its name."""
    return replace(agreed, table="")


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
    meta = _meta(COLUMNS, "Die Tabelle hat genau die vereinbarten Spalten in der vereinbarten Folge.", expected)
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
    return _of_meta(
        meta, agreed, _observed(entry, agreed), passed=bool(entry.success), examples=_examples(entry, agreed)
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


def _without_rows(meta: dict[str, str], agreed: Contract) -> Result:
    """What Great Expectations says of one expectation on a table with the agreed columns and no row."""
    observed = meta["expected"] if meta["check_id"] == COLUMNS else "abweichend: 0 von 0 Zeilen"
    return _of_meta(meta, agreed, observed, passed=True)


def _of_meta(
    meta: dict[str, str], agreed: Contract, observed: str, *, passed: bool, examples: str | None = None
) -> Result:
    """The row of an expectation, whose words stand in its meta (`_meta`)."""
    return Result(
        table_name=agreed.table,
        check_id=meta["check_id"],
        kind=KIND,
        description=meta["description"],
        expected=meta["expected"],
        observed=observed,
        passed=passed,
        examples=examples,
    )


def _examples(entry: Any, agreed: Contract) -> str | None:
    rows = entry.result.get("partial_unexpected_index_list") or []
    keys = [" · ".join(str(row.get(name)) for name in agreed.key) for row in rows[:EXAMPLES]]
    return "; ".join(keys) or None


def _short_page(table: str, reason: str) -> str:
    return (
        f'<!DOCTYPE html><html lang="de"><meta charset="utf-8"><title>{table}</title>{_STYLE}<p>{table}: {reason}</p>\n'
    )


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
