"""All Dagster definitions of one district.

What belongs here: putting assets, checks, jobs, schedules, sensors and resources together. What does not: any of
these themselves, and which district the Dagster page shows (`assets.definitions`).
"""

import dagster as dg

from assets import checks, jobs, progress
from assets.policy import as_asset, as_check
from assets.recording import Recorder
from assets.resources import build_resources
from assets.schedules import build_schedules
from assets.sensors import build_sensors
from pipelines.settings import Settings


def build_definitions(settings: Settings) -> dg.Definitions:
    """The definitions for the folders and the year of these settings; two districts may exist in one process."""
    recorder = Recorder(settings)
    return dg.Definitions(
        assets=[as_asset(step, settings, recorder) for step in recorder.book.steps],
        asset_checks=[as_check(check, recorder) for check in checks.CHECKS],
        jobs=jobs.JOBS,
        schedules=build_schedules(settings),
        sensors=build_sensors(settings),
        resources=build_resources(settings, recorder),
        loggers={progress.NAME: progress.logger},
        executor=dg.in_process_executor,
    )
