"""The chapter of the orientation index: what it is, map, classes with stability, members.

What belongs here: showing the released index. What does not: computing it.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines import german
from pipelines.indicators.robustness import RATHER_STABLE
from pipelines.publish import sentences
from pipelines.publish.illustrations import Illustrations
from pipelines.publish.pages.parts import (
    beside,
    column,
    key_list,
    legend,
    status_cell,
    verdict_cell,
)
from pipelines.publish.released import Release
from pipelines.publish.sentences import source_line
from pipelines.publish.typst_code import Code, block, call, length


def index_chapter(release: Release) -> str:
    """All pages of the index; where it was not computed, the reason instead."""
    known = release.index.filter(pl.col("value").is_not_null())
    if known.is_empty():
        return block(
            call(
                "hinweis",
                "Kein Index in dieser Ausgabe",
                release.index["reason"].drop_nulls().first() or "Es liegen keine Werte vor.",
            )
        )
    figures = Illustrations(release)
    ids = release.index_members["indicator_id"].unique(maintain_order=True).to_list()
    return block(
        call("absatz", members_sentence(release, ids)),
        call("absatz", dependence_sentence(release)),
        call("absatz", stability_sentence(release)),
        *_map(release, figures),
        *_table(release),
        *_members(release, figures, ids),
    )


def members_sentence(release: Release, ids: list[str]) -> str:
    """The members of the index, each with its own reference date."""
    parts = []
    for indicator_id in ids:
        indicator = release.indicator(indicator_id)
        period = release.index_members.filter(pl.col("indicator_id") == indicator_id)["period"][0]
        parts.append(f"{indicator['name']} ({indicator_id}, {sentences.stand(indicator, period)})")
    return (
        f"Bestandteile mit gleichem Gewicht: {german.join_words(parts)}. "
        "Die Stichtage sind verschieden und stehen an jeder Zahl."
    )


def dependence_sentence(release: Release) -> str:
    """How closely the members move together, from the released members."""
    from pipelines.indicators.index import member_correlations

    rows = member_correlations(release.index_members).iter_rows(named=True)
    found = [f"{row['indicator_a']} und {row['indicator_b']}: r = {german.number(row['r'], 2)}" for row in rows]
    return (
        "Die Bestandteile sind nicht unabhängig voneinander. Zusammenhang über die Gemeinden: "
        f"{german.join_words(found)}. Der Index misst deshalb weniger Verschiedenes, "
        "als die Zahl der Bestandteile nahelegt."
    )


def stability_sentence(release: Release) -> str:
    """What stability means, and in how many Gemeinden a class is not stable. The index must have been computed."""
    index = release.index.filter(pl.col("value").is_not_null())
    unsure = index.filter(pl.col("stability") < RATHER_STABLE).height
    runs, seed = index["runs"][0], index["seed"][0]
    return (
        f"Die Stabilität einer Klasse ist der Anteil von {german.number(runs)} Läufen (Startzahl {seed}), in denen "
        "eine Gemeinde dieselbe Klasse erhält, wenn Anzahlen schwanken, Gewichte sich um bis zu ein Viertel ändern und "
        f"einzelne Bestandteile fehlen. In {german.number(unsure)} von {german.number(index.height)} Gemeinden liegt "
        f"sie unter {german.percent(100 * RATHER_STABLE, 0)}; dort steht „zwischen … und …“, und die Fläche ist "
        "schraffiert."
    )


def _map(release: Release, figures: Illustrations) -> list[Code]:
    from pipelines.figures import maps

    picture = figures.index_map()
    return [
        call("abstand", length(10)),
        beside(
            picture,
            "Unterstützungsbedarf im Vergleich der Gemeinden",
            "Klassen des Orientierungsindex; höher = mehr Bedarf an Unterstützung",
            legend(maps.index_legend(release.index), "Unterstützungsbedarf"),
            call(
                "randblock",
                "So lesen Sie die Karte",
                "Weiße Linien über der Farbe: Die Klasse ist nicht stabil.",
                "Die Klassen vergleichen die Gemeinden untereinander. Sie sagen nichts über einzelne Menschen.",
            ),
        ),
        call("schluessel", key_list(release), spalten=5, breite=Code("satzbreite")),
    ]


def _table(release: Release) -> list[Code]:
    by_area = {row["area_id"]: row for row in release.index.iter_rows(named=True)}
    rows = [
        _row(number, name, by_area.get(key))
        for number, key, name in release.gemeinden.select("number", "area_id", "display_name").iter_rows()
    ]
    return [
        call("neue-seite"),
        call(
            "tabelle",
            spalten=[
                column("Nr.", 8, "zahl", leise=True),
                column("Gemeinde", 34),
                column("Index", 14, "zahl", fett=True),
                column("Unterstützungsbedarf", 50),
                column("Stabilität", 17, "zahl"),
                column("Bestandteile, die sich vom Kreis erkennbar unterscheiden"),
            ],
            zeilen=rows,
            titel="Klasse und Stabilität",
            breite=Code("satzbreite"),
            zeilenhoehe=Code("4.3mm"),
        ),
        call("tabellenfuss"),
    ]


def _row(number: int, name: str, row: dict[str, Any] | None) -> list[Any]:
    if row is None or row["value"] is None:
        status = row["status"] if row else "missing"
        return [
            str(number),
            name,
            status_cell(status),
            german.STATUS_SHORT[status],
            status_cell(status),
            status_cell(status),
        ]
    return [
        str(number),
        name,
        german.number(row["value"], 2),
        row["class_text"],
        german.stability_text(row["stability"]),
        row["members_above"] or "keine",
    ]


def _members(release: Release, figures: Illustrations, ids: list[str]) -> list[Code]:
    picture = figures.index_dots()
    cells = {(row["area_id"], row["indicator_id"]): row for row in release.index_members.iter_rows(named=True)}
    rows = []
    for key, name in release.gemeinden.select("area_id", "display_name").iter_rows():
        line: list[Any] = [name]
        for indicator_id in ids:
            row = cells.get((key, indicator_id))
            if row is None or row["z"] is None:
                status = row["status"] if row else "missing"
                line += [status_cell(status), status_cell(status)]
            else:
                line += [german.number(row["contribution"], 2), verdict_cell(row["verdict"], row["status"])]
        rows.append(line)
    heads = [column("Gemeinde")]
    for indicator_id in ids:
        heads += [column(f"Beitrag\n{indicator_id}", 13, "zahl"), column("Vergleich\nmit dem Kreis", 35, "zeichen")]
    return [
        call("neue-seite"),
        call(
            "bild",
            picture.path,
            alt=picture.alt,
            titel="Indexwert und Klassengrenzen",
            unter="Oben die Klassen wie auf der Karte, gestrichelt ihre Grenzen; offener Kreis: nicht stabil",
            breite=Code("satzbreite"),
        ),
        call(
            "tabelle",
            spalten=heads,
            zeilen=rows,
            titel="Was jeder Bestandteil beiträgt",
            unter=_member_names(release, ids),
            breite=Code("satzbreite"),
            zeilenhoehe=Code("3.75mm"),
        ),
        call("tabellenfuss", source_line(release, ids)),
    ]


def _member_names(release: Release, ids: list[str]) -> str:
    names = [f"{indicator_id} = {release.indicator(indicator_id)['short_name']}" for indicator_id in ids]
    return f"Beitrag zum Indexwert, höher = mehr Bedarf; {', '.join(names)}"
