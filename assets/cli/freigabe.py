"""Commands about the life of an edition: check and approve it, correct a released one.

What belongs here: their options and what they print. What does not: the rules (`pipelines.approvals`) and running jobs
(`assets.run`). Nothing heavy is imported at the top, so that help comes at once.
"""

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from assets.cli.app import Data, Out, Year, app, edition_settings
from pipelines.errors import AtlasError

if TYPE_CHECKING:
    from pipelines.approvals.register import Change
    from pipelines.publish.released import Release
    from pipelines.settings import Settings

Day = Annotated[str | None, Parameter(help="Tag des Schritts, z. B. 2024-03-01; ohne Angabe heute", show_default=False)]
SHOWN = 10


@app.command(usage="")
def freigeben(
    *,
    geprueft_von: Annotated[str | None, Parameter(help="Wer die Ausgabe geprüft hat")] = None,
    freigegeben_von: Annotated[str | None, Parameter(help="Wer sie freigibt: eine andere Person")] = None,
    rolle: Annotated[str | None, Parameter(help="Funktion dieser Person, z. B. Sozialdezernat")] = None,
    datum: Day = None,
    data: Data = None,
    out: Out = None,
    year: Year = None,
) -> None:
    """Die Ausgabe prüfen und freigeben, in zwei Schritten von zwei Personen; Freigegebenes kommt ins Archiv."""
    name, approving = _who(geprueft_von, freigegeben_von)
    settings = edition_settings(data, out, year)
    from pipelines.approvals import procedure
    from pipelines.approvals.standing import standing_text
    from pipelines.publish.archive import archive_folder

    step = procedure.release if approving else procedure.mark_checked
    now = step(settings, name, rolle, datum or _today(), _make)
    print(standing_text(settings, now))
    print(f"Ausgabe {settings.year}: {settings.output_dir}")
    if now.approved:
        print(f"Archiv: {archive_folder(settings) / f'{settings.year}-{now.number}'}")


@app.command(usage="")
def korrektur(
    *,
    grund: Annotated[str, Parameter(help="Warum berichtigt wird; der Satz wird gedruckt")],
    datum: Day = None,
    data: Data = None,
    out: Out = None,
    year: Year = None,
) -> None:
    """Geänderte Zahlen einer freigegebenen Ausgabe als Berichtigung erfassen: alter Wert, neuer Wert, Grund."""
    settings = edition_settings(data, out, year)
    from pipelines.approvals import procedure
    from pipelines.approvals.standing import standing_text

    now, changes = procedure.correct(settings, grund, datum or _today(), _make)
    _print_changes(changes, procedure.current_release(settings))
    print(standing_text(settings, now))
    print(f"Ausgabe {settings.year}: {settings.output_dir}")


def _who(checked: str | None, approved: str | None) -> tuple[str, bool]:
    """The name given and whether it approves. Raises AtlasError unless exactly one of the two is given."""
    if (checked is None) == (approved is None):
        raise AtlasError(
            "Ein Aufruf geht genau einen Schritt.",
            expected="--geprueft-von NAME oder --freigegeben-von NAME",
            found="beide Angaben" if checked else "keine der beiden Angaben",
            remedy="Zuerst prüft eine Person, dann gibt eine andere frei.",
        )
    return (approved, True) if approved is not None else (checked or "", False)


def _make(settings: "Settings") -> None:
    from assets.run import ATLAS, run_job

    run_job(settings, ATLAS, only_stale=True)


def _today() -> str:
    """The day a step was taken; it goes into the file of approvals and from there, as data, into the edition."""
    from datetime import date

    return date.today().isoformat()


def _print_changes(changes: "list[Change]", release: "Release") -> None:
    from rich.console import Console
    from rich.table import Table

    from pipelines.german import capitalised, count_text, period_text

    table = Table("Indikator", "Gebiet", "Zeitbezug", "alt", "neu")
    names = dict(release.areas.select("area_id", "display_name").iter_rows())
    for change in changes[:SHOWN]:
        area = names.get(change.area_id, change.area_id)
        table.add_row(change.indicator_id, area, period_text(change.period), change.old, change.new)
    Console().print(table)
    print(f"{capitalised(count_text(len(changes), 'Angabe', 'Angaben'))} berichtigt", end="")
    print(f", die ersten {SHOWN} oben; alle stehen im Kapitel Berichtigungen" if len(changes) > SHOWN else "")
