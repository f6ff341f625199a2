"""A known error of a publisher is corrected only as long as the file holds it, and never unnoticed."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
import yaml

from pipelines.contracts import contract
from pipelines.errors import InputError
from pipelines.harmonise.corrections import Correction, applied, apply, corrections

ENTRY = {
    "source": "probe",
    "edition": "2022",
    "area": "06999001",
    "time": "2021-12-31",
    "merkmal": "leute",
    "auspraegung": "insgesamt",
    "expect": 1000,
    "value": 100,
    "reason": "Eine Null zu viel, laut Auskunft des Herausgebers",
    "state": "gemeldet",
    "reported": "2024-03-01",
}


def listed(folder: Path, **changes: object) -> tuple[Correction, ...]:
    entry = {name: value for name, value in {**ENTRY, **changes}.items() if value is not None}
    path = folder / f"{len(list(folder.iterdir()))}.yml"
    path.write_text(yaml.safe_dump({"corrections": [entry]}, allow_unicode=True), encoding="utf-8")
    return corrections(path)


def figures(wert: float | None = 1000.0, status: str = "reported", edition: str = "2022") -> pl.DataFrame:
    rows = [
        {
            "source_id": "probe",
            "edition": edition,
            "file": f"probe/{edition}/werte.csv",
            "row": row,
            "place": "wert",
            "area_key": area,
            "stichtag": "2021-12-31",
            "merkmal": "leute",
            "auspraegung": "insgesamt",
            "wert": value,
            "status": word,
            "quality": "final",
            "basis": None,
            "einheit": "Personen",
        }
        for row, area, value, word in ((2, "06999001", wert, status), (3, "06999002", 50.0, "reported"))
    ]
    return pl.DataFrame(rows, schema=contract("raw.inkar").schema())


def curated(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.rename({"area_key": "area_id"})


def test_the_shipped_list_is_empty() -> None:
    assert corrections() == ()


def test_a_wrong_number_is_replaced_and_marked(tmp_path: Path) -> None:
    (one,) = known = listed(tmp_path)
    found = apply(figures(), known)
    first, second = found.rows(named=True)
    assert (first["wert"], first["status"], first["quality"]) == (100.0, "reported", "revised")
    assert first["correction"] == one.note
    assert "in der Datei steht 1000" in one.note and "gemeldet am 2024-03-01" in one.note
    assert second == figures().with_columns(correction=pl.lit(None, dtype=pl.String)).row(1, named=True)


def test_a_number_that_means_nothing_becomes_a_status(tmp_path: Path) -> None:
    known = listed(tmp_path, value=None, status="missing")
    first = apply(figures(), known).row(0, named=True)
    assert (first["wert"], first["status"]) == (None, "missing")


def test_a_withheld_number_can_be_known(tmp_path: Path) -> None:
    known = listed(tmp_path, expect="secret")
    assert apply(figures(None, "secret"), known)["wert"][0] == 100.0


@pytest.mark.parametrize(
    ("holds", "remedy"),
    [
        (100.0, "Der Herausgeber hat es berichtigt: Eintrag streichen."),
        (900.0, "Die Angabe mit der Veröffentlichung vergleichen"),
    ],
)
def test_a_file_that_holds_something_else_stops_the_run(holds: float, remedy: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        apply(figures(holds), listed(tmp_path))
    assert caught.value.remedy.startswith(remedy)
    assert (caught.value.column, caught.value.row) == ("expect", 2)
    assert caught.value.expected == "1000 in probe/2022/werte.csv, Zeile 2, Spalte wert"


def test_an_entry_that_meets_no_figure_stops_the_run(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="keine Zeile"):
        apply(figures(), listed(tmp_path, area="06999003"))


def test_an_edition_that_was_not_delivered_is_no_matter(tmp_path: Path) -> None:
    assert apply(figures(edition="2023"), listed(tmp_path))["correction"].null_count() == 2


def test_what_was_corrected_is_printed(tmp_path: Path) -> None:
    known = listed(tmp_path, state="bestätigt", answered="2024-04-01")
    (row,) = applied(curated(apply(figures(), known)), known).rows(named=True)
    assert row["passed"] and row["expected"] == row["observed"] == "100"
    assert "Eine Null zu viel" in row["description"] and "bestätigt am 2024-04-01" in row["description"]
    untouched = applied(curated(apply(figures(), ())), known).row(0, named=True)
    assert untouched["passed"] is False


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"status": "missing"}, "value"),
        ({"value": None}, "value"),
        ({"expect": "tausend"}, "expect"),
        ({"state": "bestätigt"}, "answered"),
        ({"state": "vielleicht"}, "state"),
        ({"reason": None}, "reason"),
        ({"area": "6999001"}, "area"),
        ({"reported": "gestern"}, "reported"),
    ],
)
def test_a_faulty_entry_is_refused(changes: dict[str, object], column: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        listed(tmp_path, **changes)
    assert "Berichtigungen" in str(caught.value) and column in str(caught.value)
