"""Whole runs on a miniature district: what they leave, what stops them, and that nothing leaks between them."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from district import rehash, werte, write_district

from assets import cli
from assets.run import ATLAS, ChecksFailed, run_job
from pipelines.errors import AtlasError
from pipelines.lock import run_lock
from pipelines.provenance import is_current, ordered_content_hash, sha256
from pipelines.publish.edition import discard_staging, restore_last, switch_edition
from pipelines.settings import PROJECT_DIR, load_settings

STATUSES = {
    *("reported", "zero", "estimated", "pooled"),
    *("secret", "uncertain", "later", "not_applicable", "missing", "suppressed"),
}


def content(folder: Path) -> dict[str, str]:
    """Hash of every file; of DuckDB files that of their ordered content, because their bytes are not stable."""
    return {
        path.relative_to(folder).as_posix(): ordered_content_hash(path) if path.suffix == ".duckdb" else sha256(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def command(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """`sozialatlas` as a user calls it, from any folder."""
    environment = {**os.environ, "PYTHONPATH": str(PROJECT_DIR), "PYTHONIOENCODING": "utf-8"}
    call = [sys.executable, "-m", "assets", *map(str, arguments)]
    return subprocess.run(call, capture_output=True, text=True, encoding="utf-8", cwd=cwd, env=environment, check=False)


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """Settings of a district whose edition was made in this process."""
    folder = tmp_path_factory.mktemp("muster")
    settings = load_settings(write_district(folder / "daten"), folder / "aus")
    run_job(settings, ATLAS)
    return settings


def change_value(data: Path, source: str, merkmal: str, text: str) -> Path:
    """Replace the first figure of an item in a delivery, with a hash to match: a plausible but wrong delivery."""
    path = werte(data, source)
    rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    row = next(row for row in rows if row[2] == merkmal and len(row[0]) == 8 and row[4])
    row[4] = text
    path.write_text("".join(",".join(row) + "\n" for row in rows), encoding="utf-8", newline="\n")
    rehash(data)
    return path


def test_an_edition_is_complete(first):
    names = set(content(first.output_dir))
    expected = {
        f"sozialatlas-{first.year}.pdf", f"sozialatlas-{first.year}.xlsx", "index.html", "manifest.json",
        "daten/values.csv", "daten/values.parquet", "daten/gebiete.gpkg", "daten/sozialatlas.duckdb",
    }  # fmt: skip
    assert expected <= names
    assert sum(name.startswith("steckbriefe/0699900") and name.endswith(".pdf") for name in names) == 3
    assert any(name.startswith("karten/") and name.endswith(".svg") for name in names)
    assert sorted(path.name for path in first.out_dir.iterdir()) == [".curated", str(first.year)]


def test_the_manifest_names_every_file_with_its_hash(first):
    manifest = json.loads((first.output_dir / "manifest.json").read_text(encoding="utf-8"))
    for entry in manifest["outputs"]:
        data = (first.out_dir / entry["path"]).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (entry["size"], entry["sha256"])
    listed = {entry["path"] for entry in (*manifest["outputs"], *manifest["varying"])}
    assert listed == {f"{first.year}/{name}" for name in content(first.output_dir)} - {f"{first.year}/manifest.json"}
    assert [entry["path"] for entry in manifest["varying"]] == [f"{first.year}/daten/sozialatlas.duckdb"]
    assert {"daten/kreis.yml", "daten/gebiete/gemeinden.geojson"} <= {entry["path"] for entry in manifest["inputs"]}


def test_every_status_reaches_the_release(first):
    with duckdb.connect(str(first.output_dir / "daten" / "sozialatlas.duckdb"), read_only=True) as connection:
        found = {row[0] for row in connection.execute("select distinct status from release.values").fetchall()}
    assert found == STATUSES


def test_the_release_holds_the_results_of_all_checks(first):
    with duckdb.connect(str(first.output_dir / "daten" / "sozialatlas.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "select kind, count(*), bool_and(passed) from release.checks group by kind"
        ).fetchall()
    assert {row[0] for row in rows} == {"Vertrag", "Abgleich", "Raum", "Geheimhaltung"}
    assert all(row[2] for row in rows)


def test_when_nothing_changed_the_command_says_so_and_leaves_nothing_where_it_is_called(first, tmp_path):
    done = command("run", "--data", first.data_dir, "--out", first.out_dir, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.startswith("Nichts zu tun")
    assert list(tmp_path.iterdir()) == []


def test_a_changed_output_is_noticed(first):
    page = first.output_dir / "index.html"
    before = page.read_bytes()
    page.write_bytes(before + b" ")
    assert not is_current(first)
    page.write_bytes(before)
    assert is_current(first)


def test_another_district_in_the_same_process_changes_nothing(first, tmp_path):
    before = content(first.output_dir)
    other = load_settings(
        write_district(tmp_path / "daten", key="05888", name="Kreis Anderswo", gemeinden=4), tmp_path / "aus"
    )
    run_job(other, ATLAS)
    assert len(list((other.output_dir / "steckbriefe").glob("05888*.pdf"))) == 4
    assert content(first.output_dir) == before

    again = load_settings(first.data_dir, tmp_path / "nochmal")
    run_job(again, ATLAS)
    assert content(again.output_dir) == before


def test_a_planted_failure_stops_the_run_and_the_old_edition_stays(first, tmp_path):
    before = content(first.output_dir)
    settings = load_settings(write_district(tmp_path / "daten"), first.out_dir)
    change_value(settings.data_dir, "hessische_gemeindestatistik", "lebendgeborene", "4711")
    with pytest.raises(ChecksFailed) as error:
        run_job(settings, ATLAS)
    text = error.value.message()
    assert "curated.merkmale" in text and "lebendgeborene" in text and "Erwartet" in text and "Abstand" in text
    assert content(first.output_dir) == before
    assert not settings.staging_dir.exists()


def test_check_runs_everything_but_the_documents(first, tmp_path, capsys):
    cli.check(first.data_dir, tmp_path)
    settings = load_settings(first.data_dir, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".curated"]
    printed = capsys.readouterr().out
    assert "curated.merkmale" in printed and "Abgleich" in printed and "gesamt" in printed
    pages = {path.stem for path in (settings.curated_dir / "pruefung").glob("*.html")}
    assert {"curated.merkmale", "indicators.values", "release.values"} <= pages
    page = (settings.curated_dir / "pruefung" / "curated.areas.html").read_text(encoding="utf-8")
    assert "<script src" not in page and "cdn" not in page


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


def test_a_bad_delivery_ends_the_command_in_german_with_a_code(first, tmp_path):
    before = content(first.output_dir)
    data = write_district(tmp_path / "daten")
    path = change_value(data, "inkar", "bevoelkerung", "viele")
    done = command("run", "--data", data, "--out", first.out_dir, cwd=tmp_path)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    for word in (path.name, "Zeile:", "Spalte:", "Erwartet:", "Gefunden: viele", "Abhilfe:"):
        assert word in done.stderr, word
    assert content(first.output_dir) == before


def test_a_second_run_names_the_first(first, tmp_path):
    data = write_district(tmp_path / "daten", years=(2020, 2021))
    with run_lock(first.curated_dir):
        done = command("run", "--data", data, "--out", first.out_dir, cwd=tmp_path)
    assert done.returncode == 1 and f"Vorgang {os.getpid()}" in done.stderr


def test_a_profile_is_made_from_the_last_edition(first, tmp_path):
    done = command("steckbrief", "musterstadt", "--data", first.data_dir, "--out", first.out_dir, cwd=tmp_path)
    printed = Path(done.stdout.strip())
    assert done.returncode == 0 and printed.read_bytes().startswith(b"%PDF")
    released = next((first.output_dir / "steckbriefe").glob("06999001-*.pdf"))
    assert printed.read_bytes() == released.read_bytes()
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_gemeinde_gets_the_nearest_name(first, tmp_path):
    done = command("steckbrief", "Musterstatt", "--data", first.data_dir, "--out", first.out_dir, cwd=tmp_path)
    assert done.returncode == 1 and "Musterstadt" in done.stderr and "Abhilfe" in done.stderr
