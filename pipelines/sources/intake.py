"""Putting files of offices into the data folder: whole or not at all, never over what lies there.

What belongs here: names, hashes and the sheet of a delivery, storing it in one step, trying beforehand that the next
run can read it. What does not: reading a format (`pipelines.readers`), which items a source takes from a file
(`pipelines.sources.mapping`), what is printed (`assets.cli.deliveries`).
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Any, NoReturn

import yaml

from pipelines.errors import AtlasError, InputError
from pipelines.forms.definition import FORMAT_KEY
from pipelines.geography.boundaries import OFFICIAL
from pipelines.german import is_day
from pipelines.lock import run_lock
from pipelines.readers import read_gemeinden, read_ortsteile, read_source
from pipelines.readers.district import check_outlines
from pipelines.readers.formats import formats, read_file
from pipelines.readers.rawfile import RawFile
from pipelines.readers.reading import Agreed, Reading
from pipelines.sources.editions import newer_first
from pipelines.sources.mapping import sources_for
from pipelines.sources.maps import column_maps
from pipelines.sources.registry import CELLS, CHANGES, MARKS, SHEET, STORED, Delivery, catalogue, deliveries, read_sheet

if TYPE_CHECKING:
    import polars as pl

    from pipelines.settings import Settings

UNKNOWN = "unbekannt"
# Formats in which an office hands over what it does not publish
UNPUBLISHED = ("melderegister",)
# Hidden and beside the deliveries: on the same file system, and no run reads it
ASIDE = ".zugang-"
PIECE = 2**20
EDITION = re.compile(r"\w[\w.+-]{0,59}")
NUMBER = ["area_key", "stichtag", "merkmal", "auspraegung"]
YEAR = re.compile(r"(?<![0-9])[12][0-9]{3}(?![0-9])")


@dataclass(frozen=True)
class Said:
    """What a person, or the database they come from, says about files beyond what the files say; None: nothing.

    stand: the day of the last revision, where the file names none; table_code: of the publisher; notes: for the sheet;
    receipt: of a form, who sent it when; overrides: what the sheet says instead of the catalogue.
    """

    source: str | None = None
    edition: str | None = None
    retrieved: str | None = None
    published: bool | None = None
    time: str | None = None
    basis: str | None = None
    keys: tuple[str, ...] | None = None
    stand: str | None = None
    table_code: str | None = None
    notes: str | None = None
    receipt: dict[str, Any] | None = None
    overrides: dict[str, str] | None = None


@dataclass(frozen=True)
class Added:
    """A delivery as it lies in the data folder.

    new: false when the same content lay there already. repeated: what other editions give of the same numbers.
    waiting: stored for later; no run reads it as long as the district does not list its source.
    """

    source: str
    folder: Path
    readings: tuple[Reading, ...]
    new: bool
    repeated: tuple[Repeated, ...] = ()
    waiting: bool = False


@dataclass(frozen=True)
class Repeated:
    """An edition that gives `numbers` of a new one's too, `changed` of them otherwise; `valid` of them stay valid."""

    edition: str
    numbers: int
    changed: int
    valid: int


