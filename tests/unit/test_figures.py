"""Pictures: same bytes, visible gaps, readable colours and type, words made from the same rows."""

from __future__ import annotations

import ast
import io
import json
import re
import warnings
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import shapely
from PIL import Image

from pipelines import german
from pipelines.figures import alt, charts, export, maps, rows, style, timeline
from pipelines.figures import series as lines
from pipelines.figures.canvas import Canvas, Picture, hatch_lines
from pipelines.indicators.composite import CLASS_NAMES

ATTRIBUTION = "© GeoBasis-DE / BKG (Gebietsstand um 2016, vereinfacht), dl-de/by-2-0"
LIMITS = (3.0, 3.5, 4.0, 4.5)
LINES = ("line", "lines")  # of the canvas
FLOAT = pl.lit(None, dtype=pl.Float64)


def _areas(count: int) -> pl.DataFrame:
    gemeinden = [
        (f"99999{number:03d}", "gemeinde", f"Testort {number}", f"Testort {number}", number, False)
        for number in range(1, count + 1)
    ]
    rooms = [(f"99999-S{number:02d}", "sozialraum", "R", f"Testraum {number}", None, True) for number in (1, 2)]
    kreis = [("99999", "kreis", "Testkreis", "Testkreis", None, False)]
    columns = ["area_id", "area_level", "name", "display_name", "number", "is_example"]
    return pl.DataFrame(gemeinden + rooms + kreis, schema=columns, orient="row", infer_schema_length=None)


def _boundaries(count: int) -> pl.DataFrame:
    """Fields of 6 km in rows of eight around a bay that belongs to somebody else."""
    places = [(column, row) for row in range(12) for column in range(8) if (column, row) not in ((2, 0), (2, 1))]
    shapes = {
        f"99999{number:03d}": shapely.box(column * 6000, row * 6000, (column + 1) * 6000, (row + 1) * 6000)
        for number, (column, row) in enumerate(places[:count], start=1)
    }
    half = count // 2
    whole = list(shapes.values())
    shapes |= {"99999-S01": shapely.union_all(whole[:half]), "99999-S02": shapely.union_all(whole[half:])}
    shapes["99999"] = shapely.union_all(whole)
    levels = {5: "kreis", 8: "gemeinde", 9: "sozialraum"}
    table = [
        (key, levels[len(key)], shape.representative_point().x, shape.representative_point().y, shape.wkb)
        for key, shape in shapes.items()
    ]
    return pl.DataFrame(table, schema=["area_id", "area_level", "label_x", "label_y", "geometry"], orient="row")


def _rows(count: int = 12, statuses: tuple[str, ...] = ("reported",)) -> pl.DataFrame:
    verdicts = ["höher", "niedriger", "ähnlich", "nicht unterscheidbar", "ohne Prüfung", "kein Vergleich"]
    table = []
    for number in range(1, count + 1):
        status = statuses[number % len(statuses)]
        value = 2.5 + 0.2 * (number % 15) if german.has_value(status) else None
        value = 0.0 if status == "zero" else value
        spread = None if value is None or number % 4 == 0 else 0.3
        lower, upper = (value - spread, value + spread) if value is not None and spread else (None, None)
        verdict = verdicts[number % 6] if value is not None else None
        table.append((f"99999{number:03d}", number, f"Testort {number}", value, lower, upper, status, "final", verdict))
    columns = ["area_id", "number", "name", "value", "lower", "upper", "status", "quality", "verdict"]
    return pl.DataFrame(table, schema=columns, orient="row", infer_schema_length=None).cast(
        {"value": pl.Float64, "lower": pl.Float64, "upper": pl.Float64, "verdict": pl.String}
    )


def _series(count: int = 5, years: tuple[int, ...] = (2008, 2009, 2010, 2011, 2012)) -> pl.DataFrame:
    keys = [f"99999{number:03d}" for number in range(1, count + 1)] + ["99999"]
    table = [
        (key, str(year), 3.0 + place * 0.4 + (year % 3) * 0.2, "reported")
        for place, key in enumerate(keys)
        for year in years
    ]
    return pl.DataFrame(table, schema=["area_id", "period", "value", "status"], orient="row")


