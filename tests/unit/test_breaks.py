"""A change of census in the figures is a break wherever a series is shown, declared or not."""

from __future__ import annotations

import polars as pl
import pytest

from pipelines.contracts import conform, contract
from pipelines.indicators.breaks import with_census_breaks
from pipelines.indicators.catalogue import catalogue_frame, load_catalogue
from pipelines.indicators.trend import build_trend, parse_breaks
from pipelines.publish.portal.lines import segments

KEY = "06999001"


def series(bases: dict[str, str | None], indicator_id: str = "A01", area_id: str = KEY) -> pl.DataFrame:
    """`indicators.values` of one indicator and area: period to the census its population rests on."""
    names = contract("indicators.values").schema()
    rows = [
        dict.fromkeys(names) | {
            "indicator_id": indicator_id, "area_id": area_id, "area_level": "gemeinde", "period": period,
            "value": 10.0 + at, "status": "reported", "quality": "final", "method": "Testdaten", "unit": "%",
            "basis": basis, "source_ids": "gemeindeverzeichnis",
        }
        for at, (period, basis) in enumerate(bases.items())
    ]  # fmt: skip
    return conform(pl.DataFrame(rows, schema=names), "indicators.values")


OLD, NEW = "Zensus2011", "Zensus2022"
FIGURES = {"2022-12-31": OLD, "2023-12-31": OLD, "2024-12-31": NEW}
TEXT = "2023/2024: Bevölkerung bis dahin: Zensus 2011, danach: Zensus 2022"


def test_a_change_of_census_is_a_break() -> None:
    assert with_census_breaks(series(FIGURES), ()) == (TEXT,)
    assert with_census_breaks(series(dict.fromkeys(FIGURES, OLD)), ()) == ()


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        (("2023/2024: Zensus 2022",), ("2023/2024: Zensus 2022",)),
        (("2010/2011: Zensus 2011",), ("2010/2011: Zensus 2011", TEXT)),
        # A wider one would let a chart cut behind the values it is about
        (("2022/2024: Zensus 2022",), ("2022/2024: Zensus 2022", TEXT)),
    ],
)
def test_a_declared_break_is_kept_and_not_said_twice(declared: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert with_census_breaks(series(FIGURES), declared) == expected


def test_every_table_and_chart_gets_it_from_the_catalogue_of_the_release() -> None:
    """The trend is cut there, the lines of the portal and of the documents are not joined across it."""
    entry = next(one for one in load_catalogue() if one.indicator_id == "N01")
    values = series(FIGURES, "N01")
    catalogue = catalogue_frame([entry], values)
    assert catalogue["breaks"].to_list() == [TEXT]
    breaks = parse_breaks(TEXT)
    drawn = segments(values.to_dicts(), breaks)
    assert [len(part) for part in drawn] == [2, 1]
    (trend,) = build_trend(values, catalogue).rows(named=True)
    assert (trend["segment_from"], trend["points"]) == ("2024-12-31", 1)


def test_one_area_without_a_value_between_does_not_hide_the_break_of_others() -> None:
    both = pl.concat([series(FIGURES), series({"2022-12-31": OLD, "2024-12-31": NEW}, area_id="06999002")])
    found = with_census_breaks(both, ())
    assert [(one.before, one.after) for one in parse_breaks("; ".join(found))] == [(2023, 2024)]
