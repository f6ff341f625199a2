"""How a value is made: sums before division, statuses, quality, periods, and what must be refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.contracts import conform, contract
from pipelines.errors import InputError
from pipelines.indicators.catalogue import Indicator, Term, load_catalogue
from pipelines.indicators.rates import STATUS_ORDER, Cell, build_values, combine, worst_status

KREIS = "06999"
GEMEINDEN = ("06999001", "06999002", "06999003")
CATALOGUE = {indicator.indicator_id: indicator for indicator in load_catalogue()}
PEOPLE = Term(1.0, "bevoelkerung", "alter:15-64")
CASES = Term(1.0, "arbeitslose_jahresdurchschnitt", "insgesamt")


def area(area_id: str, level: str) -> dict[str, Any]:
    return {
        "area_id": area_id,
        "area_level": level,
        "name": area_id,
        "display_name": area_id,
        "ars": None,
        "number": None,
        "members": None,
        "is_example": False,
        "valid_from": "unbekannt",
        "valid_to": "unbekannt",
    }


AREAS = conform(
    pl.DataFrame(
        [*(area(ags, "gemeinde") for ags in GEMEINDEN), area("06999-S01", "sozialraum"), area(KREIS, "kreis")],
        schema_overrides={"ars": pl.String, "members": pl.String, "number": pl.Int64},
    ),
    "curated.areas",
)


def members(weight: float = 1.0) -> pl.DataFrame:
    parts = [("06999-S01", GEMEINDEN[0], 1.0), ("06999-S01", GEMEINDEN[1], weight)]
    parts += [(KREIS, ags, 1.0) for ags in GEMEINDEN]
    return pl.DataFrame(parts, schema=["area_id", "ags", "weight"], orient="row")


def figure(area_id: str, term: Term, value: float | None, stichtag: str = "2021", **other: Any) -> dict[str, Any]:
    return {
        "area_id": area_id,
        "area_level": "kreis" if area_id == KREIS else "gemeinde",
        "stichtag": stichtag,
        "merkmal": term.merkmal,
        "auspraegung": term.auspraegung,
        "wert": value,
        "einheit": "Personen",
        "status": "zero" if value == 0 else "reported",
        "quality": "final",
        "basis": None,
        "additive": "exact",
        "preferred": True,
        "source_id": "probe",
        "edition": "1",
        "file": "probe/1/werte.csv",
        "row": 2,
        "place": "wert",
        "correction": None,
        **other,
    }


def merkmale(*rows: dict[str, Any]) -> pl.DataFrame:
    numbered = [{**row, "row": number} for number, row in enumerate(rows, start=2)]
    return conform(pl.DataFrame(numbered, schema=contract("curated.merkmale").schema()), "curated.merkmale")


def figures(cases: list[float], people: list[float], **other: Any) -> list[dict[str, Any]]:
    rows = [figure(ags, CASES, value, **other) for ags, value in zip(GEMEINDEN, cases, strict=True)]
    return rows + [figure(ags, PEOPLE, value, **other) for ags, value in zip(GEMEINDEN, people, strict=True)]


def values(rows: list[dict[str, Any]], indicator: str | Indicator = "E01", weight: float = 1.0) -> dict[str, Any]:
    """Rows of one indicator by area; the newest period where there are several."""
    entry = CATALOGUE[indicator] if isinstance(indicator, str) else indicator
    frame = build_values(merkmale(*rows), AREAS, members(weight), [entry], 2021)
    return {row["area_id"]: row for row in frame.iter_rows(named=True)}


def without(rows: list[dict[str, Any]], place: int, status: str) -> list[dict[str, Any]]:
    return [{**row, "wert": None, "status": status} if number == place else row for number, row in enumerate(rows)]


def test_a_rate_of_a_larger_area_is_never_a_mean_of_rates() -> None:
    found = values(figures([2, 12, 9], [100, 300, 100]))
    assert [found[ags]["value"] for ags in GEMEINDEN] == [2, 4, 9]
    assert found[KREIS]["value"] == pytest.approx(4.6)
    assert (found[KREIS]["numerator"], found[KREIS]["denominator"]) == (23, 500)
    assert found["06999-S01"]["value"] == pytest.approx(3.5)


@pytest.mark.parametrize("status", STATUS_ORDER[:6])
def test_a_figure_without_value_leaves_all_that_rest_on_it_without_value(status: str) -> None:
    found = values(without(figures([2, 12, 9], [100, 300, 100]), 1, status))
    for area_id in (GEMEINDEN[1], "06999-S01", KREIS):
        row = found[area_id]
        assert (row["status"], row["value"], row["numerator"], row["lower"]) == (status, None, None, None)
        assert row["reason"]
    assert found[GEMEINDEN[0]]["status"] == "reported"
    assert "1 von 3 Gemeinden" in found[KREIS]["reason"]


def test_a_gemeinde_without_a_row_is_missing_and_not_zero() -> None:
    rows = figures([2, 12, 9], [100, 300, 100])
    found = values(rows[1:])
    assert (found[GEMEINDEN[0]]["status"], found[GEMEINDEN[0]]["value"]) == ("missing", None)
    assert found[KREIS]["value"] is None


@pytest.mark.parametrize(("stichtag", "day"), [("2022-05-15", "am 15.05.2022"), ("2022", "2022")])
def test_figures_that_begin_after_the_report_year_say_so_on_every_level(stichtag: str, day: str) -> None:
    found = values(figures([2, 12, 9], [100, 300, 100], stichtag=stichtag))
    assert {row["status"] for row in found.values()} == {"missing"}
    assert {row["reason"] for row in found.values()} == {f"Zahlen beginnen erst {day}, nach dem Berichtsjahr."}
    assert set(found) == {*GEMEINDEN, "06999-S01", KREIS}


def test_withheld_stands_before_missing() -> None:
    rows = without(without(figures([2, 12, 9], [100, 300, 100]), 0, "missing"), 4, "secret")
    assert values(rows)[KREIS]["status"] == "secret"


@given(st.lists(st.sampled_from(STATUS_ORDER), min_size=1), st.randoms())
def test_the_status_of_a_sum_does_not_depend_on_the_order(statuses: list[str], random: Any) -> None:
    shuffled = random.sample(statuses, len(statuses))
    assert worst_status(statuses) == worst_status(shuffled)
    cells = [Cell(None if status in STATUS_ORDER[:6] else 1.0, status) for status in statuses]
    assert (combine(cells, [1.0] * len(cells)).value is None) == any(cell.value is None for cell in cells)


def test_an_estimate_stays_an_estimate() -> None:
    rows = figures([2, 12, 9], [100, 300, 100])
    rows[0] = {**rows[0], "status": "estimated"}
    found = values(rows)
    assert (found[GEMEINDEN[0]]["status"], found[KREIS]["status"]) == ("estimated", "estimated")
    assert found[GEMEINDEN[1]]["status"] == "reported"


def test_zero_cases_are_a_true_zero_with_an_upper_limit() -> None:
    found = values(figures([0, 12, 9], [200, 300, 100]))[GEMEINDEN[0]]
    assert (found["status"], found["value"], found["lower"]) == ("zero", 0, 0)
    assert found["upper"] > 0


def test_the_worst_quality_counts_and_small_denominators_are_limited() -> None:
    rows = figures([2, 12, 9], [99, 300, 100])
    rows[1] = {**rows[1], "quality": "provisional"}
    found = values(rows)
    assert [found[ags]["quality"] for ags in GEMEINDEN] == ["limited", "provisional", "final"]
    assert found[KREIS]["quality"] == "provisional"


def test_counts_of_a_divided_gemeinde_are_not_added() -> None:
    found = values(figures([2, 12, 9], [100, 300, 100]), weight=0.5)
    assert (found["06999-S01"]["status"], found["06999-S01"]["value"]) == ("missing", None)
    assert found[KREIS]["value"] == pytest.approx(4.6)


def test_only_the_preferred_source_enters() -> None:
    rows = figures([2, 12, 9], [100, 300, 100])
    other = figure(GEMEINDEN[0], CASES, 50, source_id="andere", preferred=False)
    assert values([*rows, other])[GEMEINDEN[0]]["value"] == 2


def test_periods_after_the_report_year_are_left_out() -> None:
    later = figures([3, 3, 3], [100, 100, 100], stichtag="2022")
    found = values(figures([2, 12, 9], [100, 300, 100]) + later)
    assert {row["period"] for row in found.values()} == {"2021"}


def test_a_share_above_its_whole_is_refused_with_its_place() -> None:
    with pytest.raises(InputError) as caught:
        values(figures([2, 301, 9], [100, 300, 100]))
    error = caught.value
    assert (error.file, error.row, error.column) == ("probe/1/werte.csv", 3, "wert")
    assert "301" in str(error.found) and "300" in str(error.expected)


def test_a_denominator_of_zero_is_no_infinite_rate() -> None:
    found = values(figures([0, 12, 9], [0, 300, 100]))
    assert (found[GEMEINDEN[0]]["status"], found[GEMEINDEN[0]]["value"]) == ("not_applicable", None)
    assert found[KREIS]["value"] == pytest.approx(21 / 400 * 100)


def test_different_censuses_are_never_mixed_in_one_rate() -> None:
    rows = figures([2, 12, 9], [100, 300, 100])
    rows = [{**row, "basis": "Zensus2011" if row["merkmal"] == CASES.merkmal else "Zensus2022"} for row in rows]
    for found in values(rows).values():
        assert (found["status"], found["value"], found["numerator"]) == ("missing", None, None)
        assert "verschiedenen Volkszählungen" in found["reason"]


def test_one_gemeinde_on_another_census_leaves_the_sum_without_a_value() -> None:
    rows = figures([2, 12, 9], [100, 300, 100])
    rows = [{**row, "basis": "Zensus2011" if row["area_id"] == GEMEINDEN[0] else "Zensus2022"} for row in rows]
    found = values(rows)
    assert found[GEMEINDEN[0]]["value"] == 2
    assert (found[KREIS]["status"], found[KREIS]["value"]) == ("missing", None)


def test_a_change_over_a_new_census_is_not_computed() -> None:
    people = Term(1.0, "bevoelkerung", "insgesamt")

    def rows(basis: str) -> list[dict[str, Any]]:
        start = [figure(ags, people, 1000, "2016-12-31", basis="Zensus2011") for ags in GEMEINDEN]
        return start + [figure(ags, people, 1010, "2021-12-31", basis=basis) for ags in GEMEINDEN]

    same = values(rows("Zensus2011"), "D02")[KREIS]
    assert (same["period"], same["numerator"]) == ("2016/2021", 30)
    assert same["value"] == pytest.approx(1.0)
    broken = values(rows("Zensus2022"), "D02")[KREIS]
    assert (broken["period"], broken["status"]) == ("2021", "missing")


SHARE = Term(1.0, "svb_wohnort_anteil", "ausbildung:ohne")
EMPLOYED = Term(1.0, "svb_wohnort", "insgesamt")


def shares(first: float) -> list[dict[str, Any]]:
    rows = [figure(ags, EMPLOYED, total, "2021-06-30") for ags, total in zip(GEMEINDEN, (800, 400, 200), strict=True)]
    percent = zip(GEMEINDEN, (first, 25.0, 50.0), strict=True)
    return rows + [figure(ags, SHARE, value, "2021-06-30", einheit="Prozent") for ags, value in percent]


def test_counts_come_back_from_a_published_share_and_add_up() -> None:
    kreis = [figure(KREIS, EMPLOYED, 1400, "2021-06-30"), figure(KREIS, SHARE, 300 / 14, "2021-06-30")]
    found = values([*shares(12.5), *kreis], "E08")
    assert [found[ags]["numerator"] for ags in GEMEINDEN] == [100, 100, 100]
    assert found["06999-S01"]["value"] == pytest.approx(200 / 1200 * 100)
    assert (found[KREIS]["numerator"], found[KREIS]["denominator"]) == (300, 1400)
    assert "zurückgerechnet" in found[KREIS]["reason"]


def test_a_rounded_share_from_which_no_count_comes_back_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        values(shares(12.3), "E08")
    assert (caught.value.file, caught.value.row, caught.value.column) == ("probe/1/werte.csv", 5, "wert")


def test_a_kreis_share_without_a_total_stays_a_finished_value() -> None:
    found = values([*shares(12.5), figure(KREIS, SHARE, 13.0, "2019")], "E08")[KREIS]
    assert (found["period"], found["value"], found["numerator"], found["lower"]) == ("2019", 13.0, None, None)
    assert found["method"] == "fertiger Wert, keine Spanne"


def test_values_that_do_not_add_up_have_no_sum() -> None:
    out = Term(1.0, "auspendler", "insgesamt")
    rows = [figure(ags, out, 50, "2021-06-30") for ags in GEMEINDEN]
    rows += [figure(ags, EMPLOYED, 100, "2021-06-30") for ags in GEMEINDEN]
    found = values([*rows, figure(KREIS, out, 90, "2021-06-30"), figure(KREIS, EMPLOYED, 300, "2021-06-30")], "N09")
    assert found[KREIS]["value"] == pytest.approx(30)
    assert found["06999-S01"]["status"] == "missing"


def test_events_of_a_year_go_over_its_end() -> None:
    births = Term(1.0, "lebendgeborene", "insgesamt")
    people = Term(1.0, "bevoelkerung", "insgesamt")
    rows = [figure(ags, births, 9, "2021") for ags in GEMEINDEN]
    rows += [figure(ags, people, 1000, "2021-12-31") for ags in GEMEINDEN]
    found = values(rows, "D09e")
    assert found[GEMEINDEN[0]]["period"] == "2021"
    assert found[GEMEINDEN[0]]["value"] == pytest.approx(9)
    assert found[GEMEINDEN[0]]["lower"] == pytest.approx(4.115373097, abs=1e-8)
    assert found[KREIS]["method"].startswith("Byar")


def test_no_data_at_all_is_one_row_per_area_with_a_reason() -> None:
    for indicator_id in ("E01", "A01"):
        found = values([figure(KREIS, Term(1.0, "kaufkraft", "insgesamt"), 1)], indicator_id)
        assert set(found) == {*GEMEINDEN, "06999-S01", KREIS}
        assert {(row["period"], row["status"]) for row in found.values()} == {("2021", "missing")}
        assert all(row["reason"] for row in found.values())


def test_a_kreis_figure_is_not_given_to_gemeinden() -> None:
    found = values([figure(KREIS, Term(1.0, "arbeitslosenquote", "insgesamt"), 4.6, "2020")], "E02")
    assert found[KREIS]["value"] == pytest.approx(4.6)
    assert {(found[ags]["period"], found[ags]["status"]) for ags in GEMEINDEN} == {("2020", "missing")}


counts = st.lists(st.integers(0, 500), min_size=3, max_size=3)


@given(counts, st.lists(st.integers(500, 5000), min_size=3, max_size=3))
def test_the_kreis_lies_between_its_gemeinden_and_counts_are_conserved(cases: list[float], people: list[float]) -> None:
    found = values(figures(cases, people))
    rates = [found[ags]["value"] for ags in GEMEINDEN]
    assert min(rates) - 1e-9 <= found[KREIS]["value"] <= max(rates) + 1e-9
    assert (found[KREIS]["numerator"], found[KREIS]["denominator"]) == (sum(cases), sum(people))
    assert found[KREIS]["lower"] <= found[KREIS]["value"] <= found[KREIS]["upper"]


def test_the_order_of_inputs_does_not_change_the_table() -> None:
    rows = merkmale(*figures([2, 12, 9], [100, 300, 100]))
    entries = [CATALOGUE["E01"], replace(CATALOGUE["A01"])]
    first = build_values(rows, AREAS, members(), entries, 2021)
    second = build_values(rows.reverse(), AREAS.reverse(), members().reverse(), entries[::-1], 2021)
    assert first.equals(second)
