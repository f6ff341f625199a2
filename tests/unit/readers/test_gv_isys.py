"""The Gemeindeverzeichnis as workbook: every edition by its headings, and what is refused with its row and column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fixtures.formats.gv_isys import FOOTER, GEMEINDEN, eighties, examples, joined, modern, modern_rows, quarterly
from fixtures.workbooks import edited, swapped, without_column, without_rows

from pipelines.errors import InputError
from pipelines.readers.gv_isys import read as read_file
from pipelines.readers.gv_isys import recognises
from pipelines.readers.rawfile import RawFile
from pipelines.readers.reading import Agreed, Reading


def read(content: bytes, **agreed: Any) -> Reading:
    return read_file(RawFile(Path("gv.xlsx"), content), Agreed(**agreed))


def value(reading: Reading, item: str, dimensions: str = "", key: str = "06999002") -> float | None:
    (found,) = reading.frame.filter(item=item, dimensions=dimensions, key=key)["value"]
    return found


def figures(reading: Reading) -> list[tuple[Any, ...]]:
    return sorted(reading.frame.select("key", "item", "dimensions", "time", "value", "status").rows())


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("gv_isys_2021.xlsx", "2021-12-31"),
        ("gv_isys_1995.xlsx", "1995-12-31"),
        ("gv_isys_1983.xlsx", "1983-12-31"),
        ("gv_isys_2009.xlsx", "2009-12-31"),
    ],
)
def test_every_edition_gives_the_same_figures_at_its_day(name: str, day: str) -> None:
    content = examples()[name]
    assert recognises(RawFile(Path(name), content))
    reading = read(content)
    assert reading.stand == day
    for verband, number, _, _, area, *people in GEMEINDEN[:3]:
        at = {"key": f"06999{number}"}
        assert verband in reading.frame.filter(key=at["key"])["source_key"][0] or name == "gv_isys_1983.xlsx"
        assert value(reading, "flaeche", **at) == area
        for code, figure in zip(("", "maennlich", "weiblich"), people, strict=False):
            assert value(reading, "bevoelkerung", f"GESCHLECHT={code}", **at) == figure
    assert set(reading.frame.filter(item="bevoelkerung")["time"]) == {day}
    assert set(reading.frame.filter(item="flaeche")["unit"]) == {"km2"}


def test_an_edition_of_a_quarter_has_the_population_of_an_older_day() -> None:
    reading = read(quarterly())
    days = {item: time for item, time in reading.frame.select("item", "time").iter_rows()}
    assert (days["bevoelkerung"], days["flaeche"], days["laengengrad"]) == ("2023-12-31", "2025-03-31", "2024-12-31")
    assert reading.stand == "2025-03-31"
    at = ["key", "item", "dimensions", "value", "status"]
    assert reading.frame.select(at).equals(read(modern()).frame.select(at))


def test_a_title_that_is_a_year_ahead_is_told_and_does_not_count() -> None:
    reading = read(modern(title_day="31.12.2022"))
    assert set(reading.frame.filter(item="bevoelkerung")["time"]) == {"2021-12-31"}
    assert reading.notes[0].startswith("Der Titel nennt 2022-12-31")


def heading(cells: dict[str, Any]) -> bytes:
    """The modern edition with its area in hundredths, so that a heading in ha is right, and other words above."""
    areas = {f"I{row}": area for row, area in zip((11, 13, 15, 17), (1000, 2550, 725, 310), strict=True)}
    return edited(modern(merged=()), {**areas, **cells})


@pytest.mark.parametrize(
    ("above", "below", "unit"),
    [("Fläche", "in ha", "ha"), ("Fläche in Hektar", None, "ha"), ("Fläche (ha) 1)", None, "ha")],
)
def test_the_unit_of_the_area_is_that_of_the_words_above_it(above: str, below: str | None, unit: str) -> None:
    reading = read(heading({"I3": above, "I4": below}))
    assert set(reading.frame.filter(item="flaeche")["unit"]) == {unit}
    assert value(reading, "flaeche") == 2550
    metres = {f"I{row}": 25.5e6 if row == 13 else None for row in (11, 13, 15, 17)}
    assert read(edited(modern(), {**metres, "I3": "Fläche in m²"})).frame.filter(item="flaeche", key="06999002")[
        "unit"
    ].to_list() == ["m2"]


@pytest.mark.parametrize("words", ["Fläche", "Fläche in Morgen", "Fläche in 1 000 ha", "Fläche in km² bzw. ha"])
def test_an_area_without_a_known_unit_is_refused(words: str) -> None:
    error = refused(heading({"I3": words, "I4": None}))
    assert (error.row, error.column) == ("3 bis 6", "I")
    assert "Einheit der Fläche" in error.what


def test_an_area_in_another_unit_than_its_heading_contradicts_the_density() -> None:
    assert "passen nicht zusammen" in refused(heading({})).what


@pytest.mark.parametrize("cells", [{"J3": "Bevölkerung in 1 000"}, {"J5": "1 000"},
                                   {"A1": "Gemeinden am 31.12.2021, Bevölkerung in Tsd."}])  # fmt: skip
def test_a_population_in_thousands_is_refused(cells: dict[str, Any]) -> None:
    assert "nicht in Personen" in refused(edited(modern(), cells)).what


UNDATED = {"I5": None, "J5": None, "C5": None, "O5": None}


@pytest.mark.parametrize(
    ("cells", "people", "area"),
    [
        ({"A1": "Gebietsstand: 31.03.2020, Bevölkerung 31.12.2018"}, "2018-12-31", "2020-03-31"),
        ({"A1": "Gemeinden am 31.12.2018"}, "2018-12-31", "2018-12-31"),
        ({"J3": "Bevölkerung auf Grundlage des Zensus vom 9. Mai 2011", "J5": "31.12.2013",
          "A1": "Gemeinden am 31.12.2014", "I5": "31.12.2014"}, "2013-12-31", "2014-12-31"),
    ],
)  # fmt: skip
def test_the_word_before_a_date_says_what_it_is_of(cells: dict[str, Any], people: str, area: str) -> None:
    reading = read(edited(modern(), {**UNDATED, **cells}))
    assert set(reading.frame.filter(item="bevoelkerung")["time"]) == {people}
    assert set(reading.frame.filter(item="flaeche")["time"]) == {area}


@pytest.mark.parametrize(
    "cells",
    [
        {"A1": "Gemeinden, Gebietsstand 31.03.2020 (1. Quartal)"},
        {"A1": "Gemeinden am 31.12.2020 (4. Quartal)"},
        {"A1": "Gemeinden am 30.06.2020"},
        {"A1": "Gemeinden", "C5": "Gebietsstand 31.12.2020"},
        {"A1": "Gemeinden", "J5": "Gebietsstand am 31.12.2020"},
    ],
)
def test_a_day_of_the_areas_is_not_taken_for_that_of_the_population(cells: dict[str, Any]) -> None:
    content = edited(modern(), {**UNDATED, **cells})
    error = refused(content)
    assert "welchem Tag" in error.what
    assert "2020" in str(error.found)
    assert "--zeit" in error.remedy
    told = read(content, time="2018-12-31").frame.filter(item="bevoelkerung")
    assert set(told["time"]) == {"2018-12-31"}


def test_the_census_of_the_base_is_known_by_its_day_too() -> None:
    named = edited(modern(), {"A21": "2) Ergebnisse auf Grundlage des Zensus vom 9. Mai 2011"})
    assert read(named).frame.filter(item="bevoelkerung")["basis"][0] == "Zensus2011"


def test_a_joined_key_beside_the_bare_word_gemeinde() -> None:
    bare = edited(joined(), {"A3": "Schlüssel", "B3": "Gemeinde"})
    assert recognises(RawFile(Path("gv.xlsx"), bare))
    assert figures(read(bare)) == figures(read(joined()))


@pytest.mark.parametrize("text", ["12.345", "12 345", "12\u202f345"])
def test_a_number_as_text_with_thousands_is_told_as_one(text: str) -> None:
    assert "Trennzeichen für Tausender" in refused(edited(modern(), {"J13": text})).remedy
    assert "Zeichen neu" in refused(edited(modern(), {"J13": "k"})).remedy


def test_the_date_of_the_classification_is_that_of_the_coordinates_only() -> None:
    reading = read(modern())
    assert set(reading.frame.filter(item="laengengrad")["time"]) == {"2020-12-31"}
    assert value(reading, "laengengrad") == 8.750001
    assert value(reading, "breitengrad") == 49.810002


def test_levels_without_figures_and_codes_are_left_out_with_a_reason() -> None:
    left = {one.what: one.rows for one in read(modern()).refused}
    assert left["Ebene kreis"] == 1
    assert left["Ebene verband"] == 4
    assert left["Postleitzahl"] == 3
    assert any("verstädterung" in what for what in left)


def test_an_area_nobody_lives_in_is_gemeindefrei_with_a_reported_zero() -> None:
    row = read(modern()).frame.filter(key="06999900", item="bevoelkerung", dimensions="GESCHLECHT=").row(0, named=True)
    assert (row["level"], row["value"], row["status"]) == ("gemeindefrei", 0, "reported")
    assert read(examples()["gv_isys_2009.xlsx"]).frame.filter(key="06999900")["level"][0] == "gemeindefrei"


def test_footnotes_and_attribution_are_kept() -> None:
    reading = read(modern())
    assert reading.attribution == "© Testdaten, 2022 Vervielfältigung erlaubt."
    assert FOOTER[2] in reading.notes


def test_an_empty_figure_is_missing_and_a_sign_is_kept() -> None:
    reading = read(edited(modern(), {"I11": None, "M11": None, "J17": "-", "K17": ".", "L17": "."}))
    rows = {(r["key"], r["item"], r["dimensions"]): r for r in reading.frame.iter_rows(named=True)}
    assert rows["06999001", "flaeche", ""]["status"] == "missing"
    dash = rows["06999900", "bevoelkerung", "GESCHLECHT="]
    assert (dash["value"], dash["status"], dash["sign"]) == (0, "zero", "-")
    secret = rows["06999900", "bevoelkerung", "GESCHLECHT=weiblich"]
    assert (secret["value"], secret["status"], secret["sign"]) == (None, "secret", ".")


def test_columns_in_another_order_and_broken_merges_give_the_same_figures() -> None:
    good = figures(read(modern()))
    assert figures(read(swapped(modern(), 9, 11))) == good
    assert figures(read(swapped(modern(), 10, 12))) == good
    assert figures(read(swapped(modern(), 15, 16))) == good
    assert figures(read(modern(merged=()))) == good


def test_figures_above_the_gemeinden_are_read_and_must_add_up() -> None:
    sums = {"J9": 14145, "K9": 6881, "L9": 7264}
    reading = read(edited(modern(), sums), level="kreis")
    assert value(reading, "bevoelkerung", "GESCHLECHT=", "06999") == 14145
    with pytest.raises(InputError) as caught:
        read(edited(modern(), {**sums, "J9": 14146, "K9": 6882}))
    assert (caught.value.row, caught.value.column, caught.value.found) == (9, "J", "14145")
    with pytest.raises(InputError, match="Summe der Gemeinden"):
        read(edited(modern(), {"I9": 4585.0}))


def test_basis_comes_from_the_file_or_the_agreement_and_never_from_the_date() -> None:
    assert set(read(modern()).frame["basis"]) == {None}
    named = edited(modern(), {"A21": "2) Ergebnisse auf Grundlage des Zensus 2011"})
    assert read(named).frame.filter(item="bevoelkerung")["basis"][0] == "Zensus2011"
    assert read(named).frame.filter(item="flaeche")["basis"][0] is None
    with pytest.raises(InputError, match="andere Volkszählung"):
        read(named, basis="Zensus2022")


def many(longitude: Any, latitude: Any) -> bytes:
    """A register with 50 Gemeinden, coordinates by number."""
    rows = modern_rows()[:3]
    for number in range(50):
        figures = [10.0, 1000, 480, 520, 100, "01234", longitude(number), latitude(number), "03", "gering"]
        rows.append(["60", "64", "06", "9", "99", "0001", f"{number:03}", f"Ort {number}", *figures])
    return modern(rows)


def test_degrees_and_minutes_are_told_from_decimals() -> None:
    minutes = read(many(lambda n: 8 + (n % 60) / 100, lambda n: 49.0 + (n % 60) / 100))
    assert value(minutes, "laengengrad", key="06999030") == 8.5
    decimals = read(many(lambda n: 8 + n / 50, lambda n: 49 + n / 50))
    assert value(decimals, "laengengrad", key="06999040") == 8.8


def test_coordinates_whose_notation_is_not_certain_are_left_out() -> None:
    few = [[*row[:14], "8,3", "49,3"] if row[0] == "60" else row for row in modern_rows()]
    reading = read(modern(few))
    assert reading.frame.filter(item="laengengrad").is_empty()
    assert "ist nicht sicher" in next(one.reason for one in reading.refused if "Spalte O" in one.what)


def refused(content: bytes, **agreed: Any) -> InputError:
    with pytest.raises(InputError) as caught:
        read(content, **agreed)
    return caught.value


@pytest.mark.parametrize(
    ("cells", "row", "column", "what"),
    [
        ({"K11": 481}, 11, "J, K, L", "Männlich und weiblich"),
        ({"I13": 255.0}, 13, "I, J, M", "passen nicht zusammen"),
        ({"I13": 1e17}, 13, "I", "weder eine Zahl noch ein bekanntes Zeichen"),
        ({"I13": -25.5}, 13, "I", "kann nicht stimmen"),
        ({"J13": 12345.5, "K13": 6000.5}, 13, "J", "kann nicht stimmen"),
        ({"J13": "12.345"}, 13, "J", "weder eine Zahl noch ein bekanntes Zeichen"),
        ({"J13": "k"}, 13, "J", "weder eine Zahl noch ein bekanntes Zeichen"),
        ({"C13": 6}, 13, "C", "Führende Nullen sind verloren"),
        ({"G13": 2}, 13, "G", "Führende Nullen sind verloren"),
        ({"C13": "17"}, 13, "C", "nicht die Form"),
        ({"G9": "001"}, 9, "G", "nicht die Form"),
        ({"E13": "98"}, 13, "Schlüssel", "fehlen"),
        ({"A13": "70"}, 13, "A", "keiner bekannten Art"),
        ({"G13": "001", "F13": "0001"}, 13, "Schlüssel", "zweimal"),
        ({"O13": "49,810002", "P13": "8,750001"}, 13, "O", "nicht in Deutschland"),
        ({"K4": "insgesamt"}, 3, "J, K", "dieselbe Überschrift"),
        ({"K4": "divers"}, 3, "maennlich", "Spalte fehlt"),
        ({"O4": "x"}, 3, "laenge", "Spalte fehlt"),
        ({"E17": "98"}, 17, "Schlüssel", "fehlen"),
        ({"J5": "am 31.12.2021 und 31.12.2020"}, "3 bis 6", "J, K, L, M", "nicht eindeutig"),
    ],
)
def test_refusals(cells: dict[str, Any], row: int | str, column: str, what: str) -> None:
    error = refused(edited(modern(), cells))
    assert what in error.what
    assert (error.row, error.column) == (row, column)


def test_formula_without_a_result_is_refused() -> None:
    error = refused(edited(modern(), {"J13": '=IF(A13="60",1,2)'}))
    assert (error.row, error.column) == (13, "J")


def test_what_was_agreed_must_hold() -> None:
    assert read(modern(), time="2021-12-31", level="gemeinde", keys=("06999001",)).frame.height
    assert refused(modern(), time="2020-12-31").found == "2021-12-31"
    assert refused(modern(), level="kreis").expected == "kreis"
    assert "06999005" in str(refused(modern(), keys=("06999005",)).found)


def test_a_file_without_any_date_needs_an_agreed_one() -> None:
    undated = edited(eighties(), {"A1": "Gemeinden"})
    assert "kein Datum" in str(refused(undated).found)
    assert set(read(undated, time="1983-12-31").frame["time"]) == {"1983-12-31"}


def test_a_cut_table_and_lost_columns_are_noticed() -> None:
    assert "abgeschnitten" in refused(without_rows(modern(), 14, 10)).what
    assert "fehlen" in refused(without_rows(modern(), 10, 8)).what
    assert refused(without_column(modern(), 12)).column == "weiblich"
    assert refused(without_column(modern(), 4)).column == "rb"
    assert not recognises(RawFile(Path("gv.xlsx"), without_column(modern(), 9)))
    assert "nicht genau ein" in refused(without_column(modern(), 9)).what


def test_two_keys_of_a_row_must_name_one_area() -> None:
    assert figures(read(joined("06999002"))) == figures(read(joined()))
    error = refused(joined("06999003"))
    assert (error.row, error.column, error.found) == (9, "B, A", "069990002002 und 06999003")
    assert refused(joined("6999002")).found == "6999002"


def test_an_unpopulated_area_without_whole_key_is_left_out() -> None:
    reading = read(edited(modern(), {"D17": None}))
    assert reading.frame.filter(key="06999900").is_empty()
    assert "unvollständig" in next(one.reason for one in reading.refused if one.what.startswith("Zeile 17"))
    assert refused(edited(modern(), {"D13": None})).row == 13


def test_other_files_are_not_recognised() -> None:
    for content in (b"", b"Satzart;Land", b"PK\x03\x04kaputt", modern()[:400]):
        assert not recognises(RawFile(Path("x"), content))
