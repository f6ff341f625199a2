"""The page of ages by sex: the pyramid of the Kreis and its numbers, where a release holds such ages.

What belongs here: this page. What does not: the small pyramid of a profile (`profile`), recognising ages
(`pipelines.publish.ages`).
"""

from __future__ import annotations

from pipelines import german
from pipelines.publish import sentences
from pipelines.publish.ages import SEXES, ages_by_sex
from pipelines.publish.illustrations import Illustrations
from pipelines.publish.pages.parts import column, count_cell, kreis_name, number_cell
from pipelines.publish.released import Release
from pipelines.publish.sentences import source_line
from pipelines.publish.typst_code import Code, call, join

SUBTITLE = "Anteil an allen Einwohnerinnen und Einwohnern in Prozent, Alter in Jahren"


def pyramid_page(release: Release, figures: Illustrations, chapter: str) -> list[Code]:
    """The page, alone in a list; nothing where the ages belong to another chapter or are not known by sex."""
    found = figures.pyramid()
    if not found or release.indicator(ages_by_sex(release)[0].indicator_id)["chapter"] != chapter:
        return []
    picture, ids = found[0], [age.indicator_id for age in ages_by_sex(release)]
    state = sentences.stand(release.indicator(ids[0]))
    return [
        join(
            call("kopf", "Altersaufbau nach Geschlecht", marke=f"{kreis_name(release)} · {state}", ebene=2),
            call("bild", picture.path, alt=picture.alt, titel=f"Altersaufbau, {state}", unter=SUBTITLE),
            _table(release),
            call("tabellenfuss", source_line(release, ids)),
        )
    ]


def _totals(release: Release) -> list[str | Code] | None:
    """People of each sex; no row where an age is missing, since a sum would then tell it or be too small."""
    ages = ages_by_sex(release)
    rows = [release.value(age.indicator_id, release.kreis_id) for age in ages]
    if any(row["numerator"] is None for row in rows):
        return None
    cells: list[str | Code] = ["zusammen"]
    for sex in SEXES:
        own = [row for age, row in zip(ages, rows, strict=True) if age.sex == sex]
        people = sum(row["numerator"] for row in own)
        cells += [german.number(people), german.number(100 * people / own[0]["denominator"], 1)]
    return cells


def _table(release: Release) -> Code:
    rows = []
    for pair in zip(*[iter(ages_by_sex(release))] * 2, strict=True):
        cells: list[str | Code] = [german.age_text(pair[0].first, pair[0].last)]
        for age in pair:
            row = release.value(age.indicator_id, release.kreis_id)
            cells += [count_cell(row, "numerator"), number_cell(row, release.indicator(age.indicator_id)["decimals"])]
        rows.append(cells)
    heads = [column(f"{sex} {what}", 28, "zahl") for sex in ("Frauen", "Männer") for what in ("Anzahl", "Prozent")]
    return call(
        "tabelle",
        spalten=[column("Alter in Jahren"), *heads],
        zeilen=rows,
        kreis=_totals(release),
        titel="Die Zahlen dazu",
    )
