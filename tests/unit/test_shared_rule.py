"""Official files beside the project: tests that need them are skipped where they are absent and fail in CI."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from _pytest.outcomes import Failed, Skipped


@pytest.fixture
def official_files(request: pytest.FixtureRequest):
    """The function of the conftest of all tests, as pytest loaded it."""
    plugins = request.config.pluginmanager.get_plugins()
    return next(plugin.official_files for plugin in plugins if hasattr(plugin, "official_files"))


def test_absent_files_skip_with_a_plain_message(official_files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(Skipped, match="amtliche Prüfdaten nicht vorhanden"):
        official_files(tmp_path / "shared")


def test_absent_files_fail_in_ci(official_files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CI", "true")
    with pytest.raises(Failed, match="amtliche Prüfdaten nicht vorhanden"):
        official_files(tmp_path / "shared")


def test_present_files_are_read_everywhere(official_files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CI", "true")
    assert official_files(tmp_path) == tmp_path


class _Session:
    """What pytest hands over at the end of a session with one skipped test."""

    def __init__(self) -> None:
        self.exitstatus = 0
        self.config = self
        self.pluginmanager = self
        self.lines: list[str] = []
        self.stats = {"skipped": [SimpleNamespace(nodeid="tests/test_x.py::test_y")]}

    def get_plugin(self, name: str) -> _Session:
        return self

    def write_line(self, text: str, **markup: bool) -> None:
        self.lines.append(text)


@pytest.mark.parametrize(("ci", "status"), [("true", 1), ("", 0)])
def test_a_skipped_test_fails_the_run_in_ci_only(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, ci: str, status: int
) -> None:
    monkeypatch.setenv("CI", ci)
    plugins = request.config.pluginmanager.get_plugins()
    finish = next(plugin.pytest_sessionfinish for plugin in plugins if hasattr(plugin, "official_files"))
    session = _Session()
    finish(session)
    assert session.exitstatus == status
    assert any("test_y" in line for line in session.lines) == bool(status)
