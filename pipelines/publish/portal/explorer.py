"""The map explorer's files: scripts, style sheet and data beside the pages.

What belongs here: copying `app.js`, `explorer/*.js` and `karte.css` from the theme and writing the data they read. What
does not: what the scripts do (`reports/theme/portal`), the map a page shows without scripts (`start`).
"""

from __future__ import annotations

import shutil
from pathlib import Path

from pipelines.publish.portal.data import write_data
from pipelines.publish.released import Release
from pipelines.publish.templates import TEMPLATE_DIR

SOURCES = TEMPLATE_DIR / "portal"
SCRIPTS = ("numbers", "model", "address", "map", "table", "trend", "compare", "download", "explorer")
FILES = ("app.js", "karte.css", *(f"explorer/{name}.js" for name in SCRIPTS))


def write_explorer(release: Release, portal: Path, start: str | None = None) -> list[Path]:
    """Write scripts, style sheet and data of the map explorer below `portal`; return the paths.

    `start` is the indicator shown first, as on the map a page holds without scripts.
    """
    written = []
    for name in FILES:
        target = portal / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(SOURCES / name, target)
        written.append(target)
    return [*written, *write_data(release, portal, start)]
