"""What commands besides a whole run do, and how editions are exchanged; all read the edition of `first`."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import pytest
from district import write_district
from runs import command, content

from assets import cli
from pipelines.errors import AtlasError
from pipelines.lock import run_lock
from pipelines.provenance import is_current
from pipelines.publish.edition import discard_staging, restore_last, switch_edition


def test_an_edition_is_complete(first):
    names = set(content(first.output_dir))
    expected = {
        f"sozialatlas-{first.year}.pdf", f"sozialatlas-{first.year}.xlsx", "index.html", "manifest.json",
        "daten/values.csv", "daten/values.parquet", "daten/gebiete.gpkg", "daten/sozialatlas.duckdb",
    }  # fmt: skip
    assert expected <= names
    assert sum(name.startswith("steckbriefe/0699900") and name.endswith(".pdf") for name in names) == 3
    assert any(name.startswith("karten/") and name.endswith(".svg") for name in names)


def test_the_release_holds_the_results_of_all_checks(first):
    with duckdb.connect(str(first.output_dir / "daten" / "sozialatlas.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "select kind, count(*), bool_and(passed) from release.checks group by kind"
        ).fetchall()
    assert {row[0] for row in rows} == {"Vertrag", "Abgleich", "Raum", "Geheimhaltung"}
    assert all(row[2] for row in rows)


def test_a_changed_output_is_noticed(first):
    page = first.output_dir / "index.html"
    before = page.read_bytes()
    page.write_bytes(before + b" ")
    assert not is_current(first)
    page.write_bytes(before)
    assert is_current(first)


def test_an_incomplete_edition_never_replaces_the_last(first):
    before = content(first.output_dir)
    first.staging_dir.mkdir()
    with pytest.raises(AtlasError, match=r"index\.html"):
        switch_edition(first)
    discard_staging(first)
    assert content(first.output_dir) == before


def test_a_run_that_died_between_the_two_renames_loses_nothing(first):
    before = content(first.output_dir)
    first.output_dir.rename(first.out_dir / f".{first.year}.alt")
    restore_last(first)
    assert content(first.output_dir) == before


def test_a_second_run_names_the_first(first, tmp_path):
    data = write_district(tmp_path / "daten", years=(2020, 2021))
    with run_lock(first.curated_dir):
        done = command("run", "--data", data, "--out", first.out_dir, cwd=tmp_path)
    assert done.returncode == 1 and f"Vorgang {os.getpid()}" in done.stderr


def test_a_profile_is_made_from_the_last_edition(first, tmp_path):
    out = tmp_path / "aus"
    out.mkdir()
    (out / str(first.year)).symlink_to(first.output_dir, target_is_directory=True)
    caller = tmp_path / "aufruf"
    caller.mkdir()
    done = command("steckbrief", "musterstadt", "--data", first.data_dir, "--out", out, cwd=caller)
    assert done.returncode == 0, done.stderr
    released = next((first.output_dir / "steckbriefe").glob("06999001-*.pdf"))
    assert Path(done.stdout.strip()).read_bytes() == released.read_bytes()
    assert list(caller.iterdir()) == []


def test_an_unknown_gemeinde_gets_the_nearest_name(first, tmp_path):
    done = command("steckbrief", "Musterstatt", "--data", first.data_dir, "--out", first.out_dir, cwd=tmp_path)
    assert done.returncode == 1 and "Musterstadt" in done.stderr and "Abhilfe" in done.stderr


def test_a_misused_command_is_answered_in_german(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["sozialatlas", "run", "--jahr", "2023"])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert stop.value.code == 2
    assert capsys.readouterr().err.startswith("Fehler: Eine Option ist nicht bekannt.")
