"""A district unlike the shipped one on its whole way: laid out, delivered to, run, looked at. Testdaten.

What belongs here: that every asset and document is made for it, and that nothing in them speaks of another district.
What does not: the command by itself (`tests/unit/test_new_district.py`).
"""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import geopandas
import pytest
from district import edit_sheet, write_source
from fixtures import anderswo
from pdf import spoken

from assets.run import ATLAS, run_job
from pipelines.publish import papers
from pipelines.settings import Settings, load_settings
from pipelines.sources.scaffold import new_district

ELSEWHERE = re.compile(r"dadi\b|darmstadt|dieburg|hessen|06432|kreisagentur|beispielraum 2", re.IGNORECASE)
SOURCES = ["gemeindeverzeichnis", "inkar", "inkar_kreis"]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Laid out, one more source, run. A module of its own: no other test needs this run."""
    folder = tmp_path_factory.mktemp("anderswo")
    new_district(folder / "daten", anderswo.KEY, anderswo.NAME, *anderswo.write(folder / "amtlich"), basis="Zensus2011")
    edit_sheet(folder / "daten" / "kreis.yml", lambda sheet: sheet.update(quellen=SOURCES, kennzeichnung="Testdaten"))
    ags = [f"{anderswo.KEY}{number:03}" for number in range(1, len(anderswo.GEMEINDEN) + 1)]
    for source in SOURCES[1:]:
        write_source(folder / "daten", source, anderswo.KEY, ags, (2020, 2021))
    made = load_settings(folder / "daten", folder / "aus")
    run_job(made, ATLAS)
    return made


def test_every_asset_and_document_is_made(settings: Settings) -> None:
    out = settings.output_dir
    names = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert {"index.html", "sozialatlas-2021.pdf", "sozialatlas-2021.xlsx", "manifest.json"} <= names
    assert {f"daten/{name}" for name in ("values.csv", "values.parquet", "gebiete.gpkg", "sozialatlas.duckdb")} <= names
    assert len(list((out / "steckbriefe").glob("*.pdf"))) == len(anderswo.GEMEINDEN)
    for name in (paper.name for paper in papers.PAPERS):
        assert list((out / "vorlagen").glob(f"{name}*.pdf")), name
    assert list((out / "karten").glob("*.svg"))


def test_its_figures_are_those_delivered(settings: Settings) -> None:
    with duckdb.connect(str(settings.output_dir / "daten" / "sozialatlas.duckdb"), read_only=True) as copy:
        query = "select area_id, numerator from release.values where indicator_id = 'D01' and period = '2021-12-31'"
        found = dict(copy.sql(query).fetchall())
    people = {f"{anderswo.KEY}{number:03}": float(count) for number, (_, count) in enumerate(anderswo.GEMEINDEN, 1)}
    assert {key: value for key, value in found.items() if key in people} == people
    assert found[anderswo.KEY] == sum(people.values())


def test_no_list_counts_figures_the_district_does_not_have(settings: Settings) -> None:
    out = settings.output_dir
    with duckdb.connect(str(out / "daten" / "sozialatlas.duckdb"), read_only=True) as copy:
        query = "select data = 'gemeinde', count(*), count(latest_period) from release.indicators group by all"
        counts = {of_gemeinden: rest for of_gemeinden, *rest in copy.sql(query).fetchall()}
    assert counts[True][0] == counts[True][1] < 20 < counts[False][0]
    counted = f"<dt>Indikatoren mit Werten für Gemeinden</dt><dd>{counts[True][0]}</dd>"
    assert counted in _text(out / "portal" / "datenluecken.html")
    assert "noch zu klären" not in spoken(out / "sozialatlas-2021.pdf")


def test_shapes_with_islands_and_a_hole_reach_the_open_data(settings: Settings) -> None:
    package = settings.output_dir / "daten" / "gebiete.gpkg"
    first = geopandas.read_file(package, layer="gemeinden").sort_values("area_id").iloc[0].geometry
    assert len(first.geoms) == 3 and sum(len(part.interiors) for part in first.geoms) == 1


def test_no_output_speaks_of_another_district(settings: Settings) -> None:
    out = settings.output_dir
    for path in sorted(out.rglob("*.html")):
        found = ELSEWHERE.search(re.sub(r"<[^>]+>|Hessische\w* [\w ]*(Gemeindestatistik|Landesamt)", " ", _text(path)))
        assert found is None, (path.name, found)
    for path in sorted(out.rglob("*.pdf")):
        text = re.sub(r"Hessische\w* (Statistisches Landesamt|Gemeindestatistik)", " ", spoken(path))
        assert ELSEWHERE.search(text) is None, (path.name, ELSEWHERE.search(text))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
