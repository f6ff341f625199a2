"""The planning inventory on pages: as a paper of its own (Markdown) and as a chapter of the atlas (Typst).

What belongs here: the order of sections and how their tables are set. What does not: what they say
(`pipelines.publish.inventory`).
"""

from __future__ import annotations

from pipelines import german
from pipelines.mandate import sentence
from pipelines.publish import markdown_text as md
from pipelines.publish.inventory import (
    GAP_NOTE,
    LAW_NOTE,
    NO_RANKING,
    ORDER_RULE,
    OVERLAP_NOTE,
    PUBLISHED_NOTE,
    SIGN_WORDS,
    STATE_NOTE,
    Inventory,
    Table,
)
from pipelines.publish.pages.parts import column
from pipelines.publish.released import Release
from pipelines.publish.typst_code import Code, block, call, length

ANSWER = "Dieser Bericht antwortet darauf. Er kommt ohne Index und ohne Bewertung von Gemeinden aus."


# ------------------------------------------------------------------------------------------------ the paper
def planning(release: Release) -> str:
    """The Fachplanungsbericht: nine counted sections, Markdown for PDF and docx."""
    found, task = Inventory(release), sentence(release.edition, "fachplanungsbericht")
    sections = [
        ("Auftrag", [md.paragraph(task, ANSWER), md.paragraph(*found.summary())]),
        ("Was der Kreis schon veröffentlicht hat", [md.paragraph(PUBLISHED_NOTE), _published(found)]),
        ("Bestand", [md.paragraph(STATE_NOTE), _table(found.stock())]),
        ("Rechtsgrundlagen", [md.paragraph(LAW_NOTE), _table(found.bases())]),
        ("Datenbestand", [_table(found.data())]),
        ("Indikatoren und Fachplanungen", _matrix(found)),
        ("Doppelerhebungen", [md.paragraph(OVERLAP_NOTE), _table(found.overlaps())]),
        (
            "Lücken",
            [
                md.paragraph(GAP_NOTE, found.fields_without_plan()),
                _table(found.suppliers()),
                _table(found.without_plan()),
            ],
        ),
        ("Folge", [md.paragraph(NO_RANKING), md.steps(ORDER_RULE), _table(found.order())]),
        ("Was noch offen ist", [_table(found.open_entries())]),
    ]
    return "".join(md.heading(title, numbered=True) + "".join(parts) for title, parts in sections)


def _table(table: Table) -> str:
    return md.table(table.columns, table.rows, table.title) if table.rows else md.paragraph(table.empty)


def _published(found: Inventory) -> str:
    """The list with its titles as links."""
    table = found.published()
    linked = [
        [row[0], md.link(row[1], address) if address else row[1], *row[2:]]
        for row, address in zip(table.rows, found.addresses(), strict=True)
    ]
    return _table(Table(table.title, table.columns, linked, table.empty))


def _matrix(found: Inventory) -> list[str]:
    if not found.kept:
        return [md.paragraph("Ohne Inventar gibt es keine Gegenüberstellung.")]
    key = "; ".join(f"{number} {name}" for number, name in found.key())
    return [
        md.paragraph("Zeilen sind Indikatoren, Spalten die Fachplanungen mit ihrer Nummer aus dem Bestand."),
        md.bullets(f"{sign}: {words}" for sign, words in SIGN_WORDS),
        md.paragraph(f"Nummern: {key}."),
        *(_table(table) for _, table in found.matrix_parts()),
    ]


# ------------------------------------------------------------------------------------------------ the chapter
def plans_chapter(release: Release) -> str:
    """The chapter Fachplanungen of the atlas, without its heading."""
    found = Inventory(release)
    code = [call("hinweis", "In Kürze", " ".join(found.summary()))]
    if not found.kept:
        return block(*code)
    return block(
        *code,
        *_set(found.published(), PUBLISHED_NOTE),
        *_set(found.suppliers(), f"{GAP_NOTE} {found.fields_without_plan()}"),
        call("neue-seite"),
        *_set(found.stock(), STATE_NOTE),
        *_set(found.overlaps(), OVERLAP_NOTE),
        call("absatz", "Rechtsgrundlagen, Datenbestand und offene Angaben stehen im Fachplanungsbericht."),
        call("neue-seite"),
        call("zwischentitel", "Indikatoren und Fachplanungen", ebene=2),
        call("absatz", _legend()),
        _chapter_matrix(found),
        *_set(found.order(), " ".join((*ORDER_RULE, NO_RANKING))),
    )


def _legend() -> str:
    signs = german.join_words([f"{sign}{german.FIXED_SPACE}= {words}" for sign, words in SIGN_WORDS[:-1]])
    return f"{signs}. Leere Zelle: {SIGN_WORDS[-1][1]}."


def _set(table: Table, note: str) -> list[Code]:
    """A section of the chapter: title, remark, table or the sentence that there is none."""
    head = [call("zwischentitel", table.title, ebene=2), call("absatz", note)]
    return [*head, _tabelle(table)] if table.rows else [*head, call("absatz", table.empty)]


def _tabelle(table: Table) -> Code:
    columns = [
        column(one.title, kind="zahl" if one.right else "text") | {"breite": length(one.width, "fr")}
        for one in table.columns
    ]
    return call(
        "tabelle", spalten=columns, zeilen=table.rows, breite=Code("satzbreite"), groesse=Code("8pt"), gruppe=None
    )


def _chapter_matrix(found: Inventory) -> Code:
    rows: list[object] = []
    for chapter, table in found.matrix_parts():
        rows += [{"gruppe": chapter}, *table.rows]
    heads = [column("Kenn.", 11, leise=True), column("Indikator")]
    heads += [column("", 5.3, "mitte") | {"titel": call("hochkant", name)} for _, name in found.key()]
    return call(
        "tabelle",
        spalten=heads,
        zeilen=rows,
        breite=Code("satzbreite"),
        groesse=Code("7.5pt"),
        zeilenhoehe=Code("3.7mm"),
    )
