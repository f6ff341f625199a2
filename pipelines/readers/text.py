"""Text files of offices: their encoding, told strictly, and their lines as a person counts them.

What belongs here: bytes to text. What does not: separators and columns (the modules of the formats), the project's own
CSV, which has one encoding only (`csv_text`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipelines.german import is_day
from pipelines.readers.csv_text import BOM, BOMS_UTF_16, Complaint

if TYPE_CHECKING:
    from pipelines.readers.rawfile import RawFile

UTF_8, LATIN_1 = "utf-8", "iso-8859-1"
AGAIN = "Die Datei noch einmal herunterladen und nicht in einem anderen Programm speichern."
MONTHS = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
]
_ENGLISH = [
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
]
# Number of a month by its name in either language
MONTH = {name: at for names in (MONTHS, _ENGLISH) for at, name in enumerate(names, start=1)}
MONTH_NAMES = "|".join(MONTH)
_DAY = re.compile(rf"\b([0-9]{{1,2}})(?:\.\s?([0-9]{{1,2}})\.|\.?\s?({MONTH_NAMES}))\s?([0-9]{{4}})\b")
_WRITTEN_OUT = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "€": "euro", "%": "prozent", "²": "2", "³": "3"}
)
_NO_LATIN_1 = re.compile(rb"[\x80-\x9f]")
# A letter replaced for good, or the two letters UTF-8 makes of one when it is read as ISO-8859-1 or Windows-1252
_LOST = re.compile("\ufffd|ï¿½|Ã[¼¤¶Ÿ„–œ\u0080-\u009f]|â€")
_ISO_DAY = re.compile(r"\b([0-9]{4})-([0-9]{2})-([0-9]{2})\b")


def decode(file: RawFile) -> str:
    """The text of a file in UTF-8 (with or without BOM) or ISO-8859-1, line ends as LF.

    Raises InputError naming the line for UTF-16, for bytes that belong to no text, and for letters lost in an earlier
    conversion, which nobody can bring back.
    """
    complain = Complaint(file)
    content = file.content
    if content.startswith(BOMS_UTF_16):
        complain(
            "Die Datei ist in UTF-16 gespeichert.",
            row=1,
            expected="UTF-8 oder ISO-8859-1",
            found="UTF-16",
            remedy=AGAIN,
        )
    if b"\x00" in content:
        complain(
            "Die Datei ist keine Textdatei.",
            row=_line(content, content.index(b"\x00")),
            expected="Text",
            found="Byte 0x00",
            remedy=AGAIN,
        )
    text = _decoded(content.removeprefix(BOM), complain)
    lost = _LOST.search(text)
    if lost:
        place = lost.start()
        begin = text.rfind("\n", 0, place)
        complain(
            "Umlaute gingen bei einer früheren Umwandlung der Datei verloren.",
            row=text.count("\n", 0, place) + 1,
            expected="lesbare Umlaute",
            found=f"{lost[0]} als {place - begin}. Zeichen der Zeile",
            remedy=AGAIN,
        )
    return text.replace("\r\n", "\n")


def lines(text: str) -> list[str]:
    """The lines of a text as editors number them: only a line feed ends one."""
    return text.removesuffix("\n").split("\n")


def days(text: str) -> list[str]:
    """The days a text names (31.12.2021, 31. Dezember 2021, 31 December 2021, 2021-12-31) as YYYY-MM-DD, each once."""
    found = [(year, MONTH[name] if name else month, day) for day, month, name, year in _DAY.findall(text)]
    written = (f"{int(year):04}-{int(month):02}-{int(day):02}" for year, month, day in found + _ISO_DAY.findall(text))
    return list(dict.fromkeys(day for day in written if is_day(day)))


def slug(text: str) -> str:
    """Printed words as the name of an item: small letters, digits and `_`; umlauts, % and m² written out."""
    plain = text.replace("\u00ad", "").lower().translate(_WRITTEN_OUT)
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def shape(cell: str) -> str:
    """What a cell looks like, for a message that must not repeat what may be said of a person."""
    if not cell:
        return "leer"
    what = "Ziffern" if cell.isdecimal() else "Zeichen"
    return f"eine Zelle mit {len(cell)} {what} (Inhalt nicht gezeigt)"


def any_text(content: bytes) -> str:
    """Text whatever its encoding, to look at and not to read: a wrong letter does not matter."""
    if content.startswith(BOMS_UTF_16):
        return content.decode("utf-16", errors="replace")
    if b"\x00" in content[:200]:
        return content.decode("utf-16-le" if content[1:2] == b"\x00" else "utf-16-be", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The last letter may be cut through
        cut = error.start > len(content) - 4
        return content.decode("utf-8-sig" if cut else "cp1252", errors="replace")


def _decoded(content: bytes, complain: Complaint) -> str:
    try:
        return content.decode(UTF_8)
    except UnicodeDecodeError as error:
        fault = error
    found = _NO_LATIN_1.search(content)
    if found is None:
        return content.decode(LATIN_1)
    odd = found.start()
    try:
        # Bytes that ISO-8859-1 has no letter for: Windows-1252, if every byte has one there and none belongs to UTF-8
        return content.decode("cp1252") if fault.start <= odd else _mixed(content, fault.start, complain)
    except UnicodeDecodeError:
        return _mixed(content, fault.start, complain)


def _mixed(content: bytes, at: int, complain: Complaint) -> str:
    complain(
        "Die Datei mischt zwei Zeichensätze.",
        row=_line(content, at),
        expected="UTF-8 oder ISO-8859-1 in der ganzen Datei",
        found=f"Byte 0x{content[at]:02X}",
        remedy=AGAIN,
    )


def _line(content: bytes, at: int) -> int:
    return content.count(b"\n", 0, at) + 1
