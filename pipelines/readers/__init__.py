"""From a delivered file to a table in the source's own words.

What belongs here: finding, verifying and reading the deliveries of one table of schema `raw`. What does not: anything
that changes a figure or joins two sources (`pipelines.harmonise`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.contracts import conform, empty
from pipelines.errors import ContractError, InputError
from pipelines.geography.validity import current
from pipelines.readers import gebiete, grenzen, merkmale
from pipelines.readers.rawfile import LIMIT
from pipelines.sources import registry
from pipelines.sources.mapping import transcribed
from pipelines.sources.snapshot import verify, verify_in_place

if TYPE_CHECKING:
    from pipelines.settings import Settings
    from pipelines.sources.registry import DeliveredFile, Delivery

# The forms a source of figures may have of its own; official formats are named by the sheet of a delivery
READERS = {"merkmale": merkmale.read, registry.CELLS: merkmale.read}


def read_source(
    settings: Settings, source_id: str, gemeinden: pl.DataFrame, ortsteile: pl.DataFrame | None = None
) -> pl.DataFrame:
    """All figures of a source by the contract of `raw.<source_id>`, as `read_with_balance` gives them."""
    return read_with_balance(settings, source_id, gemeinden, ortsteile)[0]


def read_with_balance(
    settings: Settings, source_id: str, gemeinden: pl.DataFrame, ortsteile: pl.DataFrame | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """All deliveries of a source: `raw.<source_id>` and `raw.<source_id>_bilanz`.

    gemeinden: `raw.gemeinden`; ortsteile: `raw.ortsteile`, for which a delivery may have figures too.

    Empty for a source that the district does not expect (`quellen` in kreis.yml). Raises InputError for a delivery that
    is absent, changed or not as agreed.
    """
    if source_id not in settings.kreis.sources:
        return empty(f"raw.{source_id}"), empty(f"raw.{source_id}_bilanz")
    below = frozenset() if ortsteile is None else frozenset(ortsteile["ortsteil"])
    parts = [
        _read_delivery(delivery, gemeinden, settings.kreis.key, below)
        for delivery in registry.deliveries(settings.data_dir, source_id)
    ]
    frames, balances = zip(*parts, strict=True)
    return conform(pl.concat(frames), f"raw.{source_id}"), conform(pl.concat(balances), f"raw.{source_id}_bilanz")


def _read_delivery(
    delivery: Delivery, gemeinden: pl.DataFrame, kreis_key: str, ortsteile: frozenset[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Figures and balance of all files of a delivery, those in official formats looked at together."""
    read_own = _reader(delivery.source_id)
    own, mapped = [], []
    for file in delivery.files:
        if file.format is None:
            content = verify(file.path, file.sha256, file.size)
            own.append(read_own(content, file, delivery, gemeinden, kreis_key, ortsteile))
        else:
            from pipelines.readers import official

            content = None
            if file.size > LIMIT:  # its reader goes through it in pieces
                verify_in_place(file.path, file.sha256, file.size)
            else:
                content = verify(file.path, file.sha256, file.size)
            mapped.append(official.read(content, file, delivery, gemeinden, kreis_key, ortsteile))
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


def read_ortsteile(settings: Settings, gemeinden: pl.DataFrame) -> pl.DataFrame:
    """`raw.ortsteile` of the district, empty where none were delivered; gemeinden: `raw.gemeinden`."""
    file = _current(settings, "ortsteile", ".csv")
    if file is None:
        return empty("raw.ortsteile")
    return gebiete.ortsteile(verify(file.path, file.sha256, file.size), file, set(gemeinden["ags"]))


def read_sozialraeume(
    settings: Settings, gemeinden: pl.DataFrame, ortsteile: pl.DataFrame | None = None
) -> pl.DataFrame:
    """`raw.sozialraeume` of the district; gemeinden: `raw.gemeinden`, ortsteile: `raw.ortsteile`.

    Raises InputError as the other readers do.
    """
    file = _current(settings, "sozialraeume", ".csv") or registry.area_delivery(settings.data_dir).file(
        "sozialraeume.csv"
    )
    content = verify(file.path, file.sha256, file.size)
    known = set(current(gemeinden)["ags"]) | (set() if ortsteile is None else set(ortsteile["ortsteil"]))
    return gebiete.sozialraeume(content, file, settings.kreis.key, known)


def read_outlines(settings: Settings, sozialraeume: pl.DataFrame) -> pl.DataFrame:
    """`raw.sozialraum_grenzen` of the district, empty where none were delivered; sozialraeume: `raw.sozialraeume`.

    Raises InputError as the other readers do.
    """
    file = _current(settings, "sozialraeume", ".geojson")
    if file is None:
        return empty("raw.sozialraum_grenzen")
    content = verify(file.path, file.sha256, file.size)
    expected = dict(sozialraeume.sort("area_id").select("area_id", "name").iter_rows())
    return grenzen.read(content, file, settings.kreis, expected, key="area_id")


def _current(settings: Settings, name: str, suffix: str) -> DeliveredFile | None:
    """The file of the delivery of areas that is valid now, `name.csv` or `name_2026-01-01.csv`; None without one."""
    files = registry.area_delivery(settings.data_dir).files
    named = [file for file in files if file.path.suffix == suffix and file.path.stem.partition("_")[0] == name]
    valid = [file for file in named if file.valid_to is None]
    if len(valid) > 1:
        raise InputError(
            "Zwei Fassungen derselben Datei gelten zugleich.",
            file=registry.area_delivery(settings.data_dir).sheet,
            column="valid_to",
            expected="eine Fassung ohne valid_to",
            found=", ".join(file.path.name for file in valid),
            remedy="Bei der früheren Fassung im Lieferschein valid_to eintragen (letzter Tag, an dem sie galt).",
        )
    return valid[0] if valid else None


def read_grenzen(settings: Settings, gemeinden: pl.DataFrame) -> pl.DataFrame:
    """`raw.grenzen` of the district; gemeinden: `raw.gemeinden`. Raises InputError as the other readers do."""
    file = registry.area_delivery(settings.data_dir).file("gemeinden.geojson")
    content = verify(file.path, file.sha256, file.size)
    expected = dict(current(gemeinden).sort("ags").select("ags", "anzeigename").iter_rows())
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
