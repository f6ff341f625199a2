"""A thumbnail map for whoever watches a run; never published.

What belongs here: the small picture in asset metadata. What does not: maps of documents (`maps`).
"""

from __future__ import annotations

import io

import polars as pl

from pipelines.figures import style

SIZE_INCHES = (3.2, 2.6)


def outline_png(boundaries: pl.DataFrame, values: pl.DataFrame | None = None) -> bytes:
    """The Gemeinden as PNG; with values, coloured by the indicator and period that most of them have.

    boundaries: `curated.boundaries`; values: `indicators.values`.
    """
    import shapely
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.collections import PathCollection
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure
    from matplotlib.path import Path as Outline

    gemeinden = boundaries.filter(pl.col("area_level") == "gemeinde").sort("area_id")
    shares = {} if values is None else _shares(values)
    colours = LinearSegmentedColormap.from_list("classes", style.SEQUENTIAL)
    outlines, fills = [], []
    for area_id, wkb in gemeinden.select("area_id", "geometry").iter_rows():
        rings = [ring for part in shapely.get_parts(shapely.from_wkb(wkb)) for ring in (part.exterior, *part.interiors)]
        outlines.append(Outline.make_compound_path(*(Outline(shapely.get_coordinates(ring)) for ring in rings)))
        fills.append(colours(shares[area_id]) if area_id in shares else style.OTHER_AREAS)
    figure = Figure(figsize=SIZE_INCHES, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.add_collection(PathCollection(outlines, facecolors=fills, edgecolors=style.INK2, linewidths=0.5))
    axes.autoscale_view()
    axes.set_aspect("equal")
    axes.set_axis_off()
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=100, metadata={"Software": None})
    return buffer.getvalue()


def _shares(values: pl.DataFrame) -> dict[str, float]:
    """Each Gemeinde's place between the lowest (0) and highest (1) value of one indicator and period."""
    present = values.filter((pl.col("area_level") == "gemeinde") & pl.col("value").is_not_null())
    if present.is_empty():
        return {}
    group = ["indicator_id", "period"]
    chosen = present.group_by(group).len().sort("len", "indicator_id", "period", descending=[True, False, True]).head(1)
    rows = present.join(chosen.select(group), on=group, how="semi")
    span = pl.col("value").max() - pl.col("value").min()
    place = pl.when(span > 0).then((pl.col("value") - pl.col("value").min()) / span).otherwise(0.5)
    return dict(rows.select("area_id", place).iter_rows())
