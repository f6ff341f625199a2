"""Offers and supply of an edition as data and sentences, for pages of every kind.

What belongs here: choosing and counting released rows about offers, and saying in German what they show and what they
do not. What does not: computing rates (`pipelines.steering.offers`), layout (`pages.offers`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import polars as pl

from pipelines import german
from pipelines.publish.released import Release

COMPLETE = ("vollständig", "kein Angebot")
NOT_KEPT = "Ein Verzeichnis der Angebote wird noch nicht geführt."
UNFILLED = "Das Verzeichnis der Angebote ist angelegt; gemeldet ist noch nichts."
GAP_OF_DATA = "Das ist eine Lücke der Daten, kein Hinweis auf fehlende Angebote."
RULE = (
    "Versorgungsquote = Kapazität aller gemeldeten Angebote einer Art ÷ Menschen der Zielgruppe × Bezug (je 100 oder "
    "je 1\u202f000). Sie steht nur da, wo das Gebiet vollständig gemeldet ist und alle Kapazitäten sowie die Größe der "
    "Zielgruppe bekannt sind. Angebote für ein größeres Gebiet zählen dort und werden nicht auf seine Teile verteilt."
)
GAP_RULE = (
    "Lücke des Angebots: Ein Gebiet ist vollständig gemeldet, dort leben Menschen der Zielgruppe, es gibt keinen Platz "
    "und kein Angebot für ein größeres Gebiet. Lücke der Daten: Eine Angabe fehlt; über das Angebot sagt das nichts."
)
LIMIT = (
    "Angebote werden auch über Gemeindegrenzen hinweg genutzt. Die Quote sagt nichts über Auslastung, Wartezeit, Güte "
    "oder Erreichbarkeit, und sie ist kein Sollwert."
)
SHARE_MAPPED = 0.5  # a map is drawn where at least this share of Gemeinden has a rate
SMALLEST = 1e-9  # any rate above this is more than none: the first class of a map holds exactly zero


@dataclass(frozen=True)
class Pair:
    """A kind of offer and the people it is for, with all its released rows."""

    kind: str
    kind_name: str
    target_group: str
    target_name: str
    unit: str
    per: int
    class_limits: tuple[float, ...]
    rows: pl.DataFrame

    @property
    def file(self) -> str:
        """The file name of its map."""
        return f"angebot-{self.kind}-{self.target_group}-karte.svg".replace("_", "-")

    @property
    def label(self) -> str:
        """The label of its page."""
        return f"angebot-{self.kind}-{self.target_group}".replace("_", "-")

    @property
    def unit_text(self) -> str:
        """„Plätze je 100 Menschen ab 65 Jahren“."""
        return f"{self.unit} {self.short_unit} {self.people}"

    @property
    def people(self) -> str:
        """The target group behind a number: „Menschen ab 65 Jahren“, and „Menschen“ for everybody."""
        return self.target_name.removeprefix("alle ")

    @property
    def short_unit(self) -> str:
        """„je 100“."""
        return f"je {german.number(self.per)}"

    @property
    def decimals(self) -> int:
        """Decimals of the whole column: those of its largest rate."""
        top = self.rows["rate"].max()
        return german.decimals_for(float(top)) if isinstance(top, float) else 1

    def level(self, level: str) -> pl.DataFrame:
        """Its rows of one level, by area."""
        return self.rows.filter(pl.col("area_level") == level).sort("area_id")


@lru_cache(maxsize=2)
def pairs(release: Release) -> tuple[Pair, ...]:
    """Every kind and target group that is reported anywhere, in the order of the codes."""
    kinds = release.table("offer_kinds").sort("position")
    supply = release.table("supply")
    found = []
    for row in kinds.iter_rows(named=True):
        own = supply.filter(pl.col("kind") == row["kind"], pl.col("target_group") == row["target_group"])
        if own.height:
            limits = tuple(float(part) for part in row["class_limits"].split(";"))
            names = {name: row[name] for name in ("kind", "kind_name", "target_group", "target_name", "unit", "per")}
            found.append(Pair(**names, class_limits=limits, rows=own.sort("area_id")))
    return tuple(found)


@lru_cache(maxsize=2)
def mapped(release: Release) -> tuple[Pair, ...]:
    """Those with a rate above zero, and a rate for enough Gemeinden, to be drawn as a map."""
    found = []
    for pair in pairs(release):
        rates = pair.level("gemeinde")["rate"]
        enough = rates.is_not_null().sum() >= SHARE_MAPPED * release.gemeinden.height
        if enough and (rates > 0).any():
            found.append(pair)
    return tuple(found)


def register_state(release: Release, register: str) -> dict[str, Any]:
    """The row of `release.registers` of one register; `nicht geführt` where an edition does not list it."""
    rows = release.table("registers").filter(pl.col("register_id") == register)
    return rows.row(0, named=True) if rows.height else {"state": "nicht geführt", "entries": None}


def facilities(release: Release) -> pl.DataFrame:
    """Offers that exist, without the reports that there is none; by area, kind and name."""
    rows = release.table("offers").filter(pl.col("recorded") != "kein Angebot")
    return rows.sort("area_id", "kind_name", "name", "offer_id")


def existing(release: Release) -> str:
    """What is reported, from how many Gemeinden and as of when; what the register lacks when it is empty."""
    offers = release.table("offers")
    if offers.is_empty():
        empty = NOT_KEPT if register_state(release, "angebote")["state"] == "nicht geführt" else UNFILLED
        return f"{empty} {GAP_OF_DATA}"
    shown = facilities(release)
    first, last = (german.date_text(str(day)) for day in (offers["as_of"].min(), offers["as_of"].max()))
    stand = first if first == last else f"{first} bis {last}"
    areas = release.gemeinden.join(offers.select("area_id"), on="area_id", how="semi").height
    total = release.gemeinden.height
    return (
        f"{_counted(shown.height, 'Angebot', 'Angebote')} in {_counted(shown['kind'].n_unique(), 'Art', 'Arten')}; "
        f"Meldungen liegen für {german.number(areas)} von {german.number(total)} Gemeinden vor. Stand {stand}."
    )


def supplied(release: Release) -> str:
    """For how many kinds and target groups the Kreis has a rate, and for how many it cannot be computed."""
    found = pairs(release)
    if not found:
        return "Eine Versorgungsquote lässt sich noch für keine Art von Angeboten rechnen."
    whole = [pair for pair in found if pair.level("kreis")["rate"].is_not_null().any()]
    return (
        f"Für {german.number(len(whole))} von {german.number(len(found))} gemeldeten Arten und Zielgruppen lässt sich "
        "die Quote für den Kreis rechnen; sonst fehlt eine Angabe."
    )


def gaps_sentence(release: Release) -> str:
    """How many gaps of supply and of data there are for Gemeinden, never added up."""
    rows = release.table("supply").filter(pl.col("area_level") == "gemeinde")
    if rows.is_empty():
        return "Ob Angebote fehlen, lässt sich noch nicht sagen."
    supply, data = (rows.filter(pl.col("gap") == word).height for word in ("Angebot", "Daten"))
    return (
        f"Von {german.number(rows.height)} Feldern aus Gemeinde, Art und Zielgruppe sind {german.number(supply)} "
        f"eine Lücke des Angebots und {german.number(data)} eine Lücke der Daten."
    )


def level_sentence(release: Release, pair: Pair) -> str:
    """Capacity, people and rate of the Kreis, or why there is none."""
    row = pair.level("kreis").row(0, named=True)
    kreis = release.edition["kreis_short_name"]
    if row["rate"] is None:
        return f"Für den {kreis} lässt sich keine Quote rechnen. {row['reason']}"
    return (
        f"Im {kreis}: {german.number(row['capacity'])} {pair.unit} für {german.number(row['people'])} "
        f"{pair.people} ({german.period_text(row['people_period'])}), das sind "
        f"{german.number(row['rate'], pair.decimals)} {pair.short_unit}."
    )


def difference_sentence(release: Release, pair: Pair) -> str:
    """The range over the Gemeinden without names, and how many have none or no figure."""
    rows = pair.level("gemeinde")
    rates = rows.filter(pl.col("rate") > 0)["rate"]
    none = rows.filter(pl.col("status") == "zero").height
    open_ = rows.filter(pl.col("rate").is_null()).height
    parts = []
    if rates.len():
        low, high = (german.number(float(rate), pair.decimals) for rate in (rates.min(), rates.max()))  # type: ignore[arg-type]
        span = low if low == high else f"{low} bis {high}"
        parts.append(f"{german.capitalised(gemeinden(rates.len()))} mit {span} {pair.short_unit}")
    if none:
        parts.append(f"{gemeinden(none)} ohne eigenes Angebot")
    if open_:
        parts.append(f"{gemeinden(open_)} ohne Quote, weil eine Angabe fehlt")
    return f"{'; '.join(parts)}." if parts else "Für keine Gemeinde liegt eine Angabe vor."


def offers_date(pair: Pair) -> str:
    """Of when its offers are: one day or „erster bis letzter“."""
    return day_span(pair.rows["as_of_from"].min(), pair.rows["as_of_to"].max())


def dates(pair: Pair) -> str:
    """Of when offers and target group are; days that differ are called so, as a rate should rest on one day."""
    people = next((period for period in pair.rows["people_period"] if period), None)
    if people is None:
        return f"Angebote {offers_date(pair)}, Zielgruppe ohne Zahl"
    differ = {str(pair.rows["as_of_from"].min()), str(pair.rows["as_of_to"].max())} != {people}
    note = " (verschiedene Stichtage)" if differ else ""
    return f"Angebote {offers_date(pair)}, Zielgruppe {german.period_text(people)}{note}"


def day_span(first: Any, last: Any) -> str:
    """One day or „erster bis letzter“; „unbekannt“ without any."""
    days = [german.date_text(str(day)) for day in (first, last) if day is not None]
    return " bis ".join(dict.fromkeys(days)) or "unbekannt"


def gemeinden(count: int) -> str:
    """„eine Gemeinde“, „acht Gemeinden“."""
    return german.count_text(count, "Gemeinde", "Gemeinden")


def map_rows(release: Release, pair: Pair) -> pl.DataFrame:
    """area_id, number, name, value, status of every Gemeinde, as maps take them."""
    from pipelines.figures.rows import area_list

    rows = pair.level("gemeinde").select("area_id", "status", value="rate")
    return (
        area_list(release.areas)
        .join(rows, on="area_id", how="left")
        .with_columns(pl.col("status").fill_null("missing"))
    )


def map_limits(pair: Pair) -> list[float]:
    """Class limits of its map: the first class holds exactly zero."""
    return [SMALLEST, *pair.class_limits]


def class_words(pair: Pair) -> list[str]:
    """Words for the classes of its map, low to high."""
    decimals = 0 if all(limit.is_integer() for limit in pair.class_limits) else 1
    return [f"keine {pair.unit}", *german.class_texts(pair.class_limits, decimals)]


def map_counts(release: Release, pair: Pair) -> list[int]:
    """Gemeinden per class, low to high."""
    limits = map_limits(pair)
    classes = [german.class_of(rate, limits) for rate in map_rows(release, pair)["value"].drop_nulls()]
    return [classes.count(number) for number in range(1, len(limits) + 2)]


def map_title(pair: Pair) -> str:
    """„Vollstationäre Pflege: Plätze je 100 Menschen ab 65 Jahren“."""
    return f"{pair.kind_name}: {pair.unit_text}"


def map_alt(release: Release, pair: Pair, table_hint: str) -> str:
    """Kind, classes with counts, areas without a figure, where the table is."""
    rows = map_rows(release, pair)
    filled = [
        (count, words) for count, words in zip(map_counts(release, pair), class_words(pair), strict=True) if count
    ]
    classes = "; ".join(f"{gemeinden(count)}: {words}" for count, words in filled)
    missing = rows["value"].null_count()
    lacking = f"{german.capitalised(gemeinden(missing))} ohne Quote." if missing else "Keine Gemeinde ohne Quote."
    head = f"Karte: {map_title(pair)} in {german.number(rows.height)} Gemeinden."
    return f"{head} {german.capitalised(classes)}. {lacking} {table_hint}"


def supply_gaps(release: Release) -> list[tuple[Pair, list[str]]]:
    """Kinds and target groups with the Gemeinden, in their fixed order, that have a gap of supply."""
    return [(pair, _names(release, pair, "Angebot")) for pair in pairs(release) if _names(release, pair, "Angebot")]


def data_gaps(release: Release) -> list[tuple[Pair, str, list[str]]]:
    """Kinds and target groups with what is lacking and the Gemeinden it is lacking for; equal reasons together."""
    found = []
    for pair in pairs(release):
        rows = pair.level("gemeinde").filter(pl.col("gap") == "Daten")
        for reason in rows["reason"].unique(maintain_order=True):
            named = replace(pair, rows=rows.filter(pl.col("reason") == reason))
            found.append((pair, reason, _names(release, named, "Daten")))
    return found


def who(names: list[str], total: int) -> str:
    """„alle 23“, or the names."""
    return f"alle {german.number(total)}" if len(names) == total > 1 else german.join_words(names)


def _names(release: Release, pair: Pair, gap: str) -> list[str]:
    rows = pair.level("gemeinde").filter(pl.col("gap") == gap)
    return (
        release.gemeinden.join(rows.select("area_id"), on="area_id", how="semi")
        .sort("number")["display_name"]
        .to_list()
    )


def _counted(count: int, singular: str, plural: str) -> str:
    return f"{german.number(count)} {singular if count == 1 else plural}"
