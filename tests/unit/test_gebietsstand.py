"""Figures of areas that came, went or changed, on the areas of today: totals are kept, nothing is made up."""

from __future__ import annotations

import ast
from math import fsum
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.contracts import conform, contract
from pipelines.errors import InputError
from pipelines.geography.crosswalk import PERSONS, Crosswalk, NoWay
from pipelines.geography.validity import current, refuse_contradiction, valid_at
from pipelines.harmonise.gebietsstand import SHARE_OF, to_current
from pipelines.indicators.catalogue import load_catalogue

PIPELINES = Path(__file__).resolve().parents[2] / "pipelines"
A, B, C, OLD, ELSEWHERE = "06999001", "06999002", "06999003", "06999004", "06998001"
KREIS = "06999"
U = "unbekannt"


def gemeinden(**validity: tuple[str, str]) -> pl.DataFrame:
    """`raw.gemeinden` of A and B, and of what `validity` says: key to first and last day."""
    return register({A: (U, U), B: (U, U)} | {key.removeprefix("k"): span for key, span in validity.items()})


def register(spans: dict[str, tuple[str, str]]) -> pl.DataFrame:
    """`raw.gemeinden`: key to first and last day."""
    return pl.DataFrame(
        [(key, f"{key[:5]}0000{key[5:]}", "Testort", f"Testort {key}", *span) for key, span in spans.items()],
        schema=contract("raw.gemeinden").schema(),
        orient="row",
    )


def transitions(
    *rows: tuple[Any, ...],
    source: str = "umsteigeschluessel",
    kind: str = "schluessel",
    employees: list[float | None] | None = None,
) -> pl.DataFrame:
    """`raw.uebergaenge`: from, to, last day, first day, share by persons, share by surface; employees: one per row."""
    names = ("from_id", "to_id", "last_day", "first_day", "share_population", "share_area", "kind")
    full = [(*row, kind) if len(row) == 6 else row for row in rows]
    frame = pl.DataFrame(full, schema=names, orient="row").with_columns(
        source_id=pl.lit(source), edition=pl.lit("1"), file=pl.lit("datei.xlsx"), row=pl.lit(2, dtype=pl.Int64),
        share_employees=pl.Series(employees or [None] * len(rows), dtype=pl.Float64),
    )  # fmt: skip
    return conform(frame.cast({"share_population": pl.Float64, "share_area": pl.Float64}), "raw.uebergaenge")


def figures(values: dict[str, float | None], stichtag: str = "2021-12-31", **more: Any) -> pl.DataFrame:
    said = {
        "source_id": "gemeindeverzeichnis", "edition": "1", "file": "werte.csv", "row": 2, "place": "wert",
        "stichtag": stichtag, "merkmal": "bevoelkerung", "auspraegung": "insgesamt", "quality": "final",
        "basis": "Zensus2011", "einheit": "Personen", "additive": "exact", "correction": None,
    } | more  # fmt: skip
    rows = [
        {"area_id": key, "wert": value, "status": "missing" if value is None else "reported", **said}
        for key, value in values.items()
    ]
    return pl.DataFrame(rows, schema_overrides={"wert": pl.Float64, "correction": pl.String, "basis": pl.String})


def merged() -> Crosswalk:
    """OLD went into A on 01.01.2022."""
    return Crosswalk(gemeinden(k06999004=(U, "2021-12-31")), transitions((OLD, A, "2021-12-31", "2022-12-31", 1, 1)))


def by_area(frame: pl.DataFrame) -> dict[str, dict[str, Any]]:
    return {row["area_id"]: row for row in frame.rows(named=True)}


def test_a_merger_adds_up_exactly_and_stays_reported() -> None:
    found, conversions = to_current(figures({A: 100, B: 50, OLD: 7}), merged(), KREIS)
    rows = by_area(found)
    assert {key: row["wert"] for key, row in rows.items()} == {A: 107, B: 50}
    assert rows[A]["status"] == "reported" and OLD in rows[A]["conversion"]
    assert rows[B]["conversion"] is None
    assert conversions.filter(from_id=OLD).select("to_id", "share", "before", "after", "outcome").row(0) == (
        A, 1.0, 7.0, 7.0, "umgerechnet",
    )  # fmt: skip


