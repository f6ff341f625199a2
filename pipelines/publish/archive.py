"""The archive of released editions: `OUT/archiv/<year>-<Fassung>/`, each complete, verified, never overwritten.

What belongs here: putting an edition there, checking it against its own manifest, and the pages that list the archive.
What does not: deciding that an edition is released (`pipelines.approvals`).

A released file is never changed. What is said later about an edition (that another replaced it) stands beside it: in
`ERSETZT.txt`, which is added to its folder, and in the list `OUT/archiv/index.html`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pipelines.errors import AtlasError
from pipelines.provenance import DATABASE_SUFFIX, MANIFEST, ordered_content_hash, sha256
from pipelines.publish.copy import COPY_PATH
from pipelines.publish.released import Release
from pipelines.settings import Settings

ARCHIVE = "archiv"
REPLACED = "ERSETZT.txt"
LIST = "index.html"
KEY = re.compile(r"([0-9]{4})-([1-9][0-9]*)")


@dataclass(frozen=True)
class Entry:
    """One archived edition: report year, Fassung and folder."""

    year: int
    number: int
    folder: Path

    @property
    def key(self) -> str:
        """`2023-1`, the name of its folder."""
        return self.folder.name

    @cached_property
    def release(self) -> Release:
        """Its released copy."""
        return Release(self.folder / COPY_PATH)

    @cached_property
    def edition(self) -> dict[str, Any]:
        """Its row of release.edition."""
        return self.release.edition


def archive_folder(settings: Settings) -> Path:
    """Where all released editions of one output folder lie."""
    return settings.out_dir / ARCHIVE


def entries(settings: Settings) -> list[Entry]:
    """All archived editions, by year and Fassung."""
    folder = archive_folder(settings)
    found = [(KEY.fullmatch(path.name), path) for path in (folder.iterdir() if folder.is_dir() else [])]
    return sorted(
        (Entry(int(match[1]), int(match[2]), path) for match, path in found if match and path.is_dir()),
        key=lambda entry: (entry.year, entry.number),
    )


def entry(settings: Settings, key: str) -> Entry:
    """The archived edition `2023-1`. Raises AtlasError naming those that are there."""
    known = {found.key: found for found in entries(settings)}
    if key not in known:
        raise AtlasError(
            f"Das Archiv enthält keine Ausgabe „{key}“.",
            file=archive_folder(settings),
            expected=", ".join(known) or "eine freigegebene Ausgabe; es ist noch keine da",
            found=key,
            remedy="Jahr und Fassung wie im Archiv angeben, z. B. 2023-1.",
        )
    return known[key]


def put(settings: Settings, number: int) -> Entry:
    """Copy the edition of the report year into the archive as Fassung `number`, check the copy and renew the list.

    Raises AtlasError when it is there already: a released edition is never overwritten.
    """
    target = refuse_existing(settings, number)
    aside = target.with_name(f".{target.name}.neu")
    shutil.rmtree(aside, ignore_errors=True)
    try:
        shutil.copytree(settings.output_dir, aside)
        verify(aside)
        aside.rename(target)
    except OSError as error:
        raise AtlasError(
            "Die Ausgabe kann nicht in das Archiv gelegt werden.",
            file=target,
            expected="Platz und Schreibrecht im Ordner des Archivs",
            found=error.strerror or "kein Zugriff",
            remedy="Platz und Rechte prüfen und die Freigabe wiederholen; die letzte Ausgabe gilt weiter.",
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    write_lists(settings)
    return Entry(settings.year, number, target)


def refuse_existing(settings: Settings, number: int) -> Path:
    """The folder a Fassung will have. Raises AtlasError when it is there already."""
    target = archive_folder(settings) / f"{settings.year}-{number}"
    if target.exists():
        raise AtlasError(
            f"Die {number}. Fassung der Ausgabe {settings.year} liegt schon im Archiv; sie wird nicht überschrieben.",
            file=target,
            expected="kein Ordner dieses Namens",
            found="ein Ordner",
            remedy="Prüfen, ob Archiv und Datei der Freigaben zusammengehören (Optionen --data und --out).",
        )
    return target


def verify(folder: Path) -> None:
    """Compare an edition with its own manifest. Raises AtlasError naming the first file that is absent or altered."""
    manifest = read_manifest(folder)
    names = _names(manifest)
    for name, expected in names.items():
        _compare(folder / name, expected)
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    added = sorted(there - set(names) - {MANIFEST, REPLACED})
    if added:
        raise _altered(folder / added[0], "keine Datei, die das Manifest nicht nennt", "eine Datei")


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of an edition. Raises AtlasError when it is absent or not legible."""
    try:
        return json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _altered(folder / MANIFEST, "ein lesbares Manifest", "kein lesbares Manifest") from error


