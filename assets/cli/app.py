"""The root of the command `sozialatlas` and the options its commands share.

What belongs here: the application object, shared options. What does not: commands (the modules beside this one).
"""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Group, Parameter

from assets.cli.german import GermanHelp

Data = Annotated[Path | None, Parameter(help="Ordner mit kreis.yml und Lieferungen, wie data/raw")]
Out = Annotated[Path | None, Parameter(help="Ordner, der die Ausgabe des Berichtsjahrs aufnimmt")]
Year = Annotated[int | None, Parameter(help="Berichtsjahr; ohne Angabe das aus kreis.yml")]
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
    group_commands=Group("Befehle"),
    group_parameters=Group("Optionen"),
    group_arguments=Group("Angaben"),
)
