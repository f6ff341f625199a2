"""A file somebody hands in, opened with care: its bytes, its kind, and what is packed inside.

What belongs here: limits of size, archives, telling kinds of files apart by their bytes. What does not: any format.
"""

from __future__ import annotations

import gzip
import io
import mmap
import zipfile
import zlib
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NoReturn

from pipelines.errors import InputError

if TYPE_CHECKING:
    from typing import IO

    from pipelines.readers.workbook import Workbook

# A reader holds bytes, text and table at once and must stay below 1 GiB; larger files are read in pieces from the path
LIMIT = 200 * 2**20
HEAD = 64 * 2**10
ZIP, GZIP, OLE = b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Every new workbook lists its parts in it, and no archive of data has it
WORKBOOK = "[Content_Types].xml"
SQLITE = b"SQLite format 3\x00"
# What opening a member of an archive raises when the archive is damaged, encrypted or packed in an unknown way
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


class RawFile:
    """A file by its path, or a member of an archive with the bytes it holds. Nothing is read before it is asked for."""

    def __init__(self, path: Path, content: bytes | None = None, member: str | None = None) -> None:
        """`content`: bytes already at hand; `member`: the name inside the archive `path`."""
        self.path = path
        self.member = member
        self._content = content

    @property
    def name(self) -> str:
        """The name of the file itself, without folders and outside of its archive."""
        return PurePosixPath(self.member).name if self.member else self.path.name

    @cached_property
    def size(self) -> int:
        """Bytes. Raises InputError when there is no such file."""
        if self._content is not None:
            return len(self._content)
        if self.path.is_dir():
            _refuse(self, "Der Pfad ist ein Ordner.", "eine Datei", "ein Ordner", "Eine Datei aus dem Ordner angeben.")
        if not self.path.is_file():
            _refuse(self, "Die Datei gibt es nicht.", "eine Datei", "keine Datei", "Den Pfad prüfen.")
        return self.path.stat().st_size

    @cached_property
    def content(self) -> bytes:
        """All bytes. Raises InputError for an absent, empty or too large file."""
        self.refuse_empty()
        if self.size > LIMIT:
            _refuse(
                self,
                "Die Datei ist zu groß, um sie als Ganzes zu lesen.",
                f"höchstens {LIMIT // 2**20} MB",
                f"{self.size / 2**20:.0f} MB",
                "Beim Herausgeber einen kleineren Auszug wählen (weniger Jahre, Merkmale oder Gebiete).",
            )
        return self._content if self._content is not None else self.path.read_bytes()

    def refuse_empty(self) -> None:
        """Raises InputError for an absent or empty file."""
        if self.size == 0:
            _refuse(self, "Die Datei ist leer.", "eine Datei mit Inhalt", "0 Byte", "Die Datei neu beschaffen.")

    @property
    def view(self) -> bytes | mmap.mmap:
        """All bytes without a copy of them, for a reader that goes through them once. Raises as `content` does."""
        if self._content is not None or not 0 < self.size <= LIMIT:
            return self.content
        with self.path.open("rb") as stream:
            return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)

    @cached_property
    def head(self) -> bytes:
        """The first bytes, enough to know the format by."""
        if self._content is not None:
            return self._content[:HEAD]
        if self.size == 0:
            return b""
        with self.path.open("rb") as stream:
            return stream.read(HEAD)

    @property
    def is_gzip(self) -> bool:
        """Whether the bytes are compressed by gzip."""
        return self.head.startswith(GZIP)

    @property
    def is_zip(self) -> bool:
        """Whether the bytes are a zip archive, workbooks included."""
        return self.head.startswith(ZIP)

    @property
    def is_ole(self) -> bool:
        """Whether the bytes are a container of old Excel workbooks (.xls), or an encrypted new one."""
        return self.head.startswith(OLE)

    @property
    def is_geopackage(self) -> bool:
        """Whether the bytes are an SQLite database, as a GeoPackage is."""
        return self.head.startswith(SQLITE)

    @cached_property
    def members(self) -> list[zipfile.ZipInfo]:
        """The files of a zip archive, without folders; empty for anything else. Raises InputError for a broken one."""
        if not self.is_zip:
            return []
        try:
            with zipfile.ZipFile(self.stream()) as archive:
                found = [info for info in archive.infolist() if not info.is_dir()]
        except (zipfile.BadZipFile, ValueError, OSError) as error:
            raise damaged(self) from error
        # Two members of one name: what is looked at would not be what is read
        if len({info.filename.lower() for info in found}) < len(found):
            raise damaged(self)
        total = sum(info.file_size for info in found)
        if total > LIMIT or len(found) > 10_000:
            _refuse(
                self,
                "Ein Archiv wird beim Entpacken zu groß.",
                f"höchstens {LIMIT // 2**20} MB und 10.000 Dateien",
                f"{total / 2**20:.0f} MB in {len(found)} Dateien",
                "Das Archiv von Hand entpacken und die einzelne Datei angeben, oder einen kleineren Auszug wählen.",
            )
        return found

    @property
    def is_workbook(self) -> bool:
        """Whether the bytes are an Excel workbook, new or old."""
        return self.is_ole or any(info.filename == "xl/workbook.xml" for info in self.members)

    @cached_property
    def workbook(self) -> Workbook:
        """The file as an Excel workbook, opened once for all that look at it. Raises InputError as `Workbook` does."""
        from pipelines.readers.workbook import Workbook

        return Workbook(self)

    @property
    def named_as_workbook(self) -> bool:
        """Whether the name says that the file is an Excel workbook, whatever it holds."""
        return self.name.lower().endswith((".xlsx", ".xlsm", ".xls"))

    def stream(self) -> IO[bytes]:
        """The bytes as an open stream; a large file is not loaded."""
        return io.BytesIO(self._content) if self._content is not None else self.path.open("rb")

    def read(self, info: zipfile.ZipInfo) -> bytes:
        """One member of the archive, no more and no less than the archive says. Raises InputError for a damaged one."""
        try:
            with zipfile.ZipFile(self.stream()) as archive, archive.open(info) as packed:
                content = packed.read(min(info.file_size, LIMIT) + 1)
        except BROKEN as error:
            raise damaged(self) from error
        if len(content) != info.file_size:
            raise damaged(self)
        return content

    def head_of(self, info: zipfile.ZipInfo) -> bytes:
        """The first bytes of one member of the archive. Raises InputError for a damaged one."""
        try:
            with zipfile.ZipFile(self.stream()) as archive, archive.open(info) as packed:
                return packed.read(HEAD)
        except BROKEN as error:
            raise damaged(self) from error

    def unpacked(self) -> RawFile:
        """The one file inside a gzip or zip archive, or this file when it is neither or a workbook.

        Raises InputError for a damaged archive, one with several files, or one that becomes too large.
        """
        if self.is_gzip:
            return RawFile(self.path, _gunzip(self), self.path.name.removesuffix(".gz"))
        if not self.is_zip or self.is_workbook or _is_shapefile(self.members):
            return self
        if any(info.filename == WORKBOOK for info in self.members):
            raise damaged(self)
        if len(self.members) != 1:
            _refuse(
                self,
                "Ein Archiv enthält nicht genau eine Datei.",
                "eine Datei",
                f"{len(self.members)} Dateien",
                "Das Archiv entpacken und die gewünschte Datei angeben.",
            )
        return RawFile(self.path, self.read(self.members[0]), self.members[0].filename)


