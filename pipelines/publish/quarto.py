"""The quarto engine: the same sources rendered by the quarto program through this project's Jupyter kernel.

What belongs here: finding the program, calling it in a temporary copy, its time limit, and what its files must be.
What does not: the sources' rules (`pipelines.publish.lint`), figures, or the embedded engine (`documents`).

Its documents are not equal byte for byte from run to run; `pipelines.provenance` lists them as varying.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.errors import RenderError
from pipelines.publish.engines import DOCX, PDF, Order, Place

NAME = "quarto"
LOWEST = (1, 9)
PROGRAM_VARIABLE = "QUARTO_PATH"
KERNEL = "python3"  # as jupyter: in reports/_quarto.yml
PACKAGES = ("ipykernel", "jupyter_core", "nbclient", "nbformat", "psutil")
SECONDS_TO_ANSWER = 60
SECONDS_PER_DOCUMENT = 900
SHOWN_LINES = 15
INSTALL = "make atlas ENGINE=quarto aufrufen, oder Quarto ab 1.9 einrichten, oder die Option --engine weglassen."

# What the program calls a format, and what it has not made when the file is absent
FORMATS = {PDF: "typst", DOCX: "docx"}
FORMAT_NAMES = {PDF: "kein PDF", DOCX: "keine docx-Datei"}

# The whole answer: another program that is called instead names its own version among other words
_VERSION = re.compile(r"(\d+)\.(\d+)(?:\.\d+)*")
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
# What quarto says and yet ends with success, although the document lacks something
_LOST = ("Unable to resolve crossref", "Could not find file")


@dataclass(frozen=True)
class Program:
    """The quarto program and the version it gives."""

    path: str
    version: str


def render_all(place: Place, orders: Sequence[Order]) -> list[Path]:
    """Render every order with the quarto program, one after the other, and return the outputs.

    Sources stay untouched: the program works in a temporary copy. Raises RenderError when the program is absent or too
    old, fails, exceeds its time, or leaves no PDF that is tagged, titled and German; a docx is completed as the
    embedded engine does it (`office`).
    """
    from pipelines.publish.lint import check_document
    from pipelines.publish.workspace import workspace

    program = require()
    with workspace(place.reports, place.figures) as folder:
        for source in dict.fromkeys(order.source for order in orders):
            check_document(source, folder)
        with _surroundings(place, folder) as environment:
            outputs = []
            for number, order in enumerate(orders, start=1):
                # Each document takes seconds to minutes: say where the run is.
                print(f"quarto: {number} von {len(orders)} · {order.output.name}", file=sys.stderr, flush=True)
                outputs.append(_render(program, order, folder, environment, place))
            return outputs


def require() -> Program:
    """The program, when it and the packages of its kernel can be used; raises RenderError with the remedy otherwise."""
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise RenderError(
            "Das Satzprogramm quarto kann die Zellen der Dokumente nicht ausführen.",
            expected=f"die Pakete {', '.join(PACKAGES)} in {sys.prefix}",
            found=f"es fehlt: {', '.join(missing)}",
            remedy="uv sync --frozen --extra quarto aufrufen, oder make atlas ENGINE=quarto.",
        )
    path = _find()
    version = _ask_version(path)
    found = _VERSION.fullmatch(version)
    if not found or tuple(int(part) for part in found.groups()) < LOWEST:
        raise RenderError(
            "Das Satzprogramm quarto ist zu alt." if found else "Das Satzprogramm quarto nennt keine Fassung.",
            file=path,
            expected=f"Fassung {'.'.join(map(str, LOWEST))} oder neuer",
            found=version.partition("\n")[0] or "keine Angabe",
            remedy=INSTALL,
        )
    return Program(path, found.group(0))


def _find() -> str:
    named = os.environ.get(PROGRAM_VARIABLE)
    # The program that belongs to this Python goes before one that happens to be on the machine.
    scripts = str(Path(sys.executable).parent)
    path = shutil.which(named) if named else shutil.which("quarto", path=scripts) or shutil.which("quarto")
    if path is None:
        raise RenderError(
            "Das Satzprogramm quarto ist nicht vorhanden.",
            expected=named or "quarto in der Python-Umgebung des Projekts oder im Suchpfad",
            found=f"kein Programm (Umgebungsvariable {PROGRAM_VARIABLE})" if named else "kein Programm",
            remedy=INSTALL,
        )
    return path


def _ask_version(path: str) -> str:
    try:
        done = subprocess.run(
            [path, "--version"], capture_output=True, check=False, timeout=SECONDS_TO_ANSWER, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RenderError(
            "Das Satzprogramm quarto antwortet nicht.",
            file=path,
            expected="seine Fassung auf den Aufruf quarto --version",
            found="keine Antwort" if isinstance(error, subprocess.TimeoutExpired) else error.strerror,
            remedy=INSTALL,
        ) from error
    return done.stdout.decode(errors="replace").strip()


@contextlib.contextmanager
def _surroundings(place: Place, folder: Path) -> Iterator[dict[str, str]]:
    """The environment of the program, with fonts and a kernel that is surely this Python beside the sources."""
    from pipelines.publish.released import RELEASE_VARIABLE
    from pipelines.publish.standalone import ENGINE_VARIABLE, FONTS, copy_fonts
    from pipelines.settings import PROJECT_DIR

    copy_fonts(folder / FONTS)
    jupyter = folder.parent / "jupyter"
    _write_kernel(jupyter / "kernels" / KERNEL)
    scripts = str(Path(sys.executable).parent)
    yield {
        **os.environ,
        "PATH": os.pathsep.join([scripts, os.environ.get("PATH", "")]),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(PROJECT_DIR), os.environ.get("PYTHONPATH")])),
        "QUARTO_PYTHON": sys.executable,
        "JUPYTER_PATH": str(jupyter),
        RELEASE_VARIABLE: str(place.release.resolve()),
        ENGINE_VARIABLE: NAME,
        "SOURCE_DATE_EPOCH": str(place.timestamp),
        "PYTHONHASHSEED": "0",
        "NO_COLOR": "1",
    }


def _write_kernel(folder: Path) -> None:
    folder.mkdir(parents=True)
    sheet = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Sozialatlas",
        "language": "python",
    }
    (folder / "kernel.json").write_text(json.dumps(sheet), encoding="utf-8")


def _render(program: Program, order: Order, folder: Path, environment: dict[str, str], place: Place) -> Path:
    from pipelines.publish.released import AREA_VARIABLE

    own = {name: value for name, value in environment.items() if name != AREA_VARIABLE}
    if order.area is not None:
        own[AREA_VARIABLE] = order.area
    source, suffix = order.source.name, order.output.suffix
    command = [program.path, "render", source, "--to", FORMATS[suffix], "--no-execute-daemon"]
    log = folder.parent / f"{order.output.name.removesuffix(PDF)}.log"
    for made in _made(folder, source, suffix):
        made.unlink(missing_ok=True)
    try:
        code = _call(command, folder, own, log)
        said = _COLOURS.sub("", log.read_text(encoding="utf-8", errors="replace"))
        made = _result(order, folder, code, said)
        content = _checked_pdf(made, order.source) if suffix == PDF else _completed_docx(made, order.source, place)
    finally:
        _keep(log, place.logs)
    order.output.parent.mkdir(parents=True, exist_ok=True)
    order.output.write_bytes(content)
    return order.output


def _call(command: list[str], folder: Path, environment: dict[str, str], log: Path) -> int | None:
    """The exit code, or None when the program exceeded its time and was ended with all it had started."""
    # A file and no pipe: a process that outlives the program would keep a pipe open and this one waiting.
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT
        )
        try:
            return process.wait(SECONDS_PER_DOCUMENT)
        except subprocess.TimeoutExpired:
            return None
        finally:
            if process.poll() is None:  # also when the run is interrupted by the keyboard
                _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and all below it; a Jupyter kernel has a process group of its own, so the tree is walked."""
    import psutil

    try:
        tree = [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]
    except psutil.NoSuchProcess:
        return
    for one in tree:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.kill()
    psutil.wait_procs(tree, timeout=10)
    process.wait()


