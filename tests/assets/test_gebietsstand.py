"""A district one of whose Gemeinden went into another, on its whole way through the assets (Testdaten).

What belongs here: that totals are the same before and after, that nothing needs more than the laid-down file, that two
areas of one name stay apart. What does not: single rules (`tests/unit/test_gebietsstand.py`).
"""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from district import ADDITIVE, KREIS_SERIES, SOURCES, Row, edit_sheet, rehash, write_district
from fixtures.formats import gebietsaenderungen

from assets.run import CHECK, run_job
from pipelines import warehouse
from pipelines.errors import InputError
from pipelines.readers import read_gemeinden
from pipelines.readers.uebergaenge import read_transitions
from pipelines.settings import Settings, load_settings
from pipelines.sources.intake import Said, add

HEIR, NAMESAKE, FORMER = "06999001", "06999002", "06999004"
END = "2021-12-31"
NAME = "Beispielhausen"
FIGURE = ["merkmal", "auspraegung", "stichtag"]


def handed_over(rows: list[Row]) -> list[Row]:
    """The rows as publishers give them after the end of FORMER: its counts are those of HEIR."""
    found = {(row["ags"], row["stichtag"], row["merkmal"], row["auspraegung"]): row for row in rows}
    before = {key: row["wert"] for key, row in found.items()}
    kept = []
    for row in rows:
        if row["ags"] != FORMER or row["stichtag"] <= END:
            kept.append(row)
            continue
        heir = found[(HEIR, row["stichtag"], row["merkmal"], row["auspraegung"])]
        if not ADDITIVE.get(row["merkmal"], "exact").startswith("no(") and heir["wert"] and row["wert"]:
            heir["wert"] = f"{float(heir['wert']) + float(row['wert']):.8f}".rstrip("0").rstrip(".")
            heir["status"] = "reported"
        if row["merkmal"] == "svb_wohnort_anteil":
            whole = [float(before[(key, row["stichtag"], "svb_wohnort", "insgesamt")]) for key in (HEIR, FORMER)]
            item = (row["stichtag"], row["merkmal"], row["auspraegung"])
            shares = [float(before[(key, *item)]) for key in (HEIR, FORMER)]
            counts = sum(round(share * of / 100) for share, of in zip(shares, whole, strict=True))
            heir["wert"] = f"{100 * counts / sum(whole):.8f}"
    return kept


