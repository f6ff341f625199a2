"""Changes of areas that were published, against what is known of them.

Gebietsänderungen 2023 and the Gemeindeverzeichnisse of 31.12.2021 and 30.11.2023 (Statistisches Bundesamt).
"""

from __future__ import annotations

import gzip
from math import fsum
from pathlib import Path

import polars as pl
import pytest

from pipelines.contracts import conform, contract
from pipelines.geography.crosswalk import PERSONS, SURFACE, Crosswalk, steps_of_changes
from pipelines.geography.validity import refuse_contradiction
from pipelines.harmonise.gebietsstand import to_current
from pipelines.readers.formats import read_file
from pipelines.readers.rawfile import RawFile
from pipelines.readers.reading import Agreed

pytestmark = pytest.mark.shared
BROMSKIRCHEN, ALLENDORF = "06635005", "06635001"


def gemeinden(*rows: tuple[str, str, str]) -> pl.DataFrame:
    """`raw.gemeinden` of these keys with their first and last day."""
    return pl.DataFrame(
        [(ags, f"{ags[:5]}0000{ags[5:]}", ags, ags, start, end) for ags, start, end in rows],
        schema=contract("raw.gemeinden").schema(),
        orient="row",
    )


@pytest.fixture(scope="module")
def transitions(shared: Path) -> pl.DataFrame:
    reading = read_file(RawFile(shared / "fixtures" / "gebietsstand" / "gebietsaenderungen_2023.xlsx"), Agreed())
    named = {"source_id": "gebietsaenderungen", "edition": "2023", "file": "gebietsaenderungen/2023/datei.xlsx"}
    steps = steps_of_changes(reading.frame)
    return conform(steps.with_columns(pl.lit(text).alias(name) for name, text in named.items()), "raw.uebergaenge")


@pytest.fixture(scope="module")
def register(shared: Path) -> pl.DataFrame:
    """Surface and population of all Gemeinden on 31.12.2021: key, item, value."""
    path = shared / "fixtures" / "gemeindeverzeichnis" / "31122021_Auszug_GV.xlsx"
    frame = read_file(RawFile(path), Agreed()).frame
    wanted = pl.col("dimensions").is_in(["", "GESCHLECHT="]) & pl.col("item").is_in(["flaeche", "bevoelkerung"])
    return frame.filter(wanted, level="gemeinde").select("key", "item", "value")


def of_2023(shared: Path, ags: str) -> str:
    """The record of a Gemeinde in the GV100AD of 30.11.2023."""
    content = gzip.decompress((shared / "fixtures" / "gemeindeverzeichnis" / "GV100AD_301123.txt.gz").read_bytes())
    (line,) = [line for line in content.decode().splitlines() if line[:2] == "60" and line[10:18] == ags]
    return line


def test_bromskirchen_goes_into_allendorf_as_a_whole(transitions: pl.DataFrame) -> None:
    areas = gemeinden((BROMSKIRCHEN, "unbekannt", "2022-12-31"), (ALLENDORF, "unbekannt", "unbekannt"))
    refuse_contradiction(areas, transitions)
    crosswalk = Crosswalk(areas, transitions)
    for basis in (PERSONS, SURFACE):
        (part,) = crosswalk.parts(BROMSKIRCHEN, "2021-12-31", basis)
        assert (part.area_id, part.share, part.exact) == (ALLENDORF, 1.0, True)
        (stays,) = crosswalk.parts(ALLENDORF, "2021-12-31", basis)
        assert (stays.area_id, stays.share) == (ALLENDORF, 1.0)


@pytest.mark.parametrize("item", ["bevoelkerung", "flaeche"])
def test_the_totals_of_both_are_those_of_allendorf(
    item: str, shared: Path, register: pl.DataFrame, transitions: pl.DataFrame
) -> None:
    """5,600 and 1,917 persons, 41.79 and 35.22 km² of 2021: the register of 2023 has 77.01 km² for Allendorf."""
    delivered = register.filter(pl.col("key").is_in([BROMSKIRCHEN, ALLENDORF]), item=item)
    figures = delivered.select(
        area_id="key", wert="value", stichtag=pl.lit("2021-12-31"), merkmal="item", auspraegung=pl.lit("insgesamt"),
        einheit=pl.lit("km2" if item == "flaeche" else "Personen"), status=pl.lit("reported"), quality=pl.lit("final"),
        basis=pl.lit("Zensus2011"), additive=pl.lit("exact"), source_id=pl.lit("gemeindeverzeichnis"),
        edition=pl.lit("2021"), file=pl.lit("datei.xlsx"), row=pl.lit(2, dtype=pl.Int64),
    )  # fmt: skip
    areas = gemeinden((BROMSKIRCHEN, "unbekannt", "2022-12-31"), (ALLENDORF, "unbekannt", "unbekannt"))
    found, conversions = to_current(figures, Crosswalk(areas, transitions), "06635")
    (row,) = found.rows(named=True)
    assert (row["area_id"], row["status"]) == (ALLENDORF, "reported")
    assert row["wert"] == pytest.approx({"bevoelkerung": 7517, "flaeche": 77.01}[item], abs=1e-9)
    before = dict(delivered.select("key", "value").iter_rows())
    assert dict(conversions.select("from_id", "after").iter_rows()) == before
    assert fsum(before.values()) == pytest.approx(row["wert"], abs=1e-9)
    if item == "flaeche":
        assert row["wert"] == pytest.approx(int(of_2023(shared, ALLENDORF)[128:139]) / 100, abs=1e-9)


