"""Commands that make something: a run, its checks alone, one profile.

What belongs here: their options and what they print. What does not: running jobs (`assets.run`). Nothing heavy is
imported at the top, so that help and „nothing to do“ come at once.
"""

import sys
import time
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from assets.cli.app import Data, Engine, Out, Year, app
from pipelines.errors import AtlasError


@app.command(usage="")
def run(*, data: Data = None, out: Out = None, year: Year = None, engine: Engine = "embedded") -> None:
    """Die Ausgabe erzeugen: Lieferungen prüfen, Kennzahlen bilden, freigeben, Dokumente setzen."""
    from assets.plan import make_plan
    from pipelines.settings import load_settings

    started = time.perf_counter()
    settings = load_settings(data, out, year, engine)
    if not make_plan(settings).stale:
        print(f"Nichts zu tun: Eingaben, Programm und Ausgabe sind unverändert. {settings.output_dir}")
        return
    from pipelines.publish.engines import engine as engine_named

    engine_named(engine).version()  # absent or too old is told now, not after the numbers are made
    from assets.run import ATLAS, run_job

    seconds = run_job(settings, ATLAS, only_stale=True)
    _print_times(seconds, time.perf_counter() - started)
    print(f"Ausgabe {settings.year}: {settings.output_dir}")


@app.command(usage="")
def check(
    datei: Path | None = None,
    /,
    *,
    eingang: Annotated[str | None, Parameter(help="Tag des Eingangs eines Formulars; ohne Angabe heute")] = None,
    antwort: Annotated[
        Path | None, Parameter(help="Neue Datei für die Antwort; ohne Angabe neben dem Formular")
    ] = None,
    nur_pruefen: Annotated[
        bool, Parameter(help="Das Formular nur prüfen, nicht annehmen und nicht aufbewahren")
    ] = False,
    data: Data = None,
    out: Out = None,
    year: Year = None,
) -> None:
    """Alles prüfen, ohne Dokumente: Lieferungen einlesen und rechnen, oder ein ausgefülltes Formular annehmen.

    Parameters
    ----------
    datei
        Ausgefülltes Formular; ohne Angabe werden alle Lieferungen geprüft
    """
    if datei is not None:
        from assets.cli.forms import answer

        if not answer(datei, eingang, antwort, nur_pruefen, data, out):
            sys.exit(1)
        return
    if eingang is not None or antwort is not None or nur_pruefen:
        raise AtlasError(
            "Die Optionen --eingang, --antwort und --nur-pruefen gelten nur mit einem Formular.",
            expected="sozialatlas check DATEI",
            found="keine Datei",
            remedy="Das ausgefüllte Formular angeben oder die Optionen weglassen.",
        )
    from pipelines.settings import load_settings

    started = time.perf_counter()
    settings = load_settings(data, out, year)
    from assets.run import CHECK, run_job

    seconds = run_job(settings, CHECK)
    _print_checks(settings.results_dir)
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


def _print_times(seconds: dict[str, float], total: float) -> None:
    from pipelines.german import number

    print("Dauer in Sekunden")
    for stage, value in [*seconds.items(), ("gesamt", total)]:
        print(f"  {stage:<11}{number(value, 1):>7}")


def _print_checks(folder: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    from assets.checks import CHECKS
    from pipelines.validation.results import collect

    results = collect(folder / check.results_file for check in CHECKS)
    table = Table("Tabelle", "Art", "Prüfungen", "bestanden")
    for (name, kind), rows in results.group_by("table_name", "kind", maintain_order=True):
        table.add_row(str(name), str(kind), str(rows["passed"].count()), str(int(rows["passed"].sum())))
    gaps = Table("Abgleich", "erwartet", "beobachtet")
    for row in results.filter(kind="Abgleich").iter_rows(named=True):
        if row["gap"] or row["check_id"].startswith("veroeffentlicht"):
            gaps.add_row(row["description"], row["expected"], row["observed"])
    Console().print(table, gaps)
