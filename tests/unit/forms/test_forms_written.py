"""A form as it is given out: what an office sees, what it may change, and that the same form has the same bytes."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from district import write_district
from fixtures.forms import issued

from pipelines.errors import AtlasError, InputError
from pipelines.forms.definition import FOLDER, Form, form_named, forms
from pipelines.forms.feeds import feeds
from pipelines.forms.form import (
    CODES_ROW,
    FIGURES,
    FIRST_ROW,
    HELP,
    HIDDEN,
    MEANING,
    PUBLISHED,
    QUALITY,
    ROLE,
    SAID,
    workbook_bytes,
)
from pipelines.forms.issuing import issue, named_for
from pipelines.indicators.catalogue import load_catalogue
from pipelines.readers import personal, read_gemeinden, read_sozialraeume
from pipelines.readers.rawfile import RawFile
from pipelines.settings import Settings, load_settings
from pipelines.sources.registry import catalogue

OFFICES = {
    "kreisagentur",
    "jugendamt",
    "sozialamt",
    "kita",
    "schulamt",
    "gesundheitsamt",
    "meldewesen",
    "angebote",
    "wohnraum",
}
YEAR = 2022


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("kreis")
    return load_settings(write_district(folder / "daten"), folder / "aus")


def book(settings: Settings, key: str, area: str | None = None) -> Any:
    asked = issued(settings, key, YEAR, area)
    return openpyxl.load_workbook(io.BytesIO(workbook_bytes(asked, feeds(asked.form))))


def test_there_is_a_form_and_a_source_for_every_office() -> None:
    assert set(forms()) >= OFFICES
    for key in forms():
        assert catalogue()[key].formats == ("formular",)


@pytest.mark.parametrize("key", forms())
def test_the_same_form_has_the_same_bytes(key: str, settings: Settings) -> None:
    asked = issued(settings, key, YEAR)
    assert workbook_bytes(asked, feeds(asked.form)) == workbook_bytes(asked, feeds(asked.form))


@pytest.mark.parametrize("key", forms())
def test_every_column_is_named_dated_and_explained(key: str, settings: Settings) -> None:
    sheets, form = book(settings, key), forms()[key]
    assert sheets.sheetnames == [HELP, SAID, FIGURES, MEANING, HIDDEN]
    heads = [cell.value for cell in sheets[FIGURES][CODES_ROW]]
    assert heads == ["AGS", "Gebiet", *[item.code for item in form.items], "Bemerkung"]
    rows = {row[0].value: [cell.value for cell in row] for row in sheets[MEANING].iter_rows(min_row=2)}
    for item in form.items:
        _, name, definition, time, unit, rule, *_ = rows[item.code]
        assert (name, definition, unit) == (item.name, item.definition, item.unit)
        assert "2022" in time and (rule == "jede Anzahl nennen" or "„.“" in rule)
    texts = " ".join(str(cell.value) for row in sheets[HELP].iter_rows() for cell in row)
    told = issued(settings, key, YEAR).form
    assert told.office in texts and told.legal in texts and told.explanation in texts and "{" not in texts


@pytest.mark.parametrize("key", forms())
def test_only_answers_can_be_changed(key: str, settings: Settings) -> None:
    sheets, form = book(settings, key), forms()[key]
    assert sheets.security.lockStructure
    for sheet in sheets.worksheets:
        assert sheet.protection.sheet
    unlocked = {c.coordinate for row in sheets[FIGURES].iter_rows() for c in row if not c.protection.locked}
    assert len(unlocked) == 4 * (len(form.items) + 1)  # three Gemeinden and the sum, and a remark each
    assert all(int(re.sub("[A-Z]", "", place)) >= FIRST_ROW for place in unlocked)
    assert sheets[HIDDEN].sheet_state == "veryHidden"


def test_lists_to_choose_from_hold_what_is_asked(settings: Settings) -> None:
    sheets, form = book(settings, "kreisagentur"), forms()["kreisagentur"]
    rules = {rule.promptTitle: rule for rule in sheets[SAID].data_validations.dataValidation}
    for name, wanted in ((ROLE, form.roles), (PUBLISHED, ("ja", "nein")), (QUALITY, None)):
        place = sheets.defined_names[rules[name[:32]].formula1].attr_text
        texts = [cell.value for (cell,) in sheets[HIDDEN][place.split("!")[1].replace("$", "")]]
        assert wanted is None or tuple(texts) == wanted
        assert rules[name[:32]].type == "list" and rules[name[:32]].showErrorMessage


def test_a_cell_takes_numbers_signs_and_no_small_count(settings: Settings) -> None:
    rules = book(settings, "jugendamt")[FIGURES].data_validations.dataValidation
    by_code = {rule.promptTitle: rule for rule in rules}
    assert by_code["JA-8A"].formula1 == 'OR(E8=".",E8="-",AND(ISNUMBER(E8),E8>=0,E8=INT(E8),OR(E8=0,E8>=10)))'
    assert ">=5" in by_code["JA-HZE"].formula1
    decimals = book(settings, "angebote")[FIGURES].data_validations.dataValidation[0]
    assert "INT(" not in decimals.formula1


@pytest.mark.parametrize("key", forms())
def test_it_can_be_read_on_screen_and_on_paper(key: str, settings: Settings) -> None:
    sheets, form = book(settings, key), forms()[key]
    figures = sheets[FIGURES]
    assert figures.freeze_panes == f"C{FIRST_ROW}" and figures.print_title_cols == "$A:$B"
    assert figures.print_title_rows == f"${CODES_ROW}:${FIRST_ROW - 1}"
    for column, item in enumerate(form.items, 3):
        width = figures.column_dimensions[figures.cell(1, column).column_letter].width
        assert width > max(map(len, item.name.replace("-", "- ").split()))
    for sheet in sheets.worksheets[:-1]:
        assert sheet.page_setup.fitToWidth == 1 and sheet.page_setup.fitToHeight == 0
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
    for row in (CODES_ROW + 1, CODES_ROW + 2, CODES_ROW + 3):
        assert figures.row_dimensions[row].height >= 18
        assert all(cell.alignment.wrap_text for cell in figures[row] if cell.value)


@pytest.mark.parametrize("key", forms())
def test_a_form_does_not_look_like_a_list_of_persons(key: str, settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "formular.xlsx"
    path.write_bytes(workbook_bytes(issued(settings, key, YEAR), {}))
    personal.refuse(RawFile(path))


def test_a_form_for_one_gemeinde_has_its_row_alone(settings: Settings) -> None:
    by_name, by_key = (issued(settings, "meldewesen", YEAR, one) for one in ("Probedorf", "06999003"))
    assert by_name == by_key and [area.key for area in by_name.areas] == ["06999003"]
    with pytest.raises(AtlasError, match="keine Gemeinde des Kreises"):
        issued(settings, "meldewesen", YEAR, "Anderswo")


def test_a_form_for_a_sozialraum_has_its_gemeinden_and_no_sum(settings: Settings) -> None:
    for wanted in ("Beispielraum 1", "06999-S01", "beispielraum 1"):
        asked = issued(settings, "kita", YEAR, wanted)
        assert [area.key for area in asked.areas] == ["06999001", "06999002"]


def test_what_there_is_not_is_told_with_what_is_most_alike(settings: Settings) -> None:
    with pytest.raises(AtlasError, match="am ähnlichsten: Probedorf"):
        issued(settings, "kita", YEAR, "Probdorf")
    with pytest.raises(AtlasError, match="am ähnlichsten: jugendamt"):
        form_named("Jugendamnt")
    with pytest.raises(AtlasError, match="angebote, ba_beschaeftigung"):
        form_named("xyz")


def test_a_sozialraum_of_parts_has_no_form(settings: Settings) -> None:
    gemeinden = read_gemeinden(settings)
    spaces = read_sozialraeume(settings, gemeinden).with_columns(weight=pl.lit(0.5))
    with pytest.raises(AtlasError, match="nicht aus ganzen Gemeinden"):
        issue(forms()["kita"], settings.kreis, gemeinden, YEAR, "Beispielraum 1", spaces)


def test_offices_and_laws_are_those_of_the_district(settings: Settings) -> None:
    """Elsewhere the office is called otherwise, and another Land has other laws; shipped names stay."""
    asked, kreis = forms()["kreisagentur"], settings.kreis
    assert named_for(asked, kreis).office == "Jobcenter"
    shipped = load_settings().kreis
    assert named_for(asked, shipped).office == "Kreisagentur für Beschäftigung"
    assert named_for(forms()["kita"], shipped).legal == "§ 80 SGB VIII, § 30 HKJGB"
    elsewhere = replace(kreis, land_key="09", land_name="Bayern")
    for form in forms().values():
        told = named_for(form, elsewhere)
        texts = " ".join((told.office, told.legal, told.explanation, *told.roles))
        assert not re.search("Hess|HKJGB|HSchG|Kreisagentur|[{}]", texts), form.key


def test_the_structure_tells_forms_apart(settings: Settings) -> None:
    gemeinden = read_gemeinden(settings)
    first = issue(forms()["kita"], settings.kreis, gemeinden, 2022)
    other = issue(forms()["kita"], settings.kreis, gemeinden, 2021)
    single = issue(forms()["kita"], settings.kreis, gemeinden, 2022, "06999001")
    assert len({first.structure, other.structure, single.structure}) == 3


@pytest.mark.parametrize("key", forms())
def test_a_form_asks_for_nothing_without_a_use(key: str) -> None:
    """A column feeds an indicator, or is part of one that does, or names what the catalogue keeps apart."""
    form: Form = forms()[key]
    used = feeds(form)
    apart = {"JA-42U", "WR-GBA", "ME-EW"}  # told apart in J04, W06 (running out), and the total that holds the rest
    assert {code for code, indicators in used.items() if not indicators} <= apart


@pytest.mark.parametrize("key", forms())
def test_a_part_is_held_to_its_whole_where_both_stand_in_one_form(key: str) -> None:
    """What a run would stop at, a share above one, is a rule of the form."""
    items = {(item.merkmal, item.auspraegung): item for item in forms()[key].items}
    for entry in (one.awaited for one in load_catalogue() if one.awaited):
        used = [items.get((term.merkmal, term.auspraegung)) for term in (*entry.numerator, *entry.denominator)]
        if entry.interval == "wilson" and len(used) == 2 and all(used):
            part, whole = used
            assert part is not None and whole is not None and part.part_of == whole.code


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (("minimum: 3", "minimum: -1"), "eine Zahl ab 0"),
        (("part_of: KFB-LB18", "part_of: KFB-XX"), "KFB-XX"),
        (("part_of: KFB-LB18", "part_of: KFB-LB15"), "kein Kreis von Teilen"),
        (("code: KFB-LB18", "code: KFB-LB"), "jede Kennung und jedes Merkmal einmal"),
        (('time: "12-31"', 'time: "gestern"'), "jahr oder ein Stichtag"),
        (("office: ", "amt: "), "der Eintrag „amt“"),
    ],
)
def test_a_faulty_form_is_refused_with_its_line(change: tuple[str, str], found: str, tmp_path: Path) -> None:
    text = (FOLDER / "kreisagentur.yml").read_text(encoding="utf-8")
    assert change[0] in text
    (tmp_path / "kreisagentur.yml").write_text(text.replace(*change, 1), encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(found)) as error:
        forms(tmp_path)
    assert isinstance(error.value.row, int)
