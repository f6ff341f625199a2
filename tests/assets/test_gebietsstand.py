"""A district whose Gemeinden merged, were split and left, on its whole way through the assets (Testdaten).

What belongs here: that totals are the same before and after, that nothing needs more than the laid-down file,
that two areas of one name stay apart. What does not: single rules (`tests/unit/test_gebietsstand.py`).
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from district import ADDITIVE, KREIS_SERIES, NAMES, SOURCES, Row, rehash, write_district
from fixtures.formats import umsteigeschluessel

from assets.run import CHECK, run_job
from pipelines import warehouse
from pipelines.settings import Settings, load_settings
from pipelines.sources.intake import Said, add

KREIS = "06999"
# FORMER went into HEIR, SPLIT into THIRD and OTHER, LEFT into another Kreis
HEIR, NAMESAKE, THIRD, FORMER, SPLIT, OTHER, LEFT = (f"{KREIS}{number:03}" for number in range(1, 8))
ELSEWHERE = "06998001"
GONE = (FORMER, SPLIT, LEFT)
TODAY = [HEIR, NAMESAKE, THIRD, OTHER]
# As publishers count later, where the part of SPLIT that went to OTHER is too small to tell
HEIRS = {FORMER: HEIR, SPLIT: THIRD}
END = "2021-12-31"
NAME = "Beispielhausen"
FIGURE = ["merkmal", "auspraegung", "stichtag"]
# By surface, persons and employees
SHARES = {THIRD: (0.9, 0.95, 0.8), OTHER: (0.1, 0.05, 0.2)}


def handed_over(rows: list[Row]) -> list[Row]:
    """The rows as publishers give them after END: counts of former Gemeinden are those of their heirs."""
    found = {(row["ags"], row["stichtag"], row["merkmal"], row["auspraegung"]): row for row in rows}
    before = {key: row["wert"] for key, row in found.items()}
    for row in rows:
        item = (row["stichtag"], row["merkmal"], row["auspraegung"])
        if row["ags"] not in GONE or row["stichtag"] <= END:
            continue
        adds = not ADDITIVE.get(row["merkmal"], "exact").startswith("no(")
        for key, sign in ((HEIRS.get(row["ags"]), 1), (KREIS if row["ags"] == LEFT else None, -1)):
            heir = found.get((str(key), *item))
            if adds and heir and heir["wert"] and row["wert"]:
                heir["wert"] = f"{float(heir['wert']) + sign * float(row['wert']):.8f}".rstrip("0").rstrip(".")
                heir["status"] = "reported"
    for (key, stichtag, merkmal, part), row in found.items():
        if merkmal == "svb_wohnort_anteil" and stichtag > END:
            joined = [one for one in (key, *GONE) if one == key or HEIRS.get(one) == key]
            joined = [*TODAY, FORMER, SPLIT] if key == KREIS else joined
            whole = [float(before[(one, stichtag, "svb_wohnort", "insgesamt")]) for one in joined]
            shares = [float(before[(one, stichtag, merkmal, part)]) for one in joined]
            counts = sum(round(share * of / 100) for share, of in zip(shares, whole, strict=True))
            row["wert"] = f"{100 * counts / sum(whole):.8f}"
    return [row for row in rows if row["ags"] not in GONE or row["stichtag"] <= END]


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
    names = {FORMER: {"name": f"{NAME}, Testgemeinde", "anzeigename": NAME}}
    return [{**row, "valid_to": END, **names.get(row["ags"], {})} if row["ags"] in GONE else row for row in rows]


def join_outlines(path: Path) -> None:
    """The outlines of today: those of former Gemeinden belong to their heirs."""
    shapes = json.loads(path.read_text(encoding="utf-8"))
    found = {one["properties"]["ags"]: one for one in shapes["features"]}
    for former, heir in HEIRS.items():
        parts = [found[key]["geometry"]["coordinates"] for key in (heir, former)]
        found[heir]["geometry"] = {"type": "MultiPolygon", "coordinates": parts}
    shapes["features"] = [found[key] for key in TODAY]
    path.write_text(json.dumps(shapes, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")


def keys() -> bytes:
    """An Umsteigeschlüssel from 31.12.2021 to 31.12.2022 in the form of the BBSR."""

    def line(old: str, new: str, *shares: float) -> list[Any]:
        return [int(old), "Testort", *shares, 10.0, 50.0, 20.0, int(new), "Testort"]

    moves = {FORMER: {HEIR: (1, 1, 1)}, SPLIT: SHARES, LEFT: {ELSEWHERE: (1, 1, 1)}}
    rows = [line(key, key, 1, 1, 1) for key in TODAY]
    rows += [line(old, new, *shares) for old, targets in moves.items() for new, shares in targets.items()]
    table = [umsteigeschluessel.header(2021, 2022, " in 100"), *sorted(rows, key=lambda row: (row[0], row[8]))]
    return umsteigeschluessel.workbook({"2021-2022": table})


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Seven Gemeinden, three of which ended on 31.12.2021; one of these has the name of another one."""
    place = tmp_path_factory.mktemp("gebietsstand")
    names = (*NAMES, "Grenzort")
    overrides = dict.fromkeys(SOURCES, handed_over)
    folder = write_district(place / "daten", gemeinden=7, names=names, overrides=overrides)
    areas = folder / "gebiete"
    without(areas / "gemeinden.csv", ended)
    without(areas / "sozialraeume.csv", lambda rows: [row for row in rows if row["ags"] not in GONE])
    join_outlines(areas / "gemeinden.geojson")
    rehash(folder)
    settings = load_settings(folder, place / "aus")
    delivered = place / "ref-gemeinden-2021-2022.xlsx"
    delivered.write_bytes(keys())
    add(settings, [delivered], Said(published=True))
    run_job(settings, CHECK)
    return settings


