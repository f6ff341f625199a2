"""Every figure of the documents: its file name, its alternative text, and how it is drawn from the release.

What belongs here: which figures a document has, with titles and limits from the catalogue. What does not: drawing
(`pipelines.figures`) and where a figure stands on a page (`pages`). Text and picture come from the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.figures import alt
from pipelines.figures.rows import area_rows, class_limits
from pipelines.indicators.composite import CLASS_LIMITS
from pipelines.publish import sentences, supply
from pipelines.publish.ages import ages_by_sex, rows_by_sex
from pipelines.publish.released import Release

if TYPE_CHECKING:
    from pipelines.figures.canvas import Picture

FOLDER = "abbildungen"
SERIES_FROM = 10  # an indicator with at least so many periods gets a time series


@dataclass(frozen=True)
class Illustration:
    """One figure: file name without folder, alternative text, and the function that draws it."""

    name: str
    alt: str
    draw: Callable[[], Picture]

    @property
    def path(self) -> str:
        """The path by which sources reach it."""
        return f"{FOLDER}/{self.name}"


class Illustrations:
    """All figures of one release. Shapes and frames are prepared once and shared."""

    def __init__(self, release: Release) -> None:
        self.release = release

    def all(self) -> Iterator[Illustration]:
        """Every figure the documents use, in the order of the atlas."""
        yield self.cover()
        yield from self.address()
        yield self.planning_areas()
        yield from self.rooms_key()
        for indicator_id in self.mapped():
            yield self.theme_map(indicator_id)
            yield self.dot_plot(indicator_id)
        for indicator_id in self.with_series():
            yield self.time_series(indicator_id)
            yield self.panels(indicator_id)
        yield from self.pyramid()
        for pair in supply.mapped(self.release):
            yield self.supply_map(pair)
        yield self.index_map()
        yield self.index_dots()
        for indicator_id in letter_figures(self.release)[:LETTER_MAPS]:
            yield self.letter_map(indicator_id)
        for area_id in self.release.gemeinden["area_id"]:
            yield from self.of_profile(area_id)

    def of_profile(self, area_id: str) -> Iterator[Illustration]:
        """The figures of one profile."""
        yield self.locator(area_id)
        ages, series = self.age_bars(area_id), self.own_series(area_id)
        yield from [ages] if ages else []
        yield from [series[1]] if series else []
        yield from self.pyramid(area_id)
        yield from self.address(area_id)

    def mapped(self) -> list[str]:
        """Indicators with figures for Gemeinden in this edition, in the order of the catalogue.

        Single ages share one picture. What no delivery has figures for is in the lists of gaps, not on empty maps.
        """
        known = (pl.col("data") == "gemeinde") & pl.col("latest_period").is_not_null()
        rows = self.release.indicators.filter(known).sort("position")
        in_pyramid = {age.indicator_id for age in ages_by_sex(self.release)}
        return [name for name in rows["indicator_id"] if name not in in_pyramid]

    def with_series(self) -> list[str]:
        """Indicators whose figures reach back far enough for a time series."""
        wanted = set(self.mapped())
        counts = self.release.values.filter(
            pl.col("indicator_id").is_in(list(wanted)),
            pl.col("area_level") == "gemeinde",
            pl.col("value").is_not_null(),
        )
        periods = counts.group_by("indicator_id").agg(pl.col("period").n_unique())
        long = set(periods.filter(pl.col("period") >= SERIES_FROM)["indicator_id"])
        return [name for name in self.mapped() if name in long]

    def rows(self, indicator_id: str, level: str = "gemeinde") -> pl.DataFrame:
        """One row per area at the indicator's latest period, with value, span, status and verdict."""
        period = self.release.indicator(indicator_id)["latest_period"]
        tables = self.release.areas, self.release.values, self.release.comparison
        return area_rows(*tables, indicator_id, period, level)

    def limits(self, indicator_id: str) -> list[float]:
        """Class limits of the catalogue."""
        return class_limits(self.release.indicator(indicator_id))

    def title(self, indicator_id: str) -> str:
        """„Arbeitslosenanteil, Jahresdurchschnitt 2021“."""
        indicator = self.release.indicator(indicator_id)
        return f"{indicator['name']}, {sentences.stand(indicator)}"

    def theme_map(self, indicator_id: str) -> Illustration:
        """Map of an indicator in the classes of the catalogue."""
        from pipelines.figures import maps

        rows, limits, title = self.rows(indicator_id), self.limits(indicator_id), self.title(indicator_id)
        decimals = self.release.indicator(indicator_id)["decimals"]
        return Illustration(
            f"{indicator_id}-karte.svg",
            alt.alt_map(title, rows, limits, decimals, TABLE_NEXT_PAGE),
            lambda: maps.choropleth(self.geography, rows, limits, decimals, self.attribution, title=title),
        )

    def supply_map(self, pair: supply.Pair) -> Illustration:
        """Map of a supply rate; exactly zero is a class of its own, a gap of data is hatched."""
        from pipelines.figures import maps

        rows, limits = supply.map_rows(self.release, pair), supply.map_limits(pair)
        words = supply.map_alt(self.release, pair, TABLE_NEXT_PAGE)
        return Illustration(
            pair.file,
            words,
            lambda: replace(maps.choropleth(self.geography, rows, limits, pair.decimals, self.attribution), alt=words),
        )

    def letter_map(self, indicator_id: str) -> Illustration:
        """The same map small, for the letter to the Zukunftswerkstatt."""
        from pipelines.figures import maps

        rows, limits, title = self.rows(indicator_id), self.limits(indicator_id), self.title(indicator_id)
        decimals = self.release.indicator(indicator_id)["decimals"]
        return Illustration(
            f"{indicator_id}-karte-klein.svg",
            alt.alt_map(title, rows, limits, decimals, TABLE_BESIDE),
            lambda: maps.choropleth(
                self.geography, rows, limits, decimals, self.attribution, title=title, size=LETTER_SIZE
            ),
        )

    def dot_plot(self, indicator_id: str) -> Illustration:
        """Values with spans and the Kreis line."""
        from pipelines.figures import charts

        indicator, rows = self.release.indicator(indicator_id), self.rows(indicator_id)
        kreis, relevance = self._reference(indicator, rows)
        unit, decimals = indicator["unit"], indicator["decimals"]
        return Illustration(
            f"{indicator_id}-punkte.svg",
            alt.alt_dot_plot(self.title(indicator_id), rows, kreis, unit, decimals, TABLE_BELOW),
            lambda: charts.dot_plot(rows, kreis_value=kreis, relevance_limit=relevance, unit=unit, decimals=decimals),
        )

    def _reference(self, indicator: dict[str, Any], rows: pl.DataFrame) -> tuple[float | None, float | None]:
        """Kreis value to compare with, and the distance that counts; none where nothing is compared or tested."""
        verdicts = set(rows["verdict"].drop_nulls())
        if not verdicts - {"kein Vergleich"}:
            return None, None
        kreis = self.release.value(indicator["indicator_id"], self.release.kreis_id)["value"]
        if kreis is None or not verdicts - {"kein Vergleich", "ohne Prüfung"}:
            return kreis, None
        return kreis, abs(kreis) * (indicator["relevance_threshold"] or 0)

    def time_series(self, indicator_id: str) -> Illustration:
        """All Gemeinden and the Kreis over the years, with breaks."""
        return self._time_series(indicator_id, f"{indicator_id}-reihe.svg", YEARS_BELOW, height=88.0)

    def panels(self, indicator_id: str) -> Illustration:
        """The series of every Gemeinde in a panel of its own beside the Kreis, all on one axis."""
        from pipelines.figures import charts
        from pipelines.figures.rows import area_list

        indicator, areas = self.release.indicator(indicator_id), area_list(self.release.areas)
        breaks = charts.parse_breaks(indicator["breaks"])
        rows = self.release.series(indicator_id).filter(pl.col("area_level").is_in(["gemeinde", "kreis"]))
        unit, decimals, kreis_id = indicator["unit"], indicator["decimals"], self.release.kreis_id
        labels = [gap.label for gap in breaks]
        name = self.release.edition["kreis_short_name"]
        return Illustration(
            f"{indicator_id}-felder.svg",
            alt.alt_panels(
                indicator["name"], rows, areas, unit, decimals, breaks=labels, kreis_id=kreis_id, table_hint=PAGE_BEFORE
            ),
            lambda: charts.panels(
                rows, areas, unit=unit, decimals=decimals, kreis_id=kreis_id, kreis_name=name, breaks=breaks
            ),
        )

    def own_series(self, area_id: str) -> tuple[str, Illustration] | None:
        """Indicator and picture of the series of a profile, its Gemeinde in front; None where no series is long."""
        indicator_id = next((name for name in PROFILE_SERIES if name in self.with_series()), None)
        if indicator_id is None:
            return None
        name = self.release.area_row(area_id)["display_name"]
        options: dict[str, Any] = {"focus": area_id, "focus_name": name, "height": OWN_HEIGHT}
        if ages_by_sex(self.release):
            options["width"] = BESIDE_PYRAMID
        return indicator_id, self._time_series(indicator_id, f"{area_id}-reihe.svg", IN_THE_FILE, **options)

    def _time_series(self, indicator_id: str, file: str, hint: str, **options: Any) -> Illustration:
        from pipelines.figures import charts

        indicator = self.release.indicator(indicator_id)
        breaks = charts.parse_breaks(indicator["breaks"])
        rows = self.release.series(indicator_id).filter(pl.col("area_level").is_in(["gemeinde", "kreis"]))
        unit, decimals, kreis_id = indicator["unit"], indicator["decimals"], self.release.kreis_id
        focus = {name: options[name] for name in ("focus", "focus_name") if name in options}
        labels = [gap.label for gap in breaks]
        name = self.release.edition["kreis_short_name"]
        return Illustration(
            file,
            alt.alt_time_series(
                indicator["name"], rows, unit, decimals, breaks=labels, kreis_id=kreis_id, table_hint=hint, **focus
            ),
            lambda: charts.time_series(
                rows, kreis_id=kreis_id, unit=unit, decimals=decimals, breaks=breaks, kreis_name=name, **options
            ),
        )

    def age_bars(self, area_id: str) -> Illustration | None:
        """Age groups of a Gemeinde above those of the Kreis; None where an edition lacks one of the age shares."""
        from pipelines.figures import charts

        indicators = {row["indicator_id"] for row in self.release.indicators.iter_rows(named=True)}
        if not set(AGE_SHARES) <= indicators:
            return None
        rows = pl.DataFrame(
            [row for key in (area_id, self.release.kreis_id) for row in self.ages(key)],
            schema={"name": pl.String, "group": pl.String, "value": pl.Float64, "status": pl.String},
        )
        title = f"Altersaufbau, {sentences.stand(self.release.indicator(AGE_SHARES[0]))}"
        return Illustration(
            f"{area_id}-alter.svg", alt.alt_age_bars(title, rows, 1), lambda: charts.age_bars(rows, decimals=1)
        )

    def ages(self, area_id: str) -> list[dict[str, Any]]:
        """Shares of the four age groups from the released shares; one absent share leaves the whole bar open."""
        name = self.release.area_row(area_id)["display_name"]
        rows = [self.release.value(indicator_id, area_id) for indicator_id in AGE_SHARES]
        absent = [row["status"] for row in rows if row["value"] is None]
        if len({row["period"] for row in rows}) > 1:
            absent.append("not_applicable")
        if absent:
            return [{"name": name, "group": group, "value": None, "status": absent[0]} for group in AGE_GROUPS]
        small, young, old = (row["value"] for row in rows)
        shares = (small, young - small, 100 - young - old, old)
        pairs = zip(AGE_GROUPS, shares, strict=True)
        return [{"name": name, "group": group, "value": share, "status": "reported"} for group, share in pairs]

    def pyramid(self, area_id: str | None = None) -> list[Illustration]:
        """Ages by sex, alone in a list: of the Kreis, or small of a Gemeinde against it; nothing without such ages."""
        from pipelines.figures import charts

        rows = rows_by_sex(self.release, area_id or self.release.kreis_id)
        if rows.is_empty():
            return []
        kreis = rows_by_sex(self.release, self.release.kreis_id) if area_id else None
        name, kreis_name = self._area_name(area_id), self.release.edition["kreis_short_name"]
        title = f"{name}, {sentences.stand(self.release.indicator(ages_by_sex(self.release)[0].indicator_id))}"
        small: dict[str, Any] = {"width": SMALL_PYRAMID, "height": OWN_HEIGHT} if area_id else {}
        return [
            Illustration(
                f"{area_id or 'kreis'}-pyramide.svg",
                alt.alt_pyramid(title, rows, kreis, IN_THE_FILE if area_id else TABLE_BELOW),
                lambda: charts.pyramid(rows, kreis, name=name, kreis_name=kreis_name, **small),
            )
        ]

    def _area_name(self, area_id: str | None) -> str:
        about = self.release.edition
        return self.release.area_row(area_id)["display_name"] if area_id else about["kreis_name"]

    def index_map(self) -> Illustration:
        """Map of the index classes, hatched where a class is not stable."""
        from pipelines.figures import maps

        return Illustration(
            "index-karte.svg",
            alt.alt_index_map(INDEX_TITLE, self.release.index, TABLE_NEXT_PAGE),
            lambda: maps.index_map(self.geography, self.release.index, self.attribution, title=INDEX_TITLE),
        )

    def index_dots(self) -> Illustration:
        """Index values against the class limits."""
        from pipelines.figures import charts
        from pipelines.figures.rows import area_list

        areas = area_list(self.release.areas)
        rows = areas.join(self.release.index, on="area_id", how="left")
        return Illustration(
            "index-punkte.svg",
            alt.alt_index_dots(INDEX_TITLE, rows, TABLE_BELOW),
            lambda: charts.index_dots(areas, self.release.index, limits=CLASS_LIMITS),
        )

    def locator(self, area_id: str) -> Illustration:
        """Where a Gemeinde lies."""
        from pipelines.figures import maps

        name = self.release.area_row(area_id)["display_name"]
        return Illustration(
            f"{area_id}-lage.svg",
            alt.alt_locator(name, self.release.gemeinden.height),
            lambda: maps.locator(self.geography, area_id),
        )

    def address(self, area_id: str | None = None) -> list[Illustration]:
        """The QR code of `web_address`, alone in a list; nothing where no address is known."""
        from pipelines.figures import qr

        address = web_address(self.release, area_id)
        if address is None:
            return []
        name = f"{area_id}-adresse.svg" if area_id else "adresse.svg"
        return [Illustration(name, alt.alt_qr(address), lambda: qr.qr_code(address))]

    def cover(self) -> Illustration:
        """The Gemeinden alone, for the title page."""
        from pipelines.figures import maps
        from pipelines.figures.rows import area_list

        title = f"Die Gemeinden: {self.release.edition['kreis_name']}"
        return Illustration(
            "titel.svg",
            alt.alt_areas(title, area_list(self.release.areas), None),
            lambda: maps.area_overview_map(self.geography, self.attribution, title=title),
        )

    def planning_areas(self) -> Illustration:
        """Gemeinden with names and the Sozialräume around them."""
        from pipelines.figures import maps
        from pipelines.figures.rows import area_list

        areas = self.release.areas
        rooms = area_list(areas, "sozialraum") if self.release.sozialraeume.height else None
        title = planning_title(self.release)
        return Illustration(
            "planungsraeume.svg",
            alt.alt_areas(title, area_list(areas), rooms, self.release.rooms_without_outline),
            lambda: maps.area_overview_map(
                self.geography, self.attribution, sozialraeume=self.rooms if rooms is not None else None, title=title
            ),
        )

    def rooms_key(self) -> list[Illustration]:
        """A small map of the Sozialräume with their numbers, alone in a list; nothing where an edition draws none."""
        from pipelines.figures import maps
        from pipelines.figures.rows import area_list

        rooms = area_list(self.release.areas, "sozialraum")
        drawn = rooms.join(self.release.boundaries, on="area_id", how="semi", maintain_order="left")
        if drawn.is_empty():
            return []
        return [Illustration("sozialraeume-lage.svg", alt.alt_key_map(drawn), lambda: maps.key_map(self.rooms))]

    @cached_property
    def geography(self) -> Any:
        """The Gemeinden, ready to draw."""
        return self._geography("gemeinde")

    @cached_property
    def rooms(self) -> Any:
        """The Sozialräume, ready to draw."""
        return self._geography("sozialraum")

    @cached_property
    def attribution(self) -> str:
        """The attribution printed inside every map."""
        return " · ".join([*self.release.boundary_attributions, "vereinfacht"])

    def _geography(self, level: str) -> Any:
        from pipelines.figures import maps

        release = self.release
        return maps.geography(
            release.boundaries, release.areas, level, release.edition["neighbours"], release.mark(level)
        )


