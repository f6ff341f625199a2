"""Hessische Gemeindestatistik: tables are known by their build, heads give items and times, faults are refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from openpyxl import Workbook

from pipelines.errors import InputError
from pipelines.geography.keys import areas_of_hsl
from pipelines.readers import hgst
from pipelines.readers.hgst_head import without_marks
from pipelines.readers.rawfile import RawFile
from pipelines.readers.reading import NOTHING_AGREED, Agreed, Reading
from tests.fixtures.formats import hgst as made

POPULATION, COMMUTERS = "Bevölkerung", "Pendlerinnen und Pendler"
TABLES = (POPULATION, "Nichtdeutsche Bevölkerung", COMMUTERS, "Bevölkerungsbewegung", "Betriebe", "Finanzen",
          "Einkommensteuer")  # fmt: skip


def read(book: Workbook, agreed: Agreed = NOTHING_AGREED) -> Reading:
    return hgst.read(RawFile(Path("HGSt.xlsx"), made.packed(book)), agreed)


def spoiled(change: Callable[[Workbook], object]) -> InputError:
    book = made.workbook()
    change(book)
    with pytest.raises(InputError) as caught:
        read(book)
    return caught.value


def put(sheet: str, cell: str, value: object) -> Callable[[Workbook], object]:
    return lambda book: book[sheet].__setitem__(cell, value)


def split(sheet: str, cells: str) -> Callable[[Workbook], object]:
    return lambda book: book[sheet].unmerge_cells(cells)


@pytest.fixture(scope="module")
def reading() -> Reading:
    return read(made.workbook())


def figures(frame: pl.DataFrame, item: str) -> dict[tuple[str, str, str], float | None]:
    rows = frame.filter(pl.col("item") == item).select("level", "key", "time", "value").iter_rows()
    return {(level, key, time): value for level, key, time, value in rows}


def test_all_examples_are_known_and_read() -> None:
    for name, content in made.examples().items():
        file = RawFile(Path(name), content)
        assert hgst.recognises(file)
        assert hgst.read(file, NOTHING_AGREED).frame.height > 0


def test_every_table_is_read_and_the_list_of_members_is_not(reading: Reading) -> None:
    assert set(reading.frame["place"].str.split("!").list.first()) == set(TABLES)
    assert [refused.what for refused in reading.refused] == ["Blatt „Regional-und Zweckverband“"]
    row = reading.frame.row(
        by_predicate=(pl.col("place") == f"{POPULATION}!D") & (pl.col("key") == "06498002"), named=True
    )
    assert (row["row"], row["source_key"], row["name"], row["value"]) == (12, "498002", "Bestadt, Stadt", 2400)


def test_a_city_is_kreis_and_gemeinde_and_sums_are_no_areas(reading: Reading) -> None:
    found = figures(reading.frame, "bevoelkerung.insgesamt")
    day = "2021-12-31"
    assert found["kreis", "06418", day] == found["gemeinde", "06418000", day] == 9000
    assert found["land", "06", day] == found["regierungsbezirk", "064", day] == 14600
    assert found["gemeindefrei", "06498200", day] == 0
    assert {key for level, key, _ in found if level == "summe"} == {"100000", "200000", "900000"}
    assert sum(value or 0 for (level, _, _), value in found.items() if level in ("gemeinde", "gemeindefrei")) == 14600


@pytest.mark.parametrize(
    ("item", "unit", "time", "kind", "basis"),
    [
        ("bevoelkerung.flaeche_in_km2", "km2", "2021-12-31", "stichtag", None),
        ("bevoelkerung.insgesamt", "", "2021-12-31", "stichtag", "Zensus2011"),
        ("bevoelkerung.davon.maennlich.anzahl", "Anzahl", "2021-12-31", "stichtag", "Zensus2011"),
        ("bevoelkerung.davon.weiblich.prozent", "%", "2021-12-31", "stichtag", "Zensus2011"),
        ("bevoelkerung.zu_bzw_abnahme_gegenueber_vorjahr.prozent", "%", "2021-12-31", "stichtag", "Zensus2011"),
        ("bevoelkerung.einwohner_innen_je_km2", "je km²", "2021-12-31", "stichtag", "Zensus2011"),
        ("pendlerinnen_und_pendler.einpendler_innen", "", "2021-06-30", "stichtag", None),
        ("bevoelkerungsbewegung.lebendgeborene", "", "2021", "jahr", None),
        ("bevoelkerungsbewegung.zugezogene.darunter_nichtdeutsch", "", "2021", "jahr", None),
        ("betriebe.davon_mit_eur.2000_oder_mehr.anzahl", "Anzahl", "2020-05", "zeitraum", None),
        ("finanzen.hebesatz_grund_und_gewerbesteuer.prozent", "%", "2021", "jahr", None),
    ],
)
def test_head_gives_item_unit_time_and_basis(
    reading: Reading, item: str, unit: str, time: str, kind: str, basis: str | None
) -> None:
    rows = reading.frame.filter(pl.col("item") == item).select("unit", "time", "time_kind", "basis").unique()
    assert rows.rows() == [(unit, time, kind, basis)]


def test_a_date_above_a_column_goes_before_that_of_the_title(reading: Reading) -> None:
    debts = figures(reading.frame, "finanzen.stand_der_schulden.1_000_eur")
    assert {time for _, _, time in debts} == {"2021-12-31", "2020-12-31"}
    taxed = figures(reading.frame, "einkommensteuer.steuerpflichtige")
    assert (taxed["kreis", "06499", "2017"], taxed["kreis", "06499", "2018"]) == (600, 720)


def test_a_day_of_two_years_in_the_title() -> None:
    book = made.workbook()
    sheet = book["Einkommensteuer"]
    sheet["A1"] = "Personal in Testland am 30. Juni 2017 und 2018"
    frame = read(book).frame.filter(pl.col("item") == "einkommensteuer.steuerpflichtige")
    assert set(frame.select("time", "time_kind").rows()) == {("2017-06-30", "stichtag"), ("2018-06-30", "stichtag")}


@pytest.mark.parametrize(
    ("title", "time", "kind"),
    [
        (
            "Wohnungen in Testland am 31. Dezember 2021 (Basis der Gebäude- und Wohnungszählung 2011)",
            "2021-12-31",
            "stichtag",
        ),
        ("Finanzen in Testland 2021 (Stand: 24.10.2022, Gebietsstand: 1. Januar 2020)", "2021", "jahr"),
        ("Gebäude in Testland (Stand: 31.12.2021)", "2021-12-31", "stichtag"),
        ("Bauhauptgewerbe in Testland im Juni 2021 (Ergänzungserhebung)", "2021-06", "zeitraum"),
        ("Beschäftigte nach der WZ 2008 in Testland am 30. Juni 2021", "2021-06-30", "stichtag"),
        ("Arbeitslose in Testland im Jahresdurchschnitt 2021", "2021", "jahresdurchschnitt"),
        ("Schulen in Testland im Schuljahr 2021/22", "2021/2022", "zeitraum"),
    ],
)
def test_titles_say_the_time(title: str, time: str, kind: str) -> None:
    book = made.workbook()
    book["Bevölkerungsbewegung"]["A1"] = title
    rows = read(book).frame.filter(pl.col("item") == "bevoelkerungsbewegung.lebendgeborene")
    assert set(rows.select("time", "time_kind").rows()) == {(time, kind)}


@pytest.mark.parametrize(
    ("head", "item", "time"),
    [
        ("Schulden am 30.9.2020", "schulden", "2020-09-30"),
        ("Umsatz 2020 in 1 000 EUR", "umsatz_in_1_000_eur", "2020"),
        ("Umsatz des Vorjahres", "umsatz_des_vorjahres", "2021"),
        ("Veränderung gegenüber dem Vorjahr in %", "veraenderung_gegenueber_vorjahr_in_prozent", "2021"),
        ("Veränderung 2021 gegenüber 2011", "veraenderung_2021_gegenueber_2011", "2021"),
        ("Betriebe mit 2000 bis 5000 EUR", "betriebe_mit_2000_bis_5000_eur", "2021"),
    ],
)
def test_heads_say_the_time_of_a_column(head: str, item: str, time: str) -> None:
    book = made.workbook()
    book["Bevölkerungsbewegung"]["C2"] = head
    rows = read(book).frame.filter(pl.col("place") == "Bevölkerungsbewegung!C").select("item", "time").unique().rows()
    assert rows == [(f"bevoelkerungsbewegung.{item}", time)]


def test_items_are_the_same_in_the_next_edition(reading: Reading) -> None:
    later = read(made.workbook(2024, 2022, "Dezember 2025"))
    assert set(later.frame["item"]) == set(reading.frame["item"])
    assert {time for _, _, time in figures(later.frame, "bevoelkerung.insgesamt")} == {"2024-12-31"}
    assert set(later.frame["basis"].drop_nulls()) == {"Zensus2022"}
    assert (later.stand, later.title) == ("Dezember 2025", "Hessische Gemeindestatistik 2025")


def test_signs_keep_their_meaning(reading: Reading) -> None:
    signs = reading.frame.filter(pl.col("sign").is_not_null()).select("status", "value", "quality", "sign")
    assert set(signs.rows()) == {
        ("zero", 0.0, "final", "—"), ("secret", None, "final", "•"), ("secret", None, "final", "."),
        ("not_applicable", None, "final", "x"), ("uncertain", None, "final", "/"), ("later", None, "final", "..."),
        ("reported", 3.0, "limited", "()"),
    }  # fmt: skip


def test_edition_corrections_gebietsstand_and_footnotes_are_told_without_persons(reading: Reading) -> None:
    assert reading.stand == "2., korrigierte Auflage, Februar 2023"
    assert reading.attribution == "© Hessisches Statistisches Landesamt, Wiesbaden, 2023"
    said = " ".join(reading.notes)
    assert "Korrekturen ausgeführt" in said
    assert "gilt der Gebietsstand zum 1. Januar 2018." in said
    assert "Fußnote (Finanzen): 2) Die Kreiszeile" in said
    assert "6 Gemeinden in 7 Tabellen." in said
    assert "Mustermann" not in said


def test_footnote_marks_are_no_part_of_names(reading: Reading) -> None:
    names = dict(reading.frame.select("source_key", "name").unique().iter_rows())
    assert (names["900000"], names["499002"]) == ("Regionalverband TestRheinTest", "Edorf")
    assert names["498003"] == "Groß-Cehausen (Testwald)"
    assert without_marks("Umsatz 1) 2) in EUR*)") == "Umsatz in EUR"
    assert without_marks("Adorf (Rhein 1), Fläche in m²") == "Adorf (Rhein 1), Fläche in m²"


def test_parts_that_do_not_make_the_whole_are_noted(reading: Reading) -> None:
    gaps = [note for note in reading.notes if "ergeben die Teile nicht immer das Ganze" in note]
    commuters = next(note for note in gaps if COMMUTERS in note)
    assert "In Spalte C, E " in commuters or "In Spalte C " in commuters
    assert f"um 970 in 064 ({COMMUTERS}!C)" in commuters
    assert not any("Bevölkerungsbewegung" in note or "Einkommensteuer" in note for note in gaps)


def test_a_sheet_with_fewer_gemeinden_is_noted() -> None:
    book = made.workbook()
    book[COMMUTERS].delete_rows(10)
    assert f"{COMMUTERS}: Es fehlen 1 Zeilen, die andere Blätter haben: 498002." in read(book).notes


def test_an_empty_sheet_is_told() -> None:
    book = made.workbook()
    book["Betriebe"].delete_rows(1, 100)
    assert [refused.reason for refused in read(book).refused][:1] == ["Es enthält keine Tabelle."]


def test_rows_without_any_figure_are_told() -> None:
    book = made.workbook()
    for cell in book[COMMUTERS][10][2:5]:
        cell.value = None
    found = read(book)
    assert [refused.what for refused in found.refused][1:] == [f"Blatt „{COMMUTERS}“, Zeile 10 (498002)"]


def test_a_kreis_body_with_a_key_of_its_own_is_no_area() -> None:
    book = made.workbook()
    sheet = book["Finanzen"]
    sheet.insert_rows(14)
    for column, cell in enumerate(("498900", "Kreisverwaltung", 5, 250, 6, 7), start=1):
        sheet.cell(14, column, cell)
    rows = read(book).frame.filter(pl.col("source_key") == "498900")
    assert set(rows.select("level", "key").rows()) == {("summe", "498900")}


def test_keys_written_as_numbers_are_the_same() -> None:
    book = made.workbook()
    for sheet in TABLES:
        for row in book[sheet].iter_rows(min_col=1, max_col=1):
            if row[0].value and str(row[0].value).isdigit() and row[0].row > 3:
                row[0].value = int(row[0].value)
    assert read(book).frame.equals(read(made.workbook()).frame)


def test_swapped_columns_are_read_by_their_head(reading: Reading) -> None:
    book = made.workbook()
    sheet = book[COMMUTERS]
    for row in range(2, 18):
        one, other = sheet.cell(row, 3), sheet.cell(row, 4)
        one.value, other.value = other.value, one.value
    found = read(book).frame
    assert (
        found.drop("place")
        .sort("item", "row", "level")
        .equals(reading.frame.drop("place").sort("item", "row", "level"))
    )


def test_key_and_name_swapped_are_read_by_their_head(reading: Reading) -> None:
    book = made.workbook()
    sheet = book[COMMUTERS]
    for row in range(2, 17):
        one, other = sheet.cell(row, 1), sheet.cell(row, 2)
        one.value, other.value = other.value, one.value
    assert read(book).frame.equals(reading.frame)


@pytest.mark.parametrize("cells", ["E2:H2", "E3:F3", "G3:H3", "I2:J3", "C2:C4", "A2:A4"])
def test_split_cells_that_leave_no_doubt_change_nothing(reading: Reading, cells: str) -> None:
    book = made.workbook()
    split(POPULATION, cells)(book)
    assert read(book).frame.equals(reading.frame)


@pytest.mark.parametrize(
    ("change", "what", "row", "column"),
    [
        (split("Betriebe", "C4:E4"), "verbundenen Zellen im Tabellenkopf sind zerstört", 4, "Betriebe!D"),
        (split(POPULATION, "K2:K4"), "verbundenen Zellen im Tabellenkopf sind zerstört", 4, f"{POPULATION}!K"),
        (put(POPULATION, "A1", "Bevölkerung in Testland"), "für welche Zeit sie gilt", 2, f"{POPULATION}!D"),
        (put(POPULATION, "A1", "Bevölkerung 2019 und 2021"), "für welche Zeit sie gilt", 2, f"{POPULATION}!D"),
        (put(POPULATION, "A2", "Nummer"), "keine Spalte mit Gebietsschlüsseln", 5, POPULATION),
        (put(POPULATION, "B2", "Wer"), "Spalte mit den Namen", 2, f"{POPULATION}!B"),
        (put(POPULATION, "D2", None), "Spalte mit Zahlen hat keine Überschrift", 2, f"{POPULATION}!D"),
        (put(POPULATION, "E2", None), "Spalte mit Zahlen hat keine Überschrift", 2, f"{POPULATION}!E"),
        (put(POPULATION, "A5", None), "keinen gültigen Gebietsschlüssel", 5, f"{POPULATION}!B"),
        (lambda book: book["Finanzen"].delete_rows(4), "Tabellenkopf sind zerstört", 4, "Finanzen!A"),
        (lambda book: book["Finanzen"].insert_cols(3), "Tabellenkopf sind zerstört", 2, "Finanzen!F"),
        (put(POPULATION, "M9", 7), "Spalte mit Zahlen hat keine Überschrift", 2, f"{POPULATION}!M"),
        (put(COMMUTERS, "D2", "Saldo"), "dieselbe Überschrift", 2, f"{COMMUTERS}!E"),
        (put(POPULATION, "A11", "49800"), "keinen gültigen Gebietsschlüssel", 11, f"{POPULATION}!A"),
        (put(POPULATION, "A11", None), "keinen gültigen Gebietsschlüssel", 11, f"{POPULATION}!A"),
        (put(POPULATION, "A11", "798001"), "unbekannte Form", 11, f"{POPULATION}!A"),
        (put(POPULATION, "A11", "498002"), "steht doppelt", 12, f"{POPULATION}!A"),
        (put(POPULATION, "A10", "497000"), "Zeile eines Kreises fehlt", 11, f"{POPULATION}!A"),
        (put(POPULATION, "D11", None), "weder eine Zahl noch ein bekanntes Zeichen", 11, f"{POPULATION}!D"),
        (put(POPULATION, "D11", "-"), "weder eine Zahl noch ein bekanntes Zeichen", 11, f"{POPULATION}!D"),
        (put(POPULATION, "D11", "#WERT!"), "weder eine Zahl noch ein bekanntes Zeichen", 11, f"{POPULATION}!D"),
        (put(POPULATION, "D11", 1e200), "weder eine Zahl noch ein bekanntes Zeichen", 11, f"{POPULATION}!D"),
        (put(POPULATION, "A21", "498003"), "stehen weitere Zeilen", 21, f"{POPULATION}!A"),
        (put("Bevölkerungsbewegung", "D4", 5), "nicht fortlaufend", 4, "Bevölkerungsbewegung!A"),
        (lambda book: book[POPULATION].delete_rows(16, 20), "Blatt ist abgeschnitten", 15, POPULATION),
        (lambda book: book[POPULATION].delete_rows(18, 20), "Blatt ist abgeschnitten", 17, POPULATION),
        (lambda book: book[POPULATION].delete_rows(5, 20), "keine Zeile mit", 2, f"{POPULATION}!A"),
        (lambda book: book[POPULATION].delete_cols(1), "keine Spalte mit Gebietsschlüsseln", 5, POPULATION),
    ],
)  # fmt: skip
def test_refused(change: Callable[[Workbook], object], what: str, row: int, column: str) -> None:
    def spoil(book: Workbook) -> None:
        change(book)
        if row == 21:
            book[POPULATION]["D21"] = 3

    error = spoiled(spoil)
    assert what in error.what, error
    assert (error.row, error.column) == (row, column)
    assert error.expected and error.found and error.remedy


def test_a_workbook_without_tables_is_refused() -> None:
    book = made.workbook()
    for sheet in TABLES:
        del book[sheet]
    with pytest.raises(InputError, match="keine Tabelle mit Zahlen"):
        read(book)


def test_a_time_that_no_table_names_may_be_agreed() -> None:
    book = made.workbook()
    book["Bevölkerungsbewegung"]["A1"] = "Bevölkerungsbewegung in Testland"
    rows = read(book, Agreed(time="2021")).frame.filter(pl.col("item") == "bevoelkerungsbewegung.lebendgeborene")
    assert set(rows.select("time", "time_kind").rows()) == {("2021", "jahr")}


@pytest.mark.parametrize(
    ("agreed", "what"),
    [
        (Agreed(time="2019-12-31"), "Die Zeit"),
        (Agreed(level="ortsteil"), "Die Ebene"),
        (Agreed(basis="Zensus2022"), "Die Basis"),
        (Agreed(keys=("06498001", "06498004")), "Gebiete, die angegeben sind"),
    ],
)
def test_what_was_agreed_is_held(agreed: Agreed, what: str) -> None:
    with pytest.raises(InputError, match=what):
        read(made.workbook(), agreed)


def test_other_workbooks_are_not_of_this_format() -> None:
    book = Workbook()
    sheet = book.active or book.create_sheet()
    for row in ([made.KEY, made.AREA], ["1001000", "Adorf"], ["1001001", "Bestadt"]):
        sheet.append(row)
    assert not hgst.recognises(RawFile(Path("x.xlsx"), made.packed(book)))
    assert not hgst.recognises(RawFile(Path("x.csv"), b"Amtlicher Gebietsschluessel;000000"))
    assert not hgst.recognises(RawFile(Path("x.xlsx"), made.packed(made.workbook())[:9000]))


@pytest.mark.parametrize(
    ("key", "areas"),
    [
        ("000000", (("land", "06"),)),
        ("600000", (("regierungsbezirk", "066"),)),
        ("411000", (("kreis", "06411"), ("gemeinde", "06411000"))),
        ("432000", (("kreis", "06432"),)),
        ("432023", (("gemeinde", "06432023"),)),
        ("435200", (("gemeindefrei", "06435200"),)),
        ("200000", (("summe", "200000"),)),
        ("920000", (("summe", "920000"),)),
    ],
)
def test_keys_of_the_office_become_official_ones(key: str, areas: tuple[tuple[str, str], ...]) -> None:
    assert areas_of_hsl(key) == areas


@pytest.mark.parametrize("key", ["43200", "4320011", "732001", "411001", "06432001", "", "43200x", "932001", "100001"])
def test_other_keys_are_refused(key: str) -> None:
    with pytest.raises(ValueError, match="no key"):
        areas_of_hsl(key)


def title(year: int) -> Callable[[Workbook], object]:
    return put(POPULATION, "A1", f"Bevölkerung in Testland am 31. Dezember {year}")


def swapped(sheet: str, left: str, right: str, first: int, last: int) -> Callable[[Workbook], object]:
    def change(book: Workbook) -> None:
        for row in range(first, last + 1):
            one, other = book[sheet][f"{left}{row}"], book[sheet][f"{right}{row}"]
            one.value, other.value = other.value, one.value

    return change


def sexes(book: Workbook, male: float = 0.4) -> None:
    """Men and women of different numbers, with shares that fit them."""
    sheet = book[POPULATION]
    for row in range(5, 19):
        whole = sheet[f"D{row}"].value
        for counts, shares, share in (("E", "F", male), ("G", "H", 1 - male)):
            sheet[f"{counts}{row}"], sheet[f"{shares}{row}"] = whole * share, 100 * share if whole else 0


@pytest.fixture(scope="module")
def with_sexes() -> Reading:
    book = made.workbook()
    sexes(book)
    return read(book)


def merged(cells: str) -> Callable[[Workbook], object]:
    return lambda book: book[POPULATION].merge_cells(cells)


def without_day(book: Workbook) -> None:
    """The head of the area without a day, so that only the comparison speaks against the title."""
    book[POPULATION]["C2"] = "Fläche in km2"


@pytest.mark.parametrize(
    ("change", "what", "row", "column"),
    [
        ((title(2020),), "nennt eine Zeit nach der, für die die Tabelle", 2, f"{POPULATION}!C"),
        ((without_day, title(2020)), "Zeiten, die einander widersprechen", 2, f"{POPULATION}!I"),
        ((without_day, title(2019)), "Zeiten, die einander widersprechen", 2, f"{POPULATION}!I"),
        ((title(2022),), "Zeiten, die einander widersprechen", 2, f"{POPULATION}!I"),
        ((without_day, title(2022)), "verschiedene Jahre", 1, POPULATION),
        ((swapped(POPULATION, "E", "G", 5, 18),), "Zahlen einer anderen Spalte", 5, f"{POPULATION}!E"),
        ((swapped(POPULATION, "F", "H", 5, 18),), "Zahlen einer anderen Spalte", 5, f"{POPULATION}!E"),
        ((swapped(POPULATION, "E", "G", 12, 12),), "widersprechen sich", 12, f"{POPULATION}!E"),
        ((put(POPULATION, "E12", 96),), "widersprechen sich", 12, f"{POPULATION}!E"),
        ((put(POPULATION, "D12", 990_000),), "widersprechen sich", 12, f"{POPULATION}!D"),
        ((put(POPULATION, "I12", -240),), "widersprechen sich", 12, f"{POPULATION}!I"),
        ((put("Betriebe", "D12", 2),), "Teile einer Zeile ergeben nicht ihr Ganzes", 12, "Betriebe!C"),
        ((put("Bevölkerungsbewegung", "C12", 77),), "Teile eines Gebiets", 10, "Bevölkerungsbewegung!C"),
        ((put("Bevölkerungsbewegung", "C16", 77),), "Teile eines Gebiets", 15, "Bevölkerungsbewegung!C"),
        ((lambda book: book["Betriebe"].delete_rows(12),), "Teile eines Gebiets", 10, "Betriebe!C"),
        ((swapped(COMMUTERS, "C", "D", 2, 2),), "Saldo", 3, f"{COMMUTERS}!E"),
        ((put(COMMUTERS, "E9", 1),), "Saldo", 9, f"{COMMUTERS}!E"),
        ((merged("E2:E3"),), "verbundenen Zellen im Tabellenkopf sind zerstört", 2, f"{POPULATION}!E"),
        ((merged("B2:C2"),), "verbundenen Zellen im Tabellenkopf sind zerstört", 2, f"{POPULATION}!B"),
        ((lambda book: book[COMMUTERS].merge_cells("B2:C2"),), "Zellen im Tabellenkopf sind", 2, f"{COMMUTERS}!C"),
        ((put(POPULATION, "E3", None),), "fehlt über einer Spalte ein Wort", 3, f"{POPULATION}!E"),
        ((put(POPULATION, "G3", None),), "fehlt über einer Spalte ein Wort", 3, f"{POPULATION}!G"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_refused(
    change: tuple[Callable[[Workbook], object], ...], what: str, row: int, column: str, with_sexes: Reading
) -> None:
    assert with_sexes.frame.height

    def spoil(book: Workbook) -> None:
        sexes(book)
        for each in change:
            each(book)

    error = spoiled(spoil)
    assert what in error.what, error
    assert (error.row, error.column) == (row, column)
    assert error.expected and error.found and error.remedy


def test_a_unit_stretched_over_a_column_of_another_one_is_refused() -> None:
    def rates(book: Workbook) -> None:
        for at in range(5, 19):
            book["Finanzen"][f"D{at}"] = 250 + at / 16

    def stretched(book: Workbook) -> None:
        rates(book)
        book["Finanzen"].merge_cells("C4:D4")

    good = made.workbook()
    rates(good)
    assert set(read(good).frame.filter(place="Finanzen!D")["unit"]) == {"%"}
    error = spoiled(stretched)
    assert "ganzen und mit gebrochenen Zahlen" in error.what
    assert (error.row, error.column) == (4, "Finanzen!D")


def test_a_unit_over_several_columns_of_one_kind_is_read() -> None:
    # The office prints one % over a change and a share that have different words above them
    book = made.workbook()
    sheet = book["Finanzen"]
    sheet.unmerge_cells("E4:F4")
    sheet["E4"], sheet["F4"] = None, "1 000 EUR"
    for at in range(5, 19):
        sheet[f"D{at}"], sheet[f"E{at}"] = 250 + at / 16, at / 16
    sheet.merge_cells("D4:E4")
    units = {place: unit for place, unit in read(book).frame.select("place", "unit").iter_rows()}
    assert (units["Finanzen!D"], units["Finanzen!E"], units["Finanzen!F"]) == ("%", "%", "1 000 EUR")


def test_a_column_of_another_size_than_its_shares_is_refused() -> None:
    def tenfold(book: Workbook) -> None:
        for row in range(5, 19):
            book[POPULATION][f"D{row}"] = book[POPULATION][f"D{row}"].value * 10

    error = spoiled(tenfold)
    assert "passen in den meisten Zeilen nicht zusammen" in error.what
    assert error.column == f"{POPULATION}!E"


def test_a_head_whose_total_stands_beside_its_part_is_read() -> None:
    book = made.workbook()
    book["Bevölkerungsbewegung"]["E3"] = None
    items = set(read(book).frame["item"])
    assert {"bevoelkerungsbewegung.zugezogene", "bevoelkerungsbewegung.zugezogene.darunter_nichtdeutsch"} <= items


def test_counts_rounded_to_five_may_differ_from_their_shares() -> None:
    book = made.workbook()
    sexes(book, 0.437)
    for row in range(5, 19):
        for column in "EG":
            cell = book[POPULATION][f"{column}{row}"]
            cell.value = 5 * round(cell.value / 5)
    assert read(book).frame.height


def test_shares_of_an_association_whose_members_changed_are_left(reading: Reading) -> None:
    book = made.workbook()
    put(POPULATION, "J18", 7.5)(book)
    assert read(book).frame.height == reading.frame.height


def test_the_first_day_after_the_year_is_no_later_time() -> None:
    book = made.workbook()
    book["Finanzen"]["E3"] = "am 1.1.2022"
    assert {time for _, _, time in figures(read(book).frame, "finanzen.stand_der_schulden.1_000_eur")} == {
        "2022-01-01",
        "2020-12-31",
    }


def exchanged(sheet: str, one: str, other: str) -> Callable[[Workbook], object]:
    def change(book: Workbook) -> None:
        cells = book[sheet][one], book[sheet][other]
        cells[0].value, cells[1].value = cells[1].value, cells[0].value

    return change


def by_age(book: Workbook, few: str = "unter 6", many: str = "15 bis unter 65") -> None:
    """A table of ages beside the total, as the office prints it."""
    shares = {"unter 6": 0.1, "6 bis unter 15": 0.15, "15 bis unter 65": 0.5, "65 oder mehr": 0.25}
    names = [{"unter 6": few, "15 bis unter 65": many}.get(name, name) for name in shares]
    made.fill(
        book.create_sheet("Alter"),
        "Bevölkerung nach Alter in Testland am 31. Dezember 2021",
        [
            [made.KEY, made.AREA, "Insgesamt", "Von der Bevölkerung waren … Jahre alt", *[None] * 3],
            [None, None, None, *names],
            [None, None, "Anzahl", "Anzahl", *[None] * 3],
        ],
        ["A2:A4", "B2:B4", "D2:G2", "D4:G4"],
        {key: (made.total(key), *(made.total(key, share) for share in shares.values())) for key, _ in made.AREAS},
    )


def test_ages_under_their_own_heads_are_read_and_swapped_ones_refused() -> None:
    book = made.workbook()
    by_age(book)
    assert read(book).frame.filter(pl.col("place") == "Alter!F", pl.col("key") == "06")["value"].to_list() == [7300]
    error = spoiled(lambda book: by_age(book, "15 bis unter 65", "unter 6"))
    assert "Wenige Lebensjahre" in error.what
    assert str(error.column).startswith("Alter!")


@pytest.mark.parametrize(
    ("change", "what", "column"),
    [
        (exchanged(POPULATION, "C2", "D2"), "aus einer Fläche gebildet", f"{POPULATION}!D"),
        (put(POPULATION, "K5", 11.5), "je km² passen nicht zusammen", f"{POPULATION}!K"),
        (put(POPULATION, "E5", 7300.5), "keine ganze Zahl", f"{POPULATION}!E"),
    ],
)
def test_heads_over_figures_of_another_kind_are_refused(
    change: Callable[[Workbook], object], what: str, column: str
) -> None:
    error = spoiled(change)
    assert what in error.what
    assert error.column == column


def test_a_density_under_another_head_is_refused() -> None:
    def change(book: Workbook) -> None:
        for row in range(5, 19):
            book[POPULATION][f"K{row}"] = 1015.5

    assert "je km² passen nicht zusammen" in spoiled(change).what


def test_a_key_beside_the_name_of_another_area_is_refused() -> None:
    error = spoiled(exchanged(COMMUTERS, "A9", "A10"))
    assert "Namen eines anderen Gebiets" in error.what
    assert (error.row, error.column, error.found) == (9, COMMUTERS, "498002")

    def alone(book: Workbook) -> None:
        for name in set(book.sheetnames) - {COMMUTERS, "Impressum"}:
            del book[name]

    good = made.workbook()
    alone(good)
    assert read(good).frame.height

    def both(book: Workbook) -> None:
        alone(book)
        exchanged(COMMUTERS, "A9", "A10")(book)

    assert "steigen nicht auf" in spoiled(both).what


@pytest.mark.parametrize(
    ("words", "unit"),
    [
        ("Wohnfläche je Wohnung in m²", "m²"),
        ("Einkünfte je Einwohner in EUR", "EUR"),
        ("Wohnungen je 1 000 Einwohner/-innen", "je 1 000 Einwohner/-innen"),
        ("Wohnungen je 1 000 Einwohner/-innen²⁾", "je 1 000 Einwohner/-innen"),
    ],
)
def test_the_unit_among_other_words(words: str, unit: str) -> None:
    book = made.workbook()
    book["Bevölkerungsbewegung"]["C2"] = words
    found = read(book).frame.filter(pl.col("place") == "Bevölkerungsbewegung!C")
    assert set(found["unit"]) == {unit}
    assert "²" not in found["item_label"][0].replace("m²", "")
