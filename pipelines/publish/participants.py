"""Who took part in an edition, what each gave, and which needs were reported: as data and sentences.

What belongs here: choosing and counting released rows about participants, contributions and needs, and saying in
German what they show. What does not: reading the registers (`pipelines.steering`), layout (`pages.participation`).
"""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines import german
from pipelines.publish import sentences
from pipelines.publish.released import Release
from pipelines.publish.supply import register_state
from pipelines.publish.words import area_name

GROUP_WORDS = {
    "verwaltung": "Verwaltung",
    "politik": "Politik",
    "gemeinden": "Städte und Gemeinden",
    "traeger": "Träger",
    "liga": "Liga der freien Wohlfahrtspflege",
    "beiraete": "Beiräte und Vertretungen",
    "betroffene": "Betroffene",
    "wissenschaft": "Wissenschaft",
}
EVIDENCE_WORDS = {
    "statistisch": "auf Zahlen gestützt",
    "fachlich": "auf Erfahrung aus der Arbeit gestützt",
    "Betroffene": "auf Aussagen von Betroffenen gestützt",
}
STATES = ("offen", "in Prüfung", "aufgenommen", "teilweise aufgenommen", "nicht aufgenommen")
PARTICIPANT_HEADS = ("Stelle oder Gruppe", "Wozu", "Kapitel", "Stand", "Beiträge")
CONTRIBUTION_HEADS = ("Wer", "Wann", "Beitrag", "Was daraus wurde")
NEED_HEADS = ("Thema", "Bedarf", "Wer", "Beleg", "Was daraus wurde")
PARTICIPANTS_TITLE = ("Wer beteiligt wird", "Stellen und Gruppen, keine Personen")
CONTRIBUTIONS_TITLE = ("Was beigetragen wurde, und was daraus wurde", "nach Kapitel")
NEEDS_TITLE = (
    "Bedarfsmeldungen",
    "gemeldeter Bedarf nach Gebiet und Thema, mit dem Beleg und dem, was daraus wurde",
)
EVIDENCE_TITLE = ("Beleg und Ergebnis", "Anzahl der Meldungen, die veröffentlicht werden dürfen")
Groups = list[tuple[str, list[list[str]]]]  # heading of a group, and its rows of cells
NOT_KEPT = "Ein Verzeichnis der Beteiligten wird noch nicht geführt."
NO_CONCLUSION = "Das heißt nicht, dass es keinen Bedarf gibt."
NO_NEEDS = f"Bedarfsmeldungen sind noch nicht erfasst. {NO_CONCLUSION}"
LIMIT = (
    "Eine Bedarfsmeldung gibt eine Sicht wieder; sie ist kein Beschluss und kein statistischer Nachweis. Aus der Zahl "
    "der Meldungen lässt sich nicht auf den Bedarf eines Gebiets schließen."
)


def participants(release: Release) -> list[dict[str, Any]]:
    """Bodies and groups in the order of the register, each with the number of its contributions."""
    counts = dict(release.table("contributions").group_by("participant_id").len().iter_rows())
    rows = release.table("participants").sort("position")
    return [{**row, "given": counts.get(row["participant_id"], 0)} for row in rows.iter_rows(named=True)]


def names(release: Release) -> dict[str, str]:
    """Names of bodies and groups by key."""
    return dict(release.table("participants").select("participant_id", "name").iter_rows())


def state_text(row: dict[str, Any]) -> str:
    """„offen“, „angefragt am 02.05.2023“, „beteiligt seit 01.02.2023“."""
    if row["state_on"] is None:
        return row["state"]
    return f"{row['state']} {'seit' if row['state'] == 'beteiligt' else 'am'} {german.date_text(row['state_on'])}"


def outcome_text(row: dict[str, Any]) -> str:
    """What became of a contribution or a need: state, day and sentence."""
    if row["outcome"] is None:
        return german.capitalised(row["state"])
    return f"{german.capitalised(row['state'])} ({german.date_text(row['outcome_on'])}). {row['outcome']}"


def contributions(release: Release) -> list[tuple[str, list[dict[str, Any]]]]:
    """Contributions by chapter, in the order of the catalogue, then by title; within one by day."""
    rows = release.table("contributions").sort("given_on", "participant_id", "number")
    places = release.indicators.sort("position")["chapter"].unique(maintain_order=True).to_list()
    titles = rows["chapter"].unique().to_list()
    ordered = sorted(titles, key=lambda title: (places.index(title) if title in places else len(places), title))
    return [(title, rows.filter(pl.col("chapter") == title).to_dicts()) for title in ordered]


def needs(release: Release) -> list[tuple[str, list[dict[str, Any]]]]:
    """Published needs by the name of their area: the Kreis, then Sozialräume, then Gemeinden in the fixed order."""
    rows = _published_needs(release)
    order = [release.kreis_id, *release.sozialraeume["area_id"], *release.gemeinden["area_id"]]
    others = sorted(set(rows["area_id"]) - set(order))
    grouped = [(key, rows.filter(pl.col("area_id") == key).to_dicts()) for key in [*order, *others]]
    return [(_area(release, key), found) for key, found in grouped if found]


