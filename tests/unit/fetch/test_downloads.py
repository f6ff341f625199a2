"""Plain files come as they are, from where the catalogue or the call says, and a web page in their place is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from extended import with_source

from pipelines.errors import FetchError
from pipelines.fetch import client, downloads
from pipelines.fetch.credentials import Secrets
from pipelines.fetch.orders import DOWNLOAD, Order, choose
from pipelines.settings import Settings
from pipelines.sources.registry import read_sheet
from tests.fixtures.fetching import AREAS, COLUMNS, ENTRY, PLAIN, SECRET, Told, flat, tree
from tests.fixtures.publisher import Asked, Publisher, Reply, packed, publisher

CSV = "text/csv"
EACH = """\
fetch:
  interface: download
  orders:
    - name: probe_{ags}_{year}.csv
      per_gemeinde: true
      levels: [gemeinde]
      items: [probefaelle]
      from: 2000
"""


@pytest.fixture
def database() -> Callable[[Asked], Reply]:
    """In place of the database a server of files."""
    return lambda asked: files.pop(0) if (files := QUEUE) else Reply(flat(), CSV)


QUEUE: list[Reply] = []


@pytest.fixture(autouse=True)
def empty() -> Iterator[None]:
    QUEUE.clear()
    yield
    QUEUE.clear()


@pytest.fixture
def get(call: Callable[..., Told]) -> Callable[..., Told]:
    return lambda *more: call("fetch", PLAIN, "--year", "2022", *more)


def test_a_file_is_laid_down_as_it_came(get, place: Settings, server: Publisher):
    told = get()
    assert told.code == 0, told.err
    (sheet,) = (place.data_dir / PLAIN).glob("*/lieferung.yml")
    (file,) = read_sheet(sheet, place.data_dir).files
    assert file.path.name == "probe_2022.csv" and file.path.read_bytes() == flat() and "127.0.0.1" in (file.notes or "")
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("GET", "/probe_2022.csv")
    assert not {"username", "password", "authorization", "cookie"} & set(asked.headers)
    assert SECRET not in str(asked.headers)


def test_several_years_are_a_file_each(call, place: Settings, server: Publisher):
    QUEUE[:] = [Reply(flat(years=("2021",)), CSV), Reply(flat(), CSV)]
    told = call("fetch", PLAIN, "--year", "2021-2022")
    assert told.code == 0 and [asked.path for asked in server.asked] == ["/probe_2021.csv", "/probe_2022.csv"]
    assert len(list((place.data_dir / PLAIN).glob("*/lieferung.yml"))) == 2


def test_a_person_can_name_the_address(get, place: Settings, server: Publisher):
    assert get("--adresse", f"{server.address}/neu/ort.csv?v=2").code == 0
    assert server.asked[0].path == "/neu/ort.csv?v=2"


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (Reply(b"<html>Die Seite ist umgezogen</html>", "text/html"), "Statt der Datei kommt eine Webseite."),
        (Reply(b"\xef\xbb\xbf\n<!DOCTYPE html><html></html>", CSV), "Statt der Datei kommt eine Webseite."),
        (Reply(status=404), "unter dieser Adresse gibt es nichts"),
        (Reply(flat(years=("2021",)), CSV), "Was ankam, nennt ein anderes Jahr als verlangt."),
        (Reply(flat(years=("2022", "2023")), CSV), "Was ankam, nennt ein anderes Jahr als verlangt."),
        (Reply(flat(("118", "61")), CSV), "nicht alle Gebiete des Kreises"),
        (Reply(flat(code="88888"), CSV), "88888"),
        (Reply(packed({"a.csv": flat()})[:-30], "application/zip"), "beschädigt oder abgeschnitten"),
        (Reply(packed({"a.csv": b"0" * (201 * 2**20)}), "application/zip"), "beim Entpacken zu groß"),
        (Reply(flat(), CSV, cut=50), "unvollständig"),
        (Reply(b"x" * (2**20 + 1), CSV), "größer, als sie sein kann"),
        (Reply(b"", CSV), "Die Datei ist leer."),
    ],
)  # fmt: skip
def test_what_is_no_such_file_is_refused_and_changes_nothing(answer, sentence, get, place: Settings, slept):
    QUEUE[:] = [answer] * client.MANNERS.attempts
    before = tree(place.data_dir)
    told = get()
    assert told.code == 1 and sentence in told.err and "Abhilfe:" in told.err, told.err
    assert tree(place.data_dir) == before and "Traceback" not in told.err
    QUEUE.clear()
    assert get().code == 0


def test_a_redirect_of_a_plain_file_is_followed_without_anything_secret(get, place: Settings):
    with publisher(lambda _: Reply(flat(), CSV)) as other:
        elsewhere = other.address.replace("127.0.0.1", "localhost")
        QUEUE[:] = [Reply(status=302, headers={"Location": f"{elsewhere}/anderswo.csv"})]
        assert get().code == 0
        assert [asked.path for asked in other.asked] == ["/anderswo.csv"]
        assert SECRET not in str(other.asked)


def test_a_redirect_to_a_login_page_is_no_file(get, place: Settings, server: Publisher):
    page = Reply(b"\n<!doctype html><title>Anmelden</title>", "text/html")
    QUEUE[:] = [Reply(status=302, headers={"Location": f"{server.address}/login"}), page]
    before = tree(place.data_dir)
    told = get()
    assert told.code == 1 and "Statt der Datei kommt eine Webseite." in told.err and tree(place.data_dir) == before


def test_redirects_in_a_circle_end(get, place: Settings, server: Publisher):
    QUEUE[:] = [Reply(status=302, headers={"Location": f"{server.address}/rund"})] * 20
    told = get()
    assert told.code == 1 and "im Kreis um" in told.err and len(server.asked) <= client.HOPS + 1


def test_the_netrc_of_a_person_is_not_sent(get, server: Publisher, tmp_path: Path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine 127.0.0.1 login erika password {SECRET}\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    # Nor after a redirect, where the library would look again
    QUEUE[:] = [Reply(status=302, headers={"Location": f"{server.address}/anderswo.csv"})]
    assert get().code == 0 and len(server.asked) == 2
    assert not any("authorization" in asked.headers for asked in server.asked)


def test_one_file_for_each_gemeinde_makes_one_delivery(tmp_path_factory, call, place: Settings, server: Publisher):
    with with_source(tmp_path_factory.mktemp("quelle"), "probeheft", ENTRY + EACH, COLUMNS):
        told = call("fetch", "probeheft", "--year", "2022")
        assert told.code == 1 and "Die Adresse dieser Datei ändert sich mit jeder Ausgabe." in told.err
        assert "sozialatlas fetch probeheft --year 2022 --adresse ADRESSE" in told.err
        whole = flat().decode("utf-8-sig").splitlines(keepends=True)
        QUEUE[:] = [
            Reply(("\ufeff" + "".join([whole[0], *(line for line in whole if f";{key};" in line)])).encode(), CSV)
            for key in AREAS
        ]
        told = call("fetch", "probeheft", "--year", "2022", "--adresse", f"{server.address}/heft-{{ags}}-{{year}}.csv")
        assert told.code == 0, told.err
        assert [asked.path for asked in server.asked] == [f"/heft-{key}-2022.csv" for key in AREAS]
        (sheet,) = (place.data_dir / "probeheft").glob("*/lieferung.yml")
        assert [file.path.name for file in read_sheet(sheet, place.data_dir).files] == [
            f"probe_{key}_2022.csv" for key in AREAS
        ]


# ------------------------------------------------------------------------------------------------ very large archives
@pytest.fixture
def order(place: Settings, server: Publisher) -> Order:
    (found,) = choose(place, list(AREAS), PLAIN, (2022, 2022)).orders
    assert found.interface == DOWNLOAD
    return replace(found, unpacked=2**20, addresses={"gross.zip": f"{server.address}/gross.zip"})


def loaded(place: Settings, order: Order, folder: Path) -> list[Path]:
    return downloads.load(client.Client(place, Secrets()), order, folder, lambda _: None)


def test_an_archive_too_large_for_memory_is_unpacked_on_the_disk(place: Settings, order: Order, tmp_path: Path):
    QUEUE[:] = [Reply(packed({"gross.csv": flat()}), "application/zip")]
    (path,) = loaded(place, order, tmp_path)
    assert path.name == "gross.csv" and path.read_bytes() == flat() and not (tmp_path / "gross.zip").exists()


@pytest.mark.parametrize(
    "content",
    [packed({"a.csv": b"0" * (2**20 + 1)}), packed({"a.csv": b"1", "b.csv": b"2"}), packed({"a.csv": flat()})[:-9]],
    ids=["bomb", "two files", "cut"],
)
def test_and_not_beyond_what_is_agreed(content: bytes, place: Settings, order: Order, tmp_path: Path):
    QUEUE[:] = [Reply(content, "application/zip")]
    with pytest.raises(FetchError, match="Archiv"):
        loaded(place, order, tmp_path)
    assert not list(tmp_path.glob("*.csv"))
