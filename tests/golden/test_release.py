"""The shipped district up to its release: published figures, all 45 indicators, no theme without a word."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import duckdb
import polars as pl
import pytest

from assets.cli import runs
from pipelines.contracts import tables
from pipelines.indicators.catalogue import load_catalogue
from pipelines.publish import open_release
from pipelines.publish.copy import released_tables, write_copy
from pipelines.publish.portal import write_portal
from pipelines.settings import PROJECT_DIR, Settings, load_settings

KREIS = "06432"


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, str]:
    """The command that makes and checks everything but documents, into a folder of its own, and what it printed."""
    settings = load_settings(out=tmp_path_factory.mktemp("kreis") / "aus")
    assert settings.data_dir == PROJECT_DIR / "data" / "raw"
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        runs.check(out=settings.out_dir)
    return settings, printed.getvalue()


@pytest.fixture(scope="module")
def settings(checked: tuple[Settings, str]) -> Settings:
    return checked[0]


def table(settings: Settings, name: str) -> pl.DataFrame:
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        return connection.sql(f"select * from {name}").pl()


def test_unemployment_of_the_kreis_2021_is_the_published_one(settings: Settings) -> None:
    """Stadt-Land-Relation of INKAR: 7,718 unemployed of 189,422 people aged 15 to 64."""
    row = table(settings, "release.values").row(
        by_predicate=(pl.col("indicator_id") == "E01") & (pl.col("area_id") == KREIS) & (pl.col("period") == "2021"),
        named=True,
    )
    assert (row["numerator"], row["denominator"], row["status"]) == (7718, 189422, "reported")
    assert row["value"] == pytest.approx(4.074500322, abs=5e-10)
    assert row["lower"] < row["value"] < row["upper"]


def test_45_indicators_have_a_value_in_each_of_the_23_gemeinden(settings: Settings) -> None:
    indicators = table(settings, "release.indicators").filter(data="gemeinde")
    newest = table(settings, "release.values").join(
        indicators.select("indicator_id", period="latest_period"), on=["indicator_id", "period"]
    )
    counts = newest.filter(pl.col("value").is_not_null(), area_level="gemeinde").group_by("indicator_id").len()
    assert indicators.height == 45
    assert dict(counts.iter_rows()) == dict.fromkeys(indicators["indicator_id"], 23)


@pytest.mark.parametrize("total", ["296.900", "301.827"])
def test_published_totals_are_met_without_a_gap(settings: Settings, total: str) -> None:
    checks = table(settings, "release.checks").filter(
        pl.col("check_id").str.starts_with("veroeffentlicht:bevoelkerung")
    )
    row = checks.filter(pl.col("expected").str.replace_all(r"\D", ".") == total)
    assert row.select("gap", "passed").rows() == [(0.0, True)]


def test_the_check_prints_results_leaves_pages_to_read_and_no_edition(checked: tuple[Settings, str]) -> None:
    settings, printed = checked
    assert all(word in printed for word in ("curated.merkmale", "Abgleich", "Dauer in Sekunden", "gesamt"))
    assert [path.name for path in settings.out_dir.iterdir()] == [settings.curated_dir.name]
    pages = {path.stem: path.read_text(encoding="utf-8") for path in settings.curated_dir.glob("pruefung/*.html")}
    assert {name for name in tables() if not name.startswith("raw.")} == pages.keys()
    assert not any("<script src" in page or "cdn" in page for page in pages.values())


def test_all_checks_are_released_and_passed(settings: Settings) -> None:
    checks = table(settings, "release.checks")
    assert set(checks["kind"]) == {"Vertrag", "Abgleich", "Raum", "Geheimhaltung"}
    assert checks["passed"].all()
    assert checks.filter(kind="Abgleich")["gap"].count() > 50


def test_the_index_says_how_stable_its_classes_are(settings: Settings) -> None:
    index = table(settings, "release.index")
    assert index.height == 23 and set(index["status"]) == {"reported"}
    assert index["runs"].min() >= 1000
    assert index["stability"].is_between(0, 1).all()
    assert index["class_text"].str.len_chars().min() > 5
    assert index["class"].null_count() + index["class_text"].null_count() == 0


def test_no_indicator_of_the_catalogue_is_passed_over(settings: Settings) -> None:
    """What has no figures is there with a reason for every area, and with who can deliver it."""
    values, indicators = table(settings, "release.values"), table(settings, "release.indicators")
    areas = table(settings, "release.areas")["area_id"]
    assert (
        set(indicators["indicator_id"])
        == {entry.indicator_id for entry in load_catalogue()}
        == set(values["indicator_id"])
    )
    empty = indicators.filter(data="none")
    assert empty.height > 40
    assert empty["missing_reason"].null_count() == empty["deliverer"].null_count() == 0
    for indicator_id in empty["indicator_id"]:
        rows = values.filter(indicator_id=indicator_id)
        assert set(rows["area_id"]) == set(areas) and set(rows["status"]) == {"missing"}, indicator_id
        assert rows["reason"].null_count() == 0 and rows["value"].null_count() == rows.height, indicator_id


def test_the_first_view_of_the_web_page_is_small(settings: Settings, tmp_path: Path) -> None:
    """All a browser loads until map and table stand there; what is loaded later says so (`tests/browser`)."""
    frames = {name: table(settings, f"release.{name}") for name in released_tables()}
    write_portal(open_release(write_copy(frames, tmp_path)), tmp_path)
    portal = tmp_path / "portal"
    later = {portal / "explorer" / name for name in ("trend.js", "download.js")}
    scripts = {portal / "app.js", portal / "data.js", *(portal / "explorer").glob("*.js")} - later
    first = [tmp_path / "index.html", *portal.glob("*.css"), *portal.glob("*.woff"), *scripts, portal / "daten/E01.js"]
    assert sum(path.stat().st_size for path in first) < 250_000
