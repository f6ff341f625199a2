"""`sozialatlas read` says what a file is and stores nothing; `add` stores it whole or not at all, and over nothing."""

from __future__ import annotations

import errno
import gzip
import importlib
import os
import re
import shutil
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
import yaml
from district import edit_sheet, write_district
from extended import with_source

from assets import cli
from pipelines import readers
from pipelines.errors import InputError
from pipelines.geography.areas import build_areas
from pipelines.lock import NAME
from pipelines.provenance import sha256
from pipelines.readers import delimited, rawfile, read_gemeinden, read_source, read_sozialraeume
from pipelines.readers import inkar as inkar_reader
from pipelines.readers.formats import formats
from pipelines.settings import Kreis, Settings, load_settings
from pipelines.sources import arrivals, intake
from pipelines.sources.registry import all_deliveries, deliveries, read_sheet
from tests.fixtures.formats import ffcsv, gv100ad, inkar, melderegister, zensus_gitter
from tests.fixtures.harmonised import build_merkmale

SOURCE = "probestatistik"
ENTRY = """\
title: Probestatistik
publisher: Amt für Beispiele
attribution: © Amt für Beispiele
licence: Testdaten
cadence: jährlich
table_code: je Datei
landing_page: unbekannt
reader: merkmale
origin: Amt für Beispiele
citation: Amt für Beispiele, Probestatistik, Ausgabe {edition}
levels: [gemeinde, kreis]
formats: [ffcsv, melderegister, inkar]
"""
COLUMNS = """\
maps:
  - format: ffcsv
    codes: ["99999"]
    columns:
      - item: PROBE1
        dimensions: "GES="
        unit: Anzahl
        merkmal: probefaelle
        auspraegung: insgesamt
        einheit: Fälle
        additive: exact
  - format: inkar
    columns:
      - item: q_test
        dimensions: "BEREICH=LRB"
        unit: ""
        levels: [kreis]
        merkmal: probequote
        auspraegung: insgesamt
        einheit: Prozent
        additive: no(Anteile addieren sich nicht)
"""
HEAD = (
    "statistics_code;statistics_label;time_code;time_label;time;1_variable_code;1_variable_label;"
    "1_variable_attribute_code;1_variable_attribute_label;2_variable_code;2_variable_label;"
    "2_variable_attribute_code;2_variable_attribute_label;value;value_unit;value_variable_code;value_variable_label"
)
AREAS = {"06999001": "Musterstadt", "06999002": "Beispielhausen", "06999003": "Probedorf"}
EDITION = "99999_2022-12-31"


def flat(values: tuple[str, ...] = ("118", "61", "."), time: str = "2022-12-31", code: str = "99999") -> bytes:
    """A flat CSV of one item, total and women, for the Gemeinden of the miniature district; one value is a sign."""
    lines = [HEAD]
    for (key, name), value in zip(AREAS.items(), values, strict=True):
        for sex, label, cell in (("", "Insgesamt", value), ("GESW", "weiblich", "7")):
            lines.append(
                f"{code};Probestatistik (Testdaten);STAG;Stichtag;{time};GEMEIN;Gemeinden;{key};{name};"
                f"GES;Geschlecht;{sex};{label};{cell};Anzahl;PROBE1;Probefälle"
            )
    return b"\xef\xbb\xbf" + "\n".join([*lines, ""]).encode()


@pytest.fixture(scope="module", autouse=True)
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with with_source(tmp_path_factory.mktemp("quelle"), SOURCE, ENTRY, COLUMNS):
        yield


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_district(tmp_path_factory.mktemp("kreis") / "daten")
    edit_sheet(folder / "kreis.yml", lambda kreis: kreis["quellen"].append(SOURCE))
    return folder


@pytest.fixture
def place(district: Path, tmp_path: Path) -> Settings:
    return load_settings(shutil.copytree(district, tmp_path / "daten"), tmp_path / "aus")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A delivery under a name with blanks and umlauts, in a folder with some too."""
    path = tmp_path / "Für den Müll" / "Fälle je Gemeinde (2022).csv"
    path.parent.mkdir()
    path.write_bytes(flat())
    return path


class Told:
    """What a call answered: exit code, standard output and errors."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    def told(*arguments: object) -> Told:
        monkeypatch.setattr(sys, "argv", ["sozialatlas", *map(str, arguments)])
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        caught = capsys.readouterr()
        return Told(code, caught.out, caught.err)

    return told


@pytest.fixture
def add(call, place: Settings):
    def told(*arguments: object) -> Told:
        return call("add", *arguments, "--data", place.data_dir, "--out", place.out_dir)

    return told


