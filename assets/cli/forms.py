"""Commands about forms of offices and Gemeinden: write one, and answer one that came back.

What belongs here: their options and what they print. What does not: writing, reading and checking a form
(`pipelines.forms`). Nothing heavy is imported at the top, so that help comes at once.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from assets.cli.app import Data, Out, Year, app
from pipelines.errors import AtlasError

if TYPE_CHECKING:
    from pipelines.forms.intake import Outcome

SHOWN = 40


@app.command(usage="")
def template(
    lieferung: str | None = None,
    /,
    *,
    area: Annotated[
        str | None,
        Parameter(help="Nur diese Gemeinde oder dieser Sozialraum, Name oder Schlüssel; ohne Angabe alle"),
    ] = None,
    year: Year = None,
    datei: Annotated[Path | None, Parameter(help="Name der neuen Datei; ohne Angabe LIEFERUNG-JAHR.xlsx hier")] = None,
    data: Data = None,
    out: Out = None,
) -> None:
    """Ein Excel-Formular für ein Amt oder eine Gemeinde schreiben; ohne Angabe die Formulare nennen, die es gibt.

    Parameters
    ----------
    lieferung
        Name des Formulars, z. B. kreisagentur
    """
    from pipelines.forms.definition import form_named, forms
    from pipelines.forms.issuing import issue, named_for
    from pipelines.settings import load_settings

    settings = load_settings(data, out, year)
    if lieferung is None:
        _print_forms(named_for(form, settings.kreis) for form in forms().values())
        return
    form = form_named(lieferung)
    from pipelines.forms.feeds import feeds
    from pipelines.forms.form import workbook_bytes
    from pipelines.readers import read_gemeinden, read_ortsteile, read_sozialraeume

    gemeinden = read_gemeinden(settings)
    spaces = None if area is None else read_sozialraeume(settings, gemeinden, read_ortsteile(settings, gemeinden))
    asked = issue(form, settings.kreis, gemeinden, settings.year, area, spaces)
    alone = asked.areas[0].key if len(asked.areas) == 1 else "teil"
    path = datei or Path(f"{form.key}-{settings.year}{'' if area is None else f'-{alone}'}.xlsx")
    _write(path, workbook_bytes(asked, feeds(form)))
    gemeinden_asked = [one for one in asked.areas if one.level == "gemeinde"]
    rows = "1 Gemeinde" if len(gemeinden_asked) == 1 else f"{len(gemeinden_asked)} Gemeinden"
    print(f"Geschrieben: {path}")
    whole = " und die Summe" if area is None else ""
    title = f"{asked.form.title}, {asked.form.office}, Berichtsjahr {settings.year}"
    print(f"{title}: {len(form.items)} Merkmale, {rows}{whole}")
    print("Nächster Schritt: an die Stelle senden; was zurückkommt, mit „sozialatlas check DATEI“ prüfen.")


def answer(
    datei: Path, eingang: str | None, antwort: Path | None, nur_pruefen: bool, data: Path | None, out: Path | None
) -> bool:
    """Check a filled form and print what became of it; whether it was without faults."""
    from pipelines.forms.intake import receipt_lines, take_in
    from pipelines.settings import load_settings

    settings = load_settings(data, out)
    outcome = take_in(settings, datei, eingang or date.today().isoformat(), antwort, only_check=nur_pruefen)
    for line in receipt_lines(outcome):
        print(line)
    _print_findings(outcome)
    print(f"\nAntwort für die Stelle: {outcome.answer}")
    if outcome.rejected is not None:
        print(f"Nicht angenommen, aufbewahrt in: {outcome.rejected}")
    if outcome.accepted is not None:
        from assets.cli.deliveries import repeated_lines

        print(f"Abgelegt mit Empfangsvermerk: {outcome.accepted.folder}")
        for line in repeated_lines(outcome.accepted):
            print(line)
        options = "".join(f" {name} {value}" for name, value in (("--data", data), ("--out", out)) if value is not None)
        entry = f"„{outcome.accepted.source}“ unter „quellen“ in {settings.data_dir / 'kreis.yml'} eintragen, dann "
        first = entry if outcome.accepted.source not in settings.kreis.sources else ""
        print(f"Nächster Schritt: {first}sozialatlas check{options}")
    return not outcome.severe


def _print_forms(forms) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("Formular", "Stelle", "Inhalt", "Merkmale", show_edge=False, pad_edge=False)
    for form in forms:
        table.add_row(form.key, form.office, form.title, str(len(form.items)))
    Console(markup=False, highlight=False).print(table)


def _print_findings(outcome: Outcome) -> None:
    """The list of problems, severe ones first; the answer holds all of them."""
    for number, one in enumerate(outcome.findings[:SHOWN], 1):
        place = f"{one.sheet}, {one.cell}" if one.cell else "ganze Datei"
        found = f" (eingetragen: {one.found})" if one.found else ""
        print(f"\n{number}. {'Fehler' if one.severe else 'Hinweis'} in {place}: {one.what}{found}")
        print(f"   Abhilfe: {one.remedy}")
    more = len(outcome.findings) - SHOWN
    if more > 0:
        print(f"\nund {more} weitere, alle in der Antwort")


def _write(path: Path, content: bytes) -> None:
    """Into a file that was not there: a form that somebody filled in must not be lost."""
    try:
        with path.open("xb") as stream:
            stream.write(content)
    except FileExistsError as error:
        raise AtlasError(
            "Die Datei für das Formular gibt es schon.",
            file=path,
            expected="--datei mit dem Namen einer neuen Datei",
            found="eine Datei",
            remedy="Einen anderen Namen angeben oder die vorhandene Datei vorher umbenennen.",
        ) from error
