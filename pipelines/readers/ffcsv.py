"""GENESIS flat CSV in its layout of 2024 and later: Destatis, Regionalstatistik, Zensus database, in both languages.

What belongs here: columns, regional variables, times, quality and completeness of this layout. What does not: signs
(`signs`), forms of keys (`geography.keys`), which code means what for the atlas (`sources.mapping`).

Every row is one figure, in no order; everything is read by the name of its column and by codes, never by position or
label, so that both languages give the same. The file tells neither its table nor its publisher nor a licence.

Truncation is noticed inside a row, and where areas, times and dimensions no longer make a complete grid. The
compressed edition leaves out rows that hold a sign, so a grid without any sign may have gaps: then a note says so.
Nobody can notice rows missing there, or the last areas of a table that has no other dimension; what is read is right.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from math import prod
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import polars as pl

from pipelines.geography.keys import (
    ags_of_ars,
    ags_of_kreisfreie,
    beginning,
    kreis_part,
    regierungsbezirk_of_land,
    verband_of_long,
)
from pipelines.german import is_day
from pipelines.readers import genesis
from pipelines.readers.columns import Columns, all_different, first_rows, together
from pipelines.readers.csv_text import BOM, BOMS_UTF_16, Complaint
from pipelines.readers.reading import NOTHING_AGREED, SEPARATOR, Agreed, Format, Reading, Refused, check_agreed, tidy
from pipelines.readers.signs import GENESIS, SHOWN, refuser, values
from pipelines.readers.text import AGAIN, decode, lines

if TYPE_CHECKING:
    from pipelines.readers.rawfile import RawFile

# A row takes about 500 bytes of memory, whatever its length in the file, and a reader must stay below 1 GiB
ROWS = 1_200_000
STATISTIC = ("statistics_code", "statistics_label")
TIME = ("time_code", "time_label", "time")
DIMENSION = ("variable_code", "variable_label", "variable_attribute_code", "variable_attribute_label")
VALUE = ("value", "value_unit", "value_variable_code", "value_variable_label")
QUALITY = "value_q"
FIXED = (*STATISTIC, *TIME, *VALUE)
_NUMBERED = re.compile(rf"([1-9][0-9]?)_({'|'.join(DIMENSION)})")
# The layout before 2024 had a column per indicator, and the numbers of dimensions with other words or capitals
_OLD = re.compile(r"[0-9]+_(?:Auspraegung|Merkmal|Variable)_.*")
# 12411; 1000A and 4000W of the census; AI… and RS… of atlases
_STATISTIC_CODE = re.compile("[0-9]{5}|[0-9]{4}[A-Z]|(?:AI|RS)[A-Z0-9-]*")
# BEVSTD, PRS018; units like EUR or TJ are shorter
_ITEM_CODE = re.compile("[A-Z][A-Z0-9_-]*")
_NO_UNIT = re.compile("[A-Z]{2,}[0-9]{2,}|[A-Z]{5,}")
# Codes of times that promise one form; a period of years is not longer than so many
TIMES = {"STAG": "ein Tag (2023-12-31)", "JAHR": "ein Jahr (2023)"}
LONGEST = 50
# KREISE, ALTX17, PGEM-2DI; of times also 3JAHRE
_VARIABLE_CODE = re.compile("[0-9]{0,2}[A-Z][A-Z0-9_-]*")


@dataclass(frozen=True)
class Regional:
    """Codes of a regional variable: which variables, which form a code has, the same in words, of which level the areas
    are, their key.

    The level follows the variable, not the length of a code; only inside one variable the length tells two apart.
    """

    variable: str
    code: str
    words: str
    level: str
    key: Callable[[str], str] = str


_LAND, _RB = "F?DLAND[RSUX]?|GEOBL[0-9]", "F?REGBEZ|GEORB[0-9]"
_KREIS, _GEMEINDE = "F?KREISE|GEOLK[0-9]|GEOKR[0-9]", "[FP]?GEMEIN|PGEM-2DI|FAMTGEM"
REGIONAL = (
    Regional("DINSG|DG|GEODL[0-9]", "DG|0", "DG", "bund", lambda _: "00"),
    Regional(_LAND, "0[1-9]|1[0-6]", "2 Ziffern von 01 bis 16", "land"),
    Regional(_RB, "[0-9]{3}", "3 Ziffern", "regierungsbezirk"),
    Regional(
        _RB, "0[1-9]|1[0-6]", "2 Ziffern (Land ohne Regierungsbezirke)", "regierungsbezirk", regierungsbezirk_of_land
    ),
    Regional(_KREIS, "[0-9]{5}", "5 Ziffern (Kreis)", "kreis"),
    Regional("GEO[LK][KR][0-9]", "[0-9]{5}0{7}", "12 Ziffern (Kreis)", "kreis", lambda code: beginning(code, "kreis")),
    # Districts of cities and three cities inside a Kreis stand among the Kreise and would be counted twice
    Regional(_KREIS, "[0-9]{8}", "8 Ziffern (Stadt oder Stadtbezirk)", "bezirk"),
    Regional("GEOBZ[0-9]", "[0-9]{8}|[0-9]{12}", "8 oder 12 Ziffern", "bezirk"),
    Regional("GEOVB[0-9]|FAMTGEM", "[0-9]{9}", "9 Ziffern (Verband)", "verband"),
    Regional("GEOVB[0-9]", "[0-9]{9}000", "12 Ziffern, am Ende 000", "verband", verband_of_long),
    Regional(_GEMEINDE, "[0-9]{8}", "8 Ziffern (Gemeinde)", "gemeinde"),
    Regional(_GEMEINDE, "[0-9]{5}", "5 Ziffern (kreisfreie Stadt)", "gemeinde", ags_of_kreisfreie),
    Regional("GEOGM[0-9]", "[0-9]{12}", "12 Ziffern (Gemeinde)", "gemeinde", ags_of_ars),
)
# Regional variables and codes that name no area of the administration
NO_AREAS = (
    (f"{_LAND}|{_KREIS}|{_GEMEINDE}|{_RB}", "", "Summe ohne Gebietsschlüssel"),
    ("DLAND[RSUX]", "(?!0?[0-9]{1,2}$).+", "Ausland und Restpositionen sind keine Gebiete"),
    ("F(?:DLAND|REGBEZ|KREISE|GEMEIN|AMTGEM)", "F[0-9]+", "Schlüssel der Finanzstatistik sind keine amtlichen"),
    ("FDINSG|GRSTADT|NUTS-?[0-9].*", ".*", "Gebiete, die keine Ebene der Verwaltung sind"),
)
_VARIABLES = re.compile("|".join([rule.variable for rule in REGIONAL] + [variable for variable, _, _ in NO_AREAS]))


@cache
def _rules(variable: str) -> tuple[list[tuple[re.Pattern[str], Regional]], list[tuple[re.Pattern[str], str]]]:
    """Forms of the codes of a regional variable: with what is read of them, and with why they are left out."""
    read = [(re.compile(rule.code), rule) for rule in REGIONAL if re.fullmatch(rule.variable, variable)]
    return read, [(re.compile(codes), reason) for name, codes, reason in NO_AREAS if re.fullmatch(name, variable)]


def recognises(file: RawFile) -> bool:
    """Whether the first line names columns of a flat CSV, of this layout or the one before, whole or not."""
    names = [name.strip('"') for name in re.split("[;,\t]", _first_line(file.head))]
    known = sum(name in FIXED or _NUMBERED.fullmatch(name) is not None for name in names)
    return known >= 4 or sum(_OLD.fullmatch(name) is not None for name in names) >= 2


def read(file: RawFile, agreed: Agreed = NOTHING_AGREED) -> Reading:
    """All figures of a file. Raises InputError for everything that is not as the layout or the agreement says."""
    complain = Complaint(file)
    try:
        table = _Table(_cells(file, complain), complain)
    except OverflowError:
        complain(
            "Die Datei hat mehr Zeilen, als auf einmal gelesen werden.",
            expected=f"höchstens {ROWS} Zeilen",
            found="mehr",
            remedy="Die Tabelle in Teilen herunterladen (weniger Jahre, Merkmale oder Gebiete).",
        )
    if table.has_lost_letters():
        # Such a file is refused there, with the line
        decode(file)
    frame, notes = table.figures(agreed)
    notes += table.time_notes()
    with ThreadPoolExecutor(1) as pool:
        checked = pool.submit(genesis.check_counts, frame, complain, *table.statistic)
        frame, refused = _settled(frame, agreed)
        notes += checked.result()
    if frame.is_empty() or (agreed.level and agreed.level not in frame["level"]):
        _refuse_empty(refused, agreed, complain)
    code, title = table.statistic
    # The file names its statistic, the catalogue a table of it: 12411 and 12411-01-01-4
    of_statistic = (agreed.code or "").startswith(f"{code}-")
    check_agreed(frame, agreed, complain, agreed.code if of_statistic else code)
    return Reading(file, FORMAT.key, title, tidy(frame), code=code, notes=tuple(notes), refused=tuple(refused))


FORMAT = Format("ffcsv", "GENESIS-Flat-CSV", "Statistische Ämter des Bundes und der Länder", recognises, read)


# --- the file as cells ---


def _first_line(head: bytes) -> str:
    return head.removeprefix(BOM).split(b"\n", 1)[0].rstrip(b"\r").decode("utf-8", "replace")


def _cells(file: RawFile, complain: Complaint) -> Columns:
    """The cells of the file. Raises InputError for another encoding or header and for rows that are not whole."""
    if file.head.startswith(BOMS_UTF_16):
        decode(file)
    header = _header(_first_line(file.head), complain)
    try:
        cells = Columns(file.view, header, ";", ["value"], ROWS)
    except ValueError:
        # Not UTF-8, or a row too long or short: decode tells what is wrong with the letters, or gives them in UTF-8
        text = decode(file)
        _check_shape(text, header, complain)
        cells = Columns(text.encode(), header, ";", ["value"], ROWS)
    _check_filled(cells, complain)
    return cells


def _header(line: str, complain: Complaint) -> list[str]:
    """The names of the columns. Raises InputError for another layout, separator, or set of columns."""
    header = [name.strip('"') for name in line.split(";")]
    if any(_OLD.fullmatch(name) for name in header):
        complain(
            "Die Datei hat den alten Aufbau der GENESIS-Flat-CSV (bis 2024).",
            row=1,
            expected="statistics_code;statistics_label;time_code;time_label;time;…",
            found=line[:SHOWN],
            remedy="Die Tabelle neu aus der Datenbank herunterladen (Format „CSV flat“); "
            "die Datenbanken geben heute nur noch den neuen Aufbau aus.",
        )
    numbers = sorted({int(match[1]) for name in header if (match := _NUMBERED.fullmatch(name))})
    dimensions = [f"{number}_{part}" for number in range(1, (numbers or [0])[-1] + 1) for part in DIMENSION]
    needed = [*STATISTIC, *TIME, *dimensions, *VALUE]
    odd = {
        "unbekannte": [name for name in header if name not in (*needed, QUALITY)],
        "fehlende": [name for name in needed if name not in header],
        "doppelte": [name for name in header if header.count(name) > 1],
    }
    for what, names in odd.items():
        if names:
            complain(
                f"Die Datei hat {what} Spalten.",
                row=1,
                column=", ".join(dict.fromkeys(names))[:200],
                expected=";".join(needed),
                found=line[:200] or "keine Kopfzeile",
                remedy=AGAIN,
            )
    return header


def _check_shape(text: str, header: list[str], complain: Complaint) -> None:
    for row, line in enumerate(lines(text), start=1):
        cells = next(csv.reader([line], delimiter=";"), [])
        if len(cells) != len(header) or (line.count('"') and line.count('"') % 2):
            complain(
                "Eine Zeile hat nicht so viele Zellen wie die Kopfzeile.",
                row=row,
                expected=f"{len(header)} Zellen",
                found=f"{len(cells)} Zellen",
                remedy="Die Datei ist abgeschnitten oder verändert. " + AGAIN,
            )


def _check_filled(cells: Columns, complain: Complaint) -> None:
    """Only the code of a total and a quality may be empty."""
    if not cells.height:
        complain(
            "Die Datei hat keine Datenzeile.", row=2, expected="mindestens eine Zeile", found="keine", remedy=AGAIN
        )
    for name in cells.names:
        if name in ("value", QUALITY) or name.endswith("_attribute_code") or not (cells.texts(name) == "").any():
            continue
        complain(
            "Eine Zelle ist leer.",
            row=int((cells.cells(name) == "").arg_true()[0]) + 2,
            column=name,
            expected="leer nur der Code einer Summe und die Qualität",
            found="eine leere Zelle",
            remedy="Die Datei ist abgeschnitten oder verändert. " + AGAIN,
        )


class _Table:
    """The rows of a file, and what the codes in them mean, each different one looked at once."""

    def __init__(self, cells: Columns, complain: Complaint) -> None:
        """Raises InputError for labels that contradict each other and for anything but one regional dimension."""
        self.cells = cells
        self.complain = complain
        self.count = sum(name.endswith("_variable_attribute_code") for name in cells.names)
        self.region = self._region()
        self.others = [number for number in range(1, self.count + 1) if number != self.region]
        self._check_codes()
        self._check_labels()

    def has_lost_letters(self) -> bool:
        """Whether a text shows that an earlier conversion took its letters."""
        texts = (self.cells.texts(name) for name in self.cells.names if name != "value")
        return any(text.str.contains("[\\x00\ufffd]|ï¿½|Ã[¼¤¶]").any() for text in texts)

    @property
    def statistic(self) -> tuple[str, str]:
        """Code and label of the statistic the table is taken from."""
        code, label = self.cells.row(0, STATISTIC)
        return code, label

    def time_notes(self) -> list[str]:
        """Which time the figures are of, where it is neither a day nor a year of reporting."""
        code, label = self.cells.row(0, ("time_code", "time_label"))
        return [] if code in TIMES else [f"Zeitbezug der Tabelle: {label} ({code})."]

    def figures(self, agreed: Agreed) -> tuple[pl.DataFrame, list[str]]:
        """One row per figure in the columns of a reading, dashes still unsettled, and what is to be said of the file.

        Further columns: `variable` of the area, `reason` to leave it out, and those of `genesis.settled`.
        """
        # The values take as long as everything else here
        with ThreadPoolExecutor(1) as pool:
            values_read = pool.submit(self._values)
            parts = {
                "area": self._areas(),
                "time": self._times(),
                "item": self._items(),
                "dimensions": self._dimensions(),
            }
            self._check_unique({name: numbers for name, (numbers, _) in parts.items()})
            read, notes = values_read.result()
        notes += self._check_complete(parts["area"][0], parts["time"][0], read["value"].is_null().any())
        level = parts["area"][1]["level"].cast(pl.Categorical).to_physical().to_numpy()[parts["area"][0]]
        texts = [frame.select(pl.all().gather(numbers)) for numbers, frame in parts.values()]
        frame = pl.concat([*texts, read], how="horizontal").with_columns(
            row=pl.int_range(2, self.cells.height + 2, dtype=pl.Int64),
            place=pl.lit("value"),
            basis=pl.lit(agreed.basis, dtype=pl.String),
            **genesis.shared(level=level, **{name: numbers for name, (numbers, _) in parts.items()}),
        )
        return frame, notes

    def _refuse(self, at: int, column: str, what: str, expected: str, found: str, remedy: str = AGAIN) -> NoReturn:
        self.complain(what, row=at + 2, column=column, expected=expected, found=found[:200], remedy=remedy)

    def _region(self) -> int:
        """The number of the regional dimension."""
        found = {
            number: self.cells.texts(f"{number}_variable_code").sort().to_list() for number in range(1, self.count + 1)
        }
        regional = [number for number, codes in found.items() if any(map(_VARIABLES.fullmatch, codes))]
        if len(regional) == 1:
            return regional[0]
        self._refuse(
            -1,
            ", ".join(f"{number}_variable_code" for number in regional or found) or "n_variable_code",
            "Die Datei nennt keine Gebiete." if not regional else "Die Datei nennt zwei Arten von Gebieten.",
            "genau ein Regionalmerkmal, etwa KREISE oder GEMEIN",
            "; ".join(", ".join(codes) for codes in found.values()) or "kein Merkmal",
            "Ströme zwischen Gebieten liest der Atlas nicht; eine Tabelle mit nur einem der Merkmale herunterladen."
            if regional
            else "Ohne Regionalmerkmal sagt die Datei nicht, für welches Gebiet ihre Zahlen gelten (oft Deutschland). "
            "Die Tabelle mit dem Merkmal DINSG (Deutschland insgesamt), DLAND, KREISE oder GEMEIN herunterladen.",
        )

    def _variables(self) -> list[str]:
        return [f"{number}_variable_code" for number in range(1, self.count + 1)]

    def _check_codes(self) -> None:
        """Codes have their form, and there is one statistic: else columns were exchanged below their names."""
        codes = self.cells.texts("statistics_code")
        forms = (
            ("statistics_code", _STATISTIC_CODE.fullmatch, "ein Code wie 12411 oder 1000A"),
            ("statistics_code", lambda code: code == codes[0], f"überall {codes[0]}"),
            ("value_variable_code", _ITEM_CODE.fullmatch, "ein Code wie BEVSTD oder PRS018"),
            *((name, _VARIABLE_CODE.fullmatch, "ein Code wie KREISE oder GES") for name in self._variables()),
            ("time_code", _VARIABLE_CODE.fullmatch, "ein Code wie STAG oder JAHR"),
            ("value_unit", lambda unit: not _NO_UNIT.fullmatch(unit), "eine Maßeinheit wie Anzahl oder EUR"),
        )
        for column, fits, expected in forms:
            odd = next((text for text in self.cells.texts(column) if not fits(text)), None)
            if odd is not None:
                self._refuse(
                    int((self.cells.cells(column) == odd).arg_true()[0]),
                    column,
                    "Eine Spalte enthält nicht, was ihr Name sagt.",
                    expected,
                    odd,
                    "Prüfen, ob Spalten vertauscht sind. " + AGAIN,
                )

    def _check_labels(self) -> None:
        """A code has one label: two mean a damaged row, or columns that no longer belong together."""
        groups = [list(STATISTIC), ["time_code", "time_label"]]
        for number in range(1, self.count + 1):
            code, label, attribute, attribute_label = (f"{number}_{part}" for part in DIMENSION)
            groups += [[code, label], [code, attribute, attribute_label]]
        groups.append(["value_variable_code", "value_unit", "value_variable_label"])
        for columns in groups:
            labels = self.cells.codes(columns[-1])
            if labels is None:
                continue
            numbers = self.cells.numbered(columns[:-1])
            first = first_rows(numbers)[numbers]
            odd = labels[first] != labels
            if odd.any():
                self._refuse_label(columns, int(np.argmax(odd)), int(first[np.argmax(odd)]))

    def _refuse_label(self, columns: list[str], at: int, first: int) -> NoReturn:
        *codes, label = self.cells.row(at, columns)
        self._refuse(
            at,
            columns[-1],
            "Ein Code trägt zwei verschiedene Bezeichnungen.",
            f"wie in Zeile {first + 2} für {', '.join(codes)}: {self.cells.row(first, columns)[-1]}",
            label,
        )

    def _areas(self) -> tuple[np.ndarray, pl.DataFrame]:
        variable, code = f"{self.region}_variable_code", f"{self.region}_variable_attribute_code"
        numbers, frame = self.cells.different([variable, code])
        names = self.cells.at(f"{self.region}_variable_attribute_label", frame["at"].to_numpy())
        self._check_kreisfreie(frame, variable, code)
        found = [self._area(*row) for row in frame.iter_rows()]
        return numbers, pl.DataFrame(
            {
                "source_key": frame[code],
                "key": [key for key, _, _ in found],
                "level": [level for _, level, _ in found],
                "name": names.str.strip_chars(),
                "variable": frame[variable],
                "reason": [reason for _, _, reason in found],
            },
            schema_overrides={"reason": pl.String},
        )

    def _area(self, variable: str, code: str, at: int) -> tuple[str, str, str | None]:
        """Key and level of a code, or the reason to leave it out."""
        rules, left_out = _rules(variable)
        for form, rule in rules:
            if form.fullmatch(code):
                return rule.key(code), rule.level, None
        for form, reason in left_out:
            if form.fullmatch(code):
                return code, "summe", reason
        self._refuse_area(variable, code, at)

    def _refuse_area(self, variable: str, code: str, at: int) -> NoReturn:
        known = [rule for _, rule in _rules(variable)[0]]
        if not known:
            self._refuse(
                at,
                f"{self.region}_variable_code",
                "Ein Regionalmerkmal ist nicht bekannt.",
                "DINSG, DLAND, REGBEZ, KREISE, GEMEIN oder eines der Zensusdatenbank (GEO…)",
                variable,
                "Die Ebene beim Herausgeber erfragen und der Entwicklung melden.",
            )
        what = "Ein Gebietsschlüssel hat nicht die Form seiner Ebene."
        if code[:1] != "0" and any(re.fullmatch(rule.code, f"0{code}") for rule in known):
            what = "Ein Gebietsschlüssel hat seine führende Null verloren."
        self._refuse(
            at,
            f"{self.region}_variable_attribute_code",
            what,
            f"{variable}: " + " oder ".join(dict.fromkeys(rule.words for rule in known)),
            code,
        )

    def _check_kreisfreie(self, frame: pl.DataFrame, variable: str, code: str) -> None:
        """Among Gemeinden five digits are a kreisfreie Stadt, which has no Gemeinde inside it."""
        gemeinden = frame.filter(pl.col(variable).str.contains(f"^(?:{_GEMEINDE})$"))
        kreise = gemeinden.filter(pl.col(code).str.len_chars() == 5)
        inside = gemeinden.filter(pl.col(code).str.len_chars() == 8).select(kreis_part(pl.col(code)))[code]
        wrong = kreise.filter(pl.col(code).is_in(inside.implode()))
        if wrong.height:
            self._refuse(
                wrong["at"][0],
                code,
                "Ein Kreis steht unter den Gemeinden.",
                "unter den Gemeinden Schlüssel mit 8 Stellen, mit 5 Stellen nur kreisfreie Städte",
                wrong[code][0],
            )

    def _times(self) -> tuple[np.ndarray, pl.DataFrame]:
        numbers, frame = self.cells.different(["time_code", "time"])
        codes = frame["time_code"].unique(maintain_order=True)
        if len(codes) > 1:
            self._refuse(
                frame.filter(pl.col("time_code") != codes[0])["at"].min(),  # type: ignore[arg-type]
                "time_code",
                "Die Datei mischt Zeitbezüge.",
                f"überall {codes[0]}",
                codes[1],
                "Die Tabellen mit verschiedenen Zeitbezügen einzeln herunterladen.",
            )
        found = []
        for code, time, at in frame.iter_rows():
            read = _time(code, time)
            if read is None:
                self._refuse(
                    at,
                    "time",
                    "Eine Zeitangabe hat keine bekannte Form.",
                    TIMES.get(
                        code,
                        "ein Tag (2023-12-31), ein Jahr (2023), Jahre (2022/23), ein Semester (WS 2022/23, "
                        "SS 2023), ein Quartal (2023-Q1), ein Monat (2023-03P1M)",
                    ),
                    f"{code}: {time}",
                    "Prüfen, ob ein anderes Programm die Datei geändert hat, und sie neu herunterladen; sonst "
                    "dieselben Zahlen als Kreuztabelle herunterladen oder die Form der Entwicklung melden.",
                )
            found.append(read)
        return numbers, pl.DataFrame(found, schema=["time", "time_kind"], orient="row")

    def _items(self) -> tuple[np.ndarray, pl.DataFrame]:
        """Indicators: the code, and for its share or change in percent the code with a percent sign.

        The databases print one code for the number and its percentage; without the sign they would be one item.
        """
        numbers, frame = self.cells.different(["value_variable_code", "value_unit"])
        frame = frame.with_columns(
            item=pl.when(pl.col("value_unit").is_in(genesis.PERCENT))
            .then(pl.col("value_variable_code") + " %")
            .otherwise("value_variable_code")
        )
        twice = frame.filter(pl.col("item").is_duplicated()).sort("at")
        if twice.height:
            self._refuse(
                twice["at"][-1],
                "value_unit",
                "Ein Merkmal hat zwei Einheiten.",
                f"{twice['item'][-1]} überall in „{twice['value_unit'][0]}“, daneben nur Prozent",
                twice["value_unit"][-1],
            )
        labels = self.cells.at("value_variable_label", frame["at"].to_numpy())
        return numbers, frame.select("item", item_label=labels, unit="value_unit")

    def _dimensions(self) -> tuple[np.ndarray, pl.DataFrame]:
        parts = [[f"{number}_{part}" for part in DIMENSION] for number in self.others]
        if not parts:
            empty = pl.DataFrame({"dimensions": [""], "dimension_labels": [""]})
            return np.zeros(self.cells.height, dtype=np.int64), empty
        numbers, frame = self.cells.different([name for names in parts for name in names])
        codes = [pl.format("{}={}", code, attribute) for code, _, attribute, _ in parts]
        labels = [pl.format("{}: {}", label, pl.col(name).str.strip_chars()) for _, label, _, name in parts]
        return numbers, frame.select(
            dimensions=pl.concat_str(codes, separator=SEPARATOR),
            dimension_labels=pl.concat_str(labels, separator=SEPARATOR),
        )

    def _check_unique(self, parts: dict[str, np.ndarray]) -> None:
        key = together(*parts.values())
        if all_different(key):
            return
        at = int(pl.Series(key).is_first_distinct().not_().arg_true()[0])
        self._refuse(
            at,
            "alle außer value",
            "Eine Zahl steht zweimal in der Datei.",
            f"jede Kombination von Codes einmal; zuerst in Zeile {int(np.argmax(key == key[at])) + 2}",
            ", ".join(self.cells.row(at, [name for name in self.cells.names if name.endswith("_code")])),
        )

    def _values(self) -> tuple[pl.DataFrame, list[str]]:
        """Columns value, status, quality, sign and structural."""
        cells = self.cells.cells("value")
        signs = genesis.signs_of(cells)
        read = values(cells, signs, refuser(self.complain, range(2, len(cells) + 2), "value", signs))
        notes = ["Die Datei schreibt Zahlen mit Dezimalpunkt."] if signs is genesis.POINT else []
        if QUALITY not in self.cells.names:
            return read.with_columns(structural=pl.lit(False)), notes
        beside = self.cells.cells(QUALITY).str.strip_chars()
        self._check_quality(read, beside)
        read = genesis.qualified(read, beside)
        structural = int(read["structural"].sum())
        if structural:
            notes.append(f"{structural} Zellen „-“ ohne Angabe zur Qualität: die Kombination ist nicht gebildet.")
        return read, notes

    def _check_quality(self, read: pl.DataFrame, beside: pl.Series) -> None:
        repeated = (beside == self.cells.cells("value").str.strip_chars()) & read["value"].is_null()
        odd = ~(beside.is_in(list(genesis.QUALITIES)) | repeated)
        if odd.any():
            at = int(odd.arg_true()[0])
            self._refuse(
                at,
                QUALITY,
                "Ein Zeichen zur Qualität ist nicht bekannt oder widerspricht dem Wert.",
                "leer, " + ", ".join(code for code in genesis.QUALITIES if code) + " oder das Zeichen des Wertes",
                f"{beside[at]} neben {self.cells.row(at, ['value'])[0]}",
                f"Die Bedeutung bei „{GENESIS.publisher}“ erfragen und der Entwicklung melden.",
            )

    def _check_complete(self, areas: np.ndarray, times: np.ndarray, signs: bool) -> list[str]:
        """Compare the rows with the grid of areas, times and codes that each block of the table spans.

        A block is what shares regional variable, indicator and variables. The compressed edition leaves out whole lines
        of a table: at least one axis is then complete in whatever is left of the others.
        """
        axes = {"Gebiete": areas, "Zeitpunkte": times}
        for number in self.others:
            code = f"{number}_variable_attribute_code"
            axes[f"Codes in {code}"] = self.cells.numbered([code])
        block = self.cells.numbered([*self._variables(), "value_variable_code", "value_unit"])
        if not block.any() and len(block) == prod(int(numbers.max()) + 1 for numbers in axes.values()):
            return []
        grid = pl.DataFrame({"block": block, **axes})
        spans = grid.group_by("block").agg(pl.len().alias("rows"), pl.exclude("block").n_unique())
        spans = spans.with_columns(cells=pl.fold(1, lambda a, b: a * b, pl.col(list(axes)).cast(pl.Int64)))
        gaps = spans.filter(pl.col("rows") < pl.col("cells")).sort("block")
        for gap in gaps.iter_rows(named=True) if signs else ():
            inside = grid.filter(pl.col("block") == gap["block"])
            wide = [name for name in axes if gap[name] > 1]
            if not any(_holds_whole(inside, name, [axis for axis in wide if axis != name]) for name in wide):
                self._refuse_gap(gap, wide)
        missing = int((gaps["cells"] - gaps["rows"]).sum())
        if not missing:
            return []
        return [f"{missing} Zellen der Tabelle fehlen; in der komprimierten Fassung sind das Zeilen ohne Zahl."]

    def _refuse_gap(self, gap: dict[str, Any], wide: list[str]) -> NoReturn:
        spanned = " × ".join(f"{gap[name]} {name}" for name in wide)
        self.complain(
            "Die Datei ist unvollständig.",
            expected=f"{gap['cells']} Zeilen ({spanned})",
            found=f"{gap['rows']} Zeilen",
            remedy=AGAIN,
        )


def _holds_whole(inside: pl.DataFrame, axis: str, others: list[str]) -> bool:
    """Whether every combination of the other axes that occurs has every value of this one."""
    return inside.select(others).unique().height * inside[axis].n_unique() == inside.height


def _time(code: str, time: str) -> tuple[str, str] | None:
    """Time and kind in the words of a reading: a day, a year, or first and last year or day of a period.

    The form of the time decides, because there are many codes (WAHLTG, KJAHR, SMONAT); only STAG and JAHR promise one.
    """
    day = is_day(time) if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", time) else False
    if code == "STAG" or day:
        return (time, "stichtag") if day and code != "JAHR" else None
    year = re.fullmatch("([12][0-9]{3})(?:-01P(?:1Y|12M))?", time)
    if code == "JAHR" or year:
        return (year[1], "jahr") if year else None
    years = re.fullmatch("([12][0-9]{3})/((?:[12][0-9])?[0-9]{2})", time)
    if years:
        first, last = int(years[1]), int(years[2])
        # 1999/00: the century of the last year follows from the first
        last = last if last > 99 else first + (last - first) % 100
        return (f"{first}/{last}", "zeitraum") if first < last <= first + LONGEST else None
    return _part_of_year(code, time)


def _part_of_year(code: str, time: str) -> tuple[str, str] | None:
    winter = re.fullmatch("W[ST] ([12][0-9]{3})/([0-9]{2})", time)
    if winter and genesis.follows(winter[1], winter[2]):
        return genesis.months(int(winter[1]), 10, 6)
    summer = re.fullmatch("S[ST] ([12][0-9]{3})", time)
    if summer:
        return genesis.months(int(summer[1]), 4, 6)
    quarter = re.fullmatch("([12][0-9]{3})-?Q([1-4])", time)
    if quarter:
        return genesis.months(int(quarter[1]), 3 * int(quarter[2]) - 2, 3)
    # Under another code a month alone may be the first of several
    month = re.fullmatch("([12][0-9]{3})-(0[1-9]|1[0-2])", time)
    if month and "MON" in code:
        return genesis.months(int(month[1]), int(month[2]), 1)
    span = re.fullmatch("([12][0-9]{3})-(0[1-9]|1[0-2])P([1-9][0-9]?)M", time)
    return genesis.months(int(span[1]), int(span[2]), int(span[3])) if span else None


# --- dashes, levels left out, and what was agreed ---


def _settled(frame: pl.DataFrame, agreed: Agreed) -> tuple[pl.DataFrame, list[Refused]]:
    """The frame with every dash told apart, without areas and levels that are left out."""
    refused = []
    if frame["reason"].is_not_null().any():
        out = frame.filter(pl.col("reason").is_not_null())
        refused = [
            Refused(f"{variable}: {', '.join(codes)}"[:200], reason, rows)
            for variable, reason, codes, rows in out.group_by("variable", "reason", maintain_order=True)
            .agg(pl.col("name").unique(maintain_order=True), pl.len())
            .iter_rows()
        ]
        frame = frame.filter(pl.col("reason").is_null())
    frame, empty = genesis.settled(frame.drop("reason", "variable"), agreed.existing)
    return frame, [*refused, *empty]


def _refuse_empty(refused: list[Refused], agreed: Agreed, complain: Complaint) -> NoReturn:
    complain(
        "Die Datei enthält keine Zahl, die sich verwenden lässt.",
        column="value",
        expected=f"Zahlen der Ebene {agreed.level}" if agreed.level else "Zahlen",
        found="; ".join(f"{entry.what}: {entry.reason}" for entry in refused)[:500] or "keine solche Ebene",
        remedy="Die Tabelle mit einer Ebene herunterladen, für die der Herausgeber Zahlen veröffentlicht.",
    )
