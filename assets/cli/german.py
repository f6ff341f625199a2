"""Help of the command in German: the library words its remarks in English and has no translations.

What belongs here: how help and misuse are worded, beside the text of a command or option itself. What does not:
that text (where it is declared).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cyclopts import App, CycloptsError, UnknownCommandError, UnknownOptionError
from cyclopts.annotations import resolve_optional
from cyclopts.help import DefaultFormatter

if TYPE_CHECKING:
    from cyclopts.help import HelpEntry, HelpPanel
    from rich.console import Console, ConsoleOptions

HELP = "Diese Hilfe zeigen"
LIBRARY_HELP = "Display this message and exit."
# What stands for a value: the library names the type
PLACES = {
    "PATH": "PFAD",
    "INT": "ZAHL",
    "FLOAT": "ZAHL",
    "STR": "TEXT",
    "CHOICE": "WAHL",
    "DATE": "TAG",
    "STR...": "TEXT...",
}
FORMS = {int: "eine ganze Zahl", float: "eine Zahl", Path: "ein Pfad"}
USAGE = {"COMMAND": "BEFEHL", "[OPTIONS]": "[OPTIONEN]", "[ARGS]": "[ANGABEN]", "[ARGS...]": "[ANGABEN...]", **PLACES}


class GermanHelp(DefaultFormatter):
    """The library's layout with German words."""

    def __call__(self, console: Console, options: ConsoleOptions, panel: HelpPanel) -> None:
        """Print one panel."""
        super().__call__(console, options, panel.copy(entries=[_german(entry) for entry in panel.entries]))

    def render_usage(self, console: Console, options: ConsoleOptions, usage: Any) -> None:
        """Print how the command is called."""
        if usage:
            words = [USAGE.get(word, word) for word in str(usage).split()]
            console.print("Aufruf: " + " ".join(words) + "\n", markup=False, highlight=False)


def in_german(app: App) -> None:
    """Give every command the German help line and its usage; called when all commands are there."""
    app["--help"].help = HELP
    for name in app:
        if not name.startswith("-"):
            app[name].usage = None
            app[name]["--help"].help = HELP


def expected(error: CycloptsError) -> str | None:
    """What the call should have held at the place of the error, as far as the library knows it."""
    if isinstance(error, UnknownCommandError):
        return "einer der Befehle " + ", ".join(sorted(name for name in error.app or () if not name.startswith("-")))
    if isinstance(error, UnknownOptionError):
        return ", ".join(name for option in error.argument_collection for name in option.names if name[:2] == "--")
    argument = error.argument
    if argument is None:
        return None
    choices = argument.get_choices()
    if choices:
        return f"{argument.name}: {', '.join(choices)}"
    return f"{argument.name}: {FORMS.get(resolve_optional(argument.hint), 'ein Text')}"


def _german(entry: HelpEntry) -> HelpEntry:
    """The entry with its remarks in German; the library then adds none of its own."""
    remarks = []
    if entry.choices:
        remarks.append("möglich: " + ", ".join(entry.choices))
    if entry.default is not None:
        remarks.append(f"ohne Angabe: {entry.default}")
    if entry.required:
        remarks.append("nötig")
    text = str(getattr(entry.description, "primary_renderable", entry.description) or "").strip()
    if remarks:
        text = f"{text} ({'; '.join(remarks)})".strip()
    place = None if entry.metavar is None else PLACES.get(entry.metavar, entry.metavar)
    return entry.copy(description=text, choices=None, default=None, required=False, env_var=None, metavar=place)
