"""The embedded engine: what it refuses, what reaches the PDF, how the PDF is tagged, and that it repeats itself."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pikepdf
import pytest
from pdf import elements, fonts, spoken

from pipelines.errors import RenderError
from pipelines.publish.documents import render, render_in, workspace
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
    return render(source, output, release=folder / "atlas.duckdb", figures=folder / "karten", area=area)


def _document(folder: Path, content: str) -> Path:
    """A source of its own beside the theme; `content` follows a complete front matter and a first heading."""
    shutil.copytree(THEME, folder / "theme", dirs_exist_ok=True)
    source = folder / "blatt.qmd"
    source.write_text(f'---\ntitle: "Blatt"\n---\n\n# Kapitel\n\n{content}', encoding="utf-8")
    return source


def _failure(folder: Path, content: str) -> RenderError:
    source = _document(folder, content)
    with pytest.raises(RenderError) as caught:
        render(source, folder / "blatt.pdf", release=folder / "atlas.duckdb")
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
    with workspace(sample / "bericht", sample / "karten") as folder:
        source = sample / "bericht" / "probe.qmd"
        second = render_in(folder, source, tmp_path / "zwei.pdf", release=sample / "atlas.duckdb")
    assert "Gebiet: ohne Gebiet" in spoken(second)


def test_rendering_leaves_nothing_beside_the_source(sample: Path, pdf: Path) -> None:
    assert sorted(p.name for p in (sample / "bericht").iterdir()) == ["probe.qmd", "teil.qmd", "theme"]


def test_a_figure_of_a_cell_reaches_the_pdf(tmp_path: Path) -> None:
    source = _document(
        tmp_path,
        '```{python}\n#| label: fig-linie\n#| fig-cap: "Eine Linie"\n#| fig-alt: "Linie: von 1 bis 2"\n'
        "from matplotlib.figure import Figure\nbild = Figure()\nbild.subplots().plot([1, 2])\nbild\n```\n\n"
        "Siehe @fig-linie.\n",
    )
    outputs = [render(source, tmp_path / f"{n}.pdf", release=tmp_path / "x.duckdb") for n in "ab"]
    assert [alt for alt in elements(outputs[0], "Figure") if alt] == ["Linie: von 1 bis 2"]
    assert outputs[0].read_bytes() == outputs[1].read_bytes()


# ------------------------------------------------------------------------------------------------ what is refused
@pytest.mark.parametrize(
    ("content", "row", "word"),
    [
        ("```{python}\n#| label: a\n#| fig-width: 4\n1\n```\n", 9, "fig-width"),
        ("```{python}\n#| output: false\n1\n```\n", 8, "output"),
        ("```{python}\n#| echo: ja\n1\n```\n", 8, "echo"),
        ("```{r}\n1\n```\n", 7, "{r}"),
        ("Text {{< include x.qmd >}} im Satz.\n", 7, "include"),
        ("{{< include fehlt.qmd >}}\n", 7, "fehlt.qmd"),
        ("Der Wert `{python} 1 + 1` im Satz.\n", 7, "python"),
        ("```{python}\nprint(1)\n", 7, "geschlossen"),
        ("\n![Titel](x.svg)\n", 8, "Alternativtext"),
        ("Ein Anteil von $x$.\n", 7, "Formeln"),
        ("```{python}\n#| label: start\n#| output: asis\nprint(1)\n```\n", 7, "Kennung"),
        ("Nach @mueller2020.\n", 7, "Literaturverweise"),
        ("<b>fett</b>\n", 7, "Sprache"),
    ],
)
def test_unsupported_source_is_refused_with_file_and_line(tmp_path: Path, content: str, row: int, word: str) -> None:
    error = _failure(tmp_path, content)
    assert error.file == str(tmp_path / "blatt.qmd")
    assert error.row == row
    assert word in str(error)


def test_table_without_header_is_refused(tmp_path: Path) -> None:
    error = _failure(tmp_path, "|   |   |\n|:--|--:|\n| x | 1 |\n")
    assert "Kopfzeile" in str(error)


@pytest.mark.parametrize(
    ("code", "row", "found"),
    [
        ("a = 1\nb = a / 0\n", 11, "ZeroDivisionError"),
        ("a = (\n", 10, "SyntaxError"),
        ("1 + 1\n", 7, "int"),
        ("print('Text')\n", 7, "Text"),
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
    error = _failure(tmp_path, "### Ebene drei ohne Ebene zwei\n")
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
