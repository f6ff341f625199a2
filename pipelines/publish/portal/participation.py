"""The page of participation: who takes part, what each gave, which needs were reported; and needs of a Gemeinde.

What belongs here: choosing what the pages show. What does not: counting and sentences
(`pipelines.publish.participants`).
"""

from __future__ import annotations

from pathlib import Path

from pipelines import german
from pipelines.publish import participants as found
from pipelines.publish.portal.site import PARTICIPANTS, Place, Row, Site
from pipelines.publish.portal.tables import words_table


def write_participation(site: Site) -> list[Path]:
    """Write the page of participation; return its path."""
    release = site.release
    needs = found.need_rows(release)
    page = site.write(
        Place(PARTICIPANTS, "Beteiligte", "Beteiligte"),
        "beteiligte.html.jinja",
        statements=[
            ("Beteiligte", found.taking_part(release)),
            ("Beiträge", found.given(release)),
            ("Bedarf", found.reported(release)),
            ("Grenze", found.LIMIT),
        ],
        participants=_grouped("tabelle-beteiligte", found.PARTICIPANTS_TITLE, found.PARTICIPANT_HEADS,
                              found.participant_rows(release), found.NOT_KEPT),
        contributions=_grouped("tabelle-beitraege", found.CONTRIBUTIONS_TITLE, found.CONTRIBUTION_HEADS,
                               found.contribution_rows(release), found.given(release)),
        needs=_grouped("tabelle-bedarf", found.NEEDS_TITLE, found.NEED_HEADS, needs, found.reported(release)),
        evidence=_evidence(site) if needs else None,
    )  # fmt: skip
    return [page]


def _grouped(key: str, title: tuple[str, str], heads: tuple[str, ...], groups: found.Groups, empty: str) -> Row:
    return words_table(key, title[0], heads, dict(groups), under=title[1], empty=empty)


def _evidence(site: Site) -> Row:
    title, under = found.EVIDENCE_TITLE
    heads = ["Meldungen", *(german.capitalised(state) for state in found.STATES)]
    rows = found.evidence_rows(site.release)
    return words_table("tabelle-belege", title, heads, rows, under=under, numbers=range(1, len(heads)))


def local_needs(site: Site, area: Row) -> Row:
    """Published needs of one Gemeinde; without any the sentence that says what that means."""
    release = site.release
    own = found.need_rows_of(release, area["area_id"])
    listed = release.table("needs").height
    nothing = f"Für {area['display_name']} ist keine Bedarfsmeldung veröffentlicht. {found.NO_CONCLUSION}"
    empty = nothing if listed else found.reported(release)
    return words_table("tabelle-bedarf", found.NEEDS_TITLE[0], found.NEED_HEADS, own, empty=empty)
