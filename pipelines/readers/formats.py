"""The official formats the program reads, and which of them a file is.

What belongs here: the list of formats and telling them apart. What does not: reading one (the modules named here).
"""

from __future__ import annotations

import glob
from functools import cache
from typing import TYPE_CHECKING

from pipelines.errors import InputError
from pipelines.readers import personal
from pipelines.readers.rawfile import damaged
from pipelines.readers.reading import NOTHING_AGREED, Agreed, Format, Reading

if TYPE_CHECKING:
    from pipelines.readers.rawfile import RawFile

# Parts without which a shapefile cannot be read
SHAPEFILE = (".shp", ".shx", ".dbf", ".prj")


@cache
def formats() -> dict[str, Format]:
    """All formats by key, in the order in which they are shown; no file is of two of them."""
    # Named one by one, so that what a run remembers of its code follows into each of them
    from pipelines.readers import (
        ba_kommunal,
        crosstab,
        ffcsv,
        gebietsaenderungen,
        gv100ad,
        gv_isys,
        hgst,
        inkar,
        melderegister,
        umsteigeschluessel,
        vg250,
        wahlen,
        zensus,
        zensus_gitter,
    )

    modules = (
        ffcsv,
        crosstab,
        zensus,
        ba_kommunal,
        hgst,
        gv_isys,
        gv100ad,
        gebietsaenderungen,
        umsteigeschluessel,
        inkar,
        zensus_gitter,
        wahlen,
        vg250,
        melderegister,
    )
    return {module.FORMAT.key: module.FORMAT for module in modules}


def recognise(file: RawFile) -> Format:
    """The format of an unpacked file. Raises InputError for personal data, an unknown format, or two that fit."""
    personal.refuse(file)
    found = [known for known in formats().values() if known.recognises(file)]
    if len(found) == 1:
        return found[0]
    if not found:
        _refuse_parts(file)
    raise InputError(
        "Die Datei hat kein bekanntes Format." if not found else "Die Datei passt zu mehreren Formaten.",
        file=file.path,
        expected="; ".join(known.name for known in found or formats().values()),
        found=file.name,
        remedy="Prüfen, ob es die Datei ist, wie sie der Herausgeber anbietet, unverändert und nicht neu gespeichert. "
        f"Wie ein Format aufgenommen wird, steht in docs/add-a-source.md. {personal.ASK}",
    )


def _refuse_parts(file: RawFile) -> None:
    """Raise InputError for what is only a part of something, or was one thing and is no longer."""
    if file.named_as_workbook and not file.is_workbook:
        raise damaged(file)
    suffix = file.path.suffix.lower()
    if file.member is not None or suffix not in SHAPEFILE:
        return
    beside = {path.suffix.lower() for path in file.path.parent.glob(f"{glob.escape(file.path.stem)}.*")}
    absent = [part for part in SHAPEFILE if part not in beside]
    raise InputError(
        "Ein Shapefile besteht aus mehreren Dateien; diese ist nur eine davon.",
        file=file.path,
        expected=f"ein Zip-Archiv mit {', '.join(file.path.stem + part for part in SHAPEFILE)}",
        found=f"{file.name} allein"
        + (f"; im Ordner fehlt {', '.join(file.path.stem + part for part in absent)}" if absent else ""),
        remedy="Das Archiv des Herausgebers unverändert angeben, oder die genannten Dateien in ein Zip-Archiv packen.",
    )


def read_file(file: RawFile, agreed: Agreed = NOTHING_AGREED) -> Reading:
    """Recognise and read a file, packed or not. Raises InputError for everything that is not as it should be."""
    unpacked = file.unpacked()
    unpacked.refuse_empty()
    return recognise(unpacked).read(unpacked, agreed)
