"""Gebietsänderungen as relations: both keys, both dates, kinds of change, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fixtures.formats.gebietsaenderungen import HEADER, rows, workbook
from fixtures.workbooks import edited, swapped, without_column, without_rows

from pipelines.errors import InputError
from pipelines.readers.gebietsaenderungen import read as read_file
from pipelines.readers.gebietsaenderungen import recognises
from pipelines.readers.rawfile import RawFile
from pipelines.readers.reading import Agreed, Reading


def read(content: bytes, **agreed: Any) -> Reading:
    return read_file(RawFile(Path("aenderungen.xlsx"), content), Agreed(**agreed))


def test_a_dissolved_gemeinde_goes_to_the_one_that_takes_it() -> None:
    assert recognises(RawFile(Path("x.xlsx"), workbook()))
    area, people = read(workbook()).frame.filter(key="06999004").iter_rows(named=True)
    assert (area["item"], area["value"], area["unit"]) == ("flaeche", 5_000_000, "m²")
    assert (people["item"], people["value"], people["unit"]) == ("bevoelkerung", 700, "Personen")
    assert people["dimensions"] == (
        "NACH=06999001; NACH_ARS=069990001001; ART=1; JURISTISCH=2023-01-01; KENNZIFFER=06/2023/0001-R"
    )
    assert people["dimension_labels"] == "aufnehmend=Adorf; Änderungsart=Auflösung"
    assert (people["name"], people["source_key"], people["time"]) == ("Altort", "069990004004", "2023-01-01")


def test_parts_and_the_remainder_written_as_text_or_number() -> None:
    found = read(workbook()).frame.filter(key="06999002", item="flaeche")
    assert found["value"].to_list() == [8048, 25_491_952]
    assert [text[:13] for text in found["dimensions"]] == ["NACH=06999003", "NACH=06999002"]
    assert set(found["time"]) == {"2023-02-01"}
    assert "JURISTISCH=2023-01-01" in found["dimensions"][0]


def test_associations_and_changes_of_key_move_no_figures() -> None:
    frame = read(workbook()).frame
    verband = frame.filter(level="verband")
    assert set(verband["key"]) == {"069990004"}
    assert set(verband["status"]) == {"missing"}
    key = frame.filter(key="06999003", item="flaeche").row(0, named=True)
    assert (key["value"], key["source_key"]) == (None, "069990003003")
    assert "NACH=06999003; NACH_ARS=069995001003; ART=3, 4;" in key["dimensions"]
    assert key["dimension_labels"].endswith("Schlüsseländerung, Namensänderung")


def test_columns_in_another_order_give_the_same_relations() -> None:
    good = read(workbook()).frame.drop("place")
    assert read(swapped(workbook(), 12, 13)).frame.drop("place").equals(good)
    assert read(swapped(workbook(), 1, 2)).frame.drop("place").equals(good)
    moved = read(swapped(workbook(), 7, 8)).frame
    key = ["key", "level", "time", "item", "dimensions", "value"]
    assert sorted(moved.select(key).rows(), key=str) == sorted(good.select(key).rows(), key=str)


def test_units_of_other_years() -> None:
    header = [HEADER[0], [cell.replace("Fläche qm", "Fläche in ha") for cell in HEADER[1]]]
    assert set(read(workbook(header=header)).frame.filter(item="flaeche")["unit"]) == {"ha"}


def refused(content: bytes, **agreed: Any) -> InputError:
    with pytest.raises(InputError) as caught:
        read(content, **agreed)
    return caught.value


@pytest.mark.parametrize(
    ("cells", "row", "column", "what"),
    [
        ({"F6": 5}, 6, "F", "Änderungsart"),
        ({"F6": None}, 6, "F", "Änderungsart"),
        ({"B6": "Kreis"}, 6, "C", "Regionalschlüssel"),
        ({"B6": "Planet"}, 6, "B", "Regionaleinheit"),
        ({"C6": 69990004004}, 6, "C", "Regionalschlüssel"),
        ({"C6": "6999004004"}, 6, "C", "Regionalschlüssel"),
        ({"D6": "06999005"}, 6, "D", "Gemeindeschlüssel"),
        ({"J6": 6999001}, 6, "J", "Gemeindeschlüssel"),
        ({"D5": "06999004"}, 5, "D", "Gemeindeschlüssel"),
        ({"L6": "2023"}, 6, "L", "Datum"),
        ({"M6": "01.01.2024"}, 6, "M", "Zeitraum"),
        ({"H6": -1}, 6, "H", "Einwohner"),
        ({"H6": 0.5}, 6, "H", "Einwohner"),
        ({"G6": "viel"}, 6, "G", "weder eine Zahl"),
        ({"G3": "Fläche"}, 3, "G", "Einheit"),
        ({"G3": "Umfang"}, 3, "flaeche", "Spalte fehlt"),
        ({"A13": "    2 = Namensänderung"}, "unter der Tabelle", "A", "Änderungsarten"),
    ],
)
def test_refusals(cells: dict[str, Any], row: int | str, column: str, what: str) -> None:
    error = refused(edited(workbook(), cells))
    assert what in error.what
    assert (error.row, error.column) == (row, column)


@pytest.mark.parametrize(
    ("unit", "keys"),
    [("Kreis", ("06998", "06999")), ("Kreis", ("069980000000", "069990000000")), ("Regierungsbezirk", ("068", "069"))],
)
def test_changes_of_larger_units_are_left_out_and_counted(unit: str, keys: tuple[str, str]) -> None:
    row = ["06/2023/0009-R", unit, keys[0], "", "Altkreis", 3, "", "", keys[1], "", "Testkreis", *["01.01.2023"] * 2]
    reading = read(workbook([row, *rows()]))
    assert [(one.what, one.rows) for one in reading.refused] == [(f"Änderungen der Einheit {unit}", 2)]
    assert reading.frame.drop("row").equals(read(workbook()).frame.drop("row"))
    assert refused(workbook([row, *rows()]), level="kreis").what == "Die Ebene ist nicht die angegebene."
    assert refused(workbook([[*row[:2], 6998, *row[3:]], *rows()])).column == "C"
    assert refused(workbook([row])).what == "Die Tabelle hat keine Zeilen."


@pytest.mark.parametrize(
    ("law", "statistics"), [("31.12.2023", "01.01.2024"), ("31.12.2023", "01.02.2024"), ("01.12.2023", "01.01.2024")]
)
def test_statistics_follow_a_change_at_the_end_of_the_year_in_the_next_one(law: str, statistics: str) -> None:
    frame = read(edited(workbook(), {"L6": law, "M6": statistics}), time="2023").frame.filter(key="06999004")
    assert set(frame["time"]) == {f"2024-{statistics[3:5]}-01"}


@pytest.mark.parametrize(
    ("law", "statistics"),
    [
        ("31.12.2023", "01.03.2024"),
        ("01.06.2023", "01.01.2024"),
        ("01.01.2024", "01.01.2024"),
        ("31.12.2022", "30.12.2022"),
        ("31.12.2023", "31.12.2024"),
    ],
)
def test_statistics_of_another_year_are_refused(law: str, statistics: str) -> None:
    error = refused(edited(workbook(), {"L6": law, "M6": statistics}))
    assert (error.row, error.column) == (6, "M")
    assert "45 Tage nach" in str(error.expected)


def test_a_relation_twice_is_refused() -> None:
    assert refused(workbook([*rows(), rows()[1]])).row == 10


def test_cut_tables_and_lost_columns_are_noticed() -> None:
    assert "Änderungsarten" in refused(without_rows(workbook(), 8, 20)).what
    assert refused(without_column(workbook(), 8)).column == "bevoelkerung"
    assert refused(swapped(workbook(), 3, 9))


def test_what_was_agreed_must_hold() -> None:
    assert read(workbook(), time="2023", level="gemeinde").frame.height == 10
    assert refused(workbook(), time="2022").found == "2023-01-01 bis 2023-12-31"
    assert refused(workbook(), keys=("06999005",)).what.startswith("Gebiete")
