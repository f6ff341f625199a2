"""Outlines against what else is known of their areas: the areas around them, their neighbours, the district's own.

What belongs here: keys at the wrong shape and shapes at the wrong place, told in German. What does not: reading files
(`pipelines.readers.vg250`), projections (`shapes`), the drawn boundaries (`boundaries`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from pipelines.geography.boundaries import OFFICIAL
from pipelines.geography.keys import beginning, kreis_of
from pipelines.german import number as number_text

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from shapely.geometry.base import BaseGeometry

    from pipelines.readers.csv_text import Complaint

FREE = "gemeindefrei"
INNER = ("gemeinde", FREE)
# Level to the level around it and the digits of its key
AROUND = {"gemeinde": "kreis", FREE: "kreis", "verband": "kreis", "kreis": "land"}
# Metres: outlines of different layers of one edition differ less, neighbours lie closer
NEAR, TOUCH = 2_000, 50
# Share of odd areas a file may hold: Gemeinden that only other Kreise touch exist, and coasts that are drawn otherwise
ALONE = 0.01
# Metres of border per corner from which on outlines are a drawing: VG250 has a few hundred
COARSE = 1_000
# Share of both outlines together that is common to them; outlines of other origin share more
COMMON = 0.5
SHOWN = 5
KEYS = "Schlüssel und Flächen gehören nicht zusammen; die Datei neu beim Herausgeber holen und unverändert lassen."


def refuse_misplaced(outlines: GeoDataFrame, complain: Complaint) -> None:
    """Raise InputError for an area outside of the one around it, and for Gemeinden scattered over other Kreise.

    outlines: as in `Reading.outlines`.
    """
    import shapely

    whole = {(level, key): shape for level, key, shape in _columns(outlines, "level", "key", "geometry")}
    for row, layer, level, key, shape in _columns(outlines, "row", "layer", "level", "key", "geometry"):
        around = AROUND.get(level)
        if around is None:
            continue
        outer = whole.get((around, beginning(key, around)))
        if outer is not None and not shapely.dwithin(outer, shapely.point_on_surface(shape), NEAR):
            complain(
                "Eine Fläche liegt außerhalb des Gebiets, zu dem ihr Schlüssel gehört.",
                row=f"Fläche {row}",
                column=f"{layer}: Geometrie",
                expected=f"{key} innerhalb von {beginning(key, around)} ({around})",
                found="außerhalb",
                remedy=KEYS,
            )
    inner = outlines.loc[outlines["level"].isin(INNER)]
    alone = list(_alone(inner))
    if len(alone) > 1 and len(alone) > ALONE * len(inner):
        complain(
            "Gemeinden liegen getrennt von ihrem Kreis zwischen Gemeinden anderer Kreise.",
            row=f"Fläche {alone[0][0]}",
            column="Geometrie",
            expected="Gemeinden eines Kreises nebeneinander",
            found=", ".join(key for _, key in alone[:SHOWN]) + (" und weitere" if len(alone) > SHOWN else ""),
            remedy=KEYS,
        )


def _alone(inner: GeoDataFrame) -> Iterator[tuple[int, str]]:
    """Row and key of areas that touch areas of other Kreise and none of their own, though the file has some."""
    import numpy
    import shapely

    kreise = numpy.array([kreis_of(key) for key in inner["key"]])
    if len(set(kreise)) < 2:
        return
    shapes = inner.geometry.to_numpy()
    one, other = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=TOUCH)
    pairs = one != other
    one, other = one[pairs], other[pairs]
    own = numpy.isin(numpy.arange(len(inner)), one[kreise[one] == kreise[other]])
    strange = numpy.isin(numpy.arange(len(inner)), one[kreise[one] != kreise[other]])
    several = numpy.array([count > 1 for count in inner.groupby(kreise)["key"].transform("size")])
    for at in numpy.flatnonzero(strange & ~own & several):
        yield int(inner["row"].iloc[at]), str(inner["key"].iloc[at])


def coarse(outlines: GeoDataFrame) -> list[str]:
    """What to know of outlines with few corners."""
    import shapely

    found = []
    for level, own in outlines[outlines["level"].isin(("gemeinde", "kreis"))].groupby("level", sort=True):
        shapes = own.geometry.to_numpy()
        metres = float(shapely.length(shapes).sum()) / int(shapely.get_num_coordinates(shapes).sum())
        if metres > COARSE:
            found.append(
                f"Ebene {level}: Die Umrisse sind stark vereinfacht, im Mittel ein Eckpunkt je "
                f"{number_text(metres / 1000, 1)} km Grenze. Sie taugen für Übersichtskarten, nicht für Flächen."
            )
    return found


def against_own(
    outlines: GeoDataFrame, own: Mapping[str, BaseGeometry], official: Mapping[str, float], complain: Complaint
) -> list[str]:
    """Deviations of areas from the official ones, beyond what simplified outlines have, for Gemeinden of the district.

    own: shapes by AGS in the projection of `outlines`; official: km2 by AGS. Raises InputError for an outline that lies
    somewhere else than the district's own: its key is wrong, or the whole file is shifted.
    """
    import shapely

    found = []
    inner = outlines.loc[outlines["level"].isin(INNER) & outlines["key"].isin(list(own))]
    for row, layer, key, shape in _columns(inner, "row", "layer", "key", "geometry"):
        common = shapely.intersection(shape, own[key]).area / shapely.union(shape, own[key]).area
        if common < COMMON:
            complain(
                "Ein Umriss liegt nicht dort, wo die Gemeinde nach den Grenzen des Kreises liegt.",
                row=f"Fläche {row}",
                column=f"{layer}: Geometrie",
                expected=f"{key} wie in gebiete/gemeinden.geojson",
                found=f"{number_text(100 * common, 0)} Prozent gemeinsame Fläche",
                remedy="Bei verschobenen Flächen das Koordinatensystem prüfen, bei stark vereinfachten eine genauere "
                f"Ausgabe holen; sonst: {KEYS}",
            )
        gap = 100 * (shape.area / 1e6 / official[key] - 1) if key in official else 0.0
        if abs(gap) > OFFICIAL:
            found.append(f"{key} ({number_text(gap, 1)} %)")
    return found


def _columns(frame: GeoDataFrame, *names: str) -> Iterator[tuple]:
    return zip(*(frame[name].to_list() for name in names), strict=True)
