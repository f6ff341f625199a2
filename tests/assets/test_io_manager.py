"""Tables pass between assets by contract."""

from __future__ import annotations

import dagster as dg
import polars as pl
import pytest
from district import write_district

from assets.resources import WarehouseIOManager, preview
from pipelines.errors import ContractError
from pipelines.settings import load_settings

KEY = dg.AssetKey(["curated", "members"])
MEMBERS = pl.DataFrame({"weight": [1.0, 1.0], "ags": ["06999002", "06999001"], "area_id": ["06999", "06999"]})


@pytest.fixture
def manager(tmp_path):
    return WarehouseIOManager(load_settings(write_district(tmp_path / "daten"), tmp_path / "aus"))


def test_a_frame_comes_back_by_contract_with_rows_and_preview_told(manager):
    context = dg.build_output_context(asset_key=KEY)
    manager.handle_output(context, MEMBERS)
    told = context.consume_logged_metadata()
    assert told["dagster/row_count"].value == 2 and "06999001" in told["Vorschau"].value
    back = manager.load_input(dg.build_input_context(asset_key=KEY))
    assert back.columns == ["area_id", "ags", "weight"] and back["ags"].to_list() == ["06999001", "06999002"]


def test_an_empty_frame_replaces_the_table(manager):
    manager.handle_output(dg.build_output_context(asset_key=KEY), MEMBERS)
    manager.handle_output(dg.build_output_context(asset_key=KEY), MEMBERS.clear())
    assert manager.load_input(dg.build_input_context(asset_key=KEY)).is_empty()


def test_a_frame_out_of_form_is_refused(manager):
    with pytest.raises(ContractError, match="neu"):
        manager.handle_output(dg.build_output_context(asset_key=KEY), MEMBERS.with_columns(neu=1))


def test_a_preview_leaves_outlines_out():
    frame = pl.DataFrame({"ags": ["06999001"], "geometry": [b"\x00\x01"]})
    assert "geometry" not in preview(frame) and "06999001" in preview(frame)
