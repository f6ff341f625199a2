"""Assets of group steering: the registers that people write by hand, as tables, and what follows from them.

What belongs here: one asset per table of schema steering. What does not: reading registers and arithmetic
(`pipelines.steering`), and what may leave (`assets.release`).
"""

from __future__ import annotations

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


# ------------------------------------------------------------------------------------------------ Ressourcen

# ------------------------------------------------------------------------------------------------ Beteiligte, Bedarf

# ------------------------------------------------------------------------------------------------ Angebote

# ------------------------------------------------------------------------------------------------ Gremien

ASSETS = [
    registers,
    planning,
]
