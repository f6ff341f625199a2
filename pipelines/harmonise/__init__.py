"""All deliveries on one spine of areas, with what every join lost and which source goes first.

What belongs here: `curated.merkmale`, `curated.losses`, `curated.conversions`, `curated.sources`. What does not: rates
and sums over areas (`pipelines.indicators`); only corrections and changes of areas change a figure.
"""

from __future__ import annotations

from pipelines.harmonise.merkmale import harmonise
from pipelines.harmonise.sources import build_sources

__all__ = ["build_sources", "harmonise"]
