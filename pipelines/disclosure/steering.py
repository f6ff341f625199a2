"""What of the registers may leave: everything but what tells of a person. The only way from `steering` to `release`.

What belongs here: one function per released table, and the one look for personal data in free text. What does not:
figures of statistics (`pipelines.disclosure.release`) and what a register may hold (`pipelines.steering`).
"""

from __future__ import annotations

import re

import polars as pl

from pipelines.contracts import conform, contract
from pipelines.errors import DisclosureError
from pipelines.steering.registers import REGISTERS

# What in a free text tells of a person. Roles and offices are named without any of these. A prefix has at least three
# digits, together or in pairs, unlike a day (01.03.2023), an hour (08.00) or a number of an account (05.10.02).
PERSONAL = {
    "eine E-Mail-Adresse": re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+"),
    "eine Telefonnummer": re.compile(
        r"(?:\+49[\s/().-]*\d|(?<![\w.,-])(?!\d{4}-\d{4}/)0(?:\d{2,5}| ?\d{1,2}(?: \d{2,3}){1,2})[\s/().-]+\d"
        r"[\d\s/().-])[\d\s/().-]{2,}"
    ),
    "eine Anrede mit Namen": re.compile(
        r"\b(?:Herrn?|Frau|(?:Prof\.|Dr\.)(?:\s*(?:Dr\.|med\.|jur\.))*)\s+[A-ZÄÖÜ][a-zäöüß]+"
    ),
}


def personal_detail(text: str | None) -> str | None:
    """What in a free text tells of a person, as a word of `PERSONAL`; None when nothing does."""
    return next((what for what, form in PERSONAL.items() if text and form.search(text)), None)


def without_persons(
    frame: pl.DataFrame, table: str, register: str, *, key: str, but: tuple[str, ...] = ()
) -> pl.DataFrame:
    """The released table, when no text in it looks like personal data: an e-mail address, a phone number, a name.

    register: a name of `REGISTERS`, for the message. key: the column that names a row. but: columns that are not
    looked at, such as addresses of documents. Raises DisclosureError naming file, row, column and what was seen, never
    the text itself. What has no such mark (a bare name) is found by the person who releases, not by this.
    """
    frame = conform(frame, table)
    for column in contract(table).columns:
        if column.type != "text" or column.name in but:
            continue
        for at, text in zip(frame[key], frame[column.name], strict=True):
            seen = personal_detail(text)
            if seen:
                raise DisclosureError(
                    "Eine Liste der Steuerung enthält etwas, das nach Angaben zu einer Person aussieht.",
                    file=f"steering/{REGISTERS[register][1]}",
                    row=f"Eintrag „{at}“",
                    column=column.description,
                    expected="Funktionen und Stellen statt Personen",
                    found=seen,
                    remedy="Den Eintrag ohne diese Angabe schreiben; Kontakte führt die Verwaltung an anderer Stelle.",
                )
    return frame


# ------------------------------------------------------------------------------------------------ which registers
def release_registers(registers: pl.DataFrame) -> pl.DataFrame:
    """Which registers the district keeps: public as it is."""
    return conform(registers, "release.registers")


# ------------------------------------------------------------------------------------------------ Fachplanungen
def release_plans(plans: pl.DataFrame) -> pl.DataFrame:
    """The inventory of Fachplanungen, as long as it names roles and no persons."""
    return without_persons(plans, "release.plans", "fachplanungen", key="plan_id")


def release_plan_bases(bases: pl.DataFrame) -> pl.DataFrame:
    """Law is public."""
    return without_persons(bases, "release.plan_bases", "fachplanungen", key="plan_id", but=("source",))


def release_plan_editions(editions: pl.DataFrame) -> pl.DataFrame:
    """Fassungen with their periods."""
    return without_persons(editions, "release.plan_editions", "fachplanungen", key="plan_id")


def release_plan_indicators(roles: pl.DataFrame) -> pl.DataFrame:
    """Which plan delivers or uses which indicator: no figures, no text."""
    return conform(roles, "release.plan_indicators")


def release_plan_publications(publications: pl.DataFrame) -> pl.DataFrame:
    """What is public already."""
    return without_persons(publications, "release.plan_publications", "fachplanungen", key="plan_id", but=("address",))


def release_plan_order(order: pl.DataFrame) -> pl.DataFrame:
    """What to bring in next: counts of indicators and plans, no figures."""
    return conform(order, "release.plan_order")


