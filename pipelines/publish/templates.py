"""Fill the text templates under `reports/theme` with released data.

What belongs here: the template engine and its settings. What does not: texts (they are in the templates) and numbers.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from pipelines.settings import PROJECT_DIR

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATE_DIR = PROJECT_DIR / "reports" / "theme"


def fill(name: str, **data: Any) -> str:
    """The template `reports/theme/<name>` filled with `data`, line ends LF.

    HTML templates escape every value; a variable a template names and `data` lacks is an error, never an empty place.
    """
    return _environment(".html" in name).get_template(name).render(**data)


@cache
def _environment(escape: bool) -> Environment:
    """One engine per kind of text, so that a template of many pages is read and compiled once."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(TEMPLATE_DIR, encoding="utf-8"),
        autoescape=escape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        newline_sequence="\n",
    )
