"""The Orientierungsindex: which members, whether it may be computed, and its two tables.

What belongs here: reading the definition (`index.yml`), the refusals, assembling values, classes and contributions.
What does not: the arithmetic (`composite`), the runs (`robustness`), the verdict of a member (`compare`).

An index that must not be computed is no error: every area then has a row with a status and the reason. A definition
that names a forbidden member is an error, because somebody wrote it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from pipelines.contracts import conform, contract
from pipelines.errors import InputError
from pipelines.indicators.compare import HIGHER, LOWER
from pipelines.indicators.composite import CLASS_NAMES, classify, contributions, index_values, z_scores
from pipelines.indicators.robustness import MemberData, Noise, class_text, simulate, stability, stability_name
from pipelines.yaml_file import read_yaml

DEFINITION_FILE = Path(__file__).with_name("index.yml")
MINIMUM_RUNS = 1000
NOT_COMPUTED = "nicht berechnet"

_STATUS_ORDER = ("suppressed", "secret", "uncertain", "later", "not_applicable", "missing")

Row = dict[str, Any]


@dataclass(frozen=True)
class Member:
    """One indicator in the index; orientation +1 means higher is more need; weights of an index add up to 1."""

    indicator_id: str
    orientation: int
    weight: float


@dataclass(frozen=True)
class Definition:
    """An index as `index.yml` describes it; names, method and notes are German texts for readers."""

    name: str
    method: str
    members: tuple[Member, ...]
    weights_reason: str
    minimum_areas: int
    maximum_age: int
    runs: int
    seed: int
    weight_spread: float
    notes: tuple[str, ...]
    forbidden_indicators: dict[str, str]
    forbidden_dimensions: dict[str, str]
    file: Path


def load_definition(path: Path = DEFINITION_FILE) -> Definition:
    """The definition of the index. Raises InputError for a missing entry, a wrong number or a forbidden member."""
    content = read_yaml(path, "Die Definition des Index ist nicht lesbar.")
    try:
        definition = _definition(content, path)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            "Die Definition des Index ist unvollständig oder hat die falsche Form.",
            file=path,
            expected="Einträge wie in der mitgelieferten index.yml",
            found=f"kein Eintrag {error}" if isinstance(error, KeyError) else "ein Eintrag anderer Form",
            remedy="Den Eintrag nach dem Muster der mitgelieferten index.yml berichtigen.",
        ) from error
    _check_definition(definition)
    return definition


def build_index(
    values: pl.DataFrame,
    catalogue: pl.DataFrame,
    areas: pl.DataFrame,
    comparison: pl.DataFrame,
    report_year: int,
    definition: Definition | None = None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Tables indicators.index and indicators.index_members, one row per Gemeinde and per Gemeinde and member.

    `values`, `catalogue`, `areas`, `comparison` follow indicators.values, indicators.catalogue, curated.areas and
    indicators.comparison. Each member is taken at its latest_period. An area that lacks a member gets no index.
    Raises InputError where the definition names a member of a forbidden dimension.
    """
    definition = definition or load_definition()
    indicators = {row["indicator_id"]: row for row in catalogue.iter_rows(named=True)}
    _check_dimensions(definition, indicators)
    area_ids = areas.filter(pl.col("area_level") == "gemeinde")["area_id"].sort().to_list()
    found = _member_rows(definition, indicators, area_ids, values, comparison)
    complete = [area for area in area_ids if all(_value(found, area, m) is not None for m in definition.members)]
    refusal = _refusal(definition, indicators, report_year, len(complete))
    data = [] if refusal else [_member_data(found, complete, member, indicators) for member in definition.members]
    refusal = refusal or _without_difference(data, definition)
    if refusal:
        rows = [_empty_row(area, definition, found, refusal) for area in area_ids]
    else:
        computed = dict(zip(complete, _computed_rows(complete, data, definition, found, indicators), strict=True))
        rows = [computed.get(area) or _empty_row(area, definition, found, None) for area in area_ids]
    return _frame(rows, "indicators.index"), _frame(list(found.values()), "indicators.index_members")


