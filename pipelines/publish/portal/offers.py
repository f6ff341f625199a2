"""The page of offers: what is reported, supply against need, both kinds of gaps, the register; offers of a Gemeinde.

What belongs here: choosing what the pages show. What does not: counting and sentences (`pipelines.publish.supply`).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl

from pipelines import german
from pipelines.publish import supply
from pipelines.publish.portal.site import OFFERS, Place, Row, Site, gemeinde_page
from pipelines.publish.portal.tables import cell, sign_cell, words_table
from pipelines.publish.released import Release
from pipelines.publish.supply import Pair
from pipelines.publish.webmap import web_map
from pipelines.publish.words import area_name

TABLE_HINT = "Alle Werte stehen in der Tabelle darunter."


def write_offers(site: Site) -> list[Path]:
    """Write the page of offers; return its path."""
    release = site.release
    page = site.write(
        Place(OFFERS, "Angebote", "Angebote"),
        "angebote.html.jinja",
        statements=[
            ("Bestand", supply.existing(release)),
            ("Versorgung", supply.supplied(release)),
            ("Lücken", supply.gaps_sentence(release)),
            ("Grenze", supply.LIMIT),
        ],
        rules=(supply.RULE, supply.GAP_RULE),
        outlines=site.outlines if supply.mapped(release) else None,
        overview=_overview(site),
        pairs=[_pair(site, pair) for pair in supply.pairs(release)],
        rooms=_rooms(release),
        gaps=_gaps(release) if supply.pairs(release) else [],
        facilities=_facilities(site),
        reporters="" if supply.facilities(release).is_empty() else supply.reporters(release),
        asked=_asked(release),
    )
    return [page]


def _overview(site: Site) -> Row:
    """A row per kind and target group, by kind."""
    release, rows = site.release, dict[str, list[list[Row | str]]]()
    for pair in supply.pairs(release):
        kreis = pair.level("kreis").row(0, named=True)
        reported = supply.reported_count(pair, release.gemeinden.height)
        rows.setdefault(pair.kind_name, []).append(
            [
                cell(german.capitalised(pair.target_name), f"{OFFERS}#{pair.label}"),
                _count(kreis, "offers"),
                _count(kreis, "capacity"),
                pair.unit,
                sign_cell("suppressed") if kreis["status"] == "suppressed" else reported,
                _rate(kreis, pair),
                pair.short_unit,
            ]
        )
    kreis_name = release.edition["kreis_short_name"]
    heads = ("Zielgruppe", "Angebote", "Kapazität", "Einheit", "Gemeinden vollständig", f"Quote {kreis_name}", "Bezug")
    title, under = supply.KINDS_TITLE
    return words_table("tabelle-arten", title, heads, rows, under=under, numbers=(1, 2, 4, 5))


def _pair(site: Site, pair: Pair) -> Row:
    """Sentences, map and table of one kind and target group."""
    release = site.release
    by_area = {row["area_id"]: row for row in pair.rows.iter_rows(named=True)}
    rows = [
        [cell(area["display_name"], gemeinde_page(area["area_id"])), *_cells(by_area[area["area_id"]], pair)]
        for area in site.gemeinden
    ]
    heads = ("Gemeinde", "Meldung", "Angebote", pair.unit, "Zielgruppe", f"Quote {pair.short_unit}", "Zu beachten")
    return {
        "key": pair.label,
        "sentences": (supply.level_sentence(release, pair), supply.difference_sentence(release, pair)),
        "map": _map(site, pair) if pair in supply.mapped(release) else None,
        "sources": supply.sources(release, pair),
        "table": words_table(
            f"tabelle-{pair.label}",
            supply.map_title(pair),
            heads,
            rows,
            under=supply.dates(pair),
            numbers=(2, 3, 4, 5),
            total=[release.edition["kreis_short_name"], *_cells(by_area[release.kreis_id], pair)],
        ),
    }


def _map(site: Site, pair: Pair) -> Row | None:
    """The map of a rate: its first class is exactly none; None where the edition has no boundaries."""
    drawn, words = site.outlines, supply.class_words(pair)
    if drawn is None:
        return None
    unit = f"{pair.unit} {pair.short_unit}"
    svg = web_map(drawn, supply.map_rows(site.release, pair), supply.map_limits(pair), pair.decimals, unit)
    legend = [replace(entry, words=words[entry.number - 1]) if entry.number else entry for entry in svg.legend]
    return {
        "svg": replace(svg, legend=legend),
        "unit": unit,
        "alt": supply.map_alt(site.release, pair, TABLE_HINT),
        "credits": site.release.boundary_attributions,
    }


def _cells(row: Row, pair: Pair) -> list[Row | str]:
    return [row["recorded"], *(_count(row, name) for name in supply.COUNTS), _rate(row, pair), supply.remark(row)]


def _count(row: Row, name: str) -> Row:
    status = supply.count_status(row, name)
    return sign_cell(status) if status else cell(german.number(row[name]))


def _rate(row: Row, pair: Pair) -> Row:
    status = supply.rate_status(row)
    return sign_cell(status) if status else cell(german.number(row["rate"], pair.decimals))


def _rooms(release: Release) -> Row | None:
    """Rates of the Sozialräume. None without Sozialräume or reports."""
    found = release.sozialraeume
    if found.is_empty() or not supply.pairs(release):
        return None
    rows: dict[str, list[list[Row | str]]] = {}
    for pair in supply.pairs(release):
        by_area = {row["area_id"]: row for row in pair.rows.iter_rows(named=True)}
        cells = [_rate(by_area[key], pair) for key in [*found["area_id"], release.kreis_id]]
        rows.setdefault(f"{pair.kind_name} ({pair.unit})", []).append([f"{pair.short_unit} {pair.people}", *cells])
    heads = ["Quote", *found["display_name"], release.edition["kreis_short_name"]]
    return words_table(
        "tabelle-raeume",
        supply.rooms_title(release),
        heads,
        rows,
        under=supply.ROOMS_UNDER,
        numbers=range(1, len(heads)),
    )


def _gaps(release: Release) -> list[Row]:
    """Gaps of supply and of data, each in a table of its own."""
    lacking_offers, lacking_data = supply.supply_gap_rows(release), supply.data_gap_rows(release)
    return [
        {
            "title": title,
            "under": under,
            "table": words_table(key, f"{title} nach Art und Zielgruppe", heads, rows, empty=empty),
        }
        for key, (title, under), heads, rows, empty in (
            ("luecken-angebot", supply.SUPPLY_GAP_TITLE, supply.SUPPLY_GAP_HEADS, lacking_offers, supply.NO_SUPPLY_GAP),
            ("luecken-daten", supply.DATA_GAP_TITLE, supply.DATA_GAP_HEADS, lacking_data, supply.NO_DATA_GAP),
        )
    ]


def _facilities(site: Site) -> Row:
    """Every offer, by the area it is for."""
    release, (title, under) = site.release, supply.OFFERS_TITLE
    rows = {
        area_name(release.area_row(area_id), release.edition): [_offer(release, row) for row in own]
        for area_id, own in supply.facilities_by_area(release)
    }
    return words_table("tabelle-verzeichnis", title, supply.OFFER_HEADS, rows, under=under)


def _offer(release: Release, row: Row) -> list[Row]:
    return [sign_cell("missing") if text is None else cell(text) for text in supply.offer_cells(release, row)]


def _asked(release: Release) -> Row | None:
    """What reports are asked for, and the sizes of target groups; None where an edition does not know any kinds."""
    if release.table("offer_kinds").is_empty():
        return None
    title, (base, base_under) = supply.asked_title(release), supply.BASE_TITLE
    kinds = supply.asked_rows(release)
    return {
        "title": title,
        "kinds": words_table(
            "tabelle-gefragt", supply.ASKED_UNDER, supply.ASKED_HEADS, kinds, empty=supply.ALL_REPORTED
        ),
        "bases": words_table(
            "tabelle-zielgruppen", base, supply.BASE_HEADS, supply.base_rows(release), under=base_under
        ),
    }


# ------------------------------------------------------------------------------------------------ one Gemeinde
def local_offers(site: Site, area: Row) -> Row:
    """Supply and offers of one Gemeinde; without any report the sentence that says what that means."""
    release, area_id = site.release, area["area_id"]
    if not supply.pairs(release):
        return {"sentence": supply.existing(release), "supply": None, "facilities": None}
    own = supply.facilities(release).filter((pl.col("area_id") == area_id) | (pl.col("place_id") == area_id))
    rows = []
    for pair in supply.pairs(release):
        found = pair.level("gemeinde").row(by_predicate=pl.col("area_id") == area_id, named=True)
        people = f"{pair.kind_name} ({pair.target_name})"
        unit = f"{pair.unit} {pair.short_unit}"
        rows.append(
            [people, found["recorded"], _count(found, "capacity"), _rate(found, pair), unit, supply.remark(found)]
        )
    heads = ("Art und Zielgruppe", "Meldung", "Kapazität", "Quote", "Einheit der Quote", "Zu beachten")
    listed = [_offer(release, row) for row in own.iter_rows(named=True)]
    nothing = f"Für {area['display_name']} ist kein einzelnes Angebot verzeichnet. {supply.GAP_OF_DATA}"
    return {
        "sentence": "",
        "supply": words_table("tabelle-versorgung", "Gemeldete Angebote und Quote", heads, rows, numbers=(2, 3)),
        "facilities": words_table(
            "tabelle-angebote", supply.OFFERS_TITLE[0], supply.OFFER_HEADS, listed, empty=nothing
        ),
    }
