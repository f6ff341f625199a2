"""Elections: every layout, Briefwahl by number and eligible voters, no turnout of a Stimmbezirk, sums that hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from fixtures.formats.wahlen import AGREED, cut, european, examples, header, local, published, rows, text

from pipelines.errors import InputError
from pipelines.readers import personal, wahlen
from pipelines.readers.rawfile import RawFile
from pipelines.readers.reading import Agreed, Reading


def read(content: bytes | str, **agreed: Any) -> Reading:
    raw = content.encode() if isinstance(content, str) else content
    return wahlen.read(RawFile(Path("wahl.csv"), raw), Agreed(**agreed))


def with_cell(row: int, name: str, value: str) -> str:
    """The file with another cell; rows: 0 Land, 1 and 2 Wahlkreise, 3 Kreis, 4 and 5 Gemeinden, 6 to 10 Bezirke."""
    found = rows()
    found[row][header().index(name)] = value
    return text(found)


@pytest.mark.parametrize("name", examples())
def test_every_layout_gives_areas_and_voters(name: str) -> None:
    content = examples()[name]
    file = RawFile(Path(name), content)
    assert wahlen.recognises(file)
    personal.refuse(file)
    frame = read(content, time=AGREED.get(name)).frame
    voters = frame.filter(item="waehler")
    gemeinden = voters.filter(level="gemeinde")
    assert gemeinden["key"].to_list() == ["06499001", "06499003"]
    assert gemeinden["value"].to_list() == [1051, 999]
    assert voters.filter(level="stimmbezirk")["value"].to_list() == [400, 301, 700]
    assert voters.filter(level="briefwahlbezirk")["value"].to_list() == [350, 299]
    assert voters.filter(level="stimmbezirk")["key"][0] == "05149900100-00001"
    if name != "cut.csv":
        assert voters.filter(level="kreis")["key"].to_list() == ["06499"]
        assert voters.filter(level="wahlkreis")["key"].to_list() == ["051", "052"]
        assert voters.filter(level="land")["key"].to_list() == ["06"]


@pytest.mark.parametrize("name", examples())
def test_turnout_ends_at_the_gemeinde(name: str) -> None:
    frame = read(examples()[name], time=AGREED.get(name)).frame
    turnout = frame.filter(item="wahlbeteiligung")
    assert turnout.filter(level="gemeinde")["value"].to_list() == [70.1, 83.2]
    assert turnout.filter(pl.col("level").is_in(["stimmbezirk", "briefwahlbezirk"])).is_empty()


def test_shares_names_and_the_state_of_the_count_are_left_out() -> None:
    reading = read(published())
    assert reading.frame.select(pl.exclude("row", "place")).equals(
        read(text(rows())).frame.select(pl.exclude("row", "place"))
    )
    assert reading.refused[0].rows == 5
    with pytest.raises(InputError, match="nicht abgeschlossen"):
        read(published().replace(";1;1;09", ";1;0;09", 1))


def test_election_day_and_status_come_from_the_title_not_from_its_stand() -> None:
    reading = read(text(rows()))
    assert (reading.code, reading.stand) == ("landtagswahl", "2028-10-09")
    assert set(reading.frame["time"]) == {"2028-10-08"}
    assert set(reading.frame["quality"]) == {"provisional"}
    final = read(european())
    assert (final.code, set(final.frame["quality"])) == ("europawahl", {"final"})
    assert final.frame.filter(item="test_stimmen").height == 11
    year = read(text(rows(), title="Landtagswahl 2028"))
    assert (set(year.frame["time"]), set(year.frame["time_kind"])) == ({"2028"}, {"jahr"})
    assert set(read(text(rows(), title="Landtagswahl 2028"), time="2028-10-08").frame["time"]) == {"2028-10-08"}
    assert set(read(text(rows()), time="2028").frame["time"]) == {"2028-10-08"}
    unsaid = read(cut(), time="2028-10-08")
    assert set(unsaid.frame["quality"]) == {"provisional"}
    assert "gilt als vorläufig" in unsaid.notes[0]
    for content, time in ((cut(), None), (text(rows()), "2023-10-08"), (text(rows()), "2028-10-09")):
        with pytest.raises(InputError):
            read(content, time=time)


def test_a_kommunalwahl_counts_ballots_beside_votes() -> None:
    reading = read(local())
    assert (reading.code, set(reading.frame["time"])) == ("kreistagswahl", {"2026-03-15"})
    one = reading.frame.filter(key="05149900100-00001")
    found = {item: (value, unit) for item, value, unit in one.select("item", "value", "unit").rows()}
    assert (found["gueltige_stimmzettel"], found["ungueltige_stimmzettel"]) == (
        (392, "Stimmzettel"),
        (8, "Stimmzettel"),
    )
    assert found["gueltige_stimmen"] == (392 * 71, "Stimmen")
    assert found["wahlberechtigte_nach_9_2_kwo"][1] == "Personen"
    for broken in (("392;27832", "391;27832", "nicht die Wählenden"), ("392;27832", "392;26832", "mehr als alle")):
        assert broken[0] in local()
        with pytest.raises(InputError, match=broken[2]):
            read(local().replace(*broken[:2]))
    with pytest.raises(InputError, match="fehlt"):
        read(local().replace("ungültige Stimmzettel", "Wahlkreis gewonnen"))


@pytest.mark.parametrize("law", ["§ 24 (2) EuWO", "§ 25 (2) BWO", "§ 9 (2) KWO", "§12a(2) LWO", "§ 24 Abs. 2 EuWO"])
def test_voters_by_a_rule_of_the_election_are_known_by_its_form(law: str) -> None:
    content = text(rows()).replace("§12a(2) LWO", law)
    assert read(content).frame.filter(item_label=f"Wahlberechtigte nach {law}").height == 11
    with pytest.raises(InputError, match="nicht bekannt"):
        read(content.replace(law, "§ 24 (2) irgendwas"))


def test_a_proposal_that_does_not_stand_is_missing_not_zero() -> None:
    found = rows()
    at = header().index("MUSTER Wahlkreisstimmen")
    for row in found:
        row[at] = ""
    reading = read(text(found))
    assert reading.frame.filter(item="muster_wahlkreisstimmen").is_empty()
    assert [left.what for left in reading.refused] == ["MUSTER Wahlkreisstimmen"]


def test_a_city_of_several_wahlkreise_is_one_gemeinde_and_a_kreis() -> None:
    found = rows(top=False)
    kinds = {"05149900100": "04941100000", "05249900300": "05041100000"}
    for row in found:
        row[0] = kinds[row[0]]
    whole = rows()[3]
    city = ["00041100000", "Teststadt", "KS", *whole[3:]]
    for number, row in enumerate(row for row in found if row[2] == "SB"):
        row[3] = f"{row[3][0]}{number:04}"
    frame = read(text([city, *found])).frame.filter(item="wahlberechtigte")
    areas = frame.filter(~pl.col("level").str.contains("bezirk")).select("level", "key", "value").rows()
    assert sorted(areas) == [
        ("gemeinde", "06411000", 2700),
        ("kreis", "06411", 2700),
        ("summe", "04941100000", 1500),
        ("summe", "05041100000", 1200),
    ]


@pytest.mark.parametrize(
    ("row", "name", "value", "what"),
    [
        (4, "Gebietstyp", "XX", "Gebietstyp"),
        (4, "Gebietsschlüssel", "5149900100", "11 Ziffern"),
        (4, "Gebietsschlüssel", "05100000000", "passt nicht"),
        (3, "Gebietsschlüssel", "05149900100", "passt nicht"),
        (7, "Wahlbezirksnummer", "00001", "mehrfach"),
        (7, "Wahlbezirksnummer", "", "keine Nummer"),
        (6, "Wahlbezirksnummer", "90009", "widersprechen"),
        (8, "Wählerinnen und Wähler mit Wahlschein", "351", "mehr als Wählende"),
        (6, "Wahlberechtigte", "901", "Summe ihrer Gruppen"),
        (6, "Wahlberechtigte", "", "keine Wahlberechtigten"),
        (6, "gültige Landesstimmen", "393", "nicht die Wählenden"),
        (6, "PROBE Landesstimmen", "131", "mehr als alle"),
        (6, "PROBE Landesstimmen", "129", "Stimmbezirke"),
        (4, "Wahlbeteiligung", "70,2", "Wahlbeteiligung"),
        (4, "Wahlbeteiligung", "170,1", "Wahlbeteiligung"),
        (6, "Wahlbeteiligung", "44,4", "Stimmbezirk hat eine Wahlbeteiligung"),
        (6, "PROBE Landesstimmen", "k", "weder eine Zahl"),
        (6, "PROBE Landesstimmen", "1,5", "keine ganze Zahl"),
        (6, "PROBE Landesstimmen", "-1", "keine ganze Zahl"),
    ],
)
def test_what_is_wrong_is_refused_with_its_row(row: int, name: str, value: str, what: str) -> None:
    with pytest.raises(InputError, match=what) as refused:
        read(with_cell(row, name, value))
    assert isinstance(refused.value.row, int)


def test_lost_rows_and_columns_are_noticed() -> None:
    everything = rows()
    for at in range(len(everything)):
        if at >= 4:
            with pytest.raises(InputError):
                read(text([row for number, row in enumerate(everything) if number != at]))
    for name in ("Gebietsschlüssel", "Gebietstyp", "Wahlberechtigte", "Wählerinnen und Wähler", "Wahlbezirksnummer"):
        at = header().index(name)
        without = [[cell for number, cell in enumerate(row) if number != at] for row in [header(), *everything]]
        with pytest.raises(InputError):
            read(text(without[1:], without[0]))
    for content in (
        text(everything)[:-30],
        text(everything)[:-2],
        text([*everything, everything[-1][:5]]),
        text([]),
        text(everything).replace("gültige Landesstimmen", "gueltige Landesstimmen"),
        text([[row[0].replace("051", "052"), *row[1:]] if row[2] == "SB" else row for row in everything]),
        text(everything, [*header()[:-1], "Unbekannt"]),
        text(everything, [*header()[:-1], "TEST Landesstimmen"]),
        text(everything).replace("Adorf;VF", '"Adorf;VF'),
        cut().replace("06499001", "06499002"),
    ):
        with pytest.raises(InputError):
            read(content, time="2028-10-08")


def test_columns_are_read_by_name() -> None:
    order = list(range(len(header())))
    order[5], order[9] = order[9], order[5]
    turned = [[row[at] for at in order] for row in [header(), *rows()]]
    same = read(text(rows())).frame.sort("row", "item")
    assert read(text(turned[1:], turned[0])).frame.sort("row", "item").equals(same)


def without_wahlkreise(written: str) -> str:
    """A Kommunalwahl whose keys are written another way; `written` is filled with the six digits of the HSL."""
    lines = local().split("\r\n")
    kept = [line for line in lines if ";WK;" not in line]
    return "\r\n".join(f"{written.format(line[3:9])}{line[11:]}" if line[:11].isdecimal() else line for line in kept)


@pytest.mark.parametrize("written", ["{}00", "06{}", "000{}00"])
def test_keys_of_an_election_without_wahlkreise_are_written_in_three_ways(written: str) -> None:
    voters = read(without_wahlkreise(written)).frame.filter(item="waehler")
    named = {row[0]: row[1] for row in voters.select("level", "source_key").unique("level").iter_rows()}
    assert voters.filter(level="gemeinde")["key"].to_list() == ["06499001", "06499003"]
    assert voters.filter(level="gemeinde")["value"].to_list() == [1051, 999]
    assert voters.filter(level="kreis")["key"].to_list() == ["06499"]
    assert voters.filter(level="land")["key"].to_list() == ["06"]
    assert voters.filter(level="briefwahlbezirk")["key"].to_list()[0] == "00049900100-90001"
    assert named["kreis"] == written.format("499000")
    turnout = read(without_wahlkreise(written)).frame.filter(item="wahlbeteiligung")
    assert set(turnout["level"]) == {"gemeinde", "kreis", "land"}


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (without_wahlkreise("{}00").replace("49900100;Adorf;VF", "04990010;Adorf;VF"), "nicht 11 Ziffern"),
        (without_wahlkreise("{}00").replace("49900100;Adorf;VF", "06499001;Adorf;VF"), "nicht 11 Ziffern"),
        (without_wahlkreise("{}00").replace(";VF;", ";WK;", 1), "ohne Wahlkreis"),
        (text([[row[0].lstrip("0"), *row[1:]] for row in rows()]), "nicht 11 Ziffern"),
    ],
)
def test_keys_that_lost_their_zeros_or_are_written_in_two_ways_are_refused(content: str, what: str) -> None:
    with pytest.raises(InputError, match=what) as refused:
        read(content)
    assert "06499001" not in str(refused.value.found)


@pytest.mark.parametrize("filled", [True, False])
def test_kind_of_vote_above_the_parties_and_a_title_in_the_same_line(filled: bool) -> None:
    kinds = [[kind, *([kind] * 4 if filled else [""] * 4)] for kind in ("Wahlkreisstimmen", "Landesstimmen")]
    above = ["Landtagswahl am 8. Oktober 2028", *[""] * 11, *(cell for own in kinds for cell in own)]
    below = [*header()[:12], *["ungültige", "gültige", "TEST", "PROBE", "MUSTER"] * 2]
    # One that stands for one kind only needs its kind as well
    below[-1] = "EINZELN"
    two = "".join(";".join(row) + "\n" for row in (above, below, *rows()))
    one = text(rows(), [*header()[:-1], "EINZELN Landesstimmen"], "Landtagswahl am 8. Oktober 2028")
    assert read(two).frame.drop("row").equals(read(one).frame.drop("row"))
    assert read(two).title == "Landtagswahl am 8. Oktober 2028"


@pytest.mark.parametrize(
    "title",
    [
        "Landtagswahl 2028 (Vergleich: Landtagswahl am 28. Oktober 2023)",
        "Landtagswahl am 8. Oktober 2028, Vergleich 28. Oktober 2023",
        "Landtagswahl 2028 und 2023",
    ],
)
def test_a_title_of_two_elections_is_refused(title: str) -> None:
    assert set(read(text(rows(), title="Landtagswahl am 8. Oktober 2028 – Stand: 09.11.2029")).frame["time"]) == {
        "2028-10-08"
    }
    with pytest.raises(InputError, match="mehrere Wahlen"):
        read(text(rows(), title=title))
    with pytest.raises(InputError, match="mehrere Wahlen"):
        read(text(rows(), title=title), time="2028-10-08")