def expected(place: Settings) -> Kreis:
    """The district without the source that has no delivery yet."""
    return replace(place.kreis, sources=[name for name in place.kreis.sources if name != SOURCE])


def state(folder: Path) -> dict[str, str]:
    """Every file below a folder with its hash, hidden ones too."""
    return {path.relative_to(folder).as_posix(): sha256(path) for path in folder.rglob("*") if path.is_file()}


def packed(path: Path, name: str) -> bytes:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, flat())
    return path.read_bytes()


# --- read ---


def test_read_says_what_a_file_is_and_stores_nothing(call, file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = state(tmp_path)
    told = call("read", file)
    assert told.code == 0, told.err
    for fact in (
        "Datei:              Fälle je Gemeinde (2022).csv",
        "(ffcsv)",
        "Herausgeber:        Statistische Ämter",
        "Titel:              Probestatistik (Testdaten)",
        "Tabelle:            99999",
        "Stichtag:           2022-12-31",
    ):
        assert fact in told.out
    assert re.search(r"gemeinde +│ +3 │ +6", told.out)
    assert re.search(r"PROBE1 +│ Probefälle +│ Anzahl +│ +2 │ +6", told.out)
    assert re.search(r"reported +│ .* │ +│ +5", told.out)
    assert re.search(r"secret +│ .* │ \. +│ +1", told.out)
    assert "06999001" in told.out and "118" in told.out
    assert state(tmp_path) == before
    assert all(len(line) <= 80 for line in told.out.splitlines() if "│" in line)


@pytest.mark.parametrize(
    ("options", "rows"),
    [
        (("--gebiet", "06999001", "06999003"), 4),
        (("--ebene", "gemeinde", "--zeit", "2022"), 6),
        (("--zeit", "31.12.2022", "--gebiet", "06999002"), 2),
    ],
)
def test_read_shows_what_was_asked_and_writes_it_as_a_table(call, file, tmp_path, options, rows):
    told = call("read", file, *options, "--csv", tmp_path / "tabelle.csv")
    assert told.code == 0, told.err
    table = pl.read_csv(tmp_path / "tabelle.csv", infer_schema=False)
    assert table.height == rows and set(table["key"]) <= set(AREAS)
    assert f"Geschrieben: {tmp_path / 'tabelle.csv'} ({rows} Zeilen)" in told.out
    assert ("Auswahl: " in told.out) == (rows < 6)


def test_read_writes_over_no_file(call, file):
    told = call("read", file, "--csv", file)
    assert told.code == 1 and "Die Datei für die Tabelle gibt es schon." in told.err
    assert file.read_bytes() == flat()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--ebene", "kreis"), "--ebene: gemeinde"),
        (("--zeit", "1999"), "--zeit: 2022-12-31"),
        (("--gebiet", "06432"), "--gebiet: 06999001, 06999002, 06999003"),
    ],
)
def test_read_says_what_there_is_when_nothing_fits(call, file, options, expected):
    told = call("read", file, *options)
    assert told.code == 1 and "keine Angabe" in told.err and expected in told.err and "Abhilfe:" in told.err


def test_the_day_of_a_population_is_told_by_the_option(call, tmp_path):
    path = tmp_path / "GV100AD.txt"
    path.write_text(gv100ad.text(), encoding="utf-8")
    assert "Bevölkerung insgesamt und männlich" in call("read", path).out
    told = call("read", path, "--zeit", "31.12.2022", "--gebiet", "06999001")
    assert told.code == 0, told.err
    assert "Stichtag:           2022-12-31" in told.out and re.search(r"bevoelkerung +│ Bevölkerung", told.out)
    assert "Auswahl: 2 von 57 Angaben" in told.out and "Tag der Bevölkerung nach Angabe: 2022-12-31" in told.out
    for day in ("2021-12-31", "2023-12-31"):
        told = call("read", path, "--zeit", day)
        assert told.code == 1 and "von 2022-05-19 bis 2023-11-30, dem Gebietsstand" in told.err
    assert "--zeit: 2023-11-30" in call("read", path, "--zeit", "2022").err


def test_cells_are_chosen_by_a_box(call, tmp_path):
    path = tmp_path / "gitter.csv"
    path.write_text(zensus_gitter.text(*zensus_gitter.old_wide()), newline="")
    told = call("read", path, "--gebiet", "bbox:4300000,3000000,4300999,3000999")
    assert told.code == 0, told.err
    assert "CRS3035RES1000mN3000000E4300000" in told.out and re.search(r"zelle +│ +1 │ +5", told.out)
    assert call("read", path, "--gebiet", "bbox:1,1,2,2").code == 1


