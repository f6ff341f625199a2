"""Figures of areas that came, went or changed, on the areas of today.

What belongs here: what becomes of a figure whose area did not exist at its day, ended since, or gave or got a part.
What does not: which area took whose place (`pipelines.geography.crosswalk`), rates: they are computed from what comes
out here.

- A key that did not exist at the Stichtag is `not_applicable` and says so; no zero, no error. Where a former one still
  has a figure, its heirs have none: whether theirs hold it is not known.
- Counts of a former Gemeinde go into those of its successors: surfaces by surface, employees at their place of work by
  such employees where these shares are published, all else by persons. A whole Gemeinde that goes into one other is
  added as it is (`reported`); parts are `estimated`, the method says by what.
- Where a part is known to have changed hands but not its share, the areas concerned have no value, all others do.
- Finished values and averages are never converted: missing, with the reason. A mere change of key keeps them. A share
  that is a count divided by a delivered total (`SHARE_OF`) is recovered as a count where whole areas are joined.
- Figures on different censuses are not added. Figures of the Kreis before its extent changed are missing.
- Sources that recompute their series (`gebietsstand` in the catalogue) give all years on the areas of an edition: those
  of its newest figures, or of a later day if only then an area it has a value for existed. What changed after that day
  is converted as everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import fsum
from typing import Any

import polars as pl

from pipelines.contracts import WITH_VALUE, conform, contract
from pipelines.errors import InputError
from pipelines.geography.crosswalk import EMPLOYEES, PERSONS, SURFACE, WORDS, Crosswalk, NoWay, Part
from pipelines.geography.validity import OPEN, UNKNOWN, absent_reason, day_of, holds
from pipelines.german import date_text, join_words

TABLE = "curated.conversions"
GROUP = ["source_id", "edition", "merkmal", "auspraegung", "stichtag"]
SURFACES = ("km2", "ha")
# Counted where people work, not where they live; shares by employees are by the place of work too
AT_WORK = ("svb_arbeitsort", "geringfuegig_arbeitsort")
# Percentages that are a count divided by another item of the same day, as the indicators made of them say too
SHARE_OF = {"svb_wohnort_anteil": ("svb_wohnort", "insgesamt")}
WHOLE = 0.001
"""How far share times total may lie from a whole number when a count is recovered."""
NOWHERE = "nirgends"
# Of several statuses without a value the one that counts, the first
WITHOUT = ("secret", "suppressed", "uncertain", "later", "missing", "not_applicable")
QUALITIES = ("final", "revised", "provisional", "limited")
CONSERVED = 1e-9
FINISHED = "Fertige Werte und Durchschnitte lassen sich nicht auf einen anderen Gebietsstand umrechnen."
CENSUSES = "Die Zahlen der zusammengelegten Gemeinden beruhen auf verschiedenen Volkszählungen."
UNRECOVERED = "Aus den Anteilen der zusammengelegten Gemeinden lassen sich keine ganzen Anzahlen zurückrechnen."
Row = dict[str, Any]
# Count and total behind a delivered share, by area
Counts = dict[str, tuple[float, float]]


def to_current(
    figures: pl.DataFrame, crosswalk: Crosswalk, kreis_key: str, recomputed: Iterable[str] = ()
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The figures on the areas of today, with `conversion`, and `curated.conversions`.

    figures: rows of `raw.<source>` with `area_id` and `additive`. recomputed: sources whose publisher recomputes them.
    Figures of unknown areas stay as they are. Raises InputError for a former Gemeinde of which no laid-down file says
    where it belongs now: nobody knows then which of today's areas lacks it, so that no value of that day could be
    trusted. Raises ValueError if a total were not kept.
    """
    noted = figures.with_columns(conversion=pl.lit(None, dtype=pl.String))
    touched = crosswalk.touched
    if not touched:
        return noted, conform(pl.DataFrame(schema=contract(TABLE).schema()), TABLE)
    own = pl.col("area_id").is_in(sorted(touched))
    kept, converted, records = [], [], []
    stand = _stands(noted, crosswalk, sorted(recomputed))
    totals = _totals(noted.filter(own))
    for group in noted.filter(own).sort(*GROUP, "area_id").partition_by(GROUP, maintain_order=True):
        delivered = group.rows(named=True)
        rows, found = _group(delivered, crosswalk, _day(delivered[0], stand), _counts(delivered, totals))
        converted += rows
        records += found
    rest = noted.filter(~own)
    for row in rest.filter(pl.col("area_id") == kreis_key).rows(named=True):
        until = crosswalk.extent_changed(kreis_key, _day(row, stand))
        kept.append(row if until is None else _of_other_extent(row, until))
    others = rest.filter(pl.col("area_id") != kreis_key)
    frame = pl.concat([others, pl.DataFrame([*kept, *converted], schema=noted.schema, infer_schema_length=None)])
    return frame, conform(pl.DataFrame(records, schema=contract(TABLE).schema()), TABLE)


