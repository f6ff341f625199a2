"""The quarto engine with a stand-in program: how it is called, what it finds, and what happens when it goes wrong."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from district import write_district

from pipelines.errors import AtlasError, RenderError
from pipelines.provenance import is_current, sha256, write_manifest
from pipelines.publish import open_release, papers, quarto
from pipelines.publish.engines import Order, Place, engine
from pipelines.settings import ENGINES, PROJECT_DIR, load_settings
from tests.fixtures.quarto import StandIn, alive
from tests.fixtures.release import make_release

SAMPLE = PROJECT_DIR / "tests" / "fixtures" / "bericht"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><rect width="12" height="8"/></svg>'


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    monkeypatch.setenv("QUARTO_PATH", str(tmp_path / "programm" / "quarto"))
    monkeypatch.setenv("TMPDIR", str(_made(tmp_path / "temporaer")))
    monkeypatch.setattr("tempfile.tempdir", None)
    return StandIn(tmp_path / "programm")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """The sample document as a project, with its theme, one figure and a released file."""
    reports = tmp_path / "quelle" / "bericht"
    shutil.copytree(SAMPLE, reports)
    shutil.copytree(PROJECT_DIR / "reports" / "theme", reports / "theme")
    (_made(tmp_path / "karten") / "karte.svg").write_text(SVG, encoding="utf-8")
    (tmp_path / "atlas.duckdb").write_bytes(b"")
    return Place(reports, tmp_path / "atlas.duckdb", tmp_path / "karten", 1_700_000_000, tmp_path / "protokolle")


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _render(place: Place, tmp_path: Path, *areas: str | None) -> list[Path]:
    source = place.reports / "probe.qmd"
    orders = [Order(source, tmp_path / "neu" / f"{area or 'alle'}.pdf", area) for area in areas or (None,)]
    return quarto.render_all(place, orders)


def _failure(place: Place, tmp_path: Path) -> RenderError:
    with pytest.raises(RenderError) as caught:
        _render(place, tmp_path)
    assert not (tmp_path / "neu").exists()
    assert list((tmp_path / "temporaer").iterdir()) == []
    return caught.value


# ------------------------------------------------------------------------------------------------ how it is called
def test_every_named_engine_exists(program: StandIn) -> None:
    assert [(engine(name).version(), engine(name).exact) for name in ENGINES] == [(None, True), ("1.9.18", False)]
    assert engine("quarto").render is quarto.render_all


def test_arguments_environment_and_folder(program: StandIn, place: Place, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in place.reports.rglob("*") if path.is_file()}
    outputs = _render(place, tmp_path, None, "06432004")
    assert [path.read_bytes()[:5] for path in outputs] == [b"%PDF-", b"%PDF-"]
    whole, area = program.calls
    assert whole["argv"] == ["render", "probe.qmd", "--to", "typst", "--no-execute-daemon"]
    assert whole["environment"] == {
        "QUARTO_PYTHON": sys.executable,
        "SOZIALATLAS_RELEASE": str(place.release),
        "SOZIALATLAS_AREA": None,
        "SOZIALATLAS_ENGINE": "quarto",
        "SOURCE_DATE_EPOCH": "1700000000",
        "NO_COLOR": "1",
    }
    assert area["environment"]["SOZIALATLAS_AREA"] == "06432004"
    assert whole["kernel"] == sys.executable
    assert whole["figures"] == ["karte.svg"]
    assert {"_quarto.yml", "probe.qmd", "teil.qmd", "theme/atlas.typ", "schriften/SourceSansPro-Regular.ttf"} <= set(
        whole["files"]
    )
    # the copy is gone, the sources are as they were
    assert Path(whole["cwd"]).name == "reports" and not Path(whole["cwd"]).exists()
    assert list((tmp_path / "temporaer").iterdir()) == []
    assert {path: path.read_bytes() for path in place.reports.rglob("*") if path.is_file()} == before


def test_an_inherited_area_does_not_reach_the_atlas(
    program: StandIn, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOZIALATLAS_AREA", "06432011")
    _render(place, tmp_path)
    assert program.calls[0]["environment"]["SOZIALATLAS_AREA"] is None


def test_cells_run_in_this_python_and_see_the_release(program: StandIn, place: Place, tmp_path: Path) -> None:
    code = (
        "import os, sys\nfrom pipelines.publish import open_release\nfrom pathlib import Path\n"
        "print(sys.executable, os.environ['SOZIALATLAS_RELEASE'], os.environ['SOZIALATLAS_AREA'], Path.cwd().name)"
    )
    program.tell(code=code)
    _render(place, tmp_path, "06432004")
    printed = program.calls[0]["printed"].split()
    assert printed == [sys.executable, str(place.release), "06432004", "reports"]


def test_a_pdf_beside_the_source_is_found_and_what_was_said_is_kept(
    program: StandIn, place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program.tell(target=".")
    _render(place, tmp_path, "06432004", "06432005")
    assert "Starting python3 kernel" in (tmp_path / "protokolle" / "06432004.log").read_text(encoding="utf-8")
    assert capsys.readouterr().err.splitlines() == [
        "quarto: 1 von 2 · 06432004.pdf",
        "quarto: 2 von 2 · 06432005.pdf",
    ]


def test_a_docx_is_asked_for_and_completed_as_the_embedded_engine_does(
    program: StandIn, place: Place, tmp_path: Path
) -> None:
    """What the program leaves has neither head nor foot, English as its language and the clock as its time."""
    import docx

    _write_docx(program.folder / "good.docx", "# Kapitel\n\n| A |\n|---|\n| b |\n")
    place = replace(place, release=make_release(tmp_path / "ausgabe"))
    made = quarto.render_all(place, [Order(place.reports / "probe.qmd", tmp_path / "neu" / "probe.docx")])[0]
    assert program.calls[0]["argv"] == ["render", "probe.qmd", "--to", "docx", "--no-execute-daemon"]
    document = docx.Document(str(made))
    assert document.sections[0].header.paragraphs[0].text.startswith("Probe Landkreis Musterland")
    assert document.core_properties.language == "de-DE" and document.core_properties.modified.year == 2023
    assert (tmp_path / "protokolle" / "probe.docx.log").is_file()


def test_a_docx_with_a_table_without_header_is_refused(program: StandIn, place: Place, tmp_path: Path) -> None:
    _write_docx(program.folder / "good.docx", "# Kapitel\n\n|  |\n|---|\n| b |\n")
    place = replace(place, release=make_release(tmp_path / "ausgabe"))
    with pytest.raises(RenderError) as caught:
        quarto.render_all(place, [Order(place.reports / "probe.qmd", tmp_path / "neu" / "probe.docx")])
    assert "keine Kopfzeile" in caught.value.message() and not (tmp_path / "neu").exists()


def _write_docx(path: Path, markdown: str) -> None:
    import pypandoc

    head = "---\ntitle: Probe\n---\n\n"
    pypandoc.convert_text(head + markdown, "docx", format="markdown", outputfile=str(path))


def test_a_faulty_source_is_refused_before_the_program_is_called(
    program: StandIn, place: Place, tmp_path: Path
) -> None:
    source = place.reports / "probe.qmd"
    source.write_text(source.read_text(encoding="utf-8") + "\nNach @mueller2020.\n", encoding="utf-8")
    error = _failure(place, tmp_path)
    assert "Literaturverweise" in str(error) and error.file == str(source)
    assert program.calls == []


# ------------------------------------------------------------------------------------------------ absent, too old
def test_absent_is_an_error_with_remedy(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QUARTO_PATH", raising=False)
    monkeypatch.setenv("PATH", str(_made(tmp_path / "leer")))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "leer" / "python"))
    with pytest.raises(RenderError) as caught:
        _render(place, tmp_path)
    assert "nicht vorhanden" in str(caught.value)
    assert "make atlas ENGINE=quarto" in caught.value.remedy


def test_a_named_program_that_is_absent_is_not_replaced_by_another(
    program: StandIn, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(program.folder))
    monkeypatch.setenv("QUARTO_PATH", str(tmp_path / "fehlt" / "quarto"))
    error = _failure(place, tmp_path)
    assert "QUARTO_PATH" in str(error.found)


def test_found_beside_this_python_and_then_on_the_path(
    program: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = StandIn(tmp_path / "eigen")
    monkeypatch.delenv("QUARTO_PATH")
    monkeypatch.setattr(sys, "executable", str(_made(tmp_path / "leer") / "python"))
    monkeypatch.setenv("PATH", str(program.folder))
    assert quarto.require().path == str(program.program)
    monkeypatch.setattr(sys, "executable", str(own.folder / "python"))
    assert quarto.require() == quarto.Program(str(own.program), "1.9.18")


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("1.8.27", "zu alt"),
        ("0.9", "zu alt"),
        ("unbekannt", "nennt keine Fassung"),
        ("", "nennt keine Fassung"),
        ("true (GNU coreutils) 9.1", "nennt keine Fassung"),  # another program under that path
    ],
)
def test_too_old_says_what_was_found(program: StandIn, place: Place, tmp_path: Path, version: str, words: str) -> None:
    program.tell(version=version)
    error = _failure(place, tmp_path)
    assert words in str(error)
    assert error.expected == "Fassung 1.9 oder neuer"
    assert error.found == (version or "keine Angabe")


@pytest.mark.parametrize("version", ["1.9", "1.10.19", "2.0.1", "99.9.9"])
def test_new_enough(program: StandIn, version: str) -> None:
    program.tell(version=version)
    assert quarto.require().version == version


def test_a_program_that_does_not_answer(
    program: StandIn, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program.tell(version=None)
    monkeypatch.setattr(quarto, "SECONDS_TO_ANSWER", 0.5)
    assert "antwortet nicht" in str(_failure(place, tmp_path))


def test_missing_packages_of_the_kernel_are_named(program: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarto, "PACKAGES", ("nbclient", "gibtesnicht"))
    with pytest.raises(AtlasError, match="es fehlt: gibtesnicht"):
        quarto.require()


# ------------------------------------------------------------------------------------------------ fails
@pytest.mark.parametrize(
    ("act", "what", "found"),
    [
        ("fail", "konnte das Dokument nicht setzen", "NameError: name 'fehlt' is not defined"),
        ("warn", "unvollständig", "Unable to resolve crossref @fig-fehlt"),
        ("nothing", "kein PDF geschrieben", "Starting python3 kernel"),
        ("garbage", "kein PDF ist", ""),
        ("plain", "nicht, was die Ausgabe braucht", "ohne Struktur"),
        ("untitled", "nicht, was die Ausgabe braucht", "kein Titel, nicht als deutsch gekennzeichnet"),
    ],
)
def test_failures_name_source_reason_and_remedy(
    program: StandIn, place: Place, tmp_path: Path, act: str, what: str, found: str
) -> None:
    program.tell(act)
    error = _failure(place, tmp_path)
    assert what in error.what
    assert found in str(error.found) and "\x1b" not in str(error)
    assert error.file == str(place.reports / "probe.qmd")
    assert error.remedy
    assert (tmp_path / "protokolle" / "alle.log").is_file()


def test_a_program_that_hangs_is_ended_with_all_it_started(
    program: StandIn, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program.tell("hang")
    monkeypatch.setattr(quarto, "SECONDS_PER_DOCUMENT", 4)
    error = _failure(place, tmp_path)
    assert "nicht fertig geworden und wurde beendet" in error.what
    (call,) = program.calls
    assert not alive(call["child"])


# ------------------------------------------------------------------------------------------------ in an edition
def test_documents_of_an_edition_come_from_the_chosen_engine_and_are_listed_as_varying(
    program: StandIn, tmp_path: Path
) -> None:
    settings = load_settings(write_district(tmp_path / "daten"), tmp_path / "aus", engine="quarto")
    release = open_release(make_release(settings.staging_dir))
    (settings.staging_dir / "index.html").write_text("<!doctype html>", encoding="utf-8")
    (settings.curated_dir / "abbildungen").mkdir(parents=True)
    atlas = papers.write_atlas(settings)
    profiles = papers.write_profiles(settings)
    assert [call["argv"][1] for call in program.calls] == ["atlas.qmd", *["profile.qmd"] * release.gemeinden.height]
    assert [call["environment"]["SOZIALATLAS_AREA"] for call in program.calls] == [
        None,
        *release.gemeinden["area_id"],
    ]

    manifest = write_manifest(settings, settings.staging_dir)
    assert (manifest["engine"], manifest["engine_version"]) == ("quarto", "1.9.18")
    varying = {entry["path"].rsplit("/", 1)[-1]: entry for entry in manifest["varying"]}
    assert set(varying) == {"sozialatlas.duckdb", atlas.name, *(path.name for path in profiles)}
    assert not [entry for entry in manifest["outputs"] if entry["path"].endswith(".pdf")]
    assert varying[atlas.name]["sha256"] == sha256(atlas)

    settings.staging_dir.rename(settings.output_dir)
    assert is_current(settings)
    (settings.output_dir / atlas.name).write_bytes(b"%PDF-1.7 verfremdet")
    assert not is_current(settings)


def test_the_embedded_engine_lists_only_the_database_as_varying(tmp_path: Path) -> None:
    settings = load_settings(write_district(tmp_path / "daten"), tmp_path / "aus")
    make_release(settings.staging_dir)
    (settings.staging_dir / "sozialatlas.pdf").write_bytes(b"%PDF-1.7")
    manifest = write_manifest(settings, settings.staging_dir)
    assert (manifest["engine"], manifest["engine_version"]) == ("embedded", None)
    assert [entry["path"].rsplit("/", 1)[-1] for entry in manifest["varying"]] == ["sozialatlas.duckdb"]