@pytest.mark.parametrize("module", list(formats()))
def test_read_shows_every_format(call, tmp_path, module):
    made_up = importlib.import_module(f"tests.fixtures.formats.{module}")
    for name, content in made_up.examples().items():
        path = tmp_path / Path(name).name
        path.write_bytes(content)
        told = call("read", path)
        if told.code:  # a file without a time gets that of the option
            told = call("read", path, "--zeit", getattr(made_up, "AGREED", {}).get(name, "2023-12-31"))
        assert told.code == 0, f"{name}: {told.err}"
        assert f"({module})" in told.out
        path.unlink()


def test_small_numbers_of_a_register_are_neither_shown_nor_written(call, tmp_path):
    """An export that only offices hold may have cells of one person; read tells its form and nothing of them."""
    path = tmp_path / "register.csv"
    path.write_bytes(melderegister.examples()["gjs_28.csv"])
    told = call("read", path, "--zeit", "2023-12-31")
    assert told.code == 0, told.err
    assert "(melderegister)" in told.out and "nicht veröffentlicht" in told.out and "06999001" not in told.out
    told = call("read", path, "--zeit", "2023-12-31", "--csv", tmp_path / "tabelle.csv")
    assert told.code == 1 and "nicht ungeschützt" in told.err
    assert not (tmp_path / "tabelle.csv").exists()


def test_signs_of_a_file_do_not_steer_the_terminal(call, file):
    file.write_bytes(flat().replace("Probefälle".encode(), b"P\x1b[31m[b]x[/b]"))
    told = call("read", file)
    assert told.code == 0, told.err
    assert "\x1b" not in told.out and "[b]x[/b]" in told.out


@pytest.mark.parametrize("command", ["read", "add"])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "Die Datei ist leer."),
        (b"a;b\n1;2\n", "Die Datei hat kein bekanntes Format."),
        ("Name;Vorname;Geburtsdatum;Straße\nMustermann;Erika;12.08.1964;Heidestraße 17\n".encode(), "Person"),
        (flat()[:-40], "abgeschnitten"),
        (flat(("118", "61", "k")), "weder eine Zahl noch ein bekanntes Zeichen"),
        (None, "Die Datei gibt es nicht."),
    ],
)
def test_what_cannot_be_read_is_refused_before_anything_is_written(
    call, add, place, tmp_path, command, content, message
):
    path = tmp_path / "eingang.csv"
    if content is not None:
        path.write_bytes(content)
    before = state(place.data_dir)
    told = call("read", path) if command == "read" else add(path)
    assert told.code == 1 and message in told.err and str(path) in told.err and "Abhilfe:" in told.err
    assert "Mustermann" not in told.err + told.out and "Traceback" not in told.err
    assert state(place.data_dir) == before and not place.out_dir.exists()


# --- add ---


def test_a_file_is_stored_unchanged_with_its_sheet_and_read_by_the_next_run(add, place, file):
    told = add(file, "--abgerufen", "2024-03-01")
    assert told.code == 0, told.err
    folder = place.data_dir / SOURCE / EDITION
    stored = folder / file.name
    assert stored.read_bytes() == flat() == file.read_bytes()
    assert sorted(path.name for path in folder.iterdir()) == [file.name, "lieferung.yml"]
    assert yaml.safe_load((folder / "lieferung.yml").read_text(encoding="utf-8")) == {
        "source": SOURCE,
        "edition": EDITION,
        "retrieved": "2024-03-01",
        "published": True,
        "files": [
            {
                "path": file.name,
                "sha256": sha256(file),
                "bytes": file.stat().st_size,
                "rows": 6,
                "format": "ffcsv",
                "code": "99999",
            }
        ],
    }
    assert f"Abgelegt: {folder}" in told.out and sha256(file) in told.out
    assert f"Nächster Schritt: sozialatlas check --data {place.data_dir} --out {place.out_dir}" in told.out
    figures = read_source(place, SOURCE, read_gemeinden(place))
    assert dict(figures.select("area_key", "wert").iter_rows()) == {"06999001": 118, "06999002": 61, "06999003": None}
    assert not list(place.data_dir.glob(".*")) and not (place.curated_dir / NAME).exists()


