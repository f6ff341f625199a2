"""The planning inventory: which Fachplanungen there are, what they rest on, hold, deliver and use.

What belongs here: the register `fachplanungen.yml` as tables. What does not: reading files (`registers`), the wording
of documents (`pipelines.publish`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from pipelines.contracts import conform, contract
from pipelines.steering.registers import Entry, check_known, check_once, check_periods, read_register

REGISTER = "fachplanungen"
# Roles from the register by its entries; „kann nutzen“ follows from the planning fields of the catalogue
ROLES = {"liefert": "liefert", "kann_liefern": "kann liefern", "nutzt": "nutzt"}
MAY_USE = "kann nutzen"
PLAN_TABLES = ("plans", "plan_bases", "plan_editions", "plan_indicators", "plan_publications")


def build_plans(data_dir: Path, catalogue: pl.DataFrame, areas: pl.DataFrame) -> tuple[pl.DataFrame, ...]:
    """The frames of PLAN_TABLES, in that order, empty where the district keeps no inventory.

    catalogue: `indicators.catalogue`; areas: `curated.areas`. Raises InputError with file and line for what the schema
    refuses, a plan twice, an unknown indicator or area, overlapping Fassungen and days before the law.
    """
    plans = read_register(data_dir, REGISTER).top.entries("plaene")
    _check(plans, set(catalogue["indicator_id"]), set(areas["area_id"]))
    rows = {
        "plans": [_plan(plan, at) for at, plan in enumerate(plans, 1)],
        "plan_bases": [row for plan in plans for row in _bases(plan)],
        "plan_editions": [row for plan in plans for row in _editions(plan)],
        "plan_indicators": [row for plan in plans for row in _indicators(plan, catalogue)],
        "plan_publications": [row for plan in plans for row in _publications(plan)],
    }
    return tuple(frame(rows[name], f"steering.{name}") for name in PLAN_TABLES)


def plan_ids(data_dir: Path) -> set[str]:
    """Ids of the plans in the inventory: what other registers may name."""
    return {plan["kennung"] for plan in read_register(data_dir, REGISTER).top.entries("plaene")}


def frame(rows: list[dict[str, Any]], table: str) -> pl.DataFrame:
    """Rows by the contract of a table, empty cells where a row names no value."""
    schema = contract(table).schema()
    return conform(pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema), table)


def _check(plans: list[Entry], indicators: set[str], areas: set[str]) -> None:
    check_once(plans, "kennung")
    check_once(plans, "kurzname")
    for plan in plans:
        for name in ROLES:
            check_known(plan, name, indicators, "ein Indikator", "dem Katalog der Indikatoren")
        check_known(plan, "gebiete", areas, "ein Gebietsschlüssel", "gebiete/gemeinden.csv oder sozialraeume.csv")
        _check_days(plan)


def _check_days(plan: Entry) -> None:
    """Fassungen follow each other, and nothing is older than the law it names."""
    editions, bases = plan.entries("fassungen"), plan.entries("rechtsgrundlagen")
    check_periods(editions)
    for basis in bases:
        since, checked = basis.get("gilt_seit"), basis.get("geprueft_am")
        if since and checked and checked < since:
            raise basis.fault(
                "geprueft_am",
                what="Ein Tag liegt vor dem Gesetz, um das es geht.",
                expected=f"ein Tag ab {since} (gilt_seit)",
                remedy="Den Tag der Prüfung oder gilt_seit berichtigen.",
            )
    starts = [basis.get("gilt_seit") for basis in bases]
    known = [start for start in starts if start]
    if not known or len(known) < len(starts):
        return  # with a basis of unknown age the plan may be older than the others
    first = min(known)
    for edition in editions:
        for name in ("von", "beschlossen_am"):
            if edition.get(name) and edition[name] < first:
                raise edition.fault(
                    name,
                    what="Ein Tag liegt vor dem Gesetz, um das es geht.",
                    expected=f"ein Tag ab {first}, dem Beginn der ältesten Rechtsgrundlage",
                    remedy="Den Tag oder gilt_seit berichtigen, oder die ältere Rechtsgrundlage ergänzen.",
                )


def _plan(plan: Entry, position: int) -> dict[str, Any]:
    return {
        "plan_id": plan["kennung"],
        "position": position,
        "name": plan["name"],
        "short_name": plan["kurzname"],
        "kind": plan["art"],
        "planning_fields": _joined(plan["felder"]),
        "made_by": plan["traeger"],
        "owner": plan["zustaendig"],
        "state": plan["stand"],
        "cycle": plan.get("turnus"),
        "levels": _joined(plan.get("ebenen")),
        "area_ids": _joined(plan.get("gebiete")),
        "data_held": _joined(plan.get("datenbestand")),
        "effort": plan.get("aufwand"),
        "contact_role": plan.get("ansprechstelle"),
        "note": plan.get("bemerkung"),
    }


def _bases(plan: Entry) -> list[dict[str, Any]]:
    return [
        {
            "plan_id": plan["kennung"],
            "position": at,
            "basis": basis["vorschrift"],
            "content": basis["inhalt"],
            "duty": basis["bindung"],
            "in_force_since": basis.get("gilt_seit"),
            "checked_on": basis.get("geprueft_am"),
            "source": basis.get("fundstelle"),
        }
        for at, basis in enumerate(plan.entries("rechtsgrundlagen"), 1)
    ]


def _editions(plan: Entry) -> list[dict[str, Any]]:
    return [
        {
            "plan_id": plan["kennung"],
            "valid_from": edition["von"],
            "valid_to": edition.get("bis"),
            "title": edition["titel"],
            "decided_on": edition.get("beschlossen_am"),
        }
        for edition in plan.entries("fassungen")
    ]


def _indicators(plan: Entry, catalogue: pl.DataFrame) -> list[dict[str, Any]]:
    found = [(role, indicator) for name, role in ROLES.items() for indicator in plan.get(name) or []]
    used = set(plan.get("nutzt") or [])
    fields = set(plan["felder"])
    for row in catalogue.iter_rows(named=True):
        if fields & set(row["planning_fields"].split(";")) and row["indicator_id"] not in used:
            found.append((MAY_USE, row["indicator_id"]))
    return [{"plan_id": plan["kennung"], "indicator_id": indicator, "role": role} for role, indicator in found]


def _publications(plan: Entry) -> list[dict[str, Any]]:
    return [
        {
            "plan_id": plan["kennung"],
            "position": at,
            "title": one["titel"],
            "year": one.get("jahr"),
            "address": one.get("adresse"),
            "seen_on": one["angesehen_am"],
        }
        for at, one in enumerate(plan.entries("veroeffentlichungen"), 1)
    ]


def _joined(values: list[str] | None) -> str | None:
    return ";".join(values) if values else None
