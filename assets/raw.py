"""Assets of group raw: what was delivered, verified and in the source's own words.

What belongs here: one asset per delivered table. What does not: reading files (`pipelines.readers`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assets.steps import Reads, Step, table, tables
from pipelines import contract_files

if TYPE_CHECKING:
    import polars as pl

    from pipelines.settings import Settings

AREA_SHEET = "gebiete/*"  # also what lies beside the sheet: a file it does not list stops the run
# What the project has agreed with publishers and offices: whoever reads a delivery reads it
AGREED = (
    "pipelines/sources/catalogue/*.yml",
    "pipelines/sources/maps.schema.json",
    "pipelines/sources/maps/*.yml",
    "pipelines/forms/*.yml",
    "pipelines/forms/forms.schema.json",
)


@table("raw.gemeinden", reads=Reads(data=(AREA_SHEET,), settings=("kreis.key",)))
def gemeinden(atlas: Settings) -> pl.DataFrame:
    """The Gemeinden as delivered."""
    from pipelines.readers import read_gemeinden

    return read_gemeinden(atlas)


@table(
    "raw.uebergaenge",
    gemeinden="raw.gemeinden",
    reads=Reads(
        data=("gebietsaenderungen/*/*", "umsteigeschluessel/*/*"),
        files=AGREED,
        settings=("kreis.key",),
    ),
)
def uebergaenge(atlas: Settings, gemeinden: pl.DataFrame) -> pl.DataFrame:
    """What became of Gemeinden, from laid-down files."""
    from pipelines.readers.uebergaenge import read_transitions

    return read_transitions(atlas, gemeinden)


@table("raw.ortsteile", gemeinden="raw.gemeinden", reads=Reads(data=(AREA_SHEET,)))
def ortsteile(atlas: Settings, gemeinden: pl.DataFrame) -> pl.DataFrame:
    """The Ortsteile as delivered."""
    from pipelines.readers import read_ortsteile

    return read_ortsteile(atlas, gemeinden)


@table(
    "raw.sozialraeume",
    gemeinden="raw.gemeinden",
    ortsteile="raw.ortsteile",
    reads=Reads(data=(AREA_SHEET,), settings=("kreis.key",)),
)
def sozialraeume(atlas: Settings, gemeinden: pl.DataFrame, ortsteile: pl.DataFrame) -> pl.DataFrame:
    """The Sozialräume as delivered."""
    from pipelines.readers import read_sozialraeume

    return read_sozialraeume(atlas, gemeinden, ortsteile)


@table(
    "raw.sozialraum_grenzen",
    sozialraeume="raw.sozialraeume",
    reads=Reads(data=(AREA_SHEET,), settings=("kreis.crs", "kreis.east", "kreis.north")),
)
def sozialraum_grenzen(atlas: Settings, sozialraeume: pl.DataFrame) -> pl.DataFrame:
    """The outlines of Sozialräume that divide Gemeinden, in the projection of the district."""
    from pipelines.readers import read_outlines

    return read_outlines(atlas, sozialraeume)


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
    return [name for name in contract_files.tables("raw") if "merkmal" in contract_files.sheets()[name][1]["columns"]]


def _source(name: str) -> Step:
    source_id = name.removeprefix("raw.")
    reads = Reads(
        data=(f"{source_id}/*/*",),
        files=AGREED,
        settings=("kreis.key", "kreis.sources"),
    )

    @tables(
        name.replace(".", "__"),
        (name, balance_table(name)),
        gemeinden="raw.gemeinden",
        ortsteile="raw.ortsteile",
        reads=reads,
    )
    def figures(atlas: Settings, gemeinden: pl.DataFrame, ortsteile: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        from pipelines.readers import read_with_balance

        return read_with_balance(atlas, source_id, gemeinden, ortsteile)

    return figures


def balance_table(name: str) -> str:
    """The table that says where every figure of the files behind a table of figures went."""
    return f"{name}_bilanz"


ASSETS = [gemeinden, uebergaenge, ortsteile, sozialraeume, sozialraum_grenzen, grenzen, *map(_source, source_tables())]
