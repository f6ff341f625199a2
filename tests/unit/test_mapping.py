"""A delivery in an official format gives what its transcription gives; every figure of the file is accounted for."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
import yaml
from district import COLUMNS, edit_sheet, write_district, write_official
from fixtures.formats import ba_kommunal, crosstab, ffcsv, gv_isys, zensus

from pipelines.contracts import contract
from pipelines.errors import InputError
from pipelines.geography.areas import build_areas
from pipelines.indicators.catalogue import load_catalogue
from pipelines.readers import formats, read_gemeinden, read_source, read_sozialraeume, read_with_balance
from pipelines.readers.rawfile import RawFile
from pipelines.readers.reading import NOTHING_AGREED, Reading
from pipelines.settings import load_settings
from pipelines.sources import maps
from pipelines.sources.mapping import map_reading, sources_for
from pipelines.sources.maps import Span, column_maps, mapped_sources
from pipelines.sources.registry import all_deliveries, catalogue, read_sheet
from tests.fixtures.harmonised import build_merkmale

PLACE = ["file", "row", "place", "edition"]
DAY = "2021-12-31"
PEOPLE = {
    "06999001": ("1000", "480", "520", "10"),
    "06999002": ("12345", "6000", "6345", "25.5"),
    "06999003": ("800", "401", "399", "7.25"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    district = write_district(tmp_path / "data")
    edit_sheet(district / "kreis.yml", lambda kreis: kreis.update(quellen=[]))
    return district


def merkmale(folder: Path) -> pl.DataFrame:
    settings = load_settings(folder)
    gemeinden = read_gemeinden(settings)
    areas, _ = build_areas(gemeinden, read_sozialraeume(settings, gemeinden), settings.kreis)
    raw = {source: read_source(settings, source, gemeinden) for source in settings.kreis.sources}
    return build_merkmale(raw, areas, all_deliveries(folder, settings.kreis))[0]


def balance(folder: Path, source: str) -> dict[str, int]:
    settings = load_settings(folder)
    counted = read_with_balance(settings, source, read_gemeinden(settings))[1]
    return dict(counted.group_by("outcome").agg(pl.sum("figures")).rows())


def transcribe(folder: Path, source: str, rows: list[tuple[str, ...]], additive: dict[str, str]) -> None:
    """The same figures as `werte.csv`."""
    import csv
    import hashlib
    import io

    place = folder / source / "abschrift"
    place.mkdir(parents=True)
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([COLUMNS, *rows])
    content = text.getvalue().encode()
    (place / "werte.csv").write_bytes(content)
    file = {
        "path": "werte.csv",
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "rows": len(rows),
    }
    sheet = {"source": source, "edition": "abschrift", "retrieved": "unbekannt", "published": True, "files": [file]}
    items = [{"merkmal": name, "additive": kind} for name, kind in additive.items()]
    (place / "lieferung.yml").write_text(yaml.safe_dump(sheet | {"items": items}), encoding="utf-8")
    edit_sheet(folder / "kreis.yml", lambda kreis: kreis.update(quellen=[source]))


def test_the_workbook_of_the_register_gives_what_its_transcription_gives(folder: Path, tmp_path: Path) -> None:
    shutil.rmtree(folder / "gemeindeverzeichnis")
    other = Path(shutil.copytree(folder, tmp_path / "abschrift"))
    write_official(folder, "gemeindeverzeichnis", "2021", {"gv.xlsx": ("gv_isys", gv_isys.modern())})
    parts = ("insgesamt", "maennlich", "weiblich")
    rows = [
        (ags, DAY, "bevoelkerung", part, number, "reported", "final", "Zensus2011", "Personen")
        for ags, numbers in PEOPLE.items()
        for part, number in zip(parts, numbers, strict=False)
    ] + [(ags, DAY, "flaeche", "insgesamt", n[3], "reported", "final", "", "km2") for ags, n in PEOPLE.items()]
    transcribe(other, "gemeindeverzeichnis", rows, {"bevoelkerung": "exact", "flaeche": "rounded(0.115)"})
    official, transcribed = merkmale(folder), merkmale(other)
    assert official.height == 12
    assert official.drop(PLACE).equals(transcribed.drop(PLACE))
    assert set(official["file"]) == {"gemeindeverzeichnis/2021/gv.xlsx"}
    assert official.filter(area_id="06999002", merkmal="bevoelkerung", auspraegung="weiblich")["place"].item() == "L"


def test_every_figure_of_the_file_is_taken_or_counted(folder: Path) -> None:
    shutil.rmtree(folder / "gemeindeverzeichnis")
    place = write_official(folder, "gemeindeverzeichnis", "2021", {"gv.xlsx": ("gv_isys", gv_isys.modern())})
    (file,) = yaml.safe_load((place / "lieferung.yml").read_text(encoding="utf-8"))["files"]
    counted = balance(folder, "gemeindeverzeichnis")
    assert counted["übernommen"] == 12
    assert counted["kein Merkmal des Atlas"] > 0  # density and coordinates
    assert counted["andere Ebene"] > 0  # the forest that belongs to no Gemeinde
    assert sum(counted.values()) == file["rows"]


def test_a_flat_file_gives_the_kreis_and_counts_its_neighbours(folder: Path) -> None:
    write_official(folder, "regionalstatistik", "2024", {"12411.csv": ("ffcsv", ffcsv.kreise())})
    found = merkmale(folder)
    assert found.select("area_id", "stichtag", "auspraegung", "wert", "basis", "additive").rows() == [
        ("06999", "2024-12-31", "insgesamt", 1000.0, "Zensus2022", "exact"),
        ("06999", "2024-12-31", "maennlich", 490.0, "Zensus2022", "exact"),
        ("06999", "2024-12-31", "weiblich", 510.0, "Zensus2022", "exact"),
    ]
    assert set(balance(folder, "regionalstatistik")) == {"übernommen", "außerhalb des Kreises", "andere Ebene"}


def workbooks(*numbers: int) -> dict[str, tuple[str, bytes]]:
    names = {1: "Adorf", 2: "Bestadt, Stadt", 3: "Groß-Cehausen"}
    return {
        f"Arbeitsmarkt-kommunal_0699900{number}.xlsx": (
            "ba_kommunal",
            ba_kommunal.packed(ba_kommunal.workbook(f"0699900{number}", names[number])),
        )
        for number in numbers
    }


def test_one_workbook_per_gemeinde_is_one_delivery(folder: Path) -> None:
    write_official(folder, "arbeitsmarkt_kommunal", "2024", workbooks(1, 2, 3))
    found = merkmale(folder)
    assert found["area_id"].unique().sort().to_list() == ["06999001", "06999002", "06999003"]
    withheld = found.filter(auspraegung="wirtschaft:A")
    assert set(withheld["status"]) == {"secret"} and withheld["wert"].null_count() == withheld.height
    average = found.filter(merkmal="arbeitslose_jahresdurchschnitt", auspraegung="insgesamt")
    assert set(average["stichtag"]) == {"2020", "2021", "2022", "2023", "2024"}
    assert set(found.filter(merkmal="svb_wohnort")["stichtag"]) == {f"{year}-06-30" for year in range(2020, 2025)}


def test_a_gemeinde_without_a_workbook_is_named(folder: Path) -> None:
    write_official(folder, "arbeitsmarkt_kommunal", "2024", workbooks(1, 3))
    with pytest.raises(InputError, match=r"Eine Gemeinde fehlt") as caught:
        merkmale(folder)
    assert "06999002 (Beispielhausen)" in str(caught.value)
    assert "2 von 3 Gemeinden" in str(caught.value)


def test_the_same_workbook_twice_is_refused_with_both_places(folder: Path) -> None:
    files = workbooks(1, 2, 3)
    write_official(folder, "arbeitsmarkt_kommunal", "2024", files | {"noch_einmal.xlsx": next(iter(files.values()))})
    with pytest.raises(InputError) as caught:
        merkmale(folder)
    message = str(caught.value)
    assert "Eine Zahl steht zweimal in einer Lieferung." in message
    assert "noch_einmal.xlsx" in message and "Arbeitsmarkt-kommunal_06999001.xlsx, Zeile" in message


def replaced(old: str, new: str) -> Callable[[bytes], bytes]:
    return lambda content: content.replace(old.encode(), new.encode())


@pytest.mark.parametrize(
    ("content", "said", "what", "column"),
    [
        (ffcsv.kreise(ffcsv.ENGLISH), {}, "Eine Angabe steht in einer anderen Einheit als vereinbart.", "value"),
        (
            replaced("2024-12-31", "2023-12-31")(ffcsv.kreise()),
            {},
            "Auf welcher Volkszählung eine Zahl beruht, ist nicht bekannt.",
            "value",
        ),
        (ffcsv.kreise(), {"basis": "Zensus2011"}, "Die Volkszählung, auf der eine Zahl beruht, ist wid", "value"),
        (replaced("BEVSTD", "BEV999")(ffcsv.kreise()), {}, "Aus einer Datei wird keine Zahl übernommen.", "alle"),
        (replaced(";06999;", ";06996;")(ffcsv.kreise()), {}, "Aus einer Datei wird keine Zahl übernommen.", "alle"),
    ],
    ids=["unit", "basis not known", "basis contradicts", "no item", "another district"],
)
def test_what_does_not_fit_the_map_is_refused(
    content: bytes, said: dict[str, str], what: str, column: str, folder: Path
) -> None:
    write_official(folder, "regionalstatistik", "2024", {"12411.csv": ("ffcsv", content)}, **said)
    with pytest.raises(InputError) as caught:
        merkmale(folder)
    assert what in str(caught.value)
    assert caught.value.column == column
    assert "12411.csv" in str(caught.value.file) and caught.value.remedy


def test_a_basis_the_map_leaves_open_comes_from_the_sheet(folder: Path) -> None:
    content = replaced("2024-12-31", "2023-12-31")(ffcsv.kreise())
    write_official(folder, "regionalstatistik", "2023", {"12411.csv": ("ffcsv", content)}, basis="Zensus2011")
    assert set(merkmale(folder)["basis"]) == {"Zensus2011"}


@pytest.mark.parametrize(
    ("name", "key", "content"),
    [
        ("1000A-0000.csv", "zensus", zensus.items_in_rows()),
        ("1000A-0000.xlsx", "zensus", zensus.whole_as_workbook()),
        ("1000A-0000_flat.csv", "ffcsv", zensus.whole_as_flat()),
    ],
    ids=["crosstab", "workbook", "flat"],
)
def test_a_census_table_gives_the_population_in_all_three_forms(
    name: str, key: str, content: bytes, folder: Path
) -> None:
    shutil.rmtree(folder / "zensus_2022")
    assert sources_for(read(content, key)) == ["zensus_2022"]
    write_official(folder, "zensus_2022", "2022", {name: (key, content)})
    found = merkmale(folder).sort("area_id")
    assert found.select("area_id", "stichtag", "merkmal", "auspraegung", "wert", "basis", "einheit").rows() == [
        (f"0699900{at}", "2022-05-15", "bevoelkerung", "insgesamt", 99.0 + at, "Zensus2022", "Personen")
        for at in (1, 2, 3)
    ]


@pytest.mark.parametrize("name", ["1000A-2001_de.csv", "1000A-2001_de.xlsx", "1000A-0001_de.csv"])
def test_a_census_table_nobody_has_seen_is_not_guessed(name: str) -> None:
    assert sources_for(read(zensus.examples()[name], "zensus")) == []


def test_a_crosstab_gives_the_population_the_flat_file_gives(folder: Path) -> None:
    text = crosstab.days_in_header().replace("31.12.2023", "31.12.2021").replace("31.12.2022", "31.12.2020")
    write_official(folder, "regionalstatistik", "2021", {"12411-01-01-5.csv": ("crosstab", text.encode())})
    found = merkmale(folder).filter(area_id="06999001", stichtag="2021-12-31").sort("auspraegung")
    numbers = [float(number) for number in crosstab.figures("06999001", 2023)]
    assert found["auspraegung"].to_list() == ["insgesamt", "maennlich", "weiblich"]
    assert found["wert"].to_list() == numbers and set(found["basis"]) == {"Zensus2011"}
    assert set(found["merkmal"]) == {"bevoelkerung"}


def test_an_average_population_is_an_item_of_its_own(folder: Path) -> None:
    content = crosstab.years_in_column((2011, 2010)).encode("iso-8859-1")
    write_official(folder, "regionalstatistik", "schnitt", {"12411-05-01-4.csv": ("crosstab", content)})
    found = merkmale(folder)
    assert set(found["merkmal"]) == {"bevoelkerung_jahresdurchschnitt"} and set(found["area_id"]) >= {"06999"}
    assert set(found["basis"]) == {"VZ1987", "Zensus2011"}


def test_a_sheet_that_promises_more_figures_or_another_format_is_refused(folder: Path) -> None:
    place = write_official(folder, "regionalstatistik", "2024", {"12411.csv": ("ffcsv", ffcsv.kreise())})
    sheet = place / "lieferung.yml"
    edit_sheet(sheet, lambda content: content["files"][0].update(rows=13))
    with pytest.raises(InputError, match="nicht so viele Zahlen"):
        merkmale(folder)
    edit_sheet(sheet, lambda content: content["files"][0].update(rows=12, format="crosstab"))
    with pytest.raises(InputError, match="nicht das Format, das der Lieferschein nennt"):
        merkmale(folder)
    edit_sheet(sheet, lambda content: content["files"][0].update(format="inkar"))
    with pytest.raises(InputError) as caught:
        merkmale(folder)
    assert (caught.value.column, caught.value.expected) == ("format", "ffcsv, crosstab")


def test_the_sheet_goes_before_the_map_on_additivity(folder: Path) -> None:
    place = write_official(folder, "regionalstatistik", "2024", {"12411.csv": ("ffcsv", ffcsv.kreise())})
    items = [{"merkmal": "bevoelkerung", "additive": "no(Probe)"}]
    edit_sheet(place / "lieferung.yml", lambda content: content.update(items=items))
    assert set(merkmale(folder)["additive"]) == {"no(Probe)"}


def read(content: bytes, key: str) -> Reading:
    return formats.formats()[key].read(RawFile(Path("datei"), content), NOTHING_AGREED)


def test_sources_that_take_a_file_are_found() -> None:
    assert sources_for(read(ffcsv.kreise(), "ffcsv")) == ["regionalstatistik"]
    assert sources_for(read(gv_isys.modern(), "gv_isys")) == ["gemeindeverzeichnis"]
    assert sources_for(read(ffcsv.verbaende(), "ffcsv")) == []


# ------------------------------------------------------------------------------------------------ the maps themselves
def test_shipped_maps_are_of_known_formats_and_one_meaning() -> None:
    for source in mapped_sources():
        known = catalogue()[source]
        units: dict[tuple[str, str], str] = {}
        for one in column_maps(source):
            assert one.format in known.formats and one.format in formats.formats()
            for column in one.columns:
                item = (column.merkmal, column.auspraegung)
                assert units.setdefault(item, column.einheit) == column.einheit
                assert set(column.levels) <= set(known.levels)
    assert contract("raw.regionalstatistik") and contract("raw.arbeitsmarkt_kommunal_bilanz")


def test_every_source_of_figures_has_an_entry_with_origin_citation_and_levels() -> None:
    for source in catalogue().values():
        assert source.origin and source.citation and source.levels
        assert set(source.formats) <= formats.formats().keys()


MAP = """maps:
  - format: ffcsv
    columns:
      - {item: A, unit: Anzahl, merkmal: leute, auspraegung: insgesamt, einheit: Personen, additive: exact}
