"""The suites made from contracts: each kind of fault is found, named and shown with its keys."""

from __future__ import annotations

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipelines.contract_files import sheets
from pipelines.contracts import contract, empty, tables
from pipelines.validation import expectations
from pipelines.validation.expectations import check_table
from pipelines.validation.results import as_frame, collect, failed_text, store

TABLE = "indicators.values"
GOOD = {
    "indicator_id": "E01", "area_id": "06999001", "area_level": "gemeinde", "period": "2021", "value": 4.0,
    "lower": 3.0, "upper": 5.0, "confidence": 0.95, "numerator": 40.0, "denominator": 1000.0,
    "unit": "Prozent", "method": "Wilson",
    "status": "reported", "quality": "final", "basis": None, "reason": None, "source_ids": "inkar",
}  # fmt: skip
GAP = {name: None for name in ("value", "lower", "upper", "confidence", "numerator")}


def rows(*changes: dict[str, object]) -> pl.DataFrame:
    areas = [{**GOOD, "area_id": f"0699900{number}", **change} for number, change in enumerate(changes, start=1)]
    return pl.DataFrame(areas, schema=contract(TABLE).schema())


def failed(frame: pl.DataFrame, table: str = TABLE) -> dict[str, str | None]:
    results = check_table(frame, table).filter(~pl.col("passed"))
    return dict(results.select("check_id", "examples").iter_rows())


@pytest.mark.parametrize(
    ("change", "check_id"),
    [
        ({"indicator_id": "e1"}, "muster:indicator_id"),
        ({"status": "unbekannt"}, "werte:status"),
        ({"confidence": 0.9}, "werte:confidence"),
        ({"unit": None}, "pflicht:unit"),
        ({"value": 6.0}, "regel:spanne_umschliesst_wert"),
        ({"upper": None}, "regel:spanne_ganz_oder_gar_nicht"),
        ({**GAP, "status": "missing", "reason": None}, "regel:ohne_wert_mit_grund"),
        ({**GAP, "status": "reported", "reason": "fehlt"}, "regel:wert_passt_zum_status"),
        ({"status": "zero"}, "regel:null_heisst_genau_null"),
        ({"area_id": "06999002"}, "schluessel"),
    ],
)
def test_each_fault_is_found_and_shown_with_its_key(change, check_id):
    found = failed(rows(change, {}))
    assert check_id in found
    assert "0699900" in (found[check_id] or "")


def test_bounds_are_inclusive():
    table = "curated.members"
    frame = pl.DataFrame({"area_id": ["a", "b", "c"], "ags": ["06999001"] * 3, "weight": [0.0, 1.0, 1.01]})
    assert failed(frame, table) == {"bereich:weight": "c · 06999001"}


def test_good_rows_pass_and_values_without_number_may_be_empty():
    assert failed(rows({}, {**GAP, "status": "secret", "reason": "vom Herausgeber geheim gehalten"})) == {}


@pytest.mark.parametrize("table", {sheets()[name][0]: name for name in tables()}.values())  # one for each contract file
def test_an_empty_table_gets_the_results_of_great_expectations_without_asking(table, tmp_path, monkeypatch):
    expectations._last.cache_clear()
    short = check_table(empty(table), table, tmp_path)
    assert short["passed"].all()
    assert "keine Zeile" in (tmp_path / f"{table}.html").read_text(encoding="utf-8")
    monkeypatch.setattr(expectations, "_known", lambda *_: None)
    assert_frame_equal(short, check_table(empty(table), table))


def test_an_empty_table_in_another_form_is_not_passed_over():
    frame = empty(TABLE)
    assert "spalten" in failed(frame.drop("unit")) and "spalten" in failed(frame.select(reversed(frame.columns)))
    assert "typen" in failed(frame.with_columns(pl.col("value").cast(pl.Int64)))


def test_a_twin_with_the_same_rows_gets_the_same_results_under_its_own_name(tmp_path, monkeypatch):
    frame = rows({}, {"status": "unbekannt"})
    expectations._last.cache_clear()
    before = check_table(frame, TABLE, tmp_path)
    after = check_table(frame.clone(), "release.values", tmp_path)
    assert TABLE in (tmp_path / "release.values.html").read_text(encoding="utf-8")
    expectations._last.cache_clear()
    assert_frame_equal(after, check_table(frame, "release.values"))
    assert_frame_equal(after.drop("table_name"), before.drop("table_name"))


@pytest.mark.parametrize("change", [{"status": "unbekannt"}, {"value": 4.5}, {"value": None}])
def test_a_twin_with_another_row_is_checked_itself(change):
    check_table(rows({}, {}), TABLE)
    asked = []
    validate = expectations._validate
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(expectations, "_validate", lambda *given: asked.append(given) or validate(*given))
        check_table(rows({}, change), "release.values")
    assert asked


def test_missing_added_and_reordered_columns_are_named():
    frame = rows({})
    without = check_table(frame.drop("unit").with_columns(neu=pl.lit(1)), TABLE)
    line = without.filter(pl.col("check_id") == "spalten").row(0, named=True)
    assert not line["passed"] and "neu" in line["observed"] and "unit" not in line["observed"]
    assert "spalten" in failed(frame.select(reversed(frame.columns)))


def test_another_type_is_found():
    results = check_table(rows({}).with_columns(pl.col("value").cast(pl.Int64)), TABLE)
    line = results.filter(pl.col("check_id") == "typen").row(0, named=True)
    assert not line["passed"] and line["observed"] == "value: Int64"


def test_a_rule_on_an_absent_column_fails_instead_of_stopping():
    assert any(name.startswith("regel:") for name in failed(rows({}).drop("value")))


def test_results_never_show_values(tmp_path):
    results = check_table(rows({"value": 6.125}), TABLE)
    assert not any("6.125" in str(row) for row in results.iter_rows())


def test_stored_results_come_back_and_a_second_run_replaces_them(tmp_path):
    results = check_table(rows({"status": "unbekannt"}), TABLE, tmp_path)
    stored = tmp_path / "ergebnisse.json"
    store(results, stored)
    store(results, stored)
    assert collect([stored]).equals(results)
    assert (tmp_path / f"{TABLE}.html").is_file()


def test_the_text_for_a_person_names_table_expectation_and_keys():
    text = failed_text(check_table(rows({"status": "unbekannt"}), TABLE))
    for word in (TABLE, "werte:status", "Erwartet: eines von: reported", "abweichend: 1 von 1", "06999001"):
        assert word in text, word
    assert failed_text(as_frame([])) == ""
