"""Fixtures for all tests. Made-up data of single tests belong to those tests."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from pipelines.settings import PROJECT_DIR

# The same examples everywhere, and no example fails because a machine is busy.
settings.register_profile("project", deadline=None, derandomize=True)
settings.load_profile("project")

# Folders whose modules share fixtures that cost whole runs
ONE_PIECE = ("tests/assets/",)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of the official files and oracles beside the project; absent on most machines, required in CI."""
    return official_files(PROJECT_DIR.parent / "shared")


def official_files(folder: Path) -> Path:
    """The folder if it is there; else the test that needs it is skipped, or fails in CI."""
    if not folder.is_dir():
        message = "amtliche Prüfdaten nicht vorhanden: ../shared fehlt"
        if in_ci():
            pytest.fail(message)
        pytest.skip(message)
    return folder


def in_ci() -> bool:
    """Whether the forge runs the tests: there everything a test needs has to be at hand."""
    return os.environ.get("CI", "").lower() == "true"


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a skipped test fails the run: what is skipped there is tested nowhere."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if in_ci() and skipped and not session.exitstatus:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        names = ", ".join(sorted({report.nodeid for report in skipped}))
        reporter.write_line(f"\nCI: {len(skipped)} Tests ausgelassen, das gilt als Fehler: {names}", red=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The marker `shared` stands at exactly the tests that read the folder, so that `-m "not shared"` leaves none."""
    for item in items:
        if ("shared" in getattr(item, "fixturenames", ())) != (item.get_closest_marker("shared") is not None):
            raise pytest.UsageError(f"marker and fixture `shared` do not agree: {item.nodeid}")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """How `make test` shares tests out: a module is one piece, because its tests share what they set up, and all of
    tests/assets is one, because its modules share whole runs. It is the longest and comes first, as in the order of
    names; a piece is begun whenever a process has done its last one."""
    from xdist.scheduler import LoadScopeScheduling

    class ByModule(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return next((folder for folder in ONE_PIECE if nodeid.startswith(folder)), nodeid.split("::")[0])

    return ByModule(config, log)
