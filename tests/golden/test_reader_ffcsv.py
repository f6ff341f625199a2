"""Real GENESIS flat files give the published totals, and the signs that were counted in them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import polars as pl
import pytest
import yaml

from pipelines.errors import InputError
from pipelines.readers import ffcsv
from pipelines.readers.rawfile import RawFile
from pipelines.readers.reading import Agreed, Reading
from tests.fixtures.formats.ffcsv import compressed

FILES = {
    "zensus": "1000A-2022__0_de_q.csv.gz",
    "gemeinden": "11111-02-01-4__0_de_.csv.gz",
    "bevoelkerung": "12411-01-01-4__0_de_.csv.gz",
    "beschaeftigte": "13111-01-03-4__0_de_.csv.gz",
}
FIGURE = ["key", "level", "time", "item", "dimensions", "value", "status", "quality", "sign"]


def file(shared: Path, name: str) -> RawFile:
    return RawFile(shared / "fixtures" / "ffcsv" / FILES[name]).unpacked()


def read(shared: Path, name: str, agreed: Agreed | None = None) -> Reading:
    unpacked = file(shared, name)
    assert ffcsv.recognises(unpacked)
    return ffcsv.read(unpacked, agreed or Agreed())


def signs(frame: pl.DataFrame) -> dict[str, int]:
    return dict(frame.drop_nulls("sign").group_by("sign").len().iter_rows())


def value(frame: pl.DataFrame, key: str, dimensions: str) -> float:
    return frame.filter(key=key, dimensions=dimensions)["value"].item()


@pytest.mark.shared
def test_population_of_kreise_adds_up_only_without_the_districts_of_cities(shared: Path) -> None:
    reading = read(shared, "bevoelkerung", Agreed("12411-01-01-4", "2024-12-31", "kreis", "Zensus2022"))
    totals = reading.frame.filter(dimensions="GES=")
    kreise = totals.filter(level="kreis")
    assert kreise["value"].sum() == 83_577_140
    assert kreise["value"].count() == 400
    assert totals["value"].sum() == 88_230_177
    assert totals.filter(level="bezirk").height == 15
    assert value(reading.frame, "06432", "GES=") == 302_021
    assert reading.frame.height == 1467
    assert signs(reading.frame) == {"-": 222}
    assert set(reading.frame.filter(sign="-")["status"]) == {"not_applicable"}
    alive = dict(totals.filter(pl.col("name") == "Göttingen, Landkreis").select("key", "status").iter_rows())
    assert alive == {"03159": "reported", "03152": "not_applicable"}


@pytest.mark.shared
def test_number_of_gemeinden_per_kreis(shared: Path) -> None:
    reading = read(shared, "gemeinden")
    assert value(reading.frame, "06432", "") == 23
    assert signs(reading.frame) == {"-": 76, ".": 15}
    assert set(reading.frame.filter(sign=".")["level"]) == {"bezirk"}


@pytest.mark.shared
def test_a_level_without_values_is_left_out_and_never_read_as_zero(shared: Path) -> None:
    reading = read(shared, "beschaeftigte")
    counted = reading.frame.group_by("level").agg(pl.col("key").n_unique())
    # The districts of Berlin are secret, which is not the same as nothing; three cities beside them are not published
    assert dict(counted.iter_rows()) == {"bund": 1, "land": 16, "regierungsbezirk": 44, "bezirk": 15}
    districts = reading.frame.filter(level="bezirk").group_by("status", "sign").len()
    assert set(districts.iter_rows()) == {("secret", ".", 12 * 6), ("not_applicable", "-", 3 * 6)}
    assert [(entry.what, entry.rows) for entry in reading.refused] == [("Ebene kreis, ERW032, 2025-06-30", 474 * 6)]
    total = reading.frame.filter(dimensions="NAT=; GES=")
    # Germany counts some who belong to no Land
    assert 0 < value(total, "00", "NAT=; GES=") - total.filter(level="land")["value"].sum() < 3_000
    with pytest.raises(InputError, match="keine einzige Zahl auf dieser Ebene"):
        read(shared, "beschaeftigte", Agreed(level="kreis"))


@pytest.mark.shared
def test_census_with_quality_overlapping_classifications_and_structural_dashes(shared: Path) -> None:
    reading = read(shared, "zensus")
    frame = reading.frame
    assert frame.height == 1360
    assert signs(frame) == {"-": 357}
    assert set(frame.filter(sign="-")["status"]) == {"not_applicable"}
    assert dict(frame.select("level", "item").unique().iter_rows()) == {"bund": "PRS001", "land": "PRS018"}
    assert set(frame["quality"]) == {"final"}
    total = "ALTGR2=; WDGAT2="
    assert value(frame, "06", total) == 6_207_278
    ages = frame.filter(pl.col("dimensions").str.contains("ALTGR2=ALT.*; WDGAT2=$"), key="06")
    assert ages["value"].sum() == 6_207_279
    lands = frame.filter(level="land", dimensions=total)["value"].sum()
    assert value(frame, "00", total) - lands == 8_258
    pairs = frame.with_columns(pl.col("dimensions").str.replace("WDGAT[12]", "WDGAT")).group_by("key", "dimensions")
    twice = pairs.agg(pl.len(), pl.col("value").n_unique().alias("different")).filter(pl.col("len") == 2)
    assert twice.height == 340
    assert twice["different"].max() == 1


@pytest.mark.shared
@pytest.mark.parametrize("name", FILES)
def test_the_compressed_edition_gives_the_same_numbers(shared: Path, name: str) -> None:
    unpacked = file(shared, name)
    short = ffcsv.read(RawFile(unpacked.path, compressed(unpacked.content)))
    whole = ffcsv.read(unpacked)
    assert (
        short.frame.select(FIGURE)
        .sort(FIGURE)
        .equals(whole.frame.filter(pl.col("value").is_not_null()).select(FIGURE).sort(FIGURE))
    )


@pytest.mark.shared
def test_both_languages_of_the_interface_give_the_same_figures(shared: Path) -> None:
    recorded = yaml.safe_load((shared / "fixtures" / "genesis_api" / "12411-01-01-4.yaml").read_text("ascii"))
    answers = [entry["response"]["body"]["string"] for entry in recorded["interactions"]]
    german, english = (
        ffcsv.read(RawFile(Path("antwort.zip"), answer).unpacked())
        for answer in answers
        if isinstance(answer, bytes) and zipfile.is_zipfile(io.BytesIO(answer))
    )
    assert german.title != english.title
    assert german.frame.select(FIGURE).equals(english.frame.select(FIGURE))
    assert german.frame.equals(read(shared, "bevoelkerung").frame)


@pytest.mark.shared
@pytest.mark.parametrize("name", FILES)
def test_a_row_taken_out_of_a_real_file_is_noticed(shared: Path, name: str) -> None:
    unpacked = file(shared, name)
    lines = unpacked.content.split(b"\n")
    less = RawFile(unpacked.path, b"\n".join(lines[:77] + lines[78:]))
    if name == "gemeinden":  # One row per Kreis: nothing tells that one is missing
        assert ffcsv.read(less).frame.height == 488
        return
    with pytest.raises(InputError, match="unvollständig"):
        ffcsv.read(less)
