"""Offers and supply: what a register may say, the rate by hand, and gaps of supply apart from gaps of data.

What belongs here: `angebote.csv` as a table, the supply rate, what of it may leave, and the chapter of the atlas. What
does not: reading any register (`test_registers`), pictures in general (`test_figures`).
"""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.contracts import contract
from pipelines.disclosure.steering import release_offers, release_supply
from pipelines.errors import DisclosureError, InputError
from pipelines.offices import general_names
from pipelines.publish import pages, supply
from pipelines.publish.illustrations import Illustrations
from pipelines.publish.released import Release
from pipelines.steering.offers import build_offer_kinds, build_offers, build_supply, columns, kinds, target_groups
from tests.fixtures.release import InMemory, release_frames
from tests.fixtures.steering import EXAMPLES, example, folder, members, steering_frames

FRAMES = release_frames()
GOOD = "A1,tagespflege,ab_65,06999001,vollstaendig,Testhaus,Testverein,privat,06999001,12,2023-12-31,Testamt,ja"


def read(tmp_path: Path, *lines: str) -> pl.DataFrame:
    """The table of a register with these lines."""
    text = "\n".join([",".join(columns()), *lines]) + "\n"
    return build_offers(folder(tmp_path, **{"angebote.csv": text}), FRAMES["areas"])


def supplied(offers: pl.DataFrame) -> dict[tuple[str, str], dict[str, object]]:
    """Rows of the supply by kind and area."""
    made = build_supply(offers, FRAMES["areas"], members(), FRAMES["values"], FRAMES["indicators"])
    return {(row["kind"], row["area_id"]): row for row in made.iter_rows(named=True)}


# ------------------------------------------------------------------------------------------------ the register
def test_a_good_line_is_read(tmp_path: Path) -> None:
    row = read(tmp_path, GOOD).row(0, named=True)
    assert (row["kind_name"], row["capacity"], row["unit"]) == ("Tagespflege", 12, "Plätze")
    assert (row["recorded"], row["as_of"], row["published"]) == ("vollständig", "2023-12-31", True)


def test_no_file_and_a_header_alone_are_empty_registers(tmp_path: Path) -> None:
    assert build_offers(tmp_path / "anderswo", FRAMES["areas"]).is_empty()
    assert read(tmp_path).is_empty()


@pytest.mark.parametrize(
    ("old", "new", "column", "part"),
    [
        ("tagespflege", "tagespflge", "art", "„tagespflege“"),
        ("ab_65", "kinder_u6", "zielgruppe", "ab_65, ab_75, pflegebeduerftige"),
        ("06999001,voll", "06999009,voll", "gebiet", "Die Kennung berichtigen"),
        ("06999001,voll", "06999-S01,voll", "gebiet", "Beispielzuschnitt"),
        ("vollstaendig", "fertig", "erfassung", "kein_angebot"),
        ("Testhaus", "", "name", "weil es ein Angebot gibt"),
        ("privat", "firma", "traegerart", "oeffentlich"),
        (",12,", ",-3,", "kapazitaet", "ganze Zahl ab 0"),
        (",12,", ',"1,5",', "kapazitaet", "ganze Zahl ab 0"),
        ("2023-12-31", "31.12.2023", "stand", "2024-03-01"),
        ("2023-12-31", "2023-02-30", "stand", "2024-03-01"),
        ("Testamt", "", "quelle", "Die Zelle ausfüllen"),
        (",ja", ",vielleicht", "veroeffentlichen", "ja, nein"),
        ("A1,", "A 1,", "angebot_id", "ohne Leerzeichen"),
    ],
)
def test_a_wrong_cell_is_told_with_row_column_and_remedy(
    tmp_path: Path, old: str, new: str, column: str, part: str
) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, GOOD.replace("A1", "A0"), GOOD.replace(old, new, 1))
    assert (caught.value.row, caught.value.column) == (3, column)
    assert caught.value.file is not None and caught.value.file.endswith("steering/angebote.csv")
    assert part in str(caught.value)


def test_a_key_stands_once(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="zuerst in Zeile 2"):
        read(tmp_path, GOOD, GOOD.replace("Testhaus", "Testhof"))