def add(
    settings: Settings,
    paths: Sequence[Path],
    said: Said,
    check: Callable[[Sequence[Reading]], None] = lambda _: None,
) -> Added:
    """Store files of one format as one edition of a source, with their sheet.

    check: what must hold of the files beyond that, raising InputError. All is read, mapped to items and written aside
    before one rename shows it; what a crash leaves is hidden and removed by the next call. Raises InputError for a file
    that is not as agreed, personal data among them, AtlasError for what is not said or lies there already with other
    content or another sheet, LockError during a run.
    """
    _check_said(said)
    before = [_sha256(RawFile(path)) for path in paths]
    readings = tuple(
        read_file(RawFile(path), Agreed(time=said.time, basis=said.basis, keys=said.keys)) for path in paths
    )
    check(readings)
    _refuse_form(readings[0], said)
    for reading in readings:
        _check_outlines(settings, reading)
    source, published = _source(readings, said.source), _published(readings[0], said.published)
    edition = said.edition or _edition(readings, source)
    target = settings.data_dir / source / edition
    waiting = catalogue()[source].reader == STORED
    with run_lock(settings.curated_dir):
        there = held(target.parent, paths)
        if there:
            _refuse_other_words(read_sheet(there / SHEET, settings.data_dir), said)
            return Added(source, there, readings, new=False, waiting=waiting)
        _refuse_other(target, paths)
        with _aside(settings.data_dir) as aside:
            folder = aside / source / edition
            folder.mkdir(parents=True)
            files = [_store(reading, folder, known, said) for reading, known in zip(readings, before, strict=True)]
            _write_sheet(folder / SHEET, _sheet(source, edition, published, said, files))
            repeated: tuple[Repeated, ...] = ()
            if catalogue()[source].listed:  # any other was read wholly above and has no map of columns
                repeated = _repeated(settings, aside, _try(settings, aside, source, paths), target)
            _show(aside / source, target)
    return Added(source, target, readings, new=True, repeated=repeated, waiting=waiting)


def _refuse_form(reading: Reading, said: Said) -> None:
    """A form is taken in by the command that checks it and gives a receipt."""
    if reading.format == FORMAT_KEY and said.receipt is None:
        raise AtlasError(
            "Ein Formular wird nicht als amtliche Datei abgelegt.",
            file=reading.file.path,
            expected=f"sozialatlas check {reading.file.path.name}",
            found="sozialatlas add",
            remedy="Das Formular mit „sozialatlas check DATEI“ prüfen; ist es ohne Fehler, wird es dabei abgelegt.",
        )


def _check_outlines(settings: Settings, reading: Reading) -> None:
    """Refuse outlines at another place, or of another size, than the Gemeinden of the district have."""
    beyond = check_outlines(settings, reading)
    if beyond:
        raise InputError(
            "Umrisse passen nicht zu den amtlichen Flächen des Kreises.",
            file=reading.file.path,
            column="Geometrie",
            expected=f"höchstens {OFFICIAL:g} Prozent Abweichung je Gemeinde",
            found=beyond[0],
            remedy="Eine weniger vereinfachte Ausgabe desselben Gebietsstands ablegen, z. B. VG250 oder VG25.",
        )


def _check_said(said: Said) -> None:
    if said.retrieved is not None and not is_day(said.retrieved):
        raise AtlasError(
            "Der Tag des Abrufs hat nicht die vereinbarte Form.",
            expected="--abgerufen JJJJ-MM-TT",
            found=said.retrieved,
            remedy="Den Tag so schreiben: 2024-03-01; ist er nicht bekannt, die Option weglassen.",
        )
    if said.edition is not None and not EDITION.fullmatch(said.edition):
        raise AtlasError(
            "Eine Ausgabe kann nicht so heißen.",
            expected="--ausgabe mit Buchstaben, Ziffern, Punkt und Strichen, z. B. 2022 oder 2015-2022",
            found=said.edition,
            remedy="Einen anderen Namen wählen; er wird der Name eines Ordners.",
        )


def _source(readings: Sequence[Reading], said: str | None) -> str:
    """The source of all files; where the catalogue leaves a choice, the one said."""
    stored = set.intersection(*(_storing(one) for one in readings))
    if said in stored:
        return str(said)
    common = set.intersection(*(set(sources_for(one)) or (set() if _taken(one) else _storing(one)) for one in readings))
    possible = sorted(common)
    if len(possible) == 1 and said in (None, possible[0]):
        return possible[0]
    if said is not None and said in possible:
        return said
    first = readings[0]
    if not possible:
        takers = [name for name, known in catalogue().items() if first.format in known.formats and column_maps(name)]
        if said in takers:
            return str(said)  # the map of the source then says what it takes and what it found
        _refuse_unmapped(first, takers)
    raise AtlasError(
        "Welche Quelle die Datei liefert, ist nicht eindeutig."
        if said is None
        else "Die Quelle passt nicht zur Datei.",
        file=first.file.path,
        expected=f"--quelle {' oder '.join(possible)}",
        found=said or "keine Angabe",
        remedy="Die Option --quelle mit einem der genannten Namen angeben.",
    )


