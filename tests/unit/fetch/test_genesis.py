"""A table of a database comes whole, says what it is, and is laid down once; whatever breaks leaves all as it was."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest
from district import edit_sheet
from extended import with_source

from pipelines.errors import FetchError
from pipelines.fetch import client, collect, genesis
from pipelines.fetch.credentials import Secrets
from pipelines.fetch.faults import Faults
from pipelines.fetch.orders import choose
from pipelines.readers import read_gemeinden, read_source
from pipelines.settings import Settings
from pipelines.sources.registry import read_sheet
from tests.fixtures.fetching import (
    AREAS,
    COLUMNS,
    ENTRY,
    GENESIS,
    HASTY,
    PLAIN,
    QUICK,
    SECRET,
    SOURCE,
    Told,
    flat,
    point,
    tree,
    written,
)
from tests.fixtures.publisher import (
    JOB,
    NOT_YET,
    ORDERED,
    TABLE,
    TOO_LARGE,
    Database,
    Publisher,
    Reply,
    about,
    archive,
    listed,
    packed,
    publisher,
    status,
)

OTHER = "99998-01-01-4"
EDITION = f"{TABLE}_2022_2025-03-31"
ABOUT, AT_ONCE, RESULTS, RESULT = (
    "2020/metadata/table",
    "2020/data/tablefile",
    "2020/catalogue/results",
    "2020/data/resultfile",
)
Fetch = Callable[..., Told]


def laid_down(place: Settings) -> Path:
    return place.data_dir / SOURCE / EDITION


def refused(place: Settings, fetch: Fetch, *sentences: str) -> Told:
    """A call that fails with these sentences, changes nothing in the data folder and shows no secret anywhere."""
    before = tree(place.data_dir)
    told = fetch()
    assert told.code == 1 and "Traceback" not in told.all, told.all
    for sentence in sentences:
        assert sentence in told.err, told.err
    assert "Abhilfe:" in told.err
    assert tree(place.data_dir) == before
    assert SECRET not in told.all and SECRET.encode() not in written(place.out_dir)
    return told


# ------------------------------------------------------------------------------------------------ what comes
def test_a_table_is_laid_down_with_its_origin_and_read_by_the_next_run(
    fetch: Fetch, place: Settings, server: Publisher
):
    told = fetch()
    assert told.code == 0, told.err
    sheet = read_sheet(laid_down(place) / "lieferung.yml", place.data_dir)
    (file,) = sheet.files
    # The hash is that of the table, whatever archive it came in
    assert file.sha256 == hashlib.sha256(flat()).hexdigest() and file.path.read_bytes() == flat()
    assert file.stand == "2025-03-31" and file.overrides["table_code"] == TABLE
    assert "127.0.0.1" in (file.notes or "") and "2025-03-31 11:18:07" in (file.notes or "")
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", sheet.retrieved) and sheet.published == "ja"
    figures = read_source(place, SOURCE, read_gemeinden(place))
    assert figures.filter(pl.col("merkmal") == "probefaelle")["wert"].sum() == 118 + 61 + 35
    assert server.paths() == [ABOUT, AT_ONCE] and server.together == 1
    assert SECRET not in told.all and SECRET.encode() not in written(place.data_dir) + written(place.out_dir)


def test_the_years_are_asked_for_and_credentials_stand_in_headers_only(fetch: Fetch, server: Publisher):
    assert fetch().code == 0
    table = server.asked[1]
    assert table.method == "POST" and table.form == {
        "area": "all", "compress": "false", "endyear": "2022", "format": "ffcsv", "language": "de", "name": TABLE,
        "quality": "off", "regionalkey": "", "regionalvariable": "", "stand": "", "startyear": "2022",
        "timeslices": "", "job": "false",
    }  # fmt: skip
    for asked in server.asked:
        assert asked.headers["username"].encode("latin-1").decode() == SECRET and asked.headers["password"] == ""
        assert asked.headers["user-agent"].startswith("sozialatlas/")
        assert SECRET not in asked.path + asked.body and "authorization" not in asked.headers


def test_several_years_come_in_one_answer(fetch: Fetch, database: Database, place: Settings):
    database.content = flat(years=("2020", "2021", "2022"))
    told = fetch(SOURCE, "--year", "2020-2022")
    assert told.code == 0, told.err
    assert (place.data_dir / SOURCE / f"{TABLE}_2020-2022_2025-03-31").is_dir()


def test_what_lies_there_in_this_revision_is_not_loaded_again(fetch: Fetch, place: Settings, server: Publisher):
    fetch()
    before = tree(place.data_dir)
    told = fetch()
    assert told.code == 0 and "liegt schon da, nichts geändert" in told.out
    assert server.paths() == [ABOUT, AT_ONCE, ABOUT] and tree(place.data_dir) == before


def test_a_revision_is_laid_down_beside_and_its_changes_are_told(fetch: Fetch, place: Settings, database: Database):
    fetch()
    before = tree(laid_down(place))
    database.about, database.content = about("01.04.2025 08:00:00h"), flat(("119", "61", "35"))
    told = fetch()
    assert told.code == 0 and f"Ausgabe {EDITION} liefert 3 dieselben Zahlen, davon mit anderem Wert: 1" in told.out
    assert (place.data_dir / SOURCE / f"{TABLE}_2022_2025-04-01").is_dir() and tree(laid_down(place)) == before


def test_a_new_stamp_on_the_same_table_is_no_new_edition(fetch: Fetch, place: Settings, database: Database):
    fetch()
    before = tree(place.data_dir)
    database.about = about("2025-04-01 08:00:00h")
    told = fetch()
    assert told.code == 0 and "liegt schon da, nichts geändert" in told.out and tree(place.data_dir) == before


def test_user_and_password_do_as_well_as_a_token(fetch: Fetch, server: Publisher, monkeypatch):
    monkeypatch.delenv("SOZIALATLAS_PROBE_TOKEN")
    monkeypatch.setenv("SOZIALATLAS_PROBE_USER", "erika.mustermann")
    monkeypatch.setenv("SOZIALATLAS_PROBE_PASSWORD", SECRET)
    told = fetch()
    assert told.code == 0 and server.asked[0].headers["username"] == "erika.mustermann"
    assert SECRET not in told.all and "erika.mustermann" not in told.all


def test_without_credentials_nothing_is_asked(place: Settings, fetch: Fetch, server: Publisher, monkeypatch):
    monkeypatch.delenv("SOZIALATLAS_PROBE_TOKEN")
    refused(
        place, fetch, "Für diese Datenbank fehlen die Zugangsdaten.", "SOZIALATLAS_PROBE_TOKEN", "docs/de/abrufen.md"
    )
    assert server.asked == []


# ------------------------------------------------------------------------------------------------ jobs
def test_a_large_table_is_ordered_as_a_job_and_waited_for(fetch: Fetch, place, server, database: Database, slept):
    database.queue["data/tablefile"] = [TOO_LARGE, ORDERED]
    database.queue["catalogue/results"] = [NOT_YET, NOT_YET, listed(f"{TABLE}_1"), listed(f"{TABLE}_1", JOB)]
    told = fetch()
    assert told.code == 0, told.err
    assert server.paths() == [ABOUT, AT_ONCE, AT_ONCE, *[RESULTS] * 4, RESULT]
    assert [asked.form["job"] for asked in server.asked if asked.path.endswith("tablefile")] == ["false", "true"]
    assert server.asked[3].form["selection"] == JOB and server.asked[-1].form["name"] == JOB
    assert slept == [10.0, 10.0, 10.0]
    assert laid_down(place).is_dir() and not list(place.curated_dir.glob("abruf/auftraege/*"))


def test_a_job_that_was_left_is_taken_up_again(fetch: Fetch, place: Settings, server, database: Database, monkeypatch):
    """The call is stopped while it waits, as by Ctrl+C or a power cut."""
    database.queue["data/tablefile"] = [TOO_LARGE, ORDERED]
    database.queue["catalogue/results"] = [NOT_YET]
    before = tree(place.data_dir)

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(client.Client, "sleep", stopped)
        assert fetch().code == 130
    assert tree(place.data_dir) == before
    (job,) = place.curated_dir.glob("abruf/auftraege/*")
    assert json.loads(job.read_text())["result"] == JOB and SECRET.encode() not in written(place.out_dir)
    server.asked.clear()
    told = fetch()
    assert told.code == 0 and "es geht dort weiter" in told.err
    assert server.paths() == [ABOUT, RESULTS, RESULT] and laid_down(place).is_dir() and not job.exists()


def test_a_job_of_another_year_is_not_taken_for_this_one(fetch: Fetch, place, server, database: Database, slept):
    database.queue["data/tablefile"], database.always["catalogue/results"] = [TOO_LARGE, ORDERED], NOT_YET
    assert fetch().code == 1
    database.always.clear()
    database.content = flat(years=("2021",))
    server.asked.clear()
    assert fetch(SOURCE, "--year", "2021").code == 0 and server.paths() == [ABOUT, AT_ONCE]


def test_a_job_of_an_earlier_revision_is_not_given_out_as_the_new_one(fetch: Fetch, place, server, database, slept):
    database.queue["data/tablefile"] = [TOO_LARGE, ORDERED, TOO_LARGE, status(99, f"… als {TABLE}_4712 …")]
    database.always["catalogue/results"] = NOT_YET
    assert fetch().code == 1
    database.always.clear()
    database.about = about("01.04.2025 08:00:00h")
    told = fetch()
    assert told.code == 0, told.err
    assert server.paths().count(AT_ONCE) == 4 and server.asked[-1].form["name"] == f"{TABLE}_4712"


def test_a_job_that_never_ends_is_left_and_at_last_ordered_anew(place, fetch: Fetch, server, database: Database, slept):
    database.queue["data/tablefile"] = [TOO_LARGE, ORDERED, TOO_LARGE, ORDERED]
    database.always["catalogue/results"] = NOT_YET
    told = refused(place, fetch, "Der Auftrag bei der Datenbank ist noch nicht fertig.", JOB)
    assert "wartet dann auf denselben Auftrag weiter" in told.err and sum(slept) == client.MANNERS.patience
    told = refused(place, fetch, "noch nicht fertig")
    assert "erteilt dann einen neuen Auftrag" in told.err
    assert server.paths().count(AT_ONCE) == 2
    refused(place, fetch, "noch nicht fertig")
    assert server.paths().count(AT_ONCE) == 4


def test_a_job_that_failed_is_forgotten(place: Settings, fetch: Fetch, database: Database, slept):
    database.queue["data/tablefile"] = [TOO_LARGE, ORDERED]
    database.queue["catalogue/results"] = [status(-1, "Der Auftrag wurde abgebrochen.")]
    refused(place, fetch, "Code -1: Der Auftrag wurde abgebrochen.")
    assert not list(place.curated_dir.glob("abruf/auftraege/*"))


def test_a_transfer_that_was_left_changes_nothing(fetch: Fetch, place: Settings, database: Database, monkeypatch):
    """The call is stopped between two pieces of the table."""
    before = tree(place.data_dir)

    def stopped(*_: object) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(genesis, "progress_text", stopped)
        assert fetch().code == 130
    assert tree(place.data_dir) == before and not list(place.curated_dir.rglob("*.teil"))
    assert fetch().code == 0 and laid_down(place).is_dir()


# ------------------------------------------------------------------------------------------------ what is refused
HTML = Reply(b"<!DOCTYPE html><html><body>Wartung</body></html>", "text/html; charset=utf-8")
WHOLE = archive(flat()).content
BOMB = packed({f"{TABLE}_1_de_flat.csv": b"0" * (201 * 2**20)})


@pytest.mark.parametrize(
    ("answer", "sentences"),
    [
        pytest.param(status(-1, "kein Datenquader gefunden!"), ["kein Datenquader", "Code -1"], id="error as 200"),
        pytest.param(NOT_YET, ["Die Datenbank hat zu dieser Auswahl nichts."], id="nothing there"),
        pytest.param(status(15, "Sie sind nicht berechtigt"), ["Code 15: Sie sind nicht berechtigt"], id="not allowed"),
        pytest.param(HTML, ["antwortet anders als vereinbart", "eine Webseite (HTML)"], id="HTML"),
        pytest.param(replace(HTML, kind="application/zip"), ["enthält nicht genau eine Tabelle"], id="HTML called zip"),
        pytest.param(Reply(b"{", "application/json"), ["antwortet anders"], id="broken JSON"),
        pytest.param(Reply(b"[]", "application/json"), ["antwortet anders"], id="other JSON"),
        pytest.param(archive(flat(), f"{TABLE}_1.csv", f"{TABLE}_2.csv"), ["nicht genau eine"], id="two tables"),
        pytest.param(Reply(packed({}), "application/zip"), ["nicht genau eine Tabelle"], id="empty archive"),
        pytest.param(archive(flat(), "12411-01-01-4_1_de.csv"), ["einer anderen Tabelle", "12411"], id="other table"),
        pytest.param(Reply(WHOLE[:-40], "application/zip"), ["beschädigt oder abgeschnitten"], id="archive cut"),
        pytest.param(Reply(BOMB, "application/zip"), ["beim Entpacken zu groß"], id="zip bomb"),
        pytest.param(archive(flat(years=("2021",))), ["nennt ein anderes Jahr", "2022", "2021"], id="wrong year"),
        pytest.param(archive(flat(years=("2021", "2022"))), ["nennt ein anderes Jahr"], id="more years"),
        pytest.param(archive(flat(code="88888")), ["nennt eine andere Tabelle", "88888"], id="wrong statistic"),
        pytest.param(archive(flat(("118", "61"))), ["nicht alle Gebiete", "06999003"], id="area absent"),
        pytest.param(
            archive(flat().replace(b"06999", b"06998")), ["nicht alle Gebiete", "fehlen 06999001"], id="other areas"
        ),
        pytest.param(archive(flat(())), ["Die Datei hat keine Datenzeile."], id="empty table"),
        pytest.param(archive(b""), ["Die Datei ist leer."], id="empty file"),
        pytest.param(archive(b"\xef\xbb\xbfa;b\n1;2\n"), ["kein bekanntes Format"], id="other CSV"),
        pytest.param(Reply(status=500), ["Der Server hat eine Störung.", "Antwort 500"], id="500"),
        pytest.param(Reply(status=401), ["die Anmeldung wurde abgelehnt", "docs/de/abrufen.md"], id="401"),
        pytest.param(Reply(status=404), ["unter dieser Adresse gibt es nichts"], id="404"),
        pytest.param(Reply(status=429), ["drosselt die Anfragen"], id="429"),
        pytest.param(replace(archive(flat()), cut=100), ["unvollständig"], id="transfer cut"),
        pytest.param(Reply(silent=True), ["nicht zu erreichen", "keine Antwort"], id="time-out"),
        pytest.param(
            Reply(b"PK", "application/zip", headers={"Content-Length": "9999"}, drip=True), ["zu langsam"], id="drip"
        ),
        pytest.param(
            Reply(b"400\r\nPK", "application/zip", headers={"Transfer-Encoding": "chunked"}),
            ["unvollständig"],
            id="chunk cut",
        ),
        pytest.param(
            Reply(b"", "application/zip", headers={"Content-Length": str(2**40)}), ["größer, als sie"], id="too large"
        ),
        pytest.param(
            Reply(packed({f"{TABLE}_1.csv": flat()}), "application/zip", headers={"Content-Encoding": "gzip"}),
            ["nicht lesen"],
            id="other encoding",
        ),
    ],
)  # fmt: skip
def test_whatever_breaks_is_told_and_changes_nothing(
    answer, sentences, place, fetch: Fetch, database, slept, monkeypatch
):
    database.always["data/tablefile"] = answer
    with monkeypatch.context() as patch:
        if answer.silent or answer.drip:
            patch.setattr(client, "MANNERS", HASTY)
        refused(place, fetch, *sentences)
    # What a publisher gives in the end is laid down
    database.always.clear()
    assert fetch().code == 0 and laid_down(place).is_dir()


@pytest.mark.parametrize(
    ("answer", "sentences"),
    [
        (about(code="12411-01-01-5"), ["mit einer anderen Tabelle", "12411-01-01-5"]),
        (about(name="12411-01-01-5"), ["mit einer anderen Tabelle", "name: 12411-01-01-5"]),
        (about(last="31.12.2021"), ["enthält das gewünschte Jahr nicht", "1995 bis 2021"]),
        (about(updated=""), ["antwortet anders als vereinbart"]),
        (HTML, ["eine Webseite (HTML)"]),
        (archive(b"x"), ["eine Antwort als JSON"]),
    ],
)
def test_a_table_that_is_not_the_one_meant_is_not_loaded(answer, sentences, place, fetch: Fetch, server, database):
    database.about = answer
    refused(place, fetch, *sentences)
    assert server.paths() == [ABOUT]


def test_a_file_that_was_loaded_and_not_taken_is_named_and_can_be_looked_at(fetch: Fetch, database, call):
    database.content = flat(years=("2021",))
    told = fetch()
    (path,) = re.findall(r"Die geladene Datei liegt unter (.+)", told.err)
    assert Path(path).read_bytes() == flat(years=("2021",))


def test_without_a_source_everything_is_asked_that_the_district_expects(call, server: Publisher):
    told = call("fetch", "--year", "2022", "--dry-run")
    assert told.code == 0 and "Von Hand zu beschaffen" in told.out and "wahlen" in told.out and SOURCE in told.out


@pytest.fixture
def two(tmp_path: Path) -> Iterator[str]:
    """A source of two tables at one server."""
    orders = "".join(
        f"    - {{table: {table}, levels: [gemeinde], items: [probefaelle], from: 2000}}\n" for table in (TABLE, OTHER)
    )
    entry = GENESIS.partition("  orders:\n")[0] + "  orders:\n" + orders
    with with_source(tmp_path, "probezwei", ENTRY + entry, COLUMNS):
        yield "probezwei"


@pytest.mark.parametrize(("status_code", "asked"), [(401, [ABOUT]), (500, [ABOUT] * 6)])
def test_a_fault_of_one_table_does_not_stop_the_next_but_a_refused_login_does(
    status_code: int, asked: list[str], two: str, call, place: Settings, server: Publisher, database: Database, slept
):
    addresses = {two: f"{server.address}/rest/2020"}
    edit_sheet(place.data_dir / "kreis.yml", lambda kreis: kreis.update(abruf={"adressen": addresses}))
    database.always["metadata/table"] = Reply(status=status_code)
    told = call("fetch", two, "--year", "2022")
    assert told.code == 1 and server.paths() == asked
    assert ("Nicht gefragt: derselbe Server, derselbe Fehler wie oben." in told.err) == (status_code == 401)
    assert f"Nicht abgerufen: {two}, Tabelle {TABLE}, Jahr 2022; {two}, Tabelle {OTHER}, Jahr 2022." in told.err


def test_credentials_that_cannot_be_sent_do_not_stop_a_plain_file(place: Settings, server: Publisher, monkeypatch):
    monkeypatch.setenv("SOZIALATLAS_PROBE_TOKEN", "ab\ncd")
    orders = [choose(place, list(AREAS), name, (2022, 2022)).orders[0] for name in (SOURCE, PLAIN)]
    with publisher(lambda _: Reply(flat(), "text/csv")) as files:
        orders[1] = replace(orders[1], addresses={"probe_2022.csv": f"{files.address}/probe_2022.csv"})
        first, second = collect.fetch(place, orders, today="2025-05-01")
    assert first.fault is not None and "nicht senden" in first.fault.what and second.added is not None
    assert server.asked == []


# ------------------------------------------------------------------------------------------------ patience
@pytest.mark.parametrize(
    "hurdle",
    [
        Reply(status=500),
        Reply(status=503),
        Reply(status=429, headers={"Retry-After": "7"}),
        Reply(status=429, headers={"Retry-After": "bald"}),
        replace(archive(flat()), cut=50),
        Reply(silent=True),
    ],
    ids=["500", "503", "429", "429 without time", "cut", "time-out"],
)
def test_what_passes_is_waited_out(hurdle: Reply, fetch: Fetch, place, server, database: Database, slept, monkeypatch):
    monkeypatch.setattr(client, "MANNERS", HASTY if hurdle.silent else QUICK)
    database.queue["data/tablefile"] = [hurdle, hurdle]
    told = fetch()
    assert told.code == 0, told.err
    assert server.paths() == [ABOUT, AT_ONCE, AT_ONCE, AT_ONCE] and "Neuer Versuch in" in told.err
    assert laid_down(place).is_dir()
    assert slept == ([7.0, 7.0] if hurdle.headers == {"Retry-After": "7"} else [0.0, 0.0])


def test_a_server_may_name_the_moment_until_which_to_wait(fetch: Fetch, database: Database, slept):
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    database.queue["data/tablefile"] = [Reply(status=503, headers={"Retry-After": until})]
    assert fetch().code == 0
    (waited,) = slept
    assert 0 <= waited <= 30


def test_between_attempts_it_waits_longer_each_time(place: Settings, fetch: Fetch, database, slept, monkeypatch):
    monkeypatch.setattr(client, "MANNERS", replace(client.Manners(), pause=0.0))
    database.always["data/tablefile"] = Reply(status=500)
    refused(place, fetch, "Störung")
    assert slept == [2.0, 4.0, 8.0]


def test_a_server_that_wants_long_peace_gets_it(place, fetch: Fetch, server, database: Database, slept):
    database.always["data/tablefile"] = Reply(status=429, headers={"Retry-After": "3600"})
    refused(place, fetch, "drosselt", "wieder in 3600 Sekunden")
    assert server.paths() == [ABOUT, AT_ONCE] and slept == []


def test_the_order_of_a_job_is_not_repeated_unless_the_server_says_it_did_nothing(
    place, fetch, server, database, slept
):
    database.queue["data/tablefile"] = [TOO_LARGE, Reply(status=500), TOO_LARGE, Reply(status=429), ORDERED]
    refused(place, fetch, "Störung")
    assert server.paths() == [ABOUT, AT_ONCE, AT_ONCE]
    assert fetch().code == 0


def test_between_two_requests_lies_a_pause(fetch: Fetch, server, monkeypatch, slept):
    monkeypatch.setattr(client, "MANNERS", replace(client.MANNERS, pause=5.0))
    assert fetch().code == 0
    (pause,) = slept
    assert 4.0 < pause <= 5.0


def test_the_district_can_ask_for_a_longer_pause(fetch: Fetch, place: Settings, server, slept):
    point(place.data_dir, server.address, pause=9)
    assert fetch().code == 0 and 8.0 < slept[0] <= 9.0


def test_two_calls_do_not_ask_at_once(place: Settings, fetch: Fetch, server):
    from pipelines.lock import NAME, _self

    folder = place.curated_dir / "abruf"
    folder.mkdir(parents=True)
    (folder / NAME).write_text(json.dumps(_self() | {"host": "anderswo"}), encoding="utf-8")
    refused(place, fetch, "Ein anderer Abruf läuft gerade.", "anderswo")
    assert server.asked == []


# ------------------------------------------------------------------------------------------------ where it goes
def test_a_redirect_does_not_carry_credentials_away(place: Settings, fetch: Fetch, database: Database):
    with publisher(Database(flat())) as other:
        elsewhere = other.address.replace("127.0.0.1", "localhost")
        for code in (301, 302, 307, 308):
            database.about = Reply(status=code, headers={"Location": f"{elsewhere}/rest/2020/metadata/table"})
            refused(place, fetch, "mit Zugangsdaten folgt das Programm keiner Umleitung", "localhost")
        assert other.asked == []


def test_a_redirect_over_an_open_address_is_refused():
    """Also when it ends at an encrypted one: on the way anybody could have changed where it leads."""
    hops = [SimpleNamespace(url="https://amt.example/a"), SimpleNamespace(url="http://amt.example/b")]
    answer = SimpleNamespace(url="https://amt.example/c", history=hops, status_code=200, headers={})
    request = client.Ask("https://amt.example/a", plain=True)
    with pytest.raises(FetchError, match="leitet auf eine unverschlüsselte Adresse um"):
        Faults(Secrets(), client.MANNERS).refuse_status(request, answer)  # type: ignore[arg-type]


def test_a_publisher_is_told_who_asks(fetch: Fetch, call, place: Settings, server: Publisher):
    point(place.data_dir, server.address, kontakt="Erika Mustermann <erika@kreis.example>")
    assert fetch().code == 0
    agent = server.asked[0].headers["user-agent"]
    assert agent.startswith("sozialatlas/") and agent.endswith("; Erika Mustermann <erika@kreis.example>)")
    assert f"Jede Anfrage nennt: {agent}" in call("fetch", SOURCE, "--year", "2022", "--dry-run").out


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_is_told_on_a_terminal_and_passes_quietly_elsewhere(terminal: bool, fetch: Fetch, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    if terminal:
        monkeypatch.setenv("FORCE_COLOR", "1")
    told = fetch()
    assert told.code == 0 and f"{SOURCE}, Tabelle {TABLE}, Jahr 2022: " in told.err
    assert ("\x1b[" in told.err) == terminal and " MB" not in (told.out if terminal else told.all)


def test_a_dry_run_shows_what_goes_out_and_asks_nothing(call, place: Settings, server: Publisher):
    before = tree(place.data_dir)
    told = call("fetch", SOURCE, "--year", "2022", "--dry-run")
    assert told.code == 0 and server.asked == [] and tree(place.data_dir) == before and SECRET not in told.all
    call("fetch", SOURCE, "--year", "2022")
    lines = [line.strip() for line in told.out.splitlines()]
    for asked in server.asked:
        at = lines.index(f"{asked.method} {server.address}{asked.path}")
        assert lines[at + 1 : at + 4] == ["username: ********", "password: (leer)", asked.body]
    assert "Umgebungsvariable SOZIALATLAS_PROBE_TOKEN" in told.out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["probestatistick"], "Eine Quelle mit diesem Namen gibt es nicht."),
        (["wahlen"], "Diese Quelle ist von Hand zu beschaffen."),
        ([SOURCE, "--year", "1990"], "Für dieses Jahr gibt es die Quelle nicht."),
        ([SOURCE, "--year", "bald"], "Das Jahr hat nicht die vereinbarte Form."),
        ([SOURCE, "--year", "2022-2020"], "Das Jahr hat nicht die vereinbarte Form."),
        ([SOURCE, "--tabelle", "12411-01-01-4"], "Diese Tabelle der Quelle kann der Atlas nicht abrufen."),
        (["--tabelle", TABLE], "Tabelle und Adresse gehören zu einer Quelle."),
        (
            [SOURCE, "--adresse", "http://anderswo.example/x"],
            "Eine Adresse zum Abrufen hat nicht die vereinbarte Form.",
        ),
        ([SOURCE, "--adresse", "https://anderswo.example/"], "denn an sie gehen Zugangsdaten"),
        ([SOURCE, "--adresse", f"https://erika:{SECRET}@x.example/"], "Eine Adresse zum Abrufen hat nicht"),
    ],
)
def test_a_call_that_cannot_be_meant_is_told(arguments, sentence, call, server):
    told = call("fetch", *arguments)
    assert told.code == 1 and sentence in told.err and "Abhilfe:" in told.err and server.asked == []
    assert SECRET not in told.all


def test_a_table_nobody_takes_is_kept_only_where_its_source_is_named(call, place: Settings, tmp_path: Path):
    file = tmp_path / "tabelle.csv"
    file.write_bytes(flat(code="88888"))
    told = call("add", file)
    assert told.code == 1 and "Diese Tabelle kann der Atlas lesen, aber noch nicht übernehmen." in told.err
    told = call("add", file, "--quelle", "genesis_online")
    assert told.code == 0 and "ein Lauf liest sie nicht" in told.out
    assert (place.data_dir / "genesis_online" / "2022-12-31" / "tabelle.csv").read_bytes() == flat(code="88888")
