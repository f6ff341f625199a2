"""Gemeindeverzeichnis as GV100AD: text of 220 characters per record, one record per area.

What belongs here: cutting records into fields, what must hold between records. What does not: the same register as
workbook (`gv_isys`).

Source of the format: description of the record types by the Statistisches Bundesamt. Satzart 10 Land to 60 Gemeinde;
only Gemeinden carry figures: area in hectares, population in total and male. Positions count characters, not bytes:
umlauts take two bytes in UTF-8.
The date in every record is that of the areas (Gebietsstand), not that of the population, which is older and stands
nowhere in the file: population is read only when its day is agreed.
There is no footer. A cut inside a record shows in its length, one behind a heading in an area without parts, one
before the last Land in the Länder themselves; a cut after a whole Gemeinde inside the last Land cannot be noticed, and
what stands before it is still right.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl

from pipelines.geography.keys import ags_of_gv100ad, ars_of_gv100ad, beginnings, land_part
from pipelines.german import is_day
from pipelines.readers.csv_text import Complaint
from pipelines.readers.reading import TELL_TIME, Agreed, Format, Reading, Refused, check_agreed, tidy
from pipelines.readers.signs import DIGITS
from pipelines.readers.text import decode, lines

if TYPE_CHECKING:
    from pipelines.readers.rawfile import RawFile

AGAIN = "Die Datei neu beim Statistischen Bundesamt herunterladen und unverändert einlesen."
LENGTH = 220
LEVEL = {"10": "land", "20": "regierungsbezirk", "30": "region", "40": "kreis", "50": "verband", "60": "gemeinde"}
# The key field, position 11 to 22, of each record type: Land, RB, Kreis, Gemeinde, Verband; blanks for what it has not
FORMS = {
    "10": "[0-9]{2} {10}",
    "20": "[0-9]{3} {9}",
    "30": "[0-9]{4} {8}",
    "40": "[0-9]{5} {7}",
    "50": "[0-9]{5} {3}[0-9]{4}",
    "60": "[0-9]{12}",
}
# Position and length of figures in a record of type 60, counted from 0; area in hectares
FIGURES = {"flaeche": (128, 11), "insgesamt": (139, 11), "maennlich": (150, 11)}
PLACES = {"flaeche": "129–139", "insgesamt": "140–150", "maennlich": "151–161"}
# More than any Gemeinde has (Berlin: 89,000 ha, under 4 million people), and than all of Germany has
MOST = {"flaeche": 100_000, "insgesamt": 4_000_000}
GERMANY = 100_000_000
# How much older than its areas the population of an edition is at most: a year and a half, as quarters of a year go
OLDEST = timedelta(days=560)
PARENTS = {"60": "50", "50": "40", "40": "10"}
LAENDER = tuple(f"{number:02}" for number in range(1, 17))
_RECORD = re.compile(r"[1-6]0(19|20)[0-9]{6}(0[1-9]|1[0-6])[0-9 ]{10}[^0-9 ]")


def recognises(file: RawFile) -> bool:
    """Whether the first line is a record of this register."""
    first = file.head.removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0].decode("utf-8", errors="replace")
    # Shorter ones too: some programs take the blanks at their end away, which `read` tells
    return bool(_RECORD.match(first)) and len(first.rstrip("\r")) <= LENGTH + 40


def read(file: RawFile, agreed: Agreed) -> Reading:
    """Area in hectares at the Gebietsstand and, at the agreed day, population in total and male, of every Gemeinde.

    Raises InputError for a record of another length or type, several dates, a key of the wrong form or twice, an area
    without its parts or the one around it, more men than people, people without land, an area or a population that
    cannot be, and what contradicts `agreed`; a day of the population must lie in the year and a half before the areas.
    """
    complain = Complaint(file)
    records = _records(file, complain)
    stand = _stand(records, complain)
    _check_keys(records, complain)
    _check_tree(records, complain)
    figures = _figures(records, complain)
    _check_figures(figures, complain)
    area = _tidied(figures, "flaeche", stand, agreed)
    frames, refused = [area], _left_out(records)
    notes = ["Der Tag in den Sätzen ist der Gebietsstand; die Bevölkerung ist älter."]
    if agreed.time:
        _check_day(agreed.time, stand, complain)
        notes.append(f"Tag der Bevölkerung nach Angabe: {agreed.time}. In der Datei steht er nicht.")
        frames += [_tidied(figures, name, agreed.time, agreed) for name in ("insgesamt", "maennlich")]
    else:
        refused.append(
            Refused(
                "Bevölkerung insgesamt und männlich",
                f"die Datei nennt nur den Gebietsstand; den Tag der Bevölkerung {TELL_TIME.format('2022-12-31')}",
                2 * figures.height,
            )
        )
    frame = tidy(pl.concat(frames))
    check_agreed(frame, agreed, complain)
    return Reading(
        file=file,
        format=FORMAT.key,
        title=f"Gemeindeverzeichnis GV100AD, Gebietsstand {stand}",
        frame=frame,
        stand=stand,
        notes=tuple(notes),
        refused=tuple(refused),
        waits_for_time=agreed.time is None,
    )


def _records(file: RawFile, complain: Complaint) -> pl.DataFrame:
    """Records with their fields as text: row, type, date, field, name, mark, text."""
    # Old editions end with the mark by which DOS knew the end of a text
    texts = lines(decode(file).removesuffix("\x1a"))
    frame = pl.DataFrame({"text": texts}).with_row_index("row", offset=1).with_columns(pl.col("row").cast(pl.Int64))
    wrong = frame.filter(pl.col("text").str.len_chars() != LENGTH)
    if wrong.height:
        row, text = wrong.row(0)
        if wrong.height > 1 and not frame["text"].str.ends_with(" ").any():
            complain(
                "Den Sätzen fehlen die Leerzeichen am Ende, ein anderes Programm hat sie entfernt.",
                row=row,
                expected=f"{LENGTH} Zeichen in jedem Satz",
                found=f"{len(text)} Zeichen",
                remedy=AGAIN,
            )
        complain(
            "Ein Satz hat nicht die Länge der Satzbeschreibung.",
            row=row,
            expected=f"{LENGTH} Zeichen",
            found=f"{len(text)} Zeichen",
            remedy="Die Datei ist abgeschnitten oder wurde verändert. " + AGAIN,
        )
    cut = {"type": (0, 2), "date": (2, 8), "field": (10, 12), "name": (22, 50), "mark": (122, 2)}
    return frame.with_columns(pl.col("text").str.slice(*at).alias(name) for name, at in cut.items()).with_columns(
        pl.col("name").str.strip_chars()
    )


def _stand(records: pl.DataFrame, complain: Complaint) -> str:
    """The one day all records bear, as YYYY-MM-DD."""
    wrong = records.filter(pl.col("date") != pl.col("date").first())
    written = records["date"][0]
    day = f"{written[:4]}-{written[4:6]}-{written[6:]}"
    if wrong.height or not is_day(day):
        complain(
            "Die Sätze haben kein gemeinsames Datum.",
            row=wrong["row"][0] if wrong.height else 1,
            column="Stelle 3–10",
            expected=day if is_day(day) else "ein Tag als JJJJMMTT",
            found=wrong["date"][0] if wrong.height else written,
            remedy=AGAIN,
        )
    return day


def _check_keys(records: pl.DataFrame, complain: Complaint) -> None:
    """Known record types, and in each a key of its form."""
    form = pl.any_horizontal(
        (pl.col("type") == kind) & pl.col("field").str.contains(f"^{f}$") for kind, f in FORMS.items()
    )
    wrong = records.filter(~form | ~land_part(pl.col("field")).is_in(LAENDER))
    if wrong.height:
        first = wrong.row(0, named=True)
        known = first["type"] in FORMS
        complain(
            "Ein Schlüssel hat nicht die Form, die seine Satzart verlangt." if known else "Eine Satzart ist unbekannt.",
            row=first["row"],
            column="Stelle 11–22" if known else "Stelle 1–2",
            expected=f"{FORMS[first['type']]} bei Satzart {first['type']}" if known else "10, 20, 30, 40, 50 oder 60",
            found=first["field"] if known else first["type"],
            remedy=AGAIN,
        )
    twice = records.filter(~pl.struct("type", "field").is_first_distinct())
    if twice.height:
        complain(
            "Ein Gebiet steht zweimal im Verzeichnis.",
            row=twice["row"][0],
            column="Stelle 11–22",
            expected="jedes Gebiet einmal",
            found=f"{twice['field'][0]} ({twice['name'][0]})",
            remedy=AGAIN,
        )


def _check_tree(records: pl.DataFrame, complain: Complaint) -> None:
    """Every area has the one around it, every area but Gemeinden has one inside, the Länder do not end early."""
    own = {kind: _keyed(records.filter(pl.col("type") == kind), kind) for kind in FORMS}
    for kind, parent in PARENTS.items():
        inner = own[kind].with_columns(above=_shortened(kind))
        # Gemeindefreie Gebiete of a whole Land lie in a Kreis 00 that is none
        inside = inner.filter(~pl.col("key").str.contains("^[0-9]{2}000"))
        alone = inside.join(own[parent], left_on="above", right_on="key", how="anti").sort("row")
        barren = own[parent].join(inner, left_on="key", right_on="above", how="anti").sort("row")
        lost = alone if alone.height else barren
        if lost.height:
            first = lost.row(0, named=True)
            complain(
                "Sätze des Verzeichnisses fehlen.",
                row=first["row"],
                column="Stelle 11–22",
                expected=f"zu jedem Gebiet der Satzart {kind} eines der Satzart {parent} und umgekehrt",
                found=f"{first['key']} ({first['name']}) allein",
                remedy="Die Datei ist abgeschnitten oder wurde verändert. " + AGAIN,
            )
    laender = tuple(sorted(own["10"]["key"]))
    if laender == LAENDER[: len(laender)] and len(laender) < len(LAENDER):
        complain(
            "Die Datei ist abgeschnitten: Die letzten Länder fehlen.",
            row=records.height,
            column="Stelle 11–12",
            expected="Länder 01 bis 16",
            found=f"Länder bis {laender[-1] if laender else 'keines'}",
            remedy=AGAIN,
        )


def _keyed(records: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Rows of one type with `key` so that a shorter key is the beginning of a longer: ARS for Gemeinden."""
    field = pl.col("field")
    key = ars_of_gv100ad(field) if kind == "60" else field.str.replace_all(" ", "")
    return records.select("row", "name", key=key)


