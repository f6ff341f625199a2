"""The workbook of the Ressourcenbericht: recomputed by a formula library, and what stands where nothing is known."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.publish import Release
from pipelines.publish.resource_workbook import NAME, write_resource_workbook
from tests.fixtures.resources import EXAMPLE, resource_release

# The library compares numbers with `is`.
pytestmark = pytest.mark.filterwarnings("ignore::SyntaxWarning")

# Testdaten: the worked example (78 400,00 x 1,5 x 9/12 and so on), half a cent, a rate that changes within a year
SMALL = """
erstes_jahr: 2027
kostensaetze:
  - {gruppe: E 11, ab: 2027-01, betrag: 78400.00, quelle: Testdaten}
  - {gruppe: E 8, ab: 2027-01, betrag: 100.01, quelle: Testdaten}
  - {gruppe: E 8, ab: 2028-07, betrag: 66999.99, quelle: Testdaten}
arbeitsplatz: [{ab: 2027-01, betrag: 9700.00, quelle: Testdaten}]
gemeinkosten: [{ab: 2027-01, prozent: 20, quelle: Testdaten}]
tarifsteigerung:
  - {jahr: 2028, prozent: 3, quelle: Testdaten}
  - {jahr: 2029, prozent: 3, quelle: Testdaten}
  - {jahr: 2030, prozent: 3, quelle: Testdaten}
stellen:
  - {kennung: s1, bezeichnung: Koordination, gruppe: E 11, vzae: 1.5, von: 2027-04, art: laufend, szenario: Minimal}
  - {kennung: s2, bezeichnung: Hilfe, gruppe: E 8, vzae: 0.5, von: 2027-01, bis: 2028-09, art: einmalig,
     szenario: Basis, produkt: "*1.05 <a> & b", konto: "=1"}
sachkosten:
  - {kennung: m1, bezeichnung: Druck, bereich: Druck, betrag: 0.01, von: 2028, art: laufend, szenario: Ausbau}
deckung:
  - {kennung: d1, bezeichnung: Programm, art: Förderung, betrag: 30000.00, von: 2027, bis: 2028, stand: bewilligt,
     szenario: Minimal}
  - {kennung: d2, bezeichnung: Stiftung, art: Förderung, betrag: 12000.00, von: 2027, stand: beantragt,
     szenario: Minimal}
