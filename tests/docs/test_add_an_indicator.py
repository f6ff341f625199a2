"""The worked example of docs/add-an-indicator.md works as it stands and gives the number the page names."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from pipelines import warehouse
from pipelines.contracts import contract
from pipelines.indicators.catalogue import CATALOGUE, Indicator, load_catalogue
from pipelines.settings import PROJECT_DIR
from tests.docs.shipped import released

TEXT = (PROJECT_DIR / "docs" / "add-an-indicator.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


@pytest.fixture
def extended(tmp_path: Path) -> list[Indicator]:
    """The shipped catalogue with the entry of the page at its end."""
    (entry,) = blocks("yaml")
    copy = tmp_path / "catalogue.yml"
    copy.write_text(CATALOGUE.read_text(encoding="utf-8") + entry, encoding="utf-8")
    return list(load_catalogue(copy))


@pytest.fixture
def example(extended: list[Indicator]) -> Indicator:
    shipped = {indicator.indicator_id for indicator in load_catalogue()}
    (new,) = (indicator for indicator in extended if indicator.indicator_id not in shipped)
    return new


def test_the_entry_stands_in_its_theme(extended: list[Indicator], example: Indicator) -> None:
    themes = [indicator.theme.theme_id for indicator in extended]
    assert themes == sorted(themes, key=themes.index)
    assert example.theme.name == "Wohnungen und Flächen"


def test_the_value_is_the_one_on_the_page(example: Indicator) -> None:
    values = released([example])["values"]
    kreis = values.filter(pl.col("area_level") == "kreis").row(0, named=True)
    assert (kreis["area_id"], kreis["period"], kreis["numerator"], kreis["denominator"]) == (
        "06432",
        "2021-12-31",
        44162,
        138232,
    )
    assert kreis["value"] == pytest.approx(100 * 44162 / 138232)
    assert "31.95 for area 06432 at 2021-12-31, from 44162 of 138232" in TEXT
    assert values.filter(pl.col("area_level") == "gemeinde")["value"].count() == 23


def test_every_class_holds_a_gemeinde(example: Indicator) -> None:
    values = released([example])["values"].filter(pl.col("area_level") == "gemeinde")["value"]
    classes = {sum(value >= limit for limit in example.class_limits) for value in values}
    assert classes == set(range(len(example.class_limits) + 1))


def test_the_commands_work(example: Indicator, tmp_path: Path) -> None:
    from assets.cli import app

    run, ask = (shlex.split(block) for block in blocks("bash"))
    assert run[0] == "sozialatlas"
    assert app.parse_args(run[1:], exit_on_error=False)[0].__name__ == "check"
    assert ask[0] == "python"
    warehouse.write(tmp_path / "data/curated/sozialatlas.duckdb", released([example])["values"], "indicators.values")
    shown = subprocess.run([sys.executable, *ask[1:]], cwd=tmp_path, capture_output=True, text=True, encoding="utf-8")
    assert shown.returncode == 0, shown.stderr
    assert "31.95" in shown.stdout


def test_every_word_a_field_may_have_is_one_of_the_contract() -> None:
    columns = {column.name: column.allowed for column in contract("indicators.catalogue").columns}
    for field in ("aggregation", "interval"):
        for word in columns[field] or ():
            assert f"`{word}`" in TEXT