def test_after_its_end_a_gemeinde_is_gone_and_counts_nowhere() -> None:
    found, conversions = to_current(figures({A: 107, B: 50, OLD: None}, "2022-12-31"), merged(), KREIS)
    assert {key: row["wert"] for key, row in by_area(found).items()} == {A: 107, B: 50}
    assert conversions.filter(from_id=OLD)["outcome"].to_list() == ["am Stichtag nicht vorhanden"]


def test_what_is_given_for_a_gemeinde_after_its_end_is_not_lost_in_silence() -> None:
    """The publisher still counts as before: whether the heir's figure holds the other one is not known."""
    found, conversions = to_current(figures({A: 100, B: 50, OLD: 7}, "2022-12-31"), merged(), KREIS)
    rows = by_area(found)
    assert (rows[A]["wert"], rows[A]["status"], rows[B]["wert"]) == (None, "missing", 50)
    assert OLD in rows[A]["conversion"] and "31.12.2021" in rows[A]["conversion"]
    assert conversions.select("from_id", "to_id", "before", "outcome").sort("from_id").rows() == [
        (A, A, 100.0, "ohne Wert"), (OLD, A, 7.0, "ohne Wert"),
    ]  # fmt: skip


@pytest.mark.parametrize("value", [0.0, None, 12.0])
def test_before_its_beginning_a_gemeinde_is_not_applicable(value: float | None) -> None:
    crosswalk = Crosswalk(gemeinden(k06999003=("2022-01-01", U)), transitions())
    found, _ = to_current(figures({A: 1, B: 2, C: value}), crosswalk, KREIS)
    row = by_area(found)[C]
    assert (row["wert"], row["status"]) == (None, "not_applicable")
    assert row["conversion"] == "Die Gemeinde gibt es erst seit dem 01.01.2022."


def test_a_source_that_recomputes_its_series_is_left_alone() -> None:
    crosswalk = Crosswalk(
        gemeinden(k06999003=("2022-01-01", U), k06999004=(U, "2021-12-31")),
        transitions((OLD, C, "2021-12-31", "2022-12-31", 1, 1)),
    )
    rows = figures({A: 1, B: 2, C: 12}, source_id="inkar")
    found, conversions = to_current(rows, crosswalk, KREIS, ["inkar"])
    assert by_area(found)[C]["wert"] == 12 and conversions.is_empty()


def test_an_edition_stands_on_the_areas_of_its_newest_figures() -> None:
    """Recomputed by its publisher, but before the change: converted as all figures are."""
    old = pl.concat([figures({A: 1, B: 2, OLD: 4}, day, source_id="inkar") for day in ("2019", "2020")])
    rows = to_current(old, merged(), KREIS, ["inkar"])[0].filter(stichtag="2019")
    assert {key: row["wert"] for key, row in by_area(rows).items()} == {A: 5, B: 2}
    new = pl.concat([figures({A: 5, B: 2}, day, source_id="inkar") for day in ("2019", "2022")])
    found, conversions = to_current(new, merged(), KREIS, ["inkar"])
    assert sorted(found["wert"]) == [2, 2, 5, 5] and conversions.is_empty()


OBERWESER, WAHLSBURG, WESERTAL = "06633021", "06633027", "06633030"


def wesertal() -> Crosswalk:
    """Oberweser and Wahlsburg became Wesertal on 01.01.2020.

    The keys are official (VG250, Bundesamt für Kartographie und Geodäsie; Gemeindeverzeichnis). The file of
    Gebietsänderungen of that year is not at hand: these rows are made up in its form.
    """
    frame = register({OBERWESER: (U, "2019-12-31"), WAHLSBURG: (U, "2019-12-31"), WESERTAL: ("2020-01-01", U)})
    rows = [(key, WESERTAL, "2019-12-31", "2020-01-01", 1, 1) for key in (OBERWESER, WAHLSBURG)]
    changes = transitions(*rows, source="gebietsaenderungen", kind="1")
    refuse_contradiction(frame, changes)
    return Crosswalk(frame, changes)


