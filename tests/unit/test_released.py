"""Documents find the released edition and read it by contract."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.contracts import contract
from pipelines.errors import AtlasError, ContractError
from pipelines.publish import open_release
from pipelines.publish.copy import released_tables, write_copy
from tests.fixtures.release import GEMEINDEN, KREIS, make_release, release_frames


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_release(tmp_path_factory.mktemp("ausgabe"))


def test_the_environment_names_release_and_area(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOZIALATLAS_RELEASE", str(copy))
    monkeypatch.setenv("SOZIALATLAS_AREA", "06999001")
    release = open_release()
    assert release.area == "06999001"
    assert release.kreis_id == KREIS
    assert release.edition["report_year"] == 2023


def test_without_a_path_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SOZIALATLAS_RELEASE", raising=False)
    with pytest.raises(AtlasError, match="SOZIALATLAS_RELEASE"):
        open_release()
    with pytest.raises(AtlasError, match="freigegebene Datei fehlt"):
        open_release(tmp_path / "nichts.duckdb")


def test_a_file_that_is_no_release_is_refused_in_german(tmp_path: Path) -> None:
    other = tmp_path / "andere.duckdb"
    duckdb.connect(str(other)).close()
    with pytest.raises(AtlasError, match="enthält die Tabelle „edition“ nicht"):
        open_release(other)


def test_tables_come_back_as_their_contracts_say(copy: Path) -> None:
    release, frames = open_release(copy), release_frames()
    for name in released_tables():
        assert release.table(name).schema == pl.Schema(contract(f"release.{name}").schema()), name
        assert release.table(name).equals(frames[name]), name


def test_the_copy_holds_only_the_release_and_explains_every_column(copy: Path) -> None:
    with duckdb.connect(str(copy), read_only=True) as connection:
        schemas = connection.execute("select distinct schema_name from duckdb_tables()").fetchall()
        silent = connection.execute(
            "select count(*) from duckdb_columns() where comment is null and not internal"
        ).fetchone()
        tables = connection.execute("select table_name from duckdb_tables() where comment is not null").fetchall()
    assert schemas == [("release",)]
    assert silent == (0,)
    assert sorted(name for (name,) in tables) == released_tables()


def test_a_missing_or_unknown_table_is_refused(tmp_path: Path) -> None:
    frames = release_frames()
    frames["internes"] = frames.pop("values")
    with pytest.raises(ContractError, match="nicht genau die vereinbarten Tabellen"):
        write_copy(frames, tmp_path)
    assert not list(tmp_path.rglob("*.duckdb"))


def test_look_ups(copy: Path) -> None:
    release = open_release(copy)
    assert release.gemeinden["area_id"].to_list() == list(GEMEINDEN)
    assert release.value("E01", "06999001")["numerator"] == 178
    assert release.value("E01", "06999001", "2019")["numerator"] == 150
    assert release.latest("T01", "gemeinde")["status"].to_list() == ["zero", "secret", "suppressed"]
    assert release.latest("A01", "gemeinde")["status"].unique().to_list() == ["missing"]
    assert release.series("E01", KREIS)["period"].to_list() == ["2019", "2020", "2021"]
    assert release.indicator("E01")["name"] == "Arbeitslosenanteil"
    assert release.attributions("testquelle") == ["© Testamt, 2023"]
    assert release.attributions(None) == []
    assert release.boundary_attributions == ["© Testvermessung"]


@pytest.mark.parametrize("call", ["indicator", "value", "area_row"])
def test_unknown_keys_are_named(copy: Path, call: str) -> None:
    release = open_release(copy)
    calls = {
        "indicator": lambda: release.indicator("Z99"),
        "value": lambda: release.value("E01", "06999009"),
        "area_row": lambda: release.area_row("06999009"),
    }
    with pytest.raises(AtlasError, match=r"Z99|06999009"):
        calls[call]()
