"""What is stale, and only that: one change at a time on a copy of a finished edition, without running anything."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from district import edit_sheet, rehash, werte
from stale import ATLAS, LAST, STEPS, behind, checks_of, copy_program, forget_program

from assets import cli
from assets.plan import Book, Plan, make_plan
from assets.recording import Recorder
from assets.steps import Step
from pipelines import provenance, warehouse
from pipelines.fingerprints.records import Records
from pipelines.fingerprints.tables import states
from pipelines.lock import run_lock
from pipelines.settings import Settings, load_settings

# Follow from the figures only through a check that compares areas: figures made again as they were change nothing there
BOUNDARIES = {"curated__boundaries", "release__boundaries"}
Edit = Callable[[str, str, str], None]


@pytest.fixture(scope="module")
def finished(first: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The miniature district with its edition and all that is recorded of it."""
    folder = tmp_path_factory.mktemp("fertig")
    shutil.copytree(first.data_dir, folder / "daten")
    shutil.copytree(first.out_dir, folder / "aus")
    return folder


@pytest.fixture
def place(finished: Path, tmp_path: Path) -> Settings:
    """A copy that a test may change."""
    shutil.copytree(finished, tmp_path / "kopie")
    return load_settings(tmp_path / "kopie" / "daten", tmp_path / "kopie" / "aus")


