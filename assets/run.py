"""Run a job in this process for the command line: lock, progress, errors in German, time of every stage.

What belongs here: what the commands share. What does not: reading arguments (`assets.cli`). Dagster is imported here
and nowhere before, so that `--help` and „nothing to do“ stay quick.
"""

import contextlib
import gc
import importlib
import logging
import os
import shutil
import time
import warnings
from collections.abc import Iterator, Sequence
from functools import cache

import polars as pl

from assets.checks import CHECKS
from assets.plan import make_plan
from pipelines.errors import AtlasError, refused_by_system
from pipelines.german import count_text
from pipelines.lock import run_lock
from pipelines.settings import PROJECT_DIR, Settings
from pipelines.validation.results import collect, failed_text

ATLAS = "atlas"
CHECK = "daten"
STATE = PROJECT_DIR / ".dagster"


class ChecksFailed(AtlasError):
    """One or more blocking checks failed; after the message every one tells what was expected and what was found."""

    def __init__(self, results: pl.DataFrame) -> None:
        self.failed = failed_text(results)
        super().__init__(
            "Der Lauf wurde angehalten, weil Prüfungen nicht bestanden sind; die letzte Ausgabe gilt weiter.",
            expected="alle Prüfungen bestanden",
            found=count_text(
                results.filter(~pl.col("passed")).height, "nicht bestandene Prüfung", "nicht bestandene Prüfungen"
            ),
            remedy="Die genannten Zeilen in der Lieferung oder im Programm berichtigen und den Lauf wiederholen.",
        )

    def message(self) -> str:
        """The message of every error, then the failed checks."""
        return f"{super().message()}\n\n{self.failed}"


def run_job(settings: Settings, job: str, *, only_stale: bool = False) -> dict[str, float]:
    """Run the job `atlas` or `daten` of the district; returns the seconds of each stage and of the start.

    only_stale: make only what is stale and take the other files over from the last edition; nothing when all is
    current. Raises AtlasError for everything a user can mend: LockError, ChecksFailed, or what a step raised;
    KeyboardInterrupt when the run was stopped from outside.
    """
    with run_lock(settings.curated_dir):
        from pipelines.publish.edition import discard_staging, restore_last, take_over

        restore_last(settings)
        try:
            if not only_stale:
                return _execute(settings, job)
            plan = make_plan(settings)
            if not plan.stale:
                return {}
            take_over(settings, plan.kept)
            return _execute(settings, job, plan.selection)
        finally:
            discard_staging(settings)


def _execute(settings: Settings, name: str, selection: Sequence[str] = ()) -> dict[str, float]:
    started = time.perf_counter()
    with _quiet():
        _import_libraries()
        import dagster as dg

        from assets import progress
        from assets.district import build_definitions
        from assets.event_log import instance_of

        job = build_definitions(settings).resolve_job_def(name)
        if selection:
            job = job.get_subset(asset_selection={dg.AssetKey(asset.split(".")) for asset in selection})
        watched = progress.Progress(len(list(job.graph.node_dict)))
        progress.watch(watched)
        preparation = time.perf_counter() - started
        with instance_of(STATE) as instance:
            try:
                job.execute_in_process(
                    instance=instance,
                    partition_key=str(settings.year),
                    run_config={"loggers": {progress.NAME: {}}},
                )
            except BaseException as error:
                if any(
                    isinstance(cause, KeyboardInterrupt | dg.DagsterExecutionInterruptedError)
                    for cause in _causes(error)
                ):
                    raise KeyboardInterrupt from None  # whatever the interrupted part of the program made of it
                fault = _as_atlas_error(error, settings)
                if fault is None:
                    raise
                raise fault from error
            finally:
                watched.close()
    return {"start": preparation, **{stage: watched.seconds[stage] for stage in progress.STAGES}}


def _as_atlas_error(error: BaseException, settings: Settings) -> AtlasError | None:
    """The fault a user can mend somewhere in the chain of causes, or None for a fault of the program."""
    from dagster._core.errors import DagsterAssetCheckFailedError  # not exported at the top of the package

    for cause in _causes(error):
        if isinstance(cause, AtlasError):
            return cause
        if isinstance(cause, DagsterAssetCheckFailedError):
            return ChecksFailed(collect(settings.results_dir / check.results_file for check in CHECKS))
        refused = refused_by_system(cause)
        if refused is not None:
            return refused
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, what caused it, what caused that, and so on."""
    cause: BaseException | None = error
    seen: set[int] = set()  # Dagster's chains of causes can lead back to themselves
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or cause.__context__


@cache
def _import_libraries() -> None:
    """What takes seconds to import, once per process, and spared from every later search for garbage: it stays.

    What a run makes is nearly all kept until it is written (cells of the workbook, marks of the documents), so that
    searching for garbage at Python's usual pace finds nothing and costs seconds.
    """
    from pipelines.validation.expectations import import_quietly

    gc.disable()
    try:
        import_quietly()
        importlib.import_module("assets.district")
        gc.freeze()
        gc.set_threshold(100_000, 20, 20)
    finally:
        gc.enable()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Dagster keeps its state in the project, sends nothing anywhere and writes no log to the terminal."""
    STATE.mkdir(exist_ok=True)
    shutil.copyfile(PROJECT_DIR / "dagster.yaml", STATE / "dagster.yaml")
    os.environ["DAGSTER_HOME"] = str(STATE)
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    for name in ("alembic", "dagster", "great_expectations"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