def _shortened(kind: str) -> pl.Expr:
    return beginnings(pl.col("key"), {"60": "verband", "50": "kreis", "40": "land"}[kind])


def _figures(records: pl.DataFrame, complain: Complaint) -> pl.DataFrame:
    """Gemeinden with key, level and their three figures."""
    gemeinden = records.filter(pl.col("type") == "60").with_columns(
        pl.col("text").str.slice(*at).alias(name) for name, at in FIGURES.items()
    )
    for name in FIGURES:
        wrong = gemeinden.filter(~pl.col(name).str.contains("^[0-9]{11}$"))
        if wrong.height:
            complain(
                "Ein Feld enthält keine Zahl.",
                row=wrong["row"][0],
                column=f"Stelle {PLACES[name]}",
                expected=f"11 Ziffern (höchstens {DIGITS} Stellen)",
                found=wrong[name][0].strip() or "leer",
                remedy=AGAIN,
            )
    gemeinden = gemeinden.with_columns(pl.col(name).cast(pl.Float64) for name in FIGURES)
    # Text mark 65 and 66: gemeindefreie Gebiete, inhabited or not
    free = pl.col("mark").is_in(("65", "66"))
    return gemeinden.with_columns(
        level=pl.when(free).then(pl.lit("gemeindefrei")).otherwise(pl.lit("gemeinde")),
        source_key=pl.col("field"),
        key=ags_of_gv100ad(pl.col("field")),
    )


