"""The partition of an edition: its report year, which is data of the district.

What belongs here: partition definitions. What does not: which assets have them (`assets.policy`).
"""

import dagster as dg

from pipelines.settings import Settings


def report_years(settings: Settings) -> dg.StaticPartitionsDefinition:
    """The report year of these settings as the only partition; raw, curated and indicator tables hold all years."""
    return dg.StaticPartitionsDefinition([str(settings.year)])
