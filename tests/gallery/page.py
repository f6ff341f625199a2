"""The gallery as a PDF with the looks of the documents, as pages in colour and in grey.

What belongs here: pages, the signs and tables Typst draws itself. What does not: figures (`entries`).
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines import german
from pipelines.figures import export, style
from pipelines.figures.canvas import Picture
from pipelines.publish.pages.parts import change_cell, change_legend, column, number_cell, span_cell
from pipelines.publish.typst_code import Code, call, join, length, show
from pipelines.publish.words import QUALITY_WORDS
from pipelines.settings import PROJECT_DIR
from tests.gallery import made_up
from tests.gallery.entries import Entry, entries, groups

PDF = "galerie.pdf"
DPI = 110
WIDE = 178.0
CHANGES = ("Zunahme", "Abnahme", "keine erkennbare Veränderung", None)
KEY_FIGURES = (
    ("4,07\u202f%", "Spanne 3,99 bis 4,16\u202f%"),
    ("458 je km²", "keine Spanne"),
    (".", "keine Angabe"),
    ("–", "genau null"),
)
# Pages of the overview: pages of the gallery chosen by the file names of figures on them
SHOWN = ("karte-werte", "karte-zustaende", "punkte-zustaende", "reihe-luecken", "index-karte", "pyramide")


def write_gallery(folder: Path, *, pages: bool = True) -> Path:
    """Write figures as SVG and `galerie.pdf`, with `pages` its pages as PNG in colour and in grey; return the PDF.

    Everything is made anew. Equal code gives equal bytes.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(PROJECT_DIR / "reports" / "theme", folder / "theme", ignore=shutil.ignore_patterns("portal"))
    kinds = groups()
    pictures = {entry.name: entry.draw() for listed in kinds.values() for entry in listed}
    for name, picture in pictures.items():
        export.save(picture, folder / "bilder" / f"{name}.svg")
    code = [
        show("dokument", titel="Galerie: alle Abbildungen und Zeichen"),
        show(
            "ausgabe",
            kreis="Testkreis",
            name="Galerie",
            stand="Testdaten",
            zustand="Testdaten",
            kennzeichnung=None,
        ),
        *(piece for title, listed in kinds.items() for piece in _chapter(title, listed, pictures)),
        *_signs(),
        *_tables(),
    ]
    source = folder / "galerie.typ"
    source.write_text('#import "theme/atlas.typ": *\n' + "\n".join(f"#{piece}" for piece in code), encoding="utf-8")
    (folder / PDF).write_bytes(_compile(source, "pdf")[0])
    for number, page in enumerate(_compile(source, "png") if pages else [], start=1):
        (folder / f"seite-{number:02d}.png").write_bytes(page)
        (folder / f"seite-{number:02d}-grau.png").write_bytes(_grey(page))
    return folder / PDF


def _chapter(title: str, listed: Sequence[Entry], pictures: Mapping[str, Picture]) -> list[Code]:
    return [call("heading", title, level=1), *(_figure(entry, pictures[entry.name]) for entry in listed)]


def _figure(entry: Entry, picture: Picture) -> Code:
    about = f"{entry.function.__module__.rpartition('.')[2]}.{entry.function.__name__} · {entry.words}"
    body = join(
        call("zwischentitel", entry.name, unter=about, ebene=2),
        call("bild", f"bilder/{entry.name}.svg", alt=picture.alt, breite=length(min(picture.width, WIDE))),
    )
    return call("block", body, breakable=False, width=length(WIDE), below=length(9))