def _index(count: int = 12) -> pl.DataFrame:
    table = []
    for number in range(1, count + 1):
        place = number % 4 + 1
        name = CLASS_NAMES[place]
        stable = 0.6 if number % 3 == 0 else 0.9
        table.append((f"99999{number:03d}", "reported", place - 2.5, place, name, stable, name))
    table.append((f"99999{count + 1:03d}", "missing", None, None, None, None, "keine Angabe"))
    columns = ["area_id", "status", "value", "class", "class_name", "stability", "class_text"]
    return pl.DataFrame(table, schema=columns, orient="row", infer_schema_length=None)


@pytest.fixture(scope="module")
def geo() -> maps.Geography:
    neighbours = json.dumps([{"name": "Stadt Nebenan", "ost": 15000, "nord": 6000}])
    return maps.geography(_boundaries(30), _areas(30), "gemeinde", neighbours)


@pytest.fixture(scope="module")
def rooms() -> maps.Geography:
    return maps.geography(_boundaries(30), _areas(30), "sozialraum")


@pytest.fixture(scope="module")
def pictures(geo: maps.Geography, rooms: maps.Geography) -> dict[str, Picture]:
    return _pictures(geo, rooms)


@pytest.fixture(scope="module")
def drawings(pictures: dict[str, Picture]) -> dict[str, str]:
    return {name: _svg(picture) for name, picture in pictures.items()}


def _pictures(geo: maps.Geography, rooms: maps.Geography) -> dict[str, Picture]:
    """One picture of every kind."""
    breaks = charts.parse_breaks("2010/2011: Bevölkerung ab 2011 auf Basis Zensus 2011")
    ages = pl.DataFrame(
        {
            "name": ["Testort 1", "Testort 1", "Testkreis", "Testkreis"],
            "group": ["0 bis 14", "15 und älter"] * 2,
            "value": [12.0, 88.0, None, 90.0],
            "status": ["reported", "reported", "suppressed", "reported"],
        }
    )
    every = _rows(30, tuple(german.STATUS_WORDS))
    title = "Beispielraum 1 bis 2 (Beispielzuschnitt)"
    return {
        "choropleth": maps.choropleth(geo, every, LIMITS, 2, ATTRIBUTION, title="Testanteil 2021"),
        "sheet": maps.choropleth_sheet(
            geo, every, LIMITS, 2, ATTRIBUTION, title="Testanteil 2021", subtitle="Anteil", unit="Prozent"
        ),
        "index_map": maps.index_map(geo, _index(29), ATTRIBUTION, title="Testindex"),
        "index_sheet": maps.index_map_sheet(geo, _index(29), ATTRIBUTION, title="Testindex", subtitle="vorläufig"),
        "locator": maps.locator(geo, "99999003"),
        "overview": maps.area_overview_map(geo, ATTRIBUTION, sozialraeume=rooms, title=title),
        "dot_plot": charts.dot_plot(every, unit="Prozent", decimals=2, kreis_value=4.0, relevance_limit=0.4),
        "time_series": charts.time_series(
            _series(),
            unit="Prozent",
            decimals=2,
            kreis_id="99999",
            focus="99999001",
            focus_name="Testort 1",
            breaks=breaks,
            title="Testanteil",
        ),
        "age_bars": charts.age_bars(ages, title="Altersaufbau"),
        "index_dots": charts.index_dots(rows.area_list(_areas(13)), _index(12), limits=(-1, 0, 1), title="Testindex"),
    }


def _svg(picture: Picture) -> str:
    return export.svg_bytes(picture).decode()


def _sizes(svg: str) -> list[float]:
    return [float(size) for size in re.findall(r'font-size="([0-9.]+)"', svg)]


def test_every_picture_has_the_same_bytes_twice_and_asks_no_other_host(
    geo: maps.Geography, rooms: maps.Geography, pictures: dict[str, Picture], drawings: dict[str, str]
) -> None:
    second = _pictures(geo, rooms)
    for name, svg in drawings.items():
        assert svg == _svg(second[name]), name
        assert not re.search(r'(href|src)="http', svg), name
        assert "DOCTYPE" not in svg and "<metadata" not in svg, name
    for name in ("dot_plot", "choropleth"):
        once = export.png_bytes(pictures[name], dpi=60)
        assert once == export.png_bytes(pictures[name], dpi=60) == export.png_bytes(second[name], dpi=60)
    # The same picture again after a PNG of another resolution
    assert _svg(pictures["dot_plot"]) == drawings["dot_plot"]


