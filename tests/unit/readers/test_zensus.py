"""Tables of the Zensus: all forms give the same figures, and what is broken is refused."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from fixtures.formats import zensus as made

from pipelines.errors import InputError
from pipelines.readers import crosstab, ffcsv, zensus
from pipelines.readers.rawfile import RawFile
from pipelines.readers.reading import NOTHING_AGREED, Agreed, Reading

SAME = [
    "key", "source_key", "level", "name", "time", "time_kind", "item_label", "dimension_labels", "value", "unit",
    "status", "quality", "sign",
]  # fmt: skip


def read(content: bytes, agreed: Agreed = NOTHING_AGREED) -> Reading:
    file = RawFile(Path("tabelle"), content)
    assert zensus.recognises(file) and not crosstab.recognises(file)
    return zensus.read(file, agreed)


def figures(reading: Reading) -> list[tuple[object, ...]]:
    return reading.frame.select(SAME).sort(SAME).rows()


def test_crosstab_workbook_and_flat_form_give_the_same_figures() -> None:
    flat = figures(ffcsv.read(RawFile(Path("flat.csv"), made.as_flat()), NOTHING_AGREED))
    assert len(flat) == len(made.GEMEINDEN) * len(made.COLUMNS)
    assert figures(read(made.as_csv(made.grid()))) == flat
    assert figures(read(made.packed(made.as_workbook(made.grid())))) == flat


def test_so_do_they_without_columns_of_quality() -> None:
    flat = figures(ffcsv.read(RawFile(Path("flat.csv"), made.as_flat(quality=False)), NOTHING_AGREED))
    assert figures(read(made.as_csv(made.grid(quality=False)))) == flat
    assert figures(read(made.packed(made.as_workbook(made.grid(quality=False))))) == flat


def test_figures_keys_and_signs() -> None:
    reading = read(made.as_csv(made.grid()))
    frame = reading.frame
    assert set(frame["key"]) == {"06999001", "06999002", "06999003"} and set(frame["level"]) == {"gemeinde"}
    assert set(frame["basis"]) == {"Zensus2022"} and set(frame["time"]) == {"2022-05-15"}
    assert reading.attribution == made.FOOT
    women, men = "GESCHLECHT=weiblich; ", "GESCHLECHT=maennlich; "
    young, old = "ALTER_10ER_JAHRESGRUPPEN=unter_10_jahre", "ALTER_10ER_JAHRESGRUPPEN=10_jahre_und_aelter"
    signed = frame.filter(pl.col("sign").is_not_null())
    assert {row[:2]: row[2:] for row in signed.select("key", "dimensions", "value", "status", "quality").rows()} == {
        ("06999001", men + young): (None, "uncertain", "final"),
        ("06999002", women + old): (None, "secret", "final"),
        ("06999002", men + "ALTER_10ER_JAHRESGRUPPEN="): (0.0, "zero", "final"),
        ("06999003", women + young): (None, "not_applicable", "final"),
        ("06999003", men + old): (12.0, "reported", "limited"),
    }


def test_several_items_and_items_in_rows() -> None:
    frame = read(made.several_items()).frame
    found = frame.filter(pl.col("key") == "06999002").select("item", "value", "unit").sort("item").rows()
    assert found == [("bevoelkerungsdichte", 11.0, "Ew/qkm"), ("flaeche", 10.55, "qkm"), ("personen", 120.0, "Anzahl")]
    rows = read(made.items_in_rows()).frame
    assert rows.select("item", "value", "unit").rows() == [("personen", 100.0 + at, "Anzahl") for at in range(3)]


def test_english_words_and_decimal_points() -> None:
    text = made.several_items().decode("utf-8-sig")
    for german, english in (("10,55", "10.55"), ("15.05.2022", "2022-05-15"), ("Anzahl", "number"), ("Ew/", "Inh/")):
        text = text.replace(german, english)
    assert figures(read(text.encode()))[0][8:10] == (11.0, "Inh/qkm")
    assert set(read(text.encode()).frame.filter(pl.col("item") == "flaeche")["value"]) == {10.55}
    with pytest.raises(InputError, match="weder eine Zahl"):
        read(text.replace(";120;", ";1.120;").replace("10.55", "10.550").encode())


def test_areas_above_the_gemeinde() -> None:
    text = made.several_items().decode("utf-8-sig")
    keys = zip(("069990001001", "069990002002", "069995003003"), ("DG", "06999", "069995003"), strict=True)
    for old, new in keys:
        text = text.replace(old, new)
    frame = read(text.encode()).frame.select("key", "level").unique(maintain_order=True)
    assert frame.rows() == [("00", "bund"), ("06999", "kreis"), ("069995003", "verband")]


def test_broken_tables_are_refused() -> None:
    whole = made.as_csv(made.grid()).decode("utf-8-sig")
    broken = {
        "abgeschnitten": whole.replace(made.FOOT, ""),
        "führende Null verloren": whole.replace("069990002002", "69990002002"),
        "anderen Stichtag": whole.replace(f"\n{made.DAY};", "\n31.12.2023;"),
        "Zeichen zur Qualität|nicht wie erwartet": whole.replace(";e;", ";?;", 1),
        "nicht so viele Zellen": whole.replace(";e;", ";e;;", 1),
        "steht zweimal": whole.replace("männlich", "weiblich"),
        "zwei Stellen": whole.replace("\n;;Personen;", "\n;;" + ";".join(["2022"] * 18) + "\n;;Personen;"),
    }
    for what, text in broken.items():
        assert text != whole
        with pytest.raises(InputError, match=what):
            read(text.encode())


@pytest.mark.parametrize("line", range(3, 8))
def test_a_lost_header_row_is_noticed(line: int) -> None:
    grid = made.grid(quality=False)
    with pytest.raises(InputError):
        read(made.as_csv(grid[:line] + grid[line + 1 :]))


def test_dimensions_of_which_only_the_total_was_chosen_keep_their_name() -> None:
    chosen = [[cell for at, cell in enumerate(line) if at < 5] for line in made.grid(quality=False)]
    found = read(made.as_csv(chosen)).frame["dimensions"].unique().sort().to_list()
    assert found == [
        "GESCHLECHT=; ALTER_10ER_JAHRESGRUPPEN=",
        "GESCHLECHT=; ALTER_10ER_JAHRESGRUPPEN=10_jahre_und_aelter",
        "GESCHLECHT=; ALTER_10ER_JAHRESGRUPPEN=unter_10_jahre",
    ]


def test_marks_of_quality_belong_to_their_column() -> None:
    grid = made.grid()
    for line in grid:
        line[3], line[13] = line[13], line[3]
    with pytest.raises(InputError, match="nicht wie erwartet") as caught:
        read(made.as_csv(grid))
    assert caught.value.column == "Zelle 4"
    grid = made.grid()
    dropped = [line[:5] + line[6:] for line in grid]
    with pytest.raises(InputError, match="nicht wie erwartet"):
        read(made.as_csv(dropped))


def test_moved_columns_with_all_their_headings_give_the_same() -> None:
    grid = made.grid(quality=False)
    moved = [line[::-1] if line[1] or line[-1] else line for line in grid]
    assert figures(read(made.as_csv(moved))) == figures(read(made.as_csv(grid)))


def test_workbooks_hold_numbers_texts_and_foreign_things() -> None:
    book = made.as_workbook(made.grid())
    sheet = book[made.CODE]
    sheet["A11"] = 69990001001
    with pytest.raises(InputError, match="führende Null verloren") as caught:
        read(made.packed(book))
    assert (caught.value.row, caught.value.column) == (11, "Zelle 1")
    book = made.as_workbook(made.grid())
    book[made.CODE]["C11"] = "=1+1"
    with pytest.raises(InputError, match="Formel"):
        read(made.packed(book))
    book = made.as_workbook(made.grid())
    book.create_sheet("Deckblatt", 0)["A1"] = "Testdaten"
    assert figures(read(made.packed(book))) == figures(read(made.as_csv(made.grid())))


@pytest.mark.parametrize(
    ("agreed", "what"),
    [
        (Agreed(code="1000A-0000"), "Die Tabelle ist nicht die angegebene"),
        (Agreed(time="2011-05-09"), "Die Zeit ist nicht die angegebene"),
        (Agreed(basis="Zensus2011"), "Die Basis ist nicht die angegebene"),
        (Agreed(level="kreis"), "keine Zahl"),
    ],
)
def test_what_contradicts_the_agreement_is_refused(agreed: Agreed, what: str) -> None:
    with pytest.raises(InputError, match=what):
        read(made.as_csv(made.grid()), agreed)


@pytest.mark.parametrize("name", made.examples())
def test_every_example_is_read(name: str) -> None:
    assert read(made.examples()[name]).frame.height
