"""The Ressourcenbericht as Markdown, and what of it stands in a paper for the committee.

What belongs here: sentences and tables from the released tables of resources. What does not: arithmetic
(`pipelines.steering.costs`), head and foot (`paper`), the workbook (`pipelines.publish.resource_workbook`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import polars as pl

from pipelines import german
from pipelines.publish import markdown_text as md
from pipelines.publish.markdown_text import Column
from pipelines.publish.released import Release

SCENARIOS = ("Minimal", "Basis", "Ausbau")
NOT_YET = "noch nicht beziffert"
OPEN = "offen"
NONE = "keine"
DECLARED, QUANTIFIED = "vollständig erklärt", "beziffert"
TASK, POST, COST, COVER = "Aufgabe", "Stelle", "Sachkosten", "Deckung"
GRANTED = "bewilligt"
ENTERED = "eingetragen"
CARRIED = "Satz des Vorjahrs mit der Tarifsteigerung"
Row = dict[str, Any]
RULE = (
    "Jede Zeile ist auf den Cent gerundet, ein halber Cent vom Nullpunkt weg. Jede Summe ist die Summe der gedruckten "
    "Zeilen. Fehlt zu einer Zeile eine Angabe, hat auch ihre Summe keinen Betrag."
)


def resources(release: Release) -> str:
    """The whole report: a summary and its eleven sections; what is not known is named with who could say it."""
    sections = (
        _summary,
        _mandate,
        _present,
        _tasks,
        _staff,
        _material,
        _once_and_running,
        _cover,
        _four_years,
        _scenarios,
        _sensitivity,
        _reconciliation,
    )
    return "\n".join(section(release) for section in sections)


def resources_declared(release: Release) -> bool:
    """Whether a person declared the register complete; without it a paper that rests on it stays a draft."""
    return _state(release)["state"] == DECLARED


def resources_state_sentence(release: Release) -> str:
    """How far the register is filled, in one sentence."""
    return _state_sentence(_state(release))


def impact(release: Release) -> str:
    """Financial and personnel effects for a paper: one table per year and scenario, budget places, and what is open.

    „keine“ stands only where a person declared the register complete and nothing is needed.
    """
    state = _state(release)
    if _nothing_needed(release):
        return md.paragraph(f"Finanzielle und personelle Auswirkungen: {NONE} ({_declaration(state)}).")
    if not _years(release):
        return md.paragraph(f"Finanzielle und personelle Auswirkungen: {NOT_YET}.", _state_sentence(state))
    rows = [
        [str(year), scenario, _vzae(row["vzae"]), _total(row), _euro(row["covered"]), _euro(row["net"])]
        for year in _years(release)
        for scenario in SCENARIOS
        for row in [_totals(release)[scenario, str(year)]]
    ]
    columns = [
        Column("Haushaltsjahr", 1.3),
        Column("Szenario", 1),
        Column("Stellen (VZÄ)", 1.2, right=True),
        Column("Kosten in Euro", 1.7, right=True),
        Column("Deckung in Euro", 1.7, right=True),
        Column("Zuschussbedarf in Euro", 1.9, right=True),
    ]
    return "".join(
        [
            md.table(columns, rows, "Finanzielle und personelle Auswirkungen je Haushaltsjahr und Szenario"),
            _budget_places(release),
            md.paragraph(
                _state_sentence(state),
                "Als Deckung zählt nur, was bewilligt ist. Die Rechnung steht im Ressourcenbericht.",
            ),
        ]
    )


# ------------------------------------------------------------------------------------------------ sections
def _summary(release: Release) -> str:
    state, years = _state(release), _years(release)
    parts = [md.heading("Das Wichtigste"), md.paragraph(_state_sentence(state))]
    if not years:
        parts.append(
            md.paragraph(
                f"Zusätzliche Stellen: {NOT_YET}. Zusätzliche Kosten: {NOT_YET}. Deckung: {NOT_YET}.",
                "Das heißt nicht, dass nichts gebraucht wird. Jeder Abschnitt nennt, welche Angaben fehlen und welche "
                "Stelle sie machen kann.",
            )
        )
        return "".join(parts)
    whole = f"{years[0]}/{years[-1]}"
    rows = [
        [scenario, _vzae(row["vzae"]), _total(row), _euro(row["covered"]), _euro(row["net"])]
        for scenario in SCENARIOS
        for row in [_totals(release)[scenario, whole]]
    ]
    columns = [
        Column("Szenario", 1),
        Column("Stellen (VZÄ)", 1.2, right=True),
        Column("Kosten in Euro", 1.7, right=True),
        Column("Deckung in Euro", 1.7, right=True),
        Column("Zuschussbedarf in Euro", 1.9, right=True),
    ]
    parts.append(md.table(columns, rows, f"Die drei Szenarien, {years[0]} bis {years[-1]} zusammen"))
    parts.append(
        md.paragraph(
            "VZÄ: Vollzeitäquivalent, eine ganze Stelle; genannt ist der höchste Umfang in einem Monat.",
            "Jedes Szenario enthält das kleinere. Als Deckung zählt nur, was bewilligt ist.",
        )
    )
    return "".join(parts)


def _mandate(release: Release) -> str:
    state = _state(release)
    return "".join(
        [
            _section("Auftrag"),
            md.paragraph(
                "Der Antrag zur strategischen Sozialplanung (Vorlage 3003-2020/DaDi) verlangt darzulegen, „ob bzw. "
                "welche zusätzlichen Ressourcen im Zug der Einführung und Umsetzung erforderlich werden“. Insbesondere "
                "sind „die finanziellen und personellen Auswirkungen einer Umsetzung darzustellen“.",
                "Dieser Bericht antwortet darauf. Er kommt ohne Index und ohne Bewertung von Gebieten aus.",
            ),
            md.paragraph(
                f"Stand der Angaben: {german.date_text(state['as_of']) if state['as_of'] else OPEN}.",
                f"Zeitraum: {_span(release)}.",
                "Jede Zahl ist ein Eintrag der Verwaltung mit Quelle; das Programm bringt keine eigenen Sätze mit.",
            ),
            md.paragraph(RULE),
        ]
    )


def _present(release: Release) -> str:
    """Shares of posts that exist, and for which plans nobody has said any."""
    parts = [_section("Ausgangslage: vorhandene Stellenanteile")]
    shares = release.table("resource_shares")
    plans = release.table("plans").sort("position")
    names = dict(plans.select("plan_id", "name").iter_rows())
    if shares.height:
        rows = [
            [
                names.get(row["plan_id"], row["plan_id"]),
                row["pay_group"],
                _period(row["valid_from"], row["valid_to"]),
                _vzae(row["vzae"]),
                _vzae(row["usable_vzae"]) if row["usable_vzae"] is not None else "noch nicht geklärt",
                row["source"],
            ]
            for row in shares.iter_rows(named=True)
        ]
        columns = [
            Column("Fachplanung", 2.2),
            Column("Gruppe", 0.9),
            Column("Zeitraum", 1.5),
            Column("VZÄ", 0.9, right=True),
            Column("davon einbringbar", 1.3, right=True),
            Column("Quelle", 2.2),
        ]
        parts.append(md.table(columns, rows, "Vorhandene Stellenanteile je Fachplanung"))
        parts.append(md.bullets(note for note in shares["note"].drop_nulls()))
    known = set(shares["plan_id"])
    open_plans = [name for plan_id, name in names.items() if plan_id not in known]
    if open_plans:
        parts.append(md.paragraph(f"Vorhandene Stellenanteile {NOT_YET} für: {german.join_words(open_plans)}."))
    elif not shares.height:
        parts.append(md.paragraph(f"Vorhandene Stellenanteile: {NOT_YET}."))
    if open_plans or not shares.height:
        parts.append(_missing("die Stellenanteile je Fachplanung", "die Fachbereiche und die Personalverwaltung"))
    return "".join(parts)


def _tasks(release: Release) -> str:
    parts = [_section("Aufgaben und Stunden im Jahr")]
    tasks = _items(release, TASK)
    if not tasks:
        asked = _missing("die Aufgaben mit ihren Stunden im Jahr", "die Sozialplanung und die Fachbereiche")
        return "".join([*parts, md.paragraph(f"Aufgaben und Stunden: {NOT_YET}."), asked])
    rows = [[row["name"], row["scenario"], _hours(row["hours"]), row["without"] or OPEN] for row in tasks]
    columns = [
        Column("Aufgabe", 2.6),
        Column("ab Szenario", 1),
        Column("Stunden im Jahr", 1.1, right=True),
        Column("Was ohne sie entfällt", 3),
    ]
    parts.append(md.table(columns, rows, "Aufgaben der strategischen Sozialplanung"))
    years = _years(release)
    if years:
        found = _totals(release)
        of_tasks = [found[scenario, str(years[-1])] for scenario in SCENARIOS]
        rows = [
            [scenario, _hours(row["task_hours"]), _vzae(row["task_vzae"]), _vzae(row["vzae"])]
            for scenario, row in zip(SCENARIOS, of_tasks, strict=True)
        ]
        columns = [
            Column("Szenario", 1),
            Column("Stunden im Jahr", 1.2, right=True),
            Column("entspricht VZÄ", 1.2, right=True),
            Column("zusätzliche Stellen (VZÄ)", 1.4, right=True),
        ]
        parts.append(md.table(columns, rows, f"Stunden und Stellen im Jahr {years[-1]}"))
        parts.append(md.paragraph(_working_time(release)))
    return "".join(parts)


def _staff(release: Release) -> str:
    parts = [_section("Personal")]
    posts = _items(release, POST)
    if not posts:
        asked = _missing(
            "Stellen mit Umfang, Gruppe und Zeitraum, dazu Kostensätze mit Quelle und Jahr",
            "die Personalverwaltung und die Kämmerei",
        )
        return "".join([*parts, md.paragraph(f"Zusätzliche Stellen: {NOT_YET}."), asked])
    rows = [
        [
            row["name"],
            row["pay_group"],
            _vzae(row["vzae"]),
            _period(row["valid_from"], row["valid_to"]),
            _once(row["once"]),
            row["scenario"],
        ]
        for row in posts
    ]
    columns = [
        Column("Stelle", 2.8),
        Column("Gruppe", 0.9),
        Column("VZÄ", 0.9, right=True),
        Column("Zeitraum", 1.8),
        Column("Art", 1),
        Column("ab Szenario", 1.1),
    ]
    parts.append(md.table(columns, rows, "Zusätzliche Stellen"))
    parts.append(_rates(release))
    rows = [
        [
            _names(release)[row["item_id"]],
            str(row["year"]),
            _vzae(row["vzae"]),
            _euro(row["rate"]),
            str(row["months"]),
            _amount(row),
        ]
        for row in _lines(release, "Personal")
    ]
    columns = [
        Column("Stelle", 2.6),
        Column("Jahr", 0.7),
        Column("VZÄ", 0.9, right=True),
        Column("Kostensatz in Euro", 1.4, right=True),
        Column("Monate", 0.9, right=True),
        Column("Betrag in Euro", 1.6, right=True),
    ]
    if rows:
        parts.append(md.table(columns, rows, "Personalkosten: VZÄ × Kostensatz × Monate / 12"))
    return "".join(parts)


def _rates(release: Release) -> str:
    rates = release.table("resource_rates").filter(pl.col("kind").is_in(["Personal", "Arbeitsplatz", "Gemeinkosten"]))
    order = {"Personal": 0, "Arbeitsplatz": 1, "Gemeinkosten": 2}
    found = sorted(
        rates.iter_rows(named=True), key=lambda row: (order[row["kind"]], row["pay_group"] or "", row["valid_from"])
    )
    rows = [
        [
            row["pay_group"] or ("Arbeitsplatz" if row["kind"] == "Arbeitsplatz" else row["kind"]),
            _period(row["valid_from"], row["valid_to"]),
            _rate(row),
            row["origin"],
            row["source"] if row["origin"] == ENTERED else CARRIED,
        ]
        for row in found
    ]
    if not rows:
        return md.paragraph(f"Sätze: {NOT_YET}.")
    columns = [
        Column("Satz", 1.2),
        Column("gilt", 2),
        Column("Betrag", 1.5, right=True),
        Column("Herkunft", 1.4),
        Column("Quelle", 3),
    ]
    return md.table(columns, rows, "Sätze: Euro je VZÄ und Jahr, Gemeinkosten in Prozent der Personalkosten")


def _material(release: Release) -> str:
    parts = [_section("Sachkosten, Arbeitsplatz und Gemeinkosten")]
    flat = [*_lines(release, "Arbeitsplatz"), *_lines(release, "Gemeinkosten")]
    order = {item_id: at for at, item_id in enumerate(_names(release))}
    flat.sort(key=lambda row: (order[row["item_id"]], row["year"], row["first_month"], row["kind"]))
    if flat:
        rows = [
            [_names(release)[row["item_id"]], str(row["year"]), row["kind"], _flat_words(row), _amount(row)]
            for row in flat
        ]
        columns = [
            Column("Stelle", 2.4),
            Column("Jahr", 0.7),
            Column("Art", 1.4),
            Column("Rechnung", 3),
            Column("Betrag in Euro", 1.6, right=True),
        ]
        parts.append(md.table(columns, rows, "Arbeitsplatzpauschale und Gemeinkosten der Stellen"))
    costs = _items(release, COST)
    if not costs:
        asked = _missing(
            "Kosten für Software, Datenbestellungen, Druck, Beteiligung und wissenschaftliche Begleitung",
            "die Sozialplanung, die Informationstechnik und die Kämmerei",
        )
        return "".join(
            [*parts, md.paragraph(f"Sachkosten, die nicht an einer Stelle hängen: {_nothing(release)}."), asked]
        )
    rows = [
        [
            row["name"],
            row["category"],
            _period(row["valid_from"], row["valid_to"]),
            _once(row["once"]),
            row["scenario"],
            _euro(row["amount"]),
        ]
        for row in costs
    ]
    columns = [
        Column("Wofür", 2.4),
        Column("Bereich", 1.6),
        Column("Jahre", 1.4),
        Column("Art", 0.9),
        Column("ab Szenario", 1),
        Column("Betrag je Jahr in Euro", 1.5, right=True),
    ]
    parts.append(md.table(columns, rows, "Sachkosten, die nicht an einer Stelle hängen"))
    return "".join(parts)


def _once_and_running(release: Release) -> str:
    columns = [
        Column("Szenario", 1),
        Column("Zeitraum", 1.2),
        Column("einmalig in Euro", 1.5, right=True),
        Column("laufend in Euro", 1.5, right=True),
        Column("zusammen in Euro", 1.7, right=True),
    ]
    rows = [
        [row["scenario"], _years_text(row["period"]), _euro(row["once"]), _euro(row["running"]), _total(row)]
        for row in _ordered(release)
    ]
    words = "Laufend ist, was auf Dauer gebraucht wird; einmalig, was eine befristete Aufgabe braucht, etwa der Aufbau."
    return "".join(
        [
            _section("Einmalige und laufende Kosten"),
            md.paragraph(words),
            md.table(columns, rows, "Einmalige und laufende Kosten") if rows else _no_sum("Kosten"),
        ]
    )


def _cover(release: Release) -> str:
    parts = [_section("Förderung, Deckung und Haushaltsstelle")]
    covers = _items(release, COVER)
    if covers:
        rows = [
            [
                row["name"],
                row["category"],
                row["giver"] or "Landkreis",
                _period(row["valid_from"], row["valid_to"]),
                row["state"],
                _euro(row["amount"]),
            ]
            for row in covers
        ]
        columns = [
            Column("Deckung", 2.4),
            Column("Art", 1.3),
            Column("wer gibt", 1.6),
            Column("Jahre", 1.3),
            Column("Stand", 1.1),
            Column("Betrag je Jahr in Euro", 1.5, right=True),
        ]
        parts.append(md.table(columns, rows, "Förderung und Deckung"))
        parts.append(
            md.paragraph("Nur was bewilligt ist, mindert den Zuschussbedarf. Anderes steht hier zur Kenntnis.")
        )
    else:
        asked = _missing("Förderprogramme, Umschichtungen und Haushaltsmittel", "die Kämmerei und die Sozialplanung")
        parts += [md.paragraph(f"Förderung und Deckung: {_nothing(release)}."), asked]
    rows = [
        [row["scenario"], _years_text(row["period"]), _total(row), _euro(row["covered"]), _euro(row["net"])]
        for row in _ordered(release)
    ]
    columns = [
        Column("Szenario", 1),
        Column("Zeitraum", 1.2),
        Column("Kosten in Euro", 1.6, right=True),
        Column("Deckung in Euro", 1.5, right=True),
        Column("Zuschussbedarf in Euro", 1.7, right=True),
    ]
    if rows:
        parts.append(md.table(columns, rows, "Kosten, bewilligte Deckung und Zuschussbedarf"))
    parts.append(_budget_places(release))
    return "".join(parts)


def _budget_places(release: Release) -> str:
    accounts = release.table("resource_accounts")
    if not accounts.height:
        return ""
    years = _years(release)
    places = accounts.select("product", "account").unique().sort("product", "account", nulls_last=True)
    found = {
        (row["scenario"], row["product"], row["account"], row["year"]): row["amount"]
        for row in accounts.iter_rows(named=True)
    }
    rows = []
    for product, account in places.iter_rows():
        for scenario in SCENARIOS:
            keys = [(scenario, product, account, year) for year in years]
            if any(key in found for key in keys):
                cells = [_euro(found[key]) if key in found else "kein Betrag" for key in keys]
                rows.append([f"{product or OPEN}, Konto {account or OPEN}", scenario, *cells])
    columns = [
        Column("Produkt und Konto", 2.3),
        Column("Szenario", 1),
        *(Column(f"{year} in Euro", 1.4, right=True) for year in years),
    ]
    return md.table(columns, rows, "Kosten nach Produkt und Konto")


def _four_years(release: Release) -> str:
    parts = [_section("Vier Jahre mit Tarifsteigerung")]
    years = _years(release)
    if not years:
        asked = _missing("das erste Haushaltsjahr und die angenommene Tarifsteigerung", "die Kämmerei")
        return "".join([*parts, _no_sum("Kosten der vier Jahre"), asked])
    parts.append(md.paragraph(_increase_words(release)))
    periods = [*map(str, years), f"{years[0]}/{years[-1]}"]
    kinds = (
        ("Personal", "personnel"),
        ("Arbeitsplatz", "workplace"),
        ("Gemeinkosten", "overhead"),
        ("Sachkosten", "material"),
    )
    columns = [
        Column("Art", 1.2),
        *(Column(f"{year} in Euro", 1.4, right=True) for year in years),
        Column("zusammen in Euro", 1.5, right=True),
    ]
    for scenario in SCENARIOS:
        found = [_totals(release)[scenario, period] for period in periods]
        rows = [[name, *(_euro(row[key]) for row in found)] for name, key in kinds]
        rows.append(["Gesamt", *(_total(row) for row in found)])
        parts.append(md.table(columns, rows, f"Szenario {scenario}: Kosten nach Art und Jahr"))
    return "".join(parts)


def _scenarios(release: Release) -> str:
    parts = [_section("Szenarien nebeneinander")]
    years = _years(release)
    if not years:
        words = (
            "Minimal, Basis und Ausbau unterscheiden sich darin, welche Aufgaben, Stellen und Sachkosten sie enthalten."
        )
        return "".join([*parts, md.paragraph(words), _no_sum("Die drei Szenarien")])
    found = _totals(release)
    whole = f"{years[0]}/{years[-1]}"
    lines = (
        ("höchster Stellenumfang (VZÄ)", lambda row: _vzae(row["vzae"]), whole),
        (f"Stunden der Aufgaben im Jahr {years[-1]}", lambda row: _hours(row["task_hours"]), str(years[-1])),
        (f"Kosten im Jahr {years[0]} in Euro", _total, str(years[0])),
        (f"Kosten im Jahr {years[-1]} in Euro", _total, str(years[-1])),
        (f"Kosten {years[0]} bis {years[-1]} in Euro", _total, whole),
        (f"Zuschussbedarf {years[0]} bis {years[-1]} in Euro", lambda row: _euro(row["net"]), whole),
    )
    rows = [[words, *(cell(found[scenario, period]) for scenario in SCENARIOS)] for words, cell, period in lines]
    columns = [Column("Größe", 2.4), *(Column(scenario, 1.4, right=True) for scenario in SCENARIOS)]
    parts.append(md.table(columns, rows, "Die drei Szenarien nebeneinander"))
    for scenario in SCENARIOS[:-1]:
        parts.append(_falls_away(release, scenario))
    return "".join(parts)


def _falls_away(release: Release, scenario: str) -> str:
    """What a scenario does not contain, and what that means where the register says so."""
    outside = [
        row
        for kind in (TASK, POST, COST)
        for row in _items(release, kind)
        if SCENARIOS.index(row["scenario"]) > SCENARIOS.index(scenario)
    ]
    parts = [md.heading(f"Was im Szenario {scenario} wegfällt", 2)]
    if not outside:
        return "".join([*parts, md.paragraph(f"Alle Einträge gehören schon zum Szenario {scenario}.")])
    return "".join(
        [
            *parts,
            md.bullets(
                f"{row['kind']}: {row['name']}{'. ' + row['without'] if row['without'] else '.'}" for row in outside
            ),
        ]
    )


def _sensitivity(release: Release) -> str:
    parts = [_section("Empfindlichkeit")]
    rows = release.table("resource_sensitivity").sort("position")
    if not rows["total"].is_not_null().any():
        return "".join([*parts, _no_sum("Die Empfindlichkeit")])
    parts.append(
        md.paragraph(
            "Die Tabelle ändert jeweils eine Annahme und lässt alle anderen stehen. Die Schritte sind Rechengrößen und "
            "keine Vorhersage.",
        )
    )
    cells: dict[tuple[str, str], dict[str, str]] = {}
    for row in rows.iter_rows(named=True):
        cells.setdefault((row["lever"], row["step"]), {})[row["scenario"]] = _signed(row["difference"])
    columns = [
        Column("Annahme", 1.8),
        Column("Änderung", 2.2),
        *(Column(f"{scenario} in Euro", 1.4, right=True) for scenario in SCENARIOS),
    ]
    table = [[lever, step, *(found[scenario] for scenario in SCENARIOS)] for (lever, step), found in cells.items()]
    parts.append(md.table(columns, table, "Unterschied der Kosten der vier Jahre zur Rechnung dieses Berichts"))
    return "".join(parts)


def _reconciliation(release: Release) -> str:
    parts = [_section("Abstimmung")]
    rows = release.table("resource_reconciliation")
    if not rows.height:
        return "".join([*parts, _no_sum("Summen"), md.paragraph("Abgestimmt wird, sobald es eine Summe gibt.")])
    parts.append(
        md.paragraph(
            "Jede Summe ist auf einem zweiten Weg gerechnet. Weicht sie um einen Cent ab, entsteht keine Ausgabe.",
            "Die Arbeitsmappe ressourcenbericht.xlsx rechnet alle Beträge mit Formeln nach.",
        )
    )
    found = (
        rows.sort("position")
        .group_by("description", maintain_order=True)
        .agg(pl.len().alias("sums"), pl.col("difference").abs().max().alias("gap"))
    )
    columns = [
        Column("Zweiter Weg", 3.4),
        Column("Summen", 0.9, right=True),
        Column("größter Unterschied in Euro", 1.5, right=True),
    ]
    table = [[row["description"], str(row["sums"]), _euro(row["gap"])] for row in found.iter_rows(named=True)]
    parts.append(md.table(columns, table, "Abstimmung der Summen"))
    return "".join(parts)


# ------------------------------------------------------------------------------------------------ released rows
def _state(release: Release) -> Row:
    """The one row about the register; a copy without it comes from a district that keeps none."""
    rows = release.table("resource_state")
    return rows.row(0, named=True) if rows.height else {**dict.fromkeys(rows.columns), "state": "nicht geführt"}


def _years(release: Release) -> list[int]:
    """The years of the report; none as long as there is nothing a sum could be made of."""
    found = release.table("resource_totals").filter(~pl.col("period").str.contains("/"))["period"]
    return sorted({int(period) for period in found}) if _state(release)["entries"] or _totals_known(release) else []


def _totals_known(release: Release) -> bool:
    return release.table("resource_totals")["total"].is_not_null().any()


def _totals(release: Release) -> dict[tuple[str, str], Row]:
    return {(row["scenario"], row["period"]): row for row in release.table("resource_totals").iter_rows(named=True)}


def _ordered(release: Release) -> list[Row]:
    """Totals by scenario and year, the four years together last; none where nothing is entered."""
    if not _years(release):
        return []
    rows = _totals(release).values()
    return sorted(rows, key=lambda row: (SCENARIOS.index(row["scenario"]), "/" in row["period"], row["period"]))


def _items(release: Release, kind: str) -> list[Row]:
    return release.table("resource_items").filter(pl.col("kind") == kind).sort("position").to_dicts()


def _lines(release: Release, kind: str) -> list[Row]:
    return release.table("resource_lines").filter(pl.col("kind") == kind).sort("position").to_dicts()


def _names(release: Release) -> dict[str, str]:
    return dict(release.table("resource_items").sort("position").select("item_id", "name").iter_rows())


def _nothing_needed(release: Release) -> bool:
    totals = release.table("resource_totals")
    return resources_declared(release) and totals.height > 0 and not totals["total"].ne_missing(Decimal(0)).any()


# ------------------------------------------------------------------------------------------------ words
def _section(title: str) -> str:
    return md.heading(title, numbered=True)


def _span(release: Release) -> str:
    state = _state(release)
    return f"{state['first_year']} bis {state['last_year']}" if state["first_year"] else OPEN


def _declaration(state: Row) -> str:
    day = german.date_text(state["declared_on"])
    return f"erklärt von {state['declared_by']}, {state['declared_role']}, am {day}"


def _state_sentence(state: Row) -> str:
    """What the figures of the register may be taken for."""
    if state["state"] == DECLARED:
        return f"Das Verzeichnis der Ressourcen ist vollständig, {_declaration(state)}."
    if state["state"] == QUANTIFIED:
        return (
            "Alle Einträge im Verzeichnis der Ressourcen sind beziffert. Niemand hat es bisher als vollständig "
            "erklärt; die Summen sind deshalb vorläufig."
        )
    if state["state"] == "unvollständig":
        lacks = f" Es fehlt: {german.join_words(state['lacking'].split('; '))}." if state["lacking"] else ""
        count = state["open_entries"]
        missing = f" Ohne Zahl: {german.count_text(count, 'Angabe', 'Angaben')}." if count else ""
        return f"Das Verzeichnis der Ressourcen ist unvollständig.{missing}{lacks}"
    if state["state"] == "leer":
        return "Das Verzeichnis der Ressourcen enthält noch keinen Eintrag."
    return "Der Landkreis führt noch kein Verzeichnis der Ressourcen."


def _missing(what: str, who: str) -> str:
    return md.paragraph(f"Gebraucht werden: {what}. Machen können die Angaben: {who}.")


def _no_sum(what: str) -> str:
    return md.paragraph(f"{what}: {NOT_YET}.")


def _nothing(release: Release) -> str:
    """What stands where a list is empty: „keine“ only when a person declared the register complete."""
    return NONE if resources_declared(release) else NOT_YET


def _euro(amount: Decimal | None) -> str:
    return NOT_YET if amount is None else german.number(amount, 2)


def _signed(amount: Decimal | None) -> str:
    if amount is None:
        return NOT_YET
    return f"+{german.number(amount, 2)}" if amount > 0 else german.number(amount, 2)


def _total(row: Row) -> str:
    """A total, or how much of it is known."""
    if row["total"] is not None or not row["known"]:
        return _euro(row["total"])
    return f"{NOT_YET}; bisher {german.number(row['known'], 2)}"


def _amount(row: Row) -> str:
    return _euro(row["amount"]) if row["amount"] is not None else f"{NOT_YET} ({row['lacks']})"


def _shortest(value: Decimal, least: int = 0) -> str:
    """A number with the decimals it needs, at least `least`."""
    decimals = max(least, -int(value.normalize().as_tuple().exponent))
    return german.number(value, decimals)


def _vzae(value: Decimal | None) -> str:
    return NOT_YET if value is None else _shortest(value, 1)


def _hours(value: Decimal | None) -> str:
    return NOT_YET if value is None else _shortest(value)


def _rate(row: Row) -> str:
    if row["value"] is None:
        return NOT_YET
    return german.with_unit(_shortest(row["value"]), "%") if row["kind"] == "Gemeinkosten" else _euro(row["value"])


def _flat_words(row: Row) -> str:
    if row["amount"] is None:
        return NOT_YET
    if row["kind"] == "Gemeinkosten":
        return f"{german.with_unit(_shortest(row['rate']), '%')} der Personalkosten"
    return f"{_vzae(row['vzae'])} × {_euro(row['rate'])} × {row['months']} / 12"


def _once(once: bool) -> str:
    return "einmalig" if once else "laufend"


def _month(text: str) -> str:
    """„2027-04“ as „04/2027“; a year stays."""
    year, _, month = text.partition("-")
    return f"{month}/{year}" if month else year


def _period(start: str | None, end: str | None) -> str:
    """A period of months or years in words."""
    if start is None:
        return OPEN
    if end is None:
        return f"ab {_month(start)}"
    return _month(start) if start == end else f"{_month(start)} bis {_month(end)}"


def _years_text(period: str) -> str:
    return period.replace("/", " bis ")


def _rates_of(release: Release, kind: str) -> list[Row]:
    return release.table("resource_rates").filter(pl.col("kind") == kind).sort("valid_from").to_dicts()


def _working_time(release: Release) -> str:
    found = _rates_of(release, "Jahresarbeitszeit")
    if not found:
        return f"Jahresarbeitszeit einer Stelle: {NOT_YET}."
    return " ".join(
        f"Jahresarbeitszeit {_period(row['valid_from'], row['valid_to'])}: "
        f"{_hours(row['value'])} Stunden ({row['source']})."
        for row in found
    )


def _increase_words(release: Release) -> str:
    found = _rates_of(release, "Tarifsteigerung")
    if not found:
        return f"Tarifsteigerung: {NOT_YET}. Die Sätze gelten nur für die Jahre, für die sie eingetragen sind."
    years = german.join_words(
        [
            f"{row['valid_from'][:4]} "
            + (NOT_YET if row["value"] is None else german.with_unit(_shortest(row["value"]), "%"))
            for row in found
        ]
    )
    return (
        f"Angenommene Tarifsteigerung: {years} ({_sources(found)}). Der Satz einer Gruppe steigt jeden Januar, "
        "gerechnet vom gerundeten Satz des Vorjahrs, bis ein neuer Satz eingetragen ist. Pauschalen und Sachkosten "
        "bleiben, bis ein anderer Betrag eingetragen ist."
    )


def _sources(rows: Iterable[Row]) -> str:
    return "; ".join(dict.fromkeys(row["source"] for row in rows))


__all__: Sequence[str] = ("impact", "resources", "resources_declared")
