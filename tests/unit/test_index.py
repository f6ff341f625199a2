"""The index over twelve made-up areas: its arithmetic, its gaps, and what its definition may not say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml

from pipelines.contracts import contract, empty
from pipelines.errors import InputError
from pipelines.indicators.index import (
    DEFINITION_FILE,
    Definition,
    build_index,
    load_definition,
    member_correlations,
)

AREAS = [f"064320{place:02d}" for place in range(1, 13)]
E01 = [3.0, 3.2, 3.1, 3.6, 4.0, 4.1, 3.9, 4.4, 4.6, 5.0, 4.9, 7.5]
E08 = [10.0, 10.5, 11.0, 11.0, 12.0, 12.5, 13.0, 13.0, 14.0, 14.5, 15.0, 19.0]
A13 = [60e3, 58e3, 57e3, 55e3, 50e3, 49e3, 48e3, 46e3, 45e3, 44e3, 42e3, 36e3]
MEMBERS = {"E01": (E01, "2021", 1, "wilson"), "E08": (E08, "2021-06-30", 1, "wilson"), "A13": (A13, "2018", -1, "none")}


def frame(rows: list[dict], table: str) -> pl.DataFrame:
    schema = contract(table).schema()
    return pl.DataFrame([dict.fromkeys(schema) | row for row in rows], schema=schema)


def areas(ids: list[str] = AREAS) -> pl.DataFrame:
    rows = [{"area_id": area, "area_level": "gemeinde"} for area in ids] + [{"area_id": "06432", "area_level": "kreis"}]
    return frame(rows, "curated.areas")


def catalogue(changed: str | None = None, **changes) -> pl.DataFrame:
    rows = []
    for name, (_, period, polarity, interval) in MEMBERS.items():
        row = {
            "indicator_id": name,
            "short_name": f"Kurz {name}",
            "dimension": "Erwerb",
            "polarity": polarity,
            "interval": interval,
            "factor": 100.0 if interval == "wilson" else 1.0,
            "context": False,
            "data": "gemeinde",
            "latest_period": period,
        }
        rows.append(row | (changes if name == changed else {}))
    return frame(rows, "indicators.catalogue")


def values(ids: list[str] = AREAS, gaps: dict[tuple[str, str], dict] | None = None) -> pl.DataFrame:
    rows = []
    for name, (numbers, period, _, interval) in MEMBERS.items():
        for area, number in zip(ids, numbers, strict=False):
            counts = {"numerator": number * 50, "denominator": 5000.0} if interval == "wilson" else {}
            row = {"indicator_id": name, "area_id": area, "area_level": "gemeinde", "period": period}
            row |= {"value": number, "status": "reported", **counts}
            gap = (gaps or {}).get((area, name))
            rows.append(row | {"value": None, "numerator": None, **gap} if gap else row)
    return frame(rows, "indicators.values")


def build(**changes) -> tuple[pl.DataFrame, pl.DataFrame]:
    given = {
        "values": values(),
        "catalogue": catalogue(),
        "areas": areas(),
        "comparison": empty("indicators.comparison"),
        "report_year": 2023,
    }
    return build_index(**given | changes)


def test_index_of_every_area() -> None:
    index, members = build()
    assert index["area_id"].to_list() == AREAS
    assert index["status"].unique().to_list() == ["reported"]
    assert index["value"].mean() == pytest.approx(0, abs=1e-12)
    assert np.std(index["value"].to_numpy()) == pytest.approx(1)
    assert index.row(-1, named=True)["class_name"] == "deutlich erhöht"
    assert index.row(0, named=True)["class"] == 1
    sums = members.group_by("area_id").agg(pl.col("contribution").sum()).sort("area_id")["contribution"]
    assert sums.to_list() == pytest.approx(index["value"].to_list())
    assert members["weight"].to_list() == pytest.approx([1 / 3] * 36)
    assert (index["runs"].min(), index["seed"].unique().to_list()) == (5000, [3003])
    assert ((index["class_low"] <= index["class_high"]) & (index["stability"] <= 1)).all()


def test_income_counts_the_other_way_round() -> None:
    _, members = build()
    income = members.filter(pl.col("indicator_id") == "A13")
    assert income["orientation"].unique().to_list() == [-1]
    z = income["z"].to_list()
    assert z == sorted(z)


def test_every_member_stands_beside_its_own_date() -> None:
    _, members = build()
    found = dict(members.select("indicator_id", "period").unique().iter_rows())
    assert found == {"E01": "2021", "E08": "2021-06-30", "A13": "2018"}


def test_same_inputs_same_tables() -> None:
    first, again = build(), build(values=values().reverse())
    assert first[0].equals(again[0])
    assert first[1].equals(again[1])


def test_class_text_names_a_span_below_seventy_percent() -> None:
    index, _ = build()
    for row in index.iter_rows(named=True):
        unsure = row["stability"] < 0.7
        assert row["class_text"].startswith("zwischen") == unsure
        assert (row["stability_name"] == "unsicher") == unsure


def test_members_that_differ_are_named_with_their_word() -> None:
    verdicts = [("E01", "höher"), ("E08", "ähnlich"), ("A13", "ohne Prüfung")]
    rows = [
        {"indicator_id": name, "area_id": AREAS[0], "period": MEMBERS[name][1], "verdict": verdict}
        for name, verdict in verdicts
    ]
    index, members = build(comparison=frame(rows, "indicators.comparison"))
    assert index.row(0, named=True)["members_above"] == "Kurz E01 höher"
    assert index.row(1, named=True)["members_above"] is None
    found = members.filter(pl.col("area_id") == AREAS[0]).select("indicator_id", "verdict")
    assert dict(found.iter_rows()) == dict(verdicts)


def test_area_with_a_missing_member_has_no_index_but_a_reason() -> None:
    gaps = {
        (AREAS[2], "E08"): {"status": "suppressed", "reason": "Geheimhaltung"},
        (AREAS[2], "E01"): {"status": "missing", "reason": "nicht geliefert"},
        (AREAS[4], "A13"): {"status": "later", "reason": "folgt"},
    }
    index, members = build(values=values(gaps=gaps))
    gone = index.row(2, named=True)
    assert (gone["status"], gone["value"], gone["class"], gone["stability"]) == ("suppressed", None, None, None)
    assert gone["class_text"] == "nicht berechnet"
    assert gone["reason"] == "Bestandteil E01: nicht geliefert; Bestandteil E08: Geheimhaltung"
    assert index.row(4, named=True)["status"] == "later"
    assert index["value"].null_count() == 2
    part = members.filter(pl.col("area_id") == AREAS[2], pl.col("indicator_id") == "A13").row(0, named=True)
    assert (part["value"], part["z"], part["contribution"]) == (57e3, None, None)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"areas": areas(AREAS[:3]), "values": values(AREAS[:3])},
            "weniger als 10 Gemeinden mit allen Bestandteilen (3)",
        ),
        ({"report_year": 2024}, "Bestandteil A13: Stand 2018, mehr als 5 Jahre vor dem Berichtsjahr 2024"),
        ({"catalogue": catalogue("E01", polarity=0)}, "Bestandteil E01: Kontext oder ohne Wertung"),
        ({"catalogue": catalogue("E01", context=True)}, "Bestandteil E01: Kontext oder ohne Wertung"),
        ({"catalogue": catalogue("E01", polarity=-1)}, "Bestandteil E01: Richtung widerspricht dem Katalog"),
        ({"catalogue": catalogue("E08", data="kreis")}, "Bestandteil E08: keine Werte für Gemeinden"),
        ({"catalogue": catalogue("E08", latest_period=None)}, "Bestandteil E08: keine Werte für Gemeinden"),
        ({"catalogue": catalogue().head(2)}, "Bestandteil A13: nicht im Katalog"),
        (
            {
                "values": values().with_columns(
                    value=pl.when(pl.col("indicator_id") == "E08").then(7.1).otherwise("value")
                )
            },
            "Bestandteil E08: kein Unterschied zwischen den Gemeinden",
        ),
    ],
)
def test_refusals_are_rows_with_a_reason(changes: dict, reason: str) -> None:
    index, members = build(**changes)
    assert index.height == changes.get("areas", areas()).filter(pl.col("area_level") == "gemeinde").height
    assert index["status"].unique().to_list() == ["missing"]
    assert index["value"].null_count() == index.height
    assert all(text.startswith(reason) for text in index["reason"])
    assert members["z"].null_count() == members.height
    assert member_correlations(members).is_empty()


def test_correlations_of_the_members() -> None:
    _, members = build()
    result = member_correlations(members)
    assert result.select("indicator_a", "indicator_b").rows() == [("A13", "E01"), ("A13", "E08"), ("E01", "E08")]
    assert result["r"].to_list()[2] == pytest.approx(np.corrcoef(E01, E08)[0, 1])
    assert result["r"].to_list()[0] == pytest.approx(-np.corrcoef(A13, E01)[0, 1])
    assert result["areas"].unique().to_list() == [12]


def changed_definition(folder: Path, **changes) -> Path:
    content = yaml.safe_load(DEFINITION_FILE.read_text(encoding="utf-8")) | changes
    path = folder / "index.yml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path


@pytest.mark.parametrize("banned", ["D14", "N01", "W05", "N15", "N12", "E06", "P01a"])
def test_forbidden_members_are_an_error_with_the_file(tmp_path: Path, banned: str) -> None:
    path = changed_definition(tmp_path, bestandteile=[{"indikator": banned, "richtung": 1, "gewicht": 1}])
    with pytest.raises(InputError, match=banned) as error:
        load_definition(path)
    assert error.value.file == str(path)


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"laeufe": 999}, "laeufe"),
        ({"spanne_gewichte": 1.5}, "spanne_gewichte"),
        ({"bestandteile": [{"indikator": "E01", "richtung": 0, "gewicht": 1}]}, "richtung"),
        ({"bestandteile": [{"indikator": "E01", "richtung": 1, "gewicht": 1}] * 2}, "bestandteile"),
        (
            {
                "bestandteile": [
                    {"indikator": "E01", "richtung": 1, "gewicht": 2},
                    {"indikator": "E08", "richtung": 1, "gewicht": -1},
                ]
            },
            "gewicht",
        ),
        ({"startzahl": "viele"}, "alle"),
    ],
)
def test_a_wrong_definition_is_an_error(tmp_path: Path, changes: dict, column: str) -> None:
    with pytest.raises(InputError) as error:
        load_definition(changed_definition(tmp_path, **changes))
    assert error.value.column == column


def test_an_unreadable_definition_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "index.yml"
    path.write_text("laeufe: 1000\nstartzahl: [1\n", encoding="utf-8")
    with pytest.raises(InputError, match="nicht lesbar") as error:
        load_definition(path)
    assert (error.value.file, error.value.row) == (str(path), 3)


def test_forbidden_dimension_is_an_error() -> None:
    with pytest.raises(InputError, match="Zuwanderung"):
        build(catalogue=catalogue("E01", dimension="Migration"))


def test_weights_of_the_definition_are_used() -> None:
    shipped = load_definition()
    only_first: Definition = replace(
        shipped, members=(replace(shipped.members[0], weight=1.0),), runs=1000, weight_spread=0.0
    )
    index, _ = build(definition=only_first)
    values_e01 = np.array(E01)
    assert index["value"].to_list() == pytest.approx(((values_e01 - values_e01.mean()) / values_e01.std()).tolist())
