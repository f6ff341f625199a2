"""Pages of the portal in a real, headless Chromium.

What belongs here: finding and starting the browser, editions to look at, a plain file server, and a page that fails its
test when it asks another host for anything or complains. What does not: expectations about single pages.
"""

from __future__ import annotations

import functools
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
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
from tests.fixtures.filled import make_filled

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
VIEWPORT: Any = {"width": 1280, "height": 900}
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
    scripts: bool = True
    foreign: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str = "index.html", fragment: str = "") -> Page:
        """Open a page of the edition, wait for the explorer if it has one, and return the page."""
        self.page.goto(f"{self.address}/{path}{fragment}")
        self.ready()
        return self.page

    def ready(self) -> None:
        """Wait until the explorer shows its first map; at once where a page has none or scripts are off."""
        if self.scripts and self.page.locator("[data-explorer]").count():
            self.page.locator("[data-explorer=bereit] table.explorer-table").wait_for()

    def check(self) -> None:
        """No request to another host, no error in the console, nothing held back by the policy."""
        assert not self.foreign, self.foreign
        assert not self.complaints, self.complaints


@pytest.fixture(scope="session")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The portal of the made-up edition: three Gemeinden, two Beispielräume, every status, filled registers."""
    folder = tmp_path_factory.mktemp("ausgabe")
    write_portal(open_release(make_filled(folder)), folder)
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
    visits: list[Visit] = []
    with ExitStack() as open_contexts:

        def open_window(folder: Path, by: str = "http", scripts: bool = True, **options: Any) -> Visit:
            context = open_contexts.enter_context(_context(browser, scripts, **options))
            visit = Visit(context.new_page(), folder.as_uri() if by == "file" else served(folder), scripts)
            _watch(visit)
            visits.append(visit)
            return visit

        yield open_window
    for visit in visits:
        visit.check()


@contextmanager
def _context(browser: Browser, scripts: bool, **options: Any) -> Iterator[BrowserContext]:
    window = {"viewport": VIEWPORT, "locale": "de-DE", "accept_downloads": True, **options}
    context = browser.new_context(java_script_enabled=scripts, **window)
    context.set_default_timeout(TIMEOUT)
    yield context
    context.close()


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


@pytest.fixture(scope="session")
def window(browser: Browser, served: Callable[[Path], str], edition: Path) -> Iterator[Visit]:
    """One window of usual size on the made-up edition, shared by all tests that need no other."""
    with _context(browser, scripts=True) as context:
        visit = Visit(context.new_page(), served(edition))
        _watch(visit)
        yield visit


@pytest.fixture
def visit(window: Visit) -> Iterator[Visit]:
    """The shared window as if just opened: empty page, usual size, screen colours."""
    page = window.page
    page.goto("about:blank")  # else an address that differs in its fragment only would not load the page again
    page.set_viewport_size(VIEWPORT)
    page.emulate_media(media="null", color_scheme="null", reduced_motion="null", forced_colors="null")
    window.foreign.clear()
    window.complaints.clear()
    yield window
    window.check()


AXE_RULES: dict[str, Any] = {
    "all": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "colours": {"type": "rule", "values": ["color-contrast"]},
}
AXE_RUN = """async (only) => (await axe.run(document, {runOnly: only, resultTypes: ["violations"]})).violations
    .flatMap((found) => found.nodes.map((node) => `${found.id}: ${node.target} ${node.failureSummary}`))"""


def findings(page: Page, rules: str = "all") -> list[str]:
    """What axe-core finds on a page as it is now: rule, elements and how to mend them, one text each.

    `rules` is a key of AXE_RULES: „colours“ is enough for a page that differs from a checked one in its colours only.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(_axe())
    return page.evaluate(AXE_RUN, AXE_RULES[rules])


@functools.cache
def _axe() -> str:
    from axe_playwright_python.sync_playwright import Axe

    return Axe().axe_script


def findings_in_both_schemes(page: Page) -> dict[str, list[str]]:
    """Findings on a light and on a dark screen, without those that have none; structure is checked once."""
    page.emulate_media(color_scheme="light")
    found = {"light": findings(page)}
    page.emulate_media(color_scheme="dark")
    found["dark"] = findings(page, "colours")
    return {scheme: entries for scheme, entries in found.items() if entries}
