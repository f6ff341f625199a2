"""The bytes of a delivered file, verified on every read.

What belongs here: comparing a file with its source sheet. What does not: understanding its content. Readers work on the
bytes returned here, never on a second read, so that what was verified is what is used. Only files too large to hold are
read a second time, in pieces.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from pipelines.errors import InputError


def verify(path: Path, sha256: str, size: int) -> bytes:
    """The content of `path`, whose size (bytes) and SHA-256 are those of the source sheet.

    Raises InputError when the file is absent, empty, of another size or of other content.
    """
    _refuse_absent(path, sha256, size)
    content = path.read_bytes()
    _compare(path, (len(content), hashlib.sha256(content).hexdigest()), (size, sha256))
    return content


def verify_in_place(path: Path, sha256: str, size: int) -> None:
    """Verify a file of any size without holding it. Raises InputError as `verify` does."""
    _refuse_absent(path, sha256, size)
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    _compare(path, (path.stat().st_size, digest), (size, sha256))


def _refuse_absent(path: Path, sha256: str, size: int) -> None:
    if not path.is_file():
        raise InputError(
            "Eine Datei der Lieferung fehlt.",
            file=path,
            expected=f"Datei mit {size} Byte, SHA-256 {sha256}",
            found="keine Datei",
            remedy="Die Datei wieder an ihren Platz legen oder aus lieferung.yml streichen.",
        )


def _compare(path: Path, found: tuple[int, str], told: tuple[int, str]) -> None:
    """found, told: bytes and SHA-256."""
    size, sha256 = told
    if not found[0]:
        raise InputError(
            "Die Datei ist leer.",
            file=path,
            expected=f"Datei mit {size} Byte" if size else "mindestens eine Datenzeile",
            found="0 Byte",
            remedy="Die Datei neu beschaffen oder aus der Sicherung zurückholen.",
        )
    if found != told:
        raise InputError(
            "Eine Datei der Lieferung ist nicht mehr die, die im Lieferschein steht.",
            file=path,
            expected=f"{size} Byte, SHA-256 {sha256}",
            found=f"{found[0]} Byte, SHA-256 {found[1]}",
            remedy="Die ursprüngliche Datei zurückholen; eine neue Fassung als eigene Ausgabe ablegen.",
        )
