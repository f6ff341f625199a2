"""Numbers, dates, signs and words in German form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines import german
from pipelines.contracts import WITH_VALUE, contract

THIN = "\u202f"


def _allowed(table: str, name: str) -> set[str]:
    return {str(word) for column in contract(table).columns if column.name == name for word in column.allowed or ()}


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (7718, 0, f"7{THIN}718"),
        (189422, 0, f"189{THIN}422"),
        (1234567.891, 1, f"1{THIN}234{THIN}567,9"),
        (4.074499, 2, "4,07"),
        (0.125, 2, "0,13"),
        (2.675, 2, "2,68"),
        (-2.675, 2, "\u22122,68"),
        (0.5, 0, "1"),
        (-0.5, 0, "\u22121"),
        (-0.001, 2, "0,00"),
        (999.995, 2, f"1{THIN}000,00"),
        (0.0, 2, "0,00"),
    ],
)
def test_numbers_are_written_the_german_way(value: float, decimals: int, expected: str) -> None:
    assert german.number(value, decimals) == expected


@given(st.floats(-1e9, 1e9, allow_nan=False), st.integers(0, 3))
def test_a_printed_number_is_never_further_from_the_value_than_half_its_last_digit(value: float, decimals: int) -> None:
    text = german.number(value, decimals).replace(THIN, "").replace(",", ".").replace("\u2212", "-")
    assert abs(float(text) - value) <= 0.5 * 10**-decimals + 1e-6
    assert text != "-0"


@pytest.mark.parametrize(("value", "decimals"), [(0.4, 2), (9.99, 2), (10, 1), (-57.3, 1), (100, 0), (45648, 0)])
def test_decimals_follow_the_size_of_the_number(value: float, decimals: int) -> None:
    assert german.decimals_for(value) == decimals


def test_units_stay_with_their_number() -> None:
    assert german.percent(4.0745) == f"4,07{THIN}%"
    assert german.value_text(4.0745, "Prozent", 2) == f"4,07{THIN}%"
    assert german.value_text(41324, "€", 0) == f"41{THIN}324{THIN}€"
    assert german.value_text(8.0, "€/m²", 2) == f"8,00{THIN}€/m²"
    assert german.value_text(9.5655, "je 1 000 Personen", 2) == "9,57\u00a0je 1 000 Personen"
    assert german.value_text(9.5655, "je 100000", 1) == f"9,6\u00a0je 100{THIN}000"
    assert german.value_text(3.5, "", 1) == "3,5"
    assert german.value_text(None, "Prozent", 2, "later") == "…"


def test_spans_have_two_numbers_or_the_words_that_there_is_none() -> None:
    assert german.span_text(3.9863, 4.1646, "Prozent", 2) == f"3,99 bis 4,16{THIN}%"
    assert german.span_text(None, None, "Prozent") == "keine Spanne"


def test_cells_mark_zero_missing_and_limited_values() -> None:
    assert german.cell_text(0.0, 2, "zero") == "–"
    assert german.cell_text(0.0, 2, "reported") == "0,00"
    assert german.cell_text(None, 2, "suppressed") == "."
    assert german.cell_text(12.345, 1, "reported", "limited") == "(12,3)"


def test_every_status_of_the_contract_has_words_and_every_gap_a_sign() -> None:
    allowed = _allowed("indicators.values", "status")
    assert set(german.STATUS_WORDS) == allowed
    assert set(WITH_VALUE) | set(german.NO_VALUE_STATUSES) == allowed
    assert all(german.status_sign(status) for status in german.NO_VALUE_STATUSES)
    assert german.status_sign("reported") == ""


def test_every_verdict_of_the_contract_has_a_shape() -> None:
    assert set(german.VERDICT_SHAPES) == _allowed("indicators.comparison", "verdict")
    assert german.verdict_shape(None) == "none"


def test_class_words_leave_no_value_in_two_classes() -> None:
    limits = (3.0, 3.5, 4.0, 4.5)
    assert german.class_texts(limits) == [
        "unter 3,00",
        "3,00 bis unter 3,50",
        "3,50 bis unter 4,00",
        "4,00 bis unter 4,50",
        "4,50 und mehr",
    ]
    assert german.class_texts(()) == ["alle Werte"]
    assert [german.class_of(value, limits) for value in (2.99, 3.0, 4.4949, 4.5, 9)] == [1, 2, 4, 5, 5]
    assert german.class_of(3.0, ()) == 1


def test_classes_follow_the_unrounded_value_and_the_rule_says_so() -> None:
    assert german.number(2.9951, 2) == "3,00"
    assert german.class_of(2.9951, (3.0, 3.5, 4.0, 4.5)) == 1
    assert "ungerundet" in german.CLASS_RULE


def test_dates_and_periods() -> None:
    assert german.date_text("2021-12-31") == "31.12.2021"
    assert german.date_text("unbekannt") == "unbekannt"
    assert german.period_text("2021") == "2021"
    assert german.period_text("2017/2022") == "2017 bis 2022"
    assert german.period_text("2021", "Jahresdurchschnitt {jahr}") == "Jahresdurchschnitt 2021"
    assert german.period_text("2021-12-31", "Bevölkerung am {datum}") == "Bevölkerung am 31.12.2021"
    assert german.period_text("2017/2022", "Veränderung {von} bis {bis}") == "Veränderung 2017 bis 2022"
    assert [german.period_year(period) for period in ("2021", "2021-06-30", "2016/2021")] == [2021, 2021, 2021]
    with pytest.raises(ValueError, match="not a period"):
        german.period_year("21")


def test_words_for_lists_and_counts() -> None:
    assert german.join_words([]) == ""
    assert german.join_words(["A"]) == "A"
    assert german.join_words(["A", "B", "C"]) == "A, B und C"
    assert german.number_word(8) == "acht"
    assert german.number_word(23) == "23"
    assert german.count_text(0, "Gemeinde", "Gemeinden") == "keine Gemeinde"
    assert german.count_text(1, "Gemeinde", "Gemeinden") == "eine Gemeinde"
    assert german.count_text(8, "Gemeinde", "Gemeinden") == "acht Gemeinden"
    assert german.capitalised("ähnlich") == "Ähnlich"
