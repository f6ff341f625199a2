"""The definitions that the Dagster page shows: those of the district that the environment names.

What belongs here: only this name, which Dagster looks for. What does not: making definitions (`assets.district`); who
runs another district imports that and not this, because merely importing this reads the whole program once.
"""

import os

from assets.district import build_definitions
from pipelines.settings import load_settings

defs = build_definitions(load_settings(os.environ.get("SOZIALATLAS_DATA"), os.environ.get("SOZIALATLAS_OUT")))
