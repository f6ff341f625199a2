"""Every form of a key, from the official one to that of another publisher and back, for every level it has."""

from __future__ import annotations

import ast
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.geography import keys

PIPELINES = Path(__file__).resolve().parents[2] / "pipelines"
LANDS = st.integers(1, 16).map(lambda number: f"{number:02}")


def digits(count: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=count, max_size=count)


KREISE = st.tuples(LANDS, digits(3)).map("".join)
GEMEINDEN = st.tuples(KREISE, digits(3)).map("".join)
ARS = st.tuples(KREISE, digits(7)).map("".join)
# Kreise and Gemeinden of Hesse as its statistical office counts them; gemeindefreie Gebiete begin with 2
HSL_KREISE = st.tuples(st.sampled_from("456"), st.integers(30, 99).map(str)).map("".join)
HSL_GEMEINDEN = st.tuples(HSL_KREISE, st.integers(1, 199).map(lambda number: f"{number:03}")).map("".join)


@given(GEMEINDEN)
def test_a_key_written_as_a_number_comes_back(ags: str) -> None:
    assert keys.padded(str(int(ags)), 8) == ags


@given(KREISE)
def test_a_kreis_written_as_a_number_comes_back(kreis: str) -> None:
    assert keys.padded(str(int(kreis)), 5) == kreis
    assert keys.kreis_of_long(f"{kreis}000") == kreis
    assert keys.kreis_of(keys.ags_of_kreisfreie(kreis)) == kreis


@given(ARS)
def test_an_ars_holds_its_ags_and_association(ars: str) -> None:
    ags = keys.ags_of_ars(ars)
    assert keys.level(ags) == "gemeinde"
    assert keys.kreis_of(ags) + keys.verband_part(ars) + ags.removeprefix(keys.kreis_of(ags)) == ars
    assert keys.area_of_genesis(ars) == (ags, "gemeinde")


@given(ARS)
def test_the_gv100ad_holds_ags_and_ars(ars: str) -> None:
    field = keys.ags_of_ars(ars) + keys.verband_part(ars)
    found = pl.DataFrame({"field": [field]}).select(
        ars=keys.ars_of_gv100ad(pl.col("field")), ags=keys.ags_of_gv100ad(pl.col("field"))
    )
    assert found.row(0) == (ars, keys.ags_of_ars(ars))


@given(ARS, digits(5))
def test_a_column_is_cut_as_one_key_is(ars: str, rest: str) -> None:
    ags, election = keys.ags_of_ars(ars), rest[:3] + ars[2:5] + ars[9:] + rest[3:]
    found = pl.DataFrame({"ars": [ars], "ags": [ags], "election": [election]}).select(
        *(keys.beginnings(pl.col("ags"), level).alias(level) for level in ("land", "regierungsbezirk", "kreis")),
        parts=keys.ags_parts(pl.col("ars")),
        verband=keys.verband_parts(pl.col("ars")),
        hsl=keys.hsl_of_elections(pl.col("election")),
    )
    around = [keys.beginning(ags, level) for level in ("land", "regierungsbezirk", "kreis")]
    assert found.row(0) == (*around, ags, keys.verband_part(ars), keys.hsl_of_election(election))
    assert around[2] == keys.kreis_of(ags)


@given(HSL_GEMEINDEN)
def test_keys_of_hesse_share_what_their_area_has(hsl: str) -> None:
    kreis = keys.hsl_of_kreis(hsl)
    both = pl.DataFrame({"hsl": [hsl, kreis]})
    within = {
        level: both.select(keys.hsl_within(pl.col("hsl"), level))["hsl"] for level in ("gemeinde", "kreis", "land")
    }
    assert [found.n_unique() for found in within.values()] == [2, 1, 1]


@given(st.one_of(KREISE.map(lambda key: ("kreis", key)), GEMEINDEN.map(lambda key: ("gemeinde", key))))
def test_every_way_of_the_bbsr_leads_back_to_the_key(area: tuple[str, str]) -> None:
    level, key = area
    own = {form for form in keys.as_bbsr(key) if len(form) <= 8}
    assert {keys.of_bbsr(form, level) for form in own} == {key}


@given(LANDS)
def test_every_way_of_the_bbsr_leads_back_to_the_land(land: str) -> None:
    assert {keys.of_bbsr(form, "land") for form in (land, land.lstrip("0"), f"{land}000000", f"{int(land)}000000")} == {
        land
    }


