"""A form for one district: its areas, and the names its offices and laws have there.

What belongs here: choosing Gemeinden of a year, all, of one Sozialraum, or one alone; names from kreis.yml (`stellen`)
in the texts of a form. What does not: what a form asks (`definition`), how it looks (`form`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from pipelines.errors import AtlasError
from pipelines.forms.definition import Area, Form, Issue
from pipelines.geography.keys import level
from pipelines.offices import named

if TYPE_CHECKING:
    import polars as pl

    from pipelines.settings import Kreis


def issue(
    form: Form,
    kreis: Kreis,
    gemeinden: pl.DataFrame,
    year: int,
    wanted: str | None = None,
    sozialraeume: pl.DataFrame | None = None,
) -> Issue:
    """The form for a year: a row per Gemeinde there was at its end and the Kreis, or only the Gemeinden wanted.

    gemeinden: `raw.gemeinden`. wanted: key or name of a Gemeinde, or of a Sozialraum of `raw.sozialraeume`; such a form
    has no sum. Raises AtlasError for a place there is not, and for a Sozialraum that is not made of whole Gemeinden.
    """
    from pipelines.geography.validity import valid_at

    there = valid_at(gemeinden, str(year))
    kept = there if wanted is None else _wanted(wanted, there, sozialraeume, year)
    areas = [Area(ags, name, "gemeinde") for ags, name in kept.items()]
    if wanted is None:
        areas.append(Area(kreis.key, f"{kreis.name} (Summe)", "kreis"))
    return Issue(named_for(form, kreis), kreis.key, year, tuple(areas))


def named_for(form: Form, kreis: Kreis) -> Form:
    """The form with the names its offices have in this district and the law of its Land."""
    legal = dict(form.legal_by_land).get(kreis.land_key, form.legal)
    texts = {name: named(getattr(form, name), kreis.offices) for name in ("office", "explanation")}
    return replace(form, legal=legal, **texts)


def _wanted(wanted: str, there: Mapping[str, str], sozialraeume: pl.DataFrame | None, year: int) -> dict[str, str]:
    """The Gemeinden of a place, by key."""
    sought = wanted.strip().casefold()
    found = {ags: name for ags, name in there.items() if sought in (ags, name.casefold())}
    if len(found) == 1:
        return found
    spaces: dict[str, list[tuple[str, float]]] = {}
    names: dict[str, str] = {}
    rows = () if sozialraeume is None else sozialraeume.select("area_id", "name", "ags", "weight").iter_rows()
    for area_id, name, ags, weight in rows:
        spaces.setdefault(area_id, []).append((ags, weight))
        names[area_id] = name
    chosen = [key for key, name in names.items() if sought in (key.casefold(), name.casefold())]
    if len(chosen) != 1:
        raise _unknown(wanted, [*there.values(), *names.values()], year)
    stones = spaces[chosen[0]]
    if any(level(key) != "gemeinde" or weight != 1 for key, weight in stones):
        raise AtlasError(
            f"Der Sozialraum „{names[chosen[0]]}“ besteht nicht aus ganzen Gemeinden.",
            expected="ein Sozialraum aus ganzen Gemeinden",
            found="Ortsteile oder Teile von Gemeinden",
            remedy="Das Formular je Gemeinde schreiben lassen; Formulare fragen nach Zahlen je Gemeinde.",
        )
    members = {ags for ags, _ in stones}
    return {ags: name for ags, name in there.items() if ags in members}


def _unknown(wanted: str, known: list[str], year: int) -> AtlasError:
    from difflib import get_close_matches

    folded = {name.casefold(): name for name in known}
    near = [folded[one] for one in get_close_matches(wanted.strip().casefold(), folded, n=3, cutoff=0.4)]
    return AtlasError(
        f"„{wanted}“ ist im Jahr {year} keine Gemeinde des Kreises und kein Sozialraum.",
        expected="am ähnlichsten: " + ", ".join(near) if near else "Name oder Schlüssel aus gebiete/gemeinden.csv",
        found=wanted,
        remedy="Die Option --area berichtigen oder weglassen; ohne sie gilt das Formular für alle Gemeinden.",
    )
