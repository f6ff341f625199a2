"""Grid cells of the census 2011 and 2022 (100 m, 1 km, 10 km) as CSV, as published and in the long form of cuts.

What belongs here: the layouts, cells and their keys, the codes that stand in place of numbers, telling the censuses
apart by content. What does not: cells of areas (a question of geometry).

Layouts, all with a header line:
- wide, `Gitter_ID_1km;x_mp_1km;y_mp_1km;‹values›` (2011) and `GITTER_ID_100m;…;werterlaeuternde_Zeichen` (2022);
- classes, `Gitter_ID_100m;Gitter_ID_100m_neu;Merkmal;Auspraegung_Code;Auspraegung_Text;Anzahl;Anzahl_q` (2011);
- long, `x,y,merkmal,wert` and `merkmal_auspraegung,x,y,value,quality` (cuts of the two above).

A lost end is noticed by the last line, and where every cell has every value; absent rows of classes are no zeros.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NoReturn

import polars as pl

from pipelines.geography.grid import KEY, inspire_id
from pipelines.readers import delimited
from pipelines.readers.csv_text import Complaint
from pipelines.readers.delimited import ROW, SHOWN
from pipelines.readers.reading import (
    COMPARE,
    NOTHING_AGREED,
    TELL_TIME,
    Agreed,
    Format,
    Reading,
    Refused,
    check_agreed,
    tidy,
)
from pipelines.readers.text import AGAIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.readers.rawfile import RawFile

SIZES = {"100m": 100, "1km": 1_000, "10km": 10_000}
MARKS = (";", ",")
# Figures one table holds within its memory
MOST = 1_000_000
DIGITS = 15
DAYS = {"2011": "2011-05-09", "2022": "2022-05-15"}
# Cell centres of Germany in EPSG:3035; coordinates of any other system lie outside
EAST, NORTH = (4_020_000, 4_690_000), (2_650_000, 3_570_000)
# Columns of 2011 and their units; no unit is printed in the files
OLD = {
    "Einwohner": "Personen",
    "Alter_D": "Jahre",
    "unter18_A": "Prozent",
    "ab65_A": "Prozent",
    "Auslaender_A": "Prozent",
    "Frauen_A": "Prozent",
    "HHGroesse_D": "Personen je Haushalt",
    "Leerstandsquote": "Prozent",
    "Wohnfl_Bew_D": "m2",
    "Wohnfl_Whg_D": "m2",
}
# Names that 2022 has kept
BOTH = {"Einwohner", "Leerstandsquote"}
# Means and shares that are never as small as a class: a file in which they are holds classes instead of values
NEVER_SMALL = ("Alter_D", "Frauen_A", "Wohnfl_Bew_D", "Wohnfl_Whg_D")
CLASSES = 9
# Cells of this size were published in classes too
CLASSED = 1_000
# Shares by their name: 2022 prints no unit either
SHARE = "(?i)anteil|quote"
MOST_PERCENT = 100
# Persons of a census if all of Germany is in the file, with the cells withheld
PERSONS = {"2011": (79_000_000, 80_600_000), "2022": (82_000_000, 83_500_000)}
# Classifications of dwellings alone: what tells the file of dwellings from those of persons and buildings
DWELLING_CLASSES = ("NUTZUNG_DETAIL_HHGEN", "RAUMANZAHL", "WOHNEIGENTUM", "WOHNFLAECHE_10S")
CODES = {-1.0: "missing", -9.0: "secret"}
DASH = "–"
BRACKETS = "KLAMMERN"
QUALITY = {"0": "final", "1": "limited", "2": "limited"}
SMALLEST = 3
NUMBER = rf"^-?[0-9]{{1,{DIGITS}}}(?:[.,][0-9]{{1,{DIGITS}}})?$"
SHORT = r"^(100m|1km|10km)N([0-9]+)E([0-9]+)$"
# Columns of other offices and programs that were added to a file
KEYS = re.compile(
    r"(?:.*_)?(?:ags?|ars|rs|nuts[0-9]?|gen|name|plz|(?:gemeinde|kreis|land|orts?teil|gebiet|regional)s?(?:_?"
    r"(?:schl(?:ü|ue)ssel|nr|nummer|kennziffer|name|id))?|.*schl(?:ü|ue)ssel|.*kennziffer|id|[of]id|objectid|index|nr|x|y|lat|lon)(?:_?[0-9]+)?",
    re.IGNORECASE,
)
# A point before three digits may stand for thousands where a decimal comma is usual
THOUSANDS = r"^[1-9][0-9]{0,2}\.[0-9]{3}$"
MERKMAL = r"^[A-Z][A-Z0-9_]*$"
TOPIC = r"^([a-z]+)_([A-Z][A-Z0-9_]*)_([0-9]+)$"
BOX = re.compile(r"bbox:([0-9]+),([0-9]+),([0-9]+),([0-9]+)")
WIDE = re.compile(r"x_mp_(100m|1km|10km)", re.IGNORECASE)
LONG = {"x", "y", "merkmal", "wert"}
LONG_CLASSES = {"merkmal_auspraegung", "x", "y", "value", "quality"}
CLASS_FILE = {"Gitter_ID_100m", "Merkmal", "Auspraegung_Code", "Anzahl"}
FILTER = (
    "Zellen auswählen: mit --gebiet CRS3035RES100mN2960000E4220000 (eine oder mehrere) oder mit einem Rechteck in "
    "Metern (EPSG:3035), --gebiet bbox:xmin,ymin,xmax,ymax, z. B. --gebiet bbox:4214000,2957000,4253000,2988800."
)


@dataclass(frozen=True)
class Layout:
    """How a file names cells and values: columns with the ID and the coordinates of the centre, cell size if named."""

    kind: str
    separator: str
    columns: tuple[str, ...]
    x: str | None = None
    y: str | None = None
    id: str | None = None
    size: int | None = None

    @property
    def values(self) -> tuple[str, ...]:
        """The columns with figures of a wide file, otherwise the one column."""
        if self.kind != "wide":
            return ({"long": "wert", "long_classes": "value", "classes": "Anzahl"}[self.kind],)
        return tuple(name for name in self.columns if name not in (self.x, self.y, self.id) and not _is_mark(name))


def recognises(file: RawFile) -> bool:
    """Whether the first line is the header of a known layout."""
    return _layout(delimited.first_line(file)) is not None


def read(file: RawFile, agreed: Agreed = NOTHING_AGREED) -> Reading:
    """All figures per cell, or those of the cells in `agreed.keys`: keys, or one box `bbox:xmin,ymin,xmax,ymax` in
    EPSG:3035 around the centres.

    Keys are INSPIRE identifiers of the lower left corner. Codes -1 and -9 and the dash are never numbers. Raises
    InputError for unknown columns, signs, marks; for a cell that is not where its ID says, corners in place of centres,
    coordinates outside of Germany, a cell or value twice; for content of another census than agreed or than its header.
    """
    complain = Complaint(file)
    layout = _layout(delimited.first_line(file))
    if layout is None or not layout.values:
        complain(
            "Die Kopfzeile ist keine der Gitterdaten des Zensus.",
            row=1,
            expected="Gitter_ID, x_mp, y_mp und Werte",
            found=delimited.first_line(file)[:SHOWN],
            remedy=AGAIN,
        )
    delimited.header(file, layout.separator, complain)
    _check_names(layout, complain)
    boxes, wanted = _selection(agreed, complain)
    raw = delimited.rows(
        file, layout.separator, layout.columns, _keep(layout, boxes, wanted), MOST // len(layout.values), FILTER
    )
    if raw.is_empty():
        complain(
            "Keine Zelle der Datei liegt in der Auswahl.",
            expected=", ".join(agreed.keys or ())[:SHOWN],
            found="keine",
            remedy=FILTER,
        )
    cells = _cells(raw, layout, complain)
    long = _figures(cells, layout, complain)
    year = _year(long, layout, agreed, complain)
    if year == "2011" and layout.kind in ("wide", "long"):
        long = _told_classes(long, complain)
    _check_figures(long, layout, year, complain)
    frame = tidy(_tidied(long, year))
    chosen = Agreed(level=agreed.level, basis=agreed.basis, keys=tuple(wanted) or None)
    check_agreed(frame, chosen, complain)
    return Reading(
        file=file,
        format=FORMAT.key,
        title=f"Zensus {year}, Gitterzellen {_size_name(int(frame['key'][0].split('RES')[1].split('m')[0]))}",
        frame=frame,
        attribution="© Statistische Ämter des Bundes und der Länder, Deutschland, ‹Jahr›. Dieses Werk ist lizenziert "
        "unter der Datenlizenz Deutschland – Namensnennung – Version 2.0 (www.govdata.de/dl-de/by-2-0)",
        notes=_notes(layout, year),
        refused=(Refused("übrige Zellen", "nicht in der Auswahl", 0),) if agreed.keys else (),
    )


FORMAT = Format(
    "zensus_gitter", "Gitterdaten des Zensus (CSV)", "Statistische Ämter des Bundes und der Länder", recognises, read
)


def _layout(line: str) -> Layout | None:
    for separator in MARKS:
        columns = delimited.names(line, separator)
        found = set(columns)
        if found in (LONG, LONG_CLASSES):
            return Layout("long" if found == LONG else "long_classes", separator, columns, "x", "y")
        if found >= CLASS_FILE:
            cell = "Gitter_ID_100m_neu" if "Gitter_ID_100m_neu" in found else "Gitter_ID_100m"
            return Layout("classes", separator, columns, id=cell, size=100)
        wide = next((match for name in columns if (match := WIDE.fullmatch(name))), None)
        if wide and (y := wide[0].replace("x", "y", 1)) in found:
            cell = next((name for name in columns if name.lower() == f"gitter_id_{wide[1].lower()}"), None)
            return Layout("wide", separator, columns, wide[0], y, cell, SIZES[wide[1].lower()])
    return None


def _is_mark(name: str) -> bool:
    return name.lower().startswith("werterl")


def _check_names(layout: Layout, complain: Complaint) -> None:
    known = {*CLASS_FILE, "Gitter_ID_100m_neu", "Auspraegung_Text", "Anzahl_q"}
    odd = [name for name in layout.columns if name not in known] if layout.kind == "classes" else []
    odd += [name for name in layout.columns if layout.kind == "wide" and not re.fullmatch(r"[\wÄÖÜäöüß]+", name)]
    keys = [name for name in layout.values if layout.kind == "wide" and KEYS.fullmatch(name)]
    if keys:
        complain(
            "Eine Spalte enthält Schlüssel oder Namen statt Zahlen; sie steht in keiner Gitterdatei des Herausgebers.",
            row=1,
            column=", ".join(keys),
            expected="nur Gitter_ID, x_mp, y_mp, Werte und ihre Zeichen",
            found=keys[0][:SHOWN],
            remedy="Die Datei des Statistischen Bundesamts unverändert einlesen, oder diese Spalte löschen.",
        )
    if odd:
        complain(
            "Eine Spalte ist nicht bekannt.",
            row=1,
            column=", ".join(odd),
            expected="Namen aus Buchstaben, Ziffern und Unterstrich" if layout.kind == "wide" else ", ".join(known),
            found=odd[0][:SHOWN],
            remedy=AGAIN,
        )


def _selection(agreed: Agreed, complain: Complaint) -> tuple[list[tuple[int, ...]], list[str]]:
    """Boxes and keys in what is agreed."""
    boxes: list[tuple[int, ...]] = []
    wanted: list[str] = []
    for key in agreed.keys or ():
        box = BOX.fullmatch(key.replace(" ", ""))
        if box:
            boxes.append(tuple(int(edge) for edge in box.groups()))
        elif re.fullmatch(KEY, key):
            wanted.append(key)
        else:
            complain(
                "Eine Zelle der Auswahl ist nicht lesbar angegeben.", expected=FILTER, found=key[:SHOWN], remedy=FILTER
            )
    return boxes, wanted


def _keep(layout: Layout, boxes: Sequence[tuple[int, ...]], wanted: Sequence[str]) -> pl.Expr:
    """The rows of the cells agreed upon; those whose place cannot be read are kept, to be told."""
    if not boxes and not wanted:
        return pl.lit(True)
    size, east, north = _quick_corner(layout)
    keep = [size.is_null() | east.is_null() | north.is_null()]
    keep += [
        (east + size // 2).is_between(left, right) & (north + size // 2).is_between(bottom, top)
        for left, bottom, right, top in boxes
    ]
    if wanted:
        keep.append(inspire_id(size, north, east).is_in(list(wanted)))
    return pl.any_horizontal(expression.fill_null(False) for expression in keep)


def _corner(layout: Layout) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Cell size and lower left corner in metres, null where the row names none."""
    if layout.id is None:
        x, y = (_whole(name) for name in (layout.x, layout.y))
        named = pl.lit(layout.size, dtype=pl.Int64) if layout.size else _size_by_centre(x, y)
        return named, x - named // 2, y - named // 2
    full, short = pl.col(layout.id).str.extract_groups(KEY), pl.col(layout.id).str.extract_groups(SHORT)
    unit = short.struct.field("1").replace_strict(SIZES, default=None, return_dtype=pl.Int64)
    size = pl.coalesce(full.struct.field("1").cast(pl.Int64), unit)
    north, east = (
        pl.coalesce(full.struct.field(at).cast(pl.Int64), short.struct.field(at).cast(pl.Int64) * unit)
        for at in ("2", "3")
    )
    return size, east, north


