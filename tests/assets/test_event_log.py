"""What the command logs is there for the Dagster page, which reads the files with a class of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import dagster as dg
import pytest

from assets.event_log import instance_of
from pipelines.settings import PROJECT_DIR


@pytest.mark.filterwarnings("ignore")
def test_the_page_reads_runs_events_assets_and_checks_of_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @dg.asset
    def zahl() -> int:
        return 1

    @dg.asset_check(asset=zahl)
    def pruefung() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=True)

    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    shutil.copyfile(PROJECT_DIR / "dagster.yaml", tmp_path / "dagster.yaml")
    job = dg.Definitions([zahl], asset_checks=[pruefung], jobs=[dg.define_asset_job("alles")]).resolve_job_def("alles")
    for _ in range(2):
        with instance_of(tmp_path) as instance:
            done = job.execute_in_process(instance=instance)
            written = [entry.dagster_event_type for entry in instance.all_logs(done.run_id)]
    with dg.DagsterInstance.get() as page:
        assert [run.status for run in page.get_runs()] == [dg.DagsterRunStatus.SUCCESS] * 2
        assert [entry.dagster_event_type for entry in page.all_logs(done.run_id)] == written
        assert {"PIPELINE_SUCCESS", "ASSET_MATERIALIZATION", "ASSET_CHECK_EVALUATION"} <= {
            kind.value for kind in written if kind
        }
        materialised = page.get_latest_materialization_event(dg.AssetKey("zahl"))
        assert materialised is not None and materialised.run_id == done.run_id
        assert len(page.event_log_storage.get_asset_check_execution_history(check_key=pruefung.check_key, limit=9)) == 2
