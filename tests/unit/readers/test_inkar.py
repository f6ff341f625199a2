"""INKAR: both editions, keys by Raumbezug, a filter for large files; what cannot be read is refused with its row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fixtures.formats.inkar import examples, lines, text

from pipelines.errors import InputError
from pipelines.geography.keys import of_bbsr
from pipelines.readers import delimited, inkar
from pipelines.readers.rawfile import RawFile
from pipelines.readers.reading import Agreed, Reading


def read(content: bytes | str, **agreed: Any) -> Reading:
    raw = content.encode() if isinstance(content, str) else content
    return inkar.read(RawFile(Path("inkar.csv"), raw), Agreed(**agreed))


def changed(at: int, old: str, new: str) -> str:
    found = lines()
    assert old in found[at]
    found[at] = found[at].replace(old, new)
    return text(found)


@pytest.mark.parametrize("name", examples())
def test_every_edition_gives_the_same_keys_and_numbers(name: str) -> None:
    content = examples()[name]
    assert inkar.recognises(RawFile(Path(name), content))
    frame = read(content).frame
    assert frame.height == 36
    assert set(frame["key"]) == {"00", "06", "06999", "06999001", "06999003", "611"}
    assert set(frame["level"]) == {"bund", "land", "kreis", "gemeinde", "region"}
    row = frame.filter(key="06999003", time="2021", item_label="Testquote, geprüft").row(0, named=True)
    assert (row["value"], row["time_kind"], row["name"], row["quality"]) == (16.2021, "jahr", "Groß-Cehausen", "final")
    assert row["item"] == ("12" if "alt" in name else "q_test")
    period = frame.filter(key="06999", time="2017-2021")
    assert set(period["time_kind"]) == {"zeitraum"}


def test_what_is_agreed_is_read_and_nothing_else() -> None:
    frame = read(text(lines()), keys=("06999", "06999001"), code="q_test").frame
    assert set(frame["key"]) == {"06999", "06999001"}
    assert set(frame["item"]) == {"q_test"}
    assert read(text(lines(new=False)), keys=("06999",), time="2020").frame["row"].to_list() == [8, 26]
    assert set(read(text(lines()), level="gemeinde").frame["key"]) == {"06999001", "06999003"}
    reading = read(text(lines()), code="348")
    assert set(reading.frame["item"]) == {"a_probe"}
    assert reading.refused
    assert read(text(lines()), time="2017-2021").frame["time_kind"].unique().to_list() == ["zeitraum"]


def test_an_unknown_raumbezug_does_no_harm_where_it_is_not_wanted() -> None:
    content = changed(1, "Bund;", "Planeten;")
    assert read(content, level="kreis").frame.height == 6
    with pytest.raises(InputError) as refused:
        read(content)
    assert (refused.value.row, refused.value.column, refused.value.found) == (2, "Raumbezug", "Planeten")


def test_a_large_file_is_read_in_pieces_and_only_with_a_filter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "inkar.csv"
    path.write_text(text(lines()), newline="")
    for module, name, limit in ((inkar, "WHOLE", 500), (delimited, "DECODED", 100), (delimited, "PIECE", 200)):
        monkeypatch.setattr(module, name, limit)
    with pytest.raises(InputError, match="--gebiet"):
        inkar.read(RawFile(path))
    pieces = inkar.read(RawFile(path), Agreed(keys=("06999", "06999003"))).frame
    assert pieces["row"].to_list() == read(text(lines()), keys=("06999", "06999003")).frame["row"].to_list()
    latin = tmp_path / "latin.csv"
    latin.write_bytes(text(lines()).encode("iso-8859-1"))
    assert inkar.read(RawFile(latin), Agreed(keys=("06999", "06999003"))).frame.equals(pieces)
    latin.write_bytes(text(lines()).encode("iso-8859-1") + "LRB;1;ü".encode())
    with pytest.raises(InputError):
        inkar.read(RawFile(latin), Agreed(keys=("06999",)))
    monkeypatch.setattr(inkar, "MOST", 3)
    with pytest.raises(InputError, match="mehr Zeilen"):
        inkar.read(RawFile(path), Agreed(keys=("06999",)))


@pytest.mark.parametrize(
    ("content", "row", "column"),
    [
        (changed(0, "Wert", "Werte"), 1, "Wert"),
        (changed(0, "Kuerzel", "Name"), 1, "Name"),
        (changed(3, "12;q_test", "12"), 4, "alle"),
        (changed(3, "Bundesgebiet", "Bundes;gebiet"), 4, "alle"),
        (changed(8, "06999000", "069990001"), 9, "Kennziffer"),
        (changed(8, "06999000", "06999001"), 9, "Kennziffer"),
        (changed(8, "2021", "Mitte 2021"), 9, "Zeitbezug"),
        (changed(8, "14,2021", "14.2021"), 9, "Wert"),
        (changed(8, "14,2021", "1" * 17), 9, "Wert"),
        (changed(8, "14,2021", "k"), 9, "Wert"),
        (changed(8, "q_test", "q_tast"), 9, "Kuerzel"),
        (changed(8, "Testquote", "Tastquote"), 9, "Indikator"),
        (changed(8, "LRB", ""), 9, "ID"),
        (changed(8, "2021;", "2020;"), 8, "Kennziffer"),
        (text(lines())[:-2], 37, "alle"),
        (text(lines()[:1]), 2, "alle"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(content: str, row: int, column: str) -> None:
    with pytest.raises(InputError) as refused:
        read(content)
    assert (refused.value.row, refused.value.column) == (row, column)


@pytest.mark.parametrize(
    "agreed",
    [{"keys": ("06432",)}, {"code": "q_nix"}, {"time": "1999"}, {"level": "verband"}, {"keys": ("06999", "07")}],
)
def test_an_agreement_the_file_does_not_hold_is_refused(agreed: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        read(text(lines()), **agreed)


def test_columns_are_read_by_name_and_an_empty_cell_is_missing() -> None:
    order = [0, 1, 2, 3, 8, 5, 6, 7, 4]
    swapped = [";".join(line.split(";")[at] for at in order) for line in lines()]
    same = read(text(lines())).frame
    assert read(text(swapped)).frame.equals(same)
    empty = read(changed(8, "14,2021000000000", "")).frame.filter(row=9).row(0, named=True)
    assert (empty["value"], empty["status"]) == (None, "missing")


@pytest.mark.parametrize(
    ("written", "level", "key"),
    [
        ("0", "bund", "00"),
        ("1", "land", "01"),
        ("6000000", "land", "06"),
        ("1001", "kreis", "01001"),
        ("1001000", "kreis", "01001"),
        ("01001000", "kreis", "01001"),
        ("06432001", "kreis", None),
        ("6432001", "gemeinde", "06432001"),
        ("432001", "gemeinde", None),
        ("064", "regierungsbezirk", "064"),
        ("64320001", "verband", "064320001"),
        ("x", "kreis", None),
        ("6432", "zelle", None),
    ],
)
def test_a_kennziffer_becomes_the_official_key_of_its_level(written: str, level: str, key: str | None) -> None:
    assert of_bbsr(written, level) == key


def test_the_column_of_the_id_has_another_name_in_some_editions() -> None:
    renamed = changed(0, ";ID;", ";M_ID;")
    assert inkar.recognises(RawFile(Path("inkar.csv"), renamed.encode()))
    assert read(renamed).frame.equals(read(text(lines())).frame)
    with pytest.raises(InputError, match="mehrfach"):
        read(changed(0, "Kuerzel", "M_ID").replace(";ID;", ";M_ID;"))


def test_a_table_of_the_web_page_is_told_what_to_get_instead() -> None:
    wide = "Kennziffer;Raumeinheit;Aggregat;Testquote\n;;;2021\n06999;Testkreis;Landkreis;4,3\n"
    assert inkar.recognises(RawFile(Path("inkar.csv"), wide.encode()))
    with pytest.raises(InputError, match="lange Form") as refused:
        read(wide)
    assert "ganze Datenbank" in refused.value.remedy
