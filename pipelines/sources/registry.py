"""The catalogue of sources and the deliveries of a data folder, read from their source sheets.

What belongs here: reading and checking catalogue entries, `lieferung.yml` and `precedence.yml`. What does not: opening
the delivered files (`snapshot`, `pipelines.readers`).
"""

from __future__ import annotations

import re
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from pipelines.errors import AtlasError, ContractError, InputError
from pipelines.sources.maps import column_maps
from pipelines.yaml_file import read_yaml

if TYPE_CHECKING:
    from pipelines.settings import Kreis

CATALOGUE = Path(__file__).resolve().parent / "catalogue"
PRECEDENCE = Path(__file__).resolve().parent / "precedence.yml"
SHEET = "lieferung.yml"
# Names of files that are laid down before the sheet that lists them takes the place of the last one
LAID = ".abgelegt"
AREAS = "gebiete"
ADDITIVE = re.compile(r"exact|rounded\([0-9.]+\)|no\(.+\)")
SHA256 = re.compile(r"[0-9a-f]{64}")
MARKS = {True: "ja", False: "nein", None: "unmarkiert"}
# What a sheet may say differently from the catalogue, because it depends on the delivery (mostly a year)
OVERRIDES = ("title", "publisher", "attribution", "licence", "table_code", "landing_page")
# What a sheet may say about one file in an official format beforehand; a file that contradicts it is refused
AGREED = ("code", "time", "level", "basis", "valid_to")
# The reader of a source whose files are stored with their sheet before the atlas takes anything from them
STORED = "abgelegt"
# The reader of a source whose figures are of grid cells; figures of areas are made of them later
CELLS = "zellen"
# The reader of a source of changes of Gemeinden: a run reads whatever was laid down, and no district lists it
CHANGES = "uebergaenge"
# Entries of the catalogue that are no texts
LISTS, GROUPS = ("levels", "formats"), ("fetch",)
WORDS = {list: "eine Liste", dict: "eine Gruppe von Einträgen", str: "Text"}


@dataclass(frozen=True)
class Source:
    """One catalogue entry: what is known about a source whatever the delivery.

    origin: who collected what the publisher prints; origin_licence: what of it stands under other conditions;
    citation: how it is cited, `{edition}` for the edition; levels: of areas it speaks about; formats: official formats
    it may be delivered in beside `werte.csv`, each with its columns in `maps/<source>.yml`; gebietsstand: said where
    the publisher recomputes former years to the areas of the edition; land: key of the
    only Land that has it, None for all; fetch: how it is asked for over the network,
    checked by `pipelines.fetch.orders`, None where it comes by hand.
    """

    source_id: str
    title: str
    publisher: str
    attribution: str
    licence: str
    cadence: str
    table_code: str
    landing_page: str
    reader: str
    origin: str
    citation: str
    levels: tuple[str, ...]
    origin_licence: str | None = None
    formats: tuple[str, ...] = ()
    notes: str | None = None
    gebietsstand: str | None = None
    land: str | None = None
    fetch: dict[str, Any] | None = field(default=None, compare=False, repr=False)

    @property
    def listed(self) -> bool:
        """Whether figures come of it, so that a district lists it under „quellen“."""
        return self.reader not in (STORED, CHANGES)


@dataclass(frozen=True)
class Item:
    """One item of a delivery: `auspraegung` None means all; `negative` says that values below zero are possible."""

    merkmal: str
    auspraegung: str | None
    additive: str
    negative: bool = False


