"""Which assets are stale and why, before Dagster or anything else that is heavy has been imported.

What belongs here: the fingerprint of every step from its declaration, and comparing it with what is recorded. What does
not: running anything (`assets.run`), recording (`assets.recording`), words for people (`assets.cli.status`).

A step is stale when its fingerprint is another than the recorded one (inputs, code, settings, anything upstream), when
an output is missing or is not what it left, when one of its checks has not passed on this very state, or when
something upstream is stale.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from assets import checks, curated, indicators, raw, release, reports, steering
from assets.steps import EDITION, EXCHANGE, STORE, Check, Step
from pipelines.contract_files import sheets
from pipelines.fingerprints.code import program
from pipelines.fingerprints.parts import Files, digest, setting
from pipelines.fingerprints.records import FOLDER, Parts, Record, Records
from pipelines.fingerprints.tables import states
from pipelines.provenance import LOCK, MANIFEST
from pipelines.settings import PROJECT_DIR, Settings

GROUPS = (raw, curated, indicators, steering, release, reports)
# Every table is written by this, whatever makes it
WRITE = ("pipelines.warehouse", "write")


def all_steps() -> list[Step]:
    """All steps, each behind those it needs."""
    steps = [step for group in GROUPS for step in group.ASSETS]
    maker = {output: step for step in steps for output in step.outputs}
    ordered: dict[str, Step] = {}

    def add(step: Step) -> None:
        if step.name not in ordered:
            for asset in step.upstream:
                add(maker[asset])
            ordered[step.name] = step

    for step in steps:
        add(step)
    return list(ordered.values())


class Book:
    """The steps of one district with what each is made from. Code is read once, files as often as asked for."""

    def __init__(self, settings: Settings, root: Path = PROJECT_DIR) -> None:
        self.settings = settings
        self.steps = all_steps()
        self.maker = {output: step for step in self.steps for output in step.outputs}
        self._root = root
        self._program = program(root, settings.curated_dir / FOLDER)
        self._code: dict[str, dict[str, str]] = {}

    def checks(self, step: Step) -> Iterator[Check]:
        """The checks of the tables of a step."""
        return (check for check in checks.CHECKS if check.asset in step.outputs)

    def record_name(self, step: Step) -> str:
        """Tables are kept once, editions once per report year."""
        return step.name if step.place is None else f"{step.name}.{self.settings.year}"

    def code(self, unit: Step | Check) -> dict[str, str]:
        """Hash of every definition that makes the outputs of a step, or the results of a check."""
        name = unit.key if isinstance(unit, Check) else unit.name
        if name not in self._code:
            function = unit.function
            roots = [(function.__module__, function.__qualname__.split(".")[0])]
            roots += [WRITE] if isinstance(unit, Step) and unit.place is None else []
            sources = [self._root / path for path in unit.reads.files if path.endswith(".qmd")]
            cells = [path for source in sources for path in sorted(source.parent.glob(source.name))]
            self._code[name] = self._program.closure(roots, cells)
        return self._code[name]

    def parts(self, unit: Step | Check, upstream: Callable[[str], str], files: tuple[Files, Files]) -> Parts:
        """Everything a step or a check is made from, by kind.

        upstream: fingerprint of an asset. files: below the data folder and below the project.
        """
        data, project = files
        patterns = [pattern.format(year=self.settings.year) for pattern in unit.reads.data]
        named = sorted({sheets()[name][0].relative_to(PROJECT_DIR).as_posix() for name in self.contracts(unit)})
        return {
            "data": data.matching(patterns),
            "files": project.matching([*unit.reads.files, *named, LOCK]),
            "code": self.code(unit),
            "settings": {name: setting(self.settings, name) for name in unit.reads.settings},
            "upstream": {asset: upstream(asset) for asset in _before(unit)},
        }

    def files(self) -> tuple[Files, Files]:
        """Hashes not made yet, below the data folder and below the project."""
        return Files(self.settings.data_dir), Files(self._root)

    def remember(self) -> None:
        """Keep what was read of the code for the next command."""
        self._program.remember()

    def contracts(self, unit: Step | Check) -> set[str]:
        """Tables whose contracts a step or a check may read."""
        used = {*_before(unit), *unit.reads.contracts}
        used |= {"release.checks"} if isinstance(unit, Check) else set(unit.outputs)
        return used & sheets().keys()


def _before(unit: Step | Check) -> tuple[str, ...]:
    return (unit.asset, *unit.after) if isinstance(unit, Check) else unit.upstream


@dataclass(frozen=True)
class Reason:
    """Why a step is stale; names: what, in order.

    kind: `neu`, a kind of part, `ausgabe`; `prüfung` for a check that has not passed, `wiederholung` for one that
    passed on another state; `davor` for what is stale before it, `erneuert` for what was made anew before it.
    """

    kind: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """One step as it stands: stale for these reasons, or current; seconds: of its last time with its checks."""

    step: Step
    reasons: tuple[Reason, ...]
    seconds: float | None
    record: Record | None = field(repr=False, default=None)

    @property
    def stale(self) -> bool:
        """Whether a run makes it again."""
        return bool(self.reasons)


@dataclass(frozen=True)
class Plan:
    """All steps in the order of a run, each behind those it needs."""

    findings: tuple[Finding, ...]

    @cached_property
    def stale(self) -> tuple[Finding, ...]:
        """What a run makes again."""
        return tuple(finding for finding in self.findings if finding.stale)

    @property
    def selection(self) -> tuple[str, ...]:
        """The assets of these steps."""
        return tuple(output for finding in self.stale for output in finding.step.outputs)

    @property
    def kept(self) -> dict[str, str]:
        """Files of the last edition that stay, with their hashes, by path inside the edition."""
        fresh = [finding.record for finding in self.findings if not finding.stale and finding.step.place == EDITION]
        return {path: digest for record in fresh if record for path, digest in record.outputs.items()}


def make_plan(settings: Settings, root: Path = PROJECT_DIR) -> Plan:
    """What is stale in this district now. Reads every input and output, changes nothing but its own memory."""
    book, records = Book(settings, root), Records(settings.curated_dir)
    files = book.files()
    planned: dict[str, Parts] = {}
    prints: dict[str, str] = {}
    for step in book.steps:
        planned[step.name] = book.parts(step, prints.__getitem__, files)
        prints |= dict.fromkeys(step.outputs, digest(planned[step.name]))
    tables = states(settings.warehouse)
    findings: dict[str, Finding] = {}
    for step in book.steps:
        record = records.step(book.record_name(step))
        reasons = [*_differences(record, planned[step.name]), *_outputs(settings, step, record, tables, files[1])]
        seconds = record.seconds if record else None
        for check in book.checks(step):
            passed = records.check(check.key)
            wanted = digest(book.parts(check, prints.__getitem__, files))
            results = settings.results_dir / check.results_file
            if passed is None or not _is(results, passed.results):
                reasons.append(Reason("prüfung", (check.name,)))
            elif passed.fingerprint != wanted:
                reasons.append(Reason("wiederholung", (check.name,)))
            seconds = None if seconds is None or passed is None else seconds + passed.seconds
        behind = tuple(asset for asset in step.upstream if findings[book.maker[asset].name].stale)
        renewed = tuple(_changed(record, planned[step.name], "upstream")) if record else ()
        if record and behind:
            reasons.append(Reason("davor", behind))
        elif renewed:
            reasons.append(Reason("erneuert", renewed))
        findings[step.name] = Finding(step, tuple(reasons), seconds, record)
    book.remember()
    return Plan(tuple(findings.values()))


def _differences(record: Record | None, parts: Parts) -> Iterator[Reason]:
    """What of the parts is not as recorded, but for what is upstream."""
    if record is None:
        yield Reason("neu")
        return
    for kind in ("data", "files", "settings", "code"):
        changed = _changed(record, parts, kind)
        if changed:
            yield Reason(kind, tuple(changed))


def _changed(record: Record, parts: Parts, kind: str) -> list[str]:
    """What of one kind of parts is not as recorded, in order."""
    before, now = record.parts.get(kind, {}), parts[kind]
    return [name for name in sorted(before.keys() | now.keys()) if before.get(name) != now.get(name)]


def _outputs(
    settings: Settings, step: Step, record: Record | None, tables: dict[str, str], files: Files
) -> Iterator[Reason]:
    if record is None:
        return
    if step.place is None:
        wrong = [name for name in step.outputs if tables.get(name) != record.outputs.get(name)]
    else:
        base = place_of(settings, step)
        wrong = [name for name, digest in record.outputs.items() if not _is(base / name, digest, files)]
    if wrong or not record.outputs:
        yield Reason("ausgabe", tuple(wrong))


def place_of(settings: Settings, step: Step) -> Path:
    """The folder in which the files of a step lie when a run is over."""
    return {EDITION: settings.output_dir, EXCHANGE: settings.output_dir, STORE: settings.figures_dir}[step.place or ""]


def files_of(step: Step, folder: Path) -> Iterable[Path]:
    """The files a step may have left in a folder."""
    if step.place == EXCHANGE:
        return [folder / MANIFEST]
    return sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []


def _is(path: Path, wanted: str, files: Files | None = None) -> bool:
    if not path.is_file():
        return False
    return (files or Files(path.parent)).sha256(path) == wanted
