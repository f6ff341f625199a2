"""The bytes of a delivered file, verified on every read.

What belongs here: comparing a file with its source sheet. What does not: understanding its content. Readers work on the
bytes returned here, never on a second read, so that what was verified is what is used.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from pipelines.errors import InputError


def verify(path: Path, sha256: str, size: int) -> bytes:
    """The content of `path`, whose size (bytes) and SHA-256 are those of the source sheet.

    Raises InputError when the file is absent, empty, of another size or of other content.
    """
    if not path.is_file():
        raise InputError(
            "Eine Datei der Lieferung fehlt.",
            file=path,
            expected=f"Datei mit {size} Byte, SHA-256 {sha256}",
            found="keine Datei",
            remedy="Die Datei wieder an ihren Platz legen oder aus lieferung.yml streichen.",
        )
    content = path.read_bytes()
    if not content:
        raise InputError(
            "Die Datei ist leer.",
            file=path,
            expected=f"Datei mit {size} Byte" if size else "mindestens eine Datenzeile",
            found="0 Byte",
            remedy="Die Datei neu beschaffen oder aus der Sicherung zurückholen.",
        )
    found = hashlib.sha256(content).hexdigest()
    if found != sha256 or len(content) != size:
        raise InputError(
            "Eine Datei der Lieferung ist nicht mehr die, die im Lieferschein steht.",
            file=path,
            expected=f"{size} Byte, SHA-256 {sha256}",
            found=f"{len(content)} Byte, SHA-256 {found}",
            remedy="Die ursprüngliche Datei zurückholen; eine neue Fassung als eigene Ausgabe ablegen.",
        )
    return content
