"""What a header, and the form of a cell, tell of a column about single persons.

What belongs here: words of headers and forms of cells, one by one. What does not: what several of them say together
(`person_tables`), sentences (`free_text`).
"""

from __future__ import annotations

import re
import unicodedata

HEADER_LENGTH = 60
# Sheets that tell who made a workbook and whom to ask
IMPRINT = re.compile(r"impress|imprint|deckblatt|titel|kontakt|ansprechp|info|erläuterung|hinweis|vorbemerk|inhalt")

# What a header tells of the column, compared as `folded` leaves it and without blanks. Of `name`, `birth` and `number`
# only persons have one; of the others also offices and houses.
HEADERS = {
    "name": "vorname[ns]?|vorundnachname|vorundzuname|zuname|rufname|geburtsname|familienname|nachname|namevorname|"
    "(?:nach|familien|zu)name(?:und)?vorname|vorname(?:und)?(?:nach|familien|zu)?name|namedeskindes|namedermutter|"
    "namedesvaters|namederperson|personenname|firstname|lastname|surname|givenname|forename|familyname|fullname|"
    "maidenname",
    "birth": "geb|geboren|geburtsdatum|geburtsdat|geburtstag|gebdatum|gebdat|gebdt|gebtag|gebam|geborenam|dob|"
    "dateofbirth|birthdate|birthday|gdat|gdatum|bdat|gebd",
    "number": "az|aktz|gz|aktenzeichen|aktennummer|aktennr|geschaeftszeichen|fallnummer|fallnr|fallid|fallkennung|"
    "casenumber|caseid|caseno|versicherungsnummer|versicherungsnr|versichertennummer|versichertennr|versnr|svnummer|"
    "svnr|rvnummer|rvnr|kvnummer|kvnr|vsnr|krankenversicherungsnummer|krankenversichertennummer|"
    "sozialversicherungsnummer|rentenversicherungsnummer|insurancenumber|insuranceno|socialsecuritynumber|ssn|iban|"
    "kontonummer|kontonr|accountnumber|kundennummer|kundennr|customernumber|customerid|clientid|bgnummer|bgnr|"
    "bedarfsgemeinschaftsnummer|nummerderbedarfsgemeinschaft|steuerid|steueridnr|steueridentifikationsnummer|idnr|"
    "idnummer|personenid|personid|personenkennzeichen|personennummer|personalnummer|personalnr|patientennummer|"
    "patientenid|patientid|ausweisnummer|ausweisnr|passnummer|passportnumber|azrnummer|azrnr|schuelernummer|schuelerid|"
    "mitgliedsnummer|mitgliedsnr|matrikelnummer|kdnr|kdnummer|kindid|kindnr|kindnummer|klientid|klientennummer|"
    "klientennr|hilfefallnr|hzenr",
    "contact": "mail|email|mailadresse|emailadresse|emailaddress|tel|telefon|telnr|telefonnummer|telefonnr|handy|"
    "handynummer|handynr|mobil|mobilnummer|mobilnr|mobiltelefon|rufnummer|phone|phonenumber|mobilephone|telephone",
    "address": "str|strasse|strname|strassenname|strasse(?:und)?(?:haus)?(?:nummer|nr)|str(?:haus)?nr|strassehnr|"
    "strassehaus|hausnummer|hausnr|hnr|anschrift|wohnanschrift|meldeanschrift|postanschrift|adresse|wohnadresse|"
    "meldeadresse|postadresse|street|streetname|streetaddress|housenumber|houseno|address|postaladdress",
    "called": "name|namen|person|klient(?:in)?|kunde|kundin|kind|patient(?:in)?|bewohner(?:in)?|mieter(?:in)?",
    "year": "geburtsjahr|gebjahr|birthyear|yearofbirth|jahrgang|alter|age|gebj|geburtsj|yob|geburtsmonat|gebmonat|"
    "gebmon|gebm",
    # Told only where the cells below are names: statistics count them under the same words
    "who": "leistungsberechtigte[rn]?|leistungsempfaenger(?:in|innen)?|leistungsbezieher(?:in)?|hilfeempfaenger(?:in)?|"
    "mitglied(?:er)?|schueler(?:in)?|versicherte[rn]?|antragsteller(?:in)?|pflegebeduerftige[rn]?|auszubildende[rn]?|"
    "betreute[rn]?|betroffene[rn]?|haushaltsvorstand|eltern|elternteil",
}
# Where a person lives and what a person gets: beside a name they tell of a person, alone of nobody
PLACED = re.compile(r"[0-9]{5} [A-ZÄÖÜ][\w.()/ -]+")
HELPED = re.compile(
    r"(?:ALG|Arbeitslosengeld|Bürgergeld|SGB|Sozialhilfe|Grundsicherung|Wohngeld|Pflegegrad|Pflegestufe|AsylbLG|HzE|SPFH|"
    r"BAföG|Kinderzuschlag|Elterngeld|Eingliederungshilfe|Unterhaltsvorschuss|Hilfe zu[rm]?|HLU)\b.{0,40}"
)
HELPED_HEADER = re.compile(
    "bezug|leistung|leistungsart|hilfe|hilfeart.*|massnahme|diagnose|pflegegrad|pflegestufe|foerderbedarf|haushaltsgroesse|"
    "betrag|einkommen|miete|schulden|grad(?:derbehinderung)?|gdb"
)
# Of two kinds: sex, and yes or no
CODES = {*"012mwfd", "ja", "nein", "M", "W", "F"}
HOUSE_NUMBER = re.compile("(?:haus(?:nummer|nr)|hnr|houseno|housenumber).*")
# Beside an address they tell of an office, a polling place or a building, not of who lives there
OFFICE_HEADER = re.compile(
    ".*(?:wahl|stimmbezirk|lokal|einrichtung|schule|kita|traeger|amt|behoerde|gebaeude|standort|oeffnung|bezeichnung).*|"
    "von|bis|bezirk"
)
# What a table with one row per person tells of each even without names, how it numbers them, and what only a table
# that counts persons has
TRAITS = {
    "year": f"{HEADERS['year']}|gj|jg",
    "sex": "geschlecht|geschl|gesch|sex|gender|sexus|mw|mwd",
    "nation": "staats|staat|staatsang|nat|herkunft|staatsangehoerigkeit(?:en)?|nationalitaet|nationality|"
    "citizenship|migrationshintergrund|herkunftsland",
    "status": "familienstand|maritalstatus|religion|konfession|berufsabschluss|schulabschluss",
}
SERIAL = "pid|id|lfd|lfdnr|laufendenr|laufendenummer|nr|nummer|kennung|pseudonym|fall|case|personid"
COUNTED = re.compile(
    "(?:anzahl|wert|value|zahl|count|summe|sum|total|insgesamt|gesamt|bestand|menge|ew|einwohner|bevoelkerung|"
    "population|personen|persons|faelle|fallzahl|quote|anteil|prozent|haeufigkeit).*|n"
)
# Whose it is: before or after such a word
WHOSE = (
    "der|des|von|kind|kindes|mutter|vater|vaters|person|antragsteller|antragstellerin|antragstellers|versicherte|"
    "versicherter|versicherten|klient|klientin|kunde|kundin|patient|patientin|schueler|schuelerin|eltern|"
    "sorgeberechtigte|sorgeberechtigter|ehegatte|partner|bewohner|mieter|wohn|privat|dienstlich|child|mother|father|"
    "client|customer|patients|home|private"
)
# Words and codes of buildings in statistics: Wohngeb., GEB01
NO_HEADER = "wohngeb$|geb[0-9]{2}$"
_HEADERS = {
    kind: re.compile(f"(?!{NO_HEADER})(?:{WHOSE})*(?:{forms})(?:{WHOSE})*(?:ttmmjjjj|jjjjmmtt|[0-9]{{0,2}})")
    for kind, forms in HEADERS.items()
}
TRAIT = {kind: re.compile(f"(?:{WHOSE})*(?:{forms})(?:{WHOSE})*") for kind, forms in TRAITS.items()}
CERTAIN = {"name", "birth", "number"}
AREA_HEADER = re.compile(
    "(?:(?:amtliche[rn]?)?(?:gemeinde|kreis|regional|gebiets)?(?:schluessel|schluesselnummer|kennziffer|kennzahl))|"
    "ags[0-9]?|ars[0-9]?|rs|gkz|satzart"
)

