"""A source rendered by hand with the quarto program finds its figures and font beside it; an engine brings its own."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from pipelines.publish import open_release, prepare
from pipelines.publish.standalone import ENGINE_VARIABLE, FONTS
from pipelines.settings import PROJECT_DIR
from tests.fixtures.release import make_release


def test_figures_and_font_lie_beside_a_source_rendered_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release = open_release(make_release(tmp_path / "ausgabe"))
    monkeypatch.delenv(ENGINE_VARIABLE, raising=False)
    (tmp_path / "reports").mkdir()
    monkeypatch.chdir(tmp_path / "reports")
    prepare(release)
    assert Path("abbildungen/planungsraeume.svg").is_file()
    fonts = yaml.safe_load((PROJECT_DIR / "reports/_quarto.yml").read_text(encoding="utf-8"))["format"]["typst"][
        "font-paths"
    ]
    assert fonts == [FONTS]
    assert Path(FONTS, "SourceSansPro-Semibold.ttf").is_file()


def test_an_engine_that_brings_both_gets_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENGINE_VARIABLE, "embedded")
    monkeypatch.chdir(tmp_path)
    prepare(open_release(make_release(tmp_path / "ausgabe")))
    assert [entry.name for entry in tmp_path.iterdir()] == ["ausgabe"]