@dataclass(frozen=True)
class DeliveredFile:
    """One file of a delivery; `name` is its path below the data folder with forward slashes.

    rows: without header; in an official format the figures it holds. format: key of an official format, None for
    `werte.csv` and the lists of areas; code, time, level, basis: what the sheet says about such a file beforehand;
    keys: the areas that are read of it, None for all. valid_to: last day of a former cut, which no run reads.
    """

    path: Path
    name: str
    source_id: str
    sha256: str
    size: int
    rows: int
    stand: str | None = None
    notes: str | None = None
    overrides: dict[str, str] = field(default_factory=dict)
    format: str | None = None
    code: str | None = None
    time: str | None = None
    level: str | None = None
    basis: str | None = None
    valid_to: str | None = None
    keys: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Delivery:
    """One edition of one source as its sheet describes it; `published` is ja, nein or unmarkiert.

    items: what the sheet says; mapped: what the column maps of the source say about files in official formats.
    """

    source_id: str
    edition: str
    sheet: Path
    retrieved: str
    published: str
    notes: str | None
    files: tuple[DeliveredFile, ...]
    items: tuple[Item, ...]
    overrides: dict[str, str] = field(default_factory=dict)
    mapped: tuple[Item, ...] = ()

    def item(self, merkmal: str, auspraegung: str) -> Item | None:
        """What is said about an item: by the sheet, an entry for this auspraegung before one for all; else by a map."""
        found = [entry for entry in self.items if entry.merkmal == merkmal] or [
            entry for entry in self.mapped if entry.merkmal == merkmal
        ]
        exact = [entry for entry in found if entry.auspraegung == auspraegung]
        return next(iter(exact), next((entry for entry in found if entry.auspraegung is None), None))

    def file(self, name: str) -> DeliveredFile:
        """The file called `name` in the folder of the sheet. Raises InputError when the sheet does not list it."""
        for file in self.files:
            if file.path == self.sheet.parent / name:
                return file
        raise InputError(
            "Im Lieferschein fehlt eine Datei.",
            file=self.sheet,
            column="files",
            expected=f"ein Eintrag mit path: {name}",
            found=", ".join(file.path.name for file in self.files) or "kein Eintrag",
            remedy=f"Die Datei {name} in den Ordner legen und im Lieferschein eintragen.",
        )


@dataclass(frozen=True)
class Precedence:
    """One declared order of sources for an item; None means any auspraegung or any basis."""

    merkmal: str
    auspraegung: str | None
    basis: str | None
    sources: tuple[str, ...]
    reason: str

    def covers(self, merkmal: str, auspraegung: str, basis: str | None) -> bool:
        """Whether this entry speaks about the item."""
        return (
            self.merkmal == merkmal
            and self.auspraegung in (None, auspraegung)
            and (self.basis is None or self.basis == basis)
        )


@cache
def catalogue() -> dict[str, Source]:
    """All known sources by id, in alphabetical order."""
    found = {}
    for path in sorted(CATALOGUE.glob("*.yml")):
        found[path.stem] = _source(path)
    return found


@cache
def precedence() -> tuple[Precedence, ...]:
    """The declared precedence between sources, in file order, which is the order of application."""
    return tuple(
        Precedence(
            merkmal=entry["merkmal"],
            auspraegung=entry.get("auspraegung"),
            basis=entry.get("basis"),
            sources=tuple(entry["sources"]),
            reason=entry["reason"],
        )
        for entry in yaml.safe_load(PRECEDENCE.read_text(encoding="utf-8"))
    )


def all_deliveries(data_dir: Path, kreis: Kreis) -> list[Delivery]:
    """Everything a district delivers: the areas first, then the sources of `kreis.yml` in its order, by edition."""
    found = [area_delivery(data_dir)]
    for source_id in kreis.sources:
        found.extend(deliveries(data_dir, source_id))
    return found


def area_delivery(data_dir: Path) -> Delivery:
    """The delivery of Gemeinden, Sozialräume and boundaries."""
    return read_sheet(data_dir / AREAS / SHEET, data_dir)


def deliveries(data_dir: Path, source_id: str) -> list[Delivery]:
    """All editions of a source in a data folder, by name of their folder.

    Raises InputError when the source is unknown or only stored, nothing was delivered, or an edition has no or a
    faulty sheet.
    """
    if source_id not in catalogue():
        raise InputError(
            "Eine erwartete Quelle ist nicht bekannt.",
            file=data_dir / "kreis.yml",
            column="quellen",
            expected=", ".join(name for name in catalogue() if not name.startswith(AREAS)),
            found=source_id,
            remedy="Den Namen berichtigen oder die Quelle nach docs/add-a-source.md in den Katalog aufnehmen.",
        )
    if catalogue()[source_id].reader == CHANGES:
        raise InputError(
            "Eine Quelle von Gebietsänderungen wird ohne Eintrag gelesen.",
            file=data_dir / "kreis.yml",
            column="quellen",
            expected="Quellen mit Zahlen für den Atlas",
            found=source_id,
            remedy="Die Quelle aus „quellen“ nehmen; was abgelegt ist, gilt für jeden Lauf.",
        )
    if not catalogue()[source_id].listed:
        raise InputError(
            "Aus einer Quelle, die erwartet wird, übernimmt der Atlas noch nichts.",
            file=data_dir / "kreis.yml",
            column="quellen",
            expected="Quellen mit Zahlen für den Atlas",
            found=source_id,
            remedy="Die Quelle aus „quellen“ nehmen, ihre Dateien bleiben liegen; oder ihr nach docs/add-a-source.md "
            "Tabelle und Spaltenzuordnung geben.",
        )
    folder = data_dir / source_id
    editions = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    if not editions:
        raise InputError(
            "Eine erwartete Lieferung fehlt.",
            file=folder,
            expected=f"mindestens ein Ordner {source_id}/<Ausgabe> mit {SHEET}",
            found="kein Ordner",
            remedy="Die Lieferung ablegen oder die Quelle in kreis.yml aus „quellen“ nehmen.",
        )
    return [read_sheet(edition / SHEET, data_dir) for edition in editions]


