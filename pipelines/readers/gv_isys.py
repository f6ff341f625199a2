"""Gemeindeverzeichnis GV-ISys of the Statistisches Bundesamt as workbook, editions from 1983 on.

What belongs here: finding the sheet and its columns by their headings, keys from their parts, the dates of columns,
what must hold in a row. What does not: the same register as fixed-width text (`gv100ad`), workbooks as such.

Source of the format: the workbooks „Auszug aus dem Gemeindeverzeichnis“; their sheets, columns and their order change
over the years, the words above the columns hardly. One row per area, from Land (Satzart 10) to Gemeinde (60); only
Gemeinden carry figures in all known editions. Area in km², population in persons, coordinates in degrees.
The date of a figure is the one in the header above its column; titles are wrong at times.
A cut file shows in the absent notes under the table, in a Kreis without Gemeinde and in male + female ≠ total; a row
lost from the middle of a Kreis cannot be noticed, all others are still right.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import polars as pl

from pipelines.errors import InputError
from pipelines.geography.keys import ags_of_ars, ends_as_kreis, is_outside_kreise, kreis_of, verband_part
from pipelines.readers.csv_text import Complaint
from pipelines.readers.reading import TELL_TIME, Agreed, Format, Reading, Refused, check_agreed, tidy
from pipelines.readers.signs import Signs, cell_values, refuser
from pipelines.readers.text import days
from pipelines.readers.workbook import Workbook, letter, text_of

if TYPE_CHECKING:
    from pipelines.readers.rawfile import RawFile
    from pipelines.readers.workbook import Cell

AGAIN = "Die Datei neu beim Statistischen Bundesamt herunterladen und unverändert einlesen."
SIGNS = Signs(
    "Statistisches Bundesamt",
    # The register lists only areas that exist, so a dash is „nichts vorhanden“, that is exactly zero
    {"-": "zero", "–": "zero", ".": "secret", "x": "not_applicable", "/": "uncertain", "...": "later"},
)
LEVEL = {"10": "land", "20": "regierungsbezirk", "30": "region", "40": "kreis", "50": "verband", "60": "gemeinde"}
GEMEINDE = "60"
# Parts of the key that are filled in a row of each kind; the last three are filled from the left, one more each
PARTS = ("land", "rb", "kreis", "verband", "gemeinde")
FILLED = {"10": 1, "20": 2, "30": 3, "40": 3, "50": 4, "60": 5}
FORMS = {"land": "0[1-9]|1[0-6]", "rb": "[0-9]", "kreis": "[0-9]{2}", "verband": "[0-9]{4}", "gemeinde": "[0-9]{3}"}
JOINED = {2: "10", 3: "20", 4: "30", 5: "40", 9: "50", 8: "60", 12: "60"}
# What stands above a column, without blanks, hyphens, dates and marks of footnotes
HEADINGS = {
    "satzart": "satzart|sa",
    "mark": "text(kenn)?zeichen|tk",
    "land": "land|ld",
    "rb": "rb|regbez|regierungsbezirk",
    "kreis": "kreis|krs|kr",
    "verband": "vb|vg|gemeindeverband|verband|verbandsschlüssel",
    "gemeinde": "gem|gemeinde|gmd",
    "ars": "(amtlicher)?regionalschlüssel(ars|rs)?|ars|rs",
    "ags": "(amtlicher)?gemeindeschlüssel(ags)?|ags",
    "name": "gemeindename",
    "flaeche": "fläche.*",
    "insgesamt": "(bevölkerung|wohnbevölkerung|einwohner)?(insgesamt|zusammen)",
    "maennlich": "(bevölkerung|einwohner)?(männlich|männl|m)",
    "weiblich": "(bevölkerung|einwohner)?(weiblich|weibl|w)",
    "dichte": "(bevölkerung|einwohner)?(je|pro)(qkm|km2?)|bevölkerungsdichte.*",
    "plz": "postleitzahl.*|plz.*",
    "laenge": "(geografische)?läng.*",
    "breite": "(geografische)?breite.*",
}
PEOPLE = ("insgesamt", "maennlich", "weiblich", "dichte")
PERSONS = ("insgesamt", "maennlich", "weiblich")
# A density is printed rounded, the area it comes from too; beyond this share a figure is wrong
DENSITY_SHARE = 0.05
AREA_STEP = 0.005
# Waters and woods outside of all Gemeinden belong to a Kreis or Land in some editions
AREA_SHARE = 0.02
BOX = {"laenge": (5.5, 15.6), "breite": (47.2, 55.2)}
# Without a minute of 60 or more among so many coordinates they are degrees and minutes, not decimals
ENOUGH = 40
_FOOTNOTE = re.compile(r"(?<=[^0-9 ])[0-9]\)|(?<= )[0-9]\)")
_DATE = re.compile(
    r"(gebietsstand|zuordnungsstand|stand)?:?\s*(am|vom)?\s*[0-9]{1,2}\.\s?([0-9]{1,2}\.|[a-zä]+)\s?[0-9]{4}"
)
_BASIS = re.compile(r"(Zensus|Volkszählung|VZ)\s*(?:vom\s*[0-9.]+\s*)?(1970|1987|2011|2022)")


@dataclass(frozen=True)
class Table:
    """The sheet of a workbook that holds the register: its cells, where its header and rows begin, its columns."""

    rows: list[list[Cell]]
    header: int
    first: int
    columns: dict[str, int]
    unread: dict[int, str]
    merged: list[tuple[tuple[int, int], tuple[int, int]]]

    def cell(self, row: int, column: str) -> Cell:
        """A cell of a row counted from 0; empty where the row is short or there is no such column."""
        at = self.columns.get(column, -1)
        cells = self.rows[row]
        return cells[at] if 0 <= at < len(cells) else ""

    def days(self, columns: Sequence[str]) -> list[str]:
        """Days named in the header above these columns, merged cells included."""
        wanted = {self.columns[name] for name in columns if name in self.columns}
        found = [text for row in range(self.header, self.first) for at in wanted for text in self._above(row, at)]
        return list(dict.fromkeys(day for text in found for day in days(text)))

    def all_days(self) -> list[str]:
        """Days named anywhere in the header."""
        texts = [text_of(cell) for row in self.rows[self.header : self.first] for cell in row]
        return list(dict.fromkeys(day for text in texts for day in days(text)))

    def _above(self, row: int, at: int) -> list[str]:
        cells = [(row, at)]
        cells += [start for start, end in self.merged if start[0] <= row <= end[0] and start[1] <= at <= end[1]]
        return [text_of(self.rows[r][c]) for r, c in cells if self.header <= r and c < len(self.rows[r])]


@dataclass(frozen=True)
class Record:
    """One row of the register; `at` counts rows from 0."""

    at: int
    kind: str
    level: str
    key: str
    source_key: str
    name: str


def recognises(file: RawFile) -> bool:
    """Whether a sheet of the workbook has the columns of the register."""
    try:
        if not file.is_workbook:
            return False
        book = Workbook(file)
        return any(_columns(head, start)[0] for sheet in book.names for head, start in _heads(book.head(sheet)))
    except (InputError, ValueError, IndexError):
        return False


def read(file: RawFile, agreed: Agreed) -> Reading:
    """Area, population by sex, density and coordinates of every Gemeinde.

    Raises InputError for keys without their zeros, an incomplete or repeated row, male + female other than the total,
    a density or coordinates that cannot be, an absent date, and whatever contradicts `agreed`. Items: `flaeche` (km2),
    `bevoelkerung` (Personen, dimension GESCHLECHT), `bevoelkerung_je_km2`, `laengengrad` and `breitengrad` (Grad).
    """
    book = Workbook(file)
    complain = book.complain
    table = _table(book)
    records, incomplete, notes_below = _records(table, complain)
    _check_tree(records, complain)
    title = " ".join(text for row in table.rows[: table.header] if (text := _joined(row)))
    basis = _basis(agreed, [title, *notes_below, *map(_joined, table.rows[table.header : table.first])], complain)
    dates, notes = _dates(table, title, agreed, complain)
    frames, refused = _figures(table, records, dates, basis, complain)
    frame = tidy(pl.concat(frames))
    _check_sums(frame, complain)
    check_agreed(frame.filter(pl.col("item") == "bevoelkerung"), agreed, complain)
    return Reading(
        file=file,
        format=FORMAT.key,
        title=title,
        frame=frame,
        stand=dates["gebiet"],
        attribution=" ".join(_copyright(notes_below)) or None,
        notes=(*notes, *notes_below),
        refused=tuple([*_left_out(table, records), *refused, *incomplete]),
    )


def _heads(rows: list[list[Cell]]) -> list[tuple[list[list[Cell]], int]]:
    """Where a header can begin: the first rows that hold a heading of the key and one of the name."""
    for at in range(min(len(rows), 40)):
        words = {_plain(cell) for cell in rows[at]}
        if "satzart" in words or "gemeindename" in words:
            return [(rows[at : at + 12], at)]
    return []


def _plain(cell: object) -> str:
    """A heading without what changes from edition to edition: case, blanks, hyphens, dates, marks of footnotes."""
    text = text_of(cell).lower().replace("²", "2")
    text = re.sub(r"\(jahr\)|amtlicher", "", _DATE.sub("", _FOOTNOTE.sub("", text)))
    return re.sub(r"[^a-zäöüß0-9]", "", text)


def _columns(head: list[list[Cell]], start: int) -> tuple[dict[str, int], dict[int, str]]:
    """Field to column, and the headings of columns that are not read; nothing when it is not this register.

    head: the rows from the first heading on, `start` being the number of the first of them. Raises ValueError for a
    heading above two columns.
    """
    end = next((at for at, row in enumerate(head) if any(_is_key(cell) for cell in row[:12])), len(head))
    width = max((len(row) for row in head[:end]), default=0)
    above = [[_plain(row[at]) for row in head[:end] if at < len(row) and row[at] != ""] for at in range(width)]
    found: dict[str, list[int]] = {
        name: [at for at, words in enumerate(above) if any(re.fullmatch(form, word) for word in words)]
        for name, form in HEADINGS.items()
    }
    if not found["insgesamt"]:
        found["insgesamt"] = [at for at, words in enumerate(above) if "bevölkerung" in words]
    if found["land"] and found["kreis"] and found["gemeinde"]:
        # The joined key is only the heading over its parts
        found["ars"] = found["ags"] = []
    known = (found["gemeinde"] or found["ars"] or found["ags"]) and found["name"] and found["insgesamt"]
    if not known or not found["flaeche"]:
        return {}, {}
    twice = next((name for name, columns in found.items() if len(columns) > 1), None)
    if twice:
        raise ValueError(twice, start + 1, [letter(at) for at in found[twice]])
    columns = {name: at[0] for name, at in found.items() if at}
    unread = {at: " ".join(words) for at, words in enumerate(above) if any(words) and at not in columns.values()}
    return columns, unread


def _is_key(cell: Cell) -> bool:
    """Whether a cell can only stand in a row of the register: a Satzart or a joined key."""
    return bool(re.fullmatch("[1-6]0|[0-9]{8}|[0-9]{12}", text_of(cell)))


def _table(book: Workbook) -> Table:
    """The sheet with the register. Raises InputError when there is none or several, or a heading is ambiguous."""
    found = []
    for sheet in book.names:
        for head, start in _heads(book.head(sheet)):
            try:
                columns, unread = _columns(head, start)
            except ValueError as error:
                _refuse_twice(error, sheet, book.complain)
            if columns:
                found.append((sheet, start, columns, unread))
    if len(found) != 1:
        book.complain(
            "In der Arbeitsmappe steht nicht genau ein Gemeindeverzeichnis.",
            expected="ein Blatt mit Schlüssel, Gemeindename, Fläche und Bevölkerung",
            found=", ".join(sheet for sheet, *_ in found) or f"keines; Blätter: {', '.join(book.names)}",
            remedy="Die Spaltenüberschriften mit der Veröffentlichung vergleichen. " + AGAIN,
        )
    sheet, start, columns, unread = found[0]
    rows = book.rows(sheet)
    for pair in (("maennlich", "weiblich"), ("laenge", "breite")):
        there = [name for name in pair if name in columns]
        if len(there) == 1:
            book.complain(
                "Eine Spalte fehlt.",
                row=start + 1,
                column=next(name for name in pair if name not in columns),
                expected=f"{' und '.join(pair)}, oder keine von beiden",
                found=f"nur {there[0]}",
                remedy=AGAIN,
            )
    lead = columns.get("satzart", columns.get("ags", columns.get("ars", columns.get("land", 0))))
    first = next((at for at in range(start + 1, len(rows)) if _begins(rows[at], lead)), len(rows))
    if first == len(rows):
        book.complain(
            "Unter der Kopfzeile stehen keine Zeilen des Verzeichnisses.",
            row=start + 1,
            column=letter(lead),
            expected="Satzart 10 bis 60 oder ein Schlüssel",
            found="keine",
            remedy=AGAIN,
        )
    return Table(rows, start, first, columns, unread, book.merged(sheet))


def _begins(row: list[Cell], lead: int) -> bool:
    return lead < len(row) and bool(re.fullmatch("[0-9]{1,12}", text_of(row[lead])))


def _refuse_twice(error: ValueError, sheet: str, complain: Complaint) -> NoReturn:
    name, row, letters = error.args
    complain(
        "Zwei Spalten haben dieselbe Überschrift.",
        row=row,
        column=", ".join(letters),
        expected=f"eine Spalte „{name}“ im Blatt „{sheet}“",
        found=f"{len(letters)} Spalten",
        remedy=AGAIN,
    )


def _records(table: Table, complain: Complaint) -> tuple[list[Record], list[Refused], list[str]]:
    """Rows of the register, unpopulated ones without a whole key, and the lines under the table."""
    records, incomplete, below = [], [], []
    for at in range(table.first, len(table.rows)):
        if not any(cell != "" for cell in table.rows[at]):
            continue
        kind = _kind(table, at, complain)
        if kind is None:
            below.append(_joined(table.rows[at]))
        elif kind == GEMEINDE and _is_unkeyed(table, at):
            name = text_of(table.cell(at, "name"))
            incomplete.append(Refused(f"Zeile {at + 1} ({name})", "Schlüssel unvollständig, unbewohnt", 1))
        else:
            records.append(_record(table, at, kind, complain))
    if not below:
        complain(
            "Die Datei ist abgeschnitten: Unter der Tabelle fehlen die Fußnoten.",
            row=len(table.rows),
            expected="Fußnoten und Quellenangabe unter der letzten Zeile",
            found="die Tabelle endet ohne sie",
            remedy=AGAIN,
        )
    return records, incomplete, below


def _kind(table: Table, at: int, complain: Complaint) -> str | None:
    """The Satzart of a row, from the length of its key where the edition has no Satzart; None for a line of text."""
    written = text_of(table.cell(at, "satzart"))
    if written in LEVEL:
        return written
    keyed = [name for name in (*PARTS, "ars", "ags") if _has_digits(table.cell(at, name))]
    if "satzart" in table.columns:
        if not keyed and not re.fullmatch("[0-9]+", written):
            return None
        column, expected, found = "satzart", "10, 20, 30, 40, 50 oder 60", written or "leer"
    else:
        if not keyed:
            return None
        joined = text_of(table.cell(at, "ags" if "ags" in table.columns else "ars"))
        kind = JOINED.get(len(joined)) if joined else _kind_of_parts(keyed)
        if kind:
            return kind
        column, expected, found = keyed[0], "ein Schlüssel mit 2, 3, 4, 5, 8, 9 oder 12 Stellen", joined
    complain(
        "Eine Zeile gehört zu keiner bekannten Art von Gebieten.",
        row=at + 1,
        column=letter(table.columns[column]),
        expected=expected,
        found=found,
        remedy=AGAIN,
    )


def _kind_of_parts(keyed: list[str]) -> str | None:
    return {"gemeinde": "60", "verband": "50", "kreis": "40", "rb": "20", "land": "10"}.get(keyed[-1])


def _has_digits(cell: Cell) -> bool:
    return not isinstance(cell, str) or bool(re.fullmatch(r"\s*[0-9]+\s*", cell))


def _is_unkeyed(table: Table, at: int) -> bool:
    """A Gemeinde nobody lives in and whose key is not complete, as the shared territory with Luxembourg once was."""
    if "gemeinde" not in table.columns:
        return False
    needed = ("land", "rb", "kreis", "gemeinde")
    absent = any(text_of(table.cell(at, name)) == "" for name in needed if name in table.columns)
    return absent and text_of(table.cell(at, "insgesamt")) in ("", "0", "-", "–")


def _record(table: Table, at: int, kind: str, complain: Complaint) -> Record:
    if "gemeinde" in table.columns:
        parts = _parts(table, at, kind, complain)
        source_key = " ".join(part for part in parts if part)
        kreis, verband = "".join(parts[:3]), parts[3]
        key = kreis + parts[4] if kind == GEMEINDE else kreis + verband
    else:
        key, source_key, verband = _joined_key(table, at, kind, complain)
    name = text_of(table.cell(at, "name"))
    mark = text_of(table.cell(at, "mark"))
    # Gemeindefreie Gebiete have text mark 65 or 66, and 9 as first digit where the association would be
    free = kind == GEMEINDE and (mark in ("65", "66") or verband[:1] == "9")
    return Record(at, kind, "gemeindefrei" if free else LEVEL[kind], key, source_key, name)


def _parts(table: Table, at: int, kind: str, complain: Complaint) -> list[str]:
    """The parts of a key, checked one by one; those the row has not are empty."""
    parts = []
    for count, part in enumerate(PARTS, start=1):
        cell = table.cell(at, part)
        form = "[0-9]" if (kind, part) == ("30", "kreis") else FORMS[part]
        wanted = count <= FILLED[kind] and part in table.columns
        # Before associations had keys of four digits, theirs were shorter or absent
        form = f"{form}|[0-9]{{0,3}}" if (kind, part) == (GEMEINDE, "verband") else form
        if not isinstance(cell, str) or not re.fullmatch(form if wanted else "", cell.strip()):
            complain(
                "Ein Schlüssel ist eine Zahl statt Text: Führende Nullen sind verloren."
                if not isinstance(cell, str)
                else "Ein Schlüssel hat nicht die Form, die seine Satzart verlangt.",
                row=at + 1,
                column=letter(table.columns.get(part, table.columns["gemeinde"])),
                expected=f"Text der Form {form} bei Satzart {kind}" if wanted else f"nichts bei Satzart {kind}",
                found=text_of(cell) or "leer",
                remedy=AGAIN,
            )
        parts.append(cell.strip())
    return parts


def _joined_key(table: Table, at: int, kind: str, complain: Complaint) -> tuple[str, str, str]:
    """Key, key as written and key of the association, from columns that hold the key in one piece."""
    cells = {name: table.cell(at, name) for name in ("ars", "ags") if name in table.columns}
    lengths = [length for length, meant in JOINED.items() if meant == kind]
    written = {name: text_of(cell) for name, cell in cells.items() if text_of(cell)}
    for name, text in written.items():
        length = len(text)
        if not isinstance(cells[name], str) or length not in lengths or not re.match(FORMS["land"], text):
            complain(
                "Ein Schlüssel hat nicht die Form, die seine Satzart verlangt.",
                row=at + 1,
                column=letter(table.columns[name]),
                expected="Text mit " + " oder ".join(map(str, lengths)) + f" Stellen bei Satzart {kind}",
                found=text,
                remedy=AGAIN,
            )
    keys = {ags_of_ars(text) if len(text) == 12 else text for text in written.values()}
    if len(keys) != 1:
        complain(
            "Regionalschlüssel und Gemeindeschlüssel einer Zeile nennen verschiedene Gebiete.",
            row=at + 1,
            column=", ".join(letter(table.columns[name]) for name in cells),
            expected="ein Gebiet",
            found=" und ".join(written.values()) or "leer",
            remedy=AGAIN,
        )
    source_key = max(written.values(), key=len)
    return keys.pop(), source_key, verband_part(source_key) if len(source_key) == 12 else ""


def _check_tree(records: list[Record], complain: Complaint) -> None:
    """Every area once, every Kreis with a Gemeinde, every Gemeinde with its Kreis."""
    seen: dict[tuple[str, str], int] = {}
    for record in records:
        first = seen.setdefault((record.kind, record.key), record.at)
        if first != record.at:
            complain(
                "Ein Gebiet steht zweimal im Verzeichnis.",
                row=record.at + 1,
                column="Schlüssel",
                expected=f"jedes Gebiet einmal; zuerst in Zeile {first + 1}",
                found=f"{record.key} ({record.name})",
                remedy=AGAIN,
            )
    kreise = {record.key: record for record in records if record.level == "kreis"}
    inside = {kreis_of(record.key) for record in records if record.kind == GEMEINDE}
    empty = next((record for key, record in kreise.items() if key not in inside), None)
    alone = next(
        (record for record in records if kreise and _needs_kreis(record) and kreis_of(record.key) not in kreise), None
    )
    lost = empty or alone
    if lost:
        complain(
            "Zeilen des Verzeichnisses fehlen.",
            row=lost.at + 1,
            column="Schlüssel",
            expected="zu jedem Kreis seine Gemeinden, zu jeder Gemeinde ihr Kreis",
            found=f"{lost.key} ({lost.name}) ohne " + ("Gemeinde" if empty else "Kreis"),
            remedy=AGAIN,
        )


def _needs_kreis(record: Record) -> bool:
    """A Gemeinde in a Kreis; cities that are Kreise themselves (000) have not always a row as Kreis."""
    return record.kind == GEMEINDE and not ends_as_kreis(record.key) and not is_outside_kreise(record.key)


def _dates(table: Table, title: str, agreed: Agreed, complain: Complaint) -> tuple[dict[str, str], list[str]]:
    """The date of area, population, coordinates and Gebietsstand, and what titles say otherwise.

    A date above the column counts; then the only one in the header; then the title; then what was agreed.
    """
    everywhere, said = table.all_days(), days(title)
    found, notes = {}, []
    for what, columns in {
        "bevoelkerung": PEOPLE,
        "flaeche": ("flaeche",),
        "lage": ("laenge", "breite"),
        "gebiet": (*PARTS, "ars", "ags"),
    }.items():
        own = table.days(columns) or (everywhere if len(everywhere) == 1 else [])
        if what in ("lage", "gebiet") and not own:
            own = [found["bevoelkerung"]]
        own = own or said[:1] or ([agreed.time] if agreed.time else [])
        if len(own) != 1:
            complain(
                "Zu welchem Tag Zahlen gehören, ist nicht eindeutig.",
                row=f"{table.header + 1} bis {table.first}",
                column=", ".join(letter(table.columns[name]) for name in columns if name in table.columns),
                expected="ein Datum über den Spalten",
                found=", ".join(own) or "kein Datum",
                remedy=f"Den Stichtag beim Herausgeber nachlesen und {TELL_TIME.format('2022-12-31')}.",
            )
        found[what] = own[0]
    if said and found["bevoelkerung"] not in said:
        notes.append(f"Der Titel nennt {', '.join(said)}; über den Spalten der Bevölkerung steht der Tag, der gilt.")
    return found, notes


def _basis(agreed: Agreed, texts: list[str], complain: Complaint) -> str | None:
    """The census the population rests on, where the file or the agreement says it; never guessed from the date."""
    said = {f"{'Zensus' if name == 'Zensus' else 'VZ'}{year}" for text in texts for name, year in _BASIS.findall(text)}
    if agreed.basis and said and agreed.basis not in said:
        complain(
            "Die Datei nennt eine andere Volkszählung als der Lieferschein.",
            expected=agreed.basis,
            found=", ".join(sorted(said)),
            remedy="Prüfen, ob es die richtige Ausgabe ist.",
        )
    return agreed.basis or (said.pop() if len(said) == 1 else None)


def _figures(
    table: Table, records: list[Record], dates: dict[str, str], basis: str | None, complain: Complaint
) -> tuple[list[pl.DataFrame], list[Refused]]:
    """One frame per column of figures, and coordinates whose notation is not certain."""
    read = {name: _values(table, records, name, complain) for name in ("flaeche", *PEOPLE) if name in table.columns}
    _check_rows(table, records, read, complain)
    frames, refused = [], []
    for name, values in read.items():
        item, label, dimensions, dimension_labels, unit = _item(table, name)
        frames.append(
            values.with_columns(
                time=pl.lit(dates["flaeche" if name == "flaeche" else "bevoelkerung"]),
                time_kind=pl.lit("stichtag"),
                item=pl.lit(item),
                item_label=pl.lit(label),
                dimensions=pl.lit(dimensions),
                dimension_labels=pl.lit(dimension_labels),
                unit=pl.lit(unit),
                basis=pl.lit(basis if name in PEOPLE else None, dtype=pl.String),
            )
        )
    for name in ("laenge", "breite"):
        if name in table.columns:
            places = _coordinates(table, records, name, complain)
            if isinstance(places, Refused):
                refused.append(places)
            else:
                item = "laengengrad" if name == "laenge" else "breitengrad"
                frames.append(_place_frame(places, item, dates["lage"]))
    return frames, refused


def _item(table: Table, name: str) -> tuple[str, str, str, str, str]:
    if name == "flaeche":
        return "flaeche", "Fläche", "", "", _area_unit(table)
    if name == "dichte":
        return "bevoelkerung_je_km2", "Bevölkerung je km2", "", "", "Personen je km2"
    code, label = {"insgesamt": ("", "insgesamt"), "maennlich": (name, "männlich")}.get(name, (name, "weiblich"))
    return "bevoelkerung", "Bevölkerung", f"GESCHLECHT={code}", f"Geschlecht={label}", "Personen"


def _area_unit(table: Table) -> str:
    at = table.columns["flaeche"]
    above = " ".join(_plain(row[at]) for row in table.rows[table.header : table.first] if at < len(row))
    return "ha" if re.search(r"fläche(in)?ha\b", above) else "km2"


def _values(table: Table, records: list[Record], name: str, complain: Complaint) -> pl.DataFrame:
    """The figures of one column; an empty cell of a Gemeinde is missing, of another level no figure at all."""
    cells = [table.cell(record.at, name) for record in records]
    some = [at for at, cell in enumerate(cells) if text_of(cell) != "" or records[at].kind == GEMEINDE]
    filled = [at for at in some if text_of(cells[at]) != ""]
    column = letter(table.columns[name])
    refuse = refuser(complain, [records[at].at + 1 for at in filled], column, SIGNS)
    values = cell_values([cells[at] for at in filled], SIGNS, refuse).with_columns(
        at=pl.Series(filled, dtype=pl.Int64), status=pl.col("status").fill_null("reported")
    )
    frame = pl.DataFrame(
        {
            "at": some,
            "row": [records[at].at + 1 for at in some],
            "source_key": [records[at].source_key for at in some],
            "key": [records[at].key for at in some],
            "level": [records[at].level for at in some],
            "name": [records[at].name for at in some],
        },
        schema_overrides={"at": pl.Int64, "row": pl.Int64},
    )
    frame = frame.join(values, on="at", how="left", maintain_order="left").drop("at")
    return frame.with_columns(
        place=pl.lit(column), status=pl.col("status").fill_null("missing"), quality=pl.col("quality").fill_null("final")
    )


def _check_rows(table: Table, records: list[Record], read: dict[str, pl.DataFrame], complain: Complaint) -> None:
    """No negative figure, whole persons, male + female = total, and a density that fits the area."""
    for name, values in read.items():
        wrong = pl.col("value") < 0
        if name in PERSONS:
            wrong |= pl.col("value") % 1 != 0
        _refuse_first(
            values.filter(wrong), table, name, "eine ganze Zahl ab 0" if name in PERSONS else "ab 0", complain
        )
    joined = read["insgesamt"].select("row", "key", "name", insgesamt="value")
    for name in ("maennlich", "weiblich", "dichte", "flaeche"):
        if name in read:
            joined = joined.join(read[name].select("row", pl.col("value").alias(name)), on="row", how="left")
    if "maennlich" in read:
        wrong = joined.filter(pl.col("maennlich") + pl.col("weiblich") != pl.col("insgesamt"))
        if wrong.height:
            first = wrong.row(0, named=True)
            complain(
                "Männlich und weiblich ergeben zusammen nicht die Bevölkerung insgesamt.",
                row=first["row"],
                column=", ".join(letter(table.columns[name]) for name in PERSONS),
                expected=f"{first['insgesamt']:.0f} für {first['key']} ({first['name']})",
                found=f"{first['maennlich']:.0f} + {first['weiblich']:.0f}",
                remedy="Prüfen, ob Spalten verschoben sind. " + AGAIN,
            )
    if "dichte" in read and "ha" not in _area_unit(table):
        _check_density(joined, table, complain)


def _check_density(joined: pl.DataFrame, table: Table, complain: Complaint) -> None:
    low = pl.col("insgesamt") / (pl.col("flaeche") + AREA_STEP) * (1 - DENSITY_SHARE) - 1
    high = pl.col("insgesamt") / (pl.col("flaeche") - AREA_STEP) * (1 + DENSITY_SHARE) + 1
    wrong = joined.filter((pl.col("flaeche") > AREA_STEP) & ~pl.col("dichte").is_between(low, high))
    if wrong.height:
        first = wrong.row(0, named=True)
        complain(
            "Fläche, Bevölkerung und Bevölkerung je km² passen nicht zusammen.",
            row=first["row"],
            column=", ".join(letter(table.columns[name]) for name in ("flaeche", "insgesamt", "dichte")),
            expected=f"{first['insgesamt'] / first['flaeche']:.0f} je km² für {first['key']} ({first['name']})",
            found=f"{first['dichte']:g} je km², {first['insgesamt']:g} Personen, {first['flaeche']:g} km²",
            remedy="Prüfen, ob Spalten verschoben sind. " + AGAIN,
        )


def _refuse_first(wrong: pl.DataFrame, table: Table, name: str, expected: str, complain: Complaint) -> None:
    if wrong.height:
        first = wrong.row(0, named=True)
        complain(
            "Eine Zahl kann nicht stimmen.",
            row=first["row"],
            column=letter(table.columns[name]),
            expected=expected,
            found=f"{first['value']:g}",
            remedy=AGAIN,
        )


def _coordinates(
    table: Table, records: list[Record], name: str, complain: Complaint
) -> list[tuple[Record, str, float]] | Refused:
    """Records with their coordinate in degrees; refused where degrees and minutes cannot be told from decimals."""
    # A lone 0 stands for the territory shared with Luxembourg, which has no centre
    filled = [(record, cell) for record in records if text_of(cell := table.cell(record.at, name)) not in ("", "0")]
    # More digits than anyone prints: a float may carry noise behind them
    texts = [f"{cell:.6f}" if isinstance(cell, float) else text_of(cell).replace(",", ".") for _, cell in filled]
    column = letter(table.columns[name])
    for (record, _), text in zip(filled, texts, strict=True):
        if not re.fullmatch(r"[0-9]{1,2}(\.[0-9]+)?", text):
            _refuse_place(record, column, name, text, complain)
    minutes = [int(f"{text.partition('.')[2]:0<2}"[:2]) for text in texts]
    decimal = any(minute >= 60 for minute in minutes)
    whole = all(set(text.partition(".")[2][2:]) <= {"0"} for text in texts)
    if not decimal and (len(texts) < ENOUGH or not whole):
        return Refused(
            f"Koordinaten in Spalte {column}", "ob Dezimalgrad oder Grad und Minuten, ist nicht sicher", len(texts)
        )
    degrees = [
        float(text) if decimal else int(text.partition(".")[0]) + minute / 60
        for text, minute in zip(texts, minutes, strict=True)
    ]
    low, high = BOX[name]
    for (record, _), text, degree in zip(filled, texts, degrees, strict=True):
        if not low <= degree <= high:
            _refuse_place(record, column, name, text, complain)
    return [(record, column, degree) for (record, _), degree in zip(filled, degrees, strict=True)]


def _refuse_place(record: Record, column: str, name: str, found: str, complain: Complaint) -> NoReturn:
    low, high = BOX[name]
    complain(
        "Eine Koordinate liegt nicht in Deutschland.",
        row=record.at + 1,
        column=column,
        expected=f"{low} bis {high} Grad",
        found=f"{found} für {record.key} ({record.name})",
        remedy="Prüfen, ob Längen- und Breitengrad vertauscht sind. " + AGAIN,
    )


def _place_frame(places: list[tuple[Record, str, float]], item: str, time: str) -> pl.DataFrame:
    records = [record for record, _, _ in places]
    return pl.DataFrame(
        {
            "row": [record.at + 1 for record in records],
            "source_key": [record.source_key for record in records],
            "key": [record.key for record in records],
            "level": [record.level for record in records],
            "name": [record.name for record in records],
            "value": [degree for _, _, degree in places],
            "place": [column for _, column, _ in places],
        },
        schema_overrides={"row": pl.Int64, "value": pl.Float64},
    ).select(
        *("row", "source_key", "key", "level", "name", "value"),
        status=pl.lit("reported"),
        quality=pl.lit("final"),
        sign=pl.lit(None, dtype=pl.String),
        place=pl.col("place"),
        time=pl.lit(time),
        time_kind=pl.lit("stichtag"),
        item=pl.lit(item),
        item_label=pl.lit(item.capitalize().replace("Lae", "Lä")),
        dimensions=pl.lit(""),
        dimension_labels=pl.lit(""),
        unit=pl.lit("Grad"),
        basis=pl.lit(None, dtype=pl.String),
    )


def _check_sums(frame: pl.DataFrame, complain: Complaint) -> None:
    """Where an edition prints figures above the Gemeinden, these add up to them: persons exactly, areas nearly."""
    whole = frame.filter(pl.col("item").is_in(("bevoelkerung", "flaeche"))).drop_nulls("value")
    gemeinden = whole.filter(pl.col("level").is_in(("gemeinde", "gemeindefrei"))).with_columns(
        ars=pl.col("source_key").str.replace_all(" ", "")
    )
    for level, digits in {"land": 2, "regierungsbezirk": 3, "region": 4, "kreis": 5, "verband": 9}.items():
        inside = gemeinden.group_by("item", "dimensions", key=pl.col("ars").str.slice(0, digits)).agg(
            sum=pl.col("value").sum()
        )
        both = whole.filter(level=level).join(inside, on=["key", "item", "dimensions"])
        allowed = pl.when(pl.col("item") == "flaeche").then(pl.col("value") * AREA_SHARE + 1).otherwise(0)
        wrong = both.filter((pl.col("sum") - pl.col("value")).abs() > allowed).sort("row", "place")
        if wrong.height:
            first: dict[str, Any] = wrong.row(0, named=True)
            complain(
                "Die Summe der Gemeinden ist nicht die Zahl des Gebiets darüber.",
                row=first["row"],
                column=first["place"],
                expected=f"{first['value']:.12g} für {first['key']} ({first['name']})",
                found=f"{first['sum']:.12g}",
                remedy=AGAIN,
            )


def _left_out(table: Table, records: list[Record]) -> list[Refused]:
    """Levels without any figure, and columns that hold codes or texts."""
    left = []
    for kind, level in LEVEL.items():
        rows = [record for record in records if record.kind == kind]
        if rows and kind != GEMEINDE and not any(text_of(table.cell(r.at, "insgesamt")) for r in rows):
            left.append(Refused(f"Ebene {level}", "die Ebene hat in dieser Ausgabe keine Zahlen", len(rows)))
    if "plz" in table.columns:
        count = sum(text_of(table.cell(record.at, "plz")) != "" for record in records)
        left.append(Refused("Postleitzahl", "Kennung, keine Zahl; nur die des Verwaltungssitzes", count))
    for at, words in table.unread.items():
        count = sum(at < len(table.rows[r.at]) and table.rows[r.at][at] != "" for r in records)
        left.append(Refused(f"Spalte {letter(at)} ({words})", "keine Fläche oder Bevölkerung", count))
    return left


def _copyright(lines: list[str]) -> list[str]:
    """The lines from the © on."""
    start = next((at for at, line in enumerate(lines) if "©" in line), len(lines))
    return lines[start:]


def _joined(row: Sequence[Cell]) -> str:
    return " ".join(text for cell in row if (text := text_of(cell)))


FORMAT = Format(
    "gv_isys", "Gemeindeverzeichnis (GV-ISys), Arbeitsmappe", "Statistisches Bundesamt (Destatis)", recognises, read
)