def _refuse_unmapped(reading: Reading, takers: Sequence[str]) -> NoReturn:
    table = f"Tabelle {reading.code}: {reading.title}" if reading.code else reading.title
    other = (
        f" (2) Ist es eine andere Tabelle, als Sie wollten: Mit {' oder '.join(f'--quelle {name}' for name in takers)} "
        "nennt der Befehl, welche Angaben aus dieser Quelle übernommen werden."
        if takers
        else " (2) Gehört sie zu einer Quelle, die es danach gibt, die Datei mit --quelle NAME ablegen."
    )
    raise AtlasError(
        "Diese Tabelle kann der Atlas lesen, aber noch nicht übernehmen.",
        file=reading.file.path,
        expected="eine Tabelle, von der festgelegt ist, welche ihrer Zahlen in den Atlas kommen",
        found=f"{table} ({formats()[reading.format].name})",
        remedy="Was in ihr steht, zeigt „sozialatlas read DATEI“. (1) Soll der Atlas sie übernehmen: "
        f"docs/add-a-source.md beschreibt die Schritte.{other}",
    )


def _storing(reading: Reading) -> set[str]:
    """Sources that keep files of the format whether the atlas takes something from them or not."""
    keeping = (STORED, CELLS, CHANGES)
    return {name for name, known in catalogue().items() if known.reader in keeping and reading.format in known.formats}


def _taken(reading: Reading) -> bool:
    """Whether some source takes figures of this format, so that a file without a map is not just stored unasked."""
    return any(reading.format == one.format for name in catalogue() for one in column_maps(name))


def _published(reading: Reading, said: bool | None) -> bool:
    """Whether everybody can read the figures: yes unless said otherwise, and never where only offices hold them."""
    if said is not False and reading.format in UNPUBLISHED:
        raise AtlasError(
            "Zahlen dieses Formats sind nicht veröffentlicht; abgelegt werden sie nur mit diesem Vermerk.",
            file=reading.file.path,
            expected="--veroeffentlicht nein",
            found="--veroeffentlicht ja" if said else "keine Angabe",
            remedy="Mit --veroeffentlicht nein wiederholen; der Lieferschein trägt dann den Vermerk, und die "
            "Zahlen bleiben im Haus.",
        )
    return said is not False


def _edition(readings: Sequence[Reading], source: str) -> str:
    """The day the files say they are of, else the time of their figures: a day or a year, or first and last year.

    The code of the table stands before it where the source tells its tables apart by code. Raises AtlasError for
    figures without any year.
    """
    times = sorted({time for reading in readings for time in reading.frame["time"].unique()})
    years = sorted(year for time in times for year in YEAR.findall(time))
    if not years:
        raise AtlasError(
            "Aus der Datei geht kein Name für die Ausgabe hervor.",
            file=readings[0].file.path,
            expected="--ausgabe NAME",
            found=", ".join(times) or "kein Zeitbezug",
            remedy="Die Ausgabe mit --ausgabe benennen, am besten nach dem Jahr.",
        )
    whole = times[0] if len(times) == 1 else years[0] if years[0] == years[-1] else f"{years[0]}-{years[-1]}"
    first = readings[0]
    if is_day(first.stand or "") and {reading.stand for reading in readings} == {first.stand}:
        whole = str(first.stand)
    coded = any(first.code in (one.codes or ()) for one in column_maps(source))
    alone = coded and {reading.code for reading in readings} == {first.code}
    return re.sub(r"[^\w.+-]", "-", f"{first.code}_{whole}" if alone else whole)


def held(folder: Path, paths: Sequence[Path]) -> Path | None:
    """The edition that holds the same content, packed or not: a portal packs the same table anew at every call."""
    wanted = sorted(_content(path) for path in paths)
    editions = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    for edition in editions:
        files = read_sheet(edition / SHEET, folder.parent).files
        if len(files) == len(wanted) and sorted(_content(file.path) for file in files) == wanted:
            return edition
    return None


