"""The pages of atlas and profiles as the documents print them: what stands where, and what must never stand anywhere.

What belongs here: the text of pages from a small release with every status, and the sources in `reports`. What does
not: sentences of single indicators (`test_sentences`), the engine (`test_documents`).
"""

from __future__ import annotations

import io
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import typst
from font_source_sans_pro import font_files_ttf
from PIL import Image

from pipelines import german
from pipelines.figures import style
from pipelines.indicators.trend import Break
from pipelines.publish import pages
from pipelines.publish.copy import write_copy
from pipelines.publish.illustrations import Illustrations
from pipelines.publish.pages import annex, front, levels, parts, series, themes
from pipelines.publish.pages.profile import CORE, _row
from pipelines.publish.qmd import read_document
from pipelines.publish.released import Release, open_release
from pipelines.settings import PROJECT_DIR
from tests.fixtures.release import GEMEINDEN, InMemory, frames_without, release_frames

CENSUS = Break(2010, 2011, "Zensus")

FORBIDDEN = ("schlecht", "Spitzenreiter", "Schlusslicht", "Brennpunkt", "leider", "sozial schwach", "Problem")
# „Höher heißt nicht schlechter“ is the one sentence that may hold such a word: it denies it.
DENIED = ("nicht schlechter", "nicht besser oder schlechter")
ENGLISH = ("value", "none", "NaN", "True", "False", "count", "finished", "reported")
SOURCES = sorted((PROJECT_DIR / "reports").glob("*.qmd")) + sorted((PROJECT_DIR / "reports" / "atlas").glob("*.qmd"))


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return open_release(write_copy(release_frames(), tmp_path_factory.mktemp("freigabe")))


@pytest.fixture(scope="module")
def everything(release: Release) -> dict[str, str]:
    """The text of every kind of page, by the name of the function that makes it."""
    whole: tuple[Callable[[Release], str], ...] = (
        pages.title, pages.imprint, pages.at_a_glance, pages.reading_help, pages.knowledge, pages.planning_areas,
        pages.chapters_without_figures, pages.index_chapter, pages.all_profiles, pages.sheets, pages.source_list,
        pages.checks, pages.corrections,
    )  # fmt: skip
    found = {make.__name__: words(make(release)) for make in whole}
    chapters = release.indicators["chapter"].unique(maintain_order=True)
    return found | {f"chapter {name}": words(pages.chapter(release, name)) for name in chapters}


def words(code: str) -> str:
    """What a page prints and says: the string literals of its calls, without names of files, labels and options."""
    shown = re.sub(r'\b(kennung|karte|art|breite|seite|forms?): "[^"]*"', "", code)
    shown = re.sub(r'\b(leer|schraffur|seite|form)\("[^"]*"', r"\1(", shown)
    shown = re.sub(r'"[^"]*\.(svg|png)"', "", shown)
    return "\n".join(re.findall(r'"((?:[^"\\]|\\.)*)"', shown))


def test_no_page_blames_praises_or_shouts(everything: dict[str, str]) -> None:
    for name, text in everything.items():
        for allowed in DENIED:
            text = text.replace(allowed, "")
        assert not [word for word in FORBIDDEN if word.lower() in text.lower()], name
        assert "!" not in text, name


def test_no_page_shows_english_or_a_value_of_the_program(everything: dict[str, str]) -> None:
    for name in ("at_a_glance", "reading_help", "planning_areas", "all_profiles", "index_chapter", "sheets"):
        found = [word for word in ENGLISH if re.search(rf"(?<![\w.]){word}(?![\w.])", everything[name])]
        assert not found, name


def test_every_status_has_its_sign_and_its_reason(release: Release) -> None:
    code = pages.chapter(release, "Beteiligung")
    for status in ("zero", "secret", "suppressed", "uncertain", "later", "not_applicable", "missing"):
        assert f'leer("{status}")' in code
    assert "Bestadt: vom Herausgeber geheim gehalten" in code
    assert "Groß-Cehausen: aus Datenschutzgründen nicht ausgewiesen" in code
    for count in ('("missing", "keine Angabe", "–"', '("suppressed", "nicht ausgewiesen", "1"'):
        assert count in code


def test_a_limited_value_stands_in_brackets(release: Release) -> None:
    assert "(8,05)" in pages.chapter(release, "Einkommen und Wohnen")


def test_estimated_and_pooled_values_are_named(release: Release) -> None:
    text = words(pages.chapter(release, "Beteiligung"))
    assert "mehrere Jahre zusammen" in text
    assert "geschätzter Wert" in text


