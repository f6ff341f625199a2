"""A Kreis that a Gemeinde leaves, from the folder to values and trends: as Hanau on 01.01.2026 (Testdaten).

What belongs here: the same folder before and after the change, read and computed without assets. What does not: single
rules (`test_gebietsstand`), whole runs (`tests/assets/test_gebietsstand.py`).

Keys and day are official: 06435014 in the Main-Kinzig-Kreis becomes 06415000. All figures are made up.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest
from district import ADDITIVE, SOURCES, Row, edit_sheet, rehash, write_district
from fixtures.formats import gebietsaenderungen

from pipelines import readers
from pipelines.errors import InputError
from pipelines.geography.areas import build_areas
from pipelines.geography.crosswalk import Crosswalk
from pipelines.harmonise import harmonise
from pipelines.indicators.catalogue import catalogue_frame, catalogue_of
from pipelines.indicators.rates import build_values
from pipelines.indicators.trend import build_trend, parse_breaks
from pipelines.publish.portal.lines import segments
from pipelines.readers.uebergaenge import read_transitions
from pipelines.settings import load_settings
from pipelines.sources.intake import Said, add
from pipelines.sources.registry import all_deliveries

KREIS, HANAU, CITY = "06435", "06435014", "06415000"
STAY = ["06435001", "06435002", "06435003"]
WRITTEN = "06435004"
END = "2025-12-31"
RECOMPUTED = ("inkar", "inkar_kreis")


class Made(NamedTuple):
    """What became of a folder."""

    areas: pl.DataFrame
    merkmale: pl.DataFrame
    conversions: pl.DataFrame
    values: pl.DataFrame
    catalogue: pl.DataFrame
    trend: pl.DataFrame


def made(folder: Path, out: Path) -> Made:
    settings = load_settings(folder, out)
    gemeinden = readers.read_gemeinden(settings)
    areas, members = build_areas(gemeinden, readers.read_sozialraeume(settings, gemeinden), settings.kreis)
    crosswalk = Crosswalk(gemeinden, read_transitions(settings, gemeinden))
    raw = {source: readers.read_source(settings, source, gemeinden) for source in settings.kreis.sources}
    deliveries = all_deliveries(folder, settings.kreis)
    merkmale, _, conversions = harmonise(raw, areas, deliveries, crosswalk, KREIS)[:3]
    entries = catalogue_of(merkmale)
    values = build_values(merkmale, areas, members, entries, settings.year)
    catalogue = catalogue_frame(entries, values)
    return Made(areas, merkmale, conversions, values, catalogue, build_trend(values, catalogue))


def left(rows: list[Row]) -> list[Row]:
    """The rows as publishers give them from 2026 on; INKAR has recomputed the years before, too."""
    found = {(row["ags"], row["stichtag"], row["merkmal"], row["auspraegung"]): row for row in rows}
    kept = []
    for row in rows:
        if row["ags"] != WRITTEN or row["stichtag"] <= END:
            kept.append(row)
            continue
        item = (row["stichtag"], row["merkmal"], row["auspraegung"])
        kreis = found.get((KREIS, *item))
        if kreis and kreis["wert"] and row["wert"] and not ADDITIVE.get(row["merkmal"], "exact").startswith("no("):
            kreis["wert"] = f"{float(kreis['wert']) - float(row['wert']):.8f}".rstrip("0").rstrip(".")
    for row in kept:
        if row["merkmal"] == "svb_wohnort_anteil" and row["ags"] == KREIS and row["stichtag"] > END:
            row["wert"] = "0"
    return kept


def recomputed(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["ags"] != WRITTEN]


def written(folder: Path, years: tuple[int, int], *, after: bool) -> Path:
    """The folder with Hanau as its fourth Gemeinde, before or after its end."""
    overrides = {source: recomputed if source in RECOMPUTED else left for source in SOURCES} if after else None
    name = "Main-Kinzig-Kreis (Testdaten)"
    write_district(folder, key=KREIS, name=name, gemeinden=4, years=years, overrides=overrides)
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".csv", ".geojson"):
            text = path.read_text(encoding="utf-8").replace(WRITTEN, HANAU).replace("064350004004", "064350014014")
            path.write_text(text, encoding="utf-8", newline="\n")
    if after:
        areas = folder / "gebiete"
        drop_lines(areas / "sozialraeume.csv", HANAU)
        lines = (areas / "gemeinden.csv").read_text(encoding="utf-8").splitlines()
        text = [line.removesuffix("unbekannt") + END if line.startswith(HANAU) else line for line in lines]
        (areas / "gemeinden.csv").write_text("\n".join(text) + "\n", encoding="utf-8", newline="\n")
    rehash(folder)
    return folder


def drop_lines(path: Path, key: str) -> None:
    kept = [line for line in path.read_text(encoding="utf-8").splitlines() if key not in line]
    path.write_text("\n".join(kept) + "\n", encoding="utf-8", newline="\n")


def lay_down(folder: Path, place: Path) -> None:
    """The Gebietsänderungen of 2026 with the change of key, in the form of the publisher."""
    day = "01.01.2026"
    row = [
        "06/2026/0001-R",
        "Gemeinde",
        "064350014014",
        HANAU,
        "Hanau",
        3,
        "",
        "",
        "064150000000",
        CITY,
        "Hanau",
        day,
        day,
    ]
    path = place / "gebietsaenderungen_2026.xlsx"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gebietsaenderungen, "TITLE", "Gebietsänderungen vom 01.01. - 31.12.2026")
        path.write_bytes(gebietsaenderungen.workbook([row]))
    add(load_settings(folder, place / "aus"), [path], Said(published=True))


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    place = tmp_path_factory.mktemp("hanau")
    before = written(place / "2025", (2024, 2025), after=False)
    after = written(place / "2026", (2025, 2026), after=True)
    lay_down(after, place)
    return before, after


@pytest.fixture(scope="module")
def with_hanau(folders: tuple[Path, Path]) -> Made:
    return made(folders[0], folders[0].parent / "aus")


@pytest.fixture(scope="module")
def without_hanau(folders: tuple[Path, Path]) -> Made:
    return made(folders[1], folders[1].parent / "aus")


def people(found: Made, day: str) -> dict[str, float | None]:
    rows = found.merkmale.filter(
        merkmal="bevoelkerung", auspraegung="insgesamt", stichtag=day, source_id="hessische_gemeindestatistik"
    )
    return dict(rows.select("area_id", "wert").iter_rows())


def test_until_2025_hanau_is_one_of_the_gemeinden(with_hanau: Made) -> None:
    assert with_hanau.areas.filter(area_level="gemeinde")["area_id"].to_list() == [*STAY, HANAU]
    found = people(with_hanau, END)
    assert found[KREIS] == sum(found[key] or 0 for key in (*STAY, HANAU))
    assert with_hanau.conversions.is_empty()


def test_from_2026_it_is_none_and_its_figures_left(without_hanau: Made, with_hanau: Made) -> None:
    assert without_hanau.areas.filter(area_level="gemeinde")["area_id"].to_list() == STAY
    assert HANAU not in set(without_hanau.merkmale["area_id"]) | set(without_hanau.values["area_id"])
    gone = without_hanau.conversions
    assert gone.height > 50 and set(gone["from_id"]) == {HANAU} and set(gone["to_id"]) == {CITY}
    assert set(gone["outcome"]) == {"außerhalb des Kreises"}
    moved = gone.filter(merkmal="bevoelkerung", auspraegung="insgesamt", stichtag=END)
    assert set(moved["after"]) == {people(with_hanau, END)[HANAU]}


def test_published_figures_of_the_former_kreis_are_no_part_of_the_series(without_hanau: Made) -> None:
    own = without_hanau.merkmale.filter(pl.col("area_id") == KREIS, ~pl.col("source_id").is_in(RECOMPUTED))
    before, after = own.filter(pl.col("stichtag") <= END), own.filter(pl.col("stichtag") > END)
    assert before.height > 50 and set(before["status"]) == {"missing"}
    assert set(before["conversion"]) == {"Der Kreis hatte bis zum 31.12.2025 einen anderen Gebietsstand."}
    assert after["wert"].null_count() < after.height / 10
    assert people(without_hanau, END)[KREIS] is None
    assert people(without_hanau, "2026-12-31")[KREIS] == sum(
        people(without_hanau, "2026-12-31")[key] or 0 for key in STAY
    )


def test_series_of_the_kreis_have_one_extent(without_hanau: Made, with_hanau: Made) -> None:
    """Sums are those of the three that stay, in every year; no line and no trend reaches over the change else."""
    values = without_hanau.values.filter(area_id=KREIS)
    total = values.filter(indicator_id="D01", period=END)["numerator"].item()
    assert total == sum(people(with_hanau, END)[key] or 0 for key in STAY)
    own = without_hanau.catalogue.filter(kreis_value="own")["indicator_id"].to_list()
    again = without_hanau.values.filter(pl.col("source_ids").is_in(RECOMPUTED))["indicator_id"].to_list()
    seen = 0
    for indicator_id in sorted(set(own) - set(again)):
        series = values.filter(indicator_id=indicator_id).sort("period")
        drawn = segments(series.to_dicts(), parse_breaks(None))
        assert all(point[0] >= 2026 for part in drawn for point in part), indicator_id
        seen += sum(map(len, drawn))
        tested = without_hanau.trend.filter(area_id=KREIS, indicator_id=indicator_id)
        assert tested["points"].to_list() in ([], [1])
    assert seen > 2


def test_an_edition_of_before_the_change_is_of_the_former_kreis(folders: tuple[Path, Path], tmp_path: Path) -> None:
    """INKAR recomputes its series, but not to areas that came after the edition."""
    folder = written(tmp_path / "daten", (2024, 2025), after=False)
    for name in ("gemeinden.csv", "sozialraeume.csv"):
        content = (folders[1] / "gebiete" / name).read_bytes()
        (folder / "gebiete" / name).write_bytes(content)
    edit_sheet(folder / "kreis.yml", lambda kreis: kreis.update(berichtsjahr=2026))
    rehash(folder)
    lay_down(folder, tmp_path)
    found = made(folder, tmp_path / "aus").merkmale.filter(pl.col("area_id") == KREIS)
    assert set(found["source_id"]) >= set(RECOMPUTED)
    assert set(found["status"]) == {"missing"}


def test_without_the_file_the_run_stops_and_says_what_to_do(folders: tuple[Path, Path], tmp_path: Path) -> None:
    folder = written(tmp_path / "daten", (2025, 2026), after=True)
    with pytest.raises(InputError) as caught:
        made(folder, tmp_path / "aus")
    assert HANAU in str(caught.value.found) and "sozialatlas add" in str(caught.value.remedy)


def test_a_contradicting_day_stops_the_run(tmp_path: Path) -> None:
    folder = written(tmp_path / "daten", (2025, 2026), after=True)
    path = folder / "gebiete" / "gemeinden.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(END, "2024-12-31"), encoding="utf-8", newline="\n")
    rehash(folder)
    lay_down(folder, tmp_path)
    settings = load_settings(folder, tmp_path / "aus")
    with pytest.raises(InputError, match="widerspricht"):
        read_transitions(settings, readers.read_gemeinden(settings))
