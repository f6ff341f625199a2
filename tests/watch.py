"""The command `sozialatlas`, watched: what every asset and check touches of files, settings, contracts and functions.

What belongs here: one call in a process of its own, which can open no connection and whose documents are set from a
folder that holds declared sources only, and what it leaves for the tests. What does not: comparing with what is
declared (`tests/assets/test_declared.py`).
"""

from __future__ import annotations

import inspect
import json
import shutil
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from assets import cli
from assets.steps import CONTRACT_CHECK, Check, Step
from pipelines.publish import papers
from pipelines.settings import PROJECT_DIR, Kreis, Settings
from tests.fixtures.sealed import seal

Unit = Step | Check
PLACES = {"data_dir", "out_dir", "curated_dir", "warehouse", "results_dir", "figures_dir", "output_dir", "staging_dir"}


@dataclass(frozen=True)
class Touched:
    """What each unit touched, by its name; functions as „module:definition“."""

    opened: dict[str, set[Path]]
    asked: dict[str, set[str]]
    contracts: dict[str, set[str]]
    called: dict[str, set[str]]


def call(found: Path, sources: Path, *words: object) -> list[str]:
    """The words of a watched call; found: where `touched` reads; sources: a folder that does not exist yet."""
    return [sys.executable, __file__, str(found), str(sources), *map(str, words)]


def noted(found: Path) -> Path:
    """Where a watched call notes connections that it tried."""
    return found.with_suffix(".netz")


def touched(found: Path) -> Touched:
    """What a watched call has left."""
    kinds = json.loads(found.read_text(encoding="utf-8"))
    opened = {unit: {Path(path) for path in paths} for unit, paths in kinds.pop("opened").items()}
    return Touched(opened, **{kind: {u: set(names) for u, names in units.items()} for kind, units in kinds.items()})


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


def place(code: CodeType) -> str:
    """„module:definition“ of a function of `pipelines`, else nothing."""
    path, name = Path(code.co_filename), code.co_qualname.split(".")[0]
    if path.suffix != ".py" or not path.is_relative_to(PROJECT_DIR / "pipelines") or name.startswith("<"):
        return ""
    return f"{'.'.join(path.relative_to(PROJECT_DIR).with_suffix('').parts).removesuffix('.__init__')}:{name}"


def main(found: Path, sources: Path) -> None:
    """Call the command with what is left of the arguments, and write down what each unit touched."""
    watch = Watch()
    seal(noted(found))
    sys.addaudithook(watch.audit)
    try:
        with pytest.MonkeyPatch.context() as patch:
            for kind in (Step, Check):
                patch.setattr(kind, "call", _watching(watch, kind.call, sources, patch))
            cli.main()
    finally:
        called = {unit: {place(code) for code in codes} - {""} for unit, codes in watch.called.items()}
        kinds = {"opened": watch.opened, "asked": watch.asked, "contracts": watch.contracts, "called": called}
        content = {kind: {u: sorted(map(str, seen)) for u, seen in units.items()} for kind, units in kinds.items()}
        found.write_text(json.dumps(content), encoding="utf-8")


if __name__ == "__main__":
    _, first, second, *words = sys.argv
    sys.argv = ["sozialatlas", *words]
    main(Path(first), Path(second))
