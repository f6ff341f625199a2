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
from pipelines.publish import sentences
from pipelines.publish.released import Release
from pipelines.publish.sentences import source_line
from pipelines.publish.words import offices

SUPPLY_GAP_HEADS = ("Art", "Zielgruppe", "Gemeinden")
DATA_GAP_HEADS = ("Art", "Zielgruppe", "Was fehlt", "Gemeinden")
OFFER_HEADS = ("Angebot", "Art und Zielgruppe", "Träger", "Stand", "Kapazität")
ASKED_HEADS = ("Art", "Zielgruppen", "Einheit der Quote")
BASE_HEADS = ("Zielgruppe", "Zahl je Gemeinde", "Stand, oder wer sie liefern kann")
SUPPLY_GAP_TITLE = ("Lücken des Angebots", "vollständig gemeldet, kein Platz, Menschen der Zielgruppe")
DATA_GAP_TITLE = ("Lücken der Daten", "was fehlt, um eine Quote zu rechnen; kein Hinweis auf fehlende Angebote")
KINDS_TITLE = (
    "Gemeldete Arten und Zielgruppen",
    "Angebote und Kapazität im ganzen Kreis; Kapazität nur, wo alles gemeldet ist",
)
ROOMS_UNDER = "Angebote für das Gebiet und seine Gemeinden; ohne Quote, wo eine Gemeinde nicht gemeldet hat"
OFFERS_TITLE = ("Verzeichnis der Angebote", "wie gemeldet, nach Einzugsgebiet")
ASKED_UNDER = "Arten des Formulars, mit dem Angebote gemeldet werden"
BASE_TITLE = ("Größe der Zielgruppen", "ohne diese Zahl lässt sich keine Quote rechnen")
NO_SUPPLY_GAP = "Aus den vollständigen Meldungen ergibt sich keine Lücke des Angebots."
NO_DATA_GAP = "Zu den gemeldeten Arten fehlt keine Angabe."
ALL_REPORTED = "Zu jeder Art des Formulars liegt eine Meldung vor."
COMPLETE = ("vollständig", "kein Angebot")
COUNTS = ("offers", "capacity", "people")  # the columns of numbers of a row, in the order of tables
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


def rooms_title(release: Release) -> str:
    """Title of the table of Sozialräume; an example partition says so."""
    note = release.edition["sozialraum_note"]
    return f"Versorgungsquoten der Sozialräume{f' ({note})' if note else ''}"


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
    return f"{german.capitalised('; '.join(parts))}." if parts else "Für keine Gemeinde liegt eine Angabe vor."


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


def who(names: list[str], everyone: list[str]) -> str:
    """„alle 23“, „alle außer Babenhausen“ where that is much shorter, or the names."""
    others = [name for name in everyone if name not in names]
    if not others and len(everyone) > 1:
        return f"alle {german.number(len(everyone))}"
    return f"alle außer {german.join_words(others)}" if len(names) > 3 * len(others) > 0 else german.join_words(names)


def supply_gap_rows(release: Release) -> list[list[str]]:
    """Gaps of supply: cells as SUPPLY_GAP_HEADS."""
    everyone = _everyone(release)
    return [
        [pair.kind_name, german.capitalised(pair.target_name), who(names, everyone)]
        for pair, names in supply_gaps(release)
    ]


def data_gap_rows(release: Release) -> list[list[str]]:
    """Gaps of data: cells as DATA_GAP_HEADS."""
    everyone = _everyone(release)
    return [
        [pair.kind_name, german.capitalised(pair.target_name), reason.rstrip("."), who(names, everyone)]
        for pair, reason, names in data_gaps(release)
    ]


def _everyone(release: Release) -> list[str]:
    return release.gemeinden.sort("number")["display_name"].to_list()


def reported_count(pair: Pair, total: int) -> str:
    """„3 von 23“: Gemeinden that have reported all of it."""
    reported = pair.level("gemeinde").filter(pl.col("recorded").is_in(COMPLETE)).height
    return f"{german.number(reported)} von {german.number(total)}"


def count_status(row: dict[str, Any], name: str) -> str:
    """The status whose sign stands for a count: none known, withheld, or exactly none; empty where its number does."""
    if row[name] is None:
        return "suppressed" if row["status"] == "suppressed" else "missing"
    return "" if row[name] else "zero"


def rate_status(row: dict[str, Any]) -> str:
    """The status whose sign stands for a rate; empty where its number does."""
    return row["status"] if row["rate"] is None or row["status"] == "zero" else ""


