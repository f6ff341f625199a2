"""Register by birth year: three column sets, age groups only, sums used and left out, no count in any message."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from fixtures.formats.melderegister import AGREED, examples, header, rows, text, workbook

from pipelines.errors import InputError
from pipelines.readers import melderegister, personal
from pipelines.readers.rawfile import RawFile
from pipelines.readers.reading import Agreed, Reading

TIME = "2023-12-31"


def read(content: bytes | str, time: str | None = TIME, **agreed: Any) -> Reading:
    raw = content.encode() if isinstance(content, str) else content
    return melderegister.read(RawFile(Path("gjs.csv"), raw), Agreed(time=time, **agreed))


def changed(at: int, column: str, value: object, width: int = 28) -> str:
    """The file with another cell in a data row."""
    found = rows(width)
    found[at][header(width).index(column)] = value
    return text(found, header(width))


@pytest.mark.parametrize("name", examples())
def test_every_edition_gives_the_same_age_groups(name: str) -> None:
    file = RawFile(Path(name), examples()[name])
    assert melderegister.recognises(file)
    personal.refuse(file)
    frame = melderegister.read(file, Agreed(time=AGREED.get(name))).frame
    areas = frame.select("key", "level").unique().sort("key").rows()
    assert areas == [
        ("06999001", "gemeinde"),
        ("06999001:Mitte", "ortsteil"),
        ("06999001:Oberdorf", "ortsteil"),
        ("06999002", "gemeinde"),
        ("06999002:Bestadt", "ortsteil"),
        ("06999002:Mitte", "ortsteil"),
        ("06999003", "gemeinde"),
    ]
    assert set(frame["time"]) == {TIME}
    total = frame.filter(pl.col("dimensions").str.ends_with("GESCHLECHT=; STAATSANGEHOERIGKEIT="))
    assert total.height == 7 * 12
    parts = total.filter(~pl.col("dimensions").str.starts_with("ALTER=;")).group_by("key").agg(pl.col("value").sum())
    whole = total.filter(pl.col("dimensions").str.starts_with("ALTER=;")).select("key", "value")
    assert parts.sort("key").equals(whole.sort("key"))
    by_area = dict(whole.rows())
    assert by_area["06999001"] == by_area["06999001:Mitte"] + by_area["06999001:Oberdorf"]
    assert by_area["06999002"] == by_area["06999002:Mitte"] + by_area["06999002:Bestadt"]


def test_age_is_the_year_of_reference_minus_the_birth_year() -> None:
    found = rows()
    ew = header().index("EW gesamt")
    expected = sum(int(str(row[ew])) for row in found if row[1] == "Cehausen" and row[2] in (2020, 2019, 2018))
    frame = read(text(found, header())).frame.filter(key="06999003")
    band = frame.filter(dimensions="ALTER=3-5; GESCHLECHT=; STAATSANGEHOERIGKEIT=")
    assert band["value"].to_list() == [expected]
    later = read(text(found, header()), time="2024").frame.filter(key="06999003")
    assert later.filter(dimensions="ALTER=0-2; GESCHLECHT=; STAATSANGEHOERIGKEIT=").height == 1
    assert set(later["time"]) == {"2024-12-31"}


def test_no_birth_year_and_no_crossing_of_sex_and_nationality_in_an_ortsteil() -> None:
    frame = read(text(rows(), header())).frame
    own = frame.filter(level="ortsteil")["dimensions"].unique().to_list()
    assert not [name for name in own if re.search(r"GESCHLECHT=\w+; STAATSANGEHOERIGKEIT=\w", name)]
    assert {name.split(";")[0] for name in own} == {f"ALTER={band}" for band in (
        "", "0-2", "3-5", "6-9", "10-14", "15-17", "18-24", "25-44", "45-64", "65-74", "75-84", "85+"
    )}  # fmt: skip
    crossed = frame.filter(level="gemeinde")["dimensions"].unique().to_list()
    assert "ALTER=85+; GESCHLECHT=W; STAATSANGEHOERIGKEIT=davon_eu_auslaender" not in crossed
    assert "ALTER=85+; GESCHLECHT=W; STAATSANGEHOERIGKEIT=eu_auslaender" in crossed


def test_the_year_comes_from_the_sheet_and_must_be_an_end_of_year() -> None:
    sheet = RawFile(Path("gjs.xlsx"), workbook())
    assert set(melderegister.read(sheet).frame["time"]) == {TIME}
    for content, time in ((text(rows(), header()), None), (text(rows(), header()), "2023-06-30")):
        with pytest.raises(InputError):
            read(content, time=time)
    with pytest.raises(InputError, match="verschiedene Jahre"):
        melderegister.read(sheet, Agreed(time="2022"))
    with pytest.raises(InputError, match="Jahrgang"):
        read(text(rows(), header()), time="2021")


def test_an_area_that_overlaps_is_left_out() -> None:
    found = rows()
    extra = [[6999001, "Sanierungsgebiet", *row[2:]] for row in found if row[1] == "Cehausen"]
    reading = read(text([*found, *extra], header()))
    assert reading.frame.equals(read(text(found, header())).frame)
    assert [left.what for left in reading.refused] == ["Sanierungsgebiet"]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (changed(3, "EW gesamt", 4711), "Geschlechter"),
        (changed(3, "M gesamt", "x4711"), "keine Anzahl"),
        (changed(3, "M gesamt", "4711,5"), "keine Anzahl"),
        (changed(3, "EW gesamt", ""), "keine Anzahl"),
        (changed(3, "GKZ", 699900), "Gemeindeschlüssel"),
        (changed(3, "GKZ", 6999002, 29), "Schlüsselspalten"),
        (changed(3, "Jahrgang", 2022), "mehrfach"),
        (changed(3, "Jahrgang", "unbekannt"), "nicht lesbar"),
        (changed(94, "Jahrgang", "vor 1960"), "mehrfach|nicht lesbar"),
        (changed(3, "Gebiet", ""), "keinen Namen"),
        (text([row for at, row in enumerate(rows()) if at != 50], header()), "Summenzeile"),
        (text(rows()[:-1], header()), "abgeschnitten"),
        (text(rows(), header())[:-2], "abgeschnitten"),
        (text(rows(), header())[:-40], "abgeschnitten|Zellen"),
        (text([row[:-1] for row in rows()], header()[:-1]), "Spalten"),
        (text([row[:3] + row[4:] for row in rows(29)], header(29)[:3] + header(29)[4:]), "Spalten"),
        (text(rows(), [*header()[:-1], "Anzahl"]), "Spalten"),
        (text(rows(), [*header()[:-1], "EW gesamt"]), "Spalten"),
    ],
)
def test_what_is_wrong_is_refused_without_showing_a_count(content: str, what: str) -> None:
    with pytest.raises(InputError, match=what) as refused:
        read(content)
    assert "4711" not in str(refused.value)
    assert refused.value.found is not None


def test_gemeinde_and_ortsteile_that_do_not_fit_are_refused() -> None:
    body = [row for row in rows() if row[2] != "Summe"]
    with pytest.raises(InputError, match="nicht unterscheiden"):
        read(text([row for row in body if not (row[1] == "Oberdorf" and row[2] == 1990)], header()))
    with pytest.raises(InputError, match="nicht unterscheiden"):
        read(text([row for row in body if row[1] != "Oberdorf"], header()))


@pytest.mark.parametrize("kept", [40, 1])
def test_an_end_lost_between_two_rows_is_noticed_without_sums(kept: int) -> None:
    body = [row for row in rows() if row[2] != "Summe"]
    single = [row for row in body if row[1] == "Cehausen"]
    assert read(text(single, header())).frame.height
    for whole in (body, single):
        end = [row for row in whole if row[1] != "Cehausen"] + single[:kept]
        with pytest.raises(InputError, match="abgeschnitten"):
            read(text(end, header()))


def test_an_undecodable_file_does_not_show_what_stands_around_the_fault() -> None:
    content = text(rows(), header()).replace("Oberdorf", "Oberd\ufffdrf", 1)
    with pytest.raises(InputError) as refused:
        read(content)
    assert refused.value.found == "(nicht gezeigt)"


def test_a_kreis_row_and_a_total_without_key() -> None:
    found = rows()
    kreis = [[6999000, "Testkreis", *row[2:]] for row in found if row[1] == "Cehausen"]
    loose = ["", "Gesamt", "Summe", *found[-1][3:]]
    frame = read(text([*found, *kreis, loose], header())).frame
    assert frame.filter(level="kreis")["key"].unique().to_list() == ["06999"]
    assert frame.filter(pl.col("level") != "kreis").equals(read(text(found, header())).frame)