def test_every_gemeinde_has_a_profile_of_the_same_rows(release: Release) -> None:
    texts = [pages.profile(release, area_id) for area_id in release.gemeinden["area_id"]]
    names = [re.findall(r'"name": "([^"]*)"', text) for text in texts]
    assert names[0] and all(found == names[0] for found in names)
    assert all(text.count("neue-seite") == 1 for text in texts)


def test_no_profile_names_another_gemeinde(release: Release) -> None:
    for area_id, name in GEMEINDEN.items():
        text = words(pages.profile(release, area_id))
        assert name in text
        assert not [other for other in GEMEINDEN.values() if other != name and other in text]


def test_the_register_names_every_gemeinde_with_a_page(release: Release) -> None:
    code = pages.all_profiles(release)
    for area_id, name in GEMEINDEN.items():
        assert f'seite("gebiet-{area_id}")' in code
        assert name in code


def test_what_is_missing_names_who_can_deliver(release: Release) -> None:
    text = words(pages.knowledge(release))
    assert "Statistik der Bundesagentur für Arbeit; Jobcenter" in text
    assert front.GAP_NOTE in text


def test_values_of_the_kreis_alone_stay_there(release: Release) -> None:
    text = words(pages.chapters_without_figures(release))
    assert "Abgänge ohne Hauptschulabschluss" in text
    assert not [name for name in GEMEINDEN.values() if name in text]


def test_finished_values_are_left_out_of_the_sozialraeume(release: Release) -> None:
    text = words(levels.rooms(release, ["E01", "W05"], new_page=True))
    assert "Beispielraum 1 bis 2 (Beispielzuschnitt)" in text
    assert "lassen sich nicht" not in text.split("Ohne Wert")[0]
    assert text.endswith("eigene Berechnung.") and "Nettokaltmiete" in text.split("Ohne Wert der Sozialräume")[1]


def test_the_last_column_tells_what_was_tested(release: Release) -> None:
    assert themes._development(release, "E01") == "difference"
    assert themes._development(release, "D04") is None
    text = words(pages.chapter(release, "Bevölkerung"))
    assert "Entwicklung nicht prüfbar: nur ein Zeitpunkt." in text
    assert "nicht prüfbar" not in text.replace("Entwicklung nicht prüfbar: nur ein", "").replace("Ohne Spanne", "")


def test_a_withheld_trend_is_not_told_as_too_short(tmp_path: Path) -> None:
    frames = release_frames()
    trend = frames["trend"].with_columns(
        pl.lit(None, pl.Float64).alias("difference"),
        pl.lit("nicht prüfbar").alias("trend"),
        pl.lit("Aus Datenschutzgründen nicht ausgewiesen.").alias("reason"),
    )
    found = open_release(write_copy({**frames, "trend": trend}, tmp_path))
    text = words(pages.chapter(found, "Erwerb"))
    assert "Entwicklung nicht prüfbar: aus Datenschutzgründen nicht ausgewiesen." in text
    assert "zu wenige" not in text


def test_areas_that_share_a_reason_are_told_once() -> None:
    def reasons(names: str, *texts: str) -> list[str]:
        rows = [{"name": n, "reason": r, "status": "missing"} for n, r in zip(names, texts, strict=True)]
        return themes._reasons(rows, total=5)

    assert reasons("ABCDE", *["nicht geliefert."] * 5) == ["alle fünf Gemeinden: nicht geliefert"]
    assert reasons("ABCD", *["x"] * 4) == ["A, B und zwei weitere: x"]
    assert reasons("ABC", "x", "y", "x") == ["A und C: x", "B: y"]


def test_an_indicator_without_any_period_still_gives_its_reason(tmp_path: Path) -> None:
    frames, chosen = release_frames(), pl.col("indicator_id") == "D04"
    nothing = [pl.when(~chosen).then(pl.col(name)).alias(name) for name in ("value", "numerator", "denominator")]
    reason = pl.when(chosen).then(pl.lit("Zahlen beginnen erst 2024.")).otherwise(pl.col("reason")).alias("reason")
    period = pl.when(~chosen).then(pl.col("latest_period")).alias("latest_period")
    changed = {"values": frames["values"].with_columns(*nothing, reason)}
    changed["indicators"] = frames["indicators"].with_columns(period)
    found = open_release(write_copy({**frames, **changed}, tmp_path))
    assert themes._below(found, "D04")[0] == "Ohne Wert – alle drei Gemeinden: Zahlen beginnen erst 2024."