DAY = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](?:\d{4}|\d{2})|(?:18|19|20)\d{2}-?(\d{2})-?(\d{2})(?:[ T][0-9:.]+)?")
MAIL = re.compile(r"[^@\s;,]+@[^@\s;,]+\.[a-zA-Z]{2,}")
PHONE = re.compile(r"(?:\+\d\d|\(0\d+\)|0\d{1,5} ?[/-])[ \d/-]{5,}")
CONTACT = re.compile(rf"{MAIL.pattern}|[+\d][\d ()/-]{{5,}}")
STREET = re.compile(
    r"\w[\w.' -]*(?:str(?:aße|asse|\.)|weg|platz|allee|gasse|ring|damm|ufer|pfad|steig|street|road|lane)"
    r" *\d{1,4} ?[a-z]?",
    re.IGNORECASE,
)
NUMBER = re.compile(
    r"[A-Z]{2}\d{2}(?: ?[0-9A-Z]{4}){3,7}(?: ?[0-9A-Z]{1,3})?"  # IBAN
    r"|\d{2} ?[0-3]\d[01]\d{3} ?[A-Z] ?\d{3}"  # pension insurance: area, day of birth, letter of the name
    r"|\d{5}BG\d{7}"  # a household in the files of a Jobcenter
    r"|[A-Z]\d{9}"  # health insurance
)
PERSON = re.compile(r"[A-ZÄÖÜ][\w'’-]+(?:, ?| )[A-ZÄÖÜ][\w'’-]+(?: [A-ZÄÖÜ][\w'’-]+)?")
# The same with a letter in place of a name: it needs a header that says who
SHORT = re.compile(rf"{PERSON.pattern}|[A-ZÄÖÜ][\w'’-]+,? [A-ZÄÖÜ]\.|[A-ZÄÖÜ]\. ?[A-ZÄÖÜ](?:\.|[\w'’-]+)")
# Two words that name a house or a place
NO_PERSON = re.compile(
    r"(?i)haus|schule|halle|\bkita|kinder|garten|heim\b|kirche|zentrum|\bamt\b|verein|gmbh|straße|\bstr\b|\bstadt\b|"
    r"kreis\b|gemeinde|platz|markt\b|flecken|bezirk|verband|\bbad\b|\bgroß|\bklein|\balt|\bneu|\bober|\bunter|\bsankt|"
    r"\bst\b|gaststätte|feuerwehr|museum|rathaus|turn|sport|bibliothek|bücherei|bundes|hessen|statisti|insgesamt"
)
WORD = re.compile(r"[A-ZÄÖÜ][a-zäöüß'’-]+[0-9]{0,4}")
FIGURE = re.compile(r"-?[0-9][0-9.]*(?:,[0-9]+)?|[-.x/]")
KEY = re.compile(r"(?:0[1-9]|1[0-6])\d{3}(?:\d{3,4}|\d{6,7})?")


