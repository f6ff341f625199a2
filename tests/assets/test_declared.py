"""What an asset declares is all it uses: files, settings, contracts and code, watched while a whole run makes them."""

from __future__ import annotations

import inspect
import shutil
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from types import CodeType
from typing import Any

import dagster as dg
import pytest
from runs import content

from assets.checks import CHECKS
from assets.definitions import build_definitions
from assets.plan import Book, all_steps
from assets.run import ATLAS, run_job
from assets.steps import CONTRACT_CHECK, Check, Step
from pipelines.fingerprints.code import OUTSIDE
from pipelines.publish import papers
from pipelines.settings import PROJECT_DIR, Kreis, Settings, load_settings

Unit = Step | Check
THEME = "reports/theme/theme.yml"
# Read once, when the module is imported: whoever uses the module uses the file
READ_AT_IMPORT = {"pipelines.figures.style": THEME}
PLACES = {"data_dir", "out_dir", "curated_dir", "warehouse", "results_dir", "figures_dir", "output_dir", "staging_dir"}
# A hash over all settings and inputs: who declares it may look at everything
WHOLE = {"run_id", "release_run_id"}


class Watch:
    """What each unit touched while it ran; `unit` is the one that runs now."""

    def __init__(self) -> None:
        self.unit: Unit | None = None
        self.opened: defaultdict[str, set[Path]] = defaultdict(set)
        self.asked: defaultdict[str, set[str]] = defaultdict(set)
        self.contracts: defaultdict[str, set[str]] = defaultdict(set)
        self.called: defaultdict[str, set[Any]] = defaultdict(set)

    @contextmanager
    def running(self, unit: Unit) -> Iterator[None]:
        """Watch one unit; what earlier ones have left in caches is forgotten, so that it has to read itself."""
        for module in [module for name, module in sys.modules.items() if name.startswith("pipelines.")]:
            for name, entry in vars(module).items():
                if hasattr(entry, "cache_clear") and name not in KEPT:
                    entry.cache_clear()
        self.unit = unit
        # The contract checks differ in their table only, and Great Expectations is slow under watch
        alike = isinstance(unit, Check) and unit.name == CONTRACT_CHECK and unit.asset != "release.values"
        sys.settrace(None if alike else self._trace)
        try:
            yield
        finally:
            sys.settrace(None)
            self.unit = None

    def audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        """An audit hook stays as long as the process: outside of a unit it does nothing."""
        if event == "open" and self.unit is not None and isinstance(arguments[0], str) and not _copies():
            self.opened[name_of(self.unit)].add(Path(arguments[0]))

    def _trace(self, frame: Any, event: str, _: Any) -> None:
        """Called for every new frame, and for nothing else, because it returns nothing."""
        code = frame.f_code
        if self.unit is None or not code.co_flags & inspect.CO_OPTIMIZED:  # bodies of modules and classes
            return
        self.called[name_of(self.unit)].add(code)
        if code.co_name == "contract" and frame.f_globals.get("__name__") == "pipelines.contracts":
            self.contracts[name_of(self.unit)].add(frame.f_locals["table"])

    def watched(self, settings: Settings) -> Settings:
        """The settings as an object that notes what is asked of it."""
        watch = self

        class Noted(Settings):
            def __getattribute__(self, name: str) -> Any:
                if name in PLACES:
                    return getattr(settings, name)
                if name == "kreis":
                    return watch._noted_kreis(settings.kreis)
                if not name.startswith("_"):
                    watch._note(name)
                return super().__getattribute__(name)

        return _same(settings, Noted)

    def _noted_kreis(self, kreis: Kreis) -> Kreis:
        watch = self

        class NotedKreis(Kreis):
            def __getattribute__(self, name: str) -> Any:
                if not name.startswith("_"):
                    watch._note(f"kreis.{name}")
                return super().__getattribute__(name)

        return _same(kreis, NotedKreis)

    def _note(self, name: str) -> None:
        if self.unit is not None:
            self.asked[name_of(self.unit)].add(name)


KEPT = ("_all", "sheets")  # contracts: which of them a unit uses is seen by name


def _same(value: Any, kind: type) -> Any:
    copy = object.__new__(kind)
    for field in fields(value):
        object.__setattr__(copy, field.name, getattr(value, field.name))
    return copy


def _copies() -> bool:
    """Whether this opening belongs to copying a file: what is read of the copy is another matter."""
    frame: Any = sys._getframe(2)
    for _ in range(4):
        if frame is None:
            return False
        if frame.f_code.co_name == "copyfile":
            return True
        frame = frame.f_back
    return False


def name_of(unit: Unit) -> str:
    return unit.key if isinstance(unit, Check) else unit.name


@pytest.fixture(scope="module")
def run(first: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Watch, Settings]]:
    """One whole run under watch. Documents are set from a folder that holds declared sources only."""
    folder = tmp_path_factory.mktemp("beobachtet")
    settings = load_settings(shutil.copytree(first.data_dir, folder / "daten"), folder / "aus")
    watch = Watch()
    sys.addaudithook(watch.audit)
    with pytest.MonkeyPatch.context() as patch:
        for kind in (Step, Check):
            patch.setattr(kind, "call", _watching(watch, kind.call, folder / "quellen", patch))
        run_job(settings, ATLAS)
    yield watch, settings


