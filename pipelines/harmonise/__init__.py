"""All deliveries on one spine of areas, with what every join lost and which source goes first.

What belongs here: `curated.merkmale`, `curated.losses`, `curated.sources`. What does not: rates and sums over areas
(`pipelines.indicators`); only the list of corrections changes a figure.
"""

from __future__ import annotations

from pipelines.harmonise.merkmale import build_merkmale
from pipelines.harmonise.sources import build_sources

__all__ = ["build_merkmale", "build_sources"]
