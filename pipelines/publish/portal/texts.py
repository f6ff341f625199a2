"""Pages that consist of texts: methods and the statement on accessibility.

What belongs here: the few words those texts take from elsewhere. What does not: the texts (`reports/theme/portal`).
"""

from __future__ import annotations

from pathlib import Path

from pipelines import german
from pipelines.mandate import accessibility_office
from pipelines.publish.portal.site import ACCESSIBILITY, METHODS, Place, Site


def write_texts(site: Site) -> list[Path]:
    """Write both pages; return their paths."""
    statuses = [(german.status_sign(status) or "Zahl", words) for status, words in german.STATUS_WORDS.items()]
    return [
        site.write(
            Place(METHODS, "Methoden", "Methoden"),
            "methoden.html.jinja",
            class_rule=german.CLASS_RULE,
            statuses=statuses,
        ),
        site.write(
            Place(ACCESSIBILITY, "Erklärung zur Barrierefreiheit", ""),
            "barrierefreiheit.html.jinja",
            office=accessibility_office(site.release.edition),
        ),
    ]
