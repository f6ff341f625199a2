"""Small pictures for the metadata of assets: they are shown and not handed on.

What belongs here: which table is shown how. What does not: drawing (`pipelines.figures.preview`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


def outlines(frame: pl.DataFrame, **_: pl.DataFrame) -> bytes:
    """The boundaries just made."""
    from pipelines.figures.preview import outline_png

    return outline_png(frame)


def one_indicator(frame: pl.DataFrame, *, boundaries: pl.DataFrame, **_: pl.DataFrame) -> bytes:
    """One indicator of the values just made, on the boundaries they were made with."""
    from pipelines.figures.preview import outline_png

    return outline_png(boundaries, frame)
