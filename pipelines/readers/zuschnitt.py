"""A planner's cut of Sozialräume: outlines from a GIS, or a table of Gemeinden, Ortsteile or streets.

What belongs here: layers and tables under their usual names, projection by label and by numbers, keys of Sozialräume.
What does not: whether the cut covers the Kreis (`pipelines.geography.cut`), laying it down (`pipelines.sources.cut`).

A name never says which area is meant: a row with a name and no key stays open, and keys are proposed for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pipelines.geography.cut import Line, Plan
from pipelines.geography.shapes import POLYGONS, extent, fault_of, fitting, lie_in_land, projection
from pipelines.readers import delimited
from pipelines.readers.csv_text import Complaint
from pipelines.readers.rawfile import RawFile, damaged
from pipelines.readers.vg250 import CONVERT
from pipelines.readers.workbook import Workbook, text_of

if TYPE_CHECKING:
    from pathlib import Path

    from geopandas import GeoDataFrame

    from pipelines.settings import Kreis

SHAPES = (".gpkg", ".geojson", ".json", ".zip", ".shp")
# What a column is called, folded to small letters and digits, the clearest name first
ROLES = {
    "room": ("areaid", "sozialraumschluessel", "sozialraumnummer", "sozialraumnr", "srnr", "nummer", "nr"),
    "name": ("sozialraum", "sozialraumname", "planungsraum", "bezeichnung", "name"),
    "strasse": ("strassenschluessel", "strassenid", "strschluessel"),
    "ortsteil": ("ortsteilschluessel", "ortsteilnummer", "ortsteilnr", "ortsteilid"),
    "ags": ("ags", "gemeindeschluessel", "gkz"),
    "strassenname": ("strasse", "strassenname"),
    "ortsteilname": ("ortsteil", "ortsteilname", "stadtteil"),
    "gemeinde": ("gemeinde", "gemeindename", "stadt", "kommune"),
}
MEMBERS = ("strasse", "ortsteil", "ags")
NAMES = {"strassenname": "strasse", "ortsteilname": "ortsteil", "gemeinde": "ags"}
NUMBER = re.compile(r"(?:[0-9]{5}-)?S?0*([1-9][0-9]?)(?:\.0)?", re.IGNORECASE)


def read(path: Path, kreis: Kreis) -> Plan:
    """The cut in a file. Raises InputError for a file that is damaged, has no Sozialräume, or lies elsewhere."""
    file = RawFile(path)
    file.refuse_empty()
    if path.suffix.lower() in SHAPES and not file.is_workbook:
        return _of_shapes(file, kreis)
    return _of_table(file, kreis)


def _of_table(file: RawFile, kreis: Kreis) -> Plan:
    complain = Complaint(file)
    header, rows = _cells(file, complain)
    roles = _roles(header)
    if not {"room", "name"} & set(roles) or not {*MEMBERS, *NAMES} & set(roles):
        complain(
            "In der Tabelle sind die Spalten eines Zuschnitts nicht zu erkennen.",
            row=1,
            column=", ".join(header),
            expected="eine Spalte Sozialraum (Nummer oder Name) und eine mit Schlüsseln: AGS, Ortsteilschlüssel oder "
            "Straßenschlüssel",
            found=", ".join(header) or "keine Kopfzeile",
            remedy="Die Kopfzeile so benennen; sie muss die erste Zeile sein.",
        )
    named = _Rooms(kreis.key)
    lines = []
    for number, cells in rows:
        found = {role: cells[at] for role, at in roles.items() if at < len(cells) and cells[at]}
        if not found:
            continue
        room = named.key(found.get("room"), found.get("name"), f"Zeile {number}", complain)
        role = _role(found)
        lines.append(Line(number, room, role, found.get(role), {name: found[name] for name in NAMES if name in found}))
    return Plan(file.path, named.names, tuple(lines), notes=tuple(named.notes))


def _role(found: Mapping[str, str]) -> str:
    """The smallest kind of area a row speaks of, by key or name: a named street is no whole Gemeinde."""
    named = {NAMES.get(role, role) for role in found}
    return next((role for role in MEMBERS if role in named), "ags")


def _cells(file: RawFile, complain: Complaint) -> tuple[list[str], list[tuple[int, list[str]]]]:
    if file.is_workbook or file.is_ole:
        book = Workbook(file)
        rows = [[text_of(cell).strip() for cell in row] for row in book.rows(book.names[0])]
        numbered = list(enumerate(rows, start=1))
    else:
        first = delimited.first_line(file)
        separator = max(";,\t", key=first.count)
        numbered = delimited.table(file, separator, complain)
    if not numbered:
        raise damaged(file)
    return numbered[0][1], numbered[1:]


def _roles(header: Sequence[str]) -> dict[str, int]:
    folded = [_folded(name) for name in header]
    return {
        role: folded.index(form)
        for role, forms in ROLES.items()
        if (form := next((f for f in forms if f in folded), ""))
    }


def _folded(name: str) -> str:
    spelt = name.lower().translate(str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}))
    return re.sub(r"[^a-z0-9]", "", spelt)


class _Rooms:
    """Keys of Sozialräume from their numbers; without numbers they are counted as they come, which is told."""

    def __init__(self, kreis_key: str) -> None:
        self.kreis_key = kreis_key
        self.names: dict[str, str] = {}
        self.notes: list[str] = []
        self._counted: dict[str, str] = {}

    def key(self, number: str | None, name: str | None, where: str, complain: Complaint) -> str:
        """The key of the Sozialraum of a row; its name must be the same in every row."""
        written = number or (name if name and NUMBER.fullmatch(name) else None)
        match = NUMBER.fullmatch(written) if written else None
        if written and (match is None or ("-" in written and not written.startswith(self.kreis_key))):
            complain(
                "Die Nummer eines Sozialraums ist nicht lesbar.",
                row=where,
                column="Sozialraum",
                expected=f"1 bis 99, S01 oder {self.kreis_key}-S01",
                found=written,
                remedy="Die Nummer berichtigen.",
            )
        if match:
            found = f"{self.kreis_key}-S{int(match[1]):02}"
        elif name:
            if not self._counted:
                self.notes.append("Die Sozialräume haben keine Nummern; sie sind in der Folge der Datei gezählt.")
            found = self._counted.setdefault(name, f"{self.kreis_key}-S{len(self._counted) + 1:02}")
        else:
            complain(
                "Eine Zeile nennt keinen Sozialraum.",
                row=where,
                column="Sozialraum",
                expected="Nummer oder Name des Sozialraums",
                found="leer",
                remedy="Den Sozialraum eintragen oder die Zeile löschen.",
            )
        label = name if name and not NUMBER.fullmatch(name) else f"Sozialraum {int(found[-2:])}"
        if self.names.setdefault(found, label) != label:
            complain(
                "Ein Sozialraum hat zwei Namen.",
                row=where,
                column="Sozialraum",
                expected=self.names[found],
                found=label,
                remedy="Den Namen in allen Zeilen gleich schreiben.",
            )
        return found


def _of_shapes(file: RawFile, kreis: Kreis) -> Plan:
    import shapely

    complain = Complaint(file)
    layer = _layer(file, complain)
    columns = [str(name) for name in layer.columns if name != layer.geometry.name]
    roles = _roles(columns)
    if not {"room", "name"} & set(roles):
        complain(
            "Die Flächen sagen nicht, welcher Sozialraum sie sind.",
            column=", ".join(columns),
            expected="eine Spalte mit Nummer (Nr, area_id) oder Name (Sozialraum, Name)",
            found=", ".join(columns) or "keine Spalte",
            remedy="Im Geoinformationssystem eine solche Spalte füllen.",
        )
    placed = _placed(layer, kreis, complain)
    named = _Rooms(kreis.key)
    parts: dict[str, list[Any]] = {}
    for number, (row, shape) in enumerate(zip(_texts(layer, columns), placed, strict=True), start=1):
        told = {role: row[at] for role, at in roles.items() if row[at]}
        parts.setdefault(named.key(told.get("room"), told.get("name"), f"Fläche {number}", complain), []).append(shape)
    shapes = {area_id: shapely.union_all(found) for area_id, found in sorted(parts.items())}
    return Plan(file.path, dict(sorted(named.names.items())), shapes=shapes, notes=tuple(named.notes))


def _texts(layer: GeoDataFrame, columns: Sequence[str]) -> Iterator[list[str]]:
    for row in layer[list(columns)].itertuples(index=False):
        yield ["" if cell is None or cell != cell else str(cell).strip() for cell in row]


def _layer(file: RawFile, complain: Complaint) -> GeoDataFrame:
    """The one layer of areas a file holds, through the library."""
    import geopandas
    import pyogrio

    try:
        found = [str(name) for name, kind in pyogrio.list_layers(file.path) if kind and "Polygon" in str(kind)]
        found = found or [str(name) for name, kind in pyogrio.list_layers(file.path) if kind]
        if len(found) != 1:
            complain(
                "Die Datei hat nicht genau eine Ebene mit Flächen.",
                expected="eine Ebene mit den Sozialräumen",
                found=", ".join(found) or "keine",
                remedy="Die Ebene der Sozialräume allein in eine Datei ausgeben.",
            )
        layer = geopandas.read_file(file.path, layer=found[0])
    except (RuntimeError, ValueError, TypeError, OSError) as error:
        raise damaged(file) from error
    if not len(layer) or "geometry" not in layer:
        raise damaged(file)
    return layer


def _placed(layer: GeoDataFrame, kreis: Kreis, complain: Complaint) -> list[Any]:
    """Valid shapes in the projection of the Kreis; label and numbers must both fit, a label alone is not trusted."""
    import numpy
    import shapely
    from pyproj.exceptions import ProjError

    shapes = shapely.force_2d(numpy.asarray(layer.geometry.to_numpy()))
    for number, shape in enumerate(shapes, start=1):
        if shape is None or shape.is_empty or shape.geom_type not in POLYGONS or not shape.is_valid:
            complain(
                "Eine Fläche ist ungültig.",
                row=f"Fläche {number}",
                column="geometry",
                expected="gültige Fläche (Polygon oder MultiPolygon)",
                found="keine Fläche"
                if shape is None or shape.is_empty or shape.geom_type not in POLYGONS
                else fault_of(shape),
                remedy="Die Fläche im Geoinformationssystem reparieren und neu speichern.",
            )
    lands = [kreis.land_key] * len(shapes)
    try:
        fits = layer.crs is not None and bool(lie_in_land(shapes, lands, layer.crs).all())
        placed = shapely.transform(shapes, projection(layer.crs, kreis.crs)) if fits else shapes
    except ProjError:
        fits, placed = False, shapes
    west, south, east, north = shapely.total_bounds(placed)
    near = fits and west < kreis.east[1] and east > kreis.east[0] and south < kreis.north[1] and north > kreis.north[0]
    if not near:
        better = fitting(shapes, lands)
        complain(
            "Das Koordinatensystem fehlt."
            if layer.crs is None
            else "Koordinatensystem und Zahlen passen nicht zusammen, oder die Flächen liegen nicht im Kreis.",
            column="geometry",
            expected=f"ein Koordinatensystem, in dem die Flächen im Kreis {kreis.key} liegen",
            found=f"{layer.crs or 'keine Angabe'}; {extent(tuple(shapely.total_bounds(shapes)))}"
            + (f"; die Zahlen passen zu {' oder '.join(better)}" if better else ""),
            remedy=CONVERT,
        )
    return list(placed)
