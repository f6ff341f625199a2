"""From areas of an earlier day to those of today: which area took whose place, and with what share.

What belongs here: steps from laid-down Umsteigeschlüssel (BBSR) and Gebietsänderungen (Destatis), and the shares they
lead to. What does not: reading those files (`pipelines.readers`), and figures (`pipelines.harmonise.gebietsstand`).

A share says how much of an area, by persons, employees or surface, belongs to another one later; where nobody published
shares by employees, those by persons stand in. A whole area that becomes another, or part of one, has the share 1
exactly: nothing is estimated. Shares published with four digits are scaled so
that they add up to 1, so that totals are kept; their reader refuses those that are off by more than 0.001.
Steps are only joined when nothing lies between them that is not laid down: what happened in a missing year is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import polars as pl

from pipelines.geography.validity import OPEN, current
from pipelines.german import date_text

PERSONS, SURFACE, EMPLOYEES = "share_population", "share_area", "share_employees"
BASES = (PERSONS, SURFACE, EMPLOYEES)
WORDS = {PERSONS: "Bevölkerung", SURFACE: "Fläche", EMPLOYEES: "Zahl der Beschäftigten am Arbeitsort"}
PUBLISHERS = {"umsteigeschluessel": "Umsteigeschlüssel des BBSR", "gebietsaenderungen": "Gebietsänderungen (Destatis)"}
SPAN = "zeitraum"
STEP = ("row", "from_id", "to_id", "last_day", "first_day", "kind", *BASES)
CONSERVED = 1e-9


class NoWay(Exception):
    """Why no laid-down file leads from an area to the spine; German, for a message.

    among: the areas that share it in unknown parts, where at least those are known.
    """

    def __init__(self, reason: str, among: Iterable[str] = ()) -> None:
        super().__init__(reason)
        self.among = tuple(sorted(among))


@dataclass(frozen=True)
class Part:
    """What of an area belongs to another: its share (0 to 1); exact: nothing of it is estimated; by: the sources.

    weights: what the shares on its way were taken by, of BASES. unknown: why the share is not known, in German.
    """

    area_id: str
    share: float
    exact: bool = True
    by: frozenset[str] = frozenset()
    weights: frozenset[str] = frozenset()
    unknown: str | None = None


@dataclass(frozen=True)
class Step:
    """What became of one area between the last day it was known so and the first day of the new areas.

    shares: by basis, new area to share, adding up to 1; a basis that nobody published is absent. alone: one new area.
    """

    area_id: str
    last_day: str
    first_day: str
    source_id: str
    targets: tuple[str, ...]
    shares: Mapping[str, Mapping[str, float]]

    @property
    def alone(self) -> bool:
        """Whether the area went into one other as a whole, or stayed."""
        return len(self.targets) == 1

    @property
    def changes(self) -> bool:
        """Whether anything became different."""
        return self.targets != (self.area_id,)


def steps_of_changes(frame: pl.DataFrame) -> pl.DataFrame:
    """Transitions from a table of Gebietsänderungen: one row per area that gives and area that receives.

    frame: `Reading.frame` of the format `gebietsaenderungen`. Columns `row`, `from_id`, `to_id`, `last_day`,
    `first_day`, `kind` (the kinds of change as published) and BASES; shares by employees are never published here. A
    change of name alone is none. Shares are what is handed over of all that an area hands over or keeps on that day;
    they are null where a part was handed over and what remains is not named, or where nobody lived.
    """
    wide = (
        frame.filter(pl.col("level") == "gemeinde")
        .with_columns(to_id=_named("NACH"), kind=_named("ART"))
        .group_by("key", "to_id", "time", "kind", maintain_order=True)
        .agg(pl.col("row").min(), *(_sum_of(name).alias(name) for name in ("bevoelkerung", "flaeche")))
    )
    stays = pl.col("key") == pl.col("to_id")
    whole = ["key", "time"]
    moved = wide.filter(~(stays & (pl.len().over(whole) == 1)))
    partial = pl.col("kind").str.contains("2").any().over(whole) & ~stays.any().over(whole)
    alone = (pl.len().over(whole) == 1) & ~partial
    return moved.select(
        "row",
        from_id="key",
        to_id="to_id",
        last_day=pl.col("time").str.to_date().dt.offset_by("-1d").dt.to_string("%Y-%m-%d"),
        first_day="time",
        kind="kind",
        **{
            name: pl.when(alone).then(1.0).when(~partial & (pl.col(of).sum().over(whole) > 0)).then(
                pl.col(of) / pl.col(of).sum().over(whole)
            )
            for name, of in ((PERSONS, "bevoelkerung"), (SURFACE, "flaeche"))
        },
        share_employees=pl.lit(None, dtype=pl.Float64),
    )  # fmt: skip


def steps_of_pairs(frame: pl.DataFrame) -> pl.DataFrame:
    """Transitions from Umsteigeschlüssel: columns as `steps_of_changes`, kind `schluessel`, also areas that stay.

    frame: `Reading.frame` of the format `umsteigeschluessel`.
    """
    shares = frame.filter((pl.col("level") == "gemeinde") & pl.col("item").str.starts_with("anteil_")).with_columns(
        to_id=_named("NACH"), first_day=_named("STAND")
    )
    return shares.group_by("key", "to_id", "time", "first_day", maintain_order=True).agg(
        pl.col("row").min(),
        kind=pl.lit("schluessel"),
        share_population=_sum_of("anteil_bevoelkerung"),
        share_area=_sum_of("anteil_flaeche"),
        share_employees=_sum_of("anteil_beschaeftigte"),
    ).rename({"key": "from_id", "time": "last_day"}).select(STEP)  # fmt: skip


class Crosswalk:
    """The way of every area that a district has or had to its areas of today."""

    def __init__(self, gemeinden: pl.DataFrame, transitions: pl.DataFrame) -> None:
        self.areas: dict[str, dict[str, Any]] = {row["ags"]: row for row in gemeinden.sort("ags").rows(named=True)}
        self.spine = frozenset(current(gemeinden)["ags"])
        spans = transitions.filter(pl.col("kind") == SPAN).select("last_day", "first_day")
        self._spans = sorted(set(spans.iter_rows()))
        # Of several editions of one publisher the last says what holds
        last = {
            (step.area_id, step.last_day, step.first_day, step.source_id): step
            for step in _steps(transitions.filter(pl.col("kind") != SPAN))
        }
        self._steps: dict[str, list[Step]] = {}
        for step in last.values():
            if step.changes:
                self._steps.setdefault(step.area_id, []).append(step)

    @cached_property
    def touched(self) -> frozenset[str]:
        """Areas of which not every figure may be taken as it is: former or new ones, and those that gave or got."""
        dated = {
            key for key, area in self.areas.items() if area["valid_to"] not in OPEN or area["valid_from"][:1] in "12"
        }
        given = {key for key, steps in self._steps.items() for step in steps for key in (key, *step.targets)}
        return frozenset((dated | given) & set(self.areas))

    def parts(self, area_id: str, day: str, basis: str) -> list[Part]:
        """What an area of a day is made into today, by one of BASES; shares add up to 1.

        Areas that are not the district's stand among them. Raises NoWay, with the reason in German.
        """
        return _merged(self._parts(area_id, day, basis, None))

    def extent_changed(self, kreis_key: str, day: str) -> str | None:
        """Until when the Kreis had another extent, if it had one at `day`: a Gemeinde came or left later."""
        found = []
        for steps in self._steps.values():
            for step in steps:
                inside = [step.area_id.startswith(kreis_key), *(key.startswith(kreis_key) for key in step.targets)]
                if step.last_day >= day and len(set(inside)) > 1:
                    found.append(step.last_day)
        return max(found, default=None)

    def _parts(self, area_id: str, day: str, basis: str, since: str | None) -> list[Part]:
        if area_id not in self.areas:
            return [Part(area_id, 1.0)]
        steps = [step for step in self._steps.get(area_id, ()) if step.first_day > day]
        if not steps:
            if area_id in self.spine:
                return [Part(area_id, 1.0)]
            raise NoWay(f"Wohin {area_id} gehört, seit es endete, nennt keine abgelegte Datei.")
        fault = None
        for step in sorted(steps, key=lambda step: self._rank(step, day)):
            try:
                return self._follow(step, day, basis, since)
            except NoWay as error:
                fault = fault or error
        raise fault or NoWay(area_id)

    def _rank(self, step: Step, day: str) -> tuple[bool, bool, int]:
        """Nearest first: straight to today, beginning at the day or after it."""
        straight = all(key in self.spine and not self._later(key, step.first_day) for key in step.targets)
        return not straight, step.last_day < day, abs(_number(step.last_day) - _number(day))

    def _later(self, area_id: str, day: str) -> bool:
        return any(step.first_day > day for step in self._steps.get(area_id, ()))

    def _follow(self, step: Step, day: str, basis: str, since: str | None) -> list[Part]:
        if since is not None and not self._covered(since, step.last_day):
            raise NoWay(
                f"Von {date_text(since)} bis {date_text(step.last_day)} fehlen Gebietsänderungen; über fehlende Jahre "
                "wird nicht verkettet."
            )
        if step.last_day < day and step.area_id in self.spine:
            raise NoWay(
                f"Ob die Änderung von {step.area_id} am {date_text(day)} schon galt, sagt der Umsteigeschlüssel nicht.",
                self._among(step, since),
            )
        if basis == EMPLOYEES and basis not in step.shares:
            basis = PERSONS
        shares = step.shares.get(basis)
        if shares is None:
            raise NoWay(
                f"Wie sich {step.area_id} nach {WORDS[basis]} aufteilt, ist nicht veröffentlicht.",
                self._among(step, since),
            )
        counted = step.source_id == "gebietsaenderungen"
        by = frozenset({PUBLISHERS[step.source_id]})
        return [
            Part(
                part.area_id,
                share * part.share,
                part.exact and (step.alone or (counted and share == 1)),
                part.by | by,
                part.weights | (frozenset() if step.alone else {basis}),
            )
            for key, share in shares.items()
            if share > 0
            for part in (
                [Part(key, 1.0)]
                if key == step.area_id and key in self.spine and not self._later(key, step.first_day)
                else self._parts(key, step.first_day, basis, step.first_day)
            )
        ]

    def _among(self, step: Step, since: str | None) -> tuple[str, ...]:
        """The areas that share an area, where no other can: none of them changed since.

        Of an area that goes on and gave a part, the publisher need not name the rest: it stays with the area.
        """
        among = {*step.targets, *({step.area_id} & self.spine)}
        final = all(
            (key in self.spine or key not in self.areas) and not self._later(key, step.first_day) for key in among
        )
        return tuple(among) if since is None and final and len(among) > 1 else ()

    def _covered(self, since: str, until: str) -> bool:
        """Whether laid-down files speak about every day after `since` up to `until`."""
        reached = since
        for last_day, first_day in self._spans:
            if last_day <= reached < first_day:
                reached = first_day
        return reached >= until


def _named(name: str) -> pl.Expr:
    return pl.col("dimensions").str.extract(f"(?:^|; ){name}=([^;]*)")


def _sum_of(item: str) -> pl.Expr:
    """The sum of an item's values, null where there is none."""
    values = pl.col("value").filter(pl.col("item") == item)
    return pl.when(values.count() > 0).then(values.sum())


