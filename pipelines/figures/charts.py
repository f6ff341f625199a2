"""The charts documents draw, in one place: dot plots, time series alone and in panels, ages.

What belongs here: names only. What does not: drawing (`dots`, `series`, `bars`).
"""

from __future__ import annotations

from pipelines.figures.bars import age_bars
from pipelines.figures.dots import dot_plot, index_dots
from pipelines.figures.panels import panels
from pipelines.figures.pyramid import pyramid
from pipelines.figures.series import time_series
from pipelines.indicators.trend import parse_breaks

__all__ = ["age_bars", "dot_plot", "index_dots", "panels", "parse_breaks", "pyramid", "time_series"]
