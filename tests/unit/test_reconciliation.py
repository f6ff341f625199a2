"""Totals: what must agree, how exactly, and what is said where nothing can be compared."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from pipelines.contracts import contract
from pipelines.geography.areas import build_areas
from pipelines.readers import read_gemeinden, read_source, read_sozialraeume
from pipelines.settings import load_settings
from pipelines.sources.registry import all_deliveries
from pipelines.validation.ortsteile import sums_of_ortsteile, weights_of_ortsteile
from pipelines.validation.reconciliation import published_totals, same_item_in_two_sources, sums_of_gemeinden
from tests.fixtures.harmonised import build_merkmale

KREIS = "06999"
LEVELS = {5: "kreis", 8: "gemeinde", 11: "ortsteil"}


def figures(
    values: dict[str, float | None], additive: str = "exact", source: str = "a", **more: object
) -> pl.DataFrame:
    rows = [
        {
            "area_id": area, "area_level": LEVELS[len(area)], "stichtag": "2021-12-31",
            "merkmal": "bevoelkerung", "auspraegung": "insgesamt", "wert": value, "einheit": "Personen",
            "status": "reported" if value is not None else "secret", "quality": "final", "basis": None,
            "additive": additive, "preferred": source == "a", "source_id": source, "edition": "1",
            "file": "f", "row": 2, **more,
        }
        for area, value in values.items()
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=contract("curated.merkmale").schema())


ORTSTEILE = pl.DataFrame({"area_id": ["06999001001", "06999001002"], "area_level": ["ortsteil"] * 2})
WHOLE, ONE, OTHER = "06999001", "06999001001", "06999001002"


@pytest.mark.parametrize(
    ("values", "additive", "passed", "gap"),
    [
        ({WHOLE: 100, ONE: 60, OTHER: 40}, "exact", True, 0.0),
        ({WHOLE: 100, ONE: 60, OTHER: 39}, "exact", False, -1.0),
        ({WHOLE: 1.1, ONE: 0.6, OTHER: 0.4}, "rounded(0.1)", True, -0.1),
        ({WHOLE: 100, ONE: 60, OTHER: 39}, "no(Anteile addieren sich nicht)", None, None),
        ({WHOLE: 100, ONE: 60, OTHER: None}, "exact", None, None),
        ({WHOLE: 100, ONE: 60}, "exact", None, None),
        ({ONE: 60, OTHER: 40}, "exact", None, None),
    ],
)
def test_ortsteile_add_up_to_their_gemeinde(
    values: dict, additive: str, passed: bool | None, gap: float | None
) -> None:
    found = only(sums_of_ortsteile(figures(values, additive), ORTSTEILE))
    assert (found["passed"], found["gap"]) == (passed, gap)
    assert (WHOLE in str(found["examples"])) == (passed is False)


def test_ortsteile_of_another_source_show_their_gap_and_are_not_judged() -> None:
    both = pl.concat([figures({ONE: 60, OTHER: 45}, source="b"), figures({WHOLE: 100})])
    found = only(sums_of_ortsteile(both, ORTSTEILE))
    assert (found["passed"], found["gap"]) == (None, 5.0)
    assert "anderer Quelle (a)" in str(found["expected"])


def test_weights_of_ortsteile_say_what_is_missing_to_the_gemeinde() -> None:
    rows = [(ONE, "Nord", WHOLE, 60.0, 10.0, None, "2021-12-31", "Testdaten"),
            (OTHER, "Süd", WHOLE, 37.0, 20.0, None, "2021-12-31", "Testdaten")]  # fmt: skip
    known = pl.DataFrame(rows, schema=contract("raw.ortsteile").schema(), orient="row")
    found = weights_of_ortsteile(known, figures({WHOLE: 100})).rows(named=True)
    told = {row["check_id"].rsplit(":", 1)[1]: (row["gap"], row["passed"], row["observed"]) for row in found}
    assert told["bevoelkerung"] == (3.0, None, "97; zur Gemeinde fehlen 3")
    assert told["wohnungen"] == (None, None, "30")
    assert told["flaeche"][2] == "für einen Ortsteil nicht bekannt"


def only(results: pl.DataFrame) -> dict[str, object]:
    return results.row(0, named=True) if results.height == 1 else pytest.fail(str(results))


@pytest.mark.parametrize(
    ("kreis", "additive", "gap", "passed"),
    [
        (30, "exact", 0.0, True),
        (31, "exact", -1.0, False),
        (31, "rounded(1)", -1.0, True),
        (31.5, "rounded(1)", -1.5, False),
    ],
)
def test_the_sum_agrees_as_exactly_as_the_delivery_promises(kreis, additive, gap, passed):
    row = only(sums_of_gemeinden(figures({"06999001": 10, "06999002": 20, KREIS: kreis}, additive), KREIS))
    assert (row["gap"], row["passed"]) == (gap, passed)


def test_decimal_fractions_add_up_as_printed():
    values = {f"069990{number:02}": 0.1 for number in range(1, 11)} | {KREIS: 1.0}
    assert only(sums_of_gemeinden(figures(values), KREIS))["gap"] == 0.0


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (figures({"06999001": 1, KREIS: 9}, "no(Pendler)"), "addiert sich nicht: Pendler"),
        (figures({"06999001": 1}), "keine Kreiszeile"),
        (figures({KREIS: 1}), "keine Gemeindezeilen"),
        (figures({"06999001": None, "06999002": 1, KREIS: 9}), "ohne Wert: 06999001"),
    ],
)
def test_what_cannot_be_compared_is_listed_with_its_reason(frame, words):
    row = only(sums_of_gemeinden(frame, KREIS))
    assert row["passed"] is None and words in row["observed"] and row["gap"] is None


@pytest.mark.parametrize(("other", "passed"), [(100.0, True), (101.0, True), (103.0, False)])
def test_one_number_in_two_sources_may_differ_by_one_percent(other, passed):
    both = pl.concat([figures({"06999001": 100}), figures({"06999001": other}, source="b")])
    row = only(same_item_in_two_sources(both))
    assert (row["passed"], row["gap"]) == (passed, other - 100)
    assert row["examples"] == (None if passed else "06999001")


def test_two_censuses_are_not_compared():
    both = pl.concat(
        [figures({"06999001": 100}, basis="Zensus2011"), figures({"06999001": 200}, source="b", basis="Zensus2022")]
    )
    assert same_item_in_two_sources(both).is_empty()


def test_a_whole_number_may_be_the_rounded_one_of_the_other_source() -> None:
    mean = figures({"06999001": 23.416}, source="a")
    for other, passed in ((23.0, True), (24.0, False)):
        both = pl.concat([mean, figures({"06999001": other}, source="b")])
        row = only(same_item_in_two_sources(both))
        assert row["passed"] is passed
    assert (
        only(same_item_in_two_sources(pl.concat([mean, figures({"06999001": 23.0}, source="b")])))["expected"]
        == "Abstand höchstens 1 % oder Rundung auf ganze Zahlen"
    )


def test_published_totals_belong_to_one_district(tmp_path: Path):
    assert published_totals(figures({"06999001": 1}), tmp_path).is_empty()


def test_the_shipped_figures_agree_with_what_was_published():
    settings = load_settings()
    gemeinden = read_gemeinden(settings)
    areas, _ = build_areas(gemeinden, read_sozialraeume(settings, gemeinden), settings.kreis)
    raw = {source: read_source(settings, source, gemeinden) for source in settings.kreis.sources}
    merkmale, _ = build_merkmale(raw, areas, all_deliveries(settings.data_dir, settings.kreis))

    totals = published_totals(merkmale, settings.data_dir)
    assert totals["observed"].to_list() == [
        f"{total}; Abstand 0" for total in ("296\u202f900", "299\u202f862", "301\u202f827")
    ]
    sums = sums_of_gemeinden(merkmale, settings.kreis.key)
    assert sums["passed"].all()
    compared = sums.filter(pl.col("gap").is_not_null())
    assert compared.height > 40 and compared.filter(pl.col("gap") != 0).height == 3
    pairs = same_item_in_two_sources(merkmale)
    differing = pairs.filter(pl.col("gap") != 0)["check_id"].str.split(":").list.get(1).unique().sort().to_list()
    # INKAR rounds shares to two decimals; both offices measure areas for themselves
    assert pairs["passed"].all() and differing == ["flaeche", "svb_wohnort_anteil"]
    assert pairs["check_id"].str.contains("alter:15-64").any()