def release_plan_overlaps(overlaps: pl.DataFrame) -> pl.DataFrame:
    """Double collections: no figures, no text."""
    return conform(overlaps, "release.plan_overlaps")


def release_plan_gaps(gaps: pl.DataFrame) -> pl.DataFrame:
    """Gaps of the inventory; offices that can deliver come from the catalogue, which is public."""
    return conform(gaps, "release.plan_gaps")


# ------------------------------------------------------------------------------------------------ Ressourcen
# For each table the column that names its rows, and the columns that are not free text of the register
RESOURCE_TEXTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "state": ("state", ("declared_by", "declared_role")),  # whoever declares does so by name, as in an approval
    "rates": ("kind", ()),
    "shares": ("plan_id", ()),
    "items": ("item_id", ()),
    "lines": ("item_id", ()),
    "totals": ("scenario", ()),
    "accounts": ("scenario", ()),
    "sensitivity": ("lever", ()),
    "reconciliation": ("check_id", ()),
}


def release_resources(frames: dict[str, pl.DataFrame]) -> tuple[pl.DataFrame, ...]:
    """The tables of the Ressourcenbericht in the order of RESOURCE_TEXTS: cost and posts, no persons who hold them."""
    return tuple(
        without_persons(frames[name], f"release.resource_{name}", "ressourcen", key=key, but=but)
        for name, (key, but) in RESOURCE_TEXTS.items()
    )


# ------------------------------------------------------------------------------------------------ Beteiligte, Bedarf
def release_participants(participants: pl.DataFrame) -> pl.DataFrame:
    """Bodies and groups that take part, as long as none of them is a person."""
    return without_persons(participants, "release.participants", "beteiligte", key="participant_id")


def release_contributions(contributions: pl.DataFrame) -> pl.DataFrame:
    """What bodies and groups gave, without personal data."""
    return without_persons(contributions, "release.contributions", "beteiligte", key="participant_id")


def release_needs(needs: pl.DataFrame) -> pl.DataFrame:
    """Needs that may be published; of the others nothing but that they exist and in which state they are."""
    own = ("need_id", "state", "published")
    blank = [
        pl.when("published").then(pl.col(name)).otherwise(None).alias(name) for name in needs.columns if name not in own
    ]
    return without_persons(needs.with_columns(blank), "release.needs", "bedarfsmeldungen", key="need_id")


# ------------------------------------------------------------------------------------------------ Angebote
CLOSED = "Aus Datenschutzgründen nicht ausgewiesen: Eine Meldung darf nicht veröffentlicht werden."
# What of a supply tells of the offers behind it
OF_OFFERS = ("offers", "wider", "capacity", "as_of_from", "as_of_to", "rate", "gap")


def release_offer_kinds(kinds: pl.DataFrame) -> pl.DataFrame:
    """What is asked for is public: codes and words of the program."""
    return conform(kinds, "release.offer_kinds")


def release_offers(offers: pl.DataFrame) -> pl.DataFrame:
    """Offers that may be published."""
    return without_persons(offers.filter("published"), "release.offers", "angebote", key="offer_id")


def release_supply(supply: pl.DataFrame) -> pl.DataFrame:
    """Supply as it is where every offer behind it may be published; else the row says only that it is withheld.

    An area is withheld with each larger one that holds it and each smaller one it serves, since either would tell.
    """
    closed = supply.filter(~pl.col("published")).with_columns(
        *(pl.lit(None, dtype=supply.schema[name]).alias(name) for name in OF_OFFERS),
        pl.lit("nicht ausgewiesen").alias("recorded"),
        pl.lit("suppressed").alias("status"),
        pl.lit(CLOSED).alias("reason"),
    )
    return conform(pl.concat([supply.filter("published"), closed.select(supply.columns)]), "release.supply")


# ------------------------------------------------------------------------------------------------ Gremien
def release_bodies(bodies: pl.DataFrame) -> pl.DataFrame:
    """The Beratungsfolge: public as it is."""
    return conform(bodies, "release.bodies")


def release_meetings(meetings: pl.DataFrame) -> pl.DataFrame:
    """Meetings and what is due for them: no text but names of bodies and papers."""
    return conform(meetings, "release.meetings")


def release_papers(papers: pl.DataFrame) -> pl.DataFrame:
    """The head of the paper, as long as it names offices and roles and no persons."""
    return without_persons(papers, "release.papers", "gremien", key="paper_id")
