"""Files about persons are refused whatever they are packed in, with no word of what they hold; official ones are not.

All persons here are Erika and Max Mustermann; nothing is real.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import sqlite3
import struct
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from openpyxl.comments import Comment

from pipelines.errors import InputError
from pipelines.readers import personal
from pipelines.readers.attributes import ROWS
from pipelines.readers.formats import recognise
from pipelines.readers.rawfile import RawFile
from tests.fixtures.formats import all_examples

PERSONS = [
    ["Nr", "Nachname", "Vorname", "Geburtsdatum", "Straße", "Hausnummer", "Ort"],
    ["1", "Mustermann", "Erika", "12.08.1964", "Musterweg", "3", "Adorf"],
    ["2", "Mustermann", "Max", "03.04.1961", "Musterweg", "3", "Adorf"],
    ["3", "Musterfrau", "Erika", "17.11.1999", "Testgasse", "12a", "Bestadt"],
]
SECRETS = ("Mustermann", "Erika", "1964", "Musterweg", "Testgasse", "51-0")


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


def workbook(sheets: Mapping[str, Sequence[Sequence[object]]]) -> bytes:
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
    "short words": "LFDNR;GESCHL;GEBJ;GEBM;STAATS;PLZ;LEISTUNG\n1;2;1964;8;0;64999;669\n2;1;1963;11;124;64999;220\n"
    "3;2;2004;7;0;64998;410\n",
    "whose": "Nr.;Alter des Kindes;Geschlecht;Hilfeart\n1;10;m;31\n2;14;w;31\n3;6;m;27\n",
    "months of birth": "Kennung;Geburtsmonat;Geschlecht;Kita\nK1;09/2020;w;A\nK2;04/2019;w;A\nK3;01/2019;m;A\n",
    "with a key of the place": "AGS;Alter;Geschlecht;Nationalität\n06999001;80;m;D\n06999001;66;w;D\n06999001;5;m;D\n",
    "with an amount": "lfd. Nr.;Alter;Geschlecht;Betrag\n1;34;m;150,20\n2;17;w;90,00\n3;17;w;12,50\n",
}


@pytest.mark.parametrize("case", ONE_ROW_EACH)
def test_a_row_per_person_needs_no_name(case: str, tmp_path: Path) -> None:
    error = refused(ONE_ROW_EACH[case].encode(), "p.csv", tmp_path)
    assert error is not None and "geschl" in error.column.lower()


def test_names_and_days_of_birth_need_no_header(tmp_path: Path) -> None:
    streets = "".join(f"{n};Mustermann;Erika{n};1964-08-1{n % 10};Musterweg {n};64999;Adorf\n" for n in range(1, 30))
    words = "Mustermann;Erika;12.08.1964\nMusterfrau;Max;03.04.1981\nTestmann;Eva;17.11.1999\n"
    assert refused(streets.encode(), "p.csv", tmp_path) is not None
    assert refused(words.encode(), "p.csv", tmp_path) is not None
    # Days of law lie closer together
    laws = "Adorf;Testkreis;15.03.2021\nBestadt;Testland;16.03.2022\nCehausen;Testland;17.04.2023\n"
    assert refused(laws.encode(), "a.csv", tmp_path) is None


WORDS = {
    "who": "Mitglied;Beitrag\nMustermann, Erika;12\nMuster, Max;12\nMusterfrau, Eva;12\n",
    "who, slashed": "Leistungsberechtigte/r;Ort;Betrag\nErika Mustermann;64999 Adorf;5\nMax Muster;64999 Adorf;6\n",
    "who, shortened": "Schüler;Klasse;Gj\nErika M.;3a;2012\nMax M.;3a;2012\nEva F.;3a;2013\n",
    "number of a child": "Kind-ID;Kita\nK1;A\nK2;A\nK3;B\n",
    "number of a customer": "Kd-Nr.;Träger\n443A1;JC\n443A2;JC\n443A3;JC\n",
    "day of birth without points": "pid;gdat;geschl\n0;19640812;1\n1;19810603;1\n2;19990525;2\n",
    "houses": "AGS;Straße;Hausnummer;Bezug\n06999001;Musterweg;1;Wohngeld\n06999001;Musterweg;2;Wohngeld\n"
    "06999001;Musterweg;3;Wohngeld\n",
    "codes": "v1,v2,v3,v4,v5\n"
    + "".join(f"{n},{n % 2 + 1},{1940 + n * 37 % 70},{n % 3 % 2},64999\n" for n in range(1001, 1013)),
    "sentences": "Datum;Vermerk\n03.05.2023;Frau Mustermann (12.08.1964) wohnt in der Musterstr. 1, 64999 Adorf\n",
    "a sentence": "Vermerk\nErika Mustermann, geb. 12.08.1964\n",
    "lines without columns": "Fallliste\nMustermann, Erika, Musterstr. 1\nMuster, Max, Musterstr. 2\n"
    "Musterfrau, Eva, Musterstr. 3\n",
}


@pytest.mark.parametrize("case", WORDS)
def test_words_of_offices_that_keep_persons(case: str, tmp_path: Path) -> None:
    assert refused(WORDS[case].encode(), "p.csv", tmp_path) is not None


CLIENTS: list[list[str]] = [
    ["Erika Mustermann", "Musterstr. 1", "64999 Adorf", "ALG II"],
    ["Max Mustermann", "Musterstr. 2", "64999 Adorf", "ALG II"],
    ["Eva Musterfrau", "Testgasse 3", "64998 Bestadt", "Wohngeld"],
]
STATISTICS: list[Sequence[object]] = [["Schlüssel", "Name", "Wert"], *([f"{n:08}", "Bad Adorf", n] for n in range(400))]
IN_SHEETS: dict[str, dict[str, Sequence[Sequence[object]]]] = {
    "names and addresses": {"Daten": STATISTICS, "Fälle": CLIENTS},
    "names and places": {"Daten": STATISTICS, "Fälle": [[row[0], row[2]] for row in CLIENTS]},
    "names and benefits": {"Daten": STATISTICS, "Fälle": [[row[0], row[3]] for row in CLIENTS]},
    "clients": {
        "Daten": STATISTICS,
        "Klienten": [["lfd", "Leistungsempfänger"], *([n, r[0]] for n, r in enumerate(CLIENTS))],
    },
    "far below": {"Daten": [*STATISTICS, *CLIENTS]},
    "header far below": {"Daten": [*STATISTICS, *[list(row[1:4]) for row in PERSONS]]},
    "day far below": {"Daten": [*STATISTICS, *[[r[0], dt.date(1964 + n, 8, 12)] for n, r in enumerate(CLIENTS)]]},
    "one cell far below": {"Daten": [*STATISTICS, ["Mustermann, Erika, geb. 12.08.1964, Az. 51-0/22"]]},
    "turned": {"Daten": [list(cells) for cells in zip(*(row[1:4] for row in PERSONS), strict=True)]},
}


@pytest.mark.parametrize("case", IN_SHEETS)
def test_persons_are_found_anywhere_in_a_workbook(case: str, tmp_path: Path) -> None:
    assert refused(workbook(IN_SHEETS[case]), "p.xlsx", tmp_path) is not None
    assert refused(workbook({"Daten": STATISTICS}), "a.xlsx", tmp_path) is None


def test_notes_at_cells_are_looked_through(tmp_path: Path) -> None:
    for note, expected in (("Erika Mustermann, geb. 12.08.1964", True), ("Zahl vorläufig", False)):
        book = openpyxl.Workbook()
        assert book.active is not None
        book.active["A1"].comment = Comment(note, "Amt")
        packed = io.BytesIO()
        book.save(packed)
        assert (refused(packed.getvalue(), "p.xlsx", tmp_path) is not None) is expected


def test_of_many_rows_few_are_judged_and_every_text_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Judging a row or a text costs far more than passing it, so the work must not grow with the rows."""
    rows: list[list[object]] = [[f"{n % 500:08}", f"Adorf {n % 500}", n, n / 7] for n in range(4_000)]
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook({"Daten": rows}))
    judged: list[int] = []
    texts: list[int] = []

    def about(place: str, found: list[list[str]]) -> list[str]:
        judged.append(len(found))
        return []

    def tells(found: pl.Series, **_: bool) -> bool:
        texts.append(found.len())
        return False

    monkeypatch.setattr(personal, "about_persons", about)
    monkeypatch.setattr(personal, "tells_of_persons", tells)
    personal.refuse(RawFile(path))
    assert 0 < sum(judged) <= ROWS
    assert texts == [2 * 500]


