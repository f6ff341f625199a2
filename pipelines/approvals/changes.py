"""What changed from one released edition to another: every figure as printed, and the reason why it differs.

What belongs here: comparing two released copies, for errata and for `sozialatlas diff`. What does not: unreleased
tables; both sides hold released figures only, so nothing that is withheld can show here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines import german
from pipelines.approvals.register import Change

if TYPE_CHECKING:
    from pipelines.publish.released import Release

KEY = ["indicator_id", "area_id", "period"]
GONE, ABSENT, WITHDRAWN = "entfällt", "nicht enthalten", "zurückgezogen"
Row = dict[str, Any]


@dataclass(frozen=True)
class Pair:
    """One figure in both editions; None where an edition does not have it."""

    key: tuple[str, str, str]
    old: Row | None
    new: Row | None


def pairs(old: Release, new: Release) -> Iterator[Pair]:
    """All figures of both editions in the order of their key."""
    before, after = _by_key(old.values), _by_key(new.values)
    for key in sorted(before.keys() | after.keys()):
        yield Pair(key, before.get(key), after.get(key))


def corrections(old: Release, new: Release) -> list[Change]:
    """Every figure printed in `old` that `new` prints differently or no longer, as printed.

    Figures that only `new` has correct nothing. A figure withheld now is not repeated: it is called „zurückgezogen“.
    """
    found = []
    for pair in pairs(old, new):
        if pair.old is None:
            continue
        before = figure_text(pair.old, old)
        after = GONE if pair.new is None else figure_text(pair.new, new)
        if before == after:
            continue
        if pair.new is not None and pair.new["status"] == "suppressed":
            before = WITHDRAWN
        found.append(Change(*pair.key, before, after))
    return found


def figure_text(row: Row, release: Release) -> str:
    """A figure as a reader sees it: number and unit with what its status and quality add, or why there is none."""
    status = row["status"]
    if not german.has_value(status) or status == "zero":
        return german.STATUS_WORDS[status]
    text = german.value_text(row["value"], row["unit"], release.indicator(row["indicator_id"])["decimals"])
    text = f"({text})" if row["quality"] == "limited" else text
    return f"{text}, {german.STATUS_WORDS[status]}" if status in german.NOTED_STATUSES else text


def _by_key(values: pl.DataFrame) -> dict[tuple[str, str, str], Row]:
    return {(row["indicator_id"], row["area_id"], row["period"]): row for row in values.iter_rows(named=True)}
