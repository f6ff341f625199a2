"""The root of the command `sozialatlas` and the options its commands share.

What belongs here: the application object, shared options and what they mean for an edition that is there already. What
does not: commands (the modules beside this one).
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Group, Parameter

from assets.cli.german import GermanHelp

if TYPE_CHECKING:
    from pipelines.settings import Settings

Data = Annotated[Path | None, Parameter(help="Ordner mit kreis.yml und Lieferungen, wie data/raw")]
Out = Annotated[Path | None, Parameter(help="Ordner, der die Ausgabe des Berichtsjahrs aufnimmt")]
Year = Annotated[int | None, Parameter(help="Berichtsjahr; ohne Angabe das aus kreis.yml")]
# The census that figures of people rest on, as sheets name it
Census = Literal["VZ1970", "VZ1987", "Zensus2011", "Zensus2022"]
Basis = Annotated[
    Census | None,
    Parameter(help="Volkszählung, auf der die Einwohnerzahlen beruhen, wenn die Datei sie nicht nennt"),
]
Engine = Annotated[str, Parameter(help="Satzprogramm der Dokumente: embedded oder quarto", show_default=False)]

app = App(
    name="sozialatlas",
    help=(
        "Sozialatlas: aus amtlichen Zahlen werden Kennzahlen, Karten und Dokumente.\n\n"
        "Optionen eines Befehls zeigt: sozialatlas BEFEHL --help"
    ),
    help_format="plaintext",
    help_formatter=GermanHelp(),
    default_parameter=Parameter(negative=()),
    version_flags=[],
    suppress_keyboard_interrupt=False,  # the library would end without a word
    group_commands=Group("Befehle"),
    group_parameters=Group("Optionen"),
    group_arguments=Group("Angaben"),
)


def edition_settings(data: Path | None, out: Path | None, year: int | None) -> "Settings":
    """The settings under which the edition at hand was made: an edition set by Quarto stays one."""
    from pipelines.errors import AtlasError
    from pipelines.publish.archive import read_manifest
    from pipelines.settings import load_settings

    settings = load_settings(data, out, year)
    try:
        made = read_manifest(settings.output_dir)
    except AtlasError:  # no edition, or a damaged one: who needs it whole refuses it
        return settings
    return load_settings(data, out, year, made.get("engine", settings.engine))