def is_person(cell: str) -> bool:
    """Whether a cell looks like the name of a person and not of a place or house."""
    return bool(PERSON.fullmatch(cell) and not NO_PERSON.search(cell))


def told_by(cell: str) -> str | None:
    """What a header tells of its column."""
    if not cell or len(cell) > HEADER_LENGTH:
        return None
    compact = folded(cell)
    return next((kind for kind, form in _HEADERS.items() if form.fullmatch(compact)), None)


def is_day(cell: str) -> bool:
    """Whether a cell is a day of a calendar."""
    return day_and_month(cell) is not None


def day_and_month(cell: str) -> tuple[int, int] | None:
    """Day and month of a cell that is a day, None for others."""
    parts = DAY.fullmatch(cell)
    if not parts:
        return None
    day, month = int(parts[1] or parts[4]), int(parts[2] or parts[3])
    return (day, month) if 1 <= day <= 31 and 1 <= month <= 12 else None


def is_contact(cell: str) -> bool:
    """Whether a cell is a mail address or a telephone number."""
    return bool(MAIL.fullmatch(cell) or (PHONE.fullmatch(cell) and not is_day(cell)))


def folded(text: str) -> str:
    """Small Latin letters and digits only, umlauts as two letters; brackets and what is in them gone."""
    text = unicodedata.normalize("NFKD", re.sub(r"\([^)]*\)|\[[^]]*\]", "", text).casefold())
    text = re.sub("([aou])\u0308", r"\1e", text)
    return re.sub(r"[^a-z0-9]+", "", text)
