"""Marks of quality, decimal marks, dashes, levels without numbers, impossible counts and parts of years of GENESIS.

What belongs here: what gives a figure its status, what no figure can be, and which days a part of a year has: the same
for a table as crosstab and in its flat form. What does not: any layout, how a layout writes its times.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import polars as pl

from pipelines.readers.columns import dense, first_rows, together
from pipelines.readers.reading import SEPARATOR, Refused
from pipelines.readers.signs import DASH, GENESIS, Signs, settle_dashes
from pipelines.readers.text import AGAIN, MONTHS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipelines.readers.csv_text import Complaint

# Codes beside a value; a sign in place of a value may be repeated there. Nothing is said by an empty one
QUALITIES = {
    "": "final",
    "e": "final",
    "p": "provisional",
    "r": "revised",
    "s": "final",
    "()": "limited",
    "(": "limited",
}
COUNTS = ("Anzahl", "Personen", "number", "persons")
PERCENT = ("%", "Prozent", "percent", "per cent")
# Nothing counted in an area of Germany comes near
MOST = 1e11
# A part may lie above its total by what rounding adds to each cell, in the census by what the cell key method does.
# Many other statistics round to 3 or 5 or alter counts a little without saying so in the file
ROUNDED, ALTERED, CENSUS_ALTERED = 1, 5, 10
# In so few areas chance may put a part above its total and in none below
CHANCE = 3
WHOLE = 100
_CENSUS = re.compile("[0-9]{4}[A-Z]")
# What has the unit of a count and may fall below zero; in statistics of building conversions take dwellings away
_BALANCE = (
    "(?i)sald[oe]|bilanz|veränderung|zunahme|abnahme|entwicklung|überschu|differenz|korrektur|bereinig|berichtig|netto"
    r"|gewinn|verlust|bevölkerungsbewegung|wachstum|zuwachs|rückgang|\(\s*[+-]\s*\)|\+/-"
    "|balance|change|surplus|excess|difference|deficit|increase|decrease|correction|growth"
    "|population movement|net "
)
_BUILDING = re.compile(
    "(?i)bau(?:genehmig|fertigstell|maßnahm|tätigkeit|abg[aä]ng|überh[aä]ng)|building (?:permit|comp)"
)
# A total of these may be a mean, and some part lies above it
_MEAN = (
    rf"(?i)\b(?:je|pro|per|{'|'.join(MONTHS)})\b|mittelwert|median|quote|\brate|ziffer|dichte|index|verhältnis|monat"
    r"|quartal|halbjahr|\bdurchschnitt(?:s|liche[rs]? (?:[^jb]|b[^e]|j[^a]))|average|mean\b|ratio|density|month|quarter"
)
# What is a part of a whole, and what is called so and is none: the census alters both, others compare unlike things
_SHARE = r"(?i)\banteil|quote\b|\bshare\b|\bproportion\b"
_NO_SHARE = (
    "(?i)(?:spar|deckung|versorg|anfänger|berechtigt|abitur|finanz|kapital|schuld|invest|export|import|steuer|ausgaben"
    "|zins|pendler|fluktuation)[a-zäöüß]*quote"
)
POINT = Signs(GENESIS.publisher, GENESIS.table, decimal=".")


def signs_of(cells: pl.Series) -> Signs:
    """Numbers have a decimal comma in both languages; an English edition with points is taken if they can be no others.

    A point before three digits could be a thousands mark, so that one number with fewer or more must prove it.
    """
    # Hardly a cell holds a point, so that few need the search for the digits around it
    pointed = cells.filter(cells.str.contains(".", literal=True))
    if not pointed.str.contains(r"[0-9]\.(?:[0-9]{1,2}|[0-9]{4,})\)?$").any():
        return GENESIS
    return GENESIS if cells.str.contains("[0-9],[0-9]").any() else POINT


def months(year: int, month: int, count: int) -> tuple[str, str]:
    """First and last day of so many months, as the time of a reading and its kind."""
    first = np.datetime64(f"{year}-{month:02d}")
    last = (first + count).astype("datetime64[D]") - 1
    return f"{first}-01/{last}", "zeitraum"


def follows(year: str, short: str) -> bool:
    """Whether two digits are those of the year after this one, as in the school year 1999/00."""
    return (int(year) + 1) % 100 == int(short)


def qualified(read: pl.DataFrame, beside: pl.Series) -> pl.DataFrame:
    """Values with the codes of quality that stand beside them, and `structural`: a dash without any such code.

    read: as `signs.values` returns it. beside: keys of QUALITIES; anything else counts as the sign once more. A plain
    number is a final one: "e" beside it is no sign, so that editions with and without quality give the same.
    """
    known = beside.replace_strict(list(QUALITIES), list(QUALITIES.values()), default=None, return_dtype=pl.String)
    number = pl.col("value").is_not_null()
    said = number & ~pl.col("beside").is_in(["", "e"])
    frame = read.with_columns(beside=beside, known=known)
    return frame.with_columns(
        structural=(pl.col("status") == DASH) & (pl.col("beside") == ""),
        status=pl.when(number & (pl.col("beside") == "s")).then(pl.lit("estimated")).otherwise("status"),
        quality=pl.when(said).then("known").otherwise("quality"),
        sign=pl.when(said).then("beside").otherwise("sign"),
    ).drop("beside", "known")


def settled(frame: pl.DataFrame, existing: Mapping[str, frozenset[str]] | None) -> tuple[pl.DataFrame, list[Refused]]:
    """Every dash told apart, without levels that hold nothing else; and those levels.

    A level that holds nothing but dashes of an indicator at a time is left out: "not published", not zero. Where it
    holds other signs but no number, these say what is missing, and a dash is no zero; neither is one beside which no
    quality stands, or one of a combination without a number in several areas. frame: columns of a reading, `structural`
    as `qualified` gives it, and `of_area`, `block` and `combination` as `shared` gives them.
    """
    refused: list[Refused] = []
    dashes = (frame["status"] == DASH).to_numpy()
    if dashes.any():
        empty = _lacking(frame["block"], ~dashes)
        # To copy a frame of a million rows takes longer than all else here
        if empty.any():
            frame, refused = frame.filter(~empty), _without_figures(frame.filter(empty))
        frame = _dashes_settled(_undefined(frame), existing)
    return frame.drop("structural", "of_area", "block", "combination"), refused


def shared(**numbers: np.ndarray) -> dict[str, pl.Series]:
    """Numbers for what figures share: `of_area` area and time, `block` level, time and indicator, `combination` these
    and the dimensions.

    numbers: of level, area (within all levels), time, item and dimensions, for every figure.
    """
    level, area, time, item, dimensions = (numbers[name] for name in ("level", "area", "time", "item", "dimensions"))
    block = dense(together(dense(level), time, item))
    found = {"of_area": together(area, time), "block": block, "combination": together(block, dimensions)}
    return {name: pl.Series(dense(groups)) for name, groups in found.items()}


def check_counts(frame: pl.DataFrame, complain: Complaint, code: str, title: str) -> list[str]:
    """What is to be said of parts a little above their totals.

    Raises InputError for counts that cannot be: below zero, beyond all numbers, or a part above its total; and for
    shares below 0 or above 100 %.

    A table whose headings were exchanged shows it there. frame: as `settled` takes it. code, title: of the table or
    statistic.
    """
    combination = frame["combination"].to_numpy()
    kinds = _kinds(frame, first_rows(combination), title)
    counted, share = (kinds[name].to_numpy()[combination] for name in ("counted", "share"))
    value = frame["value"].to_numpy()
    census = _CENSUS.match(code) is not None
    for what, expected, odd in (
        ("Eine Anzahl ist negativ.", "eine Anzahl von null an", counted & (value < 0)),
        ("Eine Anzahl ist größer, als sie sein kann.", f"höchstens {MOST:.0f}", counted & (value > MOST)),
        ("Ein Anteil ist negativ.", "0 bis 100 %", share & (value < 0)),
        ("Ein Anteil ist größer als das Ganze.", "0 bis 100 %", share & (value > WHOLE) & (not census)),
    ):
        if odd.any():
            _refuse_count(frame.row(int(np.argmax(odd)), named=True), complain, what, expected)
    totals = _totals(kinds)
    if totals.is_empty():
        return []
    figures = frame.select("of_area", "combination", "value").with_row_index("at").drop_nulls("value")
    # One number for area and combination: a join on two columns takes several times as long
    area = pl.col("of_area") * kinds.height
    wholes = figures.filter(pl.col("combination").is_in(totals["total"].unique().implode()))
    pairs = (
        figures.join(totals, on="combination")
        .select("at", "combination", "total", "value", place=area + pl.col("total"))
        .join(wholes.select("at", "value", place=area + pl.col("combination")), on="place", suffix="_of_total")
        .with_columns(excess=pl.col("value") - pl.col("value_of_total"))
    )
    if census:
        above, altered = pairs.filter(pl.col("excess") > CENSUS_ALTERED), 0
    else:
        above, altered = _exchanged(pairs)
    if above.height:
        at, total = above.sort("at").select("at", "at_of_total").row(0)
        whole = frame.row(total, named=True)
        place = f"Zeile {whole['row']}, Spalte {whole['place']}"
        expected = f"höchstens {whole['value']:.0f} wie in {place} ({whole['dimension_labels']})"
        _refuse_count(frame.row(at, named=True), complain, "Ein Teil ist größer als seine Summe.", expected)
    if not altered:
        return []
    return [
        f"In {altered} Fällen liegt ein Teil um höchstens {ALTERED} über seiner Summe, wie es Runden oder Überlagern "
        "zur Geheimhaltung bewirkt: Summen aus diesen Zahlen sind ungenau."
    ]


def _exchanged(pairs: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Parts that lie above their totals by more than secrecy explains, and how many lie there by less.

    Where a part lies a little above its total in most areas no chance put it there: the two were exchanged. pairs: a
    part and its total, columns `combination` and `total` of both and `excess`.
    """
    above = pairs.filter(pl.col("excess") > ROUNDED)
    if above.is_empty():
        return above, 0
    pair = ["combination", "total"]
    often = (
        pairs.join(above.select(pair).unique(), on=pair, how="semi")
        .group_by(pair)
        .agg(above=(pl.col("excess") > ROUNDED).sum(), below=(pl.col("excess") < 0).sum())
        .filter(pl.col("above") > 2 * pl.col("below") + CHANCE)
    )
    odd = pl.concat([above.filter(pl.col("excess") > ALTERED), above.join(often, on=pair, how="semi")])
    return odd, above.height


