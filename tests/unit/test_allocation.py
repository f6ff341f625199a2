"""Figures of cells in areas: totals kept, counts and means apart, missing values missing. All figures are Testdaten."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from pipelines.geography import allocation, grid
from pipelines.geography.allocation import Item

X, Y = 4_230_000, 2_970_000
SIDE = 6
EXTENT = 100 * SIDE

figures = st.lists(st.one_of(st.none(), st.integers(0, 5_000)), min_size=SIDE**2, max_size=SIDE**2)
known = st.lists(st.integers(0, 5_000), min_size=SIDE**2, max_size=SIDE**2)
cuts = st.lists(st.floats(1, EXTENT - 1).map(lambda at: round(at, 2)), min_size=1, max_size=4, unique=True)
ways = st.sampled_from([grid.by_centre, grid.by_area])


def block(size: int = 100, side: int = SIDE) -> grid.Cells:
    x, y = np.meshgrid(np.arange(side), np.arange(side))
    return grid.cells_of_centres(pl.Series(X + (x.ravel() + 0.5) * size), pl.Series(Y + (y.ravel() + 0.5) * size), size)


def areas(boxes: dict[str, tuple[float, float, float, float]]) -> pl.DataFrame:
    """Rectangles in metres from the corner."""
    shapes = [shapely.box(X + west, Y + south, X + east, Y + north) for west, south, east, north in boxes.values()]
    return pl.DataFrame({"area_id": list(boxes), "geometry": shapely.to_wkb(shapes).tolist()})


def strips(places: list[float]) -> pl.DataFrame:
    """Strips from west to east, the last of them ends within the block: some cells are outside of all."""
    edges = [0.0, *sorted(places)]
    return areas({f"a{number}": (west, 0, east, EXTENT) for number, (west, east) in enumerate(pairwise(edges))})


def series(values: list[int | None], name: str = "Einwohner") -> pl.Series:
    return pl.Series(name, values, dtype=pl.Float64)


def values(result: allocation.Allocated) -> dict[str, float | None]:
    return dict(result.values.select("area_id", "value").iter_rows())


@given(figures, cuts, ways)
def test_counts_keep_their_total(numbers: list[int | None], places: list[float], way: grid.Way) -> None:
    result = allocation.counts(way(block(), strips(places)), series(numbers))
    total = sum(number for number in numbers if number is not None)
    assert result.values["value"].sum() + result.balance.outside == pytest.approx(total)
    assert (result.balance.total, result.balance.without_value) == (total, numbers.count(None))
    assert result.balance.allocated == pytest.approx(result.values["value"].sum())


@given(known, cuts, ways, st.randoms())
def test_the_order_of_cells_and_areas_changes_nothing(numbers: list[int], places: list[float], way, random) -> None:
    cells, wanted = block(), strips(places)
    table = cells.frame.select("cell", Einwohner=series(numbers))
    expected = allocation.counts(way(cells, wanted), table["Einwohner"])
    rows, order = list(range(table.height)), list(range(wanted.height))
    random.shuffle(rows)
    random.shuffle(order)
    shuffled = table[rows]
    again = grid.cells_of_ids(shuffled["cell"])
    aligned, lost = grid.aligned(again, shuffled)
    assert lost == 0
    assert allocation.counts(way(again, wanted[order]), aligned["Einwohner"]).values.equals(expected.values)


@given(figures, st.floats(1, EXTENT - 1), ways)
def test_an_area_cut_in_two_has_the_sum_of_its_halves(numbers: list[int | None], cut: float, way: grid.Way) -> None:
    item = series(numbers)
    whole = allocation.counts(way(block(), areas({"whole": (0, 0, EXTENT, EXTENT)})), item)
    halves = areas({"west": (0, 0, cut, EXTENT), "east": (cut, 0, EXTENT, EXTENT)})
    parts = allocation.counts(way(block(), halves), item)
    assert parts.values["value"].sum() == pytest.approx(whole.values["value"].sum())


@given(known, known, cuts, ways)
def test_a_mean_is_that_of_the_persons(numbers: list[int], people: list[int], places: list[float], way) -> None:
    shares = way(block(), strips(places))
    result = allocation.means(shares, series(numbers, "Alter_D"), series(people))
    held = allocation.counts(shares, series(people)).values["value"].fill_null(0).to_numpy()
    years = allocation.counts(shares, pl.Series([n * p for n, p in zip(numbers, people, strict=True)])).values["value"]
    for value, total, weight in zip(result.values["value"], years, held, strict=True):
        assert value is None if weight == 0 else value == pytest.approx(total / weight)


@given(known, st.integers(0, 100), cuts, ways)
def test_a_mean_of_equal_figures_is_that_figure(people: list[int], figure: int, places: list[float], way) -> None:
    result = allocation.means(way(block(), strips(places)), series([figure] * SIDE**2, "Anteil"), series(people))
    assert result.values["value"].drop_nulls().to_list() == pytest.approx(
        [figure] * (len(result.values) - result.values["value"].null_count())
    )


def test_worked_example_of_counts() -> None:
    """Two cells of 100 m: 80 persons, a quarter of them west of the border; the other cell is missing."""
    cells = grid.cells_of_centres(pl.Series([X + 50, X + 150]), pl.Series([Y + 50, Y + 50]), 100)
    result = allocation.counts(
        grid.by_area(cells, areas({"east": (25, 0, 200, 100), "far": (500, 0, 600, 100), "west": (0, 0, 25, 100)})),
        series([80, None]),
    )
    assert result.values.rows() == [
        ("east", 60.0, "estimated", "Flächenanteil, 100-m-Gitter", allocation.PART, pytest.approx(4 / 7), "Fläche"),
        ("far", None, "missing", "Flächenanteil, 100-m-Gitter", allocation.NO_VALUE, 1.0, "Fläche"),
        ("west", 20.0, "estimated", "Flächenanteil, 100-m-Gitter", None, 0.0, "Fläche"),
    ]
    assert result.balance == allocation.Balance(80.0, 80.0, 0.0, 0.0, 2, 1)


def test_worked_example_of_means() -> None:
    """30 persons of 40 years and 10 of 60 are 45 years old on average; 5 persons without an age are a ninth."""
    cells = grid.cells_of_centres(pl.Series([X + 50, X + 150, X + 250]), pl.Series([Y + 50] * 3), 100)
    shares = grid.by_centre(cells, areas({"a": (0, 0, 300, 100)}))
    ages, people = series([40, 60, None], "Alter_D"), series([30, 10, 5])
    (row,) = allocation.means(shares, ages, people).values.rows(named=True)
    assert row["value"] == 45
    assert row["method"] == "gewichtetes Mittel, Gewicht: Einwohner; Zellmittelpunkt, 100-m-Gitter"
    assert (row["without_value"], row["without_value_of"]) == (pytest.approx(5 / 45), "Einwohner")
    (plain,) = allocation.means(shares, ages).values.rows(named=True)
    assert (plain["value"], plain["without_value"], plain["without_value_of"]) == (50, pytest.approx(1 / 3), "Fläche")
    no_people = allocation.means(shares, ages, series([None, 0, 5]))
    assert no_people.values["status"].to_list() == ["missing"]
    assert no_people.balance.without_weight == 1


def test_counts_are_never_averaged_and_means_never_summed() -> None:
    shares = grid.by_centre(block(), strips([200, 400]))
    table = pl.DataFrame({"Einwohner": series([10] * SIDE**2), "Alter_D": series([40] * SIDE**2)})
    items = [
        Item("Einwohner", "Personen", extensive=True),
        Item("Alter_D", "Jahre", extensive=False, weight="Einwohner"),
    ]
    found = allocation.allocate(shares, table, items)
    assert values(found["Einwohner"]) == {"a0": 120, "a1": 120}
    assert values(found["Alter_D"]) == {"a0": 40, "a1": 40}
    with pytest.raises(ValueError, match="never summed"):
        Item("Alter_D", "Jahre", extensive=True)
    with pytest.raises(ValueError, match="never summed"):
        Item("Einwohner", "Personen", extensive=True, weight="Einwohner")
    with pytest.raises(ValueError, match="never averaged"):
        Item("Einwohner", "Personen", extensive=False)


@pytest.mark.parametrize("code", [-1.0, -9.0, float("nan"), float("inf")])
def test_codes_in_place_of_figures_are_refused(code: float) -> None:
    shares, figures = grid.by_centre(block(), strips([200])), pl.Series("Einwohner", [code] + [1.0] * (SIDE**2 - 1))
    ones = series([1] * SIDE**2)
    for wrong in (
        lambda: allocation.counts(shares, figures),
        lambda: allocation.means(shares, figures, ones),
        lambda: allocation.means(shares, ones, figures),
    ):
        with pytest.raises(ValueError, match="codes of missing values"):
            wrong()


def test_values_of_other_sources_are_refused() -> None:
    with pytest.raises(ValueError, match="5 values"):
        allocation.counts(grid.by_centre(block(), strips([200])), series([1] * 5))


def coarse_and_fine(weights: list[int | None], places: list[float]) -> tuple[grid.Shares, grid.Shares]:
    """One coarse cell of 600 m around the block of fine ones: divided by area, and steered by the weights."""
    coarse = grid.cells_of_centres(pl.Series([X + 300]), pl.Series([Y + 300]), EXTENT)
    by_area = grid.by_area(coarse, strips(places))
    fine = block()
    return by_area, allocation.steered(
        coarse, fine, grid.by_area(fine, strips(places)), series(weights, "Wohnungen"), by_area
    )


@given(figures, cuts)
def test_a_steered_division_keeps_the_total_and_follows_the_weights(weights: list, places: list[float]) -> None:
    by_area, steered = coarse_and_fine(weights, places)
    found = allocation.counts(steered, series([1_000]))
    assert found.values["value"].sum() + found.balance.outside == pytest.approx(1_000)
    if sum(weight or 0 for weight in weights):
        follow = allocation.counts(grid.by_area(block(), strips(places)), series([weight or 0 for weight in weights]))
        expected = follow.values["value"] * (1_000 / follow.balance.total)
        assert found.values["value"].fill_null(0).to_list() == pytest.approx(expected.to_list())
        assert found.balance.unsteered == 0
    else:
        assert values(found) == pytest.approx(values(allocation.counts(by_area, series([1_000]))))
        assert found.balance.unsteered == 1_000


def test_equal_weights_everywhere_steer_as_area_does() -> None:
    by_area, steered = coarse_and_fine([7] * SIDE**2, [130.0, 480.0])
    np.testing.assert_allclose(steered.matrix.toarray(), by_area.matrix.toarray())
    assert (
        steered.method == "dasymetrisch, 600-m-Gitter, Gewicht: Wohnungen im 100-m-Gitter (Flächenanteil, 100-m-Gitter)"
    )


def test_dwellings_in_a_cell_without_a_value_are_said() -> None:
    """Two coarse cells, one of them secret: its 30 dwellings of 120 have no value; its people are not zero."""
    coarse, fine = block(300, 2), block()
    wanted = areas({"a": (0, 0, EXTENT, EXTENT)})
    weights = series([0] * SIDE**2, "Wohnungen").to_list()
    weights[0], weights[5] = 90.0, 30.0
    shares = allocation.steered(
        coarse, fine, grid.by_centre(fine, wanted), pl.Series("Wohnungen", weights), grid.by_area(coarse, wanted)
    )
    (row,) = allocation.counts(shares, series([200, None, None, None])).values.rows(named=True)
    assert (row["value"], row["status"], row["reason"]) == (200, "estimated", allocation.PART)
    assert (row["without_value"], row["without_value_of"]) == (0.25, "Wohnungen")


def test_steering_needs_cells_that_make_up_the_coarse_ones() -> None:
    coarse, fine, wanted = block(250), block(), strips([200.0])
    by_centre, by_area = grid.by_centre(fine, wanted), grid.by_area(coarse, wanted)
    with pytest.raises(ValueError, match="do not consist"):
        allocation.steered(coarse, fine, by_centre, series([1] * SIDE**2), by_area)
    with pytest.raises(ValueError, match="not of the same"):
        allocation.steered(block(200, 3), fine, by_centre, series([1] * SIDE**2), by_area)


@given(figures, cuts, cuts, st.lists(st.integers(0, 9_000), min_size=5, max_size=5))
def test_totals_of_areas_divided_among_others_are_kept(
    weights: list, own: list[float], other: list[float], totals: list[int]
) -> None:
    cells = block()
    sources, targets = strips(own), strips(other)
    shares = allocation.between(
        grid.by_centre(cells, sources), grid.by_centre(cells, targets), series(weights, "Wohnungen")
    )
    given_out = series(totals[: sources.height])
    found = allocation.counts(shares, given_out)
    assert found.values["value"].sum() + found.balance.outside == pytest.approx(given_out.sum())


def test_areas_are_divided_as_the_weights_and_nested_ones_stay_inside() -> None:
    cells = block()
    gemeinden = areas({"g1": (0, 0, 250, EXTENT), "g2": (250, 0, EXTENT, EXTENT)})
    parts = areas({"p1": (0, 0, 250, 200), "p2": (0, 200, 250, EXTENT), "p3": (250, 0, EXTENT, EXTENT)})
    weights = [1.0] * SIDE**2
    weights[0] = 5.0
    shares = allocation.between(
        grid.by_centre(cells, gemeinden), grid.by_centre(cells, parts), pl.Series("Wohnungen", weights)
    )
    # 12 cells in g1 with 16 dwellings, 4 of them with 8 in p1
    assert values(allocation.counts(shares, series([160, 70]))) == pytest.approx({"p1": 80, "p2": 80, "p3": 70})
    assert shares.method == "dasymetrisch, Gewicht: Wohnungen (Zellmittelpunkt, 100-m-Gitter)"


def test_without_weights_areas_are_divided_by_cells_and_without_cells_not_at_all() -> None:
    cells = block()
    sources = areas({"empty": (-900, 0, -500, 100), "full": (0, 0, EXTENT, EXTENT)})
    shares = allocation.between(
        grid.by_centre(cells, sources), grid.by_centre(cells, strips([200.0, 600.0])), series([None] * SIDE**2)
    )
    found = allocation.counts(shares, series([50, 90]))
    assert values(found) == pytest.approx({"a0": 30, "a1": 60})
    assert (found.balance.outside, found.balance.unsteered) == (50, 140)


def test_the_fullest_classification_counts_unless_a_total_is_published() -> None:
    long = pl.DataFrame(
        [
            ("c1", "dwellings", "HEIZTYP=1", 3.0),
            ("c1", "dwellings", "RAUM=1", 4.0),
            ("c1", "dwellings", "RAUM=2", 5.0),
            ("c1", "buildings", "BAUJAHR=1", 99.0),
            ("c2", "dwellings", "RAUM=1", 7.0),
            ("c2", "dwellings", "", 6.0),
            ("c3", "dwellings", "RAUM=1", None),
        ],
        schema=["key", "item", "dimensions", "value"],
        orient="row",
    )
    assert allocation.fullest(long, "dwellings").rows() == [("c1", 9.0), ("c2", 6.0)]
