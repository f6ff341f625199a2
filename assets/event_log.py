"""The event log of Dagster as the command writes it: the same files, opened once for a run.

What belongs here: how connections to these files are kept. What does not: what is logged (Dagster), and how the Dagster
page reads it (its own class over the same files).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy
import sqlalchemy.event
from dagster import DagsterInstance
from dagster._core.instance import InstanceRef
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData

# Where Dagster keeps its event log below DAGSTER_HOME
FOLDER = Path("history", "runs")


class EventLog(SqliteEventLogStorage):
    """Dagster's log in SQLite files, one per run and one over all, without a connection of its own per statement.

    A run writes about 1,500 events in 3,000 transactions. Dagster opens and closes the file for each, and SQLite writes
    its journal back and waits for the disk every time: a quarter of a run. Here a file stays open, and the journal is
    not waited for, as SQLite advises for journals of this kind (WAL): what a power failure takes are the last events of
    a run that it ended anyway.
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        """Below the folder `base_dir`; Dagster hands both over."""
        self._engines: dict[str, sqlalchemy.Engine] = {}
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> "EventLog":
        """As the class above does."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[sqlalchemy.Connection]:
        with self._db_lock:
            if shard not in self._engines:
                self._engines[shard] = self._engine(shard)
            with self._engines[shard].begin() as connection:
                yield connection

    def dispose(self) -> None:
        """Close the files."""
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()
        super().dispose()

    def _engine(self, shard: str) -> sqlalchemy.Engine:
        patient = {"timeout": SQLITE_BUSY_TIMEOUT_SECONDS}  # another run, or the page, may be writing
        engine = sqlalchemy.create_engine(self.conn_string_for_shard(shard), connect_args=patient)
        sqlalchemy.event.listen(engine, "connect", _relaxed)
        self._initdb(engine)
        return engine


def instance_of(state: Path) -> DagsterInstance:
    """Dagster as `dagster.yaml` in the folder `state` sets it up, with this event log where Dagster keeps its own."""
    log = {"module": EventLog.__module__, "class": EventLog.__name__, "config": {"base_dir": str(state / FOLDER)}}
    return DagsterInstance.from_ref(InstanceRef.from_dir(str(state), overrides={"event_log_storage": log}))


def _relaxed(connection: Any, _: Any) -> None:
    connection.execute("pragma synchronous = normal")