@pytest.mark.parametrize(
    ("item", "unit", "oberweser", "wahlsburg"),
    [
        # Hessisches Statistisches Landesamt, Bevölkerung der hessischen Gemeinden am 31.12.2018 (Basis Zensus 2011),
        # and surfaces, as the Wikipedia articles on both cite them; the one on Wesertal says 5,202 and 52.59 km².
        ("bevoelkerung", "Personen", 3158, 2044),
        ("flaeche", "km2", 41.16, 11.43),
    ],
)
def test_wesertal_is_oberweser_and_wahlsburg(item: str, unit: str, oberweser: float, wahlsburg: float) -> None:
    """A new key of two former ones, neither of which lives on; totals are the same in both directions."""
    delivered = figures({OBERWESER: oberweser, WAHLSBURG: wahlsburg}, "2018-12-31", merkmal=item, einheit=unit)
    found, conversions = to_current(delivered, wesertal(), "06633")
    (row,) = found.rows(named=True)
    assert (row["area_id"], row["status"], row["quality"]) == (WESERTAL, "reported", "final")
    assert row["wert"] == pytest.approx({"bevoelkerung": 5202, "flaeche": 52.59}[item], abs=1e-9)
    # What was delivered arrived, each former Gemeinde as a whole
    assert dict(conversions.group_by("from_id").agg(pl.sum("after")).iter_rows()) == {
        OBERWESER: oberweser, WAHLSBURG: wahlsburg,
    }  # fmt: skip
    # What stands there came from somewhere, nothing else
    assert conversions.filter(to_id=WESERTAL)["after"].sum() == pytest.approx(row["wert"], abs=1e-9)
    assert conversions["share"].to_list() == [1.0, 1.0]


def test_wesertal_is_not_applicable_before_it_began_and_itself_from_then_on() -> None:
    later, conversions = to_current(figures({WESERTAL: 5137}, "2021-12-31"), wesertal(), "06633")
    assert later["wert"].to_list() == [5137] and conversions.is_empty()
    before, _ = to_current(figures({WESERTAL: 0}, "2018-12-31"), wesertal(), "06633")
    assert before.select("wert", "status").row(0) == (None, "not_applicable")


def split() -> Crosswalk:
    return Crosswalk(
        gemeinden(k06999004=(U, "2021-12-31")),
        transitions(
            (OLD, A, "2021-12-31", "2022-12-31", 0.7501, 0.4),
            (OLD, B, "2021-12-31", "2022-12-31", 0.25, 0.6),
        ),
    )


def test_a_split_is_estimated_by_population_and_surface_by_surface() -> None:
    found, conversions = to_current(figures({A: 100, B: 50, OLD: 1000}), split(), KREIS)
    rows = by_area(found)
    assert rows[A]["wert"] == pytest.approx(100 + 1000 * 0.7501 / 1.0001)
    assert rows[A]["status"] == "estimated" and "Bevölkerung" in rows[A]["conversion"]
    assert fsum(row["wert"] for row in rows.values()) == pytest.approx(1150, abs=1e-9)
    assert conversions.filter(from_id=OLD)["after"].sum() == pytest.approx(1000, abs=1e-9)
    surface, _ = to_current(figures({A: 10, B: 5, OLD: 2}, einheit="km2", merkmal="flaeche"), split(), KREIS)
    assert {key: row["wert"] for key, row in by_area(surface).items()} == pytest.approx({A: 10.8, B: 6.2})


JOBS = {"merkmal": "svb_arbeitsort", "basis": None}


