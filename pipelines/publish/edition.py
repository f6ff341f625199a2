"""The edition of a report year: built aside, then exchanged with the last one.

What belongs here: the staging folder, its start and the exchange. What does not: what is in an edition.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl

from pipelines.errors import AtlasError
from pipelines.provenance import sha256, write_manifest
from pipelines.publish.copy import COPY_PATH, write_copy
from pipelines.publish.released import Release, open_release
from pipelines.settings import Settings

FILES = (
    "index.html",
    "daten/values.csv",
    "daten/values.parquet",
    "daten/gebiete.gpkg",
    COPY_PATH.as_posix(),
)
FOLDERS = ("karten", "portal", "steckbriefe", "vorlagen")


def begin_edition(frames: dict[str, pl.DataFrame], settings: Settings) -> Path:
    """Empty the staging folder and write the released copy into it; returns the path of the copy.

    frames: one per released table, without the schema in the name.
    """
    discard_staging(settings)
    return write_copy(frames, settings.staging_dir)


def take_over(settings: Settings, files: dict[str, str]) -> None:
    """Begin an edition with files of the last one that stay as they are.

    files: SHA-256 by path inside the edition. Raises AtlasError when one is absent or not that file any more.
    """
    discard_staging(settings)
    for name, digest in files.items():
        source, target = settings.output_dir / name, settings.staging_dir / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_file():
            shutil.copyfile(source, target)
        if not target.is_file() or sha256(target) != digest:
            raise AtlasError(
                "Eine Datei der letzten Ausgabe hat sich während des Laufs geändert.",
                file=source,
                expected=f"SHA-256 {digest}",
                found="eine andere Datei" if target.is_file() else "keine Datei",
                remedy="Den Lauf wiederholen; die Datei wird dann neu erzeugt.",
            )


def staged_release(settings: Settings) -> Release:
    """The released copy in the staging folder. Raises AtlasError when no edition is being built."""
    return open_release(settings.staging_dir / COPY_PATH)


def switch_edition(settings: Settings) -> Path:
    """Write the manifest of the staged edition and put it in the place of the last one; returns its folder.

    Folders are renamed, so that nobody sees half an edition. When the new one cannot take its place, the last one
    comes back. Raises AtlasError when the staged edition lacks a file, as after a part of the assets only, or when a
    file of the last edition is open in a program that forbids renaming.
    """
    _check_complete(settings)
    write_manifest(settings, settings.staging_dir)
    restore_last(settings)
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


def _check_complete(settings: Settings) -> None:
    wanted = [*FILES, f"sozialatlas-{settings.year}.pdf", f"sozialatlas-{settings.year}.xlsx"]
    missing = [name for name in wanted if not (settings.staging_dir / name).is_file()]
    missing += [folder for folder in FOLDERS if not any(settings.staging_dir.glob(f"{folder}/*"))]
    if missing:
        raise AtlasError(
            "Die neue Ausgabe ist nicht vollständig und ersetzt die letzte nicht.",
            file=settings.staging_dir,
            expected="alle Dateien einer Ausgabe",
            found=f"es fehlt: {', '.join(missing)}",
            remedy="Alle Schritte der Gruppe reports ausführen, am einfachsten mit: sozialatlas run.",
        )


def _aside(settings: Settings) -> Path:
    return settings.out_dir / f".{settings.year}.alt"
