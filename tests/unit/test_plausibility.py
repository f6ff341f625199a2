"""Figures that cannot be true together are found, one broken example for each rule beside the good one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from pipelines.contracts import contract
from pipelines.settings import PROJECT_DIR
from pipelines.validation.cases import EXACT
from pipelines.validation.plausibility import RULES, plausibility

KREIS = "06432"
DATA = PROJECT_DIR / "data" / "raw"
DAY = "2021-12-31"
Figure = tuple[str, str, str, float]


def merkmale(*figures: Figure, **more: Any) -> pl.DataFrame:
    """Figures as (area, Stichtag, item, value); everything else is the same for all."""
    rows = []
    for area, stichtag, item, wert in figures:
        merkmal, auspraegung = item.split("/")
        rows.append(
            {
                "area_id": area,
                "area_level": "gemeinde" if len(area) == 8 else "kreis",
                "stichtag": stichtag,
                "merkmal": merkmal,
                "auspraegung": auspraegung,
                "wert": wert,
                "einheit": "Prozent" if "anteil" in merkmal or "quote" in merkmal else "Personen",
                "status": "reported",
                "quality": "final",
                "basis": None,
                "additive": "exact",
                "preferred": True,
                "source_id": "probe",
                "edition": "1",
                "file": "probe/1/werte.csv",
                "row": len(rows) + 2,
                "place": "wert",
                "correction": None,
                **more,
            }
        )
    return pl.DataFrame(rows, schema=contract("curated.merkmale").schema())


def check(frame: pl.DataFrame, rule: str) -> dict[str, Any]:
    found = plausibility(frame, DATA).filter(pl.col("check_id") == f"plausibel:{rule}:probe:1")
    assert found.height == 1, found
    return found.row(0, named=True)


def ages(under_15: float, under_18: float) -> tuple[Figure, ...]:
    return (
        ("06432001", DAY, "bevoelkerung/alter:0-14", under_15),
        ("06432001", DAY, "bevoelkerung/alter:0-17", under_18),
    )


def total(*parts: float) -> tuple[Figure, ...]:
    items = ("insgesamt", "maennlich", "weiblich")
    return tuple(("06432001", DAY, f"bevoelkerung/{item}", value) for item, value in zip(items, parts, strict=True))


def training(*shares: float) -> tuple[Figure, ...]:
    items = ("akademisch", "berufsabschluss", "ohne")
    return tuple(
        ("06432001", "2021-06-30", f"svb_wohnort_anteil/ausbildung:{item}", value)
        for item, value in zip(items, shares, strict=True)
    )


def old_age(over_75: float, over_65: float) -> tuple[Figure, ...]:
    return (
        (KREIS, "2020", "anteil_75_und_aelter/insgesamt", over_75),
        (KREIS, "2020", "anteil_65_und_aelter/insgesamt", over_65),
    )


def series(*values: float) -> tuple[Figure, ...]:
    return tuple(
        (area, f"{2018 + at}-12-31", "bevoelkerung/insgesamt", value)
        for area in ("06432001", "06432002")
        for at, value in enumerate(values)
    )


def one_area(*values: float) -> tuple[Figure, ...]:
    return tuple(one for one in series(*values) if one[0] == "06432001")


@pytest.mark.parametrize(
    ("rule", "good", "bad", "told"),
    [
        (
            "anteile",
            (("06432001", DAY, "leerstandsquote/insgesamt", 100.0),),
            (("06432001", DAY, "leerstandsquote/insgesamt", 100.4),),
            "leerstandsquote/insgesamt: 100,4",
        ),
        ("summe_der_teile", total(100, 49, 51), total(100, 51, 51), "102 statt 100"),
        ("anteile_eines_ganzen", training(30, 50, 13), training(30, 60, 13), "zusammen 103"),
        ("anteile_eines_ganzen", training(30, 50, 13), training(3, 30, 13), "zusammen 46"),
        ("teil_und_ganzes", ages(140, 180), ages(180, 140), "bevoelkerung/alter:0-14 180"),
        (
            "teil_und_ganzes",
            (*total(100, 49, 51), ("06432001", DAY, "bevoelkerung_nichtdeutsch/insgesamt", 100)),
            (*total(100, 49, 51), ("06432001", DAY, "bevoelkerung_nichtdeutsch/insgesamt", 101)),
            "bevoelkerung_nichtdeutsch/insgesamt 101",
        ),
        (
            "teil_und_ganzes",
            old_age(9.0, 21.0),
            old_age(21.0, 9.0),
            "anteil_75_und_aelter/insgesamt 21",
        ),
        ("groessenordnung", series(1000, 1010, 1900), series(1000, 1010, 2100), "Mitte der Gebiete mal 2,079"),
        ("groessenordnung", series(1000, 1010, 600), series(1000, 1010, 1.01e6), "1010000 nach 1010"),
        ("groessenordnung", one_area(9_208, 18_000), one_area(9_208, 27_624), "27624 nach 9208"),
        ("groessenordnung", one_area(100, 390), one_area(100, 410), "410 nach 100"),
        (
            "bekannte_summen",
            (("06432001", "2021-12-31", "bevoelkerung/insgesamt", 296_900),),
            (("06432001", "2022-12-31", "bevoelkerung/insgesamt", 296_900),),
            "2022-12-31 Zensus2011: 296900, bekannt für 2021-12-31 Zensus2011",
        ),
        (
            "bekannte_summen",
            (("06432001", "2021-12-31", "bevoelkerung/insgesamt", 296_800),),
            (("06432001", "2021-12-31", "bevoelkerung/insgesamt", 294_000),),
            "294000, bekannt für 2021-12-31",
        ),
    ],
)  # fmt: skip
def test_a_rule_holds_and_is_broken(rule: str, good: tuple[Figure, ...], bad: tuple[Figure, ...], told: str) -> None:
    basis = {"basis": "Zensus2011"} if rule == "bekannte_summen" else {}
    assert check(merkmale(*good, **basis), rule)["passed"]
    broken = check(merkmale(*bad, **basis), rule)
    assert broken["passed"] is False
    assert told in broken["examples"]
    assert broken["gap"] >= 1 and "abweichend: " in broken["observed"]


def test_a_census_of_another_year_is_told_from_the_one_it_claims_to_be() -> None:
    old = merkmale(("06432001", "2022-05-15", "bevoelkerung/insgesamt", 283_000), basis="Zensus2022")
    assert "bekannt für 2022-05-15 Zensus2022: 299862" in check(old, "bekannte_summen")["examples"]


def on(day: str, **values: float) -> tuple[Figure, ...]:
    """One Gemeinde; `a__b` is the item a/b."""
    return tuple(("06432001", day, name.replace("__", "/"), value) for name, value in values.items())


@pytest.mark.parametrize(
    ("rule", "good", "bad", "told"),
    [
        (
            "spannen",
            on(DAY, bevoelkerung__insgesamt=1000, zugezogene__insgesamt=90, schulden__insgesamt=1500),
            on(DAY, bevoelkerung__insgesamt=1000, zugezogene__insgesamt=90, schulden__insgesamt=1_500_000),
            "schulden/insgesamt je bevoelkerung/insgesamt: 1500, erwartet 0 bis 150",
        ),
        (
            "spannen",
            on("2021", wahlberechtigte__landtagswahl=700) + on(DAY, bevoelkerung__insgesamt=1000),
            on("2021", wahlberechtigte__landtagswahl=7000) + on(DAY, bevoelkerung__insgesamt=1000),
            "wahlberechtigte/landtagswahl je bevoelkerung/insgesamt: 7, erwartet 0,25 bis 1,05",
        ),
        (
            "gehoert_zusammen",
            on("2018", waehler__landtagswahl=6, wahlberechtigte__landtagswahl=9),
            on("2018", waehler__landtagswahl=6) + on("2021", wahlberechtigte__landtagswahl=9),
            "2018: nur waehler/landtagswahl",
        ),
    ],
)
def test_a_ratio_or_a_pair_that_cannot_be(
    rule: str, good: tuple[Figure, ...], bad: tuple[Figure, ...], told: str
) -> None:
    assert check(merkmale(*good), rule)["passed"]
    broken = check(merkmale(*bad), rule)
    assert broken["passed"] is False and told in broken["examples"]


def test_a_percentage_delivered_as_a_fraction_is_told_by_the_middle_of_the_areas() -> None:
    for factor, holds in ((1, True), (0.01, False)):
        figures = [(f"0643200{at}", DAY, "leerstandsquote/insgesamt", (3 + at) * factor) for at in range(1, 6)]
        assert check(merkmale(*figures), "spannen")["passed"] is holds
        # Of few Gemeinden the middle says nothing
        few = plausibility(merkmale(*figures[:4]), DATA)
        assert few.filter(pl.col("check_id").str.contains("spannen")).is_empty()


def test_items_that_fit_better_exchanged() -> None:
    items = ("lebendgeborene/insgesamt", "gestorbene/insgesamt")
    known = [(f"0643200{at}", "2020", item, 100.0 * at + 30 * n) for at in range(1, 6) for n, item in enumerate(items)]
    for turned, holds in ((False, True), (True, False)):
        new = [(area, "2021", items[items.index(item) ^ turned], value * 1.01) for area, _, item, value in known]
        both = pl.concat([merkmale(*new), merkmale(*known, source_id="register", edition="2")])
        found = check(both, "vertauscht")
        assert found["passed"] is holds
    assert "passen vertauscht zu register 2, 2020" in found["examples"]


def test_the_delivery_that_is_wrong_is_blamed_and_not_the_good_one_after_it() -> None:
    area = "06432001"
    good = [(area, f"{year}-12-31", "flaeche/insgesamt", 66.9) for year in (2013, 2014, 2015, 2017, 2019)]
    wrong = merkmale((area, "2016-12-31", "flaeche/insgesamt", 6690.0), edition="2016-12-31")
    found = plausibility(pl.concat([merkmale(*good), wrong]), DATA)
    magnitude = found.filter(pl.col("check_id").str.contains("groessenordnung"))
    assert dict(magnitude.select("check_id", "passed").rows()) == {
        "plausibel:groessenordnung:probe:1": True,
        "plausibel:groessenordnung:probe:2016-12-31": False,
    }
    told = magnitude.filter(~pl.col("passed"))["examples"].item()
    assert "6690 nach 66,9" in told and "6690 vor 66,9" in told


def test_figures_on_which_two_deliveries_disagree_measure_no_third_one() -> None:
    area = "06432001"
    votes = merkmale((area, "2021", "wahlberechtigte/landtagswahl", 700.0), source_id="wahlen")
    people = [(area, f"{year}-12-31", "bevoelkerung/insgesamt", 1000.0) for year in (2019, 2020, 2022)]
    wrong = merkmale((area, "2021-12-31", "bevoelkerung/insgesamt", 100_000.0), source_id="register")
    found = plausibility(pl.concat([votes, wrong, merkmale(*people)]), DATA).filter(~pl.col("passed"))
    assert {name.split(":")[2] for name in found["check_id"]} == {"register"}


def test_a_rate_may_exceed_a_hundred_where_the_rules_say_why() -> None:
    found = plausibility(merkmale(("06432", "2020", "betreuungsquote/alter:3-5", 101.2)), DATA)
    assert found["check_id"].to_list() == ["plausibel:spannen:probe:1"] and found["passed"].all()


def test_a_whole_without_all_of_its_parts_is_not_tested() -> None:
    parts = merkmale(*total(100, 10, 20)[:2])
    assert plausibility(parts, DATA).filter(pl.col("check_id").str.contains("summe_der_teile")).is_empty()


def elsewhere(day: str, value: float, basis: str | None, **more: Any) -> pl.DataFrame:
    figure = ("06432001", day, "bevoelkerung/insgesamt", value)
    return merkmale(figure, source_id="register", edition="2", basis=basis, **more)


@pytest.mark.parametrize(
    ("day", "known_on", "tested"),
    [
        ("2023-12-31", "Zensus2022", True),
        ("2023-12-31", "Zensus2011", True),
        ("2023", "Zensus2011", True),
        ("2023-12-31", "VZ1987", False),
        ("2023-12-31", None, False),
        ("2024-12-31", "Zensus2011", False),
        ("2013-12-31", "Zensus2011", False),
    ],
    ids=["its census", "the one before", "a year", "two before", "no census", "the same day", "eleven years"],
)
def test_the_first_figure_of_a_source_is_measured_against_the_one_before_it_elsewhere(
    day: str, known_on: str | None, tested: bool
) -> None:
    for value, holds in ((9_300, True), (27_624, False)):
        own = merkmale(("06432001", "2024-12-31", "bevoelkerung/insgesamt", value), basis="Zensus2022")
        both = pl.concat([own, elsewhere("2009-12-31", 1, "Zensus2011"), elsewhere(day, 9_208, known_on)])
        found = plausibility(both, DATA).filter(pl.col("check_id") == "plausibel:groessenordnung:probe:1")
        assert found["passed"].to_list() == ([holds] if tested else [])
        if tested and not holds:
            assert f"27624 nach 9208 (register {day})" in found["examples"].item()


def test_a_figure_that_was_superseded_measures_no_other_source() -> None:
    own = merkmale(("06432001", "2024-12-31", "bevoelkerung/insgesamt", 9_300), basis="Zensus2022")
    revised = elsewhere("2023-12-31", 92_080, "Zensus2011", superseded_by="3")
    assert plausibility(pl.concat([own, revised]), DATA).filter(pl.col("check_id").str.contains("groessen")).is_empty()


def test_small_figures_may_jump() -> None:
    found = plausibility(merkmale(*series(2, 29)), DATA)
    assert found.filter(pl.col("check_id").str.contains("groessenordnung")).is_empty()


def test_known_totals_belong_to_their_district(tmp_path: Path) -> None:
    other = merkmale(("06999001", "2021-12-31", "bevoelkerung/insgesamt", 296_900))
    assert plausibility(other, tmp_path).is_empty()


def test_rules_name_items_once_and_with_both_parts() -> None:
    rules = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    named = [one for rule in rules["partitions"] for one in (rule["whole"], *rule["parts"])]
    named += [one for rule in rules["at_most"] for one in (rule["part"], rule["whole"])]
    assert all(item.count("/") == 1 for item in named)
    bands = rules["bands"]["bands"]
    assert all(set(band) >= {"item", "reason"} and {"each", "middle"} & set(band) for band in bands)
    assert all(
        low < high for band in bands for low, high in (band[name] for name in ("each", "middle") if name in band)
    )
    pairs = [(rule["part"], rule["whole"]) for rule in rules["at_most"]]
    assert len(pairs) == len(set(pairs)) and EXACT < 1e-3
