"""Beratungsfolge, meetings and head of the paper: days by hand, the refused input beside the good one."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import yaml

from pipelines.disclosure.steering import release_papers
from pipelines.errors import DisclosureError, InputError
from pipelines.settings import PROJECT_DIR, load_kreis, load_settings
from pipelines.steering.meetings import build_bodies, build_meetings, build_papers, due_meetings

EXAMPLE = PROJECT_DIR / "docs" / "de" / "beispiele" / "steering" / "gremien.yml"
BODIES = build_bodies(load_settings().kreis.committees)
COMMITTEE = "Ausschuss für Gleichstellung, Generationen und Soziales"


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """The example as the register of a data folder, with pieces of its text replaced."""

    def put(*changes: tuple[str, str]) -> Path:
        text = EXAMPLE.read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        (tmp_path / "steering").mkdir(exist_ok=True)
        (tmp_path / "steering" / "gremien.yml").write_text(text, encoding="utf-8")
        return tmp_path

    return put


def _refused(folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        build_meetings(folder, BODIES)
    return caught.value.message()


# ------------------------------------------------------------------------------------------------ what ships
def test_the_shipped_beratungsfolge_begins_with_the_kreisausschuss_and_ends_in_the_kreistag() -> None:
    """Bodies and words of the motion; Jugendhilfeausschuss (§ 71 SGB VIII) only where Jugendhilfe is touched."""
    rows = BODIES.sort("position").select("stage", "name", "public", "occasion").rows()
    assert rows == [
        (1, "Kreisausschuss", "NÖ", None),
        (2, "Jugendhilfeausschuss", "Ö", "jugendhilfe"),
        (2, COMMITTEE, "Ö", None),
        (2, "Haupt- und Finanzausschuss", "Ö", None),
        (3, "Kreistag", "Ö", None),
    ]
    assert BODIES.sort("position")["responsibility"].to_list()[-1] == "Zur abschließenden Beschlussfassung"


def test_the_shipped_register_is_an_empty_form() -> None:
    """Nothing is invented: no meeting, no number, no product."""
    data = load_settings().data_dir
    assert build_meetings(data, BODIES).is_empty()
    head = build_papers(data).row(0, named=True)
    assert {name: value for name, value in head.items() if value} == {
        "paper_id": "ausschussvorlage",
        "kind": "Bericht",
    }


def test_a_district_without_the_register_has_no_meeting_and_no_head(tmp_path: Path) -> None:
    assert build_meetings(tmp_path, BODIES).is_empty()
    assert build_papers(tmp_path).is_empty()


# ------------------------------------------------------------------------------------------------ days
def test_papers_are_handed_in_by_the_term_or_by_the_day_given(write: Callable[..., Path]) -> None:
    """14 days before 01.02.2027 is 18.01.2027, before 08.03. is 22.02., before 20.03. is 06.03.; 05.02. is written."""
    meetings = build_meetings(write(), BODIES)
    assert dict(meetings.select("body", "submission_day").rows()) == {
        "Kreisausschuss": "2027-01-18",
        COMMITTEE: "2027-02-05",
        "Kreistag": "2027-02-22",
        "Zukunftswerkstatt": "2027-03-06",
    }
    assert meetings["day"].is_sorted()


def test_without_a_term_the_day_stays_open(write: Callable[..., Path]) -> None:
    folder = write(("abgabefrist_tage: 14", "abgabefrist_tage:"))
    days = dict(build_meetings(folder, BODIES).select("body", "submission_day").rows())
    assert days["Kreistag"] is None and days[COMMITTEE] == "2027-02-05"


@pytest.mark.parametrize(
    ("today", "due"),
    [
        # 28 days before 18.01.2027 is 21.12.2026: the first day on which a draft is due, not the day before.
        ("2026-12-20", []),
        ("2026-12-21", ["Kreisausschuss"]),
        # On 18.01. itself papers are still handed in, the committee's (05.02.) are due as well; a day later only those.
        ("2027-01-18", ["Kreisausschuss", COMMITTEE]),
        ("2027-01-19", [COMMITTEE]),
        ("2027-03-07", []),
    ],
)
def test_drafts_are_due_from_the_lead_on_until_they_are_handed_in(
    write: Callable[..., Path], today: str, due: list[str]
) -> None:
    settings = replace(load_settings(), data_dir=write())
    assert [row["body"] for row in due_meetings(settings, date.fromisoformat(today))] == due


# ------------------------------------------------------------------------------------------------ what is refused
def test_an_unknown_body_is_refused_with_the_nearest_name(write: Callable[..., Path]) -> None:
    message = _refused(write(("gremium: Kreistag", "gremium: Kreistage")))
    assert "Gremium" in message and "„Kreistag“" in message and "gremien.yml" in message and "Zeile" in message


def test_papers_handed_in_after_the_meeting_are_refused(write: Callable[..., Path]) -> None:
    message = _refused(write(("abgabe: 2027-02-05", "abgabe: 2027-02-17")))
    assert "erst nach der Sitzung" in message and "2027-02-16" in message


def test_a_body_twice_on_a_day_is_refused(write: Callable[..., Path]) -> None:
    message = _refused(
        write(("gremium: Zukunftswerkstatt\n    datum: 2027-03-20", "gremium: Kreistag\n    datum: 2027-03-08"))
    )
    assert "zweimal eingetragen" in message and "zuerst in Zeile" in message


def test_a_paper_cannot_reach_the_kreistag_before_the_kreisausschuss(write: Callable[..., Path]) -> None:
    """The Kreistag on 25.01. would come before the Kreisausschuss on 01.02. with the same paper."""
    message = _refused(write(("datum: 2027-03-08", "datum: 2027-01-25")))
    assert "Beratungsfolge" in message and "2027-02-01" in message and "Kreisausschuss" in message


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("vorlage_nr: 1234-2027/DaDi", "vorlage_nr: 1234/2027", "NNNN-JJJJ/DaDi"),
        ("art: Beschluss", "art: Antrag", "Bericht, Beschluss"),
        ("[zukunftswerkstatt-brief]", "[brief]", "zukunftswerkstatt-brief"),
        ("datum: 2027-03-20", "datum: 20.03.2027", "ein Tag wie"),
        ("  unterzeichnet:", "  unterschrift:", "unterzeichnet"),
        ("abgabefrist_tage: 14", "abgabefrist_tage: -1", "eine Zahl ab 0"),
    ],
)
def test_what_the_form_does_not_know_is_refused(write: Callable[..., Path], old: str, new: str, expected: str) -> None:
    folder = write((old, new))
    with pytest.raises(InputError) as caught:
        build_papers(folder, "NNNN-JJJJ/DaDi")
    assert expected in caught.value.message() and "Zeile" in caught.value.message()


def test_the_head_names_roles_and_no_persons(write: Callable[..., Path]) -> None:
    assert release_papers(build_papers(write())).height == 1
    folder = write(("unterzeichnet: Leitung des Fachbereichs Beispiel", "unterzeichnet: Frau Mustermann"))
    with pytest.raises(DisclosureError) as caught:
        release_papers(build_papers(folder))
    assert "Person" in caught.value.message() and "Mustermann" not in caught.value.message()


# ------------------------------------------------------------------------------------------------ kreis.yml
@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"nr": 3}, "gremien, Eintrag 2.nr"),
        ({"status": "öffentlich"}, "gremien, Eintrag 2.status"),
        ({"name": "Kreisausschuss"}, "gremien, Eintrag 2.name"),
        ({"anlass": "schule"}, "gremien, Eintrag 2.anlass"),
    ],
)
def test_the_beratungsfolge_is_held_to_its_form(tmp_path: Path, change: dict[str, object], where: str) -> None:
    shutil.copyfile(PROJECT_DIR / "data" / "raw" / "kreis.yml", tmp_path / "kreis.yml")
    content = yaml.safe_load((tmp_path / "kreis.yml").read_text(encoding="utf-8"))
    content["gremien"][1] |= change
    (tmp_path / "kreis.yml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_kreis(tmp_path / "kreis.yml")
    assert where in caught.value.message()


def test_a_list_of_names_alone_says_what_a_body_needs(tmp_path: Path) -> None:
    shutil.copyfile(PROJECT_DIR / "data" / "raw" / "kreis.yml", tmp_path / "kreis.yml")
    content = yaml.safe_load((tmp_path / "kreis.yml").read_text(encoding="utf-8"))
    content["gremien"] = ["Kreistag"]
    (tmp_path / "kreis.yml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_kreis(tmp_path / "kreis.yml")
    assert "zustaendigkeit" in caught.value.message()
