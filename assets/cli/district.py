"""The command that lays out the data folder of another district.

What belongs here: its options and what it prints. What does not: writing the folder (`pipelines.sources.scaffold`).
Nothing heavy is imported at the top, so that help comes at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from assets.cli.app import Census, app
from pipelines.errors import AtlasError


@app.command(name="new-district", usage="")
def new_district(
    schluessel: str,
    /,
    *,
    name: Annotated[str | None, Parameter(help="Name des Kreises, wie er auf dem Titel steht; nötig")] = None,
    gemeinden: Annotated[
        Path | None, Parameter(help="Gemeindeverzeichnis: Datei GV-ISys (xlsx) oder GV100AD; nötig")
    ] = None,
    grenzen: Annotated[
        Path | None, Parameter(help="Umrisse: VG250 als Shapefile, GeoPackage oder GeoJSON; nötig")
    ] = None,
    data: Annotated[Path | None, Parameter(help="Ordner, der angelegt wird, leer oder noch nicht da; nötig")] = None,
    year: Annotated[int | None, Parameter(help="Berichtsjahr; ohne Angabe das Jahr des Gemeindeverzeichnisses")] = None,
    umriss: Annotated[
        list[str] | None,
        Parameter(
            help="NEU=ALT+ALT: eine Gemeinde von heute, deren Umriss die früherer zusammen sind; mehrmals möglich"
        ),
    ] = None,
    basis: Annotated[
        Census | None,
        Parameter(help="Volkszählung, auf der die Einwohnerzahlen des Gemeindeverzeichnisses beruhen"),
    ] = None,
) -> None:
    """Den Datenordner eines anderen Kreises aus Gemeindeverzeichnis und Grenzen anlegen.

    Parameters
    ----------
    schluessel
        Amtlicher Kreisschlüssel, 5 Ziffern, z. B. 06438
    """
    from pipelines.geography.boundaries import shown
    from pipelines.sources.scaffold import new_district as lay_out

    if name is None or gemeinden is None or grenzen is None or data is None:
        needed = {"--name": name, "--gemeinden": gemeinden, "--grenzen": grenzen, "--data": data}
        raise AtlasError(
            "Für einen neuen Kreis fehlen Angaben.",
            expected=", ".join(needed),
            found="ohne " + ", ".join(option for option, value in needed.items() if value is None),
            remedy="Die Angaben ergänzen; docs/another-district.md zeigt ein Beispiel.",
        )
    made = lay_out(data.resolve(), schluessel, name, gemeinden, grenzen, year, basis, umriss or ())
    print(f"Angelegt: {made.folder}")
    print(f"Gemeinden: {made.gemeinden}, Berichtsjahr {made.year}, Koordinaten {made.crs}")
    if made.free:
        print(f"Gemeindefreie Gebiete sind keine Gemeinden und nicht enthalten: {', '.join(made.free)}")
    if made.older:
        print(
            f"Umrisse, die älter sind als die Fläche ihrer Gemeinde: {shown(made.older)}. Sie stehen in kreis.yml unter"
        )
        print("aeltere_umrisse; die Karten zeigen sie, bis Umrisse des heutigen Gebietsstands da sind.")
    print(f"Quellen mit Zahlen für dieses Land: {', '.join(made.sources)}")
    print("Als Nächstes: kreis.yml durchsehen, Lieferungen mit „sozialatlas add DATEI --data ORDNER“ ablegen und unter")
    print("quellen eintragen, dann „sozialatlas run --data ORDNER --out ORDNER“. Anleitung: docs/another-district.md")
