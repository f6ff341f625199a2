"""The forms to fill in are in step with the columns, and what comes back is read.

What belongs here: docs/de/formulare and docs/de/beispiele. What does not: what a register may say (`tests/unit`).
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from pipelines.publish.forms import AREAS, CODES, EXAMPLE, HELP, LINES
from pipelines.settings import PROJECT_DIR
from pipelines.steering.offers import build_offers, columns, kinds
from pipelines.steering.participation import need_columns
from tests.docs import renew
from tests.fixtures.release import release_frames
from tests.fixtures.steering import folder

HEADS = {"angebote": columns(), "bedarfsmeldungen": need_columns()}


def book(register: str) -> Any:
    return openpyxl.load_workbook(renew.FORMS / f"{register}.xlsx")


def test_the_forms_follow_the_columns() -> None:
    made = renew.forms()
    assert {path.name for path in made} == {path.name for path in renew.FORMS.iterdir()}
    for path, content in made.items():
        assert path.read_bytes() == content, "python -m tests.docs.renew"


@pytest.mark.parametrize("register", HEADS)
def test_a_form_has_the_header_of_its_register(register: str) -> None:
    sheets = book(register)
    assert sheets.sheetnames == [HELP, register, CODES, AREAS, EXAMPLE]
    assert tuple(cell.value for cell in sheets[register][1]) == HEADS[register]
    shipped = (PROJECT_DIR / "data" / "raw" / "steering" / f"{register}.csv").read_text(encoding="utf-8")
    assert shipped == (renew.FORMS / f"{register}.csv").read_text(encoding="utf-8")


def test_lists_offer_exactly_the_codes() -> None:
    sheets = book("angebote")
    lists = {rule.promptTitle: rule.formula1 for rule in sheets["angebote"].data_validations.dataValidation}
    place = lists["art"].split("!")[1].replace("$", "")
    assert [cell.value for (cell,) in sheets[CODES][place]] == list(kinds())
    for name in ("gebiet", "ort"):
        place = lists[name].split("!")[1].replace("$", "")
        keys = [cell.value for (cell,) in sheets[AREAS][place]]
        assert keys[:2] == ["06432", "06432001"] and len(keys) == 24


def test_every_column_and_every_code_is_explained() -> None:
    for register, heads in HEADS.items():
        sheets = book(register)
        told = [row[0] for row in sheets[HELP].iter_rows(values_only=True)]
        assert set(heads) <= set(told)
        assert all(row[1] and row[2] for row in sheets[CODES].iter_rows(values_only=True))


def test_keys_keep_their_leading_zero() -> None:
    sheet = book("angebote")["angebote"]
    assert {sheet.cell(row, 4).number_format for row in (2, LINES + 1)} == {"@"}


def test_a_filled_form_is_read(tmp_path: Path) -> None:
    """The rows of the sheet „Beispiel“ as somebody enters them, saved as CSV, are the register of the example."""
    sheets = book("angebote")
    entry, filled = sheets["angebote"], list(sheets[EXAMPLE].iter_rows(min_row=3, values_only=True))
    for at, row in enumerate(filled, 2):
        for number, text in enumerate(row, 1):
            entry.cell(at, number).value = text
    text = io.StringIO(newline="")
    rows = [["" if cell is None else str(cell) for cell in row] for row in entry.iter_rows(values_only=True)]
    csv.writer(text, lineterminator="\n").writerows(row for row in rows if any(row))
    data = folder(tmp_path, **{"angebote.csv": text.getvalue()})
    areas = release_frames()["areas"]
    assert build_offers(data, areas).equals(build_offers(renew.EXAMPLES.parent, areas))


def test_examples_say_that_they_are_made_up() -> None:
    for path in sorted(renew.EXAMPLES.iterdir()):
        assert "test" in path.read_text(encoding="utf-8").lower(), path.name
