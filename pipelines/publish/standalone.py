"""What a source needs beside it when the quarto program renders it by hand: figures and the print font.

What belongs here: putting both next to the source, once. What does not: the project's own engines, which bring them
(they say so by the variable SOZIALATLAS_ENGINE).
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from pipelines.publish.illustrations import FOLDER, Illustrations, draw
from pipelines.publish.released import Release

ENGINE_VARIABLE = "SOZIALATLAS_ENGINE"
FONTS = "schriften"  # named as font-paths in reports/_quarto.yml


def prepare(release: Release, folder: Path | None = None) -> None:
    """Draw all figures of the release and copy the font into `folder` (the working folder), unless an engine runs."""
    if os.environ.get(ENGINE_VARIABLE):
        return
    folder = folder or Path.cwd()
    draw(list(Illustrations(release).all()), folder / FOLDER)
    copy_fonts(folder / FONTS)


def copy_fonts(folder: Path) -> Path:
    """Copy the fonts of the wheel into `folder`."""
    from font_source_sans_pro import font_files_ttf

    folder.mkdir(exist_ok=True)
    for path in sorted(set(font_files_ttf.values())):
        shutil.copyfile(path, folder / Path(path).name)
    return folder
