"""Nothing but the command `fetch` opens a connection: proven by calls in which every connection is a fault."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from district import write_district
from runs import environment

from pipelines.settings import PROJECT_DIR
from tests.fixtures.fetching import flat

# Stands before the call: Python itself tells of every connection, address or socket that is to be opened
FORBIDDEN = """\
import sys
def forbid(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        print("VERBINDUNG", event, arguments, file=sys.stderr, flush=True)
        raise ConnectionError("verboten: " + event)
sys.addaudithook(forbid)
"""
CALL = FORBIDDEN + "sys.argv = ['sozialatlas', *sys.argv[1:]]\nfrom assets.cli import main\nmain()\n"
NETWORK = {"aiohttp", "ftplib", "http.client", "httpx", "requests", "smtplib", "socket", "urllib.request", "urllib3"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ohne-netz")
    write_district(folder / "daten")
    (folder / "datei.csv").write_bytes(flat())
    return folder


def offline(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", CALL, *arguments],
        env=environment(), cwd=place, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip


def test_the_hook_sees_a_connection(place: Path):
    script = FORBIDDEN + "import requests\nrequests.get('http://127.0.0.1:9')\n"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=False)
    assert done.returncode != 0 and "VERBINDUNG" in done.stderr


def test_a_whole_run_its_checks_and_a_profile_open_none(place: Path):
    options = ("--data", "daten", "--out", "aus")
    for arguments in (
        ("check", *options),
        ("run", *options),
        ("steckbrief", "Musterstadt", *options),
        ("status", *options),
    ):
        done = offline(place, *arguments)
        assert done.returncode == 0 and "VERBINDUNG" not in done.stderr, done.stderr[-3000:]


@pytest.mark.parametrize("arguments", [("read", "datei.csv"), ("add", "datei.csv"), ("fetch", "--dry-run")])
def test_looking_at_a_file_and_showing_what_would_be_asked_open_none(arguments, place: Path, tmp_path: Path):
    data = shutil.copytree(place / "daten", tmp_path / "daten")
    out = () if arguments[0] == "read" else ("--out", str(tmp_path / "aus"))
    done = offline(place, *arguments, "--data", str(data), *out)
    assert "VERBINDUNG" not in done.stderr and "Traceback" not in done.stderr, done.stderr[-3000:]
    # The table is known and belongs to no source: `add` says so after it was read
    assert done.returncode == 0 or "noch nicht übernehmen" in done.stderr


def test_fetching_is_what_would_open_one(place: Path, tmp_path: Path):
    data = shutil.copytree(place / "daten", tmp_path / "daten")
    kreis = data / "kreis.yml"
    kreis.write_text(
        kreis.read_text(encoding="utf-8") + "abruf: {adressen: {gemeindeverzeichnis: 'http://127.0.0.1:9/x.xlsx'}}\n",
        encoding="utf-8",
    )
    done = offline(
        place, "fetch", "gemeindeverzeichnis", "--data", str(data), "--out", str(tmp_path / "aus"), "--year", "2021"
    )
    assert "VERBINDUNG" in done.stderr and done.returncode != 0


def imported(path: Path) -> set[str]:
    """Modules a file imports anywhere, also inside functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_only_the_room_of_fetching_knows_how_to_connect_and_only_its_command_knows_the_room():
    network, room = set(), set()
    for folder in ("pipelines", "assets"):
        for path in (PROJECT_DIR / folder).rglob("*.py"):
            name = path.relative_to(PROJECT_DIR).as_posix()
            names = imported(path)
            if names & NETWORK:
                network.add(name)
            if any(one.startswith("pipelines.fetch") for one in names) and not name.startswith("pipelines/fetch/"):
                room.add(name)
    # The lock asks for the name of this computer
    assert network == {"pipelines/fetch/client.py", "pipelines/lock.py"}
    assert room == {"assets/cli/fetch.py"}
