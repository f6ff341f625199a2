"""The balance sheet of a proposed cut for people: tables as Markdown and Excel, and a map.

What belongs here: words, columns and the picture. What does not: what fits (`pipelines.geography.cut`).
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from math import fsum
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines import german
from pipelines.geography.cut import DIVIDED
from pipelines.geography.stones import BASES
from pipelines.german import date_text, number

if TYPE_CHECKING:
    from pipelines.geography.cut import Balance, Known, Plan
    from pipelines.settings import Kreis

# No clock in what is written: the balance sheet of the same cut has the same bytes
STAMP = datetime(2000, 1, 1)
UNKNOWN = "nicht bekannt"
PROPOSAL = "Vorschlag"
UNDRAWN = "; die Grenzen ihrer Ortsteile liegen nicht vor"
HEADS = ("Schlüssel", "Sozialraum", "ganze Gemeinden und Ortsteile", "Teile", "Einwohner", "Wohnungen", "Fläche in km²")
FINDING_HEADS = ("Art", "Was", "Einwohner", "Fläche in km²", "steht einer Übernahme entgegen")
GAP_HEADS = ("Gemeinde", "Grundlage", "Ortsteile", "Summe", "amtlich", "Lücke", "Stichtag")
MEMBER_HEADS = ("Schlüssel", "Sozialraum", "Gebiet", "Name", "Anteil in Prozent", "Einwohner", "Fläche in km²")
WIDE = {"Was": 70, "Sozialraum": 30, "Name": 34, "Gemeinde": 34}
Cell = str | int | float | None
Rows = list[tuple[Cell, ...]]


def rooms_rows(plan: Plan, found: Balance, known: Known) -> Rows:
    """One row per Sozialraum, their sum, and the official figures of the Kreis beside it; None is not known."""
    rows: Rows = []
    for area_id, name in sorted(plan.rooms.items()):
        weights = [weight for room, _, weight in found.members if room == area_id]
        whole = sum(weight == 1 for weight in weights)
        rows.append((area_id, name, whole, len(weights) - whole, *found.amounts[area_id].values()))
    totals = [_total([amounts[basis] for amounts in found.amounts.values()]) for basis in BASES]
    official = [_total([known.amounts.get(ags, {}).get(basis) for ags in known.names]) for basis in BASES]
    return [*rows, ("", "zusammen", None, None, *totals), ("", "Kreis, amtlich", None, None, *official)]


def _total(values: list[float | None]) -> float | None:
    present = [value for value in values if value is not None]
    return fsum(present) if len(present) == len(values) else None


def member_rows(plan: Plan, found: Balance, known: Known) -> Rows:
    """Which Gemeinden and Ortsteile each Sozialraum is made of, with their share by surface where it is a part."""
    names = known.names | dict(known.ortsteile.select("ortsteil", "name").iter_rows())
    people = {ags: amounts.get("bevoelkerung") for ags, amounts in known.amounts.items()}
    square_km = {ags: amounts.get("flaeche") for ags, amounts in known.amounts.items()}
    people |= dict(known.ortsteile.select("ortsteil", "bevoelkerung").iter_rows())
    square_km |= dict(known.ortsteile.select("ortsteil", "flaeche").iter_rows())
    return [
        (room, plan.rooms[room], key, names[key], 100 * weight)
        + ((people.get(key), square_km.get(key)) if weight == 1 else (None, None))
        for room, key, weight in found.members
    ]


def findings_rows(found: Balance) -> Rows:
    """What does not fit, what blocks first."""
    ordered = sorted(found.findings, key=lambda one: (not one.blocks, one.kind, one.what))
    return [(one.kind, one.what, one.people, one.area, "ja" if one.blocks else "nein") for one in ordered]


def gap_rows(known: Known) -> Rows:
    """How far Ortsteile add up to their Gemeinde."""
    return [
        (
            f"{known.names[row['ags']]} ({row['ags']})",
            BASES[row["basis"]],
            row["stones"],
            *(row[name] for name in ("total", "official", "gap")),
            ", ".join(date_text(day) for day in row["stichtag"].split(", ")),
        )
        for row in known.gaps.iter_rows(named=True)
    ]


def texts(heads: tuple[str, ...], row: tuple[Cell, ...]) -> tuple[str, ...]:
    """A row as people read it; km² have two decimals, in a row about areas its amounts too."""
    is_area = BASES["flaeche"] in row
    return tuple(
        cell
        if isinstance(cell, str)
        else ("" if head in COUNTS else UNKNOWN)
        if cell is None
        else number(cell, _decimals(head, is_area))
        for head, cell in zip(heads, row, strict=True)
    )


COUNTS = ("ganze Gemeinden und Ortsteile", "Teile", "Ortsteile")


def _decimals(head: str, is_area: bool) -> int:
    if head == "Anteil in Prozent":
        return 1
    return 2 if "km²" in head or (is_area and head not in COUNTS) else 0


def remarks(plan: Plan, found: Balance, known: Known) -> list[str]:
    """What has to be known to read the figures: how rooms were numbered, days, where areas were measured."""
    days = ", ".join(f"{BASES[basis]} {date_text(known.stand[basis])}" for basis in BASES if basis in known.stand)
    lines = [*plan.notes, f"Stand der amtlichen Zahlen der Gemeinden: {days or UNKNOWN}."]
    listed = {key for _, key, _ in found.members}
    stones = known.ortsteile.filter(pl.col("ortsteil").is_in(sorted(listed)))
    if stones.height:
        own = german.join_words([date_text(day) for day in sorted(stones["stichtag"].unique())])
        lines.append(f"Stand der Zahlen der Ortsteile: {own}; verschiedene Tage geben verschiedene Summen.")
    if plan.shapes:
        lines.append("Die Fläche der Sozialräume ist aus den Umrissen gemessen, die des Kreises amtlich.")
    return lines


def _tables(plan: Plan, found: Balance, known: Known) -> Iterator[tuple[str, str, tuple[str, ...], Rows]]:
    """Name of the sheet, title, heads and rows of every table."""
    yield "Sozialräume", "Sozialräume", HEADS, rooms_rows(plan, found, known)
    yield "Befunde", "Was nicht oder nur zum Teil passt", FINDING_HEADS, findings_rows(found)
    yield "Zuordnung", "Woraus die Sozialräume bestehen", MEMBER_HEADS, member_rows(plan, found, known)
    yield "Ortsteile", "Ortsteile und ihre Gemeinden", GAP_HEADS, gap_rows(known)


def verdict(found: Balance) -> str:
    """Whether the cut can be taken over, in one sentence."""
    blocking = sum(finding.blocks for finding in found.findings)
    if found.fits:
        return "Der Kreis ist genau einmal abgedeckt; der Zuschnitt kann übernommen werden."
    return f"Der Zuschnitt passt noch nicht: {blocking} {'Befund' if blocking == 1 else 'Befunde'} zu klären."


def markdown(plan: Plan, found: Balance, known: Known) -> str:
    """The balance sheet as Markdown."""
    parts = [f"# Zuschnitt {plan.path.name}", verdict(found), *remarks(plan, found, known)]
    for _, title, heads, rows in _tables(plan, found, known):
        lines = [heads, tuple("---" for _ in heads), *(texts(heads, row) for row in rows)]
        cells = ["| " + " | ".join(cell.replace("|", "/") for cell in line) + " |" for line in lines]
        parts += [f"## {title}", "\n".join(cells) if rows else "Nichts."]
    return "\n\n".join(parts) + "\n"


def workbook(plan: Plan, found: Balance, known: Known) -> bytes:
    """The balance sheet as an Excel file, one sheet per table, figures as numbers; equal content gives equal bytes."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    from pipelines.publish.stable_zip import stable_bytes

    book = Workbook()
    book.properties.created = book.properties.modified = STAMP
    front = book.worksheets[0]
    front.title = "Überblick"
    front.column_dimensions["A"].width = 110
    for line in (f"Zuschnitt {plan.path.name}", verdict(found), *remarks(plan, found, known)):
        front.append([line])
        front.cell(front.max_row, 1).alignment = Alignment(wrap_text=True, vertical="top")
    front["A1"].font = Font(bold=True, size=14)
    for name, _, heads, rows in _tables(plan, found, known):
        sheet = book.create_sheet(name)
        sheet.append(heads)
        for row in rows:
            is_area = BASES["flaeche"] in row
            sheet.append(
                [
                    "" if head in COUNTS and c is None else UNKNOWN if c is None else c
                    for head, c in zip(heads, row, strict=True)
                ]
            )
            for column, (head, cell) in enumerate(zip(heads, row, strict=True), start=1):
                written = sheet.cell(sheet.max_row, column)
                written.alignment = Alignment(wrap_text=True, vertical="top")
                if isinstance(cell, int | float):
                    written.number_format = "#,##0" + (
                        f".{'0' * places}" if (places := _decimals(head, is_area)) else ""
                    )
        for column, head in enumerate(heads, start=1):
            sheet.cell(1, column).font = Font(bold=True)
            sheet.cell(1, column).alignment = Alignment(wrap_text=True, vertical="top")
            sheet.column_dimensions[sheet.cell(1, column).column_letter].width = WIDE.get(head, 16)
        sheet.freeze_panes = "A2"
    saved = io.BytesIO()
    book.save(saved)
    return stable_bytes(saved, STAMP)


