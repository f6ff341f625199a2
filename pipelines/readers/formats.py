"""The official formats the program reads, and which of them a file is.

What belongs here: the list of formats and telling them apart. What does not: reading one (the modules named here).
"""

from __future__ import annotations

import glob
from functools import cache
from typing import TYPE_CHECKING

from pipelines.errors import InputError
from pipelines.readers import personal
from pipelines.readers.csv_text import BOMS_UTF_16
from pipelines.readers.rawfile import damaged
from pipelines.readers.reading import NOTHING_AGREED, Agreed, Format, Reading
from pipelines.readers.text import AGAIN, any_text

if TYPE_CHECKING:
    from pipelines.readers.rawfile import RawFile

# What web servers answer instead of a table, by how it begins
OTHER_KINDS = {
    "eine Webseite (HTML)": ("<!doctype html", "<html"),
    "eine Antwort einer Schnittstelle (JSON)": ("{", "["),
    "ein XML-Dokument": ("<?xml",),
}
# Parts without which a shapefile cannot be read
SHAPEFILE = (".shp", ".shx", ".dbf", ".prj")


@cache
def formats() -> dict[str, Format]:
    """All formats by key, in the order in which they are shown; no file is of two of them."""
    # Named one by one, so that what a run remembers of its code follows into each of them
    from pipelines.forms import answers
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
        answers,
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
        _refuse_other_kinds(file)
    raise InputError(
        "Die Datei hat kein bekanntes Format." if not found else "Die Datei passt zu mehreren Formaten.",
        file=file.path,
        expected="; ".join(known.name for known in found or formats().values()),
        found=file.name,
        remedy="Prüfen, ob es die Datei ist, wie sie der Herausgeber anbietet, unverändert und nicht neu gespeichert. "
        f"Wie ein Format aufgenommen wird, steht in docs/add-a-source.md. {personal.ASK}",
    )


def _refuse_other_kinds(file: RawFile) -> None:
    """Raise InputError for what is saved under the name of a table and is none: it is named."""
    head = file.head[:1000]
    begin = any_text(head).lstrip().lower()
    found = next((kind for kind, starts in OTHER_KINDS.items() if begin.startswith(starts)), None)
    remedy = "Die Datei im Texteditor ansehen: Oft steht darin, warum der Abruf scheiterte. Die Tabelle neu abrufen."
    if found is None and head.startswith(BOMS_UTF_16):
        found, remedy = "Text in UTF-16", f"UTF-16 schreibt ein anderes Programm, kein Herausgeber. {AGAIN}"
    if found is not None:
        raise InputError(
            f"Die Datei ist {found} und keine Tabelle, wie sie ein Herausgeber anbietet.",
            file=file.path,
            row=1,
            expected="eine Tabelle in UTF-8 oder ISO-8859-1, eine Arbeitsmappe oder ein Archiv",
            found=found,
            remedy=f"{remedy} {personal.ASK}",
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
