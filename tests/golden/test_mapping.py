"""Real official files map to the official figures of the district, figure by figure."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl
import pytest

from pipelines.errors import InputError
from pipelines.readers import official, read_gemeinden
from pipelines.readers.formats import formats
from pipelines.readers.rawfile import RawFile
from pipelines.settings import load_settings
from pipelines.sources.mapping import Mapped, sources_for
from pipelines.sources.registry import DeliveredFile, Delivery

KREIS = "06432"


def mapped(path: Path, key: str, source: str, **said: str) -> Mapped:
    """One file as the only one of a delivery, read as a run reads it."""
    settings = load_settings()
    gemeinden = read_gemeinden(settings)
    raw = RawFile(path)
    file = DeliveredFile(path, f"{source}/probe/{path.name}", source, "0" * 64, raw.size, 0, format=key, **said)
    reading = formats()[key].read(raw.unpacked(), official.agreed(file, gemeinden, KREIS))
    file = DeliveredFile(**{**vars(file), "rows": reading.frame.height})
    delivery = Delivery(source, "probe", path.parent / "lieferung.yml", "unbekannt", "ja", None, (file,), ())
    found = official.read(raw.content, file, delivery, gemeinden, KREIS)
    official.check_delivery(found.frame, delivery, gemeinden)
    assert source in sources_for(reading)
    assert found.balance["figures"].sum() == reading.frame.height
    return found


def facts(path: Path, source_items: pl.DataFrame) -> dict[tuple[str, ...], tuple[float | None, str, str, str]]:
    """The facts of the items and times the file has, by area, time and item."""
    wanted = set(source_items.select("stichtag", "merkmal", "auspraegung").rows())
    with path.open(encoding="utf-8", newline="") as lines:
        return {
            (row["ags"], row["stichtag"], row["merkmal"], row["auspraegung"]): (
                float(row["wert"]) if row["wert"] else None,
                row["status"],
                row["basis"],
                row["einheit"],
            )
            for row in csv.DictReader(lines)
            if (row["stichtag"], row["merkmal"], row["auspraegung"]) in wanted
        }


@pytest.mark.shared
@pytest.mark.parametrize(
    ("file", "key", "source", "fact", "figures", "said"),
    [
        (
            "gemeindeverzeichnis/31122021_Auszug_GV.xlsx",
            "gv_isys",
            "gemeindeverzeichnis",
            "gemeindeverzeichnis.csv",
            23 * 4,
            {},
        ),
        (
            "hsl_gemeindestatistik/HGSt_2022_drei_tabellen.xlsx",
            "hgst",
            "hessische_gemeindestatistik",
            "hessische_gemeindestatistik_2022.csv",
            24 * 17,
            {},
        ),
        (
            "wahlen/ltw2023_dadi_stimmbezirke.csv",
            "wahlen",
            "wahlen",
            "wahlen.csv",
            23 * 2,
            {"time": "2023-10-08"},
        ),
    ],
    ids=["register", "statistics of Hesse", "election"],
)
def test_a_file_gives_the_figures_that_were_transcribed_from_it(
    file: str, key: str, source: str, fact: str, figures: int, said: dict[str, str], shared: Path
) -> None:
    frame = mapped(shared / "fixtures" / file, key, source, **said).frame
    official_figures = facts(shared / "facts" / fact, frame)
    found = {
        tuple(row[:4]): (row[4], row[5], row[6] or "", row[7])
        for row in frame.select(
            "area_key", "stichtag", "merkmal", "auspraegung", "wert", "status", "basis", "einheit"
        ).rows()
    }
    assert len(found) == figures
    assert found == official_figures


@pytest.mark.shared
def test_the_flat_file_gives_the_kreis_on_the_new_census(shared: Path) -> None:
    found = mapped(shared / "fixtures/ffcsv/12411-01-01-4__0_de_.csv.gz", "ffcsv", "regionalstatistik")
    assert found.frame.select("area_key", "auspraegung", "wert", "basis").sort("auspraegung").row(0) == (
        KREIS,
        "insgesamt",
        302_021.0,
        "Zensus2022",
    )
    assert found.frame.height == 3
    assert dict(found.balance.select("outcome", "figures").rows())["außerhalb des Kreises"] > 1_000


@pytest.mark.shared
def test_the_crosstab_gives_the_average_population_of_the_kreis_with_the_break_of_its_census(shared: Path) -> None:
    found = mapped(shared / "fixtures/crosstab/12411-05-01-4.csv", "crosstab", "regionalstatistik").frame
    total = found.filter(auspraegung="insgesamt", area_key=KREIS)
    assert total.height == 25 and set(found["merkmal"]) == {"bevoelkerung_jahresdurchschnitt"}
    assert total.filter(pl.col("stichtag").is_in(["2010", "2011"])).sort("stichtag").select("wert", "basis").rows() == [
        (289_160.0, "VZ1987"),
        (283_051.0, "Zensus2011"),
    ]


@pytest.mark.shared
def test_the_hectares_of_the_fixed_width_register_are_square_kilometres(shared: Path) -> None:
    found = mapped(shared / "fixtures/gemeindeverzeichnis/GV100AD_301123.txt.gz", "gv100ad", "gemeindeverzeichnis")
    assert found.frame.height == 23
    assert found.frame.filter(area_key="06432001")["wert"].item() == 15.77


@pytest.mark.shared
@pytest.mark.parametrize(
    ("file", "key", "source"),
    [
        ("ffcsv/13111-01-03-4__0_de_.csv.gz", "ffcsv", "regionalstatistik"),
        (
            "ba_arbeitsmarkt_kommunal/Arbeitsmarkt-kommunal_06440001_Altenstadt.xlsx",
            "ba_kommunal",
            "arbeitsmarkt_kommunal",
        ),
    ],
    ids=["a level without values", "another district"],
)
def test_nothing_becomes_zero_or_comes_from_elsewhere(file: str, key: str, source: str, shared: Path) -> None:
    with pytest.raises(InputError, match="Aus einer Datei wird keine Zahl übernommen"):
        mapped(shared / "fixtures" / file, key, source)