def test_a_population_whose_day_is_told_reaches_the_figures_of_the_atlas(add, place, tmp_path):
    source = "gemeindeverzeichnis"
    shutil.rmtree(place.data_dir / source)
    path = tmp_path / "GV100AD.txt"
    path.write_text(gv100ad.text(), encoding="utf-8")
    assert add(path, "--zeit", "2021-12-31").code == 1
    told = add(path, "--zeit", "2022-12-31")
    assert told.code == 0, told.err
    settings = replace(place, kreis=replace(place.kreis, sources=[source]))
    gemeinden = read_gemeinden(settings)
    areas, _ = build_areas(gemeinden, read_sozialraeume(settings, gemeinden), settings.kreis)
    raw = {source: read_source(settings, source, gemeinden)}
    curated = build_merkmale(raw, areas, all_deliveries(settings.data_dir, settings.kreis))[0]
    people = curated.filter(pl.col("merkmal") == "bevoelkerung", pl.col("area_id").str.contains("06999002"))
    assert sorted(people.select("auspraegung", "wert", "basis").rows()) == [
        ("insgesamt", 12345, "Zensus2011"),
        ("maennlich", 6000, "Zensus2011"),
    ]
    assert {str(day) for day in people["stichtag"]} == {"2022-12-31"}


@pytest.mark.parametrize("held", [True, False])
def test_of_a_large_file_the_areas_named_are_read_and_all_is_stored(add, call, place, tmp_path, monkeypatch, held):
    path = tmp_path / "inkar.csv"
    path.write_text(inkar.text(inkar.lines()), encoding="utf-8", newline="")
    for module, name, limit in ((inkar_reader, "WHOLE", 500), (delimited, "DECODED", 100), (delimited, "PIECE", 200)):
        monkeypatch.setattr(module, name, limit)
    if not held:
        monkeypatch.setattr(readers, "LIMIT", 500)
        monkeypatch.setattr(rawfile, "LIMIT", 500)
    for told in (add(path), call("read", path)):
        assert told.code == 1 and "--gebiet 06432 06432001" in told.err
    assert re.search(r"kreis +│ +1 │ +6", call("read", path, "--gebiet", "06999").out)
    told = add(path, "--gebiet", "06999", "06999001")
    assert told.code == 0, told.err
    (edition,) = (place.data_dir / SOURCE).iterdir()
    assert (edition / "inkar.csv").read_bytes() == path.read_bytes()
    (file,) = read_sheet(edition / "lieferung.yml", place.data_dir).files
    assert (file.keys, file.rows) == (("06999", "06999001"), 12)
    frame = read_source(place, SOURCE, read_gemeinden(place))
    assert frame.select("area_key", "stichtag", "merkmal").rows() == [
        ("06999", "2020", "probequote"), ("06999", "2021", "probequote")
    ]  # fmt: skip
    assert add(path, "--gebiet", "06999", "06999001").code == 0
    assert "keys" in add(path, "--gebiet", "06999").err
    with (edition / "inkar.csv").open("ab") as stream:
        stream.write(b" ")
    with pytest.raises(InputError, match="nicht mehr die"):
        read_source(place, SOURCE, read_gemeinden(place))


def test_keys_in_a_sheet_are_text(add, place, file):
    assert add(file, "--gebiet", "06999001").code == 0
    (edition,) = (place.data_dir / SOURCE).iterdir()
    for keys in (["06999001", 6999002], "06999001", []):
        edit_sheet(edition / "lieferung.yml", lambda sheet, keys=keys: sheet["files"][0].update(keys=keys))
        with pytest.raises(InputError) as refused:
            read_sheet(edition / "lieferung.yml", place.data_dir)
        assert refused.value.column == "keys"


def test_without_a_day_the_sheet_says_unknown(add, place, file):
    assert add(file, "--veroeffentlicht", "nein", "--ausgabe", "Frühjahr 2022".replace(" ", "-")).code == 0
    (delivery,) = deliveries(place.data_dir, SOURCE)
    assert (delivery.retrieved, delivery.published, delivery.edition) == ("unbekannt", "nein", "Frühjahr-2022")


def test_the_sensor_sees_an_added_delivery_as_complete(add, place, file):
    first = arrivals.look(place, None)
    assert f"{SOURCE}: Eine erwartete Lieferung fehlt." in first.reason
    assert add(file).code == 0
    again = arrivals.look(place, arrivals.look(place, first.memory).memory)
    assert f"{SOURCE}/{EDITION}" in again.start, again.reason


def test_the_same_file_twice_changes_nothing_whatever_its_package(add, place, file, tmp_path):
    assert add(file).code == 0
    before = state(place.data_dir)
    packed(tmp_path / "noch einmal.zip", "99999_1732374000000_de_flat.csv")
    for path in (file, tmp_path / "noch einmal.zip"):
        told = add(path)
        assert told.code == 0 and f"Liegt schon da, nichts geändert: {place.data_dir / SOURCE / EDITION}" in told.out
        assert state(place.data_dir) == before