def read_sheet(sheet: Path, data_dir: Path) -> Delivery:
    """The delivery of a sheet. Raises InputError when it is absent, faulty or does not list all of its folder."""
    content = _sheet_content(sheet)
    source_id = _entry(content, "source", sheet)
    edition = _entry(content, "edition", sheet)
    in_source_folder = sheet.parent.parent != data_dir
    _agree(sheet, "source", sheet.parent.parent.name if in_source_folder else AREAS, source_id)
    if in_source_folder:
        _agree(sheet, "edition", sheet.parent.name, edition)
    files = tuple(_file(entry, source_id, sheet, data_dir) for entry in _list(content, "files", sheet))
    _nothing_beside(sheet, files)
    transcribed = in_source_folder and any(file.format is None for file in files)
    return Delivery(
        source_id=source_id,
        edition=edition,
        sheet=sheet,
        retrieved=_entry(content, "retrieved", sheet),
        published=_mark(content, sheet),
        notes=content.get("notes"),
        files=files,
        items=tuple(_item(entry, sheet) for entry in _list(content, "items", sheet, needed=transcribed)),
        overrides=_overrides(content),
        mapped=_mapped(source_id, files),
    )


def _source(path: Path) -> Source:
    """A catalogue entry. Raises ContractError for an entry that is missing, unknown or not of its kind."""
    content = _sheet_content(path)
    known = {entry.name: entry for entry in fields(Source) if entry.name != "source_id"}
    needed = [name for name, entry in known.items() if entry.default is MISSING]
    for name in (*needed, *content):
        kind = list if name in LISTS else dict if name in GROUPS else str
        if name not in known or not isinstance(content.get(name), kind) or not content[name]:
            raise ContractError(
                "Ein Eintrag im Katalog der Quellen fehlt oder ist nicht wie vereinbart.",
                file=path,
                column=name,
                expected=WORDS[kind] if name in known else ", ".join(known),
                found=content.get(name, "kein Eintrag"),
                remedy="Den Eintrag berichtigen; die Form steht in docs/add-a-source.md.",
            )
    lists = {name: tuple(content[name]) for name in LISTS if name in content}
    return Source(source_id=path.stem, **{**content, **lists})


def _overrides(content: dict[str, Any]) -> dict[str, str]:
    return {name: str(content[name]) for name in OVERRIDES if name in content}


def _mark(content: dict[str, Any], sheet: Path) -> str:
    mark = content.get("published")
    if mark is not None and not isinstance(mark, bool):
        raise _fault(sheet, "published", "yes oder no", mark)
    return MARKS[mark]


def _file(entry: Any, source_id: str, sheet: Path, data_dir: Path) -> DeliveredFile:
    if not isinstance(entry, dict):
        raise _fault(sheet, "files", "Einträge mit path, sha256, bytes und rows", entry)
    name = _entry(entry, "path", sheet)
    if Path(name).name != name:
        raise _fault(sheet, "path", "der Name einer Datei im Ordner des Lieferscheins", name)
    path = sheet.parent / name
    sha256 = _entry(entry, "sha256", sheet)
    if not SHA256.fullmatch(sha256):
        raise _fault(sheet, "sha256", "64 Zeichen aus 0-9 und a-f", sha256)
    stand = entry.get("stand")
    return DeliveredFile(
        path=path,
        name=path.relative_to(data_dir).as_posix(),
        source_id=entry.get("source", source_id),
        sha256=sha256,
        size=_whole(entry, "bytes", sheet),
        rows=_whole(entry, "rows", sheet),
        stand=None if stand is None else str(stand),
        notes=entry.get("notes"),
        overrides=_overrides(entry),
        format=_format(entry, source_id, sheet),
        keys=_keys(entry, sheet),
        **{name: None if entry.get(name) is None else str(entry[name]) for name in AGREED},
    )


