"""The rules of document sources: a source that breaks each, told with file and line; the project's own keep all."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipelines.publish.lint import document_faults, lint, main
from pipelines.settings import PROJECT_DIR

REPORTS = PROJECT_DIR / "reports"
SAMPLE = PROJECT_DIR / "tests" / "fixtures" / "bericht"
HEAD = "---\ntitle: Blatt\n---\n\n# Kapitel\n\n"  # what follows starts in line 7


def _faults(folder: Path, content: str, head: str = HEAD) -> list[tuple[int | str, str, str]]:
    source = folder / "blatt.qmd"
    source.write_text(head + content, encoding="utf-8")
    found = document_faults(source, folder)
    assert {fault.file for fault in found} <= {source}
    assert all(fault.remedy and fault.found for fault in found)
    return [(fault.line, fault.what, fault.found) for fault in found]


def cell(code: str, *options: str) -> str:
    return "```{python}\n" + "".join(f"#| {option}\n" for option in options) + code + "\n```\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "projekt"
    shutil.copytree(SAMPLE, folder)
    shutil.copytree(REPORTS / "theme", folder / "theme")
    return folder


def test_the_projects_own_sources_keep_every_rule() -> None:
    assert lint(REPORTS) == []
    assert main() == 0


def test_the_sample_keeps_every_rule(project: Path) -> None:
    assert lint(project) == []


# ------------------------------------------------------------------------------------------------ syntax
@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (cell("_ = 1", "fig-width: 4"), 8, "„fig-width“ einer Zelle wird nicht unterstützt"),
        (cell("_ = 1", "echo: false", "tags: [parameters]"), 9, "„tags“ einer Zelle wird nicht unterstützt"),
        (cell("_ = 1", "output: false"), 8, "„output“ einer Zelle hat einen Wert"),
        (cell("_ = 1", "echo: ja"), 8, "„echo“ einer Zelle hat einen Wert"),
        (cell("_ = 1", "label: [a"), 8, "Einstellungen sind nicht lesbar"),
        ("```{r}\n1\n```\n", 7, "Zellenkopf"),
        ("```{mermaid}\ngraph TD\n```\n", 7, "Zellenkopf"),
        ("```{dot}\ndigraph {}\n```\n", 7, "Zellenkopf"),
        ("```{python echo=False}\n_ = 1\n```\n", 7, "Zellenkopf"),
        ("Text {{< include x.qmd >}} im Satz.\n", 7, "doppelten Klammern"),
        ("{{< pagebreak >}}\n", 7, "doppelten Klammern"),
        ("{{< include fehlt.qmd >}}\n", 7, "Quelldatei des Dokuments fehlt"),
        ("{{< include blatt.qmd >}}\n", 7, "bindet sich selbst ein"),
        ("Der Wert `{python} 1 + 1` im Satz.\n", 7, "innerhalb einer Textzeile"),
        ("Text\n\n```{python}\nprint(1)\n", 9, "nicht geschlossen"),
    ],
)
def test_syntax(tmp_path: Path, content: str, line: int, words: str) -> None:
    first = _faults(tmp_path, content)[0]
    assert first[0] == line
    assert words in first[1]


@pytest.mark.parametrize(
    ("head", "line", "words"),
    [
        ("---\ntitle: Blatt\nparams:\n  gebiet: x\n---\n", 3, "„params“ im Kopf"),
        ("---\ntitle: Blatt\nmainfont: Roboto\n---\n", 3, "„mainfont“ im Kopf"),
        ("---\nlang: de\n---\n", 1, "keinen Titel"),
        ("# Kapitel\n", 1, "keinen Titel"),
        ("---\ntitle: Blatt\n", 1, "nicht abgeschlossen"),
        ("---\ntitle: [Blatt\n---\n", 2, "nicht lesbar"),
    ],
)
def test_front_matter(tmp_path: Path, head: str, line: int, words: str) -> None:
    found = _faults(tmp_path, "\nText\n", head)
    assert [entry for entry in found if entry[0] == line and words in entry[1]], found


# ------------------------------------------------------------------------------------------------ cells
@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (cell("print(1)", "label: start", "output: asis"), 7, "keine solche Kennung"),
        (cell("print(1)", "label: tbl-eins", "output: asis"), 7, "Kennung ohne Beschriftung"),
        (cell("bild = zeichnen()\n_ = bild", "label: fig-eins", 'fig-cap: "Bild"'), 7, "keinen Alternativtext"),
        (cell("print(1)"), 7, "gibt Text aus"),
        (cell("%matplotlib inline"), 8, "ist kein Python"),
        (cell("a = 1\n!pip install x"), 9, "ist kein Python"),
        (cell("import matplotlib.pyplot as plt\nplt.plot([1])\nplt.show()\n_ = 1"), 10, "zeigt ihre Abbildung selbst"),
        (cell("import matplotlib\nmatplotlib.use('Agg')\n_ = 1"), 9, "zeigt ihre Abbildung selbst"),
        (cell("werte = release.values.to_pandas()\nwerte"), 9, "endet mit einem Ausdruck"),
        (cell("release.values.to_pandas().head()"), 8, "endet mit einem Ausdruck"),
        (cell("1 + 1"), 8, "endet mit einem Ausdruck"),
        (cell("display(1)\n_ = 1"), 8, "nur in Jupyter"),
    ],
)
def test_cells(tmp_path: Path, content: str, line: int, words: str) -> None:
    found = _faults(tmp_path, content)
    assert [(entry[0], words in entry[1]) for entry in found] == [(line, True)], found


def test_a_cell_may_end_with_its_figure(tmp_path: Path) -> None:
    content = cell("bild = zeichnen()\nbild", "label: fig-eins", 'fig-cap: "Bild"', 'fig-alt: "Linie"')
    assert _faults(tmp_path, content + "\nSiehe @fig-eins.\n") == []


# ------------------------------------------------------------------------------------------------ text
@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        ("Ein Anteil von $x$.\n", 7, "Formeln"),
        ("Also\n\n$$\nx = 1\n$$\n", 10, "Formeln"),
        ("Nach @mueller2020.\n", 7, "Literaturverweise"),
        ("Ein <b>fettes</b> Wort\n", 7, "Sprache"),
        ("```{=html}\n<hr>\n```\n", 8, "Sprache"),
        ("\n![Titel](da.svg)\n", 8, "keinen Alternativtext"),
        ('![Titel](https://example.org/a.svg){fig-alt="x"}\n', 7, "liegt im Netz"),
        ('![Titel](fehlt.svg){fig-alt="x"}\n', 7, "Datei eines Bildes fehlt"),
        ("|   |   |\n|:--|--:|\n| x | 1 |\n", 7, "keine Kopfzeile"),
        ("### Ebene drei\n", 7, "Ebene der Überschriften"),
        ("Siehe @fig-fehlt.\n", 7, "kein Ziel"),
        ("## Eins {#sec-a}\n\nSiehe @sec-a.\n", 9, "gezählte Abschnitte"),
        ("## Eins {#sec-a}\n\n## Zwei {#sec-a}\n", 9, "zweimal vergeben"),
        ("::: {.callout-note}\nText\n:::\n", 7, "Block mit einer Klasse"),
        ("::: {.panel-tabset}\nText\n:::\n", 7, "Block mit einer Klasse"),
    ],
)
def test_text(tmp_path: Path, content: str, line: int, words: str) -> None:
    (tmp_path / "da.svg").write_text("<svg/>", encoding="utf-8")
    found = _faults(tmp_path, content)
    assert [(entry[0], words in entry[1]) for entry in found] == [(line, True)], found


def test_what_looks_like_a_fault_but_is_none(tmp_path: Path) -> None:
    content = (
        "Schreiben Sie an amt@example.org. Ein Preis von 5 \\$ und \\@fig-x.\n\n````\n```{python}\n1 +\n```\n"
        "# kein Titel\n"
        "@fig-y $x$\n````\n\n<!-- Notiz -->\n\n## Weiter\n\n### Tiefer\n\n## Zurück\n\n"
        + cell("# nur Vermerk\nfrom pipelines.publish import open_release")
        + "\n#### Nach einer Zelle\n\n```{=typst}\n#v(1mm)\n```\n\n"
        "Ein [word]{lang=en} mit Fußnote.[^1]\n\n[^1]: Note.\n"
    )
    assert _faults(tmp_path, content) == []


def test_all_faults_come_at_once_in_reading_order(tmp_path: Path) -> None:
    found = _faults(tmp_path, "Nach @mueller2020.\n\n" + cell("print(1)") + "\nEin Anteil von $x$.\n")
    assert [entry[0] for entry in found] == [7, 9, 13]


# ------------------------------------------------------------------------------------------------ project and theme
@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("echo: false", "echo: true", "execute.echo"),
        ("warning: false", "warning: true", "execute.warning"),
        ("daemon: false", "daemon: 300", "execute.daemon"),
        ("jupyter: python3", "jupyter: ir", "jupyter"),
        ("shift-heading-level-by: 0\n", "", "shift-heading-level-by"),
        ("pdf-standard: ua-1", "pdf-standard: [a-2a, ua-1]", "pdf-standard"),
        ("lang: de", "lang: de\nbibliography: lit.bib", "bibliography"),
        ("typst-show.typ", "atlas.typ", "template-partials"),
        ("number-sections: true", "number-sections: false", "gezählte Abschnitte"),
    ],
)
def test_project_file(project: Path, old: str, new: str, words: str) -> None:
    file = project / "_quarto.yml"
    content = file.read_text(encoding="utf-8")
    assert old in content
    file.write_text(content.replace(old, new), encoding="utf-8")
    found = lint(project)
    assert found and all(words in fault.what for fault in found), found


def test_a_missing_project_file_is_told(project: Path) -> None:
    (project / "_quarto.yml").unlink()
    assert "fehlt oder ist nicht lesbar" in lint(project)[0].what


def test_a_source_of_no_document_is_told(project: Path) -> None:
    (project / "vergessen.qmd").write_text("Text\n", encoding="utf-8")
    assert [(fault.file.name, fault.what) for fault in lint(project)] == [
        ("vergessen.qmd", "Eine Quelle gehört zu keinem Dokument.")
    ]


def test_the_theme_takes_nothing_from_the_net(project: Path) -> None:
    theme = project / "theme" / "atlas.typ"
    theme.write_text('// @preview/x\n#import "@preview/cetz:0.3.0"\n', encoding="utf-8")
    (project / "_brand.yml").write_text("typography: {}\n", encoding="utf-8")
    assert [(fault.file.name, fault.line) for fault in lint(project)] == [("_brand.yml", 1), ("atlas.typ", 2)]


def test_faults_of_an_included_file_name_that_file(project: Path) -> None:
    (project / "teil.qmd").write_text("Text\n\nNach @mueller2020.\n\n## Ein Abschnitt {#sec-zwei}\n", encoding="utf-8")
    assert [(fault.file.name, fault.line) for fault in lint(project)] == [("teil.qmd", 3)]