"""


@pytest.mark.parametrize(
    ("old", "new", "row", "found"),
    [
        ("item: A", "itm: A", 4, "itm"),
        ("additive: exact", "additive: ja", 4, "ja"),
        ("merkmal: leute", "merkmal: Leute", 4, "Leute"),
        ("    columns:", "    from: 2021\n    columns:", 3, "2021"),
        (
            "exact}\n",
            "exact}\n      - {item: A, unit: X, merkmal: b, auspraegung: c, einheit: d, additive: exact}\n",
            2,
            "A",
        ),
        ("unit: Anzahl", "unit: Anzahl, levels: [land]", 4, "land"),
    ],
)
def test_a_faulty_map_is_refused_with_its_line(
    old: str, new: str, row: int, found: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maps, "FOLDER", tmp_path)
    (tmp_path / "gut.yml").write_text(MAP, encoding="utf-8")
    (tmp_path / "schlecht.yml").write_text(MAP.replace(old, new), encoding="utf-8")
    assert column_maps("gut")[0].columns[0].merkmal == "leute"
    with pytest.raises(InputError) as caught:
        column_maps("schlecht")
    assert caught.value.row == row
    assert re.search(found, str(caught.value)) and maps.NOT_AGREED in str(caught.value)


def test_a_span_holds_whole_years() -> None:
    assert Span("2011-05-09", "2023").holds("2023-12-31")
    assert Span("2011-05-09", None).holds("2011")
    assert not Span("2011-05-09", None).holds("2010-12-31")
    assert Span(None, None).holds("1983")


def test_items_of_the_maps_are_known_by_name_to_indicators_or_new() -> None:
    """An item that indicators use is written as they write it."""
    used = {term.merkmal for entry in load_catalogue() for term in (*entry.numerator, *entry.denominator)}
    mapped = {column.merkmal for source in mapped_sources() for one in column_maps(source) for column in one.columns}
    assert {"bevoelkerung", "flaeche", "waehler", "svb_wohnort", "arbeitslose_jahresdurchschnitt"} <= used & mapped


def test_rows_of_ortsteile_are_taken_where_the_district_lists_them(folder: Path) -> None:
    """What the columns of a map take of Gemeinden they take of Ortsteile; others are counted."""
    place = write_official(folder, "regionalstatistik", "2024", {"12411.csv": ("ffcsv", ffcsv.kreise())})
    delivery = read_sheet(place / "lieferung.yml", folder)
    (file,) = delivery.files
    reading = formats.formats()["ffcsv"].read(RawFile(file.path).unpacked(), NOTHING_AGREED)
    below = reading.frame.filter(key="06999").with_columns(level=pl.lit("ortsteil"))
    parts = [below.with_columns(key=pl.lit(key)) for key in ("06999001001", "06999001009", "06888001001")]
    every = replace(reading, frame=pl.concat([reading.frame, *parts]))
    gemeinden = read_gemeinden(load_settings(folder))
    found = map_reading(every, file, delivery, gemeinden, "06999", frozenset({"06999001001"}))
    taken = found.frame.group_by("area_key").len().sort("area_key").rows()
    assert taken == [("06999", 3), ("06999001001", 3)]
    counted = dict(found.balance.select("outcome", "figures").rows())
    assert counted["übernommen"] == 6 and counted["unbekannter Ortsteil"] == below.height
    assert sum(counted.values()) == every.frame.height
    examples = found.balance.filter(outcome="unbekannter Ortsteil")["examples"].item()
    assert examples
