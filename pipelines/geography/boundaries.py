"""Boundaries for maps: simplified once as a coverage, so that neighbours keep one common border.

What belongs here: `curated.boundaries` and what is checked about it. What does not: reading GeoJSON
(`pipelines.readers.grenzen`) and drawing. Areas of these shapes are never published: they come from the statistics.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.contracts import conform
from pipelines.errors import InputError
from pipelines.geography.areas import made_of
from pipelines.validation.results import EXAMPLES, Result, as_frame

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from shapely.geometry.base import BaseGeometry

TABLE = "curated.boundaries"
LABEL_PRECISION = 20.0  # metres; finer than a label can be placed on any of our maps
SMALL_HOLE = 1_000_000.0  # square metres; a hole below this is looked at, a larger one is land of somebody else
SLIVER = 70.0  # metres of mean width (2 * area / circumference); land inside a district is nowhere below 77 (VG250)
SEAM = 1.0  # square metres of overlap or gap that come from floating point alone
OFFICIAL = 7.0  # percent; simplified derivatives of official boundaries stay within this
SMALL = 1.0  # km2; a simplified outline of a Gemeinde of two or three may differ by more percent, but not by this
OTHER = 50.0  # percent; no outline differs by more because it is older
CONSERVED = 0.5  # percent of the whole that simplifying may change


def build_boundaries(
    grenzen: pl.DataFrame,
    areas: pl.DataFrame,
    members: pl.DataFrame,
    tolerance: float = 160.0,
    outlines: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """`curated.boundaries` of all areas from `raw.grenzen`; tolerance in metres (coverage simplification of GEOS).

    Sozialräume and the Kreis are unions of the simplified Gemeinden, so that every border on a map is the same line;
    of a divided Gemeinde a Sozialraum has what lies in its outline (`raw.sozialraum_grenzen`), which is not simplified.
    Ortsteile, and Sozialräume of Ortsteilen that have no outline, have no boundary and are on no map. The label point
    is the centre of the largest circle inside (pole of inaccessibility). Raises InputError when a Sozialraum holds part
    of a Gemeinde that nothing describes, because its border cannot be derived then.
    """
    import shapely

    ordered = grenzen.sort("ags")
    shapes = shapely.from_wkb(ordered["geometry"].to_list())
    simple = dict(zip(ordered["ags"], shapely.coverage_simplify(shapes, tolerance), strict=True))
    drawn = {} if outlines is None else dict(outlines.select("area_id", "geometry").iter_rows())
    _check_whole(members, areas, set(drawn))
    groups: dict[str, list[Any]] = {}
    for area_id, ags, weight in members.sort("area_id", "ags").select("area_id", "ags", "weight").iter_rows():
        cut = weight != 1 and area_id in drawn
        part = shapely.intersection(simple[ags], shapely.from_wkb(drawn[area_id])) if cut else simple[ags]
        groups.setdefault(area_id, []).append(part)
    bare = set(members.filter(pl.col("weight") != 1)["area_id"]) - set(drawn)
    shown = areas.filter(pl.col("area_level") != "ortsteil", ~pl.col("area_id").is_in(sorted(bare)))
    rows = []
    for area_id, area_level in shown.sort("area_id").select("area_id", "area_level").iter_rows():
        shape = shapely.normalize(shapely.union_all(groups.get(area_id) or [simple[area_id]]))
        x, y = _label(shape)
        rows.append((area_id, area_level, x, y, shapely.to_wkb(shape)))
    columns = ["area_id", "area_level", "label_x", "label_y", "geometry"]
    return conform(pl.DataFrame(rows, schema=columns, orient="row"), TABLE)


def check_boundaries(
    boundaries: pl.DataFrame, grenzen: pl.DataFrame, merkmale: pl.DataFrame, older: Collection[str] = ()
) -> pl.DataFrame:
    """Overlaps, slivers, conservation of area and agreement with the official area, as rows of `release.checks`.

    boundaries: `curated.boundaries`, grenzen: `raw.grenzen`, merkmale: `curated.merkmale` (item `flaeche` in km2);
    older: Gemeinden of which the district says that their outline is older than their area.
    """
    import shapely

    gemeinden = boundaries.filter(pl.col("area_level") == "gemeinde").sort("area_id")
    simple = shapely.from_wkb(gemeinden["geometry"].to_list())
    delivered = dict(zip(grenzen["ags"], shapely.from_wkb(grenzen["geometry"].to_list()), strict=True))
    holes = _holes(delivered.values())
    return as_frame(
        [
            _overlaps("ueberlappung_geliefert", "Die gelieferten Flächen überlappen sich nicht.", delivered.values()),
            _overlaps("ueberlappung_vereinfacht", "Die vereinfachten Flächen überlappen sich nicht.", simple),
            _gaps("luecken_geliefert", "Zwischen den gelieferten Flächen sind keine Lücken.", holes, _is_land),
            _gaps(
                "luecken_vereinfacht",
                "Zwischen den vereinfachten Flächen sind keine Lücken.",
                _holes(simple),
                lambda hole: any(hole.intersects(land) for land in holes if _is_land(land)),
            ),
            _conserved(simple, delivered.values()),
            _official(delivered, merkmale, older),
        ]
    )


def deviating(outlines: Mapping[str, float], official: Mapping[str, float]) -> dict[str, float]:
    """Percent by which an outline (m2) differs from the official area (km2), of those too different to be the same."""
    return {
        ags: gap
        for ags, gap in _differences(outlines, official).items()
        if abs(gap) > OFFICIAL and abs(gap) / 100 * official[ags] > SMALL
    }


def _differences(outlines: Mapping[str, float], official: Mapping[str, float]) -> dict[str, float]:
    return {
        ags: 100 * (outlines[ags] / (square_km * 1_000_000) - 1)
        for ags, square_km in official.items()
        if ags in outlines
    }


def _label(shape: BaseGeometry) -> tuple[float, float]:
    """Centre of the largest inscribed circle, metres (Garcia-Castellanos & Lombardo 2007; GEOS)."""
    import shapely

    centre = shapely.get_point(shapely.maximum_inscribed_circle([shape], [LABEL_PRECISION])[0], 0)
    return round(float(shapely.get_x(centre)), 1), round(float(shapely.get_y(centre)), 1)


def _check_whole(members: pl.DataFrame, areas: pl.DataFrame, drawn: set[str]) -> None:
    described = drawn | {area_id for area_id, parts in made_of(areas, members).items() if parts is not None}
    parts = members.filter(pl.col("weight") != 1, ~pl.col("area_id").is_in(sorted(described))).sort("area_id", "ags")
    if parts.height:
        area_id, ags, weight = parts.select("area_id", "ags", "weight").row(0)
        raise InputError(
            "Ein Sozialraum teilt eine Gemeinde; seine Grenze lässt sich aus Gemeindegrenzen nicht bilden.",
            file="gebiete/sozialraeume.csv",
            row=f"{area_id}, Gemeinde {ags}",
            column="weight",
            expected="1",
            found=f"{weight:g}",
            remedy="Die Gemeinde ganz einem Sozialraum zuordnen, ihre Ortsteile nennen oder die Umrisse der "
            "Sozialräume als sozialraeume.geojson beilegen (sozialatlas sozialraeume import).",
        )


def _overlaps(check_id: str, description: str, shapes: Any) -> Result:
    import shapely

    parts = list(shapes)
    excess = max(0.0, sum(shape.area for shape in parts) - shapely.union_all(parts).area)
    return Result(
        TABLE, check_id, "Raum", description, "0 m²", f"{excess:.0f} m²", passed=bool(excess <= SEAM), gap=float(excess)
    )


def _holes(shapes: Any) -> list[Any]:
    """What lies inside the shapes and belongs to none of them."""
    import shapely

    whole = shapely.union_all(list(shapes))
    return [shapely.Polygon(ring) for part in shapely.get_parts(whole) for ring in part.interiors]


def _is_land(hole: Any) -> bool:
    """Whether a hole is land that belongs to somebody else, such as a forest without inhabitants, and no seam."""
    return bool(2 * hole.area / hole.length >= SLIVER)


def _gaps(check_id: str, description: str, holes: list[Any], is_land: Callable[[Any], bool]) -> Result:
    """Holes that nobody owns; where there is small land of others, expectation and finding say so."""
    small = [hole for hole in holes if hole.area < SMALL_HOLE]
    faults = [hole.area for hole in small if not is_land(hole)]
    land = len(small) - len(faults)
    return Result(
        TABLE,
        check_id,
        "Raum",
        description,
        "keine Lücke unter 1 km²" + (" außer Land, das nicht zum Kreis gehört" if land else ""),
        f"{len(faults)} Lücken unter 1 km², {len(holes) - len(small)} größere"
        + (f", {land} kleine Flächen, die nicht zum Kreis gehören" if land else ""),
        passed=sum(faults) <= SEAM,
        gap=float(sum(faults)),
    )


def _conserved(simple: Any, delivered: Any) -> Result:
    before = sum(shape.area for shape in delivered)
    change = 100 * (sum(shape.area for shape in simple) / before - 1)
    return Result(
        TABLE,
        "flaeche_erhalten",
        "Raum",
        "Das Vereinfachen ändert die Fläche des Kreises kaum.",
        f"höchstens {CONSERVED:g} Prozent".replace(".", ","),
        f"{change:.3f} Prozent".replace(".", ","),
        passed=bool(abs(change) < CONSERVED),
        gap=float(change),
    )


def _official(delivered: dict[str, BaseGeometry], merkmale: pl.DataFrame, older: Collection[str]) -> Result:
    """Delivered shapes against the latest official area: a wrong or stale boundary shows as a large deviation.

    One that the district has named as older is told and passes, unless it cannot be the same Gemeinde.
    """
    latest = (
        merkmale.filter(
            (pl.col("merkmal") == "flaeche")
            & (pl.col("auspraegung") == "insgesamt")
            & (pl.col("einheit") == "km2")
            & pl.col("preferred")
            & pl.col("wert").is_not_null()
        )
        .sort("area_id", "stichtag")
        .group_by("area_id", maintain_order=True)
        .agg(pl.last("wert"))
    )
    official = dict(latest.iter_rows())
    outlines = {ags: shape.area for ags, shape in delivered.items()}
    gaps, wide = _differences(outlines, official), deviating(outlines, official)
    worst = max(gaps.values(), key=abs, default=None)
    only_small = sum(abs(gap) > OFFICIAL for gap in gaps.values()) > len(wide)
    small = f" oder {SMALL:g} km²" if only_small else ""
    known = {ags: gap for ags, gap in wide.items() if ags in older and abs(gap) <= OTHER}
    beyond = {ags: gap for ags, gap in wide.items() if ags not in known}
    return Result(
        TABLE,
        "flaeche_amtlich",
        "Raum",
        "Die gelieferten Grenzen passen zur amtlichen Fläche.",
        f"{len(delivered)} Gemeinden, höchstens {OFFICIAL:g} Prozent{small} Abweichung"
        + (f"; ältere Umrisse höchstens {OTHER:g} Prozent" if known else ""),
        f"{len(gaps)} Gemeinden verglichen"
        + ("" if worst is None else f", größte Abweichung {worst:+.1f} Prozent".replace(".", ","))
        + (f", mit älterem Umriss: {shown(known)}" if known else ""),
        passed=not beyond and len(gaps) == len(delivered),
        gap=worst,
        examples=shown(beyond) or None,
    )


def shown(gaps: Mapping[str, float]) -> str:
    """The first Gemeinden with the percent by which they differ, as a person reads it."""
    return "; ".join([f"{ags} ({gap:+.1f} %)".replace(".", ",") for ags, gap in gaps.items()][:EXAMPLES])
