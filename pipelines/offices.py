"""What offices are called that texts refer to: every Land and many districts have their own name for the same task.

What belongs here: the tasks, a general name for each, putting names into texts. What does not: reading the names of a
district (`pipelines.settings`, entry `stellen` of kreis.yml), the texts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

# Task to a name that is true everywhere
GENERAL = {
    "statistisches_landesamt": "Statistisches Landesamt",
    "kassenaerztliche_vereinigung": "Kassenärztliche Vereinigung",
    "versorgungsamt": "Versorgungsamt",
    "eingliederungshilfe": "Träger der Eingliederungshilfe",
    "jobcenter": "Jobcenter",
    "barrierefreiheit": "für die Durchsetzung barrierefreier Informationstechnik zuständige Stelle des Landes",
}
# Of the Land, without its ending: „landesweit“ and „en Quoten“ are „landesweiten Quoten“
ADJECTIVE = "landesweit"
_PLACE = re.compile(r"\{([a-z_]+)\}")


def general_names() -> dict[str, str]:
    """The general names as `Kreis.offices` holds them: by task, by task with `_kurz`, and `land_adjektiv`."""
    return office_names({}, ADJECTIVE)


def office_names(own: Mapping[str, tuple[str, str | None]], adjective: str) -> dict[str, str]:
    """All names by placeholder; own: name and short name of the tasks for which a district states one."""
    found = {"land_adjektiv": adjective}
    for task, general in GENERAL.items():
        name, short = own.get(task, (general, None))
        found |= {task: name, f"{task}_kurz": short or name}
    return found


def named(text: str, names: Mapping[str, str]) -> str:
    """A text with `{task}` replaced by its name; other braces stay, as those of dates do."""
    return _PLACE.sub(lambda found: names.get(found.group(1), found.group()), text)
