"""The spine of areas: Gemeinden, Sozialräume and the Kreis, with who belongs where.

What belongs here: `curated.areas` and `curated.members`, and that the Sozialräume cover the Kreis once. What does not:
the form of the delivered files (`pipelines.readers.gebiete`) and shapes (`boundaries`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.contracts import conform, contract
from pipelines.errors import InputError

if TYPE_CHECKING:
    from pipelines.settings import Kreis

FILE = "gebiete/sozialraeume.csv"
TOLERANCE = 1e-9


def build_areas(gemeinden: pl.DataFrame, sozialraeume: pl.DataFrame, kreis: Kreis) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`curated.areas` and `curated.members` from `raw.gemeinden` and `raw.sozialraeume`.

    The number of an area is its place in the order of keys, within its level. Raises InputError when a Gemeinde is
    unknown, in no Sozialraum, or in several with weights other than 1 in total, or when the marks of example and
    decision contradict each other.
    """
    _check_members(gemeinden, sozialraeume)
    _check_decided(sozialraeume, kreis)
    rows = [*_gemeinden(gemeinden), *_sozialraeume(sozialraeume), _kreis(kreis)]
    areas = pl.DataFrame(rows, schema=contract("curated.areas").schema())
    return conform(areas, "curated.areas"), conform(_members(gemeinden, sozialraeume, kreis), "curated.members")


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


def _sozialraeume(sozialraeume: pl.DataFrame) -> list[dict[str, Any]]:
    grouped = (
        sozialraeume.sort("area_id", "ags")
        .group_by("area_id", maintain_order=True)
        .agg(pl.first("name", "is_example", "valid_from", "valid_to"), pl.col("ags").str.join(";").alias("members"))
    )
    return [
        {**row, "area_level": "sozialraum", "display_name": row["name"], "ars": None, "number": number}
        for number, row in enumerate(grouped.iter_rows(named=True), start=1)
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


def _members(gemeinden: pl.DataFrame, sozialraeume: pl.DataFrame, kreis: Kreis) -> pl.DataFrame:
    whole = gemeinden.select(pl.lit(kreis.key).alias("area_id"), "ags", pl.lit(1.0).alias("weight"))
    return pl.concat([sozialraeume.select("area_id", "ags", "weight"), whole])


def _check_members(gemeinden: pl.DataFrame, sozialraeume: pl.DataFrame) -> None:
    names = dict(gemeinden.sort("ags").select("ags", "anzeigename").iter_rows())
    total = dict.fromkeys(names, 0.0)
    for area_id, ags, weight in sozialraeume.select("area_id", "ags", "weight").iter_rows():
        if ags not in total:
            _refuse(ags, "ags", "eine Gemeinde aus gebiete/gemeinden.csv", f"{ags} in {area_id}")
        total[ags] += weight
    for ags, weight in total.items():
        if abs(weight - 1) > TOLERANCE:
            found = "in keinem Sozialraum" if weight == 0 else f"Gewichte zusammen {weight:g}"
            _refuse(f"{ags} ({names[ags]})", "weight", "jede Gemeinde mit Gewicht 1, auch über mehrere Räume", found)


def _refuse(gemeinde: str, column: str, expected: str, found: str) -> None:
    raise InputError(
        "Die Sozialräume decken den Kreis nicht genau einmal ab.",
        file=FILE,
        row=f"Gemeinde {gemeinde}",
        column=column,
        expected=expected,
        found=found,
        remedy="Die Gemeinde genau einem Sozialraum zuordnen oder die Gewichte auf zusammen 1 setzen.",
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
