"""The page of the portal: structure a screen reader can follow, figures of the release, links that lead somewhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from pipelines.figures import style
from pipelines.publish import Release, open_release
from pipelines.publish.karten import write_maps
from pipelines.publish.opendata import write_open_data
from pipelines.publish.portal import write_portal
from pipelines.publish.workbook import write_workbook
from tests.fixtures.release import make_release

VOID = {"meta", "link", "path", "rect", "circle", "use", "br", "img"}


class Page(HTMLParser):
    """Elements with their attributes, path of parents and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str], tuple[str, ...]]] = []
        self.texts: list[str] = []
        self._parents: list[str] = []
        self._places: list[int] = []
        self.feed(text)
        assert not self._parents, "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}, tuple(self._parents)))
        self.texts.append("")
        if tag not in VOID:
            self._parents.append(tag)
            self._places.append(len(self.texts) - 1)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}, tuple(self._parents)))
        self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._parents.pop() == tag
        self._places.pop()

    def handle_data(self, data: str) -> None:
        for place in self._places:
            self.texts[place] += data

    def all(self, tag: str) -> list[tuple[dict[str, str], str]]:
        return [(found[1], text) for found, text in zip(self.elements, self.texts, strict=True) if found[0] == tag]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ausgabe")
    release = open_release(make_release(folder))
    write_open_data(release, folder)
    write_workbook(release, folder)
    write_maps(release, folder)
    (folder / "steckbriefe").mkdir()
    for area_id, name in release.gemeinden.select("area_id", "display_name").iter_rows():
        (folder / "steckbriefe" / f"{area_id}-{name}.pdf").write_bytes(b"%PDF")
    (folder / "sozialatlas-2023.pdf").write_bytes(b"%PDF" * 400_000)
    write_portal(release, folder)
    return folder


@pytest.fixture(scope="module")
def text(folder: Path) -> str:
    return (folder / "index.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def test_language_title_and_one_main_heading(page: Page) -> None:
    assert page.all("html")[0][0]["lang"] == "de"
    assert page.all("title")[0][1] == "Sozialatlas Landkreis Musterland, Ausgabe 2023 · Datenstand 2018 bis 2022"
    assert [text for _, text in page.all("h1")] == ["Zahlen für 3 Gemeinden"]
    levels = [int(tag[1]) for tag, _, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))


def test_landmarks_and_skip_link(page: Page) -> None:
    for tag in ("header", "nav", "main", "footer"):
        assert len(page.all(tag)) == 1
    first_link, words = page.all("a")[0]
    assert (first_link["href"], words) == ("#inhalt", "Zum Inhalt")


def test_no_script_no_style_attribute_no_foreign_request(page: Page, text: str, folder: Path) -> None:
    policy = next(attrs["content"] for attrs, _ in page.all("meta") if "http-equiv" in attrs)
    assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self'")
    assert not page.all("script") and not page.all("iframe")
    for _, attrs, _ in page.elements:
        assert "style" not in attrs and not any(name.startswith("on") for name in attrs)
    css = (folder / "portal" / "style.css").read_text(encoding="utf-8")
    for found in (text, css):
        assert "http:" not in found and "https:" not in found and "//" not in found
    for name in re.findall(r'url\("([^"]+)"\)', css):
        assert (folder / "portal" / name).is_file()


def test_every_link_leads_to_a_file_or_a_place(page: Page, folder: Path) -> None:
    places = {attrs["id"] for _, attrs, _ in page.elements if "id" in attrs}
    links = [attrs["href"] for _, attrs, _ in page.elements if "href" in attrs]
    assert len(links) > 30
    for link in links:
        assert link[1:] in places if link.startswith("#") else (folder / link).is_file(), link


def test_all_downloads_are_offered(page: Page, folder: Path) -> None:
    links = {attrs["href"] for attrs, _ in page.all("a")}
    made = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert made - links == {
        "index.html",
        "portal/style.css",
        "portal/quelle-regular.ttf",
        "portal/quelle-semibold.ttf",
    }


