"""Tables come back from DuckDB as their contracts say, also while others read."""

from __future__ import annotations

import re
import subprocess
import sys
import time

import polars as pl
import pytest

from pipelines import warehouse
from pipelines.contracts import WITH_VALUE, conform, contract, dictionary, empty, tables
from pipelines.errors import AtlasError, ContractError, LockError

MEMBERS = pl.DataFrame(
    {"area_id": ["06432", "06432"], "ags": ["06432002", "06432001"], "weight": [1.0, 1.0]},
)
HOLDER = """
import sys, time, duckdb
c = duckdb.connect(sys.argv[1])
c.begin()
c.execute("create schema if not exists curated")
c.execute(
    "create or replace table curated.members as "
    "select '06432-S01' as area_id, '06432009' as ags, 1.0::double as weight"
)
print("held", flush=True)
time.sleep(float(sys.argv[2]))
c.commit()
"""


def hold(db, seconds):
    """Another program that has the file open for writing for some seconds."""
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(db), str(seconds)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "held"
    return process


@pytest.fixture
def db(tmp_path):
    return tmp_path / "kreis" / "sozialatlas.duckdb"


def test_a_table_comes_back_sorted_by_its_key(db):
    warehouse.write(db, MEMBERS, "curated.members")
    assert warehouse.read(db, "curated.members")["ags"].to_list() == ["06432001", "06432002"]


def test_reordered_columns_keep_their_values(db):
    warehouse.write(db, MEMBERS, "curated.members")
    warehouse.write(db, MEMBERS.select("weight", "ags", "area_id"), "curated.members")
    assert warehouse.read(db, "curated.members").row(0) == ("06432", "06432001", 1.0)


def test_a_missing_column_is_refused_and_the_old_table_stays(db):
    warehouse.write(db, MEMBERS, "curated.members")
    with pytest.raises(ContractError, match="fehlt: weight"):
        warehouse.write(db, MEMBERS.drop("weight"), "curated.members")
    assert warehouse.read(db, "curated.members").height == 2


def test_an_added_column_is_refused(db):
    with pytest.raises(ContractError, match="nicht vereinbart: neu"):
        warehouse.write(db, MEMBERS.with_columns(neu=pl.lit(1)), "curated.members")


def test_a_fraction_never_goes_into_an_integer_column(db):
    losses = pl.DataFrame(
        {"step": ["a"], "source_id": ["x"], "rows_in": [1.6], "rows_out": [1], "lost": [0], "examples": [None]}
    )
    with pytest.raises(ContractError, match="rows_in"):
        warehouse.write(db, losses, "curated.losses")


def test_not_a_number_is_refused(db):
    with pytest.raises(ContractError, match="NaN"):
        warehouse.write(db, MEMBERS.with_columns(weight=pl.lit(float("nan"))), "curated.members")


@pytest.mark.parametrize("table", tables())
def test_an_empty_frame_replaces_a_table_in_every_contract(db, table):
    warehouse.write(db, empty(table), table)
    assert warehouse.read(db, table).schema == pl.Schema(contract(table).schema())


def test_types_and_nulls_survive(db):
    areas = pl.DataFrame(
        {
            "area_id": ["06432001", "06432"],
            "area_level": pl.Series(["gemeinde", "kreis"], dtype=pl.Categorical),
            "name": ["A", "K"],
            "display_name": ["A", "K"],
            "ars": ["064320001001", None],
            "number": pl.Series([1, None], dtype=pl.Int32),
            "members": pl.Series([None, None]),
            "is_example": [False, False],
            "valid_from": ["unbekannt", "unbekannt"],
            "valid_to": ["", ""],
        }
    )
    warehouse.write(db, areas, "curated.areas")
    back = warehouse.read(db, "curated.areas")
    assert back.schema["number"] == pl.Int64 and back["number"].to_list() == [None, 1]
    assert back.schema["is_example"] == pl.Boolean
    assert back["members"].to_list() == [None, None] and back["valid_to"].to_list() == ["", ""]


