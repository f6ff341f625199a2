"""`python -m tests.gallery [folder]`: every figure and sign on made-up data as PDF and pictures.

What belongs here: the command. What does not: what the gallery shows (`entries`), its pages (`page`).
`--docs` also renews the picture in the documentation.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from pipelines.settings import PROJECT_DIR
from tests.gallery.page import write_gallery, write_overview

FOLDER = PROJECT_DIR / "build" / "galerie"
PICTURE = PROJECT_DIR / "docs" / "gallery.png"


def main() -> None:
    """Write the gallery into a folder."""
    parser = argparse.ArgumentParser(prog="python -m tests.gallery", description=main.__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    parser.add_argument("--docs", action="store_true", help="also renew docs/gallery.png")
    options = parser.parse_args()
    print(write_gallery(options.folder))
    if options.docs:
        print(write_overview(PICTURE))


if __name__ == "__main__":
    main()
