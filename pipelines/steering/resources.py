"""The register of resources: what strategic social planning needs in posts and money, what is there, what covers it.

What belongs here: the register `ressourcen.yml` judged and turned into tables. What does not: the arithmetic
(`pipelines.steering.costs`), reading files (`registers`) and the wording of documents (`pipelines.publish`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.steering import costs
from pipelines.steering.costs import Booked, Control, Cover, Increase, Inputs, Line, Material, Post, Rate, Total
from pipelines.steering.planning import frame
from pipelines.steering.registers import Entry, Register, check_known, check_once, check_periods, read_register

REGISTER = "ressourcen"
RESOURCE_TABLES = (
    "resource_state",
    "resource_rates",
    "resource_shares",
    "resource_items",
    "resource_lines",
    "resource_totals",
    "resource_accounts",
    "resource_sensitivity",
    "resource_reconciliation",
)
# State of the register, from bottom to top; only one that a person declared complete may say that nothing is needed
ABSENT, EMPTY, INCOMPLETE, QUANTIFIED, DECLARED = (
    "nicht geführt",
    "leer",
    "unvollständig",
    "beziffert",
    "vollständig erklärt",
)
ITEMS = {"aufgaben": "Aufgabe", "stellen": "Stelle", "sachkosten": "Sachkosten", "deckung": "Deckung"}
TASK, POST, COST, COVER = ITEMS.values()
INCREASE, WORKING_TIME = "Tarifsteigerung", "Jahresarbeitszeit"
ONCE = "einmalig"
UNITS = {
    costs.PERSONNEL: "Euro je VZÄ und Jahr",
    costs.WORKPLACE: "Euro je VZÄ und Jahr",
    costs.OVERHEAD: "Prozent der Personalkosten",
    INCREASE: "Prozent",
    WORKING_TIME: "Stunden je VZÄ und Jahr",
}
# List of the register, entry that holds the value, kind of the rate
RATES = (("kostensaetze", "betrag", costs.PERSONNEL), ("arbeitsplatz", "betrag", costs.WORKPLACE),
         ("gemeinkosten", "prozent", costs.OVERHEAD))  # fmt: skip


def build_resources(data_dir: Path, plans: pl.DataFrame) -> tuple[pl.DataFrame, ...]:
    """The frames of RESOURCE_TABLES, in that order; without a register all but the state are empty.

    plans: `steering.plans`. Amounts are Euro and cents, shares of posts VZÄ, both Decimal. Raises InputError with file
    and line for what the schema refuses, an entry twice, an unknown plan, task or pay group, two rates for one month,
    a month without rate, overlapping periods, sums that differ from a Kontrollsumme, and a declaration of
    completeness over open entries.
    """
    register = read_register(data_dir, REGISTER)
    top = register.top
    _check(top, set(plans["plan_id"]))
    inputs = read_inputs(top)
    if inputs is not None:
        _check_months(top, inputs)
    found = [] if inputs is None else costs.lines(inputs)
    booked = [] if inputs is None else costs.by_account(inputs, found, _places(top))
    declared = top.get("erklaerung") is not None
    sums = [] if inputs is None else costs.totals(inputs, found, declared=declared)
    state = _state(register, found, sums)
    if inputs is not None:
        _check_sums(top, sums)
    rows = {
        "resource_state": [state],
        "resource_rates": _rates(top, inputs),
        "resource_shares": _shares(top),
        "resource_items": _items(top),
        "resource_lines": [_line(line, at) for at, line in enumerate(found, 1)],
        "resource_totals": [_total(total, top, inputs) for total in sums] if inputs else [],
        "resource_accounts": [_account(one) for one in booked],
        "resource_sensitivity": _sensitivity(inputs) if inputs else [],
        "resource_reconciliation": _reconciliation(top, inputs, found, sums, booked) if inputs else [],
    }
    return tuple(frame(rows[name], f"steering.{name}") for name in RESOURCE_TABLES)


# ------------------------------------------------------------------------------------------------ register to inputs
def read_inputs(top: Entry) -> Inputs | None:
    """What the arithmetic takes from the register; None as long as the first year is not said."""
    first = top.get("erstes_jahr")
    if first is None:
        return None
    return Inputs(
        first,
        tuple(_rate(entry, value, kind) for name, value, kind in RATES for entry in top.entries(name)),
        tuple(
            Increase(entry["jahr"], _decimal(entry["prozent"]), entry["quelle"])
            for entry in top.entries("tarifsteigerung")
        ),
        tuple(map(_post, top.entries("stellen"))),
        tuple(map(_material, top.entries("sachkosten"))),
        tuple(map(_cover, top.entries("deckung"))),
    )


def _decimal(value: int | Decimal | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _rate(entry: Entry, value: str, kind: str) -> Rate:
    start, end = entry["ab"], entry.get("bis")
    return Rate(
        kind,
        entry.get("gruppe"),
        costs.month(start),
        None if end is None else costs.month(end),
        _decimal(entry[value]),
        entry["quelle"],
    )


def _post(entry: Entry) -> Post:
    end = entry.get("bis")
    return Post(
        entry["kennung"],
        entry["gruppe"],
        _decimal(entry["vzae"]),
        costs.month(entry["von"]),
        None if end is None else costs.month(end),
        entry["art"] == ONCE,
        entry["szenario"],
    )


def _material(entry: Entry) -> Material:
    once = entry["art"] == ONCE
    last = entry.get("bis") if entry.get("bis") is not None else entry["von"] if once else None
    amount = _decimal(entry["betrag"])
    return Material(entry["kennung"], amount, entry["von"], last, once, entry["szenario"])


def _cover(entry: Entry) -> Cover:
    amount = _decimal(entry["betrag"])
    return Cover(entry["kennung"], amount, entry["von"], entry.get("bis"), entry["stand"], entry["szenario"])


def _controls(top: Entry) -> list[tuple[Entry, Control]]:
    return [
        (entry, Control(entry["szenario"], entry["jahr"], Decimal(entry["betrag"]), entry["quelle"]))
        for entry in top.entries("kontrollsummen")
    ]


# ------------------------------------------------------------------------------------------------ what is refused
def _check(top: Entry, plans: set[str]) -> None:
    check_once([entry for name in ITEMS for entry in top.entries(name)], "kennung")
    check_once(top.entries("tarifsteigerung"), "jahr")
    tasks = {entry["kennung"] for entry in top.entries("aufgaben")}
    groups = {entry["gruppe"] for entry in top.entries("kostensaetze")}
    for entry in [*top.entries("stellenanteile"), *top.entries("aufgaben")]:
        check_known(entry, "fachplanung", plans, "eine Fachplanung", "fachplanungen.yml")
    for entry in top.entries("stellen"):
        check_known(entry, "aufgabe", tasks, "eine Aufgabe", "der Liste aufgaben")
        check_known(entry, "gruppe", groups, "eine Entgeltgruppe", "der Liste kostensaetze")
        if entry["art"] == ONCE and entry.get("bis") is None:
            raise entry.fault(
                "bis",
                what="Eine einmalige Stelle hat kein Ende.",
                expected="der letzte Monat, weil die Stelle einmalig ist",
                remedy="Den letzten Monat eintragen, oder bei art „laufend“ schreiben.",
            )
    for name in ("stellen", "sachkosten", "deckung"):
        for entry in top.entries(name):
            check_periods([entry])
    for _, shares in _grouped(top.entries("stellenanteile"), ("fachplanung", "gruppe")):
        check_periods(shares)
        for share in shares:
            _check_usable(share)
    for name in ("kostensaetze", "arbeitsplatz", "gemeinkosten", "jahresarbeitszeit"):
        for _, rates in _grouped(top.entries(name), ("gruppe",)):
            _check_rates(rates)


def _grouped(entries: Sequence[Entry], names: tuple[str, ...]) -> Iterable[tuple[Any, list[Entry]]]:
    def key(entry: Entry) -> tuple[str, ...]:
        return tuple(entry.get(name) or "" for name in names)

    return ((found, list(group)) for found, group in groupby(sorted(entries, key=key), key=key))


def _check_usable(share: Entry) -> None:
    whole, usable = share["vzae"], share.get("einbringbar")
    if usable is not None and (whole is None or usable > whole):
        raise share.fault(
            "einbringbar",
            what="Ein Stellenanteil bringt mehr ein, als er hat.",
            expected="eine Zahl, und vzae mindestens so groß" if whole is None else f"eine Zahl bis {whole} (vzae)",
            remedy="vzae oder einbringbar berichtigen.",
        )


def _check_rates(rates: list[Entry]) -> None:
    """Rates of one thing: none ends before it begins, and no month has two."""
    for rate in rates:
        check_periods([rate], "ab", "bis")
    for before, after in pairwise(sorted(rates, key=lambda rate: (rate["ab"], rate.line))):
        if after["ab"] == before["ab"]:
            raise after.fault(
                "ab",
                what="Für denselben Monat gibt es zwei Sätze.",
                expected=f"ein Satz je Monat; einer steht schon in Zeile {before.line}",
                remedy="Einen der beiden Sätze streichen oder seinen Monat berichtigen.",
            )
        if before.get("bis") is not None and before["bis"] >= after["ab"]:
            raise after.fault(
                "ab",
                what="Zwei Sätze überschneiden sich.",
                expected=f"ein Monat nach {before['bis']}, dem Ende des Satzes in Zeile {before.line}",
                remedy="ab oder bis berichtigen.",
            )


def _check_months(top: Entry, inputs: Inputs) -> None:
    for entry, post in zip(top.entries("stellen"), inputs.posts, strict=True):
        absent = costs.month_without_rate(inputs, post)
        if absent is not None:
            (kind, group), number = absent
            raise entry.fault(
                "von",
                what="Für einen Monat einer Stelle gibt es keinen Satz.",
                expected=f"{kind}{f' {group}' if group else ''}: ein Satz für {costs.month_text(number)}",
                found=f"Stelle „{entry['bezeichnung']}“, kein Satz für diesen Monat",
                remedy="Den Satz mit seiner Quelle eintragen; ist er unbekannt, den Betrag leer lassen.",
            )


def _check_sums(top: Entry, sums: Sequence[Total]) -> None:
    known = {(total.scenario, total.year): total for total in sums}
    for entry, control in _controls(top):
        total = known.get((control.scenario, control.year))
        if total is None:
            years = sorted({total.year for total in sums if total.year})
            raise entry.fault(
                "jahr", expected=f"ein Jahr von {years[0]} bis {years[-1]}", remedy="Das Jahr der Summe berichtigen."
            )
        if total.total != control.amount:
            computed = "noch nicht beziffert" if total.total is None else f"{total.total:.2f} Euro"
            gap = "" if total.total is None else f", Unterschied {total.total - control.amount:+.2f} Euro"
            raise entry.fault(
                "betrag",
                what="Die Summen stimmen nicht überein.",
                expected=f"{control.amount:.2f} Euro (Kontrollsumme {control.scenario} {control.year})",
                found=f"{computed} aus den Einträgen{gap}",
                remedy="Die Einträge mit der Berechnung der Kontrollsumme vergleichen, oder diese berichtigen.",
            )


# ------------------------------------------------------------------------------------------------ state
def _state(register: Register, found: Sequence[Line], sums: Sequence[Total]) -> dict[str, Any]:
    """State of the register and how many of its entries lack a figure."""
    top = register.top
    open_lines = _open_lines(top)
    open_entries = len(open_lines)
    declaration = top.group("erklaerung") if top.get("erklaerung") is not None else None
    entries = sum(len(top.entries(name)) for name in (*ITEMS, "stellenanteile"))
    # A total that lacks a figure no entry names, such as the increase of a year, is open as well
    lacking = sorted({line.lacks for line in found if line.amount is None and line.lacks})
    if entries and declaration is None and not top.entries("deckung"):
        lacking.append("Angaben zur Deckung")
    if declaration is not None and (open_entries or lacking or top.get("erstes_jahr") is None):
        raise declaration.fault(
            what="Ein Verzeichnis mit offenen Angaben ist als vollständig erklärt.",
            expected="zu jedem Eintrag eine Zahl, und das erste Jahr",
            found=f"offen: {', '.join([*open_lines, *lacking]) or 'das erste Jahr'}",
            remedy="Die offenen Zahlen ergänzen, oder die Erklärung streichen.",
        )
    named = declaration.content if declaration is not None else {}
    return {
        "state": _state_word(register.exists, entries, open_entries, sums, declared=declaration is not None),
        "as_of": top.get("stand"),
        "first_year": top.get("erstes_jahr"),
        "last_year": None if top.get("erstes_jahr") is None else top["erstes_jahr"] + costs.YEARS - 1,
        "entries": entries,
        "open_entries": open_entries,
        "lacking": "; ".join(lacking) or None,
        "declared_by": named.get("name"),
        "declared_role": named.get("funktion"),
        "declared_on": named.get("datum"),
    }


def _state_word(exists: bool, entries: int, open_entries: int, sums: Sequence[Total], *, declared: bool) -> str:
    if not exists:
        return ABSENT
    if declared:
        return DECLARED
    if not entries:
        return EMPTY
    whole = [total for total in sums if total.year == 0]
    complete = bool(whole) and all(total.net is not None for total in whole if total.scenario == costs.SCENARIOS[-1])
    return QUANTIFIED if complete and not open_entries else INCOMPLETE


def _open_lines(top: Entry) -> list[str]:
    """Where a figure is still to come: „betrag in Zeile 12“."""
    values = {name: value for name, value, _ in RATES} | {
        "tarifsteigerung": "prozent",
        "jahresarbeitszeit": "stunden",
        "stellenanteile": "vzae",
        "aufgaben": "stunden",
        "stellen": "vzae",
        "sachkosten": "betrag",
        "deckung": "betrag",
    }
    return [
        f"{value} in Zeile {entry.lines[(*entry.place, value)]}"
        for name, value in values.items()
        for entry in top.entries(name)
        if entry[value] is None
    ]


# ------------------------------------------------------------------------------------------------ tables
def _rates(top: Entry, inputs: Inputs | None) -> list[dict[str, Any]]:
    valid = [] if inputs is None else costs.valid_rates(inputs)
    rows: list[dict[str, Any]] = [
        {
            "kind": rate.key[0],
            "pay_group": rate.key[1],
            "valid_from": costs.month_text(rate.start),
            "valid_to": costs.month_text(rate.end),
            "value": rate.value,
            "origin": rate.origin,
            "source": rate.source,
        }
        for rate in valid
        if rate.start <= rate.end
    ]
    rows += [
        {"kind": INCREASE, "valid_from": f"{entry['jahr']}-01", "value": _decimal(entry["prozent"]),
         "origin": costs.ENTERED, "source": entry["quelle"]}
        for entry in top.entries("tarifsteigerung")
    ]  # fmt: skip
    rows += [
        {"kind": WORKING_TIME, "valid_from": entry["ab"], "valid_to": entry.get("bis"),
         "value": _decimal(entry["stunden"]), "origin": costs.ENTERED, "source": entry["quelle"]}
        for entry in top.entries("jahresarbeitszeit")
    ]  # fmt: skip
    return [{**row, "unit": UNITS[row["kind"]]} for row in rows]


def _shares(top: Entry) -> list[dict[str, Any]]:
    return [
        {
            "plan_id": entry["fachplanung"],
            "pay_group": entry["gruppe"],
            "valid_from": entry["von"],
            "valid_to": entry.get("bis"),
            "vzae": _decimal(entry["vzae"]),
            "usable_vzae": _decimal(entry.get("einbringbar")),
            "source": entry["quelle"],
            "note": entry.get("bemerkung"),
        }
        for entry in top.entries("stellenanteile")
    ]


def _items(top: Entry) -> list[dict[str, Any]]:
    entries = [(kind, entry) for name, kind in ITEMS.items() for entry in top.entries(name)]
    return [_item(kind, entry, at) for at, (kind, entry) in enumerate(entries, 1)]


def _item(kind: str, entry: Entry, position: int) -> dict[str, Any]:
    once = entry["art"] == ONCE if kind in (POST, COST) else None
    start, end = entry.get("von"), entry.get("bis")
    if kind == COST and once and end is None:
        end = start
    return {
        "item_id": entry["kennung"],
        "position": position,
        "kind": kind,
        "name": entry["bezeichnung"],
        "scenario": entry["szenario"],
        "category": entry.get("bereich") or (entry["art"] if kind == COVER else None),
        "task_id": entry.get("aufgabe"),
        "plan_id": entry.get("fachplanung"),
        "pay_group": entry.get("gruppe"),
        "hours": _decimal(entry.get("stunden")),
        "vzae": _decimal(entry.get("vzae")),
        "amount": _decimal(entry.get("betrag")),
        "valid_from": None if start is None else str(start),
        "valid_to": None if end is None else str(end),
        "once": once,
        "product": entry.get("produkt"),
        "account": entry.get("konto"),
        "giver": entry.get("geber"),
        "state": entry.get("stand"),
        "without": entry.get("ohne"),
    }


def _line(line: Line, position: int) -> dict[str, Any]:
    return {
        "position": position,
        "item_id": line.item_id,
        "kind": line.kind,
        "scenario": line.scenario,
        "once": line.once,
        "year": line.year,
        "first_month": None if line.start is None else costs.month_text(line.start),
        "months": line.months,
        "pay_group": line.group,
        "vzae": line.vzae,
        "rate": line.rate,
        "amount": line.amount,
        "lacks": line.lacks,
    }


def _period(inputs: Inputs, year: int) -> str:
    """The year, or the first and the last where all four are meant."""
    return str(year) if year else f"{inputs.years[0]}/{inputs.years[-1]}"


def _total(total: Total, top: Entry, inputs: Inputs) -> dict[str, Any]:
    hours, needed = (None, None) if total.year == 0 else _hours(top, total.scenario, total.year)
    return {
        "scenario": total.scenario,
        "period": _period(inputs, total.year),
        "personnel": total.kinds[costs.PERSONNEL],
        "workplace": total.kinds[costs.WORKPLACE],
        "overhead": total.kinds[costs.OVERHEAD],
        "material": total.kinds[costs.MATERIAL],
        "once": total.once,
        "running": total.running,
        "total": total.total,
        "known": total.known,
        "open_lines": total.open_lines,
        "covered": total.covered,
        "net": total.net,
        "vzae": total.vzae,
        "person_months": total.person_months,
        "task_hours": hours,
        "task_vzae": needed,
    }


def _hours(top: Entry, scenario: str, year: int) -> tuple[Decimal | None, Decimal | None]:
    """Hours of the tasks of a scenario in a year, and how many VZÄ they are: hours / hours of a VZÄ in that year."""
    tasks = [entry for entry in top.entries("aufgaben") if costs.holds(scenario, entry["szenario"])]
    if not tasks or any(entry["stunden"] is None for entry in tasks):
        return None, None
    hours = sum((Decimal(entry["stunden"]) for entry in tasks), costs.ZERO)
    january = f"{year}-01"
    valid = [
        entry
        for entry in top.entries("jahresarbeitszeit")
        if entry["ab"] <= january and (entry.get("bis") is None or entry["bis"] >= january)
    ]
    of_one = max(valid, key=lambda entry: entry["ab"])["stunden"] if valid else None
    return hours, None if of_one is None else (hours / Decimal(of_one)).quantize(
        costs.THOUSANDTH, rounding=ROUND_HALF_UP
    )


def _sensitivity(inputs: Inputs) -> list[dict[str, Any]]:
    return [
        {
            "position": at,
            "lever": lever.name,
            "step": lever.step,
            "scenario": name,
            "total": total,
            "difference": gap,
        }
        for at, (lever, name, total, gap) in enumerate(costs.sensitivity(inputs), 1)
    ]


def _places(top: Entry) -> dict[str, tuple[str | None, str | None]]:
    """Product and account of each entry that costs something."""
    entries = [*top.entries("stellen"), *top.entries("sachkosten")]
    return {entry["kennung"]: (entry.get("produkt"), entry.get("konto")) for entry in entries}


def _account(one: Booked) -> dict[str, Any]:
    return {
        "scenario": one.scenario,
        "year": one.year,
        "product": one.product,
        "account": one.account,
        "amount": one.amount,
    }


def _reconciliation(
    top: Entry, inputs: Inputs, found: Sequence[Line], sums: Sequence[Total], booked: Sequence[Booked]
) -> list[dict[str, Any]]:
    ways = costs.reconcile(found, sums, booked, [control for _, control in _controls(top)])
    return [
        {
            "position": at,
            "check_id": way.check_id,
            "description": way.description,
            "scenario": way.scenario,
            "period": _period(inputs, way.year),
            "expected": way.expected,
            "observed": way.observed,
            "difference": way.difference,
        }
        for at, way in enumerate(ways, 1)
    ]
