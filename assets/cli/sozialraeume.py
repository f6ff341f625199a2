"""Commands about a planner's cut of Sozialräume: what fits and what does not, and making it the valid one.

What belongs here: their options and what they print. What does not: reading, arithmetic and storing
(`pipelines.readers.zuschnitt`, `pipelines.geography.cut`, `pipelines.sources.cut`). Nothing heavy is imported at the
top, so that help comes at once.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from assets.cli.app import Data, Out, app

if TYPE_CHECKING:
    from pipelines.geography.cut import Balance, Plan
    from pipelines.settings import Settings

SHOWN = 40
Folder = Annotated[Path | None, Parameter(help="Ordner für Karte und Bilanz; ohne Angabe der Ordner der Datei")]

rooms = App(name="sozialraeume", help="Einen Zuschnitt der Sozialräume prüfen oder übernehmen.")
Layer = Annotated[str | None, Parameter(help="Ebene der Sozialräume, wo die Datei mehrere hat")]
app.command(rooms)


@rooms.command(name="check", usage="")
def check_cut(
    datei: Path, /, *, ebene: Layer = None, ablage: Folder = None, data: Data = None, out: Out = None
) -> None:
    """Einen Zuschnitt prüfen: Karte und Bilanz schreiben und sagen, was nicht passt; übernommen wird nichts.

    Parameters
    ----------
    datei
        GeoPackage, GeoJSON, Shapefile (zip) oder Tabelle (xlsx, csv) mit Sozialraum und Schlüsseln
    """
    from pipelines.settings import load_settings

    found, _ = _answered(load_settings(data, out), datei, ebene, ablage)
    if not found.fits:
        sys.exit(1)
    print("Nächster Schritt: sozialatlas sozialraeume import DATEI --gueltig-ab JJJJ-MM-TT")


@rooms.command(name="import", usage="")
def import_cut(
    datei: Path,
    /,
    *,
    gueltig_ab: Annotated[str, Parameter(help="Tag, ab dem der Zuschnitt gilt, z. B. 2026-01-01")],
    ebene: Layer = None,
    ablage: Folder = None,
    data: Data = None,
    out: Out = None,
) -> None:
    """Einen Zuschnitt prüfen und übernehmen; der bisherige bleibt als frühere Fassung liegen.

    Parameters
    ----------
    datei
        GeoPackage, GeoJSON, Shapefile (zip) oder Tabelle (xlsx, csv) mit Sozialraum und Schlüsseln
    """
    from pipelines.settings import load_settings
    from pipelines.sources.cut import lay_down

    settings = load_settings(data, out)
    found, plan = _answered(settings, datei, ebene, ablage)
    for path in lay_down(settings, plan, found, gueltig_ab):
        print(f"Abgelegt: {path}")
    kreis = settings.kreis
    print(
        f"Kennzeichnung: {kreis.sozialraum_note}."
        if kreis.sozialraeume_decided
        else "Als Beispielzuschnitt abgelegt, weil in kreis.yml „beschlossen: false“ steht."
    )
    print("Nächster Schritt: sozialatlas run")


def _answered(settings: Settings, datei: Path, ebene: str | None, ablage: Path | None) -> tuple[Balance, Plan]:
    """Check a file, write map and balance sheet, print what was found."""
    from pipelines.publish.cut_sheet import (
        FINDING_HEADS,
        HEADS,
        findings_rows,
        map_svg,
        markdown,
        rooms_rows,
        texts,
        verdict,
        workbook,
    )
    from pipelines.sources.cut import attribution, checked

    plan, found, known = checked(settings, datei, ebene)
    folder = ablage or datei.parent
    folder.mkdir(parents=True, exist_ok=True)
    made = {
        "karte.svg": map_svg(plan, found, known, settings.kreis, attribution(settings)),
        "bilanz.xlsx": workbook(plan, found, known),
        "bilanz.md": markdown(plan, found, known).encode(),
    }
    for note in plan.notes:
        print(note)
    for row in (texts(HEADS, row) for row in rooms_rows(plan, found, known)):
        print(f"{' '.join(part for part in row[:2] if part)}: {row[4]} Einwohner, {row[5]} Wohnungen, {row[6]} km²")
    print(verdict(found))
    _print_findings([texts(FINDING_HEADS, row) for row in findings_rows(found)])
    for name, content in made.items():
        path = folder / f"{datei.stem}-{name}"
        path.write_bytes(content)
        print(f"Geschrieben: {path}")
    return found, plan


def _print_findings(rows: list[tuple[str, ...]]) -> None:
    for kind, what, people, area, blocks in rows[:SHOWN]:
        print(f"  {'FEHLER' if blocks == 'ja' else 'Hinweis'} {kind}: {what} (Einwohner {people}, Fläche {area} km²)")
    if len(rows) > SHOWN:
        print(f"  und {len(rows) - SHOWN} weitere; alle stehen in der Bilanz")
