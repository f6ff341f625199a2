"""A delivered file in an official format: read as its sheet and catalogue say, mapped to the items of the atlas.

What belongs here: what a reader is told beforehand, and what must hold for a delivery as a whole. What does not: the
formats (one module each, listed in `formats`), the maps (`pipelines.sources.mapping`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.errors import InputError
from pipelines.forms.definition import FORMAT_KEY
from pipelines.geography.validity import OPEN, UNKNOWN, valid_at
from pipelines.readers import personal
from pipelines.readers.csv_text import Complaint
from pipelines.readers.formats import formats
from pipelines.readers.merkmale import check_complete, recomputes
from pipelines.readers.rawfile import RawFile
from pipelines.readers.reading import Agreed, Reading
from pipelines.sources.cells import map_cells
from pipelines.sources.mapping import Mapped, map_reading
from pipelines.sources.registry import CELLS, catalogue

if TYPE_CHECKING:
    from pipelines.sources.registry import DeliveredFile, Delivery

FIGURE = ["area_key", "stichtag", "merkmal", "auspraegung"]
ALL_AREAS = "Die Datei mit allen Gemeinden des Kreises und ohne Auslassen leerer Zeilen neu beziehen."


def read(
    content: bytes | None,
    file: DeliveredFile,
    delivery: Delivery,
    gemeinden: pl.DataFrame,
    kreis_key: str,
    ortsteile: frozenset[str] = frozenset(),
) -> Mapped:
    """The figures of one file that the atlas takes, and the balance of all it holds.

    content: verified bytes, None for a file too large to hold. gemeinden: `raw.gemeinden`; ortsteile: keys of
    `raw.ortsteile`. Raises InputError for personal data, another format than the sheet says, another number of figures,
    and everything the reader and the map of columns refuse.
    """
    raw = RawFile(file.path, content).unpacked()
    personal.refuse(raw)
    known = formats()[str(file.format)]
    if not known.recognises(raw):
        raise InputError(
            "Eine Datei hat nicht das Format, das der Lieferschein nennt.",
            file=file.path,
            expected=known.name,
            found="eine Datei in anderer Form",
            remedy="Mit „sozialatlas read“ nachsehen, was die Datei ist, und format im Lieferschein berichtigen.",
        )
    reading = known.read(raw, agreed(file, gemeinden, kreis_key))
    _check_count(reading, file)
    if catalogue()[delivery.source_id].reader == CELLS:
        return map_cells(reading, file, delivery)
    return map_reading(reading, file, delivery, gemeinden, kreis_key, ortsteile)


def agreed(file: DeliveredFile, gemeinden: pl.DataFrame, kreis_key: str) -> Agreed:
    """What the sheet says about a file, and which areas existed.

    Which existed is only told where it is certain for every time in the file: for a time the sheet names, or where no
    Gemeinde began or ended; elsewhere the reader decides by the figures around a dash.
    """
    ends = gemeinden.filter(~pl.col("valid_to").is_in(OPEN) | (pl.col("valid_from") != UNKNOWN))
    known = None
    if file.time or ends.is_empty():
        there = valid_at(gemeinden, file.time) if file.time else gemeinden["ags"]
        known = {"gemeinde": frozenset(there), "kreis": frozenset({kreis_key})}
    return Agreed(file.code, file.time, file.level, file.basis, file.keys, known)


def check_delivery(frame: pl.DataFrame, delivery: Delivery, gemeinden: pl.DataFrame) -> None:
    """Refuse a delivery that gives a figure twice or lacks a Gemeinde; its files are looked at together.

    frame: all figures taken of this delivery from files in official formats.
    """
    twice = frame.filter(frame.select(FIGURE).is_duplicated()).sort(*FIGURE, "file", "row", "place")
    if twice.height:
        first, other = twice.rows(named=True)[:2]
        raise InputError(
            "Eine Zahl steht zweimal in einer Lieferung.",
            file=delivery.sheet.parent / other["file"].rsplit("/", 1)[-1],
            row=other["row"],
            column=other["place"],
            expected=f"jede Zahl einmal; zuerst in {first['file']}, Zeile {first['row']}, Spalte {first['place']}",
            found=", ".join(other[name] for name in FIGURE),
            remedy="Die überholte oder doppelte Datei aus der Lieferung nehmen.",
        )
    if all(file.format == FORMAT_KEY for file in delivery.files):
        return  # a form is for its own areas only, and was held to them when it was taken in
    figures = frame.select(FIGURE).iter_rows()
    complain = Complaint(delivery.files[0])
    check_complete(figures, gemeinden, complain, ALL_AREAS, recomputed=recomputes(delivery))


def _check_count(reading: Reading, file: DeliveredFile) -> None:
    if reading.frame.height != file.rows:
        raise InputError(
            "Aus einer Datei werden nicht so viele Zahlen gelesen, wie der Lieferschein nennt.",
            file=file.path,
            column="rows",
            expected=f"{file.rows} Zahlen",
            found=f"{reading.frame.height} Zahlen",
            remedy="Mit „sozialatlas read“ nachsehen, was gelesen wird; stimmt es, rows im Lieferschein berichtigen.",
        )
