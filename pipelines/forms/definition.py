"""The forms as data: what each office is asked, in which column, by which rules.

What belongs here: reading and checking `<delivery>.yml` by `forms.schema.json`, the hash of the structure of a form
that was given out. What does not: for which areas and under which names it is given out (`issuing`), how it looks
(`form`), what was answered (`answers`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pipelines.errors import AtlasError, InputError

FOLDER = Path(__file__).resolve().parent
SCHEMA = FOLDER / "forms.schema.json"
FORMAT_KEY = "formular"
NOT_AGREED = "Ein Formular einer Lieferung ist nicht wie vereinbart."
YEAR = "jahr"


@dataclass(frozen=True)
class Item:
    """One column. time: `jahr` or month and day; minimum: counts from 1 to below it are written as a point."""

    code: str
    name: str
    definition: str
    unit: str
    time: str
    merkmal: str
    auspraegung: str
    minimum: int
    decimals: bool
    part_of: str | None

    def stichtag(self, year: int) -> str:
        """The day the figure is of, or its year, for a form of this year."""
        return str(year) if self.time == YEAR else f"{year}-{self.time}"


@dataclass(frozen=True)
class Form:
    """One form; `key` is the name of the delivery, of its source in the catalogue and of its folder in `data/raw`.

    office and explanation may hold `{task}` (`pipelines.offices`) until the form is given out; legal_by_land: instead
    of `legal`, by key of the Land.
    """

    key: str
    title: str
    office: str
    version: int
    cadence: str
    due: str
    roles: tuple[str, ...]
    legal: str
    counted: str
    explanation: str
    items: tuple[Item, ...]
    sums: tuple[tuple[str, tuple[str, ...]], ...]
    legal_by_land: tuple[tuple[str, str], ...] = ()

    def item(self, code: str) -> Item:
        """The item of a code that the form has."""
        return next(item for item in self.items if item.code == code)


@dataclass(frozen=True)
class Area:
    """One row of a form: the key of a Gemeinde or of the Kreis, its name, its level."""

    key: str
    name: str
    level: str


@dataclass(frozen=True)
class Issue:
    """A form as it was given out: for which district, year and areas, in order; the Kreis stands last, if at all."""

    form: Form
    kreis_key: str
    year: int
    areas: tuple[Area, ...]

    @property
    def structure(self) -> str:
        """SHA-256 of what must come back unchanged: form, version, district, year, rows, columns and their rules."""
        held = {
            "formular": self.form.key,
            "version": self.form.version,
            "kreis": self.kreis_key,
            "jahr": self.year,
            "gebiete": [area.key for area in self.areas],
            "merkmale": [
                [one.code, one.unit, one.time, one.minimum, one.decimals, one.part_of] for one in self.form.items
            ],
        }
        return hashlib.sha256(json.dumps(held, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@cache
def forms(folder: Path = FOLDER) -> Mapping[str, Form]:
    """All forms by key, in alphabetical order. Raises InputError naming file and line for what is not as agreed."""
    return {path.stem: _form(path) for path in sorted(folder.glob("*.yml"))}


def form_named(key: str) -> Form:
    """The form of a delivery. Raises AtlasError that names those most alike, or all there are."""
    if key in forms():
        return forms()[key]
    from difflib import get_close_matches

    near = get_close_matches(key.casefold(), forms(), n=3, cutoff=0.5)
    raise AtlasError(
        f"Für „{key}“ gibt es kein Formular.",
        expected=("am ähnlichsten: " if near else "") + ", ".join(near or forms()),
        found=key,
        remedy="Einen der genannten Namen angeben; „sozialatlas template“ nennt alle mit Stelle und Inhalt. Wie ein "
        "Formular dazukommt, steht in docs/add-a-source.md.",
    )


def _form(path: Path) -> Form:
    from pipelines.steering.registers import check_schema, read_located

    content, lines = read_located(path, "Ein Formular ist nicht lesbar.")
    check_schema(path, content, lines, _schema(), NOT_AGREED)
    items = tuple(_item(entry, content["minimum"]) for entry in content["items"])
    sums = tuple((entry["total"], tuple(entry["parts"])) for entry in content.get("sums", ()))
    codes = [item.code for item in items]
    figures = [(item.merkmal, item.auspraegung) for item in items]
    for at, item in enumerate(items):
        line = lines[("items", at)]
        if codes.count(item.code) > 1 or figures.count(figures[at]) > 1:
            raise _fault(path, line, "code", "jede Kennung und jedes Merkmal einmal", item.code)
        if item.part_of is not None and item.part_of not in codes:
            raise _fault(path, line, "part_of", ", ".join(codes), item.part_of)
        if _is_part_of_itself(item, items):
            raise _fault(path, line, "part_of", "kein Kreis von Teilen", item.code)
    for at, (total, parts) in enumerate(sums):
        unknown = [code for code in (total, *parts) if code not in codes]
        if unknown or total in parts:
            raise _fault(path, lines[("sums", at)], "sums", ", ".join(codes), ", ".join(unknown) or total)
    texts = ("title", "office", "version", "cadence", "due", "legal", "counted", "explanation")
    return Form(
        key=path.stem,
        **{name: content[name] for name in texts},
        roles=tuple(content["roles"]),
        items=items,
        sums=sums,
        legal_by_land=tuple(sorted(content.get("legal_by_land", {}).items())),
    )


def _item(entry: Mapping[str, Any], minimum: int) -> Item:
    given = {"minimum": minimum, "decimals": False, "part_of": None, **entry}
    return Item(**given)


def _is_part_of_itself(item: Item, items: Sequence[Item]) -> bool:
    above = {one.code: one.part_of for one in items}
    seen, code = set(), item.part_of
    while code is not None and code not in seen:
        seen.add(code)
        code = above.get(code)
    return item.code in seen


@cache
def _schema() -> dict[str, Any]:
    return json.loads(SCHEMA.read_text(encoding="utf-8"))


def _fault(path: Path, line: int, column: str, expected: str, found: str) -> InputError:
    return InputError(
        NOT_AGREED,
        file=path,
        row=line,
        column=column,
        expected=expected,
        found=found,
        remedy="Den Eintrag berichtigen; jedes Feld erklärt pipelines/forms/forms.schema.json.",
    )
