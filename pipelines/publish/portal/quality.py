"""The page of quality: every check of the edition by kind, gaps of reconciliations, and all sources.

What belongs here: the released outcome of checks. What does not: checking, and validation pages with internal values.
"""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl

from pipelines import german
from pipelines.contracts import contract
from pipelines.publish.pages.annex import NOT_CHECKED, check_parts, dated, gap_text
from pipelines.publish.portal.cells import period_span
from pipelines.publish.portal.site import QUALITY, Place, Row, Site

KINDS = {
    "Vertrag": "Form: Spalten, Pflichtfelder, Wertebereiche, Schlüssel",
    "Abgleich": "Summen: Gemeinden gegen Kreis und veröffentlichte Summen",
    "Geheimhaltung": "Schutz: was gesperrt ist, trägt keine Zahl",
    "Raum": "Grenzen: Flächen, Lücken, Überschneidungen",
}
# Names of items and deliveries are written without umlauts and capitals in files; readers get words.
SPELLING = {
    "bevoelkerung": "bevölkerung", "maennlich": "männlich", "waehler": "wähler", "raeume": "räume",
    "flaeche": "fläche", "gebaeude": "gebäude", "schluessel": "schlüssel", "abgaenger": "abgänger",
    "auslaender": "ausländer", "aerzte": "ärzte", "eigentuemer": "eigentümer", "aelter": "älter",
    "einkuenfte": "einkünfte", "groesse": "größe", "svb_": "beschäftigte am ", "inkar": "INKAR", "10000": "10\u202f000",
}  # fmt: skip
SMALL_WORDS = frozenset(
    ["ab", "akademisch", "am", "bis", "der", "deutsch", "insgesamt", "je", "männlich", "nichtdeutsch", "niedriges"]
) | {"ohne", "und", "weiblich", "älter"}


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
    groups: dict[str, list[Row]] = {}
    for row in rows.rows(named=True):
        kind, what = check_parts(row["description"])
        kind, what = (_readable_kind(kind), readable(what)) if what else ("Weitere Abgleiche", kind)
        observed = row["observed"].split("; Abstand")[0].split("; größter Abstand")[0]
        line = {"what": what, "expected": row["expected"], "observed": observed, "gap": gap_text(row["gap"])}
        groups.setdefault(kind, []).append({**line, "passed": row["passed"]})
    return [{"name": name, "rows": lines} for name, lines in groups.items()]


def _readable_kind(kind: str) -> str:
    """The kind of a reconciliation with its delivery: „Summe … · hessische_gemeindestatistik“."""
    what, dot, delivery = kind.partition(" · ")
    return f"{what}{dot}{readable(delivery)}"


def readable(name: str) -> str:
    """Item or delivery as words: „flaechennutzung, alter:0-5“ as „Flächennutzung, Alter 0 bis 5“."""
    words = re.sub(r"alter:(\d+)-(\d+)", r"alter \1 bis \2", name)
    words = re.sub(r"alter:(\d+)\+", r"alter ab \1", words)
    for written, read in SPELLING.items():
        words = words.replace(written, read)
    words = re.sub(r"(?<=\w)[_:](?=\w)", " ", words)
    return re.sub(r"[^\W\d]+", lambda word: word[0] if word[0] in SMALL_WORDS else german.capitalised(word[0]), words)


def _skipped(rows: pl.DataFrame) -> list[Row]:
    """What could not be tested, below the reason the delivery gives."""
    groups: dict[str, dict[str, list[str]]] = {}
    for row in rows.rows(named=True):
        kind, what = check_parts(row["description"])
        reason = german.capitalised(row["observed"].removeprefix(NOT_CHECKED).strip(" :"))
        groups.setdefault(reason, {}).setdefault(readable(kind.rpartition(" · ")[2]), []).append(readable(what))
    return [
        {"reason": reason, "rows": [{"delivery": name, "items": items} for name, items in deliveries.items()]}
        for reason, deliveries in groups.items()
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
