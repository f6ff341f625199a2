"""Recorded answers of the real databases, given again by a local server, are understood."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import yaml

from pipelines.errors import FetchError, InputError
from pipelines.fetch import client, collect, genesis
from pipelines.fetch.client import Client, Manners
from pipelines.fetch.credentials import Account, Secrets
from pipelines.fetch.jobs import Jobs
from pipelines.fetch.orders import Order, choose
from pipelines.readers.formats import read_file
from pipelines.readers.rawfile import RawFile
from pipelines.settings import Settings, load_settings
from tests.fixtures.publisher import Asked, Publisher, Reply, archive, publisher

SECRET = "kennwort-4711"
ACCOUNT = Account("erika.mustermann", SECRET, "Test")
ABOUT = genesis.About(1995, 2024, "2025-03-31 11:18:07")
OPEN = ("startyear", "endyear")  # the recordings asked for the newest date only


@pytest.fixture
def district(monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(client, "MANNERS", Manners(pause=0, attempts=1))
    return load_settings()


class Recorded:
    """A server that gives what was recorded for the same service and form, but for the years."""

    def __init__(self, path: Path) -> None:
        self.exchanges = yaml.safe_load(path.read_text(encoding="utf-8"))["interactions"]
        self.unknown: list[Asked] = []

    def __call__(self, asked: Asked) -> Reply:
        for exchange in self.exchanges:
            request, response = exchange["request"], exchange["response"]
            form = dict(parse_qsl(request["body"], keep_blank_values=True))
            wanted = {name: value for name, value in asked.form.items() if name not in OPEN}
            if urlsplit(request["uri"]).path == asked.path and wanted.items() <= form.items():
                return _reply(response)
        self.unknown.append(asked)
        return Reply(status=404)


def _reply(response: dict[str, Any]) -> Reply:
    content = response["body"]["string"]
    (kind,) = response["headers"]["Content-Type"]
    return Reply(content if isinstance(content, bytes) else content.encode(), kind, response["status"]["code"])


@pytest.fixture
def answered(shared: Path) -> Iterator[Any]:
    running = []

    def by(table: str) -> tuple[Publisher, Recorded]:
        recorded = Recorded(shared / "fixtures" / "genesis_api" / f"{table}.yaml")
        context = publisher(recorded)
        running.append(context)
        return context.__enter__(), recorded

    yield by
    for context in running:
        context.__exit__(None, None, None)


def database(settings: Settings, order: Order, server: Publisher, folder: Path) -> genesis.Database:
    asking = Client(settings, Secrets([SECRET, "erika.mustermann"]))
    (path,) = {urlsplit(address).path for address in order.addresses.values()}
    here = dict.fromkeys(order.addresses, server.address + path)
    return genesis.Database(
        asking, replace(order, addresses=here), ACCOUNT, folder, Jobs(folder / "auftraege"), lambda _: None
    )


@pytest.mark.shared
def test_a_recorded_table_gives_the_published_population(answered, district: Settings, tmp_path: Path):
    server, recorded = answered("12411-01-01-4")
    (order,) = choose(district, [], "regionalstatistik", (2024, 2024), "12411-01-01-4").orders
    asked = database(district, order, server, tmp_path)
    about = asked.about()
    assert (about.first, about.last, about.updated) == (1995, 2024, "2025-03-31 11:18:07")
    path = asked.table(asked.about())
    assert recorded.unknown == [] and path.name == "12411-01-01-4_2024.csv"
    reading = read_file(RawFile(path))
    collect.check(district, order, [reading])
    kreis = reading.frame.filter(key="06432", dimensions="GES=")
    assert kreis["value"].item() == 302_021 and kreis["time"].item() == "2024-12-31"
    # The archive is another one at every call, its table is not
    again = database(district, order, server, tmp_path).table(ABOUT)
    assert hashlib.sha256(again.read_bytes()).digest() == hashlib.sha256(path.read_bytes()).digest()
    assert all(SECRET not in one.path + one.body for one in server.asked)


@pytest.mark.shared
def test_a_recorded_table_of_another_year_is_refused(answered, district: Settings, tmp_path: Path):
    """The server gives the newest date whatever was asked: what came says so itself."""
    server, _ = answered("12411-01-01-4")
    (order,) = choose(district, [], "regionalstatistik", (2023, 2023), "12411-01-01-4").orders
    reading = read_file(RawFile(database(district, order, server, tmp_path).table(ABOUT)))
    with pytest.raises(InputError, match="ein anderes Jahr"):
        collect.check(district, order, [reading])


@pytest.mark.shared
def test_a_recorded_error_that_arrives_as_200_is_an_error(answered, district: Settings, tmp_path: Path):
    server, recorded = answered("61111-0021")
    (order,) = choose(district, [], "genesis_online", (2023, 2023)).orders
    other = replace(order, table="61111-0021", addresses={"61111-0021": order.addresses[order.table or ""]})
    with pytest.raises(FetchError, match=r"Code -1: .*wurde kein Datenquader gefunden") as fault:
        database(district, other, server, tmp_path).table(ABOUT)
    assert recorded.unknown == [] and "mustermann" not in str(fault.value)


@pytest.mark.shared
def test_a_real_table_of_the_zensus_says_its_year_and_lacks_the_gemeinden(
    shared: Path, district: Settings, tmp_path: Path
):
    """No exchange of this database was recorded; its file, given as its interface does, is of Länder only."""
    content = gzip.decompress((shared / "fixtures" / "ffcsv" / "1000A-2022__0_de_q.csv.gz").read_bytes())
    (order,) = choose(district, ["06432001"], "zensus_2022", (2022, 2022)).orders
    with publisher(lambda _: archive(content, f"{order.table}_de_flat.csv")) as server:
        reading = read_file(RawFile(database(district, order, server, tmp_path).table(ABOUT)))
    (asked,) = server.asked
    assert (asked.method, asked.form["name"], asked.form["quality"]) == ("POST", "1000A-0000", "on")
    with pytest.raises(InputError, match="nicht alle Gebiete des Kreises"):  # looked at after table and year
        collect.check(district, order, [reading])


FILES = (
    ("gemeindeverzeichnis", 2021, "gemeindeverzeichnis/31122021_Auszug_GV.xlsx"),
    ("hessische_gemeindestatistik", 2022, "hsl_gemeindestatistik/HGSt_2022_drei_tabellen.xlsx"),
    ("gebietsaenderungen", 2023, "gebietsstand/gebietsaenderungen_2023.xlsx"),
)


@pytest.mark.shared
@pytest.mark.parametrize(("source", "year", "name"), FILES, ids=[one[0] for one in FILES])
def test_real_files_say_the_year_and_areas_they_were_asked_for(
    shared: Path, source: str, year: int, name: str, district
):
    ags = [f"064320{number:02}" for number in range(1, 24)]
    reading = read_file(RawFile(shared / "fixtures" / name))
    for asked, good in ((year - 1, False), (year, True), (year + 1, False)):
        (order,) = choose(district, ags, source, (asked, asked), address="https://example.org/x.xlsx").orders
        if good:
            collect.check(district, order, [reading])
        else:
            with pytest.raises(InputError, match="ein anderes Jahr"):
                collect.check(district, order, [reading])


@pytest.mark.shared
def test_a_real_workbook_of_a_gemeinde_elsewhere_is_not_what_was_asked_for(shared: Path, district: Settings):
    folder = shared / "fixtures" / "ba_arbeitsmarkt_kommunal"
    reading = read_file(RawFile(folder / "Arbeitsmarkt-kommunal_06440001_Altenstadt.xlsx"))
    (order,) = choose(
        district, ["06432001"], "arbeitsmarkt_kommunal", (2024, 2024), address="https://example.org/x"
    ).orders
    with pytest.raises(InputError, match="nicht alle Gebiete des Kreises"):
        collect.check(district, order, [reading])
