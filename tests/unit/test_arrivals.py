"""A delivery begins a run once, when it is complete, unchanged and new; otherwise one line says what is missing."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from district import edit_sheet, rehash, werte, write_district

from pipelines.lock import run_lock
from pipelines.provenance import MANIFEST, sha256
from pipelines.settings import Settings, load_settings
from pipelines.sources.arrivals import Look, look

ALL = {
    "gebiete", "gemeindeverzeichnis/2022", "hessische_gemeindestatistik/2022", "inkar/2022", "inkar_kreis/2022",
    "wahlen/2022", "zensus_2022/2022",
}  # fmt: skip


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_district(tmp_path_factory.mktemp("kreis") / "daten")


@pytest.fixture
def place(district: Path, tmp_path: Path) -> Settings:
    """A district that has an edition made from everything that lies there."""
    settings = load_settings(shutil.copytree(district, tmp_path / "daten"), tmp_path / "aus")
    inputs = [{"path": path.name, "sha256": sha256(path)} for path in settings.data_dir.rglob("*") if path.is_file()]
    settings.output_dir.mkdir(parents=True)
    (settings.output_dir / MANIFEST).write_text(json.dumps({"inputs": inputs}), encoding="utf-8")
    return settings


def looks(settings: Settings, memory: str | None = None, times: int = 2) -> Look:
    """The last of several looks, each with what the one before remembered."""
    for _ in range(times):
        found = look(settings, memory)
        memory = found.memory
    return found


def deliver(settings: Settings, name: str = "wahlen/2023") -> Path:
    """A new edition with other rows than the last, complete with its sheet."""
    source, edition = name.split("/")
    folder = settings.data_dir / name
    shutil.copytree(settings.data_dir / source / "2022", folder)
    text = (folder / "werte.csv").read_text(encoding="utf-8")
    (folder / "werte.csv").write_text(text.replace("2022", edition), encoding="utf-8", newline="\n")
    edit_sheet(folder / "lieferung.yml", lambda sheet: sheet.update(edition=edition))
    rehash(settings.data_dir)
    return folder


def test_without_an_edition_everything_that_lies_there_is_new_and_begins_one_run(
    district: Path, tmp_path: Path
) -> None:
    settings = load_settings(district, tmp_path / "aus")
    first = look(settings, None)
    assert first.start == {} and first.reason.startswith("Vollständig: gebiete, ")
    second = look(settings, first.memory)
    assert set(second.start) == ALL
    third = look(settings, second.memory)
    assert third.start == {} and third.reason == "Keine neue Lieferung."


def test_what_the_last_edition_was_made_from_is_not_new(place: Settings) -> None:
    assert looks(place).reason == "Keine neue Lieferung."


def test_a_new_delivery_begins_a_run_once_and_again_only_with_another_sheet(place: Settings) -> None:
    before = looks(place)
    folder = deliver(place)
    found = looks(place, before.memory)
    assert set(found.start) == {"wahlen/2023"} and found.reason == "Neu: wahlen/2023"
    assert looks(place, found.memory).start == {}
    edit_sheet(folder / "lieferung.yml", lambda sheet: sheet.update(notes="berichtigt"))
    again = looks(place, found.memory)
    assert set(again.start) == {"wahlen/2023"} and again.run_key != found.run_key


def test_several_new_deliveries_begin_one_run(place: Settings) -> None:
    before = looks(place)
    deliver(place, "wahlen/2023")
    deliver(place, "inkar/2023")
    found = looks(place, before.memory)
    assert set(found.start) == {"wahlen/2023", "inkar/2023"}
    assert looks(place, before.memory).run_key == found.run_key


def test_a_delivery_that_is_still_being_copied_waits(place: Settings) -> None:
    before = looks(place)
    folder = deliver(place)
    content = (folder / "werte.csv").read_bytes()
    (folder / "werte.csv").write_bytes(content[: len(content) // 2])
    half = looks(place, before.memory, times=3)
    assert half.start == {}
    assert "wahlen/2023: Eine Datei der Lieferung ist nicht mehr die, die im Lieferschein steht." in half.reason
    assert "werte.csv" in half.reason and f"{len(content)} Byte" in half.reason
    (folder / "werte.csv").write_bytes(content)
    assert set(look(place, look(place, half.memory).memory).start) == {"wahlen/2023"}


def test_a_sheet_that_changes_between_two_looks_waits_another_one(place: Settings) -> None:
    before = looks(place)
    folder = deliver(place)
    first = look(place, before.memory)
    edit_sheet(folder / "lieferung.yml", lambda sheet: sheet.update(notes="noch nicht fertig"))
    second = look(place, first.memory)
    assert second.start == {} and "beim nächsten Nachsehen" in second.reason
    assert set(look(place, second.memory).start) == {"wahlen/2023"}


def _no_sheet(folder: Path) -> None:
    (folder / "lieferung.yml").unlink()


def _no_file(folder: Path) -> None:
    (folder / "werte.csv").unlink()


def _not_yaml(folder: Path) -> None:
    (folder / "lieferung.yml").write_text("source: [wahlen\nedition: 2023", encoding="utf-8")


def _not_utf8(folder: Path) -> None:
    (folder / "lieferung.yml").write_bytes(b"source: wahlen\nnotes: \xff\xfe")


def _no_hash(folder: Path) -> None:
    edit_sheet(folder / "lieferung.yml", lambda sheet: sheet["files"][0].pop("sha256"))


def _a_list(folder: Path) -> None:
    (folder / "lieferung.yml").write_text("- werte.csv\n", encoding="utf-8")


def _outside(folder: Path) -> None:
    def change(sheet: dict[str, Any]) -> None:
        sheet["files"][0]["path"] = str(folder.parent.parent / "kreis.yml")

    edit_sheet(folder / "lieferung.yml", change)


def _a_part(folder: Path) -> None:
    (folder / "werte.csv.part").write_bytes(b"")


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (_no_sheet, "wahlen/2023: Ein Lieferschein fehlt. Datei: lieferung.yml."),
        (_no_file, "wahlen/2023: Eine Datei der Lieferung fehlt. Datei: werte.csv."),
        (_not_yaml, "wahlen/2023: Ein Lieferschein ist nicht lesbar."),
        (_not_utf8, "wahlen/2023: Ein Lieferschein ist nicht lesbar."),
        (_no_hash, "Eintrag: sha256."),
        (_a_list, "wahlen/2023: Ein Eintrag im Lieferschein fehlt oder ist nicht wie vereinbart."),
        (_outside, "Eintrag: path."),
        (_a_part, "werte.csv.part"),
    ],
)
def test_what_is_missing_or_damaged_is_named_and_never_a_crash(
    place: Settings, damage: Callable[[Path], None], told: str
) -> None:
    before = looks(place)
    damage(deliver(place))
    found = looks(place, before.memory)
    assert found.start == {} and told in found.reason
    assert "\n" not in found.reason and not re.search(r"\w{64}", found.reason)


def test_a_complete_delivery_waits_for_one_that_is_not_because_a_run_reads_both(place: Settings) -> None:
    before = looks(place)
    deliver(place, "inkar/2023")
    _no_file(deliver(place, "wahlen/2023"))
    found = looks(place, before.memory)
    assert found.start == {} and "wahlen/2023: Eine Datei der Lieferung fehlt." in found.reason


def test_a_folder_of_an_unknown_source_is_named_and_stops_nothing(place: Settings) -> None:
    before = looks(place)
    (place.data_dir / "schulen" / "2023").mkdir(parents=True)
    deliver(place)
    found = looks(place, before.memory)
    assert set(found.start) == {"wahlen/2023"}
    assert "schulen/2023: nicht gelesen, weil „schulen“ nicht unter „quellen“ in kreis.yml steht." in found.reason


def test_a_folder_that_holds_no_delivery_is_passed_over(place: Settings) -> None:
    (place.data_dir / "freigaben").mkdir()
    (place.data_dir / "freigaben" / "2022.yml").write_text("", encoding="utf-8")
    assert looks(place).reason == "Keine neue Lieferung."


def test_a_faulty_kreis_yml_is_the_reason(place: Settings) -> None:
    before = looks(place)
    (place.data_dir / "kreis.yml").write_text("schluessel: 06432", encoding="utf-8")
    found = look(place, before.memory)
    assert found.start == {} and found.reason.startswith("kreis.yml: ") and found.memory == before.memory


def test_another_report_year_asks_for_the_definitions_to_be_loaded_again(place: Settings) -> None:
    before = looks(place)
    deliver(place)
    edit_sheet(place.data_dir / "kreis.yml", lambda kreis: kreis.update(berichtsjahr=2023))
    found = looks(place, before.memory)
    assert found.start == {} and "Berichtsjahr 2023, geladen ist 2022" in found.reason


def test_while_another_run_lasts_the_delivery_waits(place: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    before = looks(place)
    deliver(place)
    with run_lock(place.curated_dir):
        monkeypatch.setattr("pipelines.lock._held", set())  # as another process sees it
        waiting = looks(place, before.memory)
    assert waiting.start == {} and "Gewartet wird auf einen anderen Lauf: " in waiting.reason
    assert set(look(place, waiting.memory).start) == {"wahlen/2023"}


def test_a_memory_nobody_understands_is_a_first_look(place: Settings) -> None:
    assert looks(place, "kein JSON").reason == "Keine neue Lieferung."


def test_a_source_that_lies_nowhere_is_missing(place: Settings) -> None:
    shutil.rmtree(werte(place.data_dir, "wahlen").parent.parent)
    assert "wahlen: Eine erwartete Lieferung fehlt." in looks(place).reason
