"""The official formats the program reads, and which of them a file is.

What belongs here: the list of formats and telling them apart. What does not: reading one (the modules named here).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pipelines.errors import InputError
from pipelines.readers import personal
from pipelines.readers.reading import NOTHING_AGREED, Agreed, Format, Reading

if TYPE_CHECKING:
    from pipelines.readers.rawfile import RawFile


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
    raise InputError(
        "Die Datei hat kein bekanntes Format." if not found else "Die Datei passt zu mehreren Formaten.",
        file=file.path,
        expected="; ".join(known.name for known in found or formats().values()),
        found=file.name,
        remedy="Prüfen, ob es die Datei ist, wie sie der Herausgeber anbietet, unverändert und nicht neu gespeichert. "
        "Wie ein Format aufgenommen wird, steht in docs/add-a-source.md.",
    )


def read_file(file: RawFile, agreed: Agreed = NOTHING_AGREED) -> Reading:
    """Recognise and read a file, packed or not. Raises InputError for everything that is not as it should be."""
    unpacked = file.unpacked()
    unpacked.refuse_empty()
    return recognise(unpacked).read(unpacked, agreed)
