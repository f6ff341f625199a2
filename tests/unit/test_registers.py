"""Registers are read strictly: every fault names file, line and place in German, and nothing is guessed."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.contracts import contract
from pipelines.errors import InputError
from pipelines.steering import registers
from pipelines.steering.registers import (
    REGISTERS,
    SCHEMAS,
    Entry,
    build_registers,
    check_known,
    check_once,
    check_periods,
    check_schema,
    read_located,
    read_register,
    read_sheet,
)

GOOD = """\
# Testdaten
stand: 2026-11-23
kreis: 06432001
betrag: 78400.50
menge: 3
ja: true
antwort: yes
leer:
liste:
  - name: eins
  - name: zwei
    von: 2024-01-01
"""


def written(folder: Path, text: str | bytes, name: str = "fachplanungen.yml") -> Path:
    path = folder / "steering" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


def refused(call: Any, *arguments: Any) -> InputError:
    with pytest.raises(InputError) as caught:
        call(*arguments)
    return caught.value


# ------------------------------------------------------------------------------------------------ reading
def test_values_are_what_was_written_and_lines_are_known(tmp_path: Path) -> None:
    content, lines = read_located(written(tmp_path, GOOD))
    assert content == {
        "stand": "2026-11-23",
        "kreis": "06432001",  # a key without quotes keeps its leading zero
        "betrag": Decimal("78400.50"),
        "menge": 3,
        "ja": True,
        "antwort": "yes",  # only true and false are truth values
        "leer": None,
        "liste": [{"name": "eins"}, {"name": "zwei", "von": "2024-01-01"}],
    }
    assert str(content["betrag"]) == "78400.50"
    assert (lines[("betrag",)], lines[("liste", 1)], lines[("liste", 1, "von")]) == (4, 11, 12)


@pytest.mark.parametrize(
    ("text", "row", "column", "found"),
    [
        ("a: 1\n\tb: 2\n", 2, "alle", "ein Tabulator"),
        ("a: 1\nb:\t2\n", 2, "alle", "ein Tabulator"),
        ("plaene:\n  - a: 1\n    a: 2\n", 3, "plaene, Eintrag 1, a", "„a“ ein zweites Mal"),
        ("a:\n  1: eins\n", 2, "a", "„1“"),
        ("a:\n  true: eins\n", 2, "a", "„true“"),
        ("a: &x [1]\nb: *x\n", 2, "alle", "ein Verweis mit *"),
        ("a: [1\n", 2, "alle", "keine gültige YAML-Struktur"),
        (b"a: gr\xfc\xdfe\n", 1, "alle", "Byte 0xFC, kein UTF-8"),
    ],
)
def test_what_is_no_register_is_refused_with_its_line(
    tmp_path: Path, text: str | bytes, row: int, column: str, found: str
) -> None:
    path = written(tmp_path, text)
    error = refused(read_located, path)
    assert (error.file, error.row, error.column) == (str(path), row, column)
    assert str(error.found).startswith(found) and error.what == registers.UNREADABLE and error.remedy


def test_a_tab_in_a_comment_or_behind_it_does_no_harm(tmp_path: Path) -> None:
    assert read_located(written(tmp_path, "#\tHinweis\na: 1\n"))[0] == {"a": 1}


def test_the_line_of_a_second_entry_names_the_first(tmp_path: Path) -> None:
    error = refused(read_located, written(tmp_path, "a: 1\n\nb: 2\na: 3\n"))
    assert (error.row, error.expected) == (4, "jeder Eintrag einmal; zuerst in Zeile 1")


def test_without_a_file_a_register_is_not_kept(tmp_path: Path) -> None:
    register = read_register(tmp_path, "fachplanungen")
    assert not register.exists and register.top.entries("plaene") == []
    sheet = read_sheet(tmp_path, "angebote", ("a",))
    assert not sheet.exists and sheet.rows == []


def test_a_sheet_with_a_header_alone_is_kept_and_empty(tmp_path: Path) -> None:
    written(tmp_path, "a,b\n", "angebote.csv")
    sheet = read_sheet(tmp_path, "angebote", ("a", "b"))
    assert sheet.exists and sheet.rows == []
    written(tmp_path, "a,b\n1,zwei\n", "angebote.csv")
    assert read_sheet(tmp_path, "angebote", ("a", "b")).rows == [(2, {"a": "1", "b": "zwei"})]
    error = refused(read_sheet, tmp_path, "angebote", ("a", "c"))
    assert (error.row, error.column, error.expected) == (1, "b", "a,c")


def test_registers_say_whether_they_are_kept(tmp_path: Path) -> None:
    written(tmp_path, "plaene: []\n")
    written(tmp_path, "a,b\n1,2\n3,4\n", "angebote.csv")
    written(tmp_path, "stand: 2024\nbeteiligte: [{a: 1}]\nweitere: [{b: 1}, {b: 2}]\n", "beteiligte.yml")
    frame = build_registers(tmp_path)
    found = {row["register_id"]: (row["state"], row["entries"]) for row in frame.to_dicts()}
    assert found == {name: ("nicht geführt", None) for name in REGISTERS} | {
        "fachplanungen": ("leer", 0),
        "angebote": ("geführt", 2),
        "beteiligte": ("geführt", 3),
    }
    assert frame.schema == contract("steering.registers").schema()


# ------------------------------------------------------------------------------------------------ schema
LINES = {(): 1, ("a",): 2, ("a", 0): 3, ("a", 0, "b"): 4}


def breach(rules: dict[str, Any], value: Any) -> InputError:
    """What a value `a` that breaks these rules is told."""
    schema = {"type": "object", "properties": {"a": rules}}
    return refused(check_schema, Path("liste.yml"), {"a": value}, {("a",): 7, (): 1}, schema)


@pytest.mark.parametrize(
    ("rules", "value", "expected", "found"),
    [
        ({"type": "string"}, 3, "Text", "die Zahl 3"),
        ({"type": ["number", "null"]}, "78400,50", "eine Zahl mit Dezimalpunkt oder leer", "„78400,50“"),
        ({"type": "integer"}, Decimal("1.5"), "eine ganze Zahl", "die Zahl 1.5"),
        ({"type": "boolean"}, "ja", "true oder false", "„ja“"),
        ({"type": "array"}, {}, "eine Liste", "eine Gruppe von Einträgen"),
        ({"type": "object"}, [], "eine Gruppe von Einträgen", "eine leere Liste"),
        ({"enum": ["x", None]}, "y", "einer von: x, leer", "„y“"),
        ({"const": "x"}, "y", "x", "„y“"),
        ({"pattern": "^[a-z]+$", "x-form": "Kleinbuchstaben"}, "Ä", "Kleinbuchstaben", "„Ä“"),
        ({"pattern": "\\S"}, "", "Text, der nicht leer ist", "leerer Text"),
        ({"format": "date"}, "2024-02-30", "ein Tag wie 2024-03-01", "„2024-02-30“"),
        ({"minimum": 0}, Decimal("-0.5"), "eine Zahl ab 0", "die Zahl -0.5"),
        ({"maximum": 1}, 2, "eine Zahl bis 1", "die Zahl 2"),
        ({"exclusiveMinimum": 0}, 0, "eine Zahl über 0", "die Zahl 0"),
        ({"x-decimals": 2}, Decimal("1.005"), "höchstens 2 Nachkommastellen", "die Zahl 1.005"),
        ({"minLength": 1}, "", "Text, der nicht leer ist", "leerer Text"),
        ({"maxLength": 2}, "abc", "höchstens 2 Zeichen", "„abc“"),
        ({"minItems": 1}, [], "mindestens ein Eintrag", "eine leere Liste"),
        ({"uniqueItems": True}, ["x", "x"], "jeder Eintrag der Liste einmal", "eine Liste mit 2 Einträgen"),
    ],
)
def test_a_breach_is_told_in_german_with_its_line(rules: dict[str, Any], value: Any, expected: str, found: str) -> None:
    error = breach({**rules, "description": "Sinn des Eintrags."}, value)
    assert (error.row, error.column, error.expected, error.found) == (7, "a", expected, found)
    assert error.remedy == "Den Eintrag berichtigen. Bedeutung: Sinn des Eintrags."


@pytest.mark.parametrize("value", [3, "x", None, Decimal("0.10"), Decimal("2450.55")])
def test_decimals_are_counted_as_written(value: object) -> None:
    """2450.55 / 0.01 leaves a rest in binary numbers, which is how editors judge multipleOf."""
    check_schema(Path("liste.yml"), {"a": value}, LINES, {"properties": {"a": {"x-decimals": 2}}})


def test_an_unknown_name_says_more_than_the_missing_one() -> None:
    schema = {
        "properties": {"name": {"description": "Der Name."}},
        "required": ["name"],
        "additionalProperties": False,
    }
    error = refused(check_schema, Path("liste.yml"), {"nahme": "x"}, {(): 1, ("nahme",): 2}, schema)
    assert (error.row, error.column, error.found) == (2, "nahme", "der Eintrag „nahme“")
    assert error.remedy == "Gemeint ist vielleicht „name“."
    error = refused(check_schema, Path("liste.yml"), {}, {(): 1}, schema)
    assert (error.row, error.expected) == (1, "ein Eintrag „name“")
    assert error.remedy == "Den Eintrag ergänzen. Bedeutung: Der Name."


SHIPPED = sorted(SCHEMAS.glob("*.schema.json"))
# Keywords that hold or name others, and what editors and people read
STRUCTURE = {"$schema", "$defs", "$ref", "$comment", "title", "description", "properties", "items", "x-form"}
TOLD = {
    *("type", "enum", "const", "pattern", "format", "minimum", "maximum", "exclusiveMinimum", "x-decimals"),
    *("minLength", "maxLength", "minItems", "uniqueItems", "required", "additionalProperties"),
}


def _rules(schema: Any) -> list[dict[str, Any]]:
    """All schemas within a schema."""
    found = [schema]
    for name in ("properties", "$defs"):
        found += [rule for one in schema.get(name, {}).values() for rule in _rules(one)]
    return found + (_rules(schema["items"]) if "items" in schema else [])


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name.split(".")[0])
def test_shipped_schemas_use_what_is_told_in_german_and_explain_every_entry(path: Path) -> None:
    from jsonschema import Draft202012Validator

    schema = json.loads(path.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    for rule in _rules(schema):
        assert set(rule) <= STRUCTURE | TOLD, rule
        assert rule.get("type") != "object" or rule.get("additionalProperties") is False, rule
        for name, entry in rule.get("properties", {}).items():
            described = entry.get("description") or _described(schema, entry)
            assert described and described.endswith("."), (path.name, name)


def _described(schema: dict[str, Any], entry: dict[str, Any]) -> str | None:
    target = schema["$defs"].get(entry.get("$ref", "").removeprefix("#/$defs/"), {})
    return target.get("description")


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name.split(".")[0])
def test_shipped_registers_name_their_schema_for_editors(path: Path) -> None:
    name = path.name.removesuffix(".schema.json")
    register = Path("data/raw/steering") / f"{name}.yml"
    project = SCHEMAS.parents[2]
    first = (project / register).read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# yaml-language-server: $schema=")
    assert ((project / register).parent / first.partition("=")[2]).resolve() == path.resolve()


# ------------------------------------------------------------------------------------------------ shared checks
def entries(folder: Path, text: str) -> list[Entry]:
    content, lines = read_located(written(folder, text))
    return Entry(folder / "liste.yml", (), content, lines).entries("liste")


def test_unknown_ids_are_refused_with_the_nearest(tmp_path: Path) -> None:
    (entry,) = entries(tmp_path, "liste:\n  - plan: kita\n    ids:\n      - A01\n      - A1O\n")
    check_known(entry, "plan", ["kita"], "eine Fachplanung", "fachplanungen.yml")
    check_known(entry, "fehlt", ["kita"], "eine Fachplanung", "fachplanungen.yml")
    error = refused(check_known, entry, "ids", ["A01", "A10"], "ein Indikator", "dem Katalog")
    assert (error.row, error.column, error.found) == (5, "liste, Eintrag 1, ids, Eintrag 2", "„A1O“")
    assert error.what == "In einer Liste der Steuerung ist ein Indikator nicht bekannt."
    assert error.remedy.startswith("Gemeint ist vielleicht „A1")
    error = refused(check_known, entry, "plan", ["xyz"], "eine Fachplanung", "fachplanungen.yml")
    assert "ist eine Fachplanung nicht bekannt" in error.what and error.remedy == "Die Kennung berichtigen."


def test_an_id_stands_once(tmp_path: Path) -> None:
    found = entries(tmp_path, "liste:\n  - id: a\n  - id: b\n  - id: a\n")
    check_once(found[:2], "id")
    error = refused(check_once, found, "id")
    assert (error.row, error.expected) == (4, "jede Kennung einmal; zuerst in Zeile 2")


def test_periods_follow_each_other(tmp_path: Path) -> None:
    text = "liste:\n  - {von: 2024-01-01, bis: 2024-12-31}\n  - {von: '%s'}\n"
    check_periods(entries(tmp_path, text % "2025-01-01"))
    error = refused(check_periods, entries(tmp_path, text % "2024-12-31"))  # both ends belong to the period
    assert (error.row, error.column) == (3, "liste, Eintrag 2, von")
    assert error.expected == "ein Beginn nach dem Ende des Zeitraums in Zeile 2 (2024-12-31)"
    open_end = entries(tmp_path, "liste:\n  - {von: 2024-01-01}\n  - {von: 2030-01-01, bis: 2030-12-31}\n")
    assert "ohne Ende" in str(refused(check_periods, open_end).expected)
    backwards = entries(tmp_path, "liste:\n  - {von: 2024-01-02, bis: 2024-01-01}\n")
    assert refused(check_periods, backwards).expected == "frühestens 2024-01-02 (Beginn)"
