"""Every value of the shipped data that has counts is made of nothing but the figures its provenance names."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import polars as pl
import pytest

from pipelines.geography.areas import build_areas
from pipelines.indicators.catalogue import catalogue_of
from pipelines.indicators.provenance import DENOMINATOR, END, NUMERATOR, START, VALUE, build_provenance
from pipelines.indicators.rates import build_values
from pipelines.readers import read_gemeinden, read_source, read_sozialraeume
from pipelines.settings import load_settings
from pipelines.sources.registry import all_deliveries
from tests.fixtures.harmonised import build_merkmale

RAW = Path(__file__).parents[2] / "data" / "raw"


def test_numerators_and_denominators_come_back_from_the_figures_behind_them() -> None:
    settings = load_settings(RAW)
    gemeinden = read_gemeinden(settings)
    areas, members = build_areas(gemeinden, read_sozialraeume(settings, gemeinden), settings.kreis)
    raw = {source: read_source(settings, source, gemeinden) for source in settings.kreis.sources}
    merkmale, _ = build_merkmale(raw, areas, all_deliveries(RAW, settings.kreis))
    entries = {entry.indicator_id: entry for entry in catalogue_of(merkmale)}
    values = build_values(merkmale, areas, members, entries.values(), settings.year)
    origin = build_provenance(values, merkmale, areas, members, entries.values(), settings.year)

    delivered = merkmale.select("file", "row", "place", "merkmal", "auspraegung", item_area_id="area_id", wert="wert")
    rows = origin.join(
        delivered, on=["file", "row", "place", "merkmal", "auspraegung", "item_area_id"], how="left", nulls_equal=True
    )
    assert rows.height == origin.height and rows["wert"].null_count() == 0
    parts: dict[tuple[str, ...], dict[str, dict[str, float]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(float))
    )
    for row in rows.iter_rows(named=True):
        by_area = parts[row["indicator_id"], row["area_id"], row["period"]][row["role"]]
        by_area[row["item_area_id"]] += row["coefficient"] * row["wert"]

    tested = defaultdict(int)
    for value in values.filter(pl.col("value").is_not_null()).iter_rows(named=True):
        entry, found = entries[value["indicator_id"]], parts[value["indicator_id"], value["area_id"], value["period"]]
        if value["denominator"] is None:
            factor = 1 if entry.count_from_share else entry.factor
            assert set(found) == {VALUE} and factor * sum(found[VALUE].values()) == pytest.approx(value["value"]), value
            tested[VALUE] += 1
            continue
        if START in found:
            top, bottom = (sum(found[END].values()) - sum(found[START].values())), sum(found[START].values())
        elif entry.count_from_share:
            top = sum(round(share * found[DENOMINATOR][area] / 100) for area, share in found[NUMERATOR].items())
            bottom = sum(found[DENOMINATOR].values())
        else:
            top, bottom = (sum(found[role].values()) for role in (NUMERATOR, DENOMINATOR))
        assert (top, bottom) == pytest.approx((value["numerator"], value["denominator"])), value
        assert value["value"] == pytest.approx(entry.factor * top / bottom), value
        tested[START if START in found else NUMERATOR] += 1
    assert all(tested[role] > 50 for role in (VALUE, START, NUMERATOR)), tested
