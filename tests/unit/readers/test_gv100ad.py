"""GV100AD: characters, not bytes; the date is that of the areas; what is missing or cut is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fixtures.formats.gv100ad import examples, gemeinde, record, records, text

from pipelines.errors import InputError
from pipelines.readers import gv100ad
from pipelines.readers.gv100ad import read as read_file
from pipelines.readers.gv100ad import recognises
from pipelines.readers.rawfile import RawFile
from pipelines.readers.reading import Agreed, Reading

LINE = next(at for at, line in enumerate(records()) if "Bestadt" in line and line.startswith("60"))


def read(content: bytes | str, **agreed: Any) -> Reading:
    raw = content.encode() if isinstance(content, str) else content
    return read_file(RawFile(Path("gv100ad.txt"), raw), Agreed(**agreed))


def changed(at: int, new: str | None) -> str:
    """The file with another record in place of one, or without it."""
    found = records()
    found[at : at + 1] = [] if new is None else [new]
    return text(found)


@pytest.mark.parametrize("name", examples())
def test_both_encodings_give_the_same_table(name: str) -> None:
    content = examples()[name]
    assert recognises(RawFile(Path(name), content))
    reading = read(content, time="2022-12-31")
    assert reading.frame.equals(read(text(), time="2022-12-31").frame)
    row = reading.frame.filter(key="06999003", item="flaeche").row(0, named=True)
    assert (row["value"], row["unit"], row["time"], row["name"]) == (725, "ha", "2023-11-30", "Groß-Cehausen")
    assert row["source_key"] == "069990035001"


def test_population_needs_an_agreed_day() -> None:
    reading = read(text())
    assert set(reading.frame["item"]) == {"flaeche"}
    assert next(one for one in reading.refused if "Bevölkerung" in one.what).rows == 2 * 19
    people = read(text(), time="2022-12-31", basis="Zensus2011").frame.filter(item="bevoelkerung", key="06999002")
    assert people.select("dimensions", "value", "time", "basis").rows() == [
        ("GESCHLECHT=", 12345, "2022-12-31", "Zensus2011"),
        ("GESCHLECHT=maennlich", 6000, "2022-12-31", "Zensus2011"),
    ]
    assert reading.waits_for_time and not read(text(), time="2022-12-31").waits_for_time
    assert read(text(), time="2023-11-30").frame.height == 3 * 19
    for day in ("2023-12-01", "2022", "2022-05-01", "1900-01-01", "31.12.2022"):
        with pytest.raises(InputError, match="Tag der Bevölkerung") as caught:
            read(text(), time=day)
        assert "von 2022-05-19 bis 2023-11-30" in str(caught.value.expected)


def test_text_mark_tells_gemeindefreie_gebiete() -> None:
    assert read(text()).frame.filter(key="06999900")["level"][0] == "gemeindefrei"


def test_higher_levels_are_left_out_with_a_reason() -> None:
    assert {one.what: one.rows for one in read(text()).refused}["Ebene land"] == 16
    with pytest.raises(InputError, match="Ebene ist nicht die angegebene"):
        read(text(), level="kreis")


@pytest.mark.parametrize(
    ("content", "row", "column", "what"),
    [
        (changed(LINE, records()[LINE][:-1]), LINE + 1, "alle", "Länge"),
        (changed(LINE, records()[LINE].replace("20231130", "20221231")), LINE + 1, "Stelle 3–10", "Datum"),
        (text([line.replace("20231130", "20231131") for line in records()]), 1, "Stelle 3–10", "Datum"),
        (changed(LINE, "70" + records()[LINE][2:]), LINE + 1, "Stelle 1–2", "Satzart"),
        (changed(LINE, record("60", "06999", "Bestadt")), LINE + 1, "Stelle 11–22", "Schlüssel"),
        (changed(LINE, records()[LINE - 2]), LINE + 1, "Stelle 11–22", "zweimal"),
        (changed(LINE, None), LINE, "Stelle 11–22", "fehlen"),
        (changed(LINE - 1, None), LINE, "Stelle 11–22", "fehlen"),
        (
            changed(LINE, gemeinde("06999", "0002", "002", "Bestadt", "63", 1, 2, 3)),
            LINE + 1,
            "Stelle 151–161",
            "mehr Männer",
        ),
        (
            changed(LINE, gemeinde("06999", "0002", "002", "Bestadt", "63", 0, 2, 1)),
            LINE + 1,
            "Stelle 129–139",
            "keine Fläche",
        ),
        (
            changed(LINE, gemeinde("06999", "0002", "002", "Bestadt", "63", 100_001, 2, 1)),
            LINE + 1,
            "Stelle 129–139",
            "zu groß",
        ),
        (
            changed(LINE, gemeinde("06999", "0002", "002", "Bestadt", "63", 1, 4_000_001, 1)),
            LINE + 1,
            "Stelle 140–150",
            "mehr Einwohner",
        ),
        (
            changed(LINE, records()[LINE].replace("00000002550", "     2550  ")),
            LINE + 1,
            "Stelle 129–139",
            "keine Zahl",
        ),
    ],
)
def test_refusals(content: str, row: int, column: str, what: str) -> None:
    with pytest.raises(InputError) as caught:
        read(content)
    assert what in caught.value.what
    assert (caught.value.row, caught.value.column) == (row, column)


def test_more_people_than_germany_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gv100ad, "GERMANY", 14_295)
    assert read(text()).frame.height
    monkeypatch.setattr(gv100ad, "GERMANY", 14_294)
    with pytest.raises(InputError, match="Alle Gemeinden zusammen"):
        read(text())


@pytest.mark.parametrize("kept", [5, len(records()) - 4, len(records()) - 2, len(records()) - 1])
def test_a_cut_between_records_is_noticed(kept: int) -> None:
    with pytest.raises(InputError, match=r"fehlen|abgeschnitten"):
        read(text(records()[:kept]))


@pytest.mark.parametrize("change", [lambda c: c[:-50], lambda c: c[:300], lambda c: c.decode().encode("utf-16")])
def test_cut_and_recoded_files_are_refused(change: Callable[[bytes], bytes]) -> None:
    with pytest.raises(InputError):
        read(change(text().encode()))


def test_other_files_are_not_recognised() -> None:
    for content in (b"", b"10;20231130;06", b"60 Personen wohnen hier\n", text().encode()[220:230]):
        assert not recognises(RawFile(Path("x"), content))
