"""A proposed cut of Sozialräume against the Gemeinden: who belongs where, what fits and what does not.

What belongs here: members from keys and from outlines, gaps, overlaps and slivers, the balance per Sozialraum. What
does not: reading the file (`pipelines.readers.zuschnitt`) and laying it down (`pipelines.sources.cut`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import fsum
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.geography import keys
from pipelines.geography.stones import BASES
from pipelines.german import date_text

if TYPE_CHECKING:
    from pathlib import Path

    from shapely.geometry.base import BaseGeometry

# Metres: what is nowhere wider than twice this is a difference between two drawings of one border, no piece of land
WIDTH = 100.0
# Square metres that come from turning coordinates from one projection into another
NOISE = 100.0
SQUARE_KM = 1_000_000.0
SUGGESTED = 3
DIVIDED = "geteilte Gemeinde"
Amounts = dict[str, float | None]


@dataclass(frozen=True)
class Line:
    """One row of a table: its number, the Sozialraum, the role of its key (`strasse`, `ortsteil`, `ags`) and the key.

    key is None where the row has a name only; `names` are the names it has, by role.
    """

    row: int
    room: str
    role: str
    key: str | None
    names: Mapping[str, str]


@dataclass(frozen=True)
class Plan:
    """A cut as handed in: names of the Sozialräume by key, and either lines of a table or shapes in the Kreis's CRS.

    cells: of a table that lists grid cells, what they cover; `drawn` makes shapes of them and of the whole Gemeinden.
    """

    path: Path
    rooms: dict[str, str]
    lines: tuple[Line, ...] = ()
    shapes: dict[str, BaseGeometry] = field(default_factory=dict)
    cells: dict[str, BaseGeometry] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Known:
    """What the data folder knows: names of Gemeinden, Ortsteile and streets, amounts, shapes in the Kreis's CRS.

    names: by AGS; ortsteile: `raw.ortsteile`; streets: key to (key of its Ortsteil or Gemeinde, name, persons);
    amounts: per AGS by basis, None where not known, `flaeche` in km2; shapes: by AGS; stand: of the amounts; gaps: what
    the Ortsteile lack to their Gemeinde, as `stones.gaps` gives it; former: name and last day of Gemeinden that have
    ended, by AGS.
    """

    names: dict[str, str]
    ortsteile: pl.DataFrame
    streets: dict[str, tuple[str, str, float | None]]
    amounts: dict[str, Amounts]
    shapes: dict[str, BaseGeometry]
    stand: dict[str, str]
    gaps: pl.DataFrame
    former: dict[str, tuple[str, str]] = field(default_factory=dict)

    @cached_property
    def of_ortsteile(self) -> dict[str, dict[str, float | None]]:
        """Amounts of the Ortsteile by basis and key."""
        return {basis: dict(self.ortsteile.select("ortsteil", basis).iter_rows()) for basis in BASES}

    @cached_property
    def called(self) -> dict[str, dict[str, list[str]]]:
        """Keys by role and name without case, to propose them: a list may name thousands of streets without a key."""
        listed = {
            "ags": self.names.items(),
            "ortsteil": self.ortsteile.select("ortsteil", "name").iter_rows(),
            "strasse": ((key, name) for key, (_, name, _) in self.streets.items()),
        }
        found: dict[str, dict[str, list[str]]] = {role: {} for role in listed}
        for role, pairs in listed.items():
            for key, name in pairs:
                found[role].setdefault(name.casefold(), []).append(key)
        return found


@dataclass(frozen=True)
class Finding:
    """Something that does not fit: kind, what, persons and km2 where known, where it is; `blocks` an import."""

    kind: str
    what: str
    blocks: bool
    people: float | None = None
    area: float | None = None
    shape: BaseGeometry | None = field(default=None, compare=False, repr=False)


@dataclass
class Balance:
    """Members (Sozialraum, key, weight) and, per Sozialraum, amounts by basis; what does not fit."""

    rooms: dict[str, str]
    members: list[tuple[str, str, float]] = field(default_factory=list)
    amounts: dict[str, Amounts] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def fits(self) -> bool:
        """Whether the Kreis is covered exactly once and nothing stays open."""
        return not any(finding.blocks for finding in self.findings)


def balance(plan: Plan, known: Known) -> Balance:
    """The balance sheet of a cut; nothing is guessed, and what is not known stays so."""
    found = Balance(plan.rooms)
    _from_lines(plan.lines, known, found)
    if plan.cells:
        _check_cells(plan, found)
    if plan.shapes:
        found.members = []
        # Squares are no drawing of a border: what lies between them is land, however narrow
        _from_shapes(plan.shapes, known, found, 0.0 if plan.cells else WIDTH)
    else:
        _check_cover(known, found)
    found.members.sort()
    for area_id in plan.rooms:
        own = [(key, weight) for room, key, weight in found.members if room == area_id]
        found.amounts[area_id] = {basis: _sum(own, basis, known) for basis in BASES}
        if plan.shapes:
            found.amounts[area_id]["flaeche"] = plan.shapes[area_id].area / SQUARE_KM
    return found


def drawn(plan: Plan, known: Known) -> Plan:
    """A cut that lists grid cells with its outlines: of every Sozialraum its whole Gemeinden, and of others its cells.

    A cell on the border of a whole Gemeinde, or of the Kreis, counts as far as it lies in a Gemeinde that is divided.
    """
    import shapely

    if not plan.cells:
        return plan
    whole: dict[str, list[Any]] = {}
    for line in plan.lines:
        if line.role == "ags" and line.key in known.shapes:
            whole.setdefault(line.room, []).append(known.shapes[line.key])
    named = {line.key for line in plan.lines}
    divided = shapely.union_all([shape for ags, shape in sorted(known.shapes.items()) if ags not in named])
    shapes = {}
    for room in sorted(plan.rooms):
        # A buffer of nothing drops lines and points in which cells only touch
        own = [shapely.intersection(plan.cells[room], divided).buffer(0)] if room in plan.cells else []
        shapes[room] = shapely.union_all([*whole.get(room, []), *own])
    return replace(plan, shapes=shapes)


def _check_cells(plan: Plan, found: Balance) -> None:
    """What cells cannot say: which part of a Gemeinde an Ortsteil is, and where a Sozialraum lies that has no land."""
    for room, key, _ in found.members:
        if keys.level(key) == "ortsteil":
            found.findings.append(
                Finding("Ortsteil neben Gitterzellen", f"{key} in {room}: keine Grenze bekannt", True)
            )
    for room in plan.cells:
        if plan.shapes[room].is_empty:
            found.findings.append(
                Finding("außerhalb", f"{room}: keine Gitterzelle liegt in einer geteilten Gemeinde", True)
            )


def _sum(own: Sequence[tuple[str, float]], basis: str, known: Known) -> float | None:
    """Of whole Gemeinden and Ortsteile; None as soon as one of them is not known or is only a part."""
    below = known.of_ortsteile[basis]
    parts = [
        None if weight != 1 else below[key] if key in below else known.amounts.get(key, {}).get(basis)
        for key, weight in own
    ]
    present = [part for part in parts if part is not None]
    return fsum(present) if parts and len(present) == len(parts) else None


def _from_lines(lines: Sequence[Line], known: Known, found: Balance) -> None:
    parents = dict(known.ortsteile.select("ortsteil", "ags").iter_rows())
    streets: dict[str, str] = {}
    for line in lines:
        if line.key is None:
            found.findings.append(_only_named(line, known))
        elif line.role == "strasse" and line.key in known.streets:
            if streets.setdefault(line.key, line.room) != line.room:
                found.findings.append(Finding("doppelt", f"Zeile {line.row}: Straße {line.key} in zwei Räumen", True))
        elif line.key in (parents if line.role == "ortsteil" else known.names) and line.role != "strasse":
            found.members.append((line.room, line.key, 1.0))
        else:
            found.findings.append(_unknown(line, known))
    found.members = sorted(set(found.members))
    _resolve_streets(streets, known, found)


def _resolve_streets(streets: Mapping[str, str], known: Known, found: Balance) -> None:
    """An Ortsteil or Gemeinde all of whose streets lie in one Sozialraum belongs to it; another stays open."""
    within: dict[str, list[str]] = {}
    for street, (parent, _, _) in sorted(known.streets.items()):
        within.setdefault(parent, []).append(street)
    for parent, own in within.items():
        if not set(own) & set(streets):
            continue
        rooms: dict[str | None, list[str]] = {}
        for street in own:
            rooms.setdefault(streets.get(street), []).append(street)
        if len(rooms) == 1:
            found.members.append((streets[own[0]], parent, 1.0))
            continue
        for room, parts in sorted(rooms.items(), key=lambda item: item[0] or ""):
            people = [known.streets[street][2] for street in parts]
            persons = fsum(p for p in people if p is not None) if None not in people else None
            where = f"liegen in {room}" if room else "nennt die Datei nicht"
            what = f"{parent} lässt sich nicht auflösen: {len(parts)} von {len(own)} Straßen {where}"
            found.findings.append(Finding("durch Straßen geteilt", what, True, persons))


def _only_named(line: Line, known: Known) -> Finding:
    """Names never join: the keys that carry the name are proposed, the row stays open."""
    wanted = dict.fromkeys(name.casefold() for name in line.names.values())
    near = [key for name in wanted for key in known.called[line.role].get(name, ())]
    proposed = f"; gemeint vielleicht {', '.join(near[:SUGGESTED])}, bitte als Schlüssel eintragen" if near else ""
    return Finding("nur ein Name", f"Zeile {line.row}: {', '.join(line.names.values())} ohne Schlüssel{proposed}", True)


def _unknown(line: Line, known: Known) -> Finding:
    key = line.key or ""
    restored = f"0{key}"
    listed = {"strasse": known.streets, "ortsteil": known.ortsteile["ortsteil"].to_list()}.get(line.role, known.names)
    hint = ""
    if restored in listed:
        hint = f"; führende Null verloren, gemeint vielleicht {restored}: die Spalte als Text formatieren"
    elif line.role == "ags" and key in known.former:
        name, last = known.former[key]
        hint = f"; {name} gab es nur bis {date_text(last)}"
    needs = {"ortsteil": "ortsteile.csv", "strasse": "strassen.csv"}.get(line.role, "gemeinden.csv")
    where = "gilt nicht mehr" if hint and key in known.former else f"steht nicht in gebiete/{needs}"
    return Finding("unbekannter Schlüssel", f"Zeile {line.row}: {key} {where}{hint}", True)


def _check_cover(known: Known, found: Balance) -> None:
    """Every Gemeinde once, whole or by all of its Ortsteile."""
    below: dict[str, list[str]] = {}
    for key, ags in known.ortsteile.sort("ortsteil").select("ortsteil", "ags").iter_rows():
        below.setdefault(ags, []).append(key)
    label = known.names | dict(known.ortsteile.select("ortsteil", "name").iter_rows())
    rooms: dict[str, list[str]] = {}
    for room, key, _ in found.members:
        rooms.setdefault(key, []).append(room)
    for ags, name in sorted(known.names.items()):
        stones = below.get(ags, [])
        given = [stone for stone in stones if stone in rooms]
        for key in [ags, *stones]:
            if len(rooms.get(key, [])) > 1:
                found.findings.append(
                    _of(known, "doppelt", key, f"{key} ({label[key]}) in {', '.join(rooms[key])}", True)
                )
        if ags in rooms and given:
            found.findings.append(_of(known, "doppelt", ags, f"{ags} ({name}): ganz und mit Ortsteilen genannt", True))
        elif ags not in rooms and not given:
            found.findings.append(_of(known, "Lücke", ags, f"{ags} ({name}) in keinem Sozialraum", True))
        elif given and ags not in rooms:
            for stone in sorted(set(stones) - set(given)):
                found.findings.append(
                    _of(known, "Lücke", stone, f"Ortsteil {stone} ({label[stone]}) in keinem Sozialraum", True)
                )
            if len({room for stone in given for room in rooms[stone]}) > 1:
                found.findings.append(_of(known, DIVIDED, ags, f"{ags} ({name}), nach Ortsteilen", False))


def _of(known: Known, kind: str, key: str, what: str, blocks: bool) -> Finding:
    one = [(key, 1.0)]
    shape = known.shapes.get(keys.gemeinde_of(key) if keys.level(key) == "ortsteil" else key)
    return Finding(kind, what, blocks, _sum(one, "bevoelkerung", known), _sum(one, "flaeche", known), shape)


def _from_shapes(shapes: Mapping[str, BaseGeometry], known: Known, found: Balance, width: float) -> None:
    """Members by surface; what is nowhere wide is a sliver and is given to the Sozialraum that has the rest.

    width: metres, half of what is wide.
    """
    import shapely

    for ags, shape in sorted(known.shapes.items()):
        parts = {area_id: shapely.intersection(shape, room) for area_id, room in shapes.items()}
        wide = {area_id: part.area for area_id, part in parts.items() if not _is_thin(part, width)}
        for area_id, part in parts.items():
            if area_id not in wide and part.area > NOISE and wide:
                what = f"{ags} ({known.names[ags]}) in {area_id}: {part.area / 10_000:.1f} ha".replace(".", ",")
                found.findings.append(Finding("Splitter", what, False, area=part.area / SQUARE_KM))
        rest = shapely.difference(shape, shapely.union_all(list(shapes.values())))
        _note_piece(rest, "Lücke", f"{ags} ({known.names[ags]}) in keinem Sozialraum", found, width)
        if len(wide) > 1:
            what = f"{ags} ({known.names[ags]}) in {', '.join(wide)}"
            found.findings.append(_of(known, DIVIDED, ags, what, False))
        found.members.extend(_shared(ags, wide))
    ordered = sorted(shapes.items())
    for place, (one, first) in enumerate(ordered):
        for other, second in ordered[place + 1 :]:
            _note_piece(shapely.intersection(first, second), "Überlappung", f"{one} und {other}", found, width)
    whole = shapely.union_all(list(known.shapes.values()))
    for area_id, shape in ordered:
        _note_piece(shapely.difference(shape, whole), "außerhalb", f"{area_id} ragt aus dem Kreis", found, width)


def _shared(ags: str, wide: Mapping[str, float]) -> list[tuple[str, str, float]]:
    """Members by share of surface to six places; the largest takes what rounding leaves, so that they make up 1."""
    if not wide:
        return []
    whole = fsum(wide.values())
    shares = {area_id: round(area / whole, 6) for area_id, area in wide.items()}
    largest = max(shares, key=lambda area_id: (shares[area_id], area_id))
    shares[largest] = round(1 - fsum(share for area_id, share in shares.items() if area_id != largest), 6)
    return [(area_id, ags, share) for area_id, share in shares.items()]


def _note_piece(piece: Any, kind: str, what: str, found: Balance, width: float) -> None:
    if piece.area > NOISE:
        thin = _is_thin(piece, width)
        kind = f"{kind} (Splitter)" if thin else kind
        found.findings.append(Finding(kind, what, not thin, area=piece.area / SQUARE_KM, shape=piece))


def _is_thin(piece: Any, width: float) -> bool:
    return piece.area <= NOISE or bool(piece.buffer(-width).is_empty)
