"""Jobs: the whole atlas, and everything that is checked before documents are made.

What belongs here: what runs together and how. What does not: who starts it (`assets.cli`, the Dagster web page).
"""

import dagster as dg

from assets.run import ATLAS, CHECK

atlas = dg.define_asset_job(
    ATLAS,
    selection=dg.AssetSelection.all(),
    executor_def=dg.in_process_executor,
    description="Der ganze Weg: Lieferungen prüfen, Kennzahlen bilden, freigeben, Dokumente setzen, Ausgabe tauschen",
)
daten = dg.define_asset_job(
    CHECK,
    selection=dg.AssetSelection.groups("raw", "curated", "indicators", "release"),
    executor_def=dg.in_process_executor,
    description="Einlesen, rechnen, alle Prüfungen und die freigegebenen Tabellen, ohne Dokumente; die letzte Ausgabe bleibt",
)
JOBS = [atlas, daten]