@pytest.mark.parametrize(
    "other",
    [
        "A2,tagespflege,ab_65,06999001,teilweise,Testhof,,,,5,2023-12-31,Testamt,ja",
        "A2,tagespflege,ab_65,06999001,kein_angebot,,,,,,2023-12-31,Testamt,ja",
        "A2,tagespflege,ab_65,06999,kein_angebot,,,,,,2023-12-31,Testamt,ja",
    ],
)
def test_rows_that_contradict_each_other_are_refused(tmp_path: Path, other: str) -> None:
    with pytest.raises(InputError, match="widersprechen") as caught:
        read(tmp_path, GOOD, other)
    assert caught.value.column == "erfassung"


def test_a_partly_reported_part_of_a_complete_area_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="größere Gebiet"):
        read(
            tmp_path,
            "A1,tagespflege,ab_65,06999,vollstaendig,Testhaus,,,,5,2023-12-31,Testamt,ja",
            "A2,tagespflege,ab_65,06999001,teilweise,Testhof,,,,5,2023-12-31,Testamt,ja",
        )


def test_where_there_is_no_offer_nothing_else_stands(tmp_path: Path) -> None:
    line = "A2,tagespflege,ab_65,06999002,kein_angebot,,,,,,2023-12-31,Testamt,ja"
    assert read(tmp_path, GOOD, line)["recorded"].to_list() == ["vollständig", "kein Angebot"]
    with pytest.raises(InputError, match="leere Zelle bei kein_angebot"):
        read(tmp_path, GOOD, line.replace("kein_angebot,,,,,", "kein_angebot,,,,,7"))


# ------------------------------------------------------------------------------------------------ the rate by hand
def test_the_rate_is_capacity_by_people_times_its_base() -> None:
    # Menschen ab 65: Adorf 1900, Bestadt 3300, Groß-Cehausen 1400. Vollstationäre Pflege, je 100:
    # Adorf 95 / 1900 = 5,0; Bestadt (60 + 72) / 3300 = 4,0; Kreis 227 / 6600 = 3,4394; Beispielraum 1: 227 / 5200.
    found = supplied(build_offers(EXAMPLES, FRAMES["areas"]))
    rate = {area: found["vollstationaere_pflege", area]["rate"] for area in ("06999001", "06999002", "06999")}
    assert rate["06999001"] == pytest.approx(5.0)
    assert rate["06999002"] == pytest.approx(4.0)
    assert rate["06999"] == pytest.approx(22700 / 6600)
    assert found["vollstationaere_pflege", "06999-S01"]["rate"] == pytest.approx(22700 / 5200)
    # 33 Wochenstunden für den ganzen Kreis, je 1000: 33 / 6600 * 1000 = 5,0
    assert found["pflegeberatung", "06999"]["rate"] == pytest.approx(5.0)


def test_gaps_of_supply_and_of_data_are_kept_apart() -> None:
    found = supplied(build_offers(EXAMPLES, FRAMES["areas"]))

    def about(kind: str, area: str) -> tuple[object, object, object]:
        row = found[kind, area]
        return row["status"], row["gap"], row["recorded"]

    # said to have none, 1400 people of the group live there, nothing for a larger area
    assert about("vollstationaere_pflege", "06999003") == ("zero", "Angebot", "kein Angebot")
    # nothing said: a gap of data, never a zero
    assert about("tagespflege", "06999003") == ("missing", "Daten", "keine Meldung")
    # reported in part
    assert about("tagespflege", "06999002") == ("missing", "Daten", "teilweise")
    # capacity of the only offer unknown
    assert about("arbeitsfoerderung", "06999001") == ("missing", "Daten", "vollständig")
    # the size of the target group is not known in this edition
    assert about("schulkindbetreuung", "06999002") == ("missing", "Daten", "vollständig")
    # an offer for the whole Kreis: no own one, but served, hence no gap, and nothing is shared out
    assert about("pflegeberatung", "06999001") == ("zero", None, "kein Angebot")
    assert found["pflegeberatung", "06999001"]["wider"] == 1
    assert found["pflegeberatung", "06999001"]["capacity"] == 0
    # one Gemeinde has not reported: no rate for the Kreis
    assert about("tagespflege", "06999") == ("missing", "Daten", "teilweise")
    assert "1 von 3 Gemeinden" in str(found["tagespflege", "06999"]["reason"])


def test_no_kind_nobody_reported_has_rows() -> None:
    found = supplied(build_offers(EXAMPLES, FRAMES["areas"]))
    assert {kind for kind, _ in found} == {line.split(",")[1] for line in example("angebote.csv").splitlines()[1:]}


