"""Assets of group curated: all figures on one spine of areas, with what each join took over and what it lost.

What belongs here: one asset per table of schema curated. What does not: joining (`pipelines.harmonise`, `geography`).
"""

import dagster as dg
import polars as pl

from assets.pictures import map_picture
from assets.policy import key_of, table
from assets.raw import source_tables
from pipelines.settings import Settings

SOURCES = {name.removeprefix("raw."): dg.AssetIn(key_of(name)) for name in source_tables()}


@dg.multi_asset(
    outs={"areas": dg.AssetOut(key=key_of("curated.areas")), "members": dg.AssetOut(key=key_of("curated.members"))},
    ins={
        "gemeinden": dg.AssetIn(key_of("raw.gemeinden")),
        "sozialraeume": dg.AssetIn(key_of("raw.sozialraeume")),
    },
    name="curated__areas",
)
def areas(
    atlas: dg.ResourceParam[Settings], gemeinden: pl.DataFrame, sozialraeume: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Areas of all levels, and which Gemeinde belongs to which."""
    from pipelines.geography.areas import build_areas

    return build_areas(gemeinden, sozialraeume, atlas.kreis)


@table("curated.boundaries", grenzen="raw.grenzen", areas="curated.areas", members="curated.members")
def boundaries(
    context: dg.AssetExecutionContext, grenzen: pl.DataFrame, areas: pl.DataFrame, members: pl.DataFrame
) -> pl.DataFrame:
    """Outlines simplified together."""
    from pipelines.geography.boundaries import build_boundaries

    frame = build_boundaries(grenzen, areas, members)
    context.add_output_metadata(map_picture(frame))
    return frame


@dg.multi_asset(
    outs={"merkmale": dg.AssetOut(key=key_of("curated.merkmale")), "losses": dg.AssetOut(key=key_of("curated.losses"))},
    ins={"areas": dg.AssetIn(key_of("curated.areas")), **SOURCES},
    name="curated__merkmale",
)
def merkmale(
    atlas: dg.ResourceParam[Settings], areas: pl.DataFrame, **raw: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """All figures delivered, and the balance of every join."""
    from pipelines.harmonise.merkmale import build_merkmale
    from pipelines.sources.registry import all_deliveries

    return build_merkmale(raw, areas, all_deliveries(atlas.data_dir, atlas.kreis))


@dg.asset(key=key_of("curated.sources"), ins=SOURCES)
def sources(atlas: dg.ResourceParam[Settings], **raw: pl.DataFrame) -> pl.DataFrame:
    """Every delivered file with publisher, licence and hash."""
    from pipelines.harmonise.sources import build_sources
    from pipelines.sources.registry import all_deliveries

    return build_sources(raw, all_deliveries(atlas.data_dir, atlas.kreis))


ASSETS = [areas, boundaries, merkmale, sources]
