"""Who decides on the papers and when: Beratungsfolge of `kreis.yml`, meetings and head of the paper of `gremien.yml`.

What belongs here: both as tables, and which drafts are due on a day. What does not: reading files (`registers`,
`pipelines.settings`), the papers themselves (`pipelines.publish.pages`).
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.steering.registers import Entry, check_known, read_register

if TYPE_CHECKING:
    import polars as pl

    from pipelines.settings import Settings

REGISTER = "gremien"
PAPER = "ausschussvorlage"
# What the motion wants to be told regularly beside the bodies of the Kreistag
FORUM = "Zukunftswerkstatt"
DRAFT_DAYS = 28  # before the papers are handed in, where the register names no other number

# Column of steering.papers -> entry of the register
HEAD = {
    "kind": "art",
    "number": "vorlage_nr",
    "reference": "aktenzeichen",
    "department": "fachbereich",
    "product_number": "produkt_nr",
    "product": "produkt",
    "youth_welfare": "jugendhilfe",
    "decision": "beschlussvorschlag",
    "equality": "gleichstellung",
    "climate": "klima",
    "inclusion": "inklusion",
    "signed_by": "unterzeichnet",
}


def build_bodies(committees: list[dict[str, Any]]) -> pl.DataFrame:
    """`steering.bodies` from `settings.kreis.committees`, in the order of the file."""
    from pipelines.steering.planning import frame

    rows = [
        {
            "position": position,
            "stage": body["nr"],
            "name": body["name"],
            "public": body["status"],
            "responsibility": body["zustaendigkeit"],
            "occasion": body.get("anlass"),
        }
        for position, body in enumerate(committees, 1)
    ]
    return frame(rows, "steering.bodies")


def build_meetings(data_dir: Path, bodies: pl.DataFrame) -> pl.DataFrame:
    """`steering.meetings` by day; empty where the district keeps no `gremien.yml` or has entered no meeting.

    bodies: `steering.bodies`. Raises InputError with file and line for an unknown body, a body twice on a day, papers
    handed in after the meeting, and a paper that reaches a later stage of the Beratungsfolge before an earlier one.
    """
    from pipelines.steering.planning import frame

    top = read_register(data_dir, REGISTER).top
    meetings = top.entries("sitzungen")
    stages = dict(bodies.select("name", "stage").iter_rows())
    for meeting in meetings:
        check_known(meeting, "gremium", [*stages, FORUM], "ein Gremium", "kreis.yml (gremien), oder Zukunftswerkstatt")
        _check_submission(meeting)
    _check_once_a_day(meetings)
    _check_stages(meetings, stages)
    days = top.get("abgabefrist_tage")
    rows = [
        {
            "day": meeting["datum"],
            "body": meeting["gremium"],
            "submission_day": meeting.get("abgabe") or _before(meeting["datum"], days),
            "papers": ";".join(meeting["unterlagen"]),
        }
        for meeting in meetings
    ]
    rows.sort(key=lambda row: (row["day"], stages.get(row["body"], 0), row["body"]))
    return frame(rows, "steering.meetings")


def build_papers(data_dir: Path, number_form: str | None = None) -> pl.DataFrame:
    """`steering.papers`: the head of the paper, one row; none where the district keeps no `gremien.yml`.

    number_form: `Kreis.paper_number`. Raises InputError for a number of another form.
    """
    from pipelines.steering.planning import frame

    register = read_register(data_dir, REGISTER)
    if not register.exists:
        return frame([], "steering.papers")
    head = register.top.group("vorlage")
    _check_number(head, number_form)
    row = {column: head.get(entry) for column, entry in HEAD.items()}
    involved = ";".join(head.get("beteiligungen") or []) or None
    return frame([{"paper_id": PAPER, "involved": involved, **row}], "steering.papers")


def due_meetings(settings: Settings, today: date) -> list[dict[str, Any]]:
    """Meetings whose papers are handed in from today on and soon enough that drafts are due, by day of submission.

    Rows of `steering.meetings`, from the files as they are now; without a known day of submission nothing is due.
    Raises InputError as `build_meetings` does.
    """
    meetings = build_meetings(settings.data_dir, build_bodies(settings.kreis.committees))
    named = read_register(settings.data_dir, REGISTER).top.get("entwurf_tage")
    lead = DRAFT_DAYS if named is None else named
    first, last = today.isoformat(), (today + timedelta(days=lead)).isoformat()
    due = [row for row in meetings.to_dicts() if row["submission_day"] and first <= row["submission_day"] <= last]
    return sorted(due, key=lambda row: (row["submission_day"], row["day"], row["body"]))


def _before(day: str, days: int | None) -> str | None:
    return None if days is None else (date.fromisoformat(day) - timedelta(days=days)).isoformat()


def _check_number(head: Entry, form: str | None) -> None:
    """The number of a paper has the form of the district, in which N and J stand for a digit."""
    number = head.get("vorlage_nr")
    if not number or not form:
        return
    pattern = re.sub("(?:N|J){2,}", lambda found: f"[0-9]{{{len(found.group())}}}", re.escape(form))
    if not re.fullmatch(pattern, number):
        raise head.fault(
            "vorlage_nr",
            what="Die Nummer der Vorlage hat nicht die Form, die der Kreis festgelegt hat.",
            expected=f"{form} (vorlagennummer in kreis.yml; N und J stehen für eine Ziffer)",
            remedy="Die Nummer berichtigen oder das Feld leer lassen, bis sie vergeben ist.",
        )


def _check_submission(meeting: Entry) -> None:
    day = meeting.get("abgabe")
    if day and day > meeting["datum"]:
        raise meeting.fault(
            "abgabe",
            what="Unterlagen werden erst nach der Sitzung abgegeben.",
            expected=f"ein Tag bis {meeting['datum']} (datum)",
            remedy="Den Tag der Abgabe oder der Sitzung berichtigen.",
        )


def _check_once_a_day(meetings: list[Entry]) -> None:
    first: dict[tuple[str, str], int] = {}
    for meeting in meetings:
        key = (meeting["gremium"], meeting["datum"])
        if key in first:
            raise meeting.fault(
                "datum",
                what="Eine Sitzung ist zweimal eingetragen.",
                expected=f"je Gremium und Tag ein Eintrag; zuerst in Zeile {first[key]}",
                remedy="Die Unterlagen in einem Eintrag zusammenfassen oder den Tag berichtigen.",
            )
        first[key] = meeting.line


def _check_stages(meetings: list[Entry], stages: dict[str, int]) -> None:
    """No body may deal with a paper for the first time before one of an earlier stage that is entered as well."""
    first: dict[tuple[str, str], Entry] = {}
    for meeting in sorted(meetings, key=lambda entry: (entry["datum"], entry.line)):
        for paper in meeting["unterlagen"]:
            first.setdefault((paper, meeting["gremium"]), meeting)
    for (paper, body), meeting in first.items():
        for (other_paper, other), earlier in first.items():
            before = stages.get(other, 0) < stages.get(body, 0)
            if paper == other_paper and other in stages and before and earlier["datum"] > meeting["datum"]:
                raise meeting.fault(
                    "datum",
                    what="Die Sitzungen folgen nicht der Beratungsfolge.",
                    expected=f"ein Tag ab {earlier['datum']}: {other} berät „{paper}“ davor (Zeile {earlier.line})",
                    remedy="Den Tag der Sitzung oder die Nummern unter gremien in kreis.yml berichtigen.",
                )
