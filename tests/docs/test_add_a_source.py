"""The worked examples of docs/add-a-source.md do what they say: their files are read, their commands work."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
import yaml
from district import edit_sheet, write_district
from extended import with_source

import pipelines.contracts
from assets import cli
from pipelines.geography.areas import build_areas
from pipelines.harmonise.corrections import corrections
from pipelines.provenance import sha256
from pipelines.readers import read_gemeinden, read_source, read_sozialraeume
from pipelines.settings import PROJECT_DIR, Settings, load_settings
from pipelines.sources import maps, registry
from tests.fixtures.harmonised import build_merkmale

TEXT = (PROJECT_DIR / "docs" / "add-a-source.md").read_text(encoding="utf-8")
OFFICIAL, OWN = TEXT[TEXT.index("## An official file") :].split("## The delivery format")
OWN, INKAR = OWN.split("## INKAR")
NAME = "wohngeld_flat.csv"


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def told(monkeypatch: pytest.MonkeyPatch, command: str) -> int:
    """The exit code of a command as the page words it."""
    monkeypatch.setattr(sys, "argv", shlex.split(command))
    try:
        cli.main()
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


# --- an official file ---


@pytest.fixture
def official(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder the commands are called in: the district, and the file of the page beside it."""
    folder = write_district(tmp_path / "mein-kreis")
    edit_sheet(folder / "kreis.yml", lambda kreis: kreis["quellen"].append("wohngeld"))
    (tmp_path / NAME).write_text(blocks(OFFICIAL, "csv")[0], encoding="utf-8", newline="\n")
    entry, columns, *_ = blocks(OFFICIAL, "yaml")
    monkeypatch.chdir(tmp_path)
    with with_source(tmp_path / "programm", "wohngeld", entry, columns):
        yield tmp_path


