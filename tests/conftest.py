"""Fixtures for all tests. Made-up data of single tests belong to those tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipelines.settings import PROJECT_DIR


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of the official files and oracles beside the project; absent on most machines, required in CI."""
    folder = PROJECT_DIR.parent / "shared"
    if not folder.is_dir():
        message = "amtliche Prüfdaten nicht vorhanden: ../shared fehlt"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(message)
        pytest.skip(message)
    return folder
