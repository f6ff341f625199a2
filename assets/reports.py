"""Assets of group reports: the files of an edition, built aside, and the exchange with the last edition.

What belongs here: one asset per kind of file. What does not: making files (`pipelines.publish`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assets.release import RELEASED
from assets.steps import EXCHANGE, STORE, Reads, report
from pipelines.contract_files import tables

if TYPE_CHECKING:
    import polars as pl

    from pipelines.settings import Settings

THEME = "reports/theme/theme.yml"
# What every document is set with, besides its own source
DOCUMENTS = ("reports/_quarto.yml", "reports/theme/*.typ", THEME)
# Sources of the papers (`pipelines.publish.papers.PAPERS`), named here because a plan imports nothing heavy
PAPERS = ("planning", "resources", "workshop", "yearly")


@report(
    "kopie",
    "Freigegebene Kopie: die einzige Datei, die Dokumente, Portal und offene Daten lesen",
    takes={name.removeprefix("release."): name for name in RELEASED},
)
def kopie(atlas: Settings, **released: pl.DataFrame) -> None:
    """The released copy, first file of the edition built aside."""
    from pipelines.publish.edition import begin_edition

    begin_edition(released, atlas)


@report("karten", "Alle Karten als SVG und PNG", after=["reports.kopie"], reads=Reads(files=(THEME,)))
def karten(atlas: Settings) -> None:
    """Maps for download."""
    from pipelines.publish.edition import staged_release
    from pipelines.publish.karten import write_maps

    write_maps(staged_release(atlas), atlas.staging_dir)


@report(
    "arbeitsmappe",
    "Alle Werte als Arbeitsmappe (XLSX)",
    after=["reports.kopie"],
    reads=Reads(files=(THEME,), contracts=tuple(RELEASED)),
)
def arbeitsmappe(atlas: Settings) -> None:
    """The workbook."""
    from pipelines.publish.edition import staged_release
    from pipelines.publish.workbook import write_workbook

    write_workbook(staged_release(atlas), atlas.staging_dir)


@report(
    "offene_daten",
    "Offene Daten: CSV, Parquet, GeoPackage, Quellen, Beschreibung",
    after=["reports.kopie"],
    reads=Reads(files=("reports/theme/liesmich.md.jinja",), contracts=tuple(RELEASED)),
)
def offene_daten(atlas: Settings) -> None:
    """Open data."""
    from pipelines.publish.edition import staged_release
    from pipelines.publish.opendata import write_open_data

    write_open_data(staged_release(atlas), atlas.staging_dir)


@report(
    "abbildungen",
    "Alle Abbildungen der Dokumente als SVG, mit Alternativtext",
    after=["reports.kopie"],
    reads=Reads(files=(THEME,)),
    place=STORE,
)
def abbildungen(atlas: Settings) -> None:
    """Figures of the documents."""
    from pipelines.publish.papers import write_figures

    write_figures(atlas)


@report(
    "atlas",
    "Der Sozialatlas als PDF",
    after=["reports.abbildungen"],
    reads=Reads(
        files=("reports/atlas.qmd", "reports/atlas/*.qmd", *DOCUMENTS),
        settings=("engine", "year"),
        contracts=tuple(tables()),  # the list of checks names every table
    ),
)
def atlas(atlas: Settings) -> None:
    """The atlas."""
    from pipelines.publish.papers import write_atlas

    write_atlas(atlas)


@report(
    "steckbriefe",
    "Ein Steckbrief je Gemeinde als PDF",
    after=["reports.abbildungen"],
    reads=Reads(files=("reports/profile.qmd", *DOCUMENTS), settings=("engine", "year"), contracts=tuple(RELEASED)),
)
def steckbriefe(atlas: Settings) -> None:
    """The profiles."""
    from pipelines.publish.papers import write_profiles

    write_profiles(atlas)


@report(
    "berichte",
    "Ressourcenbericht, Fachplanungsbericht, Jahresbericht und Zukunftswerkstatt-Brief",
    after=["reports.abbildungen"],
    reads=Reads(
        files=(*(f"reports/{paper}.qmd" for paper in PAPERS), *DOCUMENTS),
        settings=("engine", "year"),
        contracts=tuple(RELEASED),
    ),
)
def berichte(atlas: Settings) -> None:
    """The papers."""
    from pipelines.publish.papers import write_papers

    write_papers(atlas)


@report(
    "ausschussvorlage",
    "Die Vorlage für den Ausschuss mit ihren Anlagen",
    after=["reports.atlas", "reports.berichte"],  # it prints their hashes
    reads=Reads(files=("reports/committee.qmd", *DOCUMENTS), settings=("engine", "year"), contracts=tuple(RELEASED)),
)
def ausschussvorlage(atlas: Settings) -> None:
    """The committee paper."""
    from pipelines.publish.papers import write_committee_paper

    write_committee_paper(atlas)


@report(
    "portal",
    "Die Seite index.html mit Kennzahlen, Karte und allen Dateien",
    after=[
        "reports.karten",
        "reports.arbeitsmappe",
        "reports.offene_daten",
        "reports.atlas",
        "reports.steckbriefe",
        "reports.ausschussvorlage",
    ],
    reads=Reads(
        files=("reports/theme/portal/**/*", "reports/theme/*.jinja", THEME),
        contracts=tuple(tables()),
    ),
)
def portal(atlas: Settings) -> None:
    """The web page; it lists the files that are there."""
    from pipelines.publish.edition import staged_release
    from pipelines.publish.portal import write_portal

    write_portal(staged_release(atlas), atlas.staging_dir)


@report(
    "ausgabe",
    "Die fertige Ausgabe mit Manifest, in einem Schritt gegen die letzte getauscht",
    after=["reports.portal"],
    reads=Reads(settings=("run_id",)),  # everything there is: the manifest lists it
    place=EXCHANGE,
)
def ausgabe(atlas: Settings) -> None:
    """The exchange."""
    from pipelines.publish.edition import switch_edition

    switch_edition(atlas)


ASSETS = [
    kopie,
    karten,
    abbildungen,
    arbeitsmappe,
    offene_daten,
    atlas,
    steckbriefe,
    berichte,
    ausschussvorlage,
    portal,
    ausgabe,
]