def _refuse_other_words(held: Delivery, said: Said) -> None:
    """Refuse options that contradict the sheet of a delivery that lies there: they would be lost without a word."""
    published = None if said.published is None else MARKS[said.published]
    entries: list[tuple[str, str, str | None, str | None]] = [
        ("--ausgabe", "edition", said.edition, held.edition),
        ("--veroeffentlicht", "published", published, held.published),
    ]
    # The same content on a later day is no other delivery; digits come before „unbekannt“
    if said.retrieved is not None and said.retrieved < held.retrieved:
        entries.append(("--abgerufen", "retrieved", said.retrieved, held.retrieved))
    for file in held.files:
        entries.append(("--zeit", "time", said.time, file.time))
        entries.append(("--basis", "basis", said.basis, file.basis))
        entries.append(("--gebiet", "keys", _listed(said.keys), _listed(file.keys)))
    for option, entry, wanted, there in entries:
        if wanted is not None and wanted != there:
            word = {"ja": "yes", "nein": "no"}.get(wanted, wanted)
            folder = " und den Ordner ebenso nennen" if entry == "edition" else ""
            raise AtlasError(
                "Die Datei liegt schon da; ihr Lieferschein sagt etwas anderes als die Option.",
                file=held.sheet,
                column=entry,
                expected=f"{entry}: {there or 'kein Eintrag'}",
                found=f"{option} {wanted}",
                remedy=f"Stimmt der Lieferschein, {option} weglassen. Stimmt die Option, in {held.sheet} den Eintrag "
                f"„{entry}: {word}“ schreiben{folder}, danach sozialatlas check.",
            )


def _listed(keys: tuple[str, ...] | None) -> str | None:
    return None if keys is None else str(list(keys))


def _refuse_other(target: Path, paths: Sequence[Path]) -> None:
    if not target.exists():
        return
    there = ", ".join(file.sha256 for file in read_sheet(target / SHEET, target.parent.parent).files)
    raise AtlasError(
        "Diese Ausgabe liegt schon da, mit anderem Inhalt.",
        file=target,
        expected=f"SHA-256 {there}",
        found=f"SHA-256 {', '.join(_sha256(RawFile(path)) for path in paths)}",
        remedy="Abgelegtes wird nie überschrieben. Ob eine neue Fassung oder eine andere Tabelle über dieselbe Zeit: "
        f"denselben Befehl mit --ausgabe und einem freien Namen wiederholen, z. B. --ausgabe {_free(target)}; wo beide "
        "dieselben Zahlen liefern, gilt die neuere Ausgabe.",
    )


def _free(target: Path) -> str:
    """A name beside those that are taken."""
    return next(name for at in count(2) if not target.with_name(name := f"{target.name}-{at}").exists())


@contextmanager
def _aside(data_dir: Path) -> Iterator[Path]:
    """A hidden folder that is gone afterwards, with those an earlier crash left; whoever calls holds the lock."""
    for left in data_dir.glob(f"{ASIDE}*"):
        shutil.rmtree(left)
    folder = Path(tempfile.mkdtemp(prefix=ASIDE, dir=data_dir))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _store(reading: Reading, folder: Path, known: str, said: Said) -> dict[str, Any]:
    """Copy a file as it is and return its entry in the sheet. Raises InputError when it changed since it was read."""
    path = reading.file.path
    place = folder / _name(path)
    if place.exists():
        raise _name_fault(path, "jeder Name nur einmal in einer Lieferung")
    shutil.copyfile(path, place)
    _keep(place)
    digest = _sha256(RawFile(place))
    if digest != known:
        raise InputError(
            "Die Datei hat sich geändert, während sie gelesen wurde.",
            file=path,
            expected=f"SHA-256 {known}",
            found=f"SHA-256 {digest}",
            remedy="Warten, bis die Datei vollständig geladen und in keinem Programm geöffnet ist, dann wiederholen.",
        )
    entry = {"path": place.name, "sha256": digest, "bytes": place.stat().st_size, "rows": reading.frame.height}
    told = {"format": reading.format, "code": reading.code, "time": said.time, "basis": said.basis}
    told |= {"stand": reading.stand or said.stand, "table_code": said.table_code, "notes": said.notes}
    if said.keys is not None:
        entry["keys"] = list(said.keys)
    return entry | {name: text for name, text in told.items() if text is not None}


