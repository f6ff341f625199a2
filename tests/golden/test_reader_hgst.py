"""Hessische Gemeindestatistik as published: counts, published totals and the figures transcribed from it."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl
import pytest

from pipelines.readers import hgst
from pipelines.readers.rawfile import RawFile
from pipelines.readers.reading import NOTHING_AGREED, Reading

POPULATION = "von_der_bevoelkerung_insgesamt_waren_jahre_alt"
FOREIGN = "von_der_nichtdeutschen_bevoelkerung_waren_jahre_alt"
# merkmal and auspraegung of the transcribed figures, and the item they stand in
ITEMS = {
    ("flaeche", "insgesamt"): "bevoelkerung.flaeche_in_km2",
    ("bevoelkerung", "insgesamt"): "bevoelkerung.insgesamt",
    ("bevoelkerung", "maennlich"): "bevoelkerung.davon.maennlich.anzahl",
    ("bevoelkerung", "weiblich"): "bevoelkerung.davon.weiblich.anzahl",
    ("bevoelkerung", "alter:0-5"): f"bevoelkerung.{POPULATION}.unter_6.anzahl",
    ("bevoelkerung", "alter:6-14"): f"bevoelkerung.{POPULATION}.6_bis_unter_15.anzahl",
    ("bevoelkerung", "alter:15-64"): f"bevoelkerung.{POPULATION}.15_bis_unter_65.anzahl",
    ("bevoelkerung", "alter:65+"): f"bevoelkerung.{POPULATION}.65_oder_mehr.anzahl",
    ("bevoelkerung_nichtdeutsch", "insgesamt"): "nichtdeutsche_bevoelkerung.insgesamt",
    ("bevoelkerung_nichtdeutsch", "maennlich"): "nichtdeutsche_bevoelkerung.davon.maennlich.anzahl",
    ("bevoelkerung_nichtdeutsch", "weiblich"): "nichtdeutsche_bevoelkerung.davon.weiblich.anzahl",
    ("bevoelkerung_nichtdeutsch", "alter:0-5"): f"nichtdeutsche_bevoelkerung.{FOREIGN}.unter_6.anzahl",
    ("bevoelkerung_nichtdeutsch", "alter:6-14"): f"nichtdeutsche_bevoelkerung.{FOREIGN}.6_bis_unter_15.anzahl",
    ("bevoelkerung_nichtdeutsch", "alter:15-64"): f"nichtdeutsche_bevoelkerung.{FOREIGN}.15_bis_unter_65.anzahl",
    ("bevoelkerung_nichtdeutsch", "alter:65+"): f"nichtdeutsche_bevoelkerung.{FOREIGN}.65_oder_mehr.anzahl",
    ("einpendler", "insgesamt"): "pendlerinnen_und_pendler.einpendler_innen",
    ("auspendler", "insgesamt"): "pendlerinnen_und_pendler.auspendler_innen",
}


@pytest.fixture(scope="module")
def reading(shared: Path) -> Reading:
    file = RawFile(shared / "fixtures" / "hsl_gemeindestatistik" / "HGSt_2022_drei_tabellen.xlsx")
    assert hgst.recognises(file)
    return hgst.read(file, NOTHING_AGREED)


@pytest.mark.shared
def test_rows_levels_and_signs(shared: Path, reading: Reading) -> None:
    figures = reading.frame.group_by("place").agg(
        pl.col("source_key").n_unique().alias("rows"),
        *((pl.col("level") == level).sum().alias(level) for level in ("gemeinde", "gemeindefrei", "kreis", "summe")),
    )
    assert set(figures.drop("place").rows()) == {(455, 422, 4, 26, 4)}
    assert figures.height == 18 + 16 + 3
    signs = reading.frame.filter(pl.col("sign").is_not_null())
    assert dict(signs["sign"].value_counts().iter_rows()) == {"x": 9, "•": 3}
    assert set(signs["place"].str.split("!").list.first()) == {"Pendlerinnen und Pendler"}
    assert reading.stand == "2., korrigierte Auflage, Februar 2023"


@pytest.mark.shared
def test_figures_are_those_transcribed(shared: Path, reading: Reading) -> None:
    with (shared / "facts" / "hessische_gemeindestatistik_2022.csv").open(encoding="utf-8", newline="") as file:
        facts = [row for row in csv.DictReader(file) if (row["merkmal"], row["auspraegung"]) in ITEMS]
    found = {(row["key"], row["time"], row["item"]): row for row in reading.frame.iter_rows(named=True)}
    for fact in facts:
        row = found[fact["ags"], fact["stichtag"], ITEMS[fact["merkmal"], fact["auspraegung"]]]
        assert row["value"] == pytest.approx(float(fact["wert"]), abs=1e-9)
        assert (row["status"], row["basis"] or "") == (fact["status"], fact["basis"])
    assert len(facts) == len(ITEMS) * 24


@pytest.mark.shared
def test_published_totals_of_the_kreis(shared: Path, reading: Reading) -> None:
    frame = reading.frame.filter(pl.col("key").str.starts_with("06432"))
    of_kreis = dict(frame.filter(pl.col("level") == "kreis").select("item", "value").iter_rows())
    gemeinden = frame.filter(pl.col("level") == "gemeinde")
    assert gemeinden["key"].n_unique() == 23
    added = dict(gemeinden.group_by("item").agg(pl.col("value").sum()).iter_rows())
    assert added["bevoelkerung.insgesamt"] == of_kreis["bevoelkerung.insgesamt"] == 296_900
    into, out = "pendlerinnen_und_pendler.einpendler_innen", "pendlerinnen_und_pendler.auspendler_innen"
    assert (of_kreis[into], added[into]) == (37_333, 59_814)
    assert (of_kreis[out], added[out]) == (79_546, 102_027)
    balance = "pendlerinnen_und_pendler.saldo"
    assert of_kreis[balance] == added[balance] == -42_213


@pytest.mark.shared
def test_gaps_of_commuters_are_noted_and_only_those(shared: Path, reading: Reading) -> None:
    gaps = [note for note in reading.notes if "ergeben die Teile nicht immer das Ganze" in note]
    assert len(gaps) == 1
    assert "„Pendlerinnen und Pendler“: In Spalte C, D " in gaps[0]
    assert "422 Gemeinden in 3 Tabellen." in reading.notes
