"""The planning inventory: what ships, what follows from a small one computed by hand, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.contracts import empty
from pipelines.disclosure import steering as disclosure
from pipelines.errors import DisclosureError, InputError
from pipelines.indicators.catalogue import catalogue_frame, load_catalogue
from pipelines.settings import PROJECT_DIR
from pipelines.steering.plan_findings import FINDING_TABLES, build_findings
from pipelines.steering.planning import PLAN_TABLES, build_plans, frame, plan_ids

SHIPPED = PROJECT_DIR / "data" / "raw"
EXAMPLE = PROJECT_DIR / "docs" / "de" / "beispiele"
AREAS = pl.DataFrame({"area_id": ["06432001", "06432002"]})
FIELDS = {"JHP", "KTB", "SEP", "AHP", "PFL", "THP", "PSY", "WOH", "INT", "GES", "ARM", "ARB"}


@pytest.fixture(scope="module")
def catalogue() -> pl.DataFrame:
    """The shipped catalogue; no figures, so the levels are those it declares."""
    return catalogue_frame(load_catalogue(), empty("indicators.values"))


@pytest.fixture(scope="module")
def shipped(catalogue: pl.DataFrame) -> dict[str, pl.DataFrame]:
    plans = build_plans(SHIPPED, catalogue, AREAS)
    findings = build_findings(*plans, catalogue)
    return dict(zip((*PLAN_TABLES, *FINDING_TABLES), (*plans, *findings), strict=True))


def rows(table: pl.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return table.select(columns).rows()


# ------------------------------------------------------------------------------------------------ what ships
def test_law_and_practice_of_a_hessian_kreis_are_in_the_shipped_inventory(shipped: dict[str, pl.DataFrame]) -> None:
    plans, bases = shipped["plans"], shipped["plan_bases"]
    named = {(plan, basis) for plan, basis in rows(bases, "plan_id", "basis")}
    assert {
        ("jugendhilfeplanung", "§ 80 SGB VIII"),
        ("kita-bedarfsplanung", "§ 30 HKJGB"),
        ("schulentwicklungsplanung", "§ 145 HSchG"),
        ("altenhilfeplanung", "§ 71 SGB XII"),
        ("pflegeplanung", "§ 9 SGB XI"),
        ("gesundheitsberichterstattung", "§ 13 HGöGD"),
        ("nahverkehrsplan", "§ 14 ÖPNVG (Hessen)"),
        ("gleichstellungsplan", "§ 5 HGlG"),
        ("fruehe-hilfen", "§ 3 KKG"),
    } <= named
    assert plans.filter(plan_id="kita-bedarfsplanung")["made_by"].item() == "Gemeinden"
    planned = {field for fields in plans["planning_fields"].drop_nulls() for field in fields.split(";")}
    assert planned == FIELDS


def test_nothing_is_known_that_nobody_has_said(shipped: dict[str, pl.DataFrame]) -> None:
    """All states are open, nobody has promised or estimated anything, and no text is checked without where."""
    plans, bases = shipped["plans"], shipped["plan_bases"]
    assert set(plans["state"]) == {"offen"}
    assert plans.select("cycle", "levels", "effort", "contact_role").null_count().row(0) == (plans.height,) * 4
    assert shipped["plan_editions"].is_empty()
    assert set(shipped["plan_indicators"]["role"]) == {"kann liefern", "kann nutzen"}
    checked = bases.filter(pl.col("checked_on").is_not_null())
    assert set(checked["checked_on"]) == {"2026-11-23"} and checked["source"].null_count() == 0
    assert bases.filter(pl.col("checked_on").is_null()).height > 0


def test_what_ships_may_leave(shipped: dict[str, pl.DataFrame]) -> None:
    """No e-mail address, no phone number, no name after „Frau“ or „Herr“: release refuses what has one."""
    for name, table in shipped.items():
        assert getattr(disclosure, f"release_{name}")(table).equals(table)


def test_what_the_kreis_publishes_stands_first(shipped: dict[str, pl.DataFrame]) -> None:
    order = shipped["plan_order"].sort("rank")
    assert order["rank"].to_list() == list(range(1, order.height + 1))
    assert order["published"].to_list() == sorted(order["published"], reverse=True)
    assert order["published"].sum() == shipped["plan_publications"]["plan_id"].n_unique() > 0


def test_the_matrix_follows_the_planning_fields_of_the_catalogue(
    shipped: dict[str, pl.DataFrame], catalogue: pl.DataFrame
) -> None:
    fields = dict(rows(shipped["plans"], "plan_id", "planning_fields"))
    wanted = dict(rows(catalogue, "indicator_id", "planning_fields"))
    expected = {
        (plan, indicator)
        for plan, own in fields.items()
        for indicator, served in wanted.items()
        if set((own or "").split(";")) & set(served.split(";"))
    }
    found = shipped["plan_indicators"].filter(role="kann nutzen")
    assert set(rows(found, "plan_id", "indicator_id")) == expected


def test_every_gap_of_the_catalogue_stands_once(shipped: dict[str, pl.DataFrame], catalogue: pl.DataFrame) -> None:
    gaps = shipped["plan_gaps"].filter(pl.col("kind").is_in(["lieferbar", "ohne Planung"]))
    without = catalogue.filter(pl.col("data") != "gemeinde")["indicator_id"]
    assert sorted(gaps["subject_id"]) == sorted(without)


# ------------------------------------------------------------------------------------------------ the example
@pytest.fixture(scope="module")
def example(catalogue: pl.DataFrame) -> dict[str, pl.DataFrame]:
    plans = build_plans(EXAMPLE, catalogue, AREAS)
    findings = build_findings(*plans, catalogue)
    return dict(zip((*PLAN_TABLES, *FINDING_TABLES), (*plans, *findings), strict=True))


def test_the_example_is_marked_and_becomes_tables(example: dict[str, pl.DataFrame]) -> None:
    text = (EXAMPLE / "steering" / "fachplanungen.yml").read_text(encoding="utf-8")
    assert "Testdaten" in text.splitlines()[2]
    assert plan_ids(EXAMPLE) == {"jugendhilfeplanung", "schulentwicklungsplanung", "seniorenplan"}
    assert rows(example["plan_editions"], "plan_id", "valid_from", "valid_to") == [
        ("jugendhilfeplanung", "2021-01-01", "2023-12-31"),
        ("jugendhilfeplanung", "2024-01-01", None),
    ]
    # What is confirmed is not repeated as possible: JHP could use A03 and D03e, and says that it does
    roles = example["plan_indicators"].filter(plan_id="jugendhilfeplanung", indicator_id="A03")
    assert roles["role"].to_list() == ["nutzt"]


def test_the_example_gives_what_was_computed_by_hand(example: dict[str, pl.DataFrame]) -> None:
    """Jugendhilfe delivers J01, J02 and could deliver J06; Schule could deliver B06 and J06; none has figures.

    Gain: 3 and 2. Reach: of the others, nobody in the example serves JHP or ARM, so J06 (JHP, ARM) is used by
    Jugendhilfe alone: reach of Jugendhilfe 0 (Schule and Senioren use none of J01, J02, J06), of Schule 1
    (Jugendhilfe could use J06). Only Jugendhilfe has published; Senioren names nothing and nobody has estimated it.
    """
    order = example["plan_order"].sort("rank")
    assert rows(order, "plan_id", "published", "effort", "gain", "reach", "indicator_ids") == [
        ("jugendhilfeplanung", True, "gering", 3, 0, "J01;J02;J06"),
        ("schulentwicklungsplanung", False, "mittel", 2, 1, "B06;J06"),
        ("seniorenplan", False, None, 0, 0, None),
    ]
    assert rows(example["plan_overlaps"], "indicator_id", "kind", "plan_ids") == [
        ("J06", "möglich", "jugendhilfeplanung;schulentwicklungsplanung")
    ]
    gaps = example["plan_gaps"]
    able = dict(rows(gaps.filter(kind="lieferbar"), "subject_id", "detail"))
    assert able == {
        "B06": "schulentwicklungsplanung",
        "J01": "jugendhilfeplanung",
        "J02": "jugendhilfeplanung",
        "J06": "jugendhilfeplanung;schulentwicklungsplanung",
    }
    assert set(gaps.filter(kind="Planungsfeld")["subject_id"]) == FIELDS - {"JHP", "SEP", "AHP"}
    assert dict(rows(gaps.filter(kind="offene Angaben"), "subject_id", "detail")) == {
        "schulentwicklungsplanung": "Zeitraum;Datenbestand;Ansprechstelle;Prüfung der Rechtsgrundlage",
        "seniorenplan": "Stand;Zeitraum;Turnus;räumliche Ebenen;Datenbestand;Aufwand;Ansprechstelle",
    }


# ------------------------------------------------------------------------------------------------ rules
def _made(plans: list[dict[str, Any]], published: list[str], catalogue: pl.DataFrame) -> tuple[pl.DataFrame, ...]:
    """Findings about made-up plans; each names its effort and the indicators it delivers and could deliver."""
    usual = {"kind": "Plan", "made_by": "Landkreis", "owner": "Amt", "state": "offen"}
    sheets = [
        {**usual, "plan_id": plan["id"], "position": at, "name": plan["id"], "short_name": plan["id"], **plan}
        for at, plan in enumerate(plans, 1)
    ]
    roles = [
        {"plan_id": plan["id"], "indicator_id": one, "role": role}
        for plan in plans
        for role in ("liefert", "kann liefern")
        for one in plan.get(role, ())
    ]
    publications = [{"plan_id": one, "position": 1, "title": "Bericht", "seen_on": "2026-01-01"} for one in published]
    return build_findings(
        frame(sheets, "steering.plans"),
        empty("steering.plan_bases"),
        empty("steering.plan_editions"),
        frame(roles, "steering.plan_indicators"),
        frame(publications, "steering.plan_publications"),
        catalogue,
    )


def test_two_that_deliver_are_a_double_collection_and_official_figures_need_none(catalogue: pl.DataFrame) -> None:
    """J01 is delivered twice; J02 is delivered once and could come once more; E01 has figures for Gemeinden."""
    plans = [
        {"id": "a", "liefert": ["J01", "J02"]},
        {"id": "b", "liefert": ["J01"], "kann liefern": ["J02", "E01"]},
    ]
    order, overlaps, gaps = _made(plans, [], catalogue)
    assert rows(overlaps, "indicator_id", "kind", "plan_ids") == [
        ("E01", "schon veröffentlicht", "b"),
        ("J01", "doppelt", "a;b"),
        ("J02", "möglich", "a;b"),
    ]
    assert rows(order.sort("rank"), "plan_id", "gain") == [("a", 2), ("b", 2)]  # E01 is no gain
    assert "E01" not in set(gaps["subject_id"])


EFFORT = st.sampled_from(["gering", "mittel", "hoch", None])
MISSING = ["J01", "J02", "J03", "A01", "A02", "G01"]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(EFFORT, st.sets(st.sampled_from(MISSING)), st.booleans()), min_size=1, max_size=6))
def test_the_order_keeps_its_rule(made: list[tuple[str | None, set[str], bool]]) -> None:
    """Whatever the plans: ranks are 1 to n, and no plan stands before one that beats it by the printed rule."""
    known = catalogue_frame(load_catalogue(), empty("indicators.values"))
    plans = [
        {"id": f"p{at}", "effort": effort, "kann liefern": sorted(able)} for at, (effort, able, _) in enumerate(made)
    ]
    order = _made(plans, [f"p{at}" for at, (*_, seen) in enumerate(made) if seen], known)[0].sort("rank")
    assert order["rank"].to_list() == list(range(1, len(made) + 1))
    keys = [
        (not published, ["gering", "mittel", "hoch", None].index(effort), -gain, -reach, int(plan[1:]))
        for plan, published, effort, gain, reach in rows(order, "plan_id", "published", "effort", "gain", "reach")
    ]
    assert keys == sorted(keys)


# ------------------------------------------------------------------------------------------------ bad input
Edit = Callable[[str], str]


def district(folder: Path, *edits: tuple[str, str]) -> Path:
    """The example with each text replaced once."""
    text = (EXAMPLE / "steering" / "fachplanungen.yml").read_text(encoding="utf-8")
    for old, new in edits:
        assert text.count(old) >= 1, old
        text = text.replace(old, new, 1)
    path = folder / "steering" / "fachplanungen.yml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


def test_an_empty_entry_says_as_little_as_none(tmp_path: Path, catalogue: pl.DataFrame) -> None:
    """People leave the names of a form and fill in nothing."""
    names = ("liefert", "nutzt", "fassungen", "datenbestand", "veroeffentlichungen", "ebenen", "turnus", "bemerkung")
    last = "    # stand: offen heißt: noch nicht gefragt\n"
    without = build_plans(district(tmp_path), catalogue, AREAS)
    empty_entries = (last, "".join(f"    {name}:\n" for name in names))
    for made, wanted in zip(build_plans(district(tmp_path, empty_entries), catalogue, AREAS), without, strict=True):
        assert made.equals(wanted)


BAD = {
    "unknown indicator": (("[J01, J02]", "[J01, J20]"), "liefert, Eintrag 2", "„J20“", "Gemeint ist vielleicht"),
    "not an indicator": (("[J01, J02]", "[J01, j2]"), "liefert, Eintrag 2", "„j2“", "Den Eintrag berichtigen."),
    "unknown area": (("    turnus: alle drei", "    gebiete: [06432099]\n    turnus: alle drei"), "gebiete, Eintrag 1",
                     "„06432099“", "Gemeint ist vielleicht"),
    "area as number": (("    turnus: alle drei", "    gebiete: [6432001]\n    turnus: alle drei"), "gebiete, Eintrag 1",
                       "die Zahl 6432001", "Den Eintrag berichtigen."),
    "plan twice": (("kennung: seniorenplan", "kennung: jugendhilfeplanung"), "kennung", "„jugendhilfeplanung“",
                   "Einen der beiden Einträge löschen"),
    "overlapping Fassungen": (("bis: 2023-12-31", "bis: 2024-01-01"), "fassungen, Eintrag 2, von", "„2024-01-01“",
                              "Beginn oder Ende berichtigen"),
    "open end before the last": ((", bis: 2023-12-31", ""), "fassungen, Eintrag 2, von", "„2024-01-01“",
                                 "Beginn oder Ende berichtigen"),
    "decided before the law": (("beschlossen_am: 2020-12-07", "beschlossen_am: 1989-12-07"),
                               "fassungen, Eintrag 1, beschlossen_am", "„1989-12-07“", "Den Tag oder gilt_seit"),
    "checked before the law": (("geprueft_am: 2026-11-02", "geprueft_am: 1990-11-02"),
                               "rechtsgrundlagen, Eintrag 1, geprueft_am", "„1990-11-02“", "Den Tag der Prüfung"),
    "unknown state": (("stand: in Arbeit", "stand: bald"), "stand", "„bald“", "Den Eintrag berichtigen."),
    "unknown field": (("felder: [SEP]", "felder: [XYZ]"), "felder, Eintrag 1", "„XYZ“", "Den Eintrag berichtigen."),
    "no day": (("von: 2021-01-01", "von: 2021"), "fassungen, Eintrag 1, von", "die Zahl 2021",
               "Den Eintrag berichtigen."),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_with_file_line_and_place(tmp_path: Path, catalogue: pl.DataFrame, name: str) -> None:
    edit, column, found, remedy = BAD[name]
    with pytest.raises(InputError) as caught:
        build_plans(district(tmp_path, edit), catalogue, AREAS)
    error = caught.value
    assert error.file == str(tmp_path / "steering" / "fachplanungen.yml")
    assert error.column is not None and error.column.startswith("plaene, Eintrag ") and error.column.endswith(column)
    lines = (tmp_path / "steering" / "fachplanungen.yml").read_text(encoding="utf-8").splitlines()
    value = found.strip("„“").removeprefix("die Zahl ")
    assert isinstance(error.row, int) and value in lines[error.row - 1]
    assert error.found == found and error.expected and error.remedy.startswith(remedy)


def test_a_day_before_a_law_of_unknown_age_is_no_fault(tmp_path: Path, catalogue: pl.DataFrame) -> None:
    """An older basis may carry an older plan: only when the age of every basis is known can a day be too early."""
    old = ("beschlossen_am: 2020-12-07", "beschlossen_am: 1989-12-07")
    folder = district(tmp_path, ("        gilt_seit: 1991-01-01\n        geprueft_am: 2026-11-02\n", ""), old)
    assert "1989-12-07" in build_plans(folder, catalogue, AREAS)[2]["decided_on"].to_list()


def test_without_an_inventory_every_table_is_empty_but_the_gaps_of_the_catalogue(
    tmp_path: Path, catalogue: pl.DataFrame
) -> None:
    plans = build_plans(tmp_path, catalogue, AREAS)
    assert all(table.is_empty() for table in plans)
    order, overlaps, gaps = build_findings(*plans, catalogue)
    assert order.is_empty() and overlaps.is_empty()
    assert set(gaps["kind"]) == {"ohne Planung", "Planungsfeld"}


# ------------------------------------------------------------------------------------------------ disclosure
@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Auskunft: jemand@example.org", "eine E-Mail-Adresse"),
        ("Auskunft unter 06151 881-1234", "eine Telefonnummer"),
        ("Auskunft unter +49 6151 8811234", "eine Telefonnummer"),
        ("Auskunft unter 06071/881-1234", "eine Telefonnummer"),
        ("am 01.03.2023 unter 030 1234567", "eine Telefonnummer"),
        ("Auskunft unter (0 61 51) 8 81-12 34", "eine Telefonnummer"),
        ("Auskunft unter 01 76/12 34 56 78", "eine Telefonnummer"),
        ("Auskunft unter 06 151 881234", "eine Telefonnummer"),
        ("Ansprechpartnerin ist Frau Mustermann", "eine Anrede mit Namen"),
        ("zuständig: Herrn Mustermann", "eine Anrede mit Namen"),
        ("zuständig: Dr. Mustermann", "eine Anrede mit Namen"),
    ],
)
def test_what_tells_of_a_person_does_not_leave(tmp_path: Path, catalogue: pl.DataFrame, text: str, seen: str) -> None:
    edit = ("ansprechstelle: Jugendhilfeplanung", f"ansprechstelle: '{text}'")
    plans = build_plans(district(tmp_path, edit), catalogue, AREAS)[0]
    with pytest.raises(DisclosureError) as caught:
        disclosure.release_plans(plans)
    error = caught.value
    assert (error.file, error.row, error.column) == (
        "steering/fachplanungen.yml",
        "Eintrag „jugendhilfeplanung“",
        "Ansprechstelle als Funktion; leer: offen",
    )
    assert error.found == seen and "Mustermann" not in error.message() and "example" not in error.message()


@pytest.mark.parametrize(
    "text",
    [
        "Vorlage 0123-2026/DaDi vom 23.11.2026",
        "AGS 06432001, Sozialraum 06432-S01, Tabelle 22151-01-02-4",
        "Frauen und Männer; Leitung des Jugendamts; Produkt 1.01.01.02",
        "Zeitraum 2019/2024, 0,5 VZÄ, 12 bis 17 Uhr",
        "ab 01.03.2023, vom 01.-31.03.2023 oder 01. 03. 2023, montags 08.00-12.00 Uhr; 03/2023, 01/02/2023",
        "Produkt 05.01.01.02, Konto 05/331/10",
        "Beratung für Frau und Mann, Herr der Lage",
    ],
)
def test_what_tells_of_no_person_leaves(text: str) -> None:
    table = frame([{"plan_id": "a", "valid_from": "2024-01-01", "title": text}], "steering.plan_editions")
    assert disclosure.release_plan_editions(table).equals(table)
