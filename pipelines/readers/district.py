"""Outlines of a file against what the data folder knows of the district: its own boundaries and official areas.

What belongs here: fetching both for `pipelines.geography.outlines`. What does not: the comparison itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.geography.boundaries import OFFICIAL
from pipelines.geography.outlines import SHOWN, against_own
from pipelines.geography.shapes import projection
from pipelines.readers import read_gemeinden, read_grenzen, read_ortsteile, read_source
from pipelines.readers.csv_text import Complaint
from pipelines.readers.vg250 import OUTLINES

if TYPE_CHECKING:
    from pipelines.readers.reading import Reading
    from pipelines.settings import Settings

# The source of official areas, if the district expects it
AREAS = "gemeindeverzeichnis"


def check_outlines(settings: Settings, reading: Reading) -> tuple[str, ...]:
    """What to know of outlines in the district, nothing for files without outlines or folders without boundaries.

    Raises InputError for outlines that lie elsewhere than the district's own, and for an unusable data folder.
    """
    import shapely

    if reading.outlines is None or not (settings.data_dir / "gebiete" / "gemeinden.geojson").is_file():
        return ()
    gemeinden = read_gemeinden(settings)
    grenzen = read_grenzen(settings, gemeinden)
    shapes = shapely.from_wkb(grenzen["geometry"].to_list())
    placed = shapely.transform(shapes, projection(settings.kreis.crs, OUTLINES))
    official = _official(read_source(settings, AREAS, gemeinden, read_ortsteile(settings, gemeinden)))
    own = dict(zip(grenzen["ags"], placed, strict=True))
    beyond = against_own(reading.outlines, own, official, Complaint(reading.file))
    if not beyond:
        return ()
    return (
        f"Flächen, die um mehr als {OFFICIAL:g} Prozent von der amtlichen abweichen: {', '.join(beyond[:SHOWN])}"
        + (f" und {len(beyond) - SHOWN} weitere" if len(beyond) > SHOWN else "")
        + ". Für Dichten und Verschneidungen sind diese Umrisse ungeeignet.",
    )


def _official(figures: pl.DataFrame) -> dict[str, float]:
    """The latest official area of every Gemeinde in km2."""
    of_area = (pl.col("merkmal") == "flaeche") & (pl.col("auspraegung") == "insgesamt") & (pl.col("einheit") == "km2")
    found = figures.filter(of_area & pl.col("wert").is_not_null()).sort("stichtag")
    return dict(found.group_by("area_key", maintain_order=True).agg(pl.last("wert")).iter_rows())
