"""A source more than the project has, for tests: catalogue, column maps and contracts in copies that hold it.

What belongs here: what it takes to know a source, and putting everything back. What does not: files it delivers.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import pipelines.contracts
from pipelines.sources import maps, registry

CACHES = (registry.catalogue, maps.column_maps, pipelines.contracts._all)


@contextmanager
def with_source(folder: Path, source_id: str, entry: str, columns: str | None = None) -> Iterator[None]:
    """Know the source inside the block; `folder` takes the copies, `columns` is the content of its column map."""
    with pytest.MonkeyPatch.context() as patch:
        catalogue = Path(shutil.copytree(registry.CATALOGUE, folder / "catalogue"))
        (catalogue / f"{source_id}.yml").write_text(entry, encoding="utf-8")
        patch.setattr(registry, "CATALOGUE", catalogue)
        known = Path(shutil.copytree(maps.FOLDER, folder / "maps"))
        if columns is not None:
            (known / f"{source_id}.yml").write_text(columns, encoding="utf-8")
        patch.setattr(maps, "FOLDER", known)
        contracts = Path(shutil.copytree(pipelines.contracts.FOLDER, folder / "contracts"))
        for sheet, table in (("raw_merkmale", f"raw.{source_id}"), ("raw_bilanz", f"raw.{source_id}_bilanz")):
            _add_table(contracts / f"{sheet}.yml", table)
        patch.setattr(pipelines.contracts, "FOLDER", contracts)
        _forget()
        yield
    _forget()


def _add_table(path: Path, table: str) -> None:
    text = path.read_text(encoding="utf-8")
    text, found = re.subn(r"^(tables: \[.*)\]\n", rf"\1, {table}]\n", text)
    assert found == 1, path
    path.write_text(text, encoding="utf-8")


def _forget() -> None:
    for cache in CACHES:
        cache.cache_clear()
