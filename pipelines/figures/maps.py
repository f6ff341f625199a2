"""Maps: one indicator in classes, the index, the place of one area, the areas themselves.

What belongs here: turning released boundaries and released values into pictures and legends. What does not: making or
simplifying boundaries (`pipelines.geography`), choosing class limits (the catalogue).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from pipelines import german
from pipelines.figures import alt as alternative
from pipelines.figures import rows as frames
from pipelines.figures import style
from pipelines.figures.canvas import Canvas, Hatching, Outline, Picture, hatching, outline_of
from pipelines.indicators.composite import CLASS_NAMES
from pipelines.indicators.robustness import RATHER_STABLE

MAP_SIZE = (132.0, 109.0)
OVERVIEW_SIZE = (178.0, 147.0)
LOCATOR_WIDTH = 47.0
SHEET_WIDTH = 190.0
# Outside the documents the print font may be absent: lines of sheets leave room for a wider one
SPARE = 0.9
ALWAYS_IN_LEGEND = ("missing", "suppressed")
EXAMPLE_WORD = "Beispielzuschnitt"
TOUCH = 0.01  # mm between Sozialräume that have a common border, and mm² that are no piece of a Gemeinde
WHOLE = 0.999  # share of a Gemeinde that is all of it, but for rounding


@dataclass(frozen=True)
class LegendRow:
    """One line of a legend: a class (with its number and colour) or a status (with its hatch), words and count."""

    label: str
    count: int
    class_number: int | None = None
    colour: str | None = None
    status: str | None = None

    @property
    def count_text(self) -> str:
        """The count, with – for exactly none."""
        return str(self.count) if self.count else "–"


@dataclass
class Geography:
    """Boundaries of one level, ready to draw. Build it once with `geography` and use it for all maps.

    mark: what every map says of how these areas came about; absent: names of areas that have no outline.
    """

    level: str
    areas: pl.DataFrame
    shapes: dict[str, Any]
    labels: dict[str, tuple[float, float]]
    outline: Any
    neighbours: list[tuple[str, tuple[float, float], Any]]
    is_example: bool
    mark: str = ""
    absent: list[str] = field(default_factory=list)
    _frames: dict[Any, Any] = field(default_factory=dict, repr=False)


def geography(
    boundaries: pl.DataFrame,
    areas: pl.DataFrame,
    level: str = "gemeinde",
    neighbours: str | None = None,
    mark: str | None = None,
) -> Geography:
    """Prepare released boundaries (WKB, metres) and areas of a level for drawing.

    `mark` is the `sozialraum_note` of the edition, for Sozialräume: example or resolution, in their own words.

    `neighbours` is the JSON of `release.edition`: areas outside the Kreis with name, ost, nord. Their extent is taken
    from the bay or hole of the Kreis around that point; where there is none, only the name is drawn.
    """
    import shapely

    listed = frames.area_list(areas, level)
    wanted = boundaries.filter(pl.col("area_level") == level, pl.col("area_id").is_in(listed["area_id"].implode()))
    shapes = {key: shapely.from_wkb(wkb) for key, wkb in wanted.select("area_id", "geometry").sort("area_id").rows()}
    labels = {key: (x, y) for key, x, y in wanted.select("area_id", "label_x", "label_y").rows()}
    own = boundaries.filter(pl.col("area_level") == "kreis")["geometry"].to_list()
    outline = shapely.from_wkb(own[0]) if own else shapely.union_all(list(shapes.values()))
    is_example = bool(areas.filter(pl.col("area_level") == level)["is_example"].any())
    return Geography(
        level=level,
        areas=listed.filter(pl.col("area_id").is_in(list(shapes))),
        shapes=shapes,
        labels=labels,
        outline=outline,
        neighbours=[_neighbour(entry, outline) for entry in json.loads(neighbours or "[]")],
        is_example=is_example,
        mark=mark or (EXAMPLE_WORD if is_example else ""),
        absent=frames.without_outline(areas, boundaries, level),
    )


def map_title(name: str, when: str, geo: Geography) -> str:
    """Title of a map; its beginning says of Sozialräumen that they are an example, or when they were resolved."""
    title = f"{name}, {when}" if when else name
    if not geo.mark:
        return title
    if not geo.is_example:
        return f"Sozialräume ({geo.mark}): {title}"
    count = geo.areas.height + len(geo.absent)
    return f"Beispielraum {f'1 bis {count}' if count > 1 else '1'} ({geo.mark}): {title}"


def legend(rows: pl.DataFrame, limits: Sequence[float], decimals: int) -> list[LegendRow]:
    """Lines of the legend: every class low to high, then the statuses; missing and suppressed even when none."""
    colours = style.class_colours(len(limits) + 1)
    classes = [_class(row, limits) for row in rows.iter_rows(named=True)]
    words = german.class_texts(limits, decimals)
    lines = [
        LegendRow(label, classes.count(number), class_number=number, colour=colours[number - 1])
        for number, label in enumerate(words, start=1)
    ]
    return lines + _status_lines(rows)


def index_legend(index: pl.DataFrame) -> list[LegendRow]:
    """Lines of the legend of the index map: four classes, unstable classes, statuses."""
    colours = style.class_colours(len(CLASS_NAMES))
    classes = index["class"].to_list()
    lines = [
        LegendRow(name, classes.count(number), class_number=number, colour=colours[number - 1])
        for number, name in CLASS_NAMES.items()
    ]
    unstable = sum(_is_unstable(row) for row in index.iter_rows(named=True))
    return [*lines, LegendRow("Klasse nicht stabil", unstable, status="unstable"), *_status_lines(index)]


def choropleth(
    geo: Geography,
    rows: pl.DataFrame,
    limits: Sequence[float],
    decimals: int,
    attribution: str,
    *,
    title: str = "",
    size: tuple[float, float] = MAP_SIZE,
) -> Picture:
    """Map of one indicator in classes, without title and legend, for a page that sets them beside it.

    `size` is width and height in mm; the type keeps its size.

    `rows` as from `rows.area_rows` (area_id, value, status); `limits` are the inner class limits, ascending (none: one
    class) and apply to unrounded values. `title` is used for the alternative text only.
    """
    canvas = Canvas(*size)
    _draw_classes(canvas, _frame(geo, (0, 0, *size)), rows, limits)
    _attribution(canvas, geo, attribution, size)
    return canvas.picture(alternative.alt_map(title, rows, limits, decimals))


def choropleth_sheet(
    geo: Geography,
    rows: pl.DataFrame,
    limits: Sequence[float],
    decimals: int,
    attribution: str,
    *,
    title: str,
    subtitle: str,
    unit: str,
    source: str = "",
) -> Picture:
    """The same map as a sheet of its own for download, with title, subtitle, legend, key list and attribution."""
    lines = legend(rows, limits, decimals)
    picture_alt = alternative.alt_map(title, rows, limits, decimals)
    return _sheet(
        geo,
        lambda canvas, frame: _draw_classes(canvas, frame, rows, limits),
        lines,
        attribution,
        title,
        subtitle,
        f"Klassen ({german.unit_symbol(unit)})" if unit else "Klassen",
        german.CLASS_RULE,
        source,
        picture_alt,
    )


def index_map(
    geo: Geography,
    index: pl.DataFrame,
    attribution: str,
    *,
    title: str = "",
) -> Picture:
    """Map of the index classes; white lines over the colour where the class is not stable. `index`: release.index."""
    canvas = Canvas(*MAP_SIZE)
    _draw_index(canvas, _frame(geo, (0, 0, *MAP_SIZE)), index)
    _attribution(canvas, geo, attribution, MAP_SIZE)
    return canvas.picture(alternative.alt_index_map(title, index))


def index_map_sheet(
    geo: Geography, index: pl.DataFrame, attribution: str, *, title: str, subtitle: str, source: str = ""
) -> Picture:
    """The index map as a sheet of its own for download."""
    return _sheet(
        geo,
        lambda canvas, frame: _draw_index(canvas, frame, index),
        index_legend(index),
        attribution,
        title,
        subtitle,
        "Unterstützungsbedarf",
        "",
        source,
        alternative.alt_index_map(title, index),
    )


def locator(geo: Geography, area_id: str) -> Picture:
    """Where one area lies in the Kreis; no labels. Attribution is set below it by the page."""
    canvas, _ = _small_map(geo, {area_id: style.FOCUS})
    names = dict(geo.areas.select("area_id", "name").rows())
    return canvas.picture(alternative.alt_locator(names.get(area_id, area_id), len(geo.shapes)))


def key_map(geo: Geography) -> Picture:
    """Where the areas of a level lie: a small map with their numbers. Attribution is set below it by the page."""
    canvas, frame = _small_map(geo, {})
    for key, number in geo.areas.select("area_id", "number").rows():
        canvas.text(
            *frame.point(*geo.labels[key]), str(number), style.SIZE_LABEL, weight=style.SEMIBOLD, align="center"
        )
    return canvas.picture(alternative.alt_key_map(geo.areas))


def _small_map(geo: Geography, colours: Mapping[str, str]) -> tuple[Canvas, _Frame]:
    """A map 47 mm wide; areas without a colour of their own are quiet."""
    left, bottom, right, top = geo.outline.bounds
    height = LOCATOR_WIDTH * (top - bottom) / (right - left)
    canvas = Canvas(LOCATOR_WIDTH, height)
    frame = _frame(geo, (0.4, 0.4, LOCATOR_WIDTH - 0.4, height - 0.4), furniture=False)
    _draw_neighbours(canvas, frame, labels=False)
    for key in geo.shapes:
        _fill(canvas, frame, key, colours.get(key, style.OTHER_AREAS), style.WEIGHT_RULE)
    _outline(canvas, frame, style.WEIGHT_FINE)
    return canvas, frame


def area_overview_map(
    gemeinden: Geography,
    attribution: str,
    *,
    sozialraeume: Geography | None = None,
    title: str = "",
) -> Picture:
    """The planning areas: Gemeinden with key and name, Sozialräume with strong borders and their own label.

    Sozialräume without outline are named below the map. Raises ValueError when the title does not say that the
    Sozialräume are an example, or when they were resolved.
    """
    canvas = Canvas(*_overview_size(sozialraeume))
    _draw_overview(canvas, gemeinden, sozialraeume, attribution, title, 0.0, {})
    return canvas.picture(_alt_overview(gemeinden, sozialraeume, title))


def proposal_map(
    gemeinden: Geography,
    attribution: str,
    marked: Mapping[str, Sequence[Any]],
    *,
    sozialraeume: Geography | None,
    title: str,
) -> Picture:
    """The planning areas as a sheet of its own for a proposed cut, with what does not fit hatched and named.

    marked: shapes in metres by what they are called in the legend; each kind has the hatch of one status.
    """
    width, height = _overview_size(sozialraeume)
    head = style.wrapped(title, width * SPARE * SPARE, 13, style.SEMIBOLD)  # the other bold face is wider still
    top = 4.0 + 5.5 * len(head)
    canvas = Canvas(width, top + height + 5.2 * len(marked))
    for number, line in enumerate(head):
        canvas.text(0.5, 2.6 + 5.5 * number, line, 13, weight=style.SEMIBOLD)
    hatched = {status: shapes for status, shapes in zip(style.HATCHES, marked.values(), strict=False) if shapes}
    _draw_overview(canvas, gemeinden, sozialraeume, attribution, title, top, hatched)
    for place, (words, status) in enumerate(zip(marked, style.HATCHES, strict=False)):
        y = top + height + 1 + 5.2 * place
        canvas.hatched_rect(status, 0.5, y, 5.6, 3.6)
        canvas.text(8.5, y + 1.8, words, style.SIZE_WORD)
    told = f"Nicht oder nur zum Teil passt: {german.join_words(list(marked))}." if marked else ""
    return canvas.picture(" ".join(part for part in (_alt_overview(gemeinden, sozialraeume, title), told) if part))


def _overview_size(sozialraeume: Geography | None) -> tuple[float, float]:
    """Width and height of the planning areas, higher by the lines that name those without outline."""
    return OVERVIEW_SIZE[0], OVERVIEW_SIZE[1] + 3.6 * len(_absent_lines(sozialraeume))


def _absent_lines(sozialraeume: Geography | None) -> list[str]:
    words = alternative.without_outline([] if sozialraeume is None else sozialraeume.absent)
    return style.wrapped(words, OVERVIEW_SIZE[0] * SPARE, style.SIZE_SMALL)


def _alt_overview(gemeinden: Geography, sozialraeume: Geography | None, title: str) -> str:
    listed, absent = (None, []) if sozialraeume is None else (sozialraeume.areas, sozialraeume.absent)
    return alternative.alt_areas(title, gemeinden.areas, listed, absent)


def _draw_overview(
    canvas: Canvas,
    gemeinden: Geography,
    sozialraeume: Geography | None,
    attribution: str,
    title: str,
    top: float,
    hatched: Mapping[str, Sequence[Any]],
) -> None:
    if sozialraeume is not None and sozialraeume.mark not in title:
        raise ValueError(f"a map of these areas needs „{sozialraeume.mark}“ in its title")
    width, height = OVERVIEW_SIZE
    frame = _frame(gemeinden, (0, top, width, top + height))
    _draw_neighbours(canvas, frame)
    rooms = {} if sozialraeume is None else {k: frame.shape(shape) for k, shape in sozialraeume.shapes.items()}
    largest = _draw_grounds(canvas, frame, rooms, style.SEQUENTIAL[0] if sozialraeume is None else style.WHITE)
    marked = {status: [frame.shape(shape) for shape in shapes] for status, shapes in hatched.items()}
    for status, shapes in marked.items():
        canvas.hatches(status, [hatching(status, shape) for shape in shapes])
    for shape in rooms.values():
        canvas.area(outline_of(shape), None, style.INK2, style.WEIGHT_ROOMS)
    _outline(canvas, frame, style.WEIGHT_ROOMS if rooms else style.WEIGHT_OUTLINE)
    taken = _name_areas(canvas, frame, largest, [shape for shapes in marked.values() for shape in shapes])
    if sozialraeume is not None:
        _name_rooms(canvas, sozialraeume, rooms, taken)
    _scale_bar(canvas, frame)
    _attribution(canvas, sozialraeume or gemeinden, attribution, (width, top + height))
    for number, line in enumerate(_absent_lines(sozialraeume)):
        canvas.text(0.5, top + height + 1.6 + 3.6 * number, line, style.SIZE_SMALL, style.INK2)


# Drawing


@dataclass
class _Frame:
    """A geography placed on a canvas: the transform metres -> mm, the shapes in mm and their outlines to be drawn."""

    geo: Geography
    scale: float
    left: float
    top: float
    bounds: tuple[float, float, float, float]
    shapes: dict[str, Any] = field(default_factory=dict)
    outlines: dict[str, Outline] = field(default_factory=dict)
    outline: Any = None
    border: Outline = field(default_factory=lambda: Outline([]))
    neighbours: list[tuple[str, tuple[float, float], Any]] = field(default_factory=list)
    around: dict[str, Outline] = field(default_factory=dict)
    bar: tuple[float, float, float, float] | None = None
    hatchings: dict[tuple[str, str], Hatching] = field(default_factory=dict)

    def point(self, x: float, y: float) -> tuple[float, float]:
        return (self.left + x * self.scale, self.top - y * self.scale)

    def shape(self, geometry: Any) -> Any:
        from shapely.affinity import affine_transform

        return affine_transform(geometry, [self.scale, 0, 0, -self.scale, self.left, self.top])

    def hatching(self, status: str, key: str) -> Hatching:
        """The hatch of a status in an area."""
        if (status, key) not in self.hatchings:
            self.hatchings[status, key] = hatching(status, self.shapes[key])
        return self.hatchings[status, key]


def _frame(geo: Geography, box: tuple[float, float, float, float], *, furniture: bool = True) -> _Frame:
    """The geography fitted into a box of the canvas; with room for scale bar and attribution below it."""
    key = (box, furniture)
    if key not in geo._frames:
        geo._frames[key] = _fit(geo, box, furniture)
    return geo._frames[key]


def _fit(geo: Geography, box: tuple[float, float, float, float], furniture: bool) -> _Frame:
    left, top, right, bottom = box
    if furniture:
        left, top, right, bottom = left + 0.5, top + 0.5, right - 0.5, bottom - 5
    placed = _place(geo, (left, top, right, bottom), box)
    if furniture:
        placed.bar = _bar_place(placed)
        if placed.bar is None:
            placed = _place(geo, (left, top, right, bottom - 8), box)
            placed.bar = _bar_box(placed, right - 1, bottom)
    return placed


def _place(geo: Geography, box: tuple[float, float, float, float], sheet: tuple[float, float, float, float]) -> _Frame:
    west, south, east, north = geo.outline.bounds
    left, top, right, bottom = box
    scale = min((right - left) / (east - west), (bottom - top) / (north - south))
    x = left + ((right - left) - scale * (east - west)) / 2 - west * scale
    y = top + ((bottom - top) - scale * (north - south)) / 2 + north * scale
    frame = _Frame(geo, scale, x, y, (left, top, right, bottom))
    frame.shapes = {key: frame.shape(shape) for key, shape in geo.shapes.items()}
    frame.outlines = {key: outline_of(shape) for key, shape in frame.shapes.items()}
    frame.outline = frame.shape(geo.outline)
    frame.border = outline_of(frame.outline)
    frame.neighbours = [
        (name, frame.point(*point), frame.shape(shape) if shape is not None else None)
        for name, point, shape in geo.neighbours
    ]
    frame.around = {name: outline_of(shape) for name, _, shape in frame.neighbours if shape is not None}
    return frame


def _draw_classes(canvas: Canvas, frame: _Frame, rows: pl.DataFrame, limits: Sequence[float]) -> None:
    colours = style.class_colours(len(limits) + 1)
    by_area = {row["area_id"]: row for row in rows.iter_rows(named=True)}
    fills: dict[str, str] = {}
    hatched: dict[str, str] = {}
    for key in frame.shapes:
        row = by_area.get(key, {"status": "missing", "value": None})
        number = _class(row, limits)
        if number:
            fills[key] = colours[number - 1]
        else:
            hatched[key] = row["status"]
    _draw_areas(canvas, frame, fills, hatched, [])
    _keys(canvas, frame, fills, hatched, set())


def _draw_index(canvas: Canvas, frame: _Frame, index: pl.DataFrame) -> None:
    colours = style.class_colours(len(CLASS_NAMES))
    by_area = {row["area_id"]: row for row in index.iter_rows(named=True)}
    fills: dict[str, str] = {}
    hatched: dict[str, str] = {}
    unstable: list[str] = []
    for key in frame.shapes:
        row = by_area.get(key, {"status": "missing", "class": None})
        if row["class"] is None:
            hatched[key] = row["status"] if row["status"] in style.HATCHES else "missing"
        else:
            fills[key] = colours[row["class"] - 1]
            if _is_unstable(row):
                unstable.append(key)
    _draw_areas(canvas, frame, fills, hatched, unstable)
    _keys(canvas, frame, fills, hatched, set(unstable))


def _draw_areas(
    canvas: Canvas, frame: _Frame, fills: Mapping[str, str], hatched: Mapping[str, str], unstable: Sequence[str]
) -> None:
    """Fills first, then hatches, then the outline of the Kreis and what surrounds it."""
    _draw_neighbours(canvas, frame)
    for key, colour in fills.items():
        _fill(canvas, frame, key, colour, style.WEIGHT_BORDER)
    if unstable:
        canvas.hatches("unstable", [frame.hatching("unstable", key) for key in unstable], style.WHITE, outline=False)
    for status in sorted(set(hatched.values())):
        canvas.hatches(status, [frame.hatching(status, key) for key in hatched if hatched[key] == status])
    _outline(canvas, frame, style.WEIGHT_OUTLINE)
    _scale_bar(canvas, frame)


def _draw_neighbours(canvas: Canvas, frame: _Frame, *, labels: bool = True) -> None:
    for name, (x, y), _ in frame.neighbours:
        if name in frame.around:
            canvas.area(frame.around[name], style.WASH)
        if not labels:
            continue
        canvas.text(x, y - 1.6, name, style.SIZE_SMALL, style.INK2, align="center", slant="italic")
        canvas.text(x, y + 1.6, "(nicht im Kreis)", style.SIZE_SMALL, style.INK2, align="center", slant="italic")


def _fill(canvas: Canvas, frame: _Frame, key: str, colour: str, border: float) -> None:
    canvas.area(frame.outlines[key], colour, style.WHITE, border)


def _outline(canvas: Canvas, frame: _Frame, weight: float) -> None:
    canvas.area(frame.border, None, style.INK2, weight)


def _keys(canvas: Canvas, frame: _Frame, fills: Mapping[str, str], hatched: Mapping[str, str], lined: set[str]) -> None:
    """Key numbers at the label points; on hatches and lines with a ground of their own."""
    for key, number in frame.geo.areas.select("area_id", "number").rows():
        x, y = frame.point(*frame.geo.labels[key])
        ground = style.WHITE if key in hatched else fills[key]
        if key in hatched or key in lined:
            canvas.halo(x, y, str(number), style.SIZE_LABEL, ground, style.SEMIBOLD)
        canvas.text(x, y, str(number), style.SIZE_LABEL, style.text_on(ground), style.SEMIBOLD, "center")


def _scale_bar(canvas: Canvas, frame: _Frame) -> None:
    if frame.bar is None:
        return
    left, top, right, _ = frame.bar
    length = _bar_metres(frame) / 1000
    y = top + 4.6
    canvas.lines([[(left, y - 1), (left, y), (right, y), (right, y - 1)]], style.INK2, style.WEIGHT_AXIS)
    canvas.lines([[((left + right) / 2, y - 1), ((left + right) / 2, y)]], style.INK2, style.WEIGHT_AXIS)
    shown = [german.number(part, 0 if part == int(part) else 1) for part in (0, length / 2, length)]
    for x, words in zip((left, (left + right) / 2), shown[:2], strict=True):
        canvas.text(x, top + 1.8, words, style.SIZE_SMALL, style.INK2, align="center")
    start = right - style.text_width(shown[2], style.SIZE_SMALL) / 2
    canvas.text(start, top + 1.8, german.with_unit(shown[2], "km"), style.SIZE_SMALL, style.INK2)


def _attribution(canvas: Canvas, geo: Geography, words: str, corner: tuple[float, float], left: float = 0.0) -> None:
    """The source of the boundaries in the lower right corner of a map, the mark of its areas in the left one."""
    y = corner[1] - 1.6
    taken = [style.text_width(geo.mark, style.SIZE_SMALL, style.SEMIBOLD), style.text_width(words, style.SIZE_SMALL)]
    above = 0.0 if sum(taken) + 3 < corner[0] - left else 3.4
    if geo.mark:
        canvas.text(left + 0.5, y - above, geo.mark, style.SIZE_SMALL, style.INK2, style.SEMIBOLD)
    canvas.text(corner[0] - 0.5, y, words, style.SIZE_SMALL, style.INK2, align="right")


def _sheet(
    geo: Geography,
    draw: Any,
    lines: Sequence[LegendRow],
    attribution: str,
    title: str,
    subtitle: str,
    legend_title: str,
    legend_note: str,
    source: str,
    words: str,
) -> Picture:
    """A map with everything it needs to stand alone: 190 mm wide, as high as its key list asks."""
    margin, width = 4.0, SHEET_WIDTH
    room = (width - 2 * margin) * SPARE
    head = style.wrapped(title, room, 13, style.SEMIBOLD)
    under = style.wrapped(subtitle, room, 9)
    top = margin + 5.5 * len(head) + 4.2 * len(under) + 3
    per_column = math.ceil(geo.areas.height / 4)
    list_top = top + MAP_SIZE[1] + 3
    absent = alternative.without_outline(geo.absent)
    feet = style.wrapped(" ".join(part for part in (absent, source) if part), room, style.SIZE_SMALL)
    height = list_top + per_column * 4.2 + 2 + 3.6 * len(feet) + margin
    canvas = Canvas(width, height)
    for number, line in enumerate(head):
        canvas.text(margin, margin + 2.6 + 5.5 * number, line, 13, weight=style.SEMIBOLD)
    for number, line in enumerate(under):
        canvas.text(margin, margin + 5.5 * len(head) + 2 + 4.2 * number, line, 9, style.INK2)
    draw(canvas, _frame(geo, (margin, top, margin + MAP_SIZE[0], top + MAP_SIZE[1])))
    _attribution(canvas, geo, attribution, (margin + MAP_SIZE[0], top + MAP_SIZE[1]), margin)
    counted = "Gemeinden" if geo.level == "gemeinde" else "Gebiete"
    _draw_legend(canvas, lines, legend_title, counted, legend_note, margin + MAP_SIZE[0] + 6, top, 44)
    _key_list(canvas, geo, margin, list_top, (width - 2 * margin) / 4, per_column)
    for number, line in enumerate(feet):
        canvas.text(margin, list_top + per_column * 4.2 + 3 + 3.6 * number, line, style.SIZE_SMALL, style.INK2)
    return canvas.picture(words)


def _draw_legend(
    canvas: Canvas, lines: Sequence[LegendRow], title: str, counted: str, note: str, x: float, y: float, width: float
) -> None:
    canvas.line([(x, y), (x + width, y)], style.MAIN, style.WEIGHT_FRAME)
    for line in style.wrapped(title, width * SPARE, style.SIZE_LABEL, style.SEMIBOLD):
        canvas.text(x, y + 4, line, style.SIZE_LABEL, weight=style.SEMIBOLD)
        y += 3.8
    canvas.text(x + width, y + 4.6, counted, style.SIZE_SMALL, style.INK2, align="right")
    y += 9.2
    for row in lines:
        _draw_swatch(canvas, x, y - 1.8, 5.6, 3.6, row)
        words = style.wrapped(row.label, (width - 10.2) * SPARE, style.SIZE_WORD)
        for number, line in enumerate(words):
            canvas.text(x + 7, y + 3.4 * number, line, style.SIZE_WORD)
        canvas.text(x + width, y, row.count_text, style.SIZE_WORD, align="right")
        y += 1.6 + 3.4 * len(words)
    for number, line in enumerate(style.wrapped(note, width * SPARE, style.SIZE_SMALL)):
        canvas.text(x, y + 1 + 3.4 * number, line, style.SIZE_SMALL, style.INK2)


def _draw_swatch(canvas: Canvas, x: float, y: float, width: float, height: float, row: LegendRow) -> None:
    """The colour field or hatch of one line of a legend."""
    if row.colour is not None:
        edge = style.GREY if row.colour == style.SEQUENTIAL[0] else None
        canvas.rect(x, y, width, height, row.colour, edge, style.WEIGHT_ROW)
        words = str(row.class_number)
        colour = style.text_on(row.colour)
        canvas.text(x + width / 2, y + height / 2, words, style.SIZE_SMALL, colour, style.SEMIBOLD, "center")
    elif row.status == "unstable":
        canvas.rect(x, y, width, height, style.SEQUENTIAL[3])
        canvas.hatched_rect("unstable", x, y, width, height, style.WHITE)
    elif row.status is not None:
        canvas.hatched_rect(row.status, x, y, width, height)


def _key_list(canvas: Canvas, geo: Geography, x: float, y: float, column: float, per_column: int) -> None:
    for place, (number, name) in enumerate(geo.areas.select("number", "name").rows()):
        left, top = x + column * (place // per_column), y + 4.2 * (place % per_column) + 1.5
        canvas.text(left, top, str(number), style.SIZE_WORD, weight=style.SEMIBOLD)
        canvas.text(left + 6, top, style.fitted(name, (column - 6) * SPARE, style.SIZE_WORD), style.SIZE_WORD)


# Geometry


def _neighbour(entry: Mapping[str, Any], outline: Any) -> tuple[str, tuple[float, float], Any]:
    """Name, label point and extent of an area outside the Kreis.

    The Kreis is widened until its bay around the point closes to a hole; that hole, taken back, is the area.
    """
    import shapely

    point = shapely.Point(float(entry["ost"]), float(entry["nord"]))
    around = (point.x, point.y)
    if outline.contains(point):
        return entry["name"], around, None
    west, south, east, north = outline.bounds
    reach = min(east - west, north - south)
    for share in (0.0, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.13, 0.16, 0.2):
        wide = outline.buffer(share * reach) if share else outline
        filled = shapely.union_all([shapely.Polygon(part.exterior) for part in shapely.get_parts(wide)])
        closed = filled.buffer(-share * reach) if share else filled
        inside = [part for part in shapely.get_parts(closed.difference(outline)) if part.contains(point)]
        if inside:
            return entry["name"], around, _straight_mouth(inside[0], outline, point)
    return entry["name"], around, None


def _straight_mouth(bay: Any, outline: Any, point: Any) -> Any:
    """The bay with a straight edge at its open side, where widening leaves a round one."""
    import shapely

    mouth = shapely.difference(bay.boundary, outline.buffer(1))
    whole = shapely.union_all([bay, mouth.convex_hull.buffer(1)]).difference(outline)
    return next((part for part in shapely.get_parts(whole) if part.contains(point)), bay)


def _bar_metres(frame: _Frame) -> float:
    """A round length of about a quarter of the map's width."""
    west, _, east, _ = frame.geo.outline.bounds
    quarter = (east - west) / 3.5
    power = 10 ** math.floor(math.log10(quarter))
    return power * max(step for step in (1, 2, 5, 10) if step * power <= quarter)


