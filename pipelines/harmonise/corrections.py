"""Known errors of publishers, corrected between raw and curated, each only as long as the file still holds the error.

What belongs here: reading `pipelines/sources/corrections.yml`, applying it, telling what was corrected. What does not:
corrections to released editions of the atlas (`pipelines.approvals`); the delivered file is never changed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.contracts import WITH_VALUE
from pipelines.errors import InputError
from pipelines.german import STATUS_WORDS
from pipelines.validation.results import Result, as_frame

PATH = Path(__file__).resolve().parents[1] / "sources" / "corrections.yml"
SCHEMA = PATH.with_name("corrections.schema.json")
UNREADABLE = "Die Liste der Berichtigungen ist nicht lesbar."
NOT_AGREED = "Ein Eintrag in der Liste der Berichtigungen ist nicht wie vereinbart."
FIGURE = ("source_id", "edition", "area_key", "stichtag", "merkmal", "auspraegung")


@dataclass(frozen=True)
class Correction:
    """One corrected figure. `expect` and `becomes` are a number, or a status without a value.

    key: source, edition, area, time, merkmal, auspraegung; line: of its entry in the list.
    """

    key: tuple[str, ...]
    expect: float | str
    becomes: float | str
    reason: str
    state: str
    reported: str
    answered: str | None
    path: Path
    line: int

    @property
    def note(self) -> str:
        """What stands beside the figure."""
        told = f"{self.state} am {self.reported if self.answered is None else self.answered}"
        return f"Berichtigt, in der Datei steht {_shown(self.expect)}: {self.reason} ({told})"


@cache
def corrections(path: Path = PATH) -> tuple[Correction, ...]:
    """The list in file order. Raises InputError naming file and line for whatever is not as agreed."""
    from pipelines.steering.registers import check_schema, read_located

    content, lines = read_located(path, UNREADABLE)
    check_schema(path, content, lines, json.loads(SCHEMA.read_text(encoding="utf-8"), parse_float=Decimal), NOT_AGREED)
    found: dict[tuple[str, ...], Correction] = {}
    for at, entry in enumerate(content["corrections"]):
        line = lines[("corrections", at)]
        _check(entry, path, line)
        one = _correction(entry, path, line)
        if one.key in found:
            raise _fault(
                one, "jede Angabe einmal", f"zuerst in Zeile {found[one.key].line}", "Einen Eintrag streichen."
            )
        found[one.key] = one
    return tuple(found.values())


def apply(figures: pl.DataFrame, listed: Sequence[Correction]) -> pl.DataFrame:
    """The figures with corrections applied and `correction`, the reason, null where nothing was corrected.

    figures: rows of `raw.<source>` of all sources. A correction speaks only where its edition was delivered. The status
    becomes `reported` or that of the list, the quality `revised`. Raises InputError for a figure the edition does not
    hold, and when the file no longer holds what the list expects.
    """
    figures = figures.with_columns(correction=pl.lit(None, dtype=pl.String))
    for one in listed:
        if figures.filter(source_id=one.key[0], edition=one.key[1]).is_empty():
            continue
        here = pl.all_horizontal(pl.col(name) == part for name, part in zip(FIGURE, one.key, strict=True))
        _check_expected(figures.filter(here), one)
        number = one.becomes if isinstance(one.becomes, float) else None
        status = one.becomes if isinstance(one.becomes, str) else "reported"
        changes = {"wert": number, "status": status, "quality": "revised", "correction": one.note}
        figures = figures.with_columns(
            pl.when(here).then(pl.lit(value, dtype=figures.schema[name])).otherwise(name).alias(name)
            for name, value in changes.items()
        )
    return figures


def applied(merkmale: pl.DataFrame, listed: Sequence[Correction]) -> pl.DataFrame:
    """What was corrected, as rows of `release.checks`; merkmale: `curated.merkmale`."""
    results = []
    for one in listed:
        source, edition, area, time, merkmal, auspraegung = one.key
        found = merkmale.filter(
            source_id=source, edition=edition, area_id=area, stichtag=time, merkmal=merkmal, auspraegung=auspraegung
        )
        if found.is_empty():
            continue
        row = found.row(0, named=True)
        holds = row["wert"] if row["wert"] is not None else row["status"]
        results.append(
            Result(
                "curated.merkmale",
                ":".join(["berichtigt", *one.key]),
                "Abgleich",
                f"Berichtigter Fehler des Herausgebers: {merkmal}, {auspraegung}, {area}, {time} ({source} {edition}). "
                f"{one.note}",
                _shown(one.becomes),
                _shown(holds),
                holds == one.becomes and row["correction"] == one.note,
            )
        )
    return as_frame(results)


def _correction(entry: dict[str, Any], path: Path, line: int) -> Correction:
    names = ("source", "edition", "area", "time", "merkmal", "auspraegung")
    return Correction(
        key=tuple(entry[name] for name in names),
        expect=_read(entry["expect"]),
        becomes=_read(entry["value"] if "value" in entry else entry["status"]),
        reason=entry["reason"],
        state=entry["state"],
        reported=entry["reported"],
        answered=entry.get("answered"),
        path=path,
        line=line,
    )


def _read(value: Any) -> float | str:
    return value if isinstance(value, str) else float(value)


def _check(entry: dict[str, Any], path: Path, line: int) -> None:
    def refuse(column: str, expected: str, found: object) -> InputError:
        remedy = "Den Eintrag berichtigen; die Form steht am Anfang der Datei."
        return InputError(NOT_AGREED, file=path, row=line, column=column, expected=expected, found=found, remedy=remedy)

    if ("value" in entry) == ("status" in entry):
        raise refuse("value", "entweder value oder status", "beides" if "value" in entry else "keines von beiden")
    expect = entry["expect"]
    if isinstance(expect, str) and (expect not in STATUS_WORDS or expect in WITH_VALUE):
        raise refuse("expect", "eine Zahl ohne Anführungszeichen oder ein Status ohne Wert", expect)
    if entry["state"] != "gemeldet" and "answered" not in entry:
        raise refuse("answered", f"der Tag der Antwort bei {entry['state']}", "kein Eintrag")


def _check_expected(found: pl.DataFrame, one: Correction) -> None:
    if found.is_empty():
        raise _fault(
            one,
            "eine Angabe, die in dieser Ausgabe steht",
            "keine Zeile",
            "Schlüssel, Zeitbezug und Merkmal mit der Datei vergleichen und den Eintrag berichtigen.",
        )
    row = found.row(0, named=True)
    holds = row["wert"] if row["wert"] is not None else row["status"]
    if holds != one.expect:
        raise InputError(
            "Eine Berichtigung gilt nicht mehr, denn in der Datei steht etwas anderes.",
            file=one.path,
            row=one.line,
            column="expect",
            expected=f"{_shown(one.expect)} in {row['file']}, Zeile {row['row']}, Spalte {row['place']}",
            found=_shown(holds),
            remedy="Der Herausgeber hat es berichtigt: Eintrag streichen."
            if holds == one.becomes
            else "Die Angabe mit der Veröffentlichung vergleichen: Hat der Herausgeber sie berichtigt, den Eintrag "
            "streichen, sonst expect berichtigen.",
        )


def _fault(one: Correction, expected: str, found: str, remedy: str) -> InputError:
    return InputError(
        NOT_AGREED,
        file=one.path,
        row=one.line,
        column=", ".join(one.key),
        expected=expected,
        found=found,
        remedy=remedy,
    )


def _shown(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.15g}".replace(".", ",")
