"""Official files beside the project: tests that need them are skipped where they are absent and fail in CI."""

from __future__ import annotations

from pathlib import Path

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
