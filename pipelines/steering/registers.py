"""The registers of `data/raw/steering`: hand-written YAML and CSV files, read strictly, every fault with its line.

What belongs here: finding a register, reading it with the line of every entry, holding it to its JSON schema, and the
German words for what is wrong. What does not: what the entries of one register mean (one module each) and tables.

YAML is read by the core rules of version 1.2: only true and false are truth values, a key such as 06432001 or a day
stays text, and numbers with a decimal point are Decimal, so that no amount is ever rounded on its way in.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.errors import InputError
from pipelines.german import is_day
from pipelines.readers.csv_text import Complaint, rows_of
from pipelines.yaml_file import read_yaml

if TYPE_CHECKING:
    import polars as pl

FOLDER = "steering"
SCHEMAS = Path(__file__).resolve().parent / "schemas"
UNREADABLE = "Eine Liste der Steuerung ist nicht lesbar."
NOT_AGREED = "Ein Eintrag in einer Liste der Steuerung ist nicht wie vereinbart."
# The registers a district can keep: title and file
REGISTERS = {
    "fachplanungen": ("Fachplanungen", "fachplanungen.yml"),
    "ressourcen": ("Ressourcen", "ressourcen.yml"),
    "beteiligte": ("Beteiligte", "beteiligte.yml"),
    "bedarfsmeldungen": ("Bedarfsmeldungen", "bedarfsmeldungen.csv"),
    "angebote": ("Angebote", "angebote.csv"),
    "gremien": ("Sitzungen der Gremien", "gremien.yml"),
}
# State of a register, in words that documents print
KEPT, UNFILLED, ABSENT = "geführt", "leer", "nicht geführt"

Place = tuple[str | int, ...]
Row = tuple[int, dict[str, str]]


@dataclass(frozen=True)
class Entry:
    """A group of entries of a register with its place in the file; every fault names file, line and place."""

    path: Path
    place: Place
    content: dict[str, Any]
    lines: dict[Place, int] = field(repr=False)

    @property
    def line(self) -> int:
        """The line on which the group begins."""
        return self.lines[self.place]

    def get(self, name: str, default: Any = None) -> Any:
        """The value of an entry, or the default."""
        return self.content.get(name, default)

    def __getitem__(self, name: str) -> Any:
        return self.content[name]

    def entries(self, name: str) -> list[Entry]:
        """A list of groups below this one; empty when there is none."""
        found = self.content.get(name) or []
        return [Entry(self.path, (*self.place, name, at), one, self.lines) for at, one in enumerate(found)]

    def group(self, name: str) -> Entry:
        """The group below this one; an empty one on the line of this group when there is none."""
        place = (*self.place, name)
        lines = self.lines if place in self.lines else {**self.lines, place: self.line}
        return Entry(self.path, place, self.content.get(name) or {}, lines)

    def fault(
        self, *within: str | int, what: str = NOT_AGREED, expected: object, remedy: str, found: object = None
    ) -> InputError:
        """What is wrong with this group or with what lies `within` it; raise it."""
        place = (*self.place, *within)
        shown = _found(self.content, within) if found is None else found
        return _fault(self.path, self.lines, place, what, expected, shown, remedy)


@dataclass(frozen=True)
class Register:
    """A YAML register: its top group, and whether the district keeps it. `top` is empty when it does not."""

    name: str
    top: Entry
    exists: bool


@dataclass(frozen=True)
class Sheet:
    """A CSV register: row numbers (the header is 1) and cells as text; `complain` raises InputError about the file."""

    name: str
    rows: list[Row]
    exists: bool
    complain: Complaint


@dataclass(frozen=True)
class _File:
    path: Path


def register_path(data_dir: Path, file_name: str) -> Path:
    """Where a register of a district lies."""
    return data_dir / FOLDER / file_name


def read_register(data_dir: Path, name: str) -> Register:
    """The register `<name>.yml` of a data folder, held to `schemas/<name>.schema.json`.

    Without a file the register is empty and `exists` is False. Raises InputError naming file, line and place for what
    is not YAML, a tab, an entry twice, a reference within the file, a key that is not text, or a breach of the schema.
    """
    path = register_path(data_dir, f"{name}.yml")
    if not path.is_file():
        return Register(name, Entry(path, (), {}, {(): 1}), exists=False)
    content, lines = read_located(path)
    check_schema(path, content, lines, schema(name))
    return Register(name, Entry(path, (), content, lines), exists=True)


def read_sheet(data_dir: Path, name: str, columns: tuple[str, ...]) -> Sheet:
    """The register `<name>.csv` of a data folder with exactly these columns; a header alone is an empty register.

    Raises InputError naming file, row and column for encoding, header and shape; what a cell may hold is for the
    module of the register, which complains through `complain`.
    """
    path = register_path(data_dir, f"{name}.csv")
    complain = Complaint(_File(path))
    if not path.is_file():
        return Sheet(name, [], exists=False, complain=complain)
    return Sheet(name, rows_of(path.read_bytes(), columns, complain), exists=True, complain=complain)


def build_registers(data_dir: Path) -> pl.DataFrame:
    """`steering.registers`: which registers the district keeps and how many entries each has.

    Entries are the lines of a CSV file without its header, or the members of all lists on the first level of a YAML
    file. Raises InputError for a file that cannot be read; what it may hold is for the module of the register.
    """
    import polars as pl

    from pipelines.contracts import conform, contract

    rows = []
    for position, (name, (title, file_name)) in enumerate(REGISTERS.items(), 1):
        path = register_path(data_dir, file_name)
        entries = _count(path) if path.is_file() else None
        found = {"register_id": name, "position": position, "title": title, "file": file_name}
        rows.append({**found, "state": state(entries is not None, entries or 0), "entries": entries})
    table = "steering.registers"
    return conform(pl.DataFrame(rows, schema=contract(table).schema()), table)


def _count(path: Path) -> int:
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", errors="replace", newline="") as lines:
            return max(sum(1 for cells in csv.reader(lines) if cells) - 1, 0)
    content, _ = read_located(path)
    return sum(len(value) for value in content.values() if isinstance(value, list)) if content else 0


def state(exists: bool, entries: int) -> str:
    """Whether a register is kept: `geführt`, `leer` or `nicht geführt`."""
    return ABSENT if not exists else KEPT if entries else UNFILLED


@cache
def schema(name: str) -> dict[str, Any]:
    """The JSON schema of a register; its numbers are Decimal, as those of the register."""
    return json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"), parse_float=Decimal)


# ------------------------------------------------------------------------------------------------ YAML with lines
class _Refused(Exception):
    """Something YAML allows and a register does not; carries what the message needs."""

    def __init__(self, line: int, column: str, expected: str, found: str, remedy: str) -> None:
        super().__init__(found)
        self.line, self.column, self.expected, self.found, self.remedy = line, column, expected, found, remedy


def read_located(path: Path, unreadable: str = UNREADABLE) -> tuple[Any, dict[Place, int]]:
    """Content of a YAML file, and the line of every entry by its place: keys of groups, positions in lists from 0."""
    _refuse_tabs(path, unreadable)
    lines: dict[Place, int] = {(): 1}
    try:
        content = read_yaml(path, unreadable, _loader(lines))
    except _Refused as refused:
        raise InputError(
            unreadable,
            file=path,
            row=refused.line,
            column=refused.column,
            expected=refused.expected,
            found=refused.found,
            remedy=refused.remedy,
        ) from None
    return content, lines


def _refuse_tabs(path: Path, unreadable: str) -> None:
    """YAML forbids tabs in indentation only, in words that help nobody; in a register there is no use for one."""
    for number, line in enumerate(path.read_bytes().split(b"\n"), 1):
        before = line.split(b"#")[0] if line.lstrip().startswith(b"#") else line
        if b"\t" in before:
            raise InputError(
                unreadable,
                file=path,
                row=number,
                expected="Leerzeichen",
                found="ein Tabulator",
                remedy="Den Tabulator dieser Zeile durch Leerzeichen ersetzen.",
            )


_RULES = {
    "tag:yaml.org,2002:null": (re.compile(r"(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]),
    "tag:yaml.org,2002:bool": (re.compile(r"(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")),
    "tag:yaml.org,2002:int": (re.compile(r"-?(?:0|[1-9][0-9]*)$"), list("-0123456789")),
    "tag:yaml.org,2002:float": (re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+$"), list("-0123456789")),
}
_SCALARS = {
    "tag:yaml.org,2002:null": lambda _: None,
    "tag:yaml.org,2002:bool": lambda text: text.lower() == "true",
    "tag:yaml.org,2002:int": int,
    "tag:yaml.org,2002:float": Decimal,
}


def _loader(lines: dict[Place, int]) -> Any:
    """A loader for one reading that notes in `lines` on which line each entry stands."""
    import yaml

    class Loader(yaml.SafeLoader):
        """Refuses what a register does not allow; made per reading, so that YAML is imported only by who reads."""

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.events.AliasEvent):
                mark = self.peek_event().start_mark
                raise _Refused(
                    mark.line + 1, "alle", "jede Angabe ausgeschrieben", "ein Verweis mit *", "Die Angabe wiederholen."
                )
            return super().compose_node(parent, index)

        def construct_document(self, node: Any) -> Any:
            return _value(node, (), lines)

    Loader.yaml_implicit_resolvers = {}
    for tag, (form, first) in _RULES.items():
        Loader.add_implicit_resolver(tag, form, first)
    return Loader


def _value(node: Any, place: Place, lines: dict[Place, int]) -> Any:
    lines.setdefault(place, node.start_mark.line + 1)
    if node.id == "sequence":
        return [_value(one, (*place, at), lines) for at, one in enumerate(node.value)]
    if node.id == "scalar":
        return _SCALARS.get(node.tag, str)(node.value)
    found: dict[str, Any] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        name = key.value if key.id == "scalar" and key.tag == "tag:yaml.org,2002:str" else None
        if name is None:
            shown = f"„{key.value}“" if key.id == "scalar" else "eine Gruppe"
            expected, remedy = "ein Name aus Buchstaben", "Den Namen des Eintrags berichtigen."
            raise _Refused(line, place_text(place), expected, shown, remedy)
        if name in found:
            first = lines[(*place, name)]
            raise _Refused(
                line,
                place_text((*place, name)),
                f"jeder Eintrag einmal; zuerst in Zeile {first}",
                f"„{name}“ ein zweites Mal",
                "Eine der beiden Zeilen löschen oder umbenennen.",
            )
        lines[(*place, name)] = line
        found[name] = _value(value, (*place, name), lines)
    return found


# ------------------------------------------------------------------------------------------------ JSON schema
_TYPES = {
    "string": "Text",
    "integer": "eine ganze Zahl",
    "number": "eine Zahl mit Dezimalpunkt",
    "boolean": "true oder false",
    "array": "eine Liste",
    "object": "eine Gruppe von Einträgen",
    "null": "leer",
}
_FORMATS = {"date": "ein Tag wie 2024-03-01"}
# Own keyword of the schemas: with multipleOf editors count in binary numbers and call 2450.55 wrong
DECIMALS = "x-decimals"


def check_schema(
    path: Path, content: Any, lines: dict[Place, int], rules: dict[str, Any], what: str = NOT_AGREED
) -> None:
    """Raise InputError for the first breach of a JSON schema in the order of the file, in German."""
    from jsonschema import Draft202012Validator, FormatChecker, ValidationError
    from jsonschema.validators import extend

    def decimals(_: object, most: int, value: object, __: object) -> Iterable[ValidationError]:
        if isinstance(value, Decimal) and value != round(value, most):
            yield ValidationError("too many decimals")

    checker = FormatChecker(formats=())
    checker.checks("date")(lambda value: not isinstance(value, str) or is_day(value))
    validator = extend(Draft202012Validator, {DECIMALS: decimals})
    errors = list(validator(rules, format_checker=checker).iter_errors(content))
    if errors:
        # A misspelt name breaks two rules, that of unknown names and that of missing ones: the first says more
        unknown = [error for error in errors if error.validator == "additionalProperties"]
        breaches = [_breach(error) for error in unknown or errors]
        place, expected, shown, remedy = min(breaches, key=lambda breach: (_line(lines, breach[0]), str(breach[0])))
        raise _fault(path, lines, place, what, expected, shown, remedy)


def _breach(error: Any) -> tuple[Place, str, str, str]:
    """Place, what was expected, what was found and what to do, of one error of the validator."""
    place: Place = tuple(error.absolute_path)
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        wrong = next(name for name in error.instance if name not in known)
        near = _nearest(wrong, known)
        remedy = f"Gemeint ist vielleicht „{near}“." if near else "Den Eintrag streichen oder seinen Namen berichtigen."
        return (*place, wrong), "einer von: " + ", ".join(known), f"der Eintrag „{wrong}“", remedy
    if error.validator == "required":
        missing = next(name for name in error.validator_value if name not in error.instance)
        sheet = error.schema.get("properties", {}).get(missing, {})
        return place, f"ein Eintrag „{missing}“", "kein solcher Eintrag", _meaning(sheet, "Den Eintrag ergänzen.")
    return place, _expected(error), _shown(error.instance), _meaning(error.schema, "Den Eintrag berichtigen.")


def _expected(error: Any) -> str:
    value = error.validator_value
    words = {
        "type": lambda: " oder ".join(_TYPES[one] for one in ([value] if isinstance(value, str) else value)),
        "enum": lambda: "einer von: " + ", ".join("leer" if one is None else str(one) for one in value),
        "const": lambda: str(value),
        "pattern": lambda: error.schema.get("x-form") or "Text, der nicht leer ist",
        "format": lambda: _FORMATS[value],
        "minimum": lambda: f"eine Zahl ab {value}",
        "maximum": lambda: f"eine Zahl bis {value}",
        "exclusiveMinimum": lambda: f"eine Zahl über {value}",
        DECIMALS: lambda: f"höchstens {value} {'Nachkommastelle' if value == 1 else 'Nachkommastellen'}",
        "minLength": lambda: "Text, der nicht leer ist",
        "maxLength": lambda: f"höchstens {value} Zeichen",
        "minItems": lambda: f"mindestens {value} Einträge" if value > 1 else "mindestens ein Eintrag",
        "uniqueItems": lambda: "jeder Eintrag der Liste einmal",
    }
    return words[error.validator]()


def _meaning(sheet: dict[str, Any], remedy: str) -> str:
    meaning = sheet.get("description")
    return f"{remedy} Bedeutung: {meaning}" if meaning else remedy


def _nearest(name: str, known: Iterable[str]) -> str | None:
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, list(known), n=1)), None)


# ------------------------------------------------------------------------------------------------ checks all share
def check_once(entries: Sequence[Entry], name: str) -> None:
    """Raise InputError for the second of two entries that share a value, naming the line of the first."""
    first: dict[object, int] = {}
    for entry in entries:
        value = entry.get(name)
        if value in first:
            raise entry.fault(
                name,
                what="Ein Eintrag steht zweimal in einer Liste der Steuerung.",
                expected=f"jede Kennung einmal; zuerst in Zeile {first[value]}",
                remedy="Einen der beiden Einträge löschen oder umbenennen.",
            )
        first[value] = entry.lines.get((*entry.place, name), entry.line)


def check_known(entry: Entry, name: str, known: Iterable[str], kind: str, origin: str) -> None:
    """Raise InputError when a value, or one of a list of values, is not among the known ones.

    kind: what it is, with its article, such as „ein Indikator“; origin: where the known ones stand, in German.
    """
    known = set(known)
    value = entry.get(name)
    at: Iterable[tuple[tuple[str | int, ...], Any]]
    at = [((name, place), one) for place, one in enumerate(value)] if isinstance(value, list) else [((name,), value)]
    for within, one in at:
        if one is not None and one not in known:
            near = _nearest(str(one), sorted(known))
            raise entry.fault(
                *within,
                what=f"In einer Liste der Steuerung ist {kind} nicht bekannt.",
                expected=f"eine Kennung aus {origin}",
                remedy=f"Gemeint ist vielleicht „{near}“." if near else "Die Kennung berichtigen.",
            )


def check_periods(entries: Sequence[Entry], start: str = "von", end: str = "bis") -> None:
    """Raise InputError for a period that ends before it begins, or that overlaps another of the same list.

    Days are texts YYYY-MM-DD; both ends are part of the period; a period without an end is open.
    """
    for entry in entries:
        if entry.get(end) is not None and entry[end] < entry[start]:
            raise entry.fault(
                end, expected=f"frühestens {entry[start]} (Beginn)", remedy="Beginn und Ende des Zeitraums prüfen."
            )
    ordered = sorted(entries, key=lambda entry: (entry[start], entry.line))
    for before, after in pairwise(ordered):
        until = before.get(end)
        if until is None or after[start] <= until:
            raise after.fault(
                start,
                what="Zwei Zeiträume derselben Sache überschneiden sich.",
                expected=f"ein Beginn nach dem Ende des Zeitraums in Zeile {before.line} ({until or 'ohne Ende'})",
                remedy="Beginn oder Ende berichtigen; Zeiträume dürfen sich nicht überschneiden.",
            )


# ------------------------------------------------------------------------------------------------ words
def place_text(place: Place) -> str:
    """„plaene, Eintrag 3, rechtsgrundlagen, Eintrag 1, seit“."""
    return ", ".join(f"Eintrag {part + 1}" if isinstance(part, int) else part for part in place) or "die ganze Datei"


def _fault(
    path: Path, lines: dict[Place, int], place: Place, what: str, expected: object, found: object, remedy: str
) -> InputError:
    return InputError(
        what,
        file=path,
        row=_line(lines, place),
        column=place_text(place),
        expected=expected,
        found=found,
        remedy=remedy,
    )


def _line(lines: dict[Place, int], place: Place) -> int:
    """The line of an entry; of one that is not there, that of the nearest group around it."""
    while place not in lines:
        place = place[:-1]
    return lines[place]


def _found(content: Any, within: Place) -> str:
    """What stands at a place, as its writer sees it."""
    for part in within:
        try:
            content = content[part]
        except (KeyError, IndexError, TypeError):
            return "kein Eintrag"
    return _shown(content)


def _shown(value: object) -> str:
    """A value as its writer sees it."""
    if value is None:
        return "leer"
    if isinstance(value, bool):
        return f"„{str(value).lower()}“"
    if isinstance(value, list):
        count = "einem Eintrag" if len(value) == 1 else f"{len(value)} Einträgen"
        return f"eine Liste mit {count}" if value else "eine leere Liste"
    if isinstance(value, dict):
        return "eine Gruppe von Einträgen"
    return f"die Zahl {value}" if isinstance(value, int | Decimal) else f"„{value}“" if value else "leerer Text"