def _stands(figures: pl.DataFrame, crosswalk: Crosswalk, recomputed: Sequence[str]) -> dict[tuple[str, str], str]:
    """On which day's areas every edition of a source stands that recomputes its series."""
    found: dict[tuple[str, str], str] = {}
    given = figures.filter(pl.col("source_id").is_in(recomputed) & pl.col("wert").is_not_null())
    for (source_id, edition), rows in given.sort("source_id", "edition").group_by(
        "source_id", "edition", maintain_order=True
    ):
        areas = [crosswalk.areas[key] for key in rows["area_id"].unique() if key in crosswalk.areas]
        newest = max(day_of(stichtag) for stichtag in rows["stichtag"].unique())
        latest = max([newest, *(area["valid_from"] for area in areas if area["valid_from"] != UNKNOWN)])
        ends = [area["valid_to"] for area in areas if area["valid_to"] not in OPEN]
        found[(str(source_id), str(edition))] = min([latest, *ends])
    return found


def _day(row: Row, stand: dict[tuple[str, str], str]) -> str:
    """The day whose areas a figure is on."""
    day = day_of(row["stichtag"])
    return max(day, stand.get((row["source_id"], row["edition"]), day))


def _totals(figures: pl.DataFrame) -> dict[tuple[str, ...], set[float]]:
    """What every source says about a total that shares refer to, by item, day and area."""
    found: dict[tuple[str, ...], set[float]] = {}
    wanted = sorted({item for item, _ in SHARE_OF.values()})
    known = figures.filter(pl.col("merkmal").is_in(wanted) & pl.col("wert").is_not_null())
    for *place, value in known.select("merkmal", "auspraegung", "stichtag", "area_id", "wert").iter_rows():
        found.setdefault(tuple(place), set()).add(value)
    return found


def _counts(rows: Sequence[Row], totals: dict[tuple[str, ...], set[float]]) -> Counts | None:
    """Count and total behind delivered shares of one item; None for an item that is no such share.

    Areas are left out whose total is not known or not the same in all sources, or whose count would not be whole.
    """
    whole = SHARE_OF.get(rows[0]["merkmal"])
    if whole is None:
        return None
    found: Counts = {}
    for row in rows:
        said = totals.get((*whole, row["stichtag"], row["area_id"]), set())
        if row["wert"] is None or len(said) != 1:
            continue
        (total,) = said
        count = row["wert"] * total / 100
        if abs(count - round(count)) < WHOLE:
            found[row["area_id"]] = (float(round(count)), total)
    return found


