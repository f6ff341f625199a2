"""All figures of one released edition against another, each difference with its reason, for `sozialatlas diff`.

What belongs here: what differs and why, from the two released copies and the two manifests. What does not: errata of a
Fassung (`changes`), printing, and the internal warehouse.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines import german
from pipelines.approvals.changes import ABSENT, GONE, figure_text, pairs
from pipelines.approvals.register import FOLDER

if TYPE_CHECKING:
    from pipelines.publish.released import Release

COLUMNS = (
    "art", "tabelle", "indicator_id", "area_id", "period", "alt", "neu", "alt_wert", "neu_wert", "alt_status",
    "neu_status", "grund",
)  # fmt: skip
NUMBERS = ("alt_wert", "neu_wert")
VALUES, COMPARED, CLASSES, INDEX = TABLES = "Werte", "Vergleich", "Kartenklassen", "Index"
NEW, GONE_KIND, VALUE, STATUS, OTHER = "neu", "entfallen", "Wert geändert", "Status geändert", "Einstufung geändert"
KINDS = (NEW, GONE_KIND, VALUE, STATUS, OTHER)
# What an entry of the catalogue says about the figures and not about how they turned out
NOT_FORMULA = ("position", "latest_period")
PROGRAM = ("pipelines/contracts", "pipelines/disclosure", "pipelines/geography", "pipelines/harmonise",
           "pipelines/indicators", "pipelines/readers", "pipelines/sources", "uv.lock")  # fmt: skip
HASH_SHOWN, NAMES_SHOWN = 8, 3
Row = dict[str, Any]
Key = tuple[str, str, str]


@dataclass(frozen=True)
class Edition:
    """One side of the comparison: its released copy and its manifest."""

    release: Release
    manifest: Mapping[str, Any]

    @cached_property
    def indicators(self) -> dict[str, Row]:
        """Catalogue entries by id."""
        return {row["indicator_id"]: row for row in self.release.indicators.iter_rows(named=True)}

    @cached_property
    def areas(self) -> frozenset[str]:
        """Keys of all areas."""
        return frozenset(self.release.areas["area_id"])

    @cached_property
    def deliveries(self) -> dict[str, dict[tuple[str, str], str]]:
        """Hash of every delivered file by source, edition and path."""
        found: dict[str, dict[tuple[str, str], str]] = {}
        for row in self.release.sources.iter_rows(named=True):
            found.setdefault(row["source_id"], {})[row["edition"], row["file"]] = row["sha256"]
        return found


@dataclass
class Reasons:
    """Why figures differ between two editions; asked figure by figure, each part found once."""

    old: Edition
    new: Edition
    of_values: dict[Key, str] = field(default_factory=dict)

    def of(self, key: Key, before: Row | None, after: Row | None) -> str:
        """All reasons that apply to one value, joined by „; “; the program when nothing else differs."""
        found = [
            *self._correction(key),
            *self._disclosure(before, after),
            *self._area(key[1]),
            *self._formula(key[0]),
            *self._delivery(before, after),
        ]
        return "; ".join(found or self._rest)

    def _correction(self, key: Key) -> list[str]:
        return [f"Berichtigung: {reason}" for reason in [self._corrections.get(key)] if reason]

    def _disclosure(self, before: Row | None, after: Row | None) -> list[str]:
        was, now = ((row or {}).get("status") == "suppressed" for row in (before, after))
        if was == now:
            return []
        return ["Datenschutz: jetzt nicht mehr ausgewiesen" if now else "Datenschutz: jetzt ausgewiesen"]

    def _area(self, area_id: str) -> list[str]:
        if area_id not in self.old.areas:
            return ["Gebiet ist neu"]
        return [] if area_id in self.new.areas else ["Gebiet ist entfallen"]

    def _formula(self, indicator_id: str) -> list[str]:
        before, after = self.old.indicators.get(indicator_id), self.new.indicators.get(indicator_id)
        if before is None or after is None:
            return ["Indikator ist neu im Katalog" if before is None else "Indikator steht nicht mehr im Katalog"]
        changed = [
            name
            for name in after
            if name not in NOT_FORMULA and not name.endswith("_text") and before.get(name) != after[name]
        ]
        return [f"Eintrag im Katalog geändert: {', '.join(changed)}"] if changed else []

    def _delivery(self, before: Row | None, after: Row | None) -> list[str]:
        names = {name for row in (before, after) if row for name in (row["source_ids"] or "").split(";") if name}
        return [text for name in sorted(names) for text in self._sources.get(name, ())]

    @cached_property
    def _sources(self) -> dict[str, list[str]]:
        names = self.old.deliveries.keys() | self.new.deliveries.keys()
        return {
            name: _files(name, self.old.deliveries.get(name, {}), self.new.deliveries.get(name, {})) for name in names
        }

    @cached_property
    def _corrections(self) -> dict[Key, str]:
        about = self.new.release.edition
        if about["report_year"] != self.old.release.edition["report_year"]:
            return {}
        rows = self.new.release.corrections.filter(pl.col("number") > self.old.release.edition["number"])
        return {(r["indicator_id"], r["area_id"], r["period"]): r["reason"] for r in rows.iter_rows(named=True)}

    @cached_property
    def _rest(self) -> list[str]:
        """What else differs between the editions: settings, areas, program; named, because it may be the cause."""
        found = []
        inputs = [name for name in self._different("inputs") if _general(name)]
        if inputs:
            found.append(f"Eingaben geändert: {_named(inputs)}")
        parts = [name for name in self._different("program") if name.startswith(PROGRAM)]
        if parts:
            found.append(f"Programm geändert: {_named(parts)}")
        versions = [edition.release.edition["version"] for edition in (self.old, self.new)]
        if versions[0] != versions[1]:
            found.append(f"Programmversion {versions[0]} → {versions[1]}")
        if self.old.release.edition["report_year"] != self.new.release.edition["report_year"]:
            found.append("anderes Berichtsjahr")
        return found or ["Folge anderer geänderter Werte"]

    def _different(self, part: str) -> list[str]:
        before, after = ({e["path"]: e["sha256"] for e in side.manifest.get(part, [])} for side in (self.old, self.new))
        return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def differences(old: Edition, new: Edition) -> pl.DataFrame:
    """One row per difference with the columns COLUMNS, in the order of KINDS, TABLES and keys; none for equal editions.

    alt, neu: as printed. alt_wert, neu_wert: unrounded, so that a change below the printed digits shows as well.
    """
    reasons = Reasons(old, new)
    rows = [*_values(old, new, reasons), *_compared(old, new, reasons), *_classes(old, new, reasons)]
    rows += _index(old, new, reasons)
    schema = {name: pl.Float64() if name in NUMBERS else pl.String() for name in COLUMNS}
    frame = pl.DataFrame(rows, schema=schema)
    return frame.sort(
        _rank(frame["art"], KINDS), _rank(frame["tabelle"], TABLES), "indicator_id", "area_id", "period",
        maintain_order=True,
    )  # fmt: skip


def _rank(column: pl.Series, order: tuple[str, ...]) -> pl.Series:
    places = {word: place for place, word in enumerate(order)}
    return column.replace_strict(places, return_dtype=pl.Int64)


def counts(found: pl.DataFrame) -> list[tuple[str, int]]:
    """How many differences there are of each kind, in the order of KINDS, kinds without any included."""
    return [(kind, found.filter(pl.col("art") == kind).height) for kind in KINDS]


def _values(old: Edition, new: Edition, reasons: Reasons) -> Iterable[Row]:
    for pair in pairs(old.release, new.release):
        kind = _kind(pair.old, pair.new)
        if kind is None:
            continue
        reasons.of_values[pair.key] = reason = reasons.of(pair.key, pair.old, pair.new)
        before, after = pair.old or {}, pair.new or {}
        yield _row(
            kind,
            VALUES,
            pair.key,
            figure_text(pair.old, old.release) if pair.old else ABSENT,
            figure_text(pair.new, new.release) if pair.new else GONE,
            reason,
            alt_wert=before.get("value"),
            neu_wert=after.get("value"),
            alt_status=before.get("status"),
            neu_status=after.get("status"),
        )


def _kind(before: Row | None, after: Row | None) -> str | None:
    if before is None or after is None:
        return NEW if before is None else GONE_KIND
    if before["status"] != after["status"]:
        return STATUS
    parts = ("value", "lower", "upper", "numerator", "denominator", "quality")
    return VALUE if any(before[name] != after[name] for name in parts) else None


def _compared(old: Edition, new: Edition, reasons: Reasons) -> Iterable[Row]:
    """Verdicts that differ although both editions have the value."""
    before, after = (_by_key(side.release.comparison, "verdict") for side in (old, new))
    kreis = {(key[0], key[2]): text for key, text in reasons.of_values.items() if key[1] == new.release.kreis_id}
    for key in sorted(before.keys() & after.keys()):
        if before[key] != after[key]:
            reason = reasons.of_values.get(key) or kreis.get((key[0], key[2])) or "Folge anderer geänderter Werte"
            yield _row(OTHER, COMPARED, key, before[key], after[key], reason)


def _classes(old: Edition, new: Edition, reasons: Reasons) -> Iterable[Row]:
    """Values of Gemeinden that a map shows in another class."""
    for pair in pairs(old.release, new.release):
        sides = [
            (edition, row) for edition, row in ((old, pair.old), (new, pair.new)) if row and row["value"] is not None
        ]
        if len(sides) < 2 or sides[0][1]["area_level"] != "gemeinde":
            continue
        before, after = (_class(edition, row) for edition, row in sides)
        if before != after:
            reason = reasons.of_values.get(pair.key) or reasons.of(pair.key, pair.old, pair.new)
            yield _row(OTHER, CLASSES, pair.key, before, after, reason)


def _class(edition: Edition, row: Row) -> str:
    indicator = edition.indicators[row["indicator_id"]]
    limits = [float(limit) for limit in (indicator["class_limits"] or "").split(";") if limit]
    return german.class_texts(limits, indicator["decimals"])[german.class_of(row["value"], limits) - 1]


def _index(old: Edition, new: Edition, reasons: Reasons) -> Iterable[Row]:
    before, after = ({r["area_id"]: r for r in side.release.index.iter_rows(named=True)} for side in (old, new))
    members = sorted(set(new.release.index_members["indicator_id"]) | set(old.release.index_members["indicator_id"]))
    causes = sorted({text for key, text in reasons.of_values.items() if key[0] in members})
    for area_id in sorted(before.keys() | after.keys()):
        was, now = before.get(area_id), after.get(area_id)
        parts = ("class_text", "value", "status")
        if was and now and all(was[name] == now[name] for name in parts):
            continue
        kind = NEW if was is None else GONE_KIND if now is None else OTHER
        if was and now and was["class_text"] == now["class_text"]:
            kind = VALUE if was["status"] == now["status"] else STATUS
        yield _row(
            kind,
            INDEX,
            ("Orientierungsindex", area_id, ""),
            _index_text(was) if was else ABSENT,
            _index_text(now) if now else GONE,
            "; ".join(causes) or "; ".join(reasons._rest),
            alt_wert=was["value"] if was else None,
            neu_wert=now["value"] if now else None,
            alt_status=was["status"] if was else None,
            neu_status=now["status"] if now else None,
        )


def _index_text(row: Row) -> str:
    """„mittel (0,33)“: the value tells editions apart whose class is the same."""
    return row["class_text"] if row["value"] is None else f"{row['class_text']} ({german.number(row['value'], 3)})"


def _row(kind: str, table: str, key: Key, before: str, after: str, reason: str, **more: Any) -> Row:
    named = dict(zip(("indicator_id", "area_id", "period"), key, strict=True))
    return {**dict.fromkeys(COLUMNS), "art": kind, "tabelle": table, **named, "alt": before, "neu": after,
            "grund": reason, **more}  # fmt: skip


def _by_key(frame: pl.DataFrame, column: str) -> dict[Key, str]:
    return {(r["indicator_id"], r["area_id"], r["period"]): r[column] for r in frame.iter_rows(named=True)}


def _files(source: str, before: dict[tuple[str, str], str], after: dict[tuple[str, str], str]) -> list[str]:
    """What happened to the files of one source: changed, new, gone, with the beginnings of their hashes."""
    found = []
    for edition, file in sorted(before.keys() | after.keys()):
        was, now = before.get((edition, file)), after.get((edition, file))
        if was == now:
            continue
        name = f"{source}, Ausgabe {edition}"
        if was is None or now is None:
            digest = (was or now or "")[:HASH_SHOWN]
            found.append(f"Lieferung {'neu' if was is None else 'entfallen'}: {name} (SHA-256 {digest}…)")
        else:
            found.append(f"Lieferung geändert: {name} (SHA-256 {was[:HASH_SHOWN]}… → {now[:HASH_SHOWN]}…)")
    return found


def _general(path: str) -> bool:
    """Whether an input may change any figure: the settings of the district and its areas, not deliveries of sources."""
    return path.endswith("/kreis.yml") or ("/gebiete/" in path and f"/{FOLDER}/" not in path)


def _named(paths: list[str]) -> str:
    rest = len(paths) - NAMES_SHOWN
    return ", ".join(paths[:NAMES_SHOWN]) + (f" und {rest} weitere" if rest > 0 else "")
