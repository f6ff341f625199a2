"""Files that are no longer, or only in part, what their publisher handed out: the message says so."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from pipelines.errors import InputError
from pipelines.readers.formats import read_file
from pipelines.readers.rawfile import RawFile
from tests.fixtures.formats import crosstab, gebietsaenderungen, gv100ad, vg250


def refused(path: Path) -> InputError:
    with pytest.raises(InputError) as caught:
        read_file(RawFile(path))
    assert caught.value.file == str(path)
    return caught.value


def test_one_file_of_a_shapefile_names_the_others(tmp_path: Path) -> None:
    packed = vg250.shapefile({"VG250_GEM": vg250.frame(vg250.gemeinden())}, folder="", stated=None)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        archive.extractall(tmp_path)
    (tmp_path / "VG250_GEM.dbf").unlink()
    for suffix in (".shp", ".shx", ".prj"):
        error = refused(tmp_path / f"VG250_GEM{suffix}")
        assert "Zip-Archiv" in error.expected and "fehlt VG250_GEM.dbf" in error.found
    (tmp_path / "a.zip").write_bytes(packed)
    assert read_file(RawFile(tmp_path / "a.zip")).frame.height


def test_a_damaged_workbook_is_called_one(tmp_path: Path) -> None:
    name, whole = next(item for item in gebietsaenderungen.examples().items() if item[0].endswith(".xlsx"))
    without = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as archive, zipfile.ZipFile(without, "w") as target:
        for info in archive.infolist():
            if info.filename != "xl/workbook.xml":
                target.writestr(info, archive.read(info))
    for content in (whole[: len(whole) // 2], without.getvalue(), bytes(100)):
        path = tmp_path / name
        path.write_bytes(content)
        assert "Arbeitsmappe ist beschädigt" in refused(path).what
    path.write_bytes(whole)
    assert read_file(RawFile(path)).frame.height


def test_records_without_the_blanks_at_their_end_are_known(tmp_path: Path) -> None:
    name, whole = next(iter(gv100ad.examples().items()))
    path = tmp_path / name
    path.write_bytes(b"\n".join(line.rstrip() for line in whole.split(b"\n")))
    error = refused(path)
    assert "Leerzeichen am Ende" in error.what and error.row == 1 and error.expected.startswith("220")
    path.write_bytes(whole)
    assert read_file(RawFile(path)).frame.height


def test_answers_of_servers_and_foreign_encodings_are_named(tmp_path: Path) -> None:
    table = crosstab.years_in_column()
    path = tmp_path / "tabelle.csv"
    for content, kind in (
        (b'{"Status":{"Code":104}}', "(JSON)"),
        (b"\xef\xbb\xbf <!DOCTYPE html><html></html>", "(HTML)"),
        (b'<?xml version="1.0"?><a/>', "XML"),
        (table.encode("utf-16"), "UTF-16"),
    ):
        path.write_bytes(content)
        assert kind in refused(path).what
    path.write_text(table)
    assert read_file(RawFile(path)).frame.height
