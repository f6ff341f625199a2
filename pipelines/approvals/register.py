"""The file of approvals `freigaben/<year>.yml` in the data folder: read strictly, written whole and in one step.

What belongs here: the form of the file. What does not: which step may follow which (`steps`) and what the steps make of
an edition (`standing`). Steps and corrections are written by commands only; the file is legible and can be checked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pipelines.errors import InputError
from pipelines.german import is_day
from pipelines.yaml_file import read_yaml

if TYPE_CHECKING:
    from pipelines.settings import Settings

FOLDER = "freigaben"
CHECKED, APPROVED = "geprüft", "freigegeben"
RUN = re.compile(r"[0-9a-f]{64}")
UNREADABLE = "Die Datei der Freigaben ist nicht lesbar."
REMEDY = "Die Datei aus der Sicherung zurückholen; geschrieben wird sie nur von sozialatlas freigeben und korrektur."
HEAD = """\
# Freigaben und Berichtigungen der Ausgabe {year}.
# Zuletzt geschrieben von: sozialatlas {command}
# Nicht von Hand ändern: Jeder Schritt gilt nur für den Lauf, dessen Prüfsumme er nennt.
"""


@dataclass(frozen=True)
class Step:
    """One step of one Fassung: its new state, who took it and when (YYYY-MM-DD), and the run it is about."""

    number: int
    state: str
    name: str
    role: str | None
    day: str
    run: str

    @property
    def person(self) -> str:
        """„Erika Mustermann (Sozialplanung)“, or the name alone."""
        return f"{self.name} ({self.role})" if self.role else self.name


@dataclass(frozen=True)
class Change:
    """One corrected figure: its key and what stood and stands there, as printed."""

    indicator_id: str
    area_id: str
    period: str
    old: str
    new: str


@dataclass(frozen=True)
class Correction:
    """Why a Fassung differs from the one before it, since when, and in which figures."""

    number: int
    reason: str
    day: str
    run: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Register:
    """All steps and corrections of one report year, in the order in which they were taken."""

    year: int
    steps: tuple[Step, ...] = ()
    corrections: tuple[Correction, ...] = ()

    @property
    def approved(self) -> tuple[Step, ...]:
        """The approving steps, one per released Fassung, the last one last."""
        return tuple(step for step in self.steps if step.state == APPROVED)

    def correction(self, number: int, run: str) -> Correction | None:
        """The correction that Fassung `number` makes; one that is about another run than `run` is void."""
        return next((found for found in self.corrections if (found.number, found.run) == (number, run)), None)


def register_path(settings: Settings) -> Path:
    """Where the approvals of the report year lie; the file is absent until the first step."""
    return settings.data_dir / FOLDER / f"{settings.year}.yml"


def read_register(settings: Settings) -> Register:
    """The approvals of the report year, empty without a file. Raises InputError naming file, line and entry."""
    return _read(register_path(settings), settings.year)


def read_registers(settings: Settings) -> list[Register]:
    """The approvals of all report years up to that of the run, the oldest first."""
    folder = settings.data_dir / FOLDER
    years = [int(path.stem) for path in folder.glob("*.yml") if re.fullmatch(r"[0-9]{4}", path.stem)]
    return [_read(folder / f"{year}.yml", year) for year in sorted(years) if year <= settings.year]


def write_register(settings: Settings, register: Register, command: str) -> Path:
    """Write the whole file aside and put it in place in one step; returns its path."""
    path = register_path(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.neu")
    aside.write_text(_text(register, command), encoding="utf-8", newline="\n")
    aside.replace(path)
    return path


def _text(register: Register, command: str) -> str:
    import yaml

    content = {
        "schritte": [_step_entry(step) for step in register.steps],
        "berichtigungen": [_correction_entry(correction) for correction in register.corrections],
    }
    body = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=1000)
    return HEAD.format(year=register.year, command=command) + body


def _step_entry(step: Step) -> dict[str, Any]:
    role = {"rolle": step.role} if step.role else {}
    who = {"fassung": step.number, "stand": step.state, "name": step.name, **role}
    return {**who, "datum": step.day, "lauf": step.run}


def _correction_entry(correction: Correction) -> dict[str, Any]:
    return {
        "fassung": correction.number,
        "grund": correction.reason,
        "datum": correction.day,
        "lauf": correction.run,
        "werte": [
            {
                "indikator": change.indicator_id,
                "gebiet": change.area_id,
                "zeitbezug": change.period,
                "alt": change.old,
                "neu": change.new,
            }
            for change in correction.changes
        ],
    }


def _read(path: Path, year: int) -> Register:
    if not path.is_file():
        return Register(year)
    top = _Entry(path, "die ganze Datei", read_yaml(path, UNREADABLE, _loader(path), REMEDY))
    top.only("schritte", "berichtigungen")
    steps = tuple(_step(entry) for entry in top.entries("schritte"))
    corrections = tuple(_correction(entry) for entry in top.entries("berichtigungen"))
    _check_order(path, steps, corrections)
    return Register(year, steps, corrections)


def _step(entry: _Entry) -> Step:
    entry.only("fassung", "stand", "name", "rolle", "datum", "lauf")
    state = entry.text("stand")
    if state not in (CHECKED, APPROVED):
        raise entry.fault("stand", f"{CHECKED} oder {APPROVED}")
    role = entry.text("rolle") if "rolle" in entry.content else None
    return Step(entry.number("fassung"), state, entry.text("name"), role, entry.day("datum"), entry.run("lauf"))


def _correction(entry: _Entry) -> Correction:
    entry.only("fassung", "grund", "datum", "lauf", "werte")
    changes = tuple(_change(value) for value in entry.entries("werte"))
    if not changes:
        raise entry.fault("werte", "mindestens ein berichtigter Wert")
    return Correction(entry.number("fassung"), entry.text("grund"), entry.day("datum"), entry.run("lauf"), changes)


def _change(entry: _Entry) -> Change:
    names = ("indikator", "gebiet", "zeitbezug", "alt", "neu")
    entry.only(*names)
    return Change(*map(entry.text, names))


def _check_order(path: Path, steps: tuple[Step, ...], corrections: tuple[Correction, ...]) -> None:
    """Fassungen follow each other without gap; an approval follows a check of the same run by another person."""
    released, checked = 0, None
    for place, step in enumerate(steps, 1):
        where = f"schritte, Eintrag {place}"
        if step.number != released + 1:
            raise _fault(path, where, f"Fassung {released + 1}", f"Fassung {step.number}")
        if step.state == CHECKED:
            checked = step
            continue
        if checked is None or checked.number != step.number or checked.run != step.run:
            raise _fault(path, where, "davor eine Prüfung desselben Laufs", "eine Freigabe ohne Prüfung")
        if same_person(checked.name, step.name):
            raise _fault(path, where, "geprüft und freigegeben von zwei Personen", step.name)
        if step.day < checked.day:
            raise _fault(path, where, f"ein Tag ab {checked.day}", step.day)
        released, checked = step.number, None
    numbers = [correction.number for correction in corrections]
    if numbers != sorted(set(numbers)) or any(not 2 <= number <= released + 1 for number in numbers):
        raise _fault(
            path,
            "berichtigungen",
            f"je Fassung von 2 bis {released + 1} höchstens eine Berichtigung, in ihrer Folge",
            ", ".join(f"Fassung {number}" for number in numbers),
        )


def same_person(one: str, other: str) -> bool:
    """Whether two names are the same but for spaces and capital letters."""
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


@dataclass(frozen=True)
class _Entry:
    """A group of entries with the line on which it begins; every method raises InputError naming file, line, entry."""

    path: Path
    place: str
    found: Any
    content: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        if not isinstance(self.found, dict):
            raise _fault(
                self.path, self.place, "eine Gruppe von Einträgen", "leer" if self.found is None else self.found
            )
        object.__setattr__(self, "content", self.found)

    def only(self, *known: str) -> None:
        """Refuse entries that are none of the known ones."""
        for name in self.content:
            if name not in known and name != _LINE:
                raise self.fault(name, ", ".join(known), f"der Eintrag „{name}“")

    def text(self, name: str) -> str:
        """A text that is not empty."""
        value = self.content.get(name)
        if not isinstance(value, str) or not value.strip():
            raise self.fault(name, "Text")
        return value

    def number(self, name: str) -> int:
        """A whole number from 1."""
        value = self.content.get(name)
        if type(value) is not int or value < 1:
            raise self.fault(name, "eine ganze Zahl ab 1")
        return value

    def day(self, name: str) -> str:
        """A day of the calendar as YYYY-MM-DD, in quotes or not."""
        value = self.content.get(name)
        if not isinstance(value, str) or not is_day(value):
            raise self.fault(name, "ein Tag wie 2024-03-01")
        return value

    def run(self, name: str) -> str:
        """The id of a run."""
        value = self.content.get(name)
        if not isinstance(value, str) or not RUN.fullmatch(value):
            raise self.fault(name, "64 Zeichen aus 0-9 und a-f")
        return value

    def entries(self, name: str) -> list[_Entry]:
        """A list of groups; empty when there is none."""
        value = self.content.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.fault(name, "eine Liste")
        return [_Entry(self.path, f"{name}, Eintrag {place}", entry) for place, entry in enumerate(value, 1)]

    def fault(self, name: str, expected: str, found: object = None) -> InputError:
        """What is wrong with one entry."""
        value = self.content.get(name, "kein Eintrag") if found is None else found
        column = name if self.place == "die ganze Datei" else f"{self.place}, {name}"
        return _fault(self.path, column, expected, value, self.content.get(_LINE, "gesamte Datei"))


def _fault(path: Path, column: str, expected: str, found: object, row: int | str = "gesamte Datei") -> InputError:
    return InputError(
        "Ein Eintrag in der Datei der Freigaben fehlt oder ist nicht wie vereinbart.",
        file=path,
        row=row,
        column=column,
        expected=expected,
        found=found,
        remedy=REMEDY,
    )


_LINE = "\0zeile"  # no entry of a file can be called so


def _loader(path: Path) -> Any:
    """A loader that keeps the line on which each group begins, leaves days as text, and refuses an entry twice."""
    import yaml

    class Loader(yaml.SafeLoader):
        """Lives as long as one reading, so that YAML is imported only by who reads."""

        yaml_implicit_resolvers: ClassVar = {
            first: [(tag, form) for tag, form in known if tag != "tag:yaml.org,2002:timestamp"]
            for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

    def group(loader: Any, node: Any) -> dict[str, Any]:
        names = [loader.construct_object(key) for key, _ in node.value]
        for (key, _), name in reversed(list(zip(node.value, names, strict=True))):
            if names.count(name) > 1:
                raise _fault(path, str(name), "jeder Eintrag einmal", "zweimal", key.start_mark.line + 1)
        return {**loader.construct_mapping(node, deep=True), _LINE: node.start_mark.line + 1}

    Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, group)
    return Loader