@pytest.mark.parametrize(
    ("options", "entry", "there"),
    [
        (("--ausgabe", "andere"), "edition", EDITION),
        (("--zeit", "2022-12-31"), "time", "kein Eintrag"),
        (("--basis", "Zensus2022"), "basis", "kein Eintrag"),
        (("--veroeffentlicht", "nein"), "published", "ja"),
        (("--abgerufen", "2024-02-29"), "retrieved", "2024-03-01"),
    ],
)
def test_options_that_contradict_the_sheet_of_a_stored_file_are_told_with_its_entry(
    add, place, file, options, entry, there
):
    assert add(file, "--abgerufen", "2024-03-01").code == 0
    before = state(place.data_dir)
    told = add(file, *options)
    sheet = place.data_dir / SOURCE / EDITION / "lieferung.yml"
    assert told.code == 1 and "ihr Lieferschein sagt etwas anderes als die Option." in told.err
    assert str(sheet) in told.err and f"{entry}: {there}" in told.err and " ".join(options) in told.err
    assert state(place.data_dir) == before


def test_options_that_repeat_the_sheet_or_a_later_day_change_nothing(add, place, file):
    said = ("--ausgabe", "a", "--zeit", "2022-12-31", "--basis", "Zensus2022", "--veroeffentlicht", "nein")
    assert add(file, *said, "--abgerufen", "2024-03-01").code == 0
    before = state(place.data_dir)
    for day in ("2024-03-01", "2024-09-01"):
        told = add(file, *said, "--abgerufen", day)
        assert told.code == 0 and "Liegt schon da, nichts geändert" in told.out
    assert state(place.data_dir) == before


@pytest.fixture
def population(place: Settings, tmp_path: Path) -> Path:
    """Population of the miniature district at a day for which figures on two censuses exist."""
    edit_sheet(place.data_dir / "kreis.yml", lambda kreis: kreis["quellen"].append("regionalstatistik"))
    path = tmp_path / "12411.csv"
    path.write_bytes(ffcsv.kreise().replace(b"2024-12-31", b"2023-12-31"))
    return path


def test_a_census_the_file_leaves_open_is_asked_for_and_kept_in_the_sheet(add, place, population):
    told = add(population)
    assert told.code == 1 and "--basis Zensus2022" in told.err and "2023-12-31" in told.err
    assert not (place.data_dir / "regionalstatistik").exists()
    told = add(population, "--basis", "Zensus2011")
    assert told.code == 0, told.err
    (delivery,) = deliveries(place.data_dir, "regionalstatistik")
    assert delivery.files[0].basis == "Zensus2011"
    assert set(read_source(load_settings(place.data_dir), "regionalstatistik", read_gemeinden(place))["basis"]) == {
        "Zensus2011"
    }


def test_a_census_that_cannot_be_is_refused(add, place, population):
    population.write_bytes(ffcsv.kreise())
    told = add(population, "--basis", "Zensus2011")
    assert told.code == 1 and "widersprüchlich" in told.err and "Zensus2022 für 2024-12-31" in told.err
    assert add(population, "--basis", "Zensus1987").code != 0
    assert not (place.data_dir / "regionalstatistik").exists()


def test_other_bytes_never_take_the_place_of_an_edition(add, place, file, tmp_path):
    assert add(file).code == 0
    before = state(place.data_dir)
    other = tmp_path / "neu.csv"
    other.write_bytes(flat(("119", "61", ".")))
    told = add(other)
    assert told.code == 1 and "Diese Ausgabe liegt schon da, mit anderem Inhalt." in told.err
    assert sha256(file) in told.err and sha256(other) in told.err and "--ausgabe" in told.err
    assert state(place.data_dir) == before
    told = add(other, "--ausgabe", "berichtigt")
    assert told.code == 0, told.err
    assert f"Ausgabe {EDITION} liefert 3 dieselben Zahlen, davon mit anderem Wert: 1." in told.out
    assert "Es gilt die neue Ausgabe." in told.out
    assert {edition.edition for edition in deliveries(place.data_dir, SOURCE)} == {EDITION, "berichtigt"}


def test_another_file_of_the_same_time_asks_for_a_name_and_overwrites_nothing(add, place, file, tmp_path):
    """Two flat tables of one statistic have one code and one time."""
    other, third = tmp_path / "andere.csv", tmp_path / "dritte.csv"
    other.write_bytes(flat(("119", "61", ".")))
    third.write_bytes(flat(("118", "62", ".")))
    assert add(file).code == 0
    for path, name in ((other, f"{EDITION}-2"), (third, f"{EDITION}-3")):
        held = state(place.data_dir)
        told = add(path)
        assert told.code == 1 and "liegt schon da" in told.err and f"--ausgabe {name}" in " ".join(told.err.split())
        assert state(place.data_dir) == held
        assert add(path, "--ausgabe", name).code == 0
        assert held.items() <= state(place.data_dir).items()