def map_svg(plan: Plan, found: Balance, known: Known, kreis: Kreis, attribution: str) -> bytes:
    """The proposed Sozialräume over the Gemeinden as SVG; what does not fit is hatched, what nothing draws is named.

    A Sozialraum of a table is drawn with its whole Gemeinden; those that Ortsteile divide are hatched.
    """
    import shapely

    from pipelines.figures.export import svg_bytes
    from pipelines.figures.maps import geography, proposal_map

    shapes: dict[tuple[str, str], Any] = {(ags, "gemeinde"): shape for ags, shape in known.shapes.items()}
    shapes[kreis.key, "kreis"] = shapely.union_all(list(known.shapes.values()))
    for area_id in plan.rooms:
        own = [(key, weight) for room, key, weight in found.members if room == area_id]
        if plan.shapes:
            shapes[area_id, "sozialraum"] = plan.shapes[area_id]
        elif whole := [known.shapes[key] for key, _ in own if key in known.shapes]:
            shapes[area_id, "sozialraum"] = shapely.union_all(whole)
    names = known.names | plan.rooms | {kreis.key: kreis.short_name}
    listed = [*((ags, "gemeinde") for ags in known.names), *((room, "sozialraum") for room in plan.rooms)]
    listed.append((kreis.key, "kreis"))
    numbers: Counter[str] = Counter()
    boundaries, areas = [], []
    for area_id, level in sorted(listed):
        numbers[level] += 1
        is_example = level == "sozialraum" and not kreis.sozialraeume_decided
        areas.append((area_id, level, names[area_id], names[area_id], numbers[level], is_example))
        if (area_id, level) in shapes:
            shape = shapes[area_id, level]
            point = shapely.point_on_surface(shape)
            boundaries.append((area_id, level, point.x, point.y, shapely.to_wkb(shape)))
    drawn = pl.DataFrame(boundaries, schema=["area_id", "area_level", "label_x", "label_y", "geometry"], orient="row")
    known_areas = pl.DataFrame(
        areas, schema=["area_id", "area_level", "name", "display_name", "number", "is_example"], orient="row"
    )
    # Nothing is resolved before it is taken over
    mark = PROPOSAL if kreis.sozialraeume_decided else kreis.sozialraum_note
    picture = proposal_map(
        geography(drawn, known_areas),
        attribution,
        _marked(found, UNDRAWN if not plan.shapes else ""),
        sozialraeume=geography(drawn, known_areas, "sozialraum", mark=mark),
        title=f"Zuschnitt {plan.path.name} ({mark}): {verdict(found)}",
    )
    return svg_bytes(picture)


def _marked(found: Balance, undrawn: str) -> dict[str, list[Any]]:
    """What the map hatches, by words of its legend: what blocks, and Gemeinden that several Sozialräume share.

    undrawn: why the border inside such a Gemeinde is not drawn.
    """
    marked: dict[str, list[Any]] = {}
    for finding in sorted(found.findings, key=lambda one: (not one.blocks, one.kind, one.what)):
        if finding.shape is not None and (finding.blocks or finding.kind == DIVIDED):
            words = finding.kind + (undrawn if finding.kind == DIVIDED else "")
            marked.setdefault(words, []).append(finding.shape)
    return marked