def _made(folder: Path, source: str, suffix: str) -> list[Path]:
    """Where the program may put the file: in the project's output folder, or beside the source."""
    from pipelines.publish.workspace import OUTPUT

    name = f"{Path(source).stem}{suffix}"
    return [folder / OUTPUT / name, folder / name]


def _result(order: Order, folder: Path, code: int | None, said: str) -> Path:
    source = order.source
    if code is None:
        minutes = SECONDS_PER_DOCUMENT / 60
        raise _failed(f"quarto ist nach {minutes:g} Minuten nicht fertig geworden und wurde beendet.", source, said)
    if code != 0:
        raise _failed("quarto konnte das Dokument nicht setzen.", source, said or f"Rückgabewert {code}")
    lost = [line for line in said.splitlines() if any(words in line for words in _LOST)]
    if lost:
        raise _failed("quarto hat das Dokument unvollständig gesetzt.", source, "\n".join(lost))
    for made in _made(folder, source.name, order.output.suffix):
        if made.is_file():
            return made
    kind = FORMAT_NAMES[order.output.suffix]
    raise _failed(f"quarto meldet Erfolg, hat aber {kind} geschrieben.", source, said)


def _failed(what: str, source: Path, said: str) -> RenderError:
    lines = [line.rstrip() for line in said.splitlines() if line.strip()]
    return RenderError(
        what,
        file=source,
        found="\n            ".join(lines[-SHOWN_LINES:]) or "keine Meldung des Programms",
        remedy="Die genannte Stelle berichtigen; zum Vergleich hilft der Lauf ohne --engine quarto.",
    )


def _completed_docx(made: Path, source: Path, place: Place) -> bytes:
    from pipelines.publish.office import finish
    from pipelines.publish.pages.paper import paper_about
    from pipelines.publish.qmd import read_document
    from pipelines.publish.released import open_release

    about = paper_about(open_release(place.release), str(read_document(source).meta["title"]))
    return finish(made.read_bytes(), about, place.timestamp, source)


def _checked_pdf(pdf: Path, source: Path) -> bytes:
    import pikepdf

    try:
        with pikepdf.open(pdf) as opened:
            root = opened.Root
            faults = {
                "keine Seite": len(opened.pages) == 0,
                "kein Titel": not str(opened.docinfo.get("/Title", "")).strip(),
                "nicht als deutsch gekennzeichnet": not str(root.get("/Lang", "")).startswith("de"),
                "ohne Struktur für Vorleseprogramme": not root.get("/MarkInfo", {}).get("/Marked", False),
            }
    except pikepdf.PdfError as error:
        raise _failed("quarto hat eine Datei geschrieben, die kein PDF ist.", source, str(error)) from error
    found = [words for words, wrong in faults.items() if wrong]
    if found:
        raise _failed("Das PDF von quarto ist nicht, was die Ausgabe braucht.", source, ", ".join(found))
    return pdf.read_bytes()


def _keep(log: Path, logs: Path | None) -> None:
    if logs is not None and log.is_file():
        logs.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(log, logs / log.name)
