"""The edition of a report year: built aside, then exchanged with the last one.

What belongs here: the staging folder, its start and the exchange. What does not: what is in an edition.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl

from pipelines.errors import AtlasError
from pipelines.provenance import write_manifest
from pipelines.publish.copy import COPY_PATH, write_copy
from pipelines.publish.released import Release, open_release
from pipelines.settings import Settings


def begin_edition(frames: dict[str, pl.DataFrame], settings: Settings) -> Path:
    """Empty the staging folder and write the released copy into it; returns the path of the copy.

    frames: one per released table, without the schema in the name.
    """
    discard_staging(settings)
    return write_copy(frames, settings.staging_dir)


def staged_release(settings: Settings) -> Release:
    """The released copy in the staging folder. Raises AtlasError when no edition is being built."""
    return open_release(settings.staging_dir / COPY_PATH)


def switch_edition(settings: Settings) -> Path:
    """Write the manifest of the staged edition and put it in the place of the last one; returns its folder.

    Folders are renamed, so that nobody sees half an edition. When the new one cannot take its place, the last one
    comes back. Raises AtlasError when a file of the last edition is open in a program that forbids renaming.
    """
    write_manifest(settings, settings.staging_dir)
    aside = _aside(settings)
    shutil.rmtree(aside, ignore_errors=True)
    had_one = settings.output_dir.exists()
    try:
        if had_one:
            settings.output_dir.rename(aside)
        settings.staging_dir.rename(settings.output_dir)
    except OSError as error:
        restore_last(settings)
        raise AtlasError(
            "Die neue Ausgabe kann die letzte nicht ersetzen.",
            file=settings.output_dir,
            expected="keine Datei der letzten Ausgabe ist geöffnet",
            found=error.strerror or "kein Zugriff",
            remedy="Programme schließen, die Dateien der letzten Ausgabe zeigen, und den Lauf wiederholen.",
        ) from error
    shutil.rmtree(aside, ignore_errors=True)
    return settings.output_dir


def restore_last(settings: Settings) -> None:
    """Bring back the last edition when a run ended between the two renames."""
    if not settings.output_dir.exists() and _aside(settings).exists():
        _aside(settings).rename(settings.output_dir)


def discard_staging(settings: Settings) -> None:
    """Remove what a run that did not end well has left."""
    shutil.rmtree(settings.staging_dir, ignore_errors=True)


def _aside(settings: Settings) -> Path:
    return settings.out_dir / f".{settings.year}.alt"
