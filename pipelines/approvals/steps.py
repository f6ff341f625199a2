"""Which step may follow which: Entwurf → geprüft → freigegeben, by two people, for the numbers at hand.

What belongs here: adding a step or a correction to a register, or refusing it. What does not: the form of the file
(`register`), making the edition (`assets`) and storing it (`pipelines.publish.archive`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from pipelines.approvals.register import (
    APPROVED,
    CHECKED,
    Change,
    Correction,
    Register,
    Step,
    same_person,
)
from pipelines.approvals.standing import Standing, standing
from pipelines.errors import AtlasError
from pipelines.german import date_text, is_day


def check(register: Register, name: str, role: str | None, day: str, run: str) -> Register:
    """The register after „geprüft“. Raises AtlasError when this edition is released already or was checked before."""
    now = standing(register, run)
    _refuse_released(now)
    if now.checked:
        raise _refused(
            f"Die {now.title} ist schon geprüft.",
            expected="der nächste Schritt: die Freigabe durch eine andere Person",
            found=f"geprüft von {now.checked.person} am {date_text(now.checked.day)}",
            remedy="sozialatlas freigeben --freigegeben-von NAME",
        )
    return _with(register, Step(now.number, CHECKED, _name(name), _role(role), _day(day, now), run))


def approve(register: Register, name: str, role: str | None, day: str, run: str) -> Register:
    """The register after „freigegeben“. Raises AtlasError when nobody, or the same person, has checked this edition."""
    now = standing(register, run)
    _refuse_released(now)
    if now.checked is None:
        raise _refused(
            f"Die {now.title} ist noch nicht geprüft; freigegeben wird nur, was geprüft ist.",
            expected=f"Stand {CHECKED}",
            found=f"Stand {now.state}" + _void(register, now),
            remedy="Zuerst prüfen lassen: sozialatlas freigeben --geprueft-von NAME",
        )
    if same_person(now.checked.name, name):
        raise _refused(
            "Geprüft und freigegeben wird von zwei Personen.",
            expected=f"eine andere Person als {now.checked.name}",
            found=_name(name),
            remedy="Eine zweite Person gibt frei: sozialatlas freigeben --freigegeben-von NAME",
        )
    return _with(register, Step(now.number, APPROVED, _name(name), _role(role), _day(day, now), run))


def correct(register: Register, reason: str, changes: Sequence[Change], day: str, run: str) -> Register:
    """The register with the correction that the next Fassung makes; one not yet released is replaced."""
    now = standing(register, run)
    if now.valid is None:
        raise _refused(
            f"Für {register.year} ist noch keine Ausgabe freigegeben; es gibt nichts zu berichtigen.",
            expected="eine freigegebene Fassung",
            found=f"Stand {now.state}",
            remedy="Einen Entwurf mit sozialatlas run neu erzeugen; berichtigt wird erst nach der Freigabe.",
        )
    if not changes:
        raise _refused(
            "Keine Zahl weicht von der freigegebenen Ausgabe ab.",
            expected=f"mindestens eine geänderte Angabe gegenüber der {now.valid.number}. Fassung",
            found="keine Änderung",
            remedy="Zuerst die Lieferung berichtigen, dann sozialatlas run; Unterschiede zeigt sozialatlas diff.",
        )
    found = Correction(now.number, _reason(reason), _day(day, now), run, tuple(changes))
    others = tuple(one for one in register.corrections if one.number != found.number)
    return replace(register, corrections=(*others, found))


def same_figures(one: Sequence[Change], other: Sequence[Change]) -> bool:
    """Whether two lists speak of the same figures with the same texts."""
    return set(one) == set(other)


def _with(register: Register, step: Step) -> Register:
    return replace(register, steps=(*register.steps, step))


def _refuse_released(now: Standing) -> None:
    if now.approved:
        raise _refused(
            f"Die {now.title} ist schon freigegeben und ändert sich nicht mehr.",
            expected="ein Entwurf",
            found=f"freigegeben von {now.approved.person} am {date_text(now.approved.day)}",
            remedy="Eine Zahl berichtigen: Lieferung ändern, sozialatlas run, dann sozialatlas korrektur --grund GRUND",
        )


def _void(register: Register, now: Standing) -> str:
    """That there is a check, but of other numbers."""
    earlier = [step for step in register.steps if step.state == CHECKED and step.number == now.number]
    if not earlier:
        return ""
    last = earlier[-1]
    return f"; die Prüfung von {last.person} am {date_text(last.day)} gilt anderen Zahlen"


def _name(name: str) -> str:
    found = " ".join(name.split())
    if not found:
        raise _refused(
            "Es fehlt ein Name.",
            expected="Vor- und Nachname",
            found="kein Name",
            remedy="Den Namen in Anführungszeichen angeben.",
        )
    return found


def _role(role: str | None) -> str | None:
    return " ".join(role.split()) or None if role else None


def _reason(reason: str) -> str:
    found = " ".join(reason.split())
    if not found:
        raise _refused(
            "Es fehlt der Grund der Berichtigung.",
            expected="ein Satz, der in der Ausgabe gedruckt wird",
            found="kein Grund",
            remedy='sozialatlas korrektur --grund "…"',
        )
    return found


def _day(day: str, now: Standing) -> str:
    """The day of a step: of the calendar, not in the future, and not before the step it follows."""
    before = max((step.day for step in (now.valid, now.checked) if step), default="0000-00-00")
    today = date.today().isoformat()
    if not is_day(day) or not before <= day <= today:
        first = "" if before < "0001" else f" ab {before}"
        raise _refused(
            "Das Datum passt nicht.",
            expected=f"ein Tag wie 2024-03-01{first}, nicht in der Zukunft",
            found=day,
            remedy="Die Option --datum berichtigen oder weglassen; dann gilt der heutige Tag.",
        )
    return day


def _refused(what: str, *, expected: str, found: str, remedy: str) -> AtlasError:
    return AtlasError(what, expected=expected, found=found, remedy=remedy)