def test_wesertal_stands_where_oberweser_and_wahlsburg_were(register: pl.DataFrame) -> None:
    """41.16 and 11.43 km² until 2019; measured anew, Wesertal has 52.65 km²."""
    assert register.filter(pl.col("key").is_in(["06633021", "06633027"])).is_empty()
    assert register.filter(key="06633030", item="flaeche")["value"].item() == pytest.approx(41.16 + 11.43, rel=0.002)


def test_the_persons_handed_over_are_those_of_the_register(shared: Path, register: pl.DataFrame) -> None:
    """1,917 persons were handed over on 01.01.2023, as many as the register counts on 31.12.2021."""
    path = shared / "fixtures" / "gebietsstand" / "gebietsaenderungen_2023.xlsx"
    changes = read_file(RawFile(path), Agreed()).frame
    handed = changes.filter(key=BROMSKIRCHEN, item="bevoelkerung")["value"].to_list()
    assert handed == [1917.0] == register.filter(key=BROMSKIRCHEN, item="bevoelkerung")["value"].to_list()


def test_a_gemeinde_that_was_split_is_divided_as_its_people_were(transitions: pl.DataFrame) -> None:
    """16064073: 1,126 persons to 16064071, 313 to 16064046, 1,699 to 16061118, in another Kreis."""
    crosswalk = Crosswalk(gemeinden(("16064073", "unbekannt", "2022-12-31")), transitions)
    found = {part.area_id: part for part in crosswalk.parts("16064073", "2022-12-31", PERSONS)}
    assert {key: part.share for key, part in found.items()} == pytest.approx(
        {"16064071": 1126 / 3138, "16064046": 313 / 3138, "16061118": 1699 / 3138}
    )
    assert not any(part.exact for part in found.values())
    assert fsum(part.share for part in found.values()) == pytest.approx(1, abs=1e-12)
    assert crosswalk.extent_changed("16064", "2022-12-31") == "2022-12-31"
    assert crosswalk.extent_changed("16064", "2023-12-31") is None


def test_a_part_handed_over_leaves_the_rest(transitions: pl.DataFrame) -> None:
    """12065251 gave 86 of 11,833 persons to 12065332 with effect for statistics from 01.12.2023."""
    areas = gemeinden(("12065251", "unbekannt", "unbekannt"), ("12065332", "unbekannt", "unbekannt"))
    crosswalk = Crosswalk(areas, transitions)
    before = {part.area_id: part.share for part in crosswalk.parts("12065251", "2023-11-30", PERSONS)}
    assert before == pytest.approx({"12065251": 11747 / 11833, "12065332": 86 / 11833})
    (after,) = crosswalk.parts("12065251", "2023-12-01", PERSONS)
    assert (after.area_id, after.share) == ("12065251", 1.0)


def test_a_part_without_people_moves_surface_only(transitions: pl.DataFrame) -> None:
    """Schelklingen 08425108 and Blaubeuren 08425020 exchanged land without people on 01.02.2023."""
    areas = gemeinden(("08425108", "unbekannt", "unbekannt"), ("08425020", "unbekannt", "unbekannt"))
    crosswalk = Crosswalk(areas, transitions)
    (people,) = crosswalk.parts("08425108", "2022-12-31", PERSONS)
    assert (people.area_id, people.share, people.exact) == ("08425108", 1.0, True)
    assert {part.area_id for part in crosswalk.parts("08425108", "2022-12-31", SURFACE)} == {"08425108", "08425020"}


def test_every_gemeinde_of_the_year_keeps_its_people(transitions: pl.DataFrame) -> None:
    for key in transitions["from_id"].unique().sort():
        ended = key not in transitions.filter(pl.col("from_id") == pl.col("to_id"))["from_id"]
        rows = transitions.filter(from_id=key)
        if rows["share_area"].null_count():
            continue
        last = rows["last_day"].max()
        areas = gemeinden((key, "unbekannt", str(last) if ended else "unbekannt"))
        parts = Crosswalk(areas, transitions).parts(key, str(rows["last_day"].min()), SURFACE)
        assert fsum(part.share for part in parts) == pytest.approx(1, abs=1e-12)
