"""GENESIS flat files: values, signs, levels and totals of every edition, and each refusal beside the good file."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import InputError
from pipelines.readers import ffcsv
from pipelines.readers.rawfile import RawFile
from pipelines.readers.reading import NOTHING_AGREED, Agreed, Reading
from tests.fixtures.formats.ffcsv import (
    BOM,
    Cell,
    columns_moved,
    compressed,
    examples,
    flat,
    gemeinden,
    kreise,
    levels,
    verbaende,
    zensus,
)

FIGURE = ["key", "level", "time", "time_kind", "item", "dimensions", "value", "status", "quality"]


def read(content: bytes, agreed: Agreed = NOTHING_AGREED) -> Reading:
    file = RawFile(Path("tabelle.csv"), content)
    assert ffcsv.recognises(file)
    return ffcsv.read(file, agreed)


def refused(content: bytes, agreed: Agreed = NOTHING_AGREED) -> InputError:
    with pytest.raises(InputError) as caught:
        read(content, agreed)
    return caught.value


def figures(reading: Reading) -> list[tuple]:
    return sorted(reading.frame.select(FIGURE).iter_rows(), key=str)


def one(reading: Reading, **where: str) -> dict:
    (row,) = reading.frame.filter(**where).iter_rows(named=True)
    return row


def edited(content: bytes, row: int, column: str, text: str) -> bytes:
    """The file with one cell changed; row as a person counts, the header is 1."""
    lines = content.decode().split("\n")
    cells = lines[row - 1].split(";")
    cells[lines[0].removeprefix(BOM).split(";").index(column)] = text
    lines[row - 1] = ";".join(cells)
    return "\n".join(lines).encode()


def row_with(content: bytes, *texts: str) -> int:
    lines = content.decode().split("\n")
    return next(number for number, line in enumerate(lines, start=1) if all(text in line.split(";") for text in texts))


def test_the_total_has_an_empty_code_and_stands_beside_its_parts() -> None:
    reading = read(kreise())
    parts = reading.frame.filter(level="kreis", key="06999")
    assert dict(parts.select("dimensions", "value").iter_rows()) == {"GES=": 1000, "GES=GESM": 490, "GES=GESW": 510}
    total = one(reading, level="kreis", key="06999", dimensions="GES=")
    assert (total["name"], total["unit"], total["item_label"]) == (
        "Testdaten, Landkreis",
        "Anzahl",
        "Bevölkerungsstand",
    )
    assert total["dimension_labels"] == "Geschlecht: Insgesamt"
    assert (total["time"], total["time_kind"], total["sign"]) == ("2024-12-31", "stichtag", None)
    assert reading.code == "12411"


def test_a_city_among_the_kreise_is_no_kreis_so_that_sums_do_not_double() -> None:
    frame = read(kreise()).frame.filter(pl.col("dimensions") == "GES=")
    assert frame.filter(level="kreis")["value"].sum() == 13_345
    assert frame.filter(level="bezirk")["key"].to_list() == ["06999001"]


def test_a_dissolved_kreis_has_no_zero() -> None:
    gone = read(kreise()).frame.filter(key="06997")
    assert gone["value"].null_count() == 3
    assert set(gone["status"]) == {"not_applicable"}
    assert set(gone["sign"]) == {"-"}


def test_keys_that_existed_decide_over_a_dash() -> None:
    known = {"kreis": frozenset({"06999", "06998", "06997"})}
    assert set(read(kreise(), Agreed(existing=known)).frame.filter(key="06997")["status"]) == {"zero"}


def test_both_languages_and_the_compressed_edition_give_the_same_figures() -> None:
    files = examples()
    german = read(files["kreise_de_flat.csv"])
    english = read(files["kreise_en_flat.csv"])
    assert figures(english) == figures(german)
    assert set(english.frame["dimension_labels"]) == {"Sex: Total", "Sex: male", "Sex: female"}
    for name in ("kreise_de_flat.csv", "gemeinden_de_flat.csv"):
        whole, short = read(files[name]), read(files[f"komprimiert_{name}"])
        assert figures(short) == [row for row in figures(whole) if row[7] == "reported"]


def test_a_note_says_that_cells_of_the_compressed_edition_are_absent() -> None:
    assert read(gemeinden()).notes == ()
    (note,) = read(compressed(gemeinden())).notes
    assert note == "2 Zellen der Tabelle fehlen; in der komprimierten Fassung sind das Zeilen ohne Zahl."


def test_every_sign_is_kept_and_a_dash_of_an_existing_area_is_zero() -> None:
    reading = read(gemeinden())
    found = {
        (row["key"][-1], row["time"], row["item"]): (row["value"], row["status"], row["sign"])
        for row in reading.frame.iter_rows(named=True)
    }
    assert found["2", "2021", "BEV001"] == (0.0, "zero", "-")
    assert found["1", "2021", "BEV001"] == (7.0, "reported", None)
    assert found["1", "2023", "BEV001"] == (None, "later", "...")
    assert found["2", "2023", "BEV001"] == (None, "not_applicable", "x")
    assert found["3", "2023", "BEV001"] == (None, "uncertain", "/")
    assert found["1", "2023", "BEV002"] == (None, "secret", ".")
    assert found["3", "2022", "BEV002"] == (-3.25, "reported", None)
    assert set(reading.frame["time_kind"]) == {"jahr"}
    assert dict(reading.frame.select("item", "unit").unique().iter_rows()) == {"BEV001": "Anzahl", "BEV002": "je 1000"}


def test_the_level_follows_the_variable_and_a_level_without_numbers_is_left_out() -> None:
    reading = read(levels())
    assert set(reading.frame.select("level", "key").iter_rows()) == {
        ("bund", "00"),
        ("land", "06"),
        ("land", "07"),
        ("regierungsbezirk", "064"),
        ("regierungsbezirk", "065"),
    }
    (entry,) = reading.refused
    assert entry.what == "Ebene kreis, ERW032, 2025-06-30"
    assert entry.rows == 4
    assert one(reading, key="00", dimensions="NAT=")["source_key"] == "DG"
    assert one(reading, key="07", dimensions="NAT=")["status"] == "not_applicable"
    assert one(reading, key="064", dimensions="NAT=NATA")["status"] == "secret"


def test_a_level_without_numbers_is_an_error_when_it_is_asked_for() -> None:
    assert read(levels(), Agreed(level="land")).frame.height == 10
    error = refused(levels(), Agreed(level="kreis"))
    assert error.what == "Die Datei enthält keine Zahl, die sich verwenden lässt."
    assert error.expected == "Zahlen der Ebene kreis"
    assert "keine einzige Zahl auf dieser Ebene" in str(error.found)


def test_a_level_may_hold_one_indicator_and_not_the_other() -> None:
    area = ("KREISE", "Kreise", "06999", "Testdaten"), ("KREISE", "Kreise", "06998", "Nebenan")
    cells = [Cell((where,), "5", "A001", "Eines") for where in area]
    reading = read(flat([*cells, *(Cell((where,), "-", "B001", "Anderes") for where in area)]))
    assert set(reading.frame["item"]) == {"A001"}
    assert [entry.what for entry in reading.refused] == ["Ebene kreis, B001, 2024-12-31"]


def test_a_level_with_signs_but_no_number_shows_the_gap() -> None:
    values = {"06999": ("7", "."), "06998": ("-", "-")}
    cells = [
        Cell((("KREISE", "Kreise", key, f"Kreis {key}"),), value, "A001", "Eines", time=time)
        for key, both in values.items()
        for time, value in zip(("2023-12-31", "2024-12-31"), both, strict=True)
    ]
    # Another indicator shows that the second Kreis exists, and its dash is zero where others have numbers
    cells += [Cell((("KREISE", "Kreise", "06998", "Kreis 06998"),), "5", "B001", "Anderes", time="2023-12-31")]
    cells += [Cell((("KREISE", "Kreise", "06998", "Kreis 06998"),), "5", "B001", "Anderes", time="2024-12-31")]
    reading = read(flat(cells))
    found = {(row["key"], row["time"]): row["status"] for row in reading.frame.filter(item="A001").to_dicts()}
    assert found == {
        ("06999", "2023-12-31"): "reported",
        ("06998", "2023-12-31"): "zero",
        ("06999", "2024-12-31"): "secret",
        ("06998", "2024-12-31"): "not_applicable",
    }
    assert not reading.refused


def test_a_combination_that_no_area_has_is_not_zero() -> None:
    def cells(areas: tuple[str, ...]) -> list[Cell]:
        return [
            Cell((("KREISE", "Kreise", key, f"Kreis {key}"), ("NAT", "Nationalität", code, code or "Insgesamt")), value)
            for key in areas
            for code, value in (("", "5"), ("NATA", "-"))
        ]

    several = read(flat(cells(("06999", "06998")))).frame.filter(dimensions="NAT=NATA")
    assert set(several["status"]) == {"not_applicable"}
    alone = read(flat(cells(("06999",)))).frame.filter(dimensions="NAT=NATA")
    assert alone["status"].to_list() == ["zero"]


def test_gemeinden_of_the_census_get_their_ags() -> None:
    reading = read(zensus())
    assert dict(reading.frame.select("source_key", "key").unique().iter_rows()) == {
        "069990000001": "06999001",
        "069990001002": "06999002",
    }
    assert set(reading.frame["level"]) == {"gemeinde"}


def test_overlapping_classifications_stay_apart_by_the_code_of_their_variable() -> None:
    frame = read(zensus()).frame.filter(key="06999001", item="PRS018")
    assert frame.height == 12
    assert frame.filter(pl.col("dimensions") == "ALTGR=; WDGAT1=WANDERUNG-X")["value"].to_list() == [30.0]
    assert frame.filter(pl.col("dimensions") == "ALTGR=; WDGAT2=WANDERUNG-X")["value"].to_list() == [30.0]


def test_number_and_share_of_one_code_are_two_items() -> None:
    frame = read(zensus()).frame.filter(key="06999001", dimensions="ALTGR=; WDGAT2=")
    assert list(frame.sort("item").select("item", "unit", "value").iter_rows()) == [
        ("PRS018", "Anzahl", 50.0),
        ("PRS018 %", "%", 100.5),
    ]


def test_quality_beside_a_value_is_read_and_a_dash_without_one_is_no_zero() -> None:
    reading = read(zensus())
    assert one(reading, key="06999001", item="PRS018", dimensions="ALTGR=; WDGAT2=")["quality"] == "final"
    provisional = one(reading, key="06999002", item="PRS018", dimensions="ALTGR=; WDGAT2=")
    assert (provisional["quality"], provisional["sign"]) == ("provisional", "p")
    young = one(reading, key="06999001", item="PRS018", dimensions="ALTGR=ALT018BXXX; WDGAT1=WANDERUNG-EINS")
    assert (young["status"], young["value"]) == ("not_applicable", None)
    assert reading.notes == ("4 Zellen „-“ ohne Angabe zur Qualität: die Kombination ist nicht gebildet.",)


@pytest.mark.parametrize(
    ("mark", "status", "quality", "sign"),
    [
        ("e", "reported", "final", None),
        ("", "reported", "final", None),
        ("p", "reported", "provisional", "p"),
        ("r", "reported", "revised", "r"),
        ("s", "estimated", "final", "s"),
        ("()", "reported", "limited", "()"),
    ],
)
def test_marks_of_quality(mark: str, status: str, quality: str, sign: str | None) -> None:
    content = edited(zensus(), row_with(zensus(), "p"), "value_q", mark)
    row = read(content).frame.filter(row=row_with(zensus(), "p")).row(0, named=True)
    assert (row["status"], row["quality"], row["sign"]) == (status, quality, sign)


def test_a_sign_may_be_repeated_in_the_column_of_quality() -> None:
    frame = read(verbaende()).frame
    assert list(frame.sort("key").select("key", "level", "status").iter_rows()) == [
        ("069990001", "verband", "reported"),
        ("069990002", "verband", "uncertain"),
    ]


@pytest.mark.parametrize("text", ["u", "pr", "-", "."])
def test_unknown_and_contradicting_quality_is_refused(text: str) -> None:
    row = row_with(zensus(), "p")
    error = refused(edited(zensus(), row, "value_q", text))
    assert error.what == "Ein Zeichen zur Qualität ist nicht bekannt oder widerspricht dem Wert."
    assert (error.row, error.column) == (row, "value_q")


@pytest.mark.parametrize(
    ("variable", "code", "level", "key"),
    [
        ("DINSG", "DG", "bund", "00"),
        ("DG", "DG", "bund", "00"),
        ("GEODL3", "DG", "bund", "00"),
        ("DLAND", "06", "land", "06"),
        ("GEOBL1", "16", "land", "16"),
        ("DLANDU", "06", "land", "06"),
        ("REGBEZ", "064", "regierungsbezirk", "064"),
        ("GEORB1", "01", "regierungsbezirk", "010"),
        ("KREISE", "06999", "kreis", "06999"),
        ("GEOLK4", "02000", "kreis", "02000"),
        ("GEOKR1", "06999", "kreis", "06999"),
        ("GEOLK1", "069990000000", "kreis", "06999"),
        ("FKREISE", "06999", "kreis", "06999"),
        ("GEOBZ1", "11000001", "bezirk", "11000001"),
        ("GEMEIN", "06999001", "gemeinde", "06999001"),
        ("GEMEIN", "06998", "gemeinde", "06998000"),
        ("GEOGM1", "069990000001", "gemeinde", "06999001"),
        ("FAMTGEM", "069990001", "verband", "069990001"),
        ("GEOVB4", "069990001000", "verband", "069990001"),
    ],
)
def test_regional_variables(variable: str, code: str, level: str, key: str) -> None:
    row = read(flat([Cell(((variable, "Gebiete", code, "Irgendwo"),), "1")])).frame.row(0, named=True)
    assert (row["level"], row["key"], row["source_key"]) == (level, key, code)


def test_what_is_no_area_of_the_administration_is_left_out_with_a_reason() -> None:
    cells = [Cell((("DLANDX", "Länder", code, name),), "1") for code, name in (("06", "Hessen"), ("AUSL", "Ausland"))]
    reading = read(flat(cells))
    assert reading.frame["key"].to_list() == ["06"]
    assert [(entry.what, entry.rows) for entry in reading.refused] == [("DLANDX: Ausland", 1)]
    error = refused(flat([Cell((("NUTS-2", "NUTS", "DE71", "Darmstadt"),), "1")]))
    assert error.what == "Die Datei enthält keine Zahl, die sich verwenden lässt."


@pytest.mark.parametrize(
    ("code", "time", "read_as"),
    [
        ("STAG", "2024-02-29", ("2024-02-29", "stichtag")),
        ("JAHR", "1995", ("1995", "jahr")),
        ("SEMEST", "WS 2022/23", ("2022-10-01/2023-03-31", "zeitraum")),
        ("SEMEST", "SS 2023", ("2023-04-01/2023-09-30", "zeitraum")),
        ("SEMEST", "2022-10P6M", ("2022-10-01/2023-03-31", "zeitraum")),
        ("SJAHR", "2022/23", ("2022/2023", "zeitraum")),
        ("DJAHR", "2020/2022", ("2020/2022", "zeitraum")),
        ("STAG", "31.12.2024", None),
        ("STAG", "2023-02-29", None),
        ("STAG", "2024", None),
        ("JAHR", "2024-12-31", None),
        ("SEMEST", "2023-WS", None),
        ("SEMEST", "WS 2022/24", None),
        ("HJAHR", "2024-05", None),
        ("SMONAT", "2024-05", ("2024-05-01/2024-05-31", "zeitraum")),
        ("SMONAT", "2023-03-31", ("2023-03-31", "stichtag")),
        ("WAHLTG", "2021-09-26", ("2021-09-26", "stichtag")),
        ("WAHLTG", "2021-09-31", None),
        ("KJAHR", "2023", ("2023", "jahr")),
        ("JAHR", "2023-01P1Y", ("2023", "jahr")),
        ("JAHR", "2023-07P1Y", None),
        ("SEMEST", "WT 2023/24", ("2023-10-01/2024-03-31", "zeitraum")),
        ("SEMEST", "ST 2023", ("2023-04-01/2023-09-30", "zeitraum")),
        ("SEMEST", "XT 2023", None),
        ("QUARTG", "2023-Q4", ("2023-10-01/2023-12-31", "zeitraum")),
        ("QUARTG", "2023-Q5", None),
        ("SCHULJ", "1999/00", ("1999/2000", "zeitraum")),
        ("SCHULJ", "1999/99", None),
        ("SCHULJ", "2000/1999", None),
        ("DJAHR", "2022/20", None),
    ],
)
def test_times(code: str, time: str, read_as: tuple[str, str] | None) -> None:
    content = flat([Cell((("KREISE", "Kreise", "06999", "Testdaten"),), "1", time=time)], time=(code, "Zeit"))
    if read_as:
        row = read(content).frame.row(0, named=True)
        assert (row["time"], row["time_kind"]) == read_as
        assert read(content).notes == (() if code in ("STAG", "JAHR") else (f"Zeitbezug der Tabelle: Zeit ({code}).",))
    else:
        error = refused(content)
        assert error.what == "Eine Zeitangabe hat keine bekannte Form."
        assert (error.row, error.column, error.found) == (2, "time", f"{code}: {time}")


def test_points_are_decimal_only_where_they_can_be_nothing_else() -> None:
    def content(*values: str) -> bytes:
        areas = ("06999", "06998", "06996")
        return flat(Cell((("KREISE", "Kreise", key, key),), value) for key, value in zip(areas, values, strict=False))

    reading = read(content("1.5", "1.234"))
    assert sorted(reading.frame["value"]) == [1.234, 1.5]
    assert reading.notes == ("Die Datei schreibt Zahlen mit Dezimalpunkt.",)
    for values in (("1.234", "5.678"), ("1.5", "1,5"), ("1.234,5", "7")):
        error = refused(content(*values))
        assert error.what == "Eine Zelle enthält weder eine Zahl noch ein bekanntes Zeichen."
        assert error.column == "value"


@pytest.mark.parametrize("text", ["k", "1e5", "nan", "inf", "1 000", "12345678901234567890", "=1+1", "–", "(5", "--"])
def test_a_value_that_is_neither_number_nor_sign_is_refused_with_its_row(text: str) -> None:
    error = refused(edited(kreise(), 5, "value", text))
    assert error.what == "Eine Zelle enthält weder eine Zahl noch ein bekanntes Zeichen."
    assert (error.row, error.column, error.found) == (5, "value", text)


def test_the_file_may_be_windows_text_or_without_bom_or_in_latin_1() -> None:
    good = read(kreise()).frame
    content = kreise()
    for other in (
        content.replace(b"\n", b"\r\n"),
        content.decode("utf-8-sig").encode(),
        content.decode("utf-8-sig").encode("iso-8859-1"),
        content.removesuffix(b"\n"),
    ):
        assert read(other).frame.equals(good)


@given(st.permutations(range(17)))
@settings(max_examples=20)
def test_columns_are_read_by_name(order: list[int]) -> None:
    assert read(columns_moved(kreise(), order)).frame.equals(read(kreise()).frame)


@given(st.integers(1, len(kreise()) - 1))
def test_a_file_cut_anywhere_is_refused(length: int) -> None:
    file = RawFile(Path("tabelle.csv"), kreise()[:length])
    if length == len(kreise()) - 1:
        return  # Only the last line feed is missing
    with pytest.raises(InputError):
        ffcsv.read(file)


@given(st.integers(1, 300), st.binary(min_size=1, max_size=3), st.integers(0, len(kreise())))
def test_damaged_bytes_never_end_in_a_fault_of_the_program(length: int, put: bytes, at: int) -> None:
    content = kreise()
    with contextlib.suppress(InputError):
        ffcsv.read(RawFile(Path("tabelle.csv"), content[:at] + put + content[at + length :]))


def test_rows_lost_between_the_first_and_the_last_are_noticed() -> None:
    lines = kreise().decode().split("\n")
    error = refused("\n".join(lines[:5] + lines[6:]).encode())
    assert error.what == "Die Datei ist unvollständig."
    assert error.expected == "12 Zeilen (4 Gebiete × 3 Codes in 2_variable_attribute_code)"
    assert error.found == "11 Zeilen"


def test_whole_lines_of_the_table_may_be_left_out() -> None:
    lines = kreise().decode().split("\n")
    kept = [line for line in lines if ";06998;" not in line]
    assert read("\n".join(kept).encode()).frame.height == 9


@pytest.mark.parametrize(
    ("column", "what"),
    [
        ("value", "fehlende"),
        ("time", "fehlende"),
        ("2_variable_attribute_label", "fehlende"),
        ("statistics_label", "fehlende"),
    ],
)
def test_a_dropped_column_is_refused(column: str, what: str) -> None:
    header = kreise().decode("utf-8-sig").split("\n")[0].split(";")
    order = [at for at, name in enumerate(header) if name != column]
    error = refused(columns_moved(kreise(), order))
    assert error.what == f"Die Datei hat {what} Spalten."
    assert (error.row, error.column) == (1, column)


def test_unknown_and_repeated_columns_are_refused() -> None:
    error = refused(kreise().replace(b";value_unit;", b";value_unit;value_note;", 1))
    assert (error.what, error.column) == ("Die Datei hat unbekannte Spalten.", "value_note")
    error = refused(kreise().replace(b";value_unit;", b";value;value_unit;", 1))
    assert (error.what, error.column) == ("Die Datei hat doppelte Spalten.", "value")
    error = refused(kreise().replace(b"2_variable", b"3_variable"))
    assert error.what == "Die Datei hat fehlende Spalten."
    assert "2_variable_code" in str(error.column)


def test_more_rows_than_fit_into_memory_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = read(kreise()).frame.height
    monkeypatch.setattr(ffcsv, "ROWS", rows)
    assert read(kreise()).frame.height == rows
    monkeypatch.setattr(ffcsv, "ROWS", rows - 1)
    for content in (kreise(), kreise().decode("utf-8-sig").encode("iso-8859-1")):
        error = refused(content)
        assert error.what == "Die Datei hat mehr Zeilen, als auf einmal gelesen werden."
        assert (error.expected, error.found) == (f"höchstens {rows - 1} Zeilen", "mehr")
        assert "weniger Jahre" in error.remedy


def test_a_key_among_the_values_is_refused_and_no_number() -> None:
    assert one(read(edited(kreise(), 5, "value", "7")), row=5)["value"] == 7  # type: ignore[arg-type]
    error = refused(edited(kreise(), 5, "value", "007"))
    assert (error.row, error.column, error.found) == (5, "value", "007")


def test_another_separator_is_refused() -> None:
    error = refused(kreise().replace(b",", b"").replace(b";", b","))
    assert error.what == "Die Datei hat unbekannte Spalten."


OLD = "Statistik_Code;Statistik_Label;Zeit_Code;Zeit_Label;Zeit;1_Merkmal_Code;1_Merkmal_Label;1_Auspraegung_Code;"
OLD += "1_Auspraegung_Label;BEVSTD__Bevoelkerungsstand__Anzahl\n12411;Testdaten;STAG;Stichtag;31.12.2020;"
OLD_ENGLISH = OLD.replace("Statistik", "Statistics").replace("Zeit", "Time").replace("Merkmal", "Variable")


@pytest.mark.parametrize("text", [OLD, OLD_ENGLISH.replace("Auspraegung", "Variable_Attribute")])
def test_the_old_layout_is_recognised_and_refused(text: str) -> None:
    error = refused(f"{text}KREISE;Kreise und kreisfreie Städte;06999;Testdaten;5\n".encode("iso-8859-1"))
    assert error.what == "Die Datei hat den alten Aufbau der GENESIS-Flat-CSV (bis 2024)."
    assert error.row == 1


@pytest.mark.parametrize(
    "content", [b"", b"a;b;c\n1;2;3\n", b"ags,stichtag,merkmal,wert\n", b"PK\x03\x04", b"\x00" * 99]
)
def test_other_files_are_not_recognised(content: bytes) -> None:
    assert not ffcsv.recognises(RawFile(Path("datei.csv"), content))


def broken(change: Callable[[bytes], bytes]) -> InputError:
    return refused(change(kreise()))


def test_a_figure_twice_is_refused_with_both_rows() -> None:
    lines = kreise().decode().removesuffix("\n").split("\n")
    error = broken(lambda _: "\n".join([*lines, lines[3], ""]).encode())
    assert error.what == "Eine Zahl steht zweimal in der Datei."
    assert error.row == len(lines) + 1
    assert error.expected == "jede Kombination von Codes einmal; zuerst in Zeile 4"


def test_a_key_that_lost_its_zero_is_told() -> None:
    row = row_with(kreise(), "06999", "GESM")
    error = broken(lambda content: edited(content, row, "1_variable_attribute_code", "6999"))
    assert error.what == "Ein Gebietsschlüssel hat seine führende Null verloren."
    assert (error.row, error.column, error.found) == (row, "1_variable_attribute_code", "6999")


@pytest.mark.parametrize("key", ["0699", "069990", "06 99", "DE71", "DG"])
def test_a_key_of_another_form_is_refused(key: str) -> None:
    error = broken(lambda content: edited(content, 4, "1_variable_attribute_code", key))
    assert error.what == "Ein Gebietsschlüssel hat nicht die Form seiner Ebene."
    assert (error.row, error.found) == (4, key)
    assert error.expected == "KREISE: 5 Ziffern (Kreis) oder 8 Ziffern (Stadt oder Stadtbezirk)"


def test_a_kreis_among_gemeinden_is_refused() -> None:
    cells = [Cell((("GEMEIN", "Gemeinden", key, key),), "1") for key in ("06999", "06999001")]
    assert refused(flat(cells)).what == "Ein Kreis steht unter den Gemeinden."


@pytest.mark.parametrize("change", [(b"KREISE", b"WKREIS"), (b"KREISE", b"kreise")])
def test_an_unknown_regional_variable_is_refused(change: tuple[bytes, bytes]) -> None:
    error = broken(lambda content: content.replace(*change))
    assert error.what == "Die Datei nennt keine Gebiete."
    assert error.column == "1_variable_code, 2_variable_code"


def test_an_unknown_variable_among_known_ones_is_refused_with_its_row() -> None:
    error = refused(levels().replace(b"REGBEZ;", b"BEZREG;"))
    assert error.what == "Ein Regionalmerkmal ist nicht bekannt."
    assert error.row == row_with(levels().replace(b"REGBEZ;", b"BEZREG;"), "BEZREG")
    assert error.found == "BEZREG"


def test_flows_between_areas_are_refused() -> None:
    cells = [Cell((("KREISE", "Kreise", "06999", "Ziel"), ("DLAND", "Herkunft", "07", "Anderland")), "1")]
    error = refused(flat(cells))
    assert error.what == "Die Datei nennt zwei Arten von Gebieten."
    assert error.remedy.startswith("Ströme zwischen Gebieten")


def test_a_table_without_areas_is_refused_and_one_of_germany_is_read() -> None:
    sex = ("GES", "Geschlecht", "GESM", "männlich")
    error = refused(flat([Cell((sex,), "5")]))
    assert error.what == "Die Datei nennt keine Gebiete."
    assert error.remedy.startswith("Ohne Regionalmerkmal sagt die Datei nicht, für welches Gebiet ihre Zahlen gelten")
    assert (
        read(flat([Cell((("DINSG", "Deutschland insgesamt", "DG", "Deutschland"), sex), "5")])).frame["key"][0] == "00"
    )


def test_keys_of_the_statistic_of_finances_leave_out_their_level_only() -> None:
    areas = (("FGEMEIN", "F0699900100"), ("FKREISE", "F06999"), ("DLAND", "06"))
    reading = read(flat([Cell(((variable, variable, key, "Testdaten"),), "5") for variable, key in areas]))
    assert reading.frame["key"].to_list() == ["06"]
    assert {(entry.what, entry.reason) for entry in reading.refused} == {
        (f"{name}: Testdaten", "Schlüssel der Finanzstatistik sind keine amtlichen") for name in ("FGEMEIN", "FKREISE")
    }
    error = refused(flat([Cell((("FKREISE", "Kreise", "G06999", "Testdaten"),), "5")]))
    assert error.what == "Ein Gebietsschlüssel hat nicht die Form seiner Ebene."


def test_a_quoted_file_gives_the_same_table() -> None:
    lines = kreise().decode("utf-8-sig").removesuffix("\n").split("\n")
    quoted = "".join(";".join(f'"{cell}"' for cell in line.split(";")) + "\n" for line in lines).encode()
    assert read(quoted).frame.equals(read(kreise()).frame)


def test_a_total_exchanged_with_its_part_is_refused_however_small_the_counts() -> None:
    def content(first: str, second: str) -> bytes:
        cells = [
            Cell(
                (("KREISE", "Kreise", f"069{number}", f"Kreis {number}"), ("GES", "Geschlecht", code, "x" + code)),
                value,
            )
            for number in range(90, 96)
            for code, value in (("", first), ("GESM", second))
        ]
        return flat(cells)

    assert read(content("5", "3")).notes == ()
    assert refused(content("3", "5")).what == "Ein Teil ist größer als seine Summe."


def test_mixed_times_and_units_are_refused() -> None:
    error = broken(lambda content: edited(content, 6, "time_code", "JAHR"))
    assert error.what in ("Die Datei mischt Zeitbezüge.", "Ein Code trägt zwei verschiedene Bezeichnungen.")
    error = broken(lambda content: edited(content, 6, "value_unit", "1000"))
    assert (error.what, error.row, error.found) == ("Ein Merkmal hat zwei Einheiten.", 6, "1000")


def test_a_label_that_contradicts_the_others_is_refused() -> None:
    error = broken(lambda content: edited(content, 9, "value_variable_label", "Bevölkerungs"))
    assert error.what == "Ein Code trägt zwei verschiedene Bezeichnungen."
    assert (error.row, error.column, error.found) == (9, "value_variable_label", "Bevölkerungs")


@pytest.mark.parametrize("column", ["time", "1_variable_code", "value_unit", "1_variable_attribute_label"])
def test_an_empty_cell_is_refused(column: str) -> None:
    error = broken(lambda content: edited(content, 7, column, ""))
    assert (error.what, error.row, error.column) == ("Eine Zelle ist leer.", 7, column)
    assert broken(lambda content: edited(content, 7, "value", "")).found == "leer"


def test_a_row_too_long_and_a_table_without_rows_are_refused() -> None:
    error = broken(lambda content: edited(content, 7, "value", "1;2"))
    assert (error.what, error.row) == ("Eine Zeile hat nicht so viele Zellen wie die Kopfzeile.", 7)
    error = broken(lambda content: content.split(b"\n")[0] + b"\n")
    assert error.what == "Die Datei hat keine Datenzeile."


def test_lost_letters_are_refused_with_their_line() -> None:
    row = row_with(kreise(), "männlich")
    error = broken(lambda content: content.replace("männlich".encode(), "m\ufffdnnlich".encode()))
    assert error.what == "Umlaute gingen bei einer früheren Umwandlung der Datei verloren."
    assert error.row == row


def test_utf_16_is_refused() -> None:
    with pytest.raises(InputError, match="UTF-16"):
        ffcsv.read(RawFile(Path("tabelle.csv"), kreise().decode().encode("utf-16")))


def test_what_was_agreed_is_held_against_the_file() -> None:
    good = Agreed("12411-01-01-4", "2024-12-31", "kreis", "Zensus2022", ("06999", "06998"))
    assert set(read(kreise(), good).frame["basis"]) == {"Zensus2022"}
    assert set(read(kreise(), Agreed(code="12411")).frame["basis"]) == {None}
    for wrong in (
        Agreed(code="12612-01-01-4"),
        Agreed(code="124110-01"),
        Agreed(time="2023-12-31"),
        Agreed(level="gemeinde"),
        Agreed(keys=("06999", "06432")),
    ):
        refused(kreise(), wrong)


def test_every_example_is_recognised_and_read() -> None:
    for content in examples().values():
        assert read(content).frame.height > 0


@pytest.mark.parametrize(
    ("first", "second", "column"),
    [
        ("value", "statistics_code", "statistics_code"),
        ("value_unit", "value_variable_code", "value_variable_code"),
        ("value_variable_code", "value_variable_label", "value_variable_code"),
        ("1_variable_attribute_code", "statistics_code", "statistics_code"),
        ("2_variable_code", "2_variable_label", "2_variable_code"),
        ("time", "time_code", "time_code"),
    ],
)
def test_columns_exchanged_below_their_names_are_refused(first: str, second: str, column: str) -> None:
    header, rows = kreise().decode("utf-8-sig").split("\n", 1)
    names = header.split(";")
    at, other = names.index(first), names.index(second)
    names[at], names[other] = second, first
    error = refused(f"{';'.join(names)}\n{rows}".encode())
    assert (error.what, error.column) == ("Eine Spalte enthält nicht, was ihr Name sagt.", column)


@pytest.mark.parametrize(
    ("column", "text", "expected"),
    [
        ("statistics_code", "12612", "überall 12411"),
        ("value_unit", "BEVSTD", "eine Maßeinheit wie Anzahl oder EUR"),
    ],
)
def test_another_statistic_and_a_code_as_unit_are_refused_with_their_row(column: str, text: str, expected: str) -> None:
    error = refused(edited(kreise(), 5, column, text))
    assert (error.row, error.column, error.expected, error.found) == (5, column, expected, text)


def by_sex(total: str, men: str, women: str, label: str = "Bevölkerungsstand", statistic: str = "12411") -> bytes:
    """A Kreis with persons by sex, beside one that is as it should be."""
    cells = [
        Cell((("KREISE", "Kreise", key, name), ("GES", "Geschlecht", code, code or "Insgesamt")), value, label=label)
        for key, name, values in (("06999", "Testdaten", (total, men, women)), ("06998", "Nebenan", ("9", "4", "5")))
        for code, value in zip(("", "GESM", "GESW"), values, strict=True)
    ]
    return flat(cells, statistic=(statistic, "Fortschreibung (Testdaten)"))


def test_a_part_above_its_total_is_refused_with_both_figures() -> None:
    content = by_sex("490", "1000", "510")
    error = refused(content)
    rows = row_with(content, "06999", "GESM"), row_with(content, "06999", "490")
    assert error.what == "Ein Teil ist größer als seine Summe."
    assert (error.row, error.column) in {(rows[0], "value"), (row_with(content, "510"), "value")}
    assert f"höchstens 490 wie in Zeile {rows[1]}, Spalte value" in str(error.expected)
    assert "Geschlecht: GES" in str(error.found)


def test_rounding_and_altered_counts_of_the_census_lie_above_a_total() -> None:
    assert read(by_sex("490", "491", "-")).frame.height == 6
    (note,) = read(by_sex("490", "495", "-")).notes
    assert note.startswith("In 1 Fällen liegt ein Teil um höchstens 5 über seiner Summe")
    assert refused(by_sex("490", "496", "-")).what.startswith("Ein Teil")
    assert read(by_sex("490", "500", "-", statistic="1000A")).frame.height == 6
    assert refused(by_sex("490", "501", "-", statistic="1000A")).what.startswith("Ein Teil")


@pytest.mark.parametrize(
    ("values", "label"),
    [
        (("-20", "10", "-30"), "Wanderungssaldo"),
        (("-20", "10", "-30"), "Überschuss der Geborenen"),
        (("-20", "10", "-30"), "Natürliche Bevölkerungsbewegung"),
        (("-20", "10", "-30"), "Geborene (+) oder Gestorbene (-)"),
        (("40", "38", "42"), "Durchschnittsalter"),
        (("2", "1", "3"), "Kinder je Frau"),
        (("1,5", "1,4", "3,6"), "Wartezeiten"),
        ((".", "10", "20"), "Bevölkerungsstand"),
    ],
)
def test_balances_means_and_parts_of_a_secret_total_are_read(values: tuple[str, str, str], label: str) -> None:
    assert read(by_sex(*values, label=label)).frame.height == 6


@pytest.mark.parametrize(
    ("number", "what"), [("-1000", "Eine Anzahl ist negativ."), ("9" * 12, "Eine Anzahl ist größer")]
)
def test_a_count_below_zero_or_beyond_all_numbers_is_refused(number: str, what: str) -> None:
    content = by_sex(number, "490", "510")
    error = refused(content)
    assert error.what.startswith(what)
    assert (error.row, error.column) == (row_with(content, number), "value")
