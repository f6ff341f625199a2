"""The chapter on participation: who takes part, what each gave, which needs were reported and what became of them.

What belongs here: the order of the chapter and its tables. What does not: counting and sentences
(`pipelines.publish.participants`).
"""

from __future__ import annotations

from typing import Any

from pipelines import german
from pipelines.publish import participants as found
from pipelines.publish import sentences
from pipelines.publish.pages.parts import column
from pipelines.publish.released import Release
from pipelines.publish.typst_code import Code, block, call, length

WIDE = Code("satzbreite")
STATES = ("offen", "in Prüfung", "aufgenommen", "teilweise aufgenommen", "nicht aufgenommen")


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
    rows: list[Any] = []
    for row in found.participants(release):
        group = {"gruppe": found.GROUP_WORDS[row["group"]]}
        if group not in rows:
            rows.append(group)
        chapters = ", ".join((row["chapters"] or "noch nicht festgelegt").split(";"))
        given = german.number(row["given"]) if row["given"] else "noch nicht erfasst"
        rows.append([row["name"], german.capitalised(row["role"]), chapters, found.state_text(row), given])
    if not rows:
        return []
    columns = [
        column("Stelle oder Gruppe", 46),
        column("Wozu"),
        column("Kapitel", 44),
        column("Stand", 24),
        column("Beiträge", 20),
    ]
    title = "Wer beteiligt wird"
    return [
        call(
            "tabelle",
            spalten=columns,
            zeilen=rows,
            titel=title,
            unter="Stellen und Gruppen, keine Personen",
            breite=WIDE,
        )
    ]


def _contributions(release: Release) -> list[Code]:
    names = found.names(release)
    rows: list[Any] = []
    for chapter, given in found.contributions(release):
        rows.append({"gruppe": chapter})
        rows += [
            [
                names[row["participant_id"]],
                german.date_text(row["given_on"]),
                row["contribution"],
                found.outcome_text(row),
            ]
            for row in given
        ]
    title = call("zwischentitel", "Was beigetragen wurde, und was daraus wurde", ebene=2, unter="nach Kapitel")
    if not rows:
        return []  # the sentences at the top say that none is recorded yet
    columns = [column("Wer", 42), column("Wann", 20), column("Beitrag"), column("Was daraus wurde", 62)]
    return [title, call("tabelle", spalten=columns, zeilen=rows, breite=WIDE)]


def _needs(release: Release) -> list[Code]:
    title = call(
        "zwischentitel",
        "Bedarfsmeldungen",
        ebene=2,
        unter="gemeldeter Bedarf nach Gebiet und Thema, mit dem Beleg und dem, was daraus wurde",
    )
    rows: list[Any] = []
    for area, needs in found.needs(release):
        rows.append({"gruppe": area})
        rows += [_need(release, row) for row in needs]
    if not rows:
        return []
    columns = [
        column("Thema", 30),
        column("Bedarf"),
        column("Wer", 36),
        column("Beleg", 24),
        column("Was daraus wurde", 44),
    ]
    return [title, call("tabelle", spalten=columns, zeilen=rows, breite=WIDE), _counts(release)]


def _need(release: Release, row: dict[str, Any]) -> list[str]:
    evidence = row["evidence"]
    if row["indicator_ids"]:
        evidence = f"{evidence} ({', '.join(row['indicator_ids'].split(';'))})"
    who = f"{found.names(release)[row['participant_id']]}, {german.date_text(row['received_on'])}"
    return [sentences.grouped(row["theme"]), row["subject"], who, evidence, found.outcome_text(row)]


def _counts(release: Release) -> Code:
    """How many published needs of each kind of evidence are in which state."""
    rows = []
    for word, counts in found.evidence_counts(release):
        cells = [german.number(counts[state]) if counts.get(state) else "–" for state in STATES]
        rows.append([german.capitalised(found.EVIDENCE_WORDS[word]), *cells])
    heads = [column(german.capitalised(state).replace(" ", "\n"), 24, "zahl") for state in STATES]
    return call(
        "tabelle",
        spalten=[column("Meldungen"), *heads],
        zeilen=rows,
        titel="Beleg und Ergebnis",
        unter="Anzahl der Meldungen, die veröffentlicht werden dürfen",
        breite=WIDE,
        gruppe=None,
    )