def test_jobs_are_split_by_jobs_and_those_who_work_by_persons() -> None:
    """The BBSR counts employees at their place of work: that says where jobs are, not where employees live."""
    rows = [(OLD, A, "2021-12-31", "2022-12-31", 0.75, 0.4), (OLD, B, "2021-12-31", "2022-12-31", 0.25, 0.6)]
    areas = gemeinden(k06999004=(U, "2021-12-31"))
    jobs = figures({A: 0, B: 0, OLD: 100}, **JOBS)
    told = by_area(to_current(jobs, Crosswalk(areas, transitions(*rows, employees=[0.1, 0.9])), KREIS)[0])
    assert {key: row["wert"] for key, row in told.items()} == pytest.approx({A: 10, B: 90})
    assert "Beschäftigten am Arbeitsort" in told[A]["conversion"] and told[A]["status"] == "estimated"
    live = figures({A: 0, B: 0, OLD: 100}, merkmal="svb_wohnort", basis=None)
    found = by_area(to_current(live, Crosswalk(areas, transitions(*rows, employees=[0.1, 0.9])), KREIS)[0])
    assert {key: row["wert"] for key, row in found.items()} == pytest.approx({A: 75, B: 25})
    without = by_area(to_current(jobs, Crosswalk(areas, transitions(*rows)), KREIS)[0])
    assert {key: row["wert"] for key, row in without.items()} == pytest.approx({A: 75, B: 25})
    assert "Bevölkerung" in without[A]["conversion"]


def test_finished_values_are_never_converted() -> None:
    share = figures({A: 10, B: 20, OLD: 30}, additive="no(Anteile addieren sich nicht)", einheit="Prozent")
    rows = by_area(to_current(share, merged(), KREIS)[0])
    assert (rows[A]["wert"], rows[A]["status"]) == (None, "missing")
    assert "Fertige Werte" in rows[A]["conversion"]
    assert rows[B]["wert"] == 20


TRAINED = {"merkmal": "svb_wohnort_anteil", "auspraegung": "ausbildung:ohne", "basis": None, "einheit": "Prozent",
           "additive": "no(Anteile addieren sich nicht)"}  # fmt: skip
EMPLOYED = {"merkmal": "svb_wohnort", "basis": None}


def trained(shares: dict[str, float | None], employed: dict[str, float | None], crosswalk: Crosswalk) -> Any:
    rows = pl.concat([figures(shares, **TRAINED), figures(employed, **EMPLOYED)])
    found, conversions = to_current(rows, crosswalk, KREIS)
    return by_area(found.filter(merkmal="svb_wohnort_anteil")), conversions.filter(merkmal="svb_wohnort_anteil")


def test_counts_behind_shares_are_joined_in_a_merger() -> None:
    """12.5 % of 800 and 25 % of 200 are 150 of 1000; the totals kept are those of the counts."""
    found, conversions = trained({A: 12.5, B: 50, OLD: 25}, {A: 800, B: 40, OLD: 200}, merged())
    assert (found[A]["wert"], found[A]["status"]) == (pytest.approx(15), "reported")
    assert "zurückgerechneten Anzahlen" in found[A]["conversion"]
    assert found[B]["wert"] == 50
    assert conversions.select("from_id", "before", "after").rows() == [(A, 100.0, 100.0), (OLD, 50.0, 50.0)]


@pytest.mark.parametrize(
    ("shares", "employed", "reason"),
    [
        ({A: 12.5, B: 50, OLD: 25}, {A: 800, B: 40, OLD: None}, "zurückrechnen"),
        ({A: 12.57, B: 50, OLD: 25}, {A: 800, B: 40, OLD: 200}, "zurückrechnen"),
        ({A: 12.5, B: 50, OLD: None}, {A: 800, B: 40, OLD: 200}, "haben keinen Wert"),
    ],
)
def test_shares_without_whole_counts_behind_them_have_no_value(shares: Any, employed: Any, reason: str) -> None:
    found, _ = trained(shares, employed, merged())
    assert (found[A]["wert"], found[A]["status"]) == (None, "missing")
    assert reason in found[A]["conversion"]


def test_counts_behind_shares_are_not_split() -> None:
    found, _ = trained({A: 12.5, B: 50, OLD: 25}, {A: 800, B: 40, OLD: 200}, split())
    assert found[A]["wert"] is None and "Fertige Werte" in found[A]["conversion"]