def test_a_withheld_size_of_a_group_withholds_the_rate(tmp_path: Path) -> None:
    hidden = FRAMES["values"].with_columns(
        pl.when((pl.col("indicator_id") == "D04") & (pl.col("area_id") == "06999001"))
        .then(pl.lit("suppressed"))
        .otherwise(pl.col("status"))
        .alias("status")
    )
    made = build_supply(read(tmp_path, GOOD), FRAMES["areas"], members(), hidden, FRAMES["indicators"])
    row = made.filter(pl.col("area_id") == "06999001").row(0, named=True)
    assert (row["status"], row["rate"], row["people"]) == ("suppressed", None, None)


def test_a_group_nobody_belongs_to_is_no_gap(tmp_path: Path) -> None:
    nobody = FRAMES["values"].with_columns(
        pl.when((pl.col("indicator_id") == "D04") & (pl.col("area_id") == "06999001"))
        .then(pl.lit(0.0))
        .otherwise(pl.col("numerator"))
        .alias("numerator")
    )
    offers = read(tmp_path, "A1,tagespflege,ab_65,06999001,kein_angebot,,,,,,2023-12-31,Testamt,ja")
    made = build_supply(offers, FRAMES["areas"], members(), nobody, FRAMES["indicators"])
    row = made.filter(pl.col("area_id") == "06999001").row(0, named=True)
    assert (row["status"], row["gap"]) == ("not_applicable", None)


def test_a_divided_gemeinde_leaves_its_room_without_a_rate(tmp_path: Path) -> None:
    lines = [GOOD.replace("A1", f"A{n}").replace("06999001", f"0699900{n}") for n in (1, 2, 3)]
    whole = members()
    half = whole.with_columns(
        pl.when(pl.col("ags") == "06999002").then(0.5).otherwise(pl.col("weight")).alias("weight")
    )
    half = half.filter(pl.col("area_id") != "06999").vstack(whole.filter(pl.col("area_id") == "06999"))
    made = build_supply(read(tmp_path, *lines), FRAMES["areas"], half, FRAMES["values"], FRAMES["indicators"])
    rates = dict(made.select("area_id", "rate").iter_rows())
    assert rates["06999-S01"] is None
    assert rates["06999-S02"] is not None and rates["06999"] is not None


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 500), min_size=3, max_size=3))
def test_the_whole_holds_what_its_parts_hold(capacities: list[int]) -> None:
    """Capacity of a larger area is the sum of its parts, and its rate lies between theirs."""
    import tempfile

    with tempfile.TemporaryDirectory() as temporary:
        lines = [
            f"A{n},tagespflege,ab_65,0699900{n},vollstaendig,Testhaus,,,,{capacity},2023-12-31,Testamt,ja"
            for n, capacity in enumerate(capacities, 1)
        ]
        found = supplied(read(Path(temporary), *lines))
    kreis = found["tagespflege", "06999"]
    own = [found["tagespflege", f"0699900{n}"]["rate"] for n in (1, 2, 3)]
    assert kreis["capacity"] == sum(capacities)
    assert min(own) - 1e-9 <= kreis["rate"] <= max(own) + 1e-9  # type: ignore[type-var, operator]


def test_kinds_name_known_groups_and_groups_known_indicators() -> None:
    from pipelines.indicators.catalogue import load_catalogue

    catalogue = {entry.indicator_id for entry in load_catalogue()}
    for kind in kinds().values():
        assert set(kind.groups) <= set(target_groups())
        assert list(kind.limits) == sorted(kind.limits) and len(kind.limits) == 3
    for group in target_groups().values():
        assert set(group.indicator_ids) <= catalogue
        assert group.terms or group.deliverer
    position = build_offer_kinds(general_names())["position"]
    assert sorted(position) == list(range(1, position.len() + 1))


# ------------------------------------------------------------------------------------------------ what may leave
def test_an_offer_that_may_not_be_published_leaves_no_trace() -> None:
    frames = steering_frames()
    assert "TEST-10" not in frames["offers"]["offer_id"].to_list()
    rows = frames["supply"].filter(pl.col("kind") == "schutzwohnen")
    assert rows["status"].unique().to_list() == ["suppressed"]
    for name in ("offers", "wider", "capacity", "rate", "gap", "as_of_from", "as_of_to"):
        assert rows[name].null_count() == rows.height, name


