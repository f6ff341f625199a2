"""Indicators without figures come alive with the delivery that brings their items, and stay missing until then."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from district import write_district, write_official
from fixtures.formats import ba_kommunal

from pipelines.geography.areas import build_areas
from pipelines.indicators.catalogue import catalogue_frame, catalogue_of, load_catalogue
from pipelines.indicators.provenance import build_provenance
from pipelines.indicators.rates import build_values
from pipelines.readers import read_gemeinden, read_source, read_sozialraeume
from pipelines.settings import load_settings
from pipelines.sources.registry import all_deliveries
from tests.fixtures.harmonised import build_merkmale

YEAR = 2022
GEMEINDEN = {"06999001": "Adorf", "06999002": "Bestadt, Stadt", "06999003": "Groß-Cehausen"}
BROUGHT = ("I03", "N22", "N23", "N24", "N25")
ITEM = "arbeitslose_jahresdurchschnitt"


def tables(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    settings = load_settings(folder)
    gemeinden = read_gemeinden(settings)
    areas, members = build_areas(gemeinden, read_sozialraeume(settings, gemeinden), settings.kreis)
    raw = {source: read_source(settings, source, gemeinden) for source in settings.kreis.sources}
    return build_merkmale(raw, areas, all_deliveries(folder, settings.kreis))[0], areas, members


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    return tables(write_district(tmp_path_factory.mktemp("vorher")))


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    folder = write_district(tmp_path_factory.mktemp("nachher"))
    workbooks = {
        f"Arbeitsmarkt-kommunal_{key}.xlsx": ("ba_kommunal", ba_kommunal.packed(ba_kommunal.workbook(key, name)))
        for key, name in GEMEINDEN.items()
    }
    write_official(folder, "arbeitsmarkt_kommunal", "2024", workbooks)
    return tables(folder)


def values(given: tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame], indicator: str) -> pl.DataFrame:
    merkmale, areas, members = given
    entries = [entry for entry in catalogue_of(merkmale) if entry.indicator_id == indicator]
    return build_values(merkmale, areas, members, entries, YEAR)


@pytest.mark.parametrize("indicator", BROUGHT)
def test_an_indicator_is_missing_with_its_reason_until_the_file_is_there(indicator: str, before) -> None:
    found = values(before, indicator)
    (entry,) = (one for one in load_catalogue() if one.indicator_id == indicator)
    assert set(found["status"]) == {"missing"} and set(found["reason"]) == {entry.missing_reason}


@pytest.mark.parametrize("indicator", BROUGHT)
def test_it_comes_alive_with_the_file(indicator: str, after) -> None:
    found = values(after, indicator).filter(pl.col("period") == str(YEAR))
    assert set(found["area_level"]) == {"gemeinde", "sozialraum", "kreis"}
    assert found.filter(area_level="gemeinde")["value"].null_count() == 0
    assert found["lower"].null_count() == 0


def test_the_value_is_the_quotient_of_the_delivered_counts(after) -> None:
    merkmale, _, _ = after
    year = merkmale.filter(merkmal=ITEM, stichtag=str(YEAR), area_id="06999002", source_id="arbeitsmarkt_kommunal")
    counts = dict(year.select("auspraegung", "wert").rows())
    row = values(after, "N23").filter(area_id="06999002", period=str(YEAR)).row(0, named=True)
    assert row["value"] == pytest.approx(100 * counts["rechtskreis:sgb2"] / counts["insgesamt"])
    assert row["source_ids"] == "arbeitsmarkt_kommunal"


def test_a_share_needs_its_denominator_too(after) -> None:
    """Young people of 15 to 24 are in no delivery: their share stays missing, though the unemployed are there."""
    assert set(values(after, "E03")["status"]) == {"missing"}


def test_figures_come_back_to_sheet_row_and_column(after) -> None:
    merkmale, areas, members = after
    entries = catalogue_of(merkmale)
    found = build_values(merkmale, areas, members, [one for one in entries if one.indicator_id == "N23"], YEAR)
    origin = build_provenance(found, merkmale, areas, members, entries, YEAR)
    of_value = origin.filter(area_id="06999002", period=str(YEAR)).sort("role")
    assert of_value["role"].to_list() == ["Nenner", "Zähler"]
    assert set(of_value["file"]) == {"arbeitsmarkt_kommunal/2024/Arbeitsmarkt-kommunal_06999002.xlsx"}
    assert set(of_value["place"]) == {"E"} and of_value["row"].n_unique() == 2
    kreis = origin.filter(area_id="06999", period=str(YEAR), role="Zähler")
    assert kreis["item_area_id"].sort().to_list() == sorted(GEMEINDEN)


def test_the_table_of_indicators_says_what_is_alive(before, after) -> None:
    data = {
        name: dict(catalogue_frame(catalogue_of(given[0]), {}).select("indicator_id", "data").rows())
        for name, given in (("before", before), ("after", after))
    }
    assert {data["before"][one] for one in BROUGHT} == {"none"}
    assert {data["after"][one] for one in BROUGHT} == {"gemeinde"}
    assert data["before"]["E03"] == data["after"]["E03"] == "none"


def test_an_awaited_form_is_as_complete_as_any_other() -> None:
    for entry in load_catalogue():
        if entry.awaited:
            assert (entry.awaited.data, entry.awaited.kreis_value) == ("gemeinde", "sum")
            assert entry.data in ("none", "kreis") and (entry.data == "kreis") == bool(entry.awaited.of_kreis)
            assert entry.missing_reason and not entry.awaited.missing_reason
            assert len(entry.awaited.class_limits) == 4
            assert "Lücke" not in entry.awaited.limit_sentence
