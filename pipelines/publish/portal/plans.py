"""The page of the Fachplanungen: what is published, the inventory, who delivers and uses what, gaps, what comes next.

What belongs here: choosing what the page shows. What does not: its words and rows (`pipelines.publish.inventory`).
"""

from __future__ import annotations

from pathlib import Path

from pipelines.publish import inventory as words
from pipelines.publish.inventory import Inventory
from pipelines.publish.portal.files import paper_files
from pipelines.publish.portal.site import PLANS, Place, Row, Site, indicator_page
from pipelines.publish.portal.tables import inventory_table

PAPER = "fachplanungsbericht"


def write_plans(site: Site) -> list[Path]:
    """Write the page of the Fachplanungen; return its path."""
    found = Inventory(site.release)
    overlaps = found.overlaps()
    notes = {
        "published": words.PUBLISHED_NOTE,
        "state": words.STATE_NOTE,
        "law": words.LAW_NOTE,
        "overlap": words.OVERLAP_NOTE,
        "gap": words.GAP_NOTE,
        "ranking": words.NO_RANKING,
    }
    page = site.write(
        Place(PLANS, "Fachplanungen", "Fachplanungen"),
        "fachplanungen.html.jinja",
        summary=found.summary(),
        kept=found.kept,
        notes=notes,
        order_rule=words.ORDER_RULE,
        papers=paper_files(site, PAPER),
        published=inventory_table("tabelle-veroeffentlicht", found.published(), links={1: found.addresses()}),
        stock=inventory_table("tabelle-bestand", found.stock(), row_head=1),
        bases=inventory_table("tabelle-recht", found.bases()),
        data=inventory_table("tabelle-datenbestand", found.data()),
        matrix=_matrix(found),
        sign_words=words.SIGN_WORDS,
        overlaps=inventory_table(
            "tabelle-doppelt", overlaps, row_head=1, links={1: [indicator_page(row[0]) for row in overlaps.rows]}
        ),
        suppliers=inventory_table("tabelle-lieferbar", found.suppliers()),
        without_plan=inventory_table("tabelle-ohne", found.without_plan()),
        fields=found.fields_without_plan() if found.kept else "",
        order=inventory_table("tabelle-folge", found.order(), row_head=1),
        open_entries=inventory_table("tabelle-offen", found.open_entries()),
    )
    return [page]


def _matrix(found: Inventory) -> Row | None:
    """Indicators by chapter, each with what every plan has to do with it; None where no inventory is kept."""
    if not found.kept:
        return None
    plans = [name for _, name in found.key()]
    chapters = [
        {"name": chapter, "rows": [_matrix_row(found, row[0], row[1], plans) for row in table.rows]}
        for chapter, table in found.matrix_parts()
    ]
    return {"plans": plans, "chapters": chapters}


def _matrix_row(found: Inventory, indicator_id: str, name: str, plans: list[str]) -> Row:
    cells = [
        {
            "plan": plan,
            "cell": letters,
            "words": ", ".join(role for role, sign in words.SIGNS.items() if sign in letters),
        }
        for plan, letters in zip(plans, found.signs(indicator_id), strict=True)
    ]
    return {"id": indicator_id, "name": name, "cells": cells, "named": any(one["cell"] for one in cells)}