def remark(row: dict[str, Any]) -> str:
    """Which gap it is where the report says why; else the reason, or of when the report is."""
    if row["gap"] == "Angebot":
        return "Lücke des Angebots"
    if row["gap"] == "Daten" and row["recorded"] in ("keine Meldung", "teilweise"):
        return "Lücke der Daten"
    return (row["reason"] or f"Stand {day_span(row['as_of_from'], row['as_of_to'])}").rstrip(".")


def facilities_by_area(release: Release) -> list[tuple[str, list[dict[str, Any]]]]:
    """Offers by the area they are for: the Kreis, then Sozialräume, then Gemeinden in the fixed order."""
    shown = facilities(release)
    order = [release.kreis_id, *release.sozialraeume["area_id"], *release.gemeinden["area_id"]]
    found = [(area_id, shown.filter(pl.col("area_id") == area_id).to_dicts()) for area_id in order]
    return [(area_id, rows) for area_id, rows in found if rows]


def offer_cells(release: Release, row: dict[str, Any]) -> list[str | None]:
    """One offer as OFFER_HEADS, its place only where it is not the area it is for; None: its capacity is not known."""
    elsewhere = row["place_id"] if row["place_id"] != row["area_id"] else None
    return [
        f"{row['name']} (in {release.area_row(elsewhere)['display_name']})" if elsewhere else row["name"],
        f"{row['kind_name']} ({row['target_name']})",
        row["carrier"] or "keine Angabe",
        german.date_text(row["as_of"]),
        None if row["capacity"] is None else f"{german.number(row['capacity'])} {row['unit']}",
    ]


def reporters(release: Release) -> str:
    """Who reported the offers."""
    return f"Gemeldet von {german.join_words(facilities(release)['source'].unique().sort().to_list())}."


def asked_rows(release: Release) -> list[list[str]]:
    """Kinds nothing is reported for: cells as ASKED_HEADS."""
    kinds = release.table("offer_kinds").sort("position")
    left = kinds.filter(~pl.col("kind").is_in(sorted({pair.kind for pair in pairs(release)})))
    rows = []
    for kind in left["kind"].unique(maintain_order=True):
        own = left.filter(pl.col("kind") == kind)
        first = own.row(0, named=True)
        groups = german.capitalised(german.join_words(own["target_name"].to_list(), "oder"))
        rows.append([first["kind_name"], groups, f"{first['unit']} je {german.number(first['per'])}"])
    return rows


def asked_title(release: Release) -> str:
    """The heading above the kinds nothing is reported for."""
    return "Wozu noch nichts gemeldet ist" if pairs(release) else "Wonach gefragt wird"


def base_rows(release: Release) -> list[list[str]]:
    """Target groups, whether their size is known for Gemeinden, as of when, or who could deliver it: as BASE_HEADS."""
    kinds = release.table("offer_kinds").sort("position")
    groups = kinds.unique("target_group", keep="first", maintain_order=True).sort("position")
    return [
        [german.capitalised(row["target_name"]), *_base_cells(release, row)] for row in groups.iter_rows(named=True)
    ]


def _base_cells(release: Release, row: dict[str, Any]) -> list[str]:
    """Whether the size of a target group is known for Gemeinden, and as of when or who could deliver it."""
    known = {entry["indicator_id"]: entry for entry in release.indicators.iter_rows(named=True)}
    wanted = [known.get(name) for name in (row["people_source"] or "").split(";") if name]
    if wanted and all(entry and entry["data"] == "gemeinde" for entry in wanted):
        return ["liegt vor", sentences.stand(wanted[0] or {})]
    lacking = next((entry for entry in wanted if entry and entry["data"] != "gemeinde"), None)
    named = offices(lacking["deliverer"] if lacking else row["deliverer"])
    return ["fehlt", german.join_words(named, "oder") or "noch zu klären"]


def sources(release: Release, pair: Pair) -> str:
    """Who reported, and the sources behind the size of the target group."""
    offers = release.table("offers").filter(pl.col("kind") == pair.kind, pl.col("target_group") == pair.target_group)
    named = german.join_words(offers["source"].unique().sort().to_list())
    ids = str(pair.rows["people_source"][0] or "").split(";")
    return f"Angebote: gemeldet von {named}. Zielgruppe – {source_line(release, ids)}"


def _names(release: Release, pair: Pair, gap: str) -> list[str]:
    rows = pair.level("gemeinde").filter(pl.col("gap") == gap)
    return (
        release.gemeinden.join(rows.select("area_id"), on="area_id", how="semi")
        .sort("number")["display_name"]
        .to_list()
    )


def _counted(count: int, singular: str, plural: str) -> str:
    return f"{german.number(count)} {singular if count == 1 else plural}"
