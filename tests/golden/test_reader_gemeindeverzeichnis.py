"""Gemeindeverzeichnis and Gebietsänderungen as published: counts, totals, and the facts of the 23 Gemeinden."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from pipelines.readers import gebietsaenderungen, gv100ad, gv_isys
from pipelines.readers.rawfile import RawFile
from pipelines.readers.reading import NOTHING_AGREED, Agreed, Reading


def facts(shared: Path, day: str) -> list[tuple[str, str, str, float]]:
    """Key, item, sex and value of the official figures of a day; area in km²."""
    found = pl.read_csv(shared / "facts" / "gemeindeverzeichnis.csv", infer_schema=False).filter(stichtag=day)
    values = found["wert"].cast(pl.Float64)
    return sorted(zip(found["ags"], found["merkmal"], found["auspraegung"], values, strict=True))


def district(reading: Reading, divide: float = 1) -> list[tuple[str, str, str, float]]:
    """The same of a reading; areas divided to be in km²."""
    found = reading.frame.filter(
        pl.col("key").str.starts_with("06432") & pl.col("item").is_in(("flaeche", "bevoelkerung"))
    )
    return sorted(
        (
            row["key"],
            row["item"],
            row["dimensions"].removeprefix("GESCHLECHT=") or "insgesamt",
            row["value"] / (divide if row["item"] == "flaeche" else 1),
        )
        for row in found.iter_rows(named=True)
    )


@pytest.fixture(scope="module")
def register(shared: Path) -> Reading:
    file = RawFile(shared / "fixtures" / "gemeindeverzeichnis" / "31122021_Auszug_GV.xlsx")
    assert gv_isys.recognises(file)
    return gv_isys.read(file, Agreed(time="2021-12-31"))


@pytest.mark.shared
def test_every_record_of_the_workbook(shared: Path, register: Reading) -> None:
    levels = {"land": 16, "regierungsbezirk": 29, "region": 12, "kreis": 400, "verband": 4606}
    left = {one.what.removeprefix("Ebene "): one.rows for one in register.refused if one.what.startswith("Ebene")}
    people = register.frame.filter(item="bevoelkerung", dimensions="GESCHLECHT=")
    assert left == levels
    assert people.height == 10_997
    assert people.height + sum(levels.values()) == 16_060
    assert people.filter(level="gemeindefrei").height == 210
    assert people.filter(value=0).height == 208
    assert people["value"].sum() == 83_237_124
    assert register.stand == "2021-12-31"
    assert set(register.frame.filter(item="breitengrad")["time"]) == {"2020-12-31"}
    assert people.height - register.frame.filter(item="breitengrad").height == 3  # two without, one printed as 0


@pytest.mark.shared
def test_figures_of_the_workbook_are_the_facts(shared: Path, register: Reading) -> None:
    assert district(register) == facts(shared, "2021-12-31")
    people = register.frame.filter(pl.col("key").str.starts_with("06432"), item="bevoelkerung")
    assert people.filter(dimensions="GESCHLECHT=")["value"].sum() == 296_900


@pytest.mark.shared
def test_figures_of_the_text_are_the_facts_of_the_year_before(shared: Path) -> None:
    file = RawFile(shared / "fixtures" / "gemeindeverzeichnis" / "GV100AD_301123.txt.gz").unpacked()
    assert gv100ad.recognises(file)
    reading = gv100ad.read(file, Agreed(time="2022-12-31"))
    assert reading.stand == "2023-11-30"
    assert set(reading.frame.filter(item="flaeche")["time"]) == {"2023-11-30"}
    assert reading.frame.filter(item="flaeche").height == 10_981
    official = [fact for fact in facts(shared, "2022-12-31") if fact[2] != "weiblich"]
    assert district(reading, 100) == official
    alone = gv100ad.read(file, NOTHING_AGREED)
    assert set(alone.frame["item"]) == {"flaeche"}


@pytest.mark.shared
def test_changes_of_2023(shared: Path) -> None:
    file = RawFile(shared / "fixtures" / "gebietsstand" / "gebietsaenderungen_2023.xlsx")
    assert gebietsaenderungen.recognises(file)
    frame = gebietsaenderungen.read(file, Agreed(time="2023")).frame
    assert frame["row"].n_unique() == 58
    assert dict(frame.group_by("level").agg(pl.col("row").n_unique()).iter_rows()) == {"gemeinde": 43, "verband": 15}
    gone = frame.filter(key="06635005", item="bevoelkerung").row(0, named=True)
    assert (gone["name"], gone["value"], gone["time"]) == ("Bromskirchen", 1917, "2023-01-01")
    assert gone["dimensions"].startswith("NACH=06635001;")
    assert "Allendorf (Eder)" in gone["dimension_labels"]
    rest = frame.filter(pl.col("dimensions").str.starts_with("NACH=08425108"), key="08425108")
    assert dict(zip(rest["item"], rest["value"], strict=True)) == {"flaeche": 75_863_044, "bevoelkerung": 6_882}
    same = frame.filter(key="01058019", item="flaeche").row(0, named=True)
    assert "NACH=01058019; NACH_ARS=010585896019; ART=3" in same["dimensions"]
    assert same["status"] == "missing"
    both = frame.filter(pl.col("dimensions").str.contains("ART=3, 4;"))
    assert both["row"].n_unique() == 2
