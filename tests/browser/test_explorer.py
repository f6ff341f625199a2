"""The map explorer as people use it: by pointer, touch and keyboard, by a link, and what they take along."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from pipelines import german
from pipelines.publish.released import Release
from tests.browser.conftest import Opener, Visit, findings, findings_in_both_schemes

BOTH = "#indikator=E01&jahr=2021&ebene=gemeinde&gebiet=06999001&vergleich=06999003"
ADORF, BESTADT, CEHAUSEN = "06999001", "06999002", "06999003"


def option(page: Page, area: str) -> Any:
    return page.locator(f"[role=option][data-gebiet='{area}']")


def reading(page: Page) -> str:
    return page.locator(".reading").inner_text().replace("\u202f", " ")


def choose_theme(page: Page, theme: str) -> None:
    page.get_by_label("Thema", exact=True).select_option(label=theme)


# Choosing


def test_it_starts_with_the_map_of_the_static_page(visit: Visit) -> None:
    page = visit.go()
    expect(page.locator("#explorer-titel")).to_have_text("Arbeitslosenanteil, Jahresdurchschnitt 2021")
    assert page.locator("[role=option]").count() == 3
    assert page.locator("[data-fest]").count() == 0, "the static map gives way to the explorer"


def test_another_indicator_changes_map_table_and_chart(visit: Visit) -> None:
    page = visit.go()
    choose_theme(page, "Altersgruppen")
    expect(page.locator("#explorer-titel")).to_have_text("Anteil der 65-Jährigen und Älteren, 31.12.2021")
    assert page.locator(".explorer-table tbody tr").first.locator("td.num").inner_text() == "21,1"
    page.locator(".trend-panel").scroll_into_view_if_needed()
    expect(page.locator(".trend-panel")).to_contain_text("nur ein Zeitpunkt")
    assert "indikator=D04" in page.url


def test_another_year_and_another_level(visit: Visit) -> None:
    page = visit.go()
    page.get_by_label("Jahr oder Stichtag").select_option(label="2019")
    expect(page.locator("#explorer-titel")).to_have_text("Arbeitslosenanteil, Jahresdurchschnitt 2019")
    page.get_by_label("Beispielraum", exact=True).check(force=True)
    expect(page.locator("#explorer-titel")).to_have_text(
        "Beispielraum 1 bis 2 (Beispielzuschnitt): Arbeitslosenanteil, Jahresdurchschnitt 2019"
    )
    assert page.locator("[role=option]").count() == 2
    expect(page.locator(".view .sub")).to_contain_text("nicht beschlossen")
    assert "jahr=2019" in page.url and "ebene=sozialraum" in page.url


def test_an_indicator_without_figures_shows_hatches_reason_and_deliverer(visit: Visit) -> None:
    page = visit.go()
    choose_theme(page, "Leistungen nach SGB II")
    expect(page.locator(".missing")).to_contain_text("keine Lieferung für Gemeinden")
    expect(page.locator(".missing")).to_contain_text("Statistik der Bundesagentur für Arbeit; Jobcenter")
    assert page.locator("[role=option].hatch-missing").count() == 3
    assert page.locator("[role=option] path").first.get_attribute("fill") == "url(#lines-missing)"
    expect(page.locator(".options .empty")).to_contain_text("keine Angabe")
    expect(page.locator(".legend")).to_contain_text("keine Angabe (3)")


def test_a_figure_of_the_kreis_stays_in_its_row(visit: Visit) -> None:
    page = visit.go(fragment="#indikator=B07")
    expect(page.locator(".missing")).to_contain_text("nur für den Kreis vor")
    assert page.locator(".explorer-table .total td.num").inner_text() == "4,99"
    assert page.locator("[role=option].hatch-missing").count() == 3


def test_every_status_has_its_hatch_and_its_words(visit: Visit) -> None:
    page = visit.go(fragment="#indikator=T01")
    assert page.locator("[role=option].hatch-secret").count() == 1
    assert page.locator("[role=option].hatch-suppressed").count() == 1
    rows = page.locator(".explorer-table tbody tr")
    assert "genau null" in (rows.nth(0).text_content() or "")
    assert "vom Herausgeber geheim gehalten" in (rows.nth(1).text_content() or "")
    expect(page.locator(".legend")).to_contain_text("aus Datenschutzgründen nicht ausgewiesen (1)")


# Areas: pointer, touch, keyboard


def test_a_click_chooses_an_area_everywhere(visit: Visit) -> None:
    page = visit.go()
    option(page, BESTADT).locator("path").click()
    assert reading(page).startswith("Bestadt 4,56 %")
    assert option(page, BESTADT).get_attribute("aria-selected") == "true"
    assert page.locator("tr.chosen").get_attribute("data-gebiet") == BESTADT
    expect(page.locator(".area-place h3")).to_have_text("Bestadt")
    assert page.locator(".rings .ring").count() == 1
    page.locator("tr[data-gebiet='06999003'] button").click()
    assert option(page, CEHAUSEN).get_attribute("aria-selected") == "true"


def test_pointing_shows_the_reading_in_its_fixed_line_only(visit: Visit) -> None:
    page = visit.go()
    page.locator(".map-place").scroll_into_view_if_needed()  # else pointing would scroll
    before = page.locator(".map-place").bounding_box()
    option(page, ADORF).locator("path").hover()
    assert reading(page).startswith("Adorf 3,18 %")
    assert page.locator("tr.pointed").get_attribute("data-gebiet") == ADORF
    assert page.locator(".map-place").bounding_box() == before, "the map stays in its place"
    assert page.locator("tr.chosen").count() == 0


def test_touch(opener: Opener, edition: Path) -> None:
    visit = opener(edition, viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    page = visit.go()
    option(page, CEHAUSEN).locator("path").tap()
    assert reading(page).startswith("Groß-Cehausen")
    for control in (".controls select", ".segments span", ".explorer select", ".action", ".explorer-table .row"):
        for box in (page.locator(control).nth(place).bounding_box() for place in range(page.locator(control).count())):
            assert box is None or box["height"] >= 44, control


def test_on_a_phone_the_indicators_are_a_list_to_open(visit: Visit) -> None:
    page = visit.go(fragment="#indikator=E01")
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.locator(".options").is_hidden()
    choose_theme(page, "Leistungen nach SGB II")
    choice = page.get_by_label("Indikator", exact=True).locator("visible=true")
    expect(choice).to_have_value("A01")
    assert choice.locator("option").first.inner_text().endswith("(keine Angabe)")
    assert "indikator=A01" in page.url


def test_the_map_by_keyboard(visit: Visit) -> None:
    page = visit.go()
    assert page.locator("[role=option][tabindex='0']").count() == 1, "one stop on the way through the page"
    option(page, ADORF).focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.dataset.gebiet") == BESTADT
    assert reading(page).startswith("Bestadt") and page.locator(".rings .focus").count() == 1
    page.keyboard.press("End")
    assert page.evaluate("document.activeElement.dataset.gebiet") == CEHAUSEN
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.dataset.gebiet") == CEHAUSEN, "no way round"
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    assert option(page, ADORF).get_attribute("aria-selected") == "true" and "gebiet=06999001" in page.url
    page.keyboard.press("Escape")
    assert option(page, ADORF).get_attribute("aria-selected") == "false" and "gebiet" not in page.url


def test_everything_is_reached_by_tabulator(visit: Visit) -> None:
    page = visit.go()
    page.locator("#explorer-thema").focus()
    seen = []
    for _ in range(30):
        seen.append(page.evaluate("(e => e.id || e.dataset.gebiet || e.name || e.textContent)(document.activeElement)"))
        page.keyboard.press("Tab")
    wanted = ["explorer-thema", "explorer-indikator", "explorer-jahr", "explorer-ebene", ADORF]
    places = [seen.index(name) for name in (*wanted, "Karte als SVG", "Drucken")]
    assert places == sorted(places)


# Table


def test_sorting_keeps_the_numbers_and_the_row_of_the_kreis(visit: Visit) -> None:
    page = visit.go()
    names = page.locator(".explorer-table tbody th")
    head = page.locator(".explorer-table th", has=page.locator("[data-spalte=value]"))
    page.locator("[data-spalte=value]").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert names.all_inner_texts() == ["Adorf", "Bestadt", "Groß-Cehausen", "Landkreis"]
    page.locator("[data-spalte=value]").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert names.all_inner_texts() == ["Groß-Cehausen", "Bestadt", "Adorf", "Landkreis"]
    assert page.locator(".explorer-table .key").all_inner_texts() == ["3", "2", "1"]
    assert page.evaluate("document.activeElement.dataset.spalte") == "value", "focus stays on the head"


def test_rows_without_value_stand_last_in_both_directions(visit: Visit) -> None:
    page = visit.go(fragment="#indikator=T02")
    for _ in range(2):
        page.locator("[data-spalte=value]").click()
        assert page.locator(".explorer-table tbody th").all_inner_texts()[0] == "Groß-Cehausen"


# Trend and comparison


def test_the_trend_is_loaded_when_a_reader_comes_near_and_cut_at_the_break(visit: Visit) -> None:
    page = visit.go()
    assert not page.evaluate("Boolean(Atlas.trend)"), "not needed for the first view"
    page.evaluate(f"location.hash = '{BOTH}'")
    page.locator(".trend-panel").scroll_into_view_if_needed()
    expect(page.locator(".trend .break")).to_have_text("Bruch 2019/2020")
    lines = page.locator(".trend path.own:not(.edge)")
    assert lines.count() == 1 and page.locator(".trend circle.own").count() == 1, "2019 alone, then 2020 to 2021"
    assert page.locator(".trend .band").count() == 1
    page.locator(".trend-panel summary").click()
    expect(page.locator(".break-row")).to_contain_text("Über den Bruch hinweg wird nicht verglichen")


def test_two_areas_side_by_side(visit: Visit) -> None:
    page = visit.go()
    option(page, ADORF).locator("path").click()
    page.get_by_label("Vergleichen mit").select_option(label="Groß-Cehausen")
    expect(page.locator(".finding")).to_have_text("Die Spannen von Adorf und Groß-Cehausen überlappen sich nicht.")
    cells = page.locator(".comparison tbody tr").first.locator("td").all_inner_texts()
    assert [cell.replace("\u202f", " ") for cell in cells] == ["3,18 %", "4,74 %", "4,22 %"]
    assert "vergleich=06999003" in page.url
    assert page.locator("tr.other").get_attribute("data-gebiet") == CEHAUSEN
    page.get_by_label("Vergleichen mit").select_option(label="kein Vergleich")
    assert page.locator(".comparison").count() == 0 and "vergleich" not in page.url


def test_values_without_spans_are_not_told_apart(visit: Visit) -> None:
    page = visit.go(fragment=f"#indikator=A13&gebiet={ADORF}&vergleich={BESTADT}")
    expect(page.locator(".finding")).to_contain_text("keine Spanne")
    expect(page.locator(".finding")).to_contain_text("ist offen")


# Links


def test_a_link_leads_to_the_same_view(visit: Visit, opener: Opener, edition: Path) -> None:
    page = visit.go()
    choose_theme(page, "Arbeitslosigkeit")
    page.get_by_label("Jahr oder Stichtag").select_option(label="2020")
    expect(page.locator("#explorer-titel")).to_contain_text("2020")
    option(page, ADORF).locator("path").click()
    page.get_by_label("Vergleichen mit").select_option(label="Bestadt")
    fragment = page.url[page.url.index("#") :]
    assert fragment == f"#indikator=E01&jahr=2020&ebene=gemeinde&gebiet={ADORF}&vergleich={BESTADT}"
    again = opener(edition, by="file").go(fragment=fragment)
    expect(again.locator("#explorer-titel")).to_have_text("Arbeitslosenanteil, Jahresdurchschnitt 2020")
    assert reading(again) == reading(page)
    expect(again.locator(".comparison caption")).to_contain_text("Adorf und Bestadt")


def test_using_the_explorer_does_not_fill_the_history(visit: Visit) -> None:
    page = visit.go()
    before = page.evaluate("history.length")
    for area in (ADORF, BESTADT, CEHAUSEN):
        option(page, area).locator("path").click()
    assert page.evaluate("history.length") == before


@pytest.mark.parametrize(
    ("fragment", "said"),
    [
        ("#indikator=XX9", "unbekannten Indikator „XX9“"),
        ("#indikator=E01&jahr=1850", "Jahr „1850“"),
        ("#indikator=E01&ebene=strasse", "Ebene „strasse“"),
        ("#indikator=E01&gebiet=%3Cimg%20src=x%3E", "Gebiet „<img src=x>“"),
    ],
)
def test_a_wrong_link_is_explained_and_shows_what_there_is(visit: Visit, fragment: str, said: str) -> None:
    page = visit.go(fragment=fragment)
    expect(page.locator(".message")).to_contain_text(said)
    expect(page.locator("#explorer-titel")).to_have_text("Arbeitslosenanteil, Jahresdurchschnitt 2021")


def test_a_jump_within_the_page_is_no_choice(visit: Visit) -> None:
    page = visit.go(fragment="#gemeinden")
    assert page.locator(".message").inner_text() == ""


def test_a_link_typed_into_the_open_page_is_followed(visit: Visit) -> None:
    page = visit.go()
    page.evaluate("location.hash = 'indikator=D04&gebiet=06999002'")
    expect(page.locator("#explorer-titel")).to_contain_text("65-Jährigen")
    expect(page.locator(".area-place h3")).to_have_text("Bestadt")


# What people take along


def take(page: Page, button: str) -> tuple[str, bytes]:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=button).click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


PICTURE_WORDS = (
    "Arbeitslosenanteil, Jahresdurchschnitt 2021",
    "© Testamt, 2023",
    "© Testvermessung",
    "Entwurf · Testdaten",
    "Ausgabe 2023",
    "Adorf: 3,18 %",
    "3,00 bis unter 3,50",
    "keine Rangfolge",
)


@pytest.mark.parametrize("by", ["file", "http"])
def test_the_picture_stands_alone(opener: Opener, edition: Path, by: str) -> None:
    page = opener(edition, by=by).go(fragment=BOTH)
    name, content = take(page, "Karte als SVG")
    assert name == "E01-arbeitslosenanteil-2021-gemeinde.svg"
    text = content.decode("utf-8")
    root = ElementTree.fromstring(text)
    words = " ".join(root.itertext()).replace("\u202f", " ")
    for wanted in PICTURE_WORDS:
        assert wanted in words, wanted
    for needs_a_style_sheet in ("var(", " class=", " style="):
        assert needs_a_style_sheet not in text
    assert set(re.findall(r'fill="(#[0-9A-Fa-f]{6})"', text)) >= {"#FFFFFF", "#17232E"}


def test_the_picture_as_pixels(opener: Opener, edition: Path) -> None:
    page = opener(edition, by="file").go(fragment=BOTH)
    name, content = take(page, "Karte als PNG")
    assert name.endswith(".png") and content.startswith(b"\x89PNG\r\n\x1a\n")
    assert not_blank(content, width=1920)


def test_the_values_seen_are_those_released(visit: Visit, release: Release) -> None:
    page = visit.go(fragment=BOTH)
    name, content = take(page, "Werte als CSV")
    assert name == "E01-arbeitslosenanteil-2021-gemeinde.csv" and content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    assert [line["Name"] for line in lines] == ["Adorf", "Bestadt", "Groß-Cehausen", "Landkreis"]
    for line in lines:
        row = release.value("E01", line["Gebiet"], line["Zeitbezug"])
        for column, field in (("Wert", "value"), ("Spanne von", "lower"), ("Spanne bis", "upper"),
                              ("Anzahl", "numerator"), ("Grundlage", "denominator")):  # fmt: skip
            assert float(line[column].replace(",", ".")) == row[field]
        assert (line["Status"], line["Quelle"], line["Lizenz"]) == ("reported", "© Testamt, 2023", "Testlizenz")
        assert line["Stand der Ausgabe"] == "Entwurf · Testdaten"


def test_values_that_do_not_exist_are_empty_cells_with_status_and_reason(visit: Visit) -> None:
    page = visit.go(fragment="#indikator=T01")
    _, content = take(page, "Werte als CSV")
    lines = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    assert [(line["Wert"], line["Status"]) for line in lines[:3]] == [("0", "zero"), ("", "secret"), ("", "suppressed")]
    assert lines[1]["Grund"] == "vom Herausgeber geheim gehalten"


# Numbers


def test_numbers_in_the_browser_follow_the_rules_of_the_documents(visit: Visit, release: Release) -> None:
    page = visit.go()
    cases = [[value, decimals] for value in _numbers(release) for decimals in range(4)]
    script = "cases => cases.map(([value, decimals]) => Atlas.numbers.number(value, decimals))"
    assert page.evaluate(script, cases) == [german.number(value, decimals) for value, decimals in cases]


def _numbers(release: Release) -> list[float]:
    """All released numbers, and those that rounding by halves, small exponents and signs get wrong."""
    known = [value for name in ("value", "lower", "upper", "numerator") for value in release.values[name].drop_nulls()]
    hard = [
        0.0,
        -0.0,
        0.5,
        1.5,
        2.675,
        1.005,
        -0.004,
        -0.005,
        0.045,
        999.995,
        1e-7,
        1e21,
        1234567.891,
        123456789012345.6,
    ]
    return known + hard


def _assigned(path: Path) -> Any:
    """What a file of data assigns."""
    return json.loads(path.read_text(encoding="utf-8").partition(" = ")[2].removesuffix(";\n"))


def test_every_value_of_the_page_is_the_released_one(edition: Path, release: Release) -> None:
    """The data of all indicators, read as the scripts read them, hold exactly the released rows."""
    found = {}
    for path in (edition / "portal" / "daten").glob("*.js"):
        if path.stem.endswith("-jahre"):
            continue
        data = _assigned(path)
        if data["more"]:
            data["values"] |= _assigned(path.with_stem(f"{path.stem}-jahre"))
        for period, entries in data["values"].items():
            for area, entry in zip(data["areas"], entries, strict=True):
                if entry:
                    found[(data["id"], area, period)] = (*entry[:5], (entry[5:6] or [0])[0] or "reported")
    columns = ("value", "lower", "upper", "numerator", "denominator", "status")
    wanted = {
        (row["indicator_id"], row["area_id"], row["period"]): tuple(row[name] for name in columns)
        for row in release.values.iter_rows(named=True)
    }
    assert found == wanted


# Looks


def test_no_width_needs_scrolling_sideways(visit: Visit, tmp_path: Path) -> None:
    page = visit.go(fragment=BOTH)
    beside = {}
    for width in (2560, 1440, 1000, 768, 360, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width
        content = page.locator("[data-explorer]").screenshot(path=tmp_path / f"explorer-{width}.png")
        assert not_blank(content, width=None), width
        beside[width] = _left(page, ".explorer-table") > _left(page, ".map-place") + 200
        assert beside[width] or _top(page, ".explorer-table") > _top(page, ".map-place") + 200, width
    assert beside == {2560: True, 1440: True, 1000: False, 768: False, 360: False, 320: False}


def _left(page: Page, selector: str) -> float:
    return page.locator(selector).bounding_box()["x"]  # type: ignore[index]


def _top(page: Page, selector: str) -> float:
    return page.locator(selector).bounding_box()["y"]  # type: ignore[index]


def test_nothing_moves_for_long_and_nothing_for_people_who_ask_so(visit: Visit) -> None:
    script = """() => [...document.querySelectorAll('body *')].flatMap((node) => {
        const look = getComputedStyle(node);
        return [...look.transitionDuration.split(','), ...look.animationDuration.split(',')].map(parseFloat);
    }).reduce((longest, found) => Math.max(longest, found), 0)"""
    page = visit.go()
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(script) <= 0.15
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(script) == 0


def test_dark_screens_turn_the_scale_round(visit: Visit) -> None:
    fills = []
    page = visit.go(fragment=BOTH)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        fills.append(page.evaluate("getComputedStyle(document.querySelector('[role=option] path')).fill"))
        _, content = take(page, "Karte als SVG")
        ElementTree.fromstring(content)
    assert fills[0] != fills[1]


def test_forced_colours_leave_the_classes(visit: Visit) -> None:
    page = visit.go(fragment=BOTH)
    page.emulate_media(forced_colors="active")
    fills = page.evaluate("[...document.querySelectorAll('[role=option] path')].map((p) => getComputedStyle(p).fill)")
    assert len(set(fills)) == 2


def test_no_barriers_in_any_state(visit: Visit) -> None:
    page = visit.go()
    page.emulate_media(reduced_motion="reduce")  # no colour halfway between two schemes
    assert not findings_in_both_schemes(page)
    page.evaluate(f"location.hash = '{BOTH}'")
    expect(page.locator(".comparison")).to_be_visible()
    page.locator(".trend-panel").scroll_into_view_if_needed()
    page.locator(".trend-panel summary").click()
    option(page, BESTADT).focus()
    assert not findings_in_both_schemes(page)
    page.set_viewport_size({"width": 360, "height": 740})
    assert not findings(page)
    page.evaluate("location.hash = '#indikator=A01&ebene=sozialraum&gebiet=falsch'")
    expect(page.locator(".message")).not_to_be_empty()
    assert not findings(page)


def test_print_shows_map_and_table_without_controls(visit: Visit) -> None:
    page = visit.go(fragment=BOTH)
    page.emulate_media(media="print")
    assert not page.locator(".controls").is_visible() and not page.locator(".taken").is_visible()
    assert page.locator("svg.map[viewBox]").first.is_visible() and page.locator(".explorer-table").is_visible()
    page.set_viewport_size({"width": 700, "height": 990})  # a sheet of A4: rows of paper, not of fingers
    assert page.locator(".explorer-table tbody tr").first.bounding_box()["height"] < 30  # type: ignore[index]


def test_the_button_prints_this_view_alone(visit: Visit) -> None:
    page = visit.go(fragment=BOTH)
    page.evaluate("""() => { window.print = () => {
        window.printed = [document.querySelector('.trend') !== null, document.documentElement.dataset.nurKarte];
    }; }""")
    page.get_by_role("button", name="Drucken").click()
    page.wait_for_function("window.printed")
    assert page.evaluate("window.printed") == [True, ""]
    page.emulate_media(media="print")
    assert page.locator(".explorer-table").is_visible() and page.locator("#gemeinden").is_hidden()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("#gemeinden").is_visible()


# Without scripts, without files


def test_without_scripts_the_map_and_its_table_stay(opener: Opener, edition: Path) -> None:
    page = opener(edition, scripts=False).go()
    assert page.locator("[data-fest] svg.map .area").count() == 3
    assert page.locator("[data-fest] table tbody tr").count() == 4
    assert page.locator("[data-nur-js]:visible").count() == 0


def test_a_missing_file_is_said_in_german(opener: Opener, edition: Path) -> None:
    visit = opener(edition)
    page = visit.go()
    page.route("**/daten/D04.js", lambda route: route.abort())
    choose_theme(page, "Altersgruppen")
    expect(page.locator(".message")).to_contain_text("ließen sich nicht laden")
    expect(page.locator("#explorer-titel")).to_have_text("Arbeitslosenanteil, Jahresdurchschnitt 2021")
    assert page.get_by_label("Thema", exact=True).input_value() == "arbeitslosigkeit"
    visit.complaints.clear()


def not_blank(content: bytes, width: int | None) -> bool:
    """Whether a picture holds more than one colour and, if asked, has this width."""
    from PIL import Image

    with Image.open(io.BytesIO(content)) as image:
        assert width is None or image.width == width
        colours = image.convert("RGB").getcolors(maxcolors=1 << 24)
        return colours is not None and len(colours) > 8
