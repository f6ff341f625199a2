"""Write the web page of an edition: `index.html` and everything below `portal/`.

What belongs here: which pages there are and the files they share. What does not: what a page says (one module per kind
of page), texts and looks (`reports/theme/portal`), and any number that is not released.
"""

from __future__ import annotations

from pathlib import Path

from pipelines.publish.portal.archive_page import write_archive_page
from pipelines.publish.portal.explorer import write_explorer
from pipelines.publish.portal.files import write_downloads
from pipelines.publish.portal.fonts import write_fonts
from pipelines.publish.portal.gaps import write_gaps
from pipelines.publish.portal.gemeinde import write_gemeinden
from pipelines.publish.portal.index_page import write_index_page
from pipelines.publish.portal.indicator import write_indicators
from pipelines.publish.portal.offers import write_offers
from pipelines.publish.portal.participation import write_participation
from pipelines.publish.portal.plans import write_plans
from pipelines.publish.portal.quality import write_quality
from pipelines.publish.portal.site import Site
from pipelines.publish.portal.start import map_start, write_start
from pipelines.publish.portal.texts import write_texts
from pipelines.publish.released import Release
from pipelines.publish.templates import TEMPLATE_DIR
from pipelines.publish.theme import css_variables

PAGES = (
    write_start,
    write_gemeinden,
    write_indicators,
    write_index_page,
    write_gaps,
    write_plans,
    write_offers,
    write_participation,
    write_texts,
    write_quality,
    write_downloads,
    write_archive_page,
)


def write_portal(release: Release, folder: Path) -> list[Path]:
    """Write `folder/index.html` and `folder/portal/`; return the paths.

    Call it last: the pages link and measure the files that lie in `folder` (atlas, workbook, data, profiles, maps).
    """
    portal = folder / "portal"
    portal.mkdir(parents=True, exist_ok=True)
    site = Site(release, folder)
    written = [_write_style(portal), *write_fonts(portal), *write_explorer(release, portal, map_start(release))]
    return written + [path for write in PAGES for path in write(site)]


def _write_style(portal: Path) -> Path:
    """The colours of the theme, then the rules that use them."""
    path = portal / "style.css"
    rules = (TEMPLATE_DIR / "portal" / "style.css").read_text(encoding="utf-8")
    path.write_text(f"{css_variables()}\n{rules}", encoding="utf-8", newline="\n")
    return path
