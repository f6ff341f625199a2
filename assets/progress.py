"""Progress of a run for a person: a bar on a terminal, plain lines elsewhere, and the time of every stage.

What belongs here: a Dagster logger that reads events. What does not: running anything.
"""

import logging
import sys
import time
from collections import defaultdict

import dagster as dg

NAME = "fortschritt"
STAGES = {
    "raw": "Lieferungen",
    "curated": "Zusammenführung",
    "indicators": "Kennzahlen",
    "steering": "Steuerung",
    "release": "Freigabe",
    "reports": "Dokumente",
}


class Progress:
    """What a run has done so far. One object per run; `seconds` adds up the steps of each stage."""

    def __init__(self, steps: int) -> None:
        """Of a run with this many steps."""
        self.steps = steps
        self.done = 0
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._started = 0.0
        self._bar = _bar(steps) if sys.stderr.isatty() else None

    def on_event(self, event: dg.DagsterEvent) -> None:
        """Take note of a step that begins or ends."""
        kind, step = event.event_type_value, event.step_key or ""
        stage = step.split("__")[0]
        if kind == "STEP_START":
            self._started = time.perf_counter()
            self._tell(stage)
        elif kind in ("STEP_SUCCESS", "STEP_FAILURE"):
            self.seconds[stage] += time.perf_counter() - self._started
            self.done += 1
            if self._bar is not None:
                self._bar.advance(self._bar.task_ids[0])

    def close(self) -> None:
        """Remove the bar."""
        if self._bar is not None:
            self._bar.stop()

    def _tell(self, stage: str) -> None:
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], description=STAGES.get(stage, stage))
        elif stage not in self.seconds:
            print(f"{self.done:>3} von {self.steps} · {STAGES.get(stage, stage)}", file=sys.stderr, flush=True)


_current: list[Progress] = []


def watch(progress: Progress) -> None:
    """Send the events of this process to `progress`; one run at a time."""
    _current[:] = [progress]


class _Reader(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        event = getattr(record, "dagster_meta", {}).get("dagster_event")
        if event is not None and _current:
            _current[0].on_event(event)


def _reader(_: dg.InitLoggerContext) -> logging.Logger:
    """A logger of its own, outside Python's tree, so that nothing is printed twice."""
    reader = logging.Logger(NAME, level=logging.DEBUG)
    reader.addHandler(_Reader())
    return reader


logger = dg.LoggerDefinition(_reader, description="Liest Ereignisse für die Anzeige; schreibt selbst kein Protokoll")


def _bar(steps: int):
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:<16}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    bar.add_task("Start", total=steps)
    bar.start()
    return bar
