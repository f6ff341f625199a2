"""The command `sozialatlas`.

What belongs here: commands, their options and what they print. What does not: running jobs (`assets.run`). Nothing
heavy is imported at the top, so that help and „nothing to do“ come at once.
"""

import sys
import time
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

from cyclopts import App, CycloptsError, Group, Parameter

from pipelines.errors import AtlasError

Data = Annotated[Path | None, Parameter(help="Ordner mit kreis.yml und Lieferungen, wie data/raw")]
Out = Annotated[Path | None, Parameter(help="Ordner, der die Ausgabe des Berichtsjahrs aufnimmt")]
Year = Annotated[int | None, Parameter(help="Berichtsjahr; ohne Angabe das aus kreis.yml")]
Engine = Annotated[str, Parameter(help="Satzprogramm der Dokumente: embedded", show_default=False)]

MISUSE = {
    "UnknownCommandError": "Der Befehl ist nicht bekannt.",
    "UnknownOptionError": "Eine Option ist nicht bekannt.",
    "UnusedCliTokensError": "Eine Angabe ist zu viel.",
    "MissingArgumentError": "Eine Angabe fehlt.",
    "CoercionError": "Eine Angabe hat die falsche Form.",
}

app = App(
    name="sozialatlas",
    help="Sozialatlas: aus amtlichen Zahlen werden Kennzahlen, Karten und Dokumente. Aufruf: sozialatlas BEFEHL",
    usage="",
    version_flags=[],
    group_commands=Group("Befehle"),
    group_parameters=Group("Optionen"),
    group_arguments=Group("Angaben"),
)
app["--help"].help = "Diese Hilfe zeigen"


@app.command(usage="")
def run(*, data: Data = None, out: Out = None, year: Year = None, engine: Engine = "embedded") -> None:
    """Die Ausgabe erzeugen: Lieferungen prüfen, Kennzahlen bilden, freigeben, Dokumente setzen."""
    from pipelines.provenance import is_current
    from pipelines.settings import load_settings

    started = time.perf_counter()
    settings = load_settings(data, out, year, engine)
    if is_current(settings):
        print(f"Nichts zu tun: Eingaben, Programm und Ausgabe sind unverändert. {settings.output_dir}")
        return
    from assets.run import ATLAS, run_job

    seconds = run_job(settings, ATLAS)
    _print_times(seconds, time.perf_counter() - started)
    print(f"Ausgabe {settings.year}: {settings.output_dir}")


@app.command(usage="")
def check(*, data: Data = None, out: Out = None, year: Year = None) -> None:
    """Lieferungen einlesen, rechnen und alles prüfen, ohne Dokumente; die letzte Ausgabe bleibt."""
    from pipelines.settings import load_settings

    started = time.perf_counter()
    settings = load_settings(data, out, year)
    from assets.run import CHECK, run_job

    seconds = run_job(settings, CHECK)
    _print_checks(settings.curated_dir)
    _print_times(seconds, time.perf_counter() - started)


@app.command(usage="")
def steckbrief(name: str, /, *, data: Data = None, out: Out = None, year: Year = None) -> None:
    """Den Steckbrief einer Gemeinde aus der letzten Ausgabe setzen und sagen, wo er liegt.

    Parameters
    ----------
    name
        Name der Gemeinde oder Amtlicher Gemeindeschlüssel
    """
    from pipelines.publish.papers import write_profile
    from pipelines.settings import load_settings

    print(write_profile(load_settings(data, out, year), name))


def main() -> None:
    """Run the command; exit code 0, or 1 with a German message on stderr."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8")  # a Windows console may have another
    try:
        app(sys.argv[1:], exit_on_error=False, print_error=False)
    except CycloptsError as error:
        print(_misuse(error).message(), file=sys.stderr)
        sys.exit(2)
    except AtlasError as error:
        print(error.message(), file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("Abgebrochen; die letzte Ausgabe gilt weiter.", file=sys.stderr)
        sys.exit(130)


def _misuse(error: CycloptsError) -> AtlasError:
    """What is wrong with a call, in German; the library words it in English."""
    return AtlasError(
        MISUSE.get(type(error).__name__, "Der Aufruf ist nicht verständlich."),
        found=" ".join(["sozialatlas", *sys.argv[1:]]),
        remedy="Befehle und Optionen zeigt: sozialatlas --help",
    )


def _print_times(seconds: dict[str, float], total: float) -> None:
    from pipelines.german import number

    print("Dauer in Sekunden")
    for stage, value in [*seconds.items(), ("gesamt", total)]:
        print(f"  {stage:<11}{number(value, 1):>7}")


def _print_checks(folder: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    from pipelines.validation.results import RESULTS_FOLDER, collect

    results = collect(folder / RESULTS_FOLDER)
    table = Table("Tabelle", "Art", "Prüfungen", "bestanden")
    for (name, kind), rows in results.group_by("table_name", "kind", maintain_order=True):
        table.add_row(str(name), str(kind), str(rows["passed"].count()), str(int(rows["passed"].sum())))
    gaps = Table("Abgleich", "erwartet", "beobachtet")
    for row in results.filter(kind="Abgleich").iter_rows(named=True):
        if row["gap"] or row["check_id"].startswith("veroeffentlicht"):
            gaps.add_row(row["description"], row["expected"], row["observed"])
    Console().print(table, gaps)
