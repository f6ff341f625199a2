"""What leaves the house: the released copy, documents, workbook, open data, maps and the web page.

What belongs here: turning released tables into files. What does not: computing a number (`pipelines.indicators`) or
deciding what may be shown (`pipelines.disclosure`).
"""

from __future__ import annotations

from pipelines.publish.released import Release, open_release
from pipelines.publish.standalone import prepare

__all__ = ["Release", "open_release", "prepare"]
