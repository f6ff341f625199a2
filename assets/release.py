"""Assets of group release: what may leave, one table each.

What belongs here: one asset per table of schema release. What does not: what is withheld (`pipelines.disclosure`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assets.steps import Reads, table, tables
from pipelines import contract_files

if TYPE_CHECKING:
    import polars as pl

    from pipelines.settings import Settings

TAKEN_BY_CHECKS = {"values": "indicators.values", "released": "release.values", "sources": "release.sources"}
RELEASED = contract_files.tables("release")
# All tables whose results are collected; the table of results cannot wait for itself
CHECKED = [name for name in contract_files.tables() if not name.startswith("raw.") and name != "release.checks"]

APPROVALS = ("freigaben/*.yml",)


@table("release.sources", sources="curated.sources")
def sources(sources: pl.DataFrame) -> pl.DataFrame:
    """Deliveries with their marks."""
    from pipelines.disclosure.release import release_sources

    return release_sources(sources)


@table("release.areas", areas="curated.areas")
def areas(areas: pl.DataFrame) -> pl.DataFrame:
    """Areas."""
    from pipelines.disclosure.release import release_areas

    return release_areas(areas)


@table("release.boundaries", boundaries="curated.boundaries")
def boundaries(boundaries: pl.DataFrame) -> pl.DataFrame:
    """Simplified outlines."""
    from pipelines.disclosure.release import release_boundaries

    return release_boundaries(boundaries)


@table("release.indicators", catalogue="indicators.catalogue")
def indicators(catalogue: pl.DataFrame) -> pl.DataFrame:
    """The catalogue."""
    from pipelines.disclosure.release import release_indicators

    return release_indicators(catalogue)


@table(
    "release.values",
    values="indicators.values",
    sources="release.sources",
    catalogue="indicators.catalogue",
    merkmale="curated.merkmale",
    reads=Reads(settings=("kreis.disclosure",)),
)
def values(
    atlas: Settings,
    values: pl.DataFrame,
    sources: pl.DataFrame,
    catalogue: pl.DataFrame,
    merkmale: pl.DataFrame,
) -> pl.DataFrame:
    """Values after disclosure control."""
    from pipelines.disclosure.release import release_values

    return release_values(values, sources, catalogue, merkmale, atlas.kreis)


@table("release.provenance", provenance="indicators.provenance", released="release.values")
def provenance(provenance: pl.DataFrame, released: pl.DataFrame) -> pl.DataFrame:
    """Where shown values come from."""
    from pipelines.disclosure.release import release_provenance

    return release_provenance(provenance, released)


@table("release.comparison", comparison="indicators.comparison", released="release.values")
def comparison(comparison: pl.DataFrame, released: pl.DataFrame) -> pl.DataFrame:
    """Comparisons whose values are shown."""
    from pipelines.disclosure.release import release_comparison

    return release_comparison(comparison, released)


@table("release.trend", trend="indicators.trend", released="release.values")
def trend(trend: pl.DataFrame, released: pl.DataFrame) -> pl.DataFrame:
    """Trends whose values are shown."""
    from pipelines.disclosure.release import release_trend

    return release_trend(trend, released)


@table("release.index", index="indicators.index", members="indicators.index_members", released="release.values")
def index(index: pl.DataFrame, members: pl.DataFrame, released: pl.DataFrame) -> pl.DataFrame:
    """The index where all its members are shown."""
    from pipelines.disclosure.release import release_index

    return release_index(index, members, released)


@table("release.index_members", members="indicators.index_members", released="release.values")
def index_members(members: pl.DataFrame, released: pl.DataFrame) -> pl.DataFrame:
    """Members of the index where all are shown."""
    from pipelines.disclosure.release import release_index_members

    return release_index_members(members, released)


@table(
    "release.edition",
    catalogue="indicators.catalogue",
    reads=Reads(data=APPROVALS, settings=("kreis", "year", "release_run_id", "program_version")),
)
def edition(atlas: Settings, catalogue: pl.DataFrame) -> pl.DataFrame:
    """The one row about the edition."""
    from pipelines.approvals.register import read_register
    from pipelines.approvals.standing import standing
    from pipelines.disclosure.release import release_edition
    from pipelines.provenance import program_version, release_run_id

    run = release_run_id(atlas)
    stands = standing(read_register(atlas), run)
    return release_edition(catalogue, atlas.kreis, atlas.year, run, program_version(), stands)


@table("release.history", reads=Reads(data=APPROVALS, settings=("year",)))
def history(atlas: Settings) -> pl.DataFrame:
    """Released Fassungen."""
    from pipelines.approvals.register import read_registers
    from pipelines.disclosure.release import release_history

    return release_history(read_registers(atlas))


@table(
    "release.corrections",
    released="release.values",
    reads=Reads(data=APPROVALS, settings=("year", "release_run_id")),
)
def corrections(atlas: Settings, released: pl.DataFrame) -> pl.DataFrame:
    """Corrections to released figures."""
    from pipelines.approvals.register import read_register
    from pipelines.disclosure.release import release_corrections
    from pipelines.provenance import release_run_id

    return release_corrections(read_register(atlas), release_run_id(atlas), released)


# ------------------------------------------------------------------------------------------------ steering
@table("release.registers", registers="steering.registers")
def registers(registers: pl.DataFrame) -> pl.DataFrame:
    """Which registers the district keeps."""
    from pipelines.disclosure.steering import release_registers

    return release_registers(registers)


@table("release.plans", plans="steering.plans")
def plans(plans: pl.DataFrame) -> pl.DataFrame:
    """The planning inventory."""
    from pipelines.disclosure.steering import release_plans

    return release_plans(plans)


@table("release.plan_bases", bases="steering.plan_bases")
def plan_bases(bases: pl.DataFrame) -> pl.DataFrame:
    """What plans rest on."""
    from pipelines.disclosure.steering import release_plan_bases

    return release_plan_bases(bases)


@table("release.plan_editions", editions="steering.plan_editions")
def plan_editions(editions: pl.DataFrame) -> pl.DataFrame:
    """Fassungen of plans."""
    from pipelines.disclosure.steering import release_plan_editions

    return release_plan_editions(editions)


@table("release.plan_indicators", roles="steering.plan_indicators")
def plan_indicators(roles: pl.DataFrame) -> pl.DataFrame:
    """Who delivers and uses what."""
    from pipelines.disclosure.steering import release_plan_indicators

    return release_plan_indicators(roles)


@table("release.plan_publications", publications="steering.plan_publications")
def plan_publications(publications: pl.DataFrame) -> pl.DataFrame:
    """What is public already."""
    from pipelines.disclosure.steering import release_plan_publications

    return release_plan_publications(publications)


@table("release.plan_order", order="steering.plan_order")
def plan_order(order: pl.DataFrame) -> pl.DataFrame:
    """What to bring in next."""
    from pipelines.disclosure.steering import release_plan_order

    return release_plan_order(order)


@table("release.plan_overlaps", overlaps="steering.plan_overlaps")
def plan_overlaps(overlaps: pl.DataFrame) -> pl.DataFrame:
    """Double collections."""
    from pipelines.disclosure.steering import release_plan_overlaps

    return release_plan_overlaps(overlaps)


@table("release.plan_gaps", gaps="steering.plan_gaps")
def plan_gaps(gaps: pl.DataFrame) -> pl.DataFrame:
    """Gaps of the inventory."""
    from pipelines.disclosure.steering import release_plan_gaps

    return release_plan_gaps(gaps)


@table("release.participants", participants="steering.participants")
def participants(participants: pl.DataFrame) -> pl.DataFrame:
    """Who takes part."""
    from pipelines.disclosure.steering import release_participants

    return release_participants(participants)


@table("release.contributions", contributions="steering.contributions")
def contributions(contributions: pl.DataFrame) -> pl.DataFrame:
    """What each gave."""
    from pipelines.disclosure.steering import release_contributions

    return release_contributions(contributions)


@table("release.needs", needs="steering.needs")
def needs(needs: pl.DataFrame) -> pl.DataFrame:
    """Needs that may be published; of the others only their state."""
    from pipelines.disclosure.steering import release_needs

    return release_needs(needs)


@table("release.offer_kinds", kinds="steering.offer_kinds")
def offer_kinds(kinds: pl.DataFrame) -> pl.DataFrame:
    """What is asked for."""
    from pipelines.disclosure.steering import release_offer_kinds

    return release_offer_kinds(kinds)


@table("release.offers", offers="steering.offers")
def offers(offers: pl.DataFrame) -> pl.DataFrame:
    """Offers that may be published."""
    from pipelines.disclosure.steering import release_offers

    return release_offers(offers)


@table("release.supply", supply="steering.supply")
def supply(supply: pl.DataFrame) -> pl.DataFrame:
    """Supply where all offers behind it may be published."""
    from pipelines.disclosure.steering import release_supply

    return release_supply(supply)


@tables(
    "release__resources",
    (
        "release.resource_state",
        "release.resource_rates",
        "release.resource_shares",
        "release.resource_items",
        "release.resource_lines",
        "release.resource_totals",
        "release.resource_accounts",
        "release.resource_sensitivity",
        "release.resource_reconciliation",
    ),
    state="steering.resource_state",
    rates="steering.resource_rates",
    shares="steering.resource_shares",
    items="steering.resource_items",
    lines="steering.resource_lines",
    totals="steering.resource_totals",
    accounts="steering.resource_accounts",
    sensitivity="steering.resource_sensitivity",
    reconciliation="steering.resource_reconciliation",
)
def resources(**frames: pl.DataFrame) -> tuple[pl.DataFrame, ...]:
    """What strategic social planning needs in posts and money."""
    from pipelines.disclosure.steering import release_resources

    return release_resources(frames)


@table("release.bodies", bodies="steering.bodies")
def bodies(bodies: pl.DataFrame) -> pl.DataFrame:
    """The Beratungsfolge."""
    from pipelines.disclosure.steering import release_bodies

    return release_bodies(bodies)


@table("release.meetings", meetings="steering.meetings")
def meetings(meetings: pl.DataFrame) -> pl.DataFrame:
    """Meetings and when papers are handed in."""
    from pipelines.disclosure.steering import release_meetings

    return release_meetings(meetings)


@table("release.papers", papers="steering.papers")
def papers(papers: pl.DataFrame) -> pl.DataFrame:
    """The head of the paper."""
    from pipelines.disclosure.steering import release_papers

    return release_papers(papers)


# ------------------------------------------------------------------------------------------------ checks
@table(
    "release.checks",
    after=[name for name in CHECKED if name not in TAKEN_BY_CHECKS.values()],
    takes=TAKEN_BY_CHECKS,
)
def checks(atlas: Settings, values: pl.DataFrame, released: pl.DataFrame, sources: pl.DataFrame) -> pl.DataFrame:
    """Results of all checks that ran before."""
    from assets.checks import CHECKS
    from pipelines.disclosure.checks import release_checks

    results = [atlas.results_dir / check.results_file for check in CHECKS]
    return release_checks(results, values, released, sources)


ASSETS = [
    sources,
    areas,
    boundaries,
    indicators,
    values,
    provenance,
    comparison,
    trend,
    index,
    index_members,
    edition,
    history,
    corrections,
    registers,
    plans,
    plan_bases,
    plan_editions,
    plan_indicators,
    plan_publications,
    plan_order,
    plan_overlaps,
    plan_gaps,
    participants,
    contributions,
    needs,
    offer_kinds,
    offers,
    supply,
    resources,
    bodies,
    meetings,
    papers,
    checks,
]
