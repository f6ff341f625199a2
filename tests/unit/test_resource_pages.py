"""The Ressourcenbericht as text: figures as computed, and honest words where there are none."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.publish import open_release, pages
from pipelines.publish.resource_words import euro_text, signed_text
from pipelines.settings import PROJECT_DIR
from tests.fixtures.release import make_release
from tests.fixtures.resources import EXAMPLE, resource_release

TEXT = EXAMPLE.read_text(encoding="utf-8")
FORM = (PROJECT_DIR / "data" / "raw" / "steering" / "ressourcen.yml").read_text(encoding="utf-8")
SECTIONS = [
    "Auftrag",
    "Ausgangslage: vorhandene Stellenanteile",
    "Aufgaben und Stunden im Jahr",
    "Personal",
    "Sachkosten, Arbeitsplatz und Gemeinkosten",
    "Einmalige und laufende Kosten",
    "Förderung, Deckung und Haushaltsstelle",
    "Vier Jahre mit Tarifsteigerung",
    "Szenarien nebeneinander",
    "Empfindlichkeit",
    "Abstimmung",
]
NOTHING = """
erstes_jahr: 2027
erklaerung: {name: Erika Mustermann, funktion: Kämmerei (Testdaten), datum: 2026-11-10}
"""


@pytest.fixture(scope="module")
def full() -> str:
    return pages.resources(resource_release(TEXT))


def _plain(markdown: str) -> str:
    """The text without what marks it up, thousands apart by a plain space."""
    return markdown.replace("\\", "").replace("\u202f", " ").replace("\u00a0", " ")


def test_the_report_has_its_eleven_sections_in_order(full: str) -> None:
    assert [_plain(title) for title in re.findall(r"^# (.+?)(?: \{.*)?$", full, re.MULTILINE)][1:] == SECTIONS


def test_the_worked_example_is_printed(full: str) -> None:
    text = _plain(full)
    for amount in ("78 400,00", "80 752,00", "83 174,56", "85 669,80", "88 200,00", "10 912,50", "17 640,00"):
        assert amount in text
    assert "1,5 × 9 700,00 × 9 / 12" in text
    # 116 752,50 and the other costs of Minimal, as in the Kontrollsumme
    assert "125 203,05" in text


def test_what_falls_away_is_named_per_scenario(full: str) -> None:
    minimal = _plain(full).split("Was im Szenario Minimal wegfällt")[1].split("#")[0]
    assert (
        "Aufgabe: Träger und Betroffene beteiligen. Bedarfe, die keine Statistik zeigt, bleiben unbekannt." in minimal
    )
    assert "Stelle: Koordination" not in minimal


def test_applied_for_is_told_apart_from_granted(full: str) -> None:
    assert "Nur was bewilligt ist, mindert den Zuschussbedarf." in _plain(full)


@pytest.mark.parametrize("text", [None, FORM, "erstes_jahr: 2027\n"], ids=["absent", "empty form", "year only"])
def test_an_empty_register_prints_not_yet_and_never_none_or_zero(text: str | None) -> None:
    release = resource_release(text)
    for words in (_plain(pages.resources(release)), _plain(pages.impact(release))):
        assert "noch nicht beziffert" in words
        assert not re.search(r"\bkeine\b|\b0,00\b|\b0\b", words.replace("keine eigenen Sätze", ""))
    assert not pages.resources_declared(release)
    assert [title for title in SECTIONS if title not in _plain(pages.resources(release))] == []


def test_a_copy_without_any_row_is_a_district_without_register(tmp_path: Path) -> None:
    release = open_release(make_release(tmp_path))
    assert "Der Landkreis führt noch kein Verzeichnis der Ressourcen." in pages.resources(release)


def test_none_is_printed_only_with_name_and_day_of_who_declared() -> None:
    words = _plain(pages.impact(resource_release(NOTHING)))
    assert "Auswirkungen: keine (erklärt von Erika Mustermann, Kämmerei (Testdaten), am 10.11.2026)." in words


def test_an_incomplete_register_says_what_lacks_and_what_is_known() -> None:
    text = TEXT.split("kontrollsummen:")[0].replace("erklaerung: {", "# {").replace("betrag: 78400.00", "betrag:")
    release = resource_release(text)
    words = _plain(pages.resources(release))
    assert "Das Verzeichnis der Ressourcen ist unvollständig." in words
    assert "Es fehlt: Kostensatz E 11." in words
    assert "noch nicht beziffert (Kostensatz E 11)" in words
    # The flat rate does not depend on the pay: 10 912,50 + 2 450,55 + 6 000,00
    assert "noch nicht beziffert; bisher 19 363,05" in words


def test_the_paper_gets_years_products_and_cover() -> None:
    words = _plain(pages.impact(resource_release(TEXT)))
    assert "| 2027 | Minimal | 1,5 | 125 203,05 | 30 000,00 | 95 203,05 |" in words
    assert "1.05.01.01 Sozialplanung (Testdaten), Konto 620100" in words
    assert "Produkt offen, Konto offen" in words


def test_amounts_are_written_exactly() -> None:
    # More digits than a binary number holds
    assert _plain(euro_text(Decimal("1234567890123456.78"))) == "1 234 567 890 123 456,78"
    assert _plain(signed_text(Decimal("-0.005"))) == "\u22120,01"