TABLE_BESIDE = "Alle Orte: Tabelle neben der Karte."
TABLE_NEXT_PAGE = "Alle Werte: Tabelle auf der folgenden Seite."
TABLE_BELOW = "Alle Werte: Tabelle unter dem Bild."
YEARS_BELOW = "Werte ausgewählter Jahre: Tabelle unter dem Bild."
PAGE_BEFORE = "Werte ausgewählter Jahre: Tabelle auf der Seite davor."
IN_THE_FILE = "Alle Werte: Datei values.csv."
AGE_SHARES = ("N01", "D03e", "D04")  # shares under 6, under 15, from 65: the other two groups follow from them
AGE_GROUPS = ("0 bis 5", "6 bis 14", "15 bis 64", "65 und älter")
SERIES_WIDTH = 178.0  # of a time series, mm
OWN_HEIGHT = 46.0  # of the figures on the second page of a profile, mm
SMALL_PYRAMID, BESIDE_PYRAMID = 62.0, 110.0  # widths of pyramid and series side by side there
PROFILE_SERIES = ("E01",)
INDEX_TITLE = "Orientierungsindex"
# What the letter to the Zukunftswerkstatt can tell of, in its order; it takes the first ones an edition has
LETTER = ("D04", "E01", "E08", "W05", "N01", "N16", "P01b", "A13")
LETTER_MAPS = 3
LETTER_SIZE = (98.0, 82.0)  # of a map there, mm