def _quick_corner(layout: Layout) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """As `_corner`, to choose rows of a large file by: coordinates, or digits where an ID of 100 m has them.

    Whether ID and coordinates agree is checked for the rows chosen.
    """
    if layout.kind != "classes":
        return _corner(replace(layout, id=None))
    cell = pl.col(str(layout.id))
    is_long = cell.str.starts_with("CRS")
    north, east = (
        pl.when(is_long)
        .then(cell.str.slice(long, 7).cast(pl.Int64, strict=False))
        .otherwise(cell.str.slice(short, 5).cast(pl.Int64, strict=False) * 100)
        for long, short in ((15, 5), (23, 11))
    )
    return pl.lit(100, dtype=pl.Int64), east, north


def _size_by_centre(x: pl.Expr, y: pl.Expr) -> pl.Expr:
    """A centre lies half a cell from the grid, so it tells the size: …5000 is 10 km, ….500 is 1 km, …..50 is 100 m."""
    size = pl.lit(None, dtype=pl.Int64)
    for metres in SIZES.values():
        size = pl.when((x % metres == metres // 2) & (y % metres == metres // 2)).then(pl.lit(metres)).otherwise(size)
    return size


def _whole(name: str | None) -> pl.Expr:
    return pl.col(str(name)).str.replace(r"[.,]0+$", "").cast(pl.Int64, strict=False)


def _cells(raw: pl.DataFrame, layout: Layout, complain: Complaint) -> pl.DataFrame:
    """Adds `key` and `source_key`. Every way a cell is named must mean the same place inside Germany."""
    size, east, north = _corner(layout)
    frame = raw.with_columns(size=size, east=east, north=north)
    where = layout.id or f"{layout.x}, {layout.y}"
    shown = pl.col(layout.id) if layout.id else pl.format("{}, {}", pl.col(str(layout.x)), pl.col(str(layout.y)))

    def refuse(broken: pl.Expr, what: str, expected: str) -> None:
        bad = frame.filter(broken.fill_null(True)).with_columns(shown=shown)
        if bad.height:
            complain(
                what, row=int(bad[ROW][0]), column=where, expected=expected, found=bad["shown"][0][:SHOWN], remedy=AGAIN
            )

    form = f"CRS3035RES‹Größe›mN‹Nord›E‹Ost› mit der Größe {_size_name(layout.size or 0) or 'der anderen Zellen'}"
    no_key = "Eine Gitterzelle hat keinen gültigen Schlüssel."
    if layout.id:
        refuse(pl.col("size").is_null() | pl.col("north").is_null(), no_key, form)
    if layout.x and layout.y:
        x, y = _whole(layout.x), _whole(layout.y)
        half = pl.col("size") // 2
        outside = ~x.is_between(*EAST) | ~y.is_between(*NORTH)
        refuse(
            outside & x.is_between(*NORTH) & y.is_between(*EAST),
            "Die Koordinaten sind vertauscht.",
            "x nach Osten, y nach Norden",
        )
        refuse(outside, "Eine Zelle liegt nicht in Deutschland.", "Mittelpunkte in EPSG:3035, in Metern")
        corner = (x == pl.col("east")) & (y == pl.col("north"))
        if layout.id is None:
            corner = ((x % 100 == 0) & (y % 100 == 0)) & pl.col("size").is_null()
        refuse(corner, "Die Koordinaten sind Ecken der Zellen.", "Mittelpunkte, eine halbe Zelle rechts und oberhalb")
        refuse(
            (x != pl.col("east") + half) | (y != pl.col("north") + half),
            "Eine Zelle liegt nicht dort, wo ihr Schlüssel sagt.",
            "Mittelpunkt einer Zelle von 100 m, 1 km oder 10 km",
        )
    refuse(
        (pl.col("size") != (layout.size or frame["size"].min()))
        | (pl.col("east") % pl.col("size") != 0)
        | (pl.col("north") % pl.col("size") != 0)
        | ~(pl.col("east") + pl.col("size") // 2).is_between(*EAST)
        | ~(pl.col("north") + pl.col("size") // 2).is_between(*NORTH),
        no_key,
        form,
    )
    return frame.with_columns(
        key=inspire_id(pl.col("size"), pl.col("north"), pl.col("east")),
        source_key=shown,
    )


def _figures(cells: pl.DataFrame, layout: Layout, complain: Complaint) -> pl.DataFrame:
    """One row per figure: ROW, key, source_key, place, item, item_label, dimensions, dimension_labels, text, mark."""
    about = [ROW, "key", "source_key"]
    empty = pl.lit("")
    if layout.kind == "wide":
        marks = [name for name in layout.columns if _is_mark(name)]
        long = cells.unpivot(layout.values, index=[*about, *marks], variable_name="place", value_name="text")
        mark = pl.lit("")
        for name in layout.values:
            own = _mark_of(name, layout.columns)
            mark = pl.when(pl.col("place") == name).then(pl.col(own)).otherwise(mark) if own else mark
        return long.with_columns(item=pl.col("place"), item_label=pl.col("place"), dimensions=empty, mark=mark)
    if layout.kind == "long":
        return cells.with_columns(
            place=pl.lit("wert"), item="merkmal", item_label="merkmal", dimensions=empty, text="wert", mark=empty
        )
    if layout.kind == "long_classes":
        parts = pl.col("merkmal_auspraegung").str.extract_groups(TOPIC)
        long = cells.with_columns(
            place=pl.lit("value"),
            item=parts.struct.field("1"),
            item_label=pl.col("merkmal_auspraegung"),
            dimensions=parts.struct.field("2") + "=" + parts.struct.field("3"),
            text="value",
            mark="quality",
        )
        named = "merkmal_auspraegung"
    else:
        merkmal, code = pl.col("Merkmal").str.strip_chars(), pl.col("Auspraegung_Code")
        label = pl.col("Auspraegung_Text") if "Auspraegung_Text" in cells.columns else empty
        counted = "dwellings" if cells["Merkmal"].str.strip_chars().is_in(DWELLING_CLASSES).any() else "Anzahl"
        long = cells.with_columns(
            place=pl.lit("Anzahl"),
            item=pl.lit(counted),
            item_label=pl.lit("Anzahl"),
            dimensions=pl.when(~merkmal.str.contains(MERKMAL))
            .then(None)
            .when(merkmal == "INSGESAMT")
            .then(empty)
            .when(code.str.contains("^[0-9]+$"))
            .then(merkmal + "=" + code),
            dimension_labels=label,
            text="Anzahl",
            mark="Anzahl_q" if "Anzahl_q" in cells.columns else pl.lit("0"),
        )
        named = "Merkmal"
    _refuse_first(
        long.filter(pl.col("dimensions").is_null()).with_columns(place=pl.lit(named), text=pl.col(named)),
        "Ein Merkmal ist nicht lesbar.",
        "Name in Großbuchstaben und Schlüssel der Ausprägung",
        complain,
    )
    _refuse_first(
        long.filter(~pl.col("mark").is_in(list(QUALITY))).with_columns(place=pl.lit("quality"), text=pl.col("mark")),
        "Ein Zeichen für die Güte ist nicht bekannt.",
        ", ".join(QUALITY),
        complain,
    )
    return long


def _mark_of(name: str, columns: Sequence[str]) -> str | None:
    """The column of marks that follows a column of values, or the last one before it."""
    marks = [at for at, column in enumerate(columns) if _is_mark(column)]
    behind = [at for at in marks if at > columns.index(name)]
    return columns[(behind or marks)[0 if behind else -1]] if marks else None


def _year(long: pl.DataFrame, layout: Layout, agreed: Agreed, complain: Complaint) -> str:
    """The census a file is of. Header and content must agree; a repacked file may claim another one than it holds."""
    signals: dict[str, list[str]] = {"2011": [], "2022": []}
    items = set(long["item"].unique())
    if layout.kind in ("classes", "long_classes") or items & (set(OLD) - BOTH):
        signals["2011"].append("Merkmale von 2011")
    if layout.kind == "wide" and items - set(OLD):
        signals["2022"].append("Merkmale von 2022")
    if any(_is_mark(name) for name in layout.columns) or long["text"].eq(DASH).any():
        signals["2022"].append("Zeichen von 2022")
    if long["text"].str.contains(r"^-[19](?:[.,]0+)?$").any():
        signals["2011"].append("Schlüsselzahlen -1 und -9")
    if layout.id:
        signals["2022" if layout.id.startswith("GITTER") else "2011"].append(f"Spalte {layout.id}")
        if long["source_key"].str.contains(SHORT).any():
            signals["2011"].append("Schlüssel wie 100mN…E…")
    persons = _persons(long)
    for year, (low, high) in PERSONS.items():
        if persons is not None and low <= persons <= high:
            signals[year].append(f"{persons:.0f} Personen in Deutschland")
    if signals == {"2011": [f"Spalte {layout.id}"], "2022": []}:
        # How a header is capitalised says nothing by itself: programs change it, and 2022 has the same columns
        signals["2011"] = []
    found = [year for year, reasons in signals.items() if reasons]
    said = agreed.time[:4] if agreed.time else None
    if len(found) > 1 or (said and found and said != found[0]) or (said and said not in DAYS):
        complain(
            "Die Datei ist nicht vom angegebenen Zensus, oder sie vermischt zwei."
            if said
            else "Die Datei trägt Kennzeichen zweier Zensus.",
            expected=f"Zensus {said}" if said else "Zensus 2011 oder 2022",
            found="; ".join(f"{year}: {', '.join(reasons)}" for year, reasons in signals.items() if reasons)[:200],
            remedy="Die Datei vom Statistischen Bundesamt neu laden; neu verpackte tragen oft ein falsches Jahr.",
        )
    if agreed.time is not None and agreed.time not in (said, DAYS.get(str(said))):
        complain(
            "Die Datei ist von einem anderen Stichtag als angegeben.",
            expected=agreed.time,
            found=DAYS[str(said)],
            remedy=COMPARE,
        )
    if not found and said is None:
        complain(
            "Die Datei sagt nicht, von welchem Zensus sie ist.",
            expected="Zensus 2011 oder 2022",
            found="keines von beiden erkennbar",
            remedy=f"Den Stichtag {TELL_TIME.format('2011-05-09 oder --zeit 2022-05-15')}.",
        )
    return found[0] if found else str(said)


def _persons(long: pl.DataFrame) -> float | None:
    """All persons if the cells span Germany, so that a census can be told by their number."""
    people = long.filter(pl.col("item") == "Einwohner")
    corner = people["key"].str.extract_groups(KEY)
    north, east = (corner.struct.field(at).cast(pl.Int64) for at in ("2", "3"))
    if people.is_empty() or _span(east) < 500_000 or _span(north) < 700_000:
        return None
    counted = people["text"].str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    return float(counted.filter(counted > 0).sum())


def _span(metres: pl.Series) -> int:
    low, high = metres.min(), metres.max()
    return high - low if isinstance(low, int) and isinstance(high, int) else 0


def _told_classes(long: pl.DataFrame, complain: Complaint) -> pl.DataFrame:
    """Names items `…_klasse` in a file of classes, which has the columns of the file of values.

    Classes are small whole numbers throughout. What tells them from values: one or two persons, which no cell of 2011
    shows, or means that no cell can have. Raises InputError where that is so in a part of the file only, and for a
    table of 1 km whose small numbers could be either.
    """
    number = pl.col("text").str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    shown = long.with_columns(number=number).filter(pl.col("number") >= 0)
    small = shown.filter((pl.col("number") <= CLASSES) & (pl.col("number") % 1 == 0)).height == shown.height
    people = shown.filter(pl.col("item") == "Einwohner")
    rare = people.filter(pl.col("number").is_between(1, SMALLEST - 1))
    means = shown.filter(pl.col("item").is_in(NEVER_SMALL))
    low = means.height > 0 and means.filter(pl.col("number") > CLASSES).is_empty()
    if small and (rare.height or low):
        return long.with_columns(item=pl.col("item") + "_klasse", item_label=pl.col("item_label") + " (Klasse)")
    _refuse_first(
        rare if rare.height else means if low else rare,
        "Die Datei mischt Werte und Klassen.",
        f"Werte (ab {SMALLEST} Einwohnern, Mittelwerte über {CLASSES}) oder durchweg Klassen von 1 bis {CLASSES}",
        complain,
    )
    if small and means.is_empty() and people["key"].str.contains(f"RES{CLASSED}m").any():
        complain(
            "Ob die Zahlen Personen oder Größenklassen sind, ist nicht zu erkennen.",
            row=int(people[ROW][0]),
            column=people["place"][0],
            expected=f"eine Zahl über {CLASSES}, oder die Spalten {' oder '.join(NEVER_SMALL)}",
            found=f"nur ganze Zahlen von 0 bis {CLASSES}",
            remedy="Die Datei mit allen Spalten einlesen, oder mit --gebiet ein größeres Rechteck wählen.",
        )
    return long


def _check_figures(long: pl.DataFrame, layout: Layout, year: str, complain: Complaint) -> None:
    text = pl.col("text")
    number = text.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    _refuse_first(
        long.filter((text != "") & (text != DASH) & ~text.str.contains(NUMBER)),
        "Eine Zelle enthält weder eine Zahl noch ein bekanntes Zeichen.",
        f"eine Zahl oder {DASH}",
        complain,
    )
    negative = (number < 0) & ~number.is_in(list(CODES)) if year == "2011" else number < 0
    _refuse_first(long.filter(negative), "Ein Wert ist negativ.", "0 oder mehr, 2011 auch -1 und -9", complain)
    both = long.filter(text.str.contains(",", literal=True)).height and long.filter(text.str.contains(r"\.")).height
    if both:
        mixed = long.filter(text.str.contains(r"\."))
        _refuse_first(mixed, "Die Datei mischt Dezimalkomma und Dezimalpunkt.", "nur eines von beiden", complain)
    if layout.kind == "wide" and layout.separator == ";" and not _has_other_points(long):
        _refuse_first(
            long.filter(text.str.contains(THOUSANDS)),
            "Ob der Punkt Tausender trennt oder Dezimalstellen, ist nicht zu erkennen.",
            "Zahlen mit Dezimalkomma und ohne Punkt, wie der Herausgeber sie schreibt",
            complain,
        )
    unit = pl.col("item").replace_strict(OLD, default="", return_dtype=pl.String)
    share = (unit == "Prozent") | pl.col("item").str.contains(SHARE) & ~pl.col("item").str.ends_with("_klasse")
    _refuse_first(
        long.filter(share & (number > MOST_PERCENT)),
        "Ein Anteil liegt über 100 Prozent.",
        f"0 bis {MOST_PERCENT}",
        complain,
    )
    counted = pl.col("item").is_in(["Einwohner", "Einwohner_klasse"]) | pl.lit(layout.kind.endswith("classes"))
    _refuse_first(long.filter(counted & (number % 1 != 0)), "Eine Anzahl ist keine ganze Zahl.", "ganze Zahl", complain)
    if layout.kind.endswith("classes"):
        _refuse_first(
            long.filter((number < SMALLEST).fill_null(True)),
            "Eine Anzahl ist kleiner, als der Zensus 2011 sie zeigt.",
            f"mindestens {SMALLEST}",
            complain,
        )
    else:
        _refuse_first(
            long.filter(~pl.col("mark").is_in(["", BRACKETS])).with_columns(text="mark", place=pl.lit("Zeichen")),
            "Ein werterläuterndes Zeichen ist nicht bekannt.",
            f"{BRACKETS} oder nichts",
            complain,
        )
    _refuse_first(
        long.filter(long.select("key", "item", "dimensions").is_duplicated()).with_columns(text="source_key"),
        "Ein Wert einer Zelle kommt mehrfach vor.",
        "jede Zelle und jedes Merkmal einmal",
        complain,
    )
    if layout.kind == "long" and long.height != long["key"].n_unique() * long["item"].n_unique():
        _incomplete(long, complain)


def _has_other_points(long: pl.DataFrame) -> bool:
    """Whether a point stands where it cannot part thousands, so that it is that of the decimals in the whole file."""
    point = pl.col("text").str.contains(r"\.")
    return long.filter(point & ~pl.col("text").str.contains(THOUSANDS)).height > 0


def _incomplete(long: pl.DataFrame, complain: Complaint) -> NoReturn:
    per_cell = long.group_by("key").agg(pl.len(), pl.col(ROW).max()).sort("len", ROW)
    complain(
        "Einer Zelle fehlen Werte, die Datei ist vermutlich abgeschnitten.",
        row=int(per_cell[ROW][0]),
        expected=f"{long['item'].n_unique()} Werte je Zelle",
        found=f"{per_cell['len'][0]}",
        remedy=AGAIN,
    )


def _tidied(long: pl.DataFrame, year: str) -> pl.DataFrame:
    text = pl.col("text")
    number = text.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    code = number.replace_strict(CODES, default=None, return_dtype=pl.String)
    is_number = number.is_not_null() & code.is_null()
    limited = pl.col("mark").is_in([BRACKETS, "1", "2"]) & is_number
    labels = pl.col("dimension_labels") if "dimension_labels" in long.columns else pl.lit(None, dtype=pl.String)
    unit = pl.col("item").replace_strict(OLD, default="", return_dtype=pl.String)
    counted = pl.col("dimensions") != ""
    return long.select(
        row=pl.col(ROW),
        place="place",
        source_key="source_key",
        key="key",
        level=pl.lit("zelle"),
        name=pl.lit(None, dtype=pl.String),
        time=pl.lit(DAYS[year]),
        time_kind=pl.lit("stichtag"),
        item="item",
        item_label="item_label",
        dimensions="dimensions",
        dimension_labels=labels,
        value=pl.when(is_number).then(number),
        unit=pl.when(counted | pl.col("item").is_in(["Anzahl", "dwellings"]))
        .then(pl.lit("Anzahl"))
        .when(pl.col("item").str.ends_with("_klasse"))
        .then(pl.lit("Klasse"))
        .otherwise(unit),
        status=pl.when(is_number).then(pl.lit("reported")).otherwise(pl.coalesce(code, pl.lit("missing"))),
        quality=pl.when(limited).then(pl.lit("limited")).otherwise(pl.lit("final")),
        sign=pl.when(code.is_not_null())
        .then(number.cast(pl.Int64).cast(pl.String))
        .when(text == DASH)
        .then(pl.lit(DASH))
        .when(limited)
        .then("mark"),
        basis=pl.lit(f"Zensus{year}"),
    )


def _size_name(size: int) -> str:
    return next((name for name, metres in SIZES.items() if metres == size), "")


def _notes(layout: Layout, year: str) -> tuple[str, ...]:
    if layout.kind.endswith("classes"):
        return ("Fehlende Zeilen sind keine Nullen: Werte unter 3 sind ersetzt, Summen über Zellen liegen zu niedrig.",)
    if year == "2011":
        return ("-1: unbewohnt oder geheim zu halten; -9: bewohnt, der Wert wird nicht gezeigt.",)
    return ("Zellen sind einzeln verändert (Cell-Key-Methode): Teile ergeben nicht genau die Summe.",)


def _refuse_first(bad: pl.DataFrame, what: str, expected: str, complain: Complaint) -> None:
    if bad.height:
        first = bad.sort(ROW).row(0, named=True)
        complain(
            what,
            row=first[ROW],
            column=first["place"],
            expected=expected,
            found=str(first["text"])[:SHOWN] or "leer",
            remedy=AGAIN,
        )
