"""What the Fachplanungsbericht and the chapter Fachplanungen print: what somebody said, and „offen“ elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pdf import elements, spoken, tables_without_header

from pipelines.publish import pages
from pipelines.publish.copy import write_copy
from pipelines.publish.documents import render_all
from pipelines.publish.engines import Order, Place
from pipelines.publish.inventory import ORDER_RULE, Inventory, Table
from pipelines.publish.released import Release, open_release
from pipelines.settings import PROJECT_DIR
from tests.fixtures.planning import planning_frames

REPORTS = PROJECT_DIR / "reports"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_copy(planning_frames(), tmp_path_factory.mktemp("freigabe"))


@pytest.fixture(scope="module")
def found(copy: Path) -> Inventory:
    return Inventory(open_release(copy))


@pytest.fixture
def unkept(tmp_path: Path) -> Release:
    return open_release(write_copy(planning_frames(None), tmp_path))


def _cells(table: Table, first: str) -> list[str]:
    """The row that begins with these words."""
    return next(row for row in table.rows if row[0] == first)


# ------------------------------------------------------------------------------------------------ tables of words
def test_stock_says_what_is_known_and_open_where_nothing_is(found: Inventory) -> None:
    assert found.stock().rows == [
        [
            *("1", "Testplan für junge Menschen", "Plan", "Testamt", "liegt vor"),
            *("01.01.2023 bis 31.12.2027", "alle fünf Jahre"),
        ],
        ["2", "Testplan für ältere Menschen", "Konzept", "offen", "offen", "offen", "offen"],
        ["3", "Testplan ohne Zahlen", "Netzwerk", "Testamt", "offen", "offen", "offen"],
    ]


def test_a_basis_is_read_on_a_day_or_to_be_checked(found: Inventory) -> None:
    assert [row[1:2] + row[4:] for row in found.bases().rows] == [
        ["§ 1 Testgesetz", "03.02.2001", "gelesen am 23.11.2023, Testfassung"],
        ["§ 2 Testgesetz", "nicht bekannt", "zu prüfen"],
    ]


def test_the_matrix_holds_every_indicator_and_plan(found: Inventory) -> None:
    """All made-up indicators serve JHP and AHP. Testjugend delivers A01 and says it uses E01; Testalter could deliver
    A01 and T02; Testleer has no planning field."""
    rows = {row[0]: row[2:] for _, table in found.matrix_parts() for row in table.rows}
    assert len(rows) == found.release.indicators.height
    assert rows["A01"] == ["Ln", "kn", ""]
    assert rows["E01"] == ["N", "n", ""]
    assert rows["T02"] == ["n", "kn", ""]
    assert rows["B07"] == ["n", "n", ""]


def test_findings_name_plans_and_indicators(found: Inventory) -> None:
    assert found.overlaps().rows == [
        ["T02", "Testhäufigkeit", "Zahlen für Gemeinden sind schon veröffentlicht", "Testalter"],
        ["A01", "SGB-II-Quote", "mehrere liefern oder könnten liefern", "Testjugend und Testalter"],
    ]
    assert found.suppliers().rows == [["Testjugend", "A01 SGB-II-Quote"], ["Testalter", "A01 SGB-II-Quote"]]
    assert found.without_plan().rows == [["Staatliches Schulamt", "B07 Abgänge ohne Abschluss"]]
    assert found.fields_without_plan().startswith("Zu jedem Planungsfeld")


def test_the_order_prints_no_zero_where_nobody_has_named_an_indicator(found: Inventory) -> None:
    """A01 has no figures: gain 1 for both. Testalter and Testjugend could use A01: reach 1 each."""
    assert found.order().rows == [
        ["1", "Testjugend", "ja", "gering", "1", "1", "A01"],
        ["2", "Testalter", "nicht bekannt", "noch nicht geschätzt", "1", "1", "A01"],
        [
            *("3", "Testleer", "nicht bekannt", "noch nicht geschätzt", "offen", "offen"),
            "noch keiner benannt",
        ],
    ]


def test_open_entries_are_the_questions_to_the_offices(found: Inventory) -> None:
    assert _cells(found.open_entries(), "Prüfung der Rechtsgrundlage") == [
        "Prüfung der Rechtsgrundlage",
        "1",
        "Testjugend",
    ]
    assert _cells(found.open_entries(), "Turnus") == ["Turnus", "2", "Testalter, Testleer"]


def test_the_summary_counts(found: Inventory) -> None:
    assert " ".join(found.summary()) == (
        "Das Inventar nennt drei Fachplanungen und Berichte. Der Stand ist bei 2 offen: Diese Stellen sind noch nicht "
        "gefragt. Bei 1 davon ist eine Veröffentlichung des Kreises erfasst. Von 2 genannten Vorschriften ist bei "
        "1 der Wortlaut gelesen, die anderen sind zu prüfen. Im Katalog fehlen Zahlen für Gemeinden bei 2 von 10 "
        "Indikatoren. Fachplanungen könnten davon 1 liefern."
    )


# ------------------------------------------------------------------------------------------------ documents
SECTIONS = (
    "Auftrag",
    "Was der Kreis schon veröffentlicht hat",
    "Bestand",
    "Rechtsgrundlagen",
    "Datenbestand",
    "Indikatoren und Fachplanungen",
    "Doppelerhebungen",
    "Lücken",
    "Folge",
    "Was noch offen ist",
)


def test_the_report_has_its_sections_and_prints_its_rule(found: Inventory) -> None:
    text = pages.planning(found.release)
    assert tuple(re.findall(r"^# (.+)$", text, re.M)) == SECTIONS
    assert all(sentence in text for sentence in ORDER_RULE)
    assert "[Testbericht](<https://example.org/bericht>)" in text
    assert "{=typst}" not in text


def test_without_an_inventory_the_report_says_so_and_never_none(unkept: Release) -> None:
    text = pages.planning(unkept)
    assert "nicht geführt" in text and tuple(re.findall(r"^# (.+)$", text, re.M)) == SECTIONS
    assert "Keine Fachplanung" not in text and "keine Fachplanungen" not in text
    assert "nicht geführt" in pages.plans_chapter(unkept)


def test_report_and_chapter_become_accessible_pages(copy: Path, tmp_path: Path) -> None:
    """Both in one render: every table has a header, the title is set, headings begin with level 1."""
    source = tmp_path / "quellen"
    (source / "atlas").mkdir(parents=True)
    for name in ("_quarto.yml", "theme", "planning.qmd", "atlas/fachplanungen.qmd"):
        (source / name).symlink_to(REPORTS / name)
    (source / "probe.qmd").write_text(
        "---\ntitle: Sozialatlas\n---\n\n```{python}\n#| output: asis\n"
        "from pipelines.publish import open_release, pages\n\nrelease = open_release()\n"
        'print(pages.edition(release, "Sozialatlas"))\n```\n\n{{< include atlas/fachplanungen.qmd >}}\n',
        encoding="utf-8",
    )
    orders = [Order(source / f"{name}.qmd", tmp_path / f"{name}.pdf") for name in ("planning", "probe")]
    report, chapter = render_all(Place(source, copy, None, 1703980800), orders)
    for file in (report, chapter):
        assert tables_without_header(file) == 0
        assert elements(file, "H1") and elements(file, "Table")
        text = spoken(file)
        assert "Testplan für junge Menschen" in text and "noch nicht geschätzt" in text
    assert "gelesen am 23.11.2023" in spoken(report)
    assert "Testjugend" in spoken(chapter)
