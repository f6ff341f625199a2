"""Gemeindeverzeichnis GV-ISys of the Statistisches Bundesamt as workbook, editions from 1983 on.

What belongs here: the way from workbook to table, the days figures are of, what is left out. What does not: the head
of the sheet (`gv_isys_head`), its rows (`gv_isys_rows`), its figures (`gv_isys_figures`), the same register as
fixed-width text (`gv100ad`), workbooks as such.

Source of the format: the workbooks „Auszug aus dem Gemeindeverzeichnis“; their sheets, columns and their order change
over the years, the words above the columns hardly. One row per area, from Land (Satzart 10) to Gemeinde (60); only
Gemeinden carry figures in all known editions. Area in the unit of its heading, population in persons, coordinates
in degrees.
The date of a figure is the one in the header above its column; titles are wrong at times. Editions of a quarter have an
older population than their Gebietsstand: a day of the areas is never that of the population.
A cut file shows in the absent notes under the table, in a Kreis without Gemeinde and in male + female ≠ total; a row
lost from the middle of a Kreis cannot be noticed, all others are still right.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import polars as pl

from pipelines.errors import InputError
from pipelines.readers import gv_isys_head, gv_isys_rows
from pipelines.readers.gv_isys_figures import PEOPLE, figures
from pipelines.readers.gv_isys_head import Sheet
from pipelines.readers.reading import TELL_TIME, Agreed, Format, Reading, Refused, check_agreed, tidy
from pipelines.readers.workbook import letter, texts_of

if TYPE_CHECKING:
    from pipelines.readers.csv_text import Complaint
    from pipelines.readers.rawfile import RawFile

# Columns that share a day
DATED = {
    "bevoelkerung": PEOPLE,
    "flaeche": ("flaeche",),
    "lage": ("laenge", "breite"),
    "gebiet": gv_isys_rows.KEYS,
}


def recognises(file: RawFile) -> bool:
    """Whether a sheet of the workbook has the columns of the register."""
    try:
        return file.is_workbook and gv_isys_head.has_register(file.workbook)
    except (InputError, ValueError, IndexError):
        return False


def read(file: RawFile, agreed: Agreed) -> Reading:
    """Area, population by sex, density and coordinates of every Gemeinde.

    Raises InputError for keys without their zeros, an incomplete or repeated row, male + female other than the total,
    a density or coordinates that cannot be, an absent date or unit, and whatever contradicts `agreed`. Items:
    `flaeche` (km2, ha or m2),
    `bevoelkerung` (Personen, dimension GESCHLECHT), `bevoelkerung_je_km2`, `laengengrad` and `breitengrad` (Grad).
    """
    book = file.workbook
    sheet = gv_isys_head.find(book)
    areas = gv_isys_rows.areas(sheet, book.complain)
    title = sheet.title()
    basis = _basis(agreed, [title, *areas.below, *sheet.head_texts()], book.complain)
    dates, notes = _dates(sheet, title, agreed, book.complain)
    found, refused = figures(sheet, areas.frame, dates, basis, book.complain)
    frame = tidy(found)
    check_agreed(frame.filter(pl.col("item") == "bevoelkerung"), agreed, book.complain)
    return Reading(
        file=file,
        format=FORMAT.key,
        title=title,
        frame=frame,
        stand=dates["gebiet"],
        attribution=" ".join(_copyright(areas.below)) or None,
        notes=(*notes, *areas.below),
        refused=(*_left_out(sheet, areas.frame), *refused, *areas.refused),
    )


def _dates(sheet: Sheet, title: str, agreed: Agreed, complain: Complaint) -> tuple[dict[str, str], list[str]]:
    """The date of area, population, coordinates and Gebietsstand, and what titles say otherwise.

    A date above the column counts; then the only one in the header; then the title; then what was agreed.
    """
    said, everywhere = gv_isys_head.named_days([title]), gv_isys_head.named_days([title, *sheet.head_texts()])
    found, notes = {}, []
    for what, columns in DATED.items():
        own = _own_days(sheet, title, what, columns)
        if what in ("lage", "gebiet") and not own:
            own = [found["bevoelkerung"]]
        if len(own) != 1 and agreed.time and (not own or agreed.time in own):
            own = [agreed.time]
        if len(own) != 1:
            complain(
                "Zu welchem Tag Zahlen gehören, ist nicht eindeutig.",
                row=f"{sheet.header + 1} bis {sheet.first}",
                column=sheet.letters(*columns),
                expected="ein Datum über den Spalten"
                + (", das nicht der Gebietsstand ist" if what == "bevoelkerung" else ""),
                found=", ".join(own or everywhere) or "kein Datum",
                remedy=f"Den Stichtag beim Herausgeber nachlesen und {TELL_TIME.format('2022-12-31')}.",
            )
        found[what] = own[0]
    if said and found["bevoelkerung"] not in said:
        notes.append(f"Der Titel nennt {', '.join(said)}; die Bevölkerung ist vom {found['bevoelkerung']}.")
    return found, notes


def _own_days(sheet: Sheet, title: str, what: str, columns: Sequence[str]) -> list[str]:
    """The days a file names for these columns: above them, else the only one of its head, else in its title."""
    above, everywhere = sheet.above(columns), gv_isys_head.named_days(sheet.head_texts())
    alone = sheet.head_texts() if len(everywhere) == 1 else []
    if what == "bevoelkerung":
        beside = gv_isys_head.people_days(alone, beside=True) or gv_isys_head.people_days([title], beside=True)
        return gv_isys_head.people_days(above) or beside
    named = gv_isys_head.named_days(above) or gv_isys_head.named_days(alone)
    if named or what == "lage":
        return named
    return gv_isys_head.state_days([title]) or (gv_isys_head.named_days([title])[:1] if what == "flaeche" else [])


def _basis(agreed: Agreed, texts: list[str], complain: Complaint) -> str | None:
    """The census the population rests on, where the file or the agreement says it; never guessed from the date."""
    said = {
        f"{'Zensus' if name == 'Zensus' else 'VZ'}{year}"
        for text in texts
        for name, year in gv_isys_head.CENSUS.findall(text)
    }
    if agreed.basis and said and agreed.basis not in said:
        complain(
            "Die Datei nennt eine andere Volkszählung als der Lieferschein.",
            expected=agreed.basis,
            found=", ".join(sorted(said)),
            remedy="Prüfen, ob es die richtige Ausgabe ist.",
        )
    return agreed.basis or (said.pop() if len(said) == 1 else None)


def _left_out(sheet: Sheet, areas: pl.DataFrame) -> list[Refused]:
    """Levels without any figure, and columns that hold codes or texts."""
    counted = areas.with_columns(people=texts_of(sheet.cells("insgesamt", areas["at"])) != "")
    left = []
    for kind, level in gv_isys_rows.LEVEL.items():
        rows = counted.filter(kind=kind)
        if rows.height and kind != gv_isys_rows.GEMEINDE and not rows["people"].any():
            left.append(Refused(f"Ebene {level}", "die Ebene hat in dieser Ausgabe keine Zahlen", rows.height))
    if "plz" in sheet.columns:
        count = sum(cell != "" for cell in sheet.cells("plz", areas["at"]))
        left.append(Refused("Postleitzahl", "Kennung, keine Zahl; nur die des Verwaltungssitzes", count))
    for column, words in sheet.unread.items():
        count = sum(sheet.rows[at][column] != "" for at in areas["at"])
        left.append(Refused(f"Spalte {letter(column)} ({words})", "keine Fläche oder Bevölkerung", count))
    return left


def _copyright(lines: Sequence[str]) -> Sequence[str]:
    """The lines from the © on."""
    return lines[next((at for at, line in enumerate(lines) if "©" in line), len(lines)) :]


FORMAT = Format(
    "gv_isys", "Gemeindeverzeichnis (GV-ISys), Arbeitsmappe", "Statistisches Bundesamt (Destatis)", recognises, read
)