def _signs() -> list[Code]:
    """What Typst draws itself: hatches, signs, legends, a spine table, a matrix."""
    hatches = [
        join(call("schraffur", status), f" {german.status_words(status)}") for status in german.NO_VALUE_STATUSES
    ]
    verdicts = [call("wort", verdict) for verdict in [*made_up.VERDICTS, "Zunahme", "Abnahme"]]
    statuses = [(status, german.status_words(status), "2") for status in german.NO_VALUE_STATUSES]
    classes = [(words, "3") for words in german.class_texts(made_up.LIMITS, 2)]
    around = [
        ("deutlich niedriger", "1"),
        ("niedriger", "4"),
        ("ähnlich", "9"),
        ("höher", "8"),
        ("deutlich höher", "2"),
    ]
    return [
        call("heading", "Zeichen, Legenden und Tabellen", level=1),
        _side_by_side(hatches, 3),
        _side_by_side(verdicts, 4),
        call("zeichen-legende", form="zeile"),
        _side_by_side(
            [
                call("legende", klassen=classes, weitere=statuses),
                call("legende", titel="Um den Kreiswert", klassen=around, art="abweichung"),
            ],
            2,
        ),
        call("ruecken-tabelle", gebiet="Ahornau", gruppen=[{"titel": "Urteile", "zeilen": _spines()}],
             fehlend=[("Testquote", "liefern kann die Teststelle")], titel="ruecken-tabelle",
             unter="Eigener Maßstab je Zeile; jedes Urteil, mit und ohne Spanne"),
        call("block", _matrix(), breakable=False),
    ]  # fmt: skip


def _tables() -> list[Code]:
    """Cells of tables for every status and quality, a break between columns, tested changes, key figures."""
    return [
        call("heading", "Zellen", level=1),
        call("tabelle", spalten=[column("Status"), column("Zelle", 30, "zahl", fett=True),
                                 column("Spanne", 40, "zahl", leise=True), column("In Worten", 80)],
             zeilen=_statuses(), titel="Jeder Status", unter="Wie ein Wert in einer Tabelle steht", gruppe=None,
             breite=length(WIDE)),
        call("tabelle", spalten=[column("Güte"), column("Zelle", 30, "zahl", fett=True), column("In Worten", 80)],
             zeilen=[[quality, number_cell(_row("reported", quality), 2), words]
                     for quality, words in QUALITY_WORDS.items()],
             titel="Jede Güte", gruppe=None, breite=length(WIDE)),
        call("tabelle", spalten=[column("Gemeinde"), *(column(year, 20, "zahl") for year in ("2013", "2014", "2015"))],
             zeilen=[[name, "3,90", "4,00", "3,60"] for name in made_up.NAMES[:6]],
             kreis=["Testkreis", "3,95", "4,05", "3,65"], bruch_nach=[3], titel="Bruch zwischen zwei Jahren",
             breite=length(WIDE)),
        call("tabelle", spalten=[column("Gemeinde"), column("Differenz", 30, "zahl"), column("Einheit", 60)],
             zeilen=[[name, change_cell({"difference": value, "change": change}, 2), "Prozentp."]
                     for name, value, change in zip(made_up.NAMES, (0.4, -1.25, 0.02, 12.5), CHANGES, strict=False)],
             titel="Veränderungen, geprüft und ohne Prüfung", gruppe=None, breite=length(WIDE)),
        call("tabellenfuss", change_legend("Differenz:", CHANGES)),
        call("kennzahlen", *(call("kennzahl", shown, "Testanteil", "31.12.2021", span) for shown, span in KEY_FIGURES)),
        call("hinweis", "Testhinweis", "Die eine graue Fläche, die eine Seite haben darf."),
    ]  # fmt: skip


def _row(status: str, quality: str = "final") -> dict[str, Any]:
    shown = (0.0, 0.0, 0.12) if status == "zero" else (4.07, 3.99, 4.16)
    value, lower, upper = shown if german.has_value(status) else (None, None, None)
    return {"value": value, "lower": lower, "upper": upper, "status": status, "quality": quality}


def _statuses() -> list[list[Any]]:
    rows = [(status, _row(status)) for status in made_up.STATUSES]
    return [[status, number_cell(row, 2), span_cell(row, 2), german.status_words(status)] for status, row in rows]


