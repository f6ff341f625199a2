"""The pages of the documents as Typst calls: what stands where, from released tables.

What belongs here: one function per kind of page, returning Markdown with a raw Typst block for a cell to print. What
does not: computing indicators, drawing figures, how a page looks (`reports/theme/atlas.typ`).
"""

from __future__ import annotations

from pipelines.publish.pages.annex import checks, sheets, source_list
from pipelines.publish.pages.committee import committee
from pipelines.publish.pages.errata import corrections
from pipelines.publish.pages.front import (
    at_a_glance,
    contents,
    edition,
    imprint,
    knowledge,
    planning_areas,
    reading_help,
    title,
)
from pipelines.publish.pages.index import index_chapter
from pipelines.publish.pages.levels import chapters_without_figures
from pipelines.publish.pages.mandate import barriers, involved, mandate, plans_opening
from pipelines.publish.pages.offers import offers_chapter
from pipelines.publish.pages.paper import paper
from pipelines.publish.pages.participation import participation_chapter
from pipelines.publish.pages.planning import planning, plans_chapter
from pipelines.publish.pages.profile import all_profiles, profile
from pipelines.publish.pages.resources import impact, resources, resources_declared
from pipelines.publish.pages.themes import chapter, further_chapters, income_opening
from pipelines.publish.pages.workshop import workshop
from pipelines.publish.pages.yearly import yearly

__all__ = [
    "all_profiles",
    "at_a_glance",
    "barriers",
    "chapter",
    "chapters_without_figures",
    "checks",
    "committee",
    "contents",
    "corrections",
    "edition",
    "further_chapters",
    "impact",
    "imprint",
    "income_opening",
    "index_chapter",
    "involved",
    "knowledge",
    "mandate",
    "offers_chapter",
    "paper",
    "participation_chapter",
    "planning",
    "planning_areas",
    "plans_chapter",
    "plans_opening",
    "profile",
    "reading_help",
    "resources",
    "resources_declared",
    "sheets",
    "source_list",
    "title",
    "workshop",
    "yearly",
]
