"""The 45 indicators against the check values of `starter-indicators.md`, from the shipped figures to the table."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines import readers
from pipelines.geography.areas import build_areas
from pipelines.german import class_of
from pipelines.indicators.catalogue import catalogue_frame, load_catalogue
from pipelines.indicators.rates import build_values
from pipelines.indicators.trend import parse_breaks
from pipelines.settings import load_settings
from pipelines.sources.registry import all_deliveries
from tests.fixtures.harmonised import build_merkmale

REPORT_YEAR = 2023
KREIS = "06432"
Tables = dict[str, pl.DataFrame]


@pytest.fixture(scope="module")
def tables() -> Tables:
    """Curated tables, values and catalogue of the shipped district."""
    settings = load_settings()
    gemeinden = readers.read_gemeinden(settings)
    areas, members = build_areas(gemeinden, readers.read_sozialraeume(settings, gemeinden), settings.kreis)
    raw = {source: readers.read_source(settings, source, gemeinden) for source in settings.kreis.sources}
    merkmale, _ = build_merkmale(raw, areas, all_deliveries(settings.data_dir, settings.kreis))
    values = build_values(merkmale, areas, members, load_catalogue(), REPORT_YEAR)
    catalogue = catalogue_frame(load_catalogue(), values)
    return {"merkmale": merkmale, "areas": areas, "members": members, "values": values, "catalogue": catalogue}


def row(tables: Tables, indicator_id: str, area_id: str, period: str) -> dict[str, Any]:
    return tables["values"].row(
        by_predicate=(pl.col("indicator_id") == indicator_id)
        & (pl.col("area_id") == area_id)
        & (pl.col("period") == period),
        named=True,
    )


def latest(tables: Tables, indicator_id: str, level: str) -> pl.DataFrame:
    period = tables["catalogue"].filter(pl.col("indicator_id") == indicator_id)["latest_period"].item()
    return tables["values"].filter(
        (pl.col("indicator_id") == indicator_id) & (pl.col("area_level") == level) & (pl.col("period") == period)
    )


def check_values(shared: Path) -> list[dict[str, str]]:
    """Rows of the table in the file: id, n, min, max, Kreis with its origin, whether Sozialräume have values."""
    lines = (shared / "starter-indicators.md").read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return [dict(zip(cells[0], row, strict=True)) for row in cells[1:]]


@pytest.mark.shared
def test_all_45_reproduce_minimum_maximum_and_kreis(shared: Path, tables: Tables) -> None:
    checks = check_values(shared)
    assert len(checks) == 45
    for check in checks:
        values = latest(tables, check["id"], "gemeinde")["value"].drop_nulls()
        found = (len(values), f"{values.min():.2f}", f"{values.max():.2f}")
        assert found == (int(check["n"]), check["min"], check["max"]), check["id"]
        kreis = latest(tables, check["id"], "kreis")["value"].to_list()
        if check["Kreis"] == "none":
            assert kreis == [None] or kreis == [], check["id"]
        else:
            assert f"{kreis[0]:.4f}" == check["Kreis"].split()[0], check["id"]


@pytest.mark.shared
def test_kreis_origin_sozialraeume_and_intervals_are_those_of_the_list(shared: Path, tables: Tables) -> None:
    sheets = {sheet["indicator_id"]: sheet for sheet in tables["catalogue"].iter_rows(named=True)}
    origin = {"Σ": "sum", "own": "own", "none": "none"}
    interval = {"Wilson": "wilson", "Wilson*": "wilson", "Byar": "events", "–": "none", "– fertig": "none"}
    for check in check_values(shared):
        sheet = sheets[check["id"]]
        assert sheet["kreis_value"] == origin[check["Kreis"].split()[-1]], check["id"]
        assert sheet["interval"] == interval[check["KI"]], check["id"]
        sozialraeume = latest(tables, check["id"], "sozialraum")["value"]
        assert (len(sozialraeume) > 0 and sozialraeume.null_count() == 0) == (check["SR"] == "yes"), check["id"]
        limits = latest(tables, check["id"], "gemeinde")["lower"]
        assert limits.null_count() == (len(limits) if sheet["interval"] == "none" else 0), check["id"]


def test_unemployment_of_the_kreis_is_the_published_anchor(tables: Tables) -> None:
    found = row(tables, "E01", KREIS, "2021")
    assert (found["numerator"], found["denominator"]) == (7718, 189422)
    assert found["value"] == pytest.approx(4.074500322, abs=1e-9)
    assert found["lower"] == pytest.approx(3.986397551, abs=1e-9)
    assert found["upper"] == pytest.approx(4.164465784, abs=1e-9)
    assert found["method"] == "Wilson 95 % (Näherung)"
    assert (found["source_ids"], found["basis"]) == ("inkar", "Zensus2011")


def test_density_of_2022_is_the_published_one(tables: Tables) -> None:
    found = row(tables, "D01", KREIS, "2022-12-31")
    assert found["numerator"] == 300658
    assert found["denominator"] == pytest.approx(658.61, abs=1e-9)
    assert found["value"] == pytest.approx(456.503849, abs=1e-6)


def test_employees_of_june_go_over_the_people_of_the_year_before(tables: Tables) -> None:
    found = row(tables, "E06", KREIS, "2021-06-30")
    assert found["numerator"] == 121382
    assert found["value"] == pytest.approx(63.4037, abs=5e-5)
    assert "Vorjahr" in found["reason"]


def test_change_of_population_is_computed_within_one_census_only(tables: Tables) -> None:
    periods = tables["values"].filter(pl.col("indicator_id") == "D02")["period"].unique().sort().to_list()
    assert periods == ["1997/2002", "2017/2022"]
    assert row(tables, "D02", KREIS, "2017/2022")["basis"] == "Zensus2011"


def test_unemployment_has_every_year_with_a_denominator(tables: Tables) -> None:
    series = tables["values"].filter((pl.col("indicator_id") == "E01") & (pl.col("area_id") == KREIS))
    assert series["period"].to_list() == [str(year) for year in range(2001, 2022)]
    assert series["basis"].to_list() == ["VZ1987"] * 10 + ["Zensus2011"] * 11


def test_sums_of_sozialraeume_equal_those_of_the_kreis(tables: Tables) -> None:
    key = ["indicator_id", "period"]
    counted = tables["catalogue"].filter((pl.col("aggregation") == "counts") & (pl.col("kreis_value") == "sum"))
    values = tables["values"].join(counted.select("indicator_id"), on="indicator_id", how="semi")
    sums = values.filter(pl.col("area_level") == "sozialraum").group_by(key).agg(pl.sum("numerator", "denominator"))
    kreis = values.filter(pl.col("area_level") == "kreis")
    both = kreis.join(sums, on=key, suffix="_sum")
    assert both.height == kreis.height > 0
    for part in ("numerator", "denominator"):
        assert (both[part] - both[f"{part}_sum"]).abs().max() == pytest.approx(0, abs=1e-6)


def test_shares_come_back_as_the_published_percentage(tables: Tables) -> None:
    published = tables["merkmale"].filter(
        (pl.col("merkmal") == "svb_wohnort_anteil") & (pl.col("auspraegung") == "ausbildung:ohne")
    )
    found = (
        tables["values"]
        .filter(pl.col("indicator_id") == "E08")
        .join(
            published.select("area_id", "stichtag", "wert"),
            left_on=["area_id", "period"],
            right_on=["area_id", "stichtag"],
        )
    )
    assert found.height > 23
    assert (found["value"] - found["wert"]).abs().max() < 0.0001  # type: ignore[operator]


def test_municipal_finances_of_the_kreis_body_are_no_comparison(tables: Tables) -> None:
    for indicator_id in ("N13", "N14"):
        (status,) = latest(tables, indicator_id, "kreis")["status"]
        assert status == "not_applicable"


def test_the_one_gemeinde_without_grants_has_a_true_zero(tables: Tables) -> None:
    zeros = tables["values"].filter(pl.col("status") == "zero")
    assert zeros.select("indicator_id", "value", "numerator").rows() == [("N14", 0.0, 0.0)]


def test_the_preliminary_election_stays_preliminary(tables: Tables) -> None:
    assert set(latest(tables, "P01a", "sozialraum")["quality"]) == {"provisional"}


def test_kreis_figures_are_never_copied_to_gemeinden(tables: Tables) -> None:
    ids = tables["catalogue"].filter(pl.col("data") == "kreis")["indicator_id"]
    parts = tables["values"].filter(pl.col("indicator_id").is_in(ids.implode()) & (pl.col("area_level") != "kreis"))
    assert set(parts["status"]) == {"missing"}
    assert latest(tables, "A15", "kreis")["value"].item() == pytest.approx(12 * 2197.7)
    assert latest(tables, "G11e", "kreis")["value"].item() == pytest.approx(50.5)


def test_every_area_has_a_row_for_every_indicator(tables: Tables) -> None:
    found = tables["values"].select("indicator_id", "area_id").unique().height
    assert found == tables["catalogue"].height * tables["areas"].height


def test_every_class_of_every_map_has_a_gemeinde(tables: Tables) -> None:
    for sheet in tables["catalogue"].filter(pl.col("data") == "gemeinde").iter_rows(named=True):
        limits = [float(limit) for limit in sheet["class_limits"].split(";")]
        values = latest(tables, sheet["indicator_id"], "gemeinde")["value"]
        classes = {class_of(value, limits) for value in values}
        assert classes == {1, 2, 3, 4, 5}, sheet["indicator_id"]


def test_no_value_rests_on_two_censuses(tables: Tables) -> None:
    """Numerator and denominator of every value, and both ends of every change, rest on the same census or on none."""
    shown = tables["values"].filter(pl.col("value").is_not_null())
    assert shown.filter(pl.col("basis").str.contains(";")).is_empty()
    assert set(shown["basis"].drop_nulls()) == {"VZ1970", "VZ1987", "Zensus2011", "Zensus2022"}
    people = tables["merkmale"].filter(merkmal="bevoelkerung", auspraegung="insgesamt", preferred=True)
    basis = {(area_id, day): of for area_id, day, of in people.select("area_id", "stichtag", "basis").iter_rows()}
    changes = shown.filter(indicator_id="D02", area_level="gemeinde")
    assert changes.height
    for area_id, period in changes.select("area_id", "period").iter_rows():
        start, end = period.split("/")
        assert basis[(area_id, f"{start}-12-31")] == basis[(area_id, f"{end}-12-31")], (area_id, period)


def test_every_change_of_census_is_a_break_for_tables_and_charts(tables: Tables) -> None:
    """A line or a trend that went on over it would show a change of counting as a change of people."""
    breaks = {
        name: parse_breaks(text) for name, text in tables["catalogue"].select("indicator_id", "breaks").iter_rows()
    }
    shown = tables["values"].filter(pl.col("value").is_not_null(), ~pl.col("indicator_id").is_in(["D02"]))
    seen = 0
    for (indicator_id, _), rows in shown.sort("period").group_by("indicator_id", "area_id", maintain_order=True):
        series = rows.sort("period").rows(named=True)
        for earlier, later in pairwise(series):
            if earlier["basis"] != later["basis"]:
                seen += 1
                years = int(earlier["period"][:4]), int(later["period"][:4])
                assert any(years[0] < one.after <= years[1] for one in breaks[str(indicator_id)]), (indicator_id, years)
    assert seen > 100
