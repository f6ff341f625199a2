"""Fixtures of tests of fetching: a district beside which a local publisher runs, and calls of the command."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import keyring
import pytest
from district import edit_sheet, write_district
from extended import with_source
from keyring.backends.null import Keyring

from assets import cli
from pipelines.fetch import client
from pipelines.settings import Settings, load_settings
from tests.fixtures.fetching import (
    COLUMNS,
    DOWNLOAD,
    ENTRY,
    GENESIS,
    PLAIN,
    QUICK,
    SECRET,
    SOURCE,
    Told,
    flat,
    point,
)
from tests.fixtures.publisher import Database, Publisher, publisher


@pytest.fixture(scope="module", autouse=True)
def sources(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    first, second = tmp_path_factory.mktemp("quelle"), tmp_path_factory.mktemp("quelle")
    with (
        with_source(first, SOURCE, ENTRY + GENESIS, COLUMNS),
        with_source(second, PLAIN, ENTRY + DOWNLOAD, COLUMNS),
    ):
        yield


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_district(tmp_path_factory.mktemp("kreis") / "daten")
    edit_sheet(folder / "kreis.yml", lambda kreis: kreis.update(quellen=[*kreis["quellen"], SOURCE, PLAIN]))
    return folder


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An environment without proxies and certificates of its own, without a keyring, with quick manners."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SOZIALATLAS_PROBE_TOKEN", SECRET)
    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())
    monkeypatch.setattr(client, "MANNERS", QUICK)
    yield
    keyring.set_keyring(before)


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the program waited, without waiting."""
    noted: list[float] = []
    monkeypatch.setattr(client.Client, "sleep", lambda _, seconds: noted.append(seconds))
    return noted


@pytest.fixture
def database() -> Database:
    return Database(flat())


@pytest.fixture
def server(database: Database) -> Iterator[Publisher]:
    with publisher(database) as running:
        yield running


@pytest.fixture
def place(district: Path, tmp_path: Path, server: Publisher) -> Settings:
    """The district beside which the local publisher runs."""
    data = Path(shutil.copytree(district, tmp_path / "daten"))
    point(data, server.address)
    return load_settings(data, tmp_path / "aus")


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], place: Settings) -> Callable[..., Told]:
    def told(*arguments: object) -> Told:
        monkeypatch.setattr(
            sys,
            "argv",
            ["sozialatlas", *map(str, arguments), "--data", str(place.data_dir), "--out", str(place.out_dir)],
        )
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        return Told(code, *capsys.readouterr())

    return told


@pytest.fixture
def fetch(call: Callable[..., Told]) -> Callable[..., Told]:
    """`sozialatlas fetch` of the made-up table, for 2022 unless another year is said."""
    return lambda *arguments: call("fetch", *(arguments or (SOURCE, "--year", "2022")))
