"""The embedded engine: what it refuses, what reaches the PDF, how the PDF is tagged, and that it repeats itself."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pikepdf
import pytest
from pdf import elements, fonts, spoken

from pipelines.errors import RenderError
from pipelines.publish.documents import render_all
from pipelines.publish.engines import Order, Place
from pipelines.publish.qmd import Cell, read_document
from pipelines.publish.typst_code import Code, block, call, join, length, literal, show, text

PROJECT = Path(__file__).resolve().parents[2]
SAMPLE = PROJECT / "tests" / "fixtures" / "bericht"
THEME = PROJECT / "reports" / "theme"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><rect width="12" height="8"/></svg>'


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample document beside the project's theme, with one figure."""
    folder = tmp_path_factory.mktemp("quelle")
    shutil.copytree(SAMPLE, folder / "bericht")
    shutil.copytree(THEME, folder / "bericht" / "theme")
    (folder / "karten").mkdir()
    (folder / "karten" / "karte.svg").write_text(SVG, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def pdf(sample: Path) -> Path:
    return _render(sample, sample / "probe.pdf")


def _render(folder: Path, output: Path, area: str | None = None) -> Path:
    source = folder / "bericht" / "probe.qmd"
    place = Place(source.parent, folder / "atlas.duckdb", folder / "karten")
    return render_all(place, [Order(source, output, area)])[0]


def _render_alone(source: Path, output: Path) -> Path:
    return render_all(Place(source.parent, source.parent / "atlas.duckdb"), [Order(source, output)])[0]


def _document(folder: Path, content: str) -> Path:
    """A source of its own beside the theme; `content` follows a complete front matter and a first heading."""
    shutil.copytree(THEME, folder / "theme", dirs_exist_ok=True)
    source = folder / "blatt.qmd"
    source.write_text(f'---\ntitle: "Blatt"\n---\n\n# Kapitel\n\n{content}', encoding="utf-8")
    return source


def _failure(folder: Path, content: str) -> RenderError:
    source = _document(folder, content)
    with pytest.raises(RenderError) as caught:
        _render_alone(source, folder / "blatt.pdf")
    assert not (folder / "blatt.pdf").exists()
    return caught.value


# ------------------------------------------------------------------------------------------------ what the PDF holds
def test_pdf_names_language_title_and_tagging(pdf: Path) -> None:
    with pikepdf.open(pdf) as opened:
        assert str(opened.Root.Lang) == "de-DE"
        assert opened.Root.MarkInfo.Marked
        assert opened.Root.ViewerPreferences.DisplayDocTitle
        assert str(opened.docinfo["/Title"]) == "Probebericht, Ausgabe 2023"
        metadata = opened.open_metadata()
        assert metadata["pdfuaid:part"] == "1"
        assert metadata["pdfaid:part"] == "2"
        assert metadata["pdfaid:conformance"] == "A"


def test_bookmarks_come_from_headings(pdf: Path) -> None:
    with pikepdf.open(pdf) as opened, opened.open_outline() as outline:
        top = list(outline.root)
        assert [item.title for item in top] == ["1 Ein Kapitel"]
        assert [item.title for item in top[0].children] == ["Ein Abschnitt"]


def test_every_figure_carries_its_alternative_text(pdf: Path) -> None:
    assert [alt for alt in elements(pdf, "Figure") if alt] == ['Karte: "Anteil" 2021 in zwei Gemeinden']


def test_every_table_has_header_cells(pdf: Path) -> None:
    tables = elements(pdf, "Table")
    assert len(tables) == 3
    assert len(elements(pdf, "THead")) == len(tables)
    assert len(elements(pdf, "TH")) == 2 + 3 + 2


def test_only_the_embedded_font_family_is_used(pdf: Path) -> None:
    found = fonts(pdf)
    assert found and all(embedded and name.startswith("SourceSansPro") for name, embedded in found.items()), found


def test_signs_are_spoken_and_text_is_never_markup(pdf: Path) -> None:
    content = spoken(pdf)
    assert "aus Datenschutzgründen nicht ausgewiesen" in content
    assert "Zunahme" in content
    assert '# $ * _ < > @ \\ "' in content


def test_references_print_number_or_title(pdf: Path) -> None:
    content = spoken(pdf)
    assert "Abbildung 1" in content.replace("\u00a0", " ")
    assert "Tabelle 1" in content
    assert "Tabelle 2" in content
    assert "„Ein Abschnitt“ (Seite" in content


def test_page_furniture_says_edition_and_label(pdf: Path) -> None:
    content = spoken(pdf)
    assert "Landkreis Muster · Probebericht · Datenstand 2018 bis 2023 · Lauf a1b2c3d" in content
    assert "Testdaten" in content
    assert "Entwurf" in content


def test_rendering_twice_gives_equal_bytes(sample: Path, pdf: Path) -> None:
    again = _render(sample, sample / "zweitens.pdf")
    assert again.read_bytes() == pdf.read_bytes()


def test_area_is_passed_and_the_environment_is_restored(
    sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOZIALATLAS_AREA", "vorher")
    monkeypatch.delenv("SOZIALATLAS_RELEASE", raising=False)
    first = _render(sample, tmp_path / "eins.pdf", area="06432011")
    assert "Gebiet: 06432011" in spoken(first)
    assert os.environ["SOZIALATLAS_AREA"] == "vorher"
    assert "SOZIALATLAS_RELEASE" not in os.environ
    place = Place(sample / "bericht", sample / "atlas.duckdb", sample / "karten")
    source = sample / "bericht" / "probe.qmd"
    orders = [Order(source, tmp_path / f"{area}.pdf", area) for area in ("06432012", None)]
    assert "Gebiet: 06432012" in spoken(render_all(place, orders)[0])
    assert "Gebiet: ohne Gebiet" in spoken(orders[1].output)


def test_rendering_leaves_nothing_beside_the_source(sample: Path, pdf: Path) -> None:
    assert sorted(p.name for p in (sample / "bericht").iterdir()) == ["_quarto.yml", "probe.qmd", "teil.qmd", "theme"]


def test_a_figure_of_a_cell_reaches_the_pdf(tmp_path: Path) -> None:
    source = _document(
        tmp_path,
        '```{python}\n#| label: fig-linie\n#| fig-cap: "Eine Linie"\n#| fig-alt: "Linie: von 1 bis 2"\n'
        "from matplotlib.figure import Figure\nbild = Figure()\nbild.subplots().plot([1, 2])\nbild\n```\n\n"
        "Siehe @fig-linie.\n",
    )
    outputs = [_render_alone(source, tmp_path / f"{n}.pdf") for n in "ab"]
    assert [alt for alt in elements(outputs[0], "Figure") if alt] == ["Linie: von 1 bis 2"]
    assert outputs[0].read_bytes() == outputs[1].read_bytes()


# ------------------------------------------------------------------------------------------------ what is refused
def test_a_faulty_source_is_refused_before_a_cell_runs(tmp_path: Path) -> None:
    error = _failure(tmp_path, "```{python}\nraise SystemExit\n```\n\nEin Anteil von $x$ nach @mueller2020.\n")
    assert error.file == str(tmp_path / "blatt.qmd")
    assert error.row == 11
    assert "2 Stellen" in str(error) and "$" in str(error) and "@mueller2020" in str(error)


def test_what_a_cell_prints_is_held_to_the_same_rules(tmp_path: Path) -> None:
    error = _failure(tmp_path, '```{python}\n#| output: asis\nprint("<b>fett</b>")\n```\n')
    assert "Sprache" in str(error)
    assert error.row == "Ausgabe einer Zelle"


@pytest.mark.parametrize(
    ("code", "row", "found"),
    [
        ("a = 1\nb = a / 0\n", 11, "ZeroDivisionError"),
        ("a = (\n", 10, "SyntaxError"),
        ("bild = object()\nbild\n", 11, "bild"),
        ("import sys\nsys.stdout.write('Text')\n_ = 1\n", 7, "Text"),
    ],
)
def test_failing_cell_names_file_line_label_and_reason(tmp_path: Path, code: str, row: int, found: str) -> None:
    error = _failure(tmp_path, f"```{{python}}\n#| label: rechnung\n#| echo: false\n{code}```\n")
    assert error.file == str(tmp_path / "blatt.qmd")
    assert error.row == row
    assert "rechnung" in str(error)
    assert found in str(error)


def test_failing_cell_in_an_included_file_names_that_file(tmp_path: Path) -> None:
    (tmp_path / "teil.qmd").write_text("Text\n\n```{python}\nfehlt\n```\n", encoding="utf-8")
    error = _failure(tmp_path, "{{< include teil.qmd >}}\n")
    assert Path(str(error.file)).name == "teil.qmd"
    assert error.row == 4


def test_typesetting_error_is_told_in_german(tmp_path: Path) -> None:
    error = _failure(tmp_path, "```{=typst}\n#heading(level: 3)[Ohne Ebene zwei]\n```\n")
    assert "nicht gesetzt" in str(error)
    assert error.file == str(tmp_path / "blatt.qmd")


# ------------------------------------------------------------------------------------------------ reading and writing
def test_fenced_examples_are_text_and_not_cells(tmp_path: Path) -> None:
    source = _document(tmp_path, "````\n```{python}\n1 / 0\n```\n````\n")
    assert not [piece for piece in read_document(source).pieces if isinstance(piece, Cell)]


def test_emitters_write_literals_that_typst_reads_as_text() -> None:
    assert text('a "b" \\ c\nd') == '"a \\"b\\" \\\\ c\\nd"'
    assert literal(["a"]) == '("a",)'
    assert literal([]) == "()"
    assert literal({}) == "(:)"
    assert literal({"bruch_nach": None, "fett": True}) == '("bruch-nach": none, "fett": true)'
    assert literal(0.0000001) == "1e-07"
    assert literal(-2.5) == "-2.5"
    assert length(12.5) == "12.5mm"
    assert call("bild", "a.svg", alt="b", neue_seite=False) == 'bild("a.svg", alt: "b", neue-seite: false)'
    assert join("a", call("f")) == '{ "a"; f() }'
    assert show("ausgabe", titel="x") == 'show: ausgabe.with(titel: "x")'
    assert block(Code("f()")) == "\n```{=typst}\n#f()\n```\n"
    assert block(call("f", "```")).startswith("\n````{=typst}")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object()])
def test_emitters_refuse_what_is_not_a_value(value: object) -> None:
    with pytest.raises(TypeError):
        literal(value)
