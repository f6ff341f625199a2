"""The worked example of docs/reports.md keeps the rules and renders; the page names every option of cells and heads."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from pdf import elements, spoken, tables_without_header

from pipelines.publish import open_release
from pipelines.publish.documents import render_all
from pipelines.publish.engines import Order, Place
from pipelines.publish.illustrations import Illustrations, draw
from pipelines.publish.lint import META, lint
from pipelines.publish.qmd import OPTIONS
from pipelines.publish.workspace import NOT_SOURCES
from pipelines.settings import PROJECT_DIR
from tests.fixtures.release import make_release

REPORTS = PROJECT_DIR / "reports"
TEXT = (PROJECT_DIR / "docs" / "reports.md").read_text(encoding="utf-8")
CHAPTER = re.search(r"^````markdown\n(.*?)^````$", TEXT, re.DOTALL | re.MULTILINE)
INCLUDE = re.search(r"^```markdown\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """The project's sources with the chapter of the page in the atlas."""
    assert CHAPTER and INCLUDE
    folder = tmp_path / "reports"
    shutil.copytree(REPORTS, folder, ignore=shutil.ignore_patterns(*NOT_SOURCES))
    (folder / "atlas" / "miete.qmd").write_text(CHAPTER.group(1), encoding="utf-8")
    with (folder / "atlas.qmd").open("a", encoding="utf-8") as file:
        file.write("\n" + INCLUDE.group(1))
    return folder


def test_the_chapter_keeps_every_rule(sources: Path) -> None:
    assert lint(sources) == []


def test_the_chapter_renders_with_table_map_and_references(sources: Path, tmp_path: Path) -> None:
    copy = make_release(tmp_path / "ausgabe")
    release = open_release(copy)
    karte = Illustrations(release).theme_map("W05")
    figures = draw([karte], tmp_path / "bilder")
    atlas = sources / "atlas.qmd"
    lines = atlas.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if "include" not in line or "miete" in line]
    atlas.write_text("\n".join(kept) + "\n", encoding="utf-8")
    pdf = render_all(Place(sources, copy, figures), [Order(atlas, tmp_path / "atlas.pdf")])[0]
    content = spoken(pdf).replace("-", "")  # a hyphen where a line may break is not in the text of a PDF
    for row in release.latest("W05", "gemeinde").iter_rows(named=True):
        assert release.area_row(row["area_id"])["display_name"].replace("-", "") in content
        assert f"{row['value']:.2f}".replace(".", ",") in content
    assert "Tabelle 1" in content
    assert "„Wo die Gemeinden liegen“ (Seite" in content
    assert elements(pdf, "Figure") and karte.alt in elements(pdf, "Figure")
    assert tables_without_header(pdf) == 0


def test_the_page_names_every_option() -> None:
    named = set(re.findall(r"`([\w.-]+)`", TEXT)) | {"output"}
    assert set(OPTIONS) | set(META) <= named | {"output"}
    assert "output: asis" in TEXT