@contextmanager
def kept(settings: Settings) -> Iterator[None]:
    """Bring the edition of the report year back as it was when anything inside fails.

    Its files are linked, not copied: a run never writes into a released file, it puts another in its place.
    """
    aside = settings.out_dir / f".{settings.year}.vorher"
    shutil.rmtree(aside, ignore_errors=True)
    if settings.output_dir.is_dir():
        shutil.copytree(settings.output_dir, aside, copy_function=_link)
    try:
        yield
    except BaseException:
        if aside.is_dir():
            shutil.rmtree(settings.output_dir, ignore_errors=True)
            aside.rename(settings.output_dir)
        raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def write_lists(settings: Settings) -> list[Path]:
    """Write what is said about archived editions beside them: the list, the marks of replaced ones, the signposts.

    All of it follows from the archived copies, so that writing it again gives the same bytes.
    """
    found = entries(settings)
    latest = {item.year: item for item in found}
    paths = [_write_mark(item, latest[item.year]) for item in found if item is not latest[item.year]]
    return [*paths, _write_list(settings, found, latest), *_write_signposts(settings, found)]


def replaced_by(item: Entry) -> str:
    """„ersetzt durch 2., korrigierte Fassung vom 02.06.2024“, about an edition by the one that replaced it."""
    from pipelines.german import date_text

    return f"ersetzt durch {item.edition['title']} vom {date_text(item.edition['approved_on'])}"


def _write_mark(item: Entry, latest: Entry) -> Path:
    edition, reason = item.edition, _reason(latest)
    text = (
        f"Sozialatlas {edition['kreis_name']}, Ausgabe {item.year}, {edition['title']}\n\n"
        f"Diese Fassung ist {replaced_by(latest)}.\n"
        f"Die gültige Fassung liegt im Ordner ../{latest.key}/.\n" + (f"Grund: {reason}\n" if reason else "")
    )
    path = item.folder / REPLACED
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def _write_list(settings: Settings, found: list[Entry], latest: dict[int, Entry]) -> Path:
    from pipelines.publish.templates import fill

    newest = found[-1]
    rows = [_list_row(item, latest[item.year]) for item in sorted(found, key=lambda i: (-i.year, -i.number))]
    path = archive_folder(settings) / LIST
    text = fill("archiv.html.jinja", edition=newest.edition, newest=newest.key, rows=rows)
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def _list_row(item: Entry, latest: Entry) -> dict[str, Any]:
    from pipelines.german import count_text, date_text

    corrected = item.release.corrections.filter(number=item.number).height
    return {
        "key": item.key,
        "year": item.year,
        "title": item.edition["title"],
        "replaced": item.key != latest.key,
        "by": latest.key,
        "state": "gültig" if item.key == latest.key else replaced_by(latest),
        "approved_on": date_text(item.edition["approved_on"]),
        "approved_by": item.edition["approved_by"],
        "corrections": count_text(corrected, "Angabe", "Angaben") if corrected else "",
        "reason": _reason(item),
        "pdf": f"sozialatlas-{item.year}.pdf",
        "run": item.edition["run_id"][:12],
    }


def _reason(item: Entry) -> str | None:
    """Why this Fassung corrects the one before it."""
    about = item.release.history.filter(report_year=item.year, number=item.number)
    return about["reason"][0] if about.height else None


def _write_signposts(settings: Settings, found: list[Entry]) -> list[Path]:
    """Pages at `archiv/archiv/…` that lead one level up.

    The web page of an edition links to `../archiv/…`. In the archive, where the same bytes lie one level deeper, these
    links end here.
    """
    from pipelines.publish.templates import fill

    folder = archive_folder(settings) / ARCHIVE
    paths = []
    for name, target in [("", "../index.html"), *((item.key, f"../../{item.key}/index.html") for item in found)]:
        path = folder / name / LIST
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(fill("archiv-wegweiser.html.jinja", target=target), encoding="utf-8", newline="\n")
        paths.append(path)
    return paths


def _names(manifest: dict[str, Any]) -> dict[str, str]:
    """Every file of the manifest by its path inside the edition, with its hash."""
    listed = [(item["path"], item["sha256"]) for item in manifest["outputs"]]
    listed += [(item["path"], item.get("content_sha256") or item["sha256"]) for item in manifest["varying"]]
    start = len(min((path for path, _ in listed if path.rsplit("/", 1)[-1] == LIST), key=len)) - len(LIST)
    return {path[start:]: digest for path, digest in listed}


def _compare(path: Path, expected: str) -> None:
    if not path.is_file():
        raise _altered(path, f"Prüfsumme {expected}", "keine Datei")
    found = ordered_content_hash(path) if path.suffix == DATABASE_SUFFIX else sha256(path)
    if found != expected:
        raise _altered(path, f"Prüfsumme {expected}", f"Prüfsumme {found}")


def _altered(path: Path, expected: str, found: str) -> AtlasError:
    return AtlasError(
        "Eine archivierte Ausgabe ist nicht mehr, wie sie freigegeben wurde.",
        file=path,
        expected=expected,
        found=found,
        remedy="Den Ordner der Ausgabe aus der Sicherung zurückholen; freigegebene Dateien werden nie geändert.",
    )


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without links
        shutil.copy2(source, target)