def sums(frame: pl.DataFrame) -> pl.DataFrame:
    """Sums over Gemeinden of what adds up, where all have a value."""
    finished = [item for item, said in ADDITIVE.items() if said.startswith("no(")]
    finished += [item for _, item, *_ in KREIS_SERIES]
    kept = frame.filter(pl.col("area_key").str.len_chars() == 8, ~pl.col("merkmal").is_in(finished))
    whole = kept.filter(pl.col("wert").is_not_null().all().over("source_id", *FIGURE))
    return whole.group_by("source_id", *FIGURE).agg(pl.sum("wert")).sort("source_id", *FIGURE)


def test_every_total_is_the_same_before_and_after(run: Settings) -> None:
    """What was delivered arrived or left the Kreis, and what stands there was delivered: no item more, none less."""
    raw = pl.concat([warehouse.read(run.warehouse, f"raw.{source}") for source in SOURCES])
    before = sums(raw.filter(pl.col("area_key") != LEFT))
    after = sums(warehouse.read(run.warehouse, "curated.merkmale").rename({"area_id": "area_key"}))
    assert before.select("source_id", *FIGURE).equals(after.select("source_id", *FIGURE))
    assert after.height > 100
    apart = before["wert"] - after["wert"]
    assert (apart.abs() <= 1e-6 * before["wert"].abs()).all()


def figures(run: Settings, table: str, item: str, day: str) -> dict[str, dict[str, Any]]:
    key = "area_key" if table.startswith("raw.") else "area_id"
    rows = warehouse.read(run.warehouse, table).filter(
        pl.col("source_id") == "hessische_gemeindestatistik", pl.col("merkmal") == item, pl.col("stichtag") == day,
        pl.col("auspraegung") == "insgesamt",
    )  # fmt: skip
    return {row[key]: row for row in rows.rows(named=True)}


@pytest.mark.parametrize(
    ("item", "day", "by"),
    [
        ("flaeche", END, 0),
        ("bevoelkerung", END, 1),
        ("svb_wohnort", "2021-06-30", 1),
        ("svb_arbeitsort", "2021-06-30", 2),
    ],
)
def test_a_merger_is_exact_and_a_split_estimated(run: Settings, item: str, day: str, by: int) -> None:
    """Surfaces by surface, people by people, jobs by jobs; each area keeps its own figures, whatever it is called."""
    raw = {key: row["wert"] for key, row in figures(run, "raw.hessische_gemeindestatistik", item, day).items()}
    found = figures(run, "curated.merkmale", item, day)
    assert set(found) == {*TODAY, KREIS}
    assert (found[HEIR]["wert"], found[HEIR]["status"]) == (pytest.approx(raw[HEIR] + raw[FORMER]), "reported")
    assert found[NAMESAKE]["wert"] == raw[NAMESAKE] and found[NAMESAKE]["conversion"] is None
    for key, shares in SHARES.items():
        assert found[key]["wert"] == pytest.approx(raw[key] + raw[SPLIT] * shares[by])
        assert found[key]["status"] == "estimated"
        assert "Umsteigeschlüssel des BBSR" in found[key]["conversion"]
        assert ("Fläche", "Bevölkerung", "Beschäftigten am Arbeitsort")[by] in found[key]["conversion"]


