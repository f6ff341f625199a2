"""Small multiples of trends: every area in its place, all on one axis, nothing drawn across a break or a gap."""

from __future__ import annotations

import re

import polars as pl
import pytest

from pipelines.figures import alt, charts, export
from pipelines.figures.panels import COLUMNS, GAP, STEP, _base, _moved
from pipelines.indicators.trend import parse_breaks

YEARS = (2008, 2009, 2010, 2011, 2012)
KREIS = "99999"


def _areas(count: int) -> pl.DataFrame:
    keys = range(1, count + 1)
    return pl.DataFrame(
        {
            "area_id": [f"99999{key:03}" for key in keys],
            "number": list(keys),
            "name": [f"Testort {key}" for key in keys],
        }
    )


def _series(count: int, status: str = "reported", only: str | None = None) -> pl.DataFrame:
    """Values of 3 and more; where `only` names an area (None: all), a status without value instead."""
    rows = []
    for place, area in enumerate([*_areas(count)["area_id"], KREIS]):
        for year in YEARS:
            hidden = status != "reported" and only in (None, area)
            value = None if hidden else 3 + place * 0.2 + (year - 2008) * 0.1
            rows.append((area, str(year), value, status if hidden else "reported"))
    return pl.DataFrame(rows, schema=["area_id", "period", "value", "status"], orient="row", infer_schema_length=None)


def _svg(series: pl.DataFrame, count: int, breaks: str | None = None) -> str:
    found = parse_breaks(breaks)
    picture = charts.panels(series, _areas(count), unit="%", decimals=2, kreis_id=KREIS, breaks=found, title="T")
    return export.svg_bytes(picture).decode()


def test_names_stand_in_the_fixed_order_with_their_latest_value() -> None:
    svg = _svg(_series(7), 7)
    assert re.findall(r">(Testort \d)<", svg) == [f"Testort {number}" for number in range(1, 8)]
    assert ">3,40<" in svg and ">4,60<" in svg


def test_all_panels_share_one_axis_and_stand_five_in_a_row() -> None:
    base = _base(_series(7), "%", ())
    assert base is not None
    right, below = _moved(base, 1), _moved(base, COLUMNS)
    assert right.x(2010) - base.x(2010) == pytest.approx(base.right - base.left + GAP)
    assert right.y(3.5) == base.y(3.5)
    assert below.y(3.5) - base.y(3.5) == STEP and below.x(2010) == base.x(2010)
    assert base.y(0) == pytest.approx(base.bottom), "the axis begins at zero"
    assert _moved(base, COLUMNS - 1).right < 178


def test_a_break_is_open_in_every_panel_and_named_once() -> None:
    breaks = parse_breaks("2010/2011: neue Basis")
    base = _base(_series(2), "%", breaks)
    assert base is not None and base.segments == [[2008, 2009, 2010], [2011, 2012]]
    assert [len(run) for run in base.runs(_series(1).filter(area_id=KREIS))] == [3, 2]
    svg = _svg(_series(2), 2, "2010/2011: neue Basis")
    assert svg.count(">Bruch 2010/2011<") == 1
    assert "Bruch" not in _svg(_series(2), 2)


@pytest.mark.parametrize("status", ["missing", "later", "secret", "suppressed", "uncertain", "not_applicable"])
def test_an_area_without_values_is_hatched_and_says_why(status: str) -> None:
    svg = _svg(_series(3, status, "99999002"), 3)
    assert f'class="hatch-{status}"' in svg
    assert "Testort 2" in svg
    assert f'class="hatch-{status}"' in _svg(_series(2, status), 2), "no area has a value"


def test_the_words_give_ranges_breaks_and_areas_without_values() -> None:
    text = alt.alt_panels("Anteil", _series(3), _areas(3), "%", 2, breaks=["2010/2011"], kreis_id=KREIS)
    assert "drei Gemeinden in fester Folge" in text and "Bruch 2010/2011" in text
    assert "2012: Werte von 3,40 bis 3,80\u202f%, Kreis 4,00\u202f%." in text
    hidden = alt.alt_panels("Anteil", _series(3, "suppressed", "99999002"), _areas(3), "%", 2, kreis_id=KREIS)
    assert "Eine Gemeinde ohne Werte." in hidden
    assert "Für keinen Zeitpunkt" in alt.alt_panels("Anteil", _series(2, "later"), _areas(2), "%", 2)


def test_same_rows_same_bytes() -> None:
    assert _svg(_series(5), 5) == _svg(_series(5), 5)
