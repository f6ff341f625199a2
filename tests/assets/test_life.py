"""One whole life of an edition on the miniature district, by the commands a user calls, with files of every kind."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import polars as pl
import pytest
from district import rehash, werte
from openpyxl import load_workbook
from pdf import pages, spoken
from runs import content
from stale import STEPS, behind

from assets import cli
from assets.plan import make_plan
from assets.steps import Check, Step
from pipelines import german
from pipelines.errors import AtlasError
from pipelines.publish import archive, papers
from pipelines.settings import Settings, load_settings
from pipelines.trace import trace

REASON = "Zahl der Arbeitslosen in Musterstadt falsch übertragen"
CHECKED = ("freigeben", "--geprueft-von", "Erika Mustermann", "--rolle", "Sozialplanung", "--datum")
APPROVED = ("freigeben", "--freigegeben-von", "Max Beispiel", "--rolle", "Sozialdezernat", "--datum")

COMMITTEE = papers.COMMITTEE_PAPER.name
# Of the atlas: state and imprint, figures and tables of an indicator that is corrected, corrections
CHAPTERS = ("vorspann", "erwerb", "berichtigungen")


@dataclass
class Life:
    """What the commands said, and what the edition was like after each of them."""

    settings: Settings
    said: dict[str, str] = field(default_factory=dict)
    marks: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    released: dict[str, str] = field(default_factory=dict)
    ran: list[Step | Check] = field(default_factory=list)
    renewed: dict[str, str] = field(default_factory=dict)
    afresh: dict[str, str] = field(default_factory=dict)
    checks: list[list[tuple[str, str]]] = field(default_factory=list)

    def call(self, *words: str) -> str:
        """What `sozialatlas` prints; raises what it refuses."""
        told = io.StringIO()
        options = ("--data", str(self.settings.data_dir), "--out", str(self.settings.out_dir))
        with contextlib.redirect_stdout(told):
            cli.app([*words, *options], exit_on_error=False, print_error=False, result_action="return_value")
        return told.getvalue()

    def step(self, name: str, *words: str) -> None:
        """Call, and keep what every printed sheet says of its state."""
        self.said[name] = self.call(*words)
        self.marks[name] = sheets(self.settings.output_dir)

    def run_after_a_delivery(self) -> None:
        """Call `run`, and note which steps and checks ran and what the edition is then."""
        with pytest.MonkeyPatch.context() as patch:
            for kind in (Step, Check):
                patch.setattr(kind, "call", self._noting(kind.call))
            self.said["neu"] = self.call("run")
        self.renewed = content(self.settings.output_dir)
        self.checks = [checks_released(self.settings), checks_that_wait(self.settings)]

    def _noting(self, inner: Any) -> Any:
        def noted(unit: Step | Check, *arguments: Any) -> Any:
            self.ran.append(unit)
            return inner(unit, *arguments)

        return noted

    def refused(self, *words: str) -> str:
        """The message of a call that must be refused, and that changes nothing."""
        folders = (self.settings.data_dir, self.settings.output_dir)
        before = [content(folder) for folder in folders]
        with pytest.raises(AtlasError) as fault:
            self.call(*words)
        assert [content(folder) for folder in folders] == before
        return fault.value.message()


def sheets(folder: Path) -> dict[str, list[str]]:
    """Text of every page of every PDF, every page of the portal, every map, and the foot of every workbook sheet.

    Without the committee paper: it stays a draft of its own until somebody has written what is open in it.
    """
    pages.cache_clear()  # the same path holds another document after each step
    book: Any = load_workbook(next(folder.glob("*.xlsx")))
    return {
        "pdf": [page for path in sorted(folder.rglob("*.pdf")) if path.stem != COMMITTEE for page in pages(path)],
        "html": [path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.html"))],
        "karten": [path.read_text(encoding="utf-8") for path in sorted(folder.glob("karten/*.svg"))],
        "xlsx": [str(sheet.oddFooter.right.text) for sheet in book],
    }


def deliver_another_figure(settings: Settings) -> None:
    """Thirty more unemployed people in the first Gemeinde, as a corrected file of the same edition."""
    path = werte(settings.data_dir, "inkar")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if (row["ags"], row["merkmal"], row["stichtag"]) == ("06999001", "arbeitslose_jahresdurchschnitt", "2022"):
            row["wert"] = str(int(row["wert"]) + 30)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    rehash(settings.data_dir)


def checks_released(settings: Settings) -> list[tuple[str, str]]:
    """Table and id of every check the edition tells of, without those that follow the release."""
    rows = archive.Entry(settings.year, 0, settings.output_dir).release.checks
    return sorted(rows.filter(pl.col("kind") != "Geheimhaltung").select("table_name", "check_id").rows())


def checks_that_wait(settings: Settings) -> list[tuple[str, str]]:
    """Every result that waits in the internal store, whenever its check ran."""
    rows = [row for path in settings.results_dir.glob("*.json") for row in json.loads(path.read_text(encoding="utf-8"))]
    return sorted((row["table_name"], row["check_id"]) for row in rows if row["table_name"] != "release.checks")


def made_from_nothing(settings: Settings, folder: Path) -> dict[str, str]:
    """The edition of these deliveries as it is made in a folder that holds no other."""
    data = Path(shutil.copytree(settings.data_dir, folder / settings.data_dir.name))
    afresh = Life(load_settings(data, folder / settings.out_dir.name))
    afresh.call("run")
    return content(afresh.settings.output_dir)


@contextlib.contextmanager
def short_atlas(folder: Path) -> Iterator[None]:
    """Set the atlas of these chapters only: it is set again after every step of a life."""
    reports = Path(shutil.copytree(papers.REPORTS, folder, ignore=shutil.ignore_patterns("output")))
    source = reports / papers.ATLAS_SOURCE.name
    lines = source.read_text(encoding="utf-8").splitlines()
    kept = {f"{{{{< include atlas/{chapter}.qmd >}}}}" for chapter in CHAPTERS}
    assert kept <= set(lines)
    source.write_text("\n".join(row for row in lines if "{{<" not in row or row in kept), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(papers, "REPORTS", reports)
        patch.setattr(papers, "ATLAS_SOURCE", source)
        yield


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory, first: Settings) -> Life:
    """From a draft to the archived second Fassung; what must be refused is tried on the way."""
    folder = tmp_path_factory.mktemp("leben")
    with short_atlas(folder / "reports"):
        return live(first, folder)


def live(first: Settings, folder: Path) -> Life:
    """The life itself, from a copy of the edition of `first`."""
    data, out = (Path(shutil.copytree(source, folder / source.name)) for source in (first.data_dir, first.out_dir))
    lived = Life(load_settings(data, out))
    assert "noch keine Ausgabe freigegeben" in lived.refused("diff")
    assert "noch nicht geprüft" in lived.refused(*APPROVED, "2023-03-12")
    assert "noch keine Ausgabe freigegeben" in lived.refused("korrektur", "--grund", REASON)
    lived.step("geprüft", *CHECKED, "2023-03-01")
    assert "zwei Personen" in lived.refused("freigeben", "--freigegeben-von", "erika mustermann")
    lived.step("freigegeben", *APPROVED, "2023-03-12")
    lived.released = content(archive.entry(lived.settings, "2022-1").folder)
    assert not make_plan(lived.settings).stale
    assert "Keine Zahl weicht" in lived.refused("korrektur", "--grund", REASON)
    deliver_another_figure(lived.settings)
    assert "Zuerst sozialatlas run" in lived.refused(*CHECKED, "2023-05-02")
    lived.afresh = made_from_nothing(lived.settings, folder / "nochmal")
    lived.run_after_a_delivery()
    assert "2022-9" in lived.refused("diff", "--gegen", "2022-9")
    lived.said["diff"] = lived.call("diff")
    assert "sozialatlas korrektur" in lived.refused(*CHECKED, "2023-05-02")
    lived.step("korrektur", "korrektur", "--grund", REASON, "--datum", "2023-05-02")
    lived.said["trace"] = lived.call("trace", "E01", "musterstadt", "2022")
    lived.said["geprüft 2"] = lived.call(*CHECKED, "2023-05-03")
    lived.said["freigegeben 2"] = lived.call(*APPROVED, "2023-05-04")
    return lived


@pytest.mark.parametrize(
    ("when", "mark"),
    [
        ("geprüft", "Entwurf, geprüft"),
        ("freigegeben", "1. Fassung"),
        ("korrektur", "Entwurf"),
    ],
)
def test_every_page_and_sheet_says_its_state(life: Life, when: str, mark: str) -> None:
    for kind, found in life.marks[when].items():
        assert found and all(mark in text for text in found), kind
    if not mark.startswith("Entwurf"):
        for kind in ("karten", "xlsx"):
            assert not any("Entwurf" in text for text in life.marks[when][kind]), kind
        for kind in ("pdf", "html"):
            assert not any(re.search("Testdaten · Entwurf|Entwurf · Testdaten", t) for t in life.marks[when][kind]), (
                kind
            )


def test_the_imprint_names_who_checked_and_approved(life: Life) -> None:
    text = spoken(archive.entry(life.settings, "2022-1").folder / "sozialatlas-2022.pdf")
    for words in ("1. Fassung, freigegeben am 12.03.2023", "Erika Mustermann (Sozialplanung), 01.03.2023",
                  "Max Beispiel (Sozialdezernat), 12.03.2023", "Bisher ist keine Zahl"):  # fmt: skip
        assert words in text, words


def test_the_commands_say_what_is_valid(life: Life) -> None:
    assert "Stand: Entwurf, geprüft, 1. Fassung; noch keine Ausgabe freigegeben" in life.said["geprüft"]
    assert "freigegeben am 12.03.2023 von Max Beispiel (Sozialdezernat)" in life.said["freigegeben"]
    assert "gültig bleibt Ausgabe 2022-1 vom 12.03.2023" in life.said["korrektur"]
    assert "2., korrigierte Fassung, freigegeben am 04.05.2023" in life.said["freigegeben 2"]


def test_a_delivery_alone_makes_nothing_but_a_draft(life: Life) -> None:
    assert [entry.key for entry in archive.entries(life.settings)] == ["2022-1", "2022-2"]
    assert "freigegeben am" not in life.said["neu"]


def test_after_a_delivery_runs_what_follows_from_it_and_nothing_else(life: Life) -> None:
    made = {unit.name for unit in life.ran if isinstance(unit, Step)}
    assert made == behind(
        "raw__inkar", "curated__merkmale", "curated__sources", "release__edition", "release__corrections"
    )
    assert {STEPS[unit.asset].name for unit in life.ran if isinstance(unit, Check)} <= made
    released, waiting = life.checks
    assert released == waiting


def test_the_edition_is_then_the_one_a_run_from_nothing_makes(life: Life) -> None:
    assert life.renewed == life.afresh


def test_the_errata_page_prints_old_new_and_reason(life: Life) -> None:
    second = archive.entry(life.settings, "2022-2")
    page = next(text for text in pages(second.folder / "sozialatlas-2022.pdf") if f"Grund: {REASON}" in text)
    own = second.release.corrections.filter(indicator_id="E01", area_id="06999001", period="2022").row(0, named=True)
    assert own["old_text"] != own["new_text"]
    for words in ("2., korrigierte Fassung", own["old_text"], own["new_text"], "Musterstadt", "Arbeitslosenanteil"):
        assert words in page.replace("\u2060", ""), words
    book = load_workbook(next(second.folder.glob("*.xlsx")), read_only=True)
    rows = list(book["Berichtigungen"].iter_rows(values_only=True))
    assert len(rows) == 1 + second.release.corrections.height and rows[1][-1] == REASON


def test_errata_hold_every_printed_change_and_nothing_else(life: Life) -> None:
    first, second = (archive.entry(life.settings, key).release for key in ("2022-1", "2022-2"))
    corrected = second.corrections
    key = ["indicator_id", "area_id", "period"]
    moved = first.values.join(second.values, on=key, suffix="_new").filter(
        pl.col("value").ne_missing(pl.col("value_new"))
    )
    assert 0 < corrected.height <= moved.height
    assert corrected.join(moved, on=key, how="anti").is_empty()
    assert set(corrected["area_id"]) == {"06999001", "06999-S01", "06999"}


def test_the_first_release_is_still_there_byte_for_byte_and_marked(life: Life) -> None:
    folder = archive.entry(life.settings, "2022-1").folder
    now = content(folder)
    assert "2., korrigierte Fassung vom 04.05.2023" in (folder / "ERSETZT.txt").read_text(encoding="utf-8")
    del now["ERSETZT.txt"]
    assert now == life.released
    for entry in archive.entries(life.settings):
        archive.verify(entry.folder)
    page = (archive.archive_folder(life.settings) / "index.html").read_text(encoding="utf-8")
    assert "ersetzt durch 2., korrigierte Fassung vom 04.05.2023" in page and page.count("<tr id=") == 2


def test_links_to_the_archive_lead_somewhere_from_the_edition_and_from_the_archive(life: Life) -> None:
    followed = 0
    for root in (life.settings.output_dir, *(entry.folder for entry in archive.entries(life.settings))):
        for page in root.rglob("*.html"):
            for link in re.findall(r'href="([^"#?]+)', page.read_text(encoding="utf-8")):
                if "archiv" in link and not link.startswith(("http", "mailto")):
                    assert (page.parent / unquote(link)).resolve().exists(), (page, link)
                    followed += ".." in link and "/archiv/" in link
    assert followed == 2  # from the second Fassung to the first, where it was made and where it is kept


def test_the_comparison_names_the_delivery_and_writes_all_rows(life: Life) -> None:
    told = life.said["diff"]
    assert "gegen die freigegebene Ausgabe 2022-1" in told and "Wert geändert:" in told
    with (life.settings.out_dir / "vergleich" / "2022-gegen-2022-1.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    mine = [row for row in rows if (row["indicator_id"], row["area_id"]) == ("E01", "06999001")]
    assert any(row["tabelle"] == "Werte" and "Lieferung geändert: inkar, Ausgabe 2022" in row["grund"] for row in mine)
    assert all(row["grund"] for row in rows)


# ------------------------------------------------------------------------------------------------ trace
def test_a_trace_names_the_line_in_the_file_and_its_hash(life: Life) -> None:
    settings = life.settings
    for indicator, area in (("E01", "Musterstadt"), ("E08", "06999-S01"), ("D02", "06999")):
        found = trace(settings, indicator, area, "2022")
        assert found.items and found.sources
        for item in found.items:
            assert item.row
            path = settings.data_dir / item.row["file"]
            line = path.read_text(encoding="utf-8").splitlines()[item.row["row"] - 1]
            cells = next(csv.reader([line]))
            assert cells[:4] == [item.area_id, item.stichtag, item.term.merkmal, item.term.auspraegung]
            assert float(cells[4]) == item.row["wert"]
        for source in found.sources:
            digest = hashlib.sha256((settings.data_dir / source.sheet["file"]).read_bytes()).hexdigest()
            assert source.unchanged and source.found == digest
    assert "Zeile" in life.said["trace"] and "unverändert" in life.said["trace"]
    assert f"Grund: {REASON}" in life.said["trace"]


def test_a_trace_of_a_sum_names_its_gemeinden_and_adds_up(life: Life) -> None:
    found = trace(life.settings, "E01", "06999", "2022")
    assert [key for key, weight in found.members if weight == 1] == ["06999001", "06999002", "06999003"]
    counted = [item.row["wert"] for item in found.items if item.part == "Zähler" and item.row]
    assert sum(counted) == found.value["numerator"]


def test_a_trace_of_an_index_that_has_no_value_says_why(life: Life) -> None:
    told = life.call("trace", "index", "Musterstadt", str(life.settings.year))
    assert told.startswith("Orientierungsindex, Musterstadt (06999001)")
    assert "kein Wert" in told and re.search(r"Hinweis: +\w", told)


def test_a_trace_shows_the_numbers_of_a_sum_and_finds_an_indicator_by_its_name(life: Life) -> None:
    told = life.call("trace", "Arbeitslosenanteil", "06999", "2022")
    value = trace(life.settings, "E01", "06999", "2022").value
    written = [german.number(value[name]) for name in ("numerator", "denominator")]
    assert f"Eingesetzt:  {written[0]} ÷ {written[1]} × 100" in told


@pytest.mark.parametrize(
    ("words", "near"),
    [
        (("E99", "Musterstadt", "2022"), "E0"),
        (("index", "Musterstadt", "1999"), "das Berichtsjahr 2022"),
        (("E01", "Musterstatt", "2022"), "Musterstadt (06999001)"),
        (("E01", "Musterstadt", "1999"), "2021, 2022"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(life: Life, words: tuple[str, ...], near: str) -> None:
    assert near in life.refused("trace", *words)


def test_a_file_changed_since_the_run_is_told(life: Life) -> None:
    path = werte(life.settings.data_dir, "inkar")
    before = path.read_bytes()
    path.write_bytes(before + b"\n")
    try:
        assert "nicht mehr die, aus der sie entstanden ist" in life.refused("trace", "E01", "Musterstadt", "2022")
    finally:
        path.write_bytes(before)
