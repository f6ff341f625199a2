"""The command `sozialatlas`: reading the call, exit codes and messages.

What belongs here: the way in, and what a wrong call is told. What does not: the commands (the modules beside this one).
"""

import os
import signal
import sys
from io import TextIOWrapper

from cyclopts import CycloptsError

from assets.cli import completion, deliveries, diff, district, fetch, forms, freigabe, runs, sozialraeume, status, trace
from assets.cli.app import app
from assets.cli.german import expected, in_german
from pipelines.errors import AtlasError, refused_by_system

__all__ = [
    "app",
    "completion",
    "deliveries",
    "diff",
    "district",
    "fetch",
    "forms",
    "freigabe",
    "main",
    "runs",
    "sozialraeume",
    "status",
    "trace",
]

in_german(app)

MISUSE = {
    "UnknownCommandError": "Der Befehl ist nicht bekannt.",
    "UnknownOptionError": "Eine Option ist nicht bekannt.",
    "UnusedCliTokensError": "Eine Angabe ist zu viel.",
    "MissingArgumentError": "Eine Angabe fehlt.",
    "CoercionError": "Eine Angabe hat die falsche Form.",
}


def main() -> None:
    """Run the command; exit code 0, or 1 with a German message on stderr; 2 for a wrong call, 130 for a stopped one."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8")  # a Windows console may have another
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # to be ended by the system is like Ctrl+C
    try:
        app(sys.argv[1:], exit_on_error=False, print_error=False)
    except CycloptsError as error:
        print(_misuse(error).message(), file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:  # who reads along has seen enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (AtlasError, OSError) as error:
        fault = error if isinstance(error, AtlasError) else refused_by_system(error)
        if fault is None:
            raise
        print(fault.message(), file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("Abgebrochen; die letzte Ausgabe gilt weiter.", file=sys.stderr)
        sys.exit(130)


def _misuse(error: CycloptsError) -> AtlasError:
    """What is wrong with a call, in German; the library words it in English."""
    chain = [name for name in error.command_chain or () if name in app]
    return AtlasError(
        MISUSE.get(type(error).__name__, "Der Aufruf ist nicht verständlich."),
        expected=expected(error),
        found=" ".join(["sozialatlas", *sys.argv[1:]]),
        remedy=f"Was möglich ist, zeigt: {' '.join(['sozialatlas', *chain, '--help'])}",
    )
