"""The settings of a district: every entry of kreis.yml is held to its form, and the message names the entry."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from district import edit_sheet, write_district

from pipelines.disclosure.release import release_edition
from pipelines.errors import AtlasError, InputError
from pipelines.mandate import SENTENCES
from pipelines.offices import GENERAL
from pipelines.settings import PROJECT_DIR, load_kreis, load_settings

WRONG = "Ein Eintrag in der Einstellung des Kreises hat die falsche Form."
UNKNOWN = "Die Einstellung des Kreises enthält einen Eintrag, der dort nicht vorgesehen ist."
ABSENT = "In der Einstellung des Kreises fehlt ein Eintrag."
COUNT = "eine ganze Zahl ab 1"
TEXT = 'Text in Anführungszeichen, z. B. "06432"'
OF_DIGITS = "„06999001“ als Text in Anführungszeichen"
OLDER = "Gemeindeschlüssel in Anführungszeichen, 8 Ziffern, die mit 06999 beginnen"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_district(tmp_path)


def put(value: object, *place: str) -> Callable[[dict[str, Any]], None]:
    def change(sheet: dict[str, Any]) -> None:
        for name in place[:-1]:
            sheet = sheet.setdefault(name, {})
        sheet[place[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "what", "column", "expected", "found"),
    [
        (put("bald", "berichtsjahr"), WRONG, "berichtsjahr", "Jahreszahl", "„bald“"),
        (put(23, "berichtsjahr"), WRONG, "berichtsjahr", "Jahreszahl", "„23“"),
        (
            put("fünf", "geheimhaltung", "standard", "mindestzahl"),
            WRONG,
            "geheimhaltung.standard.mindestzahl",
            COUNT,
            "„fünf“",
        ),
        (put(0, "geheimhaltung", "mindestnenner"), WRONG, "geheimhaltung.mindestnenner", COUNT, "„0“"),
        (put(True, "geheimhaltung", "mindesteinwohner"), WRONG, "geheimhaltung.mindesteinwohner", COUNT, "„true“"),
        (
            put(None, "geheimhaltung", "mindesteinwohner"),
            WRONG,
            "geheimhaltung.mindesteinwohner",
            COUNT,
            "leer",
        ),
        (
            put("nein", "geheimhaltung", "standard", "sensibel"),
            WRONG,
            "geheimhaltung.standard.sensibel",
            "true oder false",
            "„nein“",
        ),
        (
            put({"mindestzahl": -3}, "geheimhaltung", "quellen", "inkar"),
            WRONG,
            "geheimhaltung.quellen.inkar.mindestzahl",
            COUNT,
            "„-3“",
        ),
        (
            put({"mindestzal": 3}, "geheimhaltung", "quellen", "inkar"),
            UNKNOWN,
            "geheimhaltung.quellen.inkar.mindestzal",
            "mindestzahl, sensibel",
            "„mindestzal“",
        ),
        (
            put({"mindestzahl": 3}, "geheimhaltung", "quellen", "jugendamt"),
            UNKNOWN,
            "geheimhaltung.quellen.jugendamt",
            "gemeindeverzeichnis, hessische_gemeindestatistik, inkar, inkar_kreis, wahlen, zensus_2022",
            "„jugendamt“",
        ),
        (
            put(30, "geheimhaltung", "mindestnener"),
            UNKNOWN,
            "geheimhaltung.mindestnener",
            "standard, quellen, mindestnenner, mindesteinwohner",
            "„mindestnener“",
        ),
        (
            lambda sheet: sheet["geheimhaltung"].pop("mindesteinwohner"),
            ABSENT,
            "geheimhaltung.mindesteinwohner",
            "Eintrag geheimhaltung.mindesteinwohner",
            "kein Eintrag",
        ),
        (put("Hessen", "land"), WRONG, "land", "eine Gruppe von Einträgen", "„Hessen“"),
        (put(6, "land", "schluessel"), WRONG, "land.schluessel", 'Text in Anführungszeichen, z. B. "06432"', "„6“"),
        (put("nein", "sozialraeume", "beschlossen"), WRONG, "sozialraeume.beschlossen", "true oder false", "„nein“"),
        (
            put(["links", "rechts"], "grenzen", "ost"),
            WRONG,
            "grenzen.ost",
            "zwei Zahlen, die kleinere zuerst, z. B. [465300, 503700]",
            "links, rechts",
        ),
        # What a newcomer enters for another district
        (put("Unser Auftrag", "auftrag"), WRONG, "auftrag", "eine Gruppe von Einträgen", "„Unser Auftrag“"),
        (put("x", "auftrag", "einleitug"), UNKNOWN, "auftrag.einleitug", ", ".join(SENTENCES), "„einleitug“"),
        (put(None, "auftrag", "kurz"), WRONG, "auftrag.kurz", TEXT, "leer"),
        (put(2021, "vorlagennummer"), WRONG, "vorlagennummer", TEXT, "„2021“"),
        (
            put("0001-JJJJ", "vorlagennummer"),
            WRONG,
            "vorlagennummer",
            "eine Form mit N für die Ziffern der laufenden Nummer, z. B. NNNN-JJJJ",
            "„0001-JJJJ“",
        ),
        (put(["Jobcenter"], "stellen"), WRONG, "stellen", "eine Gruppe von Einträgen", "Jobcenter"),
        (put("Amt", "stellen", "jobcenter"), WRONG, "stellen.jobcenter", "eine Gruppe von Einträgen", "„Amt“"),
        (put({"name": "Amt"}, "stellen", "jobzenter"), UNKNOWN, "stellen.jobzenter", ", ".join(GENERAL), "„jobzenter“"),
        (
            put({"kurz": "JC"}, "stellen", "jobcenter"),
            ABSENT,
            "stellen.jobcenter.name",
            "Eintrag stellen.jobcenter.name",
            "kein Eintrag",
        ),
        (
            put({"name": " "}, "stellen", "jobcenter"),
            WRONG,
            "stellen.jobcenter.name",
            "die Bezeichnung der Stelle",
            "„ “",
        ),
        (
            put({"name": "Amt", "adresse": "x"}, "stellen", "jobcenter"),
            UNKNOWN,
            "stellen.jobcenter.adresse",
            "name, kurz",
            "„adresse“",
        ),
        (put("x", "land", "adjectiv"), UNKNOWN, "land.adjectiv", "schluessel, name, adjektiv", "„adjectiv“"),
        (put(None, "land", "adjektiv"), WRONG, "land.adjektiv", TEXT, "leer"),
        (put("06999001", "aeltere_umrisse"), WRONG, "aeltere_umrisse", "eine Liste von Namen", OF_DIGITS),
        (put(["06998001"], "aeltere_umrisse"), WRONG, "aeltere_umrisse", OLDER, "06998001"),
    ],
)
def test_a_wrong_entry_is_named(
    folder: Path, change: Callable[[dict[str, Any]], None], what: str, column: str, expected: str, found: str
) -> None:
    edit_sheet(folder / "kreis.yml", change)
    with pytest.raises(InputError) as caught:
        load_settings(folder)
    error = caught.value
    assert (error.what, error.column, error.expected, error.found) == (what, column, expected, found)
    assert error.file == str(folder / "kreis.yml")


def test_a_rule_of_a_source_is_kept(folder: Path) -> None:
    edit_sheet(folder / "kreis.yml", put({"sensibel": True}, "geheimhaltung", "quellen", "inkar"))
    assert load_settings(folder).kreis.disclosure["quellen"] == {"inkar": {"sensibel": True}}


def test_the_shipped_district_is_read() -> None:
    kreis = load_kreis(PROJECT_DIR / "data" / "raw" / "kreis.yml")
    assert kreis.disclosure["standard"] == {"mindestzahl": 5, "sensibel": False}
    assert (kreis.key, kreis.land_key, kreis.label) == ("06432", "06", "")


@pytest.mark.parametrize("year", [0, 1899, 2023])
def test_a_year_without_figures_is_refused(folder: Path, year: int) -> None:
    last = load_settings(folder).year
    assert last == 2022
    with pytest.raises(AtlasError) as caught:
        load_settings(folder, year=year)
    assert caught.value.found == year
    assert caught.value.expected == f"ein Jahr von 1900 bis {last} (berichtsjahr in kreis.yml)"
    assert "zuerst berichtsjahr in kreis.yml setzen" in caught.value.remedy


def test_an_earlier_year_is_accepted(folder: Path) -> None:
    last = load_settings(folder).year
    assert load_settings(folder, year=last - 1).output_dir.name == str(last - 1)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("https://sozialatlas.example.org", "https://sozialatlas.example.org"),
        ("https://www.example.org/soziales/atlas-2023/", "https://www.example.org/soziales/atlas-2023"),
    ],
)
def test_the_address_of_the_web_page_is_read_without_its_last_slash(folder: Path, entry: str, expected: str) -> None:
    assert load_kreis(folder / "kreis.yml").portal_address is None
    edit_sheet(folder / "kreis.yml", put(entry, "portal_adresse"))
    assert load_kreis(folder / "kreis.yml").portal_address == expected


@pytest.mark.parametrize(
    "entry",
    ["http://example.org", "example.org", "https://localhost", "https://example.org/index.html", "https://e.org/?a=1",
     "https://example.org/a b", "https://example.org//a", "https://exämple.org", "", 7, None],
)  # fmt: skip
def test_an_address_that_no_reader_could_follow_is_refused(folder: Path, entry: object) -> None:
    edit_sheet(folder / "kreis.yml", put(entry, "portal_adresse"))
    with pytest.raises(InputError) as raised:
        load_kreis(folder / "kreis.yml")
    assert "portal_adresse" in str(raised.value)


def test_the_address_of_the_web_page_is_released(folder: Path) -> None:
    edit_sheet(folder / "kreis.yml", put("https://example.org/atlas/", "portal_adresse"))
    kreis = load_kreis(folder / "kreis.yml")
    edition = release_edition(pl.DataFrame({"latest_period": ["2021"]}), kreis, 2022, "0" * 64, "1.0")
    assert edition["portal_address"].to_list() == ["https://example.org/atlas"]
