"""„Arbeitsmarkt kommunal“ as published: counts of figures and signs, and the sums inside the sheet."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from pipelines.readers import ba_kommunal
from pipelines.readers.rawfile import RawFile
from pipelines.readers.reading import NOTHING_AGREED, Reading

NAMES = {"06440001": "Altenstadt", "06440002": "Bad Nauheim, Stadt"}


def readings(shared: Path) -> dict[str, Reading]:
    files = [RawFile(path) for path in sorted((shared / "fixtures" / "ba_arbeitsmarkt_kommunal").glob("*.xlsx"))]
    assert all(ba_kommunal.recognises(file) for file in files)
    found = [ba_kommunal.read(file, NOTHING_AGREED) for file in files]
    return {reading.frame["key"][0]: reading for reading in found}


@pytest.mark.shared
def test_every_figure_and_sign_of_the_published_sheets(shared: Path) -> None:
    found = readings(shared)
    assert {key: reading.frame["name"][0] for key, reading in found.items()} == NAMES
    for reading in found.values():
        assert reading.frame.height == 33 * 5
        assert set(reading.frame["time"]) == {f"{year}{day}" for year in range(2020, 2025) for day in ("", "-06-30")}
    secret = found["06440001"].frame.filter(pl.col("status") == "secret")
    assert secret.height == 10
    assert set(secret["row"]) == {18, 19}
    assert found["06440002"].frame["value"].null_count() == 0
    assert found["06440001"].stand == "03. Januar 2025"


@pytest.mark.shared
def test_men_and_women_make_all_and_legal_circles_the_unemployed(shared: Path) -> None:
    for reading in readings(shared).values():
        value = {(row["item"], row["time"]): row["value"] for row in reading.frame.iter_rows(named=True)}
        for total, year in [key for key in value if key[0].endswith(".insgesamt")]:
            block = total.removesuffix(".insgesamt")
            both = value[f"{block}.maenner", year] + value[f"{block}.frauen", year]
            assert both == pytest.approx(value[f"{block}.insgesamt", year], abs=1e-9)
        for year in ("2020", "2024"):
            circles = [value[f"arbeitslose.arbeitslose_im_rechtskreis_sgb_{circle}", year] for circle in ("ii", "iii")]
            assert sum(circles) == pytest.approx(value["arbeitslose.insgesamt", year], abs=1e-9)


@pytest.mark.shared
def test_averages_come_unrounded(shared: Path) -> None:
    frame = readings(shared)["06440001"].frame
    row = frame.row(by_predicate=(pl.col("item") == "arbeitslose.insgesamt") & (pl.col("time") == "2020"), named=True)
    assert row["value"] == pytest.approx(3881 / 12, abs=1e-12)
    assert (row["row"], row["place"], row["time_kind"]) == (38, "C", "jahresdurchschnitt")
