"""INKAR of the BBSR: one very long CSV of ready indicators for all areas, levels and years of an edition.

What belongs here: both editions of its columns (with and without `Kuerzel`), keys by Raumbezug, the filter without
which nobody reads a file of several gigabytes. What does not: mixing editions in one series, which the BBSR recomputes
to the Gebietsstand of each edition (the catalogue names the edition).

Source of the format: https://www.inkar.de, download of the whole database. A lost end is noticed by the last line only;
figures that are absent cannot be told from figures never published.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from pipelines.geography import keys
from pipelines.readers import delimited
from pipelines.readers.csv_text import Complaint
from pipelines.readers.delimited import ROW, SHOWN
from pipelines.readers.reading import (
    NOTHING_AGREED,
    SEPARATOR,
    Agreed,
    Format,
    Reading,
    Refused,
    check_agreed,
    tidy,
)
from pipelines.readers.text import AGAIN

if TYPE_CHECKING:
    from pipelines.readers.rawfile import RawFile

MARK = ";"
OLD = ("Bereich", "ID", "Indikator", "Raumbezug", "Kennziffer", "Name", "Zeitbezug", "Wert")
COLUMNS = {*OLD, "Kuerzel"}
# Other names of editions for a column
NAMES = {"M_ID": "ID"}
# Columns of the tables the web page gives, with an indicator and year per column
WIDE = {"Raumeinheit", "Aggregat"}
# A file up to this size is read without a filter; a table has about six times the size of the lines it comes from
WHOLE = 64 * 2**20
MOST = 800_000
# Digits before the comma that no figure of the BBSR reaches; a float holds all of them exactly
DIGITS = 15
NUMBER = rf"^[-−]?[0-9]{{1,{DIGITS}}}(?:,[0-9]+)?(?:[eE][-+]?[0-9]{{1,2}})?$"
NUMBER_OF_REGION = re.compile(r"[0-9]{1,10}")
YEAR = r"^(?:19|20)[0-9]{2}$"
PERIOD = r"^((?:19|20)[0-9]{2})\s?(?:-|–|/|bis)\s?((?:19|20)[0-9]{2})$"
ADMINISTRATIVE = {
    "Bund": "bund",
    "Bundesländer": "land",
    "Länder": "land",
    "Regierungsbezirke": "regierungsbezirk",
    "Kreise": "kreis",
    "Gemeindeverbände": "verband",
    "Gemeinden": "gemeinde",
}
# Areas of the BBSR that are none of the administration; their numbers mean something inside their Raumbezug only
REGIONS = (
    "Raumordnungsregionen",
    "Arbeitsmarktregionen",
    "Kreisregionen",
    "Mittelbereiche",
    "NUTS-2",
    "NUTS 2",
    "NUTS2",
    "Großstadtregion",
    "Stadtregion",
    "Metropolregion",
    "Wohnungsmarktregion",
    "Siedlungsstruktur",
    "siedlungsstruktur",
    "Städtischer",
    "Ländlicher",
    "Stadt- und Gemeindetyp",
    "Stadt-/Gemeindetyp",
    "Stadt-Gemeindetyp",
    "Gemeindetyp",
    "Kreistyp",
    "Regionstyp",
    "Raumtyp",
    "Wachsend",
    "Wachstum",
    "West-/Ost",
    "West/Ost",
    "Ost-/West",
    "Neue/Alte",
    "Alte/Neue",
    "Neue Länder",
    "Alte Länder",
    "GRW",
    "Gemeinschaftsaufgabe",
    "Braunkohle",
    "Stadtteil",
    "Zusammengefasste",
    "Ausland",
    "EU",
    "IAB",
    "Prosperität",
)


def recognises(file: RawFile) -> bool:
    """Whether the first line names the columns of INKAR, in any order."""
    columns = set(_named(delimited.names(delimited.first_line(file), MARK)))
    if len(columns & WIDE) == len(WIDE) and "Kennziffer" in columns:
        return True
    return len(columns & {*OLD}) >= len(OLD) - 1 and {"Raumbezug", "Kennziffer", "Zeitbezug"} <= columns


def read(file: RawFile, agreed: Agreed = NOTHING_AGREED) -> Reading:
    """All figures, or those of `agreed.keys`, `level`, `time` and `code` (an ID or a Kuerzel); numbers as published.

    Units are not printed in the file and stay empty. Raises InputError for an unknown header, Raumbezug, key, period or
    number, for a figure twice, for something agreed that the file does not hold, and for a file that needs a filter.
    """
    complain = Complaint(file)
    columns = _named(delimited.header(file, MARK, complain))
    _check_header(columns, complain)
    if file.size > WHOLE and agreed.keys is None and agreed.level is None and agreed.code is None:
        complain(
            f"Die Datei hat {file.size / 2**20:.0f} MB und wird nicht als Ganzes gelesen.",
            expected=f"eine Auswahl, oder höchstens {WHOLE // 2**20} MB",
            found="keine Auswahl",
            remedy="Mit --gebiet die Schlüssel der Gebiete nennen, die gebraucht werden (Kreis und Gemeinden), z. B. "
            "--gebiet 06432 06432001; beim Ansehen mit read geht auch --ebene kreis. Abgelegt wird die ganze Datei.",
        )
    raw = delimited.rows(
        file, MARK, columns, _wanted(columns, agreed), MOST, "Die Auswahl enger fassen, z. B. mit --gebiet 06432."
    )
    frame = _times(_areas(raw, complain), complain)
    if agreed.time is not None:
        frame = frame.filter(pl.col("time") == agreed.time)
    if frame.is_empty():
        complain(
            "Die Datei enthält nichts von dem, was angegeben ist.",
            expected="; ".join(_told(agreed))[:SHOWN],
            found="keine solche Zeile",
            remedy="Die Optionen --gebiet, --ebene und --zeit oder die Einträge im Lieferschein berichtigen.",
        )
    frame = _values(frame, complain)
    _check_names(frame, complain)
    _check_unique(frame, complain)
    figures = tidy(_tidied(frame))
    check_agreed(figures, agreed, complain)
    return Reading(
        file=file,
        format=FORMAT.key,
        title="INKAR – Indikatoren und Karten zur Raum- und Stadtentwicklung",
        code=agreed.code,
        frame=figures,
        attribution="© BBSR Bonn ‹Jahr der Ausgabe›, INKAR, dl-de/by-2-0",
        notes=(
            "Alle Jahre sind auf den Gebietsstand dieser Ausgabe umgerechnet: nie mit einer anderen Ausgabe zu einer "
            "Zeitreihe verbinden.",
        ),
        refused=tuple(_left_out(agreed)),
    )


FORMAT = Format("inkar", "INKAR (CSV der ganzen Datenbank)", "BBSR", recognises, read)


def _named(columns: tuple[str, ...]) -> tuple[str, ...]:
    """The columns under the names used here."""
    return tuple(NAMES.get(name, name) for name in columns)


def _check_header(columns: tuple[str, ...], complain: Complaint) -> None:
    if set(columns) & WIDE:
        complain(
            "Die Datei ist eine Tabelle der Internetseite von INKAR mit einer Spalte je Indikator; gelesen wird die "
            "lange Form.",
            row=1,
            column=", ".join(name for name in columns if name in WIDE),
            expected=MARK.join(OLD),
            found=MARK.join(columns)[:120],
            remedy="Auf www.inkar.de unter „Download“ die ganze Datenbank als CSV holen; --gebiet und --ebene wählen "
            "dann aus.",
        )
    unknown = [name for name in columns if name not in COLUMNS]
    absent = [name for name in OLD if name not in columns]
    if unknown or absent:
        complain(
            "Die Kopfzeile ist keine von INKAR.",
            row=1,
            column=", ".join(absent or unknown),
            expected=f"{MARK.join(OLD)}, neuere Ausgaben mit Kuerzel",
            found=MARK.join(columns)[:120],
            remedy=AGAIN,
        )


def _wanted(columns: tuple[str, ...], agreed: Agreed) -> pl.Expr:
    """The rows agreed upon. Keys are compared in every way the BBSR writes them, and told apart by level later."""
    keep = [pl.lit(True)]
    if agreed.keys is not None:
        spelled = sorted(set().union(*map(keys.as_bbsr, agreed.keys)))
        keep.append(pl.col("Kennziffer").is_in(spelled))
    if agreed.level is not None:
        spatial = [name for name, level in ADMINISTRATIVE.items() if level == agreed.level]
        keep.append(pl.col("Raumbezug").is_in(spatial) if spatial else ~_is_administrative())
    if agreed.code is not None:
        named = [pl.col(name) == agreed.code for name in ("ID", "Kuerzel") if name in columns]
        keep.append(pl.any_horizontal(named))
    if agreed.time is not None:
        keep.append(pl.col("Zeitbezug").str.contains(agreed.time[:4], literal=True))
    return pl.all_horizontal(keep)


def _is_administrative() -> pl.Expr:
    return pl.col("Raumbezug").is_in(list(ADMINISTRATIVE))


def _areas(raw: pl.DataFrame, complain: Complaint) -> pl.DataFrame:
    """Columns level and key. Each pair of Raumbezug and Kennziffer is converted once."""
    pairs = raw.group_by("Raumbezug", "Kennziffer").agg(pl.col(ROW).min()).sort(ROW)
    found: list[tuple[str, str]] = []
    for spatial, written, row in pairs.select("Raumbezug", "Kennziffer", ROW).iter_rows():
        level = ADMINISTRATIVE.get(spatial) or ("region" if spatial.startswith(REGIONS) else None)
        if level is None:
            complain(
                "Ein Raumbezug ist nicht bekannt.",
                row=row,
                column="Raumbezug",
                expected=", ".join(ADMINISTRATIVE) + " oder eine Region des BBSR",
                found=spatial[:SHOWN],
                remedy="Mit --ebene oder --gebiet nur lesen, was gebraucht wird; den Raumbezug der Entwicklung melden.",
            )
        region = written if NUMBER_OF_REGION.fullmatch(written) else None  # regions keep the number the BBSR gives them
        key = region if level == "region" else keys.of_bbsr(written, level)
        if not key:
            complain(
                "Eine Kennziffer passt nicht zu ihrem Raumbezug.",
                row=row,
                column="Kennziffer",
                expected=f"einen Schlüssel der Ebene {spatial}",
                found=written[:SHOWN] or "leer",
                remedy=AGAIN,
            )
        found.append((level, key))
    levels = pl.DataFrame(found, schema=["level", "key"], orient="row")
    return raw.join(pl.concat([pairs.drop(ROW), levels], how="horizontal"), on=["Raumbezug", "Kennziffer"])


def _times(frame: pl.DataFrame, complain: Complaint) -> pl.DataFrame:
    """Columns time and time_kind: a year, or a period of years as `2017-2021`."""
    written = pl.col("Zeitbezug")
    ends = written.str.extract_groups(PERIOD)
    begin, end = ends.struct.field("1"), ends.struct.field("2")
    frame = frame.with_columns(
        time=pl.when(written.str.contains(YEAR)).then(written).when(begin <= end).then(begin + "-" + end),
        time_kind=pl.when(written.str.contains(YEAR)).then(pl.lit("jahr")).otherwise(pl.lit("zeitraum")),
    )
    _refuse_first(
        frame.filter(pl.col("time").is_null()),
        "Ein Zeitbezug ist weder ein Jahr noch ein Zeitraum von Jahren.",
        "Zeitbezug",
        "2021 oder 2017-2021",
        complain,
    )
    return frame


def _values(frame: pl.DataFrame, complain: Complaint) -> pl.DataFrame:
    """Columns value and status; an empty cell is missing. Decimals are not counted: the BBSR prints all a float has."""
    written = pl.col("Wert")
    _refuse_first(
        frame.filter((written != "") & ~written.str.contains(NUMBER)),
        "Eine Zelle enthält keine Zahl.",
        "Wert",
        f"eine Zahl mit Dezimalkomma und höchstens {DIGITS} Stellen davor",
        complain,
    )
    number = written.str.replace("−", "-", literal=True).str.replace(",", ".", literal=True)
    frame = frame.with_columns(value=pl.when(written != "").then(number).cast(pl.Float64))
    _refuse_first(
        frame.filter(pl.col("value").abs() >= 10.0**DIGITS),
        "Eine Zahl ist zu groß, um eine zu sein.",
        "Wert",
        f"höchstens {DIGITS} Stellen",
        complain,
    )
    return frame.with_columns(
        status=pl.when(pl.col("value").is_null()).then(pl.lit("missing")).otherwise(pl.lit("reported"))
    )


def _check_names(frame: pl.DataFrame, complain: Complaint) -> None:
    """One ID is one indicator: a row that calls it otherwise is damaged or of another edition."""
    for column in [name for name in ("Kuerzel", "Indikator") if name in frame.columns]:
        usual = pl.col(column).mode().sort().first().over("Bereich", "ID")
        _refuse_first(
            frame.filter(pl.col(column) != usual),
            "Ein Indikator trägt mehrere Namen.",
            column,
            "einen Namen je Bereich und ID",
            complain,
        )
    _refuse_first(
        frame.filter(~pl.col("ID").str.contains("^[0-9]{1,6}$") | (pl.col("Bereich") == "")),
        "Eine Zeile nennt ihren Indikator nicht.",
        "ID",
        "Bereich und ID (eine Nummer)",
        complain,
    )


def _check_unique(frame: pl.DataFrame, complain: Complaint) -> None:
    same = ["Bereich", "ID", "Raumbezug", "Kennziffer", "Zeitbezug"]
    again = frame.filter(frame.select(same).is_duplicated() | frame.select([*same[:3], "key", "time"]).is_duplicated())
    _refuse_first(
        again,
        "Ein Wert kommt mehrfach vor.",
        "Kennziffer",
        "jeden Indikator je Gebiet und Zeitbezug einmal",
        complain,
    )


def _refuse_first(bad: pl.DataFrame, what: str, column: str, expected: str, complain: Complaint) -> None:
    if bad.height:
        first = bad.sort(ROW).row(0, named=True)
        complain(
            what,
            row=first[ROW],
            column=column,
            expected=expected,
            found=str(first[column])[:SHOWN] or "leer",
            remedy=AGAIN,
        )


def _tidied(frame: pl.DataFrame) -> pl.DataFrame:
    """The Kuerzel is the code of an indicator where there is one, because an ID changes between editions."""
    item = pl.col("ID")
    if "Kuerzel" in frame.columns:
        several = pl.col("ID").n_unique().over("Bereich", "Kuerzel") > 1
        item = pl.when(pl.col("Kuerzel") == "").then("ID").when(several).then(pl.col("Kuerzel") + ":" + pl.col("ID"))
        item = item.otherwise("Kuerzel")
    return frame.select(
        row=pl.col(ROW),
        place=pl.lit("Wert"),
        source_key="Kennziffer",
        key="key",
        level="level",
        name="Name",
        time="time",
        time_kind="time_kind",
        item=item,
        item_label="Indikator",
        dimensions=pl.when(pl.col("level") == "region")
        .then("BEREICH=" + pl.col("Bereich") + f"{SEPARATOR}RAUMBEZUG=" + pl.col("Raumbezug"))
        .otherwise("BEREICH=" + pl.col("Bereich")),
        value="value",
        unit=pl.lit(""),
        status="status",
        quality=pl.lit("final"),
    )


def _told(agreed: Agreed) -> list[str]:
    """What was asked for, in words."""
    words = {
        "Tabelle": agreed.code,
        "Zeit": agreed.time,
        "Ebene": agreed.level,
        "Gebiete": ", ".join(agreed.keys or ()),
    }
    return [f"{name} {value}" for name, value in words.items() if value]


def _left_out(agreed: Agreed) -> list[Refused]:
    if agreed.keys is None and agreed.level is None and agreed.code is None and agreed.time is None:
        return []
    return [Refused("alle übrigen Zeilen der Datei", "nicht in der Auswahl", 0)]
