"""Assets of group indicators: values with intervals, comparison, trend and index, before disclosure control.

What belongs here: one asset per table of schema indicators. What does not: arithmetic (`pipelines.indicators`).
"""

import dagster as dg
import polars as pl

from assets.pictures import map_picture
from assets.policy import key_of, table
from pipelines.settings import Settings


@table(
    "indicators.values",
    merkmale="curated.merkmale",
    areas="curated.areas",
    members="curated.members",
    boundaries="curated.boundaries",
)
def values(
    context: dg.AssetExecutionContext,
    atlas: dg.ResourceParam[Settings],
    merkmale: pl.DataFrame,
    areas: pl.DataFrame,
    members: pl.DataFrame,
    boundaries: pl.DataFrame,
) -> pl.DataFrame:
    """Values with intervals, for every area and period; the outlines are for the picture in the metadata."""
    from pipelines.indicators.catalogue import load_catalogue
    from pipelines.indicators.rates import build_values

    frame = build_values(merkmale, areas, members, load_catalogue(), atlas.year)
    context.add_output_metadata(map_picture(boundaries, frame))
    return frame


@table("indicators.catalogue", values="indicators.values")
def catalogue(values: pl.DataFrame) -> pl.DataFrame:
    """Definitions with the latest period that has values."""
    from pipelines.indicators.catalogue import catalogue_frame, load_catalogue

    return catalogue_frame(load_catalogue(), values)


@table("indicators.comparison", values="indicators.values", catalogue="indicators.catalogue")
def comparison(values: pl.DataFrame, catalogue: pl.DataFrame) -> pl.DataFrame:
    """Each value against the Kreis."""
    from pipelines.indicators.compare import build_comparison

    return build_comparison(values, catalogue)


@table("indicators.trend", values="indicators.values", catalogue="indicators.catalogue")
def trend(values: pl.DataFrame, catalogue: pl.DataFrame) -> pl.DataFrame:
    """Change over time per indicator and area."""
    from pipelines.indicators.trend import build_trend

    return build_trend(values, catalogue)


@dg.multi_asset(
    outs={
        "index": dg.AssetOut(key=key_of("indicators.index")),
        "index_members": dg.AssetOut(key=key_of("indicators.index_members")),
    },
    ins={
        "values": dg.AssetIn(key_of("indicators.values")),
        "catalogue": dg.AssetIn(key_of("indicators.catalogue")),
        "areas": dg.AssetIn(key_of("curated.areas")),
        "comparison": dg.AssetIn(key_of("indicators.comparison")),
    },
    name="indicators__index",
)
def index(
    atlas: dg.ResourceParam[Settings],
    values: pl.DataFrame,
    catalogue: pl.DataFrame,
    areas: pl.DataFrame,
    comparison: pl.DataFrame,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The index and its members."""
    from pipelines.indicators.index import build_index

    return build_index(values, catalogue, areas, comparison, atlas.year)


ASSETS = [values, catalogue, comparison, trend, index]