def _name(path: Path) -> str:
    """The original name of a file, without what another system took for folders and without unprintable signs."""
    name = unicodedata.normalize("NFC", PureWindowsPath(path.name).name)
    name = "".join(sign for sign in name if sign.isprintable()).strip().lstrip(".")
    if not name or name.casefold() == SHEET:
        raise _name_fault(path, f"ein Name mit Buchstaben oder Ziffern, nicht {SHEET}")
    return name


def _name_fault(path: Path, expected: str) -> InputError:
    return InputError(
        "Eine Datei kann unter diesem Namen nicht abgelegt werden.",
        file=path,
        expected=expected,
        found=path.name,
        remedy="Die Datei umbenennen; an ihrem Inhalt ändert sich dadurch nichts.",
    )


def _sheet(source: str, edition: str, published: bool, said: Said, files: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "source": source,
        "edition": edition,
        "retrieved": said.retrieved or UNKNOWN,
        "published": published,
        **(said.overrides or {}),
        **({"receipt": said.receipt} if said.receipt else {}),
        "files": files,
    }


def _write_sheet(path: Path, content: dict[str, Any]) -> None:
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120)
    path.write_text(text, encoding="utf-8", newline="\n")
    _keep(path)


def _keep(path: Path) -> None:
    """Wait until a file lies on the disk: the rename must not be there before its content."""
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def _try(settings: Settings, aside: Path, source: str, paths: Sequence[Path]) -> pl.DataFrame:
    """What the next run will read of what lies aside. Raises AtlasError naming the file that was handed in."""
    try:
        return _figures(settings, aside, source)
    except AtlasError as error:
        handed_in = {_name(path): path for path in paths}
        if error.file is not None and error.file.startswith(str(aside)):
            error.file = str(handed_in.get(Path(error.file).name, paths[0]))
        raise


def _repeated(settings: Settings, aside: Path, figures: pl.DataFrame, target: Path) -> tuple[Repeated, ...]:
    """What the editions that lie there already give of the same numbers as the new one."""
    import polars as pl

    source = target.parent.name
    if not any(path.is_dir() for path in target.parent.glob("*")):
        return ()
    held = pl.concat([_figures(settings, settings.data_dir, source), figures])
    sheets = [*deliveries(settings.data_dir, source), *deliveries(aside, source)]
    ranked = newer_first(held, NUMBER, sheets)
    old = ranked.filter(pl.col("edition") != target.name).join(figures, on=NUMBER, suffix="_new")
    counted = old.group_by("edition").agg(
        numbers=pl.len(),
        changed=pl.col("wert").ne_missing(pl.col("wert_new")).sum(),
        valid=(pl.col("age") == 0).sum(),
    )
    return tuple(Repeated(**row) for row in counted.sort("edition").rows(named=True))


def _figures(settings: Settings, folder: Path, source: str) -> pl.DataFrame:
    """All figures of one source below a folder, whether the district expects it or not."""
    kreis = replace(settings.kreis, sources=[source])
    gemeinden = read_gemeinden(settings)
    ortsteile = read_ortsteile(settings, gemeinden)
    return read_source(replace(settings, data_dir=folder, kreis=kreis), source, gemeinden, ortsteile)


def _show(source_aside: Path, target: Path) -> None:
    """One rename, of the edition or of the folder of a new source: before it there is nothing to see."""
    whole = not target.parent.exists()
    (source_aside if whole else source_aside / target.name).rename(target.parent if whole else target)


def _content(path: Path) -> str:
    return _sha256(RawFile(path).unpacked())


def _sha256(file: RawFile) -> str:
    """Of any size, without loading it. Raises InputError for an absent or empty file."""
    file.refuse_empty()
    digest = hashlib.sha256()
    with file.stream() as stream:
        while piece := stream.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()