def _bar_box(frame: _Frame, right: float, bottom: float) -> tuple[float, float, float, float]:
    length = _bar_metres(frame) * frame.scale
    return (right - 7 - length, bottom - 6, right - 7, bottom)


def _bar_place(frame: _Frame) -> tuple[float, float, float, float] | None:
    """A corner in which the scale bar touches nothing: lower right first. None when there is no such corner."""
    import shapely

    left, top, right, bottom = frame.bounds
    start = left + _bar_metres(frame) * frame.scale + 9
    taken = [frame.outline, *[shape for _, _, shape in frame.neighbours if shape is not None]]
    for x, y in ((right, bottom), (start, bottom), (right, top + 7), (start, top + 7)):
        box = _bar_box(frame, x, y)
        room = shapely.box(box[0] - 3, box[1] - 1, box[2] + 7, box[3] + 1)
        if not any(room.intersects(shape) for shape in taken):
            return box
    return None


# Words on the overview


def _draw_grounds(canvas: Canvas, frame: _Frame, rooms: Mapping[str, Any], otherwise: str) -> dict[str, Any]:
    """Every Gemeinde on the ground of its Sozialraum; a divided one has that of each. Returns their largest parts."""
    grounds = _grounds(rooms)
    largest: dict[str, Any] = {}
    for key, shape in frame.shapes.items():
        near = {room: shape.intersection(whole) for room, whole in rooms.items() if shape.intersects(whole)}
        parts = {room: part for room, part in near.items() if part.area > TOUCH}
        home = [grounds[room] for room, part in parts.items() if part.area > WHOLE * shape.area]
        canvas.area(frame.outlines[key], home[0] if home else otherwise, style.GREY, style.WEIGHT_RULE)
        if parts and not home:
            for room, part in parts.items():
                canvas.area(outline_of(part), grounds[room], style.GREY, style.WEIGHT_RULE)
            # Without the lines in which two shapes only touch: no box lies within such a collection
            largest[key] = max(parts.values(), key=lambda part: part.area).buffer(0)
    return largest


