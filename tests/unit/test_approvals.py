"""The life of an edition without rendering: the file of approvals, its steps, errata, archive and comparison."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from district import write_district

from pipelines.approvals import changes, procedure, register, steps
from pipelines.approvals.differences import Edition, counts, differences
from pipelines.approvals.register import Change, Correction, Register, Step
from pipelines.approvals.standing import correction_rows, history_rows, standing
from pipelines.disclosure.release import release_corrections
from pipelines.errors import AtlasError, InputError
from pipelines.provenance import write_manifest
from pipelines.publish import archive
from pipelines.publish.copy import write_copy
from pipelines.publish.pages import corrections as errata_page
from pipelines.publish.words import state_line, state_mark, state_words
from pipelines.settings import Settings, load_settings
from tests.fixtures.release import KREIS, InMemory, release_frames

ONE, TWO, THREE = "a1" * 32, "b2" * 32, "c3" * 32
YEAR = 2023
KEY = {"indicator_id": "E01", "area_id": "06999002", "period": "2021"}


def taken(*known: tuple[int, str, str, str, str]) -> Register:
    """A register with steps given as number, state, name, day, run."""
    return Register(YEAR, tuple(Step(number, state, name, None, day, run) for number, state, name, day, run in known))


RELEASED = taken(
    (1, "geprüft", "Erika Mustermann", "2024-03-01", ONE), (1, "freigegeben", "Max Beispiel", "2024-03-12", ONE)
)
CHANGE = Change("E01", "06999002", "2021", "4,56\u202f%", "4,61\u202f%")


# ------------------------------------------------------------------------------------------------ the file
@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_district(tmp_path_factory.mktemp("muster") / "daten", gemeinden=2, years=(2022, YEAR))


@pytest.fixture
def settings(district: Path, tmp_path: Path) -> Settings:
    return load_settings(shutil.copytree(district, tmp_path / "daten"), tmp_path / "aus")


def test_what_is_written_is_read_back_and_names_its_command(settings: Settings) -> None:
    full = replace(
        RELEASED,
        steps=(*RELEASED.steps, Step(2, "geprüft", "Erika Mustermann", "Sozialplanung", "2024-05-02", TWO)),
        corrections=(Correction(2, "Lieferung berichtigt: 3,1 statt 1,3", "2024-05-01", TWO, (CHANGE,)),),
    )
    path = register.write_register(settings, full, "freigeben")
    assert register.read_register(settings) == full
    text = path.read_text(encoding="utf-8")
    assert "sozialatlas freigeben" in text.splitlines()[1] and "name: Erika Mustermann" in text
    register.write_register(settings, full, "freigeben")
    assert path.read_text(encoding="utf-8") == text
    assert [entry.name for entry in path.parent.iterdir()] == [f"{YEAR}.yml"]


def test_without_a_file_the_edition_is_the_first_draft(settings: Settings) -> None:
    now = standing(register.read_register(settings), ONE)
    assert (now.number, now.title, now.state, now.valid) == (1, "1. Fassung", "Entwurf", None)


STEP = f"schritte:\n- fassung: 1\n  stand: geprüft\n  name: Erika\n  datum: 2024-03-01\n  lauf: {ONE}\n"
APPROVAL = STEP.removeprefix("schritte:\n").replace("geprüft", "freigegeben").replace("Erika", "Max")


@pytest.mark.parametrize(
    ("text", "row", "column", "found"),
    [
        (STEP.replace("geprüft", "gut"), 2, "schritte, Eintrag 1, stand", "gut"),
        (STEP.replace("2024-03-01", "2024-02-30"), 2, "schritte, Eintrag 1, datum", "2024-02-30"),
        (STEP.replace("  name: Erika\n", ""), 2, "schritte, Eintrag 1, name", "kein Eintrag"),
        (STEP.replace(ONE, "abc"), 2, "schritte, Eintrag 1, lauf", "abc"),
        (STEP.replace("fassung: 1", "fassung: 0"), 2, "schritte, Eintrag 1, fassung", "0"),
        (STEP + "  amt: x\n", 2, "schritte, Eintrag 1, amt", "der Eintrag „amt“"),
        (STEP + "  name: Otto\n", 7, "name", "zweimal"),
        (STEP + "anderes: 1\n", 1, "anderes", "der Eintrag „anderes“"),
        ("schritte: 3\n", 1, "schritte", "3"),
        ("- 1\n", "gesamte Datei", "die ganze Datei", "[1]"),
        (STEP.replace("fassung: 1", "fassung: 2"), "gesamte Datei", "schritte, Eintrag 1", "Fassung 2"),
        ("schritte:\n" + APPROVAL, "gesamte Datei", "schritte, Eintrag 1", "eine Freigabe ohne Prüfung"),
        (STEP + APPROVAL.replace(ONE, TWO), "gesamte Datei", "schritte, Eintrag 2", "eine Freigabe ohne Prüfung"),
        (STEP + APPROVAL.replace("Max", "ERIKA"), "gesamte Datei", "schritte, Eintrag 2", "ERIKA"),
        (STEP + APPROVAL.replace("03-01", "02-01"), "gesamte Datei", "schritte, Eintrag 2", "2024-02-01"),
        (f"berichtigungen:\n- fassung: 2\n  grund: x\n  datum: 2024-03-01\n  lauf: {ONE}\n  werte: []\n", 2,
         "berichtigungen, Eintrag 1, werte", "[]"),
        (f"berichtigungen:\n- fassung: 2\n  grund: x\n  datum: 2024-03-01\n  lauf: {ONE}\n  werte:\n"
         "  - {indikator: E01, gebiet: '1', zeitbezug: '2021', alt: a, neu: b}\n", "gesamte Datei",
         "berichtigungen", "Fassung 2"),
    ],
)  # fmt: skip
def test_a_faulty_file_names_line_and_entry(
    settings: Settings, text: str, row: int | str, column: str | None, found: str
) -> None:
    path = register.register_path(settings)
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as fault:
        register.read_register(settings)
    assert fault.value.file == str(path) and fault.value.row == row
    assert found in str(fault.value.found)
    if column:
        assert fault.value.column == column


# ------------------------------------------------------------------------------------------------ steps
def test_two_people_take_two_steps() -> None:
    checked = steps.check(Register(YEAR), " Erika  Mustermann ", "Sozialplanung", "2024-03-01", ONE)
    now = standing(checked, ONE)
    assert now.state == "geprüft" and now.checked and now.checked.person == "Erika Mustermann (Sozialplanung)"
    released = steps.approve(checked, "Max Beispiel", None, "2024-03-12", ONE)
    now = standing(released, ONE)
    assert (now.state, now.number) == ("freigegeben", 1) and now.approved and now.approved.person == "Max Beispiel"


@pytest.mark.parametrize(
    ("take", "words"),
    [
        (lambda: steps.approve(Register(YEAR), "Max", None, "2024-03-12", ONE), "noch nicht geprüft"),
        (lambda: steps.approve(taken((1, "geprüft", "Max M.", "2024-03-01", ONE)), "max  m.", None, "2024-03-12", ONE),
         "zwei Personen"),
        (lambda: steps.approve(taken((1, "geprüft", "Max", "2024-03-01", ONE)), "Eva", None, "2024-03-12", TWO),
         "gilt anderen Zahlen"),
        (lambda: steps.check(taken((1, "geprüft", "Max", "2024-03-01", ONE)), "Eva", None, "2024-03-12", ONE),
         "schon geprüft"),
        (lambda: steps.check(RELEASED, "Eva", None, "2024-04-01", ONE), "ändert sich nicht mehr"),
        (lambda: steps.approve(RELEASED, "Eva", None, "2024-04-01", ONE), "ändert sich nicht mehr"),
        (lambda: steps.check(RELEASED, "Eva", None, "2024-03-01", TWO), "Datum"),
        (lambda: steps.check(Register(YEAR), "Eva", None, "2999-01-01", ONE), "nicht in der Zukunft"),
        (lambda: steps.check(Register(YEAR), "Eva", None, "1.3.2024", ONE), "Datum"),
        (lambda: steps.check(Register(YEAR), "  ", None, "2024-03-01", ONE), "fehlt ein Name"),
        (lambda: steps.correct(Register(YEAR), "x", [CHANGE], "2024-03-01", ONE), "noch keine Ausgabe freigegeben"),
        (lambda: steps.correct(RELEASED, "x", [], "2024-04-01", TWO), "Keine Zahl weicht"),
        (lambda: steps.correct(RELEASED, " ", [CHANGE], "2024-04-01", TWO), "fehlt der Grund"),
    ],
)  # fmt: skip
def test_a_step_that_may_not_follow_is_refused(take: Callable[[], Register], words: str) -> None:
    with pytest.raises(AtlasError) as refused:
        take()
    assert words in refused.value.message() and refused.value.remedy


def test_other_numbers_are_a_draft_again_while_the_released_ones_stay_valid() -> None:
    now = standing(RELEASED, TWO)
    assert (now.number, now.state, now.title) == (2, "Entwurf", "2. Fassung")
    assert now.valid == RELEASED.steps[-1]
    assert standing(RELEASED, ONE).state == "freigegeben"


def test_a_correction_names_the_fassung_only_for_the_numbers_it_is_about() -> None:
    corrected = steps.correct(RELEASED, "Lieferung berichtigt", [CHANGE], "2024-05-01", TWO)
    assert standing(corrected, TWO).title == "2., korrigierte Fassung"
    assert standing(corrected, THREE).title == "2. Fassung"
    assert [row["new_text"] for row in correction_rows(corrected, TWO)] == [CHANGE.new]
    assert correction_rows(corrected, THREE) == correction_rows(corrected, ONE) == []
    again = steps.correct(corrected, "Anders", [CHANGE], "2024-05-02", THREE)
    assert [(one.reason, one.run) for one in again.corrections] == [("Anders", THREE)]


def test_the_history_tells_which_fassung_replaced_which() -> None:
    corrected = steps.correct(RELEASED, "Lieferung berichtigt", [CHANGE], "2024-05-01", TWO)
    assert [row["superseded_by"] for row in history_rows([corrected])] == [None]
    second = steps.approve(steps.check(corrected, "Eva", None, "2024-05-02", TWO), "Max", None, "2024-05-03", TWO)
    first, last = history_rows([second])
    assert (first["superseded_by"], first["reason"]) == (2, None)
    assert (last["superseded_by"], last["title"]) == (None, "2., korrigierte Fassung")
    assert last["reason"] == "Lieferung berichtigt"


# ------------------------------------------------------------------------------------------------ disclosure
def test_errata_never_repeat_a_figure_that_is_withheld_now() -> None:
    frames = release_frames()
    corrected = steps.correct(RELEASED, "x", [CHANGE, Change("T01", "06999003", "2021", "7,77 %", "8,88 %")],
                              "2024-05-01", TWO)  # fmt: skip
    rows = release_corrections(corrected, TWO, frames["values"]).rows(named=True)
    texts = {row["indicator_id"]: (row["old_text"], row["new_text"]) for row in rows}
    assert texts["E01"] == (CHANGE.old, CHANGE.new)
    assert texts["T01"] == ("zurückgezogen", "aus Datenschutzgründen nicht ausgewiesen")


def test_a_figure_withheld_since_is_recorded_without_its_number() -> None:
    before = InMemory(release_frames())
    after = InMemory(changed_frames({"status": "suppressed", "reason": "x"} | dict.fromkeys(NUMBERS)))
    (found,) = changes.corrections(before, after)
    assert (found.old, found.new) == ("zurückgezogen", "aus Datenschutzgründen nicht ausgewiesen")
    (back,) = changes.corrections(after, before)
    assert (back.old, back.new) == ("aus Datenschutzgründen nicht ausgewiesen", "4,56\u202f%")


# ------------------------------------------------------------------------------------------------ words
@pytest.mark.parametrize(
    ("edition", "mark", "words"),
    [
        ({"state": "Entwurf", "number": 1, "title": "1. Fassung"}, "Entwurf", "Entwurf"),
        ({"state": "geprüft", "number": 2, "title": "2. Fassung"}, "Entwurf, geprüft", "Entwurf, geprüft (2. Fassung)"),
        ({"state": "freigegeben", "number": 1, "title": "1. Fassung", "approved_on": "2024-03-12"}, "1. Fassung",
         "1. Fassung, freigegeben am 12.03.2024"),
    ],
)  # fmt: skip
def test_every_state_has_its_words(edition: dict[str, Any], mark: str, words: str) -> None:
    assert (state_mark(edition), state_words(edition)) == (mark, words)
    assert state_line({**edition, "label": "Testdaten"}).endswith("· Testdaten")


def test_the_chapter_lists_errata_with_reason_and_says_what_is_valid() -> None:
    page = errata_page(InMemory(release_frames()))
    for words in ("2., korrigierte Fassung", "Testlieferung berichtigt", "Zwei Angaben der 1. Fassung",
                  "Arbeitslosenanteil (E01)", "Bestadt", "4,61", "4,56", "zurückgezogen",
                  "Gültig ist die 1. Fassung vom 12.03.2024"):  # fmt: skip
        assert words in page, words


def test_errata_outlive_the_area_and_the_indicator_they_speak_of() -> None:
    frames = release_frames()
    row = frames["corrections"].head(1)
    gone = row.with_columns(indicator_id=pl.lit("X99"), area_id=pl.lit("06999999"))
    frames["corrections"] = gone
    page = errata_page(InMemory(frames))
    assert "X99" in page and "06999999" in page


# ------------------------------------------------------------------------------------------------ a life, not rendered
NUMBERS = ("value", "lower", "upper", "confidence", "numerator", "denominator")


def changed_frames(change: dict[str, Any], **edition: Any) -> dict[str, pl.DataFrame]:
    """The made-up release with other content in the row KEY of its values, and without a history."""
    frames = release_frames()
    mine = pl.all_horizontal(pl.col(name) == value for name, value in KEY.items())
    values = frames["values"]
    frames["values"] = values.with_columns(
        pl.when(mine).then(pl.lit(new, values.schema[name])).otherwise(pl.col(name)).alias(name)
        for name, new in change.items()
    )
    row = frames["edition"]
    frames["edition"] = row.with_columns(pl.lit(new, row.schema[name]).alias(name) for name, new in edition.items())
    return frames


@dataclass
class Press:
    """Stands for the job: writes an edition of a released copy, a page and a style, as approvals and numbers demand."""

    run: str = ONE
    change: dict[str, Any] = field(default_factory=dict)
    current: bool = True
    broken: bool = False
    made: int = 0

    def __call__(self, settings: Settings) -> None:
        self.made += 1
        if self.broken:
            raise AtlasError("Der Lauf ist gescheitert.", remedy="keine")
        kept = register.read_register(settings)
        now = standing(kept, self.run)
        who = {"checked_by": now.checked, "approved_by": now.approved}
        frames = changed_frames(
            self.change, run_id=self.run, number=now.number, title=now.title, state=now.state, report_year=YEAR,
            **{name: step.person if step else None for name, step in who.items()},
            **{name.replace("by", "on"): step.day if step else None for name, step in who.items()},
        )  # fmt: skip
        frames["history"] = pl.DataFrame(history_rows([kept]), schema=frames["history"].schema)
        frames["corrections"] = pl.DataFrame(correction_rows(kept, self.run), schema=frames["corrections"].schema)
        frames["checks"] = frames["checks"].filter(pl.col("passed"))
        shutil.rmtree(settings.output_dir, ignore_errors=True)
        write_copy(frames, settings.output_dir)
        for name in ("index.html", "portal/style.css", "portal/archiv.html"):
            path = settings.output_dir / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"{name} {now.title} {now.state}", encoding="utf-8")
        write_manifest(settings, settings.output_dir)


@pytest.fixture
def press(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Press:
    """A press whose numbers and freshness the procedure takes for those of the edition at hand."""
    press = Press()
    monkeypatch.setattr(procedure, "release_run_id", lambda _: press.run)
    monkeypatch.setattr("pipelines.provenance.run_id", lambda _: press.run)
    monkeypatch.setattr("pipelines.provenance.release_run_id", lambda _: press.run)
    monkeypatch.setattr(procedure, "is_current", lambda _: press.current)
    press(settings)
    return press


def publish(settings: Settings, press: Press, day: str = "2024-03-12") -> None:
    procedure.mark_checked(settings, "Erika Mustermann", None, day, press)
    procedure.release(settings, "Max Beispiel", "Sozialdezernat", day, press)


def corrected(settings: Settings, press: Press) -> list[Change]:
    """Deliver another figure, run, and record the correction."""
    press.run, press.change = TWO, {"value": 4.61}
    press(settings)
    return procedure.correct(settings, "Lieferung berichtigt", "2024-05-01", press)[1]


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_a_released_edition_stays_as_it_was_beside_its_correction(settings: Settings, press: Press) -> None:
    publish(settings, press)
    first = archive.entry(settings, "2023-1").folder
    released = bytes_of(first)
    assert released == bytes_of(settings.output_dir)
    (change,) = corrected(settings, press)
    assert (change.indicator_id, change.old, change.new) == ("E01", "4,56\u202f%", "4,61\u202f%")
    assert [entry.key for entry in archive.entries(settings)] == ["2023-1"]  # drafts never enter
    publish(settings, press, "2024-05-03")
    assert [entry.key for entry in archive.entries(settings)] == ["2023-1", "2023-2"]
    now = bytes_of(first)
    mark = now.pop("ERSETZT.txt").decode("utf-8")
    assert now == released
    assert "ersetzt durch 2., korrigierte Fassung vom 03.05.2024" in mark and "Grund: Lieferung berichtigt" in mark
    for entry in archive.entries(settings):
        archive.verify(entry.folder)
    check_list(settings)


def check_list(settings: Settings) -> None:
    """The list marks what is replaced, every link leads somewhere, and writing it again gives the same bytes."""
    folder = archive.archive_folder(settings)
    text = (folder / "index.html").read_text(encoding="utf-8")
    assert "ersetzt durch 2., korrigierte Fassung vom 03.05.2024" in text and "gültig" in text
    assert "Max Beispiel (Sozialdezernat)" in text and "Grund: Lieferung berichtigt" in text and 'lang="de"' in text
    pages = [folder / "index.html", *sorted((folder / "archiv").rglob("*.html"))]
    assert len(pages) == 4
    for page in pages:
        targets = re.findall(r'(?:href|url)="?=?([^"#:;]+\.(?:html|css))"', page.read_text(encoding="utf-8"))
        assert targets
        for target in targets:
            assert (page.parent / target).resolve().is_file(), (page, target)
    before = bytes_of(folder)
    archive.write_lists(settings)
    assert bytes_of(folder) == before


def damage(folder: Path) -> dict[str, Callable[[], Any]]:
    """What can happen to an archived edition."""
    return {
        "added": lambda: (folder / "mehr.html").write_text("x", encoding="utf-8"),
        "removed": lambda: (folder / "portal" / "style.css").unlink(),
        "changed": lambda: (folder / "index.html").write_text("{", encoding="utf-8"),
        "manifest": lambda: (folder / "manifest.json").write_text("{", encoding="utf-8"),
        "figures": lambda: write_copy(changed_frames({"value": 9.9}), folder),
    }


def test_an_altered_archive_is_noticed(settings: Settings, press: Press, tmp_path: Path) -> None:
    publish(settings, press)
    folder = archive.entry(settings, "2023-1").folder
    for kind in damage(folder):
        copy = shutil.copytree(folder, tmp_path / kind)
        archive.verify(copy)
        damage(copy)[kind]()
        with pytest.raises(AtlasError, match="nicht mehr, wie sie freigegeben wurde"):
            archive.verify(copy)
    damage(folder)["changed"]()
    press.run, press.change = TWO, {"value": 4.61}
    press(settings)
    with pytest.raises(AtlasError, match="nicht mehr, wie sie freigegeben wurde"):
        procedure.correct(settings, "x", "2024-05-01", press)


def test_nothing_is_overwritten_in_the_archive(settings: Settings, press: Press) -> None:
    taken_place = archive.archive_folder(settings) / "2023-1"
    taken_place.mkdir(parents=True)
    procedure.mark_checked(settings, "Erika", None, "2024-03-01", press)
    before = register.register_path(settings).read_bytes()
    with pytest.raises(AtlasError, match="nicht überschrieben"):
        procedure.release(settings, "Max", None, "2024-03-12", press)
    assert register.register_path(settings).read_bytes() == before and not any(taken_place.iterdir())


def test_a_run_that_fails_leaves_file_and_edition_as_they_were(settings: Settings, press: Press) -> None:
    before = bytes_of(settings.output_dir)
    press.broken = True
    with pytest.raises(AtlasError, match="gescheitert"):
        procedure.mark_checked(settings, "Erika", None, "2024-03-01", press)
    assert not register.register_path(settings).exists() and not register.register_path(settings).parent.exists()
    press.broken = False
    procedure.mark_checked(settings, "Erika", None, "2024-03-01", press)
    checked, file = bytes_of(settings.output_dir), register.register_path(settings).read_bytes()
    assert checked != before
    press.broken = True
    with pytest.raises(AtlasError, match="gescheitert"):
        procedure.release(settings, "Max", None, "2024-03-12", press)
    assert (bytes_of(settings.output_dir), register.register_path(settings).read_bytes()) == (checked, file)


def test_an_archive_that_fails_takes_the_release_back(
    settings: Settings, press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    procedure.mark_checked(settings, "Erika", None, "2024-03-01", press)
    checked, file = bytes_of(settings.output_dir), register.register_path(settings).read_bytes()

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "kein Platz")

    monkeypatch.setattr(archive, "verify", full)
    with pytest.raises(AtlasError, match="nicht in das Archiv"):
        procedure.release(settings, "Max", None, "2024-03-12", press)
    assert (bytes_of(settings.output_dir), register.register_path(settings).read_bytes()) == (checked, file)
    assert archive.entries(settings) == [] and sorted(p.name for p in settings.out_dir.glob(".*")) == [".curated"]


def test_an_approval_whose_run_was_broken_off_reaches_the_archive_later(settings: Settings, press: Press) -> None:
    publish(settings, press)
    shutil.rmtree(archive.archive_folder(settings))
    steps_before = register.read_register(settings).steps
    procedure.release(settings, "Max Beispiel", None, "2024-03-12", press)
    assert [entry.key for entry in archive.entries(settings)] == ["2023-1"]
    assert register.read_register(settings).steps == steps_before


def test_a_stale_edition_takes_no_step(settings: Settings, press: Press) -> None:
    press.current = False
    for take in (
        lambda: procedure.mark_checked(settings, "Erika", None, "2024-03-01", press),
        lambda: procedure.correct(settings, "x", "2024-03-01", press),
    ):
        with pytest.raises(AtlasError, match="Zuerst sozialatlas run"):
            take()
    assert press.made == 1 and not register.register_path(settings).exists()


def test_without_an_edition_there_is_nothing_to_check(settings: Settings, press: Press) -> None:
    shutil.rmtree(settings.output_dir)
    with pytest.raises(AtlasError, match="gibt es keine Ausgabe"):
        procedure.mark_checked(settings, "Erika", None, "2024-03-01", press)


def test_failed_checks_forbid_a_step(settings: Settings, press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    frames = changed_frames({})
    write_copy(frames, settings.output_dir)  # one check of the made-up release failed
    with pytest.raises(AtlasError, match="eine nicht bestandene Prüfung"):
        procedure.mark_checked(settings, "Erika", None, "2024-03-01", press)


def test_changed_figures_are_not_released_without_errata(settings: Settings, press: Press) -> None:
    publish(settings, press)
    press.run, press.change = TWO, {"value": 4.61}
    press(settings)
    with pytest.raises(AtlasError, match="eine geänderte Angabe"):
        procedure.mark_checked(settings, "Erika", None, "2024-05-01", press)
    procedure.correct(settings, "Lieferung berichtigt", "2024-05-01", press)
    press.run, press.change = THREE, {"value": 4.71}  # and changed once more after that
    press(settings)
    with pytest.raises(AtlasError, match="sozialatlas korrektur"):
        procedure.mark_checked(settings, "Erika", None, "2024-05-02", press)


def test_a_change_that_nobody_sees_needs_no_errata_and_is_no_correction(settings: Settings, press: Press) -> None:
    publish(settings, press)
    press.run, press.change = TWO, {"value": 4.5648}
    press(settings)
    with pytest.raises(AtlasError, match="Keine Zahl weicht"):
        procedure.correct(settings, "x", "2024-05-01", press)
    publish(settings, press, "2024-05-03")
    assert archive.entry(settings, "2023-2").edition["title"] == "2. Fassung"


def test_an_unknown_fassung_names_those_there_are(settings: Settings, press: Press) -> None:
    with pytest.raises(AtlasError, match="noch keine"):
        archive.entry(settings, "2023-1")
    publish(settings, press)
    with pytest.raises(AtlasError, match=r"2023-7(.|\n)*2023-1"):
        archive.entry(settings, "2023-7")


# ------------------------------------------------------------------------------------------------ comparison
def edition(change: dict[str, Any] | None = None, edit: Callable[..., Any] | None = None,
            **manifest: Any) -> Edition:  # fmt: skip
    frames = changed_frames(change or {})
    if edit:
        edit(frames)
    return Edition(InMemory(frames), manifest)


def only(found: pl.DataFrame) -> dict[str, Any]:
    assert found.height == 1, found
    return found.row(0, named=True)


def test_equal_editions_have_no_difference() -> None:
    found = differences(edition(), edition())
    assert found.is_empty() and sum(number for _, number in counts(found)) == 0


def test_a_changed_delivery_is_named_with_its_hashes() -> None:
    def deliver(frames: dict[str, pl.DataFrame]) -> None:
        mine = pl.col("source_id") == "testquelle"
        frames["sources"] = frames["sources"].with_columns(
            sha256=pl.when(mine).then(pl.lit("c" * 64)).otherwise("sha256")
        )

    row = only(differences(edition(), edition({"value": 4.57}, deliver)))
    assert (row["art"], row["tabelle"], row["alt"], row["neu"]) == (
        "Wert geändert",
        "Werte",
        "4,56\u202f%",
        "4,57\u202f%",
    )
    assert "testquelle, Ausgabe 2023" in row["grund"] and "aaaaaaaa… → cccccccc…" in row["grund"]


def test_a_value_in_another_class_of_the_map_is_told_apart() -> None:
    found = differences(edition(), edition({"value": 3.6}))
    assert found.select("art", "tabelle").rows() == [
        ("Wert geändert", "Werte"), ("Einstufung geändert", "Kartenklassen")
    ]  # fmt: skip


def rewrite(frames: dict[str, pl.DataFrame], table: str, column: str, text: str, key: dict[str, str]) -> None:
    mine = pl.all_horizontal(pl.col(name) == value for name, value in key.items())
    frames[table] = frames[table].with_columns(pl.when(mine).then(pl.lit(text)).otherwise(column).alias(column))


def drop_a_rent(frames: dict[str, pl.DataFrame]) -> None:
    rent = (pl.col("indicator_id") == "W05") & (pl.col("area_id") == KREIS)
    frames["values"] = frames["values"].filter(~rent)


@pytest.mark.parametrize(
    ("edit", "kind", "reason"),
    [
        (drop_a_rent, "entfallen", "Programm geändert: pipelines/indicators/rates.py"),
        (lambda f: rewrite(f, "comparison", "verdict", "ohne Prüfung", KEY), "Einstufung geändert", "Folge anderer"),
        (lambda f: rewrite(f, "index", "class_text", "mittel", {"area_id": "06999001"}), "Einstufung geändert",
         "Programm geändert"),
    ],
)  # fmt: skip
def test_every_kind_of_difference_has_a_reason(
    edit: Callable[[dict[str, pl.DataFrame]], None], kind: str, reason: str
) -> None:
    def program(digest: str) -> list[dict[str, str]]:
        return [{"path": "pipelines/indicators/rates.py", "sha256": digest}, {"path": "docs/x.md", "sha256": digest}]

    old = edition(program=program(ONE))
    row = only(differences(old, edition(None, edit, program=program(TWO))))
    assert row["art"] == kind and reason in row["grund"]


def test_suppression_and_catalogue_are_reasons() -> None:
    hide = {"status": "suppressed", "reason": "x"} | dict.fromkeys(NUMBERS)
    row = only(differences(edition(), edition(hide)))
    assert (row["art"], row["neu_wert"]) == ("Status geändert", None) and "Datenschutz" in row["grund"]

    def method(frames: dict[str, pl.DataFrame]) -> None:
        mine = pl.col("indicator_id") == "E01"
        frames["indicators"] = frames["indicators"].with_columns(
            method=pl.when(mine).then(pl.lit("anders")).otherwise("method")
        )

    row = only(differences(edition(), edition({"value": 4.57}, method)))
    assert row["grund"] == "Eintrag im Katalog geändert: method"
