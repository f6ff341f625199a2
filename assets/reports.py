"""Assets of group reports: the files of an edition, built aside, and the exchange with the last edition.

What belongs here: one asset per kind of file. What does not: making files (`pipelines.publish`).
"""

import dagster as dg
import polars as pl

from assets.policy import key_of, report
from assets.release import RELEASED
from pipelines.settings import Settings


@dg.asset(
    key=["reports", "kopie"],
    ins={name.removeprefix("release."): dg.AssetIn(key_of(name)) for name in RELEASED},
    description="Freigegebene Kopie: die einzige Datei, die Dokumente, Portal und offene Daten lesen",
)
def kopie(atlas: dg.ResourceParam[Settings], **released: pl.DataFrame) -> None:
    """The released copy, first file of the edition built aside."""
    from pipelines.publish.edition import begin_edition

    begin_edition(released, atlas)


@report("karten", "Alle Karten als SVG und PNG", after=["reports.kopie"])
def karten(atlas: dg.ResourceParam[Settings]) -> None:
    """Maps for download."""
    from pipelines.publish.edition import staged_release
    from pipelines.publish.karten import write_maps

    write_maps(staged_release(atlas), atlas.staging_dir)


@report("arbeitsmappe", "Alle Werte als Arbeitsmappe (XLSX)", after=["reports.kopie"])
def arbeitsmappe(atlas: dg.ResourceParam[Settings]) -> None:
    """The workbook."""
    from pipelines.publish.edition import staged_release
    from pipelines.publish.workbook import write_workbook

    write_workbook(staged_release(atlas), atlas.staging_dir)


@report("offene_daten", "Offene Daten: CSV, Parquet, GeoPackage, Quellen, Beschreibung", after=["reports.kopie"])
def offene_daten(atlas: dg.ResourceParam[Settings]) -> None:
    """Open data."""
    from pipelines.publish.edition import staged_release
    from pipelines.publish.opendata import write_open_data

    write_open_data(staged_release(atlas), atlas.staging_dir)


@report("abbildungen", "Alle Abbildungen der Dokumente als SVG, mit Alternativtext", after=["reports.kopie"])
def abbildungen(atlas: dg.ResourceParam[Settings]) -> None:
    """Figures of the documents."""
    from pipelines.publish.papers import write_figures

    write_figures(atlas)


@report("atlas", "Der Sozialatlas als PDF", after=["reports.abbildungen"])
def atlas(atlas: dg.ResourceParam[Settings]) -> None:
    """The atlas."""
    from pipelines.publish.papers import write_atlas

    write_atlas(atlas)


@report("steckbriefe", "Ein Steckbrief je Gemeinde als PDF", after=["reports.abbildungen"])
def steckbriefe(atlas: dg.ResourceParam[Settings]) -> None:
    """The profiles."""
    from pipelines.publish.papers import write_profiles

    write_profiles(atlas)


@report(
    "portal",
    "Die Seite index.html mit Kennzahlen, Karte und allen Dateien",
    after=["reports.karten", "reports.arbeitsmappe", "reports.offene_daten", "reports.atlas", "reports.steckbriefe"],
)
def portal(atlas: dg.ResourceParam[Settings]) -> None:
    """The web page; it lists the files that are there."""
    from pipelines.publish.edition import staged_release
    from pipelines.publish.portal import write_portal

    write_portal(staged_release(atlas), atlas.staging_dir)


@report(
    "ausgabe", "Die fertige Ausgabe mit Manifest, in einem Schritt gegen die letzte getauscht", after=["reports.portal"]
)
def ausgabe(atlas: dg.ResourceParam[Settings]) -> None:
    """The exchange."""
    from pipelines.publish.edition import switch_edition

    switch_edition(atlas)


ASSETS = [kopie, karten, abbildungen, arbeitsmappe, offene_daten, atlas, steckbriefe, portal, ausgabe]
