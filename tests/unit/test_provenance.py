"""The run id depends on content, not on where the project or the data lie."""

from __future__ import annotations

import shutil
from dataclasses import replace

import duckdb
import pytest
from district import write_district

from pipelines import provenance
from pipelines.provenance import ordered_content_hash, run_id, sha256
from pipelines.settings import load_settings


@pytest.fixture
def settings(tmp_path):
    return load_settings(write_district(tmp_path / "daten"), tmp_path / "aus")


def test_the_run_id_is_the_same_wherever_the_data_lie(settings, tmp_path):
    moved = tmp_path / "anderswo" / "lieferungen"
    shutil.copytree(settings.data_dir, moved)
    (moved / ".DS_Store").write_bytes(b"x")
    assert run_id(load_settings(moved, tmp_path / "dort")) == run_id(settings)


def test_the_run_id_changes_with_a_byte_of_the_input(settings):
    before = run_id(settings)
    with (settings.data_dir / "gebiete" / "gemeinden.csv").open("ab") as file:
        file.write(b"\n")
    assert run_id(settings) != before


def test_the_run_id_changes_with_year_and_program(settings, monkeypatch):
    before = run_id(settings)
    assert run_id(replace(settings, year=settings.year + 1)) != before
    files = provenance._program_files()
    monkeypatch.setattr(provenance, "_program_files", lambda: files[1:])
    assert run_id(settings) != before


def test_the_program_is_code_reports_and_lock_but_nothing_generated():
    paths = {file.path for file in provenance._program_files()}
    assert {
        "uv.lock",
        "pipelines/provenance.py",
        "assets/cli/runs.py",
        "pipelines/contracts/curated_merkmale.yml",
    } <= paths
    assert not any("__pycache__" in path or path.startswith("reports/output") or "\\" in path for path in paths)


def test_sha256_is_that_of_the_bytes(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert sha256(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize(
    ("sql", "same"),
    [
        ("create table t as select * from (values (2, 'b', null), (1, 'a', 0.5)) x(n, s, v)", True),
        ("create table t as select * from (values (1, 'a', 0.5), (2, 'b', 0.0)) x(n, s, v)", False),
        ("create table t as select * from (values (1, 'a', 0.5), (2, 'b', null)) x(n, s, w)", False),
        ("create table u as select * from (values (1, 'a', 0.5), (2, 'b', null)) x(n, s, v)", False),
    ],
)
def test_the_content_hash_sees_content_and_not_order(tmp_path, sql, same):
    for name, statement in {
        "one": "create table t as select * from (values (1, 'a', 0.5), (2, 'b', null)) x(n, s, v)",
        "two": sql,
    }.items():
        with duckdb.connect(str(tmp_path / name)) as connection:
            connection.execute(statement)
    assert (ordered_content_hash(tmp_path / "one") == ordered_content_hash(tmp_path / "two")) is same