def member_correlations(members: pl.DataFrame) -> pl.DataFrame:
    """Pearson correlation of each pair of members over the areas of the index.

    `members` follows index_members; columns indicator_a, indicator_b, r, areas. r is that of the oriented values, so
    a positive r says that both point to the same areas. Without an index the frame is empty.
    """
    used = members.filter(pl.col("z").is_not_null()).sort("indicator_id", "area_id")
    columns = {str(key[0]): part["z"].to_numpy() for key, part in used.group_by("indicator_id", maintain_order=True)}
    names = sorted(columns)
    pairs = [(a, b) for place, a in enumerate(names) for b in names[place + 1 :]]
    rows = [(a, b, float(np.corrcoef(columns[a], columns[b])[0, 1]), len(columns[a])) for a, b in pairs]
    schema = {"indicator_a": pl.String, "indicator_b": pl.String, "r": pl.Float64, "areas": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _definition(content: dict[str, Any], path: Path) -> Definition:
    total = sum(float(entry["gewicht"]) for entry in content["bestandteile"])
    bans = content["verboten"]
    return Definition(
        name=str(content["name"]),
        method=str(content["verfahren"]),
        members=tuple(
            Member(str(entry["indikator"]), int(entry["richtung"]), float(entry["gewicht"]) / total)
            for entry in content["bestandteile"]
        ),
        weights_reason=str(content["gewichte_begruendung"]),
        minimum_areas=int(content["mindestzahl_gebiete"]),
        maximum_age=int(content["hoechstalter_jahre"]),
        runs=int(content["laeufe"]),
        seed=int(content["startzahl"]),
        weight_spread=float(content["spanne_gewichte"]),
        notes=tuple(str(note) for note in content["hinweise"]),
        forbidden_indicators={name: ban["grund"] for ban in bans for name in ban.get("indikatoren", [])},
        forbidden_dimensions={name: ban["grund"] for ban in bans for name in ban.get("dimensionen", [])},
        file=path,
    )


def _check_definition(definition: Definition) -> None:
    names = [member.indicator_id for member in definition.members]
    banned = [name for name in names if name in definition.forbidden_indicators]
    if banned:
        raise _forbidden(definition, banned[0], definition.forbidden_indicators[banned[0]])
    faults = (
        ("bestandteile", len(set(names)) == len(names), "jeder Bestandteil einmal", ", ".join(names)),
        ("gewicht", all(m.weight > 0 for m in definition.members), "Gewichte über null", "ein anderes Gewicht"),
        ("richtung", all(m.orientation in (-1, 1) for m in definition.members), "1 oder -1", "eine andere Richtung"),
        ("laeufe", definition.runs >= MINIMUM_RUNS, f"mindestens {MINIMUM_RUNS}", definition.runs),
        ("spanne_gewichte", 0 <= definition.weight_spread < 1, "von 0 bis unter 1", definition.weight_spread),
    )
    for column, holds, expected, observed in faults:
        if not holds:
            raise InputError(
                "Ein Eintrag in der Definition des Index ist nicht zulässig.",
                file=definition.file,
                column=column,
                expected=expected,
                found=observed,
                remedy="Den Eintrag berichtigen.",
            )


def _check_dimensions(definition: Definition, indicators: dict[str, Row]) -> None:
    for member in definition.members:
        dimension = indicators.get(member.indicator_id, {}).get("dimension")
        if dimension in definition.forbidden_dimensions:
            raise _forbidden(definition, member.indicator_id, definition.forbidden_dimensions[dimension])


def _forbidden(definition: Definition, indicator_id: str, why: str) -> InputError:
    return InputError(
        "Die Definition des Index nennt einen Bestandteil, der nie in einen Index gehört.",
        file=definition.file,
        column="bestandteile",
        expected=f"kein Bestandteil zu: {why}",
        found=indicator_id,
        remedy="Den Bestandteil aus der Definition nehmen; er bleibt als Kontext im Atlas.",
    )


def _refusal(definition: Definition, indicators: dict[str, Row], report_year: int, areas: int) -> str | None:
    """Why the index is not computed at all, or None."""
    for member in definition.members:
        why = _unfit(member, indicators.get(member.indicator_id), definition.maximum_age, report_year)
        if why:
            return f"Bestandteil {member.indicator_id}: {why}"
    if areas < definition.minimum_areas:
        return f"weniger als {definition.minimum_areas} Gemeinden mit allen Bestandteilen ({areas})"
    return None


def _unfit(member: Member, indicator: Row | None, maximum_age: int, report_year: int) -> str | None:
    if indicator is None:
        return "nicht im Katalog"
    if indicator["polarity"] == 0 or indicator["context"]:
        return "Kontext oder ohne Wertung, deshalb kein Teil eines Index"
    if indicator["polarity"] != member.orientation:
        return "Richtung widerspricht dem Katalog"
    if indicator["data"] != "gemeinde" or indicator["latest_period"] is None:
        return "keine Werte für Gemeinden"
    year = int(indicator["latest_period"].split("/")[-1][:4])
    if report_year - year > maximum_age:
        return f"Stand {year}, mehr als {maximum_age} Jahre vor dem Berichtsjahr {report_year}"
    return None


def _without_difference(data: list[MemberData], definition: Definition) -> str | None:
    """The reason if values do not differ between the areas (standard deviation 0), or None."""
    if not data:
        return None
    for member, column in zip(definition.members, data, strict=True):
        try:
            z_scores(column.values, 0)
        except ValueError:
            return f"Bestandteil {member.indicator_id}: kein Unterschied zwischen den Gemeinden"
    try:
        index_values(*_arrays(data))
    except ValueError:
        return "kein Unterschied zwischen den Gemeinden"
    return None


def _member_rows(
    definition: Definition,
    indicators: dict[str, Row],
    area_ids: list[str],
    values: pl.DataFrame,
    comparison: pl.DataFrame,
) -> dict[tuple[str, str], Row]:
    """Rows of index_members by (area_id, indicator_id), with counts beside them; z and contribution still empty."""
    rows: dict[tuple[str, str], Row] = {}
    for member in definition.members:
        period = indicators.get(member.indicator_id, {}).get("latest_period")
        if period is None:
            continue
        here = (pl.col("indicator_id") == member.indicator_id) & (pl.col("period") == period)
        present = {row["area_id"]: row for row in values.filter(here).iter_rows(named=True)}
        verdicts = dict(comparison.filter(here).select("area_id", "verdict").iter_rows())
        for area in area_ids:
            row = present.get(area, {})
            rows[area, member.indicator_id] = {
                "area_id": area,
                "indicator_id": member.indicator_id,
                "period": period,
                "status": row.get("status", "missing"),
                "value": row.get("value"),
                "orientation": member.orientation,
                "weight": member.weight,
                "z": None,
                "contribution": None,
                "verdict": verdicts.get(area),
                "numerator": row.get("numerator"),
                "denominator": row.get("denominator"),
                "reason": row.get("reason"),
            }
    return rows


def _value(found: dict[tuple[str, str], Row], area: str, member: Member) -> float | None:
    return found.get((area, member.indicator_id), {}).get("value")


def _member_data(
    found: dict[tuple[str, str], Row], complete: list[str], member: Member, indicators: dict[str, Row]
) -> MemberData:
    indicator = indicators[member.indicator_id]
    rows = [found[area, member.indicator_id] for area in complete]
    columns = {name: np.array([row[name] for row in rows], dtype=float) for name in ("numerator", "denominator")}
    return MemberData(
        values=np.array([row["value"] for row in rows], dtype=float),
        orientation=member.orientation,
        weight=member.weight,
        kind=indicator["interval"],
        numerators=columns["numerator"],
        denominators=columns["denominator"],
        factor=indicator["factor"],
    )


def _arrays(data: list[MemberData]) -> tuple[np.ndarray, np.ndarray]:
    return np.stack([column.oriented() for column in data], axis=-1), np.array([column.weight for column in data])


def _computed_rows(
    complete: list[str],
    data: list[MemberData],
    definition: Definition,
    found: dict[tuple[str, str], Row],
    indicators: dict[str, Row],
) -> list[Row]:
    """Rows of the index for the areas with all members; fills z and contribution into the member rows."""
    oriented, weights = _arrays(data)
    index, z, parts = index_values(oriented, weights), z_scores(oriented, 0), contributions(oriented, weights)
    classes = classify(index)
    runs = simulate(data, definition.runs, definition.seed, Noise(weight_spread=definition.weight_spread))
    result = stability(runs, classes)
    rows = []
    for place, area in enumerate(complete):
        for column, member in enumerate(definition.members):
            row = found[area, member.indicator_id]
            row["z"], row["contribution"] = float(z[place, column]), float(parts[place, column])
        share, low, high = float(result.share[place]), int(result.low[place]), int(result.high[place])
        published = int(classes[place])
        rows.append(
            _base_row(area, definition)
            | {
                "status": "reported",
                "value": float(index[place]),
                "class": published,
                "class_name": CLASS_NAMES[published],
                "stability": share,
                "stability_name": stability_name(share),
                "class_text": class_text(published, share, low, high),
                "class_low": low,
                "class_high": high,
                "members_above": _members_above(area, definition, found, indicators),
            }
        )
    return rows


def _empty_row(area: str, definition: Definition, found: dict[tuple[str, str], Row], refusal: str | None) -> Row:
    """Row of an area without index: its own gap comes first, since a suppressed member must stay visible as such."""
    gaps = [row for (place, _), row in found.items() if place == area and row["value"] is None]
    statuses = {row["status"] for row in gaps}
    status = next((name for name in _STATUS_ORDER if name in statuses), "missing")
    own = "; ".join(f"Bestandteil {row['indicator_id']}: {row['reason'] or 'kein Wert'}" for row in gaps)
    reason = "; ".join(filter(None, (refusal, own)))
    return _base_row(area, definition) | {"status": status, "class_text": NOT_COMPUTED, "reason": reason}


def _base_row(area: str, definition: Definition) -> Row:
    row: Row = dict.fromkeys(contract("indicators.index").schema())
    return row | {"area_id": area, "runs": definition.runs, "seed": definition.seed}


def _members_above(
    area: str, definition: Definition, found: dict[tuple[str, str], Row], indicators: dict[str, Row]
) -> str | None:
    """Members that differ from the Kreis distinguishably and relevantly, with the word, e.g. "Arbeitslose höher"."""
    rows = [found[area, member.indicator_id] for member in definition.members]
    words = [
        f"{indicators[row['indicator_id']]['short_name']} {row['verdict']}"
        for row in rows
        if row["verdict"] in (HIGHER, LOWER)
    ]
    return "; ".join(words) or None


def _frame(rows: list[Row], table: str) -> pl.DataFrame:
    schema = contract(table).schema()
    return conform(pl.DataFrame([{name: row[name] for name in schema} for row in rows], schema=schema), table)
