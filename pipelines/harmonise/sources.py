"""Which files a release rests on, with publisher, licence, state and hash.

What belongs here: `curated.sources`. What does not: deciding whether a source may be released (`pipelines.disclosure`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from pipelines.contracts import conform, contract
from pipelines.sources.registry import OVERRIDES, DeliveredFile, Delivery, catalogue

TABLE = "curated.sources"


def build_sources(raw: Mapping[str, pl.DataFrame], deliveries: Iterable[Delivery]) -> pl.DataFrame:
    """`curated.sources`: one row per delivered file, boundaries and lists of areas included, former cuts left out.

    raw: frames of `raw.<source>` by source id, for the first and last time a file speaks about. deliveries: all sheets
    of the district. What a sheet says about title, publisher or attribution goes before the catalogue.
    """
    periods = _periods(raw)
    rows = [_row(delivery, file, periods) for delivery in deliveries for file in delivery.files if not file.valid_to]
    return conform(pl.DataFrame(rows, schema=contract(TABLE).schema()), TABLE)


def _row(delivery: Delivery, file: DeliveredFile, periods: dict[str, tuple[str, str]]) -> dict[str, Any]:
    source = catalogue()[file.source_id]
    said = {name: getattr(source, name) for name in OVERRIDES} | delivery.overrides | file.overrides
    period_from, period_to = periods.get(file.name, (file.stand, file.stand))
    return {
        "source_id": file.source_id,
        "edition": delivery.edition,
        "file": file.name,
        **said,
        "cadence": source.cadence,
        "retrieved": delivery.retrieved,
        "published": delivery.published,
        "period_from": period_from,
        "period_to": period_to,
        "rows": file.rows,
        "bytes": file.size,
        "sha256": file.sha256,
        "notes": " ".join(note for note in (source.notes, file.notes or delivery.notes) if note) or None,
    }


def _periods(raw: Mapping[str, pl.DataFrame]) -> dict[str, tuple[str, str]]:
    found = {}
    for frame in raw.values():
        spans = frame.group_by("file").agg(pl.min("stichtag").alias("first"), pl.max("stichtag").alias("last"))
        found.update({file: (first, last) for file, first, last in spans.iter_rows()})
    return found
