"""Pages of the portal in a real, headless Chromium.

What belongs here: finding and starting the browser, editions to look at, a plain file server, and a page that fails its
test when it asks another host for anything or complains. What does not: expectations about single pages.
"""

from __future__ import annotations

import functools
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from pipelines.publish.portal import write_portal
from pipelines.publish.released import Release, open_release
from tests.conftest import in_ci
from tests.fixtures.release import make_release

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
# No sandbox in containers; nothing in the background that would ask another host.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--no-first-run",
)
VIEWPORT = {"width": 1280, "height": 900}
TIMEOUT = 20_000  # ms; a busy machine takes its time


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests of this folder carry the marker."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


def chromium_path() -> str:
    """The browser's program; without one the test is skipped, or fails in CI."""
    found = next((path for name in PROGRAMS if (path := shutil.which(name))), None)
    if found is None:
        message = "Chromium nicht gefunden: Die Browsertests brauchen das Debian-Paket chromium"
        if in_ci():
            pytest.fail(message)
        pytest.skip(message)
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium_path()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@dataclass
class Visit:
    """A page with what it asked for and what it complained about."""

    page: Page
    address: str
    foreign: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str = "index.html", fragment: str = "") -> Page:
        """Open a page of the edition, wait for the explorer if it has one, and return the page."""
        self.page.goto(f"{self.address}/{path}{fragment}")
        self.ready()
        return self.page

    def ready(self) -> None:
        """Wait until the explorer shows its first map; at once where a page has none or scripts are off."""
        if self.page.context.scripts and self.page.locator("[data-explorer]").count():  # type: ignore[attr-defined]
            self.page.locator("[data-explorer=bereit] table.explorer-table").wait_for()

    def check(self) -> None:
        """No request to another host, no error in the console, nothing held back by the policy."""
        assert not self.foreign, self.foreign
        assert not self.complaints, self.complaints


@pytest.fixture(scope="session")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The portal of the made-up edition: three Gemeinden, two Beispielräume, every status."""
    folder = tmp_path_factory.mktemp("ausgabe")
    write_portal(open_release(make_release(folder)), folder)
    return folder


@pytest.fixture(scope="session")
def release(edition: Path) -> Release:
    """The figures behind `edition`."""
    return open_release(next(edition.rglob("*.duckdb")))


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="session")
def served() -> Iterator[Callable[[Path], str]]:
    """Addresses of folders on a plain file server of this machine."""
    servers: list[ThreadingHTTPServer] = []
    addresses: dict[Path, str] = {}

    def serve(folder: Path) -> str:
        if folder not in addresses:
            server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
            threading.Thread(target=server.serve_forever, daemon=True).start()
            servers.append(server)
            addresses[folder] = f"http://127.0.0.1:{server.server_port}"
        return addresses[folder]

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


Opener = Callable[..., Visit]


@pytest.fixture
def opener(browser: Browser, served: Callable[[Path], str]) -> Iterator[Opener]:
    """Opens windows on a folder: `opener(folder, by="file"|"http", scripts=True, **options of the context)`."""
    contexts: list[BrowserContext] = []
    visits: list[Visit] = []

    def open_window(folder: Path, by: str = "http", scripts: bool = True, **options: Any) -> Visit:
        window = {"viewport": VIEWPORT, "locale": "de-DE", "accept_downloads": True, **options}
        context = browser.new_context(java_script_enabled=scripts, **window)
        context.scripts = scripts  # type: ignore[attr-defined]
        context.set_default_timeout(TIMEOUT)
        contexts.append(context)
        address = folder.as_uri() if by == "file" else served(folder)
        visit = Visit(context.new_page(), address)
        _watch(visit)
        visits.append(visit)
        return visit

    yield open_window
    for context in contexts:
        context.close()
    for visit in visits:
        visit.check()


def _watch(visit: Visit) -> None:
    own = urlsplit(visit.address)

    def asked(request: Any) -> None:
        url = urlsplit(request.url)
        if url.scheme not in ("data", "blob") and (url.scheme, url.netloc) != (own.scheme, own.netloc):
            visit.foreign.append(request.url)

    def said(message: Any) -> None:
        if message.type in ("error", "warning"):
            visit.complaints.append(message.text)

    visit.page.on("request", asked)
    visit.page.on("console", said)
    visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))


@pytest.fixture
def visit(opener: Opener, edition: Path) -> Visit:
    """A window of usual size on the made-up edition, from the file server."""
    return opener(edition)


TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RULES = {"runOnly": {"type": "tag", "values": TAGS}}


def findings(page: Page) -> list[str]:
    """What axe-core finds on a page as it is now: rule, elements and how to mend them, one text each."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{entry['id']}: {node['target']} {node['failureSummary']}" for entry in found for node in entry["nodes"]]
