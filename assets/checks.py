"""What must be true of every table before anything is built on it: blocking asset checks.

What belongs here: which check stands at which asset. What does not: how it is made (`pipelines.validation`).
"""

import dagster as dg
import polars as pl

from assets.policy import key_of
from assets.resources import preview
from pipelines import warehouse
from pipelines.contracts import contract, tables
from pipelines.settings import Settings
from pipelines.validation.results import RESULTS_FOLDER, store

CHECKED = [name for name in tables() if not name.startswith("raw.")]
FAILURES_SHOWN = 20


def _contract_check(name: str) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=key_of(name),
        name="vertrag",
        blocking=True,
        description=f"Die Tabelle hält ihren Vertrag ein: {contract(name).description}",
    )
    def vertrag(atlas: dg.ResourceParam[Settings], frame: pl.DataFrame) -> dg.AssetCheckResult:
        from pipelines.validation.expectations import check_table

        return _outcome(atlas, name, check_table(frame, name, atlas.curated_dir / RESULTS_FOLDER))

    return vertrag


@dg.asset_check(
    asset=key_of("curated.merkmale"),
    blocking=True,
    description="Die Summe der Gemeinden ergibt die Kreiszeile, so genau, wie die Lieferung es verspricht",
)
def summen(atlas: dg.ResourceParam[Settings], merkmale: pl.DataFrame) -> dg.AssetCheckResult:
    """Sums of the Gemeinden."""
    from pipelines.validation.reconciliation import sums_of_gemeinden

    return _outcome(atlas, "summen", sums_of_gemeinden(merkmale, atlas.kreis.key))


@dg.asset_check(
    asset=key_of("curated.merkmale"),
    blocking=True,
    description="Dieselbe Zahl aus zwei Quellen weicht höchstens 1 Prozent ab",
)
def zwei_quellen(atlas: dg.ResourceParam[Settings], merkmale: pl.DataFrame) -> dg.AssetCheckResult:
    """The same item in two sources."""
    from pipelines.validation.reconciliation import same_item_in_two_sources

    return _outcome(atlas, "zwei_quellen", same_item_in_two_sources(merkmale))


@dg.asset_check(
    asset=key_of("curated.merkmale"),
    blocking=True,
    description="Die Summe der Gemeinden ergibt die an anderer Stelle veröffentlichte Zahl",
)
def veroeffentlichte_summen(atlas: dg.ResourceParam[Settings], merkmale: pl.DataFrame) -> dg.AssetCheckResult:
    """Published totals."""
    from pipelines.validation.reconciliation import published_totals

    return _outcome(atlas, "veroeffentlichte_summen", published_totals(merkmale, atlas.kreis.key))


@dg.asset_check(
    asset=key_of("curated.boundaries"),
    additional_deps=[key_of("raw.grenzen"), key_of("curated.merkmale")],
    blocking=True,
    description="Grenzen überlappen sich nicht, lassen keine Lücken und haben die amtliche Fläche",
)
def grenzen(atlas: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    """Outlines and areas."""
    from pipelines.geography.boundaries import check_boundaries

    boundaries, outlines, merkmale = (
        warehouse.read(atlas.warehouse, name) for name in ("curated.boundaries", "raw.grenzen", "curated.merkmale")
    )
    return _outcome(atlas, "grenzen", check_boundaries(boundaries, outlines, merkmale))


def _outcome(atlas: Settings, name: str, results: pl.DataFrame) -> dg.AssetCheckResult:
    """Keep the rows of a check for the release and show them in Dagster: the failed ones, or the first."""
    store(results, atlas.curated_dir / RESULTS_FOLDER, name)
    failed = results.filter(~pl.col("passed"))
    shown = failed if failed.height else results
    first = shown.row(0, named=True) if shown.height else {}
    columns = ["check_id", "expected", "observed", "gap", "examples"]
    return dg.AssetCheckResult(
        passed=failed.is_empty(),
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={
            "Prüfungen": results.height,
            "nicht bestanden": failed.height,
            "erwartet": first.get("expected") or "keine Prüfung",
            "beobachtet": first.get("observed") or "keine Prüfung",
            "erste Schlüssel": first.get("examples") or "keine",
            "Ergebnisse": dg.MetadataValue.md(preview(shown.select(columns), rows=FAILURES_SHOWN)),
        },
    )


CHECKS = [*map(_contract_check, CHECKED), summen, zwei_quellen, veroeffentlichte_summen, grenzen]
