"""All figures of all sources in one table on the areas of the Kreis.

What belongs here: the join with the areas, additivity from the sheets, the choice between two editions or sources, and
the count of what got lost. What does not: changing or filling figures; those of former areas are brought onto the areas
of today by `gebietsstand`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NoReturn

import polars as pl

from pipelines.contracts import conform, contract, empty
from pipelines.errors import InputError
from pipelines.harmonise.cells import Estimated, cell_sources, figures_of_rooms
from pipelines.harmonise.corrections import Correction, apply
from pipelines.harmonise.gebietsstand import to_current
from pipelines.sources.editions import newer_first
from pipelines.sources.registry import PRECEDENCE, Delivery, Precedence, catalogue, precedence

if TYPE_CHECKING:
    from pipelines.geography.crosswalk import Crosswalk
    from pipelines.geography.rooms import Rooms

TABLE = "curated.merkmale"
NUMBER = ["area_id", "stichtag", "merkmal", "auspraegung"]
# A figure as delivered; a row of an official file holds several
FIGURE = ["source_id", "edition", *NUMBER]
AREA_STEP = "Verknüpfung mit den Gebieten"
TIME_STEP = "Umrechnung auf den Gebietsstand von heute"
SHEET_STEP = "Verknüpfung mit den Lieferscheinen"
EXAMPLES = 5


def harmonise(
    raw: Mapping[str, pl.DataFrame],
    areas: pl.DataFrame,
    deliveries: Iterable[Delivery],
    crosswalk: Crosswalk | None = None,
    kreis_key: str = "",
    order: Sequence[Precedence] | None = None,
    corrected: Sequence[Correction] = (),
    rooms: Rooms | None = None,
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """`curated.merkmale`, `curated.losses` and `curated.conversions`.

    raw: frames of `raw.<source>` by source id. areas: `curated.areas`. deliveries: their sheets. crosswalk: the way of
    former Gemeinden to those of today; kreis_key: of the district. order: precedence between sources, without it the
    declared one. corrected: known errors of publishers. rooms: shapes of Sozialräume, for which cells give figures. Of
    several editions of a source the newer one goes first.
    Raises InputError for an unknown area, a former one whose successor no laid-down file names, an item without a sheet
    entry, the same number twice in one edition, and the same number in two sources without a declared precedence.
    """
    sheets = list(deliveries)
    of_cells = [figures_of_rooms(raw[source_id], rooms, sheets) for source_id in cell_sources(raw)]
    of_areas = [raw[source_id] for source_id in sorted(set(raw) - set(cell_sources(raw)))]
    figures = apply(pl.concat([*of_areas, *(one.figures.drop("note") for one in of_cells)]), corrected)
    rows = figures.rename({"area_key": "area_id"})
    known = areas.select("area_id", "area_level")
    former = list(crosswalk.areas) if crosswalk else []
    named = rows.filter(pl.col("area_id").is_in(former) | pl.col("area_id").is_in(known["area_id"].implode()))
    _refuse_unknown(rows, named, "area_id", "ein Gebiet aus gebiete/gemeinden.csv")
    marked = named.join(_additivity(rows, sheets), on=["source_id", "edition", "merkmal", "auspraegung"])
    _refuse_unknown(named, marked, "merkmal", "ein Eintrag unter items in lieferung.yml")
    _refuse_twice(marked)
    today, conversions = _today(marked, crosswalk, kreis_key)
    today = _noted(today, of_cells)
    placed = today.join(known, on="area_id", how="inner")
    accounted = marked.join(_unaccounted(marked, today, conversions), on=FIGURE, how="anti")
    losses = [
        _losses(SHEET_STEP, named, marked),
        _losses(TIME_STEP, marked, accounted),
        _losses(AREA_STEP, today, placed),
        *(one.losses for one in of_cells),
    ]
    chosen = _choose(_superseded(placed, sheets), precedence() if order is None else order)
    return (
        conform(chosen.select(contract(TABLE).schema().keys()), TABLE),
        conform(pl.concat(losses), "curated.losses"),
        conversions,
    )


def _today(rows: pl.DataFrame, crosswalk: Crosswalk | None, kreis_key: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    if crosswalk is None:
        return rows.with_columns(conversion=pl.lit(None, dtype=pl.String)), empty("curated.conversions")
    recomputed = [name for name, source in catalogue().items() if source.gebietsstand]
    return to_current(rows, crosswalk, kreis_key, recomputed)


def _noted(rows: pl.DataFrame, of_cells: Iterable[Estimated]) -> pl.DataFrame:
    """How figures made of cells came about stands where that of converted ones does."""
    for one in of_cells:
        notes = one.figures.rename({"area_key": "area_id"}).select(*FIGURE, "note")
        rows = rows.join(notes, on=FIGURE, how="left", maintain_order="left")
        rows = rows.with_columns(conversion=pl.coalesce("conversion", "note")).drop("note")
    return rows


def _unaccounted(before: pl.DataFrame, after: pl.DataFrame, conversions: pl.DataFrame) -> pl.DataFrame:
    """Delivered figures that are neither among those of today nor in the list of what was converted."""
    listed = conversions.rename({"from_id": "area_id"}).select(FIGURE)
    return before.join(after, on=FIGURE, how="anti").join(listed, on=FIGURE, how="anti")


def _additivity(rows: pl.DataFrame, deliveries: Iterable[Delivery]) -> pl.DataFrame:
    sheets = {(delivery.source_id, delivery.edition): delivery for delivery in deliveries}
    found = []
    for source_id, edition, merkmal, auspraegung in (
        rows.select("source_id", "edition", "merkmal", "auspraegung").unique().sort(pl.all()).iter_rows()
    ):
        delivery = sheets.get((source_id, edition))
        item = delivery.item(merkmal, auspraegung) if delivery else None
        if item:
            found.append((source_id, edition, merkmal, auspraegung, item.additive))
    names = ["source_id", "edition", "merkmal", "auspraegung", "additive"]
    return pl.DataFrame(found, schema=dict.fromkeys(names, pl.String), orient="row")


def _losses(step: str, before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """One row per source: how many rows went in, came out and were lost, with the first places that were lost."""
    out = dict(after.group_by("source_id").len().iter_rows())
    lost = before.join(after, on=FIGURE, how="anti").sort("file", "row", "place")
    rows = []
    for source_id, rows_in in before.group_by("source_id").len().sort("source_id").iter_rows():
        places = lost.filter(pl.col("source_id") == source_id).head(EXAMPLES).select("file", "row").iter_rows()
        examples = "; ".join(f"{file} Zeile {row}" for file, row in places) or None
        rows_out = out.get(source_id, 0)
        rows.append((step, source_id, rows_in, rows_out, rows_in - rows_out, examples))
    schema = contract("curated.losses").schema()
    names = ("step", "source_id", "rows_in", "rows_out", "lost", "examples")
    return pl.DataFrame([dict(zip(names, row, strict=True)) for row in rows], schema=schema)


def _refuse_unknown(before: pl.DataFrame, after: pl.DataFrame, column: str, expected: str) -> None:
    lost = before.join(after, on=FIGURE, how="anti").sort("file", "row", "place")
    if lost.height:
        first = lost.row(0, named=True)
        raise InputError(
            f"Beim Verknüpfen gingen {lost.height} Zeilen verloren.",
            file=first["file"],
            row=first["row"],
            column=column,
            expected=expected,
            found=first[column],
            remedy="Den Eintrag in der Lieferung berichtigen oder dort ergänzen, wo er erwartet wird.",
        )


def _superseded(rows: pl.DataFrame, deliveries: Iterable[Delivery]) -> pl.DataFrame:
    """Add `superseded_by`: the newest edition of the source that gives the number, null where it is this one."""
    ranked = newer_first(rows.select(*FIGURE, "file"), NUMBER, deliveries)
    older = ranked.filter(pl.col("age") > 0).select(*FIGURE, superseded_by="newest")
    return rows.join(older, on=FIGURE, how="left", maintain_order="left")


def _choose(rows: pl.DataFrame, order: Sequence[Precedence]) -> pl.DataFrame:
    """Add `preferred`: true once per number; where several sources give it, the declared precedence decides.

    A number of an edition that a newer one supersedes is never preferred and stands back for no source.
    """
    current = rows.filter(pl.col("superseded_by").is_null())
    shared = current.filter(pl.len().over(NUMBER) > 1).sort([*NUMBER, "source_id", "edition", "row"])
    beaten: list[tuple[str, ...]] = []
    for group in shared.partition_by(NUMBER, maintain_order=True):
        candidates = sorted(group.iter_rows(named=True), key=lambda row: _rank(row, order))
        if _rank(candidates[0], order) == _rank(candidates[1], order):
            _refuse_tie(candidates[0], candidates[1])
        beaten += [tuple(row[name] for name in FIGURE) for row in candidates[1:]]
    lost = pl.DataFrame(beaten, schema=dict.fromkeys(FIGURE, pl.String), orient="row")
    marked = rows.join(lost.with_columns(preferred=pl.lit(False)), on=FIGURE, how="left")
    return marked.with_columns(pl.col("preferred").fill_null(pl.col("superseded_by").is_null()))


def _rank(row: dict, order: Sequence[Precedence]) -> tuple[int, int]:
    """Place of a number in the precedence: entry, then source within the entry; undeclared comes last."""
    for position, entry in enumerate(order):
        if entry.covers(row["merkmal"], row["auspraegung"], row["basis"]) and row["source_id"] in entry.sources:
            return position, entry.sources.index(row["source_id"])
    return len(order), 0


def _refuse_twice(rows: pl.DataFrame) -> None:
    """Refuse a number that two rows or files of one edition give: nothing says which of them is the newer one."""
    twice = rows.filter(rows.select(FIGURE).is_duplicated()).sort(*FIGURE, "file", "row", "place")
    if twice.height:
        one, other = twice.rows(named=True)[:2]
        _refuse(
            "Eine Ausgabe liefert dieselbe Zahl zweimal.",
            one,
            other,
            "jede Zahl in einer Ausgabe einmal",
            "Die überholte oder doppelte Datei oder Zeile aus der Ausgabe nehmen; eine neuere Fassung ist eine Ausgabe "
            "für sich.",
        )


def _refuse_tie(one: dict, other: dict) -> None:
    _refuse(
        "Zwei Quellen liefern dieselbe Zahl.",
        one,
        other,
        f"eine Rangfolge in {PRECEDENCE.name}",
        f"Die Rangfolge der Quellen für {other['merkmal']} in pipelines/sources/{PRECEDENCE.name} festlegen.",
    )


def _refuse(what: str, one: dict, other: dict, expected: str, remedy: str) -> NoReturn:
    number = ", ".join(str(other[name]) for name in NUMBER)
    raise InputError(
        what,
        file=other["file"],
        row=other["row"],
        column="merkmal",
        expected=expected,
        found=f"{number} auch in {one['file']} Zeile {one['row']}",
        remedy=remedy,
    )