def test_geometry_comes_back_as_the_same_bytes(db):
    wkb = bytes(range(256))
    warehouse.write(db, pl.DataFrame({"ags": ["06432001"], "geometry": [wkb]}), "raw.grenzen")
    assert warehouse.read(db, "raw.grenzen")["geometry"].to_list() == [wkb]


def test_a_table_that_was_never_made_is_named(db):
    with pytest.raises(AtlasError, match=r"curated\.members ist noch nicht erzeugt"):
        warehouse.read(db, "curated.members")
    warehouse.write(db, empty("curated.losses"), "curated.losses")
    with pytest.raises(AtlasError, match=r"curated\.members ist noch nicht erzeugt"):
        warehouse.read(db, "curated.members")


def test_a_second_writer_waits_for_the_first(db):
    warehouse.write(db, MEMBERS, "curated.members")
    process = hold(db, 1.0)
    warehouse.write(db, MEMBERS.head(1), "curated.members", wait=20)
    assert process.wait() == 0
    assert warehouse.read(db, "curated.members").height == 1


def test_a_writer_that_waited_in_vain_names_the_holder(db):
    warehouse.write(db, MEMBERS, "curated.members")
    process = hold(db, 30)
    started = time.monotonic()
    with pytest.raises(LockError, match=str(process.pid)):
        warehouse.write(db, MEMBERS, "curated.members", wait=0.3)
    assert time.monotonic() - started < 5
    process.kill()
    process.wait()


def test_a_run_keeps_the_file_open_and_another_program_is_told_who_holds_it(db):
    read = "from pathlib import Path; from pipelines import warehouse; warehouse.read(Path({!r}), {!r}, wait=0.2)"
    other = [sys.executable, "-c", read.format(str(db), "curated.members")]
    with warehouse.kept_open(db):
        warehouse.write(db, MEMBERS, "curated.members")
        with pytest.raises(ContractError):
            warehouse.write(db, MEMBERS.drop("ags"), "curated.members")
        assert warehouse.read(db, "curated.members").equals(warehouse.write(db, MEMBERS, "curated.members").frame)
        with pytest.raises(AtlasError, match="noch nicht erzeugt"):
            warehouse.read(db, "curated.losses")
        told = subprocess.run(other, capture_output=True, text=True, check=False)
        assert told.returncode == 1 and "schreibt gerade in die Datenbank" in told.stderr
    assert subprocess.run(other, check=False).returncode == 0


def test_a_reader_during_a_write_gets_a_whole_table(db):
    warehouse.write(db, MEMBERS, "curated.members")
    process = hold(db, 0.7)
    assert warehouse.read(db, "curated.members", wait=20)["ags"].to_list() == ["06432009"]
    process.wait()


def test_after_a_writer_that_died_the_old_table_is_there(db):
    warehouse.write(db, MEMBERS, "curated.members")
    process = hold(db, 30)
    process.kill()
    process.wait()
    assert warehouse.read(db, "curated.members").height == 2


def test_a_contract_key_names_columns_of_the_contract():
    for table in tables():
        agreed = contract(table)
        assert set(agreed.key) <= set(agreed.schema()), table


def test_rules_and_code_agree_on_which_statuses_promise_a_value():
    rules = [rule.sql for table in tables() for rule in contract(table).rules if rule.id == "wert_passt_zum_status"]
    assert len(rules) >= 3
    for sql in rules:
        assert tuple(re.findall(r"'(\w+)'", sql)) == WITH_VALUE


def test_rows_leave_conform_in_the_order_of_the_key():
    assert conform(MEMBERS, "curated.members")["ags"].is_sorted()


def test_the_dictionary_describes_every_column_in_german():
    words = dictionary()
    assert words.null_count()["description"].item() == 0
    exact = {"Betrag in Euro und Cent", "genaue Zahl, drei Nachkommastellen"}
    assert set(words["type"]) == {"Text", "Zahl", "ganze Zahl", "ja/nein", "Fläche (WKB)", *exact}
    assert dictionary(["curated.members"])["column"].to_list() == ["area_id", "ags", "weight"]
