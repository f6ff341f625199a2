"""What follows from the planning inventory: double collections, gaps, and what to bring in next.

What belongs here: rules on the tables of `planning`, without any judgement of a plan. What does not: the inventory
itself, and the words of documents (`pipelines.publish`). Where nobody has estimated an effort, none is assumed.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import polars as pl

from pipelines.steering.planning import MAY_USE, frame

FINDING_TABLES = ("plan_order", "plan_overlaps", "plan_gaps")
EFFORTS = ("gering", "mittel", "hoch", None)
DELIVERS, MAY_DELIVER, USES = "liefert", "kann liefern", "nutzt"
# What the inventory should say of every plan, by the column that is empty when it does not
OPEN = {
    "cycle": "Turnus",
    "levels": "räumliche Ebenen",
    "data_held": "Datenbestand",
    "effort": "Aufwand",
    "contact_role": "Ansprechstelle",
}


def build_findings(
    plans: pl.DataFrame,
    bases: pl.DataFrame,
    editions: pl.DataFrame,
    roles: pl.DataFrame,
    publications: pl.DataFrame,
    catalogue: pl.DataFrame,
) -> tuple[pl.DataFrame, ...]:
    """The frames of FINDING_TABLES, in that order. Arguments: the tables of `planning` and `indicators.catalogue`.

    Order: what the Kreis already publishes first; then by effort, least first, not estimated last; then by gain, most
    first; then by reach, most first; then as in the inventory. Gain counts the indicators without figures for
    Gemeinden that a plan delivers or could deliver; reach counts the other plans that use or could use one of them.
    """
    by_role = _by_role(roles)
    without = set(catalogue.filter(pl.col("data") != "gemeinde")["indicator_id"])
    rows = {
        "plan_order": _order(plans, publications, by_role, without),
        "plan_overlaps": _overlaps(plans, by_role, without),
        "plan_gaps": [
            *_indicator_gaps(plans, by_role, catalogue),
            *_field_gaps(plans, catalogue),
            *_open(plans, bases, editions),
        ],
    }
    return tuple(frame(rows[name], f"steering.{name}") for name in FINDING_TABLES)


ByRole = dict[str, dict[str, set[str]]]


def _by_role(roles: pl.DataFrame) -> ByRole:
    """Indicators by plan and role."""
    found: ByRole = defaultdict(lambda: defaultdict(set))
    for plan, indicator, role in roles.select("plan_id", "indicator_id", "role").iter_rows():
        found[plan][role].add(indicator)
    return found


def _delivered(by_role: ByRole, plan: str) -> set[str]:
    return by_role[plan][DELIVERS] | by_role[plan][MAY_DELIVER]


def _ids(plans: pl.DataFrame) -> list[str]:
    """Plans in the order of the inventory."""
    return plans.sort("position")["plan_id"].to_list()


# ------------------------------------------------------------------------------------------------ order
def _order(plans: pl.DataFrame, publications: pl.DataFrame, by_role: ByRole, without: set[str]) -> list[dict[str, Any]]:
    published = set(publications["plan_id"])
    rows = []
    for plan in plans.sort("position").iter_rows(named=True):
        gained = sorted(_delivered(by_role, plan["plan_id"]) & without)
        users = [
            other
            for other in _ids(plans)
            if other != plan["plan_id"] and (by_role[other][USES] | by_role[other][MAY_USE]) & set(gained)
        ]
        rows.append(
            {
                "plan_id": plan["plan_id"],
                "published": plan["plan_id"] in published,
                "effort": plan["effort"],
                "gain": len(gained),
                "reach": len(users),
                "indicator_ids": ";".join(gained) or None,
            }
        )
    ordered = sorted(  # sorting is stable: what is equal stays in the order of the inventory
        rows, key=lambda row: (not row["published"], EFFORTS.index(row["effort"]), -row["gain"], -row["reach"])
    )
    return [{**row, "rank": rank} for rank, row in enumerate(ordered, 1)]


# ------------------------------------------------------------------------------------------------ double collections
def _overlaps(plans: pl.DataFrame, by_role: ByRole, without: set[str]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for indicator in sorted({one for plan in _ids(plans) for one in _delivered(by_role, plan)}):
        confirmed = [plan for plan in _ids(plans) if indicator in by_role[plan][DELIVERS]]
        all_plans = [plan for plan in _ids(plans) if indicator in _delivered(by_role, plan)]
        if len(confirmed) > 1:
            rows.append({"indicator_id": indicator, "kind": "doppelt", "plan_ids": ";".join(confirmed)})
        elif len(all_plans) > 1:
            rows.append({"indicator_id": indicator, "kind": "möglich", "plan_ids": ";".join(all_plans)})
        if indicator not in without:
            rows.append({"indicator_id": indicator, "kind": "schon veröffentlicht", "plan_ids": ";".join(all_plans)})
    return rows


# ------------------------------------------------------------------------------------------------ gaps
def _indicator_gaps(plans: pl.DataFrame, by_role: ByRole, catalogue: pl.DataFrame) -> list[dict[str, Any]]:
    """Indicators without figures for Gemeinden. A plan that delivers has promised figures; until they are there the
    gap stays."""
    rows = []
    for row in catalogue.filter(pl.col("data") != "gemeinde").iter_rows(named=True):
        indicator = row["indicator_id"]
        able = [plan for plan in _ids(plans) if indicator in _delivered(by_role, plan)]
        kind, detail = ("lieferbar", ";".join(able)) if able else ("ohne Planung", row["deliverer"])
        rows.append({"kind": kind, "subject_id": indicator, "detail": detail})
    return rows


def _field_gaps(plans: pl.DataFrame, catalogue: pl.DataFrame) -> list[dict[str, Any]]:
    """Planning fields of the catalogue for which the inventory names no plan."""
    planned = {field for fields in plans["planning_fields"].drop_nulls() for field in fields.split(";")}
    wanted = {field for fields in catalogue["planning_fields"] for field in fields.split(";")}
    return [{"kind": "Planungsfeld", "subject_id": field} for field in sorted(wanted - planned)]


def _open(plans: pl.DataFrame, bases: pl.DataFrame, editions: pl.DataFrame) -> list[dict[str, Any]]:
    """What the inventory does not yet say of a plan."""
    unchecked = set(bases.filter(pl.col("checked_on").is_null())["plan_id"])
    dated = set(editions["plan_id"])
    rows = []
    for plan in plans.sort("position").iter_rows(named=True):
        missing = [
            *(["Stand"] if plan["state"] == "offen" else []),
            *([] if plan["plan_id"] in dated or plan["state"] == "liegt nicht vor" else ["Zeitraum"]),
            *(words for column, words in OPEN.items() if plan[column] is None),
            *(["Prüfung der Rechtsgrundlage"] if plan["plan_id"] in unchecked else []),
        ]
        if missing:
            rows.append({"kind": "offene Angaben", "subject_id": plan["plan_id"], "detail": ";".join(missing)})
    return rows