def _keys(entry: dict[str, Any], sheet: Path) -> tuple[str, ...] | None:
    found = entry.get("keys")
    if found is None:
        return None
    if not isinstance(found, list) or not found or not all(isinstance(key, str) and key for key in found):
        raise _fault(sheet, "keys", 'Schlüssel in Anführungszeichen, z. B. ["06432", "06432001"]', found)
    return tuple(found)


def _format(entry: dict[str, Any], source_id: str, sheet: Path) -> str | None:
    name = entry.get("format")
    if name is None:
        return None
    source = catalogue().get(source_id)
    known = source.formats if source else ()
    if name not in known:
        raise _fault(sheet, "format", ", ".join(known) or f"kein Eintrag, denn {source_id} kommt als werte.csv", name)
    return name


def _mapped(source_id: str, files: tuple[DeliveredFile, ...]) -> tuple[Item, ...]:
    """Items of the column maps of the formats among the files."""
    formats = {file.format for file in files if file.format}
    return tuple(
        Item(column.merkmal, column.auspraegung, column.additive, column.negative)
        for one in (column_maps(source_id) if formats else ())
        if one.format in formats
        for column in one.columns
    )


def _item(entry: Any, sheet: Path) -> Item:
    if not isinstance(entry, dict):
        raise _fault(sheet, "items", "Einträge mit merkmal und additive", entry)
    merkmal = _entry(entry, "merkmal", sheet)
    additive = _entry(entry, "additive", sheet)
    if not ADDITIVE.fullmatch(additive):
        raise _fault(sheet, f"items, {merkmal}, additive", "exact, rounded(Toleranz) oder no(Grund)", additive)
    auspraegung = entry.get("auspraegung", "*")
    return Item(
        merkmal=merkmal,
        auspraegung=None if auspraegung == "*" else str(auspraegung),
        additive=additive,
        negative=entry.get("negative") is True,
    )


def unfinished(folder: Path) -> list[str]:
    """Files that somebody who is about to replace the sheet has laid down: until then they are not there."""
    noted = folder / LAID
    return noted.read_text(encoding="utf-8").splitlines() if noted.is_file() else []


def _nothing_beside(sheet: Path, files: tuple[DeliveredFile, ...]) -> None:
    """Refuse files that the sheet does not list: they would be lost without anybody noticing."""
    listed = {file.path.name for file in files} | {SHEET}
    passed = listed | set(unfinished(sheet.parent))
    beside = sorted(p.name for p in sheet.parent.iterdir() if p.name not in passed and not p.name.startswith("."))
    if beside:
        raise InputError(
            "Im Ordner einer Lieferung liegt etwas, das der Lieferschein nicht nennt.",
            file=sheet.parent / beside[0],
            expected=", ".join(sorted(listed)),
            found=", ".join(beside),
            remedy="Die Datei im Lieferschein eintragen oder aus dem Ordner nehmen.",
        )


def _sheet_content(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise InputError(
            "Ein Lieferschein fehlt.",
            file=path,
            expected=f"eine Datei {path.name}",
            found="keine Datei",
            remedy="Den Lieferschein nach docs/add-a-source.md anlegen.",
        )
    content = read_yaml(path, "Ein Lieferschein ist nicht lesbar.")
    if not isinstance(content, dict):
        raise _fault(path, "alle", "Einträge wie source, edition, files und items", content)
    return content


def _entry(content: dict[str, Any], name: str, sheet: Path) -> str:
    if content.get(name) in (None, ""):
        raise _fault(sheet, name, f"ein Eintrag {name}", "kein Eintrag")
    return str(content[name])


def _list(content: dict[str, Any], name: str, sheet: Path, *, needed: bool = True) -> list[Any]:
    entries = content.get(name) or []
    if not isinstance(entries, list) or (needed and not entries):
        raise _fault(sheet, name, "eine Liste mit mindestens einem Eintrag", entries or "kein Eintrag")
    return entries


def _whole(content: dict[str, Any], name: str, sheet: Path) -> int:
    value = content.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise _fault(sheet, name, "eine ganze Zahl ab 0", "kein Eintrag" if value is None else value)
    return value


def _agree(sheet: Path, name: str, folder: str, found: str) -> None:
    if found != folder:
        raise _fault(sheet, name, f"{folder} (Name des Ordners)", found)


def _fault(sheet: Path, column: str, expected: str, found: object) -> AtlasError:
    return InputError(
        "Ein Eintrag im Lieferschein fehlt oder ist nicht wie vereinbart.",
        file=sheet,
        column=column,
        expected=expected,
        found=found,
        remedy="Den Eintrag berichtigen; die Form steht in docs/add-a-source.md.",
    )
