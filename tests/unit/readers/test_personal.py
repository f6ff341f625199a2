"""Files about persons are refused whatever they are packed in, with no word of what they hold; official ones are not.

All persons here are Erika and Max Mustermann; nothing is real.
"""

from __future__ import annotations

import io
import json
import sqlite3
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from pipelines.errors import InputError
from pipelines.readers import personal
from pipelines.readers.rawfile import RawFile
from tests.fixtures.formats import all_examples

PERSONS = [
    ["Nr", "Nachname", "Vorname", "Geburtsdatum", "Straße", "Hausnummer", "Ort"],
    ["1", "Mustermann", "Erika", "12.08.1964", "Musterweg", "3", "Adorf"],
    ["2", "Mustermann", "Max", "03.04.1961", "Musterweg", "3", "Adorf"],
    ["3", "Musterfrau", "Erika", "17.11.1999", "Testgasse", "12a", "Bestadt"],
]
SECRETS = ("Mustermann", "Erika", "1964", "Musterweg", "Testgasse")


def refused(content: bytes, name: str, tmp_path: Path) -> InputError | None:
    path = tmp_path / name
    path.write_bytes(content)
    try:
        personal.refuse(RawFile(path).unpacked())
    except InputError as error:
        assert "zu einzelnen Personen" in error.what, error
        assert error.file == str(path)
        for secret in SECRETS:
            assert secret not in str(error), error
        return error
    return None


def text(rows: list[list[str]], separator: str = ";") -> str:
    return "".join(separator.join(row) + "\n" for row in rows)