def _watching(watch: Watch, call: Any, sources: Path, patch: pytest.MonkeyPatch) -> Any:
    def watched(self: Unit, settings: Settings, frames: dict[str, Any]) -> Any:
        if isinstance(self, Step) and any(path.endswith(".qmd") for path in self.reads.files):
            reports = only_declared(self, sources / self.name)
            patch.setattr(papers, "REPORTS", reports)
            patch.setattr(papers, "ATLAS_SOURCE", reports / "atlas.qmd")
            patch.setattr(papers, "PROFILE_SOURCE", reports / "profile.qmd")
        with watch.running(self):
            return call(self, watch.watched(settings), frames)

    return watched


def only_declared(step: Step, folder: Path) -> Path:
    """The sources of documents as far as a step declares them."""
    for pattern in step.reads.files:
        for path in PROJECT_DIR.glob(pattern):
            target = folder / path.relative_to(PROJECT_DIR)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    return folder / "reports"


UNITS: list[Unit] = [*all_steps(), *CHECKS]


def test_declarations_and_dagster_are_the_same_graph(first: Settings) -> None:
    specs = {".".join(spec.key.path): spec for spec in build_definitions(first).resolve_all_asset_specs()}
    declared = {output: set(step.upstream) for step in all_steps() for output in step.outputs}
    assert {name: {".".join(dep.asset_key.path) for dep in spec.deps} for name, spec in specs.items()} == declared
    assert all(spec.code_version for spec in specs.values())
    checks = {key for check in build_definitions(first).asset_checks or [] for key in check.check_keys}
    assert checks == {dg.AssetCheckKey(dg.AssetKey(check.asset.split(".")), check.name) for check in CHECKS}


def test_every_file_read_is_declared(run: tuple[Watch, Settings]) -> None:
    watch, settings = run
    undeclared = {}
    for unit in UNITS:
        data = _below(settings.data_dir, unit.reads.data)
        program = _below(PROJECT_DIR, unit.reads.files)
        for path in () if WHOLE & set(unit.reads.settings) else watch.opened[name_of(unit)]:
            of_data = path.is_relative_to(settings.data_dir)
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


def test_every_setting_asked_for_is_declared(run: tuple[Watch, Settings]) -> None:
    watch, _ = run
    undeclared = {}
    for unit in UNITS:
        declared = set(unit.reads.settings)
        asked = {name for name in watch.asked[name_of(unit)] if not declared & {name, name.split(".")[0]}}
        if asked and not declared & WHOLE:
            undeclared[name_of(unit)] = asked
    assert undeclared == {}


def test_every_contract_used_is_declared(run: tuple[Watch, Settings]) -> None:
    watch, settings = run
    book = Book(settings)
    undeclared = {name_of(unit): watch.contracts[name_of(unit)] - book.contracts(unit) for unit in UNITS}
    assert {name: found for name, found in undeclared.items() if found} == {}


def test_every_function_called_is_part_of_the_fingerprint(run: tuple[Watch, Settings]) -> None:
    watch, settings = run
    book = Book(settings)
    unknown = {}
    for unit in UNITS:
        known = book.code(unit)
        called = {_place(code) for code in watch.called[name_of(unit)]}
        found = {name for name in called if name and name not in known and not _outside(name)}
        if found and "run_id" not in unit.reads.settings:  # who declares it counts all of the program
            unknown[name_of(unit)] = found
    assert unknown == {}


def _place(code: CodeType) -> str:
    """„module:definition“ of a function of `pipelines`, else nothing."""
    path, name = Path(code.co_filename), code.co_qualname.split(".")[0]
    if path.suffix != ".py" or not path.is_relative_to(PROJECT_DIR / "pipelines") or name.startswith("<"):
        return ""
    return f"{'.'.join(path.relative_to(PROJECT_DIR).with_suffix('').parts).removesuffix('.__init__')}:{name}"


def _outside(name: str) -> bool:
    module = name.split(":")[0]
    return any(module == package or module.startswith(f"{package}.") for package in OUTSIDE)


def test_who_uses_the_theme_declares_it(first: Settings) -> None:
    book = Book(first)
    for unit in UNITS:
        modules = {name.split(":")[0] for name in book.code(unit)}
        needed = {path for module, path in READ_AT_IMPORT.items() if module in modules}
        assert needed <= set(unit.reads.files), name_of(unit)


def test_a_watched_run_makes_the_same_edition(run: tuple[Watch, Settings], first: Settings) -> None:
    """Also from the declared sources alone: what documents read through the typesetter is declared as well."""
    _, settings = run
    assert content(settings.output_dir) == content(first.output_dir)
    assert {step.name for step in all_steps()} <= set(run[0].called)
