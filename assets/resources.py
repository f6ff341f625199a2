"""What assets are given: the settings of the run, under its lock, and the I/O manager over the warehouse.

What belongs here: Dagster resources. What does not: storing a table (`pipelines.warehouse`).
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import dagster as dg
import polars as pl

from assets.recording import Recorder
from pipelines import warehouse
from pipelines.errors import LockError
from pipelines.lock import run_lock
from pipelines.settings import Settings

PREVIEW_ROWS = 5
PREVIEW_COLUMNS = 8


class WarehouseIOManager(dg.IOManager):
    """Tables go to and come from the warehouse by contract; the asset key is `schema/table`.

    What this run has written it hands on as written: opening the file again for each of a hundred inputs takes longer
    than most steps. No other run can have changed it meanwhile, because a run holds the lock.
    """

    def __init__(self, settings: Settings, recorder: Recorder | None = None) -> None:
        """Of one district: two of them may exist in one process."""
        self._db = settings.warehouse
        self._recorder = recorder or Recorder(settings)
        self._written: dict[str, pl.DataFrame] = {}

    def handle_output(self, context: dg.OutputContext, obj: pl.DataFrame) -> None:
        """Write the frame and tell how many rows it has and what the first look like."""
        table = ".".join(context.asset_key.path)
        self._recorder.writing(table)
        frame, state = warehouse.write(self._db, obj, table)
        self._written[table] = frame
        self._recorder.written(table, state)
        context.add_output_metadata(
            {"dagster/row_count": frame.height, "Vorschau": dg.MetadataValue.md(preview(frame))},
        )

    def load_input(self, context: dg.InputContext) -> pl.DataFrame:
        """The stored table in the form of its contract."""
        table = ".".join(context.asset_key.path)
        if table not in self._written:
            self._written[table] = warehouse.read(self._db, table)
        return self._written[table]


def preview(frame: pl.DataFrame, rows: int = PREVIEW_ROWS) -> str:
    """The first rows as a Markdown table, without outlines."""
    shown = frame.select(name for name, dtype in frame.schema.items() if dtype != pl.Binary).head(rows)
    with pl.Config(
        tbl_formatting="MARKDOWN",
        tbl_hide_column_data_types=True,
        tbl_hide_dataframe_shape=True,
        tbl_cols=PREVIEW_COLUMNS,
        tbl_rows=rows,
        fmt_str_lengths=40,
    ):
        return str(shown)


def build_resources(settings: Settings, recorder: Recorder) -> dict[str, Any]:
    """The resources of one district; `atlas` holds the run lock and the warehouse as long as the run lasts."""

    @dg.resource(description="Einstellungen des Laufs; hält die Sperre, solange der Lauf dauert")
    def atlas(context: dg.InitResourceContext) -> Iterator[Settings]:
        with contextlib.ExitStack() as held:
            try:
                held.enter_context(run_lock(settings.curated_dir))
            except LockError as error:
                if context.log is not None:
                    context.log.error(error.message())  # a row of its own on the page of the run, before the traceback
                raise
            held.enter_context(warehouse.kept_open(settings.warehouse))
            yield settings

    return {"atlas": atlas, "io_manager": WarehouseIOManager(settings, recorder)}
