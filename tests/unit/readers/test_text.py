"""Text of offices: every encoding they use gives the same letters; what is lost is told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.errors import InputError
from pipelines.readers.rawfile import RawFile
from pipelines.readers.text import any_text, days, decode, lines, slug

TEXT = "Schlüssel;Größe\n06999001;Groß-Umstädtchen\n"


def file_of(content: bytes) -> RawFile:
    return RawFile(Path("a.csv"), content)


def refused(content: bytes) -> InputError:
    with pytest.raises(InputError) as caught:
        decode(file_of(content))
    return caught.value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "iso-8859-1", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_encodings_and_line_ends_give_the_same_text(encoding: str, end: str) -> None:
    assert decode(file_of(TEXT.replace("\n", end).encode(encoding))) == TEXT


def test_signs_beyond_latin_1_come_from_windows() -> None:
    assert decode(file_of("Schlüssel – „Wert“ €\n".encode("cp1252"))) == "Schlüssel – „Wert“ €\n"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_two_byte_encodings_are_refused(encoding: str) -> None:
    error = refused(TEXT.encode(encoding))
    assert error.row == 1 and ("UTF-16" in str(error.found) or "0x00" in str(error.found))


@pytest.mark.parametrize(
    ("content", "row", "found"),
    [
        (TEXT.encode() + "Größe\n".encode("iso-8859-1"), 3, "0x"),
        (("a\n" + TEXT).encode().replace("ß".encode(), b"\x81"), 2, "0x81"),
        (TEXT.replace("ß", "\ufffd").encode(), 1, "\ufffd"),
        (("a\n" + TEXT).encode().decode("cp1252").encode(), 2, "Ã¼"),
        (b"a\nb\x00c\n", 2, "0x00"),
    ],
)
def test_mixed_and_lost_letters_are_refused_with_their_line(content: bytes, row: int, found: str) -> None:
    error = refused(content)
    assert error.row == row and found in str(error.found)


def test_lines_are_those_of_an_editor() -> None:
    assert lines("a\nb\n") == ["a", "b"] and lines("a\n\nb") == ["a", "", "b"]
    assert lines("a\x0bb\u2028c\n") == ["a\x0bb\u2028c"]


def test_days_are_found_in_all_their_forms() -> None:
    text = "Stand: 31.12.2021, 1. März 2022; 2023-05-15 und 31.12.2021; 31.02.2020"
    assert days(text) == ["2021-12-31", "2022-03-01", "2023-05-15"]


def test_slugs_are_stable() -> None:
    assert slug("Fläche am 31.12. in km² (%)") == "flaeche_am_31_12_in_km2_prozent"
    assert slug("Bevöl\u00adkerung") == "bevoelkerung"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "iso-8859-1", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_glance_reads_any_encoding(encoding: str) -> None:
    assert "Größe" in any_text(TEXT.encode(encoding))


def test_a_glance_at_a_head_cut_through_a_letter() -> None:
    assert any_text("Schlüß".encode()[:-1]).startswith("Schlü")
