"""What must be true of every table before anything is built on it: blocking asset checks.

What belongs here: which check stands at which asset. What does not: how it is made (`pipelines.validation`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assets.curated import CORRECTIONS, SOURCES
from assets.raw import balance_table
from assets.steps import CONTRACT_CHECK, Check, Reads, check
from pipelines.contract_files import sheets, tables

if TYPE_CHECKING:
    import polars as pl

    from pipelines.settings import Settings

BALANCES = [balance_table(name) for name in SOURCES.values()]
TOTALS = "veroeffentlichte_summen.yml"
CHECKED = [name for name in tables() if not name.startswith("raw.")]


def _contract_check(table: str) -> Check:
    @check(
        table,
        f"Die Tabelle hält ihren Vertrag ein: {sheets()[table][1]['description']}",
        name=CONTRACT_CHECK,
    )
    def vertrag(atlas: Settings, frame: pl.DataFrame) -> pl.DataFrame:
        from pipelines.validation.expectations import check_table

        return check_table(frame, table, atlas.results_dir)

    return vertrag


@check(
    "curated.merkmale",
    "Die Summe der Gemeinden ergibt die Kreiszeile, so genau, wie die Lieferung es verspricht",
    reads=Reads(settings=("kreis.key",)),
)
def summen(atlas: Settings, merkmale: pl.DataFrame) -> pl.DataFrame:
    """Sums of the Gemeinden."""
    from pipelines.validation.reconciliation import sums_of_gemeinden

    return sums_of_gemeinden(merkmale, atlas.kreis.key)


@check(
    "curated.merkmale",
    "Die Summe der Ortsteile ergibt die Gemeinde, so genau, wie die Lieferung es verspricht",
    after=("curated.areas", "raw.ortsteile"),
)
def ortsteile(atlas: Settings, merkmale: pl.DataFrame) -> pl.DataFrame:
    """Sums of the Ortsteile, and of their weights."""
    import polars as pl

    from pipelines import warehouse
    from pipelines.validation.ortsteile import sums_of_ortsteile, weights_of_ortsteile

    areas, known = (warehouse.read(atlas.warehouse, name) for name in ("curated.areas", "raw.ortsteile"))
    return pl.concat([sums_of_ortsteile(merkmale, areas), weights_of_ortsteile(known, merkmale)])


@check("curated.merkmale", "Dieselbe Zahl aus zwei Quellen weicht höchstens 1 Prozent ab")
def zwei_quellen(merkmale: pl.DataFrame) -> pl.DataFrame:
    """The same item in two sources."""
    from pipelines.validation.reconciliation import same_item_in_two_sources

    return same_item_in_two_sources(merkmale)


@check("curated.merkmale", "Was eine neuere Ausgabe einer Quelle anders sagt als eine ältere, ist gezählt")
def ausgaben(merkmale: pl.DataFrame) -> pl.DataFrame:
    """The same number in two editions of a source."""
    from pipelines.validation.reconciliation import revisions

    return revisions(merkmale)


@check(
    "curated.merkmale",
    "Die Summe der Gemeinden ergibt die an anderer Stelle veröffentlichte Zahl",
    reads=Reads(data=(TOTALS,)),
)
def veroeffentlichte_summen(atlas: Settings, merkmale: pl.DataFrame) -> pl.DataFrame:
    """Published totals."""
    from pipelines.validation.reconciliation import published_totals

    return published_totals(merkmale, atlas.data_dir)


@check(
    "curated.merkmale",
    "Die Zahlen einer Lieferung können zusammen wahr sein: Anteile, Teile und Ganzes, Größenordnung, bekannte Summen",
    reads=Reads(data=(TOTALS,), files=("pipelines/validation/plausibility.yml",)),
)
def plausibel(atlas: Settings, merkmale: pl.DataFrame) -> pl.DataFrame:
    """Rules that hold between figures."""
    from pipelines.validation.plausibility import plausibility

    return plausibility(merkmale, atlas.data_dir)


@check(
    "curated.merkmale",
    "Jede Zahl jeder gelieferten Datei ist übernommen oder mit Grund gezählt",
    after=(*BALANCES, "curated.conversions", "curated.losses"),
)
def bilanz(atlas: Settings, merkmale: pl.DataFrame) -> pl.DataFrame:
    """Where every figure of every file went."""
    import polars as pl

    from pipelines import warehouse
    from pipelines.validation.provenance import every_figure_counted

    balances = pl.concat(warehouse.read(atlas.warehouse, name) for name in BALANCES)
    conversions, losses = (warehouse.read(atlas.warehouse, f"curated.{name}") for name in ("conversions", "losses"))
    return every_figure_counted(merkmale, balances, conversions, losses)


@check(
    "curated.merkmale",
    "Berichtigt ist, was in der Liste bekannter Fehler der Herausgeber steht",
    reads=Reads(files=CORRECTIONS),
)
def berichtigungen(merkmale: pl.DataFrame) -> pl.DataFrame:
    """Known errors of publishers."""
    from pipelines.harmonise.corrections import applied, corrections

    return applied(merkmale, corrections())


@check("curated.conversions", "Was auf den heutigen Gebietsstand umgerechnet wurde, hat vorher und nachher eine Summe")
def umrechnung(conversions: pl.DataFrame) -> pl.DataFrame:
    """Totals before and after."""
    from pipelines.validation.conversions import conversion_totals

    return conversion_totals(conversions)


@check(
    "release.provenance",
    "Jeder Wert mit einer Zahl führt zu Datei, Zeile und Prüfsumme",
    after=("release.values", "release.sources"),
)
def herkunft(atlas: Settings, provenance: pl.DataFrame) -> pl.DataFrame:
    """Every value reaches the hash of its file."""
    from pipelines import warehouse
    from pipelines.validation.provenance import every_value_has_its_origin

    values, sources = (warehouse.read(atlas.warehouse, name) for name in ("release.values", "release.sources"))
    return every_value_has_its_origin(provenance, values, sources)


@check(
    "curated.boundaries",
    "Grenzen überlappen sich nicht, lassen keine Lücken und haben die amtliche Fläche",
    after=("raw.grenzen", "curated.merkmale"),
    reads=Reads(settings=("kreis.older_outlines",)),
)
def grenzen(atlas: Settings) -> pl.DataFrame:
    """Outlines and areas."""
    from pipelines import warehouse
    from pipelines.geography.boundaries import check_boundaries

    boundaries, outlines, merkmale = (
        warehouse.read(atlas.warehouse, name) for name in ("curated.boundaries", "raw.grenzen", "curated.merkmale")
    )
    return check_boundaries(boundaries, outlines, merkmale, atlas.kreis.older_outlines)


CHECKS = [*map(_contract_check, CHECKED), summen, ortsteile, zwei_quellen, ausgaben, veroeffentlichte_summen]
CHECKS += [plausibel, bilanz, berichtigungen, umrechnung, herkunft, grenzen]