def test_text_stays_text_in_the_print_font_and_never_below_seven_points(drawings: dict[str, str]) -> None:
    for name, svg in drawings.items():
        assert re.findall(r"font-family[:=] ?\"?([^;\"]+)", svg) == [
            "'Source Sans Pro', 'Source Sans 3', sans-serif"
        ], name
        assert all(size >= style.SIZE_SMALLEST for size in _sizes(svg)), name
    with pytest.raises(ValueError, match="nothing below"):
        Canvas(10, 10).text(1, 1, "Wort", 6.5)


def test_text_stays_inside_the_picture(pictures: dict[str, Picture], drawings: dict[str, str]) -> None:
    pattern = re.compile(
        r'<text x="([-\d.]+)" y="([-\d.]+)" font-size="([\d.]+)"(?: font-weight="(\d+)")?(?: font-style="italic")?'
        r'(?: text-anchor="(\w+)")? fill="[^"]*">([^<]*)<'
    )
    shift = {"": 0.0, "middle": 0.5, "end": 1.0}
    for name, picture in pictures.items():
        found = pattern.findall(drawings[name])
        assert len(found) == drawings[name].count("<text"), name
        for x, y, size, weight, anchor, words in found:
            width = style.text_width(words.replace("&amp;", "&"), float(size), int(weight or 400))
            left = float(x) * style.PT - shift[anchor] * width
            assert left > -0.5 and left + width < picture.width + 0.5, (name, words)
            assert 0 < float(y) * style.PT < picture.height + 0.1, (name, words)


@pytest.mark.parametrize("status", german.NO_VALUE_STATUSES)
def test_every_gap_is_hatched_in_its_own_way_wherever_it_stands(geo: maps.Geography, status: str) -> None:
    gaps = _rows(30, (status, "reported"))
    assert f'class="hatch-{status}"' in _svg(maps.choropleth(geo, gaps, LIMITS, 2, ATTRIBUTION))
    assert f'class="hatch-{status}"' in _svg(charts.dot_plot(gaps, unit="Prozent", decimals=2))
    series = _series().with_columns(
        value=pl.when((pl.col("area_id") == "99999001") & (pl.col("period") == "2009")).then(None).otherwise("value"),
        status=pl.when((pl.col("area_id") == "99999001") & (pl.col("period") == "2009"))
        .then(pl.lit(status))
        .otherwise("status"),
    )
    line = charts.time_series(series, unit="Prozent", decimals=2, focus="99999001", focus_name="Testort 1")
    assert f'class="hatch-{status}"' in _svg(line)
    field = shapely.box(0, 0, 20, 10)
    drawn = [str(hatch_lines(style.HATCHES[other], field)) for other in german.NO_VALUE_STATUSES]
    assert len(set(drawn)) == len(drawn)


def test_a_missing_area_is_never_filled_with_a_class(geo: maps.Geography) -> None:
    svg = _svg(maps.choropleth(geo, _rows(30, ("missing",)), LIMITS, 2, ATTRIBUTION))
    assert not any(f'fill="{colour}"' in svg for colour in style.SEQUENTIAL)
    shown = _svg(maps.choropleth(geo, _rows(30), LIMITS, 2, ATTRIBUTION))
    assert all(f'fill="{colour}"' in shown for colour in style.SEQUENTIAL)


def test_hatch_lines_stay_inside_their_area() -> None:
    field = shapely.Polygon([(0, 0), (30, 5), (22, 28), (3, 20)], [[(10, 8), (18, 9), (14, 15)]])
    for name, pattern in style.HATCHES.items():
        pieces = hatch_lines(pattern, field)
        assert len(pieces) > 3, name
        assert all(shapely.covers(field.buffer(0.05), shapely.LineString(piece)) for piece in pieces), name


def test_legend_counts_every_area_once_and_names_gaps_even_when_there_are_none() -> None:
    lines = maps.legend(_rows(20, ("reported", "reported", "missing", "later")), LIMITS, 2)
    assert sum(line.count for line in lines) == 20
    assert [line.class_number for line in lines][:5] == [1, 2, 3, 4, 5]
    full = maps.legend(_rows(20), LIMITS, 2)
    assert [(line.status, line.count_text) for line in full if line.status] == [("missing", "–"), ("suppressed", "–")]