def _steps(transitions: pl.DataFrame) -> Iterable[Step]:
    order = ["from_id", "last_day", "first_day", "source_id", "edition"]
    for (area_id, last_day, first_day, source_id, _), rows in transitions.sort(*order, "to_id").group_by(
        order, maintain_order=True
    ):
        shares = {}
        for basis in BASES:
            total = rows[basis].sum()
            if rows[basis].null_count() == 0 and total > 0:
                shares[basis] = dict(zip(rows["to_id"], rows[basis] / total, strict=True))
        yield Step(
            str(area_id), str(last_day), str(first_day), str(source_id), tuple(rows["to_id"].unique().sort()), shares
        )


def _merged(parts: list[Part]) -> list[Part]:
    """One part per area, in the order of keys. Raises ValueError if something were lost on the way."""
    found: dict[str, Part] = {}
    for part in parts:
        known = found.get(part.area_id)
        if known:
            share, exact = known.share + part.share, known.exact and part.exact
            part = Part(part.area_id, share, exact, known.by | part.by, known.weights | part.weights)
        found[part.area_id] = part
    total = sum(part.share for part in found.values())
    if abs(total - 1) > CONSERVED:
        raise ValueError(f"shares add up to {total}")
    return [found[key] for key in sorted(found)]


def _number(day: str) -> int:
    return date.fromisoformat(day).toordinal()
