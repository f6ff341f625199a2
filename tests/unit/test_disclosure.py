"""Disclosure control: what is withheld, what passes, and that nothing derived from a withheld value leaves."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.contracts import conform, contract
from pipelines.disclosure.checks import WITHHELD, release_checks
from pipelines.disclosure.primary import REFUSED, Thresholds, reason, suppress
from pipelines.disclosure.release import (
    disclosure_checks,
    release_comparison,
    release_index,
    release_index_members,
    release_sources,
    release_trend,
)
from pipelines.errors import DisclosureError
from pipelines.validation.results import Result, as_frame, store

RULES = {
    "standard": {"mindestzahl": 5, "sensibel": False},
    "quellen": {"jugendamt": {"mindestzahl": 10, "sensibel": True}, "ba": {"mindestzahl": 3}},
    "mindestnenner": 30,
    "mindesteinwohner": 300,
}


def frame(table: str, rows: list[dict]) -> pl.DataFrame:
    names = contract(table).schema()
    return conform(pl.DataFrame([{**dict.fromkeys(names), **row} for row in rows], schema=names), table)


def value(area: str = "06999001", source: str | None = "ba", period: str = "2021", **changes) -> dict:
    return {
        "indicator_id": "E01",
        "area_id": area,
        "area_level": "gemeinde" if len(area) == 8 else "kreis",
        "period": period,
        "value": 4.0,
        "lower": 3.0,
        "upper": 5.0,
        "confidence": 0.95,
        "numerator": 40.0,
        "denominator": 1000.0,
        "unit": "%",
        "method": "Wilson 95 %",
        "status": "reported",
        "source_ids": source,
        **changes,
    }


def suppressed(rows: list[dict], published: dict[str, bool]) -> pl.DataFrame:
    return suppress(
        frame("indicators.values", rows),
        published=published,
        rules=RULES,
        population={"06999001": 5000.0},
        subset={"E01"},
    )


# Limits of methods.md, section 8: counts 1 to t-1, the rest of the denominator, denominators below 30, small areas,
# and 0 or 100 percent of a sensitive attribute.
@pytest.mark.parametrize(
    ("numerator", "denominator", "population", "source", "withheld"),
    [
        (5, 1000, 5000, "standard", False),
        (4, 1000, 5000, "standard", True),
        (0, 1000, 5000, "standard", False),
        (996, 1000, 5000, "standard", True),
        (1000, 1000, 5000, "standard", False),
        (10, 29, 5000, "standard", True),
        (10, 30, 5000, "standard", False),
        (10, 100, 299, "standard", True),
        (2, 1000, 5000, "ba", True),
        (3, 1000, 5000, "ba", False),
        (9, 1000, 5000, "jugendamt", True),
        (0, 1000, 5000, "jugendamt", True),
        (1000, 1000, 5000, "jugendamt", True),
    ],
)
def test_primary_rules(numerator, denominator, population, source, withheld):
    found = reason(numerator, denominator, population, Thresholds.of(RULES, source), subset=True)
    assert (found is not None) == withheld


def test_the_rest_counts_only_where_the_numerator_is_part_of_the_denominator():
    assert reason(996, 1000, 5000, Thresholds.of(RULES, "standard"), subset=False) is None


def test_published_sources_are_exempt_even_with_small_counts():
    released = suppressed([value(numerator=1.0, value=0.1, lower=0.0, upper=0.6)], {"ba": True})
    assert released["status"].to_list() == ["reported"]
    assert released["numerator"].to_list() == [1.0]


def test_unpublished_sources_never_leave_and_say_why():
    released = suppressed(
        [value(), value(period="2020", numerator=2.0, value=0.2, lower=0.0, upper=0.7)], {"ba": False}
    )
    assert released["status"].to_list() == ["suppressed", "suppressed"]
    assert (
        released.select("value", "lower", "upper", "confidence", "numerator", "denominator")
        .null_count()
        .sum_horizontal()
        .item()
        == 12
    )
    assert set(released["reason"]) == {REFUSED, "Aus Datenschutzgründen nicht ausgewiesen: weniger als 3 Fälle."}


def test_one_unpublished_source_is_enough():
    assert suppressed([value(source="ba;jugendamt")], {"ba": True, "jugendamt": False})["status"].item() == "suppressed"


def test_a_value_without_source_does_not_leave():
    assert suppressed([value(source=None)], {})["status"].item() == "suppressed"


def test_other_statuses_are_told_apart():
    blank = dict.fromkeys(("value", "lower", "upper", "confidence", "numerator", "denominator"))
    rows = [value(period=str(2000 + i), status=s, reason="Grund", **blank) for i, s in enumerate(("secret", "missing"))]
    assert suppressed(rows, {"ba": False})["status"].to_list() == ["secret", "missing"]


@given(
    counts=st.lists(st.integers(min_value=0, max_value=50), min_size=1, max_size=20),
    published=st.booleans(),
)
def test_withheld_values_never_carry_a_number(counts, published):
    rows = [
        value(period=str(1990 + i), numerator=float(x), value=x / 10, lower=0.0, upper=100.0)
        for i, x in enumerate(counts)
    ]
    before = frame("indicators.values", rows)
    after = suppressed(rows, {"ba": published})
    assert all(check["passed"] for check in disclosure_checks(before, after))
    assert after.filter(pl.col("value").is_not_null()).height == (len(rows) if published else 0)


def source(mark: str) -> dict:
    return {
        "source_id": "ba", "edition": "2024", "file": "ba/2024/werte.csv", "title": "t", "publisher": "p",
        "attribution": "a", "licence": "l", "landing_page": "unbekannt", "table_code": "unbekannt",
        "cadence": "jährlich",
        "retrieved": "unbekannt", "published": mark, "rows": 1, "bytes": 1, "sha256": "0" * 64,
    }  # fmt: skip


def test_unmarked_delivery_stops_the_release_and_names_its_sheet():
    with pytest.raises(DisclosureError) as error:
        release_sources(frame("curated.sources", [source("unmarkiert")]))
    assert "ba/2024/lieferung.yml" in str(error.value)
    assert "Zeile:    gesamte Datei" in str(error.value)
    assert "published: yes oder published: no" in str(error.value)
    assert release_sources(frame("curated.sources", [source("ja")])).height == 1


def reconciliation(check_id: str) -> Result:
    return Result("curated.merkmale", check_id, "Abgleich", "d", "207", "217; Abstand 10", False, 10.0, "06999001")


def test_reconciliations_hide_the_numbers_of_the_closed_source_and_of_no_other(tmp_path):
    closed = ["summe:inkar:2022:svb:insgesamt:2022", "zwei_quellen:svb:insgesamt:2022:ba 2024:inkar 2022"]
    shown = ["summe:inkar_kreis:2022:svb:insgesamt:2022", "zwei_quellen:svb:insgesamt:2022:ba 2024:inkar_kreis 2022"]
    store(as_frame(reconciliation(check_id) for check_id in closed + shown), tmp_path / "abgleich.json")
    sources = frame(
        "release.sources",
        [{**source("nein"), "source_id": "inkar"}, {**source("ja"), "source_id": "inkar_kreis"}, source("ja")],
    )
    values = frame("indicators.values", [value()])
    checks = release_checks([tmp_path / "abgleich.json"], values, suppressed([value()], {"ba": True}), sources)
    rows = {row["check_id"]: row for row in checks.filter(kind="Abgleich").iter_rows(named=True)}
    assert {name for name, row in rows.items() if row["observed"] == WITHHELD} == set(closed)
    assert all((row["gap"], row["examples"]) == (None, None) for name, row in rows.items() if name in closed)
    assert all((row["expected"], row["gap"]) == ("207", 10.0) for name, row in rows.items() if name in shown)


def hidden_release() -> pl.DataFrame:
    return suppressed([value(), value("06999002"), value("06999")], {"ba": False})


def test_comparisons_go_with_their_value_or_their_kreis_value():
    rows = [
        {"indicator_id": "E01", "area_id": "06999001", "period": "2021", "kreis_value": 4.0, "verdict": "höher"},
        {"indicator_id": "E01", "area_id": "06999001", "period": "2020", "kreis_value": 4.0, "verdict": "höher"},
    ]
    comparison = frame("indicators.comparison", rows)
    assert release_comparison(comparison, hidden_release())["period"].to_list() == ["2020"]
    kreis_only = suppressed([value(source="offen"), value("06999")], {"ba": False, "offen": True})
    assert release_comparison(comparison, kreis_only)["period"].to_list() == ["2020"]


def test_trend_of_a_withheld_series_shows_nothing():
    row = {
        "indicator_id": "E01", "area_id": "06999001", "segment_from": "2011", "segment_to": "2021", "points": 11,
        "method": "Cochran-Armitage", "slope": 0.5, "p_value": 0.01, "trend": "steigend", "difference": 1.0,
    }  # fmt: skip
    released = release_trend(frame("indicators.trend", [row]), hidden_release()).row(0, named=True)
    assert (released["slope"], released["difference"], released["p_value"]) == (None, None, None)
    assert released["trend"] == "nicht prüfbar"


def test_index_goes_as_a_whole_when_one_member_is_withheld():
    index = frame(
        "indicators.index",
        [
            {
                "area_id": area, "status": "reported", "value": 1.2, "class": 3, "class_name": "erhöht",
                "stability": 0.9, "class_text": "erhöht", "runs": 1000, "seed": 1,
            }
            for area in ("06999001", "06999002")
        ],
    )  # fmt: skip
    member = {"indicator_id": "E01", "period": "2021", "status": "reported", "orientation": 1, "weight": 1.0}
    members = frame(
        "indicators.index_members", [{**member, "area_id": "06999001", "value": 4.0, "z": 1.0, "contribution": 1.0}]
    )
    released = release_index(index, members, hidden_release())
    assert released["status"].unique().to_list() == ["suppressed"]
    assert released["value"].null_count() == 2
    assert released["class"].null_count() == 2
    assert release_index_members(members, hidden_release())["value"].null_count() == 1
    visible = suppressed([value(), value("06999002"), value("06999")], {"ba": True})
    assert release_index(index, members, visible)["value"].to_list() == [1.2, 1.2]