def test_shares_that_can_be_recovered_are_those_the_indicators_recover() -> None:
    said = {
        (term.merkmal, (total.merkmal, total.auspraegung), indicator.timing)
        for indicator in load_catalogue() if indicator.count_from_share
        for term in indicator.numerator for total in indicator.denominator
    }  # fmt: skip
    assert said == {(item, total, "same") for item, total in SHARE_OF.items()}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 900), st.integers(1, 900)), min_size=2, max_size=2))
def test_no_count_behind_a_share_appears_or_vanishes(counts: list[tuple[int, int]]) -> None:
    given_ = dict(zip((A, OLD), ((min(pair), max(pair)) for pair in counts), strict=True))
    shares = {key: 100 * count / total for key, (count, total) in given_.items()}
    found, _ = trained({**shares, B: 50}, {**{key: float(n) for key, (_, n) in given_.items()}, B: 40}, merged())
    total = sum(total for _, total in given_.values())
    assert found[A]["wert"] * total / 100 == pytest.approx(sum(count for count, _ in given_.values()), abs=1e-6)


def test_where_only_the_share_is_unknown_the_areas_concerned_have_no_value() -> None:
    """Nobody lived there, or the rest is not named: the Umsteigeschlüssel says by surface only."""
    steps = [(OLD, A, "2021-12-31", "2022-12-31", None, 0.4), (OLD, B, "2021-12-31", "2022-12-31", None, 0.6)]
    areas = gemeinden(k06999004=(U, "2021-12-31"), k06999003=(U, U))
    crosswalk = Crosswalk(areas, transitions(*steps))
    found, conversions = to_current(figures({A: 100, B: 50, C: 9, OLD: 7}), crosswalk, KREIS)
    rows = by_area(found)
    assert rows[C]["wert"] == 9
    assert {(rows[key]["wert"], rows[key]["status"]) for key in (A, B)} == {(None, "missing")}
    assert "nicht veröffentlicht" in rows[A]["conversion"]
    assert set(conversions["outcome"]) == {"ohne Wert"}
    nothing = by_area(to_current(figures({A: 100, B: 50, C: 9, OLD: 0}), crosswalk, KREIS)[0])
    assert {key: row["wert"] for key, row in nothing.items()} == {A: 100, B: 50, C: 9}
    assert nothing[A]["status"] == "reported"


def test_between_the_days_of_a_key_only_the_areas_of_the_change_have_no_value() -> None:
    """A gave a part to B some time in 2022; on 30.06. nobody says whether already."""
    areas = gemeinden(k06999003=(U, U))
    steps = [(A, A, "2021-12-31", "2022-12-31", 0.9, 0.9), (A, B, "2021-12-31", "2022-12-31", 0.1, 0.1)]
    crosswalk = Crosswalk(areas, transitions(*steps))
    rows = by_area(to_current(figures({A: 100, B: 50, C: 9}, "2022-06-30"), crosswalk, KREIS)[0])
    assert rows[C]["wert"] == 9
    assert {(rows[key]["wert"], rows[key]["status"]) for key in (A, B)} == {(None, "missing")}
    assert "30.06.2022" in rows[A]["conversion"]
    after = by_area(to_current(figures({A: 100, B: 50, C: 9}, "2022-12-31"), crosswalk, KREIS)[0])
    assert {key: row["wert"] for key, row in after.items()} == {A: 100, B: 50, C: 9}


def test_a_part_without_its_rest_stays_among_the_two() -> None:
    """Gebietsänderungen that name what was handed over but not what remained."""
    step = (A, B, "2021-12-31", "2022-01-01", None, None)
    crosswalk = Crosswalk(gemeinden(), transitions(step, source="gebietsaenderungen", kind="2"))
    with pytest.raises(NoWay) as caught:
        crosswalk.parts(A, "2021-12-31", PERSONS)
    assert caught.value.among == (A, B)


def test_a_mere_change_of_key_keeps_even_finished_values() -> None:
    """As Hanau: 06435014 becomes 06415000, seen from its new Kreis."""
    city, former = "06415000", "06435014"
    areas = gemeinden(k06415000=("2026-01-01", U), k06435014=(U, "2025-12-31")).filter(~pl.col("ags").is_in([A, B]))
    crosswalk = Crosswalk(areas, transitions((former, city, "2025-12-31", "2026-12-31", 1, 1)))
    share = figures({former: 30.5}, "2024-12-31", additive="no(Anteil)", einheit="Prozent")
    (row,) = to_current(share, crosswalk, "06415")[0].rows(named=True)
    assert (row["area_id"], row["wert"], row["status"]) == (city, 30.5, "reported")


