"""Umsteigeschlüssel: levels by the heading, units by the heading, shares that add to 1, no chains."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fixtures.formats.umsteigeschluessel import examples, gemeinden, header, workbook
from fixtures.workbooks import edited, swapped, without_column

from pipelines.errors import InputError
from pipelines.readers.rawfile import RawFile
from pipelines.readers.reading import Agreed, Reading
from pipelines.readers.umsteigeschluessel import read as read_file
from pipelines.readers.umsteigeschluessel import recognises

GEMEINDEN, KREISE = examples().values()


def one(unit: str = " in 100", factor: float = 100) -> bytes:
    return workbook({"2015-2016": [header(2015, 2016, unit), *gemeinden(factor)]})


def read(content: bytes, **agreed: Any) -> Reading:
    return read_file(RawFile(Path("ref.xlsx"), content), Agreed(**agreed))


def shares(reading: Reading, key: str, item: str = "anteil_bevoelkerung") -> dict[str, float | None]:
    found = reading.frame.filter(key=key, item=item)
    return dict(zip(found["dimensions"], found["value"], strict=True))


def test_shares_by_every_measure_and_amounts_of_the_old_area() -> None:
    reading = read(one())
    new = "STAND=2016-12-31"
    assert shares(reading, "06999004") == {f"NACH=06999001; {new}": 0.7501, f"NACH=06999003; {new}": 0.25}
    assert shares(reading, "06999004", "anteil_flaeche") == {f"NACH=06999001; {new}": 0.6, f"NACH=06999003; {new}": 0.4}
    assert set(reading.frame.filter(key="06999004", item="anteil_beschaeftigte")["status"]) == {"estimated"}
    assert set(reading.frame.filter(key="06999001", item="anteil_flaeche")["status"]) == {"reported"}
    amounts = reading.frame.filter(key="06999004", dimensions="").select("item", "value", "unit", "time").rows()
    assert sorted(amounts) == [
        ("beschaeftigte", 1, "100 Beschäftigte", "2015-06-30"),
        ("bevoelkerung", 7, "100 Personen", "2015-12-31"),
        ("flaeche", 5, "km²", "2015-12-31"),
    ]


@pytest.mark.parametrize(("unit", "factor", "printed"), [("", 1, "Personen"), (" in 1000", 1000, "1000 Personen")])
def test_the_unit_is_that_of_the_heading(unit: str, factor: float, printed: str) -> None:
    row = read(one(unit, factor)).frame.filter(key="06999002", item="bevoelkerung").row(0, named=True)
    assert (row["value"], row["unit"]) == (12000 / factor, printed)


def test_shares_without_anybody_to_share_out_have_no_value() -> None:
    found = read(one()).frame.filter(key="06999900", item="anteil_bevoelkerung")
    assert found.select("value", "status", "sign").rows() == [(None, "not_applicable", "1.0")] * 2
    assert set(shares(read(one()), "06999900", "anteil_flaeche").values()) == {0.5}


def test_sheets_of_all_layouts_in_one_workbook() -> None:
    assert recognises(RawFile(Path("x"), GEMEINDEN))
    reading = read(GEMEINDEN)
    assert set(reading.frame.filter(item="anteil_flaeche")["time"]) == {"2014-12-31", "2015-12-31", "2022-12-31"}
    for year in (2014, 2015, 2022):
        found = reading.frame.filter(key="06999004", time=f"{year}-12-31", item="anteil_bevoelkerung")
        assert found["value"].to_list() == [0.7501, 0.25]
        assert found["name"].to_list() == ["Altort", "Altort"]
        assert found["dimension_labels"].to_list() == ["neues Gebiet=Adorf", "neues Gebiet=Groß-Cehausen"]
    assert "Ohne Umsteigeschlüssel zum Folgejahr: 2016, 2017, 2018, 2019, 2020, 2021." in reading.notes


def test_kreise_have_keys_of_five_digits() -> None:
    reading = read(KREISE)
    assert set(reading.frame["level"]) == {"kreis"}
    assert set(reading.frame["key"]) == {"06999"}
    assert shares(reading, "06999") == {"NACH=06999; STAND=2021-12-31": 1.0}


def test_a_pair_is_taken_as_published_or_refused_never_chained() -> None:
    pair = read(GEMEINDEN, time="2015-12-31/2016-12-31").frame
    assert set(pair["time"]) == {"2015-12-31", "2015-06-30"}
    error = refused(GEMEINDEN, time="2014-12-31/2016-12-31")
    assert "aus mehreren Paaren wird keiner gebildet" in error.what
    assert error.found == "2014-12-31/2015-12-31, 2015-12-31/2016-12-31, 2022-12-31/2023-12-31"
    assert refused(GEMEINDEN, time="2016-12-31").expected == "2016-12-31"


def test_a_sheet_that_contradicts_itself_is_left_out() -> None:
    good = [header(2015, 2016, " in 100"), *gemeinden(100)]
    reading = read(workbook({"1990-2021": good, "2015-2016": good, "Hinweise": [["Testdaten"]]}))
    assert [one.what for one in reading.refused] == ["Blatt 1990-2021", "Blatt Hinweise"]
    assert "verschiedene Jahre" in reading.refused[0].reason
    assert "verschiedene Jahre" in str(refused(workbook({"1990-2021": good})).found)


def test_a_sheet_named_by_years_must_be_readable_and_unknown_columns_are_told() -> None:
    assert "nicht zu erkennen" in refused(edited(one(), {"A1": "Gemeinden"})).what
    reading = read(edited(one(), {"F1": "Raumtyp"}))
    assert reading.refused[0].what == "Spalte F in Blatt 2015-2016"
    assert reading.frame.filter(item="flaeche").is_empty()


def test_areas_missing_in_one_of_two_sheets_are_told() -> None:
    told = "3 Gebiete am 2015-12-31 stehen nicht in allen Blättern, etwa 06999003, 06999004, 06999900."
    assert told in read(GEMEINDEN).notes


def test_columns_in_another_order_give_the_same_shares() -> None:
    good = sorted(read(one()).frame.select("key", "item", "time", "dimensions", "value").rows(), key=str)
    for pair in ((3, 4), (5, 6), (7, 8)):
        moved = read(swapped(one(), *pair)).frame
        assert sorted(moved.select("key", "item", "time", "dimensions", "value").rows(), key=str) == good


def test_new_areas_must_exist_where_that_is_known() -> None:
    known = {"gemeinde": frozenset({"06999001", "06999002"})}
    assert refused(one(), existing=known).found == "06999003"


def refused(content: bytes, **agreed: Any) -> InputError:
    with pytest.raises(InputError) as caught:
        read(content, **agreed)
    return caught.value


@pytest.mark.parametrize(
    ("cells", "row", "column", "what"),
    [
        ({"D4": 0.85}, "4 im Blatt 2015-2016", "D", "nicht 1"),
        ({"D4": 1.75}, "4 im Blatt 2015-2016", "D", "kann nicht stimmen"),
        ({"D4": None}, 4, "2015-2016!D", "weder eine Zahl"),
        ({"D4": "halb"}, 4, "2015-2016!D", "weder eine Zahl"),
        ({"G4": -7}, "4 im Blatt 2015-2016", "G", "kann nicht stimmen"),
        ({"A4": 699900}, "4 im Blatt 2015-2016", "A", "nicht die Form"),
        ({"A4": 99999004}, "4 im Blatt 2015-2016", "A", "nicht die Form"),
        ({"I4": None}, "4 im Blatt 2015-2016", "I", "nicht die Form"),
        ({"I4": 6999003}, "5 im Blatt 2015-2016", "alle", "zweimal"),
        ({"G1": "Bevölkerung am 31.12.2015 in Tsd."}, "Kopf des Blatts 2015-2016", "alle", "Einheit"),
        ({"G1": "Fläche am 31.12.2015 in km²"}, "Kopf des Blatts 2015-2016", "alle", "dieselbe Überschrift"),
    ],
)
def test_refusals(cells: dict[str, Any], row: int | str, column: str, what: str) -> None:
    error = refused(edited(one(), cells))
    assert what in error.what
    assert (error.row, error.column) == (row, column)


def test_kreis_keys_in_a_workbook_of_gemeinden_are_refused() -> None:
    table = [header(2015, 2016, ""), *([key, "x", 1, 1, 1, 1, 1, 1, key, "x"] for key in (6998000, 6999000))]
    assert "die von Kreisen" in refused(workbook({"2015": table})).what


def test_lost_columns_and_a_country_that_ends_early_are_noticed() -> None:
    assert "Spalte fehlt" in refused(without_column(one(), 4)).what
    keys = [land * 1_000_000 + 1001 for land in range(1, 16)]
    table = [header(2015, 2016, ""), *([key, "x", 1, 1, 1, 1, 1, 1, key, "x"] for key in keys)]
    assert "letzten Länder fehlen" in refused(workbook({"2015": table})).what


def test_amounts_that_differ_for_one_old_area_are_left_out() -> None:
    reading = read(edited(one(), {"G4": 8}))
    assert reading.frame.filter(key="06999004", item="bevoelkerung").is_empty()
    assert reading.refused[0].what == "Bevölkerung in Blatt 2015-2016"


def test_a_title_above_the_head_and_the_name_of_the_key_in_it() -> None:
    good = [header(2015, 2016, " in 100"), *gemeinden(100)]
    named = [[f"{cell} (AGS)" if at in (0, 8) else cell for at, cell in enumerate(good[0])], *good[1:]]
    titled = workbook({"2015-2016": [["Umsteigeschlüssel 2015 auf 2016"], *named]})
    assert recognises(RawFile(Path("ref.xlsx"), titled))
    same = ["key", "item", "time", "dimensions", "value"]
    assert read(titled).frame.select(same).equals(read(one()).frame.select(same))


def test_pairs_backwards_are_told_as_such() -> None:
    good = [header(2015, 2016, " in 100"), *gemeinden(100)[:4]]
    order = [8, 9, 2, 3, 4, 5, 6, 7, 0, 1]
    back = [good[0], *([row[at] for at in order] for row in good[1:])]
    assert read(workbook({"2015-2016": good})).frame.height
    assert "führen zurück" in refused(workbook({"2015-2016": back})).what
