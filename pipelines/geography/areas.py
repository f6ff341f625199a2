"""The spine of areas: Ortsteile, Gemeinden, Sozialräume and the Kreis, with who belongs where.

What belongs here: `curated.areas` and `curated.members`, and that the Sozialräume cover the Kreis once. What does not:
the form of the delivered files (`pipelines.readers.gebiete`) and shapes (`boundaries`).
"""

from __future__ import annotations

from collections import Counter
from math import fsum
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.contracts import conform, contract, empty
from pipelines.errors import InputError
from pipelines.geography import keys
from pipelines.geography.stones import stones
from pipelines.geography.validity import current

if TYPE_CHECKING:
    from pipelines.geography.stones import Stone
    from pipelines.settings import Kreis

FILE = "gebiete/sozialraeume.csv"
TOLERANCE = 1e-9


def build_areas(
    gemeinden: pl.DataFrame, sozialraeume: pl.DataFrame, kreis: Kreis, ortsteile: pl.DataFrame | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`curated.areas` and `curated.members` from `raw.gemeinden`, `raw.sozialraeume` and `raw.ortsteile`.

    The number of an area is its place in the order of keys, within its level. A Gemeinde all of whose Ortsteile lie in
    one Sozialraum is a whole member of it. Raises InputError when a Gemeinde is unknown, in no Sozialraum, or in
    several with weights other than 1 in total, when an Ortsteil of a divided Gemeinde is in none or several, or when
    the marks of example and decision contradict each other.
    """
    gemeinden = current(gemeinden)
    # The Ortsteile of a Gemeinde that has ended stay in the file
    known = (ortsteile if ortsteile is not None else empty("raw.ortsteile")).join(gemeinden, on="ags", how="semi")
    parts = stones(known)
    _check_members(gemeinden, sozialraeume, parts)
    _check_decided(sozialraeume, kreis)
    belonging, listed = _belonging(sozialraeume, parts)
    rows = [
        *_gemeinden(gemeinden),
        *_ortsteile(known, gemeinden),
        *_sozialraeume(sozialraeume, listed),
        _kreis(kreis),
    ]
    areas = pl.DataFrame(rows, schema=contract("curated.areas").schema())
    return conform(areas, "curated.areas"), conform(_members(gemeinden, belonging, kreis), "curated.members")


def _gemeinden(gemeinden: pl.DataFrame) -> list[dict[str, Any]]:
    return [
        {
            "area_id": row["ags"],
            "area_level": "gemeinde",
            "name": row["name"],
            "display_name": row["anzeigename"],
            "ars": row["ars"],
            "number": number,
            "members": None,
            "is_example": False,
            "valid_from": row["valid_from"],
            "valid_to": row["valid_to"],
        }
        for number, row in enumerate(gemeinden.sort("ags").iter_rows(named=True), start=1)
    ]


def made_of(areas: pl.DataFrame, members: pl.DataFrame) -> dict[str, list[str] | None]:
    """Of every Sozialraum and Kreis the Gemeinden and Ortsteile that add up to it.

    None for an area that holds part of a Gemeinde which no Ortsteile describe, only an outline. areas, members: curated
    tables.
    """
    listed = dict(areas.select("area_id", "members").iter_rows())
    found: dict[str, list[str] | None] = {}
    for area_id, ags, weight in members.sort("area_id", "ags").select("area_id", "ags", "weight").iter_rows():
        before = found.get(area_id, [])
        own = [ags]
        if weight != 1:
            every = (listed.get(area_id) or ags).split(";")
            own = [key for key in every if keys.level(key) == "ortsteil" and keys.gemeinde_of(key) == ags]
        found[area_id] = [*before, *own] if own and before is not None else None
    return found


def _ortsteile(ortsteile: pl.DataFrame, gemeinden: pl.DataFrame) -> list[dict[str, Any]]:
    """Named with their Gemeinde: several of a district may be called the same."""
    names = dict(gemeinden.sort("ags").select("ags", "anzeigename").iter_rows())
    return [
        {
            "area_id": row["ortsteil"],
            "area_level": "ortsteil",
            "name": row["name"],
            "display_name": f"{names[row['ags']]}-{row['name']}",
            "number": number,
            "is_example": False,
            "valid_from": "unbekannt",
            "valid_to": "unbekannt",
        }
        for number, row in enumerate(ortsteile.sort("ortsteil").iter_rows(named=True), start=1)
    ]


def _sozialraeume(sozialraeume: pl.DataFrame, listed: dict[str, list[str]]) -> list[dict[str, Any]]:
    described = sozialraeume.sort("area_id", "ags").unique("area_id", keep="first", maintain_order=True)
    return [
        {
            **{name: row[name] for name in ("area_id", "name", "is_example", "valid_from", "valid_to")},
            "area_level": "sozialraum",
            "display_name": row["name"],
            "number": number,
            "members": ";".join(sorted(listed[row["area_id"]])),
        }
        for number, row in enumerate(described.iter_rows(named=True), start=1)
    ]


def _kreis(kreis: Kreis) -> dict[str, Any]:
    return {
        "area_id": kreis.key,
        "area_level": "kreis",
        "name": kreis.name,
        "display_name": kreis.short_name,
        "ars": None,
        "number": None,
        "members": None,
        "is_example": False,
        "valid_from": "unbekannt",
        "valid_to": "unbekannt",
    }


def _belonging(sozialraeume: pl.DataFrame, parts: dict[str, Stone]) -> tuple[pl.DataFrame, dict[str, list[str]]]:
    """Rows of `curated.members` for Sozialräume, and the members of each: Gemeinden, and Ortsteile of divided ones."""
    rows: list[tuple[str, str, float]] = []
    listed: dict[str, list[str]] = {}
    grouped: dict[tuple[str, str], list[str]] = {}
    for area_id, key, weight in sozialraeume.sort("area_id", "ags").select("area_id", "ags", "weight").iter_rows():
        if key in parts:
            grouped.setdefault((area_id, parts[key].ags), []).append(key)
        else:
            rows.append((area_id, key, weight))
            listed.setdefault(area_id, []).append(key)
    number = Counter(stone.ags for stone in parts.values())
    for (area_id, ags), own in grouped.items():
        whole = len(own) == number[ags]
        rows.append((area_id, ags, 1.0 if whole else fsum(parts[key].share or 0.0 for key in own)))
        listed.setdefault(area_id, []).extend([ags] if whole else own)
    return pl.DataFrame(rows, schema=contract("curated.members").schema(), orient="row"), listed


def _members(gemeinden: pl.DataFrame, belonging: pl.DataFrame, kreis: Kreis) -> pl.DataFrame:
    whole = gemeinden.select(pl.lit(kreis.key).alias("area_id"), "ags", pl.lit(1.0).alias("weight"))
    return pl.concat([belonging, whole])


def _check_members(gemeinden: pl.DataFrame, sozialraeume: pl.DataFrame, parts: dict[str, Stone]) -> None:
    names = dict(gemeinden.sort("ags").select("ags", "anzeigename").iter_rows())
    total = dict.fromkeys(names, 0.0)
    given: Counter[str] = Counter()
    for area_id, key, weight in sozialraeume.select("area_id", "ags", "weight").iter_rows():
        if key in parts:
            given[key] += 1
            continue
        if key not in total:
            _refuse(key, "ags", "eine Gemeinde aus gebiete/gemeinden.csv", f"{key} in {area_id}")
        total[key] += weight
    divided = {parts[key].ags for key in given}
    _check_parts(names, total, given, parts)
    for ags, weight in total.items():
        if ags not in divided and abs(weight - 1) > TOLERANCE:
            found = "in keinem Sozialraum" if weight == 0 else f"Gewichte zusammen {weight:g}"
            _refuse(f"{ags} ({names[ags]})", "weight", "jede Gemeinde mit Gewicht 1, auch über mehrere Räume", found)


def _check_parts(names: dict[str, str], total: dict[str, float], given: Counter[str], parts: dict[str, Stone]) -> None:
    """Of a Gemeinde that is divided by Ortsteile every one is given once, and what part of it each is, is known."""
    divided = {parts[key].ags for key in given}
    for key, stone in parts.items():
        ags = stone.ags
        if ags not in divided:
            continue
        if given[key] != 1:
            found = f"{key} {'in keinem Sozialraum' if not given[key] else f'in {given[key]} Sozialräumen'}"
            _refuse(f"{ags} ({names[ags]})", "ags", "jeder Ortsteil in genau einem Sozialraum", found)
        if total[ags]:
            _refuse(f"{ags} ({names[ags]})", "ags", "entweder die Gemeinde oder ihre Ortsteile", "beides")
        if stone.share is None:
            expected = "Einwohner, Wohnungen oder Fläche für alle Ortsteile der Gemeinde in ortsteile.csv"
            _refuse(f"{ags} ({names[ags]})", "ags", expected, "keine Angabe, die für alle Ortsteile vorliegt")


def _refuse(gemeinde: str, column: str, expected: str, found: str) -> None:
    raise InputError(
        "Die Sozialräume decken den Kreis nicht genau einmal ab.",
        file=FILE,
        row=f"Gemeinde {gemeinde}",
        column=column,
        expected=expected,
        found=found,
        remedy="Die Gemeinde genau einem Sozialraum zuordnen oder die Gewichte auf zusammen 1 setzen; "
        "bei einer geteilten Gemeinde jeden Ortsteil genau einmal nennen.",
    )


def _check_decided(sozialraeume: pl.DataFrame, kreis: Kreis) -> None:
    """A resolved division is no example and an example is not resolved: readers rely on the mark."""
    wrong = sozialraeume.filter(pl.col("is_example") == kreis.sozialraeume_decided)
    if wrong.height:
        raise InputError(
            "Einstellung und Sozialräume widersprechen sich.",
            file=FILE,
            row=f"Sozialraum {wrong['area_id'].min()}",
            column="is_example",
            expected=f"{'nein' if kreis.sozialraeume_decided else 'ja'}, weil in kreis.yml „beschlossen: "
            f"{'true' if kreis.sozialraeume_decided else 'false'}“ steht",
            found="ja" if kreis.sozialraeume_decided else "nein",
            remedy="Nach dem Beschluss des Kreistags beide Angaben gemeinsam ändern.",
        )