def damaged(file: RawFile) -> InputError:
    """The message for a file whose container cannot be opened."""
    workbook = file.named_as_workbook
    return InputError(
        f"Die {'Arbeitsmappe' if workbook else 'Datei'} ist beschädigt oder abgeschnitten.",
        file=file.path,
        expected="eine vollständige Arbeitsmappe"
        if workbook
        else "ein vollständiges Archiv oder eine vollständige Arbeitsmappe",
        found="nicht zu öffnen",
        remedy="Die Datei noch einmal herunterladen; hilft das nicht, beim Herausgeber nachfragen.",
    )


def _gunzip(file: RawFile) -> bytes:
    try:
        with gzip.open(file.stream()) as packed:
            content = packed.read(LIMIT + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise damaged(file) from error
    if len(content) > LIMIT:
        _refuse(
            file,
            "Ein Archiv wird beim Entpacken zu groß.",
            f"höchstens {LIMIT // 2**20} MB",
            "mehr",
            "Das Archiv von Hand entpacken und die einzelne Datei angeben.",
        )
    return content


def _is_shapefile(members: list[zipfile.ZipInfo]) -> bool:
    return any(info.filename.lower().endswith((".shp", ".gpkg")) for info in members)


def _refuse(file: RawFile, what: str, expected: str, found: str, remedy: str) -> NoReturn:
    raise InputError(what, file=file.path, expected=expected, found=found, remedy=remedy)
