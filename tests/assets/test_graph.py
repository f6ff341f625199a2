"""The asset graph is the agreed one, every asset says what it is, and loads nothing heavy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from district import write_district

from assets.definitions import defs
from assets.district import build_definitions
from pipelines.contracts import tables
from pipelines.settings import PROJECT_DIR, load_settings

_spec = spec_from_file_location("graph", Path(__file__).with_name("graph.py"))
assert _spec is not None and _spec.loader is not None
graph = module_from_spec(_spec)
_spec.loader.exec_module(graph)


@pytest.fixture(scope="module")
def found():
    return graph.graph(defs)


def test_the_graph_is_the_stored_one(found):
    stored = json.loads(graph.SNAPSHOT.read_text(encoding="utf-8"))
    assert found == stored, "wenn gewollt: python tests/assets/graph.py"


def test_every_table_with_a_contract_is_an_asset(found):
    assert {name.replace(".", "/") for name in tables()} <= set(found["assets"])


def test_every_asset_is_described_owned_and_in_a_group(found):
    for name, asset in found["assets"].items():
        assert asset["group"] == name.split("/")[0]
        assert asset["description"] and asset["owners"] and asset["kinds"], name


def test_every_table_behind_raw_has_a_blocking_contract_check(found):
    for name in tables():
        if not name.startswith("raw."):
            assert found["checks"][f"{name.replace('.', '/')}:vertrag"]["blocking"], name


def test_nothing_public_depends_on_anything_but_the_release(found):
    for name, asset in found["assets"].items():
        if asset["group"] == "reports":
            assert all(source.startswith(("release/", "reports/")) for source in asset["needs"]), name


def test_keys_are_fixed_by_code_and_the_year_by_data(tmp_path, found):
    settings = load_settings(write_district(tmp_path / "daten"), tmp_path / "aus")
    other = build_definitions(settings)
    assert graph.graph(other) == found
    years = {
        spec.partitions_def.get_partition_keys()[0] for spec in other.resolve_all_asset_specs() if spec.partitions_def
    }
    assert years == {str(settings.year)}


def test_loading_the_definitions_imports_nothing_heavy():
    heavy = ("great_expectations", "geopandas", "matplotlib", "scipy", "pandas")
    code = f"import sys, assets.definitions; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PROJECT_DIR, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("call", [["check", "defs"], ["list", "defs", "--json"]])
def test_dg_accepts_the_definitions(call, tmp_path):
    # As in a fresh clone: no variable of Dagster is set, dagster.yaml of the project is read.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DAGSTER")}
    environment["HOME"] = str(tmp_path)
    dg = Path(sys.executable).with_name("dg.exe" if os.name == "nt" else "dg")
    done = subprocess.run(
        [str(dg), *call], capture_output=True, text=True, cwd=PROJECT_DIR, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    assert call[0] == "check" or '"raw/gemeinden"' in done.stdout
