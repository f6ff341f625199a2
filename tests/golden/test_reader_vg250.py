"""The real outlines at hand: 23 areas by key, within what the Gemeindeverzeichnis says of their areas."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.errors import InputError
from pipelines.readers import vg250
from pipelines.readers.district import check_outlines
from pipelines.readers.rawfile import RawFile
from pipelines.readers.reading import Agreed
from pipelines.settings import PROJECT_DIR, load_settings

FIXTURE = "fixtures/geometrie/dadi_gemeinden_plz.geojson"


def official(shared: Path) -> dict[str, float]:
    """Area of each Gemeinde in km2, latest date."""
    with (shared / "facts" / "gemeindeverzeichnis.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["merkmal"] == "flaeche" and len(row["ags"]) == 8]
    return {row["ags"]: float(row["wert"]) for row in sorted(rows, key=lambda row: row["stichtag"])}


@pytest.mark.shared
def test_outlines_of_postal_areas_agree_with_the_register(shared: Path) -> None:
    reading = vg250.read(RawFile(shared / FIXTURE), Agreed(time="2023-12-31"))
    areas = dict(reading.frame.select("key", "value").iter_rows())
    known = official(shared)
    assert areas.keys() == known.keys() and len(areas) == 23
    gaps = {key: 100 * (areas[key] / 1e6 / km2 - 1) for key, km2 in known.items()}
    assert (round(min(gaps.values()), 1), round(max(gaps.values()), 1)) == (-1.9, 6.1)
    assert round(100 * (sum(areas.values()) / 1e6 / sum(known.values()) - 1), 2) == 0.13
    assert "13 Lücken unter 1 km²" in " ".join(reading.notes)
    assert reading.attribution is None  # from OpenStreetMap, not from an office


@pytest.mark.shared
def test_they_have_no_date_of_their_own(shared: Path) -> None:
    reading = vg250.read(RawFile(shared / FIXTURE), Agreed())
    assert reading.frame.is_empty() and reading.outlines is not None and len(reading.outlines) == 23


def test_the_boundaries_of_the_district_are_read_too() -> None:
    file = RawFile(PROJECT_DIR / "data" / "raw" / "gebiete" / "gemeinden.geojson")
    reading = vg250.read(file, Agreed(time="2015-12-31"))
    assert reading.frame.height == 23 and reading.frame["value"].sum() / 1e6 == pytest.approx(658.6, rel=0.01)
    with pytest.raises(InputError, match="Ebene"):
        vg250.read(file, Agreed(level="kreis"))


def test_outlines_at_another_place_than_the_district_are_refused() -> None:
    settings = load_settings()
    file = RawFile(PROJECT_DIR / "data" / "raw" / "gebiete" / "gemeinden.geojson")
    reading = vg250.read(file, Agreed(time="2015-12-31"))
    assert check_outlines(settings, reading) == ()
    assert reading.outlines is not None
    shifted = reading.outlines.copy()
    shifted.geometry = shifted.geometry.translate(4_000, 0)
    shuffled = reading.outlines.copy()
    shuffled["key"] = shuffled["key"].to_numpy()[::-1]
    for outlines in (shifted, shuffled):
        with pytest.raises(InputError, match="nicht dort"):
            check_outlines(settings, replace(reading, outlines=outlines))