"""


@pytest.fixture(scope="module")
def release() -> Release:
    return resource_release(SMALL)


@pytest.fixture(scope="module")
def path(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_resource_workbook(release, tmp_path_factory.mktemp("mappe"))


@pytest.fixture(scope="module")
def model(path: Path) -> Any:
    import formulas

    return formulas.ExcelModel().loads(str(path)).finish()


def _sheets(path: Path, *, values: bool) -> dict[str, dict[str, Any]]:
    from openpyxl import load_workbook

    book = load_workbook(path, data_only=values)
    return {
        sheet.title: {
            cell.coordinate: cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None
        }
        for sheet in book
    }


def _compute(model: Any, **levers: int) -> dict[tuple[str, str], Any]:
    """Every cell as the library computes it, by sheet in capital letters and place; levers: cells of Stellschrauben."""
    inputs = {f"'[{NAME}]STELLSCHRAUBEN'!{place}": value for place, value in levers.items()}
    found = model.calculate(inputs=inputs or None)
    cells = {}
    for key, ranges in found.items():
        file, _, place = str(key).partition("]")
        if file.endswith(NAME) and ":" not in place and "!" in place:
            sheet, _, cell = place.partition("'!")
            cells[sheet, cell] = ranges.value[0, 0]
    return cells


def _cents(value: Any) -> Decimal:
    return Decimal(repr(float(value))).quantize(Decimal("0.01"))


def test_every_formula_comes_to_the_value_beside_it(path: Path, model: Any) -> None:
    from openpyxl import load_workbook

    values, computed, checked = _sheets(path, values=True), _compute(model), 0
    for sheet in load_workbook(path):
        for cell in (cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"):
            stored, result = values[sheet.title][cell.coordinate], computed[sheet.title.upper(), cell.coordinate]
            same = result == stored if isinstance(stored, str) else float(result) == pytest.approx(stored, abs=1e-9)
            assert same, (sheet.title, cell.coordinate, cell.value, stored, result)
            checked += 1
    assert checked > 250


def test_the_worked_example_stands_in_the_sums(path: Path, release: Release) -> None:
    # 88 200,00 + 10 912,50 + 17 640,00 = 116 752,50; less 30 000,00 granted, while 12 000,00 applied for do not count
    row = _sheets(path, values=True)["Summen"]
    assert (row["A2"], row["C2"]) == ("Minimal", "2027")
    assert [row[f"{column}2"] for column in "FGHIJ"] == [88200, 10912.5, 17640, 0, 116752.5]
    assert (row["M2"], row["N2"]) == (30000, 86752.5)
    printed = release.table("resource_totals").filter(scenario="Minimal", period="2027")["net"].to_list()
    assert printed == [Decimal("86752.50")]


@pytest.mark.parametrize(
    ("cell", "value", "lever", "step"),
    [
        ("B2", 1, "Tarifsteigerung", "je Jahr 1 Prozentpunkt mehr"),
        ("B3", -5, "Kostensätze der Entgeltgruppen", "5 % niedriger"),
        ("B4", 10, "Stellenumfang", "10 % mehr"),
        ("B5", -5, "Gemeinkosten", "5 Prozentpunkte weniger, mindestens 0"),
    ],
)
def test_levers_come_to_the_printed_sensitivity(
    release: Release, model: Any, cell: str, value: int, lever: str, step: str
) -> None:
    computed = _compute(model, **{cell: value})
    rows = release.table("resource_sensitivity").filter(lever=lever, step=step)
    printed = dict(rows.select("scenario", "total").iter_rows())
    # The four years together are the fifth row of each scenario
    found = {
        name: _cents(computed["SUMMEN", f"J{6 + 5 * at}"]) for at, name in enumerate(("Minimal", "Basis", "Ausbau"))
    }
    assert found == printed


def test_same_release_same_bytes(release: Release, path: Path, tmp_path: Path) -> None:
    assert write_resource_workbook(release, tmp_path).read_bytes() == path.read_bytes()


def test_sheets_have_heads_and_no_empty_cell(path: Path) -> None:
    from openpyxl import load_workbook

    book = load_workbook(path)
    assert book.sheetnames[0] == "Lesehilfe"
    assert book.properties.language == "de-DE"
    for sheet in book.worksheets[1:]:
        assert sheet.print_title_rows == "$1:$1"
        assert all(cell.value is not None for row in sheet.iter_rows() for cell in row), sheet.title


def test_what_is_not_known_stands_in_words_and_never_as_zero(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8").split("kontrollsummen:")[0].replace("erklaerung: {", "# {")
    text = text.replace("betrag: 78400.00", "betrag:")
    found = write_resource_workbook(resource_release(text), tmp_path)
    sums = _sheets(found, values=False)["Summen"]
    assert sums["J2"] == "noch nicht beziffert"
    assert sums["F2"] == "noch nicht beziffert"
    # Flat rates and material are known: 2 450,55 + 6 000,00
    assert _sheets(found, values=True)["Summen"]["I2"] == 8450.55


def test_an_empty_register_gives_a_workbook_that_says_so(tmp_path: Path) -> None:
    found = write_resource_workbook(resource_release(None), tmp_path)
    sheets = _sheets(found, values=False)
    assert "Der Landkreis führt noch kein Verzeichnis der Ressourcen." in sheets["Lesehilfe"].values()
    assert set(sheets["Summen"]) == {f"{column}1" for column in "ABCDEFGHIJKLMN"}
