"""Nothing but the command `fetch` opens a connection: proven by calls that cannot, nor can any program they start.

A whole run with all documents is held to the same in `tests/assets/test_offline.py`.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pypandoc
import pytest
from district import edit_sheet, write_district
from runs import environment

from pipelines.settings import PROJECT_DIR
from tests.fixtures import sealed
from tests.fixtures.fetching import flat
from tests.fixtures.publisher import Publisher, Reply, publisher

NETWORK = {"aiohttp", "ftplib", "http.client", "httpx", "requests", "smtplib", "socket", "urllib.request", "urllib3"}
KILLED = -31  # by SIGSYS
SCRIPT = """\
import pathlib, subprocess, sys
from tests.fixtures.sealed import seal
seal(pathlib.Path(sys.argv[1]))
if sys.argv[2] == "here":
    import requests
    requests.get(sys.argv[3])
sys.exit(abs(subprocess.run(sys.argv[2:]).returncode))
"""
STREAM = "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])))"
DATAGRAM = "import socket, sys; socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', int(sys.argv[1])))"
LOCAL = "import socket; here, there = socket.socketpair(); here.send(b'x'); assert there.recv(1) == b'x'"


@pytest.fixture(scope="module")
def server() -> Iterator[Publisher]:
    with publisher(lambda _: Reply(b"<p>da</p>", "text/html")) as running:
        yield running


def tried(folder: Path, *words: str) -> tuple[int, str]:
    """A call under the seal: its exit code, that of a program it starts, and what was noted."""
    noted = folder / "verbindungen.txt"
    command = [sys.executable, "-c", SCRIPT, str(noted), *words]
    done = subprocess.run(command, env=environment(), capture_output=True, check=False)
    return done.returncode, sealed.tried(noted)


def test_the_seal_sees_what_python_tries(server: Publisher, tmp_path: Path):
    code, noted = tried(tmp_path, "here", server.address)
    assert code == 1 and "127.0.0.1" in noted and server.asked == []


@pytest.mark.skipif(sys.platform != "linux", reason="nur der Kern von Linux verbietet auch fremden Programmen das Netz")
def test_the_seal_ends_every_program_that_tries(server: Publisher, tmp_path: Path):
    """Python that knows nothing of the seal, over both kinds of socket, and a program that is no Python."""
    port = server.address.rpartition(":")[2]
    for program in (
        [sys.executable, "-c", STREAM, port],
        [sys.executable, "-c", DATAGRAM, port],
        [pypandoc.get_pandoc_path(), "--from=html", server.address],
    ):
        assert tried(tmp_path, *program) == (-KILLED, "")
    assert server.asked == []
    # What stays on this computer is no connection; and without the seal the program does reach the server
    assert tried(tmp_path, sys.executable, "-c", LOCAL) == (0, "")
    free = subprocess.run([pypandoc.get_pandoc_path(), "--from=html", server.address], capture_output=True, check=False)
    assert free.returncode == 0 and b"da" in free.stdout and len(server.asked) == 1


def test_looking_at_files_and_showing_what_would_be_asked_open_none_and_fetching_would(tmp_path: Path):
    where = ("--data", write_district(tmp_path / "daten"), "--out", tmp_path / "aus")
    abruf = {"adressen": {"gemeindeverzeichnis": "https://127.0.0.1:9/x.xlsx"}}
    edit_sheet(tmp_path / "daten" / "kreis.yml", lambda kreis: kreis.update(abruf=abruf))
    file = tmp_path / "datei.csv"
    file.write_bytes(flat())
    done = sealed.calls(tmp_path, ("read", file), ("add", file, *where), ("fetch", "--dry-run", *where))
    # The table is known and belongs to no source: `add` says so after it was read
    assert done.codes == [0, 1, 0] and "noch nicht übernehmen" in done.stderr, done.stderr
    assert done.tried == "" and "Traceback" not in done.stderr
    done = sealed.calls(tmp_path, ("fetch", "gemeindeverzeichnis", "--year", "2021", *where))
    assert done.codes == [1] and "127.0.0.1" in done.tried


def imported(text: str) -> set[str]:
    """Modules a program imports anywhere, also inside functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_only_the_room_of_fetching_knows_how_to_connect_and_only_its_command_knows_the_room():
    network, room = set(), set()
    words = {word.partition(".")[0] for word in NETWORK} | {"pipelines.fetch"}
    for folder in ("pipelines", "assets"):
        for path in (PROJECT_DIR / folder).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            if not any(word in text for word in words):
                continue
            name = path.relative_to(PROJECT_DIR).as_posix()
            names = imported(text)
            if names & NETWORK:
                network.add(name)
            if any(one.startswith("pipelines.fetch") for one in names) and not name.startswith("pipelines/fetch/"):
                room.add(name)
    # The lock asks for the name of this computer
    assert network == {"pipelines/fetch/client.py", "pipelines/fetch/faults.py", "pipelines/lock.py"}
    assert room == {"assets/cli/fetch.py"}
