"""What must hold of outlines before anybody trusts them: the projection by label and by numbers, and valid shapes.

What belongs here: where Germany and its Länder lie, what projection numbers fit, what is wrong with a shape, in
German. What does not: reading files (readers `grenzen` and `vg250`) and drawing (`boundaries`).
A label alone is not trusted: files exist that say degrees and hold metres, or the metres of another zone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from pipelines.german import number as number_text

if TYPE_CHECKING:
    import numpy as np
    from shapely.geometry.base import BaseGeometry

DEGREES = ("urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:OGC::CRS84", "OGC:CRS84")
POLYGONS = ("Polygon", "MultiPolygon")
# Projections German offices publish in: what numbers are tried against when they do not fit their label
KNOWN = (
    "EPSG:4326",
    "EPSG:25832",
    "EPSG:25833",
    "EPSG:4647",
    "EPSG:3035",
    "EPSG:3857",
    "EPSG:31466",
    "EPSG:31467",
    "EPSG:31468",
    "EPSG:31469",
)
SWAPPED = "vertauschte Achsen"
# West, south, east, north of the land of each Land in degrees, rounded outwards; "00" is Germany
EXTENT = {
    "00": (5.8, 47.2, 15.1, 55.2),
    "01": (7.7, 53.3, 11.5, 55.2),
    "02": (8.3, 53.3, 10.5, 54.1),
    "03": (6.3, 51.2, 11.7, 54.2),
    "04": (8.4, 52.9, 9.1, 53.7),
    "05": (5.8, 50.2, 9.6, 52.6),
    "06": (7.7, 49.3, 10.4, 51.8),
    "07": (6.0, 48.9, 8.6, 51.1),
    "08": (7.4, 47.4, 10.6, 49.9),
    "09": (8.9, 47.2, 13.9, 50.7),
    "10": (6.3, 49.0, 7.5, 49.7),
    "11": (13.0, 52.2, 13.9, 52.8),
    "12": (11.2, 51.3, 14.9, 53.7),
    "13": (10.5, 53.0, 14.5, 54.8),
    "14": (11.8, 50.1, 15.1, 51.8),
    "15": (10.5, 50.8, 13.3, 53.2),
    "16": (9.8, 50.1, 12.8, 51.8),
}
FAULTS = {
    "Self-intersection": "Selbstüberschneidung",
    "Ring Self-intersection": "Selbstberührung eines Rings",
    "Hole lies outside shell": "Loch außerhalb der Fläche",
    "Holes are nested": "Loch in einem Loch",
    "Nested shells": "Fläche in einer Fläche",
    "Duplicate Rings": "zweimal derselbe Ring",
    "Interior is disconnected": "Inneres nicht zusammenhängend",
    "Too few points in geometry component": "zu wenige Punkte",
    "Invalid Coordinate": "ungültige Koordinate",
}


def fault_of(shape: BaseGeometry) -> str:
    """Why a shape is invalid and where; the geometry library says it in English, as `Reason[x y]`."""
    import shapely

    reason, _, place = shapely.is_valid_reason(shape).partition("[")
    where = " und ".join(number_text(float(part), 4) for part in place.rstrip("]").split())
    return FAULTS.get(reason, reason) + (f" bei {where}" if where else "")


def projection(source: Any, target: str) -> Callable[[Any], Any]:
    """A function for `shapely.transform`: points (n × 2, x before y whatever the CRS says) in another projection.

    Raises pyproj.exceptions.CRSError or ProjError for a projection that nobody knows.
    """
    from pyproj import Transformer

    transformer = Transformer.from_crs(source, target, always_xy=True)

    def project(points: Any) -> Any:
        import numpy

        return numpy.column_stack(transformer.transform(points[:, 0], points[:, 1]))

    return project


def are_metres(bounds: Sequence[float]) -> bool:
    """Whether west, south, east and north cannot be degrees."""
    west, south, east, north = bounds
    return max(abs(west), abs(east)) > 180 or max(abs(south), abs(north)) > 90


def extent(bounds: Sequence[float]) -> str:
    """West to east and south to north of a shape, for a message."""
    decimals = 0 if are_metres(bounds) else 4
    west, south, east, north = bounds
    return " und ".join(
        f"{number_text(low, decimals)} bis {number_text(high, decimals)}"
        for low, high in ((west, east), (south, north))
    )


def lie_in_land(shapes: np.ndarray, lands: Sequence[str], crs: Any) -> np.ndarray:
    """Whether each shape, its numbers taken as `crs`, lies in the Land of the same place in `lands` (`00` Germany)."""
    import numpy
    import shapely

    degrees = shapely.bounds(shapely.transform(shapes, projection(crs, "EPSG:4326")))
    allowed = numpy.array([EXTENT[land] for land in lands])
    # Numbers no projection can turn into degrees become infinite or no number at all: neither is inside
    return numpy.all(degrees[:, :2] >= allowed[:, :2], axis=1) & numpy.all(degrees[:, 2:] <= allowed[:, 2:], axis=1)


def fitting(shapes: np.ndarray, lands: Sequence[str]) -> list[str]:
    """Projections, among those offices use, that the numbers fit; the axes may have to be swapped."""
    import shapely

    swapped = shapely.transform(shapes, lambda points: points[:, ::-1])
    found = [crs for crs in KNOWN if lie_in_land(shapes, lands, crs).all()]
    return found or [f"{crs}, {SWAPPED}" for crs in KNOWN if lie_in_land(swapped, lands, crs).all()]
