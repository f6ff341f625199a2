"""The data folder of a new district from two official files: which Gemeinden it has and where they lie.

What belongs here: `kreis.yml` with what follows from the files, the delivery of areas with its sheet, trying that a run
can read it, showing the folder in one step. What does not: reading formats (`pipelines.readers`), storing deliveries
(`intake`), inventing anything: Sozialräume, neighbours, committees and registers are left to the district.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.errors import AtlasError, InputError
from pipelines.geography.keys import ars_of_gv100ad, beginning

if TYPE_CHECKING:
    import polars as pl

    from pipelines.readers.reading import Reading

# Key of a Land: its name, and how its things are called
LAENDER = {
    "01": ("Schleswig-Holstein", "schleswig-holsteinisch"),
    "02": ("Hamburg", "hamburgisch"),
    "03": ("Niedersachsen", "niedersächsisch"),
    "04": ("Bremen", "bremisch"),
    "05": ("Nordrhein-Westfalen", "nordrhein-westfälisch"),
    "06": ("Hessen", "hessisch"),
    "07": ("Rheinland-Pfalz", "rheinland-pfälzisch"),
    "08": ("Baden-Württemberg", "baden-württembergisch"),
    "09": ("Bayern", "bayerisch"),
    "10": ("Saarland", "saarländisch"),
    "11": ("Berlin", "Berliner"),
    "12": ("Brandenburg", "brandenburgisch"),
    "13": ("Mecklenburg-Vorpommern", "mecklenburg-vorpommerisch"),
    "14": ("Sachsen", "sächsisch"),
    "15": ("Sachsen-Anhalt", "sachsen-anhaltisch"),
    "16": ("Thüringen", "thüringisch"),
}
REGISTERS = {"gv_isys": "Gemeindeverzeichnis GV-ISys", "gv100ad": "Gemeindeverzeichnis GV100AD"}
SOURCE = "gemeindeverzeichnis"
DEGREES = 6  # decimals of coordinates, about a decimetre
MARGIN, STEP = 1_000, 100  # metres around the district in which outlines must lie, and what they are rounded to
EAST_OF_ZONE_32 = 12.0
SHOWN = 5
KM2 = {"km2": 1.0, "ha": 0.01}  # units of areas in registers
TEMPLATE = """\
# Der Landkreis, für den der Atlas gemacht wird. Diese Datei ist Einstellung, keine Lieferung.
# Angelegt mit „sozialatlas new-district {key}“; was „noch nicht“ sagt, trägt der Kreis ein. docs/another-district.md
schluessel: "{key}"
name: {name}
kurzname: {short}
land: {{schluessel: "{land}", name: {land_name}, adjektiv: {adjective}}}
berichtsjahr: {year}
herausgeber: {name}
ansprechperson: noch nicht benannt
crs: {crs}
# Grenzen, in denen die Gemeinden liegen müssen (Rechtswert, Hochwert in {crs}); aus den Umrissen mit Rand
grenzen: {{ost: [{west}, {east}], nord: [{south}, {north}]}}
# Flächen im Inneren oder am Rand, die nicht zum Kreis gehören und auf Karten beschriftet werden, mit
# Rechts- und Hochwert der Schrift: {{name: …, ost: …, nord: …}}
nachbarn: []
{older}vergleich: kreis
# Noch kein Zuschnitt: ein Platzhalter aus dem ganzen Kreis. Einen eigenen bringt „sozialatlas sozialraeume import“.
sozialraeume: {{beschlossen: false, bezeichnung: Beispielraum, hinweis: Beispielzuschnitt}}
# Lieferungen, die dieser Kreis erwartet; fehlt eine, ist das ein Fehler. Nach „sozialatlas add“ hier ergänzen.
quellen: [{source}]
# Geheimhaltung: kleinste Anzahl, die gezeigt wird, je Quelle; veröffentlichte Quellen sind ausgenommen
geheimhaltung:
  standard: {{mindestzahl: 5, sensibel: false}}
  quellen: {{}}
  mindestnenner: 30
  mindesteinwohner: 300