def test_index_map_shows_unstable_classes_and_its_legend_counts_them(geo: maps.Geography) -> None:
    svg = _svg(maps.index_map(geo, _index(29), ATTRIBUTION))
    assert 'class="hatch-unstable"' in svg
    lines = {line.label: line.count for line in maps.index_legend(_index(29))}
    assert lines["Klasse nicht stabil"] == 9
    stable = _index(29).with_columns(stability=pl.when(pl.col("class").is_not_null()).then(1.0))
    assert 'class="hatch-unstable"' not in _svg(maps.index_map(geo, stable, ATTRIBUTION))


def test_the_neighbour_fills_its_bay_and_touches_no_area_of_the_kreis(geo: maps.Geography) -> None:
    name, _, shape = geo.neighbours[0]
    assert name == "Stadt Nebenan"
    assert shape.area == pytest.approx(6000 * 12000, rel=0.02)
    assert shape.intersection(geo.outline).area < 1
    inside = json.dumps([{"name": "Drinnen", "ost": 3000, "nord": 3000}])
    assert maps.geography(_boundaries(30), _areas(30), "gemeinde", inside).neighbours[0][2] is None


def test_example_areas_are_called_examples_in_titles_and_in_the_picture(
    geo: maps.Geography, rooms: maps.Geography
) -> None:
    assert maps.map_title("Testanteil", "2021", rooms) == "Beispielraum 1 bis 2 (Beispielzuschnitt): Testanteil, 2021"
    assert maps.map_title("Testanteil", "2021", geo) == "Testanteil, 2021"
    with pytest.raises(ValueError, match="Beispielzuschnitt"):
        maps.area_overview_map(geo, ATTRIBUTION, sozialraeume=rooms, title="Räume")
    decided = _areas(30).with_columns(is_example=pl.lit(False))
    note = "beschlossen am 14.03.2022, Drucksache Test 1/2022"
    resolved = maps.geography(_boundaries(30), decided, "sozialraum", mark=note)
    assert maps.map_title("Testanteil", "2021", resolved) == f"Sozialräume ({note}): Testanteil, 2021"
    with pytest.raises(ValueError, match="Drucksache Test"):
        maps.area_overview_map(geo, ATTRIBUTION, sozialraeume=resolved, title="Räume")
    assert note in _svg(maps.area_overview_map(geo, ATTRIBUTION, sozialraeume=resolved, title=f"Räume ({note})"))
    values = rows.area_list(_areas(30), "sozialraum").with_columns(
        value=pl.lit(3.2), status=pl.lit("reported"), quality=pl.lit("final")
    )
    assert ">Beispielzuschnitt<" in _svg(maps.choropleth(rooms, values, LIMITS, 2, ATTRIBUTION))


@pytest.mark.parametrize("count", [3, 30, 60])
def test_any_number_of_areas_draws(count: int) -> None:
    geo = maps.geography(_boundaries(count), _areas(count))
    assert _svg(maps.choropleth_sheet(geo, _rows(count), LIMITS, 2, ATTRIBUTION, title="T", subtitle="", unit=""))
    picture = charts.dot_plot(_rows(count), unit="Prozent", decimals=2, kreis_value=4.0)
    svg = _svg(picture)
    assert all(f">Testort {number}<" in svg for number in range(1, count + 1))
    assert _svg(maps.area_overview_map(geo, ATTRIBUTION, title="Planungsräume"))


@pytest.mark.parametrize(
    "change",
    [
        {"lower": FLOAT, "upper": FLOAT},
        {"value": pl.lit(4.0), "lower": FLOAT, "upper": FLOAT},
        {"value": FLOAT, "lower": FLOAT, "upper": FLOAT, "status": pl.lit("missing")},
        {"name": pl.lit("Verbandsgemeinde Hohenwartstadt-Niederbeerbach am langen Hang")},
        {"value": pl.col("value") * -40000, "lower": FLOAT, "upper": FLOAT},
        {"verdict": pl.lit(None, dtype=pl.String)},
        {"quality": pl.lit("limited")},
    ],
)
def test_unusual_rows_draw(change: dict[str, Any]) -> None:
    table = _rows(7).with_columns(**change)
    for unit in ("Prozent", "€ je Einwohnerin und Einwohner", ""):
        assert _svg(charts.dot_plot(table, unit=unit, decimals=2, kreis_value=4.0, relevance_limit=0.4))
        assert _svg(charts.dot_plot(table, unit=unit, decimals=0))


