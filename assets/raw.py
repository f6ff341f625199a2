"""Assets of group raw: what was delivered, verified and in the source's own words.

What belongs here: one asset per delivered table. What does not: reading files (`pipelines.readers`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assets.steps import Reads, Step, table
from pipelines.contract_files import sheets, tables

if TYPE_CHECKING:
    import polars as pl

    from pipelines.settings import Settings

AREA_SHEET = "gebiete/*"  # also what lies beside the sheet: a file it does not list stops the run


@table("raw.gemeinden", reads=Reads(data=(AREA_SHEET,), settings=("kreis.key",)))
def gemeinden(atlas: Settings) -> pl.DataFrame:
    """The Gemeinden as delivered."""
    from pipelines.readers import read_gemeinden

    return read_gemeinden(atlas)


@table("raw.sozialraeume", gemeinden="raw.gemeinden", reads=Reads(data=(AREA_SHEET,), settings=("kreis.key",)))
def sozialraeume(atlas: Settings, gemeinden: pl.DataFrame) -> pl.DataFrame:
    """The Sozialräume as delivered."""
    from pipelines.readers import read_sozialraeume

    return read_sozialraeume(atlas, gemeinden)


@table(
    "raw.grenzen",
    gemeinden="raw.gemeinden",
    reads=Reads(data=(AREA_SHEET,), settings=("kreis.crs", "kreis.east", "kreis.north")),
)
def grenzen(atlas: Settings, gemeinden: pl.DataFrame) -> pl.DataFrame:
    """The outlines as delivered, in the projection of the district."""
    from pipelines.readers import read_grenzen

    return read_grenzen(atlas, gemeinden)


def source_tables() -> list[str]:
    """Tables of schema raw that hold figures of a source: those with a column `merkmal`."""
    return [name for name in tables("raw") if "merkmal" in sheets()[name][1]["columns"]]


def _source(name: str) -> Step:
    source_id = name.removeprefix("raw.")
    reads = Reads(
        data=(f"{source_id}/*/*",),
        files=("pipelines/sources/catalogue/*.yml",),
        settings=("kreis.key", "kreis.sources"),
    )

    @table(name, gemeinden="raw.gemeinden", reads=reads)
    def figures(atlas: Settings, gemeinden: pl.DataFrame) -> pl.DataFrame:
        from pipelines.readers import read_source

        return read_source(atlas, source_id, gemeinden)

    return figures


ASSETS = [gemeinden, sozialraeume, grenzen, *map(_source, source_tables())]