# Beratungsfolge der Vorlagen: {{nr: 1, name: Kreisausschuss, status: NÖ, zustaendigkeit: …}}; noch nicht eingetragen
gremien: []
kennzeichnung: ""
# Freiwillig, Muster in data/raw/kreis.yml des mitgelieferten Kreises: auftrag (eigene Sätze zum Auftrag),
# vorlagennummer (Form der Nummer einer Vorlage), stellen (wie Ämter hier heißen), portal_adresse, abruf.
"""
OLDER = """\
# Gemeinden, deren Fläche sich seit ihrem Umriss geändert hat; die Karten zeigen den älteren. Zu streichen, sobald
# Umrisse des heutigen Gebietsstands da sind
aeltere_umrisse: {keys}
"""


@dataclass(frozen=True)
class Scaffold:
    """A new district in its folder; free: gemeindefreie Gebiete, which are no Gemeinden and were left out.

    sources: of which the catalogue has figures for this Land; older: percent by which the outlines of Gemeinden differ
    from their areas that have changed since.
    """

    folder: Path
    gemeinden: int
    free: tuple[str, ...]
    crs: str
    year: int
    sources: tuple[str, ...]
    older: dict[str, float]


def new_district(
    folder: Path,
    key: str,
    name: str,
    register: Path,
    outlines: Path,
    year: int | None = None,
    basis: str | None = None,
    joined: Sequence[str] = (),
) -> Scaffold:
    """Write the data folder of district `key` (5 digits) as `kreis.yml`, `gebiete/` and the delivery of `register`.

    register: a workbook of GV-ISys or a file GV100AD, gemeinden of the district are taken from it; outlines: VG250 as
    shapefile, GeoPackage or GeoJSON, any state with the same Gemeinden; year: of the report, else that of the register;
    basis: census of the population in the register; joined: `AGS=AGS+AGS`, a Gemeinde of today whose outline is that of
    former ones together. All is written aside and read as a run reads it before one rename shows it. Raises AtlasError
    for a folder that is not empty, a key that is none and parts nobody knows, InputError for files that do not fit the
    district.
    """
    _check(folder, key, name)
    listed = _register(register)
    gemeinden, free = _gemeinden(listed, key)
    areas = _official_areas(listed, gemeinden)
    shapes, drawn = _shapes(outlines, gemeinden, areas, _parts(joined, gemeinden))
    older = _older(shapes, areas, outlines)
    stated = int((listed.stand or "0")[:4])
    with _aside(folder) as aside:
        (aside / "gebiete").mkdir(parents=True)
        crs = _write_kreis(aside / "kreis.yml", key, name, year or stated, shapes, older)
        _write_areas(aside / "gebiete", key, gemeinden, shapes, listed, drawn)
        _deliver(aside, register, basis)
    return Scaffold(folder, len(gemeinden), tuple(free), crs, year or stated, _sources(beginning(key, "land")), older)


def _check(folder: Path, key: str, name: str) -> None:
    if not re.fullmatch("[0-9]{5}", key) or beginning(key, "land") not in LAENDER:
        raise AtlasError(
            "Der Schlüssel des Kreises hat nicht die vereinbarte Form.",
            expected="5 Ziffern, die ersten beiden die des Landes (01 bis 16), mit führender Null",
            found=key,
            remedy="Den amtlichen Kreisschlüssel angeben; er steht im Gemeindeverzeichnis vor den drei Ziffern der "
            "Gemeinde.",
        )
    if not name.strip() or "\n" in name:
        raise AtlasError(
            "Der Name des Kreises fehlt.",
            expected='--name "Landkreis …", wie er auf dem Titel stehen soll',
            found=name or "nichts",
            remedy="Den vollen Namen angeben.",
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise AtlasError(
            "Der Ordner für den neuen Kreis ist nicht leer.",
            file=folder,
            expected="ein leerer Ordner oder einer, den es noch nicht gibt",
            found="eine Datei" if not folder.is_dir() else f"{sum(1 for _ in folder.iterdir())} Einträge",
            remedy="Mit --data einen anderen Ordner nennen; vorhandene Daten werden nie überschrieben.",
        )


def _sources(land: str) -> tuple[str, ...]:
    """Sources with figures for a Land, without those that offices fill in forms for."""
    from pipelines.forms.definition import FORMAT_KEY
    from pipelines.sources.registry import AREAS, catalogue

    return tuple(
        name
        for name, known in catalogue().items()
        if known.listed
        and not name.startswith(AREAS)
        and FORMAT_KEY not in known.formats
        and known.land in (None, land)
    )


def _register(path: Path) -> Reading:
    from pipelines.readers.formats import read_file
    from pipelines.readers.rawfile import RawFile

    reading = read_file(RawFile(path))
    if reading.format not in REGISTERS:
        raise InputError(
            "Die Datei der Gemeinden ist kein Gemeindeverzeichnis.",
            file=path,
            expected=" oder ".join(REGISTERS.values()),
            found=f"{reading.title} ({reading.format})",
            remedy="Das Gemeindeverzeichnis beim Statistischen Bundesamt holen und mit --gemeinden angeben.",
        )
    return reading


def _gemeinden(listed: Reading, key: str) -> tuple[dict[str, tuple[str, str]], list[str]]:
    """ARS and official name by AGS, in the order of keys; and the names of gemeindefreie Gebiete."""
    import polars as pl

    written = pl.col("source_key").str.replace_all(" ", "")
    ars = ars_of_gv100ad(written) if listed.format == "gv100ad" else written
    rows = listed.frame.select("key", "level", "name", ars=ars).unique().sort("key", "ars")
    own = [row for row in rows.iter_rows(named=True) if beginning(row["key"], "kreis") == key]
    found = {row["key"]: (row["ars"], row["name"]) for row in own if row["level"] == "gemeinde"}
    if not found:
        raise InputError(
            "Im Gemeindeverzeichnis steht keine Gemeinde des Kreises.",
            file=listed.file.path,
            column="Amtlicher Regionalschlüssel",
            expected=f"Schlüssel, die mit {key} beginnen",
            found=f"{rows.filter(level='gemeinde').height} andere Gemeinden",
            remedy="Den Kreisschlüssel und den Gebietsstand der Datei prüfen.",
        )
    return found, sorted({row["name"] for row in own if row["level"] == "gemeindefrei"})


def _display(gemeinden: dict[str, tuple[str, str]]) -> dict[str, str]:
    """The name without what stands behind its comma; two that are then the same keep it."""
    short = {ags: name.partition(",")[0].strip() for ags, (_, name) in gemeinden.items()}
    several = {name for name in short.values() if list(short.values()).count(name) > 1}
    return {ags: gemeinden[ags][1] if name in several else name for ags, name in short.items()}


def _official_areas(listed: Reading, gemeinden: dict[str, tuple[str, str]]) -> dict[str, float]:
    """Area of every Gemeinde in km2, as far as the register states it."""
    stated = listed.frame.filter(level="gemeinde", item="flaeche").select("key", "value", "unit").sort("key")
    return {
        key: value * KM2[unit] for key, value, unit in stated.iter_rows() if key in gemeinden and value and unit in KM2
    }


def _parts(joined: Sequence[str], gemeinden: dict[str, tuple[str, str]]) -> dict[str, list[str]]:
    """Keys of the outlines that are together that of a Gemeinde, by its AGS."""
    found: dict[str, list[str]] = {}
    for text in joined:
        ags, _, parts = text.partition("=")
        if not re.fullmatch(r"[0-9]{8}=[0-9]{8}(\+[0-9]{8})*", text) or ags not in gemeinden or ags in found:
            raise AtlasError(
                "Die Angabe, welche Umrisse eine Gemeinde bilden, hat nicht die vereinbarte Form.",
                expected="--umriss NEU=ALT+ALT: Schlüssel einer Gemeinde des Gemeindeverzeichnisses, Schlüssel in der "
                "Datei der Grenzen, je 8 Ziffern, jede Gemeinde einmal",
                found=text,
                remedy="Die Schlüssel berichtigen.",
            )
        found[ags] = parts.split("+")
    return found


def _shapes(
    path: Path, gemeinden: dict[str, tuple[str, str]], areas: dict[str, float], parts: dict[str, list[str]]
) -> tuple[dict[str, Any], Reading]:
    """The outline of every Gemeinde in degrees, by AGS; parts: which outlines are together that of a Gemeinde."""
    from pipelines.geography.outlines import INNER
    from pipelines.readers.formats import read_file
    from pipelines.readers.rawfile import RawFile

    reading = read_file(RawFile(path))
    if reading.outlines is None:
        raise InputError(
            "Die Datei der Grenzen enthält keine Umrisse.",
            file=path,
            expected="VG250 als Shapefile, GeoPackage oder GeoJSON",
            found=f"{reading.title} ({reading.format})",
            remedy="Die Verwaltungsgrenzen beim BKG holen und mit --grenzen angeben.",
        )
    inner = reading.outlines.loc[reading.outlines["level"].isin(INNER)]
    every = dict(zip(inner["key"], inner.geometry, strict=True))
    used = {part for own in parts.values() for part in own}
    if not used <= set(every):
        raise InputError(
            "In der Datei der Grenzen fehlt ein Umriss.",
            file=path,
            column="Gemeindeschlüssel",
            expected=f"Umrisse von {', '.join(sorted(used))} (--umriss)",
            found=f"ohne Umriss: {', '.join(sorted(used - set(every)))}",
            remedy="Die Schlüssel hinter --umriss berichtigen.",
        )
    own = inner.loc[inner["level"] == "gemeinde", "key"]
    kreis = beginning(next(iter(gemeinden)), "kreis")
    drawn = {ags: [every[ags]] for ags in own if beginning(ags, "kreis") == kreis and ags not in used}
    drawn |= {ags: [every[part] for part in own_parts] for ags, own_parts in parts.items()}
    if set(drawn) != set(gemeinden):
        absent, beyond = sorted(set(gemeinden) - set(drawn)), sorted(set(drawn) - set(gemeinden))
        told = [("ohne Umriss", absent), ("nicht im Gemeindeverzeichnis", beyond)]
        raise InputError(
            "Gemeinden und Grenzen haben verschiedene Gebietsstände.",
            file=path,
            column="Gemeindeschlüssel",
            expected=f"Umrisse der {len(gemeinden)} Gemeinden des Gemeindeverzeichnisses",
            found="; ".join(f"{what}: {', '.join(keys[:SHOWN])} ({len(keys)})" for what, keys in told if keys),
            remedy="Beide Dateien vom selben Gebietsstand holen; Änderungen nennt das Statistische Bundesamt jährlich."
            + _proposal(absent, {ags: drawn[ags][0].area for ags in beyond}, areas),
        )
    return _in_degrees(drawn), reading


def _proposal(absent: list[str], beyond: dict[str, float], areas: dict[str, float]) -> str:
    """One Gemeinde without outline and outlines that together are as large as it: probably it was made of them."""
    from pipelines.geography.boundaries import deviating

    together = {ags: sum(beyond.values()) for ags in absent}
    if len(absent) != 1 or len(beyond) < 2 or absent[0] not in areas or deviating(together, areas):
        return ""
    call = f"--umriss {absent[0]}={'+'.join(beyond)}"
    return f" Sind diese {len(beyond)} Gemeinden in {absent[0]} aufgegangen (ihre Flächen passen): {call} angeben."


def _in_degrees(drawn: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """Outlines as they are stored; rounded, so that neighbours have their corners in common, then united."""
    import shapely

    from pipelines.geography.shapes import projection
    from pipelines.readers.vg250 import OUTLINES

    to_degrees = projection(OUTLINES, "OGC:CRS84")
    placed = {ags: [shapely.transform(part, to_degrees) for part in drawn[ags]] for ags in sorted(drawn)}
    rounded = {
        ags: [shapely.transform(part, lambda points: points.round(DEGREES)) for part in parts]
        for ags, parts in placed.items()
    }
    good = all(part.is_valid for parts in rounded.values() for part in parts)
    return {ags: shapely.normalize(shapely.union_all(parts)) for ags, parts in (rounded if good else placed).items()}


def _older(shapes: dict[str, Any], areas: dict[str, float], path: Path) -> dict[str, float]:
    """Gemeinden whose area has changed since their outline was drawn, by percent; refused when it is another's."""
    import shapely

    from pipelines.geography.boundaries import OTHER, deviating, shown
    from pipelines.geography.shapes import projection
    from pipelines.readers.vg250 import OUTLINES

    to_metres = projection("OGC:CRS84", OUTLINES)
    found = deviating({ags: shapely.transform(shape, to_metres).area for ags, shape in shapes.items()}, areas)
    foreign = {ags: gap for ags, gap in found.items() if abs(gap) > OTHER}
    if foreign:
        raise InputError(
            "Umrisse passen nicht zu den Flächen des Gemeindeverzeichnisses.",
            file=path,
            column="Geometrie",
            expected=f"höchstens {OTHER:g} Prozent Abweichung, auch wenn sich eine Gemeinde geändert hat",
            found=shown(foreign),
            remedy="Beide Dateien vom selben Gebietsstand holen; bei einem Zusammenschluss die früheren Gemeinden mit "
            "--umriss NEU=ALT+ALT nennen.",
        )
    return found