def test_a_gemeinde_that_leaves_breaks_the_series_of_the_kreis() -> None:
    """As Hanau, seen from the Main-Kinzig-Kreis: its figures leave, those of the Kreis before are of another Kreis."""
    crosswalk = Crosswalk(
        gemeinden(k06999004=(U, "2021-12-31")), transitions((OLD, ELSEWHERE, "2021-12-31", "2022-12-31", 1, 1))
    )
    found, conversions = to_current(figures({A: 1, B: 2, OLD: 7, KREIS: 10}), crosswalk, KREIS)
    rows = by_area(found)
    assert set(rows) == {A, B, KREIS}
    assert (rows[KREIS]["wert"], rows[KREIS]["status"]) == (None, "missing")
    assert rows[KREIS]["conversion"] == "Der Kreis hatte bis zum 31.12.2021 einen anderen Gebietsstand."
    assert conversions.select("from_id", "to_id", "after", "outcome").rows() == [
        (OLD, ELSEWHERE, 7.0, "außerhalb des Kreises")
    ]
    later, _ = to_current(figures({A: 1, B: 2, KREIS: 3}, "2022-12-31"), crosswalk, KREIS)
    assert by_area(later)[KREIS]["wert"] == 3


def test_a_part_that_is_missing_leaves_the_sum_without_a_value() -> None:
    rows = by_area(to_current(figures({A: 100, B: 50, OLD: None}), merged(), KREIS)[0])
    assert (rows[A]["wert"], rows[A]["status"]) == (None, "missing")
    rows = by_area(to_current(figures({A: 100, B: 50}), merged(), KREIS)[0])
    assert (rows[A]["wert"], rows[A]["status"]) == (None, "missing")
    assert OLD in rows[A]["conversion"]


def test_figures_on_different_censuses_are_not_added() -> None:
    rows = pl.concat([figures({A: 100, B: 50}), figures({OLD: 7}, basis="Zensus2022")])
    found = by_area(to_current(rows, merged(), KREIS)[0])[A]
    assert (found["wert"], found["status"]) == (None, "missing")
    assert "Volkszählungen" in found["conversion"]


def test_a_former_gemeinde_without_a_way_is_refused() -> None:
    crosswalk = Crosswalk(gemeinden(k06999004=(U, "2021-12-31")), transitions())
    with pytest.raises(InputError) as caught:
        to_current(figures({A: 100, B: 50, OLD: 7}), crosswalk, KREIS)
    assert OLD in str(caught.value.found)


def test_a_chain_is_followed_without_a_gap_and_refused_over_a_missing_year() -> None:
    areas = gemeinden(k06999004=(U, "2019-12-31"), k06999003=("2020-01-01", "2021-12-31"))
    steps = [
        (OLD, C, "2019-12-31", "2020-12-31", 1, 1, "schluessel"),
        (KREIS, KREIS, "2019-12-31", "2020-12-31", None, None, "zeitraum"),
        (C, A, "2021-12-31", "2022-12-31", 1, 1, "schluessel"),
        (KREIS, KREIS, "2021-12-31", "2022-12-31", None, None, "zeitraum"),
    ]
    with pytest.raises(NoWay, match="fehlende Jahre"):
        Crosswalk(areas, transitions(*steps)).parts(OLD, "2018-12-31", PERSONS)
    between = (KREIS, KREIS, "2020-12-31", "2021-12-31", None, None, "zeitraum")
    (part,) = Crosswalk(areas, transitions(*steps, between)).parts(OLD, "2018-12-31", PERSONS)
    assert (part.area_id, part.share, part.exact) == (A, 1.0, True)


