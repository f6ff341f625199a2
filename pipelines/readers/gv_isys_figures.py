"""The figures of a Gemeindeverzeichnis workbook: area, population, density, coordinates, and whether they agree.

What belongs here: cells to values, what must hold in a row and between levels. What does not: which row is which area
(`gv_isys_rows`), of which day a figure is (`gv_isys`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import polars as pl

from pipelines.geography.keys import beginnings
from pipelines.readers.gv_isys_head import AGAIN, KM2, SCALED, Sheet
from pipelines.readers.gv_isys_rows import GEMEINDE
from pipelines.readers.reading import Refused
from pipelines.readers.signs import Signs, cell_values, refuser
from pipelines.readers.workbook import text_of, texts_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipelines.readers.csv_text import Complaint

SIGNS = Signs(
    "Statistisches Bundesamt",
    # The register lists only areas that exist, so a dash is „nichts vorhanden“, that is exactly zero
    {"-": "zero", "–": "zero", ".": "secret", "x": "not_applicable", "/": "uncertain", "...": "later"},
)
PERSONS = ("insgesamt", "maennlich", "weiblich")
PEOPLE = (*PERSONS, "dichte")
# item, item_label, dimensions, dimension_labels, unit of a column; the unit of the area stands in its heading
ITEMS = {
    "flaeche": ("flaeche", "Fläche", "", "", ""),
    "insgesamt": ("bevoelkerung", "Bevölkerung", "GESCHLECHT=", "Geschlecht=insgesamt", "Personen"),
    "maennlich": ("bevoelkerung", "Bevölkerung", "GESCHLECHT=maennlich", "Geschlecht=männlich", "Personen"),
    "weiblich": ("bevoelkerung", "Bevölkerung", "GESCHLECHT=weiblich", "Geschlecht=weiblich", "Personen"),
    "dichte": ("bevoelkerung_je_km2", "Bevölkerung je km2", "", "", "Personen je km2"),
    "laenge": ("laengengrad", "Längengrad", "", "", "Grad"),
    "breite": ("breitengrad", "Breitengrad", "", "", "Grad"),
}
# A density is printed rounded, the area it comes from too; beyond this share a figure is wrong
DENSITY_SHARE = 0.05
AREA_STEP = 0.005
# Waters and woods outside of all Gemeinden belong to a Kreis or Land in some editions
AREA_SHARE = 0.02
BOX = {"laenge": (5.5, 15.6), "breite": (47.2, 55.2)}
# Without a minute of 60 or more among so many coordinates they are degrees and minutes, not decimals
ENOUGH = 40
_AREA = ("row", "source_key", "key", "level", "name")


def figures(
    sheet: Sheet, areas: pl.DataFrame, dates: Mapping[str, str], basis: str | None, complain: Complaint
) -> tuple[pl.DataFrame, list[Refused]]:
    """The figures of all columns as in `tidy`, and coordinates whose notation is not certain.

    areas: as `gv_isys_rows.Areas.frame`; dates: those of `flaeche`, `bevoelkerung` and `lage`.
    """
    _check_units(sheet, complain)
    read = {name: _values(sheet, areas, name, complain) for name in ("flaeche", *PEOPLE) if name in sheet.columns}
    _check_rows(sheet, read, complain)
    refused = []
    for name in BOX:
        if name in sheet.columns:
            places = _coordinates(sheet, areas, name, complain)
            if isinstance(places, Refused):
                refused.append(places)
            else:
                read[name] = places
    frame = pl.concat(_labelled(sheet, name, values, dates, basis) for name, values in read.items())
    _check_sums(frame, complain)
    return frame, refused


def _check_units(sheet: Sheet, complain: Complaint) -> None:
    """The heading of the area names its unit; no heading of the population, nor the title, speaks of thousands."""
    if sheet.area_unit is None:
        complain(
            "Die Einheit der Fläche ist unbekannt.",
            row=f"{sheet.header + 1} bis {sheet.first}",
            column=sheet.letters("flaeche"),
            expected="km², ha oder m² in der Überschrift der Spalte",
            found=" ".join(sheet.above(["flaeche"])) or "leer",
            remedy="Die Überschrift mit der Veröffentlichung vergleichen. " + AGAIN,
        )
    scaled = next((text for text in (*sheet.above(PEOPLE), sheet.title()) if SCALED.search(text)), None)
    if scaled:
        complain(
            "Die Bevölkerung ist nicht in Personen angegeben.",
            row=f"1 bis {sheet.first}",
            column=sheet.letters(*PERSONS),
            expected="Personen, ohne „in 1 000“ in Überschrift und Titel",
            found=scaled,
            remedy="Beim Statistischen Bundesamt die Ausgabe mit ungerundeten Zahlen holen.",
        )


def _labelled(
    sheet: Sheet, name: str, values: pl.DataFrame, dates: Mapping[str, str], basis: str | None
) -> pl.DataFrame:
    item, label, dimensions, dimension_labels, unit = ITEMS[name]
    return values.with_columns(
        place=pl.lit(sheet.letters(name)),
        time=pl.lit(dates[name if name == "flaeche" else "lage" if name in BOX else "bevoelkerung"]),
        time_kind=pl.lit("stichtag"),
        item=pl.lit(item),
        item_label=pl.lit(label),
        dimensions=pl.lit(dimensions),
        dimension_labels=pl.lit(dimension_labels),
        unit=pl.lit(unit or sheet.area_unit),
        basis=pl.lit(basis if name in PEOPLE else None, dtype=pl.String),
    )


def _values(sheet: Sheet, areas: pl.DataFrame, name: str, complain: Complaint) -> pl.DataFrame:
    """The figures of one column; an empty cell of a Gemeinde is missing, of another level no figure at all."""
    cells = sheet.cells(name, areas["at"])
    filled = pl.Series([not isinstance(cell, str) or text_of(cell) != "" for cell in cells], dtype=pl.Boolean)
    rows = areas.with_row_index("index").with_columns(filled=filled)
    filled = rows.filter("filled")
    refuse = refuser(complain, filled["row"], sheet.letters(name), SIGNS)
    values = filled.select("index").hstack(cell_values([cells[at] for at in filled["index"]], SIGNS, refuse))
    rows = rows.filter(pl.col("filled") | (pl.col("kind") == GEMEINDE))
    return rows.join(values, on="index", how="left", maintain_order="left").select(
        *_AREA,
        "value",
        status=pl.col("status").fill_null("missing"),
        quality=pl.col("quality").fill_null("final"),
        sign="sign",
    )


def _check_rows(sheet: Sheet, read: Mapping[str, pl.DataFrame], complain: Complaint) -> None:
    """No negative figure, whole persons, male + female = total, and a density that fits the area."""
    for name, values in read.items():
        whole = name in PERSONS
        broken = (pl.col("value") % 1 != 0) if whole else pl.lit(False)
        wrong = values.filter((pl.col("value") < 0) | broken)
        if wrong.height:
            first = wrong.row(0, named=True)
            complain(
                "Eine Zahl kann nicht stimmen.",
                row=first["row"],
                column=sheet.letters(name),
                expected="eine ganze Zahl ab 0" if whole else "ab 0",
                found=f"{first['value']:g}",
                remedy=AGAIN,
            )
    both = read["insgesamt"].select("row", "key", "name", insgesamt="value")
    for name in ("maennlich", "weiblich", "dichte", "flaeche"):
        if name in read:
            both = both.join(read[name].select("row", pl.col("value").alias(name)), on="row", how="left")
    if "maennlich" in read:
        _check_sexes(sheet, both, complain)
    if "dichte" in read:
        _check_density(sheet, both, complain)


def _check_sexes(sheet: Sheet, rows: pl.DataFrame, complain: Complaint) -> None:
    wrong = rows.filter(pl.col("maennlich") + pl.col("weiblich") != pl.col("insgesamt"))
    if wrong.height:
        first = wrong.row(0, named=True)
        complain(
            "Männlich und weiblich ergeben zusammen nicht die Bevölkerung insgesamt.",
            row=first["row"],
            column=sheet.letters(*PERSONS),
            expected=f"{first['insgesamt']:.0f} für {first['key']} ({first['name']})",
            found=f"{first['maennlich']:.0f} + {first['weiblich']:.0f}",
            remedy="Prüfen, ob Spalten verschoben sind. " + AGAIN,
        )


def _check_density(sheet: Sheet, rows: pl.DataFrame, complain: Complaint) -> None:
    area = pl.col("area")
    rows = rows.with_columns(area=pl.col("flaeche") * KM2[sheet.area_unit or "km2"])
    low = pl.col("insgesamt") / (area + AREA_STEP) * (1 - DENSITY_SHARE) - 1
    high = pl.col("insgesamt") / (area - AREA_STEP) * (1 + DENSITY_SHARE) + 1
    wrong = rows.filter((area > AREA_STEP) & ~pl.col("dichte").is_between(low, high))
    if wrong.height:
        first = wrong.row(0, named=True)
        complain(
            "Fläche, Bevölkerung und Bevölkerung je km² passen nicht zusammen.",
            row=first["row"],
            column=sheet.letters("flaeche", "insgesamt", "dichte"),
            expected=f"{first['insgesamt'] / first['area']:.0f} je km² für {first['key']} ({first['name']})",
            found=f"{first['dichte']:g} je km², {first['insgesamt']:g} Personen, {first['area']:g} km²",
            remedy="Prüfen, ob Spalten verschoben sind. " + AGAIN,
        )


def _coordinates(sheet: Sheet, areas: pl.DataFrame, name: str, complain: Complaint) -> pl.DataFrame | Refused:
    """Areas with their coordinate in degrees; refused where degrees and minutes cannot be told from decimals."""
    cells = sheet.cells(name, areas["at"])
    # More digits than anyone prints: a float may carry noise behind them
    printed = pl.Series("printed", [f"{cell:.6f}" if isinstance(cell, float) else "" for cell in cells])
    written = texts_of(cells)
    # A lone 0 stands for the territory shared with Luxembourg, which has no centre
    rows = areas.with_columns(
        text=pl.when(printed != "").then(printed).otherwise(written.str.replace(",", ".", literal=True))
    ).filter(~written.is_in(("", "0")))
    odd = rows.filter(~pl.col("text").str.contains(r"^[0-9]{1,2}(\.[0-9]+)?$"))
    if odd.height:
        _refuse_place(sheet, odd, name, complain)
    decimals = pl.col("text").str.extract(r"\.([0-9]+)$").fill_null("")
    minutes = decimals.str.pad_end(2, "0").str.head(2).cast(pl.Int64)
    decimal = (rows.select(minutes.max()).item() or 0) >= 60
    whole = rows.select((decimals.str.slice(2).str.strip_chars("0") == "").all()).item()
    if not decimal and (rows.height < ENOUGH or not whole):
        return Refused(
            f"Koordinaten in Spalte {sheet.letters(name)}",
            "ob Dezimalgrad oder Grad und Minuten, ist nicht sicher",
            rows.height,
        )
    degrees = pl.col("text").str.extract("^([0-9]+)").cast(pl.Float64) + minutes / 60
    rows = rows.with_columns(value=pl.col("text").cast(pl.Float64) if decimal else degrees)
    outside = rows.filter(~pl.col("value").is_between(*BOX[name]))
    if outside.height:
        _refuse_place(sheet, outside, name, complain)
    return rows.select(
        *_AREA,
        "value",
        status=pl.lit("reported"),
        quality=pl.lit("final"),
        sign=pl.lit(None, dtype=pl.String),
    )


def _refuse_place(sheet: Sheet, wrong: pl.DataFrame, name: str, complain: Complaint) -> NoReturn:
    low, high = BOX[name]
    first = wrong.row(0, named=True)
    complain(
        "Eine Koordinate liegt nicht in Deutschland.",
        row=first["row"],
        column=sheet.letters(name),
        expected=f"{low} bis {high} Grad",
        found=f"{first['text']} für {first['key']} ({first['name']})",
        remedy="Prüfen, ob Längen- und Breitengrad vertauscht sind. " + AGAIN,
    )


def _check_sums(frame: pl.DataFrame, complain: Complaint) -> None:
    """Where an edition prints figures above the Gemeinden, these add up to them: persons exactly, areas nearly."""
    whole = frame.filter(pl.col("item").is_in(("bevoelkerung", "flaeche"))).drop_nulls("value")
    gemeinden = whole.filter(pl.col("level").is_in(("gemeinde", "gemeindefrei"))).with_columns(
        ars=pl.col("source_key").str.replace_all(" ", "")
    )
    for level in ("land", "regierungsbezirk", "region", "kreis", "verband"):
        above = whole.filter(level=level)
        inside = gemeinden.group_by("item", "dimensions", key=beginnings(pl.col("ars"), level)).agg(
            sum=pl.col("value").sum()
        )
        both = above.join(inside, on=["key", "item", "dimensions"])
        allowed = pl.when(pl.col("item") == "flaeche").then(pl.col("value") * AREA_SHARE + 1).otherwise(0)
        wrong = both.filter((pl.col("sum") - pl.col("value")).abs() > allowed).sort("row", "place")
        if wrong.height:
            first: dict[str, Any] = wrong.row(0, named=True)
            complain(
                "Die Summe der Gemeinden ist nicht die Zahl des Gebiets darüber.",
                row=first["row"],
                column=first["place"],
                expected=f"{first['value']:.12g} für {first['key']} ({first['name']})",
                found=f"{first['sum']:.12g}",
                remedy=AGAIN,
            )
