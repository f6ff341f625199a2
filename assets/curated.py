"""Assets of group curated: all figures on one spine of areas, with what each join took over and what it lost.

What belongs here: one asset per table of schema curated. What does not: joining (`pipelines.harmonise`, `geography`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assets.pictures import outlines
from assets.raw import AGREED, AREA_SHEET, source_tables
from assets.steps import Reads, table, tables

if TYPE_CHECKING:
    import polars as pl

    from pipelines.settings import Settings

SOURCES = {name.removeprefix("raw."): name for name in source_tables()}
# The sheets of all deliveries, and what lies beside them: a file no sheet lists stops the run
DELIVERIES = Reads(
    data=(AREA_SHEET, *(f"{source_id}/*/*" for source_id in SOURCES)),
    files=AGREED,
    settings=("kreis.sources",),
)
CORRECTIONS = ("pipelines/sources/corrections.yml", "pipelines/sources/corrections.schema.json")


@tables(
    "curated__areas",
    ("curated.areas", "curated.members"),
    gemeinden="raw.gemeinden",
    sozialraeume="raw.sozialraeume",
    ortsteile="raw.ortsteile",
    reads=Reads(settings=("kreis.key", "kreis.name", "kreis.short_name", "kreis.sozialraeume_decided")),
)
def areas(
    atlas: Settings, gemeinden: pl.DataFrame, sozialraeume: pl.DataFrame, ortsteile: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Areas of all levels, and which Gemeinde belongs to which."""
    from pipelines.geography.areas import build_areas

    return build_areas(gemeinden, sozialraeume, atlas.kreis, ortsteile)


@table(
    "curated.boundaries",
    grenzen="raw.grenzen",
    areas="curated.areas",
    members="curated.members",
    rooms="raw.sozialraum_grenzen",
    picture=outlines,
)
def boundaries(grenzen: pl.DataFrame, areas: pl.DataFrame, members: pl.DataFrame, rooms: pl.DataFrame) -> pl.DataFrame:
    """Outlines simplified together."""
    from pipelines.geography.boundaries import build_boundaries

    return build_boundaries(grenzen, areas, members, outlines=rooms)


@tables(
    "curated__merkmale",
    ("curated.merkmale", "curated.losses", "curated.conversions"),
    areas="curated.areas",
    gemeinden="raw.gemeinden",
    uebergaenge="raw.uebergaenge",
    grenzen="raw.grenzen",
    rooms="raw.sozialraum_grenzen",
    members="curated.members",
    reads=Reads(
        data=DELIVERIES.data,
        files=(*DELIVERIES.files, "pipelines/sources/precedence.yml", *CORRECTIONS),
        settings=(*DELIVERIES.settings, "kreis.key", "kreis.crs"),
    ),
    takes=SOURCES,
)
def merkmale(
    atlas: Settings,
    areas: pl.DataFrame,
    gemeinden: pl.DataFrame,
    uebergaenge: pl.DataFrame,
    grenzen: pl.DataFrame,
    rooms: pl.DataFrame,
    members: pl.DataFrame,
    **raw: pl.DataFrame,
) -> tuple[pl.DataFrame, ...]:
    """All figures delivered on the areas of today, the balance of every join, and what was converted."""
    from pipelines.geography.crosswalk import Crosswalk
    from pipelines.geography.rooms import room_shapes
    from pipelines.harmonise import harmonise
    from pipelines.harmonise.corrections import corrections
    from pipelines.sources.registry import all_deliveries

    deliveries = all_deliveries(atlas.data_dir, atlas.kreis)
    crosswalk = Crosswalk(gemeinden, uebergaenge)
    shapes = room_shapes(grenzen, rooms, members, atlas.kreis.crs)
    return harmonise(raw, areas, deliveries, crosswalk, atlas.kreis.key, corrected=corrections(), rooms=shapes)


@table("curated.sources", reads=DELIVERIES, takes=SOURCES)
def sources(atlas: Settings, **raw: pl.DataFrame) -> pl.DataFrame:
    """Every delivered file with publisher, licence and hash."""
    from pipelines.harmonise.sources import build_sources
    from pipelines.sources.registry import all_deliveries

    return build_sources(raw, all_deliveries(atlas.data_dir, atlas.kreis))


ASSETS = [areas, boundaries, merkmale, sources]
