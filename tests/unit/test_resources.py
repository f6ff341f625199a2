"""The register of resources: the filled example, what is refused with file and line, and what is not known."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from pipelines import warehouse
from pipelines.disclosure.steering import RESOURCE_TEXTS, release_resources
from pipelines.errors import DisclosureError, InputError
from pipelines.publish import open_release
from pipelines.settings import PROJECT_DIR
from pipelines.steering.registers import SCHEMAS
from pipelines.steering.resources import RESOURCE_TABLES
from pipelines.validation.expectations import check_table
from tests.fixtures.resources import EXAMPLE, build, make_resource_release

FORM = PROJECT_DIR / "data" / "raw" / "steering" / "ressourcen.yml"
TEXT = EXAMPLE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def example() -> dict[str, pl.DataFrame]:
    return build(TEXT)


def _totals(tables: dict[str, pl.DataFrame], scenario: str, period: str) -> dict[str, object]:
    return tables["resource_totals"].filter(scenario=scenario, period=period).row(0, named=True)


def _line_of(text: str, words: str) -> int:
    """The number of the first line that holds these words."""
    return next(number for number, line in enumerate(text.splitlines(), 1) if words in line)


def test_example_carries_the_worked_example_into_the_tables(example: dict[str, pl.DataFrame]) -> None:
    # 116 752,50 for the post, 2 450,55 for data, 6 000,00 once: 125 203,05; 30 000,00 are granted
    found = _totals(example, "Minimal", "2027")
    assert (found["total"], found["once"], found["running"]) == (
        Decimal("125203.05"),
        Decimal("6000.00"),
        Decimal("119203.05"),
    )
    assert (found["covered"], found["net"]) == (Decimal("30000.00"), Decimal("95203.05"))
    # 1 400 + 980 hours / 1 590 hours of a VZÄ = 1,4968..., to the thousandth 1,497
    assert (found["task_hours"], found["task_vzae"]) == (Decimal("2380"), Decimal("1.497"))


def test_years_together_are_the_sum_of_the_years(example: dict[str, pl.DataFrame]) -> None:
    for scenario in ("Minimal", "Basis", "Ausbau"):
        years = [_totals(example, scenario, str(year))["total"] for year in range(2027, 2031)]
        assert _totals(example, scenario, "2027/2030")["total"] == sum(years)  # type: ignore[type-var]


def test_every_amount_is_exact_and_reconciled(example: dict[str, pl.DataFrame]) -> None:
    assert example["resource_lines"].schema["amount"] == pl.Decimal(18, 2)
    assert example["resource_shares"].schema["vzae"] == pl.Decimal(18, 3)
    assert set(example["resource_reconciliation"]["difference"]) == {Decimal(0)}
    # A new rate in the middle of 2029 makes two lines: 0,5 x 64 980,13 / 2 = 16 245,0325 and 0,5 x 66 999,99 / 2
    pay = example["resource_lines"].filter(item_id="sachbearbeitung", kind="Personal", year=2029).sort("first_month")
    assert pay["amount"].to_list() == [Decimal("16245.03"), Decimal("16750.00")]


def test_accounts_add_up_and_open_places_stay_open(example: dict[str, pl.DataFrame]) -> None:
    accounts = example["resource_accounts"].filter(scenario="Minimal", year=2027)
    assert dict(accounts.select("account", "amount").iter_rows()) == {
        "620100": Decimal("116752.50"),
        "686000": Decimal("2450.55"),
        None: Decimal("6000.00"),
    }


def test_state_tells_who_declared(example: dict[str, pl.DataFrame]) -> None:
    state = example["resource_state"].row(0, named=True)
    assert (state["state"], state["declared_by"]) == ("vollständig erklärt", "Erika Mustermann")


@pytest.mark.parametrize(("text", "state"), [(None, "nicht geführt"), (FORM.read_text(encoding="utf-8"), "leer")])
def test_an_absent_or_empty_register_has_no_sum(text: str | None, state: str) -> None:
    tables = build(text)
    assert tables["resource_state"]["state"].to_list() == [state]
    assert {name for name in RESOURCE_TABLES if tables[name].height} == {"resource_state"}


def test_a_year_without_entries_gives_open_totals_and_no_zero() -> None:
    tables = build("erstes_jahr: 2027\n")
    assert tables["resource_state"]["state"].to_list() == ["leer"]
    assert tables["resource_totals"]["total"].null_count() == tables["resource_totals"].height == 15


def test_an_entry_without_figure_leaves_its_sums_open_and_says_what_lacks() -> None:
    text = _without_declaration(TEXT).replace("betrag: 2450.55", "betrag:").split("kontrollsummen:")[0]
    tables = build(text)
    state = tables["resource_state"].row(0, named=True)
    assert (state["state"], state["open_entries"], state["lacking"]) == ("unvollständig", 1, "Betrag")
    found = _totals(tables, "Minimal", "2027")
    # What is known: 116 752,50 + 6 000,00
    assert (found["total"], found["known"], found["open_lines"]) == (None, Decimal("122752.50"), 1)


def test_figures_without_declaration_are_called_quantified_only() -> None:
    assert build(_without_declaration(TEXT))["resource_state"]["state"].to_list() == ["beziffert"]


def test_an_empty_list_of_cover_leaves_the_net_cost_open() -> None:
    text = _without_declaration(TEXT)
    start, end = text.index("deckung:"), text.index("# Minimal 2027")
    tables = build(text[:start] + text[end:])
    assert _totals(tables, "Minimal", "2027")["net"] is None
    assert tables["resource_state"]["lacking"].to_list() == ["Angaben zur Deckung"]


def _without_declaration(text: str) -> str:
    return text.replace("erklaerung: {", "# {", 1)


# Each: what is written instead of what, the words on the line the message names, and the words of the message
BAD = {
    "unknown pay group": (
        "gruppe: E 11\n    vzae: 1.5", "gruppe: E 12\n    vzae: 1.5", "gruppe: E 12", "eine Entgeltgruppe"
    ),
    "pay group in another form": ("gruppe: S 15", "gruppe: fünfzehn", "gruppe: fünfzehn", "E 11, S 15 oder A 12"),
    "negative VZÄ": ("vzae: 1.5", "vzae: -1.5", "vzae: -1.5", "eine Zahl über 0"),
    "comma instead of point": ("vzae: 1.5", "vzae: 1,5", "vzae: 1,5", "Dezimalpunkt"),
    "half a cent": ("betrag: 2450.55", "betrag: 2450.555", "betrag: 2450.555", "höchstens 2 Nachkommastellen"),
    "unknown plan": ("schulentwicklungsplanung", "schulplanung", "schulplanung", "eine Fachplanung"),
    "unknown task": ("aufgabe: steuerung", "aufgabe: steuerun", "aufgabe: steuerun", "„steuerung“"),
    "unknown scenario": ("szenario: Ausbau", "szenario: Mittel", "szenario: Mittel", "Minimal, Basis, Ausbau"),
    "unknown entry": ("stand: bewilligt", "stand: bewilligt\n    betrg: 1", "betrg", "„betrag“"),
    "entry twice": ("kennung: druck", "kennung: begleitung", "", "steht zweimal"),
    "two rates for one month": (
        "gruppe: E 8, ab: 2029-07", "gruppe: E 8, ab: 2027-01", "66999.99", "zwei Sätze"
    ),
    "rates that overlap": (
        "gruppe: E 8, ab: 2027-01,", "gruppe: E 8, ab: 2027-01, bis: 2029-08,", "66999.99", "überschneiden"
    ),
    "no rate for a month": ("gruppe: E 11, ab: 2027-01", "gruppe: E 11, ab: 2027-05", "von: 2027-04", "2027-04"),
    "no flat rate for a month": (
        "{ab: 2027-01, betrag: 9700.00", "{ab: 2027-05, betrag: 9700.00", "von: 2027-04", "Arbeitsplatz"
    ),
    "a rate that ends": (
        "gruppe: E 11, ab: 2027-01,", "gruppe: E 11, ab: 2027-01, bis: 2028-12,", "von: 2027-04", "2029-01"
    ),
    "increase twice": ("{jahr: 2029, prozent", "{jahr: 2028, prozent", "", "zweimal"),
    "period that ends before it begins": ("bis: 2028-09", "bis: 2027-09", "bis: 2027-09", "frühestens 2027-10"),
    "shares that overlap": (
        "aufgaben:\n",
        "  - {fachplanung: jugendhilfeplanung, gruppe: S 15, vzae: 0.5, von: 2026-07, quelle: Testdaten}\naufgaben:\n",
        "von: 2026-07", "überschneiden",
    ),
    "more usable than there is": ("einbringbar: 0.2", "einbringbar: 1.2", "einbringbar: 1.2", "bis 1"),
    "once without end": ("    bis: 2028-09\n", "", "Befristete", "letzte Monat"),
    "sums that differ": ("betrag: 125203.05", "betrag: 125203.04", "125203.04", "125203.05 Euro"),
    "sum of another year": ("Minimal, jahr: 2027", "Minimal, jahr: 2031", "jahr: 2031", "bis 2030"),
    "declared over something open": ("betrag: 2450.55", "betrag:", "erklaerung", "offen: betrag in Zeile 101, Betrag"),
    "month that does not exist": ("von: 2027-04", "von: 2027-13", "von: 2027-13", "ein Monat wie 2027-04"),
    "duplicate key": ("erstes_jahr: 2027", "erstes_jahr: 2027\nerstes_jahr: 2028", "erstes_jahr: 2028", "zweites Mal"),
    "tab": ("    vzae: 1.5", "\tvzae: 1.5", "\tvzae: 1.5", "Tabulator"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_registers_name_file_line_and_remedy(case: str) -> None:
    old, new, on_line, words = BAD[case]
    assert old in TEXT
    text = TEXT.replace(old, new, 1)
    with pytest.raises(InputError) as caught:
        build(text)
    error = caught.value
    assert error.file is not None
    assert Path(error.file).name == "ressourcen.yml"
    assert words in error.message()
    assert error.remedy
    if on_line:
        # the entry itself, or the line on which its group begins
        assert isinstance(error.row, int)
        assert abs(error.row - _line_of(text, on_line)) <= 6


def test_names_of_persons_do_not_leave() -> None:
    tables = build(TEXT.replace("Der einbringbare Anteil", "Nach Frau Mustermann Der Anteil"))
    with pytest.raises(DisclosureError, match="Anrede mit Namen"):
        release_resources({name: tables[f"resource_{name}"] for name in RESOURCE_TEXTS})


def test_every_entry_of_the_schema_is_explained_for_the_editor() -> None:
    schema = json.loads((SCHEMAS / "ressourcen.schema.json").read_text(encoding="utf-8"))
    groups = [schema, *(entry for name, entry in schema["$defs"].items() if name.startswith("eintrag_"))]
    for group in groups:
        assert group["additionalProperties"] is False
        for name, entry in group["properties"].items():
            assert entry.get("description"), name


def test_form_and_example_name_their_schema() -> None:
    for path in (FORM, EXAMPLE):
        first = path.read_text(encoding="utf-8").splitlines()[0]
        assert (path.parent / first.split("$schema=")[1]).resolve() == SCHEMAS / "ressourcen.schema.json"
    assert "Testdaten" in TEXT
    assert TEXT.count("Mustermann") == 1


def test_amounts_survive_warehouse_and_released_copy(example: dict[str, pl.DataFrame], tmp_path: Path) -> None:
    for name, frame in example.items():
        warehouse.write(tmp_path / "lager.duckdb", frame, f"steering.{name}")
        assert warehouse.read(tmp_path / "lager.duckdb", f"steering.{name}").equals(frame)
    release = open_release(make_resource_release(tmp_path, TEXT))
    assert release.table("resource_totals").equals(example["resource_totals"])


def test_every_table_keeps_its_contract(example: dict[str, pl.DataFrame]) -> None:
    for name, frame in example.items():
        results = check_table(frame, f"steering.{name}")
        assert results.filter(~pl.col("passed")).select("check_id", "examples").rows() == [], name


def test_a_contract_refuses_sums_that_do_not_add_up(example: dict[str, pl.DataFrame]) -> None:
    wrong = example["resource_totals"].with_columns(personnel=pl.col("personnel") + Decimal("0.01"))
    failed = check_table(wrong.cast({"personnel": pl.Decimal(18, 2)}), "steering.resource_totals")
    assert "regel:arten_ergeben_die_summe" in set(failed.filter(~pl.col("passed"))["check_id"])
