"""Every kind of page in a real browser: no barriers, no width that needs scrolling, by keyboard, without scripts.

What belongs here: the pages beside the map explorer. What does not: the explorer (`test_explorer`), figures
(`tests/unit/test_portal.py`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Opener, Visit, findings, findings_in_both_schemes

# One page of each kind; of the indicators one with figures, one of the Kreis only, one without any.
PAGES = (
    "index.html",
    "portal/gemeinde/06999001.html",
    "portal/indikator/E01.html",
    "portal/indikator/T01.html",
    "portal/indikator/B07.html",
    "portal/indikator/A01.html",
    "portal/orientierungsindex.html",
    "portal/datenluecken.html",
    "portal/methoden.html",
    "portal/qualitaet.html",
    "portal/downloads.html",
    "portal/archiv.html",
    "portal/fachplanungen.html",
    "portal/angebote.html",
    "portal/beteiligte.html",
    "portal/barrierefreiheit.html",
)
# Where controls of every sort stand: links, folded parts, tables to scroll and to sort.
TABBED = (PAGES[1], PAGES[2], PAGES[6], "portal/fachplanungen.html", "portal/angebote.html")
WIDTHS = (320, 360, 768, 1100, 1440, 2560)
PHONE = {"viewport": {"width": 390, "height": 844}}
# Elements a keyboard must reach, as long as they are seen.
REACHABLE = """() => [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]')]
    .filter((node) => node.checkVisibility({contentVisibilityAuto: true, visibilityProperty: true})).length"""
WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def _open_all(page: Page) -> None:
    """Unfold every folded part."""
    page.evaluate("() => { for (const node of document.querySelectorAll('details')) node.open = true; }")


def test_no_barriers(visit: Visit) -> None:
    """The start page is looked at in all states of its explorer (`test_explorer`)."""
    found = {}
    for path in PAGES[1:]:
        _open_all(visit.go(path))
        found[path] = findings_in_both_schemes(visit.page)
    assert not {path: entries for path, entries in found.items() if entries}


def test_no_barriers_on_a_phone(opener: Opener, edition: Path) -> None:
    visit, found = opener(edition, **PHONE), {}
    for path in (*TABBED, "portal/datenluecken.html"):
        _open_all(visit.go(path))
        found[path] = findings(visit.page)
    assert not {path: entries for path, entries in found.items() if entries}


@pytest.mark.parametrize("by", ["file", "http"])
def test_pages_show_their_font_and_need_no_scrolling_sideways(opener: Opener, edition: Path, by: str) -> None:
    """From a folder and from a server. 400 % of a window 1280 wide is a window 320 wide."""
    visit, wider = opener(edition, by=by), {}
    for path in PAGES if by == "file" else (PAGES[0], PAGES[2]):
        page = visit.go(path)
        assert page.evaluate("document.fonts.check('16px Quelle')"), path
        assert page.locator("h1").is_visible(), path
        _open_all(page)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900 if width > 320 else 256})
            wider[path, width] = page.evaluate(WIDER)
    assert not {place: more for place, more in wider.items() if more > 0}


def test_without_scripts_every_page_tells_all(opener: Opener, edition: Path) -> None:
    visit = opener(edition, scripts=False, viewport={"width": 1100, "height": 900})
    for path in PAGES:
        page = visit.go(path)
        assert page.evaluate(WIDER) <= 0, path
        assert page.locator("h1").is_visible(), path
        assert page.locator("header nav a").first.is_visible(), path
        for table in page.locator("table").all():
            assert table.is_visible() or table.locator("xpath=ancestor::details").count(), path
    visit.go("index.html")
    assert visit.page.locator(".search").is_hidden() and visit.page.locator(".ways a").first.is_visible()


@pytest.mark.parametrize("path", TABBED)
def test_everything_is_reached_by_tabulator(visit: Visit, path: str) -> None:
    page = visit.go(path)
    wanted = page.evaluate(REACHABLE)
    reached: set[str] = set()
    for _ in range(wanted + 5):
        page.keyboard.press("Tab")
        place = page.evaluate("[...document.querySelectorAll('*')].indexOf(document.activeElement)")
        reached.add(str(place))
        seen = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert seen != "none" or page.evaluate("document.activeElement === document.body"), path
    body = page.evaluate("[...document.querySelectorAll('*')].indexOf(document.body)")
    assert len(reached - {str(body)}) >= wanted


def test_the_skip_link_leads_to_the_content(visit: Visit) -> None:
    page = visit.go("portal/methoden.html")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "inhalt"


def test_the_menu_of_a_phone_opens_and_closes_by_keyboard(opener: Opener, edition: Path) -> None:
    page = opener(edition, **PHONE).go("portal/methoden.html")
    link, button = page.get_by_role("link", name="Downloads", exact=True), page.locator(".menu > summary")
    assert link.is_hidden() and button.is_visible()
    button.focus()
    page.keyboard.press("Enter")
    assert link.is_visible()
    page.keyboard.press("Enter")
    assert link.is_hidden()


def test_a_wide_page_shows_the_menu_without_its_button(visit: Visit) -> None:
    page = visit.go("portal/methoden.html")
    assert page.get_by_role("link", name="Downloads", exact=True).is_visible()
    assert page.locator(".menu > summary").is_hidden()


def test_the_search_finds_a_gemeinde_and_an_indicator(visit: Visit) -> None:
    page = visit.go()
    field, hits = page.get_by_label("Gemeinde oder Thema suchen"), page.locator(".search-list a:visible")
    for words in ("gross ceh", "Groß-Cehausen", "GROß", "cehausen"):
        field.fill(words)
        assert hits.all_inner_texts() == ["Groß-Cehausen"], words
    field.fill("xyzxyz")
    assert hits.count() == 0 and "Keine Treffer" in page.locator(".search [role=status]").inner_text()
    field.fill("Arbeitslosigkeit")
    assert hits.all_inner_texts() == ["Arbeitslosenanteil"], "found by its theme"
    field.fill("Bürgergeld")
    assert hits.first.get_attribute("href") == "portal/indikator/A01.html", "found by an everyday word"
    field.fill("arbeitslos")
    page.keyboard.press("Enter")
    page.wait_for_url("**/portal/indikator/E01.html")
    assert page.locator("h1").inner_text() == "Arbeitslosenanteil"


def test_a_table_sorts_by_its_heads_and_keeps_the_kreis_last(visit: Visit) -> None:
    page = visit.go("portal/indikator/E01.html")
    table = page.locator("table[data-sortierbar]").first
    table.locator("thead th").nth(2).get_by_role("button").click()
    names = [text.strip() for text in table.locator("tbody th").all_inner_texts()]
    assert names[-1] == "Landkreis" and set(names[:-1]) == {"Adorf", "Bestadt", "Groß-Cehausen"}
    values = [text.strip() for text in table.locator("tbody td.strong").all_inner_texts()][:-1]
    assert values in (sorted(values), sorted(values, reverse=True))


def test_a_link_leads_from_a_gemeinde_into_the_explorer(visit: Visit) -> None:
    page = visit.go("portal/gemeinde/06999002.html")
    page.get_by_role("link", name="Auf der Karte zeigen und vergleichen").click()
    visit.ready()
    assert page.locator(".reading").inner_text().startswith("Bestadt")


def test_print_leaves_out_what_paper_cannot_do(visit: Visit) -> None:
    page = visit.go("portal/gemeinde/06999001.html")
    page.emulate_media(media="print")
    assert page.locator("header nav").is_hidden() and page.locator(".crumbs").is_hidden()
    assert page.locator("table.profile").first.is_visible()
    ground: Any = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(255, 255, 255)"


def test_a_phone_reads_the_matrix_in_words(opener: Opener, edition: Path) -> None:
    page = opener(edition, **PHONE).go("portal/fachplanungen.html")
    _open_all(page)
    row = page.locator("table.matrix tr", has_text="A01 SGB-II-Quote")
    assert [text.strip() for text in row.locator("td:visible").all_inner_texts()] == [
        "liefert, kann nutzen",
        "kann liefern, kann nutzen",
    ]
    assert row.locator(".letter").first.is_hidden()
    shown = row.locator("td[data-kopf]").first.evaluate("node => getComputedStyle(node, '::before').content")
    assert "Testjugend" in shown


def test_the_search_finds_the_pages_about_planning(visit: Visit) -> None:
    page = visit.go()
    field, hits = page.get_by_label("Gemeinde oder Thema suchen"), page.locator(".search-list a:visible")
    for words, path in (
        ("Testplan", "portal/fachplanungen.html"),
        ("Tagespflege", "portal/angebote.html"),
        ("Liga", "portal/beteiligte.html"),
    ):
        field.fill(words)
        assert hits.first.get_attribute("href") == path, words


def test_forced_colours_keep_text_and_tables(opener: Opener, edition: Path) -> None:
    visit = opener(edition, forced_colors="active")
    for path in ("portal/gemeinde/06999001.html", "portal/indikator/E01.html"):
        assert visit.go(path).locator("table").first.is_visible()