def _grounds(rooms: Mapping[str, Any]) -> dict[str, str]:
    """Quiet grounds; Sozialräume (shapes in mm) that touch take turns where that is possible."""
    chosen: dict[str, str] = {}
    for key, shape in rooms.items():
        used = {chosen[other] for other in chosen if shape.distance(rooms[other]) < TOUCH}
        chosen[key] = next((tint for tint in style.GROUNDS if tint not in used), style.GROUNDS[0])
    return chosen


def _name_areas(canvas: Canvas, frame: _Frame, largest: Mapping[str, Any], hatched: Sequence[Any]) -> list[Any]:
    """Key and name of every area where they fit, else the key alone; of a divided one in its largest part.

    On a hatch they stand on a light ground of their own. Returns the ground they take.
    """
    import shapely

    taken = []
    for key, number, name in frame.geo.areas.select("area_id", "number", "name").rows():
        shape = largest.get(key, frame.shapes[key])
        inner = shape.representative_point()
        near = (inner.x, inner.y) if key in largest else frame.point(*frame.geo.labels[key])
        spot, lines = None, []
        for lines in ([name], _halves(name)):
            width = max(style.text_width(line, style.SIZE_SMALL) for line in lines) + 1.2
            spot = _free_spot(shape, width, 3.4 + 3.1 * len(lines), near, taken)
            if spot:
                break
        x, y = (spot[0], spot[1] - 1.55 * len(lines)) if spot else near
        half = 5 if spot is None else max(style.text_width(line, style.SIZE_SMALL) for line in lines) / 2
        own = shapely.box(x - half, y - 2.2, x + half, y + 2.2 + (3.1 * len(lines) if spot else 0))
        taken.append(own)
        below = [(y + 3.1 * (place + 1), line) for place, line in enumerate(lines if spot else [])]
        if any(shape.intersects(own) for shape in hatched):
            canvas.halo(x, y, str(number), style.SIZE_LABEL, style.WHITE, style.SEMIBOLD)
            for at, line in below:
                canvas.halo(x, at, line, style.SIZE_SMALL, style.WHITE)
        canvas.text(x, y, str(number), style.SIZE_LABEL, weight=style.SEMIBOLD, align="center")
        for at, line in below:
            canvas.text(x, at, line, style.SIZE_SMALL, style.INK2, align="center")
    return taken


