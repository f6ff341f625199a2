"""What an asset declares is all it uses: files, settings, contracts and code, watched while a whole run makes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
from watch import Touched, Unit, name_of

from assets.checks import CHECKS
from assets.district import build_definitions
from assets.plan import Book, all_steps
from pipelines.fingerprints.code import OUTSIDE
from pipelines.settings import PROJECT_DIR, Settings

THEME = "reports/theme/theme.yml"
# Read once, when the module is imported: whoever uses the module uses the file
READ_AT_IMPORT = {"pipelines.figures.style": THEME}
# A hash over all settings and inputs: who declares it may look at everything
WHOLE = {"run_id", "release_run_id"}
UNITS: list[Unit] = [*all_steps(), *CHECKS]


def test_declarations_and_dagster_are_the_same_graph(first: Settings) -> None:
    specs = {".".join(spec.key.path): spec for spec in build_definitions(first).resolve_all_asset_specs()}
    declared = {output: set(step.upstream) for step in all_steps() for output in step.outputs}
    assert {name: {".".join(dep.asset_key.path) for dep in spec.deps} for name, spec in specs.items()} == declared
    assert all(spec.code_version for spec in specs.values())
    checks = {key for check in build_definitions(first).asset_checks or [] for key in check.check_keys}
    assert checks == {dg.AssetCheckKey(dg.AssetKey(check.asset.split(".")), check.name) for check in CHECKS}


def test_every_file_read_is_declared(watch: Touched, again: Any) -> None:
    undeclared = {}
    for unit in UNITS:
        data = _below(again.settings.data_dir, unit.reads.data)
        program = _below(PROJECT_DIR, unit.reads.files)
        for path in () if WHOLE & set(unit.reads.settings) else watch.opened.get(name_of(unit), ()):
            of_data = path.is_relative_to(again.settings.data_dir)
            if (of_data and path not in data) or (_is_source(path) and path not in program):
                undeclared.setdefault(name_of(unit), set()).add(str(path))
    assert undeclared == {}


def _below(folder: Path, patterns: tuple[str, ...]) -> set[Path]:
    return {path for pattern in patterns for path in folder.glob(pattern)}


def _is_source(path: Path) -> bool:
    """Whether a file of the project that is neither code nor contract; both are held by other tests."""
    if not path.is_relative_to(PROJECT_DIR):
        return False
    parts = path.relative_to(PROJECT_DIR).parts
    if parts[0] == "reports":
        return parts[1] != "output"
    return parts[0] == "pipelines" and path.suffix not in (".py", ".pyc") and parts[1] != "contracts"


def test_every_setting_asked_for_is_declared(watch: Touched) -> None:
    undeclared = {}
    for unit in UNITS:
        declared = set(unit.reads.settings)
        asked = {name for name in watch.asked.get(name_of(unit), ()) if not declared & {name, name.split(".")[0]}}
        if asked and not declared & WHOLE:
            undeclared[name_of(unit)] = asked
    assert undeclared == {}


def test_every_contract_used_is_declared(watch: Touched, again: Any) -> None:
    book = Book(again.settings)
    undeclared = {name_of(unit): watch.contracts.get(name_of(unit), set()) - book.contracts(unit) for unit in UNITS}
    assert {name: found for name, found in undeclared.items() if found} == {}


def test_every_function_called_is_part_of_the_fingerprint(watch: Touched, again: Any) -> None:
    book = Book(again.settings)
    unknown = {}
    for unit in UNITS:
        known = book.code(unit)
        called = watch.called.get(name_of(unit), set())
        found = {name for name in called if name not in known and not _outside(name)}
        if found and "run_id" not in unit.reads.settings:  # who declares it counts all of the program
            unknown[name_of(unit)] = found
    assert unknown == {}


def _outside(name: str) -> bool:
    module = name.split(":")[0]
    return any(module == package or module.startswith(f"{package}.") for package in OUTSIDE)


def test_who_uses_the_theme_declares_it(first: Settings) -> None:
    book = Book(first)
    for unit in UNITS:
        modules = {name.split(":")[0] for name in book.code(unit)}
        needed = {path for module, path in READ_AT_IMPORT.items() if module in modules}
        assert needed <= set(unit.reads.files), name_of(unit)


def test_every_step_was_watched(watch: Touched) -> None:
    """That a watched run makes the same edition as another is shown where `first` and `again` are compared."""
    assert {step.name for step in all_steps()} <= set(watch.called)
