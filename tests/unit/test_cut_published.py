"""A resolved cut of Ortsteile in an edition: its resolution is told everywhere, and what no map can show is named."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from pipelines.publish import Release, open_release
from pipelines.publish.copy import write_copy
from pipelines.publish.illustrations import Illustrations
from pipelines.publish.opendata import write_open_data
from pipelines.publish.pages import front, levels
from pipelines.publish.portal.data import _levels
from tests.fixtures.release import release_frames

NOTE = "beschlossen am 14.03.2022, Drucksache Test 1/2022"
BARE = "06999-S01"
# What cells say, at a day no other figure is for
OLD, DAY = "D04", "2022-05-15"
REASON = "Der Zuschnitt teilt Gemeinden; Anzahlen lassen sich nicht aufteilen."


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """The first Sozialraum is made of an Ortsteil and a Gemeinde, has no outline and no value (Testdaten)."""
    frames = release_frames()
    is_room, is_bare = pl.col("area_level") == "sozialraum", pl.col("area_id") == BARE
    edition = frames["edition"].with_columns(
        sozialraum_note=pl.lit(NOTE), sozialraeume_decided=pl.lit(True), sozialraum_label=pl.lit("Sozialraum")
    )
    stone = (
        frames["areas"]
        .filter(area_id="06999001")
        .with_columns(
            area_id=pl.lit("06999001001"), area_level=pl.lit("ortsteil"), display_name=pl.lit("Musterstadt-Alt")
        )
    )
    areas = frames["areas"].with_columns(
        is_example=pl.lit(False),
        members=pl.when(is_bare).then(pl.lit("06999001001;06999002")).otherwise("members"),
        display_name=pl.when(is_room).then("area_id").otherwise("display_name"),
    )
    empty = [
        pl.when(is_bare).then(None).otherwise(name).alias(name)
        for name in ("value", "lower", "upper", "numerator", "denominator")
    ]
    values = frames["values"].with_columns(
        *empty,
        status=pl.when(is_bare).then(pl.lit("missing")).otherwise("status"),
        reason=pl.when(is_bare).then(pl.lit(REASON)).otherwise("reason"),
    )
    latest = values.filter(is_bare, pl.col("indicator_id") == OLD).sort("period").tail(1)
    estimated = latest.with_columns(period=pl.lit(DAY), value=pl.lit(20.04), status=pl.lit("estimated"))
    changed = {
        "edition": edition,
        "areas": pl.concat([areas, stone]).sort("area_id"),
        "values": pl.concat([values, estimated]),
        "boundaries": frames["boundaries"].filter(~is_bare),
    }
    return open_release(write_copy({**frames, **changed}, tmp_path_factory.mktemp("ausgabe")))


def test_maps_and_tables_name_the_resolution_and_who_is_not_drawn(release: Release) -> None:
    code = front.planning_areas(release)
    assert f"Gemeinden und Sozialräume ({NOTE})" in code
    assert f"Gemeinden und Ortsteile der Sozialräume ({NOTE})" in code
    assert "Musterstadt-Alt" in code
    picture = Illustrations(release).planning_areas()
    assert f"nicht auf der Karte: {BARE}" in picture.alt
    assert picture.draw().alt == picture.alt
    shown = str(levels.rooms(release, ["E01"], new_page=True))
    assert NOTE in shown and f"nicht auf der Karte: {BARE}" in shown
    assert f"Ohne Wert in Sozialraum 1: {REASON}" in shown


def test_the_portal_lists_every_sozialraum_and_draws_those_with_an_outline(release: Release) -> None:
    (level,) = [level for level in _levels(release) if level["id"] == "sozialraum"]
    assert [(area["id"], bool(area["path"])) for area in level["areas"]] == [(BARE, False), ("06999-S02", True)]
    assert level["prefix"] == f"Sozialräume ({NOTE}): "
    assert level["note"].startswith("Beschlossen am 14.03.2022") and BARE in level["note"]


def test_the_table_names_sozialraeume_and_tells_what_cells_say(release: Release) -> None:
    table = str(levels.rooms(release, [OLD], new_page=True))
    assert "Sozialraum: 1 " in table
    assert "15.05.2022, geschätzt: 20,0 in Sozialraum 1." in table


def test_the_layer_says_what_it_lacks(release: Release, tmp_path: Path) -> None:
    import pyogrio

    write_open_data(release, tmp_path)
    (path,) = tmp_path.rglob("gebiete.gpkg")
    rooms = pyogrio.read_dataframe(path, layer="sozialraeume")
    assert (rooms["area_id"].tolist(), set(rooms["hinweis"])) == (["06999-S02"], {NOTE})
    told = pyogrio.read_info(path, layer="sozialraeume")["layer_metadata"]["DESCRIPTION"]
    assert NOTE in told and BARE in told
    (note,) = tmp_path.rglob("LIESMICH.md")
    assert f"ist {NOTE}" in note.read_text(encoding="utf-8")
