"""Reader of `zellen.csv`: which grid cells a Sozialraum that divides a Gemeinde is made of, as its outline.

What belongs here: the form of the file, and squares joined to shapes. What does not: outlines that were drawn
(`grenzen`), figures of cells (`zensus_gitter`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from pipelines.contracts import conform
from pipelines.geography.grid import CRS, KEY
from pipelines.geography.shapes import projection
from pipelines.readers.csv_text import Complaint, records

if TYPE_CHECKING:
    from pipelines.sources.registry import DeliveredFile

COLUMNS = ("area_id", "zelle")


def read(content: bytes, file: DeliveredFile, crs: str, known: set[str]) -> pl.DataFrame:
    """`raw.sozialraum_grenzen` from verified bytes, in `crs`; known: keys of the Sozialräume.

    Raises InputError for an unknown Sozialraum, a key that names no cell, cells of several sizes, and a cell twice.
    """
    import shapely

    complain = Complaint(file)
    rows = records(content, file, COLUMNS)
    _check(rows, known, complain)
    frame = pl.DataFrame([tuple(cells.values()) for _, cells in rows], schema=list(COLUMNS), orient="row")
    parts = pl.col("zelle").str.extract_groups(KEY)
    corner = frame.select(
        "area_id", *(parts.struct.field(at).cast(pl.Int64).alias(name) for at, name in zip("123", "snw", strict=True))
    )
    project = projection(CRS, crs)
    found = {}
    for (area_id,), own in corner.sort("area_id", "n", "w").group_by("area_id", maintain_order=True):
        south, west, size = (own[name].to_numpy() for name in ("n", "w", "s"))
        whole = shapely.union_all(shapely.box(west, south, west + size, south + size))
        found[area_id] = shapely.to_wkb(shapely.transform(whole, project))
    return conform(pl.DataFrame({"area_id": list(found), "geometry": list(found.values())}), "raw.sozialraum_grenzen")


def _check(rows: list[tuple[int, dict[str, str]]], known: set[str], complain: Complaint) -> None:
    first: dict[str, int] = {}
    sizes: dict[str, int] = {}
    for row, cells in rows:
        area_id, cell = cells["area_id"], cells["zelle"]
        if area_id not in known:
            complain(
                "Ein Sozialraum ist nicht bekannt.",
                row=row,
                column="area_id",
                expected="ein Schlüssel aus gebiete/sozialraeume.csv",
                found=area_id or "leer",
                remedy="Den Schlüssel berichtigen.",
            )
        named = re.match(KEY, cell)
        if named is None:
            complain(
                "Eine Gitterzelle hat keinen gültigen Schlüssel.",
                row=row,
                column="zelle",
                expected="CRS3035RES‹Größe›mN‹Nord›E‹Ost›, linke untere Ecke in Metern",
                found=cell or "leer",
                remedy="Den Schlüssel aus den Gitterdaten des Zensus übernehmen.",
            )
        sizes.setdefault(named[1], row)
        if len(sizes) > 1:
            complain(
                "Die Zellen sind verschieden groß.",
                row=row,
                column="zelle",
                expected=f"Zellen von {next(iter(sizes))} m",
                found=cell,
                remedy="Alle Sozialräume mit Zellen einer Größe beschreiben.",
            )
        if cell in first:
            complain(
                "Eine Gitterzelle steht zweimal in der Datei.",
                row=row,
                column="zelle",
                expected=f"jede Zelle in einem Sozialraum; zuerst in Zeile {first[cell]}",
                found=cell,
                remedy="Eine der beiden Zeilen löschen.",
            )
        first[cell] = row
