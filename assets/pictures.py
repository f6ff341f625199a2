"""Small pictures for the metadata of assets.

What belongs here: putting a picture into Dagster metadata. What does not: drawing it (`pipelines.figures.preview`).
"""

import base64

import dagster as dg
import polars as pl


def map_picture(boundaries: pl.DataFrame, values: pl.DataFrame | None = None) -> dict[str, dg.MetadataValue]:
    """Metadata „Karte“: outlines, or one indicator in colour, as a small PNG inside Markdown."""
    from pipelines.figures.preview import outline_png

    encoded = base64.b64encode(outline_png(boundaries, values)).decode("ascii")
    return {"Karte": dg.MetadataValue.md(f"![Karte](data:image/png;base64,{encoded})")}
