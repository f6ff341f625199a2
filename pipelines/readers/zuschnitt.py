"""A planner's cut of Sozialräume: outlines from a GIS, or a table of Gemeinden, Ortsteile, streets or grid cells.

What belongs here: layers and tables under their usual names, projection by label and by numbers, keys of Sozialräume.
What does not: whether the cut covers the Kreis (`pipelines.geography.cut`), laying it down (`pipelines.sources.cut`).

A name never says which area is meant: a row with a name and no key stays open, and keys are proposed for it.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, NoReturn

from pipelines.geography.cut import Line, Plan
from pipelines.geography.grid import CRS, KEY
from pipelines.geography.shapes import POLYGONS, extent, fault_of, fitting, lie_in_land, projection
from pipelines.readers import delimited
from pipelines.readers.csv_text import Complaint
from pipelines.readers.rawfile import RawFile
from pipelines.readers.vg250 import CONVERT
from pipelines.readers.workbook import text_of

if TYPE_CHECKING:
    from pathlib import Path

    from geopandas import GeoDataFrame

    from pipelines.settings import Kreis

SHAPES = (".gpkg", ".geojson", ".json", ".zip", ".shp")
TEXTS = (".csv", ".txt", ".tsv")
# What a column is called, folded to small letters and digits, the clearest name first
ROLES = {
    "room": ("areaid", "sozialraumschluessel", "sozialraumnummer", "sozialraumnr", "srnr", "nummer", "nr"),
    "name": ("sozialraum", "sozialraumname", "planungsraum", "bezeichnung", "name"),
    "zelle": ("gitterzelle", "gitterid100m", "gitterid1km", "gitterid", "zelle", "zellenid"),
    "strasse": ("strassenschluessel", "strassenid", "strschluessel", "strassennummer", "strassennr"),
    "ortsteil": ("ortsteilschluessel", "ortsteilkennziffer", "ortsteilnummer", "ortsteilnr", "ortsteilid"),
    "ags": ("ags", "gemeindeschluessel", "gemeindeschluesselags", "gemeindekennziffer", "gkz"),
    "strassenname": ("strasse", "strassenname"),
    "ortsteilname": ("ortsteil", "ortsteilname", "stadtteil"),
    "gemeinde": ("gemeinde", "gemeindename", "stadt", "kommune"),
}
MEMBERS = ("zelle", "strasse", "ortsteil", "ags")
NAMES = {"strassenname": "strasse", "ortsteilname": "ortsteil", "gemeinde": "ags"}
# So many rows may stand above the one that names the columns
TITLES = 10
NUMBER = re.compile(r"(?:[0-9]{5}-)?S?0*([1-9][0-9]?)(?:\.0)?", re.IGNORECASE)


def read(path: Path, kreis: Kreis, layer: str | None = None) -> Plan:
    """The cut in a file; layer: of one that has several with areas.

    Raises InputError for a file that is damaged, has no Sozialräume, or lies elsewhere.
    """
    file = RawFile(path)
    file.refuse_empty()
    if path.suffix.lower() in SHAPES and not file.is_workbook:
        return _of_shapes(file, kreis, layer)
    if not (file.is_workbook or file.is_ole or path.suffix.lower() in TEXTS):
        Complaint(file)(
            "Ein Zuschnitt kommt nicht in einer Datei dieser Art.",
            expected=f"Geodatei ({', '.join(SHAPES)}) oder Tabelle (.xlsx, .xls, {', '.join(TEXTS)})",
            found=path.suffix or "keine Endung",
            remedy="Den Zuschnitt in einer dieser Arten ausgeben.",
        )
    return _of_table(file, kreis)


def _of_table(file: RawFile, kreis: Kreis) -> Plan:
    complain = Complaint(file)
    roles, rows = _table(file, complain)
    named = _Rooms(kreis.key)
    lines = []
    squares = _Squares()
    for number, cells in rows:
        found = {role: cells[at] for role, at in roles.items() if at < len(cells) and cells[at]}
        if not found:
            continue
        room = named.key(found.get("room"), found.get("name"), f"Zeile {number}", complain)
        role = _role(found)
        if role == "zelle":
            squares.add(number, room, found[role], complain)
            continue
        lines.append(Line(number, room, role, found.get(role), {name: found[name] for name in NAMES if name in found}))
    named.refuse_twins(complain)
    return Plan(file.path, named.names, tuple(lines), cells=squares.outlines(kreis.crs), notes=tuple(named.notes))


class _Squares:
    """Grid cells of Sozialräume: each once, all of one size."""

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}
        self._rooms: dict[str, list[tuple[int, int, int]]] = {}

    def add(self, row: int, room: str, cell: str, complain: Complaint) -> None:
        """Take the cell of a row. Raises InputError for no cell, another size, or one there is already."""
        named = re.match(KEY, cell)
        if named is None:
            complain(
                "Eine Gitterzelle hat keinen gültigen Schlüssel.",
                row=row,
                column="Gitterzelle",
                expected="CRS3035RES‹Größe›mN‹Nord›E‹Ost›, linke untere Ecke in Metern",
                found=cell,
                remedy="Den Schlüssel aus den Gitterdaten des Zensus übernehmen.",
            )
        size, north, east = (int(part) for part in named.groups())
        other = next((places[0][0] for places in self._rooms.values()), size)
        if size != other:
            complain(
                "Die Gitterzellen sind verschieden groß.",
                row=row,
                column="Gitterzelle",
                expected=f"Zellen von {other} m",
                found=cell,
                remedy="Alle Sozialräume mit Zellen einer Größe beschreiben.",
            )
        if cell in self._rows:
            complain(
                "Eine Gitterzelle steht zweimal in der Datei.",
                row=row,
                column="Gitterzelle",
                expected=f"jede Zelle in einem Sozialraum; zuerst in Zeile {self._rows[cell]}",
                found=cell,
                remedy="Eine der beiden Zeilen löschen.",
            )
        self._rows[cell] = row
        self._rooms.setdefault(room, []).append((size, north, east))

    def outlines(self, crs: str) -> dict[str, Any]:
        """The cells of every Sozialraum as one shape in a projection."""
        import numpy
        import shapely

        project = projection(CRS, crs)
        found = {}
        for room, places in sorted(self._rooms.items()):
            size, south, west = numpy.array(places).T
            whole = shapely.union_all(shapely.box(west, south, west + size, south + size))
            found[room] = shapely.transform(whole, project)
        return found


def _role(found: Mapping[str, str]) -> str:
    """The smallest kind of area a row speaks of, by key or name: a named street is no whole Gemeinde."""
    named = {NAMES.get(role, role) for role in found}
    return next((role for role in MEMBERS if role in named), "ags")


Rows = list[tuple[int, list[str]]]


def _table(file: RawFile, complain: Complaint) -> tuple[dict[str, int], Rows]:
    """Which column has which role, and the rows below that header, of the one table that is a cut."""
    sheets = _sheets(file, complain)
    found = {name: table for name, rows in sheets.items() if (table := _below_header(rows))}
    if len(found) > 1:
        complain(
            "Mehrere Blätter der Arbeitsmappe sehen wie ein Zuschnitt aus.",
            expected="ein Blatt mit dem Zuschnitt",
            found=", ".join(found),
            remedy="Die anderen Blätter löschen oder das Blatt allein in eine Arbeitsmappe speichern.",
        )
    if not found:
        header = next((cells for rows in sheets.values() for _, cells in rows if any(cells)), [])
        shown = ", ".join(cell for cell in header if cell)
        complain(
            "In der Tabelle sind die Spalten eines Zuschnitts nicht zu erkennen.",
            row=1,
            column=shown,
            expected="eine Spalte Sozialraum (Nummer oder Name) und eine mit Schlüsseln: AGS, Ortsteilschlüssel, "
            "Straßenschlüssel oder Gitterzelle",
            found=shown or "keine Kopfzeile",
            remedy=f"Die Kopfzeile so benennen; über ihr dürfen höchstens {TITLES} Zeilen stehen.",
        )
    return next(iter(found.values()))


def _below_header(rows: Rows) -> tuple[dict[str, int], Rows] | None:
    """The first row that names a Sozialraum and an area, as roles, and what is below; None without one."""
    for place, (_, cells) in enumerate(rows[: TITLES + 1]):
        roles = _roles(cells)
        if {"room", "name"} & set(roles) and {*MEMBERS, *NAMES} & set(roles):
            return roles, rows[place + 1 :]
    return None


def _sheets(file: RawFile, complain: Complaint) -> dict[str, Rows]:
    """Numbered rows of text by name of the sheet; a cell merged over several rows holds its text in each."""
    if not (file.is_workbook or file.is_ole):
        first = delimited.first_line(file)
        separator = max(";,\t", key=first.count)
        return {file.path.name: delimited.table(file, separator, complain)}
    book = file.workbook
    found: dict[str, Rows] = {}
    for name in book.names:
        rows = [[text_of(cell) for cell in row] for row in book.rows(name)]
        for (top, left), (bottom, _) in book.merged(name):
            for below in rows[top + 1 : bottom + 1]:
                below[left] = rows[top][left]
        found[name] = list(enumerate(rows, start=1))
    return found


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

    def refuse_twins(self, complain: Complaint) -> None:
        """Two numbers with one name: most often the column counts rows."""
        found: dict[str, str] = {}
        for area_id, name in self.names.items():
            other = found.setdefault(name, area_id)
            if other != area_id:
                complain(
                    "Zwei Sozialräume heißen gleich.",
                    column="Sozialraum",
                    expected="jeder Sozialraum mit einer Nummer und einem Namen",
                    found=f"{name}: {other} und {area_id}",
                    remedy="Die Namen unterscheiden. Zählt die Spalte „Nr“ die Zeilen, sie löschen oder umbenennen.",
                )


def _of_shapes(file: RawFile, kreis: Kreis, wanted: str | None) -> Plan:
    import shapely

    complain = Complaint(file)
    layer = _layer(file, wanted, complain)
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
    named.refuse_twins(complain)
    shapes = {area_id: shapely.union_all(found) for area_id, found in sorted(parts.items())}
    return Plan(file.path, dict(sorted(named.names.items())), shapes=shapes, notes=tuple(named.notes))


def _texts(layer: GeoDataFrame, columns: Sequence[str]) -> Iterator[list[str]]:
    for row in layer[list(columns)].itertuples(index=False):
        yield ["" if cell is None or cell != cell else str(cell).strip() for cell in row]


def _layer(file: RawFile, wanted: str | None, complain: Complaint) -> GeoDataFrame:
    """The one layer of areas a file holds, or the one that is wanted, through the library."""
    import geopandas
    import pyogrio

    place = _place_of(file, complain)
    try:
        listed = [(str(name), str(kind)) for name, kind in pyogrio.list_layers(place) if kind]
        areas = [name for name, kind in listed if any(word in kind for word in ("Polygon", "Surface"))]
        found = areas or [name for name, _ in listed]
        found = [name for name in found if wanted in (None, name)]
        if len(found) != 1:
            names = [name for name, _ in listed]
            complain(
                "Die Datei hat nicht genau eine Ebene mit Flächen." if wanted is None else "Diese Ebene gibt es nicht.",
                expected="eine Ebene mit den Sozialräumen" if wanted is None else wanted,
                found=", ".join(areas or names) or "keine",
                remedy="Die Ebene mit --ebene NAME nennen."
                if names
                else "Die Ebene der Sozialräume in eine Datei ausgeben.",
            )
        layer = geopandas.read_file(place, layer=found[0])
    except (RuntimeError, ValueError, TypeError, OSError):
        _refuse_unreadable(complain, "nicht zu öffnen")
    if not len(layer) or "geometry" not in layer:
        _refuse_unreadable(complain, "keine Fläche")
    return layer


def _refuse_unreadable(complain: Complaint, found: str) -> NoReturn:
    complain(
        "Die Geodatei ist nicht lesbar.",
        expected="vollständiges GeoPackage oder GeoJSON, oder Shapefile als zip mit shp, shx, dbf und prj",
        found=found,
        remedy="Die Datei im Geoinformationssystem öffnen und neu ausgeben; am sichersten ist ein GeoPackage.",
    )


def _place_of(file: RawFile, complain: Complaint) -> str:
    """The path under which the library finds the file, in an archive the one inside that holds areas.

    A shapefile without a word about its letters has those of Windows, as offices write them.
    """
    if file.path.suffix.lower() != ".zip":
        return str(file.path)
    try:
        with zipfile.ZipFile(file.path) as archive:
            names = [name for name in archive.namelist() if not name.startswith("__MACOSX/")]
    except (zipfile.BadZipFile, OSError):
        _refuse_unreadable(complain, "kein vollständiges Archiv")
    inside = [name for name in names if PurePosixPath(name).suffix.lower() in SHAPES and not name.endswith(".zip")]
    if len(inside) != 1:
        complain(
            "Das Archiv enthält nicht genau eine Datei mit Flächen.",
            expected="ein Shapefile (shp, shx, dbf, prj), GeoPackage oder GeoJSON",
            found=", ".join(inside) or ", ".join(names) or "nichts",
            remedy="Die Datei der Sozialräume allein packen.",
        )
    return f"/vsizip/{{{file.path.resolve().as_posix()}}}/{inside[0]}"


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