def test_what_is_withheld_everywhere_has_a_line_and_no_empty_pages() -> None:
    """An office delivered, nothing may be shown: a map and a table of signs for each would fill an atlas."""
    code = pages.chapter(InMemory(frames_without("E08")), "Erwerb")
    assert "ind-E01" in code and "ind-E08" not in code
    listed = words(code).split("Geliefert, aber nicht ausgewiesen")[0].rpartition("Ohne Zahlen")[2]
    assert "Die Quelle ist nicht veröffentlicht." in listed and "Beschäftigte ohne Berufsabschluss" in listed


def test_chapters_without_a_source_come_only_with_figures() -> None:
    frames = release_frames()
    assert "# Erwerb\n" in pages.further_chapters(InMemory(frames))
    chapters = pl.col("chapter").is_in([*themes.WITH_SOURCE, "Bildung", "Materielle Lage"])
    frames["indicators"] = frames["indicators"].filter(chapters)
    assert pages.further_chapters(InMemory(frames)) == ""


@pytest.mark.parametrize(
    ("theme", "held", "said"),
    [
        ("qualifikation", (), "Eine Zahl zu Armut gibt es auf der Ebene der Gemeinden bisher nicht."),
        ("sgb2", (), "Zahlen zu Leistungen gegen Armut stehen im Kapitel „Erwerb“."),
        ("sgb2", ("E08",), "für die Gemeinden geliefert, aber aus Datenschutzgründen nicht ausgewiesen."),
    ],
    ids=["none", "delivered", "withheld"],
)
def test_what_is_said_of_poverty_follows_from_the_figures(theme: str, held: tuple[str, ...], said: str) -> None:
    frames = frames_without(*held)
    of_theme = pl.when(pl.col("indicator_id") == "E08").then(pl.lit(theme)).otherwise(pl.col("theme_id"))
    frames["indicators"] = frames["indicators"].with_columns(of_theme.alias("theme_id"))
    assert said in pages.income_opening(InMemory(frames))


def test_less_than_all_runs_is_never_told_as_all() -> None:
    shown = [german.stability_text(share).replace("\u202f", " ") for share in (1.0, 0.9986, 0.995, 0.9949, 0.58)]
    assert shown == ["100 %", "über 99 %", "über 99 %", "99 %", "58 %"]


def test_the_sign_for_nought_never_stands_for_none(release: Release) -> None:
    for make in (pages.at_a_glance, pages.planning_areas):
        assert '"–"' not in make(release)
    table = pages.index_chapter(release).split("neue-seite")[1:]
    assert len(table) == 2 and '"–"' not in "".join(table)
    assert '"keine"' in table[0]


def test_a_column_of_counts_has_the_same_decimals_in_every_row() -> None:
    rows = [{"numerator": 3.0, "denominator": 15.77}, {"numerator": None, "denominator": 28.0}]
    assert [parts.count_decimals(rows, part) for part in ("numerator", "denominator")] == [0, 2]
    row = {"value": 1.0, "status": "reported", "denominator": 28.0}
    assert parts.count_cell(row, "denominator", 2) == "28,00" and parts.count_cell(row, "denominator") == "28"


def test_units_open_a_subtitle_in_words() -> None:
    sheet = {"denominator_text": None, "polarity": 0}
    found = [themes._map_subtitle({**sheet, "unit": unit}) for unit in ("%", "m²", "€/m²", "je 1000", "Räume")]
    assert [text.partition(",")[0] for text in found] == [
        "In Prozent",
        "In m²",
        "In Euro je m²",
        "Je 1\u202f000",
        "Räume",
    ]


def test_values_of_sozialraeume_stand_beside_a_map_of_them(release: Release) -> None:
    code = levels.rooms(release, ["E01"], new_page=True)
    assert 'lage: ("abbildungen/sozialraeume-lage.svg", "Lagekarte: Beispielraum 1 und Beispielraum 2 ' in code
    assert "sozialraeume-lage.svg" in [picture.name for picture in Illustrations(release).all()]


def test_a_profile_compares_twelve_to_sixteen_indicators_each_on_its_own_scale(release: Release) -> None:
    assert 12 <= len(CORE) <= 16
    row = _row(release, next(iter(GEMEINDEN)), "E01")
    assert row["lage"]["min"] <= row["lage"]["q1"] <= row["lage"]["q3"] <= row["lage"]["max"]
    assert row["lage"]["kreis"] == release.value("E01", release.kreis_id)["value"]
    assert _row(release, next(iter(GEMEINDEN)), "W05")["lage"] is None, "no value of the Kreis, words instead"


