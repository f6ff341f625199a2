"""The command `diff`: all figures of the edition at hand against a released one.

What belongs here: its options and what it prints. What does not: finding differences and reasons
(`pipelines.approvals.differences`). Nothing heavy is imported at the top, so that help comes at once.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from assets.cli.app import Data, Out, Year, app, edition_settings
from pipelines.errors import AtlasError

if TYPE_CHECKING:
    import polars as pl

    from pipelines.publish.archive import Entry
    from pipelines.publish.released import Release
    from pipelines.settings import Settings

COMPARED = "vergleich"
SHOWN = 40


@app.command(usage="")
def diff(
    *,
    gegen: Annotated[
        str | None, Parameter(help="Freigegebene Ausgabe, z. B. 2023-1; ohne Angabe die neueste des Archivs")
    ] = None,
    data: Data = None,
    out: Out = None,
    year: Year = None,
) -> None:
    """Alle Zahlen dieser Ausgabe mit der letzten freigegebenen vergleichen: was sich geändert hat und warum."""
    settings = edition_settings(data, out, year)
    from pipelines.approvals.differences import Edition, counts, differences
    from pipelines.approvals.procedure import current_release
    from pipelines.provenance import is_current
    from pipelines.publish import archive

    against = _against(settings, gegen)
    archive.verify(against.folder)
    old = Edition(against.release, archive.read_manifest(against.folder))
    new = Edition(current_release(settings), archive.read_manifest(settings.output_dir))
    found = differences(old, new)
    print(f"Ausgabe {settings.year} gegen die freigegebene Ausgabe {against.key}")
    if not is_current(settings):
        print("Achtung: Seit dieser Ausgabe hat sich etwas geändert; sozialatlas status zeigt, was ein Lauf neu macht.")
    for kind, count in counts(found):
        print(f"  {kind + ':':<22}{count}")
    if found.height:
        _print_table(found, new.release)
    print(f"{'Alle Unterschiede' if found.height else 'Kein Unterschied'}: {_write(settings, against, found)}")


def _against(settings: "Settings", key: str | None) -> "Entry":
    """The archived edition to compare with: the one named, else the newest not after the report year."""
    from pipelines.publish import archive

    if key is not None:
        return archive.entry(settings, key)
    known = [entry for entry in archive.entries(settings) if entry.year <= settings.year]
    if not known:
        raise AtlasError(
            "Es ist noch keine Ausgabe freigegeben, mit der sich vergleichen ließe.",
            file=archive.archive_folder(settings),
            expected="mindestens eine freigegebene Ausgabe im Archiv",
            found="keine",
            remedy="Eine Ausgabe freigeben: sozialatlas freigeben --geprueft-von NAME, dann --freigegeben-von NAME.",
        )
    return known[-1]


def _write(settings: "Settings", against: "Entry", found: "pl.DataFrame") -> Path:
    """All rows as CSV beside the editions: both sides are released figures, so the file may be passed on."""
    path = settings.out_dir / COMPARED / f"{settings.year}-gegen-{against.key}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    found.write_csv(path, line_terminator="\n")
    return path


def _print_table(found: "pl.DataFrame", release: "Release") -> None:
    """The first rows, those of one reason together below it."""
    from rich.console import Console
    from rich.table import Table

    from pipelines.german import period_text

    names = dict(release.areas.select("area_id", "display_name").iter_rows())
    for (reason,), rows in found.head(SHOWN).group_by("grund", maintain_order=True):
        print(f"\nGrund: {reason}")
        table = Table("Art", "Indikator", "Gebiet", "Zeitbezug", "alt", "neu")
        for row in rows.iter_rows(named=True):
            what = row["indicator_id"] if row["tabelle"] == "Werte" else f"{row['indicator_id']} ({row['tabelle']})"
            area = names.get(row["area_id"], row["area_id"])
            period = period_text(row["period"]) if row["period"] else ""
            table.add_row(row["art"], what, area, period, row["alt"], row["neu"])
        Console().print(table)
    if found.height > SHOWN:
        print(f"Gezeigt sind die ersten {SHOWN} von {found.height} Unterschieden.")