def test_a_series_is_interrupted_at_a_break_and_where_a_value_is_missing() -> None:
    breaks = charts.parse_breaks("2010/2011: neue Basis")
    whole = charts.time_series(_series(1), unit="Prozent", decimals=2, kreis_id="99999", title="T")
    broken = charts.time_series(_series(1), unit="Prozent", decimals=2, kreis_id="99999", title="T", breaks=breaks)
    assert "Bruch 2010/2011" in _svg(broken) and "Bruch" not in _svg(whole)
    plot = lines._plot_of(_series(1), "Prozent", breaks, lines.WIDTH, 96)
    assert plot is not None and plot.segments == [[2008, 2009, 2010], [2011, 2012]]
    gap = pl.DataFrame({"period": ["2008", "2009", "2010"], "value": [1.0, None, 2.0]})
    assert plot.runs(gap) == [[(2008, 1.0)], [(2010, 2.0)]]


@pytest.mark.parametrize("years", [(2021,), (2009, 2013, 2018)])
def test_short_series_draw(years: tuple[int, ...]) -> None:
    for series in (_series(2, years), _series(2, years).with_columns(value=FLOAT, status=pl.lit("later"))):
        picture = charts.time_series(
            series, unit="je 1 000 Personen", decimals=2, kreis_id="99999", focus="99999001", focus_name="Testort 1"
        )
        assert _svg(picture)


def test_rows_follow_the_order_of_keys_and_mark_areas_without_a_row_as_missing() -> None:
    values = pl.DataFrame(
        {
            "indicator_id": ["E01", "E01", "E02"],
            "area_id": ["99999002", "99999001", "99999003"],
            "period": ["2021", "2020", "2021"],
            "value": [4.0, 5.0, 6.0],
            "lower": [3.0, 4.0, 5.0],
            "upper": [5.0, 6.0, 7.0],
            "status": ["reported"] * 3,
            "quality": ["final"] * 3,
            "reason": [None] * 3,
        }
    )
    table = rows.area_rows(_areas(3), values, None, "E01", "2021")
    assert table["area_id"].to_list() == ["99999001", "99999002", "99999003"]
    assert table["status"].to_list() == ["missing", "reported", "missing"]
    assert rows.area_rows(_areas(3), values, None, "E01", None)["status"].to_list() == ["missing"] * 3


def test_a_map_has_one_to_five_classes() -> None:
    assert [len(style.class_colours(count)) for count in range(1, 6)] == [1, 2, 3, 4, 5]
    with pytest.raises(ValueError, match="one to five"):
        style.class_colours(6)


def test_the_print_font_has_every_sign(pictures: dict[str, Picture], drawings: dict[str, str]) -> None:
    from fontTools.ttLib import TTFont

    words = "".join(re.findall(r">([^<]+)</text>", "".join(drawings.values())))
    words += "".join([*german.STATUS_SIGNS.values(), german.THIN_SPACE, german.MINUS])
    words += "".join([german.FIXED_SPACE, *german.STATUS_WORDS.values(), *(sign for sign, _ in german.SIGN_LEGEND)])
    for weight, slant in style._FONT_FILES:
        known = TTFont(style.font_path(weight, slant)).getBestCmap()
        assert not {sign for sign in words if sign.isprintable() and ord(sign) not in known}
    assert not set("●○◇▾\u2009") & set(words)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for picture in pictures.values():
            export.png_bytes(picture, dpi=40)