def test_long_series_have_a_page_with_a_panel_for_every_gemeinde(tmp_path: Path) -> None:
    frames = release_frames()
    chosen = frames["values"].filter(indicator_id="E01", period="2021")
    years = [chosen.with_columns(period=pl.lit(str(year))) for year in range(2001, 2012)]
    found = open_release(write_copy({**frames, "values": pl.concat([frames["values"], *years])}, tmp_path))
    code = pages.chapter(found, "Erwerb")
    assert code.count("E01-felder.svg") == code.count("E01-reihe.svg") == 1
    assert "Jedes Feld zeigt eine Gemeinde" in code


def test_trends_stand_there_where_no_difference_was_computed(tmp_path: Path) -> None:
    frames = release_frames()
    trend = frames["trend"].with_columns(
        pl.lit(None, pl.Float64).alias("difference"),
        pl.lit(None, pl.String).alias("change"),
        pl.lit("steigend").alias("trend"),
    )
    found = open_release(write_copy({**frames, "trend": trend}, tmp_path))
    assert themes._development(found, "E01") == "trend"
    assert words(pages.chapter(found, "Erwerb")).count("steigend") >= len(GEMEINDEN)


def test_the_difference_of_shares_counts_percentage_points() -> None:
    assert parts.difference_unit({"unit": "%"}) == "Prozentp."
    assert parts.difference_unit({"unit": "€"}) == "€"


@pytest.mark.parametrize(
    ("breaks", "expected"),
    [
        ([], ["2001", "2003", "2006", "2008", "2011", "2013", "2016", "2021"]),
        ([CENSUS], ["2001", "2003", "2006", "2008", "2010", "2011", "2016", "2021"]),
    ],
)
def test_a_table_of_years_holds_both_sides_of_a_break(breaks: list[Break], expected: list[str]) -> None:
    periods = [str(year) for year in range(2001, 2022)]
    assert series._chosen(periods, breaks) == expected


def test_a_break_is_ruled_behind_the_last_year_before_it() -> None:
    assert series._break_columns(["2001", "2010", "2011", "2021"], [CENSUS]) == [2]
    assert series._break_columns(["2011", "2021"], [CENSUS]) == []


def test_ages_follow_from_released_shares_and_sum_to_all(tmp_path: Path) -> None:
    frames = release_frames()
    sheets, values = frames["indicators"], frames["values"]
    for new, factor in (("N01", 0.25), ("D03e", 0.6)):
        sheets = pl.concat([sheets, sheets.filter(indicator_id="D04").with_columns(pl.lit(new).alias("indicator_id"))])
        rows = values.filter(indicator_id="D04").with_columns(
            pl.lit(new).alias("indicator_id"), pl.col("value") * factor
        )
        values = pl.concat([values, rows])
    found = open_release(write_copy({**frames, "indicators": sheets, "values": values}, tmp_path))
    ages = Illustrations(found).ages(next(iter(GEMEINDEN)))
    assert [row["group"] for row in ages] == ["0 bis 5", "6 bis 14", "15 bis 64", "65 und älter"]
    assert sum(row["value"] for row in ages) == pytest.approx(100)
    assert ages[3]["value"] == found.value("D04", next(iter(GEMEINDEN)))["value"]


def test_an_edition_without_age_shares_draws_no_ages(release: Release) -> None:
    assert Illustrations(release).age_bars(next(iter(GEMEINDEN))) is None


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_sources_hold_no_figure_that_should_be_computed(source: Path) -> None:
    """No counts, shares, amounts or years in the running text; numbers of laws, norms and publications may stand."""
    text = re.sub(r"```.*?```|<!--.*?-->", "", source.read_text(encoding="utf-8"), flags=re.DOTALL)
    text = text.split("## Nachweise")[0]
    text = re.sub(r"\([^()]*\b(1[89]|20)\d\d[^()]*\)", "", text)  # (Wilson 1927; Newcombe 1998)
    for kept in ("PDF/UA-1", "PDF/A-2a", "95 %", "Zensus 2022", "„2., korrigierte Fassung“"):
        text = text.replace(kept, "")
    text = re.sub(r"(unter|ab) 10 Ereignissen|\bab fünf\b", "", text)
    assert not re.findall(r"\d+", text), re.findall(r".*\d+.*", text)


def test_every_source_reads_as_a_document() -> None:
    assert read_document(PROJECT_DIR / "reports" / "atlas.qmd").pieces
    assert read_document(PROJECT_DIR / "reports" / "profile.qmd").pieces


def test_an_example_partition_stands_below_its_map(release: Release) -> None:
    code = pages.planning_areas(release)
    assert (
        code.index("planungsraeume.svg") < code.index("Gemeinden der Sozialräume") < code.index("Städte und Gemeinden")
    )