def _check_figures(figures: pl.DataFrame, complain: Complaint) -> None:
    """Not more men than people, people only where there is land, and no more of either than can be."""
    rules = (
        (pl.col("maennlich") > pl.col("insgesamt"), "maennlich", "Es sind mehr Männer als Einwohner angegeben."),
        (
            (pl.col("insgesamt") > 0) & (pl.col("flaeche") == 0),
            "flaeche",
            "Ein Gebiet hat Einwohner, aber keine Fläche.",
        ),
        (pl.col("flaeche") > MOST["flaeche"], "flaeche", "Die Fläche einer Gemeinde ist zu groß, um eine zu sein."),
        (pl.col("insgesamt") > MOST["insgesamt"], "insgesamt", "Eine Gemeinde hat mehr Einwohner, als es geben kann."),
    )
    for broken, name, what in rules:
        wrong = figures.filter(broken)
        if wrong.height:
            first = wrong.row(0, named=True)
            most = {"maennlich": first["insgesamt"], **MOST}[name]
            complain(
                what,
                row=first["row"],
                column=f"Stelle {PLACES[name]}",
                expected=f"1 bis {most:.0f} in {first['name']}",
                found=f"{first[name]:.0f}",
                remedy=AGAIN,
            )
    total = figures["insgesamt"].sum()
    if total > GERMANY:
        complain(
            "Alle Gemeinden zusammen haben mehr Einwohner, als es geben kann.",
            column=f"Stelle {PLACES['insgesamt']}",
            expected=f"höchstens {GERMANY}",
            found=f"{total:.0f}",
            remedy=AGAIN,
        )


