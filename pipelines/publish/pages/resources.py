"""The Ressourcenbericht as Markdown, and what of it stands in a paper for the committee.

What belongs here: sentences and tables from the released tables of resources. What does not: arithmetic
(`pipelines.steering.costs`), head and foot (`paper`), the workbook (`pipelines.publish.resource_workbook`).
"""

from __future__ import annotations

import polars as pl

from pipelines import german
from pipelines.mandate import sentence
from pipelines.publish import markdown_text as md
from pipelines.publish.markdown_text import Column
from pipelines.publish.released import Release
from pipelines.publish.resource_words import (
    CARRIED,
    COST,
    COVER,
    NONE,
    NOT_YET,
    OPEN,
    OVERHEAD,
    PERSONNEL,
    POST,
    SCENARIOS,
    TASK,
    WORKPLACE,
    Resources,
    amount_text,
    euro_text,
    flat_text,
    hours_text,
    once_text,
    period_text,
    rate_text,
    signed_text,
    total_text,
    vzae_text,
    years_text,
)

CARRIED_SOURCE = "Satz des Vorjahrs mit der Tarifsteigerung"
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
    about = Resources(release)
    return "\n".join(section(about) for section in sections)


def resources_declared(release: Release) -> bool:
    """Whether a person declared the register complete; without it a paper that rests on it stays a draft."""
    return Resources(release).declared


def impact(release: Release) -> str:
    """Financial and personnel effects for a paper: one table per year and scenario, budget places, and what is open.

    „keine“ stands only where a person declared the register complete and nothing is needed.
    """
    about = Resources(release)
    if about.nothing_needed:
        return md.paragraph(f"Finanzielle und personelle Auswirkungen: {NONE} ({about.declaration}).")
    if not about.years:
        return md.paragraph(f"Finanzielle und personelle Auswirkungen: {NOT_YET}.", about.state_sentence)
    rows = [
        [str(year), scenario, vzae_text(row["vzae"]), total_text(row), euro_text(row["covered"]), euro_text(row["net"])]
        for year in about.years
        for scenario in SCENARIOS
        for row in [about.totals[scenario, str(year)]]
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
            _budget_places(about),
            md.paragraph(
                about.state_sentence,
                "Als Deckung zählt nur, was bewilligt ist. Die Rechnung steht im Ressourcenbericht.",
            ),
        ]
    )


