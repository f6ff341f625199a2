"""The German handbook: complete, German, its commands, paths and messages real, its pictures small and described."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
import yaml

from assets import schedules
from assets.cli import app, deliveries, fetch
from assets.definitions import defs
from pipelines.forms.definition import forms
from pipelines.forms.feeds import feeds
from pipelines.readers.formats import formats
from pipelines.settings import PROJECT_DIR, load_settings
from pipelines.sources.intake import UNPUBLISHED
from pipelines.sources.registry import AREAS, STORED, catalogue
from tests.docs import pages

FOLDER = PROJECT_DIR / "docs" / "de"
PAGES = sorted(FOLDER.glob("*.md"))
NAMES = [page.name for page in PAGES]
PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)]+)\)\n\n(.*)")
# A program's own words are quoted; outside of quotes and code the text is German
ENGLISH = (
    r"\b(the|and|with|run|file|click|button|update|release|feedback|check|workflow|tool|deadline|team|meeting|login)\b"
)


def read(name: str) -> str:
    return pages.text(FOLDER / name)


def prose(page: Path) -> str:
    """What is said in German: without code, quotes of the page and file names."""
    text = re.sub(r"```.*?```", "", pages.text(page), flags=re.DOTALL)
    return re.sub(r"`[^`]*`|„[^“]*“|!?\[[^\]]*\]\([^)]*\)", "", text)


def test_every_page_of_the_handbook_is_there_and_in_its_index() -> None:
    assert set(NAMES) == {
        "README.md", "abrufen.md", "angebote-und-bedarf.md", "erste-schritte.md", "erster-arbeitstag.md",
        "fachplanungen.md", "gebietsaenderungen.md", "gitterdaten.md", "jahreskalender.md",
        "lauf-starten.md", "lieferung-anfordern.md", "lieferungen-beschaffen.md", "ressourcen.md", "sozialraeume.md",
        "stoerungen.md", "uebergabe.md", "zahl-berichtigen.md",
    }  # fmt: skip
    assert set(pages.links(FOLDER / "README.md")) == set(NAMES) - {"README.md"}


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_pages_are_german_and_neutral(page: Path) -> None:
    text = prose(page)
    table = text.partition("## Wörter der Seite")[0]
    assert re.findall(ENGLISH, table, re.IGNORECASE) == []
    assert "!" not in text and not re.search(r"\b(leider|bitte beachten|einfach|sozial schwach|Brennpunkt)\b", text)


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_call_in_a_page_can_be_typed(page: Path) -> None:
    """Also those without a blank, which `test_pages` does not see, and those of a table."""
    for span in re.findall(r"sozialatlas ([a-z-]*[a-z])", pages.text(page)):
        assert span in set(app), span


def test_the_index_names_every_command() -> None:
    named = set(re.findall(r"^\| `sozialatlas ([a-z-]*[a-z])", read("README.md"), re.MULTILINE))
    assert named == {name for name in app if not name.startswith("-")}


def test_the_page_of_deliveries_names_every_format() -> None:
    told = read("lieferungen-beschaffen.md").partition("## Welche Formate gelesen werden")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", told, re.MULTILINE) == list(formats())


def test_the_page_of_deliveries_says_of_every_source_where_it_comes_from_and_what_to_do_with_it() -> None:
    told = read("lieferungen-beschaffen.md").partition("## Alle Lieferungen des Katalogs")[2].partition("\n## ")[0]
    rows = {
        name: (where, what) for name, where, what in re.findall(r"^\| `(\w+)` \| (.+) \| (.+) \|$", told, re.MULTILINE)
    }
    assert set(rows) == set(catalogue())
    for name, (where, what) in rows.items():
        assert re.search(r"www\.|\.de\b|Beschluss|Brief", where), name
        assert ("ein Lauf liest sie noch nicht" in what) == (catalogue()[name].reader == STORED), name
        assert ("--veroeffentlicht nein" in what) == (name in UNPUBLISHED), name


def test_the_page_of_deliveries_names_the_options_of_read() -> None:
    step = read("lieferungen-beschaffen.md").partition("2. **Ansehen:**")[2].partition("3. **Ablegen:**")[0]
    assert set(re.findall(r"`--(\w+)", step)) == set(inspect.signature(deliveries.read).parameters) - {"datei"}


def test_the_page_of_deliveries_explains_the_options_of_add() -> None:
    options = set(re.findall(r"^\| `--(\w+)` \|", read("lieferungen-beschaffen.md"), re.MULTILINE))
    assert options == set(inspect.signature(deliveries.add).parameters) - {"datei", "weitere", "data", "out"}


def test_every_message_of_the_page_of_deliveries_is_one_of_the_program() -> None:
    table = read("lieferungen-beschaffen.md").partition("## Häufige Fehler")[2]
    messages = re.findall(r"^\| ([A-Z][^|]+\.) \|", table, re.MULTILINE)
    assert len(messages) >= 5
    sources = [path for folder in ("pipelines", "assets") for path in (PROJECT_DIR / folder).rglob("*.py")]
    program = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    assert [message for message in messages if message not in program] == []


def test_every_message_of_stoerungen_is_one_of_the_program() -> None:
    sources = [path for folder in ("pipelines", "assets") for path in (PROJECT_DIR / folder).rglob("*.py")]
    program = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    program = re.sub(r'" *\n\s*f?"', "", program)  # sentences that go over two lines
    messages = re.findall(r"^\| „([^|]+)“ \|", read("stoerungen.md"), re.MULTILINE)
    assert len(messages) >= 30
    for message in messages:
        for part in re.split(r"„…“|…", message):
            assert part.strip() in program, message


def test_the_page_of_fetching_names_sources_options_and_messages_as_they_are() -> None:
    text = read("abrufen.md")
    what = text.partition("## Was abgerufen werden kann")[2].partition("## Zugangsdaten")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", what, re.MULTILINE)) == {
        name for name, known in catalogue().items() if known.fetch
    }
    options = set(re.findall(r"^\| `--([\w-]+)` \|", text, re.MULTILINE))
    assert options == {
        name.replace("_", "-")
        for name in inspect.signature(fetch.fetch).parameters
        if name not in ("quelle", "data", "out")
    }
    modules = [*(PROJECT_DIR / "pipelines" / "fetch").glob("*.py"), PROJECT_DIR / "assets" / "cli" / "fetch.py"]
    program = "\n".join(path.read_text(encoding="utf-8") for path in modules)
    messages = re.findall(r"^\| „([^|]+)“ \|", text, re.MULTILINE)
    assert len(messages) >= 15
    for message in messages:
        for part in re.split("…", message):
            assert part.strip() in program, message


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_pictures_are_small_described_and_have_a_caption(page: Path) -> None:
    text = pages.text(page)
    assert len(PICTURE.findall(text)) == text.count("![")
    for alt, target, caption in PICTURE.findall(text):
        path = page.parent / target
        assert path.is_file() and path.stat().st_size < 200_000, target
        assert len(alt) > 60 and re.match(r"\*Bild \d: .+\*$", caption), target


def test_every_picture_is_shown() -> None:
    shown = {target for page in PAGES for _, target, _ in PICTURE.findall(pages.text(page))}
    assert shown == {f"bilder/{path.name}" for path in (FOLDER / "bilder").iterdir()}


def test_the_page_of_runs_names_jobs_schedule_and_sensor_as_they_are() -> None:
    text = read("lauf-starten.md")
    assert defs.jobs is not None and defs.schedules is not None and defs.sensors is not None
    for definition in (*defs.jobs, *defs.schedules, *defs.sensors):
        assert f"`{definition.name}`" in text, definition.name
    assert schedules.YEARLY == "0 6 1 10 *" and "1. Oktober um 6 Uhr" in text
    assert "1. Oktober, 6 Uhr" in read("jahreskalender.md")


def test_the_calendar_tells_every_source_with_its_cadence() -> None:
    told = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \| \[eintragen\] \|$", read("jahreskalender.md"), re.MULTILINE))
    delivered = load_settings().kreis.sources
    expected = {name for name in catalogue() if name in delivered or name.startswith(AREAS)}
    assert told == {name: catalogue()[name].cadence for name in expected}


def test_the_letter_asks_for_sums_only_and_leaves_names_open() -> None:
    letter = "\n".join(line for line in read("lieferung-anfordern.md").splitlines() if line.startswith(">"))
    for word in (
        "[Ansprechperson",
        "[Datum]",
        "ausschließlich um zusammengefasste Zahlen",
        "keine Namen",
        "Vorlage 3003",
    ):
        assert word in letter, word
    assert "Kleine Anzahlen bitten wir nicht zu nennen" in letter and "> Anlage: Formular" in letter
    assert "bestätigen" in read("lieferung-anfordern.md").partition("## Brief")[0]


def test_every_form_is_named_with_the_indicators_it_brings() -> None:
    told = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|$", read("lieferung-anfordern.md"), re.MULTILINE))
    assert set(told) == set(forms())
    for key, words in told.items():
        brought = {one for used in feeds(forms()[key]).values() for one in used}
        if key == "meldewesen":
            assert words == f"Bezugszahlen für {len(brought)} Indikatoren"
            continue
        named: set[str] = set()
        for part in words.split(", "):
            first, _, last = part.partition(" bis ")
            numbers = range(int(first[1:]), int((last or first)[1:]) + 1)
            named |= {f"{first[0]}{number:02}" for number in numbers}
        assert named == brought, key


def test_open_points_are_those_of_the_district() -> None:
    kreis = yaml.safe_load((PROJECT_DIR / "data" / "raw" / "kreis.yml").read_text(encoding="utf-8"))
    text = read("uebergabe.md")
    assert (kreis["ansprechperson"] == "noch nicht benannt") == ("noch nicht benannt" in text)
    assert (not kreis["sozialraeume"]["beschlossen"]) == ("Beispielzuschnitt, nicht beschlossen" in text)