def test_rates_of_former_years_come_from_converted_counts(run: Settings) -> None:
    values = warehouse.read(run.warehouse, "release.values")
    assert set(values.filter(area_level="gemeinde")["area_id"]) == set(TODAY)
    old = values.filter(pl.col("period") == END, pl.col("denominator").is_not_null(), pl.col("value").is_not_null())
    assert old.filter(area_id=HEIR).height > 3
    assert set(old.filter(area_id=HEIR)["status"]) <= {"reported", "zero"}
    split = old.filter(pl.col("area_id").is_in(list(SHARES)))
    assert split.height > 3 and set(split["status"]) == {"estimated"}
    assert split["reason"].str.contains("umgerechnet nach Anteil").all()
    found = values.filter(pl.col("area_id") == HEIR, pl.col("reason").str.contains("Fertige Werte"))
    assert found.height and set(found["status"]) == {"missing"}


def test_counts_behind_shares_are_those_of_both_gemeinden(run: Settings) -> None:
    raw = warehouse.read(run.warehouse, "raw.hessische_gemeindestatistik").filter(stichtag="2021-06-30")
    employed = dict(raw.filter(merkmal="svb_wohnort", auspraegung="insgesamt").select("area_key", "wert").iter_rows())
    share = raw.filter(merkmal="svb_wohnort_anteil", auspraegung="ausbildung:ohne")
    counts = {key: round(value * employed[key] / 100) for key, value in share.select("area_key", "wert").iter_rows()}
    values = warehouse.read(run.warehouse, "release.values").filter(indicator_id="E08", period="2021-06-30")
    rows = {row["area_id"]: row for row in values.rows(named=True)}
    assert (rows[HEIR]["numerator"], rows[HEIR]["status"]) == (counts[HEIR] + counts[FORMER], "reported")
    assert rows[HEIR]["denominator"] == employed[HEIR] + employed[FORMER]
    assert (rows[THIRD]["value"], rows[THIRD]["status"]) == (None, "missing")


def test_the_kreis_before_a_gemeinde_left_is_another_kreis(run: Settings) -> None:
    """Sums of today's Gemeinden go on; published figures of the former extent are no part of the series."""
    found = figures(run, "curated.merkmale", "bevoelkerung", END)[KREIS]
    assert (found["wert"], found["status"]) == (None, "missing")
    assert found["conversion"] == "Der Kreis hatte bis zum 31.12.2021 einen anderen Gebietsstand."
    assert figures(run, "curated.merkmale", "bevoelkerung", "2022-12-31")[KREIS]["wert"] > 0
    values = warehouse.read(run.warehouse, "release.values").filter(area_id=KREIS, indicator_id="E08")
    told = {row["period"]: row for row in values.rows(named=True)}
    assert told["2021-06-30"]["value"] is None and "Gebietsstand" in told["2021-06-30"]["reason"]
    assert told["2022-06-30"]["value"] > 0


def test_the_balance_names_every_figure_that_moved(run: Settings) -> None:
    conversions = warehouse.read(run.warehouse, "curated.conversions")
    assert set(conversions["to_id"]) == {HEIR, THIRD, OTHER, ELSEWHERE}
    assert set(conversions.filter(to_id=ELSEWHERE)["outcome"]) == {"außerhalb des Kreises"}
    moved = conversions.filter(from_id=SPLIT, outcome="umgerechnet")
    balance = moved.group_by("source_id", *FIGURE).agg(pl.first("before"), pl.sum("after"), pl.sum("share"), pl.len())
    assert balance.height > 50 and set(balance["len"]) == {2}
    assert ((balance["before"] - balance["after"]).abs() <= 1e-9 * balance["before"].abs()).all()
    assert (balance["share"] - 1).abs().max() < 1e-12
    losses = warehouse.read(run.warehouse, "curated.losses")
    assert losses["lost"].sum() == 0
    assert "Umrechnung auf den Gebietsstand von heute" in losses["step"].to_list()
    checks = warehouse.read(run.warehouse, "release.checks").filter(table_name="curated.conversions")
    totals = checks.filter(pl.col("check_id").str.starts_with("summe_bleibt"))
    assert totals.height > 5 and totals["passed"].all()
    assert totals["gap"].abs().max() < 1e-6