@pytest.fixture(scope="module")
def untouched(finished: Path) -> Settings:
    """The edition for tests that change the program only: a plan writes nothing but its own memory."""
    return load_settings(finished / "daten", finished / "aus")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program; `edit` takes its changes back."""
    return copy_program(tmp_path_factory.mktemp("programm"))


@pytest.fixture
def edit(program: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Edit]:
    """Replace a text in a copy of the program, which plans then take for the program."""
    monkeypatch.setattr(provenance, "PROJECT_DIR", program)
    before: dict[Path, bytes] = {}

    def change(path: str, old: str, new: str) -> None:
        changed = program / path
        text = changed.read_text(encoding="utf-8")
        assert old in text, (path, old)
        before.setdefault(changed, changed.read_bytes())
        changed.write_text(text.replace(old, new, 1), encoding="utf-8", newline="\n")
        forget_program()

    yield change
    for path, content in before.items():
        path.write_bytes(content)
    monkeypatch.undo()
    forget_program()


def plan(settings: Settings) -> Plan:
    return make_plan(settings, provenance.PROJECT_DIR)


def stale(settings: Settings) -> set[str]:
    return {finding.step.name for finding in plan(settings).stale}


def reason(settings: Settings, name: str) -> dict[str, tuple[str, ...]]:
    (found,) = [finding for finding in plan(settings).stale if finding.step.name == name]
    return {entry.kind: entry.names for entry in found.reasons}


# ------------------------------------------------------------------------------------------------ inputs
def test_a_finished_edition_is_current_wherever_it_lies(place: Settings) -> None:
    assert stale(place) == set()


def test_a_changed_delivery_makes_what_follows_from_it_stale(place: Settings) -> None:
    path = werte(place.data_dir, "inkar")
    path.write_text(path.read_text(encoding="utf-8").replace(",156,", ",157,", 1), encoding="utf-8", newline="\n")
    rehash(place.data_dir)
    found = stale(place)
    assert found == behind("raw__inkar", "curated__merkmale", "curated__sources", "release__edition")
    assert {"raw__gemeinden", "raw__wahlen", "curated__areas"}.isdisjoint(found)
    assert reason(place, "raw__inkar") == {"data": ("inkar/2022/lieferung.yml", "inkar/2022/werte.csv")}
    assert reason(place, "curated__boundaries") == {"wiederholung": ("grenzen",)}


def test_a_file_beside_a_delivery_is_seen(place: Settings) -> None:
    (werte(place.data_dir, "wahlen").parent / "notiz.txt").write_text("x", encoding="utf-8")
    assert "raw__wahlen" in stale(place)


def test_an_entry_of_the_district_makes_those_stale_that_read_it(place: Settings) -> None:
    edit_sheet(place.data_dir / "kreis.yml", lambda kreis: kreis.update(ansprechperson="Max Mustermann"))
    place = load_settings(place.data_dir, place.out_dir)
    assert stale(place) == behind("release__edition", "release__corrections")


def test_a_comment_in_kreis_yml_renews_the_manifest_that_lists_the_file(place: Settings) -> None:
    sheet = place.data_dir / "kreis.yml"
    sheet.write_text("# Bemerkung\n" + sheet.read_text(encoding="utf-8"), encoding="utf-8", newline="\n")
    assert stale(place) == {"reports__ausgabe"}


def test_an_approval_touches_no_number(place: Settings) -> None:
    before = provenance.release_run_id(place)
    folder = place.data_dir / "freigaben"
    folder.mkdir()
    (folder / f"{place.year}.yml").write_text("schritte: []\nberichtigungen: []\n", encoding="utf-8")
    assert provenance.release_run_id(place) == before
    assert stale(place) == behind("release__edition", "release__history", "release__corrections")


def test_another_engine_makes_documents_stale(place: Settings) -> None:
    assert stale(replace(place, engine="quarto")) == {"reports__steckbriefe", "reports__berichte", *ATLAS}


# ------------------------------------------------------------------------------------------------ program
@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        ("pipelines/figures/dots.py", "ROW = 4.0", "ROW = 4.0  # mm, eine Zeile", set()),
        ("pipelines/indicators/trend.py", '"""', '"""Anders gesagt. ', set()),
        ("pipelines/publish/workbook.py", "WRAP_FROM = 28", "WRAP_FROM = 29", {"reports__arbeitsmappe", *LAST}),
        ("pipelines/indicators/trend.py", "ALPHA = 0.05", "ALPHA = 0.06",
         behind("indicators__trend", "release__edition", "release__corrections")),
        ("reports/atlas/wohnen.qmd", "Wohnungen", "Wohnräume", ATLAS),
        ("reports/profile.qmd", "title: Steckbrief", "title: Bogen", {"reports__steckbriefe", *LAST}),
        ("reports/atlas.qmd", "prepare(release)\n", "prepare(release)\nrelease.sources\n", ATLAS),
        ("pipelines/contracts/indicators_trend.yml", "description:", "description: ", behind("indicators__trend",
         "release__trend", "release__edition", "release__corrections")),
        ("pipelines/indicators/index.yml", "\n", "\n# Bemerkung\n",
         behind("indicators__index", "release__edition", "release__corrections")),
        ("pipelines/validation/plausibility.yml", "\n", "\n# Bemerkung\n",
         behind("curated__merkmale", "release__edition", "release__corrections") - BOUNDARIES),
        ("assets/cli/runs.py", "Dauer in Sekunden", "Sekunden", {"reports__ausgabe"}),
        ("uv.lock", "\n", "\n\n", {step.name for step in STEPS.values()}),
    ],
    ids=["comment", "docstring", "workbook", "trend", "chapter", "profile", "cell", "contract", "definition", "check",
         "command", "lock"],
)  # fmt: skip
def test_a_change_of_the_program_makes_those_stale_that_use_it(
    untouched: Settings, edit: Edit, path: str, old: str, new: str, expected: set[str]
) -> None:
    edit(path, old, new)
    assert stale(untouched) == expected


def test_the_reason_names_the_function(untouched: Settings, edit: Edit) -> None:
    edit("pipelines/publish/workbook.py", "WRAP_FROM = 28", "WRAP_FROM = 29")
    assert reason(untouched, "reports__arbeitsmappe") == {"code": ("pipelines.publish.workbook:WRAP_FROM",)}
    assert reason(untouched, "reports__portal") == {"davor": ("reports.arbeitsmappe",)}


# ------------------------------------------------------------------------------------------------ outputs
def test_a_file_of_the_edition_that_is_gone_or_altered_is_made_again(place: Settings) -> None:
    path = next((place.output_dir / "karten").glob("*.svg"))
    content = path.read_bytes()
    path.unlink()
    assert stale(place) == {"reports__karten", *LAST}
    path.write_bytes(content + b"\n")
    assert stale(place) == {"reports__karten", *LAST}
    assert reason(place, "reports__karten") == {"ausgabe": (f"karten/{path.name}",)}
    path.write_bytes(content)
    assert stale(place) == set()


def test_a_figure_of_the_internal_store_is_looked_after_too(place: Settings) -> None:
    next(place.figures_dir.glob("*.svg")).unlink()
    assert stale(place) == behind("reports__abbildungen")


def test_an_altered_table_is_made_again(place: Settings) -> None:
    with duckdb.connect(str(place.warehouse)) as connection:
        connection.execute("update indicators.trend set points = points + 1")
    assert stale(place) == behind("indicators__trend")


def test_without_the_store_everything_is_made_again(place: Settings) -> None:
    shutil.rmtree(place.curated_dir)
    assert stale(place) == {step.name for step in STEPS.values()}


def test_results_of_a_check_that_are_gone_are_made_again(place: Settings) -> None:
    (place.results_dir / "summen.json").unlink()
    assert reason(place, "curated__merkmale") == {"prüfung": ("summen",)}
    assert stale(place) == behind("curated__merkmale") - BOUNDARIES


# ------------------------------------------------------------------------------------------------ recording
def recorder_in_a_run(settings: Settings, name: str) -> tuple[Recorder, Step]:
    step = STEPS[name]
    recorder = Recorder(settings)
    recorder.begin(step)
    return recorder, step


def test_a_run_that_dies_while_it_writes_leaves_nothing_marked_as_current(place: Settings) -> None:
    recorder, _ = recorder_in_a_run(place, "indicators.trend")
    recorder.writing("indicators.trend")
    assert reason(place, "indicators__trend") == {"neu": (), "prüfung": ("vertrag",)}


def test_a_table_whose_check_failed_stays_stale(place: Settings) -> None:
    recorder, step = recorder_in_a_run(place, "indicators.trend")
    recorder.writing("indicators.trend")
    _, state = warehouse.write(place.warehouse, warehouse.read(place.warehouse, "indicators.trend"), "indicators.trend")
    recorder.written("indicators.trend", state)
    (check,) = checks_of(step)
    results = place.results_dir / check.results_file
    recorder.checked(check, passed=False, results=results, seconds=0.0)
    assert reason(place, "indicators__trend") == {"prüfung": ("vertrag",)}
    recorder.checked(check, passed=True, results=results, seconds=0.0)
    assert stale(place) == set()


def test_a_table_made_from_an_old_one_is_recorded_as_such(place: Settings, edit: Edit) -> None:
    """As when somebody makes a single asset anew on the Dagster page while those before it are stale."""
    edit("pipelines/indicators/rates.py", '"""', 'NEU = 1\n"""')
    edit("pipelines/contracts/indicators_values.yml", "description:", "description: ")
    book = Book(place, provenance.PROJECT_DIR)
    recorder, step = recorder_in_a_run(place, "indicators.trend")
    recorder.__dict__["book"] = book
    recorder.writing("indicators.trend")
    _, state = warehouse.write(place.warehouse, warehouse.read(place.warehouse, "indicators.trend"), "indicators.trend")
    recorder.written("indicators.trend", state)
    assert step.name in stale(place)


def test_what_was_made_anew_before_a_step_is_named(place: Settings) -> None:
    """As after `sozialatlas check`: the tables are current, the documents rest on earlier ones."""
    records = Records(place.curated_dir)
    record = records.step("release__trend")
    assert record
    earlier = {**record.parts["upstream"], "indicators.trend": "ein früherer Stand"}
    records.keep("release__trend", replace(record, parts={**record.parts, "upstream": earlier}))
    assert reason(place, "release__trend") == {"erneuert": ("indicators.trend",)}


def test_tables_of_one_step_are_recorded_together(place: Settings) -> None:
    recorder, step = recorder_in_a_run(place, "indicators.index")
    for name in step.outputs:
        recorder.writing(name)
    kept = states(place.warehouse)
    recorder.written("indicators.index", kept["indicators.index"])
    assert "neu" in reason(place, step.name)
    recorder.written("indicators.index_members", kept["indicators.index_members"])
    assert "neu" not in reason(place, step.name)


# ------------------------------------------------------------------------------------------------ the command
def told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], settings: Settings) -> str:
    call = ["sozialatlas", "status", "--data", str(settings.data_dir), "--out", str(settings.out_dir)]
    monkeypatch.setattr("sys.argv", call)
    monkeypatch.setenv("COLUMNS", "400")  # paths of tests are long
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert not stop.value.code
    return re.sub(r"\s+", " ", capsys.readouterr().out)


def test_status_says_that_all_is_current(
    place: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = told(monkeypatch, capsys, place)
    assert "Alles ist aktuell; ein Lauf hätte nichts zu tun." in text
    assert "Stand: Entwurf, 1. Fassung" in text


def test_status_names_file_and_entry_and_what_a_run_would_do(
    place: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = werte(place.data_dir, "wahlen").with_name("lieferung.yml")
    edit_sheet(sheet, lambda content: content.update(notes="neu"))
    edit_sheet(place.data_dir / "kreis.yml", lambda kreis: kreis.update(herausgeber="Kreis Neu"))
    text = told(monkeypatch, capsys, place)
    assert f"raw.wahlen, raw.wahlen_bilanz │ geänderte Lieferung: {sheet.as_posix()}" in text
    assert "herausgeber in kreis.yml" in text
    assert re.search(r"Ein Lauf erzeugt \d+ von \d+ Schritten neu; beim letzten Mal dauerten sie \d+ Sekunden", text)


def test_status_names_who_runs(
    place: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with run_lock(place.curated_dir):
        assert "im Gange" not in told(monkeypatch, capsys, place)  # this process itself
        from pipelines import lock

        monkeypatch.setattr(lock, "_held", set())
        assert "Ein Lauf ist im Gange: " in told(monkeypatch, capsys, place)
