"""The command `status`: what is current, what is stale and why, and what a run would do.

What belongs here: saying a plan in German. What does not: making it (`assets.plan`). Nothing heavy is imported, so that
the answer comes at once.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from assets.cli.app import Data, Engine, Out, Year, app

if TYPE_CHECKING:
    from assets.plan import Finding, Plan, Reason
    from pipelines.settings import Settings

SHOWN = 3
GROUPS = {
    "raw": "Lieferungen",
    "curated": "Zusammenführung",
    "indicators": "Kennzahlen",
    "steering": "Steuerung",
    "release": "Freigabe",
    "reports": "Dokumente",
}
SETTINGS = {
    "year": "Berichtsjahr",
    "engine": "Satzprogramm",
    "kreis": "kreis.yml",
    "run_id": "Eingaben oder Programm",
    "release_run_id": "Herkunft der Zahlen",
    "program_version": "Fassung des Programms",
}
# Entries of kreis.yml by the field in which the program keeps them
ENTRIES = {
    "key": "schluessel",
    "short_name": "kurzname",
    "land_key": "land.schluessel",
    "land_name": "land.name",
    "report_year": "berichtsjahr",
    "publisher": "herausgeber",
    "contact": "ansprechperson",
    "east": "grenzen.ost",
    "north": "grenzen.nord",
    "neighbours": "nachbarn",
    "sozialraeume_decided": "sozialraeume.beschlossen",
    "sozialraum_label": "sozialraeume.bezeichnung",
    "sozialraum_note": "sozialraeume.hinweis",
    "sources": "quellen",
    "disclosure": "geheimhaltung",
    "committees": "gremien",
    "label": "kennzeichnung",
    "mandate": "auftrag",
    "paper_number": "vorlagennummer",
    "offices": "stellen",
    "portal_address": "portal_adresse",
}


@app.command(usage="")
def status(*, data: Data = None, out: Out = None, year: Year = None, engine: Engine = "embedded") -> None:
    """Zeigen, was aktuell ist, was veraltet ist und warum, und was ein Lauf neu erzeugen würde."""
    from pipelines.lock import holder_text
    from pipelines.settings import load_settings

    settings = load_settings(data, out, year, engine)
    print(f"Ausgabe {settings.year}: {settings.output_dir}")
    print(_standing(settings))
    running = holder_text(settings.curated_dir)
    if running:
        print(f"Ein Lauf ist im Gange: {running}. Was veraltet ist, zeigt dieser Befehl nach seinem Ende.")
        return
    from assets.plan import make_plan

    plan = make_plan(settings)
    if plan.stale and any(finding.record for finding in plan.findings):
        _print_stale(plan, settings)
    print(_summary(plan))


def _standing(settings: Settings) -> str:
    """State of the edition at hand and what a run made of it would be, or that there is none."""
    from pipelines.provenance import release_run_id, run_of_last_edition

    shown = run_of_last_edition(settings)
    if shown is None:
        return "Stand: noch keine Ausgabe"
    from pipelines.approvals.register import read_register
    from pipelines.approvals.standing import standing, standing_text

    register, now = read_register(settings), release_run_id(settings)
    text = standing_text(settings, standing(register, shown))
    if now == shown:
        return text
    return f"{text}\nZahlen oder ihre Herkunft haben sich seitdem geändert; ein Lauf ergibt einen neuen Entwurf."


def _summary(plan: Plan) -> str:
    if not plan.stale:
        return "Alles ist aktuell; ein Lauf hätte nichts zu tun."
    known = [finding.seconds for finding in plan.stale]
    text = f"Ein Lauf erzeugt {len(plan.stale)} von {len(plan.findings)} Schritten neu"
    if all(seconds is not None for seconds in known):
        text += f"; beim letzten Mal dauerten sie {sum(filter(None, known)):.0f} Sekunden, dazu der Start"
    return f"{text}. Aufruf: sozialatlas run"


def _print_stale(plan: Plan, settings: Settings) -> None:
    from rich.console import Console
    from rich.table import Table

    counts = Counter(_group(finding) for finding in plan.findings)
    stale = Counter(_group(finding) for finding in plan.stale)
    overview = Table("Stufe", "Schritte", "aktuell", "veraltet")
    for group, words in GROUPS.items():
        overview.add_row(words, str(counts[group]), str(counts[group] - stale[group]), str(stale[group]))
    table = Table("Veraltet", "Grund")
    for finding in plan.stale:
        table.add_row(", ".join(finding.step.outputs), "\n".join(reasons(finding, settings)))
    Console().print(overview, table)


def _group(finding: Finding) -> str:
    return finding.step.name.split("__")[0]


def reasons(finding: Finding, settings: Settings) -> list[str]:
    """Why a step is stale, one German line per reason; what only follows is named where nothing else is."""
    ranks = [_rank(reason) for reason in finding.reasons]
    return [_line(reason, finding, settings) for reason in finding.reasons if _rank(reason) == min(ranks)]


def _rank(reason: Reason) -> int:
    """Causes first, then what is stale before, then hashes over everything, then checks, which follow their table."""
    if reason.kind == "settings" and set(reason.names) <= {"run_id", "release_run_id"}:
        return 2
    return {"davor": 1, "erneuert": 1, "prüfung": 3, "wiederholung": 3}.get(reason.kind, 0)


def _line(reason: Reason, finding: Finding, settings: Settings) -> str:
    if reason.kind == "neu":
        return "noch nicht erzeugt"
    if reason.kind == "settings":
        return f"geänderte Einstellung: {_some([_setting(name, finding, settings) for name in reason.names])}"
    words = {
        "data": "geänderte Lieferung",
        "files": "geänderte Datei",
        "code": "geändertes Programm",
        "ausgabe": "fehlt oder ist verändert",
        "prüfung": "Prüfung steht aus oder ist nicht bestanden",
        "wiederholung": "Prüfung ist zu wiederholen",
        "davor": "beruht auf Veraltetem",
        "erneuert": "seitdem neu erzeugt",
    }
    names = [name.replace(":", ".") if reason.kind == "code" else name for name in reason.names]
    if reason.kind == "data":
        names = [_shown(settings.data_dir / name) for name in names]
    return f"{words[reason.kind]}: {_some(names)}" if names else words[reason.kind]


def _some(names: list[str]) -> str:
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" und {more} weitere" if more > 0 else "")


def _shown(path: Path) -> str:
    from pipelines.settings import PROJECT_DIR

    base = PROJECT_DIR if path.is_relative_to(PROJECT_DIR) else Path()
    return path.relative_to(base).as_posix() if base.name else path.as_posix()


def _setting(name: str, finding: Finding, settings: Settings) -> str:
    """A setting as its writer knows it: the entry of kreis.yml; where the whole sheet counts, those that differ."""
    if name.startswith("kreis."):
        return f"{_entry(name.removeprefix('kreis.'))} in kreis.yml"
    if name == "kreis" and finding.record:
        from pipelines.fingerprints.parts import setting

        before = json.loads(finding.record.parts["settings"].get("kreis", "{}"))
        now = json.loads(setting(settings, "kreis"))
        changed = [_entry(field) for field in sorted(before.keys() | now.keys()) if before.get(field) != now.get(field)]
        return f"{', '.join(changed)} in kreis.yml"
    return SETTINGS.get(name, name)


def _entry(field: str) -> str:
    return ENTRIES.get(field, field)
