"""Every form, filled with Testdaten for all Gemeinden of the miniature district, on its whole way: written, filled in,
checked, taken in, run. Figures arrive in `indicators.values` as a hand would compute them; what an office publishes is
shown, and of the others no output holds a number.

What belongs here: that way, in one edition for all. What does not: single rules of forms (`tests/unit/forms`). Nothing
is shipped: all of it lies in temporary folders.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
import polars as pl
import pytest
from district import edit_sheet, write_district
from fixtures.forms import filled
from pdf import spoken

from assets.run import ATLAS, run_job
from pipelines.forms.definition import Form, forms
from pipelines.forms.intake import take_in
from pipelines.publish.pages.themes import WITH_SOURCE
from pipelines.publish.papers import REPORTS
from pipelines.settings import Settings, load_settings

DAY, YEAR = "2023-06-15", 2022
Filled = dict[tuple[str, int], dict[tuple[str, str], Any]]
OFFICIAL = "amtlich"
# Indicator: numerator (form, column), denominator (form, year, column) or an official item with its day, factor
FORMULAS: dict[str, tuple[tuple[str, str], tuple[str, Any, str], float]] = {
    "A01": (("kreisagentur", "KFB-LB"), ("meldewesen", 2022, "ME-BRA"), 100),
    "A02": (("kreisagentur", "KFB-LB15"), ("meldewesen", 2022, "ME-U15"), 100),
    "A03": (("kreisagentur", "KFB-LB18"), ("meldewesen", 2022, "ME-U18"), 100),
    "A04": (("kreisagentur", "KFB-ELB25"), ("meldewesen", 2022, "ME-15"), 100),
    "A05": (("kreisagentur", "KFB-BGAE"), ("meldewesen", 2022, "ME-HHAE"), 100),
    "A06": (("sozialamt", "SO-GSA"), ("meldewesen", 2022, "ME-ARA"), 100),
    "A07": (("sozialamt", "SO-GSE"), ("meldewesen", 2022, "ME-18RA"), 100),
    "A11": (("wohnraum", "WR-WG"), ("meldewesen", 2022, "ME-HH"), 1000),
    "A12": (("kreisagentur", "KFB-BUT"), ("kreisagentur", 2022, "KFB-BUTA"), 100),
    "E09": (("ba_beschaeftigung", "BA-AGB"), (OFFICIAL, "2021-12-31", "alter:15-64"), 100),
    "E10": (("kreisagentur", "KFB-ELBE"), ("kreisagentur", 2022, "KFB-ELB"), 100),
    "B01": (("kita", "KI-U3"), ("meldewesen", 2021, "ME-U3"), 100),
    "B02": (("kita", "KI-3"), ("meldewesen", 2021, "ME-3"), 100),
    "B04": (("kita", "KI-FS"), ("kita", 2022, "KI-ALLE"), 100),
    "B05": (("gesundheitsamt", "SEU-S"), ("gesundheitsamt", 2022, "SEU-U"), 100),
    "B06": (("schulamt", "SC-UEG"), ("schulamt", 2022, "SC-UE"), 100),
    "B09": (("schulamt", "SC-LSE"), ("schulamt", 2022, "SC-SUS"), 100),
    "W06": (("wohnraum", "WR-GB"), ("meldewesen", 2022, "ME-HH"), 1000),
    "W07": (("wohnraum", "WR-WL"), (OFFICIAL, "2021-12-31", "insgesamt"), 10000),
    "G02": (("sozialamt", "SO-PB"), ("sozialamt", 2022, "SO-PBE"), 1),
    "G03": (("angebote", "AN-PP"), ("meldewesen", 2022, "ME-75"), 1000),
    "G04": (("sozialamt", "SO-HZP"), ("meldewesen", 2022, "ME-65"), 1000),
    "G06": (("versorgungsamt", "VA-SB"), (OFFICIAL, "2022-12-31", "insgesamt"), 1000),
    "G09": (("gesundheitsamt", "SEU-G"), ("gesundheitsamt", 2022, "SEU-U"), 100),
    "G10": (("gesundheitsamt", "SEU-M"), ("gesundheitsamt", 2022, "SEU-I"), 100),
    "G11": (("angebote", "AN-HA"), (OFFICIAL, "2022-12-31", "insgesamt"), 100000),
    "J01": (("jugendamt", "JA-HZE"), ("meldewesen", 2022, "ME-U21"), 1000),
    "J02": (("jugendamt", "JA-STAT"), ("meldewesen", 2022, "ME-U18"), 1000),
    "J03": (("jugendamt", "JA-8A"), ("meldewesen", 2022, "ME-U18"), 1000),
    "J04": (("jugendamt", "JA-42"), ("meldewesen", 2022, "ME-U18"), 1000),
    "J05": (("jugendamt", "JA-35A"), ("meldewesen", 2022, "ME-U21"), 1000),
    "J06": (("jugendamt", "JA-UVG"), ("meldewesen", 2022, "ME-U18"), 100),
    "J07": (("jugendamt", "JA-JGH"), ("meldewesen", 2022, "ME-14"), 1000),
}
KREIS_KEPT = ("B01",)  # what is published for the Kreis stays, and goes before the sum of its Gemeinden
FORM_YEARS = [("meldewesen", 2021), *((key, YEAR) for key in forms())]
# Offices that publish what they deliver, and the indicators that rest on nothing else: these are shown
PUBLISHED = ("gesundheitsamt", "kita", "schulamt")
SHOWN = ("B04", "B05", "B06", "B09", "G09", "G10")
MARK, STEP = 7_654_321, 1009  # figures nobody could print by chance
PARTS = ("06999001", "06999002", "06999003")
# What is divided by the population of the miniature district must be smaller than it, and cannot be told from chance
SMALL = {"BA-AGB": 321, "VA-SB": 322, "WR-WL": 323}


@dataclass(frozen=True)
class Delivered:
    """A whole edition of a district whose forms were taken in; what had been filled in, and what nobody may be told."""

    settings: Settings
    filled: Filled
    told: set[int]

    def table(self, name: str) -> pl.DataFrame:
        with duckdb.connect(str(self.settings.warehouse), read_only=True) as connection:
            return connection.sql(f"from {name}").pl()


def marked(key: str, year: int) -> dict[tuple[str, str], float]:
    """Figures for a form that keep its rules and are unlike any other number; those of the register are the largest."""
    form = forms()[key]
    base = MARK + STEP * (len(FORM_YEARS) + year if key == "meldewesen" else FORM_YEARS.index((key, year)))
    depth = {item.code: _depth(form, item.code) for item in form.items}
    values: dict[tuple[str, str], float] = {}
    for number, area in enumerate(PARTS):
        for item in form.items:
            values[area, item.code] = SMALL.get(item.code, base + 13 * number - depth[item.code])
        for total, parts in reversed(form.sums):  # the inner sum before the outer one
            values[area, total] = sum(values[area, part] for part in parts)
    return values | {("06999", item.code): sum(values[area, item.code] for area in PARTS) for item in form.items}


def _depth(form: Form, code: str) -> int:
    above = form.item(code).part_of
    return 0 if above is None else 1 + _depth(form, above)


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    """The miniature district with a delivery of every office, some of them published, up to its documents."""
    folder = tmp_path_factory.mktemp("formulare")
    settings = load_settings(write_district(folder / "daten"), folder / "aus")
    told: set[int] = set()
    given: Filled = {}
    for key, year in FORM_YEARS:
        said = "ja" if key in PUBLISHED else "nein"
        path, _, values = filled(settings, folder, key, year, values=marked(key, year), published=said)
        outcome = take_in(settings, path, DAY)
        assert outcome.accepted is not None and outcome.accepted.new, outcome.findings
        given[key, year] = values
        if key not in PUBLISHED:
            told |= {int(value) for value in values.values() if value > MARK}
    edit_sheet(settings.data_dir / "kreis.yml", lambda kreis: kreis["quellen"].extend(forms()))
    settings = load_settings(settings.data_dir, settings.out_dir)
    run_job(settings, ATLAS)
    return Delivered(settings, given, told)


def official(delivered: Delivered, item: str, day: str) -> dict[str, float]:
    """Population of the shipped deliveries by Gemeinde."""
    rows = delivered.table("curated.merkmale").filter(
        pl.col("preferred"), merkmal="bevoelkerung", auspraegung=item, stichtag=day, area_level="gemeinde"
    )
    return dict(rows.select("area_id", "wert").iter_rows())


def test_every_indicator_that_only_offices_can_bring_has_a_form() -> None:
    """The catalogue of indicators of access C and D as the project knows it: those that wait for an office."""
    from pipelines.indicators.catalogue import load_catalogue

    items = {(item.merkmal, item.auspraegung) for form in forms().values() for item in form.items}
    brought = {
        entry.indicator_id
        for entry in load_catalogue()
        if entry.awaited and any((one.merkmal, one.auspraegung) in items for one in entry.awaited.numerator)
    }
    assert brought == set(FORMULAS)


@pytest.mark.parametrize("indicator", FORMULAS)
def test_it_arrives_as_a_hand_would_compute_it(indicator: str, delivered: Delivered) -> None:
    (key, code), (form, at, below), factor = FORMULAS[indicator]
    top = delivered.filled[key, YEAR]
    base = official(delivered, below, at) if form == OFFICIAL else None
    values = delivered.table("indicators.values").filter(indicator_id=indicator, area_level="gemeinde")
    found = {row["area_id"]: row for row in values.iter_rows(named=True) if row["period"].startswith(str(YEAR))}
    assert set(found) == set(PARTS)
    for area, row in found.items():
        bottom = base[area] if base is not None else delivered.filled[form, at][area, below]
        assert row["numerator"] == pytest.approx(top[area, code]), area
        assert row["denominator"] == pytest.approx(bottom), area
        assert row["value"] == pytest.approx(factor * top[area, code] / bottom), area
        assert row["status"] == "reported" and key in row["source_ids"].split(";")


@pytest.mark.parametrize("indicator", sorted(set(FORMULAS) - set(KREIS_KEPT)))
def test_the_kreis_is_the_sum_of_its_gemeinden(indicator: str, delivered: Delivered) -> None:
    (key, code), _, factor = FORMULAS[indicator]
    values = delivered.table("indicators.values").filter(pl.col("period").str.starts_with(str(YEAR)))
    values = values.filter(indicator_id=indicator)
    kreis = values.filter(area_level="kreis").row(0, named=True)
    parts = values.filter(area_level="gemeinde")
    assert kreis["numerator"] == pytest.approx(parts["numerator"].sum())
    assert kreis["value"] == pytest.approx(factor * parts["numerator"].sum() / parts["denominator"].sum())
    assert kreis["numerator"] == pytest.approx(delivered.filled[key, YEAR]["06999", code])


@pytest.mark.parametrize("indicator", KREIS_KEPT)
def test_a_published_figure_of_the_kreis_stays(indicator: str, delivered: Delivered) -> None:
    released = delivered.table("release.values").filter(indicator_id=indicator, area_level="kreis")
    before = released.filter(source_ids="inkar_kreis")
    assert before.height > 0 and set(before["status"]) == {"reported"}
    origin = delivered.table("release.provenance").filter(indicator_id=indicator, area_id="06999")
    assert set(origin["period"]) == set(before["period"]) and set(origin["source_id"]) == {"inkar_kreis"}


def test_nothing_of_an_unpublished_delivery_is_released(delivered: Delivered) -> None:
    withheld = sorted(set(FORMULAS) - set(SHOWN))
    released = delivered.table("release.values").filter(
        pl.col("indicator_id").is_in(withheld), pl.col("period").str.starts_with(str(YEAR))
    )
    released = released.filter(~(pl.col("indicator_id").is_in(KREIS_KEPT) & (pl.col("area_level") == "kreis")))
    assert released.height > len(PARTS) * len(withheld)
    assert set(released["status"]) == {"suppressed"}
    assert released["reason"].str.starts_with("Aus Datenschutzgründen nicht ausgewiesen").all()
    for column in ("value", "lower", "upper", "numerator", "denominator"):
        assert released[column].null_count() == released.height


@pytest.mark.parametrize("indicator", SHOWN)
def test_what_an_office_publishes_is_shown_whole(indicator: str, delivered: Delivered) -> None:
    """For every Gemeinde and the Kreis, marked as Testdaten, on the page and on the map of the indicator."""
    (key, code), (form, at, below), factor = FORMULAS[indicator]
    released = delivered.table("release.values").filter(pl.col("period").str.starts_with(str(YEAR)))
    found = {row["area_id"]: row for row in released.filter(indicator_id=indicator).iter_rows(named=True)}
    for area in (*PARTS, "06999"):
        wanted = factor * delivered.filled[key, YEAR][area, code] / delivered.filled[form, at][area, below]
        assert found[area]["status"] == "reported" and found[area]["value"] == pytest.approx(wanted)
        assert found[area]["source_ids"] == key
    page = (delivered.settings.output_dir / "portal" / "indikator" / f"{indicator}.html").read_text(encoding="utf-8")
    assert "Testdaten" in page and "aus Datenschutzgründen nicht ausgewiesen (0)" in page


def test_the_atlas_has_a_chapter_for_what_was_delivered(delivered: Delivered) -> None:
    """Chapters without a source of their own come to life; the list of those that have one is the true one."""
    text = "".join(spoken(delivered.settings.output_dir / f"sozialatlas-{YEAR}.pdf").split())
    for heading in ("BildungundBetreuung", "GesundheitundPflege"):
        assert f"{heading}IndiesemKapitel" in text
    sources = "".join(path.read_text(encoding="utf-8") for path in sorted((REPORTS / "atlas").glob("*.qmd")))
    assert sorted(re.findall(r'pages\.chapter\(release, "([^"]+)"\)', sources)) == sorted(WITH_SOURCE)


def test_every_figure_leads_back_to_the_cell_of_its_form(delivered: Delivered) -> None:
    origin = delivered.table("indicators.provenance").filter(
        indicator_id="A01", area_id="06999001", period=f"{YEAR}-12-31", role="Zähler"
    )
    row = origin.row(0, named=True)
    assert row["file"] == "kreisagentur/2022-L01/kreisagentur-2022.xlsx"
    assert (row["row"], row["place"]) == (8, "C")


# ------------------------------------------------------------------------------------------------ no output holds one
def written(settings: Settings) -> Iterator[tuple[str, str]]:
    """Every file of the edition as text: packed parts unpacked, pages spoken, tables as CSV."""
    for path in sorted(settings.output_dir.rglob("*")):
        if path.suffix == ".pdf":
            yield path.name, spoken(path)
        elif path.suffix in (".xlsx", ".docx", ".zip"):
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    yield f"{path.name} {name}", archive.read(name).decode("utf-8", errors="replace")
        elif path.suffix == ".parquet":
            yield path.name, pl.read_parquet(path).write_csv()
        elif path.suffix == ".duckdb":
            with duckdb.connect(str(path), read_only=True) as connection:
                names = connection.sql("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
                for (name,) in names:
                    rows = connection.sql(f"from {name}").fetchall()
                    yield f"{path.name} {name}", "\n".join(str(cell) for row in rows for cell in row)
        elif path.is_file():
            yield path.name, path.read_bytes().decode("utf-8", errors="replace")


def test_no_number_of_an_unpublished_form_is_in_any_output(delivered: Delivered) -> None:
    settings, told = delivered.settings, delivered.told
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        inside = {
            int(value)
            for (value,) in connection.sql("select wert from curated.merkmale where wert > 7654000").fetchall()
        }
    assert told <= inside and len(told) > 50  # they did reach the inside
    looked = 0
    for name, text in written(settings):
        looked += 1
        digits = re.sub(r"(?<=[0-9])[.,'\u00a0\u202f\u2009 ](?=[0-9]{3}(?![0-9]))", "", text)
        for source in (text, digits):
            found = {int(number) for number in re.findall(r"(?<![0-9a-f])[0-9]{7,9}(?![0-9a-f])", source)} & told
            assert not found, (name, sorted(found)[:3])
    assert looked > 100


def test_the_edition_says_that_the_figures_are_withheld(delivered: Delivered) -> None:
    settings = delivered.settings
    released = pl.read_parquet(settings.output_dir / "daten" / "values.parquet")
    withheld = sorted(set(FORMULAS) - set(SHOWN))
    brought = released.filter(pl.col("indicator_id").is_in(withheld), area_level="gemeinde")
    assert set(brought["indicator_id"]) == set(withheld) and set(brought["status"]) == {"suppressed"}
    page = (settings.output_dir / "portal" / "indikator" / "A01.html").read_text(encoding="utf-8")
    assert "nicht ausgewiesen" in page
