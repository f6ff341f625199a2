"""The catalogue of indicators: complete, free of contradictions, and strict about faults in the file."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from pipelines.errors import AtlasError
from pipelines.indicators.catalogue import (
    CATALOGUE,
    Indicator,
    as_delivered,
    catalogue_frame,
    load_catalogue,
    load_themes,
    period_end,
)

INDICATORS = {indicator.indicator_id: indicator for indicator in load_catalogue()}
SPLIT = {"P01": {"P01a", "P01b"}}
"""Entries of the list that stand in the catalogue only in parts."""


def listed(shared: Path) -> list[dict[str, str]]:
    with (shared / "indicators.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.shared
def test_every_listed_indicator_is_in_the_catalogue(shared: Path) -> None:
    for row in listed(shared):
        if row["id"] in SPLIT:
            assert {i for i, entry in INDICATORS.items() if entry.substitutes == row["id"]} == SPLIT[row["id"]]
        else:
            assert row["id"] in INDICATORS


@pytest.mark.shared
def test_polarity_dimension_and_planning_fields_are_those_of_the_list(shared: Path) -> None:
    for row in listed(shared):
        entry = INDICATORS.get(row["id"])
        if entry:
            found = (entry.polarity, entry.dimension, ";".join(entry.planning_fields))
            assert found == (int(row["polarity"]), row["dimension"], row["planning_fields"]), row["id"]


@pytest.mark.shared
def test_only_delivered_indicators_claim_figures(shared: Path) -> None:
    without = {row["id"] for row in listed(shared) if row["in_facts"] == "no"}
    assert {i for i in without if INDICATORS[i].data != "none"} == set()


def test_the_atlas_starts_with_45_indicators_for_gemeinden_and_9_for_the_kreis() -> None:
    levels = [indicator.data for indicator in INDICATORS.values()]
    assert (levels.count("gemeinde"), levels.count("kreis")) == (45, 9)


def test_substitutes_have_another_name_than_what_they_stand_for() -> None:
    for indicator in INDICATORS.values():
        if indicator.substitutes in INDICATORS:
            original = INDICATORS[indicator.substitutes]
            assert original.data == "none"
            assert indicator.name != original.name
            assert indicator.indicator_id in (original.missing_reason or "")


def test_what_is_missing_says_why_and_who_can_deliver() -> None:
    for indicator in INDICATORS.values():
        assert indicator.deliverer, indicator.indicator_id  # another district may lack what this one has
        assert indicator.missing_reason or indicator.data == "gemeinde", indicator.indicator_id


def test_themes_without_figures_for_gemeinden_ask_a_question() -> None:
    with_figures = {i.theme.theme_id for i in INDICATORS.values() if i.data == "gemeinde"}
    for theme in load_themes():
        assert (theme.theme_id in with_figures) != bool(theme.open_question and theme.deliverer), theme.theme_id


def test_every_theme_has_indicators_and_a_chapter_is_not_torn_apart() -> None:
    themes = [indicator.theme for indicator in INDICATORS.values()]
    assert {theme.theme_id for theme in themes} == {theme.theme_id for theme in load_themes()}
    chapters = [theme.chapter for theme in themes]
    changes = [name for before, name in zip([None, *chapters], chapters, strict=False) if name != before]
    assert len(changes) == len(set(changes))


@pytest.mark.parametrize("indicator", [i for i in INDICATORS.values() if i.data == "gemeinde"], ids=lambda i: i.name)
def test_maps_have_five_classes_with_limits_as_precise_as_the_table(indicator: Indicator) -> None:
    limits = [Decimal(repr(limit)) for limit in indicator.class_limits]
    assert len(limits) == 4
    assert limits == sorted(set(limits))
    assert all(limit == round(limit, indicator.decimals) for limit in limits)


def test_context_is_never_valued() -> None:
    assert {i.polarity for i in INDICATORS.values() if i.context} == {0}
    for indicator_id in ("D14", "N04", "N17", "D03e", "D04", "D06e", "D07e", "N01"):
        assert INDICATORS[indicator_id].context


def test_texts_are_neutral_and_name_no_unit_as_a_question() -> None:
    for indicator in INDICATORS.values():
        assert indicator.question.endswith("?"), indicator.indicator_id
        texts = (indicator.question, indicator.limits, indicator.limit_sentence, indicator.missing_reason or "")
        for text in texts:
            assert not any(word in text.lower() for word in ("!", "brennpunkt", "sozial schwach", "spitzenreiter"))


def test_the_limit_of_each_indicator_fits_on_the_page() -> None:
    long = {i.indicator_id for i in INDICATORS.values() if len(i.limit_sentence.split()) > 30}
    assert long == set()


def test_the_table_has_one_row_per_indicator_and_takes_the_latest_period() -> None:
    frame = catalogue_frame(load_catalogue(), {"E01": "2021"})
    rows = {row["indicator_id"]: row for row in frame.iter_rows(named=True)}
    assert set(rows) == set(INDICATORS)
    assert sorted(frame["position"]) == list(range(1, len(INDICATORS) + 1))
    assert rows["E01"]["latest_period"] == "2021"
    assert rows["E01"]["class_limits"] == "3;3.5;4;4.5"
    assert rows["W02"]["numerator_items"] == (
        "wohnungen/insgesamt − wohngebaeude/wohnungen:1 − 2 wohngebaeude/wohnungen:2"
    )
    assert rows["A01"]["latest_period"] is None


def test_dates_years_and_spans_are_ordered_by_their_end() -> None:
    assert sorted(["2017/2022", "2022", "2021-06-30", "2021"], key=period_end) == [
        "2021-06-30",
        "2021",
        "2017/2022",
        "2022",
    ]


FAULTS = [
    ("polarity", 2),
    ("polarity", "hoch"),
    ("aggregation", "summe"),
    ("interval", "normal"),
    ("theme_id", "unbekannt"),
    ("question", None),
    ("limits", ""),
    ("class_limits", [3, 3, 4, 5]),
    ("numerator", ["arbeitslose"]),
    ("denominator", []),
    ("breaks", ["2011: Zensus"]),
    ("timing", "irgendwann"),
    ("stand_text", "Stand {monat}"),
    ("reference_period", 2016),
    ("farbe", "blau"),
]


@pytest.fixture(scope="module")
def small() -> dict[str, Any]:
    """The themes and two entries of the real file, as they stand there."""
    content = yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))
    kept = [entry for entry in content["indicators"] if entry["indicator_id"] in ("E01", "A01")]
    return {**content, "indicators": kept}


def written(folder: Path, content: dict[str, Any]) -> Path:
    path = folder / "catalogue.yml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path


def changed(content: dict[str, Any], indicator_id: str, **fields: object) -> dict[str, Any]:
    entries = [{**e, **fields} if e["indicator_id"] == indicator_id else e for e in content["indicators"]]
    return {**content, "indicators": entries}


@pytest.mark.parametrize(("field", "value"), FAULTS, ids=lambda part: str(part))
def test_a_fault_names_file_indicator_and_field(
    tmp_path: Path, small: dict[str, Any], field: str, value: object
) -> None:
    path = written(tmp_path, changed(small, "E01", **{field: value}))
    with pytest.raises(AtlasError) as caught:
        load_catalogue(path)
    assert (caught.value.file, caught.value.row, caught.value.column) == (str(path), "E01", field)


def test_two_faultless_entries_load(tmp_path: Path, small: dict[str, Any]) -> None:
    assert [entry.indicator_id for entry in load_catalogue(written(tmp_path, small))] == ["E01", "A01"]


def test_an_indicator_twice_is_refused(tmp_path: Path, small: dict[str, Any]) -> None:
    twice = {**small, "indicators": [*small["indicators"], small["indicators"][0]]}
    with pytest.raises(AtlasError, match="mehrfach"):
        load_catalogue(written(tmp_path, twice))


def test_one_name_for_two_indicators_is_refused(tmp_path: Path, small: dict[str, Any]) -> None:
    with pytest.raises(AtlasError, match="ein eigener Name"):
        load_catalogue(written(tmp_path, changed(small, "A01", name="Arbeitslosenanteil")))


def test_a_missing_deliverer_is_refused(tmp_path: Path, small: dict[str, Any]) -> None:
    with pytest.raises(AtlasError) as caught:
        load_catalogue(written(tmp_path, changed(small, "A01", deliverer=None)))
    assert (caught.value.row, caught.value.column) == ("A01", "deliverer")


def test_a_file_that_is_not_yaml_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.yml"
    path.write_text("themes: []\nindicators: [\n", encoding="utf-8")
    with pytest.raises(AtlasError, match="nicht lesbar") as caught:
        load_catalogue(path)
    assert caught.value.row is not None


def test_the_levels_are_those_there_are_figures_for() -> None:
    """D01 delivered for a Gemeinde, E01 for the Kreis alone, W05 not at all; suppressing comes later."""
    rows = [
        ("D01", "gemeinde", "2021-12-31", 250.0, None),
        ("E01", "gemeinde", "2021", None, "nur der Kreis"),
        ("E01", "kreis", "2020", 4.0, None),
        ("E01", "kreis", "2021", 5.0, None),
        ("W05", "gemeinde", "2021", None, "nichts da"),
    ]
    values = pl.DataFrame(rows, schema=["indicator_id", "area_level", "period", "value", "reason"], orient="row")
    entries = [INDICATORS[name] for name in ("D01", "E01", "W05", "J01")]
    found = as_delivered(catalogue_frame(entries, {"D01": "2021-12-31"}), values)
    told = found.select("indicator_id", "data", "latest_period", "missing_reason").rows_by_key("indicator_id")
    assert told["D01"] == [("gemeinde", "2021-12-31", None)]
    assert told["E01"] == [("kreis", "2021", "nur der Kreis")]
    assert told["W05"] == [("none", None, "nichts da")]
    assert told["J01"] == [("none", None, INDICATORS["J01"].missing_reason)]
    absent = found.filter(pl.col("deliverer").is_not_null())["indicator_id"].to_list()
    assert absent == ["E01", "J01", "W05"]
