"""The chapter on offers: what is reported, supply per area with map and table, gaps, the inventory.

What belongs here: the order of the chapter and its tables. What does not: counting and sentences
(`pipelines.publish.supply`), drawing (`illustrations`).
"""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines import german
from pipelines.publish import sentences, supply
from pipelines.publish.illustrations import Illustrations
from pipelines.publish.pages.parts import beside, column, key_list, kreis_name, offices, source_line, status_cell
from pipelines.publish.released import Release
from pipelines.publish.supply import Pair
from pipelines.publish.typst_code import Code, block, call, join, length
from pipelines.publish.words import area_name

WIDE = Code("satzbreite")
RECORDED_COUNT = ("vollständig", "kein Angebot")
MAP_HELP = (
    "Eine höhere Klasse heißt: mehr Kapazität je Menschen der Zielgruppe. Klasse 1 ist genau null.",
    "Schraffiert ist eine Lücke der Daten, nie ein fehlendes Angebot.",
    "Die Zahl im Gebiet ist die Kennziffer der Gemeinde. Sie ist keine Rangfolge.",
)


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
        own = pair.level("gemeinde")
        kreis = pair.level("kreis").row(0, named=True)
        reported = own.filter(pl.col("recorded").is_in(RECORDED_COUNT)).height
        rows.append(
            [
                german.capitalised(pair.target_name),
                _count(kreis, "offers"),
                _count(kreis, "capacity"),
                pair.unit,
                status_cell("suppressed")
                if kreis["status"] == "suppressed"
                else f"{german.number(reported)} von {german.number(total)}",
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
        titel="Gemeldete Arten und Zielgruppen",
        unter="Angebote und Kapazität im ganzen Kreis; Kapazität nur, wo alles gemeldet ist",
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
        call("quelle", _sources(release, pair), breite=WIDE),
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
        call("tabellenfuss", _sources(release, pair)),
    )


def _cells(row: dict[str, Any], pair: Pair) -> list[str | Code]:
    counts = [_count(row, name) for name in ("offers", "capacity", "people")]
    return [row["recorded"], *counts, _rate(row, pair), _remark(row)]


def _remark(row: dict[str, Any]) -> str:
    """Which gap it is where the report says why; else the reason, or of when the report is."""
    if row["gap"] == "Angebot":
        return "Lücke des Angebots"
    if row["gap"] == "Daten" and row["recorded"] in ("keine Meldung", "teilweise"):
        return "Lücke der Daten"
    return (row["reason"] or f"Stand {supply.day_span(row['as_of_from'], row['as_of_to'])}").rstrip(".")


def _count(row: dict[str, Any], name: str) -> str | Code:
    """A count, the sign for exactly none, or that of a number not known or withheld."""
    if row[name] is None:
        return status_cell("suppressed" if row["status"] == "suppressed" else "missing")
    return german.number(row[name]) if row[name] else status_cell("zero")


def _rate(row: dict[str, Any], pair: Pair) -> str | Code:
    if row["rate"] is None or row["status"] == "zero":
        return status_cell(row["status"])
    return german.number(row["rate"], pair.decimals)


def _rooms(release: Release) -> Code:
    """Rates of the Sozialräume; an example partition says so."""
    found = release.sozialraeume
    if found.is_empty():
        return Code("none")
    label = release.edition["sozialraum_label"]
    note = release.edition["sozialraum_note"] if found["is_example"].any() else None
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
            titel=f"Versorgungsquoten der Sozialräume{f' ({note})' if note else ''}",
            unter="Angebote für das Gebiet und seine Gemeinden; ohne Quote, wo eine Gemeinde nicht gemeldet hat",
            breite=WIDE,
        ),
        call("tabellenfuss", "Zielgruppen aus den freigegebenen Werten dieser Ausgabe."),
    )


def _gaps(release: Release) -> list[Code]:
    """Both kinds of gaps in tables of their own."""
    total = release.gemeinden.height
    lacking_offers = [
        [pair.kind_name, german.capitalised(pair.target_name), supply.who(names, total)]
        for pair, names in supply.supply_gaps(release)
    ]
    lacking_data = [
        [pair.kind_name, german.capitalised(pair.target_name), reason.rstrip("."), supply.who(names, total)]
        for pair, reason, names in supply.data_gaps(release)
    ]
    heads = [column("Art", 44), column("Zielgruppe", 42)]
    code = [
        call(
            "zwischentitel",
            "Lücken des Angebots",
            ebene=2,
            unter="vollständig gemeldet, kein Platz, Menschen der Zielgruppe",
        )
    ]
    if lacking_offers:
        code.append(
            call("tabelle", spalten=[*heads, column("Gemeinden")], zeilen=lacking_offers, breite=WIDE, gruppe=None)
        )
    else:
        code.append(call("absatz", "Aus den vollständigen Meldungen ergibt sich keine Lücke des Angebots."))
    code.append(
        call(
            "zwischentitel",
            "Lücken der Daten",
            ebene=2,
            unter="was fehlt, um eine Quote zu rechnen; kein Hinweis auf fehlende Angebote",
        )
    )
    if lacking_data:
        spalten = [*heads, column("Was fehlt"), column("Gemeinden", 44)]
        code.append(call("tabelle", spalten=spalten, zeilen=lacking_data, breite=WIDE, gruppe=None))
    else:
        code.append(call("absatz", "Zu den gemeldeten Arten fehlt keine Angabe."))
    return code


