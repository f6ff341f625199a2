"""The gallery shows every figure and every status, and says in words what it shows."""

from __future__ import annotations

import importlib
import inspect
import itertools
import pkgutil
import re
from pathlib import Path

import pikepdf
import pytest
from PIL import Image, ImageChops, ImageStat

import pipelines.figures
from pipelines import german
from pipelines.contracts import WITH_VALUE
from pipelines.figures import export, style
from pipelines.figures.canvas import Label, Picture
from pipelines.publish.words import QUALITY_WORDS
from pipelines.settings import PROJECT_DIR
from tests.gallery import made_up
from tests.gallery.entries import Entry, entries
from tests.gallery.page import PDF, write_gallery, write_overview


@pytest.fixture(scope="module")
def listed() -> list[Entry]:
    return entries()


@pytest.fixture(scope="module")
def pictures(listed: list[Entry]) -> dict[str, Picture]:
    return {entry.name: entry.draw() for entry in listed}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_gallery(tmp_path_factory.mktemp("galerie") / "galerie", pages=False).parent


def _figure_functions() -> set[str]:
    """Every public function of the figures that returns a picture."""
    found = set()
    for module in pkgutil.iter_modules(pipelines.figures.__path__):
        loaded = importlib.import_module(f"pipelines.figures.{module.name}")
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            is_own = function.__module__ == loaded.__name__ and not name.startswith("_")
            if is_own and function.__annotations__.get("return") == "Picture":
                found.add(f"{module.name}.{name}")
    return found


def test_every_figure_function_has_an_entry(listed: list[Entry]) -> None:
    shown = {f"{entry.function.__module__.rpartition('.')[2]}.{entry.function.__name__}" for entry in listed}
    assert shown == _figure_functions()
    assert len({entry.name for entry in listed}) == len(listed)


@pytest.mark.parametrize(
    "kind", ["karte-zustaende", "kartenblatt", "punkte-zustaende", "felder", "alter", "index-karte"]
)
def test_every_status_without_a_value_is_hatched(pictures: dict[str, Picture], kind: str) -> None:
    drawn = set(re.findall(r'class="hatch-(\w+)"', export.svg_bytes(pictures[kind]).decode()))
    assert drawn >= set(german.NO_VALUE_STATUSES)


def test_the_made_up_rows_hold_every_status_and_verdict() -> None:
    rows = made_up.rows()
    assert set(rows["status"]) == {*WITH_VALUE, *german.NO_VALUE_STATUSES}
    assert set(rows["verdict"].drop_nulls()) == set(made_up.VERDICTS)
    assert max(map(len, rows["name"])) > 25


def test_every_figure_says_in_words_what_it_shows(pictures: dict[str, Picture]) -> None:
    for name, picture in pictures.items():
        assert len(picture.alt) > 30, name


def test_the_gallery_is_a_tagged_document_of_test_data(folder: Path, listed: list[Entry]) -> None:
    with pikepdf.open(folder / PDF) as pdf:
        assert "/StructTreeRoot" in pdf.Root
        assert len(pdf.pages) > 10
    assert {path.stem for path in (folder / "bilder").iterdir()} == {entry.name for entry in listed}
    source = (folder / "galerie.typ").read_text(encoding="utf-8")
    assert "Testdaten" in source
    for words in (*german.STATUS_WORDS.values(), *QUALITY_WORDS.values(), "Bruch zwischen zwei Jahren"):
        assert words in source


def test_the_picture_in_the_documentation_is_the_present_one(tmp_path: Path) -> None:
    kept = PROJECT_DIR / "docs" / "gallery.png"
    assert kept.stat().st_size < 400_000
    now, then = (Image.open(path).convert("RGB") for path in (write_overview(tmp_path / "gallery.png"), kept))
    assert now.size == then.size, "renew it: python -m tests.gallery --docs"
    assert max(ImageStat.Stat(ImageChops.difference(now, then)).mean) < 0.2, "renew it: python -m tests.gallery --docs"


def test_no_words_lie_on_other_words(pictures: dict[str, Picture]) -> None:
    for name, picture in pictures.items():
        boxes = [_extent(mark) for mark in picture.marks if isinstance(mark, Label)]
        touching = [
            (one[4], other[4])
            for one, other in itertools.combinations(boxes, 2)
            if one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
        ]
        assert not touching, name


def _extent(label: Label) -> tuple[float, float, float, float, str]:
    """Left, top, right, bottom of the capitals of a label in mm, a hair less than they are, and its words."""
    wide = style.text_width(label.words, label.size, label.weight, label.slant)
    left = label.x - {"left": 0, "center": 0.5, "right": 1}[label.align] * wide
    top = label.y - style.CAP_HEIGHT * label.size * style.PT
    return left + 0.1, top + 0.1, left + wide - 0.1, label.y - 0.1, label.words
