"""Reader of `gemeinden.geojson` and `sozialraeume.geojson`: degrees, turned into the projection of the Kreis.

What belongs here: CRS by its mark and by the numbers, keys, validity. What does not: simplifying and joining areas
(`pipelines.geography.boundaries`). A mark alone is not trusted: files exist that say degrees and hold metres.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.contracts import conform
from pipelines.geography.shapes import DEGREES, POLYGONS, are_metres, extent, fault_of, projection
from pipelines.german import number as number_text
from pipelines.readers.csv_text import Complaint

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapely.geometry.base import BaseGeometry

    from pipelines.settings import Kreis
    from pipelines.sources.registry import DeliveredFile


def read(content: bytes, file: DeliveredFile, kreis: Kreis, expected: dict[str, str], key: str = "ags") -> pl.DataFrame:
    """`raw.grenzen` from verified bytes: one area per Gemeinde as WKB in `kreis.crs`.

    expected: AGS and names that must be there. key: `ags`, or `area_id` for `raw.sozialraum_grenzen`. Raises
    InputError for a file that is no GeoJSON of areas, another CRS, swapped axes, places outside the Kreis, a missing,
    unknown or repeated Gemeinde, or an invalid area.
    """
    complain = Complaint(file)
    features = _features(content, file, complain)
    project = projection("OGC:CRS84", kreis.crs)
    found: dict[str, bytes] = {}
    for number, feature in enumerate(features, start=1):
        area_id = _key(number, feature, key, expected, found, complain)
        shape = _shape(number, feature, complain)
        found[area_id] = _place(number, shape, project, kreis, complain).wkb
    absent = {area_id: name for area_id, name in expected.items() if area_id not in found}
    if absent:
        area_id, name = next(iter(absent.items()))
        complain(
            f"In den Grenzen fehlt {'eine Gemeinde' if key == 'ags' else 'ein Sozialraum'}.",
            column=key,
            expected=f"eine Fläche für {area_id} ({name})",
            found=f"{len(found)} von {len(expected)} {'Gemeinden' if key == 'ags' else 'Sozialräumen'}",
            remedy="Die Fläche aus der Quelle der Grenzen ergänzen.",
        )
    table = "raw.grenzen" if key == "ags" else "raw.sozialraum_grenzen"
    return conform(pl.DataFrame({key: list(found), "geometry": list(found.values())}), table)


def _features(content: bytes, file: DeliveredFile, complain: Complaint) -> list[dict[str, Any]]:
    try:
        collection = json.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        complain(
            "Die Datei der Grenzen ist nicht lesbar.",
            row=content.count(b"\n", 0, error.start) + 1,
            expected="GeoJSON in UTF-8",
            found=f"Byte 0x{content[error.start]:02X}, kein UTF-8",
            remedy="Die Datei als UTF-8 speichern oder neu beschaffen.",
        )
    except json.JSONDecodeError as error:
        complain(
            "Die Datei der Grenzen ist nicht lesbar.",
            row=error.lineno,
            expected="GeoJSON in UTF-8",
            found=f"kein gültiges JSON (Zeile {error.lineno}, Spalte {error.colno})",
            remedy="Die Datei neu beschaffen.",
        )
    if not isinstance(collection, dict) or not isinstance(collection.get("features"), list):
        complain(
            "Die Datei der Grenzen ist keine Sammlung von Flächen.",
            expected="GeoJSON FeatureCollection",
            found=collection.get("type", "kein Eintrag type") if isinstance(collection, dict) else "kein Objekt",
            remedy="Die Grenzen als FeatureCollection speichern.",
        )
    _check_mark(collection, complain)
    if len(collection["features"]) != file.rows:
        complain(
            "Die Datei der Grenzen hat nicht so viele Flächen, wie der Lieferschein nennt.",
            expected=f"{file.rows} Flächen",
            found=f"{len(collection['features'])} Flächen",
            remedy="Prüfen, ob Flächen fehlen oder doppelt sind, dann rows im Lieferschein berichtigen.",
        )
    return collection["features"]


def _check_mark(collection: dict[str, Any], complain: Complaint) -> None:
    """GeoJSON without a mark is in degrees (RFC 7946); any other mark than that of degrees is refused."""
    mark = collection.get("crs")
    name = mark.get("properties", {}).get("name") if isinstance(mark, dict) else mark
    if name is not None and name not in DEGREES:
        _refuse_crs(f"Kennzeichnung {name}", complain)


def _refuse_crs(found: str, complain: Complaint, row: int | str = "gesamte Datei") -> None:
    complain(
        "Die Grenzen liegen in einem anderen Koordinatensystem als vereinbart.",
        row=row,
        column="geometry",
        expected="GeoJSON in Grad (WGS 84, Länge vor Breite, CRS84)",
        found=found,
        remedy="Die Grenzen nach WGS 84 umrechnen und als GeoJSON ohne Eintrag crs speichern.",
    )


def _key(
    number: int,
    feature: dict[str, Any],
    key: str,
    expected: dict[str, str],
    found: dict[str, bytes],
    complain: Complaint,
) -> str:
    area_id = (feature.get("properties") or {}).get(key)
    if not isinstance(area_id, str) or area_id not in expected:
        complain(
            f"Eine Fläche trägt keinen bekannten {'Gemeindeschlüssel' if key == 'ags' else 'Schlüssel'}.",
            row=f"Fläche {number}",
            column=key,
            expected=f"ein Schlüssel aus gebiete/{'gemeinden' if key == 'ags' else 'sozialraeume'}.csv als Text",
            found="kein Eintrag" if area_id is None else repr(area_id),
            remedy="Den Schlüssel berichtigen oder die Fläche entfernen.",
        )
    if area_id in found:
        complain(
            f"{'Eine Gemeinde' if key == 'ags' else 'Ein Sozialraum'} hat zwei Flächen.",
            row=f"Fläche {number}",
            column=key,
            expected=f"eine Fläche je {'Gemeinde' if key == 'ags' else 'Sozialraum'}",
            found=area_id,
            remedy="Die Teile zu einer Fläche (MultiPolygon) zusammenfassen.",
        )
    return area_id


def _shape(number: int, feature: dict[str, Any], complain: Complaint) -> BaseGeometry:
    import shapely
    from shapely.geometry import shape

    geometry = feature.get("geometry")
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    try:
        result = shape(geometry) if isinstance(geometry, dict) and kind in POLYGONS else None
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, shapely.errors.ShapelyError):
        result = None
    if result is None or result.is_empty or not result.is_valid:
        complain(
            "Eine Fläche ist ungültig.",
            row=f"Fläche {number}",
            column="geometry",
            expected="gültige Fläche (Polygon oder MultiPolygon)",
            found=kind or "keine Fläche" if result is None or result.is_empty else fault_of(result),
            remedy="Die Fläche im Geoinformationssystem reparieren und neu speichern.",
        )
    return result


def _place(
    number: int, shape: BaseGeometry, project: Callable[[Any], Any], kreis: Kreis, complain: Complaint
) -> BaseGeometry:
    """The area in the projection of the Kreis; refused when its numbers are no degrees or lie elsewhere."""
    import shapely

    row = f"Fläche {number}"
    where = extent(shape.bounds)
    if are_metres(shape.bounds):
        _refuse_crs(f"{where}: keine Grad, vermutlich Meter", complain, row)
    placed = shapely.transform(shape, project)
    if _inside(placed, kreis):
        return placed
    swapped = shapely.transform(shapely.transform(shape, lambda points: points[:, ::-1]), project)
    if _inside(swapped, kreis):
        _refuse_crs(f"{where}: Breite und Länge vertauscht", complain, row)
    complain(
        "Eine Fläche liegt außerhalb des Kreises.",
        row=row,
        column="geometry",
        expected=f"Ost {number_text(kreis.east[0])} bis {number_text(kreis.east[1])}, "
        f"Nord {number_text(kreis.north[0])} bis {number_text(kreis.north[1])} in {kreis.crs}",
        found=where,
        remedy="Koordinatensystem und Schlüssel der Fläche prüfen; die Grenzen des Kreises stehen in kreis.yml.",
    )


def _inside(shape: BaseGeometry, kreis: Kreis) -> bool:
    west, south, east, north = shape.bounds
    return kreis.east[0] <= west and east <= kreis.east[1] and kreis.north[0] <= south and north <= kreis.north[1]