def letter_figures(release: Release) -> list[str]:
    """Indicators of LETTER with figures for Gemeinden and for the Kreis, in its order."""
    known = sentences.with_figures(release)
    ids = [name for name in LETTER if name in known]
    return [name for name in ids if release.value(name, release.kreis_id)["value"] is not None]


def web_address(release: Release, area_id: str | None = None) -> str | None:
    """Where the web page of this edition, or its page about one Gemeinde, is published; None where that is unknown."""
    folder = release.edition["portal_address"]
    if folder is None:
        return None
    return f"{folder}/portal/gemeinde/{area_id}.html" if area_id else f"{folder}/"


def planning_title(release: Release) -> str:
    """Title of the map of planning areas; an example partition says so at its beginning."""
    rooms = release.sozialraeume
    if rooms.is_empty():
        return "Planungsräume"
    label, note = release.edition["sozialraum_label"], release.edition["sozialraum_note"]
    if not rooms["is_example"].any():
        return f"Gemeinden und Sozialräume ({note})" if note else "Gemeinden und Sozialräume"
    numbers = f"1 bis {rooms.height}" if rooms.height > 1 else "1"
    return f"{label} {numbers} ({note}): Gemeinden und Sozialräume"


def draw(illustrations: list[Illustration], folder: Path) -> Path:
    """Draw figures as SVG into `folder` and return it. Equal releases give equal bytes."""
    from pipelines.figures.export import save

    folder.mkdir(parents=True, exist_ok=True)
    for illustration in illustrations:
        save(illustration.draw(), folder / illustration.name)
    return folder