def _side_by_side(cells: Sequence[Any], columns: int) -> Code:
    return call("grid", *cells, columns=Code(f"{columns} * (1fr,)"), gutter=length(4))


def _spines() -> list[dict[str, Any]]:
    base = {"min": 2.0, "q1": 3.1, "q3": 4.4, "max": 6.0, "kreis": 3.8}
    found: list[dict[str, Any]] = []
    for number, verdict in enumerate(made_up.VERDICTS):
        value = (4.9, 2.7, 4.1, 3.6, 5.2)[number]
        span = {} if verdict == "ohne Prüfung" else {"unten": value - 0.25, "oben": value + 0.25}
        found.append(
            {
                "name": f"Testanteil {number + 1}",
                "stand": "2021",
                "wert": german.number(value, 2),
                "spanne": f"{german.number(value - 0.25, 2)} bis {german.number(value + 0.25, 2)}"
                if span
                else "keine Spanne",
                "kreis": "3,80",
                "lage": base | {"wert": value} | span,
                "urteil": verdict,
            }
        )
    absent = {"name": "Testanteil ohne Kreiswert", "stand": "2021", "wert": "4,10", "spanne": "keine Spanne"}
    return [*found, absent | {"kreis": ".", "text": "kein Kreiswert", "urteil": "kein Vergleich"}]


def _matrix() -> Code:
    states = ("voll", "rand", "fehlt", "gesperrt", "geht-nicht")
    topics = [[f"Testthema {number}" for number in range(1, 4)], ["Langes Testthema mit Zusatz", "Testthema 5"]]
    lines = [
        (name, [states[(row + column) % len(states)] for column in range(5)])
        for row, name in enumerate(made_up.NAMES[:6])
    ]
    return join(
        call("matrix", gruppen=topics, zeilen=lines, kreis=("Landkreis", list(states))),
        call("matrix-legende", *states),
    )


def _compile(source: Path, kind: str) -> list[bytes]:
    import typst
    from font_source_sans_pro import font_files_ttf

    fonts = sorted({str(Path(path).parent) for path in font_files_ttf.values()})
    options: dict[str, Any] = {"root": str(source.parent), "font_paths": fonts, "ignore_system_fonts": True}
    if kind == "pdf":
        return [typst.compile(str(source), pdf_standards=["a-2a", "ua-1"], timestamp=0, **options)]
    pages = typst.compile(str(source), format="png", ppi=DPI, **options)
    return pages if isinstance(pages, list) else [pages]


def _grey(page: bytes) -> bytes:
    """A page as a printer without colour makes it."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.open(io.BytesIO(page)).convert("L").save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def write_overview(path: Path) -> Path:
    """One picture of chosen figures, in colour above and in grey below, for the documentation."""
    from PIL import Image

    drawn = {entry.name: entry.draw() for entry in entries() if entry.name in SHOWN}
    sheets = [Image.open(io.BytesIO(export.png_bytes(drawn[name], 72))).convert("RGB") for name in SHOWN]
    gap, columns = 18, 3
    wide = max(sheet.width for sheet in sheets)
    lines = [sheets[at : at + columns] for at in range(0, len(sheets), columns)]
    heights = [max(sheet.height for sheet in line) for line in lines]
    half = Image.new("RGB", (columns * (wide + gap) + gap, sum(heights) + gap * (len(lines) + 1)), style.WHITE)
    top = gap
    for line, height in zip(lines, heights, strict=True):
        for at, sheet in enumerate(line):
            half.paste(sheet, (gap + at * (wide + gap), top))
        top += height + gap
    both = Image.new("RGB", (half.width, 2 * half.height), style.WHITE)
    both.paste(half, (0, 0))
    both.paste(half.convert("L").convert("RGB"), (0, half.height))
    both.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(path, "PNG", optimize=True)
    return path
