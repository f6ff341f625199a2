"""What whole runs leave: every status told apart everywhere, equal bytes, accessible PDFs, nothing lost or leaked."""

from __future__ import annotations

import csv
import json
import re
import resource
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pikepdf
import polars as pl
import pytest
from openpyxl import load_workbook
from pdf import elements, fonts, pages, spoken, tables_without_header
from runs import CLOSED, CLOSED_FIGURE, OTHER_GAPS, OTHER_NAMES, call, content, environment

from pipelines import german, warehouse
from pipelines.contracts import contract
from pipelines.publish import papers
from pipelines.settings import Settings

STATUSES = set(german.STATUS_WORDS)
# Where the miniature district holds a status: indicator and Gemeinde, newest period
PLACES = {
    "zero": ("N14", "06999001"),
    "estimated": ("W01", "06999002"),
    "pooled": ("N03", "06999003"),
    "secret": ("N04", "06999003"),
    "uncertain": ("N17", "06999003"),
    "later": ("N13", "06999002"),
    "not_applicable": ("W04", "06999003"),
    "missing": ("N19", "06999001"),
    "suppressed": ("N10", "06999002"),
}
NO_VALUE = set(german.NO_VALUE_STATUSES)
SPOKEN = {**german.STATUS_WORDS, "secret": "geheim gehalten"}
A4 = (595.276, 841.89)


def released(settings: Settings, table: str) -> pl.DataFrame:
    copy = settings.output_dir / "daten" / "sozialatlas.duckdb"
    with duckdb.connect(str(copy), read_only=True) as connection:
        return connection.sql(f"select * from release.{table}").pl()


def atlas(settings: Settings) -> Path:
    return settings.output_dir / f"sozialatlas-{settings.year}.pdf"


def profile(settings: Settings, area_id: str) -> Path:
    return next((settings.output_dir / "steckbriefe").glob(f"{area_id}-*.pdf"))


def documents(settings: Settings) -> list[Path]:
    return sorted(settings.output_dir.rglob("*.pdf"))


def sheet(settings: Settings, name: str) -> list[dict[str, Any]]:
    book = load_workbook(settings.output_dir / f"sozialatlas-{settings.year}.xlsx", read_only=True)
    rows = book[name].iter_rows(values_only=True)
    heads = next(rows)
    return [dict(zip(heads, row, strict=True)) for row in rows]


def plain(html: str) -> str:
    return re.sub(r"<[^>]*>", " ", html)


def index_page(settings: Settings) -> str:
    return (settings.output_dir / "index.html").read_text(encoding="utf-8")


def texts(settings: Settings) -> dict[str, str]:
    """Everything of an edition that can be read as text, without hashes and names of folders."""
    found = {path.name: spoken(path) for path in documents(settings)}
    for path in settings.output_dir.rglob("*"):
        if path.suffix in (".csv", ".html", ".svg", ".md", ".css"):
            found[path.name] = path.read_text(encoding="utf-8")
    for table in ("values", "indicators", "areas", "sources", "comparison", "trend", "index", "index_members",
                  "checks", "edition"):  # fmt: skip
        found[table] = released(settings, table).write_csv()
    book = load_workbook(settings.output_dir / f"sozialatlas-{settings.year}.xlsx", read_only=True)
    found["xlsx"] = "\n".join(str(cell) for page in book for row in page.iter_rows(values_only=True) for cell in row)
    return found


# ------------------------------------------------------------------------------------------------ every status
def test_every_status_is_released(first: Settings) -> None:
    values = released(first, "values")
    assert set(values["status"]) == STATUSES
    newest = dict(released(first, "indicators").select("indicator_id", "latest_period").iter_rows())
    for status, (indicator, area) in PLACES.items():
        row = values.filter(indicator_id=indicator, area_id=area, period=newest[indicator])
        assert row["status"].to_list() == [status], (indicator, area)


def test_a_status_without_value_never_has_a_number_and_always_a_reason(first: Settings, other: Settings) -> None:
    for settings in (first, other):
        absent = released(settings, "values").filter(pl.col("status").is_in(NO_VALUE))
        for name in ("value", "lower", "upper", "numerator", "denominator"):
            assert absent[name].null_count() == absent.height, name
        assert absent["reason"].null_count() == 0


