"""Figures of areas that came, went or changed, on the areas of today.

What belongs here: what becomes of a figure whose area did not exist at its day, ended since, or gave or got a part.
What does not: which area took whose place (`pipelines.geography.crosswalk`), rates: they are computed from what comes
out here.

- A key that did not exist at the Stichtag is `not_applicable` and says so; no zero, no error.
- Counts of a former Gemeinde go into those of its successors, by population, areas by surface. A whole Gemeinde that
  goes into one other is added as it is (`reported`); parts are `estimated`, the method says by what.
- Finished values and averages are never converted: missing, with the reason. A mere change of key keeps them.
- Figures on different censuses are not added. Figures of the Kreis before its extent changed are missing.
- Sources that recompute their series to the areas of an edition (`gebietsstand` in the catalogue) are left as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Any

import polars as pl

from pipelines.contracts import WITH_VALUE, conform, contract
from pipelines.errors import InputError
from pipelines.geography.crosswalk import PERSONS, SURFACE, WORDS, Crosswalk, NoWay, Part
from pipelines.geography.validity import absent_reason, day_of, holds
from pipelines.german import date_text, join_words

TABLE = "curated.conversions"
GROUP = ["source_id", "edition", "merkmal", "auspraegung", "stichtag"]
SURFACES = ("km2", "ha")
NOWHERE = "nirgends"
# Of several statuses without a value the one that counts, the first
WITHOUT = ("secret", "suppressed", "uncertain", "later", "missing", "not_applicable")
QUALITIES = ("final", "revised", "provisional", "limited")
CONSERVED = 1e-9
FINISHED = "Fertige Werte und Durchschnitte lassen sich nicht auf einen anderen Gebietsstand umrechnen."
CENSUSES = "Die Zahlen der zusammengelegten Gemeinden beruhen auf verschiedenen Volkszählungen."
Row = dict[str, Any]


@dataclass(frozen=True)
class Moved:
    """A part of one delivered figure on its way."""

    row: Row
    part: Part


def to_current(
    figures: pl.DataFrame, crosswalk: Crosswalk, kreis_key: str, recomputed: Iterable[str] = ()
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The figures on the areas of today, with `conversion`, and `curated.conversions`.

    figures: rows of `raw.<source>` with `area_id` and `additive`. recomputed: sources whose publisher recomputes them.
    Figures of unknown areas stay as they are. Raises InputError for a former Gemeinde of which no laid-down file says
    where it belongs now, and ValueError if a total were not kept.
    """
    noted = figures.with_columns(conversion=pl.lit(None, dtype=pl.String))
    touched = crosswalk.touched
    if not touched:
        return noted, conform(pl.DataFrame(schema=contract(TABLE).schema()), TABLE)
    own = pl.col("area_id").is_in(sorted(touched))
    kept, converted, records = [], [], []
    done = set(recomputed)
    for group in noted.filter(own).sort(*GROUP, "area_id").partition_by(GROUP, maintain_order=True):
        rows, found = _group(group.rows(named=True), crosswalk, touched, group["source_id"][0] in done)
        converted += rows
        records += found
    rest = noted.filter(~own)
    for row in rest.filter(pl.col("area_id") == kreis_key).rows(named=True):
        until = crosswalk.extent_changed(kreis_key, day_of(row["stichtag"])) if row["source_id"] not in done else None
        kept.append(row if until is None else _of_other_extent(row, until))
    others = rest.filter(pl.col("area_id") != kreis_key)
    frame = pl.concat([others, pl.DataFrame([*kept, *converted], schema=noted.schema, infer_schema_length=None)])
    return frame, conform(pl.DataFrame(records, schema=contract(TABLE).schema()), TABLE)


