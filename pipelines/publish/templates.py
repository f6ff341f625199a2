"""Fill the text templates under `reports/theme` with released data.

What belongs here: the template engine and its settings. What does not: texts (they are in the templates) and numbers.
"""

from __future__ import annotations

from typing import Any

from pipelines.settings import PROJECT_DIR

TEMPLATE_DIR = PROJECT_DIR / "reports" / "theme"


def fill(name: str, **data: Any) -> str:
    """The template `reports/theme/<name>` filled with `data`, line ends LF.

    HTML templates escape every value; a variable a template names and `data` lacks is an error, never an empty place.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATE_DIR, encoding="utf-8"),
        autoescape=".html" in name,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        newline_sequence="\n",
    )
    return environment.get_template(name).render(**data)