def _group(rows: Sequence[Row], crosswalk: Crosswalk, day: str, counts: Counts | None) -> tuple[list[Row], list[Row]]:
    """The figures of one item at one time, on the areas of a day, on today's; and what happened to those delivered."""
    here = {row["area_id"]: row for row in rows}
    there = {key for key in crosswalk.touched if holds(crosswalk.areas[key], day)}
    basis = _basis(rows[0])
    ways = {key: _way(here.get(key, rows[0]), key, crosswalk, day, basis) for key in sorted(there)}
    for key in sorted(set(here) - there - crosswalk.spine):
        if here[key]["wert"]:
            ways[key] = _late(here[key], key, crosswalk, basis)
    into: dict[str, list[tuple[str, Part]]] = {}
    for key, parts in ways.items():
        for part in parts:
            into.setdefault(part.area_id, []).append((key, part))
    made: list[Row] = []
    records: list[Row] = []
    for target in sorted(set(into) & crosswalk.spine):
        sources = into[target]
        if not any(key in here for key, _ in sources):
            continue
        if [key for key, _ in sources] == [target] and sources[0][1].share == 1:
            made.append(here[target])
        else:
            alone = len(sources) == 1 and len(ways[sources[0][0]]) == 1
            made.append(_joined(target, [(key, here.get(key), part) for key, part in sources], alone, counts))
            joined = None if alone else counts
            records += [_record(here[key], part, made[-1], joined) for key, part in sources if key in here]
    for key, parts in ways.items():
        records += [
            _record(here[key], part, None) for part in parts if key in here and part.area_id not in crosswalk.spine
        ]
    taken = {row["area_id"] for row in made}
    for key, row in here.items():
        if key in ways:
            continue
        reason = absent_reason(crosswalk.areas[key], day)
        records.append(_gone(row))
        if key in crosswalk.spine and key not in taken:
            made.append({**row, "wert": None, "status": "not_applicable", "conversion": reason})
    _check_kept(records)
    return made, records


def _basis(row: Row) -> str:
    """What a count is divided by where a Gemeinde was."""
    if row["einheit"] in SURFACES:
        return SURFACE
    return EMPLOYEES if row["merkmal"] in AT_WORK else PERSONS


def _way(row: Row, key: str, crosswalk: Crosswalk, day: str, basis: str) -> list[Part]:
    try:
        return crosswalk.parts(key, day, basis)
    except NoWay as error:
        if error.among:
            # Of nothing every share is nothing
            nothing = row["area_id"] == key and row["wert"] == 0 and not _finished(row)
            unknown = None if nothing else str(error)
            return [Part(one, 1 / len(error.among), nothing, unknown=unknown) for one in error.among]
        raise InputError(
            "Zahlen einer früheren Gemeinde lassen sich dem heutigen Gebietsstand nicht zuordnen.",
            file=row["file"],
            row=row["row"],
            column="ags",
            expected=f"ein Weg von {key} ({crosswalk.areas[key]['anzeigename']}, Stand {date_text(day)}) nach heute",
            found=str(error),
            remedy="Die Gebietsänderungen des Jahres (Statistisches Bundesamt) oder einen Umsteigeschlüssel (BBSR), "
            "der beide Stände verbindet, mit „sozialatlas add“ ablegen; siehe docs/de/gebietsaenderungen.md.",
        ) from error


def _late(row: Row, key: str, crosswalk: Crosswalk, basis: str) -> list[Part]:
    """Where a figure belongs that is given for a Gemeinde after its end: whether its heirs hold it too is not known."""
    end = crosswalk.areas[key]["valid_to"]
    reason = f"Für {key} ist noch etwas geliefert, obwohl es die Gemeinde nur bis zum {date_text(end)} gab."
    return [Part(part.area_id, 0, False, unknown=reason) for part in _way(row, key, crosswalk, end, basis)]


def _finished(row: Row) -> bool:
    """Whether a figure does not add up over areas."""
    return str(row["additive"]).startswith("no(")


