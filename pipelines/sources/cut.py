"""Checking a planner's cut of Sozialräume against the data folder, and laying it down as the one that is valid.

What belongs here: gathering what the folder knows, files of a new cut, the switch in the sheet. What does not: reading
the file (`pipelines.readers.zuschnitt`), arithmetic (`pipelines.geography.cut`), printing.

A cut never overwrites another: its files carry the day from which it is valid, and the former one stays, with its last
day in the sheet. The sheet is replaced in one step, and with it the cut; what was laid down for a switch that did not
come is noted beforehand, is not there for any run, and is taken back, at once or, after a crash, by the next import.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import yaml

from pipelines.errors import AtlasError, InputError
from pipelines.geography.areas import build_areas
from pipelines.geography.cut import Balance, Known, Plan, balance, drawn
from pipelines.geography.shapes import projection
from pipelines.geography.stones import BASES, gaps
from pipelines.geography.validity import current
from pipelines.german import is_day
from pipelines.lock import run_lock
from pipelines.readers import read_gemeinden, read_grenzen, read_ortsteile, read_source
from pipelines.readers.csv_text import Complaint, records
from pipelines.readers.gebiete import SOZIALRAEUME
from pipelines.readers.zuschnitt import read
from pipelines.sources.registry import AREAS, LAID, SHEET, area_delivery, catalogue, unfinished

if TYPE_CHECKING:
    from pipelines.settings import Settings

STREETS = ("strasse", "name", "gehoert_zu", "bevoelkerung", "stichtag", "quelle")
STREET_FILE = "strassen.csv"
DEGREES_DECIMALS = 7
# Files on their way: no run reads them
HIDDEN = ".zuschnitt-"


def checked(settings: Settings, path: Path, layer: str | None = None) -> tuple[Plan, Balance, Known]:
    """A cut and its balance sheet; nothing is written. Raises InputError for a file that cannot be read.

    layer: of a file that has several with areas.
    """
    handed_in = read(path, settings.kreis, layer)
    known = known_of(settings)
    plan = drawn(handed_in, known)
    return plan, balance(plan, known), known


def known_of(settings: Settings) -> Known:
    """What the data folder knows of Gemeinden, Ortsteile and streets, with the newest amounts up to the year.

    A cut covers the Gemeinden there are; one that has ended is known by its last day only, so that a key can be told.
    """
    import shapely

    every = read_gemeinden(settings)
    gemeinden = current(every)
    ortsteile = read_ortsteile(settings, every).join(gemeinden, on="ags", how="semi")
    former = every.join(gemeinden, on="ags", how="anti").sort("ags")
    grenzen = read_grenzen(settings, gemeinden)
    figures = official(settings, gemeinden, ortsteile)
    amounts, stand = _amounts(figures, settings.year)
    return Known(
        names=dict(gemeinden.sort("ags").select("ags", "anzeigename").iter_rows()),
        ortsteile=ortsteile,
        streets=_streets(settings, set(gemeinden["ags"]) | set(ortsteile["ortsteil"])),
        amounts=amounts,
        shapes=dict(zip(grenzen["ags"], shapely.from_wkb(grenzen["geometry"].to_list()), strict=True)),
        stand=stand,
        gaps=gaps(ortsteile, figures),
        former={ags: (name, last) for ags, name, last in former.select("ags", "anzeigename", "valid_to").iter_rows()},
    )


def official(settings: Settings, gemeinden: pl.DataFrame, ortsteile: pl.DataFrame) -> pl.DataFrame:
    """Persons, dwellings and km2 of every Gemeinde: ags, basis, value, stichtag, each once, by order of the sources."""
    total = (pl.col("auspraegung") == "insgesamt") & pl.col("merkmal").is_in(list(BASES)) & pl.col("wert").is_not_null()
    frames = [
        read_source(settings, source, gemeinden, ortsteile)
        .filter(total, pl.col("area_key").is_in(gemeinden["ags"].implode()))
        .select(ags="area_key", basis="merkmal", value="wert", stichtag="stichtag")
        for source in settings.kreis.sources
    ]
    return pl.concat(frames).unique(["ags", "basis", "stichtag"], keep="first", maintain_order=True)


def _amounts(figures: pl.DataFrame, year: int) -> tuple[dict[str, dict[str, float | None]], dict[str, str]]:
    """Per Gemeinde and basis the newest figure, all of one date."""
    found: dict[str, dict[str, float | None]] = {}
    stand: dict[str, str] = {}
    for basis in BASES:
        own = figures.filter(pl.col("basis") == basis, pl.col("stichtag").str.slice(0, 4) <= str(year))
        if own.is_empty():
            continue
        stand[basis] = str(own["stichtag"].max())
        for ags, value in own.filter(stichtag=stand[basis]).select("ags", "value").iter_rows():
            found.setdefault(ags, {})[basis] = value
    return found, stand


def _streets(settings: Settings, known: set[str]) -> dict[str, tuple[str, str, float | None]]:
    """The register of streets, empty where none was delivered."""
    file = next((one for one in area_delivery(settings.data_dir).files if one.path.name == STREET_FILE), None)
    if file is None:
        return {}
    from pipelines.sources.snapshot import verify

    complain = Complaint(file)
    found: dict[str, tuple[str, str, float | None]] = {}
    for row, cells in records(verify(file.path, file.sha256, file.size), file, STREETS):
        number = cells["bevoelkerung"]
        if cells["gehoert_zu"] not in known or cells["strasse"] in found or not cells["strasse"]:
            complain(
                "Eine Straße ist nicht wie vereinbart eingetragen.",
                row=row,
                column="strasse, gehoert_zu",
                expected="jeder Straßenschlüssel einmal, mit dem Schlüssel eines Ortsteils oder einer Gemeinde",
                found=f"{cells['strasse'] or 'leer'}, {cells['gehoert_zu'] or 'leer'}",
                remedy="Den Eintrag berichtigen; eine Straße in zwei Ortsteilen bekommt zwei Schlüssel.",
            )
        if number and not number.isdecimal():
            complain(
                "Die Einwohner einer Straße sind keine Zahl.",
                row=row,
                column="bevoelkerung",
                expected="ganze Zahl, oder leer, wenn sie nicht bekannt ist",
                found=number,
                remedy="Die Zahl berichtigen.",
            )
        found[cells["strasse"]] = (cells["gehoert_zu"], cells["name"], float(number) if number else None)
    return found


def lay_down(settings: Settings, plan: Plan, found: Balance, valid_from: str) -> list[Path]:
    """Make the cut the valid one from a day on and return its files. Raises AtlasError when it does not fit.

    The former cut stays, its last day is the day before. Nothing is written unless all Gemeinden are covered once.
    """
    if not is_day(valid_from):
        raise AtlasError(
            "Der Tag, ab dem der Zuschnitt gilt, hat nicht die vereinbarte Form.",
            expected="--gueltig-ab JJJJ-MM-TT",
            found=valid_from,
            remedy="Den Tag so schreiben: 2026-01-01.",
        )
    _refuse_unfit(plan, found)
    folder = settings.data_dir / AREAS
    files = _files(settings, plan, found, valid_from)
    with run_lock(settings.curated_dir):
        _withdraw(folder)
        _refuse_earlier(folder / SHEET, valid_from)
        for name, (content, _) in files.items():
            _refuse_other(folder / name, content)
        _try(settings, files)
        sheet = _switched(folder / SHEET, files, valid_from)
        try:
            _write(folder / LAID, "".join(f"{name}\n" for name in files).encode())
            for name, (content, _) in files.items():
                _write(folder / name, content)
            _write(folder / SHEET, sheet)
        finally:
            _withdraw(folder)
    return [folder / name for name in files]


def _refuse_unfit(plan: Plan, found: Balance) -> None:
    blocking = [finding for finding in found.findings if finding.blocks]
    if blocking:
        first = blocking[0]
        raise InputError(
            "Der Zuschnitt deckt den Kreis nicht genau einmal ab; nichts wurde abgelegt.",
            file=plan.path,
            expected="jede Gemeinde und jeder Ortsteil genau einmal",
            found=f"{first.kind}: {first.what}" + (f" und {len(blocking) - 1} weitere" if len(blocking) > 1 else ""),
            remedy="Was nicht passt, nennt „sozialatlas sozialraeume check DATEI“; die Datei berichtigen.",
        )


def _files(settings: Settings, plan: Plan, found: Balance, valid_from: str) -> dict[str, tuple[bytes, int]]:
    """Name to content and number of rows of the files of a cut.

    A resolved one has a name of its own: the example it was until the resolution may be valid from the same day.
    """
    stem = f"sozialraeume_{valid_from}{'_beschlossen' if settings.kreis.sozialraeume_decided else ''}"
    mark = "nein" if settings.kreis.sozialraeume_decided else "ja"
    rows = [
        (area_id, plan.rooms[area_id], key, f"{weight:.6f}".rstrip("0").rstrip("."), mark, valid_from, "")
        for area_id, key, weight in found.members
    ]
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(SOZIALRAEUME)
    writer.writerows(rows)
    files = {f"{stem}.csv": (buffer.getvalue().encode(), len(rows))}
    if plan.shapes:
        files[f"{stem}.geojson"] = (_geojson(plan, settings.kreis.crs), len(plan.shapes))
    return files


def _geojson(plan: Plan, crs: str) -> bytes:
    """Outlines in degrees, as the folder keeps boundaries."""
    import shapely

    project = projection(crs, "OGC:CRS84")
    features = []
    for area_id, shape in plan.shapes.items():
        placed = shapely.transform(shapely.transform(shape, project), lambda points: points.round(DEGREES_DECIMALS))
        # Rounding may pinch a narrow place; what is left of it as a line or point is no land
        valid = shapely.make_valid(placed, method="structure", keep_collapsed=False)
        geometry = json.loads(shapely.to_geojson(shapely.normalize(valid)))
        features.append({"type": "Feature", "properties": {"area_id": area_id}, "geometry": geometry})
    return (json.dumps({"type": "FeatureCollection", "features": features}) + "\n").encode()


def _withdraw(folder: Path) -> None:
    """Take back what an import has laid down and the sheet does not list: the switch did not come."""
    if laid := unfinished(folder):
        content = yaml.safe_load((folder / SHEET).read_text(encoding="utf-8"))
        for name in set(laid) - {entry["path"] for entry in content["files"]}:
            (folder / name).unlink(missing_ok=True)
    (folder / LAID).unlink(missing_ok=True)
    for aside in folder.glob(f"{HIDDEN}*"):
        aside.unlink()


def _refuse_earlier(sheet: Path, valid_from: str) -> None:
    """A cut follows the one that is valid; before it, its first day would come after its last."""
    content = yaml.safe_load(sheet.read_text(encoding="utf-8"))
    valid = [Path(entry["path"]).stem for entry in content["files"] if "valid_to" not in entry]
    begun = [day for name, day, *_ in (f"{stem}_".split("_") for stem in valid) if name == "sozialraeume" and day]
    if begun and max(begun) > valid_from:
        raise AtlasError(
            "Es gilt schon ein späterer Zuschnitt.",
            file=sheet,
            expected=f"--gueltig-ab nach dem {max(begun)}",
            found=valid_from,
            remedy="Einen späteren Tag angeben; ein Zuschnitt, der nicht mehr gilt, wird nicht nachträglich abgelegt.",
        )


def _refuse_other(path: Path, content: bytes) -> None:
    if path.exists() and path.read_bytes() != content:
        raise AtlasError(
            "Von diesem Tag an gilt schon ein anderer Zuschnitt.",
            file=path,
            expected="kein Zuschnitt mit diesem Tag, oder derselbe",
            found="ein anderer",
            remedy="Abgelegtes wird nie überschrieben. Den Zuschnitt mit einem anderen Tag ablegen.",
        )


def _try(settings: Settings, files: dict[str, tuple[bytes, int]]) -> None:
    """What the next run makes of the members, before anything is written."""
    from pipelines.readers import gebiete
    from pipelines.sources.registry import DeliveredFile

    gemeinden = read_gemeinden(settings)
    ortsteile = read_ortsteile(settings, gemeinden)
    name, (content, rows) = next(iter(files.items()))
    digest = hashlib.sha256(content).hexdigest()
    file = DeliveredFile(settings.data_dir / AREAS / name, f"{AREAS}/{name}", AREAS, digest, len(content), rows)
    known = set(gemeinden["ags"]) | set(ortsteile["ortsteil"])
    rooms = gebiete.sozialraeume(content, file, settings.kreis.key, known)
    build_areas(gemeinden, rooms, settings.kreis, ortsteile)


def _switched(sheet: Path, files: dict[str, tuple[bytes, int]], valid_from: str) -> bytes:
    """The sheet with the new files, the former ones of the same kind with their last day."""
    content: dict[str, Any] = yaml.safe_load(sheet.read_text(encoding="utf-8"))
    entries = [entry for entry in content["files"] if entry["path"] not in files]
    last = (date.fromisoformat(valid_from) - timedelta(days=1)).isoformat()
    for entry in entries:
        stem, _, suffix = entry["path"].rpartition(".")
        if stem.partition("_")[0] == "sozialraeume" and suffix in ("csv", "geojson"):
            entry.setdefault("valid_to", last)
    for name, (data, rows) in files.items():
        source = "gebiete_umrisse" if name.endswith(".geojson") else "gebiete_sozialraeume"
        digest = hashlib.sha256(data).hexdigest()
        entries.append({"path": name, "source": source, "sha256": digest, "bytes": len(data), "rows": rows})
    text = yaml.safe_dump({**content, "files": entries}, sort_keys=False, allow_unicode=True, width=120)
    return text.encode()


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all: on the disk under a hidden name before it is there."""
    aside = path.with_name(f"{HIDDEN}{path.name}")
    with aside.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    aside.replace(path)


def attribution(settings: Settings) -> str:
    """What must stand on a map drawn with the boundaries of the district."""
    file = area_delivery(settings.data_dir).file("gemeinden.geojson")
    return file.overrides.get("attribution") or catalogue()[file.source_id].attribution
