"""The pages of the portal: structure a screen reader can follow, figures of the release, links that lead somewhere."""

from __future__ import annotations

import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from pipelines import german
from pipelines.publish import Release, open_release
from pipelines.publish.check_words import check_parts, readable
from pipelines.publish.copy import write_copy
from pipelines.publish.inventory import Inventory
from pipelines.publish.karten import write_maps
from pipelines.publish.opendata import write_open_data
from pipelines.publish.portal import fonts, gaps, write_portal
from pipelines.publish.portal.lines import chart, segments, small_line
from pipelines.publish.portal.site import NAVIGATION, Site
from pipelines.publish.workbook import write_workbook
from tests.fixtures.filled import make_filled
from tests.fixtures.release import GEMEINDEN, KREIS, InMemory, frames_without, make_release, release_frames

VOID = {"meta", "link", "path", "rect", "circle", "use", "br", "img", "input"}
ENGLISH = re.compile(r"\b(the|and|of|with|for|from|value|values|table|missing|unknown|none|true|false|nan)\b", re.I)
ADORF, BESTADT, CEHAUSEN = GEMEINDEN
PLANS, OFFERS, PARTICIPANTS = (f"portal/{name}.html" for name in ("fachplanungen", "angebote", "beteiligte"))


class Page(HTMLParser):
    """Elements with their attributes, path of parents and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str], tuple[str, ...]]] = []
        self.texts: list[str] = []
        self._parents: list[str] = []
        self._places: list[int] = []
        self._foreign: list[bool] = []
        self.german = ""
        self.feed(text)
        assert not self._parents, "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.elements.append((tag, found, tuple(self._parents)))
        self.texts.append("")
        if tag not in VOID:
            self._parents.append(tag)
            self._places.append(len(self.texts) - 1)
            self._foreign.append(found.get("lang", "de") != "de")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}, tuple(self._parents)))
        self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._parents.pop() == tag
        self._places.pop()
        self._foreign.pop()

    def handle_data(self, data: str) -> None:
        if not any(self._foreign):
            self.german += data
        for place in self._places:
            self.texts[place] += data

    def all(self, tag: str) -> list[tuple[dict[str, str], str]]:
        return [(found[1], text) for found, text in zip(self.elements, self.texts, strict=True) if found[0] == tag]

    @property
    def ids(self) -> list[str]:
        return [attrs["id"] for _, attrs, _ in self.elements if "id" in attrs]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ausgabe") / "2023"
    release = open_release(make_filled(folder))
    write_open_data(release, folder)
    write_workbook(release, folder)
    write_maps(release, folder)
    (folder / "steckbriefe").mkdir()
    for area_id, name in release.gemeinden.select("area_id", "display_name").iter_rows():
        (folder / "steckbriefe" / f"{area_id}-{name}.pdf").write_bytes(b"%PDF")
    (folder / "vorlagen").mkdir()
    for name in ("ausschussvorlage.pdf", "ausschussvorlage.docx", "ressourcenbericht.xlsx", "fachplanungsbericht.pdf"):
        (folder / "vorlagen" / name).write_bytes(b"x" * 12_000)
    (folder / "sozialatlas-2023.pdf").write_bytes(b"%PDF" * 400_000)
    write_portal(release, folder)
    return folder


@pytest.fixture(scope="module")
def release(folder: Path) -> Release:
    return open_release(folder / "daten" / "sozialatlas.duckdb")


@pytest.fixture(scope="module")
def texts(folder: Path) -> dict[str, str]:
    found = [folder / "index.html", *sorted((folder / "portal").rglob("*.html"))]
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in found}


@pytest.fixture(scope="module")
def pages(texts: dict[str, str]) -> dict[str, Page]:
    return {name: Page(text) for name, text in texts.items()}


# Which pages there are


def test_every_gemeinde_and_every_indicator_has_its_page(release: Release, pages: dict[str, Page]) -> None:
    wanted = {f"portal/gemeinde/{key}.html" for key in release.gemeinden["area_id"]}
    wanted |= {f"portal/indikator/{key}.html" for key in release.indicators["indicator_id"]}
    names = ("orientierungsindex", "downloads", "qualitaet", "methoden", "datenluecken", "archiv", "barrierefreiheit")
    names += ("fachplanungen", "angebote", "beteiligte")
    assert set(pages) == wanted | {"index.html"} | {f"portal/{name}.html" for name in names}


def test_sozialraeume_of_an_example_have_no_page(pages: dict[str, Page]) -> None:
    assert not [name for name in pages if "-S" in name]
    assert "Beispielzuschnitt" in pages["index.html"].german


def test_it_names_every_file_it_wrote(tmp_path: Path) -> None:
    written = write_portal(open_release(make_release(tmp_path)), tmp_path)
    made = {path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".duckdb"}
    assert len(written) == len(set(written)) and set(written) == made


# Structure


def test_language_title_and_one_main_heading(pages: dict[str, Page]) -> None:
    titles = [page.all("title")[0][1] for page in pages.values()]
    assert len(set(titles)) == len(titles)
    assert pages["index.html"].all("title")[0][1] == (
        "Sozialatlas Landkreis Musterland, Ausgabe 2023 · Datenstand 2018 bis 2022"
    )
    for name, page in pages.items():
        assert page.all("html")[0][0]["lang"] == "de"
        assert len(page.all("h1")) == 1, name
        levels = [int(tag[1]) for tag, _, _ in page.elements if re.fullmatch("h[1-6]", tag)]
        assert all(later - earlier <= 1 for earlier, later in pairwise(levels)), name
        assert len(set(page.ids)) == len(page.ids), name


def test_landmarks_skip_link_and_the_same_navigation_everywhere(pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        for tag in ("header", "main", "footer"):
            assert len(page.all(tag)) == 1, (name, tag)
        first_link, words = page.all("a")[0]
        assert (first_link["href"], words) == ("#inhalt", "Zum Inhalt")
        labels = [attrs["aria-label"] for attrs, _ in page.all("nav")]
        assert len(set(labels)) == len(labels) and labels[0] == "Hauptnavigation", name
        links = [text for attrs, text in page.all("a")][2 : 2 + len(NAVIGATION)]
        assert links == [entry for entry, _ in NAVIGATION], name


def test_the_current_page_is_marked_and_its_way_is_shown(pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        marked = [text for attrs, text in page.all("a") if "aria-current" in attrs]
        assert len(marked) == (0 if name == "portal/barrierefreiheit.html" else 1), name
        crumbs = [attrs for attrs, _ in page.all("nav") if attrs["aria-label"] == "Sie sind hier"]
        assert len(crumbs) == (name != "index.html"), name
    indicator = pages["portal/indikator/E01.html"]
    assert [text for attrs, text in indicator.all("a") if attrs.get("aria-current")] == ["Themen"]


def test_a_strict_policy_and_nothing_inline(pages: dict[str, Page], texts: dict[str, str], folder: Path) -> None:
    for name, page in pages.items():
        policy = next(attrs["content"] for attrs, _ in page.all("meta") if "http-equiv" in attrs)
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:"), name
        assert not page.all("iframe") and not page.all("style")
        assert all(attrs["src"] and not text for attrs, text in page.all("script")), name
        for _, attrs, _ in page.elements:
            assert "style" not in attrs and not any(key.startswith("on") for key in attrs), name
        asked = [attrs["src"] for _, attrs, _ in page.elements if "src" in attrs]
        asked += [attrs["href"] for tag, attrs, _ in page.elements if tag in ("link", "use")]
        assert not any("//" in address for address in asked), name
        # The only way out: what the Kreis has published on plans, as links that a reader may follow
        outside = re.findall(r"https?://[^\"<]+", texts[name])
        assert outside == (["https://example.org/bericht"] if name == PLANS else []), name
    css = (folder / "portal" / "style.css").read_text(encoding="utf-8")
    assert "//" not in css and css.startswith(":root {")
    for name in re.findall(r'url\("([^"]+)"\)', css):
        assert (folder / "portal" / name).is_file()


def test_state_edition_and_run_stand_on_every_page(pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        foot = page.all("footer")[0][1]
        for words in ("Entwurf", "Testdaten", "Ausgabe 2023 · Datenstand 2018 bis 2022", "Lauf 0123456789ab"):
            assert words in foot, name
        assert "© Testamt, 2023" in foot and "Entwurf" in page.all("header")[0][1], name


def test_tables_have_captions_and_heads_with_scope_and_no_empty_cell(pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        assert len(page.all("caption")) == len(page.all("table")), name
        for attrs, text in page.all("th"):
            assert attrs.get("scope") in ("col", "row", "rowgroup") and text.strip(), name
        for attrs, text in page.all("td"):
            # A cell of the matrix without attributes means: no relation known. Thousands of words would hide the others
            assert text.strip() or (name == PLANS and not attrs), (name, attrs)


def test_pictures_have_a_text_or_are_hidden(pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        by_id = {
            attrs["id"]: text for (_, attrs, _), text in zip(page.elements, page.texts, strict=True) if "id" in attrs
        }
        for attrs, _ in page.all("svg"):
            spoken = attrs.get("role") == "img"
            assert by_id[attrs["aria-labelledby"]] if spoken else attrs["aria-hidden"] == "true", name
        for attrs, _ in page.all("img"):
            assert len(attrs["alt"]) > 60 and "Tabelle" in attrs["alt"], name


# Links


def test_every_link_leads_to_a_file_and_a_place(pages: dict[str, Page], folder: Path) -> None:
    for name, page in pages.items():
        here = (folder / name).parent
        links = [attrs[key] for _, attrs, _ in page.elements for key in ("href", "src") if key in attrs]
        for link in links:
            path, _, place = link.partition("#")
            if link == "data:," or path.startswith(("../../archiv/", "https://example.org/")):
                continue
            target = (here / path).resolve() if path else folder / name
            assert target.is_file() and folder in target.parents, (name, link)
            if place and "=" not in place:
                assert place in pages[target.relative_to(folder).as_posix()].ids, (name, link)


def test_links_into_the_explorer_name_what_the_release_has(pages: dict[str, Page], release: Release) -> None:
    known = set(release.indicators["indicator_id"])
    links = [attrs["href"] for page in pages.values() for attrs, _ in page.all("a") if "#indikator=" in attrs["href"]]
    assert len(links) >= len(known)
    for link in links:
        fields = dict(part.split("=") for part in link.partition("#")[2].split("&"))
        assert fields["indikator"] in known and fields["ebene"] == "gemeinde"
        assert fields.get("gebiet", ADORF) in GEMEINDEN
    assert "../../index.html#indikator=E01&jahr=2021&ebene=gemeinde" in links


def test_gemeinden_lead_to_their_neighbours_in_the_fixed_order(pages: dict[str, Page]) -> None:
    page = pages[f"portal/gemeinde/{BESTADT}.html"]
    turns = {attrs["rel"]: attrs["href"] for attrs, _ in page.all("a") if "rel" in attrs}
    assert turns == {"prev": f"{ADORF}.html", "next": f"{CEHAUSEN}.html"}


def test_the_search_can_find_every_gemeinde_and_indicator(pages: dict[str, Page]) -> None:
    """It looks through the links of the start page below `data-suchgruppe`; without scripts these are there as well."""
    page = pages["index.html"]
    starts = [place for place, (_, attrs, _) in enumerate(page.elements) if "data-suchgruppe" in attrs]
    depth = {place: len(page.elements[place][2]) for place in starts}
    found = set()
    for start in starts:
        for tag, attrs, parents in page.elements[start + 1 :]:
            if len(parents) <= depth[start]:
                break
            if tag == "a" and parents[-1] in ("li", "th"):
                found.add(attrs["href"])
    subjects = {name for name in pages if "/gemeinde/" in name or "/indikator/" in name}
    assert found == subjects | {PLANS, OFFERS, PARTICIPANTS}
    form = next(attrs for attrs, _ in page.all("form"))
    assert "data-suche" in form and "data-nur-js" in form and "hidden" in form


def test_all_files_are_offered_with_kind_and_size(pages: dict[str, Page], folder: Path) -> None:
    page = pages["portal/downloads.html"]
    links = {(folder / "portal" / attrs["href"]).resolve() for attrs, _ in page.all("a") if "#" not in attrs["href"]}
    made = {path for path in folder.rglob("*") if path.is_file()}
    assert not {path for path in made - links if "portal" not in path.parts and path.name != "index.html"}
    assert "1,6\u00a0MB" in page.german and "GeoPackage" in page.german


def test_a_file_that_was_not_made_is_not_offered(tmp_path: Path) -> None:
    write_portal(open_release(make_release(tmp_path)), tmp_path)
    for path in (tmp_path / "index.html", *(tmp_path / "portal").rglob("*.html")):
        links = [attrs["href"] for attrs, _ in Page(path.read_text(encoding="utf-8")).all("a")]
        offered = [link for link in links if re.search(r"\.(pdf|xlsx|csv|svg|png|gpkg|parquet|md)$", link)]
        assert not offered, path


# Figures


def _rows(page: Page, caption_id: str) -> dict[str, list[str]]:
    """Texts of the cells of a table by its row head."""
    found: dict[str, list[str]] = {}
    inside, head = False, ""
    for (tag, attrs, parents), text in zip(page.elements, page.texts, strict=True):
        if tag == "caption":
            inside = attrs.get("id") == caption_id
        elif inside and "tbody" in parents and tag == "th":
            head = text.strip()
            found[head] = []
        elif inside and tag == "td" and head:
            found[head].append(text.strip())
        elif inside and tag == "tr":
            head = ""
    return found


def test_indicator_pages_show_the_released_values_of_every_gemeinde(pages: dict[str, Page], release: Release) -> None:
    for indicator in release.indicators.filter(pl.col("data") == "gemeinde").rows(named=True):
        key = indicator["indicator_id"]
        rows = _rows(pages[f"portal/indikator/{key}.html"], "tabelle-werte")
        assert list(rows) == [*GEMEINDEN.values(), "Landkreis"], key
        for area_id, name in (*GEMEINDEN.items(), (KREIS, "Landkreis")):
            row = release.value(key, area_id)
            shown = german.cell_text(row["value"], indicator["decimals"], row["status"], row["quality"])
            words = german.status_words(row["status"]) if row["value"] is None or row["status"] == "zero" else ""
            assert rows[name][0].startswith(shown + words), (key, name)
            if row["numerator"] is not None:
                assert rows[name][1:3] == [german.number(row["numerator"]), german.number(row["denominator"])]
            if row["value"] is not None:
                span = german.span_text(row["lower"], row["upper"], "", indicator["decimals"])
                assert span in rows[name], (key, name)


def test_gemeinde_pages_show_the_released_value_and_verdict_of_every_indicator(
    pages: dict[str, Page], release: Release
) -> None:
    verdicts = {
        (row["indicator_id"], row["area_id"], row["period"]): row["verdict"]
        for row in release.comparison.rows(named=True)
    }
    for area_id in GEMEINDEN:
        text = re.sub(r"[ \n]+", " ", pages[f"portal/gemeinde/{area_id}.html"].german)
        for indicator in release.indicators.filter(pl.col("data") == "gemeinde").rows(named=True):
            row = release.value(indicator["indicator_id"], area_id)
            if row["value"] is None or row["status"] == "zero":
                continue
            shown = german.cell_text(row["value"], indicator["decimals"], row["status"], row["quality"])
            assert german.with_unit(shown, indicator["unit"]) in text or shown in text
            verdict = verdicts[indicator["indicator_id"], area_id, row["period"]]
            assert verdict in text


def test_absent_values_are_signs_with_words_and_never_a_number(pages: dict[str, Page], release: Release) -> None:
    for indicator in release.indicators.filter(pl.col("data") != "none").rows(named=True):
        key = indicator["indicator_id"]
        rows = _rows(pages[f"portal/indikator/{key}.html"], "tabelle-werte")
        for area_id, name in GEMEINDEN.items():
            row = release.value(key, area_id)
            if row["value"] is None:
                assert rows[name][0] == german.status_sign(row["status"]) + german.status_words(row["status"])
                assert not re.search(r"\d", " ".join(rows[name])), (key, name)


def test_what_is_suppressed_says_so_and_shows_no_number(pages: dict[str, Page]) -> None:
    rows = _rows(pages["portal/indikator/T01.html"], "tabelle-werte")
    assert rows["Groß-Cehausen"][0] == ".aus Datenschutzgründen nicht ausgewiesen"
    assert "nicht ausgewiesen" in pages[f"portal/gemeinde/{CEHAUSEN}.html"].german


def test_an_indicator_without_figures_keeps_its_page_with_reason_and_deliverer(pages: dict[str, Page]) -> None:
    page = pages["portal/indikator/A01.html"]
    assert "Es liegen keine Zahlen vor." in page.german and "keine Lieferung für Gemeinden" in page.german
    assert "Statistik der Bundesagentur für Arbeit; Jobcenter" in page.german
    assert not _rows(page, "tabelle-werte")
    only = pages["portal/indikator/B07.html"]
    assert "Es liegt nur ein Kreiswert vor." in only.german and "Staatliches Schulamt" in only.german
    assert _rows(only, "tabelle-werte")["Landkreis"][0] == "4,99"


def test_the_definition_names_formula_method_limits_and_index(pages: dict[str, Page]) -> None:
    fields = dict(
        zip(
            [text for _, text in pages["portal/indikator/E01.html"].all("dt")],
            [text for _, text in pages["portal/indikator/E01.html"].all("dd")],
            strict=True,
        )
    )
    assert fields["Formel"] == "Zähler ÷ Nenner × 100"
    assert fields["Orientierungsindex"] == "Bestandteil"
    assert fields["Brüche der Reihe"] == "2019/2020: Basis Zensus 2011"
    assert fields["Zeitraum"] == "2019 bis 2021, 3 Zeitpunkte"
    assert fields["Qualität"] == "endgültig (3 Gemeinden)"
    assert fields["Richtung"] == "höher = mehr Bedarf"
    assert "bedeutsam ab 10\u202f%" in fields["Schwelle"]


def test_the_series_table_holds_every_year_and_marks_the_break(pages: dict[str, Page]) -> None:
    page = pages["portal/indikator/E01.html"]
    rows = _rows(page, "tabelle-reihe")
    assert rows["Adorf"] == ["2,68", "3,39", "3,18"]
    heads = [text for attrs, text in page.all("th") if "broken" in attrs.get("class", "")]
    assert heads == ["2020 nach Bruch der Reihe"]


def test_the_start_page_counts_what_is_known(pages: dict[str, Page]) -> None:
    text = re.sub(r"[ \n]+", " ", pages["index.html"].german)
    assert "Von 10 Indikatoren haben 8 Werte für Gemeinden, 1 nur einen Kreiswert; zu 1 fehlen Zahlen." in text
    assert "4,22\u202f%" in text  # 856 of 20,300
    assert "Spanne 3,95 bis 4,50\u202f%" in text
    assert "1 niedriger, 2 nicht unterscheidbar" in text


def test_gaps_say_why_and_who_can_deliver(pages: dict[str, Page]) -> None:
    text = pages["portal/datenluecken.html"].german
    for words in ("Statistik der Bundesagentur für Arbeit; Jobcenter", "nur Kreiswert", "liegt nur für den Landkreis"):
        assert words in text
    partial = _rows(pages["portal/datenluecken.html"], "tabelle-teil")
    assert partial["Testanteil gering besetzt"] == ["geheim gehalten 1, nicht ausgewiesen 1", "Bestadt, Groß-Cehausen"]


def test_withheld_figures_are_counted_as_none_in_every_place() -> None:
    release = InMemory(frames_without("E08"))
    rows = release.indicators.filter(chapter="Erwerb").to_dicts()
    chapters = [{"name": "Erwerb", "themes": [{"name": "Arbeit", "indicators": rows}]}]
    site: Any = SimpleNamespace(release=release, indicators=rows, chapters=chapters)
    (theme,) = gaps._themes(site)
    total = gaps.coverage(site)
    assert theme["counts"] == {state: total[state] for state in gaps.STATES}
    assert theme["counts"]["none"] == 1 and theme["missing"] == []


def test_the_index_page_says_how_stable_a_class_is(pages: dict[str, Page]) -> None:
    rows = _rows(pages["portal/orientierungsindex.html"], "tabelle-klassen")
    assert rows["Bestadt"][0] == "zwischen erhöht und deutlich erhöht" and rows["Bestadt"][1].startswith("58\u202f%")
    assert rows["Groß-Cehausen"][0] == "keine Angabe" and "ein Bestandteil fehlt" in rows["Groß-Cehausen"]
    text = pages["portal/orientierungsindex.html"].german
    assert "kein Armutsindex" in text and "nicht unabhängig" in text and "Jahresdurchschnitt 2021" in text


def test_quality_shows_every_kind_of_check_with_expected_observed_and_gap(pages: dict[str, Page]) -> None:
    page = pages["portal/qualitaet.html"]
    assert _rows(page, "tabelle-arten")["Raum"][1:] == ["1", "0", "1", "0"]
    assert "Die Grenzen schließen aneinander. Erwartet: 0; beobachtet: 1; Abstand: 1" in page.german
    assert _rows(page, "abgleich-1")["Die Gemeinden ergeben zusammen den Landkreis."] == ["32100", "32100", "0", "ja"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("bevoelkerung_nichtdeutsch, alter:0-5, 31.12.2021", "Bevölkerung nichtdeutsch, Alter 0 bis 5, 31.12.2021"),
        ("bevoelkerung, alter:65+", "Bevölkerung, Alter ab 65"),
        ("flaechennutzung, siedlung", "Flächennutzung, Siedlung"),
        ("wohnungen, raeume:6+", "Wohnungen, Räume 6+"),
        ("svb_wohnort_anteil, ausbildung:ohne", "Beschäftigte am Wohnort Anteil, Ausbildung ohne"),
        ("hessische_gemeindestatistik 2022 und inkar 2024", "Hessische Gemeindestatistik 2022 und INKAR 2024"),
    ],
)  # fmt: skip
def test_names_of_items_are_words(written: str, read: str) -> None:
    assert readable(written) == read


def test_atlas_and_page_name_a_check_alike() -> None:
    check = "Summe der Gemeinden gegen Kreis: flaechennutzung, siedlung, 2022-12-31 (hessische_gemeindestatistik 2022)"
    kind = "Summe der Gemeinden gegen Kreis · Hessische Gemeindestatistik 2022"
    assert check_parts(check) == (kind, "Flächennutzung, Siedlung, 31.12.2022")


def test_it_claims_no_conformity(pages: dict[str, Page]) -> None:
    text = pages["portal/barrierefreiheit.html"].german
    assert "liegt nicht vor" in text and "vereinbar mit" not in text


# Planning, offers, participation


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Page]:
    """The pages about planning, and one of a Gemeinde, of a district that keeps no such register."""
    folder = tmp_path_factory.mktemp("leer")
    write_portal(open_release(make_release(folder)), folder)
    names = (PLANS, OFFERS, PARTICIPANTS, f"portal/gemeinde/{BESTADT}.html", "portal/downloads.html")
    return {name: Page((folder / name).read_text(encoding="utf-8")) for name in names}


def _lists(page: Page) -> list[str]:
    return [text.strip() for _, text in page.all("h2")]


def test_what_is_published_comes_first_and_leads_there(pages: dict[str, Page]) -> None:
    page = pages[PLANS]
    assert _lists(page)[0] == "Was der Kreis schon veröffentlicht hat"
    assert _rows(page, "tabelle-veroeffentlicht") == {"Testjugend": ["Testbericht", "2022", "23.11.2023"]}
    assert ("https://example.org/bericht", "Testbericht") in [(attrs["href"], text) for attrs, text in page.all("a")]


def test_the_inventory_and_its_findings_are_those_of_the_report(pages: dict[str, Page], release: Release) -> None:
    found, page = Inventory(release), pages[PLANS]
    cells = {text.strip() for tag in ("td", "th") for _, text in page.all(tag)}
    tables = (found.stock(), found.bases(), found.data(), found.overlaps(), found.suppliers(), found.without_plan(),
              found.order(), found.open_entries())  # fmt: skip
    for table in tables:
        assert {text for row in table.rows for text in row} <= cells, table.title
    rules = [text for (_, _, parents), text in zip(page.elements, page.texts, strict=True) if parents[-1:] == ("ol",)]
    assert len([rule for rule in rules if "Aufwand" in rule or "Nutzen" in rule]) == 2


def test_the_matrix_says_every_letter_in_words_and_names_its_plan(pages: dict[str, Page]) -> None:
    """A01: the first plan delivers it; by its field it may use it as well. T02: the second could deliver it."""
    page = pages[PLANS]
    rows = {head: cells for number in range(1, 7) for head, cells in _rows(page, f"matrix-{number}").items()}
    assert rows["A01 SGB-II-Quote"] == ["Lnliefert, kann nutzen", "knkann liefern, kann nutzen", ""]
    assert rows["T02 Testhäufigkeit"][1] == "knkann liefern, kann nutzen"
    named = [attrs["data-kopf"] for attrs, text in page.all("td") if text.startswith("Ln")]
    assert named == ["Testjugend"]


def test_supply_is_shown_with_its_rate_and_gaps_of_supply_apart_from_gaps_of_data(pages: dict[str, Page]) -> None:
    """95 places for 1,900 people are 5.00 per 100; 132 for 3,300 are 4.00; the Kreis has 227 for 6,600: 3.44."""
    page = pages[OFFERS]
    rows = _rows(page, "tabelle-angebot-vollstationaere-pflege-ab-65")
    assert rows["Adorf"] == ["vollständig", "1", "95", "1\u202f900", "5,00", "Stand 31.12.2023"]
    assert rows["Bestadt"][2:5] == ["132", "3\u202f300", "4,00"] and rows["Landkreis"][2:5] == [
        "227",
        "6\u202f600",
        "3,44",
    ]
    assert rows["Groß-Cehausen"][1] == "–genau null" and rows["Groß-Cehausen"][-1] == "Lücke des Angebots"
    assert _rows(page, "luecken-angebot") == {"Vollstationäre Pflege": ["Menschen ab 65 Jahren", "Groß-Cehausen"]}
    lacking = _rows(page, "luecken-daten")
    assert lacking["Beschäftigung und Qualifizierung"][0] == "Gemeldete Arbeitslose"
    assert "Vollstationäre Pflege" not in lacking


def test_a_map_of_supply_keeps_exactly_none_apart(pages: dict[str, Page]) -> None:
    maps = [text for attrs, text in pages[OFFERS].all("svg") if attrs.get("class") == "map"]
    assert maps and "Vollstationäre Pflege" in maps[0]
    assert re.search(r"Klasse 1: keine Plätze \(1\)", re.sub(r"\s+", " ", pages[OFFERS].german))


def test_participation_says_what_was_given_and_what_became_of_it(pages: dict[str, Page]) -> None:
    page = pages[PARTICIPANTS]
    assert _rows(page, "tabelle-beteiligte")["Testamt für Soziales"][-2:] == ["beteiligt seit 01.02.2023", "2"]
    outcomes = [text.strip() for attrs, text in page.all("td") if attrs.get("data-kopf") == "Was daraus wurde"]
    assert "Aufgenommen (01.03.2023). Der Hinweis steht bei den Grenzen des Indikators." in outcomes
    assert "Nicht aufgenommen (01.06.2023). Die Zahlen lassen keinen Unterschied erkennen." in outcomes
    assert _rows(page, "tabelle-belege")["Auf Zahlen gestützt"] == ["–", "–", "–", "–", "1"]


def test_what_may_not_be_published_stands_nowhere(texts: dict[str, str]) -> None:
    for name, text in texts.items():
        assert "Testschutzhaus" not in text and "vertrauliche Meldung" not in text, name


def test_a_gemeinde_shows_its_offers_and_needs(pages: dict[str, Page]) -> None:
    page = pages[f"portal/gemeinde/{BESTADT}.html"]
    assert _rows(page, "tabelle-angebote")["Testheim am See"][-1] == "60 Plätze"
    assert "Testheim Adorf" not in page.german
    assert _rows(page, "tabelle-bedarf")["Altersgruppen"][0] == "Wege zum Arzt sind zu weit"
    other = pages[f"portal/gemeinde/{CEHAUSEN}.html"]
    assert "ist kein einzelnes Angebot verzeichnet" in other.german
    assert "ist keine Bedarfsmeldung veröffentlicht. Das heißt nicht, dass es keinen Bedarf gibt." in (
        pages[f"portal/gemeinde/{ADORF}.html"].german
    )


def test_without_registers_pages_say_so_and_nothing_is_called_absent(empty: dict[str, Page]) -> None:
    assert "Das Inventar der Fachplanungen ist nicht geführt." in empty[PLANS].german and not empty[PLANS].all("table")
    for name in (OFFERS, f"portal/gemeinde/{BESTADT}.html"):
        assert "Ein Verzeichnis der Angebote wird noch nicht geführt." in empty[name].german, name
        assert "kein Hinweis auf fehlende Angebote" in empty[name].german, name
    for name in (PARTICIPANTS, f"portal/gemeinde/{BESTADT}.html"):
        assert "Das heißt nicht, dass es keinen Bedarf gibt." in empty[name].german, name
    assert "Vorlagen und Berichte" not in empty["portal/downloads.html"].german


def test_papers_are_offered_in_every_format_and_marked_as_draft(pages: dict[str, Page]) -> None:
    page = pages["portal/downloads.html"]
    papers = [re.sub(r"\s+", " ", text).strip() for _, text in page.all("li") if "Entwurf" in text]
    assert papers[0] == (
        "Ausschussvorlage Entwurf Ausschussvorlage, PDF 12 kB · Ausschussvorlage, Text zum Bearbeiten, DOCX 12 kB"
    )
    assert [paper.split(" ")[0] for paper in papers] == ["Ausschussvorlage", "Ressourcenbericht", "Fachplanungsbericht"]


# Archive


def _with(tmp_path: Path, **changes: list[dict[str, Any]]) -> Page:
    frames = release_frames()
    for name, rows in changes.items():
        frames[name] = pl.DataFrame(rows, schema=frames[name].schema)
    write_portal(open_release(write_copy(frames, tmp_path)), tmp_path)
    return Page((tmp_path / "portal" / "archiv.html").read_text(encoding="utf-8"))


def test_the_archive_lists_released_editions_and_marks_replaced_ones(pages: dict[str, Page], release: Release) -> None:
    page = pages["portal/archiv.html"]
    links = [attrs["href"] for attrs, _ in page.all("a") if "archiv/" in attrs["href"]]
    wanted = release.history.sort("report_year", "number", descending=True)
    assert links == [
        f"../../archiv/{year}-{number}/index.html"
        for year, number in wanted.select("report_year", "number").iter_rows()
    ]
    assert "ersetzt durch die 2. Fassung" in page.german
    assert "4,61\u202f%" in page.german and "4,56\u202f%" in page.german and "Testlieferung berichtigt" in page.german


def test_without_a_released_edition_the_archive_says_so(tmp_path: Path) -> None:
    page = _with(tmp_path, history=[], corrections=[])
    assert "Es gibt noch keine freigegebene Fassung." in page.german and "nichts berichtigt" in page.german
    assert not page.all("table")


# Bytes, language, fonts


def test_texts_are_german(pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        assert not ENGLISH.search(page.german), (name, ENGLISH.search(page.german))
        assert "!" not in page.german, name


def test_the_font_files_hold_every_sign_of_the_pages(pages: dict[str, Page]) -> None:
    used = {sign for page in pages.values() for sign in page.german if not sign.isspace() or sign == "\u202f"}
    assert not {sign for sign in used if ord(sign) not in fonts.signs()}


def test_fonts_are_small_and_the_same_every_time(tmp_path: Path, folder: Path) -> None:
    for path in fonts.write_fonts(tmp_path):
        assert path.stat().st_size < 25_000
        assert hashlib.sha256(path.read_bytes()).digest() == (
            hashlib.sha256((folder / "portal" / path.name).read_bytes()).digest()
        )


def test_two_portals_are_equal_byte_for_byte(folder: Path, texts: dict[str, str]) -> None:
    write_portal(open_release(folder / "daten" / "sozialatlas.duckdb"), folder)
    assert {name: (folder / name).read_text(encoding="utf-8") for name in texts} == texts


# Lines of a development


def _series(*values: float | None, first: int = 2018) -> list[dict[str, Any]]:
    return [{"period": str(first + place), "value": value} for place, value in enumerate(values)]


def test_a_line_never_reaches_across_a_break_or_an_absent_value() -> None:
    from pipelines.indicators.trend import parse_breaks

    series = _series(1.0, 2.0, None, 4.0, 5.0, 6.0)
    found = segments(series, parse_breaks("2021/2022: neue Abgrenzung"))
    assert found == [[(2018.0, 1.0), (2019.0, 2.0)], [(2021.0, 4.0)], [(2022.0, 5.0), (2023.0, 6.0)]]


def test_too_few_values_are_not_drawn() -> None:
    assert small_line(_series(1.0, 2.0), None) is None
    line = small_line(_series(1.0, 2.0, 3.0), None)
    assert line and line["path"] == "M3.0,19.0L48.0,11.0L93.0,3.0" and (line["x"], line["y"]) == ("93.0", "3.0")


def test_a_chart_starts_at_zero_and_marks_its_breaks() -> None:
    indicator = {"breaks": "2018/2019: Zensus", "unit": "%"}
    drawn = chart([_series(2.0, 3.0, 4.0)], _series(2.5, 3.5, 3.0), indicator)
    assert drawn and not drawn.scale
    assert drawn and drawn.y_ticks[0][1] == "0" and [label for _, label in drawn.breaks] == ["2018/2019"]
    assert [year for _, year in drawn.x_ticks] == ["2018", "2019", "2020"]
    assert chart([_series(2.0)], [], {"breaks": None, "unit": "%"}) is None


def test_a_flat_chart_is_cut_like_in_the_atlas_and_says_so() -> None:
    drawn = chart([_series(60.0, 61.0, 62.0)], _series(61.0, 61.5, 62.0), {"breaks": None, "unit": "%"})
    assert drawn and drawn.y_ticks[0][1] == "60,0" and drawn.scale == "Skala ab 60,0\u202f%"


def test_the_site_reads_each_indicator_once(release: Release, folder: Path) -> None:
    site = Site(release, folder)
    assert site.area_rows("E01") is site.area_rows("E01")
    assert site.area_rows("E01")["name"].to_list() == list(GEMEINDEN.values())
