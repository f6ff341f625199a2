"""All pages: commands work, files exist, links lead somewhere; promises, decisions and messages are real."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from pipelines.contracts import contract, tables
from pipelines.indicators.catalogue import load_catalogue
from pipelines.settings import PROJECT_DIR
from pipelines.sources.registry import precedence
from pipelines.validation.reconciliation import same_item_in_two_sources, sums_of_gemeinden
from tests.docs import pages
from tests.docs.shipped import curated

MADE_BY_A_RUN = re.compile(
    r"reports/(output|_ausgabe)/.*|data/raw/freigaben/|data/curated/.*|abbildungen/|schriften/"
    r"|\.venv.*|\.dagster/|ausgabe/.*|einzeln/.*|\.?<year>.*|lauf\.sperre"
    r"|(index\.html|manifest\.json|sozialatlas-\d{4}\.(pdf|xlsx)|karten/|steckbriefe/|vorlagen/.*|daten/.*)"
)
"""What an edition or a run leaves; the test of README holds the names to the code."""
IN_A_DELIVERY = re.compile(r"(werte\.csv|lieferung\.yml|kreis\.yml|gemeinden\.(csv|geojson)|sozialraeume\.csv)")
EXAMPLES = re.compile(
    r"mein-kreis/.*|.*(schulentlassene|wohngeld).*|inkar_2025\.csv|pipelines/sources/maps/inkar\.yml|(reports/)?atlas/(miete|x)\.qmd"
)
SHORT = {"catalogue.yml": "pipelines/indicators", "rates.py": "pipelines/indicators", "gebiete/": "data/raw"}
SHORT |= {"gebiete/sozialraeume.csv": "data/raw"} | dict.fromkeys(
    ("fachplanungen.yml", "ressourcen.yml"), "data/raw/steering"
)
ITEMS = re.compile(r"(merkmal|bevoelkerung\w*|wohnungen)/\w+")
DECISIONS = sorted((PROJECT_DIR / "docs" / "decisions").glob("*.md"))
ids = [page.relative_to(PROJECT_DIR).as_posix() for page in pages.PAGES]


@pytest.mark.parametrize("page", pages.PAGES, ids=ids)
def test_every_command_works(page: Path) -> None:
    from assets.cli import app

    makefile = (PROJECT_DIR / "Makefile").read_text(encoding="utf-8")
    for call in pages.commands(page):
        program, *arguments = shlex.split(call)
        if program == "make":
            (target,) = (word for word in arguments if "=" not in word)
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), call
        elif program == "sozialatlas":
            app.parse_args(arguments, exit_on_error=False, print_error=False)
        elif arguments[0] == "-m":
            module = PROJECT_DIR / arguments[1].replace(".", "/")
            assert (module / "__main__.py").is_file() or module.with_suffix(".py").is_file(), call
        else:
            assert arguments[0] == "-c", call
            compile(arguments[1], str(page), "exec")


def test_the_three_commands_show_their_help() -> None:
    for command in ("run", "check", "steckbrief"):
        call = [sys.executable, "-m", "assets", command, "--help"]
        done = subprocess.run(call, cwd=PROJECT_DIR, capture_output=True, text=True, encoding="utf-8")
        assert done.returncode == 0 and "--data" in done.stdout, done.stderr


@pytest.mark.parametrize("page", pages.PAGES, ids=ids)
def test_every_file_exists(page: Path) -> None:
    if page.name in ("catalogue.md", "data-dictionary.md"):  # items and columns, made by the program
        return
    skipped = (MADE_BY_A_RUN, IN_A_DELIVERY, EXAMPLES, ITEMS)
    for name in pages.files(page):
        if not any(pattern.fullmatch(name) for pattern in skipped):
            places = [PROJECT_DIR / name, page.parent / name, PROJECT_DIR / SHORT.get(name, "") / name]
            assert any(place.exists() for place in places), name


@pytest.mark.parametrize("page", pages.PAGES, ids=ids)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in pages.links(page):
        assert (page.parent / target.split("#")[0]).exists(), target


@pytest.mark.parametrize("page", pages.PAGES, ids=ids)
def test_no_page_names_a_place_of_one_machine(page: Path) -> None:
    assert not re.search(r"(?<![\w.])/(home|work|tmp|root|Users)/", pages.text(page))


def test_decisions_are_numbered_without_gap_and_have_a_status() -> None:
    assert [page.name[:4] for page in DECISIONS] == [f"{number:04d}" for number in range(1, len(DECISIONS) + 1)]
    for page in DECISIONS:
        assert re.match(rf"# {page.name[:4]} \S.*\n\nStatus: (accepted|replaced by \d{{4}})", pages.text(page)), page


def test_every_keeper_of_a_promise_exists() -> None:
    table = re.search(
        r"\| Promise \| Kept by \|\n\|---\|---\|\n((?:\|.*\n)+)", pages.text(PROJECT_DIR / "METHODOLOGY.md")
    )
    assert table
    rules = {rule.id for name in tables() for rule in contract(name).rules}
    kinds = next(set(c.allowed or ()) for c in contract("release.checks").columns if c.name == "kind")
    words = rules | kinds | set(tables())
    columns = {column.name for name in tables() for column in contract(name).columns}
    for line in table[1].splitlines():
        keepers = re.findall(r"`([^`]+)`", line.split("|")[2])
        assert keepers, line
        for keeper in keepers:
            known = keeper in words | columns or keeper == "lieferung.yml"
            assert known or (PROJECT_DIR / keeper).exists(), keeper


def test_the_changelog_tells_the_differences_that_the_checks_find() -> None:
    merkmale, said = curated()["merkmale"], " ".join(pages.text(PROJECT_DIR / "CHANGELOG.md").split())
    gaps = sums_of_gemeinden(merkmale, "06432").filter(pl.col("gap") != 0)
    assert sorted(name.split(":")[3] + ":" + name.split(":")[4] for name in gaps["check_id"]) == [
        "flaechennutzung:siedlung",
        "flaechennutzung:verkehr",
        "gesamtbetrag_der_einkuenfte:insgesamt",
    ]
    assert gaps.sort("check_id")["gap"].to_list() == [1, 1, -1]
    assert "7 081 611 against 7 081 612 thousand EUR" in said
    two = same_item_in_two_sources(merkmale).filter(pl.col("gap") != 0)
    assert [name.split(":")[1] for name in two["check_id"]] == ["flaeche", *["svb_wohnort_anteil"] * 2]
    assert two["gap"][1:].abs().max() < 0.005 and "less than 0.005 percentage points" in said
    assert "Verglichene Gebiete: 23, verschieden: 23" in two["observed"][0] and "(0,03 %)" in two["observed"][
        0
    ].replace("\u202f", " ")
    assert "All 23 Gemeinden differ, by at most 0.03 %" in said
    (order,) = (entry.sources for entry in precedence() if entry.merkmal == "flaeche")
    assert order == ("hessische_gemeindestatistik", "gemeindeverzeichnis")
    assert "For 2021 the Hessische Gemeindestatistik takes precedence" in said


def test_the_changelog_counts_the_catalogue() -> None:
    said = " ".join(pages.text(PROJECT_DIR / "CHANGELOG.md").split())
    levels = [indicator.data for indicator in load_catalogue()]
    assert f"{levels.count('gemeinde')} indicators with figures for every Gemeinde" in said
    assert f"{levels.count('kreis')} with figures for the Kreis only" in said
    assert f"{levels.count('none')} more are listed as missing" in said


def test_every_message_of_troubleshooting_is_one_of_the_program() -> None:
    folders = ("pipelines", "assets")
    sources = [path for folder in folders for path in (PROJECT_DIR / folder).rglob("*.py")] + [PROJECT_DIR / "Makefile"]
    program = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    messages = re.findall(r"^\| „(.+?)“ \|", pages.text(PROJECT_DIR / "docs" / "troubleshooting.md"), re.MULTILINE)
    assert len(messages) >= 10
    for message in messages:
        for part in message.split("…"):
            assert part in program, message


def test_the_gaps_are_read_as_operate_says(tmp_path: Path) -> None:
    from pipelines import warehouse

    page = PROJECT_DIR / "docs" / "operate.md"
    (call,) = (shlex.split(block) for block in pages.blocks(page, "bash") if "python -c" in block)
    checks = sums_of_gemeinden(curated()["merkmale"], "06432")
    warehouse.write(tmp_path / "data" / "curated" / "sozialatlas.duckdb", checks, "release.checks")
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, *call[1:]], cwd=tmp_path, env=environment, capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    assert "gesamtbetrag_der_einkuenfte" in done.stdout
