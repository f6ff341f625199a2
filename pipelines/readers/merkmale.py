"""Reader of `werte.csv`: one row per area, time and item, as the publisher gives it.

What belongs here: turning verified bytes into a table and refusing whatever is not as agreed. What does not: joining,
choosing between sources, and numerator against denominator (`pipelines.indicators`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import polars as pl

from pipelines.contracts import WITH_VALUE, conform, contract
from pipelines.geography import keys
from pipelines.geography.validity import YEAR, current, valid_at
from pipelines.german import is_day
from pipelines.readers.csv_text import Complaint, complain_of_lost_zero, records
from pipelines.sources.registry import catalogue

if TYPE_CHECKING:
    from pipelines.sources.registry import DeliveredFile, Delivery

COLUMNS = ("ags", "stichtag", "merkmal", "auspraegung", "wert", "status", "quality", "basis", "einheit")
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
Record = tuple[int, dict[str, str]]
# What identifies a figure of a delivery: ags, stichtag, merkmal, auspraegung
Figure = tuple[str, str, str, str]
ADD_ROW = "Die Zeile ergänzen; liegt keine Zahl vor, mit leerem wert und Status missing."


def read(
    content: bytes,
    file: DeliveredFile,
    delivery: Delivery,
    gemeinden: pl.DataFrame,
    kreis_key: str,
    ortsteile: frozenset[str] = frozenset(),
) -> pl.DataFrame:
    """The rows of one file by the contract of `raw.<source>`, sorted by its key.

    content: verified bytes. gemeinden: `raw.gemeinden`. ortsteile: keys that figures may have too. Raises InputError
    for everything that is not as agreed.
    """
    complain = Complaint(file)
    rows = records(content, file, COLUMNS)
    known = set(gemeinden["ags"]) | {kreis_key} | ortsteile
    allowed = _allowed(delivery.source_id)
    for row, cells in rows:
        _check_key(row, cells["ags"], known, kreis_key, complain)
        _check_time(row, cells["stichtag"], complain)
        _check_words(row, cells, allowed, complain)
        _check_item(row, cells, delivery, complain)
        _check_presence(row, cells, complain)
        _check_number(row, cells, complain)
        _check_sign(row, cells, delivery, complain)
    _check_unique(rows, complain)
    figures = (_figure(cells) for _, cells in rows)
    check_complete(figures, gemeinden, complain, ADD_ROW, recomputed=recomputes(delivery))
    return _frame(rows, file, delivery)


def check_items(frame: pl.DataFrame, delivery: Delivery) -> None:
    """Refuse a sheet that promises items which no file of the delivery holds.

    frame: all rows of this delivery. Raises InputError naming the sheet and the items.
    """
    held = set(frame.select("merkmal", "auspraegung").iter_rows())
    names = {merkmal for merkmal, _ in held}
    absent = [
        entry.merkmal if entry.auspraegung is None else f"{entry.merkmal} {entry.auspraegung}"
        for entry in delivery.items
        if entry.merkmal not in names
        or (entry.auspraegung is not None and (entry.merkmal, entry.auspraegung) not in held)
    ]
    if absent:
        Complaint(delivery.files[0])(
            "Der Lieferschein nennt ein Merkmal, das in der Lieferung fehlt.",
            column="merkmal",
            expected=f"Zeilen für {absent[0]}",
            found="keine Zeile",
            remedy="Die Zeilen ergänzen oder das Merkmal aus dem Lieferschein nehmen.",
        )


def _allowed(source_id: str) -> dict[str, tuple[str, ...]]:
    return {column.name: column.allowed for column in contract(f"raw.{source_id}").columns if column.allowed}


def _check_key(row: int, key: str, known: set[str], kreis_key: str, complain: Complaint) -> None:
    if key in known:
        return
    restored = keys.restore_zero(key)
    if restored and restored in known:
        complain_of_lost_zero(row, key, restored, complain)
    complain(
        "Ein Gebietsschlüssel ist nicht bekannt.",
        row=row,
        column="ags",
        expected=f"ein Schlüssel aus gebiete/gemeinden.csv oder der Kreis {kreis_key}",
        found=key or "leer",
        remedy="Den Schlüssel berichtigen oder die Gemeinde in gebiete/gemeinden.csv eintragen.",
    )


def _check_time(row: int, stichtag: str, complain: Complaint) -> None:
    if YEAR.fullmatch(stichtag) or is_day(stichtag):
        return
    complain(
        "Ein Zeitbezug hat nicht die vereinbarte Form.",
        row=row,
        column="stichtag",
        expected="JJJJ-MM-TT oder JJJJ",
        found=stichtag or "leer",
        remedy="Den Stichtag als Datum oder das Jahr eintragen.",
    )


def _check_words(row: int, cells: dict[str, str], allowed: dict[str, tuple[str, ...]], complain: Complaint) -> None:
    for column, words in allowed.items():
        if cells[column] not in words:
            complain(
                "Eine Zelle enthält ein Wort, das nicht vereinbart ist.",
                row=row,
                column=column,
                expected=", ".join(words),
                found=cells[column] or "leer",
                remedy="Eines der vereinbarten Wörter eintragen; ihre Bedeutung steht in docs/add-a-source.md.",
            )
    for column in ("merkmal", "auspraegung", "einheit"):
        if not cells[column] or cells[column] != cells[column].strip():
            complain(
                "Eine Zelle ist leer oder hat Leerzeichen am Rand.",
                row=row,
                column=column,
                expected="Text ohne Leerzeichen am Rand",
                found=repr(cells[column]) if cells[column] else "leer",
                remedy="Die Zelle berichtigen.",
            )


def _check_item(row: int, cells: dict[str, str], delivery: Delivery, complain: Complaint) -> None:
    if delivery.item(cells["merkmal"], cells["auspraegung"]) is None:
        complain(
            "Ein Merkmal steht nicht im Lieferschein.",
            row=row,
            column="merkmal",
            expected="ein Eintrag unter items in lieferung.yml",
            found=f"{cells['merkmal']} {cells['auspraegung']}",
            remedy="Das Merkmal im Lieferschein eintragen und angeben, ob es sich über Gebiete addiert (additive).",
        )


def _check_presence(row: int, cells: dict[str, str], complain: Complaint) -> None:
    wert, status = cells["wert"], cells["status"]
    if wert == "" and status in WITH_VALUE:
        complain(
            "Der Status verspricht einen Wert, die Zelle ist leer.",
            row=row,
            column="wert",
            expected=f"eine Zahl bei Status {status}",
            found="leer",
            remedy="Den Wert eintragen oder den Status berichtigen, zum Beispiel missing.",
        )
    if wert and status not in WITH_VALUE:
        complain(
            "Der Status sagt, dass kein Wert vorliegt, die Zelle enthält einen.",
            row=row,
            column="wert",
            expected=f"leer bei Status {status}",
            found=wert,
            remedy="Die Zelle leeren oder den Status berichtigen.",
        )


def _check_number(row: int, cells: dict[str, str], complain: Complaint) -> None:
    wert, status = cells["wert"], cells["status"]
    if wert and not NUMBER.fullmatch(wert):
        complain(
            "Eine Zelle enthält keine Zahl.",
            row=row,
            column="wert",
            expected="Zahl mit Dezimalpunkt, ohne Tausenderzeichen",
            found=wert,
            remedy="Das Dezimalkomma durch einen Punkt ersetzen."
            if re.fullmatch(r"-?[0-9.]+,[0-9]+", wert)
            else "Eine Zahl eintragen; fehlt sie, die Zelle leer lassen und den Status setzen.",
        )
    if status == "zero" and float(wert) != 0:
        complain(
            "Der Status zero heißt genau null, die Zelle enthält etwas anderes.",
            row=row,
            column="wert",
            expected="0",
            found=wert,
            remedy="Den Status auf reported setzen oder den Wert berichtigen.",
        )


def _check_sign(row: int, cells: dict[str, str], delivery: Delivery, complain: Complaint) -> None:
    item = delivery.item(cells["merkmal"], cells["auspraegung"])
    if cells["wert"].startswith("-") and not (item and item.negative):
        complain(
            "Eine Anzahl oder Menge ist negativ.",
            row=row,
            column="wert",
            expected=f"eine Zahl ab 0 ({cells['einheit']})",
            found=cells["wert"],
            remedy="Den Wert berichtigen; kann das Merkmal negativ sein, im Lieferschein „negative: yes“ eintragen.",
        )


def _figure(cells: dict[str, str]) -> Figure:
    return cells["ags"], cells["stichtag"], cells["merkmal"], cells["auspraegung"]


def _check_unique(rows: Iterable[Record], complain: Complaint) -> None:
    first: dict[Figure, int] = {}
    for row, cells in rows:
        key = _figure(cells)
        if key in first:
            complain(
                "Eine Zahl steht zweimal in der Datei.",
                row=row,
                column="ags, stichtag, merkmal, auspraegung",
                expected=f"jeder Schlüssel einmal; zuerst in Zeile {first[key]}",
                found=", ".join(key),
                remedy="Eine der beiden Zeilen löschen.",
            )
        first[key] = row


def recomputes(delivery: Delivery) -> bool:
    """Whether the publisher gives former years for the areas of the edition."""
    return catalogue()[delivery.source_id].gebietsstand is not None


def check_complete(
    figures: Iterable[Figure],
    gemeinden: pl.DataFrame,
    complain: Complaint,
    remedy: str,
    *,
    recomputed: bool = False,
) -> None:
    """All Gemeinden of the time must be there where an item is delivered for Gemeinden, even if without a value.

    recomputed: those of today will do too.
    """
    delivered: dict[tuple[str, ...], set[str]] = {}
    for key, *item in figures:
        if keys.level(key) == "gemeinde":
            delivered.setdefault(tuple(item), set()).add(key)
    expected = {stichtag: valid_at(gemeinden, stichtag) for stichtag, *_ in delivered}
    today = set(current(gemeinden)["ags"])
    for (stichtag, merkmal, auspraegung), found in delivered.items():
        absent = {ags: name for ags, name in expected[stichtag].items() if ags not in found}
        if absent and not (recomputed and today <= found):
            ags, name = next(iter(absent.items()))
            complain(
                "Eine Gemeinde fehlt.",
                column="ags",
                expected=f"eine Zeile für {ags} ({name}), {merkmal} {auspraegung}, {stichtag}",
                found=f"{len(expected[stichtag]) - len(absent)} von {len(expected[stichtag])} Gemeinden",
                remedy=remedy,
            )


def _frame(rows: Iterable[Record], file: DeliveredFile, delivery: Delivery) -> pl.DataFrame:
    table = f"raw.{delivery.source_id}"
    content = [
        (
            delivery.source_id,
            delivery.edition,
            file.name,
            row,
            "wert",
            cells["ags"],
            cells["stichtag"],
            cells["merkmal"],
            cells["auspraegung"],
            float(cells["wert"]) if cells["wert"] else None,
            cells["status"],
            cells["quality"],
            cells["basis"] or None,
            cells["einheit"],
        )
        for row, cells in rows
    ]
    return conform(pl.DataFrame(content, schema=contract(table).schema(), orient="row"), table)
