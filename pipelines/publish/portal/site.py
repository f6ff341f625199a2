"""What every page of the portal shares: its address, navigation, frame, and the look-ups prepared once.

What belongs here: links and the order of indicators and themes. What does not: what a page says.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from pipelines import german
from pipelines.figures import maps
from pipelines.figures.rows import area_rows
from pipelines.publish.karten import INDEX_FILE
from pipelines.publish.released import Release
from pipelines.publish.sentences import grouped
from pipelines.publish.templates import fill
from pipelines.publish.webmap import Outlines, outlines
from pipelines.publish.words import edition_line, state_line

Row = dict[str, Any]

HOME = "index.html"
INDEX = "portal/orientierungsindex.html"
PLANS = "portal/fachplanungen.html"
OFFERS = "portal/angebote.html"
PARTICIPANTS = "portal/beteiligte.html"
GAPS = "portal/datenluecken.html"
METHODS = "portal/methoden.html"
QUALITY = "portal/qualitaet.html"
DOWNLOADS = "portal/downloads.html"
ARCHIVE = "portal/archiv.html"
ACCESSIBILITY = "portal/barrierefreiheit.html"
GEMEINDEN = f"{HOME}#gemeinden"
THEMES = f"{HOME}#themen"
NAVIGATION = (
    ("Start", HOME),
    ("Gemeinden", GEMEINDEN),
    ("Themen", THEMES),
    ("Index", INDEX),
    ("Was wir wissen", GAPS),
    ("Fachplanungen", PLANS),
    ("Angebote", OFFERS),
    ("Beteiligte", PARTICIPANTS),
    ("Methoden", METHODS),
    ("Qualität", QUALITY),
    ("Downloads", DOWNLOADS),
    ("Archiv", ARCHIVE),
)


@dataclass(frozen=True)
class Place:
    """Where a page lies: path in the edition, title, the entry of the navigation it belongs to, and what is above it.

    `above` holds (name, path) pairs between the start page and this one.
    """

    path: str
    title: str
    section: str
    above: tuple[tuple[str, str], ...] = ()
    description: str = ""

    @property
    def root(self) -> str:
        """The way from this page to the folder of the edition, as the beginning of a link."""
        return "../" * self.path.count("/")


class Site:
    """One released edition and the folder its files lie in."""

    def __init__(self, release: Release, folder: Path) -> None:
        self.release = release
        self.folder = folder

    def write(self, place: Place, template: str, **data: Any) -> Path:
        """Fill `reports/theme/portal/<template>` in the common frame and write it to its place; returns the path."""
        path = self.folder / place.path
        path.parent.mkdir(parents=True, exist_ok=True)
        text = fill(f"portal/{template}", place=place, root=place.root, navigation=NAVIGATION, **self._frame, **data)
        path.write_text(text, encoding="utf-8", newline="\n")
        return path

    @cached_property
    def _frame(self) -> Row:
        edition = self.release.edition
        return {
            "edition": edition,
            "edition_line": edition_line(edition),
            "state_line": state_line(edition),
            "run": edition["run_id"][:12],
            "credits": self._credits,
            "accessibility": ACCESSIBILITY,
            "signs": german.SIGN_LEGEND,
        }

    @property
    def _credits(self) -> list[str]:
        return self.release.sources["attribution"].unique().sort().to_list()

    @cached_property
    def gemeinden(self) -> list[Row]:
        """The Gemeinden in their fixed order."""
        return self.release.gemeinden.rows(named=True)

    @cached_property
    def indicators(self) -> list[Row]:
        """All indicators in the order of the catalogue; large numbers in their names are grouped."""
        rows = self.release.indicators.sort("position").rows(named=True)
        words = ("name", "short_name", "question", "theme")
        return [{**row, **{word: grouped(row[word]) for word in words}} for row in rows]

    @cached_property
    def chapters(self) -> list[Row]:
        """Chapters with their themes with their indicators, each in the order of the catalogue."""
        chapters: dict[str, dict[str, list[Row]]] = {}
        for row in self.indicators:
            chapters.setdefault(row["chapter"], {}).setdefault(row["theme"], []).append(row)
        return [
            {"name": name, "themes": [{"name": theme, "indicators": members} for theme, members in themes.items()]}
            for name, themes in chapters.items()
        ]

    def area_rows(self, indicator_id: str) -> pl.DataFrame:
        """One row per Gemeinde at the indicator's latest period, as `figures.rows.area_rows`; read once."""
        if indicator_id not in self._area_rows:
            period = self.release.indicator(indicator_id)["latest_period"]
            values, comparison = (self._by_indicator(name, indicator_id) for name in ("values", "comparison"))
            self._area_rows[indicator_id] = area_rows(self.release.areas, values, comparison, indicator_id, period)
        return self._area_rows[indicator_id]

    @cached_property
    def _area_rows(self) -> dict[str, pl.DataFrame]:
        return {}

    def _by_indicator(self, table: str, indicator_id: str) -> pl.DataFrame:
        if table not in self._parts:
            parts = self.release.table(table).partition_by("indicator_id", as_dict=True)
            self._parts[table] = {str(key[0]): part for key, part in parts.items()}
        return self._parts[table].get(indicator_id, self.release.table(table).clear())

    @cached_property
    def _parts(self) -> dict[str, dict[str, pl.DataFrame]]:
        return {}

    @cached_property
    def series(self) -> dict[tuple[str, str], list[Row]]:
        """All rows of `values` by indicator and area, in the order of their periods."""
        rows: dict[tuple[str, str], list[Row]] = {}
        for row in self.release.values.sort("indicator_id", "area_id", "period").iter_rows(named=True):
            rows.setdefault((row["indicator_id"], row["area_id"]), []).append(row)
        return rows

    @cached_property
    def outlines(self) -> Outlines | None:
        """The outlines of the Gemeinden; the start page holds them once. None where the edition has no boundaries."""
        release = self.release
        geo = maps.geography(release.boundaries, release.areas, neighbours=release.edition["neighbours"])
        return outlines(geo) if geo.shapes else None

    @cached_property
    def index_members(self) -> list[str]:
        """The indicators the index is made of, in their order."""
        return self.release.index_members["indicator_id"].unique(maintain_order=True).to_list()

    @cached_property
    def maps(self) -> dict[str, dict[str, Path]]:
        """Files below `karten` by indicator („index“ for the index) and ending."""
        found: dict[str, dict[str, Path]] = {}
        for ending in ("svg", "png"):
            for path in sorted((self.folder / "karten").glob(f"*.{ending}")):
                found.setdefault(path.name.split("-")[0], {})[ending] = path
        return found

    @property
    def index_maps(self) -> dict[str, Path]:
        """The map of the index by ending; empty where it was not drawn."""
        return self.maps.get(INDEX_FILE.split("-")[0], {})

    @cached_property
    def profiles(self) -> dict[str, Path]:
        """The profile of each Gemeinde that has one."""
        return {path.name.split("-")[0]: path for path in sorted((self.folder / "steckbriefe").glob("*.pdf"))}

    def link(self, path: Path) -> str:
        """A file of the edition as a path from its folder."""
        return path.relative_to(self.folder).as_posix()


def gemeinde_page(area_id: str) -> str:
    """The page of a Gemeinde, from the folder of the edition."""
    return f"portal/gemeinde/{area_id}.html"


def indicator_page(indicator_id: str) -> str:
    """The page of an indicator, from the folder of the edition."""
    return f"portal/indikator/{indicator_id}.html"


def explorer_link(indicator: Row, area_id: str | None = None) -> str:
    """The map explorer with an indicator at its latest year, and an area, chosen."""
    parts = [f"indikator={indicator['indicator_id']}"]
    if indicator["latest_period"]:
        parts.append(f"jahr={german.period_year(indicator['latest_period'])}")
    parts.append("ebene=gemeinde")
    if area_id:
        parts.append(f"gebiet={area_id}")
    return f"{HOME}#{'&'.join(parts)}"
