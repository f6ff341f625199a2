"""Whatever stops a run: exit code 1, a German message that helps, no traceback, and the last release byte for byte."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from district import edit_sheet, rehash, werte

import pipelines.indicators.rates
from assets import cli
from pipelines.fingerprints.records import FOLDER
from pipelines.provenance import sha256
from pipelines.publish import karten, opendata, papers, workbook
from pipelines.settings import Settings, load_settings

STATISTICS = "hessische_gemeindestatistik"


@pytest.fixture
def place(first: Settings, tmp_path: Path) -> Settings:
    """A copy of the miniature district with its edition; one name differs, so that there is something to do."""
    shutil.copytree(first.data_dir, tmp_path / "daten")
    shutil.copytree(first.out_dir, tmp_path / "aus")
    edit_sheet(tmp_path / "daten" / "kreis.yml", lambda kreis: kreis.update(ansprechperson="Max Mustermann"))
    return load_settings(tmp_path / "daten", tmp_path / "aus")


@pytest.fixture
def stopped(place: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """Call `sozialatlas run`, hold it to what every stopped run must do, and return its message."""

    def run() -> str:
        before = {path: sha256(path) for path in sorted(place.output_dir.rglob("*")) if path.is_file()}
        monkeypatch.setattr(
            "sys.argv", ["sozialatlas", "run", "--data", str(place.data_dir), "--out", str(place.out_dir)]
        )
        with pytest.raises(SystemExit) as stop:
            cli.main()
        message = capsys.readouterr().err
        assert stop.value.code == 1
        assert "Traceback" not in message
        assert "Fehler: " in message and "Abhilfe:" in message
        assert before == {path: sha256(path) for path in sorted(place.output_dir.rglob("*")) if path.is_file()}
        assert sorted(path.name for path in place.out_dir.iterdir()) == [".curated", str(place.year)]
        return message

    return run


def replace(settings: Settings, source: str, old: str, new: str) -> Path:
    """Change one cell of a delivery and its hash: a plausible delivery that is wrong."""
    path = werte(settings.data_dir, source)
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new), encoding="utf-8", newline="\n")
    rehash(settings.data_dir)
    return path


def test_gemeinden_that_do_not_add_up_to_the_kreis(place: Settings, stopped: Callable[[], str]) -> None:
    replace(
        place, STATISTICS, "06999002,2022,lebendgeborene,insgesamt,63,", "06999002,2022,lebendgeborene,insgesamt,73,"
    )
    message = stopped()
    assert "Gefunden: eine nicht bestandene Prüfung\n" in message
    assert message.index("Abhilfe:") < message.index("Prüfung nicht bestanden:")
    assert f"summe:{STATISTICS}:2022:lebendgeborene:insgesamt:2022" in message
    assert "Erwartet: 207" in message and "Gefunden: 217; Abstand 10" in message and "curated.merkmale" in message


def test_a_span_that_does_not_hold_its_value(
    place: Settings, stopped: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (place.curated_dir / FOLDER / "indicators__values.json").unlink()  # as if it had never been made
    right = pipelines.indicators.rates.build_values

    def wrong(*arguments: object) -> pl.DataFrame:
        above = pl.when(indicator_id="E01", area_id="06999001").then(pl.col("value") + 1).otherwise("lower")
        return right(*arguments).with_columns(lower=above)  # type: ignore[arg-type]

    monkeypatch.setattr(pipelines.indicators.rates, "build_values", wrong)
    message = stopped()
    assert "indicators.values" in message and "E01 · 06999001" in message
    assert "Erwartet: in jeder Zeile erfüllt" in message and "Gefunden: abweichend: 2 von" in message


def test_a_source_that_does_not_say_whether_it_is_published(place: Settings, stopped: Callable[[], str]) -> None:
    edit_sheet(place.data_dir / "wahlen" / "2022" / "lieferung.yml", lambda sheet: sheet.pop("published"))
    message = stopped()
    assert "wahlen/2022/lieferung.yml" in message and "published: yes oder published: no" in message


def test_a_document_that_cannot_be_set(
    stopped: Callable[[], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    reports = Path(shutil.copytree(papers.REPORTS, tmp_path / "reports", ignore=shutil.ignore_patterns("output")))
    source = reports / "atlas.qmd"
    lines = source.read_text(encoding="utf-8").splitlines()
    row = lines.index("```", 4) + 2  # where the first cell ends
    lines[row - 1 : row - 1] = ["```{python}", 'raise ValueError("Wert fehlt")', "```"]
    source.write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setattr(papers, "REPORTS", reports)
    monkeypatch.setattr(papers, "ATLAS_SOURCE", source)
    # What is made before the atlas and not needed for its failure
    for module, name in ((karten, "write_maps"), (workbook, "write_workbook"), (opendata, "write_open_data")):
        monkeypatch.setattr(module, name, lambda *_: None)
    monkeypatch.setattr(papers, "draw", lambda _, folder: folder.mkdir(exist_ok=True, parents=True))
    message = stopped()
    assert "atlas.qmd" in message and f"Zeile:    {row + 1}\n" in message and "Wert fehlt" in message


def test_a_delivery_with_a_decimal_comma(place: Settings, stopped: Callable[[], str]) -> None:
    cell = "06999002,2021,arbeitslose_jahresdurchschnitt,insgesamt,156"
    path = replace(place, "inkar", f"{cell},", f'{cell.removesuffix("156")}"156,5",')
    message = stopped()
    assert f"Datei:    {path}" in message and "Zeile:    9\n" in message
    assert all(word in message for word in ("Spalte:", "Erwartet:", "Gefunden:"))
