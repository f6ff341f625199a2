"""Jobs: the whole atlas, and everything up to the released tables, without documents.

What belongs here: what runs together and how, and that a fault is told in German where a run is watched. What does not:
who starts it (`assets.cli`, the Dagster web page, `assets.sensors`, `assets.schedules`).
"""

import dagster as dg

from assets.run import ATLAS, CHECK
from pipelines.errors import AtlasError


@dg.failure_hook
def deutsche_meldung(context: dg.HookContext) -> None:
    """Write the German message of a fault into the log of the run, before the traceback of the program."""
    cause: BaseException | None = context.op_exception
    while cause is not None and not isinstance(cause, AtlasError):
        cause = cause.__cause__
    if cause is not None:
        context.log.error(cause.message())


atlas = dg.define_asset_job(
    ATLAS,
    selection=dg.AssetSelection.all(),
    executor_def=dg.in_process_executor,
    hooks={deutsche_meldung},
    description="Der ganze Weg: Lieferungen prüfen, Kennzahlen bilden, freigeben, Dokumente setzen, Ausgabe tauschen",
)
daten = dg.define_asset_job(
    CHECK,
    selection=dg.AssetSelection.groups("raw", "curated", "indicators", "steering", "release"),
    executor_def=dg.in_process_executor,
    hooks={deutsche_meldung},
    description="Lieferungen einlesen, rechnen, prüfen, Tabellen freigeben, ohne Dokumente; die letzte Ausgabe bleibt",
)
JOBS = [atlas, daten]
