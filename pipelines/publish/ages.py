"""Ages by sex, as far as a release holds them: which of its indicators are ages of a pyramid, and their shares.

What belongs here: recognising indicators whose numerator is one age of one sex, and reading their values. What does
not: drawing (`pipelines.figures.pyramid`), the four age groups without sex (`illustrations`).

An indicator is an age of the pyramid when its numerator is `bevoelkerung/alter:20-24:weiblich` (or `alter:20:…` for a
single year, `alter:90+:…` for the open end) and its denominator `bevoelkerung/insgesamt`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from pipelines.publish.released import Release

SEXES = ("weiblich", "maennlich")
STEPS = (1, 5)  # years per age that make a pyramid
_AGE = re.compile(r"bevoelkerung/alter:(\d+)(?:-(\d+)|(\+))?:(weiblich|maennlich)")


@dataclass(frozen=True)
class Age:
    """One age of one sex: the indicator that holds it, first and last year (None: open)."""

    indicator_id: str
    sex: str
    first: int
    last: int | None


@lru_cache(maxsize=2)
def ages_by_sex(release: Release) -> tuple[Age, ...]:
    """The ages of a pyramid, youngest first, women before men.

    None unless single or five-year ages are complete for both sexes, all of the same day.
    """
    rows = release.indicators.filter(
        pl.col("data") == "gemeinde", pl.col("denominator_items") == "bevoelkerung/insgesamt"
    )
    found: list[Age] = []
    moments = set()
    for indicator_id, items, moment in rows.select("indicator_id", "numerator_items", "latest_period").iter_rows():
        match = _AGE.fullmatch(items or "")
        if match:
            moments.add(moment)
            first = int(match[1])
            last = None if match[3] else int(match[2] or first)
            found.append(Age(indicator_id, match[4], first, last))
    found.sort(key=lambda age: (age.first, SEXES.index(age.sex)))
    return tuple(found) if len(moments) == 1 and _is_complete(found) else ()


def _is_complete(ages: list[Age]) -> bool:
    """Whether both sexes have the same ages from 0 to an open end without a gap, in steps of one or five years."""
    women, men = ([(age.first, age.last) for age in ages if age.sex == sex] for sex in SEXES)
    if women != men or len(women) < 2 or women[0][0] != 0 or women[-1][1] is not None:
        return False
    closed = [(first, last) for first, last in women[:-1] if last is not None]
    steps = {last - first + 1 for first, last in closed}
    follows = all(last + 1 == women[place + 1][0] for place, (_, last) in enumerate(closed))
    return len(closed) == len(women) - 1 and len(steps) == 1 and steps <= set(STEPS) and follows


def rows_by_sex(release: Release, area_id: str) -> pl.DataFrame:
    """sex, age_from, age_to (null: open), value (percent of all people), people, status; empty without such ages."""
    rows = []
    for age in ages_by_sex(release):
        row = release.value(age.indicator_id, area_id)
        rows.append((age.sex, age.first, age.last, row["value"], row["numerator"], row["status"]))
    schema = {
        "sex": pl.String,
        "age_from": pl.Int64,
        "age_to": pl.Int64,
        "value": pl.Float64,
        "people": pl.Float64,
        "status": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")