def test_withholding_one_gemeinde_withholds_what_holds_it(tmp_path: Path) -> None:
    lines = [GOOD.replace("A1", f"A{n}").replace("06999001", f"0699900{n}") for n in (1, 2, 3)]
    lines[2] = lines[2].replace(",ja", ",nein")
    made = build_supply(read(tmp_path, *lines), FRAMES["areas"], members(), FRAMES["values"], FRAMES["indicators"])
    status = dict(release_supply(made).select("area_id", "status").iter_rows())
    assert {key for key, word in status.items() if word == "suppressed"} == {"06999003", "06999-S02", "06999"}


def test_personal_data_stops_the_release(tmp_path: Path) -> None:
    assert release_offers(read(tmp_path, GOOD)).height == 1
    for text in ("Frau Mustermann", "0151 2345678", "erika@example.org"):
        with pytest.raises(DisclosureError) as caught:
            release_offers(read(tmp_path, GOOD.replace("Testhaus", text)))
        assert text not in str(caught.value)


# ------------------------------------------------------------------------------------------------ pages
@pytest.fixture(scope="module")
def release() -> Release:
    return InMemory(steering_frames())


def test_the_chapter_tells_supply_gaps_and_inventory(release: Release) -> None:
    text = pages.offers_chapter(release)
    for part in ("Testheim am See", "Lücken des Angebots", "Lücken der Daten", "3,44", "Groß-Cehausen", supply.RULE):
        assert part in text
    assert "Testschutzhaus" not in text
    # The advice centre serves the whole Kreis: a dash for a Sozialraum must not read as if there were none
    assert "kein eigenes Angebot. Wo es eines für ein größeres Gebiet gibt, zählt es nur dort" in text
    assert not re.search(r"\bNone\b|\bNaN\b|unversorgt|Problem|leider", text)


def test_long_lists_of_gemeinden_name_those_that_are_not_in_them() -> None:
    everyone = [f"Ort {number}" for number in range(1, 11)]
    assert supply.who(everyone, everyone) == "alle 10"
    assert supply.who(everyone[:8], everyone) == "alle außer Ort 9 und Ort 10"
    assert supply.who(everyone[:3], everyone) == "Ort 1, Ort 2 und Ort 3"
    assert supply.who(everyone[:2], everyone[:3]) == "Ort 1 und Ort 2"


def test_maps_are_drawn_where_enough_is_known(release: Release) -> None:
    assert [pair.kind for pair in supply.mapped(release)] == ["vollstationaere_pflege"]
    names = [picture.name for picture in Illustrations(release).all()]
    assert names.count("angebot-vollstationaere-pflege-ab-65-karte.svg") == 1


def test_exactly_zero_is_a_class_of_its_own(release: Release) -> None:
    # Rates 5,0 and 4,0 and one zero; limits 2, 4, 6: classes null, unter 2, 2 bis 4, 4 bis 6, 6 und mehr
    pair = supply.mapped(release)[0]
    assert supply.class_words(pair)[0] == "keine Plätze"
    assert supply.map_counts(release, pair) == [1, 0, 0, 2, 0]
    alt = supply.map_alt(release, pair, "Alle Werte: Tabelle auf der folgenden Seite.")
    assert "Eine Gemeinde: keine Plätze; zwei Gemeinden: 4 bis unter 6. Keine Gemeinde ohne Quote. Alle Werte" in alt


def test_different_days_of_offers_and_people_are_told(release: Release) -> None:
    pair = supply.mapped(release)[0]
    assert supply.dates(pair) == ("Angebote 30.06.2023 bis 31.12.2023, Zielgruppe 31.12.2021 (verschiedene Stichtage)")


def test_an_edition_without_offers_says_that_nothing_is_known() -> None:
    frames = {**steering_frames(), **{name: FRAMES[name] for name in ("offers", "supply", "registers")}}
    text = pages.offers_chapter(InMemory(frames))
    assert "wird noch nicht geführt" in text
    assert "kein Hinweis auf fehlende Angebote" in text
    assert "Wonach gefragt wird" in text and "Kindertageseinrichtung" in text
    assert "Verzeichnis der Angebote" in text and "Gemeldete Arten" not in text


@pytest.mark.parametrize("name", ["offers", "supply", "offer_kinds", "participants", "contributions", "needs"])
def test_the_made_up_edition_keeps_the_rules_of_its_contracts(name: str) -> None:
    import duckdb

    agreed, frame = contract(f"release.{name}"), steering_frames()[name]
    with duckdb.connect() as connection:
        connection.register("rows", frame.to_arrow())
        for rule in agreed.rules:
            broken = connection.execute(f"select count(*) from rows where ({rule.sql}) is not true").fetchone()
            assert broken == (0,), rule.id
    assert frame.height
