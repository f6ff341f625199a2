"""Several editions of one source: the newer goes first in whatever order folders lie; what it revised is printed."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest
import yaml
from district import edit_sheet, write_district, write_official
from fixtures.formats import ffcsv

from pipelines.contracts import contract
from pipelines.errors import InputError
from pipelines.geography.areas import build_areas
from pipelines.readers import read_gemeinden, read_source, read_sozialraeume
from pipelines.settings import load_settings
from pipelines.sources.registry import DeliveredFile, Delivery, Item, Precedence, all_deliveries
from pipelines.validation.plausibility import plausibility
from pipelines.validation.reconciliation import revisions, same_item_in_two_sources
from tests.fixtures.harmonised import build_merkmale

GEMEINDE = "06999001"
AREAS = pl.DataFrame({"area_id": [GEMEINDE], "area_level": ["gemeinde"]})
PEOPLE = Item("leute", "insgesamt", "exact")
Times = Mapping[str, float | None]


def delivery(
    edition: str, retrieved: str = "unbekannt", *stands: str | None, source: str = "probe", form: str | None = None
) -> Delivery:
    files = tuple(
        DeliveredFile(
            Path(f"{number}.csv"), f"{source}/{edition}/{number}.csv", source, "0" * 64, 1, 1, stand, format=form
        )
        for number, stand in enumerate(stands or (None,))
    )
    return Delivery(source, edition, Path("lieferung.yml"), retrieved, "ja", None, files, (PEOPLE,))


def rows(edition: str, figures: Times, source: str = "probe", file: str = "0.csv") -> pl.DataFrame:
    file = f"{source}/{edition}/{file}"
    return pl.DataFrame(
        [
            {
                "source_id": source, "edition": edition, "file": file, "row": number, "place": "wert",
                "area_key": GEMEINDE, "stichtag": time, "merkmal": "leute", "auspraegung": "insgesamt", "wert": value,
                "status": "secret" if value is None else "reported", "quality": "final", "basis": None,
                "einheit": "Personen",
            }
            for number, (time, value) in enumerate(figures.items(), start=2)
        ],
        schema=contract("raw.wahlen").schema(),
    )  # fmt: skip


def built(*editions: tuple[Delivery, Times], order: tuple[Precedence, ...] = ()) -> pl.DataFrame:
    raw: dict[str, list[pl.DataFrame]] = {}
    for sheet, figures in editions:
        raw.setdefault(sheet.source_id, []).append(rows(sheet.edition, figures, sheet.source_id))
    frames = {source: pl.concat(parts) for source, parts in raw.items()}
    return build_merkmale(frames, AREAS, [sheet for sheet, _ in editions], order)[0]


def valid(merkmale: pl.DataFrame) -> dict[str, str]:
    """Time to the edition whose number is valid."""
    return dict(merkmale.filter("preferred").select("stichtag", "edition").rows())


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (delivery("2015-2023"), delivery("2016-2024")),
        (delivery("9"), delivery("10")),
        (delivery("2022"), delivery("2022-2")),
        (delivery("b", "2024-03-01"), delivery("a", "2024-09-01")),
        (delivery("b", "2025-01-01", "2023-05-01"), delivery("a", "2024-09-01", "2024-05-01")),
        # A day that one of the two does not name decides nothing
        (delivery("1", "2024-03-01"), delivery("2")),
        (delivery("b", "2024-03-01", "2024-01-01"), delivery("a", "2024-09-01")),
        (delivery("b", "2024-03-01", "2024-01-01", None), delivery("a", "2024-09-01", "2023-01-01")),
        (delivery("b", "2024-03-01", "2022"), delivery("a", "2024-09-01", "2021")),
    ],
)
def test_the_newer_edition_goes_first(older: Delivery, newer: Delivery) -> None:
    for pair in ((older, newer), (newer, older)):
        found = built(*((sheet, {"2022": 100.0 + (sheet is newer)}) for sheet in pair))
        assert valid(found) == {"2022": newer.edition}
        assert dict(found.select("edition", "superseded_by").rows()) == {
            older.edition: newer.edition,
            newer.edition: None,
        }


def test_a_series_that_goes_on_longer_is_newer_and_the_older_one_keeps_what_only_it_has() -> None:
    long, short = delivery("reihe-b"), delivery("reihe-a")
    found = built((long, {"2020": 1, "2021": 2, "2022": 3}), (short, {"2021": 20, "2022": 30, "2023": 40}))
    assert valid(found) == {"2020": "reihe-b", "2021": "reihe-a", "2022": "reihe-a", "2023": "reihe-a"}


def test_the_order_does_not_depend_on_that_of_rows_and_folders() -> None:
    editions = [(delivery(name, day), {"2021": at, "2022": at}) for at, (name, day) in enumerate([
        ("c", "2023-01-01"), ("a", "2025-01-01"), ("b", "2024-01-01"), ("d", "2024-01-01")
    ])]  # fmt: skip
    first = built(*editions)
    assert valid(first) == {"2021": "a", "2022": "a"}
    assert set(first.filter(~pl.col("preferred"))["superseded_by"]) == {"a"}
    for seed in range(5):
        shuffled = random.Random(seed).sample(editions, len(editions))
        assert built(*shuffled).equals(first)


def test_sources_are_ranked_by_their_newest_editions() -> None:
    order = (Precedence("leute", None, None, ("amt", "probe"), "Probe"),)
    office, old, new = delivery("x", source="amt"), delivery("1"), delivery("2")
    found = built((office, {"2022": 5}), (old, {"2022": 90}), (new, {"2022": 5}), order=order)
    assert found.filter("preferred").select("source_id", "edition").rows() == [("amt", "x")]
    # Only what is valid of a source is held against another one
    (pair,) = same_item_in_two_sources(found).rows(named=True)
    assert pair["passed"] and "amt x und probe 2" in pair["description"]


def test_two_files_of_one_edition_with_the_same_number_stay_an_error() -> None:
    twice = pl.concat([rows("1", {"2022": 5}), rows("1", {"2022": 5}, file="b.csv")])
    with pytest.raises(InputError) as caught:
        build_merkmale({"probe": twice}, AREAS, [delivery("1")], ())
    assert caught.value.what == "Eine Ausgabe liefert dieselbe Zahl zweimal."
    assert (caught.value.file, caught.value.row) == ("probe/1/b.csv", 2) and "0.csv Zeile 2" in str(caught.value.found)


@pytest.mark.parametrize("day", ["unbekannt", "2026-01-01"])
def test_the_file_of_the_office_goes_before_a_transcription_of_it(day: str) -> None:
    transcribed, office = delivery("1983-2023", day), delivery("2021-12-31", "2025-01-01", form="gemeindeverzeichnis")
    series, figure = {"2020": 1.0, "2021": 2.0, "2023": 4.0}, {"2021": 2.5}
    for pair in (((transcribed, series), (office, figure)), ((office, figure), (transcribed, series))):
        found = built(*pair)
        assert valid(found) == {"2020": "1983-2023", "2021": "2021-12-31", "2023": "1983-2023"}
        (row,) = revisions(found).rows(named=True)
        assert row["expected"].startswith("es gilt 2021-12-31;") and row["gap"] == 0.5
    # Of two transcriptions, and of two files of the office, the series that goes on longer is still the newer one
    for form in (None, "gemeindeverzeichnis"):
        alike = built((delivery("1983-2023", form=form), series), (delivery("2021-12-31", form=form), figure))
        assert valid(alike)["2021"] == "1983-2023"


def test_what_the_newer_edition_revised_is_printed_and_no_error() -> None:
    found = built(
        (delivery("2023"), {"2020": 100, "2021": 100, "2022": None, "2023": 7}),
        (delivery("2024"), {"2020": 100, "2021": 97, "2022": 3, "2023": 8.5, "2024": 9}),
    )
    (row,) = revisions(found).rows(named=True)
    assert row["check_id"] == "ausgaben:probe:2023:2024:leute:insgesamt"
    assert row["observed"] == (
        "Verglichene Zahlen: 4, verschieden: 3, davon nur in einer Ausgabe mit Wert: 1; "
        "größter Abstand \u22123 in 06999001, 2021"
    )
    assert (row["passed"], row["gap"], row["examples"]) == (True, -3.0, "06999001 2021; 06999001 2023")
    assert "2024" in row["expected"]


def test_equal_editions_differ_in_nothing() -> None:
    found = built((delivery("1"), {"2021": 5, "2022": None}), (delivery("2"), {"2021": 5, "2022": None}))
    (row,) = revisions(found).rows(named=True)
    assert row["observed"] == "Verglichene Zahlen: 2, verschieden: 0"
    assert (row["passed"], row["gap"], row["examples"]) == (True, 0.0, None)
    assert revisions(built((delivery("1"), {"2021": 5}))).is_empty()


@pytest.mark.parametrize(("revised", "passed"), [(101.0, True), (1000.0, False)])
def test_a_revision_of_another_magnitude_is_objected_to(revised: float, passed: bool) -> None:
    found = built((delivery("2"), {"2022": 100}), (delivery("10"), {"2022": revised}))
    magnitude = plausibility(found, Path("nirgends")).filter(pl.col("check_id").str.contains("groessenordnung"))
    (row,) = magnitude.rows(named=True)
    assert row["passed"] is passed and "probe:10" in row["check_id"]
    assert revisions(found)["passed"].all()


def test_two_deliveries_of_an_office_that_overlap_need_no_hand(tmp_path: Path) -> None:
    """From files to the valid number: a table that was downloaded again after a revision."""
    folder = write_district(tmp_path / "data")
    edit_sheet(folder / "kreis.yml", lambda kreis: kreis.update(quellen=[]))
    revised = ffcsv.kreise().replace(b";1000;", b";1002;").replace(b";490;", b";492;")
    for edition, content, day in (("alt-9", ffcsv.kreise(), "2025-03-01"), ("alt-10", revised, "2025-09-01")):
        place = write_official(folder, "regionalstatistik", edition, {"12411.csv": ("ffcsv", content)})
        sheet = yaml.safe_load((place / "lieferung.yml").read_text(encoding="utf-8"))
        (place / "lieferung.yml").write_text(yaml.safe_dump({**sheet, "retrieved": day}), encoding="utf-8")
    settings = load_settings(folder)
    gemeinden = read_gemeinden(settings)
    areas, _ = build_areas(gemeinden, read_sozialraeume(settings, gemeinden), settings.kreis)
    raw = {"regionalstatistik": read_source(settings, "regionalstatistik", gemeinden)}
    found, _ = build_merkmale(raw, areas, all_deliveries(folder, settings.kreis))
    assert found.filter("preferred").select("auspraegung", "wert", "edition").rows() == [
        ("insgesamt", 1002.0, "alt-10"),
        ("maennlich", 492.0, "alt-10"),
        ("weiblich", 510.0, "alt-10"),
    ]
    assert revisions(found)["gap"].to_list() == [2.0, 2.0, 0.0]
