"""The shapes of Sozialräume as they are cut: whole Gemeinden, and of divided ones what their outline has of them.

What belongs here: shapes cells are counted in, not simplified. What does not: boundaries for maps (`boundaries`), the
form of outlines (`pipelines.readers.grenzen`), figures (`pipelines.harmonise.cells`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from pipelines.geography import keys
from pipelines.geography.grid import areas_in_grid


@dataclass(frozen=True)
class Rooms:
    """Shapes of Sozialräume in the projection of the grid (area_id, geometry as WKB), and which divide a Gemeinde."""

    shapes: pl.DataFrame
    cut: frozenset[str]


def room_shapes(grenzen: pl.DataFrame, outlines: pl.DataFrame, members: pl.DataFrame, crs: str) -> Rooms:
    """The Sozialräume whose shape is known; grenzen, outlines: `raw.grenzen`, `raw.sozialraum_grenzen` in `crs`.

    members: `curated.members`. A Sozialraum that divides a Gemeinde and has no outline has no shape here.
    """
    import shapely

    whole = dict(zip(grenzen["ags"], shapely.from_wkb(grenzen["geometry"].to_list()), strict=True))
    drawn = dict(zip(outlines["area_id"], shapely.from_wkb(outlines["geometry"].to_list()), strict=True))
    parts: dict[str, list[Any]] = {}
    cut = set()
    for area_id, ags, weight in members.sort("area_id", "ags").select("area_id", "ags", "weight").iter_rows():
        if keys.level(area_id) != "sozialraum":
            continue
        divides = weight != 1
        if divides:
            cut.add(area_id)
        shape = shapely.intersection(whole[ags], drawn[area_id]) if divides and area_id in drawn else whole[ags]
        parts.setdefault(area_id, []).append(shape)
    known = {area_id: shapely.union_all(own) for area_id, own in parts.items() if area_id not in cut - set(drawn)}
    frame = pl.DataFrame(
        {"area_id": list(known), "geometry": [shapely.to_wkb(shape) for shape in known.values()]},
        schema={"area_id": pl.String, "geometry": pl.Binary},
    )
    return Rooms(areas_in_grid(frame, crs) if known else frame, frozenset(cut & set(drawn)))
