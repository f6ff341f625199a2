"""What has arrived in the data folder: deliveries that are complete and new, and what the others lack.

What belongs here: deciding whether the deliveries of a district can be read as a whole, whether one of them is new, and
remembering between two looks. What does not: starting a run (`assets.sensors`), the content of a file
(`pipelines.readers`).

A delivery is its folder below the data folder (`inkar/2024`, `gebiete`), its state the SHA-256 of its sheet, which
names the hash of every file. It is new when neither an earlier look nor the last edition knows that hash.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines.errors import AtlasError
from pipelines.german import join_words
from pipelines.lock import holder_text
from pipelines.provenance import inputs_of_last_edition, sha256
from pipelines.settings import Kreis, Settings, load_kreis
from pipelines.sources.registry import AREAS, CHANGES, SHEET, catalogue, read_sheet
from pipelines.sources.snapshot import verify_in_place

# Digits of a hash that are remembered: the Dagster page shows them, and sixteen tell two sheets apart
SHOWN = 16
HASH = re.compile(r"\b([0-9a-f]{8})[0-9a-f]{56}\b")


@dataclass(frozen=True)
class Look:
    """What one look found: the new deliveries one run has to read (name to hash), or why no run begins, in German."""

    start: dict[str, str]
    reason: str
    memory: str

    @property
    def run_key(self) -> str:
        """The same for the same new deliveries, so that they start one run only."""
        return hashlib.sha256(json.dumps(self.start, sort_keys=True).encode("utf-8")).hexdigest()


@dataclass
class _Memory:
    """What is remembered between two looks, each name to hash: what was read already, and what was seen last time."""

    known: dict[str, str] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)

    def text(self) -> str:
        return json.dumps({"bekannt": self.known, "gesehen": self.seen}, sort_keys=True)


def look(settings: Settings, memory: str | None) -> Look:
    """Look at the data folder; `memory` is the text the last look returned, None at the first one.

    A run begins only when every delivery the district expects is complete, because a run reads all of them, and when
    the new ones were found unchanged by the look before, so that nothing half-copied is read. Several new ones begin
    one run. Never raises for what lies in the folder: damaged sheets, missing files and a faulty kreis.yml become the
    reason.
    """
    try:
        kreis = load_kreis(settings.data_dir / "kreis.yml")
    except AtlasError as error:
        return Look({}, f"kreis.yml: {_in_one_line(error)}", memory or "")
    remembered = _remembered(memory, settings)
    found, faults, notes = _survey(settings.data_dir, kreis, remembered)
    new = {name: digest for name, digest in found.items() if remembered.known.get(name) != digest}
    unstable = [name for name in new if remembered.seen.get(name) != new[name]]
    remembered.seen = found
    reasons = [*faults, *_reasons(new, unstable, kreis, settings)]
    if not new or reasons:
        return Look({}, "\n".join([*(reasons or ["Keine neue Lieferung."]), *notes]), remembered.text())
    remembered.known |= new
    return Look(new, "\n".join([f"Neu: {join_words(sorted(new))}", *notes]), remembered.text())


def _reasons(new: dict[str, str], unstable: list[str], kreis: Kreis, settings: Settings) -> Iterator[str]:
    """Why new, complete deliveries begin no run now."""
    if not new:
        return
    if unstable:
        yield f"Vollständig: {join_words(unstable)}. Der Lauf beginnt, wenn es beim nächsten Nachsehen so bleibt."
    if kreis.report_year != settings.year:
        yield (
            f"In kreis.yml steht jetzt das Berichtsjahr {kreis.report_year}, geladen ist {settings.year}. "
            "Auf der Dagster-Seite unter „Deployment“ auf „Reload“ klicken."
        )
    holder = holder_text(settings.curated_dir)
    if holder:
        yield f"Neu: {join_words(sorted(new))}. Gewartet wird auf einen anderen Lauf: {holder}."


def _survey(data_dir: Path, kreis: Kreis, remembered: _Memory) -> tuple[dict[str, str], list[str], list[str]]:
    """Complete deliveries by name with their hash, what the others lack, and notes about folders nobody reads."""
    found: dict[str, str] = {}
    faults = [
        f"{source}: Eine erwartete Lieferung fehlt."
        for source in (AREAS, *kreis.sources)
        if not (data_dir / source).is_dir()
    ]
    notes: list[str] = []
    read = {AREAS, *kreis.sources, *(name for name, known in catalogue().items() if known.reader == CHANGES)}
    for folder in _folders(data_dir):
        name = folder.relative_to(data_dir).as_posix()
        source = name.split("/")[0]
        if source not in read:
            notes.append(f"{name}: nicht gelesen, weil „{source}“ nicht unter „quellen“ in kreis.yml steht.")
            continue
        try:
            found[name] = _complete(folder, data_dir, remembered.known.get(name))
        except AtlasError as error:
            faults.append(f"{name}: {_in_one_line(error)}")
        except OSError as error:
            faults.append(f"{name}: Der Ordner ist nicht lesbar ({type(error).__name__}). Seine Rechte prüfen.")
    return found, faults, notes


def _folders(data_dir: Path) -> Iterator[Path]:
    """The folder of every delivery in a fixed order: that of the areas, and one per edition of a source."""
    for source in sorted(path for path in data_dir.iterdir() if path.is_dir() and not path.name.startswith(".")):
        if source.name == AREAS:
            yield source
        else:
            yield from sorted(path for path in source.iterdir() if path.is_dir() and not path.name.startswith("."))


def _complete(folder: Path, data_dir: Path, known: str | None) -> str:
    """The hash of the sheet of a complete delivery. Raises AtlasError for what is missing or damaged.

    Files of a sheet that is known already are not read again; a run verifies them anyway.
    """
    delivery = read_sheet(folder / SHEET, data_dir)
    digest = sha256(delivery.sheet)[:SHOWN]
    if digest != known:
        for file in delivery.files:
            verify_in_place(file.path, file.sha256, file.size)
    return digest


def _remembered(memory: str | None, settings: Settings) -> _Memory:
    """What the last look left; at the first look, what the last edition was made from."""
    try:
        content: Any = json.loads(memory or "")
        return _Memory(dict(content["bekannt"]), dict(content["gesehen"]))
    except (ValueError, KeyError, TypeError):
        return _Memory(known=_in_last_edition(settings))


def _in_last_edition(settings: Settings) -> dict[str, str]:
    inputs = inputs_of_last_edition(settings)
    found = {}
    for folder in _folders(settings.data_dir):
        sheet = folder / SHEET
        digest = sha256(sheet) if sheet.is_file() else ""
        if digest in inputs:
            found[folder.relative_to(settings.data_dir).as_posix()] = digest[:SHOWN]
    return found


def _in_one_line(error: AtlasError) -> str:
    """What, where, expected and found as one line, for a page that shows no paragraphs."""
    facts = [error.what]
    if error.file is not None:
        facts.append(f"Datei: {Path(error.file).name}.")
    if error.column not in (None, "alle"):
        facts.append(f"Eintrag: {error.column}.")
    if error.row not in (None, "gesamte Datei"):
        facts.append(f"Zeile: {error.row}.")
    for label, fact in (("Erwartet", error.expected), ("Gefunden", error.found)):
        if fact is not None:
            facts.append(f"{label}: {fact}.")
    return HASH.sub(r"\1", " ".join(facts))  # the page breaks no word, and nobody compares 64 digits by eye
