"""Assets of group raw: what was delivered, verified and in the source's own words.

What belongs here: one asset per delivered table. What does not: reading files (`pipelines.readers`).
"""

import dagster as dg
import polars as pl

from assets.policy import table
from pipelines.contracts import contract, tables
from pipelines.settings import Settings


@table("raw.gemeinden")
def gemeinden(atlas: dg.ResourceParam[Settings]) -> pl.DataFrame:
    """The Gemeinden as delivered."""
    from pipelines.readers import read_gemeinden

    return read_gemeinden(atlas)


@table("raw.sozialraeume", gemeinden="raw.gemeinden")
def sozialraeume(atlas: dg.ResourceParam[Settings], gemeinden: pl.DataFrame) -> pl.DataFrame:
    """The Sozialräume as delivered."""
    from pipelines.readers import read_sozialraeume

    return read_sozialraeume(atlas, gemeinden)


@table("raw.grenzen", gemeinden="raw.gemeinden")
def grenzen(atlas: dg.ResourceParam[Settings], gemeinden: pl.DataFrame) -> pl.DataFrame:
    """The outlines as delivered, in the projection of the district."""
    from pipelines.readers import read_grenzen

    return read_grenzen(atlas, gemeinden)


def source_tables() -> list[str]:
    """Tables of schema raw that hold figures of a source: those with a column `merkmal`."""
    return [name for name in tables() if name.startswith("raw.") and "merkmal" in contract(name).schema()]


def _source(name: str) -> dg.AssetsDefinition:
    @table(name, gemeinden="raw.gemeinden")
    def figures(atlas: dg.ResourceParam[Settings], gemeinden: pl.DataFrame) -> pl.DataFrame:
        from pipelines.readers import read_source

        return read_source(atlas, name.removeprefix("raw."), gemeinden)

    return figures


ASSETS = [gemeinden, sozialraeume, grenzen, *map(_source, source_tables())]