def _tidied(figures: pl.DataFrame, name: str, time: str, agreed: Agreed) -> pl.DataFrame:
    people = name != "flaeche"
    code, label = ("maennlich", "männlich") if name == "maennlich" else ("", "insgesamt")
    return figures.select(
        *("row", "source_key", "key", "level", "name"),
        place=pl.lit(f"Stelle {PLACES[name]}"),
        time=pl.lit(time),
        time_kind=pl.lit("stichtag"),
        item=pl.lit("bevoelkerung" if people else "flaeche"),
        item_label=pl.lit("Bevölkerung" if people else "Fläche"),
        dimensions=pl.lit(f"GESCHLECHT={code}" if people else ""),
        dimension_labels=pl.lit(f"Geschlecht={label}" if people else ""),
        value=pl.col(name),
        unit=pl.lit("Personen" if people else "ha"),
        status=pl.lit("reported"),
        quality=pl.lit("final"),
        basis=pl.lit(agreed.basis if people else None, dtype=pl.String),
    )


def _check_day(day: str, stand: str, complain: Complaint) -> None:
    """The agreed day of the population is a day, not after the day of the areas and not long before it."""
    first = (date.fromisoformat(stand) - OLDEST).isoformat()
    if not is_day(day) or not first <= day <= stand:
        complain(
            "Der angegebene Tag der Bevölkerung passt nicht zur Datei.",
            column="Stelle 3–10",
            expected=f"ein Tag (JJJJ-MM-TT) von {first} bis {stand}, dem Gebietsstand",
            found=day,
            remedy="Den Tag der Bevölkerung auf der Seite des Statistischen Bundesamtes nachlesen (meist der 31.12. "
            f"des Vorjahres) und {TELL_TIME.format('2022-12-31')}.",
        )


def _left_out(records: pl.DataFrame) -> list[Refused]:
    counts = dict(records.group_by("type").len().iter_rows())
    return [
        Refused(f"Ebene {level}", "die Ebene hat in diesem Format keine Zahlen", counts[kind])
        for kind, level in LEVEL.items()
        if kind != "60" and kind in counts
    ]


FORMAT = Format("gv100ad", "Gemeindeverzeichnis GV100AD", "Statistisches Bundesamt (Destatis)", recognises, read)
