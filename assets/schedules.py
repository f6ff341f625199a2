"""Schedules: what starts a run because of the date.

What belongs here: when, and with which report year. What does not: what runs (`assets.jobs`).
"""

import dagster as dg

from assets import jobs
from pipelines import provenance
from pipelines.settings import Settings

# First working hours of October: the yearly tables of the year before are out, and the autumn sittings lie ahead.
YEARLY = "0 6 1 10 *"
TIME_ZONE = "Europe/Berlin"


def build_schedules(settings: Settings) -> list[dg.ScheduleDefinition]:
    """The schedules of one district; off until somebody switches them on, because people answer for an edition."""

    @dg.schedule(
        name="jahreslauf",
        cron_schedule=YEARLY,
        execution_timezone=TIME_ZONE,
        job=jobs.atlas,
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description=(
            "Am 1. Oktober um 6 Uhr die Ausgabe des Berichtsjahrs aus kreis.yml, wenn sich seit der letzten etwas "
            "geändert hat. Sie ist ein Entwurf, bis sie geprüft und freigegeben wird."
        ),
    )
    def jahreslauf(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        if provenance.is_current(settings):
            return dg.SkipReason("Nichts zu tun: Eingaben, Programm und Ausgabe sind unverändert.")
        day = context.scheduled_execution_time.date().isoformat()
        return dg.RunRequest(run_key=f"jahreslauf:{settings.year}:{day}", partition_key=str(settings.year))

    return [jahreslauf]
