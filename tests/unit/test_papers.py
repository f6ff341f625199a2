"""The papers: what they say, and that PDF and docx say the same to a reader who cannot see them."""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import zipfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import docx
import pikepdf
import polars as pl
import pytest
from pdf import elements, pages, spoken, tables_without_header

from assets.reports import PAPERS as SOURCES
from pipelines import german
from pipelines.errors import RenderError
from pipelines.publish import markdown_text as md
from pipelines.publish.documents import render_all
from pipelines.publish.engines import Order, Place
from pipelines.publish.furniture import furniture
from pipelines.publish.illustrations import Illustrations, draw, letter_figures
from pipelines.publish.pages.committee import committee, is_draft
from pipelines.publish.pages.meetings import NAMES, calendar
from pipelines.publish.pages.overview import contributions_sentence
from pipelines.publish.pages.paper import paper_about
from pipelines.publish.pages.workshop import PLAIN, PLAIN_THEMES, workshop
from pipelines.publish.pages.yearly import yearly
from pipelines.publish.papers import COMMITTEE_PAPER, PAPERS, REPORTS
from pipelines.publish.qmd import read_document
from pipelines.publish.released import Release
from tests.fixtures.papers import RELEASED, make_edition, with_columns
from tests.fixtures.release import InMemory
from tests.fixtures.steering import steering_frames

THEME = REPORTS / "theme"
MOMENT = 1703980800  # 31.12.2023
WORDS = 15
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="200mm" height="50mm"><rect width="90" height="40"/></svg>'


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return make_edition(tmp_path_factory.mktemp("ausgabe"))


