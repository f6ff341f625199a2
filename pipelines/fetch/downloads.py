"""Plain files everybody may load: one per year, or one per Gemeinde and year.

What belongs here: asking for them and refusing what is no file. What does not: what is in them (`pipelines.readers`).
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

from pipelines.fetch.client import Ask, Client
from pipelines.fetch.faults import CHANGED
from pipelines.fetch.genesis import progress_text
from pipelines.fetch.orders import Order, address_needed
from pipelines.readers.rawfile import BROKEN

PIECE = 2**20
PAGE = (b"<!doctype html", b"<html", b"<?xml version", b"<head")


def asks(order: Order) -> list[Ask]:
    """The questions, one per file. Raises InputError when the address of the file has to be said."""
    if not order.addresses:
        raise address_needed(order)
    return [Ask(address, plain=True, size=order.size) for address in order.addresses.values()]


def load(client: Client, order: Order, folder: Path, tell: Callable[[str], None]) -> list[Path]:
    """All files of an order in `folder`. Raises FetchError when one does not come or is a web page."""
    paths = []
    for at, (request, name) in enumerate(zip(asks(order), order.addresses, strict=True), 1):
        count = f" (Datei {at} von {len(order.addresses)})" if len(order.addresses) > 1 else ""
        part = folder / f"{name}.teil"
        label = order.name + count
        tell(f"{label}: wird geladen …")
        answer = client.ask(request, part, lambda came, whole, of=label: tell(progress_text(of, came, whole)))
        if answer.path is None or _is_page(answer.path):
            part.unlink(missing_ok=True)
            raise client.faults.fault(
                "Statt der Datei kommt eine Webseite.",
                request,
                expected=name,
                found="HTML",
                remedy=CHANGED,
            )
        path = part.replace(folder / name)
        paths.append(_unpacked(client, request, path, order.unpacked) if order.unpacked else path)
    return paths


def _is_page(path: Path) -> bool:
    with path.open("rb") as stream:
        head = stream.read(1024).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return head.startswith(PAGE)


def _unpacked(client: Client, request: Ask, path: Path, limit: int) -> Path:
    """The one file of an archive that readers would not unpack in memory, piece by piece. Raises FetchError."""
    try:
        with zipfile.ZipFile(path) as archive:
            found = [info for info in archive.infolist() if not info.is_dir()]
            if len(found) != 1 or found[0].file_size > limit:
                raise client.faults.fault(
                    "Das Archiv ist nicht wie vereinbart.",
                    request,
                    expected=f"eine Datei mit höchstens {limit / 2**20:.0f} MB",
                    found=f"{len(found)} Dateien mit {sum(info.file_size for info in found) / 2**20:.0f} MB",
                )
            target = path.with_suffix(Path(found[0].filename).suffix or ".csv")
            with archive.open(found[0]) as packed, target.open("wb") as stream:
                while piece := packed.read(PIECE):
                    stream.write(piece)
                    if stream.tell() > found[0].file_size:
                        raise zipfile.BadZipFile
    except BROKEN as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise client.faults.fault(
            "Das Archiv ist beschädigt oder abgeschnitten.", request, expected="ein ganzes Archiv", found=path.name
        ) from None
    path.unlink()
    return target