def workbook(sheets: dict[str, list[list[object]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def geojson(rows: list[list[str]]) -> bytes:
    # Attributes behind the corners, as some programs write them
    line = {"type": "LineString", "coordinates": [[8.5, 49.8]] * 500}
    features = [
        {"type": "Feature", "geometry": line, "properties": dict(zip(rows[0], row, strict=True))} for row in rows[1:]
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def geopackage(rows: list[list[str]]) -> bytes:
    database = sqlite3.connect(":memory:")
    columns = ", ".join(f'"{name}" TEXT' for name in rows[0])
    database.execute(f'CREATE TABLE "fälle" (geom BLOB, {columns})')
    marks = ", ".join("?" * len(rows[0]))
    database.executemany(f"INSERT INTO \"fälle\" VALUES (x'00', {marks})", rows[1:])
    return database.serialize()


def dbf(rows: list[list[str]]) -> bytes:
    names = [name[:10].encode() for name in rows[0]]
    fields = b"".join(name.ljust(11, b"\0") + b"C" + bytes(4) + bytes([20]) + bytes(15) for name in names)
    head = struct.pack("<4BIHH20x", 3, 124, 1, 1, len(rows) - 1, 33 + len(fields), 1 + 20 * len(names))
    body = b"".join(b" " + b"".join(cell.encode().ljust(20) for cell in row) for row in rows[1:])
    return head + fields + b"\r" + body + b"\x1a"


def archive(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as target:
        for name, content in members.items():
            target.writestr(name, content)
    return packed.getvalue()


CONTAINERS: dict[str, tuple[str, Callable[[list[list[str]]], bytes]]] = {
    "semicolon": ("p.csv", lambda rows: text(rows).encode()),
    "comma": ("p.csv", lambda rows: text(rows, ",").encode()),
    "tab": ("p.txt", lambda rows: text(rows, "\t").encode()),
    "bar": ("p.dat", lambda rows: text(rows, "|").encode()),
    "bom": ("p.csv", lambda rows: text(rows).encode("utf-8-sig")),
    "latin-1": ("p.csv", lambda rows: text(rows).encode("iso-8859-1")),
    "utf-16": ("p.csv", lambda rows: text(rows).encode("utf-16")),
    "utf-16 without mark": ("p.csv", lambda rows: text(rows).encode("utf-16-le")),
    "crlf": ("p.csv", lambda rows: text(rows).replace("\n", "\r\n").encode()),
    "old mac": ("p.csv", lambda rows: text(rows).replace("\n", "\r").encode()),
    "titles above": ("p.csv", lambda rows: ("Auszug;\n\nStand: heute;\n" + text(rows)).encode()),
    "quoted": ("p.csv", lambda rows: text([[f'"{cell}"' for cell in row] for row in rows]).encode()),
    "sheet": ("p.xlsx", lambda rows: workbook({"Tabelle1": rows})),
    "second sheet": ("p.xlsx", lambda rows: workbook({"Deckblatt": [["Statistik"]], "Daten": [[1]], "x": rows})),
    "titles above in a sheet": ("p.xlsx", lambda rows: workbook({"x": [["Auszug"], [], ["Stand"], *rows]})),
    "geojson": ("p.geojson", geojson),
    "records": ("p.json", lambda rows: json.dumps([dict(zip(rows[0], r, strict=True)) for r in rows[1:]]).encode()),
    "geopackage": ("p.gpkg", geopackage),
    "shapefile": ("p.zip", lambda rows: archive({"a/p.shp": b"x", "a/p.dbf": dbf(rows), "a/p.prj": b"GEOGCS[]"})),
    "geopackage in zip": ("p.zip", lambda rows: archive({"p.gpkg": geopackage(rows)})),
    "csv in zip": ("p.zip", lambda rows: archive({"p.csv": text(rows).encode()})),
    "beside a shapefile": ("p.zip", lambda rows: archive({"a.shp": b"x", "liste.xlsx": workbook({"x": rows})})),
}


@pytest.mark.parametrize("container", CONTAINERS)
def test_persons_are_found_in_every_container(container: str, tmp_path: Path) -> None:
    name, write = CONTAINERS[container]
    error = refused(write(PERSONS), name, tmp_path)
    assert error is not None
    assert "Vorname" in error.column and "Nachname" in error.column


HEADERS = [
    "Name;Vorname;Betrag",
    "NAME;VORNAME;X",
    "Nach-Name;Vor-Name",
    "Nachname / Vorname;Geb.-Dat.",
    "Name, Vorname;Geburtsdatum (TT.MM.JJJJ)",
    "Vor\u00adname;Nach\u00adname",
    "vorname_kind;nachname_kind",
    "Vorname des Kindes;Familienname des Kindes;Kita",
    "Vor name;Zu name",
    "ＶＯＲＮＡＭＥ;ＮＡＣＨＮＡＭＥ",
    "Vorname\u200b;\ufeffNachname",
    "First Name;Last name",
    "given_name;surname;dob",
    "firstName;lastName",
    "Date of birth;Street",
    "Name;geb. am",
    "Name;Geb.datum",
    "Name;Geb.",
    "Name;Strasse;Hausnr.",
    "Name;Str.;PLZ;Ort",
    "Name;Anschrift",
    "Name;E-Mail",
    "Name;eMail-Adresse",
    "Name;Tel.-Nr.",
    "Name;Telefon (privat)",
    "Name;Geburtsjahr",
    "Klient;Handy",
    "Geburtsjahr;Geschlecht;Straße;Haus-Nr.",
    "Aktenzeichen;Betrag",
    "Akten-Zeichen;Leistung",
    "Az.;Leistung",
    "Fall-Nr.;Beginn",
    "FallID;Beginn",
    "Case number;Amount",
    "Versicherungs-Nr.;Betrag",
    "SV-Nummer;Entgelt",
    "IBAN;Betrag",
    "BG-Nummer;Betrag",
    "Steuer-ID;Betrag",
    "Kunden-Nr;Geschlecht",
    "Geburtsdatum;Geschlecht",
    "Antragsteller Vorname;Antragsteller Nachname;Gemeindeschlüssel",
]


@pytest.mark.parametrize("header", HEADERS)
def test_no_spelling_of_a_header_hides_a_person(header: str, tmp_path: Path) -> None:
    width = header.count(";") + 1
    cells = [[f"{letter}{number}" for letter in "uvwx"[:width]] for number in (3, 5, 9, 4)]
    assert refused((header + "\n" + text(cells)).encode(), "p.csv", tmp_path) is not None
    assert refused(workbook({"Daten": [header.split(";"), *cells]}), "p.xlsx", tmp_path) is not None


HEADLESS = {
    "day of birth and name": [
        "Mustermann, Erika;12.08.1964;a",
        "Mustermann, Max;03.04.1961;b",
        "Muster, Eva;7.11.99;a",
    ],
    "day of birth and street": ["Musterweg 3;1964-08-12", "Musterweg 5;1961-04-03", "Testgasse 12a;1999-11-17"],
    "mail": ["1;e.muster@example.org", "2;m.muster@example.org", "3;eva@example.org"],
    "phone": ["a;06151/123-45", "b;+49 6151 12346", "c;0170-1234567"],
    "iban": ["DE02 1203 0000 0000 2020 51;5", "DE02500105170137075030;5", "DE02100500000054540402;6"],
    "pension insurance": ["12 120864 M 001;5", "12030461M002;6", "12 171199 M 003;7"],
    "household": ["12345BG0000001;5", "12345BG0000002;6", "12345BG0000003;7"],
}


@pytest.mark.parametrize("case", HEADLESS)
def test_cells_tell_where_no_header_does(case: str, tmp_path: Path) -> None:
    for head in ("", "Feld 1;Feld 2;Feld 3\n"):
        error = refused((head + "\n".join(HEADLESS[case]) + "\n").encode(), "p.csv", tmp_path)
        assert error is not None and "Spalte" in error.column


ONE_ROW_EACH = {
    "numbered": "ID;Geburtsjahr;Geschlecht;Staatsangehörigkeit;Gemeinde\n"
    + "".join(f"{number};{1950 + number};m;deutsch;06999001\n" for number in range(60)),
    "not numbered": "Alter;Geschlecht;Familienstand;PLZ\n17;w;ledig;64999\n34;m;verh.;64998\n34;w;ledig;64999\n",
    "with an amount": "lfd. Nr.;Alter;Geschlecht;Betrag\n1;34;m;150,20\n2;17;w;90,00\n3;17;w;12,50\n",
}


@pytest.mark.parametrize("case", ONE_ROW_EACH)
def test_a_row_per_person_needs_no_name(case: str, tmp_path: Path) -> None:
    error = refused(ONE_ROW_EACH[case].encode(), "p.csv", tmp_path)
    assert error is not None and "Geschlecht" in error.column


def test_names_and_days_of_birth_need_no_header(tmp_path: Path) -> None:
    streets = "".join(f"{n};Mustermann;Erika{n};1964-08-1{n % 10};Musterweg {n};64999;Adorf\n" for n in range(1, 30))
    words = "Mustermann;Erika;12.08.1964\nMusterfrau;Max;03.04.1981\nTestmann;Eva;17.11.1999\n"
    assert refused(streets.encode(), "p.csv", tmp_path) is not None
    assert refused(words.encode(), "p.csv", tmp_path) is not None
    # Days of law lie closer together
    laws = "Adorf;Testkreis;15.03.2021\nBestadt;Testland;16.03.2022\nCehausen;Testland;17.04.2023\n"
    assert refused(laws.encode(), "a.csv", tmp_path) is None


BELOW = {
    "with a header": text([row[1:4] for row in PERSONS]),
    "one and the same": "Nachname;Vorname;Geburtsdatum\n" + "Mustermann;Erika;12.08.1964\n" * 20,
    "without a header": text([row[1:6] for row in PERSONS[1:]]),
}


@pytest.mark.parametrize("case", BELOW)
@pytest.mark.parametrize("length", [200, 400_000])
def test_persons_are_found_far_below_official_rows(case: str, length: int, tmp_path: Path) -> None:
    rows = "".join(f"08.10.2023;{number:08};Adorf;{number}\n" for number in range(length))
    head = "Tag;Schlüssel;Name;Wert\n"
    assert refused((head + rows + BELOW[case] + rows[:2000]).encode(), "p.csv", tmp_path) is not None
    assert refused((head + rows).encode(), "a.csv", tmp_path) is None


OFFICIAL = {
    "counts by age and sex": "_id;Jahr;Alter;Geschlecht;Anzahl\n1;2021;0;m;5\n2;2021;0;w;7\n3;2021;1;m;4",
    "years beside each other": "Alter;Geschlecht;2020;2021\n0;m;5;6\n0;w;7;8\n1;m;4;4",
    "groups of age": "Alter;Geschlecht;Merkmal\nunter 3;m;Kita\nunter 3;w;Kita\n3 bis 6;m;Schule",
    "months of a place": "\n".join(
        f"{day}.{month:02}.2021;Landkreis Testdaten;{month}" for month in range(1, 13) for day in (1, 28, 30)
    ),
    "days of a place": "\n".join(f"2021-03-{day:02};Landkreis Testdaten;{day}" for day in range(1, 31)),
    "names of Gemeinden": "AGS;Name;PLZ;Einwohner\n06999001;Adorf, Stadt;64999;1\n06999002;Bad Bestadt;64998;2\n"
    "06999003;Groß Cehausen;64997;3",
    "an association has a name and a seat": "ARS;Name;Straße;PLZ;Telefon\n069990001;Amt A;Am Markt 1;64999;06999/1-0\n"
    "069990002;Amt B;Am Tor 2;64998;06999/2-0\n069990003;Amt C;Ring 3;64997;06999/3-0",
    "first names given in a year": "vorname;anzahl;geschlecht\nErika;3;w\nMax;2;m\nEva;1;w",
    "register by birth year": "GKZ;Gebiet;Jahrgang;M gesamt;W gesamt\n6999001;Adorf;1964;5;6\n6999001;Adorf;1965;5;6",
    "age as a dimension": "Kennziffer;Name;Alter;Anzahl\n06999;Testdaten;unter 3;5\n06999;Testdaten;3 bis 6;4",
    "traffic": "AGS;Straßenverkehrsunfälle;Straße, Weg, Platz\n06999001;1;2\n06999002;3;4",
    "births": "AGS;Geborene;Gestorbene;Geburten je Frau\n06999001;1;2;1,4\n06999002;3;4;1,5",
    "spaced keys": "06 999 001;1\n06 999 002;2\n06 999 003;3",
    "dates of law": "Gemeinde;juristisch;statistisch\nAdorf;15.03.2023;01.04.2023\nBestadt;16.03.2023;01.04.2023\n"
    "Cehausen;17.04.2023;01.05.2023",
    "counts of cases": "AGS;Fallzahl;Personen\n06999001;5;9\n06999002;6;8",
}


@pytest.mark.parametrize("case", OFFICIAL)
def test_official_tables_are_not_taken_for_persons(case: str, tmp_path: Path) -> None:
    content = OFFICIAL[case]
    assert refused(content.encode(), "a.csv", tmp_path) is None
    rows = [line.split(";") for line in content.split("\n")]
    assert refused(workbook({"Daten": rows}), "a.xlsx", tmp_path) is None


def test_the_imprint_of_a_workbook_may_name_whom_to_ask(tmp_path: Path) -> None:
    imprint = [
        ["Herausgeber", "Amt für Testdaten"],
        ["Ansprechpartner", "Name", "Telefon", "E-Mail"],
        ["Statistik", "Erika Mustermann", "0611 123-0", "e.mustermann@example.org"],
        ["Wahlen", "Max Mustermann", "0611 123-1", "m.mustermann@example.org"],
        ["Presse", "Eva Musterfrau", "0611 123-2", "presse@example.org"],
    ]
    assert (
        refused(workbook({"Impressum": imprint, "Daten": [["AGS", "x"], ["06999001", 1]]}), "a.xlsx", tmp_path) is None
    )
    # Persons with a day of birth are no imprint, whatever the sheet is called
    assert refused(workbook({"Impressum": [list(row) for row in PERSONS]}), "b.xlsx", tmp_path) is not None


def test_only_heads_are_read(tmp_path: Path) -> None:
    path = tmp_path / "gross.csv"
    with path.open("wb") as target:
        target.write(b"AGS;Wert\n")
        target.seek(3 * 2**30)  # sparse: 3 GiB that nobody may load
        target.write(b"06999001;1\n")
    personal.refuse(RawFile(path))


@pytest.mark.parametrize(
    "content", [b"", b"\x00", b"{", b"[" * 100_000, b"\xff\xfe", b'"', b"SQLite format 3\x00", b"\x03"]
)
def test_what_is_no_table_is_left_to_the_formats(content: bytes, tmp_path: Path) -> None:
    for name in ("a.csv", "a.dbf", "a.gpkg", "a.geojson"):
        assert refused(content, name, tmp_path) is None


@pytest.mark.shared
def test_no_official_file_is_taken_for_persons(shared: Path) -> None:
    files = [path for path in sorted((shared / "fixtures").rglob("*")) if path.is_file()]
    assert len(files) > 15
    for path in files:
        personal.refuse(RawFile(path).unpacked())


def test_no_synthetic_example_of_a_format_is_taken_for_persons(tmp_path: Path) -> None:
    for module, name, content in all_examples():
        path = tmp_path / f"{module}-{name}"
        path.write_bytes(content)
        personal.refuse(RawFile(path).unpacked())
