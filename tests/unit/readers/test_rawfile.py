"""Files are opened with care: absent, damaged, lying and endless ones are refused before they cost memory."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
from pathlib import Path

import pytest

from pipelines.errors import InputError
from pipelines.readers import rawfile
from pipelines.readers.rawfile import LIMIT, RawFile
from tests.fixtures.packed import archive, sheet_rows, workbook


def put(folder: Path, content: bytes, name: str = "a.dat") -> RawFile:
    path = folder / name
    path.write_bytes(content)
    return RawFile(path)


def refused(folder: Path, content: bytes, name: str = "a.dat") -> InputError:
    with pytest.raises(InputError) as caught:
        _ = put(folder, content, name).unpacked().content
    assert caught.value.file == str(folder / name)
    return caught.value


def test_one_file_inside_an_archive_is_the_file(tmp_path: Path) -> None:
    for name, content in (
        ("a.csv.gz", gzip.compress(b"x;y\n", mtime=0)),
        ("a.zip", archive({"ordner/a.csv": b"x;y\n"})),
        ("b.zip", archive({"ordner/": b"", "ordner/a.csv": b"x;y\n"}, zipfile.ZIP_STORED)),
        ("a.csv", b"x;y\n"),
    ):
        file = put(tmp_path, content, name).unpacked()
        assert (file.name, file.content, file.head) == ("a.csv", b"x;y\n", b"x;y\n")
        assert file.path == tmp_path / name


def test_workbooks_and_shapes_stay_packed(tmp_path: Path) -> None:
    for content in (workbook(sheet_rows([[1]])), archive({"a.shp": b"x", "a.dbf": b"y"}), archive({"a.gpkg": b"x"})):
        file = put(tmp_path, content)
        assert file.unpacked() is file
    assert put(tmp_path, workbook(sheet_rows([[1]]))).is_workbook
    assert put(tmp_path, archive({"a.xlsx": workbook(sheet_rows([[1]]))})).unpacked().is_workbook


def test_an_archive_in_an_archive_is_opened_once(tmp_path: Path) -> None:
    inner = archive({"a.csv": b"x"})
    file = put(tmp_path, archive({"innen.zip": inner})).unpacked()
    assert file.content == inner and file.name == "innen.zip"


@pytest.mark.parametrize(
    "content", [b"", gzip.compress(b"", mtime=0), archive({"a.csv": b""})], ids=["bytes", "gzip", "zip"]
)
def test_nothing_is_refused(content: bytes, tmp_path: Path) -> None:
    assert "leer" in refused(tmp_path, content).what


def test_an_absent_file_or_a_folder_is_refused(tmp_path: Path) -> None:
    for path, what in ((tmp_path / "keine.csv", "gibt es nicht"), (tmp_path, "ist ein Ordner")):
        with pytest.raises(InputError, match=what):
            _ = RawFile(path).size
        with pytest.raises(InputError):
            _ = RawFile(path).head


def test_cut_and_changed_containers_are_refused(tmp_path: Path) -> None:
    packed, zipped = gzip.compress(b"abc" * 1000), archive({"a.csv": b"abc" * 1000})
    for content in (packed[:-4], packed[:20], zipped[:-4], zipped[:40], b"PK\x03\x04", b"\x1f\x8b"):
        assert "beschädigt" in refused(tmp_path, content).what
    # One byte of the packed content, and one of the sum that guards it
    for content, at in ((packed, len(packed) // 2), (packed, -6), (zipped, 50)):
        changed = bytearray(content)
        changed[at] ^= 0xFF
        assert "beschädigt" in refused(tmp_path, bytes(changed)).what


def test_several_files_are_refused_until_one_is_named(tmp_path: Path) -> None:
    error = refused(tmp_path, archive({"a.csv": b"x", "b.csv": b"y"}))
    assert error.found == "2 Dateien" and "entpacken" in error.remedy
    assert refused(tmp_path, archive({"ordner/": b""})).found == "0 Dateien"


def test_an_encrypted_archive_is_refused(tmp_path: Path) -> None:
    content = bytearray(archive({"a.csv": b"abc"}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + at] |= 1
    assert "beschädigt" in refused(tmp_path, bytes(content)).what


def test_bombs_are_refused_by_what_they_say(tmp_path: Path) -> None:
    bomb = archive({"a.csv": bytes(LIMIT + 1)})
    assert len(bomb) < 2**20
    assert "zu groß" in refused(tmp_path, bomb).what
    many = archive({f"{number}.csv": b"" for number in range(10_001)}, zipfile.ZIP_STORED)
    assert "10001 Dateien" in str(refused(tmp_path, many).found)
    together = archive({f"{number}.csv": bytes(LIMIT // 4) for number in range(5)})
    assert "zu groß" in refused(tmp_path, together).what


def lying(content: bytes, size: int) -> bytes:
    """The archive with another size of its first member, in both places that tell it."""
    changed = bytearray(content)
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = changed.index(mark) + at
        changed[start : start + 4] = struct.pack("<I", size)
    return bytes(changed)


def test_lies_about_sizes_are_noticed(tmp_path: Path) -> None:
    content = archive({"a.csv": b"abc" * 1000})
    for size in (10, 2999, 3001, 10**6):
        assert "beschädigt" in refused(tmp_path, lying(content, size)).what
    # A bomb that says it is small is not unpacked further than it says
    assert "beschädigt" in refused(tmp_path, lying(archive({"a.csv": bytes(LIMIT * 2)}), 100)).what


def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as target, pytest.warns(UserWarning, match="Duplicate"):
        target.writestr("a.csv", b"seen")
        target.writestr("a.csv", b"read")
    assert "beschädigt" in refused(tmp_path, packed.getvalue()).what


def test_gzip_bombs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rawfile, "LIMIT", 10_000)
    assert "zu groß" in refused(tmp_path, gzip.compress(bytes(10_001))).what
    assert len(put(tmp_path, gzip.compress(bytes(10_000))).unpacked().content) == 10_000
    # One bomb behind the other
    assert "zu groß" in refused(tmp_path, gzip.compress(bytes(9_000)) * 2).what


def test_a_large_file_is_not_loaded(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("wb") as target:
        target.write(b"x;y\n")
        target.truncate(LIMIT + 1)
    file = RawFile(path)
    assert file.head.startswith(b"x;y\n") and len(file.head) == rawfile.HEAD
    with pytest.raises(InputError, match="zu groß"):
        _ = file.content
    with file.stream() as stream:
        assert stream.read(3) == b"x;y"


def test_the_head_of_a_member_is_read_alone(tmp_path: Path) -> None:
    file = put(tmp_path, archive({"a.csv": b"abc" * 10**6, "b.csv": b"x"}))
    heads = [file.head_of(info) for info in file.members]
    assert [len(head) for head in heads] == [rawfile.HEAD, 1]