def _kinds(frame: pl.DataFrame, firsts: np.ndarray, title: str) -> pl.DataFrame:
    """What figures of each combination are: `counted`, a `share`, and whether their parts may be `compared`."""
    names = ("block", "item", "item_label", "unit", "dimensions", "dimension_labels")
    kinds = frame.select(names)[firsts].with_row_index("combination")
    kinds = kinds.with_columns(pl.col(name).cast(pl.String) for name in names[1:])
    words = pl.concat_str("item_label", "dimension_labels", separator=SEPARATOR)
    broken = frame.filter(pl.col("value") % 1 != 0)["item"].cast(pl.String).unique()
    counted = pl.col("unit").is_in(COUNTS) & ~words.str.contains(_BALANCE) & ~pl.col("item").is_in(broken.implode())
    if _BUILDING.search(title):
        counted = pl.lit(False)
    label = pl.col("item_label")
    share = pl.col("unit").is_in(PERCENT) & label.str.contains(_SHARE) & ~label.str.contains(_NO_SHARE)
    return kinds.with_columns(
        counted=counted,
        compared=counted & ~words.str.contains(_MEAN),
        share=share & ~words.str.contains(_BALANCE),
    )


def _totals(kinds: pl.DataFrame) -> pl.DataFrame:
    """For each combination that is a part, the combinations with the total of one of its dimensions in place of it."""
    kinds = kinds.filter("compared").select("combination", "block", "dimensions")
    totals = [
        (text, SEPARATOR.join([*codes[:at], codes[at].split("=")[0] + "=", *codes[at + 1 :]]))
        for text in kinds["dimensions"].unique()
        for codes in [text.split(SEPARATOR)]
        for at in range(len(codes))
        if "=" in codes[at] and not codes[at].endswith("=")
    ]
    wider = pl.DataFrame(totals, schema={"dimensions": pl.String, "wider": pl.String}, orient="row")
    found = kinds.join(wider, on="dimensions").join(
        kinds, left_on=("block", "wider"), right_on=("block", "dimensions"), suffix="_of_total"
    )
    return found.select("combination", total="combination_of_total").cast(pl.Int64)


