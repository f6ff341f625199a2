"""Beteiligte and Bedarfsmeldungen: what the registers may say, what of them may leave, and the chapter of the atlas.

What belongs here: `beteiligte.yml` and `bedarfsmeldungen.csv` as tables and as pages. What does not: reading any
register (`test_registers`).
"""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from pipelines.disclosure.steering import release_contributions, release_needs
from pipelines.errors import DisclosureError, InputError
from pipelines.indicators.catalogue import catalogue_frame, load_catalogue
from pipelines.publish import pages
from pipelines.publish import participants as found
from pipelines.publish.released import Release
from pipelines.settings import PROJECT_DIR
from pipelines.steering.participation import (
    OTHER_CHAPTERS,
    build_needs,
    build_participants,
    chapters,
    need_columns,
)
from tests.fixtures.release import InMemory, release_frames
from tests.fixtures.steering import EXAMPLES, example, folder, steering_frames

FRAMES = release_frames()
NEED = "B1,2023-03-10,06999003,alter,Begegnungsort fehlt,liga,fachlich,,offen,,,ja"
DECIDED = "B2,2023-03-10,06999003,alter,Ort fehlt,liga,fachlich,,aufgenommen,Wird beraten.,2023-06-01,ja"


def participants(tmp_path: Path, text: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    return build_participants(folder(tmp_path, **{"beteiligte.yml": text}), FRAMES["indicators"])


def needs(tmp_path: Path, *lines: str) -> pl.DataFrame:
    known, _ = build_participants(EXAMPLES, FRAMES["indicators"])
    text = "\n".join([",".join(need_columns()), *lines]) + "\n"
    data = folder(tmp_path, **{"bedarfsmeldungen.csv": text})
    return build_needs(data, known, FRAMES["areas"], FRAMES["indicators"])


# ------------------------------------------------------------------------------------------------ Beteiligte
def test_the_example_is_read_in_its_order() -> None:
    people, given = build_participants(EXAMPLES, FRAMES["indicators"])
    assert people.sort("position")["participant_id"].to_list() == ["sozialamt", "liga", "betroffene"]
    assert given.select("number", "state", "outcome_on").rows() == [
        (1, "aufgenommen", "2023-03-01"),
        (2, "offen", None),
    ]


def test_no_file_is_an_empty_register(tmp_path: Path) -> None:
    people, given = build_participants(tmp_path, FRAMES["indicators"])
    assert people.is_empty() and given.is_empty()
    assert build_needs(tmp_path, people, FRAMES["areas"], FRAMES["indicators"]).is_empty()


def test_what_ships_names_groups_and_nothing_that_happened() -> None:
    catalogue = catalogue_frame(load_catalogue(), {})
    people, given = build_participants(PROJECT_DIR / "data" / "raw", catalogue)
    assert set(people["state"]) == {"offen"} and given.is_empty()
    assert {"verwaltung", "politik", "gemeinden", "traeger", "liga", "beiraete", "betroffene"} <= set(people["group"])
    assert build_needs(PROJECT_DIR / "data" / "raw", people, FRAMES["areas"], catalogue).is_empty()


@pytest.mark.parametrize(
    ("old", "new", "line", "part"),
    [
        ("gruppe: liga", "gruppe: verband", 25, "verwaltung, politik"),
        ("kapitel: Methoden", "kapitel: Metoden", 14, "Gemeint ist vielleicht „Methoden“"),
        ("stand_am: 2023-05-02", "stand_am:", 29, "leer bei „offen“"),
        ("        ergebnis_am: 2023-03-01\n", "", 14, "zusammen angeben"),
        ("ergebnis_am: 2023-03-01", "ergebnis_am: 2023-02-01", 19, "ein Tag ab 2023-02-20"),
        ("am: 2023-04-11", "am: 2023-01-11", 21, "nach ihren Tagen ordnen"),
        ("kennung: liga", "kennung: sozialamt", 24, "zuerst in Zeile 6"),
        ("kennung: liga", "kennung:\tliga", 24, "Tabulator"),
        ("    gruppe: liga\n", "    gruppe: liga\n    gruppe: liga\n", 26, "ein zweites Mal"),
    ],
)
def test_a_wrong_entry_is_told_with_its_line(tmp_path: Path, old: str, new: str, line: int, part: str) -> None:
    text = example("beteiligte.yml")
    assert old in text
    with pytest.raises(InputError) as caught:
        participants(tmp_path, text.replace(old, new, 1))
    assert part in str(caught.value)
    assert caught.value.row == line


def test_chapters_are_headings_of_the_atlas() -> None:
    folder = PROJECT_DIR / "reports" / "atlas"
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.qmd")))
    headings = set(re.findall(r"^# (.+)$", text, re.MULTILINE))
    assert set(OTHER_CHAPTERS) <= headings
    listed = chapters(catalogue_frame(load_catalogue(), {}))
    assert len(listed) == len(set(listed))


# ------------------------------------------------------------------------------------------------ Bedarfsmeldungen
def test_a_good_report_is_read(tmp_path: Path) -> None:
    row = needs(tmp_path, NEED, DECIDED).row(0, named=True)
    assert (row["theme"], row["evidence"], row["state"], row["outcome"]) == ("Altersgruppen", "fachlich", "offen", None)


@pytest.mark.parametrize(
    ("line", "old", "new", "column", "part"),
    [
        (NEED, "06999003", "06432001", "gebiet", "Die Kennung berichtigen"),
        (NEED, ",alter,", ",altr,", "thema", "alter"),
        (NEED, ",liga,", ",lige,", "von", "liga"),
        (NEED, "fachlich", "gefühlt", "beleg", "statistisch"),
        (NEED, "fachlich,,", "statistisch,,", "indikatoren", "bei statistisch"),
        (NEED, "fachlich,,", "statistisch,E99,", "indikatoren", "Katalog"),
        (NEED, "2023-03-10", "10.03.2023", "eingang", "2024-03-01"),
        (NEED, "offen,,", "offen,Erledigt.,", "ergebnis", "leere Zelle"),
        (DECIDED, "Wird beraten.", "", "ergebnis", "aufgenommen"),
        (DECIDED, "2023-06-01", "", "ergebnis_am", "aufgenommen"),
        (DECIDED, "2023-06-01", "2023-03-09", "ergebnis_am", "ein Tag ab 2023-03-10"),
    ],
)
def test_a_wrong_report_is_told_with_its_cell(
    tmp_path: Path, line: str, old: str, new: str, column: str, part: str
) -> None:
    with pytest.raises(InputError) as caught:
        needs(tmp_path, line.replace(old, new, 1))
    assert (caught.value.row, caught.value.column) == (2, column)
    assert part in str(caught.value)


def test_indicators_stand_once_and_in_order(tmp_path: Path) -> None:
    rows = needs(tmp_path, NEED.replace("fachlich,,", "statistisch,E01; D04;E01,"))
    assert rows["indicator_ids"].to_list() == ["D04;E01"]


# ------------------------------------------------------------------------------------------------ what may leave
def test_of_a_report_that_stays_inside_only_the_state_leaves(tmp_path: Path) -> None:
    rows = release_needs(needs(tmp_path, NEED.replace(",ja", ",nein"), DECIDED))
    row = rows.row(0, named=True)
    assert {name for name, value in row.items() if value is not None} == {"need_id", "state", "published"}
    assert rows.row(1, named=True)["subject"] == "Ort fehlt"


def test_personal_data_stops_the_release(tmp_path: Path) -> None:
    rows = needs(tmp_path, NEED.replace("Begegnungsort fehlt", "Herr Mustermann ruft an"))
    with pytest.raises(DisclosureError):
        release_needs(rows)
    _, given = build_participants(EXAMPLES, FRAMES["indicators"])
    told = given.with_columns(contribution=pl.lit("Rückruf unter 06151 123456"))
    with pytest.raises(DisclosureError):
        release_contributions(told)


# ------------------------------------------------------------------------------------------------ pages
@pytest.fixture(scope="module")
def release() -> Release:
    return InMemory(steering_frames())


def test_the_chapter_says_who_gave_what_and_what_became_of_it(release: Release) -> None:
    text = pages.participation_chapter(release)
    for part in (
        "Testamt für Soziales",
        "beteiligt seit 01.02.2023",
        "Aufgenommen (01.03.2023). Der Hinweis steht bei den Grenzen des Indikators.",
        "Begegnungsort für ältere Menschen fehlt",
        "Nicht aufgenommen (01.06.2023)",
        "statistisch (D04, E01)",
        "nur gezählt",
    ):
        assert part in text, part
    assert "vertrauliche" not in text
    assert not re.search(r"\bNone\b|\bNaN\b|leider|Problem", text)


def test_areas_and_chapters_stand_in_a_fixed_order(release: Release) -> None:
    assert [area for area, _ in found.needs(release)] == ["Landkreis", "Bestadt", "Groß-Cehausen"]
    assert [chapter for chapter, _ in found.contributions(release)] == ["Angebote und Versorgung", "Methoden"]
    assert dict(found.evidence_counts(release))["fachlich"] == {"aufgenommen": 1}


def test_an_edition_without_entries_says_that_none_is_recorded() -> None:
    text = pages.participation_chapter(InMemory(release_frames()))
    assert "wird noch nicht geführt" in text and "noch nicht erfasst" in text
    assert "Das heißt nicht, dass es keinen Bedarf gibt." in text
    assert "keine Beiträge" not in text and "keine Meldung" not in text
