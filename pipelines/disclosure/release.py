"""The released tables, one function each. Nothing enters schema `release` any other way.

What belongs here: what of each internal table may leave. What does not: the rules for a single value (`primary`).
Everything derived from a value (comparison, trend, index) goes when the value goes, so that it cannot be recomputed.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.approvals.changes import WITHDRAWN
from pipelines.approvals.standing import FIRST_DRAFT, Standing, correction_rows, history_rows
from pipelines.contracts import WITH_VALUE, conform, contract
from pipelines.disclosure.primary import suppress
from pipelines.errors import DisclosureError
from pipelines.german import STATUS_WORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.approvals.register import Register
    from pipelines.settings import Kreis

SUPPRESSED = "Aus Datenschutzgründen nicht ausgewiesen."
KEY = ["indicator_id", "area_id", "period"]


def release_sources(sources: pl.DataFrame) -> pl.DataFrame:
    """All deliveries with their marks. Raises DisclosureError for a sheet that does not say whether it is public."""
    unmarked = sources.filter(pl.col("published") == "unmarkiert")
    if unmarked.height:
        first = unmarked.row(0, named=True)
        raise DisclosureError(
            "Eine Lieferung sagt nicht, ob sie schon veröffentlicht ist; ohne diese Angabe wird nichts freigegeben.",
            file=f"{first['source_id']}/{first['edition']}/lieferung.yml",
            row="gesamte Datei",
            column="published",
            expected="published: yes oder published: no",
            found="keine Angabe",
            remedy="Beim Lieferanten klären, ob die Zahlen veröffentlicht sind; Angabe in lieferung.yml eintragen.",
        )
    return conform(sources, "release.sources")


def release_values(
    values: pl.DataFrame, sources: pl.DataFrame, catalogue: pl.DataFrame, merkmale: pl.DataFrame, kreis: Kreis
) -> pl.DataFrame:
    """Values that may leave; what may not has status `suppressed`, a reason and no number.

    sources: result of `release_sources`. merkmale: for the population of each area.
    """
    marks: dict[str, bool] = {}
    for row in sources.iter_rows(named=True):
        marks[row["source_id"]] = marks.get(row["source_id"], True) and row["published"] == "ja"
    subset = set(catalogue.filter(pl.col("interval") == "wilson")["indicator_id"])
    released = suppress(
        values, published=marks, rules=kreis.disclosure, population=_population(merkmale), subset=subset
    )
    _refuse_leaks(released, marks)
    return conform(released, "release.values")


def release_provenance(provenance: pl.DataFrame, released: pl.DataFrame) -> pl.DataFrame:
    """Where the values come from that are shown with a number; it holds places in files, no figures."""
    shown = released.filter(pl.col("value").is_not_null()).select(KEY)
    return conform(provenance.join(shown, on=KEY, how="semi"), "release.provenance")


def release_indicators(catalogue: pl.DataFrame) -> pl.DataFrame:
    """The catalogue as it is: definitions hold no figures."""
    return conform(catalogue, "release.indicators")


def release_areas(areas: pl.DataFrame) -> pl.DataFrame:
    """Areas as they are: names and keys are public."""
    return conform(areas, "release.areas")


def release_boundaries(boundaries: pl.DataFrame) -> pl.DataFrame:
    """Simplified boundaries as they are."""
    return conform(boundaries, "release.boundaries")


def release_comparison(comparison: pl.DataFrame, released: pl.DataFrame) -> pl.DataFrame:
    """Comparisons of which neither the value nor the Kreis value is withheld."""
    hidden = _hidden(released)
    kreis_hidden = hidden.join(released.filter(pl.col("area_level") == "kreis").select(KEY), on=KEY, how="semi").select(
        "indicator_id", "period"
    )
    kept = comparison.join(hidden, on=KEY, how="anti").join(kreis_hidden, on=["indicator_id", "period"], how="anti")
    return conform(kept, "release.comparison")


def release_trend(trend: pl.DataFrame, released: pl.DataFrame) -> pl.DataFrame:
    """Trends; a series with any withheld value says only that it cannot be tested."""
    hidden = _hidden(released).select("indicator_id", "area_id").unique()
    blank = {name: None for name in ("segment_from", "segment_to", "slope", "p_value", "reference_period")}
    blank |= {name: None for name in ("difference", "lower", "upper", "change")}
    withheld = trend.join(hidden, on=["indicator_id", "area_id"], how="semi").with_columns(
        *(pl.lit(value, dtype=trend.schema[name]).alias(name) for name, value in blank.items()),
        pl.lit(0, dtype=pl.Int64).alias("points"),
        pl.lit("nicht prüfbar").alias("trend"),
        pl.lit("keine Prüfung").alias("method"),
        pl.lit(SUPPRESSED).alias("reason"),
    )
    kept = trend.join(hidden, on=["indicator_id", "area_id"], how="anti")
    return conform(pl.concat([kept, withheld]), "release.trend")


def release_index(index: pl.DataFrame, members: pl.DataFrame, released: pl.DataFrame) -> pl.DataFrame:
    """The index; withheld as a whole when any member value is, because the others would reveal it."""
    if not _members_hidden(members, released):
        return conform(index, "release.index")
    blank = [name for name in index.columns if name not in ("area_id", "runs", "seed")]
    return conform(
        index.with_columns(
            *(pl.lit(None, dtype=index.schema[name]).alias(name) for name in blank),
        ).with_columns(
            pl.lit("suppressed").alias("status"),
            pl.lit("nicht ausgewiesen").alias("class_text"),
            pl.lit(SUPPRESSED).alias("reason"),
        ),
        "release.index",
    )


def release_index_members(members: pl.DataFrame, released: pl.DataFrame) -> pl.DataFrame:
    """Members of the index, blanked together with it."""
    if not _members_hidden(members, released):
        return conform(members, "release.index_members")
    return conform(
        members.with_columns(
            *(
                pl.lit(None, dtype=members.schema[name]).alias(name)
                for name in ("value", "z", "contribution", "verdict")
            ),
            pl.lit("suppressed").alias("status"),
        ),
        "release.index_members",
    )


def release_edition(
    catalogue: pl.DataFrame,
    kreis: Kreis,
    report_year: int,
    run_id: str,
    version: str,
    standing: Standing = FIRST_DRAFT,
) -> pl.DataFrame:
    """One row about the edition. `data_from`, `data_to`: years of the oldest and newest latest figure.

    run_id: what the numbers come from. standing: Fassung and state; names of staff leave, as in any imprint.
    """
    years = [period[-4:] if "/" in period else period[:4] for period in catalogue["latest_period"].drop_nulls()]
    row = {
        "report_year": report_year,
        "kreis_key": kreis.key,
        "kreis_name": kreis.name,
        "kreis_short_name": kreis.short_name,
        "data_from": min(years, default=str(report_year)),
        "data_to": max(years, default=str(report_year)),
        "run_id": run_id,
        "number": standing.number,
        "title": standing.title,
        "state": standing.state,
        "checked_by": standing.checked.person if standing.checked else None,
        "checked_on": standing.checked.day if standing.checked else None,
        "approved_by": standing.approved.person if standing.approved else None,
        "approved_on": standing.approved.day if standing.approved else None,
        "label": kreis.label or None,
        "publisher": kreis.publisher,
        "contact": kreis.contact,
        "version": version,
        "crs": kreis.crs,
        "neighbours": json.dumps(kreis.neighbours, ensure_ascii=False, sort_keys=True),
        "sozialraum_label": kreis.sozialraum_label,
        "sozialraum_note": kreis.sozialraum_note or None,
        "sozialraeume_decided": kreis.sozialraeume_decided,
        "mandate": json.dumps(kreis.mandate, ensure_ascii=False, sort_keys=True) if kreis.mandate else None,
        "paper_number": kreis.paper_number,
        "accessibility_office": kreis.offices["barrierefreiheit"],
        "portal_address": kreis.portal_address,
    }
    return conform(pl.DataFrame([row], infer_schema_length=None), "release.edition")


def release_history(registers: Sequence[Register]) -> pl.DataFrame:
    """All released Fassungen up to the report year: names and days of approvals are public."""
    return _rows(history_rows(registers), "release.history")


def release_corrections(register: Register, run_id: str, released: pl.DataFrame) -> pl.DataFrame:
    """Corrections up to this edition; of a value withheld now neither the old nor the new figure is repeated."""
    rows = _rows(correction_rows(register, run_id), "release.corrections")
    hidden = rows.select(KEY).join(_hidden(released), on=KEY, how="semi").unique()
    kept = rows.join(hidden, on=KEY, how="anti")
    blank = rows.join(hidden, on=KEY, how="semi").with_columns(
        old_text=pl.lit(WITHDRAWN), new_text=pl.lit(STATUS_WORDS["suppressed"])
    )
    return conform(pl.concat([kept, blank]), "release.corrections")


def _rows(rows: list[dict[str, Any]], table: str) -> pl.DataFrame:
    return conform(pl.DataFrame(rows, schema=contract(table).schema()), table)


def disclosure_checks(values: pl.DataFrame, released: pl.DataFrame) -> list[dict[str, Any]]:
    """Rows for release.checks: that nothing was lost on the way and that withheld values carry no number."""
    numbers = released.filter(pl.col("status") == "suppressed").select(
        pl.any_horizontal(pl.col("value", "lower", "upper", "numerator", "denominator").is_not_null()).alias("leak")
    )
    leaks = int(numbers["leak"].sum())
    withheld = released.filter(status="suppressed").height - values.filter(status="suppressed").height
    shown = int(released["status"].is_in(WITH_VALUE).sum())
    return [
        _check("zeilen_erhalten", "Kein Wert verschwindet auf dem Weg in die Ausgabe.", values.height, released.height),
        _check("gesperrt_ohne_zahl", "Gesperrte Werte tragen keine Zahl.", 0, leaks),
        _check(
            "bilanz",
            f"Ausgewiesen und gesperrt ergeben zusammen alle Werte; gesperrt wurden {withheld}.",
            int(values["status"].is_in(WITH_VALUE).sum()),
            shown + withheld,
        ),
    ]


def _check(check_id: str, description: str, expected: int, observed: int) -> dict[str, Any]:
    return {
        "table_name": "release.values",
        "check_id": check_id,
        "kind": "Geheimhaltung",
        "description": description,
        "expected": str(expected),
        "observed": str(observed),
        "gap": float(observed - expected),
        "passed": expected == observed,
        "examples": None,
    }


def _refuse_leaks(released: pl.DataFrame, marks: dict[str, bool]) -> None:
    """The last look before anything leaves: no number may rest on a source that is not published."""
    for row in released.filter(pl.col("value").is_not_null()).iter_rows(named=True):
        closed = [name for name in (row["source_ids"] or "").split(";") if not marks.get(name, False)]
        if closed:
            raise DisclosureError(
                "Ein Wert ohne veröffentlichte Quelle würde die Ausgabe erreichen.",
                column=f"{row['indicator_id']}, {row['area_id']}, {row['period']}",
                expected="nur Quellen mit published: yes",
                found=", ".join(closed) or "keine Quelle",
                remedy="Den Fehler in pipelines/disclosure melden; die letzte Ausgabe bleibt gültig.",
            )


def _population(merkmale: pl.DataFrame) -> dict[str, float]:
    """People per area at the newest date known; areas made of others are left out: their members are checked."""
    people = merkmale.filter(
        (pl.col("merkmal") == "bevoelkerung") & (pl.col("auspraegung") == "insgesamt") & pl.col("wert").is_not_null()
    ).sort("stichtag", "source_id")
    return dict(people.group_by("area_id", maintain_order=True).last().select("area_id", "wert").iter_rows())


def _hidden(released: pl.DataFrame) -> pl.DataFrame:
    return released.filter(pl.col("status") == "suppressed").select(KEY)


def _members_hidden(members: pl.DataFrame, released: pl.DataFrame) -> bool:
    return (
        _hidden(released)
        .join(members.select("indicator_id", "period").unique(), on=["indicator_id", "period"], how="semi")
        .height
        > 0
    )