def _joined(target: str, sources: list[tuple[str, Row | None, Part]], alone: bool, counts: Counts | None) -> Row:
    """One figure of an area of today from those of the areas it was made of; counts: behind the shares, if such."""
    rows = [row for _, row, _ in sources if row is not None]
    first = next((row for key, row, _ in sources if row is not None and key == target), rows[0])
    said = _said([(key, part) for key, _, part in sources])
    whole = {**first, "area_id": target, "quality": max((row["quality"] for row in rows), key=QUALITIES.index)}

    def without(status: str, reason: str) -> Row:
        return {**whole, "wert": None, "status": status, "conversion": reason}

    if alone:
        return {**whole, "conversion": said}
    absent = [key for key, row, _ in sources if row is None]
    if absent:
        return without("missing", f"Für {join_words(absent)}, heute in dieser Gemeinde, ist nichts geliefert.")
    unknown = next((part.unknown for _, _, part in sources if part.unknown), None)
    if unknown:
        return without("missing", unknown)
    exact = all(part.exact for _, _, part in sources)
    if _finished(first) and (counts is None or not exact):
        return without("missing", FINISHED)
    if len({row["basis"] for row in rows if row["basis"]}) > 1:
        return without("missing", CENSUSES)
    lacking = [row["status"] for row in rows if row["status"] not in WITH_VALUE]
    if lacking:
        status = min(lacking, key=WITHOUT.index)
        return without(status, f"{len(lacking)} von {len(rows)} Gemeinden, aus denen sie besteht, haben keinen Wert.")
    if counts is None:
        value = fsum(row["wert"] * part.share for _, row, part in sources if row is not None)
    else:
        behind = [counts[row["area_id"]] for row in rows if row["area_id"] in counts]
        total = fsum(total for _, total in behind)
        if len(behind) < len(rows) or total == 0:
            return without("missing", UNRECOVERED)
        value = 100 * fsum(count for count, _ in behind) / total
        said = f"{said} Anteil aus den zurückgerechneten Anzahlen."
    statuses = {row["status"] for row in rows}
    status = "estimated" if not exact or "estimated" in statuses else "pooled" if "pooled" in statuses else "reported"
    return {**whole, "wert": value, "status": "zero" if statuses == {"zero"} else status, "conversion": said}


def _said(sources: Sequence[tuple[str, Part]]) -> str:
    """How a figure came about, in German."""
    by = join_words(sorted(set().union(*(part.by for _, part in sources)))) or "gemeinden.csv"
    if all(part.exact for _, part in sources):
        return f"Gebietsstand von heute: Zahlen von {join_words([key for key, _ in sources])} zusammen, nach {by}."
    shares = join_words([f"{key} zu {100 * part.share:.2f} %".replace(".", ",") for key, part in sources])
    weights = join_words([f"der {WORDS[name]}" for name in sorted(set().union(*(part.weights for _, part in sources)))])
    return f"Auf den Gebietsstand von heute umgerechnet nach Anteil an {weights}: {shares}, nach {by}."


def _of_other_extent(row: Row, until: str) -> Row:
    reason = f"Der Kreis hatte bis zum {date_text(until)} einen anderen Gebietsstand."
    return {**row, "wert": None, "status": "missing", "conversion": reason}


def _record(row: Row, part: Part, made: Row | None, counts: Counts | None = None) -> Row:
    """What became of a delivered figure; of a share that was joined with others, of the count behind it."""
    about = _about(row) | {"to_id": part.area_id, "share": None, "after": None}
    if row["wert"] is None or part.unknown or (made is not None and made["wert"] is None):
        return about | {"outcome": "außerhalb des Kreises" if made is None else "ohne Wert"}
    outcome = "außerhalb des Kreises" if made is None else "umgerechnet"
    amount = counts[row["area_id"]][0] if counts else row["wert"]
    return about | {"share": part.share, "before": amount, "after": amount * part.share, "outcome": outcome}


def _gone(row: Row) -> Row:
    return _about(row) | {
        "to_id": NOWHERE,
        "share": None,
        "after": None,
        "outcome": "am Stichtag nicht vorhanden",
    }


def _about(row: Row) -> Row:
    names = ("source_id", "edition", "stichtag", "merkmal", "auspraegung", "file", "row")
    return {name: row[name] for name in names} | {"from_id": row["area_id"], "before": row["wert"]}


def _check_kept(records: Sequence[Row]) -> None:
    """What was delivered is what arrived, for every figure of which all parts have a value."""
    parts: dict[str, list[Row]] = {}
    for record in records:
        parts.setdefault(record["from_id"], []).append(record)
    for found in parts.values():
        if all(record["after"] is not None for record in found):
            before, after = found[0]["before"], fsum(record["after"] for record in found)
            if abs(before - after) > CONSERVED * max(abs(before), 1):
                raise ValueError(f"{before} became {after}")
