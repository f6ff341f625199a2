"""Readers of `gemeinden.csv`, `ortsteile.csv` and `sozialraeume.csv`: which areas a district has.

What belongs here: the form of these files. What does not: whether the Sozialräume cover the Kreis
(`pipelines.geography.areas`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from pipelines.contracts import conform, contract
from pipelines.geography import keys
from pipelines.german import is_day
from pipelines.readers.csv_text import Complaint, complain_of_lost_zero, records

if TYPE_CHECKING:
    from pipelines.sources.registry import DeliveredFile

GEMEINDEN = ("ags", "ars", "name", "anzeigename", "valid_from", "valid_to")
SOZIALRAEUME = ("area_id", "name", "ags", "weight", "is_example", "valid_from", "valid_to")
ORTSTEILE = ("ortsteil", "name", "ags", "bevoelkerung", "wohnungen", "flaeche", "stichtag", "quelle")
WEIGHTS = ("bevoelkerung", "wohnungen", "flaeche")
YES_NO = {"ja": True, "nein": False}


def gemeinden(content: bytes, file: DeliveredFile, kreis_key: str) -> pl.DataFrame:
    """`raw.gemeinden` from verified bytes. Raises InputError for keys, names or dates that are not as agreed."""
    complain = Complaint(file)
    rows = records(content, file, GEMEINDEN)
    for row, cells in rows:
        former = is_day(cells["valid_to"]) and keys.level(cells["ags"]) == "gemeinde"
        # A Gemeinde that came from another Kreis had a key of that one
        _check_ags(row, cells["ags"], keys.kreis_of(cells["ags"]) if former else kreis_key, complain)
        _check_ars(row, cells, complain)
        _check_filled(row, cells, ("name", "anzeigename"), complain)
        _check_validity(row, cells, complain)
    for column in ("ags", "ars"):
        _check_once(rows, (column,), complain)
    # A former Gemeinde may have the name of one there is
    _check_once([(row, cells) for row, cells in rows if not is_day(cells["valid_to"])], ("anzeigename",), complain)
    frame = pl.DataFrame([tuple(cells.values()) for _, cells in rows], schema=list(GEMEINDEN), orient="row")
    return conform(frame, "raw.gemeinden")


def ortsteile(content: bytes, file: DeliveredFile, known: set[str]) -> pl.DataFrame:
    """`raw.ortsteile` from verified bytes; `known` are the AGS of the Kreis.

    Raises InputError for keys, weights, dates or sources that are not as agreed. An empty weight is not known.
    """
    complain = Complaint(file)
    rows = records(content, file, ORTSTEILE)
    for row, cells in rows:
        _check_member(row, cells["ags"], known, complain)
        if keys.level(cells["ortsteil"]) != "ortsteil" or not cells["ortsteil"].startswith(cells["ags"]):
            complain(
                "Der Schlüssel eines Ortsteils passt nicht zu seiner Gemeinde.",
                row=row,
                column="ortsteil",
                expected=f"{cells['ags']} und drei Ziffern",
                found=cells["ortsteil"] or "leer",
                remedy="Den Schlüssel berichtigen; führende Nullen gehören dazu.",
            )
        _check_filled(row, cells, ("name", "quelle"), complain)
        for column in WEIGHTS:
            _check_amount(row, column, cells[column], complain)
        if not re.fullmatch("[0-9]{4}", cells["stichtag"]) and not is_day(cells["stichtag"]):
            complain(
                "Ein Stichtag hat nicht die vereinbarte Form.",
                row=row,
                column="stichtag",
                expected="JJJJ-MM-TT oder JJJJ",
                found=cells["stichtag"] or "leer",
                remedy="Den Tag oder das Jahr eintragen, von dem die Angaben sind.",
            )
    _check_once(rows, ("ortsteil",), complain)
    content_rows = [
        {**cells, **{name: float(cells[name]) if cells[name] else None for name in WEIGHTS}} for _, cells in rows
    ]
    return conform(pl.DataFrame(content_rows, schema=contract("raw.ortsteile").schema()), "raw.ortsteile")


def sozialraeume(content: bytes, file: DeliveredFile, kreis_key: str, known: set[str]) -> pl.DataFrame:
    """`raw.sozialraeume` from verified bytes; `known` are the AGS of the Kreis and the keys of its Ortsteile.

    Raises InputError for keys, weights or marks that are not as agreed, and for an unknown Gemeinde.
    """
    complain = Complaint(file)
    rows = records(content, file, SOZIALRAEUME)
    for row, cells in rows:
        _check_area_id(row, cells["area_id"], kreis_key, complain)
        _check_member(row, cells["ags"], known, complain)
        _check_weight(row, cells["weight"], complain)
        if keys.level(cells["ags"]) == "ortsteil" and float(cells["weight"]) != 1:
            complain(
                "Ein Ortsteil gehört nur zum Teil zu einem Sozialraum.",
                row=row,
                column="weight",
                expected="1",
                found=cells["weight"],
                remedy="Den Ortsteil ganz einem Sozialraum zuordnen; wie groß er ist, steht in ortsteile.csv.",
            )
        _check_filled(row, cells, ("name",), complain)
        _check_validity(row, cells, complain)
        if cells["is_example"] not in YES_NO:
            complain(
                "Eine Zelle enthält ein Wort, das nicht vereinbart ist.",
                row=row,
                column="is_example",
                expected="ja oder nein",
                found=cells["is_example"] or "leer",
                remedy="ja für einen Beispielzuschnitt, nein für einen beschlossenen eintragen.",
            )
    _check_once(rows, ("area_id", "ags"), complain)
    _check_same(rows, complain)
    content_rows = [
        {**cells, "weight": float(cells["weight"]), "is_example": YES_NO[cells["is_example"]]} for _, cells in rows
    ]
    schema = contract("raw.sozialraeume").schema()
    return conform(pl.DataFrame(content_rows, schema=schema), "raw.sozialraeume")


def _check_ags(row: int, ags: str, kreis_key: str, complain: Complaint) -> None:
    restored = keys.restore_zero(ags)
    if restored and restored.startswith(kreis_key):
        complain_of_lost_zero(row, ags, restored, complain)
    if keys.level(ags) != "gemeinde" or keys.kreis_of(ags) != kreis_key:
        complain(
            "Ein Gemeindeschlüssel gehört nicht zum Kreis.",
            row=row,
            column="ags",
            expected=f"8 Ziffern, die mit {kreis_key} beginnen",
            found=ags or "leer",
            remedy="Den Schlüssel berichtigen oder die Zeile entfernen.",
        )


def _check_ars(row: int, cells: dict[str, str], complain: Complaint) -> None:
    ars = cells["ars"]
    if not keys.ARS.fullmatch(ars) or keys.ags_of_ars(ars) != cells["ags"]:
        complain(
            "Regionalschlüssel und Gemeindeschlüssel passen nicht zusammen.",
            row=row,
            column="ars",
            expected=f"12 Ziffern, {cells['ags'][:5]}, Verband (4 Ziffern), {cells['ags'][5:]}",
            found=ars or "leer",
            remedy="Den Regionalschlüssel aus dem Gemeindeverzeichnis übernehmen.",
        )


def _check_area_id(row: int, area_id: str, kreis_key: str, complain: Complaint) -> None:
    if keys.level(area_id) != "sozialraum" or keys.kreis_of(area_id) != kreis_key:
        complain(
            "Der Schlüssel eines Sozialraums hat nicht die vereinbarte Form.",
            row=row,
            column="area_id",
            expected=f"{kreis_key}-S und zwei Ziffern",
            found=area_id or "leer",
            remedy=f"Den Schlüssel berichtigen, zum Beispiel {kreis_key}-S01.",
        )


def _check_member(row: int, ags: str, known: set[str], complain: Complaint) -> None:
    if ags not in known:
        complain(
            "Eine Gemeinde oder ein Ortsteil ist nicht bekannt.",
            row=row,
            column="ags",
            expected="ein Schlüssel aus gebiete/gemeinden.csv oder ortsteile.csv",
            found=ags or "leer",
            remedy="Den Schlüssel berichtigen; führende Nullen gehören dazu.",
        )


def _check_weight(row: int, weight: str, complain: Complaint) -> None:
    if not re.fullmatch(r"[01](?:\.[0-9]+)?", weight) or not 0 < float(weight) <= 1:
        complain(
            "Das Gewicht einer Gemeinde ist nicht wie vereinbart.",
            row=row,
            column="weight",
            expected="Zahl mit Dezimalpunkt über 0 und höchstens 1",
            found=weight or "leer",
            remedy="Für ganze Gemeinden 1 eintragen.",
        )


def _check_amount(row: int, column: str, text: str, complain: Complaint) -> None:
    if text and not re.fullmatch(r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?", text):
        complain(
            "Das Gewicht eines Ortsteils ist keine Zahl.",
            row=row,
            column=column,
            expected="Zahl mit Dezimalpunkt ab 0, oder leer, wenn sie nicht bekannt ist",
            found=text,
            remedy="Die Zahl berichtigen; eine unbekannte Angabe leer lassen, nicht 0 eintragen.",
        )


def _check_filled(row: int, cells: dict[str, str], columns: tuple[str, ...], complain: Complaint) -> None:
    for column in columns:
        if not cells[column].strip():
            complain(
                "Eine Zelle ist leer.",
                row=row,
                column=column,
                expected="ein Name",
                found="leer",
                remedy="Den Namen eintragen.",
            )


def _check_validity(row: int, cells: dict[str, str], complain: Complaint) -> None:
    for column, words in (("valid_from", ("unbekannt",)), ("valid_to", ("unbekannt", ""))):
        if cells[column] not in words and not is_day(cells[column]):
            complain(
                "Ein Datum hat nicht die vereinbarte Form.",
                row=row,
                column=column,
                expected="JJJJ-MM-TT oder unbekannt",
                found=cells[column] or "leer",
                remedy="Das Datum eintragen oder unbekannt schreiben.",
            )


def _check_once(rows: list[tuple[int, dict[str, str]]], columns: tuple[str, ...], complain: Complaint) -> None:
    first: dict[tuple[str, ...], int] = {}
    for row, cells in rows:
        key = tuple(cells[name] for name in columns)
        if key in first:
            complain(
                "Ein Eintrag steht zweimal in der Datei.",
                row=row,
                column=", ".join(columns),
                expected=f"jeder Eintrag einmal; zuerst in Zeile {first[key]}",
                found=", ".join(key),
                remedy="Eine der beiden Zeilen löschen oder berichtigen.",
            )
        first[key] = row


def _check_same(rows: list[tuple[int, dict[str, str]]], complain: Complaint) -> None:
    """One Sozialraum has one name, one mark and one validity, whatever its number of rows."""
    first: dict[str, dict[str, str]] = {}
    for row, cells in rows:
        other = first.setdefault(cells["area_id"], cells)
        for column in ("name", "is_example", "valid_from", "valid_to"):
            if cells[column] != other[column]:
                complain(
                    "Ein Sozialraum ist in seinen Zeilen verschieden beschrieben.",
                    row=row,
                    column=column,
                    expected=other[column],
                    found=cells[column],
                    remedy=f"Alle Zeilen von {cells['area_id']} gleich beschreiben.",
                )
