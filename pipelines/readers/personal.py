"""Files about single persons, recognised before anything of them is stored, shown or logged.

What belongs here: which headers and cells tell of persons, and a sample of every table a file holds. What does not:
reading a table (the modules of the formats). No message of this module ever repeats a cell below a header. A header
says most; cells speak where there is none. Official tables name Gemeinden, streets, days and, in their imprints,
people to ask: so one sign is enough only where no table of an office has it.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from pipelines.errors import InputError
from pipelines.readers.attributes import COLUMNS, ROWS, of_dbf, of_geopackage, of_json
from pipelines.readers.rawfile import HEAD, RawFile
from pipelines.readers.suspects import suspects
from pipelines.readers.text import any_text
from pipelines.readers.workbook import Workbook, letter, text_of

if TYPE_CHECKING:
    # The name of a sheet or layer, empty where a file is one table, and its first rows
    Table = tuple[str, list[list[str]]]

# How much is looked at: a header may stand below titles
MEMBERS, HEADER_ROWS, HEADER_LENGTH = 50, 25, 60
# So many cells speak for a column
FEW = 3
# Persons of one list are born over more years than dates of law lie apart
GENERATION = 15
# Sheets that tell who made a workbook and whom to ask
IMPRINT = re.compile(r"impress|imprint|deckblatt|titel|kontakt|ansprechp|info|erläuterung|hinweis|vorbemerk|inhalt")

# What a header tells of the column, compared as `_folded` leaves it and without blanks. Of `name`, `birth` and `number`
# only persons have one; of the others also offices and houses.
HEADERS = {
    "name": "vorname[ns]?|vorundnachname|vorundzuname|zuname|rufname|geburtsname|familienname|nachname|namevorname|"
    "(?:nach|familien|zu)name(?:und)?vorname|vorname(?:und)?(?:nach|familien|zu)?name|namedeskindes|namedermutter|"
    "namedesvaters|namederperson|personenname|firstname|lastname|surname|givenname|forename|familyname|fullname|"
    "maidenname",
    "birth": "geb|geboren|geburtsdatum|geburtsdat|geburtstag|gebdatum|gebdat|gebdt|gebtag|gebam|geborenam|dob|"
    "dateofbirth|birthdate|birthday",
    "number": "az|aktz|gz|aktenzeichen|aktennummer|aktennr|geschaeftszeichen|fallnummer|fallnr|fallid|fallkennung|"
    "casenumber|caseid|caseno|versicherungsnummer|versicherungsnr|versichertennummer|versichertennr|versnr|svnummer|"
    "svnr|rvnummer|rvnr|kvnummer|kvnr|vsnr|krankenversicherungsnummer|krankenversichertennummer|"
    "sozialversicherungsnummer|rentenversicherungsnummer|insurancenumber|insuranceno|socialsecuritynumber|ssn|iban|"
    "kontonummer|kontonr|accountnumber|kundennummer|kundennr|customernumber|customerid|clientid|bgnummer|bgnr|"
    "bedarfsgemeinschaftsnummer|nummerderbedarfsgemeinschaft|steuerid|steueridnr|steueridentifikationsnummer|idnr|"
    "idnummer|personenid|personid|personenkennzeichen|personennummer|personalnummer|personalnr|patientennummer|"
    "patientenid|patientid|ausweisnummer|ausweisnr|passnummer|passportnumber|azrnummer|azrnr|schuelernummer|schuelerid|"
    "mitgliedsnummer|matrikelnummer",
    "contact": "mail|email|mailadresse|emailadresse|emailaddress|tel|telefon|telnr|telefonnummer|telefonnr|handy|"
    "handynummer|handynr|mobil|mobilnummer|mobilnr|mobiltelefon|rufnummer|phone|phonenumber|mobilephone|telephone",
    "address": "str|strasse|strname|strassenname|strasse(?:und)?(?:haus)?(?:nummer|nr)|str(?:haus)?nr|strassehnr|"
    "strassehaus|hausnummer|hausnr|hnr|anschrift|wohnanschrift|meldeanschrift|postanschrift|adresse|wohnadresse|"
    "meldeadresse|postadresse|street|streetname|streetaddress|housenumber|houseno|address|postaladdress",
    "called": "name|namen|person|klient(?:in)?|kunde|kundin|kind|patient(?:in)?|bewohner(?:in)?|mieter(?:in)?",
    "year": "geburtsjahr|gebjahr|birthyear|yearofbirth|jahrgang|alter|age",
}
# What a table with one row per person tells of each even without names, how it numbers them, and what only a table
# that counts persons has
TRAITS = {
    "year": HEADERS["year"],
    "sex": "geschlecht|sex|gender",
    "nation": "staatsangehoerigkeit(?:en)?|nationalitaet|nationality|citizenship|migrationshintergrund|herkunftsland",
    "status": "familienstand|maritalstatus|religion|konfession|berufsabschluss|schulabschluss",
}
SERIAL = "id|lfd|lfdnr|laufendenr|laufendenummer|nr|nummer|kennung|pseudonym|fall|case|personid"
COUNTED = re.compile(
    "(?:anzahl|wert|value|zahl|count|summe|sum|total|insgesamt|gesamt|bestand|menge|ew|einwohner|bevoelkerung|"
    "population|personen|persons|faelle|fallzahl|quote|anteil|prozent|haeufigkeit|n).*"
)
# Whose it is: before or after such a word
WHOSE = (
    "der|des|von|kind|kindes|mutter|vater|vaters|person|antragsteller|antragstellerin|antragstellers|versicherte|"
    "versicherter|versicherten|klient|klientin|kunde|kundin|patient|patientin|schueler|schuelerin|eltern|"
    "sorgeberechtigte|sorgeberechtigter|ehegatte|partner|bewohner|mieter|wohn|privat|dienstlich|child|mother|father|"
    "client|customer|patients|home|private"
)
_HEADERS = {
    kind: re.compile(f"(?:{WHOSE})*(?:{forms})(?:{WHOSE})*(?:ttmmjjjj|jjjjmmtt|[0-9]{{0,2}})")
    for kind, forms in HEADERS.items()
}
_TRAITS = {kind: re.compile(forms) for kind, forms in TRAITS.items()}
_CERTAIN = {"name", "birth", "number"}
_AREA_HEADER = re.compile(
    "(?:(?:amtliche[rn]?)?(?:gemeinde|kreis|regional|gebiets)?(?:schluessel|schluesselnummer|kennziffer|kennzahl))|"
    "ags[0-9]?|ars[0-9]?|rs|gkz|satzart"
)

_DAY = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](?:\d{4}|\d{2})|(?:18|19|20)\d{2}-(\d{2})-(\d{2})(?:[ T][0-9:.]+)?")
_MAIL = re.compile(r"[^@\s;,]+@[^@\s;,]+\.[a-zA-Z]{2,}")
_PHONE = re.compile(r"(?:\+\d\d|\(0\d+\)|0\d{1,5} ?[/-])[ \d/-]{5,}")
_CONTACT = re.compile(rf"{_MAIL.pattern}|[+\d][\d ()/-]{{5,}}")
_STREET = re.compile(
    r"\w[\w.' -]*(?:str(?:aße|asse|\.)|weg|platz|allee|gasse|ring|damm|ufer|pfad|steig|street|road|lane)"
    r" *\d{1,4} ?[a-z]?",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"[A-Z]{2}\d{2}(?: ?[0-9A-Z]{4}){3,7}(?: ?[0-9A-Z]{1,3})?"  # IBAN
    r"|\d{2} ?[0-3]\d[01]\d{3} ?[A-Z] ?\d{3}"  # pension insurance: area, day of birth, letter of the name
    r"|\d{5}BG\d{7}"  # a household in the files of a Jobcenter
    r"|[A-Z]\d{9}"  # health insurance
)
_PERSON = re.compile(r"[A-ZÄÖÜ][\w'’-]+(?:, ?| )[A-ZÄÖÜ][\w'’-]+(?: [A-ZÄÖÜ][\w'’-]+)?")
_WORD = re.compile(r"[A-ZÄÖÜ][a-zäöüß'’-]+[0-9]{0,4}")
_FIGURE = re.compile(r"-?[0-9][0-9.]*(?:,[0-9]+)?|[-.x/]")
_KEY = re.compile(r"(?:0[1-9]|1[0-6])\d{3}(?:\d{3,4}|\d{6,7})?")


def refuse(file: RawFile) -> None:
    """Raise InputError for a file with a table about single persons; the message names columns, never a cell.

    Looks at the head of every table the file holds: text with any separator, all sheets, attributes of geometry, the
    members of an archive; in text also at lines anywhere that may tell of persons. Raises InputError for a damaged
    container too.
    """
    for table, rows in _tables(file):
        columns = _about_persons(table, [[_plain(cell) for cell in row[:COLUMNS]] for row in rows])
        if columns:
            raise InputError(
                "Die Datei enthält Angaben zu einzelnen Personen und wird nicht angenommen.",
                file=file.path,
                row="alle",
                column=(f"{table}: " if table else "") + ", ".join(columns),
                expected="Zahlen je Gebiet, ohne Namen, Geburtstage, Anschriften und Aktenzeichen",
                found="Angaben je Person (Inhalte werden hier nicht gezeigt)",
                remedy="Die Datei nicht in den Ordner der Daten legen und nicht weitergeben; bei der liefernden Stelle "
                "eine Auswertung ohne Angaben zu Personen anfordern und den Datenschutz fragen.",
            )


def _about_persons(table: str, rows: list[list[str]]) -> list[str]:
    """What to call the columns that tell of persons; empty for a table that is not about persons."""
    imprint = bool(IMPRINT.search(table.lower()))
    for at, header in enumerate(rows[:HEADER_ROWS]):
        told = {column: kind for column, cell in enumerate(header) if (kind := _told_by(cell))}
        if told:
            below = rows[at + 1 :]
            told = {column: kind for column, kind in _told_by_cells(below).items()} | told
            if _enough(told, header, below, imprint):
                return [_called(header, column) for column in sorted(told)]
        traits = _one_row_each(header, rows[at + 1 :])
        if traits:
            return traits
    told = _told_by_cells(rows)
    if _enough(told, [], rows, imprint) or (_has_names(rows) and not _has_area_keys([], rows)):
        return [_called([], column) for column in sorted(told)] or ["alle"]
    return []


def _one_row_each(header: list[str], below: list[list[str]]) -> list[str]:
    """Headers of a table with one row per person and no names: year of birth beside other traits, and no counts."""
    names = [_folded(cell) for cell in header]
    traits = {at: kind for at, name in enumerate(names) for kind, form in _TRAITS.items() if form.fullmatch(name)}
    if not {"year", "sex"} <= set(traits.values()) or any(COUNTED.fullmatch(name) for name in names):
        return []
    # Tables of figures give ages as groups or once for all of an age; persons have one year each
    years = [cell for at, kind in traits.items() if kind == "year" for cell in _cells(below, at)]
    if len(below) < FEW or len(years) < FEW or not _most(years, re.compile("[0-9]{1,4}").fullmatch):
        return []
    serials = [at for at, name in enumerate(names) if re.fullmatch(SERIAL, name)]
    numbered = any(len(set(cells := _cells(below, at))) == len(cells) >= FEW for at in serials)
    others = [at for at in range(len(names)) if at not in traits and at not in serials]
    places = re.compile(f"{_AREA_HEADER.pattern}|plz|postleitzahl")
    figures = [at for at in others if not places.fullmatch(names[at]) and _are_figures(_cells(below, at))]
    return [header[at] for at in sorted(traits)] if numbered or not figures else []


def _are_figures(cells: list[str]) -> bool:
    """Whether a column holds figures, and neither keys, postal codes nor one year for all."""
    return len(set(cells)) > 1 and _most(cells, _FIGURE.fullmatch) and not _most(cells, _KEY.fullmatch)


def _has_names(rows: list[list[str]]) -> bool:
    """Whether rows without a header are names of one word each beside days over many years."""
    width = range(max((len(row) for row in rows), default=0))
    columns = [cells for column in width if len(cells := _cells(rows, column)) >= FEW]
    words = [cells for cells in columns if _most(cells, _WORD.fullmatch) and len(set(cells)) > 1]
    days = [cells for cells in columns if _most(cells, _is_day) and len(set(cells)) >= 0.6 * len(cells)]
    born = [cells for cells in days if not _are_days_of_offices(cells) and _years(cells) >= GENERATION]
    return len(words) > 1 and bool(born)


def _years(cells: list[str]) -> int:
    """Years between the first and the last day."""
    found = [int(year) for cell in cells for year in re.findall("(?:18|19|20)[0-9]{2}", cell)]
    return max(found, default=0) - min(found, default=0)


def _enough(told: dict[int, str], header: list[str], below: list[list[str]], imprint: bool) -> bool:
    """Whether what the columns tell says, together, that a row is a person."""
    kinds = set(told.values())
    if len(kinds & _CERTAIN) > 1 or (kinds & {"birth", "number"} and "called" in kinds):
        return True
    if imprint:
        return False
    names = sum(kind in ("name", "called") for kind in told.values())
    if (kinds & _CERTAIN and kinds & {"contact", "address"}) or ("name" in kinds and (names > 1 or "year" in kinds)):
        return True
    if any(_differs(below, column) for column, kind in told.items() if kind in ("birth", "number")):
        return True
    if _has_area_keys(header, below):
        return False
    beside = kinds & {"contact", "address", "year"}
    # A name of an area comes again for every age of its people
    if beside == {"year"} and not all(
        _differs(below, column, 0.6) for column, kind in told.items() if kind == "called"
    ):
        return False
    contacts = [_cells(below, column) for column, kind in told.items() if kind == "contact"]
    return bool(("called" in kinds and beside) or len(beside) > 1) or any(
        len(cells) >= FEW and _most(cells, _CONTACT.fullmatch) for cells in contacts
    )


def _told_by(cell: str) -> str | None:
    """What a header tells of its column."""
    if not cell or len(cell) > HEADER_LENGTH:
        return None
    compact = _folded(cell)
    return next((kind for kind, form in _HEADERS.items() if form.fullmatch(compact)), None)


def _told_by_cells(rows: list[list[str]]) -> dict[int, str]:
    """What cells tell of their columns by form alone; columns that repeat themselves tell nothing."""
    tests = {"birth": _is_day, "contact": _is_contact, "number": _NUMBER.fullmatch, "address": _STREET.fullmatch}
    told: dict[int, str] = {}
    for column in range(max((len(row) for row in rows), default=0)):
        cells = _cells(rows, column)
        kind = next((kind for kind, test in tests.items() if _most(cells, test)), None)
        # People share days of birth, of one year at least
        if len(cells) < FEW or len(set(cells)) < (0.3 if kind == "birth" else 0.6) * len(cells):
            continue
        if kind and not (kind == "birth" and _are_days_of_offices(cells)):
            told[column] = kind
        elif kind is None and _most(cells, _PERSON.fullmatch):
            told[column] = "called"
    # Two words may be anything; beside a day or a number of its own they are a name, and so is a day beside a name
    kinds = set(told.values())
    weak = {"called"} if not kinds & {"birth", "number"} else set()
    weak |= {"birth"} if not kinds - {"birth"} else set()
    return {column: kind for column, kind in told.items() if kind not in weak}


def _has_area_keys(header: list[str], rows: list[list[str]]) -> bool:
    """Whether every row is an area of its own: a table of offices or places, not of persons."""
    for column in range(max((len(row) for row in rows), default=0)):
        cells = _cells(rows, column)
        named = column < len(header) and _AREA_HEADER.fullmatch(_folded(header[column]))
        if cells and len(set(cells)) > 0.9 * len(cells) and (named or _most(cells, _KEY.fullmatch)):
            return True
    return False


def _differs(rows: list[list[str]], column: int, share: float = 0.3) -> bool:
    """Whether the cells of a column are other ones in a share of the rows."""
    cells = _cells(rows, column)
    return bool(cells) and len(set(cells)) >= share * len(cells)


def _most(cells: list[str], test: Callable[[str], Any]) -> bool:
    return sum(bool(test(cell)) for cell in cells) >= 0.7 * len(cells)


def _cells(rows: list[list[str]], column: int) -> list[str]:
    return [row[column] for row in rows if column < len(row) and row[column]]


def _is_day(cell: str) -> bool:
    return _day_and_month(cell) is not None


def _day_and_month(cell: str) -> tuple[int, int] | None:
    parts = _DAY.fullmatch(cell)
    if not parts:
        return None
    day, month = int(parts[1] or parts[4]), int(parts[2] or parts[3])
    return (day, month) if 1 <= day <= 31 and 1 <= month <= 12 else None


def _are_days_of_offices(cells: list[str]) -> bool:
    """Statistics are of the first or last day of a month; people are born on any."""
    days = [found[0] for cell in cells if (found := _day_and_month(cell))]
    return sum(1 < day < 28 for day in days) < 0.5 * len(days)


def _is_contact(cell: str) -> bool:
    return bool(_MAIL.fullmatch(cell) or (_PHONE.fullmatch(cell) and not _is_day(cell)))


def _folded(text: str) -> str:
    """Small Latin letters and digits only, umlauts as two letters; brackets and what is in them gone."""
    text = unicodedata.normalize("NFKD", re.sub(r"\([^)]*\)|\[[^]]*\]", "", text).casefold())
    text = re.sub("([aou])\u0308", r"\1e", text)
    return re.sub(r"[^a-z0-9]+", "", text)


def _plain(cell: object) -> str:
    return text_of(cell)[:500]


def _called(header: list[str], column: int) -> str:
    """The header where it is one; else the place, because what stands there may be the cell of a person."""
    known = column < len(header) and _told_by(header[column])
    return header[column] if known else f"Spalte {letter(column)}"


def _tables(file: RawFile) -> Iterator[Table]:
    """The first rows of every table in the file."""
    if file.is_workbook:
        yield from _sheets(file)
    elif file.is_zip:
        for info in file.members[:MEMBERS]:
            yield from _member(file, info)
    elif file.is_geopackage:
        yield from of_geopackage(file)
    elif file.name.lower().endswith(".dbf"):
        yield file.name, of_dbf(file.head)
    elif file.head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        yield "", of_json(file)
    else:
        yield from _lines(_whole_lines(file.head))
        for found in suspects(file):
            yield from _lines(found)


def _member(file: RawFile, info: zipfile.ZipInfo) -> Iterator[Table]:
    """A member is known by its head; a workbook or database inside an archive only as a whole."""
    head = file.head_of(info)
    whole = RawFile(file.path, head, info.filename)
    if whole.is_zip or whole.is_geopackage or whole.is_ole:
        whole = RawFile(file.path, file.read(info), info.filename)
        # An archive in an archive is nothing that is read
        if whole.is_zip and not whole.is_workbook:
            return
    for table, rows in _tables(whole):
        yield f"{whole.name} {table}".strip(), rows


def _sheets(file: RawFile) -> Iterator[Table]:
    book = Workbook(file)
    for sheet in book.names:
        yield sheet, [[text_of(cell) for cell in row] for row in book.head(sheet, ROWS)]


def _whole_lines(head: bytes) -> str:
    text = any_text(head)
    return text[: text.rfind("\n")] if len(head) == HEAD else text


def _lines(text: str) -> Iterator[Table]:
    """Text, by every separator that makes more than one column of it."""
    for separator in (";", ",", "\t", "|"):
        try:
            rows = list(islice(csv.reader(io.StringIO(text, newline=""), delimiter=separator), ROWS))
        except csv.Error:
            continue
        if any(len(row) > 1 for row in rows):
            yield "", rows
