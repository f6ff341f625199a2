"""Assets of group indicators: values with intervals, comparison, trend and index, before disclosure control.

What belongs here: one asset per table of schema indicators. What does not: arithmetic (`pipelines.indicators`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assets.pictures import one_indicator
from assets.steps import Reads, table, tables

if TYPE_CHECKING:
    import polars as pl

    from pipelines.settings import Settings

CATALOGUE = Reads(files=("pipelines/indicators/catalogue.yml",), contracts=("indicators.catalogue",))


@table(
    "indicators.values",
    merkmale="curated.merkmale",
    areas="curated.areas",
    members="curated.members",
    boundaries="curated.boundaries",
    reads=Reads(files=CATALOGUE.files, contracts=CATALOGUE.contracts, settings=("year",)),
    picture=one_indicator,
)
def values(
    atlas: Settings,
    merkmale: pl.DataFrame,
    areas: pl.DataFrame,
    members: pl.DataFrame,
    boundaries: pl.DataFrame,  # for the picture on the Dagster page
) -> pl.DataFrame:
    """Values with intervals, for every area and period."""
    from pipelines.indicators.catalogue import catalogue_of
    from pipelines.indicators.rates import build_values

    return build_values(merkmale, areas, members, catalogue_of(merkmale), atlas.year)


@table(
    "indicators.provenance",
    values="indicators.values",
    merkmale="curated.merkmale",
    areas="curated.areas",
    members="curated.members",
    reads=Reads(files=CATALOGUE.files, contracts=CATALOGUE.contracts, settings=("year",)),
)
def provenance(
    atlas: Settings,
    values: pl.DataFrame,
    merkmale: pl.DataFrame,
    areas: pl.DataFrame,
    members: pl.DataFrame,
) -> pl.DataFrame:
    """The delivered figures behind every value."""
    from pipelines.indicators.catalogue import catalogue_of
    from pipelines.indicators.provenance import build_provenance

    return build_provenance(values, merkmale, areas, members, catalogue_of(merkmale), atlas.year)


@table(
    "indicators.catalogue",
    values="indicators.values",
    merkmale="curated.merkmale",
    reads=Reads(files=CATALOGUE.files, contracts=CATALOGUE.contracts, settings=("kreis.offices",)),
)
def catalogue(atlas: Settings, values: pl.DataFrame, merkmale: pl.DataFrame) -> pl.DataFrame:
    """Definitions with the level and the latest period that has values."""
    from pipelines.indicators.catalogue import as_delivered, catalogue_frame, catalogue_of

    return as_delivered(catalogue_frame(catalogue_of(merkmale), values, atlas.kreis.offices), values)


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


@tables(
    "indicators__index",
    ("indicators.index", "indicators.index_members"),
    values="indicators.values",
    catalogue="indicators.catalogue",
    areas="curated.areas",
    comparison="indicators.comparison",
    reads=Reads(files=("pipelines/indicators/index.yml",), settings=("year",)),
)
def index(
    atlas: Settings,
    values: pl.DataFrame,
    catalogue: pl.DataFrame,
    areas: pl.DataFrame,
    comparison: pl.DataFrame,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The index and its members."""
    from pipelines.indicators.index import build_index

    return build_index(values, catalogue, areas, comparison, atlas.year)


ASSETS = [values, provenance, catalogue, comparison, trend, index]
