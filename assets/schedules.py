"""Schedules: what starts a run because of the date.

What belongs here: when, and with which report year. What does not: what runs (`assets.jobs`).
"""

import dagster as dg

from assets import jobs
from pipelines import provenance
from pipelines.settings import Settings
from pipelines.steering.meetings import due_meetings

# First working hours of October: the yearly tables of the year before are out, and the autumn sittings lie ahead.
YEARLY = "0 6 1 10 *"
# Before the working day: whether papers are due is asked daily, each meeting starts one run at most
DAILY = "0 5 * * *"
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

    @dg.schedule(
        name="sitzungsvorlagen",
        cron_schedule=DAILY,
        execution_timezone=TIME_ZONE,
        job=jobs.atlas,
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description=(
            "Täglich um 5 Uhr: Naht der Tag, an dem Unterlagen einer Sitzung abzugeben sind (gremien.yml), entstehen "
            "ihre Entwürfe mit einer Ausgabe, wenn sich seit der letzten etwas geändert hat. Je Sitzung einmal."
        ),
    )
    def sitzungsvorlagen(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        found = due_meetings(settings, context.scheduled_execution_time.date())
        if not found:
            return dg.SkipReason("Nichts zu tun: In den nächsten Wochen sind keine Unterlagen abzugeben.")
        if provenance.is_current(settings):
            return dg.SkipReason("Nichts zu tun: Die Entwürfe der letzten Ausgabe sind auf dem Stand der Eingaben.")
        last = found[-1]
        return dg.RunRequest(
            run_key=f"sitzungsvorlagen:{last['submission_day']}:{last['body']}",
            partition_key=str(settings.year),
            tags={"sitzung": f"{last['day']} {last['body']}"},
        )

    return [jahreslauf, sitzungsvorlagen]