def test_open_data_and_workbook_tell_every_status_apart(first: Settings) -> None:
    with (first.output_dir / "daten" / "values.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["status"] for row in rows} == STATUSES
    assert all((row["value"] == "") == (row["status"] in NO_VALUE) for row in rows)
    parquet = pl.read_parquet(first.output_dir / "daten" / "values.parquet")
    assert parquet["status"].to_list() == [row["status"] for row in rows]
    words = [row["Status"] for row in sheet(first, "Werte")]
    assert words == [german.status_words(row["status"]) for row in rows]


@pytest.mark.parametrize("status", sorted(STATUSES - {"reported"}))
def test_the_atlas_says_every_status_in_words_at_its_indicator(first: Settings, status: str) -> None:
    indicator, area = PLACES[status]
    assert SPOKEN[status] in table_part(first, indicator), (indicator, area)


def table_page(settings: Settings, indicator_id: str) -> str:
    """The page of an indicator with its table: the one after the page that ends with its id."""
    found = pages(atlas(settings))
    place = next(i for i, page in enumerate(found) if f"Kennung in den Dateien: {indicator_id}." in page)
    return found[place + 1]


def table_part(settings: Settings, indicator_id: str) -> str:
    """What stands on that page in the table and below it, without the legend of all signs."""
    page = table_page(settings, indicator_id)
    return re.sub(r"Zeichen.{0,3}– genau null.*?eingeschränkt", "", page[page.index("Die Zahlen dazu") :])


@pytest.mark.parametrize(("position", "status"), OTHER_GAPS.items())
def test_profiles_say_why_a_value_is_absent(other: Settings, position: int, status: str) -> None:
    text = spoken(profile(other, f"05888{position + 1:03}"))
    row = text[text.index("Beschäftigungsquote") : text.index("Teilzeit")]
    assert SPOKEN[status] in row
    assert german.STATUS_SHORT[status] in row
    assert not any(SPOKEN[absent] in row for absent in NO_VALUE - {status, "secret"})  # the Kreis is secret


@pytest.mark.parametrize(("position", "status"), OTHER_GAPS.items())
def test_key_figures_of_a_profile_say_why_a_value_is_absent(other: Settings, position: int, status: str) -> None:
    text = spoken(profile(other, f"05888{position + 1:03}"))
    assert f"Beschäftigte mit Wohnort hier{german.status_words(status)}" in text


@pytest.mark.parametrize("status", sorted(NO_VALUE))
def test_maps_hatch_every_absent_status_in_its_own_way(first: Settings, status: str) -> None:
    svg = map_of(first, PLACES[status][0])
    drawn = re.findall(r'class="hatch-([a-z_]+)', svg)
    # Once in the area, once in the legend; the legend always explains the two most frequent ones
    assert drawn.count(status) == 2 and set(drawn) == {status, "missing", "suppressed"}
    assert german.status_words(status) in " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg))
    paths = [
        re.search(rf'class="hatch-{name}".*?d="([^"]*)"', map_of(first, PLACES[name][0]), re.S).group(1)[:200]  # type: ignore[union-attr]
        for name in NO_VALUE
    ]
    assert len(set(paths)) == len(NO_VALUE)


def map_of(settings: Settings, indicator_id: str) -> str:
    return next((settings.output_dir / "karten").glob(f"{indicator_id}-*.svg")).read_text(encoding="utf-8")


def test_the_page_says_every_absent_status_in_map_table_and_legend(other: Settings) -> None:
    html = index_page(other)
    for position, status in OTHER_GAPS.items():
        name, words = OTHER_NAMES[position], german.status_words(status)
        assert f"<title>{name}: {words}</title>" in html
        rows = [plain(row) for row in re.findall(r"<tr>.*?</tr>", html) if f">{name}<" in row]
        assert len(rows) >= 2 and all(words in row for row in rows), name
        assert f'class="area hatch-{status}"' in html
    for sign in set(german.STATUS_SIGNS.values()):
        assert re.search(rf"<dt>\s*{re.escape(sign)}\s*</dt>", html), sign


# ------------------------------------------------------------------------------------------------ test data
def test_every_page_and_table_says_that_the_figures_are_made_up(first: Settings) -> None:
    assert len(documents(first)) == 1 + 3 + len(papers.PAPERS) + 1
    for path in documents(first):
        for number, page in enumerate(pages(path), 1):
            assert "Testdaten · Entwurf" in page or "Entwurf · Testdaten" in page, (path.name, number)
    assert index_page(first).count("Entwurf · Testdaten") >= 2
    book = load_workbook(first.output_dir / f"sozialatlas-{first.year}.xlsx")
    assert all("Testdaten" in page.oddFooter.right.text for page in book)
    assert "Testdaten" in (first.output_dir / "daten" / "LIESMICH.md").read_text(encoding="utf-8")
    for path in (first.output_dir / "karten").glob("*.svg"):
        assert "Entwurf · Testdaten" in path.read_text(encoding="utf-8"), path.name


# ------------------------------------------------------------------------------------------------ PDF structure
@pytest.mark.parametrize("kind", ["atlas", "profile"])
def test_documents_are_tagged_for_everyone(first: Settings, kind: str) -> None:
    path = atlas(first) if kind == "atlas" else profile(first, "06999003")
    name = "Landkreis Musterland" if kind == "atlas" else "Probedorf"
    with pikepdf.open(path) as opened:
        assert opened.Root.MarkInfo.Marked
        assert str(opened.Root.Lang) == "de-DE"
        assert opened.Root.ViewerPreferences.DisplayDocTitle
        title = str(opened.docinfo["/Title"])
        assert name in title and f"Ausgabe {first.year}" in title
        metadata = opened.open_metadata()
        assert (metadata["pdfuaid:part"], metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("1", "2", "A")
        for page in opened.pages:
            box = [float(number) for number in page.mediabox]
            assert box == pytest.approx([0, 0, *A4], abs=0.1)
        with opened.open_outline() as outline:
            chapters = [item.title for item in outline.root]
    assert chapters
    if kind == "atlas":
        known = {str(row) for row in released(first, "indicators").filter(data="gemeinde")["chapter"].unique()}
        assert known <= {re.sub(r"^\d+ ", "", title) for title in chapters}
    figures = elements(path, "Figure")
    assert figures and all(len(alt) > 20 for alt in figures)
    assert elements(path, "Table") and tables_without_header(path) == 0
    found = fonts(path)
    assert found and all(embedded and family.startswith("SourceSansPro") for family, embedded in found.items()), found


def test_every_profile_has_two_pages_whatever_it_lacks(first: Settings, other: Settings) -> None:
    for settings in (first, other):
        found = {path.name: len(pages(path)) for path in documents(settings) if path.parent.name == "steckbriefe"}
        assert found == dict.fromkeys(found, 2)
        assert len(pages(atlas(settings))) >= 90


# ------------------------------------------------------------------------------------------------ closed sources
def test_a_closed_source_leaves_no_number_anywhere(other: Settings) -> None:
    sources = dict(released(other, "sources").select("source_id", "published").iter_rows())
    assert sources[CLOSED] == "nein"
    values = released(other, "values").filter(pl.col("source_ids").str.contains(CLOSED))
    resting = values.filter(~pl.col("source_ids").str.split(";").list.contains("inkar_kreis"))
    assert set(resting["status"]) <= NO_VALUE and "suppressed" in set(resting["status"])
    figure = Decimal(CLOSED_FIGURE)
    inside = warehouse.read(other.warehouse, "indicators.values")
    assert inside.filter(value=float(figure))["source_ids"].to_list() == [CLOSED]
    shapes = {str(figure), german.number(float(figure), 3), german.number(float(figure), 0), f"{figure:.0f}"}
    for name, text in texts(other).items():
        for shape in shapes | {shape.replace("\u202f", " ").replace("\u00a0", " ") for shape in shapes}:
            assert not re.search(rf"(?<![\d.,]){re.escape(shape)}(?!\d)", text), (name, shape)


def test_what_rests_on_a_closed_source_goes_as_a_whole(other: Settings) -> None:
    assert set(released(other, "index")["status"]) == {"suppressed"}
    assert released(other, "index")["value"].null_count() == len(OTHER_NAMES)
    assert released(other, "comparison").filter(indicator_id="E01").is_empty()
    assert "nicht ausgewiesen" in plain(index_page(other))
    held = [page.partition("Geliefert, aber nicht ausgewiesen")[2] for page in pages(atlas(other))]
    assert any("Arbeitslosenanteil" in listed for listed in held)


# ------------------------------------------------------------------------------------------------ two districts
def test_two_districts_in_one_process_know_nothing_of_each_other(first: Settings, other: Settings) -> None:
    foreign = {first.year: ("05888", "Anderswo", "Probezahlen", *OTHER_NAMES),
               other.year: ("06999", "Musterland", *("Musterstadt", "Beispielhausen", "Probedorf"))}  # fmt: skip
    for settings in (first, other):
        for name, text in texts(settings).items():
            for word in foreign[settings.year]:
                assert not re.search(rf"(?<![\w.,]){word}", text), (name, word)


def test_equal_inputs_give_equal_bytes_in_another_folder_and_process(first: Settings, again: Any) -> None:
    """Also proves that the district made before in this process left no trace in the outputs of `first`, and that what
    documents read through the typesetter is declared: `again` was set from declared sources only."""
    assert again.code == 0, again.stderr
    here, there = content(first.output_dir), content(again.settings.output_dir)
    assert len(here) > 100
    assert {name for name in here if here[name] != there.get(name)} == set() and here.keys() == there.keys()
    manifests = [json.loads((s.output_dir / "manifest.json").read_text()) for s in (first, again.settings)]
    assert manifests[0] == manifests[1]
    for manifest in manifests:
        assert [entry["path"] for entry in manifest["varying"]] == [f"{first.year}/daten/sozialatlas.duckdb"]


def test_the_manifest_lists_every_file_by_relative_path_size_and_hash(first: Settings) -> None:
    manifest = json.loads((first.output_dir / "manifest.json").read_text(encoding="utf-8"))
    parent = first.data_dir.parent
    inputs = {f"daten/{name}": digest for name, digest in content(first.data_dir).items()}
    outputs = {f"{first.year}/{name}": digest for name, digest in content(first.output_dir).items()}
    del outputs[f"{first.year}/manifest.json"]
    listed = {entry["path"]: entry["sha256"] for entry in (*manifest["inputs"], *manifest["outputs"])}
    varying = {entry["path"]: entry["content_sha256"] for entry in manifest["varying"]}
    assert listed | varying == inputs | outputs
    for entry in manifest["inputs"]:
        assert (parent / entry["path"]).stat().st_size == entry["size"]
    for entry in manifest["outputs"]:
        assert (first.out_dir / entry["path"]).stat().st_size == entry["size"]
    assert {"uv.lock", "reports/atlas.qmd", "pipelines/provenance.py"} <= {e["path"] for e in manifest["program"]}
    assert str(first.out_dir) not in json.dumps(manifest)


# ------------------------------------------------------------------------------------------------ the command
def test_the_command_leaves_nothing_where_it_is_called(again: Any) -> None:
    assert list(again.folder.iterdir()) == []
    assert str(again.settings.output_dir) in again.stdout and "Dauer in Sekunden" in again.stdout
    assert sorted(path.name for path in again.settings.out_dir.iterdir()) == [".curated", str(again.settings.year)]
    assert sorted(path.name for path in again.settings.out_dir.parent.iterdir()) == ["aus", "daten"]


def test_when_nothing_changed_the_command_says_so_at_once_without_dagster(again: Any) -> None:
    python, *rest = call("run", "--data", again.settings.data_dir, "--out", again.settings.out_dir)
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    done = subprocess.run(
        [python, "-X", "importtime", *rest], cwd=again.folder, env=environment(), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 5
    assert done.returncode == 0 and done.stdout.startswith("Nichts zu tun"), done.stderr
    imported = {line.rsplit("|", 1)[1].strip().split(".")[0] for line in done.stderr.splitlines() if "|" in line}
    assert "assets" in imported
    assert not imported & {"dagster", "great_expectations", "geopandas", "matplotlib", "pandas", "polars", "scipy"}
    assert list(again.folder.iterdir()) == []


# ------------------------------------------------------------------------------------------------ conservation
def test_no_row_is_lost_on_the_way(again: Any) -> None:
    db = again.settings.warehouse
    losses = warehouse.read(db, "curated.losses")
    merkmale = warehouse.read(db, "curated.merkmale")
    for source in again.settings.kreis.sources:
        raw = warehouse.read(db, f"raw.{source}")
        balance = losses.filter(source_id=source)
        assert balance.height == 3 and balance["lost"].to_list() == [0, 0, 0], source
        assert set(balance["rows_in"]) == set(balance["rows_out"]) == {raw.height}, source
        assert raw.height == merkmale.filter(source_id=source).height, source
    values, out = warehouse.read(db, "indicators.values"), warehouse.read(db, "release.values")
    key = contract("release.values").key
    assert values.select(key).equals(out.select(key))


def test_counts_of_sozialraeume_add_up_to_the_kreis(first: Settings) -> None:
    finished = released(first, "indicators").filter(pl.col("aggregation") == "counts")["indicator_id"]
    values = released(first, "values").filter(pl.col("indicator_id").is_in(finished.to_list()))
    compared = 0
    for _, rows in values.group_by("indicator_id", "period"):
        rooms, kreis = rows.filter(area_level="sozialraum"), rows.filter(area_level="kreis")
        if kreis["value"].null_count() or rooms["value"].null_count() or rooms.is_empty() or kreis.is_empty():
            continue
        for name in ("numerator", "denominator"):
            if kreis[name][0] is not None:
                assert rooms[name].sum() == pytest.approx(kreis[name][0], rel=1e-12), rows
                compared += 1
    assert compared > 50
