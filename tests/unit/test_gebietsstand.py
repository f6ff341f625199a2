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
from pipelines.harmonise.gebietsstand import to_current

PIPELINES = Path(__file__).resolve().parents[2] / "pipelines"
A, B, C, OLD, ELSEWHERE = "06999001", "06999002", "06999003", "06999004", "06998001"
KREIS = "06999"
U = "unbekannt"


def gemeinden(**validity: tuple[str, str]) -> pl.DataFrame:
    """`raw.gemeinden` of A and B, and of what `validity` says: key to first and last day."""
    spans = {A: (U, U), B: (U, U)} | {key.removeprefix("k"): span for key, span in validity.items()}
    return pl.DataFrame(
        [(key, f"{key[:5]}0000{key[5:]}", "Testort", f"Testort {key}", *span) for key, span in spans.items()],
        schema=contract("raw.gemeinden").schema(),
        orient="row",
    )


def transitions(*rows: tuple[Any, ...], source: str = "umsteigeschluessel", kind: str = "schluessel") -> pl.DataFrame:
    """`raw.uebergaenge`: from, to, last day, first day, share by persons, share by surface."""
    names = ("from_id", "to_id", "last_day", "first_day", "share_population", "share_area", "kind")
    full = [(*row, kind) if len(row) == 6 else row for row in rows]
    frame = pl.DataFrame(full, schema=names, orient="row").with_columns(
        source_id=pl.lit(source), edition=pl.lit("1"), file=pl.lit("datei.xlsx"), row=pl.lit(2, dtype=pl.Int64)
    )
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


def test_a_new_gemeinde_of_two_former_ones_is_their_sum() -> None:
    """As Wesertal of Oberweser and Wahlsburg in 2020, and Oberzent in 2018: neither key lives on."""
    one, other = "06999005", OLD
    crosswalk = Crosswalk(
        gemeinden(k06999003=("2022-01-01", U), k06999004=(U, "2021-12-31"), k06999005=(U, "2021-12-31")),
        transitions((one, C, "2021-12-31", "2022-12-31", 1, 1), (other, C, "2021-12-31", "2022-12-31", 1, 1)),
    )
    found, _ = to_current(figures({A: 1, B: 2, one: 3101, other: 1999, C: 0}), crosswalk, KREIS)
    rows = by_area(found)
    assert (rows[C]["wert"], rows[C]["status"]) == (5100, "reported")
    assert set(rows) == {A, B, C}


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


def test_finished_values_are_never_converted() -> None:
    share = figures({A: 10, B: 20, OLD: 30}, additive="no(Anteile addieren sich nicht)", einheit="Prozent")
    rows = by_area(to_current(share, merged(), KREIS)[0])
    assert (rows[A]["wert"], rows[A]["status"]) == (None, "missing")
    assert "Fertige Werte" in rows[A]["conversion"]
    assert rows[B]["wert"] == 20


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


def test_names_never_join() -> None:
    """No join on a name in any room; areas, indicators and sources are joined by key."""
    found = []
    for path in sorted(PIPELINES.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "join"):
                continue
            said = {
                text.value
                for entry in node.keywords
                if entry.arg in ("on", "left_on", "right_on")
                for text in ast.walk(entry.value)
                if isinstance(text, ast.Constant)
            }
            if said & NAMES:
                found.append(f"{path.relative_to(PIPELINES)}:{node.lineno}")
    assert found == []