def test_alternative_texts_say_what_was_counted(pictures: dict[str, Picture]) -> None:
    colours = re.compile(r"blau|grau|orange|rot|grün|dunkel|hell|Bild von", re.IGNORECASE)
    for name, picture in pictures.items():
        assert 40 < len(picture.alt) <= alt.LONGEST, (name, picture.alt)
        assert not colours.search(picture.alt), (name, picture.alt)
    table = _rows(12).with_columns(value=pl.Series([2.5, 2.6, 3.1, 3.1, 3.2, 3.7, 4.2, 4.6, 4.7, 4.8, 4.9, 5.02]))
    assert alt.alt_map("Testanteil 2021", table, LIMITS, 2, "Alle Werte: Tabelle auf Seite 39.") == (
        "Karte: Testanteil 2021 in zwölf Gemeinden, fünf Klassen. Zwei Gemeinden unter 3,00, drei 3,00 bis unter 3,50, "
        "eine 3,50 bis unter 4,00, eine 4,00 bis unter 4,50, fünf 4,50 und mehr; keine ohne Angabe. "
        "Alle Werte: Tabelle auf Seite 39."
    )
    gaps = _rows(6, ("suppressed", "missing", "missing"))
    assert "sechs Gemeinden ohne Wert (keine Angabe 4, nicht ausgewiesen 2)" in alt.alt_map(
        "T", gaps, LIMITS, 2
    ).replace("Sechs", "sechs")


def test_alternative_texts_never_name_what_is_not_in_the_rows() -> None:
    table = _rows(8, ("suppressed",)).with_columns(verdict=pl.lit(None, dtype=pl.String))
    text = alt.alt_dot_plot("T", table, None, "Prozent", 2)
    assert not re.search(r"\d,\d", text)
    line = alt.alt_time_series("T", _series(2), "Prozent", 2, breaks=["2010/2011"], kreis_id="99999")
    assert "2008" not in line and "2011" in line


