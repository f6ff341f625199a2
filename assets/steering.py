"""Assets of group steering: the registers that people write by hand, as tables, and what follows from them.

What belongs here: one asset per table of schema steering. What does not: reading registers and arithmetic
(`pipelines.steering`), and what may leave (`assets.release`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from assets.steps import Reads, table, tables

if TYPE_CHECKING:
    import polars as pl

    from pipelines.settings import Settings


def register(file_name: str, *more: str) -> Reads:
    """What the asset of a register reads: its file, its schema when it is YAML, and other registers it refers to."""
    names = [name.split(".")[0] for name in (file_name, *more) if name.endswith(".yml")]
    return Reads(
        data=tuple(f"steering/{name}" for name in (file_name, *more)),
        files=tuple(f"pipelines/steering/schemas/{name}.schema.json" for name in names),
    )


# ------------------------------------------------------------------------------------------------ which registers
@table("steering.registers", reads=Reads(data=("steering/*",)))
def registers(atlas: Settings) -> pl.DataFrame:
    """Which registers the district keeps."""
    from pipelines.steering.registers import build_registers

    return build_registers(atlas.data_dir)


# ------------------------------------------------------------------------------------------------ Fachplanungen
@tables(
    "steering__planning",
    (
        "steering.plans",
        "steering.plan_bases",
        "steering.plan_editions",
        "steering.plan_indicators",
        "steering.plan_publications",
    ),
    catalogue="indicators.catalogue",
    areas="curated.areas",
    reads=register("fachplanungen.yml"),
)
def planning(atlas: Settings, catalogue: pl.DataFrame, areas: pl.DataFrame) -> tuple[pl.DataFrame, ...]:
    """The planning inventory."""
    from pipelines.steering.planning import build_plans

    return build_plans(atlas.data_dir, catalogue, areas)


@tables(
    "steering__plan_findings",
    ("steering.plan_order", "steering.plan_overlaps", "steering.plan_gaps"),
    plans="steering.plans",
    bases="steering.plan_bases",
    editions="steering.plan_editions",
    roles="steering.plan_indicators",
    publications="steering.plan_publications",
    catalogue="indicators.catalogue",
)
def plan_findings(
    plans: pl.DataFrame,
    bases: pl.DataFrame,
    editions: pl.DataFrame,
    roles: pl.DataFrame,
    publications: pl.DataFrame,
    catalogue: pl.DataFrame,
) -> tuple[pl.DataFrame, ...]:
    """What follows from the inventory: order, double collections, gaps."""
    from pipelines.steering.plan_findings import build_findings

    return build_findings(plans, bases, editions, roles, publications, catalogue)


# ------------------------------------------------------------------------------------------------ Ressourcen
@tables(
    "steering__resources",
    (
        "steering.resource_state",
        "steering.resource_rates",
        "steering.resource_shares",
        "steering.resource_items",
        "steering.resource_lines",
        "steering.resource_totals",
        "steering.resource_accounts",
        "steering.resource_sensitivity",
        "steering.resource_reconciliation",
    ),
    plans="steering.plans",
    reads=register("ressourcen.yml"),
)
def resources(atlas: Settings, plans: pl.DataFrame) -> tuple[pl.DataFrame, ...]:
    """What strategic social planning needs in posts and money."""
    from pipelines.steering.resources import build_resources

    return build_resources(atlas.data_dir, plans)


# ------------------------------------------------------------------------------------------------ Beteiligte, Bedarf
@tables(
    "steering__participants",
    ("steering.participants", "steering.contributions"),
    catalogue="indicators.catalogue",
    reads=register("beteiligte.yml"),
)
def participants(atlas: Settings, catalogue: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Who takes part, and what each gave."""
    from pipelines.steering.participation import build_participants

    return build_participants(atlas.data_dir, catalogue)


@table(
    "steering.needs",
    participants="steering.participants",
    areas="curated.areas",
    catalogue="indicators.catalogue",
    reads=register("bedarfsmeldungen.csv"),
)
def needs(atlas: Settings, participants: pl.DataFrame, areas: pl.DataFrame, catalogue: pl.DataFrame) -> pl.DataFrame:
    """Needs that were reported."""
    from pipelines.steering.participation import build_needs

    return build_needs(atlas.data_dir, participants, areas, catalogue)


# ------------------------------------------------------------------------------------------------ Angebote
OFFER_CODES = "pipelines/steering/angebote.yml"


@table("steering.offer_kinds", reads=Reads(files=(OFFER_CODES,), settings=("kreis.offices",)))
def offer_kinds(atlas: Settings) -> pl.DataFrame:
    """Kinds of offers and target groups that are asked for."""
    from pipelines.steering.offers import build_offer_kinds

    return build_offer_kinds(atlas.kreis.offices)


@table(
    "steering.offers",
    areas="curated.areas",
    reads=Reads(data=register("angebote.csv").data, files=(OFFER_CODES,)),
)
def offers(atlas: Settings, areas: pl.DataFrame) -> pl.DataFrame:
    """Facilities and offers as reported."""
    from pipelines.steering.offers import build_offers

    return build_offers(atlas.data_dir, areas)


@table(
    "steering.supply",
    offers="steering.offers",
    areas="curated.areas",
    members="curated.members",
    values="release.values",
    catalogue="release.indicators",
    reads=Reads(files=(OFFER_CODES,)),
)
def supply(
    offers: pl.DataFrame, areas: pl.DataFrame, members: pl.DataFrame, values: pl.DataFrame, catalogue: pl.DataFrame
) -> pl.DataFrame:
    """Offers set against the people they are for."""
    from pipelines.steering.offers import build_supply

    return build_supply(offers, areas, members, values, catalogue)


# ------------------------------------------------------------------------------------------------ Gremien
@table("steering.bodies", reads=Reads(settings=("kreis.committees",)))
def bodies(atlas: Settings) -> pl.DataFrame:
    """The Beratungsfolge."""
    from pipelines.steering.meetings import build_bodies

    return build_bodies(atlas.kreis.committees)


@table("steering.meetings", bodies="steering.bodies", reads=register("gremien.yml"))
def meetings(atlas: Settings, bodies: pl.DataFrame) -> pl.DataFrame:
    """Meetings and when papers are handed in."""
    from pipelines.steering.meetings import build_meetings

    return build_meetings(atlas.data_dir, bodies)


@table("steering.papers", reads=replace(register("gremien.yml"), settings=("kreis.paper_number",)))
def papers(atlas: Settings) -> pl.DataFrame:
    """The head of the paper."""
    from pipelines.steering.meetings import build_papers

    return build_papers(atlas.data_dir, atlas.kreis.paper_number)


ASSETS = [
    registers,
    planning,
    plan_findings,
    resources,
    participants,
    needs,
    offer_kinds,
    offers,
    supply,
    bodies,
    meetings,
    papers,
]
