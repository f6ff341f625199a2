"""The Landtagswahl 2023 as read is the official result: counts of the file and the figures of the same publisher."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from pipelines.readers import wahlen
from pipelines.readers.rawfile import RawFile
from pipelines.readers.reading import Agreed

pytestmark = pytest.mark.shared
PLACE = ("fixtures", "wahlen", "ltw2023_dadi_stimmbezirke.csv")


@pytest.fixture(scope="module")
def frame(shared: Path) -> pl.DataFrame:
    file = RawFile(shared.joinpath(*PLACE))
    assert wahlen.recognises(file)
    return wahlen.read(file, Agreed(time="2023-10-08", code="landtagswahl")).frame


def test_all_districts_are_told_and_briefwahl_has_no_eligible_voters(frame: pl.DataFrame) -> None:
    eligible = frame.filter(item="wahlberechtigte").group_by("level").agg(pl.len(), pl.col("value").sum())
    assert sorted(eligible.select("level", "len").rows()) == [
        ("briefwahlbezirk", 83),
        ("gemeinde", 23),
        ("stimmbezirk", 170),
    ]
    assert eligible.filter(level="briefwahlbezirk")["value"].to_list() == [0]
    voters = frame.filter(item="waehler")
    assert voters.filter(level="briefwahlbezirk")["value"].sum() == 57_238
    assert voters.filter(level="gemeinde")["value"].sum() == 145_462
    assert frame.filter(item="wahlbeteiligung")["level"].unique().to_list() == ["gemeinde"]


def test_gemeinden_are_the_official_figures(shared: Path, frame: pl.DataFrame) -> None:
    facts = pl.read_csv(shared / "facts" / "wahlen.csv", infer_schema=False).filter(
        stichtag="2023", auspraegung="landtagswahl"
    )
    official = facts.select("ags", "merkmal", pl.col("wert").cast(pl.Float64), "quality").sort("ags", "merkmal")
    read = frame.filter((pl.col("level") == "gemeinde") & pl.col("item").is_in(["wahlberechtigte", "waehler"])).select(
        ags="key", merkmal="item", wert="value", quality="quality"
    )
    assert official.height == 46
    assert read.sort("ags", "merkmal").equals(official)