# ------------------------------------------------------------------------------------------------ sections
def _summary(about: Resources) -> str:
    years = about.years
    parts = [md.heading("Das Wichtigste"), md.paragraph(about.state_sentence)]
    if not years:
        parts.append(
            md.paragraph(
                f"Zusätzliche Stellen: {NOT_YET}. Zusätzliche Kosten: {NOT_YET}. Deckung: {NOT_YET}.",
                "Das heißt nicht, dass nichts gebraucht wird. Jeder Abschnitt nennt, welche Angaben fehlen und welche "
                "Stelle sie machen kann.",
            )
        )
        return "".join(parts)
    whole = about.whole
    rows = [
        [scenario, vzae_text(row["vzae"]), total_text(row), euro_text(row["covered"]), euro_text(row["net"])]
        for scenario in SCENARIOS
        for row in [about.totals[scenario, whole]]
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


def _mandate(about: Resources) -> str:
    state = about.state
    return "".join(
        [
            _section("Auftrag"),
            md.paragraph(
                sentence(about.release.edition, "ressourcenbericht"),
                "Dieser Bericht antwortet darauf. Er kommt ohne Index und ohne Bewertung von Gebieten aus.",
            ),
            md.paragraph(
                f"Stand der Angaben: {german.date_text(state['as_of']) if state['as_of'] else OPEN}.",
                f"Zeitraum: {about.span}.",
                "Jede Zahl ist ein Eintrag der Verwaltung mit Quelle; das Programm bringt keine eigenen Sätze mit.",
            ),
            md.paragraph(RULE),
        ]
    )


def _present(about: Resources) -> str:
    """Shares of posts that exist, and for which plans nobody has said any."""
    parts = [_section("Ausgangslage: vorhandene Stellenanteile")]
    shares = about.release.table("resource_shares")
    plans = about.release.table("plans").sort("position")
    names = dict(plans.select("plan_id", "name").iter_rows())
    if shares.height:
        rows = [
            [
                names.get(row["plan_id"], row["plan_id"]),
                row["pay_group"],
                period_text(row["valid_from"], row["valid_to"]),
                vzae_text(row["vzae"]),
                vzae_text(row["usable_vzae"]) if row["usable_vzae"] is not None else "noch nicht geklärt",
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
        notes = shares.filter(pl.col("note").is_not_null()).select("plan_id", "note").iter_rows()
        parts.append(md.bullets(f"{names.get(plan_id, plan_id)}: {note}" for plan_id, note in notes))
    known = set(shares["plan_id"])
    open_plans = [name for plan_id, name in names.items() if plan_id not in known]
    if open_plans:
        parts.append(md.paragraph(f"Vorhandene Stellenanteile {NOT_YET} für: {german.join_words(open_plans)}."))
    elif not shares.height:
        parts.append(md.paragraph(f"Vorhandene Stellenanteile: {NOT_YET}."))
    if open_plans or not shares.height:
        parts.append(_missing("die Stellenanteile je Fachplanung", "die Fachbereiche und die Personalverwaltung"))
    return "".join(parts)


def _tasks(about: Resources) -> str:
    parts = [_section("Aufgaben und Stunden im Jahr")]
    tasks = about.items(TASK)
    if not tasks:
        asked = _missing("die Aufgaben mit ihren Stunden im Jahr", "die Sozialplanung und die Fachbereiche")
        return "".join([*parts, md.paragraph(f"Aufgaben und Stunden: {NOT_YET}."), asked])
    rows = [[row["name"], row["scenario"], hours_text(row["hours"]), row["without"] or OPEN] for row in tasks]
    columns = [
        Column("Aufgabe", 2.6),
        Column("ab Szenario", 1),
        Column("Stunden im Jahr", 1.1, right=True),
        Column("Was ohne sie entfällt", 3),
    ]
    parts.append(md.table(columns, rows, "Aufgaben der strategischen Sozialplanung"))
    years = about.years
    if years:
        found = about.totals
        of_tasks = [found[scenario, str(years[-1])] for scenario in SCENARIOS]
        rows = [
            [scenario, hours_text(row["task_hours"]), vzae_text(row["task_vzae"]), vzae_text(row["vzae"])]
            for scenario, row in zip(SCENARIOS, of_tasks, strict=True)
        ]
        columns = [
            Column("Szenario", 1),
            Column("Stunden im Jahr", 1.2, right=True),
            Column("entspricht VZÄ", 1.2, right=True),
            Column("zusätzliche Stellen (VZÄ)", 1.4, right=True),
        ]
        parts.append(md.table(columns, rows, f"Stunden und Stellen im Jahr {years[-1]}"))
        parts.append(md.paragraph(about.working_time))
    return "".join(parts)


def _staff(about: Resources) -> str:
    parts = [_section("Personal")]
    posts = about.items(POST)
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
            vzae_text(row["vzae"]),
            period_text(row["valid_from"], row["valid_to"]),
            once_text(row["once"]),
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
    parts.append(_rates(about))
    rows = [
        [
            about.names[row["item_id"]],
            str(row["year"]),
            vzae_text(row["vzae"]),
            euro_text(row["rate"]),
            str(row["months"]),
            amount_text(row),
        ]
        for row in about.lines(PERSONNEL)
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


def _rates(about: Resources) -> str:
    rows = [
        [
            row["pay_group"] or row["kind"],
            period_text(row["valid_from"], row["valid_to"]),
            rate_text(row),
            row["origin"],
            CARRIED_SOURCE if row["origin"] == CARRIED else row["source"],
        ]
        for row in about.rates(PERSONNEL, WORKPLACE, OVERHEAD)
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


def _material(about: Resources) -> str:
    parts = [_section("Sachkosten, Arbeitsplatz und Gemeinkosten")]
    flat = about.lines(WORKPLACE, OVERHEAD)
    order = {item_id: at for at, item_id in enumerate(about.names)}
    flat.sort(key=lambda row: (order[row["item_id"]], row["year"], row["first_month"], row["kind"]))
    if flat:
        rows = [
            [about.names[row["item_id"]], str(row["year"]), row["kind"], flat_text(row), amount_text(row)]
            for row in flat
        ]
        columns = [
            Column("Stelle", 2.9),
            Column("Jahr", 0.7),
            Column("Art", 1.4),
            Column("Rechnung", 2.5),
            Column("Betrag in Euro", 1.6, right=True),
        ]
        parts.append(md.table(columns, rows, "Arbeitsplatzpauschale und Gemeinkosten der Stellen"))
    costs = about.items(COST)
    if not costs:
        asked = _missing(
            "Kosten für Software, Datenbestellungen, Druck, Beteiligung und wissenschaftliche Begleitung",
            "die Sozialplanung, die Informationstechnik und die Kämmerei",
        )
        return "".join([*parts, md.paragraph(f"Sachkosten, die nicht an einer Stelle hängen: {about.nothing}."), asked])
    rows = [
        [
            row["name"],
            row["category"],
            period_text(row["valid_from"], row["valid_to"]),
            once_text(row["once"]),
            row["scenario"],
            euro_text(row["amount"]),
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


def _once_and_running(about: Resources) -> str:
    columns = [
        Column("Szenario", 1),
        Column("Zeitraum", 1.2),
        Column("einmalig in Euro", 1.5, right=True),
        Column("laufend in Euro", 1.5, right=True),
        Column("zusammen in Euro", 1.7, right=True),
    ]
    rows = [
        [row["scenario"], years_text(row["period"]), euro_text(row["once"]), euro_text(row["running"]), total_text(row)]
        for row in about.totals.values()
    ]
    words = "Laufend ist, was auf Dauer gebraucht wird; einmalig, was eine befristete Aufgabe braucht, etwa der Aufbau."
    return "".join(
        [
            _section("Einmalige und laufende Kosten"),
            md.paragraph(words),
            md.table(columns, rows, "Einmalige und laufende Kosten") if rows else _no_sum("Kosten"),
        ]
    )


def _cover(about: Resources) -> str:
    parts = [_section("Förderung, Deckung und Haushaltsstelle")]
    covers = about.items(COVER)
    if covers:
        rows = [
            [
                row["name"],
                row["category"],
                row["giver"] or "Landkreis",
                period_text(row["valid_from"], row["valid_to"]),
                row["state"],
                euro_text(row["amount"]),
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
        parts += [md.paragraph(f"Förderung und Deckung: {about.nothing}."), asked]
    rows = [
        [row["scenario"], years_text(row["period"]), total_text(row), euro_text(row["covered"]), euro_text(row["net"])]
        for row in about.totals.values()
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
    parts.append(_budget_places(about))
    return "".join(parts)


def _budget_places(about: Resources) -> str:
    accounts = about.release.table("resource_accounts")
    if not accounts.height:
        return ""
    years = about.years
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
                cells = [euro_text(found[key]) if key in found else "kein Betrag" for key in keys]
                rows.append([f"{product or f'Produkt {OPEN}'}, Konto {account or OPEN}", scenario, *cells])
    columns = [
        Column("Produkt und Konto", 2.3),
        Column("Szenario", 1),
        *(Column(f"{year} in Euro", 1.4, right=True) for year in years),
    ]
    return md.table(columns, rows, "Kosten nach Produkt und Konto")


def _four_years(about: Resources) -> str:
    parts = [_section("Vier Jahre mit Tarifsteigerung")]
    years = about.years
    if not years:
        asked = _missing("das erste Haushaltsjahr und die angenommene Tarifsteigerung", "die Kämmerei")
        return "".join([*parts, _no_sum("Kosten der vier Jahre"), asked])
    parts.append(md.paragraph(about.increase))
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
        found = [about.totals[scenario, period] for period in periods]
        rows = [[name, *(euro_text(row[key]) for row in found)] for name, key in kinds]
        rows.append(["Gesamt", *(total_text(row) for row in found)])
        parts.append(md.table(columns, rows, f"Szenario {scenario}: Kosten nach Art und Jahr"))
    return "".join(parts)


def _scenarios(about: Resources) -> str:
    parts = [_section("Szenarien nebeneinander")]
    years = about.years
    if not years:
        words = (
            "Minimal, Basis und Ausbau unterscheiden sich darin, welche Aufgaben, Stellen und Sachkosten sie enthalten."
        )
        return "".join([*parts, md.paragraph(words), _no_sum("Die drei Szenarien")])
    found = about.totals
    whole = about.whole
    lines = (
        ("höchster Stellenumfang (VZÄ)", lambda row: vzae_text(row["vzae"]), whole),
        (f"Stunden der Aufgaben im Jahr {years[-1]}", lambda row: hours_text(row["task_hours"]), str(years[-1])),
        (f"Kosten im Jahr {years[0]} in Euro", total_text, str(years[0])),
        (f"Kosten im Jahr {years[-1]} in Euro", total_text, str(years[-1])),
        (f"Kosten {years[0]} bis {years[-1]} in Euro", total_text, whole),
        (f"Zuschussbedarf {years[0]} bis {years[-1]} in Euro", lambda row: euro_text(row["net"]), whole),
    )
    rows = [[words, *(cell(found[scenario, period]) for scenario in SCENARIOS)] for words, cell, period in lines]
    columns = [Column("Größe", 2.4), *(Column(scenario, 1.4, right=True) for scenario in SCENARIOS)]
    parts.append(md.table(columns, rows, "Die drei Szenarien nebeneinander"))
    for scenario in SCENARIOS[:-1]:
        parts.append(_falls_away(about, scenario))
    return "".join(parts)


def _falls_away(about: Resources, scenario: str) -> str:
    """What a scenario does not contain, and what that means where the register says so."""
    outside = [
        row
        for kind in (TASK, POST, COST)
        for row in about.items(kind)
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


def _sensitivity(about: Resources) -> str:
    parts = [_section("Empfindlichkeit")]
    rows = about.release.table("resource_sensitivity").sort("position")
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
        cells.setdefault((row["lever"], row["step"]), {})[row["scenario"]] = signed_text(row["difference"])
    columns = [
        Column("Annahme", 1.8),
        Column("Änderung", 2.2),
        *(Column(f"{scenario} in Euro", 1.4, right=True) for scenario in SCENARIOS),
    ]
    table = [[lever, step, *(found[scenario] for scenario in SCENARIOS)] for (lever, step), found in cells.items()]
    parts.append(md.table(columns, table, "Unterschied der Kosten der vier Jahre zur Rechnung dieses Berichts"))
    return "".join(parts)


def _reconciliation(about: Resources) -> str:
    parts = [_section("Abstimmung")]
    rows = about.release.table("resource_reconciliation")
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
    table = [[row["description"], str(row["sums"]), euro_text(row["gap"])] for row in found.iter_rows(named=True)]
    parts.append(md.table(columns, table, "Abstimmung der Summen"))
    return "".join(parts)


# ------------------------------------------------------------------------------------------------ pieces
def _section(title: str) -> str:
    return md.heading(title, numbered=True)


def _missing(what: str, who: str) -> str:
    """Which figures are wanted and which offices could give them."""
    return md.paragraph(f"Gebraucht werden: {what}. Machen können die Angaben: {who}.")


def _no_sum(what: str) -> str:
    return md.paragraph(f"{what}: {NOT_YET}.")
