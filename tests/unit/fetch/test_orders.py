"""What can be fetched is written in the catalogue and checked; a call chooses by source, table and year."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from extended import with_source
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import AtlasError, InputError
from pipelines.fetch.orders import GENESIS, block, choose, fetchable, parse_years
from pipelines.settings import PROJECT_DIR, load_settings
from pipelines.sources.maps import column_maps
from pipelines.sources.registry import catalogue
from tests.fixtures.fetching import AREAS, ENTRY

PAGE = (PROJECT_DIR / "docs" / "de" / "lieferungen-beschaffen.md").read_text(encoding="utf-8")


def test_every_source_of_the_issue_can_be_fetched():
    assert set(fetchable()) >= {
        "genesis_online", "regionalstatistik", "zensus_2022", "hessische_gemeindestatistik", "vg250",
        "arbeitsmarkt_kommunal", "inkar", "gemeindeverzeichnis", "gebietsaenderungen",
    }  # fmt: skip
    accounts = {block(name)["account"] for name in fetchable() if block(name)["interface"] == GENESIS}
    assert accounts >= {"destatis", "regionalstatistik", "zensus"}


@pytest.mark.parametrize("source", [name for name in catalogue() if catalogue()[name].fetch])
def test_what_the_catalogue_says_agrees_with_what_the_atlas_takes(source: str):
    taken = {column.merkmal for one in column_maps(source) for column in one.columns}
    for order in block(source)["orders"]:
        assert set(order["items"]) <= taken, order
        assert set(order["levels"]) <= set(catalogue()[source].levels)
        assert order["from"] <= order.get("until", 2200)


@pytest.mark.parametrize("source", [name for name in catalogue() if catalogue()[name].fetch])
def test_every_address_is_encrypted_and_its_publisher_is_named_for_those_who_load_by_hand(source: str):
    """The page of deliveries names the same publishers, so that a person finds what a program does not."""
    found = block(source)
    for pattern in filter(None, [found.get("address"), *(order.get("address") for order in found["orders"])]):
        parts = urlsplit(pattern)
        assert parts.scheme == "https" and "@" not in pattern
        assert "{" in pattern or found["interface"] == GENESIS
        owner = ".".join((parts.hostname or "").split(".")[-2:])
        assert owner in PAGE or owner == "bbr-server.de", owner


def test_without_a_year_the_report_year_or_the_last_one_before_it_is_meant():
    settings = load_settings()
    (census,) = choose(settings, list(AREAS), "zensus_2022").orders
    (directory,) = choose(settings, list(AREAS), "gemeindeverzeichnis").orders
    assert (census.years, directory.years) == ("2022", str(settings.year))
    assert list(directory.addresses) == [f"3112{settings.year}_Auszug_GV.xlsx"]
    assert dict(census.form) == {"quality": "on"}


def test_without_a_source_all_are_asked_that_the_district_expects():
    settings = load_settings()
    choice = choose(settings, list(AREAS))
    asked = {order.source for order in choice.orders}
    # Not what needs an address to be named, nor what is large and not taken yet
    unnamed = {"hessische_gemeindestatistik", "inkar"}
    assert asked == set(settings.kreis.sources) & set(fetchable()) - unnamed
    assert set(choice.by_hand) == set(settings.kreis.sources) - asked


def test_a_year_that_is_not_there_is_skipped_among_others_and_refused_alone():
    settings = load_settings()
    choice = choose(settings, list(AREAS), years=(2020, 2020))
    assert [line.partition(":")[0] for line in choice.skipped] == ["zensus_2022, Tabelle 1000A-0000"]
    with pytest.raises(AtlasError, match="gibt es ab 2022 bis 2022, nicht für 2020"):
        choose(settings, list(AREAS), "zensus_2022", (2020, 2020))


def test_a_table_can_be_chosen_alone():
    (order,) = choose(load_settings(), list(AREAS), "regionalstatistik", table="12411-01-01-5").orders
    assert order.table == "12411-01-01-5" and order.levels == ("gemeinde",)


@given(first=st.integers(1000, 2999), more=st.integers(0, 50))
def test_years_are_read_as_written(first: int, more: int):
    last = min(first + more, 2999)
    assert parse_years(f" {first}-{last} ") == (first, last) and parse_years(str(first)) == (first, first)


@pytest.mark.parametrize("text", ["", "22", "2022-", "2022-2021", "2022, 2023", "２０２２", "20222"])
def test_other_years_are_refused(text: str):
    with pytest.raises(AtlasError, match="JJJJ"):
        parse_years(text)


@pytest.mark.parametrize(
    ("old", "new", "row", "expected"),
    [
        ("interface: genesis", "interface: soap", 14, "genesis, download"),
        ("  account: probe\n", "", 13, "account"),
        ("https://x.example/rest", "http://x.example/rest", 15, "eine Adresse mit https"),
        ("https://x.example/rest", "https://erika:geheim@x.example", 15, "eine Adresse mit https"),
        ("from: 2000", "form: 2000", 18, "Gemeint ist vielleicht „from“"),
        ("[gemeinde]", "[ortsteil]", 18, "gemeinde, kreis"),
        ("table: 99999-01, ", "", 18, "table"),
    ],
)
def test_a_wrong_entry_is_refused_with_its_line(old: str, new: str, row: int, expected: str, tmp_path: Path):
    text = ENTRY + (
        "fetch:\n  interface: genesis\n  address: https://x.example/rest\n  account: probe\n  orders:\n"
        "    - {table: 99999-01, levels: [gemeinde], items: [], from: 2000}\n"
    )
    assert old in text
    with with_source(tmp_path, "probeabruf", text.replace(old, new)), pytest.raises(InputError) as fault:
        block("probeabruf")
    assert fault.value.row == row and expected in str(fault.value), str(fault.value)