def without(path: Path, change: Any) -> None:
    """Rewrite a CSV by its rows."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    rows = change(rows)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def ended(rows: list[Row]) -> list[Row]:
    return [{**row, "valid_to": END, "anzeigename": NAME} if row["ags"] == FORMER else row for row in rows]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Four Gemeinden, of which the last ended on 31.12.2021 and has the name of the second."""
    place = tmp_path_factory.mktemp("gebietsstand")
    folder = write_district(place / "daten", gemeinden=4, overrides=dict.fromkeys(SOURCES, handed_over))
    areas = folder / "gebiete"
    without(areas / "gemeinden.csv", ended)
    without(areas / "sozialraeume.csv", lambda rows: [row for row in rows if row["ags"] != FORMER])
    outlines = areas / "gemeinden.geojson"
    shapes = json.loads(outlines.read_text(encoding="utf-8"))
    joined, own = (next(one for one in shapes["features"] if one["properties"]["ags"] == key) for key in (HEIR, FORMER))
    joined["geometry"] = {
        "type": "MultiPolygon",
        "coordinates": [joined["geometry"]["coordinates"], own["geometry"]["coordinates"]],
    }
    shapes["features"].remove(own)
    outlines.write_text(json.dumps(shapes, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
    rehash(folder)
    settings = load_settings(folder, place / "aus")
    change = place / "gebietsaenderungen_2022.xlsx"
    day = "01.01.2022"
    keys = [f"{FORMER[:5]}0{FORMER[5:]}{FORMER[5:]}", FORMER, NAME]
    heir = [f"{HEIR[:5]}0{HEIR[5:]}{HEIR[5:]}", HEIR, "Musterstadt"]
    row = ["06/2022/0001-R", "Gemeinde", *keys, 1, 18000000, 8800, *heir, day, day]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gebietsaenderungen, "TITLE", "Gebietsänderungen vom 01.01. - 31.12.2022")
        change.write_bytes(gebietsaenderungen.workbook([row]))
    add(settings, [change], Said(published=True))
    run_job(settings, CHECK)
    return settings


def of_gemeinden(settings: Settings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Sums over Gemeinden of what adds up, as delivered and as harmonised, where all have a value."""
    raw = pl.concat([warehouse.read(settings.warehouse, f"raw.{source}") for source in SOURCES])
    finished = [item for item, said in ADDITIVE.items() if said.startswith("no(")]
    finished += [item for _, item, *_ in KREIS_SERIES]
    curated = warehouse.read(settings.warehouse, "curated.merkmale").rename({"area_id": "area_key"})

    def sums(frame: pl.DataFrame) -> pl.DataFrame:
        kept = frame.filter(pl.col("area_key").str.len_chars() == 8, ~pl.col("merkmal").is_in(finished))
        whole = kept.filter(pl.col("wert").is_not_null().all().over("source_id", *FIGURE))
        return whole.group_by("source_id", *FIGURE).agg(pl.sum("wert")).sort("source_id", *FIGURE)

    return sums(raw), sums(curated)


def test_every_total_is_the_same_before_and_after(run: Settings) -> None:
    before, after = of_gemeinden(run)
    both = before.join(after, on=["source_id", *FIGURE], suffix="_after")
    assert both.height == after.height > 100
    assert both.filter((pl.col("wert") - pl.col("wert_after")).abs() > 1e-6 * pl.col("wert").abs()).is_empty()


def test_only_areas_of_today_are_shown_and_each_keeps_its_own_figures(run: Settings) -> None:
    areas = warehouse.read(run.warehouse, "curated.areas")
    assert areas.filter(area_level="gemeinde")["area_id"].to_list() == [HEIR, NAMESAKE, "06999003"]
    people = pl.col("merkmal") == "bevoelkerung", pl.col("auspraegung") == "insgesamt", pl.col("stichtag") == END
    raw = warehouse.read(run.warehouse, "raw.gemeindeverzeichnis").filter(*people)
    delivered = dict(raw.select("area_key", "wert").iter_rows())
    found = warehouse.read(run.warehouse, "curated.merkmale").filter(*people, source_id="gemeindeverzeichnis")
    rows = {row["area_id"]: row for row in found.rows(named=True)}
    assert rows[NAMESAKE]["wert"] == delivered[NAMESAKE]
    assert rows[HEIR]["wert"] == delivered[HEIR] + delivered[FORMER]
    assert rows[HEIR]["status"] == "reported" and FORMER in rows[HEIR]["conversion"]


def test_rates_of_former_years_come_from_converted_counts(run: Settings) -> None:
    values = warehouse.read(run.warehouse, "release.values")
    assert set(values.filter(area_level="gemeinde")["area_id"]) == {HEIR, NAMESAKE, "06999003"}
    rates = values.filter(pl.col("area_id") == HEIR, pl.col("period") == END, pl.col("denominator").is_not_null())
    assert rates.height > 3
    found = values.filter(pl.col("area_id") == HEIR, pl.col("reason").str.contains("Fertige Werte"))
    assert found.height and set(found["status"]) == {"missing"}


def test_the_balance_names_every_figure_that_moved(run: Settings) -> None:
    conversions = warehouse.read(run.warehouse, "curated.conversions")
    assert set(conversions["to_id"]) == {HEIR}
    losses = warehouse.read(run.warehouse, "curated.losses")
    assert losses["lost"].sum() == 0
    assert "Umrechnung auf den Gebietsstand von heute" in losses["step"].to_list()
    checks = warehouse.read(run.warehouse, "release.checks").filter(table_name="curated.conversions")
    totals = checks.filter(pl.col("check_id").str.starts_with("summe_bleibt"))
    assert totals.height > 5 and totals["passed"].all()
    assert totals["gap"].abs().max() < 1e-6


def test_a_contradicting_day_stops_the_run(run: Settings, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(run.data_dir, tmp_path / "daten"))
    without(folder / "gebiete" / "gemeinden.csv", lambda rows: [
        {**row, "valid_to": "2020-12-31"} if row["ags"] == FORMER else row for row in rows
    ])  # fmt: skip
    rehash_areas(folder)
    settings = load_settings(folder, tmp_path / "aus")
    with pytest.raises(InputError, match="widerspricht"):
        read_transitions(settings, read_gemeinden(settings))


def rehash_areas(folder: Path) -> None:
    """The sheet of the areas after a change of a test; `rehash` would count lines of workbooks."""

    def renewed(sheet: dict[str, Any]) -> None:
        for file in sheet["files"]:
            content = (folder / "gebiete" / file["path"]).read_bytes()
            file.update(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))

    edit_sheet(folder / "gebiete" / "lieferung.yml", renewed)