def _write_kreis(path: Path, key: str, name: str, year: int, shapes: dict[str, Any], older: dict[str, float]) -> str:
    import shapely

    from pipelines.geography.shapes import projection

    whole = shapely.union_all(list(shapes.values()))
    crs = "EPSG:25832" if whole.centroid.x < EAST_OF_ZONE_32 else "EPSG:25833"
    west, south, east, north = shapely.transform(whole, projection("OGC:CRS84", crs)).bounds
    land_name, adjective = LAENDER[beginning(key, "land")]
    text = TEMPLATE.format(
        key=key,
        name=json.dumps(name.strip(), ensure_ascii=False),
        short="Stadt" if len(shapes) == 1 else "Landkreis",
        land=beginning(key, "land"),
        land_name=land_name,
        adjective=adjective,
        year=year,
        crs=crs,
        west=int((west - MARGIN) // STEP * STEP),
        south=int((south - MARGIN) // STEP * STEP),
        east=int((east + MARGIN) // STEP * STEP + STEP),
        north=int((north + MARGIN) // STEP * STEP + STEP),
        source=SOURCE,
        older=OLDER.format(keys=json.dumps(list(older))) if older else "",
    )
    path.write_text(text, encoding="utf-8", newline="\n")
    return crs


def _write_areas(
    folder: Path,
    key: str,
    gemeinden: dict[str, tuple[str, str]],
    shapes: dict[str, Any],
    listed: Reading,
    drawn: Reading,
) -> None:
    import shapely
    import yaml

    names = _display(gemeinden)
    unknown = {"valid_from": "unbekannt", "valid_to": "unbekannt"}
    _write_csv(
        folder / "gemeinden.csv",
        [
            {"ags": ags, "ars": ars, "name": name, "anzeigename": names[ags], **unknown}
            for ags, (ars, name) in sorted(gemeinden.items())
        ],
    )
    room = {"area_id": f"{key}-S01", "name": "Beispielraum 1"}
    _write_csv(
        folder / "sozialraeume.csv",
        [{**room, "ags": ags, "weight": "1", "is_example": "ja", **unknown} for ags in sorted(gemeinden)],
    )
    features = [
        {
            "type": "Feature",
            "properties": {"ags": ags, "name": names[ags]},
            "geometry": json.loads(shapely.to_geojson(shape)),
        }
        for ags, shape in shapes.items()
    ]
    lines = ",\n".join(json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in features)
    collection = f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n'
    (folder / "gemeinden.geojson").write_text(collection, encoding="utf-8", newline="\n")
    count = len(gemeinden)
    files = [
        _entry(folder / "gemeinden.csv", "gebiete_gemeinden", count, listed),
        _entry(folder / "sozialraeume.csv", "gebiete_sozialraeume", count)
        | {"title": "Platzhalter der Sozialräume", "notes": "Ein Raum aus dem ganzen Kreis, kein Zuschnitt."},
        _entry(folder / "gemeinden.geojson", "gebiete_grenzen", count, drawn),
    ]
    sheet = {"source": "gebiete", "edition": listed.stand or "unbekannt", "retrieved": "unbekannt", "published": True}
    text = yaml.safe_dump({**sheet, "files": files}, sort_keys=False, allow_unicode=True, width=120)
    (folder / "lieferung.yml").write_text(text, encoding="utf-8", newline="\n")


def _entry(path: Path, source: str, rows: int, reading: Reading | None = None) -> dict[str, Any]:
    """One file in the sheet, with what the file it was taken from says of itself."""
    content = path.read_bytes()
    said: dict[str, Any] = {}
    if reading is not None:
        known = {"stand": reading.stand, "attribution": reading.attribution}
        said = {name: value for name, value in known.items() if value}
        digest = hashlib.sha256(reading.file.path.read_bytes()).hexdigest()
        said["notes"] = f"Auszug aus {reading.file.path.name}, SHA-256 {digest}."
    size = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content), "rows": rows}
    return {"path": path.name, "source": source, **said, **size}


def _write_csv(path: Path, rows: list[dict[str, str]]) -> None:
    import csv

    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _deliver(aside: Path, register: Path, basis: str | None) -> None:
    """Store the register as the first delivery, then read everything as a run does."""
    from pipelines.readers import read_gemeinden, read_grenzen, read_source, read_sozialraeume
    from pipelines.settings import load_settings
    from pipelines.sources.intake import Said, add

    with tempfile.TemporaryDirectory() as out:
        settings = load_settings(aside, out)
        gemeinden: pl.DataFrame = read_gemeinden(settings)
        read_sozialraeume(settings, gemeinden)
        read_grenzen(settings, gemeinden)
        add(settings, [register], Said(source=SOURCE, basis=basis))
        read_source(settings, SOURCE, gemeinden)


@contextmanager
def _aside(folder: Path) -> Iterator[Path]:
    """A hidden folder beside the one wanted, which it becomes when all went well; else nothing is left."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = folder.parent / f".{folder.name}.neu"
    shutil.rmtree(aside, ignore_errors=True)  # of a run that was stopped
    aside.mkdir()
    try:
        yield aside
        if folder.exists():
            folder.rmdir()
        aside.rename(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
