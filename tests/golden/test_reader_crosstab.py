"""The published crosstabs: every row, sign and status as counted, and figures known from elsewhere."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from pipelines.readers import crosstab, zensus
from pipelines.readers.rawfile import RawFile
from pipelines.readers.reading import NOTHING_AGREED, Agreed, Reading


def reading(shared: Path, code: str) -> Reading:
    file = RawFile(shared / "fixtures" / "crosstab" / f"{code}.csv")
    assert crosstab.recognises(file) and not zensus.recognises(file)
    return crosstab.read(file, Agreed(code=code))


@pytest.mark.shared
def test_average_population_by_sex(shared: Path) -> None:
    found = reading(shared, "12411-05-01-4")
    frame = found.frame
    assert frame.height == 13_450 * 3 and frame["key"].n_unique() == 538
    assert frame["row"].min() == 8 and frame["row"].max() == 13_457
    assert dict(frame.group_by("sign").len().iter_rows()) == {None: 35_919, "-": 3_639, ".": 792}
    assert dict(frame.group_by("status").len().iter_rows()) == {
        "reported": 35_919,
        "not_applicable": 3_639,
        "secret": 792,
    }
    assert set(frame["time"]) == {str(year) for year in range(1995, 2020)}
    assert set(frame["time_kind"]) == {"jahresdurchschnitt"} and set(frame["unit"]) == {"Anzahl"}
    assert found.stand == "20.08.2021 / 09:42:26" and found.refused == ()
    total = frame.filter(pl.col("dimensions") == "KOPF1=")
    kreis = dict(total.filter(pl.col("key") == "06432").select("time", "value").iter_rows())
    # The change of the base, no change of population
    assert (kreis["2010"], kreis["2011"]) == (289_160, 283_051)
    by_sex = frame.pivot("dimensions", index=["key", "time"], values="value").drop_nulls()
    rounded = by_sex.filter(pl.col("KOPF1=maennlich") + pl.col("KOPF1=weiblich") != pl.col("KOPF1="))
    assert rounded.height == 1_017


@pytest.mark.shared
def test_dissolved_districts_and_names_with_two_keys(shared: Path) -> None:
    frame = reading(shared, "12411-05-01-4").frame
    without = frame.group_by("key", "time").agg((pl.col("sign") == "-").fill_null(False).all())
    assert without.filter("sign")["key"].n_unique() == 100
    goettingen = frame.filter(pl.col("name") == "Göttingen, Landkreis", pl.col("dimensions") == "KOPF1=")
    newest = goettingen.filter(pl.col("time") == "2019").select("key", "status").sort("key")
    assert newest.rows() == [("03152", "not_applicable"), ("03159", "reported")]
    bezirke = frame.filter(pl.col("level") == "bezirk")
    assert bezirke["key"].n_unique() == 15 and set(bezirke["key"].str.len_chars()) == {8}


@pytest.mark.shared
def test_school_leavers(shared: Path) -> None:
    frame = reading(shared, "AI-N-06").frame
    assert frame.height == 7_532 * 2
    assert dict(frame.group_by("sign").len().iter_rows()) == {None: 12_713, "-": 1_287, ".": 1_006, "x": 58}
    assert set(frame["time"]) == {str(year) for year in range(2006, 2020)} and set(frame["unit"]) == {"Prozent"}
    graduates = frame.filter(pl.col("item").str.ends_with("hochschulreife %"))
    bamberg = graduates.filter(pl.col("key") == "09471", pl.col("time") == "2006")
    assert bamberg.select("status", "value").row(0) == ("zero", 0.0)
    gap = frame.filter(pl.col("key") == "06432", pl.col("time") == "2007")
    assert gap["status"].to_list() == ["secret", "secret"]
    gone = frame.filter(pl.col("key") == "03152", pl.col("time") == "2019")
    assert gone["status"].to_list() == ["not_applicable"] * 2
    germany = graduates.filter(pl.col("key") == "00", pl.col("time") == "2006")
    assert germany["value"].to_list() == [25.3]


@pytest.mark.shared
@pytest.mark.parametrize("code", ["12411-05-01-4", "AI-N-06"])
def test_re_encoded_files_give_the_same_table(shared: Path, code: str) -> None:
    known = reading(shared, code).frame
    text = (shared / "fixtures" / "crosstab" / f"{code}.csv").read_bytes().decode("iso-8859-1")
    for content in (text.encode("utf-8-sig"), text.replace("\n", "\r\n").encode("iso-8859-1")):
        assert crosstab.read(RawFile(Path("x.csv"), content), NOTHING_AGREED).frame.equals(known)