def test_topics_of_a_grid_are_of_one_day_and_each_asks_for_a_name(add, place, tmp_path):
    named = 0
    for name, content in zensus_gitter.examples().items():
        path = tmp_path / name
        path.write_bytes(content)
        held = state(place.data_dir)
        told = add(path)
        wanted = re.search(r"--ausgabe ([\w.+-]+-[0-9]+)\b", " ".join(told.err.split()))
        if told.code and wanted:
            assert state(place.data_dir) == held
            again = add(path, "--ausgabe", wanted[1])
            assert again.code == 0, again.err
            assert (place.data_dir / "zensus_gitter" / wanted[1] / name).read_bytes() == content
            named += 1
    assert named


def test_an_older_edition_added_later_is_told_to_stand_back(add, place, file, tmp_path):
    assert add(file, "--abgerufen", "2024-09-01").code == 0
    other = tmp_path / "neu.csv"
    other.write_bytes(flat(("119", "61", ".")))
    told = add(other, "--ausgabe", "99999_alt", "--abgerufen", "2024-03-01")
    assert told.code == 0, told.err
    assert f"Für 3 Zahlen gilt weiter Ausgabe {EDITION}" in told.out and "„retrieved“" in told.out
    assert "Es gilt die neue Ausgabe." not in told.out


def test_another_time_is_an_edition_of_its_own(add, place, file, tmp_path):
    assert add(file).code == 0
    (tmp_path / "2021.csv").write_bytes(flat(time="2021-12-31"))
    told = add(tmp_path / "2021.csv")
    assert told.code == 0 and "Achtung" not in told.out
    assert (place.data_dir / SOURCE / "99999_2021-12-31").is_dir()


@pytest.mark.parametrize("new_source", [True, False])
@pytest.mark.parametrize("stop", [OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), KeyboardInterrupt()])
@pytest.mark.parametrize("step", ["rename", "mkdir"])
def test_an_interruption_leaves_nothing_half(add, place, file, tmp_path, monkeypatch, new_source, stop, step):
    if not new_source:
        (tmp_path / "2021.csv").write_bytes(flat(time="2021-12-31"))
        assert add(tmp_path / "2021.csv").code == 0
    before = state(place.data_dir)
    real = getattr(Path, step)

    def interrupted(self: Path, *arguments, **options):
        if intake.ASIDE in str(self):
            raise stop
        return real(self, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Path, step, interrupted)
        told = add(file)
    assert told.code in (1, 130) and "Traceback" not in told.err
    assert state(place.data_dir) == before and not list(place.data_dir.glob(".*"))
    assert not (place.curated_dir / NAME).exists()
    assert add(file).code == 0


def test_what_a_crash_left_is_removed_and_read_by_nobody(add, place, file):
    left = place.data_dir / f"{intake.ASIDE}abc" / SOURCE / EDITION
    left.mkdir(parents=True)
    (left / "halb.csv").write_bytes(flat()[:100])
    assert ".zugang" not in arrivals.look(place, None).reason
    assert add(file).code == 0
    assert not list(place.data_dir.glob(f"{intake.ASIDE}*"))


def test_a_folder_that_cannot_be_written_is_told_in_german(add, place, file, monkeypatch):
    def refused(*_arguments, **options):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(options["dir"]))

    monkeypatch.setattr(intake.tempfile, "mkdtemp", refused)
    before = state(place.data_dir)
    told = add(file)
    assert told.code == 1 and "kein Recht zum Schreiben oder Lesen" in told.err and "Traceback" not in told.err
    assert state(place.data_dir) == before


def test_nothing_is_stored_during_a_run(add, place, file):
    place.curated_dir.mkdir(parents=True)
    holder = '{"pid": 1, "host": "anderswo", "user": "erika", "since": "01.03.2024, 09:00 Uhr"}'
    (place.curated_dir / NAME).write_text(holder, encoding="utf-8")
    before = state(place.data_dir)
    told = add(file)
    assert told.code == 1 and "erika auf anderswo" in told.err
    assert state(place.data_dir) == before


@pytest.mark.parametrize("ending", ["zip", "gz"])
def test_packed_files_are_stored_as_they_are(add, place, tmp_path, ending):
    path = tmp_path / f"tabelle.csv.{ending}"
    if ending == "zip":
        packed(path, "tabelle.csv")
    else:
        path.write_bytes(gzip.compress(flat()))
    assert add(path).code == 0
    assert (place.data_dir / SOURCE / EDITION / path.name).read_bytes() == path.read_bytes()
    assert read_source(place, SOURCE, read_gemeinden(place)).height == 3


