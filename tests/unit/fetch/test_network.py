"""The way out: a proxy and certificates of the house are used, from the environment before the settings."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme
from district import edit_sheet

from pipelines.errors import InputError
from pipelines.settings import Settings, load_settings
from tests.fixtures.fetching import SECRET, SOURCE, Told, flat, point
from tests.fixtures.publisher import Database, Publisher, publisher

Fetch = Callable[..., Told]


@pytest.fixture
def proxy() -> Iterator[Publisher]:
    """A proxy that answers in place of the database."""
    with publisher(Database(flat())) as running:
        yield running


def through(proxy: Publisher) -> bool:
    return [asked.path.partition("/rest")[0] for asked in proxy.asked] == ["http://127.0.0.1:9"] * 2


def test_the_proxy_of_the_settings_is_used(fetch: Fetch, place: Settings, proxy: Publisher):
    point(place.data_dir, "http://127.0.0.1:9", proxy=proxy.address)
    told = fetch()
    assert told.code == 0 and through(proxy), told.err


def test_the_environment_goes_before_the_settings(fetch: Fetch, place: Settings, proxy: Publisher, monkeypatch):
    point(place.data_dir, "http://127.0.0.1:9", proxy="http://127.0.0.1:10")
    monkeypatch.setenv("http_proxy", proxy.address.replace("//", f"//erika:{'kennwort-4711'}@"))
    told = fetch()
    assert told.code == 0 and through(proxy), told.err
    assert "kennwort" not in told.all and proxy.asked[0].headers["proxy-authorization"].startswith("Basic ")


def test_a_host_that_is_excepted_is_asked_directly(fetch: Fetch, place: Settings, server, proxy, monkeypatch):
    point(place.data_dir, server.address, proxy=proxy.address)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert fetch().code == 0 and proxy.asked == [] and len(server.asked) == 2


def test_a_proxy_that_is_not_there_is_told(fetch: Fetch, place: Settings, slept, monkeypatch):
    point(place.data_dir, "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", f"http://erika:{'kennwort-4711'}@127.0.0.1:10")
    told = fetch()
    assert told.code == 1 and "der Proxy antwortet nicht oder lehnt ab" in told.err and "docs/operate.md" in told.err
    assert "kennwort" not in told.all and SECRET not in told.all


def test_credentials_of_a_proxy_are_refused_in_the_settings(place: Settings):
    edit_sheet(place.data_dir / "kreis.yml", lambda kreis: kreis.update(abruf={"proxy": "http://a:kennwort@proxy:1"}))
    with pytest.raises(InputError, match="Zugangsdaten eines Proxys") as fault:
        load_settings(place.data_dir)
    assert "kennwort" not in str(fault.value)


@pytest.mark.parametrize(
    ("entry", "column"),
    [({"proxi": "http://proxy"}, "abruf.proxi"), ({"pause": 0}, "abruf.pause"), ({"adressen": {"x": 1}}, "adressen.x")],
)
def test_a_wrong_entry_is_named(place: Settings, entry, column: str):
    edit_sheet(place.data_dir / "kreis.yml", lambda kreis: kreis.update(abruf=entry))
    with pytest.raises(InputError, match=column):
        load_settings(place.data_dir)


# ------------------------------------------------------------------------------------------------ certificates
@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secure(authority: trustme.CA) -> Iterator[Publisher]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with publisher(Database(flat()), context) as running:
        yield running


@pytest.fixture
def pem(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "haus.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


def test_an_unknown_authority_is_not_trusted(fetch: Fetch, place: Settings, secure: Publisher):
    point(place.data_dir, secure.address)
    told = fetch()
    assert told.code == 1 and "Dem Zertifikat des Servers wird nicht vertraut." in told.err and secure.asked == []
    assert "REQUESTS_CA_BUNDLE" in told.err and SECRET not in told.all


def test_the_authority_of_the_house_is_trusted(fetch: Fetch, place: Settings, secure: Publisher, pem: Path):
    point(place.data_dir, secure.address, zertifikate=str(pem))
    told = fetch()
    assert told.code == 0 and len(secure.asked) == 2, told.err


def test_also_when_the_environment_names_it(fetch: Fetch, place: Settings, secure: Publisher, pem: Path, monkeypatch):
    point(place.data_dir, secure.address)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(pem))
    assert fetch().code == 0 and len(secure.asked) == 2


def test_a_certificate_for_another_host_is_refused(fetch: Fetch, place: Settings, secure: Publisher, pem: Path):
    point(place.data_dir, secure.address.replace("127.0.0.1", "localhost"), zertifikate=str(pem))
    told = fetch()
    assert told.code == 1 and "nicht vertraut" in told.err and secure.asked == []


def test_certificates_that_are_not_there_are_told(fetch: Fetch, place: Settings, secure: Publisher):
    point(place.data_dir, secure.address, zertifikate="/nirgends/haus.pem")
    told = fetch()
    assert told.code == 1 and "Die Datei mit den Zertifikaten fehlt." in told.err


def test_the_source_of_these_tests_has_an_encrypted_address_in_the_catalogue(call, place: Settings):
    edit_sheet(place.data_dir / "kreis.yml", lambda kreis: kreis.pop("abruf"))
    assert "POST https://datenbank.example/rest/2020/metadata/table" in call("fetch", SOURCE, "--dry-run").out