@given(KREISE)
def test_the_crime_statistics_write_a_kreis_in_three_ways(kreis: str) -> None:
    assert {keys.kreis_of_pks(form) for form in (kreis, str(int(kreis)), str(int(f"{kreis}000")))} == {kreis}


@given(HSL_GEMEINDEN)
def test_a_hessian_gemeinde_comes_back(hsl: str) -> None:
    ((level, ags),) = keys.areas_of_hsl(hsl)
    assert (level, ags) == ("gemeinde", f"06{hsl}")
    assert keys.areas_of_hsl(keys.hsl_of_kreis(hsl)) == (("kreis", keys.kreis_of(ags)),)


@given(digits(3), HSL_GEMEINDEN, digits(2))
def test_an_election_key_holds_wahlkreis_and_gemeinde(wahlkreis: str, hsl: str, rest: str) -> None:
    assert keys.hsl_of_election(wahlkreis + hsl + rest) == hsl
    assert keys.wahlkreis_of_election(wahlkreis + hsl + rest) == wahlkreis


@given(st.tuples(KREISE, digits(4)).map("".join))
def test_an_association_filled_with_zeros_comes_back(verband: str) -> None:
    assert keys.verband_of_long(f"{verband}000") == verband
    assert keys.area_of_genesis(verband) == (verband, "verband")


@pytest.mark.parametrize(
    ("convert", "wrong"),
    [
        (keys.hsl_of_election, "5143202300"),
        (keys.wahlkreis_of_election, "5143202300"),
        (keys.verband_of_long, "064320001001"),
        (keys.verband_part, "06432001"),
        (keys.hsl_of_kreis, "000001"),
        (keys.kreis_of_pks, "100"),
        (keys.kreis_of_pks, "1001001"),
        (keys.kreis_of_pks, "99001"),
        (keys.kreis_of, "06"),
    ],
)
def test_what_could_be_another_key_is_refused(convert, wrong: str) -> None:
    with pytest.raises(ValueError):
        convert(wrong)


@pytest.mark.parametrize(("written", "level"), [("17", "land"), ("17001", "kreis"), ("17001001", "gemeinde")])
def test_no_land_beyond_the_sixteenth(written: str, level: str) -> None:
    assert keys.of_bbsr(written, level) is None


def test_a_filled_kreis_and_a_city_look_alike() -> None:
    assert keys.ends_as_kreis("06411000") and keys.ends_as_kreis("064110000000")
    assert not keys.ends_as_kreis("06432001")


NAMED_KEY = {"ags", "ars", "key", "kreis_key", "kreis", "area_id", "hsl", "source_key", "area_key", "schluessel"}


def _named(node: ast.expr) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return str(node.slice.value)
    return None


def _cut(node: ast.AST) -> ast.expr | None:
    """What a slice is taken of: of one text, or of a column by the methods of Polars."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
        quoted = isinstance(node.slice.upper, ast.Name) and node.slice.upper.id == "SHOWN"
        return None if quoted else node.value
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    method, of = node.func.attr, node.func.value
    if method not in ("slice", "head", "tail") or not isinstance(of, ast.Attribute) or of.attr != "str":
        return None
    column = isinstance(of.value, ast.Call) and of.value.args and isinstance(of.value.args[0], ast.Constant)
    return ast.Name(str(of.value.args[0].value)) if column else of.value


def test_no_other_module_cuts_a_key() -> None:
    """Slices of something named as a key, outside the module of keys; a message may quote one."""
    found = []
    for path in sorted(PIPELINES.rglob("*.py")):
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        cuts = {node for node in nodes if (of := _cut(node)) is not None and _named(of) in NAMED_KEY}
        if cuts and path.name != "keys.py":
            quoted = {part for text in nodes if isinstance(text, ast.JoinedStr) for part in ast.walk(text)}
            found += [f"{path.relative_to(PIPELINES)}:{node.lineno}" for node in cuts - quoted]
    assert sorted(found) == []


@pytest.mark.parametrize(
    "code", ["key[:5]", "row['ags'][:5]", "pl.col('key').str.head(5)", "frame['ars'].str.slice(5, 4)"]
)
def test_a_cut_key_is_found(code: str) -> None:
    cut = _cut(ast.parse(code, mode="eval").body)
    assert cut is not None and _named(cut) in NAMED_KEY
