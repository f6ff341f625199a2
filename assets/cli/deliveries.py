"""Commands about files of offices: say what one is, and put it into the data folder.

What belongs here: their options and what they print. What does not: reading a file (`pipelines.readers.formats`),
storing it (`pipelines.sources.intake`). Nothing heavy is imported at the top, so that help comes at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from assets.cli.app import Basis, Data, Out, app
from pipelines.errors import AtlasError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import polars as pl
    from rich.table import Table

    from pipelines.readers.reading import Reading
    from pipelines.sources.intake import Added

# A GENESIS table has few items, a workbook of all tables or INKAR hundreds
ITEMS, ROWS, TIMES, NOTES = 25, 10, 6, 10
NUMBERS, WHOLE, LEAST = ("Gebiete", "Angaben", "Gliederungen", "Zeile", "Wert"), ("Zeit", "Schlüssel", "Status"), 8
DECIMALS = 6
CONTROL = {code: " " for code in (*range(32), *range(127, 160))}
KINDS = {
    "stichtag": "Stichtag",
    "jahr": "Jahr",
    "jahresdurchschnitt": "Jahresdurchschnitt",
    "zeitraum": "Zeitraum",
}


@app.command(usage="")
def read(
    datei: Path,
    /,
    *,
    zeit: Annotated[
        str | None, Parameter(help="Nur dieser Zeitbezug, z. B. 2021 oder 2021-12-31; gilt, wo die Datei keinen nennt")
    ] = None,
    ebene: Annotated[str | None, Parameter(help="Nur diese Ebene, z. B. kreis oder gemeinde")] = None,
    gebiet: Annotated[
        list[str] | None, Parameter(help="Nur diese Gebiete nach Schlüssel, z. B. 06432", consume_multiple=True)
    ] = None,
    csv: Annotated[Path | None, Parameter(help="Die gelesene Tabelle in diese neue Datei schreiben")] = None,
    data: Data = None,
) -> None:
    """Sagen, was eine amtliche Datei ist und was in ihr steht; gespeichert wird nichts.

    Parameters
    ----------
    datei
        Datei, wie sie der Herausgeber anbietet, auch gepackt (zip, gz)
    """
    asked = Asked(zeit, ebene, tuple(gebiet or ()))
    reading = _compared(asked.read(datei), data)
    frame = asked.select(reading)
    if csv is not None:
        _refuse_inside(reading)
    written = None if csv is None else _write(csv, frame)
    for line in _about(reading):
        print(line)
    _print_content(reading, frame)
    if written is not None:
        print(f"\nGeschrieben: {written} ({_count(frame.height, 'Zeile', 'Zeilen')})")


@app.command(usage="")
def add(
    datei: Path,
    /,
    *weitere: Path,
    quelle: Annotated[str | None, Parameter(help="Quelle im Katalog, wo mehrere zur Datei passen")] = None,
    ausgabe: Annotated[str | None, Parameter(help="Name der Ausgabe; ohne Angabe der Zeitraum der Zahlen")] = None,
    abgerufen: Annotated[
        str | None, Parameter(help="Tag des Abrufs, z. B. 2024-03-01; ohne Angabe unbekannt", show_default=False)
    ] = None,
    veroeffentlicht: Annotated[
        Literal["ja", "nein"] | None, Parameter(help="Ob alle diese Zahlen lesen können; Registerauszüge nur mit nein")
    ] = None,
    zeit: Annotated[str | None, Parameter(help="Zeitbezug, wenn die Datei keinen nennt, z. B. 2021")] = None,
    basis: Basis = None,
    gebiet: Annotated[
        list[str] | None,
        Parameter(help="Gebiete, die aus einer sehr großen Datei gelesen werden, z. B. 06432", consume_multiple=True),
    ] = None,
    data: Data = None,
    out: Out = None,
) -> None:
    """Eine amtliche Datei mit Lieferschein in den Datenordner legen, unverändert und ohne etwas zu überschreiben.

    Parameters
    ----------
    datei
        Datei, wie sie der Herausgeber anbietet, auch gepackt (zip, gz)
    weitere
        Weitere Dateien derselben Lieferung, z. B. je Gemeinde eine
    """
    from pipelines.settings import load_settings
    from pipelines.sources.intake import Said, add
    from pipelines.sources.registry import catalogue

    settings = load_settings(data, out)
    published = None if veroeffentlicht is None else veroeffentlicht == "ja"
    said = Said(quelle, ausgabe, abgerufen, published, zeit, basis, tuple(gebiet) if gebiet else None)
    added = add(settings, [datei, *weitere], said)
    print(f"{'Abgelegt' if added.new else 'Liegt schon da, nichts geändert'}: {added.folder}")
    for line in stored_lines(added):
        print(line)
    for line in repeated_lines(added):
        print(line)
    options = "".join(f" {name} {value}" for name, value in (("--data", data), ("--out", out)) if value is not None)
    if _stays_inside(added.readings[0]):
        print("Nicht veröffentlicht: Der Lieferschein sagt „published: false“. Die Datei bleibt im Haus.")
    if added.waiting:
        print(
            f"Die Datei ist geprüft; ein Lauf liest sie nicht, solange „{added.source}“ nicht unter „quellen“ in "
            f"{settings.data_dir / 'kreis.yml'} steht, und das erst, wenn der Atlas aus ihr etwas übernimmt."
        )
    elif catalogue()[added.source].listed and added.source not in settings.kreis.sources:
        entry = f"„{added.source}“ unter „quellen“ in {settings.data_dir / 'kreis.yml'} eintragen"
        print(f"Nächster Schritt: {entry}, dann sozialatlas check{options}")
    elif added.new:
        print(f"Nächster Schritt: sozialatlas check{options}")


class Asked:
    """What of a file is to be shown, as options say it."""

    def __init__(self, time: str | None, level: str | None, keys: tuple[str, ...]) -> None:
        """`time`: a year, a day of the calendar in either form, or a period; `keys`: as published or official."""
        day, dot, rest = (time or "").partition(".")
        month, _, year = rest.partition(".")
        self.time = f"{year}-{month:0>2}-{day:0>2}" if dot else time
        self.level = level
        self.keys = keys

    def read(self, path: Path) -> Reading:
        """The file as it is; what was asked is told to the reader only where it cannot do without, as for a time.

        Raises InputError as readers do.
        """
        from pipelines.readers.formats import read_file
        from pipelines.readers.rawfile import RawFile
        from pipelines.readers.reading import Agreed

        asked = self.time is not None or self.level is not None or bool(self.keys)
        try:
            reading = read_file(RawFile(path))
            if not asked or (reading.frame.height and not self._is_awaited(reading) and not self._has_box()):
                return reading
        except InputError:
            if not asked:
                raise
        return read_file(RawFile(path), Agreed(time=self.time, level=self.level, keys=self.keys or None))

    def _is_awaited(self, reading: Reading) -> bool:
        """Whether figures of a file wait for the day that was asked."""
        from pipelines.german import is_day

        return reading.waits_for_time and is_day(self.time or "")

    def _has_box(self) -> bool:
        """Whether areas are asked by a box, which only the reader can tell from the cells inside."""
        return any(":" in key for key in self.keys)

    def select(self, reading: Reading) -> pl.DataFrame:
        """The figures asked for. Raises AtlasError when there are none, naming what the file holds."""
        import polars as pl

        frame = reading.frame
        wanted = {
            "--zeit": ("time", self.time and pl.col("time").str.starts_with(self.time)),
            "--ebene": ("level", self.level and pl.col("level") == self.level),
            "--gebiet": (
                "key",
                self.keys
                and not self._has_box()
                and (pl.col("key").is_in(self.keys) | pl.col("source_key").is_in(self.keys)),
            ),
        }
        for option, (column, rule) in wanted.items():
            if not isinstance(rule, pl.Expr):
                continue
            held, frame = frame, frame.filter(rule)
            if frame.is_empty():
                left = "; ".join(f"{one.what}: {one.reason}" for one in reading.refused)
                raise AtlasError(
                    "Zu dieser Auswahl enthält die Datei keine Angabe.",
                    file=reading.file.path,
                    expected=f"{option}: {_some(held[column].unique().sort().to_list(), TIMES)}",
                    found=self._said(option) + (f" (ausgelassen wurde: {left})" if left else ""),
                    remedy=f"Die Option {option} berichtigen oder weglassen.",
                )
        return frame

    def _said(self, option: str) -> str:
        return {"--zeit": self.time, "--ebene": self.level, "--gebiet": ", ".join(self.keys)}[option] or ""


def _compared(reading: Reading, data: Path | None) -> Reading:
    """Outlines beside those of the district in the data folder; other files as they are. Raises as `load_settings`."""
    from dataclasses import replace

    if reading.outlines is None:
        return reading
    from pipelines.readers.district import check_outlines
    from pipelines.settings import load_settings

    return replace(reading, notes=(*check_outlines(load_settings(data), reading), *reading.notes))


def _about(reading: Reading) -> Iterator[str]:
    """What the file says of itself."""
    from pipelines.readers.formats import formats

    known = formats()[reading.format]
    file = reading.file
    packed = f" (darin: {file.name})" if file.name != file.path.name else ""
    yield from _facts(
        ("Datei", f"{file.path.name}{packed}"),
        ("Format", f"{known.name} ({known.key})"),
        ("Herausgeber", known.publisher),
        ("Titel", reading.title),
        ("Tabelle", reading.code),
        ("Stand", reading.stand),
        ("Vermerk", reading.attribution),
        ("Angaben", _number(reading.frame.height) if reading.frame.height else "keine"),
    )


def _print_content(reading: Reading, frame: pl.DataFrame) -> None:
    """What was read, what it is worth, what was left out: tables as wide as the terminal."""
    from rich.console import Console

    console = Console(markup=False, highlight=False)
    if frame.height < reading.frame.height:
        print(f"Auswahl: {_number(frame.height)} von {_count(reading.frame.height, 'Angabe', 'Angaben')}")
    for line in _times(frame):
        print(line)
    for title, table in _tables(reading, frame) if frame.height else ():
        print(f"\n{title}")
        console.print(table)
    if _stays_inside(reading):
        print("\nZahlen dieses Formats sind nicht veröffentlicht und können klein sein; gezeigt wird nur der Aufbau.")
    if reading.notes:
        print("\nHinweise")
        _print_list(reading.notes)
    if reading.refused:
        print("\nNicht gelesen")
        _print_list(f"{one.what} ({_count(one.rows, 'Angabe', 'Angaben')}): {one.reason}" for one in reading.refused)


def _print_list(lines: Iterable[str]) -> None:
    from itertools import islice

    rest = iter(lines)
    for line in islice(rest, NOTES):
        print(f"  {_clean(line)}")
    more = sum(1 for _ in rest)
    if more:
        print(f"  und {more} weitere")


def _times(frame: pl.DataFrame) -> Iterator[str]:
    for kind in frame["time_kind"].unique().sort().to_list():
        times = frame.filter(time_kind=kind)["time"].unique().sort().to_list()
        yield from _facts((KINDS[kind], _some(times, TIMES)))


def _tables(reading: Reading, frame: pl.DataFrame) -> Iterator[tuple[str, Table]]:
    import polars as pl

    from pipelines.german import STATUS_WORDS

    levels = frame.group_by("level").agg(pl.col("key").n_unique(), pl.len()).sort("level")
    yield "Ebenen", _table(("Ebene", "Gebiete", "Angaben"), levels.iter_rows())
    items = (
        frame.group_by("item", "unit", maintain_order=True)
        .agg(pl.col("item_label").first(), pl.col("dimensions").n_unique().alias("parts"), pl.len())
        .select("item", "item_label", "unit", "parts", "len")
    )
    more = f" (die ersten {ITEMS} von {_number(items.height)})" if items.height > ITEMS else ""
    heads = ("Merkmal", "Bezeichnung", "Einheit", "Gliederungen", "Angaben")
    yield f"Merkmale{more}", _table(heads, items.head(ITEMS).iter_rows())
    states = frame.group_by("status", "sign").len().sort(["status", "sign"], nulls_last=True)
    rows = ((status, STATUS_WORDS[status], sign or "", count) for status, sign, count in states.iter_rows())
    yield "Status und Zeichen des Herausgebers", _table(("Status", "Bedeutung", "Zeichen", "Angaben"), rows)
    marked = frame.filter(pl.col("quality") != "final").group_by("quality").len().sort("quality")
    if marked.height:
        from pipelines.publish.words import QUALITY_WORDS

        named = ((quality, QUALITY_WORDS[quality], count) for quality, count in marked.iter_rows())
        yield "Güte", _table(("Güte", "Bedeutung", "Angaben"), named)
    heads = ("Zeile", "Schlüssel", "Name", "Zeit", "Merkmal", "Gliederung", "Wert")
    shown = f" (die ersten {ROWS} von {_number(frame.height)})" if frame.height > ROWS else ""
    if _stays_inside(reading):
        return
    yield f"Angaben{shown}", _table(heads, map(_row, frame.head(ROWS).iter_rows(named=True)), lines=True)


def _row(row: dict) -> tuple[object, ...]:
    from pipelines.readers.reading import SEPARATOR

    value = f"„{row['sign']}“" if row["sign"] else row["status"]  # some signs look like numbers
    if row["value"] is not None:
        value = _value(row["value"])
    parts = [part.rpartition(": ")[2] for part in (row["dimension_labels"] or "").split(SEPARATOR)]
    return row["row"], row["key"], row["name"] or "", row["time"], row["item"], ", ".join(parts), value


def _table(heads: tuple[str, ...], rows: Iterable[tuple[object, ...]], *, lines: bool = False) -> Table:
    """Numbers stand to the right; keys, times and numbers stay whole, other texts go over several lines.

    lines: every row is one line instead, and texts end in „…“ where the terminal is narrow.
    """
    from rich.table import Table

    cells = [[_number(cell) if isinstance(cell, int) else _clean(cell) for cell in row] for row in rows]
    table = Table(show_edge=False, pad_edge=False, expand=lines)
    for at, head in enumerate(heads):
        width = max(map(len, [head, *(row[at] for row in cells)]))
        whole = head in NUMBERS or head in WHOLE
        table.add_column(
            head,
            justify="right" if head in NUMBERS else "left",
            no_wrap=whole or lines,
            overflow="ellipsis" if lines else "fold",
            min_width=width if whole else min(width, LEAST),
            ratio=min(width, 24) if lines and not whole else None,
        )
    for row in cells:
        table.add_row(*row)
    return table


def stored_lines(added: Added) -> Iterator[str]:
    """What the sheet of a delivery says."""
    from pipelines.readers.formats import formats
    from pipelines.sources.registry import SHEET, read_sheet

    sheet = read_sheet(added.folder / SHEET, added.folder.parent.parent)
    first = added.readings[0]
    yield from _facts(
        ("Quelle", f"{sheet.source_id}, Ausgabe {sheet.edition}"),
        ("Format", formats()[first.format].name),
        ("Titel", first.title),
        ("Abgerufen", sheet.retrieved),
        ("Veröffentlicht", sheet.published),
    )
    for file in sheet.files:
        yield f"  {file.path.name}: {_count(file.size, 'Byte', 'Byte')}, SHA-256 {file.sha256}"


def repeated_lines(added: Added) -> Iterator[str]:
    """Which edition is valid where several give the same numbers, and what to do when that is the wrong one."""
    for one in added.repeated:
        same = _count(one.numbers, "dieselbe Zahl", "dieselben Zahlen")
        yield f"Achtung: Ausgabe {one.edition} liefert {same}, davon mit anderem Wert: {_number(one.changed)}."
        if one.valid:
            yield f"  Für {_count(one.valid, 'Zahl', 'Zahlen')} gilt weiter Ausgabe {one.edition}, sie ist die neuere."
            yield "  Stimmt das nicht, in beiden Lieferscheinen den Tag des Abrufs unter „retrieved“ berichtigen."
    if added.repeated and not any(one.valid for one in added.repeated):
        yield "  Es gilt die neue Ausgabe. Die ältere bleibt liegen; Unterschiede nennt der Lauf unter den Abgleichen."


def _stays_inside(reading: Reading) -> bool:
    """Whether figures are of a kind that no office publishes: a small one may tell of a person."""
    from pipelines.forms.definition import FORMAT_KEY
    from pipelines.sources.intake import UNPUBLISHED

    return reading.format in (*UNPUBLISHED, FORMAT_KEY)


def _refuse_inside(reading: Reading) -> None:
    if _stays_inside(reading):
        raise AtlasError(
            "Zahlen dieses Formats werden nicht ungeschützt ausgegeben.",
            file=reading.file.path,
            expected="--csv bei veröffentlichten Zahlen",
            found=f"Format {reading.format}",
            remedy="Die Option --csv weglassen; in den Atlas kommen diese Zahlen nur über die Geheimhaltung.",
        )


def _write(path: Path, frame: pl.DataFrame) -> Path:
    """All columns as CSV, into a file that was not there: an answer must not cost somebody a file."""
    try:
        with path.open("xb") as stream:
            frame.write_csv(stream, line_terminator="\n")
    except FileExistsError as error:
        raise AtlasError(
            "Die Datei für die Tabelle gibt es schon.",
            file=path,
            expected="--csv mit dem Namen einer neuen Datei",
            found="eine Datei",
            remedy="Einen anderen Namen angeben oder die vorhandene Datei vorher löschen.",
        ) from error
    return path


def _facts(*facts: tuple[str, str | None]) -> Iterator[str]:
    for name, text in facts:
        if text:
            yield f"{name + ':':<20}{_clean(text)}"


def _some(texts: list[str], shown: int) -> str:
    """A sorted list in a line: all, or the first and last with their number."""
    return ", ".join(texts) if len(texts) <= shown else f"{texts[0]} bis {texts[-1]} ({_number(len(texts))})"


def _clean(text: object) -> str:
    """Text of a file without signs that would steer a terminal."""
    return " ".join(str(text).translate(CONTROL).split())


def _count(count: int, singular: str, plural: str) -> str:
    return f"{_number(count)} {singular if count == 1 else plural}"


def _number(count: int) -> str:
    from pipelines.german import number

    return number(count)


def _value(value: float) -> str:
    """A number in German form with the digits it was read with, as far as a table can show them."""
    from pipelines.german import number

    text = repr(value)
    digits = DECIMALS if "e" in text else len(text.partition(".")[2])
    return number(value, 0 if value.is_integer() else min(digits, DECIMALS))
