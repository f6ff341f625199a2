"""Sensors: what starts a run because something happened.

What belongs here: asking and starting. What does not: deciding whether a delivery is complete and new
(`pipelines.sources.arrivals`).
"""

import dagster as dg

from assets import jobs
from pipelines.settings import Settings
from pipelines.sources import arrivals

INTERVAL = 30


def build_sensors(settings: Settings) -> list[dg.SensorDefinition]:
    """The sensors of one district; off until somebody switches them on, because a run takes the lock from people."""

    @dg.sensor(
        name="neue_lieferung",
        job=jobs.daten,
        minimum_interval_seconds=INTERVAL,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description=(
            "Beginnt den Lauf „daten“, sobald eine neue Lieferung mit Lieferschein vollständig im Datenordner liegt; "
            "sagt sonst, was fehlt. Dokumente entstehen dabei nicht."
        ),
    )
    def neue_lieferung(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        look = arrivals.look(settings, context.cursor)
        context.update_cursor(look.memory)
        if not look.start:
            return dg.SkipReason(look.reason)
        return dg.RunRequest(
            run_key=look.run_key,
            partition_key=str(settings.year),
            tags={"lieferung": ", ".join(sorted(look.start))},
        )

    return [neue_lieferung]
