"""Outlines of areas: VG250 of the BKG and other geometry with official keys, as shapefile, GeoPackage or GeoJSON.

What belongs here: layers, attributes under their many names, projection by label and by numbers, one shape per area.
What does not: the district's own `gemeinden.geojson` (`grenzen`), overlaps and areas against official ones
(`pipelines.geography.boundaries`).

Source of the format: documentation of VG250 and VG250-EW (BKG, editions of 2005 to 2024). Layers STA, LAN, RBZ, KRS,
VWG, GEM; `GF` 4 (9 in the small scales) is land, the others water; an area may have several rows. Old editions say
`RS` where new ones say `ARS`. Areas of shapes are not the official ones: small Gemeinden of simplified shapes are
wrong by more than 10 percent, which is why every figure carries quality `limited`.

Truncation shows in lengths that every container states. Keys at wrong shapes show where a key stands twice (AGS_0), in
stated areas (KFL, Shape_Area), in the layers around an area and in its neighbours. Not noticed: exchanged keys of one
Kreis in a file that says no more than them; whoever has outlines of a district compares (`geography.outlines`).
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.errors import InputError
from pipelines.geography.keys import ARS, ags_of_ars, ends_as_kreis, land_part, restore_zero
from pipelines.geography.outlines import ALONE, FREE, KEYS, coarse, refuse_misplaced
from pipelines.geography.shapes import EXTENT, POLYGONS, extent, fault_of, fitting, lie_in_land, projection
from pipelines.german import is_day
from pipelines.german import number as number_text
from pipelines.readers.csv_text import Complaint
from pipelines.readers.rawfile import RawFile, damaged
from pipelines.readers.reading import TELL_LEVEL, Agreed, Format, Reading, Refused, check_agreed, tidy
from pipelines.readers.text import any_text, days

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from geopandas import GeoDataFrame

# The projection outlines are handed on and measured in, whatever that of the file: that of the BKG for all of Germany.
# Its areas are off by -0.1 percent in the west and +0.4 at the Oder, far less than simplified outlines are
OUTLINES = "EPSG:25832"
ITEM, LABEL, UNIT = "flaeche", "Fläche des Umrisses", "m2"
# What an attribute is called, folded to small letters and digits, the common name first; a shapefile cuts names at 10
ROLES = {
    "ags": ("ags", "ags8", "amtlichergemeindeschluessel", "gemeindeschluessel", "gemeindeschl", "gemschl", "agsgem"),
    "ars": ("ars", "rs", "ars12", "rs12", "amtlicherregionalschluessel", "regionalschluessel", "regschl"),
    "name": ("gen", "name", "geografischername", "gemeindename", "gemname"),
    "kind": ("bez", "bezeichnung"),
    "water": ("gf", "geofaktor"),
    "level": ("ade", "administrativeebene"),
    "since": ("wsk", "wirksamkeit"),
    "office": ("debkgid",),
    "persons": ("ewz", "einwohnerzahl"),
    "cadastre": ("kfl", "katasterflaeche"),
    "ags filled": ("ags0",),
    "ars filled": ("ars0", "rs0"),
    "drawn": ("shapearea", "shapestarea"),
}
CUT = 10
LAND, WATER = ("4", "9"), ("1", "2", "3", "8")
ADE = {"1": "bund", "2": "land", "3": "regierungsbezirk", "4": "kreis", "5": "verband", "6": "gemeinde"}
LAYERS = {"sta": "bund", "lan": "land", "rbz": "regierungsbezirk", "krs": "kreis", "vwg": "verband", "gem": "gemeinde"}
DIGITS = {"bund": 0, "land": 2, "regierungsbezirk": 3, "kreis": 5, "verband": 9}
# No area of a level is larger (km2): Berlin, Mecklenburgische Seenplatte, Oberbayern, Bavaria, with a margin
LARGEST = {"gemeinde": 1_000, FREE: 1_000, "verband": 1_500, "kreis": 6_000, "regierungsbezirk": 19_000, "land": 75_000}
WHOLE = 360_000
SMALLEST = 0.01
# Square metres two parts of one area may share, from floating point; share of an area a repair may change
SEAM, REPAIR = 1.0, 0.001
# Share of its stated area by which a simplified outline does not differ
OTHER = 0.25
# Areas among which overlaps and holes are looked for here: a district or a Land, not all of Germany
FEW = 1_000
SLIVER = 1_000_000.0
BKG = "© GeoBasis-DE / BKG{} dl-de/by-2-0 (Daten verändert)"
CONVERT = "Die Datei mit dem richtigen Koordinatensystem neu beim Herausgeber holen, am besten in EPSG:25832."
WHOLE_AGAIN = "Die Datei noch einmal herunterladen und unverändert lassen."
_COLLECTION = re.compile(rb'"type"\s*:\s*"Feature(?:Collection)?"')
_NAME = re.compile(rb'"name"\s*:\s*"([^"\\]+)"\s*,')
_NESTED = re.compile(rb'"type"\s*:\s*"FeatureCollection"')
_FEATURE = re.compile(rb'"type"\s*:\s*"Feature"')
_DATE = re.compile(r"^([0-9]{4})[-/.]?([0-9]{2})[-/.]?([0-9]{2})")


@dataclass(frozen=True)
class Layer:
    """One layer as delivered: attributes as text by role, shapes beside them in the same order, its projection."""

    name: str
    attributes: pl.DataFrame
    names: dict[str, str]
    shapes: np.ndarray
    crs: str | None


def recognises(file: RawFile) -> bool:
    """Whether a file holds shapes: a GeoPackage, GeoJSON, or an archive with one or with shapefiles."""
    try:
        if file.is_zip:
            return any(info.filename.lower().endswith((".shp", ".gpkg")) for info in file.members)
        start = file.head.lstrip(b"\xef\xbb\xbf \t\r\n")
        return file.is_geopackage or (start[:1] in (b"{", b"[") and bool(_COLLECTION.search(start)))
    except InputError:
        return False


def read(file: RawFile, agreed: Agreed) -> Reading:
    """One outline per area of every layer, and its area as a figure when the Gebietsstand is known.

    The Gebietsstand is what the archive says of itself (`aktualitaet.txt`), else what is agreed, else the last change
    any area had (`WSK`); without all three there are outlines and no figures. Raises InputError for damaged files,
    absent or contradictory projections, swapped axes, shapes outside of their Land or too large, unknown or
    contradictory keys, parts of an area that overlap, invalid shapes, and what contradicts `agreed`.
    """
    complain = Complaint(file)
    with TemporaryDirectory() as folder:
        layers = list(_layers(file, Path(folder), complain))
    notes: list[str] = []
    refused: list[Refused] = []
    areas = [_areas(layer, agreed, complain, notes, refused) for layer in layers]
    if not any(map(len, areas)):
        complain(
            "Die Datei enthält keine Flächen mit amtlichen Schlüsseln.",
            expected="Flächen mit AGS oder ARS" + (f" der Ebene {agreed.level}" if agreed.level else ""),
            found=", ".join(layer.name for layer in layers) or "keine Ebene mit Flächen",
            remedy="Prüfen, ob es die richtige Datei ist.",
        )
    outlines = _joined(areas, complain)
    refuse_misplaced(outlines, complain)
    notes.extend((*_overlaps(outlines), *coarse(outlines)))
    stated = _stated(file)
    last = max((day for layer in layers for day in _changes(layer)), default=None)
    time = _time(stated, last, agreed, complain, notes)
    frame = _frame(outlines, time or "")
    check_agreed(frame, agreed, complain)
    if time is None:
        reason = "Die Datei nennt keinen Gebietsstand; die Umrisse sind gelesen, für Zahlen ist er anzugeben."
        refused.append(Refused("Flächen als Zahlen", reason, frame.height))
        frame = frame.clear()
    official = any(layer.name.lower().startswith("vg") or "office" in layer.names for layer in layers)
    return Reading(
        file=file,
        format=FORMAT.key,
        title=", ".join(layer.name for layer in layers),
        frame=frame,
        stand=stated or last,
        attribution=BKG.format(f" ({stated[:4]})" if stated else "") if official else None,
        notes=tuple(notes),
        refused=tuple(refused),
        outlines=outlines,
    )


def _layers(file: RawFile, folder: Path, complain: Complaint) -> Iterator[Layer]:
    """The layers of shapes; the library gets files under names of ours, so that it guesses nothing from theirs."""
    if file.is_zip:
        yield from _of_archive(file, folder, complain)
    elif file.is_geopackage:
        path = file.path if file.member is None and file.path.suffix.lower() == ".gpkg" else folder / "flaechen.gpkg"
        if path != file.path:
            path.write_bytes(file.content)
        yield from _of_geopackage(file, path, complain)
    else:
        yield from _of_json(file, folder, complain)


def _of_archive(file: RawFile, folder: Path, complain: Complaint) -> Iterator[Layer]:
    by_name = {info.filename.lower(): info for info in file.members}
    packages = [info for name, info in by_name.items() if name.endswith(".gpkg")]
    for number, info in enumerate(packages):
        path = folder / f"{number}.gpkg"
        path.write_bytes(file.read(info))
        yield from _of_geopackage(file, path, complain)
        path.unlink()
    for name in (name for name in by_name if name.endswith(".shp")):
        stem = name.removesuffix(".shp")
        title = PurePosixPath(by_name[name].filename).stem
        for suffix in (".shp", ".shx", ".dbf", ".prj", ".cpg"):
            info = by_name.get(stem + suffix)
            if info is not None:
                (folder / f"layer{suffix}").write_bytes(file.read(info))
            elif suffix in (".shx", ".dbf"):
                complain(
                    "Zu einem Shapefile fehlt eine Datei.",
                    column=title,
                    expected=f"{title}{suffix} neben {title}.shp",
                    found="keine",
                    remedy="Das ganze Archiv neu herunterladen und nicht entpacken.",
                )
        if struct.unpack("<i", _start(folder / "layer.shp")[32:36])[0] in (5, 15, 25):
            _check_lengths(folder, title, complain)
            encoding = None if (folder / "layer.cpg").exists() else _encoding((folder / "layer.dbf").read_bytes())
            yield from _read(file, folder / "layer.shp", title, complain, encoding=encoding)
        for path in folder.glob("layer.*"):
            path.unlink()


def _start(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(100).ljust(100, b"\x00")


def _check_lengths(folder: Path, title: str, complain: Complaint) -> None:
    """Both tables of a shapefile state how long they are: a cut one is noticed."""
    count, start, width = struct.unpack("<IHH", _start(folder / "layer.dbf")[4:12])
    stated = {
        ".shp": 2 * struct.unpack(">i", _start(folder / "layer.shp")[24:28])[0],
        ".shx": 2 * struct.unpack(">i", _start(folder / "layer.shx")[24:28])[0],
        ".dbf": start + count * width,
    }
    for suffix, length in stated.items():
        size = (folder / f"layer{suffix}").stat().st_size
        if size < length or (suffix == ".shx" and (length - 100) // 8 != count):
            complain(
                "Ein Shapefile ist abgeschnitten, oder seine Teile gehören nicht zusammen.",
                column=f"{title}{suffix}",
                expected=f"{length} Byte und {count} Flächen",
                found=f"{size} Byte" if size < length else f"{(length - 100) // 8} Flächen",
                remedy=WHOLE_AGAIN,
            )


def _encoding(table: bytes) -> str:
    """Shapefiles of the BKG without a statement are UTF-8 since 2012 and ISO-8859-1 before."""
    try:
        table.decode("utf-8")
    except UnicodeDecodeError:
        # The head of the table is no text: only what follows it counts
        start = struct.unpack("<H", table[8:10])[0]
        try:
            table[start:].decode("utf-8")
        except UnicodeDecodeError:
            return "ISO-8859-1"
    return "UTF-8"


def _of_geopackage(file: RawFile, path: Path, complain: Complaint) -> Iterator[Layer]:
    import pyogrio

    head = _start(path)
    pages, page = struct.unpack(">I", head[28:32])[0], struct.unpack(">H", head[16:18])[0]
    # A page size of 1 stands for 65536
    if path.stat().st_size < pages * (65536 if page == 1 else page):
        raise damaged(file)
    try:
        layers = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
    except (RuntimeError, ValueError, OSError) as error:
        raise damaged(file) from error
    for name in layers:
        yield from _read(file, path, name, complain, layer=name)


def _of_json(file: RawFile, folder: Path, complain: Complaint) -> Iterator[Layer]:
    content = _flat(file.content.removeprefix(b"\xef\xbb\xbf").strip())
    if len(_COLLECTION.findall(content)) - len(_FEATURE.findall(content)) > 1:
        complain(
            "Eine Sammlung von Flächen enthält weitere Sammlungen.",
            expected="eine FeatureCollection mit Flächen",
            found="mehrere",
            remedy="Die Flächen in einem Geoinformationssystem zu einer Ebene zusammenfassen.",
        )
    # Some packages hand out a bare list of features
    if content.startswith(b"["):
        content = b'{"type":"FeatureCollection","features":' + content + b"}"
    if not content.endswith(b"}"):
        raise damaged(file)
    path = folder / "flaechen.geojson"
    path.write_bytes(content)
    stated = len(_FEATURE.findall(content))
    named = _NAME.search(content.partition(b'"features"')[0])
    title = any_text(named.group(1)) if named else "GeoJSON"
    del content
    nested = {"FLATTEN_NESTED_ATTRIBUTES": "YES", "NESTED_ATTRIBUTE_SEPARATOR": "."}
    layers = list(_read(file, path, title, complain, **nested))
    read = sum(len(layer.shapes) for layer in layers)
    if layers and read != stated:
        raise damaged(file)
    yield from layers


def _flat(content: bytes) -> bytes:
    """A bare list whose entries are features or, where an area has land and water, collections of them, as one list."""
    if not content.startswith(b"[") or not _NESTED.search(content):
        return content
    try:
        entries = json.loads(content)
        parts = [one["features"] if one["type"] == "FeatureCollection" else [one] for one in entries]
    except (ValueError, KeyError, TypeError):
        return content  # the library says what is wrong with it
    features = [feature for part in parts for feature in part]
    return json.dumps(features, ensure_ascii=False, separators=(",", ":")).encode()


def _read(
    file: RawFile, path: Path, title: str, complain: Complaint, *, layer: str | None = None, **options: Any
) -> Iterator[Layer]:
    """One layer through the library, attributes as text; nothing when it holds no areas."""
    import pyogrio.raw
    import shapely

    try:
        about, table = pyogrio.raw.read_arrow(path, layer=layer, **options)
        geometry = about["geometry_name"] or "wkb_geometry"
        if geometry not in table.column_names:
            return
        read = shapely.force_2d(shapely.from_wkb(table[geometry].to_numpy(zero_copy_only=False)))
    except (RuntimeError, ValueError, TypeError, OSError, shapely.errors.ShapelyError) as error:
        raise damaged(file) from error
    kinds = {str(kind) for kind in {shape.geom_type for shape in read if shape is not None}}
    if kinds and not kinds & set(POLYGONS):
        return
    names = _named(title, [name for name in table.column_names if name != geometry], table, complain)
    attributes = pl.DataFrame(
        {role: _texts(table[name]) for role, name in names.items() if role in ROLES} | {"row": range(1, len(read) + 1)}
    )
    _check_shapes(title, read, complain)
    crs = str(about["crs"]) if about["crs"] else None
    yield Layer(title, attributes, names, read, crs)


def _texts(column: pa.ChunkedArray) -> pl.Series:
    """Attributes as text; what offices write where there is nothing (dashes, blanks) becomes null."""
    found = pl.Series(pl.from_arrow(column)).cast(pl.String).str.strip_chars()
    return found.set(found.str.contains("^-*$"), None)


def _named(title: str, fields: list[str], table: pa.Table, complain: Complaint) -> dict[str, str]:
    """Role of an attribute to its name in the file; of names that mean the same, the most common."""
    folded = {field: _folded(field) for field in fields}
    names: dict[str, str] = {}
    for role, forms in ROLES.items():
        found = [
            field
            for form in forms
            for field, name in folded.items()
            if name == form or (len(name) == CUT and form.startswith(name))
        ]
        found = list(dict.fromkeys(found))
        same = [field for field in found[1:] if folded[field] == folded[found[0]]]
        for field in same if role in ("ags", "ars", "water", "level") else ():
            if not _texts(table[field]).equals(_texts(table[found[0]])):
                complain(
                    "Zwei Spalten heißen gleich und sagen Verschiedenes.",
                    column=f"{title}: {found[0]}, {field}",
                    expected="eine Spalte",
                    found="zwei mit verschiedenem Inhalt",
                    remedy="Die überzählige Spalte in einem Geoinformationssystem entfernen.",
                )
        if found:
            names[role] = found[0]
    if "ags" not in names and "ars" not in names:
        complain(
            "Die Flächen tragen keinen amtlichen Schlüssel.",
            column=title,
            expected="eine Spalte AGS oder ARS (früher RS)",
            found=", ".join(fields[:20]) or "keine Spalte",
            remedy="Die Datei mit Schlüsseln holen; über Namen wird nicht zugeordnet, weil sie nicht eindeutig sind.",
        )
    return names


def _folded(field: str) -> str:
    """The last part of a nested name, small letters and digits only."""
    last = re.split(r"[.:/]", field)[-1].lower()
    last = re.sub(r"^(?:vg[0-9]+_)?(?:gem|krs|lan|sta|vwg|rbz)_(?=[a-z])", "", last)
    return re.sub(r"[^a-z0-9]", "", last.translate(str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})))


def _check_shapes(title: str, read: np.ndarray, complain: Complaint) -> None:
    """Every row is an area with corners."""
    import shapely

    kinds = shapely.get_type_id(read)
    # 3 and 6 are Polygon and MultiPolygon
    bad = [at for at, kind in enumerate(kinds) if kind not in (3, 6) or shapely.is_empty(read[at])]
    if bad:
        complain(
            "Eine Fläche hat keine Geometrie.",
            row=f"Fläche {bad[0] + 1}",
            column=title,
            expected="Polygon oder MultiPolygon",
            found="keine" if read[bad[0]] is None else read[bad[0]].geom_type,
            remedy=WHOLE_AGAIN,
        )


def _areas(layer: Layer, agreed: Agreed, complain: Complaint, notes: list[str], refused: list[Refused]) -> GeoDataFrame:
    """The areas of one layer on land, one row each; what is left out is told."""
    layer = _on_land(layer, complain, refused)
    _check_projection(layer, complain)
    rows = _keyed(layer, agreed, complain)
    for role, what in (("persons", "Einwohner"), ("cadastre", "Katasterfläche")):
        if role in layer.names:
            reason = f"{what} mit Stichtag stehen im Gemeindeverzeichnis; hier fehlt er."
            refused.append(Refused(f"{layer.name}: {layer.names[role]}", reason, rows.height))
    for (level,), found in rows.group_by("level", maintain_order=True):
        if agreed.level not in (None, level):
            refused.append(Refused(f"{layer.name}: Ebene {level}", f"angegeben ist {agreed.level}", found.height))
    if agreed.level:
        rows = rows.filter(pl.col("level") == agreed.level)
    return _dissolved(layer, rows, complain, notes)


def _on_land(layer: Layer, complain: Complaint, refused: list[Refused]) -> Layer:
    """The layer without water; every row without a word about water counts as land."""
    if "water" not in layer.names:
        return layer
    kinds = layer.attributes["water"].str.replace(r"\.0$", "")
    odd = layer.attributes.filter(~kinds.is_in([*LAND, *WATER]).fill_null(False))
    if odd.height:
        complain(
            "Eine Fläche ist weder Land noch Wasser.",
            row=f"Fläche {odd['row'][0]}",
            column=f"{layer.name}: {layer.names['water']}",
            expected=f"{' oder '.join(LAND)} für Land, {', '.join(WATER)} für Wasser",
            found=odd["water"][0] or "leer",
            remedy="Die Dokumentation dieser Ausgabe beim BKG prüfen.",
        )
    land = kinds.is_in(LAND).to_numpy()
    if not land.all():
        reason = f"Wasser oder ohne Verwaltung ({layer.names['water']} nicht {' oder '.join(LAND)})"
        refused.append(Refused(f"{layer.name}: Flächen", reason, int((~land).sum())))
    return Layer(layer.name, layer.attributes.filter(land), layer.names, layer.shapes[land], layer.crs)


def _check_projection(layer: Layer, complain: Complaint) -> None:
    """The label is there, and the numbers of every shape lie where its key says, taken as what the label says."""
    from pyproj.exceptions import ProjError

    lands = _lands(layer, complain)
    try:
        inside = None if layer.crs is None else lie_in_land(layer.shapes, lands, layer.crs)
    except ProjError:
        inside = None
    if inside is not None and inside.all():
        return
    if inside is None or not inside.any():
        better = fitting(layer.shapes, lands)
        complain(
            "Das Koordinatensystem fehlt."
            if layer.crs is None
            else "Koordinatensystem und Zahlen passen nicht zusammen.",
            column=f"{layer.name}: Geometrie",
            expected="ein Koordinatensystem, in dem alle Flächen in ihrem Land liegen",
            found=f"{layer.crs or 'keine Angabe'}; {extent(_bounds(layer.shapes))}"
            + (f"; die Zahlen passen zu {' oder '.join(better)}" if better else ""),
            remedy=CONVERT,
        )
    at = int((~inside).argmax())
    complain(
        "Eine Fläche liegt nicht in ihrem Land.",
        row=f"Fläche {layer.attributes['row'][at]}",
        column=f"{layer.name}: Geometrie",
        expected=f"{extent(EXTENT[lands[at]])} Grad (Land {lands[at]}), umgerechnet aus {layer.crs}",
        found=extent(layer.shapes[at].bounds),
        remedy="Koordinatensystem und Schlüssel dieser Fläche prüfen; die Datei neu beim Herausgeber holen.",
    )


def _bounds(read: np.ndarray) -> tuple[float, float, float, float]:
    import shapely

    west, south, east, north = shapely.total_bounds(read)
    return west, south, east, north


def _lands(layer: Layer, complain: Complaint) -> list[str]:
    """The Land each shape belongs to by the first digits of its key."""
    key = pl.coalesce(*(role for role in ("ars", "ags") if role in layer.names))
    rows = layer.attributes.select("row", key=key.str.replace_all(" ", ""))
    odd = rows.filter(~pl.col("key").str.contains("^(0[0-9]|1[0-6])[0-9]*$").fill_null(False))
    if odd.height:
        row, written = odd.row(0)
        name = layer.names.get("ars") or layer.names["ags"]
        lost = restore_zero(written or "")
        complain(
            "Ein Schlüssel hat seine führende Null verloren."
            if lost
            else "Eine Fläche hat keinen amtlichen Schlüssel.",
            row=f"Fläche {row}",
            column=f"{layer.name}: {name}",
            expected=lost or "ein Schlüssel aus Ziffern, der mit dem Land (01 bis 16) beginnt",
            found=written or "leer",
            remedy=WHOLE_AGAIN,
        )
    return rows.select(land_part(pl.col("key")))["key"].to_list()


def _keyed(layer: Layer, agreed: Agreed, complain: Complaint) -> pl.DataFrame:
    """Columns row, at (place in the layer), key, level, source_key and name of every shape."""
    found = []
    for at, row in enumerate(layer.attributes.iter_rows(named=True)):
        ags, ars = ((row.get(role) or "").replace(" ", "") for role in ("ags", "ars"))
        level = _level(layer, row, ags, ars, agreed, complain)
        key = _key(level, ags, ars)
        filled = {"ags": row.get("ags filled"), "ars": row.get("ars filled")} if level == "gemeinde" else {}
        # Editions of the BKG say every key twice
        if (
            key is None
            or (ags and filled.get("ags") not in (None, ags))
            or (ars and filled.get("ars") not in (None, ars))
        ):
            complain(
                "Die Schlüssel einer Fläche passen nicht zu ihrer Ebene oder nicht zueinander.",
                row=f"Fläche {row['row']}",
                column=f"{layer.name}: {layer.names.get('ags') or layer.names['ars']}",
                expected=f"Schlüssel der Ebene {level}; bei Gemeinden AGS mit 8 Stellen, die auch im ARS stehen",
                found=", ".join(filter(None, (ags, ars, *filled.values()))) or "leer",
                remedy=WHOLE_AGAIN,
            )
        if level == "gemeinde" and re.search("gemeindefrei|gutsbezirk", row.get("kind") or "", re.IGNORECASE):
            level = FREE
        found.append((row["row"], at, key, level, ags or ars, row.get("name")))
    schema = {"row": pl.Int64, "at": pl.Int64} | dict.fromkeys(("key", "level", "source_key", "name"), pl.String)
    return pl.DataFrame(found, schema=schema, orient="row")


def _level(layer: Layer, row: dict[str, Any], ags: str, ars: str, agreed: Agreed, complain: Complaint) -> str:
    """The level of a shape: by its attribute, the name of its layer, or the length of its key."""
    if "level" in layer.names:
        level = ADE.get((row["level"] or "").removesuffix(".0"))
        if level is None:
            complain(
                "Eine Fläche hat eine unbekannte Ebene.",
                row=f"Fläche {row['row']}",
                column=f"{layer.name}: {layer.names['level']}",
                expected=", ".join(f"{code} ({name})" for code, name in ADE.items()),
                found=row["level"] or "leer",
                remedy="Die Dokumentation dieser Ausgabe beim BKG prüfen.",
            )
        return level
    words = re.split("[^a-z0-9]+", layer.name.lower())
    named = next((LAYERS[word] for word in words if word in LAYERS), None)
    if named:
        return named
    lengths = {2: "land", 3: "regierungsbezirk", 5: "kreis", 8: "gemeinde", 9: "verband", 12: "gemeinde"}
    level = lengths.get(len(ags or ars), "gemeinde")
    if level == "gemeinde" and ends_as_kreis(ags or ars) and (ags or ars)[2:5] != "000":
        # A Kreis filled up to 8 digits looks like the kreisfreie Stadt that is a Gemeinde
        if agreed.level in ("gemeinde", "kreis"):
            return agreed.level
        if layer.attributes.select(pl.col("ags" if "ags" in layer.names else "ars").str.ends_with("000").all()).item():
            complain(
                "Die Schlüssel können Kreise oder Gemeinden meinen.",
                row=f"Fläche {row['row']}",
                column=f"{layer.name}: {layer.names['ags' if ags else 'ars']}",
                expected="eine Spalte ADE, ein Name der Ebene wie VG250_KRS oder eine angegebene Ebene",
                found=ags or ars,
                remedy=f"Die Ebene {TELL_LEVEL.format('kreis oder --ebene gemeinde')}.",
            )
    return level


def _key(level: str, ags: str, ars: str) -> str | None:
    """The official key of a level from one or both keys as written; None when they do not give it."""
    if level != "gemeinde":
        written = ars or ags
        digits, rest = written[: DIGITS[level]], written[DIGITS[level] :]
        good = len(digits) == DIGITS[level] and written.isdecimal() and not rest.strip("0")
        return (digits or "00") if good else None
    inside = ags_of_ars(ars) if ARS.fullmatch(ars) else None
    if (ars and inside is None) or not re.fullmatch("[0-9]{8}", ags or inside or ""):
        return None
    return (ags or inside) if inside in (None, ags or inside) else None


def _dissolved(layer: Layer, rows: pl.DataFrame, complain: Complaint, notes: list[str]) -> GeoDataFrame:
    """One valid shape per key and level, in the projection of outlines, with its area there in m2."""
    import geopandas
    import shapely

    placed = shapely.transform(layer.shapes, projection(layer.crs, OUTLINES))
    placed = _repaired(layer, placed, complain, notes)
    areas = rows.unique(("key", "level"), keep="first", maintain_order=True)
    whole = dict(zip(areas.select("key", "level").iter_rows(), placed[areas["at"].to_numpy()], strict=True))
    several = rows.filter(pl.struct("key", "level").is_duplicated())
    for (key, level), parts in several.group_by("key", "level", maintain_order=True):
        _check_parts(layer, parts, placed, complain)
        whole[key, level] = shapely.union_all(placed[parts["at"].to_numpy()])
    if several.height:
        notes.append(f"{layer.name}: {rows.height} Teile zu {areas.height} Flächen zusammengefasst.")
    data = {name: areas[name].to_list() for name in ("row", "key", "level", "name", "source_key")}
    frame = geopandas.GeoDataFrame(data, geometry=list(whole.values()), crs=OUTLINES)
    frame.insert(1, "layer", layer.name)
    frame.insert(6, "area", shapely.area(frame.geometry.to_numpy()))
    _check_areas(layer, frame, complain)
    _check_stated(layer, rows, frame, complain, notes)
    return frame


def _repaired(layer: Layer, placed: np.ndarray, complain: Complaint, notes: list[str]) -> np.ndarray:
    """Invalid shapes made valid where that changes nothing anybody would see; refused where it does."""
    import numpy
    import shapely

    bad = numpy.flatnonzero(~shapely.is_valid(placed))
    for at in bad:
        mended = shapely.make_valid(placed[at], method="structure")
        if mended.geom_type not in POLYGONS or abs(mended.area - placed[at].area) > REPAIR * placed[at].area:
            complain(
                "Eine Fläche ist ungültig.",
                row=f"Fläche {layer.attributes['row'][int(at)]}",
                column=f"{layer.name}: Geometrie",
                expected="gültige Fläche (Polygon oder MultiPolygon)",
                found=fault_of(placed[at]),
                remedy="Die Fläche im Geoinformationssystem reparieren und neu speichern.",
            )
        placed[at] = mended
    if len(bad):
        notes.append(f"{layer.name}: {len(bad)} ungültige Flächen ohne sichtbare Änderung berichtigt.")
    return placed


def _check_parts(layer: Layer, parts: pl.DataFrame, placed: np.ndarray, complain: Complaint) -> None:
    """Parts of one area have one name and lie beside each other."""
    import shapely

    found = placed[parts["at"].to_numpy()]
    names = parts["name"].drop_nulls().unique(maintain_order=True)
    over = float(shapely.area(found).sum() - shapely.union_all(found).area)
    if names.len() > 1 or over > SEAM:
        complain(
            "Ein Schlüssel steht bei zwei verschiedenen Flächen."
            if names.len() > 1
            else "Eine Fläche steht mehrfach da.",
            row=f"Fläche {parts['row'][1]}",
            column=f"{layer.name}: {layer.names.get('ags') or layer.names['ars']}",
            expected=f"Teile von {parts['key'][0]}, die sich nicht überschneiden",
            found=", ".join(names.to_list()) if names.len() > 1 else f"{number_text(over, 0)} m² doppelt",
            remedy=WHOLE_AGAIN,
        )


def _check_areas(layer: Layer, frame: GeoDataFrame, complain: Complaint) -> None:
    """No area is larger than the largest of its level, none is nothing."""
    for row, level, area in frame[["row", "level", "area"]].itertuples(index=False):
        largest = LARGEST.get(level, WHOLE)
        if not SMALLEST <= area / 1e6 <= largest:
            complain(
                "Eine Fläche ist zu groß oder zu klein für ihre Ebene.",
                row=f"Fläche {row}",
                column=f"{layer.name}: Geometrie",
                expected=f"{number_text(SMALLEST, 2)} bis {number_text(largest, 0)} km² ({level})",
                found=f"{number_text(area / 1e6, 3)} km²",
                remedy=CONVERT,
            )


def _check_stated(layer: Layer, rows: pl.DataFrame, frame: GeoDataFrame, complain: Complaint, notes: list[str]) -> None:
    """Areas beside what the file says of them: the cadastre, in km2, and that of the shape in units of the file."""
    import numpy

    for role in ("cadastre", "drawn"):
        if role not in layer.names or frame.empty:
            continue
        said = layer.attributes[role].str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
        parts = rows.select("key", "level", said=said.gather(rows["at"])).group_by("key", "level")
        # The cadastre of an area stands beside each of its parts, or beside one of them with zeros at the others
        area = pl.col("said").max() if role == "cadastre" else pl.col("said").sum()
        whole = {(key, level): km2 for key, level, km2 in parts.agg(area).iter_rows()}
        wanted = numpy.array([whole[place] or 0.0 for place in zip(frame["key"], frame["level"], strict=True)])
        if not (wanted > 0).any():
            continue
        found = numpy.array(frame["area"])
        shares = found / numpy.where(wanted > 0, wanted, numpy.nan)
        # Units and projection of the drawn area are not told: its areas among each other are compared
        unit = 1e6 if role == "cadastre" else float(numpy.nanmedian(shares))
        wrong = (abs(shares / unit - 1) > OTHER) & (abs(found - wanted * unit) > SLIVER)
        at = int(wrong.argmax())
        if wrong.sum() > ALONE * len(frame):
            complain(
                "Eine Fläche ist nicht so groß, wie die Datei selbst sagt.",
                row=f"Fläche {frame['row'][at]}",
                column=f"{layer.name}: {layer.names[role]}",
                expected=f"{number_text(float(wanted[at]) * unit / 1e6, 2)} km² ({frame['key'][at]})",
                found=f"{number_text(float(found[at]) / 1e6, 2)} km² im Umriss",
                remedy=KEYS,
            )
        if wrong.any():
            # At coasts the cadastre counts water that is no land here
            notes.append(f"{layer.name}: {int(wrong.sum())} Umrisse anders groß als in {layer.names[role]}.")


def _joined(areas: list[GeoDataFrame], complain: Complaint) -> GeoDataFrame:
    """The areas of all layers; no area comes from two of them."""
    import geopandas
    import pandas

    frame = geopandas.GeoDataFrame(pandas.concat([found for found in areas if len(found)], ignore_index=True))
    twice = frame.index[frame.duplicated(["level", "key"])]
    if len(twice):
        row, key, level = frame.loc[twice[0], ["row", "key", "level"]]
        complain(
            "Zwei Ebenen der Datei enthalten dieselbe Fläche.",
            row=f"Fläche {row}",
            expected="jede Fläche einmal",
            found=f"{key} ({level}) in zwei Ebenen",
            remedy="Nur eine Ausgabe in einem Archiv einlesen.",
        )
    return frame


def _overlaps(outlines: GeoDataFrame) -> list[str]:
    """What a person should know of overlaps and holes between the areas of a level, for so few that it is quick."""
    import numpy
    import shapely

    found = []
    levels = numpy.array([level.replace(FREE, "gemeinde") for level in outlines["level"]])
    for level in dict.fromkeys(levels):
        areas = numpy.asarray(outlines.geometry)[levels == level]
        if not 1 < len(areas) <= FEW:
            continue
        whole = shapely.union_all(areas)
        over = shapely.area(areas).sum() - whole.area
        rings = [shapely.Polygon(ring).area for part in shapely.get_parts(whole) for ring in part.interiors]
        small = sum(area < SLIVER for area in rings)
        if over > SEAM or small:
            found.append(f"Ebene {level}: {number_text(over, 0)} m² Überlappung, {small} Lücken unter 1 km².")
    return found


def _stated(file: RawFile) -> str | None:
    """The Gebietsstand an archive of the BKG tells in a text of its own."""
    told = [info for info in file.members if PurePosixPath(info.filename).name.lower() == "aktualitaet.txt"]
    found = {day for info in told for day in days(any_text(file.head_of(info)))}
    return found.pop() if len(found) == 1 else None


def _changes(layer: Layer) -> list[str]:
    """Days on which areas took their present form (`WSK`)."""
    if "since" not in layer.names:
        return []
    parts = (_DATE.match(text) for text in layer.attributes["since"].drop_nulls())
    return [day for match in parts if match and is_day(day := "-".join(match.groups()))]


def _time(stated: str | None, last: str | None, agreed: Agreed, complain: Complaint, notes: list[str]) -> str | None:
    """The Gebietsstand; what is agreed must be a day on which all areas had their present form."""
    if agreed.time is not None and (not is_day(agreed.time) or (last or "") > agreed.time):
        complain(
            "Der angegebene Gebietsstand passt nicht zu den Flächen.",
            column="WSK",
            expected=f"ein Tag (JJJJ-MM-TT) nicht vor dem {last}, dem Tag der letzten Änderung"
            if last
            else "JJJJ-MM-TT",
            found=agreed.time,
            remedy="Die Ausgabe (01.01. oder 31.12.) prüfen; Grenzen und Daten müssen denselben Gebietsstand haben.",
        )
    if not stated and not agreed.time and last:
        notes.append(
            f"Die Datei nennt keinen Gebietsstand; angenommen ist der Tag der letzten Änderung ({last}), "
            "seitdem gelten diese Grenzen."
        )
    return stated or agreed.time or last


def _frame(outlines: GeoDataFrame, time: str) -> pl.DataFrame:
    """The areas as figures; `limited`, because outlines are simplified."""
    columns = {"row": "row", "layer": "place", "area": "value"} | {
        name: name for name in ("source_key", "key", "level")
    }
    names = [name if isinstance(name, str) else None for name in outlines["name"]]  # an area may have none
    return tidy(
        pl.DataFrame({column: outlines[name].tolist() for name, column in columns.items()} | {"name": names})
        .with_columns(pl.col("name").cast(pl.String))
        .with_columns(
            time=pl.lit(time),
            time_kind=pl.lit("stichtag"),
            item=pl.lit(ITEM),
            item_label=pl.lit(LABEL),
            dimensions=pl.lit(""),
            unit=pl.lit(UNIT),
            status=pl.lit("reported"),
            quality=pl.lit("limited"),
        )
    )


FORMAT = Format(
    key="vg250",
    name="Verwaltungsgebiete (VG250) und andere Umrisse",
    publisher="Bundesamt für Kartographie und Geodäsie",
    recognises=recognises,
    read=read,
)
