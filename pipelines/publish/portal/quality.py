"""The page of quality: every check of the edition by kind, gaps of reconciliations, and all sources.

What belongs here: the released outcome of checks. What does not: checking, and validation pages with internal values.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from pipelines import german
from pipelines.contracts import contract
from pipelines.publish.check_words import counted, dated, gap_text, skipped
from pipelines.publish.portal.cells import period_span
from pipelines.publish.portal.site import QUALITY, Place, Row, Site

KINDS = {
    "Vertrag": "Form: Spalten, Pflichtfelder, Wertebereiche, Schlüssel",
    "Abgleich": "Summen: Gemeinden gegen Kreis und veröffentlichte Summen",
    "Geheimhaltung": "Schutz: was gesperrt ist, trägt keine Zahl",
    "Raum": "Grenzen: Flächen, Lücken, Überschneidungen",
}


def write_quality(site: Site) -> list[Path]:
    """Write the page of checks and sources; return its path."""
    found = site.release.checks.sort("table_name", "check_id")
    tested = found.filter(pl.col("passed").is_not_null())
    page = site.write(
        Place(QUALITY, "Qualität, Quellen und Prüfungen", "Qualität"),
        "qualitaet.html.jinja",
        passed=german.number(int(tested["passed"].sum())),
        tested=german.number(tested.height),
        untested=german.number(found.height - tested.height),
        kinds=_kinds(found),
        failed=[_worded(row) for row in found.filter(~pl.col("passed")).rows(named=True)],
        worded=[
            _worded(row) for row in tested.filter(pl.col("kind").is_in(["Geheimhaltung", "Raum"])).rows(named=True)
        ],
        counted=_counted(tested.filter(pl.col("kind") == "Abgleich")),
        skipped=_skipped(found.filter(pl.col("passed").is_null())),
        contracts=_contracts(found.filter(pl.col("kind") == "Vertrag")),
        sources=_sources(site),
    )
    return [page]


def _kinds(found: pl.DataFrame) -> list[Row]:
    order = [kind for kind in KINDS if kind in found["kind"]]
    return [{"name": kind, "what": KINDS[kind], **_totals(found.filter(pl.col("kind") == kind))} for kind in order]


def _totals(rows: pl.DataFrame) -> Row:
    passed = int(rows["passed"].sum() or 0)
    untested = rows["passed"].null_count()
    counts = {
        "count": rows.height,
        "passed": passed,
        "failed": rows.height - passed - untested,
        "untested": untested,
    }
    return {name: german.number(count) for name, count in counts.items()}


def _worded(row: Row) -> Row:
    """A check whose expectation is a sentence."""
    return {
        "kind": row["kind"],
        "what": dated(row["description"]),
        "expected": row["expected"],
        "observed": row["observed"],
        "gap": gap_text(row["gap"]) if row["gap"] is not None else "keine Zahl",
        "passed": row["passed"],
        "table": row["table_name"],
        "id": row["check_id"],
    }


def _counted(rows: pl.DataFrame) -> list[Row]:
    """Reconciliations that compare numbers, by what is compared, each with its gap."""
    return [{"name": name, "rows": lines} for name, lines in counted(rows).items()]


def _skipped(rows: pl.DataFrame) -> list[Row]:
    """What could not be tested, below the reason the delivery gives."""
    return [
        {"reason": reason, "rows": [{"delivery": name, "items": items} for name, items in deliveries.items()]}
        for reason, deliveries in skipped(rows).items()
    ]


def _contracts(rows: pl.DataFrame) -> list[Row]:
    """Totals per table, with what the table holds."""
    return [
        {"table": name, "what": contract(name).description, **_totals(rows.filter(pl.col("table_name") == name))}
        for name in rows["table_name"].unique().sort()
    ]


def _sources(site: Site) -> list[Row]:
    rows = site.release.sources.sort("source_id", "edition", "file").rows(named=True)
    return [
        {
            **row,
            "period": period_span(row["period_from"], row["period_to"]),
            "retrieved": german.date_text(row["retrieved"]),
        }
        for row in rows
    ]
