"""Tables of the shipped district in memory, for the documents: from `data/raw` to the release, without a run.

What belongs here: calling the functions the assets call, in the same order. What does not: Dagster and the warehouse.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import polars as pl

from pipelines import readers
from pipelines.contracts import empty
from pipelines.disclosure import release
from pipelines.geography.areas import build_areas
from pipelines.geography.boundaries import build_boundaries
from pipelines.harmonise import build_sources
from pipelines.indicators.catalogue import Indicator, catalogue_frame, load_catalogue
from pipelines.indicators.compare import build_comparison
from pipelines.indicators.index import build_index
from pipelines.indicators.rates import build_values
from pipelines.indicators.trend import build_trend
from pipelines.publish.copy import released_tables, write_copy
from pipelines.settings import load_settings
from pipelines.sources.registry import all_deliveries
from tests.fixtures.harmonised import build_merkmale

NO_RUN = "0" * 64


@cache
def curated() -> dict[str, pl.DataFrame]:
    """The tables of schema curated, without the balance of the joins."""
    settings = load_settings()
    gemeinden = readers.read_gemeinden(settings)
    areas, members = build_areas(gemeinden, readers.read_sozialraeume(settings, gemeinden), settings.kreis)
    raw = {source: readers.read_source(settings, source, gemeinden) for source in settings.kreis.sources}
    sheets = all_deliveries(settings.data_dir, settings.kreis)
    return {
        "areas": areas,
        "members": members,
        "boundaries": build_boundaries(readers.read_grenzen(settings, gemeinden), areas, members),
        "merkmale": build_merkmale(raw, areas, sheets)[0],
        "sources": build_sources(raw, sheets),
    }


def released(indicators: Sequence[Indicator]) -> dict[str, pl.DataFrame]:
    """The released tables with these indicators only, the others empty; keys as `write_copy` takes them."""
    settings, tables = load_settings(), curated()
    values = build_values(
        tables["merkmale"], tables["areas"], tables["members"], indicators, settings.kreis.report_year
    )
    catalogue = catalogue_frame(indicators, values)
    sources = release.release_sources(tables["sources"])
    shown = release.release_values(values, sources, catalogue, tables["merkmale"], settings.kreis)
    filled = {
        "areas": release.release_areas(tables["areas"]),
        "boundaries": release.release_boundaries(tables["boundaries"]),
        "comparison": release.release_comparison(build_comparison(values, catalogue), shown),
        "edition": release.release_edition(catalogue, settings.kreis, settings.kreis.report_year, NO_RUN, "ohne Lauf"),
        "indicators": release.release_indicators(catalogue),
        "sources": sources,
        "trend": release.release_trend(build_trend(values, catalogue), shown),
        "values": shown,
    }
    return {name: empty(f"release.{name}") for name in released_tables()} | filled


def write_release(folder: Path) -> Path:
    """The released copy of the shipped district as a run leaves it: all indicators and the index, no checks."""
    indicators, areas, year = list(load_catalogue()), curated()["areas"], load_settings().kreis.report_year
    tables = released(indicators)
    values = tables["values"]
    index, members = build_index(values, catalogue_frame(indicators, values), areas, tables["comparison"], year)
    tables["index"] = release.release_index(index, members, values)
    tables["index_members"] = release.release_index_members(members, values)
    return write_copy(tables, folder)