@pytest.fixture(scope="module")
def made(edition: Release, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Committee paper as PDF and docx, yearly report as PDF, letter as PDF, each with the project's theme."""
    folder = tmp_path_factory.mktemp("vorlagen")
    figures = Illustrations(edition)
    drawn = draw([figures.letter_map(name) for name in letter_figures(edition)[:3]], folder / "abbildungen")
    wanted = {"vorlage.pdf": "committee", "vorlage.docx": "committee", "bericht.pdf": "yearly", "brief.pdf": "workshop"}
    orders = [Order(REPORTS / f"{source}.qmd", folder / name) for name, source in wanted.items()]
    render_all(Place(REPORTS, edition.path, drawn, MOMENT), orders)
    return {name: folder / name for name in wanted}


def _text(markdown: str) -> str:
    """Markdown as it is read: without escapes, marks of headings and bold."""
    plain = re.sub(r"\n```\{=typst\}.*?\n```\n", "\n", markdown, flags=re.DOTALL)
    return re.sub(r"\\(.)", r"\1", plain).replace("**", "").replace(german.FIXED_SPACE, " ")


# ------------------------------------------------------------------------------------------------ Markdown
def test_no_text_becomes_markup(tmp_path: Path) -> None:
    """Each text must come out of pandoc as it went in, as a paragraph, in a list and in a cell."""
    texts = [
        "1. Fassung",
        "- ohne",
        "a | b",
        "*nicht* _schräg_",
        "50 $ und #2",
        "x@y [z](w) <b>",
        'sagt "so"',
        "a -- b ...",
    ]
    cell = md.table([md.Column("Text")], [[text] for text in texts])
    code = "".join([*map(md.paragraph, texts), md.bullets(texts), cell])
    document = _sample(tmp_path, code)
    body = [
        line.text
        for line in document.paragraphs
        if line.style is not None and line.style.name not in ("Title", "Subtitle")
    ]
    expected = [
        text.replace(". ", ".\u00a0") if text[0] == "1" else text.replace("- ohne", "-\u00a0ohne") for text in texts
    ]
    assert body == expected + expected
    assert [row.cells[0].text for row in document.tables[0].rows] == ["Text", *expected]


@pytest.mark.parametrize("rows", [[], [["nur eine"]], [["a", "b", "c"]]])
def test_a_table_without_rows_or_of_another_shape_is_refused(rows: list[list[str]]) -> None:
    with pytest.raises(ValueError, match="2 cells"):
        md.table([md.Column("A"), md.Column("B")], rows)
    with pytest.raises(ValueError, match="title"):
        md.table([md.Column(" ")], [["a"]])


# ------------------------------------------------------------------------------------------------ docx
def _sample(folder: Path, markdown: str) -> Any:
    shutil.copytree(THEME, folder / "theme", dirs_exist_ok=True)
    (folder / "probe.qmd").write_text(f"---\ntitle: Probe\n---\n\n{markdown}\n", encoding="utf-8")
    release = make_edition(folder / "ausgabe", filled=False)
    place = Place(folder, release.path, None, MOMENT)
    made = render_all(place, [Order(folder / "probe.qmd", folder / "probe.docx")])[0]
    return docx.Document(str(made))


def test_a_docx_says_its_language_title_and_headings(made: dict[str, Path]) -> None:
    document = docx.Document(str(made["vorlage.docx"]))
    assert document.core_properties.title == "Ausschussvorlage Landkreis Musterland, Ausgabe 2023"
    assert document.core_properties.language == "de-DE"
    assert 'w:val="de-DE"' in document.styles.element.xml and "en-US" not in document.styles.element.xml
    styles = [line.style.name for line in document.paragraphs if line.style is not None]
    levels = [int(style[-1]) for style in styles if style.startswith("Heading")]
    assert levels[0] == 1 and all(after <= before + 1 for before, after in pairwise(levels))
    assert styles[:2] == ["Title", "Subtitle"] and document.paragraphs[0].text == "Ausschussvorlage"


def test_every_table_of_a_docx_repeats_its_header_row(made: dict[str, Path]) -> None:
    document = docx.Document(str(made["vorlage.docx"]))
    assert len(document.tables) >= 6
    for table in document.tables:
        assert "w:tblHeader" in table.rows[0]._tr.xml
        assert all(cell.text.strip() for cell in table.rows[0].cells)


def test_every_page_of_a_docx_names_kreis_paper_run_state_and_number(made: dict[str, Path]) -> None:
    section = docx.Document(str(made["vorlage.docx"])).sections[0]
    assert section.header.paragraphs[0].text == "Ausschussvorlage Landkreis Musterland\tTestdaten · Entwurf"
    foot = section.footer.paragraphs[0]
    assert "Landkreis Musterland · Ausschussvorlage · Datenstand 2018 bis 2022 · Lauf 0123456" in foot.text
    assert foot.text.endswith("\tSeite 1 von 1")
    assert "PAGE" in foot._p.xml and "NUMPAGES" in foot._p.xml


def test_docx_and_pdf_have_the_same_words(made: dict[str, Path]) -> None:
    """Every paragraph and cell of the docx stands in the PDF, but for hyphens at line ends."""
    document, pdf = docx.Document(str(made["vorlage.docx"])), spoken(made["vorlage.pdf"])
    read = re.sub(r"[\s\u202f-]", "", pdf)
    lines = [line.text for line in document.paragraphs]
    lines += [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    missing = [line for line in lines if re.sub(r"[\s\u202f-]", "", line) not in read]
    assert missing == []


def test_a_picture_of_a_docx_has_its_alternative_text_and_no_vector_part(tmp_path: Path) -> None:
    """The SVG (200 mm wide) becomes a PNG as wide as the text: 165 mm."""
    (tmp_path / "bild.svg").write_text(SVG, encoding="utf-8")
    document = _sample(tmp_path, md.picture("bild.svg", 'Karte "A": alle Orte', "Die Karte"))
    shape = document.inline_shapes[0]
    assert shape._inline.docPr.get("descr") == 'Karte "A": alle Orte'
    assert round(shape.width.mm) == 165 and round(shape.width / shape.height, 1) == 4
    names = zipfile.ZipFile(tmp_path / "probe.docx").namelist()
    assert [name for name in names if "media" in name] == ["word/media/image1.png"]


def test_a_docx_carries_no_clock(made: dict[str, Path]) -> None:
    content = made["vorlage.docx"].read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    properties = docx.Document(io.BytesIO(content)).core_properties
    assert {str(properties.created.date()), str(properties.modified.date())} == {"2023-12-31"}


def test_papers_are_the_same_bytes_again(made: dict[str, Path], edition: Release, tmp_path: Path) -> None:
    place = Place(REPORTS, edition.path, None, MOMENT)
    orders = [Order(REPORTS / "committee.qmd", tmp_path / f"vorlage{suffix}") for suffix in (".pdf", ".docx")]
    for again in render_all(place, orders):
        assert again.read_bytes() == made[again.name].read_bytes()


@pytest.mark.parametrize(
    ("markdown", "what"),
    [
        ("Siehe @tbl-eins.", "kann nicht auf Nummern verweisen"),
        ("![ohne](bild.svg)", "keinen Alternativtext"),
        ("Das sind $x$.", "Formeln im Text"),
    ],
)
def test_what_a_docx_cannot_carry_is_refused(tmp_path: Path, markdown: str, what: str) -> None:
    (tmp_path / "bild.svg").write_text(SVG, encoding="utf-8")
    if "@tbl" in markdown:  # with its target, or the missing target would be the fault
        markdown += "\n\n::: {#tbl-eins}\n\n| A |\n|---|\n| a |\n\nTitel\n\n:::\n"
        (tmp_path / "_quarto.yml").write_text("number-sections: true\n", encoding="utf-8")
    with pytest.raises(RenderError) as caught:
        _sample(tmp_path, markdown)
    assert what in caught.value.message()
    assert not (tmp_path / "probe.docx").exists()


# ------------------------------------------------------------------------------------------------ PDF
def test_papers_are_tagged_pdf_with_headers_and_alternative_texts(made: dict[str, Path]) -> None:
    for name in ("vorlage.pdf", "bericht.pdf", "brief.pdf"):
        with pikepdf.open(made[name]) as opened:
            assert str(opened.Root.Lang) == "de-DE" and opened.Root.MarkInfo.Marked
            assert opened.open_metadata()["pdfuaid:part"] == "1"
        assert tables_without_header(made[name]) == 0
        assert all(elements(made[name], "Figure"))


def test_every_page_of_a_paper_names_kreis_paper_run_label_and_state(made: dict[str, Path]) -> None:
    for name, words in (("vorlage.pdf", "Ausschussvorlage"), ("brief.pdf", "Zukunftswerkstatt-Brief")):
        found = pages(made[name])
        for number, page in enumerate(found, 1):
            assert f"{words} Landkreis Musterland" in page and "Lauf 0123456" in page
            assert "Testdaten · Entwurf" in page and f"Seite {number} von {len(found)}" in page


def test_lengths_are_those_a_committee_reads(made: dict[str, Path]) -> None:
    """The paper at most 4 pages and its attachments apart, the letter 2 to 4."""
    assert len(pages(made["vorlage.pdf"])) <= 4
    assert 2 <= len(pages(made["brief.pdf"])) <= 4


# ------------------------------------------------------------------------------------------------ committee paper
def test_the_head_has_the_fields_of_the_motion_in_their_order(edition: Release) -> None:
    text = _text(committee(edition))
    fields = ["Vorlage-Nr.", "Aktenzeichen", "Fachbereich", "Beteiligungen", "Produkt"]
    parts = [f"| {field} |" for field in fields]
    parts += ["| Nr. | Gremium | Status | Zuständigkeit |", "# Betreff", "# Beschlussvorschlag", "# Begründung"]
    parts += ["## Auftrag", "## Stand", "## Ergebnisse", "## Empfehlungen", "## Beteiligung der Kommunen"]
    parts += ["## Wissenschaftliche Begleitung", "# Finanzielle und personelle Auswirkungen", "# Anlagen"]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert "1234-2027/DaDi" in text and "9.99.99.01 Beispielprodukt" in text


def test_an_empty_head_is_open_and_keeps_the_paper_a_draft(tmp_path: Path) -> None:
    """A released edition does not make a finished paper: what nobody has said keeps it a draft on every page."""
    release = make_edition(tmp_path, filled=False, edition=with_columns(**RELEASED))
    text = _text(committee(release))
    assert "NNNN-JJJJ/Test (Platzhalter" in text and "| Aktenzeichen | offen |" in text
    assert "Entwurf. Noch offen: Vorlage-Nr., Aktenzeichen, Fachbereich" in text
    assert "noch nicht beziffert" in text and "noch nicht beurteilt" in text
    assert is_draft(release) and paper_about(release, "Ausschussvorlage").state == "Entwurf"
    assert furniture(release, "Jahresbericht").state == "2. Fassung"


def test_a_report_is_noted_and_a_decision_decided(tmp_path: Path, edition: Release) -> None:
    report = make_edition(tmp_path, papers=with_columns(kind="Bericht"))
    said = _text(committee(report))
    assert "Der Kreistag nimmt den Bericht 2023 zur strategischen Sozialplanung zur Kenntnis." in said
    assert (
        "| 1 | Kreisausschuss | NÖ | Zur Kenntnisnahme |" in said
        and "Strategische Sozialplanung – Bericht 2023" in said
    )
    decided = _text(committee(edition))
    assert "beauftragt den Kreisausschuss" in decided and "Strategische Sozialplanung – Bericht 2023" in decided
    assert "| 3 | Kreistag | Ö | Zur abschließenden Beschlussfassung |" in decided


def test_contributions_of_the_gemeinden_are_counted_apart() -> None:
    """The example: two contributions of an office of the Kreis, one decided. The motion asks for the Gemeinden."""
    frames = steering_frames()
    said = contributions_sentence(InMemory(frames))
    assert said == "2 Beiträge liegen vor, davon 1 entschieden. Von den Städten und Gemeinden ist keiner."
    frames["participants"] = frames["participants"].with_columns(group=pl.lit("gemeinden"))
    assert contributions_sentence(InMemory(frames)).endswith("Von den Städten und Gemeinden sind 2.")


def test_the_jugendhilfeausschuss_is_in_where_jugendhilfe_is_touched(tmp_path: Path) -> None:
    """Eight of the ten made-up indicators have figures, all with field JHP: touched; „nein“ in the head goes before."""
    touched = make_edition(tmp_path / "a", papers=with_columns(youth_welfare=None))
    said = _text(committee(touched))
    assert "| 2 | Jugendhilfeausschuss | Ö |" in said and "8 Indikatoren der Jugendhilfe mit Zahlen" in said
    named = make_edition(tmp_path / "b", papers=with_columns(youth_welfare="nein"))
    said = _text(committee(named))
    assert "Jugendhilfeausschuss | Ö" not in said and "nicht berührt (§ 71 SGB VIII)" in said
    assert said.index("Kreisausschuss") < said.index(NAMES_OF_COMMITTEE)


NAMES_OF_COMMITTEE = "Ausschuss für Gleichstellung"


def test_attachments_are_named_with_their_hash_or_as_absent(tmp_path: Path) -> None:
    release = make_edition(tmp_path)
    (tmp_path / "sozialatlas-2023.pdf").write_bytes(b"ein Atlas")
    digest = hashlib.sha256(b"ein Atlas").hexdigest()[:16]
    text = _text(committee(release))
    assert f"| 1 | Sozialatlas | sozialatlas-2023.pdf | {digest} |" in text
    assert "| 2 | Ressourcenbericht | liegt noch nicht vor | offen |" in text


def test_the_calendar_says_when_each_paper_is_due(edition: Release, tmp_path: Path) -> None:
    text = _text(calendar(edition))
    assert "| 16.02.2027 | Ausschuss für Gleichstellung, Generationen und Soziales |" in text
    assert "Ausschussvorlage, Ressourcenbericht und Jahresbericht an den Ausschuss | 05.02.2027 |" in text
    assert "| 20.03.2027 | Zukunftswerkstatt | Zukunftswerkstatt-Brief | 06.03.2027 |" in text
    assert "noch nicht eingetragen" in _text(calendar(make_edition(tmp_path, filled=False)))


# ------------------------------------------------------------------------------------------------ yearly report
def test_the_first_report_says_that_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    empty = with_no_rows
    text = _text(yearly(make_edition(tmp_path, filled=False, history=empty, corrections=empty)))
    assert "Vor dieser Ausgabe ist noch keine Ausgabe freigegeben." in text
    assert "Berichtigungen" not in text and "Freigegebene Ausgaben" not in text


def with_no_rows(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.clear()


def test_a_report_of_the_same_year_names_what_was_corrected(edition: Release) -> None:
    """The made-up edition corrects two figures of the first Fassung of 12.03.2024; one of them is withheld now."""
    text = _text(yearly(edition))
    assert "Zuletzt freigegeben ist die Ausgabe 2023, 1. Fassung, vom 12.03.2024." in text
    assert "2 Angaben sind berichtigt. Grund der 2. Fassung: Testlieferung berichtigt." in text
    assert "| Arbeitslosenanteil | Bestadt | Jahresdurchschnitt 2021 | 4,61\u202f% | 4,56\u202f% |" in text
    assert "zurückgezogen | aus Datenschutzgründen nicht ausgewiesen |" in text


def test_a_report_after_an_edition_of_an_earlier_year_names_new_figures(tmp_path: Path) -> None:
    """Released: 2021. Of the made-up indicators only the rent (15.05.2022) is from a later year."""
    rows = [
        {
            "report_year": 2021,
            "number": 1,
            "title": "1. Fassung",
            "approved_by": "Erika Mustermann",
            "approved_on": "2022-03-14",
        }
    ]
    release = make_edition(
        tmp_path,
        edition=with_columns(number=1, title="1. Fassung"),
        history=lambda frame: pl.DataFrame(rows, schema_overrides=frame.schema).select(
            pl.col(name) if name in rows[0] else pl.lit(None, dtype=kind).alias(name)
            for name, kind in frame.schema.items()
        ),
        corrections=with_no_rows,
    )
    text = _text(yearly(release))
    assert "Indikatoren mit einem Stand nach 2021" in text and "| Nettokaltmiete | 15.05.2022 |" in text
    assert "| Arbeitslosenanteil | Jahresdurchschnitt 2021 |\n" not in text
    assert "Keine freigegebene Angabe dieses Berichtsjahrs ist berichtigt." in text


# ------------------------------------------------------------------------------------------------ plain language
def _sentences(text: str) -> list[str]:
    """Sentences, headings, list items and cells: what a reader takes in one breath."""
    lines = [re.sub(r"^(#+|-|\d+\.)\s+", "", line).replace("{.unnumbered}", "") for line in text.splitlines()]
    kept = [line for line in lines if line.strip() and not line.startswith(("|", ":"))]
    return [part for line in kept for part in re.split(r"(?<=[.!?:])\s+(?=[A-ZÄÖÜ])", line)]


def test_no_sentence_of_the_letter_has_more_than_15_words(edition: Release, tmp_path: Path) -> None:
    for release in (edition, make_edition(tmp_path, filled=False)):
        for sentence in _sentences(_text(workshop(release))):
            assert len(sentence.split()) <= WORDS, sentence


def test_the_longest_sentences_a_letter_can_hold_are_short() -> None:
    """Whatever figures an edition has: templates with a value of two words, and the map in its longest form."""
    said = [one.sentence.format(wert="1 234,5 Prozent") for one in PLAIN.values()]
    said += [one.question for one in PLAIN.values()]
    said.append("In zwölf Orten ist der Wert deutlich höher als im Landkreis, in zwölf Orten niedriger.")
    assert all(len(sentence.split()) <= WORDS for sentence in said)
    assert not [
        one
        for one in [*said, *PLAIN_THEMES.values()]
        if re.search(r"SGB|Quote|signifikant|Konfidenz|\b[A-Z]{2,}\b", one)
    ]


def test_the_letter_has_the_numbers_of_the_atlas_with_their_range_in_words(edition: Release) -> None:
    """853 of 20300 people of working age are 4.2020 %; Wilson by hand 3.9346 to 4.4868."""
    row = edition.value("E01", edition.kreis_id)
    text = _text(workshop(edition))
    assert f"{german.number(row['value'], 2)} Prozent der Menschen von 15 bis 64 Jahren" in text
    low, high = german.number(row["lower"], 2), german.number(row["upper"], 2)
    assert f"Sehr wahrscheinlich liegt der Wert zwischen {low} und {high}." in text


def test_a_figure_that_is_not_compared_says_so(tmp_path: Path) -> None:
    """Without E01 and E08 the letter takes the income, which has no span: that no place differs would be false."""
    release = make_edition(
        tmp_path, values=lambda frame: frame.filter(~pl.col("indicator_id").is_in(["E01", "E08"])), filled=False
    )
    assert letter_figures(release) == ["D04", "A13"]
    assert _text_of_maps(workshop(release)).count("Bei dieser Zahl vergleichen wir die Orte nicht") == 1


def _text_of_maps(markdown: str) -> str:
    return " ".join(re.findall(r'satz: "([^"]*)"', markdown))


def test_the_letter_has_three_maps_with_every_place_beside_them(made: dict[str, Path], edition: Release) -> None:
    alts = elements(made["brief.pdf"], "Figure")
    assert len(alts) == 3 and len(set(alts)) == 3
    text = spoken(made["brief.pdf"])
    for number, name in enumerate(edition.gemeinden["display_name"], 1):
        assert text.count(f"{number} {name}") >= 3
    assert "Was wir nicht wissen" in text and "20.03.2027" in text


# ------------------------------------------------------------------------------------------------ one list of papers
def test_every_paper_has_a_source_that_calls_it_by_its_title() -> None:
    assert sorted(paper.source.removesuffix(".qmd") for paper in PAPERS) == sorted(SOURCES)
    assert {paper.name for paper in (*PAPERS, COMMITTEE_PAPER)} == set(NAMES)
    for paper in (*PAPERS, COMMITTEE_PAPER):
        source = read_document(REPORTS / paper.source)
        code = "".join(getattr(piece, "code", "") for piece in source.pieces)
        assert f'pages.paper(release, "{source.meta["title"]}"' in code
        assert source.meta["title"] == NAMES[paper.name]