def test_remarks_in_attributes_are_looked_through(tmp_path: Path) -> None:
    remark = "Ansprechpartnerin Frau Erika Mustermann, Musterstr. 5, geb. 12.08.1964"
    for last, expected in ((remark, True), ("Frau und Mann", False)):
        rows = [["AGS", "Bemerkung"], *([f"0699900{n}", "keine"] for n in range(9)), ["06999009", last]]
        shapes = {"a.shp": b"x", "a.dbf": dbf([rows[0], [rows[-1][0], last[-20:]]])}
        assert (refused(geojson(rows), "p.geojson", tmp_path) is not None) is expected
        assert (refused(geopackage(rows), "p.gpkg", tmp_path) is not None) is expected
        assert (refused(archive(shapes), "p.zip", tmp_path) is not None) is expected
        assert (
            refused(archive({**shapes, "a.dbf": b"", "n.txt": last.encode()}), "p.zip", tmp_path) is not None
        ) is expected


def test_members_nobody_can_look_through_are_refused_by_kind(tmp_path: Path) -> None:
    for name in ("liste.pdf", "brief.doc", "a/foto.jpg", "innen.zip", "ohne"):
        path = tmp_path / "p.zip"
        path.write_bytes(archive({"a.shp": b"x", name: b"Erika Mustermann"}))
        with pytest.raises(InputError, match="niemand prüfen kann") as raised:
            personal.refuse(RawFile(path))
        assert "Mustermann" not in str(raised.value)
        assert "Datenschutzbeauftragten" in raised.value.remedy
    kinds = {
        "v/dokumentation/vg250.pdf": b"x",
        "anlagen_vg250.pdf": b"x",
        "aktualitaet.txt": b"2021",
        "a.shp.xml": b"<a/>",
    }
    assert refused(archive({"a.shp": b"x", **kinds}), "a.zip", tmp_path) is None


