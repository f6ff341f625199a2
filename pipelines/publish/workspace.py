"""The temporary copy of the sources that both engines work in, so that nothing is left beside the sources.

What belongs here: copying and clearing away. What does not: rendering.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pipelines.publish.illustrations import FOLDER as FIGURES
from pipelines.publish.standalone import FONTS

OUTPUT = "_ausgabe"  # output-dir of reports/_quarto.yml
# What runs and the quarto program leave in the folder of the sources
NOT_SOURCES = ("output", OUTPUT, FIGURES, FONTS, ".*", "__pycache__", "*.pdf")
# What the web page is made of; no document needs it
WEB_PAGE = ("portal", "*.jinja")


@contextlib.contextmanager
def workspace(reports: Path, figures: Path | None = None) -> Iterator[Path]:
    """A temporary copy of the sources with the figures beside them; several documents may be rendered in it."""
    with tempfile.TemporaryDirectory(prefix="sozialatlas-", ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary).resolve() / "reports"
        shutil.copytree(reports, folder, ignore=shutil.ignore_patterns(*NOT_SOURCES, *WEB_PAGE))
        if figures is not None:
            _bring(figures.resolve(), folder / FIGURES)
        yield folder


def _bring(source: Path, target: Path) -> None:
    try:
        target.symlink_to(source, target_is_directory=True)
    except OSError:  # Windows allows links only with special rights
        shutil.copytree(source, target)
