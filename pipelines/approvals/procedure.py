"""Take a step in the life of the edition at hand, as a whole or not at all.

What belongs here: what must be true before a step, writing it, having the edition made anew and archived, and putting
everything back when that fails. What does not: which step may follow which (`steps`), running a job (`assets`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from pipelines.approvals import changes, steps
from pipelines.approvals.register import Change, Register, read_register, register_path, write_register
from pipelines.approvals.standing import Standing, standing
from pipelines.errors import AtlasError
from pipelines.german import count_text
from pipelines.lock import run_lock
from pipelines.provenance import is_current, release_run_id
from pipelines.publish import archive
from pipelines.publish.copy import COPY_PATH
from pipelines.publish.released import Release
from pipelines.settings import Settings

Make = Callable[[Settings], object]


def mark_checked(settings: Settings, name: str, role: str | None, day: str, make: Make) -> Standing:
    """Record that `name` has checked the edition at hand, and make it anew with `make`; returns its new standing.

    day: YYYY-MM-DD. Raises AtlasError when the edition is not up to date, its checks failed, its errata are not in step
    with its numbers, or the step may not follow; the file of approvals and the last edition then stay as they were.
    """
    with run_lock(settings.curated_dir):
        register, run = _edition_at_hand(settings)
        following = steps.check(register, name, role, day, run)
        _refuse_unexplained(settings, register, run)
        with _taken_back_on_failure(settings):
            write_register(settings, following, "freigeben")
            make(settings)
        return standing(following, run)


def release(settings: Settings, name: str, role: str | None, day: str, make: Make) -> Standing:
    """Record that `name` has approved the edition at hand, make it anew and put it into the archive.

    An edition that is approved but not in the archive, because a run was broken off, is put there without a new step.
    Raises AtlasError as `mark_checked` does, and when the archive holds this Fassung already.
    """
    with run_lock(settings.curated_dir):
        register, run = _edition_at_hand(settings)
        now = standing(register, run)
        folder = archive.archive_folder(settings) / f"{settings.year}-{now.number}"
        if now.approved and not folder.exists():
            archive.put(settings, now.number)
            return now
        following = steps.approve(register, name, role, day, run)
        _refuse_unexplained(settings, register, run)
        archive.refuse_existing(settings, now.number)
        with _taken_back_on_failure(settings):
            write_register(settings, following, "freigeben")
            make(settings)
            archive.put(settings, now.number)
        return standing(following, run)


def correct(settings: Settings, reason: str, day: str, make: Make) -> tuple[Standing, list[Change]]:
    """Record why the edition at hand differs from the released one, figure by figure, and make it anew.

    Returns its standing and the figures. Raises AtlasError when nothing is released or no printed figure differs.
    """
    with run_lock(settings.curated_dir):
        register, run = _edition_at_hand(settings)
        found = _changed(settings, register)
        following = steps.correct(register, reason, found, day, run)
        with _taken_back_on_failure(settings):
            write_register(settings, following, "korrektur")
            make(settings)
        return standing(following, run), found


def current_release(settings: Settings) -> Release:
    """The released copy of the edition at hand, whatever its state. Raises AtlasError when there is none."""
    copy = settings.output_dir / COPY_PATH
    if not copy.is_file():
        raise AtlasError(
            f"Für {settings.year} gibt es keine Ausgabe.",
            file=settings.output_dir,
            expected="eine fertige Ausgabe",
            found="kein Ordner" if not settings.output_dir.is_dir() else "keine freigegebene Datei",
            remedy="Zuerst eine Ausgabe erzeugen: sozialatlas run.",
        )
    return Release(copy)


def _edition_at_hand(settings: Settings) -> tuple[Register, str]:
    """The register and the run of an edition that is up to date and passed its checks."""
    register = read_register(settings)
    shown = current_release(settings)
    if not is_current(settings):
        raise AtlasError(
            "Die Ausgabe ist nicht auf dem Stand der Lieferungen und des Programms.",
            file=settings.output_dir,
            expected="eine Ausgabe, an der seit ihrem Lauf nichts geändert wurde",
            found="geänderte Eingaben, Programmteile oder Dateien",
            remedy="Zuerst sozialatlas run ausführen und die Ausgabe ansehen; was fehlt, zeigt sozialatlas status.",
        )
    failed = shown.checks.filter(~pl.col("passed"))
    if failed.height:
        raise AtlasError(
            "Prüfungen dieser Ausgabe sind nicht bestanden; so wird nichts freigegeben.",
            expected="alle Prüfungen bestanden",
            found=count_text(failed.height, "nicht bestandene Prüfung", "nicht bestandene Prüfungen"),
            remedy="Die Prüfungen zeigt: sozialatlas check.",
        )
    return register, release_run_id(settings)


def _changed(settings: Settings, register: Register) -> list[Change]:
    """What the edition at hand prints differently from the last released Fassung of its year; nothing without one."""
    if not register.approved:
        return []
    last = archive.entry(settings, f"{settings.year}-{register.approved[-1].number}")
    archive.verify(last.folder)
    return changes.corrections(last.release, current_release(settings))


def _refuse_unexplained(settings: Settings, register: Register, run: str) -> None:
    """No Fassung with other figures than the one before leaves without its errata."""
    found = _changed(settings, register)
    recorded = register.correction(standing(register, run).number, run)
    if found and not (recorded and steps.same_figures(recorded.changes, found)):
        raise AtlasError(
            "Zahlen weichen von der freigegebenen Ausgabe ab, ohne dass ihre Berichtigung erfasst ist.",
            expected="eine Berichtigung mit Grund für jede geänderte Angabe",
            found=count_text(len(found), "geänderte Angabe", "geänderte Angaben"),
            remedy='Zuerst sozialatlas korrektur --grund "…" ausführen; Unterschiede zeigt sozialatlas diff.',
        )


@contextmanager
def _taken_back_on_failure(settings: Settings) -> Iterator[None]:
    """The file of approvals and the edition at hand stay as they were unless everything inside succeeds."""
    path = register_path(settings)
    before = path.read_bytes() if path.is_file() else None
    try:
        with archive.kept(settings):
            yield
    except BaseException:
        _put_back(path, before)
        raise


def _put_back(path: Path, content: bytes | None) -> None:
    if content is not None:
        path.write_bytes(content)
        return
    path.unlink(missing_ok=True)
    if path.parent.is_dir() and not any(path.parent.iterdir()):
        path.parent.rmdir()
