"""Facilities and offers per area, and how they stand against the people they are for.

What belongs here: the codes of kinds and target groups, the register `angebote.csv` as a table, the supply rate and
the rule that keeps gaps of supply apart from gaps of data. What does not: reading a file (`registers`, `cells`), what
may leave (`pipelines.disclosure.steering`), words and pictures (`pipelines.publish`).

A missing row says nothing about offers. Only a row „kein_angebot“, or rows that call themselves complete, make a zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.contracts import WITH_VALUE
from pipelines.errors import AtlasError
from pipelines.offices import named
from pipelines.steering.cells import YES_NO, Cells, Field, refuse_twice
from pipelines.steering.planning import frame
from pipelines.steering.registers import read_sheet
from pipelines.yaml_file import read_yaml

NAME = "angebote"
CODES = Path(__file__).with_name("angebote.yml")
COMPLETE, PARTLY, NONE, UNREPORTED = "vollständig", "teilweise", "kein Angebot", "keine Meldung"
RECORDED = {"vollstaendig": COMPLETE, "teilweise": PARTLY, "kein_angebot": NONE}
CARRIERS = {
    "oeffentlich": "öffentlich",
    "freigemeinnuetzig": "freigemeinnützig",
    "kirchlich": "kirchlich",
    "privat": "privat",
    "sonstig": "sonstig",
}
LEVELS = ("gemeinde", "sozialraum", "kreis")
SUPPLY_GAP, DATA_GAP = "Angebot", "Daten"
FROM_AREAS = "den Gebieten (gebiete/gemeinden.csv und sozialraeume.csv)"


@dataclass(frozen=True)
class TargetGroup:
    """People an offer is for. `terms`: sign, indicator and part (numerator or denominator) whose counts make them."""

    key: str
    name: str
    terms: tuple[tuple[int, str, str], ...]
    deliverer: str | None

    @property
    def indicator_ids(self) -> list[str]:
        """The indicators it is counted by."""
        return [indicator_id for _, indicator_id, _ in self.terms]


@dataclass(frozen=True)
class Kind:
    """A kind of offer: unit of its capacity, how many people a rate refers to, class limits of its map."""

    key: str
    name: str
    unit: str
    per: int
    limits: tuple[float, ...]
    groups: tuple[str, ...]
    note: str

    @property
    def explained(self) -> str:
        """What a form says of it: name, what is counted, which target groups it may be for."""
        return f"{self.name}; {self.unit}: {self.note}; Zielgruppen: {', '.join(self.groups)}"


@cache
def target_groups() -> dict[str, TargetGroup]:
    """All target groups by key, in the order of the codes. Raises AtlasError for a term that is none."""
    return {
        entry["kennung"]: TargetGroup(
            entry["kennung"],
            entry["name"],
            tuple(_term(text) for text in entry.get("zaehlung", [])),
            entry.get("liefern"),
        )
        for entry in _codes()["zielgruppen"]
    }


@cache
def kinds() -> dict[str, Kind]:
    """All kinds of offers by key, in the order of the codes."""
    return {
        entry["kennung"]: Kind(
            entry["kennung"],
            entry["name"],
            entry["einheit"],
            entry["je"],
            tuple(float(limit) for limit in entry["klassen"]),
            tuple(entry["zielgruppen"]),
            entry["hinweis"],
        )
        for entry in _codes()["arten"]
    }


def _codes() -> dict[str, Any]:
    return read_yaml(CODES, "Die Kennungen der Angebote sind nicht lesbar.")


def _term(text: str) -> tuple[int, str, str]:
    sign = -1 if text.startswith("-") else 1
    indicator_id, _, part = text.removeprefix("-").partition(".")
    if part not in ("numerator", "denominator"):
        raise AtlasError(
            "Eine Zielgruppe der Angebote nennt keinen Teil eines Indikators.",
            file=CODES,
            expected="zum Beispiel N01.numerator",
            found=text,
            remedy="Das Glied unter zaehlung berichtigen.",
        )
    return sign, indicator_id, part


def build_offer_kinds(offices: Mapping[str, str]) -> pl.DataFrame:
    """`steering.offer_kinds`: every kind with every target group it may be for, in the order of the codes.

    offices: names by placeholder (`Kreis.offices`).
    """
    pairs = [(kind, target_groups()[key]) for kind in kinds().values() for key in kind.groups]
    rows = [
        {
            "kind": kind.key,
            "kind_name": kind.name,
            "target_group": group.key,
            "target_name": group.name,
            "position": position,
            "unit": kind.unit,
            "per": kind.per,
            "class_limits": ";".join(f"{limit:g}" for limit in kind.limits),
            "note": kind.note,
            "people_source": ";".join(group.indicator_ids) or None,
            "deliverer": named(group.deliverer, offices) if group.deliverer else None,
        }
        for position, (kind, group) in enumerate(pairs, 1)
    ]
    return frame(rows, "steering.offer_kinds")


@cache
def fields() -> tuple[Field, ...]:
    """The columns of `angebote.csv` in their order, with what to enter."""
    return (
        Field("angebot_id", "eine Kennung je Zeile, frei gewählt", True, example="TEST-001"),
        Field("art", "Art des Angebots", True, {kind.key: kind.explained for kind in kinds().values()}, "kita", 24),
        Field(
            "zielgruppe",
            "für wen die Plätze oder Stunden da sind",
            True,
            {group.key: group.name for group in target_groups().values()},
            "kinder_u6",
        ),
        Field("gebiet", "Einzugsgebiet: Schlüssel der Gemeinde, des Sozialraums oder des Kreises", True),
        Field(
            "erfassung",
            "wie vollständig Art und Zielgruppe in diesem Gebiet gemeldet sind; in allen Zeilen dazu gleich",
            True,
            {
                "vollstaendig": "alle Angebote dieser Art im Gebiet und seinen Teilen sind gemeldet",
                "teilweise": "es gibt weitere oder es ist unbekannt",
                "kein_angebot": "es gibt keines; Name, Träger, Art des Trägers, Ort und Kapazität bleiben leer",
            },
            "vollstaendig",
        ),
        Field(
            "name",
            "Name der Einrichtung oder des Angebots, kein Name einer Person",
            example="Testkita Am Bach",
            width=32,
        ),
        Field("traeger", "Träger", example="Testverein", width=28),
        Field("traegerart", "Art des Trägers", codes=CARRIERS, example="freigemeinnuetzig"),
        Field("ort", "Schlüssel der Gemeinde; bei geschütztem Ort der Schlüssel des Kreises; keine Anschrift"),
        Field("kapazitaet", "Plätze oder Wochenstunden als ganze Zahl; unbekannt bleibt leer", example="75"),
        Field("stand", "Tag, für den die Angaben gelten, wie 2024-03-01", True, example="2023-12-31"),
        Field("quelle", "Stelle, die meldet, kein Name einer Person", True, example="Testgemeinde", width=28),
        Field("veroeffentlichen", "ob die Zeile veröffentlicht werden darf", True, YES_NO, "ja"),
    )


def columns() -> tuple[str, ...]:
    """The header of `angebote.csv`."""
    return tuple(field.name for field in fields())


def build_offers(data_dir: Path, areas: pl.DataFrame) -> pl.DataFrame:
    """`steering.offers` from `angebote.csv`, empty where the district keeps no such register; areas: curated.areas.

    Raises InputError for an unknown area, kind or target group, a target group that does not go with the kind, an
    area of an example partition, a negative or broken capacity, a key twice, and rows of one kind, target group and
    area that contradict each other about how complete they are.
    """
    sheet = read_sheet(data_dir, NAME, columns())
    rows = [Cells(row, fields(), sheet.complain) for row in sheet.rows]
    refuse_twice(rows, "angebot_id")
    known = {row["area_id"]: row for row in areas.iter_rows(named=True) if row["area_level"] in LEVELS}
    found = [_offer(row, known) for row in rows]
    _refuse_contradictions(rows, found)
    _refuse_contradictions_within(rows, found, _Places(areas))
    return frame(found, "steering.offers")


def _offer(row: Cells, areas: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    kind = kinds()[row.code("art") or ""]
    group = target_groups()[row.code("zielgruppe") or ""]
    if group.key not in kind.groups:
        row.fault(
            "zielgruppe",
            expected=f"bei {kind.key} einer von: {', '.join(kind.groups)}",
            remedy="Die Zielgruppe wählen, für die die Plätze oder Stunden da sind.",
        )
    area_id = row.known("gebiet", areas, FROM_AREAS) or ""
    if areas[area_id]["is_example"]:
        row.fault(
            "gebiet",
            expected="eine Gemeinde, der Kreis oder ein beschlossener Sozialraum",
            found=f"„{area_id}“, ein Beispielzuschnitt",
            remedy="Eine Zeile je Gemeinde des Einzugsgebiets schreiben, bis die Sozialräume beschlossen sind.",
        )
    recorded = RECORDED[row.code("erfassung") or ""]
    return {
        "offer_id": row.key("angebot_id"),
        "kind": kind.key,
        "kind_name": kind.name,
        "target_group": group.key,
        "target_name": group.name,
        "area_id": area_id,
        "recorded": recorded,
        **(_nothing(row) if recorded == NONE else _facility(row, areas)),
        "unit": kind.unit,
        "as_of": row.day("stand"),
        "source": row.needed("quelle"),
        "published": row.yes("veroeffentlichen"),
    }


def _facility(row: Cells, areas: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    places = [key for key, area in areas.items() if area["area_level"] != "sozialraum"]
    carrier = row.code("traegerart")
    return {
        "name": row.needed("name", ", weil es ein Angebot gibt"),
        "carrier": row.text("traeger"),
        "carrier_kind": CARRIERS[carrier] if carrier else None,
        "place_id": row.known("ort", places, FROM_AREAS),
        "capacity": row.count("kapazitaet"),
    }


def _nothing(row: Cells) -> dict[str, Any]:
    for name in ("name", "traeger", "traegerart", "ort", "kapazitaet"):
        row.absent(name, " bei kein_angebot")
    return dict.fromkeys(("name", "carrier", "carrier_kind", "place_id", "capacity"))


def _refuse_contradictions(rows: list[Cells], found: list[dict[str, Any]]) -> None:
    """All rows of a kind, target group and area say the same about how complete they are; „kein_angebot“ is alone."""
    first: dict[tuple[str, ...], tuple[int, str]] = {}
    for row, offer in zip(rows, found, strict=True):
        place = (offer["kind"], offer["target_group"], offer["area_id"])
        number, recorded = first.setdefault(place, (row.number, offer["recorded"]))
        if number != row.number and (recorded != offer["recorded"] or recorded == NONE):
            row.fault(
                "erfassung",
                what="Zwei Zeilen zu Art, Zielgruppe und Gebiet widersprechen sich.",
                expected=f"„{recorded}“ wie in Zeile {number}"
                if recorded != NONE
                else f"keine weitere Zeile: Zeile {number} sagt „kein Angebot“",
                remedy="Klären, ob alle Angebote gemeldet sind, und alle Zeilen dazu gleich ausfüllen.",
            )


def _refuse_contradictions_within(rows: list[Cells], found: list[dict[str, Any]], places: _Places) -> None:
    """What a larger area says about itself holds for its parts: none means none, complete means complete."""
    pairs = list(zip(rows, found, strict=True))
    larger = [(row, offer) for row, offer in pairs if places.levels[offer["area_id"]] != "gemeinde"]
    for row, part in pairs:
        for other, whole in larger:
            same = (part["kind"], part["target_group"]) == (whole["kind"], whole["target_group"])
            if not same or whole["area_id"] not in places.around(part["area_id"]):
                continue
            if (whole["recorded"] == NONE and part["recorded"] != NONE) or (
                whole["recorded"] == COMPLETE and part["recorded"] == PARTLY
            ):
                row.fault(
                    "erfassung",
                    what="Zwei Zeilen zu Art, Zielgruppe und Gebiet widersprechen sich.",
                    expected=f"passend zu Zeile {other.number}: dort „{whole['recorded']}“ für das größere Gebiet",
                    found=f"„{part['recorded']}“",
                    remedy="Klären, ob alle Angebote gemeldet sind, und eine der beiden Zeilen berichtigen.",
                )


# ------------------------------------------------------------------------------------------------ supply
def build_supply(
    offers: pl.DataFrame, areas: pl.DataFrame, members: pl.DataFrame, values: pl.DataFrame, catalogue: pl.DataFrame
) -> pl.DataFrame:
    """`steering.supply`: a row per kind and target group reported anywhere, and area of every level.

    offers: steering.offers. areas, members: curated.areas and curated.members. values: release.values, so that no
    rate rests on a count that is withheld. catalogue: release.indicators, for the latest period of each indicator.

    Rate = capacity ÷ people × per, where the area is reported completely, every capacity and the size of the target
    group are known. Capacity of a Gemeinde: offers for it; of a larger area: offers for it and for all its parts.
    Offers for a larger area than the one in question are counted in `wider` and never shared out.
    """
    people = _People(values, catalogue)
    places = _Places(areas, members)
    rows = []
    for kind, group in offers.select("kind", "target_group").unique().sort("kind", "target_group").iter_rows():
        own = offers.filter(pl.col("kind") == kind, pl.col("target_group") == group)
        said = {str(area_id): _Report.of(part) for (area_id,), part in own.group_by("area_id")}
        report = {area_id: one for area_id in places.levels if (one := _report_of(area_id, said, places))}
        for area_id, level in places.levels.items():
            rows.append(_supply_row(kinds()[kind], target_groups()[group], area_id, level, report, places, people))
    return frame(rows, "steering.supply")


@dataclass(frozen=True)
class _Report:
    """What is reported for one area: how completely, offers, capacity (None: not all known), days, publicity."""

    recorded: str
    offers: int
    capacity: int | None
    unknown: int
    days: tuple[str, ...]
    published: bool

    @classmethod
    def of(cls, rows: pl.DataFrame) -> _Report:
        recorded = rows["recorded"][0]
        unknown = 0 if recorded == NONE else rows["capacity"].null_count()
        return cls(
            recorded=recorded,
            offers=0 if recorded == NONE else rows.height,
            capacity=None if unknown or recorded == PARTLY else int(rows["capacity"].sum()),
            unknown=unknown,
            days=tuple(sorted(rows["as_of"])),
            published=bool(rows["published"].all()),
        )


def _report_of(area_id: str, said: Mapping[str, _Report], places: _Places) -> _Report | None:
    """What is reported for an area; nothing said about a part of an area that is reported completely means none."""
    if area_id in said:
        return said[area_id]
    for key in places.around(area_id):
        if key in said and said[key].recorded in (COMPLETE, NONE):
            return _Report(NONE, 0, 0, 0, said[key].days, said[key].published)
    return None


class _Places:
    """Which areas there are, which Gemeinden make up a larger one, and which larger ones an area lies in.

    `split`: areas of which some Gemeinde is only a part; their offers cannot be summed from those of Gemeinden.
    """

    def __init__(self, areas: pl.DataFrame, members: pl.DataFrame | None = None) -> None:
        ordered = areas.filter(pl.col("area_level").is_in(LEVELS)).sort("area_id")
        self.levels: dict[str, str] = dict(ordered.select("area_id", "area_level").iter_rows())
        single = {key for key, level in self.levels.items() if level == "gemeinde"}
        self.gemeinden = {
            key: single if level == "kreis" else set(parts.split(";")) if level == "sozialraum" and parts else {key}
            for key, level, parts in ordered.select("area_id", "area_level", "members").iter_rows()
        }
        self.split = set() if members is None else set(members.filter(pl.col("weight") < 1)["area_id"])

    def within(self, area_id: str) -> list[str]:
        """The area and all areas of this register that lie wholly in it."""
        own = self.gemeinden[area_id]
        return [key for key in self.levels if self._size(key) <= self._size(area_id) and self.gemeinden[key] <= own]

    def around(self, area_id: str) -> list[str]:
        """Larger areas it lies in."""
        own = self.gemeinden[area_id]
        return [key for key in self.levels if self._size(key) > self._size(area_id) and own <= self.gemeinden[key]]

    def _size(self, area_id: str) -> int:
        return LEVELS.index(self.levels[area_id])


@dataclass(frozen=True)
class _Group:
    """The size of a target group in an area: people, period and the status that explains an absent number."""

    people: float | None
    period: str | None
    status: str
    reason: str | None


class _People:
    """Sizes of target groups from released values at the latest period of each indicator."""

    def __init__(self, values: pl.DataFrame, catalogue: pl.DataFrame) -> None:
        self._latest = dict(catalogue.select("indicator_id", "latest_period").iter_rows())
        wanted = {key for group in target_groups().values() for key in group.indicator_ids}
        rows = values.filter(pl.col("indicator_id").is_in(sorted(wanted)))
        self._rows = {(r["indicator_id"], r["area_id"], r["period"]): r for r in rows.iter_rows(named=True)}

    def of(self, group: TargetGroup, area_id: str) -> _Group:
        """How many people of a target group live in an area, with the period, or why that is not known."""
        if not group.terms:
            return _Group(None, None, "missing", f"Für {group.name} liegt keine Zahl vor")
        periods = {self._latest.get(indicator_id) for indicator_id in group.indicator_ids}
        if len(periods) > 1:
            return _Group(None, None, "missing", f"Die Zahlen zu {group.name} haben verschiedene Zeitbezüge")
        period = periods.pop()
        total = 0.0
        for sign, indicator_id, part in group.terms:
            row = self._rows.get((indicator_id, area_id, period or ""))
            if row is None or row["status"] not in WITH_VALUE or row[part] is None:
                hidden = row is not None and row["status"] == "suppressed"
                why = "wird aus Datenschutzgründen nicht ausgewiesen" if hidden else "liegt nicht vor"
                words = f"Die Zahl der Zielgruppe ({group.name}) {why}"
                return _Group(None, period, "suppressed" if hidden else "missing", words)
            total += sign * row[part]
        return _Group(total, period, "reported", None)


def _supply_row(
    kind: Kind,
    group: TargetGroup,
    area_id: str,
    level: str,
    report: Mapping[str, _Report],
    places: _Places,
    people: _People,
) -> dict[str, Any]:
    inside = [report[key] for key in places.within(area_id) if key in report]
    around = [report[key] for key in places.around(area_id) if key in report]
    wider = sum(one.offers for one in around)
    recorded, capacity, lacking = _taken_together(area_id, level, report, places)
    size = people.of(group, area_id)
    rate, status, gap, reason = _verdict(recorded, capacity, lacking, size, wider, kind.per)
    days = sorted(day for one in inside for day in one.days)
    return {
        "kind": kind.key,
        "kind_name": kind.name,
        "target_group": group.key,
        "target_name": group.name,
        "area_id": area_id,
        "area_level": level,
        "recorded": recorded,
        "offers": sum(one.offers for one in inside) if inside else None,
        "wider": wider,
        "capacity": capacity,
        "unit": kind.unit,
        "people": size.people,
        "people_period": size.period,
        "people_source": ";".join(group.indicator_ids) or None,
        "as_of_from": days[0] if days else None,
        "as_of_to": days[-1] if days else None,
        "rate": rate,
        "per": kind.per,
        "status": status,
        "gap": gap,
        "reason": reason,
        "published": all(one.published for one in [*inside, *around]),
    }


def _taken_together(
    area_id: str, level: str, report: Mapping[str, _Report], places: _Places
) -> tuple[str, int | None, str | None]:
    """How completely an area is reported, its capacity where all of it is known, and what is lacking."""
    if area_id in places.split:
        return PARTLY, None, "Angebote einer geteilten Gemeinde lassen sich keinem Sozialraum zuordnen"
    inside = [key for key in places.within(area_id) if places.levels[key] == "gemeinde" or key in report]
    unreported = [key for key in inside if key not in report]
    known = [report[key] for key in inside if key in report]
    if unreported:
        if level == "gemeinde":
            return UNREPORTED, None, "Für dieses Gebiet liegt keine Meldung vor"
        total = sum(places.levels[key] == "gemeinde" for key in inside)
        words = f"{len(unreported)} von {total} Gemeinden" if total > 1 else "die Gemeinde"
        return (PARTLY if known else UNREPORTED), None, f"Für {words} liegt keine Meldung vor"
    if any(one.recorded == PARTLY for one in known):
        return PARTLY, None, "Die Meldung ist nicht vollständig"
    recorded = NONE if all(one.recorded == NONE for one in known) else COMPLETE
    unknown, total = sum(one.unknown for one in known), sum(one.offers for one in known)
    if unknown:
        words = f"{unknown} von {total} Angeboten" if total > 1 else "dem Angebot"
        return recorded, None, f"Bei {words} fehlt die Kapazität"
    return recorded, sum(one.capacity or 0 for one in known), None


def _verdict(
    recorded: str, capacity: int | None, lacking: str | None, size: _Group, wider: int, per: int
) -> tuple[float | None, str, str | None, str | None]:
    """Rate, status, which gap there is and why.

    A gap of supply: completely reported, no capacity at all, people of the target group live there, and no offer for
    a larger area is reported. A gap of data: the rate cannot be computed. Both never stand together.
    """
    also = f"; {wider} für ein größeres Gebiet gemeldet" if wider else ""
    if lacking or capacity is None:
        return None, "missing", DATA_GAP, f"{lacking}{also}."
    if size.people is None:
        return None, size.status, DATA_GAP, f"{size.reason}."
    if size.people <= 0:
        return None, "not_applicable", None, "In diesem Gebiet lebt niemand aus der Zielgruppe."
    rate = capacity * per / size.people
    if capacity:
        return rate, "reported", None, None
    if wider:
        return rate, "zero", None, f"Kein eigenes Angebot gemeldet{also}."
    return rate, "zero", SUPPLY_GAP, "Kein Angebot gemeldet, obwohl Menschen der Zielgruppe hier leben."
