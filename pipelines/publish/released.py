"""Read the released copy: the one door through which documents, figures, portal and notebooks see numbers.

What belongs here: opening the file, one cached frame per released table, small look-ups. What does not: computing
anything, or reading the internal warehouse.
"""

from __future__ import annotations

import os
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.errors import AtlasError
from pipelines.figures.rows import without_outline
from pipelines.geography import keys

RELEASE_VARIABLE = "SOZIALATLAS_RELEASE"
AREA_VARIABLE = "SOZIALATLAS_AREA"


class Release:
    """One released edition, read only. Every frame has the columns and the order of its contract.

    `path` is the released DuckDB file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._frames: dict[str, pl.DataFrame] = {}

    def __repr__(self) -> str:
        return f"Release({self.path.name!r})"

    @property
    def area(self) -> str | None:
        """The area a document is about, from SOZIALATLAS_AREA; None for the whole Kreis."""
        return os.environ.get(AREA_VARIABLE) or None

    def table(self, name: str) -> pl.DataFrame:
        """The released table `release.<name>`. Raises AtlasError when the file does not hold it."""
        if name not in self._frames:
            try:
                with duckdb.connect(str(self.path), read_only=True) as connection:
                    self._frames[name] = connection.execute(f'select * from release."{name}"').pl()
            except duckdb.Error as error:
                raise AtlasError(
                    f"Die freigegebene Datei enthält die Tabelle „{name}“ nicht oder ist nicht lesbar.",
                    file=self.path,
                    expected=f"Tabelle release.{name}",
                    found="keine solche Tabelle"
                    if isinstance(error, duckdb.CatalogException)
                    else "eine Datei, die sich nicht als Datenbank öffnen lässt",
                    remedy="Den Lauf mit „sozialatlas run“ wiederholen.",
                ) from error
        return self._frames[name]

    @cached_property
    def edition(self) -> dict[str, Any]:
        """The edition itself: report year, Kreis, Stand, run id and label (the one row of release.edition)."""
        return self.table("edition").row(0, named=True)

    @property
    def values(self) -> pl.DataFrame:
        """One row per indicator, area and period, with status and reason."""
        return self.table("values")

    @property
    def indicators(self) -> pl.DataFrame:
        """The catalogue, one row per indicator."""
        return self.table("indicators")

    @property
    def areas(self) -> pl.DataFrame:
        """Gemeinden, Sozialräume and the Kreis."""
        return self.table("areas")

    @property
    def boundaries(self) -> pl.DataFrame:
        """Simplified polygons as WKB in `edition["crs"]`."""
        return self.table("boundaries")

    @property
    def sources(self) -> pl.DataFrame:
        """Every delivery with publisher, licence and hash."""
        return self.table("sources")

    @property
    def index(self) -> pl.DataFrame:
        """The orientation index per Gemeinde."""
        return self.table("index")

    @property
    def index_members(self) -> pl.DataFrame:
        """What each member adds to the index."""
        return self.table("index_members")

    @property
    def comparison(self) -> pl.DataFrame:
        """Each value against the Kreis."""
        return self.table("comparison")

    @property
    def trend(self) -> pl.DataFrame:
        """Each value against its reference period."""
        return self.table("trend")

    @property
    def checks(self) -> pl.DataFrame:
        """The outcome of every check of this edition."""
        return self.table("checks")

    @property
    def history(self) -> pl.DataFrame:
        """Every released Fassung up to this report year, with who approved it and what replaced it; no drafts."""
        return self.table("history")

    @property
    def corrections(self) -> pl.DataFrame:
        """Every corrected figure of this report year: old and new text and the reason."""
        return self.table("corrections")

    @cached_property
    def kreis_id(self) -> str:
        """Key of the Kreis, e.g. 06432."""
        return self.edition["kreis_key"]

    @cached_property
    def gemeinden(self) -> pl.DataFrame:
        """The Gemeinden among the areas, in the order of their number (no ranking)."""
        return self.areas.filter(pl.col("area_level") == "gemeinde").sort("number", "area_id")

    @cached_property
    def sozialraeume(self) -> pl.DataFrame:
        """The Sozialräume among the areas, in the order of their keys."""
        return self.areas.filter(pl.col("area_level") == "sozialraum").sort("area_id")

    @cached_property
    def rooms_without_outline(self) -> list[str]:
        """Names of the Sozialräume that no map can show, in the order of their keys."""
        return without_outline(self.areas, self.boundaries, "sozialraum")

    @cached_property
    def _members(self) -> pl.Series:
        return self.sozialraeume["members"].drop_nulls().str.split(";").explode()

    @cached_property
    def has_ortsteile(self) -> bool:
        """Whether a Sozialraum is made of Ortsteile."""
        return any(keys.level(key) == "ortsteil" for key in self._members)

    @cached_property
    def divided(self) -> set[str]:
        """The Gemeinden that outlines divide: they are listed with several Sozialräume."""
        return set(self._members.filter(self._members.is_duplicated()))

    def mark(self, level: str) -> str | None:
        """What maps, tables and layers of a level say of its areas: Sozialräume are an example, or were resolved."""
        return self.edition["sozialraum_note"] if level == "sozialraum" else None

    @cached_property
    def boundary_attributions(self) -> list[str]:
        """The notes that every map prints: attributions of the sources that deliver boundaries."""
        return self._attributions(pl.col("file").str.ends_with(".geojson"))

    def attributions(self, source_ids: str | None) -> list[str]:
        """The notes to print for sources joined by `;`, each once, in alphabetical order; none without sources."""
        return self._attributions(pl.col("source_id").is_in((source_ids or "").split(";")))

    def _attributions(self, condition: pl.Expr) -> list[str]:
        return self.sources.filter(condition)["attribution"].unique().sort().to_list()

    def area_row(self, area_id: str) -> dict[str, Any]:
        """The row of one area. Raises AtlasError for an area this edition does not know."""
        return self._known(self._areas.get(area_id), f"das Gebiet „{area_id}“")

    def indicator(self, indicator_id: str) -> dict[str, Any]:
        """The catalogue row of one indicator. Raises AtlasError for an unknown id."""
        return self._known(self._indicators.get(indicator_id), f"den Indikator „{indicator_id}“")

    def value(self, indicator_id: str, area_id: str, period: str | None = None) -> dict[str, Any]:
        """One row of `values`; without a period that of the indicator's latest one. Raises AtlasError when absent."""
        rows = self._values.get((indicator_id, area_id), {})
        wanted = period or self.indicator(indicator_id)["latest_period"] or max(rows, default="")
        what = f"einen Eintrag zu {indicator_id}, Gebiet {area_id}, Zeitbezug {wanted}"
        return self._known(rows.get(wanted), what)

    # Pages look up thousands of single rows: one dictionary each instead of one filter each.

    @cached_property
    def _areas(self) -> dict[str, dict[str, Any]]:
        return {row["area_id"]: row for row in self.areas.iter_rows(named=True)}

    @cached_property
    def _indicators(self) -> dict[str, dict[str, Any]]:
        return {row["indicator_id"]: row for row in self.indicators.iter_rows(named=True)}

    @cached_property
    def _values(self) -> dict[tuple[str, str], dict[str, dict[str, Any]]]:
        rows: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
        for row in self.values.iter_rows(named=True):
            rows.setdefault((row["indicator_id"], row["area_id"]), {})[row["period"]] = row
        return rows

    def _known(self, row: dict[str, Any] | None, what: str) -> dict[str, Any]:
        if row is None:
            raise AtlasError(
                f"Die Ausgabe kennt {what} nicht.",
                file=self.path,
                expected="eine Zeile",
                found="keine Zeile",
                remedy="Die Kennung mit der Datei daten/values.csv vergleichen.",
            )
        return row

    def latest(self, indicator_id: str, level: str) -> pl.DataFrame:
        """All rows of `values` of one level at the indicator's latest period, by area; statuses without value too."""
        rows = self.values.filter(pl.col("indicator_id") == indicator_id, pl.col("area_level") == level)
        latest = pl.lit(self._latest_period(indicator_id, rows), pl.String)
        return rows.filter(pl.col("period") == latest).sort("area_id")

    def series(self, indicator_id: str, area_id: str | None = None) -> pl.DataFrame:
        """All rows of `values` of one indicator by area and period; of one area when `area_id` is given."""
        rows = self.values.filter(pl.col("indicator_id") == indicator_id)
        if area_id is not None:
            rows = rows.filter(pl.col("area_id") == area_id)
        return rows.sort("area_id", "period")

    def _latest_period(self, indicator_id: str, rows: pl.DataFrame) -> str | None:
        """The catalogue's latest period; an indicator without any value stands in the latest period of its rows."""
        return self.indicator(indicator_id)["latest_period"] or max(rows["period"], default=None)


