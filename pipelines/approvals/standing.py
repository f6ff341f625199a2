"""What the approvals make of an edition: its Fassung, its state, and the tables of released Fassungen and corrections.

What belongs here: reading steps against the run at hand. What does not: taking a step (`steps`) and any look at values.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipelines.approvals.register import APPROVED, CHECKED, Register, Step

if TYPE_CHECKING:
    from pipelines.settings import Settings

DRAFT = "Entwurf"


@dataclass(frozen=True)
class Standing:
    """Fassung and state of one edition, with the steps that led there.

    `state` is Entwurf, geprüft or freigegeben. `valid`: the last approval, which stays valid while a later Fassung is a
    draft. Numbers that changed since a step are a draft again: the step is about other numbers.
    """

    number: int
    title: str
    state: str = DRAFT
    checked: Step | None = None
    approved: Step | None = None
    valid: Step | None = None


FIRST_DRAFT = Standing(1, "1. Fassung")


def standing(register: Register, run: str) -> Standing:
    """The standing of an edition whose numbers come from the run `run` (release_run_id)."""
    last = register.approved[-1] if register.approved else None
    if last and last.run == run:
        checked = _checked(register, last.number, run)
        return Standing(last.number, title(register, last.number, run), APPROVED, checked, last, last)
    number = last.number + 1 if last else 1
    checked = _checked(register, number, run)
    return Standing(number, title(register, number, run), CHECKED if checked else DRAFT, checked, None, last)


def standing_text(settings: Settings, now: Standing) -> str:
    """One German line: Fassung and state of the edition at hand, and which released edition is valid."""
    from pipelines.german import date_text

    if now.approved:
        return f"Stand: {now.title}, freigegeben am {date_text(now.approved.day)} von {now.approved.person}"
    state = "Entwurf, geprüft" if now.checked else "Entwurf"
    if now.valid is None:
        valid = "noch keine Ausgabe freigegeben"
    else:
        valid = f"gültig bleibt Ausgabe {settings.year}-{now.valid.number} vom {date_text(now.valid.day)}"
    return f"Stand: {state}, {now.title}; {valid}"


def title(register: Register, number: int, run: str) -> str:
    """„1. Fassung“; „2., korrigierte Fassung“ where it corrects figures of the one before."""
    return f"{number}., korrigierte Fassung" if register.correction(number, run) else f"{number}. Fassung"


def history_rows(registers: Iterable[Register]) -> list[dict[str, Any]]:
    """All released Fassungen as rows of release.history."""
    rows = []
    for register in registers:
        last = len(register.approved)
        for step in register.approved:
            correction = register.correction(step.number, step.run)
            rows.append(
                {
                    "report_year": register.year,
                    "number": step.number,
                    "title": title(register, step.number, step.run),
                    "approved_by": step.person,
                    "approved_on": step.day,
                    "superseded_by": step.number + 1 if step.number < last else None,
                    "reason": correction.reason if correction else None,
                }
            )
    return rows


def correction_rows(register: Register, run: str) -> list[dict[str, Any]]:
    """Corrections of released Fassungen and of the edition at hand as rows of release.corrections, not yet withheld."""
    runs = {step.number: step.run for step in register.approved}
    runs.setdefault(standing(register, run).number, run)
    found = [register.correction(number, about) for number, about in sorted(runs.items())]
    return [
        {
            "report_year": register.year,
            "number": correction.number,
            "indicator_id": change.indicator_id,
            "area_id": change.area_id,
            "period": change.period,
            "old_text": change.old,
            "new_text": change.new,
            "reason": correction.reason,
        }
        for correction in found
        if correction
        for change in correction.changes
    ]


def _checked(register: Register, number: int, run: str) -> Step | None:
    found = [s for s in register.steps if s.state == CHECKED and s.number == number and s.run == run]
    return found[-1] if found else None
