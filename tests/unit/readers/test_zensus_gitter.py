"""Grid cells: all layouts, codes that are no numbers, cells that are where they say, censuses told apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from fixtures.formats.zensus_gitter import (
    CORNERS,
    classes_2011,
    examples,
    key,
    long_1km,
    long_100m,
    new_wide,
    old_wide,
    people_2011,
    scaled,
    text,
)

from pipelines.errors import InputError
from pipelines.readers import zensus_gitter
from pipelines.readers.rawfile import RawFile
from pipelines.readers.reading import Agreed, Reading


def read(content: bytes | str, **agreed: Any) -> Reading:
    raw = content.encode() if isinstance(content, str) else content
    return zensus_gitter.read(RawFile(Path("gitter.csv"), raw), Agreed(**agreed))


@pytest.mark.parametrize("name", examples())
def test_every_layout_is_known_and_names_cells_by_their_lower_left_corner(name: str) -> None:
    content = examples()[name]
    assert zensus_gitter.recognises(RawFile(Path(name), content))
    frame = read(content).frame
    size = 10_000 if "10km" in name else 1_000 if "1km" in name else 100
    corner = key(4_300_000, 3_000_000, size)
    assert frame["key"].n_unique() == 4
    assert corner in frame["key"].to_list()
    assert set(frame["time"]) == {"2022-05-15" if "2022" in name else "2011-05-09"}
    assert set(frame["basis"]) == {"Zensus2022" if "2022" in name else "Zensus2011"}
    assert frame.filter(pl.col("value") < 0).is_empty()


def test_wide_and_long_form_hold_the_same_figures() -> None:
    same = ["key", "item", "value", "status", "sign", "unit", "quality", "time"]
    wide = read(text(*old_wide())).frame.select(same).sort("key", "item")
    assert read(long_1km()).frame.select(same).sort("key", "item").equals(wide)
    codes = wide.filter(pl.col("sign").is_not_null()).group_by("sign", "status").len().sort("sign")
    assert codes.rows() == [("-1", "missing", 5), ("-9", "secret", 4)]
    assert wide.filter(item="Leerstandsquote", status="reported")["value"].sort().to_list() == [0, 4.17]


def test_a_dash_is_missing_and_brackets_limit() -> None:
    frame = read(text(*new_wide())).frame
    first, dash, brackets, zero = frame.filter(item="durchschnMieteQM").sort("row").iter_rows(named=True)
    assert (first["value"], first["sign"], first["quality"]) == (7.85, None, "final")
    assert (dash["value"], dash["sign"], dash["status"]) == (None, "–", "missing")
    assert (brackets["value"], brackets["sign"], brackets["quality"]) == (11.67, "KLAMMERN", "limited")
    assert (zero["value"], zero["status"]) == (0, "reported")


def test_classes_have_a_total_with_an_empty_code_and_a_quality() -> None:
    frame = read(classes_2011()).frame
    assert frame.group_by("dimensions").len().sort("dimensions").rows() == [("", 4), ("GESCHLECHT=2", 4)]
    assert frame.filter(pl.col("sign") == "2").select("quality", "dimension_labels").rows() == [
        ("limited", "Männlich geprüft")
    ]
    assert set(read(long_100m()).frame["item"]) == {"demography"}


def test_a_file_of_classes_is_no_file_of_values() -> None:
    header, rows = old_wide()
    classes = [[*row[:3], *(value if value.startswith("-") else "3" for value in row[3:])] for row in rows]
    frame = read(text(header, classes)).frame
    assert set(frame["item"]) == {f"{name}_klasse" for name in header[3:]}
    assert set(frame["unit"]) == {"Klasse"}


def some(columns: list[str], rows: list[list[str]], size: int = 1000) -> str:
    """A file of 2011 with these values in the cells."""
    name = {100: "100m", 1000: "1km"}[size]
    cells = [
        [f"{name}N{north // size}E{east // size}", str(east + size // 2), str(north + size // 2), *row]
        for (east, north), row in zip(scaled(size), rows, strict=False)
    ]
    return text([f"Gitter_ID_{name}", f"x_mp_{name}", f"y_mp_{name}", *columns], cells)


@pytest.mark.parametrize(
    ("columns", "rows"),
    [
        (["Einwohner"], [["1"], ["4"], ["-1"], ["6"]]),
        (["Einwohner", "Frauen_A", "unter18_A"], [["3", "3", "2"], ["5", "4", "-9"]]),
        (["Einwohner", "unter18_A"], [["2", "3"], ["5", "4"]]),
    ],
)
def test_classes_are_known_without_the_columns_of_means(columns: list[str], rows: list[list[str]]) -> None:
    frame = read(some(columns, rows)).frame
    assert set(frame["item"]) == {f"{name}_klasse" for name in columns}
    assert set(frame["unit"]) == {"Klasse"}


@pytest.mark.parametrize(
    ("columns", "rows", "what"),
    [
        (["Einwohner"], [["1"], ["120"]], "mischt Werte und Klassen"),
        (["Einwohner", "unter18_A"], [["2", "17,5"], ["5", "4"]], "mischt Werte und Klassen"),
        (["Einwohner", "Alter_D"], [["120", "3"], ["40", "4"]], "mischt Werte und Klassen"),
        (["Einwohner"], [["3"], ["5"]], "Personen oder Größenklassen"),
    ],
)
def test_what_may_be_values_or_classes_is_refused(columns: list[str], rows: list[list[str]], what: str) -> None:
    with pytest.raises(InputError, match=what):
        read(some(columns, rows))


def test_few_persons_in_a_cell_of_100_m_or_beside_a_larger_number_are_persons() -> None:
    assert set(read(some(["Einwohner"], [["3"], ["5"]], 100)).frame["unit"]) == {"Personen"}
    assert read(some(["Einwohner"], [["3"], ["12"]])).frame["value"].to_list() == [3, 12]
    assert read(some(["Einwohner"], [["-1"], ["-1"]])).frame["value"].null_count() == 2


@pytest.mark.parametrize("content", [text(*old_wide()), long_1km(), text(*new_wide())])
def test_cells_are_chosen_by_key_or_box(content: str) -> None:
    wanted = key(*CORNERS[3], 1000)
    assert set(read(content, keys=(wanted,)).frame["key"]) == {wanted}
    box = read(content, keys=("bbox:4300000,3000000,4300999,3002000",)).frame
    assert set(box["key"]) == {key(*CORNERS[0], 1000), key(*CORNERS[2], 1000)}
    for absent in ("bbox:4100000,3000000,4100001,3000001", key(4_302_000, 3_000_000, 1000), "06432"):
        with pytest.raises(InputError):
            read(content, keys=(absent,))


def test_too_many_cells_need_a_box(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zensus_gitter, "MOST", 10)
    with pytest.raises(InputError, match="bbox"):
        read(text(*old_wide()))
    assert read(text(*old_wide()), keys=(key(*CORNERS[1], 1000),)).frame.height == 5


def moved(at: int, by: int) -> str:
    """The 1 km file with coordinates moved, in column 1 (x) or 2 (y) or in both (0)."""
    header, rows = old_wide()
    for row in rows:
        for column in (1, 2) if at == 0 else (at,):
            row[column] = str(int(row[column]) + by)
    return text(header, rows)


def with_cell(row: int, column: int, value: str) -> str:
    header, rows = old_wide()
    rows[row][column] = value
    return text(header, rows)


def swapped() -> str:
    header, rows = old_wide()
    header[1], header[2] = header[2], header[1]
    return text(header, rows)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (moved(0, -500), "Ecken"),
        (moved(1, 1000), "nicht dort"),
        (moved(2, 2_000_000), "nicht in Deutschland"),
        (swapped(), "vertauscht"),
        (long_1km().replace("500,Alter", "000,Alter"), "Ecken"),
        (long_1km().replace("500,", "000,"), "Ecken"),
        (with_cell(1, 0, "1kmN9E9"), "nicht dort"),
        (with_cell(1, 0, "Zelle"), "keinen gültigen Schlüssel"),
        (with_cell(0, 3, "-3"), "negativ"),
        (with_cell(0, 3, "12,5"), "keine ganze Zahl"),
        (with_cell(0, 5, "100,1"), "über 100 Prozent"),
        (with_cell(0, 6, "417"), "über 100 Prozent"),
        (with_cell(0, 5, "-0,5"), "negativ"),
        (text(*new_wide()).replace("durchschnMieteQM", "AnteilAuslaender").replace("11,67", "111,67"), "über 100"),
        (text(*new_wide()).replace("durchschnMieteQM", "Eigentuemerquote").replace("7,85", "785"), "über 100"),
        (people_2011().replace("Gitter_ID", "GITTER_ID").replace("-1", "4"), "100mN…E…"),
        (with_cell(0, 4, "43.21"), "Dezimalpunkt"),
        (with_cell(0, 4, "k"), "weder eine Zahl"),
        (with_cell(0, 4, "1" * 16), "weder eine Zahl"),
        (with_cell(0, 4, "–"), "zweier Zensus"),
        (text(old_wide()[0], old_wide()[1] + old_wide()[1][:1]), "mehrfach"),
        (text(old_wide()[0], [row[:-1] for row in old_wide()[1]]), "Zellen"),
        (text(*old_wide())[:-2], "abgeschnitten"),
        (text(*new_wide()).replace("KLAMMERN", "STERN"), "Zeichen"),
        (text(*new_wide()).replace("–", "-9"), "zweier Zensus"),
        (text(*new_wide()).replace("–", "-2"), "negativ"),
        (text(*old_wide()).replace("Gitter_ID", "GITTER_ID"), "zweier Zensus"),
        (people_2011().replace('"Einwohner"', '"Einwohner";"Neu x"'), "Spalte"),
        (classes_2011().replace(";5;", ";2;"), "kleiner"),
        (classes_2011().replace(";5;0", ";5;7"), "Güte"),
        (classes_2011().replace(";2;Männlich", ";zwei;Männlich"), "Merkmal"),
        (classes_2011().replace("GESCHLECHT", "Geschlecht"), "Merkmal"),
        ("\n".join(long_1km().split("\n")[:-3]) + "\n", "fehlen Werte"),
    ],
)
def test_what_is_wrong_is_refused(content: str, what: str) -> None:
    with pytest.raises(InputError, match=what):
        read(content)


def test_the_census_is_told_by_content_not_by_agreement() -> None:
    assert read(text(*old_wide()), time="2011").frame["time"][0] == "2011-05-09"
    for agreed in ("2022", "2022-05-15", "2011-05-10", "2030"):
        with pytest.raises(InputError):
            read(text(*old_wide()), time=agreed)
    header, rows = old_wide()
    only = [[*row[1:3], "7"] for row in rows]
    with pytest.raises(InputError, match="welchem Zensus"):
        read(text([*header[1:3], "Einwohner"], only))
    assert read(text([*header[1:3], "Einwohner"], only), time="2022-05-15").frame["basis"][0] == "Zensus2022"


def test_a_repacked_file_is_known_by_the_persons_of_all_germany() -> None:
    corners = [(4_050_000, 2_700_000), (4_660_000, 3_540_000)]
    rows = [[key(*at, 1000), str(at[0] + 500), str(at[1] + 500), "40100000"] for at in corners]
    with pytest.raises(InputError, match="80200000 Personen"):
        read(text(["GITTER_ID_1km", "x_mp_1km", "y_mp_1km", "Einwohner"], rows))


def test_classes_are_chosen_by_both_forms_of_the_id() -> None:
    box = "bbox:4300000,3000000,4300099,3000099"
    assert set(read(classes_2011(), keys=(box,)).frame["key"]) == {key(4_300_000, 3_000_000, 100)}
    header, *rows = classes_2011().split("\r\n")
    short = "\r\n".join([header.replace("Gitter_ID_100m_neu;", ""), *(row.replace(row.split(";")[1] + ";", "", 1)
                        for row in rows[:-1]), ""])  # fmt: skip
    frame = read(short, keys=(box,)).frame
    assert (set(frame["key"]), set(frame["source_key"])) == ({key(4_300_000, 3_000_000, 100)}, {"100mN30000E43000"})


def added(column: str, value: str) -> str:
    """The topic of 2022 with another column before the marks."""
    header, cells = new_wide()
    return text([*header[:-1], column, header[-1]], [[*row[:-1], value, row[-1]] for row in cells])


@pytest.mark.parametrize(
    "column", ["AGS", "ags_12", "ARS", "Gemeinde", "gemeinde_name", "KREIS_NR", "PLZ", "fid", "NUTS3"]
)
def test_a_column_of_keys_is_no_figure(column: str) -> None:
    assert "AnteilEigentuemer" in set(read(added("AnteilEigentuemer", "12,5")).frame["item"])
    with pytest.raises(InputError, match="Schlüssel oder Namen") as refused:
        read(added(column, "06432001"))
    assert (refused.value.row, refused.value.column) == (1, column)


def test_a_point_before_three_digits_is_not_read_as_decimals() -> None:
    assert read(added("Flaeche", "1250,5")).frame.filter(item="Flaeche")["value"][0] == 1250.5
    with pytest.raises(InputError, match="Tausender trennt") as refused:
        read(added("Flaeche", "1.250").replace("7,85", "7").replace("11,67", "11"))
    assert (refused.value.row, refused.value.column) == (2, "Flaeche")
    points = added("Flaeche", "1.250").replace("7,85", "7.85").replace("11,67", "11.67")
    assert read(points).frame.filter(item="Flaeche")["value"][0] == 1.25


def test_the_capitals_of_a_header_alone_do_not_tell_the_census() -> None:
    cells = [[key(east, north, 100), str(east + 50), str(north + 50), "4"] for east, north in scaled(100)]
    content = text(["Gitter_ID_100m", "x_mp_100m", "y_mp_100m", "Einwohner"], cells)
    with pytest.raises(InputError, match="sagt nicht, von welchem Zensus"):
        read(content)
    for day in ("2011-05-09", "2022-05-15"):
        assert set(read(content, time=day).frame["time"]) == {day}
    assert set(read(people_2011()).frame["time"]) == {"2011-05-09"}
