"""Crosstabs of GENESIS and the Regionaldatenbank: every layout is read, every broken file refused at its fault."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from fixtures.formats import crosstab as made

from pipelines.errors import InputError
from pipelines.readers import crosstab, crosstab_parts, crosstab_table
from pipelines.readers.rawfile import RawFile
from pipelines.readers.reading import NOTHING_AGREED, Agreed, Reading

FIGURE = ["source_key", "time", "item", "dimensions", "value", "status"]


def read(content: str | bytes, agreed: Agreed = NOTHING_AGREED) -> Reading:
    raw = content.encode() if isinstance(content, str) else content
    file = RawFile(Path("tabelle.csv"), raw)
    assert crosstab.recognises(file)
    return crosstab.read(file, agreed)


def figure(reading: Reading, **wanted: str) -> dict[str, object]:
    found = reading.frame.filter(*(pl.col(name) == value for name, value in wanted.items()))
    assert found.height == 1, found
    return found.row(0, named=True)


def swapped(text: str, first: int, second: int) -> str:
    """Two columns exchanged in header and figures, as a spreadsheet does it."""
    lines = []
    for line in text.split("\n"):
        cells = line.split(";")
        if len(list(filter(None, cells))) > 2:
            cells[first], cells[second] = cells[second], cells[first]
        lines.append(";".join(cells))
    return "\n".join(lines)


def test_years_in_the_first_column() -> None:
    reading = read(made.years_in_column())
    assert reading.code == "12411-05-01-4"
    assert reading.stand == "20.08.2025 / 09:42:26"
    assert reading.attribution is not None and reading.attribution.startswith("© Statistische Ämter")
    assert reading.notes[1].startswith('zu "gesamte Tabelle": Bevölkerungszahlen')
    assert reading.frame.height == 2 * len(made.KREISE) * 3
    men = figure(reading, key="06999", time="2022", dimensions="KOPF1=maennlich")
    assert (men["row"], men["place"], men["value"], men["unit"]) == (18, "männlich", 2072.0, "Anzahl")
    assert (men["item"], men["item_label"]) == (
        "durchschnittliche_jahresbevoelkerung",
        "Durchschnittliche Jahresbevölkerung",
    )
    assert (men["level"], men["name"], men["time_kind"]) == ("kreis", "Testdaten, Landkreis", "jahresdurchschnitt")
    assert figure(reading, key="06999", time="2023", dimensions="KOPF1=")["dimension_labels"] == "Insgesamt"
    levels = dict(reading.frame.select("source_key", "level").unique().iter_rows())
    assert levels == {
        "DG": "bund", "06": "land", "064": "regierungsbezirk", "06999": "kreis", "06998": "kreis", "06997": "kreis",
        "06999001": "bezirk",
    }  # fmt: skip
    assert figure(reading, source_key="DG", time="2023", dimensions="KOPF1=")["key"] == "00"


def test_dissolved_district_is_not_zero_and_a_missing_year_is_a_gap() -> None:
    frame = read(made.years_in_column()).frame
    gone = frame.filter(pl.col("key") == "06997")
    assert set(gone["status"]) == {"not_applicable"} and gone["value"].null_count() == gone.height
    secret = frame.filter(pl.col("key") == "06999001", pl.col("time") == "2022")
    assert secret["status"].to_list() == ["secret"] * 3 and secret["sign"].to_list() == ["."] * 3


def test_both_meanings_of_a_dash_and_every_sign() -> None:
    reading = read(made.shares())
    graduates, dropouts = "anteil_mit_hochschulreife %", "anteil_ohne_abschluss %"
    zero = figure(reading, key="06998", time="2022", item=graduates)
    assert (zero["status"], zero["value"], zero["sign"]) == ("zero", 0.0, "-")
    assert figure(reading, key="06998", time="2022", item=dropouts)["value"] == 6.0
    signs = {
        (key, time, item): (status, quality, sign)
        for key, time, item, status, quality, sign in reading.frame.select(
            "key", "time", "item", "status", "quality", "sign"
        ).iter_rows()
        if sign is not None
    }
    assert signs == {
        ("06998", "2022", graduates): ("zero", "final", "-"),
        ("06997", "2022", graduates): ("not_applicable", "final", "x"),
        ("06997", "2022", dropouts): ("reported", "limited", "()"),
        # No number on this level in this year, so that the dash of 06997 cannot be zero
        ("06999", "2023", graduates): ("secret", "final", "."),
        ("06999", "2023", dropouts): ("secret", "final", "."),
        ("06998", "2023", graduates): ("uncertain", "final", "/"),
        ("06998", "2023", dropouts): ("later", "final", "..."),
        ("06997", "2023", graduates): ("not_applicable", "final", "-"),
        ("06997", "2023", dropouts): ("not_applicable", "final", "-"),
    }
    assert set(reading.frame["unit"]) == {"Prozent"} and set(reading.frame["time_kind"]) == {"jahr"}


def test_areas_known_to_exist_decide_about_a_dash() -> None:
    alone = made.crosstab("X-4", ("Betriebe (Anzahl)",), (("", "", "", "Betriebe"),), [
        ("2023", "06999", "A", "3"), ("2023", "06998", "B", "-"), ("2023", "06997", "C", "-"),
    ])  # fmt: skip
    statuses = read(alone).frame["status"].to_list()
    assert statuses == ["reported", "not_applicable", "not_applicable"]
    known = Agreed(existing={"kreis": frozenset({"06999", "06998"})})
    assert read(alone, known).frame["status"].to_list() == ["reported", "zero", "not_applicable"]


def test_days_in_the_header_and_keys_of_gemeinden() -> None:
    reading = read(made.days_in_header())
    assert set(reading.frame["time"]) == {"2022-12-31", "2023-12-31"}
    assert set(reading.frame["time_kind"]) == {"stichtag"}
    assert set(reading.frame.filter(pl.col("key").str.len_chars() == 8)["level"]) == {"gemeinde"}
    women = figure(reading, key="06999003", time="2023-12-31", dimensions="KOPF1=weiblich")
    assert (women["value"], women["place"], women["item"]) == (
        2119.0,
        "31.12.2023 / weiblich",
        "bevoelkerungsstand",
    )


def test_year_with_the_day_in_the_title_is_that_day() -> None:
    text = made.days_in_header().replace("31.12.2022", "2022").replace("31.12.2023", "2023")
    assert set(read(text).frame["time"]) == {"2022-12-31", "2023-12-31"}


@pytest.mark.parametrize("merged", [True, False])
def test_four_header_rows(merged: bool) -> None:
    frame = read(made.four_header_rows(merged)).frame.filter(pl.col("key") == "06999", pl.col("time") == "2023")
    assert frame.select("item", "dimensions", "unit", "value").sort("value").rows() == [
        ("wohngebaeude", "KOPF1=mit_1_wohnung; KOPF2=", "Anzahl", 5.0),
        ("wohngebaeude", "KOPF1=mit_1_wohnung; KOPF2=je_einwohner", "Anzahl", 15.0),
        ("wohnungen", "KOPF1=in_wohngebaeuden; KOPF2=", "Anzahl", 25.0),
        ("wohnungen", "KOPF1=in_wohngebaeuden; KOPF2=je_einwohner", "Anzahl", 35.0),
        ("wohnungen", "KOPF1=in_nichtwohngebaeuden; KOPF2=", "1000 qm", 45.0),
    ]


def test_dimension_of_the_rows_and_no_unit() -> None:
    reading = read(made.row_dimension())
    assert (
        figure(reading, key="06999", time="2023-11-01", item="schueler", dimensions="ZEILE1=gymnasien")["value"] == 80
    )
    assert figure(reading, key="06999", time="2023-11-01", item="schulen", dimensions="ZEILE1=")["value"] == 9
    assert set(reading.frame["unit"]) == {""} and "Maßeinheit" in reading.notes[0]


@pytest.mark.parametrize(
    ("title", "time", "kind"),
    [
        ("Stichtag: 31.12.2023", "2023-12-31", "stichtag"),
        ("Gemeinden am 30.06.2023", "2023-06-30", "stichtag"),
        ("Berichtsjahr 2023", "2023", "jahr"),
        ("2023", "2023", "jahr"),
        ("Schuljahr 2023/24", "2023/2024", "zeitraum"),
        ("Schuljahr 2023/24 - Stichtag 01.11.2023", "2023-11-01", "stichtag"),
        ("Stichtag 31.12.2023 - regionale Tiefe: Kreise und krfr. Städte", "2023-12-31", "stichtag"),
        ("Gebietsfläche zum 31.12.2023 nach Kreisen", "2023-12-31", "stichtag"),
        ("Jahr 2023, Stichtag 31. Dezember 2023 (Gebietsstand 01.01.2024)", "2023-12-31", "stichtag"),
        ("Jahressumme 2023", "2023", "jahr"),
        ("Jahr 2023 - regionale Tiefe: Kreise", "2023", "jahr"),
        ("Jahresdurchschnitt 2023 auf Grundlage des Zensus 2011", "2023", "jahresdurchschnitt"),
        ("Februar 2024", "2024-02-01/2024-02-29", "zeitraum"),
        ("3. Quartal 2023", "2023-07-01/2023-09-30", "zeitraum"),
        ("Studierende im Wintersemester 2022/23", "2022-10-01/2023-03-31", "zeitraum"),
    ],
)
def test_time_in_a_title_line(title: str, time: str, kind: str) -> None:
    frame = read(made.time_in_title(title)).frame
    assert set(frame["time"]) == {time} and set(frame["time_kind"]) == {kind}


def test_time_from_the_agreement_only_where_the_file_has_none() -> None:
    without = made.time_in_title("")
    with pytest.raises(InputError, match="nennt keine Zeit") as caught:
        read(without)
    assert "--zeit 2022-12-31" in caught.value.remedy and "als time im Lieferschein" in caught.value.remedy
    assert set(read(without, Agreed(time="2023-12-31")).frame["time"]) == {"2023-12-31"}
    # The day of the areas is not the day of the figures
    with pytest.raises(InputError, match="nennt keine Zeit"):
        read(made.time_in_title("Gebietsstand zum 31.12.2023"))
    for title in ("Stichtag: 31.12.2023", "Jahr 2023 - regionale Tiefe: Kreise", "zum 31.12.2023 nach Kreisen"):
        with pytest.raises(InputError, match="Die Zeit ist nicht die angegebene"):
            read(made.time_in_title(title), Agreed(time="2022-12-31"))


@pytest.mark.parametrize(
    ("title", "what", "found"),
    [
        ("Stichtag 31.12.2022 und 31.12.2023", "mehrere Zeiten", "2022-12-31, 2023-12-31"),
        ("Jahre 2021 bis 2023", "mehrere Zeiten", "2021, 2023"),
        ("Jahr 2022 - Stichtag 31.12.2023", "mehrere Zeiten", "2022, 2023-12-31"),
        ("Januar bis März 2023", "mehrere Zeiten", "Januar, März 2023"),
        ("Quartal 2023", "kein Jahr und kein Tag", "Quartal 2023"),
        ("1. Quartal 2023 und 2. Quartal 2023", "mehrere Zeiten", "1. Quartal 2023, 2. Quartal 2023"),
        ("Stichtag 31.02.2023", "kein Jahr und kein Tag", "31.02.2023"),
    ],
)
def test_a_title_whose_time_is_not_one_is_refused(title: str, what: str, found: str) -> None:
    with pytest.raises(InputError, match=what) as caught:
        read(made.time_in_title(title), Agreed(time="2023"))
    assert caught.value.found == found


def test_items_and_units_in_rows_with_quality_beside() -> None:
    reading = read(made.units_in_rows())
    area = figure(reading, key="06998", item="flaeche", time="2023-12-31")
    assert (area["value"], area["unit"], area["quality"], area["sign"]) == (10.54, "qkm", "provisional", "p")
    people = figure(reading, key="06999", item="bevoelkerungsstand", time="2023-12-31")
    assert (people["value"], people["unit"], people["quality"], people["sign"]) == (130.0, "Anzahl", "final", None)


@pytest.mark.parametrize(
    "form",
    [
        lambda text: text.encode("iso-8859-1"),
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.replace("\n", "\r\n").encode("utf-8"),
        lambda text: swapped(text, 0, 2).encode(),
        lambda text: swapped(text, 1, 2).encode(),
        lambda text: swapped(text, 3, 5).encode(),
        lambda text: swapped(text, 2, 4).encode(),
        lambda text: "\n".join(f"{line};" if line.count(";") == 5 else line for line in text.split("\n")).encode(),
    ],
    ids=["latin-1", "bom", "crlf", "year-name", "key-name", "figures", "name-figures", "padded"],
)
def test_other_forms_give_the_same_table(form: Callable[[str], bytes]) -> None:
    text = made.years_in_column()
    assert read(form(text)).frame.select(FIGURE).sort(FIGURE).equals(read(text).frame.select(FIGURE).sort(FIGURE))


def test_rows_left_out_on_demand_are_said_and_rows_lost_are_refused() -> None:
    whole = made.years_in_column()
    lost = whole.replace("2022;06998;      Nebenan, Landkreis;4154;2072;2082\n", "")
    assert lost != whole
    with pytest.raises(InputError, match="fehlen Zeilen") as caught:
        read(lost)
    assert caught.value.expected == "14 Zeilen (Zeit × Gebiet × Merkmal); leere sind nicht ausgeblendet, siehe Zeile 13"
    compressed = "\n".join(line for line in whole.split("\n") if not line.endswith("-;-;-"))
    assert read(compressed).frame.filter(pl.col("value").is_not_null()).height == read(whole).frame["value"].count()
    assert (
        "fehlen 1"
        in read(
            compressed.replace("2022;064;", "#").split("#")[0] + compressed[compressed.index("2022;06999;") :]
        ).notes[0]
    )


ROW = "2023;06999;      Testdaten, Landkreis;4156;2073;2083"


@pytest.mark.parametrize(
    ("old", "new", "what", "row", "column", "found"),
    [
        ("Stand: 20.08.2025 / 09:42:26\n", "", "abgeschnitten", 21, "alle", "eine Zeile mit"),
        (ROW, f"{ROW};7", "nicht so viele Zellen", 11, "alle", "7 Zellen"),
        (ROW, ROW.replace("4156", "4156 EUR"), "weder eine Zahl noch", 11, "Insgesamt", "4156 EUR"),
        (ROW, ROW.replace("4156", ""), "weder eine Zahl noch", 11, "Insgesamt", "leer"),
        (ROW, ROW.replace("4156", "4.156"), "weder eine Zahl noch", 11, "Insgesamt", "4.156"),
        (ROW, ROW.replace("4156", "k"), "weder eine Zahl noch", 11, "Insgesamt", "k"),
        (ROW, ROW.replace("4156", "9" * 16), "weder eine Zahl noch", 11, "Insgesamt", "9" * 16),
        (ROW, ROW.replace("      Testdaten, Landkreis", ""), "nicht wie erwartet", 11, "Zelle 3", "leer"),
        (ROW, f"{ROW}\n{ROW}", "steht zweimal", 12, "Insgesamt", "noch einmal für 06999, 2023"),
        (ROW, ROW.replace("06999", "6999"), "führende Null verloren", 11, "Zelle 2", "4 Ziffern"),
        (ROW, ROW.replace("06999", "069990"), "nicht wie erwartet", 11, "Zelle 2", "6 Ziffern"),
        (ROW, ROW.replace("06999", "99999"), "nicht wie erwartet", 11, "Zelle 2", "5 Ziffern"),
        (ROW, ROW.replace("2023", "31.02.2023"), "kein Jahr und kein Tag", 11, "alle", "31.02.2023"),
        ("männlich;weiblich", "Insgesamt;weiblich", "steht zweimal", 8, "Insgesamt", "für DG, 2023"),
        ("männlich;weiblich", ";weiblich", "steht zweimal", 8, "Insgesamt", "für DG, 2023"),
        (";;;Insgesamt;männlich;weiblich\n", "", "keine Kopfzeile", 6, "alle", "keine"),
        ("GENESIS-Tabelle: 12411-05-01-4", "Tabelle 12411", None, None, None, None),
        ("Jahresbevölkerung (Anzahl)", "Jahresbev\ufffdlkerung (Anzahl)", "Umlaute gingen", 6, "alle", "\ufffd"),
        ("__________\n", f"__________\n{ROW}\n", "Im Fuß der Tabelle", 23, "alle", "6 Zellen"),
    ],
)
def test_broken_files_are_refused_where_they_are_broken(
    old: str, new: str, what: str | None, row: int | None, column: str | None, found: str | None
) -> None:
    text = made.years_in_column()
    assert old in text
    broken = RawFile(Path("tabelle.csv"), text.replace(old, new, 1).encode())
    if what is None:
        assert not crosstab.recognises(broken)
        return
    with pytest.raises(InputError, match=what) as caught:
        crosstab.read(broken, NOTHING_AGREED)
    assert (caught.value.row, caught.value.column) == (row, column)
    assert str(found) in str(caught.value.found)


@pytest.mark.parametrize("end", (*range(100, 1200, 100), 1280, 1290))
def test_every_cut_is_noticed(end: int) -> None:
    text = made.years_in_column()
    assert end < len(text)
    with pytest.raises(InputError):
        read(text[:end])


def test_tables_without_keys_or_with_foreign_units_are_refused() -> None:
    names = "\n".join(
        ";".join(line.split(";")[:1] + line.split(";")[2:]) if line.count(";") == 5 else line
        for line in made.years_in_column().split("\n")
    )
    with pytest.raises(InputError, match="keine Schlüssel") as caught:
        read(names)
    assert "Schlüssel (Codes)" in caught.value.remedy
    with pytest.raises(InputError, match="Maßeinheit ist nicht bekannt") as caught:
        read(made.shares().replace("Prozent;Prozent", "Prozent;Scheffel"))
    assert (caught.value.row, caught.value.found) == (5, "Scheffel")


def test_levels_without_a_number_are_left_out_and_said() -> None:
    text = made.time_in_title()
    reading = read(text)
    assert [(entry.what, entry.rows) for entry in reading.refused] == [("Ebene bezirk, gemeinden, 2023-12-31", 1)]
    with pytest.raises(InputError, match="keine Zahl, die sich verwenden lässt") as caught:
        read(text, Agreed(level="bezirk"))
    assert caught.value.expected == "Zahlen der Ebene bezirk"


@pytest.mark.parametrize(
    ("agreed", "what"),
    [
        (Agreed(code="12411-01-01-4"), "Die Tabelle ist nicht die angegebene"),
        (Agreed(time="2019"), "Die Zeit ist nicht die angegebene"),
        (Agreed(level="gemeinde"), "keine Zahl"),
        (Agreed(keys=("06432",)), "fehlen in der Datei"),
    ],
)
def test_what_contradicts_the_agreement_is_refused(agreed: Agreed, what: str) -> None:
    with pytest.raises(InputError, match=what):
        read(made.years_in_column(), agreed)


def test_what_is_as_agreed_is_read() -> None:
    agreed = Agreed(code="12411-05-01-4", time="2022", level="kreis", basis="Zensus2011", keys=("06999", "06998"))
    assert set(read(made.years_in_column(), agreed).frame["basis"]) == {"Zensus2011"}


def test_a_table_too_large_for_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crosstab_table, "FIGURES", 41)
    with pytest.raises(InputError, match="zu groß") as caught:
        read(made.years_in_column())
    assert caught.value.found == "14 Zeilen mit je 3 Zahlen"
    monkeypatch.setattr(crosstab_parts, "LIMIT", 1000)
    with pytest.raises(InputError, match="zu groß"):
        read(made.years_in_column())


def test_a_row_of_figures_in_the_foot_is_refused_and_one_of_words_is_not() -> None:
    text = made.years_in_column()
    noted = text.replace("Differenzen", "Umsätze; in Euro; ohne Steuer; Differenzen; a; b")
    assert read(noted).frame.equals(read(text).frame)


def test_other_files_are_not_recognised() -> None:
    for content in (b"", b"a;b\n1;2\n", b"Tabelle;1\n", "Tabelle: 1000A-0000\n".encode("utf-16"), b"PK\x03\x04broken"):
        assert not crosstab.recognises(RawFile(Path("x.csv"), content))


@pytest.mark.parametrize("name", made.examples())
def test_every_example_is_read(name: str) -> None:
    assert read(made.examples()[name], Agreed(time=made.AGREED.get(name))).frame.height


def test_exchanged_headings_show_in_a_part_above_its_total() -> None:
    text = made.years_in_column()
    with pytest.raises(InputError, match="Ein Teil ist größer als seine Summe") as caught:
        read(text.replace("Insgesamt;männlich;weiblich", "männlich;Insgesamt;weiblich"))
    assert (caught.value.row, caught.value.column) == (8, "männlich")
    assert caught.value.expected == "höchstens 2043 wie in Zeile 8, Spalte Insgesamt (Insgesamt)"
    assert str(caught.value.found).startswith("4090 (DG, 2023, Durchschnittliche Jahresbevölkerung männlich")


def test_negative_counts_are_refused_and_negative_balances_read() -> None:
    broken = made.years_in_column().replace(ROW, ROW.replace("4156", "-4156"))
    with pytest.raises(InputError, match="Eine Anzahl ist negativ") as caught:
        read(broken)
    assert (caught.value.row, caught.value.column) == (11, "Insgesamt")
    balance = broken.replace("Durchschnittliche Jahresbevölkerung (Anzahl)", "Wanderungssaldo (Anzahl)")
    assert read(balance).frame["value"].min() == -4156


@pytest.mark.parametrize("day", ["{} December {}", "{}.12.{}", "{1}-12-{0}"])
def test_the_english_edition_gives_the_days_and_figures_it_names(day: str) -> None:
    reading = read(made.english(day))
    assert set(reading.frame["time"]) == {"2022-12-31", "2023-12-31"}
    assert set(reading.frame["time_kind"]) == {"stichtag"} and reading.stand == "20 August 2025 / 09:42:26"
    men = figure(reading, key="06999003", time="2023-12-31", dimensions="KOPF1=male")
    assert (men["value"], men["item"], men["unit"]) == (2103.0, "population", "number")
    area = figure(reading, key="06999003", time="2022-12-31", item="area")
    assert (area["value"], area["dimensions"]) == (1.5, "KOPF1=")
    for broken, what in (
        ("{} Decembre {}", "in einer Form, die nicht gelesen wird"),
        ("{} February {}", "kein Jahr und kein Tag"),
    ):
        with pytest.raises(InputError, match=what):
            read(made.english(broken))


@pytest.mark.parametrize(
    ("title", "time", "kind"),
    [
        ("Reference date: 31 December 2023", "2023-12-31", "stichtag"),
        ("Population as of 31.12.2023", "2023-12-31", "stichtag"),
        ("Year 2023 - regional level: districts (territorial status: 1 January 2024)", "2023", "jahr"),
        ("Annual average 2023, based on the census 2022", "2023", "jahresdurchschnitt"),
        ("School year 2023/24", "2023/2024", "zeitraum"),
        ("February 2024", "2024-02-01/2024-02-29", "zeitraum"),
    ],
)
def test_time_in_an_english_title(title: str, time: str, kind: str) -> None:
    frame = read(made.time_in_title(title)).frame
    assert set(frame["time"]) == {time} and set(frame["time_kind"]) == {kind}


def test_an_english_year_with_its_day_or_average_in_the_title_is_none_of_the_calendar() -> None:
    years = made.english("{1}").replace("reference date -", "Reference date 31 December -")
    assert set(read(years).frame["time"]) == {"2022-12-31", "2023-12-31"}
    average = read(made.english("{1}").replace("reference date -", "annual average -")).frame
    assert set(average["time_kind"]) == {"jahresdurchschnitt"} and set(average["time"]) == {"2022", "2023"}


PERSON = ("Zacharias Beispielmann", "01.02.1980", "12345678901", "Az. 4711/20")


@pytest.mark.parametrize("cell", PERSON)
def test_no_message_repeats_a_cell_that_may_tell_of_a_person(cell: str) -> None:
    for broken in (ROW.replace("06999", cell), ROW.replace("2023", cell)):
        with pytest.raises(InputError) as caught:
            read(made.years_in_column().replace(ROW, broken))
        assert cell not in str(caught.value)


PARTS_OF_YEARS = {
    "WS 2022/23": "2022-10-01/2023-03-31",
    "Sommersemester 2022": "2022-04-01/2022-09-30",
    "1. Quartal 2022": "2022-01-01/2022-03-31",
    "4. Vierteljahr 2022": "2022-10-01/2022-12-31",
    "2. Halbjahr 2022": "2022-07-01/2022-12-31",
    "2022 Q2": "2022-04-01/2022-06-30",
    "Februar 2024": "2024-02-01/2024-02-29",
    "2022-01": "2022-01-01/2022-01-31",
}


@pytest.mark.parametrize("written", PARTS_OF_YEARS)
def test_parts_of_a_year_in_a_column_and_in_a_heading(written: str) -> None:
    time = PARTS_OF_YEARS[written]
    column = read(made.years_in_column((2022,)).replace("\n2022;", f"\n{written};")).frame
    heading = read(made.days_in_header().replace("31.12.2023", written)).frame
    assert set(column["time"]) == {time} and set(column["time_kind"]) == {"zeitraum"}
    assert set(heading["time"]) == {"2022-12-31", time}
    assert set(column["dimensions"]) == {"KOPF1=", "KOPF1=maennlich", "KOPF1=weiblich"}


@pytest.mark.parametrize("agreed", [NOTHING_AGREED, Agreed(time="2022-12-31"), Agreed(time="2022")])
@pytest.mark.parametrize("written", ["31.12.2023 p", "2020-2022", "2023 (p)", "01.01.-30.06.2023", "am 30.06.2023"])
def test_no_agreed_time_takes_the_place_of_one_in_a_heading(written: str, agreed: Agreed) -> None:
    text = made.days_in_header()
    with pytest.raises(InputError, match="Zeit in einer Form, die nicht gelesen wird") as caught:
        read(text.replace("31.12.2023", written), agreed)
    # The other headings are days as they should be
    assert (caught.value.row, caught.value.column, caught.value.found) == (7, "Zelle 6", written)
    assert "--zeit" not in caught.value.remedy
    assert set(read(text).frame["time"]) == {"2022-12-31", "2023-12-31"}


@pytest.mark.parametrize("written", ["2022p", "WS 2022/2", "Winter 2022/23"])
def test_no_agreed_time_takes_the_place_of_one_in_a_label(written: str) -> None:
    text = made.years_in_column((2022,)).replace("\n2022;", f"\n{written};")
    with pytest.raises(InputError, match="Zeit in einer Form, die nicht gelesen wird") as caught:
        read(text, Agreed(time="2022"))
    assert (caught.value.row, caught.value.column) == (8, "Zelle 1")
    assert written not in str(caught.value) and "--zeit" not in caught.value.remedy


def test_a_month_that_may_be_a_school_year_is_refused() -> None:
    with pytest.raises(InputError, match="kein Jahr und kein Tag") as caught:
        read(made.years_in_column((2022,)).replace("\n2022;", "\n2010-11;"))
    assert caught.value.found == "2010-11"


@pytest.mark.parametrize(
    "label", ["Veränderung gegenüber 2021", "Gebäude 1990 und später", "2015 = 100", "Industrie (WZ 2008)", "2000 Euro"]
)
def test_years_of_comparisons_and_classes_are_no_times_of_a_table(label: str) -> None:
    text = made.time_in_title("").replace("Gemeinden\n", f"{label}\n", 1)
    assert label in text
    for agreed, content in ((Agreed(time="2022"), text), (NOTHING_AGREED, text.replace("Testdaten", "Jahr 2022", 1))):
        assert set(read(content, agreed).frame["time"]) == {"2022"}


def test_a_time_in_the_title_and_another_one_in_a_heading_is_refused() -> None:
    text = made.days_in_header().replace("31.12.2023", "31.12.2023 p").replace("Stichtag 31.12.", "Stichtag 31.12.2022")
    with pytest.raises(InputError, match="Zeit in einer Form, die nicht gelesen wird") as caught:
        read(text)
    assert caught.value.expected == "keine andere Zeit als 2022-12-31"


def with_units(*units: str, headings: tuple[str, ...] = ("Hausmüll", "Sperrmüll")) -> str:
    rows = [("2022", key, name, "11", "4,5") for key, name in made.KREISE[:4]]
    header = [("", "", "", *headings)] + ([("", "", "", *units)] if units else [])
    return made.crosstab("32121-01-02-4", ("Abfälle - Jahressumme - Kreise", "Testdaten"), header, rows)


@pytest.mark.parametrize(
    "units",
    [
        *(("1000", "1000"), ("in 1000", "1 000"), ("Tonnen", "Tonnen"), ("Tonnen", "kg je Einwohner"), ("kg", "kg")),
        *(
            ("Tausend Euro", "Tsd. EUR"),
            ("Millionen Euro", "Mrd. EUR"),
            ("Kinder je Frau", "Jahre"),
            ("Jahre", "Jahre"),
        ),
        *(("Personen", "Personen"), ("in Tsd. Euro", "in %")),
    ],
)
def test_units_below_items_are_units_and_no_dimension(units: tuple[str, str]) -> None:
    frame = read(with_units(*units)).frame
    assert set(frame["dimensions"]) == {""}
    assert dict(frame.select("item_label", "unit").unique().iter_rows()) == dict(
        zip(("Hausmüll", "Sperrmüll"), units, strict=True)
    )


def test_a_row_of_unknown_units_is_refused_and_one_of_a_dimension_is_read() -> None:
    for units in (("Scheffel", "Scheffel"), ("Scheffel", "Malter")):
        with pytest.raises(InputError, match="unterste Kopfzeile nennt keine bekannte Maßeinheit") as caught:
            read(with_units(*units))
        assert (caught.value.row, caught.value.found) == (5, "Scheffel")
    with pytest.raises(InputError, match="Maßeinheit im Titel ist nicht bekannt") as caught:
        read(made.years_in_column().replace("(Anzahl)", "(1000 Zentner)"))
    assert (caught.value.row, caught.value.found) == (6, "1000 Zentner")
    frame = read(with_units("Insgesamt", "männlich", headings=("Schüler", "Schüler"))).frame
    assert set(frame["dimensions"]) == {"KOPF1=", "KOPF1=maennlich"} and set(frame["item"]) == {"schueler"}
    assert set(read(with_units()).frame["unit"]) == {""}


@pytest.mark.parametrize("last", ["31.12.2017", "Stichtag: 31.12.2017", "2017", "Konten: Auszahlungen insgesamt"])
@pytest.mark.parametrize("unit", ["Anzahl", "1000"])
def test_the_title_line_with_item_and_unit_stands_above_the_time(last: str, unit: str) -> None:
    rows = [(key, name, *made.figures(key, 2017)) for key, name in made.KREISE[:5]]
    header = (("", "", "Insgesamt", "männlich", "weiblich"),)
    titles = ("Bevölkerung - Stichtag 31.12. -", "Fortschreibung (Testdaten)", f"Bevölkerung ({unit})", last)
    agreed = Agreed(time="2017-12-31")
    frame = read(made.crosstab("12411-01-01-4", titles, header, rows), agreed).frame
    assert set(frame["item"]) == {"bevoelkerung"} and set(frame["unit"]) == {unit}
    assert set(frame["time"]) == {"2017-12-31"}


def test_shares_outside_the_whole_are_refused_and_other_percentages_read() -> None:
    text = made.shares()
    for number, what in (("-5", "Ein Anteil ist negativ"), ("2019", "Ein Anteil ist größer als das Ganze")):
        broken = text.replace("25,3", number)
        with pytest.raises(InputError, match=what) as caught:
            read(broken)
        assert caught.value.row == 9 and caught.value.column == "Anteil mit Hochschulreife / Prozent"
        assert caught.value.expected == "0 bis 100 %" and str(caught.value.found).startswith(f"{number} (06999, 2022")
        for other in ("Hebesatz", "Veränderung des Anteils", "Sparquote"):
            assert read(broken.replace("Anteil mit Hochschulreife", other)).frame["value"].is_in([float(number)]).any()
    assert read(text.replace("25,3", "100")).frame["value"].max() == 100


@pytest.mark.parametrize(
    "foot",
    [
        "© Statistisches Testamt, 2025 | Stand: 15.07.2025 / 10:12:22",
        "Stand: 15.07.2025 / 10:12:22\n\n© Statistisches Testamt, 2025",
        '"(C)opyright Statistisches Testamt, 2025\nmit Lizenz."\nStand: 15.07.2025 / 10:12:22',
    ],
)
def test_feet_of_other_forms_hold_date_and_attribution(foot: str) -> None:
    text = made.years_in_column()
    reading = read(text[: text.index('"©')] + foot + "\n")
    assert reading.stand == "15.07.2025 / 10:12:22"
    assert reading.attribution is not None and "Statistisches Testamt, 2025" in reading.attribution
    assert reading.notes == read(text).notes and reading.frame.equals(read(text).frame)
    for cut in ("Stand: 15.07.2025 / 10:12:22", "7.2025 / 10:12:22", ":22"):
        with pytest.raises(InputError, match="abgeschnitten"):
            read(text[: text.index('"©')] + foot.replace(cut, "") + "\n")


def test_the_name_of_a_dimension_of_some_columns() -> None:
    rows = [("2022", key, name, "3", "40", "15", "25") for key, name in made.KREISE[:4]]
    header = (
        ("", "", "", "Schulen", "Schüler", "Schüler", "Schüler"),
        ("", "", "", "", "Geschlecht", "", ""),
        ("", "", "", "", "Insgesamt", "männlich", "weiblich"),
        ("", "", "", *["Anzahl"] * 4),
    )
    frame = read(made.crosstab("21111-01-03-4", ("Schulen und Schüler - Jahr", "Testdaten"), header, rows)).frame
    assert set(frame.select("item", "dimensions").unique().iter_rows()) == {
        ("schulen", ""),
        ("schueler", "GESCHLECHT="),
        ("schueler", "GESCHLECHT=maennlich"),
        ("schueler", "GESCHLECHT=weiblich"),
    }
