"""Values of the indicators: counts are added up first and divided once, for Gemeinden, Sozialräume and the Kreis.

What belongs here: which figures form a value, what happens when one of them has none, and the interval put beside it.
What does not: which formula an indicator has (`catalogue`), interval formulas (`intervals`), comparisons (`compare`),
and what may be shown (`pipelines.disclosure`).

Rules that hold for every value:
- A rate of a larger area is the sum of numerators over the sum of denominators, never a mean of rates.
- A Sozialraum that divides a Gemeinde is the sum of its Gemeinden and Ortsteile, else what grid cells say about it as a
  whole; without either it has no value.
- A Kreis value is never copied to a Gemeinde. Where a level has no figures, one row per area says so, with the reason.
- Status: one input without a value leaves the result without one. Of several the first in STATUS_ORDER counts, since a
  figure withheld by its publisher must not be told as merely missing. With values, estimated stands before pooled.
- Quality: the last in QUALITY_ORDER of all inputs; `limited` also for rates over a denominator below 100.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Any

import polars as pl

from pipelines.contracts import WITH_VALUE, conform, contract
from pipelines.errors import InputError
from pipelines.geography import keys
from pipelines.geography.areas import made_of
from pipelines.german import date_text, join_words
from pipelines.indicators.catalogue import Indicator, Term, period_end
from pipelines.indicators.intervals import add_intervals

TABLE = "indicators.values"
LEVELS = ("gemeinde", "sozialraum", "kreis")
STATUS_ORDER = (
    "secret",
    "suppressed",
    "uncertain",
    "later",
    "not_applicable",
    "missing",
    "estimated",
    "pooled",
    "reported",
    "zero",
)
QUALITY_ORDER = ("final", "revised", "provisional", "limited")
LIMITED_BELOW = 100
SHARE_TOLERANCE = 0.001
"""How far share times total may lie from a whole number when a count is recovered from a published share."""

FINISHED_METHOD = "fertiger Wert, keine Spanne"
NO_VALUE_METHOD = "kein Wert"
APPROXIMATION = " (Näherung)"

_STATUS_REASONS = {
    "secret": "vom Herausgeber geheim gehalten",
    "suppressed": "aus Datenschutzgründen nicht ausgewiesen",
    "uncertain": "vom Herausgeber nicht ausgewiesen, weil nicht sicher genug",
    "later": "fällt später an",
    "not_applicable": "Aussage nicht sinnvoll",
    "missing": "nicht geliefert",
}
_NOTHING_DELIVERED = "Die Lieferungen enthalten dafür keine oder nicht alle Angaben."
_NO_KREIS_ROW = "Für den Kreis liegt kein eigener Wert vor."
_FINISHED_PARTS = "Aus fertigen Werten der Gemeinden lässt sich für Zusammenschlüsse kein Wert berechnen."
_PARTS = "Der Zuschnitt teilt Gemeinden; Anzahlen lassen sich nicht aufteilen."
_CELLS = "Aus Gitterzellen gibt es einen Wert zum Stand {}."
_MIXED = "Der Zuschnitt teilt Gemeinden; Ortsteile und Gemeinden beruhen auf verschiedenen Volkszählungen."
_ESTIMATED = "Enthält geschätzte Angaben."
_TWO_BASES = "Die Zahlen beruhen auf verschiedenen Volkszählungen; sie werden nicht zusammen verrechnet."
_SHARE_ONLY = "Fertiger Anteil des Kreises, ohne Anzahlen."


@dataclass(frozen=True)
class Cell:
    """A figure or a sum of figures with all that must travel with it; `value` is None exactly where status says so."""

    value: float | None
    status: str
    quality: str | None = None
    basis: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    file: str | None = None
    row: int | None = None
    note: str | None = None


ABSENT = Cell(None, "missing")


@dataclass(frozen=True)
class Moment:
    """One period of an indicator and the Stichtage its figures are taken from; `start` only for a change."""

    period: str
    numerator: str
    denominator: str | None
    start: str | None = None


@dataclass(frozen=True)
class Pair:
    """Numerator and denominator of one area; a finished value has no denominator. `gap`: why a sum is incomplete."""

    numerator: Cell
    denominator: Cell | None
    gap: str = ""


class Figures:
    """The preferred figures up to the end of the report year, by item, Stichtag and area, and who belongs where."""

    def __init__(self, merkmale: pl.DataFrame, areas: pl.DataFrame, members: pl.DataFrame, report_year: int) -> None:
        self.areas: dict[str, list[str]] = {level: [] for level in LEVELS}
        for area_id, level in areas.sort("area_id").select("area_id", "area_level").iter_rows():
            if level in self.areas:
                self.areas[level].append(area_id)
        self.members: dict[str, list[tuple[str, float]]] = {}
        for area_id, ags, weight in members.sort("area_id", "ags").select("area_id", "ags", "weight").iter_rows():
            self.members.setdefault(area_id, []).append((ags, weight))
        self.parts = made_of(areas, members)
        self._cells: dict[tuple[str, str], dict[str, dict[str, Cell]]] = {}
        self._starts: dict[tuple[str, str, str], str] = {}
        self.last = last = f"{report_year}-12-31"
        own: set[str] = set()
        for row in merkmale.filter(pl.col("preferred")).iter_rows(named=True):
            self._note_start(row)
            if period_end(row["stichtag"]) <= last:
                by_date = self._cells.setdefault((row["merkmal"], row["auspraegung"]), {})
                by_date.setdefault(row["stichtag"], {})[row["area_id"]] = _cell(row)
                own.add(row["area_id"])
        # Sozialräume with figures of their own, made of grid cells
        self.of_cells = [area_id for area_id in self.areas["sozialraum"] if area_id in own]

    def dates(self, terms: Sequence[Term], level: str) -> list[str]:
        """Stichtage at which every term has a row for some area of the level, in order of time."""
        found = [set(self._dates(term, level)) for term in terms]
        return sorted(set.intersection(*found), key=lambda date: (period_end(date), date)) if found else []

    def total(self, terms: Sequence[Term], area_id: str, date: str) -> Cell:
        """Sum of the terms for one area; a term without a row makes it missing."""
        cells = [self._cells.get((t.merkmal, t.auspraegung), {}).get(date, {}).get(area_id, ABSENT) for t in terms]
        return combine(cells, [term.coefficient for term in terms])

    def rows(self, term: Term, date: str, level: str) -> list[Cell]:
        """Cells of one item at one date for all areas of the level that have a row."""
        cells = self._cells.get((term.merkmal, term.auspraegung), {}).get(date, {})
        return [cells[area_id] for area_id in self.areas[level] if area_id in cells]

    def later_start(self, terms: Sequence[Term], level: str) -> str | None:
        """The first Stichtag of the terms on a level where it lies after the report year, else None."""
        starts = [self._starts.get((term.merkmal, term.auspraegung, level)) for term in terms]
        start = max((day for day in starts if day), key=period_end, default=None)
        return start if start and period_end(start) > self.last else None

    def _note_start(self, row: Mapping[str, Any]) -> None:
        item = (row["merkmal"], row["auspraegung"], row["area_level"])
        self._starts[item] = min(self._starts.get(item, row["stichtag"]), row["stichtag"], key=period_end)

    def _dates(self, term: Term, level: str) -> Iterator[str]:
        wanted = set(self.areas[level])
        for date, cells in self._cells.get((term.merkmal, term.auspraegung), {}).items():
            if not wanted.isdisjoint(cells):
                yield date


def build_values(
    merkmale: pl.DataFrame,
    areas: pl.DataFrame,
    members: pl.DataFrame,
    catalogue: Iterable[Indicator],
    report_year: int,
) -> pl.DataFrame:
    """Table indicators.values: every indicator, area and period that exists up to the end of the report year.

    merkmale, areas, members: curated tables. Every area has at least one row per indicator. Shares are in percent.
    Raises InputError for a share whose numerator is negative or exceeds its denominator, and for a published share
    from which no whole count comes back.
    """
    figures = Figures(merkmale, areas, members, report_year)
    rows = [row for indicator in catalogue for row in _indicator_rows(indicator, figures, str(report_year))]
    schema = {name: dtype for name, dtype in contract(TABLE).schema().items() if name not in _INTERVAL_COLUMNS}
    extra = {"factor": pl.Float64(), "interval": pl.String(), "approximate": pl.Boolean(), "finished": pl.Boolean()}
    frame = add_intervals(pl.DataFrame(rows, schema={**schema, **extra}))
    named = frame.with_columns(
        pl.when(pl.col("value").is_null())
        .then(pl.lit(NO_VALUE_METHOD))
        .when(pl.col("finished"))
        .then(pl.lit(FINISHED_METHOD))
        .when(pl.col("approximate") & pl.col("lower").is_not_null())
        .then(pl.col("method") + APPROXIMATION)
        .otherwise(pl.col("method"))
        .alias("method")
    )
    return conform(named.drop(*extra), TABLE)


def combine(cells: Sequence[Cell], coefficients: Sequence[float]) -> Cell:
    """Weighted sum of cells, with the status and quality the module describes; no cells at all are missing."""
    if not cells:
        return ABSENT
    status = worst_status(cell.status for cell in cells)
    products = [c.value * factor for c, factor in zip(cells, coefficients, strict=True) if c.value is not None]
    return Cell(
        value=fsum(products) if status in WITH_VALUE else None,
        status=status,
        quality=_worst_quality(cells),
        basis=frozenset().union(*(cell.basis for cell in cells)),
        sources=frozenset().union(*(cell.sources for cell in cells)),
        file=cells[0].file,
        row=cells[0].row,
        note=next((cell.note for cell in cells if cell.note and cell.status == status), None),
    )


def worst_status(statuses: Iterable[str]) -> str:
    """The status that counts for a result of several figures: the first in STATUS_ORDER."""
    return min(statuses, key=STATUS_ORDER.index)


def _cell(row: Mapping[str, Any]) -> Cell:
    basis = frozenset({row["basis"]} - {None})
    sources = frozenset({row["source_id"]})
    return Cell(
        row["wert"], row["status"], row["quality"], basis, sources, row["file"], row["row"], row.get("conversion")
    )


def _worst_quality(cells: Iterable[Cell]) -> str | None:
    known = [cell.quality for cell in cells if cell.quality]
    return max(known, key=QUALITY_ORDER.index, default=None)


def _indicator_rows(indicator: Indicator, figures: Figures, report_year: str) -> list[dict[str, Any]]:
    by_level = {
        "gemeinde": list(_gemeinde_rows(indicator, figures)),
        "sozialraum": list(_sum_rows(indicator, figures, "sozialraum")),
        "kreis": list(_all_kreis_rows(indicator, figures)),
    }
    period = _latest(by_level.get(indicator.data, []), report_year)
    starts = None if by_level.get(indicator.data) else figures.later_start(indicator.numerator, indicator.data)
    for level in LEVELS:
        if not by_level[level]:
            status, reason = _empty_reason(indicator, level, starts)
            by_level[level] = [
                _row(indicator, area, level, period) | {"status": status, "reason": reason}
                for area in figures.areas[level]
            ]
    return [row for level in LEVELS for row in by_level[level]]


def _latest(rows: Sequence[dict[str, Any]], report_year: str) -> str:
    """Newest period with a value; without any the newest at all; without rows the report year."""
    with_value = [row["period"] for row in rows if row["value"] is not None]
    return max(with_value or [row["period"] for row in rows], key=period_end, default=report_year)


def _gemeinde_rows(indicator: Indicator, figures: Figures) -> Iterator[dict[str, Any]]:
    if indicator.data != "gemeinde":
        return
    for moment in periods(indicator, figures, "gemeinde"):
        for area in figures.areas["gemeinde"]:
            yield _value_row(indicator, area, "gemeinde", moment.period, _pair(indicator, figures, area, moment))


def _sum_rows(indicator: Indicator, figures: Figures, level: str) -> Iterator[dict[str, Any]]:
    """Rows of areas made of whole Gemeinden and Ortsteile, where counts may be added, or of grid cells."""
    if indicator.data != "gemeinde" or indicator.aggregation != "counts":
        return
    moments = periods(indicator, figures, "gemeinde")
    for moment in moments:
        for area in figures.areas[level]:
            yield _sum_row(indicator, figures, area, level, moment)
    summed = {moment.period for moment in moments}
    for area in figures.of_cells if level == "sozialraum" else ():
        for moment in cell_moments(indicator, figures, area):
            if moment.period not in summed:
                yield _value_row(indicator, area, level, moment.period, _pair(indicator, figures, area, moment))


def _sum_row(indicator: Indicator, figures: Figures, area: str, level: str, moment: Moment) -> dict[str, Any]:
    pairs, reason = _parts(indicator, figures, area, moment)
    if not reason:
        return _value_row(indicator, area, level, moment.period, _sum(pairs))
    own = moment_of_cells(indicator, figures, area, moment.period)
    if own:
        return _value_row(indicator, area, level, moment.period, _pair(indicator, figures, area, own))
    others = [other.period for other in cell_moments(indicator, figures, area)]
    if others:
        reason = f"{reason} {_CELLS.format(join_words([_time_text(period) for period in others]))}"
    return _row(indicator, area, level, moment.period) | {"status": "missing", "reason": reason}


def _time_text(period: str) -> str:
    return date_text(period) if len(period) == len("2022-05-15") else period


def _parts(indicator: Indicator, figures: Figures, area: str, moment: Moment) -> tuple[list[Pair], str | None]:
    """Numerator and denominator of all that adds up to an area, and why they do not where it divides Gemeinden."""
    parts = figures.parts.get(area, [])
    pairs = [] if parts is None else [_pair(indicator, figures, part, moment) for part in parts]
    return pairs, _cut_reason(parts, pairs)


def cell_moments(indicator: Indicator, figures: Figures, area: str) -> list[Moment]:
    """Periods for which cells give a Sozialraum every figure of the formula, with or without a value."""
    if area not in figures.of_cells:
        return []
    found = periods(indicator, figures, "sozialraum")
    return [moment for moment in found if not _absent(_pair(indicator, figures, area, moment))]


def moment_of_cells(indicator: Indicator, figures: Figures, area: str, period: str) -> Moment | None:
    """The moment of a Sozialraum whose value for a period is made of cells; None where it is not."""
    own = next((moment for moment in cell_moments(indicator, figures, area) if moment.period == period), None)
    if own is None:
        return None
    shared = next((moment for moment in periods(indicator, figures, "gemeinde") if moment.period == period), None)
    return own if shared is None or _parts(indicator, figures, area, shared)[1] else None


def _absent(pair: Pair) -> bool:
    return ABSENT in (pair.numerator, pair.denominator)


def _cut_reason(parts: Sequence[str] | None, pairs: Sequence[Pair]) -> str | None:
    """Why an area that divides Gemeinden has no value: a share of a Gemeinde is never taken for it."""
    if parts is None:
        return _PARTS
    below = [pair for part, pair in zip(parts, pairs, strict=True) if keys.level(part) == "ortsteil"]
    if not below:
        return None
    absent = sum(map(_absent, below))
    if absent:
        return f"{_PARTS} Für {absent} von {len(below)} Ortsteilen liegt keine Angabe vor."
    for role in ("numerator", "denominator"):
        cells = [cell for pair in pairs if (cell := getattr(pair, role)) is not None]
        if len({cell.basis for cell in cells}) > 1:
            return _MIXED
    return None


def _all_kreis_rows(indicator: Indicator, figures: Figures) -> Iterator[dict[str, Any]]:
    """Published figures of the Kreis where the indicator had such before, and its own for all other periods."""
    published = list(_kreis_rows(indicator.of_kreis, figures)) if indicator.of_kreis else []
    yield from published
    taken = {row["period"] for row in published}
    yield from (row for row in _kreis_rows(indicator, figures) if row["period"] not in taken)


def _kreis_rows(indicator: Indicator, figures: Figures) -> Iterator[dict[str, Any]]:
    if indicator.data == "none" or indicator.kreis_value == "none":
        return
    if indicator.kreis_value == "sum":
        yield from _sum_rows(indicator, figures, "kreis")
        return
    moments = periods(indicator, figures, "kreis")
    for moment in moments:
        for area in figures.areas["kreis"]:
            yield _value_row(indicator, area, "kreis", moment.period, _pair(indicator, figures, area, moment))
    if indicator.count_from_share:
        yield from _share_rows(indicator, figures, {moment.period[:4] for moment in moments})


def _share_rows(indicator: Indicator, figures: Figures, years: set[str]) -> Iterator[dict[str, Any]]:
    """Published shares of the Kreis for years in which no total allows to recover the count."""
    for date in figures.dates(indicator.numerator, "kreis"):
        if date[:4] not in years:
            for area in figures.areas["kreis"]:
                pair = Pair(figures.total(indicator.numerator, area, date), None)
                row = _value_row(indicator, area, "kreis", date, pair, factor=1)
                yield row | {"reason": row["reason"] if row["value"] is None else _SHARE_ONLY}


def periods(indicator: Indicator, figures: Figures, level: str) -> list[Moment]:
    """Periods for which every item of the formula was delivered for some area of the level."""
    dates = figures.dates(indicator.numerator, level)
    if indicator.change_years:
        return [m for m in (_change(indicator, figures, level, date, dates) for date in dates) if m]
    if indicator.finished:
        return [Moment(date, date, None) for date in dates]
    known = set(figures.dates(indicator.denominator, level))
    found = []
    for date in dates:
        matches = [other for other in denominator_dates(indicator.timing, date) if other in known]
        if matches:
            found.append(Moment(date, date, matches[0]))
    return found


def denominator_dates(timing: str, date: str) -> list[str]:
    """Stichtage a denominator may have; a stock of 31.12. may also be delivered under its year."""
    if timing == "same":
        return [date]
    year = int(date[:4]) - (timing == "previous_year")
    return [f"{year}-12-31", str(year)]


def _change(indicator: Indicator, figures: Figures, level: str, date: str, dates: Sequence[str]) -> Moment | None:
    """The change up to `date`, if the start was delivered too and both rest on the same one census."""
    years = indicator.change_years or 0
    start = f"{int(date[:4]) - years}{date[4:]}"
    if start not in dates:
        return None
    bases = [
        frozenset().union(*(cell.basis for term in indicator.numerator for cell in figures.rows(term, day, level)))
        for day in (start, date)
    ]
    if bases[0] != bases[1] or len(bases[0]) > 1:
        return None
    return Moment(f"{start[:4]}/{date[:4]}", date, start, start)


def _pair(indicator: Indicator, figures: Figures, area: str, moment: Moment) -> Pair:
    numerator = figures.total(indicator.numerator, area, moment.numerator)
    if moment.denominator is None:
        return Pair(numerator, None)
    denominator = figures.total(indicator.denominator, area, moment.denominator)
    if moment.start:
        return Pair(combine([numerator, denominator], [1, -1]), denominator)
    if indicator.count_from_share:
        return Pair(_count_from_share(indicator, numerator, denominator), denominator)
    return Pair(numerator, denominator)


def _count_from_share(indicator: Indicator, share: Cell, total: Cell) -> Cell:
    """The whole number of which the published percentage of the total is made."""
    both = combine([share, total], [1, 1])
    if share.value is None or total.value is None:
        return both
    count = share.value * total.value / 100
    if abs(count - round(count)) >= SHARE_TOLERANCE:
        raise InputError(
            f"Aus dem Anteil für {indicator.name} lässt sich keine ganze Anzahl zurückrechnen.",
            file=share.file or "unbekannt",
            row=share.row or "unbekannt",
            column="wert",
            expected=f"Anteil mal {total.value:g} ergibt eine ganze Zahl (Abweichung unter {SHARE_TOLERANCE})",
            found=f"{share.value!r} ergibt {count!r}",
            remedy="Den Anteil mit mehr Nachkommastellen oder die Anzahl liefern lassen.",
        )
    return Cell(float(round(count)), both.status, both.quality, both.basis, both.sources, share.file, share.row)


def _sum(pairs: Sequence[Pair]) -> Pair:
    """Numerators and denominators of several areas, each added up."""
    ones = [1.0] * len(pairs)
    numerator = combine([pair.numerator for pair in pairs], ones)
    denominator = combine([pair.denominator or ABSENT for pair in pairs], ones)
    lacking = sum(pair.numerator.value is None or (pair.denominator or ABSENT).value is None for pair in pairs)
    return Pair(numerator, denominator, f" ({lacking} von {len(pairs)} Gemeinden ohne Wert)" if pairs else "")


def _value_row(
    indicator: Indicator, area: str, level: str, period: str, pair: Pair, factor: float | None = None
) -> dict[str, Any]:
    """One row of the table from numerator and denominator."""
    parts = [cell for cell in (pair.numerator, pair.denominator) if cell is not None]
    row = _row(indicator, area, level, period) | {
        "source_ids": ";".join(sorted(frozenset().union(*(cell.sources for cell in parts)))) or None,
        "finished": pair.denominator is None,
    }
    status = worst_status(cell.status for cell in parts)
    if status not in WITH_VALUE:
        return row | {"status": status, "reason": _no_value_reason(pair, status)}
    if len(frozenset().union(*(cell.basis for cell in parts))) > 1:
        return row | {"status": "missing", "reason": _TWO_BASES}
    bottom = None if pair.denominator is None else pair.denominator.value
    if bottom == 0:
        return row | {"status": "not_applicable", "reason": "Der Nenner ist null."}
    _check_share(indicator, pair)
    top = pair.numerator.value or 0.0
    share = top if bottom is None else top / bottom
    return row | {
        "value": share * (indicator.factor if factor is None else factor),
        "numerator": None if bottom is None else top,
        "denominator": bottom,
        "status": status if status in ("estimated", "pooled") else "zero" if top == 0 else "reported",
        "quality": _quality(indicator, parts, bottom),
        "basis": ";".join(sorted(frozenset().union(*(cell.basis for cell in parts)))) or None,
        "reason": _remark(indicator, parts, status),
    }


def _quality(indicator: Indicator, parts: Sequence[Cell], denominator: float | None) -> str | None:
    if indicator.interval != "none" and denominator is not None and denominator < LIMITED_BELOW:
        return "limited"
    return _worst_quality(parts)


def _no_value_reason(pair: Pair, status: str) -> str:
    told = next((cell.note for cell in (pair.numerator, pair.denominator) if cell and cell.status == status), None)
    if told and not pair.gap:
        return told
    what = "Der Wert ist"
    if pair.denominator is not None:
        what = "Der Zähler ist" if pair.numerator.status == status else "Der Nenner ist"
    if status == "later":
        what = what.removesuffix(" ist")
    elif status == "not_applicable":
        what = what.removesuffix(" ist") + ":"
    return f"{what} {_STATUS_REASONS[status]}{pair.gap}."


def _remark(indicator: Indicator, parts: Sequence[Cell], status: str) -> str | None:
    told = next((cell.note for cell in parts if cell.note and cell.status == "estimated"), _ESTIMATED)
    remarks = [indicator.note, told if status == "estimated" else None]
    return " ".join(remark for remark in remarks if remark) or None


def _check_share(indicator: Indicator, pair: Pair) -> None:
    """A share of persons or things cannot be negative or exceed its whole: then a delivery is wrong."""
    if indicator.interval != "wilson" or indicator.may_exceed or pair.denominator is None:
        return
    top, bottom = pair.numerator.value, pair.denominator.value
    if top is None or bottom is None or 0 <= top <= bottom:
        return
    small = top < 0
    raise InputError(
        f"Der Zähler von {indicator.indicator_id} ({indicator.name}) ist "
        + ("kleiner als null." if small else "größer als sein Nenner."),
        file=pair.numerator.file or "unbekannt",
        row=pair.numerator.row or "unbekannt",
        column="wert",
        expected=f"von 0 bis {bottom:.10g} ({indicator.denominator_text})",
        found=f"{top:.10g} ({indicator.numerator_text})",
        remedy="Beide Zahlen mit der Veröffentlichung vergleichen und die Lieferung berichtigen lassen.",
    )


def _empty_reason(indicator: Indicator, level: str, starts: str | None) -> tuple[str, str]:
    """Status and reason of a level without figures. starts: the first Stichtag when all lie after the report year."""
    if indicator.data == "none" or (indicator.data == "kreis" and level != "kreis"):
        return "missing", indicator.missing_reason or _NOTHING_DELIVERED
    if starts:
        day = f"am {date_text(starts)}" if len(starts) == len("2022-05-15") else starts
        return "missing", f"Zahlen beginnen erst {day}, nach dem Berichtsjahr."
    if level == "kreis" and indicator.kreis_value == "none":
        return indicator.kreis_status, indicator.kreis_reason or _NO_KREIS_ROW
    if level == "kreis" and indicator.kreis_value == "own":
        return "missing", _NO_KREIS_ROW
    if level == "sozialraum" and indicator.aggregation != "counts":
        return "missing", indicator.sozialraum_reason or _FINISHED_PARTS
    return "missing", _NOTHING_DELIVERED


def _row(indicator: Indicator, area: str, level: str, period: str) -> dict[str, Any]:
    empty = dict.fromkeys(name for name in contract(TABLE).schema() if name not in _INTERVAL_COLUMNS)
    return empty | {
        "indicator_id": indicator.indicator_id,
        "area_id": area,
        "area_level": level,
        "period": period,
        "unit": indicator.unit,
        "factor": indicator.factor,
        "interval": indicator.interval,
        "approximate": indicator.approximate,
        "finished": False,
    }


_INTERVAL_COLUMNS = ("lower", "upper", "confidence", "method")
