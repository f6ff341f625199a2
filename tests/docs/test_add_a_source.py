"""The worked example of docs/add-a-source.md does what it says: its files are read, its commands exist."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from district import edit_sheet, write_district

import pipelines.contracts
from pipelines.readers import read_gemeinden, read_source
from pipelines.settings import PROJECT_DIR, load_settings
from pipelines.sources import registry

TEXT = (PROJECT_DIR / "docs" / "add-a-source.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The district of the example, with catalogue and contracts extended in copies as the page says."""
    folder = write_district(tmp_path / "mein-kreis")
    catalogue_entry, tables, sheet = blocks("yaml")
    edition = folder / "schulentlassene" / "2022"
    edition.mkdir(parents=True)
    (edition / "werte.csv").write_text(blocks("csv")[0], encoding="utf-8", newline="\n")
    (edition / "lieferung.yml").write_text(sheet, encoding="utf-8", newline="\n")
    edit_sheet(folder / "kreis.yml", lambda kreis: kreis["quellen"].append("schulentlassene"))
    catalogue = Path(shutil.copytree(registry.CATALOGUE, tmp_path / "catalogue"))
    (catalogue / "schulentlassene.yml").write_text(catalogue_entry, encoding="utf-8")
    contracts = Path(shutil.copytree(pipelines.contracts.FOLDER, tmp_path / "contracts"))
    text = (contracts / "raw_merkmale.yml").read_text(encoding="utf-8")
    assert text.startswith(tables.strip().replace(", raw.schulentlassene", ""))
    (contracts / "raw_merkmale.yml").write_text(re.sub(r"^tables: .*\n", tables, text), encoding="utf-8")
    balances = (contracts / "raw_bilanz.yml").read_text(encoding="utf-8")
    balances = balances.replace("]", ", raw.schulentlassene_bilanz]", 1)
    (contracts / "raw_bilanz.yml").write_text(balances, encoding="utf-8")
    monkeypatch.setattr(registry, "CATALOGUE", catalogue)
    monkeypatch.setattr(pipelines.contracts, "FOLDER", contracts)
    caches = (registry.catalogue, pipelines.contracts._all)
    for cache in caches:
        cache.cache_clear()
    yield folder
    monkeypatch.undo()
    for cache in caches:
        cache.cache_clear()


def test_the_example_is_read(example: Path) -> None:
    settings = load_settings(example)
    read = read_source(settings, "schulentlassene", read_gemeinden(settings))
    assert read.height == 7
    assert read.filter(read["status"] == "secret")["wert"].to_list() == [None]


def test_the_command_prints_what_the_sheet_says(example: Path) -> None:
    python, *arguments = shlex.split(blocks("bash")[0])
    assert python == "python"
    done = subprocess.run([sys.executable, *arguments], cwd=example.parent, capture_output=True, text=True, check=True)
    (file,) = registry.deliveries(example, "schulentlassene")[0].files
    assert done.stdout.split() == [file.sha256, str(file.size), str(file.rows)]


def test_the_check_command_takes_these_options() -> None:
    from assets.cli import app

    program, *arguments = shlex.split(blocks("bash")[1])
    assert program == "sozialatlas"
    command, bound, _ = app.parse_args(arguments, exit_on_error=False)
    assert command.__name__ == "check"
    assert bound.arguments == {"data": Path("mein-kreis"), "out": Path("ausgabe")}


def test_all_words_of_the_vocabulary_are_explained() -> None:
    columns = {column.name: column for column in pipelines.contracts.contract("raw.inkar").columns}
    for name in ("status", "quality"):
        for word in columns[name].allowed or ():
            assert f"`{word}`" in TEXT
