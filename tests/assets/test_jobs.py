"""Who starts a run: sensor, schedule, web page and command, on a Dagster instance and under one lock."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from district import edit_sheet, write_district
from runs import environment

from assets import cli
from assets.district import build_definitions
from assets.run import ATLAS, CHECK
from pipelines import warehouse
from pipelines.errors import LockError
from pipelines.lock import NAME, run_lock
from pipelines.settings import Settings, load_settings

# A run as the web page and the daemon start it: another process, the job by its name, nothing of the command; of its
# assets those a person has selected
ANOTHER_PROCESS = """
import sys
import dagster as dg
from assets.district import build_definitions
from pipelines.settings import load_settings

data, out, job, partition, *assets = sys.argv[1:]
selected = [dg.AssetKey(asset.split(".")) for asset in assets]
with dg.DagsterInstance.ephemeral() as instance:
    definitions = build_definitions(load_settings(data, out))
    definitions.resolve_job_def(job).execute_in_process(
        instance=instance, partition_key=partition, asset_selection=selected
    )
"""

# Figures of a source and where each of them went are made in one step, so they are selected together
SELECTED = (
    "raw.gemeinden",
    "raw.ortsteile",
    *(f"raw.{source}{part}" for source in ("inkar", "hessische_gemeindestatistik") for part in ("_bilanz", "")),
)


@pytest.fixture
def place(tmp_path: Path) -> Settings:
    return load_settings(write_district(tmp_path / "daten"), tmp_path / "aus")


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def sensor_tick(settings: Settings, instance: dg.DagsterInstance, cursor: str | None):
    definitions = build_definitions(settings)
    with dg.build_sensor_context(instance=instance, cursor=cursor, definitions=definitions) as context:
        return definitions.resolve_sensor_def("neue_lieferung").evaluate_tick(context)


def schedule_tick(settings: Settings, instance: dg.DagsterInstance, at: datetime, name: str = "jahreslauf"):
    definitions = build_definitions(settings)
    repository = definitions.get_repository_def()
    with dg.build_schedule_context(instance, at, repository_def=repository) as context:
        return definitions.resolve_schedule_def(name).evaluate_tick(context)


# ------------------------------------------------------------------------------------------------ sensor and schedule
def test_the_sensor_asks_for_one_run_that_another_process_does_while_the_command_waits(
    place: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "Vollständig: " in str(sensor_tick(place, instance, None).skip_message)
    cursor = sensor_tick(place, instance, None).cursor
    found = sensor_tick(place, instance, cursor)
    assert found.run_requests is not None
    (request,) = found.run_requests
    assert request.partition_key == str(place.year) and request.run_key
    assert request.tags["lieferung"].startswith("gebiete, gemeindeverzeichnis/2022, ")
    assert sensor_tick(place, instance, found.cursor).skip_message == "Keine neue Lieferung."

    call = [
        sys.executable,
        "-c",
        ANOTHER_PROCESS,
        place.data_dir,
        place.out_dir,
        CHECK,
        request.partition_key,
        *SELECTED,
    ]
    process = subprocess.Popen(
        list(map(str, call)), env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    )
    try:
        lock = place.curated_dir / NAME
        while not lock.exists() and process.poll() is None:
            time.sleep(0.05)
        monkeypatch.setattr(
            sys, "argv", ["sozialatlas", "check", "--data", str(place.data_dir), "--out", str(place.out_dir)]
        )
        with pytest.raises(SystemExit) as stop:
            cli.main()
    finally:
        _, errors = process.communicate()
    message = capsys.readouterr().err
    assert stop.value.code == 1 and "Traceback" not in message
    assert "Der Atlas wird gerade von einem anderen Lauf erzeugt." in message
    assert f"Vorgang {process.pid}, seit " in message and "Abhilfe:" in message
    # The run that was first is not disturbed
    assert process.returncode == 0, errors[-2000:]
    assert not lock.exists()
    assert warehouse.read(place.warehouse, SELECTED[-1]).height > 100
    assert not place.output_dir.exists()


def test_the_sensor_says_in_german_what_is_missing(place: Settings, instance: dg.DagsterInstance) -> None:
    (place.data_dir / "wahlen" / "2022" / "werte.csv").unlink()
    found = sensor_tick(place, instance, None)
    assert not found.run_requests
    assert "wahlen/2022: Eine Datei der Lieferung fehlt. Datei: werte.csv." in str(found.skip_message)


def test_a_damaged_sheet_does_not_break_the_sensor(place: Settings, instance: dg.DagsterInstance) -> None:
    (place.data_dir / "wahlen" / "2022" / "lieferung.yml").write_bytes(b"\xff\x00: [")
    found = sensor_tick(place, instance, "auch der Merker ist beschädigt")
    assert not found.run_requests
    assert "wahlen/2022: Ein Lieferschein ist nicht lesbar." in str(found.skip_message)


def test_the_schedule_asks_for_the_report_year_on_the_first_of_october_in_berlin(
    place: Settings, instance: dg.DagsterInstance
) -> None:
    schedule = build_definitions(place).resolve_schedule_def("jahreslauf")
    assert schedule.execution_timezone == "Europe/Berlin" and schedule.job_name == ATLAS
    assert schedule.cron_schedule == "0 6 1 10 *"  # minute, hour, day, month
    tick = schedule_tick(place, instance, datetime(2026, 10, 1, 6, tzinfo=ZoneInfo("Europe/Berlin")))
    assert tick.run_requests is not None
    (request,) = tick.run_requests
    assert request.partition_key == str(place.year) and request.run_key == f"jahreslauf:{place.year}:2026-10-01"


def test_the_schedule_starts_nothing_when_nothing_changed(first: Settings, instance: dg.DagsterInstance) -> None:
    tick = schedule_tick(first, instance, datetime(2026, 10, 1, 6, tzinfo=ZoneInfo("Europe/Berlin")))
    assert not tick.run_requests
    assert str(tick.skip_message).startswith("Nichts zu tun: ")


def test_drafts_are_asked_for_once_when_the_day_to_hand_them_in_comes_near(
    place: Settings, instance: dg.DagsterInstance
) -> None:
    """Sitting on 08.03.2027, papers handed in 14 days before (22.02.): due from 25.01., 28 days before that."""
    (place.data_dir / "steering").mkdir(exist_ok=True)
    (place.data_dir / "steering" / "gremien.yml").write_text(
        "abgabefrist_tage: 14\nvorlage: {art: Bericht}\n"
        "sitzungen:\n  - {gremium: Kreistag, datum: 2027-03-08, unterlagen: [ausschussvorlage]}\n",
        encoding="utf-8",
    )
    berlin = ZoneInfo("Europe/Berlin")
    early = schedule_tick(place, instance, datetime(2027, 1, 24, 5, tzinfo=berlin), "sitzungsvorlagen")
    assert not early.run_requests and "keine Unterlagen abzugeben" in str(early.skip_message)
    keys = set()
    for day in (25, 26):
        tick = schedule_tick(place, instance, datetime(2027, 1, day, 5, tzinfo=berlin), "sitzungsvorlagen")
        assert tick.run_requests is not None
        (request,) = tick.run_requests
        keys.add(request.run_key)
        assert request.partition_key == str(place.year) and request.tags["sitzung"] == "2027-03-08 Kreistag"
    assert keys == {"sitzungsvorlagen:2027-02-22:Kreistag"}


def test_nothing_starts_by_itself_until_somebody_switches_it_on(place: Settings) -> None:
    definitions = build_definitions(place)
    drafts = definitions.resolve_schedule_def("sitzungsvorlagen")
    assert drafts.default_status == dg.DefaultScheduleStatus.STOPPED
    assert definitions.resolve_sensor_def("neue_lieferung").default_status == dg.DefaultSensorStatus.STOPPED
    assert definitions.resolve_schedule_def("jahreslauf").default_status == dg.DefaultScheduleStatus.STOPPED


# ------------------------------------------------------------------------------------------------ one lock
HOLDER = """
import sys, time
from pathlib import Path
from pipelines.lock import run_lock
with run_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(120)
"""


@pytest.mark.parametrize("job", [ATLAS, CHECK])
def test_a_run_from_the_page_stops_at_the_lock_of_the_command_and_says_so_on_its_page(
    place: Settings, instance: dg.DagsterInstance, job: str
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(place.curated_dir)], stdout=subprocess.PIPE, text=True, env=environment()
    )
    assert process.stdout is not None and process.stdout.readline().strip() == "held"
    try:
        definition = build_definitions(place).resolve_job_def(job)
        result = definition.execute_in_process(instance=instance, partition_key=str(place.year), raise_on_error=False)
        with pytest.raises(LockError, match=f"Vorgang {process.pid}"), run_lock(place.curated_dir):
            pass
    finally:
        process.kill()
        process.wait()
    assert not result.success
    # A row of its own in the log of the run, beside the traceback Dagster writes
    rows = [entry.user_message for entry in instance.all_logs(result.run_id) if not entry.is_dagster_event]
    assert any(
        row.startswith("Fehler: Der Atlas wird gerade von einem anderen Lauf erzeugt.")
        and f"Vorgang {process.pid}" in row
        and "Abhilfe:" in row
        for row in rows
    ), rows
    assert sorted(path.name for path in place.out_dir.rglob("*")) == [".curated", NAME]


def test_a_faulty_delivery_is_told_in_german_on_the_page_of_the_run(
    place: Settings, instance: dg.DagsterInstance
) -> None:
    edit_sheet(place.data_dir / "wahlen" / "2022" / "lieferung.yml", lambda sheet: sheet["files"][0].update(bytes=1))
    definitions = build_definitions(place)
    result = definitions.resolve_job_def(CHECK).execute_in_process(
        instance=instance, partition_key=str(place.year), raise_on_error=False
    )
    assert not result.success
    rows = [entry.user_message for entry in instance.all_logs(result.run_id) if not entry.is_dagster_event]
    assert any("Eine Datei der Lieferung ist nicht mehr die, die im Lieferschein steht." in row for row in rows), rows