@pytest.fixture
def delivered(official: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The district after the command `add` of the page."""
    assert told(monkeypatch, blocks(OFFICIAL, "bash")[1]) == 0
    return load_settings(official / "mein-kreis", official / "ausgabe")


def test_read_gives_the_words_of_the_column_map(official: Path, monkeypatch, capsys) -> None:
    assert told(monkeypatch, blocks(OFFICIAL, "bash")[0]) == 0
    assert "(ffcsv)" in capsys.readouterr().out
    read = pl.read_csv(official / "gelesen.csv", infer_schema=False)
    (columns,) = yaml.safe_load(blocks(OFFICIAL, "yaml")[1])["maps"]
    words = {(column["item"], column["dimensions"], column["unit"]) for column in columns["columns"]}
    assert words == set(read.select("item", "dimensions", "unit").iter_rows())


def test_add_writes_the_sheet_of_the_page(delivered: Settings) -> None:
    sheet = delivered.data_dir / "wohngeld" / "99999_2022-12-31" / registry.SHEET
    assert sheet.relative_to(delivered.data_dir.parent).as_posix() in OFFICIAL
    assert sheet.read_text(encoding="utf-8") == blocks(OFFICIAL, "yaml")[2]
    assert sha256(sheet.with_name(NAME)) in OFFICIAL


def test_the_known_error_is_corrected_and_the_indicator_is_the_one_on_the_page(delivered: Settings) -> None:
    gemeinden = read_gemeinden(delivered)
    areas, _ = build_areas(gemeinden, read_sozialraeume(delivered, gemeinden), delivered.kreis)
    raw = {source: read_source(delivered, source, gemeinden) for source in delivered.kreis.sources}
    listed = delivered.out_dir.with_name("corrections.yml")
    listed.write_text(blocks(OFFICIAL, "yaml")[3], encoding="utf-8")
    sheets = registry.all_deliveries(delivered.data_dir, delivered.kreis)
    merkmale, _ = build_merkmale(raw, areas, sheets, corrected=corrections(listed))
    here = merkmale.filter(area_id="06999002", stichtag="2022-12-31", auspraegung="insgesamt", preferred=True)
    value = {row["merkmal"]: row["wert"] for row in here.iter_rows(named=True)}
    assert (value["wohngeldhaushalte"], value["bevoelkerung"]) == (61, 6219)
    assert f"{1000 * 61 / value['bevoelkerung']:.2f} per 1 000" in OFFICIAL
    formula = yaml.safe_load(blocks(OFFICIAL, "yaml")[4])
    assert formula == {"numerator": ["wohngeldhaushalte/insgesamt"], "denominator": ["bevoelkerung/insgesamt"]}
    assert merkmale.filter(area_id="06999003", auspraegung="mit_kindern")["status"].to_list() == ["secret"]


def test_the_indicator_of_the_page_takes_the_name_of_no_other() -> None:
    (named,) = re.findall(r"free id `(\w+)`", OFFICIAL)
    assert f"trace {named} " in OFFICIAL
    catalogue = (PROJECT_DIR / "pipelines" / "indicators" / "catalogue.yml").read_text(encoding="utf-8")
    assert not re.search(rf"indicator_id: {named}\b", catalogue)


def test_the_commands_after_it_can_be_typed() -> None:
    calls = [line for block in blocks(OFFICIAL, "bash")[2:] for line in block.splitlines()]
    names = []
    for call in calls:
        command, bound, _ = cli.app.parse_args(shlex.split(call)[1:], exit_on_error=False)
        names.append(command.__name__)
        assert bound.arguments["data"] == Path("mein-kreis")
    assert names == ["check", "run", "trace"]


# --- a file nobody has mapped ---


def test_a_column_map_given_as_data_is_all_that_storing_a_file_of_inkar_needs(tmp_path, monkeypatch, capsys) -> None:
    data = write_district(tmp_path / "mein-kreis")
    (tmp_path / "inkar_2025.csv").write_text(blocks(INKAR, "csv")[0], encoding="utf-8", newline="\n")
    look, store = blocks(INKAR, "bash")
    add, check = store.splitlines()
    monkeypatch.chdir(tmp_path)
    assert told(monkeypatch, look) == 0
    (columns,) = yaml.safe_load(blocks(INKAR, "yaml")[0])["maps"][0]["columns"]
    words = pl.read_csv("inkar_gelesen.csv", infer_schema=False).with_columns(pl.col("unit").fill_null(""))
    assert (columns["item"], columns["dimensions"], columns["unit"]) in words.select(
        "item", "dimensions", "unit"
    ).rows()
    assert told(monkeypatch, add) == 1 and "noch nicht übernehmen" in capsys.readouterr().err
    monkeypatch.setattr(maps, "FOLDER", Path(shutil.copytree(maps.FOLDER, tmp_path / "maps")))
    (tmp_path / "maps" / "inkar.yml").write_text(blocks(INKAR, "yaml")[0], encoding="utf-8")
    maps.column_maps.cache_clear()
    try:
        assert told(monkeypatch, add) == 0, capsys.readouterr().err
        settings = load_settings(data)
        taken = read_source(
            replace(settings, kreis=replace(settings.kreis, sources=["inkar"])), "inkar", read_gemeinden(settings)
        )
    finally:
        maps.column_maps.cache_clear()
    figures = (
        taken.filter(edition="2025").select("area_key", "stichtag", "merkmal", "wert", "status").sort("area_key").rows()
    )
    assert figures == [
        ("06999", "2021", "testquote", 9.5, "reported"),
        ("06999001", "2021", "testquote", 11.25, "reported"),
        ("06999002", "2021", "testquote", 7.0, "reported"),
        ("06999003", "2021", "testquote", None, "missing"),
    ]
    assert shlex.split(check)[1] == "check"


# --- the delivery format ---


@pytest.fixture
def example(tmp_path: Path) -> Iterator[Path]:
    """The district of the example in the delivery format."""
    folder = write_district(tmp_path / "mein-kreis")
    entry, sheet = blocks(OWN, "yaml")
    edition = folder / "schulentlassene" / "2022"
    edition.mkdir(parents=True)
    (edition / "werte.csv").write_text(blocks(OWN, "csv")[0], encoding="utf-8", newline="\n")
    (edition / "lieferung.yml").write_text(sheet, encoding="utf-8", newline="\n")
    edit_sheet(folder / "kreis.yml", lambda kreis: kreis["quellen"].append("schulentlassene"))
    with with_source(tmp_path / "programm", "schulentlassene", entry):
        yield folder


def test_the_example_is_read(example: Path) -> None:
    settings = load_settings(example)
    read = read_source(settings, "schulentlassene", read_gemeinden(settings))
    assert read.height == 7
    assert read.filter(read["status"] == "secret")["wert"].to_list() == [None]


def test_the_command_prints_what_the_sheet_says(example: Path) -> None:
    python, *arguments = shlex.split(blocks(OWN, "bash")[0])
    assert python == "python"
    done = subprocess.run([sys.executable, *arguments], cwd=example.parent, capture_output=True, text=True, check=True)
    (file,) = registry.deliveries(example, "schulentlassene")[0].files
    assert done.stdout.split() == [file.sha256, str(file.size), str(file.rows)]


def test_the_check_command_takes_these_options() -> None:
    program, *arguments = shlex.split(blocks(OWN, "bash")[1])
    assert program == "sozialatlas"
    command, bound, _ = cli.app.parse_args(arguments, exit_on_error=False)
    assert command.__name__ == "check"
    assert bound.arguments == {"data": Path("mein-kreis"), "out": Path("ausgabe")}


def test_all_words_of_the_vocabulary_are_explained() -> None:
    columns = {column.name: column for column in pipelines.contracts.contract("raw.inkar").columns}
    for name in ("status", "quality"):
        for word in columns[name].allowed or ():
            assert f"`{word}`" in TEXT
