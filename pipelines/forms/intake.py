"""Taking a filled form in: checked, answered, stored with its receipt, or kept aside with its faults.

What belongs here: what becomes of a form that came in. What does not: the rules (`checking`), how a delivery is stored
in one step (`pipelines.sources.intake`).

A form about single persons is never stored, not even among the rejected ones. A second form for the same year is a
newer edition of the source: nothing that lies there is changed.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from pipelines.errors import AtlasError, InputError
from pipelines.forms.answers import Answers, Finding, read_answers
from pipelines.forms.checking import check_answers
from pipelines.forms.definition import Form, forms
from pipelines.forms.issuing import named_for
from pipelines.forms.marking import KINDS, marked_bytes, opened
from pipelines.forms.shares import check_shares
from pipelines.forms.unseen import with_unseen
from pipelines.german import date_text, is_day
from pipelines.readers import personal, read_gemeinden
from pipelines.readers.rawfile import RawFile
from pipelines.sources.intake import Added, Said, add
from pipelines.sources.registry import SHEET, read_sheet

if TYPE_CHECKING:
    from pipelines.settings import Kreis, Settings

ASIDE = ".ablage-"
FINDINGS = "befund.yml"
ANSWER = "-Pruefergebnis"
KINDS_OF_FILES = {
    ".csv": "eine Texttabelle (CSV)",
    ".pdf": "ein PDF",
    ".ods": "eine Tabelle von LibreOffice (.ods)",
    ".zip": "ein Archiv (ZIP)",
    ".docx": "ein Textdokument",
}


@dataclass(frozen=True)
class Outcome:
    """What became of a form. accepted and rejected: at most one of them; none where it was only checked.

    answer: the copy with its marks. known: the form lay there already, nothing was changed.
    """

    answers: Answers
    findings: tuple[Finding, ...]
    sha256: str
    day: str
    answer: Path
    accepted: Added | None = None
    rejected: Path | None = None
    known: bool = False

    @property
    def severe(self) -> list[Finding]:
        """The findings that keep the form out."""
        return [one for one in self.findings if one.severe]


def take_in(
    settings: Settings, path: Path, day: str, answer: Path | None = None, *, only_check: bool = False
) -> Outcome:
    """Check a filled form, write the answer, and store it as a delivery or keep it in quarantine.

    day: when it came in, YYYY-MM-DD. answer: a new file for the copy; without it beside the form. Raises InputError for
    a file that is no form or holds personal data, AtlasError for a day that is none, LockError during a run; then
    nothing was stored.
    """
    _check_day(day)
    target = answer or _beside(path)
    if target.exists():
        raise _answer_fault(target)
    file = RawFile(path)
    _refuse_other_kinds(file)
    personal.refuse(file)
    digest = hashlib.sha256(file.content).hexdigest()
    book = opened(file)  # before anything is stored: what cannot be answered is not taken
    answers = with_unseen(_with_names(read_answers(file), settings.kreis), book)
    gemeinden = read_gemeinden(settings)
    shares = check_shares(answers, settings, gemeinden)
    findings = check_answers(replace(answers, findings=(*answers.findings, *shares)), settings.kreis, gemeinden, day)
    accepted, rejected, known = None, None, False
    if not only_check and not any(one.severe for one in findings):
        try:
            accepted = _accept(settings, path, answers, digest, day)
            known = not accepted.new
        except InputError as error:
            findings = (Finding(error.what, error.remedy, str(error.found)), *findings)
    if not only_check and accepted is None:
        rejected = _reject(settings, file, answers, findings, digest, day)
    outcome = Outcome(answers, findings, digest, day, path, accepted, rejected, known)
    return _with_answer(outcome, book, target)


def receipt_lines(outcome: Outcome) -> list[str]:
    """What the office is told about its delivery as a whole: form, role, day, hash, and what became of it."""
    issue, said = outcome.answers.issue, outcome.answers.said
    lines = [
        f"Formular: {issue.form.title}, {issue.form.office}, Berichtsjahr {issue.year}",
        f"Ausgefüllt von: {said.role or 'keine Angabe'}",
        f"Eingegangen am: {date_text(outcome.day)}",
        f"SHA-256 der Datei: {outcome.sha256}",
    ]
    if outcome.accepted is not None:
        numbers = sum(len(figures) for _, figures in outcome.answers.columns)
        taken = "lag schon vor, nichts geändert" if outcome.known else "angenommen"
        lines.append(f"Ergebnis: {taken}, Ausgabe {outcome.accepted.folder.name}, {numbers} Angaben")
        lines.append(
            "Veröffentlicht: ja"
            if said.published
            else "Nicht veröffentlicht: Die Zahlen bleiben im Haus; die Ausgabe zeigt sie nicht."
        )
    elif outcome.severe:
        lines.append("Ergebnis: nicht angenommen; bitte die Fehler berichtigen und die Datei noch einmal senden")
    else:
        lines.append("Ergebnis: ohne Fehler; nur geprüft, nicht angenommen")
    return lines


def quarantine(settings: Settings) -> Path:
    """Where rejected forms are kept: beside the data folder, where no run reads."""
    return settings.data_dir.parent / f"{settings.data_dir.name}-quarantaene"


def _refuse_other_kinds(file: RawFile) -> None:
    """Only new workbooks come back marked; of others the message says what to do."""
    file.refuse_empty()
    suffix = file.path.suffix.lower()
    if file.is_ole:
        if "EncryptedPackage".encode("utf-16-le") in file.content:
            what, found = "Die Arbeitsmappe ist mit einem Kennwort geschützt.", "eine verschlüsselte Datei"
            remedy = "Das Kennwort zum Öffnen in Excel entfernen (Datei, Informationen, Arbeitsmappe schützen)"
        else:
            what, found = "Die Arbeitsmappe hat ein altes Excel-Format.", "eine Datei von Excel 97 bis 2003 (.xls)"
            remedy = "Die Datei in Excel oder LibreOffice öffnen und als Excel-Arbeitsmappe (.xlsx) speichern"
    elif not file.is_workbook:
        what, found = "Die Datei ist keine Excel-Arbeitsmappe.", KINDS_OF_FILES.get(suffix, "eine andere Datei")
        remedy = "Das ausgefüllte Formular selbst senden, als Excel-Arbeitsmappe (.xlsx) gespeichert"
    else:
        return
    raise InputError(
        what,
        file=file.path,
        expected="das ausgefüllte Formular als Excel-Arbeitsmappe (.xlsx)",
        found=found,
        remedy=f"{remedy}, und noch einmal prüfen.",
    )


def _with_names(answers: Answers, kreis: Kreis) -> Answers:
    """The answers with the form as it is called in this district."""
    return replace(answers, issue=replace(answers.issue, form=named_for(answers.issue.form, kreis)))


def _check_day(day: str) -> None:
    if not is_day(day):
        raise AtlasError(
            "Der Tag des Eingangs hat nicht die vereinbarte Form.",
            expected="--eingang JJJJ-MM-TT",
            found=day,
            remedy="Den Tag so schreiben: 2024-03-01.",
        )


def _accept(settings: Settings, path: Path, answers: Answers, digest: str, day: str) -> Added:
    issue, said = answers.issue, answers.said
    receipt = {
        "role": said.role,
        "received": day,
        "sha256": digest,
        "form": issue.form.key,
        "version": issue.form.version,
        "remark": said.remark or None,
    }
    edition = _next_edition(settings.data_dir / issue.form.key, answers)
    told = Said(
        issue.form.key,
        edition,
        day,
        said.published,
        receipt={k: v for k, v in receipt.items() if v},
        overrides=_office(issue.form),
    )
    return add(settings, [path], _as_it_lies(settings, digest, told))


def _office(form: Form) -> dict[str, str]:
    """The name of the office for the sheet, where this district has one of its own."""
    if form.office == forms()[form.key].office:
        return {}
    return {"publisher": form.office, "attribution": f"{form.office}, Lieferung an die Sozialplanung"}


def _as_it_lies(settings: Settings, digest: str, said: Said) -> Said:
    """What is said about a form that lies there already: nothing new, its receipt stays the first one."""
    folder = settings.data_dir / str(said.source)
    for sheet in sorted(folder.glob(f"*/{SHEET}")):
        if any(file.sha256 == digest for file in read_sheet(sheet, settings.data_dir).files):
            return replace(said, edition=None, retrieved=None)
    return said


def _next_edition(folder: Path, answers: Answers) -> str:
    """Year and running number, and the key of a single Gemeinde: what comes in later has the later name."""
    year = answers.issue.year
    there = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    used = [int(found[1]) for name in there if (found := re.match(rf"{year}-L([0-9]+)", name))]
    edition = f"{year}-L{max(used, default=0) + 1:02}"
    areas = answers.issue.areas
    return f"{edition}-{areas[0].key}" if len(areas) == 1 else edition


def _reject(
    settings: Settings, file: RawFile, answers: Answers, findings: Sequence[Finding], digest: str, day: str
) -> Path:
    """Keep a rejected form with its faults; the same one is kept once. One rename shows it."""
    root = quarantine(settings) / answers.issue.form.key
    target = root / f"{day}-{digest[:12]}"
    if target.is_dir():
        return target
    root.mkdir(parents=True, exist_ok=True)
    for left in root.glob(f"{ASIDE}*"):
        shutil.rmtree(left, ignore_errors=True)
    aside = Path(tempfile.mkdtemp(prefix=ASIDE, dir=root))
    try:
        _write(aside / f"formular{file.path.suffix.lower()}", file.content)
        content = {
            "form": answers.issue.form.key,
            "year": answers.issue.year,
            "role": answers.said.role,
            "received": day,
            "sha256": digest,
            "findings": [_entry(one) for one in findings],
        }
        text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120)
        _write(aside / FINDINGS, text.encode())
        aside.chmod(0o755)
        aside.rename(target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return target


def _entry(finding: Finding) -> dict[str, Any]:
    return {
        "kind": KINDS[finding.severe],
        "place": f"{finding.sheet}!{finding.cell}" if finding.cell else "ganze Datei",
        "what": finding.what,
        "remedy": finding.remedy,
    }


def _write(target: Path, content: bytes) -> None:
    """Into a file that was not there, and wait until it lies on the disk."""
    with target.open("xb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _with_answer(outcome: Outcome, book: Any, target: Path) -> Outcome:
    """Write the answer into a file that was not there: an answer must not cost somebody a file."""
    content = marked_bytes(book, outcome.findings, receipt_lines(outcome))
    try:
        _write(target, content)
    except FileExistsError as error:
        raise _answer_fault(target) from error
    return replace(outcome, answer=target)


def _answer_fault(target: Path) -> AtlasError:
    return AtlasError(
        "Die Datei für die Antwort gibt es schon.",
        file=target,
        expected="--antwort mit dem Namen einer neuen Datei",
        found="eine Datei",
        remedy="Einen anderen Namen angeben.",
    )


def _beside(path: Path) -> Path:
    """A free name beside the form."""
    stem = path.stem.split(ANSWER)[0]
    number, target = 1, path.with_name(f"{stem}{ANSWER}.xlsx")
    while target.exists():
        number += 1
        target = path.with_name(f"{stem}{ANSWER}-{number}.xlsx")
    return target