def _name_rooms(canvas: Canvas, rooms: Geography, shapes: Mapping[str, Any], taken: list[Any]) -> None:
    """The name of every Sozialraum on a dark ground, where it covers no other name; else at its label point."""
    import shapely

    for key, name in rooms.areas.select("area_id", "name").rows():
        width = style.text_width(name, style.SIZE_WORD, style.SEMIBOLD)
        centre = shapes[key].representative_point()
        spot = (centre.x, centre.y)
        for ground in (shapes[key], shapes[key].buffer(width / 2)):
            free = _free_spot(ground, max(width + 3, width / SPARE + 1), 4.6, (centre.x, centre.y), taken)
            if free:
                spot = free
                break
        canvas.halo(*spot, name, style.SIZE_WORD, style.INK2, style.SEMIBOLD, 1 / SPARE)
        canvas.text(*spot, name, style.SIZE_WORD, style.WHITE, style.SEMIBOLD, "center")
        taken.append(shapely.box(spot[0] - width / 2 - 1, spot[1] - 3, spot[0] + width / 2 + 1, spot[1] + 3))


def _free_spot(
    shape: Any, width: float, height: float, near: tuple[float, float], taken: Sequence[Any]
) -> tuple[float, float] | None:
    """Centre of a box inside a shape that touches none of the boxes taken, as near as possible; None without one."""
    import numpy as np
    import shapely

    left, top, right, bottom = shape.bounds
    xs, ys = np.meshgrid(np.arange(left, right, 0.7), np.arange(top, bottom, 0.7))
    xs, ys = np.append(xs.ravel(), near[0]), np.append(ys.ravel(), near[1])
    shapely.prepare(shape)
    free = shapely.contains_xy(shape, xs, ys)
    for box in taken:
        west, north, east, south = box.bounds
        clear_x = (xs + width / 2 < west) | (xs - width / 2 > east)
        free &= clear_x | (ys + height / 2 < north) | (ys - height / 2 > south)
    # Only what is left is worth a box of its own
    xs, ys = xs[free], ys[free]
    inside = shapely.contains(shape, shapely.box(xs - width / 2, ys - height / 2, xs + width / 2, ys + height / 2))
    if not inside.any():
        return None
    distance = np.where(inside, (xs - near[0]) ** 2 + (ys - near[1]) ** 2, np.inf)
    best = int(distance.argmin())
    return float(xs[best]), float(ys[best])


def _halves(name: str) -> list[str]:
    cut = name.find("-") + 1
    return [name[:cut], name[cut:]] if cut else name.split(" ", 1)


# Classes


def _class(row: Mapping[str, Any], limits: Sequence[float]) -> int | None:
    if row["value"] is None or not german.has_value(row["status"]):
        return None
    return german.class_of(row["value"], limits)


def _is_unstable(row: Mapping[str, Any]) -> bool:
    return row["class"] is not None and (row["stability"] is None or row["stability"] < RATHER_STABLE)


def _status_lines(rows: pl.DataFrame) -> list[LegendRow]:
    found = rows.filter(pl.col("value").is_null())["status"].to_list()
    shown = [status for status in german.NO_VALUE_STATUSES if status in ALWAYS_IN_LEGEND or status in found]
    return [LegendRow(german.status_words(status), found.count(status), status=status) for status in shown]