def _group(
    rows: Sequence[Row], crosswalk: Crosswalk, touched: frozenset[str], recomputed: bool
) -> tuple[list[Row], list[Row]]:
    """The figures of one item at one time on today's areas, and what happened to those delivered."""
    day = day_of(rows[0]["stichtag"])
    here = {row["area_id"]: row for row in rows}
    if recomputed and set(here) <= crosswalk.spine:
        return list(rows), []
    there = {key for key in touched if holds(crosswalk.areas[key], day)}
    basis = SURFACE if rows[0]["einheit"] in SURFACES else PERSONS
    ways = {key: _way(here.get(key, rows[0]), key, crosswalk, day, basis) for key in sorted(there)}
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
            made.append(_joined(target, [(key, here.get(key), part) for key, part in sources], alone, basis))
            records += [_record(here[key], part, made[-1]) for key, part in sources if key in here]
    for key, parts in ways.items():
        records += [
            _record(here[key], part, None) for part in parts if key in here and part.area_id not in crosswalk.spine
        ]
    taken = {row["area_id"] for row in made}
    for key, row in here.items():
        if key in there:
            continue
        reason = absent_reason(crosswalk.areas[key], day)
        records.append(_gone(row))
        if key in crosswalk.spine and key not in taken:
            made.append({**row, "wert": None, "status": "not_applicable", "conversion": reason})
    _check_kept(records)
    return made, records


def _way(row: Row, key: str, crosswalk: Crosswalk, day: str, basis: str) -> list[Part]:
    try:
        return crosswalk.parts(key, day, basis)
    except NoWay as error:
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


def _joined(target: str, sources: list[tuple[str, Row | None, Part]], alone: bool, basis: str) -> Row:
    """One figure of an area of today from those of the areas it was made of."""
    rows = [row for _, row, _ in sources if row is not None]
    first = next((row for key, row, _ in sources if row is not None and key == target), rows[0])
    said = _said([(key, part) for key, _, part in sources], basis)
    whole = {**first, "area_id": target, "quality": max((row["quality"] for row in rows), key=QUALITIES.index)}

    def without(status: str, reason: str) -> Row:
        return {**whole, "wert": None, "status": status, "conversion": reason}

    if alone:
        return {**whole, "conversion": said}
    absent = [key for key, row, _ in sources if row is None]
    if absent:
        return without("missing", f"Für {join_words(absent)}, heute in dieser Gemeinde, ist nichts geliefert.")
    if str(first["additive"]).startswith("no("):
        return without("missing", FINISHED)
    if len({row["basis"] for row in rows if row["basis"]}) > 1:
        return without("missing", CENSUSES)
    lacking = [row["status"] for row in rows if row["status"] not in WITH_VALUE]
    if lacking:
        status = min(lacking, key=WITHOUT.index)
        return without(status, f"{len(lacking)} von {len(rows)} Gemeinden, aus denen sie besteht, haben keinen Wert.")
    value = fsum(row["wert"] * part.share for _, row, part in sources if row is not None)
    exact = all(part.exact for _, _, part in sources)
    statuses = {row["status"] for row in rows}
    status = "estimated" if not exact or "estimated" in statuses else "pooled" if "pooled" in statuses else "reported"
    return {**whole, "wert": value, "status": "zero" if statuses == {"zero"} else status, "conversion": said}


def _said(sources: Sequence[tuple[str, Part]], basis: str) -> str:
    """How a figure came about, in German."""
    by = join_words(sorted(set().union(*(part.by for _, part in sources)))) or "gemeinden.csv"
    if all(part.exact for _, part in sources):
        return f"Gebietsstand von heute: Zahlen von {join_words([key for key, _ in sources])} zusammen, nach {by}."
    shares = join_words([f"{key} zu {100 * part.share:.2f} %".replace(".", ",") for key, part in sources])
    return f"Auf den Gebietsstand von heute umgerechnet nach Anteil an der {WORDS[basis]}: {shares}, nach {by}."


def _of_other_extent(row: Row, until: str) -> Row:
    reason = f"Der Kreis hatte bis zum {date_text(until)} einen anderen Gebietsstand."
    return {**row, "wert": None, "status": "missing", "conversion": reason}


def _record(row: Row, part: Part, made: Row | None) -> Row:
    about = _about(row) | {"to_id": part.area_id, "share": None, "after": None}
    if row["wert"] is None or (made is not None and made["wert"] is None):
        return about | {"outcome": "außerhalb des Kreises" if made is None else "ohne Wert"}
    outcome = "außerhalb des Kreises" if made is None else "umgerechnet"
    return about | {"share": part.share, "after": row["wert"] * part.share, "outcome": outcome}


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
