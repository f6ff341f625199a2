"""What became of the Gemeinden of a district, from the Gebietsänderungen and Umsteigeschlüssel that were laid down.

What belongs here: `raw.uebergaenge` from stored deliveries; a district needs none. What does not: the formats
(`gebietsaenderungen`, `umsteigeschluessel`), and what follows for figures (`pipelines.geography.crosswalk`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.contracts import conform, contract
from pipelines.geography import crosswalk
from pipelines.geography.validity import refuse_contradiction
from pipelines.readers.formats import formats
from pipelines.readers.rawfile import RawFile
from pipelines.readers.reading import Agreed, Reading
from pipelines.sources.registry import SHEET, DeliveredFile, read_sheet
from pipelines.sources.snapshot import verify

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.settings import Settings

TABLE = "raw.uebergaenge"
STEPS = {"gebietsaenderungen": crosswalk.steps_of_changes, "umsteigeschluessel": crosswalk.steps_of_pairs}


def read_transitions(settings: Settings, gemeinden: pl.DataFrame) -> pl.DataFrame:
    """`raw.uebergaenge`: every change that a Gemeinde of the district gave or received a part in; gemeinden:
    `raw.gemeinden`.

    Raises InputError for a file that changed or is not as agreed, and where its days contradict gemeinden.csv.
    """
    frames = [pl.DataFrame(schema=contract(TABLE).schema())]
    for file, edition in _stored(settings):
        raw = RawFile(file.path, verify(file.path, file.sha256, file.size)).unpacked()
        reading = formats()[str(file.format)].read(raw, Agreed(file.code, file.time, file.level, file.basis, file.keys))
        named = {"source_id": file.source_id, "edition": edition, "file": file.name}
        found = pl.concat([_concerning(STEPS[file.source_id](reading.frame), gemeinden), _spans(reading, settings)])
        frames.append(conform(found.with_columns(pl.lit(text).alias(name) for name, text in named.items()), TABLE))
    transitions = conform(pl.concat(frames), TABLE)
    refuse_contradiction(gemeinden, transitions)
    return transitions


def _stored(settings: Settings) -> Iterator[tuple[DeliveredFile, str]]:
    """The laid-down files with the name of their edition, by source and edition."""
    for source_id in STEPS:
        for sheet in sorted((settings.data_dir / source_id).glob(f"*/{SHEET}")):
            delivery = read_sheet(sheet, settings.data_dir)
            yield from ((file, delivery.edition) for file in delivery.files)


def _concerning(steps: pl.DataFrame, gemeinden: pl.DataFrame) -> pl.DataFrame:
    """The transitions out of areas of which one leads from or to a Gemeinde of the district."""
    own = gemeinden["ags"].implode()
    near = (pl.col("from_id").is_in(own) | pl.col("to_id").is_in(own)).any()
    return steps.filter(near.over("from_id", "last_day", "first_day"))


def _spans(reading: Reading, settings: Settings) -> pl.DataFrame:
    """From when to when a file speaks about changes: one row per pair of days, or the year of the title."""
    if reading.format == "umsteigeschluessel":
        shares = reading.frame.filter((pl.col("level") == "gemeinde") & pl.col("item").str.starts_with("anteil_"))
        stand = pl.col("dimensions").str.extract("STAND=([0-9-]+)")
        days = sorted(set(shares.select("time", stand.alias("stand")).iter_rows()))
    else:
        days = sorted({(f"{int(day[:4]) - 1}-12-31", f"{day[:4]}-12-31") for day in reading.frame["time"]})
    kreis = settings.kreis.key
    rows = [(1, kreis, kreis, first, last, crosswalk.SPAN, *[None] * len(crosswalk.BASES)) for first, last in days]
    types = contract(TABLE).schema()
    return pl.DataFrame(rows, schema={name: types[name] for name in crosswalk.STEP}, orient="row")
