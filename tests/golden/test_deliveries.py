"""Real official files through `sozialatlas read` and `add`: what they are, and what the shipped district takes."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from assets import cli
from pipelines.readers import read_gemeinden, read_source
from pipelines.settings import PROJECT_DIR, Settings, load_settings

pytestmark = pytest.mark.shared
FILES = {
    "ffcsv/12411-01-01-4__0_de_.csv.gz": "ffcsv",
    "ffcsv/13111-01-03-4__0_de_.csv.gz": "ffcsv",
    "ffcsv/1000A-2022__0_de_q.csv.gz": "ffcsv",
    "crosstab/AI-N-06.csv": "crosstab",
    "ba_arbeitsmarkt_kommunal/Arbeitsmarkt-kommunal_06440002_Bad_Nauheim_Stadt.xlsx": "ba_kommunal",
    "hsl_gemeindestatistik/HGSt_2022_drei_tabellen.xlsx": "hgst",
    "gemeindeverzeichnis/31122021_Auszug_GV.xlsx": "gv_isys",
    "gemeindeverzeichnis/GV100AD_301123.txt.gz": "gv100ad",
    "gebietsstand/gebietsaenderungen_2023.xlsx": "gebietsaenderungen",
    "wahlen/ltw2023_dadi_stimmbezirke.csv": "wahlen",
    "zensus2011_gitter/zensus2011_1km_dadi_long.csv.gz": "zensus_gitter",
    "geometrie/dadi_gemeinden_plz.geojson": "vg250",
}
UNCHANGED = "Liegt schon da, nichts geändert"


@pytest.fixture
def place(tmp_path: Path) -> Settings:
    """A copy of the shipped district without the figures it was shipped with."""
    folder = Path(shutil.copytree(PROJECT_DIR / "data" / "raw", tmp_path / "daten"))
    for source in load_settings().kreis.sources:
        shutil.rmtree(folder / source, ignore_errors=True)
    return load_settings(folder, tmp_path / "aus")


def told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["sozialatlas", *map(str, arguments)])
    code = 0
    try:
        cli.main()
    except SystemExit as stop:
        code = int(stop.code or 0)
    printed = capsys.readouterr()
    return code, printed.out + printed.err


@pytest.mark.parametrize("name", FILES)
def test_read_knows_real_files_and_stays_as_wide_as_the_terminal(shared: Path, monkeypatch, capsys, name: str) -> None:
    code, text = told(monkeypatch, capsys, "read", shared / "fixtures" / name, "--zeit", "20")
    if code:  # a file without a time gets the one that was asked for, which has to be one
        code, text = told(monkeypatch, capsys, "read", shared / "fixtures" / name, "--zeit", "2023-10-08")
    assert code == 0, text
    assert f"({FILES[name]})" in text and "Status und Zeichen des Herausgebers" in text
    assert all(len(line) <= 80 for line in text.splitlines() if "│" in line)


def test_read_says_what_a_level_without_numbers_means(shared: Path, monkeypatch, capsys) -> None:
    path = shared / "fixtures" / "ffcsv" / "13111-01-03-4__0_de_.csv.gz"
    code, text = told(monkeypatch, capsys, "read", path, "--ebene", "kreis")
    assert code == 1 and "keine einzige Zahl" in text


def test_the_population_of_the_kreis_comes_into_the_atlas(shared: Path, monkeypatch, capsys, place: Settings) -> None:
    path = shared / "fixtures" / "ffcsv" / "12411-01-01-4__0_de_.csv.gz"
    options = ("--data", place.data_dir, "--out", place.out_dir)
    code, text = told(monkeypatch, capsys, "add", path, *options)
    assert code == 0, text
    expecting = replace(place, kreis=replace(place.kreis, sources=["regionalstatistik"]))
    frame = read_source(expecting, "regionalstatistik", read_gemeinden(place))
    total = frame.filter(area_key="06432", auspraegung="insgesamt", merkmal="bevoelkerung")
    assert total["wert"].to_list() == [302021]
    assert told(monkeypatch, capsys, "add", path, *options) == (0, text.replace("Abgelegt", UNCHANGED))


def test_a_workbook_of_a_gemeinde_elsewhere_is_not_stored(shared: Path, monkeypatch, capsys, place: Settings) -> None:
    folder = shared / "fixtures" / "ba_arbeitsmarkt_kommunal"
    path = folder / "Arbeitsmarkt-kommunal_06440001_Altenstadt.xlsx"
    code, text = told(monkeypatch, capsys, "add", path, "--data", place.data_dir, "--out", place.out_dir)
    assert code == 1 and "Aus einer Datei wird keine Zahl übernommen." in text and str(path) in text
    assert not (place.data_dir / "arbeitsmarkt_kommunal").exists()
