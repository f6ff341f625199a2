"""Every bad delivery is refused with file, row, column, expected, found and remedy; the good one beside it is read."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
from district import COLUMNS, SOURCES, edit_sheet, rehash, werte, write_district

from pipelines.errors import InputError
from pipelines.geography.areas import build_areas
from pipelines.harmonise import build_sources
from pipelines.readers import read_gemeinden, read_grenzen, read_source, read_sozialraeume
from pipelines.settings import load_settings
from pipelines.sources.registry import all_deliveries, catalogue
from tests.fixtures.harmonised import build_merkmale

INKAR = "inkar/2022/werte.csv"
STATUS = "reported, zero, estimated, pooled, secret, uncertain, later, not_applicable, missing, suppressed"
WORD_REMEDY = "Eines der vereinbarten Wörter eintragen; ihre Bedeutung steht in docs/add-a-source.md."
CRS = "GeoJSON in Grad (WGS 84, Länge vor Breite, CRS84)"
CRS_WHAT = "Die Grenzen liegen in einem anderen Koordinatensystem als vereinbart."
CRS_REMEDY = "Die Grenzen nach WGS 84 umrechnen und als GeoJSON ohne Eintrag crs speichern."
SHEET_WHAT = "Ein Eintrag im Lieferschein fehlt oder ist nicht wie vereinbart."
SHEET_REMEDY = "Den Eintrag berichtigen; die Form steht in docs/add-a-source.md."


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_district(tmp_path_factory.mktemp("kreis"))


@pytest.fixture
def folder(good: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(good, tmp_path / "data"))


def read_all(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    settings = load_settings(folder)
    gemeinden = read_gemeinden(settings)
    areas, _ = build_areas(gemeinden, read_sozialraeume(settings, gemeinden), settings.kreis)
    read_grenzen(settings, gemeinden)
    raw = {source: read_source(settings, source, gemeinden) for source in settings.kreis.sources}
    deliveries = all_deliveries(folder, settings.kreis)
    merkmale, _ = build_merkmale(raw, areas, deliveries)
    return merkmale, build_sources(raw, deliveries)


def table(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))


def write_table(path: Path, rows: list[list[str]]) -> None:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    path.write_text(buffer.getvalue(), encoding="utf-8", newline="\n")


def cell(row: int, column: str, value: str, name: str = INKAR) -> Callable[[Path], None]:
    """Put `value` into a cell; row as in the message (header is 1)."""

    def change(folder: Path) -> None:
        rows = table(folder / name)
        rows[row - 1][rows[0].index(column)] = value
        write_table(folder / name, rows)

    return change


def lines(change: Callable[[list[list[str]]], list[list[str]]], name: str = INKAR) -> Callable[[Path], None]:
    return lambda folder: write_table(folder / name, change(table(folder / name)))


def content(change: Callable[[bytes], bytes], name: str = INKAR) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes(change((folder / name).read_bytes())) and None


def shapes(change: Callable[[dict], None]) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        path = folder / "gebiete" / "gemeinden.geojson"
        collection = json.loads(path.read_text(encoding="utf-8"))
        change(collection)
        path.write_text(json.dumps(collection), encoding="utf-8")

    return write


def corners(collection: dict, change: Callable[[list[float]], list[float]]) -> None:
    for feature in collection["features"]:
        rings = feature["geometry"]["coordinates"]
        feature["geometry"]["coordinates"] = [[change(point) for point in ring] for ring in rings]


def to_metres(collection: dict) -> None:
    from pyproj import Transformer

    transform = Transformer.from_crs("OGC:CRS84", "EPSG:25832", always_xy=True).transform
    corners(collection, lambda point: [round(value) for value in transform(*point)])


def bow_tie(collection: dict) -> None:
    ring = collection["features"][1]["geometry"]["coordinates"][0]
    ring[1], ring[2] = ring[2], ring[1]


@dataclass
class Case:
    name: str
    change: Callable[[Path], None]
    what: str
    file: str
    expected: str
    found: str
    remedy: str
    row: int | str = "gesamte Datei"
    column: str = "alle"
    hashes: bool = True

    def message(self, folder: Path) -> str:
        return "\n".join(
            [
                f"Fehler: {self.what}",
                f"  Datei:    {folder / self.file}",
                f"  Zeile:    {self.row}",
                f"  Spalte:   {self.column}",
                f"  Erwartet: {self.expected}",
                f"  Gefunden: {self.found}",
                f"  Abhilfe:  {self.remedy}",
            ]
        )


CASES = [
    Case(
        "AGS without its zero",
        cell(2, "ags", "6999001"),
        "Ein Schlüssel hat seine führende Null verloren.",
        INKAR,
        "06999001",
        "6999001",
        "Die Spalte im Tabellenprogramm als Text einlesen und die Datei neu speichern.",
        2,
        "ags",
    ),
    Case(
        "unknown AGS",
        cell(4, "ags", "06999099"),
        "Ein Gebietsschlüssel ist nicht bekannt.",
        INKAR,
        "ein Schlüssel aus gebiete/gemeinden.csv oder der Kreis 06999",
        "06999099",
        "Den Schlüssel berichtigen oder die Gemeinde in gebiete/gemeinden.csv eintragen.",
        4,
        "ags",
    ),
    Case(
        "Gemeinde missing",
        lines(lambda rows: rows[:2] + rows[3:]),
        "Eine Gemeinde fehlt.",
        INKAR,
        "eine Zeile für 06999002 (Beispielhausen), bevoelkerung alter:15-64, 2020",
        "2 von 3 Gemeinden",
        "Die Zeile ergänzen; liegt keine Zahl vor, mit leerem wert und Status missing.",
        column="ags",
    ),
    Case(
        "duplicate key",
        lines(lambda rows: [*rows, rows[1]]),
        "Eine Zahl steht zweimal in der Datei.",
        INKAR,
        "jeder Schlüssel einmal; zuerst in Zeile 2",
        "06999001, 2020, bevoelkerung, alter:15-64",
        "Eine der beiden Zeilen löschen.",
        27,
        "ags, stichtag, merkmal, auspraegung",
    ),
    Case(
        "text in a number",
        cell(3, "wert", "k. A."),
        "Eine Zelle enthält keine Zahl.",
        INKAR,
        "Zahl mit Dezimalpunkt, ohne Tausenderzeichen",
        "k. A.",
        "Eine Zahl eintragen; fehlt sie, die Zelle leer lassen und den Status setzen.",
        3,
        "wert",
    ),
    Case(
        "decimal comma",
        cell(3, "wert", "3871,5"),
        "Eine Zelle enthält keine Zahl.",
        INKAR,
        "Zahl mit Dezimalpunkt, ohne Tausenderzeichen",
        "3871,5",
        "Das Dezimalkomma durch einen Punkt ersetzen.",
        3,
        "wert",
    ),
    Case(
        "decimal comma without quotes",
        content(lambda text: text.replace(b",3871,", b",3871,5,")),
        "Eine Zeile hat nicht die vereinbarte Anzahl Zellen.",
        INKAR,
        "9 Zellen in einer Zeile",
        "10 Zellen",
        "Zahlen mit Dezimalpunkt statt Komma schreiben, Text mit Komma in Anführungszeichen setzen.",
        3,
        "einheit",
    ),
    Case(
        "negative count",
        cell(8, "wert", "-1"),
        "Eine Anzahl oder Menge ist negativ.",
        INKAR,
        "eine Zahl ab 0 (Personen)",
        "-1",
        "Den Wert berichtigen; kann das Merkmal negativ sein, im Lieferschein „negative: yes“ eintragen.",
        8,
        "wert",
    ),
    Case(
        "unknown column",
        content(lambda text: text.replace(b"einheit", b"unit", 1)),
        "Eine Datei hat unbekannte Spalten.",
        INKAR,
        ",".join(COLUMNS),
        ",".join([*COLUMNS[:-1], "unit"]),
        "Die Kopfzeile wie erwartet schreiben; Trennzeichen ist das Komma.",
        1,
        "unit",
    ),
    Case(
        "missing column",
        lines(lambda rows: [row[:7] + row[8:] for row in rows]),
        "Eine Datei hat fehlende Spalten.",
        INKAR,
        ",".join(COLUMNS),
        ",".join([*COLUMNS[:7], COLUMNS[8]]),
        "Die Kopfzeile wie erwartet schreiben; Trennzeichen ist das Komma.",
        1,
        "basis",
    ),
    Case(
        "Latin-1",
        lambda folder: (
            (folder / INKAR).write_bytes(
                (folder / INKAR).read_text(encoding="utf-8").replace("Personen", "Köpfe", 1).encode("latin-1")
            )
            and None
        ),
        "Eine Datei ist nicht in UTF-8 gespeichert.",
        INKAR,
        "UTF-8",
        "Byte 0xF6, vermutlich Latin-1 oder Windows-1252",
        "Die Datei im Tabellenprogramm als „CSV UTF-8“ speichern.",
        2,
    ),
    Case(
        "UTF-16",
        content(lambda text: text.decode("utf-8").encode("utf-16")),
        "Eine Datei ist nicht in UTF-8 gespeichert.",
        INKAR,
        "UTF-8",
        "vermutlich UTF-16",
        "Die Datei im Tabellenprogramm als „CSV UTF-8“ speichern.",
        1,
    ),
    Case(
        "semicolons",
        content(lambda text: text.replace(b",", b";")),
        "Das Trennzeichen ist ein Semikolon.",
        INKAR,
        "Komma",
        "Semikolon",
        "Die Datei mit Komma als Trennzeichen speichern, Zahlen mit Dezimalpunkt.",
        1,
    ),
    Case(
        "quote without its pair",
        content(lambda text: text.replace(b",3871,", b',"3871"5,')),
        "Eine Zeile ist nicht lesbar.",
        INKAR,
        "Zellen mit Komma getrennt, Anführungszeichen paarweise",
        "Anführungszeichen, die nicht paarweise stehen",
        "Die Anführungszeichen dieser Zeile berichtigen.",
        3,
    ),
    Case(
        "sheet that is no YAML",
        content(lambda text: text.replace(b"edition:", b"\tedition:", 1), "inkar/2022/lieferung.yml"),
        "Ein Lieferschein ist nicht lesbar.",
        "inkar/2022/lieferung.yml",
        "YAML in UTF-8",
        "keine gültige YAML-Struktur: „edition: '2022'“",
        "Die genannte Zeile berichtigen; Einrückungen mit Leerzeichen, nicht mit Tabulatoren.",
        2,
        hashes=False,
    ),
    Case(
        "sheet in Latin-1",
        content(lambda text: text + "# Köpfe\n".encode("latin-1"), "wahlen/2022/lieferung.yml"),
        "Ein Lieferschein ist nicht lesbar.",
        "wahlen/2022/lieferung.yml",
        "YAML in UTF-8",
        "Byte 0xF6, kein UTF-8",
        "Die genannte Zeile berichtigen; Einrückungen mit Leerzeichen, nicht mit Tabulatoren.",
        19,
        hashes=False,
    ),
    Case(
        "replacement character",
        cell(3, "einheit", "K\ufffdpfe"),
        "Eine Datei enthält Ersatzzeichen, ein Umlaut ging verloren.",
        INKAR,
        "Text ohne Ersatzzeichen",
        "Ersatzzeichen U+FFFD",
        "Die Datei neu aus der Quelle holen; aus dieser Fassung ist der Text nicht zu retten.",
        3,
    ),
    Case(
        "byte order mark",
        content(lambda text: b"\xef\xbb\xbf" + text),
        "Eine Datei beginnt mit einer Bytereihenfolge-Marke (BOM).",
        INKAR,
        "UTF-8 ohne BOM",
        "UTF-8 mit BOM",
        "Die Datei als „UTF-8“ statt „UTF-8 mit BOM“ speichern.",
        1,
    ),
    Case(
        "empty file",
        content(lambda text: b""),
        "Die Datei ist leer.",
        INKAR,
        "mindestens eine Datenzeile",
        "0 Byte",
        "Die Datei neu beschaffen oder aus der Sicherung zurückholen.",
    ),
    Case(
        "header only",
        lines(lambda rows: rows[:1]),
        "Eine Datei der Lieferung hat keine Zeilen.",
        INKAR,
        "mindestens eine Datenzeile",
        "nur die Kopfzeile",
        "Die Datei neu beschaffen.",
        2,
    ),
    Case(
        "unknown status",
        cell(2, "status", "geschaetzt"),
        "Eine Zelle enthält ein Wort, das nicht vereinbart ist.",
        INKAR,
        STATUS,
        "geschaetzt",
        WORD_REMEDY,
        2,
        "status",
    ),
    Case(
        "unknown quality",
        cell(2, "quality", "gut"),
        "Eine Zelle enthält ein Wort, das nicht vereinbart ist.",
        INKAR,
        "final, provisional, revised, limited",
        "gut",
        WORD_REMEDY,
        2,
        "quality",
    ),
    Case(
        "status promises a value",
        cell(2, "wert", ""),
        "Der Status verspricht einen Wert, die Zelle ist leer.",
        INKAR,
        "eine Zahl bei Status reported",
        "leer",
        "Den Wert eintragen oder den Status berichtigen, zum Beispiel missing.",
        2,
        "wert",
    ),
    Case(
        "value without a status that has one",
        cell(2, "status", "secret"),
        "Der Status sagt, dass kein Wert vorliegt, die Zelle enthält einen.",
        INKAR,
        "leer bei Status secret",
        "8056",
        "Die Zelle leeren oder den Status berichtigen.",
        2,
        "wert",
    ),
    Case(
        "zero that is not zero",
        cell(2, "status", "zero"),
        "Der Status zero heißt genau null, die Zelle enthält etwas anderes.",
        INKAR,
        "0",
        "8056",
        "Den Status auf reported setzen oder den Wert berichtigen.",
        2,
        "wert",
    ),
    Case(
        "period of another form",
        cell(2, "stichtag", "31.12.2020"),
        "Ein Zeitbezug hat nicht die vereinbarte Form.",
        INKAR,
        "JJJJ-MM-TT oder JJJJ",
        "31.12.2020",
        "Den Stichtag als Datum oder das Jahr eintragen.",
        2,
        "stichtag",
    ),
    Case(
        "day that does not exist",
        cell(2, "stichtag", "2021-06-31"),
        "Ein Zeitbezug hat nicht die vereinbarte Form.",
        INKAR,
        "JJJJ-MM-TT oder JJJJ",
        "2021-06-31",
        "Den Stichtag als Datum oder das Jahr eintragen.",
        2,
        "stichtag",
    ),
    Case(
        "item not in the sheet",
        cell(2, "merkmal", "einwohner"),
        "Ein Merkmal steht nicht im Lieferschein.",
        INKAR,
        "ein Eintrag unter items in lieferung.yml",
        "einwohner alter:15-64",
        "Das Merkmal im Lieferschein eintragen und angeben, ob es sich über Gebiete addiert (additive).",
        2,
        "merkmal",
    ),
    Case(
        "item in the sheet only",
        lambda folder: edit_sheet(
            folder / "inkar" / "2022" / "lieferung.yml",
            lambda sheet: sheet["items"].append({"merkmal": "mietpreis", "additive": "no(Mittelwert)"}),
        ),
        "Der Lieferschein nennt ein Merkmal, das in der Lieferung fehlt.",
        INKAR,
        "Zeilen für mietpreis",
        "keine Zeile",
        "Die Zeilen ergänzen oder das Merkmal aus dem Lieferschein nehmen.",
        column="merkmal",
    ),
    Case(
        "number of rows",
        lambda folder: edit_sheet(
            folder / "inkar" / "2022" / "lieferung.yml", lambda sheet: sheet["files"][0].update(rows=24)
        ),
        "Eine Datei hat nicht so viele Zeilen, wie der Lieferschein nennt.",
        INKAR,
        "24 Zeilen",
        "25 Zeilen",
        "Prüfen, ob Zeilen fehlen oder doppelt sind, dann rows im Lieferschein berichtigen.",
        hashes=False,
    ),
    Case(
        "sheet missing",
        lambda folder: (folder / "inkar" / "2022" / "lieferung.yml").unlink(),
        "Ein Lieferschein fehlt.",
        "inkar/2022/lieferung.yml",
        "eine Datei lieferung.yml",
        "keine Datei",
        "Den Lieferschein nach docs/add-a-source.md anlegen.",
    ),
    Case(
        "delivery missing",
        lambda folder: shutil.rmtree(folder / "inkar"),
        "Eine erwartete Lieferung fehlt.",
        "inkar",
        "mindestens ein Ordner inkar/<Ausgabe> mit lieferung.yml",
        "kein Ordner",
        "Die Lieferung ablegen oder die Quelle in kreis.yml aus „quellen“ nehmen.",
    ),
    Case(
        "file beside the sheet",
        lambda folder: shutil.copy(folder / INKAR, folder / "inkar" / "2022" / "werte (2).csv") and None,
        "Im Ordner einer Lieferung liegt etwas, das der Lieferschein nicht nennt.",
        "inkar/2022/werte (2).csv",
        "lieferung.yml, werte.csv",
        "werte (2).csv",
        "Die Datei im Lieferschein eintragen oder aus dem Ordner nehmen.",
    ),
    Case(
        "additivity of another form",
        lambda folder: edit_sheet(
            folder / "inkar" / "2022" / "lieferung.yml", lambda sheet: sheet["items"][0].update(additive="ja")
        ),
        SHEET_WHAT,
        "inkar/2022/lieferung.yml",
        "exact, rounded(Toleranz) oder no(Grund)",
        "ja",
        SHEET_REMEDY,
        column="items, bevoelkerung, additive",
    ),
    Case(
        "source under another name",
        lambda folder: edit_sheet(
            folder / "inkar" / "2022" / "lieferung.yml", lambda sheet: sheet.update(source="wahlen")
        ),
        SHEET_WHAT,
        "inkar/2022/lieferung.yml",
        "inkar (Name des Ordners)",
        "wahlen",
        SHEET_REMEDY,
        column="source",
    ),
    Case(
        "unknown source",
        lambda folder: edit_sheet(folder / "kreis.yml", lambda kreis: kreis["quellen"].append("schufa")),
        "Eine erwartete Quelle ist nicht bekannt.",
        "kreis.yml",
        ", ".join(name for name in catalogue() if not name.startswith("gebiete")),
        "schufa",
        "Den Namen berichtigen oder die Quelle nach docs/add-a-source.md in den Katalog aufnehmen.",
        column="quellen",
    ),
    Case(
        "boundaries marked with another CRS",
        shapes(lambda c: c.update(crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25832"}})),
        CRS_WHAT,
        "gebiete/gemeinden.geojson",
        CRS,
        "Kennzeichnung urn:ogc:def:crs:EPSG::25832",
        CRS_REMEDY,
        column="geometry",
    ),
    Case(
        "boundaries in metres without a mark",
        shapes(to_metres),
        CRS_WHAT,
        "gebiete/gemeinden.geojson",
        CRS,
        "470\u202f000 bis 474\u202f000 und 5\u202f515\u202f000 bis 5\u202f519\u202f000: keine Grad, vermutlich Meter",
        CRS_REMEDY,
        "Fläche 1",
        "geometry",
    ),
    Case(
        "latitude before longitude",
        shapes(lambda c: corners(c, lambda point: point[::-1])),
        CRS_WHAT,
        "gebiete/gemeinden.geojson",
        CRS,
        "49,7867 bis 49,8229 und 8,5829 bis 8,6388: Breite und Länge vertauscht",
        CRS_REMEDY,
        "Fläche 1",
        "geometry",
    ),
    Case(
        "boundaries elsewhere",
        shapes(lambda c: corners(c, lambda point: [point[0] + 1, point[1]])),
        "Eine Fläche liegt außerhalb des Kreises.",
        "gebiete/gemeinden.geojson",
        "Ost 469\u202f000 bis 486\u202f000, Nord 5\u202f514\u202f000 bis 5\u202f520\u202f000 in EPSG:25832",
        "9,5829 bis 9,6388 und 49,7867 bis 49,8229",
        "Koordinatensystem und Schlüssel der Fläche prüfen; die Grenzen des Kreises stehen in kreis.yml.",
        "Fläche 1",
        "geometry",
    ),
    Case(
        "boundary missing",
        shapes(lambda c: c["features"].pop(1) and None),
        "In den Grenzen fehlt eine Gemeinde.",
        "gebiete/gemeinden.geojson",
        "eine Fläche für 06999002 (Beispielhausen)",
        "2 von 3 Gemeinden",
        "Die Fläche aus der Quelle der Grenzen ergänzen.",
        column="ags",
    ),
    Case(
        "boundary key as a number",
        shapes(lambda c: c["features"][0]["properties"].update(ags=6999001)),
        "Eine Fläche trägt keinen bekannten Gemeindeschlüssel.",
        "gebiete/gemeinden.geojson",
        "ein Schlüssel aus gebiete/gemeinden.csv als Text",
        "6999001",
        "Den Schlüssel berichtigen oder die Fläche entfernen.",
        "Fläche 1",
        "ags",
    ),
    Case(
        "invalid boundary",
        shapes(bow_tie),
        "Eine Fläche ist ungültig.",
        "gebiete/gemeinden.geojson",
        "gültige Fläche (Polygon oder MultiPolygon)",
        "Selbstüberschneidung bei 8,6734 und 49,8050",
        "Die Fläche im Geoinformationssystem reparieren und neu speichern.",
        "Fläche 2",
        "geometry",
    ),
    Case(
        "Gemeinde key without its zero",
        cell(3, "ags", "6999002", "gebiete/gemeinden.csv"),
        "Ein Schlüssel hat seine führende Null verloren.",
        "gebiete/gemeinden.csv",
        "06999002",
        "6999002",
        "Die Spalte im Tabellenprogramm als Text einlesen und die Datei neu speichern.",
        3,
        "ags",
    ),
    Case(
        "AGS and ARS of two Gemeinden",
        cell(3, "ars", "069990001001", "gebiete/gemeinden.csv"),
        "Regionalschlüssel und Gemeindeschlüssel passen nicht zusammen.",
        "gebiete/gemeinden.csv",
        "12 Ziffern, 06999, Verband (4 Ziffern), 002",
        "069990001001",
        "Den Regionalschlüssel aus dem Gemeindeverzeichnis übernehmen.",
        3,
        "ars",
    ),
    Case(
        "unknown Gemeinde in a Sozialraum",
        cell(4, "ags", "06999004", "gebiete/sozialraeume.csv"),
        "Eine Gemeinde oder ein Ortsteil ist nicht bekannt.",
        "gebiete/sozialraeume.csv",
        "ein Schlüssel aus gebiete/gemeinden.csv oder ortsteile.csv",
        "06999004",
        "Den Schlüssel berichtigen; führende Nullen gehören dazu.",
        4,
        "ags",
    ),
]


def test_the_good_district_is_read(good: Path) -> None:
    merkmale, sources = read_all(good)
    assert set(merkmale["status"]) == set(STATUS.split(", "))
    assert sources.height == len(SOURCES) + 3


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bad_delivery_is_refused(case: Case, folder: Path) -> None:
    case.change(folder)
    if case.hashes:
        rehash(folder)
    with pytest.raises(InputError) as caught:
        read_all(folder)
    assert str(caught.value) == case.message(folder)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b'{"type": FeatureCollection}', "kein gültiges JSON (Zeile 1, Spalte 10)"),
        (b'{"type": "\xf6"}', "Byte 0xF6, kein UTF-8"),
        (b"[]", "kein Objekt"),
    ],
)
def test_boundaries_that_are_no_geojson(folder: Path, text: bytes, found: str) -> None:
    settings = load_settings(folder)
    gemeinden = read_gemeinden(settings)
    path = folder / "gebiete" / "gemeinden.geojson"
    path.write_bytes(text)
    stated = {"sha256": hashlib.sha256(text).hexdigest(), "bytes": len(text)}
    edit_sheet(
        folder / "gebiete" / "lieferung.yml",
        lambda sheet: [file.update(stated) for file in sheet["files"] if file["path"] == path.name],
    )
    with pytest.raises(InputError) as caught:
        read_grenzen(settings, gemeinden)
    assert (caught.value.file, caught.value.found) == (str(path), found)


def test_wrong_hash(folder: Path) -> None:
    path = folder / INKAR
    content_before = path.read_bytes()
    sheet = {}
    edit_sheet(folder / "inkar" / "2022" / "lieferung.yml", lambda content: sheet.update(content["files"][0]))
    path.write_bytes(content_before.replace(b"8056", b"8057"))
    with pytest.raises(InputError) as caught:
        read_all(folder)
    size = len(content_before)
    assert caught.value.what == "Eine Datei der Lieferung ist nicht mehr die, die im Lieferschein steht."
    assert caught.value.expected == f"{size} Byte, SHA-256 {sheet['sha256']}"
    assert str(caught.value.found).startswith(f"{size} Byte, SHA-256 ")
    assert (caught.value.file, caught.value.row, caught.value.column) == (str(path), "gesamte Datei", "alle")
    assert "Die ursprüngliche Datei zurückholen" in str(caught.value)


def test_missing_file(folder: Path) -> None:
    (folder / INKAR).unlink()
    with pytest.raises(InputError) as caught:
        read_all(folder)
    assert caught.value.what == "Eine Datei der Lieferung fehlt."
    assert (caught.value.file, caught.value.row, caught.value.column) == (str(folder / INKAR), "gesamte Datei", "alle")
    assert str(caught.value.expected).startswith("Datei mit 2070 Byte, SHA-256 ")
    assert caught.value.found == "keine Datei"
    assert caught.value.remedy == "Die Datei wieder an ihren Platz legen oder aus lieferung.yml streichen."


def test_hash_is_verified_on_every_read(folder: Path) -> None:
    read_all(folder)
    path = folder / INKAR
    path.write_bytes(path.read_bytes().replace(b"8056", b"8057"))
    with pytest.raises(InputError, match="nicht mehr die"):
        read_all(folder)


def test_negative_amount_passes_where_the_sheet_allows_it(folder: Path) -> None:
    cell(8, "wert", "-1")(folder)
    rehash(folder)
    edit_sheet(
        folder / "inkar" / "2022" / "lieferung.yml", lambda sheet: [i.update(negative=True) for i in sheet["items"]]
    )
    merkmale, _ = read_all(folder)
    assert merkmale["wert"].min() == -1


def test_missing_gemeinde_passes_as_a_row_without_value(folder: Path) -> None:
    cell(3, "wert", "")(folder)
    cell(3, "status", "missing")(folder)
    rehash(folder)
    merkmale, _ = read_all(folder)
    row = merkmale.filter((pl.col("file") == INKAR) & (pl.col("row") == 3)).row(0, named=True)
    assert (row["wert"], row["status"]) == (None, "missing")


def test_gemeinde_in_no_sozialraum(folder: Path) -> None:
    lines(lambda rows: rows[:-1], "gebiete/sozialraeume.csv")(folder)
    rehash(folder)
    with pytest.raises(InputError) as caught:
        read_all(folder)
    assert caught.value.file == "gebiete/sozialraeume.csv"
    assert caught.value.row == "Gemeinde 06999003 (Probedorf)"
    assert caught.value.found == "in keinem Sozialraum"


def test_gemeinde_in_two_sozialraeume(folder: Path) -> None:
    lines(lambda rows: [*rows, [rows[1][0], rows[1][1], "06999003", *rows[1][3:]]], "gebiete/sozialraeume.csv")(folder)
    rehash(folder)
    with pytest.raises(InputError) as caught:
        read_all(folder)
    assert caught.value.row == "Gemeinde 06999003 (Probedorf)"
    assert caught.value.found == "Gewichte zusammen 2"


def test_sheet_without_mark_is_read_as_unmarked(tmp_path: Path) -> None:
    write_district(tmp_path, published={"inkar": None, "wahlen": False})
    _, sources = read_all(tmp_path)
    marks = dict(sources.select("source_id", "published").iter_rows())
    assert (marks["inkar"], marks["wahlen"], marks["zensus_2022"]) == ("unmarkiert", "nein", "ja")


def test_a_number_twice_in_one_edition(folder: Path) -> None:
    """Of two editions the newer goes first (`test_editions.py`); inside of one nothing says which is meant."""
    place = folder / "inkar" / "2022"
    shutil.copy(place / "werte.csv", place / "noch-einmal.csv")
    edit_sheet(
        place / "lieferung.yml", lambda sheet: sheet["files"].append({**sheet["files"][0], "path": "noch-einmal.csv"})
    )
    with pytest.raises(InputError) as caught:
        read_all(folder)
    assert caught.value.what == "Eine Ausgabe liefert dieselbe Zahl zweimal."
    assert (caught.value.file, caught.value.row) == ("inkar/2022/werte.csv", 25)
    assert "auch in inkar/2022/noch-einmal.csv Zeile 25" in str(caught.value.found)


def test_two_sources_with_the_same_number_need_a_precedence(folder: Path) -> None:
    row = ["06999", "2022", "arbeitslosenquote", "insgesamt", "4.3", "reported", "final", "", "Prozent"]
    lines(lambda rows: [*rows, row])(folder)
    edit_sheet(
        folder / "inkar" / "2022" / "lieferung.yml",
        lambda sheet: sheet["items"].append({"merkmal": "arbeitslosenquote", "additive": "no(Quote)"}),
    )
    rehash(folder)
    with pytest.raises(InputError) as caught:
        read_all(folder)
    assert caught.value.what == "Zwei Quellen liefern dieselbe Zahl."
    assert caught.value.expected == "eine Rangfolge in precedence.yml"


def test_preferred_is_true_once_per_number(good: Path) -> None:
    merkmale, _ = read_all(good)
    number = ["area_id", "stichtag", "merkmal", "auspraegung"]
    assert merkmale.filter("preferred").select(number).is_duplicated().sum() == 0
    assert merkmale.filter("preferred").select(number).height == merkmale.select(number).unique().height
    beaten = merkmale.filter(~pl.col("preferred")).select("source_id", "merkmal").unique()
    assert set(beaten.iter_rows()) == {
        ("hessische_gemeindestatistik", "bevoelkerung"),
        ("gemeindeverzeichnis", "flaeche"),
    }


def test_windows_line_ends_change_nothing(folder: Path) -> None:
    before, _ = read_all(folder)
    content(lambda text: text.replace(b"\n", b"\r\n"))(folder)
    rehash(folder)
    after, _ = read_all(folder)
    assert after.equals(before)


def test_the_original_is_not_touched_by_a_second_district(tmp_path: Path) -> None:
    one = write_district(tmp_path / "a")
    other = write_district(tmp_path / "b", key="09998", name="Landkreis Zweitland", gemeinden=4)
    first, _ = read_all(one)
    second, _ = read_all(other)
    assert first.filter(pl.col("area_level") == "gemeinde")["area_id"].n_unique() == 3
    assert second.filter(pl.col("area_level") == "gemeinde")["area_id"].n_unique() == 4
    assert not set(first["area_id"]) & set(second["area_id"])
    assert werte(one, "inkar").read_bytes() != werte(other, "inkar").read_bytes()
