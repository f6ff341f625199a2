"""The chapter on participation: who takes part, what each gave, which needs were reported and what became of them.

What belongs here: the order of the chapter and its tables. What does not: counting and sentences
(`pipelines.publish.participants`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipelines import german
from pipelines.publish import participants as found
from pipelines.publish.pages.parts import column
from pipelines.publish.released import Release
from pipelines.publish.typst_code import Code, block, call, length

WIDE = Code("satzbreite")


def participation_chapter(release: Release) -> str:
    """All pages of the chapter; what is not recorded yet is said to be so, never to be absent."""
    return block(
        call("abstand", length(4)),
        call(
            "aussagen",
            [
                ("Beteiligte", found.taking_part(release)),
                ("Beiträge", found.given(release)),
                ("Bedarf", found.reported(release)),
                ("Grenze", found.LIMIT),
            ],
        ),
        *_participants(release),
        *_contributions(release),
        *_needs(release),
    )


def _participants(release: Release) -> list[Code]:
    rows = _grouped(found.participant_rows(release))
    if not rows:
        return []
    columns = _columns(found.PARTICIPANT_HEADS, (46, None, 44, 24, 20))
    title, under = found.PARTICIPANTS_TITLE
    return [call("tabelle", spalten=columns, zeilen=rows, titel=title, unter=under, breite=WIDE)]


def _contributions(release: Release) -> list[Code]:
    rows = _grouped(found.contribution_rows(release))
    if not rows:
        return []  # the sentences at the top say that none is recorded yet
    columns = _columns(found.CONTRIBUTION_HEADS, (42, 20, None, 62))
    return [_title(found.CONTRIBUTIONS_TITLE), call("tabelle", spalten=columns, zeilen=rows, breite=WIDE)]


def _needs(release: Release) -> list[Code]:
    rows = _grouped(found.need_rows(release))
    if not rows:
        return []
    columns = _columns(found.NEED_HEADS, (30, None, 36, 24, 44))
    table = call("tabelle", spalten=columns, zeilen=rows, breite=WIDE)
    return [_title(found.NEEDS_TITLE), table, _counts(release)]


def _counts(release: Release) -> Code:
    """How many published needs of each kind of evidence are in which state."""
    heads = [column(german.capitalised(state).replace(" ", "\n"), 24, "zahl") for state in found.STATES]
    title, under = found.EVIDENCE_TITLE
    return call(
        "tabelle",
        spalten=[column("Meldungen"), *heads],
        zeilen=found.evidence_rows(release),
        titel=title,
        unter=under,
        breite=WIDE,
        gruppe=None,
    )


def _grouped(groups: found.Groups) -> list[Any]:
    """Rows of a table of Typst, each group below its heading."""
    return [row for heading, rows in groups for row in ({"gruppe": heading}, *rows)]


def _columns(heads: Sequence[str], widths: Sequence[float | None]) -> list[dict[str, Any]]:
    return [column(head, width) for head, width in zip(heads, widths, strict=True)]


def _title(words: tuple[str, str]) -> Code:
    return call("zwischentitel", words[0], ebene=2, unter=words[1])
