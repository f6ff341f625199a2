"""What becomes of a form: stored with its receipt, answered in a marked copy, or kept aside; never half taken."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import sys
from itertools import count
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml
from district import edit_sheet, write_district
from fixtures.forms import cell, filled
from hypothesis import HealthCheck
from hypothesis import given as given_by
from hypothesis import settings as tuned
from hypothesis import strategies as st
from openpyxl.comments import Comment

from assets import cli
from pipelines.errors import AtlasError, InputError, LockError
from pipelines.forms import intake
from pipelines.forms.answers import RESULT
from pipelines.forms.definition import forms
from pipelines.forms.form import FIGURES, SAID
from pipelines.forms.intake import FINDINGS, quarantine, take_in
from pipelines.geography.areas import build_areas
from pipelines.indicators.catalogue import catalogue_of
from pipelines.indicators.rates import build_values
from pipelines.lock import NAME
from pipelines.provenance import sha256
from pipelines.readers import read_gemeinden, read_source, read_sozialraeume
from pipelines.settings import Settings, load_settings
from pipelines.sources.registry import SHEET, all_deliveries, deliveries, read_sheet
from tests.fixtures.harmonised import build_merkmale

YEAR, DAY = 2022, "2023-06-15"
A, B, C, KREIS = "06999001", "06999002", "06999003", "06999"
WRONG = {(A, "SC-UEG"): 99999, (KREIS, "SC-UEG"): None}


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_district(tmp_path_factory.mktemp("kreis") / "daten")


@pytest.fixture
def place(district: Path, tmp_path: Path) -> Settings:
    return load_settings(shutil.copytree(district, tmp_path / "daten"), tmp_path / "aus")


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "Eingang für Müller & Co"
    folder.mkdir()
    return folder


def everything(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): sha256(path) for path in sorted(folder.rglob("*")) if path.is_file()}


# ------------------------------------------------------------------------------------------------ taken in
def test_an_accepted_form_lies_there_unchanged_with_its_receipt(place: Settings, inbox: Path) -> None:
    path, asked, _ = filled(place, inbox, "schulamt", YEAR)
    outcome = take_in(place, path, DAY)
    folder = place.data_dir / "schulamt" / "2022-L01"
    assert everything(folder)[path.name] == sha256(path)
    sheet = yaml.safe_load((folder / SHEET).read_text(encoding="utf-8"))
    assert sheet["receipt"] == {
        "role": asked.form.roles[0],
        "received": DAY,
        "sha256": sha256(path),
        "form": "schulamt",
        "version": 1,
        "remark": "Testdaten",
    }
    assert (sheet["retrieved"], sheet["published"]) == (DAY, False)
    assert sheet["files"][0]["stand"] == "2023-03-15" and not quarantine(place).exists()
    assert outcome.accepted is not None and outcome.answer == inbox / "schulamt-2022-Pruefergebnis.xlsx"


def test_the_same_form_twice_changes_nothing(place: Settings, inbox: Path) -> None:
    path, _, _ = filled(place, inbox, "schulamt", YEAR)
    take_in(place, path, DAY)
    before = everything(place.data_dir)
    again = take_in(place, path, "2023-07-01")
    assert again.known and everything(place.data_dir) == before
    assert again.answer.name == "schulamt-2022-Pruefergebnis-2.xlsx"


def test_a_second_delivery_of_the_year_is_a_newer_edition(place: Settings, inbox: Path) -> None:
    """Both stay; number by number the newer one goes first (decision 0026)."""
    first, _, _ = filled(place, inbox, "schulamt", YEAR)
    take_in(place, first, DAY)
    values = {(A, "SC-UE"): 500, (KREIS, "SC-UE"): None}
    second, _, _ = filled(place, inbox, "schulamt", YEAR, values=values, name="berichtigt.xlsx")
    outcome = take_in(place, second, DAY)
    assert outcome.accepted is not None and outcome.accepted.folder.name == "2022-L02"
    assert [one.edition for one in outcome.accepted.repeated] == ["2022-L01"]
    merkmale = tables(place, "schulamt")[0].filter(source_id="schulamt", area_id=A, auspraegung="insgesamt")
    rows = merkmale.filter(merkmal="uebergaenge_klasse4").sort("edition")
    assert rows["edition"].to_list() == ["2022-L01", "2022-L02"]
    assert rows["preferred"].to_list() == [False, True] and rows["wert"].to_list()[1] == 500


def test_gemeinden_may_deliver_one_by_one(place: Settings, inbox: Path) -> None:
    for at, ags in enumerate((A, C)):
        path, _, _ = filled(place, inbox, "meldewesen", YEAR, area=ags, name=f"{ags}.xlsx")
        outcome = take_in(place, path, DAY)
        assert outcome.accepted is not None, outcome.findings
        assert outcome.accepted.folder.name == f"2022-L0{at + 1}-{ags}"
    merkmale, areas, members = tables(place, "meldewesen")
    people = merkmale.filter(merkmal="einwohner_melderegister", auspraegung="insgesamt", preferred=True)
    assert sorted(people["area_id"]) == [A, C]
    entry = next(one for one in catalogue_of(merkmale) if one.indicator_id == "G03")
    values = build_values(merkmale, areas, members, [entry], YEAR)
    assert set(values["status"]) == {"missing"}  # places were not delivered, and nothing is made up


def tables(place: Settings, *sources: str) -> tuple[Any, Any, Any]:
    edit_sheet(place.data_dir / "kreis.yml", lambda kreis: kreis["quellen"].extend(sources))
    settings = load_settings(place.data_dir, place.out_dir)
    gemeinden = read_gemeinden(settings)
    areas, members = build_areas(gemeinden, read_sozialraeume(settings, gemeinden), settings.kreis)
    raw = {source: read_source(settings, source, gemeinden) for source in settings.kreis.sources}
    return build_merkmale(raw, areas, all_deliveries(settings.data_dir, settings.kreis))[0], areas, members


def test_a_missing_gemeinde_leaves_the_sum_missing(place: Settings, inbox: Path) -> None:
    for key in ("kreisagentur",):
        path, _, _ = filled(place, inbox, key, YEAR)
        take_in(place, path, DAY)
    path, _, values = filled(place, inbox, "meldewesen", YEAR, area=A)
    take_in(place, path, DAY)
    merkmale, areas, members = tables(place, "kreisagentur", "meldewesen")
    entry = next(one for one in catalogue_of(merkmale) if one.indicator_id == "A01")
    found = {row["area_id"]: row for row in build_values(merkmale, areas, members, [entry], YEAR).rows(named=True)}
    assert found[A]["denominator"] == values[A, "ME-BRA"] and found[B]["status"] == "missing"
    assert found[KREIS]["status"] == "missing" and "2 von 3 Gemeinden ohne Wert" in found[KREIS]["reason"]


# ------------------------------------------------------------------------------------------------ rejected
def test_a_rejected_form_is_kept_in_quarantine_and_nothing_is_taken(place: Settings, inbox: Path) -> None:
    path, _, _ = filled(place, inbox, "schulamt", YEAR, values=WRONG)
    before, original = everything(place.data_dir), sha256(path)
    outcome = take_in(place, path, DAY)
    assert outcome.accepted is None and everything(place.data_dir) == before and sha256(path) == original
    assert outcome.rejected == quarantine(place) / "schulamt" / f"{DAY}-{original[:12]}"
    assert everything(outcome.rejected)["formular.xlsx"] == original
    told = yaml.safe_load((outcome.rejected / FINDINGS).read_text(encoding="utf-8"))
    assert told["findings"][0]["place"] == "Zahlen!D8" and told["role"] and told["sha256"] == original
    again = take_in(place, path, DAY)
    assert again.rejected == outcome.rejected and len(list(outcome.rejected.parent.iterdir())) == 1


def test_the_answer_marks_every_problem_in_its_cell(place: Settings, inbox: Path) -> None:
    path, _, _ = filled(place, inbox, "schulamt", YEAR, values=WRONG | {(B, "SC-LSE"): 3, (KREIS, "SC-LSE"): None})
    outcome = take_in(place, path, DAY)
    book = openpyxl.load_workbook(outcome.answer)
    assert book.sheetnames[0] == RESULT
    rows = [[one.value for one in row] for row in book[RESULT].iter_rows()]
    head = next(at for at, row in enumerate(rows) if row[0] == "Nr.")
    listed = {row[3]: row for row in rows[head + 1 :]}
    for finding in outcome.findings:
        marked = book[finding.sheet][finding.cell]
        assert finding.what in marked.comment.text and finding.remedy in marked.comment.text
        assert marked.fill.patternType in ("lightUp", "lightGrid")
        assert listed[finding.cell][4] == finding.what and listed[finding.cell][6] == finding.remedy
    links = [row[3].hyperlink.location for row in book[RESULT].iter_rows(min_row=head + 2)]
    assert "'Zahlen'!D8" in links and "'Zahlen'!F9" in links
    assert book[FIGURES]["C8"].comment is None and book[FIGURES].protection.sheet


def test_the_answer_can_be_corrected_and_sent_back(place: Settings, inbox: Path) -> None:
    path, asked, _ = filled(place, inbox, "schulamt", YEAR, values=WRONG)
    answer = take_in(place, path, DAY).answer
    book = openpyxl.load_workbook(answer)
    cell(book, asked, A, "SC-UEG").value = 20
    cell(book, asked, KREIS, "SC-UEG").value = ". "
    cell(book, asked, B, "SC-UEG").value = cell(book, asked, C, "SC-UEG").value = "."
    book.save(answer)
    outcome = take_in(place, answer, "2023-07-01")
    assert outcome.accepted is not None, outcome.findings
    book = openpyxl.load_workbook(outcome.answer)
    assert book.sheetnames.count(RESULT) == 1 and cell(book, asked, A, "SC-UEG").comment is None
    assert cell(book, asked, A, "SC-UEG").fill.patternType == "solid"


def test_what_somebody_typed_never_becomes_a_formula(place: Settings, inbox: Path) -> None:
    def change(book: Any, _: Any) -> None:
        book[SAID]["B4"].value = "@SUM(1)"
        target = book[FIGURES]["C8"]
        target.value, target.data_type = '=HYPERLINK("http://example.org")', "s"

    path, _, _ = filled(place, inbox, "schulamt", YEAR, change=change)
    book = openpyxl.load_workbook(take_in(place, path, DAY).answer)
    assert all(one.data_type != "f" for row in book[RESULT].iter_rows() for one in row)


def test_a_share_above_one_is_found_before_a_run_stops_at_it(place: Settings, inbox: Path) -> None:
    register, _, _ = filled(place, inbox, "meldewesen", YEAR)
    take_in(place, register, DAY)
    path, _, _ = filled(place, inbox, "kreisagentur", YEAR, values={(A, "KFB-LB"): 60000, (KREIS, "KFB-LB"): None})
    outcome = take_in(place, path, DAY)
    assert outcome.accepted is None
    assert [(one.cell, one.what) for one in outcome.severe] == [
        ("C8", "Mehr als alle: Leistungsberechtigte nach SGB II (A01).")
    ]


def remark_in_a_comment(book: Any, asked: Any) -> None:
    cell(book, asked, A, "SC-UE").comment = Comment("Rückfrage an Frau Mustermann", "Amt")


def merge(book: Any, _: Any) -> None:
    book[FIGURES].merge_cells("C8:C9")


def hide(book: Any, _: Any) -> None:
    book[FIGURES].row_dimensions[8].hidden = book[FIGURES].column_dimensions["D"].hidden = True


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            remark_in_a_comment,
            [("C8", "Ein Text oder Kommentar enthält etwas, das nach Angaben zu einer Person", True)],
        ),
        (merge, [("C8", "Verbundene Zellen", True), ("C9", "Die Zelle ist leer", False)]),
        (hide, [("C8", "Die Zeile ist ausgeblendet", False), ("D8", "Die Spalte ist ausgeblendet", False)]),
    ],
)
def test_what_cells_do_not_say_is_told(change: Any, told: list, place: Settings, inbox: Path) -> None:
    path, _, _ = filled(place, inbox, "schulamt", YEAR, change=change)
    outcome = take_in(place, path, DAY)
    assert len(outcome.findings) == len(told)
    for finding, (where, what, severe) in zip(outcome.findings, told, strict=True):
        assert (finding.cell, finding.severe) == (where, severe) and finding.what.startswith(what)
        assert "Mustermann" not in f"{finding.what} {finding.found} {finding.remedy}"
    assert openpyxl.load_workbook(outcome.answer)[FIGURES]["C8"].comment is not None


def test_a_workbook_under_an_old_name_is_taken(place: Settings, inbox: Path) -> None:
    path, _, _ = filled(place, inbox, "schulamt", YEAR, name="schulamt.xls")
    assert take_in(place, path, DAY).accepted is not None


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("zahlen.csv", b"AGS;KI-U3\n06999001;5\n", "eine Texttabelle"),
        ("zahlen.pdf", b"%PDF-1.7\n", "ein PDF"),
        ("zahlen.xlsx", b"<html><table></table></html>", "eine andere Datei"),
        ("zahlen.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "Excel 97 bis 2003"),
        (
            "zahlen.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
            "eine verschlüsselte Datei",
        ),
    ],
)
def test_what_is_no_new_workbook_is_told_by_its_kind(
    name: str, content: bytes, told: str, place: Settings, inbox: Path
) -> None:
    (inbox / name).write_bytes(content)
    before = everything(place.data_dir)
    with pytest.raises(InputError, match=told) as error:
        take_in(place, inbox / name, DAY)
    assert ".xlsx" in error.value.remedy or "Kennwort" in error.value.remedy
    assert everything(place.data_dir) == before and [one.name for one in inbox.iterdir()] == [name]


def test_an_office_is_named_as_the_district_names_it(place: Settings, inbox: Path) -> None:
    edit_sheet(
        place.data_dir / "kreis.yml", lambda kreis: kreis.update(stellen={"jobcenter": {"name": "Amt für Arbeit"}})
    )
    settings = load_settings(place.data_dir, place.out_dir)
    path, _, _ = filled(settings, inbox, "kreisagentur", YEAR)
    outcome = take_in(settings, path, DAY)
    assert outcome.accepted is not None and "Amt für Arbeit" in intake.receipt_lines(outcome)[0]
    sheet = yaml.safe_load((outcome.accepted.folder / SHEET).read_text(encoding="utf-8"))
    assert sheet["publisher"] == "Amt für Arbeit" and sheet["attribution"].startswith("Amt für Arbeit, ")


# ------------------------------------------------------------------------------------------------ refused outright
def test_a_list_of_persons_is_stored_nowhere(place: Settings, inbox: Path) -> None:
    def persons(book: Any, _: Any) -> None:
        sheet = book.create_sheet("Fälle")
        sheet.append(["Nachname", "Vorname", "Geburtsdatum"])
        for day in (11, 12, 13, 14):
            sheet.append(["Mustermann", "Erika", f"{day}.05.1980"])

    path, _, _ = filled(place, inbox, "schulamt", YEAR, change=persons)
    before = everything(place.data_dir)
    with pytest.raises(InputError, match="Angaben zu einzelnen Personen") as error:
        take_in(place, path, DAY)
    assert "Mustermann" not in str(error.value)
    assert everything(place.data_dir) == before and not quarantine(place).exists()
    assert [one.name for one in inbox.iterdir()] == [path.name]


def test_add_does_not_take_a_form(place: Settings, inbox: Path) -> None:
    from pipelines.sources.intake import Said, add

    path, _, _ = filled(place, inbox, "schulamt", YEAR)
    with pytest.raises(AtlasError, match="sozialatlas check"):
        add(place, [path], Said(published=False))
    assert not (place.data_dir / "schulamt").exists()


def test_during_a_run_nothing_is_taken(place: Settings, inbox: Path) -> None:
    path, _, _ = filled(place, inbox, "schulamt", YEAR)
    before = everything(place.data_dir)
    place.curated_dir.mkdir(parents=True)
    holder = '{"pid": 1, "host": "anderswo", "user": "erika", "since": "01.03.2024, 09:00 Uhr"}'
    (place.curated_dir / NAME).write_text(holder, encoding="utf-8")
    with pytest.raises(LockError, match="anderswo"):
        take_in(place, path, DAY)
    assert everything(place.data_dir) == before and not quarantine(place).exists()


class Crash(BaseException):
    """The process ends here."""


class Power:
    """Lets the file system do so many steps and then nothing any more, as when the power fails."""

    CHANGES = ("mkdir", "rename", "replace", "link", "unlink", "rmdir", "chmod", "fsync")

    def __init__(self, steps: int, below: Path, patched: pytest.MonkeyPatch) -> None:
        self.left, self.below = steps, str(below)
        for name in self.CHANGES:
            patched.setattr(os, name, self.counted(getattr(os, name)))
        patched.setattr(io, "open", self.counted(io.open, only_writing=True))

    def counted(self, step: Any, *, only_writing: bool = False) -> Any:
        def done(*given: Any, **named: Any) -> Any:
            mode = str(named.get("mode", given[1] if len(given) > 1 else "r"))
            if only_writing and not set(mode) & set("wxa+"):
                return step(*given, **named)
            if not isinstance(given[0], int) and not str(given[0]).startswith(self.below):
                return step(*given, **named)
            if NAME in str(given[0]):  # the lock of a dead process is taken over, which other tests hold
                return step(*given, **named)
            self.left -= 1
            if self.left < 0:
                raise Crash
            return step(*given, **named)

        return done


@pytest.mark.parametrize("values", [{}, {(A, "VA-SB"): "viele"}], ids=["angenommen", "abgelehnt"])
def test_whatever_step_it_dies_at_all_or_nothing_is_there(
    values: dict, place: Settings, inbox: Path, tmp_path: Path, monkeypatch
) -> None:
    """After each step of the file system the power fails; the next call ends as if nothing had happened."""
    path, _, _ = filled(place, inbox, "versorgungsamt", YEAR, values=values)
    before, original, store = everything(place.data_dir), sha256(path), place.data_dir / "versorgungsamt"
    for steps in count():
        answer = inbox / f"antwort-{steps}.xlsx"
        with monkeypatch.context() as patched:
            power = Power(steps, tmp_path, patched)
            with contextlib.suppress(Crash):
                take_in(place, path, DAY, answer)
        assert sha256(path) == original
        seen = {name: digest for name, digest in everything(place.data_dir).items() if not name.startswith(".")}
        whole = seen != before
        if whole:
            assert read_sheet(store / "2022-L01" / SHEET, place.data_dir).files[0].sha256 == original
            assert not values
        kept = [one for one in quarantine(place).glob("versorgungsamt/*") if not one.name.startswith(".")]
        assert all({*everything(one)} == {FINDINGS, "formular.xlsx"} for one in kept)
        if power.left >= 0:
            break
        again = take_in(place, path, DAY, inbox / f"danach-{steps}.xlsx")
        assert (again.accepted is None) == bool(values) and again.known == whole
        openpyxl.load_workbook(again.answer)
        for left in (store, quarantine(place)):
            shutil.rmtree(left, ignore_errors=True)
        hidden = [one.name for one in place.data_dir.iterdir() if one.name.startswith(".")]
        assert not hidden or values or whole  # what a crash left aside is cleared away by the next that is stored
    assert steps > 5


def test_an_answer_never_costs_a_file(place: Settings, inbox: Path) -> None:
    path, _, _ = filled(place, inbox, "schulamt", YEAR)
    there = inbox / "antwort.xlsx"
    there.write_bytes(b"etwas anderes")
    with pytest.raises(AtlasError, match="gibt es schon"):
        take_in(place, path, DAY, there)
    assert there.read_bytes() == b"etwas anderes"
    assert not (place.data_dir / "schulamt").exists()  # told before anything was stored


def test_only_checking_stores_nothing(place: Settings, inbox: Path) -> None:
    path, _, _ = filled(place, inbox, "schulamt", YEAR, values=WRONG)
    before = everything(place.data_dir)
    outcome = take_in(place, path, DAY, only_check=True)
    assert outcome.severe and everything(place.data_dir) == before and not quarantine(place).exists()


@tuned(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given_by(content=st.binary(min_size=1, max_size=400))
def test_no_damage_ends_in_a_traceback(content: bytes, place: Settings, inbox: Path) -> None:
    path, _, _ = filled(place, inbox, "versorgungsamt", YEAR)
    whole = path.read_bytes()
    cut = len(whole) * content[0] // 256
    path.write_bytes(whole[:cut] + content + whole[cut + len(content) :])
    try:
        outcome = take_in(place, path, DAY)
    except AtlasError:
        return
    assert outcome.findings is not None


# ------------------------------------------------------------------------------------------------ the command
@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    def told(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["sozialatlas", *map(str, arguments)])
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        return code, *capsys.readouterr()

    return told


def test_the_way_from_template_to_receipt(place: Settings, inbox: Path, call, monkeypatch) -> None:
    monkeypatch.chdir(inbox)
    data = ("--data", place.data_dir, "--out", place.out_dir)
    code, out, _ = call("template", *data)
    assert code == 0 and all(key in out for key in forms())
    code, out, _ = call("template", "kita", *data)
    assert code == 0 and (inbox / "kita-2022.xlsx").is_file() and "3 Gemeinden und die Summe" in out
    code, _, err = call("template", "kita", *data)
    assert code == 1 and "gibt es schon" in err
    code, out, _ = call("template", "meldewesen", "--area", "Probedorf", *data)
    assert code == 0 and (inbox / "meldewesen-2022-06999003.xlsx").is_file()
    code, out, _ = call("template", "kita", "--area", "Beispielraum 1", *data)
    assert code == 0 and (inbox / "kita-2022-teil.xlsx").is_file() and "2 Gemeinden" in out
    code, _, err = call("template", "bauamt", *data)
    assert code == 1 and "Für „bauamt“ gibt es kein Formular." in err

    path, _, _ = filled(place, inbox, "schulamt", YEAR, values=WRONG)
    code, out, err = call("check", path, "--eingang", DAY, *data)
    assert code == 1 and "1. Fehler in Zahlen, D8" in out and "Nicht angenommen, aufbewahrt in" in out and not err
    path, _, _ = filled(place, inbox, "schulamt", YEAR)
    code, out, err = call("check", path, "--eingang", DAY, *data)
    assert code == 0 and "angenommen, Ausgabe 2022-L01" in out and sha256(path) in out and not err
    assert "„schulamt“ unter „quellen“" in out
    assert [one.edition for one in deliveries(place.data_dir, "schulamt")] == ["2022-L01"]


def test_options_of_a_form_need_a_form(place: Settings, call) -> None:
    code, _, err = call("check", "--nur-pruefen", "--data", place.data_dir)
    assert code == 1 and "gelten nur mit einem Formular" in err


def test_a_file_that_is_not_there_is_told(place: Settings, inbox: Path, call) -> None:
    code, _, err = call("check", inbox / "fehlt.xlsx", "--data", place.data_dir)
    assert code == 1 and "Die Datei gibt es nicht." in err
    assert intake.ANSWER not in str(list(inbox.iterdir()))
