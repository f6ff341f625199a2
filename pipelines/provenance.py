"""Where an edition comes from: hashes of inputs, program and outputs, the run id, and whether there is anything to do.

What belongs here: fingerprints and the manifest. What does not: making anything. The check „nothing to do“ runs before
the heavy packages are imported, so this module imports none of them at its top.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pipelines.fingerprints.code import program
from pipelines.fingerprints.records import FOLDER
from pipelines.settings import PROJECT_DIR, Settings
from pipelines.sources.registry import AREAS

MANIFEST = "manifest.json"
PROGRAM_FOLDERS = ("pipelines", "assets", "reports")
PROGRAM_FILES = ("uv.lock", "pyproject.toml", "dagster.yaml")
# Where code that makes released numbers begins, and what of it only says who has approved them
NUMBERS = ("assets.raw", "assets.curated", "assets.indicators", "assets.steering", "assets.release", "assets.checks")
APPROVALS = ("pipelines.approvals",)
DEFINITIONS = ("contracts", "indicators", "sources", "steering", "validation")
LOCK = "uv.lock"
# In reports/ also what the quarto program and `publish.standalone` leave when a source is rendered by hand
GENERATED = {"__pycache__", "output", "_ausgabe", "abbildungen", "schriften"}
STEERING = "steering"  # folder of what people write down by hand: it is released as the figures are
DATABASE_SUFFIX = ".duckdb"
DOCUMENT_SUFFIXES = (".pdf", ".docx")


@dataclass(frozen=True)
class Fingerprint:
    """One file: path with forward slashes, size in bytes, SHA-256 in hexadecimal digits."""

    path: str
    size: int
    sha256: str

    def entry(self) -> dict[str, Any]:
        """The entry of the manifest."""
        return {"path": self.path, "size": self.size, "sha256": self.sha256}


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def run_id(settings: Settings) -> str:
    """Hash over inputs, program, locked versions and options: the same on every machine for the same content.

    Paths count relative to the data folder and the project, so it does not matter where the two lie; of code counts
    what it does, not its comments.
    """
    reached = program(PROJECT_DIR, settings.curated_dir / FOLDER)
    files = _data_files(settings.data_dir, settings.data_dir)
    data = [("eingabe", path.path, path.sha256) for path in files]
    code = [
        (path.path, reached.form(PROJECT_DIR / path.path) if path.path.endswith(".py") else path.sha256)
        for path in _program_files()
    ]
    content = {"data": data, "program": code, "year": settings.year, "engine": settings.engine}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode("utf-8")).hexdigest()


def release_run_id(settings: Settings) -> str:
    """Hash over what the released numbers are made from: deliveries, district, code, contracts, lock and year.

    What documents print as „Lauf“, and what an approval is about: it stays the same when a chapter, a figure, the
    engine, a comment in the code or an approval changes.
    """
    reached = program(PROJECT_DIR, settings.curated_dir / FOLDER)
    roots = [root for module in NUMBERS for root in reached.functions(module)]
    content = {
        "data": [
            (path.path, path.sha256)
            for name in sorted((AREAS, STEERING, *settings.kreis.sources))
            for path in _data_files(settings.data_dir / name, settings.data_dir)
        ],
        "kreis": asdict(settings.kreis),
        "code": reached.closure(roots, without=APPROVALS),
        "definitions": [
            (path.path, path.sha256)
            for path in _program_files()
            if path.path.endswith((".yml", ".schema.json"))
            and path.path.split("/")[:2] in [["pipelines", name] for name in DEFINITIONS]
        ],
        "lock": sha256(PROJECT_DIR / LOCK),
        "year": settings.year,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode("utf-8")).hexdigest()


def program_version() -> str:
    """The version of this program as installed."""
    from importlib.metadata import version

    return version("sozialatlas")


def is_current(settings: Settings) -> bool:
    """Whether the last edition was made from exactly these inputs, program and options and is still complete."""
    manifest = _read_manifest(settings.output_dir / MANIFEST)
    if manifest is None or manifest.get("run_id") != run_id(settings):
        return False
    base = _base(settings.output_dir)
    return all(_unchanged(base / entry["path"], entry) for entry in [*manifest["outputs"], *manifest["varying"]])


def inputs_of_last_edition(settings: Settings) -> set[str]:
    """SHA-256 of every file the last edition was made from; empty when there is none."""
    manifest = _read_manifest(settings.output_dir / MANIFEST) or {}
    return {entry["sha256"] for entry in manifest.get("inputs", [])}


def run_of_last_edition(settings: Settings) -> str | None:
    """The `release_run_id` under which the last edition was made; None when there is none or it is not legible."""
    return (_read_manifest(settings.output_dir / MANIFEST) or {}).get("release_run_id")


def write_manifest(settings: Settings, folder: Path) -> dict[str, Any]:
    """Write `manifest.json` into the edition built in `folder` and return it.

    Every path is the one the file will have in the released edition, relative to the project, or to the data or output
    folder where that lies outside. What another run would not make byte for byte is listed under `varying`: a DuckDB
    file with the hash of its ordered content, documents of the quarto program with the hash of this very file, and
    `engine_version` says which version of that program made them.
    """
    from pipelines.publish.engines import engine

    maker = engine(settings.engine)
    files = [path for path in _walk(folder) if path.name != MANIFEST]
    databases = [path for path in files if path.suffix == DATABASE_SUFFIX]
    documents = [] if maker.exact else [path for path in files if path.suffix in DOCUMENT_SUFFIXES]
    stable = [path for path in files if path not in {*databases, *documents}]
    manifest = {
        "run_id": run_id(settings),
        "release_run_id": release_run_id(settings),
        "report_year": settings.year,
        "engine": settings.engine,
        "engine_version": maker.version(),
        "inputs": [path.entry() for path in _data_files(settings.data_dir, _base(settings.data_dir))],
        "program": [path.entry() for path in _program_files()],
        "outputs": [_fingerprint(path, _released_name(settings, folder, path)).entry() for path in stable],
        "varying": [
            *(
                {"path": _released_name(settings, folder, path), "content_sha256": ordered_content_hash(path)}
                for path in databases
            ),
            *(_fingerprint(path, _released_name(settings, folder, path)).entry() for path in documents),
        ],
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8", newline="\n")
    return manifest


def ordered_content_hash(db: Path) -> str:
    """SHA-256 over every table of a DuckDB file: names, columns, types and rows, each in a total order."""
    import duckdb

    digest = hashlib.sha256()
    with duckdb.connect(str(db), read_only=True) as connection:
        names = connection.execute(
            "select table_schema, table_name from information_schema.tables order by all"
        ).fetchall()
        for schema, name in names:
            result = connection.execute(f'select * from "{schema}"."{name}"')
            digest.update(repr((schema, name, [(item[0], str(item[1])) for item in result.description])).encode())
            for row in sorted(map(repr, result.fetchall())):
                digest.update(row.encode())
    return digest.hexdigest()


def _data_files(folder: Path, base: Path) -> list[Fingerprint]:
    if not folder.is_dir():
        return []
    return [_fingerprint(path, path.relative_to(base).as_posix()) for path in _walk(folder)]


@cache
def _program_files() -> list[Fingerprint]:
    """Once per process: what runs is what was there at the start, whatever is edited meanwhile."""
    found = [path for folder in PROGRAM_FOLDERS for path in _walk(PROJECT_DIR / folder)]
    found += [PROJECT_DIR / name for name in PROGRAM_FILES if (PROJECT_DIR / name).is_file()]
    return [_fingerprint(path, path.relative_to(PROJECT_DIR).as_posix()) for path in found]


def _walk(folder: Path) -> Iterator[Path]:
    """Files below a folder in a fixed order, without hidden and generated ones."""
    for path in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if path.name.startswith(".") or path.name.startswith("~$") or path.suffix == ".pyc":
            continue
        if path.is_file():
            yield path
        elif path.name not in GENERATED:
            yield from _walk(path)


def _fingerprint(path: Path, name: str) -> Fingerprint:
    return Fingerprint(name, path.stat().st_size, sha256(path))


def _base(folder: Path) -> Path:
    """What paths in the manifest are relative to: the project, or the parent of a folder that lies outside."""
    return PROJECT_DIR if folder.is_relative_to(PROJECT_DIR) else folder.parent


def _released_name(settings: Settings, folder: Path, path: Path) -> str:
    released = settings.output_dir / path.relative_to(folder)
    return released.relative_to(_base(settings.output_dir)).as_posix()


def _read_manifest(path: Path) -> dict[str, Any] | None:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError, UnicodeDecodeError):
        return None


def _unchanged(path: Path, entry: dict[str, Any]) -> bool:
    if "content_sha256" in entry:
        return path.is_file() and ordered_content_hash(path) == entry["content_sha256"]
    return path.is_file() and path.stat().st_size == entry["size"] and sha256(path) == entry["sha256"]
