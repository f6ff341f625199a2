"""Write the open data of an edition: values, areas, sources and the note that explains them.

What belongs here: file formats. What does not: choosing or rounding numbers; values leave as they were released.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from pipelines import german
from pipelines.contracts import contract
from pipelines.figures.alt import without_outline
from pipelines.publish.released import Release
from pipelines.publish.templates import fill
from pipelines.publish.words import QUALITY_WORDS, edition_line, state_line, state_words

LAYERS = {"gemeinden": "gemeinde", "sozialraeume": "sozialraum", "kreis": "kreis"}
AREA_COLUMNS = ("area_id", "name", "display_name", "ars", "number", "members", "is_example", "valid_from", "valid_to")


def write_open_data(release: Release, folder: Path) -> list[Path]:
    """Write `folder/daten/` (values.csv, values.parquet, gebiete.gpkg, quellen.csv, LIESMICH.md); return the paths.

    All files are equal byte for byte when the release is: rows in key order, no clock. The csv files are UTF-8 with
    comma, decimal point, LF and a header; a value that does not exist is an empty cell beside its status and reason.
    """
    target = folder / "daten"
    target.mkdir(parents=True, exist_ok=True)
    release.values.write_csv(target / "values.csv", line_terminator="\n")
    release.values.write_parquet(target / "values.parquet", compression="zstd", metadata=_origin(release))
    release.sources.write_csv(target / "quellen.csv", line_terminator="\n")
    _write_areas(release, target / "gebiete.gpkg")
    (target / "LIESMICH.md").write_text(_readme(release), encoding="utf-8", newline="\n")
    names = ("values.csv", "values.parquet", "gebiete.gpkg", "quellen.csv", "LIESMICH.md")
    return [target / name for name in names]


def _origin(release: Release) -> dict[str, str]:
    """What has to stay with the figures when a file travels alone: edition and attributions."""
    return {
        "ausgabe": f"Sozialatlas {release.edition['kreis_name']}, {edition_line(release.edition)}",
        "stand": state_line(release.edition),
        "quellenvermerke": "; ".join(release.sources["attribution"].unique().sort()),
    }


def _write_areas(release: Release, path: Path) -> None:
    """One GeoPackage with a layer per level. The date inside is the end of the report year, since GDAL wants one."""
    import pyogrio

    path.unlink(missing_ok=True)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{release.edition['report_year']}-12-31T00:00:00.000Z"})
    try:
        for layer, level in LAYERS.items():
            frame = _layer(release, level)
            if len(frame):
                options: dict[str, Any] = {"IDENTIFIER": layer, "DESCRIPTION": _layer_note(release, level)}
                pyogrio.write_dataframe(
                    frame, path, layer=layer, driver="GPKG", append=path.exists(), layer_options=options
                )
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _layer(release: Release, level: str) -> Any:
    """GeoDataFrame of the areas of one level that have a boundary, in key order, as multipolygons."""
    import geopandas as gpd
    from shapely import MultiPolygon, from_wkb

    rows = release.boundaries.join(release.areas.select(AREA_COLUMNS), on="area_id", how="inner")
    rows = rows.filter(pl.col("area_level") == level).sort("area_id")
    shapes = from_wkb(rows["geometry"].to_list())
    parts = [shape if shape.geom_type == "MultiPolygon" else MultiPolygon([shape]) for shape in shapes]
    attributes = rows.select(AREA_COLUMNS).with_columns(hinweis=pl.lit(release.mark(level), pl.String()))
    return gpd.GeoDataFrame(attributes.to_pandas(), geometry=parts, crs=release.edition["crs"])


def _layer_note(release: Release, level: str) -> str:
    absent = without_outline(release.rooms_without_outline) if level == "sozialraum" else ""
    notes = (release.mark(level), release.edition["label"], absent, *release.boundary_attributions)
    return "; ".join(note for note in notes if note)


def _readme(release: Release) -> str:
    credits = release.sources.select("source_id", "attribution", "licence").unique().sort("source_id", "attribution")
    return fill(
        "liesmich.md.jinja",
        edition=release.edition,
        edition_line=edition_line(release.edition),
        state_line=state_line(release.edition),
        state_words=state_words(release.edition),
        corrections=release.corrections.height,
        fields=contract("release.values").columns,
        area_fields=[column for column in contract("release.areas").columns if column.name in AREA_COLUMNS],
        credits=credits.rows(named=True),
        rows=release.values.height,
        statuses=[
            {"name": name, "has_value": german.has_value(name), "sign": german.status_sign(name), "words": words}
            for name, words in german.STATUS_WORDS.items()
        ],
        qualities=QUALITY_WORDS,
    )