@pytest.mark.skipif(os.name == "nt", reason="Windows erlaubt solche Namen nicht")
@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("C:\\Ablage\\tabelle.csv", "tabelle.csv"),
        (".versteckt.csv", "versteckt.csv"),
        ("ta\tbelle\n.csv", "tabelle.csv"),
        ("Fa\u0308lle.csv", "Fälle.csv"),
    ],
)
def test_names_keep_nothing_of_folders_and_nothing_that_hides(add, place, tmp_path, name, stored):
    (tmp_path / name).write_bytes(flat())
    assert add(tmp_path / name).code == 0
    assert (place.data_dir / SOURCE / EDITION / stored).read_bytes() == flat()


def test_a_file_cannot_take_the_name_of_the_sheet(add, place, tmp_path):
    (tmp_path / "Lieferung.yml").write_bytes(flat())
    told = add(tmp_path / "Lieferung.yml")
    assert told.code == 1 and "unter diesem Namen" in told.err
    assert not (place.data_dir / SOURCE).exists()


def test_several_files_of_one_delivery_are_stored_together(add, place, tmp_path):
    for year in (2021, 2022):
        (tmp_path / f"{year}.csv").write_bytes(flat(time=f"{year}-12-31"))
    told = add(tmp_path / "2021.csv", tmp_path / "2022.csv")
    assert told.code == 0, told.err
    (delivery,) = deliveries(place.data_dir, SOURCE)
    assert delivery.edition == "99999_2021-2022" and len(delivery.files) == 2
    told = add(tmp_path / "2021.csv", tmp_path / "2021.csv")
    assert told.code == 1 and "nur einmal" in told.err


def test_a_delivery_the_next_run_would_refuse_is_not_stored(add, place, file):
    """Without one Gemeinde a run would stop; the message names the file that was handed in."""
    text = flat().decode("utf-8").splitlines()
    file.write_bytes("\n".join([*text[:-2], ""]).encode())
    told = add(file)
    assert told.code == 1 and "Eine Gemeinde fehlt." in told.err and f"{file}\n" in told.err
    assert not (place.data_dir / SOURCE).exists() and not list(place.data_dir.glob(".*"))


def test_a_file_that_changes_while_it_is_read_is_not_stored(add, place, file, monkeypatch):
    real = intake.read_file

    def slow(raw, agreed):
        reading = real(raw, agreed)
        file.write_bytes(flat(("1", "2", "3")))
        return reading

    monkeypatch.setattr(intake, "read_file", slow)
    told = add(file)
    assert told.code == 1 and "während sie gelesen wurde" in told.err
    assert not (place.data_dir / SOURCE).exists()


def test_a_table_nobody_mapped_is_told_in_plain_words_with_two_ways_on(add, place, tmp_path):
    (tmp_path / "fremd.csv").write_bytes(flat(code="88888"))
    before = state(place.data_dir)
    told = add(tmp_path / "fremd.csv")
    assert told.code == 1 and "Diese Tabelle kann der Atlas lesen, aber noch nicht übernehmen." in told.err
    assert "Tabelle 88888: Probestatistik (Testdaten)" in told.err and "sozialatlas read DATEI" in told.err
    assert "docs/add-a-source.md" in told.err and f"--quelle {SOURCE}" in told.err
    assert "Katalog" not in told.err and "formats" not in told.err
    told = add(tmp_path / "fremd.csv", "--quelle", SOURCE)
    assert told.code == 1 and "Aus einer Datei wird keine Zahl übernommen." in told.err
    assert state(place.data_dir) == before


def test_a_source_the_file_does_not_belong_to_is_refused(add, file):
    told = add(file, "--quelle", "wahlen")
    assert told.code == 1 and "Die Quelle passt nicht zur Datei." in told.err and f"--quelle {SOURCE}" in told.err
    assert add(file, "--quelle", SOURCE).code == 0


def test_where_two_sources_fit_one_has_to_be_named(add, place, file, monkeypatch):
    monkeypatch.setattr(intake, "sources_for", lambda _reading: [SOURCE, "wahlen"])
    told = add(file)
    assert told.code == 1 and f"--quelle {SOURCE} oder wahlen" in told.err
    assert add(file, "--quelle", SOURCE).code == 0


def test_what_its_office_does_not_publish_needs_a_word(add, file, monkeypatch):
    monkeypatch.setattr(intake, "UNPUBLISHED", ("ffcsv",))
    told = add(file)
    assert told.code == 1 and "Erwartet: --veroeffentlicht nein" in told.err
    assert add(file, "--veroeffentlicht", "ja").code == 1
    assert add(file, "--veroeffentlicht", "nein").code == 0


