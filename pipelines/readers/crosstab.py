"""Crosstabs of GENESIS-Online and the Regionaldatenbank: the CSV (or workbook) an analyst downloads there.

What belongs here: what these databases promise of a file, whole and with its date. What does not: the layout itself
(`crosstab_parts`, `crosstab_header`, `crosstab_table`), tables of the Zensus, which promise other things (`zensus`).

A file cut off is noticed by its last lines with `Stand:`, one with lost rows inside by nothing but a note, because the
databases leave out empty rows on demand. Hamburg and Berlin stand as Länder only (02, 11). Keys of 8 digits are
Gemeinden in tables of Gemeinden; in tables of Kreise they are the districts of Berlin and three cities within a Kreis,
whose figures the Kreis holds already (level bezirk).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipelines.readers.crosstab_parts import GET_AGAIN, STAND, Parts, code_of, parts_of
from pipelines.readers.crosstab_table import table
from pipelines.readers.reading import Agreed, Format, Reading
from pipelines.readers.text import MONTH_NAMES

if TYPE_CHECKING:
    from pipelines.readers.rawfile import RawFile

KEY = "crosstab"
# Codes of the Zensus: 1000A-0000, 2000S-1005
ZENSUS = re.compile(r"[0-9]{4}[A-Z]-[0-9]{4}[A-Za-z]?")
COPYRIGHT = re.compile(r"©|^\([cC]\)")
# The date may stand in the line of the copyright, with others below it
_LAST = 3
_STAND = re.compile(
    rf'"?\b{STAND}:\s*((?:[0-9]{{2}}\.[0-9]{{2}}\.[0-9]{{4}}|[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}'
    rf"|[0-9]{{1,2}} (?:{MONTH_NAMES}) [0-9]{{4}})"
    r'(?:\s*/\s*[0-9]{2}:[0-9]{2}:[0-9]{2})?)[;"\s]*(?=$|\|)'
)


def recognises(file: RawFile) -> bool:
    """Whether a file begins with `Tabelle: <code>`, and the code is none of the Zensus."""
    code = code_of(file)
    return code is not None and not ZENSUS.fullmatch(code)


def read(file: RawFile, agreed: Agreed) -> Reading:
    """The figures of a crosstab. Raises InputError for another code than agreed, and a file that ends too early."""
    parts = parts_of(file)
    stand = _stand(parts)
    found = table(parts, agreed)
    return Reading(
        file,
        KEY,
        " ".join(parts.titles),
        found.frame,
        code=parts.code,
        stand=stand,
        attribution=attribution(parts),
        notes=(*found.notes, *footnotes(parts)),
        refused=found.refused,
    )


def paragraphs(parts: Parts) -> list[str]:
    """The foot as paragraphs without quotes and the line above it."""
    text = "\n".join(line.rstrip(";") for line in parts.foot).replace('""', "”").replace('"', "\n\n").replace("”", '"')
    text = re.sub(r"^\s*_{5,}\s*$", "", text, flags=re.MULTILINE)
    return [" ".join(part.split()) for part in re.split(rf"\n\s*\n|\n(?={STAND}:|©|\([cC]\))", text) if part.strip()]


def attribution(parts: Parts) -> str | None:
    """The line of copyright in the foot."""
    return next((part for part in paragraphs(parts) if COPYRIGHT.search(part)), None)


def footnotes(parts: Parts) -> tuple[str, ...]:
    """What the foot explains."""
    return tuple(part for part in paragraphs(parts) if not COPYRIGHT.search(part) and not _STAND.fullmatch(part))


def _stand(parts: Parts) -> str:
    """The date in the last lines. Raises InputError without it: the file is cut off."""
    filled = [line.strip() for line in parts.foot if line.strip(' ;"\t')]
    last = next((found for line in reversed(filled[-_LAST:]) for found in [_STAND.search(line)] if found), None)
    if last is None:
        parts.complain(
            "Die Datei ist abgeschnitten: Ihr Ende fehlt.",
            row=parts.body["row"][-1],
            expected="„Stand: TT.MM.JJJJ / hh:mm:ss“ in den letzten Zeilen",
            found=f"eine Zeile mit {filled[-1].count(';') + 1} Zellen" if filled else "Zahlen bis zur letzten Zeile",
            remedy=GET_AGAIN,
        )
    return last[1]


FORMAT = Format(
    KEY,
    "Tabelle aus GENESIS-Online oder der Regionaldatenbank (Kreuztabelle)",
    "Statistische Ämter des Bundes und der Länder",
    recognises,
    read,
)
