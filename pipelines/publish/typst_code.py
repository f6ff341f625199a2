"""Write Typst code safely: calls of theme functions with German text, numbers, lists and nested calls as arguments.

What belongs here: turning Python values into Typst literals. What does not: what a page says, or how it looks (the
functions themselves stand in `reports/theme/atlas.typ`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class Code(str):
    """Finished Typst code (in code mode, without `#`); written into a call as it is."""


def text(value: str) -> Code:
    """A Typst string literal; every character of `value` is printed as it stands, none is markup."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    escaped = escaped.replace("\n", "\\n").replace("\r", "").replace("\t", "\\t")
    return Code(f'"{escaped}"')


def length(value: float, unit: str = "mm") -> Code:
    """A Typst length, e.g. `length(12.5)` is `12.5mm`. Units: mm, cm, pt, em, fr, %."""
    return Code(f"{value:g}{unit}")


def literal(value: Any) -> Code:
    """The Typst literal of a Python value.

    Code stays as it is; str, bool, int, float, None, sequences and mappings become what they are in Typst.
    Raises TypeError for anything else, so that no object's repr ever reaches a page.
    """
    if isinstance(value, Code):
        return value
    if isinstance(value, str):
        return text(value)
    if value is None:
        return Code("none")
    if isinstance(value, bool):
        return Code("true" if value else "false")
    if isinstance(value, int):
        return Code(str(value))
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, Mapping):
        return _dictionary(value)
    if isinstance(value, Sequence):
        return _array(value)
    raise TypeError(f"no Typst literal for {type(value).__name__}")


def call(name: str, /, *arguments: Any, **named: Any) -> Code:
    """A call of a theme function: `call("bild", "a.svg", alt="Karte")`; underscores in names become hyphens."""
    parts = [literal(argument) for argument in arguments]
    parts += [f"{key.replace('_', '-')}: {literal(value)}" for key, value in named.items()]
    return Code(f"{name}({', '.join(parts)})")


def join(*parts: Any) -> Code:
    """Several pieces of content one after the other as one argument: strings and calls."""
    return Code("{ " + "; ".join(literal(part) for part in parts) + " }")


def show(name: str, /, **named: Any) -> Code:
    """A rule that hands the rest of the document to a theme function: `show("ausgabe", titel="...")`."""
    return Code(f"show: {call(name + '.with', **named)}")


def block(*code: str) -> str:
    """Markdown that carries the pieces of code unchanged to Typst, one per line; print it in a cell `output: asis`."""
    lines = "\n".join(f"#{piece}" for piece in code)
    fence = "```"
    while fence in lines:
        fence += "`"
    return f"\n{fence}{{=typst}}\n{lines}\n{fence}\n"


def _number(value: float) -> Code:
    if value != value or value in (float("inf"), float("-inf")):
        raise TypeError("no Typst literal for a number that is not finite: missing is not a number")
    return Code(repr(value))


def _array(values: Sequence[Any]) -> Code:
    # The trailing comma makes a single element an array and not a bracketed value.
    return Code("(" + "".join(f"{literal(value)}, " for value in values).rstrip(" ") + ")")


def _dictionary(values: Mapping[str, Any]) -> Code:
    if not values:
        return Code("(:)")
    pairs = ", ".join(f"{text(str(key).replace('_', '-'))}: {literal(value)}" for key, value in values.items())
    return Code(f"({pairs})")