def _inventory(release: Release) -> list[Code]:
    """Every offer, by the area it is for."""
    shown = supply.facilities(release)
    if shown.is_empty():
        return []
    names = {row["area_id"]: row for row in release.areas.iter_rows(named=True)}
    order = [release.kreis_id, *release.sozialraeume["area_id"], *release.gemeinden["area_id"]]
    rows: list[Any] = []
    for area_id in order:
        own = shown.filter(pl.col("area_id") == area_id)
        if own.is_empty():
            continue
        rows.append({"gruppe": f"Einzugsgebiet {area_name(names[area_id], release.edition)}"})
        rows += [_offer_row(row, names) for row in own.iter_rows(named=True)]
    columns = [
        column("Angebot", 42),
        column("Art und Zielgruppe", 60),
        column("Träger"),
        column("Stand", 18),
        column("Kapazität", 28, "zahl"),
    ]
    title = call("zwischentitel", "Verzeichnis der Angebote", ebene=2, unter="wie gemeldet, nach Einzugsgebiet")
    sources = f"Gemeldet von {german.join_words(shown['source'].unique().sort().to_list())}."
    return [title, call("tabelle", spalten=columns, zeilen=rows, breite=WIDE), call("tabellenfuss", sources)]


def _offer_row(row: dict[str, Any], names: dict[str, dict[str, Any]]) -> list[str | Code]:
    """One offer; its place only where it is not the area it is for."""
    capacity = status_cell("missing") if row["capacity"] is None else f"{german.number(row['capacity'])} {row['unit']}"
    elsewhere = row["place_id"] if row["place_id"] != row["area_id"] else None
    return [
        f"{row['name']} (in {names[elsewhere]['display_name']})" if elsewhere else row["name"],
        f"{row['kind_name']} ({row['target_name']})",
        row["carrier"] or "keine Angabe",
        german.date_text(row["as_of"]),
        capacity,
    ]


def _asked(release: Release) -> list[Code]:
    """Kinds nothing is reported for, and for which target groups the size is known."""
    kinds = release.table("offer_kinds").sort("position")
    if kinds.is_empty():
        return []
    reported = {pair.kind for pair in supply.pairs(release)}
    left = kinds.filter(~pl.col("kind").is_in(sorted(reported)))
    rows = []
    for kind in left["kind"].unique(maintain_order=True):
        own = left.filter(pl.col("kind") == kind)
        first = own.row(0, named=True)
        unit = f"{first['unit']} je {german.number(first['per'])}"
        rows.append(
            [first["kind_name"], german.capitalised(german.join_words(own["target_name"].to_list(), "oder")), unit]
        )
    heading = "Wozu noch nichts gemeldet ist" if reported else "Wonach gefragt wird"
    code = [call("zwischentitel", heading, ebene=2, unter="Arten des Formulars, mit dem Angebote gemeldet werden")]
    if rows:
        columns = [column("Art", 56), column("Zielgruppen"), column("Einheit der Quote", 34)]
        code.append(call("tabelle", spalten=columns, zeilen=rows, breite=WIDE))
    else:
        code.append(call("absatz", "Zu jeder Art des Formulars liegt eine Meldung vor."))
    return [*code, _group_table(release, kinds)]


def _group_table(release: Release, kinds: pl.DataFrame) -> Code:
    """Target groups: whether their size is known for Gemeinden, as of when, or who could deliver it."""
    groups = kinds.unique("target_group", keep="first", maintain_order=True).sort("position")
    rows = [[german.capitalised(row["target_name"]), *_base(release, row)] for row in groups.iter_rows(named=True)]
    return call(
        "tabelle",
        spalten=[column("Zielgruppe", 62), column("Zahl je Gemeinde", 38), column("Stand, oder wer sie liefern kann")],
        zeilen=rows,
        titel="Größe der Zielgruppen",
        unter="ohne diese Zahl lässt sich keine Quote rechnen",
        breite=WIDE,
    )


def _base(release: Release, row: dict[str, Any]) -> list[str]:
    """Whether the size of a target group is known for Gemeinden, and as of when or who could deliver it."""
    known = {entry["indicator_id"]: entry for entry in release.indicators.iter_rows(named=True)}
    wanted = [known.get(name) for name in (row["people_source"] or "").split(";") if name]
    if wanted and all(entry and entry["data"] == "gemeinde" for entry in wanted):
        return ["liegt vor", sentences.stand(wanted[0] or {})]
    lacking = next((entry for entry in wanted if entry and entry["data"] != "gemeinde"), None)
    named = offices(lacking["deliverer"] if lacking else row["deliverer"])
    return ["fehlt", german.join_words(named, "oder") or "noch zu klären"]


def _sources(release: Release, pair: Pair) -> str:
    """Who reported, and the sources behind the size of the target group."""
    offers = release.table("offers").filter(pl.col("kind") == pair.kind, pl.col("target_group") == pair.target_group)
    named = german.join_words(offers["source"].unique().sort().to_list())
    ids = str(pair.rows["people_source"][0] or "").split(";")
    return f"Angebote: gemeldet von {named}. Zielgruppe – {source_line(release, ids)}"