def test_links_have_words_of_their_own(page: Page) -> None:
    words: dict[str, set[str]] = {}
    for attrs, text in page.all("a"):
        assert text.strip()
        if attrs["href"].startswith("karten/"):
            words.setdefault(text, set()).add(attrs["href"])
    assert all(len(targets) == 1 for targets in words.values())


def test_tables_have_captions_and_heads_with_scope(page: Page) -> None:
    assert len(page.all("caption")) == len(page.all("table")) >= 5
    for attrs, text in page.all("th"):
        assert attrs.get("scope") in ("col", "row") and text.strip()
    for attrs, text in page.all("td"):
        assert text.strip(), attrs


def test_pictures_have_a_text_or_are_hidden(page: Page) -> None:
    ids = {attrs["id"]: text for (_, attrs, _), text in zip(page.elements, page.texts, strict=True) if "id" in attrs}
    named = []
    for attrs, _ in page.all("svg"):
        if attrs.get("role") == "img":
            named.append(ids[attrs["aria-labelledby"]])
        else:
            assert attrs["aria-hidden"] == "true"
    assert len(named) == 1 and "Arbeitslosenanteil" in named[0] and "Tabelle" in named[0]


def test_figures_come_from_the_release(text: str) -> None:
    assert "4,22\u202f%" in text  # 856 of 20,300
    assert "Spanne 3,95 bis 4,50\u202f%" in text
    assert "1 niedriger, 2 nicht unterscheidbar" in text
    assert "Entwurf · Testdaten" in text and "Beispielzuschnitt" in text


def test_signs_are_heard_as_words(text: str) -> None:
    assert '<span aria-hidden="true">/</span><span class="only-heard">nicht sicher genug</span>' in text


def test_gaps_name_who_can_deliver_and_failed_checks_are_shown(text: str) -> None:
    assert "Statistik der Bundesagentur für Arbeit; Jobcenter" in text
    assert "Kreiswert vorhanden" in text
    assert "Die Grenzen schließen aneinander. Erwartet: 0; beobachtet: 1" in text


def test_it_claims_no_conformity(text: str) -> None:
    statement = text[text.index('id="barrierefreiheit"') :]
    assert "liegt nicht vor" in statement and "vereinbar mit" not in statement


def test_a_file_that_was_not_made_is_not_offered(tmp_path: Path) -> None:
    release: Release = open_release(make_release(tmp_path))
    write_portal(release, tmp_path)
    page = Page((tmp_path / "index.html").read_text(encoding="utf-8"))
    links = [attrs["href"] for attrs, _ in page.all("a") if not attrs["href"].startswith("#")]
    assert links == ["daten/sozialatlas.duckdb"]


def test_two_pages_are_equal_byte_for_byte(folder: Path, text: str) -> None:
    write_portal(open_release(folder / "daten" / "sozialatlas.duckdb"), folder)
    assert (folder / "index.html").read_text(encoding="utf-8") == text


def _schemes(css: str) -> list[dict[str, str]]:
    return [dict(re.findall(r"--(\w+): (#[0-9A-F]{6})", block)) for block in re.findall(r":root \{(.*?)\}", css, re.S)]


def test_the_page_and_the_figures_share_their_colours(folder: Path) -> None:
    light, _ = _schemes((folder / "portal" / "style.css").read_text(encoding="utf-8"))
    assert tuple(light[f"s{number}"] for number in range(1, 6)) == style.SEQUENTIAL
    assert (light["ink"], light["ink2"], light["accent"], light["focus"]) == (
        style.INK,
        style.INK2,
        style.ACCENT,
        style.FOCUS,
    )


@pytest.mark.parametrize("scheme", [0, 1])
def test_contrast_holds_in_both_schemes(folder: Path, scheme: int) -> None:
    found = _schemes((folder / "portal" / "style.css").read_text(encoding="utf-8"))[scheme]
    for ground in ("ground", "surface", "hover"):
        for words in ("ink", "ink2"):
            assert style.contrast(found[words], found[ground]) >= 4.5
    for words in ("ink3", "accent", "focus"):
        assert style.contrast(found[words], found["ground"]) >= 4.5
    assert style.contrast(found["hatch"], found["ground"]) >= 3
    for number in range(1, 6):
        assert style.contrast(found[f"t{number}"], found[f"s{number}"]) >= 4.5
