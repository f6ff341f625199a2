"""From a delivered file to a table in the source's own words.

What belongs here: finding, verifying and reading the deliveries of one table of schema `raw`. What does not: anything
that changes a figure or joins two sources (`pipelines.harmonise`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.contracts import conform, empty
from pipelines.errors import ContractError
from pipelines.readers import gebiete, grenzen, merkmale
from pipelines.readers.rawfile import LIMIT
from pipelines.sources import registry
from pipelines.sources.mapping import transcribed
from pipelines.sources.snapshot import verify, verify_in_place

if TYPE_CHECKING:
    from pipelines.settings import Settings
    from pipelines.sources.registry import Delivery

# The forms a source of figures may have of its own; official formats are named by the sheet of a delivery
READERS = {"merkmale": merkmale.read}


def read_source(settings: Settings, source_id: str, gemeinden: pl.DataFrame) -> pl.DataFrame:
    """All figures of a source by the contract of `raw.<source_id>`, as `read_with_balance` gives them."""
    return read_with_balance(settings, source_id, gemeinden)[0]


def read_with_balance(settings: Settings, source_id: str, gemeinden: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """All deliveries of a source: `raw.<source_id>` and `raw.<source_id>_bilanz`; gemeinden: `raw.gemeinden`.

    Empty for a source that the district does not expect (`quellen` in kreis.yml). Raises InputError for a delivery that
    is absent, changed or not as agreed.
    """
    if source_id not in settings.kreis.sources:
        return empty(f"raw.{source_id}"), empty(f"raw.{source_id}_bilanz")
    parts = [
        _read_delivery(delivery, gemeinden, settings.kreis.key)
        for delivery in registry.deliveries(settings.data_dir, source_id)
    ]
    frames, balances = zip(*parts, strict=True)
    return conform(pl.concat(frames), f"raw.{source_id}"), conform(pl.concat(balances), f"raw.{source_id}_bilanz")


def _read_delivery(delivery: Delivery, gemeinden: pl.DataFrame, kreis_key: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Figures and balance of all files of a delivery, those in official formats looked at together."""
    read_own = _reader(delivery.source_id)
    own, mapped = [], []
    for file in delivery.files:
        if file.format is None:
            content = verify(file.path, file.sha256, file.size)
            own.append(read_own(content, file, delivery, gemeinden, kreis_key))
        else:
            from pipelines.readers import official

            content = None
            if file.size > LIMIT:  # its reader goes through it in pieces
                verify_in_place(file.path, file.sha256, file.size)
            else:
                content = verify(file.path, file.sha256, file.size)
            mapped.append(official.read(content, file, delivery, gemeinden, kreis_key))
    if mapped:
        from pipelines.readers import official

        official.check_delivery(pl.concat(part.frame for part in mapped), delivery, gemeinden)
    figures = pl.concat([*own, *(part.frame for part in mapped)])
    merkmale.check_items(figures, delivery)
    return figures, pl.concat([*map(transcribed, own), *(part.balance for part in mapped)])


def read_gemeinden(settings: Settings) -> pl.DataFrame:
    """`raw.gemeinden` of the district. Raises InputError for a file that is absent, changed or not as agreed."""
    file = registry.area_delivery(settings.data_dir).file("gemeinden.csv")
    return gebiete.gemeinden(verify(file.path, file.sha256, file.size), file, settings.kreis.key)


def read_sozialraeume(settings: Settings, gemeinden: pl.DataFrame) -> pl.DataFrame:
    """`raw.sozialraeume` of the district; gemeinden: `raw.gemeinden`. Raises InputError as the other readers do."""
    file = registry.area_delivery(settings.data_dir).file("sozialraeume.csv")
    content = verify(file.path, file.sha256, file.size)
    return gebiete.sozialraeume(content, file, settings.kreis.key, set(gemeinden["ags"]))


def read_grenzen(settings: Settings, gemeinden: pl.DataFrame) -> pl.DataFrame:
    """`raw.grenzen` of the district; gemeinden: `raw.gemeinden`. Raises InputError as the other readers do."""
    file = registry.area_delivery(settings.data_dir).file("gemeinden.geojson")
    content = verify(file.path, file.sha256, file.size)
    expected = dict(gemeinden.sort("ags").select("ags", "anzeigename").iter_rows())
    return grenzen.read(content, file, settings.kreis, expected)


def _reader(source_id: str):
    name = registry.catalogue()[source_id].reader
    if name not in READERS:
        raise ContractError(
            "Ein Katalogeintrag nennt ein Leseprogramm, das es nicht gibt.",
            file=registry.CATALOGUE / f"{source_id}.yml",
            column="reader",
            expected=", ".join(READERS),
            found=name,
            remedy="Den Namen im Katalogeintrag berichtigen.",
        )
    return READERS[name]
