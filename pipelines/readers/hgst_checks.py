"""Whether the figures of a table of the Hessische Gemeindestatistik agree with each other.

What belongs here: shares beside counts, parts beside totals, balances, densities, ages, keys beside names, Gemeinden
beside their Kreis. What does not: heads and times (`hgst_head`), areas (`hgst`). No list says which column is the total
of which: what holds in most rows is the rule of the table, and a row that breaks it is an error. What holds nowhere is
none: commuters, moves and the money of a Kreis body never add up, which the notes tell.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NoReturn

import numpy as np
import polars as pl

from pipelines.geography.keys import areas_of_hsl, beginnings
from pipelines.german import decimals_for, number
from pipelines.readers.hgst_head import Column
from pipelines.readers.workbook import AGAIN, Workbook, letter

# The sums a table can be held against: level of the parts, of the whole
SUMS = (
    (("gemeinde", "gemeindefrei"), "kreis"),
    (("kreis",), "regierungsbezirk"),
    (("regierungsbezirk",), "land"),
)
# Rows below which nothing can be said of a rule
FEW = 3
# A column of whole numbers may have a stray one; the grain of a column is that of nearly all its numbers
NEARLY = 0.95
# Parts may legitimately miss a rest („unbekannt“) in some rows; the rule must hold in so many
USUAL = 0.9
# One whole in so many may break the rule of its column and is then an error; more are the nature of the column
SINGLE = 5
_RATE = re.compile("%|Prozent|^je |^auf | je | auf ")
# A mean by its words, whatever its unit: „Wohnfläche je Wohnung in m²“
_EACH = r"\bje\b"
_DENSITY = ("je km²", "je km2")
_KM2 = ("km²", "km2")
# What is counted in halves, or a mean of counts
_BROKEN = re.compile("äquivalent|durchschnitt|mittel", re.IGNORECASE)
# Ages of a population: „unter 6“, „6 bis unter 15“; above, many years hold few persons
_PEOPLE = re.compile("bevölkerung|einwohner", re.IGNORECASE)
_AGES = re.compile(r"(?:([0-9]+) bis )?unter ([0-9]+)(?: Jahren?)?")
OLDEST, WIDER = 65, 1.5
_SHARE = ("%", "Prozent")
_PERSONS = ("", "Anzahl", "Personen")
_CHANGE = re.compile(r"gegenüber|abnahme|zunahme|veränderung", re.IGNORECASE)
_PARTS = re.compile(r"\bdavon\b", re.IGNORECASE)
_WHOLE = re.compile(r"\binsgesamt\b", re.IGNORECASE)
# What comes in, goes out, and the balance of both
BALANCES = (
    (r"^einpendler", r"^auspendler", r"saldo"),
    (r"^(?:zugezogene|zuzüge)", r"^(?:fortgezogene|fortzüge)", r"^wanderungs(?:saldo|gewinn|überschuss)"),
    (r"^lebendgeborene", r"^gestorbene", r"^geburten(?:saldo|überschuss|defizit)|^überschuss der geborenen"),
)


@dataclass(frozen=True)
class _Pair:
    """A column of counts and the shares printed beside them under the same words."""

    count: Column
    share: Column

    @property
    def above(self) -> tuple[str, ...]:
        return self.count.path[:-2]


class Agreement:
    """The figures of a sheet by column, to be held against each other."""

    def __init__(self, book: Workbook, sheet: str, columns: Sequence[Column], frame: pl.DataFrame) -> None:
        """`frame`: the figures of all sheets: row, place, source_key, value, quality.

        Rows of associations of Gemeinden stay out: who belongs to them changes, and their shares are not revised.
        """
        self.book = book
        self.sheet = sheet
        places = {column.at: f"{sheet}!{letter(column.at)}" for column in columns}
        certain = pl.when(pl.col("quality") != "limited").then("value")
        wide = (
            frame.filter(pl.col("place").is_in(list(places.values())), ~pl.col("source_key").str.starts_with("9"))
            .unique(["row", "place"], maintain_order=True)
            .with_columns(certain)
            .pivot("place", index="row", values="value")
            .sort("row")
        )
        self.rows = wide["row"].to_list()
        self.values = {at: wide[place] for at, place in places.items()}
        self.columns = columns
        self.counts = [
            column
            for column in columns
            if not (_RATE.search(column.unit) or any(re.search(_EACH, text) for text in column.path))
        ]

    def check(self) -> None:
        """Raises InputError where a share, a total, a density or a balance contradicts the counts beside it."""
        self._whole()
        self._ages()
        self._balances()
        self._shares()
        self._parts()
        self._density()

    def _whole(self) -> None:
        """What is counted one by one is whole: else words or units of the head were swapped."""
        for column in self.counts:
            mean = column.time_kind == "jahresdurchschnitt" or any(_BROKEN.search(text) for text in column.path)
            if column.unit not in ("Anzahl", "Personen") or mean:
                continue
            values = self.values[column.at]
            for at in ((values - values.round()).abs() > 1e-6).fill_null(False).arg_true():
                self._refuse(
                    "Eine Anzahl ist keine ganze Zahl.",
                    self.rows[at],
                    column,
                    f"ganze Zahlen unter „{column.label}“",
                    _shown(values[at]),
                )

    def _density(self) -> None:
        """Figures per km² are those of a count of the table by its area."""
        for column in self.columns:
            areas = [area for area in self.counts if area.unit in _KM2 and area.time == column.time]
            if column.unit not in _DENSITY or len(areas) != 1:
                continue
            counts = [count for count in self.counts if count is not areas[0] and count.time == column.time]
            fits = [self._fits_density(count, areas[0], column) for count in counts]
            best = max(fits, key=lambda holds: holds.sum(), default=None)
            if best is None or len(best.drop_nulls()) < FEW:
                continue
            usual = _mostly(best)
            for at in (~best).fill_null(False).arg_true():
                self._refuse(
                    "Fläche, Anzahl und Anzahl je km² passen nicht zusammen.",
                    self.rows[at],
                    column,
                    f"eine Anzahl der Tabelle geteilt durch {_shown(self.values[areas[0].at][at])} km² "
                    f"in Spalte {letter(areas[0].at)}" + ("" if usual else "; so ist es in keiner oder wenigen Zeilen"),
                    _shown(self.values[column.at][at]),
                )

    def _fits_density(self, count: Column, area: Column, density: Column) -> pl.Series:
        """Row by row whether the figure per km² is that of a count; null where there is no area."""
        number, size, found = (self.values[column.at] for column in (count, area, density))
        share = _grain(size, area.unit) / 2 / size
        allowed = _grain(found, density.unit) * 0.51 + found * share * 1.1 + _grain(number, count.unit) / 2 / size
        return pl.select(pl.when(size > 0).then((number / size - found).abs() <= allowed + 1e-6)).to_series()

    def _ages(self) -> None:
        """Of a whole population few years of age hold fewer persons than many; looked at where most of them live."""
        groups: dict[tuple[tuple[str, ...], str, str], list[tuple[Column, int]]] = {}
        for column in self.counts:
            *above, last = column.names or ("",)
            ages = _AGES.fullmatch(last)
            if ages and int(ages[2]) <= OLDEST and any(_PEOPLE.search(text) for text in above):
                width = int(ages[2]) - int(ages[1] or 0)
                groups.setdefault((tuple(above), column.unit, column.time), []).append((column, width))
        for bands in groups.values():
            most = _total([self.values[column.at] for column, _ in bands]).arg_max()
            for few, narrow in bands:
                for many, wide in bands:
                    values = [self.values[column.at][most] for column in (few, many)] if most is not None else []
                    if WIDER * narrow <= wide and None not in values and len(values) == 2 and values[0] > values[1]:
                        self._refuse(
                            "Wenige Lebensjahre haben mehr Personen als viele; Überschriften sind vertauscht.",
                            self.rows[most or 0],
                            few,
                            f"unter „{few.label}“ weniger als unter „{many.label}“ (Spalte {letter(many.at)})",
                            f"{_shown(values[0])} und {_shown(values[1])}",
                        )

    def _shares(self) -> None:
        pairs = self._pairs()
        bases = {pair: self._base(pair.count, pair) for pair in pairs}
        for pair in pairs:
            base = bases[pair]
            if base is None:
                self._refuse_swapped(pair)
            elif base.unit in _KM2:
                self._refuse(
                    "Anteile an einer Anzahl sind aus einer Fläche gebildet; Überschriften sind vertauscht.",
                    self.rows[0],
                    base,
                    f"eine Anzahl, aus der sich die Anteile in Spalte {letter(pair.share.at)} ergeben",
                    base.label,
                )
        for above in dict.fromkeys(pair.above for pair in pairs if pair.above):
            self._refuse_unfounded([pair for pair in pairs if pair.above == above], bases)
        self._refuse_shares({pair: base for pair, base in bases.items() if base is not None})

    def _pairs(self) -> list[_Pair]:
        of = {(column.path[:-1], column.time): column for column in self.counts if column.unit == column.path[-1]}
        shares = [column for column in self.columns if column.path[-1] in _SHARE]
        return [_Pair(of[key], share) for share in shares if (key := (share.path[:-1], share.time)) in of]

    def _base(self, count: Column, pair: _Pair) -> Column | None:
        """The column the shares of a pair are shares of, if `count` are its counts: it fits in most rows."""
        best, most = None, 0
        for total in self.counts:
            if total is count or total is pair.count or total.time != count.time:
                continue
            fits = self._fits(count, pair, total)
            evidence = fits.filter((self.values[count.at] != 0).fill_null(False)).drop_nulls()
            held = int(evidence.sum())
            if len(evidence) >= FEW and 2 * held > len(evidence) and held > most:
                best, most = total, held
        return best

    def _fits(self, count: Column, pair: _Pair, total: Column) -> pl.Series:
        """Row by row whether the share is that of the count in the total; null where one of them is no number.

        A change is a share of what was before. Counts rounded to 5, as a footnote may say, give shares that differ.
        """
        part, whole, share = (self.values[column.at] for column in (count, total, pair.share))
        if _CHANGE.search(" ".join(pair.count.path)):
            whole = whole - part
        slack = max(_grain(part, count.unit), _grain(whole, total.unit)) / 2
        allowed = _grain(share, "%") * 0.51 + 1e-6
        return pl.select(
            pl.when(whole > 0).then(
                (100 * part / whole - share).abs() <= allowed + 100 * slack * (1 + share.abs() / 100) / whole
            )
        ).to_series()

    def _refuse_swapped(self, pair: _Pair) -> None:
        """Shares that are those of other counts: the counts, or the words above them, were swapped."""
        for other in self.counts:
            if other is not pair.count and self._base(other, pair) not in (None, other):
                self._refuse(
                    "Die Anteile gehören zu den Zahlen einer anderen Spalte.",
                    self.rows[0],
                    pair.count,
                    f"die Zahlen zu den Anteilen in Spalte {letter(pair.share.at)}",
                    f"sie stehen in Spalte {letter(other.at)}",
                )

    def _refuse_unfounded(self, pairs: Sequence[_Pair], bases: dict[_Pair, Column | None]) -> None:
        """Shares that make 100 % are shares of one total, and its column is there: those that fit none are damaged."""
        unfounded = [pair for pair in pairs if bases[pair] is None]
        shares = _total([self.values[pair.share.at] for pair in pairs])
        if not unfounded or len(pairs) < 2 or not _mostly((shares - 100).abs() <= 0.1 * len(pairs)):
            return
        first = min(pair.count.at for pair in pairs)
        unit = pairs[0].count.unit
        wholes = [
            column
            for column in self.counts
            if column.at < first and _WHOLE.search(" ".join(column.path)) and _is_alike(column.unit, unit)
        ]
        if len(unfounded) < len(pairs) or wholes:
            self._refuse(
                "Zahlen und Anteile passen in den meisten Zeilen nicht zusammen.",
                self.rows[0],
                unfounded[0].count,
                f"Zahlen, aus denen sich die Anteile in Spalte {letter(unfounded[0].share.at)} ergeben",
                "andere Zahlen",
            )

    def _refuse_shares(self, bases: dict[_Pair, Column]) -> None:
        """The first row in which a share does not fit; where no share of a total fits, the total is what is wrong."""
        faulty = {
            pair: {self.rows[at] for at in (~self._fits(pair.count, pair, base)).fill_null(False).arg_true()}
            for pair, base in bases.items()
        }
        row = min((row for rows in faulty.values() for row in rows), default=None)
        if row is None:
            return
        pair = next(pair for pair, rows in faulty.items() if row in rows)
        base = bases[pair]
        alike = [other for other in bases if bases[other] is base]
        at = self.rows.index(row)
        count, total, share = (self.values[column.at][at] for column in (pair.count, base, pair.share))
        wrong = base if len(alike) > 1 and all(row in faulty[other] for other in alike) else pair.count
        self._refuse(
            "Zahl, Anteil und Gesamtzahl einer Zeile widersprechen sich.",
            row,
            wrong,
            f"{_shown(share)} % in Spalte {letter(pair.share.at)}",
            f"{_shown(count)} in Spalte {letter(pair.count.at)} von {_shown(total)} in Spalte {letter(base.at)}",
        )

    def _parts(self) -> None:
        """Parts below „davon“ make the total, in nearly all rows of a table or in none it can be held against."""
        groups: dict[tuple[tuple[str, ...], str], list[Column]] = {}
        for column in self.counts:
            if len(column.names) > 1 and _PARTS.search(column.names[-2]):
                groups.setdefault((column.names[:-1], column.time), []).append(column)
        for (_, time), parts in groups.items():
            added = _total([self.values[part.at] for part in parts])
            for total in self.counts:
                if len(parts) > 1 and total not in parts and total.time == time and total.at < parts[0].at:
                    self._refuse_parts(parts, added, total)

    def _refuse_parts(self, parts: Sequence[Column], added: pl.Series, total: Column) -> None:
        whole = self.values[total.at]
        slack = max(_grain(self.values[column.at], column.unit) for column in (*parts, total)) * (len(parts) + 1) / 2
        fits = (added - whole).abs() <= slack + 1e-6
        evidence = fits.filter((whole != 0).fill_null(False)).drop_nulls()
        if len(evidence) < FEW or evidence.sum() < USUAL * len(evidence):
            return
        for at in (~fits).fill_null(False).arg_true():
            self._refuse(
                "Die Teile einer Zeile ergeben nicht ihr Ganzes.",
                self.rows[at],
                total,
                f"{_shown(added[at])}, die Summe der Spalten {', '.join(letter(part.at) for part in parts)}",
                _shown(whole[at]),
            )

    def _balances(self) -> None:
        """A printed balance is what comes in less what goes out."""
        for words in BALANCES:
            found = [self._of_words(word) for word in words]
            for rest in found[0].keys() & found[1].keys() & found[2].keys():
                self._refuse_balance(*(columns[rest] for columns in found))

    def _of_words(self, words: str) -> dict[tuple[tuple[str, ...], str], Column]:
        """Columns under such words, by the words below and the time; what is named twice is left out."""
        found: dict[tuple[tuple[str, ...], str], list[Column]] = {}
        for column in self.counts:
            at = next((at for at, text in enumerate(column.path) if re.search(words, text, re.IGNORECASE)), None)
            if at is not None:
                below = [text for text in column.path[at + 1 :] if text != column.unit and not _WHOLE.fullmatch(text)]
                found.setdefault(((*column.path[:at], *below), column.time), []).append(column)
        return {key: columns[0] for key, columns in found.items() if len(columns) == 1}

    def _refuse_balance(self, into: Column, out: Column, balance: Column) -> None:
        wanted = self.values[into.at] - self.values[out.at]
        slack = 1.5 * max(_grain(self.values[column.at], column.unit) for column in (into, out, balance)) + 1e-6
        for at in ((wanted - self.values[balance.at]).abs() > slack).fill_null(False).arg_true():
            self._refuse(
                "Der Saldo ist nicht die Differenz der Spalten, aus denen er gebildet wird.",
                self.rows[at],
                balance,
                f"{_shown(wanted[at])}, Spalte {letter(into.at)} weniger Spalte {letter(out.at)}",
                _shown(self.values[balance.at][at]),
            )

    def _refuse(self, what: str, row: int, column: Column, expected: str, found: str) -> NoReturn:
        _complain(self.book, what, row, f"{self.sheet}!{letter(column.at)}", expected, found)


def sums(book: Workbook, frame: pl.DataFrame, sheets: Iterable[tuple[str, Sequence[Column]]]) -> list[str]:
    """One note per sheet whose parts do not make the whole, in columns of whole numbers.

    frame: the figures of all sheets; sheets: name and columns. Raises InputError for a single whole that is not the sum
    of its parts in a column where all others are.
    """
    counts = frame.filter(~pl.col("unit").str.contains(_RATE.pattern), ~pl.col("item_label").str.contains(_EACH))
    gaps = pl.concat([_gaps(counts, parts, level) for parts, level in SUMS])
    _refuse_single(book, gaps, counts)
    whole = pl.col("value").is_null() | (pl.col("value") == pl.col("value").round())
    whole_numbers = counts.filter(whole.all().over("place"))["place"].unique()
    gaps = gaps.filter(pl.col("gap") != 0, pl.col("place").is_in(whole_numbers.to_list()))
    notes = []
    for sheet, head in sheets:
        places = {f"{sheet}!{letter(column.at)}": letter(column.at) for column in head}
        found = gaps.filter(pl.col("place").is_in(list(places)))
        if found.height:
            columns = [column for place, column in places.items() if place in set(found["place"])]
            first = found.sort(pl.col("gap").abs(), "key", "place", descending=[True, False, False]).row(0, named=True)
            notes.append(
                f"Blatt „{sheet}“: In Spalte {', '.join(columns)} ergeben die Teile nicht immer das Ganze, "
                f"am weitesten um {number(abs(first['gap']))} in {first['key']} ({first['place']}). "
                "Diese Werte nicht über Gebiete addieren."
            )
    return notes


def refuse_swapped_keys(book: Workbook, sheets: Iterable[tuple[str, Sequence[tuple[int, str, str]]]]) -> None:
    """Raises InputError for a key beside the name another key has in the other sheets.

    Where there is no other sheet, the keys of Gemeinden must be in order.

    sheets: name of a sheet and its rows as (row from 0, key, name).
    """
    sheets = list(sheets)
    known: dict[str, Counter[str]] = defaultdict(Counter)
    for _, rows in sheets:
        for _, key, name in rows:
            known[name][key] += 1
    for sheet, rows in sheets:
        for at, key, name in rows:
            usual, often = known[name].most_common(1)[0]
            if name and usual != key and often > known[name][key]:
                what, expected = "Ein Schlüssel steht neben dem Namen eines anderen Gebiets.", f"{usual} neben {name}"
                _complain(book, what, at + 1, sheet, expected, key)
        gemeinden = [(at, key) for at, key, _ in rows if areas_of_hsl(key)[0][0] == "gemeinde"]
        for (_, before), (at, key) in pairwise(gemeinden if len(sheets) == 1 else []):
            if key < before:
                _complain(book, "Die Schlüssel steigen nicht auf.", at + 1, sheet, f"ein Schlüssel nach {before}", key)


def _gaps(counts: pl.DataFrame, parts: Sequence[str], level: str) -> pl.DataFrame:
    """Columns place, key, row, value, parts (how many) and gap (their sum minus the value), where all are numbers."""
    added = (
        counts.filter(pl.col("level").is_in(parts))
        .group_by("place", key=beginnings(pl.col("key"), level))
        .agg(pl.when(pl.col("value").is_not_null().all()).then(pl.col("value").sum()).alias("sum"), parts=pl.len())
    )
    whole = counts.filter(pl.col("level") == level).select("place", "key", "row", "value")
    return (
        whole.join(added, on=["place", "key"], maintain_order="left")
        .select("place", "key", "row", "value", "parts", gap=pl.col("sum") - pl.col("value"))
        .drop_nulls()
    )


def _refuse_single(book: Workbook, gaps: pl.DataFrame, counts: pl.DataFrame) -> None:
    """A column whose wholes are sums, but for a single one: that one, or one of its parts, is wrong."""
    # A kreisfreie Stadt is its own part, nothing is the sum of nothing: neither says whether a column adds up
    telling = gaps.filter(pl.col("parts") > 1, (pl.col("value") != 0) | (pl.col("gap") != 0))
    units = dict(counts.select("place", "unit").unique().iter_rows())
    for (place,), wholes in telling.group_by("place", maintain_order=True):
        grain = _grain(counts.filter(pl.col("place") == place)["value"], units[place])
        slack = grain * (pl.col("parts") + 1) / 2 + 1e-6
        wrong = wholes.filter(pl.col("gap").abs() > slack)
        if 0 < wrong.height <= max(1, wholes.height // SINGLE) and wholes.height >= FEW:
            first = wrong.row(0, named=True)
            _complain(
                book,
                "Die Teile eines Gebiets ergeben nicht sein Ganzes, wie sie es bei den anderen Gebieten tun.",
                first["row"],
                str(place),
                f"{_shown(first['value'] + first['gap'])}, die Summe der {first['parts']} Teile von {first['key']}",
                _shown(first["value"]),
            )


def _grain(values: pl.Series, unit: str) -> float:
    """The step of nearly all numbers of a column: 5 for counts rounded to 5, 0 for exact ones, 0.1 for one decimal."""
    # Asked for every pair of columns, of few rows each: numpy takes a twentieth of the time
    known = values.drop_nulls().to_numpy()
    known = known[known != 0]
    whole = 0 if unit in _PERSONS else 1
    for step, grain in ((5, 1 if unit in _SHARE else 5), (1, whole), (0.1, 0.1), (0.01, 0.01)):
        if len(known) and (np.abs(known / step - np.round(known / step)) < 1e-6).sum() >= NEARLY * len(known):
            return grain
    return 0


def _total(columns: Sequence[pl.Series]) -> pl.Series:
    """Their sum row by row; null where one is."""
    first, *others = columns
    for other in others:
        first = first + other
    return first


def _mostly(holds: pl.Series) -> bool:
    known = holds.drop_nulls()
    return len(known) >= FEW and 2 * known.sum() > len(known)


def _is_alike(unit: str, other: str) -> bool:
    return unit == other or {unit, other} <= set(_PERSONS)


def _shown(value: float) -> str:
    return number(value, decimals_for(value) if value != round(value) else 0)


def _complain(book: Workbook, what: str, row: int, column: str, expected: str, found: str) -> NoReturn:
    book.complain(what, row=row, column=column, expected=expected, found=found, remedy=AGAIN)