@pytest.mark.parametrize(
    ("changes", "said", "unsaid"),
    [
        (["Zunahme", "Abnahme"], "keine erkennbare Veränderung", "ohne Zeichen"),
        (["Zunahme", None], "ohne Zeichen: nicht geprüft", "Ohne Prüfung"),
        ([None, None], "Ohne Prüfung.", "Zunahme"),
    ],
)
def test_a_legend_explains_the_signs_that_occur(changes: list[str | None], said: str, unsaid: str) -> None:
    text = str(parts.change_legend("seit 2013.", changes))
    assert said in text and unsaid not in text


def test_a_change_has_a_place_for_its_sign_where_the_column_has_signs() -> None:
    row = {"difference": -1.5, "change": None}
    assert parts.change_cell(row, 1, signs=False) == "−1,5"
    assert "mit-zeichen" in str(parts.change_cell(row, 1))
    assert parts.change_cell(None, 1) == "nicht prüfbar"


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("-0,043 Prozent", "−0,043 Prozent"),
        ("3650", "3\u202f650"),
        ("Stand 2023-12-31", "Stand 31.12.2023"),
        ("Tabelle 12411-01-01-5", "Tabelle 12411-01-01-5"),
    ],
)
def test_checks_are_told_with_german_numbers(text: str, printed: str) -> None:
    assert annex.shown(text) == printed


def _source(folder: Path, code: str) -> tuple[str, dict[str, Any]]:
    """A document in the project's theme, and how to compile it; `code` is Typst."""
    shutil.copytree(PROJECT_DIR / "reports" / "theme", folder / "theme")
    source = folder / "blatt.typ"
    source.write_text(f'#import "theme/atlas.typ": *\n#show: dokument.with(titel: "Blatt")\n{code}', encoding="utf-8")
    fonts = sorted({str(Path(path).parent) for path in font_files_ttf.values()})
    return str(source), {"root": str(folder), "font_paths": fonts, "ignore_system_fonts": True}


def _sheets(folder: Path, code: str) -> list[Image.Image]:
    """The pages of a document, a pixel per point."""
    source, options = _source(folder, code)
    pages = typst.compile(source, format="png", ppi=72, **options)
    return [Image.open(io.BytesIO(page)).convert("RGB") for page in (pages if isinstance(pages, list) else [pages])]


def test_a_short_annex_shares_its_page_and_the_number_of_pages_is_true(tmp_path: Path) -> None:
    """The layout must come to rest: what head, foot and contents say is of the last round."""
    code = "= Kapitel\n#show: anhang\n= Lang\n#lorem(550)\n= Kurz\nText\n= Folgt\n#lorem(550)\n= Neue Seite\n"
    places = "query(heading.where(level: 1)).map(found => found.location().page())"
    told = f"#context [#metadata((seiten: {places}, alle: counter(page).final().first()))<ort>]"
    source, options = _source(tmp_path, f"#inhalt()\n{code}{told}")
    found = json.loads(typst.query(source, "<ort>", field="value", one=True, **options))
    assert found == {"seiten": [1, 2, 3, 4, 4, 5], "alle": 5}, "only the one after the short annex begins no page"


def test_a_long_word_stays_in_the_column_of_its_sheet(tmp_path: Path) -> None:
    name = "Beschäftigungsquote (sozialversicherungspflichtig, Wohnort)"
    code = f'#indikatorblatt("E06", "{name}", frage: "Wie viele?", felder: (("Zähler", "Menschen"),), ebene: 2)'
    sheet = _sheets(tmp_path, code)[0]
    pt = 72 / 25.4
    rows = np.asarray(sheet)[int(30 * pt) : int(60 * pt)]
    title, between = rows[:, int(18 * pt) : int(72 * pt)], rows[:, int(73 * pt) : int(76 * pt)]
    assert title.min() < 128 and between.min() == 255


def test_a_table_that_goes_on_names_its_group_again(tmp_path: Path) -> None:
    rows = '(gruppe: "Thema"), ' + '("Zeile",), ' * 70
    code = f'#tabelle(spalten: ((titel: "Kopf", breite: 1fr),), zeilen: ({rows}))'
    sheets = _sheets(tmp_path, code)
    accent = np.array([int(style.ACCENT[at : at + 2], 16) for at in (1, 3, 5)])
    assert len(sheets) == 2
    for sheet in sheets:
        assert np.abs(np.asarray(sheet).astype(int) - accent).sum(axis=2).min() < 60, "the colour of its name"