def test_a_pair_straight_to_today_goes_before_a_chain() -> None:
    areas = gemeinden(k06999004=(U, "2019-12-31"), k06999003=("2020-01-01", "2021-12-31"))
    steps = [
        (OLD, C, "2019-12-31", "2020-12-31", 1, 1),
        (OLD, A, "2018-12-31", "2022-12-31", 0.6, 0.6),
        (OLD, B, "2018-12-31", "2022-12-31", 0.4, 0.4),
        (C, A, "2021-12-31", "2022-12-31", 1, 1),
    ]
    found = {p.area_id: p.share for p in Crosswalk(areas, transitions(*steps)).parts(OLD, "2018-12-31", PERSONS)}
    assert found == pytest.approx({A: 0.6, B: 0.4})


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(0, 1e6), min_size=3, max_size=3),
    st.floats(0.001, 0.999),
    st.sampled_from(["2020-12-31", "2021-06-30", "2021"]),
)
def test_no_person_appears_or_vanishes(people: list[float], share: float, stichtag: str) -> None:
    steps = transitions(
        (OLD, A, "2021-12-31", "2022-12-31", share, share), (OLD, B, "2021-12-31", "2022-12-31", 1 - share, 1 - share)
    )
    crosswalk = Crosswalk(gemeinden(k06999004=(U, "2021-12-31")), steps)
    found, _ = to_current(figures(dict(zip((A, B, OLD), people, strict=True)), stichtag), crosswalk, KREIS)
    assert fsum(found["wert"]) == pytest.approx(fsum(people), rel=1e-9, abs=1e-9)


def test_validity_must_agree_with_the_published_changes() -> None:
    changes = transitions((OLD, A, "2021-12-31", "2022-01-01", 1, 1), source="gebietsaenderungen", kind="1")
    refuse_contradiction(gemeinden(k06999004=(U, "2021-12-31")), changes)
    for end in ("2022-12-31", U):
        with pytest.raises(InputError, match="widerspricht"):
            refuse_contradiction(gemeinden(k06999004=(U, end)), changes)


def test_a_year_means_its_last_day() -> None:
    areas = gemeinden(k06999003=("2022-01-01", U), k06999004=(U, "2021-12-31"))
    assert set(valid_at(areas, "2021")) == {A, B, OLD}
    assert set(valid_at(areas, "2022")) == {A, B, C}
    assert set(current(areas)["ags"]) == {A, B, C}


NAMES = {"name", "display_name", "anzeigename", "area_name"}
JOINS = {"join", "join_asof", "merge", "sjoin", "is_in"}


def joins_by_name(source: str) -> list[int]:
    """Lines of Python that join tables by a name of an area, or look for rows whose name is among others."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in JOINS):
            continue
        keyed = [entry.value for entry in node.keywords if entry.arg in ("on", "left_on", "right_on", "by")]
        # `a.join(b, "name")`, and the column of `pl.col("name").is_in(…)`
        own = [node.func.value] if node.func.attr == "is_in" else node.args[1:]
        said = {text.value for part in (*keyed, *own) for text in ast.walk(part) if isinstance(text, ast.Constant)}
        if said & NAMES:
            found.append(node.lineno)
    return found


def test_names_never_join() -> None:
    """No join on a name in any room; areas, indicators and sources are joined by key."""
    files = {path: joins_by_name(path.read_text(encoding="utf-8")) for path in sorted(PIPELINES.rglob("*.py"))}
    assert len(files) > 100
    assert {str(path.relative_to(PIPELINES)): lines for path, lines in files.items() if lines} == {}


@pytest.mark.parametrize(
    "line",
    [
        'a.join(b, on="name")',
        'a.join(b, on=["stichtag", "anzeigename"])',
        'a.join(b, left_on="area_name", right_on="ags")',
        'a.join(b, "display_name", how="left")',
        'a.merge(b, on="name")',
        'a.filter(pl.col("name").is_in(b["key"]))',
    ],
)
def test_a_join_by_name_would_be_found(line: str) -> None:
    assert joins_by_name(f"found = {line}\n") == [1]
    assert joins_by_name('found = a.join(b, on="ags").select("name")\ntext = ", ".join(names)\n') == []
