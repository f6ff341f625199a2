"""Head, foot and title of a paper: as Typst for its PDF, as words for its docx (`pipelines.publish.office`).

What belongs here: the one piece of Typst a paper may hold, and whether a paper is still a draft. What does not: the
text of a paper.
"""

from __future__ import annotations

from pipelines.publish.furniture import Furniture, furniture
from pipelines.publish.pages.committee import NAME, is_draft
from pipelines.publish.released import Release
from pipelines.publish.typst_code import block, show


def paper(release: Release, name: str, *, large: bool = False) -> str:
    """The rule that sets head, foot and title of a paper; the first thing its source prints.

    `name` is the title in the head of the source; `large` sets bigger type for plain language.
    """
    about = paper_about(release, name)
    return block(
        show(
            "papier",
            titel=about.title,
            name=about.name,
            kopf=about.head,
            untertitel=about.subtitle,
            fuss=about.foot,
            zeichen=about.mark,
            gross=large,
        )
    )


def paper_about(release: Release, name: str) -> Furniture:
    """What the pages of a paper say about it, in every format."""
    return furniture(release, name, draft=name == NAME and is_draft(release))
