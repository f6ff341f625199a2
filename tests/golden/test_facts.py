"""The shipped deliveries are the official figures, row by row, and reproduce the published totals."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl
import pytest

from pipelines.contracts import contract
from pipelines.geography.areas import build_areas
from pipelines.harmonise import build_sources
from pipelines.provenance import STEERING
from pipelines.readers import read_gemeinden, read_source, read_sozialraeume
from pipelines.settings import PROJECT_DIR, load_settings
from pipelines.sources.registry import all_deliveries, catalogue
from tests.fixtures.harmonised import build_merkmale

RAW = PROJECT_DIR / "data" / "raw"
FACTS = {
    "gemeindeverzeichnis": ("gemeindeverzeichnis.csv", 1196),
    "hessische_gemeindestatistik": ("hessische_gemeindestatistik_2022.csv", 1320),
    "inkar": ("inkar_2024.csv", 1719),
    "inkar_kreis": ("inkar_kreis.csv", 212),
    "wahlen": ("wahlen.csv", 506),
    "zensus_2022": ("zensus_2022.csv", 184),
}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def merkmale() -> pl.DataFrame:
    settings = load_settings()
    gemeinden = read_gemeinden(settings)
    areas, _ = build_areas(gemeinden, read_sozialraeume(settings, gemeinden), settings.kreis)
    raw = {source: read_source(settings, source, gemeinden) for source in settings.kreis.sources}
    return build_merkmale(raw, areas, all_deliveries(RAW, settings.kreis))[0]


@pytest.mark.shared
@pytest.mark.parametrize("source", FACTS)
def test_delivery_is_the_official_file_row_by_row(source: str, shared: Path, merkmale: pl.DataFrame) -> None:
    name, count = FACTS[source]
    official = rows(shared / "facts" / name)
    (delivered,) = (RAW / source).glob("*/werte.csv")
    assert rows(delivered) == official
    assert len(official) == count
    read = merkmale.filter(pl.col("source_id") == source).sort("file", "row")
    for row, fact in zip(read.iter_rows(named=True), official, strict=True):
        value = float(fact["wert"]) if fact["wert"] else None
        assert (row["area_id"], row["stichtag"], row["wert"]) == (fact["ags"], fact["stichtag"], value)
        for column in ("merkmal", "auspraegung", "status", "quality", "einheit"):
            assert row[column] == fact[column]
        assert row["basis"] == (fact["basis"] or None)


@pytest.mark.shared
def test_gemeinden_are_those_of_the_register(shared: Path) -> None:
    official = rows(shared / "facts" / "gemeinden.csv")
    delivered = rows(RAW / "gebiete" / "gemeinden.csv")
    for column in ("ags", "ars", "name"):
        assert [row[column] for row in delivered] == [row[column] for row in official]


@pytest.mark.parametrize(
    ("source", "stichtag", "total"),
    [
        ("gemeindeverzeichnis", "2021-12-31", 296_900),
        ("gemeindeverzeichnis", "2023-12-31", 301_827),
        ("gemeindeverzeichnis", "2009-12-31", 288_918),
        ("gemeindeverzeichnis", "2013-12-31", 285_407),
        ("zensus_2022", "2022-05-15", 299_862),
    ],
)
def test_published_totals(merkmale: pl.DataFrame, source: str, stichtag: str, total: int) -> None:
    found = merkmale.filter(
        (pl.col("source_id") == source)
        & (pl.col("stichtag") == stichtag)
        & (pl.col("merkmal") == "bevoelkerung")
        & (pl.col("auspraegung") == "insgesamt")
        & (pl.col("area_level") == "gemeinde")
    )
    assert found.height == 23
    assert found["wert"].sum() == total


def test_sum_of_gemeinden_against_the_kreis_row_by_declared_additivity(merkmale: pl.DataFrame) -> None:
    key = ["source_id", "stichtag", "merkmal", "auspraegung", "additive"]
    parts = merkmale.filter(pl.col("area_level") == "gemeinde").group_by(key).agg(pl.col("wert").sum().alias("sum"))
    both = parts.join(merkmale.filter(pl.col("area_level") == "kreis").select(*key, "wert"), on=key)
    gaps = both.with_columns(
        gap=(pl.col("sum") - pl.col("wert")).abs(),
        allowed=pl.when(pl.col("additive") == "exact")
        .then(0.0)
        .otherwise(pl.col("additive").str.extract(r"^rounded\(([0-9.]+)\)$").cast(pl.Float64)),
    )
    additive = gaps.drop_nulls("allowed")
    assert additive.height == 47
    assert additive.filter(pl.col("gap") > pl.col("allowed")).is_empty()
    assert gaps.filter(pl.col("allowed").is_null())["gap"].min() > 1


def test_every_file_of_the_shipped_district_says_where_it_comes_from() -> None:
    settings = load_settings()
    gemeinden = read_gemeinden(settings)
    raw = {source: read_source(settings, source, gemeinden) for source in settings.kreis.sources}
    sources = build_sources(raw, all_deliveries(RAW, settings.kreis))
    assert set(sources["published"]) == {"ja"}
    assert set(sources["retrieved"]) == {"unbekannt"}
    delivered = {path.relative_to(RAW) for path in RAW.rglob("*.csv")} | {Path("gebiete/gemeinden.geojson")}
    assert {Path(file) for file in sources["file"]} == {path for path in delivered if path.parts[0] != STEERING}
    said = dict(sources.select("source_id", "attribution").iter_rows())
    assert said["gebiete_grenzen"] == "© GeoBasis-DE / BKG (2016) dl-de/by-2-0 (Daten verändert)"
    assert said["inkar"] == "© BBSR Bonn 2024, INKAR, dl-de/by-2-0"


def test_every_source_of_figures_has_a_table() -> None:
    for source in catalogue().values():
        if source.reader == "merkmale":
            assert contract(f"raw.{source.source_id}").key == (
                "area_key",
                "stichtag",
                "merkmal",
                "auspraegung",
                "edition",
            )