def _published_needs(release: Release) -> pl.DataFrame:
    return release.table("needs").filter("published").sort("received_on", "need_id")


# ------------------------------------------------------------------------------------------------ rows of words
def participant_rows(release: Release) -> Groups:
    """Who takes part, by group: cells as PARTICIPANT_HEADS."""
    found: dict[str, list[list[str]]] = {}
    for row in participants(release):
        chapters = ", ".join((row["chapters"] or "noch nicht festgelegt").split(";"))
        given = german.number(row["given"]) if row["given"] else "noch nicht erfasst"
        cells = [row["name"], german.capitalised(row["role"]), chapters, state_text(row), given]
        found.setdefault(GROUP_WORDS[row["group"]], []).append(cells)
    return list(found.items())


def contribution_rows(release: Release) -> Groups:
    """What was given, by chapter: cells as CONTRIBUTION_HEADS."""
    who = names(release)
    return [
        (
            chapter,
            [
                [who[row["participant_id"]], german.date_text(row["given_on"]), row["contribution"], outcome_text(row)]
                for row in rows
            ],
        )
        for chapter, rows in contributions(release)
    ]


def need_rows(release: Release) -> Groups:
    """Published needs, by area: cells as NEED_HEADS."""
    who = names(release)
    return [(area, [_need_cells(row, who) for row in rows]) for area, rows in needs(release)]


def need_rows_of(release: Release, area_id: str) -> list[list[str]]:
    """Published needs of one area: cells as NEED_HEADS."""
    who = names(release)
    own = _published_needs(release).filter(pl.col("area_id") == area_id)
    return [_need_cells(row, who) for row in own.iter_rows(named=True)]


def _need_cells(row: dict[str, Any], who: dict[str, str]) -> list[str]:
    evidence = row["evidence"]
    if row["indicator_ids"]:
        evidence = f"{evidence} ({', '.join(row['indicator_ids'].split(';'))})"
    reporter = f"{who[row['participant_id']]}, {german.date_text(row['received_on'])}"
    return [sentences.grouped(row["theme"]), row["subject"], reporter, evidence, outcome_text(row)]


def evidence_rows(release: Release) -> list[list[str]]:
    """How many published needs of each kind of evidence are in which of STATES; a dash where none is."""
    return [
        [
            german.capitalised(EVIDENCE_WORDS[word]),
            *(german.number(counts[state]) if counts.get(state) else "–" for state in STATES),
        ]
        for word, counts in evidence_counts(release)
    ]


def evidence_counts(release: Release) -> list[tuple[str, dict[str, int]]]:
    """For each kind of evidence how many published needs are in which state."""
    rows = release.table("needs").filter("published")
    return [
        (word, dict(rows.filter(pl.col("evidence") == word).group_by("state").len().iter_rows()))
        for word in EVIDENCE_WORDS
    ]


def taking_part(release: Release) -> str:
    """How many bodies and groups are listed and how far each is."""
    found = participants(release)
    if not found:
        return NOT_KEPT
    states = [row["state"] for row in found]
    parts = [f"{german.number(states.count(word))} {word}" for word in dict.fromkeys(states)]
    verb = "ist" if len(found) == 1 else "sind"
    listed = f"{german.number(len(found))} {'Stelle oder Gruppe' if len(found) == 1 else 'Stellen und Gruppen'}"
    return f"{listed} {verb} vorgesehen; Stand der Beteiligung: {', '.join(parts)}."


def given(release: Release) -> str:
    """How many contributions there are and how many of them are decided."""
    rows = release.table("contributions")
    if rows.is_empty():
        return "Beiträge sind noch nicht erfasst."
    open_ = rows.filter(pl.col("state") == "offen").height
    return (
        f"{german.number(rows.height)} {'Beitrag' if rows.height == 1 else 'Beiträge'} erfasst, davon "
        f"{german.number(rows.height - open_)} entschieden und {german.number(open_)} offen."
    )


def reported(release: Release) -> str:
    """How many needs are reported, how many of them may be shown, and how many are decided."""
    rows = release.table("needs")
    if rows.is_empty():
        kept = register_state(release, "bedarfsmeldungen")["state"] != "nicht geführt"
        return NO_NEEDS if kept else f"Eine Liste der Bedarfsmeldungen wird noch nicht geführt. {NO_NEEDS}"
    undecided = rows.filter(pl.col("state").is_in(["offen", "in Prüfung"])).height
    hidden = rows.filter(~pl.col("published")).height
    text = (
        f"{german.number(rows.height)} {'Bedarfsmeldung' if rows.height == 1 else 'Bedarfsmeldungen'} erfasst, davon "
        f"{german.number(rows.height - undecided)} entschieden."
    )
    return f"{text} Ohne Zustimmung zur Veröffentlichung: {german.number(hidden)}, nur gezählt." if hidden else text


def _area(release: Release, area_id: str) -> str:
    rows = release.areas.filter(pl.col("area_id") == area_id)
    return area_name(rows.row(0, named=True), release.edition) if rows.height else area_id
