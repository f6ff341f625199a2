"""Results of elections as the statistical office of Hesse publishes them, from the Land down to the Stimmbezirk.

What belongs here: the CSV of the results pages (Landtagswahl; Bundestags-, Europa- and Kommunalwahl have the same first
columns and other votes), its levels, its sums. What does not: turnout below the Gemeinde. There is none: the voters of
an Urnenbezirk lack those who voted by post, whose Briefwahlbezirk has no eligible voters. It is neither read nor made.

Source of the format: https://statistik.hessen.de, Wahlen. The published file has one or two lines above its header (a
title, with `Stand`; or party and kind of vote in two lines) and percentages beside the votes; a cut of it may have
neither. Keys have 11 digits, Wahlkreis, key of the HSL and 00. Where there are no Wahlkreise (Europa- and
Kommunalwahl) 000 stands for them, or nothing (8 digits), or the 06 of the Land before the key (an AGS).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from pipelines.geography.keys import (
    HESSE,
    areas_of_hsl,
    hsl_of_election,
    hsl_of_elections,
    hsl_within,
    wahlkreis_of_election,
)
from pipelines.readers import delimited
from pipelines.readers.csv_text import Complaint
from pipelines.readers.delimited import ROW, SHOWN
from pipelines.readers.reading import (
    COMPARE,
    NOTHING_AGREED,
    TELL_TIME,
    Agreed,
    Format,
    Reading,
    Refused,
    check_agreed,
    tidy,
)
from pipelines.readers.signs import HSL, refuser, values
from pipelines.readers.text import AGAIN, days, shape, slug

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.readers.rawfile import RawFile

MARK = ";"
HEADER_WITHIN = 5
# What describes a row: the names used here, and how editions write them
ABOUT = {
    "schluessel": ("Gebietsschlüssel", "Gebietsschluessel"),
    "bezeichnung": ("Gebietsbezeichnung",),
    "typ": ("Gebietstyp",),
    "nummer": ("Wahlbezirksnummer",),
    "lokal": ("Wahllokal",),
    "ags": ("ags", "AGS"),
    "bezirke": ("Anzahl Wahlbezirke",),
    "ausgezaehlt": ("Anzahl Wahlbezirke ausgezählt",),
}
# A key of 11 digits in the other ways it is written where an election has no Wahlkreise
KEYS = {"11 Ziffern": "^([0-9]{11})$", "8 Ziffern": "^((?:[1-9][0-9]{5}|000000)00)$", "AGS": "^06([0-9]{6})$"}
NEEDED = ("schluessel", "bezeichnung", "typ", "wahlberechtigte", "waehler")
# Persons behind the votes: item, unit, and how editions write the column
PERSONS = {
    "wahlberechtigte": ("Wahlberechtigte", "Wahlberechtigte insgesamt"),
    "wahlberechtigte_ohne_sperrvermerk": ("Wahlberechtigte ohne Sperrvermerk",),
    "wahlberechtigte_mit_sperrvermerk": ("Wahlberechtigte mit Sperrvermerk",),
    "waehler": ("Wählerinnen und Wähler", "Wähler", "Wählende", "Wähler/-innen", "Wähler insgesamt"),
    "waehler_mit_wahlschein": (
        "Wählerinnen und Wähler mit Wahlschein",
        "Wähler mit Wahlschein",
        "Wählende mit Wahlschein",
        "Wähler/-innen mit Wahlschein",
    ),
}
# Those a rule of the election puts on the list late; laws are shortened as LWO, BWO, KWO, EuWO
BY_LAW = re.compile(
    r"Wahlberechtigte nach § ?[0-9]+[a-z]? ?(?:\([0-9]\)|(?:Abs\.|Absatz) ?[0-9]) ?(?:[A-ZÄÖÜ][a-zäöü]*){2,}"
)
TURNOUT = "Wahlbeteiligung"
VOTES = re.compile(
    r"(?P<party>.+) (?P<kind>Landesstimmen|Wahlkreisstimmen|Erststimmen|Zweitstimmen|Stimmen|Stimmzettel)"
)
VALID, INVALID = "gültige", "ungültige"
BALLOTS = "Stimmzettel"
# Names that need no kind of vote above them
KNOWN = {written for names in (*ABOUT.values(), *PERSONS.values()) for written in names} | {TURNOUT}
# Left out: shares of the votes beside them, state of the count, names of candidates, where a Bezirk was counted
ASIDE = re.compile(
    r".*(?:\(%\)|%| in Prozent)$|letzte Änderung|freigegeben|(?:Nummer|Name) aufnehmender Wahlbezirk"
    r"|Aufnahme Wahlbezirk|Wahlkreis gewonnen.*|Stand|Zeitstempel"
)
ELECTIONS = {
    "Landtagswahl": "landtagswahl",
    "Bundestagswahl": "bundestagswahl",
    "Europawahl": "europawahl",
    "Kreistagswahl": "kreistagswahl",
    "Gemeindewahl": "gemeindewahl",
    "Gemeindevertretungswahl": "gemeindewahl",
    "Stadtverordnetenwahl": "gemeindewahl",
    "Kommunalwahl": "kommunalwahl",
}
KINDS = {"Landesstimmen": "landtagswahl", "Zweitstimmen": "bundestagswahl"}
TYPES = ("LD", "WK", "LK", "KS", "VF", "SB")
POSTAL = re.compile(r"9[0-9]{4}")
FINAL, PROVISIONAL = "final", "provisional"


@dataclass(frozen=True)
class Column:
    """A column with figures: its name in the file, the item it becomes, its unit, and for votes their kind."""

    name: str
    item: str
    unit: str
    kind: str | None = None

    @property
    def is_party(self) -> bool:
        """Whether the column counts votes for one proposal."""
        return self.kind is not None and not self.name.startswith((VALID, INVALID))


def recognises(file: RawFile) -> bool:
    """Whether one of the first lines names the columns every edition has."""
    head = file.head
    try:
        text = head.decode()
    except UnicodeDecodeError:
        text = head.decode("iso-8859-1")
    return any(_is_header(delimited.names(line, MARK)) for line in text.split("\n")[:HEADER_WITHIN])


def read(file: RawFile, agreed: Agreed = NOTHING_AGREED) -> Reading:
    """Eligible voters, voters and votes of all areas; turnout down to the Gemeinde; keys as `areas_of_hsl` gives them.

    A Stimmbezirk has the key `05143202300-00005`: key of the Gemeinde in its Wahlkreis and number of the Bezirk. A file
    that does not call itself final is provisional. Raises InputError for an unknown column, type, key or sign, for sums
    that do not hold, for a turnout of a Stimmbezirk or above 100, and for a day of the election nobody names.
    """
    complain = Complaint(file)
    lines = delimited.table(file, MARK, complain)
    at, names, title = _header(lines, complain)
    raw = _table(lines[at + 1 :], names, complain)
    columns, left = _columns(names, raw, complain)
    long = _figures(raw, columns, complain)
    counts = _wide(raw, long, columns)
    _check_rows(counts, columns, complain)
    raw = _districts(raw, counts, complain)
    raw = _with_wahlkreis(raw, complain)
    _check_keys(raw, complain)
    areas = _areas(raw, complain)
    _check_sums(raw, counts, columns, complain)
    _check_turnout(raw, counts, complain)
    election = _election(title, columns)
    time, kind = _time(title, agreed, complain)
    quality = FINAL if re.search(r"(?<!nicht )endgültig", title, re.IGNORECASE) else PROVISIONAL
    frame = tidy(_tidied(areas, long, columns, time, kind, quality))
    # The time is compared above: a year and a day of that year do not contradict each other
    check_agreed(frame, replace(agreed, time=None), complain, election)
    notes = (
        []
        if re.search("(?:vorläufig|endgültig)", title, re.IGNORECASE)
        else ["Die Datei sagt nicht, ob das Ergebnis endgültig ist; es gilt als vorläufig."]
    )
    return Reading(
        file=file,
        format=FORMAT.key,
        title=title or "Wahlergebnisse Hessen",
        code=election,
        stand=next(iter(days(title.partition("Stand")[2])), None),
        frame=frame,
        attribution="Der Landeswahlleiter für Hessen / Hessisches Statistisches Landesamt, ‹Wahl›, "
        + ("endgültiges Ergebnis" if quality == FINAL else "vorläufiges Ergebnis"),
        notes=tuple(notes),
        refused=tuple(left),
    )


FORMAT = Format("wahlen", "Wahlergebnisse Hessen (CSV)", "Hessisches Statistisches Landesamt", recognises, read)


def _is_header(names: Sequence[str]) -> bool:
    return "Gebietstyp" in names and any(name in names for name in ABOUT["schluessel"])


def _header(lines: list[tuple[int, list[str]]], complain: Complaint) -> tuple[int, list[str], str]:
    """Position and names of the header, and the title above it.

    Names that stand in two lines are put together, whichever of party and kind of vote is above; what of the upper line
    belongs to no name is the title.
    """
    at = next((at for at, (_, cells) in enumerate(lines[:HEADER_WITHIN]) if _is_header(cells)), None)
    if at is None:
        complain(
            "Die Kopfzeile ist keine von Wahlergebnissen.",
            row=1,
            column="Gebietsschlüssel, Gebietstyp",
            expected=f"Gebietsschlüssel, Gebietsbezeichnung, Gebietstyp in einer der ersten {HEADER_WITHIN} Zeilen",
            found="keine solche Zeile",
            remedy=AGAIN,
        )
    cells = lines[at][1]
    above = lines[at - 1][1] if at and len(lines[at - 1][1]) == len(cells) else [""] * len(cells)
    names: list[str] = []
    group, used = "", set()
    for upper, lower in zip(above, cells, strict=True):
        group = upper or group
        kind_above = VOTES.fullmatch(f"- {group}") and not (lower in KNOWN or ASIDE.fullmatch(lower))
        together = f"{lower} {group}" if kind_above else f"{group} {lower}"
        if group and (kind_above or cells.count(lower) > 1 or lower in KINDS):
            used.add(group)
            names.append(together)
        else:
            names.append(lower)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        complain(
            "Die Kopfzeile nennt eine Spalte mehrfach oder gar nicht.",
            row=lines[at][0],
            column=", ".join(name or "ohne Namen" for name in twice),
            expected="verschiedene Namen",
            found=MARK.join(cells)[:SHOWN],
            remedy=AGAIN,
        )
    return at, names, " ".join(cell for _, row in lines[:at] for cell in row if cell and cell not in used)


def _table(lines: list[tuple[int, list[str]]], names: list[str], complain: Complaint) -> pl.DataFrame:
    """All rows as text with `ROW`; columns that describe a row under the names used here."""
    if not lines:
        complain(
            "Die Datei hat eine Kopfzeile, aber keine Zeilen.",
            row=2,
            expected="mindestens eine Datenzeile",
            found="keine",
            remedy=AGAIN,
        )
    for row, cells in lines:
        if len(cells) != len(names):
            complain(
                "Eine Zeile hat nicht so viele Zellen wie die Kopfzeile.",
                row=row,
                expected=f"{len(names)} Zellen",
                found=f"{len(cells)} Zellen",
                remedy="Die Datei ist beschädigt oder abgeschnitten. " + AGAIN,
            )
    own = {written: name for name, all_written in ABOUT.items() for written in all_written}
    data = {own.get(name, name): [cells[at] for _, cells in lines] for at, name in enumerate(names)}
    return pl.DataFrame({ROW: [row for row, _ in lines], **data}, schema_overrides={ROW: pl.Int64})


def _columns(names: list[str], raw: pl.DataFrame, complain: Complaint) -> tuple[list[Column], list[Refused]]:
    """Every column of the header is a figure, about its row, or left out for a reason; any other is an error."""
    persons = {written: item for item, all_written in PERSONS.items() for written in all_written}
    about = {written for all_written in ABOUT.values() for written in all_written}
    found: list[Column] = []
    aside: list[str] = []
    for name in names:
        votes = VOTES.fullmatch(name)
        if name in about:
            continue
        if name in persons:
            found.append(Column(name, persons[name], "Personen"))
        elif BY_LAW.fullmatch(name):
            found.append(Column(name, slug(name), "Personen"))
        elif name == TURNOUT:
            found.append(Column(name, "wahlbeteiligung", "Prozent"))
        elif ASIDE.fullmatch(name):
            aside.append(name)
        elif votes:
            unit = BALLOTS if votes["kind"] == BALLOTS else "Stimmen"
            found.append(Column(name, slug(name), unit, votes["kind"]))
        elif any(column.name == f"{VALID} Stimmen" for column in found):
            # With one vote per person or ballot the proposals stand behind the valid votes under their bare names
            found.append(Column(name, slug(f"{name} Stimmen"), "Stimmen", "Stimmen"))
        else:
            complain(
                "Eine Spalte ist nicht bekannt.",
                column=name,
                expected="Wahlberechtigte, Wählerinnen und Wähler, gültige und ungültige Stimmen, "
                "‹Wahlvorschlag› Landesstimmen …",
                found=name[:SHOWN],
                remedy="Prüfen, ob es die Datei des Herausgebers ist; eine neue Spalte der Entwicklung melden.",
            )
    items = {column.item for column in found} | set(raw.columns)
    absent = [name for name in NEEDED if name not in items]
    if "typ" in raw.columns and "SB" in raw["typ"].to_list() and "nummer" not in raw.columns:
        absent.append("nummer")
    if absent or not any(column.kind for column in found):
        complain(
            "Eine Spalte fehlt.",
            row=1,
            column=", ".join({**ABOUT, **PERSONS}[name][0] for name in absent) or "Stimmen",
            expected="; ".join({**ABOUT, **PERSONS}[name][0] for name in NEEDED),
            found="ohne diese Spalte",
            remedy=AGAIN,
        )
    kinds = {column.kind for column in found if column.is_party}
    valid = [f"{VALID} {kind}" for kind in kinds] + [f"{INVALID} {kind}" for kind in kinds if kind != "Stimmen"]
    if any(column.kind == BALLOTS for column in found):
        valid += [f"{VALID} {BALLOTS}", f"{INVALID} {BALLOTS}"]
    without = sorted(set(valid) - {column.name for column in found})
    if without:
        complain(
            "Neben den Stimmen fehlt ihre Summe.",
            row=1,
            column=", ".join(without),
            expected="gültige und ungültige Stimmen",
            found="ohne diese Spalte",
            remedy=AGAIN,
        )
    twice = [column.name for column in found if sum(other.item == column.item for other in found) > 1]
    if twice:
        complain(
            "Zwei Spalten bedeuten dasselbe.",
            row=1,
            column=", ".join(twice),
            expected="eine Spalte je Angabe",
            found=", ".join(twice)[:SHOWN],
            remedy=AGAIN,
        )
    left = [Refused(f"{len(aside)} Spalten neben den Stimmen", "Anteile, Zählstand, Namen: kein Ergebnis", len(aside))]
    empty = [column for column in found if raw[column.name].str.len_chars().sum() == 0]
    left += [
        Refused(column.name, "die Spalte ist leer, der Wahlvorschlag tritt nicht an", raw.height) for column in empty
    ]
    return [column for column in found if column not in empty], left[0 if aside else 1 :]


def _figures(raw: pl.DataFrame, columns: list[Column], complain: Complaint) -> pl.DataFrame:
    """Columns ROW, place, value, status, quality, sign: one row per cell; an empty cell is missing."""
    long = raw.select(ROW, *(column.name for column in columns)).unpivot(
        index=ROW, variable_name="place", value_name="text"
    )
    filled = long.filter(pl.col("text") != "")
    read = values(filled["text"], HSL, refuser(complain, filled[ROW], filled["place"], HSL))
    found = pl.concat([filled.drop("text"), read], how="horizontal")
    whole = pl.col("place") == TURNOUT
    _refuse_first(
        found.filter(~whole & ((pl.col("value") < 0) | (pl.col("value") % 1 != 0))),
        "Eine Anzahl ist keine ganze Zahl.",
        "eine ganze Zahl ab 0",
        complain,
    )
    blank = long.filter(pl.col("text") == "").select(
        ROW,
        "place",
        value=pl.lit(None, dtype=pl.Float64),
        status=pl.lit("missing"),
        quality=pl.lit(FINAL),
        sign=pl.lit(None, dtype=pl.String),
    )
    return pl.concat([found, blank])


def _wide(raw: pl.DataFrame, long: pl.DataFrame, columns: list[Column]) -> pl.DataFrame:
    """The figures beside the rows again, by name of the item."""
    item = {column.name: column.item for column in columns}
    wide = long.pivot("place", index=ROW, values="value").rename(lambda name: item.get(name, name))
    return raw.select(ROW).join(wide, on=ROW, how="left", maintain_order="left")


def _check_rows(counts: pl.DataFrame, columns: list[Column], complain: Complaint) -> None:
    """What holds in every row: who votes is counted once, and no proposal has votes nobody gave."""
    empty = counts.filter(pl.any_horizontal(pl.col("wahlberechtigte", "waehler").is_null()))
    if empty.height:
        complain(
            "Eine Zeile nennt keine Wahlberechtigten oder Wählenden.",
            row=int(empty[ROW][0]),
            column="Wahlberechtigte",
            expected="eine Anzahl, auch 0",
            found="leer",
            remedy=AGAIN,
        )
    rules: list[tuple[str, pl.Expr]] = (
        [("Wählende mit Wahlschein sind mehr als Wählende", pl.col("waehler_mit_wahlschein") > pl.col("waehler"))]
        if "waehler_mit_wahlschein" in counts.columns
        else []
    )
    parts = [name for name in counts.columns if name.startswith("wahlberechtigte_")]
    if len(parts) == 3:
        rules.append(
            (
                "Wahlberechtigte sind nicht die Summe ihrer Gruppen",
                pl.sum_horizontal(parts) != pl.col("wahlberechtigte"),
            )
        )
    for kind in dict.fromkeys(column.kind for column in columns if column.kind):
        valid, invalid = slug(f"{VALID} {kind}"), slug(f"{INVALID} {kind}")
        parties = [column.item for column in columns if column.is_party and column.kind == kind]
        if valid in counts.columns and invalid in counts.columns:
            rules.append(
                (f"{VALID} und {INVALID} {kind} ergeben nicht die Wählenden", _differ(valid, invalid, "waehler"))
            )
        if valid in counts.columns and parties:  # nobody stands for ballots, which Kommunalwahlen count beside votes
            # Files circulate that leave small parties out, but then the others cannot have more than all
            rules.append(
                (f"Die Wahlvorschläge haben mehr als alle gültigen {kind}", pl.sum_horizontal(parties) > pl.col(valid))
            )
    for what, broken in rules:
        bad = counts.filter(broken.fill_null(False))
        if bad.height:
            complain(
                f"{what}.",
                row=int(bad[ROW][0]),
                expected="Zahlen, die zusammenpassen",
                found="andere",
                remedy="Eine Spalte oder Zeile ist verschoben oder beschädigt. " + AGAIN,
            )


def _differ(first: str, second: str, total: str) -> pl.Expr:
    return pl.col(first) + pl.col(second) != pl.col(total)


def _districts(raw: pl.DataFrame, counts: pl.DataFrame, complain: Complaint) -> pl.DataFrame:
    """Adds `brief`: a Bezirk that counts the post. Number and eligible voters tell it, never its name."""
    if "nummer" not in raw.columns:
        return raw.with_columns(brief=pl.lit(False))
    eligible, voters = counts["wahlberechtigte"], counts["waehler"]
    card = counts["waehler_mit_wahlschein"] if "waehler_mit_wahlschein" in counts.columns else voters
    is_district = raw["typ"] == "SB"
    numbered = raw["nummer"].str.contains(f"^{POSTAL.pattern}$")
    brief = is_district & (eligible == 0) & (numbered | ((voters > 0) & (card == voters).fill_null(False)))
    wrong = raw.filter(is_district & ((numbered & (eligible > 0)) | ((eligible == 0) & (voters > 0) & ~brief)))
    if wrong.height:
        complain(
            "Nummer und Wahlberechtigte eines Wahlbezirks widersprechen sich.",
            row=int(wrong[ROW][0]),
            column="Wahlbezirksnummer",
            expected="Nummer 9xxxx und keine Wahlberechtigten (Briefwahl), oder eine andere und Wahlberechtigte",
            found=shape(wrong["nummer"][0]),
            remedy=AGAIN,
        )
    return raw.with_columns(brief=brief)


def _with_wahlkreis(raw: pl.DataFrame, complain: Complaint) -> pl.DataFrame:
    """Keys with 11 digits, `written` as the file has them. One file writes them in one way; others lost their zeros."""
    key = pl.col("schluessel")
    form = next((form for form in KEYS.values() if raw.select(key.str.contains(form).all()).item()), KEYS["11 Ziffern"])
    raw = raw.with_columns(written=key)
    if form == KEYS["11 Ziffern"]:
        return raw
    wahlkreise = raw.filter(pl.col("typ") == "WK")
    if wahlkreise.height:
        complain(
            "Ein Wahlkreis hat einen Gebietsschlüssel ohne Wahlkreis.",
            row=int(wahlkreise[ROW][0]),
            column=ABOUT["schluessel"][0],
            expected="11 Ziffern, z. B. 05143202300",
            found="8 Ziffern",
            remedy=AGAIN,
        )
    ending = "" if form == KEYS["8 Ziffern"] else "00"
    return raw.with_columns(schluessel="000" + key.str.extract(form) + pl.lit(ending))


def _check_keys(raw: pl.DataFrame, complain: Complaint) -> None:
    """Types and keys have their form; no area and no Bezirk stands there twice; a column ags says the same."""
    number = pl.col("nummer") if "nummer" in raw.columns else pl.lit("")
    hsl = hsl_of_elections(pl.col("schluessel"))
    whole = raw.filter(pl.col("typ") == "VF").select(hsl=hsl, key="schluessel")
    rules = [
        ("typ", ~pl.col("typ").is_in(TYPES), "Ein Gebietstyp ist nicht bekannt.", ", ".join(TYPES)),
        (
            "schluessel",
            ~pl.col("schluessel").str.contains("^[0-9]{11}$"),
            "Ein Gebietsschlüssel hat nicht 11 Ziffern.",
            "11 Ziffern, z. B. 05143202300, oder in der ganzen Datei 8, z. B. 43202300 oder 06432023; führende Nullen "
            "gehen in Tabellenprogrammen verloren",
        ),
        (
            "nummer",
            (pl.col("typ") == "SB") & ~number.str.contains("^[0-9]+$"),
            "Ein Wahlbezirk hat keine Nummer.",
            "eine Nummer aus Ziffern",
        ),
        (
            "schluessel",
            (pl.col("typ") == "SB")
            & hsl.is_in(whole["hsl"].implode())
            & ~pl.col("schluessel").is_in(whole["key"].implode()),
            "Ein Wahlbezirk gehört zu keinem Gebiet der Datei.",
            "den Schlüssel einer Gemeinde der Datei",
        ),
        (
            "schluessel",
            pl.struct("schluessel", "typ", number).is_duplicated(),
            "Ein Gebiet oder Wahlbezirk kommt mehrfach vor.",
            "jedes Gebiet einmal",
        ),
    ]
    if "ags" in raw.columns:
        rules.append(
            (
                "ags",
                pl.col("typ").is_in(["VF", "SB"]) & (pl.col("ags") != HESSE + hsl),
                "Spalte ags und Gebietsschlüssel nennen verschiedene Gemeinden.",
                "06 und die Stellen 4 bis 9 des Gebietsschlüssels",
            )
        )
    for column, broken, what, expected in rules:
        bad = raw.filter(broken)
        if bad.height:
            complain(
                what,
                row=int(bad[ROW][0]),
                column=ABOUT[column][0],
                expected=expected,
                found=shape(bad[column][0]) if column in bad.columns else "leer",
                remedy=AGAIN,
            )


def _check_sums(raw: pl.DataFrame, counts: pl.DataFrame, columns: list[Column], complain: Complaint) -> None:
    """Σ Stimmbezirke = Gemeinde, Σ Gemeinden = Landkreis, Σ Wahlkreise = Land, for everything that is counted."""
    items = [column.item for column in columns if column.name != TURNOUT]
    table = pl.concat([raw.select("typ", hsl=hsl_of_elections(pl.col("schluessel"))), counts], how="horizontal")
    both = table.filter(pl.col("typ") == "KS")["hsl"].implode()
    # A city of several Wahlkreise has a row for each of them beside its own
    whole = table.filter(pl.col("typ").is_in(["VF", "KS"]) & ~((pl.col("typ") == "VF") & pl.col("hsl").is_in(both)))
    pairs = (
        ("Stimmbezirke", "ihrer Gemeinde", table.filter(pl.col("typ") == "SB"), whole, "gemeinde"),
        ("Gemeinden", "ihres Landkreises", whole, table.filter(pl.col("typ") == "LK"), "kreis"),
        (
            "Wahlkreise",
            "des Landes",
            table.filter(pl.col("typ") == "WK"),
            table.filter(pl.col("typ") == "LD"),
            "land",
        ),
    )
    for what, of_whom, parts, sums, level in pairs:
        if parts.height and sums.height:
            by_level = _by(parts, level, items), _by(sums, level, items)
            _check_sum(what, of_whom, *by_level, items, level == "gemeinde", complain)


def _by(table: pl.DataFrame, level: str, items: list[str]) -> pl.DataFrame:
    return table.group_by(group=hsl_within(pl.col("hsl"), level)).agg(pl.col(items).sum(), pl.col(ROW).min())


def _check_sum(
    what: str,
    of_whom: str,
    parts: pl.DataFrame,
    sums: pl.DataFrame,
    items: list[str],
    complete: bool,
    complain: Complaint,
) -> None:
    joined = parts.join(sums, on="group", how="full" if complete else "inner", suffix="#sum", coalesce=True)
    row = pl.coalesce(f"{ROW}#sum", ROW)
    broken = pl.any_horizontal(pl.col(item).ne_missing(pl.col(f"{item}#sum")) for item in items)
    bad = joined.filter(broken).sort(row)
    if bad.height:
        first = bad.row(0, named=True)
        item = next(item for item in items if first[item] != first[f"{item}#sum"])
        complain(
            f"Die Summe der {what} ist nicht die Zahl {of_whom}.",
            row=first[f"{ROW}#sum"] or first[ROW],
            column=item,
            expected="keine" if first[f"{item}#sum"] is None else f"{first[f'{item}#sum']:.0f}",
            found="keine Zeilen" if first[item] is None else f"{first[item]:.0f}",
            remedy="Es fehlen Zeilen, oder eine Zahl ist beschädigt. " + AGAIN,
        )


def _check_turnout(raw: pl.DataFrame, counts: pl.DataFrame, complain: Complaint) -> None:
    """A turnout is that of its row and never one of a Stimmbezirk; a count that goes on is no result."""
    if {"bezirke", "ausgezaehlt"} <= set(raw.columns):
        _refuse_first(
            raw.filter(pl.col("bezirke") != pl.col("ausgezaehlt")).select(
                ROW, place=pl.lit("Anzahl Wahlbezirke ausgezählt"), value="ausgezaehlt"
            ),
            "Die Auszählung ist nicht abgeschlossen.",
            "alle Wahlbezirke ausgezählt",
            complain,
        )
    if "wahlbeteiligung" not in counts.columns:
        return
    table = pl.concat([raw.select("typ", text=TURNOUT), counts], how="horizontal")
    shown = table.filter(pl.col("wahlbeteiligung").is_not_null()).select(
        ROW, "typ", "text", "wahlberechtigte", "waehler", place=pl.lit(TURNOUT), value="wahlbeteiligung"
    )
    _refuse_first(
        shown.filter(pl.col("typ") == "SB"),
        "Ein Stimmbezirk hat eine Wahlbeteiligung. Es gibt dort keine: Wer per Brief wählt, wird woanders gezählt.",
        "eine leere Zelle in Zeilen mit Gebietstyp SB",
        complain,
    )
    decimals = pl.col("text").str.extract(r",([0-9]+)").str.len_chars().fill_null(0)
    gap = (pl.col("waehler") / pl.col("wahlberechtigte") * 100 - pl.col("value")).abs()
    _refuse_first(
        shown.filter((pl.col("value") > 100) | (gap > 0.5 * 10.0 ** (-decimals.cast(pl.Float64)) + 1e-9)),
        "Eine Wahlbeteiligung ist nicht die aus Wählenden und Wahlberechtigten.",
        "höchstens 100 und Wählende durch Wahlberechtigte",
        complain,
    )


def _areas(raw: pl.DataFrame, complain: Complaint) -> pl.DataFrame:
    """Columns ROW, source_key, level, key, name; a kreisfreie Stadt is Kreis and Gemeinde at once."""
    held = raw.select("typ", hsl=hsl_of_elections(pl.col("schluessel")))
    own = set(held.filter(pl.col("typ") == "KS")["hsl"])
    parts = held.filter(pl.col("typ") == "VF")["hsl"].value_counts()
    several = {hsl for hsl, count in parts.iter_rows() if count > 1} | own
    found: list[tuple[int, str, str, str, str]] = []
    lokal = raw["lokal"] if "lokal" in raw.columns else raw["bezeichnung"]
    number = raw["nummer"] if "nummer" in raw.columns else raw["typ"]
    rows = zip(
        raw[ROW],
        raw["written"],
        raw["schluessel"],
        raw["typ"],
        raw["bezeichnung"],
        lokal,
        number,
        raw["brief"],
        strict=True,
    )
    for row, as_written, written, kind, name, place, district, brief in rows:
        try:
            areas = areas_of_hsl(hsl_of_election(written)) if kind not in ("WK", "LD") else ()
        except ValueError:
            areas = ()
        levels = dict(areas)
        if kind == "LD":
            own_areas = [("land", HESSE)]
        elif kind == "WK":
            own_areas = [("wahlkreis", wahlkreis_of_election(written))]
        elif kind == "SB" and "gemeinde" in levels:
            own_areas = [("briefwahlbezirk" if brief else "stimmbezirk", f"{written}-{district}")]
            name = place or name
        elif kind == "VF" and hsl_of_election(written) in several:
            own_areas = [("summe", written)]
        elif kind == "VF" and "gemeinde" in levels:
            own_areas = [("gemeinde", levels["gemeinde"])]
        elif set(levels) == {"LK": {"kreis"}, "KS": {"kreis", "gemeinde"}}.get(kind):
            own_areas = list(areas)
        else:
            complain(
                "Ein Gebietsschlüssel passt nicht zu seinem Gebietstyp.",
                row=row,
                column=ABOUT["schluessel"][0],
                expected=f"einen Schlüssel für {kind}: Wahlkreis (3), Gemeindeschlüssel ohne 06 (6), 2 weitere Stellen",
                found=as_written,
                remedy=AGAIN,
            )
        found.extend((row, as_written, level, key, name) for level, key in own_areas)
    return pl.DataFrame(found, schema=[ROW, "source_key", "level", "key", "name"], orient="row")


def _election(title: str, columns: list[Column]) -> str | None:
    """Which election it is, by title or by the kind of votes only this one has."""
    named = next((code for word, code in ELECTIONS.items() if word.lower() in title.lower()), None)
    return named or next((KINDS[column.kind] for column in columns if column.kind in KINDS), None)


def _time(title: str, agreed: Agreed, complain: Complaint) -> tuple[str, str]:
    """The day of the election, or its year when nobody names the day; the date of the printout is neither."""
    before = re.split(r"\bStand\b", title)[0]
    named, years = days(before), sorted(set(re.findall(r"\b(?:19|20)[0-9]{2}\b", before)))
    if len(named) > 1 or len(years) > 1:
        complain(
            "Der Titel nennt mehrere Wahlen; von welcher die Zahlen sind, ist nicht zu erkennen.",
            row=1,
            expected="ein Tag oder Jahr",
            found=", ".join(named if len(named) > 1 else years),
            remedy="Die Titelzeile mit der Veröffentlichung vergleichen und nur den Wahltag dieser Zahlen stehen "
            "lassen, oder die Datei neu vom Herausgeber holen.",
        )
    said = next(iter(named), None) or next(iter(years), None)
    if said is None and agreed.time is None:
        complain(
            "Die Datei nennt den Tag der Wahl nicht.",
            row=1,
            expected="den Wahltag im Titel oder als Angabe",
            found="keinen",
            remedy=f"Den Wahltag {TELL_TIME.format('2023-10-08')}.",
        )
    if agreed.time is not None and said is not None and agreed.time[: len(said)] != said[: len(agreed.time)]:
        complain(
            "Die Datei ist von einer anderen Wahl als angegeben.",
            row=1,
            expected=agreed.time,
            found=said,
            remedy=COMPARE,
        )
    time = max((said or "", agreed.time or ""), key=len)
    return time, "stichtag" if len(time) == 10 else "jahr"


def _tidied(
    areas: pl.DataFrame, long: pl.DataFrame, columns: list[Column], time: str, kind: str, quality: str
) -> pl.DataFrame:
    told = pl.DataFrame(
        [(column.name, column.item, column.unit) for column in columns],
        schema=["place", "item", "unit"],
        orient="row",
    )
    frame = areas.join(long, on=ROW).join(told, on="place")
    # An empty turnout of a Stimmbezirk is no missing figure: there is none
    district = pl.col("level").is_in(["stimmbezirk", "briefwahlbezirk"])
    frame = frame.filter(~(district & (pl.col("place") == TURNOUT)))
    return frame.select(
        row=pl.col(ROW),
        place="place",
        source_key="source_key",
        key="key",
        level="level",
        name="name",
        time=pl.lit(time),
        time_kind=pl.lit(kind),
        item="item",
        item_label="place",
        dimensions=pl.lit(""),
        value="value",
        unit="unit",
        status="status",
        quality=pl.when(pl.col("quality") == FINAL).then(pl.lit(quality)).otherwise("quality"),
        sign="sign",
    )


def _refuse_first(bad: pl.DataFrame, what: str, expected: str, complain: Complaint) -> None:
    if bad.height:
        first = bad.sort(ROW).row(0, named=True)
        complain(
            what, row=first[ROW], column=first["place"], expected=expected, found=str(first["value"]), remedy=AGAIN
        )