def open_release(path: Path | str | None = None) -> Release:
    """The released edition at `path`, else at the path in SOZIALATLAS_RELEASE; SOZIALATLAS_AREA sets `area`.

    Raises AtlasError when no path is given, the file is absent or it is not a released copy.
    """
    named = path or os.environ.get(RELEASE_VARIABLE)
    if not named:
        raise AtlasError(
            "Es ist keine freigegebene Datei angegeben.",
            expected=f"ein Pfad in der Umgebungsvariablen {RELEASE_VARIABLE}",
            found="keine Angabe",
            remedy="Erst „sozialatlas run“ aufrufen, dann den Pfad zu daten/sozialatlas.duckdb angeben.",
        )
    file = Path(named).resolve()
    if not file.is_file():
        raise AtlasError(
            "Die freigegebene Datei fehlt.",
            file=file,
            expected="daten/sozialatlas.duckdb einer Ausgabe",
            found="keine Datei",
            remedy="Den Pfad prüfen oder die Ausgabe mit „sozialatlas run“ erzeugen.",
        )
    state = file.stat()
    return _opened(file, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=1)
def _opened(file: Path, changed: int, size: int) -> Release:
    """The release in a file of this state: documents made one after the other share its frames."""
    release = Release(file)
    if release.table("edition").height != 1:
        raise AtlasError(
            "Die freigegebene Datei beschreibt nicht genau eine Ausgabe.",
            file=file,
            expected="eine Zeile in release.edition",
            found=f"{release.table('edition').height} Zeilen",
            remedy="Den Lauf mit „sozialatlas run“ wiederholen.",
        )
    return release
