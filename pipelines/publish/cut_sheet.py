"""The balance sheet of a proposed cut for people: tables as Markdown and Excel, and a map.

What belongs here: words, columns and the picture. What does not: what fits (`pipelines.geography.cut`).
"""

from __future__ import annotations

import io
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.german import number

if TYPE_CHECKING:
    from pipelines.geography.cut import Balance, Known, Plan
    from pipelines.settings import Kreis

# No clock in what is written: the balance sheet of the same cut has the same bytes
STAMP = datetime(2000, 1, 1)
UNKNOWN = "nicht bekannt"
HEADS = ("Schlüssel", "Sozialraum", "ganze Gemeinden und Ortsteile", "Teile", "Einwohner", "Wohnungen", "Fläche in km²")
FINDING_HEADS = ("Art", "Was", "Einwohner", "Fläche in km²", "steht einer Übernahme entgegen")
GAP_HEADS = ("Gemeinde", "Grundlage", "Ortsteile", "Summe", "amtlich", "Lücke", "Stichtag")


def rooms_rows(plan: Plan, found: Balance) -> list[tuple[str, ...]]:
    """One row per Sozialraum and their sum; a sum of which a part is not known is not known."""
    rows = []
    for area_id, name in sorted(plan.rooms.items()):
        weights = [weight for room, _, weight in found.members if room == area_id]
        amounts = found.amounts[area_id]
        whole = str(sum(weight == 1 for weight in weights))
        rows.append((area_id, name, whole, str(sum(weight != 1 for weight in weights)), *_texts(amounts)))
    totals = {
        basis: None if None in values else sum(value for value in values if value is not None)
        for basis in ("bevoelkerung", "wohnungen", "flaeche")
        for values in [[amounts[basis] for amounts in found.amounts.values()]]
    }
    return [*rows, ("", "zusammen", "", "", *_texts(totals))]


def _texts(amounts: dict[str, float | None]) -> tuple[str, ...]:
    return tuple(
        _text(amounts[basis], decimals) for basis, decimals in (("bevoelkerung", 0), ("wohnungen", 0), ("flaeche", 2))
    )


def _text(value: float | None, decimals: int = 0) -> str:
    return UNKNOWN if value is None else number(value, decimals)


def findings_rows(found: Balance) -> list[tuple[str, ...]]:
    """What does not fit, what blocks first."""
    ordered = sorted(found.findings, key=lambda one: (not one.blocks, one.kind, one.what))
    return [
        (one.kind, one.what, _text(one.people), _text(one.area, 3), "ja" if one.blocks else "nein") for one in ordered
    ]


def gap_rows(gaps: pl.DataFrame, known: Known) -> list[tuple[str, ...]]:
    """How far Ortsteile add up to their Gemeinde."""
    return [
        (
            f"{known.names[row['ags']]} ({row['ags']})",
            row["basis"],
            str(row["stones"]),
            *(_text(row[name], 2 if row["basis"] == "flaeche" else 0) for name in ("total", "official", "gap")),
            row["stichtag"],
        )
        for row in gaps.iter_rows(named=True)
    ]


def markdown(plan: Plan, found: Balance, known: Known, gaps: pl.DataFrame) -> str:
    """The balance sheet as Markdown."""
    stand = ", ".join(f"{basis} {day}" for basis, day in sorted(known.stand.items()))
    parts = [
        f"# Zuschnitt {plan.path.name}",
        "Der Kreis ist genau einmal abgedeckt." if found.fits else "Der Zuschnitt passt noch nicht.",
        *plan.notes,
        f"Stand der amtlichen Zahlen: {stand or UNKNOWN}.",
        *_table("Sozialräume", HEADS, rooms_rows(plan, found)),
        *_table("Was nicht oder nur zum Teil passt", FINDING_HEADS, findings_rows(found)),
        *_table("Ortsteile und ihre Gemeinden", GAP_HEADS, gap_rows(gaps, known)),
    ]
    return "\n\n".join(parts) + "\n"


def _table(title: str, heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    if not rows:
        return [f"## {title}", "Nichts."]
    lines = [heads, tuple("---" for _ in heads), *rows]
    cells = ["| " + " | ".join(cell.replace("|", "/") for cell in line) + " |" for line in lines]
    return [f"## {title}", "\n".join(cells)]


def workbook(plan: Plan, found: Balance, known: Known, gaps: pl.DataFrame) -> bytes:
    """The balance sheet as an Excel file, one sheet per table; equal content gives equal bytes."""
    from openpyxl import Workbook

    from pipelines.publish.stable_zip import stable_bytes

    book = Workbook()
    book.remove(book.worksheets[0])
    book.properties.created = book.properties.modified = STAMP
    for title, heads, rows in (
        ("Sozialräume", HEADS, rooms_rows(plan, found)),
        ("Befunde", FINDING_HEADS, findings_rows(found)),
        ("Ortsteile", GAP_HEADS, gap_rows(gaps, known)),
    ):
        sheet = book.create_sheet(title)
        for line in (heads, *rows):
            sheet.append(list(line))
        sheet.freeze_panes = "A2"
        for column, head in enumerate(heads):
            sheet.column_dimensions[chr(ord("A") + column)].width = 60 if head == "Was" else 22
    saved = io.BytesIO()
    book.save(saved)
    return stable_bytes(saved, STAMP)


def map_svg(plan: Plan, found: Balance, known: Known, kreis: Kreis, attribution: str) -> bytes:
    """The proposed Sozialräume over the Gemeinden as SVG; one that nothing draws is left out."""
    import shapely

    from pipelines.figures.export import svg_bytes
    from pipelines.figures.maps import EXAMPLE_WORD, area_overview_map, geography

    shapes: dict[tuple[str, str], Any] = {(ags, "gemeinde"): shape for ags, shape in known.shapes.items()}
    shapes[kreis.key, "kreis"] = shapely.union_all(list(known.shapes.values()))
    for area_id in plan.rooms:
        own = [(key, weight) for room, key, weight in found.members if room == area_id]
        if plan.shapes:
            shapes[area_id, "sozialraum"] = plan.shapes[area_id]
        elif own and all(key in known.shapes for key, _ in own):
            shapes[area_id, "sozialraum"] = shapely.union_all([known.shapes[key] for key, _ in own])
    names = known.names | plan.rooms | {kreis.key: kreis.short_name}
    numbers: Counter[str] = Counter()
    boundaries, areas = [], []
    for (area_id, level), shape in sorted(shapes.items()):
        numbers[level] += 1
        point = shapely.point_on_surface(shape)
        boundaries.append((area_id, level, point.x, point.y, shapely.to_wkb(shape)))
        areas.append((area_id, level, names[area_id], names[area_id], numbers[level], not kreis.sozialraeume_decided))
    columns = ["area_id", "area_level", "label_x", "label_y", "geometry"]
    drawn = pl.DataFrame(boundaries, schema=columns, orient="row")
    listed = pl.DataFrame(
        areas, schema=["area_id", "area_level", "name", "display_name", "number", "is_example"], orient="row"
    ).with_columns(is_example=pl.col("is_example") & (pl.col("area_level") == "sozialraum"))
    rooms = geography(drawn, listed, "sozialraum") if numbers["sozialraum"] else None
    mark = "" if kreis.sozialraeume_decided else f" ({EXAMPLE_WORD})"
    picture = area_overview_map(
        geography(drawn, listed), attribution, sozialraeume=rooms, title=f"Vorgeschlagener Zuschnitt{mark}"
    )
    return svg_bytes(picture)
