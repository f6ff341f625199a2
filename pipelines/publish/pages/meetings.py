"""Who deals with the papers and when: Beratungsfolge, calendar, and what is still open in the head of the paper.

What belongs here: these pieces, which several papers share. What does not: a whole paper (`committee`, `yearly`).
"""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines import german
from pipelines.publish import markdown_text as md
from pipelines.publish.released import Release
from pipelines.publish.sentences import with_figures

OPEN = "offen"
FORUM = "Zukunftswerkstatt"
NOTED = "Zur Kenntnisnahme"  # what bodies do with a report
# Papers of an edition by the name of their file
NAMES = {
    "ausschussvorlage": "Ausschussvorlage",
    "ressourcenbericht": "Ressourcenbericht",
    "fachplanungsbericht": "Fachplanungsbericht",
    "jahresbericht": "Jahresbericht an den Ausschuss",
    "zukunftswerkstatt-brief": "Zukunftswerkstatt-Brief",
}
YOUTH = {"JHP", "KTB"}  # planning fields of Jugendhilfe, Kindertagesbetreuung among them
_YOUTH_WELFARE = "jugendhilfe"


def head(release: Release) -> dict[str, Any]:
    """The head of the paper; without a register a report of which everything is open."""
    papers = release.table("papers")
    if papers.is_empty():
        return {**dict.fromkeys(papers.columns), "kind": "Bericht"}
    return papers.row(0, named=True)


def bodies(release: Release) -> list[dict[str, Any]]:
    """The bodies that deal with this paper, in the order of the Beratungsfolge."""
    touched = touches_youth_welfare(release)
    rows = release.table("bodies").sort("position").iter_rows(named=True)
    return [row for row in rows if touched or row["occasion"] != _YOUTH_WELFARE]


def touches_youth_welfare(release: Release) -> bool:
    """Whether § 71 SGB VIII is touched: as the register says, else where Jugendhilfe has figures or a plan here."""
    named = head(release)["youth_welfare"]
    if named is not None:
        return named == "ja"
    return bool(_youth_indicators(release) or _youth_plans(release))


def deliberation(release: Release) -> str:
    """The Beratungsfolge as a table with the columns of the motion, and why the Jugendhilfeausschuss is in it."""
    found = bodies(release)
    if not found:
        return md.paragraph("Die Beratungsfolge ist noch nicht eingetragen (kreis.yml, gremien).")
    report = head(release)["kind"] == "Bericht"
    rows = [
        [str(row["stage"]), row["name"], row["public"], NOTED if report else row["responsibility"]] for row in found
    ]
    columns = [md.Column("Nr.", 1), md.Column("Gremium", 9), md.Column("Status", 2), md.Column("Zuständigkeit", 7)]
    why = _why_youth_welfare(release, found)
    signs = "Ö: öffentlich. NÖ: nicht öffentlich."
    return md.table(columns, rows, "Beratungsfolge") + md.paragraph(signs, why)


def calendar(release: Release) -> str:
    """Every meeting with its papers and the day they are handed in; without meetings a sentence that says so."""
    meetings = release.table("meetings").sort("day", "body")
    if meetings.is_empty():
        return md.paragraph(
            "Die Termine der Sitzungen sind noch nicht eingetragen.",
            "Sobald sie im Verzeichnis der Gremien stehen, nennt diese Stelle je Sitzung die Unterlagen und den Tag "
            "der Abgabe.",
        )
    columns = [md.Column("Sitzung", 3), md.Column("Gremium", 7), md.Column("Unterlagen", 7), md.Column("Abgabe bis", 3)]
    return md.table(columns, [_meeting(row) for row in meetings.iter_rows(named=True)], "Sitzungen und Abgabe")


def next_dates(release: Release, body: str) -> list[str]:
    """Days on which a body meets, dd.mm.yyyy, in order; the edition knows no today, so all of them."""
    days = release.table("meetings").filter(pl.col("body") == body).sort("day")["day"]
    return [german.date_text(day) for day in days]


def open_points(release: Release) -> list[str]:
    """What the head of the paper still lacks, in its own words; empty when it can go to the Gremienbüro."""
    about = head(release)
    wanted = {
        "Vorlage-Nr.": about["number"],
        "Aktenzeichen": about["reference"],
        "Fachbereich": about["department"],
        "Beteiligungen": about["involved"],
        "Produkt": about["product_number"] and about["product"],
        "Auswirkungen auf Gleichstellung, Klima und Inklusion": about["equality"]
        and about["climate"]
        and about["inclusion"],
        "Unterzeichnende Stelle": about["signed_by"],
    }
    return [name for name, value in wanted.items() if not value]


def _meeting(row: dict[str, Any]) -> list[str]:
    handed_in = german.date_text(row["submission_day"]) if row["submission_day"] else OPEN
    papers = german.join_words([NAMES[name] for name in row["papers"].split(";")])
    return [german.date_text(row["day"]), row["body"], papers, handed_in]


def _why_youth_welfare(release: Release, found: list[dict[str, Any]]) -> str:
    named = head(release)["youth_welfare"]
    body = next((row["name"] for row in found if row["occasion"] == _YOUTH_WELFARE), None)
    if body is None:
        return "Aufgaben der Jugendhilfe sind nicht berührt (§ 71 SGB VIII)."
    if named is not None:
        return f"Der {body} berät, weil Aufgaben der Jugendhilfe berührt sind (§ 71 SGB VIII)."
    reasons = []
    if _youth_indicators(release):
        reasons.append(f"{german.number(_youth_indicators(release))} Indikatoren der Jugendhilfe mit Zahlen")
    if _youth_plans(release):
        reasons.append(german.count_text(_youth_plans(release), "Fachplanung", "Fachplanungen") + " der Jugendhilfe")
    return f"Der {body} berät, weil der Bericht {' und '.join(reasons)} enthält (§ 71 SGB VIII)."


def _youth_indicators(release: Release) -> int:
    rows = release.indicators.filter(pl.col("indicator_id").is_in(list(with_figures(release))))
    return sum(bool(YOUTH & set((fields or "").split(";"))) for fields in rows["planning_fields"])


def _youth_plans(release: Release) -> int:
    return sum(bool(YOUTH & set((fields or "").split(";"))) for fields in release.table("plans")["planning_fields"])
