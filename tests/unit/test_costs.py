"""The arithmetic of the Ressourcenbericht: hand-computed cases, properties, and what is not known."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.steering.costs import (
    GRANTED,
    KINDS,
    MATERIAL,
    OVERHEAD,
    PERSONNEL,
    PROJECTED,
    SCENARIOS,
    WORKPLACE,
    Control,
    Cover,
    Increase,
    Inputs,
    Line,
    Material,
    Post,
    Rate,
    Total,
    by_account,
    lines,
    month,
    month_text,
    month_without_rate,
    reconcile,
    sensitivity,
    totals,
    valid_rates,
)

SOURCE = "Testdaten"


def _rate(value: str | None, start: str = "2027-01", end: str | None = None, group: str = "E 11") -> Rate:
    return Rate(PERSONNEL, group, month(start), end and month(end), value and Decimal(value), SOURCE)


def _flat(kind: str, value: str | None, start: str = "2027-01") -> Rate:
    return Rate(kind, None, month(start), None, value and Decimal(value), SOURCE)


def _post(vzae: str | None = "1.5", start: str = "2027-04", end: str | None = None, scenario: str = "Minimal") -> Post:
    return Post("p1", "E 11", vzae and Decimal(vzae), month(start), end and month(end), False, scenario)


INCREASES = tuple(Increase(year, Decimal(3), SOURCE) for year in (2028, 2029, 2030))
# documents.md 3 D: 1,5 VZÄ from April, 78 400,00 € a year, workplace 9 700,00 €, overhead 20 %, 3 % a year
EXAMPLE = Inputs(
    2027,
    (_rate("78400.00"), _flat(WORKPLACE, "9700.00"), _flat(OVERHEAD, "20")),
    INCREASES,
    (_post(),),
)


def _amounts(found: list[Line], year: int) -> dict[str, Decimal | None]:
    return {line.kind: line.amount for line in found if line.year == year}


def _total(found: list[Total], scenario: str, year: int) -> Total:
    return next(total for total in found if (total.scenario, total.year) == (scenario, year))


def test_worked_example_to_the_cent() -> None:
    # 1,5 x 78 400,00 x 9/12 = 88 200,00; 9 700,00 x 1,5 x 9/12 = 10 912,50; 20 % of 88 200,00 = 17 640,00;
    # together 116 752,50
    found = lines(EXAMPLE)
    assert _amounts(found, 2027) == {
        PERSONNEL: Decimal("88200.00"),
        WORKPLACE: Decimal("10912.50"),
        OVERHEAD: Decimal("17640.00"),
    }
    total = _total(totals(EXAMPLE, found), "Minimal", 2027)
    assert total.total == Decimal("116752.50")
    # Nobody has said what covers it; where someone declared that nothing does, the whole sum is left
    assert (total.covered, total.net) == (None, None)
    declared = _total(totals(EXAMPLE, found, declared=True), "Minimal", 2027)
    assert (declared.covered, declared.net) == (Decimal(0), Decimal("116752.50"))
    # 9 months of 1,5 VZÄ are 13,5 months of one person
    assert (total.vzae, total.person_months) == (Decimal("1.5"), Decimal("13.5"))


def test_rate_rises_each_january_on_the_rounded_rate() -> None:
    # 78 400,00 x 1,03 = 80 752,00; x 1,03 = 83 174,56; x 1,03 = 85 669,7968, to the cent 85 669,80
    found = [rate for rate in valid_rates(EXAMPLE) if rate.key == (PERSONNEL, "E 11")]
    assert [rate.value for rate in found] == [
        Decimal("78400.00"),
        Decimal("80752.00"),
        Decimal("83174.56"),
        Decimal("85669.80"),
    ]
    assert [rate.origin for rate in found[1:]] == [PROJECTED] * 3
    # 1,5 x 85 669,80 = 128 504,70
    assert _amounts(lines(EXAMPLE), 2030)[PERSONNEL] == Decimal("128504.70")


def test_entered_rate_ends_the_projection() -> None:
    # From July 2028 a newly agreed rate: 2028 has two lines, 6 months of 80 752,00 and 6 of 84 000,00
    inputs = replace(EXAMPLE, rates=(*EXAMPLE.rates, _rate("84000.00", "2028-07")))
    pay = [line for line in lines(inputs) if line.year == 2028 and line.kind == PERSONNEL]
    # 1,5 x 80 752,00 / 2 = 60 564,00; 1,5 x 84 000,00 / 2 = 63 000,00
    assert [(line.months, line.amount) for line in pay] == [(6, Decimal("60564.00")), (6, Decimal("63000.00"))]
    # 84 000,00 x 1,03 = 86 520,00 from January 2029
    assert [line.rate for line in lines(inputs) if line.year == 2029 and line.kind == PERSONNEL] == [
        Decimal("86520.00")
    ]


def test_a_rate_with_an_agreed_end_is_not_carried_on() -> None:
    inputs = replace(EXAMPLE, rates=(_rate("78400.00", end="2027-12"), *EXAMPLE.rates[1:]))
    assert month_without_rate(inputs, inputs.posts[0]) == ((PERSONNEL, "E 11"), month("2028-01"))
    assert month_without_rate(EXAMPLE, EXAMPLE.posts[0]) is None


def test_half_a_cent_rounds_away_from_zero_and_lines_add_up_as_printed() -> None:
    # 0,5 x 100,01 = 50,005 is 50,01; two such posts cost 100,02, not the 100,01 of the exact sum
    rates = (_rate("100.01"), _flat(WORKPLACE, "0"), _flat(OVERHEAD, "0"))
    one = replace(_post("0.5", "2027-01", "2027-12"), item_id="a")
    inputs = Inputs(2027, rates, (), (one, replace(one, item_id="b")))
    assert _total(totals(inputs, lines(inputs)), "Minimal", 2027).total == Decimal("100.02")


@pytest.mark.parametrize(
    ("inputs", "lacks"),
    [
        (replace(EXAMPLE, posts=(_post(None),)), "Stellenumfang"),
        (replace(EXAMPLE, rates=(_rate(None), *EXAMPLE.rates[1:])), "Kostensatz E 11"),
        (replace(EXAMPLE, rates=EXAMPLE.rates[:1]), "Arbeitsplatzpauschale"),
        (replace(EXAMPLE, materials=(Material("m", None, 2027, None, False, "Minimal"),)), "Betrag"),
    ],
)
def test_what_is_not_known_leaves_no_total(inputs: Inputs, lacks: str) -> None:
    found = lines(inputs)
    total = _total(totals(inputs, found), "Minimal", 2027)
    assert (total.total, total.net) == (None, None)
    assert total.open_lines > 0
    assert lacks in {line.lacks for line in found if line.amount is None}


def test_an_unknown_increase_leaves_only_its_years_open() -> None:
    inputs = replace(EXAMPLE, increases=INCREASES[:1])
    found = totals(inputs, lines(inputs))
    assert _total(found, "Minimal", 2028).total is not None
    assert _total(found, "Minimal", 2029).total is None
    assert _total(found, "Minimal", 0).total is None
    assert {line.lacks for line in lines(inputs) if line.amount is None} == {"Tarifsteigerung 2029"}


def test_an_empty_register_costs_nothing_only_when_declared() -> None:
    empty = Inputs(2027)
    assert {total.total for total in totals(empty, [])} == {None}
    assert {total.total for total in totals(empty, [], declared=True)} == {Decimal(0)}


def test_only_granted_money_covers() -> None:
    # 116 752,50 less 30 000,00 granted; 50 000,00 applied for do not count
    covers = (
        Cover("f1", Decimal("30000"), 2027, 2027, GRANTED, "Minimal"),
        Cover("f2", Decimal("50000"), 2027, None, "beantragt", "Minimal"),
    )
    inputs = replace(EXAMPLE, covers=covers)
    total = _total(totals(inputs, lines(inputs)), "Minimal", 2027)
    assert (total.covered, total.net) == (Decimal("30000.00"), Decimal("86752.50"))


def test_once_and_running_are_kept_apart() -> None:
    materials = (
        Material("einrichtung", Decimal("12000"), 2027, 2027, True, "Basis"),
        Material("druck", Decimal("3500.50"), 2027, None, False, "Basis"),
    )
    inputs = Inputs(2027, materials=materials)
    first, second = (_total(totals(inputs, lines(inputs)), "Basis", year) for year in (2027, 2028))
    assert (first.once, first.running, first.kinds[MATERIAL]) == (
        Decimal("12000.00"),
        Decimal("3500.50"),
        Decimal("15500.50"),
    )
    assert (second.once, second.running) == (Decimal(0), Decimal("3500.50"))


def test_sensitivity_of_the_worked_example() -> None:
    # 10 % more posts: 1,65 x 78 400 x 9/12 = 97 020,00 and so on: every line of the example grows by exactly 10 %.
    # Four years of the example: pay 88 200,00 + 121 128,00 + 124 761,84 + 128 504,70 = 462 594,54;
    # workplace 10 912,50 + 3 x 14 550,00 = 54 562,50; overhead 17 640,00 + 24 225,60 + 24 952,37 + 25 700,94 =
    # 92 518,91; together 609 675,95
    assert _total(totals(EXAMPLE, lines(EXAMPLE)), "Minimal", 0).total == Decimal("609675.95")
    found = {(lever.name, lever.step, scenario): (amount, gap) for lever, scenario, amount, gap in sensitivity(EXAMPLE)}
    more, gap = found["Stellenumfang", "10 % mehr", "Minimal"]
    # pay 97 020,00 + 133 240,80 + 137 238,02 + 141 355,17; workplace 12 003,75 + 3 x 16 005,00;
    # overhead 19 404,00 + 26 648,16 + 27 447,60 + 28 271,03
    assert (more, gap) == (Decimal("670643.53"), Decimal("60967.58"))


def test_control_sum_that_differs_is_seen() -> None:
    found = lines(EXAMPLE)
    sums = totals(EXAMPLE, found)
    right = Control("Minimal", 2027, Decimal("116752.50"), SOURCE)
    wrong = replace(right, amount=Decimal("116752.51"))
    booked = by_account(EXAMPLE, found, {"p1": ("1.01", "620100")})
    gaps = [entry.difference for entry in reconcile(found, sums, booked, (right, wrong))]
    assert gaps[:-1] == [Decimal("0.00")] * (len(gaps) - 1)
    assert gaps[-1] == Decimal("-0.01")


def test_months_are_counted() -> None:
    assert month("2027-12") + 1 == month("2028-01")
    assert month_text(month("2027-12")) == "2027-12"


MONEY = st.decimals(0, 200_000, places=2)
POSTS = st.builds(
    Post,
    st.uuids().map(str),
    st.just("E 11"),
    st.decimals(0, 5, places=3),
    st.integers(month("2026-06"), month("2031-06")),
    st.none() | st.integers(month("2027-06"), month("2030-06")),
    st.booleans(),
    st.sampled_from(SCENARIOS),
)
MATERIALS = st.builds(
    Material,
    st.uuids().map(str),
    MONEY,
    st.integers(2026, 2031),
    st.none() | st.integers(2027, 2031),
    st.booleans(),
    st.sampled_from(SCENARIOS),
)


@given(MONEY, MONEY, st.decimals(0, 40, places=2), st.lists(POSTS, max_size=5), st.lists(MATERIALS, max_size=4))
def test_sums_are_exact_and_scenarios_monotone(
    pay: Decimal, place: Decimal, overhead: Decimal, posts: list[Post], materials: list[Material]
) -> None:
    rates = (_rate(f"{pay}", "2026-01"), _flat(WORKPLACE, f"{place}", "2026-01"))
    rates = (*rates, _flat(OVERHEAD, f"{overhead}", "2026-01"))
    increases = (Increase(2027, Decimal("1.25"), SOURCE), *INCREASES)
    inputs = Inputs(2027, rates, increases, tuple(posts), tuple(materials))
    found = lines(inputs)
    sums = totals(inputs, found, declared=True)
    assert all(line.amount == line.amount.quantize(Decimal("0.01")) for line in found if line.amount is not None)
    booked = by_account(inputs, found, {entry.item_id: (entry.scenario, None) for entry in (*posts, *materials)})
    assert {entry.difference for entry in reconcile(found, sums, booked)} <= {Decimal(0)}
    for year in (0, *inputs.years):
        small, middle, large = (_total(sums, scenario, year) for scenario in SCENARIOS)
        assert (small.total or 0) <= (middle.total or 0) <= (large.total or 0)
        assert set(large.kinds) == set(KINDS)