def _refuse_count(row: dict[str, Any], complain: Complaint, what: str, expected: str) -> NoReturn:
    words = f"{row['item_label']} {row['dimension_labels']}"
    complain(
        what,
        row=row["row"],
        column=row["place"],
        expected=expected,
        found=f"{row['value']:.15g} ({row['source_key']}, {row['time']}, {words.strip()})",
        remedy="Prüfen, ob Spalten oder Überschriften vertauscht sind. " + AGAIN,
    )


def _lacking(groups: pl.Series, rows: np.ndarray) -> np.ndarray:
    """Whether the group of each row holds none of these rows; groups by number from 0 on."""
    held = np.zeros(groups.max() + 1 if len(groups) else 0, dtype=bool)  # type: ignore[operator]
    held[groups.to_numpy()[rows]] = True
    return ~held[groups.to_numpy()]


def _without_figures(out: pl.DataFrame) -> list[Refused]:
    found = out.with_columns(pl.col("level", "item", "time").cast(pl.String)).group_by(
        "level", "item", maintain_order=True
    )
    return [
        Refused(
            f"Ebene {level}, {item}, {first if first == last else f'{first} bis {last}'}",
            "keine einzige Zahl auf dieser Ebene; „-“ heißt hier nicht null",
            rows,
        )
        for level, item, first, last, rows in found.agg(
            pl.col("time").min().alias("first"), pl.col("time").max().alias("last"), pl.len()
        ).iter_rows()
    ]


def _undefined(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with those dashes not_applicable that cannot be zero, whether the area exists or not."""
    number, groups = frame["value"].is_not_null().to_numpy(), frame["combination"]
    alone = _lacking(groups, number) & (np.bincount(groups)[groups.to_numpy()] > 1)
    never = frame["structural"].to_numpy() | _lacking(frame["block"], number) | alone
    undefined = never & (frame["status"] == DASH).to_numpy()
    if not undefined.any():
        return frame
    return frame.with_columns(status=pl.when(pl.Series(undefined)).then(pl.lit("not_applicable")).otherwise("status"))


def _dashes_settled(frame: pl.DataFrame, existing: Mapping[str, frozenset[str]] | None) -> pl.DataFrame:
    """As `settle_dashes`, which looks at the rows of areas with a dash only: of a million rows most have none."""
    dashes = (frame["status"] == DASH).to_numpy()
    at = np.flatnonzero(~_lacking(frame["of_area"], dashes))
    settled = settle_dashes(frame.select("key", "level", "time", "value", "status")[at], existing)
    return frame.with_columns(frame[name].scatter(at, settled[name]).alias(name) for name in ("value", "status"))