def test_saving_knows_svg_and_png_only(tmp_path: Any) -> None:
    canvas = Canvas(20, 10)
    canvas.text(2, 5, "Stand 16.05.2022")
    picture = canvas.picture()
    assert "Stand 16.05.2022" in export.save(picture, tmp_path / "a" / "x.svg").read_text(encoding="utf-8")
    assert export.save(picture, tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(ValueError, match=r"only \.svg and \.png"):
        export.save(picture, tmp_path / "x.pdf")


def test_a_png_shows_words_and_shapes_where_they_stand_on_the_sheet() -> None:
    canvas = Canvas(25.4, 12.7)
    canvas.text(25.4, 3, "Wort", 8.5, style.INK, align="right")
    canvas.rect(0, 6.35, 12.7, 6.35, style.FOCUS)
    image = Image.open(io.BytesIO(export.png_bytes(canvas.picture(), dpi=200)))
    assert (image.mode, image.size) == ("RGB", (200, 100))
    assert round(image.info["dpi"][0]) == 200
    dark = [(x, y) for x in range(200) for y in range(50) if image.getpixel((x, y))[0] < 128]
    width = style.text_width("Wort", 8.5) / 25.4 * 200
    assert min(x for x, _ in dark) == pytest.approx(200 - width, abs=2) and max(x for x, _ in dark) > 195
    assert (min(y for _, y in dark) + max(y for _, y in dark)) / 2 == pytest.approx(3 / 25.4 * 200, abs=1.5)
    assert image.getpixel((50, 75)) == (0xB2, 0x50, 0x0A) and image.getpixel((150, 75)) == (255, 255, 255)


def test_a_sheet_says_what_it_shows_and_by_which_rule_its_classes_are_made(drawings: dict[str, str]) -> None:
    words = " ".join(re.findall(r">([^<]+)</text>", drawings["sheet"]))
    assert german.CLASS_RULE in words
    assert "Karte: Testanteil 2021 in 30 Gemeinden" in re.findall(r"<title>([^<]+)</title>", drawings["sheet"])[0]


@pytest.mark.parametrize(("step", "words"), [(0.5, "Skala ab 50,2\u202f%"), (40.0, "")])
def test_a_flat_series_has_a_scale_that_begins_close_below_it_and_says_so(step: float, words: str) -> None:
    flat = _series().with_columns(value=50.2 + step * (pl.col("value") - pl.col("value").min()))
    picture = charts.time_series(flat, unit="%", decimals=1, kreis_id="99999", title="T")
    small = charts.panels(flat, _areas(5).head(5), unit="%", decimals=1, kreis_id="99999", title="T")
    for drawn in (picture, small):
        assert _svg(drawn).count(">Skala ab") == bool(words)
        assert words in _svg(drawn)
        assert ("nicht ab null" in drawn.alt) == bool(words)
    axis = timeline.value_axis(flat, 0, 1)
    assert axis is not None and (axis.low > 0) == bool(words)


def test_a_series_around_zero_keeps_it() -> None:
    rows = pl.DataFrame({"value": [-1.0, -1.1]})
    axis = timeline.value_axis(rows, 0, 1)
    assert axis is not None and axis.high == 0


def test_the_index_shows_its_classes_above_their_values_and_never_rounds_up_to_all() -> None:
    index = _index(8).with_columns(stability=pl.col("stability").replace({0.9: 0.998}))
    svg = _svg(charts.index_dots(_areas(9).head(9), index, limits=(-1.0, 0.0, 1.0)))
    assert [number for number in "1234" if f">{number}</text>" in svg] == list("1234")
    assert all(colour.lower() in svg.lower() for colour in style.class_colours(4))
    assert "über 99\u202f%" in svg and "100\u202f%" not in svg


def test_weights_and_dashes_of_lines_have_names_in_the_theme() -> None:
    """A number as third or fourth argument of a line is a look that no other figure would share."""
    found = []
    for path in sorted(Path(charts.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LINES:
                literal = [part for part in node.args[2:4] if isinstance(part, ast.Constant | ast.Tuple)]
                found += [f"{path.name}:{part.lineno}" for part in literal]
    assert not found


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (60.0, ["Groß-Hinterwaldenheim am See"]),
        (30.0, ["Groß-", "Hinterwaldenheim am", "See"]),
    ],
)
def test_a_long_name_breaks_after_its_hyphen(width: float, lines: list[str]) -> None:
    assert style.wrapped("Groß-Hinterwaldenheim am See", width, style.SIZE_LABEL, style.SEMIBOLD) == lines


def test_parts_of_a_long_name_that_fit_stay_together() -> None:
    assert style.wrapped("A-B-Hinterwaldenheim", 28, style.SIZE_LABEL)[0] == "A-B-"


def test_a_sozialraum_without_outline_is_named_on_the_map_and_in_its_words(geo: maps.Geography) -> None:
    drawn = _boundaries(30).filter(pl.col("area_id") != "99999-S02")
    rooms = maps.geography(drawn, _areas(30), "sozialraum")
    assert rooms.absent == ["Testraum 2"]
    title = maps.map_title("Räume", "", rooms)
    assert title.startswith("Beispielraum 1 bis 2 (Beispielzuschnitt)")
    picture = maps.area_overview_map(geo, ATTRIBUTION, sozialraeume=rooms, title=title)
    assert "nicht auf der Karte: Testraum 2 (besteht aus Ortsteilen" in _svg(picture)
    assert "1 Sozialraum: Testraum 1. Ohne Umriss" in picture.alt
    everything = maps.area_overview_map(geo, ATTRIBUTION, sozialraeume=_rooms_of(30), title=title)
    assert picture.height > everything.height


def _rooms_of(count: int) -> maps.Geography:
    return maps.geography(_boundaries(count), _areas(count), "sozialraum")


def test_a_divided_gemeinde_has_the_ground_of_each_sozialraum() -> None:
    whole, boundaries = _areas(2), _boundaries(2)
    west, south, east, north = shapely.from_wkb(boundaries.filter(area_id="99999001")["geometry"].item()).bounds
    middle = (west + east) / 2
    spans = {"99999-S01": (west, middle), "99999-S02": (middle, east + 6000)}
    cut = [
        shapely.box(spans[key][0], south, spans[key][1], north).wkb if key in spans else wkb
        for key, wkb in boundaries.select("area_id", "geometry").iter_rows()
    ]
    placed = boundaries.with_columns(geometry=pl.Series(cut, dtype=pl.Binary))
    rooms = maps.geography(placed, whole, "sozialraum")
    title = maps.map_title("Räume", "", rooms)
    svg = _svg(maps.area_overview_map(maps.geography(placed, whole), ATTRIBUTION, sozialraeume=rooms, title=title))
    assert all(f'fill="{tint}"' in svg for tint in style.GROUNDS[:2])
