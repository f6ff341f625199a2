"""The chapter on offers: what is reported, supply per area with map and table, gaps, the inventory.

What belongs here: the order of the chapter and its tables. What does not: counting and sentences
(`pipelines.publish.supply`), drawing (`illustrations`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from pipelines import german
from pipelines.publish import supply
from pipelines.publish.illustrations import Illustrations
from pipelines.publish.pages.parts import beside, column, key_list, kreis_name, status_cell
from pipelines.publish.released import Release
from pipelines.publish.supply import Pair
from pipelines.publish.typst_code import Code, block, call, join, length
from pipelines.publish.words import area_name

WIDE = Code("satzbreite")
MAP_HELP = (
    "Eine höhere Klasse heißt: mehr Kapazität je Menschen der Zielgruppe. Klasse 1 ist genau null.",
    "Schraffiert ist eine Lücke der Daten, nie ein fehlendes Angebot.",
    "Die Zahl im Gebiet ist die Kennziffer der Gemeinde. Sie ist keine Rangfolge.",
)

WIDER = "– heißt hier: kein eigenes Angebot. Wo es eines für ein größeres Gebiet gibt, zählt es nur dort."


def offers_chapter(release: Release) -> str:
    """All pages of the chapter; an edition without reports says so and what is asked for."""
    code: list[Code] = [
        call("abstand", length(4)),
        call(
            "aussagen",
            [
                ("Bestand", supply.existing(release)),
                ("Versorgung", supply.supplied(release)),
                ("Lücken", supply.gaps_sentence(release)),
                ("Grenze", supply.LIMIT),
            ],
        ),
        call("hinweis", "So wird gerechnet", f"{supply.RULE} {supply.GAP_RULE}", breite=WIDE),
    ]
    if not supply.pairs(release):
        return block(*code, *_asked(release))
    figures = Illustrations(release)
    code.append(_overview(release))
    for pair in supply.mapped(release):
        code += [_map_page(release, figures, pair), _table_page(release, pair)]
    code += [_rooms(release), *_gaps(release), *_inventory(release)]
    return block(*code, *_asked(release))


def _overview(release: Release) -> Code:
    rows: list[Any] = []
    total, drawn = release.gemeinden.height, supply.mapped(release)
    for pair in supply.pairs(release):
        if {"gruppe": pair.kind_name} not in rows:
            rows.append({"gruppe": pair.kind_name})
        kreis = pair.level("kreis").row(0, named=True)
        rows.append(
            [
                german.capitalised(pair.target_name),
                _count(kreis, "offers"),
                _count(kreis, "capacity"),
                pair.unit,
                status_cell("suppressed") if kreis["status"] == "suppressed" else supply.reported_count(pair, total),
                _rate(kreis, pair),
                pair.short_unit,
                call("seite", pair.label) if pair in drawn else "Tabelle",
            ]
        )
    return call(
        "tabelle",
        spalten=[
            column("Zielgruppe"),
            column("Angebote", 16, "zahl"),
            column("Kapazität", 16, "zahl"),
            column("Einheit", 24),
            column("Gemeinden\nvollständig", 20, "zahl"),
            column(f"Quote\n{kreis_name(release)}", 18, "zahl", fett=True),
            column("Bezug", 16),
            column("Seite", 14, "zahl"),
        ],
        zeilen=rows,
        titel=supply.KINDS_TITLE[0],
        unter=supply.KINDS_TITLE[1],
        breite=WIDE,
    )


def _map_page(release: Release, figures: Illustrations, pair: Pair) -> Code:
    """Heading with the three sentences, map and legend."""
    picture = figures.supply_map(pair)
    return join(
        call(
            "kopf",
            pair.kind_name,
            marke=f"Angebote · Stand {supply.offers_date(pair)}",
            frage=f"{pair.unit_text}: Wie viel ist in welcher Gemeinde gemeldet?",
            ebene=2,
            kennung=pair.label,
        ),
        call(
            "drei-saetze",
            niveau=supply.level_sentence(release, pair),
            unterschied=supply.difference_sentence(release, pair),
            grenze=supply.LIMIT,
        ),
        beside(
            picture,
            f"{pair.kind_name} nach Gemeinden",
            f"{pair.unit_text}; {supply.dates(pair)}",
            _legend(release, pair),
            call("randblock", "So lesen Sie die Karte", *MAP_HELP),
        ),
        call("schluessel", key_list(release), spalten=5, breite=WIDE),
        call("quelle", supply.sources(release, pair), breite=WIDE),
    )


def _legend(release: Release, pair: Pair) -> Code:
    counts = supply.map_counts(release, pair)
    classes = [
        (words, german.number(count) if count else "–")
        for words, count in zip(supply.class_words(pair), counts, strict=True)
    ]
    found = supply.map_rows(release, pair).filter(pl.col("value").is_null())["status"].to_list()
    shown = [status for status in german.NO_VALUE_STATUSES if status in ("missing", "suppressed") or status in found]
    others = [
        (status, german.STATUS_SHORT[status], german.number(found.count(status)) if status in found else "–")
        for status in shown
    ]
    return call("legende", titel=f"{pair.unit} {pair.short_unit}", klassen=classes, weitere=others)


def _table_page(release: Release, pair: Pair) -> Code:
    by_area = {row["area_id"]: row for row in pair.rows.iter_rows(named=True)}
    body = [
        [str(number), name, *_cells(by_area[area_id], pair)]
        for number, area_id, name in release.gemeinden.select("number", "area_id", "display_name").iter_rows()
    ]
    kreis = by_area[release.kreis_id]
    return join(
        call("neue-seite"),
        call(
            "tabelle",
            spalten=[
                column("Nr.", 8, "zahl", leise=True),
                column("Gemeinde", 34),
                column("Meldung", 22),
                column("Angebote", 15, "zahl"),
                column(pair.unit, 22, "zahl"),
                column("Zielgruppe", 18, "zahl"),
                column(f"Quote\n{pair.short_unit}", 16, "zahl", fett=True),
                column("Was zu beachten ist"),
            ],
            zeilen=body,
            kreis=["", kreis_name(release), *_cells(kreis, pair)],
            titel=f"{pair.kind_name}: die Zahlen dazu",
            unter=f"{pair.unit_text}; {supply.dates(pair)}",
            breite=WIDE,
        ),
        call("tabellenfuss", supply.sources(release, pair)),
    )


def _cells(row: dict[str, Any], pair: Pair) -> list[str | Code]:
    return [row["recorded"], *(_count(row, name) for name in supply.COUNTS), _rate(row, pair), supply.remark(row)]


def _count(row: dict[str, Any], name: str) -> str | Code:
    """A count, the sign for exactly none, or that of a number not known or withheld."""
    status = supply.count_status(row, name)
    return status_cell(status) if status else german.number(row[name])


def _rate(row: dict[str, Any], pair: Pair) -> str | Code:
    status = supply.rate_status(row)
    return status_cell(status) if status else german.number(row["rate"], pair.decimals)


def _rooms(release: Release) -> Code:
    """Rates of the Sozialräume."""
    found = release.sozialraeume
    if found.is_empty():
        return Code("none")
    label = release.edition["sozialraum_label"]
    rows: list[Any] = []
    for pair in supply.pairs(release):
        group = {"gruppe": f"{pair.kind_name} ({pair.unit})"}
        if group not in rows:
            rows.append(group)
        by_area = {row["area_id"]: row for row in pair.rows.iter_rows(named=True)}
        cells = [_rate(by_area[key], pair) for key in [*found["area_id"], release.kreis_id]]
        rows.append([f"{pair.short_unit} {pair.people}", *cells])
    heads = [column(f"{label}\n{number}", 21, "zahl") for number in range(1, found.height + 1)]
    return join(
        call("neue-seite"),
        call(
            "tabelle",
            spalten=[column("Quote"), *heads, column(kreis_name(release), 18, "zahl", fett=True)],
            zeilen=rows,
            titel=supply.rooms_title(release),
            unter=supply.ROOMS_UNDER,
            breite=WIDE,
        ),
        call("tabellenfuss", f"{_wider_note(release)}Zielgruppen aus den freigegebenen Werten dieser Ausgabe."),
    )


def _wider_note(release: Release) -> str:
    """What exactly zero means where only an offer for a larger area serves a Sozialraum."""
    rows = release.table("supply").filter(pl.col("area_level") == "sozialraum", pl.col("status") == "zero")
    return f"{WIDER} " if (rows["wider"] > 0).any() else ""


def _gaps(release: Release) -> list[Code]:
    """Both kinds of gaps in tables of their own."""
    supply_rows, data_rows = supply.supply_gap_rows(release), supply.data_gap_rows(release)
    return [
        _title(supply.SUPPLY_GAP_TITLE),
        _plain_table(supply.SUPPLY_GAP_HEADS, (44, 42, None), supply_rows, supply.NO_SUPPLY_GAP),
        _title(supply.DATA_GAP_TITLE),
        _plain_table(supply.DATA_GAP_HEADS, (44, 42, None, 44), data_rows, supply.NO_DATA_GAP),
    ]


def _plain_table(heads: Sequence[str], widths: Sequence[float | None], rows: list[list[str]], empty: str) -> Code:
    """A table of words without groups, or the sentence that stands in its place."""
    if not rows:
        return call("absatz", empty)
    return call("tabelle", spalten=_columns(heads, widths), zeilen=rows, breite=WIDE, gruppe=None)


def _columns(heads: Sequence[str], widths: Sequence[float | None]) -> list[dict[str, Any]]:
    return [column(head, width) for head, width in zip(heads, widths, strict=True)]


def _title(words: tuple[str, str]) -> Code:
    return call("zwischentitel", words[0], ebene=2, unter=words[1])


def _inventory(release: Release) -> list[Code]:
    """Every offer, by the area it is for."""
    shown = supply.facilities_by_area(release)
    if not shown:
        return []
    rows: list[Any] = []
    for area_id, own in shown:
        rows.append({"gruppe": f"Einzugsgebiet {area_name(release.area_row(area_id), release.edition)}"})
        rows += [[cell or status_cell("missing") for cell in supply.offer_cells(release, row)] for row in own]
    columns = [*_columns(supply.OFFER_HEADS[:-1], (42, 60, None, 18)), column(supply.OFFER_HEADS[-1], 28, "zahl")]
    table = call("tabelle", spalten=columns, zeilen=rows, breite=WIDE)
    return [_title(supply.OFFERS_TITLE), table, call("tabellenfuss", supply.reporters(release))]


def _asked(release: Release) -> list[Code]:
    """Kinds nothing is reported for, and for which target groups the size is known."""
    if release.table("offer_kinds").is_empty():
        return []
    rows = supply.asked_rows(release)
    code = [_title((supply.asked_title(release), supply.ASKED_UNDER))]
    if rows:
        code.append(call("tabelle", spalten=_columns(supply.ASKED_HEADS, (56, None, 34)), zeilen=rows, breite=WIDE))
    else:
        code.append(call("absatz", supply.ALL_REPORTED))
    title, under = supply.BASE_TITLE
    columns = _columns(supply.BASE_HEADS, (62, 38, None))
    base = supply.base_rows(release)
    return [*code, call("tabelle", spalten=columns, zeilen=base, titel=title, unter=under, breite=WIDE)]