def test_an_unknown_file_comes_with_a_word_on_persons(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Feld;Zeichen\nx;y\n", encoding="utf-8")
    with pytest.raises(InputError, match="kein bekanntes Format") as raised:
        recognise(RawFile(path))
    assert "einzelnen Personen" in raised.value.remedy and "Datenschutzbeauftragten" in raised.value.remedy


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
    "polling places": "Wahllokal;Anschrift\nRathaus Adorf;Hauptstraße 1, 64999 Adorf\n"
    "Bürgerhaus Bestadt;Am Markt 2, 64998 Bestadt\nAlte Schule, Saal;Schulweg 3, 64997 Cehausen",
    "polling places in one cell": "Wahllokal\nRathaus, Hauptstraße 1\nBürgerhaus, Hauptstraße 2\nSchule, Saal, Ring 3",
    "polling places with houses": "AGS;Wahllokal;Straße;Hausnummer\n06999001;Rathaus;Hauptstraße;1\n"
    "06999001;Bürgerhaus;Hauptstraße;2\n06999001;Schule;Schulweg;3",
    "live births": "AGS;Lebendgeb. 31.12.2021;Geb. je Frau\n06999001;5;1,4\n06999002;6;1,5",
    "born until a day": "Merkmal;Wert\nGeborene 31.12.2021;5\nAusländer, geboren im Ausland;6",
    "decisions": "Gemeinde;Quelle\nAdorf;StAnz. 12/2021 S. 5, Az. IV 25-3 vom 12.03.2021\n"
    "Bestadt;StAnz. 13/2021 S. 6, Az. IV 25-4 vom 13.03.2021\nCehausen;GVBl. S. 7, Az. IV 25-5 vom 14.03.2021",
    "whom to ask": "Auskunft\nFrau Erika Mustermann, Tel. 06999/12-0, Hauptstraße 1, 64999 Adorf",
    "numbered years": "id;jahr;art;ags\n" + "\n".join(f"{n};{1950 + n};{n % 2};06999001" for n in range(60)),
    "members": "AGS;Mitglied;Versicherte\n06999001;5;6\n06999002;7;8\n06999003;7;9",
    "benefits": "AGS;Art;Anzahl\n06999001;ALG II;5\n06999001;Wohngeld;6\n06999001;SGB XII;7",
    "names of the recipients counted": "Leistungsberechtigte;Wert\nAusländer insgesamt;5\nDeutsche insgesamt;6",
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


@pytest.mark.parametrize("change", ["", "GEB01", "WOHNGEB", "Wohngeb."])
def test_areas_of_one_day_and_codes_of_buildings_are_no_persons(change: str, tmp_path: Path) -> None:
    places = ("Adorf, Landkreis", "Bestadt, Landkreis", "Cehausen, Landkreis")
    rows = [["time", "key", "name", "code", "value"]]
    rows += [["2021-12-15", f"0699{at}", name, change or "PFL001", str(at)] for at, name in enumerate(places)]
    assert refused(text(rows).encode(), "tabelle.csv", tmp_path) is None
    born = [rows[0], *([f"{1950 + 9 * at}-05-1{at}", *row[1:]] for at, row in enumerate(rows[1:]))]
    assert refused(text(born).encode(), "tabelle.csv", tmp_path) is not None