STORED = {
    "vg250": (),
    "melderegister": ("--veroeffentlicht", "nein", "--quelle", "melderegister"),
}


@pytest.mark.parametrize("source", STORED)
def test_a_file_without_figures_for_the_atlas_is_stored_and_waits(add, place, tmp_path, source):
    made_up = importlib.import_module(f"tests.fixtures.formats.{source}")
    name, content = next(iter(made_up.examples().items()))
    if source == "vg250":  # outlines must be those of the district
        name, content = "umrisse.geojson", (place.data_dir / "gebiete" / "gemeinden.geojson").read_bytes()
    path = tmp_path / Path(name).name
    path.write_bytes(content)
    agreed = getattr(made_up, "AGREED", {}).get(name, "2023-12-31")
    told = add(path, *STORED[source])
    if told.code:  # a file without a time gets that of the option
        told = add(path, *STORED[source], "--zeit", agreed)
    assert told.code == 0, told.err
    (edition,) = (place.data_dir / source).iterdir()
    sheet = read_sheet(edition / "lieferung.yml", place.data_dir)
    assert (edition / path.name).read_bytes() == content and sheet.files[0].format == source
    assert sheet.published == ("nein" if source == "melderegister" else "ja")
    assert ("bleibt im Haus" in told.out) == (source == "melderegister")
    assert "ein Lauf liest sie nicht" in told.out and "Nächster Schritt" not in told.out
    assert f"{source}/{edition.name}: nicht gelesen" in arrivals.look(place, None).reason
    assert source not in {delivery.source_id for delivery in all_deliveries(place.data_dir, expected(place))}
    edit_sheet(place.data_dir / "kreis.yml", lambda kreis: kreis["quellen"].append(source))
    with pytest.raises(InputError, match="übernimmt der Atlas noch nichts"):
        deliveries(place.data_dir, source)


def test_outlines_of_other_places_are_neither_shown_nor_stored(add, call, place, tmp_path):
    made_up = importlib.import_module("tests.fixtures.formats.vg250")
    path = tmp_path / "umrisse.gpkg"
    path.write_bytes(made_up.examples()["DE_VG250.gpkg"])
    for told in (add(path), call("read", path, "--data", place.data_dir)):
        assert told.code == 1 and "nicht dort" in told.err and "gemeinden.geojson" in told.err
    assert not (place.data_dir / "vg250").exists()


@pytest.mark.parametrize("source", ["gebietsaenderungen", "umsteigeschluessel"])
def test_a_file_of_changes_of_gemeinden_is_read_by_every_run_without_being_listed(add, place, tmp_path, source):
    name, content = next(iter(importlib.import_module(f"tests.fixtures.formats.{source}").examples().items()))
    path = tmp_path / name
    path.write_bytes(content)
    told = add(path)
    assert told.code == 0 and "Nächster Schritt: sozialatlas check" in told.out, told.err
    assert "nicht gelesen" not in arrivals.look(place, None).reason
    edit_sheet(place.data_dir / "kreis.yml", lambda kreis: kreis["quellen"].append(source))
    with pytest.raises(InputError, match="wird ohne Eintrag gelesen"):
        deliveries(place.data_dir, source)


@pytest.mark.parametrize("cut", [0.5, 0.9])
def test_a_damaged_file_is_not_stored_for_later(add, place, tmp_path, cut):
    made_up = importlib.import_module("tests.fixtures.formats.umsteigeschluessel")
    name, content = next(iter(made_up.examples().items()))
    (tmp_path / Path(name).name).write_bytes(content[: int(len(content) * cut)])
    before = state(place.data_dir)
    assert add(tmp_path / Path(name).name).code == 1
    assert state(place.data_dir) == before


@pytest.mark.parametrize(
    "options",
    [("--abgerufen", "1.3.2024"), ("--ausgabe", "../oben"), ("--ausgabe", ".versteckt"), ("--ausgabe", "a/b")],
)
def test_options_have_a_form(add, place, file, options):
    told = add(file, *options)
    assert told.code == 1 and f"Gefunden: {options[1]}" in told.err
    assert not (place.data_dir / SOURCE).exists()


def test_a_source_the_district_does_not_expect_is_said_to_be_entered(add, place, file):
    edit_sheet(place.data_dir / "kreis.yml", lambda kreis: kreis["quellen"].remove(SOURCE))
    told = add(file)
    assert told.code == 0, told.err
    assert f"„{SOURCE}“ unter „quellen“ in {place.data_dir / 'kreis.yml'} eintragen" in told.out
